//===- AttentionGradients.cpp - hadal: derivatives of attention ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionGradients.h"
#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// Allocates zeros into `into`.
static Error clear(Operation *op, ArrayRef<int64_t> shape, Datum &into) {
  Expected<Datum> datum = allocateZeros(op, shape);
  if (!datum)
    return datum.takeError();
  into = std::move(*datum);
  return Error::success();
}

Error AttentionBackward::check() const {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], kvHeads = k.shape[1], keys = k.shape[2];
  if (Error error = expectShape(op, "k", k, {batch, -1, -1, q.shape[3]}))
    return error;
  if (Error error = expectShape(op, "v", v, {batch, kvHeads, keys, -1}))
    return error;
  if (Error error = expectShape(op, "d_out", dOut, {batch, heads, queries, v.shape[3]}))
    return error;
  if (kvHeads == 0 ? heads != 0 : heads % kvHeads != 0)
    return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(kvHeads) + " kv heads");
  if (dLse)
    if (Error error = expectShape(op, "d_lse", *dLse, {batch, heads, queries}))
      return error;
  if (sink)
    if (Error error = expectShape(op, "the sink", *sink, {heads}))
      return error;
  return Error::success();
}

void AttentionBackward::finish(Frame &frame, const Instr &instr) {
  Machine::setResult(frame, instr, 0, std::move(dQ));
  Machine::setResult(frame, instr, 1, std::move(dK));
  Machine::setResult(frame, instr, 2, std::move(dV));
  if (sink)
    Machine::setResult(frame, instr, 3, std::move(dSink));
}

Error AttentionBackward::run(KeysOf keysOf) {
  for (auto [shape, into] : {std::pair(&q.shape, &dQ), std::pair(&k.shape, &dK), std::pair(&v.shape, &dV)})
    if (Error error = clear(op, *shape, *into))
      return error;
  if (sink)
    if (Error error = clear(op, sink->shape, dSink))
      return error;
  SmallVector<SeenKey> seen;
  for (int64_t b = 0; b < q.shape[0]; ++b)
    for (int64_t h = 0; h < q.shape[1]; ++h)
      for (int64_t s = 0; s < q.shape[2]; ++s) {
        seen.clear();
        keysOf(b, h, s, seen);
        runRow(b, h, s, seen);
      }
  return Error::success();
}

void AttentionBackward::runRow(int64_t b, int64_t h, int64_t s, ArrayRef<SeenKey> seen) {
  int64_t heads = q.shape[1], size = q.shape[3], kvHeads = k.shape[1], keys = k.shape[2], valueSize = v.shape[3];
  int64_t row = (b * heads + h) * q.shape[2] + s, kvHead = b * kvHeads + h / (heads / kvHeads);
  const Cell *query = q.data() + row * size, *cotangent = dOut.data() + row * valueSize;

  // The keys' places, their scores before and after the cap and the mask.
  struct Score {
    int64_t at;
    double x, z, p = 0, dp = 0;
  };
  SmallVector<Score> scores;
  double maximum = -INFINITY;
  for (auto [key, added] : seen) {
    int64_t at = kvHead * keys + key;
    double x = scale * dot(query, k.data() + at * size, size), z = softcapped(x, softcap) + added;
    if (z == -INFINITY)
      continue;
    scores.push_back({at, x, z});
    maximum = std::max(maximum, z);
  }
  if (scores.empty())
    return; // the output is constant

  double highest = sink ? std::max(maximum, sink->f(h)) : maximum, sum = 0;
  for (const Score &score : scores)
    sum += std::exp(score.z - maximum);
  double sinkPart = sink ? std::exp(sink->f(h) - highest) : 0;
  double denominator = sum * std::exp(maximum - highest) + sinkPart, mean = 0;
  for (Score &score : scores) {
    score.p = std::exp(score.z - highest) / denominator;
    if (score.p == 0)
      continue;
    score.dp = dot(cotangent, v.data() + score.at * valueSize, valueSize);
    mean += score.p * score.dp;
    for (int64_t d = 0; d < valueSize; ++d)
      dV.at(score.at * valueSize + d).f += score.p * cotangent[d].f;
  }
  for (const Score &score : scores) {
    double dx = score.p * (score.dp - mean);
    if (dLse)
      dx += dLse->f(row) * std::exp(score.z - maximum) / sum;
    dx *= scale;
    if (softcap) {
      double tangent = std::tanh(score.x / *softcap);
      dx *= 1 - tangent * tangent;
    }
    if (dx == 0)
      continue;
    for (int64_t d = 0; d < size; ++d) {
      dQ.at(row * size + d).f += dx * k.f(score.at * size + d);
      dK.at(score.at * size + d).f += dx * query[d].f;
    }
  }
  if (sink)
    dSink.at(h).f -= sinkPart / denominator * mean;
}

