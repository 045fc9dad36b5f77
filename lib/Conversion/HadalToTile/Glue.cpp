//===- Glue.cpp - Programs of top-k, running sums and scattered rows ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

static void store(TileBuilder &t, Value value, Value dest, const TileRegion &region, bool accumulate = false) {
  OpBuilder &b = t.builder();
  SmallVector<Value> offsets;
  SmallVector<int64_t> sizes;
  for (const RegionDim &dim : region) {
    offsets.push_back(t.index(dim.offset));
    sizes.push_back(dim.size);
  }
  auto op = tile::StoreOp::create(b, t.location(), value, dest, offsets, Value(), b.getDenseI64ArrayAttr(sizes),
                                  DenseI64ArrayAttr(), IntegerAttr(), UnitAttr());
  op.setAccumulate(accumulate);
}

/// A region with `blocks` of the dimensions (0: a point), cut by a grid: the
/// row by x, the others linearised in z.
static TileRegion cut(TileBuilder &t, Value value, ArrayRef<int64_t> blocks, int64_t row,
                      SmallVectorImpl<OpFoldResult> &grid) {
  HostDims &host = t.getHost();
  OpBuilder &b = host.getBuilder();
  Location loc = value.getLoc();
  grid.assign(3, b.getIndexAttr(1));
  TileRegion region(blocks.size());
  SmallVector<int64_t> points;
  for (auto [i, block] : llvm::enumerate(blocks)) {
    if (block) {
      region[i] = TileBuilder::range(t.constant(0), block);
      if (static_cast<int64_t>(i) == row) {
        grid[0] = host.ceilDiv(loc, host.dim(value, i), block);
        region[i].offset = t.mul(t.programId(0), t.constant(block));
      }
      continue;
    }
    points.push_back(i);
    grid[2] = host.mul(loc, grid[2], host.dim(value, i));
  }
  OpFoldResult rest = points.empty() ? t.constant(0) : OpFoldResult(t.programId(2));
  for (int64_t i : llvm::reverse(points)) {
    OpFoldResult size = t.dim(value, i);
    region[i] = TileBuilder::point(i == points.front() ? rest : t.rem(rest, size));
    rest = t.div(rest, size);
  }
  return region;
}

