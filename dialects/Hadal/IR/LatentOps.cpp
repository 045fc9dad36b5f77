//===- LatentOps.cpp - Verification and shapes of latent attention ---------===//
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
// LatentAttentionOp
//===----------------------------------------------------------------------===//

void LatentAttentionOp::build(OpBuilder &builder, OperationState &state, Type result, Value qNope, Value qPe,
                              Value latent, Value kPe, Value wKv, Value mask, FloatAttr scale, UnitAttr causal,
                              LatentFormAttr form) {
  build(builder, state, result, /*lse=*/Type(), qNope, qPe, latent, kPe, wKv, mask, /*sink=*/Value(),
        /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(), scale, causal, /*offset=*/IntegerAttr(),
        /*window=*/IntegerAttr(), /*softcap=*/FloatAttr(), form);
}

LogicalResult LatentAttentionOp::verify() {
  Value qNope = getQNope(), qPe = getQPe(), latent = getLatent(), kPe = getKPe(), w = getWKv();
  if (rankOf(qNope) != 4 || rankOf(qPe) != 4 || rankOf(latent) != 3 || rankOf(kPe) != 3 || rankOf(w) != 3 ||
      !sameElement({qNope, qPe, latent, kPe, w, getResult()}))
    return emitOpError("takes q_nope, q_pe of rank 4 and latent, k_pe, w_kv of rank 3, of the result's "
                       "element type"); // C1
  if (!agree(tensorType(qNope).getShape().drop_back(), tensorType(qPe).getShape().drop_back()))
    return emitOpError("q_nope and q_pe must agree in batch, heads and length"); // C2
  if (!agree(sizeOf(latent, 0), sizeOf(kPe, 0)) || !agree(sizeOf(latent, 1), sizeOf(kPe, 1)) ||
      !agree(sizeOf(qNope, 0), sizeOf(latent, 0)) || !agree(sizeOf(qNope, 0), sizeOf(kPe, 0)))
    return emitOpError("latent and k_pe must agree in batch and length; q with them in batch"); // C3
  if (!agree(sizeOf(qPe, 3), sizeOf(kPe, 2)))
    return emitOpError("q_pe and k_pe differ in size: ") << sizeOf(qPe, 3) << " and " << sizeOf(kPe, 2); // C4
  int64_t nope = sizeOf(qNope, 3), both = sizeOf(w, 2);
  if (!agree(sizeOf(w, 0), sizeOf(latent, 2)) || !agree(sizeOf(w, 1), sizeOf(qNope, 1)) ||
      (!ShapedType::isDynamic(nope) && !ShapedType::isDynamic(both) && both <= nope))
    return emitOpError("w_kv must be [L, H, Dn + Dv] with Dv > 0 for ")
           << latent.getType() << " and " << qNope.getType() << ", not " << w.getType(); // C5
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (failed(verifyMask(*this, {sizeOf(qNope, 0), sizeOf(qNope, 1), sizeOf(qNope, 2), sizeOf(latent, 1)})))
    return failure(); // C7
  if (failed(verifyScale(*this)))
    return failure(); // C8
  if (failed(verifySink(*this, sizeOf(qNope, 1))))
    return failure(); // C9
  if (failed(verifyVisibility(*this, sizeOf(qNope, 0))))
    return failure(); // C10
  if (failed(verifySoftcap(*this)))
    return failure(); // C11
  return success();
}

void LatentAttentionOp::describeResults(ResultSizes &sizes) {
  Value qNope = getQNope();
  ResultSizes::Size batch = sizes.of(qNope, 0), heads = sizes.of(qNope, 1), queries = sizes.of(qNope, 2);
  sizes.set(getResult(), {batch, heads, queries, sizes.difference(sizes.of(getWKv(), 2), sizes.of(qNope, 3))});
  sizes.set(getLse(), {batch, heads, queries});
}

std::optional<int64_t> LatentAttentionOp::getWindowSize() { return windowOf(*this); }

std::optional<int64_t> LatentAttentionOp::getFlops() { return flopsOfLatentAttention(*this, sizeOf(getLatent(), 1)); }

//===----------------------------------------------------------------------===//
// LatentProjectionOp
//===----------------------------------------------------------------------===//

