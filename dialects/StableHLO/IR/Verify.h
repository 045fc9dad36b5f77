//===- Verify.h - Checks that verifiers share ----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_STABLEHLO_IR_VERIFY_H
#define HADAL_DIALECTS_STABLEHLO_IR_VERIFY_H

#include "dialects/StableHLO/IR/StableHLO.h"

namespace hadal::stablehlo {

inline mlir::RankedTensorType typeOf(mlir::Value value) { return llvm::cast<mlir::RankedTensorType>(value.getType()); }

/// Whether two sizes may be the same.
inline bool mayBeEqual(int64_t a, int64_t b) {
  return a == b || mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b);
}

/// Checks that the result may have this shape, and the element type of `like` if that is given.
mlir::LogicalResult verifyResult(mlir::Operation *op, unsigned number, llvm::ArrayRef<int64_t> shape,
                                 mlir::Type element = mlir::Type());
/// Checks that `dims` are distinct dimensions of a tensor of that rank.
mlir::LogicalResult verifyDims(mlir::Operation *op, llvm::StringRef what, llvm::ArrayRef<int64_t> dims, int64_t rank);
/// Checks that there are as many numbers as dimensions.
mlir::LogicalResult verifyCount(mlir::Operation *op, llvm::StringRef what, size_t count, int64_t rank);
/// Checks that a region of scalars has one block with these arguments, which yields these types (as scalars).
mlir::LogicalResult verifyScalarRegion(mlir::Operation *op, mlir::Region &region, llvm::ArrayRef<mlir::Type> arguments,
                                       llvm::ArrayRef<mlir::Type> results);
/// Checks that a region yields the operation's results.
mlir::LogicalResult verifyBranch(mlir::Operation *op, mlir::Region &region, mlir::TypeRange arguments,
                                 mlir::TypeRange results);

} // namespace hadal::stablehlo

#endif // HADAL_DIALECTS_STABLEHLO_IR_VERIFY_H
