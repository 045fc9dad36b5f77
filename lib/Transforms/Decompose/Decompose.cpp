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
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateDecomposeMoePatterns(patterns);
    populateDecomposeLatentAttentionPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([](Operation *op) {
      if (isa<LatentAttentionOp, MoeOp>(op))
        op->emitRemark("not decomposed: its form is not chosen, or a size that must be static is not");
    });
  }
};

} // namespace
