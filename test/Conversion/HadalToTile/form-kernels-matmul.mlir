// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse --hadal-allocate | FileCheck %s --check-prefix=HOST

// A gated MLP's first half is one kernel: both products, the activation and the gate.

func.func @gated(%x: tensor<?x64xf32> {hadal.name="x", hadal.dims=["t",""]}, %wg: tensor<64x80xf32>, %wu: tensor<64x80xf32>) -> tensor<?x80xf32> {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x80xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x80xf32>) -> tensor<?x80xf32>
  %g = linalg.matmul ins(%x, %wg : tensor<?x64xf32>, tensor<64x80xf32>) outs(%f : tensor<?x80xf32>) -> tensor<?x80xf32>
  %u = linalg.matmul ins(%x, %wu : tensor<?x64xf32>, tensor<64x80xf32>) outs(%f : tensor<?x80xf32>) -> tensor<?x80xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0,d1)->(d0,d1)>, affine_map<(d0,d1)->(d0,d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%g : tensor<?x80xf32>) outs(%e : tensor<?x80xf32>) {
    ^bb0(%a: f32, %o: f32):
      %na = arith.negf %a : f32
      %ex = math.exp %na : f32
      %p = arith.addf %ex, %one : f32
      %r = arith.divf %one, %p : f32
      linalg.yield %r : f32 } -> tensor<?x80xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(d0,d1)->(d0,d1)>, affine_map<(d0,d1)->(d0,d1)>, affine_map<(d0,d1)->(d0,d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%g, %s : tensor<?x80xf32>, tensor<?x80xf32>) outs(%e : tensor<?x80xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32 } -> tensor<?x80xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0,d1)->(d0,d1)>, affine_map<(d0,d1)->(d0,d1)>, affine_map<(d0,d1)->(d0,d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%m, %u : tensor<?x80xf32>, tensor<?x80xf32>) outs(%e : tensor<?x80xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %r = arith.mulf %a, %b : f32
      linalg.yield %r : f32 } -> tensor<?x80xf32>
  return %y : tensor<?x80xf32>
}

// CHECK: tile.program @[[MANY:.*]](%[[X:.*]]: memref<?x64xf32>, %[[G:.*]]: memref<64x80xf32>, %[[U:.*]]: memref<64x80xf32>, %[[Y:.*]]: memref<?x80xf32>)
// CHECK: %[[XT:.*]] = tile.load %[[X]][{{.*}}] sizes [32, 64]
// CHECK: tile.dot %[[XT]]
// CHECK: math.exp
// CHECK: tile.dot %[[XT]]
// CHECK: tile.store %{{.*}}, %[[Y]]
// CHECK-NOT: tile.store
// CHECK: tile.program @[[ONE:.*]](
// CHECK: sizes [1, 64]
// CHECK: func.func @gated
// CHECK: %[[FEW:.*]] = tile.launch @[[ONE]] grid
// CHECK: tile.launch @[[MANY]] grid{{.*}} outs(%[[FEW]] :
// CHECK-NOT: linalg

// HOST: func.func @gated(%[[X:.*]]: memref<?x64xf32> {{.*}}, %{{.*}}: memref<64x80xf32>, %{{.*}}: memref<64x80xf32>, %[[OUT:.*]]: memref<?x80xf32> {hadal.output}, %{{.*}}: memref<?xi8>) attributes {hadal.entry}
// HOST: tile.launch {{.*}} outs(%[[OUT]] : memref<?x80xf32>)
// HOST: tile.launch {{.*}} outs(%[[OUT]] : memref<?x80xf32>)
// HOST: func.func @gated.plan(%[[D0:arg[0-9]+]]: index, {{.*}}) -> (index, index, index) attributes {hadal.plan}
// HOST: return %c0, %[[D0]], %c80
