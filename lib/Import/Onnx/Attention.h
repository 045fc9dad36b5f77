//===- Attention.h - Attention ---------------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_ATTENTION_H
#define HADAL_IMPORT_ONNX_ATTENTION_H

#include "Elementwise.h"

namespace hadal::onnx {

/// Attention over [batch, heads, length, size] tensors.
struct AttentionForm {
  Tensor *q, *k, *v;
  Tensor *mask = nullptr; // boolean or float, of rank 4
  double scale;
  double softcap = 0; // 0: none
  /// Query s sees keys up to its position: s + offset (of its batch entry), or, if none is given, aligned so that the
  /// last query stands at the last valid key. With a window, only that many keys, the own one included.
  bool causal = false;
  std::optional<int64_t> window = {};
  std::optional<SizeExpr> offset = {};
  Tensor *offsets = nullptr; // [batch]
  Tensor *lengths = nullptr; // how many keys are valid, [batch]
  Tensor *sink = nullptr;    // [query heads]
};

/// Whether the operands fit each other; an error if not.
mlir::LogicalResult checkAttention(NodeContext &c, const AttentionForm &form);
/// The result, [batch, query heads, length, value size].
mlir::FailureOr<Tensor *> emitAttention(NodeContext &c, const AttentionForm &form);

/// The scores at each step of attention, and the result.
struct AttentionParts {
  Tensor *products, *capped, *masked, *weights, *result;
};
/// The same in single operations; only of mask and cap.
mlir::FailureOr<AttentionParts> emitAttentionParts(NodeContext &c, const AttentionForm &form);

/// [batch, length, heads·size] as [batch, heads, length, size]; what has rank 4 stays as it is.
mlir::FailureOr<Tensor *> splitHeads(NodeContext &c, Tensor &x, int64_t heads);
/// [batch, heads, length, size] as [batch, length, heads·size].
Tensor &mergeHeads(NodeContext &c, Tensor &x);
/// past ‖ x along the positions.
mlir::FailureOr<Tensor *> appendTo(NodeContext &c, Tensor &past, Tensor &x);
/// What both masks show: a boolean and, or a float mask with −inf where `visible` is false.
mlir::FailureOr<Tensor *> mergeMasks(NodeContext &c, Tensor &mask, Tensor &visible);
/// A bias of rank 4 that is added to the scores, each dimension of it 1 or theirs.
mlir::FailureOr<Tensor *> readBias(NodeContext &c, Tensor &bias, const AttentionForm &form);

/// The first `rotated` elements of each head turned by angles [batch or 1, length, rotated/2].
Tensor &emitRotation(NodeContext &c, Tensor &x, Tensor &cos, Tensor &sin, int64_t rotated, bool interleaved);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_ATTENTION_H
