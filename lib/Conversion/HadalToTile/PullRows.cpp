//===- PullRows.cpp - Reductions, normalisation and softmax of whole rows -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

/// Whether the region covers dimension `dim` of the tensor.
static bool isWhole(Value tensor, const TileRegion &region, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  const RegionDim &at = region[dim];
  return !at.rows && at.stride == 1 && getConstantIntValue(at.offset) == 0 && at.size == type.getDimSize(dim);
}

MaybeTile TileBuilder::pullNorm(RMSNormOp op, const TileRegion &region) {
  int64_t last = region.size() - 1;
  if (!isWhole(op.getX(), region, last))
    return op.emitError("a normalisation needs whole rows");
  TileRegion rows(region);
  rows[last].point = false;
  FailureOr<Value> pulled = pullFull(op.getX(), rows);
  MaybeTile weight = pull(op.getWeight(), {rows[last]});
  if (failed(pulled) || failed(weight))
    return failure();
  Tile raw{*pulled, {}};
  for (auto [i, dim] : llvm::enumerate(rows))
    if (!dim.point)
      raw.dims.push_back(i);
  Type element = getElementTypeOrSelf(raw.value);
  Tile x = convert(raw, b.getF32Type());
  if (!weight->dims.empty())
    weight->dims[0] = last;
  Tile sum = reduce(tile::Reduction::Add, make<arith::MulFOp>({x, x}), last);
  Tile mean = make<arith::DivFOp>({sum, scalarF32(static_cast<float>(rows[last].size))});
  Tile root = make<math::SqrtOp>({make<arith::AddFOp>({mean, scalar(op.getEpsilonAttr())})});
  Tile inverse = make<arith::DivFOp>({scalarF32(1.0f), root});
  Tile scaled = make<arith::MulFOp>({make<arith::MulFOp>({x, inverse}), convert(*weight, b.getF32Type())});
  return convert(scaled, element);
}

MaybeTile TileBuilder::pullSoftmax(linalg::SoftmaxOp op, const TileRegion &region) {
  int64_t axis = op.getDimension();
  if (!isWhole(op.getInput(), region, axis))
    return op.emitError("a softmax needs whole rows of a static size");
  TileRegion rows(region);
  rows[axis].point = false;
  FailureOr<Value> pulled = pullFull(op.getInput(), rows);
  if (failed(pulled))
    return failure();
  Tile x{*pulled, {}};
  for (auto [i, dim] : llvm::enumerate(rows))
    if (!dim.point)
      x.dims.push_back(i);
  Tile best = reduce(tile::Reduction::Max, x, axis);
  Tile power = make<math::ExpOp>({make<arith::SubFOp>({x, best})});
  return make<arith::DivFOp>({power, reduce(tile::Reduction::Add, power, axis)});
}

/// The one operation of a reduce's body.
static std::optional<tile::Reduction> kindOf(linalg::ReduceOp op) {
  if (op.getNumDpsInits() != 1)
    return std::nullopt;
  Block *body = op.getBlock();
  Operation *combine = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!combine || combine->getBlock() != body || combine->getNumOperands() != 2)
    return std::nullopt;
  Value x = body->getArgument(0), acc = body->getArgument(1), l = combine->getOperand(0), r = combine->getOperand(1);
  if (!((l == x && r == acc) || (l == acc && r == x)))
    return std::nullopt;
  if (isa<arith::AddFOp, arith::AddIOp>(combine))
    return tile::Reduction::Add;
  if (isa<arith::MaximumFOp, arith::MaxSIOp>(combine))
    return tile::Reduction::Max;
  if (isa<arith::MinimumFOp, arith::MinSIOp>(combine))
    return tile::Reduction::Min;
  if (isa<arith::MulFOp, arith::MulIOp>(combine))
    return tile::Reduction::Mul;
  return std::nullopt;
}

MaybeTile TileBuilder::pullReduce(linalg::ReduceOp op, const TileRegion &region) {
  std::optional<tile::Reduction> kind = kindOf(op);
  if (!kind)
    return pullFold(op->getResult(0), region);
  Value input = op.getDpsInputOperand(0)->get(), init = op.getDpsInitOperand(0)->get();
  auto type = cast<RankedTensorType>(input.getType());
  Operation *combine = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  MaybeTile start = pull(init, region);
  if (failed(start))
    return failure();

  // The reduced dimension runs in blocks; where several are reduced, the others point by point.
  SmallVector<int64_t> kept;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (!llvm::is_contained(op.getDimensions(), i))
      kept.push_back(i);
  TileRegion source(type.getRank());
  for (auto [i, dim] : llvm::enumerate(kept))
    source[dim] = region[i];
  auto renamed = [&](Tile tile) {
    for (int64_t &dim : tile.dims)
      dim = llvm::find(kept, dim) - kept.begin();
    return tile;
  };
  SmallVector<int64_t> keptDims, keptSizes;
  for (auto [i, dim] : llvm::enumerate(region))
    if (!dim.point) {
      keptDims.push_back(i);
      keptSizes.push_back(dim.size);
    }

  int64_t inner = op.getDimensions().back(), block = 1024;
  OpFoldResult size = dim(input, inner);
  std::optional<int64_t> fixed = getConstantIntValue(size);
  bool whole = fixed && *fixed <= 8192;
  auto step = [&](const Tile &acc, const RegionDim &range) -> MaybeTile {
    source[inner] = range;
    MaybeTile tile = pull(input, source);
    if (failed(tile))
      return failure();
    Tile x = *tile;
    if (!llvm::is_contained(x.dims, inner)) {
      // The same along the reduced dimension: make it a dimension of the tile.
      SmallVector<int64_t> dims, sizes;
      for (auto [i, dim] : llvm::enumerate(source))
        if (!dim.point) {
          dims.push_back(i);
          sizes.push_back(dim.size);
        }
      x = broadcast(x, dims, sizes);
    }
    if (!whole) {
      Type element = getElementTypeOrSelf(x.value);
      TypedAttr neutral = arith::getNeutralElement(combine).value_or(TypedAttr());
      Tile inside = compare(arith::CmpIPredicate::slt, positions(range, inner), {index(size), {}});
      x = make<arith::SelectOp>({inside, x, scalar(neutral ? neutral : cast<TypedAttr>(b.getZeroAttr(element)))});
    }
    return apply(combine->getName(), {acc, renamed(reduce(*kind, x, inner))}, type.getElementType());
  };
  Tile acc = broadcast(*start, keptDims, keptSizes);
  std::function<MaybeTile(size_t, Tile)> run = [&](size_t depth, Tile acc) -> MaybeTile {
    bool last = depth + 1 == op.getDimensions().size();
    if (last && whole)
      return step(acc, this->whole(*fixed));
    OpFoldResult bound = last ? size : dim(input, op.getDimensions()[depth]);
    auto result = forLoop(constant(0), bound, last ? block : 1, acc.value,
                          [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
                            Tile current{carried[0], acc.dims};
                            if (!last)
                              source[op.getDimensions()[depth]] = point(at);
                            MaybeTile next = last ? step(current, range(at, block)) : run(depth + 1, current);
                            if (failed(next))
                              return failure();
                            return SmallVector<Value>{broadcast(*next, keptDims, keptSizes).value};
                          });
    if (failed(result))
      return failure();
    return Tile{result->front(), acc.dims};
  };
  return run(0, acc);
}
