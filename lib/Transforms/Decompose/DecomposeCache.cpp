//===- DecomposeCache.cpp - Caches into gathers and scatters --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SparseGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Pages
//===----------------------------------------------------------------------===//

/// A size as an i64.
static Value sizeAsInt(GraphBuilder &g, OpFoldResult size) {
  Value index = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), size);
  return arith::IndexCastOp::create(g.b, g.b.getI64Type(), index);
}

/// x div y, x mod y for numbers that are not negative.
static Value quotient(Cell &c, Value x, Value y) { return arith::DivSIOp::create(c.b, x, y); }
static Value remainder(Cell &c, Value x, Value y) { return arith::RemSIOp::create(c.b, x, y); }

/// The page of each position [B, S] (i64): pages[b, position div page_size].
static Value pagesAt(GraphBuilder &g, Value pages, Value positions, Value pageSize) {
  Value numbers = g.map("bs->bs", positions, g.b.getI64Type(), [&](Cell &c) { return quotient(c, c[0], pageSize); });
  auto type = GraphBuilder::type(numbers).clone(GraphBuilder::type(pages).getElementType());
  return g.convert(GatherElementsOp::create(g.b, type, pages, numbers, /*axis=*/1), g.b.getI64Type());
}

/// The page of each of the T rows of each sequence [B, T].
static Value pagesOfRows(GraphBuilder &g, Value pages, OpFoldResult pageSize) {
  Value positions = g.map("->bs", {}, g.b.getI64Type(), [](Cell &c) { return c.position('s'); },
                          {{'b', g.size(pages, 0)}, {'s', g.product(g.size(pages, 1), pageSize)}});
  return pagesAt(g, pages, positions, sizeAsInt(g, pageSize));
}

/// Pairs of indices [B, S, 2]: `first` and `second` of each [B, S]; `absent` stands for a first index below 0, which
/// reads as 0 and writes nothing.
static Value pairs(GraphBuilder &g, Value first, Value second, OpFoldResult absent) {
  Value none = sizeAsInt(g, absent);
  return g.map("bs,bs->bsc", {first, second}, g.b.getI64Type(),
               [&](Cell &c) {
                 Value zero = c.integer(0), isThere = c.lessEqual(zero, c[0]);
                 return c.select(c.equal(c.position('c'), zero), c.select(isThere, c[0], none),
                                 c.select(isThere, c[1], zero));
               },
               {{'c', g.number(2)}});
}

static LogicalResult decomposePagedGather(PagedGatherOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value pool = op.getPool(), pageSize = sizeAsInt(g, g.size(pool, 1));
  Type i64 = g.b.getI64Type();
  Value pages = pagesOfRows(g, op.getPages(), g.size(pool, 1));
  Value first = g.map("bs,b->bs", {pages, op.getLengths()}, i64,
                      [&](Cell &c) { return c.select(c.less(c.position('s'), c.toInt(c[1])), c[0], c.integer(-1)); });
  Value second = g.map("bs->bs", pages, i64, [&](Cell &c) { return remainder(c, c.position('s'), pageSize); });
  Value indices = pairs(g, first, second, g.size(pool, 0));
  SmallVector<int64_t> shape(GraphBuilder::type(indices).getShape().drop_back());
  llvm::append_range(shape, GraphBuilder::type(pool).getShape().drop_front(2));
  auto type = RankedTensorType::get(shape, GraphBuilder::type(pool).getElementType());
  Value rows = GatherNDOp::create(g.b, type, pool, indices, /*batch_dims=*/0);
  rewriter.replaceOp(op, g.cast(rows, op.getResult().getType()));
  return success();
}

//===----------------------------------------------------------------------===//
// Writes
//===----------------------------------------------------------------------===//

/// Where the entries [B, S] go (i64); −1 for those that are not written.
static Value positionsOf(GraphBuilder &g, Value at, Value counts, OpFoldResult entries) {
  bool isStart = GraphBuilder::type(at).getRank() == 1;
  SmallVector<Value> inputs = {at};
  std::string spec = isStart ? "b" : "bs";
  if (counts) {
    inputs.push_back(counts);
    spec += ",b";
  }
  return g.map(spec + "->bs", inputs, g.b.getI64Type(),
               [&](Cell &c) {
                 Value position = c.toInt(c[0]);
                 if (isStart)
                   position = c.add(position, c.position('s'));
                 return counts ? c.select(c.less(c.position('s'), c.toInt(c[1])), position, c.integer(-1)) : position;
               },
               {{'s', entries}});
}

