//===- ContribAttention.cpp - Attention of com.microsoft ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// The position along a loop as int64.
static Value positionOf(OpBuilder &b, Location loc, int64_t dim) {
  return arith::IndexCastOp::create(b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, dim));
}

static constexpr double kHidden = -std::numeric_limits<double>::infinity();

/// 1/sqrt(head size) unless the attribute gives another.
static FailureOr<double> readScale(NodeContext &c, const SizeExpr &headSize) {
  double given = c.floatAttribute("scale", 0);
  if (given != 0)
    return given;
  std::optional<int64_t> size = c.sizes.normalize(headSize).constant();
  if (!size || *size < 1)
    return c.error("the head size is not static and there is no scale");
  return 1.0 / std::sqrt(static_cast<double>(*size));
}

/// Rows of a table of angles by position: [batch or 1, length, half].
static FailureOr<Tensor *> readAngles(NodeContext &c, Tensor &table, Tensor &positions, Tensor &x) {
  if (table.rank() != 2 || failed(c.requireType(table, x.type, "a cache of angles")))
    return c.error("a cache of angles must have rank 2: " + c.shapeText(table));
  return &emitGather(c, table, positions, 0);
}

/// How much of a head its angles turn.
static FailureOr<int64_t> readRotatedSize(NodeContext &c, Tensor &x, Tensor &table) {
  std::optional<int64_t> half = c.sizes.normalize(table.dims.back()).constant(),
                         size = c.sizes.normalize(x.dims[3]).constant();
  if (!half || !size || *half < 1 || 2 * *half > *size)
    return c.error("angles " + c.shapeText(table) + " do not fit heads of size " + c.sizes.str(x.dims[3]));
  return 2 * *half;
}

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

/// Positions are one start for all, or one for each token.
static LogicalResult importRotaryEmbedding(NodeContext &c) {
  Tensor &given = c.input(0), &positions = c.input(1), &cosTable = c.input(2);
  bool interleaved = c.intAttribute("interleaved", 0) != 0;
  int64_t heads = c.intAttribute("num_heads", 0), rotated = c.intAttribute("rotary_embedding_dim", 0);
  if (c.intAttribute("is_packed_batching", 0) != 0)
    return c.error("is_packed_batching is not supported");
  if (c.floatAttribute("scale", 1) != 1)
    return c.error("scale is not supported");
  if (failed(requireTypes(c, &given, kFloats)) || cosTable.rank() != 2)
    return c.error("a cache of angles must have rank 2: " + c.shapeText(cosTable));
  if (positions.type != DType::I64)
    return c.error("positions have element type " + dtypeName(positions.type) + ", not int64");
  if (given.rank() == 3 && heads == 0) { // the whole of a head is turned
    SizeExpr size = cosTable.dims[1] * SizeExpr(2);
    std::optional<SizeExpr> count = given.dims[2].dividedBy(size);
    heads = count ? count->constant().value_or(0) : 0;
  }
  FailureOr<Tensor *> x = splitHeads(c, given, heads);
  if (failed(x))
    return failure();
  FailureOr<int64_t> size = readRotatedSize(c, **x, cosTable);
  if (failed(size))
    return failure();
  if (rotated != 0 && rotated != *size)
    return c.error("rotary_embedding_dim " + std::to_string(rotated) + " is not twice the angles' " +
                   c.sizes.str(cosTable.dims[1]));
  Tensor *places = &positions;
  if (positions.rank() == 1) {
    if (failed(c.requireEqual(positions.dims[0], 1, "the number of start positions and 1")))
      return failure();
    Tensor &start = emitReshape(c, positions, {});
    places = &emitElementwise(c, DType::I64, {SizeExpr(1), (*x)->dims[2]}, &start,
                              [](OpBuilder &b, Location loc, ValueRange in) -> Value {
                                return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 1));
                              });
  } else if (positions.rank() != 2) {
    return c.error("positions must have rank 1 or 2: " + c.shapeText(positions));
  }
  FailureOr<Tensor *> cos = readAngles(c, cosTable, *places, given), sin = readAngles(c, c.input(3), *places, given);
  if (failed(cos) || failed(sin) ||
      failed(c.requireEqual((*cos)->dims[1], (*x)->dims[2], "the number of positions and the length")) ||
      failed(c.requireEqual((*cos)->dims[2], (*sin)->dims[2], "sizes of the caches")))
    return failure();
  if (!c.sizes.normalize((*cos)->dims[0]).isConstant(1) &&
      failed(c.requireEqual((*cos)->dims[0], (*x)->dims[0], "batches of positions and input")))
    return failure();
  Tensor &result = emitRotation(c, **x, **cos, **sin, *size, interleaved);
  c.setOutput(0, given.rank() == 3 ? mergeHeads(c, result) : result);
  return success();
}

