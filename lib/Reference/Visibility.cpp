//===- Visibility.cpp - Which keys a query sees ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Visibility.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

Expected<Visibility> Visibility::bind(const Frame &frame, const Instr &instr, int64_t batch, int64_t queries,
                                      int64_t keys) {
  auto op = llvm::cast<VisibilityOpInterface>(instr.op);
  Visibility visibility;
  visibility.causal = op.isCausal();
  visibility.window = op.getWindowSize();
  auto lengths = [&](Value operand, llvm::StringRef name, int64_t limit, SmallVector<int64_t> &into) -> Error {
    into.assign(batch, limit);
    const Datum *datum = operandOf(frame, instr, operand);
    if (!datum)
      return Error::success();
    if (Error error = expectShape(instr.op, name, *datum, {batch}))
      return error;
    for (int64_t b = 0; b < batch; ++b) {
      into[b] = datum->i(b);
      if (into[b] < 0 || into[b] > limit)
        return failAt(instr.op,
                      name + "[" + Twine(b) + "] is " + Twine(into[b]) + ", outside [0, " + Twine(limit) + "]");
    }
    return Error::success();
  };
  if (Error error = lengths(op.getQueryLengths(), "q_lengths", queries, visibility.queryLengths))
    return std::move(error);
  if (Error error = lengths(op.getKeyLengths(), "kv_lengths", keys, visibility.keyLengths))
    return std::move(error);

  const Datum *offsets = operandOf(frame, instr, op.getQueryOffsets());
  if (offsets)
    if (Error error = expectShape(instr.op, "offsets", *offsets, {batch}))
      return std::move(error);
  for (int64_t b = 0; b < batch; ++b) {
    int64_t offset =
        offsets ? offsets->i(b) : op.getQueryOffset().value_or(visibility.keyLengths[b] - visibility.queryLengths[b]);
    // Far beyond all keys is as good as anywhere beyond them, and adds without overflow.
    constexpr int64_t kFar = int64_t(1) << 48;
    visibility.offsets.push_back(std::clamp(offset, -kFar, kFar));
  }
  return visibility;
}

std::pair<int64_t, int64_t> Visibility::keysOf(int64_t b, int64_t s) const {
  if (isPadding(b, s))
    return {0, 0};
  int64_t begin = 0, end = keyLengths[b];
  if (causal)
    end = std::clamp<int64_t>(position(b, s) + 1, 0, end);
  if (window && *window <= position(b, s))
    begin = std::clamp<int64_t>(position(b, s) - *window + 1, 0, end);
  return {begin, end};
}

Error Mask::bind(Operation *op, const Datum *mask, Value operand, ArrayRef<int64_t> shape) {
  datum = mask;
  if (!mask)
    return Error::success();
  isFloat = hasFloats(operand.getType());
  strides = rowMajorStrides(mask->shape);
  for (size_t dim = 0; dim < 4; ++dim) {
    if (mask->rank() == 4 && mask->shape[dim] == 1)
      strides[dim] = 0;
    else if (mask->rank() != 4 || mask->shape[dim] != shape[dim])
      return expectShape(op, "the mask", *mask, shape);
  }
  return Error::success();
}

double Mask::add(int64_t b, int64_t h, int64_t s, int64_t t) const {
  if (!datum)
    return 0;
  int64_t index = b * strides[0] + h * strides[1] + s * strides[2] + t * strides[3];
  if (isFloat)
    return datum->f(index);
  return datum->i(index) ? 0 : -INFINITY;
}

double hadal::attendRow(MutableArrayRef<double> z, llvm::function_ref<const Cell *(int64_t)> value, int64_t valueSize,
                        std::optional<double> sink, Cell *out) {
  double maximum = -INFINITY;
  bool isNaN = false;
  for (double score : z) {
    maximum = std::max(maximum, score);
    isNaN |= std::isnan(score);
  }
  if (maximum == -INFINITY && !isNaN) {
    std::fill(z.begin(), z.end(), 0.0);
    return -INFINITY; // sees nothing
  }
  double highest = sink ? std::max(maximum, *sink) : maximum, sum = 0;
  for (double score : z)
    sum += std::exp(score - maximum);
  // The sink's part, against the larger of both so that neither overflows.
  double denominator = sum * std::exp(maximum - highest) + (sink ? std::exp(*sink - highest) : 0);
  for (int64_t t = 0, end = z.size(); t < end; ++t) {
    // What is hidden is not there to be read, in a row of NaN either.
    z[t] = z[t] == -INFINITY ? 0 : std::exp(z[t] - highest) / denominator;
    if (z[t] != 0)
      for (int64_t d = 0; d < valueSize; ++d)
        out[d].f += z[t] * value(t)[d].f;
  }
  return isNaN ? NAN : maximum + std::log(sum);
}

double hadal::softcapped(double z, std::optional<double> cap) { return cap ? *cap * std::tanh(z / *cap) : z; }
