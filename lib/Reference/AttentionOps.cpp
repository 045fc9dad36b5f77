//===- AttentionOps.cpp - hadal: attention -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attend.h"
#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

Error hadal::expectSink(Operation *op, const Datum *sink, int64_t heads) {
  return sink ? expectShape(op, "the sink", *sink, {heads}) : Error::success();
}

Error hadal::expectHeads(Operation *op, int64_t heads, int64_t kvHeads) {
  if (kvHeads == 0 ? heads == 0 : heads % kvHeads == 0)
    return Error::success();
  return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(kvHeads) + " kv heads");
}

Error hadal::attend(Frame &frame, const Instr &instr, const Datum &q, const Datum &k, const Datum &v,
                    const Clauses &clauses, KeyPredicate isThere) {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  int64_t kvHeads = k.shape[1], keys = k.shape[2], valueSize = v.shape[3];
  Expected<Datum> result = allocateZeros(instr.op, {batch, heads, queries, valueSize});
  if (!result)
    return result.takeError();
  Expected<Datum> lse = Machine::allocate(instr.op, {batch, heads, queries});
  if (!lse)
    return lse.takeError();
  std::vector<double> z;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s) {
        int64_t kvHead = b * kvHeads + h / (heads / kvHeads), row = (b * heads + h) * queries + s;
        const Cell *key = k.data() + kvHead * keys * size, *value = v.data() + kvHead * keys * valueSize;
        auto [begin, end] = clauses.visibility.keysOf(b, s);
        z.assign(end - begin, -INFINITY);
        for (int64_t t = begin; t < end; ++t) {
          double hidden = clauses.mask.add(b, h, s, t);
          if (hidden == -INFINITY || (isThere && !isThere(b, t)))
            continue;
          double score = clauses.scale * dot(q.data() + row * size, key + t * size, size);
          z[t - begin] = softcapped(score, clauses.softcap) + hidden;
        }
        lse->at(row).f = attendRow(
            z, [&, begin = begin](int64_t t) { return value + (begin + t) * valueSize; }, valueSize,
            sinkOf(clauses.sink, h), result->data() + row * valueSize);
      }
  Machine::setResult(frame, instr, 0, std::move(*result));
  if (instr.results.size() > 1)
    Machine::setResult(frame, instr, 1, std::move(*lse));
  return Error::success();
}

static Error runAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<AttentionOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2);
  int64_t batch = q.shape[0], heads = q.shape[1], kvHeads = k.shape[1];
  if (Error error = expectShape(op, "k", k, {batch, -1, -1, q.shape[3]}))
    return error;
  if (Error error = expectShape(op, "v", v, {batch, kvHeads, k.shape[2], -1}))
    return error;
  if (Error error = expectHeads(op, heads, kvHeads))
    return error;
  Expected<Clauses> clauses = Clauses::bind<AttentionOp>(frame, instr, batch, heads, q.shape[2], k.shape[2]);
  if (!clauses)
    return clauses.takeError();
  return attend(frame, instr, q, k, v, *clauses);
}

static Error runMergeAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<MergeAttentionOp>(instr.op);
  int64_t parts = op.getOuts().size();
  const Datum &first = Machine::operand(frame, instr, 0), *sink = operandOf(frame, instr, op.getSink());
  ArrayRef<int64_t> shape = first.shape;
  int64_t heads = shape[1], queries = shape[2], size = shape[3];
  for (int64_t part = 0; part < parts; ++part) {
    if (Error error = expectShape(op, "output " + std::to_string(part), Machine::operand(frame, instr, part), shape))
      return error;
    if (Error error = expectShape(op, "lse " + std::to_string(part), Machine::operand(frame, instr, parts + part),
                                  shape.drop_back()))
      return error;
  }
  if (Error error = expectSink(op, sink, heads))
    return error;
  Expected<Datum> result = allocateZeros(op, shape);
  if (!result)
    return result.takeError();
  Expected<Datum> lse = Machine::allocate(op, shape.drop_back());
  if (!lse)
    return lse.takeError();
  // A row is an attention over its parts: scores lse_n, values out_n.
  std::vector<double> z(parts);
  for (int64_t row = 0, rows = lse->numElements(); row < rows; ++row) {
    for (int64_t part = 0; part < parts; ++part)
      z[part] = Machine::operand(frame, instr, parts + part).f(row);
    lse->at(row).f = attendRow(
        z, [&](int64_t part) { return Machine::operand(frame, instr, part).data() + row * size; }, size,
        sinkOf(sink, row / queries % heads), result->data() + row * size);
  }
  Machine::setResult(frame, instr, 0, std::move(*result));
  if (instr.results.size() > 1)
    Machine::setResult(frame, instr, 1, std::move(*lse));
  return Error::success();
}

