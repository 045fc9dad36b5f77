// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

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

// -----

// cache_update C1
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x3x64xf32>, %p: tensor<2xi32>) {
  // expected-error @+1 {{takes cache and entry of one rank}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x3x64xf32>, tensor<2xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C1, dim
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf32>, %p: tensor<2xi32>) {
  // expected-error @+1 {{0 < dim < rank}}
  %0 = hadal.cache_update %c, %e at %p dim 0 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf32>, tensor<2xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C1, element type
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf16>, %p: tensor<2xi32>) {
  // expected-error @+1 {{the result's element type}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf16>, tensor<2xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C2
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x4x3x64xf32>, %p: tensor<2xi32>) {
  // expected-error @+1 {{cache and entry differ in dimension 1}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x4x3x64xf32>, tensor<2xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C3
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf32>, %p: tensor<2x4xi32>) {
  // expected-error @+1 {{the positions must be [B] or [B, S]}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf32>, tensor<2x4xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C3, batch
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf32>, %p: tensor<3xi32>) {
  // expected-error @+1 {{the positions must be [B] or [B, S]}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf32>, tensor<3xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C4
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf32>, %p: tensor<2xi32>, %n: tensor<3xi32>) {
  // expected-error @+1 {{counts must be [B]}}
  %0 = hadal.cache_update %c, %e at %p counts %n dim 2 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf32>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x8x16x64xf32>
  return
}

// -----

// cache_update C5
func.func @f(%c: tensor<2x8x16x64xf32>, %e: tensor<2x8x3x64xf32>, %p: tensor<2xi32>) {
  // expected-error @+1 {{gives [2x8x16x64], not}}
  %0 = hadal.cache_update %c, %e at %p dim 2 : (tensor<2x8x16x64xf32>, tensor<2x8x3x64xf32>, tensor<2xi32>) -> tensor<2x8x19x64xf32>
  return
}

// -----

// paged_gather C1
func.func @f(%p: tensor<9xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{takes a pool of rank 2 or more}}
  %0 = hadal.paged_gather %p pages %t lengths %l : (tensor<9xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x64x64xf32>
  return
}

// -----

// paged_gather C1, element type
func.func @f(%p: tensor<9x16x64xf16>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{of the result's element type}}
  %0 = hadal.paged_gather %p pages %t lengths %l : (tensor<9x16x64xf16>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x64x64xf32>
  return
}

// -----

// paged_gather C2
func.func @f(%p: tensor<9x16x64xf32>, %t: tensor<8xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{pages must be [B, N]}}
  %0 = hadal.paged_gather %p pages %t lengths %l : (tensor<9x16x64xf32>, tensor<8xi32>, tensor<2xi32>) -> tensor<2x64x64xf32>
  return
}

// -----

// paged_gather C3
func.func @f(%p: tensor<9x16x64xf32>, %t: tensor<2x4xi32>, %l: tensor<4xi32>) {
  // expected-error @+1 {{lengths must be [B]}}
  %0 = hadal.paged_gather %p pages %t lengths %l : (tensor<9x16x64xf32>, tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x64x64xf32>
  return
}

// -----

// paged_gather C4
func.func @f(%p: tensor<9x16x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{gives [2x64x64], not}}
  %0 = hadal.paged_gather %p pages %t lengths %l : (tensor<9x16x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4x16x64xf32>
  return
}

// -----

// paged_append C1
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x64xf32>, %t: tensor<2x4xi32>, %a: tensor<2xi32>) {
  // expected-error @+1 {{takes pool and entries of one rank}}
  %0 = hadal.paged_append %p, %e pages %t at %a : (tensor<9x16x64xf32>, tensor<2x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<9x16x64xf32>
  return
}

// -----

// paged_append C2
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x3x32xf32>, %t: tensor<2x4xi32>, %a: tensor<2xi32>) {
  // expected-error @+1 {{pool and entries differ in their rows}}
  %0 = hadal.paged_append %p, %e pages %t at %a : (tensor<9x16x64xf32>, tensor<2x3x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<9x16x64xf32>
  return
}

// -----

// paged_append C3
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x3x64xf32>, %t: tensor<3x4xi32>, %a: tensor<2xi32>) {
  // expected-error @+1 {{pages must be [B, N]}}
  %0 = hadal.paged_append %p, %e pages %t at %a : (tensor<9x16x64xf32>, tensor<2x3x64xf32>, tensor<3x4xi32>, tensor<2xi32>) -> tensor<9x16x64xf32>
  return
}

// -----

// paged_append C4
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x3x64xf32>, %t: tensor<2x4xi32>, %a: tensor<2x2xi32>) {
  // expected-error @+1 {{the positions must be [B] or [B, S]}}
  %0 = hadal.paged_append %p, %e pages %t at %a : (tensor<9x16x64xf32>, tensor<2x3x64xf32>, tensor<2x4xi32>, tensor<2x2xi32>) -> tensor<9x16x64xf32>
  return
}

// -----

// paged_append C5
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x3x64xf32>, %t: tensor<2x4xi32>, %a: tensor<2xi32>, %n: tensor<2x1xi32>) {
  // expected-error @+1 {{counts must be [B]}}
  %0 = hadal.paged_append %p, %e pages %t at %a counts %n : (tensor<9x16x64xf32>, tensor<2x3x64xf32>, tensor<2x4xi32>, tensor<2xi32>, tensor<2x1xi32>) -> tensor<9x16x64xf32>
  return
}

