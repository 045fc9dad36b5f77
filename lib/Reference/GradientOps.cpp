//===- GradientOps.cpp - hadal: derivatives of routing and layers -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionGradients.h"
#include "Experts.h"
#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Routing
//===----------------------------------------------------------------------===//

static double logistic(double x) { return 1 / (1 + std::exp(-x)); }

namespace {
/// The derivative of one token's weights by its logits.
class RouteRow {
public:
  RouteRow(RouteGradOp op, const Cell *logits, int64_t experts)
      : score(op.getScore()), scale(op.getScale().convertToFloat()), normalize(op.getNormalize()),
        epsilon(op.getEpsilon().convertToFloat()), floor(op.getFloor()), logits(logits), experts(experts) {}

  /// `chosen` are the experts without −1, `dWeights` their cotangents; adds to `dLogits`.
  void run(ArrayRef<int64_t> chosen, ArrayRef<double> dWeights, Cell *dLogits) const;

private:
  double scoreOf(int64_t e) const;
  /// ds/dlogit of one expert, for scores of one logit alone.
  double slopeOf(int64_t e) const;

  ScoreFunction score;
  double scale;
  bool normalize;
  double epsilon;
  bool floor;
  const Cell *logits;
  int64_t experts;
};
} // namespace

/// What is 0 in f32 is 0 to the forward operation.
static double flushed(double value) { return toSingle(value) == 0 ? 0 : value; }

double RouteRow::scoreOf(int64_t e) const {
  double x = logits[e].f;
  if (score == ScoreFunction::Sigmoid)
    return flushed(logistic(x));
  if (score == ScoreFunction::SqrtSoftplus)
    return flushed(std::sqrt(x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x))));
  return x;
}

double RouteRow::slopeOf(int64_t e) const {
  double s = scoreOf(e);
  if (score == ScoreFunction::Sigmoid)
    return s * (1 - s);
  if (score == ScoreFunction::SqrtSoftplus)
    return s == 0 ? 0 : logistic(logits[e].f) / (2 * s);
  return 1;
}

/// Softmax of `values` in place.
static void softmax(MutableArrayRef<double> values) {
  double maximum = -INFINITY, sum = 0;
  for (double value : values)
    maximum = std::max(maximum, value);
  for (double &value : values)
    sum += value = std::exp(value - maximum);
  for (double &value : values)
    value = flushed(value / sum);
}

void RouteRow::run(ArrayRef<int64_t> chosen, ArrayRef<double> dWeights, Cell *dLogits) const {
  SmallVector<double> all;
  for (int64_t e = 0; e < experts; ++e)
    all.push_back(scoreOf(e));
  if (score == ScoreFunction::Softmax)
    softmax(all);
  SmallVector<double> u;
  for (int64_t e : chosen)
    u.push_back(all[e]);
  if (score == ScoreFunction::SoftmaxChosen)
    softmax(u);

  double sum = 0, weighted = 0;
  for (auto [value, dWeight] : llvm::zip(u, dWeights)) {
    sum += value;
    weighted += value * dWeight;
  }
  bool isFloored = floor && sum < epsilon;
  double denominator = !normalize ? 1 : floor ? (isFloored ? epsilon : sum) : sum + epsilon;
  if (denominator == 0)
    return;
  SmallVector<double> dU;
  for (double dWeight : dWeights)
    dU.push_back(scale / denominator * (normalize && !isFloored ? dWeight - weighted / denominator : dWeight));

  if (score == ScoreFunction::Softmax) {
    SmallVector<double> dScores(experts, 0.0);
    for (auto [e, d] : llvm::zip(chosen, dU))
      dScores[e] += d;
    double mean = 0;
    for (int64_t e = 0; e < experts; ++e)
      mean += all[e] * dScores[e];
    for (int64_t e = 0; e < experts; ++e)
      dLogits[e].f += all[e] * (dScores[e] - mean);
    return;
  }
  double mean = 0;
  for (auto [value, d] : llvm::zip(u, dU))
    mean += value * d;
  for (auto [e, value, d] : llvm::zip(chosen, u, dU))
    dLogits[e].f += score == ScoreFunction::SoftmaxChosen ? value * (d - mean) : d * slopeOf(e);
}

