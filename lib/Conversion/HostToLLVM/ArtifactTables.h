//===- ArtifactTables.h - The tables of an artifact --------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HOSTTOLLVM_ARTIFACTTABLES_H
#define HADAL_LIB_CONVERSION_HOSTTOLLVM_ARTIFACTTABLES_H

#include "dialects/Tile/IR/Tile.h"
#include "lib/Conversion/HostToLLVM/ABIBuilder.h"

#include "mlir/IR/BuiltinOps.h"

namespace hadal::abi {

/// A HadalArtifactKernel; functions by name, empty if there is none.
struct KernelEntry {
  std::string name, function = {}, source = {};
  int64_t scratchBytes = 0, threads = 0, sharedBytes = 0;
  llvm::SmallVector<ArgKind> argKinds = {};
};

/// A HadalArtifactFunction.
struct FunctionEntry {
  std::string name, plan = {}, run = {};
  int64_t inDims = 0, outDims = 0;
};

struct ArtifactTables {
  std::string manifest = "{}";
  std::vector<KernelEntry> kernels;
  std::vector<FunctionEntry> functions;
};

/// Emits the tables and the exported `hadal_artifact` at the end of the module.
mlir::LogicalResult emitTables(mlir::ModuleOp module, const ArtifactTables &tables,
                               llvm::ArrayRef<tile::GlobalOp> globals);

} // namespace hadal::abi

#endif // HADAL_LIB_CONVERSION_HOSTTOLLVM_ARTIFACTTABLES_H
