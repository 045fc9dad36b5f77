//===- AttentionUtils.h - What attention-like ops verify --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ATTENTIONUTILS_H
#define HADAL_DIALECTS_HADAL_IR_ATTENTIONUTILS_H

#include "dialects/Hadal/IR/OpUtils.h"

namespace hadal::detail {

/// Whether the mask, if any, broadcasts to [B, H, S, T].
template <typename Op> mlir::LogicalResult verifyMask(Op op, llvm::ArrayRef<int64_t> full) {
  mlir::Value mask = op.getMask();
  if (mask && (rankOf(mask) != 4 || !broadcasts(mask, full)))
    return op.emitOpError("the mask ") << mask.getType() << " does not broadcast to " << shapeText(full);
  return mlir::success();
}

/// Whether the sink, if any, has one logit for each head.
template <typename Op> mlir::LogicalResult verifySink(Op op, int64_t heads) {
  mlir::Value sink = op.getSink();
  if (sink && (rankOf(sink) != 1 || !agree(sizeOf(sink, 0), heads)))
    return op.emitOpError("the sink must be ") << shapeText(heads) << ", not " << sink.getType();
  return mlir::success();
}

template <typename Op> mlir::LogicalResult verifyScale(Op op) {
  if (!op.getScale().isFinite())
    return op.emitOpError("the scale must be finite");
  return mlir::success();
}

template <typename Op> mlir::LogicalResult verifySoftcap(Op op) {
  if (!isPositive(op.getSoftcap()))
    return op.emitOpError("the softcap must be finite and positive");
  return mlir::success();
}

/// Whether heads are a multiple of kv heads, or may be.
template <typename Op> mlir::LogicalResult verifyHeads(Op op, int64_t heads, int64_t kvHeads) {
  if (isMultiple(heads, kvHeads))
    return mlir::success();
  return op.emitOpError("the number of query heads, ")
         << heads << ", is no multiple of the number of kv heads, " << kvHeads;
}

/// The window of an operation as its interface gives it.
template <typename Op> std::optional<int64_t> windowOf(Op op) {
  std::optional<uint64_t> window = op.getWindow();
  return window ? std::optional<int64_t>(*window) : std::nullopt;
}

/// Keys that one query may see at most.
inline int64_t visibleKeys(int64_t keys, std::optional<int64_t> window) {
  return window && !mlir::ShapedType::isDynamic(keys) ? std::min(keys, *window) : keys;
}

/// Floating-point operations for one score: two products, and a maximum, an exponential and a sum.
inline int64_t flopsOfScore(int64_t keySize, int64_t valueSize) { return sum(product(2, sum(keySize, valueSize)), 3); }

/// Those of latent attention over so many keys: of the expanded form, and of the form that multiplies less for the
/// projections.
template <typename Op> std::optional<int64_t> flopsOfLatentAttention(Op op, int64_t keys) {
  mlir::Value qNope = op.getQNope(), wKv = op.getWKv();
  int64_t batch = sizeOf(qNope, 0), heads = sizeOf(qNope, 1), queries = sizeOf(qNope, 2), columns = sizeOf(wKv, 2);
  int64_t rows = mlir::ShapedType::isDynamic(keys) || mlir::ShapedType::isDynamic(queries) ? mlir::ShapedType::kDynamic
                                                                                           : std::min(keys, queries);
  int64_t projection = product(2, product(rows, product(sizeOf(wKv, 0), columns)));
  int64_t scores =
      product(queries, product(visibleKeys(keys, windowOf(op)), flopsOfScore(sizeOf(op.getQPe(), 3), columns)));
  return countOf({batch, heads, sum(projection, scores)});
}

} // namespace hadal::detail

#endif // HADAL_DIALECTS_HADAL_IR_ATTENTIONUTILS_H
