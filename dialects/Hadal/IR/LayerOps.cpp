//===- LayerOps.cpp - Verification and shapes of layers -----------------===//
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
// RopeOp
//===----------------------------------------------------------------------===//

LogicalResult RopeOp::verify() {
  Value x = getX(), cos = getCos(), sin = getSin();
  if (rankOf(x) != 4 || rankOf(cos) != 3 || rankOf(sin) != 3 || !sameElement({x, cos, sin}) ||
      getResult().getType() != x.getType())
    return emitOpError("takes x of rank 4, cos and sin of rank 3, of one element type, and gives x's type"); // C1
  int64_t rotated = sizeOf(x, 3);
  if (ShapedType::isDynamic(rotated) || rotated <= 0 || rotated % 2)
    return emitOpError("the last dimension of x must be static, even and positive"); // C2
  if (!areAngles(cos, sin, sizeOf(x, 0), sizeOf(x, 2), rotated))
    return emitOpError("cos and sin must have one type [B or 1, S, R/2]"); // C3
  return success();
}

void RopeOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> RopeOp::getFlops() { return countOf(tensorType(getX()).getShape(), 3); }

//===----------------------------------------------------------------------===//
// RMSNormOp
//===----------------------------------------------------------------------===//

LogicalResult RMSNormOp::verify() {
  Value x = getX(), weight = getWeight();
  if (rankOf(x) < 1 || rankOf(weight) != 1 || !sameElement({x, weight}) || getResult().getType() != x.getType())
    return emitOpError("takes x of rank 1 or more and weight of rank 1, of one element type, and gives "
                       "x's type"); // C1
  if (ShapedType::isDynamic(sizeOf(x, -1)) || sizeOf(weight, 0) != sizeOf(x, -1))
    return emitOpError("the weight's size must be x's last dimension, which is static"); // C2
  if (!getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("epsilon must be finite and not negative"); // C3
  return success();
}

void RMSNormOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> RMSNormOp::getFlops() { return countOf(tensorType(getX()).getShape(), 4); }
