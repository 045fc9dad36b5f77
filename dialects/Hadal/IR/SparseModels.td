//===- SparseModels.td - Sparse attention of whole models --*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_SPARSEMODELS_TD
#define HADAL_DIALECTS_HADAL_IR_SPARSEMODELS_TD

include "dialects/Hadal/IR/Sparse.td"

// A sparse attention as a model has it: exactly the composition of the parts of
// Sparse.td and Attention.td that its description states, into which
// `--hadal-decompose=level=parts` takes it apart.
class Hadal_SparseModelOp<string mnemonic, int required, list<Trait> traits = []>
    : Hadal_Op<mnemonic, !listconcat([AttrSizedOperandSegments, Hadal_RequiredOperands<required>, Hadal_VisibilityInterface], traits)> {
  let hasCanonicalizer = 1;
}

def Hadal_NsaOp : Hadal_SparseModelOp<"nsa", 8> {
  let summary = "native sparse attention: compressed, selected and window branches, gated";
  let description = [{
    NSA (arXiv 2502.11089). q is [B, H, S, D]; each branch has its own keys
    [B, Hkv, T, D] and values [B, Hkv, T, Dv]: k_cmp and v_cmp (tokens, compressed
    here), k_slc and v_slc, k_win and v_win. A model with one K and V passes the
    same value three times. gates is [B, H, S, 3] in the order compressed,
    selected, window. As parts, with the same lengths, offset and scale throughout:

    ```
    ck, cv      = compress k_cmp, compress v_cmp            KIND length l stride d, each with its own parameters
    o_cmp, p    = compressed_attention q, ck, cv            length l stride d causal; p is summed over a kv head's group
    importance  = block_importance p                        length l stride d block b
    chosen      = select importance                         block b count n first f local c causal
    o_slc       = selected_attention q, k_slc, v_slc        block b causal, over chosen
    o_win       = attention q, k_win, v_win                 window w causal
    out         = gated_combine o_cmp, o_slc, o_win         gates, with `sigmoid` or as they are
    ```

    A branch in which a query sees nothing contributes 0. Gates of padding queries are not read.

    Syntax: `hadal.nsa %q, %k_cmp, %v_cmp, %k_slc, %v_slc, %k_win, %v_win gates %g [parameters] [q_lengths %a]
    [kv_lengths %n] [offsets %o] compress KIND length L stride D [activation ACT] select block B count N
    [first F] [local C] window W scale X causal [sigmoid] [offset P]`. The parameters of `hadal.compress` with a
    prefix: `k_weight`, `k_w1`, `k_bias1`, `k_w2`, `k_bias2`, `k_pe` for the keys, `v_…` for the values. The clauses in
    brackets stand in any order in each place. `first` and `local` are 0 where they are not given.

    Constraints:
    - C1: q, keys, values and gates have rank 4 and, with the parameters, one element type, which is the result's.
    - C2: keys and values agree in batch, heads and length; q agrees with them in batch.
    - C3: q and the keys agree in the last dimension, and so do the values.
    - C4: the number of query heads is a multiple of the number of kv heads.
    - C5: gates is [B, H, S, 3].
    - C6: length, stride and block are at least 1; stride divides length and block.
    - C7: count ≥ 1, first ≥ 0, local ≥ 0, and first + local ≤ count.
    - C8: window ≥ 1.
    - C9: KIND is mean, weighted, linear or mlp, with the parameters that it needs for keys and values and no others,
      of the shapes that `hadal.compress` states; the compressed entries have the sizes D and Dv.
    - C10: k_pe is [Hkv or 1, l, D], v_pe [Hkv or 1, l, Dv].
    - C11: lengths and offsets are [B]; not both offset and offsets.
    - C12: causal is given: NSA is causal by definition.
    - C13: scale is finite.
    - C14: the result is [B, H, S, Dv].

    Example:

    ```mlir
    %o = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g
        compress mean length 32 stride 16 select block 64 count 16 first 1 local 2 window 512 scale 0.125 causal sigmoid
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>,
           tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x3xf32>) -> tensor<2x8x?x32xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k_cmp, Hadal_FloatTensor:$v_cmp,
                            Hadal_FloatTensor:$k_slc, Hadal_FloatTensor:$v_slc, Hadal_FloatTensor:$k_win,
                            Hadal_FloatTensor:$v_win, Hadal_FloatTensor:$gates,
                            Optional<Hadal_FloatTensor>:$k_weight, Optional<Hadal_FloatTensor>:$k_w1,
                            Optional<Hadal_FloatTensor>:$k_bias1, Optional<Hadal_FloatTensor>:$k_w2,
                            Optional<Hadal_FloatTensor>:$k_bias2, Optional<Hadal_FloatTensor>:$k_pe,
                            Optional<Hadal_FloatTensor>:$v_weight, Optional<Hadal_FloatTensor>:$v_w1,
                            Optional<Hadal_FloatTensor>:$v_bias1, Optional<Hadal_FloatTensor>:$v_w2,
                            Optional<Hadal_FloatTensor>:$v_bias2, Optional<Hadal_FloatTensor>:$v_pe),
                       Hadal_VisibilityOperands,
                       (ins Hadal_CompressionAttr:$kind, I64Attr:$length, I64Attr:$stride,
                            OptionalAttr<Hadal_ActivationAttr>:$activation, I64Attr:$block, I64Attr:$count,
                            DefaultValuedAttr<I64Attr, "0">:$first, DefaultValuedAttr<I64Attr, "0">:$local,
                            I64Attr:$window, F32Attr:$scale, UnitAttr:$sigmoid),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $q `,` $k_cmp `,` $v_cmp `,` $k_slc `,` $v_slc `,` $k_win `,` $v_win `gates` $gates
    oilist(`k_weight` $k_weight | `k_w1` $k_w1 | `k_bias1` $k_bias1 | `k_w2` $k_w2 | `k_bias2` $k_bias2 | `k_pe` $k_pe
      | `v_weight` $v_weight | `v_w1` $v_w1 | `v_bias1` $v_bias1 | `v_w2` $v_w2 | `v_bias2` $v_bias2 | `v_pe` $v_pe
      | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `compress` `` $kind `length` $length `stride` $stride (`activation` custom<OptionalActivation>($activation)^)?
    `select` `block` $block `count` $count oilist(`first` $first | `local` $local) `window` $window `scale` $scale
    oilist(`causal` $causal | `sigmoid` $sigmoid | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_DsaOp : Hadal_SparseModelOp<"dsa", 6> {
  let summary = "DeepSeek sparse attention: a lightning indexer chooses the keys that all heads attend to";
  let description = [{
    DSA (DeepSeek-V3.2). q is [B, H, S, D], k [B, Hkv, T, D], v [B, Hkv, T, Dv];
    index_q is [B, Hi, S, Di], index_k [B, T, Di], index_w [B, S, Hi]. As parts,
    with the same lengths and offset throughout:

    ```
    scores = indexer_scores index_q, index_k, index_w       with the scales, if given, and index_scale
    chosen = select scores                                  block 1 count n, causal if that is given
    out    = selected_attention q, k, v                     block 1, over chosen; causal, sink, softcap, if given
    ```

    So each query attends to its `min(n, visible)` best keys, the same for all heads.

    With `w_kv` it is multi-head latent attention over the chosen keys: Hkv = 1, k is
    `latent ‖ k_pe` [B, 1, T, L + R], v the latent [B, 1, T, L], q is `q_nope ‖ q_pe`
    [B, H, S, Dn + R], and w_kv [L, H, Dn + Dv] is W_UK and W_UV of each head as in
    `hadal.latent_attention`:

    ```
    q'     = absorb_query(q[…, :Dn], w_kv[:, :, :Dn]) ‖ q[…, Dn:]
    out    = expand_value(selected_attention q', k, v, w_kv[:, :, Dn:])
    ```

    which is what attention with the expanded keys W_UK·latent and values W_UV·latent
    gives. lse is a second result that may be left out (natural, without the sink).

    Syntax: `hadal.dsa %q, %k, %v index %iq, %ik, %iw [w_kv %w] [index_q_scales %a] [index_k_scales %b] [sink %s]
    [q_lengths %l] [kv_lengths %n] [offsets %o] top N index_scale X scale Y [causal] [softcap C] [offset P]`; the
    clauses in brackets in any order in each place.

    Constraints:
    - C1: q, k and v have rank 4 and, with w_kv, one element type, which is the result's.
    - C2: k and v agree in batch, heads and length; q agrees with them in batch.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: without w_kv, q and k agree in the last dimension.
    - C5: with w_kv [L, H, Dn + Dv]: there is one kv head, v's last dimension is L, k's is L + R, q's is Dn + R, with R ≥ 0
      and L, Dn, Dv ≥ 1, all of them static.
    - C6: index_q is [B, Hi, S, Di], index_k [B, T, Di], index_w [B, S, Hi].
    - C7: index_q_scales is [B, Hi, S], index_k_scales [B, T].
    - C8: top ≥ 1.
    - C9: scale and index_scale are finite; softcap is finite and positive.
    - C10: the sink is [H].
    - C11: lengths and offsets are [B]; not both offset and offsets.
    - C12: the results are out [B, H, S, Dv] and, if wanted, lse [B, H, S].

    Example:

    ```mlir
    %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw top 2048 index_scale 0.0110485 scale 0.1352 causal
        : (tensor<1x128x?x576xf32>, tensor<1x1x?x576xf32>, tensor<1x1x?x512xf32>, tensor<1x64x?x128xf32>,
           tensor<1x?x128xf32>, tensor<1x?x64xf32>) -> tensor<1x128x?x512xf32>
    %p, %lse = hadal.dsa %qh, %k, %v index %iq, %ik, %iw w_kv %w kv_lengths %n top 2048 index_scale 0.0110485
        scale 0.1352 causal
        : (tensor<1x128x?x192xf32>, tensor<1x1x?x576xf32>, tensor<1x1x?x512xf32>, tensor<1x64x?x128xf32>,
           tensor<1x?x128xf32>, tensor<1x?x64xf32>, tensor<512x128x256xf32>, tensor<1xi32>)
        -> (tensor<1x128x?x128xf32>, tensor<1x128x?xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Hadal_IndexerTensor:$index_q, Hadal_IndexerTensor:$index_k, Hadal_FloatTensor:$index_w,
                            Optional<Hadal_FloatTensor>:$w_kv, Optional<Hadal_ScaleTensor>:$index_q_scales,
                            Optional<Hadal_ScaleTensor>:$index_k_scales, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$top, F32Attr:$index_scale, F32Attr:$scale, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $k `,` $v `index` $index_q `,` $index_k `,` $index_w
    oilist(`w_kv` $w_kv | `index_q_scales` $index_q_scales | `index_k_scales` $index_k_scales | `sink` $sink
      | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `top` $top `index_scale` $index_scale `scale` $scale
    oilist(`causal` $causal | `softcap` $softcap | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_MobaOp : Hadal_SparseModelOp<"moba", 3> {
  let summary = "mixture of block attention: each head attends to its own block and to the best past ones";
  let description = [{
    MoBA (arXiv 2502.13189). q is [B, H, S, D], k [B, Hkv, T, D], v [B, Hkv, T, Dv].
    As parts, with the same lengths and offset throughout:

    ```
    means  = block_mean k                                   block b
    scores = block_scores q, means                          ⟨q, mean⟩ as it is: scale does not apply
    chosen = select scores                                  block b count n local 1 causal
    out    = selected_attention q, k, v                     block b causal, over chosen; scale; sink, softcap, if given
    ```

    Each query head chooses for itself. `top n` counts the query's own block, which
    is always chosen and causal inside; the other `n − 1` are the best blocks that
    begin before it. One softmax runs over the union. lse is a second result that may be
    left out (natural, without the sink).

    Syntax: `hadal.moba %q, %k, %v [sink %s] [q_lengths %l] [kv_lengths %n] [offsets %o] block B top N scale X causal
    [softcap C] [offset P]`; the clauses in brackets in any order in each place.

    Constraints:
    - C1: q, k and v have rank 4 and one element type, which is the result's.
    - C2: q and k agree in the last dimension.
    - C3: k and v agree in batch, heads and length; q agrees with them in batch.
    - C4: the number of query heads is a multiple of the number of kv heads.
    - C5: block and top are at least 1.
    - C6: scale is finite; softcap is finite and positive.
    - C7: the sink is [H].
    - C8: lengths and offsets are [B]; not both offset and offsets.
    - C9: causal is given: MoBA is causal by definition.
    - C10: the results are out [B, H, S, Dv] and, if wanted, lse [B, H, S].

    Example:

    ```mlir
    %o = hadal.moba %q, %k, %v block 512 top 3 scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x64xf32>) -> tensor<2x8x?x64xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$block, I64Attr:$top, F32Attr:$scale, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $k `,` $v oilist(`sink` $sink | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `block` $block `top` $top `scale` $scale oilist(`causal` $causal | `softcap` $softcap | `offset` $offset)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_CsaOp : Hadal_SparseModelOp<"csa", 6> {
  let summary = "compressed sparse attention: the best compressed entries, with the window, in one softmax";
  let description = [{
    CSA (DeepSeek-V4). q is [B, H, S, D]; kv [B, Hkv, T, D] holds the tokens, which are
    keys and values both (V4: Hkv = 1, after norm and RoPE). With `gates` c
    [B, Hkv, T, 2·D] and index_c [B, T, 2·Di] are the projections from which the
    compressor makes one entry of `m = compress` tokens and the m before them;
    without `gates` they are the entries, [B, Hkv, Nc, D] and [B, Nc, Di]. There are
    `Nc = ⌊T / m⌋` entries. As parts, with the same lengths and offset throughout:

    ```
    e        = compress c                                   gated overlap length 2·m stride m, gate and bias if given
    e        = rms_norm e, norm                             if given; over the last dimension
    e        = rope of its last R columns                   if given; cos and sin [B or 1, Nc, R/2] of the entries' positions
    ie       = the same of index_c with index_gates, index_bias, index_norm and the same cos and sin
    scores   = indexer_scores index_q, ie, index_w          index_scale
    chosen   = select scores                                block m count n whole causal
    o1, l1   = selected_attention q, e, e                   block 1, over chosen
    o2, l2   = attention q, kv, kv                          window w causal
    out, lse = merge_attention outs(o1, o2) lses(l1, l2)    sink, if given
    ```

    So a query sees the n best of the entries that lie wholly in its past (its own
    position included), and the last w tokens, in one softmax with the sink. lse is a second
    result that may be left out (natural, without the sink). V4 rotates entry i for
    position i·m, and undoes the rotation of out behind this operation.

    Syntax: `hadal.csa %q, %kv, %c index %iq, %ic, %iw [gates %z, %iz] [bias %b, %ib]
    [norm %n, %in epsilon E] [rope %cos, %sin LAYOUT] [sink %s] [q_lengths %l] [kv_lengths %t]
    [offsets %o] compress M top N window W index_scale X scale Y causal [offset P]`; the clauses in brackets in any
    order. LAYOUT is interleaved or halves, of input and output both.

    Constraints:
    - C1: q, kv, c and index_q have rank 4, index_c and index_w rank 3; all floats but index_w and sink have one element
      type, which is the result's.
    - C2: kv and c agree in batch and heads; q with them in batch; q and kv in the last dimension.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: compress, top and window are at least 1.
    - C5: with gates, c and gates have one shape [B, Hkv, T, 2·D], index_c and index_gates [B, T, 2·Di]; without, c is
      [B, Hkv, ⌊T / m⌋, D] and index_c [B, ⌊T / m⌋, Di].
    - C6: index_q is [B, Hi, S, Di], index_w [B, S, Hi].
    - C7: bias is [m, 2·D], index_bias [m, 2·Di], and they need gates.
    - C8: norm is [D], index_norm [Di]; epsilon is finite and not negative, and stands with norm.
    - C9: cos and sin have one type [B or 1, ⌊T / m⌋, R/2] with R static, positive and at most D and Di (static too); they
      stand with a layout.
    - C10: scale and index_scale are finite.
    - C11: the sink is [H].
    - C12: lengths and offsets are [B]; not both offset and offsets.
    - C13: causal is given: CSA is causal by definition.
    - C14: the results are out [B, H, S, D] and, if wanted, lse [B, H, S].

    Example:

    ```mlir
    %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz bias %b, %ib norm %n, %in epsilon 1.0e-6
        rope %cos, %sin interleaved sink %s compress 4 top 512 window 128 index_scale 0.0110485 scale 0.0441942 causal
        : (tensor<1x64x256x512xf32>, tensor<1x1x256x512xf32>, tensor<1x1x256x1024xf32>, tensor<1x64x256x128xf32>,
           tensor<1x256x256xf32>, tensor<1x256x64xf32>, tensor<1x1x256x1024xf32>, tensor<1x256x256xf32>,
           tensor<4x1024xf32>, tensor<4x256xf32>, tensor<512xf32>, tensor<128xf32>, tensor<1x64x32xf32>,
           tensor<1x64x32xf32>, tensor<64xf32>) -> tensor<1x64x256x512xf32>
    %p, %lse = hadal.csa %q, %kv, %e index %iq, %ie, %iw compress 4 top 512 window 128 index_scale 0.0110485
        scale 0.0441942 causal
        : (tensor<1x64x256x512xf32>, tensor<1x1x256x512xf32>, tensor<1x1x64x512xf32>, tensor<1x64x256x128xf32>,
           tensor<1x64x128xf32>, tensor<1x256x64xf32>) -> (tensor<1x64x256x512xf32>, tensor<1x64x256xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$kv, Hadal_FloatTensor:$c,
                            Hadal_FloatTensor:$index_q, Hadal_FloatTensor:$index_c, Hadal_FloatTensor:$index_w,
                            Optional<Hadal_FloatTensor>:$gates, Optional<Hadal_FloatTensor>:$index_gates,
                            Optional<Hadal_FloatTensor>:$bias, Optional<Hadal_FloatTensor>:$index_bias,
                            Optional<Hadal_FloatTensor>:$norm, Optional<Hadal_FloatTensor>:$index_norm,
                            Optional<Hadal_FloatTensor>:$cos, Optional<Hadal_FloatTensor>:$sin,
                            Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins OptionalAttr<F32Attr>:$epsilon, OptionalAttr<Hadal_RopeLayoutAttr>:$layout,
                            I64Attr:$compress, I64Attr:$top, I64Attr:$window, F32Attr:$index_scale, F32Attr:$scale),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $kv `,` $c `index` $index_q `,` $index_c `,` $index_w
    oilist(`gates` $gates `,` $index_gates | `bias` $bias `,` $index_bias
      | `norm` $norm `,` $index_norm `epsilon` $epsilon | `rope` $cos `,` $sin custom<EntryLayout>($layout) | `sink` $sink
      | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `compress` $compress `top` $top `window` $window `index_scale` $index_scale `scale` $scale
    oilist(`causal` $causal | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_HcaOp : Hadal_SparseModelOp<"hca", 3> {
  let summary = "heavily compressed attention: all past compressed entries, with the window, in one softmax";
  let description = [{
    HCA (DeepSeek-V4). q is [B, H, S, D]; kv [B, Hkv, T, D] holds the tokens, which are
    keys and values both (V4: Hkv = 1, after norm and RoPE). With `gates` c
    [B, Hkv, T, D] is the projection from which the compressor makes one entry of
    `m = compress` tokens; without `gates` it is the entries [B, Hkv, Nc, D]. There
    are `Nc = ⌊T / m⌋` entries. As parts, with the same lengths and offset throughout:

    ```
    e        = compress c                                   gated length m stride m, gate and bias if given
    e        = rms_norm e, norm                             if given; over the last dimension
    e        = rope of its last R columns                   if given; cos and sin [B or 1, Nc, R/2] of the entries' positions
    o1, l1   = compressed_attention q, e, e                 length m stride m causal
    o2, l2   = attention q, kv, kv                          window w causal
    out, lse = merge_attention outs(o1, o2) lses(l1, l2)    sink, if given
    ```

    So a query sees all entries that lie wholly in its past (its own position
    included), and the last w tokens, in one softmax with the sink. lse is a second result that may be
    left out (natural, without the sink).

    Syntax: `hadal.hca %q, %kv, %c [gates %z] [bias %b] [norm %n epsilon E] [rope %cos, %sin LAYOUT] [sink %s]
    [q_lengths %l] [kv_lengths %t] [offsets %o] compress M window W scale X causal [offset P]`; the clauses in brackets in
    any order. LAYOUT is interleaved or halves, of input and output both.

    Constraints:
    - C1: q, kv and c have rank 4; all floats but the sink have one element type, which is the result's.
    - C2: kv and c agree in batch and heads; q with them in batch; q and kv in the last dimension.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: compress and window are at least 1.
    - C5: with gates, c and gates have one shape [B, Hkv, T, D]; without, c is [B, Hkv, ⌊T / m⌋, D].
    - C6: bias is [m, D], and needs gates.
    - C7: norm is [D]; epsilon is finite and not negative, and stands with norm.
    - C8: cos and sin have one type [B or 1, ⌊T / m⌋, R/2] with R static, positive and at most D (static too); they stand
      with a layout.
    - C9: scale is finite.
    - C10: the sink is [H].
    - C11: lengths and offsets are [B]; not both offset and offsets.
    - C12: causal is given: HCA is causal by definition.
    - C13: the results are out [B, H, S, D] and, if wanted, lse [B, H, S].

    Example:

    ```mlir
    %o = hadal.hca %q, %kv, %c gates %z bias %b norm %n epsilon 1.0e-6 rope %cos, %sin interleaved sink %s
        compress 128 window 128 scale 0.0441942 causal
        : (tensor<1x64x256x512xf32>, tensor<1x1x256x512xf32>, tensor<1x1x256x512xf32>, tensor<1x1x256x512xf32>,
           tensor<128x512xf32>, tensor<512xf32>, tensor<1x2x32xf32>, tensor<1x2x32xf32>, tensor<64xf32>)
        -> tensor<1x64x256x512xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$kv, Hadal_FloatTensor:$c,
                            Optional<Hadal_FloatTensor>:$gates, Optional<Hadal_FloatTensor>:$bias,
                            Optional<Hadal_FloatTensor>:$norm, Optional<Hadal_FloatTensor>:$cos,
                            Optional<Hadal_FloatTensor>:$sin, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins OptionalAttr<F32Attr>:$epsilon, OptionalAttr<Hadal_RopeLayoutAttr>:$layout,
                            I64Attr:$compress, I64Attr:$window, F32Attr:$scale),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $kv `,` $c
    oilist(`gates` $gates | `bias` $bias | `norm` $norm `epsilon` $epsilon | `rope` $cos `,` $sin custom<EntryLayout>($layout)
      | `sink` $sink | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `compress` $compress `window` $window `scale` $scale oilist(`causal` $causal | `offset` $offset)
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_SPARSEMODELS_TD
