// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// nsa C1
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x18xf32>) {
  // expected-error @+1 {{takes q, keys, values and gates of rank 4}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x18xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C1, one element type
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf16>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{and all floats of the result's element type}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf16>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C1, the parameters too
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_pe: tensor<2x4x8xf16>) {
  // expected-error @+1 {{and all floats of the result's element type}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_pe %k_pe
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x4x8xf16>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C2
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x5x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{must agree in batch, heads and length}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x5x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C2, of the values
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x1x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{must agree in batch, heads and length}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x1x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C3
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x7xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{q and all keys must agree in head size}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x7xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C3, of the values
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x5xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{q and all keys must agree in head size}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C4
func.func @f(%q: tensor<1x3x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x3x6x3xf32>) {
  // expected-error @+1 {{the number of query heads, 3, is no multiple of the number of kv heads, 2}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x3x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x3x6x3xf32>) -> tensor<1x3x6x4xf32>
  return
}

// -----

// nsa C5
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x2xf32>) {
  // expected-error @+1 {{gates must be [B, H, S, 3]}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x2xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C6
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{and stride divide the others}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 5 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C6, the block too
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{and stride divide the others}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 3 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C6, at least 1
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{length, stride and block must be at least 1}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 0 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C7
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{count must be at least 1 and no less than first and local together}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 1 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C7, not negative
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{count must be at least 1 and no less than first and local together}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first -1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C8
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{the window must be at least 1}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 0 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, a parameter too many
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_weight: tensor<2x4xf32>) {
  // expected-error @+1 {{the parameters of keys and values must be those of the compression mean}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_weight %k_weight
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x4xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, one too few
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_weight: tensor<2x4xf32>) {
  // expected-error @+1 {{those of the compression weighted}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_weight %k_weight
      compress weighted length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x4xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, its shape
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_weight: tensor<2x4xf32>, %v_weight: tensor<2x3xf32>) {
  // expected-error @+1 {{those of the compression weighted}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_weight %k_weight v_weight %v_weight
      compress weighted length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x4xf32>,
      tensor<2x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, gated
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{those of the compression gated}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress gated length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, no activation
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_w1: tensor<2x32x5xf32>, %k_w2: tensor<2x5x8xf32>, %v_w1: tensor<2x16x5xf32>, %v_w2: tensor<2x5x4xf32>) {
  // expected-error @+1 {{those of the compression mlp}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_w1 %k_w1 k_w2 %k_w2 v_w1 %v_w1 v_w2 %v_w2
      compress mlp length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x32x5xf32>, tensor<2x5x8xf32>,
      tensor<2x16x5xf32>, tensor<2x5x4xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C9, entries of another size
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_w1: tensor<2x32x5xf32>, %k_w2: tensor<2x5x8xf32>, %v_w1: tensor<2x16x5xf32>, %v_w2: tensor<2x5x6xf32>) {
  // expected-error @+1 {{those of the compression mlp}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_w1 %k_w1 k_w2 %k_w2 v_w1 %v_w1 v_w2 %v_w2
      compress mlp length 4 stride 2 activation relu select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x32x5xf32>, tensor<2x5x8xf32>,
      tensor<2x16x5xf32>, tensor<2x5x6xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C10
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %k_pe: tensor<2x4x4xf32>) {
  // expected-error @+1 {{k_pe must be [Hkv or 1, l, D], v_pe [Hkv or 1, l, Dv]}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_pe %k_pe
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2x4x4xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C11
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %kl: tensor<2xi32>) {
  // expected-error @+1 {{lengths and offsets must be [1]}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g kv_lengths %kl
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<2xi32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C11, two offsets
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>,
      %of: tensor<1xi32>) {
  // expected-error @+1 {{has an offset of all batch entries and offsets of each}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g offsets %of
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal offset 3
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>, tensor<1xi32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C12
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{is causal by definition: say causal}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C13
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0x7F800000 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x4xf32>
  return
}

// -----

// nsa C14
func.func @f(%q: tensor<1x4x6x8xf32>, %kc: tensor<1x2x6x8xf32>, %vc: tensor<1x2x6x4xf32>, %ks: tensor<1x2x6x8xf32>,
    %vs: tensor<1x2x6x4xf32>, %kw: tensor<1x2x6x8xf32>, %vw: tensor<1x2x6x4xf32>, %g: tensor<1x4x6x3xf32>) {
  // expected-error @+1 {{gives [1x4x6x4], not}}
  %0 = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>,
      tensor<1x2x6x8xf32>, tensor<1x2x6x4xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// dsa C1
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{takes q, k and v of rank 4}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C1, one element type
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf16>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{of the result's element type}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf16>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C2
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x7x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{q, k and v must agree in batch; k and v in heads and length}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x7x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C3
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x3x6x8xf32>, %v: tensor<1x3x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{the number of query heads, 4, is no multiple of the number of kv heads, 3}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x3x6x8xf32>, tensor<1x3x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C4
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x7xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{q and k differ in head size: 8 and 7}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x7xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C5, no columns for Dn
func.func @f(%q: tensor<1x4x6x3xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<5x4x9xf32>) {
  // expected-error @+1 {{takes q of Dn + R columns and one kv head}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x3xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<5x4x9xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C5, no columns for Dv
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<5x4x5xf32>) {
  // expected-error @+1 {{takes q of Dn + R columns and one kv head}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<5x4x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C5, two kv heads
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<5x4x9xf32>) {
  // expected-error @+1 {{takes q of Dn + R columns and one kv head}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<5x4x9xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C5, the latent's size
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<6x4x9xf32>) {
  // expected-error @+1 {{takes q of Dn + R columns and one kv head}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<6x4x9xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C5, dynamic
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<5x4x?xf32>) {
  // expected-error @+1 {{takes q of Dn + R columns and one kv head}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<5x4x?xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C6
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x5x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{takes index_q [B, Hi, S, Di], index_k [B, T, Di] and index_w [B, S, Hi]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x5x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C6, weights
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x2x6xf32>) {
  // expected-error @+1 {{takes index_q [B, Hi, S, Di], index_k [B, T, Di] and index_w [B, S, Hi]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x2x6xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C7
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %a: tensor<1x6x2xf32>) {
  // expected-error @+1 {{index_q_scales must be [B, Hi, S], index_k_scales [B, T]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw index_q_scales %a
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C7, of the keys
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %b: tensor<1x5xf32>) {
  // expected-error @+1 {{index_q_scales must be [B, Hi, S], index_k_scales [B, T]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw index_k_scales %b
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<1x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C8
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{chooses at least 1 key}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 0 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C9
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{scale and index_scale must be finite}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0x7FC00000 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C9, softcap
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{softcap finite and positive}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal softcap 0.0
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C10
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %sk: tensor<1xf32>) {
  // expected-error @+1 {{the sink must be [4]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw sink %sk
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<1xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C11
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %ql: tensor<3xi32>) {
  // expected-error @+1 {{lengths and offsets must be [1]}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw q_lengths %ql
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<3xi32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C12
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{gives [1x4x6x5], not}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// dsa C12, with w_kv
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>, %w: tensor<5x4x9xf32>) {
  // expected-error @+1 {{gives [1x4x6x4], not}}
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>, tensor<5x4x9xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// dsa C12, lse
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x1x6x8xf32>, %v: tensor<1x1x6x5xf32>, %iq: tensor<1x2x6x3xf32>,
    %ik: tensor<1x6x3xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{gives [1x4x6], not}}
  %0:2 = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x5xf32>, tensor<1x2x6x3xf32>, tensor<1x6x3xf32>,
      tensor<1x6x2xf32>) -> (tensor<1x4x6x5xf32>, tensor<1x4x5xf32>)
  return
}

// -----

// moba C1
func.func @f(%q: tensor<4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{takes q, k and v of rank 4}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C1, one element type
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{of the result's element type}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf16>
  return
}

// -----

// moba C2
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x7xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{q and k differ in head size: 8 and 7}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x7xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C3
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x4x6x5xf32>) {
  // expected-error @+1 {{q, k and v must agree in batch; k and v in heads and length}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x4x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C4
func.func @f(%q: tensor<1x3x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{the number of query heads, 3, is no multiple of the number of kv heads, 2}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x3x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x3x6x5xf32>
  return
}

// -----

// moba C4, no kv heads
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x0x6x8xf32>, %v: tensor<1x0x6x5xf32>) {
  // expected-error @+1 {{the number of query heads, 4, is no multiple of the number of kv heads, 0}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x0x6x8xf32>, tensor<1x0x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C5
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{block and top must be at least 1}}
  %0 = hadal.moba %q, %k, %v
      block 0 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C5, top
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{block and top must be at least 1}}
  %0 = hadal.moba %q, %k, %v
      block 2 top -1 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C6
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0xFF800000 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C6, softcap
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{softcap finite and positive}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal softcap -1.0
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C7
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>, %sk: tensor<2xf32>) {
  // expected-error @+1 {{the sink must be [4]}}
  %0 = hadal.moba %q, %k, %v sink %sk
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>, tensor<2xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C8
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>, %of: tensor<1x1xi32>) {
  // expected-error @+1 {{lengths and offsets must be [1]}}
  %0 = hadal.moba %q, %k, %v offsets %of
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>, tensor<1x1xi32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C9
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{is causal by definition: say causal}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x5xf32>
  return
}

