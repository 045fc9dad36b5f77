//===- ExpertOps.cpp - hadal: what experts compute ------------------------===//
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

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double hadal::activate(double x, Activation activation, double alpha) {
  switch (activation) {
  case Activation::Silu:
    return x * sigmoid(alpha * x);
  case Activation::Gelu:
    return x * 0.5 * (1 + std::erf(x * M_SQRT1_2));
  case Activation::GeluTanh:
    return x * 0.5 * (1 + std::tanh(M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x)));
  case Activation::Relu:
    return x > 0 || std::isnan(x) ? x : 0;
  case Activation::Relu2:
    return x > 0 || std::isnan(x) ? x * x : 0;
  case Activation::Sigmoid:
    return sigmoid(x);
  case Activation::Identity:
    return x;
  }
  llvm_unreachable("an activation");
}

void Gate::apply(const Cell *x, int64_t size, Cell *out) const {
  for (int64_t i = 0; i < size; ++i) {
    if (order == GateOrder::None) {
      out[i].f = activate(x[i].f, activation, alpha);
      continue;
    }
    double gate = x[order == GateOrder::Interleaved ? 2 * i : order == GateOrder::GateFirst ? i : size + i].f;
    double up = x[order == GateOrder::Interleaved ? 2 * i + 1 : order == GateOrder::GateFirst ? size + i : i].f;
    if (limit) {
      double most = limit->convertToFloat();
      gate = gate > most ? most : gate; // NaN stays
      up = up > most ? most : up < -most ? -most : up;
    }
    out[i].f = activate(gate, activation, alpha) * (up + upOffset);
  }
}

static Error runActivation(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ActivationOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t n = 0; result && n < result->numElements(); ++n)
    result->at(n).f = activate(x.f(n), op.getActivation(), op.getAlpha().convertToFloat());
  return finish(frame, instr, std::move(result));
}

static Error runGatedActivation(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatedActivationOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape(x.shape);
  if (shape.back() % 2)
    return failAt(op, "the last dimension, " + Twine(shape.back()) + ", is odd");
  int64_t size = shape.back() /= 2;
  Gate gate{op.getActivation(), op.getGateOrder(), op.getLimit(), op.getAlpha().convertToFloat(),
            op.getUpOffset().convertToFloat()};
  Expected<Datum> result = Machine::allocate(op, shape);
  if (result && size)
    for (int64_t row = 0; row < result->numElements() / size; ++row)
      gate.apply(x.data() + row * 2 * size, size, result->data() + row * size);
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// grouped_matmul
//===----------------------------------------------------------------------===//

namespace {
/// A matrix [depth, columns], or its transpose as it is given.
struct Matrix {
  const Cell *data;
  int64_t depth, columns;
  bool transposed = false;

  const Cell &at(int64_t k, int64_t n) const { return data[transposed ? n * depth + k : k * columns + n]; }

  /// out[n] = Σ_k x[k] · at(k, n) (+ bias[n])
  void multiply(const Cell *x, const Cell *bias, Cell *out) const {
    for (int64_t n = 0; n < columns; ++n)
      out[n].f = 0;
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t n = 0; n < columns; ++n)
        out[n].f += x[k].f * at(k, n).f;
    for (int64_t n = 0; bias && n < columns; ++n)
      out[n].f += bias[n].f;
  }
};
} // namespace

static int64_t ceilDiv(int64_t size, int64_t block) { return (size + block - 1) / block; }

/// Matrices [E, P, Q] times the scales of their blocks.
static Expected<Datum> scaled(Operation *op, llvm::StringRef name, const Datum &matrices, const Datum &scales,
                              ArrayRef<int64_t> block) {
  int64_t experts = matrices.shape[0], down = matrices.shape[1], across = matrices.shape[2];
  int64_t blocksDown = ceilDiv(down, block[0]), blocksAcross = ceilDiv(across, block[1]);
  Datum perExpert = scales;
  if (perExpert.rank() == 2)
    perExpert.shape.insert(perExpert.shape.begin(), 1);
  if (Error error = expectShape(op, name, perExpert, {experts, blocksDown, blocksAcross}))
    return error;
  Expected<Datum> result = Machine::allocate(op, matrices.shape);
  for (int64_t n = 0; result && n < matrices.numElements(); ++n) {
    int64_t e = n / (down * across), row = n / across % down, column = n % across;
    int64_t at = (e * blocksDown + row / block[0]) * blocksAcross + column / block[1];
    result->at(n).f = matrices.f(n) * scales.f(at);
  }
  return result;
}