LogicalResult LatentProjectionOp::verify() {
  Value ckv = getCKv(), weight = getWeight(), cos = getCos(), sin = getSin(), latent = getLatent(), kPe = getKPe();
  if (rankOf(ckv) != 3 || rankOf(cos) != 3 || rankOf(sin) != 3 || rankOf(weight) != 1 ||
      !sameElement({ckv, weight, cos, sin, latent, kPe}))
    return emitOpError("takes c_kv, cos, sin of rank 3 and weight of rank 1, of the results' element type"); // C1
  int64_t size = sizeOf(weight, 0), both = sizeOf(ckv, 2);
  int64_t rotated = ShapedType::isDynamic(size) ? size : sum(both, -size);
  if (!ShapedType::isDynamic(rotated) && (rotated <= 0 || rotated % 2))
    return emitOpError("behind the weight's ")
           << size << " the last dimension of c_kv, " << both << ", must leave a positive even number"; // C2
  if (!areAngles(cos, sin, sizeOf(ckv, 0), sizeOf(ckv, 1), rotated))
    return emitOpError("cos and sin must have one type [B or 1, S, R/2]"); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  if (!getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("epsilon must be finite and not negative"); // C5
  return success();
}

void LatentProjectionOp::describeResults(ResultSizes &sizes) {
  Value ckv = getCKv();
  sizes.set(getLatent(), {sizes.of(ckv, 0), sizes.of(ckv, 1), sizes.of(getWeight(), 0)});
  sizes.set(getKPe(),
            {sizes.of(ckv, 0), sizes.of(ckv, 1), sizes.difference(sizes.of(ckv, 2), sizes.of(getWeight(), 0))});
}

std::optional<int64_t> LatentProjectionOp::getFlops() {
  return countOf({sizeOf(getCKv(), 0), sizeOf(getCKv(), 1), sizeOf(getCKv(), 2)}, 4);
}

//===----------------------------------------------------------------------===//
// AbsorbQueryOp
//===----------------------------------------------------------------------===//

LogicalResult AbsorbQueryOp::verify() {
  Value q = getQNope(), w = getWUk();
  if (rankOf(q) != 4 || rankOf(w) != 3 || !sameElement({q, w, getResult()}))
    return emitOpError("takes q_nope of rank 4 and w_uk of rank 3, of the result's element type"); // C1
  if (!agree(sizeOf(w, 1), sizeOf(q, 1)) || !agree(sizeOf(w, 2), sizeOf(q, 3)))
    return emitOpError("w_uk must be [L, H, Dn] for ") << q.getType() << ", not " << w.getType(); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void AbsorbQueryOp::describeResults(ResultSizes &sizes) {
  Value q = getQNope();
  sizes.set(getResult(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), sizes.of(getWUk(), 0)});
}

std::optional<int64_t> AbsorbQueryOp::getFlops() {
  Value q = getQNope();
  return countOf({sizeOf(q, 0), sizeOf(q, 1), sizeOf(q, 2), sizeOf(q, 3), sizeOf(getWUk(), 0)}, 2);
}

//===----------------------------------------------------------------------===//
// ExpandValueOp
//===----------------------------------------------------------------------===//

LogicalResult ExpandValueOp::verify() {
  Value x = getX(), w = getWUv();
  if (rankOf(x) != 4 || rankOf(w) != 3 || !sameElement({x, w, getResult()}))
    return emitOpError("takes x of rank 4 and w_uv of rank 3, of the result's element type"); // C1
  if (!agree(sizeOf(w, 0), sizeOf(x, 3)) || !agree(sizeOf(w, 1), sizeOf(x, 1)))
    return emitOpError("w_uv must be [L, H, Dv] for ") << x.getType() << ", not " << w.getType(); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void ExpandValueOp::describeResults(ResultSizes &sizes) {
  Value x = getX();
  sizes.set(getResult(), {sizes.of(x, 0), sizes.of(x, 1), sizes.of(x, 2), sizes.of(getWUv(), 2)});
}

std::optional<int64_t> ExpandValueOp::getFlops() {
  Value x = getX();
  return countOf({sizeOf(x, 0), sizeOf(x, 1), sizeOf(x, 2), sizeOf(x, 3), sizeOf(getWUv(), 2)}, 2);
}
