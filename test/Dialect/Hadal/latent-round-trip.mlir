// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @latent
func.func @latent(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>, %kp: tensor<?x?x16xf32>,
                  %w: tensor<64x8x64xf32>, %ckv: tensor<?x?x80xf32>, %n: tensor<64xf32>, %cos: tensor<1x?x8xf32>,
                  %mask: tensor<?x1x?x?xi1>) {
  // CHECK: hadal.latent_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scale 1.000000e-01 causal : (
  %0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form auto
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  // CHECK: hadal.latent_attention {{.*}} mask %{{.*}} scale 1.000000e-01 form absorbed : (
  %1 = hadal.latent_attention %qn, %qp, %c, %kp, %w mask %mask scale 0.1 form absorbed
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<?x1x?x?xi1>) -> tensor<?x8x?x32xf32>
  // CHECK: hadal.latent_projection {{.*}} epsilon 9.99999997E-7 rope interleaved to halves : (
  %2:2 = hadal.latent_projection %ckv, %n, %cos, %cos epsilon 1.0e-6 rope interleaved to halves
      : (tensor<?x?x80xf32>, tensor<64xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>)
      -> (tensor<?x?x64xf32>, tensor<?x?x16xf32>)
  // CHECK: hadal.cache_append %{{.*}}, %{{.*}} dim 1 : (
  %3 = hadal.cache_append %c, %2#0 dim 1 : (tensor<?x?x64xf32>, tensor<?x?x64xf32>) -> tensor<?x?x64xf32>
  // CHECK: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} interleaved to halves : (
  %4 = hadal.rope %qp, %cos, %cos interleaved to halves
      : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
  // CHECK: hadal.rms_norm %{{.*}}, %{{.*}} epsilon 9.99999997E-7 : (
  %5 = hadal.rms_norm %c, %n epsilon 1.0e-6 : (tensor<?x?x64xf32>, tensor<64xf32>) -> tensor<?x?x64xf32>
  return
}

// CHECK-LABEL: func.func @clauses
func.func @clauses(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>, %kp: tensor<?x?x16xf32>,
                   %w: tensor<64x8x64xf32>, %s: tensor<8xf32>, %a: tensor<?xi32>, %uk: tensor<64x8x32xf32>) {
  // CHECK: hadal.latent_attention {{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} scale 1.000000e-01 causal window 9 softcap 3.000000e+01 form expanded : (
  %0:2 = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s q_lengths %a kv_lengths %a offsets %a
      scale 0.1 causal window 9 softcap 30.0 form expanded
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<8xf32>, tensor<?xi32>, tensor<?xi32>, tensor<?xi32>) -> (tensor<?x8x?x32xf32>, tensor<?x8x?xf32>)
  // CHECK: hadal.latent_attention {{.*}} scale 1.000000e-01 causal offset 5 : (
  %1 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal offset 5
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  // CHECK: hadal.absorb_query %{{.*}}, %{{.*}} : (
  %2 = hadal.absorb_query %qn, %uk : (tensor<?x8x?x32xf32>, tensor<64x8x32xf32>) -> tensor<?x8x?x64xf32>
  // CHECK: hadal.expand_value %{{.*}}, %{{.*}} : (
  %3 = hadal.expand_value %2, %uk : (tensor<?x8x?x64xf32>, tensor<64x8x32xf32>) -> tensor<?x8x?x32xf32>
  return
}
