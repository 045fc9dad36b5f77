//===- RoutingOps.cpp - hadal: routing and experts ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"

#include "dialects/Hadal/IR/Hadal.h"

#include <numeric>

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// The scores of one token, in f32.
static void scoresOf(const Cell *logits, int64_t experts, ScoreFunction function, MutableArrayRef<double> scores) {
  if (function == ScoreFunction::Sigmoid) {
    for (int64_t e = 0; e < experts; ++e)
      scores[e] = toSingle(1 / (1 + std::exp(-logits[e].f)));
    return;
  }
  double maximum = -INFINITY, sum = 0;
  for (int64_t e = 0; e < experts; ++e)
    maximum = std::max(maximum, logits[e].f);
  for (int64_t e = 0; e < experts; ++e)
    sum += scores[e] = std::exp(logits[e].f - maximum);
  for (int64_t e = 0; e < experts; ++e)
    scores[e] = toSingle(scores[e] / sum);
}

static Error runRoute(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RouteOp>(instr.op);
  const Datum &logits = Machine::operand(frame, instr, 0);
  const Datum *bias = op.getBias() ? &Machine::operand(frame, instr, 1) : nullptr;
  int64_t tokens = logits.shape[0], experts = logits.shape[1], k = op.getK();
  int64_t groups = op.getGroups(), groupSize = experts / groups;
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {experts}))
      return error;
  Expected<Datum> weights = Machine::allocate(op, {tokens, k});
  if (!weights)
    return weights.takeError();
  Expected<Datum> indices = Machine::allocate(op, {tokens, k});
  if (!indices)
    return indices.takeError();

  double scale = op.getScale().convertToFloat(), epsilon = op.getEpsilon().convertToFloat();
  SmallVector<double> scores(experts), choice(experts), groupScores(groups);
  for (int64_t t = 0; t < tokens; ++t) {
    scoresOf(logits.data() + t * experts, experts, op.getScore(), scores);
    for (int64_t e = 0; e < experts; ++e)
      choice[e] = bias ? toSingle(scores[e] + bias->f(e)) : scores[e];
    for (int64_t g = 0; g < groups; ++g) {
      auto choiceInGroup = [&](int64_t e) { return choice[g * groupSize + e]; };
      int64_t count = op.getGroupScore() == GroupScore::Sum2 ? 2 : 1;
      SmallVector<int64_t> best = bestOf(groupSize, count, /*largest=*/true, choiceInGroup);
      groupScores[g] = choiceInGroup(best[0]);
      if (count == 2)
        groupScores[g] = toSingle(groupScores[g] + choiceInGroup(best[1]));
    }
    SmallVector<bool> kept(groups, false);
    for (int64_t g : bestOf(groups, op.getKeptGroups(), true, [&](int64_t g) { return groupScores[g]; }))
      kept[g] = true;
    SmallVector<int64_t> chosen =
        bestOf(experts, k, true, [&](int64_t e) { return kept[e / groupSize] ? choice[e] : -INFINITY; });

    double sum = epsilon;
    for (int64_t e : chosen)
      sum += scores[e];
    for (int64_t j = 0; j < k; ++j) {
      double weight = scores[chosen[j]];
      if (op.getNormalize())
        weight = weight == 0 && sum == 0 ? 0 : weight / sum;
      weights->at(t * k + j).f = weight * scale;
      indices->at(t * k + j).i = chosen[j];
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*weights));
  Machine::setResult(frame, instr, 1, std::move(*indices));
  return Error::success();
}

static double activate(double x, Activation activation) {
  switch (activation) {
  case Activation::Silu:
    return x / (1 + std::exp(-x));
  case Activation::Gelu:
    return x * 0.5 * (1 + std::erf(x * M_SQRT1_2));
  case Activation::Relu:
    return x > 0 || std::isnan(x) ? x : 0;
  }
  llvm_unreachable("an activation");
}

/// out[i] = act(gate[i]) · up[i] for a row of 2·size columns.
static void gateRow(const Cell *x, int64_t size, Activation activation, GateOrder order, Cell *out) {
  for (int64_t i = 0; i < size; ++i) {
    int64_t gate = order == GateOrder::Interleaved ? 2 * i : order == GateOrder::GateFirst ? i : size + i;
    int64_t up = order == GateOrder::Interleaved ? 2 * i + 1 : order == GateOrder::GateFirst ? size + i : i;
    out[i].f = activate(x[gate].f, activation) * x[up].f;
  }
}

/// out[n] = Σ_k x[k] · w[k, n]
static void multiplyRow(const Cell *x, const Cell *w, int64_t depth, int64_t columns, Cell *out) {
  std::fill_n(out, columns, floatCell(0));
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t n = 0; n < columns; ++n)
      out[n].f += x[k].f * w[k * columns + n].f;
}

static Error expertOutside(Operation *op, int64_t expert, int64_t experts) {
  return failAt(op, "meets the expert " + Twine(expert) + " of " + Twine(experts));
}

