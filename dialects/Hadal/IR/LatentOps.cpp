//===- LatentOps.cpp - Verification and shapes of latent and cache ops --===//
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
// LatentAttentionOp
//===----------------------------------------------------------------------===//

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
  if (Value mask = getMask()) {
    int64_t full[] = {sizeOf(qNope, 0), sizeOf(qNope, 1), sizeOf(qNope, 2), sizeOf(latent, 1)};
    if (rankOf(mask) != 4 || !broadcasts(mask, full))
      return emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full); // C7
  }
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C8
  return success();
}

void LatentAttentionOp::describeResults(ResultSizes &sizes) {
  Value qNope = getQNope();
  sizes.set(getResult(), {sizes.of(qNope, 0), sizes.of(qNope, 1), sizes.of(qNope, 2),
                          sizes.difference(sizes.of(getWKv(), 2), sizes.of(qNope, 3))});
}

std::optional<int64_t> LatentAttentionOp::getFlops() {
  // The attention of the expanded form, and the form that multiplies less for the projections.
  int64_t batch = sizeOf(getQNope(), 0), heads = sizeOf(getQNope(), 1), queries = sizeOf(getQNope(), 2);
  int64_t keys = sizeOf(getLatent(), 1), columns = sizeOf(getWKv(), 2);
  int64_t rows =
      ShapedType::isDynamic(keys) || ShapedType::isDynamic(queries) ? ShapedType::kDynamic : std::min(keys, queries);
  int64_t projection = product(2, product(rows, product(sizeOf(getLatent(), 2), columns)));
  int64_t perScore = sum(product(2, sum(sizeOf(getQPe(), 3), columns)), 3);
  return countOf({batch, heads, sum(projection, product(queries, product(keys, perScore)))});
}

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
// CacheAppendOp
//===----------------------------------------------------------------------===//

LogicalResult CacheAppendOp::verify() {
  Value cache = getCache(), entry = getEntry(), result = getResult();
  int64_t rank = rankOf(cache), dim = getDim();
  if (rankOf(entry) != rank || rankOf(result) != rank || dim < 0 || dim >= rank)
    return emitOpError("takes cache, entry and result of one rank, and dim within it"); // C1
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim && (!agree(sizeOf(cache, i), sizeOf(entry, i)) || !agree(sizeOf(cache, i), sizeOf(result, i)) ||
                     !agree(sizeOf(entry, i), sizeOf(result, i))))
      return emitOpError("cache, entry and result differ in dimension ") << i; // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void CacheAppendOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getCache());
  shape[getDim()] = sizes.sum(shape[getDim()], sizes.of(getEntry(), getDim()));
  sizes.set(getResult(), shape);
}

std::optional<int64_t> CacheAppendOp::getFlops() { return 0; }
