//===- GlueOps.cpp - hadal: gathers, scatters, top-k, cumulative sum ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"
#include "Lanes.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// The index that `index` means in a dimension of `size`; −1 if it is invalid.
static int64_t resolve(int64_t index, int64_t size) {
  if (index < 0)
    index += size;
  return index >= 0 && index < size ? index : -1;
}

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

static Error runGather(Machine &, Frame &frame, const Instr &instr) {
  int64_t axis = llvm::cast<GatherOp>(instr.op).getAxis();
  const Datum &data = Machine::operand(frame, instr, 0), &indices = Machine::operand(frame, instr, 1);
  SmallVector<int64_t, 4> shape(ArrayRef(data.shape).take_front(axis));
  llvm::append_range(shape, indices.shape);
  llvm::append_range(shape, ArrayRef(data.shape).drop_front(axis + 1));
  Expected<Datum> result = allocateZeros(instr.op, shape);
  if (!result)
    return result.takeError();
  int64_t outer = product(ArrayRef(data.shape).take_front(axis)), size = data.shape[axis];
  int64_t inner = product(ArrayRef(data.shape).drop_front(axis + 1)), count = indices.numElements();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < count; ++i)
      if (int64_t index = resolve(indices.i(i), size); index >= 0)
        std::copy_n(data.data() + (o * size + index) * inner, inner, result->data() + (o * count + i) * inner);
  return finish(frame, instr, std::move(result));
}

/// The row that a tuple of indices chooses, counted in slices behind the
/// dimensions `first` to `first` + size of the tuple; −1 if an index is invalid.
static int64_t resolveTuple(const Datum &indices, int64_t at, ArrayRef<int64_t> sizes) {
  int64_t row = 0;
  for (auto [n, size] : llvm::enumerate(sizes)) {
    int64_t index = resolve(indices.i(at + n), size);
    if (index < 0)
      return -1;
    row = row * size + index;
  }
  return row;
}

static Error runGatherND(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatherNDOp>(instr.op);
  const Datum &data = Machine::operand(frame, instr, 0), &indices = Machine::operand(frame, instr, 1);
  int64_t batchDims = op.getBatchDims(), tuple = indices.shape.back();
  ArrayRef<int64_t> batch = ArrayRef(data.shape).take_front(batchDims);
  if (batch != ArrayRef(indices.shape).take_front(batchDims))
    return failAt(op, "data and indices differ in the batch dimensions");
  if (batchDims + tuple > data.rank())
    return failAt(op, "the tuples of " + Twine(tuple) + " indices are longer than the rank of data");
  ArrayRef<int64_t> chosen = ArrayRef(data.shape).slice(batchDims, tuple);
  ArrayRef<int64_t> rest = ArrayRef(data.shape).drop_front(batchDims + tuple);
  SmallVector<int64_t, 4> shape(ArrayRef(indices.shape).drop_back());
  llvm::append_range(shape, rest);
  Expected<Datum> result = allocateZeros(op, shape);
  if (!result)
    return result.takeError();
  int64_t tuples = product(ArrayRef(indices.shape).drop_back()), inner = product(rest);
  int64_t perBatch = product(batch) ? tuples / product(batch) : 0;
  for (int64_t n = 0; n < tuples; ++n)
    if (int64_t row = resolveTuple(indices, n * tuple, chosen); row >= 0)
      std::copy_n(data.data() + (n / perBatch * product(chosen) + row) * inner, inner, result->data() + n * inner);
  return finish(frame, instr, std::move(result));
}

