//===- Constants.h - What the elements of a constant say --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_CONSTANTS_H
#define HADAL_LIB_TRANSFORMS_RAISE_CONSTANTS_H

#include "Elements.h"

namespace hadal::raise {

/// The numbers of a constant tensor, wherever they are kept.
class ConstantNumbers {
public:
  static std::optional<ConstantNumbers> get(mlir::Value tensor);

  mlir::ShapedType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  bool isSplat() const { return splat; }
  /// The integer at a position of the tensor in row-major order; booleans are 0 and 1.
  int64_t integer(int64_t position) const;
  double number(int64_t position) const;

private:
  mlir::ShapedType type;
  mlir::DenseElementsAttr dense;
  llvm::ArrayRef<char> bytes; // where it is not dense
  bool splat = false;
};

/// An element of a constant at an index that is made of variables.
class ConstantElement {
public:
  static std::optional<ConstantElement> get(Atoms &atoms, mlir::Value tensor, const Indices &index);

  /// The element as a polynomial: affine in each variable, or ⌊(x + c) / n⌋ of one.
  std::optional<Poly> affine(Atoms &atoms) const;
  /// When `test` holds for the element, if that is between two parallel lines of the index. The test must know of all
  /// elements in question.
  std::optional<Condition> truth(Atoms &atoms, llvm::function_ref<std::optional<bool>(double)> test) const;
  /// The element where the variables have these values; nothing where that is outside of the constant.
  std::optional<int64_t> at(Atoms &atoms, llvm::ArrayRef<int64_t> values) const;

  llvm::ArrayRef<unsigned> getVariables() const { return variables; }

private:
  std::optional<Poly> steps(Atoms &atoms) const;

  ConstantNumbers numbers;
  Indices index;
  llvm::SmallVector<int64_t> strides;
  llvm::SmallVector<unsigned> variables;
  llvm::SmallVector<int64_t> extents;
  int64_t points = 1;
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_CONSTANTS_H
