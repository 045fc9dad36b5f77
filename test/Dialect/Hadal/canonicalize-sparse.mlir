// RUN: hadal-opt %s --canonicalize | FileCheck %s

// Blocks of one token are the tokens; blocks of both kinds alike need no map.
// CHECK-LABEL: func.func @tokens
// CHECK-SAME: (%[[K:.*]]: tensor<2x4x?x64xf32>, %[[P:.*]]: tensor<2x2x?x7xf32>)
// CHECK-NEXT: return %[[K]], %[[K]], %[[P]]
func.func @tokens(%k: tensor<2x4x?x64xf32>, %p: tensor<2x2x?x7xf32>)
    -> (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<2x2x?x7xf32>) {
  %0 = hadal.compress %k mean length 1 stride 1 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  %1 = hadal.block_mean %k block 1 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  %2 = hadal.block_importance %p length 16 stride 16 block 16 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x7xf32>
  return %0, %1, %2 : tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<2x2x?x7xf32>
}

// Lengths make entries 0; another number of blocks is a map.
// CHECK-LABEL: func.func @not_tokens
// CHECK: hadal.compress
// CHECK: hadal.block_mean
// CHECK: hadal.block_importance
func.func @not_tokens(%k: tensor<2x4x?x64xf32>, %n: tensor<2xi32>, %p: tensor<2x2x?x7xf32>)
    -> (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<2x2x?x6xf32>) {
  %0 = hadal.compress %k mean kv_lengths %n length 1 stride 1 : (tensor<2x4x?x64xf32>, tensor<2xi32>) -> tensor<2x4x?x64xf32>
  %1 = hadal.block_mean %k kv_lengths %n block 1 : (tensor<2x4x?x64xf32>, tensor<2xi32>) -> tensor<2x4x?x64xf32>
  %2 = hadal.block_importance %p length 16 stride 16 block 16 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x6xf32>
  return %0, %1, %2 : tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<2x2x?x6xf32>
}

// A mask of nothing goes; a block of one token is whole.
// CHECK-LABEL: func.func @masks
// CHECK: hadal.select %{{[a-z0-9]+}} block 1 count 2 causal :
// CHECK: hadal.compressed_attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} length
func.func @masks(%s: tensor<2x8x?x64xf32>, %q: tensor<2x8x4x64xf32>, %k: tensor<2x2x3x64xf32>)
    -> (tensor<2x8x?x2xi32>, tensor<2x8x4x64xf32>) {
  %true = arith.constant dense<true> : tensor<1x1x1x64xi1>
  %zero = arith.constant dense<0.0> : tensor<1x1x1x3xf32>
  %0 = hadal.select %s mask %true block 1 count 2 whole causal : (tensor<2x8x?x64xf32>, tensor<1x1x1x64xi1>) -> tensor<2x8x?x2xi32>
  %1 = hadal.compressed_attention %q, %k, %k mask %zero length 32 stride 16 scale 0.125
      : (tensor<2x8x4x64xf32>, tensor<2x2x3x64xf32>, tensor<2x2x3x64xf32>, tensor<1x1x1x3xf32>) -> tensor<2x8x4x64xf32>
  return %0, %1 : tensor<2x8x?x2xi32>, tensor<2x8x4x64xf32>
}

// No selection holds an index twice; another list may.
// CHECK-LABEL: func.func @union
// CHECK: hadal.selected_attention {{.*}} block 4 scale 1.250000e-01 :
// CHECK: hadal.selected_attention {{.*}} block 4 scale 1.250000e-01 union :
func.func @union(%s: tensor<2x2x5x64xf32>, %q: tensor<2x8x5x64xf32>, %k: tensor<2x2x256x64xf32>, %j: tensor<2x2x5x3xi32>)
    -> (tensor<2x8x5x64xf32>, tensor<2x8x5x64xf32>) {
  %true = arith.constant dense<true> : tensor<1x1x1x256xi1>
  %i = hadal.select %s block 4 count 3 : (tensor<2x2x5x64xf32>) -> tensor<2x2x5x3xi32>
  %0 = hadal.selected_attention %q, %k, %k, %i mask %true block 4 scale 0.125 union
      : (tensor<2x8x5x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x5x3xi32>, tensor<1x1x1x256xi1>)
      -> tensor<2x8x5x64xf32>
  %1 = hadal.selected_attention %q, %k, %k, %j block 4 scale 0.125 union
      : (tensor<2x8x5x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x256x64xf32>, tensor<2x2x5x3xi32>) -> tensor<2x8x5x64xf32>
  return %0, %1 : tensor<2x8x5x64xf32>, tensor<2x8x5x64xf32>
}

// CHECK-LABEL: func.func @only_branch
// CHECK-SAME: (%[[A:.*]]: tensor<2x8x5x64xf32>)
// CHECK-NEXT: return %[[A]]
func.func @only_branch(%a: tensor<2x8x5x64xf32>) -> tensor<2x8x5x64xf32> {
  %one = arith.constant dense<1.0> : tensor<2x8x5x1xf32>
  %0 = hadal.gated_combine %a gates %one : (tensor<2x8x5x64xf32>, tensor<2x8x5x1xf32>) -> tensor<2x8x5x64xf32>
  return %0 : tensor<2x8x5x64xf32>
}
