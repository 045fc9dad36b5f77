// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

tile.global @w0 : tensor<4xf32> = dense<1.0> : tensor<4xf32>
tile.program @double(%x: memref<?x64xf32>, %y: memref<?x64xf32>, %o: memref<17xi32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %inf = arith.constant 0.0 : f32
  %r = arith.muli %i, %c16 : index
  %rows = tile.iota : tensor<16xi32>
  %t = tile.load %x[%r, %c0] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  %e = tile.load %x[%c0, %c0] sizes [16, 32] strides [1, 2] pad %inf : memref<?x64xf32> -> tensor<16x32xf32>
  %g = tile.load %x[%c0, %c0] sizes [16, 64] gather %rows at 0 : tensor<16xi32> : memref<?x64xf32> -> tensor<16x64xf32>
  %s = tile.load %o[%c16] sizes [1] : memref<17xi32> -> i32
  %d = arith.addf %t, %t : tensor<16x64xf32>
  tile.store %d, %y[%r, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.store %g, %y[%r, %c0] sizes [16, 64] scatter %rows at 0 : tensor<16xi32> accumulate : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// CHECK-LABEL: tile.program @tiles
tile.program @tiles(%a: memref<32x64xf32>, %b: memref<64x32xf32>, %o: memref<32x32xf32>) {
  %c0 = arith.constant 0 : index
  %acc = arith.constant dense<0.0> : tensor<32x32xf32>
  %x = tile.load %a[%c0, %c0] sizes [32, 64] : memref<32x64xf32> -> tensor<32x64xf32>
  %y = tile.load %b[%c0, %c0] sizes [64, 32] : memref<64x32xf32> -> tensor<64x32xf32>
  // CHECK: tile.dot %{{.*}}, %{{.*}}, %{{.*}} precision f32 : tensor<32x64xf32>, tensor<64x32xf32>, tensor<32x32xf32>
  %d = tile.dot %x, %y, %acc precision f32 : tensor<32x64xf32>, tensor<64x32xf32>, tensor<32x32xf32>
  // CHECK: tile.transpose %{{.*}} perm [1, 0] : tensor<64x32xf32> -> tensor<32x64xf32>
  %t = tile.transpose %y perm [1, 0] : tensor<64x32xf32> -> tensor<32x64xf32>
  // CHECK: tile.dot %{{.*}}, %{{.*}}, %{{.*}} transpose_b precision tf32
  %e = tile.dot %x, %t, %d transpose_b precision tf32 : tensor<32x64xf32>, tensor<32x64xf32>, tensor<32x32xf32>
  // CHECK: tile.reduce max %{{.*}} axis 1 : tensor<32x32xf32> -> tensor<32xf32>
  %m = tile.reduce max %e axis 1 : tensor<32x32xf32> -> tensor<32xf32>
  // CHECK: tile.broadcast %{{.*}} dims [0] : tensor<32xf32> -> tensor<32x32xf32>
  %r = tile.broadcast %m dims [0] : tensor<32xf32> -> tensor<32x32xf32>
  // CHECK: tile.scan %{{.*}} axis 0 exclusive : tensor<32x32xf32>
  %s = tile.scan %r axis 0 exclusive : tensor<32x32xf32>
  // CHECK: tile.topk %{{.*}} k 4 : tensor<32x32xf32> -> tensor<32x4xf32>, tensor<32x4xi32>
  %v, %c = tile.topk %s k 4 : tensor<32x32xf32> -> tensor<32x4xf32>, tensor<32x4xi32>
  // CHECK: tile.take %{{.*}}, %{{.*}} : tensor<32x32xf32>, tensor<32x4xi32> -> tensor<32x4xf32>
  %k = tile.take %s, %c : tensor<32x32xf32>, tensor<32x4xi32> -> tensor<32x4xf32>
  tile.store %k, %o[%c0, %c0] sizes [32, 4] : tensor<32x4xf32>, memref<32x32xf32>
  tile.return
}

// CHECK-LABEL: func.func @f
func.func @f(%x: tensor<?x64xf32>, %e: tensor<?x64xf32>, %o: tensor<17xi32>) -> tensor<?x64xf32> {
  %c1 = arith.constant 1 : index
  // CHECK: tile.get_global @w0 : tensor<4xf32>
  %w = tile.get_global @w0 : tensor<4xf32>
  // CHECK: tile.launch @double grid[%{{.*}}, %{{.*}}, %{{.*}}] ins(%{{.*}} : tensor<?x64xf32>) outs(
  %y:2 = tile.launch @double grid[%c1, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%e, %o : tensor<?x64xf32>, tensor<17xi32>) -> tensor<?x64xf32>, tensor<17xi32>
  return %y#0 : tensor<?x64xf32>
}
