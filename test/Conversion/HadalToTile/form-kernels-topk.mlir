// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=101 --dim=n=70 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=101 --dim=n=70 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=101 --dim=n=70 --expected=%t/outputs.npz --tolerance=1e-6

// Rows and k of any length, smallest, integers: by rank.

// CHECK: func.func @topk
// CHECK-COUNT-3: tile.launch @topk
// CHECK-NOT: hadal.topk

func.func @topk(%x: tensor<?x3x?xf32> {hadal.name="x", hadal.dims=["b","","s"]}, %y: tensor<?xi64> {hadal.name="y", hadal.dims=["n"]})
    -> (tensor<?x3x?xf32>, tensor<?x3x?xi64>, tensor<?x3x4xf32>, tensor<?x3x4xi64>, tensor<?xi64>, tensor<?xi32>) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c0 = arith.constant 0 : index
  %s = tensor.dim %x, %c2 : tensor<?x3x?xf32>
  %n = tensor.dim %y, %c0 : tensor<?xi64>
  %h = affine.apply affine_map<()[s0] -> (s0 floordiv 2)>()[%s]
  %a, %i = hadal.topk %x, %h largest : (tensor<?x3x?xf32>, index) -> (tensor<?x3x?xf32>, tensor<?x3x?xi64>)
  %b, %j = hadal.topk %x, %c4 : (tensor<?x3x?xf32>, index) -> (tensor<?x3x4xf32>, tensor<?x3x4xi64>)
  %v, %k = hadal.topk %y, %n largest : (tensor<?xi64>, index) -> (tensor<?xi64>, tensor<?xi32>)
  return %a, %i, %b, %j, %v, %k : tensor<?x3x?xf32>, tensor<?x3x?xi64>, tensor<?x3x4xf32>, tensor<?x3x4xi64>, tensor<?xi64>, tensor<?xi32>
}
