//===- Onnx.cpp - Import of ONNX models -----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/Onnx.h"

#include "Check.h"
#include "Importer.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// The file's stem as an identifier: "decode-1.onnx" is @decode_1.
static std::string functionName(StringRef path) {
  std::string name = sys::path::stem(path).str();
  for (char &c : name)
    if (!isAlnum(c) && c != '_')
      c = '_';
  if (name.empty() || isDigit(name.front()))
    name.insert(name.begin(), '_');
  return name;
}

/// Erases what no result depends on.
static void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

/// Verifies what was built. Errors name the file and the node, as all of the import's do.
static LogicalResult verifyImported(ModuleOp module, Location file) {
  std::string text;
  {
    ScopedDiagnosticHandler collect(module.getContext(), [&](Diagnostic &diagnostic) {
      if (text.empty()) {
        auto name = dyn_cast<NameLoc>(diagnostic.getLocation());
        text = (name ? "node '" + name.getName().str() + "': " : std::string()) + diagnostic.str();
      }
      return success();
    });
    if (succeeded(verify(module)))
      return success();
  }
  return emitError(file, text);
}

FailureOr<OwningOpRef<ModuleOp>> hadal::importOnnx(StringRef path, MLIRContext *context,
                                                   const OnnxImportOptions &options) {
  context->loadDialect<HadalDialect, affine::AffineDialect, arith::ArithDialect, func::FuncDialect,
                       linalg::LinalgDialect, math::MathDialect, tensor::TensorDialect>();
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  auto report = [&](Error error) {
    emitError(loc) << toString(std::move(error));
    return failure();
  };
  Expected<Model> model = readModel(path);
  if (!model)
    return report(model.takeError());
  if (Error error = inlineFunctions(*model))
    return report(std::move(error));
  if (Error error = checkModel(*model))
    return report(std::move(error));
  if (Error error = checkOperators(*model))
    return report(std::move(error));

  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(module->getBodyRegion());
  std::string name = options.functionName.empty() ? functionName(path) : options.functionName;
  auto func = func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(func.addEntryBlock());
  if (failed(Importer(*model, func, builder).run()))
    return failure();
  eraseDeadOps(func.getBody().front());
  if (failed(verifyImported(*module, loc)))
    return failure();
  return module;
}
