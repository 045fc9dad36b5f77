// RUN: hadal-run --target=reference %s

// Two ranks with two tokens each, experts 0, 1 on rank 0 and 2, 3 on rank 1. Slots are numbered 0 to 7; slot 4 has no expert.
// Expert 0: slots 0, 3, 5 (tokens 1, 2, 3); expert 2: slots 2, 7; expert 3: slots 1, 6.
func.func @low_latency() {
  %x = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %i = arith.constant dense<[[[0, 3], [2, 0]], [[-1, 0], [3, 2]]]> : tensor<2x2x2xi32>
  %s = arith.constant dense<[[[10.0], [20.0]], [[30.0], [40.0]]]> : tensor<2x2x1xf32>
  %r, %c, %n, %q = hadal.dispatch %x, %i scales %s experts 4 low_latency
      : (tensor<2x2x1xf32>, tensor<2x2x2xi32>, tensor<2x2x1xf32>) -> (tensor<2x2x4x1xf32>, tensor<2x2xi32>, tensor<2x2x4xi32>, tensor<2x2x4x1xf32>)
  %er = arith.constant dense<[[[[1.0], [2.0], [3.0], [0.0]], [[0.0], [0.0], [0.0], [0.0]]], [[[2.0], [4.0], [0.0], [0.0]], [[1.0], [4.0], [0.0], [0.0]]]]> : tensor<2x2x4x1xf32>
  %ec = arith.constant dense<[[3, 0], [2, 2]]> : tensor<2x2xi32>
  %en = arith.constant dense<[[[0, 3, 5, -1], [-1, -1, -1, -1]], [[2, 7, -1, -1], [1, 6, -1, -1]]]> : tensor<2x2x4xi32>
  %eq = arith.constant dense<[[[[10.0], [20.0], [30.0], [1.0]], [[1.0], [1.0], [1.0], [1.0]]], [[[20.0], [40.0], [1.0], [1.0]], [[10.0], [40.0], [1.0], [1.0]]]]> : tensor<2x2x4x1xf32>
  check.expect_eq %r, %er : tensor<2x2x4x1xf32>, tensor<2x2x4x1xf32>
  check.expect_eq %c, %ec : tensor<2x2xi32>, tensor<2x2xi32>
  check.expect_eq %n, %en : tensor<2x2x4xi32>, tensor<2x2x4xi32>
  check.expect_eq %q, %eq : tensor<2x2x4x1xf32>, tensor<2x2x4x1xf32>
  // Room for three tokens of each rank: rank 1 begins with token 3.
  %r1, %c1, %n1 = hadal.dispatch %x, %i experts 4 low_latency max_tokens 3
      : (tensor<2x2x1xf32>, tensor<2x2x2xi32>) -> (tensor<2x2x6x1xf32>, tensor<2x2xi32>, tensor<2x2x6xi32>)
  %en1 = arith.constant dense<[[[0, 3, 7, -1, -1, -1], [-1, -1, -1, -1, -1, -1]], [[2, 9, -1, -1, -1, -1], [1, 8, -1, -1, -1, -1]]]> : tensor<2x2x6xi32>
  check.expect_eq %n1, %en1 : tensor<2x2x6xi32>, tensor<2x2x6xi32>
  check.expect_eq %c1, %ec : tensor<2x2xi32>, tensor<2x2xi32>
  return
}

