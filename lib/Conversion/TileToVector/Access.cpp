//===- Access.cpp - Loads and stores of global memory ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each dimension of an access has to be checked against the memory's, unless
// that is known to hold. One condition for the whole tile chooses between a
// loop without checks (`fast`) and one that masks lanes. Gathered rows are
// always checked.
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// Whether an index of the program is known not to be negative.
static bool isNonNegative(Value value) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return *known >= 0;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument == loop.getInductionVar() && isNonNegative(loop.getLowerBound());
  }
  Operation *op = value.getDefiningOp();
  if (isa<tile::ProgramIdOp, memref::DimOp>(op))
    return true;
  if (isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::MinSIOp>(op))
    return llvm::all_of(op->getOperands(), isNonNegative);
  if (isa<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), isNonNegative);
  return false;
}

/// A bound that an index of the program is known not to exceed.
static std::optional<int64_t> upperBound(Value value) {
  if (std::optional<int64_t> known = getConstantIntValue(value))
    return known;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return std::nullopt;
    std::optional<int64_t> begin = getConstantIntValue(loop.getLowerBound());
    std::optional<int64_t> end = upperBound(loop.getUpperBound()), step = getConstantIntValue(loop.getStep());
    if (!end || !begin || !step || *step <= 0)
      return end ? std::optional<int64_t>(*end - 1) : std::nullopt;
    return *begin + (std::max<int64_t>(*end - *begin, 1) - 1) / *step * *step;
  }
  Operation *op = value.getDefiningOp();
  if (isa<arith::AddIOp, arith::MulIOp>(op)) {
    std::optional<int64_t> x = upperBound(op->getOperand(0)), y = upperBound(op->getOperand(1));
    if (!x || !y || (isa<arith::MulIOp>(op) && !llvm::all_of(op->getOperands(), isNonNegative)))
      return std::nullopt;
    return isa<arith::AddIOp>(op) ? *x + *y : *x * *y;
  }
  return std::nullopt;
}

void ProgramLowering::addGlobal(Value argument, Value lowered) {
  auto type = cast<MemRefType>(argument.getType());
  Global global{type, Value(), {}, SmallVector<Value>(type.getRank())};
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    global.dims.push_back(ShapedType::isDynamic(size) ? Value(memref::DimOp::create(b, lowered, dim)) : constant(size));
  Value total = constant(1);
  for (int64_t dim = type.getRank(); dim-- > 0;) {
    global.strides[dim] = total;
    total = mul(global.dims[dim], total);
  }
  auto flat = MemRefType::get(ShapedType::kDynamic, memoryType(type.getElementType()));
  global.flat = memref::ReinterpretCastOp::create(b, flat, lowered, /*offset=*/OpFoldResult(b.getIndexAttr(0)),
                                                  ArrayRef<OpFoldResult>(OpFoldResult(total)),
                                                  ArrayRef<OpFoldResult>(OpFoldResult(b.getIndexAttr(1))));
  globals[argument] = global;
}

template <typename Op>
static Access accessOfOp(Op op, Value memref, ArrayRef<int64_t> shape, const IRMapping &scalars,
                         const llvm::DenseMap<Value, Global> &globals) {
  Access access;
  access.global = &globals.find(memref)->second;
  access.sizes.assign(op.getSizes().begin(), op.getSizes().end());
  access.strides.assign(access.sizes.size(), 1);
  if (op.getStrides())
    access.strides.assign(op.getStrides()->begin(), op.getStrides()->end());
  access.rows = op.getRows();
  access.tileDims.assign(access.sizes.size(), -1);
  for (auto [tileDim, dim] : llvm::enumerate(sourceDims(access.sizes, shape)))
    access.tileDims[dim] = tileDim;
  for (auto [dim, offset] : llvm::enumerate(op.getOffsets())) {
    access.offsets.push_back(scalars.lookup(offset));
    access.positive.push_back(isNonNegative(offset));
    std::optional<int64_t> most = upperBound(offset);
    int64_t size = access.global->type.getDimSize(dim);
    access.inside.push_back(access.positive.back() && most && !ShapedType::isDynamic(size) &&
                            *most + (access.sizes[dim] - 1) * access.strides[dim] < size);
  }
  return access;
}

static ArrayRef<int64_t> shapeOf(Value tileOrScalar) {
  auto type = tileType(tileOrScalar);
  return type ? type.getShape() : ArrayRef<int64_t>();
}

Access ProgramLowering::accessOf(tile::LoadOp load) {
  Access access = accessOfOp(load, load.getSource(), shapeOf(load.getResult()), scalars, globals);
  access.rowsDim = load.getGatherDim().value_or(-1);
  return access;
}

Access ProgramLowering::accessOf(tile::StoreOp store) {
  Access access = accessOfOp(store, store.getDest(), shapeOf(store.getValue()), scalars, globals);
  access.rowsDim = store.getScatterDim().value_or(-1);
  return access;
}

Value ProgramLowering::insideCondition(const Access &access) {
  Value condition;
  for (size_t dim = 0; dim < access.sizes.size(); ++dim) {
    if (access.inside[dim] || static_cast<int64_t>(dim) == access.rowsDim)
      continue;
    Value last = add(access.offsets[dim], constant((access.sizes[dim] - 1) * access.strides[dim]));
    condition = both(condition, compare(arith::CmpIPredicate::slt, last, access.global->dims[dim]));
    if (!access.positive[dim])
      condition = both(condition, compare(arith::CmpIPredicate::sge, access.offsets[dim], constant(0)));
  }
  return condition;
}

