//===- TileAccess.h - Which elements an element is computed from -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile that is inline is computed element by element where it is used. Both the
// choice of homes and the expansion need to know which elements of its operands
// an element is computed from; this file says it once for both.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOCUDA_TILEACCESS_H
#define HADAL_CONVERSION_TILETOCUDA_TILEACCESS_H

#include "dialects/Cuda/IR/Cuda.h"
#include "dialects/Tile/IR/Tile.h"

namespace hadal::tilecuda {

/// A coordinate of an element: a value (none while homes are chosen), and the
/// dimension of the loop over elements that it is exactly, −1 if it is computed otherwise.
struct Coord {
  mlir::Value value;
  int64_t dim = -1;
};
using Coords = llvm::SmallVector<Coord, 4>;

inline bool isTile(mlir::Value value) { return llvm::isa<mlir::RankedTensorType>(value.getType()); }
inline mlir::RankedTensorType tileType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

/// Element-wise arithmetic on tiles.
bool isElementwise(mlir::Operation *op);
/// A tile that takes no work: a constant, or another tile read otherwise.
bool isView(mlir::Operation *op);
/// A tile whose elements can be computed one by one.
bool canBeInline(mlir::Operation *op);

/// Coordinates in a tile operand of an inline op for the element at `coords`.
/// Without a builder only the `dim`s are right. The coordinate that tile.take
/// reads at is not known here: it is left empty.
Coords operandCoords(mlir::OpOperand &operand, llvm::ArrayRef<Coord> coords, mlir::OpBuilder *builder);

/// Which dimension of the tile each dimension of a load or store's memref is; −1 where it was dropped.
llvm::SmallVector<int64_t> getAccessDims(llvm::ArrayRef<int64_t> sizes, mlir::Type valueType);

/// i32 coordinates of the element number `index` (i32) of a row-major tile.
llvm::SmallVector<mlir::Value> delinearize(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value index,
                                           llvm::ArrayRef<int64_t> shape);
mlir::Value linearize(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<mlir::Value> coords,
                      llvm::ArrayRef<int64_t> shape);
mlir::Value i32Constant(mlir::OpBuilder &builder, mlir::Location loc, int64_t value);

/// Whether the thread that handles an element in a loop by `loop` holds the element at `coords` of a tile in `layout`.
bool isDirect(cuda::LayoutAttr layout, llvm::ArrayRef<Coord> coords, cuda::LayoutAttr loop);

} // namespace hadal::tilecuda

#endif // HADAL_CONVERSION_TILETOCUDA_TILEACCESS_H
