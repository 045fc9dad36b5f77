// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// compress C1
func.func @f(%x: tensor<2x?x64xf32>) {
  // expected-error @+1 {{takes x of rank 4}}
  %0 = hadal.compress %x mean length 32 stride 16 : (tensor<2x?x64xf32>) -> tensor<2x?x64xf32>
  return
}

// -----

// compress C1, element types
func.func @f(%x: tensor<2x4x?x64xf32>, %w: tensor<1x32xf16>) {
  // expected-error @+1 {{all floats have one element type}}
  %0 = hadal.compress %x weighted weight %w length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<1x32xf16>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C1, result
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{all floats have one element type}}
  %0 = hadal.compress %x mean length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf16>
  return
}

// -----

// compress C2
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{length and stride must be at least 1}}
  %0 = hadal.compress %x mean length 0 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C2, stride
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{length and stride must be at least 1}}
  %0 = hadal.compress %x mean length 32 stride -1 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C3
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{weighted takes a weight [Hkv or 1, l]}}
  %0 = hadal.compress %x weighted length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C3, not for mean
func.func @f(%x: tensor<2x4x?x64xf32>, %w: tensor<1x32xf32>) {
  // expected-error @+1 {{no other kind does}}
  %0 = hadal.compress %x mean weight %w length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<1x32xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C3, length
func.func @f(%x: tensor<2x4x?x64xf32>, %w: tensor<4x31xf32>) {
  // expected-error @+1 {{weighted takes a weight [Hkv or 1, l]}}
  %0 = hadal.compress %x weighted weight %w length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x31xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C3, heads
func.func @f(%x: tensor<2x4x?x64xf32>, %w: tensor<2x32xf32>) {
  // expected-error @+1 {{weighted takes a weight [Hkv or 1, l]}}
  %0 = hadal.compress %x weighted weight %w length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<2x32xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C3, linear
func.func @f(%x: tensor<2x4x?x64xf32>, %w: tensor<4x32x32x64xf32>) {
  // expected-error @+1 {{linear one [Hkv or 1, l, D, D']}}
  %0 = hadal.compress %x linear weight %w length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x32x32x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C4
func.func @f(%x: tensor<2x4x?x64xf32>, %a: tensor<4x2048x8xf32>, %b: tensor<4x8x64xf32>) {
  // expected-error @+1 {{mlp takes w1, an activation and w2}}
  %0 = hadal.compress %x mlp w1 %a w2 %b length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x2048x8xf32>, tensor<4x8x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C4, not for mean
func.func @f(%x: tensor<2x4x?x64xf32>, %a: tensor<4x8xf32>) {
  // expected-error @+1 {{only mlp takes w1, w2, their biases and an activation}}
  %0 = hadal.compress %x mean bias1 %a length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x8xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C4, w1
func.func @f(%x: tensor<2x4x?x64xf32>, %a: tensor<4x2047x8xf32>, %b: tensor<4x8x64xf32>) {
  // expected-error @+1 {{w1 must be [Hkv or 1, l·D, F] or [Hkv or 1, l, D, F]}}
  %0 = hadal.compress %x mlp w1 %a w2 %b activation relu length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x2047x8xf32>, tensor<4x8x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C4, w2
func.func @f(%x: tensor<2x4x?x64xf32>, %a: tensor<4x2048x8xf32>, %b: tensor<4x9x64xf32>) {
  // expected-error @+1 {{w2 must be [Hkv or 1, F, D']}}
  %0 = hadal.compress %x mlp w1 %a w2 %b activation relu length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x2048x8xf32>, tensor<4x9x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C4, bias2
func.func @f(%x: tensor<2x4x?x64xf32>, %a: tensor<4x2048x8xf32>, %b: tensor<4x8x64xf32>, %d: tensor<4x63xf32>) {
  // expected-error @+1 {{bias2 [Hkv or 1, D']}}
  %0 = hadal.compress %x mlp w1 %a w2 %b bias2 %d activation relu length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x2048x8xf32>, tensor<4x8x64xf32>, tensor<4x63xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C5
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{gated takes a gate}}
  %0 = hadal.compress %x gated length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C5, not for mean
func.func @f(%x: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{no other kind does}}
  %0 = hadal.compress %x mean overlap length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C5, gate
func.func @f(%x: tensor<2x4x?x64xf32>, %g: tensor<2x4x?x32xf32>) {
  // expected-error @+1 {{the gate must have x's shape}}
  %0 = hadal.compress %x gated gate %g length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<2x4x?x32xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C5, bias
func.func @f(%x: tensor<2x4x?x64xf32>, %g: tensor<2x4x?x64xf32>, %b: tensor<16x64xf32>) {
  // expected-error @+1 {{the bias be [32x64]}}
  %0 = hadal.compress %x gated gate %g bias %b length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<16x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C5, bias with overlap
func.func @f(%x: tensor<2x4x?x64xf32>, %g: tensor<2x4x?x64xf32>, %b: tensor<32x64xf32>) {
  // expected-error @+1 {{the bias be [16x64]}}
  %0 = hadal.compress %x gated gate %g bias %b overlap length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<32x64xf32>) -> tensor<2x4x?x32xf32>
  return
}

// -----

// compress C6
func.func @f(%x: tensor<2x4x?x64xf32>, %g: tensor<2x4x?x64xf32>) {
  // expected-error @+1 {{overlap takes a length of twice the stride}}
  %0 = hadal.compress %x gated gate %g overlap length 32 stride 8 : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>) -> tensor<2x4x?x32xf32>
  return
}

// -----

// compress C6, odd
func.func @f(%x: tensor<2x4x?x63xf32>, %g: tensor<2x4x?x63xf32>) {
  // expected-error @+1 {{two series of channels}}
  %0 = hadal.compress %x gated gate %g overlap length 32 stride 16 : (tensor<2x4x?x63xf32>, tensor<2x4x?x63xf32>) -> tensor<2x4x?x31xf32>
  return
}

// -----

// compress C7
func.func @f(%x: tensor<2x4x?x64xf32>, %p: tensor<4x32x32xf32>) {
  // expected-error @+1 {{pe must be [Hkv or 1, l, D]}}
  %0 = hadal.compress %x mean pe %p length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<4x32x32xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C7, gated
func.func @f(%x: tensor<2x4x?x64xf32>, %g: tensor<2x4x?x64xf32>, %p: tensor<4x32x64xf32>) {
  // expected-error @+1 {{is not for gated}}
  %0 = hadal.compress %x gated gate %g pe %p length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<4x32x64xf32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C8
func.func @f(%x: tensor<2x4x?x64xf32>, %n: tensor<3xi32>) {
  // expected-error @+1 {{kv_lengths must be [B]}}
  %0 = hadal.compress %x mean kv_lengths %n length 32 stride 16 : (tensor<2x4x?x64xf32>, tensor<3xi32>) -> tensor<2x4x?x64xf32>
  return
}

// -----

// compress C9
func.func @f(%x: tensor<2x4x100x64xf32>) {
  // expected-error @+1 {{gives [2x4x5x64]}}
  %0 = hadal.compress %x mean length 32 stride 16 : (tensor<2x4x100x64xf32>) -> tensor<2x4x6x64xf32>
  return
}

// -----

// compress C9, overlap
func.func @f(%x: tensor<2x4x100x64xf32>, %g: tensor<2x4x100x64xf32>) {
  // expected-error @+1 {{gives [2x4x6x32]}}
  %0 = hadal.compress %x gated gate %g overlap length 32 stride 16 : (tensor<2x4x100x64xf32>, tensor<2x4x100x64xf32>) -> tensor<2x4x5x32xf32>
  return
}

// -----

// compress C9, linear
func.func @f(%x: tensor<2x4x100x64xf32>, %w: tensor<1x32x64x16xf32>) {
  // expected-error @+1 {{gives [2x4x5x16]}}
  %0 = hadal.compress %x linear weight %w length 32 stride 16 : (tensor<2x4x100x64xf32>, tensor<1x32x64x16xf32>) -> tensor<2x4x5x64xf32>
  return
}

// -----

// compressed_attention C1
func.func @f(%q: tensor<2x8x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{takes q, k and v of rank 4}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C1, element types
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xbf16>) {
  // expected-error @+1 {{all floats of the result's element type}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xbf16>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C1, sink
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %s: tensor<8xbf16>) {
  // expected-error @+1 {{all floats of the result's element type}}
  %0 = hadal.compressed_attention %q, %k, %v sink %s length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<8xbf16>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C2
func.func @f(%q: tensor<2x8x?x32xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{q and k must agree in batch and head size}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C2, entries
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x5x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{k and v in batch, heads and entries}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x5x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C3
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x3x?x64xf32>, %v: tensor<2x3x?x32xf32>) {
  // expected-error @+1 {{the number of query heads, 8, is no multiple of the number of kv heads, 3}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x3x?x64xf32>, tensor<2x3x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C4
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{length and stride must be at least 1}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 0 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C5
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %m: tensor<2x3x?x?xi1>) {
  // expected-error @+1 {{the mask must broadcast to [2x8x?x?]}}
  %0 = hadal.compressed_attention %q, %k, %v mask %m length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x3x?x?xi1>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C5, sink
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink be [8]}}
  %0 = hadal.compressed_attention %q, %k, %v sink %s length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C6
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{scale and softcap must be finite}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0x7FC00000 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C6, softcap
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{softcap positive}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 softcap 0.0 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C7
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %n: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.compressed_attention %q, %k, %v kv_lengths %n length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<3xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C7, both
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{give one}}
  %0 = hadal.compressed_attention %q, %k, %v offsets %n length 32 stride 16 scale 0.125 offset 3 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C8
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{causal needs offset, offsets or kv_lengths}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 causal : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// compressed_attention C9
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{gives [2x8x?x32]}}
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x64xf32>
  return
}

// -----

// compressed_attention C9, order
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{gives out, then importance of rank 4 and lse of rank 3}}
  %0:3 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?xf32>, tensor<2x2x?x?xf32>)
  return
}

// -----

// compressed_attention C9, importance
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{gives [2x2x?x?]}}
  %0:2 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?x?xf32>)
  return
}

// -----

// compressed_attention C9, lse
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>) {
  // expected-error @+1 {{gives [2x8x?]}}
  %0:2 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> (tensor<2x8x?x32xf32>, tensor<2x2x?xf32>)
  return
}

// -----

// block_importance C1
func.func @f(%p: tensor<2x?x7xf32>) {
  // expected-error @+1 {{of rank 4 and one element type}}
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x?x7xf32>) -> tensor<2x?x2xf32>
  return
}

// -----

// block_importance C1, element types
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{of rank 4 and one element type}}
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf16>
  return
}

// -----

// block_importance C2
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{must be at least 1}}
  %0 = hadal.block_importance %p length 32 stride 0 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf32>
  return
}

// -----

// block_importance C2, length
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{stride divide the others}}
  %0 = hadal.block_importance %p length 40 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf32>
  return
}

// -----

// block_importance C2, block
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{stride divide the others}}
  %0 = hadal.block_importance %p length 32 stride 16 block 40 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf32>
  return
}

// -----

// block_importance C3
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{needs `blocks`}}
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x?xf32>
  return
}

// -----

// block_importance C4
func.func @f(%p: tensor<2x2x?x7xf32>) {
  // expected-error @+1 {{gives [2x2x?x2]}}
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x3x?x2xf32>
  return
}

// -----

// block_mean C1
func.func @f(%k: tensor<2x100x64xf32>) {
  // expected-error @+1 {{of rank 4 and one element type}}
  %0 = hadal.block_mean %k block 64 : (tensor<2x100x64xf32>) -> tensor<2x2x64xf32>
  return
}

