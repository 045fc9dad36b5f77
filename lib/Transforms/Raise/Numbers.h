//===- Numbers.h - The elements of constants -------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_NUMBERS_H
#define HADAL_LIB_TRANSFORMS_RAISE_NUMBERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace hadal::raise {

/// The elements of a constant tensor, whether they stand in the attribute or in a resource beside the module.
class Numbers {
public:
  /// Nothing if `tensor` is no constant of floats of at most 64 bits or integers.
  static std::optional<Numbers> of(mlir::Value tensor);

  mlir::RankedTensorType getType() const { return type; }
  int64_t size() const { return type.getNumElements(); }
  /// Element i of the row-major order.
  double at(int64_t i) const;
  /// Whether all elements have the same bits.
  bool isSplat() const;

private:
  mlir::RankedTensorType type;
  llvm::ArrayRef<char> data;
  unsigned width = 0; // bytes of an element; 0: bits
  bool isOne = false; // one element stands for all
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_NUMBERS_H
