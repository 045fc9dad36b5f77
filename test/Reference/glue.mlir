// RUN: hadal-run --target=reference %s

// Negative indices count from the end; one beyond reads as 0.
func.func @gather() {
  %x = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi64>
  %i = arith.constant dense<[[0, -1], [3, -4]]> : tensor<2x2xi64>
  %r = hadal.gather %x, %i axis 0 : (tensor<3x2xi64>, tensor<2x2xi64>) -> tensor<2x2x2xi64>
  %er = arith.constant dense<[[[1, 2], [5, 6]], [[0, 0], [0, 0]]]> : tensor<2x2x2xi64>
  check.expect_eq %r, %er : tensor<2x2x2xi64>, tensor<2x2x2xi64>
  %one = arith.constant dense<1> : tensor<i32>
  %c = hadal.gather %x, %one axis 1 : (tensor<3x2xi64>, tensor<i32>) -> tensor<3xi64>
  %ec = arith.constant dense<[2, 4, 6]> : tensor<3xi64>
  check.expect_eq %c, %ec : tensor<3xi64>, tensor<3xi64>
  return
}

func.func @gather_nd() {
  %x = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %rows = arith.constant dense<[[1], [-2], [2]]> : tensor<3x1xi64>
  %r = hadal.gather_nd %x, %rows batch_dims 0 : (tensor<2x2x2xf32>, tensor<3x1xi64>) -> tensor<3x2x2xf32>
  %er = arith.constant dense<[[[5.0, 6.0], [7.0, 8.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]> : tensor<3x2x2xf32>
  check.expect_eq %r, %er : tensor<3x2x2xf32>, tensor<3x2x2xf32>
  %pairs = arith.constant dense<[[0, 1], [1, 0]]> : tensor<2x2xi64>
  %p = hadal.gather_nd %x, %pairs batch_dims 0 : (tensor<2x2x2xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  %ep = arith.constant dense<[[3.0, 4.0], [5.0, 6.0]]> : tensor<2x2xf32>
  check.expect_eq %p, %ep : tensor<2x2xf32>, tensor<2x2xf32>
  %one = arith.constant dense<[[1], [0]]> : tensor<2x1xi64>
  %b = hadal.gather_nd %x, %one batch_dims 1 : (tensor<2x2x2xf32>, tensor<2x1xi64>) -> tensor<2x2xf32>
  %eb = arith.constant dense<[[3.0, 4.0], [5.0, 6.0]]> : tensor<2x2xf32>
  check.expect_eq %b, %eb : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

func.func @gather_elements() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %i = arith.constant dense<[[2, 0], [-2, 7]]> : tensor<2x2xi32>
  %r = hadal.gather_elements %x, %i axis 1 : (tensor<2x3xf32>, tensor<2x2xi32>) -> tensor<2x2xf32>
  %er = arith.constant dense<[[3.0, 1.0], [5.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %er : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// In order: of two updates of one place the later stays, or both count.
func.func @scatter_elements() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %i = arith.constant dense<[[0, 0, 5]]> : tensor<1x3xi64>
  %u = arith.constant dense<[[10.0, 20.0, 30.0]]> : tensor<1x3xf32>
  %n = hadal.scatter_elements %x, %i, %u axis 1 reduction none : (tensor<1x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %en = arith.constant dense<[[20.0, 2.0, 3.0]]> : tensor<1x3xf32>
  check.expect_eq %n, %en : tensor<1x3xf32>, tensor<1x3xf32>
  %a = hadal.scatter_elements %x, %i, %u axis 1 reduction add : (tensor<1x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %ea = arith.constant dense<[[31.0, 2.0, 3.0]]> : tensor<1x3xf32>
  check.expect_eq %a, %ea : tensor<1x3xf32>, tensor<1x3xf32>
  %m = hadal.scatter_elements %x, %i, %u axis 1 reduction mul : (tensor<1x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %em = arith.constant dense<[[200.0, 2.0, 3.0]]> : tensor<1x3xf32>
  check.expect_eq %m, %em : tensor<1x3xf32>, tensor<1x3xf32>
  %h = hadal.scatter_elements %x, %i, %u axis 1 reduction max : (tensor<1x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<1x3xf32>
  %eh = arith.constant dense<[[20.0, 2.0, 3.0]]> : tensor<1x3xf32>
  check.expect_eq %h, %eh : tensor<1x3xf32>, tensor<1x3xf32>
  %l = hadal.scatter_elements %x, %i, %u axis 1 reduction min : (tensor<1x3xf32>, tensor<1x3xi64>, tensor<1x3xf32>) -> tensor<1x3xf32>
  check.expect_eq %l, %x : tensor<1x3xf32>, tensor<1x3xf32>
  return
}

func.func @scatter_nd() {
  %x = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>
  %i = arith.constant dense<[[-1], [0], [9]]> : tensor<3x1xi64>
  %u = arith.constant dense<[[10, 20], [30, 40], [50, 60]]> : tensor<3x2xi32>
  %n = hadal.scatter_nd %x, %i, %u reduction none : (tensor<3x2xi32>, tensor<3x1xi64>, tensor<3x2xi32>) -> tensor<3x2xi32>
  %en = arith.constant dense<[[30, 40], [3, 4], [10, 20]]> : tensor<3x2xi32>
  check.expect_eq %n, %en : tensor<3x2xi32>, tensor<3x2xi32>
  %a = hadal.scatter_nd %x, %i, %u reduction add : (tensor<3x2xi32>, tensor<3x1xi64>, tensor<3x2xi32>) -> tensor<3x2xi32>
  %ea = arith.constant dense<[[31, 42], [3, 4], [15, 26]]> : tensor<3x2xi32>
  check.expect_eq %a, %ea : tensor<3x2xi32>, tensor<3x2xi32>
  return
}

// Narrow numbers, of which two meet.
func.func @scatter_nd_narrow() {
  %x = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xbf16>
  %i = arith.constant dense<[[2], [0], [2]]> : tensor<3x1xi64>
  %u = arith.constant dense<[0.5, 4.0, 1.5]> : tensor<3xbf16>
  %a = hadal.scatter_nd %x, %i, %u reduction add : (tensor<3xbf16>, tensor<3x1xi64>, tensor<3xbf16>) -> tensor<3xbf16>
  %ea = arith.constant dense<[5.0, 2.0, 5.0]> : tensor<3xbf16>
  check.expect_eq %a, %ea : tensor<3xbf16>, tensor<3xbf16>
  %y = arith.constant dense<[100, 2, 3]> : tensor<3xi8>
  %v = arith.constant dense<[1, 100, 5]> : tensor<3xi8>
  %b = hadal.scatter_nd %y, %i, %v reduction add : (tensor<3xi8>, tensor<3x1xi64>, tensor<3xi8>) -> tensor<3xi8>
  %eb = arith.constant dense<[-56, 2, 9]> : tensor<3xi8>
  check.expect_eq %b, %eb : tensor<3xi8>, tensor<3xi8>
  return
}

// In row-major order; NaN is not zero, −0 is.
func.func @nonzero() {
  %x = arith.constant dense<[[0.0, 2.0, -0.0], [0x7FC00000, 0.0, -1.0]]> : tensor<2x3xf32>
  %n = arith.constant 3 : index
  %i = hadal.nonzero %x, %n : (tensor<2x3xf32>, index) -> tensor<2x3xi64>
  %ei = arith.constant dense<[[0, 1, 1], [1, 0, 2]]> : tensor<2x3xi64>
  check.expect_eq %i, %ei : tensor<2x3xi64>, tensor<2x3xi64>
  %b = arith.constant dense<[true, false, true]> : tensor<3xi1>
  %m = arith.constant 2 : index
  %j = hadal.nonzero %b, %m : (tensor<3xi1>, index) -> tensor<1x2xi32>
  %ej = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  check.expect_eq %j, %ej : tensor<1x2xi32>, tensor<1x2xi32>
  %z = arith.constant dense<0> : tensor<4xi8>
  %o = arith.constant 0 : index
  %none = hadal.nonzero %z, %o : (tensor<4xi8>, index) -> tensor<1x0xi64>
  %en = arith.constant dense<0> : tensor<1x0xi64>
  check.expect_eq %none, %en : tensor<1x0xi64>, tensor<1x0xi64>
  return
}

// Scalars as a matrix.
func.func @elements() {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<2x3xi64>
  %a = arith.index_cast %n : index to i64
  %b = arith.muli %a, %a : i64
  %m = tensor.from_elements %a, %b, %a, %b, %b, %a : tensor<2x3xi64>
  %e = tensor.empty() : tensor<2x3xi64>
  %s = linalg.add ins(%x, %m : tensor<2x3xi64>, tensor<2x3xi64>) outs(%e : tensor<2x3xi64>) -> tensor<2x3xi64>
  %expected = arith.constant dense<[[3, 6, 5], [8, 9, 8]]> : tensor<2x3xi64>
  check.expect_eq %s, %expected : tensor<2x3xi64>, tensor<2x3xi64>
  return
}

// A product of a matrix with a dimension of size 1 put between.
func.func @product_along_an_added_dimension() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %w = arith.constant dense<[[[1.0, 0.0, 1.0]], [[2.0, 1.0, 0.0]]]> : tensor<2x1x3xf32>
  %zero = arith.constant 0.0 : f32
  %e2 = tensor.empty() : tensor<2x3xf32>
  %twice = linalg.add ins(%x, %x : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e2 : tensor<2x3xf32>) -> tensor<2x3xf32>
  %wide = tensor.expand_shape %twice [[0], [1, 2]] output_shape [2, 1, 3] : tensor<2x3xf32> into tensor<2x1x3xf32>
  %e = tensor.empty() : tensor<2x1x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x1x1xf32>) -> tensor<2x1x1xf32>
  %dot = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>,
      affine_map<(b, m, n, k) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%wide, %w : tensor<2x1x3xf32>, tensor<2x1x3xf32>)
      outs(%init : tensor<2x1x1xf32>) {
    ^bb0(%a: f32, %b: f32, %acc: f32):
      %p = arith.mulf %a, %b : f32
      %s = arith.addf %acc, %p : f32
      linalg.yield %s : f32
  } -> tensor<2x1x1xf32>
  %expected = arith.constant dense<[[[8.0]], [[26.0]]]> : tensor<2x1x1xf32>
  check.expect_eq %dot, %expected : tensor<2x1x1xf32>, tensor<2x1x1xf32>
  return
}

// By value, then lowest index; −0 equals +0; NaN ranks lowest among the largest and highest among the smallest.
func.func @topk() {
  %x = arith.constant dense<[[-0.0, 0x7FC00000, 0.0, 2.0, 2.0]]> : tensor<1x5xf32>
  %k = arith.constant 5 : index
  %v, %i = hadal.topk %x, %k largest : (tensor<1x5xf32>, index) -> (tensor<1x5xf32>, tensor<1x5xi64>)
  %ev = arith.constant dense<[[2.0, 2.0, -0.0, 0.0, 0x7FC00000]]> : tensor<1x5xf32>
  %ei = arith.constant dense<[[3, 4, 0, 2, 1]]> : tensor<1x5xi64>
  check.expect_eq %v, %ev : tensor<1x5xf32>, tensor<1x5xf32>
  check.expect_eq %i, %ei : tensor<1x5xi64>, tensor<1x5xi64>
  %u, %j = hadal.topk %x, %k : (tensor<1x5xf32>, index) -> (tensor<1x5xf32>, tensor<1x5xi64>)
  %ej = arith.constant dense<[[0, 2, 3, 4, 1]]> : tensor<1x5xi64>
  check.expect_eq %j, %ej : tensor<1x5xi64>, tensor<1x5xi64>
  %n = arith.constant dense<[[3, 9, 9], [1, 2, 3]]> : tensor<2x3xi64>
  %two = arith.constant 2 : index
  %w, %l = hadal.topk %n, %two largest : (tensor<2x3xi64>, index) -> (tensor<2x2xi64>, tensor<2x2xi32>)
  %ew = arith.constant dense<[[9, 9], [3, 2]]> : tensor<2x2xi64>
  %el = arith.constant dense<[[1, 2], [2, 1]]> : tensor<2x2xi32>
  check.expect_eq %w, %ew : tensor<2x2xi64>, tensor<2x2xi64>
  check.expect_eq %l, %el : tensor<2x2xi32>, tensor<2x2xi32>
  return
}

func.func @cumsum() {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %r = hadal.cumsum %x axis 1 : tensor<2x3xi64>
  %er = arith.constant dense<[[1, 3, 6], [4, 9, 15]]> : tensor<2x3xi64>
  check.expect_eq %r, %er : tensor<2x3xi64>, tensor<2x3xi64>
  %e = hadal.cumsum %x axis 1 exclusive : tensor<2x3xi64>
  %ee = arith.constant dense<[[0, 1, 3], [0, 4, 9]]> : tensor<2x3xi64>
  check.expect_eq %e, %ee : tensor<2x3xi64>, tensor<2x3xi64>
  %b = hadal.cumsum %x axis 1 exclusive reverse : tensor<2x3xi64>
  %eb = arith.constant dense<[[5, 3, 0], [11, 6, 0]]> : tensor<2x3xi64>
  check.expect_eq %b, %eb : tensor<2x3xi64>, tensor<2x3xi64>
  %c = hadal.cumsum %x axis 0 : tensor<2x3xi64>
  %ec = arith.constant dense<[[1, 2, 3], [5, 7, 9]]> : tensor<2x3xi64>
  check.expect_eq %c, %ec : tensor<2x3xi64>, tensor<2x3xi64>
  return
}
