//===- Passes.td - From graphs to tile programs --------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_HADALTOTILE_PASSES_TD
#define HADAL_CONVERSION_HADALTOTILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def FormKernels : Pass<"hadal-form-kernels", "::mlir::ModuleOp"> {
  let summary = "make tile programs and their launches of a graph";
  let description = [{
    Chooses the values that must stand in memory (results, operands that are
    read many times, expensive values with several readers) and makes one
    `tile.program` for each: everything else is computed inside the program
    that reads it. Equal programs become one.

    Requires: functions on tensors after raising and `--hadal-decompose`; each
    dimension that is not static comes from `tensor.dim` of an argument.
    Ensures: functions hold tile.launch, tile.get_global, reshapes,
    tensor.empty, constants and index arithmetic alone; or one error per
    operation that no kernel exists for.
    Numerics: products accumulate in f32; `precision` is what the operands of a
    dot may be rounded to, but never those of a dot whose result is ranked.

    Example:

    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: tensor<64x32xf32>, %e: tensor<?x32xf32>) -> tensor<?x32xf32> {
      %y = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x32xf32>) outs(%zeros : tensor<?x32xf32>) -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    // becomes
    tile.program @matmul_0(%x: memref<?x64xf32>, %w: memref<64x32xf32>, %y: memref<?x32xf32>) { ... }
    func.func @f(...) {
      %y = tile.launch @matmul_0 grid[%rows, %c1, %c1] ins(%x, %w : ...) outs(%e : ...) -> tensor<?x32xf32>
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cpu\"", "what the tile sizes are for: cpu or cuda">,
    Option<"precision", "precision", "std::string", "\"f32\"", "what the operands of a dot may be rounded to: f32, tf32, bf16">,
    Option<"remarks", "remarks", "bool", "false", "say of each value why it stands in memory">
  ];
  let dependentDialects = [
    "::hadal::tile::TileDialect", "::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::linalg::LinalgDialect"];
  let statistics = [
    Statistic<"numKernels", "kernels", "distinct programs">,
    Statistic<"numLaunches", "launches", "launches">
  ];
}

def HoistConstants : Pass<"hadal-hoist-constants", "::mlir::ModuleOp"> {
  let summary = "constants become globals, and what depends on them alone runs once at load";
  let description = [{
    Requires: the kernels level. Ensures: no tensor constant is left in a
    function; equal constants share one `tile.global` (a constant in a file
    keeps `hadal.external`). Launches whose operands are constants alone move to
    `func.func @hadal.init`, which returns each value that is still needed, its
    result attribute `hadal.global` naming the global that holds it.
    Numerics: none.

    Example:

    ```mlir
    %w = arith.constant dense<1.0> : tensor<4xf32>
    // becomes
    tile.global @const_0 : tensor<4xf32> = dense<1.0> : tensor<4xf32>
    %w = tile.get_global @const_0 : tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::hadal::tile::TileDialect", "::mlir::func::FuncDialect"];
}

def Allocate : Pass<"hadal-allocate", "::mlir::ModuleOp"> {
  let summary = "functions on tensors become host programs on memory";
  let description = [{
    For each function F on tensors: F on memrefs (inputs, outputs, a workspace)
    and `F.plan`, which computes the workspace's size and the outputs'
    dimensions from the inputs' dimensions. Buffers whose lifetimes (in program
    order) do not meet share a slot of the workspace; slots are 64-byte
    aligned. Results are written straight into the outputs.

    Requires: the kernels level, no tensor constants. Ensures: the host level.
    Numerics: none.

    Example:

    ```mlir
    func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32>
    // becomes
    func.func @f(%x: memref<?x64xf32>, %y: memref<?x64xf32> {hadal.output}, %ws: memref<?xi8>) attributes {hadal.entry}
    func.func @f.plan(%d0: index, %d1: index) -> (index, index, index) attributes {hadal.plan}
    ```
  }];
  let dependentDialects = [
    "::hadal::tile::TileDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect"];
}

#endif // HADAL_CONVERSION_HADALTOTILE_PASSES_TD
