// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

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
  // CHECK: hadal.nonzero %{{.*}}, %{{.*}} : (
  %nz = hadal.nonzero %s, %k : (tensor<?x16xf32>, index) -> tensor<2x?xi64>
  // CHECK: hadal.topk %{{.*}}, %{{.*}} : (
  %6:2 = hadal.topk %s, %k : (tensor<?x16xf32>, index) -> (tensor<?x?xf32>, tensor<?x?xi32>)
  // CHECK: hadal.cumsum %{{.*}} axis 1 exclusive reverse : tensor<?x?xi64>
  %7 = hadal.cumsum %ids axis 1 exclusive reverse : tensor<?x?xi64>
  // CHECK: arith.constant {hadal.external = #hadal.external<"weights.bin", 4096, 768>}
  %8 = arith.constant {hadal.external = #hadal.external<"weights.bin", 4096, 768>} dense<0.0> : tensor<192xf32>
  return
}
