// RUN: hadal-run --target=reference %s

// Blocks [1, 4] of a row of 6: the second is short. amax 7 gives s = 7 / 448 = 1/64, exactly; x / s = 64·x is
// 448, −224, 32, 12; e4m3 holds all of them. The second block: amax 0.5, s = 0.5 / 448 = 0.00111607143 in f32,
// x / s is 448 and, for 0.25, 224.
func.func @quantize() {
  %x = arith.constant dense<[[7.0, -3.5, 0.5, 0.1875, 0.5, 0.25]]> : tensor<1x6xf32>
  %q, %s = hadal.quantize %x block [1, 4] : (tensor<1x6xf32>) -> (tensor<1x6xf8E4M3FN>, tensor<1x2xf32>)
  %eq = arith.constant dense<[[448.0, -224.0, 32.0, 12.0, 448.0, 224.0]]> : tensor<1x6xf8E4M3FN>
  %es = arith.constant dense<[[0.015625, 0.00111607143]]> : tensor<1x2xf32>
  check.expect_eq %q, %eq : tensor<1x6xf8E4M3FN>, tensor<1x6xf8E4M3FN>
  check.expect_eq %s, %es : tensor<1x2xf32>, tensor<1x2xf32>
  %y = hadal.dequantize %q, %s block [1, 4] : (tensor<1x6xf8E4M3FN>, tensor<1x2xf32>) -> tensor<1x6xf32>
  check.expect_close %y, %x tolerance 1.0e-7 : tensor<1x6xf32>, tensor<1x6xf32>
  return
}

// Blocks of two dimensions: [2, 2] of [3, 3], with tails in both. amax of the blocks: 448, 2; 1, 4.
func.func @blocks() {
  %x = arith.constant dense<[[448.0, 1.0, 2.0], [-3.0, 5.0, -1.0], [0.5, 1.0, -4.0]]> : tensor<3x3xf32>
  %q, %s = hadal.quantize %x block [2, 2] scale_rounding down
      : (tensor<3x3xf32>) -> (tensor<3x3xf8E4M3FN>, tensor<2x2xf8E8M0FNU>)
  // s: 1, 2/448 = 2^-7.8 down to 2^-8, 1/448 = 2^-8.8 down to 2^-9, 4/448 to 2^-7.
  // x / s: 2 · 256 = 512 is clamped to 448; −1 · 256 = −256; 0.5 · 512 = 256; 1 · 512 and −4 · 128 are clamped.
  %es = arith.constant dense<[[1.0, 0.00390625], [0.001953125, 0.0078125]]> : tensor<2x2xf8E8M0FNU>
  %eq = arith.constant dense<[[448.0, 1.0, 448.0], [-3.0, 5.0, -256.0], [256.0, 448.0, -448.0]]> : tensor<3x3xf8E4M3FN>
  check.expect_eq %s, %es : tensor<2x2xf8E8M0FNU>, tensor<2x2xf8E8M0FNU>
  check.expect_eq %q, %eq : tensor<3x3xf8E4M3FN>, tensor<3x3xf8E4M3FN>
  return
}

// Rounding up: 7/448 = 2^-6 stays, 8/448 = 2^-5.8 becomes 2^-5.
func.func @powers_of_two() {
  %x = arith.constant dense<[[7.0], [8.0], [0.0]]> : tensor<3x1xf32>
  %q, %s = hadal.quantize %x block [1, 1] scale_rounding up : (tensor<3x1xf32>) -> (tensor<3x1xf8E4M3FN>, tensor<3x1xf8E8M0FNU>)
  %es = arith.constant dense<[[0.015625], [0.03125], [1.0]]> : tensor<3x1xf8E8M0FNU>
  %eq = arith.constant dense<[[448.0], [256.0], [0.0]]> : tensor<3x1xf8E4M3FN>
  check.expect_eq %s, %es : tensor<3x1xf8E8M0FNU>, tensor<3x1xf8E8M0FNU>
  check.expect_eq %q, %eq : tensor<3x1xf8E4M3FN>, tensor<3x1xf8E4M3FN>
  return
}

