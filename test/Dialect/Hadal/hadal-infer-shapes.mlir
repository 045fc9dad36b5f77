// RUN: hadal-opt %s --pass-pipeline='builtin.module(func.func(hadal-infer-shapes))' | FileCheck %s

// Through a chain; the function's own result keeps its type.
// CHECK-LABEL: func.func @chain
// CHECK: %[[Y:.*]] = hadal.combine {{.*}} -> tensor<2x192xf32>
// CHECK-NOT: tensor.cast
// CHECK: %[[Z:.*]] = hadal.rms_norm %[[Y]], {{.*}} -> tensor<2x192xf32>
// CHECK: %[[C:.*]] = tensor.cast %[[Z]] : tensor<2x192xf32> to tensor<?x192xf32>
// CHECK: return %[[C]]
func.func @chain(%x: tensor<8x192xf32>, %w: tensor<2x4xf32>, %n: tensor<192xf32>) -> tensor<?x192xf32> {
  %y = hadal.combine %x, %w : (tensor<8x192xf32>, tensor<2x4xf32>) -> tensor<?x192xf32>
  %z = hadal.rms_norm %y, %n epsilon 1.0e-6 : (tensor<?x192xf32>, tensor<192xf32>) -> tensor<?x192xf32>
  return %z : tensor<?x192xf32>
}

// What operands do not say stays open.
// CHECK-LABEL: func.func @open
// CHECK: hadal.combine {{.*}} -> tensor<?x192xf32>
func.func @open(%x: tensor<?x192xf32>, %w: tensor<?x4xf32>) -> tensor<?x192xf32> {
  %y = hadal.combine %x, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