//===----------------------------------------------------------------------===//
// GroupQueryAttention
//===----------------------------------------------------------------------===//

namespace {
/// Queries, keys and values [batch, heads, length, size], new ones.
struct Heads {
  Tensor *q, *k, *v;
};

/// Where the new tokens stand behind the past. If every sequence has the whole past, the places are known and `ends`
/// is null; else it says for each sequence how many tokens it has with the new ones, [batch].
struct Places {
  SizeExpr past;
  Tensor *ends = nullptr;
};
} // namespace

/// Queries, or all three behind each other in the last dimension.
static FailureOr<Heads> readHeads(NodeContext &c, int64_t heads, int64_t shared) {
  Tensor *q = &c.input(0), *k = c.hasInput(1) ? &c.input(1) : nullptr, *v = c.hasInput(2) ? &c.input(2) : nullptr;
  if (q->rank() != 3)
    return c.error("the query must have rank 3: " + c.shapeText(*q));
  if (!k != !v)
    return c.error("has a key or a value, but not both");
  if (!k) {
    std::optional<SizeExpr> size = c.sizes.normalize(q->dims[2]).dividedBy(SizeExpr(heads + 2 * shared));
    if (!size)
      return c.error("shape " + c.shapeText(*q) + " has no " + std::to_string(heads) + " + 2 · " +
                     std::to_string(shared) + " heads");
    SizeExpr own = SizeExpr(heads) * *size, other = SizeExpr(shared) * *size;
    Tensor &all = *q;
    q = &emitPart(c, all, 2, 0, own);
    k = &emitPart(c, all, 2, own, other);
    v = &emitPart(c, all, 2, own + other, other);
  }
  FailureOr<Tensor *> q4 = splitHeads(c, *q, heads), k4 = splitHeads(c, *k, shared), v4 = splitHeads(c, *v, shared);
  if (failed(q4) || failed(k4) || failed(v4))
    return failure();
  return Heads{*q4, *k4, *v4};
}

/// For each sequence the position of its first new token: [batch].
static Tensor &emitStarts(NodeContext &c, Tensor &ends, const SizeExpr &length) {
  Value count = c.sizes.value(length);
  return emitElementwise(c, DType::I64, ends.dims, &ends, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
    Element e{b, loc, DType::I64};
    Value start = e.make<arith::SubIOp>({in[0], arith::IndexCastOp::create(b, loc, b.getI64Type(), count)});
    // A prompt that is shorter than the longest of its batch starts at 0, too.
    return e.make<arith::MaxSIOp>({start, e.constant(0)});
  });
}

/// The new tokens' positions: [batch or 1, length].
static Tensor &emitPositions(NodeContext &c, const Places &places, const SizeExpr &length) {
  if (!places.ends) {
    Tensor &line = emitIota(c, DType::I64, places.past, length, 1);
    return emitReshape(c, line, {SizeExpr(1), length});
  }
  Tensor &starts = emitStarts(c, *places.ends, length);
  SizeExpr batch = starts.dims[0];
  Tensor &column = emitReshape(c, starts, {batch, SizeExpr(1)});
  return emitElementwise(c, DType::I64, {batch, length}, &column,
                         [](OpBuilder &b, Location loc, ValueRange in) -> Value {
                           return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 1));
                         });
}

