//===- Attention.cpp - Attention ------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "dialects/Hadal/IR/Hadal.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// [batch, length, heads·size] as [batch, heads, length, size].
static FailureOr<Tensor *> splitHeads(NodeContext &c, Tensor &x, int64_t heads) {
  if (x.rank() == 4)
    return &x;
  if (x.rank() != 3)
    return c.error("operands must have rank 3 or 4: " + c.shapeText(x));
  std::optional<SizeExpr> size = heads > 0 ? x.dims[2].dividedBy(SizeExpr(heads)) : std::nullopt;
  if (!size)
    return c.error("shape " + c.shapeText(x) + " has no " + std::to_string(heads) + " heads");
  Tensor &split = emitReshape(c, x, {x.dims[0], x.dims[1], SizeExpr(heads), *size});
  return &emitTranspose(c, split, {0, 2, 1, 3});
}

/// past ‖ x along the positions.
static FailureOr<Tensor *> appendTo(NodeContext &c, Tensor &past, Tensor &x) {
  if (past.rank() != 4 || failed(c.requireType(past, x.type, "the past")))
    return c.error("the past must have rank 4: " + c.shapeText(past));
  Dims dims = x.dims;
  for (int64_t d : {0, 1, 3})
    if (failed(c.requireEqual(past.dims[d], x.dims[d], "dimensions of past and new entries")))
      return failure();
  dims[2] = past.dims[2] + x.dims[2];
  Value value =
      tensor::ConcatOp::create(c.builder, c.loc, c.tensorType(x.type, dims), 2, ValueRange{c.value(past), c.value(x)});
  return &c.newTensor(x.type, std::move(dims), value);
}

/// Element-wise over a mask [1, 1, S, T]: key t ≤ query s + offset.
static Tensor &emitCausalMask(NodeContext &c, const SizeExpr &queries, const SizeExpr &keys, const SizeExpr &offset) {
  Value shift = c.sizes.value(offset);
  return emitElementwise(c, DType::Bool, {SizeExpr(1), SizeExpr(1), queries, keys}, {},
                         [&](OpBuilder &b, Location loc, ValueRange) -> Value {
                           Value s = linalg::IndexOp::create(b, loc, 2), t = linalg::IndexOp::create(b, loc, 3);
                           Value last = arith::AddIOp::create(b, loc, s, shift);
                           return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, t, last);
                         });
}

/// A mask [batch, 1, 1, T]: key t < lengths[batch].
static FailureOr<Tensor *> emitLengthMask(NodeContext &c, Tensor &lengths, const SizeExpr &batch,
                                          const SizeExpr &keys) {
  if (lengths.rank() != 1 || lengths.type != DType::I64)
    return c.error("nonpad_kv_seqlen must be a list of int64");
  if (failed(c.requireEqual(lengths.dims[0], batch, "the size of nonpad_kv_seqlen and the batch")))
    return failure();
  Tensor &wide = emitReshape(c, lengths, {batch, SizeExpr(1), SizeExpr(1), SizeExpr(1)});
  return &emitElementwise(c, DType::Bool, {batch, SizeExpr(1), SizeExpr(1), keys}, &wide,
                          [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
                            Value t = linalg::IndexOp::create(b, loc, 3);
                            Value key = arith::IndexCastOp::create(b, loc, b.getI64Type(), t);
                            return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, key, in[0]);
                          });
}

/// What both masks show: a boolean and, or a float mask with −inf where `visible` is false.
static FailureOr<Tensor *> mergeMasks(NodeContext &c, Tensor &mask, Tensor &visible) {
  FailureOr<Dims> dims = broadcast(c, {&mask, &visible});
  if (failed(dims))
    return failure();
  DType type = mask.type;
  return &emitElementwise(c, type, *dims, {&mask, &visible}, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
    if (type == DType::Bool)
      return arith::AndIOp::create(b, loc, in[0], in[1]);
    Value hidden = Element{b, loc, type}.constant(-std::numeric_limits<double>::infinity());
    return arith::SelectOp::create(b, loc, in[1], in[0], hidden);
  });
}

