//===- Layers.td - Layers of a model that passes reason about -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_LAYERS_TD
#define HADAL_DIALECTS_HADAL_IR_LAYERS_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_RopeOp : Hadal_Op<"rope"> {
  let summary = "rotary position embedding";
  let description = [{
    RoFormer, section 3.2.2 (arXiv 2104.09864). For each pair i < R/2 with
    angles by position, `(x0, x1)` the i-th pair of `x` in `in_layout` and
    `(y0, y1)` the i-th pair of the result in `out_layout`:

    ```
    y0 = x0 · cos[b,s,i] − x1 · sin[b,s,i]
    y1 = x1 · cos[b,s,i] + x0 · sin[b,s,i]
    ```

    `interleaved`: pair i stands at 2i and 2i+1; `halves`: at i and i + R/2.

    Constraints:
    - C1: x has rank 4 [B, H, S, R], cos and sin rank 3; one float type; the result has x's type.
    - C2: R is static, even and positive.
    - C3: cos and sin have one type [B or 1, S, R/2].

    Example:

    ```mlir
    %y = hadal.rope %x, %cos, %sin interleaved to halves
        : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$cos, Hadal_FloatTensor:$sin,
                       Hadal_RopeLayoutAttr:$in_layout, Hadal_RopeLayoutAttr:$out_layout);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x `,` $cos `,` $sin `` $in_layout `to` `` $out_layout attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_RMSNormOp : Hadal_Op<"rms_norm"> {
  let summary = "root mean square normalisation over the last dimension";
  let description = [{
    Zhang and Sennrich (arXiv 1910.07467):
    `out[…,n] = x[…,n] / sqrt(mean_n(x[…,n]²) + epsilon) · weight[n]`

    Constraints:
    - C1: x has rank ≥ 1, weight rank 1, one float type; the result has x's type.
    - C2: weight's size is x's last dimension, which is static.
    - C3: epsilon is finite and not negative.

    Example:

    ```mlir
    %y = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x?x192xf32>, tensor<192xf32>) -> tensor<?x?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$weight, F32Attr:$epsilon);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$x `,` $weight `epsilon` $epsilon attr-dict `:` functional-type(operands, results)";
}

#endif // HADAL_DIALECTS_HADAL_IR_LAYERS_TD
