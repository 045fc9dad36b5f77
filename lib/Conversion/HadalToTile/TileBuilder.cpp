//===- TileBuilder.cpp - Programs made by pulling regions of values -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"
#include "Contraction.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

TileBuilder::TileBuilder(tile::ProgramOp program, HostDims &host, const FormOptions &options)
    : program(program), host(host), options(options), b(OpBuilder::atBlockEnd(&program.getBody().front())),
      loc(program.getLoc()) {}

//===----------------------------------------------------------------------===//
// Arguments and index arithmetic
//===----------------------------------------------------------------------===//

static MemRefType memoryOf(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return MemRefType::get(type.getShape(), type.getElementType());
}

Value TileBuilder::argument(Value host) {
  Value &known = leaves[host];
  if (!known) {
    Type type = isa<RankedTensorType>(host.getType()) ? memoryOf(host) : host.getType();
    known = program.getBody().front().addArgument(type, host.getLoc());
    inputs.push_back(host);
    inputArguments.push_back(known);
  }
  return known;
}

Value TileBuilder::output(Value result) {
  Value argument = program.getBody().front().addArgument(memoryOf(result), result.getLoc());
  outputArguments.push_back(argument);
  return argument;
}

void TileBuilder::finish(SmallVectorImpl<Value> &hostInputs) {
  tile::ReturnOp::create(b, loc);
  Block &block = program.getBody().front();
  SmallVector<Value> order(inputArguments);
  llvm::append_range(order, outputArguments);
  unsigned count = order.size();
  SmallVector<Type> types;
  for (Value old : order) {
    types.push_back(old.getType());
    old.replaceAllUsesWith(block.addArgument(old.getType(), old.getLoc()));
  }
  block.eraseArguments(0, count);
  program.setFunctionTypeAttr(TypeAttr::get(b.getFunctionType(types, {})));
  hostInputs.assign(inputs.begin(), inputs.end());
}

Value TileBuilder::index(OpFoldResult value) {
  if (auto known = llvm::dyn_cast_if_present<Value>(value))
    return known;
  return scalar(b.getIndexAttr(*getConstantIntValue(value))).value; // static offsets come as i64
}

Tile TileBuilder::scalar(TypedAttr value) {
  Value &known = constants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&program.getBody().front());
    known = arith::ConstantOp::create(b, loc, value);
  }
  return {known, {}};
}

OpFoldResult TileBuilder::add(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx + *cy);
  if (cx == 0)
    return y;
  if (cy == 0)
    return x;
  return b.createOrFold<arith::AddIOp>(loc, index(x), index(y));
}

OpFoldResult TileBuilder::sub(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx - *cy);
  if (cy == 0)
    return x;
  if (x == y)
    return constant(0);
  return arith::SubIOp::create(b, loc, index(x), index(y)).getResult();
}

OpFoldResult TileBuilder::mul(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx * *cy);
  if (cx == 0 || cy == 0)
    return constant(0);
  if (cx == 1)
    return y;
  if (cy == 1)
    return x;
  return arith::MulIOp::create(b, loc, index(x), index(y)).getResult();
}

OpFoldResult TileBuilder::div(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx / *cy);
  if (cy == 1)
    return x;
  return arith::DivUIOp::create(b, loc, index(x), index(y)).getResult();
}

OpFoldResult TileBuilder::rem(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx % *cy);
  if (cy == 1)
    return constant(0);
  return arith::RemUIOp::create(b, loc, index(x), index(y)).getResult();
}

OpFoldResult TileBuilder::min(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(std::min(*cx, *cy));
  return arith::MinSIOp::create(b, loc, index(x), index(y)).getResult();
}

OpFoldResult TileBuilder::fromHost(OpFoldResult value) {
  auto known = llvm::dyn_cast_if_present<Value>(value);
  if (!known)
    return constant(*getConstantIntValue(value));
  if (auto fixed = getConstantIntValue(known))
    return constant(*fixed);
  return argument(known);
}

Value TileBuilder::programId(int64_t dim) {
  if (!ids[dim]) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&program.getBody().front());
    ids[dim] = tile::ProgramIdOp::create(b, loc, b.getIndexType(), b.getI32IntegerAttr(dim));
  }
  return ids[dim];
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

Tile TileBuilder::broadcast(const Tile &tile, ArrayRef<int64_t> dims, ArrayRef<int64_t> sizes) {
  if (ArrayRef<int64_t>(tile.dims) == dims)
    return tile;
  auto type = RankedTensorType::get(sizes, getElementTypeOrSelf(tile.value));
  SmallVector<int64_t, 4> result(dims);
  if (tile.dims.empty())
    return {tensor::SplatOp::create(b, loc, tile.value, type), result};
  SmallVector<int64_t> at;
  for (int64_t dim : tile.dims)
    at.push_back(llvm::find(dims, dim) - dims.begin());
  return {tile::BroadcastOp::create(b, loc, type, tile.value, at), result};
}

