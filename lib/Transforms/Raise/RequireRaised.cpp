//===- RequireRaised.cpp - What was recognised, and what had to be --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "hadal/Transforms/Raise/Passes.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace hadal {
#define GEN_PASS_DEF_REQUIRERAISED
#include "hadal/Transforms/Raise/Passes.h.inc"
} // namespace hadal

static constexpr StringLiteral kRaised = "hadal.raised", kMissed = "hadal.missed";
/// Most telling first.
static constexpr StringLiteral kKinds[] = {"dsa",
                                           "nsa",
                                           "moba",
                                           "csa",
                                           "hca",
                                           "latent_attention",
                                           "moe",
                                           "attention",
                                           "route",
                                           "indexer",
                                           "latent_projection",
                                           "layer_norm",
                                           "rms_norm",
                                           "rope",
                                           "cache_append"};

/// Whether attention is over the keys that an indexer chose: DSA in parts, where hadal.dsa cannot say its mask.
static bool isDsa(SelectedAttentionOp attention) {
  auto select = attention.getIndices().getDefiningOp<SelectOp>();
  if (!select || attention.getBlock() != 1)
    return false;
  // The scores may be masked before.
  SmallVector<Value> scores = {select.getScores()};
  for (int steps = 0; steps < 16 && !scores.empty(); ++steps) {
    Operation *op = scores.pop_back_val().getDefiningOp();
    if (isa_and_nonnull<IndexerScoresOp>(op))
      return true;
    if (auto structured = dyn_cast_or_null<linalg::LinalgOp>(op); structured && structured.isAllParallelLoops())
      llvm::append_range(scores, structured.getDpsInputs());
    else if (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op))
      scores.push_back(op->getOperand(0));
  }
  return false;
}

/// What an operation counts as.
static StringRef kindOf(Operation *op) {
  if (auto attention = dyn_cast<SelectedAttentionOp>(op); attention && isDsa(attention))
    return "dsa";
  return isa<IndexerScoresOp>(op) ? StringRef("indexer") : op->getName().stripDialect();
}

void Context::record(ModuleOp module) {
  llvm::StringMap<int64_t> counts;
  module.walk([&](Operation *op) {
    if (!isa<HadalDialect>(op->getDialect()))
      return;
    ++counts[kindOf(op)];
    if (isa<LatentProjectionOp>(op)) { // it holds one of each
      ++counts["rms_norm"];
      ++counts["rope"];
    }
  });
  Builder builder(module.getContext());
  NamedAttrList raised;
  for (StringRef kind : kKinds)
    if (int64_t count = counts.lookup(kind))
      raised.append(kind, builder.getI64IntegerAttr(count));
  module->setAttr(kRaised, raised.getDictionary(module.getContext()));
  if (missed.empty())
    return;
  module->setAttr(kMissed, builder.getArrayAttr(missed));
}

SmallVector<std::pair<std::string, int64_t>> hadal::countRaised(ModuleOp module) {
  SmallVector<std::pair<std::string, int64_t>> counts;
  if (auto raised = module->getAttrOfType<DictionaryAttr>(kRaised))
    for (StringRef kind : kKinds)
      if (auto count = raised.getAs<IntegerAttr>(kind))
        counts.emplace_back(kind.str(), count.getInt());
  return counts;
}

/// Whether `kind` is among what was recognised. A model all of whose attention is latent or sparse has attention too.
static bool isRaised(DictionaryAttr raised, StringRef kind) {
  if (kind != "attention")
    return raised.contains(kind);
  return llvm::any_of(ArrayRef<StringRef>{"attention", "latent_attention", "dsa", "nsa", "moba", "csa", "hca"},
                      [&](StringRef like) { return raised.contains(like); });
}

namespace {
struct RequireRaised : hadal::impl::RequireRaisedBase<RequireRaised> {
  using RequireRaisedBase::RequireRaisedBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto raised = module->getAttrOfType<DictionaryAttr>(kRaised);
    if (!raised) {
      module.emitError("--hadal-raise has not run");
      return signalPassFailure();
    }
    SmallVector<DictionaryAttr> misses;
    if (auto missed = module->getAttrOfType<ArrayAttr>(kMissed))
      llvm::append_range(misses, missed.getAsRange<DictionaryAttr>());
    for (StringRef kind : ops) {
      if (!llvm::is_contained(kKinds, kind)) {
        module.emitError("unknown kind '")
            << kind << "'; known are: " << llvm::join(std::begin(kKinds), std::end(kKinds), ", ");
        signalPassFailure();
        continue;
      }
      bool missed = false;
      for (DictionaryAttr miss : misses) {
        if (miss.getAs<StringAttr>("kind") != kind)
          continue;
        missed = true;
        emitError(miss.getAs<LocationAttr>("loc"))
            << "required " << kind << " not raised: " << miss.getAs<StringAttr>("reason").getValue();
      }
      if (!missed && !isRaised(raised, kind))
        module.emitError("required ") << kind << " not raised: nothing in the graph resembles it";
      if (missed || !isRaised(raised, kind))
        signalPassFailure();
    }
  }
};
} // namespace
