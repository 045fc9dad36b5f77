//===- SelectionOps.cpp - hadal: selection, attention over a selection ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// a · b + c, at most what a length can be.
static int64_t saturated(int64_t a, int64_t b, int64_t c) {
  int64_t product, sum;
  if (llvm::MulOverflow(a, b, product) || llvm::AddOverflow(product, c, sum))
    return std::numeric_limits<int64_t>::max();
  return sum;
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

int64_t Selector::maxTokens(int64_t candidates) const { return saturated(candidates, block, whole ? block - 1 : 0); }

/// ⌊a / b⌋ for b > 0.
static int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

Expected<std::pair<Datum, Datum>> Selector::select(Operation *op, const Datum &scores,
                                                   const Visibility &visibility) const {
  int64_t batch = scores.shape[0], queries = scores.shape[2], candidates = scores.shape[3];
  if (scores.shape[1] % share)
    return failAt(op, "has " + Twine(scores.shape[1]) + " heads, not a multiple of " + Twine(share));
  int64_t heads = scores.shape[1] / share;
  Expected<Datum> indices = Machine::allocate(op, {batch, heads, queries, count});
  if (!indices)
    return indices.takeError();
  Expected<Datum> values = Machine::allocate(op, {batch, heads, queries, count});
  if (!values)
    return values.takeError();

  std::vector<double> score(candidates);
  std::vector<int64_t> forced, ranked;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s) {
        int64_t position = visibility.position(b, s), tokens = visibility.keyLength(b);
        // The candidates below `end` exist and are past.
        int64_t end = whole ? tokens / block : tokens == 0 ? 0 : (tokens - 1) / block + 1;
        if (causal)
          end = std::min(end, whole ? floorDivide(position + 1, block) : floorDivide(position, block) + 1);
        if (visibility.isPadding(b, s))
          end = 0;
        end = std::min(end, candidates);
        int64_t own = floorDivide(position, block);
        forced.clear();
        ranked.clear();
        for (int64_t j = 0; j < end; ++j) {
          if (mask && mask->add(b, h, s, j) != 0)
            continue;
          double sum = 0;
          for (int64_t r = 0; r < share; ++r) {
            double part = scores.f((((b * heads + h) * share + r) * queries + s) * candidates + j);
            sum = r == 0 ? part : sum + part;
          }
          score[j] = toSingle(sum);
          if (j < first || (j <= own && own - j < local))
            forced.push_back(j);
          else if (score[j] != -INFINITY)
            ranked.push_back(j);
        }
        llvm::stable_sort(ranked, [&](int64_t x, int64_t y) {
          return score[x] > score[y] || (!std::isnan(score[x]) && std::isnan(score[y]));
        });
        llvm::append_range(forced, ranked);
        int64_t row = ((b * heads + h) * queries + s) * count;
        for (int64_t n = 0; n < count; ++n) {
          bool isThere = n < static_cast<int64_t>(forced.size());
          indices->at(row + n).i = isThere ? forced[n] : -1;
          values->at(row + n).f = isThere ? score[forced[n]] : -INFINITY;
        }
      }
  return std::make_pair(std::move(*indices), std::move(*values));
}

Error hadal::runSelect(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<SelectOp>(instr.op);
  const Datum &scores = Machine::operand(frame, instr, 0);
  Selector selector;
  selector.block = op.getBlock();
  selector.count = op.getCount();
  selector.first = op.getFirst();
  selector.local = op.getLocal();
  selector.share = op.getShare();
  selector.whole = op.getWhole();
  selector.causal = op.getCausal();
  Expected<Visibility> visibility =
      Visibility::bind(frame, instr, scores.shape[0], scores.shape[2], selector.maxTokens(scores.shape[3]));
  if (!visibility)
    return visibility.takeError();
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(),
                              {scores.shape[0], scores.shape[1] / selector.share, scores.shape[2], scores.shape[3]}))
    return error;
  selector.mask = &mask;
  Expected<std::pair<Datum, Datum>> chosen = selector.select(op, scores, *visibility);
  if (!chosen)
    return chosen.takeError();
  Machine::setResult(frame, instr, 0, std::move(chosen->first));
  if (op.getValues())
    Machine::setResult(frame, instr, 1, std::move(chosen->second));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Attention over a set of keys
//===----------------------------------------------------------------------===//

Error Attending::check(Operation *op) const {
  int64_t batch = q.shape[0], heads = q.shape[1], kvHeads = k.shape[1];
  if (Error error = expectShape(op, "k", k, {batch, -1, -1, q.shape[3]}))
    return error;
  if (Error error = expectShape(op, "v", v, {batch, kvHeads, k.shape[2], -1}))
    return error;
  if (kvHeads == 0 ? heads != 0 : heads % kvHeads != 0)
    return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(kvHeads) + " kv heads");
  return sink ? expectShape(op, "sink", *sink, {heads}) : Error::success();
}

