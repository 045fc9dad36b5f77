// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=t=37 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=t=37 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=t=37 --expected=%t/outputs.npz --tolerance=1e-6

// Few slots take a row each, many take tiles; the combination is fused with the residual.

// CHECK: tile.program @[[SUM:.*]](
// CHECK-COUNT-4: arith.mulf
// CHECK: tile.program @grouped_matmul
// CHECK: tile.scan
// CHECK: scf.if
// CHECK: scatter
// CHECK: tile.program @group_
// CHECK: tile.program @route_
// CHECK: tile.topk {{.*}} k 2
// CHECK: tile.topk {{.*}} k 2
// CHECK: tile.topk {{.*}} k 4
// CHECK: func.func @moe
// CHECK: tile.launch @route_
// CHECK: tile.launch @group_
// CHECK-COUNT-6: tile.launch @grouped_matmul
// CHECK: tile.launch @[[SUM]]

#id = affine_map<(d0,d1)->(d0,d1)>
func.func @moe(%x: tensor<?x192xf32> {hadal.name="x", hadal.dims=["t",""]}, %l: tensor<?x16xf32> {hadal.name="l", hadal.dims=["t",""]}, %b: tensor<16xf32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>) -> (tensor<?x192xf32>, tensor<?x4xi32>) {
  %c0 = arith.constant 0 : index
  %t = tensor.dim %x, %c0 : tensor<?x192xf32>
  %e = tensor.empty(%t) : tensor<?x192xf32>
  %w, %i = hadal.route %l bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 1.0e-20 : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  %h = hadal.grouped_matmul %x, %gu, %o, %p gather 4 : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x160xf32>
  %a = hadal.gated_activation %h silu gate_first : (tensor<?x160xf32>) -> tensor<?x80xf32>
  %y = hadal.grouped_matmul %a, %d, %o, %p scatter : (tensor<?x80xf32>, tensor<16x80x192xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x192xf32>
  %c = hadal.combine %y, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
  %r = linalg.generic {indexing_maps=[#id,#id,#id], iterator_types=["parallel","parallel"]} ins(%x, %c : tensor<?x192xf32>, tensor<?x192xf32>) outs(%e : tensor<?x192xf32>) {
    ^bb0(%aa: f32, %bb: f32, %oo: f32):
    %s = arith.addf %aa, %bb : f32
    linalg.yield %s : f32 } -> tensor<?x192xf32>
  return %r, %i : tensor<?x192xf32>, tensor<?x4xi32>
}
