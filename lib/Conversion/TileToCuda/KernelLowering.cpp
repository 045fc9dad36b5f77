//===- KernelLowering.cpp - One program becomes one kernel ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::Place;

KernelLowering::KernelLowering(tile::ProgramOp program, cuda::KernelOp kernel)
    : program(program), kernel(kernel), builder(kernel.getContext()), threads(kernel.getThreads()) {}

cuda::HomeAttr KernelLowering::home(Value tile) {
  if (auto argument = dyn_cast<BlockArgument>(tile)) {
    auto loop = cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return cast<cuda::HomeAttr>(loop->getAttrOfType<ArrayAttr>(cuda::kCarriedAttr)[argument.getArgNumber() - 1]);
  }
  auto result = cast<OpResult>(tile);
  return cast<cuda::HomeAttr>(result.getOwner()->getAttrOfType<ArrayAttr>(cuda::kHomesAttr)[result.getResultNumber()]);
}

Value KernelLowering::local(Location loc, StringRef name, int64_t size, Type element) {
  return cuda::LocalOp::create(builder, loc,
                               cuda::ArrayType::get(builder.getContext(), cuda::Space::Local, size, element), name);
}

Value KernelLowering::get(Location loc, Value array, Value index) {
  return cuda::GetOp::create(builder, loc, array, index, Value(), Value());
}

Value KernelLowering::toIndex(Location loc, Value value) {
  if (value.getType().isIndex())
    return value;
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), value);
}

void KernelLowering::comment(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getName().stripDialect();
  auto shape = [&](Value value) {
    if (isTile(value)) {
      stream << ' ';
      llvm::interleave(tileType(value).getShape(), stream, "x");
    }
  };
  for (Value operand : op->getOperands())
    shape(operand);
  if (op->getNumResults()) {
    stream << " ->";
    for (Value result : op->getResults())
      shape(result);
  }
  cuda::CommentOp::create(builder, op->getLoc(), text);
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

void KernelLowering::bindArguments() {
  Block &entry = kernel.getBody().front();
  builder.setInsertionPointToStart(&entry);
  auto threadId = cuda::ThreadIdOp::create(builder, kernel.getLoc());
  threadId->setAttr(cuda::kNameAttr, builder.getStringAttr("tid"));
  thread = threadId;
  unsigned next = 0;
  for (Value argument : program.getBody().getArguments()) {
    Value bound = entry.getArgument(next++);
    auto memref = dyn_cast<MemRefType>(argument.getType());
    if (!memref) {
      scalars.map(argument, bound);
      continue;
    }
    Global &global = globals[argument];
    global.array = bound;
    for (int64_t size : memref.getShape())
      global.sizes.push_back(ShapedType::isDynamic(size) ? entry.getArgument(next++) : BlockArgument());
  }
  auto end = cuda::ReturnOp::create(builder, kernel.getLoc());
  entryEnd = cuda::CommentOp::create(builder, kernel.getLoc(), "");
  entryEnd->moveBefore(end);
  builder.setInsertionPoint(end);
}

LogicalResult KernelLowering::run() {
  bindArguments();
  LogicalResult result = lowerBlock(program.getBody().front());
  entryEnd->erase();
  return success(succeeded(result) && !failed);
}

LogicalResult KernelLowering::lowerBlock(Block &block) {
  for (Operation &op : block)
    if (mlir::failed(lowerOp(&op)) || failed)
      return failure();
  return success();
}

LogicalResult KernelLowering::lowerOp(Operation *op) {
  Location loc = op->getLoc();
  if (isa<tile::ReturnOp, scf::YieldOp>(op))
    return success();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return lowerFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return lowerIf(branch);
  if (auto dot = dyn_cast<tile::DotOp>(op))
    return lowerDot(dot);
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return lowerReduce(reduce);
  if (auto scan = dyn_cast<tile::ScanOp>(op))
    return lowerScan(scan);
  if (auto topk = dyn_cast<tile::TopKOp>(op))
    return lowerTopK(topk);
  if (auto store = dyn_cast<tile::StoreOp>(op))
    return lowerStore(store);
  if (canBeInline(op) && isTile(op->getResult(0))) {
    if (home(op->getResult(0)).getPlace() != Place::Inline)
      materialize(op->getResult(0));
    return success();
  }
  if (auto id = dyn_cast<tile::ProgramIdOp>(op)) {
    scalars.map(id.getResult(), cuda::BlockIdOp::create(builder, loc, builder.getIndexType(), id.getDim()).getResult());
    return success();
  }
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!index || !globals.contains(dim.getSource()))
      return dim.emitError("only a constant dimension of an argument has a CUDA form");
    auto type = cast<MemRefType>(dim.getSource().getType());
    scalars.map(dim.getResult(),
                type.isDynamicDim(*index)
                    ? globals[dim.getSource()].sizes[*index]
                    : arith::ConstantOp::create(builder, loc, builder.getIndexAttr(type.getDimSize(*index))));
    return success();
  }
  if (auto load = dyn_cast<tile::LoadOp>(op)) {
    memo.clear();
    scalars.map(load.getResult(), evaluateLoad(load, {}, ElementLoop()));
    return success();
  }
  bool isScalar = isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) &&
                  llvm::none_of(op->getOperands(), [](Value value) { return isTile(value); });
  if (!isScalar)
    return op->emitError("has no CUDA form");
  builder.clone(*op, scalars);
  return success();
}

