// RUN: hadal-opt %s --hadal-allocate --canonicalize --cse | FileCheck %s
// RUN: hadal-opt %s --hadal-allocate --verify-roundtrip -o /dev/null

tile.program @copy(%x: memref<?x64xf32>, %y: memref<?x64xf32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%i, %c0] sizes [1, 64] : memref<?x64xf32> -> tensor<1x64xf32>
  tile.store %t, %y[%i, %c0] sizes [1, 64] : tensor<1x64xf32>, memref<?x64xf32>
  tile.return
}

// The first intermediate is dead when the third is born: they share a slot. The
// result is written straight into the output, through the reshape undone.

// CHECK: #[[TWO:.*]] = affine_map<()[s0, s1] -> ((s0 * s1) * 512)>
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.*]]: memref<?x?x64xf32> {hadal.dims = ["b", "s", ""], hadal.name = "x"},
// CHECK-SAME: %[[OUT:.*]]: memref<?x?x64xf32> {hadal.name = "y", hadal.output},
// CHECK-SAME: %[[WS:.*]]: memref<?xi8>) attributes {hadal.entry}
// CHECK-DAG: %[[IN:.*]] = memref.collapse_shape %[[X]] {{\[\[}}0, 1], [2]]
// CHECK-DAG: %[[A:.*]] = memref.view %[[WS]][%c0][%{{.*}}] : memref<?xi8> to memref<?x64xf32>
// CHECK: tile.launch @copy {{.*}} ins(%[[IN]] : {{.*}} outs(%[[A]] :
// CHECK: %[[B:.*]] = memref.view %[[WS]][%[[BYTES:.*]]][%{{.*}}] : memref<?xi8> to memref<?x64xf32>
// CHECK: tile.launch @copy {{.*}} ins(%[[A]] : {{.*}} outs(%[[B]] :
// CHECK: tile.launch @copy {{.*}} ins(%[[B]] : {{.*}} outs(%[[A]] :
// CHECK: %[[Y:.*]] = memref.collapse_shape %[[OUT]] {{\[\[}}0, 1], [2]]
// CHECK: tile.launch @copy {{.*}} ins(%[[A]] : {{.*}} outs(%[[Y]] :
// CHECK: return{{$}}

// CHECK-LABEL: func.func @chain.plan(
// CHECK-SAME: %[[D0:[a-z0-9]+]]: index, %[[D1:[a-z0-9]+]]: index, %[[D2:[a-z0-9]+]]: index) -> (index, index, index, index) attributes {hadal.plan}
// CHECK: %[[SIZE:.*]] = affine.apply #[[TWO]]()[%[[D0]], %[[D1]]]
// CHECK: return %[[SIZE]], %[[D0]], %[[D1]], %c64
func.func @chain(%x: tensor<?x?x64xf32> {hadal.name = "x", hadal.dims = ["b", "s", ""]}) -> (tensor<?x?x64xf32> {hadal.name = "y"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x64xf32>
  %s = tensor.dim %x, %c1 : tensor<?x?x64xf32>
  %n = affine.apply affine_map<()[s0, s1] -> (s0 * s1)>()[%b, %s]
  %flat = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x?x64xf32> into tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %1 = tile.launch @copy grid[%n, %c1, %c1] ins(%flat : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = tile.launch @copy grid[%n, %c1, %c1] ins(%1 : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = tile.launch @copy grid[%n, %c1, %c1] ins(%2 : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %4 = tile.launch @copy grid[%n, %c1, %c1] ins(%3 : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = tensor.expand_shape %4 [[0, 1], [2]] output_shape [%b, %s, 64] : tensor<?x64xf32> into tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}

// What two launches write on is made twice.

// CHECK-LABEL: func.func @shared(
// CHECK-SAME: %[[X:.*]]: memref<?x64xf32>, %[[Y:.*]]: memref<?x64xf32> {hadal.output}, %[[Z:.*]]: memref<?x64xf32> {hadal.output}
// CHECK-DAG: tile.launch @copy {{.*}} outs(%[[Y]] :
// CHECK-DAG: tile.launch @copy {{.*}} outs(%[[Z]] :
// CHECK: tile.launch @copy
// CHECK: tile.launch @copy
func.func @shared(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %1 = tile.launch @copy grid[%n, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = tile.launch @copy grid[%c1, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%1 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = tile.launch @copy grid[%c0, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%1 : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %2, %3 : tensor<?x64xf32>, tensor<?x64xf32>
}
