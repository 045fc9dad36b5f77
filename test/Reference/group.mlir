// RUN: hadal-run --target=reference %s

// Slots by expert: 1, 4, 5 of expert 0; 0, 3 of expert 1; none of expert 2; slot 2 has no expert, no row of its own.
func.func @plain() {
  %i = arith.constant dense<[[1, 0], [-1, 1], [0, 0]]> : tensor<3x2xi32>
  %o0, %p0, %c0, %v0 = hadal.group %i experts 3
      : (tensor<3x2xi32>) -> (tensor<4xi32>, tensor<6xi32>, tensor<3xi32>, tensor<6xi32>)
  %eo0 = arith.constant dense<[0, 3, 5, 5]> : tensor<4xi32>
  check.expect_eq %o0, %eo0 : tensor<4xi32>, tensor<4xi32>
  %ep0 = arith.constant dense<[1, 4, 5, 0, 3, 2]> : tensor<6xi32>
  check.expect_eq %p0, %ep0 : tensor<6xi32>, tensor<6xi32>
  %ec0 = arith.constant dense<[3, 2, 0]> : tensor<3xi32>
  check.expect_eq %c0, %ec0 : tensor<3xi32>, tensor<3xi32>
  %ev0 = arith.constant dense<[3, 0, -1, 4, 1, 2]> : tensor<6xi32>
  check.expect_eq %v0, %ev0 : tensor<6xi32>, tensor<6xi32>
  return
}

// Experts 0 and 1 take 3 and 2 rows, padded to 4 and 2; P = 2·⌊(6 + 3·1)/2⌋ = 8.
func.func @align() {
  %i = arith.constant dense<[[1, 0], [-1, 1], [0, 0]]> : tensor<3x2xi32>
  %o0, %p0, %c0, %v0 = hadal.group %i experts 3 align 2
      : (tensor<3x2xi32>) -> (tensor<4xi32>, tensor<8xi32>, tensor<3xi32>, tensor<6xi32>)
  %eo0 = arith.constant dense<[0, 4, 6, 6]> : tensor<4xi32>
  check.expect_eq %o0, %eo0 : tensor<4xi32>, tensor<4xi32>
  %ep0 = arith.constant dense<[1, 4, 5, -1, 0, 3, -1, -1]> : tensor<8xi32>
  check.expect_eq %p0, %ep0 : tensor<8xi32>, tensor<8xi32>
  %ec0 = arith.constant dense<[3, 2, 0]> : tensor<3xi32>
  check.expect_eq %c0, %ec0 : tensor<3xi32>, tensor<3xi32>
  %ev0 = arith.constant dense<[4, 0, -1, 5, 1, 2]> : tensor<6xi32>
  check.expect_eq %v0, %ev0 : tensor<6xi32>, tensor<6xi32>
  // align 1 pads nothing; slot 2 has no row.
  %o1, %p1, %c1, %v1 = hadal.group %i experts 3 align 1
      : (tensor<3x2xi32>) -> (tensor<4xi32>, tensor<6xi32>, tensor<3xi32>, tensor<6xi32>)
  %eo1 = arith.constant dense<[0, 3, 5, 5]> : tensor<4xi32>
  check.expect_eq %o1, %eo1 : tensor<4xi32>, tensor<4xi32>
  %ep1 = arith.constant dense<[1, 4, 5, 0, 3, -1]> : tensor<6xi32>
  check.expect_eq %p1, %ep1 : tensor<6xi32>, tensor<6xi32>
  %ec1 = arith.constant dense<[3, 2, 0]> : tensor<3xi32>
  check.expect_eq %c1, %ec1 : tensor<3xi32>, tensor<3xi32>
  %ev1 = arith.constant dense<[3, 0, -1, 4, 1, 2]> : tensor<6xi32>
  check.expect_eq %v1, %ev1 : tensor<6xi32>, tensor<6xi32>
  return
}

// Two rows for each expert: slot 5, the third of expert 0, is dropped.
func.func @capacity() {
  %i = arith.constant dense<[[1, 0], [-1, 1], [0, 0]]> : tensor<3x2xi32>
  %o0, %p0, %c0, %v0 = hadal.group %i experts 3 capacity 2
      : (tensor<3x2xi32>) -> (tensor<4xi32>, tensor<6xi32>, tensor<3xi32>, tensor<6xi32>)
  %eo0 = arith.constant dense<[0, 2, 4, 6]> : tensor<4xi32>
  check.expect_eq %o0, %eo0 : tensor<4xi32>, tensor<4xi32>
  %ep0 = arith.constant dense<[1, 4, 0, 3, -1, -1]> : tensor<6xi32>
  check.expect_eq %p0, %ep0 : tensor<6xi32>, tensor<6xi32>
  %ec0 = arith.constant dense<[2, 2, 0]> : tensor<3xi32>
  check.expect_eq %c0, %ec0 : tensor<3xi32>, tensor<3xi32>
  %ev0 = arith.constant dense<[2, 0, -1, 3, 1, -1]> : tensor<6xi32>
  check.expect_eq %v0, %ev0 : tensor<6xi32>, tensor<6xi32>
  return
}

