//===- Flatten.h - Reshapes out of the way of fusion ------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_FLATTEN_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_FLATTEN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace hadal {

/// Moves reshapes of tokens ([B, S, H] ↔ [B·S, H]) behind what computes on each
/// element or row, so that it fuses with the product of rank 2 before it, and
/// splits latent projections into their normalisation and rotation.
llvm::LogicalResult flatten(mlir::func::FuncOp function);

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_FLATTEN_H
