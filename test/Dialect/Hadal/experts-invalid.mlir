// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// grouped_matmul C1
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<16xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{takes x [M, K], w [E, K, N], offsets [E + 1], permutation [P] and counts [E]}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<16xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C1, transposed
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{takes x [M, K], w [E, K, N], offsets [E + 1], permutation [P] and counts [E]}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 transposed : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C1, counts
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>, %c: tensor<17xi32>) {
  // expected-error @+1 {{takes x [M, K], w [E, K, N], offsets [E + 1], permutation [P] and counts [E]}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 counts %c : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>, tensor<17xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C2
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gathers at least one slot per token, or takes one row of x per slot}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 0 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C2, rows
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gathers at least one slot per token, or takes one row of x per slot}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p scatter : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C2, no permutation
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>) {
  // expected-error @+1 {{gathers and scatters by a permutation, and has none}}
  %0 = hadal.grouped_matmul %x, %w, %o scatter : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>) -> tensor<5x160xf32>
  return
}

// -----

// grouped_matmul C3
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gives [20x160], not 'tensor<5x160xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<5x160xf32>
  return
}

// -----

// grouped_matmul C3, no permutation
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>) {
  // expected-error @+1 {{gives [5x160], not 'tensor<20x160xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C4
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>, %b: tensor<16x192xf32>) {
  // expected-error @+1 {{the bias must be [E, N], not 'tensor<16x192xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 bias %b : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>, tensor<16x192xf32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C5
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf16>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{x and w must have one element type, not 'f32' and 'f16'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 : (tensor<5x192xf32>, tensor<16x192x160xf16>, tensor<17xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C6, size
func.func @f(%x: tensor<20x192xf8E4M3FN>, %w: tensor<16x192x160xf8E4M3FN>, %o: tensor<17xi32>, %p: tensor<20xi32>, %s: tensor<20x2xf32>) {
  // expected-error @+1 {{takes scales together with their block of two sizes, at least 1 each}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p x_scales %s block [1, 0] : (tensor<20x192xf8E4M3FN>, tensor<16x192x160xf8E4M3FN>, tensor<17xi32>, tensor<20xi32>, tensor<20x2xf32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C6, sizes
func.func @f(%x: tensor<20x192xf8E4M3FN>, %w: tensor<16x192x160xf8E4M3FN>, %o: tensor<17xi32>, %p: tensor<20xi32>, %s: tensor<16x2x2xf32>) {
  // expected-error @+1 {{takes scales together with their block of two sizes, at least 1 each}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p w_scales %s block [1, 128, 128] : (tensor<20x192xf8E4M3FN>, tensor<16x192x160xf8E4M3FN>, tensor<17xi32>, tensor<20xi32>, tensor<16x2x2xf32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C6, no scales
func.func @f(%x: tensor<5x4xf32>, %w: tensor<2x4x3xf32>, %o: tensor<3xi32>) {
  // expected-error @+1 {{takes scales together with their block of two sizes, at least 1 each}}
  %0 = "hadal.grouped_matmul"(%x, %w, %o) <{x_block = array<i64: 1, 2>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>}> : (tensor<5x4xf32>, tensor<2x4x3xf32>, tensor<3xi32>) -> tensor<5x3xf32>
  return
}

// -----

// grouped_matmul C7
func.func @f(%x: tensor<20x192xf8E4M3FN>, %w: tensor<16x192x160xf8E4M3FN>, %o: tensor<17xi32>, %p: tensor<20xi32>, %s: tensor<20x1xf32>) {
  // expected-error @+1 {{x_scales must have one scale for each block of x, not 'tensor<20x1xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p x_scales %s block [1, 128] : (tensor<20x192xf8E4M3FN>, tensor<16x192x160xf8E4M3FN>, tensor<17xi32>, tensor<20xi32>, tensor<20x1xf32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C7, w
func.func @f(%x: tensor<20x192xf8E4M3FN>, %w: tensor<16x192x160xf8E4M3FN>, %o: tensor<17xi32>, %p: tensor<20xi32>, %s: tensor<16x2x1xf32>) {
  // expected-error @+1 {{w_scales must have one scale for each block of w, not 'tensor<16x2x1xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p w_scales %s block [128, 128] : (tensor<20x192xf8E4M3FN>, tensor<16x192x160xf8E4M3FN>, tensor<17xi32>, tensor<20xi32>, tensor<16x2x1xf32>) -> tensor<20x160xf32>
  return
}

// -----

// grouped_matmul C8
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{promotes after at least one product}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 promote 0 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<20x160xf32>
  return
}

// -----

// activation C1
func.func @f(%x: tensor<5x8xf32>) {
  // expected-error @+1 {{gives [5x8], not 'tensor<5x4xf32>'}}
  %0 = hadal.activation %x silu : (tensor<5x8xf32>) -> tensor<5x4xf32>
  return
}

// -----

// activation C1, type
func.func @f(%x: tensor<5x8xf32>) {
  // expected-error @+1 {{gives x's element type, not 'tensor<5x8xf16>'}}
  %0 = hadal.activation %x silu : (tensor<5x8xf32>) -> tensor<5x8xf16>
  return
}

// -----

// activation C2
func.func @f(%x: tensor<5x8xf32>) {
  // expected-error @+1 {{alpha must be finite, and belongs to silu}}
  %0 = hadal.activation %x gelu alpha 1.702 : (tensor<5x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

// gated_activation C1
func.func @f(%x: tensor<5x161xf32>) {
  // expected-error @+1 {{takes a tensor whose last dimension is even}}
  %0 = hadal.gated_activation %x silu gate_first : (tensor<5x161xf32>) -> tensor<5x80xf32>
  return
}

// -----

// gated_activation C1, type
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{gives x's element type, not 'tensor<5x80xf16>'}}
  %0 = hadal.gated_activation %x silu gate_first : (tensor<5x160xf32>) -> tensor<5x80xf16>
  return
}

// -----

// gated_activation C1, result
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{gives [5x80], not 'tensor<5x160xf32>'}}
  %0 = hadal.gated_activation %x silu gate_first : (tensor<5x160xf32>) -> tensor<5x160xf32>
  return
}

// -----

// gated_activation C2
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{limit must be positive, alpha belongs to silu, and all must be finite}}
  %0 = hadal.gated_activation %x silu gate_first limit 0.0 : (tensor<5x160xf32>) -> tensor<5x80xf32>
  return
}

// -----

// gated_activation C2, alpha
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{limit must be positive, alpha belongs to silu, and all must be finite}}
  %0 = hadal.gated_activation %x relu gate_first alpha 1.702 : (tensor<5x160xf32>) -> tensor<5x80xf32>
  return
}

// -----

// gated_activation C2, offset
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{limit must be positive, alpha belongs to silu, and all must be finite}}
  %0 = hadal.gated_activation %x silu gate_first up_offset 0x7FC00000 : (tensor<5x160xf32>) -> tensor<5x80xf32>
  return
}

