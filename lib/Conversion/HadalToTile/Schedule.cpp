//===- Schedule.cpp - Grids and tiles of programs -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"
#include "Contraction.h"

using namespace mlir;
using namespace hadal;

static int64_t sizeOf(Value value, int64_t dim) { return cast<RankedTensorType>(value.getType()).getDimSize(dim); }

/// The tile along the columns of a product: near 64, without much waste.
static int64_t columnBlock(int64_t size, const FormOptions &options) {
  if (ShapedType::isDynamic(size))
    return 64;
  if (options.cuda)
    return size > 32 ? 64 : size > 16 ? 32 : 16;
  int64_t count = std::max<int64_t>(1, (size + 32) / 64);
  return llvm::alignTo(llvm::divideCeil(size, count), 16);
}

/// The innermost dimension that is neither `except` nor of size 1.
static int64_t innermost(Value value, int64_t except) {
  for (int64_t dim = cast<RankedTensorType>(value.getType()).getRank() - 1; dim >= 0; --dim)
    if (dim != except && sizeOf(value, dim) != 1)
      return dim;
  return -1;
}

static int64_t rowBlock(int64_t size, int64_t longest) {
  return ShapedType::isDynamic(size) ? longest : std::min(size, longest);
}

/// Whole rows along `column`, as many as fit into about 4096 elements.
static Schedule wholeRows(Value value, int64_t column) {
  Schedule schedule;
  schedule.blocks.assign(cast<RankedTensorType>(value.getType()).getRank(), 0);
  int64_t length = sizeOf(value, column);
  schedule.blocks[column] = length;
  schedule.row = innermost(value, column);
  if (schedule.row >= 0) {
    int64_t fit = std::clamp<int64_t>(4096 / std::max<int64_t>(length, 1), 1, 16);
    schedule.blocks[schedule.row] = rowBlock(sizeOf(value, schedule.row), llvm::bit_floor<uint64_t>(fit));
  }
  return schedule;
}

static SmallVector<Schedule> forContraction(Value value, const Anchor &anchor, linalg::LinalgOp op,
                                            const FormOptions &options) {
  Contraction loops = *Contraction::match(op);
  auto inValue = [&](std::optional<unsigned> loop) -> int64_t {
    std::optional<int64_t> dim = Contraction::resultDim(op, loop);
    return dim ? anchor.dims[*dim] : -1;
  };
  Schedule base;
  base.blocks.assign(cast<RankedTensorType>(value.getType()).getRank(), 0);
  base.row = inValue(loops.row);
  base.column = inValue(loops.column);
  if (base.column >= 0)
    base.blocks[base.column] = columnBlock(sizeOf(value, base.column), options);
  int64_t many = options.cuda ? 64 : 32;
  if (base.row < 0)
    return {base};
  int64_t rows = sizeOf(value, base.row);
  if (!ShapedType::isDynamic(rows)) {
    base.blocks[base.row] = std::min(rows, many);
    return {base};
  }
  // One row streams the weights; more share them.
  Schedule single(base), tall(base);
  single.blocks[base.row] = 1;
  single.maxRows = 1;
  tall.blocks[base.row] = many;
  tall.minRows = 2;
  return {single, tall};
}

static Schedule forAttention(Value value, const Anchor &anchor, AttentionOp op, const FormOptions &options) {
  auto q = op.getQ().getType();
  int64_t group = q.getDimSize(1) / std::max<int64_t>(1, op.getK().getType().getDimSize(1));
  Schedule schedule;
  schedule.blocks.assign(cast<RankedTensorType>(value.getType()).getRank(), 0);
  int64_t width = op.getV().getType().getDimSize(3);
  schedule.blocks[anchor.dims[3]] = width;
  // The weighted sum [rows, width] lives in registers on a GPU.
  int64_t longest =
      options.cuda ? llvm::bit_floor<uint64_t>(std::clamp<int64_t>(8192 / std::max<int64_t>(width, 1), 16, 32)) : 32;
  if (q.getDimSize(2) == 1 && group > 1) {
    // One query: the heads that share keys and values are the rows.
    int64_t rows = std::min<int64_t>(group, options.cuda ? longest : 64);
    while (group % rows)
      --rows;
    schedule.row = anchor.dims[1];
    schedule.blocks[schedule.row] = rows;
  } else if (q.getDimSize(2) != 1) {
    schedule.row = anchor.dims[2];
    schedule.blocks[schedule.row] = rowBlock(q.getDimSize(2), longest);
  } else {
    schedule.blocks[anchor.dims[2]] = 1;
  }
  return schedule;
}

static Schedule forElements(Value value, int64_t weight) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  Schedule schedule;
  schedule.blocks.assign(rank, 0);
  schedule.column = innermost(value, -1);
  if (schedule.column < 0)
    return schedule;
  schedule.row = innermost(value, schedule.column);
  int64_t budget = std::max<int64_t>(16, 4096 / weight);
  int64_t size = sizeOf(value, schedule.column);
  int64_t longest = std::min<int64_t>(budget, schedule.row < 0 ? 1024 : 256);
  int64_t columns = rowBlock(size, longest);
  // What falls into parts along the columns is stored part by part, as whole rows.
  if (!ShapedType::isDynamic(size) && !TileBuilder::splits(value, schedule.column).empty())
    columns = size;
  schedule.blocks[schedule.column] = columns;
  if (schedule.row >= 0) {
    int64_t fit = std::clamp<int64_t>(budget / std::max<int64_t>(columns, 1), 1, 64); // an empty tensor has none
    schedule.blocks[schedule.row] = rowBlock(sizeOf(value, schedule.row), llvm::bit_floor<uint64_t>(fit));
  }
  return schedule;
}

SmallVector<Schedule> hadal::schedulesFor(Value value, const FormOptions &options) {
  Anchor anchor = findAnchor(value);
  if (!anchor.op) {
    auto gather = value.getDefiningOp<GatherElementsOp>();
    if (!gather || takesRows(gather))
      return {forElements(value, 1)};
    Schedule schedule;
    schedule.blocks.assign(gather.getIndices().getType().getRank(), 0);
    schedule.row = gather.getAxis();
    schedule.blocks[schedule.row] = rowBlock(sizeOf(value, schedule.row), 256);
    return {schedule};
  }
  if (auto op = dyn_cast<AttentionOp>(anchor.op))
    return {forAttention(value, anchor, op, options)};
  if (isa<RMSNormOp>(anchor.op))
    return {wholeRows(value, anchor.dims.back())};
  if (auto op = dyn_cast<linalg::SoftmaxOp>(anchor.op))
    return {wholeRows(value, anchor.dims[op.getDimension()])};
  if (auto op = dyn_cast<linalg::ReduceOp>(anchor.op)) {
    int64_t length = sizeOf(op.getDpsInputOperand(0)->get(), op.getDimensions().back());
    return {forElements(value, ShapedType::isDynamic(length) ? 1024 : std::clamp<int64_t>(length, 1, 1024))};
  }
  auto op = cast<linalg::LinalgOp>(anchor.op);
  if (Contraction::match(op))
    return forContraction(value, anchor, op, options);
  return {forElements(value, 16)}; // a fold goes point by point along what it folds
}
