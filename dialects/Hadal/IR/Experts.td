//===- Experts.td - What experts compute ----------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_EXPERTS_TD
#define HADAL_DIALECTS_HADAL_IR_EXPERTS_TD

include "dialects/Hadal/IR/HadalOpBase.td"
include "dialects/Hadal/IR/Routing.td"

def Hadal_GateOrder : Hadal_I32Enum<"GateOrder", "where gate and up stand in a fused weight", [
  I32EnumAttrCase<"GateFirst", 0, "gate_first">, I32EnumAttrCase<"UpFirst", 1, "up_first">,
  I32EnumAttrCase<"Interleaved", 2, "interleaved">, I32EnumAttrCase<"None", 3, "none"> // no up
]>;
def Hadal_GateOrderAttr : Hadal_EnumAttr<Hadal_GateOrder, "gate_order">;

def Hadal_GroupedMatmulOp : Hadal_Op<"grouped_matmul", [AttrSizedOperandSegments, Hadal_RequiredOperands<3>]> {
  let summary = "one matmul per expert over the rows of its slots";
  let description = [{
    For each expert e and each row p with offsets[e] ≤ p < offsets[e+1] (with
    `counts`: p < offsets[e] + counts[e]) whose permutation[p] is not −1:

    ```
    in  = gather  ? permutation[p] / slots_per_token : p        (the row of x)
    out = scatter ? permutation[p]                   : p        (the row of the result)
    result[out, :] = x[in, :] · w[e]  (+ bias[e, :])
    ```

    Rows of the result that no p reaches are 0. Without a permutation p runs over
    the rows as they stand. With `transposed` each w[e] is [N, K] and is
    multiplied as its transpose.

    With scales, x and w are multiplied by those of their blocks, as in
    `hadal.scaled_matmul`. A block goes by the dimensions as stored: [bm, bk] for
    x, [bk, bn] for w[e] ([bn, bk] if transposed); the last blocks may be short:

    ```
    (x·w[e])[m,n] = Σ_k x[m,k] · x_scales[m/bm, k/bk] · w[e,k,n] · w_scales[e, k/bk, n/bn]
    ```

    An operand without scales is itself. `promote N`: an execution may add up N
    products of unscaled numbers in a narrower accumulator before it scales them
    and adds them in f32. Real arithmetic, which the reference does, is the same
    for every N.

    Constraints:
    - C1: x is [M, K], w [E, K, N] ([E, N, K] if transposed), offsets [E + 1], permutation (if any) [P], counts (if any) [E].
    - C2: with `gather`, slots_per_token ≥ 1; without it, x has P rows; `gather` and `scatter` need a permutation.
    - C3: the result is [P, N]; P = M without a permutation.
    - C4: bias, if any, is [E, N].
    - C5: x and w have one element type, unless one of them has an 8-bit or a 4-bit one; the result's is any of f32, f16,
      bf16, f64.
    - C6: scales and their block come together; a block has two numbers, at least 1 each.
    - C7: x_scales is [⌈M/bm⌉, ⌈K/bk⌉], w_scales [E, ⌈P/bp⌉, ⌈Q/bq⌉] for w [E, P, Q] as stored.
    - C8: promote is at least 1.

    Example:

    ```mlir
    %h = hadal.grouped_matmul %x, %w, %o, %p gather 4
        : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x160xf32>
    %y = hadal.grouped_matmul %a, %d, %o, %p scatter transposed bias %b
        : (tensor<?x80xf32>, tensor<16x192x80xf32>, tensor<17xi32>, tensor<?xi32>, tensor<16x192xf32>) -> tensor<?x192xf32>
    %z = hadal.grouped_matmul %q, %qw, %o transposed x_scales %xs block [1, 128] w_scales %ws block [128, 128] promote 128
        : (tensor<?x192xf8E4M3FN>, tensor<16x160x192xf8E4M3FN>, tensor<17xi32>, tensor<?x2xf32>, tensor<16x2x2xf32>) -> tensor<?x160xbf16>
    ```
  }];
  let arguments = (ins Hadal_ExpertTensor:$x, Hadal_ExpertTensor:$w, Hadal_RowTensor:$offsets,
                       Optional<Hadal_RowTensor>:$permutation, Optional<Hadal_RowTensor>:$counts,
                       Optional<Hadal_FloatTensor>:$bias, Optional<Hadal_ScaleTensor>:$x_scales,
                       Optional<Hadal_ScaleTensor>:$w_scales, OptionalAttr<I64Attr>:$slots_per_token,
                       UnitAttr:$scatter, UnitAttr:$transposed,
                       OptionalAttr<DenseI64ArrayAttr>:$x_block, OptionalAttr<DenseI64ArrayAttr>:$w_block,
                       OptionalAttr<I64Attr>:$promote);
  let results = (outs Hadal_FloatTensor:$result);
  let extraClassDeclaration = [{
    /// Whether it has only the clauses that kernels compute.
    bool isPlain();
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$x, "::mlir::Value":$w, "::mlir::Value":$offsets,
                   "::mlir::Value":$permutation, "::mlir::IntegerAttr":$slotsPerToken, "::mlir::UnitAttr":$scatter), [{
      build($_builder, $_state, result, x, w, offsets, permutation, {}, {}, {}, {}, slotsPerToken, scatter,
            /*transposed=*/{}, /*x_block=*/{}, /*w_block=*/{}, /*promote=*/{});
    }]>
  ];
  let assemblyFormat = [{
    $x `,` $w `,` $offsets (`,` $permutation^)? (`gather` $slots_per_token^)? (`scatter` $scatter^)?
    (`transposed` $transposed^)? (`counts` $counts^)? (`bias` $bias^)?
    (`x_scales` $x_scales^ `block` $x_block)? (`w_scales` $w_scales^ `block` $w_block)? (`promote` $promote^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_ActivationOp : Hadal_Op<"activation"> {
  let summary = "an activation function, element by element";
  let description = [{
    `out[…] = act(x[…])`:

    ```
    silu       x / (1 + exp(−alpha·x))
    gelu       x · Φ(x) = x/2 · (1 + erf(x/√2))
    gelu_tanh  x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³)))
    relu       max(x, 0)
    relu2      max(x, 0)²
    sigmoid    1 / (1 + exp(−x))
    identity   x
    ```

    alpha is 1 where it is not given.

    Constraints:
    - C1: the result has x's type.
    - C2: alpha is finite, and 1 unless the function is silu.

    Example:

    ```mlir
    %y = hadal.activation %x relu2 : (tensor<?x160xf32>) -> tensor<?x160xf32>
    %q = hadal.activation %x silu alpha 1.702 : (tensor<?x160xf32>) -> tensor<?x160xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_ActivationAttr:$activation,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$x `` $activation (`alpha` $alpha^)? attr-dict `:` functional-type(operands, results)";
}

def Hadal_GatedActivationOp : Hadal_Op<"gated_activation"> {
  let summary = "act(gate) · up, both in one tensor";
  let description = [{
    `out[…,i] = act(g) · (u + up_offset)`, where act is as in `hadal.activation`
    and, with gate and up the two halves of the last dimension in `order`
    (gate_first, up_first), or its even and odd columns (interleaved: gate at 2i,
    up at 2i + 1):

    ```
    g = gate[…,i],  u = up[…,i]
    g = min(gate[…,i], limit),  u = min(max(up[…,i], −limit), limit)      with `limit`
    ```

    SwiGLU is silu, GeGLU gelu, ReGLU relu, GLU sigmoid, bilinear identity. DeepSeek-V4's clamped
    SwiGLU is `silu … limit 10.0`; that of GPT-OSS is
    `silu interleaved limit 7.0 alpha 1.702 up_offset 1.0`.

    Constraints:
    - C1: x has rank ≥ 1 and an even last dimension 2I; the result is x's shape with I last, of x's element type.
    - C2: limit, if given, is finite and positive; alpha is finite, and 1 unless the function is silu; up_offset is finite.
    - C3: the order is not none.

    Example:

    ```mlir
    %a = hadal.gated_activation %h silu gate_first : (tensor<?x160xf32>) -> tensor<?x80xf32>
    %c = hadal.gated_activation %h silu interleaved limit 7.0 alpha 1.702 up_offset 1.0 : (tensor<?x160xf32>) -> tensor<?x80xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_ActivationAttr:$activation, Hadal_GateOrderAttr:$gate_order,
                       OptionalAttr<F32Attr>:$limit, DefaultValuedAttr<F32Attr, "1.0f">:$alpha,
                       DefaultValuedAttr<F32Attr, "0.0f">:$up_offset);
  let results = (outs Hadal_FloatTensor:$result);
  let extraClassDeclaration = [{
    /// Whether it has only the clauses that kernels compute.
    bool isPlain();
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$x, "::hadal::Activation":$activation,
                   "::hadal::GateOrder":$order), [{
      build($_builder, $_state, result, x, activation, order, /*limit=*/::mlir::FloatAttr(), ::llvm::APFloat(1.0f),
            ::llvm::APFloat(0.0f));
    }]>
  ];
  let assemblyFormat = [{
    $x `` $activation `` $gate_order (`limit` $limit^)? (`alpha` $alpha^)? (`up_offset` $up_offset^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_MoeOp : Hadal_Op<"moe", [AttrSizedOperandSegments, Hadal_RequiredOperands<5>]> {
  let summary = "the experts of a mixture, routed and shared, applied and combined";
  let description = [{
    For e = indices[t,j], with `gated` as in `hadal.gated_activation` under this
    operation's clauses:

    ```
    y[t,j]  = gated(x[t] · w_gate_up[e] + gate_up_bias[e]) · w_down[e] + down_bias[e]
    out[t]  = Σ_j weights[t,j] · y[t,j]   (+ σ[t] · shared[t])
    shared[t] = gated'(x[t] · shared_gate_up) · shared_down
    σ[t]    = 1;  sigmoid(x[t] · shared_gate) with `shared_gate`;  sigmoid(shared_logits[t]) with `shared_logits`
    ```

    summed in the order of j, the shared part last. An index of −1 contributes
    nothing, whatever its weight. Biases that are not given are 0. `limit` is
    for the routed experts; gated' has `shared_limit` in its place, and is the
    same otherwise. Several shared experts are one of their width together.

    With the order none the experts have no up: the function is that of
    `hadal.activation` in the place of `gated` and gated', and for 2I and 2Is
    read I and Is.

    With `transposed` every weight matrix is given as its transpose: w_gate_up
    [E, 2I, H], w_down [E, H, I], shared_gate_up [2Is, H], shared_down [H, Is].

    Decomposes into group, grouped_matmul, gated_activation (activation with the
    order none), grouped_matmul, combine (`--hadal-decompose`).

    Constraints:
    - C1: x [T, H], weights [T, k], indices [T, k], w_gate_up [E, H, 2I], w_down [E, I, H]; all but weights are floats of
      one type.
    - C2: tokens and k agree; H, I, E agree; the result has x's type.
    - C3: gate_up_bias is [E, 2I], down_bias [E, H].
    - C4: shared_gate_up [H, 2Is] and shared_down [Is, H] are given both or not at all.
    - C5: shared_gate is [H], shared_logits [T]; at most one of them is given, and only with shared experts.
    - C6: limit and shared_limit, if given, are finite and positive, shared_limit only with shared experts; alpha is
      finite, and 1 unless the function is silu; up_offset is finite.
    - C7: with the order none there are no limits and no up_offset.

    Example:

    ```mlir
    %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<?x192xf32>
    %z = hadal.moe %x, %w, %i, %gu, %d shared %sgu, %sd shared_gate %sg silu gate_first
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>,
           tensor<192x320xf32>, tensor<160x192xf32>, tensor<192xf32>) -> tensor<?x192xf32>
    %g = hadal.moe %x, %w, %i, %gu, %d gate_up_bias %gub down_bias %db silu interleaved limit 7.0 alpha 1.702 up_offset 1.0
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>,
           tensor<16x160xf32>, tensor<16x192xf32>) -> tensor<?x192xf32>
    // No gate: each expert is gelu(x · fc1 + bias) · fc2.
    %f = hadal.moe %x, %w, %i, %fc1, %d gate_up_bias %fb gelu none
        : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x80xf32>, tensor<16x80x192xf32>,
           tensor<16x80xf32>) -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$weights, Hadal_IndexTensor:$indices,
                       Hadal_FloatTensor:$w_gate_up, Hadal_FloatTensor:$w_down,
                       Optional<Hadal_FloatTensor>:$gate_up_bias, Optional<Hadal_FloatTensor>:$down_bias,
                       Optional<Hadal_FloatTensor>:$shared_gate_up, Optional<Hadal_FloatTensor>:$shared_down,
                       Optional<Hadal_FloatTensor>:$shared_gate, Optional<Hadal_FloatTensor>:$shared_logits,
                       Hadal_ActivationAttr:$activation, Hadal_GateOrderAttr:$gate_order, UnitAttr:$transposed,
                       OptionalAttr<F32Attr>:$limit, OptionalAttr<F32Attr>:$shared_limit,
                       DefaultValuedAttr<F32Attr, "1.0f">:$alpha, DefaultValuedAttr<F32Attr, "0.0f">:$up_offset);
  let results = (outs Hadal_FloatTensor:$result);
  let extraClassDeclaration = [{
    /// Columns of a weight before the activation for each column behind it.
    int64_t getFanIn() { return getGateOrder() == ::hadal::GateOrder::None ? 1 : 2; }
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$x, "::mlir::Value":$weights, "::mlir::Value":$indices,
                   "::mlir::Value":$gateUp, "::mlir::Value":$down, "::hadal::Activation":$activation,
                   "::hadal::GateOrder":$order), [{
      build($_builder, $_state, result, x, weights, indices, gateUp, down, {}, {}, {}, {}, {}, {}, activation, order,
            /*transposed=*/false, /*limit=*/::mlir::FloatAttr(), /*shared_limit=*/::mlir::FloatAttr(),
            ::llvm::APFloat(1.0f), ::llvm::APFloat(0.0f));
    }]>
  ];
  let assemblyFormat = [{
    $x `,` $weights `,` $indices `,` $w_gate_up `,` $w_down (`gate_up_bias` $gate_up_bias^)? (`down_bias` $down_bias^)?
    (`shared` $shared_gate_up^ `,` $shared_down)? (`shared_gate` $shared_gate^)? (`shared_logits` $shared_logits^)?
    `` $activation `` $gate_order (`transposed` $transposed^)? (`limit` $limit^)? (`shared_limit` $shared_limit^)?
    (`alpha` $alpha^)? (`up_offset` $up_offset^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_EXPERTS_TD
