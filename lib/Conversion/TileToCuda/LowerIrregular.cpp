//===- LowerIrregular.cpp - Scans and top-k: a thread for each line -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;

/// `for (line = tid; line < lines; line += threads)`, entered by the builder.
scf::ForOp KernelLowering::forEachLine(Location loc, int64_t lines) {
  auto loop =
      scf::ForOp::create(builder, loc, thread, i32Constant(builder, loc, lines), i32Constant(builder, loc, threads));
  builder.setInsertionPointToStart(loop.getBody());
  return loop;
}

LogicalResult KernelLowering::lowerScan(tile::ScanOp scan) {
  Location loc = scan.getLoc();
  comment(scan);
  makeArrays(scan.getResult());
  RankedTensorType type = tileType(scan.getSource());
  int64_t axis = scan.getAxis(), size = type.getDimSize(axis);
  SmallVector<int64_t> others(type.getShape());
  others.erase(others.begin() + axis);

  OpBuilder::InsertionGuard guard(builder);
  scf::ForOp lines = forEachLine(loc, type.getNumElements() / size);
  SmallVector<Value> at = delinearize(builder, loc, lines.getInductionVar(), others);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  auto loop = scf::ForOp::create(builder, loc, i32Constant(builder, loc, 0), i32Constant(builder, loc, size),
                                 i32Constant(builder, loc, 1), zero);
  builder.setInsertionPointToStart(loop.getBody());
  Coords coords;
  for (Value value : at)
    coords.push_back({value, -1});
  coords.insert(coords.begin() + axis, {loop.getInductionVar(), -1});
  memo.clear();
  Value before = loop.getRegionIterArg(0);
  Value after = combine(builder, loc, tile::Reduction::Add, before, evaluate(scan.getSource(), coords, ElementLoop()));
  cuda::SetOp::create(builder, loc, scan.getExclusive() ? before : after, arrays[scan.getResult()].shared,
                      sharedIndex(loc, scan.getResult(), coords));
  scf::YieldOp::create(builder, loc, after);
  return success();
}

/// Whether candidate (a, i) comes before (b, j): larger value, NaN last, then lower column.
static Value ranksBefore(OpBuilder &builder, Location loc, Value a, Value i, Value b, Value j) {
  Value lower = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, i, j), greater, equal;
  if (!isa<FloatType>(a.getType())) {
    greater = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, a, b);
    equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
  } else {
    auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) -> Value {
      return arith::CmpFOp::create(builder, loc, predicate, x, y);
    };
    // a > b, or only b is NaN; equal, or both are NaN.
    Value aNumber = compare(arith::CmpFPredicate::ORD, a, a), bNaN = compare(arith::CmpFPredicate::UNO, b, b);
    Value aNaN = compare(arith::CmpFPredicate::UNO, a, a);
    greater = arith::OrIOp::create(builder, loc, compare(arith::CmpFPredicate::OGT, a, b),
                                   arith::AndIOp::create(builder, loc, aNumber, bNaN));
    equal = arith::OrIOp::create(builder, loc, compare(arith::CmpFPredicate::OEQ, a, b),
                                 arith::AndIOp::create(builder, loc, aNaN, bNaN));
  }
  return arith::OrIOp::create(builder, loc, greater, arith::AndIOp::create(builder, loc, equal, lower));
}

/// k passes over a row: each finds the best of those that come after the last one found.
LogicalResult KernelLowering::lowerTopK(tile::TopKOp topk) {
  Location loc = topk.getLoc();
  comment(topk);
  for (Value result : topk->getResults())
    makeArrays(result);
  RankedTensorType type = tileType(topk.getSource());
  Type element = type.getElementType();
  if (element.isIndex())
    return topk.emitError("a top-k of index elements has no CUDA form");
  int64_t columns = type.getShape().back();
  Value none = i32Constant(builder, loc, -1), zero = i32Constant(builder, loc, 0), one = i32Constant(builder, loc, 1);
  Value start = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));

  OpBuilder::InsertionGuard guard(builder);
  Value row = forEachLine(loc, type.getNumElements() / columns).getInductionVar();
  auto at = [&](Value column) {
    Coords coords = {{column, -1}};
    if (type.getRank() == 2)
      coords.insert(coords.begin(), {row, -1});
    return coords;
  };
  auto passes =
      scf::ForOp::create(builder, loc, zero, i32Constant(builder, loc, topk.getK()), one, ValueRange{start, none});
  builder.setInsertionPointToStart(passes.getBody());
  Value lastValue = passes.getRegionIterArg(0), lastColumn = passes.getRegionIterArg(1);
  auto scan = scf::ForOp::create(builder, loc, zero, i32Constant(builder, loc, columns), one, ValueRange{start, none});
  {
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(scan.getBody());
    Value bestValue = scan.getRegionIterArg(0), bestColumn = scan.getRegionIterArg(1);
    Value column = scan.getInductionVar();
    memo.clear();
    Value value = evaluate(topk.getSource(), at(column), ElementLoop());
    auto isNone = [&](Value index) -> Value {
      return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, index, zero);
    };
    Value left = arith::OrIOp::create(builder, loc, isNone(lastColumn),
                                      ranksBefore(builder, loc, lastValue, lastColumn, value, column));
    Value better = arith::OrIOp::create(builder, loc, isNone(bestColumn),
                                        ranksBefore(builder, loc, value, column, bestValue, bestColumn));
    Value take = arith::AndIOp::create(builder, loc, left, better);
    Value nextValue = arith::SelectOp::create(builder, loc, take, value, bestValue);
    Value nextColumn = arith::SelectOp::create(builder, loc, take, column, bestColumn);
    scf::YieldOp::create(builder, loc, ValueRange{nextValue, nextColumn});
  }
  Coords out = at(passes.getInductionVar());
  cuda::SetOp::create(builder, loc, scan.getResult(0), arrays[topk.getValues()].shared,
                      sharedIndex(loc, topk.getValues(), out));
  cuda::SetOp::create(builder, loc, scan.getResult(1), arrays[topk.getColumns()].shared,
                      sharedIndex(loc, topk.getColumns(), out));
  scf::YieldOp::create(builder, loc, scan.getResults());
  return success();
}
