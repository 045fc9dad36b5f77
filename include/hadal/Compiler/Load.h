//===- Load.h - A model of any format as a module -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_COMPILER_LOAD_H
#define HADAL_COMPILER_LOAD_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace hadal {

/// What a file holds, found out by its content and not by its ending.
enum class FileKind {
  Onnx,
  Mlir,    ///< text or bytecode
  Artifact ///< a shared object
};

/// The kind of the file at `path`; failure (with a diagnostic) where it cannot be read.
mlir::FailureOr<FileKind> detectFileKind(llvm::StringRef path, mlir::MLIRContext *context);

/// Reads the model at `path` (ONNX, or MLIR as text or bytecode) as a verified module. Null, with diagnostics, where
/// that fails.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(llvm::StringRef path, mlir::MLIRContext *context);

} // namespace hadal

#endif // HADAL_COMPILER_LOAD_H
