//===- Chlo.h - The chlo dialect -----------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CHLO_IR_CHLO_H
#define HADAL_DIALECTS_CHLO_IR_CHLO_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Chlo/IR/ChloDialect.h.inc"
#include "dialects/Chlo/IR/ChloEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Chlo/IR/ChloAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Chlo/IR/ChloOps.h.inc"

#endif // HADAL_DIALECTS_CHLO_IR_CHLO_H
