//===- Reduce.cpp - Reductions and running sums ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// Independent partial results along a row, which hide the latency of an addition.
static constexpr int64_t kPartials = 4;

static vector::CombiningKind combiningKind(tile::Reduction kind, Type element) {
  bool isFloat = isa<FloatType>(element), isBool = element.isInteger(1);
  switch (kind) {
  case tile::Reduction::Add:
    return vector::CombiningKind::ADD;
  case tile::Reduction::Mul:
    return vector::CombiningKind::MUL;
  case tile::Reduction::Max:
    return isFloat ? vector::CombiningKind::MAXIMUMF
                   : (isBool ? vector::CombiningKind::MAXUI : vector::CombiningKind::MAXSI);
  case tile::Reduction::Min:
    return isFloat ? vector::CombiningKind::MINIMUMF
                   : (isBool ? vector::CombiningKind::MINUI : vector::CombiningKind::MINSI);
  }
  llvm_unreachable("all reductions are listed");
}

static TypedAttr neutral(OpBuilder &b, tile::Reduction kind, Type element) {
  if (kind == tile::Reduction::Add)
    return b.getZeroAttr(element);
  if (kind == tile::Reduction::Mul)
    return cast<TypedAttr>(b.getOneAttr(element));
  bool isMax = kind == tile::Reduction::Max;
  if (auto type = dyn_cast<FloatType>(element))
    return b.getFloatAttr(type, APFloat::getInf(type.getFloatSemantics(), /*Negative=*/isMax));
  unsigned width = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  if (width == 1)
    return b.getIntegerAttr(element, APInt(1, isMax ? 0 : 1));
  return b.getIntegerAttr(element, isMax ? APInt::getSignedMinValue(width) : APInt::getSignedMaxValue(width));
}

/// One row (or the only one) of a reduction along the last dimension, as a scalar.
Value ProgramLowering::reduceRow(tile::ReduceOp op, Indices rest) {
  Value source = op.getSource();
  auto type = tileType(source);
  int64_t size = type.getShape().back();
  Type element = type.getElementType();
  vector::CombiningKind kind = combiningKind(op.getKind(), element);
  auto combine = [&](Value x, Value y) { return vector::makeArithReduction(b, b.getLoc(), kind, x, y); };
  SmallVector<Value> indices(rest);
  indices.emplace_back();
  auto at = [&](Value column, Lanes lanes) {
    indices.back() = column;
    return eval(source, indices, lanes);
  };
  auto across = [&](Value lanesValue) -> Value {
    auto flags = isa<FloatType>(element) ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none;
    return vector::ReductionOp::create(b, kind, lanesValue, flags);
  };
  if (size > 1)
    prepareRow(source, rest);

  SmallVector<Value> partials;
  Lanes full{kLanes, kLanes};
  int64_t done = 0, step = kPartials * kLanes;
  if (size >= 2 * step) {
    done = size / step * step;
    SmallVector<Value> inits(kPartials, splat(neutral(b, op.getKind(), element), full));
    partials = forLoop(0, done, step, inits, [&](Value column, ValueRange sums) {
      SmallVector<Value> next;
      for (auto [part, sum] : llvm::enumerate(sums))
        next.push_back(combine(sum, at(add(column, constant(part * kLanes)), full)));
      return next;
    });
  }
  for (; done + kLanes <= size; done += kLanes)
    partials.push_back(at(constant(done), full));
  Value total;
  for (Value part : partials)
    total = total ? combine(total, part) : part;
  if (total)
    total = across(total);
  if (done < size) {
    Lanes tail = lanesOfTail(size - done);
    Value last = at(constant(done), tail);
    if (Value mask = validMask(tail))
      last = arith::SelectOp::create(b, mask, last, splat(neutral(b, op.getKind(), element), tail));
    if (!tail.isScalar())
      last = across(last);
    total = total ? combine(total, last) : last;
  }
  return total;
}

void ProgramLowering::lowerReduce(tile::ReduceOp op) {
  Value source = op.getSource();
  auto type = tileType(source);
  int64_t axis = op.getAxis(), rank = type.getRank();
  Scope scope(*this);
  auto resultType = tileType(op.getResult());
  if (!resultType)
    return scalars.map(op.getResult(), reduceRow(op, {}));

  int64_t offset = plan.offsetOf(op.getResult());
  guarded(source, /*store=*/nullptr, [&] {
    if (axis == rank - 1)
      return forRows(resultType.getShape(),
                     [&](Indices rest) { writeBuffer(offset, resultType, reduceRow(op, rest), rest, Lanes()); });
    vector::CombiningKind kind = combiningKind(op.getKind(), type.getElementType());
    forRows(resultType.getShape().drop_back(), [&](Indices rows) {
      forChunks(resultType.getShape().back(), [&](Value column, Lanes lanes) {
        SmallVector<Value> result(rows);
        result.push_back(column);
        auto at = [&](Value position) {
          SmallVector<Value> indices(result);
          indices.insert(indices.begin() + axis, position);
          return eval(source, indices, lanes);
        };
        Value first = at(constant(0));
        SmallVector<Value> total = forLoop(1, type.getDimSize(axis), 1, first, [&](Value position, ValueRange sum) {
          return SmallVector<Value>{vector::makeArithReduction(b, b.getLoc(), kind, sum[0], at(position))};
        });
        writeBuffer(offset, resultType, total[0], result, lanes);
      });
    });
  });
}

void ProgramLowering::lowerScan(tile::ScanOp op) {
  auto type = tileType(op.getSource());
  Type element = type.getElementType();
  int64_t axis = op.getAxis(), rank = type.getRank();
  int64_t offset = plan.offsetOf(op.getResult());
  vector::CombiningKind kind = vector::CombiningKind::ADD;
  Scope scope(*this);
  // One running sum for `lanes` of the last dimension, or for one element if that is the axis.
  auto run = [&](Indices rest, Lanes lanes) {
    forLoop(0, type.getDimSize(axis), 1, zero(element, lanes), [&](Value position, ValueRange sum) {
      SmallVector<Value> indices(rest);
      indices.insert(indices.begin() + axis, position);
      Value next = vector::makeArithReduction(b, b.getLoc(), kind, sum[0], eval(op.getSource(), indices, lanes));
      writeBuffer(offset, type, op.getExclusive() ? Value(sum[0]) : next, indices, lanes);
      return SmallVector<Value>{next};
    });
  };
  SmallVector<int64_t> rest(type.getShape());
  rest.erase(rest.begin() + axis);
  guarded(op.getSource(), /*store=*/nullptr, [&] {
    if (axis == rank - 1)
      return forRows(rest, [&](Indices rows) { run(rows, Lanes()); });
    forRows(ArrayRef<int64_t>(rest).drop_back(), [&](Indices rows) {
      forChunks(rest.back(), [&](Value column, Lanes lanes) {
        SmallVector<Value> indices(rows);
        indices.push_back(column);
        run(indices, lanes);
      });
    });
  });
}
