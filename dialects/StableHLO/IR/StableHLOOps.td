//===- StableHLOOps.td - Operations of StableHLO --------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names, operands, attributes and textual forms are StableHLO's own:
// https://openxla.org/stablehlo/spec
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOOPS_TD
#define HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOOPS_TD

include "dialects/StableHLO/IR/StableHLOBase.td"

class HLO_Op<string mnemonic, list<Trait> traits = []> : Op<StableHLODialect, mnemonic, traits>;

// Operations whose form is `op operands : (types) -> types`.
class HLO_FunctionalOp<string mnemonic, list<Trait> traits = []> : HLO_Op<mnemonic, traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

// All operands and the result have one shape, but that scalars among those that
// the operation allows as scalars (clamp, select) stand for all elements.
def HLO_Elementwise : NativeOpTrait<"ElementwiseTrait"> { let cppNamespace = "::hadal::stablehlo"; }
// And one element type.
def HLO_SameElementType : NativeOpTrait<"SameElementTypeTrait"> { let cppNamespace = "::hadal::stablehlo"; }

class HLO_Unary<string mnemonic, Type type> : HLO_Op<mnemonic, [Pure, HLO_Elementwise, HLO_SameElementType]> {
  let arguments = (ins type:$operand);
  let results = (outs type:$result);
  let assemblyFormat = "$operand attr-dict `:` custom<SameOperandsAndResultType>(type($operand), type($result))";
}
// With how exact the result must at least be, which producers state and which changes nothing here.
class HLO_Function<string mnemonic> : HLO_Unary<mnemonic, HLO_FloatTensor> {
  let arguments = (ins HLO_FloatTensor:$operand, OptionalAttr<HLO_ResultAccuracyAttr>:$result_accuracy);
}
class HLO_Binary<string mnemonic, Type type> : HLO_Op<mnemonic, [Pure, HLO_Elementwise, HLO_SameElementType]> {
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` custom<SameOperandsAndResultType>(type($lhs), type($rhs), type($result))
  }];
}

def HLO_AbsOp : HLO_Unary<"abs", HLO_Tensor>;
def HLO_CbrtOp : HLO_Function<"cbrt">;
def HLO_CeilOp : HLO_Unary<"ceil", HLO_FloatTensor>;
def HLO_CosineOp : HLO_Function<"cosine">;
def HLO_ClzOp : HLO_Unary<"count_leading_zeros", HLO_IntTensor>;
def HLO_ExpOp : HLO_Function<"exponential">;
def HLO_Expm1Op : HLO_Function<"exponential_minus_one">;
def HLO_FloorOp : HLO_Unary<"floor", HLO_FloatTensor>;
def HLO_LogOp : HLO_Function<"log">;
def HLO_Log1pOp : HLO_Function<"log_plus_one">;
def HLO_LogisticOp : HLO_Function<"logistic">;
def HLO_NegOp : HLO_Unary<"negate", HLO_Tensor>;
def HLO_NotOp : HLO_Unary<"not", HLO_IntTensor>;
def HLO_PopcntOp : HLO_Unary<"popcnt", HLO_IntTensor>;
def HLO_RoundOp : HLO_Unary<"round_nearest_afz", HLO_FloatTensor>;
def HLO_RoundEvenOp : HLO_Unary<"round_nearest_even", HLO_FloatTensor>;
def HLO_RsqrtOp : HLO_Function<"rsqrt">;
def HLO_SignOp : HLO_Unary<"sign", HLO_Tensor>;
def HLO_SineOp : HLO_Function<"sine">;
def HLO_SqrtOp : HLO_Function<"sqrt">;
def HLO_TanOp : HLO_Function<"tan">;
def HLO_TanhOp : HLO_Function<"tanh">;

def HLO_AddOp : HLO_Binary<"add", HLO_Tensor>;
def HLO_AndOp : HLO_Binary<"and", HLO_IntTensor>;
def HLO_Atan2Op : HLO_Binary<"atan2", HLO_FloatTensor>;
def HLO_DivOp : HLO_Binary<"divide", HLO_Tensor>;
def HLO_MaxOp : HLO_Binary<"maximum", HLO_Tensor>;
def HLO_MinOp : HLO_Binary<"minimum", HLO_Tensor>;
def HLO_MulOp : HLO_Binary<"multiply", HLO_Tensor>;
def HLO_OrOp : HLO_Binary<"or", HLO_IntTensor>;
def HLO_PowOp : HLO_Binary<"power", HLO_Tensor>;
def HLO_RemOp : HLO_Binary<"remainder", HLO_Tensor>;
def HLO_ShiftLeftOp : HLO_Binary<"shift_left", HLO_IntTensor>;
def HLO_ShiftRightArithmeticOp : HLO_Binary<"shift_right_arithmetic", HLO_IntTensor>;
def HLO_ShiftRightLogicalOp : HLO_Binary<"shift_right_logical", HLO_IntTensor>;
def HLO_SubtractOp : HLO_Binary<"subtract", HLO_Tensor>;
def HLO_XorOp : HLO_Binary<"xor", HLO_IntTensor>;

def HLO_ConvertOp : HLO_Op<"convert", [Pure, HLO_Elementwise]> {
  let arguments = (ins HLO_Tensor:$operand);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` custom<SameOperandsAndResultType>(type($operand), type($result))";
}
def HLO_BitcastConvertOp : HLO_FunctionalOp<"bitcast_convert", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_ReducePrecisionOp : HLO_Op<"reduce_precision", [Pure, HLO_Elementwise, HLO_SameElementType]> {
  let arguments = (ins HLO_FloatTensor:$operand, I32Attr:$exponent_bits, I32Attr:$mantissa_bits);
  let results = (outs HLO_FloatTensor:$result);
  let assemblyFormat = [{
    $operand `,` `format` `=` custom<ExponentMantissa>($exponent_bits, $mantissa_bits) attr-dict `:`
    custom<SameOperandsAndResultType>(type($operand), type($result))
  }];
}
def HLO_IsFiniteOp : HLO_Op<"is_finite", [Pure, HLO_Elementwise]> {
  let arguments = (ins HLO_FloatTensor:$x);
  let results = (outs HLO_PredTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}
def HLO_ClampOp : HLO_Op<"clamp", [Pure, HLO_Elementwise, HLO_SameElementType]> {
  let arguments = (ins HLO_Tensor:$min, HLO_Tensor:$operand, HLO_Tensor:$max);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $min `,` $operand `,` $max attr-dict `:`
    custom<SameOperandsAndResultType>(type($min), type($operand), type($max), type($result))
  }];
}
def HLO_SelectOp : HLO_Op<"select", [Pure, HLO_Elementwise]> {
  let arguments = (ins HLO_PredTensor:$pred, HLO_Tensor:$on_true, HLO_Tensor:$on_false);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    operands attr-dict `:`
    custom<SelectOpType>(type($pred), type($on_true), type($on_false), type($result))
  }];
  let hasVerifier = 1;
}
def HLO_CompareOp : HLO_Op<"compare", [Pure, HLO_Elementwise]> {
  let arguments = (ins HLO_Tensor:$lhs, HLO_Tensor:$rhs, HLO_ComparisonDirectionAttr:$comparison_direction,
                       OptionalAttr<HLO_ComparisonTypeAttr>:$compare_type);
  let results = (outs HLO_PredTensor:$result);
  let assemblyFormat = [{
    $comparison_direction `,` $lhs `,` $rhs (`,` $compare_type^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Constants and shapes
//===----------------------------------------------------------------------===//

def HLO_ConstantOp : HLO_Op<"constant", [Pure]> {
  let arguments = (ins ElementsAttr:$value);
  let results = (outs HLO_Tensor:$output);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}
def HLO_IotaOp : HLO_Op<"iota", [Pure]> {
  let arguments = (ins I64Attr:$iota_dimension);
  let results = (outs HLO_Tensor:$output);
  let assemblyFormat = "`dim` `=` $iota_dimension attr-dict `:` type($output)";
  let hasVerifier = 1;
}
def HLO_DynamicIotaOp : HLO_Op<"dynamic_iota", [Pure]> {
  let arguments = (ins HLO_ShapeTensor:$output_shape, I64Attr:$iota_dimension);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $output_shape `,` `dim` `=` $iota_dimension attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_BroadcastOp : HLO_Op<"broadcast", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, DenseI64ArrayAttr:$broadcast_sizes);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = "$operand `,` `sizes` `=` $broadcast_sizes attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def HLO_BroadcastInDimOp : HLO_Op<"broadcast_in_dim", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, DenseI64ArrayAttr:$broadcast_dimensions);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = "$operand `,` `dims` `=` $broadcast_dimensions attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def HLO_DynamicBroadcastInDimOp : HLO_Op<"dynamic_broadcast_in_dim", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_ShapeTensor:$output_dimensions,
                       DenseI64ArrayAttr:$broadcast_dimensions,
                       OptionalAttr<DenseI64ArrayAttr>:$known_expanding_dimensions,
                       OptionalAttr<DenseI64ArrayAttr>:$known_nonexpanding_dimensions);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $operand `,` $output_dimensions `,` `dims` `=` $broadcast_dimensions attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_ReshapeOp : HLO_FunctionalOp<"reshape", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_DynamicReshapeOp : HLO_FunctionalOp<"dynamic_reshape", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_ShapeTensor:$output_shape);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_GetDimensionSizeOp : HLO_Op<"get_dimension_size", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, I64Attr:$dimension);
  let results = (outs 0DTensorOf<[AnyInteger]>:$result);
  let assemblyFormat = "$operand `,` `dim` `=` $dimension attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def HLO_TransposeOp : HLO_Op<"transpose", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = "$operand `,` `dims` `=` $permutation attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}
