// What the reference refuses: one error with the operation and its place, exit status 1, never a crash.
// RUN: split-file %s %t

//--- slice.mlir
// RUN: not hadal-run --target=reference %t/slice.mlir 2>&1 | FileCheck %s --check-prefix=SLICE
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<3xf32>
  %c2 = arith.constant 2 : index
  // SLICE: error: {{.*}}slice.mlir:6:8: 'tensor.extract_slice' the slice [2, size 2, stride 1] is outside dimension 0 of size 3
  %s = tensor.extract_slice %x[%c2] [2] [1] : tensor<3xf32> to tensor<2xf32>
  check.expect_eq %s, %s : tensor<2xf32>, tensor<2xf32>
  return
}

//--- index.mlir
// RUN: not hadal-run --target=reference %t/index.mlir 2>&1 | FileCheck %s --check-prefix=INDEX
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<3xf32>
  %c3 = arith.constant 3 : index
  // INDEX: 'tensor.extract' index 3 is outside dimension 0 of size 3
  %s = tensor.extract %x[%c3] : tensor<3xf32>
  check.expect_eq %s, %s : f32, f32
  return
}

//--- dims.mlir
// RUN: not hadal-run --target=reference %t/dims.mlir 2>&1 | FileCheck %s --check-prefix=DIMS
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<3xf32>
  %y = arith.constant dense<0.0> : tensor<2xf32>
  %dx = tensor.cast %x : tensor<3xf32> to tensor<?xf32>
  %dy = tensor.cast %y : tensor<2xf32> to tensor<?xf32>
  // DIMS: 'arith.addf' the operands differ in shape
  %s = arith.addf %dx, %dy : tensor<?xf32>
  check.expect_eq %s, %s : tensor<?xf32>, tensor<?xf32>
  return
}

//--- generic-dims.mlir
// RUN: not hadal-run --target=reference %t/generic-dims.mlir 2>&1 | FileCheck %s --check-prefix=GENERIC
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<3x2xf32>
  %y = arith.constant dense<0.0> : tensor<3x2xf32>
  %z = arith.constant dense<0.0> : tensor<3x2xf32>
  %dx = tensor.cast %x : tensor<3x2xf32> to tensor<?x?xf32>
  %dy = tensor.cast %y : tensor<3x2xf32> to tensor<?x?xf32>
  // GENERIC: 'linalg.matmul' dimension 0 of operand 1 has the size 3 where another operand has 2
  %s = linalg.matmul ins(%dx, %dy : tensor<?x?xf32>, tensor<?x?xf32>) outs(%z : tensor<3x2xf32>) -> tensor<3x2xf32>
  check.expect_eq %s, %s : tensor<3x2xf32>, tensor<3x2xf32>
  return
}

//--- attention-dims.mlir
// RUN: not hadal-run --target=reference %t/attention-dims.mlir 2>&1 | FileCheck %s --check-prefix=ATTENTION
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x2xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x3x2xf32>
  %v = arith.constant dense<0.0> : tensor<1x1x2x2xf32>
  %dk = tensor.cast %k : tensor<1x1x3x2xf32> to tensor<1x1x?x2xf32>
  %dv = tensor.cast %v : tensor<1x1x2x2xf32> to tensor<1x1x?x2xf32>
  // ATTENTION: 'hadal.attention' v has the shape [1, 1, 2, 2], not [1, 1, 3, any]
  %o = hadal.attention %q, %dk, %dv scale 1.0 : (tensor<1x1x1x2xf32>, tensor<1x1x?x2xf32>, tensor<1x1x?x2xf32>) -> tensor<1x1x1x2xf32>
  check.expect_eq %o, %o : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

//--- expert.mlir
// RUN: not hadal-run --target=reference %t/expert.mlir 2>&1 | FileCheck %s --check-prefix=EXPERT
func.func @f() {
  %i = arith.constant dense<[[0, 5]]> : tensor<1x2xi32>
  // EXPERT: 'hadal.group' meets the expert 5 of 4
  %o, %p = hadal.group %i experts 4 : (tensor<1x2xi32>) -> (tensor<5xi32>, tensor<2xi32>)
  check.expect_eq %o, %o : tensor<5xi32>, tensor<5xi32>
  return
}

//--- topk.mlir
// RUN: not hadal-run --target=reference %t/topk.mlir 2>&1 | FileCheck %s --check-prefix=TOPK
func.func @f() {
  %x = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %k = arith.constant 3 : index
  // TOPK: 'hadal.topk' asks for the best 3 of 2
  %dx = tensor.cast %x : tensor<2xf32> to tensor<?xf32>
  %v, %i = hadal.topk %dx, %k largest : (tensor<?xf32>, index) -> (tensor<?xf32>, tensor<?xi64>)
  check.expect_eq %v, %v : tensor<?xf32>, tensor<?xf32>
  return
}

//--- division.mlir
// RUN: not hadal-run --target=reference %t/division.mlir 2>&1 | FileCheck %s --check-prefix=DIVISION
func.func @f() {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  // DIVISION: 'arith.divsi' division by zero
  %s = arith.divsi %c1, %c0 : i64
  check.expect_eq %s, %s : i64, i64
  return
}

