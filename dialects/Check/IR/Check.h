//===- Check.h - The check dialect -----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CHECK_IR_CHECK_H
#define HADAL_DIALECTS_CHECK_IR_CHECK_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Check/IR/CheckDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Check/IR/CheckOps.h.inc"

#endif // HADAL_DIALECTS_CHECK_IR_CHECK_H