def HLO_ReverseOp : HLO_Op<"reverse", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, DenseI64ArrayAttr:$dimensions);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $operand `,` `dims` `=` $dimensions attr-dict `:` custom<SameOperandsAndResultType>(type($operand), type($result))
  }];
  let hasVerifier = 1;
}
def HLO_ConcatenateOp : HLO_Op<"concatenate", [Pure]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, I64Attr:$dimension);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    custom<VariadicOperandWithAttribute>($inputs) `dim` `=` $dimension attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_PadOp : HLO_Op<"pad", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_Tensor:$padding_value, DenseI64ArrayAttr:$edge_padding_low,
                       DenseI64ArrayAttr:$edge_padding_high, DenseI64ArrayAttr:$interior_padding);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $operand `,` $padding_value `,` `low` `=` $edge_padding_low `,` `high` `=` $edge_padding_high `,`
    `interior` `=` $interior_padding attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_DynamicPadOp : HLO_FunctionalOp<"dynamic_pad", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_Tensor:$padding_value, HLO_ShapeTensor:$edge_padding_low,
                       HLO_ShapeTensor:$edge_padding_high, HLO_ShapeTensor:$interior_padding);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

def HLO_SliceOp : HLO_Op<"slice", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, DenseI64ArrayAttr:$start_indices, DenseI64ArrayAttr:$limit_indices,
                       DenseI64ArrayAttr:$strides);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $operand custom<SliceRanges>($start_indices, $limit_indices, $strides) attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_RealDynamicSliceOp : HLO_FunctionalOp<"real_dynamic_slice", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_ShapeTensor:$start_indices, HLO_ShapeTensor:$limit_indices,
                       HLO_ShapeTensor:$strides);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_DynamicSliceOp : HLO_Op<"dynamic_slice", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, Variadic<0DTensorOf<[AnyInteger]>>:$start_indices,
                       DenseI64ArrayAttr:$slice_sizes);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $operand `,` custom<VariadicOperandWithAttribute>($start_indices) `sizes` `=` $slice_sizes attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_DynamicUpdateSliceOp : HLO_FunctionalOp<"dynamic_update_slice", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_Tensor:$update, Variadic<0DTensorOf<[AnyInteger]>>:$start_indices);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_GatherOp : HLO_Op<"gather", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_IndexingTensor:$start_indices, HLO_GatherAttr:$dimension_numbers,
                       DenseI64ArrayAttr:$slice_sizes, DefaultValuedOptionalAttr<BoolAttr, "false">:$indices_are_sorted);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_DynamicGatherOp : HLO_Op<"dynamic_gather", [Pure]> {
  let arguments = (ins HLO_Tensor:$operand, HLO_IndexingTensor:$start_indices, HLO_ShapeTensor:$slice_sizes,
                       HLO_GatherAttr:$dimension_numbers,
                       DefaultValuedOptionalAttr<BoolAttr, "false">:$indices_are_sorted);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_ScatterOp : HLO_Op<"scatter", [Pure, SameVariadicOperandSize]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, HLO_IndexingTensor:$scatter_indices,
                       Variadic<HLO_Tensor>:$updates, HLO_ScatterAttr:$scatter_dimension_numbers,
                       DefaultValuedOptionalAttr<BoolAttr, "false">:$indices_are_sorted,
                       DefaultValuedOptionalAttr<BoolAttr, "false">:$unique_indices);
  let regions = (region SizedRegion<1>:$update_computation);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Products, reductions, orders
