//===- AttentionOps.cpp - hadal: attention -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"
#include "Visibility.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static Expected<Datum> attend(Operation *op, const Datum &q, const Datum &k, const Datum &v, const Mask &mask,
                              double scale, bool causal) {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  int64_t kvHeads = k.shape[1], keys = k.shape[2], valueSize = v.shape[3];
  Expected<Datum> result = allocateZeros(op, {batch, heads, queries, valueSize});
  if (!result)
    return result;
  std::vector<double> p;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s) {
        int64_t kvHead = b * kvHeads + h / (heads / kvHeads), row = (b * heads + h) * queries + s;
        const Cell *key = k.data() + kvHead * keys * size, *value = v.data() + kvHead * keys * valueSize;
        int64_t visible = causal ? std::min(keys, s + keys - queries + 1) : keys;
        p.resize(std::max<int64_t>(visible, 0));
        for (int64_t t = 0; t < visible; ++t) {
          double hidden = mask.add(b, h, s, t);
          p[t] = hidden == -INFINITY ? -INFINITY : scale * dot(q.data() + row * size, key + t * size, size) + hidden;
        }
        attendRow(
            p, [&](int64_t t) { return value + t * valueSize; }, valueSize, std::nullopt,
            result->data() + row * valueSize);
      }
  return result;
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
  if (kvHeads == 0 ? heads != 0 : heads % kvHeads != 0)
    return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(kvHeads) + " kv heads");
  Mask mask;
  if (Error error =
          mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {batch, heads, q.shape[2], k.shape[2]}))
    return error;
  return finish(frame, instr, attend(op, q, k, v, mask, op.getScale().convertToFloat(), op.getCausal()));
}

/// The expanded form, whatever `form` says: they are one function.
static Error runLatentAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LatentAttentionOp>(instr.op);
  const Datum &qNope = Machine::operand(frame, instr, 0), &qPe = Machine::operand(frame, instr, 1);
  const Datum &latent = Machine::operand(frame, instr, 2), &kPe = Machine::operand(frame, instr, 3);
  const Datum &weight = Machine::operand(frame, instr, 4);
  int64_t batch = qNope.shape[0], heads = qNope.shape[1], queries = qNope.shape[2], nope = qNope.shape[3];
  int64_t rope = qPe.shape[3], keys = latent.shape[1], size = latent.shape[2], columns = weight.shape[2];
  int64_t valueSize = columns - nope;
  if (Error error = expectShape(op, "q_pe", qPe, {batch, heads, queries, -1}))
    return error;
  if (Error error = expectShape(op, "latent", latent, {batch, -1, -1}))
    return error;
  if (Error error = expectShape(op, "k_pe", kPe, {batch, keys, rope}))
    return error;
  if (Error error = expectShape(op, "w_kv", weight, {size, heads, -1}))
    return error;
  if (valueSize < 0)
    return failAt(op, "w_kv has fewer columns than q_nope");
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {batch, heads, queries, keys}))
    return error;

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
          const Cell *w = weight.data() + (l * heads + h) * columns;
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
  Expected<Datum> q = concatenate(op, {&qNope, &qPe}, 3);
  if (!q)
    return q.takeError();
  return finish(frame, instr, attend(op, *q, *k, *v, mask, op.getScale().convertToFloat(), op.getCausal()));
}

void hadal::registerAttentionHandlers(HandlerTable &table) {
  table["hadal.attention"] = runAttention;
  table["hadal.latent_attention"] = runLatentAttention;
}