static Error runRouteGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RouteGradOp>(instr.op);
  const Datum &logits = Machine::operand(frame, instr, 0), &indices = Machine::operand(frame, instr, 1);
  const Datum &dWeights = Machine::operand(frame, instr, 2);
  int64_t tokens = logits.shape[0], experts = logits.shape[1], k = indices.shape[1];
  if (Error error = expectShape(op, "indices", indices, {tokens, k}))
    return error;
  if (Error error = expectShape(op, "d_weights", dWeights, {tokens, k}))
    return error;
  Expected<Datum> result = allocateZeros(op, logits.shape);
  if (!result)
    return result.takeError();
  SmallVector<int64_t> chosen;
  SmallVector<double> cotangents;
  for (int64_t t = 0; t < tokens; ++t) {
    chosen.clear();
    cotangents.clear();
    for (int64_t slot = t * k; slot < (t + 1) * k; ++slot) {
      int64_t e = indices.i(slot);
      if (e == -1)
        continue;
      if (e < 0 || e >= experts)
        return expertOutside(op, e, experts);
      chosen.push_back(e);
      cotangents.push_back(dWeights.f(slot));
    }
    if (!chosen.empty())
      RouteRow(op, logits.data() + t * experts, experts).run(chosen, cotangents, result->data() + t * experts);
  }
  return finish(frame, instr, std::move(result));
}

static Error runPermuteGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PermuteGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &permutation = Machine::operand(frame, instr, 1);
  const Datum &dOut = Machine::operand(frame, instr, 2);
  SmallVector<int64_t, 4> shape(x.shape);
  shape[0] = permutation.shape[0];
  if (Error error = expectShape(op, "d_out", dOut, shape))
    return error;
  Expected<Datum> result = allocateZeros(op, x.shape);
  if (!result)
    return result.takeError();
  int64_t size = 1, slots = op.getSlotsPerToken();
  for (int64_t dim : ArrayRef(x.shape).drop_front())
    size *= dim;
  for (int64_t p = 0; p < permutation.shape[0]; ++p) {
    int64_t slot = permutation.i(p);
    if (slot == -1)
      continue;
    if (slot < 0 || slot / slots >= x.shape[0])
      return failAt(op, "slot " + Twine(slot) + " is outside the " + Twine(x.shape[0]) + " rows of x");
    for (int64_t n = 0; n < size; ++n)
      result->at(slot / slots * size + n).f += dOut.f(p * size + n);
  }
  return finish(frame, instr, std::move(result));
}

