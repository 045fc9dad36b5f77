// RUN: split-file %s %t

//--- id.mlir
// RUN: not hadal-run --target=reference %t/id.mlir 2>&1 | FileCheck %s --check-prefix=ID
func.func @f() {
  %t = arith.constant dense<1.0> : tensor<5x2xf32>
  %i = arith.constant dense<[0, 5]> : tensor<2xi64>
  // ID: 'hadal.embedding' id 5 is outside the table of 5 rows
  %y = hadal.embedding %i, %t : (tensor<2xi64>, tensor<5x2xf32>) -> tensor<2x2xf32>
  check.expect_eq %y, %y : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

//--- u.mlir
// RUN: not hadal-run --target=reference %t/u.mlir 2>&1 | FileCheck %s --check-prefix=UNIFORM
func.func @f() {
  %l = arith.constant dense<1.0> : tensor<1x2xf32>
  %u = arith.constant dense<1.0> : tensor<1xf32>
  // UNIFORM: 'hadal.sample' u[0] is outside [0, 1)
  %y = hadal.sample %l, %u temperature 1.0 : (tensor<1x2xf32>, tensor<1xf32>) -> tensor<1xi32>
  check.expect_eq %y, %y : tensor<1xi32>, tensor<1xi32>
  return
}

//--- weight.mlir
// RUN: not hadal-run --target=reference %t/weight.mlir 2>&1 | FileCheck %s --check-prefix=WEIGHT
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<1x2xf32>
  %xd = tensor.cast %x : tensor<1x2xf32> to tensor<?x?xf32>
  %w = arith.constant dense<1.0> : tensor<3xf32>
  // WEIGHT: 'hadal.layer_norm' weight has the shape [3], not [2]
  %y = hadal.layer_norm %xd weight %w epsilon 1.0 : (tensor<?x?xf32>, tensor<3xf32>) -> tensor<?x?xf32>
  check.expect_eq %y, %y : tensor<?x?xf32>, tensor<?x?xf32>
  return
}

//--- empty.mlir
// RUN: not hadal-run --target=reference %t/empty.mlir 2>&1 | FileCheck %s --check-prefix=EMPTY
func.func @f() {
  %x = tensor.empty() : tensor<1x0xf32>
  %xd = tensor.cast %x : tensor<1x0xf32> to tensor<1x?xf32>
  // EMPTY: 'hadal.argmax' the last dimension of x is 0
  %y = hadal.argmax %xd : (tensor<1x?xf32>) -> tensor<1xi32>
  check.expect_eq %y, %y : tensor<1xi32>, tensor<1xi32>
  return
}