void hadal::listSeen(const Visibility &visibility, const Mask &mask, int64_t b, int64_t h, int64_t s,
                     SmallVectorImpl<SeenKey> &seen) {
  auto [begin, end] = visibility.keysOf(b, s);
  for (int64_t t = begin; t < end; ++t)
    if (double added = mask.add(b, h, s, t); added != -INFINITY)
      seen.push_back({t, added});
}

static Error runAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<AttentionGradOp>(instr.op);
  AttentionBackward backward = AttentionBackward::of(op, frame, instr, 3);
  if (Error error = backward.check())
    return error;
  ArrayRef<int64_t> q = backward.q.shape, k = backward.k.shape;
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {q[0], q[1], q[2], k[2]}))
    return error;
  Expected<Visibility> visibility = Visibility::bind(frame, instr, q[0], q[2], k[2]);
  if (!visibility)
    return visibility.takeError();
  if (Error error = backward.run([&](int64_t b, int64_t h, int64_t s, SmallVectorImpl<SeenKey> &seen) {
        listSeen(*visibility, mask, b, h, s, seen);
      }))
    return error;
  backward.finish(frame, instr);
  return Error::success();
}

/// Columns [begin, end) of the last dimension.
static Expected<Datum> columns(Operation *op, const Datum &x, int64_t begin, int64_t end) {
  SmallVector<int64_t, 4> shape(x.shape);
  int64_t size = shape.back();
  shape.back() = end - begin;
  Expected<Datum> result = Machine::allocate(op, shape);
  if (result && end > begin)
    for (int64_t row = 0; row < result->numElements() / (end - begin); ++row)
      std::copy_n(x.data() + row * size + begin, end - begin, result->data() + row * (end - begin));
  return result;
}

