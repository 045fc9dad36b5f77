//===- Interpreter.cpp - Functions as callers see them --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Reference/Interpreter.h"

#include "Convert.h"
#include "Helpers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static constexpr llvm::StringLiteral kInit = "hadal.init";

static bool isHostFunction(FunctionOpInterface function) {
  return llvm::any_of(function.getArgumentTypes(), [](Type type) { return llvm::isa<MemRefType>(type); });
}

static Error fail(const Twine &message) { return llvm::createStringError(llvm::inconvertibleErrorCode(), message); }

/// Runs `name`, whose arguments and results are indices.
static Expected<SmallVector<int64_t>> plan(Machine &machine, const std::string &name, ArrayRef<int64_t> dims) {
  FunctionOpInterface function = machine.lookup(name);
  if (!function || function.isExternal())
    return fail("the module has no function @" + name);
  if (function.getNumArguments() != dims.size())
    return failAt(function, "takes " + Twine(function.getNumArguments()) + " sizes where the inputs have " +
                                Twine(dims.size()) + " dimensions");
  SmallVector<Datum> arguments, results;
  for (int64_t dim : dims)
    arguments.push_back(Datum::ofInt(dim));
  if (Error error = machine.call(machine.routine(function), arguments, results))
    return std::move(error);
  SmallVector<int64_t> sizes;
  for (const Datum &result : results)
    sizes.push_back(result.scalar.i);
  return sizes;
}

/// An element that still has the poison of fresh storage, or a NaN made from it.
static Error checkWritten(Operation *op, const Datum &datum, unsigned index) {
  for (int64_t element = 0, end = datum.numElements(); element < end; ++element)
    if (datum.i(element) == kPoison)
      return failAt(op, "result " + Twine(index) + " depends on storage that nothing wrote");
  return Error::success();
}

static Expected<std::vector<Array>> runOnTensors(Machine &machine, FunctionOpInterface function,
                                                 MutableArrayRef<Datum> arguments) {
  SmallVector<Datum> results;
  if (Error error = machine.call(machine.routine(function), arguments, results))
    return std::move(error);
  std::vector<Array> outputs;
  for (auto [index, result] : llvm::enumerate(results)) {
    if (Error error = checkWritten(function, result, index))
      return std::move(error);
    Expected<Array> array = toArray(function, result, function.getResultTypes()[index]);
    if (!array)
      return array.takeError();
    outputs.push_back(std::move(*array));
  }
  return outputs;
}

static Expected<Datum> workspaceOf(Operation *op, int64_t bytes) { return Machine::allocate(op, {bytes}); }

/// Inputs, outputs of the sizes that the plan says, the workspace.
static Expected<std::vector<Array>> runOnMemory(Machine &machine, FunctionOpInterface function,
                                                MutableArrayRef<Datum> inputs) {
  SmallVector<int64_t> dims;
  for (const Datum &input : inputs)
    llvm::append_range(dims, input.shape);
  Expected<SmallVector<int64_t>> sizes = plan(machine, (function.getName() + ".plan").str(), dims);
  if (!sizes)
    return sizes.takeError();
  SmallVector<Datum> arguments(inputs.begin(), inputs.end()), results;
  unsigned numOutputs = function.getNumArguments() - inputs.size() - 1;
  size_t next = 1; // behind the workspace's size: the dimensions of each output
  for (unsigned index = 0; index < numOutputs; ++index) {
    size_t rank = llvm::cast<MemRefType>(function.getArgumentTypes()[inputs.size() + index]).getRank();
    if (sizes->size() < next + rank)
      break;
    Expected<Datum> output = Machine::allocate(function, ArrayRef(*sizes).slice(next, rank));
    if (!output)
      return output.takeError();
    arguments.push_back(std::move(*output));
    next += rank;
  }
  if (arguments.size() != inputs.size() + numOutputs || next != sizes->size())
    return failAt(function, "has a plan that does not give its workspace and the dimensions of its outputs");
  Expected<Datum> workspace = workspaceOf(function, sizes->front());
  if (!workspace)
    return workspace.takeError();
  arguments.push_back(std::move(*workspace));
  SmallVector<Datum> outputs(ArrayRef(arguments).slice(inputs.size(), numOutputs));
  if (Error error = machine.call(machine.routine(function), arguments, results))
    return std::move(error);
  std::vector<Array> arrays;
  for (auto [index, output] : llvm::enumerate(outputs)) {
    if (Error error = checkWritten(function, output, index))
      return std::move(error);
    Expected<Array> array = toArray(function, output, function.getArgumentTypes()[inputs.size() + index]);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
  }
  return arrays;
}