// -----

// block_mean C2
func.func @f(%k: tensor<2x4x100x64xf32>) {
  // expected-error @+1 {{block must be at least 1}}
  %0 = hadal.block_mean %k block 0 : (tensor<2x4x100x64xf32>) -> tensor<2x4x2x64xf32>
  return
}

// -----

// block_mean C3
func.func @f(%k: tensor<2x4x100x64xf32>, %n: tensor<4xi32>) {
  // expected-error @+1 {{kv_lengths must be [B]}}
  %0 = hadal.block_mean %k kv_lengths %n block 64 : (tensor<2x4x100x64xf32>, tensor<4xi32>) -> tensor<2x4x2x64xf32>
  return
}

// -----

// block_mean C4
func.func @f(%k: tensor<2x4x100x64xf32>) {
  // expected-error @+1 {{gives [2x4x2x64]}}
  %0 = hadal.block_mean %k block 64 : (tensor<2x4x100x64xf32>) -> tensor<2x4x1x64xf32>
  return
}

// -----

// block_scores C1
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x5x64xf32>) {
  // expected-error @+1 {{takes q and means of rank 4}}
  %0 = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x5x64xf32>) -> tensor<2x8x?x5xf32>
  return
}

// -----

// block_scores C1, element types
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x2x5x64xf16>) {
  // expected-error @+1 {{one element type}}
  %0 = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x2x5x64xf16>) -> tensor<2x8x?x5xf32>
  return
}

// -----

// block_scores C2
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x2x5x32xf32>) {
  // expected-error @+1 {{must agree in batch and head size}}
  %0 = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x2x5x32xf32>) -> tensor<2x8x?x5xf32>
  return
}

// -----

// block_scores C3
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x3x5x64xf32>) {
  // expected-error @+1 {{is no multiple of the number of kv heads, 3}}
  %0 = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x3x5x64xf32>) -> tensor<2x8x?x5xf32>
  return
}

