// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

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
  // expected-error @+1 {{gives [2x4x16], not 'tensor<2x4x8xf32>'}}
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
  // expected-error @+1 {{gives [2x7x64], not 'tensor<2x8x64xf32>'}}
  %0 = hadal.cache_append %c, %e dim 1 : (tensor<2x6x64xf32>, tensor<2x1x64xf32>) -> tensor<2x8x64xf32>
  return
}
