// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=5 --dim=t=70 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=5 --dim=t=70 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=5 --dim=t=70 --expected=%t/outputs.npz --tolerance=1e-6

// The transposition of the heads is how the kernel stores; blocks of keys behind the diagonal are not visited.

// CHECK: tile.program @attention_0(
// CHECK: scf.for
// CHECK: tile.dot {{.*}} transpose_b
// CHECK: tile.reduce max
// CHECK: tile.dot
// CHECK: tile.store {{.*}} sizes [1, 32, 1, 32]
// CHECK: func.func @att
// CHECK: tile.launch @attention_0
// CHECK-NOT: tile.launch

func.func @att(%q: tensor<?x8x?x48xf32> {hadal.name="q", hadal.dims=["b","","s",""]}, %k: tensor<?x2x?x48xf32> {hadal.name="k", hadal.dims=["b","","t",""]}, %v: tensor<?x2x?x32xf32> {hadal.name="v", hadal.dims=["b","","t",""]}) -> tensor<?x?x8x32xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x8x?x48xf32>
  %s = tensor.dim %q, %c2 : tensor<?x8x?x48xf32>
  %o = hadal.attention %q, %k, %v scale 0.125 causal : (tensor<?x8x?x48xf32>, tensor<?x2x?x48xf32>, tensor<?x2x?x32xf32>) -> tensor<?x8x?x32xf32>
  %e = tensor.empty(%b, %s) : tensor<?x?x8x32xf32>
  %t = linalg.transpose ins(%o : tensor<?x8x?x32xf32>) outs(%e : tensor<?x?x8x32xf32>) permutation = [0, 2, 1, 3]
  return %t : tensor<?x?x8x32xf32>
}
