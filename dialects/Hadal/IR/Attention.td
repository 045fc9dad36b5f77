//===- Attention.td - Attention ----------------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ATTENTION_TD
#define HADAL_DIALECTS_HADAL_IR_ATTENTION_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_AttentionOp : Hadal_Op<"attention"> {
  let summary = "scaled dot-product attention over grouped heads";
  let description = [{
    With `g = H / Hkv`, for each batch b, head h, query s and key t:

    ```
    z[b,h,s,t]   = scale · Σ_d q[b,h,s,d] · k[b,h/g,t,d]  (+ mask[b,h,s,t] if it is a float tensor)
    visible      = (not causal or t ≤ s + T − S) and (mask[b,h,s,t] if it is a boolean tensor)
    p[b,h,s,·]   = softmax over the visible t of z;  0 everywhere if none is visible
    out[b,h,s,d] = Σ_t p[b,h,s,t] · v[b,h/g,t,d]
    ```

    Causal means bottom-right aligned: the last query sees the last key. A float
    mask of −inf hides like a boolean false. Dimensions of size 1 of the mask
    broadcast. A row that sees nothing gives 0.

    Constraints:
    - C1: q, k, v have rank 4 and one element type, which is the result's.
    - C2: q and k agree in the last dimension (head size).
    - C3: k and v agree in batch, heads and length; q agrees with them in batch.
    - C4: the number of query heads is a multiple of the number of kv heads.
    - C5: the result is [B, H, S, Dv].
    - C6: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C7: scale is finite.

    Example:

    ```mlir
    %o = hadal.attention %q, %k, %v scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                       Optional<Hadal_MaskTensor>:$mask, F32Attr:$scale, UnitAttr:$causal);
  let results = (outs Hadal_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $q `,` $k `,` $v (`mask` $mask^)? `scale` $scale (`causal` $causal^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_ATTENTION_TD
