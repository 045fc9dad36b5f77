//===- AttentionGradientOps.cpp - Verification of attention's derivatives -===//
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
// What derivatives of attention share
//===----------------------------------------------------------------------===//

/// Whether the scale is finite and the softcap, if any, finite and positive.
template <typename Op> static LogicalResult verifyScoreNumbers(Op op) {
  if (!op.getScale().isFinite() || !isPositive(op.getSoftcap()))
    return op.emitOpError("the scale must be finite, the softcap finite and positive");
  return success();
}

template <typename Op> static LogicalResult verifyMaskShape(Op op, ArrayRef<int64_t> full) {
  Value mask = op.getMask();
  if (mask && (rankOf(mask) != 4 || !broadcasts(mask, full)))
    return op.emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full);
  return success();
}

/// Whether d_out is [B, H, S, Dv] and d_lse, if any, [B, H, S].
template <typename Op> static LogicalResult verifyCotangents(Op op, ArrayRef<int64_t> out) {
  Value dOut = op.getDOut(), dLse = op.getDLse();
  if (!agree(tensorType(dOut).getShape(), out) || (dLse && !agree(tensorType(dLse).getShape(), out.drop_back())))
    return op.emitOpError("d_out must be ") << shapeText(out) << " and d_lse " << shapeText(out.drop_back());
  return success();
}

/// Whether there is a d_sink of the sink's element type exactly where there is a sink [H].
template <typename Op> static LogicalResult verifySinkGradient(Op op, int64_t heads) {
  Value sink = op.getSink(), dSink = op.getDSink();
  if (sink && (rankOf(sink) != 1 || !agree(sizeOf(sink, 0), heads)))
    return op.emitOpError("the sink must be ") << shapeText(heads) << ", not " << sink.getType();
  if (static_cast<bool>(sink) != static_cast<bool>(dSink) ||
      (dSink && (rankOf(dSink) != 1 || !sameElement({sink, dSink}) || !agree(sizeOf(dSink, 0), heads))))
    return op.emitOpError("gives d_sink, of the sink's type, with a sink, and none without one");
  return success();
}

/// Floating-point operations of the backward pass for one score: z and dp again, d_v, d_q and d_k, and the softmax.
static int64_t gradFlopsOfScore(int64_t keySize, int64_t valueSize) {
  return sum(sum(product(6, keySize), product(4, valueSize)), 8);
}

/// d_q, d_k, d_v and d_sink have the sizes of q, k, v and the sink.
template <typename Op> static void describeAttention(Op op, ResultSizes &sizes) {
  sizes.set(op.getDQ(), sizes.of(op.getQ()));
  sizes.set(op.getDK(), sizes.of(op.getK()));
  sizes.set(op.getDV(), sizes.of(op.getV()));
  if (op.getSink() && op.getDSink())
    sizes.set(op.getDSink(), sizes.of(op.getSink()));
}

//===----------------------------------------------------------------------===//
// AttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult AttentionGradOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), dOut = getDOut();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || rankOf(dOut) != 4 ||
      !sameElement({q, k, v, dOut, getDQ(), getDK(), getDV()}))
    return emitOpError("takes q, k, v and d_out of rank 4 and of one element type, which d_q, d_k, d_v have"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)))
    return emitOpError("q and k differ in head size: ") << sizeOf(q, 3) << " and " << sizeOf(k, 3); // C2
  if (!agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q, k and v must agree in batch; k and v in heads and length"); // C3
  int64_t heads = sizeOf(q, 1), kvHeads = sizeOf(k, 1);
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C4
  if (failed(verifyCotangents(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(v, 3)})))
    return failure(); // C5
  if (failed(verifySinkGradient(*this, heads)))
    return failure(); // C7
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (failed(verifyMaskShape(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)})))
    return failure(); // C8
  if (failed(verifyScoreNumbers(*this)))
    return failure();                           // C9
  return verifyVisibility(*this, sizeOf(q, 0)); // C10
}

