//===- Attention.td - Attention ----------------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ATTENTION_TD
#define HADAL_DIALECTS_HADAL_IR_ATTENTION_TD

include "dialects/Hadal/IR/HadalOpBase.td"

// What every softmax attention of this dialect may carry besides q, k and v:
// operands before those of Hadal_VisibilityInterface, attributes behind them.
defvar Hadal_ScoreOperands = (ins Optional<Hadal_MaskTensor>:$mask, Optional<Hadal_FloatTensor>:$sink);
defvar Hadal_ScoreAttrs = (ins OptionalAttr<I64Attr>:$window, OptionalAttr<F32Attr>:$softcap);

def Hadal_AttentionOp
    : Hadal_Op<"attention", [AttrSizedOperandSegments, Hadal_RequiredOperands<3>, Hadal_AttentionLikeInterface,
                             DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "scaled dot-product attention over grouped heads";
  let description = [{
    q is [B, H, S, D], k is [B, Hkv, T, D], v is [B, Hkv, T, Dv]. With
    `g = H / Hkv`, for each batch b, head h, query s and key t:

    ```
    z[b,h,s,t]   = scale · Σ_d q[b,h,s,d] · k[b,h/g,t,d]
    z            = softcap · tanh(z / softcap)                    with `softcap`
    z[b,h,s,t]  += mask[b,h,s,t]                                  if the mask is a float tensor
    visible      = section "Visibility" (q_lengths, kv_lengths, offset or offsets, causal, window)
                   and (mask[b,h,s,t] if the mask is a boolean tensor) and z ≠ −∞
    p[b,h,s,t]   = exp(z[b,h,s,t]) / (Σ_t' exp(z[b,h,s,t']) + exp(sink[h]))      over visible t';
                                                                  without `sink` its term is missing
    out[b,h,s,d] = Σ_t p[b,h,s,t] · v[b,h/g,t,d]
    lse[b,h,s]   = ln Σ_t exp(z[b,h,s,t])                         over visible t, without the sink
    ```

    A row that sees nothing gives 0, and −∞ in lse, with or without a sink. lse
    is a second result that may be left out. Clauses that are operands come
    before `scale`, in this order: mask, sink, q_lengths, kv_lengths, offsets;
    those behind `scale` may stand in any order.

    Constraints:
    - C1: q, k, v have rank 4 and one element type, which is the result's.
    - C2: q and k agree in the last dimension (head size).
    - C3: k and v agree in batch, heads and length; q agrees with them in batch.
    - C4: the number of query heads is a multiple of the number of kv heads.
    - C5: the result is [B, H, S, Dv], and lse [B, H, S].
    - C6: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T].
    - C7: scale is finite.
    - C8: the sink is [H].
    - C9: lengths and offsets are [B]; not both `offset` and `offsets` are given; a window is at least 1 and needs `causal`.
    - C10: softcap is finite and positive.

    Example:

    ```mlir
    %o = hadal.attention %q, %k, %v scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
    %p, %lse = hadal.attention %q, %k, %v mask %m sink %s q_lengths %a kv_lengths %b offsets %c
        scale 0.125 causal window 512 softcap 30.0
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x1x?x?xf32>, tensor<8xf32>,
           tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v), Hadal_ScoreOperands,
                       Hadal_VisibilityOperands, (ins F32Attr:$scale), Hadal_VisibilityAttrs, Hadal_ScoreAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$q, "::mlir::Value":$k, "::mlir::Value":$v,
                   "::mlir::Value":$mask, "::mlir::FloatAttr":$scale, "::mlir::UnitAttr":$causal)>
  ];
  let extraClassDeclaration = [{
    /// Whether it has no clause besides mask, scale and causal, and gives no lse.
    bool isPlain();
  }];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $q `,` $k `,` $v (`mask` $mask^)? (`sink` $sink^)? (`q_lengths` $q_lengths^)? (`kv_lengths` $kv_lengths^)?
    (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_MergeAttentionOp : Hadal_Op<"merge_attention", [AttrSizedOperandSegments]> {
  let summary = "one attention from its parts over disjoint sets of keys";
  let description = [{
    Part n is an attention over some of the keys: its output [B, H, S, D] and
    its lse [B, H, S], both without a sink. Together (split keys and values,
    branches, ranks):

    ```
    w_n[b,h,s]   = exp(lse_n[b,h,s]) / (Σ_m exp(lse_m[b,h,s]) + exp(sink[h]))    without `sink` its term is missing
    out[b,h,s,d] = Σ_n w_n[b,h,s] · out_n[b,h,s,d]
    lse[b,h,s]   = ln Σ_n exp(lse_n[b,h,s])                                      without the sink
    ```

    A part with lse −∞ contributes nothing, whatever its output holds. Where all
    are −∞, out is 0 and lse −∞. The merge of any split of the keys is the
    attention over all of them, with that sink. lse is a second result that may
    be left out.

    Constraints:
    - C1: as many outputs as lses, at least one; outputs of rank 4, lses of rank 3.
    - C2: the outputs have one element type, which is the result's; the lses have one.
    - C3: all outputs agree in shape, and with all lses in [B, H, S].
    - C4: the sink is [H].
    - C5: the result is [B, H, S, D], and lse [B, H, S].

    Example:

    ```mlir
    %o, %lse = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) sink %s
        : (tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<8xf32>)
        -> (tensor<2x8x?x64xf32>, tensor<2x8x?xf32>)
    ```
  }];
  let arguments = (ins Variadic<Hadal_FloatTensor>:$outs, Variadic<Hadal_FloatTensor>:$lses,
                       Optional<Hadal_FloatTensor>:$sink);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    `outs` `(` $outs `)` `lses` `(` $lses `)` (`sink` $sink^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_VarlenAttentionOp : Hadal_Op<"varlen_attention"> {
  let summary = "attention of sequences that stand one behind the other, by cumulative lengths";
  let description = [{
    The packed form of ragged batches. q is [Sq, H, D], k is [Sk, Hkv, D], v is
    [Sk, Hkv, Dv]; sequence n has the queries `cu_q[n] … cu_q[n+1]−1` and the
    keys `cu_kv[n] … cu_kv[n+1]−1`. For each n it is `hadal.attention` of these
    queries and keys, with position `s + (number of its keys) − (number of its
    queries)` of its query s: aligned at the bottom right.

    cu_q and cu_kv are not decreasing, from 0 or more up to at most Sq and Sk.
    Rows of q outside of all sequences give 0, and −∞ in lse.

    Constraints:
    - C1: q, k, v have rank 3 and one element type, which is the result's.
    - C2: q and k agree in the last dimension (head size); k and v in heads and length.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: cu_q and cu_kv have rank 1 and agree in size, which is at least 1.
    - C5: the sink is [H].
    - C6: scale is finite.
    - C7: a window is at least 1 and needs `causal`.
    - C8: softcap is finite and positive.
    - C9: the result is [Sq, H, Dv], and lse [H, Sq].

    Example:

    ```mlir
    %o, %lse = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck scale 0.125 causal
        : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>, tensor<5xi32>, tensor<5xi32>)
        -> (tensor<?x8x32xf32>, tensor<8x?xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v, Hadal_IndexTensor:$cu_q,
                            Hadal_IndexTensor:$cu_kv, Optional<Hadal_FloatTensor>:$sink, F32Attr:$scale,
                            UnitAttr:$causal),
                       Hadal_ScoreAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $k `,` $v `cu_q` $cu_q `cu_kv` $cu_kv (`sink` $sink^)? `scale` $scale
    oilist(`causal` $causal | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_ATTENTION_TD