static Value scatter(GraphBuilder &g, Value data, Value indices, Value updates) {
  return ScatterNDOp::create(g.b, data.getType(), data, indices, updates, ScatterReduction::None);
}

static LogicalResult decomposeCacheAppend(CacheAppendOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  rewriter.replaceOp(op, g.cast(g.concat(op.getDim(), {op.getCache(), op.getEntry()}), op.getResult().getType()));
  return success();
}

static LogicalResult decomposeCacheUpdate(CacheUpdateOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  int64_t dim = op.getDim(), rank = op.getCache().getType().getRank();
  if (rank > 26)
    return rewriter.notifyMatchFailure(op, "more dimensions than letters");
  // Positions behind the batch, and back.
  std::string from, to;
  for (int64_t i = 0; i < rank; ++i)
    from += static_cast<char>('a' + i);
  to = from;
  std::rotate(to.begin() + 1, to.begin() + dim, to.begin() + dim + 1);
  auto moved = [&](Value x, const std::string &a, const std::string &b) {
    return dim == 1 ? x : g.transpose(a + "->" + b, x);
  };
  Value cache = moved(op.getCache(), from, to), entry = moved(op.getEntry(), from, to);
  Value positions = positionsOf(g, op.getAt(), op.getCounts(), g.size(entry, 1));
  Value batch = g.map("bs->bs", positions, g.b.getI64Type(),
                      [](Cell &c) { return c.select(c.less(c[0], c.integer(0)), c.integer(-1), c.position('b')); });
  Value written = scatter(g, cache, pairs(g, batch, positions, g.size(cache, 0)), entry);
  rewriter.replaceOp(op, g.cast(moved(written, to, from), op.getResult().getType()));
  return success();
}

static LogicalResult decomposePagedAppend(PagedAppendOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value pool = op.getPool(), pageSize = sizeAsInt(g, g.size(pool, 1));
  Type i64 = g.b.getI64Type();
  Value positions = positionsOf(g, op.getAt(), op.getCounts(), g.size(op.getEntry(), 1));
  auto isWritten = [](Cell &c, Value position) { return c.lessEqual(c.integer(0), position); };
  Value safe =
      g.map("bs->bs", positions, i64, [&](Cell &c) { return c.select(isWritten(c, c[0]), c[0], c.integer(0)); });
  Value pages = pagesAt(g, op.getPages(), safe, pageSize);
  Value first = g.map("bs,bs->bs", {positions, pages}, i64,
                      [&](Cell &c) { return c.select(isWritten(c, c[0]), c[1], c.integer(-1)); });
  Value second = g.map("bs->bs", safe, i64, [&](Cell &c) { return remainder(c, c[0], pageSize); });
  Value written = scatter(g, pool, pairs(g, first, second, g.size(pool, 0)), op.getEntry());
  rewriter.replaceOp(op, g.cast(written, op.getResult().getType()));
  return success();
}

static LogicalResult decomposePagedWrite(PagedWriteOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value pool = op.getPool(), pageSize = sizeAsInt(g, g.size(pool, 1)), numPages = sizeAsInt(g, g.size(pool, 0));
  int64_t rank = op.getSlots().getType().getRank();
  if (rank > 25)
    return rewriter.notifyMatchFailure(op, "more dimensions than letters");
  std::string letters;
  for (int64_t i = 0; i < rank; ++i)
    letters += static_cast<char>('a' + i);
  Value indices = g.map(letters + "->" + letters + "z", op.getSlots(), g.b.getI64Type(),
                        [&](Cell &c) {
                          Value slot = c.toInt(c[0]), isAbsent = c.less(slot, c.integer(0));
                          Value page = c.select(isAbsent, numPages, quotient(c, slot, pageSize));
                          Value row = c.select(isAbsent, c.integer(0), remainder(c, slot, pageSize));
                          return c.select(c.equal(c.position('z'), c.integer(0)), page, row);
                        },
                        {{'z', g.number(2)}});
  rewriter.replaceOp(op, g.cast(scatter(g, pool, indices, op.getEntry()), op.getResult().getType()));
  return success();
}

//===----------------------------------------------------------------------===//
// Paged attention
//===----------------------------------------------------------------------===//

/// The mask of an operation with the keys of absent pages hidden. Without a mask, or with a boolean one, it is boolean.
static Value maskOfPages(GraphBuilder &g, Value mask, Value pages, OpFoldResult pageSize) {
  Value ofRows = pagesOfRows(g, pages, pageSize);
  auto isThere = [](Cell &c) { return c.lessEqual(c.integer(0), c[0]); };
  if (!mask) {
    Value there = g.map("bs->bs", ofRows, g.b.getI1Type(), isThere);
    return g.expand(there, {{0, 1, 2}, {3}}, {g.size(there, 0), g.number(1), g.number(1), g.size(there, 1)});
  }
  Type element = GraphBuilder::type(mask).getElementType();
  return g.map("bt->bhst", ofRows, element,
               [&](Cell &c) {
                 Value given = maskAt(c, mask, {c.index('b'), c.index('h'), c.index('s'), c.index('t')});
                 if (element.isInteger(1))
                   return c.both(isThere(c), given);
                 Value hidden = arith::ConstantOp::create(c.b, c.b.getFloatAttr(element, -INFINITY));
                 return c.select(isThere(c), given, hidden);
               },
               {{'h', g.size(mask, 1)}, {'s', g.size(mask, 2)}});
}

/// The rows of each sequence, dense.
static Value gathered(GraphBuilder &g, Value pool, Value pages, Value lengths) {
  SmallVector<OpFoldResult> sizes = {g.size(pages, 0), g.product(g.size(pages, 1), g.size(pool, 1))};
  for (int64_t dim = 2; dim < GraphBuilder::type(pool).getRank(); ++dim)
    sizes.push_back(g.size(pool, dim));
  return PagedGatherOp::create(g.b, tensorTypeOf(sizes, GraphBuilder::type(pool).getElementType()), pool, pages,
                               lengths);
}

/// The type of the lse, if there is one.
template <typename Op> static Type lseType(Op op) { return op.getLse() ? op.getLse().getType() : Type(); }

static LogicalResult decomposePagedAttention(PagedAttentionOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  auto byHead = [&](Value pool) {
    return g.transpose("bthd->bhtd", gathered(g, pool, op.getPages(), op.getKvLengths()));
  };
  Value k = byHead(op.getKPool()), v = byHead(op.getVPool());
  Value mask = maskOfPages(g, op.getMask(), op.getPages(), g.size(op.getKPool(), 1));
  auto attention = AttentionOp::create(g.b, op.getResult().getType(), lseType(op), op.getQ(), k, v, mask, op.getSink(),
                                       op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getScaleAttr(),
                                       op.getCausalAttr(), op.getOffsetAttr(), op.getWindowAttr(), op.getSoftcapAttr());
  rewriter.replaceOp(op, attention);
  return success();
}

static LogicalResult decomposePagedLatentAttention(PagedLatentAttentionOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value rows = gathered(g, op.getPool(), op.getPages(), op.getKvLengths());
  OpFoldResult size = g.size(op.getWKv(), 0);
  Value latent = g.slice(rows, 2, g.number(0), size), kPe = g.slice(rows, 2, size, g.size(op.getQPe(), 3));
  Value mask = maskOfPages(g, op.getMask(), op.getPages(), g.size(op.getPool(), 1));
  auto attention = LatentAttentionOp::create(
      g.b, op.getResult().getType(), lseType(op), op.getQNope(), op.getQPe(), latent, kPe, op.getWKv(), mask,
      op.getSink(), op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getScaleAttr(), op.getCausalAttr(),
      op.getOffsetAttr(), op.getWindowAttr(), op.getSoftcapAttr(), op.getFormAttr());
  rewriter.replaceOp(op, attention);
  return success();
}

void hadal::populateCachePartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<PagedAttentionOp, decomposePagedAttention>,
               DecomposeBy<PagedLatentAttentionOp, decomposePagedLatentAttention>>(patterns.getContext());
}

void hadal::populateCacheLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<CacheAppendOp, decomposeCacheAppend>, DecomposeBy<CacheUpdateOp, decomposeCacheUpdate>,
               DecomposeBy<PagedGatherOp, decomposePagedGather>, DecomposeBy<PagedAppendOp, decomposePagedAppend>,
               DecomposeBy<PagedWriteOp, decomposePagedWrite>>(patterns.getContext());
}
