//===- CacheOps.cpp - Verification and shapes of caches -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/AttentionUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

//===----------------------------------------------------------------------===//
// CacheAppendOp
//===----------------------------------------------------------------------===//

LogicalResult CacheAppendOp::verify() {
  Value cache = getCache(), entry = getEntry(), result = getResult();
  int64_t rank = rankOf(cache), dim = getDim();
  if (rankOf(entry) != rank || rankOf(result) != rank || dim < 0 || dim >= rank)
    return emitOpError("takes cache, entry and result of one rank, and dim within it"); // C1
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim && (!agree(sizeOf(cache, i), sizeOf(entry, i)) || !agree(sizeOf(cache, i), sizeOf(result, i)) ||
                     !agree(sizeOf(entry, i), sizeOf(result, i))))
      return emitOpError("cache, entry and result differ in dimension ") << i; // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void CacheAppendOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getCache());
  shape[getDim()] = sizes.sum(shape[getDim()], sizes.of(getEntry(), getDim()));
  sizes.set(getResult(), shape);
}

std::optional<int64_t> CacheAppendOp::getFlops() { return 0; }

bool CacheAppendOp::growsCache() { return true; }

//===----------------------------------------------------------------------===//
// CacheUpdateOp
//===----------------------------------------------------------------------===//

/// Whether positions are [B] or [B, S].
static bool arePositions(Value at, int64_t batch, int64_t entries) {
  int64_t rank = rankOf(at);
  return (rank == 1 || rank == 2) && agree(sizeOf(at, 0), batch) && (rank == 1 || agree(sizeOf(at, 1), entries));
}

/// Whether counts, if any, are [B].
static bool areCounts(Value counts, int64_t batch) {
  return !counts || (rankOf(counts) == 1 && agree(sizeOf(counts, 0), batch));
}

LogicalResult CacheUpdateOp::verify() {
  Value cache = getCache(), entry = getEntry();
  int64_t rank = rankOf(cache), dim = getDim();
  if (rankOf(entry) != rank || !sameElement({cache, entry, getResult()}) || dim < 1 || dim >= rank)
    return emitOpError("takes cache and entry of one rank and the result's element type, and 0 < dim < rank"); // C1
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim && !agree(sizeOf(cache, i), sizeOf(entry, i)))
      return emitOpError("cache and entry differ in dimension ") << i; // C2
  if (!arePositions(getAt(), sizeOf(cache, 0), sizeOf(entry, dim)) ||
      !arePositions(getAt(), sizeOf(entry, 0), sizeOf(entry, dim)))
    return emitOpError("the positions must be [B] or [B, S], not ") << getAt().getType(); // C3
  if (!areCounts(getCounts(), sizeOf(cache, 0)))
    return emitOpError("counts must be [B], not ") << getCounts().getType(); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  return success();
}

void CacheUpdateOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getCache())); }

std::optional<int64_t> CacheUpdateOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// PagedGatherOp
//===----------------------------------------------------------------------===//

LogicalResult PagedGatherOp::verify() {
  Value pool = getPool(), pages = getPages(), lengths = getLengths();
  if (rankOf(pool) < 2 || !sameElement({pool, getResult()}))
    return emitOpError("takes a pool of rank 2 or more and of the result's element type"); // C1
  if (rankOf(pages) != 2)
    return emitOpError("pages must be [B, N], not ") << pages.getType(); // C2
  if (rankOf(lengths) != 1 || !agree(sizeOf(lengths, 0), sizeOf(pages, 0)))
    return emitOpError("lengths must be [B], not ") << lengths.getType(); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  return success();
}

void PagedGatherOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getPool());
  shape[1] = sizes.product(sizes.of(getPages(), 1), shape[1]);
  shape[0] = sizes.of(getPages(), 0);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> PagedGatherOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// PagedAppendOp
//===----------------------------------------------------------------------===//

LogicalResult PagedAppendOp::verify() {
  Value pool = getPool(), entry = getEntry(), pages = getPages();
  if (rankOf(pool) < 2 || rankOf(entry) != rankOf(pool) || !sameElement({pool, entry, getResult()}))
    return emitOpError("takes pool and entries of one rank, at least 2, and of the result's element type"); // C1
  if (!agree(tensorType(pool).getShape().drop_front(2), tensorType(entry).getShape().drop_front(2)))
    return emitOpError("pool and entries differ in their rows: ") << pool.getType() << " and " << entry.getType(); // C2
  if (rankOf(pages) != 2 || !agree(sizeOf(pages, 0), sizeOf(entry, 0)))
    return emitOpError("pages must be [B, N], not ") << pages.getType(); // C3
  if (!arePositions(getAt(), sizeOf(entry, 0), sizeOf(entry, 1)) ||
      !arePositions(getAt(), sizeOf(pages, 0), sizeOf(entry, 1)))
    return emitOpError("the positions must be [B] or [B, S], not ") << getAt().getType(); // C4
  if (!areCounts(getCounts(), sizeOf(entry, 0)))
    return emitOpError("counts must be [B], not ") << getCounts().getType(); // C5
  if (failed(verifyResults(*this)))
    return failure(); // C6
  return success();
}

void PagedAppendOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getPool())); }

std::optional<int64_t> PagedAppendOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// PagedWriteOp
//===----------------------------------------------------------------------===//

