//===- Passes.h - From tile programs to cuda kernels -----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOCUDA_PASSES_H
#define HADAL_CONVERSION_TILETOCUDA_PASSES_H

#include "dialects/Cuda/IR/Cuda.h"
#include "dialects/Tile/IR/Tile.h"

#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "hadal/Conversion/TileToCuda/Passes.h.inc"

/// Appends the passes from tile programs to complete cuda kernels: layouts,
/// expansion, shared memory, barriers.
void buildTileToCudaPipeline(mlir::OpPassManager &manager);

/// Registers that pipeline as `--hadal-cuda-kernels`.
void registerTileToCudaPipeline();

} // namespace hadal

#endif // HADAL_CONVERSION_TILETOCUDA_PASSES_H
