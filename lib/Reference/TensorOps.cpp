//===- TensorOps.cpp - tensor ---------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static int64_t indexOperand(Frame &frame, const Instr &instr, unsigned index) {
  return Machine::operand(frame, instr, index).scalar.i;
}

/// A mixture of static numbers and operands, the latter from number `next` on.
static SmallVector<int64_t, 4> mixed(Frame &frame, const Instr &instr, ArrayRef<int64_t> statics, unsigned &next) {
  SmallVector<int64_t, 4> values;
  for (int64_t value : statics)
    values.push_back(ShapedType::isDynamic(value) ? indexOperand(frame, instr, next++) : value);
  return values;
}

static Error runEmpty(Machine &, Frame &frame, const Instr &instr) {
  unsigned next = 0;
  auto type = llvm::cast<RankedTensorType>(instr.op->getResult(0).getType());
  return finish(frame, instr, Machine::allocate(instr.op, mixed(frame, instr, type.getShape(), next)));
}

static Error runDim(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0);
  int64_t dim = indexOperand(frame, instr, 1);
  if (dim < 0 || dim >= source.rank())
    return failAt(instr.op, "asks for dimension " + Twine(dim) + " of rank " + Twine(source.rank()));
  Machine::setResult(frame, instr, 0, Datum::ofInt(source.shape[dim]));
  return Error::success();
}

static Error checkStatic(const Instr &instr, ArrayRef<int64_t> shape) {
  auto type = llvm::cast<ShapedType>(instr.op->getResult(0).getType());
  if (!type.hasRank())
    return Error::success();
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (!ShapedType::isDynamic(size) && size != shape[dim])
      return failAt(instr.op,
                    "dimension " + Twine(dim) + " is " + Twine(shape[dim]) + " where the type has " + Twine(size));
  return Error::success();
}

static Error runCast(Machine &, Frame &frame, const Instr &instr) {
  Datum source = Machine::take(frame, instr, 0);
  if (Error error = checkStatic(instr, source.shape))
    return error;
  return finish(frame, instr, std::move(source));
}

/// The element that index operands from `first` on choose.
static Expected<int64_t> linearIndex(Frame &frame, const Instr &instr, const Datum &datum, unsigned first) {
  int64_t linear = 0;
  for (int64_t dim = 0; dim < datum.rank(); ++dim) {
    int64_t index = indexOperand(frame, instr, first + dim);
    if (index < 0 || index >= datum.shape[dim])
      return failAt(instr.op, "index " + Twine(index) + " is outside dimension " + Twine(dim) + " of size " +
                                  Twine(datum.shape[dim]));
    linear = linear * datum.shape[dim] + index;
  }
  return linear;
}

static Error runExtract(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0);
  Expected<int64_t> index = linearIndex(frame, instr, source, 1);
  if (!index)
    return index.takeError();
  Datum result;
  result.scalar = source.at(*index);
  return finish(frame, instr, std::move(result));
}

static Error runInsert(Machine &, Frame &frame, const Instr &instr) {
  Cell value = Machine::operand(frame, instr, 0).scalar;
  Datum dest = Machine::take(frame, instr, 1);
  Expected<int64_t> index = linearIndex(frame, instr, dest, 2);
  if (!index)
    return index.takeError();
  if (Error error = Machine::unshare(instr.op, dest))
    return error;
  dest.at(*index) = value;
  return finish(frame, instr, std::move(dest));
}

static Error runFromElements(Machine &, Frame &frame, const Instr &instr) {
  auto type = llvm::cast<RankedTensorType>(instr.op->getResult(0).getType());
  Expected<Datum> result = Machine::allocate(instr.op, type.getShape());
  if (result)
    for (unsigned index = 0; index < instr.operands.size(); ++index)
      result->at(index) = Machine::operand(frame, instr, index).scalar;
  return finish(frame, instr, std::move(result));
}

