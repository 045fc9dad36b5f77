//===- Hadal.h - The hadal dialect -----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADAL_H
#define HADAL_DIALECTS_HADAL_IR_HADAL_H

#include "dialects/Hadal/IR/ResultSizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Hadal/IR/HadalDialect.h.inc"
#include "dialects/Hadal/IR/HadalEnums.h.inc"

#include "dialects/Hadal/IR/HadalInterfaces.h.inc"

namespace hadal {
/// The columns of a latent that share a scale in an FP8 cache (hadal.pack_cache), and the bytes that a token of L + R
/// columns takes: all of them, and of them the scales; dynamic if they are beyond what a size can be.
int64_t cacheTile(CacheLayout layout);
int64_t cacheScaleBytes(CacheLayout layout, int64_t columns);
int64_t cacheBytesPerToken(CacheLayout layout, int64_t columns, int64_t rotated);
} // namespace hadal

#define GET_ATTRDEF_CLASSES
#include "dialects/Hadal/IR/HadalAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Hadal/IR/HadalOps.h.inc"

#endif // HADAL_DIALECTS_HADAL_IR_HADAL_H
