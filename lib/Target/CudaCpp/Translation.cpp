//===- Translation.cpp - hadal-translate --emit-cuda ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Target/CudaCpp/EmitCuda.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;

void hadal::registerCudaCppTranslation() {
  static TranslateFromMLIRRegistration registration(
      "emit-cuda", "cuda kernels to CUDA C++ (without the prelude)",
      [](Operation *op, llvm::raw_ostream &os) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        return module ? printCudaKernels(module, os) : op->emitError("expected a module");
      },
      [](DialectRegistry &registry) {
        registry.insert<cuda::CudaDialect, tile::TileDialect, func::FuncDialect, memref::MemRefDialect>();
      });
}
