//===- Compile.h - From a model to any phase, or an artifact -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_COMPILER_COMPILE_H
#define HADAL_COMPILER_COMPILE_H

#include "hadal/Pipelines/Phases.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace hadal {

struct CompileOptions {
  PipelineOptions pipeline;
  /// Where to stop.
  Phase stopAfter = Phase::LLVM;
  /// A folder (made if it is not there) that gets the IR after each phase, as 0-import.mlir, 1-raise.mlir, ...
  std::string dumpPhases;
};

/// What compilation found and made, for people.
struct CompileSummary {
  /// Operations of the raised graph by name ("latent_attention", "moe", ...), most telling first.
  std::vector<std::pair<std::string, int64_t>> raised;
  /// Operations of the imported graph and of the graph that kernels are formed from.
  int64_t importedOps = 0, graphOps = 0;
  int64_t kernels = 0, launches = 0;
  /// Each distinct kernel: its name, how often it is launched, and the model's node it was formed from first.
  struct Kernel {
    std::string name;
    int64_t launches = 0;
    std::string origin;
  };
  std::vector<Kernel> kernelUses;
  /// Seconds in each phase that ran, by name.
  std::vector<std::pair<std::string, double>> seconds;

  /// The summary as a short table.
  std::string str() const;
};

/// Runs the passes that lead `module` from the imported graph to `options.stopAfter`. What goes wrong has been
/// reported as diagnostics. `model` is the path that the module came from; it goes into the manifest, and external
/// weights are found relative to it.
mlir::LogicalResult compile(mlir::ModuleOp module, llvm::StringRef model, const CompileOptions &options,
                            CompileSummary *summary = nullptr);

/// Writes the shared object of `module` (in Phase::LLVM) to `path`.
llvm::Error writeArtifact(mlir::ModuleOp module, llvm::StringRef path);

/// Prints the CUDA C++ of every kernel of `module` (in Phase::Target, for cuda or the emulator).
mlir::LogicalResult printCuda(mlir::ModuleOp module, llvm::raw_ostream &os);

/// Compiles every kernel by NVRTC for the architectures we support and prints registers, spills, shared memory and
/// compile time of each.
mlir::LogicalResult printKernelTable(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace hadal

#endif // HADAL_COMPILER_COMPILE_H
