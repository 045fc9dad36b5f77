//===- Passes.h - The host program to LLVM -----------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_HOSTTOLLVM_PASSES_H
#define HADAL_CONVERSION_HOSTTOLLVM_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#include "hadal/Conversion/HostToLLVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hadal/Conversion/HostToLLVM/Passes.h.inc"

/// Adds the passes that bring a module of host functions and lowered kernels into the llvm dialect:
/// `--hadal-emit-artifact-abi`, then upstream's conversions.
void buildHostToLLVMPipeline(mlir::OpPassManager &manager);

/// Registers that pipeline as `--hadal-host-to-llvm`.
void registerHostToLLVMPipeline();

} // namespace hadal

#endif // HADAL_CONVERSION_HOSTTOLLVM_PASSES_H
