// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// route C1
func.func @f(%l: tensor<5x?xf32>) {
  // expected-error @+1 {{takes logits [T, E] with E static}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x?xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C1, bias
func.func @f(%l: tensor<5x16xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{the bias must be [E] of logits' element type}}
  %0:2 = hadal.route %l bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>, tensor<8xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C2
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{the number of groups, 3, must divide the number of experts, 16}}
  %0:2 = hadal.route %l score sigmoid groups 3 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C3
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{keeps 5 of 4 groups}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 5 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C4
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{chooses 9 of the 8 experts of the kept groups}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 9 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x9xf32>, tensor<5x9xi32>)
  return
}

// -----

// route C5
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{sum2 needs at least two experts in a group}}
  %0:2 = hadal.route %l score sigmoid groups 16 keep 16 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C6
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{gives [5x4], not 'tensor<5x3xi32>'}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x3xi32>)
  return
}

// -----

// route C7
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{scale and epsilon must be finite, epsilon not negative}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon -1.0e-20 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// moe C1
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf16>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{takes x, weights, indices of rank 2 and w_gate_up, w_down of rank 3, floats of one type}}
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

// moe C2, result
func.func @f(%x: tensor<5x192xf32>, %w: tensor<5x4xf32>, %i: tensor<5x4xi32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) {
  // expected-error @+1 {{gives x's type}}
  %0 = hadal.moe %x, %w, %i, %gu, %d silu gate_first : (tensor<5x192xf32>, tensor<5x4xf32>, tensor<5x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>) -> tensor<?x192xf32>
  return
}

// -----

// group C1
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{takes indices [T, k] and at least one expert}}
  %0:2 = hadal.group %i experts 0 : (tensor<5x4xi32>) -> (tensor<1xi32>, tensor<20xi32>)
  return
}

// -----

// group C2
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives [17], not 'tensor<16xi32>'}}
  %0:2 = hadal.group %i experts 16 : (tensor<5x4xi32>) -> (tensor<16xi32>, tensor<20xi32>)
  return
}

// -----

// grouped_matmul C1
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<16xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{takes x [M, K], w [E, K, N], offsets [E + 1] and permutation [P], floats of one type}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<16xi32>, tensor<20xi32>) -> tensor<20x160xf32>
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

// grouped_matmul C3
func.func @f(%x: tensor<5x192xf32>, %w: tensor<16x192x160xf32>, %o: tensor<17xi32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gives [20x160], not 'tensor<5x160xf32>'}}
  %0 = hadal.grouped_matmul %x, %w, %o, %p gather 4 : (tensor<5x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<20xi32>) -> tensor<5x160xf32>
  return
}

// -----

// gated_activation C1
func.func @f(%x: tensor<5x161xf32>) {
  // expected-error @+1 {{takes a tensor whose last dimension is static and even}}
  %0 = hadal.gated_activation %x silu gate_first : (tensor<5x161xf32>) -> tensor<5x80xf32>
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

// combine C1
func.func @f(%y: tensor<21x192xf32>, %w: tensor<5x4xf32>) {
  // expected-error @+1 {{takes y [T*k, H] and weights [T, k] with k static, of one float type}}
  %0 = hadal.combine %y, %w : (tensor<21x192xf32>, tensor<5x4xf32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C1, result
func.func @f(%y: tensor<20x192xf32>, %w: tensor<5x4xf32>) {
  // expected-error @+1 {{gives [5x192], not 'tensor<5x96xf32>'}}
  %0 = hadal.combine %y, %w : (tensor<20x192xf32>, tensor<5x4xf32>) -> tensor<5x96xf32>
  return
}
