// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @nsa
func.func @nsa(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>, %g: tensor<2x8x?x3xf32>,
               %kw: tensor<2x8xf32>, %vw: tensor<1x8xf32>, %kl: tensor<2x8x64x64xf32>, %vl: tensor<1x8x32x32xf32>,
               %k1: tensor<2x512x16xf32>, %kb1: tensor<2x16xf32>, %k2: tensor<2x16x64xf32>, %kb2: tensor<2x64xf32>,
               %v1: tensor<2x8x32x16xf32>, %vb1: tensor<1x16xf32>, %v2: tensor<2x16x32xf32>, %vb2: tensor<1x32xf32>,
               %kp: tensor<2x8x64xf32>, %vp: tensor<1x8x32xf32>, %n: tensor<2xi32>, %n64: tensor<2xi64>) {
  // CHECK: hadal.nsa %{{.*}} gates %{{.*}} compress {{ *}}mean length 8 stride 4 select block 16 count 4 window 32 scale 1.250000e-01 causal : (
  %0 = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g
      compress mean length 8 stride 4 select block 16 count 4 window 32 scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>,
         tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x3xf32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.nsa {{.*}} k_weight %{{.*}} v_weight %{{.*}} compress {{ *}}weighted length 8 stride 4 select block 16 count 4 first 1 local 2 window 32 scale 1.250000e-01 causal sigmoid offset 3
  %1 = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g v_weight %vw k_weight %kw
      compress weighted length 8 stride 4 select block 16 count 4 local 2 first 1 window 32 scale 0.125 sigmoid offset 3 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>,
         tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x3xf32>, tensor<2x8xf32>, tensor<1x8xf32>)
      -> tensor<2x8x?x32xf32>
  // CHECK: hadal.nsa {{.*}} k_weight %{{.*}} v_weight %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} compress {{ *}}linear
  %2 = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g k_weight %kl v_weight %vl q_lengths %n kv_lengths %n64 offsets %n
      compress linear length 8 stride 4 select block 16 count 4 window 32 scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>,
         tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x3xf32>, tensor<2x8x64x64xf32>, tensor<1x8x32x32xf32>,
         tensor<2xi32>, tensor<2xi64>, tensor<2xi32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.nsa {{.*}} k_w1 %{{.*}} k_bias1 %{{.*}} k_w2 %{{.*}} k_bias2 %{{.*}} k_pe %{{.*}} v_w1 %{{.*}} v_bias1 %{{.*}} v_w2 %{{.*}} v_bias2 %{{.*}} v_pe %{{.*}} compress {{ *}}mlp length 8 stride 4 activation {{ *}}relu select
  %3 = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g k_w1 %k1 k_bias1 %kb1 k_w2 %k2 k_bias2 %kb2 k_pe %kp
      v_w1 %v1 v_bias1 %vb1 v_w2 %v2 v_bias2 %vb2 v_pe %vp
      compress mlp length 8 stride 4 activation relu select block 16 count 4 window 32 scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>,
         tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x3xf32>, tensor<2x512x16xf32>, tensor<2x16xf32>,
         tensor<2x16x64xf32>, tensor<2x64xf32>, tensor<2x8x64xf32>, tensor<2x8x32x16xf32>, tensor<1x16xf32>,
         tensor<2x16x32xf32>, tensor<1x32xf32>, tensor<1x8x32xf32>) -> tensor<2x8x?x32xf32>
  return
}

// CHECK-LABEL: func.func @dsa
func.func @dsa(%q: tensor<2x8x?x24xf32>, %k: tensor<2x1x?x24xf32>, %v: tensor<2x1x?x16xf32>, %iq: tensor<2x4x?x8xf32>,
               %ik: tensor<2x?x8xf32>, %iw: tensor<2x?x4xf32>, %q8: tensor<2x4x?x8xf8E4M3FN>,
               %k8: tensor<2x?x8xf8E4M3FN>, %qs: tensor<2x4x?xf32>, %ks: tensor<2x?xf8E8M0FNU>,
               %w: tensor<16x8x40xf32>, %s: tensor<8xf32>, %n: tensor<2xi32>) {
  // CHECK: hadal.dsa %{{.*}}, %{{.*}}, %{{.*}} index %{{.*}}, %{{.*}}, %{{.*}} top 16 index_scale 5.000000e-01 scale 2.500000e-01 causal : (
  %0 = hadal.dsa %q, %k, %v index %iq, %ik, %iw top 16 index_scale 0.5 scale 0.25 causal
      : (tensor<2x8x?x24xf32>, tensor<2x1x?x24xf32>, tensor<2x1x?x16xf32>, tensor<2x4x?x8xf32>, tensor<2x?x8xf32>,
         tensor<2x?x4xf32>) -> tensor<2x8x?x16xf32>
  // CHECK: hadal.dsa {{.*}} index_q_scales %{{.*}} index_k_scales %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} top 16 {{.*}} causal softcap 3.000000e+01 : (
  %1:2 = hadal.dsa %q, %k, %v index %q8, %k8, %iw sink %s index_k_scales %ks index_q_scales %qs q_lengths %n
      kv_lengths %n offsets %n top 16 index_scale 0.5 scale 0.25 softcap 30.0 causal
      : (tensor<2x8x?x24xf32>, tensor<2x1x?x24xf32>, tensor<2x1x?x16xf32>, tensor<2x4x?x8xf8E4M3FN>,
         tensor<2x?x8xf8E4M3FN>, tensor<2x?x4xf32>, tensor<2x4x?xf32>, tensor<2x?xf8E8M0FNU>, tensor<8xf32>,
         tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x16xf32>, tensor<2x8x?xf32>)
  // CHECK: hadal.dsa {{.*}} w_kv %{{.*}} top 16 index_scale 5.000000e-01 scale 2.500000e-01 : ({{.*}}) -> tensor<2x8x?x24xf32>
  %2 = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w top 16 index_scale 0.5 scale 0.25
      : (tensor<2x8x?x24xf32>, tensor<2x1x?x24xf32>, tensor<2x1x?x16xf32>, tensor<2x4x?x8xf32>, tensor<2x?x8xf32>,
         tensor<2x?x4xf32>, tensor<16x8x40xf32>) -> tensor<2x8x?x24xf32>
  return
}

