//===- SparseGraph.h - What decompositions of sparse attention share --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_SPARSEGRAPH_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_SPARSEGRAPH_H

#include "GraphBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

namespace hadal {

/// A pattern that is one function.
template <typename Op, llvm::LogicalResult (*decompose)(Op, mlir::PatternRewriter &)>
struct DecomposeBy : mlir::OpRewritePattern<Op> {
  using mlir::OpRewritePattern<Op>::OpRewritePattern;
  llvm::LogicalResult matchAndRewrite(Op op, mlir::PatternRewriter &rewriter) const override {
    return decompose(op, rewriter);
  }
};

struct SoftmaxGraph {
  mlir::Value p, lse;
};

/// Softmax over the last letter of scores `z` (f32; −∞ hides). A row that sees nothing has p = 0, lse = −∞. `sink`, if
/// any, is added to the denominator alone; its letters are among those of the rows.
SoftmaxGraph softmaxOf(GraphBuilder &g, llvm::StringRef letters, mlir::Value z, mlir::Value sink = {},
                       llvm::StringRef sinkLetters = "");

/// Σ p · x where p is not 0: what is hidden may hold anything. "bmgst,bmtd->bmgsd".
mlir::Value weigh(GraphBuilder &g, llvm::StringRef spec, mlir::Value p, mlir::Value x);

/// Dimension `dim` as outer · inner; two dimensions as one.
mlir::Value splitDim(GraphBuilder &g, mlir::Value x, int64_t dim, int64_t outer, int64_t inner);
mlir::Value mergeDims(GraphBuilder &g, mlir::Value x, int64_t dim);

/// tensor[indices…] in a body.
mlir::Value extract(Cell &c, mlir::Value tensor, mlir::ValueRange indices);
/// The element of a mask that broadcasts along dimensions of size 1 (or, where dynamic, of a size that turns out 1).
mlir::Value maskAt(Cell &c, mlir::Value mask, mlir::ValueRange indices);

mlir::Value exponential(Cell &c, mlir::Value x);
/// −∞ as an f32.
mlir::Value minusInfinity(Cell &c);

void populateSelectionLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_SPARSEGRAPH_H
