//===- TileBase.td - The tile dialect: base definitions ------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_TILE_IR_TILEBASE_TD
#define HADAL_DIALECTS_TILE_IR_TILEBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def TileDialect : Dialect {
  let name = "tile";
  let cppNamespace = "::hadal::tile";
  let summary = "Kernels as block-level programs";
  let description = [{
    A `tile.program` is a kernel. Each point of its grid runs the body once,
    independently and in any order. Arguments are memrefs (global memory,
    contiguous) and scalars. Values inside are builtin tensors of static shape,
    and scalars: arithmetic is arith and math on them (element-wise), loops are
    scf. This dialect has what upstream lacks: programs, grid ids, loads and
    stores with bounds, gathers and scatters, dot, reduce, broadcast, transpose,
    iota, scan, top-k. A program means the same on every target; it knows no
    threads. `tile.launch` runs one from the host program.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::mlir::memref::MemRefDialect"];
  let useDefaultAttributePrinterParser = 1;
}

class Tile_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::hadal::tile";
  let genSpecializedAttr = 0;
}

def Tile_Precision : Tile_I32Enum<"Precision", "what the operands of a dot may be rounded to", [
  I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"TF32", 1, "tf32">, I32EnumAttrCase<"BF16", 2, "bf16">
]>;
def Tile_PrecisionAttr : EnumAttr<TileDialect, Tile_Precision, "precision">;

def Tile_Reduction : Tile_I32Enum<"Reduction", "an associative combination", [
  I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Max", 1, "max">, I32EnumAttrCase<"Min", 2, "min">,
  I32EnumAttrCase<"Mul", 3, "mul">
]>;
def Tile_ReductionAttr : EnumAttr<TileDialect, Tile_Reduction, "reduction">;

#endif // HADAL_DIALECTS_TILE_IR_TILEBASE_TD
