//===- TopK.cpp - The k best of each row ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements become integer keys in the same order. Each of k rounds finds the
// best one after the last: of elements of up to 32 bits the key holds the column
// too, so that a round is a maximum of vectors; of 64 bits it compares pairs.
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/ProgramLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// Integers in the order of the elements: a float's bits, negative ones reflected; −0 as +0, NaN lowest.
Value ProgramLowering::orderedKeys(Value elements, Lanes lanes) {
  Type type = getElementTypeOrSelf(elements), i64 = b.getI64Type();
  if (type.isIndex())
    return arith::IndexCastOp::create(b, laneType(i64, lanes), elements);
  if (!isa<FloatType>(type))
    return elements;
  if (type.getIntOrFloatBitWidth() < 32) {
    type = b.getF32Type();
    elements = arith::ExtFOp::create(b, laneType(type, lanes), elements);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  Type integer = IntegerType::get(b.getContext(), width);
  auto number = [&](const APInt &value) { return splat(b.getIntegerAttr(integer, value), lanes); };
  Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, elements, elements);
  Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, elements, zero(type, lanes));
  Value bits = arith::BitcastOp::create(b, laneType(integer, lanes), elements);
  Value reflected = arith::XOrIOp::create(b, bits, number(APInt::getSignedMaxValue(width)));
  Value isNegative = compare(arith::CmpIPredicate::slt, bits, zero(integer, lanes));
  Value keys = arith::SelectOp::create(b, isNegative, reflected, bits);
  keys = arith::SelectOp::create(b, isZero, zero(integer, lanes), keys);
  return arith::SelectOp::create(b, isNaN, number(APInt::getSignedMinValue(width)), keys);
}

/// The greatest of the `size` keys, which are all different, below `last`.
Value ProgramLowering::nextKey(Value keys, int64_t size, Value last) {
  Type i64 = b.getI64Type();
  Value least = splat(b.getI64IntegerAttr(INT64_MIN), Lanes());
  auto candidates = [&](Value column, Lanes lanes) {
    Value chunk = loadLanes(keys, column, i64, lanes, Value(), Value());
    Value eligible = compare(arith::CmpIPredicate::slt, chunk, splat(last, lanes));
    return arith::SelectOp::create(b, both(eligible, validMask(lanes)), chunk, splat(least, lanes)).getResult();
  };
  Value best = least;
  int64_t whole = size / kLanes * kLanes;
  if (whole) {
    Lanes full{kLanes, kLanes};
    Value found = forLoop(0, whole, kLanes, splat(least, full), [&](Value column, ValueRange most) {
      return SmallVector<Value>{arith::MaxSIOp::create(b, most[0], candidates(column, full))};
    })[0];
    best = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, found);
  }
  if (whole < size) {
    Lanes tail = lanesOfTail(size - whole);
    Value found = candidates(constant(whole), tail);
    if (!tail.isScalar())
      found = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, found);
    best = arith::MaxSIOp::create(b, best, found);
  }
  return best;
}

/// The best pair of key and column after the pair `last`; keys may be equal.
SmallVector<Value> ProgramLowering::nextPair(Value keys, int64_t size, ValueRange last) {
  using Predicate = arith::CmpIPredicate;
  Value none[] = {splat(b.getI64IntegerAttr(INT64_MIN), Lanes()), constant(-1)};
  return forLoop(0, size, 1, none, [&](Value column, ValueRange best) {
    Value key = loadLanes(keys, column, b.getI64Type(), Lanes(), Value(), Value());
    Value later = both(compare(Predicate::eq, key, last[0]), compare(Predicate::sgt, column, last[1]));
    Value eligible = arith::OrIOp::create(b, compare(Predicate::slt, key, last[0]), later);
    Value better =
        arith::OrIOp::create(b, compare(Predicate::sgt, key, best[0]), compare(Predicate::slt, best[1], constant(0)));
    Value take = both(eligible, better);
    return SmallVector<Value>{arith::SelectOp::create(b, take, key, best[0]),
                              arith::SelectOp::create(b, take, column, best[1])};
  });
}

void ProgramLowering::lowerTopK(tile::TopKOp op) {
  auto type = tileType(op.getSource());
  auto valuesType = tileType(op.getValues()), columnsType = tileType(op.getColumns());
  Type element = type.getElementType(), i64 = b.getI64Type();
  bool isWide = element.isIndex() || element.getIntOrFloatBitWidth() > 32;
  int64_t size = type.getShape().back();
  Scope scope(*this);
  Value keys = scratchView(*plan.temporaryOf(op.getSourceMutable()), i64);
  forRows(type.getShape().drop_back(), [&](Indices rows) {
    SmallVector<Value> indices(rows);
    indices.emplace_back();
    forChunks(size, [&](Value column, Lanes lanes) {
      indices.back() = column;
      Value key = orderedKeys(eval(op.getSource(), indices, lanes), lanes);
      if (!isWide) { // with the columns, negated, in the lower half
        Value upper = arith::ExtSIOp::create(b, laneType(i64, lanes), key);
        upper = arith::ShLIOp::create(b, upper, splat(b.getI64IntegerAttr(32), lanes));
        Value lower =
            arith::SubIOp::create(b, splat(b.getI64IntegerAttr(0xffffffff), lanes), count(column, i64, lanes));
        key = arith::OrIOp::create(b, upper, lower);
      }
      storeLanes(key, keys, column, lanes, validMask(lanes));
    });
    SmallVector<Value> first{splat(b.getI64IntegerAttr(INT64_MAX), Lanes())};
    if (isWide)
      first.push_back(constant(-1));
    forLoop(0, op.getK(), 1, first, [&](Value round, ValueRange last) {
      SmallVector<Value> next = isWide ? nextPair(keys, size, last) : SmallVector<Value>{nextKey(keys, size, last[0])};
      if (isWide) {
        indices.back() = next[1];
      } else {
        Value low = arith::TruncIOp::create(b, b.getI32Type(), next[0]);
        Value column = arith::XOrIOp::create(b, low, splat(b.getI32IntegerAttr(-1), Lanes()));
        indices.back() = arith::IndexCastOp::create(b, b.getIndexType(), column);
      }
      Value column = arith::IndexCastOp::create(b, b.getI32Type(), indices.back());
      Value value = eval(op.getSource(), indices, Lanes());
      indices.back() = round;
      writeBuffer(plan.offsetOf(op.getValues()), valuesType, value, indices, Lanes());
      writeBuffer(plan.offsetOf(op.getColumns()), columnsType, column, indices, Lanes());
      return next;
    });
  });
}
