//===- StableHLOOps.cpp - The operations' generated parts ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace hadal::stablehlo;

#define GET_OP_CLASSES
#include "dialects/StableHLO/IR/StableHLOOps.cpp.inc"
