//===- Routing.cpp - Programs of routing: experts, permutations, grouped products ===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

using Predicate = arith::CmpIPredicate;

static Tile iota(TileBuilder &t, int64_t size, int64_t dim, Type element) {
  OpBuilder &b = t.builder();
  return {tile::IotaOp::create(b, t.location(), RankedTensorType::get(size, element)), {dim}};
}

static Tile reshape(TileBuilder &t, const Tile &tile, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  OpBuilder &b = t.builder();
  auto from = cast<RankedTensorType>(tile.value.getType());
  auto to = from.clone(shape);
  bool expands = to.getRank() > from.getRank();
  auto groups = *getReassociationIndicesForReshape(from, to);
  Value value = expands ? tensor::ExpandShapeOp::create(b, t.location(), to, tile.value, groups).getResult()
                        : tensor::CollapseShapeOp::create(b, t.location(), to, tile.value, groups).getResult();
  return {value, SmallVector<int64_t, 4>(dims)};
}

static std::pair<Tile, Tile> topk(TileBuilder &t, const Tile &tile, int64_t k) {
  auto type = cast<RankedTensorType>(tile.value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = k;
  auto op = tile::TopKOp::create(t.builder(), t.location(), type.clone(shape),
                                 type.clone(shape, t.builder().getI32Type()), tile.value, k);
  return {{op.getValues(), tile.dims}, {op.getColumns(), tile.dims}};
}

static Tile take(TileBuilder &t, const Tile &tile, const Tile &columns) {
  Type type = cast<RankedTensorType>(columns.value.getType()).clone(getElementTypeOrSelf(tile.value));
  return {tile::TakeOp::create(t.builder(), t.location(), type, tile.value, columns.value), columns.dims};
}

static void store(TileBuilder &t, Value value, Value dest, ArrayRef<OpFoldResult> offsets, ArrayRef<int64_t> sizes,
                  Value rows = {}) {
  OpBuilder &b = t.builder();
  SmallVector<Value> at;
  for (OpFoldResult offset : offsets)
    at.push_back(t.index(offset));
  tile::StoreOp::create(b, t.location(), value, dest, at, rows, b.getDenseI64ArrayAttr(sizes), DenseI64ArrayAttr(),
                        rows ? b.getI64IntegerAttr(0) : IntegerAttr(), UnitAttr());
}

//===----------------------------------------------------------------------===//
// route
//===----------------------------------------------------------------------===//

/// The mask [rows, experts] of the groups that are kept.
static Tile keptGroups(TileBuilder &t, RouteOp op, const Tile &choice, int64_t rows) {
  OpBuilder &b = t.builder();
  Type i32 = b.getI32Type();
  int64_t experts = op.getLogits().getType().getDimSize(1), groups = op.getGroups(), size = experts / groups;
  Tile byGroup = reshape(t, reshape(t, choice, {rows, groups, size}, {0, 1, 2}), {rows * groups, size}, {0, 1});
  // NaN ranks below every number, and would be the maximum.
  Tile isNaN = t.compare(arith::CmpFPredicate::UNO, byGroup, byGroup);
  Tile numbersOnly = t.make<arith::SelectOp>({isNaN, t.scalarF32(-INFINITY), byGroup});
  Tile score = op.getGroupScore() == GroupScore::Max ? t.reduce(tile::Reduction::Max, numbersOnly, 1)
                                                     : t.reduce(tile::Reduction::Add, topk(t, byGroup, 2).first, 1);
  Tile best = topk(t, reshape(t, score, {rows, groups}, {0, 1}), op.getKeptGroups()).second;
  // 1 where a kept group's number is the column's; then each expert takes its group's.
  Tile numbers = iota(t, groups, 1, i32), kept;
  for (int64_t j = 0, e = op.getKeptGroups(); j < e; ++j) {
    Tile column = t.broadcast(t.scalar(b.getI32IntegerAttr(j)), {0, 1}, {rows, 1});
    Tile group = reshape(t, take(t, best, column), {rows}, {0});
    Tile hit = t.compare(Predicate::eq, numbers, group);
    kept = j == 0 ? hit : t.make<arith::OrIOp>({kept, hit});
  }
  Tile ones = t.make<arith::SelectOp>({kept, t.scalarF32(1.0f), t.scalarF32(0.0f)});
  Tile groupOf = t.make<arith::DivSIOp>({iota(t, experts, 1, i32), t.scalar(b.getI32IntegerAttr(size))});
  Tile perExpert = take(t, ones, t.broadcast(groupOf, {0, 1}, {rows, experts}));
  return t.compare(arith::CmpFPredicate::OGT, perExpert, t.scalarF32(0.0f));
}

LogicalResult Former::formRoute(RouteOp op) {
  Location loc = op.getLoc();
  int64_t experts = op.getLogits().getType().getDimSize(1);
  OpFoldResult tokens = host.dim(op.getLogits(), 0);
  int64_t rows = llvm::bit_floor<uint64_t>(std::clamp<int64_t>(512 / experts, 1, 16));
  if (std::optional<int64_t> fixed = getConstantIntValue(tokens))
    rows = std::min(rows, *fixed);
  Value weightsDest = empty(op.getWeights()), indicesDest = empty(op.getIndices());
  tile::ProgramOp program = createProgram(loc, "route");
  TileBuilder t(program, host, options);
  OpFoldResult first = t.mul(t.programId(0), t.constant(rows));
  TileRegion whole{TileBuilder::range(first, rows), t.whole(experts)};
  FailureOr<Value> logits = t.pullFull(op.getLogits(), whole);
  if (failed(logits)) {
    program.erase();
    return failure();
  }
  Type element = getElementTypeOrSelf(*logits);
  Tile x = t.convert({*logits, {0, 1}}, b.getF32Type()), one = t.scalarF32(1.0f), score;
  if (op.getScore() == ScoreFunction::Sigmoid) {
    Tile power = t.make<math::ExpOp>({t.make<arith::NegFOp>({x})});
    score = t.make<arith::DivFOp>({one, t.make<arith::AddFOp>({power, one})});
  } else {
    Tile power = t.make<math::ExpOp>({t.make<arith::SubFOp>({x, t.reduce(tile::Reduction::Max, x, 1)})});
    score = t.make<arith::DivFOp>({power, t.reduce(tile::Reduction::Add, power, 1)});
  }
  Tile choice = score;
  if (op.getBias()) {
    MaybeTile bias = t.pull(op.getBias(), {whole[1]});
    if (failed(bias)) {
      program.erase();
      return failure();
    }
    if (!bias->dims.empty())
      bias->dims[0] = 1;
    choice = t.make<arith::AddFOp>({score, t.convert(*bias, b.getF32Type())});
  }
  if (op.getKeptGroups() < op.getGroups()) {
    Tile masked = t.scalarF32(op.getGroupFill() ? op.getGroupFill()->convertToFloat() : -INFINITY);
    choice = t.make<arith::SelectOp>({keptGroups(t, op, choice, rows), choice, masked});
  }
  int64_t k = op.getK();
  Tile columns = topk(t, choice, k).second;
  Tile weights = take(t, score, columns), zero = t.scalarF32(0.0f);
  if (op.getNormalize()) {
    Tile sum = t.make<arith::AddFOp>({t.reduce(tile::Reduction::Add, weights, 1), t.scalar(op.getEpsilonAttr())});
    Tile none = t.compare(arith::CmpFPredicate::OEQ, sum, zero); // scores are not negative: 0/0
    weights = t.make<arith::DivFOp>({weights, t.make<arith::SelectOp>({none, one, sum})});
  }
  weights = t.make<arith::MulFOp>({weights, t.scalar(op.getScaleAttr())});
  Value weightsOut = t.output(weightsDest), indicesOut = t.output(indicesDest);
  store(t, t.convert(weights, element).value, weightsOut, {first, t.constant(0)}, {rows, k});
  store(t, t.convert(columns, op.getIndices().getType().getElementType()).value, indicesOut, {first, t.constant(0)},
        {rows, k});
  SmallVector<Value> results = launch(
      t, program, {host.ceilDiv(loc, tokens, rows), b.getIndexAttr(1), b.getIndexAttr(1)}, {weightsDest, indicesDest});
  op.getWeights().replaceAllUsesWith(results[0]);
  op.getIndices().replaceAllUsesWith(results[1]);
  complete.insert(results[1]);
  return success();
}

//===----------------------------------------------------------------------===//
// group
//===----------------------------------------------------------------------===//

/// One grid point walks twice over the slots in chunks: once to count the slots
/// of each class (the experts, then "none"), once to place them. Within a chunk
/// the places follow from a scan of the one-hot matrix [chunk, classes].
LogicalResult Former::formGroup(GroupOp op) {
  Location loc = op.getLoc();
  Type i32 = b.getI32Type();
  int64_t experts = op.getExperts(), classes = llvm::bit_ceil<uint64_t>(experts + 1);
  int64_t chunk = std::clamp<int64_t>(4096 / classes, 8, 64);
  Value offsetsDest = empty(op.getOffsets()), permutationDest = empty(op.getPermutation());
  auto indexType = op.getIndices().getType();
  auto flatType = RankedTensorType::get(op.getPermutation().getType().getShape(), indexType.getElementType());
  Value flat =
      tensor::CollapseShapeOp::create(b, loc, flatType, op.getIndices(), SmallVector<ReassociationIndices>{{0, 1}});
  tile::ProgramOp program = createProgram(loc, "group");
  TileBuilder t(program, host, options);
  OpFoldResult slots = t.dim(flat, 0);
  Value offsetsOut = t.output(offsetsDest), permutationOut = t.output(permutationDest);
  auto number = [&](int64_t value) { return t.scalar(b.getI32IntegerAttr(value)); };
  Tile zero = number(0);

  /// The one-hot matrix of a chunk, its slots' numbers, and which exist.
  struct Chunk {
    Tile oneHot, slot, inside;
  };
  auto load = [&](Value at) -> FailureOr<Chunk> {
    RegionDim range = TileBuilder::range(at, chunk);
    MaybeTile raw = t.pull(flat, {range});
    if (failed(raw))
      return failure();
    Tile index = t.convert(t.broadcast(*raw, {0}, {chunk}), i32), slot = t.convert(t.positions(range, 0), i32);
    Tile inside = t.compare(Predicate::slt, slot, t.convert({t.index(slots), {}}, i32));
    Tile valid = t.make<arith::AndIOp>(
        {t.compare(Predicate::sge, index, zero), t.compare(Predicate::slt, index, number(experts))});
    Tile kind = t.make<arith::SelectOp>({valid, index, number(experts)});
    kind = t.make<arith::SelectOp>({inside, kind, number(-1)});
    Tile hit = t.compare(Predicate::eq, kind, iota(t, classes, 1, i32));
    return Chunk{t.make<arith::SelectOp>({hit, number(1), zero}), slot, inside};
  };

  Tile none = t.broadcast(zero, {1}, {classes});
  auto counts = t.forLoop(t.constant(0), slots, chunk, none.value,
                          [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
                            FailureOr<Chunk> here = load(at);
                            if (failed(here))
                              return failure();
                            Tile sum = t.reduce(tile::Reduction::Add, here->oneHot, 0);
                            return SmallVector<Value>{t.make<arith::AddIOp>({Tile{carried[0], {1}}, sum}).value};
                          });
  if (failed(counts)) {
    program.erase();
    return failure();
  }
  OpBuilder &tb = t.builder();
  Value starts = tile::ScanOp::create(tb, loc, counts->front().getType(), counts->front(), 0, true);
  store(t, starts, offsetsOut, {t.constant(0)}, {classes}); // what lies behind the last expert is dropped
  auto placed = t.forLoop(
      t.constant(0), slots, chunk, starts, [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
        FailureOr<Chunk> here = load(at);
        if (failed(here))
          return failure();
        Tile next{carried[0], {1}};
        Tile before{tile::ScanOp::create(tb, loc, here->oneHot.value.getType(), here->oneHot.value, 0, true), {0, 1}};
        Tile place = t.make<arith::MulIOp>({here->oneHot, t.make<arith::AddIOp>({before, next})});
        place = t.make<arith::SelectOp>({here->inside, t.reduce(tile::Reduction::Add, place, 1), number(-1)});
        store(t, here->slot.value, permutationOut, {t.constant(0)}, {chunk}, place.value);
        Tile sum = t.reduce(tile::Reduction::Add, here->oneHot, 0);
        return SmallVector<Value>{t.make<arith::AddIOp>({next, sum}).value};
      });
  if (failed(placed)) {
    program.erase();
    return failure();
  }
  SmallVector<OpFoldResult> grid(3, b.getIndexAttr(1));
  SmallVector<Value> results = launch(t, program, grid, {offsetsDest, permutationDest});
  op.getOffsets().replaceAllUsesWith(results[0]);
  op.getPermutation().replaceAllUsesWith(results[1]);
  if (complete.contains(op.getIndices()))
    complete.insert(results[1]);
  return success();
}

//===----------------------------------------------------------------------===//
// grouped_matmul
//===----------------------------------------------------------------------===//

/// The grid has one x for each tile of rows that there may be: tiles of `rows`
/// rows, none shared by two experts. From the offsets the program finds its
/// expert and rows, or that it has none.
FailureOr<Value> Former::launchGrouped(Value value, GroupedMatmulOp op, Value dest, int64_t rows, int64_t minRows,
                                       int64_t maxRows) {
  Location loc = value.getLoc();
  Type i32 = b.getI32Type();
  int64_t experts = op.getW().getType().getDimSize(0);
  int64_t width = cast<RankedTensorType>(value.getType()).getDimSize(1);
  int64_t columns = options.cuda ? (width > 32 ? 64 : 32)
                                 : llvm::alignTo(llvm::divideCeil(width, std::max<int64_t>(1, (width + 32) / 64)), 16);
  tile::ProgramOp program = createProgram(loc, nameOf(value));
  TileBuilder t(program, host, options);
  OpBuilder &tb = t.builder();
  auto number = [&](int64_t value) { return t.scalar(b.getI32IntegerAttr(value)); };

  MaybeTile low = t.pull(op.getOffsets(), {t.whole(experts)});
  MaybeTile high = t.pull(op.getOffsets(), {TileBuilder::range(t.constant(1), experts)});
  if (failed(low) || failed(high)) {
    program.erase();
    return failure();
  }
  Tile count = t.make<arith::SubIOp>({*high, *low});
  Tile tiles = t.make<arith::DivSIOp>({t.make<arith::AddIOp>({count, number(rows - 1)}), number(rows)});
  Tile before{tile::ScanOp::create(tb, loc, tiles.value.getType(), tiles.value, 0, true), {0}};
  Tile mine = t.convert({t.programId(0), {}}, i32), zero = number(0);
  Tile inRange = t.make<arith::AndIOp>({t.compare(Predicate::sge, mine, before),
                                        t.compare(Predicate::slt, mine, t.make<arith::AddIOp>({before, tiles}))});
  auto pick = [&](const Tile &x) {
    return t.reduce(tile::Reduction::Add, t.make<arith::SelectOp>({inRange, x, zero}), 0);
  };
  Tile expert = pick(iota(t, experts, 0, i32)), end = pick(*high);
  Tile first =
      pick(t.make<arith::AddIOp>({*low, t.make<arith::MulIOp>({t.make<arith::SubIOp>({mine, before}), number(rows)})}));
  Tile exists = t.compare(Predicate::sgt, end, zero);

  auto guarded = scf::IfOp::create(tb, loc, exists.value, /*withElseRegion=*/false);
  Block *then = &guarded.getThenRegion().front();
  then->getTerminator()->erase();
  LogicalResult stored = t.nested(then, [&]() -> LogicalResult {
    OpFoldResult row = t.convert(first, b.getIndexType()).value;
    Tile p = t.make<arith::AddIOp>({iota(t, rows, 0, i32), first});
    Tile valid = t.compare(Predicate::slt, p, end);
    Tile slot = p;
    if (op.getSlotsPerToken() || op.getScatter()) {
      FailureOr<Value> permutation = t.pullFull(op.getPermutation(), {TileBuilder::range(row, rows)});
      if (failed(permutation))
        return failure();
      slot = {*permutation, {0}};
    }
    RegionDim in = TileBuilder::range(row, rows);
    if (op.getSlotsPerToken()) {
      Tile token = t.make<arith::DivSIOp>({slot, number(*op.getSlotsPerToken())});
      in = {t.constant(0), rows, 1, false, t.make<arith::SelectOp>({valid, token, number(-1)}).value};
    }
    Tile out = t.make<arith::SelectOp>({valid, op.getScatter() ? slot : p, number(-1)});
    t.grouped = GroupedRows{op, OpFoldResult(t.convert(expert, b.getIndexType()).value), in};
    RegionDim column = TileBuilder::range(t.mul(t.programId(1), t.constant(columns)), columns);
    FailureOr<Value> tile = t.pullFull(value, {{t.constant(0), rows, 1, false, out.value}, column});
    if (failed(tile))
      return failure();
    store(t, *tile, t.output(dest), {t.constant(0), column.offset}, {rows, columns}, out.value);
    scf::YieldOp::create(tb, loc);
    return success();
  });
  if (failed(stored)) {
    program.erase();
    return failure();
  }
  OpFoldResult slots = host.dim(op.getResult(), 0);
  OpFoldResult bound = host.add(loc, host.ceilDiv(loc, slots, rows), b.getIndexAttr(experts));
  if (std::optional<int64_t> x = getConstantIntValue(bound), y = getConstantIntValue(slots); x && y)
    bound = b.getIndexAttr(std::min(*x, *y));
  else
    bound = arith::MinSIOp::create(b, loc, host.asValue(loc, bound), host.asValue(loc, slots)).getResult();
  return launch(t, program,
                {onlyIf(slots, minRows, maxRows, bound), b.getIndexAttr(llvm::divideCeil(width, columns)),
                 b.getIndexAttr(1)},
                dest)
      .front();
}

LogicalResult Former::formGrouped(Value value, GroupedMatmulOp op) {
  if (op.getW().getType().isDynamicDim(0) || cast<RankedTensorType>(value.getType()).isDynamicDim(1))
    return op.emitError("no kernel for a grouped matmul of dynamic experts or width");
  Value dest = empty(value);
  if (!complete.contains(op.getPermutation()))
    dest = fillZero(dest); // Slots of index −1 leave rows that nothing reaches.
  // Few slots meet mostly different experts: a row each. Beyond that, tiles of
  // about the rows that an expert has on average: taller ones share more loads.
  struct Variant {
    int64_t rows, most; // for at most that many slots per expert
  };
  constexpr Variant kCpu[] = {{1, 1}, {16, 64}, {64, 0}}, kCuda[] = {{1, 1}, {32, 0}};
  int64_t experts = op.getW().getType().getDimSize(0), least = 0;
  std::optional<int64_t> slots = getConstantIntValue(host.dim(op.getResult(), 0));
  FailureOr<Value> written = dest;
  for (const Variant &variant : options.cuda ? ArrayRef<Variant>(kCuda) : ArrayRef<Variant>(kCpu)) {
    int64_t most = variant.most ? variant.most * experts : std::numeric_limits<int64_t>::max();
    if (!slots || (*slots >= least && *slots <= most))
      written = launchGrouped(value, op, *written, variant.rows, least, most);
    if (failed(written))
      return failure();
    least = most + 1;
  }
  value.replaceAllUsesWith(*written);
  return success();
}

Value Former::fillZero(Value dest) {
  Location loc = dest.getLoc();
  auto type = cast<RankedTensorType>(dest.getType());
  tile::ProgramOp program = createProgram(loc, "fill");
  TileBuilder t(program, host, options);
  constexpr int64_t kRows = 16, kColumns = 256;
  Tile zero = t.broadcast(t.scalar(cast<TypedAttr>(b.getZeroAttr(type.getElementType()))), {0, 1}, {kRows, kColumns});
  store(t, zero.value, t.output(dest),
        {t.mul(t.programId(0), t.constant(kRows)), t.mul(t.programId(1), t.constant(kColumns))}, {kRows, kColumns});
  return launch(t, program,
                {host.ceilDiv(loc, host.dim(dest, 0), kRows), host.ceilDiv(loc, host.dim(dest, 1), kColumns),
                 b.getIndexAttr(1)},
                dest)
      .front();
}
