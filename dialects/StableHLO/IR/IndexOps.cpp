//===- IndexOps.cpp - Gathers, scatters, products, reductions, orders ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

LogicalResult hadal::stablehlo::verifyScalarRegion(Operation *op, Region &region, ArrayRef<Type> arguments,
                                                   ArrayRef<Type> results) {
  Block &block = region.front();
  if (block.getNumArguments() != arguments.size())
    return op->emitOpError("has a region of ")
           << block.getNumArguments() << " arguments instead of " << arguments.size();
  auto isScalarOf = [](Type type, Type element) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 0 && tensor.getElementType() == element;
  };
  for (auto [argument, element] : llvm::zip_equal(block.getArguments(), arguments))
    if (!isScalarOf(argument.getType(), element))
      return op->emitOpError("has a region with an argument of ")
             << argument.getType() << " instead of a scalar of " << element;
  auto yield = block.empty() ? ReturnOp() : dyn_cast<ReturnOp>(block.back());
  if (!yield || yield.getNumOperands() != results.size())
    return op->emitOpError("has a region that does not return ") << results.size() << " values";
  for (auto [value, element] : llvm::zip_equal(yield.getOperands(), results))
    if (!isScalarOf(value.getType(), element))
      return op->emitOpError("has a region that returns ") << value.getType() << " instead of a scalar of " << element;
  return success();
}

static SmallVector<Type> elementTypes(ValueRange values) {
  return llvm::map_to_vector(values, [](Value value) { return getElementTypeOrSelf(value); });
}

/// Element types of inputs, once as what has been gathered so far, once as what comes.
static SmallVector<Type> twice(ValueRange values) {
  SmallVector<Type> types = elementTypes(values);
  types.append(types.begin(), types.end());
  return types;
}

