//===- Canonicalization.cpp - Simpler forms of hadal ops ------------------===//
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

/// A single query is the last one: causality hides nothing from it.
template <typename Op> struct CausalSingleQuery : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!op.getCausal() || sizeOf(op.getResult(), 2) != 1)
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setCausal(false); });
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

/// Where all groups are kept there might as well be one.
struct AllGroupsKept : OpRewritePattern<RouteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RouteOp op, PatternRewriter &rewriter) const override {
    if (op.getGroups() == 1 || op.getKeptGroups() != op.getGroups())
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.setGroups(1);
      op.setKeptGroups(1);
      op.setGroupScore(GroupScore::Max);
    });
    return success();
  }
};

} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<CausalSingleQuery<AttentionOp>, MaskOfNothing<AttentionOp>>(context);
}

void LatentAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<CausalSingleQuery<LatentAttentionOp>, MaskOfNothing<LatentAttentionOp>>(context);
}

void RouteOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<AllGroupsKept>(context);
}

OpFoldResult CacheAppendOp::fold(FoldAdaptor) {
  if (sizeOf(getCache(), getDim()) == 0 && getEntry().getType() == getType())
    return getEntry();
  if (sizeOf(getEntry(), getDim()) == 0 && getCache().getType() == getType())
    return getCache();
  return {};
}
