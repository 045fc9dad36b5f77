//===- TileOps.cpp - tile: operations on tiles ----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"
#include "Lanes.h"

#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static Expected<Datum> allocateResult(const Instr &instr, unsigned index = 0) {
  return Machine::allocate(instr.op, llvm::cast<ShapedType>(instr.op->getResult(index).getType()).getShape());
}

/// `precision` allows rounding and does not ask for it: the reference does not round.
static Error runDot(Machine &, Frame &frame, const Instr &instr) {
  const Datum a = Machine::operand(frame, instr, 0), b = Machine::operand(frame, instr, 1);
  Datum acc = Machine::take(frame, instr, 2);
  if (Error error = Machine::unshare(instr.op, acc))
    return error;
  int64_t rows = acc.shape[0], columns = acc.shape[1], depth = a.shape[1];
  if (llvm::cast<tile::DotOp>(instr.op).getTransposeB()) {
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t n = 0; n < columns; ++n)
        for (int64_t k = 0; k < depth; ++k)
          acc.data()[m * columns + n].f += a.data()[m * depth + k].f * b.data()[n * depth + k].f;
    return finish(frame, instr, std::move(acc));
  }
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t k = 0; k < depth; ++k) {
      double factor = a.data()[m * depth + k].f;
      Cell *out = acc.data() + m * columns;
      const Cell *row = b.data() + k * columns;
      for (int64_t n = 0; n < columns; ++n)
        out[n].f += factor * row[n].f;
    }
  return finish(frame, instr, std::move(acc));
}

namespace {
/// A tile as rows along one dimension: element (outer, n, inner) stands at (outer · size + n) · inner.
struct Along {
  int64_t outer = 1, size, inner = 1;
  Along(ArrayRef<int64_t> shape, int64_t axis) : size(shape[axis]) {
    for (auto [dim, extent] : llvm::enumerate(shape))
      if (static_cast<int64_t>(dim) != axis)
        (static_cast<int64_t>(dim) < axis ? outer : inner) *= extent;
  }
};
} // namespace

static Cell combine(Cell a, Cell b, tile::Reduction kind, bool isFloat, unsigned width) {
  if (isFloat) {
    switch (kind) {
    case tile::Reduction::Add:
      return floatCell(a.f + b.f);
    case tile::Reduction::Mul:
      return floatCell(a.f * b.f);
    case tile::Reduction::Max:
      return std::isnan(a.f) || std::isnan(b.f) ? floatCell(a.f + b.f) : a.f < b.f ? b : a;
    case tile::Reduction::Min:
      return std::isnan(a.f) || std::isnan(b.f) ? floatCell(a.f + b.f) : b.f < a.f ? b : a;
    }
  }
  switch (kind) {
  case tile::Reduction::Add:
    return intCell(wrap(static_cast<int64_t>(static_cast<uint64_t>(a.i) + static_cast<uint64_t>(b.i)), width));
  case tile::Reduction::Mul:
    return intCell(wrap(static_cast<int64_t>(static_cast<uint64_t>(a.i) * static_cast<uint64_t>(b.i)), width));
  case tile::Reduction::Max:
    return a.i < b.i ? b : a;
  case tile::Reduction::Min:
    return b.i < a.i ? b : a;
  }
  llvm_unreachable("a reduction");
}

static Error runReduce(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::ReduceOp>(instr.op);
  const Datum &source = Machine::operand(frame, instr, 0);
  bool isFloat = hasFloats(op.getSource().getType());
  unsigned width = widthOf(getElementTypeOrSelf(op.getSource().getType()));
  Along along(source.shape, op.getAxis());
  Datum result;
  if (llvm::isa<ShapedType>(op.getResult().getType())) {
    Expected<Datum> storage = allocateResult(instr);
    if (!storage)
      return storage.takeError();
    result = std::move(*storage);
  }
  Cell *out = result.isScalar() ? &result.scalar : result.data();
  for (int64_t o = 0; o < along.outer; ++o)
    for (int64_t i = 0; i < along.inner; ++i) {
      const Cell *first = source.data() + o * along.size * along.inner + i;
      Cell value = *first;
      for (int64_t n = 1; n < along.size; ++n)
        value = combine(value, first[n * along.inner], op.getKind(), isFloat, width);
      out[o * along.inner + i] = value;
    }
  return finish(frame, instr, std::move(result));
}

