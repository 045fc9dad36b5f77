//===- DecomposeRouting.cpp - Routing and experts ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

namespace {
struct DecomposeMoe : OpRewritePattern<MoeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MoeOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto x = cast<RankedTensorType>(op.getX().getType());
    auto indices = cast<RankedTensorType>(op.getIndices().getType());
    auto gateUp = cast<RankedTensorType>(op.getWGateUp().getType());
    auto down = cast<RankedTensorType>(op.getWDown().getType());
    int64_t experts = gateUp.getDimSize(0), slotsPerToken = indices.getDimSize(1);
    if (ShapedType::isDynamic(experts) || ShapedType::isDynamic(slotsPerToken))
      return rewriter.notifyMatchFailure(op, "the number of experts or of experts per token is not static");

    int64_t tokens = indices.getDimSize(0);
    int64_t slots = ShapedType::isDynamic(tokens) ? ShapedType::kDynamic : tokens * slotsPerToken;
    Type i32 = rewriter.getI32Type();
    auto group = GroupOp::create(rewriter, loc, RankedTensorType::get({experts + 1}, i32),
                                 RankedTensorType::get({slots}, i32), TypeRange(), op.getIndices(), experts,
                                 /*align=*/IntegerAttr(), /*capacity=*/IntegerAttr());
    auto rows = [&](int64_t columns) { return RankedTensorType::get({slots, columns}, x.getElementType()); };
    Value hidden = GroupedMatmulOp::create(rewriter, loc, rows(gateUp.getDimSize(2)), op.getX(), op.getWGateUp(),
                                           group.getOffsets(), group.getPermutation(),
                                           rewriter.getI64IntegerAttr(slotsPerToken), /*scatter=*/UnitAttr());
    Value active = GatedActivationOp::create(rewriter, loc, rows(down.getDimSize(1)), hidden, op.getActivation(),
                                             op.getGateOrder());
    Value outputs = GroupedMatmulOp::create(rewriter, loc, rows(down.getDimSize(2)), active, op.getWDown(),
                                            group.getOffsets(), group.getPermutation(),
                                            /*slots_per_token=*/IntegerAttr(), rewriter.getUnitAttr());
    rewriter.replaceOpWithNewOp<CombineOp>(op, op.getResult().getType(), outputs, op.getWeights(), Value(), Value(), Value());
    return success();
  }
};
} // namespace

void hadal::populateRoutingPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeMoe>(patterns.getContext());
}

void hadal::populateRoutingLinalgPatterns(RewritePatternSet &patterns) {}
