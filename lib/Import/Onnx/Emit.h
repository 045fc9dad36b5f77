//===- Emit.h - The forms of operations that the importer makes -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The canonical forms of the graph level (docs/import.md): passes match these.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_EMIT_H
#define HADAL_IMPORT_ONNX_EMIT_H

#include "Importer.h"

namespace hadal::onnx {

/// Sizes as a type states them: kDynamic where they are not constant.
llvm::SmallVector<int64_t> staticSizes(llvm::ArrayRef<SizeExpr> dims);
SizeExpr product(llvm::ArrayRef<SizeExpr> dims);

/// Makes the result element of an element-wise operation; runs in its region.
using ScalarBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// The shape that `tensors` broadcast to.
mlir::FailureOr<Dims> broadcast(NodeContext &c, llvm::ArrayRef<Tensor *> tensors);

mlir::Value emitEmpty(NodeContext &c, DType type, llvm::ArrayRef<SizeExpr> dims);
mlir::Value emitScalar(NodeContext &c, DType type, double value);
/// A tensor of `dims` full of `value`.
mlir::Value emitFill(NodeContext &c, DType type, llvm::ArrayRef<SizeExpr> dims, double value);
/// One linalg.generic over `dims`, to which every input broadcasts.
Tensor &emitElementwise(NodeContext &c, DType type, llvm::ArrayRef<SizeExpr> dims, llvm::ArrayRef<Tensor *> inputs,
                        ScalarBody body);
/// `tensor` broadcast to `dims`; itself if it has them.
Tensor &emitExpand(NodeContext &c, Tensor &tensor, llvm::ArrayRef<SizeExpr> dims);
/// `tensor` in another shape of as many elements.
Tensor &emitReshape(NodeContext &c, Tensor &tensor, Dims dims);
/// As emitReshape, with `dims` after the leading `dims.size() - rank` ones of 1.
Tensor &emitLeadingOnes(NodeContext &c, Tensor &tensor, int64_t rank);
Tensor &emitTranspose(NodeContext &c, Tensor &tensor, llvm::ArrayRef<int64_t> permutation);
/// `size` elements from `offset` on along `axis`.
Tensor &emitPart(NodeContext &c, Tensor &tensor, int64_t axis, const SizeExpr &offset, const SizeExpr &size);
/// The tensors behind each other along `axis`, but for empty ones; the other dimensions are those of the first.
Tensor &emitConcat(NodeContext &c, llvm::ArrayRef<Tensor *> tensors, int64_t axis);
/// data[…, indices…, …], the indices replacing dimension `axis`.
Tensor &emitGather(NodeContext &c, Tensor &data, Tensor &indices, int64_t axis);
/// start + i·step for i in [0, size).
Tensor &emitIota(NodeContext &c, DType type, const SizeExpr &start, const SizeExpr &size, int64_t step);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_EMIT_H
