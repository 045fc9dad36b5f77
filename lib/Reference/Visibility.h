//===- Visibility.h - Which keys a query sees -------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_VISIBILITY_H
#define HADAL_LIB_REFERENCE_VISIBILITY_H

#include "Helpers.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

/// Lengths, causality and window of a VisibilityOpInterface (docs/spec.md, "Visibility").
class Visibility {
public:
  /// Reads the operands of `instr.op`; an error for lengths outside [0, queries] or [0, keys].
  static llvm::Expected<Visibility> bind(const Frame &frame, const Instr &instr, int64_t batch, int64_t queries,
                                         int64_t keys);

  int64_t queryLength(int64_t b) const { return queryLengths[b]; }
  int64_t keyLength(int64_t b) const { return keyLengths[b]; }
  bool isPadding(int64_t b, int64_t s) const { return s >= queryLengths[b]; }
  /// The position of query s among the keys; it may lie outside them.
  int64_t position(int64_t b, int64_t s) const { return s + offsets[b]; }
  /// The keys [begin, end) that query s of batch entry b may see; begin = end for none, and for padding.
  std::pair<int64_t, int64_t> keysOf(int64_t b, int64_t s) const;
  bool sees(int64_t b, int64_t s, int64_t t) const {
    auto [begin, end] = keysOf(b, s);
    return t >= begin && t < end;
  }

private:
  llvm::SmallVector<int64_t> queryLengths, keyLengths, offsets;
  bool causal = false;
  std::optional<int64_t> window;
};

/// A mask of rank 4 with broadcast dimensions, or none.
class Mask {
public:
  /// `mask` may be null. An error unless it broadcasts to `shape`.
  llvm::Error bind(mlir::Operation *op, const Datum *mask, mlir::Value operand, llvm::ArrayRef<int64_t> shape);
  /// What is added to the score: −∞ where the mask hides.
  double add(int64_t b, int64_t h, int64_t s, int64_t t) const;

private:
  const Datum *datum = nullptr;
  bool isFloat = false;
  llvm::SmallVector<int64_t, 4> strides;
};

/// Softmax over scores `z` (−∞ hides), times the values: out[d] = Σ_t p[t] · value(t)[d] into `out` (of `valueSize`,
/// zeroed by the caller). `sink`, if any, takes part in the denominator alone. Returns the natural-log lse over z, −∞
/// where nothing is visible; then out stays 0. `z` becomes the probabilities.
double attendRow(llvm::MutableArrayRef<double> z, llvm::function_ref<const Cell *(int64_t)> value, int64_t valueSize,
                 std::optional<double> sink, Cell *out);

/// The sink of a head, where there are sinks.
inline std::optional<double> sinkOf(const Datum *sink, int64_t head) {
  return sink ? std::optional<double>(sink->f(head)) : std::nullopt;
}

/// c · tanh(z / c), or z without a cap.
double softcapped(double z, std::optional<double> cap);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_VISIBILITY_H
