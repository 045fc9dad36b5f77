//===- Passes.td - Passes over the hadal dialect --------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_TD
#define HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InferShapes : Pass<"hadal-infer-shapes", "::mlir::func::FuncOp"> {
  let summary = "dynamic sizes of results become static where operands say them";
  let description = [{
    Each operation of the dialect describes the sizes of its results
    (ResultSizesOpInterface). Where a description is static and the result's type
    is not, the type is refined; a `tensor.cast` gives other users the old type,
    and operations of the dialect read through such casts.

    Requires: nothing. Ensures: no result has a dynamic size that its operands'
    types determine, unless the operation refuses the refined types. Numerics:
    unchanged.

    Example (test/Dialect/Hadal/hadal-infer-shapes.mlir): in

    ```mlir
    %y = hadal.combine %x, %w : (tensor<8x192xf32>, tensor<2x4xf32>) -> tensor<?x?xf32>
    ```

    the result becomes `tensor<2x192xf32>`.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

#endif // HADAL_DIALECTS_HADAL_TRANSFORMS_PASSES_TD
