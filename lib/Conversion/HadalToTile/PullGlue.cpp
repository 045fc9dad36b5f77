//===- PullGlue.cpp - Gathers by tuples, elements and scatters of rows ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

using Predicate = arith::CmpIPredicate;

/// Wraps a negative index; −1 for one outside [−size, size).
Tile TileBuilder::wrapIndex(const Tile &raw, OpFoldResult size) {
  Tile x = convert(raw, b.getIndexType()), bound{index(size), {}}, zero{index(constant(0)), {}};
  Tile wrapped = make<arith::SelectOp>({compare(Predicate::slt, x, zero), make<arith::AddIOp>({x, bound}), x});
  Tile valid = make<arith::AndIOp>({compare(Predicate::sge, wrapped, zero), compare(Predicate::slt, wrapped, bound)});
  return make<arith::SelectOp>({valid, wrapped, Tile{index(constant(-1)), {}}});
}

/// The tuple is a row of the data with its indexed dimensions collapsed.
/// (Roots.cpp keeps the data in memory, Flatten.cpp makes the indices [N, r].)
MaybeTile TileBuilder::pullGatherND(GatherNDOp op, const TileRegion &region) {
  int64_t tuple = op.getIndices().getType().getDimSize(1);
  Tile row, valid;
  for (int64_t r = 0; r < tuple; ++r) {
    MaybeTile raw = pull(op.getIndices(), {region[0], point(constant(r))});
    if (failed(raw))
      return failure();
    OpFoldResult size = dim(op.getData(), r);
    Tile at = wrapIndex(*raw, size);
    Tile exists = compare(Predicate::sge, at, Tile{index(constant(0)), {}});
    row = r == 0 ? at : make<arith::AddIOp>({make<arith::MulIOp>({row, Tile{index(size), {}}}), at});
    valid = r == 0 ? exists : make<arith::AndIOp>({valid, exists});
  }
  row = make<arith::SelectOp>({valid, row, Tile{index(constant(-1)), {}}});
  Value data = op.getData();
  if (tuple > 1)
    data = host.collapseLeading(data, tuple);
  TileRegion source(region);
  if (row.dims.empty())
    source[0] = point(row.value);
  else
    source[0] = {constant(0), region[0].size, 1, false, row.value};
  return pull(data, source);
}

/// The rows along the last dimension as a tile [rows, size] or [size].
FailureOr<Tile> TileBuilder::pullRows(Value value, const TileRegion &leading, const RegionDim &last) {
  TileRegion region(leading);
  region.push_back(last);
  FailureOr<Value> tile = pullFull(value, region);
  if (failed(tile))
    return failure();
  Tile result{*tile, {}};
  for (auto [i, dim] : llvm::enumerate(region))
    if (!dim.point)
      result.dims.push_back(i);
  if (result.dims.size() > 2)
    return emitError(value.getLoc(), "no kernel works on rows of a tile of rank 3");
  return result;
}

bool hadal::takesRows(GatherElementsOp op) {
  auto type = op.getData().getType();
  int64_t last = type.getRank() - 1;
  return static_cast<int64_t>(op.getAxis()) == last && !type.isDynamicDim(last) && type.getDimSize(last) <= 1024;
}

bool hadal::takesRows(ScatterElementsOp op) {
  auto type = op.getIndices().getType();
  int64_t last = type.getRank() - 1;
  return static_cast<int64_t>(op.getAxis()) == last && !type.isDynamicDim(last) && type.getDimSize(last) <= 32;
}

