// RUN: hadal-opt %s --hadal-tile-to-vector=vector-bits=512 --canonicalize --cse --split-input-file | FileCheck %s

// An element-wise program is one loop of vectors; bounds are checked once for the tile.
// CHECK-LABEL: tile.program @double
// CHECK-SAME: hadal.cpu = @double.cpu, hadal.scratch_bytes = 0
// CHECK-LABEL: func.func private @double.cpu
// CHECK-SAME: (%{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %[[X:[a-z0-9]+]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>)
// CHECK: scf.if
// CHECK: scf.for
// CHECK: %[[V:.*]] = vector.load %{{.*}} : memref<?xf32>, vector<16xf32>
// CHECK: %[[D:.*]] = arith.addf %[[V]], %[[V]] : vector<16xf32>
// CHECK: vector.store %[[D]]
// CHECK: } else {
// CHECK: vector.create_mask
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
tile.program @double(%x: memref<?xf32>, %y: memref<?xf32>) {
  %i = tile.program_id x
  %c64 = arith.constant 64 : index
  %r = arith.muli %i, %c64 : index
  %t = tile.load %x[%r] sizes [64] : memref<?xf32> -> tensor<64xf32>
  %d = arith.addf %t, %t : tensor<64xf32>
  tile.store %d, %y[%r] sizes [64] : tensor<64xf32>, memref<?xf32>
  tile.return
}

// -----

// What is known to lie inside is not checked; the tail of a row is a smaller vector, masked where that is too wide.
// CHECK-LABEL: func.func private @tail.cpu
// CHECK-NOT: scf.if
// CHECK: vector.load %{{.*}} : memref<19xf32{{.*}}>, vector<16xf32>
// CHECK: %[[MASK:.*]] = vector.constant_mask [3] : vector<4xi1>
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
tile.program @tail(%x: memref<19xf32>, %y: memref<19xf32>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [19] : memref<19xf32> -> tensor<19xf32>
  tile.store %t, %y[%c0] sizes [19] : tensor<19xf32>, memref<19xf32>
  tile.return
}

// -----

// The sums of a row are a buffer, which the loop of the store reads once a row.
// CHECK-LABEL: func.func private @mean.cpu
// CHECK: scf.for
// CHECK: vector.reduction <add>
// CHECK: memref.store
// CHECK: scf.for
// CHECK: %[[SUM:.*]] = memref.load
// CHECK: vector.broadcast %[[SUM]] : f32 to vector<16xf32>
// CHECK: vector.store
tile.program @mean(%x: memref<8x64xf32>, %y: memref<8x64xf32>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0, %c0] sizes [8, 64] : memref<8x64xf32> -> tensor<8x64xf32>
  %s = tile.reduce add %t axis 1 : tensor<8x64xf32> -> tensor<8xf32>
  %b = tile.broadcast %s dims [0] : tensor<8xf32> -> tensor<8x64xf32>
  %d = arith.divf %t, %b : tensor<8x64xf32>
  tile.store %d, %y[%c0, %c0] sizes [8, 64] : tensor<8x64xf32>, memref<8x64xf32>
  tile.return
}

// -----

// A dot's a is read where it lies, its b is packed, and the sums of the loop over k stay in one buffer.
// CHECK-LABEL: func.func private @matmul.cpu
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c32
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c1
// CHECK-COUNT-2: vector.store
// CHECK: scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK-COUNT-16: vector.load
// CHECK: %[[SUMS:.*]]:16 = scf.for {{.*}} iter_args
// CHECK: vector.load
// CHECK: vector.load
// CHECK: memref.load
// CHECK: vector.broadcast
// CHECK-COUNT-16: vector.fma
// CHECK: vector.store %[[SUMS]]#0
// CHECK: vector.store %[[SUMS]]#15
tile.program @matmul(%a: memref<16x64xf32>, %b: memref<64x32xf32>, %c: memref<16x32xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %z = arith.constant dense<0.0> : tensor<16x32xf32>
  %r = scf.for %k = %c0 to %c64 step %c32 iter_args(%acc = %z) -> tensor<16x32xf32> {
    %ta = tile.load %a[%c0, %k] sizes [16, 32] : memref<16x64xf32> -> tensor<16x32xf32>
    %tb = tile.load %b[%k, %c0] sizes [32, 32] : memref<64x32xf32> -> tensor<32x32xf32>
    %d = tile.dot %ta, %tb, %acc precision f32 : tensor<16x32xf32>, tensor<32x32xf32>, tensor<16x32xf32>
    scf.yield %d : tensor<16x32xf32>
  }
  tile.store %r, %c[%c0, %c0] sizes [16, 32] : tensor<16x32xf32>, memref<16x32xf32>
  tile.return
}

// -----

// One row: b streams past the sums of 128 columns.
// CHECK-LABEL: func.func private @row.cpu
// CHECK-NOT: vector.store
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-8: vector.load
// CHECK: memref.load
// CHECK-COUNT-8: vector.fma
tile.program @row(%a: memref<1x64xf32>, %b: memref<64x128xf32>, %c: memref<1x128xf32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant dense<0.0> : tensor<1x128xf32>
  %ta = tile.load %a[%c0, %c0] sizes [1, 64] : memref<1x64xf32> -> tensor<1x64xf32>
  %tb = tile.load %b[%c0, %c0] sizes [64, 128] : memref<64x128xf32> -> tensor<64x128xf32>
  %d = tile.dot %ta, %tb, %z precision f32 : tensor<1x64xf32>, tensor<64x128xf32>, tensor<1x128xf32>
  tile.store %d, %c[%c0, %c0] sizes [1, 128] : tensor<1x128xf32>, memref<1x128xf32>
  tile.return
}

// -----

// Booleans are bytes in memory; gathered rows are checked one by one.
// CHECK-LABEL: func.func private @gather.cpu
// CHECK-SAME: memref<?x16xi8>
// CHECK: %[[ROW:.*]] = memref.load
// CHECK: arith.cmpi sge
// CHECK: vector.maskedload {{.*}} vector<16xi8>
tile.program @gather(%x: memref<?x16xi1>, %rows: memref<4xi32>, %y: memref<4x16xi1>) {
  %c0 = arith.constant 0 : index
  %r = tile.load %rows[%c0] sizes [4] : memref<4xi32> -> tensor<4xi32>
  %t = tile.load %x[%c0, %c0] sizes [4, 16] gather %r at 0 : tensor<4xi32> : memref<?x16xi1> -> tensor<4x16xi1>
  tile.store %t, %y[%c0, %c0] sizes [4, 16] : tensor<4x16xi1>, memref<4x16xi1>
  tile.return
}