/// Calls `visit(position in indices, position in data)` for each element of
/// `indices` whose index along `axis` is valid.
template <typename Fn>
static Error forEachIndexed(Operation *op, const Datum &data, const Datum &indices, int64_t axis, Fn visit) {
  SmallVector<int64_t, 4> strides = rowMajorStrides(data.shape), point(data.rank(), 0);
  for (int64_t dim = 0; dim < data.rank(); ++dim)
    if (dim != axis && indices.shape[dim] > data.shape[dim])
      return failAt(op, "indices are larger than data in dimension " + Twine(dim));
  for (int64_t n = 0, end = indices.numElements(); n < end; ++n, nextPoint(point, indices.shape)) {
    int64_t index = resolve(indices.i(n), data.shape[axis]), at = 0;
    if (index < 0)
      continue;
    for (int64_t dim = 0; dim < data.rank(); ++dim)
      at += (dim == axis ? index : point[dim]) * strides[dim];
    visit(n, at);
  }
  return Error::success();
}

static Error runGatherElements(Machine &, Frame &frame, const Instr &instr) {
  const Datum &data = Machine::operand(frame, instr, 0), &indices = Machine::operand(frame, instr, 1);
  Expected<Datum> result = allocateZeros(instr.op, indices.shape);
  if (!result)
    return result.takeError();
  if (Error error = forEachIndexed(instr.op, data, indices, llvm::cast<GatherElementsOp>(instr.op).getAxis(),
                                   [&](int64_t n, int64_t at) { result->at(n) = data.at(at); }))
    return error;
  return finish(frame, instr, std::move(result));
}

namespace {
/// What stands in a place and what comes to it, combined.
struct Combiner {
  ScatterReduction reduction;
  Type type;

  void operator()(Cell &old, Cell update) const {
    if (reduction == ScatterReduction::None)
      old = update;
    else if (!llvm::isa<FloatType>(type))
      old.i =
          wrap(combine(static_cast<uint64_t>(old.i), static_cast<uint64_t>(update.i), old.i < update.i), widthOf(type));
    else if (std::isnan(old.f) || std::isnan(update.f))
      old.f += update.f;
    else
      old.f = combine(old.f, update.f, old.f < update.f);
  }

private:
  template <typename T> T combine(T old, T update, bool less) const {
    switch (reduction) {
    case ScatterReduction::Add:
      return old + update;
    case ScatterReduction::Mul:
      return old * update;
    case ScatterReduction::Max:
      return less ? update : old;
    case ScatterReduction::Min:
      return less ? old : update;
    case ScatterReduction::None:
      return update;
    }
    llvm_unreachable("a reduction");
  }
};
} // namespace

static Error runScatterElements(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ScatterElementsOp>(instr.op);
  Datum indices = Machine::operand(frame, instr, 1), updates = Machine::operand(frame, instr, 2);
  if (Error error = expectShape(op, "updates", updates, indices.shape))
    return error;
  Datum data = Machine::take(frame, instr, 0);
  if (Error error = Machine::unshare(op, data))
    return error;
  Combiner combine{op.getReduction(), getElementTypeOrSelf(op.getData().getType())};
  if (Error error = forEachIndexed(op, data, indices, op.getAxis(),
                                   [&](int64_t n, int64_t at) { combine(data.at(at), updates.at(n)); }))
    return error;
  return finish(frame, instr, std::move(data));
}

static Error runScatterND(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ScatterNDOp>(instr.op);
  Datum indices = Machine::operand(frame, instr, 1), updates = Machine::operand(frame, instr, 2);
  Datum data = Machine::take(frame, instr, 0);
  int64_t tuple = indices.shape.back();
  if (tuple > data.rank())
    return failAt(op, "the tuples of " + Twine(tuple) + " indices are longer than the rank of data");
  ArrayRef<int64_t> rest = ArrayRef(data.shape).drop_front(tuple);
  SmallVector<int64_t, 4> shape(ArrayRef(indices.shape).drop_back());
  llvm::append_range(shape, rest);
  if (Error error = expectShape(op, "updates", updates, shape))
    return error;
  if (Error error = Machine::unshare(op, data))
    return error;
  Combiner combine{op.getReduction(), getElementTypeOrSelf(op.getData().getType())};
  int64_t inner = product(rest), tuples = product(ArrayRef(indices.shape).drop_back());
  for (int64_t n = 0; n < tuples; ++n) {
    int64_t row = resolveTuple(indices, n * tuple, ArrayRef(data.shape).take_front(tuple));
    for (int64_t i = 0; row >= 0 && i < inner; ++i)
      combine(data.at(row * inner + i), updates.at(n * inner + i));
  }
  return finish(frame, instr, std::move(data));
}

