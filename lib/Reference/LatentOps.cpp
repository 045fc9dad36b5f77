//===- LatentOps.cpp - hadal: latent keys and values --------------------===//
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

static Error runLatentProjection(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LatentProjectionOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &weight = Machine::operand(frame, instr, 1);
  const Datum &cos = Machine::operand(frame, instr, 2), &sin = Machine::operand(frame, instr, 3);
  int64_t batch = x.shape[0], length = x.shape[1], latentSize = weight.shape[0], ropeSize = x.shape[2] - latentSize;
  if (ropeSize < 0 || ropeSize % 2)
    return failAt(op, "c_kv and weight leave " + Twine(ropeSize) + " columns for k_pe, which must be even");
  if (Error error = expectAngles(op, cos, sin, batch, length, ropeSize / 2))
    return error;
  Expected<Datum> latent = Machine::allocate(op, {batch, length, latentSize});
  if (!latent)
    return latent.takeError();
  Expected<Datum> kPe = Machine::allocate(op, {batch, length, ropeSize});
  if (!kPe)
    return kPe.takeError();
  for (int64_t row = 0; row < batch * length; ++row) {
    const Cell *c = x.data() + row * x.shape[2];
    normalizeRow(c, weight, latentSize, op.getEpsilon().convertToFloat(), latent->data() + row * latentSize);
    int64_t angle = (cos.shape[0] == 1 ? row % length : row) * (ropeSize / 2);
    rotateRow(c + latentSize, cos.data() + angle, sin.data() + angle, ropeSize, op.getInLayout(), op.getOutLayout(),
              kPe->data() + row * ropeSize);
  }
  Machine::setResult(frame, instr, 0, std::move(*latent));
  Machine::setResult(frame, instr, 1, std::move(*kPe));
  return Error::success();
}

Expected<std::pair<Datum, Datum>> hadal::expandLatents(Operation *op, const Datum &qNope, const Datum &latent,
                                                       const Datum &kPe, const Datum &wKv) {
  int64_t batch = qNope.shape[0], heads = qNope.shape[1], nope = qNope.shape[3], rope = kPe.shape[2];
  int64_t keys = latent.shape[1], size = latent.shape[2], columns = wKv.shape[2], valueSize = columns - nope;
  Expected<Datum> k = Machine::allocate(op, {batch, heads, keys, nope + rope});
  if (!k)
    return k.takeError();
  Expected<Datum> v = Machine::allocate(op, {batch, heads, keys, valueSize});
  if (!v)
    return v.takeError();
  std::vector<double> row(columns);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < keys; ++t) {
        std::fill(row.begin(), row.end(), 0.0);
        for (int64_t l = 0; l < size; ++l) {
          double c = latent.f((b * keys + t) * size + l);
          const Cell *w = wKv.data() + (l * heads + h) * columns;
          for (int64_t d = 0; d < columns; ++d)
            row[d] += c * w[d].f;
        }
        int64_t at = (b * heads + h) * keys + t;
        for (int64_t d = 0; d < nope; ++d)
          k->at(at * (nope + rope) + d).f = row[d];
        for (int64_t d = 0; d < rope; ++d)
          k->at(at * (nope + rope) + nope + d).f = kPe.f((b * keys + t) * rope + d);
        for (int64_t d = 0; d < valueSize; ++d)
          v->at(at * valueSize + d).f = row[nope + d];
      }
  return std::make_pair(std::move(*k), std::move(*v));
}

/// The expanded form, whatever `form` says: they are one function.
static Error runLatentAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LatentAttentionOp>(instr.op);
  const Datum &qNope = Machine::operand(frame, instr, 0), &qPe = Machine::operand(frame, instr, 1);
  const Datum &latent = Machine::operand(frame, instr, 2), &kPe = Machine::operand(frame, instr, 3);
  const Datum &wKv = Machine::operand(frame, instr, 4);
  int64_t batch = qNope.shape[0], heads = qNope.shape[1], queries = qNope.shape[2], keys = latent.shape[1];
  if (Error error = expectShape(op, "q_pe", qPe, {batch, heads, queries, -1}))
    return error;
  if (Error error = expectShape(op, "latent", latent, {batch, -1, -1}))
    return error;
  if (Error error = expectShape(op, "k_pe", kPe, {batch, keys, qPe.shape[3]}))
    return error;
  if (Error error = expectShape(op, "w_kv", wKv, {latent.shape[2], heads, -1}))
    return error;
  if (wKv.shape[2] < qNope.shape[3])
    return failAt(op, "w_kv has fewer columns than q_nope");
  Expected<Clauses> clauses = Clauses::bind<LatentAttentionOp>(frame, instr, batch, heads, queries, keys);
  if (!clauses)
    return clauses.takeError();
  Expected<std::pair<Datum, Datum>> expanded = expandLatents(op, qNope, latent, kPe, wKv);
  if (!expanded)
    return expanded.takeError();
  Expected<Datum> q = concatenate(op, {&qNope, &qPe}, 3);
  if (!q)
    return q.takeError();
  return attend(frame, instr, *q, expanded->first, expanded->second, *clauses);
}

/// out[b,h,s,o] = Σ_i x[b,h,s,i] · weight(o, h, i)
static Expected<Datum> multiplyPerHead(Operation *op, const Datum &x, int64_t columns,
                                       llvm::function_ref<double(int64_t o, int64_t h, int64_t i)> weight) {
  int64_t heads = x.shape[1], queries = x.shape[2], size = x.shape[3], rows = x.shape[0] * heads * queries;
  Expected<Datum> result = allocateZeros(op, {x.shape[0], heads, queries, columns});
  if (!result)
    return result;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < columns; ++o)
      for (int64_t i = 0; i < size; ++i)
        result->at(row * columns + o).f += x.f(row * size + i) * weight(o, row / queries % heads, i);
  return result;
}

static Error runAbsorbQuery(Machine &, Frame &frame, const Instr &instr) {
  const Datum &q = Machine::operand(frame, instr, 0), &w = Machine::operand(frame, instr, 1);
  int64_t heads = q.shape[1], size = q.shape[3];
  if (Error error = expectShape(instr.op, "w_uk", w, {-1, heads, size}))
    return error;
  return finish(frame, instr, multiplyPerHead(instr.op, q, w.shape[0], [&](int64_t o, int64_t h, int64_t i) {
                  return w.f((o * heads + h) * size + i);
                }));
}

static Error runExpandValue(Machine &, Frame &frame, const Instr &instr) {
  const Datum &x = Machine::operand(frame, instr, 0), &w = Machine::operand(frame, instr, 1);
  int64_t heads = x.shape[1];
  if (Error error = expectShape(instr.op, "w_uv", w, {x.shape[3], heads, -1}))
    return error;
  int64_t columns = w.shape[2];
  return finish(frame, instr, multiplyPerHead(instr.op, x, columns, [&](int64_t o, int64_t h, int64_t i) {
                  return w.f((i * heads + h) * columns + o);
                }));
}

void hadal::registerLatentHandlers(HandlerTable &table) {
  table["hadal.latent_projection"] = runLatentProjection;
  table["hadal.latent_attention"] = runLatentAttention;
  table["hadal.absorb_query"] = runAbsorbQuery;
  table["hadal.expand_value"] = runExpandValue;
}
