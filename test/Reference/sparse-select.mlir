// RUN: hadal-run --target=reference %s

// Best first; equal ones, and −0 and 0, by lowest index; NaN below every number, −inf never.
func.func @order() {
  %s = arith.constant dense<[[[[3.0, 1.0, 4.0, 1.0], [2.0, 2.0, 2.0, 2.0], [-1.0, -0.0, 0.0, -0.0],
                               [0x7FC00000, 0xFF800000, 1.0, 0x7FC00000],
                               [0xFF800000, 0xFF800000, 0xFF800000, 0x7F800000]]]]> : tensor<1x1x5x4xf32>
  %i = hadal.select %s block 1 count 4 : (tensor<1x1x5x4xf32>) -> tensor<1x1x5x4xi32>
  %e = arith.constant dense<[[[[2, 0, 1, 3], [0, 1, 2, 3], [1, 2, 3, 0], [2, 0, 3, -1], [3, -1, -1, -1]]]]> : tensor<1x1x5x4xi32>
  check.expect_eq %i, %e : tensor<1x1x5x4xi32>, tensor<1x1x5x4xi32>
  return
}

// Equal in f32, so equal: 1 + 1e−9 does not go before 1.
func.func @ties_in_single() {
  %s = arith.constant dense<[[[[1.0, 1.000000001, 2.0]]]]> : tensor<1x1x1x3xf64>
  %i = hadal.select %s block 1 count 3 : (tensor<1x1x1x3xf64>) -> tensor<1x1x1x3xi64>
  %e = arith.constant dense<[[[[2, 0, 1]]]]> : tensor<1x1x1x3xi64>
  check.expect_eq %i, %e : tensor<1x1x1x3xi64>, tensor<1x1x1x3xi64>
  return
}

// Fewer candidates than are asked for, and none at all.
func.func @few() {
  %s = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %i, %v = hadal.select %s block 64 count 4 : (tensor<1x1x1x2xf32>) -> (tensor<1x1x1x4xi32>, tensor<1x1x1x4xf32>)
  %e = arith.constant dense<[[[[1, 0, -1, -1]]]]> : tensor<1x1x1x4xi32>
  %ev = arith.constant dense<[[[[2.0, 1.0, 0xFF800000, 0xFF800000]]]]> : tensor<1x1x1x4xf32>
  check.expect_eq %i, %e : tensor<1x1x1x4xi32>, tensor<1x1x1x4xi32>
  check.expect_eq %v, %ev : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
  %none = arith.constant dense<> : tensor<1x1x1x0xf32>
  %j = hadal.select %none block 64 count 2 : (tensor<1x1x1x0xf32>) -> tensor<1x1x1x2xi32>
  %ej = arith.constant dense<-1> : tensor<1x1x1x2xi32>
  check.expect_eq %j, %ej : tensor<1x1x1x2xi32>, tensor<1x1x1x2xi32>
  return
}

// Blocks of two tokens, a prompt of eight. The query at 0 has block 0 alone, which is both the first and its own; the
// one at 3 has blocks 0 and 1; at 7, 0 and 3 are forced whatever their scores and 2 is the better of the others.
func.func @forced() {
  %s = arith.constant dense<[[[[0.0, 9.0, 9.0, 9.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], [5.0, 1.0, 2.0, 3.0],
                               [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0],
                               [0xFF800000, 1.0, 2.0, 0x7FC00000]]]]> : tensor<1x1x8x4xf32>
  %i, %v = hadal.select %s block 2 count 3 first 1 local 1 causal offset 0
      : (tensor<1x1x8x4xf32>) -> (tensor<1x1x8x3xi32>, tensor<1x1x8x3xf32>)
  %e = arith.constant dense<[[[[0, -1, -1], [0, -1, -1], [0, 1, -1], [0, 1, -1], [0, 2, 1], [0, 2, 1], [0, 3, 2],
                               [0, 3, 2]]]]> : tensor<1x1x8x3xi32>
  check.expect_eq %i, %e : tensor<1x1x8x3xi32>, tensor<1x1x8x3xi32>
  // The scores of forced ones are their own.
  %last = tensor.extract_slice %v[0, 0, 7, 0] [1, 1, 1, 3] [1, 1, 1, 1] : tensor<1x1x8x3xf32> to tensor<3xf32>
  %ev = arith.constant dense<[0xFF800000, 0x7FC00000, 2.0]> : tensor<3xf32>
  check.expect_eq %last, %ev : tensor<3xf32>, tensor<3xf32>
  return
}

// local 2 at position 5 with blocks of two: blocks 1 and 2, lowest first; position 1 has block 0 alone.
func.func @local() {
  %s = arith.constant dense<[[[[9.0, 1.0, 2.0, 3.0], [9.0, 1.0, 2.0, 3.0]]]]> : tensor<1x1x2x4xf32>
  %o = arith.constant dense<[4]> : tensor<1xi32>
  %i = hadal.select %s offsets %o block 2 count 3 local 2 causal : (tensor<1x1x2x4xf32>, tensor<1xi32>) -> tensor<1x1x2x3xi32>
  %e = arith.constant dense<[[[[1, 2, 0], [1, 2, 0]]]]> : tensor<1x1x2x3xi32>
  check.expect_eq %i, %e : tensor<1x1x2x3xi32>, tensor<1x1x2x3xi32>
  // Without causality the future may be chosen, after the forced ones.
  %j = hadal.select %s block 2 count 3 local 1 offset 0 : (tensor<1x1x2x4xf32>) -> tensor<1x1x2x3xi32>
  %ej = arith.constant dense<[[[[0, 3, 2], [0, 3, 2]]]]> : tensor<1x1x2x3xi32>
  check.expect_eq %j, %ej : tensor<1x1x2x3xi32>, tensor<1x1x2x3xi32>
  return
}

