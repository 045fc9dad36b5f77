// RUN: hadal-run --target=reference %s

// Five tokens in blocks of two: the fifth makes no entry. Blocks of three at every token overlap.
func.func @mean() {
  %x = arith.constant dense<[[[[1.0], [3.0], [5.0], [7.0], [9.0]]]]> : tensor<1x1x5x1xf32>
  %0 = hadal.compress %x mean length 2 stride 2 : (tensor<1x1x5x1xf32>) -> tensor<1x1x2x1xf32>
  %e0 = arith.constant dense<[[[[2.0], [6.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %1 = hadal.compress %x mean length 3 stride 1 : (tensor<1x1x5x1xf32>) -> tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<[[[[3.0], [5.0], [7.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %1, %e1 tolerance 1.0e-9 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  // A stride beyond the length leaves tokens out.
  %2 = hadal.compress %x mean length 1 stride 3 : (tensor<1x1x5x1xf32>) -> tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[1.0], [7.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_eq %2, %e2 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Fewer tokens than a block has, and none at all: no entries.
func.func @short() {
  %x = arith.constant dense<1.0> : tensor<1x1x3x2xf32>
  %dx = tensor.cast %x : tensor<1x1x3x2xf32> to tensor<1x1x?x2xf32>
  %0 = hadal.compress %dx mean length 4 stride 2 : (tensor<1x1x?x2xf32>) -> tensor<1x1x?x2xf32>
  %c = tensor.cast %0 : tensor<1x1x?x2xf32> to tensor<1x1x0x2xf32>
  %e = arith.constant dense<> : tensor<1x1x0x2xf32>
  check.expect_eq %c, %e : tensor<1x1x0x2xf32>, tensor<1x1x0x2xf32>
  %none = arith.constant dense<> : tensor<1x1x0x2xf32>
  %1 = hadal.compress %none mean length 1 stride 4 : (tensor<1x1x0x2xf32>) -> tensor<1x1x0x2xf32>
  check.expect_eq %1, %e : tensor<1x1x0x2xf32>, tensor<1x1x0x2xf32>
  return
}

// 1 − 2 + 2·3 = 5 and 3 − 4 + 2·5 = 9 for head 0; head 1 has weights of its own: 1 + 3, 3 + 5.
func.func @weighted() {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0], [2.0], [3.0], [4.0], [5.0]]]]> : tensor<1x2x5x1xf32>
  %w = arith.constant dense<[[1.0, -1.0, 2.0], [1.0, 0.0, 1.0]]> : tensor<2x3xf32>
  %0 = hadal.compress %x weighted weight %w length 3 stride 2 : (tensor<1x2x5x1xf32>, tensor<2x3xf32>) -> tensor<1x2x2x1xf32>
  %e0 = arith.constant dense<[[[[5.0], [9.0]], [[4.0], [8.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
  // One set of weights for all heads.
  %w1 = arith.constant dense<[[1.0, -1.0, 2.0]]> : tensor<1x3xf32>
  %1 = hadal.compress %x weighted weight %w1 length 3 stride 2 : (tensor<1x2x5x1xf32>, tensor<1x3xf32>) -> tensor<1x2x2x1xf32>
  %e1 = arith.constant dense<[[[[5.0], [9.0]], [[5.0], [9.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_close %1, %e1 tolerance 1.0e-9 : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
  return
}

// With pe the blocks are (1.5, 2.5) and (5.5, 6.5); y = r0 · (1, 10) + r1 · (2, 20).
func.func @linear() {
  %x = arith.constant dense<[[[[1.0], [3.0], [5.0], [7.0], [9.0]]]]> : tensor<1x1x5x1xf32>
  %w = arith.constant dense<[[[[1.0, 10.0]], [[2.0, 20.0]]]]> : tensor<1x2x1x2xf32>
  %pe = arith.constant dense<[[[0.5], [-0.5]]]> : tensor<1x2x1xf32>
  %0 = hadal.compress %x linear weight %w pe %pe length 2 stride 2
      : (tensor<1x1x5x1xf32>, tensor<1x2x1x2xf32>, tensor<1x2x1xf32>) -> tensor<1x1x2x2xf32>
  %e0 = arith.constant dense<[[[[6.5, 65.0], [18.5, 185.0]]]]> : tensor<1x1x2x2xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  return
}

// Block (1, 3): hidden (4, 2 + 1) → 2·4 + 3·3 + 0.5. Block (5, 1): (6, −4 + 1 → 0) → 12.5.
func.func @mlp() {
  %x = arith.constant dense<[[[[1.0], [3.0], [5.0], [1.0]]]]> : tensor<1x1x4x1xf32>
  %w1 = arith.constant dense<[[[1.0, -1.0], [1.0, 1.0]]]> : tensor<1x2x2xf32>
  %b1 = arith.constant dense<[[0.0, 1.0]]> : tensor<1x2xf32>
  %w2 = arith.constant dense<[[[2.0], [3.0]]]> : tensor<1x2x1xf32>
  %b2 = arith.constant dense<0.5> : tensor<1x1xf32>
  %0 = hadal.compress %x mlp w1 %w1 bias1 %b1 activation relu w2 %w2 bias2 %b2 length 2 stride 2
      : (tensor<1x1x4x1xf32>, tensor<1x2x2xf32>, tensor<1x2xf32>, tensor<1x2x1xf32>, tensor<1x1xf32>) -> tensor<1x1x2x1xf32>
  %e0 = arith.constant dense<[[[[17.5], [12.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  // The same weight as [1, l, D, F].
  %w4 = arith.constant dense<[[[[1.0, -1.0]], [[1.0, 1.0]]]]> : tensor<1x2x1x2xf32>
  %1 = hadal.compress %x mlp w1 %w4 bias1 %b1 activation relu w2 %w2 bias2 %b2 length 2 stride 2
      : (tensor<1x1x4x1xf32>, tensor<1x2x1x2xf32>, tensor<1x2xf32>, tensor<1x2x1xf32>, tensor<1x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %1, %e0 tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  // silu(0) = 0 and gelu(0) = 0: an all-zero block gives 0 without biases.
  %z = arith.constant dense<0.0> : tensor<1x1x4x1xf32>
  %2 = hadal.compress %z mlp w1 %w1 activation silu w2 %w2 length 2 stride 2
      : (tensor<1x1x4x1xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>) -> tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_eq %2, %e2 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// An entry whose tokens are not all within the length is 0, whatever stands there.
func.func @ragged() {
  %x = arith.constant dense<[[[[1.0], [3.0], [5.0], [7.0]]], [[[1.0], [3.0], [5.0], [0x7FC00000]]],
                             [[[0x7FC00000], [0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<3x1x4x1xf32>
  %n = arith.constant dense<[4, 3, 0]> : tensor<3xi32>
  %0 = hadal.compress %x mean kv_lengths %n length 2 stride 2 : (tensor<3x1x4x1xf32>, tensor<3xi32>) -> tensor<3x1x2x1xf32>
  %e0 = arith.constant dense<[[[[2.0], [6.0]]], [[[2.0], [0.0]]], [[[0.0], [0.0]]]]> : tensor<3x1x2x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<3x1x2x1xf32>, tensor<3x1x2x1xf32>
  return
}

// Gates 0 and ln 3: (1 + 3·5) / 4. With the bias (ln 3, 0) both weigh the same. −inf leaves a token out; two of them, all.
func.func @gated() {
  %x = arith.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[0.0], [1.098612289]]]]> : tensor<1x1x2x1xf32>
  %0 = hadal.compress %x gated gate %g length 2 stride 2 : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32>
  %e0 = arith.constant dense<4.0> : tensor<1x1x1x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %b = arith.constant dense<[[1.098612289], [0.0]]> : tensor<2x1xf32>
  %1 = hadal.compress %x gated gate %g bias %b length 2 stride 2
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<2x1xf32>) -> tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  check.expect_close %1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %xn = arith.constant dense<[[[[0x7FC00000, 2.0], [5.0, 3.0]]]]> : tensor<1x1x2x2xf32>
  %gn = arith.constant dense<[[[[0xFF800000, 0xFF800000], [0.0, 0xFF800000]]]]> : tensor<1x1x2x2xf32>
  %2 = hadal.compress %xn gated gate %gn length 2 stride 2 : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32>
  %e2 = arith.constant dense<[[[[5.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %2, %e2 tolerance 1.0e-9 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

// Series A = 1…5, B = 10…50; the bias adds ln 3 to B at the second place. Entry 0 has B's tokens 0 and 1 alone:
// (10 + 3·20) / 4. Entry 1 has A's 0 and 1 and B's 2 and 3: (1 + 2 + 30 + 3·40) / 6. Token 4 makes no entry.
func.func @overlap() {
  %x = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0]]]]> : tensor<1x1x5x2xf32>
  %g = arith.constant dense<0.0> : tensor<1x1x5x2xf32>
  %b = arith.constant dense<[[0.0, 0.0], [0.0, 1.098612289]]> : tensor<2x2xf32>
  %0 = hadal.compress %x gated gate %g bias %b overlap length 4 stride 2
      : (tensor<1x1x5x2xf32>, tensor<1x1x5x2xf32>, tensor<2x2xf32>) -> tensor<1x1x2x1xf32>
  %e0 = arith.constant dense<[[[[17.5], [25.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  // With three valid tokens entry 1, which ends at token 3, is not whole.
  %n = arith.constant dense<[3]> : tensor<1xi64>
  %1 = hadal.compress %x gated gate %g bias %b overlap kv_lengths %n length 4 stride 2
      : (tensor<1x1x5x2xf32>, tensor<1x1x5x2xf32>, tensor<2x2xf32>, tensor<1xi64>) -> tensor<1x1x2x1xf32>
  %e1 = arith.constant dense<[[[[17.5], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Compression blocks of 32 at every 16, selection blocks of 64: weights 1 2 2 2 1 over c[4j−1 … 4j+3].
func.func @importance() {
  %p = arith.constant dense<[[[[1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0, 1000000.0]]]]> : tensor<1x1x1x7xf32>
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<1x1x1x7xf32>) -> tensor<1x1x1x2xf32>
  %e0 = arith.constant dense<[[[[1222.0, 2221000.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_eq %0, %e0 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  %c3 = arith.constant 3 : index
  %1 = hadal.block_importance %p length 32 stride 16 block 64 blocks %c3 : (tensor<1x1x1x7xf32>, index) -> tensor<1x1x1x3xf32>
  %e1 = arith.constant dense<[[[[1222.0, 2221000.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  check.expect_eq %1, %e1 : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
  // l = 4d and l' = 2d: Σ_{m<2} Σ_{n<4} p[2j + m − n]; for j = 1 one term for p[−1] and p[3], two for p[0…2].
  %2 = hadal.block_importance %p length 4 stride 1 block 2 : (tensor<1x1x1x7xf32>) -> tensor<1x1x1x2xf32>
  %e2 = arith.constant dense<[[[[12.0, 1222.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_eq %2, %e2 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  // No compression blocks: nothing is important.
  %none = arith.constant dense<> : tensor<1x1x1x0xf32>
  %3 = hadal.block_importance %none length 32 stride 16 block 64 : (tensor<1x1x1x0xf32>) -> tensor<1x1x1x1xf32>
  %e3 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_eq %3, %e3 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// The last block has one token. With three valid tokens the second block has one, the third none.
func.func @block_mean() {
  %k = arith.constant dense<[[[[1.0], [3.0], [5.0], [7.0], [9.0]]]]> : tensor<1x1x5x1xf32>
  %0 = hadal.block_mean %k block 2 : (tensor<1x1x5x1xf32>) -> tensor<1x1x3x1xf32>
  %e0 = arith.constant dense<[[[[2.0], [6.0], [9.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %kn = arith.constant dense<[[[[1.0], [3.0], [5.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x5x1xf32>
  %n = arith.constant dense<[3]> : tensor<1xi32>
  %1 = hadal.block_mean %kn kv_lengths %n block 2 : (tensor<1x1x5x1xf32>, tensor<1xi32>) -> tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<[[[[2.0], [5.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %1, %e1 tolerance 1.0e-9 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %none = arith.constant dense<> : tensor<1x1x0x1xf32>
  %2 = hadal.block_mean %none block 2 : (tensor<1x1x0x1xf32>) -> tensor<1x1x0x1xf32>
  check.expect_eq %2, %none : tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>
  return
}

// Two query heads on one kv head.
func.func @block_scores() {
  %q = arith.constant dense<[[[[1.0, 2.0]], [[0.0, -1.0]]]]> : tensor<1x2x1x2xf32>
  %m = arith.constant dense<[[[[3.0, 4.0], [5.0, 6.0]]]]> : tensor<1x1x2x2xf32>
  %0 = hadal.block_scores %q, %m : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x1x2xf32>
  %e0 = arith.constant dense<[[[[11.0, 17.0]], [[-4.0, -6.0]]]]> : tensor<1x2x1x2xf32>
  check.expect_eq %0, %e0 : tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>
  %1 = hadal.block_scores %q, %m scale 0.5 : (tensor<1x2x1x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x2x1x2xf32>
  %e1 = arith.constant dense<[[[[5.5, 8.5]], [[-2.0, -3.0]]]]> : tensor<1x2x1x2xf32>
  check.expect_eq %1, %e1 : tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>
  return
}

// Head 0 is (1, 2), head 1 (−1, 1): products 3, 0 with k₀ = (1, 1) and 5, 4 with k₁ = (−1, 3); −2 and −2 with k₂ are
// cut off. w = (0.5, 2), scale 2: 2·(0.5·3) and 2·(0.5·5 + 2·4). With q_scales (2, 0.5), k_scales (1, 10, 1):
// 2·1·(1·3) and 2·10·(1·5 + 1·4).
func.func @indexer() {
  %q = arith.constant dense<[[[[1.0, 2.0]], [[-1.0, 1.0]]]]> : tensor<1x2x1x2xf32>
  %k = arith.constant dense<[[[1.0, 1.0], [-1.0, 3.0], [0.0, -1.0]]]> : tensor<1x3x2xf32>
  %w = arith.constant dense<[[[0.5, 2.0]]]> : tensor<1x1x2xf32>
  %0 = hadal.indexer_scores %q, %k, %w scale 2.0
      : (tensor<1x2x1x2xf32>, tensor<1x3x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x3xf32>
  %e0 = arith.constant dense<[[[[3.0, 21.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  check.expect_eq %0, %e0 : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
  %qs = arith.constant dense<[[[2.0], [0.5]]]> : tensor<1x2x1xf32>
  %ks = arith.constant dense<[[1.0, 10.0, 1.0]]> : tensor<1x3xf32>
  %1 = hadal.indexer_scores %q, %k, %w q_scales %qs k_scales %ks scale 2.0
      : (tensor<1x2x1x2xf32>, tensor<1x3x2xf32>, tensor<1x1x2xf32>, tensor<1x2x1xf32>, tensor<1x3xf32>) -> tensor<1x1x1x3xf32>
  %e1 = arith.constant dense<[[[[6.0, 180.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  check.expect_eq %1, %e1 : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
  return
}

// FP8 operands with scales: 2 · 4 · 0.5 · (1·1 + 2·0.5).
func.func @indexer_fp8() {
  %q = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf8E4M3FN>
  %k = arith.constant dense<[[[1.0, 0.5]]]> : tensor<1x1x2xf8E4M3FN>
  %w = arith.constant dense<[[[0.5]]]> : tensor<1x1x1xf32>
  %ks = arith.constant dense<[[4.0]]> : tensor<1x1xf8E8M0FNU>
  %0 = hadal.indexer_scores %q, %k, %w k_scales %ks scale 2.0
      : (tensor<1x1x1x2xf8E4M3FN>, tensor<1x1x2xf8E4M3FN>, tensor<1x1x1xf32>, tensor<1x1xf8E8M0FNU>) -> tensor<1x1x1x1xf32>
  %e0 = arith.constant dense<8.0> : tensor<1x1x1x1xf32>
  check.expect_eq %0, %e0 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Gates of NaN make their entry NaN, and nothing before the first token is read for it.
func.func @overlap_of_nan() {
  %x = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %g = arith.constant dense<0x7FC00000> : tensor<1x1x2x2xf32>
  %y = hadal.compress %x gated gate %g overlap length 4 stride 2
      : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
  %e = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  check.expect_eq %y, %e : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}
