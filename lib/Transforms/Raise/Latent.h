//===- Latent.h - Projections of a latent ----------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_LATENT_H
#define HADAL_LIB_TRANSFORMS_RAISE_LATENT_H

#include "Raise.h"

namespace hadal::raise {

/// Σ_l input · weight, as seen from one element of it.
struct Projection {
  Term input, weight;
  Poly l;
};

/// A sum of products of which one factor, the weight, changes with none of `rows`, and the other one, the input, with
/// none of `columns`. `variable` is what to sum over.
std::optional<Projection> matchProjection(Elements &elements, const Term &term, llvm::ArrayRef<Poly> rows,
                                          llvm::ArrayRef<Poly> columns, std::optional<Poly> variable = std::nullopt);

/// One part of the weight of latent attention: the element for latent column l, head h and a column d of `size`.
struct WeightPart {
  Term term;
  Poly d;
  int64_t size;
};

/// [L, H, Dn + Dv], of W_UK and W_UV: a rearrangement of one tensor if they are side by side in one, else a
/// concatenation, which stands before `root`. Null if they are no such tensors.
mlir::Value buildLatentWeight(Context &context, Elements &elements, mlir::Operation *root, const WeightPart &keys,
                              const WeightPart &values, const Poly &l, const Poly &h, mlir::Type type);

/// The operands that latent attention makes of queries, keys and values.
struct LatentParts {
  mlir::Value qNope, qPe, latent, kPe, weight, mask;
};

/// Latent attention of `parts` with the other clauses of `attention`, before `root`.
LatentAttentionOp buildLatentAttention(Context &context, mlir::Operation *root, AttentionOp attention,
                                       const LatentParts &parts);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_LATENT_H
