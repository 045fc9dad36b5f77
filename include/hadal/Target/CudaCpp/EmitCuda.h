//===- EmitCuda.h - Cuda kernels to CUDA C++ ------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TARGET_CUDACPP_EMITCUDA_H
#define HADAL_TARGET_CUDACPP_EMITCUDA_H

#include "dialects/Cuda/IR/Cuda.h"
#include "dialects/Tile/IR/Tile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

/// Attributes that `--hadal-emit-cuda` gives a tile.program.
inline constexpr llvm::StringLiteral kSourceAttr = "hadal.source", kBlockThreadsAttr = "hadal.threads",
                                     kSharedBytesAttr = "hadal.shared_bytes", kArgKindsAttr = "hadal.arg_kinds";

/// The CUDA C++ of one kernel: a function, without the prelude that it needs
/// (runtime/src/prelude). Fails with a diagnostic on an op that has no C++ form.
llvm::FailureOr<std::string> emitCuda(cuda::KernelOp kernel);

/// Prints the text of every kernel of the module, whether still IR or already an attribute.
llvm::LogicalResult printCudaKernels(mlir::ModuleOp module, llvm::raw_ostream &os);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "hadal/Target/CudaCpp/Passes.h.inc"

/// Registers `hadal-translate --emit-cuda`: tile programs or cuda kernels to CUDA C++.
void registerCudaCppTranslation();

} // namespace hadal

#endif // HADAL_TARGET_CUDACPP_EMITCUDA_H
