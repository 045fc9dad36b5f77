//===- Slice.cpp - Slices, and slices written over ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

/// An index of any integer type as i64, and between 0 and `most`.
static Value clampIndex(OpBuilder &at, Location loc, Value index, bool isUnsigned, Size most) {
  Type i64 = at.getI64Type();
  if (index.getType() != i64)
    index = isUnsigned ? arith::ExtUIOp::create(at, loc, i64, index).getResult()
                       : arith::ExtSIOp::create(at, loc, i64, index).getResult();
  Value zero = arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(0)), limit;
  if (std::optional<int64_t> number = getConstantIntValue(most))
    limit = arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(*number));
  else
    limit = arith::IndexCastOp::create(at, loc, i64, cast<Value>(most));
  Value low = arith::MaxSIOp::create(at, loc, index, zero);
  return arith::MinSIOp::create(at, loc, low, limit);
}

static Value position(OpBuilder &at, Location loc, int64_t dim) {
  return arith::IndexCastOp::create(at, loc, at.getI64Type(), linalg::IndexOp::create(at, loc, dim));
}

/// The start of a slice, if it is followed: between 0 and `most`.
static std::optional<Size> knownStart(Importer &importer, Tensor &start, Size most) {
  if (getConstantIntValue(most) == 0)
    return importer.constant(0);
  if (!start.elements)
    return std::nullopt;
  Size at = start.elements->front();
  std::optional<int64_t> number = getConstantIntValue(at), limit = getConstantIntValue(most);
  if (number && limit)
    return importer.constant(std::clamp<int64_t>(*number, 0, *limit));
  if (number && *number <= 0)
    return importer.constant(0);
  Value low = arith::MaxSIOp::create(importer.b, importer.loc, importer.indexValue(at),
                                     importer.indexValue(importer.constant(0)));
  return arith::MinSIOp::create(importer.b, importer.loc, low, importer.indexValue(most)).getResult();
}

//===----------------------------------------------------------------------===//
// dynamic_slice
//===----------------------------------------------------------------------===//

static Tensor &importDynamicSlice(Importer &importer, DynamicSliceOp op) {
  Tensor *result = &importer.operand(op, 0);
  int64_t rank = result->rank();
  // What is known at once, then a gather for each start that depends on the data.
  SmallVector<Size> offsets(rank, importer.constant(0)), sizes(result->dims);
  SmallVector<int64_t> unknown;
  for (int64_t dim = 0; dim < rank; ++dim) {
    Size size = importer.constant(op.getSliceSizes()[dim]);
    Size most =
        importer.areEqual(result->dims[dim], size) ? importer.constant(0) : importer.sub(result->dims[dim], size);
    if (std::optional<Size> start = knownStart(importer, importer.get(op.getStartIndices()[dim]), most)) {
      offsets[dim] = *start;
      sizes[dim] = size;
    } else {
      unknown.push_back(dim);
    }
  }
  result = &importer.slice(*result, offsets, sizes, SmallVector<int64_t>(rank, 1));
  for (int64_t dim : unknown) {
    Tensor &start = importer.get(op.getStartIndices()[dim]);
    Size size = importer.constant(op.getSliceSizes()[dim]), most = importer.sub(result->dims[dim], size);
    Tensor &indices =
        importer.elementwise(importer.b.getI64Type(), {size}, &start, [&](OpBuilder &at, Location loc, ValueRange in) {
          Value first = clampIndex(at, loc, in[0], start.isUnsigned(), most);
          return arith::AddIOp::create(at, loc, first, position(at, loc, 0)).getResult();
        });
    result = &importer.gatherAlong(*result, dim, indices);
  }
  return *result;
}

//===----------------------------------------------------------------------===//
// dynamic_update_slice
//===----------------------------------------------------------------------===//