/// Checks that all values have the shape of the first.
static LogicalResult verifySameShape(Operation *op, StringRef what, ValueRange values) {
  for (Value value : values)
    if (failed(verifyCompatibleShape(value.getType(), values.front().getType())))
      return op->emitOpError(what) << " of different shapes: " << values.front().getType() << " and "
                                   << value.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// gather and scatter
//===----------------------------------------------------------------------===//

/// The shape of indices without the dimension of the index vectors.
static SmallVector<int64_t> batchShape(RankedTensorType indices, int64_t vectorDim) {
  SmallVector<int64_t> shape(indices.getShape());
  if (vectorDim < static_cast<int64_t>(shape.size()))
    shape.erase(shape.begin() + vectorDim);
  return shape;
}

/// What the dimension numbers of gathers and scatters have in common. `dropped` are the dimensions of the operand that
/// have none in the window.
static LogicalResult verifyIndexing(Operation *op, RankedTensorType operand, RankedTensorType indices,
                                    ArrayRef<int64_t> windowDims, ArrayRef<int64_t> dropped, ArrayRef<int64_t> batching,
                                    ArrayRef<int64_t> indicesBatching, ArrayRef<int64_t> map, int64_t vectorDim,
                                    int64_t windowedRank) {
  int64_t rank = operand.getRank();
  if (vectorDim < 0 || vectorDim > indices.getRank())
    return op->emitOpError("index_vector_dim is ") << vectorDim << " for indices of rank " << indices.getRank();
  SmallVector<int64_t> absent(dropped);
  llvm::append_range(absent, batching);
  if (failed(verifyDims(op, "the dropped and batching dimensions", absent, rank)) ||
      failed(verifyDims(op, "the window's dimensions", windowDims, windowedRank)) ||
      failed(verifyDims(op, "the batching dimensions of the indices", indicesBatching, indices.getRank())))
    return failure();
  SmallVector<int64_t> indexed(map);
  llvm::append_range(indexed, batching);
  if (failed(verifyDims(op, "the indexed and batching dimensions", indexed, rank)))
    return failure();
  if (!llvm::is_sorted(windowDims))
    return op->emitOpError("the window's dimensions are not in order");
  int64_t vector = vectorDim == indices.getRank() ? 1 : indices.getDimSize(vectorDim);
  if (!mayBeEqual(vector, map.size()))
    return op->emitOpError("has index vectors of ") << vector << " numbers for " << map.size() << " dimensions";
  if (static_cast<int64_t>(windowDims.size() + absent.size()) != rank)
    return op->emitOpError("has ") << windowDims.size() << " dimensions in the window and " << absent.size()
                                   << " that are not, for an operand of rank " << rank;
  if (batching.size() != indicesBatching.size())
    return op->emitOpError("has ") << batching.size() << " batching dimensions of the operand and "
                                   << indicesBatching.size() << " of the indices";
  for (auto [dim, other] : llvm::zip_equal(batching, indicesBatching)) {
    if (other == vectorDim)
      return op->emitOpError("has the dimension of the index vectors as a batching dimension");
    if (!mayBeEqual(operand.getDimSize(dim), indices.getDimSize(other)))
      return op->emitOpError("has batching dimensions of sizes ")
             << operand.getDimSize(dim) << " and " << indices.getDimSize(other);
  }
  return success();
}

static LogicalResult verifyGather(Operation *op, Value operandValue, Value indicesValue,
                                  GatherDimensionNumbersAttr dims, std::optional<ArrayRef<int64_t>> sliceSizes) {
  auto operand = typeOf(operandValue), indices = typeOf(indicesValue), result = typeOf(op->getResult(0));
  if (failed(verifyIndexing(op, operand, indices, dims.getOffsetDims(), dims.getCollapsedSliceDims(),
                            dims.getOperandBatchingDims(), dims.getStartIndicesBatchingDims(), dims.getStartIndexMap(),
                            dims.getIndexVectorDim(), result.getRank())))
    return failure();
  SmallVector<int64_t> batch = batchShape(indices, dims.getIndexVectorDim());
  if (static_cast<int64_t>(batch.size() + dims.getOffsetDims().size()) != result.getRank())
    return op->emitOpError("has a result of rank ") << result.getRank() << " for " << batch.size() << " batch and "
                                                    << dims.getOffsetDims().size() << " offset dimensions";
  SmallVector<int64_t> window;
  for (int64_t dim = 0; dim < operand.getRank(); ++dim) {
    bool dropped =
        llvm::is_contained(dims.getCollapsedSliceDims(), dim) || llvm::is_contained(dims.getOperandBatchingDims(), dim);
    int64_t size = sliceSizes ? (*sliceSizes)[dim] : ShapedType::kDynamic;
    if (sliceSizes && (size < 0 || (!operand.isDynamicDim(dim) && size > operand.getDimSize(dim))))
      return op->emitOpError("takes ") << size << " of dimension " << dim << ", which has " << operand.getDimSize(dim);
    if (dropped && size > 1)
      return op->emitOpError("drops dimension ") << dim << " of a slice that has " << size << " of it";
    if (!dropped)
      window.push_back(size);
  }
  SmallVector<int64_t> shape;
  size_t nextWindow = 0, nextBatch = 0;
  for (int64_t dim = 0; dim < result.getRank(); ++dim)
    shape.push_back(llvm::is_contained(dims.getOffsetDims(), dim) ? window[nextWindow++] : batch[nextBatch++]);
  return verifyResult(op, 0, shape, operand.getElementType());
}

LogicalResult GatherOp::verify() {
  if (failed(verifyCount(*this, "slice_sizes", getSliceSizes().size(), typeOf(getOperand()).getRank())))
    return failure();
  return verifyGather(*this, getOperand(), getStartIndices(), getDimensionNumbers(), getSliceSizes());
}

LogicalResult DynamicGatherOp::verify() {
  int64_t count = typeOf(getSliceSizes()).getDimSize(0);
  if (!ShapedType::isDynamic(count) && failed(verifyCount(*this, "slice_sizes", count, typeOf(getOperand()).getRank())))
    return failure();
  return verifyGather(*this, getOperand(), getStartIndices(), getDimensionNumbers(), std::nullopt);
}

LogicalResult ScatterOp::verify() {
  if (getInputs().empty() || getInputs().size() != getNumResults())
    return emitOpError("has ") << getInputs().size() << " inputs and " << getNumResults() << " results";
  if (failed(verifySameShape(*this, "has inputs", getInputs())) ||
      failed(verifySameShape(*this, "has updates", getUpdates())))
    return failure();
  auto operand = typeOf(getInputs().front()), indices = typeOf(getScatterIndices()),
       update = typeOf(getUpdates().front());
  ScatterDimensionNumbersAttr dims = getScatterDimensionNumbers();
  if (failed(verifyIndexing(*this, operand, indices, dims.getUpdateWindowDims(), dims.getInsertedWindowDims(),
                            dims.getInputBatchingDims(), dims.getScatterIndicesBatchingDims(),
                            dims.getScatterDimsToOperandDims(), dims.getIndexVectorDim(), update.getRank())))
    return failure();
  SmallVector<int64_t> batch = batchShape(indices, dims.getIndexVectorDim());
  if (static_cast<int64_t>(batch.size() + dims.getUpdateWindowDims().size()) != update.getRank())
    return emitOpError("has updates of rank ") << update.getRank() << " for " << batch.size() << " batch and "
                                               << dims.getUpdateWindowDims().size() << " window dimensions";
  SmallVector<int64_t> window;
  for (int64_t dim = 0; dim < operand.getRank(); ++dim)
    if (!llvm::is_contained(dims.getInsertedWindowDims(), dim) && !llvm::is_contained(dims.getInputBatchingDims(), dim))
      window.push_back(operand.getDimSize(dim));
  size_t nextWindow = 0, nextBatch = 0;
  for (auto [dim, size] : llvm::enumerate(update.getShape())) {
    bool inWindow = llvm::is_contained(dims.getUpdateWindowDims(), static_cast<int64_t>(dim));
    int64_t most = inWindow ? window[nextWindow++] : batch[nextBatch++];
    if (!mayBeEqual(size, most) && (!inWindow || size > most))
      return emitOpError("has updates of type ") << update << ", whose dimension " << dim << " must have " << most;
  }
  for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(getInputs(), getUpdates()))) {
    auto [input, each] = pair;
    if (getElementTypeOrSelf(input) != getElementTypeOrSelf(each))
      return emitOpError("writes ") << each.getType() << " into " << input.getType();
    if (failed(verifyResult(*this, i, operand.getShape(), getElementTypeOrSelf(input))))
      return failure();
  }
  return verifyScalarRegion(*this, getUpdateComputation(), twice(getInputs()), elementTypes(getInputs()));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  auto lhs = typeOf(getLhs()), rhs = typeOf(getRhs());
  if (lhs.getRank() < 1 || lhs.getRank() > 2 || rhs.getRank() < 1 || rhs.getRank() > 2 ||
      !mayBeEqual(lhs.getShape().back(), rhs.getDimSize(0)))
    return emitOpError("does not multiply ") << lhs << " and " << rhs;
  SmallVector<int64_t> shape(lhs.getShape().drop_back());
  llvm::append_range(shape, rhs.getShape().drop_front());
  return verifyResult(*this, 0, shape);
}

