//===- Reduce.cpp - Reductions, also in windows ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

/// Whether a region is one operation of its two arguments.
static Operation *onlyOperation(Block &block) {
  if (block.getNumArguments() != 2 || !llvm::hasNItems(block, 2))
    return nullptr;
  Operation &op = block.front();
  bool plain = op.getNumOperands() == 2 && op.getNumResults() == 1 &&
               block.back().getOperands() == ValueRange(op.getResults()) &&
               ((op.getOperand(0) == block.getArgument(0) && op.getOperand(1) == block.getArgument(1)) ||
                (op.getOperand(0) == block.getArgument(1) && op.getOperand(1) == block.getArgument(0)));
  return plain ? &op : nullptr;
}

/// What a reduction starts with, in the shape of its result.
static Value initOf(Importer &importer, Tensor &init, Sizes dims) {
  return importer.materialize(importer.repeat(init, dims, AffineMap::get(dims.size(), 0, importer.b.getContext())));
}

/// Reduces tensors of one shape along `dims` by the block of scalars. `results` are the reduced tensors.
static LogicalResult emitReduce(Importer &importer, Block &block, ArrayRef<Tensor *> inputs, ArrayRef<Tensor *> inits,
                                ArrayRef<int64_t> dims, SmallVectorImpl<Tensor *> &results) {
  int64_t rank = inputs.front()->rank();
  Sizes kept;
  SmallVector<AffineExpr> exprs;
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  for (int64_t i = 0; i < rank; ++i) {
    if (llvm::is_contained(dims, i)) {
      loops[i] = utils::IteratorType::reduction;
      continue;
    }
    kept.push_back(inputs.front()->dims[i]);
    exprs.push_back(importer.b.getAffineDimExpr(i));
  }
  if (dims.empty()) {
    // Nothing is folded, but what it starts with is combined once.
    results.assign(inputs.size(), nullptr);
    for (size_t number = 0; number < inputs.size(); ++number) {
      SmallVector<Tensor *> operands(inits);
      llvm::append_range(operands, inputs);
      LogicalResult status = success();
      results[number] = &importer.elementwise(inputs[number]->element, kept, operands,
                                              [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
                                                SmallVector<Value> made;
                                                status = importer.scalarBlock(at, block, in, made);
                                                return failed(status) ? in[number] : made[number];
                                              });
      if (failed(status))
        return failure();
    }
    return success();
  }
  SmallVector<Value> values, starts;
  SmallVector<Type> types;
  for (auto [input, init] : llvm::zip_equal(inputs, inits)) {
    values.push_back(importer.materialize(*input));
    starts.push_back(initOf(importer, *init, kept));
    types.push_back(starts.back().getType());
  }
  LogicalResult status = success();
  auto body = [&](OpBuilder &at, Location loc, ValueRange in) {
    // linalg has the elements first, the region what has been gathered so far.
    SmallVector<Value> arguments(in.drop_front(inputs.size())), made;
    llvm::append_range(arguments, in.take_front(inputs.size()));
    status = importer.scalarBlock(at, block, arguments, made);
    if (failed(status))
      made = SmallVector<Value>(in.take_back(inputs.size()));
    linalg::YieldOp::create(at, loc, made);
  };
  ValueRange made;
  SmallVector<int64_t> sorted(dims);
  llvm::sort(sorted);
  if (inputs.size() == 1 && onlyOperation(block)) {
    made = linalg::ReduceOp::create(importer.b, importer.loc, values, starts, sorted, body).getResults();
  } else {
    MLIRContext *context = importer.b.getContext();
    SmallVector<AffineMap> maps(inputs.size(), importer.b.getMultiDimIdentityMap(rank));
    maps.append(inputs.size(), AffineMap::get(rank, 0, exprs, context));
    made = linalg::GenericOp::create(importer.b, importer.loc, types, values, starts, maps, loops, body).getResults();
  }
  for (auto [input, value] : llvm::zip_equal(inputs, made))
    results.push_back(&importer.make(input->element, kept, value));
  return status;
}

