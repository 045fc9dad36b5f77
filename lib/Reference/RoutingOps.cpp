//===- RoutingOps.cpp - hadal: routing of tokens to experts ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// route
//===----------------------------------------------------------------------===//

/// Softmax of `values` in place, rounded to f32.
static void softmax(MutableArrayRef<double> values) {
  double maximum = -INFINITY, sum = 0;
  for (double value : values)
    maximum = std::max(maximum, value);
  for (double &value : values)
    sum += value = std::exp(value - maximum);
  for (double &value : values)
    value = toSingle(value / sum);
}

/// The scores of one token, in f32.
static void scoresOf(const Cell *logits, ScoreFunction function, MutableArrayRef<double> scores) {
  for (auto [e, score] : llvm::enumerate(scores)) {
    double x = logits[e].f;
    if (function == ScoreFunction::Sigmoid)
      x = 1 / (1 + std::exp(-x));
    else if (function == ScoreFunction::SqrtSoftplus)
      x = std::sqrt(x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)));
    score = function == ScoreFunction::Softmax ? x : toSingle(x);
  }
  if (function == ScoreFunction::Softmax)
    softmax(scores);
}

/// The k best experts of one token by `choice`, from the groups that are kept.
static SmallVector<int64_t> chooseExperts(RouteOp op, ArrayRef<double> choice) {
  int64_t experts = choice.size(), groups = op.getGroups(), groupSize = experts / groups;
  SmallVector<double> groupScores(groups);
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
  double fill = op.getGroupFill() ? op.getGroupFill()->convertToFloat() : -INFINITY;
  return bestOf(experts, op.getK(), true, [&](int64_t e) { return kept[e / groupSize] ? choice[e] : fill; });
}

/// The weights of one token's chosen experts; 0 beside −1.
static void weigh(RouteOp op, ArrayRef<double> scores, ArrayRef<int64_t> chosen, Cell *weights) {
  SmallVector<double> present;
  for (int64_t e : chosen)
    if (e >= 0)
      present.push_back(scores[e]);
  if (op.getScore() == ScoreFunction::SoftmaxChosen)
    softmax(present);
  double sum = 0, epsilon = op.getEpsilon().convertToFloat(), scale = op.getScale().convertToFloat();
  for (double weight : present)
    sum += weight;
  double denominator = op.getFloor() ? (sum < epsilon ? epsilon : sum) : sum + epsilon;
  const double *next = present.begin();
  for (auto [j, e] : llvm::enumerate(chosen)) {
    double weight = e >= 0 ? *next++ : 0;
    if (op.getNormalize() && e >= 0)
      weight = weight == 0 && denominator == 0 ? 0 : weight / denominator;
    weights[j].f = e >= 0 ? weight * scale : 0;
  }
}

static Error runRoute(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RouteOp>(instr.op);
  const Datum &logits = Machine::operand(frame, instr, 0);
  const Datum *bias = operandOf(frame, instr, op.getBias());
  const Datum *valid = operandOf(frame, instr, op.getValid());
  const Datum *given = operandOf(frame, instr, op.getGiven());
  int64_t tokens = logits.shape[0], experts = logits.shape[1], k = op.getK();
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {experts}))
      return error;
  if (valid)
    if (Error error = expectShape(op, "valid", *valid, {tokens}))
      return error;
  if (given)
    if (Error error = expectShape(op, "given", *given, {tokens, k}))
      return error;
  int64_t groups = op.getGroups(), groupSize = experts / groups;
  if (experts % groups || (op.getGroupScore() == GroupScore::Sum2 && groupSize < 2))
    return failAt(op, Twine(experts) + " experts do not fall into " + Twine(groups) + " groups");
  if (static_cast<int64_t>(op.getKeptGroups()) * groupSize < k)
    return failAt(op, "chooses " + Twine(k) + " of " + Twine(experts) + " experts in " + Twine(op.getKeptGroups()) +
                          " of " + Twine(groups) + " groups");
  Expected<Datum> weights = allocateZeros(op, {tokens, k});
  if (!weights)
    return weights.takeError();
  Expected<Datum> indices = Machine::allocate(op, {tokens, k});
  if (!indices)
    return indices.takeError();

  SmallVector<double> scores(experts), choice(experts);
  SmallVector<int64_t> chosen;
  for (int64_t t = 0; t < tokens; ++t) {
    scoresOf(logits.data() + t * experts, op.getScore(), scores);
    if (given) {
      chosen.clear();
      for (int64_t j = 0; j < k; ++j)
        chosen.push_back(given->i(t * k + j));
    }
    if (valid && !valid->i(t)) {
      chosen.assign(k, -1);
    } else if (!given) {
      for (int64_t e = 0; e < experts; ++e) {
        double ranked = op.getRank() == RouteRank::Logits ? toSingle(logits.f(t * experts + e)) : scores[e];
        choice[e] = bias ? toSingle(ranked + toSingle(bias->f(e))) : ranked;
      }
      chosen = chooseExperts(op, choice);
    }
    for (int64_t e : chosen)
      if (e < -1 || e >= experts)
        return expertOutside(op, e, experts);
    weigh(op, scores, chosen, weights->data() + t * k);
    for (int64_t j = 0; j < k; ++j)
      indices->at(t * k + j).i = chosen[j];
  }
  Machine::setResult(frame, instr, 0, std::move(*weights));
  Machine::setResult(frame, instr, 1, std::move(*indices));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// group
//===----------------------------------------------------------------------===//

