// RUN: hadal-opt %s --hadal-raise --split-input-file | FileCheck %s

// Experts with a capacity: each token is put into a slot of each of its experts, and taken out with its weight.

// As many slots as tokens: nothing is dropped.

// CHECK-LABEL: func.func @enough
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x3xf32>, %[[UP:[a-z0-9]+]]: tensor<3x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<3x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @enough(%x: tensor<5x4xf32>, %logits: tensor<5x3xf32>, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x3xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %hot_e = tensor.empty() : tensor<5x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%hot_e : tensor<5x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x3xf32>
  %pairs = tensor.collapse_shape %hot [[0, 1], [2]] : tensor<5x2x3xf32> into tensor<10x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<10x3xf32>
  %own_e = tensor.empty() : tensor<10x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count, %pairs : tensor<10x3xf32>, tensor<10x3xf32>) outs(%own_e : tensor<10x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %before = arith.subf %a0, %one : f32
      %r = arith.mulf %before, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<10x3xf32>
  %slots_e = tensor.empty() : tensor<10xf32>
  %slots_z = linalg.fill ins(%zero : f32) outs(%slots_e : tensor<10xf32>) -> tensor<10xf32>
  %slots = linalg.reduce { arith.addf } ins(%own : tensor<10x3xf32>) outs(%slots_z : tensor<10xf32>) dimensions = [1]
  %slot = tensor.expand_shape %slots [[0, 1]] output_shape [5, 2] : tensor<10xf32> into tensor<5x2xf32>
  %in_e = tensor.empty() : tensor<5x2x5xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%slot : tensor<5x2xf32>) outs(%in_e : tensor<5x2x5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x5xf32>
  %dispatch_e = tensor.empty() : tensor<5x3x5xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in : tensor<5x2x3xf32>, tensor<5x2x5xf32>) outs(%dispatch_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %combine_e = tensor.empty() : tensor<5x3x5xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in, %w : tensor<5x2x3xf32>, tensor<5x2x5xf32>, tensor<5x2xf32>) outs(%combine_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %out: f32):
      %q = arith.mulf %a0, %a1 : f32
      %p = arith.mulf %q, %a2 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %rows_e = tensor.empty() : tensor<3x5x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%dispatch, %x : tensor<5x3x5xf32>, tensor<5x4xf32>) outs(%rows_z : tensor<3x5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x5x4xf32>
  %h_e = tensor.empty() : tensor<3x5x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x5x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %a_e = tensor.empty() : tensor<3x5x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x5x3xf32>) outs(%a_e : tensor<3x5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x5x3xf32>
  %y_e = tensor.empty() : tensor<3x5x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x5x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %sum_e = tensor.empty() : tensor<5x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<5x3x5xf32>, tensor<3x5x4xf32>) outs(%sum_z : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}

// -----

// An expert that more than four tokens choose drops some.

