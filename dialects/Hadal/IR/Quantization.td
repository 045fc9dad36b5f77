//===- Quantization.td - Block-scaled formats --------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_QUANTIZATION_TD
#define HADAL_DIALECTS_HADAL_IR_QUANTIZATION_TD

include "dialects/Hadal/IR/HadalOpBase.td"

def Hadal_NarrowTensor : RankedTensorOf<[F8E4M3FN, F8E5M2, F4E2M1FN]>;
def Hadal_FactorTensor : RankedTensorOf<[F8E4M3FN, F8E5M2, F4E2M1FN, F32, F16, BF16, F64]>;
def Hadal_ByteTensor : RankedTensorOf<[UI8, I8]>;

def Hadal_FloorOf : Hadal_I32Enum<"FloorOf", "what a floor holds from below", [
  I32EnumAttrCase<"Amax", 0, "amax">, I32EnumAttrCase<"Scale", 1, "scale">
]>;
def Hadal_FloorOfAttr : Hadal_EnumAttr<Hadal_FloorOf, "floor_of">;

def Hadal_ScaleRounding : Hadal_I32Enum<"ScaleRounding", "how a scale becomes a power of two", [
  I32EnumAttrCase<"None", 0, "none">, // it does not
  I32EnumAttrCase<"Up", 1, "up">, I32EnumAttrCase<"Down", 2, "down">,
  I32EnumAttrCase<"Mx", 3, "mx"> // the exponent of amax less that of the largest number
]>;
def Hadal_ScaleRoundingAttr : Hadal_EnumAttr<Hadal_ScaleRounding, "scale_rounding">;

def Hadal_ScaledBy : Hadal_I32Enum<"ScaledBy", "the arithmetic by which an element is scaled", [
  I32EnumAttrCase<"Divide", 0, "divide">,         // x / s
  I32EnumAttrCase<"Reciprocal", 1, "reciprocal">, // x · (1 / s)
  I32EnumAttrCase<"Amax", 2, "amax">              // x · (largest / amax)
]>;
def Hadal_ScaledByAttr : Hadal_EnumAttr<Hadal_ScaledBy, "scaled_by">;

def Hadal_CacheLayout : Hadal_I32Enum<"CacheLayout", "how the bytes of an FP8 cache entry stand", [
  I32EnumAttrCase<"V32", 0, "v32">, // DeepSeek-V3.2: one run of bytes a token
  I32EnumAttrCase<"V4", 1, "v4">    // DeepSeek-V4: the scales of a page behind its data
]>;
def Hadal_CacheLayoutAttr : Hadal_EnumAttr<Hadal_CacheLayout, "cache_layout">;

