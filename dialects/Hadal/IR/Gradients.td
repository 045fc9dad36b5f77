//===- Gradients.td - Derivatives of routing, experts and layers -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vector-Jacobian products (see AttentionGradients.td).
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD
#define HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD

include "dialects/Hadal/IR/Experts.td"
include "dialects/Hadal/IR/Layers.td"

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

def Hadal_GroupedMatmulGradOp : Hadal_Op<"grouped_matmul_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<3, 4>]> {
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

def Hadal_CombineGradOp : Hadal_Op<"combine_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<3>]> {
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
    identity   1
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
    - C4: the order is not none.

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

def Hadal_LayerNormGradOp : Hadal_Op<"layer_norm_grad", [AttrSizedOperandSegments, Hadal_RequiredOperands<2>]> {
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
