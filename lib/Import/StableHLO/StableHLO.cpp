//===- StableHLO.cpp - Import of StableHLO models -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/StableHLO.h"

#include "Importer.h"

#include "dialects/Chlo/IR/Chlo.h"
#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Vhlo/IR/Vhlo.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::stablehlo;

void hadal::registerStableHLODialects(DialectRegistry &registry) {
  registry.insert<StableHLODialect, chlo::ChloDialect, VhloDialect, MhloDialect, SdyDialect, func::FuncDialect>();
}

static bool isOfDialects(Operation *op, ArrayRef<StringRef> names) {
  return llvm::is_contained(names, op->getName().getDialectNamespace());
}

bool hadal::isStableHLO(ModuleOp module) {
  // Producers mark modules, also those that hold nothing but calls.
  if (llvm::any_of(module->getDiscardableAttrs(), [](NamedAttribute attribute) {
        return attribute.getName().getValue().starts_with("mhlo.") ||
               attribute.getName().getValue().starts_with("jax.");
      }))
    return true;
  bool ours = false, calls = false, others = false;
  module.walk([&](Operation *op) {
    ours |= isOfDialects(op, {"stablehlo", "chlo", "vhlo"});
    calls |= isa<func::CallOp>(op);
    others |= !isOfDialects(op, {"func", "builtin"});
  });
  return ours || (calls && !others);
}

std::string hadal::bytecodeProducer(StringRef data) {
  if (!data.consume_front("ML\xefR"))
    return "";
  // The version of the format, a number of as many bytes as the lowest set bit says, then text up to a zero.
  size_t skip = data.empty() ? 0 : data[0] ? llvm::countr_zero(static_cast<uint8_t>(data[0])) + 1 : 9;
  data = data.drop_front(std::min(skip, data.size()));
  return data.take_until([](char c) { return c == 0; }).str();
}

/// "StableHLO_v1.15.0": only the first number says whether its artifacts can be read.
static LogicalResult checkProducer(Location loc, StringRef producer) {
  StringRef version = producer;
  if (!version.consume_front("StableHLO_v"))
    return success();
  unsigned major, newest;
  StringRef(kNewestStableHLO).split('.').first.getAsInteger(10, newest);
  if (version.split('.').first.getAsInteger(10, major) || major > newest)
    return emitError(loc) << "an artifact of " << producer << " is newer than what is read: StableHLO up to "
                          << kNewestStableHLO;
  return success();
}

InFlightDiagnostic hadal::stablehlo::errorAt(Location loc, Location file) {
  if (loc->findInstanceOf<FileLineColLoc>())
    return emitError(loc);
  auto error = emitError(file);
  if (auto name = loc->findInstanceOf<NameLoc>())
    error << "'" << name.getName().getValue() << "': ";
  return error;
}

//===----------------------------------------------------------------------===//
// Checks before the import
//===----------------------------------------------------------------------===//

static FailureOr<func::FuncOp> findMain(ModuleOp module, Location file) {
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      candidates.push_back(function);
  if (candidates.size() > 1)
    if (auto main = module.lookupSymbol<func::FuncOp>("main"))
      return main;
  if (candidates.size() != 1) {
    emitError(file) << (candidates.empty() ? "the module has no public function with a body"
                                           : "the module has several public functions, none named main");
    return failure();
  }
  if (!candidates.front().getBody().hasOneBlock()) {
    candidates.front().emitError("the function has more than one block");
    return failure();
  }
  return candidates.front();
}

/// Everything that is not supported in what the function reaches, in one error.
static LogicalResult checkSupported(ModuleOp module, func::FuncOp main, Location file) {
  SymbolTable symbols(module);
  struct Reason {
    std::string text;
    Location loc;
    int64_t count;
  };
  std::vector<Reason> reasons;
  SmallPtrSet<Operation *, 8> seen;
  SmallVector<func::FuncOp> work{main};
  while (!work.empty()) {
    func::FuncOp function = work.pop_back_val();
    if (!seen.insert(function).second)
      continue;
    function.walk([&](Operation *op) {
      if (isa<func::FuncOp>(op))
        return;
      if (auto call = dyn_cast<func::CallOp>(op))
        if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee()); callee && !callee.isExternal())
          work.push_back(callee);
      std::string reason = !isa<func::CallOp, func::ReturnOp>(op) && !isOfDialects(op, {"stablehlo", "chlo"})
                               ? "operation '" + op->getName().getStringRef().str() + "'"
                               : whyUnsupported(op);
      if (reason.empty())
        return;
      auto known = llvm::find_if(reasons, [&](const Reason &each) { return each.text == reason; });
      if (known == reasons.end())
        reasons.push_back({reason, op->getLoc(), 1});
      else
        ++known->count;
    });
  }
  if (reasons.empty())
    return success();
  auto error = errorAt(reasons.front().loc, file) << "not supported: ";
  llvm::interleaveComma(reasons, error, [&](const Reason &reason) {
    error << reason.text;
    if (reason.count > 1)
      error << " (" << reason.count << " times)";
  });
  return error;
}

static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

//===----------------------------------------------------------------------===//
// Import
//===----------------------------------------------------------------------===//

LogicalResult hadal::importStableHLO(ModuleOp module, Location file, StringRef producer) {
  MLIRContext *context = module.getContext();
  context
      ->loadDialect<HadalDialect, affine::AffineDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                    math::MathDialect, scf::SCFDialect, tensor::TensorDialect, StableHLODialect, chlo::ChloDialect>();
  if (failed(checkProducer(file, producer)) || failed(convertVhlo(module, file, producer)) || failed(verify(module)))
    return failure();
  FailureOr<func::FuncOp> main = findMain(module, file);
  if (failed(main) || failed(checkSupported(module, *main, file)))
    return failure();

  OwningOpRef<ModuleOp> imported = ModuleOp::create(file);
  OpBuilder builder(imported->getBodyRegion());
  auto target = func::FuncOp::create(builder, main->getLoc(), main->getName(), builder.getFunctionType({}, {}));
  if (failed(Importer(module, target).run(*main)))
    return failure();
  eraseDeadOps(target.getBody().front());
  if (failed(verify(*imported)))
    return failure();
  module.getBodyRegion().takeBody(imported->getBodyRegion());
  module->setAttrs(DictionaryAttr::get(context));
  return success();
}
