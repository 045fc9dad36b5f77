//===- Attention.cpp - Attention ------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
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

FailureOr<Tensor *> hadal::onnx::splitHeads(NodeContext &c, Tensor &x, int64_t heads) {
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

Tensor &hadal::onnx::mergeHeads(NodeContext &c, Tensor &x) {
  Dims dims{x.dims[0], x.dims[2], x.dims[1] * x.dims[3]};
  return emitReshape(c, emitTranspose(c, x, {0, 2, 1, 3}), dims);
}

FailureOr<Tensor *> hadal::onnx::appendTo(NodeContext &c, Tensor &past, Tensor &x) {
  if (past.rank() != 4 || failed(c.requireType(past, x.type, "the past")))
    return c.error("the past must have rank 4: " + c.shapeText(past));
  for (int64_t d : {0, 1, 3})
    if (failed(c.requireEqual(past.dims[d], x.dims[d], "dimensions of past and new entries")))
      return failure();
  return &emitConcat(c, {&past, &x}, 2);
}

FailureOr<Tensor *> hadal::onnx::readBias(NodeContext &c, Tensor &bias, const AttentionForm &form) {
  if (bias.rank() != 4 || failed(c.requireType(bias, form.q->type, "the attention bias")))
    return c.error("the attention bias must have rank 4: " + c.shapeText(bias));
  SizeExpr scores[] = {form.q->dims[0], form.q->dims[1], form.q->dims[2], form.k->dims[2]};
  for (auto [own, full] : llvm::zip_equal(bias.dims, scores))
    if (!own.isConstant(1) && failed(c.requireEqual(own, full, "dimensions of the attention bias and the scores")))
      return failure();
  return &bias;
}

/// What causality and lengths show, as a mask [batch or 1, 1, queries, keys]; null if they hide nothing. The first
/// query stands at `past`, or, with lengths, the last one at the last valid key.
static Tensor *emitVisible(NodeContext &c, const AttentionForm &form, const SizeExpr &past) {
  if (!form.causal && !form.lengths)
    return nullptr;
  SizeExpr batch = form.q->dims[0], one(1), queries = form.q->dims[2], keys = form.k->dims[2];
  Dims dims{form.lengths ? batch : one, one, queries, keys};
  SmallVector<Tensor *, 1> lengths;
  if (form.lengths)
    lengths.push_back(&emitReshape(c, *form.lengths, {batch, one, one, one}));
  Value shift = c.sizes.value(form.lengths ? SizeExpr(0) - queries : past);
  return &emitElementwise(c, DType::Bool, dims, lengths, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
    Value s = linalg::IndexOp::create(b, loc, 2), t = linalg::IndexOp::create(b, loc, 3), seen;
    auto both = [&](Value condition) {
      seen = seen ? arith::AndIOp::create(b, loc, seen, condition).getResult() : condition;
    };
    Value last = arith::AddIOp::create(b, loc, s, shift);
    if (form.lengths) {
      Value length = arith::IndexCastOp::create(b, loc, b.getIndexType(), in[0]);
      last = arith::AddIOp::create(b, loc, last, length);
      both(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, t, length));
    }
    if (form.causal)
      both(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, t, last));
    return seen;
  });
}

