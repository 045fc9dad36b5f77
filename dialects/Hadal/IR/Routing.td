//===- Routing.td - Routing of tokens to experts -------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ROUTING_TD
#define HADAL_DIALECTS_HADAL_IR_ROUTING_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_ScoreFunction : Hadal_I32Enum<"ScoreFunction", "how router logits become scores", [
  I32EnumAttrCase<"Sigmoid", 0, "sigmoid">, I32EnumAttrCase<"Softmax", 1, "softmax">,
  I32EnumAttrCase<"SoftmaxChosen", 2, "softmax_chosen">, // over the chosen experts alone
  I32EnumAttrCase<"SqrtSoftplus", 3, "sqrt_softplus">, I32EnumAttrCase<"Identity", 4, "identity">
]>;
def Hadal_ScoreFunctionAttr : Hadal_EnumAttr<Hadal_ScoreFunction, "score">;

def Hadal_RouteRank : Hadal_I32Enum<"RouteRank", "what the choice of experts ranks", [
  I32EnumAttrCase<"Scores", 0, "scores">, I32EnumAttrCase<"Logits", 1, "logits">
]>;
def Hadal_RouteRankAttr : Hadal_EnumAttr<Hadal_RouteRank, "route_rank">;

def Hadal_GroupScore : Hadal_I32Enum<"GroupScore", "the score of a group of experts", [
  I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Sum2", 1, "sum2"> // sum of the two best choices
]>;
def Hadal_GroupScoreAttr : Hadal_EnumAttr<Hadal_GroupScore, "group_score">;

// What rows of experts may hold: numbers, or codes whose scales stand apart.
def Hadal_ExpertTensor : RankedTensorOf<[F32, F16, BF16, F64, F8E4M3FN, F8E5M2, F4E2M1FN]>;
def Hadal_RowTensor : RankedTensorOf<[I32]>;

