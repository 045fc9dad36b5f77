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

func.func @activation() {
  %x = arith.constant dense<[-1.0, 0.0, 1.0, 3.0]> : tensor<4xf32>
  %relu = hadal.activation %x relu : (tensor<4xf32>) -> tensor<4xf32>
  %erelu = arith.constant dense<[0.0, 0.0, 1.0, 3.0]> : tensor<4xf32>
  check.expect_close %relu, %erelu tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %relu2 = hadal.activation %x relu2 : (tensor<4xf32>) -> tensor<4xf32>
  %erelu2 = arith.constant dense<[0.0, 0.0, 1.0, 9.0]> : tensor<4xf32>
  check.expect_close %relu2, %erelu2 tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %sigmoid = hadal.activation %x sigmoid : (tensor<4xf32>) -> tensor<4xf32>
  %esigmoid = arith.constant dense<[0.2689414214, 0.5, 0.7310585786, 0.9525741268]> : tensor<4xf32>
  check.expect_close %sigmoid, %esigmoid tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %silu = hadal.activation %x silu : (tensor<4xf32>) -> tensor<4xf32>
  %esilu = arith.constant dense<[-0.2689414214, 0.0, 0.7310585786, 2.8577223804]> : tensor<4xf32>
  check.expect_close %silu, %esilu tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %gelu = hadal.activation %x gelu : (tensor<4xf32>) -> tensor<4xf32>
  %egelu = arith.constant dense<[-0.1586552539, 0.0, 0.8413447461, 2.9959503058]> : tensor<4xf32>
  check.expect_close %gelu, %egelu tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %gelu_tanh = hadal.activation %x gelu_tanh : (tensor<4xf32>) -> tensor<4xf32>
  %egelu_tanh = arith.constant dense<[-0.1588080094, 0.0, 0.8411919906, 2.9963627]> : tensor<4xf32>
  check.expect_close %gelu_tanh, %egelu_tanh tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %q = hadal.activation %x silu alpha 1.702 : (tensor<4xf32>) -> tensor<4xf32>
  %eq = arith.constant dense<[-0.1542042321, 0.0, 0.8457957659, 2.98192869]> : tensor<4xf32>
  check.expect_close %q, %eq tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  %n = arith.constant dense<[0x7FC00000]> : tensor<1xf32>
  %r = hadal.activation %n relu2 : (tensor<1xf32>) -> tensor<1xf32>
  check.expect_eq %r, %n : tensor<1xf32>, tensor<1xf32>
  return
}

