// RUN: hadal-opt %s --hadal-decompose | FileCheck %s
// RUN: hadal-opt %s --hadal-decompose=level=kernels | FileCheck %s --check-prefix=KERNELS

// Kernels compute attention with mask, scale and causal. A window becomes a mask; what no mask says becomes linalg.
// CHECK-LABEL: @attention
// CHECK-COUNT-2: hadal.attention
// KERNELS-LABEL: @attention
// KERNELS: hadal.attention {{.*}} scale 1.250000e-01 causal :
// KERNELS: hadal.attention {{.*}} mask %{{.*}} scale 1.250000e-01 :
// KERNELS-NOT: hadal.attention
// KERNELS: math.exp
func.func @attention(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>) -> (tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>) {
  %0 = hadal.attention %q, %k, %k scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x64xf32>) -> tensor<2x8x?x64xf32>
  %1 = hadal.attention %q, %k, %k scale 0.125 causal window 512
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x64xf32>) -> tensor<2x8x?x64xf32>
  return %0, %1 : tensor<2x8x?x64xf32>, tensor<2x8x?x64xf32>
}

// All clauses and the scale are carried through both forms.
// CHECK-LABEL: @latent
// CHECK-SAME: %[[S:[a-z0-9]+]]: tensor<8xf32>, %[[A:[a-z0-9]+]]: tensor<?xi32>, %[[B:[a-z0-9]+]]: tensor<?xi64>
// CHECK: %{{.*}}, %[[L:.*]] = hadal.attention {{.*}} sink %[[S]] q_lengths %[[A]] kv_lengths %[[B]] offsets %[[A]] scale 1.000000e-01 causal window 9 softcap 3.000000e+01 :
// CHECK-SAME: tensor<?x1x?x80xf32>
// CHECK: %{{.*}}, %[[M:.*]] = hadal.attention {{.*}} sink %[[S]] q_lengths %[[A]] kv_lengths %[[B]] scale 1.000000e-01 causal offset 3 :
// CHECK-SAME: tensor<?x8x?x48xf32>
// CHECK: return %{{.*}}, %[[L]], %{{.*}}, %[[M]]
func.func @latent(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>, %kp: tensor<?x?x16xf32>,
                  %w: tensor<64x8x64xf32>, %s: tensor<8xf32>, %a: tensor<?xi32>, %b: tensor<?xi64>)
    -> (tensor<?x8x?x32xf32>, tensor<?x8x?xf32>, tensor<?x8x?x32xf32>, tensor<?x8x?xf32>) {
  %0:2 = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s q_lengths %a kv_lengths %b offsets %a
      scale 0.1 causal window 9 softcap 30.0 form absorbed
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<8xf32>, tensor<?xi32>, tensor<?xi64>, tensor<?xi32>) -> (tensor<?x8x?x32xf32>, tensor<?x8x?xf32>)
  %1:2 = hadal.latent_attention %qn, %qp, %c, %kp, %w sink %s q_lengths %a kv_lengths %b scale 0.1 causal offset 3 form expanded
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<8xf32>, tensor<?xi32>, tensor<?xi64>) -> (tensor<?x8x?x32xf32>, tensor<?x8x?xf32>)
  return %0#0, %0#1, %1#0, %1#1 : tensor<?x8x?x32xf32>, tensor<?x8x?xf32>, tensor<?x8x?x32xf32>, tensor<?x8x?xf32>
}

// Pages are gathered, and hidden where they are absent.
// CHECK-LABEL: @paged
// CHECK-SAME: %[[T:[a-z0-9]+]]: tensor<2x4xi32>, %[[N:[a-z0-9]+]]: tensor<2xi32>
// CHECK: hadal.paged_gather %{{.*}} pages %[[T]] lengths %[[N]]
// CHECK: hadal.paged_gather %{{.*}} pages %[[T]] lengths %[[N]]
// CHECK: hadal.attention {{.*}} mask %{{.*}} kv_lengths %[[N]] scale 1.250000e-01 causal :
// CHECK-SAME: tensor<2x1x1x64xi1>
func.func @paged(%q: tensor<2x8x1x64xf32>, %k: tensor<?x16x2x64xf32>, %table: tensor<2x4xi32>, %len: tensor<2xi32>) -> tensor<2x8x1x64xf32> {
  %0 = hadal.paged_attention %q, %k, %k pages %table kv_lengths %len scale 0.125 causal
      : (tensor<2x8x1x64xf32>, tensor<?x16x2x64xf32>, tensor<?x16x2x64xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x1x64xf32>
  return %0 : tensor<2x8x1x64xf32>
}

// Sequences one behind the other are one with a mask.
// CHECK-LABEL: @varlen
// CHECK: hadal.attention {{.*}} mask %{{.*}} scale 1.250000e-01 softcap 3.000000e+01 :
// CHECK-SAME: tensor<1x1x?x?xi1>
func.func @varlen(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %c: tensor<5xi32>) -> tensor<?x8x64xf32> {
  %0 = hadal.varlen_attention %q, %k, %k cu_q %c cu_kv %c scale 0.125 causal window 4 softcap 30.0
      : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x64xf32>, tensor<5xi32>, tensor<5xi32>) -> tensor<?x8x64xf32>
  return %0 : tensor<?x8x64xf32>
}
