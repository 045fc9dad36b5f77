//===- Contraction.h - The loops of a sum of products -----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_CONTRACTION_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace hadal {

/// The loops of `c[batch, m, n] += a[batch, m, k] · b[batch, k, n]`, where each
/// of batch, m, n, k is any number of loops, in any order.
struct Contraction {
  llvm::SmallVector<unsigned> batch, m, n, k; // m and n in the result's order
  std::optional<unsigned> row, column;        // the loops that a tile's rows and columns run along

  static std::optional<Contraction> match(mlir::linalg::LinalgOp op);
  static std::optional<int64_t> resultDim(mlir::linalg::LinalgOp op, std::optional<unsigned> loop);
};

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_CONTRACTION_H
