// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// A cache is an argument that grows along the concatenated dimension and is returned.

// CHECK-LABEL: func.func @cache
// CHECK-SAME: %[[OLD:[a-z0-9]+]]: tensor<2x?x8xf32>, %[[NEW:[a-z0-9]+]]: tensor<2x1x8xf32>
// CHECK-NEXT: %[[R:.*]] = hadal.cache_append %[[OLD]], %[[NEW]] dim 1
// CHECK-NEXT: return %[[R]]
func.func @cache(%old: tensor<2x?x8xf32>, %new: tensor<2x1x8xf32>) -> tensor<2x?x8xf32> {
  %r = tensor.concat dim(1) %old, %new : (tensor<2x?x8xf32>, tensor<2x1x8xf32>) -> tensor<2x?x8xf32>
  return %r : tensor<2x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @fixed_length
// CHECK-NOT: hadal.cache_append
func.func @fixed_length(%old: tensor<2x4x8xf32>, %new: tensor<2x1x8xf32>) -> tensor<2x5x8xf32> {
  // expected-remark @+1 {{cache_append not raised: the argument's length is fixed}}
  %r = tensor.concat dim(1) %old, %new : (tensor<2x4x8xf32>, tensor<2x1x8xf32>) -> tensor<2x5x8xf32>
  return %r : tensor<2x5x8xf32>
}

// -----

// CHECK-LABEL: func.func @not_returned
// CHECK-NOT: hadal.cache_append
func.func @not_returned(%old: tensor<2x?x8xf32>, %new: tensor<2x1x8xf32>) -> tensor<2x8xf32> {
  // expected-remark @+1 {{cache_append not raised: the result is not returned}}
  %r = tensor.concat dim(1) %old, %new : (tensor<2x?x8xf32>, tensor<2x1x8xf32>) -> tensor<2x?x8xf32>
  %s = tensor.extract_slice %r[0, 0, 0] [2, 1, 8] [1, 1, 1] : tensor<2x?x8xf32> to tensor<2x8xf32>
  return %s : tensor<2x8xf32>
}
