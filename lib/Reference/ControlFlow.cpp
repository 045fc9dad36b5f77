//===- ControlFlow.cpp - scf, func, affine.apply --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static void setArguments(const Body &body, Frame &frame, llvm::MutableArrayRef<Datum> values, unsigned first = 0) {
  for (auto [index, value] : llvm::enumerate(values))
    frame.slots[body.arguments[first + index]] = std::move(value);
}

static void setResults(const Instr &instr, Frame &frame, llvm::MutableArrayRef<Datum> values) {
  for (auto [slot, value] : llvm::zip_equal(instr.results, values))
    frame.slots[slot] = std::move(value);
}

static Error runFor(Machine &machine, Frame &frame, const Instr &instr) {
  int64_t low = Machine::operand(frame, instr, 0).scalar.i, high = Machine::operand(frame, instr, 1).scalar.i;
  int64_t step = Machine::operand(frame, instr, 2).scalar.i;
  if (step <= 0)
    return failAt(instr.op, "has the step " + Twine(step));
  SmallVector<Datum, 4> carried;
  for (unsigned index = 3; index < instr.operands.size(); ++index)
    carried.push_back(Machine::take(frame, instr, index));
  const Body &body = instr.regions[0];
  for (int64_t i = low; i < high; i += step) {
    frame.slots[body.arguments[0]] = Datum::ofInt(i);
    setArguments(body, frame, carried, 1);
    if (Error error = machine.run(body, frame))
      return error;
    Machine::takeYields(body, frame, carried);
  }
  setResults(instr, frame, carried);
  return Error::success();
}

static Error runIf(Machine &machine, Frame &frame, const Instr &instr) {
  const Body &body = instr.regions[Machine::operand(frame, instr, 0).scalar.i ? 0 : 1];
  SmallVector<Datum, 4> results;
  if (Error error = machine.run(body, frame))
    return error;
  Machine::takeYields(body, frame, results);
  setResults(instr, frame, results);
  return Error::success();
}

static Error runWhile(Machine &machine, Frame &frame, const Instr &instr) {
  const Body &before = instr.regions[0], &after = instr.regions[1];
  SmallVector<Datum, 4> carried;
  for (unsigned index = 0; index < instr.operands.size(); ++index)
    carried.push_back(Machine::take(frame, instr, index));
  while (true) {
    setArguments(before, frame, carried);
    if (Error error = machine.run(before, frame))
      return error;
    // scf.condition passes on the condition, then the values.
    SmallVector<Datum, 4> passed;
    Machine::takeYields(before, frame, passed);
    bool again = passed[0].scalar.i;
    carried.assign(std::make_move_iterator(passed.begin() + 1), std::make_move_iterator(passed.end()));
    if (!again)
      break;
    setArguments(after, frame, carried);
    if (Error error = machine.run(after, frame))
      return error;
    Machine::takeYields(after, frame, carried);
  }
  setResults(instr, frame, carried);
  return Error::success();
}

static Error runCall(Machine &machine, Frame &frame, const Instr &instr) {
  llvm::StringRef name = llvm::cast<func::CallOp>(instr.op).getCallee();
  FunctionOpInterface callee = machine.lookup(name);
  if (!callee || callee.isExternal())
    return failAt(instr.op, "calls @" + name + ", which has no body");
  SmallVector<Datum, 4> arguments, results;
  for (unsigned index = 0; index < instr.operands.size(); ++index)
    arguments.push_back(Machine::take(frame, instr, index));
  if (Error error = machine.call(machine.routine(callee), arguments, results))
    return error;
  setResults(instr, frame, results);
  return Error::success();
}

/// The value of an affine expression; none after a division by zero or less.
static std::optional<int64_t> evaluate(AffineExpr expr, ArrayRef<int64_t> dims, ArrayRef<int64_t> symbols) {
  if (auto constant = llvm::dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = llvm::dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = llvm::dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = llvm::cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> left = evaluate(binary.getLHS(), dims, symbols);
  std::optional<int64_t> right = evaluate(binary.getRHS(), dims, symbols);
  if (!left || !right)
    return std::nullopt;
  bool divides = binary.getKind() != AffineExprKind::Add && binary.getKind() != AffineExprKind::Mul;
  if (divides && *right <= 0)
    return std::nullopt;
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return *left + *right;
  case AffineExprKind::Mul:
    return *left * *right;
  case AffineExprKind::FloorDiv:
    return llvm::divideFloorSigned(*left, *right);
  case AffineExprKind::CeilDiv:
    return llvm::divideCeilSigned(*left, *right);
  default:
    return llvm::mod(*left, *right);
  }
}

template <typename OpTy> static Error runAffine(Machine &, Frame &frame, const Instr &instr) {
  AffineMap map = llvm::cast<OpTy>(instr.op).getMap();
  SmallVector<int64_t, 4> operands;
  for (unsigned index = 0; index < instr.operands.size(); ++index)
    operands.push_back(Machine::operand(frame, instr, index).scalar.i);
  ArrayRef<int64_t> dims = ArrayRef(operands).take_front(map.getNumDims());
  ArrayRef<int64_t> symbols = ArrayRef(operands).drop_front(map.getNumDims());
  std::optional<int64_t> best;
  for (AffineExpr expr : map.getResults()) {
    std::optional<int64_t> value = evaluate(expr, dims, symbols);
    if (!value)
      return failAt(instr.op, "divides by a number that is not positive");
    bool isMax = std::is_same_v<OpTy, affine::AffineMaxOp>;
    best = !best ? *value : isMax ? std::max(*best, *value) : std::min(*best, *value);
  }
  Machine::setResult(frame, instr, 0, Datum::ofInt(*best));
  return Error::success();
}

void hadal::registerControlFlowHandlers(HandlerTable &table) {
  table["scf.for"] = runFor;
  table["scf.if"] = runIf;
  table["scf.while"] = runWhile;
  table["func.call"] = runCall;
  table["affine.apply"] = runAffine<affine::AffineApplyOp>;
  table["affine.min"] = runAffine<affine::AffineMinOp>;
  table["affine.max"] = runAffine<affine::AffineMaxOp>;
}