void AttentionGradOp::describeResults(ResultSizes &sizes) { describeAttention(*this, sizes); }

std::optional<int64_t> AttentionGradOp::getFlops() {
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getK(), 2),
                  gradFlopsOfScore(sizeOf(getQ(), 3), sizeOf(getV(), 3))});
}

std::optional<int64_t> AttentionGradOp::getWindowSize() {
  return getWindow() ? std::optional<int64_t>(*getWindow()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// VarlenAttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult VarlenAttentionGradOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), dOut = getDOut(), dLse = getDLse(), cuQ = getCuQ(), cuKv = getCuKv();
  if (rankOf(q) != 3 || rankOf(k) != 3 || rankOf(v) != 3 || rankOf(dOut) != 3 ||
      !sameElement({q, k, v, dOut, getDQ(), getDK(), getDV()}))
    return emitOpError("takes q, k, v and d_out of rank 3 and of one element type, which d_q, d_k, d_v have"); // C1
  if (!agree(sizeOf(q, 2), sizeOf(k, 2)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()))
    return emitOpError("q and k must agree in head size; k and v in heads and length"); // C2
  int64_t heads = sizeOf(q, 1);
  if (!isMultiple(heads, sizeOf(k, 1)))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << sizeOf(k, 1); // C3
  if (rankOf(cuQ) != 1 || rankOf(cuKv) != 1 || !agree(sizeOf(cuQ, 0), sizeOf(cuKv, 0)) || sizeOf(cuQ, 0) == 0 ||
      sizeOf(cuKv, 0) == 0)
    return emitOpError("cu_q and cu_kv must be of rank 1 and of one size, at least 1"); // C4
  int64_t out[] = {sizeOf(q, 0), heads, sizeOf(v, 2)}, lse[] = {heads, sizeOf(q, 0)};
  if (!agree(tensorType(dOut).getShape(), out) || (dLse && !agree(tensorType(dLse).getShape(), lse)))
    return emitOpError("d_out must be ") << shapeText(out) << " and d_lse " << shapeText(lse); // C5
  if (failed(verifySinkGradient(*this, heads)))
    return failure(); // C7
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (failed(verifyScoreNumbers(*this)))
    return failure(); // C8
  if (getWindow() && (static_cast<int64_t>(*getWindow()) < 1 || !getCausal()))
    return emitOpError("a window counts at least 1 key, and needs causal"); // C9
  return success();
}

void VarlenAttentionGradOp::describeResults(ResultSizes &sizes) { describeAttention(*this, sizes); }

std::optional<int64_t> VarlenAttentionGradOp::getFlops() {
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getK(), 0),
                  gradFlopsOfScore(sizeOf(getQ(), 2), sizeOf(getV(), 2))});
}