LogicalResult PagedWriteOp::verify() {
  Value pool = getPool(), entry = getEntry(), slots = getSlots();
  int64_t leading = rankOf(slots);
  if (rankOf(pool) < 2 || leading < 1 || rankOf(entry) != leading + rankOf(pool) - 2 ||
      !sameElement({pool, entry, getResult()}))
    return emitOpError("takes a pool of rank 2 or more, slots, and an entry for each, of the result's "
                       "element type"); // C1
  if (!agree(tensorType(entry).getShape().take_front(leading), tensorType(slots).getShape()) ||
      !agree(tensorType(entry).getShape().drop_front(leading), tensorType(pool).getShape().drop_front(2)))
    return emitOpError("the entries ") << entry.getType() << " are no rows of " << pool.getType() << " for "
                                       << slots.getType(); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void PagedWriteOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getPool())); }

std::optional<int64_t> PagedWriteOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// PagedAttentionOp
//===----------------------------------------------------------------------===//

LogicalResult PagedAttentionOp::verify() {
  Value q = getQ(), k = getKPool(), v = getVPool(), pages = getPages();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || !sameElement({q, k, v, getResult()}))
    return emitOpError("takes q, k_pool and v_pool of rank 4 and of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()))
    return emitOpError("q and k_pool must agree in head size; k_pool and v_pool in pages, page size and heads"); // C2
  if (failed(verifyHeads(*this, sizeOf(q, 1), sizeOf(k, 2))))
    return failure(); // C3
  if (rankOf(pages) != 2 || !agree(sizeOf(pages, 0), sizeOf(q, 0)))
    return emitOpError("pages must be [B, N], not ") << pages.getType(); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  if (failed(verifyMask(*this, {sizeOf(q, 0), sizeOf(q, 1), sizeOf(q, 2), product(sizeOf(pages, 1), sizeOf(k, 1))})))
    return failure(); // C6
  if (failed(verifyScale(*this)))
    return failure(); // C7
  if (failed(verifySink(*this, sizeOf(q, 1))))
    return failure(); // C8
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C9
  if (failed(verifySoftcap(*this)))
    return failure(); // C10
  return success();
}

void PagedAttentionOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size batch = sizes.of(getQ(), 0), heads = sizes.of(getQ(), 1), queries = sizes.of(getQ(), 2);
  sizes.set(getResult(), {batch, heads, queries, sizes.of(getVPool(), 3)});
  sizes.set(getLse(), {batch, heads, queries});
}

std::optional<int64_t> PagedAttentionOp::getWindowSize() { return windowOf(*this); }

std::optional<int64_t> PagedAttentionOp::getFlops() {
  int64_t keys = product(sizeOf(getPages(), 1), sizeOf(getKPool(), 1));
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), visibleKeys(keys, windowOf(*this)),
                  flopsOfScore(sizeOf(getQ(), 3), sizeOf(getVPool(), 3))});
}

//===----------------------------------------------------------------------===//
// PagedLatentAttentionOp
//===----------------------------------------------------------------------===//

LogicalResult PagedLatentAttentionOp::verify() {
  Value qNope = getQNope(), qPe = getQPe(), pool = getPool(), w = getWKv(), pages = getPages();
  if (rankOf(qNope) != 4 || rankOf(qPe) != 4 || rankOf(pool) != 3 || rankOf(w) != 3 ||
      !sameElement({qNope, qPe, pool, w, getResult()}))
    return emitOpError("takes q_nope, q_pe of rank 4 and pool, w_kv of rank 3, of the result's element type"); // C1
  if (!agree(tensorType(qNope).getShape().drop_back(), tensorType(qPe).getShape().drop_back()))
    return emitOpError("q_nope and q_pe must agree in batch, heads and length"); // C2
  int64_t row = sum(sizeOf(w, 0), sizeOf(qPe, 3));
  if (!agree(sizeOf(pool, 2), row))
    return emitOpError("a row of the pool must have L + R = ") << row << " columns, not " << sizeOf(pool, 2); // C3
  int64_t nope = sizeOf(qNope, 3), both = sizeOf(w, 2);
  if (!agree(sizeOf(w, 1), sizeOf(qNope, 1)) ||
      (!ShapedType::isDynamic(nope) && !ShapedType::isDynamic(both) && both <= nope))
    return emitOpError("w_kv must be [L, H, Dn + Dv] with Dv > 0 for ")
           << qNope.getType() << ", not " << w.getType(); // C4
  if (rankOf(pages) != 2 || !agree(sizeOf(pages, 0), sizeOf(qNope, 0)))
    return emitOpError("pages must be [B, N], not ") << pages.getType(); // C5
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (failed(verifyMask(
          *this, {sizeOf(qNope, 0), sizeOf(qNope, 1), sizeOf(qNope, 2), product(sizeOf(pages, 1), sizeOf(pool, 1))})))
    return failure(); // C7
  if (failed(verifyScale(*this)))
    return failure(); // C8
  if (failed(verifySink(*this, sizeOf(qNope, 1))))
    return failure(); // C9
  if (failed(verifyVisibility(*this, sizeOf(qNope, 0))))
    return failure(); // C10
  if (failed(verifySoftcap(*this)))
    return failure(); // C11
  return success();
}

void PagedLatentAttentionOp::describeResults(ResultSizes &sizes) {
  Value qNope = getQNope();
  ResultSizes::Size batch = sizes.of(qNope, 0), heads = sizes.of(qNope, 1), queries = sizes.of(qNope, 2);
  sizes.set(getResult(), {batch, heads, queries, sizes.difference(sizes.of(getWKv(), 2), sizes.of(qNope, 3))});
  sizes.set(getLse(), {batch, heads, queries});
}

std::optional<int64_t> PagedLatentAttentionOp::getWindowSize() { return windowOf(*this); }

std::optional<int64_t> PagedLatentAttentionOp::getFlops() {
  return flopsOfLatentAttention(*this, product(sizeOf(getPages(), 1), sizeOf(getPool(), 1)));
}
