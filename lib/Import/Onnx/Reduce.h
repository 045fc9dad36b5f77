//===- Reduce.h - Reductions, for the families that need them --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_REDUCE_H
#define HADAL_IMPORT_ONNX_REDUCE_H

#include "Elementwise.h"

namespace hadal::onnx {

enum class Reduction { Sum, Product, Max, Min };

/// One linalg.reduce over the dimensions that are `reduced`; with `keepDims`
/// they remain as 1.
Tensor &emitReduce(NodeContext &c, Tensor &input, Reduction kind, llvm::ArrayRef<bool> reduced, bool keepDims);
/// The sum divided by the number of elements.
Tensor &emitMean(NodeContext &c, Tensor &input, llvm::ArrayRef<bool> reduced, bool keepDims);

Tensor &emitSoftmax(NodeContext &c, Tensor &x, int64_t axis);
Tensor &emitLogSoftmax(NodeContext &c, Tensor &x, int64_t axis);

/// Element-wise operations whose operands and result have one type.
Tensor &emitUnary(NodeContext &c, Tensor &input, ElementBody body);
Tensor &emitBinary(NodeContext &c, Tensor &a, Tensor &b, llvm::ArrayRef<SizeExpr> dims, ElementBody body);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_REDUCE_H