/// past ‖ x, where each sequence's new tokens follow its own past.
static FailureOr<Tensor *> emitPresent(NodeContext &c, Tensor *past, Tensor &x, const Places &places) {
  if (!past || c.sizes.normalize(places.past).isConstant(0))
    return &x;
  FailureOr<Tensor *> all = appendTo(c, *past, x);
  if (failed(all) || !places.ends)
    return all;
  // By position, from what lies behind each other: the past's place, or the new token's, or anything behind the end.
  SizeExpr batch = x.dims[0], total = (*all)->dims[2];
  Tensor &starts = emitReshape(c, emitStarts(c, *places.ends, x.dims[2]), {batch, SizeExpr(1), SizeExpr(1)});
  Value pastSize = c.sizes.value(places.past), last = c.sizes.value(total - SizeExpr(1));
  Tensor &sources = emitElementwise(
      c, DType::I64, {batch, total, SizeExpr(1)}, &starts, [&](OpBuilder &b, Location loc, ValueRange in) {
        Element e{b, loc, DType::I64};
        auto integer = [&](Value index) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); };
        Value t = positionOf(b, loc, 1);
        Value behind = e.make<arith::AddIOp>({e.make<arith::SubIOp>({t, in[0]}), integer(pastSize)});
        Value isPast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, t, in[0]);
        Value source = arith::SelectOp::create(b, loc, isPast, t, behind);
        return e.make<arith::MinSIOp>({source, integer(last)});
      });
  Tensor &byToken = emitTranspose(c, **all, {0, 2, 1, 3});
  Value rows = hadal::GatherNDOp::create(c.builder, c.loc, c.tensorType(x.type, byToken.dims), c.value(byToken),
                                         c.value(sources), /*batch_dims=*/1);
  return &emitTranspose(c, c.newTensor(x.type, byToken.dims, rows), {0, 2, 1, 3});
}

/// [batch, 1, queries, keys] of sequences that end at different places.
static Tensor &emitRaggedMask(NodeContext &c, Tensor &positions, const SizeExpr &keys, std::optional<int64_t> window) {
  SizeExpr batch = positions.dims[0], queries = positions.dims[1];
  Tensor &wide = emitReshape(c, positions, {batch, SizeExpr(1), queries, SizeExpr(1)});
  return emitElementwise(c, DType::Bool, {batch, SizeExpr(1), queries, keys}, &wide,
                         [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
                           Element e{b, loc, DType::I64};
                           Value t = positionOf(b, loc, 3);
                           Value seen = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, t, in[0]);
                           if (!window)
                             return seen;
                           Value before = e.make<arith::SubIOp>({in[0], e.constant(*window)});
                           Value near = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, t, before);
                           return arith::AndIOp::create(b, loc, seen, near);
                         });
}

/// Adds one key to each head whose score is `sink`[head] and whose value is 0: it takes its share of the softmax.
static LogicalResult addSink(NodeContext &c, AttentionForm &form, Tensor &sink) {
  DType type = form.q->type;
  auto append = [&](Tensor &x) {
    Dims dims = x.dims;
    dims[2] = SizeExpr(1);
    return &emitConcat(c, {&x, &c.newTensor(type, dims, emitFill(c, type, dims, 0))}, 2);
  };
  SizeExpr keys = form.k->dims[2], heads = form.q->dims[1];
  form.k = append(*form.k);
  form.v = append(*form.v);
  DType maskType = form.mask->type;
  Dims dims{form.mask->dims[0], heads, form.q->dims[2], keys}, single = dims;
  single[3] = SizeExpr(1);
  Tensor &scores = emitElementwise(c, type, dims, form.mask, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
    Element e{b, loc, type};
    if (maskType != DType::Bool)
      return in[0];
    return arith::SelectOp::create(b, loc, in[0], e.constant(0), e.constant(kHidden));
  });
  Tensor &column = emitExpand(c, emitReshape(c, sink, {SizeExpr(1), heads, SizeExpr(1), SizeExpr(1)}), single);
  form.mask = &emitConcat(c, {&scores, &column}, 3);
  return success();
}

