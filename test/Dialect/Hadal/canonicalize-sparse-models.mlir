// RUN: hadal-opt %s --canonicalize | FileCheck %s

// Lengths that are all there is go; then the offset that is the default goes.
// CHECK-LABEL: @all
// CHECK: hadal.moba %{{.*}}, %{{.*}}, %{{.*}} block 2 top 2 scale 5.000000e-01 causal :
// CHECK: hadal.csa {{.*}} compress 2 top 2 window 3 index_scale 5.000000e-01 scale 5.000000e-01 causal :
// CHECK: hadal.hca %{{.*}}, %{{.*}}, %{{.*}} kv_lengths %{{.*}} compress 2 window 3 scale 5.000000e-01 causal offset 2 :
func.func @all(%q: tensor<2x4x4x8xf32>, %k: tensor<2x1x6x8xf32>, %e: tensor<2x1x3x8xf32>, %iq: tensor<2x2x4x4xf32>,
               %ie: tensor<2x3x4xf32>, %iw: tensor<2x4x2xf32>)
    -> (tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>) {
  %ql = arith.constant dense<4> : tensor<2xi32>
  %kl = arith.constant dense<6> : tensor<2xi64>
  %short = arith.constant dense<5> : tensor<2xi64>
  %0 = hadal.moba %q, %k, %k q_lengths %ql kv_lengths %kl block 2 top 2 scale 0.5 causal offset 2
      : (tensor<2x4x4x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x4x4x8xf32>
  %1 = hadal.csa %q, %k, %e index %iq, %ie, %iw kv_lengths %kl
      compress 2 top 2 window 3 index_scale 0.5 scale 0.5 causal offset 2
      : (tensor<2x4x4x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x3x8xf32>, tensor<2x2x4x4xf32>, tensor<2x3x4xf32>,
         tensor<2x4x2xf32>, tensor<2xi64>) -> tensor<2x4x4x8xf32>
  %2 = hadal.hca %q, %k, %e kv_lengths %short compress 2 window 3 scale 0.5 causal offset 2
      : (tensor<2x4x4x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x3x8xf32>, tensor<2xi64>) -> tensor<2x4x4x8xf32>
  return %0, %1, %2 : tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>
}

// Without causality no position counts; with it an offset that is not the default stays.
// CHECK-LABEL: @offset
// CHECK: hadal.dsa {{.*}} top 3 index_scale 5.000000e-01 scale 5.000000e-01 :
// CHECK: hadal.nsa {{.*}} causal offset 1 :
func.func @offset(%q: tensor<2x4x4x8xf32>, %k: tensor<2x1x6x8xf32>, %iq: tensor<2x2x4x4xf32>, %ik: tensor<2x6x4xf32>,
                  %iw: tensor<2x4x2xf32>, %o: tensor<2xi32>, %g: tensor<2x4x4x3xf32>)
    -> (tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>) {
  %0 = hadal.dsa %q, %k, %k index %iq, %ik, %iw offsets %o top 3 index_scale 0.5 scale 0.5
      : (tensor<2x4x4x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>, tensor<2x2x4x4xf32>, tensor<2x6x4xf32>,
         tensor<2x4x2xf32>, tensor<2xi32>) -> tensor<2x4x4x8xf32>
  %1 = hadal.nsa %q, %k, %k, %k, %k, %k, %k gates %g
      compress mean length 2 stride 2 select block 2 count 2 window 3 scale 0.5 causal offset 1
      : (tensor<2x4x4x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>,
         tensor<2x1x6x8xf32>, tensor<2x1x6x8xf32>, tensor<2x4x4x3xf32>) -> tensor<2x4x4x8xf32>
  return %0, %1 : tensor<2x4x4x8xf32>, tensor<2x4x4x8xf32>
}
