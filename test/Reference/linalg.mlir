// RUN: hadal-run --target=reference %s

func.func @elementwise_broadcast() {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %row = arith.constant dense<[[10.0, 20.0]]> : tensor<1x2xf32>
  %column = arith.constant dense<[100.0, 200.0]> : tensor<2xf32>
  %scalar = arith.constant dense<1000.0> : tensor<f32>
  %e = tensor.empty() : tensor<2x2xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0)>,
                       affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %row, %column, %scalar : tensor<2x2xf32>, tensor<1x2xf32>, tensor<2xf32>, tensor<f32>)
      outs(%e : tensor<2x2xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %out: f32):
    %ab = arith.addf %a, %b : f32
    %cd = arith.addf %c, %d : f32
    %s = arith.addf %ab, %cd : f32
    linalg.yield %s : f32
  } -> tensor<2x2xf32>
  %er = arith.constant dense<[[1111.0, 1122.0], [1213.0, 1224.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %er : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// linalg.index, a captured scalar, integers.
func.func @range() {
  %start = arith.constant 5 : i64
  %e = tensor.empty() : tensor<2x3xi64>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      outs(%e : tensor<2x3xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %c10 = arith.constant 10 : index
    %t = arith.muli %i, %c10 : index
    %s = arith.addi %t, %j : index
    %c = arith.index_cast %s : index to i64
    %v = arith.addi %c, %start : i64
    linalg.yield %v : i64
  } -> tensor<2x3xi64>
  %er = arith.constant dense<[[5, 6, 7], [15, 16, 17]]> : tensor<2x3xi64>
  check.expect_eq %r, %er : tensor<2x3xi64>, tensor<2x3xi64>
  return
}

func.func @matmul() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]> : tensor<3x2xf32>
  %c = arith.constant dense<100.0> : tensor<2x2xf32>
  %r = linalg.matmul ins(%a, %b : tensor<2x3xf32>, tensor<3x2xf32>) outs(%c : tensor<2x2xf32>) -> tensor<2x2xf32>
  %er = arith.constant dense<[[107.0, 108.0], [116.0, 117.0]]> : tensor<2x2xf32>
  check.expect_eq %r, %er : tensor<2x2xf32>, tensor<2x2xf32>
  // The init itself is a value: it keeps what it was.
  %same = arith.constant dense<100.0> : tensor<2x2xf32>
  check.expect_eq %c, %same : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// The batch of the second operand broadcasts; its rows are columns.
func.func @contraction() {
  %a = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : tensor<2x1x2xf32>
  %b = arith.constant dense<[[[1.0, 1.0], [1.0, -1.0]]]> : tensor<1x2x2xf32>
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x1x2xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<2x1x2xf32>) -> tensor<2x1x2xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (0, n, k)>,
                       affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<2x1x2xf32>, tensor<1x2x2xf32>) outs(%f : tensor<2x1x2xf32>) {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %m = arith.mulf %x, %y : f32
    %s = arith.addf %m, %acc : f32
    linalg.yield %s : f32
  } -> tensor<2x1x2xf32>
  %er = arith.constant dense<[[[3.0, -1.0]], [[7.0, -1.0]]]> : tensor<2x1x2xf32>
  check.expect_eq %r, %er : tensor<2x1x2xf32>, tensor<2x1x2xf32>
  return
}

func.func @reduce() {
  %x = arith.constant dense<[[1.0, 5.0, 2.0], [7.0, 3.0, 4.0]]> : tensor<2x3xf32>
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %s = linalg.reduce ins(%x : tensor<2x3xf32>) outs(%f : tensor<2xf32>) dimensions = [1]
      (%a: f32, %acc: f32) {
        %0 = arith.addf %a, %acc : f32
        linalg.yield %0 : f32
      }
  %es = arith.constant dense<[8.0, 14.0]> : tensor<2xf32>
  check.expect_eq %s, %es : tensor<2xf32>, tensor<2xf32>
  %e0 = tensor.empty() : tensor<3xf32>
  %f0 = linalg.fill ins(%z : f32) outs(%e0 : tensor<3xf32>) -> tensor<3xf32>
  %m = linalg.reduce { arith.maximumf } ins(%x : tensor<2x3xf32>) outs(%f0 : tensor<3xf32>) dimensions = [0]
  %em = arith.constant dense<[7.0, 5.0, 4.0]> : tensor<3xf32>
  check.expect_eq %m, %em : tensor<3xf32>, tensor<3xf32>
  %e1 = tensor.empty() : tensor<f32>
  %f1 = linalg.fill ins(%z : f32) outs(%e1 : tensor<f32>) -> tensor<f32>
  %all = linalg.reduce { arith.addf } ins(%x : tensor<2x3xf32>) outs(%f1 : tensor<f32>) dimensions = [0, 1]
  %eall = arith.constant dense<22.0> : tensor<f32>
  check.expect_eq %all, %eall : tensor<f32>, tensor<f32>
  return
}

