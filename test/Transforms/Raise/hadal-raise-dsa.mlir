// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Attention over the keys that an indexer's scores choose, written as a mask.

#id = affine_map<(b, s, t) -> (b, s, t)>
#row = affine_map<(b, s, t) -> (s, t)>

// CHECK-LABEL: func.func @causal
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x3x5x6xf32>, %[[K:[a-z0-9]+]]: tensor<2x1x5x6xf32>, %[[V:[a-z0-9]+]]: tensor<2x1x5x4xf32>, %[[IQ:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[IK:[a-z0-9]+]]: tensor<2x5x8xf32>, %[[IW:[a-z0-9]+]]: tensor<2x5x4xf32>
// CHECK-NEXT: %[[O:.*]] = hadal.dsa %[[Q]], %[[K]], %[[V]] index %[[IQ]], %[[IK]], %[[IW]] top 2 index_scale 5.000000e-01 scale 2.500000e-01 causal
// CHECK-NEXT: return %[[O]]
func.func @causal(%q: tensor<2x3x5x6xf32>, %k: tensor<2x1x5x6xf32>, %v: tensor<2x1x5x4xf32>, %iq: tensor<2x4x5x8xf32>,
    %ik: tensor<2x5x8xf32>, %iw: tensor<2x5x4xf32>, %m: tensor<5x5xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant 0xFF800000 : f32
  %count = arith.constant 2 : index
  %causal = arith.constant dense<[[0.0, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000, 0xFF800000, 0xFF800000],
    [0.0, 0.0, 0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<5x5xf32>
  %i = hadal.indexer_scores %iq, %ik, %iw scale 0.5 : (tensor<2x4x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x4xf32>) -> tensor<2x1x5x5xf32>
  %s = tensor.collapse_shape %i [[0, 1], [2], [3]] : tensor<2x1x5x5xf32> into tensor<2x5x5xf32>
  %e = tensor.empty() : tensor<2x5x5xf32>
  %masked = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %causal : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %values, %indices = hadal.topk %masked, %count largest : (tensor<2x5x5xf32>, index) -> (tensor<2x5x2xf32>, tensor<2x5x2xi64>)
  %none = linalg.fill ins(%minus : f32) outs(%e : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %e2 = tensor.empty() : tensor<2x5x2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x5x2xf32>) -> tensor<2x5x2xf32>
  %chosen = hadal.scatter_elements %none, %indices, %zeros axis 2 reduction none : (tensor<2x5x5xf32>, tensor<2x5x2xi64>, tensor<2x5x2xf32>) -> tensor<2x5x5xf32>
  %both = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%chosen, %causal : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %mask = tensor.expand_shape %both [[0, 1], [2], [3]] output_shape [2, 1, 5, 5] : tensor<2x5x5xf32> into tensor<2x1x5x5xf32>
  %o = hadal.attention %q, %k, %v mask %mask scale 0.25 : (tensor<2x3x5x6xf32>, tensor<2x1x5x6xf32>, tensor<2x1x5x4xf32>, tensor<2x1x5x5xf32>) -> tensor<2x3x5x4xf32>
  return %o : tensor<2x3x5x4xf32>
}

// -----

#id = affine_map<(b, s, t) -> (b, s, t)>
#row = affine_map<(b, s, t) -> (s, t)>

// Another mask: the parts of hadal.dsa.
// CHECK-LABEL: func.func @masked
// CHECK: hadal.indexer_scores
// CHECK: %[[I:.*]] = hadal.select %{{.*}} block 1 count 2 : (tensor<2x1x5x5xf32>) -> tensor<2x1x5x2xi32>
// CHECK: hadal.selected_attention %{{.*}}, %[[I]] mask %{{.*}} block 1 scale 2.500000e-01 :
// CHECK-NOT: hadal.attention
func.func @masked(%q: tensor<2x3x5x6xf32>, %k: tensor<2x1x5x6xf32>, %v: tensor<2x1x5x4xf32>, %iq: tensor<2x4x5x8xf32>,
    %ik: tensor<2x5x8xf32>, %iw: tensor<2x5x4xf32>, %m: tensor<5x5xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant 0xFF800000 : f32
  %count = arith.constant 2 : index
  %causal = arith.constant dense<[[0.0, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000, 0xFF800000, 0xFF800000],
    [0.0, 0.0, 0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<5x5xf32>
  %i = hadal.indexer_scores %iq, %ik, %iw scale 0.5 : (tensor<2x4x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x4xf32>) -> tensor<2x1x5x5xf32>
  %s = tensor.collapse_shape %i [[0, 1], [2], [3]] : tensor<2x1x5x5xf32> into tensor<2x5x5xf32>
  %e = tensor.empty() : tensor<2x5x5xf32>
  %masked = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %m : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %values, %indices = hadal.topk %masked, %count largest : (tensor<2x5x5xf32>, index) -> (tensor<2x5x2xf32>, tensor<2x5x2xi64>)
  %none = linalg.fill ins(%minus : f32) outs(%e : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %e2 = tensor.empty() : tensor<2x5x2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x5x2xf32>) -> tensor<2x5x2xf32>
  %chosen = hadal.scatter_elements %none, %indices, %zeros axis 2 reduction none : (tensor<2x5x5xf32>, tensor<2x5x2xi64>, tensor<2x5x2xf32>) -> tensor<2x5x5xf32>
  %both = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%chosen, %m : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %mask = tensor.expand_shape %both [[0, 1], [2], [3]] output_shape [2, 1, 5, 5] : tensor<2x5x5xf32> into tensor<2x1x5x5xf32>
  %o = hadal.attention %q, %k, %v mask %mask scale 0.25 : (tensor<2x3x5x6xf32>, tensor<2x1x5x6xf32>, tensor<2x1x5x4xf32>, tensor<2x1x5x5xf32>) -> tensor<2x3x5x4xf32>
  return %o : tensor<2x3x5x4xf32>
}

// -----

#id = affine_map<(b, s, t) -> (b, s, t)>
#row = affine_map<(b, s, t) -> (s, t)>

// What the selection hides, the attention sees.
// CHECK-LABEL: func.func @other_masks
// CHECK-NOT: hadal.dsa
// CHECK-NOT: hadal.selected_attention
// CHECK: hadal.attention
func.func @other_masks(%q: tensor<2x3x5x6xf32>, %k: tensor<2x1x5x6xf32>, %v: tensor<2x1x5x4xf32>, %iq: tensor<2x4x5x8xf32>,
    %ik: tensor<2x5x8xf32>, %iw: tensor<2x5x4xf32>, %m: tensor<5x5xf32>) -> tensor<2x3x5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant 0xFF800000 : f32
  %count = arith.constant 2 : index
  %causal = arith.constant dense<[[0.0, 0xFF800000, 0xFF800000, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000, 0xFF800000, 0xFF800000],
    [0.0, 0.0, 0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<5x5xf32>
  %i = hadal.indexer_scores %iq, %ik, %iw scale 0.5 : (tensor<2x4x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x4xf32>) -> tensor<2x1x5x5xf32>
  %s = tensor.collapse_shape %i [[0, 1], [2], [3]] : tensor<2x1x5x5xf32> into tensor<2x5x5xf32>
  %e = tensor.empty() : tensor<2x5x5xf32>
  %masked = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %causal : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %values, %indices = hadal.topk %masked, %count largest : (tensor<2x5x5xf32>, index) -> (tensor<2x5x2xf32>, tensor<2x5x2xi64>)
  %none = linalg.fill ins(%minus : f32) outs(%e : tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %e2 = tensor.empty() : tensor<2x5x2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e2 : tensor<2x5x2xf32>) -> tensor<2x5x2xf32>
  %chosen = hadal.scatter_elements %none, %indices, %zeros axis 2 reduction none : (tensor<2x5x5xf32>, tensor<2x5x2xi64>, tensor<2x5x2xf32>) -> tensor<2x5x5xf32>
  %both = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%chosen, %m : tensor<2x5x5xf32>, tensor<5x5xf32>) outs(%e : tensor<2x5x5xf32>) {
    ^bb0(%x: f32, %y: f32, %out: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
  } -> tensor<2x5x5xf32>
  %mask = tensor.expand_shape %both [[0, 1], [2], [3]] output_shape [2, 1, 5, 5] : tensor<2x5x5xf32> into tensor<2x1x5x5xf32>
  // expected-remark @+2 {{dsa not raised: the scores are not masked as the attention is}}
  // expected-remark @+1 {{the mask is kept: it is neither provably causal nor provably without effect}}
  %o = hadal.attention %q, %k, %v mask %mask scale 0.25 : (tensor<2x3x5x6xf32>, tensor<2x1x5x6xf32>, tensor<2x1x5x4xf32>, tensor<2x1x5x5xf32>) -> tensor<2x3x5x4xf32>
  return %o : tensor<2x3x5x4xf32>
}
