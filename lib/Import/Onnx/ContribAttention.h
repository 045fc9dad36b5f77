//===- ContribAttention.h - What attentions of com.microsoft share -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_CONTRIBATTENTION_H
#define HADAL_IMPORT_ONNX_CONTRIBATTENTION_H

#include "Attention.h"

namespace hadal::onnx {

/// Queries, keys and values [batch, heads, length, size], new ones.
struct Heads {
  Tensor *q, *k, *v;
};

/// The position along a loop as int64.
mlir::Value positionOf(mlir::OpBuilder &b, mlir::Location loc, int64_t dim);
/// 1/sqrt(head size) unless the attribute gives another.
mlir::FailureOr<double> readScale(NodeContext &c, const SizeExpr &headSize);
/// Queries, or all three behind each other in the last dimension.
mlir::FailureOr<Heads> readHeads(NodeContext &c, int64_t heads, int64_t shared);
/// For each sequence the position of its first new token, from how many tokens it has with the new ones: [batch].
Tensor &emitStarts(NodeContext &c, Tensor &ends, const SizeExpr &length);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_CONTRIBATTENTION_H
