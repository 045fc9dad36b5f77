//===- EmitArtifact.h - A module to a shared object --------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TARGET_CPU_EMITARTIFACT_H
#define HADAL_TARGET_CPU_EMITARTIFACT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>

namespace hadal {

struct ArtifactOptions {
  /// The CPU to compile for, and its features ("+avx512f,…"), as LLVM names them. Empty: this machine's.
  std::string cpu, features;
  /// Compile this many parts of the module at the same time.
  unsigned threads = 2;
};

/// Compiles a module in the llvm dialect and links the shared object `path` (runtime/include/hadal/artifact.h). The
/// file is there whole or not at all.
llvm::Error emitArtifact(mlir::ModuleOp module, llvm::StringRef path, const ArtifactOptions &options = {});

} // namespace hadal

#endif // HADAL_TARGET_CPU_EMITARTIFACT_H