Expected<Attended>
Attending::attend(Operation *op,
                  llvm::function_ref<Error(int64_t, int64_t, int64_t, MutableArrayRef<int64_t>)> countKeys) const {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  int64_t kvHeads = k.shape[1], keys = k.shape[2], valueSize = v.shape[3];
  Attended result;
  auto allocate = [&](Datum &into, ArrayRef<int64_t> shape) -> Error {
    Expected<Datum> datum = allocateZeros(op, shape);
    if (!datum)
      return datum.takeError();
    into = std::move(*datum);
    return Error::success();
  };
  if (Error error = allocate(result.out, {batch, heads, queries, valueSize}))
    return std::move(error);
  if (Error error = allocate(result.lse, {batch, heads, queries}))
    return std::move(error);
  if (Error error = allocate(result.importance, {batch, kvHeads, queries, keys}))
    return std::move(error);

  std::vector<double> z(keys);
  std::vector<int64_t> counts(keys);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s) {
        int64_t kvHead = b * kvHeads + h / (heads / kvHeads), row = (b * heads + h) * queries + s;
        const Cell *key = k.data() + kvHead * keys * size, *value = v.data() + kvHead * keys * valueSize;
        std::fill(counts.begin(), counts.end(), 0);
        if (Error error = countKeys(b, h, s, counts))
          return std::move(error);
        for (int64_t t = 0; t < keys; ++t) {
          double added = counts[t] && mask ? mask->add(b, h, s, t) : 0;
          if (added == -INFINITY)
            counts[t] = 0;
          // A key that counts n times is n keys of one score.
          z[t] = counts[t] ? softcapped(scale * dot(q.data() + row * size, key + t * size, size), softcap) + added +
                                 std::log(static_cast<double>(counts[t]))
                           : -INFINITY;
        }
        result.lse.at(row).f = attendRow(
            z, [&](int64_t t) { return value + t * valueSize; }, valueSize,
            sink ? std::optional<double>(sink->f(h)) : std::nullopt, result.out.data() + row * valueSize);
        for (int64_t t = 0; t < keys; ++t)
          if (counts[t])
            result.importance.at((kvHead * queries + s) * keys + t).f += z[t];
      }
  return result;
}

void hadal::countEntries(const Visibility &visibility, int64_t length, int64_t stride, int64_t b, int64_t s,
                         MutableArrayRef<int64_t> counts) {
  int64_t tokens = visibility.keysOf(b, s).second;
  int64_t visible = tokens < length ? 0 : (tokens - length) / stride + 1;
  std::fill_n(counts.begin(), std::min<int64_t>(visible, counts.size()), 1);
}

Error hadal::runCompressedAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CompressedAttentionOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2);
  int64_t length = op.getLength(), stride = op.getStride();
  Attending attending = {q, k, v, op.getScale().convertToFloat()};
  if (op.getSoftcap())
    attending.softcap = op.getSoftcap()->convertToFloat();
  attending.sink = operandOf(frame, instr, op.getSink());
  if (Error error = attending.check(op))
    return error;
  // One token more would make another entry.
  int64_t tokens = saturated(k.shape[2], stride, length - 1);
  Expected<Visibility> visibility = Visibility::bind(frame, instr, q.shape[0], q.shape[2], tokens);
  if (!visibility)
    return visibility.takeError();
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(),
                              {q.shape[0], q.shape[1], q.shape[2], k.shape[2]}))
    return error;
  attending.mask = &mask;
  Expected<Attended> result = attending.attend(op, [&](int64_t b, int64_t, int64_t s, MutableArrayRef<int64_t> counts) {
    countEntries(*visibility, length, stride, b, s, counts);
    return Error::success();
  });
  if (!result)
    return result.takeError();
  Machine::setResult(frame, instr, 0, std::move(result->out));
  for (OpResult extra : op->getResults().drop_front())
    Machine::setResult(frame, instr, extra.getResultNumber(),
                       std::move(extra == op.getImportance() ? result->importance : result->lse));
  return Error::success();
}

Error hadal::countSelected(Operation *op, const Visibility &visibility, const Datum &indices, int64_t block,
                           bool isUnion, int64_t b, int64_t list, int64_t s, MutableArrayRef<int64_t> counts) {
  int64_t lists = indices.shape[1], queries = indices.shape[2], size = indices.shape[3], keys = counts.size();
  int64_t blocks = keys == 0 ? 0 : (keys - 1) / block + 1;
  auto [begin, end] = visibility.keysOf(b, s);
  if (visibility.isPadding(b, s))
    return Error::success(); // its list may hold anything
  for (int64_t n = 0; n < size; ++n) {
    int64_t index = indices.i(((b * lists + list) * queries + s) * size + n);
    if (index == -1)
      continue;
    if (index < 0 || index >= blocks)
      return failAt(op, "the index " + Twine(index) + " of query " + Twine(s) + " is outside the " + Twine(blocks) +
                            " blocks");
    int64_t first = index * block, last = block > end - first ? end : first + block;
    for (int64_t t = std::max(begin, first); t < last; ++t)
      counts[t] = isUnion ? 1 : counts[t] + 1;
  }
  return Error::success();
}

Error hadal::runSelectedAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<SelectedAttentionOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2), &indices = Machine::operand(frame, instr, 3);
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], lists = indices.shape[1];
  Attending attending = {q, k, v, op.getScale().convertToFloat()};
  if (op.getSoftcap())
    attending.softcap = op.getSoftcap()->convertToFloat();
  attending.sink = operandOf(frame, instr, op.getSink());
  if (Error error = attending.check(op))
    return error;
  if (Error error = expectShape(op, "indices", indices, {batch, -1, queries, -1}))
    return error;
  if (lists == 0 ? heads != 0 : heads % lists != 0)
    return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(lists) + " lists");
  Expected<Visibility> visibility = Visibility::bind(frame, instr, batch, queries, k.shape[2]);
  if (!visibility)
    return visibility.takeError();
  Mask mask;
  if (Error error =
          mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {batch, heads, queries, k.shape[2]}))
    return error;
  attending.mask = &mask;
  Expected<Attended> result = attending.attend(op, [&](int64_t b, int64_t h, int64_t s,
                                                       MutableArrayRef<int64_t> counts) {
    return countSelected(op, *visibility, indices, op.getBlock(), op.getUnionOf(), b, h / (heads / lists), s, counts);
  });
  if (!result)
    return result.takeError();
  Machine::setResult(frame, instr, 0, std::move(result->out));
  if (op.getLse())
    Machine::setResult(frame, instr, 1, std::move(result->lse));
  return Error::success();
}