def Hadal_QuantizeOp : Hadal_Op<"quantize"> {
  let summary = "floats to 8 or 4 bits with a scale for each block";
  let description = [{
    The last two dimensions of x, M and K, are cut into blocks of
    `block [bm, bk]`, short ones at the end where bm or bk does not divide. For
    each block, every step in f32, rounded to nearest even:

    ```
    amax = max |x| over the block                  NaN if one is NaN
    amax = max(amax, floor)                        floor amax
    s    = amax / largest                          largest = 448 (e4m3), 57344 (e5m2), 6 (e2m1)
    s    = max(s, floor)                           floor scale
    s    = 1 where it is 0                         no floor, and a block of zeros
    s    = s                                       scale_rounding none (the default)
         = 2^ceil(log2 s)                          scale_rounding up
         = 2^floor(log2 s)                         scale_rounding down
         = 2^(floor(log2 amax) − e)                scale_rounding mx; 2^e ≤ largest < 2^(e+1): e = 8, 15, 2
    y    = x / s                                   by divide (the default)
         = x · (1 / s)                             by reciprocal
         = x · (largest / amax)                    by amax
    q    = y clamped to [−largest, largest], rounded to nearest even
    ```

    The exponents of powers of two are clamped to [−127, 127].

    Constraints:
    - C1: x has rank ≥ 2.
    - C2: block has two numbers, at least 1 each.
    - C3: q has x's shape; scales is [..., ceil(M / bm), ceil(K / bk)].
    - C4: the floor says what it is of and is a positive finite number, or there is none; `floor scale` not with `mx`.
    - C5: scales of f8E8M0FNU need a scale_rounding other than `none`.
    - C6: `by amax` needs scale_rounding `none` and no `floor scale`.

    Example:

    ```mlir
    %q, %s = hadal.quantize %x block [1, 128] floor amax 1.0e-4
        : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>)
    %p, %t = hadal.quantize %x block [1, 32] scale_rounding mx
        : (tensor<?x7168xbf16>) -> (tensor<?x7168xf4E2M1FN>, tensor<?x224xf8E8M0FNU>)
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, DenseI64ArrayAttr:$block, OptionalAttr<Hadal_FloorOfAttr>:$floor_of,
                       OptionalAttr<F32Attr>:$floor,
                       DefaultValuedAttr<Hadal_ScaleRoundingAttr, "ScaleRounding::None">:$scale_rounding,
                       DefaultValuedAttr<Hadal_ScaledByAttr, "ScaledBy::Divide">:$by);
  let results = (outs Hadal_NarrowTensor:$q, Hadal_ScaleTensor:$scales);
  let assemblyFormat = [{
    $x `block` $block (`floor` `` $floor_of^ $floor)? (`scale_rounding` `` $scale_rounding^)? (`by` `` $by^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The largest number of a format, and the exponent of it.
    static double getLargest(::mlir::Type type);
    static int getLargestExponent(::mlir::Type type);
  }];
}

def Hadal_DequantizeOp : Hadal_Op<"dequantize"> {
  let summary = "block-scaled numbers to floats";
  let description = [{
    `y[…,m,k] = q[…,m,k] · scales[…, m / bm, k / bk]`, the exact product rounded
    once to the result's type, to nearest even.

    Constraints:
    - C1: q has rank ≥ 2.
    - C2: block has two numbers, at least 1 each.
    - C3: scales is [..., ceil(M / bm), ceil(K / bk)].
    - C4: the result has q's shape.

    Example:

    ```mlir
    %y = hadal.dequantize %q, %s block [128, 128]
        : (tensor<576x7168xf8E4M3FN>, tensor<5x56xf32>) -> tensor<576x7168xbf16>
    ```
  }];
  let arguments = (ins Hadal_NarrowTensor:$q, Hadal_ScaleTensor:$scales, DenseI64ArrayAttr:$block);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$q `,` $scales `block` $block attr-dict `:` functional-type(operands, results)";
}

def Hadal_ScaledMatmulOp : Hadal_Op<"scaled_matmul", [AttrSizedOperandSegments, Hadal_RequiredOperands<2>]> {
  let summary = "a matmul of block-scaled operands";
  let description = [{
    With A and B the operands times their scales (as `hadal.dequantize`, but
    unrounded; an operand without scales is itself):

    ```
    out[…,m,n] = Σ_k A[…,m,k] · B[…,k,n] + bias[n] + accumulate[…,m,n]
    ```

    b is stored [..., K, N] or, with `transposed`, [..., N, K]; its scales and
    their block go by the dimensions as stored. Operands may be of different
    types: FP8 × FP8, bf16 × FP4. b of rank 2 serves the whole batch.

    `promote p`: an execution may add up p products in a narrower accumulator
    before it adds them in f32 (DeepSeek-V3's FP8 matmul: 128). Real arithmetic,
    which the reference does, is the same for every p.

    Constraints:
    - C1: a has rank ≥ 2 [..., M, K]; b has rank 2 or a's rank.
    - C2: a and b agree in K, and in the batch dimensions where b has them.
    - C3: scales and their block come together; the block has two numbers, at least 1 each.
    - C4: scales are [..., ceil(P / bp), ceil(Q / bq)] for an operand [..., P, Q] as stored.
    - C5: the result is [..., M, N].
    - C6: the bias is [N], the accumulator [..., M, N], both floats of any type.
    - C7: the promotion interval is at least 1.

    Example:

    ```mlir
    %d = hadal.scaled_matmul %a, %b a_scales %sa block [1, 128] b_scales %sb block [128, 128] transposed promote 128
        : (tensor<?x7168xf8E4M3FN>, tensor<2112x7168xf8E4M3FN>, tensor<?x56xf32>, tensor<17x56xf32>) -> tensor<?x2112xbf16>
    %e = hadal.scaled_matmul %x, %w b_scales %sw block [1, 32] transposed bias %c
        : (tensor<?x2880xbf16>, tensor<5760x2880xf4E2M1FN>, tensor<5760x90xf8E8M0FNU>, tensor<5760xbf16>) -> tensor<?x5760xbf16>
    ```
  }];
  let arguments = (ins Hadal_FactorTensor:$a, Hadal_FactorTensor:$b, Optional<Hadal_ScaleTensor>:$a_scales,
                       Optional<Hadal_ScaleTensor>:$b_scales, Optional<Hadal_FloatTensor>:$bias,
                       Optional<Hadal_FloatTensor>:$accumulator, OptionalAttr<DenseI64ArrayAttr>:$a_block,
                       OptionalAttr<DenseI64ArrayAttr>:$b_block, UnitAttr:$transposed,
                       OptionalAttr<I64Attr>:$promote);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = [{
    $a `,` $b (`a_scales` $a_scales^ `block` $a_block)? (`b_scales` $b_scales^ `block` $b_block)?
    (`transposed` $transposed^)? (`bias` $bias^)? (`accumulate` $accumulator^)? (`promote` $promote^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Hadal_PackFp4Op : Hadal_Op<"pack_fp4"> {
  let summary = "two e2m1 numbers to a byte";
  let description = [{
    `out[…,i] = bits(x[…,2i]) | bits(x[…,2i+1]) << 4`: the first of a pair stands
    in the low four bits, as in MXFP4 weights (GPT-OSS).

    Constraints:
    - C1: x has rank ≥ 1 and an even last dimension K.
    - C2: the result is x's shape with K/2 last.

    Example:

    ```mlir
    %p = hadal.pack_fp4 %x : (tensor<?x2880xf4E2M1FN>) -> tensor<?x1440xui8>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F4E2M1FN]>:$x);
  let results = (outs Hadal_ByteTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Hadal_UnpackFp4Op : Hadal_Op<"unpack_fp4"> {
  let summary = "bytes to the two e2m1 numbers in each";
  let description = [{
    `out[…,2i] = e2m1(x[…,i] & 15)`, `out[…,2i+1] = e2m1(x[…,i] >> 4 & 15)`: the
    inverse of `hadal.pack_fp4`.

    Constraints:
    - C1: x has rank ≥ 1.
    - C2: the result is x's shape with twice its last dimension.

    Example:

    ```mlir
    %x = hadal.unpack_fp4 %p : (tensor<?x1440xui8>) -> tensor<?x2880xf4E2M1FN>
    ```
  }];
  let arguments = (ins Hadal_ByteTensor:$x);
  let results = (outs RankedTensorOf<[F4E2M1FN]>:$result);
  let hasFolder = 1;
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Hadal_PackCacheOp : Hadal_Op<"pack_cache"> {
  let summary = "latents and rotated keys to the bytes of an FP8 cache";
  let description = [{
    Latents of L columns become e4m3 with a scale for each tile of a token's
    columns, the R columns of k_pe become bf16:

    ```
    s = 2^ceil(log2 max(amax / 448, 1e-4)),  q = latent / s      (hadal.quantize block [1, tile] floor scale 1.0e-4
                                                                  scale_rounding up)
    ```

    `layout v32` (DeepSeek-V3.2; tile 128; L = 512, R = 64: 656 bytes) gives each
    token its bytes in one run:

    ```
    [ L bytes: q | 4·L/128 bytes: s, f32 | 2·R bytes: k_pe, bf16 ]
    ```

    `layout v4` (DeepSeek-V4; tile 64; L = 448, R = 64: 584 bytes) gives each
    page of P tokens (the last dimension but one) its bytes in one run, the
    scales behind the data of all its tokens:

    ```
    [ P × (L bytes: q | 2·R bytes: k_pe, bf16) | P × (L/64 bytes: s, e8m0 | zeros up to a multiple of 8) | zeros ]
    ```

    with zeros at the end up to a multiple of `align` bytes (1 if not given;
    576 in FlashMLA). Numbers of more than one byte are little endian.

    Constraints:
    - C1: latent and k_pe have one float type and one rank ≥ 2, and agree in all dimensions but the last.
    - C2: their last dimensions are static; L is a positive multiple of the tile, R positive.
    - C3: the result is [..., bytes of a token] (v32: one dimension changes) or [..., bytes of a page] (v4: one fewer).
    - C4: `align` goes with v4 and is at least 1.

    Example:

    ```mlir
    %c = hadal.pack_cache %latent, %k_pe layout v32
        : (tensor<?x64x512xbf16>, tensor<?x64x64xbf16>) -> tensor<?x64x656xui8>
    %d = hadal.pack_cache %latent4, %k_pe layout v4 align 576
        : (tensor<?x64x448xbf16>, tensor<?x64x64xbf16>) -> tensor<?x37440xui8>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$latent, Hadal_FloatTensor:$k_pe, Hadal_CacheLayoutAttr:$layout,
                       OptionalAttr<I64Attr>:$align);
  let results = (outs Hadal_ByteTensor:$result);
  let assemblyFormat = [{
    $latent `,` $k_pe `layout` `` $layout (`align` $align^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_UnpackCacheOp : Hadal_Op<"unpack_cache"> {
  let summary = "the bytes of an FP8 cache to latents and rotated keys";
  let description = [{
    The inverse of `hadal.pack_cache`, but for what was lost by rounding:
    `latent = q · s` and k_pe, each rounded once to the results' type. The sizes
    L and R are those of the results; `page P` says how many tokens a page of
    layout v4 holds.

    Constraints:
    - C1: latent and k_pe have one float type and one rank ≥ 2, and agree in all dimensions but the last.
    - C2: their last dimensions are static; L is a positive multiple of the tile (128 in v32, 64 in v4), R positive.
    - C3: v4 has a page of at least 1 token, v32 none.
    - C4: x is [..., bytes of a token] (v32) or [..., bytes of a page] (v4), the results [..., L] and [..., R] or
      [..., P, L] and [..., P, R].
    - C5: `align` goes with v4 and is at least 1.

    Example:

    ```mlir
    %latent, %k_pe = hadal.unpack_cache %c layout v32
        : (tensor<?x64x656xui8>) -> (tensor<?x64x512xbf16>, tensor<?x64x64xbf16>)
    %latent4, %k_pe4 = hadal.unpack_cache %d layout v4 page 64 align 576
        : (tensor<?x37440xui8>) -> (tensor<?x64x448xbf16>, tensor<?x64x64xbf16>)
    ```
  }];
  let arguments = (ins Hadal_ByteTensor:$x, Hadal_CacheLayoutAttr:$layout, OptionalAttr<I64Attr>:$page,
                       OptionalAttr<I64Attr>:$align);
  let results = (outs Hadal_FloatTensor:$latent, Hadal_FloatTensor:$k_pe);
  let assemblyFormat = [{
    $x `layout` `` $layout (`page` $page^)? (`align` $align^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_HadamardOp : Hadal_Op<"hadamard", [SameOperandsAndResultType]> {
  let summary = "the Hadamard transform of the last dimension";
  let description = [{
    `out[…,i] = scale · Σ_j (−1)^popcount(i & j) · x[…,j]`: Sylvester's order. DSA
    rotates its indexer's queries and keys so, with scale d^−½, before it
    quantises them.

    Constraints:
    - C1: x has rank ≥ 1 and a static last dimension that is a power of two.
    - C2: scale is finite.

    Example:

    ```mlir
    %y = hadal.hadamard %x scale 0.08838834764831845 : tensor<?x64x128xbf16>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$x, F32Attr:$scale);
  let results = (outs Hadal_FloatTensor:$result);
  let assemblyFormat = "$x `scale` $scale attr-dict `:` type($x)";
}

#endif // HADAL_DIALECTS_HADAL_IR_QUANTIZATION_TD
