//===- TileToVector.cpp - The pass ----------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Conversion/TileToVector/Passes.h"

#include "lib/Conversion/TileToVector/ProgramLowering.h"

#include "llvm/TargetParser/Host.h"

namespace hadal {
#define GEN_PASS_DEF_TILETOVECTOR
#include "hadal/Conversion/TileToVector/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;

namespace {

/// The function that runs a grid point of the program, with no body yet.
func::FuncOp createFunction(OpBuilder &b, tile::ProgramOp program) {
  SmallVector<Type> types;
  for (Type type : program.getArgumentTypes()) {
    if (auto memref = dyn_cast<MemRefType>(type))
      type = MemRefType::get(memref.getShape(), cpu::memoryType(memref.getElementType()));
    types.push_back(type);
  }
  types.append(3, b.getIndexType());
  types.push_back(MemRefType::get(ShapedType::kDynamic, b.getI8Type()));
  auto function = func::FuncOp::create(b, program.getLoc(), (program.getSymName() + ".cpu").str(),
                                       b.getFunctionType(types, TypeRange()));
  function.setPrivate();
  function.addEntryBlock();
  return function;
}

/// The width of this machine's vector registers.
int64_t hostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return features.lookup("avx512f") ? 512 : features.lookup("avx2") ? 256 : 128;
}

struct TileToVector : hadal::impl::TileToVectorBase<TileToVector> {
  using TileToVectorBase::TileToVectorBase;

  void runOnOperation() override {
    for (auto program : llvm::make_early_inc_range(getOperation().getOps<tile::ProgramOp>()))
      if (failed(lower(program)))
        return signalPassFailure();
  }

  LogicalResult lower(tile::ProgramOp program) {
    OpBuilder b(program);
    b.setInsertionPointAfter(program);
    func::FuncOp function = createFunction(b, program);
    cpu::TilePlan plan(program, vectorBits ? vectorBits : hostVectorBits());
    cpu::ProgramLowering lowering(program, function, plan);
    if (failed(lowering.run()))
      return failure();
    program->setAttr("hadal.cpu", FlatSymbolRefAttr::get(function));
    program->setAttr("hadal.scratch_bytes", b.getI64IntegerAttr(plan.scratchBytes()));

    Block &body = program.getBody().front();
    while (Operation *op = body.getTerminator()->getPrevNode())
      op->erase();
    return success();
  }
};

} // namespace
