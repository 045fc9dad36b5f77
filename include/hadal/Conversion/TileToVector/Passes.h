//===- Passes.h - Tile programs to vector code -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOVECTOR_PASSES_H
#define HADAL_CONVERSION_TILETOVECTOR_PASSES_H

#include "dialects/Tile/IR/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#include "hadal/Conversion/TileToVector/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hadal/Conversion/TileToVector/Passes.h.inc"

} // namespace hadal

#endif // HADAL_CONVERSION_TILETOVECTOR_PASSES_H
