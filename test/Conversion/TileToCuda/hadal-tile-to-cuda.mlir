// RUN: hadal-opt %s --hadal-assign-layouts --hadal-tile-to-cuda --canonicalize --cse --split-input-file | FileCheck %s

// A memref is a pointer and its dynamic sizes; the program stays for its launches.
// CHECK-LABEL: tile.program @scale
// CHECK: cuda.kernel @scale(%[[X:.*]] as "x": !cuda.array<global, f32>, %[[XD:.*]] as "x_d0": index, %[[F:.*]] as "arg1": f32, %[[Y:.*]] as "y": !cuda.array<global, f32>, %[[YD:.*]] as "y_d0": index) threads 128 {
tile.program @scale(%x: memref<?x32xf32> {hadal.name = "x"}, %f: f32, %y: memref<?x32xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %r = arith.muli %i, %c4 : index
  %t = tile.load %x[%r, %c0] sizes [4, 32] : memref<?x32xf32> -> tensor<4x32xf32>
  %s = tensor.splat %f : tensor<4x32xf32>
  %m = arith.mulf %t, %s : tensor<4x32xf32>
  tile.store %m, %y[%r, %c0] sizes [4, 32] : tensor<4x32xf32>, memref<?x32xf32>
  tile.return
}
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[TID:.*]] = cuda.thread_id
// CHECK: %[[T0:.*]] = arith.divsi %[[TID]], %{{.*}} {cuda.name = "warp"}
// CHECK: %[[T1:.*]] = arith.remsi %[[TID]], %{{.*}} {cuda.name = "lane"}
// CHECK: %[[I:.*]] = cuda.block_id 0
// CHECK: %[[R:.*]] = arith.muli %[[I]], %[[C4]]
// One element for each thread: a row that is not there is neither read nor written; columns are always there.
// CHECK: %[[L0:.*]] = arith.index_cast %[[T0]]
// CHECK: %[[ROW:.*]] = arith.addi %[[R]], %[[L0]]
// CHECK: %[[IN:.*]] = arith.cmpi slt, %[[ROW]], %[[YD]]
// CHECK: scf.if %[[IN]] {
// CHECK: %[[HAVE:.*]] = arith.cmpi slt, %[[ROW]], %[[XD]]
// CHECK: %[[V:.*]] = cuda.get %[[X]][%[[AT:.*]]] if %[[HAVE]] else
// CHECK: %[[W:.*]] = arith.mulf %[[V]], %[[F]] : f32
// CHECK: cuda.set %[[W]], %[[Y]][%[[AT]]]

// -----

// A sum over more threads than a warp has: shuffles, then shared memory.
// CHECK-LABEL: cuda.kernel @total
tile.program @total(%x: memref<512xf32>, %y: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [512] : memref<512xf32> -> tensor<512xf32>
  %s = tile.reduce add %t axis 0 : tensor<512xf32> -> f32
  tile.store %s, %y[%c0] sizes [1] : f32, memref<1xf32>
  tile.return
}
// CHECK: %[[P:.*]] = cuda.local "reduce" : <local, 1 x f32>
// CHECK: cuda.shuffle_xor %{{.*}} by 16
// CHECK: cuda.shuffle_xor %{{.*}} by 1 :
// CHECK: %[[S:.*]] = cuda.shared "partials" : <shared, 128 x f32>
// CHECK: cuda.set %{{.*}}, %[[S]]
// CHECK-COUNT-4: cuda.get %[[S]]
// One thread stores the scalar.
// CHECK: %[[FIRST:.*]] = arith.cmpi eq
// CHECK: scf.if %[[FIRST]]

// -----

// What two loops carry is swapped by way of a copy.
// CHECK-LABEL: cuda.kernel @swap
tile.program @swap(%x: memref<128xf32>, %n: index, %y: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant dense<0.0> : tensor<128xf32>
  %t = tile.load %x[%c0] sizes [128] : memref<128xf32> -> tensor<128xf32>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %t, %b = %zero) -> (tensor<128xf32>, tensor<128xf32>) {
    scf.yield %b, %a : tensor<128xf32>, tensor<128xf32>
  }
  tile.store %r#0, %y[%c0] sizes [128] : tensor<128xf32>, memref<128xf32>
  tile.return
}
// CHECK: %[[A:.*]] = cuda.local "carried_tile"
// CHECK: %[[B:.*]] = cuda.local "carried_tile"
// CHECK: scf.for
// CHECK-DAG: %[[OLDB:.*]] = cuda.get %[[B]]
// CHECK-DAG: %[[OLDA:.*]] = cuda.get %[[A]]
// CHECK: } {cuda.uniform}
