// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=37 --expected=%t/outputs.npz --tolerance=1e-6

// The sum is a result and the norm's operand; the norm works on flat tokens.

// CHECK: tile.program @matmul
// CHECK: tile.program @rms_norm
// CHECK: tile.reduce add
// CHECK: tile.program @add
// CHECK: func.func @norm
// CHECK: tile.launch @add
// CHECK: tile.launch @rms_norm
// CHECK: tile.launch @matmul
// CHECK-NOT: linalg

#id = affine_map<(d0,d1,d2)->(d0,d1,d2)>
func.func @norm(%x: tensor<?x?x192xf32> {hadal.name="x", hadal.dims=["b","s",""]}, %r: tensor<?x?x192xf32> {hadal.name="r", hadal.dims=["b","s",""]}, %w: tensor<192xf32>, %wm: tensor<192x96xf32>) -> (tensor<?x?x96xf32>, tensor<?x?x192xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %b = tensor.dim %x, %c0 : tensor<?x?x192xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x192xf32>
  %t = affine.apply affine_map<()[s0,s1]->(s0*s1)>()[%b,%s]
  %e = tensor.empty(%b, %s) : tensor<?x?x192xf32>
  %h = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel","parallel"]} ins(%x, %r : tensor<?x?x192xf32>, tensor<?x?x192xf32>) outs(%e : tensor<?x?x192xf32>) {
    ^bb0(%a: f32, %bb: f32, %o: f32):
    %y = arith.addf %a, %bb : f32
    linalg.yield %y : f32 } -> tensor<?x?x192xf32>
  %n = hadal.rms_norm %h, %w epsilon 1.0e-6 : (tensor<?x?x192xf32>, tensor<192xf32>) -> tensor<?x?x192xf32>
  %f = tensor.collapse_shape %n [[0,1],[2]] : tensor<?x?x192xf32> into tensor<?x192xf32>
  %em = tensor.empty(%t) : tensor<?x96xf32>
  %fm = linalg.fill ins(%zero : f32) outs(%em : tensor<?x96xf32>) -> tensor<?x96xf32>
  %m = linalg.matmul ins(%f, %wm : tensor<?x192xf32>, tensor<192x96xf32>) outs(%fm : tensor<?x96xf32>) -> tensor<?x96xf32>
  %me = tensor.expand_shape %m [[0,1],[2]] output_shape [%b, %s, 96] : tensor<?x96xf32> into tensor<?x?x96xf32>
  return %me, %h : tensor<?x?x96xf32>, tensor<?x?x192xf32>
}