static Error runSplat(Machine &, Frame &frame, const Instr &instr) {
  unsigned next = 1;
  auto type = llvm::cast<RankedTensorType>(instr.op->getResult(0).getType());
  Expected<Datum> result = Machine::allocate(instr.op, mixed(frame, instr, type.getShape(), next));
  if (result)
    std::fill_n(result->data(), result->numElements(), Machine::operand(frame, instr, 0).scalar);
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

namespace {
/// Part of a tensor, row by row.
struct Slice {
  SmallVector<int64_t, 4> offsets, sizes, strides;

  /// Calls `row(linear index in the slice, linear index in the tensor, count, step)` for each row.
  template <typename Fn> void forEachRow(ArrayRef<int64_t> shape, Fn row) const {
    SmallVector<int64_t, 4> whole = rowMajorStrides(shape), point(sizes.size(), 0), outer(sizes);
    if (llvm::is_contained(sizes, 0))
      return;
    int64_t count = 1, step = 1, linear = 0;
    if (!sizes.empty()) {
      count = sizes.back();
      step = strides.back() * whole.back();
      outer.back() = 1;
    }
    do {
      int64_t at = 0;
      for (size_t dim = 0; dim < sizes.size(); ++dim)
        at += (offsets[dim] + point[dim] * strides[dim]) * whole[dim];
      row(linear, at, count, step);
      linear += count;
    } while (nextPoint(point, outer));
  }

  Error check(Operation *op, ArrayRef<int64_t> shape) const {
    for (auto [dim, size] : llvm::enumerate(shape)) {
      int64_t last = offsets[dim] + (sizes[dim] - 1) * strides[dim];
      bool inside = sizes[dim] == 0 || (offsets[dim] >= 0 && offsets[dim] < size && last >= 0 && last < size);
      if (sizes[dim] < 0 || !inside)
        return failAt(op, "the slice [" + Twine(offsets[dim]) + ", size " + Twine(sizes[dim]) + ", stride " +
                              Twine(strides[dim]) + "] is outside dimension " + Twine(dim) + " of size " + Twine(size));
    }
    return Error::success();
  }
};
} // namespace

template <typename OpTy> static Slice sliceOf(OpTy op, Frame &frame, const Instr &instr, unsigned next) {
  Slice slice;
  slice.offsets = mixed(frame, instr, op.getStaticOffsets(), next);
  slice.sizes = mixed(frame, instr, op.getStaticSizes(), next);
  slice.strides = mixed(frame, instr, op.getStaticStrides(), next);
  return slice;
}

static Error runExtractSlice(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tensor::ExtractSliceOp>(instr.op);
  Slice slice = sliceOf(op, frame, instr, 1);
  const Datum &source = Machine::operand(frame, instr, 0);
  if (Error error = slice.check(op, source.shape))
    return error;
  Expected<Datum> result = Machine::allocate(op, slice.sizes);
  if (!result)
    return result.takeError();
  slice.forEachRow(source.shape, [&](int64_t linear, int64_t at, int64_t count, int64_t step) {
    for (int64_t n = 0; n < count; ++n)
      result->at(linear + n) = source.at(at + n * step);
  });
  SmallVector<int64_t, 4> shape;
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(slice.sizes))
    if (!dropped.test(dim))
      shape.push_back(size);
  result->shape = shape;
  return finish(frame, instr, std::move(result));
}

static Error runInsertSlice(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tensor::InsertSliceOp>(instr.op);
  Slice slice = sliceOf(op, frame, instr, 2);
  Datum source = Machine::operand(frame, instr, 0), dest = Machine::take(frame, instr, 1);
  if (Error error = slice.check(op, dest.shape))
    return error;
  int64_t count = 1;
  for (int64_t size : slice.sizes)
    count *= size;
  if (count != source.numElements())
    return failAt(op, "inserts " + Twine(source.numElements()) + " elements into a slice of " + Twine(count));
  if (Error error = Machine::unshare(op, dest))
    return error;
  slice.forEachRow(dest.shape, [&](int64_t linear, int64_t at, int64_t count, int64_t step) {
    for (int64_t n = 0; n < count; ++n)
      dest.at(at + n * step) = source.at(linear + n);
  });
  return finish(frame, instr, std::move(dest));
}

