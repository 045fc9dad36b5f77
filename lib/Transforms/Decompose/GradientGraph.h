//===- GradientGraph.h - What decompositions of derivatives share -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_GRADIENTGRAPH_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_GRADIENTGRAPH_H

#include "SparseGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

/// Replaces `op` by `values`, each converted to its result's element type and cast to its type.
void replaceByGradients(GraphBuilder &g, mlir::PatternRewriter &rewriter, mlir::Operation *op, mlir::ValueRange values);

/// Zeros in f32 of the sizes of `x`.
mlir::Value zerosLike(GraphBuilder &g, mlir::Value x);

/// `x` where `condition` is not 0, else 0: what stands beside a 0 may hold anything.
mlir::Value unlessZero(Cell &c, mlir::Value condition, mlir::Value x);
mlir::Value divide(Cell &c, mlir::Value a, mlir::Value b);

/// act'(x) in f32.
mlir::Value activationSlopeOf(Cell &c, mlir::Value x, Activation activation, double alpha);

void populateAttentionGradientPartsPatterns(mlir::RewritePatternSet &patterns);
void populateAttentionGradientLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateCompressGradientLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_GRADIENTGRAPH_H