//===----------------------------------------------------------------------===//
// LatentAttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult LatentAttentionGradOp::verify() {
  Value qNope = getQNope(), qPe = getQPe(), latent = getLatent(), kPe = getKPe(), weight = getWKv(), dOut = getDOut();
  if (rankOf(qNope) != 4 || rankOf(qPe) != 4 || rankOf(latent) != 3 || rankOf(kPe) != 3 || rankOf(weight) != 3 ||
      rankOf(dOut) != 4 ||
      !sameElement({qNope, qPe, latent, kPe, weight, dOut, getDQNope(), getDQPe(), getDLatent(), getDKPe(), getDWKv()}))
    return emitOpError("takes q_nope and q_pe of rank 4, latent, k_pe and w_kv of rank 3, d_out of rank 4, of one "
                       "element type, which the results have"); // C1
  if (!agree(tensorType(qNope).getShape().drop_back(), tensorType(qPe).getShape().drop_back()))
    return emitOpError("q_nope and q_pe must agree in batch, heads and length"); // C2
  if (!agree(tensorType(latent).getShape().drop_back(), tensorType(kPe).getShape().drop_back()) ||
      !agree(sizeOf(qNope, 0), sizeOf(latent, 0)) || !agree(sizeOf(qNope, 0), sizeOf(kPe, 0)))
    return emitOpError("latent and k_pe must agree in batch and length, and with q in batch"); // C3
  if (!agree(sizeOf(qPe, 3), sizeOf(kPe, 2)))
    return emitOpError("q_pe and k_pe differ in size: ") << sizeOf(qPe, 3) << " and " << sizeOf(kPe, 2); // C4
  int64_t heads = sizeOf(qNope, 1), nope = sizeOf(qNope, 3), columns = sizeOf(weight, 2);
  bool areSizesKnown = !ShapedType::isDynamic(nope) && !ShapedType::isDynamic(columns);
  if (!agree(sizeOf(weight, 0), sizeOf(latent, 2)) || !agree(sizeOf(weight, 1), heads) ||
      (areSizesKnown && columns <= nope))
    return emitOpError("w_kv must be [L, H, Dn + Dv], not ") << weight.getType(); // C5
  int64_t valueSize = areSizesKnown ? columns - nope : ShapedType::kDynamic;
  if (failed(verifyCotangents(*this, {sizeOf(qNope, 0), heads, sizeOf(qNope, 2), valueSize})))
    return failure(); // C6
  if (failed(verifySinkGradient(*this, heads)))
    return failure(); // C8
  if (failed(verifyResults(*this)))
    return failure(); // C7
  if (failed(verifyMaskShape(*this, {sizeOf(qNope, 0), heads, sizeOf(qNope, 2), sizeOf(latent, 1)})))
    return failure(); // C9
  if (failed(verifyScoreNumbers(*this)))
    return failure();                               // C10
  return verifyVisibility(*this, sizeOf(qNope, 0)); // C11
}

void LatentAttentionGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDQNope(), sizes.of(getQNope()));
  sizes.set(getDQPe(), sizes.of(getQPe()));
  sizes.set(getDLatent(), sizes.of(getLatent()));
  sizes.set(getDKPe(), sizes.of(getKPe()));
  sizes.set(getDWKv(), sizes.of(getWKv()));
  if (getSink() && getDSink())
    sizes.set(getDSink(), sizes.of(getSink()));
}

std::optional<int64_t> LatentAttentionGradOp::getFlops() {
  // The expanded form: keys and values again, their derivatives by the latent and by the weight, and the attention's.
  std::optional<int64_t> expansion = countOf({sizeOf(getLatent(), 0), sizeOf(getLatent(), 1), sizeOf(getLatent(), 2),
                                              sizeOf(getWKv(), 1), sizeOf(getWKv(), 2)},
                                             6);
  int64_t keySize = sum(sizeOf(getQNope(), 3), sizeOf(getQPe(), 3));
  std::optional<int64_t> scores = countOf({sizeOf(getQNope(), 0), sizeOf(getQNope(), 1), sizeOf(getQNope(), 2),
                                           sizeOf(getLatent(), 1), gradFlopsOfScore(keySize, sizeOf(getDOut(), 3))});
  if (!expansion || !scores)
    return std::nullopt;
  return countOf({sum(*expansion, *scores)});
}

