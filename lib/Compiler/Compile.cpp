//===- Compile.cpp - From a model to any phase ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/Compile.h"

#include "Manifest.h"
#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Tile/IR/Tile.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// The summary
//===----------------------------------------------------------------------===//

static int64_t countOps(ModuleOp module) {
  int64_t count = 0;
  for (auto function : module.getOps<func::FuncOp>())
    for (Operation &op : function.getOps())
      count += !op.hasTrait<OpTrait::ConstantLike>();
  return count;
}

static void countRaised(ModuleOp module, CompileSummary &summary) {
  llvm::MapVector<StringRef, int64_t> counts;
  // Whole operations first: what a reader looks for.
  for (StringRef name : {"latent_attention", "attention", "moe", "route", "latent_projection", "rope", "rms_norm"})
    counts[name] = 0;
  module.walk([&](Operation *op) {
    if (isa<HadalDialect>(op->getDialect()))
      ++counts[op->getName().stripDialect()];
  });
  for (auto &[name, count] : counts)
    if (count)
      summary.raised.emplace_back(name.str(), count);
}

static void countKernels(ModuleOp module, CompileSummary &summary) {
  llvm::MapVector<StringRef, CompileSummary::Kernel> uses;
  module.walk([&](tile::LaunchOp launch) {
    CompileSummary::Kernel &use = uses[launch.getProgram()];
    ++use.launches;
    ++summary.launches;
    if (use.origin.empty())
      if (auto node = launch.getLoc()->findInstanceOf<NameLoc>())
        use.origin = node.getName().str();
  });
  for (auto &[name, use] : uses) {
    use.name = name.str();
    summary.kernelUses.push_back(use);
  }
  summary.kernels = llvm::range_size(module.getOps<tile::ProgramOp>());
}

static void summarizePhase(Phase phase, ModuleOp module, CompileSummary &summary) {
  switch (phase) {
  case Phase::Import:
    summary.importedOps = countOps(module);
    return;
  case Phase::Raise:
    return countRaised(module, summary);
  case Phase::Graph:
    summary.graphOps = countOps(module);
    return;
  case Phase::Kernels:
    countKernels(module, summary);
    return;
  default:
    return;
  }
}

std::string CompileSummary::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto row = [&](StringRef name, auto value) { os << llvm::formatv("  {0,-24}{1,8}\n", name, value); };
  row("operations imported", importedOps);
  for (auto &[name, count] : raised)
    row("raised " + name, count);
  row("distinct kernels", kernels);
  row("launches", launches);
  double total = 0;
  for (auto &[name, time] : seconds)
    total += time;
  row("compile time, s", llvm::formatv("{0:f2}", total).str());
  return text;
}

//===----------------------------------------------------------------------===//
// The phases
//===----------------------------------------------------------------------===//

static LogicalResult dump(ModuleOp module, Phase phase, StringRef folder) {
  SmallString<128> path(folder);
  llvm::sys::path::append(path, llvm::formatv("{0}-{1}.mlir", static_cast<int>(phase), stringifyPhase(phase)).str());
  std::error_code code = llvm::sys::fs::create_directories(folder);
  if (!code) {
    llvm::raw_fd_ostream os(path, code);
    if (!code) {
      module->print(os, OpPrintingFlags().elideLargeElementsAttrs(64).elideLargeResourceString(0));
      return success();
    }
  }
  return module.emitError("cannot write ") << path << ": " << code.message();
}

LogicalResult hadal::compile(ModuleOp module, StringRef model, const CompileOptions &options, CompileSummary *summary) {
  // Kernels written by hand (or formed before) are taken as they are.
  bool formed = !module.getOps<tile::ProgramOp>().empty();
  for (Phase phase : allPhases()) {
    if (formed && phase <= Phase::Kernels && phase != options.stopAfter)
      continue;
    auto start = std::chrono::steady_clock::now();
    std::string pipeline = formed && phase <= Phase::Kernels ? "" : passPipeline(phase, options.pipeline);
    if (!pipeline.empty()) {
      PassManager manager(module.getContext(), ModuleOp::getOperationName());
      if (failed(parsePassPipeline(pipeline, manager)) || failed(manager.run(module)))
        return failure();
    }
    if (phase == Phase::Host && failed(describeArtifact(module, model, options.pipeline)))
      return failure();
    std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (summary) {
      summary->seconds.emplace_back(stringifyPhase(phase).str(), elapsed.count());
      summarizePhase(phase, module, *summary);
    }
    if (!options.dumpPhases.empty() && failed(dump(module, phase, options.dumpPhases)))
      return failure();
    if (phase == options.stopAfter)
      return success();
  }
  return success();
}