// The MX convention: amax 7 has the exponent 2, e2m1's largest number too: s = 1, and 7 is clamped to 6. 5 is halfway
// between 4 and 6 and goes to the even 4; 0.25 between 0 and 0.5, to 0. amax 0.75: exponent −1, s = 2^-3.
func.func @mx() {
  %x = arith.constant dense<[[7.0, 5.0, -0.25, 2.6], [0.75, -0.5, 0.0625, 0.09375]]> : tensor<2x4xbf16>
  %q, %s = hadal.quantize %x block [1, 4] scale_rounding mx : (tensor<2x4xbf16>) -> (tensor<2x4xf4E2M1FN>, tensor<2x1xf8E8M0FNU>)
  %es = arith.constant dense<[[1.0], [0.125]]> : tensor<2x1xf8E8M0FNU>
  %eq = arith.constant dense<[[6.0, 4.0, -0.0, 3.0], [6.0, -4.0, 0.5, 1.0]]> : tensor<2x4xf4E2M1FN>
  check.expect_eq %s, %es : tensor<2x1xf8E8M0FNU>, tensor<2x1xf8E8M0FNU>
  check.expect_eq %q, %eq : tensor<2x4xf4E2M1FN>, tensor<2x4xf4E2M1FN>
  // e5m2: the largest number's exponent is 15; amax 7 gives 2^(2 − 15), 7 · 2^13 = 57344.
  %r, %t = hadal.quantize %x block [2, 4] scale_rounding mx : (tensor<2x4xbf16>) -> (tensor<2x4xf8E5M2>, tensor<1x1xf32>)
  %et = arith.constant dense<1.220703125e-4> : tensor<1x1xf32>
  check.expect_eq %t, %et : tensor<1x1xf32>, tensor<1x1xf32>
  // 5 · 8192 = 40960; −2048; 2.59375 (the bf16 next to 2.6) · 8192 = 21248, to 20480; 6144; −4096; 512; 768.
  %er = arith.constant dense<[[57344.0, 40960.0, -2048.0, 20480.0], [6144.0, -4096.0, 512.0, 768.0]]> : tensor<2x4xf8E5M2>
  check.expect_eq %r, %er : tensor<2x4xf8E5M2>, tensor<2x4xf8E5M2>
  return
}

// Floors: of amax, 2 counts as 4.48, s = 0.01; 1 / s = 100 lies halfway between 96 and 104, 200 between 192 and 208:
// to the even. Of the scale, s = 0.5. Without a floor a block of zeros has s = 1.
func.func @floors() {
  %x = arith.constant dense<[[1.0, -2.0], [0.0, -0.0]]> : tensor<2x2xf32>
  %q, %s = hadal.quantize %x block [2, 2] floor amax 4.48 : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<1x1xf32>)
  %es = arith.constant dense<0.01> : tensor<1x1xf32>
  %eq = arith.constant dense<[[96.0, -192.0], [0.0, -0.0]]> : tensor<2x2xf8E4M3FN>
  check.expect_eq %s, %es : tensor<1x1xf32>, tensor<1x1xf32>
  check.expect_eq %q, %eq : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E4M3FN>
  %q1, %s1 = hadal.quantize %x block [1, 2] floor scale 0.5 : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<2x1xf32>)
  %es1 = arith.constant dense<0.5> : tensor<2x1xf32>
  %eq1 = arith.constant dense<[[2.0, -4.0], [0.0, 0.0]]> : tensor<2x2xf8E4M3FN>
  check.expect_eq %s1, %es1 : tensor<2x1xf32>, tensor<2x1xf32>
  check.expect_eq %q1, %eq1 : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E4M3FN>
  %zero = arith.constant dense<0.0> : tensor<1x2xf32>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %q2, %s2 = hadal.quantize %zero block [1, 2] : (tensor<1x2xf32>) -> (tensor<1x2xf8E4M3FN>, tensor<1x1xf32>)
  check.expect_eq %s2, %one : tensor<1x1xf32>, tensor<1x1xf32>
  %q3, %s3 = hadal.quantize %zero block [1, 2] by amax : (tensor<1x2xf32>) -> (tensor<1x2xf8E4M3FN>, tensor<1x1xf32>)
  check.expect_eq %s3, %one : tensor<1x1xf32>, tensor<1x1xf32>
  check.expect_eq %q3, %q2 : tensor<1x2xf8E4M3FN>, tensor<1x2xf8E4M3FN>
  // amax 1e-44 is a number, amax / 448 is 0 in f32.
  %tiny = arith.constant dense<1.0e-44> : tensor<1x2xf32>
  %q4, %s4 = hadal.quantize %tiny block [1, 2] : (tensor<1x2xf32>) -> (tensor<1x2xf8E4M3FN>, tensor<1x1xf32>)
  check.expect_eq %s4, %one : tensor<1x1xf32>, tensor<1x1xf32>
  check.expect_eq %q4, %q2 : tensor<1x2xf8E4M3FN>, tensor<1x2xf8E4M3FN>
  // The exponent of a power of two is at least −127 (0x00400000).
  %q5, %s5 = hadal.quantize %tiny block [1, 2] scale_rounding mx : (tensor<1x2xf32>) -> (tensor<1x2xf8E4M3FN>, tensor<1x1xf32>)
  %es5 = arith.constant dense<0x00400000> : tensor<1x1xf32>
  check.expect_eq %s5, %es5 : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

