//===- PullElementwise.cpp - Element-wise operations on tiles -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

/// The region of an operand of a linalg op, given the regions of its loops.
static FailureOr<TileRegion> operandRegion(linalg::LinalgOp op, AffineMap map, const TileRegion &loops) {
  TileRegion region;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      region.push_back(loops[dim.getPosition()]);
    else if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      region.push_back({IntegerAttr::get(IndexType::get(op.getContext()), constant.getValue()), 1, 1, true});
    else
      return op.emitError("no kernel indexes an operand in this way");
  }
  return region;
}

/// A tile of an operand, its dimensions named by the loops they run along.
static Tile onLoops(TileBuilder &builder, const Tile &tile, AffineMap map) {
  SmallVector<int64_t> loops;
  for (int64_t dim : tile.dims)
    loops.push_back(cast<AffineDimExpr>(map.getResult(dim)).getPosition());
  return builder.inOrder(tile.value, loops);
}

MaybeTile TileBuilder::pullElementwise(linalg::LinalgOp op, const TileRegion &region) {
  if (op.getNumDpsInits() != 1)
    return op.emitError("no kernel makes more than one element-wise result");
  AffineMap outMap = op.getIndexingMapsArray().back();
  TileRegion loops(op.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(outMap.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return op.emitError("no kernel writes an element-wise result in this way");
    loops[dim.getPosition()] = region[i];
  }

  Block *body = op.getBlock();
  DenseMap<Value, Tile> tiles;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (argument.use_empty())
      continue;
    if (!isa<RankedTensorType>(operand.get().getType())) { // linalg.fill's value
      Attribute value;
      if (!matchPattern(operand.get(), m_Constant(&value)))
        return op.emitError("no kernel takes a scalar that is not a constant");
      tiles[argument] = scalar(cast<TypedAttr>(value));
      continue;
    }
    AffineMap map = op.getMatchingIndexingMap(&operand);
    FailureOr<TileRegion> at = operandRegion(op, map, loops);
    if (failed(at))
      return failure();
    MaybeTile tile = pull(operand.get(), *at);
    if (failed(tile))
      return failure();
    tiles[argument] = onLoops(*this, *tile, map);
  }

  auto tileOf = [&](Value value) -> MaybeTile {
    if (auto it = tiles.find(value); it != tiles.end())
      return it->second;
    Attribute constant;
    if (matchPattern(value, m_Constant(&constant)))
      return scalar(cast<TypedAttr>(constant));
    if (value.getParentBlock() != body && value.getType().isIndex())
      return Tile{index(fromHost(value)), {}};
    return emitError(value.getLoc(), "no kernel takes this value from outside");
  };
  for (Operation &inner : body->without_terminator()) {
    if (auto position = dyn_cast<linalg::IndexOp>(inner)) {
      tiles[position] = positions(loops[position.getDim()], position.getDim());
      continue;
    }
    if (isa<arith::ConstantOp>(inner))
      continue;
    if (!OpTrait::hasElementwiseMappableTraits(&inner) || inner.getNumResults() != 1)
      return inner.emitError("no kernel computes this operation on tiles");
    SmallVector<Tile> operands;
    for (Value operand : inner.getOperands()) {
      MaybeTile tile = tileOf(operand);
      if (failed(tile))
        return failure();
      operands.push_back(*tile);
    }
    tiles[inner.getResult(0)] =
        apply(inner.getName(), operands, inner.getResult(0).getType(), llvm::to_vector(inner.getAttrs()));
  }
  MaybeTile yielded = tileOf(body->getTerminator()->getOperand(0));
  if (failed(yielded))
    return failure();
  SmallVector<int64_t> dims;
  for (int64_t loop : yielded->dims)
    for (auto [i, expr] : llvm::enumerate(outMap.getResults()))
      if (cast<AffineDimExpr>(expr).getPosition() == loop)
        dims.push_back(i);
  return inOrder(yielded->value, dims);
}
