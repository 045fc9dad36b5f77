// RUN: hadal-run --target=reference %s

func.func @rms_norm() {
  %x = arith.constant dense<[[3.0, 4.0], [0.0, 0.0]]> : tensor<2x2xf32>
  %w = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // mean of squares 12.5; with epsilon 1 the root is 3.6742346.
  %y = hadal.rms_norm %x, %w epsilon 1.0 : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %ey = arith.constant dense<[[0.8164965809, 2.177324216], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_close %y, %ey tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  // A row of zeros without epsilon is 0/0.
  %z = hadal.rms_norm %x, %w epsilon 0.0 : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %ez = arith.constant dense<[[0.8485281374, 2.262741700], [0x7FC00000, 0x7FC00000]]> : tensor<2x2xf32>
  check.expect_close %z, %ez tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// Pair 0 stays (cos 1, sin 0), pair 1 turns by a right angle: (a, b) becomes (−b, a).
func.func @rope_layouts() {
  %x = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]]]]> : tensor<1x1x1x4xf32>
  %cos = arith.constant dense<[[[1.0, 0.0]]]> : tensor<1x1x2xf32>
  %sin = arith.constant dense<[[[0.0, 1.0]]]> : tensor<1x1x2xf32>
  %ii = hadal.rope %x, %cos, %sin interleaved to interleaved : (tensor<1x1x1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x4xf32>
  %eii = arith.constant dense<[[[[1.0, 2.0, -4.0, 3.0]]]]> : tensor<1x1x1x4xf32>
  check.expect_eq %ii, %eii : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  %ih = hadal.rope %x, %cos, %sin interleaved to halves : (tensor<1x1x1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x4xf32>
  %eih = arith.constant dense<[[[[1.0, -4.0, 2.0, 3.0]]]]> : tensor<1x1x1x4xf32>
  check.expect_eq %ih, %eih : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  %hi = hadal.rope %x, %cos, %sin halves to interleaved : (tensor<1x1x1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x4xf32>
  %ehi = arith.constant dense<[[[[1.0, 3.0, -4.0, 2.0]]]]> : tensor<1x1x1x4xf32>
  check.expect_eq %hi, %ehi : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  %hh = hadal.rope %x, %cos, %sin halves to halves : (tensor<1x1x1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x4xf32>
  %ehh = arith.constant dense<[[[[1.0, -4.0, 3.0, 2.0]]]]> : tensor<1x1x1x4xf32>
  check.expect_eq %hh, %ehh : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  return
}

// Angles by position, the same for both heads; by batch element where cos has them.
func.func @rope_positions() {
  %x = arith.constant dense<[[[[1.0, 0.0], [1.0, 0.0]], [[2.0, 0.0], [2.0, 0.0]]]]> : tensor<1x2x2x2xf32>
  %cos = arith.constant dense<[[[1.0], [0.0]]]> : tensor<1x2x1xf32>
  %sin = arith.constant dense<[[[0.0], [1.0]]]> : tensor<1x2x1xf32>
  %y = hadal.rope %x, %cos, %sin halves to halves : (tensor<1x2x2x2xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x2x2x2xf32>
  %ey = arith.constant dense<[[[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 2.0]]]]> : tensor<1x2x2x2xf32>
  check.expect_eq %y, %ey : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  %z = arith.constant dense<[[[[1.0, 0.0]]], [[[1.0, 0.0]]]]> : tensor<2x1x1x2xf32>
  %cosb = arith.constant dense<[[[1.0]], [[0.0]]]> : tensor<2x1x1xf32>
  %sinb = arith.constant dense<[[[0.0]], [[1.0]]]> : tensor<2x1x1xf32>
  %b = hadal.rope %z, %cosb, %sinb halves to halves : (tensor<2x1x1x2xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>) -> tensor<2x1x1x2xf32>
  %eb = arith.constant dense<[[[[1.0, 0.0]]], [[[0.0, 1.0]]]]> : tensor<2x1x1x2xf32>
  check.expect_eq %b, %eb : tensor<2x1x1x2xf32>, tensor<2x1x1x2xf32>
  return
}
