// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
// RUN: hadal-run %s --random-inputs=1 --dim=n=37 --dim=m=30 --target=reference --output-dir=%t
// RUN: hadal-run %s --random-inputs=1 --dim=n=37 --dim=m=30 --target=emulator --expected=%t/outputs.npz --tolerance=1e-5

// Rows by index, scaled; sums over rows added into another array; a transposed copy; a scalar sum.
tile.program @gather(%x: memref<?x40xf32> {hadal.name = "x"}, %r: memref<?xi32> {hadal.name = "rows"}, %y: memref<?x40xf32> {hadal.name = "y"}, %z: memref<40xf32> {hadal.name = "z"}, %t: memref<40x?xf32> {hadal.name = "t"}, %s: memref<?xf32> {hadal.name = "s"}) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %two = arith.constant dense<2.0> : tensor<16x40xf32>
  %pad = arith.constant 0.5 : f32
  %row = arith.muli %i, %c16 : index
  %none = arith.constant -1 : i32
  %rows = tile.load %r[%row] sizes [16] pad %none : memref<?xi32> -> tensor<16xi32>
  %g = tile.load %x[%c0, %c0] sizes [16, 40] pad %pad gather %rows at 0 : tensor<16xi32> : memref<?x40xf32> -> tensor<16x40xf32>
  %d = arith.mulf %g, %two : tensor<16x40xf32>
  tile.store %d, %y[%row, %c0] sizes [16, 40] : tensor<16x40xf32>, memref<?x40xf32>
  %sum = tile.reduce add %d axis 0 : tensor<16x40xf32> -> tensor<40xf32>
  tile.store %sum, %z[%c0] sizes [40] accumulate : tensor<40xf32>, memref<40xf32>
  %tr = tile.transpose %d perm [1, 0] : tensor<16x40xf32> -> tensor<40x16xf32>
  tile.store %tr, %t[%c0, %row] sizes [40, 16] : tensor<40x16xf32>, memref<40x?xf32>
  %all = tile.reduce max %sum axis 0 : tensor<40xf32> -> f32
  tile.store %all, %s[%i] sizes [1] : f32, memref<?xf32>
  tile.return
}
tile.program @zero(%z: memref<40xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<40xf32>
  tile.store %zero, %z[%c0] sizes [40] : tensor<40xf32>, memref<40xf32>
  tile.return
}
tile.program @scatter(%x: memref<?x40xf32>, %r: memref<?xi32>, %y: memref<?x40xf32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %row = arith.muli %i, %c16 : index
  %none = arith.constant -1 : i32
  %rows = tile.load %r[%row] sizes [16] pad %none : memref<?xi32> -> tensor<16xi32>
  %g = tile.load %x[%row, %c0] sizes [16, 40] : memref<?x40xf32> -> tensor<16x40xf32>
  tile.store %g, %y[%c0, %c0] sizes [16, 40] scatter %rows at 0 : tensor<16xi32> accumulate : tensor<16x40xf32>, memref<?x40xf32>
  tile.return
}
// CHECK: void __launch_bounds__(128) gather(
// A negative row and one beyond the end read as the pad.
// CHECK: = (long long)({{.*}} ? rows[{{.*}}] : -1);
// CHECK-NEXT: mulf_tile[{{.*}}] = ({{.*}} >= 0 && {{.*}} < x_d0 ? x[{{.*}}] : 0.5f) * 2.0f;
// CHECK: hd_atomic_add(&z[{{.*}}], reduce_tile[
// CHECK: // scatter
// CHECK: hd_atomic_add(&arg2[{{.*}}], {{.*}} ? arg0[

func.func @main(%x: tensor<?x40xf32> {hadal.name = "x", hadal.dims = ["m", ""]}, %r: tensor<?xi32> {hadal.name = "r", hadal.dims = ["n"]}) -> (tensor<?x40xf32> {hadal.name = "y", hadal.dims = ["n", ""]}, tensor<40xf32> {hadal.name = "z", hadal.dims = [""]}, tensor<40x?xf32> {hadal.name = "t", hadal.dims = ["", "n"]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %n = tensor.dim %r, %c0 : tensor<?xi32>
  %e = tensor.empty(%n) : tensor<?x40xf32>
  %f = tensor.empty() : tensor<40xf32>
  %f2 = tensor.empty(%n) : tensor<40x?xf32>
  %g = arith.ceildivsi %n, %c16 : index
  %f3 = tensor.empty(%g) : tensor<?xf32>
  %z = tile.launch @zero grid[%c1, %c1, %c1] outs(%f : tensor<40xf32>) -> tensor<40xf32>
  %y:4 = tile.launch @gather grid[%g, %c1, %c1] ins(%x, %r : tensor<?x40xf32>, tensor<?xi32>) outs(%e, %z, %f2, %f3 : tensor<?x40xf32>, tensor<40xf32>, tensor<40x?xf32>, tensor<?xf32>) -> tensor<?x40xf32>, tensor<40xf32>, tensor<40x?xf32>, tensor<?xf32>
  return %y#0, %y#1, %y#2 : tensor<?x40xf32>, tensor<40xf32>, tensor<40x?xf32>
}
