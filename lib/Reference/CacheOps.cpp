//===- CacheOps.cpp - hadal: caches of keys and values ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attend.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static Error runCacheAppend(Machine &, Frame &frame, const Instr &instr) {
  int64_t dim = llvm::cast<CacheAppendOp>(instr.op).getDim();
  const Datum &cache = Machine::operand(frame, instr, 0), &entry = Machine::operand(frame, instr, 1);
  return finish(frame, instr, concatenate(instr.op, {&cache, &entry}, dim));
}

static int64_t productOf(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    product *= size;
  return product;
}

/// Where new entries [B, S] go: the positions [B] or [B, S], and how many are written.
class Positions {
public:
  Error bind(Operation *op, const Datum &at, const Datum *counts, int64_t batch, int64_t entries) {
    this->at = &at;
    this->entries = entries;
    if (Error error =
            expectShape(op, "at", at, at.rank() == 1 ? ArrayRef<int64_t>{batch} : ArrayRef<int64_t>{batch, entries}))
      return error;
    written.assign(batch, entries);
    if (!counts)
      return Error::success();
    if (Error error = expectShape(op, "counts", *counts, {batch}))
      return error;
    for (int64_t b = 0; b < batch; ++b) {
      written[b] = counts->i(b);
      if (written[b] < 0 || written[b] > entries)
        return failAt(op, "counts[" + Twine(b) + "] is " + Twine(written[b]) + ", outside [0, " + Twine(entries) + "]");
    }
    return Error::success();
  }

  /// The position of entry s of b, which is in [0, limit); none if it is not written.
  Expected<std::optional<int64_t>> of(Operation *op, int64_t b, int64_t s, int64_t limit) const {
    if (s >= written[b])
      return std::nullopt;
    bool isStart = at->rank() == 1;
    int64_t given = isStart ? at->i(b) : at->i(b * entries + s);
    if (!isStart && given == -1)
      return std::nullopt;
    if (given < 0 || given > limit || given + (isStart ? s : 0) >= limit)
      return failAt(op, "entry " + Twine(s) + " of batch entry " + Twine(b) + " would be written to position " +
                            (isStart ? Twine(given) + " + " + Twine(s) : Twine(given)) + ", outside [0, " +
                            Twine(limit) + ")");
    return given + (isStart ? s : 0);
  }

private:
  const Datum *at = nullptr;
  int64_t entries = 0;
  SmallVector<int64_t> written;
};

static Error runCacheUpdate(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CacheUpdateOp>(instr.op);
  int64_t dim = op.getDim();
  const Datum &entry = Machine::operand(frame, instr, 1), &at = Machine::operand(frame, instr, 2);
  const Datum *counts = operandOf(frame, instr, op.getCounts());
  Datum cache = Machine::take(frame, instr, 0);
  SmallVector<int64_t, 4> shape = cache.shape;
  int64_t batch = shape[0], limit = shape[dim], entries = entry.shape[dim];
  shape[dim] = entries;
  if (Error error = expectShape(op, "entry", entry, shape))
    return error;
  Positions positions;
  if (Error error = positions.bind(op, at, counts, batch, entries))
    return error;
  if (Error error = Machine::unshare(op, cache))
    return error;
  int64_t outer = productOf(ArrayRef(shape).slice(1, dim - 1)), inner = productOf(ArrayRef(shape).drop_front(dim + 1));
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < entries; ++s) {
      Expected<std::optional<int64_t>> position = positions.of(op, b, s, limit);
      if (!position)
        return position.takeError();
      if (!*position)
        continue;
      for (int64_t o = b * outer; o < (b + 1) * outer; ++o)
        std::copy_n(entry.data() + (o * entries + s) * inner, inner, cache.data() + (o * limit + **position) * inner);
    }
  Machine::setResult(frame, instr, 0, std::move(cache));
  return Error::success();
}

/// A page table [B, N] over a pool of so many pages.
struct PageTable {
  Operation *op;
  const Datum *pages;
  int64_t numPages, pageSize;

  int64_t batch() const { return pages->shape[0]; }
  int64_t capacity() const { return pages->shape[1] * pageSize; }
  /// The row of the pool at position t < capacity() of sequence b; none if its page is −1.
  Expected<std::optional<int64_t>> row(int64_t b, int64_t t) const {
    int64_t n = t / pageSize, page = pages->i(b * pages->shape[1] + n);
    if (page < -1 || page >= numPages)
      return failAt(op, "pages[" + Twine(b) + ", " + Twine(n) + "] is " + Twine(page) + ", outside [−1, " +
                            Twine(numPages) + ")");
    if (page < 0)
      return std::nullopt;
    return page * pageSize + t % pageSize;
  }
};