/// The number of valid keys of each sequence, less one, is input 5; the longest's is input 6.
static FailureOr<Places> readPlaces(NodeContext &c, const Heads &heads, Tensor *past) {
  Places places;
  SizeExpr batch = c.sizes.normalize(heads.q->dims[0]), length = heads.q->dims[2];
  if (past) {
    if (past->rank() != 4)
      return c.error("the past must have rank 4: " + c.shapeText(*past));
    places.past = c.sizes.normalize(past->dims[2]);
  }
  if (c.hasInput(6) && c.input(6).elements && c.input(6).elements->size() == 1) {
    // A buffer that past and present share is as long as both together.
    SizeExpr total = c.sizes.normalize(c.input(6).elements->front());
    if (failed(c.requireEqual(total, places.past + length, "total_sequence_length and the past with the new tokens")))
      return failure();
  }
  bool isKnown = places.past.isConstant(0) || batch.isConstant(1) || !c.hasInput(5);
  if (isKnown)
    return places;
  Tensor &given = c.input(5);
  if (given.type != DType::I32 && given.type != DType::I64)
    return c.error("seqlens_k has element type " + dtypeName(given.type) + ", not int32");
  if (failed(c.requireEqual(product(given.dims), batch, "the size of seqlens_k and the batch")))
    return failure();
  DType type = given.type;
  Tensor &list = emitReshape(c, given, {batch});
  places.ends = &emitElementwise(c, DType::I64, {batch}, &list, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, DType::I64};
    Value last = type == DType::I64 ? in[0] : emitConvert(b, loc, in[0], type, DType::I64);
    return e.make<arith::AddIOp>({last, e.constant(1)});
  });
  return places;
}

static LogicalResult rejectQuantisedCache(NodeContext &c) {
  for (StringRef name : {"k_quant_type", "v_quant_type"})
    if (c.stringAttribute(name, "NONE") != "NONE")
      return c.error(name + " is not supported");
  if (c.intAttribute("kv_cache_bit_width", 0) != 0 || c.hasInput(12) || c.hasInput(13))
    return c.error("a quantised cache is not supported");
  if (c.intAttribute("qk_output", 0) != 0)
    return c.error("qk_output is not supported");
  return success();
}