// gate 3, −5, 1 and up −5, 5, 1: with limit 2 the gate is 2, −5, 1 and up −2, 2, 1.
func.func @clamped() {
  %x = arith.constant dense<[[3.0, -5.0, 1.0, -5.0, 5.0, 1.0]]> : tensor<1x6xf32>
  %a = hadal.gated_activation %x relu gate_first limit 2.0 : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %ea = arith.constant dense<[[-4.0, 0.0, 1.0]]> : tensor<1x3xf32>
  check.expect_eq %a, %ea : tensor<1x3xf32>, tensor<1x3xf32>
  %b = hadal.gated_activation %x relu gate_first limit 2.0 up_offset 1.0 : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %eb = arith.constant dense<[[-2.0, 0.0, 2.0]]> : tensor<1x3xf32>
  check.expect_eq %b, %eb : tensor<1x3xf32>, tensor<1x3xf32>
  // GPT-OSS: gate 3 → 2, up −5 → −2: 2/(1 + exp(−1.702·2)) · (−2 + 1); gate 1, up 1: sigmoid(1.702) · 2; gate −5, up 5.
  %y = arith.constant dense<[[3.0, -5.0, 1.0, 1.0, -5.0, 5.0]]> : tensor<1x6xf32>
  %c = hadal.gated_activation %y silu interleaved limit 2.0 alpha 1.702 up_offset 1.0
      : (tensor<1x6xf32>) -> tensor<1x3xf32>
  %ec = arith.constant dense<[[-1.9356586231442083, 1.6915915318656425, -0.003021048802057108]]> : tensor<1x3xf32>
  check.expect_close %c, %ec tolerance 1.0e-6 : tensor<1x3xf32>, tensor<1x3xf32>
  // NaN stays NaN; infinities are clamped.
  %z = arith.constant dense<[[0x7F800000, 0x7FC00000, 0xFF800000, 1.0]]> : tensor<1x4xf32>
  %d = hadal.gated_activation %z relu gate_first limit 2.0 : (tensor<1x4xf32>) -> tensor<1x2xf32>
  %ed = arith.constant dense<[[-4.0, 0x7FC00000]]> : tensor<1x2xf32>
  check.expect_eq %d, %ed : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// x · wᵀ + bias; without a permutation rows stand as they are. With counts the second row of the expert is not in use.
func.func @transposed_and_bias() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %w = arith.constant dense<[[[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]]> : tensor<1x2x3xf32>
  %o = arith.constant dense<[0, 2]> : tensor<2xi32>
  %b = arith.constant dense<[[10.0, 20.0]]> : tensor<1x2xf32>
  %r = hadal.grouped_matmul %x, %w, %o transposed
      : (tensor<2x3xf32>, tensor<1x2x3xf32>, tensor<2xi32>) -> tensor<2x2xf32>
  %er = arith.constant dense<[[1.0, 5.0], [4.0, 11.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %er : tensor<2x2xf32>, tensor<2x2xf32>
  %s = hadal.grouped_matmul %x, %w, %o transposed bias %b
      : (tensor<2x3xf32>, tensor<1x2x3xf32>, tensor<2xi32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %es = arith.constant dense<[[11.0, 25.0], [14.0, 31.0]]> : tensor<2x2xf32>
  check.expect_eq %s, %es : tensor<2x2xf32>, tensor<2x2xf32>
  %n = arith.constant dense<[1]> : tensor<1xi32>
  %t = hadal.grouped_matmul %x, %w, %o transposed counts %n bias %b
      : (tensor<2x3xf32>, tensor<1x2x3xf32>, tensor<2xi32>, tensor<1xi32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %et = arith.constant dense<[[11.0, 25.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %t, %et : tensor<2x2xf32>, tensor<2x2xf32>
  // A row of −1 is 0 and takes no bias.
  %p = arith.constant dense<[3, -1]> : tensor<2xi32>
  %u = hadal.grouped_matmul %x, %w, %o, %p gather 2 transposed bias %b
      : (tensor<2x3xf32>, tensor<1x2x3xf32>, tensor<2xi32>, tensor<2xi32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %eu = arith.constant dense<[[14.0, 31.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %u, %eu : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// Blocks of 2 along K = 3, the last one short, and of 1 along N. Row 0: 1·1·1·1 = 1, and 2·1·1·4 + 3·10·1·8 = 248;
// row 1: 4·2·1·1 = 8, and 5·2·1·4 + 6·½·1·8 = 64.
func.func @scaled() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf8E4M3FN>
  %w = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]> : tensor<1x3x2xf8E4M3FN>
  %wt = arith.constant dense<[[[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]]> : tensor<1x2x3xf4E2M1FN>
  %o = arith.constant dense<[0, 2]> : tensor<2xi32>
  %xs = arith.constant dense<[[1.0, 10.0], [2.0, 0.5]]> : tensor<2x2xf32>
  %ws = arith.constant dense<[[[1.0, 4.0], [2.0, 8.0]]]> : tensor<1x2x2xf32>
  %wst = arith.constant dense<[[[1.0, 2.0], [4.0, 8.0]]]> : tensor<1x2x2xf8E8M0FNU>
  %r = hadal.grouped_matmul %x, %w, %o x_scales %xs block [1, 2] w_scales %ws block [2, 1] promote 2
      : (tensor<2x3xf8E4M3FN>, tensor<1x3x2xf8E4M3FN>, tensor<2xi32>, tensor<2x2xf32>, tensor<1x2x2xf32>) -> tensor<2x2xf32>
  %er = arith.constant dense<[[1.0, 248.0], [8.0, 64.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %er : tensor<2x2xf32>, tensor<2x2xf32>
  %s = hadal.grouped_matmul %x, %wt, %o transposed x_scales %xs block [1, 2] w_scales %wst block [1, 2]
      : (tensor<2x3xf8E4M3FN>, tensor<1x2x3xf4E2M1FN>, tensor<2xi32>, tensor<2x2xf32>, tensor<1x2x2xf8E8M0FNU>) -> tensor<2x2xf32>
  check.expect_eq %s, %er : tensor<2x2xf32>, tensor<2x2xf32>
  // One side alone: x without scales, w of ordinary floats.
  %t = hadal.grouped_matmul %x, %w, %o w_scales %ws block [2, 1]
      : (tensor<2x3xf8E4M3FN>, tensor<1x3x2xf8E4M3FN>, tensor<2xi32>, tensor<1x2x2xf32>) -> tensor<2x2xbf16>
  %et = arith.constant dense<[[1.0, 32.0], [4.0, 68.0]]> : tensor<2x2xbf16>
  check.expect_eq %t, %et : tensor<2x2xbf16>, tensor<2x2xbf16>
  %wf = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]]> : tensor<1x3x2xf32>
  %u = hadal.grouped_matmul %x, %wf, %o x_scales %xs block [1, 2]
      : (tensor<2x3xf8E4M3FN>, tensor<1x3x2xf32>, tensor<2xi32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %eu = arith.constant dense<[[1.0, 32.0], [8.0, 13.0]]> : tensor<2x2xf32>
  check.expect_eq %u, %eu : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// As @moe: 6x² for expert 0, relu(−x)·x for expert 1 with weight 2 at token 1.
func.func @moe_clauses() {
  %x = arith.constant dense<[[1.0], [-2.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[0.5, 0.25], [0x7FC00000, 2.0]]> : tensor<2x2xf32>
  %i = arith.constant dense<[[0, 1], [-1, 1]]> : tensor<2x2xi32>
  %gu = arith.constant dense<[[[2.0, 3.0]], [[-1.0, 1.0]], [[5.0, 5.0]]]> : tensor<3x1x2xf32>
  %d = arith.constant dense<[[[1.0]], [[1.0]], [[7.0]]]> : tensor<3x1x1xf32>
  // The weight beside −1 is not read.
  %y0 = hadal.moe %x, %w, %i, %gu, %d relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>) -> tensor<2x1xf32>
  %e0 = arith.constant dense<[[3.0], [-8.0]]> : tensor<2x1xf32>
  check.expect_eq %y0, %e0 : tensor<2x1xf32>, tensor<2x1xf32>
  // Biases. Token 0: ½·(relu(2 + 1)·3 + 10) + ¼·(relu(−1 + 3)·1) = 9.5 + 0.5; token 1: 2·relu(2 + 3)·(−2).
  %gb = arith.constant dense<[[1.0, 0.0], [3.0, 0.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %db = arith.constant dense<[[10.0], [0.0], [0.0]]> : tensor<3x1xf32>
  %y1 = hadal.moe %x, %w, %i, %gu, %d gate_up_bias %gb down_bias %db relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>, tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %e1 = arith.constant dense<[[10.0], [-20.0]]> : tensor<2x1xf32>
  check.expect_eq %y1, %e1 : tensor<2x1xf32>, tensor<2x1xf32>
  // limit 1. Token 0: ½·1·1 + ¼·0; token 1: 2·1·(−1).
  %y2 = hadal.moe %x, %w, %i, %gu, %d relu gate_first limit 1.0
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>) -> tensor<2x1xf32>
  %e2 = arith.constant dense<[[0.5], [-2.0]]> : tensor<2x1xf32>
  check.expect_eq %y2, %e2 : tensor<2x1xf32>, tensor<2x1xf32>
  %gut = arith.constant dense<[[[2.0], [3.0]], [[-1.0], [1.0]], [[5.0], [5.0]]]> : tensor<3x2x1xf32>
  %y3 = hadal.moe %x, %w, %i, %gut, %d relu gate_first transposed
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x2x1xf32>, tensor<3x1x1xf32>) -> tensor<2x1xf32>
  check.expect_eq %y3, %e0 : tensor<2x1xf32>, tensor<2x1xf32>
  // A shared expert 3·relu(x)·x: 3 for token 0, 0 for token 1; gated by sigmoid(0) = ½, or by sigmoid(x · ln 3) = ¾.
  %sgu = arith.constant dense<[[1.0, 1.0]]> : tensor<1x2xf32>
  %sd = arith.constant dense<[[3.0]]> : tensor<1x1xf32>
  %y4 = hadal.moe %x, %w, %i, %gu, %d shared %sgu, %sd relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %e4 = arith.constant dense<[[6.0], [-8.0]]> : tensor<2x1xf32>
  check.expect_eq %y4, %e4 : tensor<2x1xf32>, tensor<2x1xf32>
  %sl = arith.constant dense<[0.0, 5.0]> : tensor<2xf32>
  %y5 = hadal.moe %x, %w, %i, %gu, %d shared %sgu, %sd shared_logits %sl relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>, tensor<2xf32>) -> tensor<2x1xf32>
  %e5 = arith.constant dense<[[4.5], [-8.0]]> : tensor<2x1xf32>
  check.expect_eq %y5, %e5 : tensor<2x1xf32>, tensor<2x1xf32>
  %sg = arith.constant dense<[1.0986122887]> : tensor<1xf32>
  %y6 = hadal.moe %x, %w, %i, %gu, %d shared %sgu, %sd shared_gate %sg relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  %e6 = arith.constant dense<[[5.25], [-8.0]]> : tensor<2x1xf32>
  check.expect_close %y6, %e6 tolerance 1.0e-7 : tensor<2x1xf32>, tensor<2x1xf32>
  // limit is for the routed experts, shared_limit for the shared one: 3·½·½.
  %y7 = hadal.moe %x, %w, %i, %gu, %d shared %sgu, %sd relu gate_first limit 1.0 shared_limit 0.5
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x2xf32>, tensor<3x1x1xf32>, tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %e7 = arith.constant dense<[[1.25], [-2.0]]> : tensor<2x1xf32>
  check.expect_eq %y7, %e7 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// No gate: y = down · relu(w · x + b). Expert 0: relu(2x + 1); expert 1: relu(−x).
func.func @moe_ungated() {
  %x = arith.constant dense<[[1.0], [-2.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[0.5, 0.25], [1.0, 2.0]]> : tensor<2x2xf32>
  %i = arith.constant dense<[[0, 1], [-1, 1]]> : tensor<2x2xi32>
  %fc = arith.constant dense<[[[2.0]], [[-1.0]], [[5.0]]]> : tensor<3x1x1xf32>
  %d = arith.constant dense<[[[1.0]], [[3.0]], [[7.0]]]> : tensor<3x1x1xf32>
  %b = arith.constant dense<[[1.0], [0.0], [0.0]]> : tensor<3x1xf32>
  %y0 = hadal.moe %x, %w, %i, %fc, %d gate_up_bias %b relu none
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %e0 = arith.constant dense<[[1.5], [12.0]]> : tensor<2x1xf32>
  check.expect_eq %y0, %e0 : tensor<2x1xf32>, tensor<2x1xf32>
  // A shared expert 3·x, of the same function, identity.
  %s1 = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %s2 = arith.constant dense<[[1.0], [1.0]]> : tensor<2x1xf32>
  %y1 = hadal.moe %x, %w, %i, %fc, %d shared %s1, %s2 identity none
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi32>, tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  // ½·2 − ¼·3 + 3; 2·3·2 − 6.
  %e1 = arith.constant dense<[[3.25], [6.0]]> : tensor<2x1xf32>
  check.expect_eq %y1, %e1 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

// No token; a token without experts; one expert.
func.func @moe_edges() {
  %x0 = arith.constant dense<> : tensor<0x1xf32>
  %w0 = arith.constant dense<> : tensor<0x2xf32>
  %i0 = arith.constant dense<> : tensor<0x2xi32>
  %gu = arith.constant dense<[[[2.0, 3.0]]]> : tensor<1x1x2xf32>
  %d = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %y0 = hadal.moe %x0, %w0, %i0, %gu, %d relu gate_first
      : (tensor<0x1xf32>, tensor<0x2xf32>, tensor<0x2xi32>, tensor<1x1x2xf32>, tensor<1x1x1xf32>) -> tensor<0x1xf32>
  check.expect_eq %y0, %x0 : tensor<0x1xf32>, tensor<0x1xf32>
  %x = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[1.0, 1.0], [1.0, 1.0]]> : tensor<2x2xf32>
  %i = arith.constant dense<[[-1, -1], [0, 0]]> : tensor<2x2xi64>
  %y1 = hadal.moe %x, %w, %i, %gu, %d relu gate_first
      : (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x2xi64>, tensor<1x1x2xf32>, tensor<1x1x1xf32>) -> tensor<2x1xf32>
  %e1 = arith.constant dense<[[0.0], [48.0]]> : tensor<2x1xf32>
  check.expect_eq %y1, %e1 : tensor<2x1xf32>, tensor<2x1xf32>
  return
}