/// The mask in rank 4. It must cover all keys: the standard fills up a shorter one with "hidden".
static FailureOr<Tensor *> readMask(NodeContext &c, Tensor &mask, Tensor &q, Tensor &k) {
  if (mask.type != DType::Bool && failed(c.requireType(mask, q.type, "the mask")))
    return failure();
  if (mask.rank() < 1 || mask.rank() > 4)
    return c.error("the mask must have rank 1 to 4: " + c.shapeText(mask));
  Tensor &wide = emitLeadingOnes(c, mask, 4);
  SizeExpr scores[] = {q.dims[0], q.dims[1], q.dims[2], k.dims[2]};
  for (auto [i, own, full] : llvm::enumerate(wide.dims, scores))
    if ((i == 3 || !own.isConstant(1)) && failed(c.requireEqual(own, full, "dimensions of the mask and the scores")))
      return failure();
  return &wide;
}

/// Keys or values [B, Hkv, T, D] for every query head.
static FailureOr<Tensor *> repeatHeads(NodeContext &c, Tensor &x, const SizeExpr &heads) {
  std::optional<SizeExpr> group = heads.dividedBy(x.dims[1]);
  if (!group)
    return c.error(c.sizes.str(heads) + " query heads are no multiple of " + c.sizes.str(x.dims[1]));
  if (group->isConstant(1))
    return &x;
  SizeExpr b = x.dims[0], h = x.dims[1], t = x.dims[2], d = x.dims[3];
  Tensor &expanded = emitExpand(c, emitReshape(c, x, {b, h, SizeExpr(1), t, d}), {b, h, *group, t, d});
  return &emitReshape(c, expanded, {b, heads, t, d});
}

/// Attention whose scores are bounded by cap · tanh(score / cap): in parts,
/// since hadal.attention has no cap. A row that sees nothing gives 0.
static FailureOr<Tensor *> emitCappedAttention(NodeContext &c, Tensor &q, Tensor &givenK, Tensor &givenV, Tensor *mask,
                                               double scale, double cap) {
  FailureOr<Tensor *> k = repeatHeads(c, givenK, q.dims[1]), v = repeatHeads(c, givenV, q.dims[1]);
  if (failed(k) || failed(v))
    return failure();
  FailureOr<Tensor *> products = emitMatMul(c, q, emitTranspose(c, **k, {0, 1, 3, 2}));
  if (failed(products))
    return failure();
  Tensor *scores = &emitUnary(c, **products, [=](Element e, ValueRange in) {
    Value scaled = e.make<arith::MulFOp>({in[0], e.constant(scale / cap)});
    return e.make<arith::MulFOp>({e.make<math::TanhOp>(scaled), e.constant(cap)});
  });
  if (mask) {
    DType type = scores->type, maskType = mask->type;
    scores = &emitElementwise(c, type, scores->dims, {scores, mask}, [&](OpBuilder &b, Location loc, ValueRange in) {
      Element e{b, loc, type};
      if (maskType != DType::Bool)
        return e.make<arith::AddFOp>(in);
      Value hidden = e.constant(-std::numeric_limits<double>::infinity());
      return Value(arith::SelectOp::create(b, loc, in[1], in[0], hidden));
    });
  }
  Value empty = emitEmpty(c, scores->type, scores->dims);
  auto softmax = linalg::SoftmaxOp::create(c.builder, c.loc, empty.getType(), c.value(*scores), empty, 3);
  Tensor &weights = c.newTensor(scores->type, scores->dims, softmax->getResult(0));
  Tensor &known = emitUnary(c, weights, [](Element e, ValueRange in) -> Value {
    Value nothing = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::UNO, in[0], in[0]);
    return arith::SelectOp::create(e.b, e.loc, nothing, e.constant(0), in[0]);
  });
  return emitMatMul(c, known, **v);
}

