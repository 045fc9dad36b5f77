//===- Compare.cpp - Outputs against what is expected ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include <cmath>
#include <limits>

using namespace hadal;

/// Where the largest element of a row stands; the first of equal ones.
static int64_t argmax(const Array &array, int64_t begin, int64_t size) {
  int64_t best = 0;
  for (int64_t i = 1; i < size; ++i)
    if (array.getDouble(begin + i) > array.getDouble(begin + best))
      best = i;
  return best;
}

/// Files hold bf16 as the bits, in uint16.
static Array typedLike(const Array &output, const Array &expected) {
  Array typed = expected;
  if (output.dtype == DType::BF16 && expected.dtype == DType::U16)
    typed.dtype = DType::BF16;
  return typed;
}

Difference hadal::compare(const Array &output, const Array &given) {
  Difference result;
  const Array expected = typedLike(output, given);
  if (output.shape != expected.shape) {
    result.mismatch = "is " + describe(output) + ", expected " + describe(expected);
    return result;
  }
  double errorSquared = 0, normSquared = 0;
  int64_t size = output.numElements();
  for (int64_t i = 0; i < size; ++i) {
    if (!isFloat(output.dtype) && !isFloat(expected.dtype)) {
      result.unequal += output.getInt(i) != expected.getInt(i);
      continue;
    }
    double actual = output.getDouble(i), wanted = expected.getDouble(i);
    if (actual == wanted || (std::isnan(actual) && std::isnan(wanted))) {
      normSquared += std::isfinite(wanted) ? wanted * wanted : 0;
      continue;
    }
    ++result.unequal;
    double difference = std::abs(actual - wanted);
    if (!std::isfinite(difference)) {
      result.relativeL2 = result.largest = std::numeric_limits<double>::infinity();
      return result;
    }
    result.largest = std::max(result.largest, difference);
    errorSquared += difference * difference;
    normSquared += wanted * wanted;
  }
  result.relativeL2 = std::sqrt(normSquared > 0 ? errorSquared / normSquared : errorSquared);

  int64_t columns = output.shape.empty() ? 0 : output.shape.back();
  if (isFloat(output.dtype) && columns > 1) {
    result.rows = size / columns;
    for (int64_t row = 0; row < result.rows; ++row)
      result.argmaxUnequal += argmax(output, row * columns, columns) != argmax(expected, row * columns, columns);
  }
  return result;
}
