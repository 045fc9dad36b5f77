//===- Executor.h - One way to run a function -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_EXECUTIONENGINE_EXECUTOR_H
#define HADAL_EXECUTIONENGINE_EXECUTOR_H

#include "hadal/ExecutionEngine/Signature.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace hadal {

/// Runs one function of a model, one way: interpreted, on the CPU, emulated, on a GPU.
class Executor {
public:
  virtual ~Executor() = default;
  virtual const Signature &signature() const = 0;
  /// Runs the function `repeat` times; appends to `milliseconds` how long each took. The outputs are the last run's.
  virtual llvm::Expected<std::vector<Array>> run(llvm::ArrayRef<Array> inputs, int32_t repeat,
                                                 std::vector<double> &milliseconds) = 0;
};

/// Interprets `function` of `module` in double precision.
llvm::Expected<std::unique_ptr<Executor>> makeReferenceExecutor(mlir::ModuleOp module, llvm::StringRef function);

/// Runs `function` of the artifact at `path` through the runtime's C ABI (runtime/include/hadal/runtime.h), on `device`
/// ("cpu", "cuda:0", "emulator"). An empty name is the only function there is.
llvm::Expected<std::unique_ptr<Executor>> makeRuntimeExecutor(llvm::StringRef path, llvm::StringRef device,
                                                              int32_t threads, llvm::StringRef function);

} // namespace hadal

#endif // HADAL_EXECUTIONENGINE_EXECUTOR_H
