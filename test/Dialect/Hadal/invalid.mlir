// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// attention C1
func.func @f(%q: tensor<8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{takes q, k and v of rank 4}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C1, element type
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf16>) {
  // expected-error @+1 {{and of the result's element type}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf16>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C2
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x48xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{q and k differ in head size: 64 and 48}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x48xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C3, length
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x7x32xf32>) {
  // expected-error @+1 {{must agree in batch; k and v in heads and length}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x7x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C3, batch
func.func @f(%q: tensor<1x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{must agree in batch; k and v in heads and length}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<1x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<1x8x4x32xf32>
  return
}

// -----

// attention C4
func.func @f(%q: tensor<2x7x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{the number of query heads, 7, is no multiple of the number of kv heads, 2}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x7x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x7x4x32xf32>
  return
}

// -----

// attention C5
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{gives [2x8x4x32], not 'tensor<2x8x4x64xf32>'}}
  %0 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// attention C6
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %m: tensor<2x1x4x5xi1>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x6]}}
  %0 = hadal.attention %q, %k, %v mask %m scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x1x4x5xi1>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C7
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.attention %q, %k, %v scale 0x7F800000 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C1
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x1x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{takes q_nope, q_pe of rank 4 and latent, k_pe, w_kv of rank 3}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x1x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C2
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x4x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{q_nope and q_pe must agree in batch, heads and length}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x4x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C3
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x5x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{latent and k_pe must agree in batch and length}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x5x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C4
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x8xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{q_pe and k_pe differ in size: 16 and 8}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x8xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C5
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x4x64xf32>) {
  // expected-error @+1 {{w_kv must be [L, H, Dn + Dv] with Dv > 0}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x4x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C5, no values
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x32xf32>) {
  // expected-error @+1 {{w_kv must be [L, H, Dn + Dv] with Dv > 0}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C6
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{gives [2x8x4x32], not 'tensor<2x8x4x48xf32>'}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x48xf32>
  return
}

// -----

// latent_attention C7
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %m: tensor<3x1x4x6xi1>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x6]}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w mask %m scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<3x1x4x6xi1>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C8
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0x7FC00000 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_projection C1
func.func @f(%c: tensor<2x4x80xf32>, %n: tensor<64xf32>, %cs: tensor<4x8xf32>) {
  // expected-error @+1 {{takes c_kv, cos, sin of rank 3 and weight of rank 1}}
  %0:2 = hadal.latent_projection %c, %n, %cs, %cs epsilon 1.0e-6 rope interleaved to halves : (tensor<2x4x80xf32>, tensor<64xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x16xf32>)
  return
}

// -----

// latent_projection C2
func.func @f(%c: tensor<2x4x79xf32>, %n: tensor<64xf32>, %cs: tensor<1x4x8xf32>) {
  // expected-error @+1 {{behind the weight's 64 the last dimension of c_kv, 79, must leave a positive even number}}
  %0:2 = hadal.latent_projection %c, %n, %cs, %cs epsilon 1.0e-6 rope interleaved to halves : (tensor<2x4x79xf32>, tensor<64xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x16xf32>)
  return
}

// -----

// latent_projection C3
func.func @f(%c: tensor<2x4x80xf32>, %n: tensor<64xf32>, %cs: tensor<1x4x16xf32>) {
  // expected-error @+1 {{cos and sin must have one type [B or 1, S, R/2]}}
  %0:2 = hadal.latent_projection %c, %n, %cs, %cs epsilon 1.0e-6 rope interleaved to halves : (tensor<2x4x80xf32>, tensor<64xf32>, tensor<1x4x16xf32>, tensor<1x4x16xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x16xf32>)
  return
}

// -----

// latent_projection C4
func.func @f(%c: tensor<2x4x80xf32>, %n: tensor<64xf32>, %cs: tensor<1x4x8xf32>) {
  // expected-error @+1 {{gives [2x4x64] and [2x4x16]}}
  %0:2 = hadal.latent_projection %c, %n, %cs, %cs epsilon 1.0e-6 rope interleaved to halves : (tensor<2x4x80xf32>, tensor<64xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x8xf32>)
  return
}

// -----

