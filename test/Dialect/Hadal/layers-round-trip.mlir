// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @rope
func.func @rope(%x: tensor<?x8x?x16xf32>, %cos: tensor<1x?x8xf32>, %sin: tensor<1x?x8xf32>, %o: tensor<?x8x?x512xbf16>,
                %k: tensor<?x?x16xf32>, %p: tensor<1x?xi64>, %f: tensor<8xf32>) {
  // CHECK: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} interleaved to halves : (
  %y = hadal.rope %x, %cos, %sin interleaved to halves
      : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
  // CHECK: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} interleaved to interleaved rotate last inverse : (
  %z = hadal.rope %o, %cos, %sin interleaved to interleaved rotate last inverse
      : (tensor<?x8x?x512xbf16>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x512xbf16>
  // CHECK: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} halves to halves rotate first : (
  %w = hadal.rope %k, %cos, %sin halves to halves rotate first
      : (tensor<?x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x?x16xf32>
  // CHECK: hadal.rope_angles %{{.*}}, %{{.*}} : (
  %c, %s = hadal.rope_angles %p, %f : (tensor<1x?xi64>, tensor<8xf32>) -> (tensor<1x?x8xbf16>, tensor<1x?x8xbf16>)
  // CHECK: hadal.rope_angles %{{.*}}, %{{.*}} scale 1.250000e+00 : (
  %c2, %s2 = hadal.rope_angles %p, %f scale 1.25
      : (tensor<1x?xi64>, tensor<8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  // CHECK: hadal.yarn_frequencies base 1.000000e+04 factor 4.000000e+01 original_length 4096 beta_fast 3.200000e+01 beta_slow 1.000000e+00 : tensor<32xf32>
  %y1 = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<32xf32>
  // CHECK: hadal.yarn_frequencies base {{.*}} untruncated : tensor<32xf64>
  %y2 = hadal.yarn_frequencies base 150000.0 factor 32.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 untruncated
      : tensor<32xf64>
  return
}

// CHECK-LABEL: func.func @norms
func.func @norms(%x: tensor<?x?x192xbf16>, %w: tensor<192xf32>) {
  // CHECK: hadal.rms_norm %{{.*}}, %{{.*}} epsilon 9.99999997E-7 : (
  %a = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x?x192xbf16>, tensor<192xf32>) -> tensor<?x?x192xbf16>
  // CHECK: hadal.rms_norm %{{.*}} epsilon 9.99999997E-7 : (
  %b = hadal.rms_norm %x epsilon 1.0e-6 : (tensor<?x?x192xbf16>) -> tensor<?x?x192xbf16>
  // CHECK: hadal.rms_norm %{{.*}}, %{{.*}} epsilon 9.99999997E-7 weight_offset 1.000000e+00 : (
  %c = hadal.rms_norm %x, %w epsilon 1.0e-6 weight_offset 1.0
      : (tensor<?x?x192xbf16>, tensor<192xf32>) -> tensor<?x?x192xbf16>
  // CHECK: hadal.layer_norm %{{.*}} weight %{{.*}} bias %{{.*}} epsilon 9.99999997E-7 : (
  %d = hadal.layer_norm %x weight %w bias %w epsilon 1.0e-6
      : (tensor<?x?x192xbf16>, tensor<192xf32>, tensor<192xf32>) -> tensor<?x?x192xbf16>
  // CHECK: hadal.layer_norm %{{.*}} epsilon 0.000000e+00 : (
  %e = hadal.layer_norm %x epsilon 0.0 : (tensor<?x?x192xbf16>) -> tensor<?x?x192xbf16>
  return
}

// CHECK-LABEL: func.func @ends
func.func @ends(%i: tensor<?x?xi64>, %t: tensor<256x192xf32>, %l: tensor<?x256xf32>, %u: tensor<?xf32>) {
  // CHECK: hadal.embedding %{{.*}}, %{{.*}} : (
  %x = hadal.embedding %i, %t : (tensor<?x?xi64>, tensor<256x192xf32>) -> tensor<?x?x192xf32>
  // CHECK: hadal.argmax %{{.*}} : (
  %a = hadal.argmax %l : (tensor<?x256xf32>) -> tensor<?xi32>
  // CHECK: hadal.sample %{{.*}}, %{{.*}} temperature 1.000000e+00 : (
  %s = hadal.sample %l, %u temperature 1.0 : (tensor<?x256xf32>, tensor<?xf32>) -> tensor<?xi32>
  // CHECK: hadal.sample %{{.*}}, %{{.*}} temperature 0.699999988 top_k 50 top_p 0.899999976 : (
  %p = hadal.sample %l, %u temperature 0.7 top_k 50 top_p 0.9 : (tensor<?x256xf32>, tensor<?xf32>) -> tensor<?xi64>
  return
}
