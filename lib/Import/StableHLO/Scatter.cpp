//===- Scatter.cpp - Scatters of slices -----------------------------------===//
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

using namespace mlir;
using namespace hadal::stablehlo;

/// The reduction that a region is, if kernels have it: replacing, or a sum.
static std::optional<hadal::ScatterReduction> reductionOf(Block &block, Type element) {
  if (block.getNumArguments() != 2)
    return std::nullopt;
  Value result = block.getTerminator()->getOperand(0);
  if (result == block.getArgument(1))
    return hadal::ScatterReduction::None;
  auto add = result.getDefiningOp<AddOp>();
  if (!add || element.isInteger(1))
    return std::nullopt;
  bool both = (add.getLhs() == block.getArgument(0) && add.getRhs() == block.getArgument(1)) ||
              (add.getLhs() == block.getArgument(1) && add.getRhs() == block.getArgument(0));
  return both ? std::optional(hadal::ScatterReduction::Add) : std::nullopt;
}

/// Rows written one after the other, by any region: every row of the result walks over all updates and takes those that
/// are for it.
static LogicalResult foldRows(Importer &importer, ScatterOp op, ArrayRef<Tensor *> rows, Tensor &places,
                              ArrayRef<Tensor *> updates, SmallVectorImpl<Tensor *> &results) {
  int64_t rank = rows.front()->rank();
  MLIRContext *context = importer.b.getContext();
  // Loops: the row, what is behind, then the updates.
  SmallVector<AffineExpr> out, in{getAffineDimExpr(rank, context)};
  for (int64_t i = 0; i < rank; ++i) {
    out.push_back(getAffineDimExpr(i, context));
    if (i)
      in.push_back(out.back());
  }
  SmallVector<AffineMap> maps{AffineMap::get(rank + 1, 0, in.front(), context)};
  SmallVector<Value> inputs{importer.materialize(places)}, inits;
  SmallVector<Type> types;
  for (Tensor *update : updates) {
    maps.push_back(AffineMap::get(rank + 1, 0, in, context));
    inputs.push_back(importer.materialize(*update));
  }
  for (Tensor *row : rows) {
    maps.push_back(AffineMap::get(rank + 1, 0, out, context));
    inits.push_back(importer.materialize(*row));
    types.push_back(inits.back().getType());
  }
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);
  LogicalResult status = success();
  auto generic = linalg::GenericOp::create(
      importer.b, importer.loc, types, inputs, inits, maps, loops, [&](OpBuilder &at, Location loc, ValueRange args) {
        size_t count = updates.size();
        Value row = arith::IndexCastOp::create(at, loc, at.getI64Type(), linalg::IndexOp::create(at, loc, 0));
        Value hit = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::eq, row, args[0]);
        SmallVector<Value> arguments(args.take_back(count)), made;
        llvm::append_range(arguments, args.slice(1, count));
        status = importer.scalarBlock(at, op.getUpdateComputation().front(), arguments, made);
        SmallVector<Value> chosen;
        for (size_t i = 0; i < count; ++i)
          chosen.push_back(succeeded(status) ? arith::SelectOp::create(at, loc, hit, made[i], arguments[i]).getResult()
                                             : arguments[i]);
        linalg::YieldOp::create(at, loc, chosen);
      });
  for (auto [row, value] : llvm::zip_equal(rows, generic.getResults()))
    results.push_back(&importer.make(row->element, row->dims, value));
  return status;
}

