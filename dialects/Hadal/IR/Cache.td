//===- Cache.td - Caches of keys and values ----------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_CACHE_TD
#define HADAL_DIALECTS_HADAL_IR_CACHE_TD

include "dialects/Hadal/IR/Attention.td"

def Hadal_CacheAppendOp
    : Hadal_Op<"cache_append", [SameOperandsAndResultElementType,
                                DeclareOpInterfaceMethods<Hadal_CacheUpdateInterface, ["growsCache"]>]> {
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

def Hadal_CacheUpdateOp : Hadal_Op<"cache_update", [Hadal_CacheUpdateInterface]> {
  let summary = "a cache of fixed size with entries written at given positions";
  let description = [{
    Dimension 0 of the cache is the batch, `dim` the positions, T of them; the
    entries have S there. The result is the cache, but for each b and s in
    order, with `p = at[b] + s` (or `p = at[b,s]` where `at` is [B, S]):

    ```
    out[b, …, p, …] = entry[b, …, s, …]     p at dimension dim
    ```

    With `counts`, only the first counts[b] entries of b are written. An entry
    of `at[b,s] = −1` is not written. A position written twice keeps the last.

    Constraints:
    - C1: cache and entry have one rank, 0 < dim < rank, and one element type, which is the result's.
    - C2: they agree in every dimension but `dim`.
    - C3: the positions `at` are [B] or [B, S].
    - C4: counts are [B].
    - C5: the result has the cache's shape.

    Example:

    ```mlir
    %n = hadal.cache_update %cache, %entry at %pos dim 2
        : (tensor<?x8x1024x64xf32>, tensor<?x8x?x64xf32>, tensor<?xi32>) -> tensor<?x8x1024x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$cache, AnyRankedTensor:$entry, Hadal_IndexTensor:$at,
                       Optional<Hadal_IndexTensor>:$counts, I64Attr:$dim);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $cache `,` $entry `at` $at (`counts` $counts^)? `dim` $dim attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_PagedGatherOp : Hadal_Op<"paged_gather"> {
  let summary = "the rows of each sequence of a paged cache, one behind the other";
  let description = [{
    The pool is [P, page_size, …]: P pages of page_size rows each. `pages` [B, N]
    says where page n of sequence b lies; −1 where it has none.

    ```
    out[b,t,…] = pool[pages[b, t div page_size], t mod page_size, …]    t < lengths[b], and the page is there
    out[b,t,…] = 0                                                      else
    ```

    Constraints:
    - C1: the pool has rank 2 or more, and the result's element type.
    - C2: pages are [B, N].
    - C3: lengths are [B].
    - C4: the result is [B, N · page_size, …] with the pool's dimensions behind the second.

    Example:

    ```mlir
    %c = hadal.paged_gather %pool pages %table lengths %len
        : (tensor<?x64x576xf32>, tensor<2x8xi32>, tensor<2xi32>) -> tensor<2x512x576xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$pool, Hadal_IndexTensor:$pages, Hadal_IndexTensor:$lengths);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$pool `pages` $pages `lengths` $lengths attr-dict `:` functional-type(operands, results)";
}

def Hadal_PagedAppendOp : Hadal_Op<"paged_append", [Hadal_CacheUpdateInterface]> {
  let summary = "a paged cache with entries written at given positions of its sequences";
  let description = [{
    The pool is [P, page_size, …], the entries [B, S, …], `pages` [B, N] as in
    `hadal.paged_gather`. The result is the pool, but for each b and s in order,
    with `p = at[b] + s` (or `p = at[b,s]` where `at` is [B, S]):

    ```
    out[pages[b, p div page_size], p mod page_size, …] = entry[b,s,…]
    ```

    `at` [B] is the length of each sequence before. With `counts`, only the
    first counts[b] entries of b are written. An entry of `at[b,s] = −1` is not
    written. A row written twice keeps the last.

    Constraints:
    - C1: pool and entries have one rank, at least 2, and one element type, which is the result's.
    - C2: they agree in the dimensions behind the second.
    - C3: pages are [B, N] for entries [B, S, …].
    - C4: the positions `at` are [B] or [B, S].
    - C5: counts are [B].
    - C6: the result has the pool's shape.

    Example:

    ```mlir
    %n = hadal.paged_append %pool, %entry pages %table at %len
        : (tensor<?x64x576xf32>, tensor<2x1x576xf32>, tensor<2x8xi32>, tensor<2xi32>) -> tensor<?x64x576xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$pool, AnyRankedTensor:$entry, Hadal_IndexTensor:$pages, Hadal_IndexTensor:$at,
                       Optional<Hadal_IndexTensor>:$counts);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $pool `,` $entry `pages` $pages `at` $at (`counts` $counts^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_PagedWriteOp : Hadal_Op<"paged_write", [Hadal_CacheUpdateInterface]> {
  let summary = "a paged cache with entries written to given slots";
  let description = [{
    The pool is [P, page_size, …]; slot i is row `i mod page_size` of page
    `i div page_size`. The result is the pool, but for each index n of the
    slots, in order:

    ```
    out[slots[n] div page_size, slots[n] mod page_size, …] = entry[n, …]
    ```

    A slot −1 is skipped. A slot that stands twice keeps the last entry.

    Constraints:
    - C1: the pool has rank 2 or more; pool, entries and result have one element type; entries have the rank of slots, at
      least 1, and that of the pool less 2.
    - C2: the entries' first dimensions are those of the slots, the others those of the pool behind the second.
    - C3: the result has the pool's shape.

    Example:

    ```mlir
    %n = hadal.paged_write %pool, %entry slots %slots
        : (tensor<?x64x2x128xf32>, tensor<?x2x128xf32>, tensor<?xi64>) -> tensor<?x64x2x128xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$pool, AnyRankedTensor:$entry, Hadal_IndexTensor:$slots);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = "$pool `,` $entry `slots` $slots attr-dict `:` functional-type(operands, results)";
}

// The operands of Hadal_VisibilityInterface where the lengths of the keys must be given.
defvar Hadal_PagedVisibilityOperands = (ins Optional<Hadal_IndexTensor>:$q_lengths, Hadal_IndexTensor:$kv_lengths,
                                            Optional<Hadal_IndexTensor>:$offsets);

def Hadal_PagedAttentionOp
    : Hadal_Op<"paged_attention", [AttrSizedOperandSegments, Hadal_RequiredOperands<4, 7>,
                                   DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "attention over paged keys and values";
  let description = [{
    k_pool is [P, page_size, Hkv, D], v_pool is [P, page_size, Hkv, Dv], `pages`
    [B, N]. With T = N · page_size:

    ```
    k[b,h,t,:] = k_pool[pages[b, t div page_size], t mod page_size, h, :]     v likewise
    out, lse   = hadal.attention of q [B, H, S, D], k and v, with the same clauses
    ```

    Keys whose page is −1 are hidden, like those behind kv_lengths[b].

    Constraints:
    - C1: q, k_pool, v_pool have rank 4 and one element type, which is the result's.
    - C2: q and k_pool agree in the last dimension; k_pool and v_pool in pages, page size and heads.
    - C3: the number of query heads is a multiple of the number of kv heads.
    - C4: pages are [B, N].
    - C5: the result is [B, H, S, Dv], and lse [B, H, S].
    - C6: the mask has rank 4 and each dimension is 1 or that of [B, H, S, N · page_size].
    - C7: scale is finite.
    - C8: the sink is [H].
    - C9: lengths and offsets are [B]; not both `offset` and `offsets` are given; a window is at least 1 and needs `causal`.
    - C10: softcap is finite and positive.

    Example:

    ```mlir
    %o = hadal.paged_attention %q, %kpool, %vpool pages %table kv_lengths %len scale 0.125 causal
        : (tensor<2x8x1x64xf32>, tensor<?x16x2x64xf32>, tensor<?x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>)
        -> tensor<2x8x1x32xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q, Hadal_FloatTensor:$k_pool, Hadal_FloatTensor:$v_pool,
                            Hadal_IndexTensor:$pages),
                       Hadal_ScoreOperands, Hadal_PagedVisibilityOperands, (ins F32Attr:$scale),
                       Hadal_VisibilityAttrs, Hadal_ScoreAttrs);
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q `,` $k_pool `,` $v_pool `pages` $pages (`mask` $mask^)? (`sink` $sink^)? (`q_lengths` $q_lengths^)?
    `kv_lengths` $kv_lengths (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_PagedLatentAttentionOp
    : Hadal_Op<"paged_latent_attention", [AttrSizedOperandSegments, Hadal_RequiredOperands<5, 8>,
                                          DeclareOpInterfaceMethods<Hadal_VisibilityInterface, ["getWindowSize"]>]> {
  let summary = "multi-head latent attention (MLA) over a paged cache of latents";
  let description = [{
    The pool is [P, page_size, L + R], a row `latent ‖ k_pe`; `pages` [B, N]. With
    T = N · page_size:

    ```
    latent[b,t,:] = pool[pages[b, t div page_size], t mod page_size, :L]
    k_pe[b,t,:]   = pool[pages[b, t div page_size], t mod page_size, L:]
    out, lse      = hadal.latent_attention of q_nope, q_pe, latent, k_pe, w_kv, with the same clauses
    ```

    Keys whose page is −1 are hidden, like those behind kv_lengths[b].

    Constraints:
    - C1: q_nope, q_pe have rank 4, pool and w_kv rank 3, of one element type, which is the result's.
    - C2: q_nope and q_pe agree in batch, heads and length.
    - C3: the pool's last dimension is L + R, for w_kv [L, …] and q_pe [B, H, S, R].
    - C4: w_kv is [L, H, Dn + Dv] with Dv > 0.
    - C5: pages are [B, N].
    - C6: the result is [B, H, S, Dv], and lse [B, H, S].
    - C7: the mask has rank 4 and each dimension is 1 or that of [B, H, S, N · page_size].
    - C8: scale is finite.
    - C9: the sink is [H].
    - C10: lengths and offsets are [B]; not both `offset` and `offsets` are given; a window is at least 1 and needs `causal`.
    - C11: softcap is finite and positive.

    Example:

    ```mlir
    %o = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %table kv_lengths %len scale 0.1 causal form absorbed
        : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<?x64x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>,
           tensor<2xi32>) -> tensor<2x8x1x32xf32>
    ```
  }];
  let arguments = !con((ins Hadal_FloatTensor:$q_nope, Hadal_FloatTensor:$q_pe, Hadal_FloatTensor:$pool,
                            Hadal_FloatTensor:$w_kv, Hadal_IndexTensor:$pages),
                       Hadal_ScoreOperands, Hadal_PagedVisibilityOperands, (ins F32Attr:$scale),
                       Hadal_VisibilityAttrs, Hadal_ScoreAttrs,
                       (ins DefaultValuedAttr<Hadal_LatentFormAttr, "LatentForm::Auto">:$form));
  let results = (outs Hadal_FloatTensor:$result, Optional<Hadal_FloatTensor>:$lse);
  let assemblyFormat = [{
    $q_nope `,` $q_pe `,` $pool `,` $w_kv `pages` $pages (`mask` $mask^)? (`sink` $sink^)? (`q_lengths` $q_lengths^)?
    `kv_lengths` $kv_lengths (`offsets` $offsets^)? `scale` $scale
    oilist(`causal` $causal | `offset` $offset | `window` $window | `softcap` $softcap)
    (`form` `` $form^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_CACHE_TD
