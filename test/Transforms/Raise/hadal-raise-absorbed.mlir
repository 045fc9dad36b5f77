// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Latent attention in absorbed form: attention over latents as the keys and values of one head, and an expansion by
// W_UV behind it.

#ql = affine_map<(b, h, s, l, d) -> (b, h, s, d)>
#wl = affine_map<(b, h, s, l, d) -> (h, d, l)>
#ol = affine_map<(b, h, s, l, d) -> (b, h, s, l)>
#xv = affine_map<(b, h, s, e, l) -> (b, h, s, l)>
#wv = affine_map<(b, h, s, e, l) -> (h, e, l)>

// CHECK-LABEL: func.func @one_weight
// CHECK-SAME: %[[QN:[a-z0-9]+]]: tensor<2x3x5x4xf32>, %[[QP:[a-z0-9]+]]: tensor<2x3x5x2xf32>, %[[C:[a-z0-9]+]]: tensor<2x5x8xf32>, %[[KP:[a-z0-9]+]]: tensor<2x5x2xf32>, %[[W:[a-z0-9]+]]: tensor<3x7x8xf32>)
// CHECK: %[[WT:.*]] = linalg.transpose ins(%[[W]] : tensor<3x7x8xf32>) {{.*}} permutation = [2, 0, 1]
// CHECK: hadal.latent_attention %[[QN]], %[[QP]], %[[C]], %[[KP]], %[[WT]] scale 2.500000e-01 causal
// CHECK-NOT: hadal.attention
func.func @one_weight(%qn: tensor<2x3x5x4xf32>, %qp: tensor<2x3x5x2xf32>, %c: tensor<2x5x8xf32>, %kp: tensor<2x5x2xf32>,
    %w: tensor<3x7x8xf32>) -> tensor<2x3x5x3xf32> {
  %uk = tensor.extract_slice %w[0, 0, 0] [3, 4, 8] [1, 1, 1] : tensor<3x7x8xf32> to tensor<3x4x8xf32>
  %uv = tensor.extract_slice %w[0, 4, 0] [3, 3, 8] [1, 1, 1] : tensor<3x7x8xf32> to tensor<3x3x8xf32>
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x3x5x8xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<2x3x5x8xf32>) -> tensor<2x3x5x8xf32>
  %qa = linalg.generic {indexing_maps = [#ql, #wl, #ol], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%qn, %uk : tensor<2x3x5x4xf32>, tensor<3x4x8xf32>) outs(%f0 : tensor<2x3x5x8xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x5x8xf32>
  %q = tensor.concat dim(3) %qa, %qp : (tensor<2x3x5x8xf32>, tensor<2x3x5x2xf32>) -> tensor<2x3x5x10xf32>
  %row = tensor.concat dim(2) %c, %kp : (tensor<2x5x8xf32>, tensor<2x5x2xf32>) -> tensor<2x5x10xf32>
  %k = tensor.expand_shape %row [[0, 1], [2], [3]] output_shape [2, 1, 5, 10] : tensor<2x5x10xf32> into tensor<2x1x5x10xf32>
  %v = tensor.extract_slice %k[0, 0, 0, 0] [2, 1, 5, 8] [1, 1, 1, 1] : tensor<2x1x5x10xf32> to tensor<2x1x5x8xf32>
  %o = hadal.attention %q, %k, %v scale 0.25 causal : (tensor<2x3x5x10xf32>, tensor<2x1x5x10xf32>, tensor<2x1x5x8xf32>) -> tensor<2x3x5x8xf32>
  %e1 = tensor.empty() : tensor<2x3x5x3xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x3x5x3xf32>) -> tensor<2x3x5x3xf32>
  %out = linalg.generic {indexing_maps = [#xv, #wv, #ol], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%o, %uv : tensor<2x3x5x8xf32>, tensor<3x3x8xf32>) outs(%f1 : tensor<2x3x5x3xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x5x3xf32>
  return %out : tensor<2x3x5x3xf32>
}

// -----

#xv = affine_map<(b, h, s, e, l) -> (b, h, s, l)>
#wv = affine_map<(b, h, s, e, l) -> (h, e, l)>
#ol = affine_map<(b, h, s, e, l) -> (b, h, s, e)>

// Queries that no weight was absorbed into.
// CHECK-LABEL: func.func @not_absorbed
// CHECK: hadal.attention
// CHECK-NOT: hadal.latent_attention
func.func @not_absorbed(%q: tensor<2x3x5x10xf32>, %k: tensor<2x1x5x10xf32>, %uv: tensor<3x3x8xf32>) -> tensor<2x3x5x3xf32> {
  %zero = arith.constant 0.0 : f32
  %v = tensor.extract_slice %k[0, 0, 0, 0] [2, 1, 5, 8] [1, 1, 1, 1] : tensor<2x1x5x10xf32> to tensor<2x1x5x8xf32>
  %o = hadal.attention %q, %k, %v scale 0.25 causal : (tensor<2x3x5x10xf32>, tensor<2x1x5x10xf32>, tensor<2x1x5x8xf32>) -> tensor<2x3x5x8xf32>
  %e1 = tensor.empty() : tensor<2x3x5x3xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<2x3x5x3xf32>) -> tensor<2x3x5x3xf32>
  // expected-remark @+1 {{latent_attention not raised: the queries' part of the latents' size is no projection by one weight for each head}}
  %out = linalg.generic {indexing_maps = [#xv, #wv, #ol], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%o, %uv : tensor<2x3x5x8xf32>, tensor<3x3x8xf32>) outs(%f1 : tensor<2x3x5x3xf32>) {
    ^bb0(%x: f32, %y: f32, %acc: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %acc, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x5x3xf32>
  return %out : tensor<2x3x5x3xf32>
}
