// RUN: hadal-run --target=reference %s

// Pages of 2 rows. Sequence 0 has 3 keys: values 4, 8 of page 1 and 16 of page 2 (NaN behind). Sequence 1 has 4, but its second page is
// absent: its keys are hidden, values 1 and 2 are left, and a window over the last two sees nothing. Two heads, with a sink of 0 and of −inf.
// A mask, offsets, lengths of queries.
func.func @paged_attention() {
  %q = arith.constant dense<0.0> : tensor<2x2x1x1xf32>
  %k = arith.constant dense<[[[[0.0]], [[0.0]]], [[[0.0]], [[0.0]]], [[[0.0]], [[0x7FC00000]]]]> : tensor<3x2x1x1xf32>
  %v = arith.constant dense<[[[[1.0]], [[2.0]]], [[[4.0]], [[8.0]]], [[[16.0]], [[0x7FC00000]]]]> : tensor<3x2x1x1xf32>
  %pages = arith.constant dense<[[1, 2], [0, -1]]> : tensor<2x2xi32>
  %len = arith.constant dense<[3, 4]> : tensor<2xi32>
  %e = arith.constant dense<[[[[9.333333333333334]], [[9.333333333333334]]], [[[1.5]], [[1.5]]]]> : tensor<2x2x1x1xf32>
  %el = arith.constant dense<[[[1.0986122886681098], [1.0986122886681098]], [[0.6931471805599453], [0.6931471805599453]]]> : tensor<2x2x1xf32>
  %s = arith.constant dense<[0.0, 0xFF800000]> : tensor<2xf32>
  %es = arith.constant dense<[[[[7.0]], [[9.333333333333334]]], [[[1.0]], [[1.5]]]]> : tensor<2x2x1x1xf32>
  %ew = arith.constant dense<[[[[12.0]], [[12.0]]], [[[0.0]], [[0.0]]]]> : tensor<2x2x1x1xf32>
  %lw = arith.constant dense<[[[0.6931471805599453], [0.6931471805599453]], [[0xFF800000], [0xFF800000]]]> : tensor<2x2x1xf32>
  %m = arith.constant dense<[[[[true, false, true, true]]]]> : tensor<1x1x1x4xi1>
  %em = arith.constant dense<[[[[10.0]], [[10.0]]], [[[1.0]], [[1.0]]]]> : tensor<2x2x1x1xf32>
  %p = arith.constant dense<[0, 1]> : tensor<2xi32>
  %eo = arith.constant dense<[[[[4.0]], [[4.0]]], [[[1.5]], [[1.5]]]]> : tensor<2x2x1x1xf32>
  %a = arith.constant dense<[1, 0]> : tensor<2xi32>
  %eq = arith.constant dense<[[[[9.333333333333334]], [[9.333333333333334]]], [[[0.0]], [[0.0]]]]> : tensor<2x2x1x1xf32>
  %o, %l = hadal.paged_attention %q, %k, %v pages %pages kv_lengths %len scale 1.0 causal
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<2xi32>) -> (tensor<2x2x1x1xf32>, tensor<2x2x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %os = hadal.paged_attention %q, %k, %v pages %pages sink %s kv_lengths %len scale 1.0 causal
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  check.expect_close %os, %es tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  %ow, %ll = hadal.paged_attention %q, %k, %v pages %pages kv_lengths %len scale 1.0 causal window 2
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<2xi32>) -> (tensor<2x2x1x1xf32>, tensor<2x2x1xf32>)
  check.expect_close %ow, %ew tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  check.expect_close %ll, %lw tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %om = hadal.paged_attention %q, %k, %v pages %pages mask %m kv_lengths %len scale 1.0
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<1x1x1x4xi1>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  check.expect_close %om, %em tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  %oo = hadal.paged_attention %q, %k, %v pages %pages kv_lengths %len offsets %p scale 1.0 causal
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  check.expect_close %oo, %eo tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  %oq = hadal.paged_attention %q, %k, %v pages %pages q_lengths %a kv_lengths %len scale 1.0
      : (tensor<2x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<3x2x1x1xf32>, tensor<2x2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  check.expect_close %oq, %eq tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  return
}