std::optional<int64_t> LatentAttentionGradOp::getWindowSize() {
  return getWindow() ? std::optional<int64_t>(*getWindow()) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// MergeAttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult MergeAttentionGradOp::verify() {
  OperandRange outs = getOuts(), lses = getLses();
  Value dOut = getDOut(), dLse = getDLse(), sink = getSink();
  auto hasRank = [](int64_t rank) { return [=](Value value) { return rankOf(value) == rank; }; };
  if (outs.empty() || outs.size() != lses.size() || !llvm::all_of(outs, hasRank(4)) || rankOf(dOut) != 4 ||
      !llvm::all_of(lses, hasRank(3)))
    return emitOpError("takes as many outputs of rank 4 as lses of rank 3, at least one, and d_out of rank 4"); // C1
  if (!sameElement(outs) || elementOf(outs.front()) != elementOf(dOut) || !sameElement(lses))
    return emitOpError("the outputs and d_out must have one element type, and the lses one"); // C2
  ArrayRef<int64_t> shape = tensorType(dOut).getShape();
  auto agrees = [&](Value value) { return agree(tensorType(value).getShape(), shape.take_front(rankOf(value))); };
  if (!llvm::all_of(outs, agrees) || !llvm::all_of(lses, agrees) || (dLse && (rankOf(dLse) != 3 || !agrees(dLse))))
    return emitOpError("the outputs and d_out must agree in shape, and with the lses and d_lse in [B, H, S]"); // C3
  if (sink && (rankOf(sink) != 1 || !agree(sizeOf(sink, 0), shape[1])))
    return emitOpError("the sink must be ") << shapeText(shape[1]) << ", not " << sink.getType(); // C4
  SmallVector<Value> differentiated(outs);
  llvm::append_range(differentiated, lses);
  if (sink)
    differentiated.push_back(sink);
  if (getNumResults() != differentiated.size())
    return emitOpError("gives ") << differentiated.size() << " results, not " << getNumResults(); // C5
  for (auto [operand, result] : llvm::zip(differentiated, getResults()))
    if (!sameElement({operand, result}))
      return emitOpError("each result has its operand's element type, ") << elementOf(operand); // C5
  if (failed(verifyResults(*this)))
    return failure(); // C5
  return success();
}

void MergeAttentionGradOp::describeResults(ResultSizes &sizes) {
  SmallVector<Value> differentiated(getOuts());
  llvm::append_range(differentiated, getLses());
  if (getSink())
    differentiated.push_back(getSink());
  for (auto [operand, result] : llvm::zip(differentiated, getResults()))
    sizes.set(result, sizes.of(operand));
}

