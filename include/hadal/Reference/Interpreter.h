//===- Interpreter.h - The reference execution --------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a module's functions plainly, as docs/spec.md defines each operation:
// floats in f64, scores rounded to f32 where they are ranked. It takes IR of
// every level (graph, kernels, host), and is what all other executions are
// compared with:
//
//   Interpreter interpreter(module);
//   Expected<std::vector<Array>> outputs = interpreter.run("prefill", {ids});
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_REFERENCE_INTERPRETER_H
#define HADAL_REFERENCE_INTERPRETER_H

#include "hadal/Support/Npz.h"

#include "mlir/IR/BuiltinOps.h"

#include <memory>

namespace hadal {

class Machine;

class Interpreter {
public:
  explicit Interpreter(mlir::ModuleOp module);
  ~Interpreter();

  /// Runs `function` (tensors in, tensors out; or, after `--hadal-allocate`, a
  /// function with its `.plan`). Weights are converted once, and `hadal.init`
  /// runs before the first function. An error names the operation and its location.
  llvm::Expected<std::vector<Array>> run(llvm::StringRef function, llvm::ArrayRef<Array> inputs);

private:
  std::unique_ptr<Machine> machine;
};

/// Runs `function` of `module` once.
llvm::Expected<std::vector<Array>> interpret(mlir::ModuleOp module, llvm::StringRef function,
                                             llvm::ArrayRef<Array> inputs);

} // namespace hadal

#endif // HADAL_REFERENCE_INTERPRETER_H
