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

// attention C5, lse
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{gives [2x8x4], not}}
  %0:2 = hadal.attention %q, %k, %v scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> (tensor<2x8x4x32xf32>, tensor<2x8xf32>)
  return
}

// -----

// attention C8
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.attention %q, %k, %v sink %s scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C8, rank
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %s: tensor<8x1xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.attention %q, %k, %v sink %s scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<8x1xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, lengths
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %x: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.attention %q, %k, %v q_lengths %x scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<3xi32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, offsets
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %x: tensor<2x1xi64>) {
  // expected-error @+1 {{lengths and offsets must be [2]}}
  %0 = hadal.attention %q, %k, %v offsets %x scale 0.125 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2x1xi64>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, two offsets
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>, %x: tensor<2xi64>) {
  // expected-error @+1 {{has an offset of all batch entries and offsets of each}}
  %0 = hadal.attention %q, %k, %v offsets %x scale 0.125 offset 1 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>, tensor<2xi64>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, window without causal
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.attention %q, %k, %v scale 0.125 window 4 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, empty window
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.attention %q, %k, %v scale 0.125 causal window 0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C9, negative window
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.attention %q, %k, %v scale 0.125 causal window -1 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C10
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.attention %q, %k, %v scale 0.125 softcap 0.0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C10, negative
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.attention %q, %k, %v scale 0.125 softcap -30.0 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// attention C10, infinite
func.func @f(%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.attention %q, %k, %v scale 0.125 softcap 0x7F800000 : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// merge_attention C1
func.func @f(%o0: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>) {
  // expected-error @+1 {{takes as many outputs of rank 4 as lses of rank 3}}
  %0 = hadal.merge_attention outs(%o0) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C1, rank
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4x1xf32>) {
  // expected-error @+1 {{takes as many outputs of rank 4 as lses of rank 3}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4x1xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C1, none
func.func @f() {
  // expected-error @+1 {{at least one}}
  %0 = hadal.merge_attention outs() lses() : () -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C2
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf16>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>) {
  // expected-error @+1 {{takes outputs of the result's element type}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf16>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C2, lses
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf16>) {
  // expected-error @+1 {{lses of one element type}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf16>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C3
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x5x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>) {
  // expected-error @+1 {{the parts differ in shape}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x5x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C3, lses
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x5xf32>, %l1: tensor<2x8x5xf32>) {
  // expected-error @+1 {{the parts differ in shape}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x5xf32>, tensor<2x8x5xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C4
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>, %s: tensor<4xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) sink %s : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<4xf32>) -> tensor<2x8x4x64xf32>
  return
}

// -----

// merge_attention C5
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>) {
  // expected-error @+1 {{gives [2x8x4x64], not}}
  %0 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> tensor<2x8x4x32xf32>
  return
}

// -----

// merge_attention C5, lse
func.func @f(%o0: tensor<2x8x4x64xf32>, %o1: tensor<2x8x4x64xf32>, %l0: tensor<2x8x4xf32>, %l1: tensor<2x8x4xf32>) {
  // expected-error @+1 {{gives [2x8x4], not}}
  %0:2 = hadal.merge_attention outs(%o0, %o1) lses(%l0, %l1) : (tensor<2x8x4x64xf32>, tensor<2x8x4x64xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) -> (tensor<2x8x4x64xf32>, tensor<2x8x4x1xf32>)
  return
}

// -----

// varlen_attention C1
func.func @f(%q: tensor<1x9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{takes q, k and v of rank 3}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<1x9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C1, element type
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf16>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{and of the result's element type}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf16>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C2
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x48xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{q and k must agree in head size}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x48xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C2, length
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<11x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{k and v in heads and length}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<11x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C3
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x3x64xf32>, %v: tensor<12x3x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{no multiple of the number of kv heads, 3}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x3x64xf32>, tensor<12x3x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C4
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<5xi32>) {
  // expected-error @+1 {{cu_q and cu_kv must be of rank 1 and of one size}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<5xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C4, empty
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<0xi32>, %b: tensor<0xi32>) {
  // expected-error @+1 {{at least 1}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<0xi32>, tensor<0xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C5
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{the sink must be [8]}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b sink %s scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>, tensor<2xf32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C6
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0x7FC00000 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C7
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{a window counts at least 1 key, and needs causal}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 window 3 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C7, empty
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{a window counts at least 1 key}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 causal window 0 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C8
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{the softcap must be finite and positive}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 softcap 0.0 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x32xf32>
  return
}

// -----

// varlen_attention C9
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{gives [9x8x32], not}}
  %0 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<9x8x64xf32>
  return
}

// -----

// varlen_attention C9, lse
func.func @f(%q: tensor<9x8x64xf32>, %k: tensor<12x2x64xf32>, %v: tensor<12x2x32xf32>, %a: tensor<4xi32>, %b: tensor<4xi32>) {
  // expected-error @+1 {{gives [8x9], not}}
  %0:2 = hadal.varlen_attention %q, %k, %v cu_q %a cu_kv %b scale 0.125 : (tensor<9x8x64xf32>, tensor<12x2x64xf32>, tensor<12x2x32xf32>, tensor<4xi32>, tensor<4xi32>) -> (tensor<9x8x32xf32>, tensor<9x8xf32>)
  return
}
