//===- Eval.cpp - The elements of inline tiles, some lanes at a time ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

Value ProgramLowering::eval(Value tile, Indices indices, Lanes lanes) {
  Key key{tile.getAsOpaquePointer(), {}, lanes.width};
  for (Value index : indices)
    std::get<1>(key).push_back(index.getAsOpaquePointer());
  if (Value computed = findComputed(key))
    return computed;
  Value value = plan.isBuffer(tile) ? readBuffer(tile, indices, lanes) : evalDefinition(tile, indices, lanes);
  scopes.back()[key] = value;
  return value;
}

Value ProgramLowering::evalDefinition(Value tile, Indices indices, Lanes lanes) {
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<tile::LoadOp>(op))
    return evalLoad(load, indices, lanes);
  if (auto constantOp = dyn_cast<arith::ConstantOp>(op)) {
    if (auto elements = dyn_cast<DenseElementsAttr>(constantOp.getValue()); elements && elements.isSplat())
      return splat(elements.getSplatValue<TypedAttr>(), lanes);
    error(op, "is a tile of different values, which has no lowering to vectors");
    return zero(tileType(tile).getElementType(), lanes);
  }
  if (auto splatOp = dyn_cast<tensor::SplatOp>(op))
    return splat(scalars.lookup(splatOp.getInput()), lanes);
  if (isa<tile::IotaOp>(op))
    return count(indices.back(), tileType(tile).getElementType(), lanes);
  if (auto broadcast = dyn_cast<tile::BroadcastOp>(op))
    return evalBroadcast(broadcast, indices, lanes);
  if (auto transpose = dyn_cast<tile::TransposeOp>(op))
    return evalTranspose(transpose, indices, lanes);
  if (auto take = dyn_cast<tile::TakeOp>(op))
    return evalTake(take, indices, lanes);
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return evalReshape(op, indices, lanes);
  return evalElementwise(op, indices, lanes);
}

Value ProgramLowering::evalElementwise(Operation *op, Indices indices, Lanes lanes) {
  if (!OpTrait::hasElementwiseMappableTraits(op)) {
    error(op, "has no lowering to vectors");
    return zero(tileType(op->getResult(0)).getElementType(), lanes);
  }
  IRMapping operands;
  for (Value operand : op->getOperands())
    operands.map(operand, tileType(operand) ? eval(operand, indices, lanes) : scalars.lookup(operand));
  // Lanes that do not count may hold zeros, and a division by zero traps.
  if (lanes.isPartial() && isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
                               arith::CeilDivUIOp, arith::FloorDivSIOp>(op)) {
    Value divisor = operands.lookup(op->getOperand(1));
    Value one = splat(b.getOneAttr(getElementTypeOrSelf(divisor)), lanes);
    operands.map(op->getOperand(1), arith::SelectOp::create(b, validMask(lanes), divisor, one));
  }
  Operation *lowered = op->clone(operands);
  lowered->getResult(0).setType(laneType(tileType(op->getResult(0)).getElementType(), lanes));
  b.insert(lowered);
  return lowered->getResult(0);
}

Value ProgramLowering::evalBroadcast(tile::BroadcastOp op, Indices indices, Lanes lanes) {
  SmallVector<Value> from;
  for (int64_t dim : op.getDims())
    from.push_back(indices[dim]);
  bool alongLanes = !op.getDims().empty() && op.getDims().back() + 1 == static_cast<int64_t>(indices.size());
  if (alongLanes)
    return eval(op.getSource(), from, lanes);
  return splat(eval(op.getSource(), from, Lanes()), lanes);
}

Value ProgramLowering::evalTranspose(tile::TransposeOp op, Indices indices, Lanes lanes) {
  ArrayRef<int64_t> perm = op.getPerm();
  SmallVector<Value> from(indices.size());
  for (auto [dim, sourceDim] : llvm::enumerate(perm))
    from[sourceDim] = indices[dim];
  if (lanes.isScalar() || perm.back() + 1 == static_cast<int64_t>(perm.size()))
    return eval(op.getSource(), from, lanes);
  auto type = tileType(op.getSource());
  int64_t stride = 1;
  for (int64_t size : type.getShape().drop_front(perm.back() + 1))
    stride *= size;
  Value offsets =
      arith::MulIOp::create(b, count(constant(0), b.getIndexType(), lanes), splat(b.getIndexAttr(stride), lanes));
  Type element = type.getElementType();
  return gatherLanes(scratchView(plan.offsetOf(op.getSource()), element), linearize(from, type.getShape()), offsets,
                     element, lanes, validMask(lanes), zero(element, Lanes()));
}

