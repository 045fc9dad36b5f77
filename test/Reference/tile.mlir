// RUN: hadal-run --target=reference %s

// Four rows by two grid points; the tail of the last is dropped.
tile.program @double(%x: memref<?x3xf32>, %y: memref<?x3xf32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %r = arith.muli %i, %c2 : index
  %t = tile.load %x[%r, %c0] sizes [2, 4] : memref<?x3xf32> -> tensor<2x4xf32>
  %d = arith.addf %t, %t : tensor<2x4xf32>
  tile.store %d, %y[%r, %c0] sizes [2, 4] : tensor<2x4xf32>, memref<?x3xf32>
  tile.return
}
func.func @launch() {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]> : tensor<3x3xf32>
  %e = tensor.empty() : tensor<3x3xf32>
  %y = tile.launch @double grid[%c2, %c1, %c1] ins(%x : tensor<3x3xf32>) outs(%e : tensor<3x3xf32>) -> tensor<3x3xf32>
  %ey = arith.constant dense<[[2.0, 4.0, 6.0], [8.0, 10.0, 12.0], [14.0, 16.0, 18.0]]> : tensor<3x3xf32>
  check.expect_eq %y, %ey : tensor<3x3xf32>, tensor<3x3xf32>
  // A grid with a 0 runs nothing: the result is what the output held.
  %c0 = arith.constant 0 : index
  %n = tile.launch @double grid[%c0, %c1, %c1] ins(%x : tensor<3x3xf32>) outs(%ey : tensor<3x3xf32>) -> tensor<3x3xf32>
  check.expect_eq %n, %ey : tensor<3x3xf32>, tensor<3x3xf32>
  return
}

// Strides, padding, dropped dimensions, a scalar, gathered rows (−1 and rows beyond the end read as padding).
tile.program @loads(%x: memref<?x4xi32>, %y: memref<5x4xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %cm1 = arith.constant -1 : index
  %pad = arith.constant 77 : i32
  %a = tile.load %x[%c1, %c0] sizes [1, 2] strides [1, 2] : memref<?x4xi32> -> tensor<2xi32>
  tile.store %a, %y[%c0, %c0] sizes [1, 2] : tensor<2xi32>, memref<5x4xi32>
  %b = tile.load %x[%cm1, %c2] sizes [2, 4] pad %pad : memref<?x4xi32> -> tensor<2x4xi32>
  tile.store %b, %y[%c1, %c0] sizes [2, 4] : tensor<2x4xi32>, memref<5x4xi32>
  %s = tile.load %x[%c1, %c3] sizes [1, 1] : memref<?x4xi32> -> i32
  %ss = tensor.splat %s : tensor<2xi32>
  tile.store %ss, %y[%c0, %c2] sizes [1, 2] : tensor<2xi32>, memref<5x4xi32>
  %rows = arith.constant dense<[1, -1]> : tensor<2xi32>
  %g = tile.load %x[%c0, %c0] sizes [2, 4] pad %pad gather %rows at 0 : tensor<2xi32> : memref<?x4xi32> -> tensor<2x4xi32>
  tile.store %g, %y[%c3, %c0] sizes [2, 4] : tensor<2x4xi32>, memref<5x4xi32>
  tile.return
}
func.func @loads_of_tiles() {
  %c1 = arith.constant 1 : index
  %x = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xi32>
  %e = tensor.empty() : tensor<5x4xi32>
  %y = tile.launch @loads grid[%c1, %c1, %c1] ins(%x : tensor<2x4xi32>) outs(%e : tensor<5x4xi32>) -> tensor<5x4xi32>
  %ey = arith.constant dense<[[5, 7, 8, 8], [77, 77, 77, 77], [3, 4, 77, 77], [5, 6, 7, 8], [77, 77, 77, 77]]> : tensor<5x4xi32>
  check.expect_eq %y, %ey : tensor<5x4xi32>, tensor<5x4xi32>
  return
}

