// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>,
                     %bool: tensor<2x1x?x?xi1>, %float: tensor<1x8x1x?xf32>) {
  // CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 causal : (
  %0 = hadal.attention %q, %k, %v scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} scale 1.250000e-01 : (
  %1 = hadal.attention %q, %k, %v mask %bool scale 0.125
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x1x?x?xi1>) -> tensor<2x8x?x32xf32>
  %2 = hadal.attention %q, %k, %v mask %float scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<1x8x1x?xf32>) -> tensor<2x8x?x32xf32>
  return
}

// CHECK-LABEL: func.func @latent
func.func @latent(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>, %kp: tensor<?x?x16xf32>,
                  %w: tensor<64x8x64xf32>, %ckv: tensor<?x?x80xf32>, %n: tensor<64xf32>, %cos: tensor<1x?x8xf32>,
                  %mask: tensor<?x1x?x?xi1>) {
  // CHECK: hadal.latent_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scale 1.000000e-01 causal form auto : (
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

// CHECK-LABEL: func.func @routing
func.func @routing(%l: tensor<?x16xf32>, %b: tensor<16xf32>, %x: tensor<?x192xf32>, %gu: tensor<16x192x160xf32>,
                   %d: tensor<16x80x192xf32>) {
  // CHECK: hadal.route %{{.*}} bias %{{.*}} score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.500000e+00 normalize epsilon 0.000000e+00 : (
  %w, %i = hadal.route %l bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0
      : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route %{{.*}} score softmax groups 1 keep 1 by max top 4 scale 1.000000e+00 epsilon 0.000000e+00 : (
  %w2, %i2 = hadal.route %l score softmax groups 1 keep 1 by max top 4 scale 1.0 epsilon 0.0
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi64>)
  // CHECK: hadal.moe {{.*}} silu gate_first : (
  %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>)
      -> tensor<?x192xf32>
  // CHECK: hadal.group %{{.*}} experts 16 : (
  %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} gather 4 : (
  %h = hadal.grouped_matmul %x, %gu, %o, %p gather 4
      : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x160xf32>
  // CHECK: hadal.gated_activation %{{.*}} silu gate_first : (
  %a = hadal.gated_activation %h silu gate_first : (tensor<?x160xf32>) -> tensor<?x80xf32>
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scatter : (
  %z = hadal.grouped_matmul %a, %d, %o, %p scatter
      : (tensor<?x80xf32>, tensor<16x80x192xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x192xf32>
  // CHECK: hadal.combine %{{.*}}, %{{.*}} : (
  %c = hadal.combine %z, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
  return
}

// CHECK-LABEL: func.func @glue
func.func @glue(%t: tensor<256x192xf32>, %ids: tensor<?x?xi64>, %e: tensor<16x160x192xf32>, %tuple: tensor<?x1xi64>,
                %s: tensor<?x16xf32>, %i: tensor<?x4xi64>, %u: tensor<?x4xf32>, %d: tensor<48x8x?x?xf32>,
                %rows: tensor<32x1xi64>, %new: tensor<32x8x?x?xf32>, %k: index) {
  // CHECK: hadal.gather %{{.*}}, %{{.*}} axis 0 : (
  %0 = hadal.gather %t, %ids axis 0 : (tensor<256x192xf32>, tensor<?x?xi64>) -> tensor<?x?x192xf32>
  // CHECK: hadal.gather_nd %{{.*}}, %{{.*}} batch_dims 0 : (
  %1 = hadal.gather_nd %e, %tuple batch_dims 0 : (tensor<16x160x192xf32>, tensor<?x1xi64>) -> tensor<?x160x192xf32>
  // CHECK: hadal.gather_elements %{{.*}}, %{{.*}} axis 1 : (
  %2 = hadal.gather_elements %s, %i axis 1 : (tensor<?x16xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  // CHECK: hadal.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} axis 1 reduction none : (
  %3 = hadal.scatter_elements %s, %i, %u axis 1 reduction none
      : (tensor<?x16xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<?x16xf32>
  // CHECK: hadal.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} reduction add : (
  %4 = hadal.scatter_nd %d, %rows, %new reduction add
      : (tensor<48x8x?x?xf32>, tensor<32x1xi64>, tensor<32x8x?x?xf32>) -> tensor<48x8x?x?xf32>
  // CHECK: hadal.topk %{{.*}}, %{{.*}} largest : (
  %5:2 = hadal.topk %s, %k largest : (tensor<?x16xf32>, index) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  // CHECK: hadal.topk %{{.*}}, %{{.*}} : (
  %6:2 = hadal.topk %s, %k : (tensor<?x16xf32>, index) -> (tensor<?x?xf32>, tensor<?x?xi32>)
  // CHECK: hadal.cumsum %{{.*}} axis 1 exclusive reverse : tensor<?x?xi64>
  %7 = hadal.cumsum %ids axis 1 exclusive reverse : tensor<?x?xi64>
  // CHECK: arith.constant {hadal.external = #hadal.external<"weights.bin", 4096, 768>}
  %8 = arith.constant {hadal.external = #hadal.external<"weights.bin", 4096, 768>} dense<0.0> : tensor<192xf32>
  return
}
