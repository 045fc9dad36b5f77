//===- HadalOpBase.td - Base class of hadal operations -------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD
#define HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD

include "dialects/Hadal/IR/HadalBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// A pure operation on tensors. The shape of each result follows from the shapes
// of the operands (`reifyResultShapes`); its verifier checks the labelled
// constraints of docs/spec.md.
class Hadal_Op<string mnemonic, list<Trait> traits = []>
    : Op<HadalDialect, mnemonic,
         !listconcat([Pure, DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>], traits)> {
  let hasVerifier = 1;
}

def Hadal_Float : AnyTypeOf<[F32, F16, BF16, F64], "a floating-point type">;
def Hadal_FloatTensor : RankedTensorOf<[F32, F16, BF16, F64]>;
def Hadal_MaskTensor : RankedTensorOf<[I1, F32, F16, BF16, F64]>;
def Hadal_IndexTensor : RankedTensorOf<[I32, I64]>;

#endif // HADAL_DIALECTS_HADAL_IR_HADALOPBASE_TD
