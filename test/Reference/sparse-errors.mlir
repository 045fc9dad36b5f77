// What the parts of sparse attention refuse in data: one error with the operation and its place.
// RUN: split-file %s %t

//--- index.mlir
// RUN: not hadal-run --target=reference %t/index.mlir 2>&1 | FileCheck %s --check-prefix=INDEX
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x5x1xf32>
  %i = arith.constant dense<[[[[-1, 3]]]]> : tensor<1x1x1x2xi32>
  // INDEX: error: {{.*}}index.mlir:7:8: 'hadal.selected_attention' the index 3 of query 0 is outside the 3 blocks
  %o = hadal.selected_attention %q, %k, %k, %i block 2 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x1x2xi32>) -> tensor<1x1x1x1xf32>
  check.expect_eq %o, %o : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

//--- lengths.mlir
// RUN: not hadal-run --target=reference %t/lengths.mlir 2>&1 | FileCheck %s --check-prefix=LENGTHS
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %n = arith.constant dense<5> : tensor<1xi32>
  // Three entries of two tokens at every token are four tokens.
  // LENGTHS: 'hadal.compressed_attention' kv_lengths[0] is 5, outside [0, 4]
  %o = hadal.compressed_attention %q, %k, %k kv_lengths %n length 2 stride 1 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1xi32>) -> tensor<1x1x1x1xf32>
  check.expect_eq %o, %o : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

//--- candidates.mlir
// RUN: not hadal-run --target=reference %t/candidates.mlir 2>&1 | FileCheck %s --check-prefix=CANDIDATES
func.func @f() {
  %s = arith.constant dense<0.0> : tensor<1x1x1x3xf32>
  %n = arith.constant dense<7> : tensor<1xi32>
  // CANDIDATES: 'hadal.select' kv_lengths[0] is 7, outside [0, 6]
  %i = hadal.select %s kv_lengths %n block 2 count 1 : (tensor<1x1x1x3xf32>, tensor<1xi32>) -> tensor<1x1x1x1xi32>
  check.expect_eq %i, %i : tensor<1x1x1x1xi32>, tensor<1x1x1x1xi32>
  return
}

//--- heads.mlir
// RUN: not hadal-run --target=reference %t/heads.mlir 2>&1 | FileCheck %s --check-prefix=HEADS
func.func @f() {
  %s = arith.constant dense<0.0> : tensor<1x3x1x3xf32>
  %d = tensor.cast %s : tensor<1x3x1x3xf32> to tensor<1x?x1x3xf32>
  // HEADS: 'hadal.select' has 3 heads, not a multiple of 2
  %i = hadal.select %d block 2 count 1 share 2 : (tensor<1x?x1x3xf32>) -> tensor<1x?x1x1xi32>
  check.expect_eq %i, %i : tensor<1x?x1x1xi32>, tensor<1x?x1x1xi32>
  return
}

//--- compress.mlir
// RUN: not hadal-run --target=reference %t/compress.mlir 2>&1 | FileCheck %s --check-prefix=COMPRESS
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<1x2x4x1xf32>
  %w = arith.constant dense<0.0> : tensor<3x2xf32>
  %d = tensor.cast %w : tensor<3x2xf32> to tensor<?x2xf32>
  // COMPRESS: 'hadal.compress' weight has the shape [3, 2], not [2, 2]
  %y = hadal.compress %x weighted weight %d length 2 stride 2 : (tensor<1x2x4x1xf32>, tensor<?x2xf32>) -> tensor<1x2x2x1xf32>
  check.expect_eq %y, %y : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
  return
}

//--- blocks.mlir
// RUN: not hadal-run --target=reference %t/blocks.mlir 2>&1 | FileCheck %s --check-prefix=BLOCKS
func.func @f() {
  %p = arith.constant dense<0.0> : tensor<1x1x1x3xf32>
  %d = arith.constant -2 : index
  // BLOCKS: 'hadal.block_importance' is asked for -2 blocks
  %y = hadal.block_importance %p length 2 stride 1 block 2 blocks %d : (tensor<1x1x1x3xf32>, index) -> tensor<1x1x1x?xf32>
  check.expect_eq %y, %y : tensor<1x1x1x?xf32>, tensor<1x1x1x?xf32>
  return
}

//--- gates.mlir
// RUN: not hadal-run --target=reference %t/gates.mlir 2>&1 | FileCheck %s --check-prefix=GATES
func.func @f() {
  %a = arith.constant dense<0.0> : tensor<1x1x2x3xf32>
  %g = arith.constant dense<0.0> : tensor<1x1x2x2xf32>
  %d = tensor.cast %g : tensor<1x1x2x2xf32> to tensor<1x1x2x?xf32>
  // GATES: 'hadal.gated_combine' gates has the shape [1, 1, 2, 2], not [1, 1, 2, 1]
  %y = hadal.gated_combine %a gates %d : (tensor<1x1x2x3xf32>, tensor<1x1x2x?xf32>) -> tensor<1x1x2x3xf32>
  check.expect_eq %y, %y : tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>
  return
}