static Error runLatentAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LatentAttentionGradOp>(instr.op);
  const Datum &qNope = Machine::operand(frame, instr, 0), &qPe = Machine::operand(frame, instr, 1);
  const Datum &latent = Machine::operand(frame, instr, 2), &kPe = Machine::operand(frame, instr, 3);
  const Datum &weight = Machine::operand(frame, instr, 4), &dOut = Machine::operand(frame, instr, 5);
  int64_t batch = qNope.shape[0], heads = qNope.shape[1], queries = qNope.shape[2], nope = qNope.shape[3];
  int64_t rope = qPe.shape[3], keys = latent.shape[1], size = latent.shape[2], all = weight.shape[2];
  int64_t valueSize = all - nope;
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
  if (Error error = expectShape(op, "d_out", dOut, {batch, heads, queries, valueSize}))
    return error;
  const Datum *dLse = operandOf(frame, instr, op.getDLse()), *sink = operandOf(frame, instr, op.getSink());
  if (dLse)
    if (Error error = expectShape(op, "d_lse", *dLse, {batch, heads, queries}))
      return error;
  if (sink)
    if (Error error = expectShape(op, "the sink", *sink, {heads}))
      return error;
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {batch, heads, queries, keys}))
    return error;
  Expected<Visibility> visibility = Visibility::bind(frame, instr, batch, queries, keys);
  if (!visibility)
    return visibility.takeError();

  // The expanded keys and values of every head; those beyond kv_lengths are not seen, so NaN there does no harm.
  Expected<Datum> q = concatenate(op, {&qNope, &qPe}, 3), k = allocateZeros(op, {batch, heads, keys, nope + rope});
  Expected<Datum> v = allocateZeros(op, {batch, heads, keys, valueSize});
  for (Expected<Datum> *datum : {&q, &k, &v})
    if (!*datum)
      return llvm::joinErrors(llvm::joinErrors(q.takeError(), k.takeError()), v.takeError());
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < keys; ++t) {
        Cell *key = k->data() + ((b * heads + h) * keys + t) * (nope + rope);
        Cell *value = v->data() + ((b * heads + h) * keys + t) * valueSize;
        for (int64_t l = 0; l < size; ++l) {
          double c = latent.f((b * keys + t) * size + l);
          const Cell *w = weight.data() + (l * heads + h) * all;
          for (int64_t d = 0; d < nope; ++d)
            key[d].f += c * w[d].f;
          for (int64_t d = 0; d < valueSize; ++d)
            value[d].f += c * w[nope + d].f;
        }
        std::copy_n(kPe.data() + (b * keys + t) * rope, rope, key + nope);
      }

  AttentionBackward backward{
      op, *q, *k, *v, dOut, dLse, sink, op.getScale().convertToFloat(), numberOf(op.getSoftcap())};
  if (Error error = backward.run([&](int64_t b, int64_t h, int64_t s, SmallVectorImpl<SeenKey> &seen) {
        listSeen(*visibility, mask, b, h, s, seen);
      }))
    return error;

  Expected<Datum> dQNope = columns(op, backward.dQ, 0, nope), dQPe = columns(op, backward.dQ, nope, nope + rope);
  if (!dQNope || !dQPe)
    return llvm::joinErrors(dQNope.takeError(), dQPe.takeError());
  Datum dLatent, dKPe, dWeight;
  for (auto [shape, into] :
       {std::pair(&latent.shape, &dLatent), std::pair(&kPe.shape, &dKPe), std::pair(&weight.shape, &dWeight)})
    if (Error error = clear(op, *shape, *into))
      return error;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t t = 0; t < keys; ++t) {
        const Cell *dKey = backward.dK.data() + ((b * heads + h) * keys + t) * (nope + rope);
        const Cell *dValue = backward.dV.data() + ((b * heads + h) * keys + t) * valueSize;
        for (int64_t d = 0; d < rope; ++d)
          dKPe.at((b * keys + t) * rope + d).f += dKey[nope + d].f;
        for (int64_t d = 0; d < all; ++d) {
          double dKv = d < nope ? dKey[d].f : dValue[d - nope].f;
          if (dKv == 0) // the latent of a hidden key may hold anything
            continue;
          for (int64_t l = 0; l < size; ++l) {
            int64_t at = (l * heads + h) * all + d;
            dLatent.at((b * keys + t) * size + l).f += dKv * weight.f(at);
            dWeight.at(at).f += latent.f((b * keys + t) * size + l) * dKv;
          }
        }
      }
  Machine::setResult(frame, instr, 0, std::move(*dQNope));
  Machine::setResult(frame, instr, 1, std::move(*dQPe));
  Machine::setResult(frame, instr, 2, std::move(dLatent));
  Machine::setResult(frame, instr, 3, std::move(dKPe));
  Machine::setResult(frame, instr, 4, std::move(dWeight));
  if (sink)
    Machine::setResult(frame, instr, 5, std::move(backward.dSink));
  return Error::success();
}

/// [S, H, D] as [1, H, S, D]; and back.
static Expected<Datum> byHead(Operation *op, const Datum &x, bool back = false) {
  int64_t rows = back ? x.shape[2] : x.shape[0], heads = x.shape[1], size = x.shape.back();
  SmallVector<int64_t> shape =
      back ? SmallVector<int64_t>{rows, heads, size} : SmallVector<int64_t>{1, heads, rows, size};
  Expected<Datum> result = Machine::allocate(op, shape);
  for (int64_t row = 0; result && row < rows; ++row)
    for (int64_t head = 0; head < heads; ++head) {
      int64_t packed = (row * heads + head) * size, split = (head * rows + row) * size;
      std::copy_n(x.data() + (back ? split : packed), size, result->data() + (back ? packed : split));
    }
  return result;
}

