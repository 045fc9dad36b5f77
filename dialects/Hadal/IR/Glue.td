//===- Glue.td - What graphs need and upstream lacks ---------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_GLUE_TD
#define HADAL_DIALECTS_HADAL_IR_GLUE_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_GatherOp : Hadal_Op<"gather"> {
  let summary = "slices of a tensor by index along one dimension";
  let description = [{
    As ONNX Gather: `out[a…, i…, b…] = data[a…, indices[i…], b…]`, the index at
    dimension `axis`. A negative index counts from the end; one outside
    [−n, n) is undefined behaviour of the model and reads as 0 here.

    Constraints:
    - C1: 0 ≤ axis < rank of data.
    - C2: the result's shape is data's with dimension `axis` replaced by indices' shape; its type data's.

    Example:

    ```mlir
    %e = hadal.gather %table, %ids axis 0 : (tensor<256x192xf32>, tensor<?x?xi64>) -> tensor<?x?x192xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$data, Hadal_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$data `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Hadal_GatherNDOp : Hadal_Op<"gather_nd"> {
  let summary = "slices of a tensor by index tuples";
  let description = [{
    As ONNX GatherND: the last dimension of `indices` holds a tuple of r indices
    into the dimensions of `data` behind the first `batch_dims`, which both
    share: `out[b…, i…, c…] = data[b…, indices[b…, i…, :], c…]`. Negative and
    invalid indices as in `hadal.gather`.

    Constraints:
    - C1: 0 ≤ batch_dims < rank of indices, and the tuple's size r is static with batch_dims + r ≤ rank of data.
    - C2: the result's shape is indices' without the last, then data's behind batch_dims + r; its type data's.

    Example:

    ```mlir
    %w = hadal.gather_nd %experts, %i batch_dims 0 : (tensor<16x160x192xf32>, tensor<?x1xi64>) -> tensor<?x160x192xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$data, Hadal_IndexTensor:$indices, I64Attr:$batch_dims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$data `,` $indices `batch_dims` $batch_dims attr-dict `:` functional-type(operands, results)";
}

def Hadal_GatherElementsOp : Hadal_Op<"gather_elements"> {
  let summary = "single elements by index along one dimension";
  let description = [{
    As ONNX GatherElements: `out[i…] = data[i… with dimension axis replaced by indices[i…]]`.
    Negative and invalid indices as in `hadal.gather`.

    Constraints:
    - C1: data and indices have one rank, 0 ≤ axis < rank.
    - C2: the result has indices' shape and data's element type.

    Example:

    ```mlir
    %w = hadal.gather_elements %s, %i axis 1 : (tensor<?x16xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$data, Hadal_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$data `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Hadal_ScatterElementsOp : Hadal_Op<"scatter_elements"> {
  let summary = "single elements written by index along one dimension";
  let description = [{
    As ONNX ScatterElements: the result is `data`, then for each i… in order:
    `out[i… with dimension axis replaced by indices[i…]] ⊕= updates[i…]`, where
    ⊕ is `reduction` (none: replace). Negative indices count from the end;
    invalid ones write nothing.

    Constraints:
    - C1: data, indices and updates have one rank, 0 ≤ axis < rank.
    - C2: indices and updates have one shape; updates and the result have data's element type, the result its type.

    Example:

    ```mlir
    %m = hadal.scatter_elements %z, %i, %ones axis 1 reduction none
        : (tensor<?x4xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$data, Hadal_IndexTensor:$indices, AnyRankedTensor:$updates,
                       I64Attr:$axis, Hadal_ScatterReductionAttr:$reduction);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $data `,` $indices `,` $updates `axis` $axis `reduction` `` $reduction attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_ScatterNDOp : Hadal_Op<"scatter_nd"> {
  let summary = "slices written by index tuples";
  let description = [{
    As ONNX ScatterND: the result is `data`, then for each tuple in order:
    `out[indices[i…, :], c…] ⊕= updates[i…, c…]`. Invalid indices write nothing.

    Constraints:
    - C1: the tuple's size r (indices' last dimension) is static and at most data's rank.
    - C2: updates' shape is indices' without the last, then data's behind r.
    - C3: updates and the result have data's element type; the result has data's shape.

    Example:

    ```mlir
    %o = hadal.scatter_nd %d, %i, %u reduction none
        : (tensor<48x8x?x?xf32>, tensor<32x1xi64>, tensor<32x8x?x?xf32>) -> tensor<48x8x?x?xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$data, Hadal_IndexTensor:$indices, AnyRankedTensor:$updates,
                       Hadal_ScatterReductionAttr:$reduction);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $data `,` $indices `,` $updates `reduction` `` $reduction attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_TopKOp : Hadal_Op<"topk"> {
  let summary = "the k largest (or smallest) along the last dimension, with their indices";
  let description = [{
    Best first; equal values by lowest index; −0 equals +0; NaN ranks lowest
    (largest) or highest (smallest).

    Constraints:
    - C1: x has rank ≥ 1; 0 ≤ k, and k is at most the last dimension where static.
    - C2: both results have x's shape with k last (or a dynamic size if k is dynamic); values has x's element type.

    Example:

    ```mlir
    %v, %i = hadal.topk %x, %k largest : (tensor<?x16xf32>, index) -> (tensor<?x4xf32>, tensor<?x4xi64>)
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, Index:$k, UnitAttr:$largest);
  let results = (outs AnyRankedTensor:$values, Hadal_IndexTensor:$indices);
  let assemblyFormat = "$x `,` $k (`largest` $largest^)? attr-dict `:` functional-type(operands, results)";
}

def Hadal_NonZeroOp : Hadal_Op<"nonzero"> {
  let summary = "the indices of the elements that are not zero";
  let description = [{
    As ONNX NonZero: column j of the result [rank of x, count] is the index of
    the j-th element of x that is not zero (NaN is not), in row-major order.
    `count`, the number of these elements, is computed before.

    Constraints:
    - C1: x has rank ≥ 1; count ≥ 0, and it is at most the number of elements where both are static.
    - C2: the result is [rank of x, count].

    Example:

    ```mlir
    %i = hadal.nonzero %mask, %n : (tensor<2x?xi1>, index) -> tensor<2x?xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, Index:$count);
  let results = (outs Hadal_IndexTensor:$result);
  let assemblyFormat = "$x `,` $count attr-dict `:` functional-type(operands, results)";
}

def Hadal_CumSumOp : Hadal_Op<"cumsum", [SameOperandsAndResultType]> {
  let summary = "cumulative sum along one dimension";
  let description = [{
    As ONNX CumSum: `out[…,i,…] = Σ_{j ≤ i} x[…,j,…]` (`exclusive`: j < i; `reverse`: from the end).

    Constraints:
    - C1: 0 ≤ axis < rank of x.

    Example:

    ```mlir
    %s = hadal.cumsum %x axis 1 : tensor<?x?xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$x `axis` $axis (`exclusive` $exclusive^)? (`reverse` $reverse^)? attr-dict `:` type($x)";
}

#endif // HADAL_DIALECTS_HADAL_IR_GLUE_TD
