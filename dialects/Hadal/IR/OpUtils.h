//===- OpUtils.h - What verifiers and shapes of hadal ops share -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_OPUTILS_H
#define HADAL_DIALECTS_HADAL_IR_OPUTILS_H

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal::detail {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

inline int64_t rankOf(mlir::Value value) { return tensorType(value).getRank(); }
inline mlir::Type elementOf(mlir::Value value) { return tensorType(value).getElementType(); }

/// The size of a dimension, counted from the end if negative; kDynamic where it is not known.
inline int64_t sizeOf(mlir::Value value, int64_t dim) {
  return tensorType(value).getDimSize(dim < 0 ? dim + rankOf(value) : dim);
}

/// Whether two sizes may be equal: a dynamic one agrees with anything.
inline bool agree(int64_t a, int64_t b) {
  return a == b || mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b);
}

inline bool agree(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  return a.size() == b.size() &&
         llvm::all_of(llvm::zip(a, b), [](auto pair) { return agree(std::get<0>(pair), std::get<1>(pair)); });
}

/// a · b and a + b, dynamic if either is.
inline int64_t product(int64_t a, int64_t b) {
  return mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b) ? mlir::ShapedType::kDynamic : a * b;
}
inline int64_t sum(int64_t a, int64_t b) {
  return mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b) ? mlir::ShapedType::kDynamic : a + b;
}

inline bool sameElement(mlir::ValueRange values) {
  return llvm::all_of(values, [&](mlir::Value value) { return elementOf(value) == elementOf(values.front()); });
}

/// Prints a shape as in a type: 2x?x64.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Appends the sizes of `result` to `shapes`: its type's where that is static, else those given.
void addShape(mlir::OpBuilder &builder, mlir::Value result, llvm::ArrayRef<mlir::OpFoldResult> sizes,
              mlir::ReifiedRankedShapedTypeDims &shapes);

mlir::OpFoldResult mixedSize(mlir::OpBuilder &builder, mlir::Value tensor, int64_t dim);
mlir::OpFoldResult mixedSum(mlir::OpBuilder &builder, mlir::Location loc, mlir::OpFoldResult a, mlir::OpFoldResult b);
mlir::OpFoldResult mixedProduct(mlir::OpBuilder &builder, mlir::Location loc, mlir::OpFoldResult a,
                                mlir::OpFoldResult b);

} // namespace hadal::detail

#endif // HADAL_DIALECTS_HADAL_IR_OPUTILS_H
