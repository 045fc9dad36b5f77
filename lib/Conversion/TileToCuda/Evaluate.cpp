//===- Evaluate.cpp - Loops over elements, and elements -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::Digit;
using cuda::Place;

//===----------------------------------------------------------------------===//
// Loops over elements
//===----------------------------------------------------------------------===//

scf::ForOp KernelLowering::makeLoop(Location loc, int64_t from, int64_t to, int64_t step, int64_t unroll) {
  auto loop = scf::ForOp::create(builder, loc, i32Constant(builder, loc, from), i32Constant(builder, loc, to),
                                 i32Constant(builder, loc, step));
  if (unroll != 1)
    loop->setAttr(cuda::kUnrollAttr, builder.getI64IntegerAttr(unroll));
  return loop;
}

/// The value of a digit of the thread's number, without its step: `tid / below % count`.
Value KernelLowering::threadDigit(int64_t below, int64_t count) {
  Location loc = kernel.getLoc();
  Value value = thread;
  std::string name = "t";
  if (below > 1) {
    value = arith::DivSIOp::create(builder, loc, value, i32Constant(builder, loc, below));
    name += "_div" + std::to_string(below);
  }
  if (below * count < threads) {
    value = arith::RemSIOp::create(builder, loc, value, i32Constant(builder, loc, count));
    name += "_mod" + std::to_string(count);
  }
  if (name == "t_div32")
    name = "warp";
  if (name == "t_mod32")
    name = "lane";
  if (value != thread)
    value.getDefiningOp()->setAttr(cuda::kNameAttr, builder.getStringAttr(name));
  return value;
}

/// What the thread's number adds to coordinate `dim`.
Value KernelLowering::digitOfThread(LayoutAttr layout, int64_t dim) {
  Value &cached = digitCache[{layout, dim}];
  if (cached)
    return cached;
  return cached = atEntry([&] {
           Location loc = kernel.getLoc();
           Value sum;
           int64_t below = 1;
           for (const Digit &digit : layout.getThreads()) {
             if (digit.dim == dim) {
               Value value = threadDigit(below, digit.count);
               if (digit.step > 1)
                 value = arith::MulIOp::create(builder, loc, value, i32Constant(builder, loc, digit.step));
               sum = sum ? arith::AddIOp::create(builder, loc, sum, value) : value;
             }
             below *= digit.count;
           }
           return sum ? sum : i32Constant(builder, loc, 0);
         });
}

/// Whether this thread is the one of its replicas that stores; null if there are none.
Value KernelLowering::ownsElement(LayoutAttr layout) {
  if (!layout.hasReplicas())
    return {};
  Value &cached = ownerCache[layout];
  if (cached)
    return cached;
  return cached = atEntry([&] {
           Location loc = kernel.getLoc();
           Value all, zero = i32Constant(builder, loc, 0);
           int64_t below = 1;
           for (const Digit &digit : layout.getThreads()) {
             if (digit.dim < 0) {
               Value first =
                   arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, threadDigit(below, digit.count), zero);
               all = all ? arith::AndIOp::create(builder, loc, all, first) : first;
             }
             below *= digit.count;
           }
           all.getDefiningOp()->setAttr(cuda::kNameAttr, builder.getStringAttr("owner"));
           return all;
         });
}

