// RUN: hadal-opt %s --hadal-decompose=level=linalg | FileCheck %s
// RUN: hadal-opt %s --hadal-decompose | FileCheck %s --check-prefix=PARTS

// A selection is a rank for each candidate and a top-k; there may be fewer candidates than are asked for.
// CHECK-LABEL: func.func @select
// PARTS-LABEL: func.func @select
// CHECK: %[[RANKS:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<2x2x?x?xi32>)
// CHECK: arith.bitcast
// CHECK: %[[PADDED:.*]] = tensor.concat dim(3)
// CHECK: %[[V:.*]], %[[I:.*]] = hadal.topk %[[PADDED]], %{{.*}} largest : (tensor<2x2x?x?xi32>, index) -> (tensor<2x2x?x16xi32>, tensor<2x2x?x16xi32>)
// CHECK: linalg.generic {{.*}} ins(%[[V]], %[[I]]
// PARTS: hadal.select
func.func @select(%s: tensor<2x8x?x?xf32>) -> tensor<2x2x?x16xi32> {
  %i = hadal.select %s block 64 count 16 first 1 local 2 share 4 causal offset 0 : (tensor<2x8x?x?xf32>) -> tensor<2x2x?x16xi32>
  return %i : tensor<2x2x?x16xi32>
}

// Enough candidates: nothing is put behind them.
// CHECK-LABEL: func.func @enough
// CHECK-NOT: tensor.concat
// CHECK: hadal.topk {{.*}} : (tensor<2x8x?x64xi32>, index) -> (tensor<2x8x?x16xi32>, tensor<2x8x?x16xi64>)
func.func @enough(%s: tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi64> {
  %i = hadal.select %s block 64 count 16 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi64>
  return %i : tensor<2x8x?x16xi64>
}

// How many heads there are must be known where they share; otherwise the operation stays.
// CHECK-LABEL: func.func @unknown_heads
// CHECK: hadal.select
// CHECK: hadal.block_scores
func.func @unknown_heads(%s: tensor<2x?x4x64xf32>, %q: tensor<2x?x4x8xf32>, %m: tensor<2x?x64x8xf32>)
    -> (tensor<2x?x4x16xi64>, tensor<2x?x4x64xf32>) {
  %i = hadal.select %s block 64 count 16 share 2 : (tensor<2x?x4x64xf32>) -> tensor<2x?x4x16xi64>
  %b = hadal.block_scores %q, %m : (tensor<2x?x4x8xf32>, tensor<2x?x64x8xf32>) -> tensor<2x?x4x64xf32>
  return %i, %b : tensor<2x?x4x16xi64>, tensor<2x?x4x64xf32>
}

// CHECK-LABEL: func.func @attention
// CHECK-NOT: hadal.
// PARTS-LABEL: func.func @attention
// PARTS: hadal.compressed_attention
// PARTS: hadal.block_importance
// PARTS: hadal.selected_attention
// PARTS: hadal.gated_combine
func.func @attention(%q: tensor<2x8x?x64xbf16>, %ck: tensor<2x2x?x64xbf16>, %k: tensor<2x2x?x64xbf16>,
                     %i: tensor<2x2x?x16xi32>, %g: tensor<2x8x?x2xbf16>, %n: index)
    -> (tensor<2x8x?x64xbf16>, tensor<2x2x?x?xf32>) {
  %a, %p = hadal.compressed_attention %q, %ck, %ck length 32 stride 16 scale 0.125 causal offset 0
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x64xbf16>) -> (tensor<2x8x?x64xbf16>, tensor<2x2x?x?xf32>)
  %s = hadal.block_importance %p length 32 stride 16 block 64 blocks %n : (tensor<2x2x?x?xf32>, index) -> tensor<2x2x?x?xf32>
  %b = hadal.selected_attention %q, %k, %k, %i block 64 scale 0.125 causal
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x64xbf16>
  %o = hadal.gated_combine %a, %b gates %g sigmoid
      : (tensor<2x8x?x64xbf16>, tensor<2x8x?x64xbf16>, tensor<2x8x?x2xbf16>) -> tensor<2x8x?x64xbf16>
  return %o, %s : tensor<2x8x?x64xbf16>, tensor<2x2x?x?xf32>
}
