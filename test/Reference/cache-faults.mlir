// What the reference refuses of lengths, positions, pages and slots: one error that names it, exit status 1.
// RUN: split-file %s %t

//--- length.mlir
// RUN: not hadal-run --target=reference %t/length.mlir 2>&1 | FileCheck %s --check-prefix=LENGTH
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<2x1x3x1xf32>
  %n = arith.constant dense<[3, 4]> : tensor<2xi32>
  // LENGTH: 'hadal.attention' kv_lengths[1] is 4, outside [0, 3]
  %o = hadal.attention %q, %q, %q kv_lengths %n scale 1.0
      : (tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>, tensor<2xi32>) -> tensor<2x1x3x1xf32>
  check.expect_eq %o, %q : tensor<2x1x3x1xf32>, tensor<2x1x3x1xf32>
  return
}

//--- sink.mlir
// RUN: not hadal-run --target=reference %t/sink.mlir 2>&1 | FileCheck %s --check-prefix=SINK
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x2x1x1xf32>
  %s = arith.constant dense<0.0> : tensor<3xf32>
  %d = tensor.cast %s : tensor<3xf32> to tensor<?xf32>
  // SINK: 'hadal.attention' the sink has the shape [3], not [2]
  %o = hadal.attention %q, %q, %q sink %d scale 1.0
      : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<?xf32>) -> tensor<1x2x1x1xf32>
  check.expect_eq %o, %q : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  return
}

//--- cumulative.mlir
// RUN: not hadal-run --target=reference %t/cumulative.mlir 2>&1 | FileCheck %s --check-prefix=CUMULATIVE
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<3x1x1xf32>
  %c = arith.constant dense<[0, 2, 1]> : tensor<3xi32>
  // CUMULATIVE: 'hadal.varlen_attention' cu_q[2] is 1, outside [2, 3]
  %o = hadal.varlen_attention %q, %q, %q cu_q %c cu_kv %c scale 1.0
      : (tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<3x1x1xf32>, tensor<3xi32>, tensor<3xi32>) -> tensor<3x1x1xf32>
  check.expect_eq %o, %q : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  return
}

//--- merge.mlir
// RUN: not hadal-run --target=reference %t/merge.mlir 2>&1 | FileCheck %s --check-prefix=MERGE
func.func @f() {
  %o = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %l = arith.constant dense<0.0> : tensor<1x1x3xf32>
  %d = tensor.cast %l : tensor<1x1x3xf32> to tensor<1x1x?xf32>
  // MERGE: 'hadal.merge_attention' lse 0 has the shape [1, 1, 3], not [1, 1, 2]
  %m = hadal.merge_attention outs(%o) lses(%d) : (tensor<1x1x2x1xf32>, tensor<1x1x?xf32>) -> tensor<1x1x2x1xf32>
  check.expect_eq %m, %o : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

//--- absorb.mlir
// RUN: not hadal-run --target=reference %t/absorb.mlir 2>&1 | FileCheck %s --check-prefix=ABSORB
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x2x1x3xf32>
  %w = arith.constant dense<0.0> : tensor<4x2x2xf32>
  %d = tensor.cast %w : tensor<4x2x2xf32> to tensor<4x2x?xf32>
  // ABSORB: 'hadal.absorb_query' w_uk has the shape [4, 2, 2], not [any, 2, 3]
  %o = hadal.absorb_query %q, %d : (tensor<1x2x1x3xf32>, tensor<4x2x?xf32>) -> tensor<1x2x1x4xf32>
  check.expect_eq %o, %o : tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>
  return
}

//--- position.mlir
// RUN: not hadal-run --target=reference %t/position.mlir 2>&1 | FileCheck %s --check-prefix=POSITION
func.func @f() {
  %c = arith.constant dense<0.0> : tensor<1x4x1xf32>
  %e = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %at = arith.constant dense<3> : tensor<1xi32>
  // POSITION: 'hadal.cache_update' entry 1 of batch entry 0 would be written to position 3 + 1, outside [0, 4)
  %o = hadal.cache_update %c, %e at %at dim 1 : (tensor<1x4x1xf32>, tensor<1x2x1xf32>, tensor<1xi32>) -> tensor<1x4x1xf32>
  check.expect_eq %o, %c : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  return
}

