//===- Roots.h - Which values stand in memory -------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_ROOTS_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_ROOTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>
#include <string>

namespace hadal {

/// A value that stands in memory and so gets a program, or one part of a
/// concatenation that does (each part gets one).
struct Root {
  mlir::Value value;
  int64_t part = -1;
  std::string reason;
};

/// What an operation is to kernel formation.
enum class OpKind {
  Host,    // constants, empties, index arithmetic: no program
  View,    // moves elements, computes nothing
  Cheap,   // arithmetic on single elements
  Anchor,  // shapes the program that computes it: products, attention, whole rows
  Special, // a program of its own
  Unknown  // no kernel
};
OpKind kindOf(mlir::Operation *op);
/// Whether the body of a linalg op takes elements of tensors by index (tensor.extract).
bool extractsElements(mlir::Operation *op);

/// How a dimension of an operand is one of the result: −1 if it is none.
/// Nothing if the operand is not read element by element in that way.
std::optional<llvm::SmallVector<int64_t>> dimsInResult(mlir::OpOperand &use);

/// The operation below `value`, in the same program, that shapes that program,
/// and which dimension of `value` each dimension of its result is.
struct Anchor {
  mlir::Operation *op = nullptr;
  llvm::SmallVector<int64_t> dims;
};
Anchor findAnchor(mlir::Value value);

/// The values of a function that get programs, in program order. The choice:
/// results; operands that must stand in memory; what several programs read and
/// is not cheap to make again; products and rows that are not read element by
/// element, or not by one program that they can shape.
llvm::SmallVector<Root> chooseRoots(mlir::func::FuncOp function);

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_ROOTS_H
