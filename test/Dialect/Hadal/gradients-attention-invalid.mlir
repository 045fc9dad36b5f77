// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// attention_grad C1, rank
func.func @f(%q: tensor<8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{takes q, k, v and d_out of rank 4}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C1, element type
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf16>) {
  // expected-error @+1 {{of one element type, which d_q, d_k, d_v have}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf16>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C2
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x48xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{q and k differ in head size: 64 and 48}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x48xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x48xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C3
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x7x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{must agree in batch; k and v in heads and length}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x7x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x7x32xf32>)
  return
}

// -----

// attention_grad C4
func.func @f(%q: tensor<2x7x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x7x4x32xf32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 2}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x7x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x7x4x32xf32>) -> (tensor<2x7x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C4, no kv heads
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x0x6x64xf32>, %v: tensor<2x0x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 0}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x0x6x64xf32>, tensor<2x0x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x0x6x64xf32>, tensor<2x0x6x32xf32>)
  return
}

// -----

// attention_grad C5
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x5x32xf32>) {
  // expected-error @+1 {{d_out must be [2x8x4x32] and d_lse [2x8x4]}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x5x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C5, d_lse
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %l: tensor<2x8x5xf32>) {
  // expected-error @+1 {{d_out must be [2x8x4x32] and d_lse [2x8x4]}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do d_lse %l scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x5xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C6
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x2x6x64], not 'tensor<2x2x5x64xf32>'}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x5x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C6, rank
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x2x6x32], not 'tensor<2x2x6xf32>'}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6xf32>)
  return
}

// -----

// attention_grad C7, missing
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{gives d_sink, of the sink's type, with a sink}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do sink %s scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<8xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C7, no sink
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{and none without one}}
  %0:4 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<8xf32>)
  return
}

// -----

// attention_grad C7, size
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink must be [8], not 'tensor<2xf32>'}}
  %0:4 = hadal.attention_grad %q, %k, %v d_out %do sink %s scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<2xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2xf32>)
  return
}

// -----

// attention_grad C7, type
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{of the sink's type}}
  %0:4 = hadal.attention_grad %q, %k, %v d_out %do sink %s scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<8xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<8xf64>)
  return
}

// -----

// attention_grad C8
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %m: tensor<2x1x4x5xi1>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x6]}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do mask %m scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<2x1x4x5xi1>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C9, scale
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0x7F800000 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C9, softcap
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the softcap finite and positive}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 softcap -1.0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C10, lengths
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %n: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2], not 'tensor<3xi32>'}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do kv_lengths %n scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<3xi32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C10, two offsets
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>, %n: tensor<2xi64>) {
  // expected-error @+1 {{give one}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do offsets %n scale 0.125 offset 3 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>, tensor<2xi64>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C10, window
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 window 4 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// attention_grad C10, window of none
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 causal window 0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// varlen_attention_grad C1
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<1x9x8x32xf32>) {
  // expected-error @+1 {{takes q, k, v and d_out of rank 3}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<1x9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C2
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<8x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{q and k must agree in head size; k and v in heads and length}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<8x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<8x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C3
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x3x64xf32>, %v: tensor<7x3x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 3}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x3x64xf32>, tensor<7x3x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x3x64xf32>, tensor<7x3x32xf32>)
  return
}

// -----

// varlen_attention_grad C4
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<5xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{cu_q and cu_kv must be of rank 1 and of one size}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<5xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C4, empty
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<0xi32>, %b: tensor<0xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{cu_q and cu_kv must be of rank 1 and of one size, at least 1}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<0xi32>, tensor<0xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C5
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>, %l: tensor<9x8xf32>) {
  // expected-error @+1 {{d_out must be [9x8x32] and d_lse [8x9]}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do d_lse %l scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>, tensor<9x8xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C6
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{gives [7x2x32], not 'tensor<9x2x32xf32>'}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<9x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C7
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{gives d_sink, of the sink's type, with a sink}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do sink %s scale 0.125 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>, tensor<8xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C8
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0x7F800000 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// varlen_attention_grad C9
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<7x2x64xf32>, %v: tensor<7x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %do: tensor<9x8x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %b d_out %do scale 0.125 window 2 : (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<9x8x32xf32>) -> (tensor<9x8x64xf32>, tensor<7x2x64xf32>, tensor<7x2x32xf32>)
  return
}

// -----

// latent_attention_grad C1
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x1x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{takes q_nope and q_pe of rank 4}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x1x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x1x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C1, element type
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{of one element type, which the results have}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xbf16>)
  return
}

// -----

