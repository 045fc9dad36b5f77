// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
// RUN: hadal-run %s --random-inputs=1 --dim=n=50 --target=reference --output-dir=%t
// RUN: hadal-run %s --random-inputs=1 --dim=n=50 --target=emulator --expected=%t/outputs.npz --tolerance=1e-3

// Whole K at once: operands staged in pieces; odd and even sizes.
tile.program @dot_tf32(%x: memref<?x192xf32> {hadal.name = "x"}, %w: memref<96x192xf32> {hadal.name = "w"}, %y: memref<?x96xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %j = tile.program_id y
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %c64 = arith.constant 64 : index
  %row = arith.muli %i, %c64 : index
  %col = arith.muli %j, %c48 : index
  %zero = arith.constant dense<0.0> : tensor<64x48xf32>
  %a = tile.load %x[%row, %c0] sizes [64, 192] : memref<?x192xf32> -> tensor<64x192xf32>
  %b = tile.load %w[%col, %c0] sizes [48, 192] : memref<96x192xf32> -> tensor<48x192xf32>
  %d = tile.dot %a, %b, %zero transpose_b precision tf32 : tensor<64x192xf32>, tensor<48x192xf32>, tensor<64x48xf32>
  tile.store %d, %y[%row, %col] sizes [64, 48] : tensor<64x48xf32>, memref<?x96xf32>
  tile.return
}
// Not transposed, K in a loop, and an operand that is computed.
tile.program @dot2_tf32(%x: memref<?x192xf32> {hadal.name = "x"}, %w: memref<192x96xf32> {hadal.name = "w"}, %y: memref<?x96xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %j = tile.program_id y
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c192 = arith.constant 192 : index
  %row = arith.muli %i, %c16 : index
  %col = arith.muli %j, %c48 : index
  %zero = arith.constant dense<0.0> : tensor<16x48xf32>
  %half = arith.constant dense<0.5> : tensor<16x64xf32>
  %d = scf.for %k = %c0 to %c192 step %c64 iter_args(%c = %zero) -> tensor<16x48xf32> {
    %a0 = tile.load %x[%row, %k] sizes [16, 64] : memref<?x192xf32> -> tensor<16x64xf32>
    %a = arith.mulf %a0, %half : tensor<16x64xf32>
    %b = tile.load %w[%k, %col] sizes [64, 48] : memref<192x96xf32> -> tensor<64x48xf32>
    %n = tile.dot %a, %b, %c precision tf32 : tensor<16x64xf32>, tensor<64x48xf32>, tensor<16x48xf32>
    scf.yield %n : tensor<16x48xf32>
  }
  tile.store %d, %y[%row, %col] sizes [16, 48] : tensor<16x48xf32>, memref<?x96xf32>
  tile.return
}
// CHECK: void __launch_bounds__(128) dot_tf32(
// CHECK: for (int i = 0; i < 192; i += 32) {
// CHECK: a_shared
// CHECK: b_shared
// CHECK: for (int j = 0; j < 32; j += 8) {
// CHECK: int a[4];
// CHECK: a[{{.*}}] = hd_to_tf32(a_shared[
// CHECK: int b[12];
// CHECK: hd_mma_tf32(dot_tile[{{.*}}], dot_tile[{{.*}}], dot_tile[{{.*}}], dot_tile[{{.*}}], a[

func.func @main(%x: tensor<?x192xf32> {hadal.name = "x", hadal.dims = ["n", ""]}, %w: tensor<96x192xf32> {hadal.name = "w", hadal.dims = ["", ""]}, %v: tensor<192x96xf32> {hadal.name = "v", hadal.dims = ["", ""]}) -> (tensor<?x96xf32> {hadal.name = "y", hadal.dims = ["n", ""]}, tensor<?x96xf32> {hadal.name = "z", hadal.dims = ["n", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %n = tensor.dim %x, %c0 : tensor<?x192xf32>
  %e = tensor.empty(%n) : tensor<?x96xf32>
  %f = tensor.empty(%n) : tensor<?x96xf32>
  %g = arith.ceildivsi %n, %c64 : index
  %h = arith.ceildivsi %n, %c16 : index
  %y = tile.launch @dot_tf32 grid[%g, %c2, %c1] ins(%x, %w : tensor<?x192xf32>, tensor<96x192xf32>) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %z = tile.launch @dot2_tf32 grid[%h, %c2, %c1] ins(%x, %v : tensor<?x192xf32>, tensor<192x96xf32>) outs(%f : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %y, %z : tensor<?x96xf32>, tensor<?x96xf32>
}