LogicalResult hadal::stablehlo::importScatter(Importer &importer, ScatterOp op) {
  ScatterDimensionNumbersAttr dims = op.getScatterDimensionNumbers();
  Tensor &first = importer.get(op.getInputs().front()), &firstUpdate = importer.get(op.getUpdates().front());
  Tensor &indices = importer.get(op.getScatterIndices());
  int64_t rank = first.rank();
  auto contains = [](ArrayRef<int64_t> list, int64_t dim) { return llvm::is_contained(list, dim); };
  IndexVectors vectors(importer, indices, dims.getIndexVectorDim(), dims.getScatterDimsToOperandDims(),
                       dims.getInputBatchingDims(), dims.getScatterIndicesBatchingDims());

  // Dimensions whose window is the whole of them stay behind; the others become one in front.
  SmallVector<int64_t> front, back;
  SmallVector<Size> frontSizes;
  SmallVector<std::optional<Size>> windows;
  SmallVector<int64_t> updateOrder, windowUpdates, backUpdates; // dimensions of the updates
  for (int64_t i = 0; i < firstUpdate.rank(); ++i)
    if (!contains(dims.getUpdateWindowDims(), i))
      updateOrder.push_back(i);
  size_t nextWindow = 0;
  for (int64_t dim = 0; dim < rank; ++dim) {
    bool dropped = contains(dims.getInsertedWindowDims(), dim) || contains(dims.getInputBatchingDims(), dim);
    int64_t updateDim = dropped ? -1 : dims.getUpdateWindowDims()[nextWindow++];
    bool indexed = contains(dims.getScatterDimsToOperandDims(), dim);
    if (!dropped && !indexed && importer.areEqual(firstUpdate.dims[updateDim], first.dims[dim])) {
      back.push_back(dim);
      backUpdates.push_back(updateDim);
      continue;
    }
    front.push_back(dim);
    frontSizes.push_back(first.dims[dim]);
    if (dropped) {
      windows.push_back(std::nullopt);
    } else {
      windows.emplace_back(firstUpdate.dims[updateDim]);
      windowUpdates.push_back(updateDim);
    }
  }
  llvm::append_range(updateOrder, windowUpdates);
  llvm::append_range(updateOrder, backUpdates);

  Tensor &places = vectors.linear(front, frontSizes, windows, /*clamp=*/false);
  Size count = importer.product(places.dims);
  FailureOr<Tensor *> flatPlaces = importer.reshape(op, places, {count});
  if (failed(flatPlaces))
    return failure();

  SmallVector<int64_t> order(front);
  llvm::append_range(order, back);
  SmallVector<int64_t> inverse(rank);
  for (auto [at, dim] : llvm::enumerate(order))
    inverse[dim] = at;
  SmallVector<Tensor *> rows, updates, results;
  SmallVector<Sizes> turnedDims;
  for (auto [input, update] : llvm::zip_equal(op.getInputs(), op.getUpdates())) {
    Tensor &turned = importer.transpose(importer.get(input), order);
    turnedDims.push_back(turned.dims);
    Sizes flat{importer.product(frontSizes)};
    flat.append(turned.dims.begin() + front.size(), turned.dims.end());
    FailureOr<Tensor *> row = importer.reshape(op, turned, flat);
    Tensor &turnedUpdate = importer.transpose(importer.get(update), updateOrder);
    flat[0] = count;
    FailureOr<Tensor *> flatUpdate = importer.reshape(op, turnedUpdate, flat);
    if (failed(row) || failed(flatUpdate))
      return failure();
    rows.push_back(*row);
    updates.push_back(*flatUpdate);
  }
  Block &block = op.getUpdateComputation().front();
  std::optional<hadal::ScatterReduction> reduction =
      rows.size() == 1 ? reductionOf(block, rows[0]->element) : std::nullopt;
  if (getConstantIntValue(count) == 0) {
    results.assign(rows.begin(), rows.end());
  } else if (reduction) {
    FailureOr<Tensor *> tuples = importer.reshape(op, **flatPlaces, {count, importer.constant(1)});
    if (failed(tuples))
      return failure();
    Value value = hadal::ScatterNDOp::create(importer.b, importer.loc, importer.typeOf(rows[0]->element, rows[0]->dims),
                                             importer.materialize(*rows[0]), importer.materialize(**tuples),
                                             importer.materialize(*updates[0]), *reduction);
    results.push_back(&importer.make(rows[0]->element, rows[0]->dims, value));
  } else if (failed(foldRows(importer, op, rows, **flatPlaces, updates, results))) {
    return failure();
  }
  for (auto [i, result] : llvm::enumerate(results)) {
    FailureOr<Tensor *> wide = importer.reshape(op, *result, turnedDims[i]);
    if (failed(wide))
      return failure();
    importer.set(op.getResult(i), importer.transpose(**wide, inverse));
  }
  return success();
}