std::optional<int64_t> MergeAttentionGradOp::getFlops() {
  std::optional<int64_t> elements = countOf(tensorType(getDOut()).getShape(), 5);
  return elements ? countOf({*elements, static_cast<int64_t>(getOuts().size())}) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// CompressGradOp
//===----------------------------------------------------------------------===//

SmallVector<Value> CompressGradOp::getParameters() {
  SmallVector<Value> given;
  for (Value parameter : {getWeight(), getW1(), getBias1(), getW2(), getBias2(), getGate(), getBias(), getPe()})
    if (parameter)
      given.push_back(parameter);
  return given;
}

/// Whether a parameter is [Hkv or 1] and then `sizes`.
static bool isOfHeads(Value parameter, int64_t heads, ArrayRef<int64_t> sizes) {
  ArrayRef<int64_t> shape = tensorType(parameter).getShape();
  return shape.size() == sizes.size() + 1 && (shape[0] == 1 || agree(shape[0], heads)) &&
         agree(shape.drop_front(), sizes);
}

LogicalResult CompressGradOp::verify() {
  Value x = getX(), dOut = getDOut();
  SmallVector<Value> parameters = getParameters();
  auto hasElement = [&](Value value) { return elementOf(value) == elementOf(x); };
  if (rankOf(x) != 4 || rankOf(dOut) != 4 || !hasElement(dOut) || !llvm::all_of(parameters, hasElement))
    return emitOpError("takes x and d_out of rank 4; all floats have one element type"); // C1
  int64_t length = getLength(), stride = getStride(), heads = sizeOf(x, 1), channels = sizeOf(x, 3);
  if (length < 1 || stride < 1)
    return emitOpError("length and stride must be at least 1"); // C2

  Compression kind = getKind();
  bool isWeighted = kind == Compression::Weighted, isLinear = kind == Compression::Linear;
  bool isMlp = kind == Compression::Mlp, isGated = kind == Compression::Gated, overlaps = getOverlap();
  constexpr int64_t kAny = ShapedType::kDynamic;
  Value weight = getWeight(), w1 = getW1(), w2 = getW2(), gate = getGate(), bias = getBias();
  if (static_cast<bool>(weight) != (isWeighted || isLinear) || (isWeighted && !isOfHeads(weight, heads, {length})) ||
      (isLinear && !isOfHeads(weight, heads, {length, channels, kAny})))
    return emitOpError("weighted takes a weight [Hkv or 1, l], linear one [Hkv or 1, l, D, D'], no other kind"); // C3
  if (!isMlp && (w1 || w2 || getBias1() || getBias2() || getActivation()))
    return emitOpError("only mlp takes w1, w2, their biases and an activation"); // C4
  if (isMlp &&
      (!w1 || !w2 || !getActivation() || rankOf(w2) != 3 ||
       (!isOfHeads(w1, heads, {product(length, channels), kAny}) && !isOfHeads(w1, heads, {length, channels, kAny}))))
    return emitOpError("mlp takes w1 [Hkv or 1, l*D, F] or [Hkv or 1, l, D, F], an activation, w2 and biases"); // C4
  if (isMlp && (!isOfHeads(w2, heads, {sizeOf(w1, -1), kAny}) ||
                (getBias1() && !isOfHeads(getBias1(), heads, {sizeOf(w1, -1)})) ||
                (getBias2() && !isOfHeads(getBias2(), heads, {sizeOf(w2, -1)}))))
    return emitOpError("w2 must be [Hkv or 1, F, D'], bias1 [Hkv or 1, F], bias2 [Hkv or 1, D']"); // C4
  if (static_cast<bool>(gate) != isGated || (!isGated && (bias || overlaps)))
    return emitOpError("gated takes a gate, and perhaps a bias and overlap; no other kind does"); // C5
  int64_t places = overlaps ? stride : length;
  if ((gate && !agree(tensorType(gate).getShape(), tensorType(x).getShape())) ||
      (bias && !agree(tensorType(bias).getShape(), {places, channels})))
    return emitOpError("the gate must have x's shape, the bias be ") << shapeText({places, channels}); // C5
  if (overlaps && (length != product(2, stride) || (!ShapedType::isDynamic(channels) && channels % 2)))
    return emitOpError("overlap takes a length of twice the stride, and two series of channels"); // C6
  if (Value pe = getPe(); pe && (isGated || !isOfHeads(pe, heads, {length, channels})))
    return emitOpError("pe must be [Hkv or 1, l, D], and is not for gated"); // C7
  if (Value lengths = getKvLengths(); lengths && !agree(tensorType(lengths).getShape(), {sizeOf(x, 0)}))
    return emitOpError("kv_lengths must be [B]"); // C8

  int64_t tokens = sizeOf(x, 2), entries = kAny, outputs = channels;
  if (!ShapedType::isDynamic(tokens))
    entries = overlaps ? tokens / stride : tokens < length ? 0 : (tokens - length) / stride + 1;
  if (overlaps && !ShapedType::isDynamic(channels))
    outputs = channels / 2;
  if (isLinear)
    outputs = sizeOf(weight, 3);
  if (isMlp)
    outputs = sizeOf(w2, 2);
  int64_t expected[] = {sizeOf(x, 0), heads, entries, outputs};
  if (!agree(tensorType(dOut).getShape(), expected))
    return emitOpError("d_out must be ") << shapeText(expected) << ", not " << dOut.getType(); // C9
  if (getNumResults() != parameters.size() + 1 || !llvm::all_of(getResults(), hasElement))
    return emitOpError("gives one result for x and for each of ")
           << parameters.size() << " parameters, of x's element type"; // C10
  if (failed(verifyResults(*this)))
    return failure(); // C10
  return success();
}

void CompressGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDX(), sizes.of(getX()));
  for (auto [parameter, result] : llvm::zip(getParameters(), getDParameters()))
    sizes.set(result, sizes.of(parameter));
}

std::optional<int64_t> CompressGradOp::getFlops() {
  // Twice the forward pass: once for x and once for the parameters.
  int64_t perEntry = product(getLength(), sizeOf(getX(), 3));
  if (getKind() == Compression::Linear)
    perEntry = product(perEntry, sizeOf(getDOut(), 3));
  else if (getKind() == Compression::Mlp)
    perEntry = product(sum(perEntry, sizeOf(getDOut(), 3)), sizeOf(getW1(), -1));
  return countOf({sizeOf(getDOut(), 0), sizeOf(getDOut(), 1), sizeOf(getDOut(), 2), perEntry}, 4);
}

