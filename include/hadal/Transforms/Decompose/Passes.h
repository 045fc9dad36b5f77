//===- Passes.h - Decomposition passes -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TRANSFORMS_DECOMPOSE_PASSES_H
#define HADAL_TRANSFORMS_DECOMPOSE_PASSES_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

/// How far --hadal-decompose goes.
enum class DecomposeLevel { Parts, Kernels, Linalg };

#define GEN_PASS_DECL
#include "hadal/Transforms/Decompose/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hadal/Transforms/Decompose/Passes.h.inc"

} // namespace hadal

#endif // HADAL_TRANSFORMS_DECOMPOSE_PASSES_H
