// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=t=70 --dim=n=3 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=t=70 --dim=n=3 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=t=70 --dim=n=3 --expected=%t/outputs.npz --tolerance=1e-6

// What raising leaves has kernels too.

// CHECK: func.func @glue
// CHECK-NOT: hadal.{{[a-z_]+}} %

func.func @glue(%x: tensor<?x16xf32> {hadal.name="x", hadal.dims=["t",""]}, %d: tensor<?x6x5xf32> {hadal.name="d", hadal.dims=["n","",""]},
    %u: tensor<4x6x5xf32>, %idx: tensor<?x3x2xi64> {hadal.name="idx", hadal.dims=["t","",""]})
    -> (tensor<?x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>, tensor<?x16xf32>, tensor<?x6x5xf32>, tensor<?x16xf32>, tensor<?x3x5xf32>, tensor<?x2xf32>) {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %rows = arith.constant dense<[[1], [-1], [1], [0]]> : tensor<4x1xi64>
  %v, %i = hadal.topk %x, %c4 largest : (tensor<?x16xf32>, index) -> (tensor<?x4xf32>, tensor<?x4xi64>)
  %low, %li = hadal.topk %x, %c2 : (tensor<?x16xf32>, index) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %g = hadal.gather_elements %x, %i axis 1 : (tensor<?x16xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  %s = hadal.scatter_elements %x, %i, %v axis 1 reduction add : (tensor<?x16xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<?x16xf32>
  %n = hadal.scatter_nd %d, %rows, %u reduction none : (tensor<?x6x5xf32>, tensor<4x1xi64>, tensor<4x6x5xf32>) -> tensor<?x6x5xf32>
  %c = hadal.cumsum %x axis 0 exclusive : tensor<?x16xf32>
  %nd = hadal.gather_nd %d, %idx batch_dims 0 : (tensor<?x6x5xf32>, tensor<?x3x2xi64>) -> tensor<?x3x5xf32>
  return %v, %i, %g, %s, %n, %c, %nd, %low : tensor<?x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>, tensor<?x16xf32>, tensor<?x6x5xf32>, tensor<?x16xf32>, tensor<?x3x5xf32>, tensor<?x2xf32>
}
