//===- Compare.h - Outputs against what is expected -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_EXECUTIONENGINE_COMPARE_H
#define HADAL_LIB_EXECUTIONENGINE_COMPARE_H

#include "hadal/Support/Npz.h"

namespace hadal {

/// How far an output is from what is expected.
struct Difference {
  /// ‖out − expected‖ / ‖expected‖, in double; ‖out‖ where the expected norm is 0. Positions where both are NaN, or the
  /// same infinity, agree; any other that is not finite makes it infinite.
  double relativeL2 = 0;
  double largest = 0;
  /// Elements that differ; what counts for integers and booleans.
  int64_t unequal = 0;
  /// Rows (along the last dimension) whose largest element stands elsewhere; floats only.
  int64_t argmaxUnequal = 0, rows = 0;
  /// Empty, or why the two cannot be compared.
  std::string mismatch;

  bool within(double tolerance, bool exact) const {
    return mismatch.empty() && (exact ? unequal == 0 : relativeL2 <= tolerance);
  }
};

Difference compare(const Array &output, const Array &expected);

} // namespace hadal

#endif // HADAL_LIB_EXECUTIONENGINE_COMPARE_H
