//===- AttentionGradients.h - Derivatives of attention ----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_ATTENTIONGRADIENTS_H
#define HADAL_LIB_REFERENCE_ATTENTIONGRADIENTS_H

#include "Visibility.h"

namespace hadal {

/// A key that a query sees, and what the mask adds to its score. A key that stands twice in a list counts twice.
struct SeenKey {
  int64_t key;
  double added = 0;
};

/// The derivative of one softmax attention over grouped heads, whatever decides which keys a query sees. Shapes have
/// been checked.
struct AttentionBackward {
  mlir::Operation *op;
  const Datum &q, &k, &v, &dOut;
  const Datum *dLse = nullptr, *sink = nullptr;
  double scale = 1;
  std::optional<double> softcap;

  Datum dQ, dK, dV, dSink;

  /// Lists the keys that query s of head h sees; a score of −∞ hides too.
  using KeysOf = llvm::function_ref<void(int64_t b, int64_t h, int64_t s, llvm::SmallVectorImpl<SeenKey> &seen)>;
  llvm::Error run(KeysOf keysOf);

private:
  void runRow(int64_t b, int64_t h, int64_t s, llvm::ArrayRef<SeenKey> seen);
};

void registerAttentionGradientHandlers(HandlerTable &table);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_ATTENTIONGRADIENTS_H
