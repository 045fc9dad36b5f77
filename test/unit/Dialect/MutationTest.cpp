//===- MutationTest.cpp - Verifiers on mutated IR -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every operation of the hadal dialect, as the round-trip tests have it, is
// changed at random and parsed again. Whatever comes of it, nothing may crash:
// not parsing, not verification, and not the methods that passes call on what
// was verified. HADAL_MUTANTS sets how many mutants there are (100,000),
// HADAL_MUTATION_SEED which.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "dialects/Hadal/IR/Hadal.h"
#include "hadal/Pipelines/RegisterAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <cstdlib>

using namespace mlir;
using namespace hadal;

static std::unique_ptr<MLIRContext> makeContext() {
  DialectRegistry registry;
  registerAllDialects(registry);
  auto context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

/// A module with a function that takes the operands of `op` and holds it alone.
static std::string alone(Operation *op, bool generic) {
  OpBuilder builder(op->getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  builder.setInsertionPointToStart(module->getBody());
  auto function = func::FuncOp::create(builder, op->getLoc(), "f", builder.getFunctionType(op->getOperandTypes(), {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  Operation *copy = builder.clone(*op);
  copy->setOperands(function.getArguments());
  func::ReturnOp::create(builder, op->getLoc());
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  module->print(stream, generic ? flags.printGenericOpForm() : flags);
  return text;
}

/// Every hadal operation of the round-trip tests, pretty and generic.
static std::vector<std::string> seeds() {
  std::vector<std::string> texts;
  std::unique_ptr<MLIRContext> context = makeContext();
  std::error_code code;
  for (llvm::sys::fs::directory_iterator file(HADAL_SOURCE_DIR "/test/Dialect/Hadal", code), end; file != end && !code;
       file.increment(code)) {
    if (!StringRef(file->path()).ends_with("round-trip.mlir"))
      continue;
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(file->path(), context.get());
    EXPECT_TRUE(module) << file->path();
    if (module)
      module->walk([&](Operation *op) {
        if (isa<HadalDialect>(op->getDialect()))
          for (bool generic : {false, true})
            texts.push_back(alone(op, generic));
      });
  }
  return texts;
}

/// What passes ask of an operation that was verified.
static void ask(Operation *op) {
  if (auto cost = dyn_cast<CostOpInterface>(op)) {
    cost.getFlops();
    cost.getBytes();
  }
  OpBuilder builder(op);
  ReifiedRankedShapedTypeDims shapes;
  if (auto reifiable = dyn_cast<ReifyRankedShapedTypeOpInterface>(op))
    (void)reifiable.reifyResultShapes(builder, shapes);
  SmallVector<OpFoldResult> folded;
  (void)op->fold(folded);
  std::string text;
  llvm::raw_string_ostream stream(text);
  op->print(stream);
}

static uint64_t numberFrom(const char *variable, uint64_t otherwise) {
  const char *text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(MutationTest, NothingCrashes) {
  std::vector<std::string> texts = seeds();
  ASSERT_GT(texts.size(), 30u);
  uint64_t mutants = numberFrom("HADAL_MUTANTS", 100000), valid = 0;
  Mutator mutator(numberFrom("HADAL_MUTATION_SEED", 1));
  std::unique_ptr<MLIRContext> context;
  for (uint64_t index = 0; index < mutants; ++index) {
    if (index % 2000 == 0) {
      context = makeContext(); // lets go of the types and attributes of earlier mutants
      context->getDiagEngine().registerHandler([](Diagnostic &) { return success(); });
    }
    std::string text = mutator.mutate(texts[index % texts.size()]);
    if (std::getenv("HADAL_MUTATION_TRACE"))
      llvm::errs() << text << "// -----\n";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
    if (!module)
      continue;
    ++valid;
    SmallVector<Operation *> ops;
    module->walk([&](Operation *op) {
      if (isa<HadalDialect>(op->getDialect()))
        ops.push_back(op);
    });
    llvm::for_each(ops, ask);
  }
  // Mutants that are all refused at the first token would test nothing.
  EXPECT_GT(valid, mutants / 50);
  EXPECT_LT(valid, mutants / 2);
  RecordProperty("valid", static_cast<int>(valid));
  llvm::outs() << valid << " of " << mutants << " mutants were valid\n";
}
