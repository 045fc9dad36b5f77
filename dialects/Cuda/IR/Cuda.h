//===- Cuda.h - The cuda dialect -----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_IR_CUDA_H
#define HADAL_DIALECTS_CUDA_IR_CUDA_H

#include "dialects/Cuda/IR/Layout.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Cuda/IR/CudaDialect.h.inc"
#include "dialects/Cuda/IR/CudaEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Cuda/IR/CudaAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Cuda/IR/CudaTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Cuda/IR/CudaOps.h.inc"

namespace hadal::cuda {
/// Discardable attributes (see the dialect's description).
inline constexpr llvm::StringLiteral kHomesAttr = "cuda.homes", kLayoutAttr = "cuda.layout", kChunkAttr = "cuda.chunk",
                                     kNameAttr = "cuda.name", kUniformAttr = "cuda.uniform",
                                     kUnrollAttr = "cuda.unroll", kThreadsAttr = "cuda.threads",
                                     kCarriedAttr = "cuda.carried", kStagingAttr = "cuda.staging";
} // namespace hadal::cuda

#endif // HADAL_DIALECTS_CUDA_IR_CUDA_H
