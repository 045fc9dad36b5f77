// What the reference refuses in data of routing, experts and exchanges: never a crash.
// RUN: split-file %s %t

//--- given.mlir
// RUN: not hadal-run --target=reference %t/given.mlir 2>&1 | FileCheck %s --check-prefix=GIVEN
func.func @f() {
  %l = arith.constant dense<0.0> : tensor<1x4xf32>
  %g = arith.constant dense<4> : tensor<1x1xi32>
  // GIVEN: 'hadal.route' meets the expert 4 of 4
  %w, %i = hadal.route %l given %g score softmax top 1
      : (tensor<1x4xf32>, tensor<1x1xi32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  check.expect_eq %g, %i : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

//--- group.mlir
// RUN: not hadal-run --target=reference %t/group.mlir 2>&1 | FileCheck %s --check-prefix=GROUP
func.func @f() {
  %i = arith.constant dense<-2> : tensor<1x1xi32>
  // GROUP: 'hadal.group' meets the expert -2 of 4
  %o, %p = hadal.group %i experts 4 align 2 : (tensor<1x1xi32>) -> (tensor<5xi32>, tensor<4xi32>)
  check.expect_eq %o, %o : tensor<5xi32>, tensor<5xi32>
  return
}

//--- permute.mlir
// RUN: not hadal-run --target=reference %t/permute.mlir 2>&1 | FileCheck %s --check-prefix=PERMUTE
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<2x3xf32>
  %p = arith.constant dense<[0, 4]> : tensor<2xi32>
  // PERMUTE: 'hadal.permute' slot 4 is outside the 2 tokens
  %y = hadal.permute %x, %p slots_per_token 2 : (tensor<2x3xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  check.expect_eq %y, %y : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

//--- combine.mlir
// RUN: not hadal-run --target=reference %t/combine.mlir 2>&1 | FileCheck %s --check-prefix=COMBINE
func.func @f() {
  %y = arith.constant dense<0.0> : tensor<3x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %v = arith.constant dense<[0, 3]> : tensor<2xi32>
  // COMBINE: 'hadal.combine' slot 1 of 2 in row 3 of 3
  %o = hadal.combine %y, %w inverse %v : (tensor<3x1xf32>, tensor<1x2xf32>, tensor<2xi32>) -> tensor<1x1xf32>
  check.expect_eq %o, %o : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

//--- combine-dims.mlir
// RUN: not hadal-run --target=reference %t/combine-dims.mlir 2>&1 | FileCheck %s --check-prefix=COMBINEDIMS
func.func @f() {
  %y = arith.constant dense<0.0> : tensor<3x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x2xf32>
  %d = tensor.cast %y : tensor<3x1xf32> to tensor<?x1xf32>
  // COMBINEDIMS: 'hadal.combine' y has the shape [3, 1], not [2, 1]
  %o = hadal.combine %d, %w : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  check.expect_eq %o, %o : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

//--- offsets.mlir
// RUN: not hadal-run --target=reference %t/offsets.mlir 2>&1 | FileCheck %s --check-prefix=OFFSETS
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<2x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %o = arith.constant dense<[0, 3]> : tensor<2xi32>
  // OFFSETS: 'hadal.grouped_matmul' the offsets 0 to 3 of expert 0 are not within 2 slots
  %y = hadal.grouped_matmul %x, %w, %o : (tensor<2x1xf32>, tensor<1x1x1xf32>, tensor<2xi32>) -> tensor<2x1xf32>
  check.expect_eq %y, %y : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

//--- counts.mlir
// RUN: not hadal-run --target=reference %t/counts.mlir 2>&1 | FileCheck %s --check-prefix=COUNTS
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<2x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %o = arith.constant dense<[0, 2]> : tensor<2xi32>
  %c = arith.constant dense<3> : tensor<1xi32>
  // COUNTS: 'hadal.grouped_matmul' expert 0 has 2 rows, not 3
  %y = hadal.grouped_matmul %x, %w, %o counts %c
      : (tensor<2x1xf32>, tensor<1x1x1xf32>, tensor<2xi32>, tensor<1xi32>) -> tensor<2x1xf32>
  check.expect_eq %y, %y : tensor<2x1xf32>, tensor<2x1xf32>
  return
}

//--- dispatch.mlir
// RUN: not hadal-run --target=reference %t/dispatch.mlir 2>&1 | FileCheck %s --check-prefix=DISPATCH
// A token that names an expert twice is sent twice.
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %i = arith.constant dense<0> : tensor<1x1x2xi32>
  // DISPATCH: 'hadal.dispatch' expert 0 receives more than 1 tokens
  %r, %c, %s = hadal.dispatch %x, %i experts 1 low_latency
      : (tensor<1x1x1xf32>, tensor<1x1x2xi32>) -> (tensor<1x1x1x1xf32>, tensor<1x1xi32>, tensor<1x1x1xi32>)
  check.expect_eq %c, %c : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

//--- max-tokens.mlir
// RUN: not hadal-run --target=reference %t/max-tokens.mlir 2>&1 | FileCheck %s --check-prefix=MOST
func.func @f() {
  %x = arith.constant dense<1.0> : tensor<1x2x1xf32>
  %i = arith.constant dense<0> : tensor<1x2x1xi32>
  %dx = tensor.cast %x : tensor<1x2x1xf32> to tensor<1x?x1xf32>
  %di = tensor.cast %i : tensor<1x2x1xi32> to tensor<1x?x1xi32>
  // MOST: 'hadal.dispatch' a rank has 2 tokens, more than max_tokens 1
  %r, %c, %s = hadal.dispatch %dx, %di experts 1 low_latency max_tokens 1
      : (tensor<1x?x1xf32>, tensor<1x?x1xi32>) -> (tensor<1x1x1x1xf32>, tensor<1x1xi32>, tensor<1x1x1xi32>)
  check.expect_eq %c, %c : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

//--- collect.mlir
// RUN: not hadal-run --target=reference %t/collect.mlir 2>&1 | FileCheck %s --check-prefix=COLLECT
func.func @f() {
  %y = arith.constant dense<1.0> : tensor<1x2x1xf32>
  %s = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  // COLLECT: 'hadal.collect' row 1 comes from the slot 2, which there is not
  %o = hadal.collect %y, %s normal : (tensor<1x2x1xf32>, tensor<1x2xi32>) -> tensor<1x2x1xf32>
  check.expect_eq %o, %o : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  return
}

//--- route-groups.mlir
// RUN: not hadal-run --target=reference %t/route-groups.mlir 2>&1 | FileCheck %s --check-prefix=ROUTEGROUPS
func.func @f() {
  %l = arith.constant dense<0.0> : tensor<1x6xf32>
  %d = tensor.cast %l : tensor<1x6xf32> to tensor<1x?xf32>
  // ROUTEGROUPS: 'hadal.route' 6 experts do not fall into 4 groups
  %w, %i = hadal.route %d score softmax groups 4 keep 2 by max top 1
      : (tensor<1x?xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  check.expect_eq %i, %i : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

//--- route-top.mlir
// RUN: not hadal-run --target=reference %t/route-top.mlir 2>&1 | FileCheck %s --check-prefix=ROUTETOP
func.func @f() {
  %l = arith.constant dense<0.0> : tensor<1x6xf32>
  %d = tensor.cast %l : tensor<1x6xf32> to tensor<1x?xf32>
  // ROUTETOP: 'hadal.route' chooses 4 of 6 experts in 1 of 2 groups
  %w, %i = hadal.route %d score softmax groups 2 keep 1 by max top 4
      : (tensor<1x?xf32>) -> (tensor<1x4xf32>, tensor<1x4xi32>)
  check.expect_eq %i, %i : tensor<1x4xi32>, tensor<1x4xi32>
  return
}

//--- gated-odd.mlir
// RUN: not hadal-run --target=reference %t/gated-odd.mlir 2>&1 | FileCheck %s --check-prefix=GATEDODD
func.func @f() {
  %x = arith.constant dense<0.0> : tensor<1x5xf32>
  %d = tensor.cast %x : tensor<1x5xf32> to tensor<1x?xf32>
  // GATEDODD: 'hadal.gated_activation' the last dimension, 5, is odd
  %y = hadal.gated_activation %d silu gate_first : (tensor<1x?xf32>) -> tensor<1x?xf32>
  check.expect_eq %y, %y : tensor<1x?xf32>, tensor<1x?xf32>
  return
}
