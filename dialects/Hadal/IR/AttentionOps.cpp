//===- AttentionOps.cpp - Verification and shapes of attention ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

LogicalResult AttentionOp::verify() {
  Value q = getQ(), k = getK(), v = getV();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || !sameElement({q, k, v, getResult()}))
    return emitOpError("takes q, k and v of rank 4 and of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)))
    return emitOpError("q and k differ in head size: ") << sizeOf(q, 3) << " and " << sizeOf(k, 3); // C2
  if (!agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q, k and v must agree in batch; k and v in heads and length"); // C3
  int64_t heads = sizeOf(q, 1), kvHeads = sizeOf(k, 1);
  if (!ShapedType::isDynamic(heads) && !ShapedType::isDynamic(kvHeads) && (kvHeads == 0 || heads % kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  if (Value mask = getMask()) {
    int64_t full[] = {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)};
    if (rankOf(mask) != 4 || !broadcasts(mask, full))
      return emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full); // C6
  }
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C7
  return success();
}

void AttentionOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getQ(), 0), sizes.of(getQ(), 1), sizes.of(getQ(), 2), sizes.of(getV(), 3)});
}

std::optional<int64_t> AttentionOp::getFlops() {
  // Two products, and a maximum, an exponential and a sum for each score.
  int64_t perScore = sum(product(2, sum(sizeOf(getQ(), 3), sizeOf(getV(), 3))), 3);
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getK(), 2), perScore});
}
