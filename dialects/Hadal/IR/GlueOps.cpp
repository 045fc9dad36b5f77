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

LogicalResult GatherOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> data = tensor::getMixedSizes(builder, getLoc(), getData());
  SmallVector<OpFoldResult> sizes(data.begin(), data.begin() + getAxis());
  llvm::append_range(sizes, tensor::getMixedSizes(builder, getLoc(), getIndices()));
  sizes.append(data.begin() + getAxis() + 1, data.end());
  addShape(builder, getResult(), sizes, shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// GatherNDOp
//===----------------------------------------------------------------------===//

LogicalResult GatherNDOp::verify() {
  int64_t batch = getBatchDims(), rank = rankOf(getIndices());
  if (batch < 0 || batch >= rank || ShapedType::isDynamic(sizeOf(getIndices(), -1)) ||
      batch + sizeOf(getIndices(), -1) > rankOf(getData()))
    return emitOpError("takes indices with a static tuple size, which with batch_dims fits data's rank"); // C1
  SmallVector<int64_t> expected(shapeOf(getIndices()).drop_back());
  llvm::append_range(expected, shapeOf(getData()).drop_front(batch + sizeOf(getIndices(), -1)));
  if (!agree(shapeOf(getResult()), expected) || !sameElement({getData(), getResult()}) ||
      !agree(shapeOf(getIndices()).take_front(batch), shapeOf(getData()).take_front(batch)))
    return emitOpError("gives ") << shapeText(expected) << " of data's element type, not "
                                 << getResult().getType(); // C2
  return success();
}

LogicalResult GatherNDOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, getLoc(), getIndices());
  SmallVector<OpFoldResult> data = tensor::getMixedSizes(builder, getLoc(), getData());
  sizes.pop_back();
  sizes.append(data.begin() + getBatchDims() + sizeOf(getIndices(), -1), data.end());
  addShape(builder, getResult(), sizes, shapes);
  return success();
}

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

LogicalResult GatherElementsOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getIndices()), shapes);
  return success();
}

LogicalResult ScatterElementsOp::verify() {
  int64_t axis = getAxis(), rank = rankOf(getData());
  if (rankOf(getIndices()) != rank || rankOf(getUpdates()) != rank || axis < 0 || axis >= rank)
    return emitOpError("takes data, indices and updates of one rank, and an axis within it"); // C1
  if (!agree(shapeOf(getIndices()), shapeOf(getUpdates())) || !sameElement({getData(), getUpdates()}) ||
      getResult().getType() != getData().getType())
    return emitOpError("takes updates of indices' shape and data's element type, and gives data's type"); // C2
  return success();
}

LogicalResult ScatterElementsOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getData()), shapes);
  return success();
}

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

LogicalResult ScatterNDOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getData()), shapes);
  return success();
}

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

LogicalResult TopKOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, getLoc(), getX());
  sizes.back() = getK();
  addShape(builder, getValues(), sizes, shapes);
  addShape(builder, getIndices(), sizes, shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// CumSumOp
//===----------------------------------------------------------------------===//

LogicalResult CumSumOp::verify() {
  if (static_cast<int64_t>(getAxis()) < 0 || static_cast<int64_t>(getAxis()) >= rankOf(getX()))
    return emitOpError("axis ") << getAxis() << " is outside rank " << rankOf(getX()); // C1
  return success();
}

LogicalResult CumSumOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  addShape(builder, getResult(), tensor::getMixedSizes(builder, getLoc(), getX()), shapes);
  return success();
}
