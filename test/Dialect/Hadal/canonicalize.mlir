// RUN: hadal-opt %s --canonicalize | FileCheck %s

// The last query sees every key.
// CHECK-LABEL: func.func @one_query
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 :
// CHECK: hadal.latent_attention {{.*}} scale 1.250000e-01 :
func.func @one_query(%q: tensor<2x8x1x32xf32>, %k: tensor<2x8x?x32xf32>, %qp: tensor<2x8x1x16xf32>,
                     %c: tensor<2x?x64xf32>, %kp: tensor<2x?x16xf32>, %w: tensor<64x8x64xf32>)
    -> (tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>) {
  %0 = hadal.attention %q, %k, %k scale 0.125 causal
      : (tensor<2x8x1x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>) -> tensor<2x8x1x32xf32>
  %1 = hadal.latent_attention %q, %qp, %c, %kp, %w scale 0.125 causal form auto
      : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<2x?x64xf32>, tensor<2x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<2x8x1x32xf32>
  return %0, %1 : tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>
}

// CHECK-LABEL: func.func @more_queries
// CHECK: hadal.attention {{.*}} causal :
func.func @more_queries(%q: tensor<2x8x?x32xf32>, %k: tensor<2x8x?x32xf32>) -> tensor<2x8x?x32xf32> {
  %0 = hadal.attention %q, %k, %k scale 0.125 causal
      : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>) -> tensor<2x8x?x32xf32>
  return %0 : tensor<2x8x?x32xf32>
}

// Masks of true and of 0 hide nothing; one of false hides everything, and one of −1 moves the scores.
// CHECK-LABEL: func.func @masks
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} mask
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} mask
func.func @masks(%q: tensor<2x8x4x32xf32>)
    -> (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>) {
  %true = arith.constant dense<true> : tensor<1x1x4x4xi1>
  %zero = arith.constant dense<0.0> : tensor<1x1x4x4xf32>
  %false = arith.constant dense<false> : tensor<1x1x4x4xi1>
  %minus = arith.constant dense<-1.0> : tensor<1x1x4x4xf32>
  %0 = hadal.attention %q, %q, %q mask %true scale 0.125
      : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<1x1x4x4xi1>) -> tensor<2x8x4x32xf32>
  %1 = hadal.attention %q, %q, %q mask %zero scale 0.125
      : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<1x1x4x4xf32>) -> tensor<2x8x4x32xf32>
  %2 = hadal.attention %q, %q, %q mask %false scale 0.125
      : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<1x1x4x4xi1>) -> tensor<2x8x4x32xf32>
  %3 = hadal.attention %q, %q, %q mask %minus scale 0.125
      : (tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<1x1x4x4xf32>) -> tensor<2x8x4x32xf32>
  return %0, %1, %2, %3 : tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>, tensor<2x8x4x32xf32>
}

// CHECK-LABEL: func.func @groups
// CHECK: hadal.route %{{.*}} groups 1 keep 1 by max top 4
// CHECK: hadal.route %{{.*}} groups 4 keep 2 by sum2 top 4
func.func @groups(%l: tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>) {
  %w, %i = hadal.route %l score sigmoid groups 4 keep 4 by sum2 top 4 scale 2.5 normalize epsilon 0.0
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  %w2, %i2 = hadal.route %l score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  return %w, %i, %w2, %i2 : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>
}

// CHECK-LABEL: func.func @append_nothing
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<2x5x8xf32>
// CHECK-NEXT: return %[[C]], %[[C]]
func.func @append_nothing(%c: tensor<2x5x8xf32>, %none: tensor<2x0x8xf32>) -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>) {
  %0 = hadal.cache_append %c, %none dim 1 : (tensor<2x5x8xf32>, tensor<2x0x8xf32>) -> tensor<2x5x8xf32>
  %1 = hadal.cache_append %none, %c dim 1 : (tensor<2x0x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x8xf32>
  return %0, %1 : tensor<2x5x8xf32>, tensor<2x5x8xf32>
}
