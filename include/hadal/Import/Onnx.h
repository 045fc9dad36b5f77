//===- Onnx.h - Import of ONNX models --------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An ONNX model becomes one public function on tensors: linalg, tensor, arith,
// math and the hadal dialect. See docs/import.md for the form of the result.
//
// ```c++
// FailureOr<OwningOpRef<ModuleOp>> module = hadal::importOnnx("prefill.onnx", &context);
// if (failed(module))
//   return 1; // the diagnostics name file, node and reason
// ```
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_H
#define HADAL_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace hadal {

struct OnnxImportOptions {
  /// Name of the function; empty: the file's stem, made an identifier.
  std::string functionName;
};

/// Imports the model at `path`. Weights stay in the files they are in: the
/// module's resources are views of mappings that live as long as the context.
/// Every failure is reported as an error diagnostic.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importOnnx(llvm::StringRef path, mlir::MLIRContext *context,
                                                              const OnnxImportOptions &options = {});

/// True if the file at `path` looks like an ONNX model, judged by its first
/// bytes and not by its name.
bool looksLikeOnnx(llvm::StringRef path);

/// Registers `--import-onnx` for a translation tool.
void registerOnnxTranslation();

} // namespace hadal

#endif // HADAL_IMPORT_ONNX_H
