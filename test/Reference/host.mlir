// The host level: a function with its plan, a workspace by bytes, and hadal.init.
// RUN: %python -c "import numpy as np; np.savez('%t.in.npz', x=np.arange(6, dtype=np.float32).reshape(3, 2)); np.savez('%t.out.npz', y=2 * np.arange(6, dtype=np.float32).reshape(3, 2) + [[10, 20]])"
// RUN: hadal-run --target=reference %s --inputs=%t.in.npz --expected=%t.out.npz | FileCheck %s
// CHECK: right  y: relative L2 0.00e+00

tile.global @bias : tensor<2xf32> = dense<[5.0, 10.0]> : tensor<2xf32>
tile.global @twice : tensor<2xf32>

tile.program @add_rows(%x: memref<?x2xf32>, %b: memref<2xf32>, %y: memref<?x2xf32>) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%i, %c0] sizes [1, 2] : memref<?x2xf32> -> tensor<2xf32>
  %t = tile.load %b[%c0] sizes [2] : memref<2xf32> -> tensor<2xf32>
  %s = arith.addf %a, %t : tensor<2xf32>
  tile.store %s, %y[%i, %c0] sizes [1, 2] : tensor<2xf32>, memref<?x2xf32>
  tile.return
}
tile.program @double(%x: memref<?xf32>, %y: memref<?xf32>) {
  %i = tile.program_id x
  %a = tile.load %x[%i] sizes [1] : memref<?xf32> -> f32
  %s = arith.addf %a, %a : f32
  tile.store %s, %y[%i] sizes [1] : f32, memref<?xf32>
  tile.return
}

// bias + bias, once at load.
func.func @hadal.init(%ws: memref<?xi8>) attributes {hadal.entry} {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tile.get_global @bias : memref<2xf32>
  %t = tile.get_global @twice : memref<2xf32>
  tile.launch @double grid[%c2, %c1, %c1] ins(%b : memref<2xf32>) outs(%t : memref<2xf32>)
  return
}
func.func @hadal.init.plan() -> index attributes {hadal.plan} {
  %c0 = arith.constant 0 : index
  return %c0 : index
}

func.func @f(%x: memref<?x2xf32> {hadal.name = "x"}, %y: memref<?x2xf32> {hadal.name = "y", hadal.output},
             %ws: memref<?xi8>) attributes {hadal.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c64 = arith.constant 64 : index
  %n = memref.dim %x, %c0 : memref<?x2xf32>
  %size = arith.muli %n, %c2 : index
  %flat = memref.collapse_shape %x [[0, 1]] : memref<?x2xf32> into memref<?xf32>
  %t = memref.view %ws[%c64][%size] : memref<?xi8> to memref<?xf32>
  tile.launch @double grid[%size, %c1, %c1] ins(%flat : memref<?xf32>) outs(%t : memref<?xf32>)
  %rows = memref.expand_shape %t [[0, 1]] output_shape [%n, 2] : memref<?xf32> into memref<?x2xf32>
  %b = tile.get_global @twice : memref<2xf32>
  tile.launch @add_rows grid[%n, %c1, %c1] ins(%rows, %b : memref<?x2xf32>, memref<2xf32>) outs(%y : memref<?x2xf32>)
  return
}
func.func @f.plan(%n: index, %two: index) -> (index, index, index) attributes {hadal.plan} {
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %bytes = arith.muli %n, %c8 : index
  %all = arith.addi %bytes, %c64 : index
  return %all, %n, %two : index, index, index
}
