// RUN: hadal-run --target=reference %s

// u = 1/2, 1/2 and S = 1: du = 2 · (1 - 2), 2 · (3 - 2), times 1/4. The slot of -1 is left out; token 1 has no expert.
func.func @route_sigmoid() {
  %l = arith.constant dense<0.0> : tensor<2x3xf32>
  %i = arith.constant dense<[[0, 2, -1], [-1, -1, -1]]> : tensor<2x3xi32>
  %w = arith.constant dense<[[1.0, 3.0, 0x7FC00000], [1.0, 1.0, 1.0]]> : tensor<2x3xf32>
  %r = hadal.route_grad %l, %i d_weights %w score sigmoid scale 2.0 normalize
      : (tensor<2x3xf32>, tensor<2x3xi32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %e0 = arith.constant dense<[[-0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

// s = 1/4, 1/4, 1/2; ds = 0, 0, 4; Σ s · ds = 2.
func.func @route_softmax() {
  %l = arith.constant dense<[[0.0, 0.0, 0.693147181]]> : tensor<1x3xf32>
  %i = arith.constant dense<[[2]]> : tensor<1x1xi32>
  %w = arith.constant dense<[[4.0]]> : tensor<1x1xf32>
  %r = hadal.route_grad %l, %i d_weights %w score softmax
      : (tensor<1x3xf32>, tensor<1x1xi32>, tensor<1x1xf32>) -> tensor<1x3xf32>
  %e0 = arith.constant dense<[[-0.5, -0.5, 1.0]]> : tensor<1x3xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x3xf32>, tensor<1x3xf32>
  return
}

// Softmax over experts 0 and 2: u = 1/2; 1/2 · (1 - 2), 1/2 · (3 - 2).
func.func @route_softmax_chosen() {
  %l = arith.constant dense<[[1.0, 50.0, 1.0]]> : tensor<1x3xf32>
  %i = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  %w = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %r = hadal.route_grad %l, %i d_weights %w score softmax_chosen
      : (tensor<1x3xf32>, tensor<1x2xi32>, tensor<1x2xf32>) -> tensor<1x3xf32>
  %e0 = arith.constant dense<[[-0.5, 0.0, 0.5]]> : tensor<1x3xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x3xf32>, tensor<1x3xf32>
  return
}

// s = sqrt(ln 2) = 0.832555; 1/2 / (2 · s).
func.func @route_sqrt_softplus() {
  %l = arith.constant dense<0.0> : tensor<1x2xf32>
  %i = arith.constant dense<[[1]]> : tensor<1x1xi32>
  %w = arith.constant dense<[[1.0]]> : tensor<1x1xf32>
  %r = hadal.route_grad %l, %i d_weights %w score sqrt_softplus
      : (tensor<1x2xf32>, tensor<1x1xi32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<[[0.0, 0.300280602]]> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Σ = 2 is below the floor of 4, which is constant: d_weights / 4. With a floor of 1: 1/2 · (4 - 6), 1/2 · (8 - 6).
func.func @route_floor() {
  %l = arith.constant dense<1.0> : tensor<1x2xf32>
  %i = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %w = arith.constant dense<[[4.0, 8.0]]> : tensor<1x2xf32>
  %r = hadal.route_grad %l, %i d_weights %w score identity normalize floor 4.0
      : (tensor<1x2xf32>, tensor<1x2xi32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// With a floor of 1: 1/2 · (4 - 6), 1/2 · (8 - 6).
func.func @route_above_floor() {
  %l = arith.constant dense<1.0> : tensor<1x2xf32>
  %i = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %w = arith.constant dense<[[4.0, 8.0]]> : tensor<1x2xf32>
  %r = hadal.route_grad %l, %i d_weights %w score identity normalize floor 1.0
      : (tensor<1x2xf32>, tensor<1x2xi32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<[[-1.0, 1.0]]> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// sigmoid(-200) is 0 in f32: S = 0, and the weights are constant 0.
func.func @route_underflow() {
  %l = arith.constant dense<-200.0> : tensor<1x2xf32>
  %i = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %w = arith.constant dense<[[4.0, 8.0]]> : tensor<1x2xf32>
  %r = hadal.route_grad %l, %i d_weights %w score sigmoid normalize
      : (tensor<1x2xf32>, tensor<1x2xi32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<0.0> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Row 0 is slot 1 of expert 0, row 1 slot 0 of expert 1. d_x[1] = 10 · 2, d_x[0] = 1 · 5; d_w = 7 · 10, 3 · 1.
func.func @grouped_matmul() {
  %x = arith.constant dense<[[3.0], [7.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[[2.0]], [[5.0]]]> : tensor<2x1x1xf32>
  %o = arith.constant dense<[0, 1, 2]> : tensor<3xi32>
  %p = arith.constant dense<[1, 0]> : tensor<2xi32>
  %g = arith.constant dense<[[1.0], [10.0]]> : tensor<2x1xf32>
  %b = arith.constant dense<0.0> : tensor<2x1xf32>
  %r:3 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %g gather 1 scatter bias %b
      : (tensor<2x1xf32>, tensor<2x1x1xf32>, tensor<3xi32>, tensor<2xi32>, tensor<2x1xf32>, tensor<2x1xf32>) -> (tensor<2x1xf32>, tensor<2x1x1xf32>, tensor<2x1xf32>)
  %e0 = arith.constant dense<[[5.0], [20.0]]> : tensor<2x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  %e1 = arith.constant dense<[[[70.0]], [[3.0]]]> : tensor<2x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  %e2 = arith.constant dense<[[10.0], [1.0]]> : tensor<2x1xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// One token for two slots; expert 0 has no row: d_w is 0 there. w[1] = [2, 3]ᵀ for N = 2: d_x = 1·2 + 10·3 + 4·2 + 5·3.
func.func @grouped_matmul_transposed() {
  %x = arith.constant dense<[[7.0]]> : tensor<1x1xf32>
  %w = arith.constant dense<[[[0x7FC00000], [0x7FC00000]], [[2.0], [3.0]]]> : tensor<2x2x1xf32>
  %o = arith.constant dense<[0, 0, 2]> : tensor<3xi32>
  %p = arith.constant dense<[0, 1]> : tensor<2xi32>
  %g = arith.constant dense<[[1.0, 10.0], [4.0, 5.0]]> : tensor<2x2xf32>
  %r:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %g gather 2 transposed
      : (tensor<1x1xf32>, tensor<2x2x1xf32>, tensor<3xi32>, tensor<2xi32>, tensor<2x2xf32>) -> (tensor<1x1xf32>, tensor<2x2x1xf32>)
  %e0 = arith.constant dense<[[55.0]]> : tensor<1x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  %e1 = arith.constant dense<[[[0.0], [0.0]], [[35.0], [105.0]]]> : tensor<2x2x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  return
}

// Rows beyond an expert's count, and rows of -1, are not read.
func.func @grouped_matmul_counts() {
  %x = arith.constant dense<[[1.0], [0x7FC00000], [0x7FC00000], [2.0]]> : tensor<4x1xf32>
  %w = arith.constant dense<[[[3.0]], [[4.0]]]> : tensor<2x1x1xf32>
  %o = arith.constant dense<[0, 2, 4]> : tensor<3xi32>
  %p = arith.constant dense<[0, 1, -1, 2]> : tensor<4xi32>
  %g = arith.constant dense<[[10.0], [0x7FC00000], [0x7FC00000], [5.0]]> : tensor<4x1xf32>
  %c = arith.constant dense<[1, 2]> : tensor<2xi32>
  %r:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %g counts %c
      : (tensor<4x1xf32>, tensor<2x1x1xf32>, tensor<3xi32>, tensor<4xi32>, tensor<4x1xf32>, tensor<2xi32>) -> (tensor<4x1xf32>, tensor<2x1x1xf32>)
  %e0 = arith.constant dense<[[30.0], [0.0], [0.0], [20.0]]> : tensor<4x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<4x1xf32>, tensor<4x1xf32>
  %e1 = arith.constant dense<[[[10.0]], [[10.0]]]> : tensor<2x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  return
}

// No tokens.
func.func @grouped_matmul_no_tokens() {
  %x = arith.constant dense<> : tensor<0x1xf32>
  %w = arith.constant dense<[[[3.0]]]> : tensor<1x1x1xf32>
  %o = arith.constant dense<[0, 0]> : tensor<2xi32>
  %g = arith.constant dense<> : tensor<0x1xf32>
  %r:2 = hadal.grouped_matmul_grad %x, %w, %o d_out %g
      : (tensor<0x1xf32>, tensor<1x1x1xf32>, tensor<2xi32>, tensor<0x1xf32>) -> (tensor<0x1xf32>, tensor<1x1x1xf32>)
  %e0 = arith.constant dense<> : tensor<0x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<0x1xf32>, tensor<0x1xf32>
  %e1 = arith.constant dense<[[[0.0]]]> : tensor<1x1x1xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Slots 2, none, 1 and 0 of two per token: row 1 gets d_out[0], row 0 gets d_out[2] and d_out[3].
func.func @permute() {
  %x = arith.constant dense<0x7FC00000> : tensor<2x1xf32>
  %p = arith.constant dense<[2, -1, 1, 0]> : tensor<4xi32>
  %g = arith.constant dense<[[1.0], [0x7FC00000], [5.0], [7.0]]> : tensor<4x1xf32>
  %r = hadal.permute_grad %x, %p d_out %g slots_per_token 2
      : (tensor<2x1xf32>, tensor<4xi32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  %e0 = arith.constant dense<[[12.0], [1.0]]> : tensor<2x1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// d_y = weight · d_out, d_weights = y · d_out.
func.func @combine() {
  %y = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %g = arith.constant dense<[[10.0], [100.0]]> : tensor<2x1xf32>
  %r:2 = hadal.combine_grad %y, %w d_out %g
      : (tensor<4x1xf32>, tensor<2x2xf32>, tensor<2x1xf32>) -> (tensor<4x1xf32>, tensor<2x2xf32>)
  %e0 = arith.constant dense<[[10.0], [20.0], [300.0], [400.0]]> : tensor<4x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<4x1xf32>, tensor<4x1xf32>
  %e1 = arith.constant dense<[[10.0, 20.0], [300.0, 400.0]]> : tensor<2x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// Slot 1 has no row; slots 0 and 3 share row 0: 1·10 + 4·100. Row 2 belongs to none.
func.func @combine_inverse() {
  %y = arith.constant dense<[[1.0], [2.0], [0x7FC00000]]> : tensor<3x1xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %g = arith.constant dense<[[10.0], [100.0]]> : tensor<2x1xf32>
  %v = arith.constant dense<[0, -1, 1, 0]> : tensor<4xi32>
  %r:2 = hadal.combine_grad %y, %w d_out %g inverse %v
      : (tensor<3x1xf32>, tensor<2x2xf32>, tensor<2x1xf32>, tensor<4xi32>) -> (tensor<3x1xf32>, tensor<2x2xf32>)
  %e0 = arith.constant dense<[[410.0], [300.0], [0.0]]> : tensor<3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<3x1xf32>, tensor<3x1xf32>
  %e1 = arith.constant dense<[[10.0, 0.0], [200.0, 100.0]]> : tensor<2x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// Row 0 is slot 3, row 1 none, row 2 slot 0.
func.func @combine_permutation() {
  %y = arith.constant dense<[[1.0], [0x7FC00000], [5.0]]> : tensor<3x1xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %g = arith.constant dense<[[10.0], [100.0]]> : tensor<2x1xf32>
  %p = arith.constant dense<[3, -1, 0]> : tensor<3xi32>
  %r:2 = hadal.combine_grad %y, %w d_out %g permutation %p
      : (tensor<3x1xf32>, tensor<2x2xf32>, tensor<2x1xf32>, tensor<3xi32>) -> (tensor<3x1xf32>, tensor<2x2xf32>)
  %e0 = arith.constant dense<[[400.0], [0.0], [10.0]]> : tensor<3x1xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<3x1xf32>, tensor<3x1xf32>
  %e1 = arith.constant dense<[[50.0, 0.0], [0.0, 100.0]]> : tensor<2x2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// At 0 the slope is 0.5.
func.func @act_silu() {
  %x = arith.constant dense<[0.0]> : tensor<1xf32>
  %g = arith.constant dense<[4.0]> : tensor<1xf32>
  %r = hadal.activation_grad %x d_out %g silu
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %e0 = arith.constant dense<[2.0]> : tensor<1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// At 0 the slope is 0.5.
func.func @act_gelu() {
  %x = arith.constant dense<[0.0]> : tensor<1xf32>
  %g = arith.constant dense<[4.0]> : tensor<1xf32>
  %r = hadal.activation_grad %x d_out %g gelu
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %e0 = arith.constant dense<[2.0]> : tensor<1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// At 0 the slope is 0.5.
func.func @act_gelu_tanh() {
  %x = arith.constant dense<[0.0]> : tensor<1xf32>
  %g = arith.constant dense<[4.0]> : tensor<1xf32>
  %r = hadal.activation_grad %x d_out %g gelu_tanh
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %e0 = arith.constant dense<[2.0]> : tensor<1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// At 0 the slope is 0.25.
func.func @act_sigmoid() {
  %x = arith.constant dense<[0.0]> : tensor<1xf32>
  %g = arith.constant dense<[4.0]> : tensor<1xf32>
  %r = hadal.activation_grad %x d_out %g sigmoid
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %e0 = arith.constant dense<[1.0]> : tensor<1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// σ(1) + 1 · σ(1) · (1 - σ(1)) with σ(1) = 0.731059.
func.func @act_silu_alpha() {
  %x = arith.constant dense<[0.5]> : tensor<1xf32>
  %g = arith.constant dense<[1.0]> : tensor<1xf32>
  %r = hadal.activation_grad %x d_out %g silu alpha 2.0
      : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %e0 = arith.constant dense<[0.927670512]> : tensor<1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1xf32>, tensor<1xf32>
  return
}

// 0 at 0 and below; NaN stays.
func.func @act_relu() {
  %x = arith.constant dense<[-1.0, 0.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %g = arith.constant dense<3.0> : tensor<4xf32>
  %r = hadal.activation_grad %x d_out %g relu
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %e0 = arith.constant dense<[0.0, 0.0, 3.0, 0x7FC00000]> : tensor<4xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<4xf32>, tensor<4xf32>
  return
}

// 2 · max(x, 0).
func.func @act_relu2() {
  %x = arith.constant dense<[-1.0, 0.0, 3.0]> : tensor<3xf32>
  %g = arith.constant dense<1.0> : tensor<3xf32>
  %r = hadal.activation_grad %x d_out %g relu2
      : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %e0 = arith.constant dense<[0.0, 0.0, 6.0]> : tensor<3xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<3xf32>, tensor<3xf32>
  return
}

// silu(0) = 0 and silu'(0) = 1/2: d_gate = 2 · 3 / 2, d_up = 0.
func.func @gated() {
  %x = arith.constant dense<[[0.0, 3.0]]> : tensor<1x2xf32>
  %g = arith.constant dense<[[2.0]]> : tensor<1x1xf32>
  %r = hadal.gated_activation_grad %x d_out %g silu gate_first
      : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<[[3.0, 0.0]]> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Interleaved, limit 2: a gate of 3 and an up of -5 are beyond it and get 0; 2 and 1 are not: d_gate = 4 · (1 + 1), d_up = 4 · 2.
// Beyond it g is 2 and u is -2: relu(2) = 2 goes to an up within the limit.
func.func @gated_limit() {
  %x = arith.constant dense<[[3.0, -5.0], [2.0, 1.0], [3.0, 1.0]]> : tensor<3x2xf32>
  %g = arith.constant dense<4.0> : tensor<3x1xf32>
  %r = hadal.gated_activation_grad %x d_out %g relu interleaved limit 2.0 up_offset 1.0
      : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %e0 = arith.constant dense<[[0.0, 0.0], [8.0, 8.0], [0.0, 8.0]]> : tensor<3x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<3x2xf32>, tensor<3x2xf32>
  return
}

// r = 1 / sqrt 12.5; mean = 3 / 2: d_x = r - r³ · 3 · 1.5, - r³ · 4 · 1.5; d_weight = 3 r.
func.func @rms_norm() {
  %x = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2xf32>
  %g = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %r:2 = hadal.rms_norm_grad %x, %w d_out %g epsilon 0.0
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2xf32>)
  %e0 = arith.constant dense<[[0.181019336, -0.135764502]]> : tensor<1x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %e1 = arith.constant dense<[0.848528137, 0.0]> : tensor<2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  return
}

// weight_offset 1 and a weight of 0: the same.
func.func @rms_norm_offset() {
  %x = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %w = arith.constant dense<0.0> : tensor<2xf32>
  %g = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %r:2 = hadal.rms_norm_grad %x, %w d_out %g epsilon 0.0 weight_offset 1.0
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2xf32>)
  %e0 = arith.constant dense<[[0.181019336, -0.135764502]]> : tensor<1x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %e1 = arith.constant dense<[0.848528137, 0.0]> : tensor<2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  return
}

// A row of zeros with epsilon 1/4: r = 2. Without epsilon it is NaN, as the norm is.
func.func @rms_norm_zeros() {
  %x = arith.constant dense<0.0> : tensor<1x2xf32>
  %g = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %r = hadal.rms_norm_grad %x d_out %g epsilon 0.25
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<[[2.0, 6.0]]> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Without epsilon.
func.func @rms_norm_zeros_nan() {
  %x = arith.constant dense<0.0> : tensor<1x2xf32>
  %g = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %r = hadal.rms_norm_grad %x d_out %g epsilon 0.0
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %e0 = arith.constant dense<0x7FC00000> : tensor<1x2xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// No rows: d_weight is 0.
func.func @rms_norm_no_rows() {
  %x = arith.constant dense<> : tensor<0x2xf32>
  %w = arith.constant dense<1.0> : tensor<2xf32>
  %g = arith.constant dense<> : tensor<0x2xf32>
  %r:2 = hadal.rms_norm_grad %x, %w d_out %g epsilon 0.0
      : (tensor<0x2xf32>, tensor<2xf32>, tensor<0x2xf32>) -> (tensor<0x2xf32>, tensor<2xf32>)
  %e0 = arith.constant dense<> : tensor<0x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<0x2xf32>, tensor<0x2xf32>
  %e1 = arith.constant dense<0.0> : tensor<2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  return
}

// Variance 1, epsilon 3: r = 1/2, y = -+1/2; mean e = 2, mean y·e = 1/2: 1/2 · (1 - 2 + 1/4), 1/2 · (3 - 2 - 1/4).
func.func @layer_norm() {
  %x = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %g = arith.constant dense<[[1.0, 3.0]]> : tensor<1x2xf32>
  %w = arith.constant dense<1.0> : tensor<2xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %r:3 = hadal.layer_norm_grad %x d_out %g weight %w bias %b epsilon 3.0
      : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %e0 = arith.constant dense<[[-0.375, 0.375]]> : tensor<1x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %e1 = arith.constant dense<[-0.5, 1.5]> : tensor<2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  %e2 = arith.constant dense<[1.0, 3.0]> : tensor<2xf32>
  check.expect_close %r#2, %e2 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  return
}

// Without a weight; d_bias is the sum over the rows.
func.func @layer_norm_bias() {
  %x = arith.constant dense<[[1.0, 3.0], [1.0, 3.0]]> : tensor<2x2xf32>
  %g = arith.constant dense<[[1.0, 3.0], [0.0, 5.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  %r:2 = hadal.layer_norm_grad %x d_out %g bias %b epsilon 3.0
      : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> (tensor<2x2xf32>, tensor<2xf32>)
  %e0 = arith.constant dense<[[-0.375, 0.375], [-0.9375, 0.9375]]> : tensor<2x2xf32>
  check.expect_close %r#0, %e0 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  %e1 = arith.constant dense<[1.0, 8.0]> : tensor<2xf32>
  check.expect_close %r#1, %e1 tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  return
}

// Pair 0 stays, pair 1 was turned by a right angle, (a, b) to (-b, a): its cotangent (g0, g1) becomes (g1, -g0).
// The layouts are those of the forward operation: d_out comes in halves, d_x is interleaved.
func.func @rope() {
  %g = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]]]]> : tensor<1x1x1x4xf32>
  %c = arith.constant dense<[[[1.0, 0.0]]]> : tensor<1x1x2xf32>
  %s = arith.constant dense<[[[0.0, 1.0]]]> : tensor<1x1x2xf32>
  %r = hadal.rope_grad %g, %c, %s interleaved to halves
      : (tensor<1x1x1x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x4xf32>
  %e0 = arith.constant dense<[[[[1.0, 3.0, 4.0, -2.0]]]]> : tensor<1x1x1x4xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  return
}

// The last two of three columns, backwards: (g0, g1) becomes (-g1, g0). Angles with a factor of 2 carry it along.
func.func @rope_last() {
  %g = arith.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>
  %c = arith.constant dense<[[[0.0]]]> : tensor<1x1x1xf32>
  %s = arith.constant dense<[[[2.0]]]> : tensor<1x1x1xf32>
  %r = hadal.rope_grad %g, %c, %s halves to halves rotate last inverse
      : (tensor<1x1x3xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x3xf32>
  %e0 = arith.constant dense<[[[1.0, -6.0, 4.0]]]> : tensor<1x1x3xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<1x1x3xf32>, tensor<1x1x3xf32>
  return
}

// Token 1 stands twice, -1 adds nothing.
func.func @embedding() {
  %i = arith.constant dense<[1, -1, 1]> : tensor<3xi64>
  %t = arith.constant dense<0x7FC00000> : tensor<2x1xf32>
  %g = arith.constant dense<[[1.0], [0x7FC00000], [5.0]]> : tensor<3x1xf32>
  %r = hadal.embedding_grad %i, %t d_out %g
      : (tensor<3xi64>, tensor<2x1xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %e0 = arith.constant dense<[[0.0], [6.0]]> : tensor<2x1xf32>
  check.expect_close %r, %e0 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}
