//===- RegisterAll.cpp - Everything a tool may need, registered -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Pipelines/RegisterAll.h"

#include "dialects/Check/IR/Check.h"
#include "dialects/Chlo/IR/Chlo.h"
#include "dialects/Cuda/IR/Cuda.h"
#include "dialects/Cuda/Transforms/Passes.h"
#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Hadal/Transforms/Passes.h"
#include "dialects/StableHLO/IR/StableHLO.h"
#include "dialects/Tile/IR/Tile.h"
#include "dialects/Vhlo/IR/Vhlo.h"
#include "hadal/Conversion/HadalToTile/Passes.h"
#include "hadal/Conversion/HostToLLVM/Passes.h"
#include "hadal/Conversion/TileToCuda/Passes.h"
#include "hadal/Conversion/TileToVector/Passes.h"
#include "hadal/Target/CudaCpp/EmitCuda.h"
#include "hadal/Transforms/Decompose/Passes.h"
#include "hadal/Transforms/Raise/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void hadal::registerAllDialects(DialectRegistry &registry) {
  registry.insert<check::CheckDialect, HadalDialect, tile::TileDialect, cuda::CudaDialect>();
  registry.insert<stablehlo::StableHLODialect, chlo::ChloDialect, VhloDialect, MhloDialect, SdyDialect>();
  registry.insert<affine::AffineDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  registerAllExtensions(registry);
}

void hadal::registerAllPasses() {
  registerHadalTransformsPasses();
  registerHadalDecomposePasses();
  registerHadalToTilePasses();
  registerHadalRaisePasses();
  registerTileToVectorPasses();
  registerHostToLLVMPasses();
  registerHostToLLVMPipeline();
  memref::registerResolveRankedShapeTypeResultDimsPass();
  registerTransformsPasses(); // canonicalize, cse, symbol-dce, ...
  cuda::registerCudaTransformsPasses();
  registerTileToCudaPasses();
  registerTileToCudaPipeline();
  registerCudaCppPasses();
}