//===----------------------------------------------------------------------===//
// CompressedAttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult CompressedAttentionGradOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), dOut = getDOut();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || rankOf(dOut) != 4 ||
      !sameElement({q, k, v, dOut, getDQ(), getDK(), getDV()}))
    return emitOpError("takes q, k, v and d_out of rank 4 and of one element type, which d_q, d_k, d_v have"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q and k must agree in head size; k and v in heads and entries; all in batch"); // C2
  int64_t heads = sizeOf(q, 1);
  if (!isMultiple(heads, sizeOf(k, 1)))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << sizeOf(k, 1); // C3
  if (static_cast<int64_t>(getLength()) < 1 || static_cast<int64_t>(getStride()) < 1)
    return emitOpError("length and stride must be at least 1"); // C4
  if (failed(verifyMaskShape(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)})))
    return failure(); // C5
  if (failed(verifyScoreNumbers(*this)))
    return failure(); // C6
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C7
  if (getCausal() && !getOffset() && !getOffsets() && !getKvLengths())
    return emitOpError("how many tokens there are does not follow from the entries: causal needs offset, offsets or "
                       "kv_lengths"); // C8
  if (failed(verifyCotangents(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(v, 3)})))
    return failure(); // C9
  if (failed(verifySinkGradient(*this, heads)))
    return failure(); // C11
  if (failed(verifyResults(*this)))
    return failure(); // C10
  return success();
}

void CompressedAttentionGradOp::describeResults(ResultSizes &sizes) { describeAttention(*this, sizes); }

std::optional<int64_t> CompressedAttentionGradOp::getFlops() {
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getK(), 2),
                  gradFlopsOfScore(sizeOf(getQ(), 3), sizeOf(getV(), 3))});
}

//===----------------------------------------------------------------------===//
// SelectedAttentionGradOp
//===----------------------------------------------------------------------===//

LogicalResult SelectedAttentionGradOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), indices = getIndices(), dOut = getDOut();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || rankOf(indices) != 4 || rankOf(dOut) != 4 ||
      !sameElement({q, k, v, dOut, getDQ(), getDK(), getDV()}))
    return emitOpError("takes q, k, v, indices and d_out of rank 4; the floats of one element type, which d_q, d_k, "
                       "d_v have"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)) ||
      !agree(sizeOf(q, 0), sizeOf(indices, 0)) || !agree(sizeOf(q, 2), sizeOf(indices, 2)))
    return emitOpError("q and k must agree in head size; k and v in heads and length; q and indices in queries; all "
                       "in batch"); // C2
  int64_t heads = sizeOf(q, 1);
  if (!isMultiple(heads, sizeOf(k, 1)) || !isMultiple(heads, sizeOf(indices, 1)))
    return emitOpError("the number of query heads, ") << heads << ", is no multiple of that of kv heads or lists"; // C3
  if (static_cast<int64_t>(getBlock()) < 1)
    return emitOpError("a block has at least 1 token"); // C4
  if (failed(verifyMaskShape(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)})))
    return failure(); // C5
  if (failed(verifyScoreNumbers(*this)))
    return failure(); // C6
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C7
  if (failed(verifyCotangents(*this, {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(v, 3)})))
    return failure(); // C8
  if (failed(verifySinkGradient(*this, heads)))
    return failure(); // C10
  if (failed(verifyResults(*this)))
    return failure(); // C9
  return success();
}

void SelectedAttentionGradOp::describeResults(ResultSizes &sizes) { describeAttention(*this, sizes); }

std::optional<int64_t> SelectedAttentionGradOp::getFlops() {
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getIndices(), 3),
                  static_cast<int64_t>(getBlock()), gradFlopsOfScore(sizeOf(getQ(), 3), sizeOf(getV(), 3))});
}

Value SelectedAttentionGradOp::getSelection() { return getIndices(); }

