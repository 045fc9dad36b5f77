// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// MLA: keys and values of every head from one latent, and one rotated key for all heads. Each near-miss changes one thing.

// CHECK-LABEL: func.func @concatenated
// CHECK-SAME: %[[CKV:[a-z0-9]+]]: tensor<2x3x10xf32>, %[[W:[a-z0-9]+]]: tensor<8xf32>, %[[C:[a-z0-9]+]]: tensor<1x3x1xf32>, %[[S:[a-z0-9]+]]: tensor<1x3x1xf32>, %[[QN:[a-z0-9]+]]: tensor<2x4x3x4xf32>, %[[QP:[a-z0-9]+]]: tensor<2x4x3x2xf32>, %[[WKV:[a-z0-9]+]]: tensor<8x28xf32>
// CHECK-DAG: %[[L:.*]], %[[KP:.*]] = hadal.latent_projection %[[CKV]], %[[W]], %[[C]], %[[S]] epsilon 5.000000e-01 rope interleaved to halves
// CHECK-DAG: %[[W3:.*]] = tensor.expand_shape %[[WKV]] {{\[\[}}0], [1, 2]] output_shape [8, 4, 7]
// CHECK: hadal.latent_attention %[[QN]], %[[QP]], %[[L]], %{{.*}}, %[[W3]] scale 2.500000e-01 causal : (
// CHECK-NOT: hadal.attention
func.func @concatenated(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v15 = tensor.extract_slice %v13[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v16 = tensor.empty() : tensor<2x4x3x2xf32>
  %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v16 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v18 = tensor.concat dim(3) %v14, %v17 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v19 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v20 = hadal.attention %v19, %v18, %v15 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v20 : tensor<2x4x3x3xf32>
}

// -----

// The key as two scatters into zeros, transposed to and fro, as exporters write a slice assignment.
// CHECK-LABEL: func.func @scattered
// CHECK-SAME: %[[CKV:[a-z0-9]+]]: tensor<2x3x10xf32>, %[[W:[a-z0-9]+]]: tensor<8xf32>, %[[C:[a-z0-9]+]]: tensor<1x3x1xf32>, %[[S:[a-z0-9]+]]: tensor<1x3x1xf32>, %[[QN:[a-z0-9]+]]: tensor<2x4x3x4xf32>, %[[QP:[a-z0-9]+]]: tensor<2x4x3x2xf32>, %[[WKV:[a-z0-9]+]]: tensor<8x28xf32>
// CHECK-DAG: %[[L:.*]], %[[KP:.*]] = hadal.latent_projection %[[CKV]], %[[W]], %[[C]], %[[S]] epsilon 5.000000e-01 rope interleaved to halves
// CHECK-DAG: %[[W3:.*]] = tensor.expand_shape %[[WKV]] {{\[\[}}0], [1, 2]] output_shape [8, 4, 7]
// CHECK: hadal.latent_attention %[[QN]], %[[QP]], %[[L]], %{{.*}}, %[[W3]] scale 2.500000e-01 causal : (
// CHECK-NOT: hadal.attention
// CHECK-NOT: hadal.scatter_nd
func.func @scattered(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v15 = tensor.extract_slice %v13[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v16 = tensor.empty() : tensor<2x4x3x2xf32>
  %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v16 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v18 = tensor.empty() : tensor<4x4x3x2xf32>
  %v19 = linalg.transpose ins(%v14 : tensor<2x4x3x4xf32>) outs(%v18 : tensor<4x4x3x2xf32>) permutation = [3, 1, 2, 0]
  %v20 = tensor.empty() : tensor<2x4x3x2xf32>
  %v21 = linalg.transpose ins(%v17 : tensor<2x4x3x2xf32>) outs(%v20 : tensor<2x4x3x2xf32>) permutation = [3, 1, 2, 0]
  %v22 = arith.constant 0.0 : f32
  %v23 = tensor.empty() : tensor<6x4x3x2xf32>
  %v24 = linalg.fill ins(%v22 : f32) outs(%v23 : tensor<6x4x3x2xf32>) -> tensor<6x4x3x2xf32>
  %v25 = arith.constant dense<[[0], [1], [2], [3]]> : tensor<4x1xi64>
  %v26 = arith.constant dense<[[4], [5]]> : tensor<2x1xi64>
  %v27 = hadal.scatter_nd %v24, %v25, %v19 reduction none : (tensor<6x4x3x2xf32>, tensor<4x1xi64>, tensor<4x4x3x2xf32>) -> tensor<6x4x3x2xf32>
  %v28 = hadal.scatter_nd %v27, %v26, %v21 reduction none : (tensor<6x4x3x2xf32>, tensor<2x1xi64>, tensor<2x4x3x2xf32>) -> tensor<6x4x3x2xf32>
  %v29 = tensor.empty() : tensor<2x4x3x6xf32>
  %v30 = linalg.transpose ins(%v28 : tensor<6x4x3x2xf32>) outs(%v29 : tensor<2x4x3x6xf32>) permutation = [3, 1, 2, 0]
  %v31 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v32 = hadal.attention %v31, %v30, %v15 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v32 : tensor<2x4x3x3xf32>
}

// -----

// The heads are the inner dimension of the weight's columns.
// CHECK-LABEL: func.func @heads_last
// CHECK-SAME: %[[WKV:[a-z0-9]+]]: tensor<8x28xf32>)
// CHECK-DAG: %[[W3:.*]] = tensor.expand_shape %[[WKV]] {{\[\[}}0], [1, 2]] output_shape [8, 7, 4]
// CHECK-DAG: %[[WT:.*]] = linalg.transpose ins(%[[W3]] : tensor<8x7x4xf32>) {{.*}} permutation = [0, 2, 1]
// CHECK: hadal.latent_attention %{{.*}}, %[[WT]] scale 2.500000e-01 causal
func.func @heads_last(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 7, 4] : tensor<6x28xf32> into tensor<2x3x7x4xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x7x4xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 3, 1, 2]
  %v14 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v15 = tensor.extract_slice %v13[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v16 = tensor.empty() : tensor<2x4x3x2xf32>
  %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v16 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v18 = tensor.concat dim(3) %v14, %v17 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v19 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v20 = hadal.attention %v19, %v18, %v15 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v20 : tensor<2x4x3x3xf32>
}

// -----

// W_UK and W_UV of two tensors, some columns of each.
// CHECK-LABEL: func.func @two_weights
// CHECK-DAG: %[[UK:.*]] = tensor.extract_slice %{{.*}}[0, 0, 0] [8, 4, 4] [1, 1, 1] : tensor<8x4x7xf32>
// CHECK-DAG: %[[UV:.*]] = tensor.extract_slice %{{.*}}[0, 0, 4] [8, 4, 3] [1, 1, 1] : tensor<8x4x7xf32>
// CHECK: %[[W3:.*]] = tensor.concat dim(2) %[[UK]], %[[UV]]
// CHECK: hadal.latent_attention %{{.*}}, %[[W3]] scale
func.func @two_weights(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>, %wv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<6x28xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v17 = linalg.matmul ins(%v6, %wv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v16 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v18 = tensor.expand_shape %v17 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v19 = tensor.empty() : tensor<2x4x3x7xf32>
  %v20 = linalg.transpose ins(%v18 : tensor<2x3x4x7xf32>) outs(%v19 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v21 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v22 = tensor.extract_slice %v20[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v23 = tensor.empty() : tensor<2x4x3x2xf32>
  %v24 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v23 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v25 = tensor.concat dim(3) %v21, %v24 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v26 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v27 = hadal.attention %v26, %v25, %v22 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v27 : tensor<2x4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @two_latents
// CHECK-NOT: hadal.latent_attention
func.func @two_latents(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>, %wv: tensor<8x28xf32>, %other: tensor<6x8xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<6x28xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v17 = linalg.matmul ins(%other, %wv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v16 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v18 = tensor.expand_shape %v17 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v19 = tensor.empty() : tensor<2x4x3x7xf32>
  %v20 = linalg.transpose ins(%v18 : tensor<2x3x4x7xf32>) outs(%v19 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v21 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v22 = tensor.extract_slice %v20[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v23 = tensor.empty() : tensor<2x4x3x2xf32>
  %v24 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v23 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v25 = tensor.concat dim(3) %v21, %v24 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v26 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  // expected-remark @+1 {{latent_attention not raised: keys and values are projected from different latents}}
  %v27 = hadal.attention %v26, %v25, %v22 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v27 : tensor<2x4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @keys_of_each_head
// CHECK-NOT: hadal.latent_attention
func.func @keys_of_each_head(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>, %kp: tensor<2x4x3x2xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v15 = tensor.extract_slice %v13[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v16 = tensor.concat dim(3) %v14, %kp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v17 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  // expected-remark @+1 {{latent_attention not raised: the keys are not two parts, of which all heads share one}}
  %v18 = hadal.attention %v17, %v16, %v15 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v18 : tensor<2x4x3x3xf32>
}

// -----

// Queries that are no concatenation are sliced.
// CHECK-LABEL: func.func @whole_query
// CHECK-DAG: %[[QN:.*]] = tensor.extract_slice %[[Q:.*]][0, 0, 0, 0] [2, 4, 3, 4]
// CHECK-DAG: %[[QP:.*]] = tensor.extract_slice %[[Q]][0, 0, 0, 4] [2, 4, 3, 2]
// CHECK: hadal.latent_attention %[[QN]], %[[QP]],
func.func @whole_query(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = hadal.rms_norm %v1, %w epsilon 0.5 : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %v4 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  %v5 = hadal.rope %v4, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v6 = tensor.collapse_shape %v3 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<6x28xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = linalg.matmul ins(%v6, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v9 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v11 = tensor.expand_shape %v10 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v12 = tensor.empty() : tensor<2x4x3x7xf32>
  %v13 = linalg.transpose ins(%v11 : tensor<2x3x4x7xf32>) outs(%v12 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v14 = tensor.extract_slice %v13[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v15 = tensor.extract_slice %v13[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v16 = tensor.empty() : tensor<2x4x3x2xf32>
  %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v5 : tensor<2x1x3x2xf32>) outs(%v16 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v18 = tensor.concat dim(3) %v14, %v17 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v19 = arith.constant 1.0 : f32
  %v20 = tensor.empty() : tensor<2x4x3x6xf32>
  %v21 = linalg.fill ins(%v19 : f32) outs(%v20 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v22 = hadal.attention %v21, %v18, %v15 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v22 : tensor<2x4x3x3xf32>
}

// -----

// CHECK-LABEL: func.func @not_normalised
// CHECK-NOT: hadal.latent_projection
// CHECK: hadal.latent_attention
func.func @not_normalised(%ckv: tensor<2x3x10xf32>, %w: tensor<8xf32>, %cos: tensor<1x3x1xf32>, %sin: tensor<1x3x1xf32>, %qn: tensor<2x4x3x4xf32>, %qp: tensor<2x4x3x2xf32>, %wkv: tensor<8x28xf32>) -> (tensor<2x4x3x3xf32>) {
  %v1 = tensor.extract_slice %ckv[0, 0, 0] [2, 3, 8] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x8xf32>
  %v2 = tensor.extract_slice %ckv[0, 0, 8] [2, 3, 2] [1, 1, 1] : tensor<2x3x10xf32> to tensor<2x3x2xf32>
  %v3 = tensor.expand_shape %v2 [[0, 1], [2], [3]] output_shape [2, 1, 3, 2] : tensor<2x3x2xf32> into tensor<2x1x3x2xf32>
  // expected-remark @+1 {{latent_projection not raised: the columns before the rotated ones are not normalised by an RMSNorm}}
  %v4 = hadal.rope %v3, %cos, %sin interleaved to halves : (tensor<2x1x3x2xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<2x1x3x2xf32>
  %v5 = tensor.collapse_shape %v1 [[0, 1], [2]] : tensor<2x3x8xf32> into tensor<6x8xf32>
  %v6 = arith.constant 0.0 : f32
  %v7 = tensor.empty() : tensor<6x28xf32>
  %v8 = linalg.fill ins(%v6 : f32) outs(%v7 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v9 = linalg.matmul ins(%v5, %wkv : tensor<6x8xf32>, tensor<8x28xf32>) outs(%v8 : tensor<6x28xf32>) -> tensor<6x28xf32>
  %v10 = tensor.expand_shape %v9 [[0, 1], [2, 3]] output_shape [2, 3, 4, 7] : tensor<6x28xf32> into tensor<2x3x4x7xf32>
  %v11 = tensor.empty() : tensor<2x4x3x7xf32>
  %v12 = linalg.transpose ins(%v10 : tensor<2x3x4x7xf32>) outs(%v11 : tensor<2x4x3x7xf32>) permutation = [0, 2, 1, 3]
  %v13 = tensor.extract_slice %v12[0, 0, 0, 0] [2, 4, 3, 4] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x4xf32>
  %v14 = tensor.extract_slice %v12[0, 0, 0, 4] [2, 4, 3, 3] [1, 1, 1, 1] : tensor<2x4x3x7xf32> to tensor<2x4x3x3xf32>
  %v15 = tensor.empty() : tensor<2x4x3x2xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, 0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v4 : tensor<2x1x3x2xf32>) outs(%v15 : tensor<2x4x3x2xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x2xf32>
  %v17 = tensor.concat dim(3) %v13, %v16 : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v18 = tensor.concat dim(3) %qn, %qp : (tensor<2x4x3x4xf32>, tensor<2x4x3x2xf32>) -> tensor<2x4x3x6xf32>
  %v19 = hadal.attention %v18, %v17, %v14 scale 0.25 causal : (tensor<2x4x3x6xf32>, tensor<2x4x3x6xf32>, tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
  return %v19 : tensor<2x4x3x3xf32>
}