static LogicalResult importReduce(Importer &importer, ReduceOp op) {
  SmallVector<Tensor *> inputs, inits, results;
  for (Value input : op.getInputs())
    inputs.push_back(&importer.get(input));
  for (Value init : op.getInitValues())
    inits.push_back(&importer.get(init));
  // Operands of one type may say different sizes: what is known of any is known of all.
  if (failed(emitReduce(importer, op.getBody().front(), inputs, inits, op.getDimensions(), results)))
    return failure();
  for (auto [value, tensor] : llvm::zip_equal(op.getResults(), results))
    importer.set(value, *tensor);
  return success();
}

//===----------------------------------------------------------------------===//
// reduce_window
//===----------------------------------------------------------------------===//

namespace {
/// A window along one dimension.
struct Window {
  int64_t size, stride, baseDilation, dilation, low, high;

  bool isTrivial() const { return size == 1 && stride == 1 && baseDilation == 1 && low == 0 && high == 0; }
};
} // namespace

static SmallVector<Window> windowsOf(ReduceWindowOp op) {
  SmallVector<Window> windows;
  auto at = [](std::optional<ArrayRef<int64_t>> numbers, size_t i) { return numbers ? (*numbers)[i] : 1; };
  for (auto [i, size] : llvm::enumerate(op.getWindowDimensions())) {
    Window window{size, at(op.getWindowStrides(), i), at(op.getBaseDilations(), i), at(op.getWindowDilations(), i), 0,
                  0};
    if (op.getPadding()) {
      window.low = op.getPadding()->getValues<int64_t>()[i * 2];
      window.high = op.getPadding()->getValues<int64_t>()[i * 2 + 1];
    }
    windows.push_back(window);
  }
  return windows;
}

/// A running sum: all elements up to each, along one dimension, from 0.
static Tensor *matchCumSum(Importer &importer, ReduceWindowOp op, ArrayRef<Window> windows, Tensor &input,
                           Tensor &init) {
  Operation *combine = onlyOperation(op.getBody().front());
  TypedAttr start = importer.splatValue(init);
  if (!isa_and_nonnull<AddOp>(combine) || !start || start != importer.b.getZeroAttr(start.getType()) ||
      start.getType().isInteger(1))
    return nullptr;
  int64_t axis = -1;
  for (auto [i, window] : llvm::enumerate(windows)) {
    if (window.isTrivial())
      continue;
    if (axis >= 0)
      return nullptr;
    axis = i;
  }
  if (axis < 0)
    return nullptr;
  const Window &window = windows[axis];
  bool runs = window.stride == 1 && window.baseDilation == 1 && window.dilation == 1 &&
              getConstantIntValue(input.dims[axis]) == window.size && window.low == window.size - 1 && window.high == 0;
  if (!runs)
    return nullptr;
  Value value = importer.materialize(input);
  Value sum = hadal::CumSumOp::create(importer.b, importer.loc, value.getType(), value, axis, /*exclusive=*/false,
                                      /*reverse=*/false);
  return &importer.make(input.element, input.dims, sum);
}