//--- positions.mlir
// RUN: not hadal-run --target=reference %t/positions.mlir 2>&1 | FileCheck %s --check-prefix=EACH
func.func @f() {
  %c = arith.constant dense<0.0> : tensor<1x4x1xf32>
  %e = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %at = arith.constant dense<[[0, -2]]> : tensor<1x2xi32>
  // EACH: 'hadal.cache_update' entry 1 of batch entry 0 would be written to position -2, outside [0, 4)
  %o = hadal.cache_update %c, %e at %at dim 1 : (tensor<1x4x1xf32>, tensor<1x2x1xf32>, tensor<1x2xi32>) -> tensor<1x4x1xf32>
  check.expect_eq %o, %c : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  return
}

//--- counts.mlir
// RUN: not hadal-run --target=reference %t/counts.mlir 2>&1 | FileCheck %s --check-prefix=COUNTS
func.func @f() {
  %c = arith.constant dense<0.0> : tensor<1x4x1xf32>
  %e = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %at = arith.constant dense<0> : tensor<1xi32>
  %n = arith.constant dense<3> : tensor<1xi32>
  // COUNTS: 'hadal.cache_update' counts[0] is 3, outside [0, 2]
  %o = hadal.cache_update %c, %e at %at counts %n dim 1
      : (tensor<1x4x1xf32>, tensor<1x2x1xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x4x1xf32>
  check.expect_eq %o, %c : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  return
}

//--- page.mlir
// RUN: not hadal-run --target=reference %t/page.mlir 2>&1 | FileCheck %s --check-prefix=PAGE
func.func @f() {
  %p = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %t = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  %n = arith.constant dense<3> : tensor<1xi32>
  // PAGE: 'hadal.paged_gather' pages[0, 1] is 2, outside [−1, 2)
  %o = hadal.paged_gather %p pages %t lengths %n : (tensor<2x2x1xf32>, tensor<1x2xi32>, tensor<1xi32>) -> tensor<1x4x1xf32>
  check.expect_eq %o, %o : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  return
}

//--- rows.mlir
// RUN: not hadal-run --target=reference %t/rows.mlir 2>&1 | FileCheck %s --check-prefix=ROWS
func.func @f() {
  %p = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %t = arith.constant dense<[[1]]> : tensor<1x1xi32>
  %n = arith.constant dense<3> : tensor<1xi32>
  // ROWS: 'hadal.paged_gather' the length of sequence 0 is 3, outside [0, 2]
  %o = hadal.paged_gather %p pages %t lengths %n : (tensor<2x2x1xf32>, tensor<1x1xi32>, tensor<1xi32>) -> tensor<1x2x1xf32>
  check.expect_eq %o, %o : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  return
}

//--- absent.mlir
// RUN: not hadal-run --target=reference %t/absent.mlir 2>&1 | FileCheck %s --check-prefix=ABSENT
func.func @f() {
  %p = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %e = arith.constant dense<0.0> : tensor<1x2x1xf32>
  %t = arith.constant dense<[[0, -1]]> : tensor<1x2xi32>
  %at = arith.constant dense<1> : tensor<1xi32>
  // ABSENT: 'hadal.paged_append' entry 1 of batch entry 0 would be written to position 2, whose page is absent
  %o = hadal.paged_append %p, %e pages %t at %at
      : (tensor<2x2x1xf32>, tensor<1x2x1xf32>, tensor<1x2xi32>, tensor<1xi32>) -> tensor<2x2x1xf32>
  check.expect_eq %o, %p : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  return
}

//--- slot.mlir
// RUN: not hadal-run --target=reference %t/slot.mlir 2>&1 | FileCheck %s --check-prefix=SLOT
func.func @f() {
  %p = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %e = arith.constant dense<0.0> : tensor<2x1xf32>
  %s = arith.constant dense<[3, 4]> : tensor<2xi64>
  // SLOT: 'hadal.paged_write' slot 1 is 4, outside [−1, 4)
  %o = hadal.paged_write %p, %e slots %s : (tensor<2x2x1xf32>, tensor<2x1xf32>, tensor<2xi64>) -> tensor<2x2x1xf32>
  check.expect_eq %o, %p : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  return
}
