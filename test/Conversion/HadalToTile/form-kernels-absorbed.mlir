// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=t=70 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=t=70 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=t=70 --expected=%t/outputs.npz --tolerance=1e-6

// One query: the 8 heads are the rows. The rotation and both concatenations are parts of the products.

// CHECK: tile.program @attention_0(
// CHECK: scf.for
// CHECK-DAG: tile.load {{.*}} sizes [1, 1, 64, 64]
// CHECK-DAG: tile.load {{.*}} sizes [1, 1, 64, 8]
// CHECK: func.func @dec
// CHECK: tile.launch @attention_0
// CHECK-NOT: tile.launch

func.func @dec(%qn: tensor<?x8x1x64xf32> {hadal.name="qn", hadal.dims=["b","","",""]}, %qp: tensor<?x8x1x16xf32> {hadal.name="qp", hadal.dims=["b","","",""]},
   %c: tensor<?x?x64xf32> {hadal.name="c", hadal.dims=["b","t",""]}, %kp: tensor<?x?x16xf32> {hadal.name="kp", hadal.dims=["b","t",""]},
   %cos: tensor<1x1x8xf32>, %sin: tensor<1x1x8xf32>, %m: tensor<?x1x1x?xf32> {hadal.name="m", hadal.dims=["b","","","t"]}) -> tensor<?x8x1x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %c, %c0 : tensor<?x?x64xf32>
  %t = tensor.dim %c, %c1 : tensor<?x?x64xf32>
  %r = hadal.rope %qp, %cos, %sin interleaved to halves : (tensor<?x8x1x16xf32>, tensor<1x1x8xf32>, tensor<1x1x8xf32>) -> tensor<?x8x1x16xf32>
  %q = tensor.concat dim(3) %qn, %r : (tensor<?x8x1x64xf32>, tensor<?x8x1x16xf32>) -> tensor<?x8x1x80xf32>
  %ce = tensor.expand_shape %c [[0, 1], [2], [3]] output_shape [%b, 1, %t, 64] : tensor<?x?x64xf32> into tensor<?x1x?x64xf32>
  %ke = tensor.expand_shape %kp [[0, 1], [2], [3]] output_shape [%b, 1, %t, 16] : tensor<?x?x16xf32> into tensor<?x1x?x16xf32>
  %k = tensor.concat dim(3) %ce, %ke : (tensor<?x1x?x64xf32>, tensor<?x1x?x16xf32>) -> tensor<?x1x?x80xf32>
  %o = hadal.attention %q, %k, %ce mask %m scale 0.125 : (tensor<?x8x1x80xf32>, tensor<?x1x?x80xf32>, tensor<?x1x?x64xf32>, tensor<?x1x1x?xf32>) -> tensor<?x8x1x64xf32>
  return %o : tensor<?x8x1x64xf32>
}
