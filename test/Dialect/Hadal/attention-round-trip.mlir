// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>,
                     %bool: tensor<2x1x?x?xi1>, %float: tensor<1x8x1x?xf32>, %s: tensor<8xf32>, %a: tensor<2xi32>,
                     %b: tensor<2xi64>) {
  // CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 causal : (
  %0 = hadal.attention %q, %k, %v scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} scale 1.250000e-01 : (
  %1 = hadal.attention %q, %k, %v mask %bool scale 0.125
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x1x?x?xi1>) -> tensor<2x8x?x32xf32>
  %2 = hadal.attention %q, %k, %v mask %float scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<1x8x1x?xf32>) -> tensor<2x8x?x32xf32>
  // The clauses behind the scale stand in any order.
  // CHECK: %{{.*}}, %{{.*}} = hadal.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} scale 1.250000e-01 causal offset -3 window 512 softcap 3.000000e+01 : (
  %3:2 = hadal.attention %q, %k, %v mask %bool sink %s q_lengths %a kv_lengths %b scale 0.125 softcap 30.0 window 512 offset -3 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x1x?x?xi1>, tensor<8xf32>,
         tensor<2xi32>, tensor<2xi64>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?xf32>)
  // CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} offsets %{{.*}} scale 1.250000e-01 causal : (
  %4 = hadal.attention %q, %k, %v offsets %b scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2xi64>) -> tensor<2x8x?x32xf32>
  return
}

// CHECK-LABEL: func.func @merge
func.func @merge(%o: tensor<2x8x?x64xf16>, %l: tensor<2x8x?xf32>, %s: tensor<8xf32>) {
  // CHECK: hadal.merge_attention outs(%{{.*}}) lses(%{{.*}}) : (
  %0 = hadal.merge_attention outs(%o) lses(%l) : (tensor<2x8x?x64xf16>, tensor<2x8x?xf32>) -> tensor<2x8x?x64xf16>
  // CHECK: %{{.*}}, %{{.*}} = hadal.merge_attention outs(%{{.*}}, %{{.*}}) lses(%{{.*}}, %{{.*}}) sink %{{.*}} : (
  %1:2 = hadal.merge_attention outs(%o, %o) lses(%l, %l) sink %s
      : (tensor<2x8x?x64xf16>, tensor<2x8x?x64xf16>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<8xf32>)
      -> (tensor<2x8x?x64xf16>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @varlen
func.func @varlen(%q: tensor<?x8x64xbf16>, %k: tensor<?x2x64xbf16>, %v: tensor<?x2x32xbf16>, %c: tensor<5xi32>, %s: tensor<8xf32>) {
  // CHECK: hadal.varlen_attention %{{.*}}, %{{.*}}, %{{.*}} cu_q %{{.*}} cu_kv %{{.*}} scale 1.250000e-01 : (
  %0 = hadal.varlen_attention %q, %k, %v cu_q %c cu_kv %c scale 0.125
      : (tensor<?x8x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2x32xbf16>, tensor<5xi32>, tensor<5xi32>) -> tensor<?x8x32xbf16>
  // CHECK: cu_q %{{.*}} cu_kv %{{.*}} sink %{{.*}} scale 1.250000e-01 causal window 4 softcap 3.000000e+01 : (
  %1:2 = hadal.varlen_attention %q, %k, %v cu_q %c cu_kv %c sink %s scale 0.125 causal window 4 softcap 30.0
      : (tensor<?x8x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2x32xbf16>, tensor<5xi32>, tensor<5xi32>, tensor<8xf32>)
      -> (tensor<?x8x32xbf16>, tensor<8x?xf32>)
  return
}
