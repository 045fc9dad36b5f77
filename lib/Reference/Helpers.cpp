//===- Helpers.cpp - What handlers share ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"

#include <numeric>

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static std::string text(ArrayRef<int64_t> shape) {
  std::string result = "[";
  for (auto [index, size] : llvm::enumerate(shape))
    result += (index ? ", " : "") + (size < 0 ? std::string("any") : std::to_string(size));
  return result + "]";
}

Error hadal::expectShape(Operation *op, llvm::StringRef name, const Datum &datum, ArrayRef<int64_t> shape) {
  bool agrees = shape.size() == datum.shape.size();
  for (size_t dim = 0; agrees && dim < shape.size(); ++dim)
    agrees = shape[dim] < 0 || shape[dim] == datum.shape[dim];
  if (agrees)
    return Error::success();
  return failAt(op, name + " has the shape " + text(datum.shape) + ", not " + text(shape));
}

const Datum *hadal::operandOf(const Frame &frame, const Instr &instr, Value operand) {
  if (!operand)
    return nullptr;
  for (unsigned index = 0; index < instr.operands.size(); ++index)
    if (instr.op->getOperand(index) == operand)
      return &Machine::operand(frame, instr, index);
  llvm_unreachable("no operand of this operation");
}

Error hadal::expectOptional(Operation *op, llvm::StringRef name, const Datum *datum, ArrayRef<int64_t> shape) {
  return datum ? expectShape(op, name, *datum, shape) : Error::success();
}

Expected<Datum> hadal::allocateZeros(Operation *op, ArrayRef<int64_t> shape) {
  Expected<Datum> datum = Machine::allocate(op, shape);
  if (datum)
    std::fill_n(datum->data(), datum->numElements(), intCell(0));
  return datum;
}

Expected<Datum> hadal::concatenate(Operation *op, ArrayRef<const Datum *> parts, int64_t dim) {
  SmallVector<int64_t, 4> shape = parts[0]->shape;
  shape[dim] = 0;
  for (const Datum *part : parts) {
    SmallVector<int64_t, 4> own = part->shape;
    shape[dim] += own[dim];
    own[dim] = shape[dim];
    if (own != shape)
      return failAt(op, "the operands differ in more than dimension " + Twine(dim));
  }
  Expected<Datum> result = Machine::allocate(op, shape);
  if (!result)
    return result;
  int64_t outer = 1, inner = 1, offset = 0;
  for (int64_t i = 0; i < result->rank(); ++i)
    (i < dim ? outer : inner) *= i == dim ? 1 : shape[i];
  for (const Datum *part : parts) {
    int64_t run = part->shape[dim] * inner;
    for (int64_t row = 0; row < outer; ++row)
      std::copy_n(part->data() + row * run, run, result->data() + row * shape[dim] * inner + offset);
    offset += run;
  }
  return result;
}

SmallVector<int64_t> hadal::bestOf(int64_t count, int64_t k, bool largest, llvm::function_ref<double(int64_t)> score) {
  SmallVector<double> scores(count);
  for (int64_t index = 0; index < count; ++index)
    scores[index] = score(index);
  SmallVector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
    if (std::isnan(scores[a]) || std::isnan(scores[b]))
      return std::isnan(scores[a]) == std::isnan(scores[b]) ? a < b : std::isnan(scores[b]);
    if (scores[a] != scores[b])
      return largest ? scores[a] > scores[b] : scores[a] < scores[b];
    return a < b;
  });
  order.truncate(k);
  return order;
}