static Error runCombineGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CombineGradOp>(instr.op);
  const Datum &y = Machine::operand(frame, instr, 0), &weights = Machine::operand(frame, instr, 1);
  const Datum &dOut = Machine::operand(frame, instr, 2);
  const Datum *inverse = operandOf(frame, instr, op.getInverse());
  const Datum *permutation = operandOf(frame, instr, op.getPermutation());
  int64_t tokens = weights.shape[0], k = weights.shape[1], rows = y.shape[0], hidden = y.shape[1], slots = tokens * k;
  if (!inverse && !permutation)
    if (Error error = expectShape(op, "y", y, {slots, hidden}))
      return error;
  if (inverse)
    if (Error error = expectShape(op, "inverse", *inverse, {slots}))
      return error;
  if (permutation)
    if (Error error = expectShape(op, "permutation", *permutation, {rows}))
      return error;
  if (Error error = expectShape(op, "d_out", dOut, {tokens, hidden}))
    return error;
  Expected<Datum> dY = allocateZeros(op, y.shape);
  if (!dY)
    return dY.takeError();
  Expected<Datum> dWeights = allocateZeros(op, weights.shape);
  if (!dWeights)
    return dWeights.takeError();
  auto add = [&](int64_t slot, int64_t row) {
    for (int64_t n = 0; n < hidden; ++n) {
      double cotangent = dOut.f(slot / k * hidden + n);
      dY->at(row * hidden + n).f += weights.f(slot) * cotangent;
      dWeights->at(slot).f += y.f(row * hidden + n) * cotangent;
    }
  };
  for (int64_t p = 0, end = permutation ? rows : slots; p < end; ++p) {
    int64_t slot = permutation ? permutation->i(p) : p, row = inverse ? inverse->i(p) : p;
    if (slot == -1 || row == -1)
      continue;
    if (slot < 0 || slot >= slots)
      return failAt(op, "slot " + Twine(slot) + " is outside the " + Twine(slots) + " of all tokens");
    if (row < 0 || row >= rows)
      return failAt(op, "row " + Twine(row) + " is outside the " + Twine(rows) + " of y");
    add(slot, row);
  }
  Machine::setResult(frame, instr, 0, std::move(*dY));
  Machine::setResult(frame, instr, 1, std::move(*dWeights));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

static Error runGroupedMatmulGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GroupedMatmulGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &w = Machine::operand(frame, instr, 1);
  const Datum &offsets = Machine::operand(frame, instr, 2);
  const Datum *permutation = operandOf(frame, instr, op.getPermutation());
  const Datum *counts = operandOf(frame, instr, op.getCounts());
  const Datum *bias = operandOf(frame, instr, op.getBias());
  const Datum &dOut = *operandOf(frame, instr, op.getDOut());
  bool transposed = op.getTransposed();
  int64_t rows = x.shape[0], depth = x.shape[1], experts = w.shape[0], columns = w.shape[transposed ? 1 : 2];
  int64_t slots = permutation ? permutation->shape[0] : rows;
  if (Error error = expectShape(op, "w", w, {experts, transposed ? columns : depth, transposed ? depth : columns}))
    return error;
  if (Error error = expectShape(op, "offsets", offsets, {experts + 1}))
    return error;
  if (counts)
    if (Error error = expectShape(op, "counts", *counts, {experts}))
      return error;
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {experts, columns}))
      return error;
  if (!op.getSlotsPerToken())
    if (Error error = expectShape(op, "x", x, {slots, depth}))
      return error;
  if (Error error = expectShape(op, "d_out", dOut, {slots, columns}))
    return error;
  Expected<Datum> dX = allocateZeros(op, x.shape);
  if (!dX)
    return dX.takeError();
  Expected<Datum> dW = allocateZeros(op, w.shape);
  if (!dW)
    return dW.takeError();
  Expected<Datum> dBias = allocateZeros(op, {bias ? experts : 0, columns});
  if (!dBias)
    return dBias.takeError();

  auto differentiateRow = [&](int64_t e, const Cell *in, const Cell *cotangent, Cell *dIn) {
    for (int64_t n = 0; n < columns; ++n) {
      for (int64_t d = 0; d < depth; ++d) {
        int64_t at = e * depth * columns + (transposed ? n * depth + d : d * columns + n);
        dIn[d].f += cotangent[n].f * w.f(at);
        dW->at(at).f += in[d].f * cotangent[n].f;
      }
      if (bias)
        dBias->at(e * columns + n).f += cotangent[n].f;
    }
  };
  for (int64_t e = 0; e < experts; ++e) {
    int64_t begin = offsets.i(e), end = counts ? begin + counts->i(e) : offsets.i(e + 1);
    if (begin < 0 || begin > end || end > slots)
      return failAt(op, "the rows " + Twine(begin) + " to " + Twine(end) + " of expert " + Twine(e) +
                            " are not within " + Twine(slots));
    for (int64_t p = begin; p < end; ++p) {
      int64_t slot = permutation ? permutation->i(p) : p;
      if (slot == -1)
        continue;
      int64_t in = op.getSlotsPerToken() ? slot / static_cast<int64_t>(*op.getSlotsPerToken()) : p;
      int64_t out = op.getScatter() ? slot : p;
      if (slot < 0 || in >= rows || out >= slots)
        return failAt(op, "slot " + Twine(slot) + " is outside the rows of x or of d_out");
      differentiateRow(e, x.data() + in * depth, dOut.data() + out * columns, dX->data() + in * depth);
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*dX));
  Machine::setResult(frame, instr, 1, std::move(*dW));
  if (bias)
    Machine::setResult(frame, instr, 2, std::move(*dBias));
  return Error::success();
}

