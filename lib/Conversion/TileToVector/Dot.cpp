//===- Dot.cpp - Matrix products as a register-tiled micro-kernel ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The result is made in register tiles of a few rows by some vectors of 16
// columns; a loop over k holds its sums in registers: each step loads the
// vectors of b's row, and multiplies each with each of a's elements.
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

View ProgramLowering::bufferView(Value tile) {
  auto type = tileType(tile);
  return {scratchView(plan.offsetOf(tile), type.getElementType()),
          constant(0),
          {constant(type.getDimSize(1)), constant(1)}};
}

/// The load's tile where it lies if it is all inside, else a copy with its padding.
void ProgramLowering::makeView(Value tile, const Attachment &attachment) {
  auto type = tileType(tile);
  Access access = accessOf(tile.getDefiningOp<tile::LoadOp>());
  View inMemory{access.global->flat, constant(0), {}};
  for (size_t dim = 0; dim < access.sizes.size(); ++dim) {
    Value stride = access.global->strides[dim];
    inMemory.origin = add(inMemory.origin, mul(access.offsets[dim], stride));
    if (access.tileDims[dim] >= 0)
      inMemory.strides[access.tileDims[dim]] = mul(constant(access.strides[dim]), stride);
  }
  Value inside = insideCondition(access);
  if (!inside) {
    views[tile] = inMemory;
    return;
  }
  int64_t offset = plan.offsetOf(attachment);
  View copied{scratchView(offset, type.getElementType()), constant(0), {constant(type.getDimSize(1)), constant(1)}};
  // A stride of 1 that both have stays a constant.
  bool unit = getConstantIntValue(inMemory.strides[1]) == 1;
  auto parts = [&](const View &view) {
    SmallVector<Value> values{view.base, view.origin, view.strides[0]};
    if (!unit)
      values.push_back(view.strides[1]);
    return values;
  };
  auto op = scf::IfOp::create(b, ValueRange(parts(inMemory)).getTypes(), inside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  scf::YieldOp::create(b, parts(inMemory));
  b.setInsertionPointToStart(op.elseBlock());
  {
    Scope scope(*this);
    forTile(tile, [&](Indices indices, Lanes lanes) {
      writeBuffer(offset, type, eval(tile, indices, lanes), indices, lanes);
    });
  }
  scf::YieldOp::create(b, parts(copied));
  views[tile] = {op.getResult(0), op.getResult(1), {op.getResult(2), unit ? constant(1) : op.getResult(3)}};
}

static Value toF32(OpBuilder &b, Location loc, Value value) {
  Type type = value.getType(), f32 = b.getF32Type();
  if (getElementTypeOrSelf(type) == f32)
    return value;
  Type wide = f32;
  if (auto vector = dyn_cast<VectorType>(type))
    wide = vector.clone(f32);
  return arith::ExtFOp::create(b, loc, wide, value);
}

void ProgramLowering::packPanels(Value tile, const Attachment &attachment) {
  int64_t k = tileType(tile).getDimSize(0), n = tileType(tile).getDimSize(1), width = attachment.width;
  Value panels = scratchView(plan.offsetOf(attachment), b.getF32Type());
  Scope scope(*this);
  auto packPanel = [&](Value panel, int64_t columns) {
    forLoop(0, k, 1, [&](Value row) {
      Value from = add(mul(panel, constant(k * width)), mul(row, constant(width)));
      for (int64_t column = 0; column < columns; column += kLanes) {
        Lanes lanes{kLanes, std::min(kLanes, columns - column)};
        Value value = eval(tile, {row, add(mul(panel, constant(width)), constant(column))}, lanes);
        storeLanes(toF32(b, b.getLoc(), value), panels, add(from, constant(column)), lanes, Value());
      }
    });
  };
  guarded(tile, /*store=*/nullptr, [&] {
    forLoop(0, n / width, 1, [&](Value panel) { packPanel(panel, width); });
    if (n % width)
      packPanel(constant(n / width), n % width);
  });
}

/// Swaps rows and columns of 16 vectors of 16, in four rounds of exchanging blocks of 8, 4, 2 and 1.
static void transpose(OpBuilder &b, Location loc, MutableArrayRef<Value> rows) {
  for (int64_t block = kLanes / 2; block; block /= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      upper.push_back(lane & block ? kLanes + lane - block : lane);
      lower.push_back(lane & block ? kLanes + lane : lane + block);
    }
    for (int64_t row = 0; row < kLanes; ++row)
      if (!(row & block)) {
        Value x = rows[row], y = rows[row + block];
        rows[row] = vector::ShuffleOp::create(b, loc, x, y, upper);
        rows[row + block] = vector::ShuffleOp::create(b, loc, x, y, lower);
      }
  }
}

