//===- GradientOps.cpp - Verification and shapes of derivatives ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

static bool sameShape(Value a, Value b) { return agree(tensorType(a).getShape(), tensorType(b).getShape()); }
static bool isFiniteNotNegative(const APFloat &value) { return value.isFinite() && !value.isNegative(); }

/// Whether `list` is [size].
static bool isListOf(Value list, int64_t size) { return rankOf(list) == 1 && agree(sizeOf(list, 0), size); }

//===----------------------------------------------------------------------===//
// RouteGradOp
//===----------------------------------------------------------------------===//

LogicalResult RouteGradOp::verify() {
  Value logits = getLogits(), indices = getIndices(), dWeights = getDWeights();
  if (rankOf(logits) != 2 || rankOf(indices) != 2 || rankOf(dWeights) != 2 ||
      ShapedType::isDynamic(sizeOf(logits, 1)) || ShapedType::isDynamic(sizeOf(indices, 1)) ||
      !sameShape(indices, dWeights) || !agree(sizeOf(logits, 0), sizeOf(indices, 0)) ||
      !agree(sizeOf(logits, 0), sizeOf(dWeights, 0)) || getDLogits().getType() != logits.getType())
    return emitOpError("takes logits [T, E] with E static, indices and d_weights [T, k] with k static, and gives "
                       "logits' type"); // C1
  if (!getScale().isFinite() || !isFiniteNotNegative(getEpsilon()))
    return emitOpError("scale and epsilon must be finite, epsilon not negative"); // C2
  if (getFloor() && !getNormalize())
    return emitOpError("a floor of the sum needs normalize"); // C3
  return success();
}

void RouteGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDLogits(), sizes.of(getLogits())); }

std::optional<int64_t> RouteGradOp::getFlops() { return countOf(tensorType(getLogits()).getShape(), 7); }

//===----------------------------------------------------------------------===//
// GroupedMatmulGradOp
//===----------------------------------------------------------------------===//

LogicalResult GroupedMatmulGradOp::verify() {
  Value x = getX(), w = getW(), permutation = getPermutation(), counts = getCounts(), dOut = getDOut();
  int64_t inDim = getTransposed() ? 2 : 1, outDim = getTransposed() ? 1 : 2;
  if (rankOf(x) != 2 || rankOf(w) != 3 || !agree(sizeOf(x, 1), sizeOf(w, inDim)) ||
      !isListOf(getOffsets(), sum(sizeOf(w, 0), 1)) || (permutation && rankOf(permutation) != 1) ||
      (counts && !isListOf(counts, sizeOf(w, 0))))
    return emitOpError("takes x [M, K], w [E, K, N] ([E, N, K] if transposed), offsets [E + 1], permutation [P] and "
                       "counts [E]"); // C1
  int64_t rows = permutation ? sizeOf(permutation, 0) : sizeOf(x, 0);
  if ((!permutation && (getSlotsPerToken() || getScatter())) ||
      (getSlotsPerToken() ? static_cast<int64_t>(*getSlotsPerToken()) < 1 : !agree(sizeOf(x, 0), rows)))
    return emitOpError("gathers at least one slot per token, or takes one row of x per row of the permutation; "
                       "gather and scatter need a permutation"); // C2
  if (rankOf(dOut) != 2 || !agree(sizeOf(dOut, 0), rows) || !agree(sizeOf(dOut, 1), sizeOf(w, outDim)))
    return emitOpError("d_out must be ") << shapeText({rows, sizeOf(w, outDim)}) << ", not " << dOut.getType(); // C3
  if (!sameElement({x, w}) || getDX().getType() != x.getType() || getDW().getType() != w.getType())
    return emitOpError("x and w have one element type; d_x has x's type and d_w w's"); // C4
  Value bias = getBias(), dBias = getDBias();
  int64_t biasSizes[] = {sizeOf(w, 0), sizeOf(w, outDim)};
  if (static_cast<bool>(bias) != static_cast<bool>(dBias) ||
      (bias && (!agree(tensorType(bias).getShape(), biasSizes) || dBias.getType() != bias.getType())))
    return emitOpError("with a bias, which is [E, N], it gives d_bias of its type, and none without one"); // C5
  return success();
}

void GroupedMatmulGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDX(), sizes.of(getX()));
  sizes.set(getDW(), sizes.of(getW()));
  if (getBias() && getDBias())
    sizes.set(getDBias(), sizes.of(getBias()));
}

std::optional<int64_t> GroupedMatmulGradOp::getFlops() {
  return countOf({sizeOf(getDOut(), 0), sizeOf(getX(), 1), sizeOf(getDOut(), 1)}, 4);
}

//===----------------------------------------------------------------------===//
// PermuteGradOp, CombineGradOp
//===----------------------------------------------------------------------===//

LogicalResult PermuteGradOp::verify() {
  Value x = getX(), permutation = getPermutation(), dOut = getDOut();
  if (rankOf(x) < 1 || rankOf(x) != rankOf(dOut) || !sameElement({x, dOut}) ||
      !agree(tensorType(x).getShape().drop_front(), tensorType(dOut).getShape().drop_front()) ||
      rankOf(permutation) != 1)
    return emitOpError("takes x and d_out of one rank and element type, which agree in all dimensions but the first, "
                       "and permutation [P]"); // C1
  if (static_cast<int64_t>(getSlotsPerToken()) < 1)
    return emitOpError("there is at least one slot per token"); // C2
  if (!agree(sizeOf(dOut, 0), sizeOf(permutation, 0)) || getDX().getType() != x.getType())
    return emitOpError("d_out has a row for each of the permutation, and d_x has x's type"); // C3
  return success();
}

void PermuteGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDX(), sizes.of(getX())); }

std::optional<int64_t> PermuteGradOp::getFlops() { return countOf(tensorType(getDOut()).getShape()); }

LogicalResult CombineGradOp::verify() {
  Value y = getY(), weights = getWeights(), dOut = getDOut(), inverse = getInverse(), permutation = getPermutation();
  if (rankOf(y) != 2 || rankOf(dOut) != 2 || rankOf(weights) != 2 || ShapedType::isDynamic(sizeOf(weights, 1)))
    return emitOpError("takes y and d_out of rank 2 and weights [T, k] with k static"); // C1
  int64_t slots = product(sizeOf(weights, 0), sizeOf(weights, 1));
  if (!inverse && !permutation && !agree(sizeOf(y, 0), slots))
    return emitOpError("without inverse and permutation, y must have ") << shapeText(slots) << " rows"; // C2
  if ((inverse && permutation) || (inverse && !isListOf(inverse, slots)) ||
      (permutation && !isListOf(permutation, sizeOf(y, 0))))
    return emitOpError("takes an inverse [T*k], or a permutation with one entry for each row of y"); // C3
  if (!sameElement({y, dOut}) || !agree(sizeOf(dOut, 0), sizeOf(weights, 0)) || !agree(sizeOf(dOut, 1), sizeOf(y, 1)))
    return emitOpError("d_out must be [T, H] of y's element type, not ") << dOut.getType(); // C4
  if (getDY().getType() != y.getType() || getDWeights().getType() != weights.getType())
    return emitOpError("d_y has y's type and d_weights weights'"); // C5
  return success();
}

void CombineGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDY(), sizes.of(getY()));
  sizes.set(getDWeights(), sizes.of(getWeights()));
}

std::optional<int64_t> CombineGradOp::getFlops() {
  return countOf({sizeOf(getWeights(), 0), sizeOf(getWeights(), 1), sizeOf(getY(), 1)}, 3);
}

//===----------------------------------------------------------------------===//
// ActivationGradOp, GatedActivationGradOp
//===----------------------------------------------------------------------===//

