// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// rope C1
func.func @f(%x: tensor<2x8x4x16xf32>, %c: tensor<2x4x8xf32>, %s: tensor<2x4x8xf32>) {
  // expected-error @+1 {{takes x of rank 4 or 3, cos and sin of rank 3}}
  %0 = hadal.rope %x, %c, %s interleaved to halves : (tensor<2x8x4x16xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x8x4x8xf32>
  return
}

// -----

// rope C1
func.func @f(%x: tensor<4x16xf32>, %c: tensor<2x4x8xf32>, %s: tensor<2x4x8xf32>) {
  // expected-error @+1 {{takes x of rank 4 or 3, cos and sin of rank 3}}
  %0 = hadal.rope %x, %c, %s interleaved to halves : (tensor<4x16xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<4x16xf32>
  return
}

// -----

// rope C2
func.func @f(%x: tensor<2x8x4x15xf32>, %c: tensor<2x4x8xf32>, %s: tensor<2x4x8xf32>) {
  // expected-error @+1 {{must be static, positive and, if all of it is rotated, even}}
  %0 = hadal.rope %x, %c, %s interleaved to halves : (tensor<2x8x4x15xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x8x4x15xf32>
  return
}

// -----

// rope C2
func.func @f(%x: tensor<2x8x4x16xf32>, %c: tensor<2x4x9xf32>, %s: tensor<2x4x9xf32>) {
  // expected-error @+1 {{static, positive and at most 16}}
  %0 = hadal.rope %x, %c, %s interleaved to halves rotate last : (tensor<2x8x4x16xf32>, tensor<2x4x9xf32>, tensor<2x4x9xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

// rope C2
func.func @f(%x: tensor<2x8x4x16xf32>, %c: tensor<2x4x?xf32>, %s: tensor<2x4x?xf32>) {
  // expected-error @+1 {{static, positive and at most 16}}
  %0 = hadal.rope %x, %c, %s interleaved to halves rotate first : (tensor<2x8x4x16xf32>, tensor<2x4x?xf32>, tensor<2x4x?xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

// rope C3
func.func @f(%x: tensor<2x8x4x16xf32>, %c: tensor<3x4x8xf32>, %s: tensor<3x4x8xf32>) {
  // expected-error @+1 {{cos and sin must have one type [B or 1, S, R/2]}}
  %0 = hadal.rope %x, %c, %s interleaved to halves : (tensor<2x8x4x16xf32>, tensor<3x4x8xf32>, tensor<3x4x8xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

// rope C3
func.func @f(%x: tensor<2x4x16xf32>, %c: tensor<2x4x8xf32>, %s: tensor<2x4x8xbf16>) {
  // expected-error @+1 {{cos and sin must have one type [B or 1, S, R/2]}}
  %0 = hadal.rope %x, %c, %s interleaved to halves : (tensor<2x4x16xf32>, tensor<2x4x8xf32>, tensor<2x4x8xbf16>) -> tensor<2x4x16xf32>
  return
}

// -----

// rms_norm C1
func.func @f(%x: tensor<2x4x192xf32>, %n: tensor<1x192xf32>) {
  // expected-error @+1 {{takes x of rank 1 or more and weight of rank 1}}
  %0 = hadal.rms_norm %x, %n epsilon 1.0e-6 : (tensor<2x4x192xf32>, tensor<1x192xf32>) -> tensor<2x4x192xf32>
  return
}

// -----

// rms_norm C2
func.func @f(%x: tensor<2x4x192xf32>, %n: tensor<96xf32>) {
  // expected-error @+1 {{the weight's size must be x's last dimension}}
  %0 = hadal.rms_norm %x, %n epsilon 1.0e-6 : (tensor<2x4x192xf32>, tensor<96xf32>) -> tensor<2x4x192xf32>
  return
}

// -----

// rms_norm C3
func.func @f(%x: tensor<2x4x192xf32>, %n: tensor<192xf32>) {
  // expected-error @+1 {{epsilon must be finite and not negative}}
  %0 = hadal.rms_norm %x, %n epsilon 0x7FC00000 : (tensor<2x4x192xf32>, tensor<192xf32>) -> tensor<2x4x192xf32>
  return
}

// -----

// rms_norm C4
func.func @f(%x: tensor<2x4x192xf32>) {
  // expected-error @+1 {{weight_offset must be finite and needs a weight}}
  %0 = hadal.rms_norm %x epsilon 0.0 weight_offset 1.0 : (tensor<2x4x192xf32>) -> tensor<2x4x192xf32>
  return
}

// -----

// layer_norm C1
func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{takes x of rank 1 or more, weight and bias of rank 1}}
  %0 = hadal.layer_norm %x epsilon 0.0 : (tensor<4x8xf32>) -> tensor<4x8xbf16>
  return
}

// -----

// layer_norm C2
func.func @f(%x: tensor<4x8xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{the size of weight and bias must be x's last dimension}}
  %0 = hadal.layer_norm %x bias %b epsilon 0.0 : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return
}

// -----

// layer_norm C3
func.func @f(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{epsilon must be finite and not negative}}
  %0 = hadal.layer_norm %x epsilon -1.0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}

// -----

// rope_angles C1
func.func @f(%p: tensor<5xi64>, %f: tensor<4xf32>) {
  // expected-error @+1 {{takes positions [B or 1, S] and inv_freq [R/2]}}
  %c, %s = hadal.rope_angles %p, %f  : (tensor<5xi64>, tensor<4xf32>) -> (tensor<1x5x4xf32>, tensor<1x5x4xf32>)
  return
}

// -----

// rope_angles C2
func.func @f(%p: tensor<1x5xi64>, %f: tensor<4xf32>) {
  // expected-error @+1 {{gives cos and sin of one element type}}
  %c, %s = hadal.rope_angles %p, %f  : (tensor<1x5xi64>, tensor<4xf32>) -> (tensor<1x5x4xf32>, tensor<1x5x4xbf16>)
  return
}

// -----

// rope_angles C2
func.func @f(%p: tensor<1x5xi64>, %f: tensor<4xf32>) {
  // expected-error @+1 {{gives [1x5x4], not 'tensor<1x5x8xf32>'}}
  %c, %s = hadal.rope_angles %p, %f  : (tensor<1x5xi64>, tensor<4xf32>) -> (tensor<1x5x4xf32>, tensor<1x5x8xf32>)
  return
}

// -----

// rope_angles C3
func.func @f(%p: tensor<1x5xi64>, %f: tensor<4xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %c, %s = hadal.rope_angles %p, %f scale 0x7F800000 : (tensor<1x5xi64>, tensor<4xf32>) -> (tensor<1x5x4xf32>, tensor<1x5x4xf32>)
  return
}

// -----

// yarn_frequencies C1
func.func @f() {
  // expected-error @+1 {{gives a tensor of rank 1 and static positive size}}
  %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<?xf32>
  return
}

// -----

// yarn_frequencies C2
func.func @f() {
  // expected-error @+1 {{the base must be finite and greater than 1}}
  %f = hadal.yarn_frequencies base 1.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<32xf32>
  return
}

// -----

// yarn_frequencies C3
func.func @f() {
  // expected-error @+1 {{must be positive}}
  %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 0.0 beta_slow 1.0 : tensor<32xf32>
  return
}

// -----

// yarn_frequencies C3
func.func @f() {
  // expected-error @+1 {{must be positive}}
  %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 0 beta_fast 32.0 beta_slow 1.0 : tensor<32xf32>
  return
}

// -----

// embedding C1
func.func @f(%i: tensor<3xi64>, %t: tensor<5xf32>) {
  // expected-error @+1 {{takes a table [V, D]}}
  %0 = hadal.embedding %i, %t : (tensor<3xi64>, tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

// embedding C2
func.func @f(%i: tensor<3xi64>, %t: tensor<5x2xf32>) {
  // expected-error @+1 {{gives the table's element type}}
  %0 = hadal.embedding %i, %t : (tensor<3xi64>, tensor<5x2xf32>) -> tensor<3x2xbf16>
  return
}

// -----

// embedding C2
func.func @f(%i: tensor<3xi64>, %t: tensor<5x2xf32>) {
  // expected-error @+1 {{gives [3x2], not 'tensor<3x5xf32>'}}
  %0 = hadal.embedding %i, %t : (tensor<3xi64>, tensor<5x2xf32>) -> tensor<3x5xf32>
  return
}

// -----

// argmax C1
func.func @f(%x: tensor<3x0xf32>) {
  // expected-error @+1 {{whose last dimension is not 0}}
  %0 = hadal.argmax %x : (tensor<3x0xf32>) -> tensor<3xi64>
  return
}

// -----

// argmax C2
func.func @f(%x: tensor<3x5xf32>) {
  // expected-error @+1 {{gives [3], not 'tensor<4xi64>'}}
  %0 = hadal.argmax %x : (tensor<3x5xf32>) -> tensor<4xi64>
  return
}

// -----

// sample C1
func.func @f(%l: tensor<4x5xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{takes logits [B, V] with V not 0, and u [B]}}
  %0 = hadal.sample %l, %u temperature 1.0 : (tensor<4x5xf32>, tensor<3xf32>) -> tensor<3xi32>
  return
}

// -----

// sample C2
func.func @f(%l: tensor<3x5xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{the temperature must be finite and not negative}}
  %0 = hadal.sample %l, %u temperature -1.0 : (tensor<3x5xf32>, tensor<3xf32>) -> tensor<3xi32>
  return
}

// -----

// sample C3
func.func @f(%l: tensor<3x5xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{top_k must be at least 1}}
  %0 = hadal.sample %l, %u temperature 1.0 top_k 0 : (tensor<3x5xf32>, tensor<3xf32>) -> tensor<3xi32>
  return
}

// -----

// sample C4
func.func @f(%l: tensor<3x5xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{top_p must be above 0 and at most 1}}
  %0 = hadal.sample %l, %u temperature 1.0 top_p 1.5 : (tensor<3x5xf32>, tensor<3xf32>) -> tensor<3xi32>
  return
}

// -----

// sample C5
func.func @f(%l: tensor<3x5xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{gives [3], not 'tensor<5xi32>'}}
  %0 = hadal.sample %l, %u temperature 1.0 : (tensor<3x5xf32>, tensor<3xf32>) -> tensor<5xi32>
  return
}