// -----

// moba C10
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{gives [1x4x6x5], not}}
  %0 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> tensor<1x4x6x6xf32>
  return
}

// -----

// moba C10, lse
func.func @f(%q: tensor<1x4x6x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x5xf32>) {
  // expected-error @+1 {{gives [1x4x6], not}}
  %0:2 = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x5xf32>) -> (tensor<1x4x6x5xf32>, tensor<1x4x6x1xf32>)
  return
}

// -----

// csa C1
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{takes q, kv, c and index_q of rank 4, index_c and index_w of rank 3}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C1, one element type
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf16>) {
  // expected-error @+1 {{floats of the result's element type}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf16>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C2
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x2x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x2x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{kv and c must agree in batch and heads}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x2x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x2x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C2, head size
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x7xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{and with kv in head size}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x7xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C3
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x3x6x8xf32>, %c: tensor<1x3x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x3x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{the number of query heads, 4, is no multiple of the number of kv heads, 3}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x3x6x8xf32>, tensor<1x3x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x3x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C4
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{compress, top and window must be at least 1}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 0 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C4, window
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{compress, top and window must be at least 1}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 0 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C5, projections without gates
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{c must be [B, Hkv, T, 2·D]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C5, gates
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x8xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{c must be [B, Hkv, T, 2·D]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x8xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C5, entries
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x4x8xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x3x4xf32>, %iw: tensor<1x6x2xf32>) {
  // expected-error @+1 {{[B, Hkv, T / m, D] and [B, T / m, Di] without}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x4x8xf32>, tensor<1x2x6x4xf32>, tensor<1x3x4xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C6
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x3xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{takes index_q [B, Hi, S, Di] and index_w [B, S, Hi]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x3xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C7
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %b: tensor<4x16xf32>, %ib: tensor<2x8xf32>) {
  // expected-error @+1 {{bias must be [m, 2·D] and index_bias [m, 2·Di], both with gates}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz bias %b, %ib
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<4x16xf32>,
      tensor<2x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C7, without gates
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x3x8xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x3x4xf32>, %iw: tensor<1x6x2xf32>, %b: tensor<2x16xf32>, %ib: tensor<2x8xf32>) {
  // expected-error @+1 {{both with gates}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw bias %b, %ib
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x3x8xf32>, tensor<1x2x6x4xf32>, tensor<1x3x4xf32>,
      tensor<1x6x2xf32>, tensor<2x16xf32>, tensor<2x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C8
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %n: tensor<8xf32>, %in_: tensor<8xf32>) {
  // expected-error @+1 {{norm must be [D] and index_norm [Di]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz norm %n, %in_ epsilon 1.0e-6
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C8, epsilon
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %n: tensor<8xf32>, %in_: tensor<4xf32>) {
  // expected-error @+1 {{with an epsilon that is finite and not negative}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz norm %n, %in_ epsilon -1.0
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<8xf32>, tensor<4xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C9
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %cos: tensor<1x6x2xf32>, %sin: tensor<1x6x2xf32>) {
  // expected-error @+1 {{cos and sin must be [B or 1, T / m, R/2]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz rope %cos, %sin interleaved
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<1x6x2xf32>,
      tensor<1x6x2xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C9, beyond Di
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %cos: tensor<1x3x3xf32>, %sin: tensor<1x3x3xf32>) {
  // expected-error @+1 {{with R positive and at most D and Di}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz rope %cos, %sin halves
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<1x3x3xf32>,
      tensor<1x3x3xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C10
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{scale and index_scale must be finite}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0x7FC00000 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C11
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %sk: tensor<3xf32>) {
  // expected-error @+1 {{the sink must be [4]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz sink %sk
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<3xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C12
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>,
      %kl: tensor<2xi32>) {
  // expected-error @+1 {{lengths and offsets must be [1]}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz kv_lengths %kl
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>, tensor<2xi32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C13
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{is causal by definition: say causal}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// csa C14
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x16xf32>, %iq: tensor<1x2x6x4xf32>,
    %ic: tensor<1x6x8xf32>, %iw: tensor<1x6x2xf32>, %z: tensor<1x1x6x16xf32>, %iz: tensor<1x6x8xf32>) {
  // expected-error @+1 {{gives [1x4x6x8], not}}
  %0 = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x16xf32>, tensor<1x2x6x4xf32>, tensor<1x6x8xf32>,
      tensor<1x6x2xf32>, tensor<1x1x6x16xf32>, tensor<1x6x8xf32>) -> tensor<1x4x5x8xf32>
  return
}

// -----

// hca C1
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{takes q, kv and c of rank 4}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C1, one element type
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %b: tensor<2x8xf16>) {
  // expected-error @+1 {{floats of the result's element type}}
  %0 = hadal.hca %q, %kv, %c gates %z bias %b
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<2x8xf16>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C2
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<2x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{kv and c must agree in batch and heads}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<2x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C3
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x3x6x8xf32>, %c: tensor<1x3x6x8xf32>, %z: tensor<1x3x6x8xf32>) {
  // expected-error @+1 {{the number of query heads, 4, is no multiple of the number of kv heads, 3}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x3x6x8xf32>, tensor<1x3x6x8xf32>, tensor<1x3x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C4
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{compress and window must be at least 1}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress -2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C5
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{c must be [B, Hkv, T, D] with gates of the same shape, or [B, Hkv, T / m, D] without}}
  %0 = hadal.hca %q, %kv, %c
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C5, gates
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x5x8xf32>) {
  // expected-error @+1 {{c must be [B, Hkv, T, D] with gates of the same shape}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C6
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %b: tensor<3x8xf32>) {
  // expected-error @+1 {{bias must be [m, D], with gates}}
  %0 = hadal.hca %q, %kv, %c gates %z bias %b
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<3x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C6, without gates
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x3x8xf32>, %b: tensor<2x8xf32>) {
  // expected-error @+1 {{bias must be [m, D], with gates}}
  %0 = hadal.hca %q, %kv, %c bias %b
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x3x8xf32>, tensor<2x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C7
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %n: tensor<4xf32>) {
  // expected-error @+1 {{norm must be [D]}}
  %0 = hadal.hca %q, %kv, %c gates %z norm %n epsilon 0.0
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<4xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C7, epsilon
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %n: tensor<8xf32>) {
  // expected-error @+1 {{with an epsilon that is finite and not negative}}
  %0 = hadal.hca %q, %kv, %c gates %z norm %n epsilon 0x7FC00000
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C8
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %cos: tensor<1x3x2xf32>, %sin: tensor<1x3x1xf32>) {
  // expected-error @+1 {{cos and sin must be [B or 1, T / m, R/2]}}
  %0 = hadal.hca %q, %kv, %c gates %z rope %cos, %sin interleaved
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x3x2xf32>,
      tensor<1x3x1xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C9
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0x7FC00000 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C10
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %sk: tensor<4x1xf32>) {
  // expected-error @+1 {{the sink must be [4]}}
  %0 = hadal.hca %q, %kv, %c gates %z sink %sk
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<4x1xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C11
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>,
    %of: tensor<1xi32>) {
  // expected-error @+1 {{has an offset of all batch entries and offsets of each}}
  %0 = hadal.hca %q, %kv, %c gates %z offsets %of
      compress 2 window 3 scale 0.5 causal offset 1
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>,
      tensor<1xi32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C12
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{is causal by definition: say causal}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C13
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{gives [1x4x6x8], not}}
  %0 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> tensor<1x4x6x9xf32>
  return
}