// Three functions. 4.875 is 3/4 of amax 6.5, 7.125 of 9.5, and 336 = 3/4 · 448 lies halfway between 320 (even) and 352.
// In f32 4.875 / s and 7.125 / s are 336; x · (1 / s) is 336.00003 for both; x · (448 / amax) 336.00003 and 336.
func.func @three_ways() {
  %x = arith.constant dense<[[6.5, 4.875], [9.5, 7.125]]> : tensor<2x2xf32>
  %q, %s = hadal.quantize %x block [1, 2] by divide : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<2x1xf32>)
  %r, %t = hadal.quantize %x block [1, 2] by reciprocal : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<2x1xf32>)
  %a, %u = hadal.quantize %x block [1, 2] by amax : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<2x1xf32>)
  check.expect_eq %s, %t : tensor<2x1xf32>, tensor<2x1xf32>
  check.expect_eq %s, %u : tensor<2x1xf32>, tensor<2x1xf32>
  %eq = arith.constant dense<[[448.0, 320.0], [448.0, 320.0]]> : tensor<2x2xf8E4M3FN>
  %er = arith.constant dense<[[448.0, 352.0], [448.0, 352.0]]> : tensor<2x2xf8E4M3FN>
  %ea = arith.constant dense<[[448.0, 352.0], [448.0, 320.0]]> : tensor<2x2xf8E4M3FN>
  check.expect_eq %q, %eq : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E4M3FN>
  check.expect_eq %r, %er : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E4M3FN>
  check.expect_eq %a, %ea : tensor<2x2xf8E4M3FN>, tensor<2x2xf8E4M3FN>
  return
}

