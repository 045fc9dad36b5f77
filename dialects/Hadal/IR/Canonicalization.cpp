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
      op.removeGroupFillAttr();
    });
    return success();
  }
};

/// Where the logits are the scores, or stand for them until the choice, there is one thing to rank.
struct OneThingToRank : OpRewritePattern<RouteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RouteOp op, PatternRewriter &rewriter) const override {
    bool isLogits = op.getScore() == ScoreFunction::Identity || op.getScore() == ScoreFunction::SoftmaxChosen;
    if (!isLogits || op.getRank() == RouteRank::Scores)
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setRank(RouteRank::Scores); });
    return success();
  }
};

/// Tokens that are all valid need no list of those that are.
struct AllTokensValid : OpRewritePattern<RouteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RouteOp op, PatternRewriter &rewriter) const override {
    if (!op.getValid() || !matchPattern(op.getValid(), m_One()))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getValidMutable().clear(); });
    return success();
  }
};

/// A sum by the permutation of a grouping that has the inverse too gathers
/// instead of scattering. The plain layout's permutation lists slots without
/// an expert, which its inverse does not.
struct CombineByInverse : OpRewritePattern<CombineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CombineOp op, PatternRewriter &rewriter) const override {
    auto group = op.getPermutation() ? op.getPermutation().getDefiningOp<GroupOp>() : GroupOp();
    if (!group || op.getPermutation() != group.getPermutation() || !group.getInverse() ||
        (!group.getAlign() && !group.getCapacity()) ||
        tensorType(group.getIndices()).getShape() != tensorType(op.getWeights()).getShape())
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getPermutationMutable().clear();
      op.getInverseMutable().assign(group.getInverse());
    });
    return success();
  }
};

} // namespace

void RouteOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<AllGroupsKept, OneThingToRank, AllTokensValid>(context);
}

void CombineOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<CombineByInverse>(context);
}
