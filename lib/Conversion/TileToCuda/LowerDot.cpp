//===- LowerDot.cpp - Matrix products by FMA or tensor cores --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both operands lie in shared memory, whole or in a piece of K at a time; the
// accumulators in registers. FMA: for each k a thread reads TM elements of a and
// TN of b and multiplies them all. Tensor cores: for each 8 or 16 of k a warp
// reads its fragments, rounded, and multiplies each of a with each of b.
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::Digit;
using cuda::Place;

LogicalResult KernelLowering::lowerDot(tile::DotOp dot) {
  Location loc = dot.getLoc();
  comment(dot);
  Value result = dot.getResult();
  Value carried = carriedToUpdate(result);
  makeArrays(result, carried);
  LayoutAttr layout = home(result).getLayout();
  // Where the accumulator is what the loop carries there is nothing to set.
  if (!carried || carried != dot.getAcc())
    forEach(loc, layout, tileType(result).getShape(), Tail::Clamp, /*unroll=*/true,
            [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
              cuda::SetOp::create(builder, loc, evaluate(dot.getAcc(), coords, loop), arrays[result].registers,
                                  registerIndex(loc, layout, coords, loop));
            });

  int64_t depth = tileType(dot.getA()).getDimSize(1), chunk = depth;
  if (auto attr = dot->getAttrOfType<IntegerAttr>(cuda::kChunkAttr))
    chunk = attr.getInt();
  Value from;
  {
    OpBuilder::InsertionGuard guard(builder);
    if (chunk < depth) {
      scf::ForOp loop = makeLoop(loc, 0, depth, chunk, 1);
      loop->setAttr(cuda::kUniformAttr, builder.getUnitAttr());
      from = loop.getInductionVar();
      builder.setInsertionPointToStart(loop.getBody());
    }
    Operand a = stageOperand(dot, /*isB=*/false, from, chunk);
    Operand b = stageOperand(dot, /*isB=*/true, from, chunk);
    if (std::optional<cuda::MmaKind> kind = getMmaKind(dot))
      multiplyMma(dot, *kind, a, b, chunk);
    else
      multiplyFma(dot, a, b, chunk);
  }
  copyToShared(result);
  return success();
}

/// An operand in shared memory; an inline one is filled into a buffer for the piece of K that begins at `from`.
KernelLowering::Operand KernelLowering::stageOperand(tile::DotOp dot, bool isB, Value from, int64_t chunk) {
  Location loc = dot.getLoc();
  Value tile = isB ? dot.getB() : dot.getA();
  bool transposed = isB && !dot.getTransposeB(); // rows run along k
  if (home(tile).getPlace() != Place::Inline)
    return {arrays[tile].shared, home(tile).getPitch(), transposed, from};
  RankedTensorType type = tileType(tile);
  int64_t kDim = transposed ? 0 : 1;
  SmallVector<int64_t> shape(type.getShape());
  shape[kDim] = chunk;
  int64_t pitch = getOperandPitch(dot, isB, shape.back());
  auto array = cuda::ArrayType::get(builder.getContext(), cuda::Space::Shared, shape[0] * pitch, type.getElementType());
  Value buffer = cuda::SharedOp::create(builder, loc, array, isB ? "b_shared" : "a_shared", IntegerAttr());
  auto layout = cast<LayoutAttr>(dot->getAttrOfType<ArrayAttr>(cuda::kStagingAttr)[isB]);
  forEach(loc, layout, shape, Tail::Guard, /*unroll=*/false,
          [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value) {
            Value index = linearize(builder, loc, {coords[0].value, coords[1].value}, {shape[0], pitch});
            Coords at(coords);
            at[kDim].dim = -1;
            if (from)
              at[kDim].value = arith::AddIOp::create(builder, loc, from, at[kDim].value);
            cuda::SetOp::create(builder, loc, evaluate(tile, at, loop), buffer, index);
          });
  return {buffer, pitch, transposed, Value()};
}

