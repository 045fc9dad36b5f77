//===- Gradients.td - Derivatives --------------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector-Jacobian products: `hadal.<op>_grad` is written like `hadal.<op>`, with
// the cotangents `d_…` of its results behind the first operands, and gives the
// cotangents of the float operands that are given, in their order.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD
#define HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD

include "dialects/Hadal/IR/Experts.td"
include "dialects/Hadal/IR/Layers.td"
include "dialects/Hadal/IR/Sparse.td"

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def Hadal_AttentionGradOp : Hadal_Op<"attention_grad", [AttrSizedOperandSegments,
    Hadal_AttentionLikeInterface, DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "the derivative of hadal.attention";
  let description = [{
    With z, the probabilities p (the sink in their denominator) and lse as in
    `hadal.attention` with the same operands and attributes, `x = scale · q·k`
    and `g = H / Hkv`, for each query s and each key t that it sees:

    ```
    dp[b,h,s,t]  = Σ_d d_out[b,h,s,d] · v[b,h/g,t,d]
    D[b,h,s]     = Σ_t p[b,h,s,t] · dp[b,h,s,t]
    dz[b,h,s,t]  = p[b,h,s,t] · (dp[b,h,s,t] − D[b,h,s])  +  d_lse[b,h,s] · exp(z[b,h,s,t] − lse[b,h,s])
    dx[b,h,s,t]  = dz[b,h,s,t] · scale                                          without softcap
                 = dz[b,h,s,t] · scale · (1 − tanh²(x[b,h,s,t] / softcap))      with it
    d_q[b,h,s,d]  = Σ_t dx[b,h,s,t] · k[b,h/g,t,d]
    d_k[b,n,t,d]  = Σ_{h/g = n} Σ_s dx[b,h,s,t] · q[b,h,s,d]
    d_v[b,n,t,d]  = Σ_{h/g = n} Σ_s p[b,h,s,t] · d_out[b,h,s,d]
    d_sink[h]     = − Σ_b Σ_s exp(sink[h]) / (exp(lse[b,h,s]) + exp(sink[h])) · D[b,h,s]
    ```

    Keys that a query does not see contribute nothing to it and get nothing
    from it. A query that sees nothing gives 0 everywhere: its output is
    constant. The mask counts as constant: it has no gradient.

    Constraints:
    - C1: q, k, v, d_out have rank 4 and one element type, which is that of d_q, d_k, d_v.
    - C2: q and k agree in the last dimension (head size).
    - C3: k and v agree in batch, heads and length; q agrees with them in batch.
    - C4: the number of query heads is a multiple of the number of kv heads.
    - C5: d_out is [B, H, S, Dv]; d_lse, if given, is [B, H, S].
    - C6: d_q, d_k, d_v have the sizes of q, k, v.
    - C7: with a sink, which is [H], there is d_sink of its element type, [H]; without one there is none.
    - C8: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C9: scale is finite; softcap is finite and positive.
    - C10: q_lengths, kv_lengths and offsets are [B]; offset and offsets are not both given; window is at least 1 and needs causal.

    Example:

    ```mlir
    %dq, %dk, %dv = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>)
        -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
    %r:4 = hadal.attention_grad %q, %k, %v d_out %do d_lse %dl sink %s kv_lengths %n scale 0.125 causal window 128
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?xf32>,
           tensor<8xf32>, tensor<2xi32>)
        -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<8xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$d_lse,
                            Optional<Hadal_MaskTensor>:$mask, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands, (ins F32Attr:$scale), Hadal_VisibilityAttrs,
                       (ins OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$softcap));
  let results = (outs Hadal_FloatTensor:$d_q, Hadal_FloatTensor:$d_k, Hadal_FloatTensor:$d_v,
                      Optional<Hadal_FloatTensor>:$d_sink);
  let assemblyFormat = [{
    $q `,` $k `,` $v `d_out` $d_out (`d_lse` $d_lse^)? (`mask` $mask^)? (`sink` $sink^)? (`q_lengths` $q_lengths^)?
    (`kv_lengths` $kv_lengths^)? (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_LatentAttentionGradOp : Hadal_Op<"latent_attention_grad", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "the derivative of hadal.latent_attention";
  let description = [{
    The same for both forms of the forward operation, which are one function.
    With the expanded keys `k[b,h,t,:] = k_nope[b,h,t,:] ‖ k_pe[b,t,:]`, values
    `v[b,h,t,:]` and queries `q = q_nope ‖ q_pe` of `hadal.latent_attention`,
    and `d_q, d_k, d_v` of `hadal.attention_grad` for them, H kv heads:

    ```
    d_q_nope[b,h,s,d] = d_q[b,h,s,d]                             d < Dn
    d_q_pe[b,h,s,d]   = d_q[b,h,s,Dn+d]                          d < Dr
    d_k_pe[b,t,d]     = Σ_h d_k[b,h,t,Dn+d]                      d < Dr
    d_kv[b,h,t,:]     = d_k[b,h,t,:Dn] ‖ d_v[b,h,t,:]
    d_latent[b,t,l]   = Σ_h Σ_d d_kv[b,h,t,d] · w_kv[l,h,d]
    d_w_kv[l,h,d]     = Σ_b Σ_t latent[b,t,l] · d_kv[b,h,t,d]
    ```

    Constraints:
    - C1: all float operands but mask, sink and d_lse have one element type, which is that of the results but d_sink; ranks are 4, 4, 3, 3, 3, 4.
    - C2: q_nope and q_pe agree in batch, heads and length.
    - C3: latent and k_pe agree in batch and length; q agrees with them in batch.
    - C4: q_pe and k_pe agree in the last dimension.
    - C5: w_kv is [L, H, Dn + Dv] with L the latent's size and Dv > 0.
    - C6: d_out is [B, H, S, Dv]; d_lse, if given, is [B, H, S].
    - C7: d_q_nope, d_q_pe, d_latent, d_k_pe, d_w_kv have the sizes of q_nope, q_pe, latent, k_pe, w_kv.
    - C8: with a sink, which is [H], there is d_sink of its element type, [H]; without one there is none.
    - C9: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C10: scale is finite; softcap is finite and positive.
    - C11: q_lengths, kv_lengths and offsets are [B]; offset and offsets are not both given; window is at least 1 and needs causal.

    Example:

    ```mlir
    %r:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 causal
        : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
           tensor<?x8x?x32xf32>)
        -> (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q_nope, Hadal_FloatTensor:$q_pe, Hadal_FloatTensor:$latent,
                            Hadal_FloatTensor:$k_pe, Hadal_FloatTensor:$w_kv, Hadal_FloatTensor:$d_out,
                            Optional<Hadal_FloatTensor>:$d_lse, Optional<Hadal_MaskTensor>:$mask,
                            Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands, (ins F32Attr:$scale), Hadal_VisibilityAttrs,
                       (ins OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$softcap));
  let results = (outs Hadal_FloatTensor:$d_q_nope, Hadal_FloatTensor:$d_q_pe, Hadal_FloatTensor:$d_latent,
                      Hadal_FloatTensor:$d_k_pe, Hadal_FloatTensor:$d_w_kv, Optional<Hadal_FloatTensor>:$d_sink);
  let assemblyFormat = [{
    $q_nope `,` $q_pe `,` $latent `,` $k_pe `,` $w_kv `d_out` $d_out (`d_lse` $d_lse^)? (`mask` $mask^)? (`sink` $sink^)?
    (`q_lengths` $q_lengths^)? (`kv_lengths` $kv_lengths^)? (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_MergeAttentionGradOp : Hadal_Op<"merge_attention_grad", [AttrSizedOperandSegments]> {
  let summary = "the derivative of hadal.merge_attention";
  let description = [{
    With w_n, out and lse as in `hadal.merge_attention` for the same N parts and
    sink, and `d_lse` 0 where it is not given:

    ```
    d_out_n[b,h,s,d] = w_n[b,h,s] · d_out[b,h,s,d]
    d_lse_n[b,h,s]   = w_n[b,h,s] · Σ_d d_out[b,h,s,d] · (out_n[b,h,s,d] − out[b,h,s,d])
                       + exp(lse_n[b,h,s] − lse[b,h,s]) · d_lse[b,h,s]
    d_sink[h]        = − Σ_b Σ_s exp(sink[h]) / (exp(lse[b,h,s]) + exp(sink[h])) · Σ_d d_out[b,h,s,d] · out[b,h,s,d]
    ```

    The results are the N d_out_n, then the N d_lse_n, then, with a sink, d_sink.
    A part with lse −∞ gets 0.

    Constraints:
    - C1: as many outputs as lses, at least one; outputs and d_out of rank 4, lses of rank 3.
    - C2: the outputs and d_out have one element type; the lses have one.
    - C3: all outputs and d_out agree in shape, and with all lses and d_lse in [B, H, S].
    - C4: the sink is [H].
    - C5: there are N + N results, and one more with a sink, of the operands' shapes and element types.

    Example:

    ```mlir
    %r:5 = hadal.merge_attention_grad outs(%o0, %o1) lses(%l0, %l1) d_out %do d_lse %dl sink %s
        : (tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<2x8x?x64xf32>,
           tensor<2x8x?xf32>, tensor<8xf32>)
        -> (tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<8xf32>)
    ```
  }];
  let arguments = (ins Variadic<Hadal_FloatTensor>:$outs, Variadic<Hadal_FloatTensor>:$lses, Hadal_FloatTensor:$d_out,
                       Optional<Hadal_FloatTensor>:$d_lse, Optional<Hadal_FloatTensor>:$sink);
  let results = (outs Variadic<Hadal_FloatTensor>:$d_parts);
  let assemblyFormat = [{
    `outs` `(` $outs `)` `lses` `(` $lses `)` `d_out` $d_out (`d_lse` $d_lse^)? (`sink` $sink^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Sparse attention
//===----------------------------------------------------------------------===//

def Hadal_CompressGradOp : Hadal_Op<"compress_grad", [AttrSizedOperandSegments]> {
  let summary = "the derivative of hadal.compress";
  let description = [{
    With entry i of batch entry b and head h as in `hadal.compress`, its tokens
    `xb[r,c]` (pe added) and its cotangent `e[c] = d_out[b,h,i,c]`, the cotangents
    of the entry's own tokens and, summed over b and i (and over h where a
    parameter has one head for all), of the parameters:

    ```
    mean      d_xb[r,c] = e[c] / l
    weighted  d_xb[r,c] = weight[h,r] · e[c]                 d_weight[h,r]     += Σ_c xb[r,c] · e[c]
    linear    d_xb[r,c] = Σ_f weight[h,r,c,f] · e[f]         d_weight[h,r,c,f] += xb[r,c] · e[f]
    mlp       u[f] = Σ_r Σ_c xb[r,c] · w1[h,r·D+c,f] + bias1[h,f],   d_u[f] = act'(u[f]) · Σ_n w2[h,f,n] · e[n]
              d_xb[r,c] = Σ_f w1[h,r·D+c,f] · d_u[f]         d_w1[h,r·D+c,f]   += xb[r,c] · d_u[f],   d_bias1[h,f] += d_u[f]
                                                             d_w2[h,f,n]       += act(u[f]) · e[n],   d_bias2[h,n] += e[n]
    gated     d_xb[r,c] = a[r,c] · e[c]                      d_gate[b,h,i·d+r,c] += g[r,c],           d_bias[r,c]  += g[r,c]
              g[r,c] = a[r,c] · (xb[r,c] − y[c]) · e[c],     y[c] = Σ_r a[r,c] · xb[r,c]
    d_x[b,h,i·d+r,c] += d_xb[r,c],                           d_pe[h,r,c] += d_xb[r,c]
    ```

    With `overlap` the gated entries mix the tokens, channels and places that
    the forward operation mixes. Tokens in several entries get the sum; entries
    that are 0 for kv_lengths get and give nothing.

    The results are d_x, then the cotangents of those of weight, w1, bias1, w2,
    bias2, gate, bias, pe that are given, in this order.

    Constraints:
    - C1: x and d_out have rank 4 and one element type, which all float operands share.
    - C2: length ≥ 1 and stride ≥ 1.
    - C3: weighted needs a weight [Hkv or 1, l], linear one [Hkv or 1, l, D, D']; the other kinds have none.
    - C4: mlp needs w1 [Hkv or 1, l·D, F] or [Hkv or 1, l, D, F], w2 [Hkv or 1, F, D'] and an activation, and may have
      bias1 [Hkv or 1, F] and bias2 [Hkv or 1, D']; the other kinds have none of them.
    - C5: gated needs a gate of x's shape, and may have a bias [l, D]; with `overlap` a bias [d, D]; the other kinds
      have none of these.
    - C6: overlap needs l = 2·d and an even D.
    - C7: pe is [Hkv or 1, l, D], and not for gated.
    - C8: kv_lengths is [B].
    - C9: d_out is [B, Hkv, Nc, D'], where D' = D for mean, weighted and gated, and D / 2 with overlap.
    - C10: the results are one for x and one for each float parameter that is given, of its type.

    Example:

    ```mlir
    %dx = hadal.compress_grad %k d_out %do mean length 32 stride 16
        : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
    %dk, %dw1, %dw2, %dpe = hadal.compress_grad %k d_out %do mlp w1 %w1 activation relu w2 %w2 pe %pe length 32 stride 16
        : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<4x2048x128xf32>, tensor<4x128x64xf32>, tensor<4x32x64xf32>)
        -> (tensor<2x4x?x64xf32>, tensor<4x2048x128xf32>, tensor<4x128x64xf32>, tensor<4x32x64xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$weight,
                       Optional<Hadal_FloatTensor>:$w1, Optional<Hadal_FloatTensor>:$bias1,
                       Optional<Hadal_FloatTensor>:$w2, Optional<Hadal_FloatTensor>:$bias2,
                       Optional<Hadal_FloatTensor>:$gate, Optional<Hadal_FloatTensor>:$bias,
                       Optional<Hadal_FloatTensor>:$pe, Optional<Hadal_IndexTensor>:$kv_lengths,
                       Hadal_CompressionAttr:$kind, I64Attr:$length, I64Attr:$stride,
                       OptionalAttr<Hadal_ActivationAttr>:$activation, UnitAttr:$overlap);
  let results = (outs Hadal_FloatTensor:$d_x, Variadic<Hadal_FloatTensor>:$d_parameters);
  let extraClassDeclaration = [{
    /// The parameters that are given, in the order of their cotangents among the results.
    ::llvm::SmallVector<::mlir::Value> getParameters();
  }];
  let assemblyFormat = [{
    $x `d_out` $d_out `` $kind oilist(`weight` $weight | `w1` $w1 | `bias1` $bias1
      | `activation` custom<OptionalActivation>($activation) | `w2` $w2 | `bias2` $bias2 | `gate` $gate | `bias` $bias | `overlap` $overlap | `pe` $pe
      | `kv_lengths` $kv_lengths) `length` $length `stride` $stride attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_CompressedAttentionGradOp : Hadal_Op<"compressed_attention_grad", [
    AttrSizedOperandSegments, Hadal_AttentionLikeInterface, Hadal_VisibilityInterface]> {
  let summary = "the derivative of hadal.compressed_attention";
  let description = [{
    d_q, d_k, d_v and d_sink by the formulas of `hadal.attention_grad`, where the
    keys t are the entries i that `hadal.compressed_attention` makes visible with
    the same operands and clauses. The importance has no cotangent: what it is
    for, a selection, has no derivative.

    Constraints:
    - C1: q, k, v, d_out have rank 4 and one element type, which is that of d_q, d_k, d_v.
    - C2: q and k agree in the last dimension; k and v in batch, heads and entries; q with them in batch.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: length ≥ 1 and stride ≥ 1.
    - C5: the mask has rank 4 and each dimension is 1 or that of [B, H, S, Nc].
    - C6: scale is finite; softcap is finite and positive.
    - C7: lengths and offsets are [B]; not both offset and offsets.
    - C8: causal needs offset, offsets or kv_lengths.
    - C9: d_out is [B, H, S, Dv]; d_lse, if given, is [B, H, S].
    - C10: d_q, d_k, d_v have the sizes of q, k, v.
    - C11: with a sink, which is [H], there is d_sink of its element type, [H]; without one there is none.

    Example:

    ```mlir
    %dq, %dk, %dv = hadal.compressed_attention_grad %q, %ck, %cv d_out %do length 32 stride 16 scale 0.125 causal offset 0
        : (tensor<2x8x64x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x64x32xf32>)
        -> (tensor<2x8x64x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$d_lse,
                            Optional<Hadal_MaskTensor>:$mask, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$length, I64Attr:$stride, F32Attr:$scale, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$d_q, Hadal_FloatTensor:$d_k, Hadal_FloatTensor:$d_v,
                      Optional<Hadal_FloatTensor>:$d_sink);
  let assemblyFormat = [{
    $q `,` $k `,` $v `d_out` $d_out oilist(`d_lse` $d_lse | `mask` $mask | `sink` $sink | `q_lengths` $q_lengths
      | `kv_lengths` $kv_lengths | `offsets` $offsets) `length` $length `stride` $stride `scale` $scale
    oilist(`softcap` $softcap | `causal` $causal | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_SelectedAttentionGradOp : Hadal_Op<"selected_attention_grad", [
    AttrSizedOperandSegments, Hadal_VisibilityInterface,
    DeclareOpInterfaceMethods<Hadal_AttentionLikeInterface, ["getSelection"]>]> {
  let summary = "the derivative of hadal.selected_attention";
  let description = [{
    d_q, d_k, d_v and d_sink by the formulas of `hadal.attention_grad`, where the
    keys of a query are the visible tokens for which its list stands, each as
    often as it counts: twice for an index that stands twice, once with `union`.
    The indices have no derivative.

    Constraints:
    - C1: q, k, v, d_out and indices have rank 4; q, k, v and d_out one element type, which is that of d_q, d_k, d_v.
    - C2: q and k agree in the last dimension; k and v in batch, heads and length; q, k and indices in batch; q and indices in queries.
    - C3: the number of query heads is a multiple of the number of kv heads, and of that of lists.
    - C4: block ≥ 1.
    - C5: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C6: scale is finite; softcap is finite and positive.
    - C7: lengths and offsets are [B]; not both offset and offsets.
    - C8: d_out is [B, H, S, Dv]; d_lse, if given, is [B, H, S].
    - C9: d_q, d_k, d_v have the sizes of q, k, v.
    - C10: with a sink, which is [H], there is d_sink of its element type, [H]; without one there is none.

    Example:

    ```mlir
    %dq, %dk, %dv = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 64 scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<2x8x?x32xf32>)
        -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Hadal_IndexTensor:$indices, Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$d_lse,
                            Optional<Hadal_MaskTensor>:$mask, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$block, F32Attr:$scale, UnitAttr:$union_of, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$d_q, Hadal_FloatTensor:$d_k, Hadal_FloatTensor:$d_v,
                      Optional<Hadal_FloatTensor>:$d_sink);
  let assemblyFormat = [{
    $q `,` $k `,` $v `,` $indices `d_out` $d_out oilist(`d_lse` $d_lse | `mask` $mask | `sink` $sink
      | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets) `block` $block `scale` $scale
    oilist(`union` $union_of | `softcap` $softcap | `causal` $causal | `offset` $offset)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_GatedCombineGradOp : Hadal_Op<"gated_combine_grad"> {
  let summary = "the derivative of hadal.gated_combine";
  let description = [{
    With the weights a of `hadal.gated_combine`, for each branch c:

    ```
    d_branch_c[b,h,s,d] = a[b,h,s,c] · d_out[b,h,s,d]
    d_gates[b,h,s,c]    = Σ_d branch_c[b,h,s,d] · d_out[b,h,s,d]
                          · a[b,h,s,c] · (1 − a[b,h,s,c])        with `sigmoid`
    ```

    The results are the d_branch_c, in order, then d_gates.

    Constraints:
    - C1: there is at least one branch; branches and d_out have one type of rank 4, up to dynamic sizes; gates has the same element type.
    - C2: gates is [B, H, S, C] with C the number of branches.
    - C3: there are C results for the branches, of their types, and d_gates of gates' type.

    Example:

    ```mlir
    %r:4 = hadal.gated_combine_grad %a, %b, %c gates %g d_out %do sigmoid
        : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x3xf32>, tensor<2x8x?x32xf32>)
        -> (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x3xf32>)
    ```
  }];
  let arguments = (ins Variadic<Hadal_FloatTensor>:$branches, Hadal_FloatTensor:$gates, Hadal_FloatTensor:$d_out,
                       UnitAttr:$sigmoid);
  let results = (outs Variadic<Hadal_FloatTensor>:$d_branches, Hadal_FloatTensor:$d_gates);
  let assemblyFormat = [{
    $branches `gates` $gates `d_out` $d_out (`sigmoid` $sigmoid^)? attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Routing and experts
//===----------------------------------------------------------------------===//

def Hadal_RouteGradOp : Hadal_Op<"route_grad"> {
  let summary = "the derivative of the weights of hadal.route";
  let description = [{
    The choice itself has no derivative: the chosen `indices` are given, the
    bias and the groups do not matter. With s, u_j and their sum as in
    `hadal.route`, the slots j of index −1 left out, and

    ```
    S     = Σ_j u_j + epsilon        normalize epsilon E
          = max(Σ_j u_j, epsilon)    normalize floor E
    du_j  = scale · d_weights[t,j]                                                  without `normalize`
          = scale / S · (d_weights[t,j] − Σ_i d_weights[t,i] · u_i / S)             with it
          = scale / S · d_weights[t,j]                                              with `floor` where Σ_j u_j < epsilon
    ds[e] = Σ over the j with indices[t,j] = e of du_j
    d_logits[t,e] = ds[e] · s[e] · (1 − s[e])                                       score sigmoid
                  = s[e] · (ds[e] − Σ_f s[f] · ds[f])                               score softmax
                  = Σ over the j with indices[t,j] = e of u_j · (du_j − Σ_i u_i · du_i)     score softmax_chosen
                  = ds[e] · sigmoid(logits[t,e]) / (2 · s[e])                       score sqrt_softplus
                  = ds[e]                                                           score identity
    ```

    A token whose S is 0 gets 0. `scale S`, `normalize` and `epsilon E` may be
    left out: scale 1, not normalised, epsilon 0.

    Constraints:
    - C1: logits has rank 2 [T, E] with E static; indices and d_weights are [T, k] with k static; d_logits has logits' type.
    - C2: scale is finite; epsilon is finite and not negative.
    - C3: `floor` needs `normalize`.

    Example:

    ```mlir
    %dl = hadal.route_grad %logits, %i d_weights %dw score sigmoid scale 2.5 normalize epsilon 1.0e-20
        : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
    %dm = hadal.route_grad %logits, %i d_weights %dw score softmax_chosen
        : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$logits, Hadal_IndexTensor:$indices, Hadal_FloatTensor:$d_weights,
                       Hadal_ScoreFunctionAttr:$score, DefaultValuedAttr<F32Attr, "1.0f">:$scale,
                       UnitAttr:$normalize, DefaultValuedAttr<F32Attr, "0.0f">:$epsilon, UnitAttr:$floor);
  let results = (outs Hadal_FloatTensor:$d_logits);
  let assemblyFormat = [{
    $logits `,` $indices `d_weights` $d_weights `score` `` $score custom<RouteWeights>($scale, $normalize, $epsilon, $floor)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_GroupedMatmulGradOp : Hadal_Op<"grouped_matmul_grad", [AttrSizedOperandSegments]> {
  let summary = "the derivative of hadal.grouped_matmul";
  let description = [{
    For the experts e, rows p, `in` and `out` over which `hadal.grouped_matmul`
    runs with the same operands and clauses:

    ```
    d_x[in, k]   = Σ over the p with that `in` of Σ_n d_out[out, n] · w[e, k, n]
    d_w[e, k, n] = Σ over the p of e of x[in, k] · d_out[out, n]
    d_bias[e, n] = Σ over the p of e of d_out[out, n]
    ```

    With `transposed`, w and d_w are [E, N, K]. There is a d_bias if there is a
    bias. Rows of d_x that no p reads are 0, as is d_w of an expert without rows;
    rows of d_out that no p writes are not read. Block-scaled operands have no
    derivative.

    Constraints:
    - C1: x is [M, K], w [E, K, N] ([E, N, K] if transposed), offsets [E + 1], permutation (if any) [P], counts (if any) [E].
    - C2: with `gather`, slots_per_token ≥ 1; without it, x has P rows; `gather` and `scatter` need a permutation.
    - C3: d_out is [P, N]; P = M without a permutation.
    - C4: x and w have one element type; d_x has x's type, d_w has w's.
    - C5: with a bias, which is [E, N], there is d_bias of its type; without one there is none.

    Example:

    ```mlir
    %dx, %dw = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do gather 4
        : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>, tensor<?x160xf32>)
        -> (tensor<?x192xf32>, tensor<16x192x160xf32>)
    %da, %dd, %db = hadal.grouped_matmul_grad %a, %d, %o, %p d_out %dy scatter transposed bias %b
        : (tensor<?x80xf32>, tensor<16x192x80xf32>, tensor<17xi32>, tensor<?xi32>, tensor<?x192xf32>, tensor<16x192xf32>)
        -> (tensor<?x80xf32>, tensor<16x192x80xf32>, tensor<16x192xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$w, Hadal_RowTensor:$offsets,
                       Optional<Hadal_RowTensor>:$permutation, Hadal_FloatTensor:$d_out,
                       Optional<Hadal_RowTensor>:$counts, Optional<Hadal_FloatTensor>:$bias,
                       OptionalAttr<I64Attr>:$slots_per_token,
                       UnitAttr:$scatter, UnitAttr:$transposed);
  let results = (outs Hadal_FloatTensor:$d_x, Hadal_FloatTensor:$d_w, Optional<Hadal_FloatTensor>:$d_bias);
  let assemblyFormat = [{
    $x `,` $w `,` $offsets (`,` $permutation^)? `d_out` $d_out (`gather` $slots_per_token^)? (`scatter` $scatter^)?
    (`transposed` $transposed^)? (`counts` $counts^)? (`bias` $bias^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_PermuteGradOp : Hadal_Op<"permute_grad"> {
  let summary = "the derivative of hadal.permute";
  let description = [{
    `d_x[m, …] = Σ over the p with permutation[p] / slots_per_token = m of d_out[p, …]`
    (rounded down); rows of d_out whose permutation[p] is −1 are not read. Only
    the sizes of x matter, not its values.

    Constraints:
    - C1: x and d_out have one rank ≥ 1, one element type, and agree in all dimensions but the first; permutation is [P].
    - C2: slots_per_token ≥ 1.
    - C3: d_out has P rows; d_x has x's type.

    Example:

    ```mlir
    %dx = hadal.permute_grad %x, %p d_out %do slots_per_token 4
        : (tensor<?x192xbf16>, tensor<?xi32>, tensor<?x192xbf16>) -> tensor<?x192xbf16>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_IndexTensor:$permutation, Hadal_FloatTensor:$d_out,
                       DefaultValuedAttr<I64Attr, "1">:$slots_per_token);
  let results = (outs Hadal_FloatTensor:$d_x);
  let assemblyFormat = [{
    $x `,` $permutation `d_out` $d_out (`slots_per_token` $slots_per_token^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_CombineGradOp : Hadal_Op<"combine_grad", [AttrSizedOperandSegments]> {
  let summary = "the derivative of hadal.combine";
  let description = [{
    With row(slot) as in `hadal.combine`:

    ```
    d_y[p, n]       = Σ over the slots t·k + j with row p of weights[t,j] · d_out[t,n]
    d_weights[t,j]  = Σ_n y[row(t·k + j), n] · d_out[t,n];   0 for a slot without a row
    ```

    Rows of d_y that no slot has are 0. The derivative by `add` is d_out itself.

    Constraints:
    - C1: y and d_out have rank 2, weights is [T, k] with k static.
    - C2: without inverse and permutation, y has T·k rows.
    - C3: inverse, if any, is [T·k]; permutation, if any, is [P] where y has P rows; not both are given.
    - C4: d_out is [T, H] of y's element type.
    - C5: d_y has y's type, d_weights weights' type.

    Example:

    ```mlir
    %dy, %dw = hadal.combine_grad %y, %w d_out %do
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x192xf32>) -> (tensor<?x192xf32>, tensor<?x4xf32>)
    %dz, %dv = hadal.combine_grad %z, %w d_out %dq inverse %v
        : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?x192xbf16>, tensor<?xi32>) -> (tensor<?x192xbf16>, tensor<?x4xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$y, Hadal_FloatTensor:$weights, Hadal_FloatTensor:$d_out,
                       Optional<Hadal_IndexTensor>:$inverse, Optional<Hadal_IndexTensor>:$permutation);
  let results = (outs Hadal_FloatTensor:$d_y, Hadal_FloatTensor:$d_weights);
  let assemblyFormat = [{
    $y `,` $weights `d_out` $d_out (`inverse` $inverse^)? (`permutation` $permutation^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_ActivationGradOp : Hadal_Op<"activation_grad"> {
  let summary = "the derivative of hadal.activation";
  let description = [{
    `d_x[…] = act'(x[…]) · d_out[…]`, with σ the logistic function, Φ and φ the
    normal distribution and its density, `c = √(2/π)` and
    `h = tanh(c · (x + 0.044715·x³))`:

    ```
    silu       σ(alpha·x) + alpha·x · σ(alpha·x) · (1 − σ(alpha·x))
    gelu       Φ(x) + x·φ(x)
    gelu_tanh  (1 + h)/2 + x/2 · (1 − h²) · c · (1 + 3·0.044715·x²)
    relu       1 if x > 0, else 0
    relu2      2·max(x, 0)
    sigmoid    σ(x) · (1 − σ(x))
    ```

    alpha is 1 where it is not given.

    Constraints:
    - C1: d_out and d_x have x's type.
    - C2: alpha is finite, and 1 unless the function is silu.

    Example:

    ```mlir
    %dx = hadal.activation_grad %x d_out %do silu alpha 1.702 : (tensor<?x160xf32>, tensor<?x160xf32>) -> tensor<?x160xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$d_out, Hadal_ActivationAttr:$activation,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs Hadal_FloatTensor:$d_x);
  let assemblyFormat = [{
    $x `d_out` $d_out `` $activation (`alpha` $alpha^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_GatedActivationGradOp : Hadal_Op<"gated_activation_grad"> {
  let summary = "the derivative of hadal.gated_activation";
  let description = [{
    With gate, up, g and u as in `hadal.gated_activation` (g and u are gate and
    up themselves without `limit`) and act' as in `hadal.activation_grad`, at
    the places of x where gate[…,i] and up[…,i] stand:

    ```
    d_gate[…,i] = d_out[…,i] · (u + up_offset) · act'(g);   0 where gate[…,i] > limit
    d_up[…,i]   = d_out[…,i] · act(g);                      0 where |up[…,i]| > limit
    ```

    Constraints:
    - C1: x has rank ≥ 1 and a static even last dimension 2I; d_out is x's shape with I last, of x's element type.
    - C2: d_x has x's type.
    - C3: limit, if given, is finite and positive; alpha is finite, and 1 unless the function is silu; up_offset is finite.

    Example:

    ```mlir
    %dx = hadal.gated_activation_grad %x d_out %do silu gate_first : (tensor<?x160xf32>, tensor<?x80xf32>) -> tensor<?x160xf32>
    %dc = hadal.gated_activation_grad %x d_out %do silu interleaved limit 7.0 alpha 1.702 up_offset 1.0
        : (tensor<?x160xf32>, tensor<?x80xf32>) -> tensor<?x160xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$d_out, Hadal_ActivationAttr:$activation,
                       Hadal_GateOrderAttr:$gate_order, OptionalAttr<F32Attr>:$limit,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha, DefaultValuedAttr<F32Attr, "0.0f">:$up_offset);
  let results = (outs Hadal_FloatTensor:$d_x);
  let assemblyFormat = [{
    $x `d_out` $d_out `` $activation `` $gate_order (`limit` $limit^)? (`alpha` $alpha^)? (`up_offset` $up_offset^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

def Hadal_RMSNormGradOp : Hadal_Op<"rms_norm_grad"> {
  let summary = "the derivative of hadal.rms_norm";
  let description = [{
    With `r = 1 / sqrt(mean_n(x[…,n]²) + epsilon)` of each row and the factor
    `f[n] = weight_offset + weight[n]` (1 without a weight):

    ```
    d_x[…,n]     = r · f[n] · d_out[…,n]  −  r³ · x[…,n] · mean_m(x[…,m] · f[m] · d_out[…,m])
    d_weight[n]  = Σ over all rows of r · x[…,n] · d_out[…,n]
    ```

    Constraints:
    - C1: x and d_out have rank ≥ 1 and one element type.
    - C2: weight, if any, has rank 1 and the size of x's last dimension.
    - C3: d_out has x's sizes; d_x has x's type.
    - C4: epsilon is finite and not negative.
    - C5: weight_offset is finite and needs a weight.
    - C6: with a weight there is d_weight of its type; without one there is none.

    Example:

    ```mlir
    %dx, %dw = hadal.rms_norm_grad %x, %w d_out %do epsilon 1.0e-6
        : (tensor<?x?x192xf32>, tensor<192xf32>, tensor<?x?x192xf32>) -> (tensor<?x?x192xf32>, tensor<192xf32>)
    %dy = hadal.rms_norm_grad %x d_out %do epsilon 1.0e-6 : (tensor<?x?x192xf32>, tensor<?x?x192xf32>) -> tensor<?x?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Optional<Hadal_FloatTensor>:$weight, Hadal_FloatTensor:$d_out,
                       F32Attr:$epsilon, OptionalAttr<F32Attr>:$weight_offset);
  let results = (outs Hadal_FloatTensor:$d_x, Optional<Hadal_FloatTensor>:$d_weight);
  let assemblyFormat = [{
    $x (`,` $weight^)? `d_out` $d_out `epsilon` $epsilon (`weight_offset` $weight_offset^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_LayerNormGradOp : Hadal_Op<"layer_norm_grad", [AttrSizedOperandSegments]> {
  let summary = "the derivative of hadal.layer_norm";
  let description = [{
    With `r = 1 / sqrt(variance + epsilon)` and `y[…,n] = (x[…,n] − mean) · r`
    of each row, and `e[…,n] = weight[n] · d_out[…,n]` (weight 1 where there is none):

    ```
    d_x[…,n]     = r · (e[…,n] − mean_m(e[…,m]) − y[…,n] · mean_m(y[…,m] · e[…,m]))
    d_weight[n]  = Σ over all rows of y[…,n] · d_out[…,n]
    d_bias[n]    = Σ over all rows of d_out[…,n]
    ```

    The results are d_x, then d_weight if there is a weight, then d_bias if
    there is a bias.

    Constraints:
    - C1: x and d_out have rank ≥ 1 and one element type.
    - C2: weight and bias, if any, have rank 1 and the size of x's last dimension.
    - C3: d_out has x's sizes; d_x has x's type.
    - C4: epsilon is finite and not negative.
    - C5: behind d_x there is one result for each of weight and bias that is given, of its type.

    Example:

    ```mlir
    %dx, %dw, %db = hadal.layer_norm_grad %x d_out %do weight %w bias %b epsilon 1.0e-6
        : (tensor<?x?x128xf32>, tensor<?x?x128xf32>, tensor<128xf32>, tensor<128xf32>)
        -> (tensor<?x?x128xf32>, tensor<128xf32>, tensor<128xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$weight,
                       Optional<Hadal_FloatTensor>:$bias, F32Attr:$epsilon);
  let results = (outs Hadal_FloatTensor:$d_x, Variadic<Hadal_FloatTensor>:$d_parameters);
  let assemblyFormat = [{
    $x `d_out` $d_out (`weight` $weight^)? (`bias` $bias^)? `epsilon` $epsilon attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_RopeGradOp : Hadal_Op<"rope_grad"> {
  let summary = "the derivative of hadal.rope";
  let description = [{
    d_out stands in the place of x, whose values do not matter; layouts and
    clauses are those of the forward operation. For each pair i, `(g0, g1)` the
    i-th pair of d_out in `out_layout` and `(e0, e1)` the i-th pair of d_x in
    `in_layout`:

    ```
    e0 = g0 · cos[b,s,i] + g1 · sin[b,s,i]
    e1 = g1 · cos[b,s,i] − g0 · sin[b,s,i]
    ```

    This turns back, without dividing by cos² + sin²: where the angles carry a
    factor, so does the derivative. Columns that are not rotated are copied.
    With `inverse` (of the forward operation) sin counts as −sin. The angles have
    no derivative.

    Constraints:
    - C1: d_out has rank 4 [B, H, S, D] or 3 [B, S, D], cos and sin rank 3; d_x has d_out's type.
    - C2: D is static, even and positive; with `rotate` D may be odd, and R is static, even, positive and at most D.
    - C3: cos and sin have one type [B or 1, S, R/2].

    Example:

    ```mlir
    %dx = hadal.rope_grad %do, %cos, %sin interleaved to halves
        : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
    %dz = hadal.rope_grad %dy, %cos, %sin interleaved to interleaved rotate last inverse
        : (tensor<?x8x?x512xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x512xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$d_out, Hadal_FloatTensor:$cos, Hadal_FloatTensor:$sin,
                       Hadal_RopeLayoutAttr:$in_layout, Hadal_RopeLayoutAttr:$out_layout,
                       OptionalAttr<Hadal_RotatedPartAttr>:$rotated, UnitAttr:$inverse);
  let results = (outs Hadal_FloatTensor:$d_x);
  let assemblyFormat = [{
    $d_out `,` $cos `,` $sin `` $in_layout `to` `` $out_layout (`rotate` `` $rotated^)? (`inverse` $inverse^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_EmbeddingGradOp : Hadal_Op<"embedding_grad"> {
  let summary = "the derivative of hadal.embedding";
  let description = [{
    `d_table[v, :] = Σ over the i… with ids[i…] = v of d_out[i…, :]`. Only the
    sizes of table matter, not its values. An id of −1 adds nothing; any other
    outside [0, V) is an error.

    Constraints:
    - C1: table has rank 2 [V, D].
    - C2: d_out is ids' shape with D behind it, of table's element type; d_table has table's type.

    Example:

    ```mlir
    %dt = hadal.embedding_grad %ids, %table d_out %do
        : (tensor<?x?xi64>, tensor<256x192xf32>, tensor<?x?x192xf32>) -> tensor<256x192xf32>
    ```
  }];
  let arguments = (ins Hadal_IndexTensor:$ids, Hadal_FloatTensor:$table, Hadal_FloatTensor:$d_out);
  let results = (outs Hadal_FloatTensor:$d_table);
  let assemblyFormat = "$ids `,` $table `d_out` $d_out attr-dict `:` functional-type(operands, results)";
}

#endif // HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD
