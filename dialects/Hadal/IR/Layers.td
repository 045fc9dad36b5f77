//===- Layers.td - Layers of a model that passes reason about -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_LAYERS_TD
#define HADAL_DIALECTS_HADAL_IR_LAYERS_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_RotatedPart : Hadal_I32Enum<"RotatedPart", "which columns of a row are rotated", [
  I32EnumAttrCase<"First", 0, "first">, I32EnumAttrCase<"Last", 1, "last">
]>;
def Hadal_RotatedPartAttr : Hadal_EnumAttr<Hadal_RotatedPart, "rotated_part">;

def Hadal_RopeOp : Hadal_Op<"rope"> {
  let summary = "rotary position embedding";
  let description = [{
    RoFormer, section 3.2.2 (arXiv 2104.09864). For each pair i < R/2 with
    angles by position, `(x0, x1)` the i-th pair of `x` in `in_layout` and
    `(y0, y1)` the i-th pair of the result in `out_layout`:

    ```
    y0 = x0 · cos[b,s,i] − x1 · sin[b,s,i]
    y1 = x1 · cos[b,s,i] + x0 · sin[b,s,i]
    ```

    `interleaved`: pair i stands at 2i and 2i+1; `halves`: at i and i + R/2.

    `rotate first` or `rotate last`: cos and sin have R/2 columns with R ≤ D, and
    the first or the last R of the D columns of x are rotated (the layouts are
    within them); the others are copied to where they stand. Without it R = D.
    `inverse` turns back: sin counts as −sin.

    Constraints:
    - C1: x has rank 4 [B, H, S, D] or 3 [B, S, D], cos and sin rank 3, floats; the result has x's type.
    - C2: D is static, even and positive; with `rotate` D may be odd, and R is static, even, positive and at most D.
    - C3: cos and sin have one type [B or 1, S, R/2].

    Example:

    ```mlir
    %y = hadal.rope %x, %cos, %sin interleaved to halves
        : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
    %z = hadal.rope %o, %cos, %sin interleaved to interleaved rotate last inverse
        : (tensor<?x8x?x512xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x512xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Hadal_FloatTensor:$cos, Hadal_FloatTensor:$sin,
                       Hadal_RopeLayoutAttr:$in_layout, Hadal_RopeLayoutAttr:$out_layout,
                       OptionalAttr<Hadal_RotatedPartAttr>:$rotated, UnitAttr:$inverse);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x `,` $cos `,` $sin `` $in_layout `to` `` $out_layout (`rotate` `` $rotated^)? (`inverse` $inverse^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$x, "::mlir::Value":$cos, "::mlir::Value":$sin,
                                 "::hadal::RopeLayout":$in_layout, "::hadal::RopeLayout":$out_layout), [{
    build($_builder, $_state, type, x, cos, sin, in_layout, out_layout, RotatedPartAttr(), /*inverse=*/false);
  }]>];
  let extraClassDeclaration = [{
    /// Whether all columns of [B, H, S, D] are turned forward by angles of x's element type.
    bool isPlain();
  }];
}

def Hadal_RMSNormOp : Hadal_Op<"rms_norm"> {
  let summary = "root mean square normalisation over the last dimension";
  let description = [{
    Zhang and Sennrich (arXiv 1910.07467):
    `out[…,n] = x[…,n] / sqrt(mean_n(x[…,n]²) + epsilon) · (weight_offset + weight[n])`

    Without a weight the last factor is 1. `weight_offset 1.0` is Gemma's norm;
    without it the offset is 0.

    Constraints:
    - C1: x has rank ≥ 1, weight rank 1, floats; the result has x's type.
    - C2: weight's size is x's last dimension.
    - C3: epsilon is finite and not negative.
    - C4: weight_offset is finite and needs a weight.

    Example:

    ```mlir
    %y = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x?x192xf32>, tensor<192xf32>) -> tensor<?x?x192xf32>
    %z = hadal.rms_norm %x epsilon 1.0e-6 : (tensor<?x?x192xf32>) -> tensor<?x?x192xf32>
    %g = hadal.rms_norm %x, %w epsilon 1.0e-6 weight_offset 1.0
        : (tensor<?x?x192xf32>, tensor<192xf32>) -> tensor<?x?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Optional<Hadal_FloatTensor>:$weight, F32Attr:$epsilon,
                       OptionalAttr<F32Attr>:$weight_offset);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x (`,` $weight^)? `epsilon` $epsilon (`weight_offset` $weight_offset^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$x, "::mlir::Value":$weight, "::mlir::FloatAttr":$epsilon), [{
      build($_builder, $_state, type, x, weight, epsilon, ::mlir::FloatAttr());
    }]>,
    OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$x, "::mlir::Value":$weight, "::llvm::APFloat":$epsilon), [{
      build($_builder, $_state, type, x, weight, epsilon, ::mlir::FloatAttr());
    }]>
  ];
  let extraClassDeclaration = [{
    /// Whether there is a weight of x's element type and static size, without an offset.
    bool isPlain();
  }];
}

