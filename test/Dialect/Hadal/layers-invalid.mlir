// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

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
