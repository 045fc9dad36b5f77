// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --expected=%t/outputs.npz --tolerance=1e-6

// Rows by index; an argument that is returned is copied.

// CHECK: tile.program @copy
// CHECK: tile.program @gather
// CHECK: tile.load {{.*}} gather
// CHECK: func.func @emb
// CHECK: tile.launch @gather
// CHECK: tile.launch @copy

func.func @emb(%ids: tensor<?x?xi64> {hadal.name="ids", hadal.dims=["b","s"]}, %t: tensor<256x192xf32>) -> (tensor<?x?x192xf32>, tensor<?x?xi64>) {
  %e = hadal.gather %t, %ids axis 0 : (tensor<256x192xf32>, tensor<?x?xi64>) -> tensor<?x?x192xf32>
  return %e, %ids : tensor<?x?x192xf32>, tensor<?x?xi64>
}
