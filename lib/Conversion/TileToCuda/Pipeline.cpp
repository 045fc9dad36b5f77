//===- Pipeline.cpp - All the passes from tile programs to kernels --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/Transforms/Passes.h"
#include "hadal/Conversion/TileToCuda/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace hadal;

void hadal::buildTileToCudaPipeline(OpPassManager &manager) {
  manager.addNestedPass<tile::ProgramOp>(createAssignLayouts());
  manager.addPass(createTileToCuda());
  OpPassManager &kernels = manager.nest<cuda::KernelOp>();
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass()); // what a row's elements share stands before their loop
  kernels.addPass(cuda::createCudaAllocateShared());
  kernels.addPass(cuda::createCudaInsertBarriers());
}

void hadal::registerTileToCudaPipeline() {
  PassPipelineRegistration<>("hadal-cuda-kernels", "Tile programs to complete cuda kernels",
                             [](OpPassManager &manager) { buildTileToCudaPipeline(manager); });
}
