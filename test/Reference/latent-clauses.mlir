// RUN: hadal-run --target=reference %s

// The values are 10, 20, 40 and 80. Entry 0: 2 queries over 3 latents, entry 1: 1 over 1, the others hold NaN. With a sink of 0, with
// offsets of 0 (aligned at the first key), with a window of 2; in both forms.
func.func @clauses() {
  %qn = arith.constant dense<0.0> : tensor<2x1x2x1xf32>
  %qp = arith.constant dense<0.0> : tensor<2x1x2x1xf32>
  %c = arith.constant dense<[[[1.0], [2.0], [4.0]], [[8.0], [0x7FC00000], [0x7FC00000]]]> : tensor<2x3x1xf32>
  %kp = arith.constant dense<[[[0.0], [0.0], [0.0]], [[0.0], [0x7FC00000], [0.0]]]> : tensor<2x3x1xf32>
  %w = arith.constant dense<[[[1.0, 10.0]]]> : tensor<1x1x2xf32>
  %b = arith.constant dense<[3, 1]> : tensor<2xi32>
  %a = arith.constant dense<[2, 1]> : tensor<2xi32>
  %p = arith.constant dense<0> : tensor<2xi32>
  %s = arith.constant dense<0.0> : tensor<1xf32>
  %e = arith.constant dense<[[[[15.0], [23.333333333333332]]], [[[80.0], [0.0]]]]> : tensor<2x1x2x1xf32>
  %el = arith.constant dense<[[[0.6931471805599453, 1.0986122886681098]], [[0.0, 0xFF800000]]]> : tensor<2x1x2xf32>
  %es = arith.constant dense<[[[[10.0], [17.5]]], [[[40.0], [0.0]]]]> : tensor<2x1x2x1xf32>
  %eo = arith.constant dense<[[[[10.0], [15.0]]], [[[80.0], [0.0]]]]> : tensor<2x1x2x1xf32>
  %ew = arith.constant dense<[[[[15.0], [30.0]]], [[[80.0], [0.0]]]]> : tensor<2x1x2x1xf32>
  %o_expanded, %l_expanded = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal form expanded
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x1x2x1xf32>, tensor<2x1x2xf32>)
  check.expect_close %o_expanded, %e tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  check.expect_close %l_expanded, %el tolerance 1.0e-7 : tensor<2x1x2xf32>, tensor<2x1x2xf32>
  %s_expanded = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s q_lengths %a kv_lengths %b scale 1.0 causal form expanded
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %s_expanded, %es tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %p_expanded = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b offsets %p scale 1.0 causal form expanded
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %p_expanded, %eo tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %t_expanded = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal offset 0 form expanded
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %t_expanded, %eo tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %w_expanded = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal window 2 form expanded
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %w_expanded, %ew tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %o_absorbed, %l_absorbed = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal form absorbed
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x1x2x1xf32>, tensor<2x1x2xf32>)
  check.expect_close %o_absorbed, %e tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  check.expect_close %l_absorbed, %el tolerance 1.0e-7 : tensor<2x1x2xf32>, tensor<2x1x2xf32>
  %s_absorbed = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s q_lengths %a kv_lengths %b scale 1.0 causal form absorbed
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %s_absorbed, %es tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %p_absorbed = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b offsets %p scale 1.0 causal form absorbed
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %p_absorbed, %eo tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %t_absorbed = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal offset 0 form absorbed
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %t_absorbed, %eo tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  %w_absorbed = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %a kv_lengths %b scale 1.0 causal window 2 form absorbed
      : (tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>, tensor<2x3x1xf32>, tensor<2x3x1xf32>, tensor<1x1x2xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1x2x1xf32>
  check.expect_close %w_absorbed, %ew tolerance 1.0e-7 : tensor<2x1x2x1xf32>, tensor<2x1x2x1xf32>
  return
}

// Scores 0 and 2 · atanh(½ ln 3), capped to ln 3: weights 1/4 and 3/4 of the values 0 and 4. The form may be left out.
func.func @softcap() {
  %qn = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %qp = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = arith.constant dense<[[[0.0], [1.0]]]> : tensor<1x2x1xf32>
  %kp = arith.constant dense<[[[0.0], [0.23477416413722874]]]> : tensor<1x2x1xf32>
  %w = arith.constant dense<[[[1.0, 4.0]]]> : tensor<1x1x2xf32>
  %e = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  %o = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 1.0 softcap 2.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %o, %e tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Σ_d q[h,d] · w_uk[l,h,d]: head 0, l = 0: 1 · 1 + 2 · 10. Σ_l x[h,l] · w_uv[l,h,d]: head 0, d = 0: 1 · 1 + 2 · 7.
func.func @absorb() {
  %qn = arith.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : tensor<1x2x1x2xf32>
  %wk = arith.constant dense<[[[1.0, 10.0], [100.0, 1000.0]], [[2.0, 20.0], [200.0, 2000.0]]]> : tensor<2x2x2xf32>
  %e = arith.constant dense<[[[[21.0, 42.0]], [[4300.0, 8600.0]]]]> : tensor<1x2x1x2xf32>
  %x = arith.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : tensor<1x2x1x2xf32>
  %wv = arith.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]]> : tensor<2x2x3xf32>
  %ev = arith.constant dense<[[[[15.0, 18.0, 21.0]], [[52.0, 59.0, 66.0]]]]> : tensor<1x2x1x3xf32>
  %o = hadal.absorb_query %qn, %wk
      : (tensor<1x2x1x2xf32>, tensor<2x2x2xf32>) -> tensor<1x2x1x2xf32>
  check.expect_eq %o, %e : tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>
  %y = hadal.expand_value %x, %wv
      : (tensor<1x2x1x2xf32>, tensor<2x2x3xf32>) -> tensor<1x2x1x3xf32>
  check.expect_eq %y, %ev : tensor<1x2x1x3xf32>, tensor<1x2x1x3xf32>
  return
}

// No queries; a latent of size 0 gives 0.
func.func @absorb_nothing() {
  %q0 = arith.constant dense<> : tensor<1x2x0x2xf32>
  %wk = arith.constant dense<[[[1.0, 10.0], [100.0, 1000.0]], [[2.0, 20.0], [200.0, 2000.0]]]> : tensor<2x2x2xf32>
  %e0 = arith.constant dense<> : tensor<1x2x0x2xf32>
  %o = hadal.absorb_query %q0, %wk
      : (tensor<1x2x0x2xf32>, tensor<2x2x2xf32>) -> tensor<1x2x0x2xf32>
  check.expect_eq %o, %e0 : tensor<1x2x0x2xf32>, tensor<1x2x0x2xf32>
  %x0 = arith.constant dense<> : tensor<1x2x1x0xf32>
  %wv0 = arith.constant dense<> : tensor<0x2x3xf32>
  %ez = arith.constant dense<0.0> : tensor<1x2x1x3xf32>
  %y = hadal.expand_value %x0, %wv0
      : (tensor<1x2x1x0xf32>, tensor<0x2x3xf32>) -> tensor<1x2x1x3xf32>
  check.expect_eq %y, %ez : tensor<1x2x1x3xf32>, tensor<1x2x1x3xf32>
  return
}