// -----

// gated_activation C3
func.func @f(%x: tensor<5x160xf32>) {
  // expected-error @+1 {{needs an order of gate and up}}
  %0 = hadal.gated_activation %x silu none : (tensor<5x160xf32>) -> tensor<5x80xf32>
  return
}

// -----

// moe C1
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<80x192xf32>) {
  // expected-error @+1 {{takes x, weights, indices of rank 2 and w_gate_up, w_down of rank 3}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C1, type
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf16>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{takes floats of one type but for weights, not 'tensor<16x192x160xf16>'}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf16>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C2, tokens
func.func @f(%x: tensor<5x192xf32>, %w: tensor<6x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{x, weights and indices must agree in tokens}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<6x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C2, sizes
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x160x192xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{w_gate_up must be [E, H, 2I] and w_down [E, I, H]}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x160x192xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C2, transposed
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{w_gate_up must be [E, H, 2I] and w_down [E, I, H]}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first transposed : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C2, result
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{gives x's type}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<?x192xf32>
  return
}

// -----

// moe C3
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %b: tensor<16x192xf32>) {
  // expected-error @+1 {{gate_up_bias must be [E, 2I], not 'tensor<16x192xf32>'}}
  %0 = hadal.moe %x, %w, %i, %gu, %d gate_up_bias %b silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<16x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C3, down
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %b: tensor<16x160xf32>) {
  // expected-error @+1 {{down_bias must be [E, H], not 'tensor<16x160xf32>'}}
  %0 = hadal.moe %x, %w, %i, %gu, %d down_bias %b silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<16x160xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C4
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %sg: tensor<192x64xf32>, %sd: tensor<64x192xf32>) {
  // expected-error @+1 {{the weights of the shared expert must be [H, 2Is] and [Is, H], not 'tensor<192x64xf32>' and 'tensor<64x192xf32>'}}
  %0 = hadal.moe %x, %w, %i, %gu, %d shared %sg, %sd silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192x64xf32>, tensor<64x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C4, rank
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %sg: tensor<192x64xf32>, %sd: tensor<1x32x192xf32>) {
  // expected-error @+1 {{the weights of the shared expert must have rank 2}}
  %0 = hadal.moe %x, %w, %i, %gu, %d shared %sg, %sd silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192x64xf32>, tensor<1x32x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C4, one
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %s: tensor<192x64xf32>) {
  // expected-error @+1 {{takes both weights of a shared expert or none}}
  %0 = "hadal.moe"(%x, %w, %i, %gu, %d, %s) <{activation = #hadal<activation silu>, gate_order = #hadal<gate_order gate_first>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0>}> : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192x64xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C5
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %g: tensor<192xf32>) {
  // expected-error @+1 {{gates a shared expert, by shared_gate or by shared_logits}}
  %0 = hadal.moe %x, %w, %i, %gu, %d shared_gate %g silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C5, both
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %sg: tensor<192x64xf32>, %sd: tensor<32x192xf32>, %g: tensor<192xf32>, %l: tensor<5xf32>) {
  // expected-error @+1 {{gates a shared expert, by shared_gate or by shared_logits}}
  %0 = hadal.moe %x, %w, %i, %gu, %d shared %sg, %sd shared_gate %g shared_logits %l silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192x64xf32>, tensor<32x192xf32>, tensor<192xf32>, tensor<5xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C5, size
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>, %sg: tensor<192x64xf32>, %sd: tensor<32x192xf32>, %l: tensor<192xf32>) {
  // expected-error @+1 {{shared_gate must be [H], shared_logits [T]}}
  %0 = hadal.moe %x, %w, %i, %gu, %d shared %sg, %sd shared_logits %l silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>, tensor<192x64xf32>, tensor<32x192xf32>, tensor<192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C6
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{limits must be positive, alpha belongs to silu, shared_limit to a shared expert}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first limit -7.0 : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C6, shared
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{limits must be positive, alpha belongs to silu, shared_limit to a shared expert}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first shared_limit 7.0 : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C6, alpha
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{limits must be positive, alpha belongs to silu, shared_limit to a shared expert}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first alpha 0x7FC00000 : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C2, none
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{w_gate_up must be [E, H, I] and w_down [E, I, H]}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu none : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C7
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x80xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{bounds and shifts only what has a gate}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu none limit 7.0 : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x80xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// moe C7, offset
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x80xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{bounds and shifts only what has a gate}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu none up_offset 1.0 : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x80xf32>, tensor<16x80x192xf32>) -> tensor<5x192xf32>
  return
}