Value TileBuilder::full(const Tile &tile, const TileRegion &region) {
  SmallVector<int64_t> dims, sizes;
  for (auto [i, dim] : llvm::enumerate(region))
    if (!dim.point) {
      dims.push_back(i);
      sizes.push_back(dim.size);
    }
  return broadcast(tile, dims, sizes).value;
}

FailureOr<Value> TileBuilder::pullFull(Value value, const TileRegion &region) {
  MaybeTile tile = pull(value, region);
  if (failed(tile))
    return failure();
  return full(*tile, region);
}

Tile TileBuilder::apply(OperationName name, ArrayRef<Tile> operands, Type element,
                        ArrayRef<NamedAttribute> attributes) {
  SmallVector<int64_t, 4> dims, sizes;
  for (const Tile &tile : operands)
    for (int64_t dim : tile.dims)
      dims.push_back(dim);
  llvm::sort(dims);
  dims.erase(llvm::unique(dims), dims.end());
  sizes.resize(dims.size());
  for (const Tile &tile : operands)
    for (auto [i, dim] : llvm::enumerate(tile.dims))
      sizes[llvm::find(dims, dim) - dims.begin()] = cast<RankedTensorType>(tile.value.getType()).getDimSize(i);
  OperationState state(loc, name);
  for (const Tile &tile : operands)
    state.addOperands(broadcast(tile, dims, sizes).value);
  state.addTypes(dims.empty() ? element : RankedTensorType::get(sizes, element));
  state.addAttributes(attributes);
  return {b.create(state)->getResult(0), dims};
}

Tile TileBuilder::compare(arith::CmpIPredicate predicate, const Tile &x, const Tile &y) {
  NamedAttribute attribute(b.getStringAttr("predicate"), arith::CmpIPredicateAttr::get(b.getContext(), predicate));
  return apply(OperationName("arith.cmpi", b.getContext()), {x, y}, b.getI1Type(), attribute);
}

Tile TileBuilder::compare(arith::CmpFPredicate predicate, const Tile &x, const Tile &y) {
  NamedAttribute attribute(b.getStringAttr("predicate"), arith::CmpFPredicateAttr::get(b.getContext(), predicate));
  return apply(OperationName("arith.cmpf", b.getContext()), {x, y}, b.getI1Type(), attribute);
}

Tile TileBuilder::convert(const Tile &tile, Type element) {
  Type from = getElementTypeOrSelf(tile.value);
  if (from == element)
    return tile;
  StringRef name;
  if (isa<FloatType>(from) && isa<FloatType>(element))
    name = from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth() ? "arith.extf" : "arith.truncf";
  else if (from.isIndex() || element.isIndex())
    name = "arith.index_cast";
  else if (isa<IntegerType>(from) && isa<FloatType>(element))
    name = "arith.sitofp";
  else
    name = from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth() ? "arith.extsi" : "arith.trunci";
  return apply(OperationName(name, b.getContext()), tile, element);
}

Tile TileBuilder::positions(const RegionDim &region, int64_t dim) {
  if (region.point)
    return {index(region.offset), {}};
  if (region.rows)
    return convert({region.rows, {dim}}, b.getIndexType());
  auto type = RankedTensorType::get(region.size, b.getIndexType());
  Tile tile{tile::IotaOp::create(b, loc, type), {dim}};
  if (region.stride != 1)
    tile = make<arith::MulIOp>({tile, {index(constant(region.stride)), {}}});
  if (getConstantIntValue(region.offset) == 0)
    return tile;
  return make<arith::AddIOp>({tile, {index(region.offset), {}}});
}

Tile TileBuilder::reduce(tile::Reduction kind, const Tile &tile, int64_t dim) {
  auto type = cast<RankedTensorType>(tile.value.getType());
  int64_t axis = llvm::find(tile.dims, dim) - tile.dims.begin();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + axis);
  Type result = shape.empty() ? type.getElementType() : Type(type.clone(shape));
  Tile reduced{tile::ReduceOp::create(b, loc, result, kind, tile.value, axis), tile.dims};
  reduced.dims.erase(reduced.dims.begin() + axis);
  return reduced;
}

Tile TileBuilder::inOrder(Value value, ArrayRef<int64_t> dims) {
  if (llvm::is_sorted(dims))
    return {value, SmallVector<int64_t, 4>(dims)};
  SmallVector<int64_t> perm(llvm::to_vector(llvm::seq<int64_t>(0, dims.size())));
  llvm::sort(perm, [&](int64_t x, int64_t y) { return dims[x] < dims[y]; });
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape;
  Tile result;
  for (int64_t from : perm) {
    shape.push_back(type.getDimSize(from));
    result.dims.push_back(dims[from]);
  }
  result.value = tile::TransposeOp::create(b, loc, type.clone(shape), value, perm);
  return result;
}

Tile TileBuilder::maskTail(const Tile &tile, const RegionDim &range, int64_t dim, OpFoldResult size) {
  Tile inside = compare(arith::CmpIPredicate::slt, positions(range, dim), {index(size), {}});
  Type element = getElementTypeOrSelf(tile.value);
  return make<arith::SelectOp>({inside, tile, scalar(cast<TypedAttr>(b.getZeroAttr(element)))});
}

