// RUN: hadal-opt %s --allow-unregistered-dialect --pass-pipeline='builtin.module(func.func(hadal-simplify-graph))' --split-input-file | FileCheck %s

// Only half of the angles is used: cos of f ‖ f, sliced.

#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @angles
// CHECK-SAME: %[[F:[a-z0-9]+]]: tensor<?x8xf32>
// CHECK-NOT: tensor.concat
// CHECK-NOT: tensor.extract_slice
// CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[F]] : tensor<?x8xf32>)
// CHECK: math.cos
// CHECK: return %[[C]] : tensor<?x8xf32>
func.func @angles(%f: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %f, %c0 : tensor<?x8xf32>
  %twice = tensor.concat dim(1) %f, %f : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x16xf32>
  %e = tensor.empty(%n) : tensor<?x16xf32>
  %cos = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%twice : tensor<?x16xf32>) outs(%e : tensor<?x16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = math.cos %in : f32
      linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  %half = tensor.extract_slice %cos[0, 8] [%n, 8] [1, 1] : tensor<?x16xf32> to tensor<?x8xf32>
  return %half : tensor<?x8xf32>
}

// -----

// A slice over both parts, and one of an operation that is used whole, stay.

#id = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @stays
// CHECK: %[[T:.*]] = tensor.concat
// CHECK: %[[A:.*]] = tensor.extract_slice %[[T]][4] [8] [1]
// CHECK: %[[N:.*]] = linalg.generic {{.*}} ins(%[[T]]
// CHECK: %[[B:.*]] = tensor.extract_slice %[[N]][0] [4] [1]
// CHECK: return %[[A]], %[[B]], %[[N]]
func.func @stays(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<4xf32>, tensor<16xf32>) {
  %both = tensor.concat dim(0) %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
  %across = tensor.extract_slice %both[4] [8] [1] : tensor<16xf32> to tensor<8xf32>
  %e = tensor.empty() : tensor<16xf32>
  %negative = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%both : tensor<16xf32>) outs(%e : tensor<16xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.negf %in : f32
      linalg.yield %0 : f32
  } -> tensor<16xf32>
  %part = tensor.extract_slice %negative[0] [4] [1] : tensor<16xf32> to tensor<4xf32>
  return %across, %part, %negative : tensor<8xf32>, tensor<4xf32>, tensor<16xf32>
}

// -----

// Sizes: by way of a collapse, of an operation's result and of another argument of the same symbol, one value.

// CHECK: #[[MAP:.*]] = affine_map<()[s0, s1] -> (s0 * s1)>
// CHECK-LABEL: func.func @sizes
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x4xf32>
// CHECK-DAG: %[[B:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[S:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG: %[[BS:.*]] = affine.apply #[[MAP]]()[%[[B]], %[[S]]]
// CHECK-NOT: tensor.dim
// CHECK: "some.use"(%[[BS]], %[[BS]], %[[S]], %[[B]])
#product = affine_map<()[s0, s1] -> (s1 * s0)>
func.func @sizes(%x: tensor<?x?x4xf32> {hadal.dims = ["batch", "seq", ""]}, %w: tensor<4xf32>,
                 %y: tensor<?xf32> {hadal.dims = ["batch"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %n = hadal.rms_norm %x, %w epsilon 0.5 : (tensor<?x?x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
  %s = tensor.dim %n, %c1 : tensor<?x?x4xf32>
  %flat = tensor.collapse_shape %n [[0, 1], [2]] : tensor<?x?x4xf32> into tensor<?x4xf32>
  %rows = tensor.dim %flat, %c0 : tensor<?x4xf32>
  %product = affine.apply #product()[%b, %s]
  %again = tensor.dim %y, %c0 : tensor<?xf32>
  "some.use"(%rows, %product, %s, %again) : (index, index, index, index) -> ()
  return
}

// -----

// A size that a body computes is computed before it.

// CHECK-LABEL: func.func @size_in_body
// CHECK: affine.apply
// CHECK: linalg.generic
// CHECK-NOT: affine.apply
func.func @size_in_body(%x: tensor<?x?xindex>) -> tensor<?x?xindex> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xindex>
  %n = tensor.dim %x, %c1 : tensor<?x?xindex>
  %e = tensor.empty(%m, %n) : tensor<?x?xindex>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>],
      iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x?xindex>) outs(%e : tensor<?x?xindex>) {
    ^bb0(%in: index, %out: index):
      %most = affine.apply affine_map<()[s, t] -> (s * t - 1)>()[%m, %n]
      %least = arith.minsi %in, %most : index
      linalg.yield %least : index
  } -> tensor<?x?xindex>
  return %y : tensor<?x?xindex>
}