// -----

// hca C13, lse
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x6x8xf32>, %z: tensor<1x1x6x8xf32>) {
  // expected-error @+1 {{gives [1x4x6], not}}
  %0:2 = hadal.hca %q, %kv, %c gates %z
      compress 2 window 3 scale 0.5 causal
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x6x8xf32>) -> (tensor<1x4x6x8xf32>,
      tensor<1x3x6xf32>)
  return
}

// -----

// csa C8, norm without epsilon
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x3x8xf32>, %iq: tensor<1x2x6x4xf32>,
             %ic: tensor<1x3x4xf32>, %iw: tensor<1x6x2xf32>, %n: tensor<8xf32>, %in: tensor<4xf32>) {
  // expected-error @+1 {{with an epsilon that is finite and not negative}}
  %0 = "hadal.csa"(%q, %kv, %c, %iq, %ic, %iw, %n, %in)
      <{causal, compress = 2 : i64, index_scale = 0.5 : f32, scale = 0.5 : f32, top = 2 : i64, window = 3 : i64,
        operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0>}>
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x3x8xf32>, tensor<1x2x6x4xf32>, tensor<1x3x4xf32>,
         tensor<1x6x2xf32>, tensor<8xf32>, tensor<4xf32>) -> tensor<1x4x6x8xf32>
  return
}

// -----

// hca C8, angles without a layout
func.func @f(%q: tensor<1x4x6x8xf32>, %kv: tensor<1x1x6x8xf32>, %c: tensor<1x1x3x8xf32>, %cos: tensor<1x3x2xf32>) {
  // expected-error @+1 {{cos and sin must be [B or 1, T / m, R/2]}}
  %0 = "hadal.hca"(%q, %kv, %c, %cos, %cos)
      <{causal, compress = 2 : i64, scale = 0.5 : f32, window = 3 : i64,
        operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0>}>
      : (tensor<1x4x6x8xf32>, tensor<1x1x6x8xf32>, tensor<1x1x3x8xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
      -> tensor<1x4x6x8xf32>
  return
}