// latent_projection C5
func.func @f(%c: tensor<2x4x80xf32>, %n: tensor<64xf32>, %cs: tensor<1x4x8xf32>) {
  // expected-error @+1 {{epsilon must be finite and not negative}}
  %0:2 = hadal.latent_projection %c, %n, %cs, %cs epsilon -1.0 rope interleaved to halves : (tensor<2x4x80xf32>, tensor<64xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> (tensor<2x4x64xf32>, tensor<2x4x16xf32>)
  return
}

// -----

// cache_append C1
func.func @f(%c: tensor<2x6x64xf32>, %e: tensor<2x1x64xf32>) {
  // expected-error @+1 {{takes cache, entry and result of one rank, and dim within it}}
  %0 = hadal.cache_append %c, %e dim 3 : (tensor<2x6x64xf32>, tensor<2x1x64xf32>) -> tensor<2x7x64xf32>
  return
}

// -----

// cache_append C2
func.func @f(%c: tensor<2x6x64xf32>, %e: tensor<2x1x32xf32>) {
  // expected-error @+1 {{cache, entry and result differ in dimension 2}}
  %0 = hadal.cache_append %c, %e dim 1 : (tensor<2x6x64xf32>, tensor<2x1x32xf32>) -> tensor<2x7x64xf32>
  return
}

// -----

// cache_append C3
func.func @f(%c: tensor<2x6x64xf32>, %e: tensor<2x1x64xf32>) {
  // expected-error @+1 {{dimension 1 of the result must be 7, not 8}}
  %0 = hadal.cache_append %c, %e dim 1 : (tensor<2x6x64xf32>, tensor<2x1x64xf32>) -> tensor<2x8x64xf32>
  return
}

// -----

// rope C1
func.func @f(%x: tensor<2x8x4x16xf32>, %cs: tensor<2x4x8xf32>) {
  // expected-error @+1 {{takes x of rank 4, cos and sin of rank 3}}
  %0 = hadal.rope %x, %cs, %cs interleaved to halves : (tensor<2x8x4x16xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x8x4x8xf32>
  return
}

// -----

// rope C2
func.func @f(%x: tensor<2x8x4x15xf32>, %cs: tensor<2x4x8xf32>) {
  // expected-error @+1 {{the last dimension of x must be static, even and positive}}
  %0 = hadal.rope %x, %cs, %cs interleaved to halves : (tensor<2x8x4x15xf32>, tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x8x4x15xf32>
  return
}

// -----

// rope C3
func.func @f(%x: tensor<2x8x4x16xf32>, %cs: tensor<3x4x8xf32>) {
  // expected-error @+1 {{cos and sin must have one type [B or 1, S, R/2]}}
  %0 = hadal.rope %x, %cs, %cs interleaved to halves : (tensor<2x8x4x16xf32>, tensor<3x4x8xf32>, tensor<3x4x8xf32>) -> tensor<2x8x4x16xf32>
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
  // expected-error @+1 {{the weight's size must be x's last dimension, which is static}}
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
  // expected-error @+1 {{gives weights and indices [5x4], weights of logits' type}}
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
  // expected-error @+1 {{gives offsets [17] and permutation [20]}}
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
  // expected-error @+1 {{gives [5x80] of x's element type}}
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

// -----

// gather C1
func.func @f(%t: tensor<256x192xf32>, %i: tensor<2x3xi64>) {
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = hadal.gather %t, %i axis 2 : (tensor<256x192xf32>, tensor<2x3xi64>) -> tensor<2x3x192xf32>
  return
}

// -----

// gather C2
func.func @f(%t: tensor<256x192xf32>, %i: tensor<2x3xi64>) {
  // expected-error @+1 {{gives [2x3x192] of data's element type}}
  %0 = hadal.gather %t, %i axis 0 : (tensor<256x192xf32>, tensor<2x3xi64>) -> tensor<2x192xf32>
  return
}

// -----

// gather_nd C1
func.func @f(%t: tensor<16x192xf32>, %i: tensor<7x3xi64>) {
  // expected-error @+1 {{takes indices with a static tuple size, which with batch_dims fits data's rank}}
  %0 = hadal.gather_nd %t, %i batch_dims 0 : (tensor<16x192xf32>, tensor<7x3xi64>) -> tensor<7xf32>
  return
}

// -----

// gather_nd C2
func.func @f(%t: tensor<16x192xf32>, %i: tensor<7x1xi64>) {
  // expected-error @+1 {{gives [7x192] of data's element type}}
  %0 = hadal.gather_nd %t, %i batch_dims 0 : (tensor<16x192xf32>, tensor<7x1xi64>) -> tensor<7xf32>
  return
}

// -----

// gather_elements C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5xi64>) {
  // expected-error @+1 {{takes data and indices of one rank, and an axis within it}}
  %0 = hadal.gather_elements %t, %i axis 1 : (tensor<5x16xf32>, tensor<5xi64>) -> tensor<5xf32>
  return
}

// -----

// gather_elements C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>) {
  // expected-error @+1 {{gives indices' shape and data's element type}}
  %0 = hadal.gather_elements %t, %i axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_elements C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>, %u: tensor<5x4xf32>) {
  // expected-error @+1 {{takes data, indices and updates of one rank, and an axis within it}}
  %0 = hadal.scatter_elements %t, %i, %u axis -1 reduction none : (tensor<5x16xf32>, tensor<5x4xi64>, tensor<5x4xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_elements C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>, %u: tensor<5x3xf32>) {
  // expected-error @+1 {{takes updates of indices' shape and data's element type, and gives data's type}}
  %0 = hadal.scatter_elements %t, %i, %u axis 1 reduction none : (tensor<5x16xf32>, tensor<5x4xi64>, tensor<5x3xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x3xi64>, %u: tensor<7xf32>) {
  // expected-error @+1 {{takes indices with a static tuple size of at most data's rank}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x3xi64>, tensor<7xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x1xi64>, %u: tensor<7x15xf32>) {
  // expected-error @+1 {{takes updates [7x16], not 'tensor<7x15xf32>'}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x1xi64>, tensor<7x15xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C3
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x1xi64>, %u: tensor<7x16xf32>) {
  // expected-error @+1 {{updates and result must have data's element type, the result its shape}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x1xi64>, tensor<7x16xf32>) -> tensor<6x16xf32>
  return
}

// -----

// topk C1
func.func @f(%x: tensor<5x16xf32>) {
  %k = arith.constant 17 : index
  // expected-error @+1 {{k = 17 is not between 0 and the last dimension, 16}}
  %0:2 = hadal.topk %x, %k largest : (tensor<5x16xf32>, index) -> (tensor<5x17xf32>, tensor<5x17xi64>)
  return
}

// -----

// topk C2
func.func @f(%x: tensor<5x16xf32>, %k: index) {
  // expected-error @+1 {{gives [5x?] twice, values of x's element type}}
  %0:2 = hadal.topk %x, %k largest : (tensor<5x16xf32>, index) -> (tensor<6x?xf32>, tensor<5x?xi64>)
  return
}

// -----

// cumsum C1
func.func @f(%x: tensor<5x16xf32>) {
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = hadal.cumsum %x axis 2 : tensor<5x16xf32>
  return
}
