//===- Rows.cpp - What is done to one row -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;

double hadal::dot(const Cell *a, const Cell *b, int64_t count) {
  double sum = 0;
  for (int64_t n = 0; n < count; ++n)
    sum += a[n].f * b[n].f;
  return sum;
}

void hadal::normalizeRow(const Cell *x, const Datum *weight, double offset, int64_t size, double epsilon, Cell *out) {
  double mean = dot(x, x, size) / size;
  for (int64_t n = 0; n < size; ++n)
    out[n].f = x[n].f / std::sqrt(mean + epsilon) * (weight ? offset + weight->f(n) : 1);
}

void hadal::normalizeRow(const Cell *x, const Datum &weight, int64_t size, double epsilon, Cell *out) {
  normalizeRow(x, &weight, 0, size, epsilon, out);
}

void hadal::rotateRow(const Cell *x, const Cell *cos, const Cell *sin, int64_t size, RopeLayout in, RopeLayout out,
                      Cell *result, bool inverse) {
  int64_t half = size / 2;
  auto place = [half](RopeLayout layout, int64_t pair, int64_t member) {
    return layout == RopeLayout::Interleaved ? 2 * pair + member : pair + member * half;
  };
  for (int64_t pair = 0; pair < half; ++pair) {
    double x0 = x[place(in, pair, 0)].f, x1 = x[place(in, pair, 1)].f;
    double c = cos[pair].f, s = inverse ? -sin[pair].f : sin[pair].f;
    result[place(out, pair, 0)].f = x0 * c - x1 * s;
    result[place(out, pair, 1)].f = x1 * c + x0 * s;
  }
}

Error hadal::expectAngles(Operation *op, const Datum &cos, const Datum &sin, int64_t batch, int64_t length,
                          int64_t half) {
  if (Error error = expectShape(op, "cos", cos, {cos.rank() == 3 && cos.shape[0] == 1 ? 1 : batch, length, half}))
    return error;
  return expectShape(op, "sin", sin, cos.shape);
}
