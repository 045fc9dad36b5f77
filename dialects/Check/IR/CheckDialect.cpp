//===- CheckDialect.cpp - The check dialect -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Check/IR/Check.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal::check;

#include "dialects/Check/IR/CheckDialect.cpp.inc"

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Check/IR/CheckOps.cpp.inc"
      >();
}

static LogicalResult verifyComparable(Operation *op) {
  Type actual = op->getOperand(0).getType(), expected = op->getOperand(1).getType();
  if (getElementTypeOrSelf(actual) != getElementTypeOrSelf(expected) || failed(verifyCompatibleShape(actual, expected)))
    return op->emitOpError("cannot compare ") << actual << " with " << expected; // C1
  return success();
}

LogicalResult ExpectEqOp::verify() {
  return verifyComparable(*this); // C1
}

LogicalResult ExpectCloseOp::verify() {
  if (failed(verifyComparable(*this))) // C1
    return failure();
  if (!llvm::isa<FloatType>(getElementTypeOrSelf(getActual().getType())))
    return emitOpError("compares floats, not ") << getActual().getType(); // C2
  if (!getTolerance().isFinite() || getTolerance().isNegative())
    return emitOpError("the tolerance must be finite and not negative"); // C3
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Check/IR/CheckOps.cpp.inc"
