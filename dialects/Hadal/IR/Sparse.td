//===- Sparse.td - Compression, selection, attention over a selection -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_SPARSE_TD
#define HADAL_DIALECTS_HADAL_IR_SPARSE_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_Compression : Hadal_I32Enum<"Compression", "how the tokens of a block become one entry", [
  I32EnumAttrCase<"Mean", 0, "mean">,
  I32EnumAttrCase<"Weighted", 1, "weighted">, // a weight for each place in the block
  I32EnumAttrCase<"Linear", 2, "linear">,     // one linear map of the whole block
  I32EnumAttrCase<"Mlp", 3, "mlp">,           // two of them with an activation between
  I32EnumAttrCase<"Gated", 4, "gated">        // a softmax over the block, per channel, of a gate
]>;
def Hadal_CompressionAttr : Hadal_EnumAttr<Hadal_Compression, "compression">;

// What the indexer multiplies: floats, or their FP8 encodings with scales.
def Hadal_IndexerTensor : RankedTensorOf<[F32, F16, BF16, F64, F8E4M3FN, F8E5M2]>;
def Hadal_IndexerScaleTensor : RankedTensorOf<[F32, F16, BF16, F64, F8E8M0FNU]>;

def Hadal_CompressOp : Hadal_Op<"compress", [AttrSizedOperandSegments, Hadal_RequiredOperands<1>]> {
  let summary = "blocks of tokens compressed into one entry each";
  let description = [{
    The keys or values of a compressed branch (NSA, arXiv 2502.11089, section
    3.3.1; the compressor of DeepSeek-V4). x is [B, Hkv, T, D]; block i holds the
    `l = length` tokens `i·d … i·d + l − 1`, with `d = stride`. There are
    `Nc = ⌊(T − l) / d⌋ + 1` blocks, none if T < l: tokens behind the last whole
    block make no entry. With `xb[r,c] = x[b,h,i·d+r,c]` (plus `pe[h,r,c]` where
    pe is given), r < l:

    ```
    mean      y[c] = Σ_r xb[r,c] / l
    weighted  y[c] = Σ_r weight[h,r] · xb[r,c]                    the weights as they are: no softmax
    linear    y[e] = Σ_r Σ_c xb[r,c] · weight[h,r,c,e]
    mlp       y[e] = Σ_f act(Σ_r Σ_c xb[r,c] · w1[h,r·D+c,f] + bias1[h,f]) · w2[h,f,e] + bias2[h,e]
    gated     y[c] = Σ_r a[r,c] · xb[r,c],   a[·,c] = softmax over r of gate[b,h,i·d+r,c] + bias[r,c]
    ```

    `gated overlap` (DeepSeek-V4's CSA) needs l = 2·d. x, gate and bias have two
    series of channels, A = the first half and B = the second, and there are
    `Nc = ⌊T / d⌋` entries. Entry i mixes, in one softmax per channel c < D / 2, the d tokens
    `(i−1)·d … i·d−1` of series A with the d tokens `i·d … (i+1)·d−1` of series B.
    Entry 0 has no tokens of series A. bias is [d, D], added by the token's place
    in its own d tokens, as the models store it.

    With `kv_lengths` (valid tokens of each batch entry) the entries whose tokens do not
    all lie within the length are 0. Pieces that no formula above names are not allowed.

    Syntax: `hadal.compress %x KIND [weight %w] [w1 %a] [bias1 %b] [activation relu|silu|gelu|…] [w2 %c] [bias2 %d]
    [gate %g] [bias %e] [overlap] [pe %p] [kv_lengths %n] length L stride D`; the clauses in brackets in any order.

    Constraints:
    - C1: x and the result have rank 4 and one element type, which all float operands share.
    - C2: length ≥ 1 and stride ≥ 1.
    - C3: weighted needs a weight [Hkv or 1, l], linear one [Hkv or 1, l, D, D']; the other kinds have none.
    - C4: mlp needs w1 [Hkv or 1, l·D, F] or [Hkv or 1, l, D, F], w2 [Hkv or 1, F, D'] and an activation, and may have
      bias1 [Hkv or 1, F] and bias2 [Hkv or 1, D']; the other kinds have none of them.
    - C5: gated needs a gate of x's shape, and may have a bias [l, D]; with `overlap` a bias [d, D]; the other kinds
      have none of these.
    - C6: overlap needs l = 2·d and an even D.
    - C7: pe is [Hkv or 1, l, D], and not for gated.
    - C8: kv_lengths is [B].
    - C9: the result is [B, Hkv, Nc, D'], where D' = D for mean, weighted and gated, and D / 2 with overlap.

    Example:

    ```mlir
    %a = hadal.compress %k mean length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
    %b = hadal.compress %k mlp w1 %w1 activation relu w2 %w2 pe %pe length 32 stride 16
        : (tensor<2x4x?x64xf32>, tensor<4x2048x128xf32>, tensor<4x128x64xf32>, tensor<4x32x64xf32>) -> tensor<2x4x?x64xf32>
    %c = hadal.compress %x gated gate %z bias %bias overlap length 8 stride 4
        : (tensor<1x1x64x1024xf32>, tensor<1x1x64x1024xf32>, tensor<4x1024xf32>) -> tensor<1x1x16x512xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Optional<Hadal_FloatTensor>:$weight,
                       Optional<Hadal_FloatTensor>:$w1, Optional<Hadal_FloatTensor>:$bias1,
                       Optional<Hadal_FloatTensor>:$w2, Optional<Hadal_FloatTensor>:$bias2,
                       Optional<Hadal_FloatTensor>:$gate, Optional<Hadal_FloatTensor>:$bias,
                       Optional<Hadal_FloatTensor>:$pe, Optional<Hadal_IndexTensor>:$kv_lengths,
                       Hadal_CompressionAttr:$kind, I64Attr:$length, I64Attr:$stride,
                       OptionalAttr<Hadal_ActivationAttr>:$activation, UnitAttr:$overlap);
  let results = (outs Hadal_FloatTensor:$result);
  let hasFolder = 1;
  let extraClassDeclaration = "::llvm::LogicalResult verifyMlp();";
  let assemblyFormat = [{
    $x `` $kind oilist(`weight` $weight | `w1` $w1 | `bias1` $bias1 | `activation` custom<OptionalActivation>($activation) | `w2` $w2
      | `bias2` $bias2 | `gate` $gate | `bias` $bias | `overlap` $overlap | `pe` $pe | `kv_lengths` $kv_lengths)
    `length` $length `stride` $stride attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_CompressedAttentionOp : Hadal_Op<"compressed_attention", [
    AttrSizedOperandSegments, Hadal_RequiredOperands<3>, Hadal_AttentionLikeInterface, Hadal_VisibilityInterface]> {
  let summary = "attention over the entries of compressed blocks, with their importance";
  let description = [{
    q is [B, H, S, D]; k [B, Hkv, Nc, D] and v [B, Hkv, Nc, Dv] hold one entry for
    each block of `hadal.compress`: entry i stands for the tokens `i·d … i·d + l − 1`
    (`l = length`, `d = stride`). With `g = H / Hkv`:

    ```
    z[b,h,s,i]          = scale · Σ_d q[b,h,s,d] · k[b,h/g,i,d]        then softcap, then + mask (as hadal.attention)
    visible(b,s,i)      = i·d + l ≤ kv_lengths[b]  and  (not causal or i·d + l − 1 ≤ pos(b,s))  and not masked
    p[b,h,s,·]          = softmax over the visible i of z, with exp(sink[h]) in the denominator if there is a sink
    out[b,h,s,:]        = Σ_i p[b,h,s,i] · v[b,h/g,i,:]
    importance[b,m,s,i] = Σ_{h in group m} p[b,h,s,i]                   a group: the g query heads of a kv head m
    lse[b,h,s]          = ln Σ_{visible i} exp z[b,h,s,i]               without the sink
    ```

    Lengths and positions count tokens, not entries. How many tokens there are does not follow
    from Nc, so `causal` needs one of `offset`, `offsets`, `kv_lengths`: a whole prompt has `offset 0`,
    a decoding step at position P has `offset P`. Without kv_lengths every entry exists.
    A query without a visible entry has p = 0, out = 0, lse = −inf. An entry of an overlapping compressor
    (`gated overlap length 2m stride m`) ends with its second half: here it is `length m stride m`.

    The results are out; then, if wanted, importance (rank 4); then, if wanted, lse (rank 3).

    Syntax: `hadal.compressed_attention %q, %k, %v [mask %m] [sink %s] [q_lengths %a] [kv_lengths %n] [offsets %o]
    length L stride D scale X [softcap C] [causal] [offset N]`; the clauses in brackets in any order in each place.

    Constraints:
    - C1: q, k, v have rank 4 and one element type, which is that of out, mask (if float) and sink.
    - C2: q and k agree in the last dimension; k and v in batch, heads and entries; q with them in batch.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: length ≥ 1 and stride ≥ 1.
    - C5: the mask has rank 4 and each dimension is 1 or that of [B, H, S, Nc]; the sink is [H].
    - C6: scale is finite; softcap is finite and positive.
    - C7: lengths and offsets are [B]; not both offset and offsets.
    - C8: causal needs offset, offsets or kv_lengths.
    - C9: the results are out [B, H, S, Dv], then at most one importance [B, Hkv, S, Nc] and at most one lse [B, H, S].

    Example:

    ```mlir
    %o, %p, %lse = hadal.compressed_attention %q, %ck, %cv length 32 stride 16 scale 0.125 causal offset 0
        : (tensor<2x8x64x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
        -> (tensor<2x8x64x32xf32>, tensor<2x2x64x3xf32>, tensor<2x8x64xf32>)
    %o2 = hadal.compressed_attention %q, %ck, %cv sink %s kv_lengths %n length 32 stride 16 scale 0.125 causal
        : (tensor<2x8x64x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<8xf32>, tensor<2xi32>)
        -> tensor<2x8x64x32xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Optional<Hadal_MaskTensor>:$mask, Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$length, I64Attr:$stride, F32Attr:$scale, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Variadic<Hadal_FloatTensor>:$extras);
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// The results behind the first, by their ranks; null where they are not wanted.
    ::mlir::Value getImportance();
    ::mlir::Value getLse();
  }];
  let assemblyFormat = [{
    $q `,` $k `,` $v oilist(`mask` $mask | `sink` $sink | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths
      | `offsets` $offsets) `length` $length `stride` $stride `scale` $scale
    oilist(`softcap` $softcap | `causal` $causal | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_BlockImportanceOp : Hadal_Op<"block_importance"> {
  let summary = "the importance of selection blocks from that of compression blocks";
  let description = [{
    NSA, equation 9, counted from 0. p is [B, Hs, S, Nc] over compression blocks
    of `l = length` tokens at every `d = stride`; the result [B, Hs, S, Nb] is over
    blocks of `l' = block` tokens:

    ```
    out[…,j] = Σ_{m < l'/d} Σ_{n < l/d} p[…, (l'/d)·j + m − n]         terms out of range are 0
    ```

    So a compression block counts once for each d tokens that it shares with
    the selection block. With 32, 16, 64: `c[4j−1] + 2·c[4j] + 2·c[4j+1] + 2·c[4j+2] + c[4j+3]`.
    Nb is the static size in the result's type, or `blocks`.

    Constraints:
    - C1: p and the result have rank 4 and one element type.
    - C2: length, stride and block are at least 1; stride divides length and block.
    - C3: Nb is static, or given by `blocks`.
    - C4: the result is [B, Hs, S, Nb].

    Example:

    ```mlir
    %s = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf32>
    %t = hadal.block_importance %p length 32 stride 16 block 64 blocks %n
        : (tensor<2x2x?x7xf32>, index) -> tensor<2x2x?x?xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$p, Optional<Index>:$blocks, I64Attr:$length, I64Attr:$stride,
                       I64Attr:$block);
  let results = (outs Hadal_FloatTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $p `length` $length `stride` $stride `block` $block (`blocks` $blocks^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_BlockMeanOp : Hadal_Op<"block_mean"> {
  let summary = "the mean key of each block";
  let description = [{
    MoBA (arXiv 2502.13189). k is [B, Hkv, T, D]; block j holds the tokens
    `j·n … j·n + n − 1` (`n = block`) that are valid: below kv_lengths[b], or below T.

    ```
    out[b,h,j,:] = mean of k[b,h,t,:] over the valid tokens t of block j;  0 if it has none
    ```

    The last block may be short: its mean is over the tokens that it has.

    Constraints:
    - C1: k and the result have rank 4 and one element type.
    - C2: block ≥ 1.
    - C3: kv_lengths is [B].
    - C4: the result is [B, Hkv, ⌈T / n⌉, D].

    Example:

    ```mlir
    %m = hadal.block_mean %k kv_lengths %n block 64 : (tensor<2x4x100x64xf32>, tensor<2xi32>) -> tensor<2x4x2x64xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$k, Optional<Hadal_IndexTensor>:$kv_lengths, I64Attr:$block);
  let results = (outs Hadal_FloatTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $k (`kv_lengths` $kv_lengths^)? `block` $block attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_BlockScoresOp : Hadal_Op<"block_scores"> {
  let summary = "the score of each block for each query: query times mean key";
  let description = [{
    MoBA's gate. q is [B, H, S, D], means [B, Hkv, Nb, D], and `g = H / Hkv`:

    ```
    out[b,h,s,j] = scale · Σ_d q[b,h,s,d] · means[b,h/g,j,d]
    ```

    scale is 1 where it is not given. Nothing is hidden here: `hadal.select` does that.

    Constraints:
    - C1: q, means and the result have rank 4; q and means one element type.
    - C2: q and means agree in batch and in the last dimension.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: the result is [B, H, S, Nb].
    - C5: scale is finite.

    Example:

    ```mlir
    %s = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x4x2x64xf32>) -> tensor<2x8x?x2xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$means, DefaultValuedAttr<F32Attr, "1.0f">:$scale);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $q `,` $means (`scale` $scale^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_IndexerScoresOp : Hadal_Op<"indexer_scores", [AttrSizedOperandSegments, Hadal_RequiredOperands<3>]> {
  let summary = "the lightning indexer: ReLU products of small heads, weighted and summed";
  let description = [{
    DeepSeek-V3.2's DSA and DeepSeek-V4's CSA. q is [B, Hi, S, Di], k [B, T, Di]
    (one head for all; tokens, or the entries of a compressor), w [B, S, Hi]:

    ```
    out[b,0,s,t] = scale · k_scales[b,t] · Σ_h w[b,s,h] · q_scales[b,h,s] · relu(Σ_d q[b,h,s,d] · k[b,t,d])
    ```

    q_scales and k_scales are 1 where they are not given. The result [B, 1, S, T] is
    a score for `hadal.select`: one head, whose selection all heads share. Nothing
    is hidden here. relu(x) = x for x > 0 and for NaN, else 0.

    q and k may be f8E4M3FN or f8E5M2, with scales; w, scales and result may be
    of other float types.

    Syntax: `hadal.indexer_scores %q, %k, %w [q_scales %a] [k_scales %b] scale X`.

    Constraints:
    - C1: q has rank 4, k and w have rank 3, the result has rank 4.
    - C2: q and k agree in batch and in the last dimension.
    - C3: w is [B, S, Hi].
    - C4: q_scales is [B, Hi, S], k_scales [B, T].
    - C5: the result is [B, 1, S, T].
    - C6: scale is finite.

    Example:

    ```mlir
    %i = hadal.indexer_scores %q, %k, %w scale 0.01105
        : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>) -> tensor<2x1x?x?xf32>
    %j = hadal.indexer_scores %q8, %k8, %w k_scales %ks scale 0.01105
        : (tensor<2x64x?x128xf8E4M3FN>, tensor<2x?x128xf8E4M3FN>, tensor<2x?x64xf32>, tensor<2x?xf32>)
        -> tensor<2x1x?x?xf32>
    ```
  }];
  let arguments = (ins Hadal_IndexerTensor:$q, Hadal_IndexerTensor:$k, Hadal_FloatTensor:$w,
                       Optional<Hadal_IndexerScaleTensor>:$q_scales, Optional<Hadal_IndexerScaleTensor>:$k_scales,
                       F32Attr:$scale);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $q `,` $k `,` $w oilist(`q_scales` $q_scales | `k_scales` $k_scales) `scale` $scale attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_SelectOp : Hadal_Op<"select", [
    AttrSizedOperandSegments, Hadal_RequiredOperands<1>, Hadal_VisibilityInterface,
    DeclareOpInterfaceMethods<Hadal_SelectionInterface,
                              ["getCandidates", "getChosen", "getNumChosen", "getNumForced"]>]> {
  let summary = "choose the best blocks or tokens of each query: score, forced set, causal clip, sharing, top-k";
  let description = [{
    scores is [B, Hq, S, N]: candidate j stands for the tokens `j·b … j·b + b − 1`
    (`b = block`; 1 for tokens). The heads of each `g = share` neighbours choose together, Hs = Hq / g:

    ```
    score[b,m,s,j]   = Σ_{r < g} scores[b, m·g + r, s, j]                    rounded to f32
    exists(b,j)      = j·b < kv_lengths[b];          with `whole`: (j+1)·b ≤ kv_lengths[b]
    past(b,s,j)      = j·b ≤ pos(b,s);               with `whole`: (j+1)·b − 1 ≤ pos(b,s)
    allowed(b,m,s,j) = exists, and past if causal, and mask[b,m,s,j] if there is a mask
    forced(b,s,j)    = j < first,  or  own − local < j ≤ own  where own = ⌊pos(b,s) / b⌋
    ```

    The choice is made in this order, until `count` are chosen:

    1. the allowed candidates that are forced, lowest index first, whatever their score;
    2. the other allowed candidates whose score is a number above −inf, best first, equal ones by
       lowest index (−0 equals +0);
    3. those whose score is NaN, lowest index first.

    What is not allowed, and what has the score −inf and is not forced, is never chosen. Where fewer
    than `count` are chosen the rest of the list is −1, also where N < count. `indices` is
    [B, Hs, S, count] in that order; `values`, if wanted, are the f32 scores of the
    chosen (of forced ones too), −inf where absent. A query s ≥ q_lengths[b] chooses nothing.

    Lengths and positions count tokens. Without kv_lengths every candidate exists. With b > 1
    the number of tokens does not follow from N, so `causal` and `local` then need one of `offset`, `offsets`,
    `kv_lengths`; with b = 1 the default offset is that of T = N tokens.

    Syntax: `hadal.select %scores [mask %m] [q_lengths %a] [kv_lengths %n] [offsets %o] block B count N
    [first F] [local L] [share G] [whole] [causal] [offset P]`; the clauses in brackets in any order in each place.

    Constraints:
    - C1: scores and indices have rank 4.
    - C2: block, count and share are at least 1; first and local at least 0.
    - C3: first + local ≤ count.
    - C4: share divides Hq.
    - C5: the mask has rank 4 and each dimension is 1 or that of [B, Hq / share, S, N].
    - C6: lengths and offsets are [B]; not both offset and offsets.
    - C7: causal, or local > 0, needs offset, offsets or kv_lengths unless block is 1.
    - C8: the results are [B, Hq / share, S, count].

    Example:

    ```mlir
    %i = hadal.select %s block 64 count 16 first 1 local 2 causal offset 0
        : (tensor<2x2x?x64xf32>) -> tensor<2x2x?x16xi32>
    %j, %v = hadal.select %t kv_lengths %n block 1 count 2048 causal
        : (tensor<2x1x?x?xf32>, tensor<2xi32>) -> (tensor<2x1x?x2048xi32>, tensor<2x1x?x2048xf32>)
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$scores, Optional<RankedTensorOf<[I1]>>:$mask),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$block, I64Attr:$count, DefaultValuedAttr<I64Attr, "0">:$first,
                            DefaultValuedAttr<I64Attr, "0">:$local, DefaultValuedAttr<I64Attr, "1">:$share,
                            UnitAttr:$whole),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_IndexTensor:$indices, Optional<Hadal_FloatTensor>:$values);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $scores oilist(`mask` $mask | `q_lengths` $q_lengths | `kv_lengths` $kv_lengths | `offsets` $offsets)
    `block` $block `count` $count oilist(`first` $first | `local` $local | `share` $share | `whole` $whole
      | `causal` $causal | `offset` $offset) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_SelectedAttentionOp : Hadal_Op<"selected_attention", [
    AttrSizedOperandSegments, Hadal_RequiredOperands<4>, Hadal_VisibilityInterface,
    DeclareOpInterfaceMethods<Hadal_AttentionLikeInterface, ["getSelection"]>]> {
  let summary = "attention over selected blocks or tokens";
  let description = [{
    q is [B, H, S, D], k [B, Hkv, T, D], v [B, Hkv, T, Dv], indices [B, Hs, S, n]. An
    index i stands for the tokens `i·b … i·b + b − 1` below T (`b = block`; 1 for tokens).
    Head h uses kv head `h / (H / Hkv)` and list `h / (H / Hs)`.

    ```
    count[b,h,s,t] = how many indices of the query's list stand for token t   (union: at most 1)
    z[b,h,s,t]     = scale · Σ_d q[b,h,s,d] · k[b,h/g,t,d]     then softcap, then + mask (as hadal.attention)
    p[b,h,s,t]     = count · exp z / (Σ_t count · exp z + exp sink[h])      over the visible t with count > 0
    out[b,h,s,:]   = Σ_t p[b,h,s,t] · v[b,h/g,t,:]
    lse[b,h,s]     = ln Σ_t count · exp z                                   without the sink
    ```

    A key is visible by lengths, causality and mask as in "Visibility": causality
    holds inside selected blocks too. An index of −1 is skipped; any other outside
    [0, ⌈T / b⌉) is an error. An index that stands twice counts twice, or once with `union`.
    A query without a visible selected key gives 0 and lse −inf.

    Syntax: `hadal.selected_attention %q, %k, %v, %indices [mask %m] [sink %s] [q_lengths %a] [kv_lengths %n]
    [offsets %o] block B scale X [union] [softcap C] [causal] [offset P]`; the clauses in brackets in any order in each place.

    Constraints:
    - C1: q, k, v and indices have rank 4; q, k, v one element type, which is that of out, mask (if float) and sink.
    - C2: q and k agree in the last dimension; k and v in batch, heads and length; q, k and indices in batch; q and indices in queries.
    - C3: the number of query heads is a multiple of the number of kv heads, and of that of lists.
    - C4: block ≥ 1.
    - C5: the mask has rank 4 and each dimension is 1 or that of [B, H, S, T]; the sink is [H].
    - C6: scale is finite; softcap is finite and positive.
    - C7: lengths and offsets are [B]; not both offset and offsets.
    - C8: the results are out [B, H, S, Dv] and, if wanted, lse [B, H, S].

    Example:

    ```mlir
    %o = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 causal
        : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k, Hadal_FloatTensor:$v,
                            Hadal_IndexTensor:$indices, Optional<Hadal_MaskTensor>:$mask,
                            Optional<Hadal_FloatTensor>:$sink),
                       Hadal_VisibilityOperands,
                       (ins I64Attr:$block, F32Attr:$scale, UnitAttr:$union_of, OptionalAttr<F32Attr>:$softcap),
                       Hadal_VisibilityAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $q `,` $k `,` $v `,` $indices oilist(`mask` $mask | `sink` $sink | `q_lengths` $q_lengths
      | `kv_lengths` $kv_lengths | `offsets` $offsets) `block` $block `scale` $scale
    oilist(`union` $union_of | `softcap` $softcap | `causal` $causal | `offset` $offset)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_GatedCombineOp : Hadal_Op<"gated_combine"> {
  let summary = "the gated sum of branches of attention";
  let description = [{
    NSA, equation 5. The C branches are [B, H, S, Dv] each, gates is [B, H, S, C]:

    ```
    out[b,h,s,:] = Σ_c a[b,h,s,c] · branch_c[b,h,s,:]      a = gates;  with `sigmoid`, a = 1 / (1 + exp(−gates))
    ```

    summed in the order of the branches.

    Constraints:
    - C1: there is at least one branch; branches and result have one type of rank 4, up to dynamic sizes; gates has the same element type.
    - C2: gates is [B, H, S, C] with C the number of branches.

    Example:

    ```mlir
    %o = hadal.gated_combine %a, %b, %c gates %g sigmoid
        : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x3xf32>) -> tensor<2x8x?x32xf32>
    ```
  }];
  let arguments = (ins Variadic<Hadal_FloatTensor>:$branches, Hadal_FloatTensor:$gates, UnitAttr:$sigmoid);
  let results = (outs Hadal_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $branches `gates` $gates (`sigmoid` $sigmoid^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_SPARSE_TD
