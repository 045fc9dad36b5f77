//===- Fuzz.h - What the fuzzers share ------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TEST_FUZZ_FUZZ_H
#define HADAL_TEST_FUZZ_FUZZ_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <random>
#include <string>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace hadal::fuzz {

using Random = std::minstd_rand;

inline size_t below(Random &random, size_t end) { return end ? random() % end : 0; }

/// A context for many inputs. What is uniqued in a context stays in it, so each serves for a number of inputs only.
class Session {
public:
  explicit Session(void (*registerDialects)(mlir::DialectRegistry &)) : registerDialects(registerDialects) {}

  /// For the next input.
  mlir::MLIRContext *get();
  mlir::MLIRContext *current() { return context.get(); }

private:
  void (*registerDialects)(mlir::DialectRegistry &);
  std::unique_ptr<mlir::MLIRContext> context;
  unsigned uses = 0;
};

inline mlir::MLIRContext *Session::get() {
  if (!context || ++uses % 256 == 0) {
    context.reset();
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
    context->getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
  }
  return context.get();
}

/// `text` with a few of its tokens or lines changed: numbers, words for words of its kind, lines left out or twice.
std::string mutateText(llvm::StringRef text, Random &random);

/// `data`, a model, with a few fields of its messages changed; empty if it is no model or `random` says so.
std::string mutateOnnx(llvm::StringRef data, Random &random);

} // namespace hadal::fuzz

#endif // HADAL_TEST_FUZZ_FUZZ_H