/// The rows of each sequence [B, N · page_size, …]; rows behind the lengths and of absent pages are 0. Whether each row
/// is there goes to `isThere`, if that is not null.
static Expected<Datum> gatherPages(Operation *op, const Datum &pool, const Datum &pages, const Datum &lengths,
                                   std::vector<bool> *isThere = nullptr) {
  if (Error error = expectShape(op, "pages", pages, {-1, -1}))
    return std::move(error);
  PageTable table{op, &pages, pool.shape[0], pool.shape[1]};
  if (Error error = expectShape(op, "the lengths", lengths, {table.batch()}))
    return std::move(error);
  SmallVector<int64_t, 4> shape = pool.shape;
  shape[0] = table.batch();
  shape[1] = table.capacity();
  int64_t inner = productOf(ArrayRef(shape).drop_front(2));
  Expected<Datum> result = allocateZeros(op, shape);
  if (!result)
    return result;
  if (isThere)
    isThere->assign(table.batch() * table.capacity(), false);
  for (int64_t b = 0; b < table.batch(); ++b) {
    if (lengths.i(b) < 0 || lengths.i(b) > table.capacity())
      return failAt(op, "the length of sequence " + Twine(b) + " is " + Twine(lengths.i(b)) + ", outside [0, " +
                            Twine(table.capacity()) + "]");
    for (int64_t t = 0; t < lengths.i(b); ++t) {
      Expected<std::optional<int64_t>> row = table.row(b, t);
      if (!row)
        return row.takeError();
      if (!*row)
        continue;
      int64_t out = b * table.capacity() + t;
      std::copy_n(pool.data() + **row * inner, inner, result->data() + out * inner);
      if (isThere)
        (*isThere)[out] = true;
    }
  }
  return result;
}

static Error runPagedGather(Machine &, Frame &frame, const Instr &instr) {
  return finish(frame, instr,
                gatherPages(instr.op, Machine::operand(frame, instr, 0), Machine::operand(frame, instr, 1),
                            Machine::operand(frame, instr, 2)));
}

static Error runPagedAppend(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PagedAppendOp>(instr.op);
  const Datum &entry = Machine::operand(frame, instr, 1), &pages = Machine::operand(frame, instr, 2);
  const Datum &at = Machine::operand(frame, instr, 3), *counts = operandOf(frame, instr, op.getCounts());
  Datum pool = Machine::take(frame, instr, 0);
  SmallVector<int64_t, 4> shape = pool.shape;
  int64_t batch = entry.shape[0], entries = entry.shape[1];
  shape[0] = shape[1] = -1;
  if (Error error = expectShape(op, "entry", entry, shape))
    return error;
  if (Error error = expectShape(op, "pages", pages, {batch, -1}))
    return error;
  Positions positions;
  if (Error error = positions.bind(op, at, counts, batch, entries))
    return error;
  if (Error error = Machine::unshare(op, pool))
    return error;
  PageTable table{op, &pages, pool.shape[0], pool.shape[1]};
  int64_t inner = productOf(ArrayRef(shape).drop_front(2));
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < entries; ++s) {
      Expected<std::optional<int64_t>> position = positions.of(op, b, s, table.capacity());
      if (!position)
        return position.takeError();
      if (!*position)
        continue;
      Expected<std::optional<int64_t>> row = table.row(b, **position);
      if (!row)
        return row.takeError();
      if (!*row)
        return failAt(op, "entry " + Twine(s) + " of batch entry " + Twine(b) + " would be written to position " +
                              Twine(**position) + ", whose page is absent");
      std::copy_n(entry.data() + (b * entries + s) * inner, inner, pool.data() + **row * inner);
    }
  Machine::setResult(frame, instr, 0, std::move(pool));
  return Error::success();
}

static Error runPagedWrite(Machine &, Frame &frame, const Instr &instr) {
  Operation *op = instr.op;
  const Datum &entry = Machine::operand(frame, instr, 1), &slots = Machine::operand(frame, instr, 2);
  Datum pool = Machine::take(frame, instr, 0);
  SmallVector<int64_t, 4> shape = slots.shape;
  shape.append(pool.shape.begin() + 2, pool.shape.end());
  if (Error error = expectShape(op, "entry", entry, shape))
    return error;
  if (Error error = Machine::unshare(op, pool))
    return error;
  int64_t rows = pool.shape[0] * pool.shape[1], inner = productOf(ArrayRef(pool.shape).drop_front(2));
  for (int64_t n = 0, count = slots.numElements(); n < count; ++n) {
    int64_t slot = slots.i(n);
    if (slot < -1 || slot >= rows)
      return failAt(op, "slot " + Twine(n) + " is " + Twine(slot) + ", outside [−1, " + Twine(rows) + ")");
    if (slot >= 0)
      std::copy_n(entry.data() + n * inner, inner, pool.data() + slot * inner);
  }
  Machine::setResult(frame, instr, 0, std::move(pool));
  return Error::success();
}

/// [B, T, H, D] as [B, H, T, D].
static Expected<Datum> headsFirst(Operation *op, const Datum &x) {
  int64_t batch = x.shape[0], rows = x.shape[1], heads = x.shape[2], size = x.shape[3];
  Expected<Datum> result = Machine::allocate(op, {batch, heads, rows, size});
  if (!result)
    return result;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < rows; ++t)
      for (int64_t h = 0; h < heads; ++h)
        std::copy_n(x.data() + ((b * rows + t) * heads + h) * size, size,
                    result->data() + ((b * heads + h) * rows + t) * size);
  return result;
}

