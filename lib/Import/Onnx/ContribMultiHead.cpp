//===- ContribMultiHead.cpp - MultiHeadAttention and its forerunner -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContribAttention.h"
#include "Index.h"
#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// One of `count` tensors that stand side by side: [batch, length, heads, count, size].
static Tensor &unpackHeads(NodeContext &c, Tensor &packed, int64_t at) {
  Dims dims{packed.dims[0], packed.dims[1], packed.dims[2], packed.dims[4]};
  return emitTranspose(c, emitReshape(c, emitPart(c, packed, 3, at, 1), dims), {0, 2, 1, 3});
}

static FailureOr<Heads> readMultiHeads(NodeContext &c, int64_t heads) {
  Tensor &query = c.input(0);
  if (query.rank() == 5) {
    if (failed(c.requireEqual(query.dims[3], 3, "the number of packed tensors and 3")))
      return failure();
    return Heads{&unpackHeads(c, query, 0), &unpackHeads(c, query, 1), &unpackHeads(c, query, 2)};
  }
  if (query.rank() != 3 || !c.hasInput(1))
    return c.error("needs a query of rank 3 and a key, or all packed in rank 5");
  FailureOr<Tensor *> q = splitHeads(c, query, heads);
  if (failed(q))
    return failure();
  Tensor &key = c.input(1);
  if (key.rank() == 5) {
    if (failed(c.requireEqual(key.dims[3], 2, "the number of packed tensors and 2")))
      return failure();
    return Heads{*q, &unpackHeads(c, key, 0), &unpackHeads(c, key, 1)};
  }
  if (!c.hasInput(2))
    return c.error("has no value");
  FailureOr<Tensor *> k = splitHeads(c, key, heads), v = splitHeads(c, c.input(2), heads);
  if (failed(k) || failed(v))
    return failure();
  return Heads{*q, *k, *v};
}

/// The bias of queries, keys and values lies behind each other.
static LogicalResult addBiases(NodeContext &c, Heads &heads, Tensor &bias) {
  if (bias.rank() != 1 || failed(requireTypes(c, {heads.q, &bias}, kFloats)))
    return c.error("the bias must be a list: " + c.shapeText(bias));
  SizeExpr offset;
  for (Tensor **x : {&heads.q, &heads.k, &heads.v}) {
    SizeExpr size = (*x)->dims[1] * (*x)->dims[3];
    Tensor &own = emitReshape(c, emitPart(c, bias, 0, offset, size), {(*x)->dims[1], SizeExpr(1), (*x)->dims[3]});
    *x = &emitBinary(c, **x, own, (*x)->dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
    offset = offset + size;
  }
  return c.requireEqual(offset, bias.dims[0], "the sizes of the bias and of what it is added to");
}

/// [batch, 1, queries or 1, keys]: `filter` is added where a key is padding.
static FailureOr<Tensor *> readPadding(NodeContext &c, Tensor &padding, DType type, const SizeExpr &batch,
                                       const SizeExpr &keys, double filter, const std::string &name) {
  if (padding.type != DType::I32)
    return c.error(name + " has element type " + dtypeName(padding.type) + ", not int32");
  auto emit = [&](Tensor &wide, const SizeExpr &queries, bool isLength) {
    return &emitElementwise(
        c, type, {batch, SizeExpr(1), queries, keys}, &wide, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
          Element e{b, loc, type}, i{b, loc, DType::I32};
          Value t = arith::IndexCastOp::create(b, loc, b.getI32Type(), linalg::IndexOp::create(b, loc, 3));
          Value seen = arith::CmpIOp::create(b, loc, isLength ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::ne,
                                             in[0], isLength ? t : i.constant(0));
          return arith::SelectOp::create(b, loc, seen, e.constant(0), e.constant(filter));
        });
  };
  if (padding.rank() == 1 && c.sizes.areEqual(padding.dims[0], batch))
    return emit(emitReshape(c, padding, {batch, SizeExpr(1), SizeExpr(1), SizeExpr(1)}), 1, true);
  if ((padding.rank() != 2 && padding.rank() != 3) ||
      failed(c.requireEqual(padding.dims[0], batch, "batches of mask and query")) ||
      failed(c.requireEqual(padding.dims.back(), keys, "lengths of mask and keys")))
    return c.error(name + " " + c.shapeText(padding) + " is not supported");
  SizeExpr queries = padding.rank() == 3 ? padding.dims[1] : SizeExpr(1);
  return emit(emitReshape(c, padding, {batch, SizeExpr(1), queries, keys}), queries, false);
}

