// The forms that operations get.
// RUN: hadal-translate --import-stablehlo --split-input-file %s | FileCheck %s

// Repetitions are read through maps, a scalar constant by the empty one.
// CHECK: #[[IDENTITY:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK: #[[EMPTY:.*]] = affine_map<(d0, d1) -> ()>
// CHECK: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @broadcasts
// CHECK-SAME: hadal.dims = ["", ""], hadal.name = "arg0"
// CHECK: %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<f32>
// CHECK: linalg.generic {indexing_maps = [#[[IDENTITY]], #[[EMPTY]], #[[IDENTITY]]]
// CHECK: arith.addf
// CHECK: linalg.generic {indexing_maps = [#[[IDENTITY]], #[[ROW]], #[[IDENTITY]]]
// CHECK: arith.mulf
func.func public @broadcasts(%x: tensor<2x3xf32>, %w: tensor<3xf32>) -> tensor<2x3xf32> {
  %one = stablehlo.constant dense<1.0> : tensor<f32>
  %0 = stablehlo.broadcast_in_dim %one, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
  %1 = stablehlo.add %x, %0 : tensor<2x3xf32>
  %2 = stablehlo.broadcast_in_dim %w, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
  %3 = stablehlo.multiply %1, %2 : tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}

// -----

// Rows by a matrix: one matmul.
// CHECK-LABEL: func.func @matmul
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
// CHECK: linalg.matmul
// CHECK: tensor.expand_shape {{.*}} into tensor<2x3x5xf32>
func.func public @matmul(%x: tensor<2x3x4xf32>, %w: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [2] x [0] : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

// Sizes of jax.export: named, and followed through shape tensors.
// CHECK-LABEL: func.func @main
// CHECK-SAME: hadal.dims = ["b", "", ""]
// CHECK-SAME: -> (tensor<?x12xf32> {hadal.dims = ["b", ""], hadal.name = "out0"})
// CHECK-NOT: arith.index_cast
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2]] : tensor<?x3x4xf32> into tensor<?x12xf32>
func.func public @main(%x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %b = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x3x4xf32>) -> tensor<i32>
  %0 = call @inner(%b, %x) : (tensor<i32>, tensor<?x3x4xf32>) -> tensor<?x12xf32>
  return %0 : tensor<?x12xf32>
}
func.func private @inner(%b: tensor<i32> {jax.global_constant = "b"}, %x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  %0 = stablehlo.reshape %b : (tensor<i32>) -> tensor<1xi32>
  %1 = stablehlo.constant dense<12> : tensor<1xi32>
  %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %3 = stablehlo.dynamic_reshape %x, %2 : (tensor<?x3x4xf32>, tensor<2xi32>) -> tensor<?x12xf32>
  return %3 : tensor<?x12xf32>
}

// -----

// take_along_axis, argsort, softmax's maximum.
// CHECK-LABEL: func.func @indices
// CHECK: hadal.gather_elements %{{.*}}, %{{.*}} axis 1
// CHECK: hadal.topk
// CHECK: linalg.reduce
// CHECK: arith.maximumf
func.func public @indices(%x: tensor<2x3xf32>, %i: tensor<2x4x1xi32>, %k: tensor<6xi32>) -> (tensor<2x4xf32>, tensor<6xi32>, tensor<2xf32>) {
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [1], operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1], index_vector_dim = 2>, slice_sizes = array<i64: 1, 1>}> : (tensor<2x3xf32>, tensor<2x4x1xi32>) -> tensor<2x4xf32>
  %n = stablehlo.iota dim = 0 : tensor<6xi32>
  %1:2 = "stablehlo.sort"(%k, %n) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<i32>, %d: tensor<i32>):
    %e = stablehlo.compare LT, %a, %b, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %e : tensor<i1>
  }) : (tensor<6xi32>, tensor<6xi32>) -> (tensor<6xi32>, tensor<6xi32>)
  %least = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %2 = stablehlo.reduce(%x init: %least) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  return %0, %1#1, %2 : tensor<2x4xf32>, tensor<6xi32>, tensor<2xf32>
}

// -----

// A repetition into more dimensions, transposed: one map.
// CHECK: affine_map<(d0, d1, d2, d3) -> (d2, d1, d3)>
// CHECK-LABEL: func.func @transposed_repetition
// CHECK: linalg.generic
func.func public @transposed_repetition(%a: tensor<4x13x10xf32>) -> tensor<1x13x4x10xf32> {
  %0 = stablehlo.broadcast_in_dim %a, dims = [1, 2, 3] : (tensor<4x13x10xf32>) -> tensor<1x4x13x10xf32>
  %1 = stablehlo.transpose %0, dims = [0, 2, 1, 3] : (tensor<1x4x13x10xf32>) -> tensor<1x13x4x10xf32>
  return %1 : tensor<1x13x4x10xf32>
}