static Error runPagedAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PagedAttentionOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &kPool = Machine::operand(frame, instr, 1);
  const Datum &vPool = Machine::operand(frame, instr, 2), &pages = Machine::operand(frame, instr, 3);
  const Datum &lengths = *operandOf(frame, instr, op.getKvLengths());
  int64_t batch = q.shape[0], heads = q.shape[1], kvHeads = kPool.shape[2];
  if (Error error = expectShape(op, "k_pool", kPool, {-1, -1, -1, q.shape[3]}))
    return error;
  if (Error error = expectShape(op, "v_pool", vPool, {kPool.shape[0], kPool.shape[1], kvHeads, -1}))
    return error;
  if (Error error = expectHeads(op, heads, kvHeads))
    return error;
  if (Error error = expectShape(op, "pages", pages, {batch, -1}))
    return error;
  int64_t keys = pages.shape[1] * kPool.shape[1];
  Expected<Clauses> clauses = Clauses::bind<PagedAttentionOp>(frame, instr, batch, heads, q.shape[2], keys);
  if (!clauses)
    return clauses.takeError();
  std::vector<bool> isThere;
  SmallVector<Datum, 2> dense;
  for (const Datum *pool : {&kPool, &vPool}) {
    Expected<Datum> rows = gatherPages(op, *pool, pages, lengths, &isThere);
    if (!rows)
      return rows.takeError();
    Expected<Datum> byHead = headsFirst(op, *rows);
    if (!byHead)
      return byHead.takeError();
    dense.push_back(std::move(*byHead));
  }
  return attend(frame, instr, q, dense[0], dense[1], *clauses,
                [&](int64_t b, int64_t t) { return isThere[b * keys + t]; });
}

/// x[…, begin : end]
static Expected<Datum> columnsOf(Operation *op, const Datum &x, int64_t begin, int64_t end) {
  SmallVector<int64_t, 4> shape = x.shape;
  int64_t width = shape.back();
  shape.back() = end - begin;
  Expected<Datum> result = Machine::allocate(op, shape);
  if (!result)
    return result;
  for (int64_t row = 0, rows = productOf(ArrayRef(shape).drop_back()); row < rows; ++row)
    std::copy_n(x.data() + row * width + begin, end - begin, result->data() + row * (end - begin));
  return result;
}

static Error runPagedLatentAttention(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PagedLatentAttentionOp>(instr.op);
  const Datum &qNope = Machine::operand(frame, instr, 0), &qPe = Machine::operand(frame, instr, 1);
  const Datum &pool = Machine::operand(frame, instr, 2), &wKv = Machine::operand(frame, instr, 3);
  const Datum &pages = Machine::operand(frame, instr, 4), &lengths = *operandOf(frame, instr, op.getKvLengths());
  int64_t batch = qNope.shape[0], heads = qNope.shape[1], queries = qNope.shape[2], size = wKv.shape[0];
  if (Error error = expectShape(op, "q_pe", qPe, {batch, heads, queries, -1}))
    return error;
  if (Error error = expectShape(op, "pool", pool, {-1, -1, size + qPe.shape[3]}))
    return error;
  if (Error error = expectShape(op, "w_kv", wKv, {-1, heads, -1}))
    return error;
  if (wKv.shape[2] < qNope.shape[3])
    return failAt(op, "w_kv has fewer columns than q_nope");
  if (Error error = expectShape(op, "pages", pages, {batch, -1}))
    return error;
  int64_t keys = pages.shape[1] * pool.shape[1];
  Expected<Clauses> clauses = Clauses::bind<PagedLatentAttentionOp>(frame, instr, batch, heads, queries, keys);
  if (!clauses)
    return clauses.takeError();
  std::vector<bool> isThere;
  Expected<Datum> rows = gatherPages(op, pool, pages, lengths, &isThere);
  if (!rows)
    return rows.takeError();
  Expected<Datum> latent = columnsOf(op, *rows, 0, size), kPe = columnsOf(op, *rows, size, rows->shape[2]);
  if (!latent || !kPe)
    return llvm::joinErrors(latent.takeError(), kPe.takeError());
  Expected<std::pair<Datum, Datum>> expanded = expandLatents(op, qNope, *latent, *kPe, wKv);
  if (!expanded)
    return expanded.takeError();
  Expected<Datum> q = concatenate(op, {&qNope, &qPe}, 3);
  if (!q)
    return q.takeError();
  return attend(frame, instr, *q, expanded->first, expanded->second, *clauses,
                [&](int64_t b, int64_t t) { return isThere[b * keys + t]; });
}

void hadal::registerCacheHandlers(HandlerTable &table) {
  table["hadal.cache_append"] = runCacheAppend;
  table["hadal.cache_update"] = runCacheUpdate;
  table["hadal.paged_gather"] = runPagedGather;
  table["hadal.paged_append"] = runPagedAppend;
  table["hadal.paged_write"] = runPagedWrite;
  table["hadal.paged_attention"] = runPagedAttention;
  table["hadal.paged_latent_attention"] = runPagedLatentAttention;
}
