//===- ResultSizes.h - Sizes of results from those of operands --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An operation describes the sizes of its results once:
//
//   void CombineOp::describeResults(ResultSizes &sizes) {
//     sizes.set(getResult(), {sizes.of(getWeights(), 0), sizes.of(getY(), 1)});
//   }
//
// and verification, reification and shape inference follow from it.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_RESULTSIZES_H
#define HADAL_DIALECTS_HADAL_IR_RESULTSIZES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

namespace hadal {

class ResultSizes {
public:
  /// A constant or, while reifying, a value; null where it is not known.
  using Size = mlir::OpFoldResult;

  /// With a builder, dynamic sizes become values (for reification); without, they are unknown.
  explicit ResultSizes(mlir::Operation *op, mlir::OpBuilder *builder = nullptr) : op(op), builder(builder) {}

  /// The size of a dimension of a tensor, counted from the end if negative; all its sizes.
  Size of(mlir::Value tensor, int64_t dim);
  llvm::SmallVector<Size> of(mlir::Value tensor);
  /// A number; the value of an operand of type index.
  Size constant(int64_t value) const;
  Size value(mlir::Value index);

  Size sum(Size a, Size b);
  Size difference(Size a, Size b);
  Size product(Size a, Size b);
  /// a / b rounded down or up, for b > 0; −1 / b is −1 rounded down.
  Size floorDiv(Size a, int64_t b);
  Size ceilDiv(Size a, int64_t b);
  /// The larger of a and b.
  Size max(Size a, Size b);

  /// Says what sizes `result` has; nothing for a result that is not there.
  void set(mlir::Value result, llvm::ArrayRef<Size> sizes);

  /// What was said, in the order of `set`.
  llvm::ArrayRef<std::pair<mlir::Value, llvm::SmallVector<Size>>> results() const { return described; }

private:
  Size combine(mlir::AffineExpr expr, Size a, Size b);

  mlir::Operation *op;
  mlir::OpBuilder *builder;
  llvm::SmallVector<std::pair<mlir::Value, llvm::SmallVector<Size>>, 2> described;
};

namespace detail {
/// Whether the results have the sizes that the operation describes, where both are static; reports the first that has
/// not.
mlir::LogicalResult verifyResults(mlir::Operation *op);
/// `reifyResultShapes` of every operation.
mlir::LogicalResult reifyResults(mlir::Operation *op, mlir::OpBuilder &builder,
                                 mlir::ReifiedRankedShapedTypeDims &shapes);
/// The bytes of all operands and results; none if one has a dynamic size.
std::optional<int64_t> bytesOf(mlir::Operation *op);
} // namespace detail

} // namespace hadal

#endif // HADAL_DIALECTS_HADAL_IR_RESULTSIZES_H