static Error runMoe(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<MoeOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &weights = Machine::operand(frame, instr, 1);
  const Datum &indices = Machine::operand(frame, instr, 2), &gateUp = Machine::operand(frame, instr, 3);
  const Datum &down = Machine::operand(frame, instr, 4);
  int64_t tokens = x.shape[0], hidden = x.shape[1], k = weights.shape[1], experts = gateUp.shape[0];
  int64_t size = down.shape[1];
  if (Error error = expectShape(op, "weights", weights, {tokens, k}))
    return error;
  if (Error error = expectShape(op, "indices", indices, {tokens, k}))
    return error;
  if (Error error = expectShape(op, "w_gate_up", gateUp, {experts, hidden, 2 * size}))
    return error;
  if (Error error = expectShape(op, "w_down", down, {experts, size, hidden}))
    return error;
  Expected<Datum> result = allocateZeros(op, x.shape);
  if (!result)
    return result.takeError();
  std::vector<Cell> both(2 * size), gated(size), y(hidden);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t j = 0; j < k; ++j) {
      int64_t expert = indices.i(t * k + j);
      if (expert == -1)
        continue;
      if (expert < 0 || expert >= experts)
        return expertOutside(op, expert, experts);
      multiplyRow(x.data() + t * hidden, gateUp.data() + expert * hidden * 2 * size, hidden, 2 * size, both.data());
      gateRow(both.data(), size, op.getActivation(), op.getGateOrder(), gated.data());
      multiplyRow(gated.data(), down.data() + expert * size * hidden, size, hidden, y.data());
      for (int64_t n = 0; n < hidden; ++n)
        result->at(t * hidden + n).f += weights.f(t * k + j) * y[n].f;
    }
  return finish(frame, instr, std::move(result));
}

static Error runGroup(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GroupOp>(instr.op);
  const Datum &indices = Machine::operand(frame, instr, 0);
  int64_t slots = indices.numElements(), experts = op.getExperts();
  std::vector<int64_t> order(slots);
  std::iota(order.begin(), order.end(), 0);
  Expected<Datum> offsets = allocateZeros(op, {experts + 1});
  if (!offsets)
    return offsets.takeError();
  for (int64_t slot = 0; slot < slots; ++slot) {
    int64_t expert = indices.i(slot);
    if (expert < -1 || expert >= experts)
      return expertOutside(op, expert, experts);
    if (expert >= 0)
      ++offsets->at(expert + 1).i;
  }
  for (int64_t e = 0; e < experts; ++e)
    offsets->at(e + 1).i += offsets->at(e).i;
  auto expertOf = [&](int64_t slot) { return indices.i(slot) == -1 ? experts : indices.i(slot); };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return expertOf(a) < expertOf(b); });
  Expected<Datum> permutation = Machine::allocate(op, {slots});
  if (!permutation)
    return permutation.takeError();
  for (int64_t p = 0; p < slots; ++p)
    permutation->at(p).i = order[p];
  Machine::setResult(frame, instr, 0, std::move(*offsets));
  Machine::setResult(frame, instr, 1, std::move(*permutation));
  return Error::success();
}

static Error runGroupedMatmul(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GroupedMatmulOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &w = Machine::operand(frame, instr, 1);
  const Datum &offsets = Machine::operand(frame, instr, 2), &permutation = Machine::operand(frame, instr, 3);
  int64_t rows = x.shape[0], depth = x.shape[1], experts = w.shape[0], columns = w.shape[2];
  int64_t slots = permutation.shape[0];
  if (Error error = expectShape(op, "w", w, {experts, depth, columns}))
    return error;
  if (Error error = expectShape(op, "offsets", offsets, {experts + 1}))
    return error;
  Expected<Datum> result = allocateZeros(op, {slots, columns});
  if (!result)
    return result.takeError();
  for (int64_t e = 0; e < experts; ++e) {
    int64_t begin = offsets.i(e), end = offsets.i(e + 1);
    if (begin < 0 || begin > end || end > slots)
      return failAt(op, "the offsets " + Twine(begin) + " to " + Twine(end) + " of expert " + Twine(e) +
                            " are not within " + Twine(slots) + " slots");
    for (int64_t p = begin; p < end; ++p) {
      int64_t slot = permutation.i(p);
      int64_t in = op.getSlotsPerToken() ? slot / static_cast<int64_t>(*op.getSlotsPerToken()) : p;
      int64_t out = op.getScatter() ? slot : p;
      if (slot < 0 || in >= rows || out >= slots)
        return failAt(op, "slot " + Twine(slot) + " is outside the rows of x or of the result");
      multiplyRow(x.data() + in * depth, w.data() + e * depth * columns, depth, columns,
                  result->data() + out * columns);
    }
  }
  return finish(frame, instr, std::move(result));
}

static Error runGatedActivation(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatedActivationOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape(x.shape);
  int64_t size = shape.back() /= 2;
  Expected<Datum> result = Machine::allocate(op, shape);
  if (result && size)
    for (int64_t row = 0; row < result->numElements() / size; ++row)
      gateRow(x.data() + row * 2 * size, size, op.getActivation(), op.getGateOrder(), result->data() + row * size);
  return finish(frame, instr, std::move(result));
}

static Error runCombine(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CombineOp>(instr.op);
  const Datum &y = Machine::operand(frame, instr, 0), &weights = Machine::operand(frame, instr, 1);
  int64_t tokens = weights.shape[0], k = weights.shape[1], hidden = y.shape[1];
  if (Error error = expectShape(op, "y", y, {tokens * k, hidden}))
    return error;
  Expected<Datum> result = allocateZeros(op, {tokens, hidden});
  for (int64_t slot = 0; result && slot < tokens * k; ++slot)
    for (int64_t n = 0; n < hidden; ++n)
      result->at(slot / k * hidden + n).f += weights.f(slot) * y.f(slot * hidden + n);
  return finish(frame, instr, std::move(result));
}

void hadal::registerRoutingHandlers(HandlerTable &table) {
  table["hadal.route"] = runRoute;
  table["hadal.moe"] = runMoe;
  table["hadal.group"] = runGroup;
  table["hadal.grouped_matmul"] = runGroupedMatmul;
  table["hadal.gated_activation"] = runGatedActivation;
  table["hadal.combine"] = runCombine;
}
