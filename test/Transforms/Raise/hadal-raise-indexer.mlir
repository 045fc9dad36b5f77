// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// The scores of a lightning indexer: heads' products with the keys, rectified, weighted and summed.

#dot = affine_map<(b, s, h, t, d) -> (b, s, h, t)>
#qd = affine_map<(b, s, h, t, d) -> (b, s, h, d)>
#kd = affine_map<(b, s, h, t, d) -> (b, t, d)>
#score = affine_map<(b, s, t, h) -> (b, s, t)>
#wh = affine_map<(b, s, t, h) -> (b, s, h)>
#xh = affine_map<(b, s, t, h) -> (b, s, h, t)>
#id4 = affine_map<(a, b, c, d) -> (a, b, c, d)>

// CHECK-LABEL: func.func @indexer
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x5x4x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x5x8xf32>, %[[W:[a-z0-9]+]]: tensor<2x5x4xf32>)
// CHECK: %[[QT:.*]] = linalg.transpose ins(%[[Q]] : tensor<2x5x4x8xf32>) {{.*}} permutation = [0, 2, 1, 3]
// CHECK: %[[S:.*]] = hadal.indexer_scores %[[QT]], %[[K]], %[[W]] scale 5.000000e-01
// CHECK: %[[OUT:.*]] = tensor.collapse_shape %[[S]]
// CHECK: return %[[OUT]]
func.func @indexer(%q: tensor<2x5x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x5x4xf32>) -> tensor<2x5x5xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %e0 = tensor.empty() : tensor<2x5x4x5xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x5x4x5xf32>) -> tensor<2x5x4x5xf32>
  %dots = linalg.generic {indexing_maps = [#qd, #kd, #dot], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x5x4x8xf32>, tensor<2x5x8xf32>) outs(%f0 : tensor<2x5x4x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x4x5xf32>
  %pos = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%dots : tensor<2x5x4x5xf32>) outs(%e0 : tensor<2x5x4x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %x = arith.mulf %in, %half : f32
      %y = arith.maximumf %x, %zero : f32
      linalg.yield %y : f32
  } -> tensor<2x5x4x5xf32>
  %e1 = tensor.empty() : tensor<2x5x5xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %out = linalg.generic {indexing_maps = [#wh, #xh, #score], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %pos : tensor<2x5x4xf32>, tensor<2x5x4x5xf32>) outs(%f1 : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  return %out : tensor<2x5x5xf32>
}

// -----

#dot = affine_map<(b, s, h, t, d) -> (b, s, h, t)>
#qd = affine_map<(b, s, h, t, d) -> (b, s, h, d)>
#kd = affine_map<(b, s, h, t, d) -> (b, t, d)>
#score = affine_map<(b, s, t, h) -> (b, s, t)>
#wh = affine_map<(b, s, t, h) -> (b, s, h)>
#xh = affine_map<(b, s, t, h) -> (b, s, h, t)>
#id4 = affine_map<(a, b, c, d) -> (a, b, c, d)>

// CHECK-LABEL: func.func @no_relu
// CHECK-NOT: hadal.indexer_scores
func.func @no_relu(%q: tensor<2x5x4x8xf32>, %k: tensor<2x5x8xf32>, %w: tensor<2x5x4xf32>) -> tensor<2x5x5xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %e0 = tensor.empty() : tensor<2x5x4x5xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x5x4x5xf32>) -> tensor<2x5x4x5xf32>
  %dots = linalg.generic {indexing_maps = [#qd, #kd, #dot], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x5x4x8xf32>, tensor<2x5x8xf32>) outs(%f0 : tensor<2x5x4x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x4x5xf32>
  %pos = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%dots : tensor<2x5x4x5xf32>) outs(%e0 : tensor<2x5x4x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %x = arith.mulf %in, %half : f32
      %y = math.absf %x : f32
      linalg.yield %y : f32
  } -> tensor<2x5x4x5xf32>
  %e1 = tensor.empty() : tensor<2x5x5xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %out = linalg.generic {indexing_maps = [#wh, #xh, #score], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %pos : tensor<2x5x4xf32>, tensor<2x5x4x5xf32>) outs(%f1 : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  return %out : tensor<2x5x5xf32>
}

// -----

#dot = affine_map<(b, s, h, t, d) -> (b, s, h, t)>
#qd = affine_map<(b, s, h, t, d) -> (b, s, h, d)>
#kh = affine_map<(b, s, h, t, d) -> (b, h, t, d)>
#score = affine_map<(b, s, t, h) -> (b, s, t)>
#wh = affine_map<(b, s, t, h) -> (b, s, h)>
#xh = affine_map<(b, s, t, h) -> (b, s, h, t)>
#id4 = affine_map<(a, b, c, d) -> (a, b, c, d)>

// CHECK-LABEL: func.func @keys_of_each_head
// CHECK-NOT: hadal.indexer_scores
func.func @keys_of_each_head(%q: tensor<2x5x4x8xf32>, %k: tensor<2x4x5x8xf32>, %w: tensor<2x5x4xf32>) -> tensor<2x5x5xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %e0 = tensor.empty() : tensor<2x5x4x5xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x5x4x5xf32>) -> tensor<2x5x4x5xf32>
  %dots = linalg.generic {indexing_maps = [#qd, #kh, #dot], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x5x4x8xf32>, tensor<2x4x5x8xf32>) outs(%f0 : tensor<2x5x4x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x4x5xf32>
  %pos = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%dots : tensor<2x5x4x5xf32>) outs(%e0 : tensor<2x5x4x5xf32>) {
    ^bb0(%in: f32, %out: f32):
      %x = arith.mulf %in, %half : f32
      %y = arith.maximumf %x, %zero : f32
      linalg.yield %y : f32
  } -> tensor<2x5x4x5xf32>
  %e1 = tensor.empty() : tensor<2x5x5xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  // expected-remark @+1 {{indexer not raised: the keys are not shared by all heads, or the queries are}}
  %out = linalg.generic {indexing_maps = [#wh, #xh, #score], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %pos : tensor<2x5x4xf32>, tensor<2x5x4x5xf32>) outs(%f1 : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  return %out : tensor<2x5x5xf32>
}