/// An error unless cumulative lengths rise from 0 or more to at most `limit`.
static Error expectCumulative(Operation *op, llvm::StringRef name, const Datum &cumulative, int64_t limit) {
  int64_t before = 0;
  for (int64_t n = 0, count = cumulative.numElements(); n < count; ++n) {
    if (cumulative.i(n) < before || cumulative.i(n) > limit)
      return failAt(op, name + "[" + Twine(n) + "] is " + Twine(cumulative.i(n)) + ", outside [" + Twine(before) +
                            ", " + Twine(limit) + "]");
    before = cumulative.i(n);
  }
  return Error::success();
}

static Error runVarlenAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<VarlenAttentionOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2), &cuQ = Machine::operand(frame, instr, 3);
  const Datum &cuKv = Machine::operand(frame, instr, 4), *sink = operandOf(frame, instr, op.getSink());
  int64_t allQueries = q.shape[0], heads = q.shape[1], size = q.shape[2], allKeys = k.shape[0], kvHeads = k.shape[1];
  int64_t valueSize = v.shape[2], sequences = cuQ.shape[0] - 1;
  if (Error error = expectShape(op, "k", k, {-1, -1, size}))
    return error;
  if (Error error = expectShape(op, "v", v, {allKeys, kvHeads, -1}))
    return error;
  if (Error error = expectHeads(op, heads, kvHeads))
    return error;
  if (sequences < 0)
    return failAt(op, "cu_q is empty");
  if (Error error = expectShape(op, "cu_kv", cuKv, cuQ.shape))
    return error;
  if (Error error = expectSink(op, sink, heads))
    return error;
  if (Error error = expectCumulative(op, "cu_q", cuQ, allQueries))
    return error;
  if (Error error = expectCumulative(op, "cu_kv", cuKv, allKeys))
    return error;
  Expected<Datum> result = allocateZeros(op, {allQueries, heads, valueSize});
  if (!result)
    return result.takeError();
  Expected<Datum> lse = Machine::allocate(op, {heads, allQueries});
  if (!lse)
    return lse.takeError();
  for (int64_t row = 0; row < heads * allQueries; ++row)
    lse->at(row).f = -INFINITY;

  std::optional<double> softcap;
  if (op.getSoftcap())
    softcap = op.getSoftcap()->convertToDouble();
  double scale = op.getScale().convertToDouble();
  std::vector<double> z;
  for (int64_t n = 0; n < sequences; ++n) {
    int64_t queries = cuQ.i(n + 1) - cuQ.i(n), keys = cuKv.i(n + 1) - cuKv.i(n);
    for (int64_t s = 0; s < queries; ++s) {
      int64_t position = s + keys - queries, begin = 0, end = keys;
      if (op.getCausal())
        end = std::clamp<int64_t>(position + 1, 0, keys);
      if (op.getWindow() && static_cast<int64_t>(*op.getWindow()) <= position)
        begin = std::min(position - static_cast<int64_t>(*op.getWindow()) + 1, end);
      for (int64_t h = 0; h < heads; ++h) {
        int64_t query = cuQ.i(n) + s, kvHead = h / (heads / kvHeads);
        auto rowOf = [&](int64_t t) { return (cuKv.i(n) + begin + t) * kvHeads + kvHead; };
        z.resize(end - begin);
        for (int64_t t = 0; t < end - begin; ++t)
          z[t] =
              softcapped(scale * dot(q.data() + (query * heads + h) * size, k.data() + rowOf(t) * size, size), softcap);
        lse->at(h * allQueries + query).f = attendRow(
            z, [&](int64_t t) { return v.data() + rowOf(t) * valueSize; }, valueSize, sinkOf(sink, h),
            result->data() + (query * heads + h) * valueSize);
      }
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*result));
  if (instr.results.size() > 1)
    Machine::setResult(frame, instr, 1, std::move(*lse));
  return Error::success();
}

void hadal::registerAttentionHandlers(HandlerTable &table) {
  table["hadal.attention"] = runAttention;
  table["hadal.merge_attention"] = runMergeAttention;
  table["hadal.varlen_attention"] = runVarlenAttention;
}