/// For rows of any length and any k: each element's rank is the number of those
/// that come before it; the elements go to the places of their ranks, and what
/// lies behind k is dropped.
LogicalResult Former::formTopKByRank(TopKOp op) {
  using Predicate = arith::CmpIPredicate;
  auto type = cast<RankedTensorType>(op.getX().getType());
  int64_t last = type.getRank() - 1;
  bool isFloat = isa<FloatType>(type.getElementType());
  constexpr int64_t kBlock = 64;
  Location loc = op.getLoc();
  Value valuesDest = empty(op.getValues()), indicesDest = empty(op.getIndices());
  tile::ProgramOp program = createProgram(loc, "topk");
  TileBuilder t(program, host, options);
  OpBuilder &tb = t.builder();
  SmallVector<int64_t> blocks(type.getRank(), 0);
  blocks[last] = kBlock;
  SmallVector<OpFoldResult> grid;
  TileRegion mine = cut(t, op.getX(), blocks, last, grid), others(mine);
  OpFoldResult size = t.dim(op.getX(), last);
  // Mine run along dimension 0, those compared with along dimension 1.
  auto load = [&](const TileRegion &region, int64_t dim) -> FailureOr<Tile> {
    FailureOr<Value> x = t.pullFull(op.getX(), region);
    if (failed(x))
      return failure();
    return Tile{*x, {dim}};
  };
  FailureOr<Tile> x = load(mine, 0);
  if (failed(x)) {
    program.erase();
    return failure();
  }
  auto before = [&](const Tile &a, const Tile &b) -> Tile { // a strictly before b
    Tile high = op.getLargest() ? a : b, low = op.getLargest() ? b : a;
    if (!isFloat)
      return t.compare(Predicate::sgt, high, low);
    // NaN comes last: any number is before it.
    Tile number = t.compare(arith::CmpFPredicate::ORD, a, a), none = t.compare(arith::CmpFPredicate::UNO, b, b);
    return t.make<arith::OrIOp>(
        {t.compare(arith::CmpFPredicate::OGT, high, low), t.make<arith::AndIOp>({number, none})});
  };
  Tile at = t.positions(mine[last], 0), zero = t.scalar(tb.getI32IntegerAttr(0)),
       one = t.scalar(tb.getI32IntegerAttr(1));
  Tile none = t.broadcast(zero, {0}, {kBlock});
  auto ranks = t.forLoop(
      t.constant(0), size, kBlock, none.value, [&](Value from, ValueRange carried) -> FailureOr<SmallVector<Value>> {
        others[last] = TileBuilder::range(from, kBlock);
        FailureOr<Tile> y = load(others, 1);
        if (failed(y))
          return failure();
        Tile where = t.positions(others[last], 1);
        Tile ahead = before(*y, *x), behind = before(*x, *y);
        Tile tie = t.make<arith::AndIOp>(
            {t.compare(Predicate::slt, where, at), t.make<arith::XOrIOp>({behind, t.scalar(tb.getBoolAttr(true))})});
        Tile counts = t.make<arith::OrIOp>({ahead, tie});
        Tile inside = t.compare(Predicate::slt, where, {t.index(size), {}});
        counts = t.make<arith::SelectOp>({t.make<arith::AndIOp>({counts, inside}), one, zero});
        Tile sum = t.reduce(tile::Reduction::Add, counts, 1);
        return SmallVector<Value>{t.make<arith::AddIOp>({Tile{carried[0], {0}}, sum}).value};
      });
  if (failed(ranks)) {
    program.erase();
    return failure();
  }
  Tile exists = t.compare(Predicate::slt, at, {t.index(size), {}});
  Tile place = t.make<arith::SelectOp>({exists, Tile{ranks->front(), {0}}, t.scalar(tb.getI32IntegerAttr(-1))});
  auto scatter = [&](Value value, Value dest) {
    SmallVector<Value> offsets;
    SmallVector<int64_t> sizes;
    for (auto [i, dim] : llvm::enumerate(mine)) {
      offsets.push_back(t.index(static_cast<int64_t>(i) == last ? t.constant(0) : dim.offset));
      sizes.push_back(dim.size);
    }
    tile::StoreOp::create(tb, loc, value, dest, offsets, place.value, tb.getDenseI64ArrayAttr(sizes),
                          DenseI64ArrayAttr(), tb.getI64IntegerAttr(last), UnitAttr());
  };
  scatter(x->value, t.output(valuesDest));
  scatter(t.convert(at, op.getIndices().getType().getElementType()).value, t.output(indicesDest));
  SmallVector<Value> results = launch(t, program, grid, {valuesDest, indicesDest});
  op.getValues().replaceAllUsesWith(results[0]);
  op.getIndices().replaceAllUsesWith(results[1]);
  return success();
}

LogicalResult Former::formTopK(TopKOp op) {
  auto type = cast<RankedTensorType>(op.getX().getType());
  int64_t last = type.getRank() - 1, size = type.getDimSize(last);
  std::optional<int64_t> k = getConstantIntValue(op.getK());
  if (!k || *k < 1 || ShapedType::isDynamic(size) || size > 1024 || !isa<FloatType>(type.getElementType()))
    return formTopKByRank(op);
  Value valuesDest = empty(op.getValues()), indicesDest = empty(op.getIndices());
  tile::ProgramOp program = createProgram(op.getLoc(), "topk");
  TileBuilder t(program, host, options);
  SmallVector<int64_t> blocks(type.getRank(), 0);
  blocks[last] = size;
  int64_t row = last - 1;
  while (row > 0 && type.getDimSize(row) == 1)
    --row;
  if (row >= 0) {
    blocks[row] = llvm::bit_floor<uint64_t>(std::clamp<int64_t>(1024 / size, 1, 16));
    if (!type.isDynamicDim(row))
      blocks[row] = std::min(blocks[row], type.getDimSize(row));
  }
  SmallVector<OpFoldResult> grid;
  TileRegion region = cut(t, op.getX(), blocks, row, grid);
  FailureOr<Value> x = t.pullFull(op.getX(), region);
  if (failed(x)) {
    program.erase();
    return failure();
  }
  // The smallest are the largest of −x; NaN is last either way.
  OpBuilder &tb = t.builder();
  Value keys = op.getLargest() ? *x : arith::NegFOp::create(tb, op.getLoc(), *x).getResult();
  auto tileType = cast<RankedTensorType>(keys.getType());
  SmallVector<int64_t> shape(tileType.getShape());
  shape.back() = *k;
  auto best =
      tile::TopKOp::create(tb, op.getLoc(), tileType.clone(shape), tileType.clone(shape, tb.getI32Type()), keys, *k);
  Value values =
      op.getLargest() ? best.getValues() : arith::NegFOp::create(tb, op.getLoc(), best.getValues()).getResult();
  region[last] = t.whole(*k);
  store(t, values, t.output(valuesDest), region);
  Tile columns{best.getColumns(), {}};
  for (int64_t i = 0, rank = tileType.getRank(); i < rank; ++i)
    columns.dims.push_back(i);
  store(t, t.convert(columns, op.getIndices().getType().getElementType()).value, t.output(indicesDest), region);
  SmallVector<Value> results = launch(t, program, grid, {valuesDest, indicesDest});
  op.getValues().replaceAllUsesWith(results[0]);
  op.getIndices().replaceAllUsesWith(results[1]);
  return success();
}

