//===- LinearAttention.cpp - Attention by a state -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// Steps are written out one by one.
static constexpr int64_t kMostSteps = 1024;

static Value add(Element e, ValueRange in) { return e.make<arith::AddFOp>(in); }
static Value sub(Element e, ValueRange in) { return e.make<arith::SubFOp>(in); }
static Value mul(Element e, ValueRange in) { return e.make<arith::MulFOp>(in); }

namespace {
/// One node, its tensors float32 and [batch, heads, length, size].
struct Recurrence {
  NodeContext &c;
  Tensor *q, *k, *v, *decay = nullptr, *beta = nullptr;
  double scale = 1;
  SizeExpr group = {}; // query heads for each head of keys

  /// x at one step, in another shape.
  Tensor &at(Tensor &x, int64_t step, Dims dims) { return emitReshape(c, emitPart(c, x, 2, step, 1), std::move(dims)); }
  /// The state after the step, [batch, heads, key size, value size].
  FailureOr<Tensor *> advance(Tensor &state, int64_t step);
  /// What the queries of the step read of the state, [batch, query heads, 1, value size].
  FailureOr<Tensor *> read(Tensor &state, int64_t step);
};
} // namespace

FailureOr<Tensor *> Recurrence::advance(Tensor &given, int64_t step) {
  Tensor *state = &given;
  SizeExpr b = k->dims[0], h = k->dims[1], dk = k->dims[3], dv = v->dims[3];
  if (decay) {
    Tensor &logarithm = at(*decay, step, {b, h, decay->dims[3], SizeExpr(1)});
    Tensor &factor = emitUnary(c, logarithm, [](Element e, ValueRange in) { return e.make<math::ExpOp>(in); });
    state = &emitBinary(c, *state, factor, state->dims, mul);
  }
  Tensor &key = at(*k, step, {b, h, dk}), *value = &at(*v, step, {b, h, dv});
  if (beta) { // only what the state does not give for this key yet
    FailureOr<Tensor *> known = emitEinsum(c, "bhdm,bhd->bhm", {state, &key});
    if (failed(known))
      return failure();
    Tensor &missing = emitBinary(c, *value, **known, value->dims, sub);
    value = &emitBinary(c, missing, at(*beta, step, {b, beta->dims[1], SizeExpr(1)}), value->dims, mul);
  }
  Tensor &column = emitReshape(c, key, {b, h, dk, SizeExpr(1)}), &row = emitReshape(c, *value, {b, h, SizeExpr(1), dv});
  return &emitBinary(c, *state, emitBinary(c, column, row, state->dims, mul), state->dims, add);
}

FailureOr<Tensor *> Recurrence::read(Tensor &state, int64_t step) {
  SizeExpr b = k->dims[0], h = k->dims[1];
  Tensor &queries = at(*q, step, {b, h, group, q->dims[3]});
  FailureOr<Tensor *> sum = emitEinsum(c, "bhgd,bhdm->bhgm", {&queries, &state});
  if (failed(sum))
    return failure();
  Tensor &scaled = emitUnary(c, **sum, [&](Element e, ValueRange in) { return mul(e, {in[0], e.constant(scale)}); });
  return &emitReshape(c, scaled, {b, h * group, SizeExpr(1), v->dims[3]});
}

/// Numbers for each head, [batch, length, heads·n], as [batch, heads, length, n] in float32.
static FailureOr<Tensor *> readGate(NodeContext &c, size_t input, int64_t heads, bool mayBeShared) {
  Tensor &x = c.input(input);
  if (x.rank() != 3 || !supports(kFloats, x.type))
    return c.error("input " + std::to_string(input) + " must have rank 3: " + c.shapeText(x));
  bool isShared = mayBeShared && c.sizes.normalize(x.dims[2]).isConstant(1);
  FailureOr<Tensor *> split = splitHeads(c, x, isShared ? 1 : heads);
  return failed(split) ? split : FailureOr<Tensor *>(&emitCast(c, **split, DType::F32));
}

