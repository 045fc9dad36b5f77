// RUN: hadal-opt %s --hadal-decompose=level=kernels --split-input-file | FileCheck %s

// What kernels do not know stands before and behind one that they do: weights are transposed, the bias is added by each
// row's expert.
// CHECK-LABEL: @transposed_bias
// CHECK: %[[O:.*]], %[[P:.*]] = hadal.group
// CHECK: %[[W:.*]] = linalg.transpose ins(%arg1 : tensor<4x6x8xf32>) {{.*}} permutation = [0, 2, 1]
// CHECK: %[[Y:.*]] = hadal.grouped_matmul %arg0, %[[W]], %[[O]], %[[P]] gather 2 : (tensor<?x8xf32>, tensor<4x8x6xf32>, tensor<5xi32>, tensor<?xi32>) -> tensor<?x6xf32>
// CHECK: %[[B:.*]] = hadal.gather %arg3
// CHECK: linalg.generic {{.*}} ins(%[[Y]], %[[B]] :
func.func @transposed_bias(%x: tensor<?x8xf32>, %w: tensor<4x6x8xf32>, %i: tensor<?x2xi32>, %b: tensor<4x6xf32>) -> tensor<?x6xf32> {
  %o, %p = hadal.group %i experts 4 : (tensor<?x2xi32>) -> (tensor<5xi32>, tensor<?xi32>)
  %y = hadal.grouped_matmul %x, %w, %o, %p gather 2 transposed bias %b
      : (tensor<?x8xf32>, tensor<4x6x8xf32>, tensor<5xi32>, tensor<?xi32>, tensor<4x6xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// A permutation of unknown origin may hold −1 within an expert's rows.
// CHECK-LABEL: @unknown_rows
// CHECK-NOT: hadal.grouped_matmul
func.func @unknown_rows(%x: tensor<?x8xf32>, %w: tensor<4x6x8xf32>, %o: tensor<5xi32>, %p: tensor<?xi32>) -> tensor<?x6xf32> {
  %y = hadal.grouped_matmul %x, %w, %o, %p gather 2 transposed
      : (tensor<?x8xf32>, tensor<4x6x8xf32>, tensor<5xi32>, tensor<?xi32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// Rows that lie apart (counts) no kernel computes: rows of weights are gathered.
// CHECK-LABEL: @counts
// CHECK-NOT: hadal.grouped_matmul
func.func @counts(%x: tensor<?x8xf32>, %w: tensor<4x6x8xf32>, %o: tensor<5xi32>, %p: tensor<?xi32>, %c: tensor<4xi32>)
    -> tensor<?x6xf32> {
  %y = hadal.grouped_matmul %x, %w, %o, %p gather 2 transposed counts %c
      : (tensor<?x8xf32>, tensor<4x6x8xf32>, tensor<5xi32>, tensor<?xi32>, tensor<4xi32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// Scales, too.
// CHECK-LABEL: @scales
// CHECK-NOT: hadal.grouped_matmul
func.func @scales(%x: tensor<?x8xf8E4M3FN>, %w: tensor<4x6x8xf8E4M3FN>, %o: tensor<5xi32>, %p: tensor<?xi32>, %s: tensor<?x2xf32>)
    -> tensor<?x6xf32> {
  %y = hadal.grouped_matmul %x, %w, %o, %p gather 2 transposed x_scales %s block [1, 4]
      : (tensor<?x8xf8E4M3FN>, tensor<4x6x8xf8E4M3FN>, tensor<5xi32>, tensor<?xi32>, tensor<?x2xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// Experts without a gate: hadal.activation between the products.
// CHECK-LABEL: @ungated
// CHECK: hadal.grouped_matmul
// CHECK-NOT: hadal.gated_activation
// CHECK: math.erf
// CHECK: hadal.grouped_matmul
// CHECK: hadal.combine
func.func @ungated(%x: tensor<?x8xf32>, %w: tensor<?x2xf32>, %i: tensor<?x2xi32>, %a: tensor<4x8x6xf32>, %d: tensor<4x6x8xf32>)
    -> tensor<?x8xf32> {
  %y = hadal.moe %x, %w, %i, %a, %d gelu none
      : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<4x8x6xf32>, tensor<4x6x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