/// Runs hadal.init, if there is one, once. On tensors it returns the globals
/// that its results' attributes name; on memory it writes them.
static Error initialize(Machine &machine) {
  if (machine.initialized)
    return Error::success();
  machine.initialized = true;
  FunctionOpInterface init = machine.lookup(kInit);
  if (!init || init.isExternal())
    return Error::success();
  SmallVector<Datum> arguments, results;
  if (isHostFunction(init)) {
    Expected<SmallVector<int64_t>> sizes = plan(machine, (kInit + ".plan").str(), {});
    if (!sizes)
      return sizes.takeError();
    Expected<Datum> workspace = workspaceOf(init, sizes->front());
    if (!workspace)
      return workspace.takeError();
    arguments.push_back(std::move(*workspace));
  }
  if (Error error = machine.call(machine.routine(init), arguments, results))
    return error;
  for (auto [index, result] : llvm::enumerate(results)) {
    auto name = llvm::dyn_cast_or_null<FlatSymbolRefAttr>(init.getResultAttr(index, "hadal.global"));
    if (!name)
      return failAt(init, "result " + Twine(index) + " does not say by hadal.global which global it is");
    machine.setGlobal(name.getValue(), std::move(result));
  }
  return Error::success();
}

Interpreter::Interpreter(ModuleOp module) : machine(std::make_unique<Machine>(module)) {}
Interpreter::~Interpreter() = default;

Expected<std::vector<Array>> Interpreter::run(llvm::StringRef name, llvm::ArrayRef<Array> inputs) {
  FunctionOpInterface function = machine->lookup(name);
  if (!function || function.isExternal())
    return fail("the module has no function @" + name);
  bool onMemory = isHostFunction(function);
  unsigned numInputs = function.getNumArguments();
  if (onMemory) {
    auto callable = function;
    numInputs = 0;
    while (numInputs + 1 < callable.getNumArguments() && !callable.getArgAttr(numInputs, "hadal.output"))
      ++numInputs;
  }
  if (inputs.size() != numInputs)
    return failAt(function, "@" + name + " takes " + Twine(numInputs) + " inputs, not " + Twine(inputs.size()));
  if (Error error = initialize(*machine))
    return std::move(error);
  SmallVector<Datum> arguments;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    Expected<Datum> datum = toDatum(function, input, function.getArgumentTypes()[index], "input " + Twine(index));
    if (!datum)
      return datum.takeError();
    arguments.push_back(std::move(*datum));
  }
  unsigned checks = machine->checks, failed = machine->failedChecks;
  Expected<std::vector<Array>> outputs =
      onMemory ? runOnMemory(*machine, function, arguments) : runOnTensors(*machine, function, arguments);
  if (outputs && machine->failedChecks != failed)
    return fail("@" + name + ": " + Twine(machine->failedChecks - failed) + " of its checks failed");
  if (outputs && numInputs == 0 && outputs->empty() && machine->checks == checks)
    return failAt(function, "@" + name + " takes nothing, gives nothing and checks nothing");
  return outputs;
}

Expected<std::vector<Array>> hadal::interpret(ModuleOp module, llvm::StringRef function, llvm::ArrayRef<Array> inputs) {
  return Interpreter(module).run(function, inputs);
}
