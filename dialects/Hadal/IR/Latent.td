//===- Latent.td - Latent keys and values, caches ----------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_LATENT_TD
#define HADAL_DIALECTS_HADAL_IR_LATENT_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_LatentAttentionOp : Hadal_Op<"latent_attention"> {
  let summary = "multi-head latent attention (MLA) over a cache of latents";
  let description = [{
    DeepSeek-V2, section 2.1 (arXiv 2405.04434). `w_kv[:, h, :Dn]` is W_UK of
    head h, `w_kv[:, h, Dn:]` is W_UV:

    ```
    k_nope[b,h,t,d] = Σ_l latent[b,t,l] · w_kv[l,h,d]            d < Dn
    v[b,h,t,d]      = Σ_l latent[b,t,l] · w_kv[l,h,Dn+d]         d < Dv
    z[b,h,s,t]      = scale · (q_nope[b,h,s,:]·k_nope[b,h,t,:] + q_pe[b,h,s,:]·k_pe[b,t,:])
    out             = softmax over the visible t of z, times v   (as hadal.attention)
    ```

    `form` says how: `expanded` makes k_nope and v of every head; `absorbed`
    takes q̃[l] = Σ_d q_nope[d]·W_UK[l,d] against the latent itself, and W_UV
    after the sum over t. Both are the same function in real arithmetic. `auto`
    leaves it to `--hadal-choose-latent-form`.

    Constraints:
    - C1: all float operands have one element type, which is the result's; ranks are 4, 4, 3, 3, 3.
    - C2: q_nope and q_pe agree in batch, heads and length.
    - C3: latent and k_pe agree in batch and length; q agrees with them in batch.
    - C4: q_pe and k_pe agree in the last dimension.
    - C5: w_kv is [L, H, Dn + Dv] with L the latent's size and Dv > 0.
    - C6: the result is [B, H, S, Dv].
    - C7: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C8: scale is finite.

    Example:

    ```mlir
    %o = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form auto
        : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
        -> tensor<?x8x?x32xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q_nope, Hadal_FloatTensor:$q_pe, Hadal_FloatTensor:$latent,
                       Hadal_FloatTensor:$k_pe, Hadal_FloatTensor:$w_kv, Optional<Hadal_MaskTensor>:$mask,
                       F32Attr:$scale, UnitAttr:$causal,
                       DefaultValuedAttr<Hadal_LatentFormAttr, "LatentForm::Auto">:$form);
  let results = (outs Hadal_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $q_nope `,` $q_pe `,` $latent `,` $k_pe `,` $w_kv (`mask` $mask^)? `scale` $scale (`causal` $causal^)?
    `form` `` $form attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_LatentProjectionOp : Hadal_Op<"latent_projection"> {
  let summary = "a compressed key/value row becomes a cache entry: RMSNorm(c) and RoPE(k_pe)";
  let description = [{
    With c_kv = [c ‖ k] split at L:

    ```
    latent[b,s,:] = hadal.rms_norm(c[b,s,:], weight, epsilon)
    k_pe[b,s,:]   = hadal.rope(k[b,s,:], cos, sin)
    ```

    Constraints:
    - C1: c_kv, cos and sin have rank 3, weight rank 1, all of one float type, which is the results'.
    - C2: c_kv's last dimension is L + R, with weight [L] and R even and positive.
    - C3: cos and sin have one type [B or 1, S, R/2].
    - C4: the results are [B, S, L] and [B, S, R].
    - C5: epsilon is finite and not negative.

    Example:

    ```mlir
    %c, %kp = hadal.latent_projection %ckv, %w, %cos, %sin epsilon 1.0e-6 rope interleaved to halves
        : (tensor<?x?x80xf32>, tensor<64xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> (tensor<?x?x64xf32>, tensor<?x?x16xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$c_kv, Hadal_FloatTensor:$weight, Hadal_FloatTensor:$cos,
                       Hadal_FloatTensor:$sin, F32Attr:$epsilon,
                       Hadal_RopeLayoutAttr:$in_layout, Hadal_RopeLayoutAttr:$out_layout);
  let results = (outs Hadal_FloatTensor:$latent, Hadal_FloatTensor:$k_pe);
  let assemblyFormat = [{
    $c_kv `,` $weight `,` $cos `,` $sin `epsilon` $epsilon `rope` `` $in_layout `to` `` $out_layout attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_CacheAppendOp : Hadal_Op<"cache_append", [SameOperandsAndResultElementType]> {
  let summary = "a cache with new entries behind its old ones";
  let description = [{
    `out = cache ‖ entry` along dimension `dim` (the positions).

    Constraints:
    - C1: cache, entry and result have one rank and element type, and 0 ≤ dim < rank.
    - C2: they agree in every dimension but `dim`.
    - C3: the result's `dim` is the sum of the operands' (where static).

    Example:

    ```mlir
    %n = hadal.cache_append %cache, %entry dim 1 : (tensor<?x?x64xf32>, tensor<?x1x64xf32>) -> tensor<?x?x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$cache, AnyRankedTensor:$entry, I64Attr:$dim);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = "$cache `,` $entry `dim` $dim attr-dict `:` functional-type(operands, results)";
}

#endif // HADAL_DIALECTS_HADAL_IR_LATENT_TD
