// RUN: hadal-opt %s --hadal-tile-to-vector --split-input-file --verify-diagnostics

tile.program @constant(%y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{is a tile of different values, which has no lowering to vectors}}
  %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  tile.store %t, %y[%c0] sizes [4] : tensor<4xf32>, memref<4xf32>
  tile.return
}

// -----

tile.program @topk(%x: memref<8xi64>, %y: memref<2xi64>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [8] : memref<8xi64> -> tensor<8xi64>
  // expected-error @+1 {{has a lowering to vectors for elements of up to 32 bits only}}
  %v, %i = tile.topk %t k 2 : tensor<8xi64> -> tensor<2xi64>, tensor<2xi32>
  tile.store %v, %y[%c0] sizes [2] : tensor<2xi64>, memref<2xi64>
  tile.return
}

// -----

tile.program @other(%x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [8] : memref<8xf32> -> tensor<8xf32>
  // expected-error @+1 {{has no lowering to vectors}}
  %p = tensor.insert_slice %t into %t[0] [8] [1] : tensor<8xf32> into tensor<8xf32>
  tile.store %p, %y[%c0] sizes [8] : tensor<8xf32>, memref<8xf32>
  tile.return
}
