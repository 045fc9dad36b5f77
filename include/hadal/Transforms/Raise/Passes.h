//===- Passes.h - Recognition passes ---------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TRANSFORMS_RAISE_PASSES_H
#define HADAL_TRANSFORMS_RAISE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#include "hadal/Transforms/Raise/Passes.h.inc"

/// What `--hadal-raise` recognised in a module: kinds and how many of each, most telling first, none with zero.
llvm::SmallVector<std::pair<std::string, int64_t>> countRaised(mlir::ModuleOp module);

#define GEN_PASS_REGISTRATION
#include "hadal/Transforms/Raise/Passes.h.inc"

} // namespace hadal

#endif // HADAL_TRANSFORMS_RAISE_PASSES_H
