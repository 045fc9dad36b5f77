//===- Elementwise.h - What the element-wise families share ----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_ELEMENTWISE_H
#define HADAL_IMPORT_ONNX_ELEMENTWISE_H

#include "Emit.h"
#include "Tensors.h"

namespace hadal::onnx {

/// Where the body of an element-wise operation is built, and for which type.
struct Element {
  mlir::OpBuilder &b;
  mlir::Location loc;
  DType type; // of the operands

  /// A constant of the element's type; of integers the nearest there is in 64 bits.
  mlir::Value constant(double value) const;
  /// A constant of a type of integers, also of numbers that doubles do not have.
  mlir::Value integer(int64_t value) const;
  template <typename Op> mlir::Value make(mlir::ValueRange operands) const {
    return Op::create(b, loc, mlir::TypeRange{operands.front().getType()}, operands);
  }
};

using ElementBody = std::function<mlir::Value(Element, mlir::ValueRange)>;
/// The same function on elements of shape tensors, where it can be followed.
using FoldFn = std::function<std::optional<SizeExpr>(Sizes &, llvm::ArrayRef<SizeExpr>)>;

/// Sets of element types. Stored ones are those without arithmetic: floats and integers of less than a byte, float8.
enum : unsigned { kFloats = 1, kInts = 2, kBools = 4, kStored = 8 };
bool supports(unsigned types, DType type);
/// Requires that the operands have one element type, out of `types`.
mlir::LogicalResult requireTypes(NodeContext &c, llvm::ArrayRef<Tensor *> operands, unsigned types);

/// The elements of the result if all operands are shape tensors.
std::optional<Dims> foldElements(NodeContext &c, llvm::ArrayRef<Tensor *> operands, llvm::ArrayRef<SizeExpr> dims,
                                 FoldFn fold);

/// Output 0 = body(operands), which broadcast; `body` sees the last operand's type.
mlir::LogicalResult importElementwise(NodeContext &c, llvm::ArrayRef<Tensor *> operands, DType type, ElementBody body,
                                      FoldFn fold = nullptr);

/// A scalar of type `from` as `to`, as Cast converts.
mlir::Value emitConvert(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, DType from, DType to);

/// `value` of type `from` within the range of the narrow float `to`.
mlir::Value emitSaturate(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, DType from, DType to);

/// `tensor` as `type`, as Cast converts.
Tensor &emitCast(NodeContext &c, Tensor &tensor, DType type);

/// An entry for an operator of `arity` operands of one type.
void onElementwise(OpTable &table, llvm::StringRef op, OpsetRange opsets, int arity, unsigned types, ElementBody body,
                   FoldFn fold = nullptr, std::optional<DType> resultType = std::nullopt);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_ELEMENTWISE_H