/// Two masks [batch or 1, heads or 1, queries or 1, keys] that are added.
static Tensor &addMasks(NodeContext &c, Tensor &a, Tensor &b) {
  Dims dims;
  for (auto [x, y] : llvm::zip_equal(a.dims, b.dims))
    dims.push_back(x.isConstant(1) ? y : x);
  return emitBinary(c, a, b, dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
}

/// The bias that is added to the scores, if there is one, beside the mask that `form` has.
static LogicalResult takeBias(NodeContext &c, AttentionForm &form) {
  if (!c.hasInput(5))
    return success();
  FailureOr<Tensor *> bias = readBias(c, c.input(5), form);
  if (failed(bias))
    return failure();
  form.mask = form.mask ? &addMasks(c, *form.mask, **bias) : *bias;
  return success();
}

static LogicalResult importMultiHeadAttention(NodeContext &c) {
  int64_t numHeads = c.intAttribute("num_heads", 0);
  double filter = c.floatAttribute("mask_filter_value", -10000.0f);
  bool causal = c.intAttribute("unidirectional", 0) != 0;
  if (numHeads < 1)
    return c.error("num_heads must be positive");
  if (c.hasInput(8) || c.hasInput(9))
    return c.error("past_sequence_length and cache_indirection are not supported");
  FailureOr<Heads> heads = readMultiHeads(c, numHeads);
  if (failed(heads) || failed(requireTypes(c, {heads->q, heads->k, heads->v}, kFloats)))
    return failure();
  if (c.hasInput(3) && failed(addBiases(c, *heads, c.input(3))))
    return failure();
  if (c.hasInput(6) != c.hasInput(7))
    return c.error("has a past of keys or of values, but not of both");
  SizeExpr past;
  if (c.hasInput(6)) {
    FailureOr<Tensor *> keys = appendTo(c, c.input(6), *heads->k), values = appendTo(c, c.input(7), *heads->v);
    if (failed(keys) || failed(values))
      return failure();
    past = c.input(6).dims[2];
    heads->k = *keys;
    heads->v = *values;
  }
  FailureOr<double> scale = readScale(c, heads->q->dims[3]);
  AttentionForm form{heads->q, heads->k, heads->v, nullptr, failed(scale) ? 1 : *scale};
  if (failed(scale) || failed(checkAttention(c, form)))
    return failure();
  SizeExpr batch = heads->q->dims[0], queries = heads->q->dims[2], keys = heads->k->dims[2];
  if (c.hasInput(4)) {
    FailureOr<Tensor *> padding = readPadding(c, c.input(4), heads->q->type, batch, keys, filter, "key_padding_mask");
    if (failed(padding))
      return failure();
    form.mask = *padding;
  }
  if (failed(takeBias(c, form)))
    return failure();
  form.causal = causal;
  if (causal && !c.sizes.areEqual(past + queries, keys))
    form.offset = past;
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, *heads->k);
  c.setOutput(2, *heads->v);
  return success();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The input times one weight for queries, keys and values together.
static FailureOr<Heads> projectHeads(NodeContext &c, int64_t numHeads) {
  Tensor &input = c.input(0), &weights = c.input(1);
  if (input.rank() != 3 || weights.rank() != 2 || failed(requireTypes(c, {&input, &weights}, kFloats)) ||
      failed(c.requireEqual(input.dims[2], weights.dims[0], "sizes of the input and the weights")))
    return c.error("needs an input of rank 3 and weights of rank 2: " + c.shapeText(input) + " and " +
                   c.shapeText(weights));
  FailureOr<Tensor *> all = emitMatMul(c, input, weights);
  if (failed(all))
    return failure();
  if (c.hasInput(2)) {
    Tensor &bias = c.input(2);
    if (bias.rank() != 1 || failed(requireTypes(c, {&input, &bias}, kFloats)) ||
        failed(c.requireEqual(bias.dims[0], weights.dims[1], "sizes of the bias and the weights")))
      return c.error("the bias must be a list: " + c.shapeText(bias));
    all = &emitBinary(c, **all, bias, (*all)->dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
  }
  SmallVector<SizeExpr, 3> sizes;
  if (std::optional<SmallVector<int64_t>> given = c.intsAttribute("qkv_hidden_sizes"); given && !given->empty()) {
    if (given->size() != 3)
      return c.error("qkv_hidden_sizes must have three sizes");
    sizes.append(given->begin(), given->end());
  } else if (std::optional<SizeExpr> third = c.sizes.normalize(weights.dims[1]).dividedBy(SizeExpr(3))) {
    sizes.assign(3, *third);
  } else {
    return c.error("weights " + c.shapeText(weights) + " are not three of one size");
  }
  if (failed(c.requireEqual(sizes[0] + sizes[1] + sizes[2], weights.dims[1], "qkv_hidden_sizes and the weights")))
    return failure();
  SizeExpr offset;
  SmallVector<Tensor *, 3> heads;
  for (const SizeExpr &size : sizes) {
    FailureOr<Tensor *> own = splitHeads(c, emitPart(c, **all, 2, offset, size), numHeads);
    if (failed(own))
      return failure();
    heads.push_back(*own);
    offset = offset + size;
  }
  return Heads{heads[0], heads[1], heads[2]};
}

/// Keys and values of the past stand in one tensor, [2, batch, heads, length, size].
static LogicalResult importProjectedAttention(NodeContext &c) {
  int64_t numHeads = c.intAttribute("num_heads", 0);
  double filter = c.floatAttribute("mask_filter_value", -10000.0f);
  bool causal = c.intAttribute("unidirectional", 0) != 0;
  for (StringRef name : {"do_rotary", "past_present_share_buffer"})
    if (c.intAttribute(name, 0) != 0)
      return c.error(name + " is not supported");
  c.ignoreAttribute("rotary_embedding_dim");
  if (numHeads < 1)
    return c.error("num_heads must be positive");
  FailureOr<Heads> heads = projectHeads(c, numHeads);
  if (failed(heads))
    return failure();
  SizeExpr past;
  if (c.hasInput(4)) {
    Tensor &both = c.input(4);
    if (both.rank() != 5 || failed(c.requireEqual(both.dims[0], 2, "the first dimension of the past and 2")))
      return c.error("the past must have rank 5: " + c.shapeText(both));
    past = both.dims[3];
    int64_t at = 0;
    for (Tensor **x : {&heads->k, &heads->v}) {
      Dims dims(both.dims.begin() + 1, both.dims.end());
      FailureOr<Tensor *> all = appendTo(c, emitReshape(c, emitPart(c, both, 0, at++, 1), dims), **x);
      if (failed(all))
        return failure();
      *x = *all;
    }
  }
  FailureOr<double> scale = readScale(c, heads->q->dims[3]);
  AttentionForm form{heads->q, heads->k, heads->v, nullptr, failed(scale) ? 1 : *scale};
  if (failed(scale) || failed(checkAttention(c, form)))
    return failure();
  if (c.hasInput(3)) {
    FailureOr<Tensor *> padding =
        readPadding(c, c.input(3), heads->q->type, heads->q->dims[0], heads->k->dims[2], filter, "mask_index");
    if (failed(padding))
      return failure();
    form.mask = *padding;
  }
  if (failed(takeBias(c, form)))
    return failure();
  form.causal = causal;
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  if (c.wantsOutput(1)) {
    auto leading = [&](Tensor &x) -> Tensor * { return &emitLeadingOnes(c, x, 5); };
    if (failed(c.requireEqual(heads->k->dims[3], heads->v->dims[3], "head sizes of keys and values")))
      return failure();
    c.setOutput(1, emitConcat(c, {leading(*heads->k), leading(*heads->v)}, 0));
  }
  return success();
}

void hadal::onnx::registerContribMultiHeadOps(OpTable &table) {
  table.onOp("com.microsoft", "MultiHeadAttention", {1}, {1, 10}, importMultiHeadAttention);
  table.onOp("com.microsoft", "Attention", {1}, {2, 6}, importProjectedAttention);
}