static LogicalResult importGroupQueryAttention(NodeContext &c) {
  int64_t numHeads = c.intAttribute("num_heads", 0), shared = c.intAttribute("kv_num_heads", 0);
  int64_t windowSize = c.intAttribute("local_window_size", -1);
  bool rotates = c.intAttribute("do_rotary", 0) != 0, interleaved = c.intAttribute("rotary_interleaved", 0) != 0;
  bool smooth = c.intAttribute("smooth_softmax", 0) > 0;
  double softcap = c.floatAttribute("softcap", 0);
  if (numHeads < 1 || shared < 1 || numHeads % shared != 0)
    return c.error("num_heads " + std::to_string(numHeads) + " is no multiple of kv_num_heads " +
                   std::to_string(shared));
  if (softcap < 0 || failed(rejectQuantisedCache(c)))
    return c.error("softcap is negative");
  FailureOr<Heads> heads = readHeads(c, numHeads, shared);
  if (failed(heads) || failed(requireTypes(c, {heads->q, heads->k, heads->v}, kFloats)))
    return failure();
  if (c.hasInput(3) != c.hasInput(4))
    return c.error("has a past of keys or of values, but not of both");
  Tensor *pastKeys = c.hasInput(3) ? &c.input(3) : nullptr, *pastValues = c.hasInput(4) ? &c.input(4) : nullptr;
  SizeExpr length = heads->q->dims[2];
  FailureOr<Places> places = readPlaces(c, *heads, pastKeys);
  FailureOr<double> scale = readScale(c, heads->q->dims[3]);
  if (failed(places) || failed(scale))
    return failure();
  Tensor *positions = places->ends ? &emitPositions(c, *places, length) : nullptr;
  if (rotates) {
    if (!c.hasInput(7) || !c.hasInput(8))
      return c.error("do_rotary needs cos_cache and sin_cache");
    Tensor *turns = positions ? positions : &emitPositions(c, *places, length);
    if (c.hasInput(9)) {
      turns = &c.input(9);
      if (turns->rank() != 2 || turns->type != DType::I64)
        return c.error("position_ids must be int64 of rank 2: " + c.shapeText(*turns));
    }
    FailureOr<Tensor *> cos = readAngles(c, c.input(7), *turns, *heads->q),
                        sin = readAngles(c, c.input(8), *turns, *heads->q);
    FailureOr<int64_t> size = failed(cos) ? FailureOr<int64_t>(failure()) : readRotatedSize(c, *heads->q, c.input(7));
    if (failed(cos) || failed(sin) || failed(size))
      return failure();
    heads->q = &emitRotation(c, *heads->q, **cos, **sin, *size, interleaved);
    heads->k = &emitRotation(c, *heads->k, **cos, **sin, *size, interleaved);
  }
  FailureOr<Tensor *> keys = emitPresent(c, pastKeys, *heads->k, *places),
                      values = emitPresent(c, pastValues, *heads->v, *places);
  if (failed(keys) || failed(values))
    return failure();
  AttentionForm form{heads->q, *keys, *values, nullptr, *scale, softcap};
  if (failed(checkAttention(c, form)))
    return failure();
  std::optional<int64_t> window = windowSize > 0 ? std::optional<int64_t>(windowSize) : std::nullopt;
  SizeExpr total = (*keys)->dims[2];
  bool needsMask = window || smooth || softcap != 0 || positions || c.hasInput(10) || c.hasInput(11);
  form.causal = !needsMask;
  if (needsMask)
    form.mask = positions ? &emitRaggedMask(c, *positions, total, window)
                          : &emitCausalMask(c, length, total, places->past, window);
  if (c.hasInput(10)) {
    Tensor &bias = c.input(10);
    if (bias.rank() != 4 || failed(c.requireType(bias, heads->q->type, "the attention bias")))
      return c.error("the attention bias must have rank 4: " + c.shapeText(bias));
    FailureOr<Tensor *> merged = mergeMasks(c, bias, *form.mask);
    if (failed(merged))
      return failure();
    form.mask = *merged;
  }
  if (c.hasInput(11) || smooth) {
    Tensor *sink = c.hasInput(11) ? &c.input(11) : nullptr;
    if (sink && failed(c.requireType(*sink, heads->q->type, "the sink")))
      return failure();
    if (sink && failed(c.requireEqual(product(sink->dims), numHeads, "the number of sinks and heads")))
      return failure();
    if (!sink) {
      Dims dims{SizeExpr(numHeads)};
      sink = &c.newTensor(heads->q->type, dims, emitFill(c, heads->q->type, dims, 0));
    }
    if (failed(addSink(c, form, *sink)))
      return failure();
  }
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, **keys);
  c.setOutput(2, **values);
  return success();
}

//===----------------------------------------------------------------------===//
// MultiHeadAttention
//===----------------------------------------------------------------------===//

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
                                       const SizeExpr &keys, double filter) {
  if (padding.type != DType::I32)
    return c.error("key_padding_mask has element type " + dtypeName(padding.type) + ", not int32");
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
    return c.error("key_padding_mask " + c.shapeText(padding) + " is not supported");
  SizeExpr queries = padding.rank() == 3 ? padding.dims[1] : SizeExpr(1);
  return emit(emitReshape(c, padding, {batch, SizeExpr(1), queries, keys}), queries, false);
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
    FailureOr<Tensor *> padding = readPadding(c, c.input(4), heads->q->type, batch, keys, filter);
    if (failed(padding))
      return failure();
    form.mask = *padding;
  }
  if (c.hasInput(5)) {
    Tensor &bias = c.input(5);
    if (bias.rank() != 4 || failed(c.requireType(bias, heads->q->type, "the attention bias")))
      return c.error("the attention bias must have rank 4: " + c.shapeText(bias));
    if (form.mask) {
      FailureOr<Dims> dims = broadcast(c, {form.mask, &bias});
      if (failed(dims))
        return failure();
      form.mask =
          &emitBinary(c, *form.mask, bias, *dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
    } else {
      form.mask = &bias;
    }
  }
  form.causal = causal && c.sizes.areEqual(past + queries, keys);
  if (causal && !form.causal) {
    Tensor &visible = emitCausalMask(c, queries, keys, past, std::nullopt);
    FailureOr<Tensor *> merged = form.mask ? mergeMasks(c, *form.mask, visible) : &visible;
    if (failed(merged))
      return failure();
    form.mask = *merged;
  }
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, *heads->k);
  c.setOutput(2, *heads->v);
  return success();
}

