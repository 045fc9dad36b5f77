// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// route C1
func.func @f(%l: tensor<80xf32>) {
  // expected-error @+1 {{takes logits [T, E], not 'tensor<80xf32>'}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<80xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C1, bias
func.func @f(%l: tensor<5x16xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{the bias must be [E], not 'tensor<8xf32>'}}
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

// route C2, none
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{the number of groups, 0, must divide the number of experts, 16}}
  %0:2 = hadal.route %l score sigmoid groups 0 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
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
  // expected-error @+1 {{chooses 9 of the experts of the kept groups}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 9 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x9xf32>, tensor<5x9xi32>)
  return
}

// -----

// route C4, none
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{chooses 0 of the experts of the kept groups}}
  %0:2 = hadal.route %l score softmax top 0 : (tensor<5x16xf32>) -> (tensor<5x0xf32>, tensor<5x0xi32>)
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

// route C6, weights
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{gives [5x4], not 'tensor<4x4xf32>'}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<4x4xf32>, tensor<5x4xi32>)
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

// route C7, scale
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{scale and epsilon must be finite, epsilon not negative}}
  %0:2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 0x7F800000 normalize epsilon 0.0 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C8
func.func @f(%l: tensor<5x16xf32>, %v: tensor<4xi1>) {
  // expected-error @+1 {{valid must be [T], not 'tensor<4xi1>'}}
  %0:2 = hadal.route %l valid %v score softmax top 4 : (tensor<5x16xf32>, tensor<4xi1>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C9
func.func @f(%l: tensor<5x16xf32>, %g: tensor<5x4xi64>) {
  // expected-error @+1 {{the given experts must be [T, k] of indices' element type, not 'tensor<5x4xi64>'}}
  %0:2 = hadal.route %l given %g score softmax top 4 : (tensor<5x16xf32>, tensor<5x4xi64>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C9, size
func.func @f(%l: tensor<5x16xf32>, %g: tensor<5x3xi32>) {
  // expected-error @+1 {{the given experts must be [T, k] of indices' element type, not 'tensor<5x3xi32>'}}
  %0:2 = hadal.route %l given %g score softmax top 4 : (tensor<5x16xf32>, tensor<5x3xi32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C9, bias
func.func @f(%l: tensor<5x16xf32>, %g: tensor<5x4xi32>, %b: tensor<16xf32>) {
  // expected-error @+1 {{ranks nothing where the experts are given: no bias, no groups, no rank}}
  %0:2 = hadal.route %l bias %b given %g score softmax top 4 : (tensor<5x16xf32>, tensor<16xf32>, tensor<5x4xi32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C9, groups
func.func @f(%l: tensor<5x16xf32>, %g: tensor<5x4xi32>) {
  // expected-error @+1 {{ranks nothing where the experts are given: no bias, no groups, no rank}}
  %0:2 = hadal.route %l given %g score softmax groups 2 keep 1 by max top 4 : (tensor<5x16xf32>, tensor<5x4xi32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C9, rank
func.func @f(%l: tensor<5x16xf32>, %g: tensor<5x4xi32>) {
  // expected-error @+1 {{ranks nothing where the experts are given: no bias, no groups, no rank}}
  %0:2 = hadal.route %l given %g score softmax rank logits top 4 : (tensor<5x16xf32>, tensor<5x4xi32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C10
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{a floor of the sum needs normalize}}
  %0:2 = hadal.route %l score softmax top 4 floor 1.0e-20 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C11
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{masked takes a finite number, in place of the choices of groups that are not kept}}
  %0:2 = hadal.route %l score softmax groups 2 keep 1 by max masked 0x7F800000 top 4 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
  return
}

// -----

// route C11, one group
func.func @f(%l: tensor<5x16xf32>) {
  // expected-error @+1 {{masked takes a finite number, in place of the choices of groups that are not kept}}
  %0:2 = hadal.route %l score softmax masked 0.0 top 4 : (tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)
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

// group C1, rank
func.func @f(%i: tensor<20xi32>) {
  // expected-error @+1 {{takes indices [T, k] and at least one expert}}
  %0:2 = hadal.group %i experts 16 : (tensor<20xi32>) -> (tensor<17xi32>, tensor<20xi32>)
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

// group C2, align: 8·⌊(20 + 16·7)/8⌋ rows
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives [128], not 'tensor<132xi32>'}}
  %0:2 = hadal.group %i experts 16 align 8 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<132xi32>)
  return
}

// -----

// group C2, capacity
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives [32], not 'tensor<20xi32>'}}
  %0:2 = hadal.group %i experts 16 capacity 2 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<20xi32>)
  return
}

// -----

// group C2, counts
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives [16], not 'tensor<17xi32>'}}
  %0:3 = hadal.group %i experts 16 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<20xi32>, tensor<17xi32>)
  return
}

// -----

// group C2, inverse
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives [20], not 'tensor<32xi32>'}}
  %0:4 = hadal.group %i experts 16 capacity 2 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<32xi32>, tensor<16xi32>, tensor<32xi32>)
  return
}

// -----

