// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// program C1, layout
// expected-error @+1 {{argument 0 must have the identity layout}}
tile.program @p(%x: memref<4x4xf32, strided<[8, 1]>>) {
  tile.return
}

// -----

// program C1, kind
// expected-error @+1 {{argument 0 must be a memref or a scalar, not 'tensor<4xf32>'}}
tile.program @p(%x: tensor<4xf32>) {
  tile.return
}

// -----

// program C2
// expected-error @+1 {{must have no results}}
tile.program @p(%x: memref<4xf32>) -> i32 {
  tile.return
}

// -----

// program_id C1
tile.program @p() {
  // expected-error @+1 {{the dimension of a grid is x, y or z, not w}}
  %i = tile.program_id w
  tile.return
}

// -----

// launch C1
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x4xf32>) {
  // expected-error @+1 {{no tile.program named @q}}
  %0 = tile.launch @q grid[%g, %g, %g] ins(%a : tensor<3x4xf32>) outs(%a : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// launch C2, number
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x4xf32>) {
  // expected-error @+1 {{passes 1 arguments to @p, which takes 2}}
  %0 = tile.launch @p grid[%g, %g, %g] outs(%a : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// launch C2, type
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x5xf32>) {
  // expected-error @+1 {{argument 0 of @p is 'memref<?x4xf32>', not 'tensor<3x5xf32>'}}
  %0 = tile.launch @p grid[%g, %g, %g] ins(%a : tensor<3x5xf32>) outs(%a : tensor<3x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

// launch C3, mixed
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x4xf32>, %m: memref<3x4xf32>) {
  // expected-error @+1 {{mixes tensors and memrefs}}
  %0 = tile.launch @p grid[%g, %g, %g] ins(%m : memref<3x4xf32>) outs(%a : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// launch C3, results
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x4xf32>) {
  // expected-error @+1 {{results must be exactly the types of the tensor outputs}}
  tile.launch @p grid[%g, %g, %g] ins(%a : tensor<3x4xf32>) outs(%a : tensor<3x4xf32>)
  return
}

// -----

// launch grid
tile.program @p(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  tile.return
}
func.func @f(%g: index, %a: tensor<3x4xf32>) {
  // expected-error @+1 {{the grid has three sizes, not 2}}
  %0 = tile.launch @p grid[%g, %g] ins(%a : tensor<3x4xf32>) outs(%a : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// global C1
// expected-error @+1 {{the value is 'tensor<4xf32>', not 'tensor<5xf32>'}}
tile.global @w : tensor<5xf32> = dense<1.0> : tensor<4xf32>

// -----

// get_global C1
func.func @f() {
  // expected-error @+1 {{no tile.global named @w}}
  %0 = tile.get_global @w : tensor<4xf32>
  return
}

// -----

// get_global C2
tile.global @w : tensor<4xf32>
func.func @f() {
  // expected-error @+1 {{@w is 'tensor<4xf32>', not 'memref<5xf32>'}}
  %0 = tile.get_global @w : memref<5xf32>
  return
}

// -----

// load C1, number
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{needs one offset, size and stride for each of the 2 dimensions}}
  %0 = tile.load %x[%i] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
  tile.return
}

// -----

// load C1, positive
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{sizes and strides must be positive}}
  %0 = tile.load %x[%i, %i] sizes [16, 32] strides [1, 0] : memref<?x64xf32> -> tensor<16x32xf32>
  tile.return
}

// -----

// load C2, element
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{has elements of 'f16' where the memref has 'f32'}}
  %0 = tile.load %x[%i, %i] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf16>
  tile.return
}

// -----

// load C2, shape
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{the tile 'tensor<64x16xf32>' is not the sizes with dimensions of size 1 dropped}}
  %0 = tile.load %x[%i, %i] sizes [16, 64] : memref<?x64xf32> -> tensor<64x16xf32>
  tile.return
}

// -----

// load C3
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  // expected-error @+1 {{the pad must have the source's element type}}
  %0 = "tile.load"(%x, %i, %i, %i) <{sizes = array<i64: 16, 64>, operandSegmentSizes = array<i32: 1, 2, 0, 1>}> : (memref<?x64xf32>, index, index, index) -> tensor<16x64xf32>
  tile.return
}

// -----

// load C4
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %r = arith.constant dense<0> : tensor<8xi32>
  // expected-error @+1 {{row indices must be of rank 1, one for each of the sizes of their dimension, stride 1}}
  %0 = tile.load %x[%i, %i] sizes [16, 64] gather %r at 0 : tensor<8xi32> : memref<?x64xf32> -> tensor<16x64xf32>
  tile.return
}

// -----

// load C4, dimension
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %r = arith.constant dense<0> : tensor<8xi32>
  // expected-error @+1 {{row indices and their dimension come together}}
  %0 = "tile.load"(%x, %i, %i, %r) <{sizes = array<i64: 8, 64>, operandSegmentSizes = array<i32: 1, 2, 1, 0>}> : (memref<?x64xf32>, index, index, tensor<8xi32>) -> tensor<8x64xf32>
  tile.return
}

// -----

// store C1, number
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %v = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{needs one offset, size and stride for each of the 2 dimensions}}
  tile.store %v, %x[%i] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// store C1, positive
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %v = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{sizes and strides must be positive}}
  tile.store %v, %x[%i, %i] sizes [-16, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// store C2, element
tile.program @p(%x: memref<?x64xf16>, %i: index) {
  %v = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{has elements of 'f32' where the memref has 'f16'}}
  tile.store %v, %x[%i, %i] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf16>
  tile.return
}

// -----

// store C2, shape
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %v = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{is not the sizes with dimensions of size 1 dropped}}
  tile.store %v, %x[%i, %i] sizes [8, 64] : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// store C3
