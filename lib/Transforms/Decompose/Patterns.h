//===- Patterns.h - Patterns of --hadal-decompose ---------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace hadal {

// …Parts: whole operations into the semantic operations that they consist of.
// …Linalg: semantic operations into linalg, tensor and arith, and what these lack (hadal.topk, gathers, scatters,
// cumsum).
// …Kernel: semantic operations that have no kernel into those that have one.
void populateAttentionPartsPatterns(mlir::RewritePatternSet &patterns);
void populateAttentionLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateAttentionKernelPatterns(mlir::RewritePatternSet &patterns);
void populateLatentPartsPatterns(mlir::RewritePatternSet &patterns);
void populateLatentLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateCachePartsPatterns(mlir::RewritePatternSet &patterns);
void populateCacheLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateSparsePartsPatterns(mlir::RewritePatternSet &patterns);
void populateSparseLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateSparseModelPartsPatterns(mlir::RewritePatternSet &patterns);
void populateSparseModelLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateRoutingPartsPatterns(mlir::RewritePatternSet &patterns);
void populateRoutingLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateExpertPartsPatterns(mlir::RewritePatternSet &patterns); // of routing
void populateExpertLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateParallelPartsPatterns(mlir::RewritePatternSet &patterns);
void populateParallelLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateQuantizationPartsPatterns(mlir::RewritePatternSet &patterns);
void populateQuantizationLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateLayerPartsPatterns(mlir::RewritePatternSet &patterns);
void populateLayerLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateGradientPartsPatterns(mlir::RewritePatternSet &patterns);
void populateGradientLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateGlueLinalgPatterns(mlir::RewritePatternSet &patterns);

/// Whether --hadal-form-kernels computes this operation of the dialect as it is.
bool hasKernel(mlir::Operation *op);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H
