//===- GlueOps.cpp - Verification and shapes of glue ops ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

static ArrayRef<int64_t> shapeOf(Value value) { return tensorType(value).getShape(); }

//===----------------------------------------------------------------------===//
// GatherOp
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::verify() {
  int64_t axis = getAxis();
  if (axis < 0 || axis >= rankOf(getData()))
    return emitOpError("axis ") << axis << " is outside rank " << rankOf(getData()); // C1
  SmallVector<int64_t> expected(shapeOf(getData()).take_front(axis));
  llvm::append_range(expected, shapeOf(getIndices()));
  llvm::append_range(expected, shapeOf(getData()).drop_front(axis + 1));
  if (!agree(shapeOf(getResult()), expected) || !sameElement({getData(), getResult()}))
    return emitOpError("gives ") << shapeText(expected) << " of data's element type, not "
                                 << getResult().getType(); // C2
  return success();
}

void GatherOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> data = sizes.of(getData()), shape(data.begin(), data.begin() + getAxis());
  llvm::append_range(shape, sizes.of(getIndices()));
  shape.append(data.begin() + getAxis() + 1, data.end());
  sizes.set(getResult(), shape);
}

std::optional<int64_t> GatherOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// GatherNDOp
//===----------------------------------------------------------------------===//

LogicalResult GatherNDOp::verify() {
  int64_t batch = getBatchDims(), rank = rankOf(getIndices());
  if (batch < 0 || batch >= rank || ShapedType::isDynamic(sizeOf(getIndices(), -1)) ||
      sizeOf(getIndices(), -1) > rankOf(getData()) - batch)
    return emitOpError("takes indices with a static tuple size, which with batch_dims fits data's rank"); // C1
  SmallVector<int64_t> expected(shapeOf(getIndices()).drop_back());
  llvm::append_range(expected, shapeOf(getData()).drop_front(batch + sizeOf(getIndices(), -1)));
  if (!agree(shapeOf(getResult()), expected) || !sameElement({getData(), getResult()}) ||
      !agree(shapeOf(getIndices()).take_front(batch), shapeOf(getData()).take_front(batch)))
    return emitOpError("gives ") << shapeText(expected) << " of data's element type, not "
                                 << getResult().getType(); // C2
  return success();
}

void GatherNDOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getIndices()), data = sizes.of(getData());
  shape.pop_back();
  shape.append(data.begin() + getBatchDims() + sizeOf(getIndices(), -1), data.end());
  sizes.set(getResult(), shape);
}

std::optional<int64_t> GatherNDOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// GatherElementsOp, ScatterElementsOp
//===----------------------------------------------------------------------===//

LogicalResult GatherElementsOp::verify() {
  int64_t axis = getAxis(), rank = rankOf(getData());
  if (rankOf(getIndices()) != rank || axis < 0 || axis >= rank)
    return emitOpError("takes data and indices of one rank, and an axis within it"); // C1
  if (!agree(shapeOf(getResult()), shapeOf(getIndices())) || !sameElement({getData(), getResult()}))
    return emitOpError("gives indices' shape and data's element type, not ") << getResult().getType(); // C2
  return success();
}

void GatherElementsOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getIndices())); }

std::optional<int64_t> GatherElementsOp::getFlops() { return 0; }

LogicalResult ScatterElementsOp::verify() {
  int64_t axis = getAxis(), rank = rankOf(getData());
  if (rankOf(getIndices()) != rank || rankOf(getUpdates()) != rank || axis < 0 || axis >= rank)
    return emitOpError("takes data, indices and updates of one rank, and an axis within it"); // C1
  if (!agree(shapeOf(getIndices()), shapeOf(getUpdates())) || !sameElement({getData(), getUpdates()}) ||
      getResult().getType() != getData().getType())
    return emitOpError("takes updates of indices' shape and data's element type, and gives data's type"); // C2
  return success();
}

void ScatterElementsOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getData())); }

std::optional<int64_t> ScatterElementsOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// ScatterNDOp
//===----------------------------------------------------------------------===//

LogicalResult ScatterNDOp::verify() {
  if (rankOf(getIndices()) < 1 || ShapedType::isDynamic(sizeOf(getIndices(), -1)) ||
      sizeOf(getIndices(), -1) > rankOf(getData()))
    return emitOpError("takes indices with a static tuple size of at most data's rank"); // C1
  SmallVector<int64_t> expected(shapeOf(getIndices()).drop_back());
  llvm::append_range(expected, shapeOf(getData()).drop_front(sizeOf(getIndices(), -1)));
  if (!agree(shapeOf(getUpdates()), expected))
    return emitOpError("takes updates ") << shapeText(expected) << ", not " << getUpdates().getType(); // C2
  if (!sameElement({getData(), getUpdates(), getResult()}) || !agree(shapeOf(getData()), shapeOf(getResult())))
    return emitOpError("updates and result must have data's element type, the result its shape"); // C3
  return success();
}

void ScatterNDOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getData())); }

std::optional<int64_t> ScatterNDOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// TopKOp
//===----------------------------------------------------------------------===//

LogicalResult TopKOp::verify() {
  APInt constant;
  bool known = matchPattern(getK(), m_ConstantInt(&constant));
  int64_t k = known ? constant.getSExtValue() : ShapedType::kDynamic;
  if (rankOf(getX()) < 1)
    return emitOpError("takes a tensor of rank 1 or more"); // C1
  int64_t size = sizeOf(getX(), -1);
  if (known && (k < 0 || (!ShapedType::isDynamic(size) && k > size)))
    return emitOpError("k = ") << k << " is not between 0 and the last dimension, " << size; // C1
  SmallVector<int64_t> expected(shapeOf(getX()));
  expected.back() = k;
  if (!agree(shapeOf(getValues()), expected) || !agree(shapeOf(getIndices()), expected) ||
      !sameElement({getX(), getValues()}))
    return emitOpError("gives ") << shapeText(expected) << " twice, values of x's element type"; // C2
  return success();
}

void TopKOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getX());
  shape.back() = sizes.value(getK());
  sizes.set(getValues(), shape);
  sizes.set(getIndices(), shape);
}

std::optional<int64_t> TopKOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// NonZeroOp
//===----------------------------------------------------------------------===//

LogicalResult NonZeroOp::verify() {
  APInt constant;
  bool known = matchPattern(getCount(), m_ConstantInt(&constant));
  int64_t count = known ? constant.getSExtValue() : ShapedType::kDynamic;
  if (rankOf(getX()) < 1)
    return emitOpError("takes a tensor of rank 1 or more"); // C1
  bool isStatic = tensorType(getX()).hasStaticShape();
  if (known && (count < 0 || (isStatic && count > tensorType(getX()).getNumElements())))
    return emitOpError("count = ") << count << " is not between 0 and the number of elements"; // C1
  if (!agree(shapeOf(getResult()), {rankOf(getX()), count}))
    return emitOpError("gives ") << shapeText({rankOf(getX()), count}) << ", not " << getResult().getType(); // C2
  return success();
}

void NonZeroOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.constant(rankOf(getX())), sizes.value(getCount())});
}

std::optional<int64_t> NonZeroOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// CumSumOp
//===----------------------------------------------------------------------===//

LogicalResult CumSumOp::verify() {
  if (static_cast<int64_t>(getAxis()) < 0 || static_cast<int64_t>(getAxis()) >= rankOf(getX()))
    return emitOpError("axis ") << getAxis() << " is outside rank " << rankOf(getX()); // C1
  return success();
}

void CumSumOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> CumSumOp::getFlops() { return countOf(tensorType(getX()).getShape()); }
