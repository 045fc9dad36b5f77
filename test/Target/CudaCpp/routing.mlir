// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
// RUN: hadal-run %s --random-inputs=1 --dim=n=21 --target=reference --output-dir=%t
// RUN: hadal-run %s --random-inputs=1 --dim=n=21 --target=emulator --expected=%t/outputs.npz --tolerance=1e-5

// A router: sigmoid scores, bias for the choice, top-k, weights of the choice.
tile.program @route(%x: memref<?x16xf32> {hadal.name = "x"}, %b: memref<16xf32> {hadal.name = "bias"}, %w: memref<?x4xf32> {hadal.name = "w"}, %c: memref<?x4xi32> {hadal.name = "c"}, %n: memref<?x4xi32> {hadal.name = "n"}) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %row = arith.muli %i, %c8 : index
  %t = tile.load %x[%row, %c0] sizes [8, 16] : memref<?x16xf32> -> tensor<8x16xf32>
  %one = arith.constant dense<1.0> : tensor<8x16xf32>
  %neg = arith.negf %t : tensor<8x16xf32>
  %e = math.exp %neg : tensor<8x16xf32>
  %d = arith.addf %e, %one : tensor<8x16xf32>
  %s = arith.divf %one, %d : tensor<8x16xf32>
  %bt = tile.load %b[%c0] sizes [16] : memref<16xf32> -> tensor<16xf32>
  %bb = tile.broadcast %bt dims [1] : tensor<16xf32> -> tensor<8x16xf32>
  %choice = arith.addf %s, %bb : tensor<8x16xf32>
  %g = tensor.expand_shape %choice [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
  %gm = tile.reduce max %g axis 2 : tensor<8x4x4xf32> -> tensor<8x4xf32>
  %gv, %gi = tile.topk %gm k 2 : tensor<8x4xf32> -> tensor<8x2xf32>, tensor<8x2xi32>
  %last = tile.reduce min %gv axis 1 : tensor<8x2xf32> -> tensor<8xf32>
  %lb = tile.broadcast %last dims [0] : tensor<8xf32> -> tensor<8x4xf32>
  %keep = arith.cmpf oge, %gm, %lb : tensor<8x4xf32>
  %kb = tile.broadcast %keep dims [0, 1] : tensor<8x4xi1> -> tensor<8x4x4xi1>
  %k16 = tensor.collapse_shape %kb [[0], [1, 2]] : tensor<8x4x4xi1> into tensor<8x16xi1>
  %ninf = arith.constant dense<0xFF800000> : tensor<8x16xf32>
  %masked = arith.select %k16, %choice, %ninf : tensor<8x16xi1>, tensor<8x16xf32>
  %v, %cols = tile.topk %masked k 4 : tensor<8x16xf32> -> tensor<8x4xf32>, tensor<8x4xi32>
  %wt = tile.take %s, %cols : tensor<8x16xf32>, tensor<8x4xi32> -> tensor<8x4xf32>
  %sum = tile.reduce add %wt axis 1 : tensor<8x4xf32> -> tensor<8xf32>
  %sb = tile.broadcast %sum dims [0] : tensor<8xf32> -> tensor<8x4xf32>
  %wn = arith.divf %wt, %sb : tensor<8x4xf32>
  %sc = tile.scan %cols axis 1 exclusive : tensor<8x4xi32>
  %sc0 = tile.scan %sc axis 0 : tensor<8x4xi32>
  tile.store %wn, %w[%row, %c0] sizes [8, 4] : tensor<8x4xf32>, memref<?x4xf32>
  tile.store %cols, %c[%row, %c0] sizes [8, 4] : tensor<8x4xi32>, memref<?x4xi32>
  tile.store %sc0, %n[%row, %c0] sizes [8, 4] : tensor<8x4xi32>, memref<?x4xi32>
  tile.return
}
// A thread for each row; what comes after the last found, and better than the best so far.
// CHECK: // topk 8x16 -> 8x4 8x4
// CHECK: for (int i = tid; i < 8; i += 128) {
// CHECK: for (int j = 0; j < 4; ++j) {
// CHECK: for (int k = 0; k < 16; ++k) {
// CHECK: topk_shared
// CHECK: // scan 8x4 -> 8x4

func.func @main(%x: tensor<?x16xf32> {hadal.name = "x", hadal.dims = ["n", ""]}, %b: tensor<16xf32> {hadal.name = "b", hadal.dims = [""]}) -> (tensor<?x4xf32> {hadal.name = "w", hadal.dims = ["n", ""]}, tensor<?x4xi32> {hadal.name = "c", hadal.dims = ["n", ""]}, tensor<?x4xi32> {hadal.name = "s", hadal.dims = ["n", ""]}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %n = tensor.dim %x, %c0 : tensor<?x16xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %f = tensor.empty(%n) : tensor<?x4xi32>
  %f2 = tensor.empty(%n) : tensor<?x4xi32>
  %g = arith.ceildivsi %n, %c8 : index
  %y:3 = tile.launch @route grid[%g, %c1, %c1] ins(%x, %b : tensor<?x16xf32>, tensor<16xf32>) outs(%e, %f, %f2 : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>) -> tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>
  return %y#0, %y#1, %y#2 : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xi32>
}