static Error runConcat(Machine &, Frame &frame, const Instr &instr) {
  SmallVector<const Datum *> parts;
  for (unsigned index = 0; index < instr.operands.size(); ++index)
    parts.push_back(&Machine::operand(frame, instr, index));
  return finish(frame, instr, concatenate(instr.op, parts, llvm::cast<tensor::ConcatOp>(instr.op).getDim()));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static Error reshape(Frame &frame, const Instr &instr, ArrayRef<int64_t> shape) {
  Datum source = Machine::take(frame, instr, 0);
  int64_t count = source.numElements();
  source.shape.assign(shape.begin(), shape.end());
  if (llvm::any_of(shape, [](int64_t size) { return size < 0; }) || source.numElements() != count)
    return failAt(instr.op, "reshapes " + Twine(count) + " elements to " + Twine(source.numElements()));
  if (Error error = checkStatic(instr, shape))
    return error;
  return finish(frame, instr, std::move(source));
}

static Error runCollapseShape(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape;
  for (const ReassociationIndices &group : llvm::cast<tensor::CollapseShapeOp>(instr.op).getReassociationIndices()) {
    shape.push_back(1);
    for (int64_t dim : group)
      shape.back() *= source.shape[dim];
  }
  return reshape(frame, instr, shape);
}

static Error runExpandShape(Machine &, Frame &frame, const Instr &instr) {
  unsigned next = 1;
  return reshape(frame, instr,
                 mixed(frame, instr, llvm::cast<tensor::ExpandShapeOp>(instr.op).getStaticOutputShape(), next));
}

static Error runReshape(Machine &, Frame &frame, const Instr &instr) {
  Datum sizes = Machine::operand(frame, instr, 1);
  SmallVector<int64_t, 4> shape;
  for (int64_t index = 0; index < sizes.numElements(); ++index)
    shape.push_back(sizes.i(index));
  return reshape(frame, instr, shape);
}

static Error runRank(Machine &, Frame &frame, const Instr &instr) {
  return finish(frame, instr, Datum::ofInt(Machine::operand(frame, instr, 0).rank()));
}

//===----------------------------------------------------------------------===//
// Ops whose body gives elements
//===----------------------------------------------------------------------===//

/// What the body gives at `point`.
static Expected<Cell> elementAt(Machine &machine, Frame &frame, const Instr &instr, ArrayRef<int64_t> point) {
  const Body &body = instr.regions[0];
  for (auto [slot, index] : llvm::zip_equal(body.arguments, point))
    frame.slots[slot] = Datum::ofInt(index);
  if (Error error = machine.run(body, frame))
    return std::move(error);
  SmallVector<Datum, 1> results;
  Machine::takeYields(body, frame, results);
  return results[0].scalar;
}

static Error runGenerate(Machine &machine, Frame &frame, const Instr &instr) {
  unsigned next = 0;
  auto type = llvm::cast<RankedTensorType>(instr.op->getResult(0).getType());
  Expected<Datum> result = Machine::allocate(instr.op, mixed(frame, instr, type.getShape(), next));
  if (!result)
    return result.takeError();
  SmallVector<int64_t, 4> point(result->rank(), 0);
  for (int64_t index = 0, end = result->numElements(); index < end; ++index) {
    Expected<Cell> cell = elementAt(machine, frame, instr, point);
    if (!cell)
      return cell.takeError();
    result->at(index) = *cell;
    nextPoint(point, result->shape);
  }
  return finish(frame, instr, std::move(result));
}

static Error runPad(Machine &machine, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tensor::PadOp>(instr.op);
  unsigned next = 1;
  SmallVector<int64_t, 4> low = mixed(frame, instr, op.getStaticLow(), next);
  SmallVector<int64_t, 4> high = mixed(frame, instr, op.getStaticHigh(), next);
  Datum source = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape;
  for (int64_t dim = 0; dim < source.rank(); ++dim)
    shape.push_back(low[dim] + source.shape[dim] + high[dim]);
  Expected<Datum> result = Machine::allocate(op, shape);
  if (!result)
    return result.takeError();
  SmallVector<int64_t, 4> point(shape.size(), 0), strides = rowMajorStrides(source.shape);
  for (int64_t index = 0, end = result->numElements(); index < end; ++index, nextPoint(point, shape)) {
    int64_t at = 0;
    bool inside = true;
    for (size_t dim = 0; dim < shape.size(); ++dim) {
      int64_t own = point[dim] - low[dim];
      inside &= own >= 0 && own < source.shape[dim];
      at += own * strides[dim];
    }
    if (inside) {
      result->at(index) = source.at(at);
      continue;
    }
    Expected<Cell> cell = elementAt(machine, frame, instr, point);
    if (!cell)
      return cell.takeError();
    result->at(index) = *cell;
  }
  return finish(frame, instr, std::move(result));
}

/// Integers of one width: cells do not know their sign.
static Error runBitcast(Machine &, Frame &frame, const Instr &instr) {
  if (hasFloats(instr.op->getOperand(0).getType()) || hasFloats(instr.op->getResult(0).getType()))
    return failAt(instr.op, "of floats is not supported by the reference");
  Machine::setResult(frame, instr, 0, Machine::take(frame, instr, 0));
  return Error::success();
}

void hadal::registerTensorHandlers(HandlerTable &table) {
  table["tensor.bitcast"] = runBitcast;
  table["tensor.empty"] = runEmpty;
  table["tensor.dim"] = runDim;
  table["tensor.rank"] = runRank;
  table["tensor.cast"] = runCast;
  table["tensor.extract"] = runExtract;
  table["tensor.insert"] = runInsert;
  table["tensor.from_elements"] = runFromElements;
  table["tensor.splat"] = runSplat;
  table["tensor.extract_slice"] = runExtractSlice;
  table["tensor.insert_slice"] = runInsertSlice;
  table["tensor.concat"] = runConcat;
  table["tensor.collapse_shape"] = runCollapseShape;
  table["tensor.expand_shape"] = runExpandShape;
  table["tensor.reshape"] = runReshape;
  table["tensor.generate"] = runGenerate;
  table["tensor.pad"] = runPad;
}
