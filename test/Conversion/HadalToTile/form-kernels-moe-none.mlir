// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --expected=%t/outputs.npz --tolerance=1e-6

// Indices that may be -1 leave rows that no product reaches: they are 0. Static sizes need one variant.

// CHECK: func.func @none
// CHECK: tile.launch @fill
// CHECK: tile.launch @grouped_matmul_gated_activation
// CHECK: tile.launch @fill
// CHECK: tile.launch @grouped_matmul
// CHECK-NOT: tile.launch @grouped

func.func @none(%x: tensor<5x64xf32>, %w: tensor<5x2xf32>, %gu: tensor<3x64x96xf32>, %d: tensor<3x48x64xf32>) -> (tensor<5x64xf32>, tensor<4xi32>, tensor<10xi32>) {
  %i = arith.constant dense<[[2, -1], [0, 2], [-1, -1], [2, 0], [-1, 0]]> : tensor<5x2xi64>
  %o, %p = hadal.group %i experts 3 : (tensor<5x2xi64>) -> (tensor<4xi32>, tensor<10xi32>)
  %h = hadal.grouped_matmul %x, %gu, %o, %p gather 2 : (tensor<5x64xf32>, tensor<3x64x96xf32>, tensor<4xi32>, tensor<10xi32>) -> tensor<10x96xf32>
  %a = hadal.gated_activation %h gelu interleaved : (tensor<10x96xf32>) -> tensor<10x48xf32>
  %y = hadal.grouped_matmul %a, %d, %o, %p scatter : (tensor<10x48xf32>, tensor<3x48x64xf32>, tensor<4xi32>, tensor<10xi32>) -> tensor<10x64xf32>
  %c = hadal.combine %y, %w : (tensor<10x64xf32>, tensor<5x2xf32>) -> tensor<5x64xf32>
  return %c, %o, %p : tensor<5x64xf32>, tensor<4xi32>, tensor<10xi32>
}
