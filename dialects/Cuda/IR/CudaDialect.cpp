//===- CudaDialect.cpp - The cuda dialect ---------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/IR/Cuda.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::cuda;

#include "dialects/Cuda/IR/CudaDialect.cpp.inc"
#include "dialects/Cuda/IR/CudaEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Cuda/IR/CudaAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Cuda/IR/CudaTypes.cpp.inc"

void CudaDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Cuda/IR/CudaAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Cuda/IR/CudaTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Cuda/IR/CudaOps.cpp.inc"
      >();
}
