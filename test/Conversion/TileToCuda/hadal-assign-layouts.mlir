// RUN: hadal-opt %s --hadal-assign-layouts --split-input-file | FileCheck %s

// The sum's loop and the store agree on a layout, so that no element changes its thread; what is used twice stays in
// registers, what is used once is computed in place; a warp has a row.
// CHECK-LABEL: tile.program @norm
// CHECK-SAME: cuda.threads = 128
tile.program @norm(%x: memref<?x64xf32>, %y: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK: tile.load {{.*}}cuda.homes = [#cuda.home<registers in <threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 2 by 4, d1 x 2 by 32]>>]
  %t = tile.load %x[%c0, %c0] sizes [8, 64] : memref<?x64xf32> -> tensor<8x64xf32>
  // CHECK: arith.mulf {{.*}}cuda.homes = [#cuda.home<inline>]
  %s = arith.mulf %t, %t : tensor<8x64xf32>
  // CHECK: tile.reduce {{.*}}cuda.homes = [#cuda.home<registers in <threads [_ x 32, d0 x 4 by 1] registers [d0 x 2 by 4]>>]
  // CHECK-SAME: cuda.layout = #cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 2 by 4, d1 x 2 by 32]>
  %n = tile.reduce add %s axis 1 : tensor<8x64xf32> -> tensor<8xf32>
  // CHECK: math.rsqrt {{.*}}cuda.homes = [#cuda.home<registers in <threads [_ x 32, d0 x 4 by 1] registers [d0 x 2 by 4]>>]
  %r = math.rsqrt %n : tensor<8xf32>
  // CHECK: tile.broadcast {{.*}}cuda.homes = [#cuda.home<inline>]
  %b = tile.broadcast %r dims [0] : tensor<8xf32> -> tensor<8x64xf32>
  %m = arith.mulf %t, %b : tensor<8x64xf32>
  // CHECK: tile.store {{.*}}cuda.layout = #cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 2 by 4, d1 x 2 by 32]>
  tile.store %m, %y[%c0, %c0] sizes [8, 64] : tensor<8x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// Operands of a product lie in shared memory, with a pitch without bank conflicts; accumulators in registers, over the
// loop too.
// CHECK-LABEL: tile.program @fma
tile.program @fma(%a: memref<64x96xf32>, %b: memref<96x64xf32>, %y: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c96 = arith.constant 96 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %d = scf.for %k = %c0 to %c96 step %c32 iter_args(%c = %zero) -> tensor<64x64xf32> {
    // CHECK: tile.load %arg0{{.*}}cuda.homes = [#cuda.home<shared pitch 33>]
    %s = tile.load %a[%c0, %k] sizes [64, 32] : memref<64x96xf32> -> tensor<64x32xf32>
    // CHECK: tile.load %arg1{{.*}}cuda.homes = [#cuda.home<shared pitch 65>]
    %t = tile.load %b[%k, %c0] sizes [32, 64] : memref<96x64xf32> -> tensor<32x64xf32>
    // CHECK: tile.dot {{.*}}[#cuda.home<registers in <threads [d1 x 16 by 1, d0 x 8 by 1] registers [d0 x 8 by 8, d1 x 4 by 16]>>]
    %n = tile.dot %s, %t, %c precision f32 : tensor<64x32xf32>, tensor<32x64xf32>, tensor<64x64xf32>
    scf.yield %n : tensor<64x64xf32>
  }
  // CHECK: cuda.carried = [#cuda.home<registers in <threads [d1 x 16 by 1, d0 x 8 by 1] registers [d0 x 8 by 8, d1 x 4 by 16]>>]
  tile.store %d, %y[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<64x64xf32>
  tile.return
}

// -----

// Tensor cores: fragments of m16n8 over four warps. The result is an operand of the next product: it gets a copy in
// shared memory. Too many operands for shared memory are staged piece by piece along K.
// CHECK-LABEL: tile.program @mma
tile.program @mma(%a: memref<64x512xf32>, %b: memref<64x512xf32>, %y: memref<64x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  // CHECK: tile.load %arg0{{.*}}#cuda.home<inline>
  %s = tile.load %a[%c0, %c0] sizes [64, 512] : memref<64x512xf32> -> tensor<64x512xf32>
  %t = tile.load %b[%c0, %c0] sizes [64, 512] : memref<64x512xf32> -> tensor<64x512xf32>
  // CHECK: tile.dot {{.*}}cuda.chunk = 32
  // CHECK-SAME: cuda.homes = [#cuda.home<registers in <threads [d1 x 4 by 2, d0 x 8 by 1, d0 x 4 by 16] registers [d0 x 2 by 8, d1 x 8 by 8, d1 x 2 by 1]> pitch 68>]
  // CHECK-SAME: cuda.staging = [#cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 16 by 4]>, #cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 16 by 4]>]
  %d = tile.dot %s, %t, %zero transpose_b precision tf32 : tensor<64x512xf32>, tensor<64x512xf32>, tensor<64x64xf32>
  // CHECK: tile.dot {{.*}}cuda.homes
  %e = tile.dot %d, %d, %zero precision tf32 : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>
  tile.store %e, %y[%c0, %c0] sizes [64, 64] : tensor<64x64xf32>, memref<64x64xf32>
  tile.return
}

// -----

// Tiles that one thread must read whole rows of are shared; a tile that the program also overwrites is not loaded again.
// CHECK-LABEL: tile.program @irregular
tile.program @irregular(%x: memref<8x16xf32>, %y: memref<8x2xf32>) {
  %c0 = arith.constant 0 : index
  // CHECK: tile.load {{.*}}#cuda.home<registers in
  %t = tile.load %x[%c0, %c0] sizes [8, 16] : memref<8x16xf32> -> tensor<8x16xf32>
  // CHECK: math.exp {{.*}}#cuda.home<shared pitch 17>
  %e = math.exp %t : tensor<8x16xf32>
  // CHECK: tile.topk {{.*}}cuda.homes = [#cuda.home<shared pitch 3>, #cuda.home<shared pitch 3>]
  %v, %c = tile.topk %e k 2 : tensor<8x16xf32> -> tensor<8x2xf32>, tensor<8x2xi32>
  tile.store %t, %x[%c0, %c0] sizes [8, 16] : tensor<8x16xf32>, memref<8x16xf32>
  tile.store %v, %y[%c0, %c0] sizes [8, 2] : tensor<8x2xf32>, memref<8x2xf32>
  tile.return
}