FailureOr<Tensor *> hadal::onnx::mergeMasks(NodeContext &c, Tensor &mask, Tensor &visible) {
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

/// The mask in rank 4. What it lacks behind its last key is hidden.
static FailureOr<Tensor *> readMask(NodeContext &c, Tensor &mask, Tensor &q, Tensor &k) {
  if (mask.type != DType::Bool && failed(c.requireType(mask, q.type, "the mask")))
    return failure();
  if (mask.rank() < 1 || mask.rank() > 4)
    return c.error("the mask must have rank 1 to 4: " + c.shapeText(mask));
  Tensor *wide = &emitLeadingOnes(c, mask, 4);
  SizeExpr missing = c.sizes.normalize(k.dims[2] - wide->dims[3]);
  if (missing.constant().value_or(0) > 0) {
    Dims dims = wide->dims;
    dims[3] = missing;
    double hidden = mask.type == DType::Bool ? 0 : -std::numeric_limits<double>::infinity();
    wide = &emitConcat(c, {wide, &c.newTensor(mask.type, dims, emitFill(c, mask.type, dims, hidden))}, 3);
  }
  SizeExpr scores[] = {q.dims[0], q.dims[1], q.dims[2], k.dims[2]};
  for (auto [i, own, full] : llvm::enumerate(wide->dims, scores))
    if ((i == 3 || !own.isConstant(1)) && failed(c.requireEqual(own, full, "dimensions of the mask and the scores")))
      return failure();
  return wide;
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

FailureOr<AttentionParts> hadal::onnx::emitAttentionParts(NodeContext &c, const AttentionForm &form) {
  AttentionParts parts;
  FailureOr<Tensor *> k = repeatHeads(c, *form.k, form.q->dims[1]), v = repeatHeads(c, *form.v, form.q->dims[1]);
  if (failed(k) || failed(v))
    return failure();
  FailureOr<Tensor *> products = emitMatMul(c, *form.q, emitTranspose(c, **k, {0, 1, 3, 2}));
  if (failed(products))
    return failure();
  parts.products = &emitUnary(
      c, **products, [&](Element e, ValueRange in) { return e.make<arith::MulFOp>({in[0], e.constant(form.scale)}); });
  parts.capped = form.softcap == 0 ? parts.products : &emitUnary(c, *parts.products, [&](Element e, ValueRange in) {
    Value scaled = e.make<arith::DivFOp>({in[0], e.constant(form.softcap)});
    return e.make<arith::MulFOp>({e.make<math::TanhOp>(scaled), e.constant(form.softcap)});
  });
  parts.masked = parts.capped;
  DType type = parts.capped->type;
  if (form.mask) {
    DType maskType = form.mask->type;
    parts.masked = &emitElementwise(c, type, parts.capped->dims, {parts.capped, form.mask},
                                    [&](OpBuilder &b, Location loc, ValueRange in) {
                                      Element e{b, loc, type};
                                      if (maskType != DType::Bool)
                                        return e.make<arith::AddFOp>(in);
                                      Value hidden = e.constant(-std::numeric_limits<double>::infinity());
                                      return Value(arith::SelectOp::create(b, loc, in[1], in[0], hidden));
                                    });
  }
  // A row that sees nothing gives 0.
  parts.weights = &emitUnary(c, emitSoftmax(c, *parts.masked, 3), [](Element e, ValueRange in) -> Value {
    Value nothing = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::UNO, in[0], in[0]);
    return arith::SelectOp::create(e.b, e.loc, nothing, e.constant(0), in[0]);
  });
  FailureOr<Tensor *> result = emitMatMul(c, *parts.weights, **v);
  if (failed(result))
    return failure();
  parts.result = *result;
  return parts;
}

LogicalResult hadal::onnx::checkAttention(NodeContext &c, const AttentionForm &form) {
  for (Tensor *x : {form.q, form.k, form.v})
    if (x->rank() != 4)
      return c.error("operands must have rank 4: " + c.shapeText(*x));
  ArrayRef<SizeExpr> q = form.q->dims, k = form.k->dims, v = form.v->dims;
  if (failed(requireTypes(c, {form.q, form.k, form.v}, kFloats)) || failed(c.requireEqual(q[0], k[0], "batches")) ||
      failed(c.requireEqual(k[0], v[0], "batches")) ||
      failed(c.requireEqual(q[3], k[3], "head sizes of queries and keys")) ||
      failed(c.requireEqual(k[1], v[1], "heads of keys and values")) ||
      failed(c.requireEqual(k[2], v[2], "lengths of keys and values")))
    return failure();
  std::optional<int64_t> heads = q[1].constant(), sharedHeads = k[1].constant();
  if (heads && sharedHeads && (*sharedHeads == 0 || *heads % *sharedHeads != 0))
    return c.error(std::to_string(*heads) + " query heads are no multiple of " + std::to_string(*sharedHeads));
  return success();
}

FailureOr<Tensor *> hadal::onnx::emitAttention(NodeContext &c, const AttentionForm &form) {
  OpBuilder &b = c.builder;
  Dims dims{form.q->dims[0], form.q->dims[1], form.q->dims[2], form.v->dims[3]};
  auto valueOf = [&](Tensor *tensor) { return tensor ? c.value(*tensor) : Value(); };
  Value offsets = valueOf(form.offsets);
  IntegerAttr offset;
  if (form.offset) {
    if (std::optional<int64_t> known = c.sizes.normalize(*form.offset).constant()) {
      offset = b.getI64IntegerAttr(*known);
    } else {
      Value size = c.sizes.value(*form.offset);
      offsets =
          c.value(emitElementwise(c, DType::I64, {dims[0]}, {}, [&](OpBuilder &b, Location loc, ValueRange) -> Value {
            return arith::IndexCastOp::create(b, loc, b.getI64Type(), size);
          }));
    }
  }
  auto op = hadal::AttentionOp::create(
      b, c.loc, c.tensorType(form.q->type, dims), /*lse=*/Type(), c.value(*form.q), c.value(*form.k), c.value(*form.v),
      valueOf(form.mask), valueOf(form.sink), /*q_lengths=*/Value(), valueOf(form.lengths), offsets,
      b.getF32FloatAttr(static_cast<float>(form.scale)), form.causal ? b.getUnitAttr() : UnitAttr(), offset,
      form.window ? b.getI64IntegerAttr(*form.window) : IntegerAttr(),
      form.softcap != 0 ? b.getF32FloatAttr(static_cast<float>(form.softcap)) : FloatAttr());
  return &c.newTensor(form.q->type, dims, op.getResult());
}

static LogicalResult importAttention(NodeContext &c) {
  bool causal = c.intAttribute("is_causal", 0) != 0;
  int64_t qHeads = c.intAttribute("q_num_heads", 0), kvHeads = c.intAttribute("kv_num_heads", 0);
  float softcap = c.floatAttribute("softcap", 0);
  float givenScale = c.floatAttribute("scale", 0);
  bool hasScale = c.hasAttribute("scale");
  c.ignoreAttribute("softmax_precision"); // ours is at least float32
  int64_t scoresMode = c.intAttribute("qk_matmul_output_mode", 0);
  if (scoresMode < 0 || scoresMode > 3)
    return c.error("qk_matmul_output_mode " + std::to_string(scoresMode) + " is unknown");
  if (softcap < 0)
    return c.error("softcap is negative");
  if (c.hasInput(4) != c.hasInput(5))
    return c.error("has a past of keys or of values, but not of both");

  FailureOr<Tensor *> q = splitHeads(c, c.input(0), qHeads), k = splitHeads(c, c.input(1), kvHeads),
                      v = splitHeads(c, c.input(2), kvHeads);
  if (failed(q) || failed(k) || failed(v))
    return failure();
  SizeExpr newKeys = (*k)->dims[2], past;
  if (c.hasInput(4)) {
    past = c.input(4).rank() == 4 ? c.input(4).dims[2] : SizeExpr(0);
    k = appendTo(c, c.input(4), **k);
    v = appendTo(c, c.input(5), **v);
    if (failed(k) || failed(v))
      return failure();
  }
  AttentionForm form{*q, *k, *v, nullptr, 0, softcap};
  if (failed(checkAttention(c, form)))
    return failure();
  ArrayRef<SizeExpr> qd = (*q)->dims, kd = (*k)->dims;
  std::optional<int64_t> headSize = qd[3].constant();
  if (!headSize && !hasScale)
    return c.error("the head size is not static and there is no scale");
  form.scale = hasScale ? givenScale : 1.0 / std::sqrt(static_cast<double>(*headSize));

  if (c.hasInput(3)) {
    FailureOr<Tensor *> given = readMask(c, c.input(3), **q, **k);
    if (failed(given))
      return failure();
    form.mask = *given;
  }
  if (c.hasInput(6)) {
    form.lengths = &c.input(6);
    if (form.lengths->rank() != 1 || form.lengths->type != DType::I64)
      return c.error("nonpad_kv_seqlen must be a list of int64");
    if (failed(c.requireEqual(form.lengths->dims[0], kd[0], "the size of nonpad_kv_seqlen and the batch")))
      return failure();
  }
  // The first query is aligned with the first new key. With lengths the cache is filled outside: ONNX Runtime aligns
  // the last query with the last valid key, as we do where nothing is said.
  form.causal = causal;
  if (causal && !form.lengths && !c.sizes.areEqual(qd[2], newKeys))
    form.offset = past;
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  if (c.wantsOutput(3)) { // the scores, which the whole does not give
    AttentionForm shown{*q, *k, *v, form.mask, form.scale, softcap};
    if (Tensor *visible = emitVisible(c, form, past)) {
      FailureOr<Tensor *> merged = form.mask ? mergeMasks(c, *form.mask, *visible) : visible;
      if (failed(merged))
        return failure();
      shown.mask = *merged;
    }
    FailureOr<AttentionParts> parts = emitAttentionParts(c, shown);
    if (failed(parts))
      return failure();
    Tensor *scores[] = {parts->products, parts->capped, parts->masked, parts->weights};
    c.setOutput(3, *scores[scoresMode]);
  }
  c.setOutput(0, c.input(0).rank() == 3 ? mergeHeads(c, **result) : **result);
  c.setOutput(1, **k);
  c.setOutput(2, **v);
  return success();
}

void hadal::onnx::registerAttentionOps(OpTable &table) { table.onOp("Attention", {23}, {3, 7}, importAttention); }