static Error runTopK(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<TopKOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  int64_t k = Machine::operand(frame, instr, 1).scalar.i, size = x.shape.back();
  if (k < 0 || k > size)
    return failAt(op, "asks for the best " + Twine(k) + " of " + Twine(size));
  SmallVector<int64_t, 4> shape(x.shape);
  shape.back() = k;
  Expected<Datum> values = Machine::allocate(op, shape);
  if (!values)
    return values.takeError();
  Expected<Datum> indices = Machine::allocate(op, shape);
  if (!indices)
    return indices.takeError();
  Type type = getElementTypeOrSelf(op.getX().getType());
  int64_t rows = product(ArrayRef(shape).drop_back());
  for (int64_t row = 0; row < rows; ++row) {
    auto score = [&](int64_t n) { return rankOf(x.at(row * size + n), type); };
    for (auto [j, n] : llvm::enumerate(bestOf(size, k, op.getLargest(), score))) {
      values->at(row * k + j) = x.at(row * size + n);
      indices->at(row * k + j).i = n;
    }
  }
  Machine::setResult(frame, instr, 0, std::move(*values));
  Machine::setResult(frame, instr, 1, std::move(*indices));
  return Error::success();
}

static Error runNonZero(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<NonZeroOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  int64_t count = Machine::operand(frame, instr, 1).scalar.i, elements = product(x.shape);
  bool isFloat = llvm::isa<FloatType>(getElementTypeOrSelf(op.getX().getType()));
  SmallVector<int64_t> found;
  for (int64_t n = 0; n < elements; ++n)
    if (isFloat ? x.f(n) != 0 : x.i(n) != 0)
      found.push_back(n);
  if (count != static_cast<int64_t>(found.size()))
    return failAt(op, "is told to find " + Twine(count) + " elements that are not zero, of which there are " +
                          Twine(found.size()));
  Expected<Datum> result = Machine::allocate(op, {x.rank(), count});
  if (!result)
    return result.takeError();
  for (auto [j, n] : llvm::enumerate(found)) {
    int64_t rest = n;
    for (int64_t dim = x.rank(); dim-- > 0; rest /= x.shape[dim])
      result->at(dim * count + j).i = rest % x.shape[dim];
  }
  return finish(frame, instr, std::move(result));
}

static Error runCumSum(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CumSumOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  Expected<Datum> result = Machine::allocate(op, x.shape);
  if (!result)
    return result.takeError();
  Type type = getElementTypeOrSelf(op.getX().getType());
  int64_t axis = op.getAxis(), size = x.shape[axis];
  int64_t outer = product(ArrayRef(x.shape).take_front(axis));
  int64_t inner = product(ArrayRef(x.shape).drop_front(axis + 1));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      Cell sum = {0};
      for (int64_t step = 0; step < size; ++step) {
        int64_t at = (o * size + (op.getReverse() ? size - 1 - step : step)) * inner + i;
        Cell before = sum;
        if (llvm::isa<FloatType>(type))
          sum.f += x.f(at);
        else
          sum.i =
              wrap(static_cast<int64_t>(static_cast<uint64_t>(sum.i) + static_cast<uint64_t>(x.i(at))), widthOf(type));
        result->at(at) = op.getExclusive() ? before : sum;
      }
    }
  return finish(frame, instr, std::move(result));
}

void hadal::registerGlueHandlers(HandlerTable &table) {
  table["hadal.gather"] = runGather;
  table["hadal.gather_nd"] = runGatherND;
  table["hadal.nonzero"] = runNonZero;
  table["hadal.gather_elements"] = runGatherElements;
  table["hadal.scatter_elements"] = runScatterElements;
  table["hadal.scatter_nd"] = runScatterND;
  table["hadal.topk"] = runTopK;
  table["hadal.cumsum"] = runCumSum;
}