/// The elements of each window along one more dimension behind `dim`: read at position · stride + offset · dilation, in
/// the tensor with what surrounds it.
static FailureOr<Tensor *> unfold(Importer &importer, ReduceWindowOp op, Tensor &tensor, Tensor &init, int64_t dim,
                                  const Window &window, Size count) {
  std::optional<int64_t> length = getConstantIntValue(tensor.dims[dim]), windows = getConstantIntValue(count);
  if (!length || !windows) {
    op.emitOpError("has windows along a dimension of unknown size");
    return failure();
  }
  // Positions are those of the dilated and padded tensor; what is there is an element, or the start value.
  SmallVector<int64_t> indices;
  SmallVector<bool> present;
  for (int64_t w = 0; w < *windows; ++w)
    for (int64_t k = 0; k < window.size; ++k) {
      int64_t at = w * window.stride + k * window.dilation - window.low;
      bool inside = at >= 0 && at % window.baseDilation == 0 && at / window.baseDilation < *length;
      indices.push_back(inside ? at / window.baseDilation : 0);
      present.push_back(inside);
    }
  MLIRContext *context = importer.b.getContext();
  Sizes grid{importer.constant(*windows), importer.constant(window.size)};
  auto shape = importer.typeSizes(grid);
  auto constant = [&](Type element, DenseElementsAttr value) -> Tensor & {
    return importer.make(element, grid, arith::ConstantOp::create(importer.b, importer.loc, value));
  };
  Type i64 = importer.b.getI64Type(), i1 = importer.b.getI1Type();
  Sizes dims(tensor.dims);
  dims[dim] = grid[0];
  dims.insert(dims.begin() + dim + 1, grid[1]);
  Tensor *elements;
  if (*length == 0) {
    elements = &importer.repeat(init, dims, AffineMap::get(dims.size(), 0, context));
    return elements;
  }
  Tensor &where = constant(i64, DenseElementsAttr::get(RankedTensorType::get(shape, i64), ArrayRef(indices)));
  elements = &importer.gatherAlong(tensor, dim, where);
  if (llvm::all_of(present, [](bool inside) { return inside; }))
    return elements;
  Tensor &mask = constant(i1, DenseElementsAttr::get(RankedTensorType::get(shape, i1), ArrayRef<bool>(present)));
  Tensor &wide = importer.repeat(
      mask, dims,
      AffineMap::get(dims.size(), 0, {getAffineDimExpr(dim, context), getAffineDimExpr(dim + 1, context)}, context));
  Tensor &padding = importer.repeat(init, dims, AffineMap::get(dims.size(), 0, context));
  return &importer.select(wide, *elements, padding);
}

static LogicalResult importReduceWindow(Importer &importer, ReduceWindowOp op) {
  SmallVector<Window> windows = windowsOf(op);
  SmallVector<Tensor *> inputs, inits, results;
  for (auto [input, init] : llvm::zip_equal(op.getInputs(), op.getInitValues())) {
    inputs.push_back(&importer.get(input));
    inits.push_back(&importer.get(init));
  }
  if (inputs.size() == 1)
    if (Tensor *sum = matchCumSum(importer, op, windows, *inputs[0], *inits[0])) {
      importer.set(op.getResult(0), *sum);
      return success();
    }
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  SmallVector<int64_t> folded;
  for (auto [number, input] : llvm::enumerate(inputs)) {
    folded.clear();
    // From the last dimension on, so that those before keep their numbers; the folded ones are counted after.
    for (int64_t dim = input->rank() - 1; dim >= 0; --dim) {
      if (windows[dim].isTrivial())
        continue;
      Size count = ShapedType::isDynamic(type.getDimSize(dim)) ? Size() : importer.constant(type.getDimSize(dim));
      if (!count)
        return op.emitOpError("has windows along a dimension of unknown size");
      FailureOr<Tensor *> unfolded = unfold(importer, op, *input, *inits[number], dim, windows[dim], count);
      if (failed(unfolded))
        return failure();
      input = *unfolded;
      for (int64_t &other : folded)
        ++other;
      folded.push_back(dim + 1);
    }
  }
  if (failed(emitReduce(importer, op.getBody().front(), inputs, inits, folded, results)))
    return failure();
  for (auto [value, tensor] : llvm::zip_equal(op.getResults(), results))
    importer.set(value, *tensor);
  return success();
}

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

static LogicalResult importMap(Importer &importer, MapOp op) {
  SmallVector<Tensor *> operands;
  for (Value input : op.getInputs())
    operands.push_back(&importer.get(input));
  auto type = cast<RankedTensorType>(op.getType());
  LogicalResult status = success();
  Tensor &result = importer.elementwise(
      type.getElementType(), importer.refine(type, operands.front()->dims), operands,
      [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
        SmallVector<Value> made;
        status = importer.scalarBlock(at, op.getComputation().front(), in, made);
        if (succeeded(status))
          return made.front();
        return arith::ConstantOp::create(at, loc, cast<TypedAttr>(at.getZeroAttr(storageType(type.getElementType()))));
      });
  importer.set(op, result);
  return status;
}

LogicalResult hadal::stablehlo::importReduction(Importer &importer, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](ReduceOp reduce) { return importReduce(importer, reduce); })
      .Case([&](ReduceWindowOp window) { return importReduceWindow(importer, window); })
      .Case([&](MapOp map) { return importMap(importer, map); })
      .Default([](Operation *other) { return other->emitOpError("is not supported"); });
}
