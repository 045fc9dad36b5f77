//===- LayerOps.cpp - hadal: layers -------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

static Error runRMSNorm(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RMSNormOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  const Datum *weight = op.getWeight() ? &Machine::operand(frame, instr, 1) : nullptr;
  int64_t size = x.shape.back();
  if (weight)
    if (Error error = expectShape(op, "weight", *weight, {size}))
      return error;
  double offset = op.getWeightOffset() ? op.getWeightOffset()->convertToFloat() : 0;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t at = 0, end = result ? x.numElements() : 0; at < end; at += size)
    normalizeRow(x.data() + at, weight, offset, size, op.getEpsilon().convertToFloat(), result->data() + at);
  return finish(frame, instr, std::move(result));
}

static Error runLayerNorm(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LayerNormOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  unsigned next = 1;
  const Datum *weight = op.getWeight() ? &Machine::operand(frame, instr, next++) : nullptr;
  const Datum *bias = op.getBias() ? &Machine::operand(frame, instr, next++) : nullptr;
  int64_t size = x.shape.back();
  for (const Datum *vector : {weight, bias})
    if (vector)
      if (Error error = expectShape(op, vector == weight ? "weight" : "bias", *vector, {size}))
        return error;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t at = 0, end = result ? x.numElements() : 0; at < end; at += size) {
    double mean = 0, variance = 0;
    for (int64_t n = 0; n < size; ++n)
      mean += x.f(at + n) / size;
    for (int64_t n = 0; n < size; ++n)
      variance += (x.f(at + n) - mean) * (x.f(at + n) - mean) / size;
    double root = std::sqrt(variance + op.getEpsilon().convertToFloat());
    for (int64_t n = 0; n < size; ++n)
      result->at(at + n).f = (x.f(at + n) - mean) / root * (weight ? weight->f(n) : 1) + (bias ? bias->f(n) : 0);
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Rotary position embedding
//===----------------------------------------------------------------------===//

static Error runRope(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RopeOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &cos = Machine::operand(frame, instr, 1);
  const Datum &sin = Machine::operand(frame, instr, 2);
  int64_t batch = x.shape[0], heads = x.rank() == 4 ? x.shape[1] : 1, length = x.shape[x.rank() - 2];
  int64_t size = x.shape.back(), rotated = op.getRotated() ? 2 * cos.shape[2] : size;
  if (Error error = expectAngles(op, cos, sin, batch, length, rotated / 2))
    return error;
  int64_t first = op.getRotated() == RotatedPart::Last ? size - rotated : 0;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t row = 0; result && row < batch * heads * length; ++row) {
    int64_t angle = ((cos.shape[0] == 1 ? 0 : row / (heads * length)) * length + row % length) * (rotated / 2);
    std::copy_n(x.data() + row * size, size, result->data() + row * size);
    rotateRow(x.data() + row * size + first, cos.data() + angle, sin.data() + angle, rotated, op.getInLayout(),
              op.getOutLayout(), result->data() + row * size + first, op.getInverse());
  }
  return finish(frame, instr, std::move(result));
}

static Error runRopeAngles(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RopeAnglesOp>(instr.op);
  const Datum &positions = Machine::operand(frame, instr, 0), &invFreq = Machine::operand(frame, instr, 1);
  bool isDouble = getElementTypeOrSelf(op.getInvFreq()).isF64();
  double scale = op.getScale() ? op.getScale()->convertToFloat() : 1;
  int64_t pairs = invFreq.shape[0];
  SmallVector<int64_t> shape = {positions.shape[0], positions.shape[1], pairs};
  Expected<Datum> cos = Machine::allocate(op, shape);
  if (!cos)
    return cos.takeError();
  Expected<Datum> sin = Machine::allocate(op, shape);
  if (!sin)
    return sin.takeError();
  for (int64_t at = 0, end = cos->numElements(); at < end; ++at) {
    int64_t position = positions.i(at / pairs);
    double frequency = invFreq.f(at % pairs);
    double angle = isDouble ? static_cast<double>(position) * frequency
                            : static_cast<float>(position) * static_cast<float>(frequency);
    cos->at(at).f = scale * std::cos(angle);
    sin->at(at).f = scale * std::sin(angle);
  }
  Machine::setResult(frame, instr, 0, std::move(*cos));
  Machine::setResult(frame, instr, 1, std::move(*sin));
  return Error::success();
}