//===----------------------------------------------------------------------===//

def HLO_DotOp : HLO_Op<"dot", [Pure]> {
  let arguments = (ins HLO_Tensor:$lhs, HLO_Tensor:$rhs, OptionalAttr<ArrayAttr>:$precision_config);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`,` `precision` `=` custom<PrecisionConfig>($precision_config)^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_DotGeneralOp : HLO_Op<"dot_general", [Pure]> {
  let arguments = (ins HLO_Tensor:$lhs, HLO_Tensor:$rhs, HLO_DotAttr:$dot_dimension_numbers,
                       OptionalAttr<ArrayAttr>:$precision_config, OptionalAttr<HLO_DotAlgorithmAttr>:$algorithm);
  let results = (outs HLO_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` custom<DotDimensionNumbers>($dot_dimension_numbers)
    custom<PrecisionConfigAndAlgorithm>($precision_config, $algorithm) attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def HLO_ReduceOp : HLO_Op<"reduce", [Pure, SameVariadicOperandSize]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, Variadic<HLO_Tensor>:$init_values, DenseI64ArrayAttr:$dimensions);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}
def HLO_ReduceWindowOp : HLO_Op<"reduce_window", [Pure, SameVariadicOperandSize]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, Variadic<HLO_Tensor>:$init_values,
                       DenseI64ArrayAttr:$window_dimensions, OptionalAttr<DenseI64ArrayAttr>:$window_strides,
                       OptionalAttr<DenseI64ArrayAttr>:$base_dilations,
                       OptionalAttr<DenseI64ArrayAttr>:$window_dilations, OptionalAttr<I64ElementsAttr>:$padding);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasVerifier = 1;
}
def HLO_MapOp : HLO_Op<"map", [Pure]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, DenseI64ArrayAttr:$dimensions);
  let regions = (region SizedRegion<1>:$computation);
  let results = (outs HLO_Tensor:$result);
  let hasVerifier = 1;
}
def HLO_SortOp : HLO_Op<"sort", [Pure]> {
  let arguments = (ins Variadic<HLO_Tensor>:$inputs, DefaultValuedOptionalAttr<I64Attr, "-1">:$dimension,
                       DefaultValuedOptionalAttr<BoolAttr, "false">:$is_stable);
  let regions = (region SizedRegion<1>:$comparator);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Control flow, calls
//===----------------------------------------------------------------------===//

def HLO_ReturnOp : HLO_Op<"return", [Pure, Terminator, ReturnLike]> {
  let arguments = (ins Variadic<AnyType>:$results);
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
}
def HLO_IfOp : HLO_Op<"if", [RecursiveMemoryEffects]> {
  let arguments = (ins HLO_PredTensor:$pred);
  let regions = (region SizedRegion<1>:$true_branch, SizedRegion<1>:$false_branch);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasVerifier = 1;
}
def HLO_CaseOp : HLO_Op<"case", [RecursiveMemoryEffects]> {
  let arguments = (ins 0DTensorOf<[I32]>:$index);
  let regions = (region VariadicRegion<SizedRegion<1>>:$branches);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasVerifier = 1;
}
def HLO_WhileOp : HLO_Op<"while", [RecursiveMemoryEffects]> {
  let arguments = (ins Variadic<HLO_Tensor>:$operand);
  let regions = (region SizedRegion<1>:$cond, SizedRegion<1>:$body);
  let results = (outs Variadic<HLO_Tensor>:$results);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}
def HLO_OptimizationBarrierOp : HLO_Op<"optimization_barrier", [Pure]> {
  let arguments = (ins Variadic<HLO_Tensor>:$operand);
  let results = (outs Variadic<HLO_Tensor>:$result);
  let assemblyFormat = "attr-dict ($operand^ `:` custom<PairwiseOpType>(type($operand), type($result))):(`(` `)`)?";
  let hasVerifier = 1;
}
def HLO_CustomCallOp : HLO_Op<"custom_call"> {
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$call_target_name,
                       OptionalAttr<BoolAttr>:$has_side_effect, OptionalAttr<AnyAttr>:$backend_config,
                       OptionalAttr<I32Attr>:$api_version, OptionalAttr<ArrayAttr>:$called_computations,
                       OptionalAttr<ArrayAttr>:$operand_layouts, OptionalAttr<ArrayAttr>:$result_layouts,
                       OptionalAttr<ArrayAttr>:$output_operand_aliases);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    custom<CustomCallTarget>($call_target_name) `(` $inputs `)` attr-dict `:` functional-type(operands, results)
  }];
}
def HLO_CompositeOp : HLO_Op<"composite"> {
  let arguments = (ins Variadic<AnyType>:$inputs, StrAttr:$name, OptionalAttr<DictionaryAttr>:$composite_attributes,
                       FlatSymbolRefAttr:$decomposition, OptionalAttr<I32Attr>:$version);
  let regions = (region VariadicRegion<AnyRegion>:$composite_regions);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    $name operands (` ` `(` $composite_regions^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_STABLEHLO_IR_STABLEHLOOPS_TD
