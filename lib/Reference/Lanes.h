//===- Lanes.h - Element-wise operations ------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// arith and math operations on runs of elements: one scalar, a whole tile, or a
// stretch of a structured op's iteration space, by the same code.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_LANES_H
#define HADAL_LIB_REFERENCE_LANES_H

#include "Datum.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace hadal {

/// A run of elements; stride 0 repeats one.
struct Lane {
  const Cell *data;
  int64_t stride;
  double f(int64_t index) const { return data[index * stride].f; }
  int64_t i(int64_t index) const { return data[index * stride].i; }
};

struct LaneOp;
/// Computes `count` elements of the result. False: an operand is invalid (a division by zero).
using LaneFn = bool (*)(const LaneOp &, const Lane *, Cell *, int64_t count);

struct LaneOp {
  LaneFn fn = nullptr;
  unsigned width = 64;       // of the first operand, if an integer
  unsigned resultWidth = 64; // of the result, if an integer
  int64_t predicate = 0;     // of comparisons
  mlir::Type from, to;       // element types of the first operand and the result
};

/// How to compute `op`; none if it is not element-wise.
std::optional<LaneOp> getLaneOp(mlir::Operation *op);

/// The width of an integer type; 64 for all others, index among them.
unsigned widthOf(mlir::Type type);

/// An integer as it is stored: sign-extended from `width`; i1 is 0 or 1.
inline int64_t wrap(int64_t value, unsigned width) {
  if (width == 1)
    return value & 1;
  if (width >= 64)
    return value;
  return static_cast<int64_t>(static_cast<uint64_t>(value) << (64 - width)) >> (64 - width);
}
/// The same as an unsigned number.
inline uint64_t zeroExtend(int64_t value, unsigned width) {
  return width >= 64 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(value) & ((uint64_t(1) << width) - 1);
}

/// `value` rounded as a conversion to `type` does: to f16, bf16 and the 8 and 4
/// bit floats, not to f32, which the reference computes in f64.
double roundToNarrow(double value, mlir::Type type);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_LANES_H
