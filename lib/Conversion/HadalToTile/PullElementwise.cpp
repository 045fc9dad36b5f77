//===- PullElementwise.cpp - Bodies of linalg operations on tiles ---------===//
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

/// The regions of the loops that a result runs along, given its region.
static FailureOr<TileRegion> loopRegions(linalg::LinalgOp op, AffineMap outMap, const TileRegion &region) {
  TileRegion loops(op.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(outMap.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return op.emitError("no kernel writes a result in this way");
    loops[dim.getPosition()] = region[i];
  }
  return loops;
}

/// A tile named by loops, its dimensions named by the result's instead.
static Tile onResult(TileBuilder &builder, const Tile &tile, AffineMap outMap) {
  SmallVector<int64_t> dims;
  for (int64_t loop : tile.dims)
    for (auto [i, expr] : llvm::enumerate(outMap.getResults()))
      if (cast<AffineDimExpr>(expr).getPosition() == loop)
        dims.push_back(i);
  return builder.inOrder(tile.value, dims);
}

MaybeTile TileBuilder::pullElementwise(linalg::LinalgOp op, const TileRegion &region) {
  if (op.getNumDpsInits() != 1)
    return op.emitError("no kernel makes more than one element-wise result");
  AffineMap outMap = op.getIndexingMapsArray().back();
  FailureOr<TileRegion> loops = loopRegions(op, outMap, region);
  if (failed(loops))
    return failure();
  FailureOr<SmallVector<Tile>> tiles = evaluateBody(op, *loops, {});
  if (failed(tiles))
    return failure();
  return onResult(*this, tiles->front(), outMap);
}

/// Of several results that are folded together, each is made by itself: all are carried, one is taken.
MaybeTile TileBuilder::pullFold(OpResult value, const TileRegion &region) {
  auto op = cast<linalg::LinalgOp>(value.getOwner());
  AffineMap outMap = op.getIndexingMapsArray().back();
  for (AffineMap map : ArrayRef(op.getIndexingMapsArray()).take_back(op.getNumDpsInits()))
    if (map != outMap)
      return op.emitError("no kernel folds results of different shapes together");
  FailureOr<TileRegion> loops = loopRegions(op, outMap, region);
  if (failed(loops))
    return failure();
  SmallVector<int64_t> dims, sizes; // of the tile that is carried, in the result's order
  for (auto [i, dim] : llvm::enumerate(region))
    if (!dim.point) {
      dims.push_back(i);
      sizes.push_back(dim.size);
    }
  SmallVector<unsigned> folded;
  op.getReductionDims(folded);

  // Where the size of a loop is to be found: a dimension of an operand.
  auto sizeOf = [&](unsigned loop) -> FailureOr<OpFoldResult> {
    for (OpOperand &operand : op->getOpOperands())
      if (isa<RankedTensorType>(operand.get().getType()))
        if (auto at = op.getMatchingIndexingMap(&operand).getResultPosition(b.getAffineDimExpr(loop)))
          return dim(operand.get(), *at);
    return op.emitError("no operand says the size of a loop");
  };
  std::function<FailureOr<SmallVector<Value>>(size_t, ValueRange)> run =
      [&](size_t depth, ValueRange accs) -> FailureOr<SmallVector<Value>> {
    if (depth == folded.size()) {
      SmallVector<int64_t> loopOf;
      for (int64_t dim : dims)
        loopOf.push_back(cast<AffineDimExpr>(outMap.getResult(dim)).getPosition());
      SmallVector<Tile> tiles;
      for (Value acc : accs)
        tiles.push_back(inOrder(acc, loopOf));
      FailureOr<SmallVector<Tile>> next = evaluateBody(op, *loops, tiles);
      if (failed(next))
        return failure();
      return llvm::map_to_vector(
          *next, [&](const Tile &tile) { return broadcast(onResult(*this, tile, outMap), dims, sizes).value; });
    }
    FailureOr<OpFoldResult> size = sizeOf(folded[depth]);
    if (failed(size))
      return failure();
    return forLoop(constant(0), *size, 1, accs, [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
      (*loops)[folded[depth]] = point(at);
      return run(depth + 1, carried);
    });
  };
  SmallVector<Value> starts;
  for (Value init : op.getDpsInits()) {
    MaybeTile start = pull(init, region);
    if (failed(start))
      return failure();
    starts.push_back(broadcast(*start, dims, sizes).value);
  }
  FailureOr<SmallVector<Value>> results = run(0, starts);
  if (failed(results))
    return failure();
  return Tile{(*results)[value.getResultNumber()], SmallVector<int64_t, 4>(ArrayRef(dims))};
}

/// The body of `op` on tiles, their dimensions named by loops; `accs`, if any, stand for the outputs' elements.
FailureOr<SmallVector<Tile>> TileBuilder::evaluateBody(linalg::LinalgOp op, const TileRegion &loops,
                                                       ArrayRef<Tile> accs) {
  Block *body = op.getBlock();
  DenseMap<Value, Tile> tiles;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (argument.use_empty())
      continue;
    if (!accs.empty() && op.isDpsInit(&operand)) {
      tiles[argument] = accs[operand.getOperandNumber() - op.getNumDpsInputs()];
      continue;
    }
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
    if (value.getParentBlock() != body && value.getType().isIntOrFloat())
      return Tile{argumentOrConstant(value), {}};
    return emitError(value.getLoc(), "no kernel takes this value from outside");
  };
  for (Operation &inner : body->without_terminator()) {
    if (auto position = dyn_cast<linalg::IndexOp>(inner)) {
      tiles[position] = positions(loops[position.getDim()], position.getDim());
      continue;
    }
    if (isa<arith::ConstantOp>(inner))
      continue;
    if (auto size = dyn_cast<tensor::DimOp>(inner); size && size.getConstantIndex()) {
      tiles[size] = {index(dim(size.getSource(), *size.getConstantIndex())), {}};
      continue;
    }
    if (auto extract = dyn_cast<tensor::ExtractOp>(inner)) {
      // Such ops are cut into single elements (schedulesFor), so that the indices are scalars.
      TileRegion at;
      for (Value operand : extract.getIndices()) {
        MaybeTile tile = tileOf(operand);
        if (failed(tile))
          return failure();
        if (!tile->dims.empty())
          return extract.emitError("no kernel extracts more than one element at a time");
        at.push_back(point(tile->value));
      }
      MaybeTile element = pull(extract.getTensor(), at);
      if (failed(element))
        return failure();
      tiles[extract] = *element;
      continue;
    }
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
  SmallVector<Tile> results;
  for (Value result : body->getTerminator()->getOperands()) {
    MaybeTile tile = tileOf(result);
    if (failed(tile))
      return failure();
    results.push_back(*tile);
  }
  return results;
}
