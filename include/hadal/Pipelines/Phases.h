//===- Phases.h - The phases of compilation -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_PIPELINES_PHASES_H
#define HADAL_PIPELINES_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace hadal {

/// The levels a model goes through, in order (docs/architecture.md). Each is the state of the module after its passes.
enum class Phase {
  Import,  ///< as the importer made it: linalg, tensor, arith and hadal's glue
  Raise,   ///< attention, latent attention, routing, experts, ... recognised
  Graph,   ///< whole operations decomposed, the form of latent attention chosen
  Kernels, ///< one tile.program for each fused kernel, launches on tensors
  Host,    ///< launches on memory: the host program with its arena
  Target,  ///< programs lowered to vector code (cpu) or to CUDA C++ (cuda, emulator)
  LLVM,    ///< everything that runs on the host in the llvm dialect
};

/// Where the kernels run.
enum class TargetKind { CPU, CUDA, Emulator };

struct PipelineOptions {
  TargetKind target = TargetKind::CPU;
  /// What operands of a matmul may be rounded to: f32, tf32 or bf16.
  std::string precision = "f32";
  /// Names of operations that must have been raised (latent_attention, moe, ...); a miss is an error.
  std::vector<std::string> requireRaised;
};

/// All phases, in order.
llvm::ArrayRef<Phase> allPhases();

/// "import", "raise", "graph", "kernels", "host", "target", "llvm".
llvm::StringRef stringifyPhase(Phase phase);
std::optional<Phase> symbolizePhase(llvm::StringRef name);

/// The passes that lead from the phase before to `phase`, as a textual pipeline for `hadal-opt --pass-pipeline`.
/// Empty for Phase::Import.
std::string passPipeline(Phase phase, const PipelineOptions &options);

} // namespace hadal

#endif // HADAL_PIPELINES_PHASES_H
