//===- HadalDialect.cpp - The hadal dialect ---------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

#include "dialects/Hadal/IR/HadalDialect.cpp.inc"
#include "dialects/Hadal/IR/HadalEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Hadal/IR/HadalAttrs.cpp.inc"

void HadalDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Hadal/IR/HadalAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Hadal/IR/HadalOps.cpp.inc"
      >();
}
