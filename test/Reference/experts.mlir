// RUN: hadal-run --target=reference %s

// Slots by expert: 1, 4, 5 of expert 0; 0, 3 of expert 1; none of expert 2; slot 2 has no expert.
func.func @group() {
  %i = arith.constant dense<[[1, 0], [-1, 1], [0, 0]]> : tensor<3x2xi32>
  %o, %p = hadal.group %i experts 3 : (tensor<3x2xi32>) -> (tensor<4xi32>, tensor<6xi32>)
  %eo = arith.constant dense<[0, 3, 5, 5]> : tensor<4xi32>
  %ep = arith.constant dense<[1, 4, 5, 0, 3, 2]> : tensor<6xi32>
  check.expect_eq %o, %eo : tensor<4xi32>, tensor<4xi32>
  check.expect_eq %p, %ep : tensor<6xi32>, tensor<6xi32>
  return
}

func.func @group_nothing() {
  %i = arith.constant dense<> : tensor<0x2xi64>
  %o, %p = hadal.group %i experts 2 : (tensor<0x2xi64>) -> (tensor<3xi32>, tensor<0xi32>)
  %eo = arith.constant dense<0> : tensor<3xi32>
  check.expect_eq %o, %eo : tensor<3xi32>, tensor<3xi32>
  return
}

// The offsets and permutation of @group; tokens 1, 2, 3 and experts that multiply by 10, 100, 1000.
func.func @grouped_matmul() {
  %x = arith.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32>
  %w = arith.constant dense<[[[10.0]], [[100.0]], [[1000.0]]]> : tensor<3x1x1xf32>
  %o = arith.constant dense<[0, 3, 5, 5]> : tensor<4xi32>
  %p = arith.constant dense<[1, 4, 5, 0, 3, 2]> : tensor<6xi32>
  %g = hadal.grouped_matmul %x, %w, %o, %p gather 2 : (tensor<3x1xf32>, tensor<3x1x1xf32>, tensor<4xi32>, tensor<6xi32>) -> tensor<6x1xf32>
  %eg = arith.constant dense<[[10.0], [30.0], [30.0], [100.0], [200.0], [0.0]]> : tensor<6x1xf32>
  check.expect_eq %g, %eg : tensor<6x1xf32>, tensor<6x1xf32>
  %ones = arith.constant dense<[[1.0], [1.0], [1.0], [1.0], [1.0], [1.0]]> : tensor<6x1xf32>
  %s = hadal.grouped_matmul %ones, %w, %o, %p scatter : (tensor<6x1xf32>, tensor<3x1x1xf32>, tensor<4xi32>, tensor<6xi32>) -> tensor<6x1xf32>
  %es = arith.constant dense<[[100.0], [10.0], [0.0], [100.0], [10.0], [10.0]]> : tensor<6x1xf32>
  check.expect_eq %s, %es : tensor<6x1xf32>, tensor<6x1xf32>
  %b = hadal.grouped_matmul %x, %w, %o, %p gather 2 scatter : (tensor<3x1xf32>, tensor<3x1x1xf32>, tensor<4xi32>, tensor<6xi32>) -> tensor<6x1xf32>
  %eb = arith.constant dense<[[100.0], [10.0], [0.0], [200.0], [30.0], [30.0]]> : tensor<6x1xf32>
  check.expect_eq %b, %eb : tensor<6x1xf32>, tensor<6x1xf32>
  return
}

func.func @gated_activation() {
  %x = arith.constant dense<[[-1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %g = hadal.gated_activation %x relu gate_first : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %eg = arith.constant dense<[[0.0, 8.0]]> : tensor<1x2xf32>
  check.expect_eq %g, %eg : tensor<1x2xf32>, tensor<1x2xf32>
  %u = hadal.gated_activation %x relu up_first : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %eu = arith.constant dense<[[-3.0, 8.0]]> : tensor<1x2xf32>
  check.expect_eq %u, %eu : tensor<1x2xf32>, tensor<1x2xf32>
  %i = hadal.gated_activation %x relu interleaved : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %ei = arith.constant dense<[[0.0, 12.0]]> : tensor<1x2xf32>
  check.expect_eq %i, %ei : tensor<1x2xf32>, tensor<1x2xf32>
  // silu(ln 3) = 3/4 ln 3; gelu(1) = Φ(1).
  %y = arith.constant dense<[1.0986122887, 1.0]> : tensor<2xf32>
  %s = hadal.gated_activation %y silu gate_first : (tensor<2xf32>) -> tensor<1xf32>
  %es = arith.constant dense<[0.8239592165]> : tensor<1xf32>
  check.expect_close %s, %es tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  %ones = arith.constant dense<1.0> : tensor<2xf32>
  %e = hadal.gated_activation %ones gelu gate_first : (tensor<2xf32>) -> tensor<1xf32>
  %ee = arith.constant dense<[0.8413447461]> : tensor<1xf32>
  check.expect_close %e, %ee tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

func.func @combine() {
  %y = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %w = arith.constant dense<[[0.5, 0.25], [1.0, -1.0]]> : tensor<2x2xf32>
  %o = hadal.combine %y, %w : (tensor<4x1xf32>, tensor<2x2xf32>) -> tensor<2x1xf32>
  %eo = arith.constant dense<[[1.0], [-1.0]]> : tensor<2x1xf32>
  check.expect_eq %o, %eo : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// H = 1, I = 1: y = down · relu(gate · x) · up · x. Expert 0: 1 · (2x) · (3x) = 6x²; expert 1: −x² (gate, up −1, 1 at
// negative x); expert 2 is not chosen; slot (1, 0) has no expert.
func.func @moe() {
  %x = arith.constant dense<[[1.0], [-2.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[0.5, 0.25], [1.0, 2.0]]> : tensor<2x2xf32>
  %i = arith.constant dense<[[0, 1], [-1, 1]]> : tensor<2x2xi32>
  %gu = arith.constant dense<[[[2.0, 3.0]], [[-1.0, 1.0]], [[5.0, 5.0]]]> : tensor<3x1x2xf32>
  %d = arith.constant dense<[[[1.0]], [[1.0]], [[7.0]]]> : tensor<3x1x1xf32>
  %y = hadal.moe %x, %w, %i, %gu, %d relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>) -> tensor<2x1xf32>
  // Token 0: 0.5 · 6 + 0.25 · relu(−1) · 1; token 1: 2 · relu(2) · (−2).
  %ey = arith.constant dense<[[3.0], [-8.0]]> : tensor<2x1xf32>
  check.expect_eq %y, %ey : tensor<2x1xf32>, tensor<2x1xf32>
  return
}