// -----

// block_scores C4
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x2x5x64xf32>) {
  // expected-error @+1 {{gives [2x8x?x5]}}
  %0 = hadal.block_scores %q, %m : (tensor<2x8x?x64xf32>, tensor<2x2x5x64xf32>) -> tensor<2x8x?x6xf32>
  return
}

// -----

// block_scores C5
func.func @f(%q: tensor<2x8x?x64xf32>, %m: tensor<2x2x5x64xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.block_scores %q, %m scale 0x7F800000 : (tensor<2x8x?x64xf32>, tensor<2x2x5x64xf32>) -> tensor<2x8x?x5xf32>
  return
}

// -----

// indexer_scores C1
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x1x?x128xf32>, %w: tensor<2x?x64xf32>) {
  // expected-error @+1 {{k and w of rank 3}}
  %0 = hadal.indexer_scores %q, %k, %w scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x1x?x128xf32>, tensor<2x?x64xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// indexer_scores C2
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x64xf32>, %w: tensor<2x?x64xf32>) {
  // expected-error @+1 {{must agree in batch and head size}}
  %0 = hadal.indexer_scores %q, %k, %w scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x?x64xf32>, tensor<2x?x64xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// indexer_scores C3
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x32xf32>) {
  // expected-error @+1 {{w must be [B, S, Hi]}}
  %0 = hadal.indexer_scores %q, %k, %w scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x32xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// indexer_scores C4
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>, %s: tensor<2x?x64x1xf32>) {
  // expected-error @+1 {{q_scales must be [B, Hi, S]}}
  %0 = hadal.indexer_scores %q, %k, %w q_scales %s scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>, tensor<2x?x64x1xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// indexer_scores C4, keys
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>, %s: tensor<3x?xf32>) {
  // expected-error @+1 {{k_scales [B, T]}}
  %0 = hadal.indexer_scores %q, %k, %w k_scales %s scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>, tensor<3x?xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// indexer_scores C5
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>) {
  // expected-error @+1 {{gives [2x1x?x?]}}
  %0 = hadal.indexer_scores %q, %k, %w scale 1.0 : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>) -> tensor<2x64x?x?xf32>
  return
}

// -----

// indexer_scores C6
func.func @f(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.indexer_scores %q, %k, %w scale 0x7FC00000 : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>) -> tensor<2x1x?x?xf32>
  return
}

// -----

// select C1
func.func @f(%s: tensor<2x?x64xf32>) {
  // expected-error @+1 {{takes scores, and gives indices, of rank 4}}
  %0 = hadal.select %s block 64 count 16 : (tensor<2x?x64xf32>) -> tensor<2x?x16xi32>
  return
}

// -----

// select C2
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{must be at least 1}}
  %0 = hadal.select %s block 0 count 16 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C2, count
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{must be at least 1}}
  %0 = hadal.select %s block 64 count 0 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x0xi32>
  return
}

// -----

// select C2, first
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{first and local at least 0}}
  %0 = hadal.select %s block 64 count 16 first -1 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C3
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{forces 1 first and 2 local candidates but chooses 2}}
  %0 = hadal.select %s block 64 count 2 first 1 local 2 offset 0 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x2xi32>
  return
}

// -----

// select C4
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{share, 3, does not divide the number of heads, 8}}
  %0 = hadal.select %s block 64 count 16 share 3 : (tensor<2x8x?x64xf32>) -> tensor<2x2x?x16xi32>
  return
}

// -----

// select C5
func.func @f(%s: tensor<2x8x?x64xf32>, %m: tensor<2x8x?x64xi1>) {
  // expected-error @+1 {{the mask must broadcast to [2x2x?x64]}}
  %0 = hadal.select %s mask %m block 64 count 16 share 4 : (tensor<2x8x?x64xf32>, tensor<2x8x?x64xi1>) -> tensor<2x2x?x16xi32>
  return
}

// -----

// select C6
func.func @f(%s: tensor<2x8x?x64xf32>, %n: tensor<1x2xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.select %s q_lengths %n block 64 count 16 : (tensor<2x8x?x64xf32>, tensor<1x2xi32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C6, both
func.func @f(%s: tensor<2x8x?x64xf32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{give one}}
  %0 = hadal.select %s offsets %n block 64 count 16 offset 1 : (tensor<2x8x?x64xf32>, tensor<2xi32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C7
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{causal and local need offset, offsets or kv_lengths}}
  %0 = hadal.select %s block 64 count 16 causal : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C7, local
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{causal and local need offset, offsets or kv_lengths}}
  %0 = hadal.select %s block 64 count 16 local 1 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi32>
  return
}