static Error runGroupedMatmul(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GroupedMatmulOp>(instr.op);
  const Datum &offsets = Machine::operand(frame, instr, 2);
  Datum x = Machine::operand(frame, instr, 0), w = Machine::operand(frame, instr, 1);
  const Datum *permutation = operandOf(frame, instr, op.getPermutation());
  const Datum *counts = operandOf(frame, instr, op.getCounts());
  const Datum *bias = operandOf(frame, instr, op.getBias());
  const Datum *xScales = operandOf(frame, instr, op.getXScales());
  const Datum *wScales = operandOf(frame, instr, op.getWScales());
  bool transposed = op.getTransposed();
  int64_t rows = x.shape[0], depth = x.shape[1], experts = w.shape[0], columns = w.shape[transposed ? 1 : 2];
  int64_t slots = permutation ? permutation->shape[0] : rows, slotsPerToken = op.getSlotsPerToken().value_or(0);
  if (Error error = expectShape(op, "w", w, {experts, transposed ? columns : depth, transposed ? depth : columns}))
    return error;
  if (Error error = expectShape(op, "offsets", offsets, {experts + 1}))
    return error;
  if (!slotsPerToken)
    if (Error error = expectShape(op, "x", x, {slots, depth}))
      return error;
  if (counts)
    if (Error error = expectShape(op, "counts", *counts, {experts}))
      return error;
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {experts, columns}))
      return error;
  if (xScales) {
    x.shape.insert(x.shape.begin(), 1);
    Expected<Datum> product = scaled(op, "x_scales", x, *xScales, *op.getXBlock());
    if (!product)
      return product.takeError();
    x = std::move(*product);
  }
  if (wScales) {
    Expected<Datum> product = scaled(op, "w_scales", w, *wScales, *op.getWBlock());
    if (!product)
      return product.takeError();
    w = std::move(*product);
  }
  Expected<Datum> result = allocateZeros(op, {slots, columns});
  if (!result)
    return result.takeError();
  for (int64_t e = 0; e < experts; ++e) {
    int64_t begin = offsets.i(e), end = offsets.i(e + 1);
    if (begin < 0 || begin > end || end > slots)
      return failAt(op, "the offsets " + Twine(begin) + " to " + Twine(end) + " of expert " + Twine(e) +
                            " are not within " + Twine(slots) + " slots");
    if (counts && (counts->i(e) < 0 || counts->i(e) > end - begin))
      return failAt(op, "expert " + Twine(e) + " has " + Twine(end - begin) + " rows, not " + Twine(counts->i(e)));
    if (counts)
      end = begin + counts->i(e);
    Matrix matrix{w.data() + e * depth * columns, depth, columns, transposed};
    for (int64_t p = begin; p < end; ++p) {
      int64_t slot = permutation ? permutation->i(p) : p;
      if (slot == -1)
        continue;
      int64_t in = slotsPerToken ? slot / slotsPerToken : p, out = op.getScatter() ? slot : p;
      if (slot < 0 || in >= rows || out >= slots)
        return failAt(op, "slot " + Twine(slot) + " is outside the rows of x or of the result");
      matrix.multiply(x.data() + in * depth, bias ? bias->data() + e * columns : nullptr,
                      result->data() + out * columns);
    }
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// moe
//===----------------------------------------------------------------------===//

namespace {
/// One feed-forward network: gated(x · gateUp + biases) · down + bias.
struct Expert {
  Matrix gateUp, down;
  const Cell *gateUpBias, *downBias;
  Gate gate;

  void apply(const Cell *x, Cell *out) const {
    std::vector<Cell> both(gateUp.columns), gated(down.depth);
    gateUp.multiply(x, gateUpBias, both.data());
    gate.apply(both.data(), down.depth, gated.data());
    down.multiply(gated.data(), downBias, out);
  }
};
} // namespace

static Error runMoe(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<MoeOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &weights = Machine::operand(frame, instr, 1);
  const Datum &indices = Machine::operand(frame, instr, 2), &gateUp = Machine::operand(frame, instr, 3);
  const Datum &down = Machine::operand(frame, instr, 4);
  const Datum *gateUpBias = operandOf(frame, instr, op.getGateUpBias());
  const Datum *downBias = operandOf(frame, instr, op.getDownBias());
  const Datum *sharedGateUp = operandOf(frame, instr, op.getSharedGateUp());
  const Datum *sharedDown = operandOf(frame, instr, op.getSharedDown());
  const Datum *sharedGate = operandOf(frame, instr, op.getSharedGate());
  const Datum *sharedLogits = operandOf(frame, instr, op.getSharedLogits());
  bool transposed = op.getTransposed();
  int64_t fanIn = op.getFanIn();
  int64_t tokens = x.shape[0], hidden = x.shape[1], k = weights.shape[1], experts = gateUp.shape[0];
  int64_t size = down.shape[transposed ? 2 : 1], width = sharedDown ? sharedDown->shape[transposed ? 1 : 0] : 0;
  auto matrix = [&](int64_t from, int64_t to) {
    return transposed ? SmallVector<int64_t, 3>{to, from} : SmallVector<int64_t, 3>{from, to};
  };
  auto perExpert = [&](int64_t from, int64_t to) {
    SmallVector<int64_t, 3> shape = matrix(from, to);
    shape.insert(shape.begin(), experts);
    return shape;
  };
  if (Error error = expectShape(op, "weights", weights, {tokens, k}))
    return error;
  if (Error error = expectShape(op, "indices", indices, {tokens, k}))
    return error;
  if (Error error = expectShape(op, "w_gate_up", gateUp, perExpert(hidden, fanIn * size)))
    return error;
  if (Error error = expectShape(op, "w_down", down, perExpert(size, hidden)))
    return error;
  if (Error error = expectOptional(op, "gate_up_bias", gateUpBias, {experts, fanIn * size}))
    return error;
  if (Error error = expectOptional(op, "down_bias", downBias, {experts, hidden}))
    return error;
  if (Error error = expectOptional(op, "shared_gate_up", sharedGateUp, matrix(hidden, fanIn * width)))
    return error;
  if (Error error = expectOptional(op, "shared_down", sharedDown, matrix(width, hidden)))
    return error;
  if (Error error = expectOptional(op, "shared_gate", sharedGate, {hidden}))
    return error;
  if (Error error = expectOptional(op, "shared_logits", sharedLogits, {tokens}))
    return error;
  Expected<Datum> result = allocateZeros(op, x.shape);
  if (!result)
    return result.takeError();

  Gate gate{op.getActivation(), op.getGateOrder(), op.getLimit(), op.getAlpha().convertToFloat(),
            op.getUpOffset().convertToFloat()};
  std::vector<Cell> y(hidden);
  for (int64_t t = 0; t < tokens; ++t) {
    const Cell *token = x.data() + t * hidden;
    Cell *out = result->data() + t * hidden;
    for (int64_t j = 0; j < k; ++j) {
      int64_t e = indices.i(t * k + j);
      if (e == -1)
        continue;
      if (e < 0 || e >= experts)
        return expertOutside(op, e, experts);
      Expert expert{{gateUp.data() + e * hidden * fanIn * size, hidden, fanIn * size, transposed},
                    {down.data() + e * size * hidden, size, hidden, transposed},
                    gateUpBias ? gateUpBias->data() + e * fanIn * size : nullptr,
                    downBias ? downBias->data() + e * hidden : nullptr,
                    gate};
      expert.apply(token, y.data());
      for (int64_t n = 0; n < hidden; ++n)
        out[n].f += weights.f(t * k + j) * y[n].f;
    }
    if (!sharedDown)
      continue;
    Expert expert{{sharedGateUp->data(), hidden, fanIn * width, transposed},
                  {sharedDown->data(), width, hidden, transposed},
                  nullptr,
                  nullptr,
                  gate};
    expert.gate.limit = op.getSharedLimit();
    expert.apply(token, y.data());
    double factor = 1;
    if (sharedLogits)
      factor = sigmoid(sharedLogits->f(t));
    if (sharedGate) {
      double logit = 0;
      for (int64_t n = 0; n < hidden; ++n)
        logit += token[n].f * sharedGate->f(n);
      factor = sigmoid(logit);
    }
    for (int64_t n = 0; n < hidden; ++n)
      out[n].f += factor * y[n].f;
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerExpertHandlers(HandlerTable &table) {
  table["hadal.activation"] = runActivation;
  table["hadal.gated_activation"] = runGatedActivation;
  table["hadal.grouped_matmul"] = runGroupedMatmul;
  table["hadal.moe"] = runMoe;
}
