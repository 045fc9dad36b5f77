//===- Gather.cpp - Gathers of slices -------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "Indexing.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// Index vectors
//===----------------------------------------------------------------------===//

IndexVectors::IndexVectors(Importer &importer, Tensor &indices, int64_t vectorDim, ArrayRef<int64_t> indexedDims,
                           ArrayRef<int64_t> batchingDims, ArrayRef<int64_t> indicesBatchingDims)
    : importer(importer), indices(indices), vectorDim(vectorDim), indexedDims(indexedDims), batchingDims(batchingDims),
      indicesBatchingDims(indicesBatchingDims) {
  for (int64_t i = 0; i < indices.rank(); ++i)
    if (i != vectorDim)
      batch.push_back(indices.dims[i]);
}

int64_t IndexVectors::batchOf(int64_t indicesDim) const { return indicesDim - (indicesDim > vectorDim ? 1 : 0); }

Tensor &IndexVectors::linear(ArrayRef<int64_t> dims, ArrayRef<Size> sizes, ArrayRef<std::optional<Size>> windows,
                             bool clamp) {
  Sizes shape(batch);
  for (const std::optional<Size> &window : windows)
    if (window)
      shape.push_back(*window);
  MLIRContext *context = importer.b.getContext();
  // One operand for each dimension that is indexed: the same tensor, read at another place of the vector.
  SmallVector<Tensor *> operands;
  Tensor &source = indices;
  Value base = source.base ? source.base : importer.materialize(source);
  AffineMap own = source.base ? source.map : importer.b.getMultiDimIdentityMap(source.rank());
  for (int64_t component = 0; component < static_cast<int64_t>(indexedDims.size()); ++component) {
    SmallVector<AffineExpr> exprs;
    int64_t next = 0;
    for (int64_t i = 0; i < source.rank(); ++i)
      exprs.push_back(i == vectorDim ? getAffineConstantExpr(component, context) : getAffineDimExpr(next++, context));
    Tensor &read = importer.make(source.element, shape);
    read.base = base;
    AffineMap at = AffineMap::get(shape.size(), 0, exprs, context);
    read.map = own.getNumResults() ? own.compose(at) : AffineMap::get(shape.size(), 0, context);
    operands.push_back(&read);
  }
  Type i64 = importer.b.getI64Type();
  return importer.elementwise(i64, shape, operands, [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
    auto number = [&](Size size) -> Value {
      if (std::optional<int64_t> known = getConstantIntValue(size))
        return arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(*known));
      return arith::IndexCastOp::create(at, loc, i64, cast<Value>(size));
    };
    auto position = [&](int64_t loop) -> Value {
      return arith::IndexCastOp::create(at, loc, i64, linalg::IndexOp::create(at, loc, loop));
    };
    Value zero = arith::ConstantOp::create(at, loc, at.getI64IntegerAttr(0));
    Value linear, valid;
    Size count = importer.constant(1);
    int64_t window = batch.size();
    for (auto [i, dim] : llvm::enumerate(dims)) {
      Value index;
      const auto *indexed = llvm::find(indexedDims, dim);
      const auto *batching = llvm::find(batchingDims, dim);
      if (indexed != indexedDims.end()) {
        index = in[indexed - indexedDims.begin()];
        if (index.getType() != i64)
          index = source.isUnsigned()        ? arith::ExtUIOp::create(at, loc, i64, index).getResult()
                  : source.element.isIndex() ? arith::IndexCastOp::create(at, loc, i64, index).getResult()
                                             : arith::ExtSIOp::create(at, loc, i64, index).getResult();
        if (clamp) {
          Size most = importer.sub(sizes[i], windows[i].value_or(importer.constant(1)));
          index = arith::MinSIOp::create(at, loc, arith::MaxSIOp::create(at, loc, index, zero), number(most));
        }
      } else if (batching != batchingDims.end()) {
        index = position(batchOf(indicesBatchingDims[batching - batchingDims.begin()]));
      }
      if (windows[i]) {
        // A window of one element is at its start.
        if (getConstantIntValue(*windows[i]) != 1 || !index) {
          Value offset = position(window);
          index = index ? arith::AddIOp::create(at, loc, index, offset).getResult() : offset;
        }
        ++window;
      }
      if (!index) // nothing says where: at the start
        index = zero;
      if (!clamp && indexed != indexedDims.end()) {
        Value inside = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ult, index, number(sizes[i]));
        valid = valid ? arith::AndIOp::create(at, loc, valid, inside).getResult() : inside;
      }
      if (!linear)
        linear = index;
      else
        linear = arith::AddIOp::create(at, loc, arith::MulIOp::create(at, loc, linear, number(sizes[i])), index);
      count = importer.mul(count, sizes[i]);
    }
    if (!linear)
      linear = zero;
    // A place behind the last is none.
    return valid ? arith::SelectOp::create(at, loc, valid, linear, number(count)).getResult() : linear;
  });
}

