// RUN: hadal-run --target=reference %s

func.func @slices() {
  %x = arith.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %s = tensor.extract_slice %x[%c1, 0] [%c2, 2] [1, 2] : tensor<3x4xi32> to tensor<?x2xi32>
  %es = arith.constant dense<[[5, 7], [9, 11]]> : tensor<2x2xi32>
  check.expect_eq %s, %es : tensor<?x2xi32>, tensor<2x2xi32>
  %row = tensor.extract_slice %x[2, 0] [1, 4] [1, 1] : tensor<3x4xi32> to tensor<4xi32>
  %erow = arith.constant dense<[9, 10, 11, 12]> : tensor<4xi32>
  check.expect_eq %row, %erow : tensor<4xi32>, tensor<4xi32>
  %i = tensor.insert_slice %es into %x[0, 1] [2, 2] [2, 1] : tensor<2x2xi32> into tensor<3x4xi32>
  %ei = arith.constant dense<[[1, 5, 7, 4], [5, 6, 7, 8], [9, 9, 11, 12]]> : tensor<3x4xi32>
  check.expect_eq %i, %ei : tensor<3x4xi32>, tensor<3x4xi32>
  %old = tensor.extract %x[%c1, %c2] : tensor<3x4xi32>
  %e7 = arith.constant 7 : i32
  check.expect_eq %old, %e7 : i32, i32
  %in = tensor.insert %e7 into %row[%c1] : tensor<4xi32>
  %ein = arith.constant dense<[9, 7, 11, 12]> : tensor<4xi32>
  check.expect_eq %in, %ein : tensor<4xi32>, tensor<4xi32>
  check.expect_eq %row, %erow : tensor<4xi32>, tensor<4xi32>
  return
}

func.func @concat() {
  %a = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %b = arith.constant dense<[[5], [6]]> : tensor<2x1xi32>
  %none = arith.constant dense<> : tensor<2x0xi32>
  %c = tensor.concat dim(1) %a, %none, %b : (tensor<2x2xi32>, tensor<2x0xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
  %ec = arith.constant dense<[[1, 2, 5], [3, 4, 6]]> : tensor<2x3xi32>
  check.expect_eq %c, %ec : tensor<2x3xi32>, tensor<2x3xi32>
  return
}

func.func @shapes() {
  %x = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %d = tensor.cast %x : tensor<2x3xi32> to tensor<?x?xi32>
  %flat = tensor.collapse_shape %d [[0, 1]] : tensor<?x?xi32> into tensor<?xi32>
  %eflat = arith.constant dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi32>
  check.expect_eq %flat, %eflat : tensor<?xi32>, tensor<6xi32>
  %c3 = arith.constant 3 : index
  %back = tensor.expand_shape %flat [[0, 1]] output_shape [%c3, 2] : tensor<?xi32> into tensor<?x2xi32>
  %eback = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>
  check.expect_eq %back, %eback : tensor<?x2xi32>, tensor<3x2xi32>
  %shape = arith.constant dense<[3, 1, 2]> : tensor<3xi64>
  %r = tensor.reshape %flat(%shape) : (tensor<?xi32>, tensor<3xi64>) -> tensor<?x?x?xi32>
  %er = arith.constant dense<[[[1, 2]], [[3, 4]], [[5, 6]]]> : tensor<3x1x2xi32>
  check.expect_eq %r, %er : tensor<?x?x?xi32>, tensor<3x1x2xi32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %r, %c0 : tensor<?x?x?xi32>
  check.expect_eq %n, %c3 : index, index
  return
}

func.func @made() {
  %a = arith.constant 1.0 : f32
  %b = arith.constant 2.0 : f32
  %f = tensor.from_elements %a, %b, %b, %a : tensor<2x2xf32>
  %ef = arith.constant dense<[[1.0, 2.0], [2.0, 1.0]]> : tensor<2x2xf32>
  check.expect_eq %f, %ef : tensor<2x2xf32>, tensor<2x2xf32>
  %c2 = arith.constant 2 : index
  %s = tensor.splat %b[%c2] : tensor<?xf32>
  %es = arith.constant dense<2.0> : tensor<2xf32>
  check.expect_eq %s, %es : tensor<?xf32>, tensor<2xf32>
  %g = tensor.generate %c2 {
  ^bb0(%i: index, %j: index):
    %t = arith.muli %i, %c2 : index
    %k = arith.addi %t, %j : index
    tensor.yield %k : index
  } : tensor<?x2xindex>
  %eg = arith.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xindex>
  check.expect_eq %g, %eg : tensor<?x2xindex>, tensor<2x2xindex>
  %p = tensor.pad %f low[0, 1] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %a : f32
  } : tensor<2x2xf32> to tensor<3x3xf32>
  %ep = arith.constant dense<[[1.0, 1.0, 2.0], [1.0, 2.0, 1.0], [1.0, 1.0, 1.0]]> : tensor<3x3xf32>
  check.expect_eq %p, %ep : tensor<3x3xf32>, tensor<3x3xf32>
  return
}
