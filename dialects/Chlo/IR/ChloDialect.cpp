//===- ChloDialect.cpp - The chlo dialect --------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Chlo/IR/Chlo.h"

#include "dialects/StableHLO/IR/Syntax.h"
#include "dialects/StableHLO/IR/Verify.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::chlo;
using hadal::stablehlo::typeOf;

#include "dialects/Chlo/IR/ChloDialect.cpp.inc"
#include "dialects/Chlo/IR/ChloEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Chlo/IR/ChloAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Chlo/IR/ChloOps.cpp.inc"

void ChloDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Chlo/IR/ChloOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Chlo/IR/ChloAttrs.cpp.inc"
      >();
}

std::optional<Dialect::ParseOpHook> ChloDialect::getParseOperationHook(StringRef) const {
  return ParseOpHook(stablehlo::refuseOperation);
}

Attribute RaggedDotDimensionNumbersAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> lists[6];
  if (stablehlo::parseFields(parser, {{"lhs_batching_dimensions", &lists[0]},
                                      {"rhs_batching_dimensions", &lists[1]},
                                      {"lhs_contracting_dimensions", &lists[2]},
                                      {"rhs_contracting_dimensions", &lists[3]},
                                      {"lhs_ragged_dimensions", &lists[4]},
                                      {"rhs_group_dimensions", &lists[5]}}))
    return {};
  return get(parser.getContext(), lists[0], lists[1], lists[2], lists[3], lists[4], lists[5]);
}

void RaggedDotDimensionNumbersAttr::print(AsmPrinter &printer) const {
  stablehlo::printFields(printer, {{"lhs_batching_dimensions", getLhsBatchingDimensions()},
                                   {"rhs_batching_dimensions", getRhsBatchingDimensions()},
                                   {"lhs_contracting_dimensions", getLhsContractingDimensions()},
                                   {"rhs_contracting_dimensions", getRhsContractingDimensions()},
                                   {"lhs_ragged_dimensions", getLhsRaggedDimensions()},
                                   {"rhs_group_dimensions", getRhsGroupDimensions()}});
}

LogicalResult TopKOp::verify() {
  auto type = typeOf(getOperand());
  int64_t k = getK();
  if (type.getRank() == 0)
    return emitOpError("takes the largest of a scalar");
  if (k < 0 || (!type.isDynamicDim(type.getRank() - 1) && k > type.getShape().back()))
    return emitOpError("takes the ") << k << " largest of " << type.getShape().back();
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = k;
  return failure(failed(stablehlo::verifyResult(*this, 0, shape, type.getElementType())) ||
                 failed(stablehlo::verifyResult(*this, 1, shape)));
}

LogicalResult RaggedDotOp::verify() {
  auto dims = getRaggedDotDimensionNumbers();
  SmallVector<int64_t> lhs(dims.getLhsBatchingDimensions()), rhs(dims.getRhsBatchingDimensions());
  llvm::append_range(lhs, dims.getLhsContractingDimensions());
  llvm::append_range(rhs, dims.getRhsContractingDimensions());
  if (dims.getLhsRaggedDimensions().size() != 1 || dims.getRhsGroupDimensions().size() > 1 || lhs.size() != rhs.size())
    return emitOpError("needs one ragged dimension, at most one of groups, and as many others of both sides");
  return failure(failed(stablehlo::verifyDims(*this, "the left side", lhs, typeOf(getLhs()).getRank())) ||
                 failed(stablehlo::verifyDims(*this, "the right side", rhs, typeOf(getRhs()).getRank())) ||
                 failed(stablehlo::verifyDims(*this, "lhs_ragged_dimensions", dims.getLhsRaggedDimensions(),
                                              typeOf(getLhs()).getRank())) ||
                 failed(stablehlo::verifyDims(*this, "rhs_group_dimensions", dims.getRhsGroupDimensions(),
                                              typeOf(getRhs()).getRank())));
}