/// An error unless the cumulative lengths do not decrease, from 0 or more up to at most `limit`.
static Error expectCumulative(Operation *op, llvm::StringRef name, const Datum &lengths, int64_t limit) {
  int64_t before = 0;
  for (int64_t n = 0; n < lengths.shape[0]; ++n) {
    int64_t length = lengths.i(n);
    if (length < before || length > limit)
      return failAt(op, name + "[" + Twine(n) + "] is " + Twine(length) + ", outside [" + Twine(before) + ", " +
                            Twine(limit) + "]");
    before = length;
  }
  return Error::success();
}

static Error runVarlenAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<VarlenAttentionGradOp>(instr.op);
  SmallVector<Datum, 4> operands; // q, k, v, d_out as one batch entry
  for (unsigned index : {0, 1, 2, 5}) {
    Expected<Datum> operand = byHead(op, Machine::operand(frame, instr, index));
    if (!operand)
      return operand.takeError();
    operands.push_back(std::move(*operand));
  }
  const Datum &cuQ = Machine::operand(frame, instr, 3), &cuKv = Machine::operand(frame, instr, 4);
  int64_t heads = operands[0].shape[1], queries = operands[0].shape[2], keys = operands[1].shape[2];
  if (cuQ.shape[0] == 0)
    return failAt(op, "cu_q is empty");
  if (Error error = expectShape(op, "cu_kv", cuKv, cuQ.shape))
    return error;
  if (Error error = expectCumulative(op, "cu_q", cuQ, queries))
    return error;
  if (Error error = expectCumulative(op, "cu_kv", cuKv, keys))
    return error;
  const Datum *dLse = operandOf(frame, instr, op.getDLse());
  std::optional<Datum> dLseOfBatch; // [H, Sq] as [1, H, Sq]
  if (dLse) {
    if (Error error = expectShape(op, "d_lse", *dLse, {heads, queries}))
      return error;
    dLseOfBatch = *dLse;
    dLseOfBatch->shape = {1, heads, queries};
  }
  AttentionBackward backward{op,
                             operands[0],
                             operands[1],
                             operands[2],
                             operands[3],
                             dLseOfBatch ? &*dLseOfBatch : nullptr,
                             operandOf(frame, instr, op.getSink()),
                             op.getScale().convertToFloat(),
                             numberOf(op.getSoftcap())};
  if (Error error = backward.check())
    return error;
  if (Error error = backward.run([&](int64_t, int64_t, int64_t s, SmallVectorImpl<SeenKey> &seen) {
        for (int64_t n = 0; n + 1 < cuQ.shape[0]; ++n) {
          if (s < cuQ.i(n) || s >= cuQ.i(n + 1))
            continue;
          int64_t begin = cuKv.i(n), end = cuKv.i(n + 1);
          // The last query of a sequence stands at its last key.
          int64_t position = s - cuQ.i(n + 1) + end;
          for (int64_t t = begin; t < end; ++t)
            if ((!op.getCausal() || t <= position) &&
                (!op.getWindow() || position - t < static_cast<int64_t>(*op.getWindow())))
              seen.push_back({t});
        }
      }))
    return error;
  const Datum *gradients[] = {&backward.dQ, &backward.dK, &backward.dV};
  for (auto [n, gradient] : llvm::enumerate(gradients)) {
    Expected<Datum> packed = byHead(op, *gradient, /*back=*/true);
    if (!packed)
      return packed.takeError();
    Machine::setResult(frame, instr, n, std::move(*packed));
  }
  if (backward.sink)
    Machine::setResult(frame, instr, 3, std::move(backward.dSink));
  return Error::success();
}

