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

static double sizeOf(Value value, int64_t dim) {
  int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(dim);
  return static_cast<double>(ShapedType::isDynamic(size) ? kAssumedLength : size);
}

static double numKeys(LatentAttentionOp op) { return sizeOf(op.getLatent(), 1); }
static double numKeys(PagedLatentAttentionOp op) {
  // An unknown number of pages holds an unknown number of keys.
  bool isKnown = !op.getPages().getType().isDynamicDim(1) && !op.getPool().getType().isDynamicDim(1);
  return isKnown ? sizeOf(op.getPages(), 1) * sizeOf(op.getPool(), 1) : kAssumedLength;
}

/// The form that multiplies less (the costs are in the pass's description).
template <typename Op> static LatentForm chooseForm(Op op) {
  double heads = sizeOf(op.getQNope(), 1), queries = sizeOf(op.getQNope(), 2), keys = numKeys(op);
  double nope = sizeOf(op.getQNope(), 3), rope = sizeOf(op.getQPe(), 3), latent = sizeOf(op.getWKv(), 0);
  double value = sizeOf(op.getResult(), 3);
  double expanded = keys * latent * heads * (nope + value) + queries * keys * heads * (nope + rope + value);
  double absorbed = queries * latent * heads * (nope + value) + queries * keys * heads * (2 * latent + rope);
  return absorbed < expanded ? LatentForm::Absorbed : LatentForm::Expanded;
}

namespace {

struct ChooseLatentForm : hadal::impl::ChooseLatentFormBase<ChooseLatentForm> {
  void runOnOperation() override {
    auto choose = [](auto op) {
      if (op.getForm() == LatentForm::Auto)
        op.setForm(chooseForm(op));
    };
    getOperation().walk([&](LatentAttentionOp op) { choose(op); });
    getOperation().walk([&](PagedLatentAttentionOp op) { choose(op); });
  }
};

struct Decompose : hadal::impl::DecomposeBase<Decompose> {
  using DecomposeBase::DecomposeBase;

  void runOnOperation() override {
    RewritePatternSet toParts(&getContext());
    for (auto populate : {populateAttentionPartsPatterns, populateLatentPartsPatterns, populateSparsePartsPatterns,
                          populateSparseModelPartsPatterns, populateRoutingPartsPatterns, populateParallelPartsPatterns,
                          populateQuantizationPartsPatterns, populateLayerPartsPatterns, populateGradientPartsPatterns})
      populate(toParts);
    RewritePatternSet toLinalg(&getContext());
    for (auto populate : {populateAttentionLinalgPatterns, populateLatentLinalgPatterns, populateSparseLinalgPatterns,
                          populateSparseModelLinalgPatterns, populateRoutingLinalgPatterns,
                          populateParallelLinalgPatterns, populateQuantizationLinalgPatterns,
                          populateLayerLinalgPatterns, populateGradientLinalgPatterns, populateGlueLinalgPatterns})
      populate(toLinalg);
    if (level == DecomposeLevel::Kernels)
      populateAttentionKernelPatterns(toLinalg);
    FrozenRewritePatternSet parts(std::move(toParts)), linalg(std::move(toLinalg));

    if (failed(rewrite(parts, [](Operation *) { return true; })))
      return signalPassFailure();
    if (level == DecomposeLevel::Linalg && failed(rewrite(linalg, [](Operation *) { return true; })))
      return signalPassFailure();
    if (level == DecomposeLevel::Kernels && failed(rewrite(linalg, [](Operation *op) { return !hasKernel(op); })))
      return signalPassFailure();
    getOperation().walk([&](Operation *op) {
      if (isNamed(op) && (isa<LatentAttentionOp, MoeOp>(op) || !ops.empty()))
        op->emitRemark("not decomposed: its form is not chosen, or a size that must be static is not");
    });
  }

private:
  /// Whether the option `ops` names this operation, or none at all.
  bool isNamed(Operation *op) {
    StringRef name = op->getName().getStringRef();
    return name.consume_front("hadal.") && (ops.empty() || llvm::is_contained(ops, name));
  }

  /// Rewrites the operations that `isMeant` accepts, and those that come of them, unless `ops` names some.
  LogicalResult rewrite(const FrozenRewritePatternSet &patterns, llvm::function_ref<bool(Operation *)> isMeant) {
    for (bool changed = true; changed;) {
      SmallVector<Operation *> meant;
      getOperation().walk([&](Operation *op) {
        if (isNamed(op) && isMeant(op))
          meant.push_back(op);
      });
      changed = false;
      GreedyRewriteConfig config;
      config.setStrictness(GreedyRewriteStrictness::ExistingOps).enableFolding(false);
      if (failed(applyOpPatternsGreedily(meant, patterns, config, &changed)))
        return failure();
      if (!ops.empty())
        return success();
    }
    return success();
  }
};

} // namespace