Place ProgramLowering::placeOf(const Access &access, Indices indices, Lanes lanes) {
  int64_t lastTileDim = static_cast<int64_t>(indices.size()) - 1;
  Place place{constant(0), Value(), Value()};
  Value scalarInside, laneInside, laneLimit;
  for (int64_t dim = 0, rank = access.sizes.size(); dim < rank; ++dim) {
    int64_t tileDim = access.tileDims[dim];
    Value index = tileDim < 0 ? constant(0) : indices[tileDim];
    Value size = access.global->dims[dim], stride = access.global->strides[dim];
    bool checked = dim == access.rowsDim || (!fast && !access.inside[dim]);
    bool isLaneDim = !lanes.isScalar() && tileDim == lastTileDim;
    // Along the lanes of a contiguous dimension: one address, and how many lanes are inside.
    if (isLaneDim && dim != access.rowsDim && access.strides[dim] == 1 && getConstantIntValue(stride) == 1) {
      Value start = add(access.offsets[dim], index);
      place.address = add(place.address, start);
      if (!checked)
        continue;
      laneLimit = sub(size, start);
      if (!access.positive[dim])
        laneInside =
            compare(arith::CmpIPredicate::sge, count(start, b.getIndexType(), lanes), zero(b.getIndexType(), lanes));
      continue;
    }
    Lanes dimLanes = isLaneDim ? lanes : Lanes();
    Value coordinate;
    Value condition;
    if (dim == access.rowsDim) {
      Value row = toIndex(eval(access.rows, index, dimLanes));
      condition = compare(arith::CmpIPredicate::sge, row, zero(b.getIndexType(), dimLanes));
      coordinate = isLaneDim ? Value(arith::AddIOp::create(b, row, splat(access.offsets[dim], lanes)))
                             : add(access.offsets[dim], row);
    } else if (isLaneDim) {
      Value steps = count(index, b.getIndexType(), lanes);
      if (access.strides[dim] != 1)
        steps = arith::MulIOp::create(b, steps, splat(b.getIndexAttr(access.strides[dim]), lanes));
      coordinate = arith::AddIOp::create(b, steps, splat(access.offsets[dim], lanes));
    } else {
      coordinate = add(access.offsets[dim], mul(index, constant(access.strides[dim])));
    }
    if (checked) {
      condition = both(condition, compare(arith::CmpIPredicate::slt, coordinate, splat(size, dimLanes)));
      if (!access.positive[dim])
        condition = both(condition, compare(arith::CmpIPredicate::sge, coordinate, zero(b.getIndexType(), dimLanes)));
      (isLaneDim ? laneInside : scalarInside) = both(isLaneDim ? laneInside : scalarInside, condition);
    }
    if (isLaneDim)
      place.offsets = arith::MulIOp::create(b, coordinate, splat(stride, lanes));
    else
      place.address = add(place.address, mul(coordinate, stride));
  }
  if (lanes.isScalar()) {
    place.inside = scalarInside;
    return place;
  }
  if (scalarInside)
    laneLimit = arith::SelectOp::create(b, scalarInside, laneLimit ? laneLimit : constant(lanes.valid), constant(0));
  if (laneLimit && lanes.isPartial())
    laneLimit = arith::MinSIOp::create(b, laneLimit, constant(lanes.valid));
  auto maskType = VectorType::get(lanes.width, b.getI1Type());
  Value limitMask =
      laneLimit ? Value(vector::CreateMaskOp::create(b, maskType, ValueRange(laneLimit))) : validMask(lanes);
  place.inside = both(limitMask, laneInside);
  return place;
}

Value ProgramLowering::evalLoad(tile::LoadOp load, Indices indices, Lanes lanes) {
  Access access = accessOf(load);
  Place place = placeOf(access, indices, lanes);
  Type element = access.global->type.getElementType();
  Value pad = load.getPad() ? scalars.lookup(load.getPad()) : Value(zero(element, Lanes()));
  if (place.offsets)
    return gatherLanes(access.global->flat, place.address, place.offsets, element, lanes, place.inside, pad);
  return loadLanes(access.global->flat, place.address, element, lanes, place.inside, pad);
}

void ProgramLowering::visitLoads(Value tile, function_ref<void(tile::LoadOp)> visit) {
  SmallVector<Value> work{tile};
  llvm::SmallPtrSet<Operation *, 16> seen; // of an expression that uses a value twice, twice as often each time
  while (!work.empty()) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    if (auto load = dyn_cast<tile::LoadOp>(op))
      visit(load);
    for (Value operand : llvm::reverse(op->getOperands()))
      if (tileType(operand) && !plan.isBuffer(operand))
        work.push_back(operand);
  }
}

void ProgramLowering::guarded(ArrayRef<Value> tiles, const Access *store, function_ref<void()> body) {
  Value inside = store ? insideCondition(*store) : Value();
  llvm::SmallPtrSet<Operation *, 8> seen;
  for (Value tile : tiles)
    visitLoads(tile, [&](tile::LoadOp load) {
      if (seen.insert(load).second)
        inside = both(inside, insideCondition(accessOf(load)));
    });
  llvm::SaveAndRestore restore(fast, true);
  ifElse(inside, body, [&] {
    fast = false;
    body();
  });
}
