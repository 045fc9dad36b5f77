//===- Layout.cpp - Broadcasts, reshapes, transposes, joins, padding ------===//
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

static RankedTensorType resultType(Operation *op) { return cast<RankedTensorType>(op->getResult(0).getType()); }

//===----------------------------------------------------------------------===//
// iota, broadcasts, reshapes
//===----------------------------------------------------------------------===//

/// The numbers along one dimension, repeated along the others.
static Tensor &importIota(Importer &importer, Type element, Sizes dims, int64_t dim) {
  Tensor &numbers = importer.iota(element, dims[dim]);
  if (dims.size() == 1)
    return numbers;
  AffineMap map = AffineMap::get(dims.size(), 0, importer.b.getAffineDimExpr(dim), importer.b.getContext());
  return importer.repeat(numbers, std::move(dims), map);
}

/// `dims` says which dimension of the result each of the operand's is; one of size 1 repeats.
static Tensor &importBroadcast(Importer &importer, Operation *op, Tensor &operand, Sizes sizes,
                               ArrayRef<int64_t> dims) {
  sizes = importer.refine(resultType(op), std::move(sizes));
  SmallVector<AffineExpr> exprs;
  for (auto [size, dim] : llvm::zip_equal(operand.dims, dims)) {
    bool repeats = getConstantIntValue(size) == 1 && getConstantIntValue(sizes[dim]) != 1;
    exprs.push_back(repeats ? importer.b.getAffineConstantExpr(0) : importer.b.getAffineDimExpr(dim));
    if (!repeats && getConstantIntValue(size))
      sizes[dim] = size;
  }
  AffineMap map = AffineMap::get(sizes.size(), 0, exprs, importer.b.getContext());
  Tensor &result = importer.repeat(operand, sizes, map);
  // What is followed is followed on.
  if (operand.elements && result.rank() <= 1) {
    int64_t count = result.rank() == 0 ? 1 : getConstantIntValue(sizes[0]).value_or(17);
    if (operand.elements->size() == 1 && count <= 16)
      result.elements = Sizes(count, operand.elements->front());
    else if (static_cast<int64_t>(operand.elements->size()) == count)
      result.elements = operand.elements;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// pad
//===----------------------------------------------------------------------===//

/// Along one dimension: first between the elements, then cut or grown at both ends.
static Tensor &padAlong(Importer &importer, Operation *op, Tensor &tensor, Tensor &value, int64_t dim, Size low,
                        Size high, int64_t interior) {
  auto filled = [&](Sizes sizes) -> Tensor & {
    return importer.repeat(value, sizes, AffineMap::get(sizes.size(), 0, importer.b.getContext()));
  };
  Tensor *result = &tensor;
  std::optional<int64_t> count = getConstantIntValue(tensor.dims[dim]);
  if (interior > 0 && !(count && *count <= 1)) {
    // [n] as [n, 1], joined with [n, interior], as [n · (1 + interior)] without the last `interior`.
    Sizes split(tensor.dims);
    split.insert(split.begin() + dim + 1, importer.constant(1));
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < tensor.rank(); ++i)
      exprs.push_back(importer.b.getAffineDimExpr(i <= dim ? i : i + 1));
    Tensor &column = importer.repeat(tensor, split, AffineMap::get(split.size(), 0, exprs, importer.b.getContext()));
    split[dim + 1] = importer.constant(interior);
    Tensor &joined = importer.concat({&column, &filled(split)}, dim + 1);
    Sizes merged(tensor.dims);
    merged[dim] = importer.mul(tensor.dims[dim], importer.constant(interior + 1));
    Tensor &all = **importer.reshape(op, joined, merged);
    SmallVector<Size> offsets(tensor.rank(), importer.constant(0)), sizes(merged);
    sizes[dim] = importer.sub(merged[dim], importer.constant(interior));
    result = &importer.slice(all, offsets, sizes, SmallVector<int64_t>(tensor.rank(), 1));
  }
  // Negative padding cuts.
  std::optional<int64_t> before = getConstantIntValue(low), after = getConstantIntValue(high);
  SmallVector<Size> offsets(tensor.rank(), importer.constant(0)), sizes(result->dims);
  bool cuts = false;
  if (before && *before < 0) {
    offsets[dim] = importer.constant(-*before);
    sizes[dim] = importer.add(sizes[dim], low);
    cuts = true;
  }
  if (after && *after < 0) {
    sizes[dim] = importer.add(sizes[dim], high);
    cuts = true;
  }
  // Where more is cut than there is, what is cut is padding of the other side: −3 and +5 of 2.
  if (cuts && getConstantIntValue(sizes[dim]) && *getConstantIntValue(sizes[dim]) < 0) {
    Sizes all(result->dims);
    all[dim] = importer.add(importer.add(all[dim], low), high);
    return filled(all);
  }
  if (cuts)
    result = &importer.slice(*result, offsets, sizes, SmallVector<int64_t>(tensor.rank(), 1));
  SmallVector<Tensor *> parts{result};
  auto edge = [&](Size size) -> Tensor & {
    Sizes edges(result->dims);
    edges[dim] = size;
    return filled(edges);
  };
  if (!before || *before > 0)
    parts.insert(parts.begin(), &edge(low));
  if (!after || *after > 0)
    parts.push_back(&edge(high));
  return parts.size() == 1 ? *result : importer.concat(parts, dim);
}

static Tensor &importPad(Importer &importer, Operation *op, ArrayRef<Size> low, ArrayRef<Size> high,
                         ArrayRef<int64_t> interior) {
  Tensor *result = &importer.operand(op, 0);
  for (int64_t dim = 0, rank = result->rank(); dim < rank; ++dim)
    result = &padAlong(importer, op, *result, importer.operand(op, 1), dim, low[dim], high[dim], interior[dim]);
  return *result;
}

//===----------------------------------------------------------------------===//
// All
//===----------------------------------------------------------------------===//

static Tensor &importReverse(Importer &importer, ReverseOp op) {
  Tensor *result = &importer.operand(op, 0);
  for (int64_t dim : op.getDimensions()) {
    Size size = result->dims[dim];
    Type index = importer.b.getI64Type();
    Value last = importer.indexValue(importer.sub(size, importer.constant(1)));
    Tensor &backwards = importer.elementwise(index, {size}, {}, [&](OpBuilder &at, Location loc, ValueRange) -> Value {
      Value position = linalg::IndexOp::create(at, loc, 0);
      return arith::IndexCastOp::create(at, loc, index, arith::SubIOp::create(at, loc, last, position));
    });
    result = &importer.gatherAlong(*result, dim, backwards);
  }
  return *result;
}

static Tensor &importConcatenate(Importer &importer, ConcatenateOp op) {
  SmallVector<Tensor *> parts;
  for (Value input : op.getInputs())
    parts.push_back(&importer.get(input));
  // Sizes are put together as sizes.
  if (resultType(op).getRank() == 1 && llvm::all_of(parts, [](Tensor *part) { return part->elements.has_value(); })) {
    Sizes elements;
    for (Tensor *part : parts)
      llvm::append_range(elements, *part->elements);
    if (elements.size() <= 16) {
      Size count = importer.constant(elements.size());
      Tensor &result = importer.make(parts.front()->element, {count});
      result.elements = std::move(elements);
      return result;
    }
  }
  return importer.concat(parts, op.getDimension());
}

/// The numbers of a tensor of sizes that must be constants.
static FailureOr<SmallVector<int64_t>> constantsOf(Importer &importer, Operation *op, Value value) {
  FailureOr<Sizes> sizes = importer.sizesOf(op, importer.get(value));
  if (failed(sizes))
    return failure();
  SmallVector<int64_t> numbers;
  for (Size size : *sizes) {
    std::optional<int64_t> number = getConstantIntValue(size);
    if (!number)
      return op->emitOpError("takes a number that must be known and is not");
    numbers.push_back(*number);
  }
  return numbers;
}

LogicalResult hadal::stablehlo::importLayout(Importer &importer, Operation *op) {
  auto give = [&](Tensor &tensor) {
    importer.set(op->getResult(0), tensor);
    return success();
  };
  auto sizesOf = [&](Value value) { return importer.sizesOf(op, importer.get(value)); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](IotaOp iota) -> LogicalResult {
        auto type = resultType(op);
        if (!type.hasStaticShape())
          return op->emitOpError("has a result of unknown shape: ") << type;
        return give(importIota(importer, type.getElementType(), importer.staticSizes(type.getShape()),
                               iota.getIotaDimension()));
      })
      .Case([&](DynamicIotaOp iota) -> LogicalResult {
        FailureOr<Sizes> sizes = sizesOf(iota.getOutputShape());
        if (failed(sizes))
          return failure();
        return give(importIota(importer, resultType(op).getElementType(), importer.refine(resultType(op), *sizes),
                               iota.getIotaDimension()));
      })
      .Case([&](BroadcastOp broadcast) -> LogicalResult {
        Tensor &operand = importer.operand(op, 0);
        Sizes sizes = importer.staticSizes(broadcast.getBroadcastSizes());
        sizes.append(operand.dims);
        int64_t first = broadcast.getBroadcastSizes().size();
        return give(importBroadcast(importer, op, operand, sizes,
                                    llvm::to_vector(llvm::seq<int64_t>(first, first + operand.rank()))));
      })
      .Case([&](BroadcastInDimOp broadcast) -> LogicalResult {
        auto type = resultType(op);
        if (!type.hasStaticShape())
          return op->emitOpError("has a result of unknown shape: ") << type;
        return give(importBroadcast(importer, op, importer.operand(op, 0), importer.staticSizes(type.getShape()),
                                    broadcast.getBroadcastDimensions()));
      })
      .Case([&](DynamicBroadcastInDimOp broadcast) -> LogicalResult {
        FailureOr<Sizes> sizes = sizesOf(broadcast.getOutputDimensions());
        if (failed(sizes))
          return failure();
        return give(importBroadcast(importer, op, importer.operand(op, 0), *sizes, broadcast.getBroadcastDimensions()));
      })
      .Case([&](ReshapeOp) -> LogicalResult {
        FailureOr<Tensor *> result =
            importer.reshape(op, importer.operand(op, 0), importer.staticSizes(resultType(op).getShape()));
        return failed(result) ? failure() : give(**result);
      })
      .Case([&](DynamicReshapeOp reshape) -> LogicalResult {
        FailureOr<Sizes> sizes = sizesOf(reshape.getOutputShape());
        if (failed(sizes))
          return failure();
        FailureOr<Tensor *> result =
            importer.reshape(op, importer.operand(op, 0), importer.refine(resultType(op), *sizes));
        return failed(result) ? failure() : give(**result);
      })
      .Case([&](GetDimensionSizeOp size) {
        Tensor &result = importer.make(resultType(op).getElementType(), {});
        result.elements = Sizes{importer.operand(op, 0).dims[size.getDimension()]};
        return give(result);
      })
      .Case([&](TransposeOp transpose) {
        return give(importer.transpose(importer.operand(op, 0), transpose.getPermutation()));
      })
      .Case([&](ReverseOp reverse) { return give(importReverse(importer, reverse)); })
      .Case([&](ConcatenateOp concatenate) { return give(importConcatenate(importer, concatenate)); })
      .Case([&](PadOp pad) {
        return give(importPad(importer, op, importer.staticSizes(pad.getEdgePaddingLow()),
                              importer.staticSizes(pad.getEdgePaddingHigh()), pad.getInteriorPadding()));
      })
      .Case([&](DynamicPadOp pad) -> LogicalResult {
        FailureOr<Sizes> low = sizesOf(pad.getEdgePaddingLow()), high = sizesOf(pad.getEdgePaddingHigh());
        FailureOr<SmallVector<int64_t>> interior = constantsOf(importer, op, pad.getInteriorPadding());
        if (failed(low) || failed(high) || failed(interior))
          return failure();
        return give(importPad(importer, op, *low, *high, *interior));
      })
      .Default([](Operation *other) { return other->emitOpError("is not supported"); });
}
