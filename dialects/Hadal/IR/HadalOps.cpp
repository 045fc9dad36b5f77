//===- HadalOps.cpp - What verifiers and shapes of hadal ops share --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

std::string hadal::detail::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      shape, stream, [&](int64_t size) { ShapedType::isDynamic(size) ? stream << '?' : stream << size; }, "x");
  return '[' + text + ']';
}

bool hadal::detail::hasRequiredOperands(Operation &op, int64_t count, int64_t other) {
  auto sizes = dyn_cast_or_null<DenseI32ArrayAttr>(op.getInherentAttr("operandSegmentSizes").value_or(Attribute()));
  return sizes && sizes.size() > std::max(count - 1, other) &&
         llvm::all_of(sizes.asArrayRef().take_front(count), [](int32_t size) { return size == 1; }) &&
         (other < 0 || sizes[other] == 1);
}

bool hadal::detail::broadcasts(Value mask, ArrayRef<int64_t> shape) {
  return llvm::all_of(llvm::zip(tensorType(mask).getShape(), shape), [](auto pair) {
    auto [size, full] = pair;
    return size == 1 || agree(size, full);
  });
}

LogicalResult hadal::detail::verifyVisibility(Operation *op, int64_t batch) {
  auto visibility = cast<VisibilityOpInterface>(op);
  for (Value perEntry : {visibility.getQueryLengths(), visibility.getKeyLengths(), visibility.getQueryOffsets()})
    if (perEntry && (rankOf(perEntry) != 1 || !agree(sizeOf(perEntry, 0), batch)))
      return op->emitOpError("lengths and offsets must be ") << shapeText(batch) << ", not " << perEntry.getType();
  if (visibility.getQueryOffsets() && visibility.getQueryOffset())
    return op->emitOpError("has an offset of all batch entries and offsets of each; give one");
  if (std::optional<int64_t> window = visibility.getWindowSize(); window && (*window < 1 || !visibility.isCausal()))
    return op->emitOpError("a window counts at least 1 key, and needs causal");
  return success();
}

bool hadal::detail::areAngles(Value cos, Value sin, int64_t batch, int64_t length, int64_t rotated) {
  ArrayRef<int64_t> shape = tensorType(cos).getShape();
  int64_t half = ShapedType::isDynamic(rotated) ? rotated : rotated / 2;
  return cos.getType() == sin.getType() && (shape[0] == 1 || agree(shape[0], batch)) && agree(shape[1], length) &&
         agree(shape[2], half);
}

std::optional<int64_t> hadal::detail::countOf(ArrayRef<int64_t> sizes, int64_t factor) {
  for (int64_t size : sizes)
    factor = product(factor, size);
  return ShapedType::isDynamic(factor) ? std::nullopt : std::optional<int64_t>(factor);
}

OpFoldResult hadal::detail::mixedSize(OpBuilder &builder, Value tensor, int64_t dim) {
  return tensor::getMixedSize(builder, tensor.getLoc(), tensor, dim < 0 ? dim + rankOf(tensor) : dim);
}

#include "dialects/Hadal/IR/HadalInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Hadal/IR/HadalOps.cpp.inc"
