//===- Index.h - Elements by index -----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_INDEX_H
#define HADAL_IMPORT_ONNX_INDEX_H

#include "Emit.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal::onnx {

Tensor &emitGatherElements(NodeContext &c, Tensor &data, Tensor &indices, int64_t axis);
Tensor &emitScatterElements(NodeContext &c, Tensor &data, Tensor &indices, Tensor &updates, int64_t axis,
                            hadal::ScatterReduction reduction);
/// Values and indices of the k largest or smallest along the last dimension.
std::pair<Tensor *, Tensor *> emitTopK(NodeContext &c, Tensor &x, const SizeExpr &k, bool largest);
/// Where the extreme along `axis` stands: the first of equal ones, or the last.
Tensor &emitArgExtreme(NodeContext &c, Tensor &input, int64_t axis, bool largest, bool last);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_INDEX_H