// Scattered rows: negative ones are dropped. Accumulation adds, over grid points too.
tile.program @stores(%x: memref<2x2xf32>, %y: memref<3x2xf32>, %sum: memref<2xf32>) {
  %c0 = arith.constant 0 : index
  %rows = arith.constant dense<[2, -1]> : tensor<2xi32>
  %t = tile.load %x[%c0, %c0] sizes [2, 2] : memref<2x2xf32> -> tensor<2x2xf32>
  tile.store %t, %y[%c0, %c0] sizes [2, 2] scatter %rows at 0 : tensor<2xi32> : tensor<2x2xf32>, memref<3x2xf32>
  %s = tile.reduce add %t axis 0 : tensor<2x2xf32> -> tensor<2xf32>
  tile.store %s, %sum[%c0] sizes [2] accumulate : tensor<2xf32>, memref<2xf32>
  tile.return
}
func.func @stores_of_tiles() {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = arith.constant dense<0.0> : tensor<3x2xf32>
  %z = arith.constant dense<100.0> : tensor<2xf32>
  %r:2 = tile.launch @stores grid[%c3, %c1, %c1] ins(%x : tensor<2x2xf32>) outs(%y, %z : tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>, tensor<2xf32>
  %e0 = arith.constant dense<[[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]> : tensor<3x2xf32>
  %e1 = arith.constant dense<[112.0, 118.0]> : tensor<2xf32>
  check.expect_eq %r#0, %e0 : tensor<3x2xf32>, tensor<3x2xf32>
  check.expect_eq %r#1, %e1 : tensor<2xf32>, tensor<2xf32>
  return
}

tile.global @weights : tensor<2xf32> = dense<[5.0, 6.0]> : tensor<2xf32>
func.func @globals() {
  %w = tile.get_global @weights : tensor<2xf32>
  %e = arith.constant dense<[5.0, 6.0]> : tensor<2xf32>
  check.expect_eq %w, %e : tensor<2xf32>, tensor<2xf32>
  return
}

// Operations on tiles stand in functions as well as in programs.
func.func @dot() {
  %a = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[1.0, 10.0], [100.0, 1000.0]]> : tensor<2x2xf32>
  %c = arith.constant dense<0.5> : tensor<2x2xf32>
  %d = tile.dot %a, %b, %c precision f32 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
  %ed = arith.constant dense<[[201.5, 2010.5], [403.5, 4030.5]]> : tensor<2x2xf32>
  check.expect_eq %d, %ed : tensor<2x2xf32>, tensor<2x2xf32>
  %t = tile.dot %a, %b, %c transpose_b precision bf16 : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
  %et = arith.constant dense<[[21.5, 2100.5], [43.5, 4300.5]]> : tensor<2x2xf32>
  check.expect_eq %t, %et : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

func.func @reductions() {
  %a = arith.constant dense<[[1.0, 4.0, 2.0], [0x7FC00000, 3.0, 5.0]]> : tensor<2x3xf32>
  %m = tile.reduce max %a axis 1 : tensor<2x3xf32> -> tensor<2xf32>
  %em = arith.constant dense<[4.0, 0x7FC00000]> : tensor<2xf32>
  check.expect_eq %m, %em : tensor<2xf32>, tensor<2xf32>
  %i = arith.constant dense<[[3, -1], [2, 7]]> : tensor<2x2xi32>
  %n = tile.reduce min %i axis 0 : tensor<2x2xi32> -> tensor<2xi32>
  %en = arith.constant dense<[2, -1]> : tensor<2xi32>
  check.expect_eq %n, %en : tensor<2xi32>, tensor<2xi32>
  %v = arith.constant dense<[2, 3, 4]> : tensor<3xi32>
  %p = tile.reduce mul %v axis 0 : tensor<3xi32> -> i32
  %ep = arith.constant 24 : i32
  check.expect_eq %p, %ep : i32, i32
  %s = tile.scan %i axis 0 : tensor<2x2xi32>
  %es = arith.constant dense<[[3, -1], [5, 6]]> : tensor<2x2xi32>
  check.expect_eq %s, %es : tensor<2x2xi32>, tensor<2x2xi32>
  %x = tile.scan %v axis 0 exclusive : tensor<3xi32>
  %ex = arith.constant dense<[0, 2, 5]> : tensor<3xi32>
  check.expect_eq %x, %ex : tensor<3xi32>, tensor<3xi32>
  return
}

func.func @moves() {
  %v = arith.constant dense<[1, 2]> : tensor<2xi32>
  %r = tile.broadcast %v dims [1] : tensor<2xi32> -> tensor<3x2xi32>
  %er = arith.constant dense<[[1, 2], [1, 2], [1, 2]]> : tensor<3x2xi32>
  check.expect_eq %r, %er : tensor<3x2xi32>, tensor<3x2xi32>
  %c = tile.broadcast %v dims [0] : tensor<2xi32> -> tensor<2x3xi32>
  %ec = arith.constant dense<[[1, 1, 1], [2, 2, 2]]> : tensor<2x3xi32>
  check.expect_eq %c, %ec : tensor<2x3xi32>, tensor<2x3xi32>
  %x = arith.constant dense<[[[1, 2, 3], [4, 5, 6]]]> : tensor<1x2x3xi32>
  %t = tile.transpose %x perm [2, 0, 1] : tensor<1x2x3xi32> -> tensor<3x1x2xi32>
  %et = arith.constant dense<[[[1, 4]], [[2, 5]], [[3, 6]]]> : tensor<3x1x2xi32>
  check.expect_eq %t, %et : tensor<3x1x2xi32>, tensor<3x1x2xi32>
  %i = tile.iota : tensor<3xi32>
  %ei = arith.constant dense<[0, 1, 2]> : tensor<3xi32>
  check.expect_eq %i, %ei : tensor<3xi32>, tensor<3xi32>
  return
}

// Ties, −0 and NaN as in hadal.topk; a column outside the row takes 0.
func.func @topk_take() {
  %x = arith.constant dense<[[-0.0, 0x7FC00000, 0.0, 2.0], [1.0, 1.0, 3.0, 1.0]]> : tensor<2x4xf32>
  %v, %c = tile.topk %x k 3 : tensor<2x4xf32> -> tensor<2x3xf32>, tensor<2x3xi32>
  %ev = arith.constant dense<[[2.0, -0.0, 0.0], [3.0, 1.0, 1.0]]> : tensor<2x3xf32>
  %ec = arith.constant dense<[[3, 0, 2], [2, 0, 1]]> : tensor<2x3xi32>
  check.expect_eq %v, %ev : tensor<2x3xf32>, tensor<2x3xf32>
  check.expect_eq %c, %ec : tensor<2x3xi32>, tensor<2x3xi32>
  %k = arith.constant dense<[[3, -1], [4, 2]]> : tensor<2x2xi32>
  %t = tile.take %x, %k : tensor<2x4xf32>, tensor<2x2xi32> -> tensor<2x2xf32>
  %et = arith.constant dense<[[2.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf32>
  check.expect_eq %t, %et : tensor<2x2xf32>, tensor<2x2xf32>
  return
}
