// Checks that do not hold are all reported where they stand, and the run fails.
// RUN: not hadal-run --target=reference %s 2>&1 | FileCheck %s

func.func @values() {
  %a = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[[1.0, 2.0], [3.5, 4.5]]> : tensor<2x2xf32>
  // CHECK: checks-fail.mlir:[[@LINE+1]]:3: error: element [1, 0] is 3, expected 3.5; 2 of 4 elements are wrong
  check.expect_eq %a, %b : tensor<2x2xf32>, tensor<2x2xf32>
  // CHECK: checks-fail.mlir:[[@LINE+1]]:3: error: element [1, 0] is 3, expected 3.5; 1 of 4 elements are wrong
  check.expect_close %a, %b tolerance 0.125 : tensor<2x2xf32>, tensor<2x2xf32>
  check.expect_close %a, %b tolerance 0.5 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

func.func @integers() {
  %a = arith.constant dense<[1, 2]> : tensor<2xi32>
  %b = arith.constant dense<[1, -2]> : tensor<2xi32>
  // CHECK: error: element [1] is 2, expected -2; 1 of 2 elements are wrong
  check.expect_eq %a, %b : tensor<2xi32>, tensor<2xi32>
  return
}

func.func @nan() {
  %nan = arith.constant dense<0x7FC00000> : tensor<1xf32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  // CHECK: error: element [0] is nan, expected 1
  check.expect_close %nan, %one tolerance 1.0 : tensor<1xf32>, tensor<1xf32>
  // CHECK: error: element [0] is 1, expected nan
  check.expect_close %one, %nan tolerance 1.0 : tensor<1xf32>, tensor<1xf32>
  check.expect_eq %nan, %nan : tensor<1xf32>, tensor<1xf32>
  return
}

func.func @shapes() {
  %three = arith.constant 3 : index
  %z = arith.constant 0.0 : f32
  %a = tensor.splat %z[%three] : tensor<?xf32>
  %b = arith.constant dense<0.0> : tensor<2xf32>
  // CHECK: error: has the shape [3], expected [2]
  check.expect_eq %a, %b : tensor<?xf32>, tensor<2xf32>
  return
}

func.func @empty() {
  return
}

// CHECK: error: @values: 2 of its checks failed
// CHECK: @integers: 1 of its checks failed
// CHECK: @nan: 2 of its checks failed
// CHECK: @shapes: 1 of its checks failed
// CHECK: @empty takes nothing, gives nothing and checks nothing