// CHECK-LABEL: func.func @moba
func.func @moba(%q: tensor<2x8x?x64xbf16>, %k: tensor<2x2x?x64xbf16>, %v: tensor<2x2x?x32xbf16>, %s: tensor<8xf32>,
                %n: tensor<2xi32>) {
  // CHECK: hadal.moba %{{.*}}, %{{.*}}, %{{.*}} block 512 top 3 scale 1.250000e-01 causal : (
  %0 = hadal.moba %q, %k, %v block 512 top 3 scale 0.125 causal
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x32xbf16>) -> tensor<2x8x?x32xbf16>
  // CHECK: hadal.moba {{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} block 512 top 3 scale 1.250000e-01 causal softcap 5.000000e+00 offset 7 : (
  %1:2 = hadal.moba %q, %k, %v kv_lengths %n sink %s q_lengths %n block 512 top 3 scale 0.125 offset 7 softcap 5.0 causal
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x32xbf16>, tensor<8xf32>, tensor<2xi32>,
         tensor<2xi32>) -> (tensor<2x8x?x32xbf16>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @csa
func.func @csa(%q: tensor<2x8x?x16xf32>, %kv: tensor<2x1x?x16xf32>, %c: tensor<2x1x?x32xf32>, %iq: tensor<2x4x?x8xf32>,
               %ic: tensor<2x?x16xf32>, %iw: tensor<2x?x4xf32>, %b: tensor<4x32xf32>, %ib: tensor<4x16xf32>,
               %n: tensor<16xf32>, %in: tensor<8xf32>, %cos: tensor<1x?x4xf32>, %s: tensor<8xf32>, %l: tensor<2xi32>,
               %e: tensor<2x1x?x16xf32>, %ie: tensor<2x?x8xf32>) {
  // CHECK: hadal.csa %{{.*}}, %{{.*}}, %{{.*}} index %{{.*}}, %{{.*}}, %{{.*}} compress 4 top 3 window 8 index_scale 5.000000e-01 scale 2.500000e-01 causal : (
  %0 = hadal.csa %q, %kv, %e index %iq, %ie, %iw compress 4 top 3 window 8 index_scale 0.5 scale 0.25 causal
      : (tensor<2x8x?x16xf32>, tensor<2x1x?x16xf32>, tensor<2x1x?x16xf32>, tensor<2x4x?x8xf32>, tensor<2x?x8xf32>,
         tensor<2x?x4xf32>) -> tensor<2x8x?x16xf32>
  // CHECK: hadal.csa {{.*}} gates %{{.*}}, %{{.*}} bias %{{.*}}, %{{.*}} norm %{{.*}}, %{{.*}} epsilon 9.99999997E-7 rope %{{.*}}, %{{.*}} interleaved sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} compress 4
  %1:2 = hadal.csa %q, %kv, %c index %iq, %ic, %iw rope %cos, %cos interleaved norm %n, %in epsilon 1.0e-6 gates %c, %ic
      bias %b, %ib sink %s q_lengths %l kv_lengths %l offsets %l
      compress 4 top 3 window 8 index_scale 0.5 scale 0.25 causal
      : (tensor<2x8x?x16xf32>, tensor<2x1x?x16xf32>, tensor<2x1x?x32xf32>, tensor<2x4x?x8xf32>, tensor<2x?x16xf32>,
         tensor<2x?x4xf32>, tensor<2x1x?x32xf32>, tensor<2x?x16xf32>, tensor<4x32xf32>, tensor<4x16xf32>,
         tensor<16xf32>, tensor<8xf32>, tensor<1x?x4xf32>, tensor<1x?x4xf32>, tensor<8xf32>, tensor<2xi32>,
         tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x16xf32>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @hca
func.func @hca(%q: tensor<2x8x?x16xf32>, %kv: tensor<2x2x?x16xf32>, %b: tensor<128x16xf32>, %n: tensor<16xf32>,
               %cos: tensor<2x?x8xf32>, %s: tensor<8xf64>, %l: tensor<2xi32>) {
  // CHECK: hadal.hca %{{.*}}, %{{.*}}, %{{.*}} compress 128 window 8 scale 2.500000e-01 causal offset 5 : (
  %0 = hadal.hca %q, %kv, %kv compress 128 window 8 scale 0.25 causal offset 5
      : (tensor<2x8x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>) -> tensor<2x8x?x16xf32>
  // CHECK: hadal.hca {{.*}} gates %{{.*}} bias %{{.*}} norm %{{.*}} epsilon 0.000000e+00 rope %{{.*}}, %{{.*}} halves sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} compress 128 window 8 scale 2.500000e-01 causal : (
  %1:2 = hadal.hca %q, %kv, %kv gates %kv bias %b norm %n epsilon 0.0 rope %cos, %cos halves sink %s q_lengths %l
      kv_lengths %l compress 128 window 8 scale 0.25 causal
      : (tensor<2x8x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<128x16xf32>,
         tensor<16xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>, tensor<8xf64>, tensor<2xi32>, tensor<2xi32>)
      -> (tensor<2x8x?x16xf32>, tensor<2x8x?xf32>)
  return
}
