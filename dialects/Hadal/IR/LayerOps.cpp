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

using Size = ResultSizes::Size;

//===----------------------------------------------------------------------===//
// RopeOp
//===----------------------------------------------------------------------===//

LogicalResult RopeOp::verify() {
  Value x = getX(), cos = getCos(), sin = getSin();
  int64_t rank = rankOf(x);
  if ((rank != 4 && rank != 3) || rankOf(cos) != 3 || rankOf(sin) != 3 || getResult().getType() != x.getType())
    return emitOpError("takes x of rank 4 or 3, cos and sin of rank 3, and gives x's type"); // C1
  int64_t size = sizeOf(x, -1), pairs = sizeOf(cos, 2);
  if (ShapedType::isDynamic(size) || size <= 0 || (!getRotated() && size % 2))
    return emitOpError("the last dimension of x must be static, positive and, if all of it is rotated, even"); // C2
  if (getRotated() && (ShapedType::isDynamic(pairs) || pairs < 1 || pairs > size / 2))
    return emitOpError("rotates as many columns as cos and sin have, which must be static, positive and at most ")
           << size; // C2
  if (!areAngles(cos, sin, sizeOf(x, 0), sizeOf(x, -2), getRotated() ? 2 * pairs : size))
    return emitOpError("cos and sin must have one type [B or 1, S, R/2]"); // C3
  return success();
}

void RopeOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> RopeOp::getFlops() {
  SmallVector<int64_t> shape(tensorType(getX()).getShape());
  shape.back() = product(2, sizeOf(getCos(), 2));
  return countOf(shape, 3);
}

bool RopeOp::isPlain() {
  return !getRotated() && !getInverse() && rankOf(getX()) == 4 && sameElement({getX(), getCos()});
}

//===----------------------------------------------------------------------===//
// RMSNormOp, LayerNormOp
//===----------------------------------------------------------------------===//

LogicalResult RMSNormOp::verify() {
  Value x = getX(), weight = getWeight();
  if (rankOf(x) < 1 || (weight && rankOf(weight) != 1) || getResult().getType() != x.getType())
    return emitOpError("takes x of rank 1 or more and weight of rank 1, and gives x's type"); // C1
  if (weight && !agree(sizeOf(weight, 0), sizeOf(x, -1)))
    return emitOpError("the weight's size must be x's last dimension"); // C2
  if (!getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("epsilon must be finite and not negative"); // C3
  if (std::optional<APFloat> offset = getWeightOffset(); offset && (!weight || !offset->isFinite()))
    return emitOpError("weight_offset must be finite and needs a weight"); // C4
  return success();
}

void RMSNormOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> RMSNormOp::getFlops() { return countOf(tensorType(getX()).getShape(), 4); }

bool RMSNormOp::isPlain() {
  return getWeight() && !getWeightOffset() && sameElement({getX(), getWeight()}) &&
         !ShapedType::isDynamic(sizeOf(getX(), -1)) && sizeOf(getX(), -1) == sizeOf(getWeight(), 0);
}

LogicalResult LayerNormOp::verify() {
  Value x = getX();
  SmallVector<Value, 2> vectors;
  for (Value vector : {getWeight(), getBias()})
    if (vector)
      vectors.push_back(vector);
  if (rankOf(x) < 1 || getResult().getType() != x.getType() ||
      llvm::any_of(vectors, [](Value vector) { return rankOf(vector) != 1; }))
    return emitOpError("takes x of rank 1 or more, weight and bias of rank 1, and gives x's type"); // C1
  for (Value vector : vectors)
    if (!agree(sizeOf(vector, 0), sizeOf(x, -1)))
      return emitOpError("the size of weight and bias must be x's last dimension"); // C2
  if (!getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("epsilon must be finite and not negative"); // C3
  return success();
}

void LayerNormOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> LayerNormOp::getFlops() { return countOf(tensorType(getX()).getShape(), 7); }

//===----------------------------------------------------------------------===//
// RopeAnglesOp, YarnFrequenciesOp
//===----------------------------------------------------------------------===//

LogicalResult RopeAnglesOp::verify() {
  if (rankOf(getPositions()) != 2 || rankOf(getInvFreq()) != 1)
    return emitOpError("takes positions [B or 1, S] and inv_freq [R/2]"); // C1
  if (!sameElement({getCos(), getSin()}))
    return emitOpError("gives cos and sin of one element type"); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C2
  if (std::optional<APFloat> scale = getScale(); scale && !scale->isFinite())
    return emitOpError("the scale must be finite"); // C3
  return success();
}

void RopeAnglesOp::describeResults(ResultSizes &sizes) {
  for (Value result : {getCos(), getSin()})
    sizes.set(result, {sizes.of(getPositions(), 0), sizes.of(getPositions(), 1), sizes.of(getInvFreq(), 0)});
}

std::optional<int64_t> RopeAnglesOp::getFlops() { return countOf(tensorType(getCos()).getShape(), 3); }

LogicalResult YarnFrequenciesOp::verify() {
  if (rankOf(getResult()) != 1 || ShapedType::isDynamic(sizeOf(getResult(), 0)) || sizeOf(getResult(), 0) < 1)
    return emitOpError("gives a tensor of rank 1 and static positive size"); // C1
  if (!isPositive(getBase()) || getBase().convertToDouble() <= 1)
    return emitOpError("the base must be finite and greater than 1"); // C2
  if (!isPositive(getFactor()) || !isPositive(getBetaFast()) || !isPositive(getBetaSlow()) ||
      static_cast<int64_t>(getOriginalLength()) < 1)
    return emitOpError("factor, beta_fast, beta_slow and original_length must be positive"); // C3
  return success();
}

void YarnFrequenciesOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.constant(sizeOf(getResult(), 0))});
}