void KernelLowering::forEach(Location loc, LayoutAttr layout, ArrayRef<int64_t> shape, Tail tail, bool unroll,
                             ElementBody body) {
  OpBuilder::InsertionGuard guard(builder);
  // Keep loops small that need no unrolling for the registers' sake.
  bool rolled = !unroll && layout.getNumRegisters() > 16;
  ElementLoop loop{layout, {}};
  for (auto [index, digit] : llvm::enumerate(layout.getRegisters())) {
    bool last = index + 1 == layout.getRegisters().size();
    scf::ForOp forOp = makeLoop(loc, 0, digit.count, 1, !rolled ? 0 : last ? 4 : 1);
    loop.digits.push_back(forOp.getInductionVar());
    builder.setInsertionPointToStart(forOp.getBody());
  }
  Coords coords;
  Value valid;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    Value coord = digitOfThread(layout, dim);
    for (auto [digit, iv] : llvm::zip(layout.getRegisters(), loop.digits)) {
      if (digit.dim != static_cast<int64_t>(dim))
        continue;
      Value scaled = builder.createOrFold<arith::MulIOp>(loc, iv, i32Constant(builder, loc, digit.step));
      coord = builder.createOrFold<arith::AddIOp>(loc, coord, scaled);
    }
    if (layout.getExtent(dim) > size) {
      Value inside =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, coord, i32Constant(builder, loc, size));
      valid = valid ? arith::AndIOp::create(builder, loc, valid, inside) : inside;
      if (tail == Tail::Clamp)
        coord = arith::MinSIOp::create(builder, loc, coord, i32Constant(builder, loc, size - 1));
    }
    coords.push_back({coord, static_cast<int64_t>(dim)});
  }
  if (tail == Tail::Guard) {
    if (Value owner = ownsElement(layout))
      valid = valid ? arith::AndIOp::create(builder, loc, owner, valid).getResult() : owner;
    if (valid) {
      auto branch = scf::IfOp::create(builder, loc, valid, /*withElseRegion=*/false);
      builder.setInsertionPointToStart(branch.thenBlock());
      valid = {};
    }
  }
  memo.clear();
  body(coords, loop, valid);
  memo.clear();
}

/// The register that holds the element of a tile in `layout`, where the loop stands.
Value KernelLowering::registerIndex(Location loc, LayoutAttr layout, ArrayRef<Coord> coords, const ElementLoop &loop) {
  Value index = i32Constant(builder, loc, 0);
  SmallVector<int64_t> used(coords.size(), 0);
  for (const Digit &digit : layout.getRegisters()) {
    // The digits of one dimension correspond in order.
    int64_t skip = used[digit.dim]++;
    Value value;
    for (auto [loopDigit, iv] : llvm::zip(loop.layout.getRegisters(), loop.digits))
      if (loopDigit.dim == coords[digit.dim].dim && skip-- == 0) {
        value = iv;
        break;
      }
    index = builder.createOrFold<arith::MulIOp>(loc, index, i32Constant(builder, loc, digit.count));
    index = builder.createOrFold<arith::AddIOp>(loc, index, value);
  }
  return index;
}

Value KernelLowering::sharedIndex(Location loc, Value tile, ArrayRef<Coord> coords) {
  SmallVector<Value> values;
  for (const Coord &coord : coords)
    values.push_back(coord.value);
  SmallVector<int64_t> shape(tileType(tile).getShape());
  if (!shape.empty())
    shape.back() = home(tile).getPitch();
  return linearize(builder, loc, values, shape);
}