/// The operand's element in row or column `outer`, as f32.
Value KernelLowering::loadOperand(Location loc, const Operand &operand, Value outer, Value k) {
  if (operand.offset)
    k = builder.createOrFold<arith::AddIOp>(loc, operand.offset, k);
  SmallVector<Value> coords = {operand.transposed ? k : outer, operand.transposed ? outer : k};
  Value value = get(loc, operand.array, linearize(builder, loc, coords, {0, operand.pitch}));
  if (!value.getType().isF32())
    value = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
  return value;
}

void KernelLowering::multiplyFma(tile::DotOp dot, Operand a, Operand b, int64_t depth) {
  Location loc = dot.getLoc();
  LayoutAttr layout = home(dot.getResult()).getLayout();
  ArrayRef<int64_t> shape = tileType(dot.getResult()).getShape();
  Value acc = arrays[dot.getResult()].registers;
  int64_t counts[2] = {1, 1}, steps[2] = {1, 1};
  for (const Digit &digit : layout.getRegisters())
    counts[digit.dim] = digit.count, steps[digit.dim] = digit.step;

  OpBuilder::InsertionGuard guard(builder);
  scf::ForOp loop = makeLoop(loc, 0, depth, 1, 4);
  builder.setInsertionPointToStart(loop.getBody());
  Value fragments[2];
  for (int64_t dim : {0, 1}) {
    fragments[dim] = local(loc, dim ? "b" : "a", counts[dim], builder.getF32Type());
    OpBuilder::InsertionGuard inner(builder);
    scf::ForOp fill = makeLoop(loc, 0, counts[dim], 1, 0);
    builder.setInsertionPointToStart(fill.getBody());
    Value scaled =
        builder.createOrFold<arith::MulIOp>(loc, fill.getInductionVar(), i32Constant(builder, loc, steps[dim]));
    Value outer = builder.createOrFold<arith::AddIOp>(loc, digitOfThread(layout, dim), scaled);
    if (layout.getExtent(dim) > shape[dim])
      outer = arith::MinSIOp::create(builder, loc, outer, i32Constant(builder, loc, shape[dim] - 1));
    cuda::SetOp::create(builder, loc, loadOperand(loc, dim ? b : a, outer, loop.getInductionVar()), fragments[dim],
                        fill.getInductionVar());
  }
  scf::ForOp rows = makeLoop(loc, 0, counts[0], 1, 0);
  builder.setInsertionPointToStart(rows.getBody());
  scf::ForOp columns = makeLoop(loc, 0, counts[1], 1, 0);
  builder.setInsertionPointToStart(columns.getBody());
  Value index = linearize(builder, loc, {rows.getInductionVar(), columns.getInductionVar()}, {counts[0], counts[1]});
  Value sum = math::FmaOp::create(builder, loc, get(loc, fragments[0], rows.getInductionVar()),
                                  get(loc, fragments[1], columns.getInductionVar()), get(loc, acc, index));
  cuda::SetOp::create(builder, loc, sum, acc, index);
}