LogicalResult DotGeneralOp::verify() {
  auto lhs = typeOf(getLhs()), rhs = typeOf(getRhs());
  DotDimensionNumbersAttr dims = getDotDimensionNumbers();
  ArrayRef<int64_t> lhsBatch = dims.getLhsBatchingDimensions(), rhsBatch = dims.getRhsBatchingDimensions();
  ArrayRef<int64_t> lhsSum = dims.getLhsContractingDimensions(), rhsSum = dims.getRhsContractingDimensions();
  if (lhsBatch.size() != rhsBatch.size() || lhsSum.size() != rhsSum.size())
    return emitOpError("has as many batching or contracting dimensions of one side as not of the other");
  SmallVector<int64_t> lhsUsed(lhsBatch), rhsUsed(rhsBatch);
  llvm::append_range(lhsUsed, lhsSum);
  llvm::append_range(rhsUsed, rhsSum);
  if (failed(verifyDims(*this, "the left side", lhsUsed, lhs.getRank())) ||
      failed(verifyDims(*this, "the right side", rhsUsed, rhs.getRank())))
    return failure();
  SmallVector<int64_t> shape;
  for (auto [number, pair] : llvm::enumerate(llvm::zip_equal(lhsUsed, rhsUsed))) {
    auto [a, b] = pair;
    int64_t left = lhs.getDimSize(a), right = rhs.getDimSize(b);
    bool isBatch = number < lhsBatch.size();
    if (!mayBeEqual(left, right))
      return emitOpError(isBatch ? "batching" : "contracting")
             << " dimensions have different sizes: " << left << " and " << right;
    if (isBatch)
      shape.push_back(ShapedType::isDynamic(left) ? right : left);
  }
  for (int64_t i = 0; i < lhs.getRank(); ++i)
    if (!llvm::is_contained(lhsUsed, i))
      shape.push_back(lhs.getDimSize(i));
  for (int64_t i = 0; i < rhs.getRank(); ++i)
    if (!llvm::is_contained(rhsUsed, i))
      shape.push_back(rhs.getDimSize(i));
  return verifyResult(*this, 0, shape);
}

//===----------------------------------------------------------------------===//
// Reductions and orders
//===----------------------------------------------------------------------===//

/// Checks inputs, their scalars to start with, and results in number and elements.
static LogicalResult verifyReduced(Operation *op, ValueRange inputs, ValueRange inits) {
  if (inputs.empty() || inputs.size() != op->getNumResults())
    return op->emitOpError("has ") << inputs.size() << " inputs and " << op->getNumResults() << " results";
  for (auto [input, init] : llvm::zip_equal(inputs, inits))
    if (typeOf(init).getRank() != 0)
      return op->emitOpError("starts with ") << init.getType() << ", which is no scalar";
    else if (getElementTypeOrSelf(init) != getElementTypeOrSelf(input))
      return op->emitOpError("starts with ") << init.getType() << " for " << input.getType();
  return verifySameShape(op, "has inputs", inputs);
}

