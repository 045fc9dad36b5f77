//===- ProgramLowering.cpp - One program to loops over vectors ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

ProgramLowering::ProgramLowering(tile::ProgramOp program, func::FuncOp function, const TilePlan &plan)
    : Emitter(function, plan.scratchBytes()), program(program), plan(plan) {}

LogicalResult ProgramLowering::run() {
  Block &body = program.getBody().front();
  for (auto [argument, lowered] : llvm::zip(body.getArguments(), function.getArguments())) {
    scalars.map(argument, lowered);
    if (isa<MemRefType>(argument.getType()))
      addGlobal(argument, lowered);
  }
  lowerBlock(body);
  func::ReturnOp::create(b);
  return success(!failed);
}

void ProgramLowering::error(Operation *op, const Twine &message) {
  failed = true;
  op->emitOpError(message);
}

void ProgramLowering::lowerBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    b.setLoc(op.getLoc());
    lowerOp(op);
    if (failed)
      return;
    for (Value result : op.getResults())
      if (tileType(result))
        finishTile(result);
  }
}

void ProgramLowering::lowerOp(Operation &op) {
  auto isTile = [](Value value) { return static_cast<bool>(tileType(value)); };
  if (auto id = dyn_cast<tile::ProgramIdOp>(op))
    return scalars.map(id.getResult(), function.getArgument(program.getArgumentTypes().size() + id.getDim()));
  if (auto store = dyn_cast<tile::StoreOp>(op))
    return lowerStore(store);
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
  if (auto load = dyn_cast<tile::LoadOp>(op); load && !isTile(load.getResult())) {
    Scope scope(*this);
    return scalars.map(load.getResult(), evalLoad(load, {}, Lanes()));
  }
  if (op.getNumRegions() == 0 && llvm::none_of(op.getOperands(), isTile) && llvm::none_of(op.getResults(), isTile)) {
    b.clone(op, scalars);
    return;
  }
  if (op.getNumRegions() || op.getNumResults() != 1 || !isTile(op.getResult(0)))
    return error(&op, "has no lowering to vectors");
  if (plan.isBuffer(op.getResult(0)) && !isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    fill(plan.offsetOf(op.getResult(0)), op.getResult(0), /*fresh=*/true);
}

void ProgramLowering::finishTile(Value tile) {
  for (const Attachment &attachment : plan.attachments(tile)) {
    if (attachment.packing == Packing::View)
      makeView(tile, attachment);
    else if (attachment.packing == Packing::Panels)
      packPanels(tile, attachment);
    else
      packTransposed(tile, attachment);
  }
}

void ProgramLowering::lowerStore(tile::StoreOp store) {
  Access access = accessOf(store);
  const Global &global = *access.global;
  Value value = store.getValue();
  auto store1 = [&](Value element, const Place &place, Lanes lanes) {
    if (!store.getAccumulate()) {
      if (place.offsets)
        return scatterLanes(element, global.flat, place.address, place.offsets, lanes, place.inside);
      return storeLanes(element, global.flat, place.address, lanes, place.inside);
    }
    auto kind = isa<FloatType>(element.getType()) ? arith::AtomicRMWKind::addf : arith::AtomicRMWKind::addi;
    ifElse(place.inside, [&] { memref::AtomicRMWOp::create(b, kind, element, global.flat, place.address); }, nullptr);
  };
  Type type = getElementTypeOrSelf(value);
  if (store.getAccumulate() && (type.isIndex() || type.getIntOrFloatBitWidth() < 32))
    return error(store, "accumulates in a lowering to vectors numbers of 32 and 64 bits only");
  Scope scope(*this);
  if (!tileType(value)) {
    Place place = placeOf(access, {}, Lanes());
    return store1(scalars.lookup(value), place, Lanes());
  }
  if (store.getAccumulate()) {
    return forRows(tileType(value).getShape(), [&](Indices indices) {
      Value element = eval(value, indices, Lanes());
      store1(element, placeOf(access, indices, Lanes()), Lanes());
    });
  }
  guarded(value, &access, [&] {
    forTile(value, [&](Indices indices, Lanes lanes) {
      Value element = eval(value, indices, lanes);
      store1(element, placeOf(access, indices, lanes), lanes);
    });
  });
}

//===----------------------------------------------------------------------===//
// Control flow: scalars are carried by scf, tiles by their buffers
//===----------------------------------------------------------------------===//

void ProgramLowering::lowerFor(scf::ForOp loop) {
  SmallVector<Value> inits;
  for (auto [init, result] : llvm::zip(loop.getInitArgs(), loop.getResults())) {
    if (!tileType(init))
      inits.push_back(scalars.lookup(init));
    else if (!plan.isBuffer(init) || !plan.shareBuffer(init, result))
      fill(plan.offsetOf(result), init, /*fresh=*/false);
  }
  auto lowered = scf::ForOp::create(b, scalars.lookup(loop.getLowerBound()), scalars.lookup(loop.getUpperBound()),
                                    scalars.lookup(loop.getStep()), inits);
  scalars.map(loop.getInductionVar(), lowered.getInductionVar());
  unsigned next = 0;
  for (auto [arg, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults()))
    if (!tileType(arg)) {
      scalars.map(arg, lowered.getRegionIterArg(next));
      scalars.map(result, lowered.getResult(next++));
    }

  OpBuilder::InsertionGuard guard(b);
  if (inits.empty())
    b.setInsertionPoint(lowered.getBody()->getTerminator());
  else
    b.setInsertionPointToStart(lowered.getBody());
  for (Value arg : loop.getRegionIterArgs())
    if (tileType(arg))
      finishTile(arg);
  lowerBlock(*loop.getBody());
  if (!failed)
    lowerYieldOfFor(loop, lowered);
}

void ProgramLowering::lowerYieldOfFor(scf::ForOp loop, scf::ForOp lowered) {
  SmallVector<Value> yielded;
  MutableArrayRef<OpOperand> operands = *loop.getYieldedValuesMutable();
  // Tiles that are exchanged between iter_args go through temporaries, so that none is overwritten before it is read.
  for (OpOperand &operand : operands) {
    if (!tileType(operand.get()))
      yielded.push_back(scalars.lookup(operand.get()));
    else if (std::optional<int64_t> temporary = plan.temporaryOf(operand))
      fill(*temporary, operand.get(), /*fresh=*/false);
  }
  for (auto [arg, operand] : llvm::zip(loop.getRegionIterArgs(), operands)) {
    Value tile = operand.get();
    if (!tileType(tile) || (plan.isBuffer(tile) && plan.shareBuffer(arg, tile)))
      continue;
    if (std::optional<int64_t> temporary = plan.temporaryOf(operand))
      copy(*temporary, plan.offsetOf(arg), tileType(tile));
    else
      fill(plan.offsetOf(arg), tile, /*fresh=*/false);
  }
  if (!yielded.empty())
    scf::YieldOp::create(b, yielded);
}

void ProgramLowering::lowerIf(scf::IfOp op) {
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    if (!isa<RankedTensorType>(type))
      types.push_back(type);
  auto lowered = scf::IfOp::create(b, types, scalars.lookup(op.getCondition()), !op.getElseRegion().empty());
  auto lowerBranch = [&](Region &region, Block *into) {
    OpBuilder::InsertionGuard guard(b);
    if (types.empty())
      b.setInsertionPoint(into->getTerminator());
    else
      b.setInsertionPointToStart(into);
    lowerBlock(region.front());
    if (failed)
      return;
    SmallVector<Value> yielded;
    for (auto [operand, result] : llvm::zip(region.front().getTerminator()->getOperands(), op.getResults())) {
      if (tileType(operand))
        fill(plan.offsetOf(result), operand, /*fresh=*/false);
      else
        yielded.push_back(scalars.lookup(operand));
    }
    if (!types.empty())
      scf::YieldOp::create(b, yielded);
  };
  lowerBranch(op.getThenRegion(), lowered.thenBlock());
  if (!failed && !op.getElseRegion().empty())
    lowerBranch(op.getElseRegion(), lowered.elseBlock());
  unsigned next = 0;
  for (Value result : op.getResults())
    if (!tileType(result))
      scalars.map(result, lowered.getResult(next++));
}
