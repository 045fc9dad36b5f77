//===- ChloOps.td - Client operations beside StableHLO ---------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CHLO_IR_CHLOOPS_TD
#define HADAL_DIALECTS_CHLO_IR_CHLOOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def ChloDialect : Dialect {
  let name = "chlo";
  let cppNamespace = "::hadal::chlo";
  let summary = "What is read of CHLO, the operations that producers mix with StableHLO";
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Names an operation that is not declared here in its own error.
    std::optional<ParseOpHook> getParseOperationHook(::llvm::StringRef name) const override;
  }];
}

def Chlo_Precision : I32EnumAttr<"Precision", "", [
  I32EnumAttrCase<"DEFAULT", 0>, I32EnumAttrCase<"HIGH", 1>, I32EnumAttrCase<"HIGHEST", 2>]> {
  let cppNamespace = "::hadal::chlo";
  let genSpecializedAttr = 0;
}
def Chlo_PrecisionAttr : EnumAttr<ChloDialect, Chlo_Precision, "precision">;

def Chlo_RaggedDotAttr : AttrDef<ChloDialect, "RaggedDotDimensionNumbers"> {
  let mnemonic = "ragged_dot";
  let summary = "which dimensions of a product with ragged groups are which";
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$lhsBatchingDimensions, ArrayRefParameter<"int64_t">:$rhsBatchingDimensions,
    ArrayRefParameter<"int64_t">:$lhsContractingDimensions, ArrayRefParameter<"int64_t">:$rhsContractingDimensions,
    ArrayRefParameter<"int64_t">:$lhsRaggedDimensions, ArrayRefParameter<"int64_t">:$rhsGroupDimensions);
  let hasCustomAssemblyFormat = 1;
}

def Chlo_FloatTensor : RankedTensorOf<[AnyFloat]>;
def Chlo_IntTensor : RankedTensorOf<[AnyInteger]>;
def Chlo_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;

class Chlo_Op<string mnemonic> : Op<ChloDialect, mnemonic, [Pure]>;

class Chlo_Unary<string mnemonic, Type operandType = Chlo_FloatTensor, Type resultType = Chlo_FloatTensor>
    : Chlo_Op<mnemonic> {
  let arguments = (ins operandType:$operand);
  let results = (outs resultType:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
}

def Chlo_AcosOp : Chlo_Unary<"acos">;
def Chlo_AcoshOp : Chlo_Unary<"acosh">;
def Chlo_AsinOp : Chlo_Unary<"asin">;
def Chlo_AsinhOp : Chlo_Unary<"asinh">;
def Chlo_AtanOp : Chlo_Unary<"atan">;
def Chlo_AtanhOp : Chlo_Unary<"atanh">;
def Chlo_CoshOp : Chlo_Unary<"cosh">;
def Chlo_SinhOp : Chlo_Unary<"sinh">;
def Chlo_TanOp : Chlo_Unary<"tan">;
def Chlo_ErfOp : Chlo_Unary<"erf">;
def Chlo_ErfcOp : Chlo_Unary<"erfc">;
def Chlo_SquareOp : Chlo_Unary<"square", Chlo_Tensor, Chlo_Tensor>;
def Chlo_IsInfOp : Chlo_Unary<"is_inf", Chlo_FloatTensor, RankedTensorOf<[I1]>>;
def Chlo_IsNegInfOp : Chlo_Unary<"is_neg_inf", Chlo_FloatTensor, RankedTensorOf<[I1]>>;
def Chlo_IsPosInfOp : Chlo_Unary<"is_pos_inf", Chlo_FloatTensor, RankedTensorOf<[I1]>>;

def Chlo_TopKOp : Chlo_Op<"top_k"> {
  let arguments = (ins Chlo_Tensor:$operand, I64Attr:$k, DefaultValuedOptionalAttr<BoolAttr, "true">:$is_stable);
  let results = (outs Chlo_Tensor:$values, Chlo_IntTensor:$indices);
  let assemblyFormat = [{
    `(` $operand `,` `k` `=` $k (`,` `is_stable` `=` $is_stable^)? `)` attr-dict `:` type($operand) `->`
    `(` type($values) `,` type($indices) `)`
  }];
  let hasVerifier = 1;
}

def Chlo_RaggedDotOp : Chlo_Op<"ragged_dot"> {
  let arguments = (ins Chlo_Tensor:$lhs, Chlo_Tensor:$rhs, Chlo_IntTensor:$group_sizes,
                       Chlo_RaggedDotAttr:$ragged_dot_dimension_numbers, OptionalAttr<ArrayAttr>:$precision_config);
  let results = (outs Chlo_Tensor:$result);
  let hasVerifier = 1;
}

#endif // HADAL_DIALECTS_CHLO_IR_CHLOOPS_TD
