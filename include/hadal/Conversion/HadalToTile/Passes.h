//===- Passes.h - From graphs to tile programs ---------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_HADALTOTILE_PASSES_H
#define HADAL_CONVERSION_HADALTOTILE_PASSES_H

#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Tile/IR/Tile.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "hadal/Conversion/HadalToTile/Passes.h.inc"

} // namespace hadal

#endif // HADAL_CONVERSION_HADALTOTILE_PASSES_H
