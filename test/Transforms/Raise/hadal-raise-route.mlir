// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Routers: scores, a choice by group, weights of the chosen. Each near-miss changes one thing of the first.

// CHECK-LABEL: func.func @deepseek_v3
// CHECK-SAME: %[[L:[a-z0-9]+]]: tensor<5x16xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route %[[L]] bias %{{.*}} score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.500000e+00 normalize epsilon 0.000000e+00
// CHECK-NEXT: return %[[W]], %[[I]]
func.func @deepseek_v3(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf une, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = tensor.empty() : tensor<5x16xi1>
  %v27 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25 : tensor<5x16xi1>) outs(%v26 : tensor<5x16xi1>) {
    ^bb0(%a: i1, %out: i1):
      %t = arith.constant true
      %r = arith.xori %a, %t : i1
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v28 = arith.constant dense<0xFF800000> : tensor<f32>
  %v29 = tensor.empty() : tensor<5x16xf32>
  %v30 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v27, %v28, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v29 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v30, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v31 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v32 = arith.constant 0.0 : f32
  %v33 = tensor.empty() : tensor<5xf32>
  %v34 = linalg.fill ins(%v32 : f32) outs(%v33 : tensor<5xf32>) -> tensor<5xf32>
  %v35 = linalg.reduce { arith.addf } ins(%v31 : tensor<5x4xf32>) outs(%v34 : tensor<5xf32>) dimensions = [1]
  %v36 = tensor.expand_shape %v35 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v31, %v36 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v39 = tensor.empty() : tensor<5x4xf32>
  %v40 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v38 : tensor<5x4xf32>) outs(%v39 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v40, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// A bias above 0 makes every choice larger than the fill.
// CHECK-LABEL: func.func @zero_fill_below_every_choice
// CHECK-SAME: %[[L:[a-z0-9]+]]: tensor<5x16xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route %[[L]] bias %{{.*}} score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.500000e+00 normalize epsilon 0.000000e+00
// CHECK-NEXT: return %[[W]], %[[I]]
func.func @zero_fill_below_every_choice(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0.0> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @renormalised
// CHECK-SAME: %[[L:[a-z0-9]+]]: tensor<5x16xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route %[[L]] score softmax groups 1 keep 1 by max top 4 scale 1.000000e+00 normalize
// CHECK-NEXT: return %[[W]], %[[I]]
func.func @renormalised(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = tensor.empty() : tensor<5x16xf32>
  %v2 = linalg.softmax dimension(1) ins(%logits : tensor<5x16xf32>) outs(%v1 : tensor<5x16xf32>) -> tensor<5x16xf32>
  %v3 = arith.constant 4 : index
  %choice:2 = hadal.topk %v2, %v3 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v4 = arith.constant 0.0 : f32
  %v5 = tensor.empty() : tensor<5xf32>
  %v6 = linalg.fill ins(%v4 : f32) outs(%v5 : tensor<5xf32>) -> tensor<5xf32>
  %v7 = linalg.reduce { arith.addf } ins(%choice#0 : tensor<5x4xf32>) outs(%v6 : tensor<5xf32>) dimensions = [1]
  %v8 = tensor.expand_shape %v7 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v9 = tensor.empty() : tensor<5x4xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%choice#0, %v8 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v9 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v10, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @plain_softmax
// CHECK-SAME: %[[L:[a-z0-9]+]]: tensor<5x16xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route %[[L]] score softmax groups 1 keep 1 by max top 4 scale 1.000000e+00 epsilon
// CHECK-NEXT: return %[[W]], %[[I]]
func.func @plain_softmax(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = tensor.empty() : tensor<5x16xf32>
  %v2 = linalg.softmax dimension(1) ins(%logits : tensor<5x16xf32>) outs(%v1 : tensor<5x16xf32>) -> tensor<5x16xf32>
  %v3 = arith.constant 4 : index
  %choice:2 = hadal.topk %v2, %v3 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  return %choice#0, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// With a bias that may be negative, 0 is above some choices of kept groups: the route says so.
// CHECK-LABEL: func.func @zero_fill
// CHECK: hadal.route %{{.*}} bias %{{.*}} score sigmoid groups 4 keep 2 by sum2 masked 0.000000e+00 top 4 scale 2.500000e+00 normalize
func.func @zero_fill(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<-0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0.0> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @groups_of_strided_experts
// CHECK-NOT: hadal.route
func.func @groups_of_strided_experts(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0xFF800000> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  // expected-remark @+1 {{route not raised: an expert's group is not its number divided by the size of a group}}
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @sum_of_three
// CHECK-NOT: hadal.route
func.func @sum_of_three(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 3 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x3xf32>, tensor<5x4x3xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x3xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0xFF800000> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  // expected-remark @+1 {{route not raised: a group's score is neither its largest choice nor the sum of its two largest}}
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @biased_weights
// CHECK-NOT: hadal.route
func.func @biased_weights(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %0 = arith.negf %a : f32
      %1 = math.exp %0 : f32
      %one = arith.constant 1.0 : f32
      %2 = arith.addf %1, %one : f32
      %r = arith.divf %one, %2 : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0xFF800000> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v5, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  // expected-remark @+1 {{route not raised: the weights are not taken from the scores before the bias}}
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}

// -----

// CHECK-LABEL: func.func @other_score
// CHECK-NOT: hadal.route
func.func @other_score(%logits: tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi64>) {
  %v1 = arith.constant dense<0.5> : tensor<16xf32>
  %v2 = tensor.empty() : tensor<5x16xf32>
  %v3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%logits : tensor<5x16xf32>) outs(%v2 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %out: f32):
      %r = math.tanh %a : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v4 = tensor.empty() : tensor<5x16xf32>
  %v5 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v3, %v1 : tensor<5x16xf32>, tensor<16xf32>) outs(%v4 : tensor<5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %v6 = tensor.expand_shape %v5 [[0], [1, 2]] output_shape [5, 4, 4] : tensor<5x16xf32> into tensor<5x4x4xf32>
  %v7 = arith.constant 2 : index
  %v8 = arith.constant 2 : index
  %v9 = arith.constant 4 : index
  %best:2 = hadal.topk %v6, %v7 largest : (tensor<5x4x4xf32>, index) -> (tensor<5x4x2xf32>, tensor<5x4x2xi64>)
  %v10 = arith.constant 0.0 : f32
  %v11 = tensor.empty() : tensor<5x4xf32>
  %v12 = linalg.fill ins(%v10 : f32) outs(%v11 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v13 = linalg.reduce { arith.addf } ins(%best#0 : tensor<5x4x2xf32>) outs(%v12 : tensor<5x4xf32>) dimensions = [2]
  %kept:2 = hadal.topk %v13, %v8 largest : (tensor<5x4xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %v14 = arith.constant 0.0 : f32
  %v15 = tensor.empty() : tensor<5x4xf32>
  %v16 = linalg.fill ins(%v14 : f32) outs(%v15 : tensor<5x4xf32>) -> tensor<5x4xf32>
  %v17 = arith.constant 1.0 : f32
  %v18 = tensor.empty() : tensor<5x2xf32>
  %v19 = linalg.fill ins(%v17 : f32) outs(%v18 : tensor<5x2xf32>) -> tensor<5x2xf32>
  %v20 = hadal.scatter_elements %v16, %kept#1, %v19 axis 1 reduction none : (tensor<5x4xf32>, tensor<5x2xi64>, tensor<5x2xf32>) -> tensor<5x4xf32>
  %v21 = tensor.empty() : tensor<5x4x4xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v20 : tensor<5x4xf32>) outs(%v21 : tensor<5x4x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      linalg.yield %a : f32
  } -> tensor<5x4x4xf32>
  %v23 = tensor.collapse_shape %v22 [[0], [1, 2]] : tensor<5x4x4xf32> into tensor<5x16xf32>
  %v24 = tensor.empty() : tensor<5x16xi1>
  %v25 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v23 : tensor<5x16xf32>) outs(%v24 : tensor<5x16xi1>) {
    ^bb0(%a: f32, %out: i1):
      %z = arith.constant 0.0 : f32
      %r = arith.cmpf oeq, %a, %z : f32
      linalg.yield %r : i1
  } -> tensor<5x16xi1>
  %v26 = arith.constant dense<0xFF800000> : tensor<f32>
  %v27 = tensor.empty() : tensor<5x16xf32>
  %v28 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v25, %v26, %v5 : tensor<5x16xi1>, tensor<f32>, tensor<5x16xf32>) outs(%v27 : tensor<5x16xf32>) {
    ^bb0(%a: i1, %b: f32, %c: f32, %out: f32):
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<5x16xf32>
  %choice:2 = hadal.topk %v28, %v9 largest : (tensor<5x16xf32>, index) -> (tensor<5x4xf32>, tensor<5x4xi64>)
  %v29 = hadal.gather_elements %v3, %choice#1 axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x4xf32>
  %v30 = arith.constant 0.0 : f32
  %v31 = tensor.empty() : tensor<5xf32>
  %v32 = linalg.fill ins(%v30 : f32) outs(%v31 : tensor<5xf32>) -> tensor<5xf32>
  %v33 = linalg.reduce { arith.addf } ins(%v29 : tensor<5x4xf32>) outs(%v32 : tensor<5xf32>) dimensions = [1]
  %v34 = tensor.expand_shape %v33 [[0, 1]] output_shape [5, 1] : tensor<5xf32> into tensor<5x1xf32>
  %v35 = tensor.empty() : tensor<5x4xf32>
  %v36 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v29, %v34 : tensor<5x4xf32>, tensor<5x1xf32>) outs(%v35 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %v37 = tensor.empty() : tensor<5x4xf32>
  // expected-remark @+1 {{route not raised: the scores are neither a sigmoid nor a softmax of logits}}
  %v38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%v36 : tensor<5x4xf32>) outs(%v37 : tensor<5x4xf32>) {
    ^bb0(%a: f32, %out: f32):
      %s = arith.constant 2.5 : f32
      %r = arith.mulf %a, %s : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %v38, %choice#1 : tensor<5x4xf32>, tensor<5x4xi64>
}
