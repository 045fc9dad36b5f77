//===- MatMul.h - Products of matrices -------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_MATMUL_H
#define HADAL_IMPORT_ONNX_MATMUL_H

#include "Emit.h"

namespace hadal::onnx {

/// Product of two tensors of rank 2 or more, the leading dimensions batches
/// that broadcast: linalg.matmul if `b` has rank 2, else a linalg.generic.
mlir::FailureOr<Tensor *> emitMatMul(NodeContext &c, Tensor &a, Tensor &b);

/// The sum of products that `equation` names, as ONNX Einsum writes it.
mlir::FailureOr<Tensor *> emitEinsum(NodeContext &c, llvm::StringRef equation, llvm::ArrayRef<Tensor *> operands);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_MATMUL_H
