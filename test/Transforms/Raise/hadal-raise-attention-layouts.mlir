// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Attention in other layouts than hadal.attention's own, its parts in other places, and what only looks like it.

// JAX: positions before heads, and the heads of a group as a dimension of their own.
// CHECK-LABEL: func.func @jax_grouped
// CHECK: %[[O:.*]] = hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale 2.500000e-01 : (tensor<2x6x3x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x6xf32>) -> tensor<2x6x3x6xf32>
// CHECK: tensor.expand_shape %[[O]] {{\[\[}}0], [1, 2], [3], [4]]
// CHECK: linalg.transpose {{.*}} permutation = [0, 3, 1, 2, 4]
func.func @jax_grouped(%q: tensor<2x3x2x3x8xf32>, %k: tensor<2x5x2x8xf32>, %v: tensor<2x5x2x6xf32>) -> tensor<2x3x2x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x2x3x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x2x3x3x5xf32>) -> tensor<2x2x3x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, g, r, s, t, d) -> (b, s, g, r, d)>, affine_map<(b, g, r, s, t, d) -> (b, t, g, d)>, affine_map<(b, g, r, s, t, d) -> (b, g, r, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x2x3x8xf32>, tensor<2x5x2x8xf32>) outs(%v3 : tensor<2x2x3x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x2x3x3x5xf32>
  %v5 = tensor.empty() : tensor<2x2x3x3x5xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%v4 : tensor<2x2x3x3x5xf32>) outs(%v5 : tensor<2x2x3x3x5xf32>) {
    ^bb0(%a: f32, %o: f32):
      %c = arith.constant 0.25 : f32
      %r = arith.mulf %a, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x2x3x3x5xf32>
  %v7 = tensor.empty() : tensor<2x2x3x3x5xf32>
  %v8 = linalg.softmax dimension(4) ins(%v6 : tensor<2x2x3x3x5xf32>) outs(%v7 : tensor<2x2x3x3x5xf32>) -> tensor<2x2x3x3x5xf32>
  %v9 = tensor.empty() : tensor<2x3x2x3x6xf32>
  %v10 = arith.constant 0.0 : f32
  %v11 = linalg.fill ins(%v10 : f32) outs(%v9 : tensor<2x3x2x3x6xf32>) -> tensor<2x3x2x3x6xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(b, s, g, r, d, t) -> (b, g, r, s, t)>, affine_map<(b, s, g, r, d, t) -> (b, t, g, d)>, affine_map<(b, s, g, r, d, t) -> (b, s, g, r, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v8, %v : tensor<2x2x3x3x5xf32>, tensor<2x5x2x6xf32>) outs(%v11 : tensor<2x3x2x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x2x3x6xf32>
  return %v12 : tensor<2x3x2x3x6xf32>
}

// -----

// Batch and heads merged into one dimension (bmm).
// CHECK-LABEL: func.func @merged
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>
// CHECK: %[[O:.*]] = hadal.attention %[[Q]], %[[K]], %[[V]] scale 1.000000e+00 :
// CHECK: tensor.collapse_shape %[[O]] {{\[\[}}0, 1], [2], [3]]
func.func @merged(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>) -> tensor<8x3x6xf32> {
  %v1 = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<2x4x3x8xf32> into tensor<8x3x8xf32>
  %v2 = tensor.collapse_shape %k [[0, 1], [2], [3]] : tensor<2x4x5x8xf32> into tensor<8x5x8xf32>
  %v3 = tensor.collapse_shape %v [[0, 1], [2], [3]] : tensor<2x4x5x6xf32> into tensor<8x5x6xf32>
  %v4 = tensor.empty() : tensor<8x3x5xf32>
  %v5 = arith.constant 0.0 : f32
  %v6 = linalg.fill ins(%v5 : f32) outs(%v4 : tensor<8x3x5xf32>) -> tensor<8x3x5xf32>
  %v7 = linalg.generic {indexing_maps = [affine_map<(n, s, t, d) -> (n, s, d)>, affine_map<(n, s, t, d) -> (n, t, d)>, affine_map<(n, s, t, d) -> (n, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%v1, %v2 : tensor<8x3x8xf32>, tensor<8x5x8xf32>) outs(%v6 : tensor<8x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<8x3x5xf32>
  %v8 = tensor.empty() : tensor<8x3x5xf32>
  %v9 = linalg.softmax dimension(2) ins(%v7 : tensor<8x3x5xf32>) outs(%v8 : tensor<8x3x5xf32>) -> tensor<8x3x5xf32>
  %v10 = tensor.empty() : tensor<8x3x6xf32>
  %v11 = arith.constant 0.0 : f32
  %v12 = linalg.fill ins(%v11 : f32) outs(%v10 : tensor<8x3x6xf32>) -> tensor<8x3x6xf32>
  %v13 = linalg.generic {indexing_maps = [affine_map<(n, s, d, t) -> (n, s, t)>, affine_map<(n, s, d, t) -> (n, t, d)>, affine_map<(n, s, d, t) -> (n, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%v9, %v3 : tensor<8x3x5xf32>, tensor<8x5x6xf32>) outs(%v12 : tensor<8x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<8x3x6xf32>
  return %v13 : tensor<8x3x6xf32>
}

// -----

// One head without a batch, whose result is transposed.
// CHECK-LABEL: func.func @one_head
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.000000e+00 : (tensor<1x1x3x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x6xf32>) -> tensor<1x1x3x6xf32>
// CHECK: linalg.transpose {{.*}} permutation = [1, 0]
func.func @one_head(%q: tensor<3x8xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>) -> tensor<6x3xf32> {
  %v1 = tensor.empty() : tensor<3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<3x5xf32>) -> tensor<3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(s, t, d) -> (s, d)>, affine_map<(s, t, d) -> (t, d)>, affine_map<(s, t, d) -> (s, t)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<3x8xf32>, tensor<5x8xf32>) outs(%v3 : tensor<3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x5xf32>
  %v5 = tensor.empty() : tensor<3x5xf32>
  %v6 = linalg.softmax dimension(1) ins(%v4 : tensor<3x5xf32>) outs(%v5 : tensor<3x5xf32>) -> tensor<3x5xf32>
  %v7 = tensor.empty() : tensor<6x3xf32>
  %v8 = arith.constant 0.0 : f32
  %v9 = linalg.fill ins(%v8 : f32) outs(%v7 : tensor<6x3xf32>) -> tensor<6x3xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d, s, t) -> (s, t)>, affine_map<(d, s, t) -> (t, d)>, affine_map<(d, s, t) -> (d, s)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v6, %v : tensor<3x5xf32>, tensor<5x6xf32>) outs(%v9 : tensor<6x3xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<6x3xf32>
  return %v10 : tensor<6x3xf32>
}

// -----

// Scores that are a sum of two products: queries and keys one behind the other.
// CHECK-LABEL: func.func @two_products
// CHECK-DAG: %[[Q:.*]] = tensor.concat dim(3) {{.*}} -> tensor<2x4x3x10xf32>
// CHECK-DAG: %[[K:.*]] = tensor.concat dim(3) {{.*}} -> tensor<2x1x5x10xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %{{.*}} scale 1.000000e+00 : (tensor<2x4x3x10xf32>, tensor<2x1x5x10xf32>, tensor<2x1x5x8xf32>)
func.func @two_products(%q: tensor<2x3x4x8xf32>, %rq: tensor<2x3x4x2xf32>, %k: tensor<2x5x8xf32>, %j: tensor<2x5x2xf32>) -> tensor<2x3x4x8xf32> {
  %v1 = tensor.empty() : tensor<2x3x4x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, s, h, t, d) -> (b, s, h, d)>, affine_map<(b, s, h, t, d) -> (b, t, d)>, affine_map<(b, s, h, t, d) -> (b, s, h, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x4x8xf32>, tensor<2x5x8xf32>) outs(%v3 : tensor<2x3x4x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x4x5xf32>
  %v5 = tensor.empty() : tensor<2x3x4x5xf32>
  %v6 = arith.constant 0.0 : f32
  %v7 = linalg.fill ins(%v6 : f32) outs(%v5 : tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(b, s, h, t, d) -> (b, s, h, d)>, affine_map<(b, s, h, t, d) -> (b, t, d)>, affine_map<(b, s, h, t, d) -> (b, s, h, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%rq, %j : tensor<2x3x4x2xf32>, tensor<2x5x2xf32>) outs(%v7 : tensor<2x3x4x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x4x5xf32>
  %v9 = tensor.empty() : tensor<2x3x4x5xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v4, %v8 : tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>) outs(%v9 : tensor<2x3x4x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.addf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x3x4x5xf32>
  %v11 = tensor.empty() : tensor<2x3x4x5xf32>
  %v12 = linalg.softmax dimension(3) ins(%v10 : tensor<2x3x4x5xf32>) outs(%v11 : tensor<2x3x4x5xf32>) -> tensor<2x3x4x5xf32>
  %v13 = tensor.empty() : tensor<2x3x4x8xf32>
  %v14 = arith.constant 0.0 : f32
  %v15 = linalg.fill ins(%v14 : f32) outs(%v13 : tensor<2x3x4x8xf32>) -> tensor<2x3x4x8xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(b, s, h, d, t) -> (b, s, h, t)>, affine_map<(b, s, h, d, t) -> (b, t, d)>, affine_map<(b, s, h, d, t) -> (b, s, h, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v12, %k : tensor<2x3x4x5xf32>, tensor<2x5x8xf32>) outs(%v15 : tensor<2x3x4x8xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x3x4x8xf32>
  return %v16 : tensor<2x3x4x8xf32>
}

// -----

// exp and its sum written out, divided after the product with the values.
// CHECK-LABEL: func.func @late_division
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %[[V]] scale 1.000000e+00 :
// CHECK-NOT: math.exp
func.func @late_division(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x4x3x5xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v4 : tensor<2x4x3x5xf32>) outs(%v5 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = math.exp %a : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v7 = tensor.empty() : tensor<2x4x3xf32>
  %v8 = arith.constant 0.0 : f32
  %v9 = linalg.fill ins(%v8 : f32) outs(%v7 : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%v6 : tensor<2x4x3x5xf32>) outs(%v9 : tensor<2x4x3xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %o, %a : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3xf32>
  %v11 = tensor.empty() : tensor<2x4x3x6xf32>
  %v12 = arith.constant 0.0 : f32
  %v13 = linalg.fill ins(%v12 : f32) outs(%v11 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v6, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v13 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  %v15 = tensor.empty() : tensor<2x4x3x6xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v14, %v10 : tensor<2x4x3x6xf32>, tensor<2x4x3xf32>) outs(%v15 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.divf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v16 : tensor<2x4x3x6xf32>
}

// -----

// A soft cap, then a causal mask, then the sink as one more column, dropped after the softmax.
// CHECK-LABEL: func.func @cap_and_sink
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>, %[[S:[a-z0-9]+]]: tensor<4xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %[[V]] sink %[[S]] scale 5.000000e-01 causal softcap 4.000000e+00 :
func.func @cap_and_sink(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>, %sink: tensor<4xf32>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x4x3x5xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v4 : tensor<2x4x3x5xf32>) outs(%v5 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %o: f32):
      %c = arith.constant 0.125 : f32
      %x = arith.mulf %a, %c : f32
      %y = math.tanh %x : f32
      %e = arith.constant 4.0 : f32
      %r = arith.mulf %y, %e : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v7 = tensor.empty() : tensor<2x4x3x5xi1>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%v7 : tensor<2x4x3x5xi1>) {
    ^bb0(%o: i1):
      %i = linalg.index 2 : index
      %j = linalg.index 3 : index
      %c = arith.constant 2 : index
      %x = arith.addi %i, %c : index
      %r = arith.cmpi ule, %j, %x : index
      linalg.yield %r : i1
  } -> tensor<2x4x3x5xi1>
  %v9 = tensor.empty() : tensor<2x4x3x5xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v8, %v6 : tensor<2x4x3x5xi1>, tensor<2x4x3x5xf32>) outs(%v9 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: i1, %b: f32, %o: f32):
      %c = arith.constant -1.0e+30 : f32
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v11 = tensor.empty() : tensor<2x4x3x1xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%sink : tensor<4xf32>) outs(%v11 : tensor<2x4x3x1xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
  } -> tensor<2x4x3x1xf32>
  %v13 = tensor.concat dim(3) %v10, %v12 : (tensor<2x4x3x5xf32>, tensor<2x4x3x1xf32>) -> tensor<2x4x3x6xf32>
  %v14 = tensor.empty() : tensor<2x4x3x6xf32>
  %v15 = linalg.softmax dimension(3) ins(%v13 : tensor<2x4x3x6xf32>) outs(%v14 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v16 = tensor.extract_slice %v15[0, 0, 0, 0] [2, 4, 3, 5] [1, 1, 1, 1] : tensor<2x4x3x6xf32> to tensor<2x4x3x5xf32>
  %v17 = tensor.empty() : tensor<2x4x3x6xf32>
  %v18 = arith.constant 0.0 : f32
  %v19 = linalg.fill ins(%v18 : f32) outs(%v17 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v20 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v16, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v19 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v20 : tensor<2x4x3x6xf32>
}

// -----

// A mask that is a constant table of what is hidden: a causal window of 2 at the top left.
// CHECK-LABEL: func.func @table
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %[[V]] scale 1.000000e+00 causal offset 0 window 2 :
func.func @table(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = arith.constant dense<[[false, true, true, true, true], [false, false, true, true, true], [true, false, false, true, true]]> : tensor<3x5xi1>
  %v6 = tensor.empty() : tensor<2x4x3x5xf32>
  %v7 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v5, %v4 : tensor<3x5xi1>, tensor<2x4x3x5xf32>) outs(%v6 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: i1, %b: f32, %o: f32):
      %c = arith.constant -1.0e+9 : f32
      %r = arith.select %a, %c, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v8 = tensor.empty() : tensor<2x4x3x5xf32>
  %v9 = linalg.softmax dimension(3) ins(%v7 : tensor<2x4x3x5xf32>) outs(%v8 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v10 = tensor.empty() : tensor<2x4x3x6xf32>
  %v11 = arith.constant 0.0 : f32
  %v12 = linalg.fill ins(%v11 : f32) outs(%v10 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v13 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v9, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v12 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v13 : tensor<2x4x3x6xf32>
}

// -----

// Causal and a padding mask, by −∞: the one becomes an attribute, the other stays, as small as it is.
// CHECK-LABEL: func.func @padding
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %[[V]] mask %{{.*}} scale 1.000000e+00 causal : ({{.*}}, tensor<2x1x1x5xi1>)
func.func @padding(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>, %m: tensor<2x5xi1>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x3x5xi1>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%m : tensor<2x5xi1>) outs(%v5 : tensor<2x3x5xi1>) {
    ^bb0(%a: i1, %o: i1):
      %i = linalg.index 1 : index
      %j = linalg.index 2 : index
      %c = arith.constant 2 : index
      %x = arith.addi %i, %c : index
      %y = arith.cmpi ule, %j, %x : index
      %r = arith.andi %a, %y : i1
      linalg.yield %r : i1
  } -> tensor<2x3x5xi1>
  %v7 = tensor.empty() : tensor<2x4x3x5xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v6, %v4 : tensor<2x3x5xi1>, tensor<2x4x3x5xf32>) outs(%v7 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: i1, %b: f32, %o: f32):
      %c = arith.constant 0xFF800000 : f32
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v9 = tensor.empty() : tensor<2x4x3x5xf32>
  %v10 = linalg.softmax dimension(3) ins(%v8 : tensor<2x4x3x5xf32>) outs(%v9 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v11 = tensor.empty() : tensor<2x4x3x6xf32>
  %v12 = arith.constant 0.0 : f32
  %v13 = linalg.fill ins(%v12 : f32) outs(%v11 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v10, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v13 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v14 : tensor<2x4x3x6xf32>
}

// -----

// By a finite number a row that sees nothing is the mean of all values: the mask stays whole.
// CHECK-LABEL: func.func @padding_by_a_number
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<2x4x3x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x4x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x4x5x6xf32>
// CHECK: hadal.attention %[[Q]], %[[K]], %[[V]] mask %{{.*}} scale 1.000000e+00 : ({{.*}}, tensor<2x1x3x5xf32>)
func.func @padding_by_a_number(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>, %m: tensor<2x5xi1>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x3x5xi1>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%m : tensor<2x5xi1>) outs(%v5 : tensor<2x3x5xi1>) {
    ^bb0(%a: i1, %o: i1):
      %i = linalg.index 1 : index
      %j = linalg.index 2 : index
      %c = arith.constant 2 : index
      %x = arith.addi %i, %c : index
      %y = arith.cmpi ule, %j, %x : index
      %r = arith.andi %a, %y : i1
      linalg.yield %r : i1
  } -> tensor<2x3x5xi1>
  %v7 = tensor.empty() : tensor<2x4x3x5xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v6, %v4 : tensor<2x3x5xi1>, tensor<2x4x3x5xf32>) outs(%v7 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: i1, %b: f32, %o: f32):
      %c = arith.constant -1.0e+9 : f32
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  // expected-remark @+6 {{the mask is kept: it is neither provably causal nor provably without effect}}
  %v9 = tensor.empty() : tensor<2x4x3x5xf32>
  %v10 = linalg.softmax dimension(3) ins(%v8 : tensor<2x4x3x5xf32>) outs(%v9 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v11 = tensor.empty() : tensor<2x4x3x6xf32>
  %v12 = arith.constant 0.0 : f32
  %v13 = linalg.fill ins(%v12 : f32) outs(%v11 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v14 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v10, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v13 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v14 : tensor<2x4x3x6xf32>
}

// -----

// A softmax over another dimension than the keys is no attention.
// CHECK-LABEL: func.func @softmax_over_queries
// CHECK-NOT: hadal.attention
func.func @softmax_over_queries(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x4x3x5xf32>
  %v6 = linalg.softmax dimension(2) ins(%v4 : tensor<2x4x3x5xf32>) outs(%v5 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v7 = tensor.empty() : tensor<2x4x3x6xf32>
  %v8 = arith.constant 0.0 : f32
  %v9 = linalg.fill ins(%v8 : f32) outs(%v7 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v6, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v9 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v10 : tensor<2x4x3x6xf32>
}

// -----

// Probabilities that are taken away after the softmax are not made up for by the others.
// CHECK-LABEL: func.func @masked_after
// CHECK-NOT: hadal.attention
func.func @masked_after(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>, %m: tensor<3x5xi1>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x4x3x5xf32>
  %v6 = linalg.softmax dimension(3) ins(%v4 : tensor<2x4x3x5xf32>) outs(%v5 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v7 = tensor.empty() : tensor<2x4x3x5xf32>
  %v8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%m, %v6 : tensor<3x5xi1>, tensor<2x4x3x5xf32>) outs(%v7 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: i1, %b: f32, %o: f32):
      %c = arith.constant 0.0 : f32
      %r = arith.select %a, %b, %c : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  // expected-remark @+4 {{attention not raised: probabilities are made 0 after the softmax where it did not hide them}}
  %v9 = tensor.empty() : tensor<2x4x3x6xf32>
  %v10 = arith.constant 0.0 : f32
  %v11 = linalg.fill ins(%v10 : f32) outs(%v9 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v8, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v11 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v12 : tensor<2x4x3x6xf32>
}

// -----

// A scale that is data.
// CHECK-LABEL: func.func @scale_of_data
// CHECK-NOT: hadal.attention
func.func @scale_of_data(%q: tensor<2x4x3x8xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x6xf32>, %m: tensor<2x4x3xf32>) -> tensor<2x4x3x6xf32> {
  %v1 = tensor.empty() : tensor<2x4x3x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(b, h, s, t, d) -> (b, h, s, d)>, affine_map<(b, h, s, t, d) -> (b, h, t, d)>, affine_map<(b, h, s, t, d) -> (b, h, s, t)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x4x3x8xf32>, tensor<2x4x5x8xf32>) outs(%v3 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v5 = tensor.empty() : tensor<2x4x3x5xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v4, %m : tensor<2x4x3x5xf32>, tensor<2x4x3xf32>) outs(%v5 : tensor<2x4x3x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x5xf32>
  %v7 = tensor.empty() : tensor<2x4x3x5xf32>
  %v8 = linalg.softmax dimension(3) ins(%v6 : tensor<2x4x3x5xf32>) outs(%v7 : tensor<2x4x3x5xf32>) -> tensor<2x4x3x5xf32>
  // expected-remark @+4 {{attention not raised: the scores are no scaled product of queries and keys (and a mask added to it)}}
  %v9 = tensor.empty() : tensor<2x4x3x6xf32>
  %v10 = arith.constant 0.0 : f32
  %v11 = linalg.fill ins(%v10 : f32) outs(%v9 : tensor<2x4x3x6xf32>) -> tensor<2x4x3x6xf32>
  %v12 = linalg.generic {indexing_maps = [affine_map<(b, h, s, d, t) -> (b, h, s, t)>, affine_map<(b, h, s, d, t) -> (b, h, t, d)>, affine_map<(b, h, s, d, t) -> (b, h, s, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v8, %v : tensor<2x4x3x5xf32>, tensor<2x4x5x6xf32>) outs(%v11 : tensor<2x4x3x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<2x4x3x6xf32>
  return %v12 : tensor<2x4x3x6xf32>
}

// -----

// A router over experts that are all computed: values of a row for the keys of all rows.
// CHECK-LABEL: func.func @experts
// CHECK-NOT: hadal.attention
func.func @experts(%x: tensor<7x8xf32>, %w: tensor<5x8xf32>, %y: tensor<7x5x6xf32>) -> tensor<7x6xf32> {
  %v1 = tensor.empty() : tensor<7x5xf32>
  %v2 = arith.constant 0.0 : f32
  %v3 = linalg.fill ins(%v2 : f32) outs(%v1 : tensor<7x5xf32>) -> tensor<7x5xf32>
  %v4 = linalg.generic {indexing_maps = [affine_map<(n, e, d) -> (n, d)>, affine_map<(n, e, d) -> (e, d)>, affine_map<(n, e, d) -> (n, e)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<7x8xf32>, tensor<5x8xf32>) outs(%v3 : tensor<7x5xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<7x5xf32>
  %v5 = tensor.empty() : tensor<7x5xf32>
  %v6 = linalg.softmax dimension(1) ins(%v4 : tensor<7x5xf32>) outs(%v5 : tensor<7x5xf32>) -> tensor<7x5xf32>
  %v7 = tensor.empty() : tensor<7x6xf32>
  %v8 = arith.constant 0.0 : f32
  %v9 = linalg.fill ins(%v8 : f32) outs(%v7 : tensor<7x6xf32>) -> tensor<7x6xf32>
  %v10 = linalg.generic {indexing_maps = [affine_map<(n, d, e) -> (n, e)>, affine_map<(n, d, e) -> (n, e, d)>, affine_map<(n, d, e) -> (n, d)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%v6, %y : tensor<7x5xf32>, tensor<7x5x6xf32>) outs(%v9 : tensor<7x6xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %r = arith.addf %o, %p : f32
      linalg.yield %r : f32
  } -> tensor<7x6xf32>
  return %v10 : tensor<7x6xf32>
}