LogicalResult ReduceOp::verify() {
  if (failed(verifyReduced(*this, getInputs(), getInitValues())))
    return failure();
  auto type = typeOf(getInputs().front());
  if (failed(verifyDims(*this, "dimensions", getDimensions(), type.getRank())))
    return failure();
  SmallVector<int64_t> shape;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (!llvm::is_contained(getDimensions(), static_cast<int64_t>(dim)))
      shape.push_back(size);
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (failed(verifyResult(*this, i, shape, getElementTypeOrSelf(input))))
      return failure();
  return verifyScalarRegion(*this, getBody(), twice(getInputs()), elementTypes(getInputs()));
}

LogicalResult ReduceWindowOp::verify() {
  if (failed(verifyReduced(*this, getInputs(), getInitValues())))
    return failure();
  auto type = typeOf(getInputs().front());
  int64_t rank = type.getRank();
  auto check = [&](StringRef what, std::optional<ArrayRef<int64_t>> numbers) -> LogicalResult {
    if (!numbers)
      return success();
    for (int64_t number : *numbers)
      if (number < 1)
        return emitOpError(what) << " has the number " << number;
    return verifyCount(*this, what, numbers->size(), rank);
  };
  if (failed(check("window_dimensions", getWindowDimensions())) ||
      failed(check("window_strides", getWindowStrides())) || failed(check("base_dilations", getBaseDilations())) ||
      failed(check("window_dilations", getWindowDilations())))
    return failure();
  if (getPadding() && getPadding()->getType().getShape() != ArrayRef<int64_t>{rank, 2})
    return emitOpError("padding is of type ") << getPadding()->getType() << " for " << rank << " dimensions";
  SmallVector<int64_t> shape(rank, ShapedType::kDynamic);
  for (int64_t i = 0; i < rank; ++i) {
    if (type.isDynamicDim(i))
      continue;
    auto at = [&](std::optional<ArrayRef<int64_t>> numbers) { return numbers ? (*numbers)[i] : 1; };
    int64_t low = 0, high = 0;
    if (getPadding()) {
      low = getPadding()->getValues<int64_t>()[i * 2];
      high = getPadding()->getValues<int64_t>()[i * 2 + 1];
    }
    int64_t window, padded;
    if (llvm::MulOverflow(getWindowDimensions()[i] - 1, at(getWindowDilations()), window) ||
        llvm::MulOverflow(std::max<int64_t>(type.getDimSize(i) - 1, 0), at(getBaseDilations()), padded) ||
        llvm::AddOverflow(padded, low, padded) || llvm::AddOverflow(padded, high, padded))
      return emitOpError("has windows along dimension ") << i << " beyond any size";
    padded += type.getDimSize(i) > 0;
    shape[i] = padded < window + 1 ? 0 : (padded - window - 1) / at(getWindowStrides()) + 1;
  }
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (failed(verifyResult(*this, i, shape, getElementTypeOrSelf(input))))
      return failure();
  return verifyScalarRegion(*this, getBody(), twice(getInputs()), elementTypes(getInputs()));
}

LogicalResult MapOp::verify() {
  if (getInputs().empty())
    return emitOpError("has no operand");
  if (failed(verifySameShape(*this, "has inputs", getInputs())))
    return failure();
  auto type = typeOf(getInputs().front());
  if (!llvm::equal(getDimensions(), llvm::seq<int64_t>(0, type.getRank())))
    return emitOpError("must run along all dimensions in order");
  return failure(failed(verifyResult(*this, 0, type.getShape())) ||
                 failed(verifyScalarRegion(*this, getComputation(), elementTypes(getInputs()),
                                           getElementTypeOrSelf(getResult()))));
}

LogicalResult SortOp::verify() {
  if (getInputs().empty() || getInputs().size() != getNumResults())
    return emitOpError("has ") << getInputs().size() << " inputs and " << getNumResults() << " results";
  if (failed(verifySameShape(*this, "has inputs", getInputs())))
    return failure();
  auto type = typeOf(getInputs().front());
  int64_t dim = getDimension(), rank = type.getRank();
  if (dim < -rank || dim >= rank)
    return emitOpError("sorts along dimension ") << dim << " of a tensor of rank " << rank;
  SmallVector<Type> arguments;
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    arguments.append(2, getElementTypeOrSelf(input));
    if (failed(verifyResult(*this, i, type.getShape(), getElementTypeOrSelf(input))))
      return failure();
  }
  return verifyScalarRegion(*this, getComparator(), arguments, IntegerType::get(getContext(), 1));
}
