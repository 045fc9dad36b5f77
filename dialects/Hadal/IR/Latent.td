//===- Latent.td - Latent keys and values ------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_LATENT_TD
#define HADAL_DIALECTS_HADAL_IR_LATENT_TD

include "dialects/Hadal/IR/Attention.td"

def Hadal_LatentAttentionOp
    : Hadal_Op<"latent_attention", [AttrSizedOperandSegments, Hadal_RequiredOperands<5>,
                                    DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "multi-head latent attention (MLA) over a cache of latents";
  let description = [{
    DeepSeek-V2, section 2.1 (arXiv 2405.04434). q_nope is [B, H, S, Dn], q_pe is
    [B, H, S, R], latent is [B, T, L], k_pe is [B, T, R], w_kv is [L, H, Dn + Dv]:
    `w_kv[:, h, :Dn]` is W_UK of head h, `w_kv[:, h, Dn:]` is W_UV:

    ```
    k_nope[b,h,t,d] = Σ_l latent[b,t,l] · w_kv[l,h,d]            d < Dn
    v[b,h,t,d]      = Σ_l latent[b,t,l] · w_kv[l,h,Dn+d]         d < Dv
    z[b,h,s,t]      = scale · (q_nope[b,h,s,:]·k_nope[b,h,t,:] + q_pe[b,h,s,:]·k_pe[b,t,:])
    out, lse        = from z and v as in hadal.attention, with the same clauses
    ```

    `form` says how: `expanded` makes k_nope and v of every head; `absorbed`
    takes q̃[l] = Σ_d q_nope[d]·W_UK[l,d] against the latent itself, and W_UV
    after the sum over t. Both are the same function in real arithmetic. `auto`
    leaves it to `--hadal-choose-latent-form`; it is the default.

    Constraints:
    - C1: all float operands but mask and sink have one element type, which is the result's; ranks are 4, 4, 3, 3, 3.
    - C2: q_nope and q_pe agree in batch, heads and length.
    - C3: latent and k_pe agree in batch and length; q agrees with them in batch.
    - C4: q_pe and k_pe agree in the last dimension.
    - C5: w_kv is [L, H, Dn + Dv] with L the latent's size and Dv > 0.
    - C6: the result is [B, H, S, Dv], and lse [B, H, S].
    - C7: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C8: scale is finite.
    - C9: the sink is [H].
    - C10: lengths and offsets are [B]; not both `offset` and `offsets` are given; a window is at least 1 and needs `causal`.
    - C11: softcap is finite and positive.

    Example:

    ```mlir
    %o = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form auto
        : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
        -> tensor<?x8x?x32xf32>
    %p, %lse = hadal.latent_attention %qn, %qp, %c, %kp, %w kv_lengths %len scale 0.1 causal form absorbed
        : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
           tensor<?xi32>) -> (tensor<?x8x?x32xf32>, tensor<?x8x?xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q_nope, Hadal_FloatTensor:$q_pe, Hadal_FloatTensor:$latent,
                            Hadal_FloatTensor:$k_pe, Hadal_FloatTensor:$w_kv),
                       Hadal_ScoreOperands, Hadal_VisibilityOperands, (ins F32Attr:$scale), Hadal_VisibilityAttrs,
                       Hadal_ScoreAttrs, (ins DefaultValuedAttr<Hadal_LatentFormAttr, "LatentForm::Auto">:$form));
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$q_nope, "::mlir::Value":$q_pe, "::mlir::Value":$latent,
                   "::mlir::Value":$k_pe, "::mlir::Value":$w_kv, "::mlir::Value":$mask, "::mlir::FloatAttr":$scale,
                   "::mlir::UnitAttr":$causal, "::hadal::LatentFormAttr":$form)>
  ];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $q_nope `,` $q_pe `,` $latent `,` $k_pe `,` $w_kv (`mask` $mask^)? (`sink` $sink^)? (`q_lengths` $q_lengths^)?
    (`kv_lengths` $kv_lengths^)? (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    (`form` `` $form^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_LatentProjectionOp : Hadal_Op<"latent_projection"> {
  let summary = "a compressed key/value row becomes a cache entry: RMSNorm(c) and RoPE(k_pe)";
  let description = [{
    With c_kv [B, S, L + R] = [c ‖ k] split at L, the size of the weight:

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

def Hadal_AbsorbQueryOp : Hadal_Op<"absorb_query"> {
  let summary = "W_UK absorbed into the queries of latent attention";
  let description = [{
    `out[b,h,s,l] = Σ_d q_nope[b,h,s,d] · w_uk[l,h,d]`

    Then `out · latent` is `q_nope · k_nope`. w_uk is the part `[:, :, :Dn]` of the
    w_kv of `hadal.latent_attention`.

    Constraints:
    - C1: q_nope has rank 4 and w_uk rank 3, of one float type, which is the result's.
    - C2: w_uk is [L, H, Dn] for q_nope [B, H, S, Dn].
    - C3: the result is [B, H, S, L].

    Example:

    ```mlir
    %q = hadal.absorb_query %qn, %wuk : (tensor<?x8x?x32xf32>, tensor<64x8x32xf32>) -> tensor<?x8x?x64xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q_nope, Hadal_FloatTensor:$w_uk);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$q_nope `,` $w_uk attr-dict `:` functional-type(operands, results)";
}

def Hadal_ExpandValueOp : Hadal_Op<"expand_value"> {
  let summary = "W_UV applied to what latent attention gathered in the latent space";
  let description = [{
    `out[b,h,s,d] = Σ_l x[b,h,s,l] · w_uv[l,h,d]`

    w_uv is the part `[:, :, Dn:]` of the w_kv of `hadal.latent_attention`. With
    `hadal.absorb_query` before and this behind it, `hadal.attention` of one kv
    head, with `latent ‖ k_pe` as keys and `latent` as values, is
    `hadal.latent_attention`.

    Constraints:
    - C1: x has rank 4 and w_uv rank 3, of one float type, which is the result's.
    - C2: w_uv is [L, H, Dv] for x [B, H, S, L].
    - C3: the result is [B, H, S, Dv].

    Example:

    ```mlir
    %o = hadal.expand_value %x, %wuv : (tensor<?x8x?x64xf32>, tensor<64x8x32xf32>) -> tensor<?x8x?x32xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$w_uv);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$x `,` $w_uv attr-dict `:` functional-type(operands, results)";
}

#endif // HADAL_DIALECTS_HADAL_IR_LATENT_TD
