// What the shapes leave open is checked when it runs.
// RUN: split-file %s %t

//--- scales.mlir
// RUN: not hadal-run --target=reference %t/scales.mlir 2>&1 | FileCheck %s --check-prefix=SCALES
func.func @f() {
  %q = arith.constant dense<1.0> : tensor<2x3xf8E4M3FN>
  %s = arith.constant dense<1.0> : tensor<2x1xf32>
  %qd = tensor.cast %q : tensor<2x3xf8E4M3FN> to tensor<?x?xf8E4M3FN>
  // SCALES: 'hadal.dequantize' scales has the shape [2, 1], not [2, 2]
  %y = hadal.dequantize %qd, %s block [1, 2] : (tensor<?x?xf8E4M3FN>, tensor<2x1xf32>) -> tensor<?x?xf32>
  check.expect_eq %y, %y : tensor<?x?xf32>, tensor<?x?xf32>
  return
}

//--- depth.mlir
// RUN: not hadal-run --target=reference %t/depth.mlir 2>&1 | FileCheck %s --check-prefix=DEPTH
func.func @f() {
  %a = arith.constant dense<1.0> : tensor<2x3xf8E4M3FN>
  %ad = tensor.cast %a : tensor<2x3xf8E4M3FN> to tensor<2x?xf8E4M3FN>
  %b = arith.constant dense<1.0> : tensor<4x5xf8E4M3FN>
  // DEPTH: 'hadal.scaled_matmul' b has the shape [4, 5], not [3, 5]
  %y = hadal.scaled_matmul %ad, %b : (tensor<2x?xf8E4M3FN>, tensor<4x5xf8E4M3FN>) -> tensor<2x5xf32>
  check.expect_eq %y, %y : tensor<2x5xf32>, tensor<2x5xf32>
  return
}

//--- odd.mlir
// RUN: not hadal-run --target=reference %t/odd.mlir 2>&1 | FileCheck %s --check-prefix=ODD
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<3xf4E2M1FN>
  %xd = tensor.cast %x : tensor<3xf4E2M1FN> to tensor<?xf4E2M1FN>
  // ODD: 'hadal.pack_fp4' the last dimension, 3, is odd
  %y = hadal.pack_fp4 %xd : (tensor<?xf4E2M1FN>) -> tensor<?xi8>
  check.expect_eq %y, %y : tensor<?xi8>, tensor<?xi8>
  return
}

//--- page.mlir
// RUN: not hadal-run --target=reference %t/page.mlir 2>&1 | FileCheck %s --check-prefix=PAGE
func.func @f() {
  %x = arith.constant dense<0> : tensor<1x80xi8>
  %xd = tensor.cast %x : tensor<1x80xi8> to tensor<1x?xi8>
  // PAGE: 'hadal.unpack_cache' has rows of 80 bytes, not 148
  %l, %k = hadal.unpack_cache %xd layout v4 page 2 : (tensor<1x?xi8>) -> (tensor<1x2x64xf32>, tensor<1x2x1xf32>)
  check.expect_eq %l, %l : tensor<1x2x64xf32>, tensor<1x2x64xf32>
  return
}