static Error runMergeAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<MergeAttentionGradOp>(instr.op);
  size_t parts = op.getOuts().size();
  SmallVector<const Datum *> outs, lses;
  for (size_t n = 0; n < parts; ++n) {
    outs.push_back(&Machine::operand(frame, instr, n));
    lses.push_back(&Machine::operand(frame, instr, parts + n));
  }
  const Datum &dOut = Machine::operand(frame, instr, 2 * parts);
  const Datum *dLse = operandOf(frame, instr, op.getDLse()), *sink = operandOf(frame, instr, op.getSink());
  ArrayRef<int64_t> shape = dOut.shape, rows = shape.drop_back();
  for (size_t n = 0; n < parts; ++n) {
    if (Error error = expectShape(op, "an output", *outs[n], shape))
      return error;
    if (Error error = expectShape(op, "an lse", *lses[n], rows))
      return error;
  }
  if (dLse)
    if (Error error = expectShape(op, "d_lse", *dLse, rows))
      return error;
  if (sink)
    if (Error error = expectShape(op, "the sink", *sink, {shape[1]}))
      return error;

  SmallVector<Datum> results(2 * parts + (sink ? 1 : 0));
  for (auto [n, result] : llvm::enumerate(results))
    if (Error error = clear(op, n < parts ? shape : n < 2 * parts ? rows : ArrayRef(shape[1]), result))
      return error;
  int64_t size = shape[3];
  std::vector<double> out(size);
  for (int64_t row = 0; row < lses[0]->numElements(); ++row) {
    int64_t head = row / shape[2] % shape[1];
    double maximum = -INFINITY, sum = 0;
    bool isEmpty = true;
    for (const Datum *lse : lses) {
      isEmpty &= lse->f(row) == -INFINITY;
      maximum = std::max(maximum, lse->f(row));
    }
    if (isEmpty)
      continue;
    double highest = sink ? std::max(maximum, sink->f(head)) : maximum;
    for (const Datum *lse : lses)
      if (lse->f(row) != -INFINITY)
        sum += std::exp(lse->f(row) - maximum);
    double sinkPart = sink ? std::exp(sink->f(head) - highest) : 0;
    double denominator = sum * std::exp(maximum - highest) + sinkPart;
    auto weight = [&](size_t n) { return std::exp(lses[n]->f(row) - highest) / denominator; };

    std::fill(out.begin(), out.end(), 0.0);
    for (size_t n = 0; n < parts; ++n)
      if (lses[n]->f(row) != -INFINITY)
        for (int64_t d = 0; d < size; ++d)
          out[d] += weight(n) * outs[n]->f(row * size + d);
    double whole = 0; // d_out · out
    for (int64_t d = 0; d < size; ++d)
      whole += dOut.f(row * size + d) * out[d];
    for (size_t n = 0; n < parts; ++n) {
      if (lses[n]->f(row) == -INFINITY)
        continue;
      double part = dot(dOut.data() + row * size, outs[n]->data() + row * size, size);
      for (int64_t d = 0; d < size; ++d)
        results[n].at(row * size + d).f = weight(n) * dOut.f(row * size + d);
      results[parts + n].at(row).f = weight(n) * (part - whole);
      if (dLse)
        results[parts + n].at(row).f += std::exp(lses[n]->f(row) - maximum) / sum * dLse->f(row);
    }
    if (sink)
      results.back().at(head).f -= sinkPart / denominator * whole;
  }
  for (auto [n, result] : llvm::enumerate(results))
    Machine::setResult(frame, instr, n, std::move(result));
  return Error::success();
}

void hadal::registerAttentionGradientHandlers(HandlerTable &table) {
  table["hadal.attention_grad"] = runAttentionGrad;
  table["hadal.varlen_attention_grad"] = runVarlenAttentionGrad;
  table["hadal.latent_attention_grad"] = runLatentAttentionGrad;
  table["hadal.merge_attention_grad"] = runMergeAttentionGrad;
}