// latent_attention_grad C2
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x5x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{q_nope and q_pe must agree in batch, heads and length}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x5x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x5x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C3
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x7x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{latent and k_pe must agree in batch and length}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x7x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x7x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C4
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x8xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{q_pe and k_pe differ in size: 16 and 8}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x8xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x8xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C5
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{w_kv must be [L, H, Dn + Dv]}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x32xf32>)
  return
}

// -----

// latent_attention_grad C6
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x31xf32>) {
  // expected-error @+1 {{d_out must be [2x8x4x32] and d_lse [2x8x4]}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x31xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C7
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x6x64], not 'tensor<2x6x63xf32>'}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x63xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C8
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{gives d_sink, of the sink's type, with a sink}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do sink %s scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>, tensor<8xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C9
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>, %m: tensor<2x8x4x5xf32>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x6]}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do mask %m scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x5xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C10
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the scale must be finite, the softcap finite and positive}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 softcap 0.0 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// latent_attention_grad C11
func.func @f(%qn: tensor<2x8x4x32xf32>, %qp: tensor<2x8x4x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<2x8x4x32xf32>, %n: tensor<2x1xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do q_lengths %n scale 0.1 : (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>, tensor<2x8x4x32xf32>, tensor<2x1xi32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>)
  return
}

// -----

// merge_attention_grad C1
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{takes as many outputs of rank 4 as lses of rank 3}}
  %0:3 = hadal.merge_attention_grad outs(%a, %b) lses(%l) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>)
  return
}

// -----

// merge_attention_grad C2
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf64>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{must have one element type}}
  %0:4 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf64>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
  return
}

// -----

// merge_attention_grad C3
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x5xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{must agree in shape, and with the lses and d_lse}}
  %0:4 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x5xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
  return
}

// -----

// merge_attention_grad C4
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0:5 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do sink %s : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>, tensor<4xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<4xf32>)
  return
}

// -----

// merge_attention_grad C5
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{gives 4 results, not 3}}
  %0:3 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>)
  return
}

// -----

// merge_attention_grad C5, sink
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{gives 5 results, not 4}}
  %0:4 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do sink %s : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>, tensor<8xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
  return
}

// -----

// merge_attention_grad C5, element type
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{each result has its operand's element type}}
  %0:4 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf64>)
  return
}

// -----

// merge_attention_grad C5, sizes
func.func @f(%a: tensor<2x8x4x64xf32>, %b: tensor<2x8x4x64xf32>, %l: tensor<2x8x4xf32>, %m: tensor<2x8x4xf32>, %do: tensor<2x8x4x64xf32>) {
  // expected-error @+1 {{gives [2x8x4], not 'tensor<2x8x5xf32>'}}
  %0:4 = hadal.merge_attention_grad outs(%a, %b) lses(%l, %m) d_out %do : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<2x8x4x64xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x5xf32>)
  return
}

// -----

// compress_grad C1
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4xf32>) {
  // expected-error @+1 {{takes x and d_out of rank 4}}
  %0 = hadal.compress_grad %x d_out %do mean length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C1, element type
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %p: tensor<4x32x64xf64>) {
  // expected-error @+1 {{all floats have one element type}}
  %0:2 = hadal.compress_grad %x d_out %do mean pe %p length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x32x64xf64>) -> (tensor<2x4x80x64xf32>, tensor<4x32x64xf64>)
  return
}

// -----

// compress_grad C2
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>) {
  // expected-error @+1 {{length and stride must be at least 1}}
  %0 = hadal.compress_grad %x d_out %do mean length 32 stride 0 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C3
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %w: tensor<4x31xf32>) {
  // expected-error @+1 {{weighted takes a weight [Hkv or 1, l]}}
  %0:2 = hadal.compress_grad %x d_out %do weighted weight %w length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x31xf32>) -> (tensor<2x4x80x64xf32>, tensor<4x31xf32>)
  return
}

// -----

// compress_grad C3, not given
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>) {
  // expected-error @+1 {{weighted takes a weight [Hkv or 1, l]}}
  %0 = hadal.compress_grad %x d_out %do linear length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C4
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %w: tensor<4x2048x8xf32>, %u: tensor<4x8x64xf32>) {
  // expected-error @+1 {{mlp takes w1 [Hkv or 1, l*D, F]}}
  %0:3 = hadal.compress_grad %x d_out %do mlp w1 %w w2 %u length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x2048x8xf32>, tensor<4x8x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<4x2048x8xf32>, tensor<4x8x64xf32>)
  return
}

// -----

// compress_grad C4, w2
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %w: tensor<4x2048x8xf32>, %u: tensor<4x9x64xf32>) {
  // expected-error @+1 {{w2 must be [Hkv or 1, F, D']}}
  %0:3 = hadal.compress_grad %x d_out %do mlp w1 %w activation relu w2 %u length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x2048x8xf32>, tensor<4x9x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<4x2048x8xf32>, tensor<4x9x64xf32>)
  return
}