func.func @nothing() {
  %i = arith.constant dense<> : tensor<0x2xi64>
  %o0, %p0, %c0, %v0 = hadal.group %i experts 2
      : (tensor<0x2xi64>) -> (tensor<3xi32>, tensor<0xi32>, tensor<2xi32>, tensor<0xi32>)
  %eo0 = arith.constant dense<0> : tensor<3xi32>
  check.expect_eq %o0, %eo0 : tensor<3xi32>, tensor<3xi32>
  %ec0 = arith.constant dense<0> : tensor<2xi32>
  check.expect_eq %c0, %ec0 : tensor<2xi32>, tensor<2xi32>
  // P = 4·⌊(0 + 2·3)/4⌋.
  %o1, %p1, %c1, %v1 = hadal.group %i experts 2 align 4
      : (tensor<0x2xi64>) -> (tensor<3xi32>, tensor<4xi32>, tensor<2xi32>, tensor<0xi32>)
  %eo1 = arith.constant dense<0> : tensor<3xi32>
  check.expect_eq %o1, %eo1 : tensor<3xi32>, tensor<3xi32>
  %ep1 = arith.constant dense<-1> : tensor<4xi32>
  check.expect_eq %p1, %ep1 : tensor<4xi32>, tensor<4xi32>
  %ec1 = arith.constant dense<0> : tensor<2xi32>
  check.expect_eq %c1, %ec1 : tensor<2xi32>, tensor<2xi32>
  %o2, %p2, %c2, %v2 = hadal.group %i experts 2 capacity 1
      : (tensor<0x2xi64>) -> (tensor<3xi32>, tensor<2xi32>, tensor<2xi32>, tensor<0xi32>)
  %eo2 = arith.constant dense<[0, 1, 2]> : tensor<3xi32>
  check.expect_eq %o2, %eo2 : tensor<3xi32>, tensor<3xi32>
  %ep2 = arith.constant dense<-1> : tensor<2xi32>
  check.expect_eq %p2, %ep2 : tensor<2xi32>, tensor<2xi32>
  %ec2 = arith.constant dense<0> : tensor<2xi32>
  check.expect_eq %c2, %ec2 : tensor<2xi32>, tensor<2xi32>
  %a = arith.constant dense<[[-1], [-1]]> : tensor<2x1xi32>
  // Tokens without experts; one token with one expert of one.
  %o3, %p3, %c3, %v3 = hadal.group %a experts 1
      : (tensor<2x1xi32>) -> (tensor<2xi32>, tensor<2xi32>, tensor<1xi32>, tensor<2xi32>)
  %eo3 = arith.constant dense<0> : tensor<2xi32>
  check.expect_eq %o3, %eo3 : tensor<2xi32>, tensor<2xi32>
  %ep3 = arith.constant dense<[0, 1]> : tensor<2xi32>
  check.expect_eq %p3, %ep3 : tensor<2xi32>, tensor<2xi32>
  %ec3 = arith.constant dense<[0]> : tensor<1xi32>
  check.expect_eq %c3, %ec3 : tensor<1xi32>, tensor<1xi32>
  %ev3 = arith.constant dense<-1> : tensor<2xi32>
  check.expect_eq %v3, %ev3 : tensor<2xi32>, tensor<2xi32>
  %b = arith.constant dense<[[0]]> : tensor<1x1xi32>
  %o4, %p4, %c4, %v4 = hadal.group %b experts 1 align 3
      : (tensor<1x1xi32>) -> (tensor<2xi32>, tensor<3xi32>, tensor<1xi32>, tensor<1xi32>)
  %eo4 = arith.constant dense<[0, 3]> : tensor<2xi32>
  check.expect_eq %o4, %eo4 : tensor<2xi32>, tensor<2xi32>
  %ep4 = arith.constant dense<[0, -1, -1]> : tensor<3xi32>
  check.expect_eq %p4, %ep4 : tensor<3xi32>, tensor<3xi32>
  %ec4 = arith.constant dense<[1]> : tensor<1xi32>
  check.expect_eq %c4, %ec4 : tensor<1xi32>, tensor<1xi32>
  %ev4 = arith.constant dense<[0]> : tensor<1xi32>
  check.expect_eq %v4, %ev4 : tensor<1xi32>, tensor<1xi32>
  return
}