// CHECK: reason = {{.*}}the experts have fewer slots than there are tokens, so that some may be dropped
// CHECK-LABEL: func.func @too_few
// CHECK-NOT: hadal.moe
func.func @too_few(%x: tensor<5x4xf32>, %logits: tensor<5x3xf32>, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x3xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %hot_e = tensor.empty() : tensor<5x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%hot_e : tensor<5x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x3xf32>
  %pairs = tensor.collapse_shape %hot [[0, 1], [2]] : tensor<5x2x3xf32> into tensor<10x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<10x3xf32>
  %own_e = tensor.empty() : tensor<10x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count, %pairs : tensor<10x3xf32>, tensor<10x3xf32>) outs(%own_e : tensor<10x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %before = arith.subf %a0, %one : f32
      %r = arith.mulf %before, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<10x3xf32>
  %slots_e = tensor.empty() : tensor<10xf32>
  %slots_z = linalg.fill ins(%zero : f32) outs(%slots_e : tensor<10xf32>) -> tensor<10xf32>
  %slots = linalg.reduce { arith.addf } ins(%own : tensor<10x3xf32>) outs(%slots_z : tensor<10xf32>) dimensions = [1]
  %slot = tensor.expand_shape %slots [[0, 1]] output_shape [5, 2] : tensor<10xf32> into tensor<5x2xf32>
  %in_e = tensor.empty() : tensor<5x2x4xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%slot : tensor<5x2xf32>) outs(%in_e : tensor<5x2x4xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x4xf32>
  %dispatch_e = tensor.empty() : tensor<5x3x4xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<5x3x4xf32>) -> tensor<5x3x4xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in : tensor<5x2x3xf32>, tensor<5x2x4xf32>) outs(%dispatch_z : tensor<5x3x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x4xf32>
  %combine_e = tensor.empty() : tensor<5x3x4xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<5x3x4xf32>) -> tensor<5x3x4xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in, %w : tensor<5x2x3xf32>, tensor<5x2x4xf32>, tensor<5x2xf32>) outs(%combine_z : tensor<5x3x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %out: f32):
      %q = arith.mulf %a0, %a1 : f32
      %p = arith.mulf %q, %a2 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x4xf32>
  %rows_e = tensor.empty() : tensor<3x4x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x4x4xf32>) -> tensor<3x4x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%dispatch, %x : tensor<5x3x4xf32>, tensor<5x4xf32>) outs(%rows_z : tensor<3x4x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x4x4xf32>
  %h_e = tensor.empty() : tensor<3x4x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x4x3xf32>) -> tensor<3x4x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x4x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x4x3xf32>) -> tensor<3x4x3xf32>
  %a_e = tensor.empty() : tensor<3x4x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x4x3xf32>) outs(%a_e : tensor<3x4x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x4x3xf32>
  %y_e = tensor.empty() : tensor<3x4x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x4x4xf32>) -> tensor<3x4x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x4x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x4x4xf32>) -> tensor<3x4x4xf32>
  %sum_e = tensor.empty() : tensor<5x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<5x3x4xf32>, tensor<3x4x4xf32>) outs(%sum_z : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}

// -----

// The slot is −1 where the expert is another one.

// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x3xf32>, %[[UP:[a-z0-9]+]]: tensor<3x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<3x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @masked(%x: tensor<5x4xf32>, %logits: tensor<5x3xf32>, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x3xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %hot_e = tensor.empty() : tensor<5x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%hot_e : tensor<5x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x3xf32>
  %pairs = tensor.collapse_shape %hot [[0, 1], [2]] : tensor<5x2x3xf32> into tensor<10x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<10x3xf32>
  %before_e = tensor.empty() : tensor<10x3xf32>
  %before = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count : tensor<10x3xf32>) outs(%before_e : tensor<10x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.subf %a0, %one : f32
      linalg.yield %r : f32
  } -> tensor<10x3xf32>
  %place = tensor.expand_shape %before [[0, 1], [2]] output_shape [5, 2, 3] : tensor<10x3xf32> into tensor<5x2x3xf32>
  %none = arith.constant -1.0 : f32
  %own_e = tensor.empty() : tensor<5x2x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%hot, %place : tensor<5x2x3xf32>, tensor<5x2x3xf32>) outs(%own_e : tensor<5x2x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %is = arith.cmpf ogt, %a0, %zero : f32
      %r = arith.select %is, %a1, %none : f32
      linalg.yield %r : f32
  } -> tensor<5x2x3xf32>
  %in_e = tensor.empty() : tensor<5x2x3x5xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%own : tensor<5x2x3xf32>) outs(%in_e : tensor<5x2x3x5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 3 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x3x5xf32>
  %dispatch_e = tensor.empty() : tensor<5x3x5xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%in : tensor<5x2x3x5xf32>) outs(%dispatch_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.addf %out, %a0 : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %combine_e = tensor.empty() : tensor<5x3x5xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%in, %w : tensor<5x2x3x5xf32>, tensor<5x2xf32>) outs(%combine_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %rows_e = tensor.empty() : tensor<3x5x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%dispatch, %x : tensor<5x3x5xf32>, tensor<5x4xf32>) outs(%rows_z : tensor<3x5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x5x4xf32>
  %h_e = tensor.empty() : tensor<3x5x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x5x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %a_e = tensor.empty() : tensor<3x5x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x5x3xf32>) outs(%a_e : tensor<3x5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x5x3xf32>
  %y_e = tensor.empty() : tensor<3x5x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x5x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %sum_e = tensor.empty() : tensor<5x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<5x3x5xf32>, tensor<3x5x4xf32>) outs(%sum_z : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}

// -----

// Slots hold weighted tokens.

// CHECK: reason = {{.*}}the experts are not given the tokens that their slots are of
// CHECK-LABEL: func.func @weighted_before
// CHECK-NOT: hadal.moe
func.func @weighted_before(%x: tensor<5x4xf32>, %logits: tensor<5x3xf32>, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x3xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %hot_e = tensor.empty() : tensor<5x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%hot_e : tensor<5x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x3xf32>
  %pairs = tensor.collapse_shape %hot [[0, 1], [2]] : tensor<5x2x3xf32> into tensor<10x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<10x3xf32>
  %own_e = tensor.empty() : tensor<10x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count, %pairs : tensor<10x3xf32>, tensor<10x3xf32>) outs(%own_e : tensor<10x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %before = arith.subf %a0, %one : f32
      %r = arith.mulf %before, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<10x3xf32>
  %slots_e = tensor.empty() : tensor<10xf32>
  %slots_z = linalg.fill ins(%zero : f32) outs(%slots_e : tensor<10xf32>) -> tensor<10xf32>
  %slots = linalg.reduce { arith.addf } ins(%own : tensor<10x3xf32>) outs(%slots_z : tensor<10xf32>) dimensions = [1]
  %slot = tensor.expand_shape %slots [[0, 1]] output_shape [5, 2] : tensor<10xf32> into tensor<5x2xf32>
  %in_e = tensor.empty() : tensor<5x2x5xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%slot : tensor<5x2xf32>) outs(%in_e : tensor<5x2x5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<5x2x5xf32>
  %dispatch_e = tensor.empty() : tensor<5x3x5xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in : tensor<5x2x3xf32>, tensor<5x2x5xf32>) outs(%dispatch_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %combine_e = tensor.empty() : tensor<5x3x5xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<5x3x5xf32>) -> tensor<5x3x5xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in, %w : tensor<5x2x3xf32>, tensor<5x2x5xf32>, tensor<5x2xf32>) outs(%combine_z : tensor<5x3x5xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %out: f32):
      %q = arith.mulf %a0, %a1 : f32
      %p = arith.mulf %q, %a2 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x3x5xf32>
  %rows_e = tensor.empty() : tensor<3x5x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%combine, %x : tensor<5x3x5xf32>, tensor<5x4xf32>) outs(%rows_z : tensor<3x5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x5x4xf32>
  %h_e = tensor.empty() : tensor<3x5x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x5x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x5x3xf32>) -> tensor<3x5x3xf32>
  %a_e = tensor.empty() : tensor<3x5x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x5x3xf32>) outs(%a_e : tensor<3x5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x5x3xf32>
  %y_e = tensor.empty() : tensor<3x5x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x5x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  %sum_e = tensor.empty() : tensor<5x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<5x3x5xf32>, tensor<3x5x4xf32>) outs(%sum_z : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}

// -----

// As many slots as tokens, however many these are.

// CHECK-LABEL: func.func @token_major
// CHECK: hadal.moe %{{.*}} relu none
func.func @token_major(%x: tensor<?x4xf32> {hadal.dims = ["t", ""]}, %logits: tensor<?x3xf32> {hadal.dims = ["t", ""]}, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<?x4xf32> {
  %zero = arith.constant 0.0 : f32
  %dim = arith.constant 0 : index
  %t = tensor.dim %x, %dim : tensor<?x4xf32>
  %pairCount = affine.apply affine_map<()[t] -> (t * 2)>()[%t]
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<?x3xf32>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %hot_e = tensor.empty(%t) : tensor<?x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<?x2xi64>) outs(%hot_e : tensor<?x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<?x2x3xf32>
  %pairs = tensor.collapse_shape %hot [[0, 1], [2]] : tensor<?x2x3xf32> into tensor<?x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<?x3xf32>
  %own_e = tensor.empty(%pairCount) : tensor<?x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count, %pairs : tensor<?x3xf32>, tensor<?x3xf32>) outs(%own_e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %before = arith.subf %a0, %one : f32
      %r = arith.mulf %before, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %slots_e = tensor.empty(%pairCount) : tensor<?xf32>
  %slots_z = linalg.fill ins(%zero : f32) outs(%slots_e : tensor<?xf32>) -> tensor<?xf32>
  %slots = linalg.reduce { arith.addf } ins(%own : tensor<?x3xf32>) outs(%slots_z : tensor<?xf32>) dimensions = [1]
  %slot = tensor.expand_shape %slots [[0, 1]] output_shape [%t, 2] : tensor<?xf32> into tensor<?x2xf32>
  %in_e = tensor.empty(%t, %t) : tensor<?x2x?xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%slot : tensor<?x2xf32>) outs(%in_e : tensor<?x2x?xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<?x2x?xf32>
  %dispatch_e = tensor.empty(%t, %t) : tensor<?x3x?xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in : tensor<?x2x3xf32>, tensor<?x2x?xf32>) outs(%dispatch_z : tensor<?x3x?xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x3x?xf32>
  %combine_e = tensor.empty(%t, %t) : tensor<?x3x?xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in, %w : tensor<?x2x3xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>) outs(%combine_z : tensor<?x3x?xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %out: f32):
      %q = arith.mulf %a0, %a1 : f32
      %p = arith.mulf %q, %a2 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x3x?xf32>
  %rows_e = tensor.empty(%t) : tensor<3x?x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%dispatch, %x : tensor<?x3x?xf32>, tensor<?x4xf32>) outs(%rows_z : tensor<3x?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x?x4xf32>
  %h_e = tensor.empty(%t) : tensor<3x?x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x?x3xf32>) -> tensor<3x?x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x?x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x?x3xf32>) -> tensor<3x?x3xf32>
  %a_e = tensor.empty(%t) : tensor<3x?x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x?x3xf32>) outs(%a_e : tensor<3x?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x?x3xf32>
  %y_e = tensor.empty(%t) : tensor<3x?x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x?x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %sum_e = tensor.empty(%t) : tensor<?x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<?x3x?xf32>, tensor<3x?x4xf32>) outs(%sum_z : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  return %sum : tensor<?x4xf32>
}

// -----

// All first choices take their slots before all second ones.

// CHECK-LABEL: func.func @choice_major
// CHECK: hadal.moe %{{.*}} relu none
func.func @choice_major(%x: tensor<?x4xf32> {hadal.dims = ["t", ""]}, %logits: tensor<?x3xf32> {hadal.dims = ["t", ""]}, %up: tensor<3x4x3xf32>, %down: tensor<3x3x4xf32>)
    -> tensor<?x4xf32> {
  %zero = arith.constant 0.0 : f32
  %dim = arith.constant 0 : index
  %t = tensor.dim %x, %dim : tensor<?x4xf32>
  %pairCount = affine.apply affine_map<()[t] -> (t * 2)>()[%t]
  %one = arith.constant 1.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<?x3xf32>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %hot_e = tensor.empty(%t) : tensor<?x2x3xf32>
  %hot = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%i : tensor<?x2xi64>) outs(%hot_e : tensor<?x2x3xf32>) {
    ^bb0(%a0: i64, %out: f32):
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %a0, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<?x2x3xf32>
  %turned_e = tensor.empty(%t) : tensor<2x?x3xf32>
  %turned = linalg.transpose ins(%hot : tensor<?x2x3xf32>) outs(%turned_e : tensor<2x?x3xf32>) permutation = [1, 0, 2]
  %pairs = tensor.collapse_shape %turned [[0, 1], [2]] : tensor<2x?x3xf32> into tensor<?x3xf32>
  %count = hadal.cumsum %pairs axis 0 : tensor<?x3xf32>
  %own_e = tensor.empty(%pairCount) : tensor<?x3xf32>
  %own = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%count, %pairs : tensor<?x3xf32>, tensor<?x3xf32>) outs(%own_e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %before = arith.subf %a0, %one : f32
      %r = arith.mulf %before, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %slots_e = tensor.empty(%pairCount) : tensor<?xf32>
  %slots_z = linalg.fill ins(%zero : f32) outs(%slots_e : tensor<?xf32>) -> tensor<?xf32>
  %slots = linalg.reduce { arith.addf } ins(%own : tensor<?x3xf32>) outs(%slots_z : tensor<?xf32>) dimensions = [1]
  %slot = tensor.expand_shape %slots [[0, 1]] output_shape [2, %t] : tensor<?xf32> into tensor<2x?xf32>
  %in_e = tensor.empty(%t, %t) : tensor<?x2x?xf32>
  %in = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%slot : tensor<2x?xf32>) outs(%in_e : tensor<?x2x?xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %s = arith.fptosi %a0 : f32 to i64
      %at = linalg.index 2 : index
      %n = arith.index_cast %at : index to i64
      %is = arith.cmpi eq, %s, %n : i64
      %r = arith.uitofp %is : i1 to f32
      linalg.yield %r : f32
  } -> tensor<?x2x?xf32>
  %dispatch_e = tensor.empty(%t, %t) : tensor<?x3x?xf32>
  %dispatch_z = linalg.fill ins(%zero : f32) outs(%dispatch_e : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
  %dispatch = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in : tensor<?x2x3xf32>, tensor<?x2x?xf32>) outs(%dispatch_z : tensor<?x3x?xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x3x?xf32>
  %combine_e = tensor.empty(%t, %t) : tensor<?x3x?xf32>
  %combine_z = linalg.fill ins(%zero : f32) outs(%combine_e : tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
  %combine = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%hot, %in, %w : tensor<?x2x3xf32>, tensor<?x2x?xf32>, tensor<?x2xf32>) outs(%combine_z : tensor<?x3x?xf32>) {
    ^bb0(%a0: f32, %a1: f32, %a2: f32, %out: f32):
      %q = arith.mulf %a0, %a1 : f32
      %p = arith.mulf %q, %a2 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x3x?xf32>
  %rows_e = tensor.empty(%t) : tensor<3x?x4xf32>
  %rows_z = linalg.fill ins(%zero : f32) outs(%rows_e : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%dispatch, %x : tensor<?x3x?xf32>, tensor<?x4xf32>) outs(%rows_z : tensor<3x?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<3x?x4xf32>
  %h_e = tensor.empty(%t) : tensor<3x?x3xf32>
  %h_z = linalg.fill ins(%zero : f32) outs(%h_e : tensor<3x?x3xf32>) -> tensor<3x?x3xf32>
  %h = linalg.batch_matmul ins(%rows, %up : tensor<3x?x4xf32>, tensor<3x4x3xf32>) outs(%h_z : tensor<3x?x3xf32>) -> tensor<3x?x3xf32>
  %a_e = tensor.empty(%t) : tensor<3x?x3xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%h : tensor<3x?x3xf32>) outs(%a_e : tensor<3x?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<3x?x3xf32>
  %y_e = tensor.empty(%t) : tensor<3x?x4xf32>
  %y_z = linalg.fill ins(%zero : f32) outs(%y_e : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %y = linalg.batch_matmul ins(%a, %down : tensor<3x?x3xf32>, tensor<3x3x4xf32>) outs(%y_z : tensor<3x?x4xf32>) -> tensor<3x?x4xf32>
  %sum_e = tensor.empty(%t) : tensor<?x4xf32>
  %sum_z = linalg.fill ins(%zero : f32) outs(%sum_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%combine, %y : tensor<?x3x?xf32>, tensor<3x?x4xf32>) outs(%sum_z : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %p = arith.mulf %a0, %a1 : f32
      %r = arith.addf %out, %p : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  return %sum : tensor<?x4xf32>
}