//===----------------------------------------------------------------------===//
// SparseAttention
//===----------------------------------------------------------------------===//

/// Which blocks of keys each block of queries sees, from compressed rows: [layouts, blocks, blocks].
static Tensor &emitLayouts(NodeContext &c, Tensor &rows, Tensor &columns) {
  SizeExpr layouts = rows.dims[0], blocks = rows.dims[1] - SizeExpr(1);
  Tensor &begins = emitPart(c, rows, 1, 0, blocks), &ends = emitPart(c, rows, 1, 1, blocks);
  MLIRContext *context = c.builder.getContext();
  AffineExpr l = getAffineDimExpr(0, context), i = getAffineDimExpr(1, context), j = getAffineDimExpr(2, context),
             n = getAffineDimExpr(3, context);
  auto map = [&](ArrayRef<AffineExpr> results) { return AffineMap::get(4, 0, results, context); };
  SmallVector<AffineMap> maps{map({l, i}), map({l, i}), map({l, n}), map({l, i, j})};
  SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Dims dims{layouts, blocks, blocks};
  Value init = emitFill(c, DType::Bool, dims, 0);
  auto op = linalg::GenericOp::create(
      c.builder, c.loc, init.getType(), ValueRange{c.value(begins), c.value(ends), c.value(columns)}, init, maps,
      iterators, [](OpBuilder &b, Location loc, ValueRange in) {
        auto integer = [&](int64_t dim) -> Value {
          return arith::IndexCastOp::create(b, loc, b.getI32Type(), linalg::IndexOp::create(b, loc, dim));
        };
        Value place = integer(3);
        Value after = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, place, in[0]);
        Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place, in[1]);
        Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, in[2], integer(2));
        Value inRow = arith::AndIOp::create(b, loc, after, before);
        Value sees = arith::AndIOp::create(b, loc, inRow, here);
        linalg::YieldOp::create(b, loc, arith::OrIOp::create(b, loc, in[3], sees).getResult());
      });
  return c.newTensor(DType::Bool, dims, op.getResult(0));
}

/// The list [size] with (offset + i) op number, op being a division or a remainder.
template <typename Op>
static Tensor &emitList(NodeContext &c, const SizeExpr &size, const SizeExpr &offset, const SizeExpr &number) {
  Value first = c.sizes.value(offset), divisor = c.sizes.value(number);
  return emitElementwise(c, DType::I64, {size}, {}, [&](OpBuilder &b, Location loc, ValueRange) -> Value {
    auto integer = [&](Value index) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); };
    Value place = arith::AddIOp::create(b, loc, positionOf(b, loc, 0), integer(first));
    return Op::create(b, loc, place, integer(divisor));
  });
}

