tile.program @rms_norm(%x: memref<?x192xf32>, %w: memref<192xf32>, %y: memref<?x192xf32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %row = arith.muli %i, %c16 : index
  %t = tile.load %x[%row, %c0] sizes [16, 192] : memref<?x192xf32> -> tensor<16x192xf32>
  %sq = arith.mulf %t, %t : tensor<16x192xf32>
  %sum = tile.reduce add %sq axis 1 : tensor<16x192xf32> -> tensor<16xf32>
  %n = arith.constant dense<192.0> : tensor<16xf32>
  %eps = arith.constant dense<1.0e-6> : tensor<16xf32>
  %mean = arith.divf %sum, %n : tensor<16xf32>
  %m1 = arith.addf %mean, %eps : tensor<16xf32>
  %r = math.rsqrt %m1 : tensor<16xf32>
  %rb = tile.broadcast %r dims [0] : tensor<16xf32> -> tensor<16x192xf32>
  %wt = tile.load %w[%c0] sizes [192] : memref<192xf32> -> tensor<192xf32>
  %wb = tile.broadcast %wt dims [1] : tensor<192xf32> -> tensor<16x192xf32>
  %a = arith.mulf %t, %rb : tensor<16x192xf32>
  %b = arith.mulf %a, %wb : tensor<16x192xf32>
  tile.store %b, %y[%row, %c0] sizes [16, 192] : tensor<16x192xf32>, memref<?x192xf32>
  tile.return
}
