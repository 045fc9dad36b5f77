//===- LaneProgram.cpp - Bodies of structured ops as lane programs --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Structured.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace hadal;

namespace {
enum class Kind { Argument, Capture, Constant, Loop, Step };

/// Where a value of the body comes from, while the counts of each kind are still open.
struct Source {
  Kind kind;
  unsigned index;
};

class BodyBuilder {
public:
  BodyBuilder(Block &block, Routine &routine) : block(block), routine(routine) {}
  std::shared_ptr<LaneProgram> build();

private:
  bool addOp(Operation &op);
  std::optional<Source> sourceOf(Value value);
  unsigned registerOf(Source source) const;
  bool isStep(unsigned reg, llvm::StringRef name) const;
  void recognizeContraction();

  Block &block;
  Routine &routine;
  std::shared_ptr<LaneProgram> program = std::make_shared<LaneProgram>();
  llvm::DenseMap<Value, Source> sources;
  std::vector<SmallVector<Source, 3>> stepInputs;
};
} // namespace

std::optional<Source> BodyBuilder::sourceOf(Value value) {
  auto it = sources.find(value);
  if (it != sources.end())
    return it->second;
  if (value.getParentBlock() == &block || llvm::isa<ShapedType>(value.getType()))
    return std::nullopt;
  auto slot = routine.slots.find(value);
  if (slot == routine.slots.end())
    return std::nullopt;
  Source source = {Kind::Capture, static_cast<unsigned>(program->captures.size())};
  program->captures.push_back(slot->second);
  sources.try_emplace(value, source);
  return source;
}

bool BodyBuilder::addOp(Operation &op) {
  if (auto constant = llvm::dyn_cast<arith::ConstantOp>(op)) {
    Cell cell;
    if (auto value = llvm::dyn_cast<FloatAttr>(constant.getValue()))
      cell.f = value.getValueAsDouble();
    else if (auto value = llvm::dyn_cast<IntegerAttr>(constant.getValue());
             value && value.getValue().getBitWidth() <= 64)
      cell.i = wrap(value.getValue().getSExtValue(), value.getValue().getBitWidth());
    else
      return false;
    sources[constant] = {Kind::Constant, static_cast<unsigned>(program->constants.size())};
    program->constants.push_back(cell);
    return true;
  }
  if (auto index = llvm::dyn_cast<linalg::IndexOp>(op)) {
    sources[index] = {Kind::Loop, static_cast<unsigned>(program->loops.size())};
    program->loops.push_back(index.getDim());
    return true;
  }
  std::optional<LaneOp> lane = getLaneOp(&op);
  if (!lane || llvm::isa<ShapedType>(op.getResult(0).getType()))
    return false;
  SmallVector<Source, 3> inputs;
  for (Value operand : op.getOperands()) {
    std::optional<Source> source = sourceOf(operand);
    if (!source)
      return false;
    inputs.push_back(*source);
  }
  sources[op.getResult(0)] = {Kind::Step, static_cast<unsigned>(program->steps.size())};
  program->steps.push_back({&op, *lane, {}});
  stepInputs.push_back(std::move(inputs));
  return true;
}

unsigned BodyBuilder::registerOf(Source source) const {
  switch (source.kind) {
  case Kind::Argument:
    return source.index;
  case Kind::Capture:
    return program->numArguments + source.index;
  case Kind::Constant:
    return program->firstConstant() + source.index;
  case Kind::Loop:
    return program->firstLoop() + source.index;
  case Kind::Step:
    return program->firstStep() + source.index;
  }
  llvm_unreachable("a kind");
}

bool BodyBuilder::isStep(unsigned reg, llvm::StringRef name) const {
  return reg >= program->firstStep() && program->steps[reg - program->firstStep()].op->getName().getStringRef() == name;
}

/// acc + a · b, with acc the last block argument.
void BodyBuilder::recognizeContraction() {
  if (program->steps.size() != 2 || program->results.size() != 1 || !isStep(program->results[0], "arith.addf"))
    return;
  auto &sum = program->steps[program->results[0] - program->firstStep()];
  for (unsigned side : {0, 1}) {
    if (sum.inputs[side] != program->numArguments - 1 || !isStep(sum.inputs[1 - side], "arith.mulf"))
      continue;
    auto &product = program->steps[sum.inputs[1 - side] - program->firstStep()];
    program->factors[0] = product.inputs[0];
    program->factors[1] = product.inputs[1];
    program->isContraction =
        program->factors[0] + 1 < program->numArguments && program->factors[1] + 1 < program->numArguments;
  }
}

std::shared_ptr<LaneProgram> BodyBuilder::build() {
  program->numArguments = block.getNumArguments();
  for (BlockArgument argument : block.getArguments())
    sources[argument] = {Kind::Argument, argument.getArgNumber()};
  for (Operation &op : block.without_terminator())
    if (!addOp(op))
      return nullptr;
  SmallVector<Source, 2> results;
  for (Value value : block.getTerminator()->getOperands()) {
    std::optional<Source> source = sourceOf(value);
    if (!source)
      return nullptr;
    results.push_back(*source);
  }
  for (auto [step, inputs] : llvm::zip_equal(program->steps, stepInputs))
    for (Source source : inputs)
      step.inputs.push_back(registerOf(source));
  for (Source source : results)
    program->results.push_back(registerOf(source));
  recognizeContraction();
  return program;
}

std::shared_ptr<LaneProgram> LaneProgram::build(Block &block, Routine &routine) {
  return BodyBuilder(block, routine).build();
}