/// Past and present are one buffer, as long as a sequence may become.
static LogicalResult importSparseAttention(NodeContext &c) {
  int64_t numHeads = c.intAttribute("num_heads", 0), shared = c.intAttribute("kv_num_heads", 0);
  int64_t block = c.intAttribute("sparse_block_size", 0);
  if (c.intAttribute("do_rotary", 0) != 0)
    return c.error("do_rotary is not supported");
  c.ignoreAttribute("rotary_interleaved");
  if (numHeads < 1 || shared < 1 || numHeads % shared != 0 || block < 1)
    return c.error("num_heads, kv_num_heads and sparse_block_size do not fit");
  FailureOr<Heads> heads = readHeads(c, numHeads, shared);
  if (failed(heads) || failed(requireTypes(c, {heads->q, heads->k, heads->v, &c.input(3), &c.input(4)}, kFloats)))
    return failure();
  Tensor &rows = c.input(5), &columns = c.input(6), &totals = c.input(8);
  if (rows.rank() != 2 || columns.rank() != 2 || rows.type != DType::I32 || columns.type != DType::I32 ||
      totals.rank() != 1 || totals.type != DType::I32 || c.input(3).rank() != 4 || c.input(4).rank() != 4)
    return c.error("block indices and lengths must be int32 of rank 2 and 1, and the caches of rank 4");
  SizeExpr batch = heads->q->dims[0], length = heads->q->dims[2], keys = c.input(3).dims[2];
  if (failed(c.requireEqual(totals.dims[0], batch, "the number of lengths and the batch")) ||
      failed(c.requireEqual(rows.dims[0], columns.dims[0], "the layouts of rows and columns")) ||
      failed(c.requireEqual((rows.dims[1] - SizeExpr(1)) * SizeExpr(block), keys, "the blocks and the caches")))
    return failure();
  FailureOr<double> scale = readScale(c, heads->q->dims[3]);
  if (failed(scale))
    return failure();
  Tensor &starts = emitStarts(c, emitCast(c, totals, DType::I64), length);
  auto append = [&](Tensor &cache, Tensor &x) -> FailureOr<Tensor *> {
    for (int64_t d : {0, 1, 3})
      if (failed(c.requireEqual(cache.dims[d], x.dims[d], "dimensions of cache and new entries")))
        return failure();
    Tensor &wide = emitReshape(c, starts, {batch, SizeExpr(1), SizeExpr(1), SizeExpr(1)});
    Tensor &places =
        emitElementwise(c, DType::I64, x.dims, &wide, [](OpBuilder &b, Location loc, ValueRange in) -> Value {
          return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 2));
        });
    return &emitScatterElements(c, cache, places, x, 2, hadal::ScatterReduction::None);
  };
  FailureOr<Tensor *> presentKeys = append(c.input(3), *heads->k), presentValues = append(c.input(4), *heads->v);
  if (failed(presentKeys) || failed(presentValues))
    return failure();
  // The layout of each head, then the block of each query, then that of each key.
  Tensor &layouts = emitLayouts(c, rows, columns);
  Tensor &ofHeads = emitGather(c, layouts, emitList<arith::RemSIOp>(c, numHeads, 0, rows.dims[0]), 0);
  Tensor &column = emitReshape(c, starts, {batch, SizeExpr(1)});
  Tensor &positions =
      emitElementwise(c, DType::I64, {batch, length}, &column, [](OpBuilder &b, Location loc, ValueRange in) -> Value {
        return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 1));
      });
  Tensor &queryBlocks =
      emitElementwise(c, DType::I64, {batch, length}, &positions, [&](OpBuilder &b, Location loc, ValueRange in) {
        Element e{b, loc, DType::I64};
        return e.make<arith::DivSIOp>({in[0], e.constant(block)});
      });
  Tensor &ofQueries = emitTranspose(c, emitGather(c, ofHeads, queryBlocks, 1), {1, 0, 2, 3});
  Tensor &ofKeys = emitGather(c, ofQueries, emitList<arith::DivSIOp>(c, keys, 0, block), 3);
  FailureOr<Tensor *> mask = mergeMasks(c, ofKeys, emitRaggedMask(c, positions, keys, std::nullopt));
  if (failed(mask))
    return failure();
  AttentionForm form{heads->q, *presentKeys, *presentValues, *mask, *scale};
  if (failed(checkAttention(c, form)))
    return failure();
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, **presentKeys);
  c.setOutput(2, **presentValues);
  return success();
}

void hadal::onnx::registerContribAttentionOps(OpTable &table) {
  StringRef domain = "com.microsoft";
  table.onOp(domain, "RotaryEmbedding", {1}, {4, 4}, importRotaryEmbedding);
  table.onOp(domain, "GroupQueryAttention", {1}, {1, 14}, importGroupQueryAttention);
  table.onOp(domain, "MultiHeadAttention", {1}, {1, 10}, importMultiHeadAttention);
  table.onOp(domain, "SparseAttention", {1}, {9, 11}, importSparseAttention);
}
