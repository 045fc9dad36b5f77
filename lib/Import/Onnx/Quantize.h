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

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_QUANTIZE_H
