//===- hadal-opt.cpp - Passes and pipelines over IR -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Pipelines/RegisterAll.h"
#include "tools/common/CommandLine.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  hadal::removeLibraryOptions();
  mlir::DialectRegistry registry;
  hadal::registerAllDialects(registry);
  hadal::registerAllPasses();
  return mlir::failed(mlir::MlirOptMain(argc, argv, "Hadal's optimizer driver\n", registry));
}
