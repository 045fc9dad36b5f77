//===- NarrowFloats.h - Conversions of floats of 8 bits --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOVECTOR_NARROWFLOATS_H
#define HADAL_CONVERSION_TILETOVECTOR_NARROWFLOATS_H

#include "mlir/IR/PatternMatch.h"

namespace hadal {

/// arith.extf from and arith.truncf to f8E4M3FN, f8E5M2 and f8E8M0FNU become integer arithmetic.
void populateNarrowFloatPatterns(mlir::RewritePatternSet &patterns);

} // namespace hadal

#endif // HADAL_CONVERSION_TILETOVECTOR_NARROWFLOATS_H