double hadal::activationSlope(double x, Activation activation, double alpha) {
  switch (activation) {
  case Activation::Silu: {
    double s = logistic(alpha * x);
    return s == 0 ? 0 : s + alpha * x * s * (1 - s);
  }
  case Activation::Gelu:
    return 0.5 * (1 + std::erf(x * M_SQRT1_2)) + x * std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
  case Activation::GeluTanh: {
    double c = std::sqrt(2 / M_PI), h = std::tanh(c * (x + 0.044715 * x * x * x));
    return 0.5 * (1 + h) + 0.5 * x * (1 - h * h) * c * (1 + 3 * 0.044715 * x * x);
  }
  case Activation::Relu:
    return std::isnan(x) ? x : x > 0 ? 1 : 0;
  case Activation::Relu2:
    return std::isnan(x) ? x : x > 0 ? 2 * x : 0;
  case Activation::Sigmoid:
    return logistic(x) * (1 - logistic(x));
  case Activation::Identity:
    return 1;
  }
  llvm_unreachable("an activation");
}

static Error runActivationGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ActivationGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &dOut = Machine::operand(frame, instr, 1);
  if (Error error = expectShape(op, "d_out", dOut, x.shape))
    return error;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  double alpha = op.getAlpha().convertToFloat();
  for (int64_t n = 0; result && n < x.numElements(); ++n)
    result->at(n).f = activationSlope(x.f(n), op.getActivation(), alpha) * dOut.f(n);
  return finish(frame, instr, std::move(result));
}

static Error runGatedActivationGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatedActivationGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &dOut = Machine::operand(frame, instr, 1);
  SmallVector<int64_t, 4> shape(x.shape);
  int64_t size = shape.back() /= 2;
  if (Error error = expectShape(op, "d_out", dOut, shape))
    return error;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  if (!result)
    return result.takeError();
  double alpha = op.getAlpha().convertToFloat(), upOffset = op.getUpOffset().convertToFloat();
  double limit = op.getLimit() ? op.getLimit()->convertToFloat() : INFINITY;
  GateOrder order = op.getGateOrder();
  for (int64_t n = 0; n < dOut.numElements(); ++n) {
    int64_t row = n / size * 2 * size, i = n % size;
    int64_t gateAt = row + (order == GateOrder::Interleaved ? 2 * i : order == GateOrder::GateFirst ? i : size + i);
    int64_t upAt = row + (order == GateOrder::Interleaved ? 2 * i + 1 : order == GateOrder::GateFirst ? size + i : i);
    double gate = x.f(gateAt), up = x.f(upAt);
    double g = gate > limit ? limit : gate, u = up > limit ? limit : up < -limit ? -limit : up;
    result->at(gateAt).f =
        gate > limit ? 0 : dOut.f(n) * (u + upOffset) * activationSlope(g, op.getActivation(), alpha);
    result->at(upAt).f = std::abs(up) > limit ? 0 : dOut.f(n) * activate(g, op.getActivation(), alpha);
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The number of rows of `size` elements.
static int64_t rowsOf(const Datum &x, int64_t size) { return size == 0 ? 0 : x.numElements() / size; }

static Error runRMSNormGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RMSNormGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), *weight = operandOf(frame, instr, op.getWeight());
  const Datum &dOut = *operandOf(frame, instr, op.getDOut());
  int64_t size = x.shape.back();
  if (Error error = expectShape(op, "d_out", dOut, x.shape))
    return error;
  if (weight)
    if (Error error = expectShape(op, "weight", *weight, {size}))
      return error;
  Expected<Datum> dX = Machine::allocate(op, x.shape);
  if (!dX)
    return dX.takeError();
  Expected<Datum> dWeight = allocateZeros(op, {size});
  if (!dWeight)
    return dWeight.takeError();
  double epsilon = op.getEpsilon().convertToFloat();
  double offset = op.getWeightOffset() ? op.getWeightOffset()->convertToFloat() : 0;
  auto factor = [&](int64_t n) { return weight ? offset + weight->f(n) : 1; };
  for (int64_t row = 0; row < rowsOf(x, size); ++row) {
    const Cell *in = x.data() + row * size, *cotangent = dOut.data() + row * size;
    double r = 1 / std::sqrt(dot(in, in, size) / size + epsilon), mean = 0;
    for (int64_t n = 0; n < size; ++n)
      mean += in[n].f * factor(n) * cotangent[n].f / size;
    for (int64_t n = 0; n < size; ++n) {
      dX->at(row * size + n).f = r * factor(n) * cotangent[n].f - r * r * r * in[n].f * mean;
      dWeight->at(n).f += r * in[n].f * cotangent[n].f;
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*dX));
  if (weight)
    Machine::setResult(frame, instr, 1, std::move(*dWeight));
  return Error::success();
}

