// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// dispatch C1
func.func @f(%x: tensor<?x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{takes x [R, T, H] with R static and at least 1, and indices [R, T, k]}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<?x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C1, none
func.func @f(%x: tensor<0x8x192xf32>, %i: tensor<0x8x2xi32>) {
  // expected-error @+1 {{takes x [R, T, H] with R static and at least 1, and indices [R, T, k]}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<0x8x192xf32>, tensor<0x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C1, tokens
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x7x2xi32>) {
  // expected-error @+1 {{takes x [R, T, H] with R static and at least 1, and indices [R, T, k]}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x7x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C2
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{spreads experts evenly over ranks, not 18 over 4}}
  %0:3 = hadal.dispatch %x, %i experts 18 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C2, none
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{spreads experts evenly over ranks, not 0 over 4}}
  %0:3 = hadal.dispatch %x, %i experts 0 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C3
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{max_tokens must be at least 1 and at least the number of tokens}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency max_tokens 7 : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C3, negative
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{max_tokens must be at least 1 and at least the number of tokens}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency max_tokens -1 : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C3, align
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{align must be at least 1, and belongs to the normal layout}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency align 16 : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C3, align 0
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{align must be at least 1, and belongs to the normal layout}}
  %0:4 = hadal.dispatch %x, %i experts 16 normal align 0 : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x32x192xf32>, tensor<4x4xi32>, tensor<4x32xi32>, tensor<4x32x2xi32>)
  return
}

// -----

// dispatch C4
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>, %w: tensor<4x8x2xf32>) {
  // expected-error @+1 {{weights must be [R, T, k], and belong to the normal layout}}
  %0:3 = hadal.dispatch %x, %i weights %w experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>, tensor<4x8x2xf32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C4, shape
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>, %w: tensor<4x8x3xf32>) {
  // expected-error @+1 {{weights must be [R, T, k], and belong to the normal layout}}
  %0:5 = hadal.dispatch %x, %i weights %w experts 16 normal : (tensor<4x8x192xf32>, tensor<4x8x2xi32>, tensor<4x8x3xf32>) -> (tensor<4x32x192xf32>, tensor<4x4xi32>, tensor<4x32xi32>, tensor<4x32x2xi32>, tensor<4x32x2xf32>)
  return
}

// -----

// dispatch C4, scales
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{scales must be [R, T, G], not 'tensor<4x2xf32>'}}
  %0:3 = hadal.dispatch %x, %i scales %s experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>, tensor<4x2xf32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C5
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{gives 4 results with these operands, not 3}}
  %0:3 = hadal.dispatch %x, %i experts 16 normal : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x32x192xf32>, tensor<4x4xi32>, tensor<4x32xi32>)
  return
}

// -----

// dispatch C5, types
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{results must have the element types of what they receive}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf16>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C5, indices
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{results must have the element types of what they receive}}
  %0:4 = hadal.dispatch %x, %i experts 16 normal : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x32x192xf32>, tensor<4x4xi32>, tensor<4x32xi32>, tensor<4x32x2xi64>)
  return
}

// -----

// dispatch C6
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{gives [4x4x32x192], not 'tensor<4x4x8x192xf32>'}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x8x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C6, counts
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{gives [4x4], not 'tensor<4x16xi32>'}}
  %0:3 = hadal.dispatch %x, %i experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x16xi32>, tensor<4x4x32xi32>)
  return
}

// -----

// dispatch C6, source
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>) {
  // expected-error @+1 {{gives [4x32], not 'tensor<4x4x32xi32>'}}
  %0:4 = hadal.dispatch %x, %i experts 16 normal : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>, tensor<4x32x2xi32>)
  return
}

// -----

// dispatch C6, scales
func.func @f(%x: tensor<4x8x192xf32>, %i: tensor<4x8x2xi32>, %s: tensor<4x8x2xf32>) {
  // expected-error @+1 {{gives [4x4x32x2], not 'tensor<4x4x32x3xf32>'}}
  %0:4 = hadal.dispatch %x, %i scales %s experts 16 low_latency : (tensor<4x8x192xf32>, tensor<4x8x2xi32>, tensor<4x8x2xf32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>, tensor<4x4x32x3xf32>)
  return
}

// -----

// collect C1
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x16xi32>, %w: tensor<4x8x2xf32>) {
  // expected-error @+1 {{takes y with R static and a source for each of its rows}}
  %0 = hadal.collect %y, %s weights %w low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x16xi32>, tensor<4x8x2xf32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C1, rank
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>) {
  // expected-error @+1 {{takes y with R static and a source for each of its rows}}
  %0 = hadal.collect %y, %s normal : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C1, rows
func.func @f(%y: tensor<4x30x192xf32>, %s: tensor<4x30xi32>) {
  // expected-error @+1 {{takes a number of rows that the number of ranks divides, not 30}}
  %0 = hadal.collect %y, %s normal : (tensor<4x30x192xf32>, tensor<4x30xi32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C2
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>) {
  // expected-error @+1 {{takes weights in the low-latency layout alone}}
  %0 = hadal.collect %y, %s low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C2, normal
func.func @f(%y: tensor<4x32x192xf32>, %s: tensor<4x32xi32>, %w: tensor<4x8x2xf32>) {
  // expected-error @+1 {{takes weights in the low-latency layout alone}}
  %0 = hadal.collect %y, %s weights %w normal : (tensor<4x32x192xf32>, tensor<4x32xi32>, tensor<4x8x2xf32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C2, shape
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>, %w: tensor<8x8x2xf32>) {
  // expected-error @+1 {{weights must be [R, T, k], not 'tensor<8x8x2xf32>'}}
  %0 = hadal.collect %y, %s weights %w low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>, tensor<8x8x2xf32>) -> tensor<4x8x192xf32>
  return
}

// -----

// collect C2, tokens
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>, %w: tensor<4x9x2xf32>) {
  // expected-error @+1 {{a rank has at most 8 tokens, not 9}}
  %0 = hadal.collect %y, %s weights %w low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>, tensor<4x9x2xf32>) -> tensor<4x9x192xf32>
  return
}

// -----

// collect C3
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>, %w: tensor<4x8x2xf32>) {
  // expected-error @+1 {{gives y's element type, not 'tensor<4x8x192xf16>'}}
  %0 = hadal.collect %y, %s weights %w low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>, tensor<4x8x2xf32>) -> tensor<4x8x192xf16>
  return
}

// -----

// collect C3, shape
func.func @f(%y: tensor<4x4x32x192xf32>, %s: tensor<4x4x32xi32>, %w: tensor<4x8x2xf32>) {
  // expected-error @+1 {{gives [4x8x192], not 'tensor<4x32x192xf32>'}}
  %0 = hadal.collect %y, %s weights %w low_latency : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>, tensor<4x8x2xf32>) -> tensor<4x32x192xf32>
  return
}
