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

// latent_attention C6, lse
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{gives [2x8x4], not}}
  %0:2 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x1xf32>)
  return
}

// -----

// latent_attention C9
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C9, rank
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %s: tensor<8x1xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<8x1xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, lengths
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %x: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w q_lengths %x scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<3xi32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, offsets
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %x: tensor<2x1xi64>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w offsets %x scale 0.1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x1xi64>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, two offsets
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %x: tensor<2xi64>) {
  // expected-error @+1 {{has an offset of all batch entries and offsets of each}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w offsets %x scale 0.1 offset 1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2xi64>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, window without causal
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 window 4 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, empty window
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal window 0 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C10, negative window
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal window -1 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C11
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 softcap 0.0 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C11, negative
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 softcap -30.0 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// latent_attention C11, infinite
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 softcap 0x7F800000 form auto : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// absorb_query C1
func.func @f(%q: tensor<8x4x32xf32>, %w: tensor<64x8x32xf32>) {
  // expected-error @+1 {{takes q_nope of rank 4 and w_uk of rank 3}}
  %0 = hadal.absorb_query %q, %w : (tensor<8x4x32xf32>, tensor<64x8x32xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// absorb_query C1, element type
func.func @f(%q: tensor<2x8x4x32xf32>, %w: tensor<64x8x32xf16>) {
  // expected-error @+1 {{of the result's element type}}
  %0 = hadal.absorb_query %q, %w : (tensor<2x8x4x32xf32>, tensor<64x8x32xf16>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// absorb_query C2
func.func @f(%q: tensor<2x8x4x32xf32>, %w: tensor<64x8x48xf32>) {
  // expected-error @+1 {{w_uk must be [L, H, Dn]}}
  %0 = hadal.absorb_query %q, %w : (tensor<2x8x4x32xf32>, tensor<64x8x48xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// absorb_query C2, heads
func.func @f(%q: tensor<2x8x4x32xf32>, %w: tensor<64x4x32xf32>) {
  // expected-error @+1 {{w_uk must be [L, H, Dn]}}
  %0 = hadal.absorb_query %q, %w : (tensor<2x8x4x32xf32>, tensor<64x4x32xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// absorb_query C3
func.func @f(%q: tensor<2x8x4x32xf32>, %w: tensor<64x8x32xf32>) {
  // expected-error @+1 {{gives [2x8x4x64], not}}
  %0 = hadal.absorb_query %q, %w : (tensor<2x8x4x32xf32>, tensor<64x8x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// expand_value C1
func.func @f(%x: tensor<2x8x4x64xf32>, %w: tensor<64x256xf32>) {
  // expected-error @+1 {{takes x of rank 4 and w_uv of rank 3}}
  %0 = hadal.expand_value %x, %w : (tensor<2x8x4x64xf32>, tensor<64x256xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// expand_value C2
func.func @f(%x: tensor<2x8x4x64xf32>, %w: tensor<48x8x32xf32>) {
  // expected-error @+1 {{w_uv must be [L, H, Dv]}}
  %0 = hadal.expand_value %x, %w : (tensor<2x8x4x64xf32>, tensor<48x8x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// expand_value C3
func.func @f(%x: tensor<2x8x4x64xf32>, %w: tensor<64x8x32xf32>) {
  // expected-error @+1 {{gives [2x8x4x32], not}}
  %0 = hadal.expand_value %x, %w : (tensor<2x8x4x64xf32>, tensor<64x8x32xf32>) -> tensor<2x8x4x64xf32>
  return
}
