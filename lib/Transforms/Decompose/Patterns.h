//===- Patterns.h - Patterns of --hadal-decompose -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace hadal {

void populateDecomposeMoePatterns(mlir::RewritePatternSet &patterns);
void populateDecomposeLatentAttentionPatterns(mlir::RewritePatternSet &patterns);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_PATTERNS_H
