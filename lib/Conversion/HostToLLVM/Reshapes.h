//===- Reshapes.h - Reshapes of contiguous buffers -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HOSTTOLLVM_RESHAPES_H
#define HADAL_LIB_CONVERSION_HOSTTOLLVM_RESHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace hadal {

/// Makes memref.reinterpret_cast of every memref.expand_shape and memref.collapse_shape in a host function. Buffers
/// there are contiguous, so that the new sizes say it all. (Upstream's expand-strided-metadata allows one dynamic size
/// in a group, and fails on batch x sequence.)
void lowerReshapes(mlir::func::FuncOp function);

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HOSTTOLLVM_RESHAPES_H