/// Whether `value` is computed from `source` (by inline steps) after the op `after`.
static bool isReadAfter(Value source, Operation *after) {
  for (Operation *user : source.getUsers()) {
    Operation *ancestor = after->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor || (ancestor != after && after->isBeforeInBlock(ancestor)))
      return true;
    if (ancestor != after && canBeInline(user) && isReadAfter(user->getResult(0), after))
      return true;
  }
  return false;
}

/// Whether `tile`, the next value of `carried`, can be computed in its registers: nothing reads the old value later.
bool KernelLowering::canUpdateInPlace(Value tile, Value carried) {
  Operation *op = tile.getDefiningOp();
  auto argument = dyn_cast<BlockArgument>(carried);
  if (!op || !argument || op->getBlock() != argument.getOwner() || !(isa<tile::DotOp>(op) || isElementwise(op)))
    return false;
  return home(tile).getPlace() == Place::Registers && home(tile).getLayout() == home(carried).getLayout() &&
         !isReadAfter(carried, op);
}

/// The loop's argument whose next value `tile` is and whose registers it may overwrite; null if there is none.
Value KernelLowering::carriedToUpdate(Value tile) {
  for (OpOperand &use : tile.getUses())
    if (auto loop = dyn_cast<scf::ForOp>(use.getOwner()->getParentOp()); loop && isa<scf::YieldOp>(use.getOwner())) {
      Value carried = loop.getRegionIterArg(use.getOperandNumber());
      if (canUpdateInPlace(tile, carried))
        return carried;
    }
  return {};
}

/// Makes the arrays in which a tile lives.
void KernelLowering::makeArrays(Value tile, Value sameRegistersAs) {
  cuda::HomeAttr place = home(tile);
  RankedTensorType type = tileType(tile);
  Location loc = tile.getLoc();
  Operation *op = tile.getDefiningOp();
  std::string name = op && !isa<scf::SCFDialect>(op->getDialect()) ? op->getName().stripDialect().str() : "carried";
  if (auto load = dyn_cast_or_null<tile::LoadOp>(op)) {
    unsigned number = cast<BlockArgument>(globals[load.getSource()].array).getArgNumber();
    name = cast<StringAttr>(kernel.getArgNames()[number]).str();
  }
  if (sameRegistersAs)
    arrays[tile].registers = arrays[sameRegistersAs].registers;
  else if (place.getPlace() == Place::Registers)
    arrays[tile].registers = local(loc, name + "_tile", place.getLayout().getNumRegisters(), type.getElementType());
  if (int64_t pitch = place.getPitch()) {
    int64_t size = type.getRank() ? type.getNumElements() / type.getShape().back() * pitch : 1;
    auto array = cuda::ArrayType::get(builder.getContext(), cuda::Space::Shared, size, type.getElementType());
    arrays[tile].shared = cuda::SharedOp::create(builder, loc, array, name + "_shared", IntegerAttr());
  }
}

void KernelLowering::copyToShared(Value tile) {
  cuda::HomeAttr place = home(tile);
  if (place.getPlace() != Place::Registers || !place.getPitch())
    return;
  Location loc = tile.getLoc();
  LayoutAttr layout = place.getLayout();
  forEach(loc, layout, tileType(tile).getShape(), Tail::Guard, /*unroll=*/true,
          [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
            Value value = get(loc, arrays[tile].registers, registerIndex(loc, layout, coords, loop));
            cuda::SetOp::create(builder, loc, value, arrays[tile].shared, sharedIndex(loc, tile, coords));
          });
}

