// RUN: hadal-run --target=reference %s

// With c = [0, ½ ln 2], W_UK = 2, W_UV = 5: k_nope = [0, ln 2], v = [0, 5/2 ln 2].
// k_pe = [ln 2, 0] makes both scores ln 2, so the output is 5/4 ln 2. All forms agree.
func.func @forms() {
  %qn = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %qp = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %c = arith.constant dense<[[[0.0], [0.3465735903]]]> : tensor<1x2x1xf32>
  %kp = arith.constant dense<[[[0.6931471806], [0.0]]]> : tensor<1x2x1xf32>
  %w = arith.constant dense<[[[2.0, 5.0]]]> : tensor<1x1x2xf32>
  %expected = arith.constant dense<0.8664339757> : tensor<1x1x1x1xf32>
  %a = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 1.0 form auto
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %a, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %b = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 1.0 form expanded
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %b, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %d = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 1.0 form absorbed
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %d, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Two heads with weights of their own (v = c · [1, 10]), a causal prompt, and a mask whose first row hides everything.
func.func @heads_causal_mask() {
  %qn = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %qp = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %c = arith.constant dense<[[[2.0], [4.0]]]> : tensor<1x2x1xf32>
  %kp = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %w = arith.constant dense<[[[1.0, 1.0], [1.0, 10.0]]]> : tensor<1x2x2xf32>
  %o = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 1.0 causal form auto
      : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>) -> tensor<1x2x2x1xf32>
  %expected = arith.constant dense<[[[[2.0], [3.0]], [[20.0], [30.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
  %m = arith.constant dense<[[[[false, false], [true, false]]]]> : tensor<1x1x2x2xi1>
  %p = hadal.latent_attention %qn, %qp, %c, %kp, %w mask %m scale 1.0 form auto
      : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>, tensor<1x1x2x2xi1>) -> tensor<1x2x2x1xf32>
  %masked = arith.constant dense<[[[[0.0], [2.0]], [[0.0], [20.0]]]]> : tensor<1x2x2x1xf32>
  check.expect_close %p, %masked tolerance 1.0e-9 : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
  return
}

// [3, 4] over its root mean square 3.5355339, times [1, 2]; the pair (1, 0) turned by a right angle.
func.func @projection() {
  %x = arith.constant dense<[[[3.0, 4.0, 1.0, 0.0]]]> : tensor<1x1x4xf32>
  %w = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %cos = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %sin = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %c, %k = hadal.latent_projection %x, %w, %cos, %sin epsilon 0.0 rope interleaved to halves
      : (tensor<1x1x4xf32>, tensor<2xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>)
  %ec = arith.constant dense<[[[0.8485281374, 2.262741700]]]> : tensor<1x1x2xf32>
  %ek = arith.constant dense<[[[0.0, 1.0]]]> : tensor<1x1x2xf32>
  check.expect_close %c, %ec tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  check.expect_close %k, %ek tolerance 1.0e-9 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// Angles of one batch element serve two.
func.func @projection_batch() {
  %x = arith.constant dense<[[[1.0, 1.0, 2.0]], [[2.0, 3.0, 4.0]]]> : tensor<2x1x3xf32>
  %w = arith.constant dense<[1.0]> : tensor<1xf32>
  %cos = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %sin = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %c, %k = hadal.latent_projection %x, %w, %cos, %sin epsilon 0.0 rope halves to halves
      : (tensor<2x1x3xf32>, tensor<1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<2x1x1xf32>, tensor<2x1x2xf32>)
  %ec = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %ek = arith.constant dense<[[[-2.0, 1.0]], [[-4.0, 3.0]]]> : tensor<2x1x2xf32>
  check.expect_close %c, %ec tolerance 1.0e-9 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  check.expect_close %k, %ek tolerance 1.0e-9 : tensor<2x1x2xf32>, tensor<2x1x2xf32>
  return
}

// A new entry behind two old ones, and behind none.
func.func @cache_append() {
  %old = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %new = arith.constant dense<[[[5.0]], [[6.0]]]> : tensor<2x1x1xf32>
  %n = hadal.cache_append %old, %new dim 1 : (tensor<2x2x1xf32>, tensor<2x1x1xf32>) -> tensor<2x3x1xf32>
  %expected = arith.constant dense<[[[1.0], [2.0], [5.0]], [[3.0], [4.0], [6.0]]]> : tensor<2x3x1xf32>
  check.expect_eq %n, %expected : tensor<2x3x1xf32>, tensor<2x3x1xf32>
  %none = arith.constant dense<> : tensor<2x0x1xf32>
  %first = hadal.cache_append %none, %new dim 1 : (tensor<2x0x1xf32>, tensor<2x1x1xf32>) -> tensor<2x1x1xf32>
  check.expect_eq %first, %new : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  return
}
