//===- ContribAttention.cpp - Rotary and grouped attention of com.microsoft -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContribAttention.h"
#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

Value hadal::onnx::positionOf(OpBuilder &b, Location loc, int64_t dim) {
  return arith::IndexCastOp::create(b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, dim));
}

FailureOr<double> hadal::onnx::readScale(NodeContext &c, const SizeExpr &headSize) {
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
/// Where the new tokens stand behind the past. If every sequence has the whole past, the places are known and `ends`
/// is null; else it says for each sequence how many tokens it has with the new ones, [batch].
struct Places {
  SizeExpr past;
  Tensor *ends = nullptr;
};
} // namespace

FailureOr<Heads> hadal::onnx::readHeads(NodeContext &c, int64_t heads, int64_t shared) {
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

Tensor &hadal::onnx::emitStarts(NodeContext &c, Tensor &ends, const SizeExpr &length) {
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
  if (rotates) {
    if (!c.hasInput(7) || !c.hasInput(8))
      return c.error("do_rotary needs cos_cache and sin_cache");
    Tensor *turns = c.hasInput(9) ? &c.input(9) : &emitPositions(c, *places, length);
    if (c.hasInput(9)) {
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
  AttentionForm form{heads->q, *keys, *values, nullptr, *scale, softcap, /*causal=*/true};
  if (failed(checkAttention(c, form)))
    return failure();
  if (windowSize > 0)
    form.window = windowSize;
  // Where nothing is said, the last query stands at the last key.
  if (places->ends) {
    form.lengths = places->ends;
    if (!c.sizes.normalize(length).isConstant(1))
      form.offsets = &emitStarts(c, *places->ends, length);
  } else if (!c.sizes.areEqual(places->past + length, (*keys)->dims[2])) {
    form.offset = places->past;
  }
  if (c.hasInput(10)) {
    FailureOr<Tensor *> bias = readBias(c, c.input(10), form);
    if (failed(bias))
      return failure();
    form.mask = *bias;
  }
  if (c.hasInput(11)) {
    Tensor &sink = c.input(11);
    if (failed(c.requireType(sink, heads->q->type, "the sink")) ||
        failed(c.requireEqual(product(sink.dims), numHeads, "the number of sinks and heads")))
      return failure();
    form.sink = &emitReshape(c, sink, {SizeExpr(numHeads)});
  } else if (smooth) { // as if there were a key of score 0 and value 0
    Dims dims{SizeExpr(numHeads)};
    form.sink = &c.newTensor(heads->q->type, dims, emitFill(c, heads->q->type, dims, 0));
  }
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, **keys);
  c.setOutput(2, **values);
  return success();
}

void hadal::onnx::registerContribAttentionOps(OpTable &table) {
  table.onOp("com.microsoft", "RotaryEmbedding", {1}, {4, 4}, importRotaryEmbedding);
  table.onOp("com.microsoft", "GroupQueryAttention", {1}, {1, 14}, importGroupQueryAttention);
}
