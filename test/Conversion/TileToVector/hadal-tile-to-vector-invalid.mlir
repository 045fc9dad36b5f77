// RUN: hadal-opt %s --hadal-tile-to-vector --split-input-file --verify-diagnostics

tile.program @constant(%y: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{is a tile of different values, which has no lowering to vectors}}
  %t = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  tile.store %t, %y[%c0] sizes [4] : tensor<4xf32>, memref<4xf32>
  tile.return
}

// -----

tile.program @dot(%x: memref<8x8xf64>, %y: memref<8x8xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<8x8xf32>
  %t = tile.load %x[%c0, %c0] sizes [8, 8] : memref<8x8xf64> -> tensor<8x8xf64>
  // expected-error @+1 {{has a lowering to vectors for elements of up to 32 bits only}}
  %d = tile.dot %t, %t, %z precision f32 : tensor<8x8xf64>, tensor<8x8xf64>, tensor<8x8xf32>
  tile.store %d, %y[%c0, %c0] sizes [8, 8] : tensor<8x8xf32>, memref<8x8xf32>
  tile.return
}

// -----

tile.program @accumulate(%x: memref<8xi8>) {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1> : tensor<8xi8>
  // expected-error @+1 {{accumulates in a lowering to vectors numbers of 32 and 64 bits only}}
  tile.store %t, %x[%c0] sizes [8] accumulate : tensor<8xi8>, memref<8xi8>
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
