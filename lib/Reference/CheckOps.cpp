//===- CheckOps.cpp - check -----------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A check that fails is reported and counted; the function goes on, so that
// one run shows them all.
//
//===----------------------------------------------------------------------===//

#include "Helpers.h"

#include "dialects/Check/IR/Check.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;

static std::string text(ArrayRef<int64_t> numbers) {
  std::string result = "[";
  for (auto [index, number] : llvm::enumerate(numbers))
    result += (index ? ", " : "") + std::to_string(number);
  return result + "]";
}

/// Compares element by element, and reports the first that `agrees` refuses.
static Error compare(Machine &machine, Frame &frame, const Instr &instr, llvm::function_ref<bool(Cell, Cell)> agrees) {
  const Datum &actual = Machine::operand(frame, instr, 0), &expected = Machine::operand(frame, instr, 1);
  ++machine.checks;
  if (actual.shape != expected.shape) {
    instr.op->emitError("has the shape ") << text(actual.shape) << ", expected " << text(expected.shape);
    ++machine.failedChecks;
    return Error::success();
  }
  int64_t wrong = 0, first = -1, count = actual.numElements();
  for (int64_t index = 0; index < count; ++index)
    if (!agrees(actual.at(index), expected.at(index)) && ++wrong == 1)
      first = index;
  if (!wrong)
    return Error::success();
  ++machine.failedChecks;
  SmallVector<int64_t, 4> point, strides = rowMajorStrides(actual.shape);
  for (auto [stride, size] : llvm::zip_equal(strides, actual.shape))
    point.push_back(first / stride % size);
  std::string numbers;
  llvm::raw_string_ostream stream(numbers);
  if (hasFloats(instr.op->getOperand(0).getType()))
    stream << llvm::format("%.9g, expected %.9g", actual.f(first), expected.f(first));
  else
    stream << actual.i(first) << ", expected " << expected.i(first);
  instr.op->emitError("element ") << text(point) << " is " << numbers << "; " << wrong << " of " << count
                                  << " elements are wrong";
  return Error::success();
}

static bool sameFloat(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

static Error runExpectEq(Machine &machine, Frame &frame, const Instr &instr) {
  bool isFloat = hasFloats(instr.op->getOperand(0).getType());
  return compare(machine, frame, instr, [&](Cell a, Cell b) { return isFloat ? sameFloat(a.f, b.f) : a.i == b.i; });
}

static Error runExpectClose(Machine &machine, Frame &frame, const Instr &instr) {
  double tolerance = llvm::cast<check::ExpectCloseOp>(instr.op).getTolerance().convertToDouble();
  return compare(machine, frame, instr, [&](Cell a, Cell b) {
    return sameFloat(a.f, b.f) || std::fabs(a.f - b.f) <= tolerance * std::max(1.0, std::fabs(b.f));
  });
}

void hadal::registerCheckHandlers(HandlerTable &table) {
  table["check.expect_close"] = runExpectClose;
  table["check.expect_eq"] = runExpectEq;
}
