// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// As exporters write it: square, mean, epsilon, root, reciprocal, two products, the weight first.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#col = affine_map<(d0, d1, d2) -> (d2)>
#scalar = affine_map<(d0, d1, d2) -> ()>
// CHECK: module attributes {hadal.raised = {rms_norm = 1 : i64}}
// CHECK-LABEL: func.func @exported
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x192xf32>, %[[W:[a-z0-9]+]]: tensor<192xf32>
// CHECK: %[[N:.*]] = hadal.rms_norm %[[X]], %[[W]] epsilon 9.99999997E-7
// CHECK-NEXT: return %[[N]]
func.func @exported(%x: tensor<?x?x192xf32>, %w: tensor<192xf32>) -> tensor<?x?x192xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x192xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x192xf32>
  %zero = arith.constant 0.0 : f32
  %count = arith.constant dense<192.0> : tensor<f32>
  %epsilon = arith.constant dense<1.0e-6> : tensor<f32>
  %full = tensor.empty(%b, %s) : tensor<?x?x192xf32>
  %two = tensor.empty(%b, %s) : tensor<?x?xf32>
  %one = tensor.empty(%b, %s) : tensor<?x?x1xf32>
  %square = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : tensor<?x?x192xf32>) outs(%full : tensor<?x?x192xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %in : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x192xf32>
  %init = linalg.fill ins(%zero : f32) outs(%two : tensor<?x?xf32>) -> tensor<?x?xf32>
  %sum = linalg.reduce { arith.addf } ins(%square : tensor<?x?x192xf32>) outs(%init : tensor<?x?xf32>) dimensions = [2]
  %kept = tensor.expand_shape %sum [[0], [1, 2]] output_shape [%b, %s, 1] : tensor<?x?xf32> into tensor<?x?x1xf32>
  %mean = linalg.generic {indexing_maps = [#id, #scalar, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%kept, %count : tensor<?x?x1xf32>, tensor<f32>) outs(%one : tensor<?x?x1xf32>) {
    ^bb0(%in: f32, %n: f32, %out: f32):
      %0 = arith.divf %in, %n : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x1xf32>
  %shifted = linalg.generic {indexing_maps = [#id, #scalar, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%mean, %epsilon : tensor<?x?x1xf32>, tensor<f32>) outs(%one : tensor<?x?x1xf32>) {
    ^bb0(%in: f32, %e: f32, %out: f32):
      %0 = arith.addf %in, %e : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x1xf32>
  %root = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%shifted : tensor<?x?x1xf32>) outs(%one : tensor<?x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = math.sqrt %in : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x1xf32>
  %reciprocal = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%root : tensor<?x?x1xf32>) outs(%one : tensor<?x?x1xf32>) {
    ^bb0(%in: f32, %out: f32):
      %unit = arith.constant 1.0 : f32
      %0 = arith.divf %unit, %in : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x1xf32>
  %normal = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %reciprocal : tensor<?x?x192xf32>, tensor<?x?x1xf32>) outs(%full : tensor<?x?x192xf32>) {
    ^bb0(%in: f32, %r: f32, %out: f32):
      %0 = arith.mulf %in, %r : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x192xf32>
  %result = linalg.generic {indexing_maps = [#col, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %normal : tensor<192xf32>, tensor<?x?x192xf32>) outs(%full : tensor<?x?x192xf32>) {
    ^bb0(%weight: f32, %in: f32, %out: f32):
      %0 = arith.mulf %weight, %in : f32
      linalg.yield %0 : f32
  } -> tensor<?x?x192xf32>
  return %result : tensor<?x?x192xf32>
}

// -----

// The same function in other words: everything after the sum fused, rsqrt, a product with 1/n, another order.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#col = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @fused
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf32>, %[[W:[a-z0-9]+]]: tensor<4xf32>
// CHECK: hadal.rms_norm %[[X]], %[[W]] epsilon 1.000000e-01
func.func @fused(%x: tensor<?x4xf32>, %w: tensor<4xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %zero = arith.constant 0.0 : f32
  %rows = tensor.empty(%n) : tensor<?xf32>
  %full = tensor.empty(%n) : tensor<?x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %in : f32
      %1 = arith.addf %0, %out : f32
      linalg.yield %1 : f32
  } -> tensor<?xf32>
  %result = linalg.generic {indexing_maps = [#row, #col, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum, %w, %x : tensor<?xf32>, tensor<4xf32>, tensor<?x4xf32>) outs(%full : tensor<?x4xf32>) {
    ^bb0(%total: f32, %weight: f32, %in: f32, %out: f32):
      %quarter = arith.constant 0.25 : f32
      %epsilon = arith.constant 0.1 : f32
      %0 = arith.mulf %quarter, %total : f32
      %1 = arith.addf %epsilon, %0 : f32
      %2 = math.rsqrt %1 : f32
      %3 = arith.mulf %2, %weight : f32
      %4 = arith.mulf %3, %in : f32
      linalg.yield %4 : f32
  } -> tensor<?x4xf32>
  return %result : tensor<?x4xf32>
}

// -----

// Near-misses: the mean of other than all, and a weight by row.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#col = affine_map<(d0, d1) -> (d1)>
// CHECK: hadal.missed = [{kind = "rms_norm"
// CHECK-SAME: hadal.raised = {}
// CHECK-LABEL: func.func @near
// CHECK-NOT: hadal.rms_norm
func.func @near(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>, %w: tensor<4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %rows = tensor.empty() : tensor<4xf32>
  %full = tensor.empty() : tensor<4x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%rows : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x4xf32>) outs(%init : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %in : f32
      %1 = arith.addf %0, %out : f32
      linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @+1 {{rms_norm not raised: the sum of squares is divided by 3, not by the size of the last dimension}}
  %result = linalg.generic {indexing_maps = [#row, #col, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum, %w, %x : tensor<4xf32>, tensor<4xf32>, tensor<4x4xf32>) outs(%full : tensor<4x4xf32>) {
    ^bb0(%total: f32, %weight: f32, %in: f32, %out: f32):
      %n = arith.constant 3.0 : f32
      %epsilon = arith.constant 0.1 : f32
      %0 = arith.divf %total, %n : f32
      %1 = arith.addf %epsilon, %0 : f32
      %2 = math.rsqrt %1 : f32
      %3 = arith.mulf %2, %weight : f32
      %4 = arith.mulf %3, %in : f32
      linalg.yield %4 : f32
  } -> tensor<4x4xf32>
  %init2 = linalg.fill ins(%zero : f32) outs(%rows : tensor<4xf32>) -> tensor<4xf32>
  %sum2 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<4x4xf32>) outs(%init2 : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %in : f32
      %1 = arith.addf %0, %out : f32
      linalg.yield %1 : f32
  } -> tensor<4xf32>
  // expected-remark @+1 {{rms_norm not raised: the weight is no vector over the last dimension}}
  %result2 = linalg.generic {indexing_maps = [#row, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum2, %w, %y : tensor<4xf32>, tensor<4xf32>, tensor<4x4xf32>) outs(%full : tensor<4x4xf32>) {
    ^bb0(%total: f32, %weight: f32, %in: f32, %out: f32):
      %n = arith.constant 4.0 : f32
      %epsilon = arith.constant 0.1 : f32
      %0 = arith.divf %total, %n : f32
      %1 = arith.addf %epsilon, %0 : f32
      %2 = math.rsqrt %1 : f32
      %3 = arith.mulf %2, %weight : f32
      %4 = arith.mulf %3, %in : f32
      linalg.yield %4 : f32
  } -> tensor<4x4xf32>
  return %result, %result2 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// The sizes of the result are arguments: that they are those of x is not known.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#col = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @unknown_size
// CHECK-NOT: hadal.rms_norm
func.func @unknown_size(%x: tensor<?x4xf32>, %w: tensor<4xf32>, %n: index) -> tensor<?x4xf32> {
  %zero = arith.constant 0.0 : f32
  %rows = tensor.empty(%n) : tensor<?xf32>
  %full = tensor.empty(%n) : tensor<?x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x4xf32>) outs(%init : tensor<?xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.mulf %in, %in : f32
      %1 = arith.addf %0, %out : f32
      linalg.yield %1 : f32
  } -> tensor<?xf32>
  // expected-remark @+1 {{rms_norm not raised: the input is not a tensor of the result's type}}
  %result = linalg.generic {indexing_maps = [#row, #col, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%sum, %w, %x : tensor<?xf32>, tensor<4xf32>, tensor<?x4xf32>) outs(%full : tensor<?x4xf32>) {
    ^bb0(%total: f32, %weight: f32, %in: f32, %out: f32):
      %quarter = arith.constant 0.25 : f32
      %epsilon = arith.constant 0.1 : f32
      %0 = arith.mulf %quarter, %total : f32
      %1 = arith.addf %epsilon, %0 : f32
      %2 = math.rsqrt %1 : f32
      %3 = arith.mulf %2, %weight : f32
      %4 = arith.mulf %3, %in : f32
      linalg.yield %4 : f32
  } -> tensor<?x4xf32>
  return %result : tensor<?x4xf32>
}