/// Computes all elements of an inlineable tile into its home.
void KernelLowering::materialize(Value tile) {
  Operation *op = tile.getDefiningOp();
  Location loc = op->getLoc();
  comment(op);
  makeArrays(tile, carriedToUpdate(tile));
  cuda::HomeAttr place = home(tile);
  ArrayRef<int64_t> shape = tileType(tile).getShape();
  if (place.getPlace() == Place::Shared) {
    bool unroll = llvm::any_of(op->getOperands(), [&](Value operand) { return readsRegisters(operand); });
    forEach(loc, op->getAttrOfType<LayoutAttr>(cuda::kLayoutAttr), shape, Tail::Guard, unroll,
            [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
              Value value = evaluateInline(op, coords, loop);
              cuda::SetOp::create(builder, loc, value, arrays[tile].shared, sharedIndex(loc, tile, coords));
            });
    return;
  }
  forEach(loc, place.getLayout(), shape, Tail::Clamp, /*unroll=*/true,
          [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
            Value value = evaluateInline(op, coords, loop);
            cuda::SetOp::create(builder, loc, value, arrays[tile].registers,
                                registerIndex(loc, place.getLayout(), coords, loop));
          });
  copyToShared(tile);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

/// Whether computing an element of `tile` reads one of these registers.
bool KernelLowering::reads(Value tile, ArrayRef<Value> registers) {
  if (!isTile(tile))
    return false;
  if (home(tile).getPlace() != Place::Inline)
    return llvm::is_contained(registers, arrays[tile].registers);
  return llvm::any_of(tile.getDefiningOp()->getOperands(), [&](Value operand) { return reads(operand, registers); });
}

/// Sets what a loop or condition carries: everything is read before anything is written.
void KernelLowering::assignCarried(ValueRange values, ValueRange carried, Location loc) {
  SmallVector<Value> targets; // arrays
  for (Value target : carried)
    if (isTile(target))
      targets.push_back(arrays[target].registers);
  auto compute = [&](Value value, LayoutAttr layout, Value into) {
    forEach(loc, layout, tileType(value).getShape(), Tail::Clamp, /*unroll=*/true,
            [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
              cuda::SetOp::create(builder, loc, evaluate(value, coords, loop), into,
                                  registerIndex(loc, layout, coords, loop));
            });
  };
  // First, what reads an old value: aside, unless it is the only one.
  SmallVector<std::pair<Value, Value>> moves, rest;
  for (auto pair : llvm::zip(values, carried)) {
    Value value = std::get<0>(pair), target = std::get<1>(pair);
    if (!isTile(target))
      continue;
    Value to = arrays[target].registers;
    bool inPlace = home(value).getPlace() == Place::Registers && arrays[value].registers == to;
    if (inPlace)
      continue;
    if (targets.size() == 1 || !reads(value, targets)) {
      rest.emplace_back(value, target);
      continue;
    }
    auto type = cast<cuda::ArrayType>(to.getType());
    Value aside = local(loc, "next", type.getSize(), type.getElement());
    compute(value, home(target).getLayout(), aside);
    moves.emplace_back(aside, to);
  }
  for (auto [value, target] : rest)
    compute(value, home(target).getLayout(), arrays[target].registers);
  for (auto [from, to] : moves) {
    OpBuilder::InsertionGuard guard(builder);
    scf::ForOp loop = makeLoop(loc, 0, cast<cuda::ArrayType>(to.getType()).getSize(), 1, 0);
    builder.setInsertionPointToStart(loop.getBody());
    cuda::SetOp::create(builder, loc, get(loc, from, loop.getInductionVar()), to, loop.getInductionVar());
  }
}

static SmallVector<Value> onlyScalars(ValueRange values, const IRMapping &map) {
  SmallVector<Value> result;
  for (Value value : values)
    if (!isTile(value))
      result.push_back(map.lookupOrDefault(value));
  return result;
}

LogicalResult KernelLowering::lowerFor(scf::ForOp loop) {
  Location loc = loop.getLoc();
  ValueRange carried = loop.getRegionIterArgs();
  for (Value argument : carried)
    if (isTile(argument))
      makeArrays(argument);
  assignCarried(loop.getInitArgs(), carried, loc);
  auto forOp = scf::ForOp::create(builder, loc, scalar(loop.getLowerBound()), scalar(loop.getUpperBound()),
                                  scalar(loop.getStep()), onlyScalars(loop.getInitArgs(), scalars));
  forOp->setAttr(cuda::kUniformAttr, builder.getUnitAttr());
  scalars.map(loop.getInductionVar(), forOp.getInductionVar());
  unsigned next = 0;
  for (Value argument : carried)
    if (!isTile(argument))
      scalars.map(argument, forOp.getRegionIterArg(next++));
  {
    OpBuilder::InsertionGuard guard(builder);
    if (!forOp.getBody()->empty()) // made where nothing is carried
      forOp.getBody()->back().erase();
    builder.setInsertionPointToEnd(forOp.getBody());
    for (Value argument : carried)
      if (isTile(argument))
        copyToShared(argument);
    if (mlir::failed(lowerBlock(*loop.getBody())))
      return failure();
    assignCarried(loop.getYieldedValues(), carried, loc);
    scf::YieldOp::create(builder, loc, onlyScalars(loop.getYieldedValues(), scalars));
  }
  next = 0;
  for (auto [result, argument] : llvm::zip(loop.getResults(), carried)) {
    if (!isTile(result)) {
      scalars.map(result, forOp.getResult(next++));
      continue;
    }
    makeArrays(result, argument);
    copyToShared(result);
  }
  return success();
}

LogicalResult KernelLowering::lowerIf(scf::IfOp branch) {
  Location loc = branch.getLoc();
  SmallVector<Type> types;
  for (Value result : branch.getResults()) {
    if (isTile(result))
      makeArrays(result);
    else
      types.push_back(result.getType());
  }
  bool hasElse = !branch.getElseRegion().empty();
  auto ifOp = scf::IfOp::create(builder, loc, types, scalar(branch.getCondition()), hasElse);
  ifOp->setAttr(cuda::kUniformAttr, builder.getUnitAttr());
  for (auto [from, to] : llvm::zip(branch->getRegions(), ifOp->getRegions())) {
    if (from.empty())
      continue;
    OpBuilder::InsertionGuard guard(builder);
    if (!to.front().empty())
      to.front().back().erase();
    builder.setInsertionPointToEnd(&to.front());
    if (mlir::failed(lowerBlock(from.front())))
      return failure();
    Operation *yield = from.front().getTerminator();
    assignCarried(yield->getOperands(), branch.getResults(), loc);
    scf::YieldOp::create(builder, loc, onlyScalars(yield->getOperands(), scalars));
  }
  unsigned next = 0;
  for (Value result : branch.getResults()) {
    if (isTile(result))
      copyToShared(result);
    else
      scalars.map(result, ifOp.getResult(next++));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

LogicalResult KernelLowering::lowerStore(tile::StoreOp store) {
  Location loc = store.getLoc();
  comment(store);
  // Where the program loads from this memory too: all threads have loaded before, and the block's later loads see it.
  bool alsoLoaded = llvm::any_of(store.getDest().getUsers(), [](Operation *user) { return isa<tile::LoadOp>(user); });
  if (alsoLoaded)
    cuda::BarrierOp::create(builder, loc);
  auto write = [&](ArrayRef<Coord> coords, const ElementLoop &loop) {
    Address address = globalAddress(store, store.getDest(), store.getOffsets(), store.getSizes(), store.getStrides(),
                                    store.getRows(), store.getScatterDim(), store.getValue().getType(), coords, loop);
    OpBuilder::InsertionGuard guard(builder);
    if (address.inside) {
      auto branch = scf::IfOp::create(builder, loc, address.inside, /*withElseRegion=*/false);
      builder.setInsertionPointToStart(branch.thenBlock());
    }
    Value value = evaluate(store.getValue(), coords, loop), array = globals[store.getDest()].array;
    if (store.getAccumulate())
      cuda::AtomicAddOp::create(builder, loc, value, array, address.index);
    else
      cuda::SetOp::create(builder, loc, value, array, address.index);
  };
  if (isTile(store.getValue())) {
    bool unroll = readsRegisters(store.getValue()) || (store.getRows() && readsRegisters(store.getRows()));
    forEach(loc, store->getAttrOfType<LayoutAttr>(cuda::kLayoutAttr), tileType(store.getValue()).getShape(),
            Tail::Guard, unroll, [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) { write(coords, loop); });
  } else {
    OpBuilder::InsertionGuard guard(builder);
    Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, thread, i32Constant(builder, loc, 0));
    builder.setInsertionPointToStart(scf::IfOp::create(builder, loc, first, /*withElseRegion=*/false).thenBlock());
    memo.clear();
    write({}, ElementLoop());
  }
  if (alsoLoaded)
    cuda::BarrierOp::create(builder, loc);
  return success();
}