static LogicalResult importLinearAttention(NodeContext &c) {
  std::string rule = c.stringAttribute("update_rule", "gated_delta");
  int64_t heads = c.intAttribute("q_num_heads", 0), shared = c.intAttribute("kv_num_heads", 0);
  double scale = c.floatAttribute("scale", 0);
  c.ignoreAttribute("chunk_size"); // a hint
  if (!is_contained({"linear", "gated", "delta", "gated_delta"}, rule))
    return c.error("update_rule '" + rule + "' is unknown");
  bool gated = rule == "gated" || rule == "gated_delta", corrects = rule == "delta" || rule == "gated_delta";
  if (gated != c.hasInput(4) || corrects != c.hasInput(5))
    return c.error("update_rule '" + rule + "' does not fit its inputs decay and beta");
  if (heads < 1 || shared < 1 || heads % shared != 0)
    return c.error("q_num_heads " + std::to_string(heads) + " is no multiple of kv_num_heads " +
                   std::to_string(shared));
  FailureOr<Tensor *> parts[3];
  for (auto [i, count] : {std::pair<size_t, int64_t>{0, heads}, {1, shared}, {2, shared}}) {
    if (c.input(i).rank() != 3 || failed(requireTypes(c, {&c.input(0), &c.input(i)}, kFloats)))
      return c.error("operands must have rank 3: " + c.shapeText(c.input(i)));
    parts[i] = splitHeads(c, c.input(i), count);
    if (failed(parts[i]))
      return failure();
  }
  DType type = c.input(0).type;
  Recurrence r{c, &emitCast(c, **parts[0], DType::F32), &emitCast(c, **parts[1], DType::F32),
               &emitCast(c, **parts[2], DType::F32)};
  r.group = SizeExpr(heads / shared);
  std::optional<int64_t> size = c.sizes.normalize(r.k->dims[3]).constant(),
                         length = c.sizes.normalize(r.k->dims[2]).constant();
  if (!size || !length || *length < 1 || *length > kMostSteps)
    return c.error("needs a static head size and a static length of at most " + std::to_string(kMostSteps) + ": " +
                   c.shapeText(c.input(1)));
  r.scale = scale != 0 ? scale : 1 / std::sqrt(static_cast<double>(*size));
  if (gated) {
    FailureOr<Tensor *> decay = readGate(c, 4, shared, /*mayBeShared=*/false);
    if (failed(decay))
      return failure();
    r.decay = *decay;
  }
  if (corrects) {
    FailureOr<Tensor *> beta = readGate(c, 5, shared, /*mayBeShared=*/true);
    if (failed(beta))
      return failure();
    r.beta = *beta;
  }
  Dims stateDims{r.k->dims[0], SizeExpr(shared), r.k->dims[3], r.v->dims[3]};
  DType stateType = type;
  Tensor *state;
  if (c.hasInput(3)) {
    Tensor &past = c.input(3);
    stateType = past.type;
    if (past.rank() != 4 || !supports(kFloats, stateType))
      return c.error("the past state must have rank 4: " + c.shapeText(past));
    for (auto [own, needed] : llvm::zip(past.dims, stateDims))
      if (failed(c.requireEqual(own, needed, "dimensions of the past state")))
        return failure();
    state = &emitCast(c, past, DType::F32);
  } else {
    state = &c.newTensor(DType::F32, stateDims, emitFill(c, DType::F32, stateDims, 0));
  }
  SmallVector<Tensor *> results;
  for (int64_t step = 0; step < *length; ++step) {
    FailureOr<Tensor *> next = r.advance(*state, step);
    FailureOr<Tensor *> result = failed(next) ? next : r.read(**next, step);
    if (failed(result))
      return failure();
    state = *next;
    results.push_back(*result);
  }
  c.setOutput(0, emitCast(c, mergeHeads(c, emitConcat(c, results, 2)), type));
  c.setOutput(1, emitCast(c, *state, stateType));
  return success();
}

void hadal::onnx::registerLinearAttentionOps(OpTable &table) {
  table.onOp("LinearAttention", {27}, {3, 6}, importLinearAttention);
}
