// RUN: hadal-run --target=reference %s

// Weights 1 : 3, so (1 + 3 · 5) / 4. A sink of ln 4 halves it; the lse, ln 4, does not include it.
func.func @two() {
  %a = arith.constant dense<[[[[1.0, 10.0]]]]> : tensor<1x1x1x2xf32>
  %b = arith.constant dense<[[[[5.0, 50.0]]]]> : tensor<1x1x1x2xf32>
  %la = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %lb = arith.constant dense<1.0986122886681098> : tensor<1x1x1xf32>
  %e = arith.constant dense<[[[[4.0, 40.0]]]]> : tensor<1x1x1x2xf32>
  %el = arith.constant dense<1.3862943611198906> : tensor<1x1x1xf32>
  %s = arith.constant dense<1.3862943611198906> : tensor<1xf32>
  %es = arith.constant dense<[[[[2.0, 20.0]]]]> : tensor<1x1x1x2xf32>
  %o, %l = hadal.merge_attention outs(%a, %b) lses(%la, %lb)
      : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %p, %ps = hadal.merge_attention outs(%a, %b) lses(%la, %lb) sink %s
      : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1xf32>)
  check.expect_close %p, %es tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  check.expect_close %ps, %el tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// A part with lse −inf says nothing, even if its output is NaN; where all are, 0 and −inf. Large lses do not overflow.
func.func @empty_parts() {
  %a = arith.constant dense<[[[[1.0], [0x7FC00000], [0x7FC00000], [7.0]]]]> : tensor<1x1x4x1xf32>
  %b = arith.constant dense<[[[[0x7FC00000], [2.0], [0x7FC00000], [9.0]]]]> : tensor<1x1x4x1xf32>
  %la = arith.constant dense<[[[0.0, 0xFF800000, 0xFF800000, 2000.0]]]> : tensor<1x1x4xf32>
  %lb = arith.constant dense<[[[0xFF800000, 5.0, 0xFF800000, 2000.0]]]> : tensor<1x1x4xf32>
  %e = arith.constant dense<[[[[1.0], [2.0], [0.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %el = arith.constant dense<[[[0.0, 5.0, 0xFF800000, 2000.69314718056]]]> : tensor<1x1x4xf32>
  %s = arith.constant dense<0xFF800000> : tensor<1xf32>
  %s0 = arith.constant dense<0.0> : tensor<1xf32>
  %es = arith.constant dense<[[[[0.5], [1.9866142981514305], [0.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %o, %l = hadal.merge_attention outs(%a, %b) lses(%la, %lb)
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>) -> (tensor<1x1x4x1xf32>, tensor<1x1x4xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x4xf32>, tensor<1x1x4xf32>
  %p = hadal.merge_attention outs(%a, %b) lses(%la, %lb) sink %s
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1xf32>) -> tensor<1x1x4x1xf32>
  check.expect_close %p, %e tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  %r, %rl = hadal.merge_attention outs(%a, %b) lses(%la, %lb) sink %s0
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4xf32>, tensor<1x1x4xf32>, tensor<1xf32>) -> (tensor<1x1x4x1xf32>, tensor<1x1x4xf32>)
  check.expect_close %r, %es tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  check.expect_close %rl, %el tolerance 1.0e-7 : tensor<1x1x4xf32>, tensor<1x1x4xf32>
  return
}

// One part, with a sink of its own for each head: weight 1 / (1 + 2). Three parts of one weight.
func.func @one_and_three() {
  %a = arith.constant dense<[[[[3.0]], [[4.0]]]]> : tensor<1x2x1x1xf32>
  %la = arith.constant dense<[[[0.0], [0xFF800000]]]> : tensor<1x2x1xf32>
  %e = arith.constant dense<[[[[3.0]], [[0.0]]]]> : tensor<1x2x1x1xf32>
  %s = arith.constant dense<[0.6931471805599453, 0.0]> : tensor<2xf32>
  %es = arith.constant dense<[[[[1.0]], [[0.0]]]]> : tensor<1x2x1x1xf32>
  %c = arith.constant dense<[[[[6.0]], [[8.0]]]]> : tensor<1x2x1x1xf32>
  %e3 = arith.constant dense<[[[[4.0]], [[0.0]]]]> : tensor<1x2x1x1xf32>
  %o = hadal.merge_attention outs(%a) lses(%la)
      : (tensor<1x2x1x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x1x1xf32>
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  %p = hadal.merge_attention outs(%a) lses(%la) sink %s
      : (tensor<1x2x1x1xf32>, tensor<1x2x1xf32>, tensor<2xf32>) -> tensor<1x2x1x1xf32>
  check.expect_close %p, %es tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  %r = hadal.merge_attention outs(%a, %c, %a) lses(%la, %la, %la)
      : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x1x1xf32>
  check.expect_close %r, %e3 tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  return
}

// An lse of NaN is not hidden. No queries at all.
func.func @nan_and_none() {
  %a = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %la = arith.constant dense<0x7FC00000> : tensor<1x1x1xf32>
  %z = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %e = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  %q = arith.constant dense<> : tensor<1x2x0x3xf32>
  %lq = arith.constant dense<> : tensor<1x2x0xf32>
  %o = hadal.merge_attention outs(%a, %a) lses(%la, %z)
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x1x1xf32>
  check.expect_eq %o, %e : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %p, %pl = hadal.merge_attention outs(%q, %q) lses(%lq, %lq)
      : (tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>, tensor<1x2x0xf32>, tensor<1x2x0xf32>) -> (tensor<1x2x0x3xf32>, tensor<1x2x0xf32>)
  check.expect_eq %p, %q : tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>
  check.expect_eq %pl, %lq : tensor<1x2x0xf32>, tensor<1x2x0xf32>
  return
}

// The attention over keys 0 and over keys 1, 2 merge to that over all, with the sink at the end.
func.func @split() {
  %q = arith.constant dense<[[[[1.0], [-1.0]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.6931471805599453], [0.0], [-0.6931471805599453]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0]]]]> : tensor<1x1x3x1xf32>
  %k0 = arith.constant dense<0.6931471805599453> : tensor<1x1x1x1xf32>
  %v0 = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k1 = arith.constant dense<[[[[0.0], [-0.6931471805599453]]]]> : tensor<1x1x2x1xf32>
  %v1 = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %s = arith.constant dense<0.0> : tensor<1xf32>
  %w, %wl = hadal.attention %q, %k, %v sink %s scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %a, %al = hadal.attention %q, %k0, %v0 scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %b, %bl = hadal.attention %q, %k1, %v1 scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %o, %l = hadal.merge_attention outs(%a, %b) lses(%al, %bl) sink %s
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  check.expect_close %o, %w tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  check.expect_close %l, %wl tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}
