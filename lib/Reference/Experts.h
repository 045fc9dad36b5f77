//===- Experts.h - What the ops of routing and experts share ----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_EXPERTS_H
#define HADAL_LIB_REFERENCE_EXPERTS_H

#include "Helpers.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

inline llvm::Error expertOutside(mlir::Operation *op, int64_t expert, int64_t experts) {
  return failAt(op, "meets the expert " + llvm::Twine(expert) + " of " + llvm::Twine(experts));
}

double activate(double x, Activation activation, double alpha = 1);

/// hadal.gated_activation of one row of 2·size columns, hadal.activation of one of `size` with the order none.
struct Gate {
  Activation activation;
  GateOrder order;
  std::optional<llvm::APFloat> limit;
  double alpha, upOffset;

  void apply(const Cell *x, int64_t size, Cell *out) const;
};

void registerExpertHandlers(HandlerTable &table);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_EXPERTS_H