/// A grid point runs along the whole axis, block by block, carrying the sum.
LogicalResult Former::formCumSum(CumSumOp op) {
  auto type = cast<RankedTensorType>(op.getX().getType());
  int64_t axis = op.getAxis(), row = -1;
  if (op.getReverse())
    return op.emitError("no kernel for a running sum from the end");
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (i != axis && type.getDimSize(i) != 1)
      row = i;
  Value dest = empty(op.getResult());
  tile::ProgramOp program = createProgram(op.getLoc(), "cumsum");
  TileBuilder t(program, host, options);
  OpBuilder &tb = t.builder();
  SmallVector<int64_t> blocks(type.getRank(), 0);
  blocks[axis] = 64;
  if (row >= 0)
    blocks[row] = type.isDynamicDim(row) ? 16 : std::min<int64_t>(16, type.getDimSize(row));
  SmallVector<OpFoldResult> grid;
  TileRegion region = cut(t, op.getX(), blocks, row, grid);
  SmallVector<int64_t, 4> rows, rowSizes;
  if (row >= 0) {
    rows.push_back(row);
    rowSizes.push_back(blocks[row]);
  }
  Tile none = t.broadcast(t.scalar(cast<TypedAttr>(b.getZeroAttr(type.getElementType()))), rows, rowSizes);
  Value output = t.output(dest);
  auto add = [&](const Tile &x, const Tile &y) {
    return isa<FloatType>(type.getElementType()) ? t.make<arith::AddFOp>({x, y}) : t.make<arith::AddIOp>({x, y});
  };
  auto done = t.forLoop(t.constant(0), t.dim(op.getX(), axis), blocks[axis], none.value,
                        [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
                          region[axis].offset = at;
                          FailureOr<Value> x = t.pullFull(op.getX(), region);
                          if (failed(x))
                            return failure();
                          SmallVector<int64_t, 4> dims(rows);
                          dims.push_back(axis);
                          llvm::sort(dims);
                          int64_t position = llvm::find(dims, axis) - dims.begin();
                          Value scan =
                              tile::ScanOp::create(tb, op.getLoc(), x->getType(), *x, position, op.getExclusive());
                          Tile before{carried[0], rows};
                          store(t, add({scan, dims}, before).value, output, region);
                          Tile sum = t.reduce(tile::Reduction::Add, {*x, dims}, axis);
                          return SmallVector<Value>{add(before, sum).value};
                        });
  if (failed(done)) {
    program.erase();
    return failure();
  }
  op.getResult().replaceAllUsesWith(launch(t, program, grid, dest).front());
  return success();
}