std::optional<int64_t> YarnFrequenciesOp::getFlops() { return 0; }

SmallVector<double> YarnFrequenciesOp::getFrequencies() {
  int64_t pairs = sizeOf(getResult(), 0), size = 2 * pairs;
  double base = getBase().convertToDouble(), factor = getFactor().convertToDouble();
  double length = static_cast<double>(static_cast<int64_t>(getOriginalLength()));
  auto column = [&](double turns) {
    return static_cast<double>(size) * std::log(length / (2 * M_PI * turns)) / (2 * std::log(base));
  };
  double low = column(getBetaFast().convertToDouble()), high = column(getBetaSlow().convertToDouble());
  if (!getUntruncated()) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(size - 1));
  if (low == high)
    high += 0.001;
  SmallVector<double> values;
  for (int64_t i = 0; i < pairs; ++i) {
    double frequency = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(size));
    double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    double value = frequency / factor * ramp + frequency * (1 - ramp);
    values.push_back(elementOf(getResult()).isF64() ? value : static_cast<double>(static_cast<float>(value)));
  }
  return values;
}

//===----------------------------------------------------------------------===//
// EmbeddingOp
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  if (rankOf(getTable()) != 2)
    return emitOpError("takes a table [V, D], not ") << getTable().getType(); // C1
  if (!sameElement({getTable(), getResult()}))
    return emitOpError("gives the table's element type"); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void EmbeddingOp::describeResults(ResultSizes &sizes) {
  SmallVector<Size> shape = sizes.of(getIds());
  shape.push_back(sizes.of(getTable(), 1));
  sizes.set(getResult(), shape);
}

std::optional<int64_t> EmbeddingOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// ArgmaxOp, SampleOp
//===----------------------------------------------------------------------===//

LogicalResult ArgmaxOp::verify() {
  if (rankOf(getX()) < 1 || sizeOf(getX(), -1) == 0)
    return emitOpError("takes a tensor whose last dimension is not 0"); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void ArgmaxOp::describeResults(ResultSizes &sizes) {
  SmallVector<Size> shape = sizes.of(getX());
  shape.pop_back();
  sizes.set(getResult(), shape);
}

std::optional<int64_t> ArgmaxOp::getFlops() { return countOf(tensorType(getX()).getShape()); }

LogicalResult SampleOp::verify() {
  if (rankOf(getLogits()) != 2 || rankOf(getU()) != 1 || sizeOf(getLogits(), 1) == 0 ||
      !agree(sizeOf(getLogits(), 0), sizeOf(getU(), 0)))
    return emitOpError("takes logits [B, V] with V not 0, and u [B]"); // C1
  if (!getTemperature().isFinite() || (getTemperature().isNegative() && !getTemperature().isZero()))
    return emitOpError("the temperature must be finite and not negative"); // C2
  if (std::optional<int64_t> topK = getTopK(); topK && *topK < 1)
    return emitOpError("top_k must be at least 1"); // C3
  if (std::optional<APFloat> topP = getTopP(); topP && (!isPositive(*topP) || topP->convertToFloat() > 1))
    return emitOpError("top_p must be above 0 and at most 1"); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  return success();
}

void SampleOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), {sizes.of(getLogits(), 0)}); }

std::optional<int64_t> SampleOp::getFlops() { return countOf(tensorType(getLogits()).getShape(), 3); }
