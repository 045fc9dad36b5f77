//===- StableHLO.h - Import of StableHLO models -----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A StableHLO model, read as text or from a portable artifact, becomes one
// public function on tensors: linalg, tensor, arith, math and the hadal
// dialect. See docs/import-stablehlo.md for what is read.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_STABLEHLO_H
#define HADAL_IMPORT_STABLEHLO_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace hadal {

/// Adds the dialects that a file of StableHLO needs to be parsed.
void registerStableHLODialects(mlir::DialectRegistry &registry);

/// Whether a parsed module holds a StableHLO model.
bool isStableHLO(mlir::ModuleOp module);

/// What the header of MLIR bytecode says of who wrote it; empty for text.
std::string bytecodeProducer(llvm::StringRef data);

/// Fails with a diagnostic if `data`, text or bytecode, is such that MLIR's parser or reader would not survive it: text
/// that nests too deep, bytecode whose counts exceed it.
mlir::LogicalResult checkSource(llvm::StringRef data, mlir::Location file);

/// Imports a module in place. Every failure is reported as an error
/// diagnostic, at `file` where no place within it is known.
mlir::LogicalResult importStableHLO(mlir::ModuleOp module, mlir::Location file, llvm::StringRef producer = "");

/// Registers `--import-stablehlo` for a translation tool.
void registerStableHLOTranslation();

} // namespace hadal

#endif // HADAL_IMPORT_STABLEHLO_H
