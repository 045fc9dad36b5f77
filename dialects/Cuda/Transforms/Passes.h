//===- Passes.h - Passes over cuda kernels -------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES_H
#define HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES_H

#include "dialects/Cuda/IR/Cuda.h"

#include "mlir/Pass/Pass.h"

namespace hadal::cuda {

/// Bytes of an element in memory: a bool takes one, index is 64 bits wide.
int64_t getElementBytes(mlir::Type element);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Cuda/Transforms/Passes.h.inc"

} // namespace hadal::cuda

#endif // HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES_H