def Hadal_LayerNormOp : Hadal_Op<"layer_norm", [AttrSizedOperandSegments, Hadal_RequiredOperands<1>]> {
  let summary = "layer normalisation over the last dimension";
  let description = [{
    Ba, Kiros and Hinton (arXiv 1607.06450), with the biased variance:

    ```
    mean     = Σ_n x[…,n] / N
    variance = Σ_n (x[…,n] − mean)² / N
    out[…,n] = (x[…,n] − mean) / sqrt(variance + epsilon) · weight[n] + bias[n]
    ```

    Without a weight that factor is 1, without a bias that term is 0.

    Constraints:
    - C1: x has rank ≥ 1, weight and bias rank 1, floats; the result has x's type.
    - C2: weight's and bias' size is x's last dimension.
    - C3: epsilon is finite and not negative.

    Example:

    ```mlir
    %y = hadal.layer_norm %x weight %w bias %b epsilon 1.0e-6
        : (tensor<?x?x128xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<?x?x128xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, Optional<Hadal_FloatTensor>:$weight, Optional<Hadal_FloatTensor>:$bias,
                       F32Attr:$epsilon);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $x (`weight` $weight^)? (`bias` $bias^)? `epsilon` $epsilon attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_RopeAnglesOp : Hadal_Op<"rope_angles"> {
  let summary = "cos and sin of the angles of rotary position embedding";
  let description = [{
    ```
    angle[b,s,i] = positions[b,s] · inv_freq[i]        rounded to inv_freq's type
    cos[b,s,i]   = scale · cos(angle[b,s,i])
    sin[b,s,i]   = scale · sin(angle[b,s,i])
    ```

    Scaled frequencies (YaRN, Llama 3, …) come in as inv_freq, their attention
    factor as `scale` (1 if not given).

    Constraints:
    - C1: positions has rank 2 [B or 1, S], inv_freq rank 1 [R/2] of f32 or f64.
    - C2: cos and sin have one float type, [B or 1, S, R/2].
    - C3: scale is finite.

    Example:

    ```mlir
    %cos, %sin = hadal.rope_angles %positions, %inv_freq scale 1.0
        : (tensor<1x?xi64>, tensor<32xf32>) -> (tensor<1x?x32xf32>, tensor<1x?x32xf32>)
    ```
  }];
  let arguments = (ins Hadal_IndexTensor:$positions, RankedTensorOf<[F32, F64]>:$inv_freq,
                       OptionalAttr<F32Attr>:$scale);
  let results = (outs Hadal_FloatTensor:$cos, Hadal_FloatTensor:$sin);
  let assemblyFormat = [{
    $positions `,` $inv_freq (`scale` $scale^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_YarnFrequenciesOp : Hadal_Op<"yarn_frequencies"> {
  let summary = "the inverse frequencies of rotary position embedding, scaled by YaRN";
  let description = [{
    Peng et al. (arXiv 2309.00071), as DeepSeek-V3 has it. For i < R/2, the
    result's size, with d = R and L = original_length:

    ```
    f[i]    = base^(−2i / d)
    column(β) = d · ln(L / (2π·β)) / (2 · ln base)     the column that turns β times within L
    low     = max(floor(column(beta_fast)), 0)         without `untruncated`; else without floor
    high    = min(ceil(column(beta_slow)), d − 1)      and ceil
    high    = high + 0.001                             where low = high
    ramp[i] = (i − low) / (high − low) clamped to [0, 1]
    inv_freq[i] = f[i] / factor · ramp[i] + f[i] · (1 − ramp[i])
    ```

    Constraints:
    - C1: the result has rank 1 and a static positive size.
    - C2: base is finite and greater than 1.
    - C3: factor, beta_fast and beta_slow are finite and positive, original_length is at least 1.

    Example:

    ```mlir
    %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<32xf32>
    ```
  }];
  let arguments = (ins F64Attr:$base, F64Attr:$factor, I64Attr:$original_length, F64Attr:$beta_fast,
                       F64Attr:$beta_slow, UnitAttr:$untruncated);
  let results = (outs RankedTensorOf<[F32, F64]>:$result);
  let assemblyFormat = [{
    `base` $base `factor` $factor `original_length` $original_length `beta_fast` $beta_fast `beta_slow` $beta_slow
    (`untruncated` $untruncated^)? attr-dict `:` type($result)
  }];
  let extraClassDeclaration = [{
    /// The numbers, rounded to f32 if the result is of f32.
    ::llvm::SmallVector<double> getFrequencies();
  }];
}

def Hadal_EmbeddingOp : Hadal_Op<"embedding"> {
  let summary = "rows of a table by index";
  let description = [{
    `out[i…, :] = table[ids[i…], :]`. An id of −1 (a padding token) gives zeros;
    any other outside [0, V) is an error.

    Constraints:
    - C1: table has rank 2 [V, D].
    - C2: the result is ids' shape with D behind it, of table's element type.

    Example:

    ```mlir
    %x = hadal.embedding %ids, %table : (tensor<?x?xi64>, tensor<256x192xf32>) -> tensor<?x?x192xf32>
    ```
  }];
  let arguments = (ins Hadal_IndexTensor:$ids, Hadal_FloatTensor:$table);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$ids `,` $table attr-dict `:` functional-type(operands, results)";
}

def Hadal_ArgmaxOp : Hadal_Op<"argmax"> {
  let summary = "where the largest element of the last dimension stands";
  let description = [{
    The first of the largest elements, ranked as everywhere: by f32 value (f64
    for f64), equal ones by lowest index, −0 equal to +0, NaN below every number.
    A row of NaN alone gives 0.

    Constraints:
    - C1: x has rank ≥ 1, and its last dimension is not 0.
    - C2: the result is x's shape without the last dimension, of i32 or i64.

    Example:

    ```mlir
    %t = hadal.argmax %logits : (tensor<?x?x256xf32>) -> tensor<?x?xi32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x);
  let results = (outs Hadal_IndexTensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Hadal_SampleOp : Hadal_Op<"sample"> {
  let summary = "a token drawn from logits by a given uniform number";
  let description = [{
    For each row b of logits, whose entries are ranked as in `hadal.argmax`;
    entries of −inf and NaN are no candidates:

    ```
    C     = the top_k best candidates, best first (all without `top_k`)
    p[j]  = softmax over C of logits[b, C[j]] / temperature
    kept  = the j with Σ_{i<j} p[i] < top_p            (all without `top_p`; the best always)
    out   = C[j] of the first kept j with Σ_{i≤j} p[i] > u[b] · Σ_kept p
    ```

    With temperature 0 it is the best candidate, whatever u. A row without a
    candidate gives 0.

    Constraints:
    - C1: logits has rank 2 [B, V] with V not 0, u rank 1 [B], floats.
    - C2: temperature is finite and not negative.
    - C3: top_k is at least 1.
    - C4: top_p is in (0, 1].
    - C5: the result is [B] of i32 or i64.

    Example:

    ```mlir
    %t = hadal.sample %logits, %u temperature 0.7 top_k 50 top_p 0.9
        : (tensor<?x256xf32>, tensor<?xf32>) -> tensor<?xi32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$logits, Hadal_FloatTensor:$u, F32Attr:$temperature,
                       OptionalAttr<I64Attr>:$top_k, OptionalAttr<F32Attr>:$top_p);
  let results = (outs Hadal_IndexTensor:$result);
  let assemblyFormat = [{
    $logits `,` $u `temperature` $temperature (`top_k` $top_k^)? (`top_p` $top_p^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_LAYERS_TD