//===----------------------------------------------------------------------===//
// gather
//===----------------------------------------------------------------------===//

/// Each element of the result is one of its own line: hadal.gather_elements.
static Tensor *gatherElements(Importer &importer, Tensor &operand, IndexVectors &vectors) {
  int64_t rank = operand.rank();
  if (vectors.indexedDims.size() != 1 || static_cast<int64_t>(vectors.batchingDims.size()) != rank - 1 ||
      static_cast<int64_t>(vectors.batch.size()) != rank)
    return nullptr;
  int64_t axis = vectors.indexedDims[0];
  // Which batch dimension each dimension of the operand runs along.
  SmallVector<int64_t> order(rank, -1);
  llvm::SmallBitVector used(rank);
  for (auto [dim, other] : llvm::zip_equal(vectors.batchingDims, vectors.indicesBatchingDims)) {
    order[dim] = vectors.batchOf(other);
    used.set(order[dim]);
  }
  order[axis] = used.find_first_unset();
  Tensor &flat = vectors.linear(axis, operand.dims[axis], {std::nullopt}, /*clamp=*/true);
  Tensor &indices = importer.transpose(flat, order);
  Value value =
      hadal::GatherElementsOp::create(importer.b, importer.loc, importer.typeOf(operand.element, indices.dims),
                                      importer.materialize(operand), importer.materialize(indices), axis);
  Tensor &result = importer.make(operand.element, indices.dims, value);
  SmallVector<int64_t> back(rank);
  for (auto [dim, at] : llvm::enumerate(order))
    back[at] = dim;
  return &importer.transpose(result, back);
}