func.func @named() {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<2x2xf32>
  %t = linalg.transpose ins(%x : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) permutation = [1, 0]
  %et = arith.constant dense<[[1.0, 3.0], [2.0, 4.0]]> : tensor<2x2xf32>
  check.expect_eq %t, %et : tensor<2x2xf32>, tensor<2x2xf32>
  %v = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = linalg.broadcast ins(%v : tensor<2xf32>) outs(%e : tensor<2x2xf32>) dimensions = [1]
  %eb = arith.constant dense<[[1.0, 1.0], [2.0, 2.0]]> : tensor<2x2xf32>
  check.expect_eq %b, %eb : tensor<2x2xf32>, tensor<2x2xf32>
  %m = linalg.map { arith.addf } ins(%x, %t : tensor<2x2xf32>, tensor<2x2xf32>) outs(%e : tensor<2x2xf32>)
  %em = arith.constant dense<[[2.0, 5.0], [5.0, 8.0]]> : tensor<2x2xf32>
  check.expect_eq %m, %em : tensor<2x2xf32>, tensor<2x2xf32>
  // exp of 0 and ln 3; a row of −inf gives NaN, as ONNX has it.
  %l = arith.constant dense<[[0.0, 1.0986122887], [0xFF800000, 0xFF800000]]> : tensor<2x2xf32>
  %s = linalg.softmax dimension(1) ins(%l : tensor<2x2xf32>) outs(%e : tensor<2x2xf32>) -> tensor<2x2xf32>
  %es = arith.constant dense<[[0.25, 0.75], [0x7FC00000, 0x7FC00000]]> : tensor<2x2xf32>
  check.expect_close %s, %es tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// Two results that swap the old values; a body with control flow and tensor.extract; a map with a sum.
func.func @bodies() {
  %x = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = arith.constant dense<[4.0, 5.0, 6.0]> : tensor<3xf32>
  %r:2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      outs(%x, %y : tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %b, %a : f32, f32
  } -> (tensor<3xf32>, tensor<3xf32>)
  check.expect_eq %r#0, %y : tensor<3xf32>, tensor<3xf32>
  check.expect_eq %r#1, %x : tensor<3xf32>, tensor<3xf32>
  %e = tensor.empty() : tensor<3xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<3xf32>) outs(%e : tensor<3xf32>) {
  ^bb0(%a: f32, %out: f32):
    %i = linalg.index 0 : index
    %c2 = arith.constant 2 : index
    %back = arith.subi %c2, %i : index
    %other = tensor.extract %y[%back] : tensor<3xf32>
    %last = arith.cmpi eq, %i, %c2 : index
    %v = scf.if %last -> f32 {
      scf.yield %a : f32
    } else {
      scf.yield %other : f32
    }
    linalg.yield %v : f32
  } -> tensor<3xf32>
  %es = arith.constant dense<[6.0, 5.0, 3.0]> : tensor<3xf32>
  check.expect_eq %s, %es : tensor<3xf32>, tensor<3xf32>
  %z = arith.constant dense<0.0> : tensor<2xf32>
  %w = arith.constant dense<1.0> : tensor<2xf32>
  %c = linalg.generic {
      indexing_maps = [affine_map<(d0, d1) -> (d0 + d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>],
      iterator_types = ["parallel", "reduction"]} ins(%x, %w : tensor<3xf32>, tensor<2xf32>) outs(%z : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.addf %acc, %p : f32
    linalg.yield %q : f32
  } -> tensor<2xf32>
  %ec = arith.constant dense<[3.0, 5.0]> : tensor<2xf32>
  check.expect_eq %c, %ec : tensor<2xf32>, tensor<2xf32>
  // A map that is not linear: element d0 floordiv 2.
  %h = linalg.generic {
      indexing_maps = [affine_map<(d0) -> (d0 floordiv 2)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf32>) outs(%e : tensor<3xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<3xf32>
  %eh = arith.constant dense<1.0> : tensor<3xf32>
  check.expect_eq %h, %eh : tensor<3xf32>, tensor<3xf32>
  return
}

// Longer than one stretch of the interpreter's loop.
func.func @long() {
  %one = arith.constant 1.0 : f32
  %x = tensor.splat %one : tensor<2x1000xf32>
  %z = arith.constant dense<0.0> : tensor<2xf32>
  %s = linalg.reduce { arith.addf } ins(%x : tensor<2x1000xf32>) outs(%z : tensor<2xf32>) dimensions = [1]
  %es = arith.constant dense<1000.0> : tensor<2xf32>
  check.expect_eq %s, %es : tensor<2xf32>, tensor<2xf32>
  %e = tensor.empty() : tensor<1000xi64>
  %i = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<1000xi64>) {
  ^bb0(%out: i64):
    %n = linalg.index 0 : index
    %c = arith.index_cast %n : index to i64
    linalg.yield %c : i64
  } -> tensor<1000xi64>
  %c999 = arith.constant 999 : index
  %last = tensor.extract %i[%c999] : tensor<1000xi64>
  %elast = arith.constant 999 : i64
  check.expect_eq %last, %elast : i64, i64
  return
}

// No rows, and a sum over nothing.
func.func @empty() {
  %a = arith.constant dense<> : tensor<0x3xf32>
  %b = arith.constant dense<1.0> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<0x2xf32>
  %r = linalg.matmul ins(%a, %b : tensor<0x3xf32>, tensor<3x2xf32>) outs(%e : tensor<0x2xf32>) -> tensor<0x2xf32>
  %er = arith.constant dense<> : tensor<0x2xf32>
  check.expect_eq %r, %er : tensor<0x2xf32>, tensor<0x2xf32>
  %c = arith.constant dense<> : tensor<2x0xf32>
  %d = arith.constant dense<> : tensor<0x2xf32>
  %z = arith.constant dense<7.0> : tensor<2x2xf32>
  %s = linalg.matmul ins(%c, %d : tensor<2x0xf32>, tensor<0x2xf32>) outs(%z : tensor<2x2xf32>) -> tensor<2x2xf32>
  check.expect_eq %s, %z : tensor<2x2xf32>, tensor<2x2xf32>
  return
}
