// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Layer normalisation, with the mean and the variance written out.

// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3x8xf32>, %[[W:[a-z0-9]+]]: tensor<8xf32>, %[[B:[a-z0-9]+]]: tensor<8xf32>
// CHECK: hadal.layer_norm %[[X]] weight %[[W]] bias %[[B]] epsilon 9.99999974E-6
// CHECK-NOT: linalg.generic
func.func @layer_norm(%x: tensor<2x3x8xf32>, %wt: tensor<8xf32>, %bias: tensor<8xf32>) -> tensor<2x3x8xf32> {
  %v1 = tensor.empty() : tensor<2x3xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x3x8xf32>) outs(%v3 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %o, %a : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v5 = tensor.empty() : tensor<2x3xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%v4 : tensor<2x3xf32>) outs(%v5 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %c = arith.constant 0.125 : f32
      %r = arith.mulf %a, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v7 = tensor.empty() : tensor<2x3x8xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %v6 : tensor<2x3x8xf32>, tensor<2x3xf32>) outs(%v7 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.subf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  %v9 = tensor.empty() : tensor<2x3xf32>
  %v10 = arith.constant 0.0 : f32
  %v11 = linalg.fill ins(%v10 : f32) outs(%v9 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v8 : tensor<2x3x8xf32>) outs(%v11 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %q = arith.mulf %a, %a : f32
      %r = arith.addf %o, %q : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v13 = tensor.empty() : tensor<2x3x8xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v8, %v12, %wt : tensor<2x3x8xf32>, tensor<2x3xf32>, tensor<8xf32>) outs(%v13 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
      %n = arith.constant 0.125 : f32
      %e = arith.constant 1.0e-5 : f32
      %p = arith.mulf %b, %n : f32
      %q = arith.addf %p, %e : f32
      %s = math.rsqrt %q : f32
      %t = arith.mulf %a, %s : f32
      %r = arith.mulf %t, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  %v15 = tensor.empty() : tensor<2x3x8xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v14, %bias : tensor<2x3x8xf32>, tensor<8xf32>) outs(%v15 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  return %v16 : tensor<2x3x8xf32>
}

// -----

// What is taken off is not the mean: still the root mean square norm of the difference.
// CHECK-LABEL: func.func @half_the_mean
// CHECK: hadal.rms_norm
// CHECK-NOT: hadal.layer_norm
func.func @half_the_mean(%x: tensor<2x3x8xf32>, %wt: tensor<8xf32>, %bias: tensor<8xf32>) -> tensor<2x3x8xf32> {
  %v1 = tensor.empty() : tensor<2x3xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<2x3x8xf32>) outs(%v3 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %o, %a : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v5 = tensor.empty() : tensor<2x3xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%v4 : tensor<2x3xf32>) outs(%v5 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %c = arith.constant 0.0625 : f32
      %r = arith.mulf %a, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v7 = tensor.empty() : tensor<2x3x8xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %v6 : tensor<2x3x8xf32>, tensor<2x3xf32>) outs(%v7 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.subf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  %v9 = tensor.empty() : tensor<2x3xf32>
  %v10 = arith.constant 0.0 : f32
  %v11 = linalg.fill ins(%v10 : f32) outs(%v9 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v8 : tensor<2x3x8xf32>) outs(%v11 : tensor<2x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %q = arith.mulf %a, %a : f32
      %r = arith.addf %o, %q : f32
      linalg.yield %r : f32
  } -> tensor<2x3xf32>
  %v13 = tensor.empty() : tensor<2x3x8xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v8, %v12, %wt : tensor<2x3x8xf32>, tensor<2x3xf32>, tensor<8xf32>) outs(%v13 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
      %n = arith.constant 0.125 : f32
      %e = arith.constant 1.0e-5 : f32
      %p = arith.mulf %b, %n : f32
      %q = arith.addf %p, %e : f32
      %s = math.rsqrt %q : f32
      %t = arith.mulf %a, %s : f32
      %r = arith.mulf %t, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  %v15 = tensor.empty() : tensor<2x3x8xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v14, %bias : tensor<2x3x8xf32>, tensor<8xf32>) outs(%v15 : tensor<2x3x8xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x3x8xf32>
  return %v16 : tensor<2x3x8xf32>
}
