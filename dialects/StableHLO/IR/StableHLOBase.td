//===- StableHLOBase.td - Dialect, attributes, types of values -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOBASE_TD
#define HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def StableHLODialect : Dialect {
  let name = "stablehlo";
  let cppNamespace = "::hadal::stablehlo";
  let summary = "What is read of StableHLO";
  let description = [{
    The operations of StableHLO that models of the transformer family are made
    of, in the textual forms that its producers write, generic and pretty. They
    exist between reading a file and `lib/Import/StableHLO`, which replaces all
    of them: no pass works on them. What they mean is StableHLO's
    specification; verifiers check as much of it as the import relies on.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Names an operation that is not declared here in its own error.
    std::optional<ParseOpHook> getParseOperationHook(::llvm::StringRef name) const override;
  }];
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

class HLO_Enum<string name, list<I32EnumAttrCase> cases> : I32EnumAttr<name, "", cases> {
  let cppNamespace = "::hadal::stablehlo";
  let genSpecializedAttr = 0;
}
// As `#stablehlo<mnemonic CASE>`.
class HLO_EnumAttr<EnumAttrInfo info, string mnemonic> : EnumAttr<StableHLODialect, info, mnemonic>;

def HLO_ComparisonDirection : HLO_Enum<"ComparisonDirection", [
  I32EnumAttrCase<"EQ", 0>, I32EnumAttrCase<"NE", 1>, I32EnumAttrCase<"GE", 2>,
  I32EnumAttrCase<"GT", 3>, I32EnumAttrCase<"LE", 4>, I32EnumAttrCase<"LT", 5>]>;
def HLO_ComparisonDirectionAttr : HLO_EnumAttr<HLO_ComparisonDirection, "comparison_direction">;

def HLO_ComparisonType : HLO_Enum<"ComparisonType", [
  I32EnumAttrCase<"NOTYPE", 0>, I32EnumAttrCase<"FLOAT", 1>, I32EnumAttrCase<"TOTALORDER", 2>,
  I32EnumAttrCase<"SIGNED", 3>, I32EnumAttrCase<"UNSIGNED", 4>]>;
def HLO_ComparisonTypeAttr : HLO_EnumAttr<HLO_ComparisonType, "comparison_type">;

def HLO_Precision : HLO_Enum<"Precision", [
  I32EnumAttrCase<"DEFAULT", 0>, I32EnumAttrCase<"HIGH", 1>, I32EnumAttrCase<"HIGHEST", 2>]>;
def HLO_PrecisionAttr : HLO_EnumAttr<HLO_Precision, "precision">;

def HLO_ResultAccuracyMode : HLO_Enum<"ResultAccuracyMode", [
  I32EnumAttrCase<"DEFAULT", 0>, I32EnumAttrCase<"HIGHEST", 1>, I32EnumAttrCase<"TOLERANCE", 2>]>;
def HLO_ResultAccuracyModeAttr : HLO_EnumAttr<HLO_ResultAccuracyMode, "result_accuracy_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class HLO_Attr<string name, string attrMnemonic> : AttrDef<StableHLODialect, name> {
  let mnemonic = attrMnemonic;
  let hasCustomAssemblyFormat = 1;
}

def HLO_GatherAttr : HLO_Attr<"GatherDimensionNumbers", "gather"> {
  let summary = "which dimensions of a gather are which";
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$offsetDims, ArrayRefParameter<"int64_t">:$collapsedSliceDims,
    ArrayRefParameter<"int64_t">:$operandBatchingDims, ArrayRefParameter<"int64_t">:$startIndicesBatchingDims,
    ArrayRefParameter<"int64_t">:$startIndexMap, "int64_t":$indexVectorDim);
}

def HLO_ScatterAttr : HLO_Attr<"ScatterDimensionNumbers", "scatter"> {
  let summary = "which dimensions of a scatter are which";
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$updateWindowDims, ArrayRefParameter<"int64_t">:$insertedWindowDims,
    ArrayRefParameter<"int64_t">:$inputBatchingDims, ArrayRefParameter<"int64_t">:$scatterIndicesBatchingDims,
    ArrayRefParameter<"int64_t">:$scatterDimsToOperandDims, "int64_t":$indexVectorDim);
}

def HLO_DotAttr : HLO_Attr<"DotDimensionNumbers", "dot"> {
  let summary = "which dimensions of a product are which";
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$lhsBatchingDimensions, ArrayRefParameter<"int64_t">:$rhsBatchingDimensions,
    ArrayRefParameter<"int64_t">:$lhsContractingDimensions, ArrayRefParameter<"int64_t">:$rhsContractingDimensions);
}

def HLO_BoundsAttr : HLO_Attr<"TypeExtensions", "bounds"> {
  let summary = "the most that dynamic dimensions of a type may be";
  let parameters = (ins ArrayRefParameter<"int64_t">:$bounds);
}

// Attributes that change no result: read as what they hold.
class HLO_FieldsAttr<string name, string attrMnemonic> : HLO_Attr<name, attrMnemonic> {
  let parameters = (ins "::mlir::DictionaryAttr":$fields);
}
def HLO_DotAlgorithmAttr : HLO_FieldsAttr<"DotAlgorithm", "dot_algorithm">;
def HLO_ResultAccuracyAttr : HLO_FieldsAttr<"ResultAccuracy", "result_accuracy">;
def HLO_OutputOperandAliasAttr : HLO_FieldsAttr<"OutputOperandAlias", "output_operand_alias">;
def HLO_ChannelHandleAttr : HLO_FieldsAttr<"ChannelHandle", "channel_handle">;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def HLO_FloatTensor : RankedTensorOf<[AnyFloat]>;
def HLO_IntTensor : RankedTensorOf<[AnyInteger]>;
def HLO_IndexingTensor : RankedTensorOf<[AnyInteger, Index]>;
def HLO_PredTensor : RankedTensorOf<[I1]>;
def HLO_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;
def HLO_ShapeTensor : 1DTensorOf<[AnyInteger, Index]>;

#endif // HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOBASE_TD
