//===- Emitter.cpp - Scalars, vectors and loops of a lowered program ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/Emitter.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// Chunks of a row that are unrolled; more are a loop.
static constexpr int64_t kUnrolledChunks = 2;

Emitter::Emitter(func::FuncOp function, int64_t scratchBytes)
    : function(function), b(function.getLoc(), OpBuilder::atBlockEnd(&function.getBody().front())),
      scratchBytes(scratchBytes) {}

//===----------------------------------------------------------------------===//
// Indices and conditions
//===----------------------------------------------------------------------===//

Value Emitter::constant(int64_t value) {
  Value &entry = constants[value];
  if (!entry) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&function.getBody().front());
    entry = arith::ConstantIndexOp::create(b, value);
  }
  return entry;
}

Value Emitter::add(Value x, Value y) {
  std::optional<int64_t> cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx + *cy);
  if (cx && *cx == 0)
    return y;
  if (cy && *cy == 0)
    return x;
  return arith::AddIOp::create(b, x, y, arith::IntegerOverflowFlags::nsw);
}

Value Emitter::sub(Value x, Value y) {
  std::optional<int64_t> cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx - *cy);
  return cy && *cy == 0 ? x : arith::SubIOp::create(b, x, y, arith::IntegerOverflowFlags::nsw);
}

Value Emitter::mul(Value x, Value y) {
  std::optional<int64_t> cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx * *cy);
  if ((cx && *cx == 0) || (cy && *cy == 0))
    return constant(0);
  if (cx && *cx == 1)
    return y;
  if (cy && *cy == 1)
    return x;
  return arith::MulIOp::create(b, x, y, arith::IntegerOverflowFlags::nsw);
}

Value Emitter::linearize(Indices indices, ArrayRef<int64_t> shape) {
  Value position = constant(0);
  int64_t stride = 1;
  for (size_t dim = indices.size(); dim-- > 0; stride *= shape[dim])
    position = add(mul(indices[dim], constant(stride)), position);
  return position;
}

Value Emitter::both(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(b, x, y);
}

Value Emitter::compare(arith::CmpIPredicate predicate, Value x, Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

Type Emitter::laneType(Type element, Lanes lanes) {
  return lanes.isScalar() ? element : VectorType::get(lanes.width, element);
}

Value Emitter::splat(Value scalar, Lanes lanes) {
  return lanes.isScalar() ? scalar
                          : vector::BroadcastOp::create(b, VectorType::get(lanes.width, scalar.getType()), scalar);
}

Value Emitter::splat(TypedAttr scalar, Lanes lanes) {
  if (lanes.isScalar())
    return arith::ConstantOp::create(b, scalar);
  auto type = VectorType::get(lanes.width, scalar.getType());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, Attribute(scalar)));
}

Value Emitter::zero(Type element, Lanes lanes) { return splat(b.getZeroAttr(element), lanes); }

Value Emitter::count(Value start, Type element, Lanes lanes) {
  Value first = element.isIndex() ? start : arith::IndexCastOp::create(b, element, start);
  if (lanes.isScalar())
    return first;
  SmallVector<Attribute> steps;
  for (int64_t lane = 0; lane < lanes.width; ++lane)
    steps.push_back(b.getIntegerAttr(element, lane));
  Value step = arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get(lanes.width, element), steps));
  return arith::AddIOp::create(b, splat(first, lanes), step);
}

Value Emitter::validMask(Lanes lanes) {
  if (!lanes.isPartial())
    return Value();
  return vector::ConstantMaskOp::create(b, VectorType::get(lanes.width, b.getI1Type()), lanes.valid);
}

Value Emitter::allTrue(Lanes lanes) {
  return vector::ConstantMaskOp::create(b, VectorType::get(lanes.width, b.getI1Type()), lanes.valid);
}

