//===- Layout.h - A digit of a layout ------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_IR_LAYOUT_H
#define HADAL_DIALECTS_CUDA_IR_LAYOUT_H

#include "llvm/ADT/Hashing.h"

#include <cstdint>

namespace hadal::cuda {

/// A digit of a thread's or register's number: it has `count` values, and adds
/// `step` times its value to the coordinate in `dim` (nothing if `dim` is −1).
struct Digit {
  int64_t dim;
  int64_t count;
  int64_t step;

  bool operator==(const Digit &other) const { return dim == other.dim && count == other.count && step == other.step; }
};

inline llvm::hash_code hash_value(const Digit &digit) { return llvm::hash_combine(digit.dim, digit.count, digit.step); }

} // namespace hadal::cuda

#endif // HADAL_DIALECTS_CUDA_IR_LAYOUT_H