// The permutation of @align: tokens 0, 2, 2, none, 0, 1, none, none.
func.func @permute() {
  %x = arith.constant dense<[[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]]> : tensor<3x2xf32>
  %p = arith.constant dense<[1, 4, 5, -1, 0, 3, -1, -1]> : tensor<8xi32>
  %r = hadal.permute %x, %p slots_per_token 2 : (tensor<3x2xf32>, tensor<8xi32>) -> tensor<8x2xf32>
  %er = arith.constant dense<[[1.0, -1.0], [3.0, -3.0], [3.0, -3.0], [0.0, 0.0], [1.0, -1.0], [2.0, -2.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<8x2xf32>
  check.expect_eq %r, %er : tensor<8x2xf32>, tensor<8x2xf32>
  // Any element type and rank; one slot per token unless it is said.
  %y = arith.constant dense<[7, 8, 9]> : tensor<3xi64>
  %q = arith.constant dense<[2, -1, 2, 0]> : tensor<4xi64>
  %s = hadal.permute %y, %q : (tensor<3xi64>, tensor<4xi64>) -> tensor<4xi64>
  %es = arith.constant dense<[9, 0, 9, 7]> : tensor<4xi64>
  check.expect_eq %s, %es : tensor<4xi64>, tensor<4xi64>
  return
}

// Rows as in @align. Token 0: ½·y[4] + y[0]; token 1: 2·y[5], and its slot 2 has no row, so that its weight is not read;
// token 2: y[1] + y[2]. Rows without a slot hold NaN.
func.func @combine() {
  %y = arith.constant dense<[[10.0], [20.0], [30.0], [0x7FC00000], [40.0], [50.0], [0x7FC00000], [0x7FC00000]]> : tensor<8x1xf32>
  %w = arith.constant dense<[[0.5, 1.0], [0x7FC00000, 2.0], [1.0, 1.0]]> : tensor<3x2xf32>
  %v = arith.constant dense<[4, 0, -1, 5, 1, 2]> : tensor<6xi32>
  %p = arith.constant dense<[1, 4, 5, -1, 0, 3, -1, -1]> : tensor<8xi32>
  %a = arith.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32>
  %o0 = hadal.combine %y, %w inverse %v : (tensor<8x1xf32>, tensor<3x2xf32>, tensor<6xi32>) -> tensor<3x1xf32>
  %e0 = arith.constant dense<[[30.0], [100.0], [50.0]]> : tensor<3x1xf32>
  check.expect_eq %o0, %e0 : tensor<3x1xf32>, tensor<3x1xf32>
  %o1 = hadal.combine %y, %w permutation %p : (tensor<8x1xf32>, tensor<3x2xf32>, tensor<8xi32>) -> tensor<3x1xf32>
  check.expect_eq %o1, %e0 : tensor<3x1xf32>, tensor<3x1xf32>
  %o2 = hadal.combine %y, %w inverse %v add %a
      : (tensor<8x1xf32>, tensor<3x2xf32>, tensor<6xi32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  %e2 = arith.constant dense<[[31.0], [102.0], [53.0]]> : tensor<3x1xf32>
  check.expect_eq %o2, %e2 : tensor<3x1xf32>, tensor<3x1xf32>
  return
}

// bf16 rows, f32 weights; a token without slots; no tokens.
func.func @combine_types() {
  %y = arith.constant dense<[[2.0], [4.0]]> : tensor<2x1xbf16>
  %w = arith.constant dense<[[0.5], [0.25], [1.0]]> : tensor<3x1xf32>
  %v = arith.constant dense<[1, 0, -1]> : tensor<3xi64>
  %o = hadal.combine %y, %w inverse %v : (tensor<2x1xbf16>, tensor<3x1xf32>, tensor<3xi64>) -> tensor<3x1xbf16>
  %e = arith.constant dense<[[2.0], [0.5], [0.0]]> : tensor<3x1xbf16>
  check.expect_eq %o, %e : tensor<3x1xbf16>, tensor<3x1xbf16>
  %n = arith.constant dense<> : tensor<0x4xf32>
  %nw = arith.constant dense<> : tensor<0x2xf32>
  %no = hadal.combine %n, %nw : (tensor<0x4xf32>, tensor<0x2xf32>) -> tensor<0x4xf32>
  check.expect_eq %no, %n : tensor<0x4xf32>, tensor<0x4xf32>
  return
}