Value Emitter::toIndex(Value value) {
  Type type = value.getType();
  if (getElementTypeOrSelf(type).isIndex())
    return value;
  Type index = b.getIndexType();
  if (auto vector = dyn_cast<VectorType>(type))
    index = vector.clone(index);
  return arith::IndexCastOp::create(b, index, value);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void Emitter::forLoop(int64_t begin, int64_t end, int64_t step, function_ref<void(Value)> body) {
  forLoop(begin, end, step, ValueRange(), [&](Value index, ValueRange) {
    body(index);
    return SmallVector<Value>();
  });
}

SmallVector<Value> Emitter::forLoop(int64_t begin, int64_t end, int64_t step, ValueRange inits,
                                    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  if (begin >= end)
    return llvm::to_vector(inits);
  if (begin + step >= end)
    return body(constant(begin), inits);
  auto loop = scf::ForOp::create(b, constant(begin), constant(end), constant(step), inits);
  OpBuilder::InsertionGuard guard(b);
  Scope scope(*this);
  if (inits.empty())
    b.setInsertionPoint(loop.getBody()->getTerminator());
  else
    b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!inits.empty())
    scf::YieldOp::create(b, results);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void Emitter::forRows(ArrayRef<int64_t> sizes, function_ref<void(Indices)> body) {
  SmallVector<Value> indices;
  std::function<void()> nest = [&] {
    if (indices.size() == sizes.size())
      return body(indices);
    forLoop(0, sizes[indices.size()], 1, [&](Value index) {
      indices.push_back(index);
      nest();
      indices.pop_back();
    });
  };
  nest();
}

Lanes Emitter::lanesOfTail(int64_t size) { return {static_cast<int64_t>(llvm::PowerOf2Ceil(size)), size}; }

void Emitter::forChunks(int64_t size, function_ref<void(Value, Lanes)> body) {
  int64_t whole = size / kLanes * kLanes;
  if (whole <= kUnrolledChunks * kLanes)
    for (int64_t start = 0; start < whole; start += kLanes)
      body(constant(start), {kLanes, kLanes});
  else
    forLoop(0, whole, kLanes, [&](Value start) { body(start, {kLanes, kLanes}); });
  if (whole < size)
    body(constant(whole), lanesOfTail(size - whole));
}

void Emitter::ifElse(Value condition, function_ref<void()> then, function_ref<void()> otherwise) {
  if (!condition)
    return then();
  auto op = scf::IfOp::create(b, condition, /*withElseRegion=*/static_cast<bool>(otherwise));
  OpBuilder::InsertionGuard guard(b);
  {
    Scope scope(*this);
    b.setInsertionPoint(op.thenYield());
    then();
  }
  if (otherwise) {
    Scope scope(*this);
    b.setInsertionPoint(op.elseYield());
    otherwise();
  }
}

Value Emitter::findComputed(const Key &key) const {
  for (const auto &scope : llvm::reverse(scopes))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  return Value();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Type cpu::memoryType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  return element.isF16() || element.isBF16() ? IntegerType::get(element.getContext(), 16) : element;
}

Value Emitter::toMemory(Value value) {
  Type element = getElementTypeOrSelf(value), stored = memoryType(element);
  if (element == stored)
    return value;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    stored = vector.clone(stored);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, stored, value);
  return arith::BitcastOp::create(b, stored, value);
}

Value Emitter::fromMemory(Value value, Type element) {
  if (element == memoryType(element))
    return value;
  if (isa<FloatType>(element)) {
    auto vector = dyn_cast<VectorType>(value.getType());
    return arith::BitcastOp::create(b, vector ? Type(vector.clone(element)) : element, value);
  }
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(value.getType()));
  return compare(arith::CmpIPredicate::ne, value, zeros);
}

Value Emitter::scratchView(int64_t offset, Type element) {
  Type stored = memoryType(element);
  Value &view = scratchViews[{offset, stored.getAsOpaquePointer()}];
  if (!view) {
    int64_t bytes = stored.isIndex() ? 8 : stored.getIntOrFloatBitWidth() / 8;
    Value start = constant(offset), size = constant((scratchBytes - offset) / bytes);
    OpBuilder::InsertionGuard guard(b);
    Operation *first = start.getDefiningOp(), *second = size.getDefiningOp();
    b.setInsertionPointAfter(first->isBeforeInBlock(second) ? second : first);
    auto type = MemRefType::get(ShapedType::kDynamic, stored);
    view = memref::ViewOp::create(b, type, function.getArguments().back(), start, size);
  }
  return view;
}

Value Emitter::loadLanes(Value base, Value address, Type element, Lanes lanes, Value mask, Value pad) {
  Type stored = memoryType(element);
  if (lanes.isScalar()) {
    if (!mask)
      return fromMemory(memref::LoadOp::create(b, base, address), element);
    auto op = scf::IfOp::create(b, TypeRange(element), mask, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.thenBlock());
    scf::YieldOp::create(b, fromMemory(memref::LoadOp::create(b, base, address), element));
    b.setInsertionPointToStart(op.elseBlock());
    scf::YieldOp::create(b, pad);
    return op.getResult(0);
  }
  auto type = VectorType::get(lanes.width, stored);
  if (!mask)
    return fromMemory(vector::LoadOp::create(b, type, base, address), element);
  Value passThrough = toMemory(splat(pad, lanes));
  return fromMemory(vector::MaskedLoadOp::create(b, type, base, ValueRange(address), mask, passThrough), element);
}

void Emitter::storeLanes(Value value, Value base, Value address, Lanes lanes, Value mask) {
  if (lanes.isScalar())
    return ifElse(mask, [&] { memref::StoreOp::create(b, toMemory(value), base, address); }, nullptr);
  if (mask)
    vector::MaskedStoreOp::create(b, base, ValueRange(address), mask, toMemory(value));
  else
    vector::StoreOp::create(b, toMemory(value), base, address);
}

Value Emitter::gatherLanes(Value base, Value address, Value offsets, Type element, Lanes lanes, Value mask, Value pad) {
  if (lanes.isScalar())
    return loadLanes(base, add(address, offsets), element, lanes, mask, pad);
  auto type = VectorType::get(lanes.width, memoryType(element));
  Value passThrough = toMemory(splat(pad, lanes));
  Value loaded =
      vector::GatherOp::create(b, type, base, ValueRange(address), offsets, mask ? mask : allTrue(lanes), passThrough);
  return fromMemory(loaded, element);
}

void Emitter::scatterLanes(Value value, Value base, Value address, Value offsets, Lanes lanes, Value mask) {
  if (lanes.isScalar())
    return storeLanes(value, base, add(address, offsets), lanes, mask);
  vector::ScatterOp::create(b, /*resultType=*/nullptr, base, ValueRange(address), offsets, mask ? mask : allTrue(lanes),
                            toMemory(value));
}
