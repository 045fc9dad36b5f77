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

inline std::optional<double> numberOf(std::optional<llvm::APFloat> value) {
  return value ? std::optional<double>(value->convertToFloat()) : std::nullopt;
}

/// A key that a query sees, and what the mask adds to its score. A key that stands twice in a list counts twice.
struct SeenKey {
  int64_t key;
  double added = 0;
};

/// The derivative of one softmax attention over grouped heads, whatever decides which keys a query sees.
struct AttentionBackward {
  mlir::Operation *op;
  const Datum &q, &k, &v, &dOut;
  const Datum *dLse = nullptr, *sink = nullptr;
  double scale = 1;
  std::optional<double> softcap;

  Datum dQ = {}, dK = {}, dV = {}, dSink = {};

  /// Of an operation with the operands q, k, v first and d_out at place `dOut`.
  template <typename Op> static AttentionBackward of(Op op, const Frame &frame, const Instr &instr, unsigned dOut) {
    return {op,
            Machine::operand(frame, instr, 0),
            Machine::operand(frame, instr, 1),
            Machine::operand(frame, instr, 2),
            Machine::operand(frame, instr, dOut),
            operandOf(frame, instr, op.getDLse()),
            operandOf(frame, instr, op.getSink()),
            op.getScale().convertToFloat(),
            numberOf(op.getSoftcap())};
  }

  /// Checks the shapes of all operands against q's.
  llvm::Error check() const;
  /// Lists the keys that query s of head h sees; a score of −∞ hides too.
  using KeysOf = llvm::function_ref<void(int64_t b, int64_t h, int64_t s, llvm::SmallVectorImpl<SeenKey> &seen)>;
  llvm::Error run(KeysOf keysOf);
  /// Sets the results d_q, d_k, d_v and, with a sink, d_sink.
  void finish(Frame &frame, const Instr &instr);

private:
  void runRow(int64_t b, int64_t h, int64_t s, llvm::ArrayRef<SeenKey> seen);
};

/// Lists the keys that a VisibilityOpInterface and a mask leave of all.
void listSeen(const Visibility &visibility, const Mask &mask, int64_t b, int64_t h, int64_t s,
              llvm::SmallVectorImpl<SeenKey> &seen);

/// The derivative of `activate`.
double activationSlope(double x, Activation activation, double alpha);

void registerAttentionGradientHandlers(HandlerTable &table);
void registerSparseGradientHandlers(HandlerTable &table);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_ATTENTIONGRADIENTS_H