// A compressed entry may be chosen when its last token is past: positions 0 to 4 with entries of two tokens.
func.func @whole() {
  %s = arith.constant dense<0.0> : tensor<1x1x5x2xf32>
  %i = hadal.select %s block 2 count 2 whole causal offset 0 : (tensor<1x1x5x2xf32>) -> tensor<1x1x5x2xi32>
  %e = arith.constant dense<[[[[-1, -1], [0, -1], [0, -1], [0, 1], [0, 1]]]]> : tensor<1x1x5x2xi32>
  check.expect_eq %i, %e : tensor<1x1x5x2xi32>, tensor<1x1x5x2xi32>
  // Three valid tokens make one whole entry, and two blocks that have begun.
  %n = arith.constant dense<[3]> : tensor<1xi32>
  %s1 = arith.constant dense<0.0> : tensor<1x1x1x2xf32>
  %j = hadal.select %s1 kv_lengths %n block 2 count 2 whole : (tensor<1x1x1x2xf32>, tensor<1xi32>) -> tensor<1x1x1x2xi32>
  %ej = arith.constant dense<[[[[0, -1]]]]> : tensor<1x1x1x2xi32>
  check.expect_eq %j, %ej : tensor<1x1x1x2xi32>, tensor<1x1x1x2xi32>
  %k = hadal.select %s1 kv_lengths %n block 2 count 2 : (tensor<1x1x1x2xf32>, tensor<1xi32>) -> tensor<1x1x1x2xi32>
  %ek = arith.constant dense<[[[[0, 1]]]]> : tensor<1x1x1x2xi32>
  check.expect_eq %k, %ek : tensor<1x1x1x2xi32>, tensor<1x1x1x2xi32>
  return
}

// Heads 0 and 1 choose together: (1, 5, 3) + (4, 1, 2) = (5, 6, 5). Heads 2 and 3: −inf in one head hides.
func.func @share() {
  %s = arith.constant dense<[[[[1.0, 5.0, 3.0]], [[4.0, 1.0, 2.0]], [[0.0, 9.0, 0.0]], [[1.0, 0xFF800000, 2.0]]]]> : tensor<1x4x1x3xf32>
  %i, %v = hadal.select %s block 1 count 3 share 2 : (tensor<1x4x1x3xf32>) -> (tensor<1x2x1x3xi32>, tensor<1x2x1x3xf32>)
  %e = arith.constant dense<[[[[1, 0, 2]], [[2, 0, -1]]]]> : tensor<1x2x1x3xi32>
  %ev = arith.constant dense<[[[[6.0, 5.0, 5.0]], [[2.0, 1.0, 0xFF800000]]]]> : tensor<1x2x1x3xf32>
  check.expect_eq %i, %e : tensor<1x2x1x3xi32>, tensor<1x2x1x3xi32>
  check.expect_eq %v, %ev : tensor<1x2x1x3xf32>, tensor<1x2x1x3xf32>
  return
}

// A mask hides forced candidates too.
func.func @mask() {
  %s = arith.constant dense<[[[[1.0, 2.0, 3.0]]]]> : tensor<1x1x1x3xf32>
  %m = arith.constant dense<[[[[false, true, false]]]]> : tensor<1x1x1x3xi1>
  %i = hadal.select %s mask %m block 1 count 2 first 1 : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xi1>) -> tensor<1x1x1x2xi32>
  %e = arith.constant dense<[[[[1, -1]]]]> : tensor<1x1x1x2xi32>
  check.expect_eq %i, %e : tensor<1x1x1x2xi32>, tensor<1x1x1x2xi32>
  return
}

// Batch entry 0: one query of two, five tokens of six, so it stands at 4. Entry 1 has neither. Entry 2: both queries, at
// 4 and 5. Tokens (block 1) need no offset. What is hidden may be NaN.
func.func @ragged() {
  %s = arith.constant dense<[[[[0.0, 0.0, 0.0, 0.0, 1.0, 0x7FC00000], [9.0, 9.0, 9.0, 9.0, 9.0, 9.0]]],
                             [[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]],
                             [[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]]> : tensor<3x1x2x6xf32>
  %q = arith.constant dense<[1, 0, 2]> : tensor<3xi32>
  %n = arith.constant dense<[5, 0, 6]> : tensor<3xi32>
  %i = hadal.select %s q_lengths %q kv_lengths %n block 1 count 2 causal
      : (tensor<3x1x2x6xf32>, tensor<3xi32>, tensor<3xi32>) -> tensor<3x1x2x2xi32>
  %e = arith.constant dense<[[[[4, 0], [-1, -1]]], [[[-1, -1], [-1, -1]]], [[[4, 3], [5, 4]]]]> : tensor<3x1x2x2xi32>
  check.expect_eq %i, %e : tensor<3x1x2x2xi32>, tensor<3x1x2x2xi32>
  return
}

// More queries than tokens: the first stands at −1 and chooses nothing, not even a forced one.
func.func @before_the_first() {
  %s = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %i = hadal.select %s block 1 count 2 first 1 local 1 causal : (tensor<1x1x2x1xf32>) -> tensor<1x1x2x2xi32>
  %e = arith.constant dense<[[[[-1, -1], [0, -1]]]]> : tensor<1x1x2x2xi32>
  check.expect_eq %i, %e : tensor<1x1x2x2xi32>, tensor<1x1x2x2xi32>
  return
}