tile.program @p(%x: memref<?x64xf32>, %i: index) {
  %v = arith.constant dense<0.0> : tensor<16x64xf32>
  %r = arith.constant dense<0> : tensor<8xi32>
  // expected-error @+1 {{row indices must be of rank 1}}
  tile.store %v, %x[%i, %i] sizes [16, 64] scatter %r at 0 : tensor<8xi32> : tensor<16x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// dot C1, rank
tile.program @p() {
  %a = arith.constant dense<0.0> : tensor<4x32x64xf32>
  %b = arith.constant dense<0.0> : tensor<64x32xf32>
  %c = arith.constant dense<0.0> : tensor<32x32xf32>
  // expected-error @+1 {{takes tiles of rank 2}}
  %0 = tile.dot %a, %b, %c precision f32 : tensor<4x32x64xf32>, tensor<64x32xf32>, tensor<32x32xf32>
  tile.return
}

// -----

// dot C1, sizes
tile.program @p() {
  %a = arith.constant dense<0.0> : tensor<32x64xf32>
  %b = arith.constant dense<0.0> : tensor<32x64xf32>
  %c = arith.constant dense<0.0> : tensor<32x32xf32>
  // expected-error @+1 {{the tiles disagree in M, N or K}}
  %0 = tile.dot %a, %b, %c precision f32 : tensor<32x64xf32>, tensor<32x64xf32>, tensor<32x32xf32>
  tile.return
}

// -----

// dot C1, types
tile.program @p() {
  %a = arith.constant dense<0.0> : tensor<32x64xf16>
  %b = arith.constant dense<0.0> : tensor<64x32xf16>
  %c = arith.constant dense<0.0> : tensor<32x32xf16>
  // expected-error @+1 {{multiplies tiles of one float type into an f32 accumulator}}
  %0 = tile.dot %a, %b, %c precision f32 : tensor<32x64xf16>, tensor<64x32xf16>, tensor<32x32xf16>
  tile.return
}

// -----

// reduce C1, axis
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32x16xf32>
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = tile.reduce max %s axis 2 : tensor<32x16xf32> -> tensor<32xf32>
  tile.return
}

// -----

// reduce C1, result
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32x16xf32>
  // expected-error @+1 {{gives 'tensor<16xf32>', not 'tensor<32xf32>'}}
  %0 = tile.reduce max %s axis 0 : tensor<32x16xf32> -> tensor<32xf32>
  tile.return
}

// -----

// broadcast C1, number
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32xf32>
  // expected-error @+1 {{needs a result dimension for each of the source's 1}}
  %0 = tile.broadcast %s dims [0, 1] : tensor<32xf32> -> tensor<32x16xf32>
  tile.return
}

// -----

// broadcast C1, order
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32x16xf32>
  // expected-error @+1 {{dims must be strictly increasing and within the result's rank}}
  %0 = tile.broadcast %s dims [1, 0] : tensor<32x16xf32> -> tensor<16x32xf32>
  tile.return
}

// -----

// broadcast C2, size
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32xf32>
  // expected-error @+1 {{source dimension 0 and result dimension 1 differ in size}}
  %0 = tile.broadcast %s dims [1] : tensor<32xf32> -> tensor<32x16xf32>
  tile.return
}

// -----

// broadcast C2, element
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32xf32>
  // expected-error @+1 {{keeps the element type}}
  %0 = tile.broadcast %s dims [0] : tensor<32xf32> -> tensor<32x16xf16>
  tile.return
}

// -----

// transpose C1, permutation
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32x16xf32>
  // expected-error @+1 {{perm must be a permutation of the source's dimensions}}
  %0 = tile.transpose %s perm [0, 0] : tensor<32x16xf32> -> tensor<16x32xf32>
  tile.return
}

// -----

// transpose C1, result
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<32x16xf32>
  // expected-error @+1 {{gives 'tensor<16x32xf32>', not 'tensor<32x16xf32>'}}
  %0 = tile.transpose %s perm [1, 0] : tensor<32x16xf32> -> tensor<32x16xf32>
  tile.return
}

// -----

// iota C1
tile.program @p() {
  // expected-error @+1 {{counts along a tile of rank 1}}
  %0 = tile.iota : tensor<16x2xi32>
  tile.return
}

// -----

// scan C1
tile.program @p() {
  %s = arith.constant dense<0> : tensor<16x8xi32>
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = tile.scan %s axis 2 : tensor<16x8xi32>
  tile.return
}

// -----

// topk C1
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{takes rows of a tile of rank 1 or 2, and 1 <= k <= their size}}
  %0, %1 = tile.topk %s k 65 : tensor<16x64xf32> -> tensor<16x65xf32>, tensor<16x65xi32>
  tile.return
}

// -----

// topk C2
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<16x64xf32>
  // expected-error @+1 {{gives values and i32 columns of the source's shape with k last}}
  %0, %1 = tile.topk %s k 4 : tensor<16x64xf32> -> tensor<16x4xf32>, tensor<16x4xi64>
  tile.return
}

// -----

// take C1
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<16x64xf32>
  %c = arith.constant dense<0> : tensor<8x4xi32>
  // expected-error @+1 {{takes tiles of rank 1 or 2 that agree in all but the last dimension}}
  %0 = tile.take %s, %c : tensor<16x64xf32>, tensor<8x4xi32> -> tensor<8x4xf32>
  tile.return
}

// -----

// take C2
tile.program @p() {
  %s = arith.constant dense<0.0> : tensor<16x64xf32>
  %c = arith.constant dense<0> : tensor<16x4xi32>
  // expected-error @+1 {{gives 'tensor<16x4xf32>'}}
  %0 = tile.take %s, %c : tensor<16x64xf32>, tensor<16x4xi32> -> tensor<16x5xf32>
  tile.return
}