MaybeTile TileBuilder::pullGatherElements(GatherElementsOp op, const TileRegion &region) {
  int64_t last = region.size() - 1, size = op.getData().getType().getDimSize(last);
  if (!takesRows(op)) {
    // Along any dimension: a range of indices there, points elsewhere (Schedule.cpp).
    int64_t axis = op.getAxis();
    MaybeTile raw = pull(op.getIndices(), region);
    if (failed(raw))
      return failure();
    Tile at = wrapIndex(*raw, dim(op.getData(), axis));
    if (!at.dims.empty() && at.dims != SmallVector<int64_t, 4>{axis})
      return op.emitError("no kernel gathers elements by a tile of this shape");
    TileRegion source(region);
    source[axis] = at.dims.empty() ? point(at.value) : RegionDim{constant(0), region[axis].size, 1, false, at.value};
    return pull(op.getData(), source);
  }
  TileRegion leading(region.begin(), region.end() - 1);
  RegionDim columns = region[last];
  columns.point = false;
  FailureOr<Tile> data = pullRows(op.getData(), leading, whole(size));
  FailureOr<Tile> indices = pullRows(op.getIndices(), leading, columns);
  if (failed(data) || failed(indices))
    return failure();
  Tile at = convert(wrapIndex(*indices, constant(size)), b.getI32Type());
  Type type = cast<RankedTensorType>(at.value.getType()).clone(getElementTypeOrSelf(data->value));
  Tile taken{tile::TakeOp::create(b, loc, type, data->value, at.value), at.dims};
  return region[last].point ? reduce(tile::Reduction::Add, taken, last) : taken;
}

MaybeTile TileBuilder::pullScatterElements(ScatterElementsOp op, const TileRegion &region) {
  int64_t last = region.size() - 1, count = op.getIndices().getType().getDimSize(last);
  OpFoldResult size = dim(op.getData(), last);
  MaybeTile result = pull(op.getData(), region);
  if (failed(result))
    return failure();
  Tile columns = positions(region[last], last);
  TileRegion at(region);
  for (int64_t j = 0; j < count; ++j) {
    at[last] = point(constant(j));
    MaybeTile raw = pull(op.getIndices(), at), update = pull(op.getUpdates(), at);
    if (failed(raw) || failed(update))
      return failure();
    Tile hit = compare(Predicate::eq, columns, wrapIndex(*raw, size));
    FailureOr<Tile> next = combine(op.getReduction(), *result, *update);
    if (failed(next))
      return op.emitError("no kernel scatters with this reduction of this type");
    *result = make<arith::SelectOp>({hit, *next, *result});
  }
  return result;
}

FailureOr<Tile> TileBuilder::combine(ScatterReduction kind, const Tile &x, const Tile &y) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(x.value));
  switch (kind) {
  case ScatterReduction::None:
    return y;
  case ScatterReduction::Add:
    return isFloat ? make<arith::AddFOp>({x, y}) : make<arith::AddIOp>({x, y});
  case ScatterReduction::Mul:
    return isFloat ? make<arith::MulFOp>({x, y}) : make<arith::MulIOp>({x, y});
  case ScatterReduction::Max:
    return isFloat ? make<arith::MaximumFOp>({x, y}) : make<arith::MaxSIOp>({x, y});
  case ScatterReduction::Min:
    return isFloat ? make<arith::MinimumFOp>({x, y}) : make<arith::MinSIOp>({x, y});
  }
  return failure();
}

MaybeTile TileBuilder::pullFromElements(tensor::FromElementsOp op, const TileRegion &region) {
  if (op.getElements().size() == 1)
    return Tile{argumentOrConstant(op.getElements().front()), {}};
  Tile where{index(constant(0)), {}}, result; // in row-major order
  for (auto [dim, size] : llvm::enumerate(op.getType().getShape())) {
    Tile along = positions(region[dim], dim);
    where = dim == 0 ? along : make<arith::AddIOp>({make<arith::MulIOp>({where, {index(constant(size)), {}}}), along});
  }
  for (auto [i, element] : llvm::enumerate(op.getElements())) {
    Tile here{argumentOrConstant(element), {}};
    result = i == 0
                 ? here
                 : make<arith::SelectOp>({compare(Predicate::eq, where, Tile{index(constant(i)), {}}), here, result});
  }
  return result;
}

Value TileBuilder::argumentOrConstant(Value host) {
  Attribute constant;
  if (matchPattern(host, m_Constant(&constant)))
    return scalar(cast<TypedAttr>(constant)).value;
  return argument(host);
}