// Each rank gets a token once, whichever and however many of its experts were chosen.
func.func @normal() {
  %x = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %i = arith.constant dense<[[[0, 3], [2, 0]], [[-1, 0], [3, 2]]]> : tensor<2x2x2xi64>
  %w = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %s = arith.constant dense<[[[10.0], [20.0]], [[30.0], [40.0]]]> : tensor<2x2x1xf32>
  %r, %c, %n, %j, %v, %q = hadal.dispatch %x, %i weights %w scales %s experts 4 normal
      : (tensor<2x2x1xf32>, tensor<2x2x2xi64>, tensor<2x2x2xf32>, tensor<2x2x1xf32>) -> (tensor<2x4x1xf32>, tensor<2x2xi32>, tensor<2x4xi32>, tensor<2x4x2xi64>, tensor<2x4x2xf32>, tensor<2x4x1xf32>)
  %er = arith.constant dense<[[[1.0], [2.0], [3.0], [0.0]], [[1.0], [2.0], [4.0], [0.0]]]> : tensor<2x4x1xf32>
  %ec = arith.constant dense<[[3, 0], [2, 2]]> : tensor<2x2xi32>
  %en = arith.constant dense<[[0, 1, 2, -1], [0, 1, 3, -1]]> : tensor<2x4xi32>
  %ej = arith.constant dense<[[[0, -1], [-1, 0], [-1, 0], [-1, -1]], [[-1, 1], [0, -1], [1, 0], [-1, -1]]]> : tensor<2x4x2xi64>
  %ev = arith.constant dense<[[[1.0, 0.0], [0.0, 4.0], [0.0, 6.0], [0.0, 0.0]], [[0.0, 2.0], [3.0, 0.0], [7.0, 8.0], [0.0, 0.0]]]> : tensor<2x4x2xf32>
  %eq = arith.constant dense<[[[10.0], [20.0], [30.0], [1.0]], [[10.0], [20.0], [40.0], [1.0]]]> : tensor<2x4x1xf32>
  check.expect_eq %r, %er : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  check.expect_eq %c, %ec : tensor<2x2xi32>, tensor<2x2xi32>
  check.expect_eq %n, %en : tensor<2x4xi32>, tensor<2x4xi32>
  check.expect_eq %j, %ej : tensor<2x4x2xi64>, tensor<2x4x2xi64>
  check.expect_eq %v, %ev : tensor<2x4x2xf32>, tensor<2x4x2xf32>
  check.expect_eq %q, %eq : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %r1, %c1, %n1, %j1 = hadal.dispatch %x, %i experts 4 normal max_tokens 3 align 4
      : (tensor<2x2x1xf32>, tensor<2x2x2xi64>) -> (tensor<2x6x1xf32>, tensor<2x2xi32>, tensor<2x6xi32>, tensor<2x6x2xi64>)
  // Counts rounded up to multiples of 4; rank 1 begins with token 3.
  %ec1 = arith.constant dense<[[4, 0], [4, 4]]> : tensor<2x2xi32>
  check.expect_eq %c1, %ec1 : tensor<2x2xi32>, tensor<2x2xi32>
  %en1 = arith.constant dense<[[0, 1, 3, -1, -1, -1], [0, 1, 4, -1, -1, -1]]> : tensor<2x6xi32>
  check.expect_eq %n1, %en1 : tensor<2x6xi32>, tensor<2x6xi32>
  return
}