// -----

// compress_grad C4, other kinds
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>) {
  // expected-error @+1 {{only mlp takes w1, w2, their biases and an activation}}
  %0 = hadal.compress_grad %x d_out %do mean activation silu length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C5
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>) {
  // expected-error @+1 {{gated takes a gate, and perhaps a bias and overlap}}
  %0 = hadal.compress_grad %x d_out %do gated length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C5, shape
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %g: tensor<2x4x80x64xf32>, %b: tensor<16x64xf32>) {
  // expected-error @+1 {{the gate must have x's shape, the bias be [32x64]}}
  %0:3 = hadal.compress_grad %x d_out %do gated gate %g bias %b length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<2x4x80x64xf32>, tensor<16x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<2x4x80x64xf32>, tensor<16x64xf32>)
  return
}

// -----

// compress_grad C6
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x5x32xf32>, %g: tensor<2x4x80x64xf32>) {
  // expected-error @+1 {{overlap takes a length of twice the stride}}
  %0:2 = hadal.compress_grad %x d_out %do gated gate %g overlap length 31 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x5x32xf32>, tensor<2x4x80x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<2x4x80x64xf32>)
  return
}

// -----

// compress_grad C7
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %p: tensor<4x16x64xf32>) {
  // expected-error @+1 {{pe must be [Hkv or 1, l, D]}}
  %0:2 = hadal.compress_grad %x d_out %do mean pe %p length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x16x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<4x16x64xf32>)
  return
}

// -----

// compress_grad C8
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %n: tensor<3xi32>) {
  // expected-error @+1 {{kv_lengths must be [B]}}
  %0 = hadal.compress_grad %x d_out %do mean kv_lengths %n length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<3xi32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C9
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x5x64xf32>) {
  // expected-error @+1 {{d_out must be [2x4x4x64], not 'tensor<2x4x5x64xf32>'}}
  %0 = hadal.compress_grad %x d_out %do mean length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x5x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C10
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %p: tensor<4x32x64xf32>) {
  // expected-error @+1 {{gives one result for x and for each of 1 parameters}}
  %0 = hadal.compress_grad %x d_out %do mean pe %p length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x32x64xf32>) -> tensor<2x4x80x64xf32>
  return
}

// -----

// compress_grad C10, sizes
func.func @f(%x: tensor<2x4x80x64xf32>, %do: tensor<2x4x4x64xf32>, %p: tensor<4x32x64xf32>) {
  // expected-error @+1 {{gives [4x32x64], not 'tensor<1x32x64xf32>'}}
  %0:2 = hadal.compress_grad %x d_out %do mean pe %p length 32 stride 16 : (tensor<2x4x80x64xf32>, tensor<2x4x4x64xf32>, tensor<4x32x64xf32>) -> (tensor<2x4x80x64xf32>, tensor<1x32x64xf32>)
  return
}

// -----

// compressed_attention_grad C1
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf64>) {
  // expected-error @+1 {{takes q, k, v and d_out of rank 4}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf64>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C2
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x4x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{k and v in heads and entries}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x4x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x4x32xf32>)
  return
}

// -----

// compressed_attention_grad C3
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x3x3x64xf32>, %v: tensor<2x3x3x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 3}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x3x3x64xf32>, tensor<2x3x3x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x3x3x64xf32>, tensor<2x3x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C4
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{length and stride must be at least 1}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length -1 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C5
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>, %m: tensor<1x1x4x6xi1>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x3]}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do mask %m length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>, tensor<1x1x4x6xi1>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C6
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0x7FC00000 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C7
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>, %n: tensor<1xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do q_lengths %n length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>, tensor<1xi32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C8
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{causal needs offset, offsets or kv_lengths}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 causal : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C9
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x33xf32>) {
  // expected-error @+1 {{d_out must be [2x8x4x32]}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x33xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C10
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x2x3x64], not 'tensor<2x2x6x64xf32>'}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// compressed_attention_grad C11
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>, %v: tensor<2x2x3x32xf32>, %do: tensor<2x8x4x32xf32>, %s: tensor<8xf32>) {
  // expected-error @+1 {{gives d_sink, of the sink's type, with a sink}}
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do sink %s length 32 stride 16 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>, tensor<2x8x4x32xf32>, tensor<8xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x32xf32>)
  return
}

// -----