/// Whether alpha is finite, and 1 where the function has none.
template <typename Op> static bool isAlpha(Op op) {
  return op.getAlpha().isFinite() && (op.getActivation() == Activation::Silu || op.getAlpha().convertToFloat() == 1.0f);
}

LogicalResult ActivationGradOp::verify() {
  if (getDOut().getType() != getX().getType() || getDX().getType() != getX().getType())
    return emitOpError("d_out and d_x have x's type, ") << getX().getType(); // C1
  if (!isAlpha(*this))
    return emitOpError("alpha must be finite, and 1 unless the function is silu"); // C2
  return success();
}

void ActivationGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDX(), sizes.of(getX())); }

std::optional<int64_t> ActivationGradOp::getFlops() { return countOf(tensorType(getX()).getShape(), 6); }

LogicalResult GatedActivationGradOp::verify() {
  RankedTensorType x = getX().getType(), dOut = getDOut().getType();
  if (x.getRank() < 1 || x.isDynamicDim(x.getRank() - 1) || x.getShape().back() % 2 || dOut.getRank() != x.getRank() ||
      !sameElement({getX(), getDOut()}) || !agree(dOut.getShape().drop_back(), x.getShape().drop_back()) ||
      !agree(dOut.getShape().back(), x.getShape().back() / 2))
    return emitOpError("takes x with a static even last dimension 2I and d_out of x's shape with I last, of one "
                       "element type, not ")
           << x << " and " << dOut; // C1
  if (getDX().getType() != x)
    return emitOpError("gives x's type, ") << x; // C2
  std::optional<APFloat> limit = getLimit();
  if ((limit && (!limit->isFinite() || limit->isNegative() || limit->isZero())) || !isAlpha(*this) ||
      !getUpOffset().isFinite())
    return emitOpError("limit must be finite and positive, up_offset finite, alpha finite, and 1 unless the function "
                       "is silu"); // C3
  if (getGateOrder() == GateOrder::None)
    return emitOpError("needs an order of gate and up"); // C4
  return success();
}

void GatedActivationGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDX(), sizes.of(getX())); }

std::optional<int64_t> GatedActivationGradOp::getFlops() { return countOf(tensorType(getX()).getShape(), 5); }

//===----------------------------------------------------------------------===//
// RMSNormGradOp, LayerNormGradOp
//===----------------------------------------------------------------------===//

LogicalResult RMSNormGradOp::verify() {
  Value x = getX(), weight = getWeight(), dOut = getDOut(), dWeight = getDWeight();
  if (rankOf(x) < 1 || rankOf(dOut) < 1 || !sameElement({x, dOut}))
    return emitOpError("takes x and d_out of rank 1 or more and of one element type"); // C1
  if (weight && !isListOf(weight, sizeOf(x, -1)))
    return emitOpError("the weight's size must be x's last dimension"); // C2
  if (!sameShape(x, dOut) || getDX().getType() != x.getType())
    return emitOpError("d_out has x's sizes, and d_x x's type"); // C3
  if (!isFiniteNotNegative(getEpsilon()))
    return emitOpError("epsilon must be finite and not negative"); // C4
  if (getWeightOffset() && (!weight || !getWeightOffset()->isFinite()))
    return emitOpError("weight_offset must be finite, and needs a weight"); // C5
  if (static_cast<bool>(weight) != static_cast<bool>(dWeight) || (weight && weight.getType() != dWeight.getType()))
    return emitOpError("gives d_weight, of the weight's type, with a weight, and none without one"); // C6
  return success();
}

void RMSNormGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDX(), sizes.of(getX()));
  if (getWeight() && getDWeight())
    sizes.set(getDWeight(), sizes.of(getWeight()));
}

std::optional<int64_t> RMSNormGradOp::getFlops() { return countOf(tensorType(getX()).getShape(), 10); }

