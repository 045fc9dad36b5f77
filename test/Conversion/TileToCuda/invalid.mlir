// RUN: hadal-opt %s --hadal-assign-layouts --hadal-tile-to-cuda --split-input-file --verify-diagnostics

tile.program @constant(%y: memref<2xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{a tile constant must have one value for all elements}}
  %t = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  tile.store %t, %y[%c0] sizes [2] : tensor<2xf32>, memref<2xf32>
  tile.return
}

// -----

tile.program @dim(%x: memref<?x4xf32>, %i: index, %y: memref<1xindex>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{only a constant dimension of an argument has a CUDA form}}
  %n = memref.dim %x, %i : memref<?x4xf32>
  tile.store %n, %y[%c0] sizes [1] : index, memref<1xindex>
  tile.return
}

// -----

tile.program @foreign(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{has no CUDA form}}
  %v = memref.load %x[%c0] : memref<4xf32>
  tile.store %v, %x[%c0] sizes [1] : f32, memref<4xf32>
  tile.return
}

// -----

tile.program @index_sum(%x: memref<4xindex>, %y: memref<1xindex>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [4] : memref<4xindex> -> tensor<4xindex>
  // expected-error @+1 {{a reduction of index elements has no CUDA form}}
  %s = tile.reduce add %t axis 0 : tensor<4xindex> -> index
  tile.store %s, %y[%c0] sizes [1] : index, memref<1xindex>
  tile.return
}