/// `update` written over `tensor` where it starts.
static Tensor &overwrite(Importer &importer, Tensor &tensor, Tensor &update, ArrayRef<Tensor *> starts) {
  int64_t rank = tensor.rank();
  SmallVector<int64_t> unknown;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (importer.areEqual(tensor.dims[dim], update.dims[dim]))
      continue;
    Size most = importer.sub(tensor.dims[dim], update.dims[dim]);
    std::optional<Size> start = knownStart(importer, *starts[dim], most);
    if (!start) {
      unknown.push_back(dim);
      continue;
    }
    // What is before, the band that is written to, what is after.
    SmallVector<Size> offsets(rank, importer.constant(0)), sizes(tensor.dims);
    SmallVector<int64_t> ones(rank, 1);
    SmallVector<Tensor *> parts;
    if (getConstantIntValue(*start) != 0) {
      sizes[dim] = *start;
      parts.push_back(&importer.slice(tensor, offsets, sizes, ones));
    }
    offsets[dim] = *start;
    sizes[dim] = update.dims[dim];
    parts.push_back(&overwrite(importer, importer.slice(tensor, offsets, sizes, ones), update, starts));
    offsets[dim] = importer.add(*start, update.dims[dim]);
    sizes[dim] = importer.sub(tensor.dims[dim], offsets[dim]);
    if (getConstantIntValue(sizes[dim]) != 0)
      parts.push_back(&importer.slice(tensor, offsets, sizes, ones));
    return importer.concat(parts, dim);
  }
  if (unknown.empty())
    return update;
  // The update read at position − start, where that lies within it.
  Tensor *shifted = &update;
  SmallVector<Tensor *> operands;
  for (int64_t dim : unknown) {
    Tensor &start = *starts[dim];
    Size most = importer.sub(tensor.dims[dim], update.dims[dim]);
    Size last = importer.sub(update.dims[dim], importer.constant(1));
    Tensor &indices = importer.elementwise(importer.b.getI64Type(), {tensor.dims[dim]}, &start,
                                           [&](OpBuilder &at, Location loc, ValueRange in) {
                                             Value first = clampIndex(at, loc, in[0], start.isUnsigned(), most);
                                             Value own = arith::SubIOp::create(at, loc, position(at, loc, 0), first);
                                             return clampIndex(at, loc, own, false, last);
                                           });
    shifted = &importer.gatherAlong(*shifted, dim, indices);
    operands.push_back(&start);
  }
  operands.push_back(shifted);
  operands.push_back(&tensor);
  return importer.elementwise(
      tensor.element, tensor.dims, operands, [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
        Value inside;
        for (auto [i, dim] : llvm::enumerate(unknown)) {
          Value first =
              clampIndex(at, loc, in[i], operands[i]->isUnsigned(), importer.sub(tensor.dims[dim], update.dims[dim]));
          Value size;
          if (std::optional<int64_t> number = getConstantIntValue(update.dims[dim]))
            size = arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(*number));
          else
            size = arith::IndexCastOp::create(at, loc, at.getI64Type(), cast<Value>(update.dims[dim]));
          Value own = arith::SubIOp::create(at, loc, position(at, loc, dim), first);
          Value here = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ult, own, size);
          inside = inside ? arith::AndIOp::create(at, loc, inside, here).getResult() : here;
        }
        return arith::SelectOp::create(at, loc, inside, in[in.size() - 2], in.back());
      });
}

LogicalResult hadal::stablehlo::importSlices(Importer &importer, Operation *op) {
  auto give = [&](Tensor &tensor) {
    importer.set(op->getResult(0), tensor);
    return success();
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](SliceOp slice) {
        Tensor &operand = importer.operand(op, 0);
        Sizes sizes;
        for (auto [start, limit, stride] :
             llvm::zip_equal(slice.getStartIndices(), slice.getLimitIndices(), slice.getStrides()))
          sizes.push_back(importer.constant((limit - start) / stride + ((limit - start) % stride != 0)));
        Tensor &result =
            importer.slice(operand, importer.staticSizes(slice.getStartIndices()), sizes, slice.getStrides());
        if (operand.elements && result.rank() == 1 && &result != &operand) {
          result.elements.emplace();
          int64_t at = slice.getStartIndices()[0];
          for (int64_t i = 0; i < *getConstantIntValue(sizes[0]); ++i, at += slice.getStrides()[0])
            result.elements->push_back((*operand.elements)[at]);
        }
        return give(result);
      })
      .Case([&](RealDynamicSliceOp slice) -> LogicalResult {
        FailureOr<Sizes> starts = importer.sizesOf(op, importer.get(slice.getStartIndices())),
                         limits = importer.sizesOf(op, importer.get(slice.getLimitIndices())),
                         steps = importer.sizesOf(op, importer.get(slice.getStrides()));
        if (failed(starts) || failed(limits) || failed(steps))
          return failure();
        Sizes sizes;
        SmallVector<int64_t> strides;
        for (auto [start, limit, step] : llvm::zip_equal(*starts, *limits, *steps)) {
          std::optional<int64_t> stride = getConstantIntValue(step);
          if (!stride || *stride < 1)
            return op->emitOpError("has a stride that is not known to be positive");
          strides.push_back(*stride);
          Size length = getConstantIntValue(start) == 0 ? limit : importer.sub(limit, start);
          sizes.push_back(*stride == 1 ? length : importer.ceilDiv(length, *stride));
        }
        sizes = importer.refine(cast<RankedTensorType>(slice.getType()), sizes);
        return give(importer.slice(importer.operand(op, 0), *starts, sizes, strides));
      })
      .Case([&](DynamicSliceOp slice) { return give(importDynamicSlice(importer, slice)); })
      .Case([&](DynamicUpdateSliceOp update) {
        SmallVector<Tensor *> starts;
        for (Value start : update.getStartIndices())
          starts.push_back(&importer.get(start));
        return give(overwrite(importer, importer.operand(op, 0), importer.operand(op, 1), starts));
      })
      .Default([](Operation *other) { return other->emitOpError("is not supported"); });
}
