//===- HadalBase.td - The hadal dialect: base definitions ----*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADALBASE_TD
#define HADAL_DIALECTS_HADAL_IR_HADALBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def HadalDialect : Dialect {
  let name = "hadal";
  let cppNamespace = "::hadal";
  let summary = "Semantic operations of DeepSeek-style models";
  let description = [{
    Operations on tensors of any shape whose meaning is a contract: attention,
    latent key/value projections (MLA), routing and mixtures of experts, and the
    glue that a model's graph needs and upstream dialects cannot express. The
    rest of a model stays in linalg, tensor, arith and math.

    Discardable attributes of this dialect: `hadal.name` (the model's name of a
    function argument or result), `hadal.dims` (an array of strings: the symbol
    of each dimension of an argument or result, "" where it is static) and
    `hadal.external` (a `#hadal.external` on an `arith.constant` whose data lies
    in a file).
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect"];
}

class Hadal_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::hadal";
  let genSpecializedAttr = 0;
}
class Hadal_EnumAttr<EnumAttrInfo info, string mnemonic>
    : EnumAttr<HadalDialect, info, mnemonic>;

def Hadal_RopeLayout : Hadal_I32Enum<"RopeLayout", "where the two halves of a rotated pair stand", [
  I32EnumAttrCase<"Interleaved", 0, "interleaved">, // pairs (0,1), (2,3), ...
  I32EnumAttrCase<"Halves", 1, "halves">            // pairs (0,n/2), (1,n/2+1), ...
]>;
def Hadal_RopeLayoutAttr : Hadal_EnumAttr<Hadal_RopeLayout, "rope_layout">;

def Hadal_LatentForm : Hadal_I32Enum<"LatentForm", "how latent attention is computed", [
  I32EnumAttrCase<"Auto", 0, "auto">,        // a pass chooses by shape
  I32EnumAttrCase<"Expanded", 1, "expanded">,// keys and values of every head are made
  I32EnumAttrCase<"Absorbed", 2, "absorbed"> // W_UK goes into the query, W_UV into the output
]>;
def Hadal_LatentFormAttr : Hadal_EnumAttr<Hadal_LatentForm, "latent_form">;

def Hadal_Activation : Hadal_I32Enum<"Activation", "an activation function", [
  I32EnumAttrCase<"Silu", 0, "silu">, I32EnumAttrCase<"Gelu", 1, "gelu">, I32EnumAttrCase<"Relu", 2, "relu">,
  I32EnumAttrCase<"GeluTanh", 3, "gelu_tanh">, I32EnumAttrCase<"Relu2", 4, "relu2">,
  I32EnumAttrCase<"Sigmoid", 5, "sigmoid">, I32EnumAttrCase<"Identity", 6, "identity">
]>;
def Hadal_ActivationAttr : Hadal_EnumAttr<Hadal_Activation, "activation">;

def Hadal_ScatterReduction : Hadal_I32Enum<"ScatterReduction", "what a scatter does with what stands there", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Max", 3, "max">, I32EnumAttrCase<"Min", 4, "min">
]>;
def Hadal_ScatterReductionAttr : Hadal_EnumAttr<Hadal_ScatterReduction, "reduction">;

def Hadal_ExternalAttr : AttrDef<HadalDialect, "External"> {
  let mnemonic = "external";
  let summary = "where the data of a constant lies in a file";
  let description = [{
    `file` is the path as the model states it, relative to the model; `offset`
    and `length` are bytes. Example: `#hadal.external<"weights.bin", 4096, 768>`.
  }];
  let parameters = (ins StringRefParameter<"path relative to the model">:$file,
                        "int64_t":$offset, "int64_t":$length);
  let assemblyFormat = "`<` $file `,` $offset `,` $length `>`";
}

#endif // HADAL_DIALECTS_HADAL_IR_HADALBASE_TD
