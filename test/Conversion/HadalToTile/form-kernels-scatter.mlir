// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=a=2 --dim=b=5 --dim=n=9 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=a=2 --dim=b=5 --dim=n=9 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=a=2 --dim=b=5 --dim=n=9 --expected=%t/outputs.npz --tolerance=1e-6

// Elements along a dynamic dimension; where several meet, the last one stays, or all add up.

// CHECK: tile.store {{.*}} accumulate
// CHECK: func.func @scatter
// CHECK-NOT: hadal.{{[a-z_]+}} %

func.func @scatter(%d: tensor<?x?x3xf32> {hadal.name="d", hadal.dims=["a","b",""]}, %u: tensor<?x?x3xf32> {hadal.name="u", hadal.dims=["a","n",""]}, %i: tensor<?x?x3xi64> {hadal.name="i", hadal.dims=["a","n",""]})
    -> (tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>) {
  %s = hadal.scatter_elements %d, %i, %u axis 1 reduction none : (tensor<?x?x3xf32>, tensor<?x?x3xi64>, tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %a = hadal.scatter_elements %d, %i, %u axis 1 reduction add : (tensor<?x?x3xf32>, tensor<?x?x3xi64>, tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  %g = hadal.gather_elements %d, %i axis 1 : (tensor<?x?x3xf32>, tensor<?x?x3xi64>) -> tensor<?x?x3xf32>
  return %s, %a, %g : tensor<?x?x3xf32>, tensor<?x?x3xf32>, tensor<?x?x3xf32>
}
