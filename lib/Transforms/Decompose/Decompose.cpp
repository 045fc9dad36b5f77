//===- Decompose.cpp - The passes of decomposition ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Transforms/Decompose/Passes.h"

#include "Patterns.h"
#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace hadal;

namespace hadal {
#define GEN_PASS_DEF_CHOOSELATENTFORM
#define GEN_PASS_DEF_DECOMPOSE
#include "hadal/Transforms/Decompose/Passes.h.inc"
} // namespace hadal

/// What a length that is not known counts as: a prompt, or a cache, of middling size.
static constexpr int64_t kAssumedLength = 1024;

/// The form that multiplies less (the costs are in the pass's description).
static LatentForm chooseForm(LatentAttentionOp op) {
  auto size = [](Value value, int64_t dim) {
    int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(dim);
    return static_cast<double>(ShapedType::isDynamic(size) ? kAssumedLength : size);
  };
  double heads = size(op.getQNope(), 1), queries = size(op.getQNope(), 2), keys = size(op.getLatent(), 1);
  double nope = size(op.getQNope(), 3), rope = size(op.getQPe(), 3), latent = size(op.getLatent(), 2);
  double value = size(op.getResult(), 3);
  double expanded = keys * latent * heads * (nope + value) + queries * keys * heads * (nope + rope + value);
  double absorbed = queries * latent * heads * (nope + value) + queries * keys * heads * (2 * latent + rope);
  return absorbed < expanded ? LatentForm::Absorbed : LatentForm::Expanded;
}

namespace {

struct ChooseLatentForm : hadal::impl::ChooseLatentFormBase<ChooseLatentForm> {
  void runOnOperation() override {
    getOperation().walk([](LatentAttentionOp op) {
      if (op.getForm() == LatentForm::Auto)
        op.setForm(chooseForm(op));
    });
  }
};

struct Decompose : hadal::impl::DecomposeBase<Decompose> {
  using DecomposeBase::DecomposeBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    for (auto populate : {populateAttentionPartsPatterns, populateLatentPartsPatterns, populateSparsePartsPatterns,
                          populateSparseModelPartsPatterns, populateRoutingPartsPatterns, populateParallelPartsPatterns,
                          populateQuantizationPartsPatterns, populateLayerPartsPatterns, populateGradientPartsPatterns})
      populate(patterns);
    if (level == DecomposeLevel::Linalg)
      for (auto populate :
           {populateAttentionLinalgPatterns, populateLatentLinalgPatterns, populateSparseLinalgPatterns,
            populateSparseModelLinalgPatterns, populateRoutingLinalgPatterns, populateParallelLinalgPatterns,
            populateQuantizationLinalgPatterns, populateLayerLinalgPatterns, populateGradientLinalgPatterns})
        populate(patterns);
    if (failed(rewrite(std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([&](Operation *op) {
      if (isMeant(op) && (isa<LatentAttentionOp, MoeOp>(op) || !ops.empty()))
        op->emitRemark("not decomposed: its form is not chosen, or a size that must be static is not");
    });
  }

private:
  /// Whether the option `ops` names this operation, or none at all.
  bool isMeant(Operation *op) {
    StringRef name = op->getName().getStringRef();
    return name.consume_front("hadal.") && (ops.empty() || llvm::is_contained(ops, name));
  }

  LogicalResult rewrite(RewritePatternSet patterns) {
    FrozenRewritePatternSet frozen(std::move(patterns));
    if (ops.empty())
      return applyPatternsGreedily(getOperation(), frozen);
    SmallVector<Operation *> meant;
    getOperation().walk([&](Operation *op) {
      if (isMeant(op))
        meant.push_back(op);
    });
    return applyOpPatternsGreedily(meant, frozen,
                                   GreedyRewriteConfig().setStrictness(GreedyRewriteStrictness::ExistingOps));
  }
};

} // namespace