// -----

// select C8
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{gives [2x8x?x16]}}
  %0 = hadal.select %s block 64 count 16 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x15xi32>
  return
}

// -----

// select C8, values
func.func @f(%s: tensor<2x8x?x64xf32>) {
  // expected-error @+1 {{gives [2x2x?x16]}}
  %0:2 = hadal.select %s block 64 count 16 share 4 : (tensor<2x8x?x64xf32>) -> (tensor<2x2x?x16xi32>, tensor<2x8x?x16xf32>)
  return
}

// -----

// selected_attention C1
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x?x16xi32>) {
  // expected-error @+1 {{takes q, k, v and indices of rank 4}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C1, mask
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>, %m: tensor<1x1x?x?xf16>) {
  // expected-error @+1 {{all floats of the result's element type}}
  %0 = hadal.selected_attention %q, %k, %v, %i mask %m block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<1x1x?x?xf16>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C2
func.func @f(%q: tensor<2x8x?x32xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{q and k must agree in batch and head size}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C2, queries
func.func @f(%q: tensor<2x8x5x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x4x16xi32>) {
  // expected-error @+1 {{q and indices in batch and queries}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x5x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x4x16xi32>) -> tensor<2x8x5x32xf32>
  return
}

// -----

// selected_attention C3
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x3x?x64xf32>, %v: tensor<2x3x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{is no multiple of the number of kv heads, 3}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x3x?x64xf32>, tensor<2x3x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C3, lists
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x5x?x16xi32>) {
  // expected-error @+1 {{or of that of lists, 5}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x5x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C4
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{block must be at least 1}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 0 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C5
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>, %m: tensor<3x1x?x?xi1>) {
  // expected-error @+1 {{the mask must broadcast to [2x8x?x?]}}
  %0 = hadal.selected_attention %q, %k, %v, %i mask %m block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<3x1x?x?xi1>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C5, sink
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink be [8]}}
  %0 = hadal.selected_attention %q, %k, %v, %i sink %s block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<2xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C6
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{scale and softcap must be finite}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0xFF800000 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C6, softcap
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{softcap positive}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 softcap -1.0 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C7
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>, %n: tensor<8xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.selected_attention %q, %k, %v, %i offsets %n block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<8xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C7, both
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{give one}}
  %0 = hadal.selected_attention %q, %k, %v, %i offsets %n block 64 scale 0.125 offset 0 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<2xi32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// selected_attention C8
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{gives [2x8x?x32]}}
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x64xf32>
  return
}

// -----

// selected_attention C8, lse
func.func @f(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %i: tensor<2x2x?x16xi32>) {
  // expected-error @+1 {{gives [2x8x?]}}
  %0:2 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125 : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> (tensor<2x8x?x32xf32>, tensor<2x2x?xf32>)
  return
}

// -----

// gated_combine C1
func.func @f(%b0: tensor<2x8x32xf32>, %g: tensor<2x8x1xf32>) {
  // expected-error @+1 {{takes one branch or more, of rank 4}}
  %0 = hadal.gated_combine %b0 gates %g : (tensor<2x8x32xf32>, tensor<2x8x1xf32>) -> tensor<2x8x32xf32>
  return
}

// -----

// gated_combine C1, element types
func.func @f(%b0: tensor<2x8x?x32xf32>, %g: tensor<2x8x?x1xf16>) {
  // expected-error @+1 {{of the gates' element type}}
  %0 = hadal.gated_combine %b0 gates %g : (tensor<2x8x?x32xf32>, tensor<2x8x?x1xf16>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// gated_combine C1, shapes
func.func @f(%b0: tensor<2x8x?x32xf32>, %b1: tensor<2x4x?x32xf32>, %g: tensor<2x8x?x2xf32>) {
  // expected-error @+1 {{branches and result must have one shape}}
  %0 = hadal.gated_combine %b0, %b1 gates %g : (tensor<2x8x?x32xf32>, tensor<2x4x?x32xf32>, tensor<2x8x?x2xf32>) -> tensor<2x8x?x32xf32>
  return
}

// -----

// gated_combine C2
func.func @f(%b0: tensor<2x8x?x32xf32>, %b1: tensor<2x8x?x32xf32>, %g: tensor<2x8x?x3xf32>) {
  // expected-error @+1 {{takes gates [2x8x?x2]}}
  %0 = hadal.gated_combine %b0, %b1 gates %g : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x3xf32>) -> tensor<2x8x?x32xf32>
  return
}
