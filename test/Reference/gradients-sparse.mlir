// RUN: hadal-run --target=reference %s

// Blocks of 2 at every token: d_out = 2, 4, so token 1 gets half of both.
func.func @compress_mean() {
  %x = arith.constant dense<1.0> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %r = hadal.compress_grad %x d_out %g mean length 2 stride 1
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x3x1xf32>
  %e0 = arith.constant dense<[[[[1.0], [3.0], [2.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Tokens behind the last whole block get 0; those of an entry that kv_lengths cuts, too.
func.func @compress_tail() {
  %x = arith.constant dense<[[[[1.0], [1.0], [1.0], [1.0], [1.0]]], [[[1.0], [1.0], [0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<2x1x5x1xf32>
  %g = arith.constant dense<[[[[2.0], [4.0]]], [[[6.0], [0x7FC00000]]]]> : tensor<2x1x2x1xf32>
  %n = arith.constant dense<[5, 2]> : tensor<2xi32>
  %r = hadal.compress_grad %x d_out %g mean kv_lengths %n length 2 stride 2
      : (tensor<2x1x5x1xf32>, tensor<2x1x2x1xf32>, tensor<2xi32>) -> tensor<2x1x5x1xf32>
  %e0 = arith.constant dense<[[[[1.0], [1.0], [2.0], [2.0], [0.0]]], [[[3.0], [3.0], [0.0], [0.0], [0.0]]]]> : tensor<2x1x5x1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<2x1x5x1xf32>, tensor<2x1x5x1xf32>
  return
}

// Fewer tokens than a block has: no entry, no gradient.
func.func @compress_no_block() {
  %x = arith.constant dense<5.0> : tensor<1x1x1x1xf32>
  %g = arith.constant dense<> : tensor<1x1x0x1xf32>
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %r:2 = hadal.compress_grad %x d_out %g weighted weight %w length 2 stride 1
      : (tensor<1x1x1x1xf32>, tensor<1x1x0x1xf32>, tensor<1x2xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x2xf32>)
  %e0 = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// x = 1, 2, 3 and weights 1, 3: d_x = 2·1, 2·3 + 4·1, 4·3; d_weight = 2·1 + 4·2, 2·2 + 4·3.
func.func @compress_weighted() {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %r:2 = hadal.compress_grad %x d_out %g weighted weight %w length 2 stride 1
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x2xf32>) -> (tensor<1x1x3x1xf32>, tensor<1x2xf32>)
  %e0 = arith.constant dense<[[[[2.0], [10.0], [12.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<[[10.0, 16.0]]> : tensor<1x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// The same numbers as a linear map, with a code of 1 and 0 added: xb = 2, 2 and 3, 3; d_pe is the sum over the entries.
func.func @compress_linear() {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %w = arith.constant dense<[[[[1.0]], [[3.0]]]]> : tensor<1x2x1x1xf32>
  %p = arith.constant dense<[[[1.0], [0.0]]]> : tensor<1x2x1xf32>
  %r:3 = hadal.compress_grad %x d_out %g linear weight %w pe %p length 2 stride 1
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1xf32>) -> (tensor<1x1x3x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1xf32>)
  %e0 = arith.constant dense<[[[[2.0], [10.0], [12.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<[[[[16.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  %e2 = arith.constant dense<[[[6.0], [18.0]]]> : tensor<1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  return
}

// Blocks of one token: u = 2, -2; act = 2, 0. d_w2 = 2, d_u = 3, 0; d_x = 6, 0; d_w1 = 3, d_bias1 = 3; d_bias2 = 2.
func.func @compress_mlp() {
  %x = arith.constant dense<[[[[1.0], [-1.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %w = arith.constant dense<[[[2.0]]]> : tensor<1x1x1xf32>
  %b = arith.constant dense<[[0.0]]> : tensor<1x1xf32>
  %u = arith.constant dense<[[[3.0]]]> : tensor<1x1x1xf32>
  %c = arith.constant dense<[[0.0]]> : tensor<1x1xf32>
  %r:5 = hadal.compress_grad %x d_out %g mlp w1 %w bias1 %b activation relu w2 %u bias2 %c length 1 stride 1
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>)
  %e0 = arith.constant dense<[[[[6.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e1 = arith.constant dense<[[[3.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e2 = arith.constant dense<[[3.0]]> : tensor<1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  %e3 = arith.constant dense<[[[2.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e4 = arith.constant dense<[[2.0]]> : tensor<1x1xf32>
  check.expect_close %r#4, %e4 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

// Equal gates: a = 1/2, y = 3; d_gate = 1/2 · (1 - 3), 1/2 · (5 - 3).
func.func @compress_gated() {
  %x = arith.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %z = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %b = arith.constant dense<0.0> : tensor<2x1xf32>
  %r:3 = hadal.compress_grad %x d_out %g gated gate %z bias %b length 2 stride 2
      : (tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<2x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<2x1xf32>)
  %e0 = arith.constant dense<[[[[0.5], [0.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e1 = arith.constant dense<[[[[-1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[-1.0], [1.0]]> : tensor<2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// Two series of one channel. Entry 0 is B of token 0 alone; entry 1 mixes A of token 0 (1) and B of token 1 (4): y = 2.5, d_out 2.
func.func @compress_overlap() {
  %x = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %g = arith.constant dense<[[[[10.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %z = arith.constant dense<0.0> : tensor<1x1x2x2xf32>
  %b = arith.constant dense<0.0> : tensor<1x2xf32>
  %r:3 = hadal.compress_grad %x d_out %g gated gate %z bias %b overlap length 2 stride 1
      : (tensor<1x1x2x2xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>, tensor<1x2xf32>) -> (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x2xf32>)
  %e0 = arith.constant dense<[[[[1.0, 10.0], [0.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  %e1 = arith.constant dense<[[[[-1.5, 0.0], [0.0, 1.5]]]]> : tensor<1x1x2x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  %e2 = arith.constant dense<[[-1.5, 1.5]]> : tensor<1x2xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Entry i stands for tokens i and i + 1: query 0 sees none, 1 sees entry 0, 2 sees both (p = 1/2, dp = 2, 4, dz = -+1/2).
func.func @compressed_attention() {
  %q = arith.constant dense<[[[[0x7FC00000], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[0x7FC00000], [1.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %r:3 = hadal.compressed_attention_grad %q, %k, %v d_out %g length 2 stride 1 scale 1.0 causal offset 0
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>) -> (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.0], [0.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[1.5], [0.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Key 0 stands twice in the list: p = 2/3, 1/3; D = 4; its dz is -2/3, that of key 1 2/3.
func.func @selected_twice() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0]]]]> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<[[[[0, -1, 0, 1]]]]> : tensor<1x1x1x4xi32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %g block 1 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x4xi32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.666666667]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[0.666666667], [0.333333333]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Once with union: p = 1/2; D = 4.5; dz = -+0.75.
func.func @selected_union() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0]]]]> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<[[[[0, -1, 0, 1]]]]> : tensor<1x1x1x4xi32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %g block 1 scale 1.0 union
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x4xi32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.75]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[0.5], [0.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A list of -1 alone: 0 everywhere.
func.func @selected_none() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0x7FC00000> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<0x7FC00000> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<-1> : tensor<1x1x1x2xi32>
  %g = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<[1.0]> : tensor<1xf32>
  %r:4 = hadal.selected_attention_grad %q, %k, %v, %i d_out %g sink %s block 1 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x2xi32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e3 = arith.constant dense<[0.0]> : tensor<1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// The last block is short, and the future is hidden inside a block: query at position 2 of blocks of 2, keys 2 and 3 of 5.
func.func @selected_last_block() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0x7FC00000], [0x7FC00000], [1.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x5x1xf32>
  %v = arith.constant dense<[[[[0x7FC00000], [0x7FC00000], [3.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x5x1xf32>
  %i = arith.constant dense<[[[[1, 2]]]]> : tensor<1x1x1x2xi64>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %g block 2 scale 1.0 causal offset 2
      : (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x1x2xi64>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>)
  %e0 = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x5x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>
  %e2 = arith.constant dense<[[[[0.0], [0.0], [1.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>
  return
}

// x = 2 · 1, 2 · 3 and relu cuts the third; c = 0.5 · (10, 4, 6); d_w = 5 · 2 + 2 · 6; d_x = 3 · (5, 2, 0): d_q = 15 · 1 + 6 · 3, d_k = 15 · 2, 6 · 2, 0.
// The fourth key, whose d_out is 0, is not read.
func.func @indexer_scores() {
  %q = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[1.0], [3.0], [-1.0], [0x7FC00000]]]> : tensor<1x4x1xf32>
  %w = arith.constant dense<3.0> : tensor<1x1x1xf32>
  %g = arith.constant dense<[[[[10.0, 4.0, 6.0, 0.0]]]]> : tensor<1x1x1x4xf32>
  %r:3 = hadal.indexer_scores_grad %q, %k, %w d_out %g scale 0.5
      : (tensor<1x1x1x1xf32>, tensor<1x4x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1x4xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x4x1xf32>, tensor<1x1x1xf32>)
  %e0 = arith.constant dense<[[[[33.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[30.0], [12.0], [0.0], [0.0]]]> : tensor<1x4x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  %e2 = arith.constant dense<[[[22.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// With q_scales 2 and k_scales 3: everything six times.
func.func @indexer_scores_scaled() {
  %q = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %w = arith.constant dense<3.0> : tensor<1x1x1xf32>
  %g = arith.constant dense<[[[[10.0]]]]> : tensor<1x1x1x1xf32>
  %a = arith.constant dense<2.0> : tensor<1x1x1xf32>
  %b = arith.constant dense<3.0> : tensor<1x1xf32>
  %r:3 = hadal.indexer_scores_grad %q, %k, %w d_out %g q_scales %a k_scales %b scale 0.5
      : (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>)
  %e0 = arith.constant dense<[[[[90.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[180.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e2 = arith.constant dense<[[[60.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// d_branch = gate · 4; d_gates = branch · 4.
func.func @gated_combine() {
  %a = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  %z = arith.constant dense<[[[[0.5, 2.0]]]]> : tensor<1x1x1x2xf32>
  %g = arith.constant dense<4.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.gated_combine_grad %a, %b gates %z d_out %g
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>)
  %e0 = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[8.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<[[[[8.0, 12.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

// Gates of 1/2: times 1/4 for the gates.
func.func @gated_combine_sigmoid() {
  %a = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  %z = arith.constant dense<0.0> : tensor<1x1x1x2xf32>
  %g = arith.constant dense<4.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.gated_combine_grad %a, %b gates %z d_out %g sigmoid
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>)
  %e0 = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}
