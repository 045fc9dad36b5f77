//===- Explain.h - What was recognised where, and what was not --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_COMPILER_EXPLAIN_H
#define HADAL_COMPILER_EXPLAIN_H

#include "mlir/IR/BuiltinOps.h"

namespace hadal {

/// Prints, of a module after the phase `raise`: the families found, with their nodes and layers, and every near miss
/// with its node and reason. `imported` is how many operations the import made.
void explain(mlir::ModuleOp module, llvm::StringRef model, int64_t imported, llvm::raw_ostream &os);

} // namespace hadal

#endif // HADAL_COMPILER_EXPLAIN_H
