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

bool hadal::detail::broadcasts(Value mask, ArrayRef<int64_t> shape) {
  return llvm::all_of(llvm::zip(tensorType(mask).getShape(), shape), [](auto pair) {
    auto [size, full] = pair;
    return size == 1 || agree(size, full);
  });
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