// group C2, results
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{gives offsets, permutation, counts and inverse, not 5 results}}
  %0:5 = hadal.group %i experts 16 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<20xi32>, tensor<16xi32>, tensor<20xi32>, tensor<20xi32>)
  return
}

// -----

// group C3
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{takes align or capacity, at least 1}}
  %0:2 = hadal.group %i experts 16 align 0 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<20xi32>)
  return
}

// -----

// group C3, both
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{takes align or capacity, at least 1}}
  %0:2 = hadal.group %i experts 16 align 8 capacity 8 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<128xi32>)
  return
}

// -----

// group C3, beyond i32
func.func @f(%i: tensor<5x4xi32>) {
  // expected-error @+1 {{takes align or capacity, at least 1}}
  %0:2 = hadal.group %i experts 16 capacity 4294967296 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  return
}

// -----

// permute C1
func.func @f(%x: tensor<5x8xf32>, %p: tensor<5x4xi32>) {
  // expected-error @+1 {{takes x of rank 1 or more and permutation [P]}}
  %0 = hadal.permute %x, %p : (tensor<5x8xf32>, tensor<5x4xi32>) -> tensor<5x8xf32>
  return
}

// -----

// permute C2
func.func @f(%x: tensor<5x8xf32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{a token has at least one slot}}
  %0 = hadal.permute %x, %p slots_per_token 0 : (tensor<5x8xf32>, tensor<20xi32>) -> tensor<20x8xf32>
  return
}

// -----

// permute C3
func.func @f(%x: tensor<5x8xf32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gives x's element type, not 'tensor<20x8xf16>'}}
  %0 = hadal.permute %x, %p slots_per_token 4 : (tensor<5x8xf32>, tensor<20xi32>) -> tensor<20x8xf16>
  return
}

// -----

// permute C3, rows
func.func @f(%x: tensor<5x8xf32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{gives [20x8], not 'tensor<5x8xf32>'}}
  %0 = hadal.permute %x, %p slots_per_token 4 : (tensor<5x8xf32>, tensor<20xi32>) -> tensor<5x8xf32>
  return
}

// -----

// combine C1
func.func @f(%y: tensor<20x192xf32>, %w: tensor<20xf32>) {
  // expected-error @+1 {{takes y and weights of rank 2, not 'tensor<20x192xf32>' and 'tensor<20xf32>'}}
  %0 = hadal.combine %y, %w : (tensor<20x192xf32>, tensor<20xf32>) -> tensor<20x192xf32>
  return
}

// -----

// combine C2
func.func @f(%y: tensor<21x192xf32>, %w: tensor<5x4xf32>) {
  // expected-error @+1 {{takes y [T*k, H], a row for each slot, not 'tensor<21x192xf32>'}}
  %0 = hadal.combine %y, %w : (tensor<21x192xf32>, tensor<5x4xf32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C3
func.func @f(%y: tensor<32x192xf32>, %w: tensor<5x4xf32>, %v: tensor<32xi32>) {
  // expected-error @+1 {{takes an inverse [T*k], or a permutation as long as y, or neither}}
  %0 = hadal.combine %y, %w inverse %v : (tensor<32x192xf32>, tensor<5x4xf32>, tensor<32xi32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C3, permutation
func.func @f(%y: tensor<32x192xf32>, %w: tensor<5x4xf32>, %p: tensor<20xi32>) {
  // expected-error @+1 {{takes an inverse [T*k], or a permutation as long as y, or neither}}
  %0 = hadal.combine %y, %w permutation %p : (tensor<32x192xf32>, tensor<5x4xf32>, tensor<20xi32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C3, both
func.func @f(%y: tensor<32x192xf32>, %w: tensor<5x4xf32>, %v: tensor<20xi32>, %p: tensor<32xi32>) {
  // expected-error @+1 {{takes an inverse [T*k], or a permutation as long as y, or neither}}
  %0 = hadal.combine %y, %w inverse %v permutation %p : (tensor<32x192xf32>, tensor<5x4xf32>, tensor<20xi32>, tensor<32xi32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C4
func.func @f(%y: tensor<20x192xf32>, %w: tensor<5x4xf32>, %a: tensor<5x192xf16>) {
  // expected-error @+1 {{y, what is added and the result must have one element type}}
  %0 = hadal.combine %y, %w add %a : (tensor<20x192xf32>, tensor<5x4xf32>, tensor<5x192xf16>) -> tensor<5x192xf32>
  return
}

// -----

// combine C4, shape
func.func @f(%y: tensor<20x192xf32>, %w: tensor<5x4xf32>, %a: tensor<20x192xf32>) {
  // expected-error @+1 {{adds [T, H], not 'tensor<20x192xf32>'}}
  %0 = hadal.combine %y, %w add %a : (tensor<20x192xf32>, tensor<5x4xf32>, tensor<20x192xf32>) -> tensor<5x192xf32>
  return
}

// -----

// combine C5
func.func @f(%y: tensor<20x192xf32>, %w: tensor<5x4xf32>) {
  // expected-error @+1 {{gives [5x192], not 'tensor<5x96xf32>'}}
  %0 = hadal.combine %y, %w : (tensor<20x192xf32>, tensor<5x4xf32>) -> tensor<5x96xf32>
  return
}
