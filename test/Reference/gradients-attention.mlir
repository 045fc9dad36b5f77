// RUN: hadal-run --target=reference %s

// Equal scores: p = 1/2, 1/2; dp = 1, 3 and D = 2; dz = -1/2, 1/2. d_q = -1/2 · 1 + 1/2 · 2; d_k = dz · q = 0.
func.func @mean() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.5> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Scores 0 and 0.5 · 2 · ln 2: p = 1/3, 2/3; dp = 0, 3 and D = 2; dz = -2/3, 2/3, times the scale -1/3, 1/3.
// d_q = 1/3 · ln 2, d_k = dx · 2.
func.func @weights() {
  %q = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.693147181]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 0.5
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.23104906]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[-0.666666667], [0.666666667]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[0.333333333], [0.666666667]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A sink of ln 2: p = 1/4, 1/4 and 1/2 for the sink; dp = 4, 8 and D = 3; dz = 1/4, 5/4; d_sink = -1/2 · 3.
func.func @sink() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[4.0], [8.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<[0.693147181]> : tensor<1xf32>
  %r:4 = hadal.attention_grad %q, %k, %v d_out %g sink %s scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<[[[[2.75]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.25> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e3 = arith.constant dense<[-1.5]> : tensor<1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// d_lse alone: dz = 2 · 1/2 for each key, whatever the sink.
func.func @lse() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[4.0], [8.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %l = arith.constant dense<2.0> : tensor<1x1x1xf32>
  %s = arith.constant dense<[0.693147181]> : tensor<1xf32>
  %r:4 = hadal.attention_grad %q, %k, %v d_out %g d_lse %l sink %s scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<[[[[4.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e3 = arith.constant dense<[0.0]> : tensor<1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// Scores 0 and 1 capped at 1: z = 0, tanh 1 = 0.761594; p = 0.318301, 0.681699; dp = 0, 1 and D = 0.681699;
// dz = -+0.216987, times 1 - tanh² 1 = 0.419974 where x = 1: d_q = 0.091129; d_k = -0.216987, 0.091129.
func.func @softcap() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 1.0 softcap 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.091128218]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[-0.216985204], [0.091128218]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[0.318300258], [0.681699742]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Three queries, two keys: the first query sees nothing; it gets and gives nothing, whatever d_out and q hold there. The second sees
// key 0 alone: p = 1, dz = 0. The third: p = 1/2, 1/2, dp = 4, 8, D = 6, dz = -1, 1; d_k = dz · 0.5.
func.func @causal_empty_row() {
  %q = arith.constant dense<[[[[0x7FC00000], [3.0], [0.5]]]]> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<[[[[2.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[4.0], [8.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[0x7FC00000], [1.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 1.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>) -> (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %e1 = arith.constant dense<[[[[-0.5], [0.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[1.5], [0.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A mask that hides every key: 0 everywhere, of the sink too.
func.func @empty_row_with_sink() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0x7FC00000> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<0x7FC00000> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %m = arith.constant dense<false> : tensor<1x1x1x1xi1>
  %s = arith.constant dense<[0.5]> : tensor<1xf32>
  %r:4 = hadal.attention_grad %q, %k, %v d_out %g mask %m sink %s scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi1>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e3 = arith.constant dense<[0.0]> : tensor<1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// No keys at all.
func.func @no_keys() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<> : tensor<1x1x0x1xf32>
  %v = arith.constant dense<> : tensor<1x1x0x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>)
  %e0 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<> : tensor<1x1x0x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>
  %e2 = arith.constant dense<> : tensor<1x1x0x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>
  return
}

// Lengths: batch entry 0 has 1 query and 2 keys, entry 1 has 2 queries and 1 key; what is beyond them is NaN.
// Entry 0, query 0: p = 1/2, dp = 2, 6, dz = -+1: d_q = 2. Entry 1: p = 1, d_v = 1 + 5.
func.func @ragged() {
  %q = arith.constant dense<[[[[0.0], [0x7FC00000]]], [[[1.0], [1.0]]]]> : tensor<2x1x2x1xf32>
  %k = arith.constant dense<[[[[1.0], [3.0], [0x7FC00000]]], [[[2.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<2x1x3x1xf32>
  %v = arith.constant dense<[[[[2.0], [6.0], [0x7FC00000]]], [[[4.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<2x1x3x1xf32>
  %g = arith.constant dense<[[[[1.0], [0x7FC00000]]], [[[1.0], [5.0]]]]> : tensor<2x1x2x1xf32>
  %ql = arith.constant dense<[1, 2]> : tensor<2xi32>
  %kl = arith.constant dense<[2, 1]> : tensor<2xi64>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g q_lengths %ql kv_lengths %kl scale 1.0
      : (tensor<2x1x2x1xf32>, tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>, tensor<2x1x2x1xf32>, tensor<2xi32>, tensor<2xi64>) -> (tensor<2x1x2x1xf32>, tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>)
  %e0 = arith.constant dense<[[[[2.0], [0.0]]], [[[0.0], [0.0]]]]> : tensor<2x1x2x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<2x1x3x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>
  %e2 = arith.constant dense<[[[[0.5], [0.5], [0.0]]], [[[6.0], [0.0], [0.0]]]]> : tensor<2x1x3x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>
  return
}

// A window of 1: each query sees its own key. p = 1: nothing for q and k.
func.func @window() {
  %q = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [3.0]]]]> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[5.0], [7.0]]]]> : tensor<1x1x2x1xf32>
  %o = arith.constant dense<[0]> : tensor<1xi32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g offsets %o scale 1.0 causal window 1
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1xi32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>)
  %e0 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %e2 = arith.constant dense<[[[[5.0], [7.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Two query heads share a kv head, which gets the sum of both. Head 0: dz = -1/2, 1/2; head 1, d_out 3: -3/2, 3/2.
func.func @grouped_heads() {
  %q = arith.constant dense<[[[[0.0]], [[0.0]]]]> : tensor<1x2x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[1.0]], [[3.0]]]]> : tensor<1x2x1x1xf32>
  %r:3 = hadal.attention_grad %q, %k, %v d_out %g scale 1.0
      : (tensor<1x2x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x2x1x1xf32>) -> (tensor<1x2x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>)
  %e0 = arith.constant dense<[[[[0.5]], [[1.5]]]]> : tensor<1x2x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<[[[[2.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Two sequences of 1 and 1 queries, 2 and 1 keys; a row outside of both. Sequence 0: p = 1/2, dp = 2, 6, dz = -+1: d_q = 2.
// Sequence 1: p = 1, d_v = 5. The third row is NaN and gets 0.
func.func @varlen() {
  %q = arith.constant dense<[[[0.0]], [[1.0]], [[0x7FC00000]]]> : tensor<3x1x1xf32>
  %k = arith.constant dense<[[[1.0]], [[3.0]], [[2.0]], [[0x7FC00000]]]> : tensor<4x1x1xf32>
  %v = arith.constant dense<[[[2.0]], [[6.0]], [[4.0]], [[0x7FC00000]]]> : tensor<4x1x1xf32>
  %a = arith.constant dense<[0, 1, 2]> : tensor<3xi32>
  %b = arith.constant dense<[0, 2, 3]> : tensor<3xi32>
  %g = arith.constant dense<[[[1.0]], [[5.0]], [[0x7FC00000]]]> : tensor<3x1x1xf32>
  %r:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %g scale 1.0 causal
      : (tensor<3x1x1xf32>, tensor<4x1x1xf32>, tensor<4x1x1xf32>, tensor<3xi32>, tensor<3xi32>, tensor<3x1x1xf32>) -> (tensor<3x1x1xf32>, tensor<4x1x1xf32>, tensor<4x1x1xf32>)
  %e0 = arith.constant dense<[[[2.0]], [[0.0]], [[0.0]]]> : tensor<3x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<4x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<4x1x1xf32>, tensor<4x1x1xf32>
  %e2 = arith.constant dense<[[[0.5]], [[0.5]], [[5.0]], [[0.0]]]> : tensor<4x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<4x1x1xf32>, tensor<4x1x1xf32>
  return
}

// A sequence without keys: its query sees nothing. d_lse is by head, then row.
func.func @varlen_empty_sequence() {
  %q = arith.constant dense<[[[0x7FC00000]], [[0.0]]]> : tensor<2x1x1xf32>
  %k = arith.constant dense<[[[1.0]], [[3.0]]]> : tensor<2x1x1xf32>
  %v = arith.constant dense<[[[0.0]], [[0.0]]]> : tensor<2x1x1xf32>
  %a = arith.constant dense<[0, 1, 2]> : tensor<3xi32>
  %b = arith.constant dense<[0, 0, 2]> : tensor<3xi32>
  %g = arith.constant dense<[[[0x7FC00000]], [[0.0]]]> : tensor<2x1x1xf32>
  %l = arith.constant dense<[[0x7FC00000, 2.0]]> : tensor<1x2xf32>
  %s = arith.constant dense<[0.0]> : tensor<1xf32>
  %r:4 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %g d_lse %l sink %s scale 1.0
      : (tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<3xi32>, tensor<3xi32>, tensor<2x1x1xf32>, tensor<1x2xf32>, tensor<1xf32>) -> (tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<[[[0.0]], [[4.0]]]> : tensor<2x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<2x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<2x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  %e3 = arith.constant dense<[0.0]> : tensor<1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// H = L = Dn = R = Dv = 1, w_uk = 3, w_uv = 5: keys 3 and 6 beside k_pe, values 5 and 10; p = 1/2; D = 7.5; dz = -+1.25, dx = -+2.5.
// d_q_nope = 2.5 · (6 - 3), d_q_pe = 2.5 · (9 - 7); d_v = 1/2, 1/2: d_latent = 1/2 · 5, d_w_uv = 1/2 · (1 + 2).
func.func @latent() {
  %qn = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %qp = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %c = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %kp = arith.constant dense<[[[7.0], [9.0]]]> : tensor<1x2x1xf32>
  %w = arith.constant dense<[[[3.0, 5.0]]]> : tensor<1x1x2xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %r:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %g scale 2.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>)
  %e0 = arith.constant dense<[[[[7.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<[[[2.5], [2.5]]]> : tensor<1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  %e3 = arith.constant dense<0.0> : tensor<1x2x1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  %e4 = arith.constant dense<[[[0.0, 1.5]]]> : tensor<1x1x2xf32>
  check.expect_close %r#4, %e4 tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// The cache is filled up to one entry; behind it stands NaN. p = 1: d_latent = d_out · w_uv.
func.func @latent_hidden() {
  %qn = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %qp = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = arith.constant dense<[[[2.0], [0x7FC00000]]]> : tensor<1x2x1xf32>
  %kp = arith.constant dense<[[[7.0], [0x7FC00000]]]> : tensor<1x2x1xf32>
  %w = arith.constant dense<[[[3.0, 5.0]]]> : tensor<1x1x2xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %n = arith.constant dense<[1]> : tensor<1xi32>
  %r:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %g kv_lengths %n scale 2.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>, tensor<1x1x1x1xf32>, tensor<1xi32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>)
  %e0 = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<[[[5.0], [0.0]]]> : tensor<1x2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  %e3 = arith.constant dense<0.0> : tensor<1x2x1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  %e4 = arith.constant dense<[[[0.0, 2.0]]]> : tensor<1x1x2xf32>
  check.expect_close %r#4, %e4 tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// lse 0, ln 3 and -inf: w = 1/4, 3/4, 0; out = 4. d_lse_n = w · (out_n - 4) + w · 8.
func.func @merge() {
  %a = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<5.0> : tensor<1x1x1x1xf32>
  %c = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %l = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %m = arith.constant dense<1.098612289> : tensor<1x1x1xf32>
  %n = arith.constant dense<0xFF800000> : tensor<1x1x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %dl = arith.constant dense<8.0> : tensor<1x1x1xf32>
  %r:6 = hadal.merge_attention_grad outs(%a, %b, %c) lses(%l, %m, %n) d_out %g d_lse %dl
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>)
  %e0 = arith.constant dense<[[[[0.25]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[0.75]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e3 = arith.constant dense<1.25> : tensor<1x1x1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e4 = arith.constant dense<6.75> : tensor<1x1x1xf32>
  check.expect_close %r#4, %e4 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e5 = arith.constant dense<0.0> : tensor<1x1x1xf32>
  check.expect_close %r#5, %e5 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// With a sink of ln 4: w = 1/8, 3/8, and 1/2 for the sink; out = 2; d_sink = -1/2 · 2.
func.func @merge_sink() {
  %a = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<5.0> : tensor<1x1x1x1xf32>
  %l = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %m = arith.constant dense<1.098612289> : tensor<1x1x1xf32>
  %g = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<[1.386294361]> : tensor<1xf32>
  %r:5 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %g sink %s
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<[[[[0.125]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<[[[[0.375]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e2 = arith.constant dense<-0.125> : tensor<1x1x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e3 = arith.constant dense<1.125> : tensor<1x1x1xf32>
  check.expect_close %r#3, %e3 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e4 = arith.constant dense<[-1.0]> : tensor<1xf32>
  check.expect_close %r#4, %e4 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// Nothing was seen anywhere: 0, whatever d_out holds.
func.func @merge_of_nothing() {
  %a = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %l = arith.constant dense<0xFF800000> : tensor<1x1x1xf32>
  %g = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<[1.0]> : tensor<1xf32>
  %r:3 = hadal.merge_attention_grad outs(%a) lses(%l) d_out %g sink %s
      : (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1xf32>)
  %e0 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %e1 = arith.constant dense<0.0> : tensor<1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %e2 = arith.constant dense<[0.0]> : tensor<1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}
