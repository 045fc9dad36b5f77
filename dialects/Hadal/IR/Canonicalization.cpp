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
    });
    return success();
  }
};

} // namespace

void RouteOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<AllGroupsKept>(context);
}
