//===- Pipeline.cpp - Everything into the llvm dialect --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Conversion/HostToLLVM/Passes.h"

#include "hadal/Conversion/TileToVector/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void hadal::buildHostToLLVMPipeline(OpPassManager &manager) {
  manager.addPass(createEmitArtifactABI());
  manager.addNestedPass<func::FuncOp>(createExpandMath());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass()); // what LLVM has no intrinsic for
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void hadal::registerHostToLLVMPipeline() {
  PassPipelineRegistration<> pipeline("hadal-host-to-llvm",
                                      "The host program and lowered kernels of a module into the llvm dialect",
                                      buildHostToLLVMPipeline);
}
