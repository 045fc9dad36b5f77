//===- Rows.h - What is done to one row -------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_ROWS_H
#define HADAL_LIB_REFERENCE_ROWS_H

#include "Helpers.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

/// Σ_n a[n] · b[n]
double dot(const Cell *a, const Cell *b, int64_t count);

/// RMSNorm of one row; with a weight, times the offset plus it.
void normalizeRow(const Cell *x, const Datum *weight, double offset, int64_t size, double epsilon, Cell *out);
void normalizeRow(const Cell *x, const Datum &weight, int64_t size, double epsilon, Cell *out);

/// RoPE of one row of `size` columns; `inverse` turns back.
void rotateRow(const Cell *x, const Cell *cos, const Cell *sin, int64_t size, RopeLayout in, RopeLayout out,
               Cell *result, bool inverse = false);

/// An error unless cos and sin are [B or 1, S, R/2].
llvm::Error expectAngles(mlir::Operation *op, const Datum &cos, const Datum &sin, int64_t batch, int64_t length,
                         int64_t half);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_ROWS_H
