//===- ReferenceExecutor.cpp - Run by the reference interpreter ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/ExecutionEngine/Executor.h"

#include "hadal/Reference/Interpreter.h"

#include <chrono>

using namespace mlir;
using namespace hadal;

namespace {
class ReferenceExecutor : public Executor {
public:
  ReferenceExecutor(ModuleOp module, Signature signature, std::vector<std::string> functions)
      : interpreter(module), spec(std::move(signature)), functions(std::move(functions)) {}

  const Signature &signature() const override { return spec; }

  llvm::Expected<std::vector<Array>> run(llvm::ArrayRef<Array> inputs, int32_t repeat,
                                         std::vector<double> &milliseconds) override {
    if (llvm::Error error = checkInputs(spec, inputs))
      return std::move(error);
    for (int32_t i = 0;; ++i) {
      auto start = std::chrono::steady_clock::now();
      llvm::Expected<std::vector<Array>> outputs = runAll(inputs);
      std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
      milliseconds.push_back(elapsed.count());
      if (!outputs || i + 1 >= repeat)
        return outputs;
    }
  }

private:
  llvm::Expected<std::vector<Array>> runAll(llvm::ArrayRef<Array> inputs) {
    if (functions.size() == 1) {
      // In IR, integers have no signs: unsigned arrays go in and come out as the same bits.
      std::vector<Array> signless(inputs.begin(), inputs.end());
      for (Array &array : signless)
        array.dtype = withoutSign(array.dtype);
      llvm::Expected<std::vector<Array>> outputs =
          interpreter.run(functions.front(), hasUnsigned() ? llvm::ArrayRef<Array>(signless) : inputs);
      if (outputs)
        for (auto [array, output] : llvm::zip(*outputs, spec.outputs))
          if (array.dtype == withoutSign(output.dtype))
            array.dtype = output.dtype;
      return outputs;
    }
    llvm::Error errors = llvm::Error::success();
    for (const std::string &function : functions)
      if (auto outputs = interpreter.run(function, {}); !outputs)
        errors = llvm::joinErrors(std::move(errors), outputs.takeError());
    if (errors)
      return std::move(errors);
    return std::vector<Array>();
  }

  static DType withoutSign(DType dtype) {
    switch (dtype) {
    case DType::U8:
      return DType::I8;
    case DType::U16:
      return DType::I16;
    case DType::U32:
      return DType::I32;
    case DType::U64:
      return DType::I64;
    default:
      return dtype;
    }
  }
  bool hasUnsigned() const {
    return llvm::any_of(spec.inputs, [](const TensorSpec &input) { return input.dtype != withoutSign(input.dtype); });
  }

  Interpreter interpreter;
  Signature spec;
  /// One function, or all those of a file of checks, which take and give nothing.
  std::vector<std::string> functions;
};
} // namespace

/// The function of that name, or the only public one, or all if they take and give nothing.
static llvm::Expected<SmallVector<func::FuncOp>> findFunctions(ModuleOp module, StringRef name) {
  auto error = [](const llvm::Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.getName() == name)
      return SmallVector<func::FuncOp>{function};
    if (function.isPublic() && !function.isDeclaration() && !function->hasAttr("hadal.plan") &&
        function.getName() != "hadal.init")
      candidates.push_back(function);
  }
  if (!name.empty())
    return error("no function named '" + name + "'");
  bool areChecks = llvm::all_of(candidates, [](func::FuncOp function) {
    return function.getNumArguments() == 0 && function.getNumResults() == 0;
  });
  if (candidates.empty() || (candidates.size() > 1 && !areChecks))
    return error(candidates.empty() ? "the module has no public function"
                                    : "the module has several public functions: name one by --function");
  return candidates;
}

llvm::Expected<std::unique_ptr<Executor>> hadal::makeReferenceExecutor(ModuleOp module, StringRef name) {
  llvm::Expected<SmallVector<func::FuncOp>> functions = findFunctions(module, name);
  if (!functions)
    return functions.takeError();
  std::vector<std::string> names;
  for (func::FuncOp function : *functions)
    names.push_back(function.getName().str());
  llvm::Expected<Signature> signature = signatureOf(functions->front());
  if (!signature)
    return signature.takeError();
  return std::make_unique<ReferenceExecutor>(module, std::move(*signature), std::move(names));
}
