//===- SlotBuilder.h - Rows by index in decompositions ----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gathers and scatters by lists in which −1 means none. hadal.gather and
// hadal.scatter_… count negative indices from the end, so that −1 becomes
// kNowhere first: reading there gives 0, writing there does nothing.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_SLOTBUILDER_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_SLOTBUILDER_H

#include "GraphBuilder.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

/// An index outside every dimension.
constexpr int64_t kNowhere = std::numeric_limits<int64_t>::max();

class SlotBuilder : public GraphBuilder {
public:
  using GraphBuilder::GraphBuilder;

  mlir::Type i64() { return b.getI64Type(); }
  mlir::Type f32() { return b.getF32Type(); }
  /// A size as an index, for the bodies of structured ops (which see values of type index from outside in kernels too).
  mlir::Value scalar(mlir::OpFoldResult size);
  /// A tensor of one integer.
  mlir::Value integers(llvm::ArrayRef<mlir::OpFoldResult> sizes, int64_t value) { return fill(sizes, i64(), value); }
  /// 0, 1, 2, …
  mlir::Value iota(mlir::OpFoldResult size);
  /// i64, with kNowhere in place of negative numbers.
  mlir::Value somewhere(mlir::Value indices);

  /// data[…, indices…, …] at dimension `axis`; 0 at kNowhere.
  mlir::Value gather(mlir::Value data, mlir::Value indices, int64_t axis = 0);
  /// data[…, position / block, …] at dimension `axis`, which becomes `size`: each block repeats.
  mlir::Value spread(mlir::Value data, int64_t axis, int64_t block, mlir::OpFoldResult size);
  /// `data` with single elements replaced along `axis`.
  mlir::Value scatter(mlir::Value data, mlir::Value indices, mlir::Value updates, int64_t axis = 0);
  /// `data` [N, …] with rows replaced, or added to.
  mlir::Value scatterRows(mlir::Value data, mlir::Value indices, mlir::Value rows, ScatterReduction reduction);
  mlir::Value cumsum(mlir::Value x, int64_t axis, bool exclusive);

  /// All dimensions of an index list or of one-row-per-slot tensors merged.
  mlir::Value flat(mlir::Value x);

  /// Where each slot of a flat list of groups (−1: none) stands among those of its group, and how many each has.
  struct Places {
    mlir::Value oneHot, place, counts; // [S, G], [S], [G], of i64
  };
  Places placesOf(mlir::Value groups, int64_t count);
};

/// A letter for each dimension: "abc" for rank 3.
std::string lettersFor(mlir::Value x);

/// Replaces `op` by `values`, cast to its types.
void replaceWith(mlir::PatternRewriter &rewriter, mlir::Operation *op, mlir::ValueRange values);

/// act(x) in f32.
mlir::Value activate(Cell &c, mlir::Value x, Activation activation, double alpha);
mlir::Value sigmoid(Cell &c, mlir::Value x);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_SLOTBUILDER_H
