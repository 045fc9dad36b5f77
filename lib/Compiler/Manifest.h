//===- Manifest.h - What an artifact says of itself -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_COMPILER_MANIFEST_H
#define HADAL_LIB_COMPILER_MANIFEST_H

#include "hadal/Pipelines/Phases.h"

#include "mlir/IR/BuiltinOps.h"

namespace hadal {

/// Gives `module` (in Phase::Host) the attribute `hadal.manifest`: the JSON text by which the runtime checks the
/// caller's tensors (runtime/include/hadal/artifact.h). `model` is the path the module came from; external weights,
/// stated relative to it, become absolute paths.
mlir::LogicalResult describeArtifact(mlir::ModuleOp module, llvm::StringRef model, const PipelineOptions &options);

} // namespace hadal

#endif // HADAL_LIB_COMPILER_MANIFEST_H
