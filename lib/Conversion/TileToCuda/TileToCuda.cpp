//===- TileToCuda.cpp - The pass from tile programs to cuda kernels -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "hadal/Conversion/TileToCuda/Passes.h"

#include "llvm/ADT/StringSet.h"

namespace hadal {
#define GEN_PASS_DEF_TILETOCUDA
#include "hadal/Conversion/TileToCuda/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;

/// The name of a program's argument: `hadal.name`, or its location's name, or its number.
static std::string nameArgument(tile::ProgramOp program, unsigned index) {
  std::string name;
  if (auto attr = program.getArgAttrOfType<StringAttr>(index, "hadal.name"))
    name = attr.getValue();
  else if (auto loc = dyn_cast<NameLoc>(program.getBody().getArgument(index).getLoc()))
    name = loc.getName().getValue();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    return "arg" + std::to_string(index);
  return name;
}

namespace {
struct TileToCuda : hadal::impl::TileToCudaBase<TileToCuda> {
  void runOnOperation() override {
    for (auto program : llvm::make_early_inc_range(getOperation().getOps<tile::ProgramOp>()))
      if (failed(lower(program)))
        return signalPassFailure();
  }

  static LogicalResult lower(tile::ProgramOp program) {
    auto threads = program->getAttrOfType<IntegerAttr>(cuda::kThreadsAttr);
    if (!threads)
      return program.emitError("has no layouts yet: run --hadal-assign-layouts first");
    SmallVector<Type> types;
    SmallVector<std::string> names;
    llvm::StringSet<> taken;
    for (BlockArgument argument : program.getBody().getArguments()) {
      std::string name = nameArgument(program, argument.getArgNumber());
      while (!taken.insert(name).second)
        name += "_" + std::to_string(argument.getArgNumber());
      names.push_back(name);
      auto memref = dyn_cast<MemRefType>(argument.getType());
      if (!memref) {
        types.push_back(argument.getType());
        continue;
      }
      types.push_back(cuda::ArrayType::get(program.getContext(), cuda::Space::Global, 0, memref.getElementType()));
      for (auto [dim, size] : llvm::enumerate(memref.getShape()))
        if (ShapedType::isDynamic(size)) {
          types.push_back(IndexType::get(program.getContext()));
          names.push_back(name + "_d" + std::to_string(dim));
        }
    }
    OpBuilder builder(program);
    builder.setInsertionPointAfter(program);
    auto kernel = cuda::KernelOp::create(builder, program.getLoc(), program.getName(), types, names, threads.getInt());
    if (succeeded(KernelLowering(program, kernel).run()))
      return success();
    kernel.erase();
    return failure();
  }
};
} // namespace
