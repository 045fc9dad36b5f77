// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse --hadal-hoist-constants | FileCheck %s
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse --hadal-hoist-constants --hadal-allocate | FileCheck %s --check-prefix=HOST
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=t=5 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse --hadal-hoist-constants -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=t=5 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %t/kernels.mlir --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=t=5 --expected=%t/outputs.npz --tolerance=1e-6

// A weight that the product wants transposed is transposed once, at load. Equal
// constants are one global; the place in a file stays.

// CHECK-DAG: tile.global @derived : tensor<3x2xf32>{{$}}
// CHECK-DAG: tile.global @const_0 : tensor<2x3xf32> = dense<{{.*}}> : tensor<2x3xf32> {hadal.external = #hadal.external<"w.bin", 64, 24>}
// CHECK-NOT: tile.global
// CHECK: func.func @f
// CHECK: %[[W:.*]] = tile.get_global @derived
// CHECK-COUNT-2: tile.launch @matmul{{.*}} ins({{.*}}%[[W]] :
// CHECK: func.func @hadal.init() -> (tensor<3x2xf32> {hadal.global = @derived})
// CHECK: tile.get_global @const_0
// CHECK: tile.launch @copy

// HOST: func.func @hadal.init(%{{.*}}: memref<?xi8>) attributes {hadal.entry}
// HOST-DAG: %[[IN:.*]] = tile.get_global @const_0 : memref<2x3xf32>
// HOST-DAG: %[[OUT:.*]] = tile.get_global @derived : memref<3x2xf32>
// HOST: tile.launch @copy{{.*}} ins(%[[IN]] :{{.*}} outs(%[[OUT]] :
// HOST: func.func @hadal.init.plan() -> index attributes {hadal.plan}

func.func @f(%x: tensor<?x3xf32> {hadal.name = "x", hadal.dims = ["t", ""]}) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %w = arith.constant {hadal.external = #hadal.external<"w.bin", 64, 24>} dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %n = tensor.dim %x, %c0 : tensor<?x3xf32>
  %ew = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%w : tensor<2x3xf32>) outs(%ew : tensor<3x2xf32>) permutation = [1, 0]
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %t : tensor<?x3xf32>, tensor<3x2xf32>) outs(%z : tensor<?x2xf32>) -> tensor<?x2xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = math.exp %a : f32
    linalg.yield %s : f32
  } -> tensor<?x2xf32>
  return %y, %m : tensor<?x2xf32>, tensor<?x2xf32>
}
