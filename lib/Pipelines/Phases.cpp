//===- Phases.cpp - The phases of compilation -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Pipelines/Phases.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace hadal;

static constexpr Phase kPhases[] = {Phase::Import, Phase::Raise,  Phase::Graph, Phase::Kernels,
                                    Phase::Host,   Phase::Target, Phase::LLVM};

llvm::ArrayRef<Phase> hadal::allPhases() { return kPhases; }

llvm::StringRef hadal::stringifyPhase(Phase phase) {
  switch (phase) {
  case Phase::Import:
    return "import";
  case Phase::Raise:
    return "raise";
  case Phase::Graph:
    return "graph";
  case Phase::Kernels:
    return "kernels";
  case Phase::Host:
    return "host";
  case Phase::Target:
    return "target";
  case Phase::LLVM:
    return "llvm";
  }
  llvm_unreachable("unknown phase");
}

std::optional<Phase> hadal::symbolizePhase(llvm::StringRef name) {
  for (Phase phase : kPhases)
    if (stringifyPhase(phase) == name)
      return phase;
  return std::nullopt;
}

std::string hadal::passPipeline(Phase phase, const PipelineOptions &options) {
  bool cpu = options.target == TargetKind::CPU;
  switch (phase) {
  case Phase::Import:
    return "";
  case Phase::Raise: {
    std::string pipeline =
        "canonicalize,cse,hadal-raise,canonicalize,cse,func.func(hadal-simplify-graph),canonicalize,cse";
    if (!options.requireRaised.empty())
      pipeline += ",hadal-require-raised{ops=" + llvm::join(options.requireRaised, ",") + "}";
    return pipeline;
  }
  case Phase::Graph:
    return "func.func(hadal-choose-latent-form,hadal-decompose{level=kernels},hadal-simplify-graph),canonicalize,cse";
  case Phase::Kernels:
    return std::string("hadal-form-kernels{target=") + (cpu ? "cpu" : "cuda") + " precision=" + options.precision +
           "},canonicalize,cse,hadal-hoist-constants";
  case Phase::Host:
    return "hadal-allocate,canonicalize,cse";
  case Phase::Target:
    return cpu ? "hadal-tile-to-vector" : "hadal-cuda-kernels,hadal-emit-cuda";
  case Phase::LLVM:
    return "hadal-host-to-llvm";
  }
  llvm_unreachable("unknown phase");
}