/// Along any dimension, any number: after the data, a grid point walks over the
/// updates of its line in order, one by one.
LogicalResult Former::formScatterElements(ScatterElementsOp op) {
  if (op.getReduction() != ScatterReduction::None && op.getReduction() != ScatterReduction::Add)
    return op.emitError("no kernel scatters many elements with this reduction");
  int64_t axis = op.getAxis(), rank = op.getIndices().getType().getRank();
  Value data = op.getData();
  FailureOr<Value> dest = launchPulled(data, empty(op.getResult()), b.getIndexAttr(0), -1, nameOf(data),
                                       schedulesFor(data, options).front());
  if (failed(dest))
    return failure();
  tile::ProgramOp program = createProgram(op.getLoc(), "scatter_elements");
  TileBuilder t(program, host, options);
  SmallVector<int64_t> blocks(rank, 0);
  blocks[axis] = 1; // not of the grid
  SmallVector<OpFoldResult> grid;
  TileRegion region = cut(t, op.getIndices(), blocks, -1, grid);
  Value output = t.output(*dest);
  auto done = t.forLoop(t.constant(0), t.dim(op.getIndices(), axis), 1, {},
                        [&](Value j, ValueRange) -> FailureOr<SmallVector<Value>> {
                          region[axis] = TileBuilder::point(j);
                          MaybeTile raw = t.pull(op.getIndices(), region), update = t.pull(op.getUpdates(), region);
                          if (failed(raw) || failed(update))
                            return failure();
                          TileRegion target(region);
                          target[axis] = TileBuilder::point(t.wrapIndex(*raw, t.dim(data, axis)).value);
                          store(t, update->value, output, target, op.getReduction() == ScatterReduction::Add);
                          return SmallVector<Value>{};
                        });
  if (failed(done)) {
    program.erase();
    return failure();
  }
  op.getResult().replaceAllUsesWith(launch(t, program, grid, *dest).front());
  return success();
}

/// The data, then over them the updates: a grid point walks over all tuples in
/// order, so that the last of equal ones stays.
LogicalResult Former::formScatterND(ScatterNDOp op) {
  auto indexType = cast<RankedTensorType>(op.getIndices().getType());
  int64_t tuple = indexType.getDimSize(1);
  if (op.getReduction() != ScatterReduction::None && op.getReduction() != ScatterReduction::Add)
    return op.emitError("no kernel scatters rows with this reduction");
  Value dest = empty(op.getResult());
  FailureOr<Value> copied = launchPulled(op.getData(), dest, b.getIndexAttr(0), -1, nameOf(op.getData()),
                                         schedulesFor(op.getData(), options).front());
  if (failed(copied))
    return failure();
  dest = *copied;
  tile::ProgramOp program = createProgram(op.getLoc(), "scatter_nd");
  TileBuilder t(program, host, options);
  // Updates are [N, c…]: the columns are a tile, N the loop.
  auto updateType = cast<RankedTensorType>(op.getUpdates().getType());
  SmallVector<int64_t> blocks(updateType.getRank(), 0);
  int64_t column = -1;
  for (int64_t i = 1; i < updateType.getRank(); ++i)
    if (updateType.getDimSize(i) != 1)
      column = i;
  if (column >= 0)
    blocks[column] = updateType.isDynamicDim(column) ? 256 : std::min<int64_t>(256, updateType.getDimSize(column));
  blocks[0] = 1; // not of the grid
  SmallVector<OpFoldResult> grid;
  TileRegion region = cut(t, op.getUpdates(), blocks, column, grid);
  Value output = t.output(dest);
  auto done = t.forLoop(
      t.constant(0), t.dim(op.getIndices(), 0), 1, {}, [&](Value n, ValueRange) -> FailureOr<SmallVector<Value>> {
        region[0] = TileBuilder::point(n);
        FailureOr<Value> update = t.pullFull(op.getUpdates(), region);
        if (failed(update))
          return failure();
        TileRegion target;
        for (int64_t r = 0; r < tuple; ++r) {
          MaybeTile raw = t.pull(op.getIndices(), {TileBuilder::point(n), TileBuilder::point(t.constant(r))});
          if (failed(raw))
            return failure();
          target.push_back(TileBuilder::point(t.wrapIndex(*raw, t.dim(op.getData(), r)).value));
        }
        target.append(region.begin() + 1, region.end());
        store(t, *update, output, target, op.getReduction() == ScatterReduction::Add);
        return SmallVector<Value>{};
      });
  if (failed(done)) {
    program.erase();
    return failure();
  }
  op.getResult().replaceAllUsesWith(launch(t, program, grid, dest).front());
  return success();
}