// NaN makes the scale NaN and with it the block, in e2m1 too (where q is 6, but 6 · NaN is NaN). Infinity: s is
// infinite (NaN in e8m0), finite numbers become 0, infinite ones NaN.
func.func @not_finite() {
  %x = arith.constant dense<[[1.0, 0x7FC00000], [0xFF800000, -1.0]]> : tensor<2x2xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<2x2xf32>
  %q, %s = hadal.quantize %x block [1, 2] floor amax 1.0e-4 : (tensor<2x2xf32>) -> (tensor<2x2xf8E4M3FN>, tensor<2x1xf32>)
  %w = arith.extf %q : tensor<2x2xf8E4M3FN> to tensor<2x2xf32>
  %ew = arith.constant dense<[[0x7FC00000, 0x7FC00000], [0x7FC00000, -0.0]]> : tensor<2x2xf32>
  %es = arith.constant dense<[[0x7FC00000], [0x7F800000]]> : tensor<2x1xf32>
  check.expect_eq %w, %ew : tensor<2x2xf32>, tensor<2x2xf32>
  check.expect_eq %s, %es : tensor<2x1xf32>, tensor<2x1xf32>
  %p, %t = hadal.quantize %x block [1, 2] scale_rounding mx : (tensor<2x2xf32>) -> (tensor<2x2xf4E2M1FN>, tensor<2x1xf8E8M0FNU>)
  %y = hadal.dequantize %p, %t block [1, 2] : (tensor<2x2xf4E2M1FN>, tensor<2x1xf8E8M0FNU>) -> tensor<2x2xf32>
  check.expect_eq %y, %nan : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// The product is rounded once, to the result's type: 3.5 · 1.0078125 = 3.52734375, in bf16 3.53125 (steps of 1/64).
func.func @dequantize() {
  %q = arith.constant dense<[[3.5], [-3.5]]> : tensor<2x1xf8E4M3FN>
  %s = arith.constant dense<[[1.0078125]]> : tensor<1x1xf32>
  %y = hadal.dequantize %q, %s block [2, 8] : (tensor<2x1xf8E4M3FN>, tensor<1x1xf32>) -> tensor<2x1xbf16>
  %w = arith.extf %y : tensor<2x1xbf16> to tensor<2x1xf32>
  %e = arith.constant dense<[[3.53125], [-3.53125]]> : tensor<2x1xf32>
  check.expect_eq %w, %e : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// No rows, no columns.
func.func @empty() {
  %x = tensor.empty() : tensor<0x5xf32>
  %q, %s = hadal.quantize %x block [1, 2] : (tensor<0x5xf32>) -> (tensor<0x5xf8E4M3FN>, tensor<0x3xf32>)
  %y = hadal.dequantize %q, %s block [1, 2] : (tensor<0x5xf8E4M3FN>, tensor<0x3xf32>) -> tensor<0x5xf32>
  check.expect_eq %x, %y : tensor<0x5xf32>, tensor<0x5xf32>
  %a = tensor.empty() : tensor<2x0xf8E4M3FN>
  %sa = tensor.empty() : tensor<2x0xf32>
  %b = tensor.empty() : tensor<0x3xf32>
  %d = hadal.scaled_matmul %a, %b a_scales %sa block [1, 128]
      : (tensor<2x0xf8E4M3FN>, tensor<0x3xf32>, tensor<2x0xf32>) -> tensor<2x3xf32>
  %z = arith.constant dense<0.0> : tensor<2x3xf32>
  check.expect_eq %d, %z : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

// A = [1 2 3] · (2 2 10) = [2 4 30]; B = [[1 1 1], [0 2 -1]] · (row 0: 1 1 3; row 1 in the same block: 1 1 3)
// = [[1 1 3], [0 2 -3]]. A·Bᵀ = [2 + 4 + 90, 8 − 90] = [96, −82]; with bias 1, 2 and accumulator 10, 20: [107, −60].
func.func @scaled_matmul() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf8E4M3FN>
  %sa = arith.constant dense<[[2.0, 10.0]]> : tensor<1x2xf32>
  %b = arith.constant dense<[[1.0, 1.0, 1.0], [0.0, 2.0, -1.0]]> : tensor<2x3xf8E4M3FN>
  %sb = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %bias = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %acc = arith.constant dense<[[10.0, 20.0]]> : tensor<1x2xf32>
  %d = hadal.scaled_matmul %a, %b a_scales %sa block [1, 2] b_scales %sb block [2, 2] transposed promote 2
      : (tensor<1x3xf8E4M3FN>, tensor<2x3xf8E4M3FN>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %ed = arith.constant dense<[[96.0, -82.0]]> : tensor<1x2xf32>
  check.expect_eq %d, %ed : tensor<1x2xf32>, tensor<1x2xf32>
  %e = hadal.scaled_matmul %a, %b a_scales %sa block [1, 2] b_scales %sb block [2, 2] transposed bias %bias accumulate %acc
      : (tensor<1x3xf8E4M3FN>, tensor<2x3xf8E4M3FN>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<2xf32>, tensor<1x2xf32>)
      -> tensor<1x2xf32>
  %ee = arith.constant dense<[[107.0, -60.0]]> : tensor<1x2xf32>
  check.expect_eq %e, %ee : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// bf16 × FP4, stored [K, N], blocks of 2 along K; a batch of two, and b for both.
func.func @mixed_matmul() {
  %a = arith.constant dense<[[[1.0, 2.0, 3.0]], [[0.5, 0.0, -1.0]]]> : tensor<2x1x3xbf16>
  %b = arith.constant dense<[[1.0, -6.0], [0.5, 4.0], [2.0, 1.5]]> : tensor<3x2xf4E2M1FN>
  %sb = arith.constant dense<[[2.0, 0.5], [1.0, 4.0]]> : tensor<2x2xf8E8M0FNU>
  // B = [[2, −3], [1, 2], [2, 6]]: [2 + 2 + 6, −3 + 4 + 18], [1 − 2, −1.5 − 6].
  %d = hadal.scaled_matmul %a, %b b_scales %sb block [2, 1]
      : (tensor<2x1x3xbf16>, tensor<3x2xf4E2M1FN>, tensor<2x2xf8E8M0FNU>) -> tensor<2x1x2xf32>
  %ed = arith.constant dense<[[[10.0, 19.0]], [[-1.0, -7.5]]]> : tensor<2x1x2xf32>
  check.expect_eq %d, %ed : tensor<2x1x2xf32>, tensor<2x1x2xf32>
  return
}

// A batch of b as well: [1]·[2] and [3]·[5].
func.func @batched_matmul() {
  %a = arith.constant dense<[[[1.0]], [[3.0]]]> : tensor<2x1x1xf8E4M3FN>
  %b = arith.constant dense<[[[2.0]], [[5.0]]]> : tensor<2x1x1xf8E5M2>
  %sb = arith.constant dense<[[[1.0]], [[0.5]]]> : tensor<2x1x1xf32>
  %d = hadal.scaled_matmul %a, %b b_scales %sb block [1, 1]
      : (tensor<2x1x1xf8E4M3FN>, tensor<2x1x1xf8E5M2>, tensor<2x1x1xf32>) -> tensor<2x1x1xf32>
  %ed = arith.constant dense<[[[2.0]], [[7.5]]]> : tensor<2x1x1xf32>
  check.expect_eq %d, %ed : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  return
}

// e2m1: 1.0 is 2, −6.0 is 15, 0.5 is 1, −0.0 is 8: the first of a pair low.
func.func @fp4() {
  %x = arith.constant dense<[[1.0, -6.0, 0.5, -0.0]]> : tensor<1x4xf4E2M1FN>
  %p = hadal.pack_fp4 %x : (tensor<1x4xf4E2M1FN>) -> tensor<1x2xi8>
  %ep = arith.constant dense<[[0xF2, 0x81]]> : tensor<1x2xi8>
  check.expect_eq %p, %ep : tensor<1x2xi8>, tensor<1x2xi8>
  %u = hadal.pack_fp4 %x : (tensor<1x4xf4E2M1FN>) -> tensor<1x2xui8>
  %y = hadal.unpack_fp4 %u : (tensor<1x2xui8>) -> tensor<1x4xf4E2M1FN>
  %by = arith.bitcast %y : tensor<1x4xf4E2M1FN> to tensor<1x4xi4>
  %bx = arith.bitcast %x : tensor<1x4xf4E2M1FN> to tensor<1x4xi4>
  check.expect_eq %by, %bx : tensor<1x4xi4>, tensor<1x4xi4>
  return
}

// H of size 4: rows ++++, +−+−, ++−−, +−−+. x = 1 2 3 5: sums 11, −3, −5, 1; halved.
func.func @hadamard() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 5.0], [0.0, 0.0, 0.0, 2.0]]> : tensor<2x4xf32>
  %y = hadal.hadamard %x scale 0.5 : tensor<2x4xf32>
  %e = arith.constant dense<[[5.5, -1.5, -2.5, 0.5], [1.0, -1.0, -1.0, 1.0]]> : tensor<2x4xf32>
  check.expect_eq %y, %e : tensor<2x4xf32>, tensor<2x4xf32>
  %z = hadal.hadamard %y scale 0.5 : tensor<2x4xf32>
  check.expect_eq %z, %x : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

// One token of V3.2's layout with L = 128, R = 2: 128 bytes of q, 4 of s, 4 of k_pe. amax 7: s = 2^-6 = 0x3C800000;
// 7 / s = 448 = 0x7E, −3.5 / s = −224 = 0xF6; k_pe 1.0 = 0x3F80, −2.0 = 0xC000 in bf16. Little endian.
func.func @cache_v32() {
  %z = arith.constant dense<0.0> : tensor<1x1x126xf32>
  %first = arith.constant dense<[[[7.0, -3.5]]]> : tensor<1x1x2xf32>
  %c = tensor.concat dim(2) %first, %z : (tensor<1x1x2xf32>, tensor<1x1x126xf32>) -> tensor<1x1x128xf32>
  %k = arith.constant dense<[[[1.0, -2.0]]]> : tensor<1x1x2xf32>
  %b = hadal.pack_cache %c, %k layout v32 : (tensor<1x1x128xf32>, tensor<1x1x2xf32>) -> tensor<1x1x136xi8>
  %q = tensor.extract_slice %b[0, 0, 0] [1, 1, 3] [1, 1, 1] : tensor<1x1x136xi8> to tensor<3xi8>
  %eq = arith.constant dense<[0x7E, 0xF6, 0]> : tensor<3xi8>
  check.expect_eq %q, %eq : tensor<3xi8>, tensor<3xi8>
  %t = tensor.extract_slice %b[0, 0, 128] [1, 1, 8] [1, 1, 1] : tensor<1x1x136xi8> to tensor<8xi8>
  %et = arith.constant dense<[0x00, 0x00, 0x80, 0x3C, 0x80, 0x3F, 0x00, 0xC0]> : tensor<8xi8>
  check.expect_eq %t, %et : tensor<8xi8>, tensor<8xi8>
  %l, %r = hadal.unpack_cache %b layout v32 : (tensor<1x1x136xi8>) -> (tensor<1x1x128xf32>, tensor<1x1x2xf32>)
  check.expect_eq %l, %c : tensor<1x1x128xf32>, tensor<1x1x128xf32>
  check.expect_eq %r, %k : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// A page of two tokens of V4's layout with L = 64, R = 1: 2 · 66 bytes of data, 2 · 8 of scales, 4 up to 152 = 8 · 19.
// Token 0 is all 7: s = 2^-6 is 121 in e8m0; token 1 is all 0: amax / 448 is raised to 1e-4, s = 2^-13 is 114.
func.func @cache_v4() {
  %seven = arith.constant dense<7.0> : tensor<1x1x64xf32>
  %zero = arith.constant dense<0.0> : tensor<1x1x64xf32>
  %c = tensor.concat dim(1) %seven, %zero : (tensor<1x1x64xf32>, tensor<1x1x64xf32>) -> tensor<1x2x64xf32>
  %k = arith.constant dense<[[[1.0], [-2.0]]]> : tensor<1x2x1xf32>
  %b = hadal.pack_cache %c, %k layout v4 align 8 : (tensor<1x2x64xf32>, tensor<1x2x1xf32>) -> tensor<1x152xi8>
  %t = tensor.extract_slice %b[0, 63] [1, 4] [1, 1] : tensor<1x152xi8> to tensor<4xi8>
  %et = arith.constant dense<[0x7E, 0x80, 0x3F, 0x00]> : tensor<4xi8>
  check.expect_eq %t, %et : tensor<4xi8>, tensor<4xi8>
  %s = tensor.extract_slice %b[0, 129] [1, 23] [1, 1] : tensor<1x152xi8> to tensor<23xi8>
  %es = arith.constant dense<[0, 0, 0xC0, 121, 0, 0, 0, 0, 0, 0, 0, 114, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]> : tensor<23xi8>
  check.expect_eq %s, %es : tensor<23xi8>, tensor<23xi8>
  %l, %r = hadal.unpack_cache %b layout v4 page 2 align 8 : (tensor<1x152xi8>) -> (tensor<1x2x64xf32>, tensor<1x2x1xf32>)
  check.expect_eq %l, %c : tensor<1x2x64xf32>, tensor<1x2x64xf32>
  check.expect_eq %r, %k : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  return
}