// -----

// paged_append C6
func.func @f(%p: tensor<9x16x64xf32>, %e: tensor<2x3x64xf32>, %t: tensor<2x4xi32>, %a: tensor<2xi32>) {
  // expected-error @+1 {{gives [9x16x64], not}}
  %0 = hadal.paged_append %p, %e pages %t at %a : (tensor<9x16x64xf32>, tensor<2x3x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<10x16x64xf32>
  return
}

// -----

// paged_write C1
func.func @f(%p: tensor<9x16x2x64xf32>, %e: tensor<5x1x2x64xf32>, %s: tensor<5xi64>) {
  // expected-error @+1 {{takes a pool of rank 2 or more}}
  %0 = hadal.paged_write %p, %e slots %s : (tensor<9x16x2x64xf32>, tensor<5x1x2x64xf32>, tensor<5xi64>) -> tensor<9x16x2x64xf32>
  return
}

// -----

// paged_write C2
func.func @f(%p: tensor<9x16x2x64xf32>, %e: tensor<5x2x32xf32>, %s: tensor<5xi64>) {
  // expected-error @+1 {{are no rows of}}
  %0 = hadal.paged_write %p, %e slots %s : (tensor<9x16x2x64xf32>, tensor<5x2x32xf32>, tensor<5xi64>) -> tensor<9x16x2x64xf32>
  return
}

// -----

// paged_write C2, slots
func.func @f(%p: tensor<9x16x2x64xf32>, %e: tensor<5x2x64xf32>, %s: tensor<4xi64>) {
  // expected-error @+1 {{are no rows of}}
  %0 = hadal.paged_write %p, %e slots %s : (tensor<9x16x2x64xf32>, tensor<5x2x64xf32>, tensor<4xi64>) -> tensor<9x16x2x64xf32>
  return
}

// -----

// paged_write C3
func.func @f(%p: tensor<9x16x2x64xf32>, %e: tensor<5x2x64xf32>, %s: tensor<5xi64>) {
  // expected-error @+1 {{gives [9x16x2x64], not}}
  %0 = hadal.paged_write %p, %e slots %s : (tensor<9x16x2x64xf32>, tensor<5x2x64xf32>, tensor<5xi64>) -> tensor<9x16x128xf32>
  return
}

// -----

// paged_attention C1
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{takes q, k_pool and v_pool of rank 4}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C2
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x32xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{q and k_pool must agree in head size}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x32xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C2, pages
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<8x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{k_pool and v_pool in pages, page size and heads}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<8x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C3
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x3x64xf32>, %v: tensor<9x16x3x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 3}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x3x64xf32>, tensor<9x16x3x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C4
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<3x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{pages must be [B, N]}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<3x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C5
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{gives [2x8x1x32], not}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x64xf32>
  return
}

// -----

// paged_attention C5, lse
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{gives [2x8x1], not}}
  %0:2 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> (tensor<2x8x1x32xf32>, tensor<2x8xf32>)
  return
}

// -----

// paged_attention C6
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %x: tensor<2x1x1x16xi1>, %l: tensor<2xi32>) {
  // expected-error @+1 {{does not broadcast to [2x8x1x64]}}
  %0 = hadal.paged_attention %q, %k, %v pages %t mask %x kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2x1x1x16xi1>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C7
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0x7F800000 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C8
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %x: tensor<2xf32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.paged_attention %q, %k, %v pages %t sink %x kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C9
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<3xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C9, two offsets
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>, %x: tensor<2xi32>) {
  // expected-error @+1 {{has an offset of all batch entries and offsets of each}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l offsets %x scale 0.125 offset 1 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C9, window
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 window 4 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_attention C10
func.func @f(%q: tensor<2x8x1x64xf32>, %k: tensor<9x16x2x64xf32>, %v: tensor<9x16x2x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.paged_attention %q, %k, %v pages %t kv_lengths %l scale 0.125 softcap -1.0 : (tensor<2x8x1x64xf32>, tensor<9x16x2x64xf32>, tensor<9x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C1
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x1x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{takes q_nope, q_pe of rank 4 and pool, w_kv of rank 3}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x1x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C2
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x2x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{q_nope and q_pe must agree in batch, heads and length}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x2x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C3
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x64xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{a row of the pool must have L + R = 80 columns, not 64}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x64xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C4
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x32xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{w_kv must be [L, H, Dn + Dv] with Dv > 0}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C4, heads
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x4x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{w_kv must be [L, H, Dn + Dv]}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x4x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C5
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<8xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{pages must be [B, N]}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<8xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C6
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{gives [2x8x1x32], not}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x16xf32>
  return
}

// -----

// paged_latent_attention C7
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %x: tensor<2x1x2x64xi1>, %l: tensor<2xi32>) {
  // expected-error @+1 {{does not broadcast to [2x8x1x64]}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t mask %x kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2x1x2x64xi1>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C8
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0x7F800000 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C9
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %x: tensor<2xf32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t sink %x kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C10
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2x1xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2x1xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C10, window
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 window 4 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}

// -----

// paged_latent_attention C11
func.func @f(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %p: tensor<9x16x80xf32>, %w: tensor<64x8x64xf32>, %t: tensor<2x4xi32>, %l: tensor<2xi32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.paged_latent_attention %qn, %qp, %p, %w pages %t kv_lengths %l scale 0.1 softcap 0x7FC00000 : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<9x16x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return
}