static Error runGroup(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GroupOp>(instr.op);
  const Datum &indices = Machine::operand(frame, instr, 0);
  int64_t slots = indices.numElements(), experts = op.getExperts(), rows = slots;
  int64_t align = op.getAlign().value_or(1), capacity = op.getCapacity().value_or(0);
  if (op.getAlign())
    rows = (slots + experts * (align - 1)) / align * align;
  if (capacity)
    rows = experts * capacity;
  Expected<Datum> offsets = allocateZeros(op, {experts + 1});
  if (!offsets)
    return offsets.takeError();
  Expected<Datum> permutation = Machine::allocate(op, {rows});
  if (!permutation)
    return permutation.takeError();
  Expected<Datum> counts = allocateZeros(op, {experts});
  if (!counts)
    return counts.takeError();
  Expected<Datum> inverse = Machine::allocate(op, {slots});
  if (!inverse)
    return inverse.takeError();

  for (int64_t slot = 0; slot < slots; ++slot) {
    int64_t expert = indices.i(slot);
    if (expert < -1 || expert >= experts)
      return expertOutside(op, expert, experts);
    if (expert >= 0)
      ++counts->at(expert).i;
  }
  for (int64_t e = 0; e < experts; ++e) {
    int64_t count = counts->i(e);
    offsets->at(e + 1).i = offsets->i(e) + (capacity ? capacity : (count + align - 1) / align * align);
  }
  std::fill_n(permutation->data(), rows, intCell(-1));
  std::vector<int64_t> next(experts + 1); // the row of each expert's next slot; behind all, of those without
  for (int64_t e = 0; e <= experts; ++e)
    next[e] = offsets->i(e);
  for (int64_t slot = 0; slot < slots; ++slot) {
    int64_t expert = indices.i(slot);
    inverse->at(slot).i = -1;
    if (expert == -1) {
      if (!op.getAlign() && !capacity)
        permutation->at(next[experts]++).i = slot;
      continue;
    }
    if (capacity && next[expert] == offsets->i(expert + 1))
      continue;
    permutation->at(next[expert]).i = slot;
    inverse->at(slot).i = next[expert]++;
  }
  for (int64_t e = 0; e < experts; ++e)
    counts->at(e).i = next[e] - offsets->i(e);
  Machine::setResult(frame, instr, 0, std::move(*offsets));
  Machine::setResult(frame, instr, 1, std::move(*permutation));
  if (op.getCounts())
    Machine::setResult(frame, instr, 2, std::move(*counts));
  if (op.getInverse())
    Machine::setResult(frame, instr, 3, std::move(*inverse));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// permute, combine
//===----------------------------------------------------------------------===//

static Error runPermute(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PermuteOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &permutation = Machine::operand(frame, instr, 1);
  int64_t tokens = x.shape[0], rows = permutation.shape[0], size = 1, slotsPerToken = op.getSlotsPerToken();
  SmallVector<int64_t, 4> shape(x.shape);
  shape[0] = rows;
  for (int64_t dim : ArrayRef(shape).drop_front())
    size *= dim;
  Expected<Datum> result = allocateZeros(op, shape);
  if (!result)
    return result.takeError();
  for (int64_t p = 0; p < rows; ++p) {
    int64_t slot = permutation.i(p);
    if (slot == -1)
      continue;
    if (slot < 0 || slot / slotsPerToken >= tokens)
      return failAt(op, "slot " + Twine(slot) + " is outside the " + Twine(tokens) + " tokens");
    std::copy_n(x.data() + slot / slotsPerToken * size, size, result->data() + p * size);
  }
  return finish(frame, instr, std::move(result));
}

static Error runCombine(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CombineOp>(instr.op);
  const Datum &y = Machine::operand(frame, instr, 0), &weights = Machine::operand(frame, instr, 1);
  const Datum *inverse = operandOf(frame, instr, op.getInverse());
  const Datum *permutation = operandOf(frame, instr, op.getPermutation());
  const Datum *add = operandOf(frame, instr, op.getAdd());
  int64_t rows = y.shape[0], hidden = y.shape[1], tokens = weights.shape[0], k = weights.shape[1], slots = tokens * k;
  if (inverse)
    if (Error error = expectShape(op, "inverse", *inverse, {slots}))
      return error;
  if (permutation)
    if (Error error = expectShape(op, "permutation", *permutation, {rows}))
      return error;
  if (!inverse && !permutation)
    if (Error error = expectShape(op, "y", y, {slots, hidden}))
      return error;
  if (add)
    if (Error error = expectShape(op, "add", *add, {tokens, hidden}))
      return error;
  Expected<Datum> result = allocateZeros(op, {tokens, hidden});
  if (!result)
    return result.takeError();
  auto accumulate = [&](int64_t slot, int64_t row) {
    for (int64_t n = 0; n < hidden; ++n)
      result->at(slot / k * hidden + n).f += weights.f(slot) * y.f(row * hidden + n);
  };
  // By row where a permutation says which slot each row holds, else by slot.
  for (int64_t at = 0, end = permutation ? rows : slots; at < end; ++at) {
    int64_t slot = permutation ? permutation->i(at) : at;
    int64_t row = permutation ? at : inverse ? inverse->i(at) : at;
    if (slot == -1 || row == -1)
      continue;
    if (slot < 0 || slot >= slots || row < 0 || row >= rows)
      return failAt(op, "slot " + Twine(slot) + " of " + Twine(slots) + " in row " + Twine(row) + " of " + Twine(rows));
    accumulate(slot, row);
  }
  for (int64_t n = 0; add && n < tokens * hidden; ++n)
    result->at(n).f += add->f(n);
  return finish(frame, instr, std::move(result));
}

void hadal::registerRoutingHandlers(HandlerTable &table) {
  table["hadal.route"] = runRoute;
  table["hadal.group"] = runGroup;
  table["hadal.permute"] = runPermute;
  table["hadal.combine"] = runCombine;
  registerExpertHandlers(table);
}
