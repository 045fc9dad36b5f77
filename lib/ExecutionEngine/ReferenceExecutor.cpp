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
  ReferenceExecutor(ModuleOp module, Signature signature) : interpreter(module), spec(std::move(signature)) {}

  const Signature &signature() const override { return spec; }

  llvm::Expected<std::vector<Array>> run(llvm::ArrayRef<Array> inputs, int32_t repeat,
                                         std::vector<double> &milliseconds) override {
    if (llvm::Error error = checkInputs(spec, inputs))
      return std::move(error);
    for (int32_t i = 0;; ++i) {
      auto start = std::chrono::steady_clock::now();
      llvm::Expected<std::vector<Array>> outputs = interpreter.run(spec.function, inputs);
      std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
      milliseconds.push_back(elapsed.count());
      if (!outputs || i + 1 >= repeat)
        return outputs;
    }
  }

private:
  Interpreter interpreter;
  Signature spec;
};
} // namespace

/// The function of that name, or the only public one.
static llvm::Expected<func::FuncOp> findFunction(ModuleOp module, StringRef name) {
  auto error = [](const llvm::Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.getName() == name)
      return function;
    if (function.isPublic() && !function.isDeclaration() && !function->hasAttr("hadal.plan") &&
        function.getName() != "hadal.init")
      candidates.push_back(function);
  }
  if (!name.empty())
    return error("no function named '" + name + "'");
  if (candidates.size() != 1)
    return error(candidates.empty() ? "the module has no public function"
                                    : "the module has several public functions: name one by --function");
  return candidates.front();
}

llvm::Expected<std::unique_ptr<Executor>> hadal::makeReferenceExecutor(ModuleOp module, StringRef name) {
  llvm::Expected<func::FuncOp> function = findFunction(module, name);
  if (!function)
    return function.takeError();
  llvm::Expected<Signature> signature = signatureOf(*function);
  if (!signature)
    return signature.takeError();
  return std::make_unique<ReferenceExecutor>(module, std::move(*signature));
}
