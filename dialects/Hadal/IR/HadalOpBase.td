//===- HadalOpBase.td - Base class of hadal operations -------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD
#define HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD

include "dialects/Hadal/IR/HadalBase.td"
include "dialects/Hadal/IR/HadalInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// A pure operation on tensors. It describes the sizes of its results once
// (`describeResults`); its verifier checks the labelled constraints of
// docs/spec.md, and calls `verifyResults` for the one on the results' sizes.
class Hadal_Op<string mnemonic, list<Trait> traits = []>
    : Op<HadalDialect, mnemonic,
         !listconcat([Pure, DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
                      DeclareOpInterfaceMethods<Hadal_ResultSizesInterface>,
                      DeclareOpInterfaceMethods<Hadal_CostInterface, ["getFlops"]>], traits)> {
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::reifyResultShapes(::mlir::OpBuilder &builder,
                                                       ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::hadal::detail::reifyResults(getOperation(), builder, shapes);
    }
  }];
}

// With AttrSizedOperandSegments: the first `count` operands are there, one
// each, and so is the one at position `other`. What ODS checks leaves this out,
// and the accessors rely on it.
class Hadal_RequiredOperands<int count, int other = -1>
    : PredOpTrait<"the required operands are there",
                  CPred<"::hadal::detail::hasRequiredOperands($_op, " # count # ", " # other # ")">>;

def Hadal_Float : AnyTypeOf<[F32, F16, BF16, F64], "a floating-point type">;
def Hadal_FloatTensor : RankedTensorOf<[F32, F16, BF16, F64]>;
def Hadal_MaskTensor : RankedTensorOf<[I1, F32, F16, BF16, F64]>;
// Scales of blocks: f32, or powers of two.
def Hadal_ScaleTensor : RankedTensorOf<[F32, F8E8M0FNU]>;
def Hadal_IndexTensor : RankedTensorOf<[I32, I64]>;

// The operands and attributes of Hadal_VisibilityInterface, spelled alike in
// every operation: `q_lengths %a kv_lengths %b offsets %c … causal offset 3`.
defvar Hadal_VisibilityOperands = (ins Optional<Hadal_IndexTensor>:$q_lengths,
                                       Optional<Hadal_IndexTensor>:$kv_lengths,
                                       Optional<Hadal_IndexTensor>:$offsets);
defvar Hadal_VisibilityAttrs = (ins UnitAttr:$causal, OptionalAttr<I64Attr>:$offset);

#endif // HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD
