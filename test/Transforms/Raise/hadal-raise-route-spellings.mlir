// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// One router in other words: where the choice is made, how scores are spelt, and what only resembles it.

// -----

// GPT-OSS
// CHECK-LABEL: func.func @top_k_then_softmax
// CHECK: hadal.route %{{.*}} score softmax_chosen groups 1 keep 1 by max top 2 scale 1.000000e+00 epsilon
func.func @top_k_then_softmax(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %v, %i = hadal.topk %l, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %we = tensor.empty() : tensor<5x2xf32>
  %w = linalg.softmax dimension(1) ins(%v : tensor<5x2xf32>) outs(%we : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// Llama 4
// CHECK-LABEL: func.func @sigmoid_of_the_chosen
// CHECK: hadal.route %{{.*}} score sigmoid rank logits groups 1 keep 1 by max top 2 scale 1.000000e+00 epsilon
func.func @sigmoid_of_the_chosen(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %v, %i = hadal.topk %l, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %we = tensor.empty() : tensor<5x2xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%v : tensor<5x2xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @softmax_ranked_by_logits
// CHECK: hadal.route %{{.*}} score softmax rank logits groups 1
func.func @softmax_ranked_by_logits(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.softmax dimension(1) ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) -> tensor<5x8xf32>
  %v, %i = hadal.topk %l, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// A sigmoid is half a tanh.
// CHECK-LABEL: func.func @tanh
// CHECK: hadal.route %{{.*}} score sigmoid groups 1 keep 1 by max top 2 scale 1.000000e+00 normalize floor 9.99999971E-10
func.func @tanh(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %h = arith.mulf %a0, %half : f32
      %t = math.tanh %h : f32
      %m = arith.mulf %t, %half : f32
      %r = arith.addf %m, %half : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %g = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%g : tensor<5x2xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %de = tensor.empty() : tensor<5xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%t : tensor<5xf32>) outs(%de : tensor<5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %least = arith.constant 1.0e-9 : f32
      %r = arith.maximumf %a0, %least : f32
      linalg.yield %r : f32
  } -> tensor<5xf32>
  %we = tensor.empty() : tensor<5x2xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %d : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @sum_that_may_be_zero
// CHECK: hadal.route %{{.*}} score sigmoid groups 1 keep 1 by max top 2 scale 1.000000e+00 normalize epsilon 0.0
func.func @sum_that_may_be_zero(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%v : tensor<5x2xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %de = tensor.empty() : tensor<5xf32>
  %d = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%t : tensor<5xf32>) outs(%de : tensor<5xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %c = arith.cmpf oeq, %a0, %zero : f32
      %r = arith.select %c, %one, %a0 : f32
      linalg.yield %r : f32
  } -> tensor<5xf32>
  %g = tensor.cast %v : tensor<5x2xf32> to tensor<5x2xf32>
  %we = tensor.empty() : tensor<5x2xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %d : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @sqrt_softplus
// CHECK: hadal.route %{{.*}} score sqrt_softplus groups 1
func.func @sqrt_softplus(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %m = arith.maximumf %a0, %zero : f32
      %b = math.absf %a0 : f32
      %n = arith.negf %b : f32
      %p = math.exp %n : f32
      %q = math.log1p %p : f32
      %x = arith.addf %m, %q : f32
      %r = math.sqrt %x : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// Scores are positive: those of the other groups, times 0, are below them.
// CHECK-LABEL: func.func @mask_as_a_factor
// CHECK: hadal.route %{{.*}} score sigmoid groups 2 keep 1 by max top 2
func.func @mask_as_a_factor(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %one_group = arith.constant 1 : index
  %x3 = tensor.expand_shape %s [[0], [1, 2]] output_shape [5, 2, 4] : tensor<5x8xf32> into tensor<5x2x4xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %me = tensor.empty() : tensor<5x2xf32>
  %mi = linalg.fill ins(%lowest : f32) outs(%me : tensor<5x2xf32>) -> tensor<5x2xf32>
  %gs = linalg.reduce { arith.maximumf } ins(%x3 : tensor<5x2x4xf32>) outs(%mi : tensor<5x2xf32>) dimensions = [2]
  %gv, %gi = hadal.topk %gs, %one_group largest : (tensor<5x2xf32>, index) -> (tensor<5x1xf32>, tensor<5x1xi64>)
  %zeros = arith.constant dense<0.0> : tensor<5x2xf32>
  %ones = arith.constant dense<1.0> : tensor<5x1xf32>
  %gm = hadal.scatter_elements %zeros, %gi, %ones axis 1 reduction none : (tensor<5x2xf32>, tensor<5x1xi64>, tensor<5x1xf32>) -> tensor<5x2xf32>
  %m3e = tensor.empty() : tensor<5x2x4xf32>
  %m3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%gm : tensor<5x2xf32>) outs(%m3e : tensor<5x2x4xf32>) {
    ^bb0(%a0: f32, %out: f32):
      linalg.yield %a0 : f32
  } -> tensor<5x2x4xf32>
  %m = tensor.collapse_shape %m3 [[0], [1, 2]] : tensor<5x2x4xf32> into tensor<5x8xf32>
  %xe = tensor.empty() : tensor<5x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%s, %m : tensor<5x8xf32>, tensor<5x8xf32>) outs(%xe : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %x, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// A list of one group is compared with.
// CHECK-LABEL: func.func @one_kept_group
// CHECK: hadal.route %{{.*}} score sigmoid groups 2 keep 1 by max top 2
func.func @one_kept_group(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %one_group = arith.constant 1 : index
  %x3 = tensor.expand_shape %s [[0], [1, 2]] output_shape [5, 2, 4] : tensor<5x8xf32> into tensor<5x2x4xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %me = tensor.empty() : tensor<5x2xf32>
  %mi = linalg.fill ins(%lowest : f32) outs(%me : tensor<5x2xf32>) -> tensor<5x2xf32>
  %gs = linalg.reduce { arith.maximumf } ins(%x3 : tensor<5x2x4xf32>) outs(%mi : tensor<5x2xf32>) dimensions = [2]
  %gv, %gi = hadal.topk %gs, %one_group largest : (tensor<5x2xf32>, index) -> (tensor<5x1xf32>, tensor<5x1xi64>)
  %lowest1 = arith.constant 0xFF800000 : f32
  %xe = tensor.empty() : tensor<5x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%s, %gi : tensor<5x8xf32>, tensor<5x1xi64>) outs(%xe : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %a1: i64, %out: f32):
      %e = linalg.index 1 : index
      %four = arith.constant 4 : index
      %eg = arith.divsi %e, %four : index
      %ei = arith.index_cast %eg : index to i64
      %c = arith.cmpi eq, %a1, %ei : i64
      %r = arith.select %c, %a0, %lowest1 : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %x, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @one_kept_group_counted
// CHECK: hadal.route %{{.*}} score sigmoid groups 2 keep 1 by max top 2
func.func @one_kept_group_counted(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %one_group = arith.constant 1 : index
  %x3 = tensor.expand_shape %s [[0], [1, 2]] output_shape [5, 2, 4] : tensor<5x8xf32> into tensor<5x2x4xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %me = tensor.empty() : tensor<5x2xf32>
  %mi = linalg.fill ins(%lowest : f32) outs(%me : tensor<5x2xf32>) -> tensor<5x2xf32>
  %gs = linalg.reduce { arith.maximumf } ins(%x3 : tensor<5x2x4xf32>) outs(%mi : tensor<5x2xf32>) dimensions = [2]
  %gv, %gi = hadal.topk %gs, %one_group largest : (tensor<5x2xf32>, index) -> (tensor<5x1xf32>, tensor<5x1xi64>)
  %lowest1 = arith.constant 0xFF800000 : f32
  %xe = tensor.empty() : tensor<5x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%s, %gi : tensor<5x8xf32>, tensor<5x1xi64>) outs(%xe : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %a1: i64, %out: f32):
      %e = linalg.index 1 : index
      %four = arith.constant 4 : index
      %eg = arith.divsi %e, %four : index
      %ei = arith.index_cast %eg : index to i64
      %c = arith.cmpi eq, %a1, %ei : i64
      %f = arith.uitofp %c : i1 to f32
      %d = arith.cmpf ogt, %f, %zero : f32
      %r = arith.select %d, %a0, %lowest1 : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %x, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @smallest
// CHECK-NOT: hadal.route
func.func @smallest(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %g = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%g : tensor<5x2xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the smallest scores are chosen}}
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %t : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @sum_over_all_experts
// CHECK-NOT: hadal.route
func.func @sum_over_all_experts(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %g = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%s : tensor<5x8xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the weights are divided by something that is not their sum}}
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %t : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @scale_of_the_token
// CHECK-NOT: hadal.route
func.func @scale_of_the_token(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %g = hadal.gather_elements %s, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  %t = tensor.extract_slice %l[0, 0] [5, 1] [1, 1] : tensor<5x8xf32> to tensor<5xf32>
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the weights are multiplied by something that is no constant}}
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %t : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @softmax_of_scores
// CHECK-NOT: hadal.route
func.func @softmax_of_scores(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the weights are a function of scores, not of logits}}
  %w = linalg.softmax dimension(1) ins(%v : tensor<5x2xf32>) outs(%we : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @softmax_over_tokens
// CHECK-NOT: hadal.route
func.func @softmax_over_tokens(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.softmax dimension(0) ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%v : tensor<5x2xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %g = tensor.cast %v : tensor<5x2xf32> to tensor<5x2xf32>
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the scores are neither a sigmoid nor a softmax of logits}}
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %t : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// CHECK-LABEL: func.func @mask_after_the_choice
// CHECK-NOT: hadal.route
func.func @mask_after_the_choice(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %one_group = arith.constant 1 : index
  %x3 = tensor.expand_shape %s [[0], [1, 2]] output_shape [5, 2, 4] : tensor<5x8xf32> into tensor<5x2x4xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %me = tensor.empty() : tensor<5x2xf32>
  %mi = linalg.fill ins(%lowest : f32) outs(%me : tensor<5x2xf32>) -> tensor<5x2xf32>
  %gs = linalg.reduce { arith.maximumf } ins(%x3 : tensor<5x2x4xf32>) outs(%mi : tensor<5x2xf32>) dimensions = [2]
  %gv, %gi = hadal.topk %gs, %one_group largest : (tensor<5x2xf32>, index) -> (tensor<5x1xf32>, tensor<5x1xi64>)
  %zeros = arith.constant dense<0.0> : tensor<5x2xf32>
  %ones = arith.constant dense<1.0> : tensor<5x1xf32>
  %gm = hadal.scatter_elements %zeros, %gi, %ones axis 1 reduction none : (tensor<5x2xf32>, tensor<5x1xi64>, tensor<5x1xf32>) -> tensor<5x2xf32>
  %m3e = tensor.empty() : tensor<5x2x4xf32>
  %m3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%gm : tensor<5x2xf32>) outs(%m3e : tensor<5x2x4xf32>) {
    ^bb0(%a0: f32, %out: f32):
      linalg.yield %a0 : f32
  } -> tensor<5x2x4xf32>
  %m = tensor.collapse_shape %m3 [[0], [1, 2]] : tensor<5x2x4xf32> into tensor<5x8xf32>
  %xe = tensor.empty() : tensor<5x8xf32>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%s, %m : tensor<5x8xf32>, tensor<5x8xf32>) outs(%xe : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %g = hadal.gather_elements %x, %i axis 1 : (tensor<5x8xf32>, tensor<5x2xi64>) -> tensor<5x2xf32>
  %te = tensor.empty() : tensor<5xf32>
  %tz = linalg.fill ins(%zero : f32) outs(%te : tensor<5xf32>) -> tensor<5xf32>
  %t = linalg.reduce { arith.addf } ins(%g : tensor<5x2xf32>) outs(%tz : tensor<5xf32>) dimensions = [1]
  %we = tensor.empty() : tensor<5x2xf32>
  // expected-remark @+1 {{route not raised: the weights are multiplied by something that is no constant}}
  %w = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%g, %t : tensor<5x2xf32>, tensor<5xf32>) outs(%we : tensor<5x2xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.divf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}

// -----

// No weights: a choice of anything.
// CHECK-LABEL: func.func @indices_alone
// CHECK-NOT: hadal.route
func.func @indices_alone(%l: tensor<5x8xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %k = arith.constant 2 : index
  %se = tensor.empty() : tensor<5x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%l : tensor<5x8xf32>) outs(%se : tensor<5x8xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %n = arith.negf %a0 : f32
      %p = math.exp %n : f32
      %q = arith.addf %one, %p : f32
      %r = arith.divf %one, %q : f32
      linalg.yield %r : f32
  } -> tensor<5x8xf32>
  %v, %i = hadal.topk %s, %k largest : (tensor<5x8xf32>, index) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %w = tensor.extract_slice %l[0, 0] [5, 2] [1, 1] : tensor<5x8xf32> to tensor<5x2xf32>
  return %w, %i : tensor<5x2xf32>, tensor<5x2xi64>
}