Value ProgramLowering::evalTake(tile::TakeOp op, Indices indices, Lanes lanes) {
  auto type = tileType(op.getSource());
  Value columns = toIndex(eval(op.getColumns(), indices, lanes));
  Type index = b.getIndexType();
  Value inside =
      both(compare(arith::CmpIPredicate::sge, columns, zero(index, lanes)),
           compare(arith::CmpIPredicate::slt, columns, splat(b.getIndexAttr(type.getShape().back()), lanes)));
  SmallVector<Value> row(indices.begin(), indices.end());
  row.back() = constant(0);
  Type element = type.getElementType();
  return gatherLanes(scratchView(plan.offsetOf(op.getSource()), element), linearize(row, type.getShape()), columns,
                     element, lanes, both(inside, validMask(lanes)), zero(element, Lanes()));
}

/// Of a reshape that moves only dimensions of size 1; any other is of a buffer.
Value ProgramLowering::evalReshape(Operation *op, Indices indices, Lanes lanes) {
  auto from = tileType(op->getOperand(0)), to = tileType(op->getResult(0));
  SmallVector<Value> kept, source;
  for (auto [index, size] : llvm::zip(indices, to.getShape()))
    if (size != 1)
      kept.push_back(index);
  size_t next = 0;
  for (int64_t size : from.getShape())
    source.push_back(size == 1 ? constant(0) : kept[next++]);
  return eval(op->getOperand(0), source, lanes);
}

void ProgramLowering::prepareRow(Value tile, Indices indices) {
  llvm::SmallPtrSet<Operation *, 16> seen;
  prepareRow(tile, indices, seen);
}

/// `seen` is what has been prepared at these indices.
void ProgramLowering::prepareRow(Value tile, Indices indices, llvm::SmallPtrSetImpl<Operation *> &seen) {
  Operation *op = tile.getDefiningOp();
  if (!op || plan.isBuffer(tile) || !seen.insert(op).second)
    return;
  int64_t rank = static_cast<int64_t>(indices.size()) + 1;
  if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
    ArrayRef<int64_t> dims = broadcast.getDims();
    bool alongLanes = !dims.empty() && dims.back() + 1 == rank;
    SmallVector<Value> from;
    for (int64_t dim : alongLanes ? dims.drop_back() : dims)
      from.push_back(indices[dim]);
    if (alongLanes)
      prepareRow(broadcast.getSource(), from);
    else
      eval(broadcast.getSource(), from, Lanes());
  } else if (auto load = dyn_cast<tile::LoadOp>(op); load && load.getRows()) {
    SmallVector<int64_t> dims = sourceDims(load.getSizes(), tileType(tile).getShape());
    const auto *position = llvm::find(dims, static_cast<int64_t>(*load.getGatherDim()));
    if (position != dims.end() && position - dims.begin() + 1 < rank)
      eval(load.getRows(), indices[position - dims.begin()], Lanes());
  } else if (OpTrait::hasElementwiseMappableTraits(op)) {
    for (Value operand : op->getOperands())
      if (tileType(operand))
        prepareRow(operand, indices, seen);
  }
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Value ProgramLowering::readBuffer(Value tile, Indices indices, Lanes lanes) {
  auto type = tileType(tile);
  // Lanes that do not count are read from what follows: every slot has room for a vector behind its last element.
  return loadLanes(scratchView(plan.offsetOf(tile), type.getElementType()), linearize(indices, type.getShape()),
                   type.getElementType(), lanes, Value(), Value());
}

void ProgramLowering::writeBuffer(int64_t offset, RankedTensorType type, Value value, Indices indices, Lanes lanes) {
  storeLanes(value, scratchView(offset, type.getElementType()), linearize(indices, type.getShape()), lanes,
             validMask(lanes));
}

void ProgramLowering::forTile(Value tile, ChunkBody body) {
  ArrayRef<int64_t> shape = tileType(tile).getShape();
  if (shape.empty())
    return body({}, Lanes());
  forRows(shape.drop_back(), [&](Indices rows) {
    if (shape.back() > 1)
      prepareRow(tile, rows);
    SmallVector<Value> indices(rows);
    indices.emplace_back();
    forChunks(shape.back(), [&](Value column, Lanes lanes) {
      indices.back() = column;
      body(indices, lanes);
    });
  });
}

void ProgramLowering::fill(int64_t offset, Value tile, bool fresh) {
  Scope scope(*this);
  auto emit = [&] {
    forTile(tile, [&](Indices indices, Lanes lanes) {
      Value value = fresh ? evalDefinition(tile, indices, lanes) : eval(tile, indices, lanes);
      writeBuffer(offset, tileType(tile), value, indices, lanes);
    });
  };
  if (!fresh && plan.isBuffer(tile))
    emit();
  else
    guarded(tile, /*store=*/nullptr, emit);
}

void ProgramLowering::copy(int64_t from, int64_t to, RankedTensorType type) {
  Type element = type.getElementType();
  forChunks(type.getNumElements(), [&](Value index, Lanes lanes) {
    Value value = loadLanes(scratchView(from, element), index, element, lanes, Value(), Value());
    storeLanes(value, scratchView(to, element), index, lanes, validMask(lanes));
  });
}
