//===- TileAccess.cpp - Which elements an element is computed from --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileAccess.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;

bool tilecuda::isElementwise(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 && isTile(op->getResult(0));
}

bool tilecuda::isView(Operation *op) {
  return isa<tile::BroadcastOp, tile::TransposeOp, tile::IotaOp, tensor::SplatOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp>(op) ||
         (isa<arith::ConstantOp>(op) && isTile(op->getResult(0)));
}

bool tilecuda::canBeInline(Operation *op) {
  return op && (isElementwise(op) || isView(op) || isa<tile::LoadOp, tile::TakeOp>(op));
}

Value tilecuda::i32Constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(value));
}

SmallVector<Value> tilecuda::delinearize(OpBuilder &builder, Location loc, Value index, ArrayRef<int64_t> shape) {
  SmallVector<Value> coords(shape.size());
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim) {
    Value size = i32Constant(builder, loc, shape[dim]);
    coords[dim] = dim ? builder.createOrFold<arith::RemSIOp>(loc, index, size) : index;
    if (dim)
      index = builder.createOrFold<arith::DivSIOp>(loc, index, size);
  }
  return coords;
}

Value tilecuda::linearize(OpBuilder &builder, Location loc, ArrayRef<Value> coords, ArrayRef<int64_t> shape) {
  Value index;
  for (auto [coord, size] : llvm::zip(coords, shape)) {
    if (index)
      index = builder.createOrFold<arith::MulIOp>(loc, index, i32Constant(builder, loc, size));
    index = index ? builder.createOrFold<arith::AddIOp>(loc, index, coord) : coord;
  }
  return index ? index : i32Constant(builder, loc, 0);
}

/// Coordinates in the source of a reshape. A dimension that the reshape keeps
/// whole (or only gives neighbours of size 1) stays exactly itself.
static Coords reshapeCoords(ArrayRef<Coord> coords, ArrayRef<int64_t> shape, ArrayRef<int64_t> sourceShape,
                            ArrayRef<ReassociationIndices> groups, bool expand, Location loc, OpBuilder *builder) {
  Coords result(sourceShape.size());
  for (auto [group, many] : llvm::enumerate(groups)) {
    ArrayRef<int64_t> manyShape = expand ? shape : sourceShape;
    SmallVector<int64_t> sizes, real;
    for (int64_t dim : many) {
      sizes.push_back(manyShape[dim]);
      if (manyShape[dim] != 1)
        real.push_back(dim);
    }
    auto zero = [&] { return Coord{builder ? i32Constant(*builder, loc, 0) : Value(), -1}; };
    if (real.size() <= 1) {
      if (expand) {
        result[group] = real.empty() ? zero() : coords[real.front()];
        continue;
      }
      for (int64_t dim : many)
        result[dim] = !real.empty() && dim == real.front() ? coords[group] : zero();
      continue;
    }
    if (!builder)
      continue;
    if (expand) {
      SmallVector<Value> values;
      for (int64_t dim : many)
        values.push_back(coords[dim].value);
      result[group].value = linearize(*builder, loc, values, sizes);
    } else {
      for (auto [dim, value] : llvm::zip(many, delinearize(*builder, loc, coords[group].value, sizes)))
        result[dim].value = value;
    }
  }
  return result;
}

Coords tilecuda::operandCoords(OpOperand &operand, ArrayRef<Coord> coords, OpBuilder *builder) {
  Operation *op = operand.getOwner();
  if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
    Coords result;
    for (int64_t dim : broadcast.getDims())
      result.push_back(coords[dim]);
    return result;
  }
  if (auto transpose = dyn_cast<tile::TransposeOp>(op)) {
    Coords result(coords.size());
    for (auto [index, dim] : llvm::enumerate(transpose.getPerm()))
      result[dim] = coords[index];
    return result;
  }
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return reshapeCoords(coords, expand.getResultType().getShape(), expand.getSrcType().getShape(),
                         expand.getReassociationIndices(), /*expand=*/true, op->getLoc(), builder);
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return reshapeCoords(coords, collapse.getResultType().getShape(), collapse.getSrcType().getShape(),
                         collapse.getReassociationIndices(), /*expand=*/false, op->getLoc(), builder);
  if (auto load = dyn_cast<tile::LoadOp>(op)) {
    int64_t dim = getAccessDims(load.getSizes(), load.getType())[*load.getGatherDim()];
    if (dim >= 0)
      return {coords[dim]};
    return {Coord{builder ? i32Constant(*builder, op->getLoc(), 0) : Value(), -1}};
  }
  Coords result(coords);
  if (auto take = dyn_cast<tile::TakeOp>(op); take && operand.get() == take.getSource() && !operand.getOperandNumber())
    result.back() = Coord();
  return result;
}

SmallVector<int64_t> tilecuda::getAccessDims(ArrayRef<int64_t> sizes, Type valueType) {
  ArrayRef<int64_t> shape;
  if (auto type = dyn_cast<RankedTensorType>(valueType))
    shape = type.getShape();
  SmallVector<int64_t> dims;
  int64_t next = 0;
  for (int64_t size : sizes)
    dims.push_back(next < static_cast<int64_t>(shape.size()) && shape[next] == size ? next++ : -1);
  return dims;
}

bool tilecuda::isDirect(cuda::LayoutAttr layout, ArrayRef<Coord> coords, cuda::LayoutAttr loop) {
  SmallVector<int64_t> dims;
  for (auto [index, coord] : llvm::enumerate(coords)) {
    if (coord.dim < 0 && layout.getExtent(index) > 1)
      return false;
    dims.push_back(coord.dim);
  }
  return layout.project(llvm::to_vector(llvm::seq<int64_t>(0, coords.size()))) == loop.project(dims);
}
