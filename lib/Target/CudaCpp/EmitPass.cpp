//===- EmitPass.cpp - Texts of kernels, as strings and attributes ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPrinter.h"

#include "hadal/Target/CudaCpp/EmitCuda.h"

namespace hadal {
#define GEN_PASS_DEF_EMITCUDA
#include "hadal/Target/CudaCpp/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;

FailureOr<std::string> hadal::emitCuda(cuda::KernelOp kernel) {
  // The program's name becomes a C function's.
  StringRef name = kernel.getProgram();
  auto isIdentifier = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (!llvm::all_of(name, isIdentifier) || llvm::isDigit(name.front()))
    return kernel.emitOpError("@") << name << " cannot be a function of C++; rename the program";
  std::string text;
  llvm::raw_string_ostream os(text);
  if (failed(cudacpp::KernelPrinter(kernel, os).print()))
    return failure();
  return text;
}

LogicalResult hadal::printCudaKernels(ModuleOp module, llvm::raw_ostream &os) {
  for (Operation &op : *module.getBody()) {
    if (auto kernel = dyn_cast<cuda::KernelOp>(op)) {
      FailureOr<std::string> text = emitCuda(kernel);
      if (failed(text))
        return failure();
      os << *text << '\n';
    } else if (auto source = op.getAttrOfType<StringAttr>(kSourceAttr)) {
      os << source.getValue() << '\n';
    }
  }
  return success();
}

/// What a slot of a launch holds (HADAL_ARG_* of the runtime's artifact.h).
static int32_t argKind(Type type) {
  if (isa<cuda::ArrayType>(type))
    return 0;
  if (type.isIndex() || type.isInteger(64))
    return 1;
  return type.isF32() ? 2 : 3;
}

namespace {
struct EmitCuda : hadal::impl::EmitCudaBase<EmitCuda> {
  void runOnOperation() override {
    Builder builder(&getContext());
    SymbolTable symbols(getOperation());
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<cuda::KernelOp>())) {
      auto program = symbols.lookup<tile::ProgramOp>(kernel.getProgram());
      if (!program) {
        kernel.emitOpError("no tile.program named @") << kernel.getProgram();
        return signalPassFailure();
      }
      FailureOr<std::string> text = emitCuda(kernel);
      if (failed(text))
        return signalPassFailure();
      SmallVector<int32_t> kinds;
      for (Type type : kernel.getBody().getArgumentTypes())
        kinds.push_back(argKind(type));
      program->setAttr(kSourceAttr, builder.getStringAttr(*text));
      program->setAttr(kBlockThreadsAttr, builder.getI32IntegerAttr(kernel.getThreads()));
      program->setAttr(kSharedBytesAttr, builder.getI32IntegerAttr(kernel.getShared()));
      program->setAttr(kArgKindsAttr, builder.getDenseI32ArrayAttr(kinds));
      kernel.erase();
    }
  }
};
} // namespace
