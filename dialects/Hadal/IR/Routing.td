//===- Routing.td - Routing and mixtures of experts ----------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_ROUTING_TD
#define HADAL_DIALECTS_HADAL_IR_ROUTING_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_RouteOp : Hadal_Op<"route"> {
  let summary = "choose the experts of each token, and their weights";
  let description = [{
    DeepSeek-V3, section 2.1.2 (arXiv 2412.19437). For each token t, in f32:

    ```
    s[e]      = sigmoid(logits[t,e])  or  softmax_e(logits[t,:])
    c[e]      = s[e] + bias[e]                        (the bias moves the choice only)
    G[g]      = the group's score: its largest c, or the sum of its two largest (sum2)
    c'[e]     = c[e] if e's group is among the `kept_groups` best, else −inf
    indices   = the k best e by c', best first; equal ones by lowest index; NaN ranks lowest
    weights_j = s[indices_j] · scale                              without `normalize`
              = s[indices_j] / (Σ_j s[indices_j] + epsilon) · scale  with it; 0 where that is 0/0
    ```

    Constraints:
    - C1: logits has rank 2 [T, E] with E static; the bias, if any, is [E] of logits' type.
    - C2: 1 ≤ groups, and groups divides E.
    - C3: 1 ≤ kept_groups ≤ groups.
    - C4: 1 ≤ k ≤ kept_groups · E / groups.
    - C5: sum2 needs at least two experts in a group.
    - C6: weights is [T, k] of logits' type, indices [T, k] of i32 or i64.
    - C7: scale is finite; epsilon is finite and not negative.

    Example:

    ```mlir
    %w, %i = hadal.route %logits bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0
        : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$logits, Optional<Hadal_FloatTensor>:$bias,
                       Hadal_ScoreFunctionAttr:$score, I64Attr:$groups, I64Attr:$kept_groups,
                       Hadal_GroupScoreAttr:$group_score, I64Attr:$k, F32Attr:$scale,
                       UnitAttr:$normalize, DefaultValuedAttr<F32Attr, "0.0f">:$epsilon);
  let results = (outs Hadal_FloatTensor:$weights, Hadal_IndexTensor:$indices);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $logits (`bias` $bias^)? `score` `` $score `groups` $groups `keep` $kept_groups `by` `` $group_score `top` $k
    `scale` $scale (`normalize` $normalize^)? `epsilon` $epsilon attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_MoeOp : Hadal_Op<"moe"> {
  let summary = "the routed experts of a mixture, applied and combined";
  let description = [{
    With `y[t,j] = W_down[e]ᵀ · gated(W_gate_up[e]ᵀ · x[t])` for e = indices[t,j]
    (`gated` as in `hadal.gated_activation`):
    `out[t] = Σ_j weights[t,j] · y[t,j]`, summed in the order of j. An index of
    −1 contributes nothing. Decomposes into group, grouped_matmul,
    gated_activation, grouped_matmul, combine (`--hadal-decompose`).

    Constraints:
    - C1: x [T, H], weights [T, k], indices [T, k], w_gate_up [E, H, 2I], w_down [E, I, H]; floats of one type.
    - C2: tokens and k agree; H, I, E agree; the result has x's type.

    Example:

    ```mlir
    %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$weights, Hadal_IndexTensor:$indices,
                       Hadal_FloatTensor:$w_gate_up, Hadal_FloatTensor:$w_down,
                       Hadal_ActivationAttr:$activation, Hadal_GateOrderAttr:$gate_order);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x `,` $weights `,` $indices `,` $w_gate_up `,` $w_down `` $activation `` $gate_order attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_GroupOp : Hadal_Op<"group"> {
  let summary = "tokens by expert: offsets and permutation";
  let description = [{
    A slot is a pair (token, j), numbered `t·k + j`. The slots are sorted by
    expert, stably; slots of index −1 come last and belong to no expert:

    ```
    permutation[p] = the p-th slot in that order          p < T·k
    offsets[e]     = the number of slots of experts below e;  offsets[E] = the slots of all experts
    ```

    Constraints:
    - C1: indices is [T, k] of an index type; experts E ≥ 1.
    - C2: offsets is [E + 1] of i32, permutation [T·k] of i32.

    Example:

    ```mlir
    %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
    ```
  }];
  let arguments = (ins Hadal_IndexTensor:$indices, I64Attr:$experts);
  let results = (outs RankedTensorOf<[I32]>:$offsets, RankedTensorOf<[I32]>:$permutation);
  let assemblyFormat = "$indices `experts` $experts attr-dict `:` functional-type(operands, results)";
}

def Hadal_GroupedMatmulOp : Hadal_Op<"grouped_matmul"> {
  let summary = "one matmul per expert over the rows of its slots";
  let description = [{
    For each p below offsets[E], with e the expert with offsets[e] ≤ p < offsets[e+1]:

    ```
    in  = gather  ? permutation[p] / slots_per_token : p        (the row of x)
    out = scatter ? permutation[p]                   : p        (the row of the result)
    result[out, :] = x[in, :] · w[e]
    ```

    Rows of the result that no p reaches are 0.

    Constraints:
    - C1: x [M, K], w [E, K, N], offsets [E + 1] i32, permutation [P] i32; floats of one type.
    - C2: with `gather`, slots_per_token ≥ 1; without it, x has P rows (where static).
    - C3: the result is [P, N].

    Example:

    ```mlir
    %h = hadal.grouped_matmul %x, %w, %o, %p gather 4
        : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x160xf32>
    %y = hadal.grouped_matmul %a, %d, %o, %p scatter
        : (tensor<?x80xf32>, tensor<16x80x192xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$w, RankedTensorOf<[I32]>:$offsets,
                       RankedTensorOf<[I32]>:$permutation, OptionalAttr<I64Attr>:$slots_per_token,
                       UnitAttr:$scatter);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x `,` $w `,` $offsets `,` $permutation (`gather` $slots_per_token^)? (`scatter` $scatter^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_GatedActivationOp : Hadal_Op<"gated_activation"> {
  let summary = "act(gate) · up, both in one tensor";
  let description = [{
    `out[…,i] = act(gate[…,i]) · up[…,i]`, where gate and up are the two halves
    of the last dimension in `order` (gate_first, up_first), or its even and odd
    columns (interleaved).

    Constraints:
    - C1: x has rank ≥ 1 and a static even last dimension 2I; the result is x's shape with I last.

    Example:

    ```mlir
    %a = hadal.gated_activation %h silu gate_first : (tensor<?x160xf32>) -> tensor<?x80xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_ActivationAttr:$activation, Hadal_GateOrderAttr:$gate_order);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$x `` $activation `` $gate_order attr-dict `:` functional-type(operands, results)";
}

def Hadal_CombineOp : Hadal_Op<"combine"> {
  let summary = "the weighted sum of each token's slots";
  let description = [{
    `out[t,:] = Σ_j weights[t,j] · y[t·k + j, :]`, summed in the order of j.

    Constraints:
    - C1: y [T·k, H], weights [T, k] with k static; one float type; the result is [T, H].

    Example:

    ```mlir
    %o = hadal.combine %y, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$y, Hadal_FloatTensor:$weights);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$y `,` $weights attr-dict `:` functional-type(operands, results)";
}

#endif // HADAL_DIALECTS_HADAL_IR_ROUTING_TD
