//===- AttentionOps.cpp - Verification and shapes of attention ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/AttentionUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

void AttentionOp::build(OpBuilder &builder, OperationState &state, Type result, Value q, Value k, Value v, Value mask,
                        FloatAttr scale, UnitAttr causal) {
  build(builder, state, result, /*lse=*/Type(), q, k, v, mask, /*sink=*/Value(), /*q_lengths=*/Value(),
        /*kv_lengths=*/Value(), /*offsets=*/Value(), scale, causal, /*offset=*/IntegerAttr(), /*window=*/IntegerAttr(),
        /*softcap=*/FloatAttr());
}

bool AttentionOp::isPlain() {
  return !getSink() && !getQLengths() && !getKvLengths() && !getOffsets() && !getOffset() && !getWindow() &&
         !getSoftcap() && !getLse();
}

LogicalResult AttentionOp::verify() {
  Value q = getQ(), k = getK(), v = getV();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || !sameElement({q, k, v, getResult()}))
    return emitOpError("takes q, k and v of rank 4 and of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)))
    return emitOpError("q and k differ in head size: ") << sizeOf(q, 3) << " and " << sizeOf(k, 3); // C2
  if (!agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q, k and v must agree in batch; k and v in heads and length"); // C3
  if (failed(verifyHeads(*this, sizeOf(q, 1), sizeOf(k, 1))))
    return failure(); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  if (failed(verifyMask(*this, {sizeOf(q, 0), sizeOf(q, 1), sizeOf(q, 2), sizeOf(k, 2)})))
    return failure(); // C6
  if (failed(verifyScale(*this)))
    return failure(); // C7
  if (failed(verifySink(*this, sizeOf(q, 1))))
    return failure(); // C8
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C9
  if (failed(verifySoftcap(*this)))
    return failure(); // C10
  return success();
}

void AttentionOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size batch = sizes.of(getQ(), 0), heads = sizes.of(getQ(), 1), queries = sizes.of(getQ(), 2);
  sizes.set(getResult(), {batch, heads, queries, sizes.of(getV(), 3)});
  sizes.set(getLse(), {batch, heads, queries});
}

std::optional<int64_t> AttentionOp::getWindowSize() { return windowOf(*this); }

std::optional<int64_t> AttentionOp::getFlops() {
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2),
                  visibleKeys(sizeOf(getK(), 2), windowOf(*this)), flopsOfScore(sizeOf(getQ(), 3), sizeOf(getV(), 3))});
}

//===----------------------------------------------------------------------===//
// MergeAttentionOp
//===----------------------------------------------------------------------===//

LogicalResult MergeAttentionOp::verify() {
  ValueRange outs = getOuts(), lses = getLses();
  if (outs.empty() || outs.size() != lses.size() || !llvm::all_of(outs, [](Value out) { return rankOf(out) == 4; }) ||
      !llvm::all_of(lses, [](Value lse) { return rankOf(lse) == 3; }))
    return emitOpError("takes as many outputs of rank 4 as lses of rank 3, at least one"); // C1
  if (!sameElement(outs) || !sameElement(lses) || elementOf(outs.front()) != elementOf(getResult()))
    return emitOpError("takes outputs of the result's element type, and lses of one element type"); // C2
  for (auto [out, lse] : llvm::zip(outs, lses))
    for (auto [otherOut, otherLse] : llvm::zip(outs, lses))
      if (!agree(tensorType(out).getShape(), tensorType(otherOut).getShape()) ||
          !agree(tensorType(out).getShape().drop_back(), tensorType(otherLse).getShape()) ||
          !agree(tensorType(lse).getShape(), tensorType(otherLse).getShape()))
        return emitOpError("the parts differ in shape: ") << out.getType() << ", " << lse.getType() << " and "
                                                          << otherOut.getType() << ", " << otherLse.getType(); // C3
  if (failed(verifySink(*this, sizeOf(outs.front(), 1))))
    return failure(); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  return success();
}

void MergeAttentionOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getOuts().front());
  sizes.set(getResult(), shape);
  sizes.set(getLse(), ArrayRef(shape).drop_back());
}

std::optional<int64_t> MergeAttentionOp::getFlops() {
  // An exponential and a sum for each part, a multiply-add for each element of its output.
  Value out = getOuts().front();
  return countOf({sizeOf(out, 0), sizeOf(out, 1), sizeOf(out, 2), sum(product(2, sizeOf(out, 3)), 2)},
                 getOuts().size());
}

//===----------------------------------------------------------------------===//
// VarlenAttentionOp
//===----------------------------------------------------------------------===//

LogicalResult VarlenAttentionOp::verify() {
  Value q = getQ(), k = getK(), v = getV();
  if (rankOf(q) != 3 || rankOf(k) != 3 || rankOf(v) != 3 || !sameElement({q, k, v, getResult()}))
    return emitOpError("takes q, k and v of rank 3 and of the result's element type"); // C1
  if (!agree(sizeOf(q, 2), sizeOf(k, 2)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()))
    return emitOpError("q and k must agree in head size; k and v in heads and length"); // C2
  if (failed(verifyHeads(*this, sizeOf(q, 1), sizeOf(k, 1))))
    return failure(); // C3
  Value cuQ = getCuQ(), cuKv = getCuKv();
  if (rankOf(cuQ) != 1 || rankOf(cuKv) != 1 || !agree(sizeOf(cuQ, 0), sizeOf(cuKv, 0)) || sizeOf(cuQ, 0) == 0 ||
      sizeOf(cuKv, 0) == 0)
    return emitOpError("cu_q and cu_kv must be of rank 1 and of one size, at least 1"); // C4
  if (failed(verifySink(*this, sizeOf(q, 1))))
    return failure(); // C5
  if (failed(verifyScale(*this)))
    return failure(); // C6
  if (std::optional<int64_t> window = windowOf(*this); window && (*window < 1 || !getCausal()))
    return emitOpError("a window counts at least 1 key, and needs causal"); // C7
  if (failed(verifySoftcap(*this)))
    return failure(); // C8
  if (failed(verifyResults(*this)))
    return failure(); // C9
  return success();
}

void VarlenAttentionOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size queries = sizes.of(getQ(), 0), heads = sizes.of(getQ(), 1);
  sizes.set(getResult(), {queries, heads, sizes.of(getV(), 2)});
  sizes.set(getLse(), {heads, queries});
}

std::optional<int64_t> VarlenAttentionOp::getFlops() {
  // At most: one sequence of all queries and keys.
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), visibleKeys(sizeOf(getK(), 0), windowOf(*this)),
                  flopsOfScore(sizeOf(getQ(), 2), sizeOf(getV(), 2))});
}
