// RUN: hadal-opt %s --hadal-raise | FileCheck %s

// Tokens in batches: the route has them in one row.
// CHECK-LABEL: func.func @batches
// CHECK: hadal.route %{{.*}} score softmax groups 1 keep 1 by max top 2 scale 2.500000e+00 normalize epsilon 9.99999968E-21 : (tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
func.func @batches(%l: tensor<?x?x8xf32>) -> (tensor<?x?x2xf32>, tensor<?x?x2xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %k = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %b = tensor.dim %l, %c0 : tensor<?x?x8xf32>
  %t = tensor.dim %l, %c1 : tensor<?x?x8xf32>
  %se = tensor.empty(%b, %t) : tensor<?x?x8xf32>
  %s = linalg.softmax dimension(2) ins(%l : tensor<?x?x8xf32>) outs(%se : tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<?x?x8xf32>, index) -> (tensor<?x?x2xf32>, tensor<?x?x2xi64>)
  %te = tensor.empty(%b, %t) : tensor<?x?xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<?x?xf32>) -> tensor<?x?xf32>
  %sum = linalg.reduce { arith.addf } ins(%v : tensor<?x?x2xf32>) outs(%tz : tensor<?x?xf32>) dimensions = [2]
  %we = tensor.empty(%b, %t) : tensor<?x?x2xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%v, %sum : tensor<?x?x2xf32>, tensor<?x?xf32>) outs(%we : tensor<?x?x2xf32>) {
    ^bb0(%a: f32, %d: f32, %out: f32):
      %epsilon = arith.constant 1.0e-20 : f32
      %scale = arith.constant 2.5 : f32
      %0 = arith.addf %d, %epsilon : f32
      %1 = arith.divf %a, %0 : f32
      %2 = arith.mulf %1, %scale : f32
      linalg.yield %2 : f32
  } -> tensor<?x?x2xf32>
  return %w, %i : tensor<?x?x2xf32>, tensor<?x?x2xi64>
}