bool KernelLowering::readsRegisters(Value tile) {
  if (!isTile(tile))
    return false;
  if (Place place = home(tile).getPlace(); place != Place::Inline)
    return place == Place::Registers;
  return llvm::any_of(tile.getDefiningOp()->getOperands(), [&](Value operand) { return readsRegisters(operand); });
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value KernelLowering::evaluate(Value tile, ArrayRef<Coord> coords, const ElementLoop &loop) {
  if (!isTile(tile))
    return scalar(tile);
  SmallVector<Value, 4> key;
  for (const Coord &coord : coords)
    key.push_back(coord.value);
  for (auto &[known, at, element] : memo)
    if (known == tile && at == key)
      return element;
  cuda::HomeAttr place = home(tile);
  Location loc = tile.getLoc();
  Value element;
  if (place.getPlace() == Place::Inline)
    element = evaluateInline(tile.getDefiningOp(), coords, loop);
  else if (place.getPlace() == Place::Registers && loop.layout && isDirect(place.getLayout(), coords, loop.layout))
    element = get(loc, arrays[tile].registers, registerIndex(loc, place.getLayout(), coords, loop));
  else
    element = get(loc, arrays[tile].shared, sharedIndex(loc, tile, coords));
  memo.emplace_back(tile, key, element);
  return element;
}

/// An element-wise op on scalars instead of tiles.
static Value cloneOnScalars(OpBuilder &builder, Operation *op, ValueRange operands) {
  Type type = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(type);
  state.addAttributes(op->getAttrs());
  for (StringRef name : {cuda::kHomesAttr, cuda::kLayoutAttr})
    state.attributes.erase(name);
  return builder.create(state)->getResult(0);
}

Value KernelLowering::evaluateInline(Operation *op, ArrayRef<Coord> coords, const ElementLoop &loop) {
  Location loc = op->getLoc();
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return evaluateLoad(load, coords, loop);
  if (auto take = dyn_cast<tile::TakeOp>(op))
    return evaluateTake(take, coords, loop);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto value = dyn_cast<SplatElementsAttr>(constant.getValue());
    if (!value) {
      constant.emitError("a tile constant must have one value for all elements");
      failed = true;
      return arith::ConstantOp::create(
          builder, loc, builder.getZeroAttr(cast<RankedTensorType>(constant.getType()).getElementType()));
    }
    return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(value.getSplatValue<Attribute>()));
  }
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return scalar(splat.getInput());
  if (auto iota = dyn_cast<tile::IotaOp>(op)) {
    Type type = tileType(iota.getResult()).getElementType();
    if (type.isIndex())
      return toIndex(loc, coords[0].value);
    if (type.isInteger(64))
      return arith::ExtSIOp::create(builder, loc, type, coords[0].value);
    return coords[0].value;
  }
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(isTile(operand.get()) ? evaluate(operand.get(), operandCoords(operand, coords, &builder), loop)
                                             : scalar(operand.get()));
  return isView(op) ? operands.front() : cloneOnScalars(builder, op, operands);
}

Value KernelLowering::evaluateTake(tile::TakeOp take, ArrayRef<Coord> coords, const ElementLoop &loop) {
  Location loc = take.getLoc();
  Value column = toIndex(loc, evaluate(take.getColumns(), coords, loop));
  RankedTensorType source = tileType(take.getSource());
  Type index = builder.getIndexType(), element = source.getElementType();
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(index));
  Value size = arith::ConstantOp::create(builder, loc, builder.getIndexAttr(source.getShape().back()));
  // Unsigned: a negative column is beyond the row too.
  Value inside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, column, size);
  Value safe = arith::SelectOp::create(builder, loc, inside, column, zero);
  Coords at(coords);
  at.back() = {arith::IndexCastOp::create(builder, loc, builder.getI32Type(), safe), -1};
  Value value = evaluate(take.getSource(), at, loop);
  Value none = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  return arith::SelectOp::create(builder, loc, inside, value, none);
}

/// Whether an index of the host or grid is certainly not negative.
static bool isNonNegative(Value value, int depth = 8) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.isNonNegative();
  Operation *op = value.getDefiningOp();
  if (!depth)
    return false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument == loop.getInductionVar() && isNonNegative(loop.getLowerBound(), depth - 1) &&
           isNonNegative(loop.getStep(), depth - 1);
  }
  if (isa<tile::ProgramIdOp, memref::DimOp>(op))
    return true;
  if (isa<arith::AddIOp, arith::MulIOp, arith::DivSIOp, arith::MinSIOp, arith::CeilDivSIOp, arith::RemSIOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value operand) { return isNonNegative(operand, depth - 1); });
  if (isa<arith::DivUIOp, arith::RemUIOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value operand) { return isNonNegative(operand, depth - 1); });
  if (isa<arith::MaxSIOp>(op))
    return llvm::any_of(op->getOperands(), [&](Value operand) { return isNonNegative(operand, depth - 1); });
  return false;
}