//--- unsupported.mlir
// RUN: not hadal-run --target=reference %t/unsupported.mlir 2>&1 | FileCheck %s --check-prefix=UNKNOWN
func.func @f() {
  // UNKNOWN: unsupported.mlir:4:8: 'vector.step' is not supported by the reference
  %s = vector.step : vector<4xindex>
  return
}

//--- recursion.mlir
// RUN: not hadal-run --target=reference %t/recursion.mlir 2>&1 | FileCheck %s --check-prefix=RECURSION
func.func @f() {
  // RECURSION: calls are nested too deeply
  %zero = arith.constant 0 : i32
  call @f() : () -> ()
  return
}

//--- unwritten.mlir
// RUN: not hadal-run --target=reference %t/unwritten.mlir 2>&1 | FileCheck %s --check-prefix=UNWRITTEN
// UNWRITTEN: 'func.func' result 0 depends on storage that nothing wrote
func.func @f() -> tensor<2xf32> {
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %s = arith.addf %e, %one : tensor<2xf32>
  return %s : tensor<2xf32>
}

//--- two-stores.mlir
// RUN: not hadal-run --target=reference %t/two-stores.mlir 2>&1 | FileCheck %s --check-prefix=STORES
tile.program @p(%y: memref<1xi64>) {
  %c0 = arith.constant 0 : index
  %x = tile.program_id x
  %i = arith.index_cast %x : index to i64
  // STORES: 'tile.store' stores where another grid point of the same launch stores another value
  tile.store %i, %y[%c0] sizes [1] : i64, memref<1xi64>
  tile.return
}
func.func @f() -> tensor<1xi64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %e = tensor.empty() : tensor<1xi64>
  %y = tile.launch @p grid[%c2, %c1, %c1] outs(%e : tensor<1xi64>) -> tensor<1xi64>
  return %y : tensor<1xi64>
}

//--- load-of-store.mlir
// RUN: not hadal-run --target=reference %t/load-of-store.mlir 2>&1 | FileCheck %s --check-prefix=RACE
tile.program @p(%y: memref<2xi64>) {
  %c1 = arith.constant 1 : index
  %i = tile.program_id x
  %v = arith.index_cast %i : index to i64
  tile.store %v, %y[%i] sizes [1] : i64, memref<2xi64>
  %j = arith.subi %i, %c1 : index
  // RACE: 'tile.load' reads what another grid point of the same launch stores
  %t = tile.load %y[%j] sizes [1] : memref<2xi64> -> i64
  tile.store %t, %y[%i] sizes [1] : i64, memref<2xi64>
  tile.return
}
func.func @f() -> tensor<2xi64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %e = tensor.empty() : tensor<2xi64>
  %y = tile.launch @p grid[%c2, %c1, %c1] outs(%e : tensor<2xi64>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}

//--- launch-dims.mlir
// RUN: not hadal-run --target=reference %t/launch-dims.mlir 2>&1 | FileCheck %s --check-prefix=LAUNCH
tile.program @p(%y: memref<4xf32>) {
  tile.return
}
func.func @f() -> tensor<?xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %e = tensor.empty(%c2) : tensor<?xf32>
  // LAUNCH: 'tile.launch' argument 0 has 2 in dimension 0 where @p has 4
  %y = tile.launch @p grid[%c1, %c1, %c1] outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

//--- view.mlir
// RUN: not hadal-run --target=reference %t/view.mlir 2>&1 | FileCheck %s --check-prefix=VIEW
func.func @f(%y: memref<2xf32> {hadal.output}, %ws: memref<?xi8>) attributes {hadal.entry} {
  %c8 = arith.constant 8 : index
  // VIEW: 'memref.view' at byte 8 of 2 elements does not fit in 12 bytes, or is not aligned
  %v = memref.view %ws[%c8][] : memref<?xi8> to memref<2xf32>
  return
}
func.func @f.plan() -> (index, index) attributes {hadal.plan} {
  %c12 = arith.constant 12 : index
  %c2 = arith.constant 2 : index
  return %c12, %c2 : index, index
}

//--- plan.mlir
// RUN: not hadal-run --target=reference %t/plan.mlir 2>&1 | FileCheck %s --check-prefix=PLAN
// PLAN: 'func.func' has a plan that does not give its workspace and the dimensions of its outputs
func.func @f(%y: memref<2xf32> {hadal.output}, %ws: memref<?xi8>) attributes {hadal.entry} {
  return
}
func.func @f.plan() -> index attributes {hadal.plan} {
  %c12 = arith.constant 12 : index
  return %c12 : index
}

//--- size.mlir
// RUN: not hadal-run --target=reference %t/size.mlir 2>&1 | FileCheck %s --check-prefix=SIZE
func.func @f() -> tensor<?x?xf32> {
  %n = arith.constant 1000000000 : index
  // SIZE: 'tensor.empty' a tensor is too large
  %e = tensor.empty(%n, %n) : tensor<?x?xf32>
  return %e : tensor<?x?xf32>
}

//--- negative.mlir
// RUN: not hadal-run --target=reference %t/negative.mlir 2>&1 | FileCheck %s --check-prefix=NEGATIVE
func.func @f() -> tensor<?xf32> {
  %n = arith.constant -1 : index
  %m = arith.constant 0 : index
  %k = arith.addi %n, %m : index
  // NEGATIVE: 'tensor.empty' a dimension has the size -1
  %e = tensor.empty(%k) : tensor<?xf32>
  return %e : tensor<?xf32>
}
