// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
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
func.func @f(%x: tensor<?x64xf32>, %e: tensor<?x64xf32>, %o: tensor<17xi32>, %q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %l: tensor<?x16xf32>, %b: tensor<16xf32>) -> tensor<?x64xf32> {
  %c1 = arith.constant 1 : index
  %w = tile.get_global @w0 : tensor<4xf32>
  %y:2 = tile.launch @double grid[%c1, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%e, %o : tensor<?x64xf32>, tensor<17xi32>) -> tensor<?x64xf32>, tensor<17xi32>
  %a = hadal.attention %q, %k, %k scale 0.125 causal : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x64xf32>) -> tensor<2x8x?x64xf32>
    %ww, %i = hadal.route %l bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0
        : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  return %y#0 : tensor<?x64xf32>
}