// selected_attention_grad C1
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{takes q, k, v, indices and d_out of rank 4}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C2
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x5x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{q and indices in queries}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x5x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C3
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x3x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{no multiple of that of kv heads or lists}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x3x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C4
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{a block has at least 1 token}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 0 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C5
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>, %m: tensor<2x2x4x6xi1>) {
  // expected-error @+1 {{does not broadcast to [2x8x4x6]}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do mask %m block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>, tensor<2x2x4x6xi1>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C6
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the softcap finite and positive}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 softcap 0x7F800000 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C7
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{give one}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do offsets %n block 2 scale 0.125 offset 0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>, tensor<2xi32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C8
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>, %l: tensor<2x8xf32>) {
  // expected-error @+1 {{d_out must be [2x8x4x32] and d_lse [2x8x4]}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do d_lse %l block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>, tensor<2x8xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C9
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x8x4x64], not 'tensor<2x8x4x32xf32>'}}
  %0:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>)
  return
}

// -----

// selected_attention_grad C10
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %i: tensor<2x2x4x3xi32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{and none without one}}
  %0:4 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 2 scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x2x4x3xi32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<8xf32>)
  return
}

// -----

// indexer_scores_grad C1
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x4x5xf32>) {
  // expected-error @+1 {{takes q of rank 4, k and w of rank 3 and d_out of rank 4}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>, tensor<2x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>)
  return
}

// -----

// indexer_scores_grad C2
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x9xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x1x4x5xf32>) {
  // expected-error @+1 {{q and k must agree in batch and in the last dimension}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x9xf32>, tensor<2x4x3xf32>, tensor<2x1x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x9xf32>, tensor<2x4x3xf32>)
  return
}

// -----

// indexer_scores_grad C3
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x3x4xf32>, %do: tensor<2x1x4x5xf32>) {
  // expected-error @+1 {{w must be [2x4x3]}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x3x4xf32>, tensor<2x1x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x3x4xf32>)
  return
}

// -----

// indexer_scores_grad C4
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x1x4x5xf32>, %s: tensor<2x4xf32>) {
  // expected-error @+1 {{q_scales must be [2x3x4], k_scales [2x5]}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do k_scales %s scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>, tensor<2x1x4x5xf32>, tensor<2x4xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>)
  return
}

// -----

// indexer_scores_grad C5
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x3x4x5xf32>) {
  // expected-error @+1 {{d_out must be [2x1x4x5]}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>, tensor<2x3x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>)
  return
}

// -----

// indexer_scores_grad C6
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x1x4x5xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0x7FC00000 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>, tensor<2x1x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>)
  return
}

// -----

// indexer_scores_grad C7
func.func @f(%q: tensor<2x3x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x4x3xf32>, %do: tensor<2x1x4x5xf32>) {
  // expected-error @+1 {{d_q, d_k, d_w have the types of q, k, w}}
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5 : (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf32>, tensor<2x1x4x5xf32>) -> (tensor<2x3x4x8xf32>, tensor<2x5x8xf32>, tensor<2x4x3xf64>)
  return
}

// -----

// gated_combine_grad C1
func.func @f(%a: tensor<2x8x4x32xf32>, %b: tensor<2x8x5x32xf32>, %g: tensor<2x8x4x2xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{takes at least one branch, all of d_out's type}}
  %0:3 = hadal.gated_combine_grad %a, %b gates %g d_out %do : (tensor<2x8x4x32xf32>, tensor<2x8x5x32xf32>, tensor<2x8x4x2xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x2xf32>)
  return
}

// -----

// gated_combine_grad C2
func.func @f(%a: tensor<2x8x4x32xf32>, %b: tensor<2x8x4x32xf32>, %g: tensor<2x8x4x3xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{the gates must be [2x8x4x2]}}
  %0:3 = hadal.gated_combine_grad %a, %b gates %g d_out %do : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x3xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x3xf32>)
  return
}

// -----

// gated_combine_grad C3
func.func @f(%a: tensor<2x8x4x32xf32>, %b: tensor<2x8x4x32xf32>, %g: tensor<2x8x4x2xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives one result for each branch, and one for the gates}}
  %0:2 = hadal.gated_combine_grad %a, %b gates %g d_out %do : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x2xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8x4x2xf32>)
  return
}

// -----

// gated_combine_grad C3, sizes
func.func @f(%a: tensor<2x8x4x32xf32>, %b: tensor<2x8x4x32xf32>, %g: tensor<2x8x4x2xf32>, %do: tensor<2x8x4x32xf32>) {
  // expected-error @+1 {{gives [2x8x4x32], not 'tensor<2x8x4x33xf32>'}}
  %0:3 = hadal.gated_combine_grad %a, %b gates %g d_out %do : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x2xf32>, tensor<2x8x4x32xf32>) -> (tensor<2x8x4x33xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x2xf32>)
  return
}