// Rows latent ‖ k_pe. Sequence 0: latents 4, 8, 16 with scores 0, ln 2, 0: 9. Sequence 1: 1, 2 with 0, ln 3: 7/4, the absent page hidden. W_UV
// is 1 for head 0 and 10 for head 1; a sink of ln 4 halves head 0.
func.func @paged_latent_attention() {
  %qn = arith.constant dense<0.0> : tensor<2x2x1x1xf32>
  %qp = arith.constant dense<1.0> : tensor<2x2x1x1xf32>
  %pool = arith.constant dense<[[[1.0, 0.0], [2.0, 1.0986122886681098]], [[4.0, 0.0], [8.0, 0.6931471805599453]], [[16.0, 0.0], [0x7FC00000, 0x7FC00000]]]> : tensor<3x2x2xf32>
  %w = arith.constant dense<[[[1.0, 1.0], [1.0, 10.0]]]> : tensor<1x2x2xf32>
  %pages = arith.constant dense<[[1, 2], [0, -1]]> : tensor<2x2xi32>
  %len = arith.constant dense<[3, 4]> : tensor<2xi32>
  %e = arith.constant dense<[[[[9.0]], [[90.0]]], [[[1.75]], [[17.5]]]]> : tensor<2x2x1x1xf32>
  %el = arith.constant dense<1.3862943611198906> : tensor<2x2x1xf32>
  %s = arith.constant dense<[1.3862943611198906, 0xFF800000]> : tensor<2xf32>
  %es = arith.constant dense<[[[[4.5]], [[90.0]]], [[[0.875]], [[17.5]]]]> : tensor<2x2x1x1xf32>
  %o_auto, %l_auto = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %pages kv_lengths %len scale 1.0 causal
      : (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<3x2x2xf32>, tensor<1x2x2xf32>, tensor<2x2xi32>, tensor<2xi32>) -> (tensor<2x2x1x1xf32>, tensor<2x2x1xf32>)
  check.expect_close %o_auto, %e tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  check.expect_close %l_auto, %el tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %o_expanded, %l_expanded = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %pages kv_lengths %len scale 1.0 causal form expanded
      : (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<3x2x2xf32>, tensor<1x2x2xf32>, tensor<2x2xi32>, tensor<2xi32>) -> (tensor<2x2x1x1xf32>, tensor<2x2x1xf32>)
  check.expect_close %o_expanded, %e tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  check.expect_close %l_expanded, %el tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %o_absorbed, %l_absorbed = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %pages kv_lengths %len scale 1.0 causal form absorbed
      : (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<3x2x2xf32>, tensor<1x2x2xf32>, tensor<2x2xi32>, tensor<2xi32>) -> (tensor<2x2x1x1xf32>, tensor<2x2x1xf32>)
  check.expect_close %o_absorbed, %e tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  check.expect_close %l_absorbed, %el tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %os = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %pages sink %s kv_lengths %len scale 1.0
      : (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>, tensor<3x2x2xf32>, tensor<1x2x2xf32>, tensor<2x2xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  check.expect_close %os, %es tolerance 1.0e-7 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  return
}

// A sequence without pages sees nothing.
func.func @no_pages() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x2x1x1xf32>
  %pages = arith.constant dense<> : tensor<1x0xi32>
  %len = arith.constant dense<0> : tensor<1xi32>
  %e = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %el = arith.constant dense<0xFF800000> : tensor<1x1x1xf32>
  %o, %l = hadal.paged_attention %q, %k, %k pages %pages kv_lengths %len scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x0xi32>, tensor<1xi32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  check.expect_eq %o, %e : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_eq %l, %el : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}
