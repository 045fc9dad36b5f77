//===- HostDims.h - Sizes of tensors in the host program --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_HOSTDIMS_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_HOSTDIMS_H

#include "mlir/IR/Builders.h"

namespace hadal {

/// Gives the size of any dimension of any tensor of a straight-line function
/// as index arithmetic on the dimensions of the function's arguments. What it
/// emits stands at the builder's insertion point, which must only move forward.
class HostDims {
public:
  explicit HostDims(mlir::OpBuilder &builder) : builder(builder) {}

  /// The size of dimension `dim`: an attribute where static, else a value.
  mlir::OpFoldResult dim(mlir::Value tensor, int64_t dim);
  llvm::SmallVector<mlir::OpFoldResult> shape(mlir::Value tensor);

  mlir::Value asValue(mlir::Location loc, mlir::OpFoldResult size);
  mlir::OpFoldResult mul(mlir::Location loc, mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult add(mlir::Location loc, mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult ceilDiv(mlir::Location loc, mlir::OpFoldResult a, int64_t b);

  /// The tensor (in memory) with its first `count` dimensions as one.
  mlir::Value collapseLeading(mlir::Value tensor, int64_t count);

  mlir::OpBuilder &getBuilder() { return builder; }

private:
  mlir::OpFoldResult compute(mlir::Value tensor, int64_t dim);
  mlir::OpFoldResult reify(mlir::OpResult result, int64_t dim);

  mlir::OpBuilder &builder;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::OpFoldResult> known;
};

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_HOSTDIMS_H