// Rows as @low_latency has received them, the others NaN. Slot values: 0 → 1, 1 → 100, 2 → 20, 3 → 2, 5 → 3, 6 → 400, 7 → 40; weights 1 to 8.
// Token 0: 1·1 + 2·100; token 1: 3·20 + 4·2; token 2: 6·3; token 3: 7·400 + 8·40.
func.func @collect() {
  %y = arith.constant dense<[[[[1.0], [2.0], [3.0], [0x7FC00000]], [[0x7FC00000], [0x7FC00000], [0x7FC00000], [0x7FC00000]]], [[[20.0], [40.0], [0x7FC00000], [0x7FC00000]], [[100.0], [400.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<2x2x4x1xf32>
  %n = arith.constant dense<[[[0, 3, 5, -1], [-1, -1, -1, -1]], [[2, 7, -1, -1], [1, 6, -1, -1]]]> : tensor<2x2x4xi32>
  %w = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %o = hadal.collect %y, %n weights %w low_latency
      : (tensor<2x2x4x1xf32>, tensor<2x2x4xi32>, tensor<2x2x2xf32>) -> tensor<2x2x1xf32>
  %eo = arith.constant dense<[[[201.0], [68.0]], [[18.0], [3120.0]]]> : tensor<2x2x1xf32>
  check.expect_eq %o, %eo : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  // Rows as @normal has received them: sums over the ranks.
  %z = arith.constant dense<[[[1.0], [2.0], [3.0], [0x7FC00000]], [[10.0], [20.0], [40.0], [0x7FC00000]]]> : tensor<2x4x1xf32>
  %m = arith.constant dense<[[0, 1, 2, -1], [0, 1, 3, -1]]> : tensor<2x4xi32>
  %p = hadal.collect %z, %m normal : (tensor<2x4x1xf32>, tensor<2x4xi32>) -> tensor<2x2x1xf32>
  %ep = arith.constant dense<[[[11.0], [22.0]], [[3.0], [40.0]]]> : tensor<2x2x1xf32>
  check.expect_eq %p, %ep : tensor<2x2x1xf32>, tensor<2x2x1xf32>
  return
}

// No tokens; tokens without experts; one rank.
func.func @edges() {
  %x0 = arith.constant dense<> : tensor<2x0x1xf32>
  %i0 = arith.constant dense<> : tensor<2x0x2xi32>
  %r0, %c0, %n0 = hadal.dispatch %x0, %i0 experts 4 low_latency max_tokens 1
      : (tensor<2x0x1xf32>, tensor<2x0x2xi32>) -> (tensor<2x2x2x1xf32>, tensor<2x2xi32>, tensor<2x2x2xi32>)
  %en0 = arith.constant dense<-1> : tensor<2x2x2xi32>
  check.expect_eq %n0, %en0 : tensor<2x2x2xi32>, tensor<2x2x2xi32>
  %w0 = arith.constant dense<> : tensor<2x0x2xf32>
  %o0 = hadal.collect %r0, %n0 weights %w0 low_latency
      : (tensor<2x2x2x1xf32>, tensor<2x2x2xi32>, tensor<2x0x2xf32>) -> tensor<2x0x1xf32>
  check.expect_eq %o0, %x0 : tensor<2x0x1xf32>, tensor<2x0x1xf32>
  %x = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xbf16>
  %i = arith.constant dense<[[[-1], [0]]]> : tensor<1x2x1xi32>
  %r, %c, %n, %j = hadal.dispatch %x, %i experts 1 normal
      : (tensor<1x2x1xbf16>, tensor<1x2x1xi32>) -> (tensor<1x2x1xbf16>, tensor<1x1xi32>, tensor<1x2xi32>, tensor<1x2x1xi32>)
  %er = arith.constant dense<[[[2.0], [0.0]]]> : tensor<1x2x1xbf16>
  %ec = arith.constant dense<[[1]]> : tensor<1x1xi32>
  %en = arith.constant dense<[[1, -1]]> : tensor<1x2xi32>
  %ej = arith.constant dense<[[[0], [-1]]]> : tensor<1x2x1xi32>
  check.expect_eq %r, %er : tensor<1x2x1xbf16>, tensor<1x2x1xbf16>
  check.expect_eq %c, %ec : tensor<1x1xi32>, tensor<1x1xi32>
  check.expect_eq %n, %en : tensor<1x2xi32>, tensor<1x2xi32>
  check.expect_eq %j, %ej : tensor<1x2x1xi32>, tensor<1x2x1xi32>
  %o = hadal.collect %r, %n normal : (tensor<1x2x1xbf16>, tensor<1x2xi32>) -> tensor<1x2x1xbf16>
  %eo = arith.constant dense<[[[0.0], [2.0]]]> : tensor<1x2x1xbf16>
  check.expect_eq %o, %eo : tensor<1x2x1xbf16>, tensor<1x2x1xbf16>
  return
}

// Codes travel as they are, with their scales.
func.func @fp8() {
  %x = arith.constant dense<[[[448.0, -0.5]]]> : tensor<1x1x2xf8E4M3FN>
  %i = arith.constant dense<[[[0]]]> : tensor<1x1x1xi32>
  %s = arith.constant dense<[[[0.25]]]> : tensor<1x1x1xf8E8M0FNU>
  %r, %c, %n, %q = hadal.dispatch %x, %i scales %s experts 1 low_latency
      : (tensor<1x1x2xf8E4M3FN>, tensor<1x1x1xi32>, tensor<1x1x1xf8E8M0FNU>) -> (tensor<1x1x1x2xf8E4M3FN>, tensor<1x1xi32>, tensor<1x1x1xi32>, tensor<1x1x1x1xf8E8M0FNU>)
  %er = arith.constant dense<[[[[448.0, -0.5]]]]> : tensor<1x1x1x2xf8E4M3FN>
  check.expect_eq %r, %er : tensor<1x1x1x2xf8E4M3FN>, tensor<1x1x1x2xf8E4M3FN>
  %eq = arith.constant dense<[[[[0.25]]]]> : tensor<1x1x1x1xf8E8M0FNU>
  check.expect_eq %q, %eq : tensor<1x1x1x1xf8E8M0FNU>, tensor<1x1x1x1xf8E8M0FNU>
  return
}
