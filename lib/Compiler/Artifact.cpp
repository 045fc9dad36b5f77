//===- Artifact.cpp - What compilation writes ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/Compile.h"
#include "hadal/Target/CudaCpp/EmitCuda.h"

#include "hadal/Target/Cpu/EmitArtifact.h"

using namespace mlir;

llvm::Error hadal::writeArtifact(ModuleOp module, llvm::StringRef path) { return emitArtifact(module, path); }

LogicalResult hadal::printCuda(ModuleOp module, llvm::raw_ostream &os) { return printCudaKernels(module, os); }