static Error runLayerNormGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LayerNormGradOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &dOut = Machine::operand(frame, instr, 1);
  const Datum *weight = operandOf(frame, instr, op.getWeight());
  const Datum *bias = operandOf(frame, instr, op.getBias());
  int64_t size = x.shape.back();
  if (Error error = expectShape(op, "d_out", dOut, x.shape))
    return error;
  if (weight)
    if (Error error = expectShape(op, "weight", *weight, {size}))
      return error;
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {size}))
      return error;
  Expected<Datum> dX = Machine::allocate(op, x.shape);
  if (!dX)
    return dX.takeError();
  Expected<Datum> dWeight = allocateZeros(op, {size});
  if (!dWeight)
    return dWeight.takeError();
  Expected<Datum> dBias = allocateZeros(op, {size});
  if (!dBias)
    return dBias.takeError();
  double epsilon = op.getEpsilon().convertToFloat();
  std::vector<double> y(size), e(size);
  for (int64_t row = 0; row < rowsOf(x, size); ++row) {
    const Cell *in = x.data() + row * size, *cotangent = dOut.data() + row * size;
    double mean = 0, variance = 0, meanE = 0, meanYE = 0;
    for (int64_t n = 0; n < size; ++n)
      mean += in[n].f / size;
    for (int64_t n = 0; n < size; ++n)
      variance += (in[n].f - mean) * (in[n].f - mean) / size;
    double r = 1 / std::sqrt(variance + epsilon);
    for (int64_t n = 0; n < size; ++n) {
      y[n] = (in[n].f - mean) * r;
      e[n] = (weight ? weight->f(n) : 1) * cotangent[n].f;
      meanE += e[n] / size;
      meanYE += y[n] * e[n] / size;
      dWeight->at(n).f += y[n] * cotangent[n].f;
      dBias->at(n).f += cotangent[n].f;
    }
    for (int64_t n = 0; n < size; ++n)
      dX->at(row * size + n).f = r * (e[n] - meanE - y[n] * meanYE);
  }
  Machine::setResult(frame, instr, 0, std::move(*dX));
  if (weight)
    Machine::setResult(frame, instr, 1, std::move(*dWeight));
  if (bias)
    Machine::setResult(frame, instr, weight ? 2 : 1, std::move(*dBias));
  return Error::success();
}