void KernelLowering::multiplyMma(tile::DotOp dot, cuda::MmaKind kind, Operand a, Operand b, int64_t depth) {
  Location loc = dot.getLoc();
  LayoutAttr layout = home(dot.getResult()).getLayout();
  Value acc = arrays[dot.getResult()].registers;
  // The fragments of a warp; digits of the last m16n8 itself are left out.
  int64_t counts[2] = {1, 1}, steps[2] = {16, 8};
  for (const Digit &digit : layout.getRegisters())
    if (digit.step >= 16 || (digit.dim == 1 && digit.step >= 8))
      counts[digit.dim] = digit.count, steps[digit.dim] = digit.step;
  auto constant = [&](int64_t value) { return i32Constant(builder, loc, value); };
  auto add = [&](Value left, Value right) { return builder.createOrFold<arith::AddIOp>(loc, left, right); };
  auto multiply = [&](Value left, int64_t right) {
    return builder.createOrFold<arith::MulIOp>(loc, left, constant(right));
  };
  // Lane (g, t). A fragment's row is g beyond the warp's rows; a column of b likewise, not the accumulator's 2t.
  Value g = atEntry([&]() -> Value {
    Value value =
        arith::RemSIOp::create(builder, loc, arith::DivSIOp::create(builder, loc, thread, constant(4)), constant(8));
    value.getDefiningOp()->setAttr(cuda::kNameAttr, builder.getStringAttr("g"));
    return value;
  });
  Value t = atEntry([&]() -> Value {
    Value value = arith::RemSIOp::create(builder, loc, thread, constant(4));
    value.getDefiningOp()->setAttr(cuda::kNameAttr, builder.getStringAttr("t"));
    return value;
  });
  Value column = atEntry([&]() -> Value { // the accumulator's column without the lane's part, and g
    return arith::AddIOp::create(builder, loc,
                                 arith::SubIOp::create(builder, loc, digitOfThread(layout, 1),
                                                       arith::MulIOp::create(builder, loc, t, constant(2))),
                                 g);
  });

  OpBuilder::InsertionGuard guard(builder);
  scf::ForOp loop = makeLoop(loc, 0, depth, getMmaDepth(kind), 1);
  builder.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  /// The lane's operand register in row or column `outer`: k at t and t+4 (tf32), or the pairs at 2t and 2t+8 (bf16).
  auto fragment = [&](const Operand &operand, Value outer, int64_t half) -> Value {
    if (kind == cuda::MmaKind::TF32)
      return cuda::ToTF32Op::create(builder, loc, loadOperand(loc, operand, outer, add(add(k, t), constant(4 * half))));
    Value at = add(add(k, multiply(t, 2)), constant(8 * half));
    Value low = loadOperand(loc, operand, outer, at), high = loadOperand(loc, operand, outer, add(at, constant(1)));
    return cuda::PackBF16Op::create(builder, loc, low, high);
  };
  Value fragments[2];
  for (int64_t dim : {0, 1}) {
    int64_t registers = dim ? 2 : 4;
    fragments[dim] = local(loc, dim ? "b" : "a", counts[dim] * registers, builder.getI32Type());
    OpBuilder::InsertionGuard inner(builder);
    scf::ForOp fill = makeLoop(loc, 0, counts[dim], 1, 0);
    builder.setInsertionPointToStart(fill.getBody());
    Value outer = add(dim ? column : digitOfThread(layout, 0), multiply(fill.getInductionVar(), steps[dim]));
    Value base = multiply(fill.getInductionVar(), registers);
    for (int64_t index = 0; index < registers; ++index) {
      Value row = !dim && index % 2 ? add(outer, constant(8)) : outer;
      Value value = fragment(dim ? b : a, row, dim ? index : index / 2);
      cuda::SetOp::create(builder, loc, value, fragments[dim], add(base, constant(index)));
    }
  }
  scf::ForOp rows = makeLoop(loc, 0, counts[0], 1, 0);
  builder.setInsertionPointToStart(rows.getBody());
  scf::ForOp columns = makeLoop(loc, 0, counts[1], 1, 0);
  builder.setInsertionPointToStart(columns.getBody());
  // Registers of the accumulator: (fragment row, half of its rows, fragment column, column of a pair).
  auto accIndex = [&](int64_t half, int64_t pair) {
    Value index = add(multiply(rows.getInductionVar(), 2), constant(half));
    index = add(multiply(index, counts[1]), columns.getInductionVar());
    return add(multiply(index, 2), constant(pair));
  };
  SmallVector<Value, 6> operands;
  for (int64_t index = 0; index < 4; ++index)
    operands.push_back(get(loc, fragments[0], add(multiply(rows.getInductionVar(), 4), constant(index))));
  for (int64_t index = 0; index < 2; ++index)
    operands.push_back(get(loc, fragments[1], add(multiply(columns.getInductionVar(), 2), constant(index))));
  cuda::MmaOp::create(builder, loc, kind, acc, accIndex(0, 0), accIndex(0, 1), accIndex(1, 0), accIndex(1, 1),
                      operands[0], operands[1], operands[2], operands[3], operands[4], operands[5]);
}