def Hadal_RouteOp : Hadal_Op<"route", [AttrSizedOperandSegments, Hadal_RequiredOperands<1>,
                                       DeclareOpInterfaceMethods<Hadal_SelectionInterface>,
                                       DeclareOpInterfaceMethods<Hadal_RouterLikeInterface>]> {
  let summary = "choose the experts of each token, and their weights";
  let description = [{
    For each token t, in f32:

    ```
    s[e]      = sigmoid(logits[t,e])           score sigmoid
              = softmax_e(logits[t,:])         score softmax
              = sqrt(log(1 + exp(logits[t,e])))  score sqrt_softplus
              = logits[t,e]                    score identity, and score softmax_chosen (until the choice)
    c[e]      = s[e] + bias[e]                 or, with `rank logits`, logits[t,e] + bias[e]
    G[g]      = the group's score: its largest c (max), or the sum of its two largest (sum2)
    c'[e]     = c[e] if e's group is among the `kept_groups` best, else −inf, or the number of `masked`
    indices   = the k best e by c', best first; equal ones by lowest index; NaN ranks lowest
    u_j       = s[indices_j];  with score softmax_chosen: softmax_j(logits[t,indices_j])
    weights_j = u_j · scale                                    without `normalize`
              = u_j / (Σ_j u_j + epsilon) · scale              normalize epsilon E
              = u_j / max(Σ_j u_j, epsilon) · scale            normalize floor E;   0 where it is 0/0
    ```

    The bias moves the choice and never the weight. A token whose `valid` is
    false gets indices −1 and weights 0. With `given` nothing is ranked: the
    given experts are the indices (−1: none, weight 0, not in the sum), and only
    their weights are computed.

    `groups G keep K by max|sum2 (masked X)`, `scale S`, `normalize` and `epsilon E` may be
    left out: one group, scale 1, not normalised, epsilon 0.

    Constraints:
    - C1: logits has rank 2 [T, E]; the bias, if any, is [E].
    - C2: 1 ≤ groups, and groups divides E.
    - C3: 1 ≤ kept_groups ≤ groups.
    - C4: 1 ≤ k ≤ kept_groups · E / groups.
    - C5: sum2 needs at least two experts in a group.
    - C6: weights is [T, k] of floats, indices [T, k] of i32 or i64.
    - C7: scale is finite; epsilon is finite and not negative.
    - C8: valid, if any, is [T] of i1.
    - C9: given, if any, is [T, k] of indices' element type, and then there is no bias, one group and no `rank logits`.
    - C10: `floor` needs `normalize`.
    - C11: `masked` needs more than one group, and its number is finite.

    Example:

    ```mlir
    // DeepSeek-V3: sigmoid, a bias that moves the choice, the best groups by their two best.
    %w, %i = hadal.route %logits bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 1.0e-20
        : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
    // Qwen3, Mixtral: softmax, then top-k, then division by the sum. OLMoE: without `normalize`.
    %w1, %i1 = hadal.route %logits score softmax top 4 normalize : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
    // GPT-OSS: top-k of the logits, then softmax over the chosen.
    %w2, %i2 = hadal.route %logits score softmax_chosen top 4 : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
    // DeepSeek-V3 as first published: the other groups count as 0, which a negative choice of a kept one is below.
    %w3, %i3 = hadal.route %logits bias %b score sigmoid groups 4 keep 2 by sum2 masked 0.0 top 4 normalize
        : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$logits, Optional<Hadal_FloatTensor>:$bias,
                       Optional<RankedTensorOf<[I1]>>:$valid, Optional<Hadal_IndexTensor>:$given,
                       Hadal_ScoreFunctionAttr:$score,
                       DefaultValuedAttr<Hadal_RouteRankAttr, "::hadal::RouteRank::Scores">:$rank,
                       DefaultValuedAttr<I64Attr, "1">:$groups, DefaultValuedAttr<I64Attr, "1">:$kept_groups,
                       DefaultValuedAttr<Hadal_GroupScoreAttr, "::hadal::GroupScore::Max">:$group_score,
                       OptionalAttr<F32Attr>:$group_fill, I64Attr:$k,
                       DefaultValuedAttr<F32Attr, "1.0f">:$scale,
                       UnitAttr:$normalize, DefaultValuedAttr<F32Attr, "0.0f">:$epsilon, UnitAttr:$floor);
  let results = (outs Hadal_FloatTensor:$weights, Hadal_IndexTensor:$indices);
  let extraClassDeclaration = [{
    /// Whether it has only the clauses that kernels compute.
    bool isPlain();
  }];
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $logits (`bias` $bias^)? (`valid` $valid^)? (`given` $given^)? `score` `` $score (`rank` `` $rank^)?
    custom<RouteGroups>($groups, $kept_groups, $group_score) (`masked` $group_fill^)? `top` $k
    custom<RouteWeights>($scale, $normalize, $epsilon, $floor) attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_GroupOp : Hadal_Op<"group"> {
  let summary = "tokens by expert: offsets, permutation, counts and inverse";
  let description = [{
    A slot is a pair (token, j), numbered `t·k + j`. The slots are laid out in P
    rows by expert; within an expert they keep their order:

    ```
    n[e]               = the number of slots of expert e
    rows of e          = offsets[e] ≤ p < offsets[e] + counts[e]
    permutation[p]     = the slot in row p; −1 if the row holds none
    inverse[slot]      = the row of the slot; −1 if it has none
    ```

    | layout | offsets[0] = 0 and offsets[e+1] = | counts[e] | P |
    |---|---|---|---|
    | (plain) | offsets[e] + n[e] | n[e] | T·k |
    | `align N` | offsets[e] + N·⌈n[e]/N⌉ | n[e] | N·⌊(T·k + E·(N−1))/N⌋ |
    | `capacity C` | offsets[e] + C | min(n[e], C) | E·C |

    In the plain layout the slots of index −1 stand in order behind all others
    (rows from offsets[E] on); their inverse is −1 all the same. In the other two
    they have no row. With `capacity`, the slots of an expert beyond the first C
    are dropped: no row, inverse −1. All rows that hold no slot are −1.

    The third result, if there is one, is `counts`; the fourth is `inverse`.

    Constraints:
    - C1: indices is [T, k] of an index type; 1 ≤ experts, which fits in i32.
    - C2: offsets is [E + 1], permutation [P], counts [E], inverse [T·k], all of i32; there are two to four results.
    - C3: align and capacity are at least 1 and fit in i32, and not both are given.

    Example:

    ```mlir
    %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
    %o1, %p1, %c1, %v1 = hadal.group %i experts 16 align 8
        : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>, tensor<16xi32>, tensor<?xi32>)
    %o2, %p2, %c2 = hadal.group %i experts 16 capacity 32 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<512xi32>, tensor<16xi32>)
    ```
  }];
  let arguments = (ins Hadal_IndexTensor:$indices, I64Attr:$experts, OptionalAttr<I64Attr>:$align,
                       OptionalAttr<I64Attr>:$capacity);
  let results = (outs Hadal_RowTensor:$offsets, Hadal_RowTensor:$permutation,
                      Variadic<Hadal_RowTensor>:$counts_and_inverse);
  let extraClassDeclaration = [{
    /// Whether it has only the clauses that kernels compute.
    bool isPlain();
    /// The third and fourth result; null where there is none.
    ::mlir::Value getCounts() { return getNumResults() > 2 ? getResult(2) : ::mlir::Value(); }
    ::mlir::Value getInverse() { return getNumResults() > 3 ? getResult(3) : ::mlir::Value(); }
  }];
  let assemblyFormat = [{
    $indices `experts` $experts (`align` $align^)? (`capacity` $capacity^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_PermuteOp : Hadal_Op<"permute"> {
  let summary = "the rows of tokens in the order of a permutation";
  let description = [{
    `out[p, …] = x[permutation[p] / slots_per_token, …]` (rounded down), and 0
    where permutation[p] is −1. With the permutation of `hadal.group` and
    slots_per_token k, row p is the token of the slot in row p. Its inverse is
    `hadal.combine` with weights 1.

    Constraints:
    - C1: x has rank ≥ 1, permutation is [P] of i32 or i64.
    - C2: slots_per_token ≥ 1.
    - C3: the result has x's element type and shape, but P rows.

    Example:

    ```mlir
    %r = hadal.permute %x, %p slots_per_token 4 : (tensor<?x192xbf16>, tensor<?xi32>) -> tensor<?x192xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, Hadal_IndexTensor:$permutation,
                       DefaultValuedAttr<I64Attr, "1">:$slots_per_token);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $x `,` $permutation (`slots_per_token` $slots_per_token^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_CombineOp : Hadal_Op<"combine", [AttrSizedOperandSegments, Hadal_RequiredOperands<2>]> {
  let summary = "the weighted sum of each token's slots";
  let description = [{
    `out[t,:] = Σ_j weights[t,j] · y[row(t·k + j), :] (+ add[t,:])`, summed in the
    order of j, where the row of a slot is

    ```
    row(slot) = slot                     if nothing is said
              = inverse[slot]            with `inverse`; −1: contributes nothing
              = the p with permutation[p] = slot    with `permutation` (all of them); none: contributes nothing
    ```

    Rows of y that no slot has are not read. `add` is added once, after the sum.

    Constraints:
    - C1: y has rank 2, weights is [T, k].
    - C2: without inverse and permutation, y has T·k rows.
    - C3: inverse, if any, is [T·k]; permutation, if any, is [P] where y has P rows; not both are given.
    - C4: add, if any, is [T, H]; y, add and the result have one element type.
    - C5: the result is [T, H].

    Example:

    ```mlir
    %o = hadal.combine %y, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
    %q = hadal.combine %z, %w inverse %v add %s
        : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?xi32>, tensor<?x192xbf16>) -> tensor<?x192xbf16>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$y, Hadal_FloatTensor:$weights, Optional<Hadal_IndexTensor>:$inverse,
                       Optional<Hadal_IndexTensor>:$permutation, Optional<Hadal_FloatTensor>:$add);
  let results = (outs Hadal_FloatTensor:$result);
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Whether it has only the clauses that kernels compute.
    bool isPlain();
  }];
  let assemblyFormat = [{
    $y `,` $weights (`inverse` $inverse^)? (`permutation` $permutation^)? (`add` $add^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_ROUTING_TD