static Error runScan(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::ScanOp>(instr.op);
  const Datum &source = Machine::operand(frame, instr, 0);
  bool isFloat = hasFloats(op.getSource().getType());
  unsigned width = widthOf(getElementTypeOrSelf(op.getSource().getType()));
  Along along(source.shape, op.getAxis());
  Expected<Datum> result = allocateResult(instr);
  if (!result)
    return result.takeError();
  for (int64_t o = 0; o < along.outer; ++o)
    for (int64_t i = 0; i < along.inner; ++i) {
      Cell sum = {0};
      for (int64_t n = 0; n < along.size; ++n) {
        int64_t at = (o * along.size + n) * along.inner + i;
        Cell before = sum;
        sum = combine(sum, source.at(at), tile::Reduction::Add, isFloat, width);
        result->at(at) = op.getExclusive() ? before : sum;
      }
    }
  return finish(frame, instr, std::move(result));
}

/// Element `index` of the result is the source's element at Σ index · stride.
static Error runStrided(Frame &frame, const Instr &instr, ArrayRef<int64_t> strides) {
  const Datum &source = Machine::operand(frame, instr, 0);
  Expected<Datum> result = allocateResult(instr);
  if (!result)
    return result.takeError();
  SmallVector<int64_t, 4> point(result->rank(), 0);
  for (int64_t index = 0, end = result->numElements(); index < end; ++index) {
    int64_t at = 0;
    for (auto [coordinate, stride] : llvm::zip_equal(point, strides))
      at += coordinate * stride;
    result->at(index) = source.at(at);
    nextPoint(point, result->shape);
  }
  return finish(frame, instr, std::move(result));
}

static Error runBroadcast(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::BroadcastOp>(instr.op);
  SmallVector<int64_t, 4> own = rowMajorStrides(Machine::operand(frame, instr, 0).shape);
  SmallVector<int64_t, 4> strides(llvm::cast<ShapedType>(op.getResult().getType()).getRank(), 0);
  for (auto [index, dim] : llvm::enumerate(op.getDims()))
    strides[dim] = own[index];
  return runStrided(frame, instr, strides);
}

static Error runTranspose(Machine &, Frame &frame, const Instr &instr) {
  SmallVector<int64_t, 4> own = rowMajorStrides(Machine::operand(frame, instr, 0).shape), strides;
  for (int64_t dim : llvm::cast<tile::TransposeOp>(instr.op).getPerm())
    strides.push_back(own[dim]);
  return runStrided(frame, instr, strides);
}

static Error runIota(Machine &, Frame &frame, const Instr &instr) {
  Expected<Datum> result = allocateResult(instr);
  for (int64_t index = 0; result && index < result->numElements(); ++index)
    result->at(index).i = index;
  return finish(frame, instr, std::move(result));
}

static Error runTopK(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::TopKOp>(instr.op);
  const Datum &source = Machine::operand(frame, instr, 0);
  Type type = getElementTypeOrSelf(op.getSource().getType());
  int64_t size = source.shape.back(), k = op.getK();
  Expected<Datum> values = allocateResult(instr, 0);
  if (!values)
    return values.takeError();
  Expected<Datum> columns = allocateResult(instr, 1);
  if (!columns)
    return columns.takeError();
  for (int64_t row = 0; row < source.numElements() / size; ++row) {
    auto score = [&](int64_t n) { return rankOf(source.at(row * size + n), type); };
    for (auto [j, n] : llvm::enumerate(bestOf(size, k, /*largest=*/true, score))) {
      values->at(row * k + j) = source.at(row * size + n);
      columns->at(row * k + j).i = n;
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*values));
  Machine::setResult(frame, instr, 1, std::move(*columns));
  return Error::success();
}

static Error runTake(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0), &columns = Machine::operand(frame, instr, 1);
  int64_t size = source.shape.back(), count = columns.shape.back();
  Expected<Datum> result = allocateResult(instr);
  for (int64_t index = 0; result && index < columns.numElements(); ++index) {
    int64_t column = columns.i(index);
    bool inside = column >= 0 && column < size;
    result->at(index) = inside ? source.at(index / count * size + column) : Cell{0};
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerTileHandlers(HandlerTable &table) {
  table["tile.broadcast"] = runBroadcast;
  table["tile.dot"] = runDot;
  table["tile.iota"] = runIota;
  table["tile.reduce"] = runReduce;
  table["tile.scan"] = runScan;
  table["tile.take"] = runTake;
  table["tile.topk"] = runTopK;
  table["tile.transpose"] = runTranspose;
}