void ProgramLowering::packTransposed(Value tile, const Attachment &attachment) {
  int64_t n = tileType(tile).getDimSize(0), k = tileType(tile).getDimSize(1), width = attachment.width;
  Value panels = scratchView(plan.offsetOf(attachment), b.getF32Type());
  Scope scope(*this);
  // 16 columns of the panels (fewer at the end) from as many rows of the tile.
  auto packColumns = [&](Value column, Value to, int64_t count) {
    forChunks(k, [&](Value row, Lanes lanes) {
      Lanes wide{kLanes, lanes.valid};
      SmallVector<Value> vectors;
      for (int64_t i = 0; i < kLanes; ++i)
        vectors.push_back(i < count ? toF32(b, b.getLoc(), eval(tile, {add(column, constant(i)), row}, wide))
                                    : vectors.front());
      transpose(b, b.getLoc(), vectors);
      for (int64_t i = 0; i < lanes.valid; ++i)
        storeLanes(vectors[i], panels, add(to, mul(add(row, constant(i)), constant(width))), {kLanes, kLanes}, Value());
    });
  };
  auto packPanel = [&](Value panel, int64_t columns) {
    Value first = mul(panel, constant(width)), to = mul(panel, constant(k * width));
    int64_t whole = columns / kLanes * kLanes;
    forLoop(0, whole, kLanes, [&](Value column) { packColumns(add(first, column), add(to, column), kLanes); });
    if (whole < columns)
      packColumns(add(first, constant(whole)), add(to, constant(whole)), columns - whole);
  };
  guarded(tile, /*store=*/nullptr, [&] {
    forLoop(0, n / width, 1, [&](Value panel) { packPanel(panel, width); });
    if (n % width)
      packPanel(constant(n / width), n % width);
  });
}

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

void ProgramLowering::lowerDot(tile::DotOp op) {
  if (tileType(op.getA()).getElementTypeBitWidth() > 32)
    return error(op, "has a lowering to vectors for elements of up to 32 bits only");
  auto type = tileType(op.getResult());
  int64_t m = type.getDimSize(0), n = type.getDimSize(1), k = tileType(op.getA()).getDimSize(1);
  int64_t width = std::min<int64_t>(plan.registerTile(m).columns, llvm::alignTo(n, kLanes));
  auto viewOf = [&](Value tile) { return plan.isBuffer(tile) ? bufferView(tile) : views.lookup(tile); };
  View a = viewOf(op.getA());

  // b: panels, or rows in place.
  Packing packing = op.getTransposeB() ? Packing::TransposedPanels : Packing::Panels;
  ArrayRef<Attachment> attachments = plan.attachments(op.getB());
  const auto *panels = llvm::find_if(
      attachments, [&](const Attachment &each) { return each.packing == packing && each.width == width; });
  bool packed = panels != attachments.end();
  View rows =
      packed ? View{scratchView(plan.offsetOf(*panels), b.getF32Type()), constant(0), {constant(width), constant(1)}}
             : viewOf(op.getB());

  auto emitTile = [&](Value firstRow, int64_t tileRows, Value group, int64_t columns) {
    Scope scope(*this);
    SmallVector<Lanes> lanes;
    for (int64_t column = 0; column < columns; column += kLanes)
      lanes.push_back({kLanes, std::min(kLanes, columns - column)});
    auto forResults = [&](function_ref<void(Indices, Lanes)> visit) {
      for (int64_t row = 0; row < tileRows; ++row)
        for (auto [index, each] : llvm::enumerate(lanes))
          visit({add(firstRow, constant(row)), add(mul(group, constant(width)), constant(index * kLanes))}, each);
    };
    SmallVector<Value> sums;
    forResults([&](Indices indices, Lanes each) { sums.push_back(eval(op.getAcc(), indices, each)); });
    Value columnOrigin = add(rows.origin, mul(group, constant(packed ? k * width : width)));
    SmallVector<Value> rowOrigins;
    for (int64_t row = 0; row < tileRows; ++row)
      rowOrigins.push_back(add(a.origin, mul(add(firstRow, constant(row)), a.strides[0])));

    SmallVector<Value> totals = forLoop(0, k, 1, sums, [&](Value step, ValueRange partial) {
      SmallVector<Value> vectors, next;
      Type element = packed ? b.getF32Type() : tileType(op.getB()).getElementType();
      Value address = add(columnOrigin, mul(step, rows.strides[0]));
      for (auto [index, each] : llvm::enumerate(lanes)) {
        // In place, what lies behind the last column may be outside the memory.
        Value mask = packed ? Value() : validMask(each);
        Value pad = mask ? zero(element, Lanes()) : Value();
        vectors.push_back(toF32(
            b, b.getLoc(), loadLanes(rows.base, add(address, constant(index * kLanes)), element, each, mask, pad)));
      }
      for (int64_t row = 0; row < tileRows; ++row) {
        Value scalar = loadLanes(a.base, add(rowOrigins[row], mul(step, a.strides[1])),
                                 tileType(op.getA()).getElementType(), Lanes(), Value(), Value());
        Value repeated = splat(toF32(b, b.getLoc(), scalar), {kLanes, kLanes});
        for (size_t index = 0; index < lanes.size(); ++index)
          next.push_back(vector::FMAOp::create(b, repeated, vectors[index], partial[row * lanes.size() + index]));
      }
      return next;
    });
    const Value *total = totals.begin();
    forResults([&](Indices indices, Lanes each) {
      writeBuffer(plan.offsetOf(op.getResult()), type, *total++, indices, each);
    });
  };

  // Blocks of rows that differ by at most one row.
  int64_t blocks = llvm::divideCeil(m, plan.registerTile(m).rows), fewer = m / blocks, larger = m % blocks;
  auto emitColumns = [&](Value group, int64_t columns) {
    forLoop(0, larger, 1, [&](Value block) { emitTile(mul(block, constant(fewer + 1)), fewer + 1, group, columns); });
    forLoop(0, blocks - larger, 1, [&](Value block) {
      emitTile(add(constant(larger * (fewer + 1)), mul(block, constant(fewer))), fewer, group, columns);
    });
  };
  forLoop(0, n / width, 1, [&](Value group) { emitColumns(group, width); });
  if (n % width)
    emitColumns(constant(n / width), n % width);
}
