//===- Quantize.h - Quantised numbers --------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_QUANTIZE_H
#define HADAL_IMPORT_ONNX_QUANTIZE_H

#include "Elementwise.h"

namespace hadal::onnx {

/// A scale or zero point as it broadcasts to `x`: one for all, one for each index of `axis`, or one for each `block`
/// (not 0) of them.
mlir::FailureOr<Tensor *> spreadParameter(NodeContext &c, Tensor &parameter, Tensor &x, int64_t axis, int64_t block);

/// The integers of `bits` bits (8, 4 or 2) that the bytes along the last dimension hold, from the low bits on.
Tensor &emitUnpack(NodeContext &c, Tensor &bytes, int64_t bits);

/// Weights in integers of `bits` bits along the last dimension, in blocks of `block` with a scale each:
/// (q − zero) · scale, where a missing zero point is half of the range. `zeros` is packed like `q`, or of the scales'
/// type; the last dimension of the result is `size`.
mlir::FailureOr<Tensor *> emitBlockDequantize(NodeContext &c, Tensor &q, Tensor &scales, Tensor *zeros, int64_t bits,
                                              int64_t block, const SizeExpr &size);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_QUANTIZE_H
