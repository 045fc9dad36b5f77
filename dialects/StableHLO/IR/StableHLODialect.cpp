//===- StableHLODialect.cpp - The stablehlo dialect -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/StableHLO/IR/StableHLO.h"
#include "dialects/StableHLO/IR/Syntax.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

#include "dialects/StableHLO/IR/StableHLODialect.cpp.inc"
#include "dialects/StableHLO/IR/StableHLOEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/StableHLO/IR/StableHLOAttrs.cpp.inc"

void StableHLODialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/StableHLO/IR/StableHLOOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/StableHLO/IR/StableHLOAttrs.cpp.inc"
      >();
}

std::optional<Dialect::ParseOpHook> StableHLODialect::getParseOperationHook(StringRef) const {
  return ParseOpHook(stablehlo::refuseOperation);
}

//===----------------------------------------------------------------------===//
// Element-wise operations
//===----------------------------------------------------------------------===//

LogicalResult hadal::stablehlo::verifyElementwise(Operation *op) {
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    bool mayBeScalar =
        isa<ClampOp>(op) ? operand.getOperandNumber() != 1 : isa<SelectOp>(op) && operand.getOperandNumber() == 0;
    if (mayBeScalar && type.getRank() == 0)
      continue;
    if (failed(verifyCompatibleShape(type, result)))
      return op->emitOpError("operand ") << operand.getOperandNumber() << " of type " << type
                                         << " does not have the shape of the result " << result;
  }
  return success();
}

LogicalResult hadal::stablehlo::verifySameElementType(Operation *op) {
  Type element = getElementTypeOrSelf(op->getResult(0));
  for (OpOperand &operand : op->getOpOperands())
    if (getElementTypeOrSelf(operand.get()) != element)
      return op->emitOpError("operand ") << operand.getOperandNumber() << " has elements of "
                                         << getElementTypeOrSelf(operand.get()) << ", the result of " << element;
  return success();
}
