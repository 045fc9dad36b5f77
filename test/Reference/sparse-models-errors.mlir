// What the reference refuses in data of whole sparse attentions: never a crash.
// RUN: split-file %s %t

//--- lengths.mlir
// RUN: not hadal-run --target=reference %t/lengths.mlir 2>&1 | FileCheck %s --check-prefix=LENGTHS
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %n = arith.constant dense<3> : tensor<1xi32>
  // LENGTHS: 'hadal.moba' kv_lengths[0] is 3, outside [0, 2]
  %o = hadal.moba %q, %q, %q kv_lengths %n block 2 top 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xi32>) -> tensor<1x1x2x1xf32>
  check.expect_eq %o, %q : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

//--- heads.mlir
// RUN: not hadal-run --target=reference %t/heads.mlir 2>&1 | FileCheck %s --check-prefix=HEADS
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x3x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %d = tensor.cast %k : tensor<1x2x2x1xf32> to tensor<?x?x?x?xf32>
  // HEADS: 'hadal.moba' has 3 query heads, not a multiple of the 2 kv heads
  %o = hadal.moba %q, %d, %d block 2 top 1 scale 1.0 causal
      : (tensor<1x3x2x1xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> tensor<1x3x2x1xf32>
  check.expect_eq %o, %q : tensor<1x3x2x1xf32>, tensor<1x3x2x1xf32>
  return
}

//--- index.mlir
// RUN: not hadal-run --target=reference %t/index.mlir 2>&1 | FileCheck %s --check-prefix=INDEX
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<0.0> : tensor<1x3x1xf32>
  %d = tensor.cast %i : tensor<1x3x1xf32> to tensor<?x?x?xf32>
  %w = arith.constant dense<0.0> : tensor<1x2x1xf32>
  // INDEX: 'hadal.dsa' index_k has the shape [1, 3, 1], not [1, 2, 1]
  %o = hadal.dsa %q, %q, %q index %q, %d, %w top 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<?x?x?xf32>,
         tensor<1x2x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_eq %o, %q : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

//--- parameter.mlir
// RUN: not hadal-run --target=reference %t/parameter.mlir 2>&1 | FileCheck %s --check-prefix=PARAMETER
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<0.0> : tensor<1x1x2x3xf32>
  %w = arith.constant dense<0.0> : tensor<1x3xf32>
  %d = tensor.cast %w : tensor<1x3xf32> to tensor<?x?xf32>
  // PARAMETER: 'hadal.nsa' k_weight has the shape [1, 3], not [1, 2]
  %o = hadal.nsa %q, %q, %q, %q, %q, %q, %q gates %g k_weight %d v_weight %d
      compress weighted length 2 stride 1 select block 1 count 1 window 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>,
         tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x3xf32>, tensor<?x?xf32>, tensor<?x?xf32>)
      -> tensor<1x1x2x1xf32>
  check.expect_eq %o, %q : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

//--- entries.mlir
// RUN: not hadal-run --target=reference %t/entries.mlir 2>&1 | FileCheck %s --check-prefix=ENTRIES
func.func @f() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %d = tensor.cast %q : tensor<1x1x2x1xf32> to tensor<?x?x?x?xf32>
  // ENTRIES: 'hadal.hca' c has the shape [1, 1, 2, 1], not [1, 1, 1, 1]
  %o = hadal.hca %q, %q, %d compress 2 window 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<?x?x?x?xf32>) -> tensor<1x1x2x1xf32>
  check.expect_eq %o, %q : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}
