//===- StableHLO.h - The stablehlo dialect -*- C++ -*----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_STABLEHLO_IR_STABLEHLO_H
#define HADAL_DIALECTS_STABLEHLO_IR_STABLEHLO_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/StableHLO/IR/StableHLODialect.h.inc"
#include "dialects/StableHLO/IR/StableHLOEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/StableHLO/IR/StableHLOAttrs.h.inc"

namespace hadal::stablehlo {

/// Checks that the shapes of an element-wise operation agree.
mlir::LogicalResult verifyElementwise(mlir::Operation *op);
/// Checks that its operands and results have one element type.
mlir::LogicalResult verifySameElementType(mlir::Operation *op);

template <typename ConcreteOp> class ElementwiseTrait : public mlir::OpTrait::TraitBase<ConcreteOp, ElementwiseTrait> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) { return verifyElementwise(op); }
};

template <typename ConcreteOp>
class SameElementTypeTrait : public mlir::OpTrait::TraitBase<ConcreteOp, SameElementTypeTrait> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) { return verifySameElementType(op); }
};

} // namespace hadal::stablehlo

#define GET_OP_CLASSES
#include "dialects/StableHLO/IR/StableHLOOps.h.inc"

#endif // HADAL_DIALECTS_STABLEHLO_IR_STABLEHLO_H
