//===- AttentionGradients.td - Derivatives of attention -----*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector-Jacobian products: `hadal.<op>_grad` is written like `hadal.<op>`, with
// the cotangents `d_…` of its results behind the first operands, and gives the
// cotangents of the float operands that are given, in their order.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ATTENTIONGRADIENTS_TD
#define HADAL_DIALECTS_HADAL_IR_ATTENTIONGRADIENTS_TD

include "dialects/Hadal/IR/Sparse.td"

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def Hadal_AttentionGradOp : Hadal_Op<"attention_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<4>,
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

def Hadal_VarlenAttentionGradOp : Hadal_Op<"varlen_attention_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<6>]> {
  let summary = "the derivative of hadal.varlen_attention";
  let description = [{
    d_q, d_k, d_v and d_sink by the formulas of `hadal.attention_grad` within
    each sequence, as `hadal.varlen_attention` packs them; d_sink is summed over
    all sequences. Rows of q, k, v and d_out outside of all sequences are not
    read, and get 0.

    Constraints:
    - C1: q, k, v, d_out have rank 3 and one element type, which is that of d_q, d_k, d_v.
    - C2: q and k agree in the last dimension (head size); k and v in heads and length.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: cu_q and cu_kv have rank 1 and agree in size, which is at least 1.
    - C5: d_out is [Sq, H, Dv]; d_lse, if given, is [H, Sq].
    - C6: d_q, d_k, d_v have the sizes of q, k, v.
    - C7: with a sink, which is [H], there is d_sink of its element type, [H]; without one there is none.
    - C8: scale is finite; softcap is finite and positive.
    - C9: a window is at least 1 and needs `causal`.

    Example:

    ```mlir
    %dq, %dk, %dv = hadal.varlen_attention_grad %q, %k, %v cu_q %cq cu_kv %ck d_out %do scale 0.125 causal
        : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>, tensor<5xi32>, tensor<5xi32>, tensor<?x8x32xf32>)
        -> (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v, Hadal_IndexTensor:$cu_q,
                       Hadal_IndexTensor:$cu_kv, Hadal_FloatTensor:$d_out, Optional<Hadal_FloatTensor>:$d_lse,
                       Optional<Hadal_FloatTensor>:$sink, F32Attr:$scale, UnitAttr:$causal,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$softcap);
  let results = (outs Hadal_FloatTensor:$d_q, Hadal_FloatTensor:$d_k, Hadal_FloatTensor:$d_v,
                      Optional<Hadal_FloatTensor>:$d_sink);
  let assemblyFormat = [{
    $q `,` $k `,` $v `cu_q` $cu_q `cu_kv` $cu_kv `d_out` $d_out (`d_lse` $d_lse^)? (`sink` $sink^)? `scale` $scale
    oilist(`causal` $causal | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_LatentAttentionGradOp : Hadal_Op<"latent_attention_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<6>,
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

def Hadal_MergeAttentionGradOp : Hadal_Op<"merge_attention_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<0, 2>]> {
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

def Hadal_CompressGradOp : Hadal_Op<"compress_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<2>]> {
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
    AttrSizedOperandSegments, Hadal_RequiredOperands<4>, Hadal_AttentionLikeInterface, Hadal_VisibilityInterface]> {
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
    AttrSizedOperandSegments, Hadal_RequiredOperands<5>, Hadal_VisibilityInterface,
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

def Hadal_IndexerScoresGradOp : Hadal_Op<"indexer_scores_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<4>]> {
  let summary = "the derivative of hadal.indexer_scores";
  let description = [{
    What trains an indexer (the selection that follows it has no derivative). d_out
    is [B, 1, S, T]; scales that are not given are 1, and have no derivative:

    ```
    x[b,h,s,t]   = Σ_d q[b,h,s,d] · k[b,t,d],   c[b,s,t] = scale · k_scales[b,t] · d_out[b,0,s,t]
    d_w[b,s,h]   = q_scales[b,h,s] · Σ_t c[b,s,t] · relu(x[b,h,s,t])
    d_x[b,h,s,t] = w[b,s,h] · q_scales[b,h,s] · c[b,s,t]     where x[b,h,s,t] > 0, else 0
    d_q[b,h,s,d] = Σ_t d_x[b,h,s,t] · k[b,t,d]
    d_k[b,t,d]   = Σ_h Σ_s d_x[b,h,s,t] · q[b,h,s,d]
    ```

    Where d_out is 0, nothing is read and nothing is added: so the entries that
    a loss does not look at may hold anything.

    Constraints:
    - C1: q has rank 4, k and w have rank 3, d_out has rank 4.
    - C2: q and k agree in batch and in the last dimension.
    - C3: w is [B, S, Hi].
    - C4: q_scales is [B, Hi, S], k_scales [B, T].
    - C5: d_out is [B, 1, S, T].
    - C6: scale is finite.
    - C7: d_q, d_k, d_w have the types of q, k, w.

    Example:

    ```mlir
    %dq, %dk, %dw = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.01105
        : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>, tensor<2x1x?x?xf32>)
        -> (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$w, Hadal_FloatTensor:$d_out,
                       Optional<Hadal_FloatTensor>:$q_scales, Optional<Hadal_FloatTensor>:$k_scales,
                       F32Attr:$scale);
  let results = (outs Hadal_FloatTensor:$d_q, Hadal_FloatTensor:$d_k, Hadal_FloatTensor:$d_w);
  let assemblyFormat = [{
    $q `,` $k `,` $w `d_out` $d_out oilist(`q_scales` $q_scales | `k_scales` $k_scales) `scale` $scale attr-dict
    `:` functional-type(operands, results)
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

#endif // HADAL_DIALECTS_HADAL_IR_ATTENTIONGRADIENTS_TD
