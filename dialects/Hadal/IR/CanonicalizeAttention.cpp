//===- CanonicalizeAttention.cpp - Simpler forms of attention and caches -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

namespace {

int64_t numKeys(AttentionOp op) { return sizeOf(op.getK(), 2); }
int64_t numKeys(LatentAttentionOp op) { return sizeOf(op.getLatent(), 1); }

/// The highest position that a query which is no padding may have, if it is known.
template <typename Op> std::optional<int64_t> highestPosition(Op op) {
  if (op.getOffsets())
    return std::nullopt;
  // Aligned at the bottom right the last query stands at the last valid key.
  int64_t last = op.getOffset() ? sum(sizeOf(op.getResult(), 2), *op.getOffset()) : numKeys(op);
  return ShapedType::isDynamic(last) ? std::nullopt : std::optional<int64_t>(last - 1);
}

/// A window that reaches back to the first key from every position hides nothing.
template <typename Op> struct WindowOfEverything : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    std::optional<int64_t> highest = highestPosition(op);
    if (!op.getWindow() || !highest || *highest >= static_cast<int64_t>(*op.getWindow()))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.removeWindowAttr(); });
    return success();
  }
};

/// Causality hides nothing from queries that all stand at or behind the last key: a single one without an offset, or
/// any with an offset that is large enough.
template <typename Op> struct CausalHidesNothing : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!op.getCausal() || op.getWindow() || op.getOffsets())
      return failure();
    int64_t keys = numKeys(op);
    std::optional<uint64_t> offset = op.getOffset();
    bool seesAll = offset ? !ShapedType::isDynamic(keys) && static_cast<int64_t>(*offset) >= keys - 1
                          : sizeOf(op.getResult(), 2) == 1;
    if (!seesAll)
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setCausal(false); });
    return success();
  }
};

/// Without causality nothing depends on positions.
template <typename Op> struct UnusedOffset : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (op.getCausal() || (!op.getOffset() && !op.getOffsets()))
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.removeOffsetAttr();
      op.getOffsetsMutable().clear();
    });
    return success();
  }
};

/// A mask that is true, or 0, everywhere hides nothing.
template <typename Op> struct MaskOfNothing : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    SplatElementsAttr mask;
    if (!op.getMask() || !matchPattern(op.getMask(), m_Constant(&mask)))
      return failure();
    bool isBool = mask.getElementType().isInteger(1);
    if (isBool ? !mask.getSplatValue<bool>() : !mask.getSplatValue<APFloat>().isZero())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getMaskMutable().clear(); });
    return success();
  }
};

/// Lengths that are all there is say nothing.
template <typename Op> struct FullLengths : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto areFull = [](Value lengths, int64_t size) {
      SplatElementsAttr splat;
      return lengths && matchPattern(lengths, m_Constant(&splat)) && splat.getSplatValue<APInt>() == size;
    };
    bool queries = areFull(op.getQLengths(), sizeOf(op.getResult(), 2)), keys = areFull(op.getKvLengths(), numKeys(op));
    if (!queries && !keys)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      if (queries)
        op.getQLengthsMutable().clear();
      if (keys)
        op.getKvLengthsMutable().clear();
    });
    return success();
  }
};

template <typename Op> void addVisibilityPatterns(RewritePatternSet &patterns) {
  patterns.add<WindowOfEverything<Op>, CausalHidesNothing<Op>, UnusedOffset<Op>, MaskOfNothing<Op>, FullLengths<Op>>(
      patterns.getContext());
}

/// One part that an operation of ours made is the whole: it holds 0 where its lse is −∞.
struct MergeOfOne : OpRewritePattern<MergeAttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MergeAttentionOp op, PatternRewriter &rewriter) const override {
    if (op.getOuts().size() != 1 || op.getSink())
      return failure();
    Value out = op.getOuts().front(), lse = op.getLses().front();
    Operation *part = out.getDefiningOp();
    if (!isa_and_nonnull<AttentionOp, LatentAttentionOp, PagedAttentionOp, PagedLatentAttentionOp, MergeAttentionOp>(
            part) ||
        part->getNumResults() != 2 || part->getResult(0) != out || part->getResult(1) != lse ||
        out.getType() != op.getResult().getType() || (op.getLse() && lse.getType() != op.getLse().getType()))
      return failure();
    rewriter.replaceOp(op, part->getResults().take_front(op->getNumResults()));
    return success();
  }
};

/// The parts of a part are parts.
struct MergeOfMerge : OpRewritePattern<MergeAttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MergeAttentionOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> outs, lses;
    bool changed = false;
    for (auto [out, lse] : llvm::zip(op.getOuts(), op.getLses())) {
      auto inner = out.getDefiningOp<MergeAttentionOp>();
      if (inner && inner.getResult() == out && inner.getLse() == lse && !inner.getSink() && out.hasOneUse() &&
          lse.hasOneUse() && elementOf(inner.getLses().front()) == elementOf(lse)) {
        llvm::append_range(outs, inner.getOuts());
        llvm::append_range(lses, inner.getLses());
        changed = true;
        continue;
      }
      outs.push_back(out);
      lses.push_back(lse);
    }
    if (!changed)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getOutsMutable().assign(outs);
      op.getLsesMutable().assign(lses);
    });
    return success();
  }
};

/// A part whose lse is −∞ everywhere contributes nothing.
struct MergeOfNothing : OpRewritePattern<MergeAttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MergeAttentionOp op, PatternRewriter &rewriter) const override {
    for (auto [index, lse] : llvm::enumerate(op.getLses())) {
      SplatElementsAttr splat;
      if (op.getLses().size() == 1 || !matchPattern(lse, m_Constant(&splat)))
        continue;
      APFloat value = splat.getSplatValue<APFloat>();
      if (!value.isInfinity() || !value.isNegative())
        continue;
      rewriter.modifyOpInPlace(op, [&, index = index] {
        op.getOutsMutable().erase(index);
        op.getLsesMutable().erase(index);
      });
      return success();
    }
    return failure();
  }
};

} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  addVisibilityPatterns<AttentionOp>(patterns);
}

void LatentAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) {
  addVisibilityPatterns<LatentAttentionOp>(patterns);
}

void MergeAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MergeOfOne, MergeOfMerge, MergeOfNothing>(context);
}

OpFoldResult CacheAppendOp::fold(FoldAdaptor) {
  if (sizeOf(getCache(), getDim()) == 0 && getEntry().getType() == getType())
    return getEntry();
  if (sizeOf(getEntry(), getDim()) == 0 && getCache().getType() == getType())
    return getCache();
  return {};
}

/// Writing nothing leaves the cache.
static OpFoldResult foldEmptyWrite(Value cache, Value entry, Type result) {
  bool isEmpty = llvm::is_contained(tensorType(entry).getShape(), 0);
  return isEmpty && cache.getType() == result ? OpFoldResult(cache) : OpFoldResult();
}

OpFoldResult CacheUpdateOp::fold(FoldAdaptor) { return foldEmptyWrite(getCache(), getEntry(), getType()); }
OpFoldResult PagedAppendOp::fold(FoldAdaptor) { return foldEmptyWrite(getPool(), getEntry(), getType()); }
OpFoldResult PagedWriteOp::fold(FoldAdaptor) { return foldEmptyWrite(getPool(), getEntry(), getType()); }
