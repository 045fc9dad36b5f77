// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Experts in the batched form: tokens repeated, weights gathered, two products for each (token, expert).

// CHECK-LABEL: func.func @gate_first
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x6xf32>, %{{.*}}: tensor<5x4xf32>, %[[GU:[a-z0-9]+]]: tensor<4x8x6xf32>, %[[DN:[a-z0-9]+]]: tensor<4x6x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[GU]], %[[DN]] silu gate_first transposed
// CHECK-NOT: hadal.gather_nd
func.func @gate_first(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>) -> (tensor<5x6xf32>) {
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<10x8xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v9 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v11 = tensor.extract_slice %v10[0, 0] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v12 = tensor.extract_slice %v10[0, 4] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.empty() : tensor<10x4xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11 : tensor<10x4xf32>) outs(%v13 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v15 = tensor.empty() : tensor<10x4xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11, %v14 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v15 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v17 = tensor.empty() : tensor<10x4xf32>
  %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v16, %v12 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v17 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v19 = hadal.gather_nd %dn, %v2 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v20 = arith.constant 0.0 : f32
  %v21 = tensor.empty() : tensor<10x6xf32>
  %v22 = linalg.fill ins(%v20 : f32) outs(%v21 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v23 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v19, %v18 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v22 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v24 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v25 = tensor.expand_shape %v24 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v26 = tensor.empty() : tensor<10x6xf32>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23, %v25 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v26 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v28 = tensor.expand_shape %v27 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v29 = arith.constant 0.0 : f32
  %v30 = tensor.empty() : tensor<5x6xf32>
  %v31 = linalg.fill ins(%v29 : f32) outs(%v30 : tensor<5x6xf32>) -> tensor<5x6xf32>
  %v32 = linalg.reduce { arith.addf } ins(%v28 : tensor<5x2x6xf32>) outs(%v31 : tensor<5x6xf32>) dimensions = [1]
  return %v32 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: func.func @up_first
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x6xf32>, %{{.*}}: tensor<5x4xf32>, %[[GU:[a-z0-9]+]]: tensor<4x8x6xf32>, %[[DN:[a-z0-9]+]]: tensor<4x6x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[GU]], %[[DN]] silu up_first transposed
// CHECK-NOT: hadal.gather_nd
func.func @up_first(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>) -> (tensor<5x6xf32>) {
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<10x8xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v9 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v11 = tensor.extract_slice %v10[0, 0] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v12 = tensor.extract_slice %v10[0, 4] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.empty() : tensor<10x4xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v12 : tensor<10x4xf32>) outs(%v13 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v15 = tensor.empty() : tensor<10x4xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v12, %v14 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v15 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v17 = tensor.empty() : tensor<10x4xf32>
  %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v16, %v11 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v17 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v19 = hadal.gather_nd %dn, %v2 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v20 = arith.constant 0.0 : f32
  %v21 = tensor.empty() : tensor<10x6xf32>
  %v22 = linalg.fill ins(%v20 : f32) outs(%v21 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v23 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v19, %v18 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v22 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v24 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v25 = tensor.expand_shape %v24 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v26 = tensor.empty() : tensor<10x6xf32>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23, %v25 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v26 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v28 = tensor.expand_shape %v27 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v29 = arith.constant 0.0 : f32
  %v30 = tensor.empty() : tensor<5x6xf32>
  %v31 = linalg.fill ins(%v29 : f32) outs(%v30 : tensor<5x6xf32>) -> tensor<5x6xf32>
  %v32 = linalg.reduce { arith.addf } ins(%v28 : tensor<5x2x6xf32>) outs(%v31 : tensor<5x6xf32>) dimensions = [1]
  return %v32 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: func.func @interleaved
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x6xf32>, %{{.*}}: tensor<5x4xf32>, %[[GU:[a-z0-9]+]]: tensor<4x8x6xf32>, %[[DN:[a-z0-9]+]]: tensor<4x6x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[GU]], %[[DN]] silu interleaved transposed
// CHECK-NOT: hadal.gather_nd
func.func @interleaved(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>) -> (tensor<5x6xf32>) {
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<10x8xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v9 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v11 = tensor.extract_slice %v10[0, 0] [10, 4] [1, 2] : tensor<10x8xf32> to tensor<10x4xf32>
  %v12 = tensor.extract_slice %v10[0, 1] [10, 4] [1, 2] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.empty() : tensor<10x4xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11 : tensor<10x4xf32>) outs(%v13 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v15 = tensor.empty() : tensor<10x4xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11, %v14 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v15 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v17 = tensor.empty() : tensor<10x4xf32>
  %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v16, %v12 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v17 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v19 = hadal.gather_nd %dn, %v2 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v20 = arith.constant 0.0 : f32
  %v21 = tensor.empty() : tensor<10x6xf32>
  %v22 = linalg.fill ins(%v20 : f32) outs(%v21 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v23 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v19, %v18 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v22 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v24 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v25 = tensor.expand_shape %v24 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v26 = tensor.empty() : tensor<10x6xf32>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23, %v25 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v26 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v28 = tensor.expand_shape %v27 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v29 = arith.constant 0.0 : f32
  %v30 = tensor.empty() : tensor<5x6xf32>
  %v31 = linalg.fill ins(%v29 : f32) outs(%v30 : tensor<5x6xf32>) -> tensor<5x6xf32>
  %v32 = linalg.reduce { arith.addf } ins(%v28 : tensor<5x2x6xf32>) outs(%v31 : tensor<5x6xf32>) dimensions = [1]
  return %v32 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: func.func @other_activation
// CHECK-NOT: hadal.moe
func.func @other_activation(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>) -> (tensor<5x6xf32>) {
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<10x8xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v9 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v11 = tensor.extract_slice %v10[0, 0] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v12 = tensor.extract_slice %v10[0, 4] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.empty() : tensor<10x4xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11 : tensor<10x4xf32>) outs(%v13 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %r = math.tanh %a : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v15 = tensor.empty() : tensor<10x4xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11, %v14 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v15 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v17 = tensor.empty() : tensor<10x4xf32>
  %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v16, %v12 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v17 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v19 = hadal.gather_nd %dn, %v2 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v20 = arith.constant 0.0 : f32
  %v21 = tensor.empty() : tensor<10x6xf32>
  %v22 = linalg.fill ins(%v20 : f32) outs(%v21 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v23 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v19, %v18 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v22 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v24 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v25 = tensor.expand_shape %v24 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v26 = tensor.empty() : tensor<10x6xf32>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23, %v25 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v26 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v28 = tensor.expand_shape %v27 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v29 = arith.constant 0.0 : f32
  %v30 = tensor.empty() : tensor<5x6xf32>
  %v31 = linalg.fill ins(%v29 : f32) outs(%v30 : tensor<5x6xf32>) -> tensor<5x6xf32>
  // expected-remark @+1 {{moe not raised: the activation is none of silu, gelu, relu, relu2 and sigmoid of a gate, times up}}
  %v32 = linalg.reduce { arith.addf } ins(%v28 : tensor<5x2x6xf32>) outs(%v31 : tensor<5x6xf32>) dimensions = [1]
  return %v32 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: func.func @indices_of_two_kinds
// CHECK-NOT: hadal.moe
func.func @indices_of_two_kinds(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>) -> (tensor<5x6xf32>) {
  // expected-remark @+1 {{moe not raised: what is done with the experts that it chooses is not recognised}}
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant dense<0> : tensor<10x1xi64>
  %v8 = arith.constant 0.0 : f32
  %v9 = tensor.empty() : tensor<10x8xf32>
  %v10 = linalg.fill ins(%v8 : f32) outs(%v9 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v11 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v10 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v12 = tensor.extract_slice %v11[0, 0] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.extract_slice %v11[0, 4] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v14 = tensor.empty() : tensor<10x4xf32>
  %v15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v12 : tensor<10x4xf32>) outs(%v14 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v16 = tensor.empty() : tensor<10x4xf32>
  %v17 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v12, %v15 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v16 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v18 = tensor.empty() : tensor<10x4xf32>
  %v19 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v17, %v13 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v18 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v20 = hadal.gather_nd %dn, %v7 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v21 = arith.constant 0.0 : f32
  %v22 = tensor.empty() : tensor<10x6xf32>
  %v23 = linalg.fill ins(%v21 : f32) outs(%v22 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v24 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v20, %v19 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v23 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v25 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v26 = tensor.expand_shape %v25 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v27 = tensor.empty() : tensor<10x6xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v24, %v26 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v27 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v29 = tensor.expand_shape %v28 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5x6xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5x6xf32>) -> tensor<5x6xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x2x6xf32>) outs(%v32 : tensor<5x6xf32>) dimensions = [1]
  return %v33 : tensor<5x6xf32>
}

// -----

// CHECK-LABEL: func.func @indices_from_outside
// CHECK-NOT: hadal.moe
func.func @indices_from_outside(%x: tensor<5x6xf32>, %logits: tensor<5x4xf32>, %gu: tensor<4x8x6xf32>, %dn: tensor<4x6x4xf32>, %idx: tensor<5x2xi64>) -> (tensor<5x6xf32>) {
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v1 = tensor.collapse_shape %idx [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %v2 = tensor.expand_shape %v1 [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %v3 = tensor.empty() : tensor<5x2x6xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x6xf32>) outs(%v3 : tensor<5x2x6xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x2x6xf32>
  %v5 = tensor.collapse_shape %v4 [[0, 1], [2]] : tensor<5x2x6xf32> into tensor<10x6xf32>
  %v6 = hadal.gather_nd %gu, %v2 batch_dims 0 : (tensor<4x8x6xf32>, tensor<10x1xi64>) -> tensor<10x8x6xf32>
  %v7 = arith.constant 0.0 : f32
  %v8 = tensor.empty() : tensor<10x8xf32>
  %v9 = linalg.fill ins(%v7 : f32) outs(%v8 : tensor<10x8xf32>) -> tensor<10x8xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v6, %v5 : tensor<10x8x6xf32>, tensor<10x6xf32>) outs(%v9 : tensor<10x8xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x8xf32>
  %v11 = tensor.extract_slice %v10[0, 0] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v12 = tensor.extract_slice %v10[0, 4] [10, 4] [1, 1] : tensor<10x8xf32> to tensor<10x4xf32>
  %v13 = tensor.empty() : tensor<10x4xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11 : tensor<10x4xf32>) outs(%v13 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v15 = tensor.empty() : tensor<10x4xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v11, %v14 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v15 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v17 = tensor.empty() : tensor<10x4xf32>
  %v18 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v16, %v12 : tensor<10x4xf32>, tensor<10x4xf32>) outs(%v17 : tensor<10x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %v19 = hadal.gather_nd %dn, %v2 batch_dims 0 : (tensor<4x6x4xf32>, tensor<10x1xi64>) -> tensor<10x6x4xf32>
  %v20 = arith.constant 0.0 : f32
  %v21 = tensor.empty() : tensor<10x6xf32>
  %v22 = linalg.fill ins(%v20 : f32) outs(%v21 : tensor<10x6xf32>) -> tensor<10x6xf32>
  %v23 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%v19, %v18 : tensor<10x6x4xf32>, tensor<10x4xf32>) outs(%v22 : tensor<10x6xf32>) {
    ^bb0(%lhs: f32, %rhs: f32, %out: f32):
      %0 = arith.mulf %lhs, %rhs : f32
      %r = arith.addf %out, %0 : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v24 = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %v25 = tensor.expand_shape %v24 [[0, 1]] output_shape [10, 1] : tensor<10xf32> into tensor<10x1xf32>
  %v26 = tensor.empty() : tensor<10x6xf32>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23, %v25 : tensor<10x6xf32>, tensor<10x1xf32>) outs(%v26 : tensor<10x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<10x6xf32>
  %v28 = tensor.expand_shape %v27 [[0, 1], [2]] output_shape [5, 2, 6] : tensor<10x6xf32> into tensor<5x2x6xf32>
  %v29 = arith.constant 0.0 : f32
  %v30 = tensor.empty() : tensor<5x6xf32>
  %v31 = linalg.fill ins(%v29 : f32) outs(%v30 : tensor<5x6xf32>) -> tensor<5x6xf32>
  %v32 = linalg.reduce { arith.addf } ins(%v28 : tensor<5x2x6xf32>) outs(%v31 : tensor<5x6xf32>) dimensions = [1]
  return %v32 : tensor<5x6xf32>
}