static Error runRopeGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RopeGradOp>(instr.op);
  const Datum &dOut = Machine::operand(frame, instr, 0), &cos = Machine::operand(frame, instr, 1);
  const Datum &sin = Machine::operand(frame, instr, 2);
  int64_t rank = dOut.rank(), batch = dOut.shape[0], heads = rank == 4 ? dOut.shape[1] : 1;
  int64_t length = dOut.shape[rank - 2], size = dOut.shape[rank - 1];
  int64_t half = op.getRotated() ? cos.shape[2] : size / 2;
  if (2 * half > size)
    return failAt(op, "rotates " + Twine(2 * half) + " of " + Twine(size) + " columns");
  if (Error error = expectAngles(op, cos, sin, batch, length, half))
    return error;
  int64_t first = op.getRotated() == RotatedPart::Last ? size - 2 * half : 0;
  auto place = [half](RopeLayout layout, int64_t pair, int64_t member) {
    return layout == RopeLayout::Interleaved ? 2 * pair + member : pair + member * half;
  };
  Expected<Datum> result = Machine::allocate(op, dOut.shape);
  for (int64_t row = 0; result && row < batch * heads * length; ++row) {
    const Cell *in = dOut.data() + row * size;
    Cell *out = result->data() + row * size;
    std::copy_n(in, size, out);
    int64_t angle = ((cos.shape[0] == 1 ? 0 : row / (heads * length)) * length + row % length) * half;
    for (int64_t pair = 0; pair < half; ++pair) {
      double c = cos.f(angle + pair), s = op.getInverse() ? -sin.f(angle + pair) : sin.f(angle + pair);
      double g0 = in[first + place(op.getOutLayout(), pair, 0)].f, g1 = in[first + place(op.getOutLayout(), pair, 1)].f;
      out[first + place(op.getInLayout(), pair, 0)].f = g0 * c + g1 * s;
      out[first + place(op.getInLayout(), pair, 1)].f = g1 * c - g0 * s;
    }
  }
  return finish(frame, instr, std::move(result));
}

static Error runEmbeddingGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<EmbeddingGradOp>(instr.op);
  const Datum &ids = Machine::operand(frame, instr, 0), &table = Machine::operand(frame, instr, 1);
  const Datum &dOut = Machine::operand(frame, instr, 2);
  int64_t rows = table.shape[0], size = table.shape[1];
  SmallVector<int64_t, 4> shape(ids.shape);
  shape.push_back(size);
  if (Error error = expectShape(op, "d_out", dOut, shape))
    return error;
  Expected<Datum> result = allocateZeros(op, table.shape);
  if (!result)
    return result.takeError();
  for (int64_t at = 0; at < ids.numElements(); ++at) {
    int64_t id = ids.i(at);
    if (id == -1)
      continue;
    if (id < 0 || id >= rows)
      return failAt(op, "id " + Twine(id) + " is outside the " + Twine(rows) + " rows of the table");
    for (int64_t n = 0; n < size; ++n)
      result->at(id * size + n).f += dOut.f(at * size + n);
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerGradientHandlers(HandlerTable &table) {
  registerAttentionGradientHandlers(table);
  registerSparseGradientHandlers(table);
  table["hadal.route_grad"] = runRouteGrad;
  table["hadal.permute_grad"] = runPermuteGrad;
  table["hadal.combine_grad"] = runCombineGrad;
  table["hadal.grouped_matmul_grad"] = runGroupedMatmulGrad;
  table["hadal.activation_grad"] = runActivationGrad;
  table["hadal.gated_activation_grad"] = runGatedActivationGrad;
  table["hadal.rms_norm_grad"] = runRMSNormGrad;
  table["hadal.layer_norm_grad"] = runLayerNormGrad;
  table["hadal.rope_grad"] = runRopeGrad;
  table["hadal.embedding_grad"] = runEmbeddingGrad;
}
