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
