//===- Passes.h - Passes over the hadal dialect -----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_H
#define HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_H

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace hadal {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Hadal/Transforms/Passes.h.inc"

} // namespace hadal

#endif // HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_H