/// The largest value of a sum of constants and variables of loops between constant bounds; nothing if it is none.
static std::optional<int64_t> largestValue(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  if (auto add = value.getDefiningOp<arith::AddIOp>()) {
    std::optional<int64_t> left = largestValue(add.getLhs()), right = largestValue(add.getRhs());
    return left && right ? std::optional<int64_t>(*left + *right) : std::nullopt;
  }
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop = argument ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()) : scf::ForOp();
  APInt lower, upper, step;
  if (!loop || argument != loop.getInductionVar() || !matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) ||
      !matchPattern(loop.getUpperBound(), m_ConstantInt(&upper)) || !matchPattern(loop.getStep(), m_ConstantInt(&step)))
    return std::nullopt;
  int64_t from = lower.getSExtValue(), to = upper.getSExtValue(), by = step.getSExtValue();
  return from < to ? from + (to - 1 - from) / by * by : from;
}

KernelLowering::Address KernelLowering::globalAddress(Operation *access, Value memref, OperandRange offsets,
                                                      ArrayRef<int64_t> sizes, std::optional<ArrayRef<int64_t>> strides,
                                                      Value rows, std::optional<int64_t> rowsDim, Type valueType,
                                                      ArrayRef<Coord> coords, const ElementLoop &loop) {
  Location loc = access->getLoc();
  const Global &global = globals[memref];
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<int64_t> dims = getAccessDims(sizes, valueType);
  Address address;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getIndexAttr(value));
  };
  auto also = [&](Value condition) {
    address.inside = address.inside ? arith::AndIOp::create(builder, loc, address.inside, condition) : condition;
  };
  for (auto [dim, tileDim] : llvm::enumerate(dims)) {
    int64_t stride = strides ? (*strides)[dim] : 1;
    Value position = scalar(offsets[dim]), relative;
    bool isRow = rowsDim && *rowsDim == static_cast<int64_t>(dim);
    bool nonNegative = isNonNegative(offsets[dim]);
    if (isRow) {
      Coord at = tileDim >= 0 ? coords[tileDim] : Coord{i32Constant(builder, loc, 0), -1};
      relative = toIndex(loc, evaluate(rows, {at}, loop));
      also(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge, relative, constant(0)));
    } else if (tileDim >= 0 && sizes[dim] > 1) {
      relative = toIndex(loc, coords[tileDim].value);
      if (stride > 1)
        relative = arith::MulIOp::create(builder, loc, relative, constant(stride));
    }
    if (relative)
      position = builder.createOrFold<arith::AddIOp>(loc, position, relative);
    // Within a static dimension the check may be needless.
    std::optional<int64_t> largest = largestValue(offsets[dim]);
    bool fits = !isRow && !type.isDynamicDim(dim) && nonNegative && largest &&
                *largest + (sizes[dim] - 1) * stride < type.getDimSize(dim);
    Value size = type.isDynamicDim(dim) ? global.sizes[dim] : constant(type.getDimSize(dim));
    if (!fits)
      also(arith::CmpIOp::create(builder, loc, nonNegative ? arith::CmpIPredicate::slt : arith::CmpIPredicate::ult,
                                 position, size));
    address.index = address.index ? builder.createOrFold<arith::AddIOp>(
                                        loc, builder.createOrFold<arith::MulIOp>(loc, address.index, size), position)
                                  : position;
  }
  if (!address.index)
    address.index = constant(0);
  return address;
}

Value KernelLowering::evaluateLoad(tile::LoadOp load, ArrayRef<Coord> coords, const ElementLoop &loop) {
  Location loc = load.getLoc();
  Address address = globalAddress(load, load.getSource(), load.getOffsets(), load.getSizes(), load.getStrides(),
                                  load.getRows(), load.getGatherDim(), load.getType(), coords, loop);
  Value array = globals[load.getSource()].array;
  if (!address.inside)
    return get(loc, array, address.index);
  Type element = load.getSource().getType().getElementType();
  Value pad = load.getPad() ? scalar(load.getPad())
                            : Value(arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element)));
  return cuda::GetOp::create(builder, loc, array, address.index, address.inside, pad);
}