static Error runYarnFrequencies(Machine &, Frame &frame, const Instr &instr) {
  SmallVector<double> values = llvm::cast<YarnFrequenciesOp>(instr.op).getFrequencies();
  Expected<Datum> result = Machine::allocate(instr.op, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; result && i < values.size(); ++i)
    result->at(i).f = values[i];
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

static Error runEmbedding(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<EmbeddingOp>(instr.op);
  const Datum &ids = Machine::operand(frame, instr, 0), &table = Machine::operand(frame, instr, 1);
  int64_t rows = table.shape[0], size = table.shape[1];
  SmallVector<int64_t, 4> shape = ids.shape;
  shape.push_back(size);
  Expected<Datum> result = allocateZeros(op, shape);
  for (int64_t at = 0, end = result ? ids.numElements() : 0; at < end; ++at) {
    int64_t id = ids.i(at);
    if (id < -1 || id >= rows)
      return failAt(op, "id " + Twine(id) + " is outside the table of " + Twine(rows) + " rows");
    if (id >= 0)
      std::copy_n(table.data() + id * size, size, result->data() + at * size);
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

static Error runArgmax(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ArgmaxOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  Type type = getElementTypeOrSelf(op.getX());
  int64_t size = x.shape.back();
  if (size == 0)
    return failAt(op, "the last dimension of x is 0");
  Expected<Datum> result = Machine::allocate(op, ArrayRef(x.shape).drop_back());
  for (int64_t row = 0, end = result ? result->numElements() : 0; row < end; ++row)
    result->at(row).i =
        bestOf(size, 1, /*largest=*/true, [&](int64_t n) { return rankOf(x.at(row * size + n), type); })[0];
  return finish(frame, instr, std::move(result));
}

/// Draws from candidates that are ranked best first.
static int64_t draw(ArrayRef<double> logits, double temperature, std::optional<double> topP, double u) {
  // Against the best, so that nothing overflows; infinite ones share the probability.
  SmallVector<double> weights;
  double total = 0;
  for (double logit : logits) {
    double below = logit == logits.front() ? 0 : (logit - logits.front()) / temperature;
    total += weights.emplace_back(std::exp(below));
  }
  size_t kept = 0;
  double sum = 0;
  for (; kept < weights.size() && (kept == 0 || !topP || sum < *topP * total); ++kept)
    sum += weights[kept];
  double reached = 0;
  for (size_t j = 0; j < kept; ++j) {
    reached += weights[j];
    if (reached > u * sum)
      return j;
  }
  return kept - 1;
}

static Error runSample(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<SampleOp>(instr.op);
  const Datum &logits = Machine::operand(frame, instr, 0), &u = Machine::operand(frame, instr, 1);
  int64_t batch = logits.shape[0], size = logits.shape[1];
  if (size == 0)
    return failAt(op, "the logits have no columns");
  if (Error error = expectShape(op, "u", u, {batch}))
    return error;
  Type type = getElementTypeOrSelf(op.getLogits());
  double temperature = op.getTemperature().convertToFloat();
  int64_t limit = temperature == 0 ? 1 : std::min<int64_t>(size, op.getTopK().value_or(size));
  std::optional<double> topP;
  if (op.getTopP())
    topP = op.getTopP()->convertToFloat();
  Expected<Datum> result = allocateZeros(op, {batch});
  for (int64_t b = 0; result && b < batch; ++b) {
    if (!(u.f(b) >= 0 && u.f(b) < 1))
      return failAt(op, "u[" + Twine(b) + "] is outside [0, 1)");
    SmallVector<int64_t> best =
        bestOf(size, limit, /*largest=*/true, [&](int64_t n) { return rankOf(logits.at(b * size + n), type); });
    SmallVector<double> candidates;
    for (int64_t index : best)
      if (double logit = logits.f(b * size + index); logit > -std::numeric_limits<double>::infinity())
        candidates.push_back(logit);
    if (!candidates.empty())
      result->at(b).i = best[draw(candidates, temperature == 0 ? 1 : temperature, topP, u.f(b))];
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerLayerHandlers(HandlerTable &table) {
  table["hadal.rope"] = runRope;
  table["hadal.rope_angles"] = runRopeAngles;
  table["hadal.yarn_frequencies"] = runYarnFrequencies;
  table["hadal.rms_norm"] = runRMSNorm;
  table["hadal.layer_norm"] = runLayerNorm;
  table["hadal.embedding"] = runEmbedding;
  table["hadal.argmax"] = runArgmax;
  table["hadal.sample"] = runSample;
}