//===----------------------------------------------------------------------===//
// IndexerScoresGradOp
//===----------------------------------------------------------------------===//

LogicalResult IndexerScoresGradOp::verify() {
  Value q = getQ(), k = getK(), w = getW(), dOut = getDOut(), qScales = getQScales(), kScales = getKScales();
  if (rankOf(q) != 4 || rankOf(k) != 3 || rankOf(w) != 3 || rankOf(dOut) != 4)
    return emitOpError("takes q of rank 4, k and w of rank 3 and d_out of rank 4"); // C1
  if (!agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 3), sizeOf(k, 2)))
    return emitOpError("q and k must agree in batch and in the last dimension"); // C2
  int64_t batch = sizeOf(q, 0), heads = sizeOf(q, 1), queries = sizeOf(q, 2), keys = sizeOf(k, 1);
  if (!agree(tensorType(w).getShape(), {batch, queries, heads}))
    return emitOpError("w must be ") << shapeText({batch, queries, heads}) << ", not " << w.getType(); // C3
  if ((qScales && !agree(tensorType(qScales).getShape(), {batch, heads, queries})) ||
      (kScales && !agree(tensorType(kScales).getShape(), {batch, keys})))
    return emitOpError("q_scales must be ")
           << shapeText({batch, heads, queries}) << ", k_scales " << shapeText({batch, keys}); // C4
  if (!agree(tensorType(dOut).getShape(), {batch, 1, queries, keys}))
    return emitOpError("d_out must be ") << shapeText({batch, 1, queries, keys}) << ", not " << dOut.getType(); // C5
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C6
  if (getDQ().getType() != q.getType() || getDK().getType() != k.getType() || getDW().getType() != w.getType())
    return emitOpError("d_q, d_k, d_w have the types of q, k, w"); // C7
  return success();
}

void IndexerScoresGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDQ(), sizes.of(getQ()));
  sizes.set(getDK(), sizes.of(getK()));
  sizes.set(getDW(), sizes.of(getW()));
}

std::optional<int64_t> IndexerScoresGradOp::getFlops() {
  int64_t perScore = sum(product(6, sizeOf(getQ(), 3)), 5);
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getK(), 1), perScore});
}

//===----------------------------------------------------------------------===//
// GatedCombineGradOp
//===----------------------------------------------------------------------===//

LogicalResult GatedCombineGradOp::verify() {
  OperandRange branches = getBranches();
  Value gates = getGates(), dOut = getDOut();
  auto isBranch = [&](Value value) {
    return rankOf(value) == 4 && elementOf(value) == elementOf(dOut) &&
           agree(tensorType(value).getShape(), tensorType(dOut).getShape());
  };
  if (branches.empty() || rankOf(dOut) != 4 || !llvm::all_of(branches, isBranch) || !sameElement({gates, dOut}))
    return emitOpError(
        "takes at least one branch, all of d_out's type, of rank 4, and gates of its element type"); // C1
  int64_t expected[] = {sizeOf(dOut, 0), sizeOf(dOut, 1), sizeOf(dOut, 2), static_cast<int64_t>(branches.size())};
  if (!agree(tensorType(gates).getShape(), expected))
    return emitOpError("the gates must be ") << shapeText(expected) << ", not " << gates.getType(); // C2
  if (getDBranches().size() != branches.size() || !sameElement(getResults()) || !sameElement({gates, getDGates()}))
    return emitOpError("gives one result for each branch, and one for the gates"); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void GatedCombineGradOp::describeResults(ResultSizes &sizes) {
  for (auto [branch, result] : llvm::zip(getBranches(), getDBranches()))
    sizes.set(result, sizes.of(branch));
  sizes.set(getDGates(), sizes.of(getGates()));
}

std::optional<int64_t> GatedCombineGradOp::getFlops() {
  std::optional<int64_t> elements = countOf(tensorType(getDOut()).getShape(), 3);
  return elements ? countOf({*elements, static_cast<int64_t>(getBranches().size())}) : std::nullopt;
}