static LogicalResult importAttention(NodeContext &c) {
  bool causal = c.intAttribute("is_causal", 0) != 0;
  int64_t qHeads = c.intAttribute("q_num_heads", 0), kvHeads = c.intAttribute("kv_num_heads", 0);
  float softcap = c.floatAttribute("softcap", 0);
  float givenScale = c.floatAttribute("scale", 0);
  bool hasScale = c.hasAttribute("scale");
  c.ignoreAttribute("softmax_precision");     // ours is at least float32
  c.ignoreAttribute("qk_matmul_output_mode"); // of output 3, which is not supported
  if (softcap < 0)
    return c.error("softcap is negative");
  if (c.hasInput(6) && causal)
    return c.error("nonpad_kv_seqlen with is_causal is not supported");
  if (c.hasInput(4) != c.hasInput(5))
    return c.error("has a past of keys or of values, but not of both");

  FailureOr<Tensor *> q = splitHeads(c, c.input(0), qHeads), k = splitHeads(c, c.input(1), kvHeads),
                      v = splitHeads(c, c.input(2), kvHeads);
  if (failed(q) || failed(k) || failed(v) || failed(requireTypes(c, {*q, *k, *v}, kFloats)))
    return failure();
  SizeExpr newKeys = (*k)->dims[2], past;
  if (c.hasInput(4)) {
    past = c.input(4).rank() == 4 ? c.input(4).dims[2] : SizeExpr(0);
    k = appendTo(c, c.input(4), **k);
    v = appendTo(c, c.input(5), **v);
    if (failed(k) || failed(v))
      return failure();
  }
  ArrayRef<SizeExpr> qd = (*q)->dims, kd = (*k)->dims, vd = (*v)->dims;
  if (failed(c.requireEqual(qd[0], kd[0], "batches")) || failed(c.requireEqual(kd[0], vd[0], "batches")) ||
      failed(c.requireEqual(qd[3], kd[3], "head sizes of queries and keys")) ||
      failed(c.requireEqual(kd[1], vd[1], "heads of keys and values")) ||
      failed(c.requireEqual(kd[2], vd[2], "lengths of keys and values")))
    return failure();
  std::optional<int64_t> heads = qd[1].constant(), sharedHeads = kd[1].constant();
  if (heads && sharedHeads && (*sharedHeads == 0 || *heads % *sharedHeads != 0))
    return c.error(std::to_string(*heads) + " query heads are no multiple of " + std::to_string(*sharedHeads));
  std::optional<int64_t> headSize = qd[3].constant();
  if (!headSize && !hasScale)
    return c.error("the head size is not static and there is no scale");
  float scale = hasScale ? givenScale : static_cast<float>(1.0 / std::sqrt(static_cast<double>(*headSize)));

  Tensor *mask = nullptr;
  if (c.hasInput(3)) {
    FailureOr<Tensor *> given = readMask(c, c.input(3), **q, **k);
    if (failed(given))
      return failure();
    mask = *given;
  }
  // The standard aligns the first query with the first new key, we the last with the last.
  bool aligned = c.sizes.areEqual(qd[2], newKeys);
  Tensor *visible = nullptr;
  if (causal && (!aligned || softcap != 0)) {
    visible = &emitCausalMask(c, qd[2], kd[2], past);
  } else if (c.hasInput(6)) {
    FailureOr<Tensor *> filled = emitLengthMask(c, c.input(6), kd[0], kd[2]);
    if (failed(filled))
      return failure();
    visible = *filled;
  }
  if (visible) {
    FailureOr<Tensor *> merged = mask ? mergeMasks(c, *mask, *visible) : visible;
    if (failed(merged))
      return failure();
    mask = *merged;
  }
  Dims dims{qd[0], qd[1], qd[2], vd[3]};
  Tensor *result;
  if (softcap != 0) {
    FailureOr<Tensor *> parts = emitCappedAttention(c, **q, **k, **v, mask, scale, softcap);
    if (failed(parts))
      return failure();
    result = *parts;
  } else {
    auto attention =
        hadal::AttentionOp::create(c.builder, c.loc, c.tensorType((*q)->type, dims), c.value(**q), c.value(**k),
                                   c.value(**v), mask ? c.value(*mask) : Value(), c.builder.getF32FloatAttr(scale),
                                   causal && aligned ? c.builder.getUnitAttr() : UnitAttr());
    result = &c.newTensor((*q)->type, dims, attention.getResult());
  }
  if (c.input(0).rank() == 3) {
    result = &emitTranspose(c, *result, {0, 2, 1, 3});
    result = &emitReshape(c, *result, {dims[0], dims[2], dims[1] * dims[3]});
  }
  c.setOutput(0, *result);
  c.setOutput(1, **k);
  c.setOutput(2, **v);
  return success();
}

void hadal::onnx::registerAttentionOps(OpTable &table) { table.onOp("Attention", {23}, {3, 7}, importAttention); }