FailureOr<SmallVector<Value>>
TileBuilder::forLoop(OpFoldResult lower, OpFoldResult upper, int64_t step, ValueRange inits,
                     function_ref<FailureOr<SmallVector<Value>>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, loc, index(lower), index(upper), index(constant(step)), inits);
  Block *block = loop.getBody();
  if (!block->empty()) // A loop that carries nothing is born with its terminator.
    block->getTerminator()->erase();
  auto next = nested(block, [&] {
    auto values = body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (succeeded(values))
      scf::YieldOp::create(b, loc, *values);
    return values;
  });
  if (failed(next))
    return failure();
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Pulling
//===----------------------------------------------------------------------===//

bool TileBuilder::isLeaf(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return true;
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return isLeaf(op->getOperand(0));
  return isa<tile::LaunchOp, tile::GetGlobalOp, arith::ConstantOp>(op);
}

MaybeTile TileBuilder::pull(Value value, const TileRegion &region) {
  for (const Pulled &known : memo)
    if (known.value == value && known.region == region)
      return known.tile;
  MaybeTile tile = pullUncached(value, region);
  if (succeeded(tile))
    memo.push_back({value, region, *tile});
  return tile;
}

MaybeTile TileBuilder::pullUncached(Value value, const TileRegion &region) {
  if (isLeaf(value))
    return pullLeaf(value, region);
  return TypeSwitch<Operation *, MaybeTile>(value.getDefiningOp())
      .Case([&](linalg::ReduceOp op) {
        return op.getNumDpsInits() == 1 ? pullReduce(op, region) : pullFold(cast<OpResult>(value), region);
      })
      .Case([&](linalg::SoftmaxOp op) { return pullSoftmax(op, region); })
      .Case([&](linalg::LinalgOp op) {
        if (op.getNumReductionLoops() == 0)
          return pullElementwise(op, region);
        return Contraction::match(op) ? pullContraction(op, region) : pullFold(cast<OpResult>(value), region);
      })
      .Case([&](tensor::CastOp op) { return pull(op.getSource(), region); })
      .Case([&](tensor::ExtractSliceOp op) { return pullSlice(op, region); })
      .Case([&](tensor::ConcatOp op) { return pullConcat(op, op.getInputs(), op.getDim(), region); })
      .Case([&](CacheAppendOp op) { return pullConcat(op, {op.getCache(), op.getEntry()}, op.getDim(), region); })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>([&](Operation *op) { return pullReshape(op, region); })
      .Case([&](GatherOp op) { return pullGather(op, region); })
      .Case([&](GatherNDOp op) { return pullGatherND(op, region); })
      .Case([&](GatherElementsOp op) { return pullGatherElements(op, region); })
      .Case([&](ScatterElementsOp op) { return pullScatterElements(op, region); })
      .Case([&](tensor::FromElementsOp op) { return pullFromElements(op, region); })
      .Case([&](GatedActivationOp op) { return pullGated(op, region); })
      .Case([&](CombineOp op) { return pullCombine(op, region); })
      .Case([&](RopeOp op) { return pullRope(op, region); })
      .Case([&](RMSNormOp op) { return pullNorm(op, region); })
      .Case([&](AttentionOp op) { return pullAttention(op, region); })
      .Case([&](GroupedMatmulOp op) { return pullGroupedMatmul(op, region); })
      .Default([&](Operation *op) -> MaybeTile { return op->emitError("no kernel computes this operation"); });
}

MaybeTile TileBuilder::pullLeaf(Value value, const TileRegion &region) {
  auto type = cast<RankedTensorType>(value.getType());
  DenseElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat)) && splat.isSplat())
    return scalar(splat.getSplatValue<TypedAttr>());
  SmallVector<Value> offsets;
  SmallVector<int64_t> sizes, strides, shape;
  Tile tile;
  Value rows;
  std::optional<int64_t> gatherDim;
  for (auto [i, dim] : llvm::enumerate(region)) {
    offsets.push_back(index(dim.rows ? constant(0) : dim.offset));
    sizes.push_back(dim.size);
    strides.push_back(dim.stride);
    if (!dim.point) {
      tile.dims.push_back(i);
      shape.push_back(dim.size);
    }
    if (dim.rows) {
      if (rows)
        return emitError(value.getLoc(), "no kernel gathers along two dimensions");
      rows = dim.rows;
      gatherDim = i;
    }
  }
  bool strided = llvm::any_of(strides, [](int64_t stride) { return stride != 1; });
  Type result = shape.empty() ? type.getElementType() : Type(RankedTensorType::get(shape, type.getElementType()));
  tile.value = tile::LoadOp::create(b, loc, result, argument(value), offsets, rows, /*pad=*/Value(),
                                    b.getDenseI64ArrayAttr(sizes),
                                    strided ? b.getDenseI64ArrayAttr(strides) : DenseI64ArrayAttr(),
                                    gatherDim ? b.getI64IntegerAttr(*gatherDim) : IntegerAttr());
  return tile;
}