LogicalResult LayerNormGradOp::verify() {
  Value x = getX(), weight = getWeight(), bias = getBias(), dOut = getDOut();
  if (rankOf(x) < 1 || rankOf(dOut) < 1 || !sameElement({x, dOut}))
    return emitOpError("takes x and d_out of rank 1 or more and of one element type"); // C1
  if ((weight && !isListOf(weight, sizeOf(x, -1))) || (bias && !isListOf(bias, sizeOf(x, -1))))
    return emitOpError("the weight's and bias' size must be x's last dimension"); // C2
  if (!sameShape(x, dOut) || getDX().getType() != x.getType())
    return emitOpError("d_out has x's sizes, and d_x x's type"); // C3
  if (!isFiniteNotNegative(getEpsilon()))
    return emitOpError("epsilon must be finite and not negative"); // C4
  SmallVector<Type> parameters;
  for (Value parameter : {weight, bias})
    if (parameter)
      parameters.push_back(parameter.getType());
  if (!llvm::equal(getDParameters().getTypes(), parameters))
    return emitOpError("gives d_x and one result for each of weight and bias, of its type"); // C5
  return success();
}

void LayerNormGradOp::describeResults(ResultSizes &sizes) {
  sizes.set(getDX(), sizes.of(getX()));
  SmallVector<Value> parameters;
  for (Value parameter : {getWeight(), getBias()})
    if (parameter)
      parameters.push_back(parameter);
  for (auto [parameter, result] : llvm::zip(parameters, getDParameters()))
    sizes.set(result, sizes.of(parameter));
}

std::optional<int64_t> LayerNormGradOp::getFlops() { return countOf(tensorType(getX()).getShape(), 14); }

//===----------------------------------------------------------------------===//
// RopeGradOp, EmbeddingGradOp
//===----------------------------------------------------------------------===//

LogicalResult RopeGradOp::verify() {
  Value dOut = getDOut(), cos = getCos(), sin = getSin();
  int64_t rank = rankOf(dOut);
  if ((rank != 3 && rank != 4) || rankOf(cos) != 3 || rankOf(sin) != 3 || getDX().getType() != dOut.getType())
    return emitOpError("takes d_out of rank 4 or 3, cos and sin of rank 3, and gives d_out's type"); // C1
  int64_t size = sizeOf(dOut, -1), rotated = getRotated() ? product(2, sizeOf(cos, 2)) : size;
  if (ShapedType::isDynamic(size) || size <= 0 || ShapedType::isDynamic(rotated) || rotated <= 0 || rotated % 2 ||
      rotated > size)
    return emitOpError("the rotated columns must be static, even and positive, and not more than there are"); // C2
  if (!areAngles(cos, sin, sizeOf(dOut, 0), sizeOf(dOut, -2), rotated))
    return emitOpError("cos and sin must have one type [B or 1, S, R/2]"); // C3
  return success();
}

void RopeGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDX(), sizes.of(getDOut())); }

std::optional<int64_t> RopeGradOp::getFlops() { return countOf(tensorType(getDOut()).getShape(), 3); }

LogicalResult EmbeddingGradOp::verify() {
  Value ids = getIds(), table = getTable(), dOut = getDOut();
  if (rankOf(table) != 2)
    return emitOpError("takes a table [V, D], not ") << table.getType(); // C1
  if (rankOf(dOut) != rankOf(ids) + 1 || !sameElement({table, dOut}) ||
      !agree(tensorType(dOut).getShape().drop_back(), tensorType(ids).getShape()) ||
      !agree(sizeOf(dOut, -1), sizeOf(table, 1)) || getDTable().getType() != table.getType())
    return emitOpError("d_out must be ids' shape with D behind it, of table's element type, and d_table has table's "
                       "type"); // C2
  return success();
}

void EmbeddingGradOp::describeResults(ResultSizes &sizes) { sizes.set(getDTable(), sizes.of(getTable())); }

std::optional<int64_t> EmbeddingGradOp::getFlops() { return countOf(tensorType(getDOut()).getShape()); }
