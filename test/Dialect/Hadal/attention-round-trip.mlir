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
