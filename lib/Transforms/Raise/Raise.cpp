//===- Raise.cpp - The pass --hadal-raise ---------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "hadal/Transforms/Raise/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace hadal {
#define GEN_PASS_DEF_RAISE
#include "hadal/Transforms/Raise/Passes.h.inc"
} // namespace hadal

namespace {

struct Raise : hadal::impl::RaiseBase<Raise> {
  void runOnOperation() override;
};

} // namespace

/// Runs one matcher over a block from its end, so that the largest subgraph is tried first, and the parts of what
/// was replaced are gone when their turn comes.
static void runMatcher(Block &block, Matcher matcher, Context &context) {
  for (Operation *op = &block.back(); op;) {
    Operation *previous = op->getPrevNode();
    if (isOpTriviallyDead(op))
      context.rewriter.eraseOp(op);
    else
      (void)matcher(op, context);
    op = previous;
  }
}

/// The blocks of a function and of the loops and branches in it, but not the bodies of structured operations.
static SmallVector<Block *> blocksOf(func::FuncOp function) {
  SmallVector<Block *> blocks;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<linalg::LinalgOp, tensor::PadOp, tensor::GenerateOp>(op))
      return WalkResult::skip();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        blocks.push_back(&block);
    return WalkResult::advance();
  });
  return blocks;
}

void Raise::runOnOperation() {
  ModuleOp module = getOperation();
  RewritePatternSet patterns(&getContext());
  populatePreparation(patterns);
  FrozenRewritePatternSet preparation(std::move(patterns));
  if (failed(applyPatternsGreedily(module, preparation)))
    return signalPassFailure();

  // One value for what is computed twice, such as the clamped indices of each gather of experts' weights.
  IRRewriter rewriter(&getContext());
  DominanceInfo dominance(module);
  eliminateCommonSubExpressions(rewriter, dominance, module);
  Context context(rewriter);
  // Small things first; what stands on them after.
  constexpr Matcher matchers[] = {raiseRMSNorm,
                                  raiseLayerNorm,
                                  raiseRope,
                                  raiseCacheAppend,
                                  raiseAttention,
                                  raiseNsa,
                                  raiseMoba,
                                  raiseIndexer,
                                  raiseDsa,
                                  raiseDsaGather,
                                  simplifyMask,
                                  raiseRoute,
                                  raiseLatentProjection,
                                  raiseLatentAttention,
                                  raiseAbsorbedAttention,
                                  raiseMoe};
  for (auto function : module.getOps<func::FuncOp>())
    for (Block *block : blocksOf(function)) {
      for (Matcher matcher : matchers)
        runMatcher(*block, matcher, context);
      reportUnraisedExperts(*block, context);
    }
  context.record(module);
  // What the matchers transposed may cancel now.
  if (failed(applyPatternsGreedily(module, preparation)))
    signalPassFailure();
}
