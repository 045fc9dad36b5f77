//===- AttentionOps.cpp - Verification and shapes of attention ops --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

/// Whether each dimension of `mask` is 1 or that of `shape`.
static bool broadcasts(Value mask, ArrayRef<int64_t> shape) {
  return llvm::all_of(llvm::zip(tensorType(mask).getShape(), shape), [](auto pair) {
    auto [size, full] = pair;
    return size == 1 || agree(size, full);
  });
}

/// Whether cos and sin are both [B or 1, S, R/2].
static bool areAngles(Value cos, Value sin, int64_t batch, int64_t length, int64_t rotated) {
  ArrayRef<int64_t> shape = tensorType(cos).getShape();
  int64_t half = ShapedType::isDynamic(rotated) ? rotated : rotated / 2;
  return cos.getType() == sin.getType() && (shape[0] == 1 || agree(shape[0], batch)) && agree(shape[1], length) &&
         agree(shape[2], half);
}

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
  int64_t expected[] = {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(v, 3)};
  if (!agree(getResult().getType().getShape(), expected))
    return emitOpError("gives ") << shapeText(expected) << ", not " << getResult().getType(); // C5
  if (Value mask = getMask()) {
    int64_t full[] = {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)};
    if (rankOf(mask) != 4 || !broadcasts(mask, full))
      return emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full); // C6
  }
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C7
  return success();
}

LogicalResult AttentionOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(),
           {mixedSize(builder, getQ(), 0), mixedSize(builder, getQ(), 1), mixedSize(builder, getQ(), 2),
            mixedSize(builder, getV(), 3)},
           shapes);
  return success();
}

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
  int64_t valueSize = ShapedType::isDynamic(nope) ? nope : sum(both, -nope);
  int64_t expected[] = {sizeOf(qNope, 0), sizeOf(qNope, 1), sizeOf(qNope, 2), valueSize};
  if (!agree(getResult().getType().getShape(), expected))
    return emitOpError("gives ") << shapeText(expected) << ", not " << getResult().getType(); // C6
  if (Value mask = getMask()) {
    int64_t full[] = {sizeOf(qNope, 0), sizeOf(qNope, 1), sizeOf(qNope, 2), sizeOf(latent, 1)};
    if (rankOf(mask) != 4 || !broadcasts(mask, full))
      return emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full); // C7
  }
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C8
  return success();
}

LogicalResult LatentAttentionOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  Value qNope = getQNope();
  OpFoldResult both = mixedSize(builder, getWKv(), 2), nope = mixedSize(builder, qNope, 3);
  OpFoldResult minusNope = mixedProduct(builder, getLoc(), nope, builder.getIndexAttr(-1));
  addShape(builder, getResult(),
           {mixedSize(builder, qNope, 0), mixedSize(builder, qNope, 1), mixedSize(builder, qNope, 2),
            mixedSum(builder, getLoc(), both, minusNope)},
           shapes);
  return success();
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
  int64_t latentShape[] = {sizeOf(ckv, 0), sizeOf(ckv, 1), size};
  int64_t kPeShape[] = {sizeOf(ckv, 0), sizeOf(ckv, 1), rotated};
  if (!agree(tensorType(latent).getShape(), latentShape) || !agree(tensorType(kPe).getShape(), kPeShape))
    return emitOpError("gives ") << shapeText(latentShape) << " and " << shapeText(kPeShape) << ", not "
                                 << latent.getType() << " and " << kPe.getType(); // C4
  if (!getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("epsilon must be finite and not negative"); // C5
  return success();
}

LogicalResult LatentProjectionOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  OpFoldResult batch = mixedSize(builder, getCKv(), 0), length = mixedSize(builder, getCKv(), 1);
  OpFoldResult half = mixedSize(builder, getCos(), 2);
  addShape(builder, getLatent(), {batch, length, mixedSize(builder, getWeight(), 0)}, shapes);
  addShape(builder, getKPe(), {batch, length, mixedSum(builder, getLoc(), half, half)}, shapes);
  return success();
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
  int64_t length = sum(sizeOf(cache, dim), sizeOf(entry, dim));
  if (!agree(length, sizeOf(result, dim)))
    return emitOpError("dimension ") << dim << " of the result must be " << length << ", not "
                                     << sizeOf(result, dim); // C3
  return success();
}

LogicalResult CacheAppendOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, getLoc(), getCache());
  sizes[getDim()] = mixedSum(builder, getLoc(), sizes[getDim()], mixedSize(builder, getEntry(), getDim()));
  addShape(builder, getResult(), sizes, shapes);
  return success();
}

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

LogicalResult RopeOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getX()), shapes);
  return success();
}

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

LogicalResult RMSNormOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getX()), shapes);
  return success();
}
