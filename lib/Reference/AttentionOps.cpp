//===- AttentionOps.cpp - hadal: attention -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

namespace {
/// A mask of rank 4 with broadcast dimensions, or none.
struct Mask {
  const Datum *datum = nullptr;
  bool isFloat = false;
  SmallVector<int64_t, 4> strides;

  Error bind(Operation *op, const Datum &mask, Type type, ArrayRef<int64_t> shape) {
    datum = &mask;
    isFloat = hasFloats(type);
    strides = rowMajorStrides(mask.shape);
    for (size_t dim = 0; dim < 4; ++dim) {
      if (mask.rank() == 4 && mask.shape[dim] == 1)
        strides[dim] = 0;
      else if (mask.rank() != 4 || mask.shape[dim] != shape[dim])
        return expectShape(op, "the mask", mask, shape);
    }
    return Error::success();
  }
  /// What is added to the score: −∞ where the mask hides.
  double add(int64_t b, int64_t h, int64_t s, int64_t t) const {
    if (!datum)
      return 0;
    int64_t index = b * strides[0] + h * strides[1] + s * strides[2] + t * strides[3];
    if (isFloat)
      return datum->f(index);
    return datum->i(index) ? 0 : -INFINITY;
  }
};
} // namespace

static Expected<Datum> attend(Operation *op, const Datum &q, const Datum &k, const Datum &v, const Mask &mask,
                              double scale, bool causal) {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  int64_t kvHeads = k.shape[1], keys = k.shape[2], valueSize = v.shape[3];
  Expected<Datum> result = allocateZeros(op, {batch, heads, queries, valueSize});
  if (!result)
    return result;
  std::vector<double> p(keys);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s) {
        int64_t kvHead = b * kvHeads + h / (heads / kvHeads), row = (b * heads + h) * queries + s;
        const Cell *key = k.data() + kvHead * keys * size, *value = v.data() + kvHead * keys * valueSize;
        int64_t visible = causal ? std::min(keys, s + keys - queries + 1) : keys;
        double maximum = -INFINITY, sum = 0;
        for (int64_t t = 0; t < visible; ++t) {
          double hidden = mask.add(b, h, s, t);
          p[t] = hidden == -INFINITY ? -INFINITY : scale * dot(q.data() + row * size, key + t * size, size) + hidden;
          maximum = std::max(maximum, p[t]);
        }
        bool isNaN =
            std::any_of(p.begin(), p.begin() + std::max<int64_t>(visible, 0), [](double z) { return std::isnan(z); });
        if (maximum == -INFINITY && !isNaN)
          continue; // sees nothing: 0
        for (int64_t t = 0; t < visible; ++t)
          sum += p[t] = std::exp(p[t] - maximum);
        Cell *out = result->data() + row * valueSize;
        for (int64_t t = 0; t < visible; ++t)
          if (p[t] != 0) // a hidden row may hold anything
            for (int64_t d = 0; d < valueSize; ++d)
              out[d].f += p[t] / sum * value[t * valueSize + d].f;
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
  if (op.getMask())
    if (Error error = mask.bind(op, Machine::operand(frame, instr, 3), op.getMask().getType(),
                                {batch, heads, q.shape[2], k.shape[2]}))
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
  if (op.getMask())
    if (Error error =
            mask.bind(op, Machine::operand(frame, instr, 5), op.getMask().getType(), {batch, heads, queries, keys}))
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