LogicalResult hadal::stablehlo::importGather(Importer &importer, Operation *op) {
  Tensor *operand = &importer.operand(op, 0);
  Tensor &indices = importer.operand(op, 1);
  GatherDimensionNumbersAttr dims;
  Sizes slices;
  if (auto gather = dyn_cast<GatherOp>(op)) {
    dims = gather.getDimensionNumbers();
    slices = importer.staticSizes(gather.getSliceSizes());
  } else {
    dims = cast<DynamicGatherOp>(op).getDimensionNumbers();
    FailureOr<Sizes> sizes = importer.sizesOf(op, importer.operand(op, 2));
    if (failed(sizes))
      return failure();
    slices = *sizes;
  }
  int64_t rank = operand->rank();
  auto contains = [](ArrayRef<int64_t> list, int64_t dim) { return llvm::is_contained(list, dim); };
  IndexVectors vectors(importer, indices, dims.getIndexVectorDim(), dims.getStartIndexMap(),
                       dims.getOperandBatchingDims(), dims.getStartIndicesBatchingDims());

  // Dimensions that are not indexed start at 0; those of no elements have nothing to gather.
  SmallVector<Size> offsets(rank, importer.constant(0)), sizes(operand->dims);
  SmallVector<int64_t> indexed, rest;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (contains(dims.getStartIndexMap(), dim) || contains(dims.getOperandBatchingDims(), dim)) {
      // Where a slice is all there is, it starts at 0 too.
      bool whole = !contains(dims.getOperandBatchingDims(), dim) && !contains(dims.getCollapsedSliceDims(), dim) &&
                   importer.areEqual(slices[dim], operand->dims[dim]);
      (whole ? rest : indexed).push_back(dim);
    } else {
      bool isDropped = contains(dims.getCollapsedSliceDims(), dim);
      if (isDropped && (getConstantIntValue(slices[dim]) == 0 || getConstantIntValue(operand->dims[dim]) == 0))
        return op->emitOpError("drops dimension ") << dim << ", of which it takes nothing";
      sizes[dim] = isDropped ? importer.constant(1) : slices[dim];
      rest.push_back(dim);
    }
  }
  operand = &importer.slice(*operand, offsets, sizes, SmallVector<int64_t>(rank, 1));

  auto isDropped = [&](int64_t dim) {
    return contains(dims.getCollapsedSliceDims(), dim) || contains(dims.getOperandBatchingDims(), dim);
  };
  if (rest.empty() && llvm::all_of(indexed, isDropped))
    if (Tensor *result = gatherElements(importer, *operand, vectors)) {
      importer.set(op->getResult(0), *result);
      return success();
    }
  SmallVector<Size> indexedSizes;
  SmallVector<std::optional<Size>> windows;
  // What the dimensions of the gathered tensor are: batch dimensions (−1 − number), or windows of the operand's.
  SmallVector<int64_t> labels;
  for (int64_t i = 0; i < static_cast<int64_t>(vectors.batch.size()); ++i)
    labels.push_back(-1 - i);
  for (int64_t dim : indexed) {
    indexedSizes.push_back(operand->dims[dim]);
    if (isDropped(dim)) {
      windows.push_back(std::nullopt);
      continue;
    }
    windows.emplace_back(slices[dim]);
    labels.push_back(dim);
  }
  Tensor &places = vectors.linear(indexed, indexedSizes, windows, /*clamp=*/true);
  Tensor *result;
  if (indexed.size() == 1) {
    SmallVector<int64_t> before;
    for (int64_t dim : rest)
      if (dim < indexed[0])
        before.push_back(dim);
    result = &importer.gatherAlong(*operand, indexed[0], places);
    labels.insert(labels.begin(), before.begin(), before.end());
    for (int64_t dim : rest)
      if (dim > indexed[0])
        labels.push_back(dim);
  } else {
    // The indexed dimensions in front and as one.
    SmallVector<int64_t> order(indexed);
    llvm::append_range(order, rest);
    Tensor &turned = importer.transpose(*operand, order);
    Sizes flat{importer.product(indexedSizes)};
    flat.append(turned.dims.begin() + indexed.size(), turned.dims.end());
    FailureOr<Tensor *> rows = importer.reshape(op, turned, flat);
    if (failed(rows))
      return failure();
    result = &importer.gatherAlong(**rows, 0, places);
    llvm::append_range(labels, rest);
  }

  // The result's dimensions in their order.
  SmallVector<int64_t> window, permutation;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!isDropped(dim))
      window.push_back(dim);
  int64_t nextBatch = 0, nextWindow = 0, resultRank = vectors.batch.size() + window.size();
  for (int64_t i = 0; i < resultRank; ++i) {
    int64_t label = contains(dims.getOffsetDims(), i) ? window[nextWindow++] : -1 - nextBatch++;
    permutation.push_back(llvm::find(labels, label) - labels.begin());
  }
  // Behind them those that are dropped although nothing indexes them: of one element.
  for (auto [i, label] : llvm::enumerate(labels))
    if (label >= 0 && isDropped(label))
      permutation.push_back(i);
  result = &importer.transpose(*result, permutation);
  if (result->rank() > resultRank) {
    FailureOr<Tensor *> dropped = importer.reshape(op, *result, Sizes(ArrayRef(result->dims).take_front(resultRank)));
    if (failed(dropped))
      return failure();
    result = *dropped;
  }
  importer.set(op->getResult(0), *result);
  return success();
}
