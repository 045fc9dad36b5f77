// RUN: hadal-run --target=reference %s

// e4m3: halfway between 16 and 18 to the even 16, between 18 and 20 to 20; subnormals in steps of 2^-9, half of one to
// 0; 464 is halfway between 448 and the 480 that would come next, and stays; beyond it NaN.
func.func @e4m3() {
  %x = arith.constant dense<[17.0, 19.0, -0.00195312500, 9.765625e-4, 9.77e-4, 448.0, 464.0, 464.0001, -1.0e9]> : tensor<9xf32>
  %q = arith.truncf %x : tensor<9xf32> to tensor<9xf8E4M3FN>
  %y = arith.extf %q : tensor<9xf8E4M3FN> to tensor<9xf32>
  %e = arith.constant dense<[16.0, 20.0, -0.00195312500, 0.0, 0.00195312500, 448.0, 448.0, 0x7FC00000, 0x7FC00000]> : tensor<9xf32>
  check.expect_eq %y, %e : tensor<9xf32>, tensor<9xf32>
  return
}

// e5m2: steps of 2 from 8 on; 61440 is halfway between 57344 and 65536, which is infinity.
func.func @e5m2() {
  %x = arith.constant dense<[9.0, 11.0, 61439.0, 61440.0, -1.0e9, 0x7FC00000]> : tensor<6xf32>
  %q = arith.truncf %x : tensor<6xf32> to tensor<6xf8E5M2>
  %y = arith.extf %q : tensor<6xf8E5M2> to tensor<6xf32>
  %e = arith.constant dense<[8.0, 12.0, 57344.0, 0x7F800000, 0xFF800000, 0x7FC00000]> : tensor<6xf32>
  check.expect_eq %y, %e : tensor<6xf32>, tensor<6xf32>
  return
}

// e2m1: 0, 0.5, 1, 1.5, 2, 3, 4, 6.
func.func @e2m1() {
  %x = arith.constant dense<[0.25, 0.26, 0.75, 2.5, 3.5, 5.0, 5.1, 7.0, -100.0, 0xFFC00000]> : tensor<10xf32>
  %q = arith.truncf %x : tensor<10xf32> to tensor<10xf4E2M1FN>
  %y = arith.extf %q : tensor<10xf4E2M1FN> to tensor<10xf32>
  %e = arith.constant dense<[0.0, 0.5, 1.0, 2.0, 4.0, 4.0, 6.0, 6.0, -6.0, 6.0]> : tensor<10xf32>
  check.expect_eq %y, %e : tensor<10xf32>, tensor<10xf32>
  return
}

// e8m0: 1.5 and 3 are halfway and go up; no zero, no negative numbers.
func.func @e8m0() {
  %x = arith.constant dense<[1.0, 1.49, 1.5, 3.0, 0.0, -2.0, 1.0e-40, 0x7F800000]> : tensor<8xf32>
  %q = arith.truncf %x : tensor<8xf32> to tensor<8xf8E8M0FNU>
  %y = arith.extf %q : tensor<8xf8E8M0FNU> to tensor<8xf32>
  // 0x00400000 is 2^-127, 0x00010000 2^-133: 1e-40 lies below 2^-127.
  %e = arith.constant dense<[1.0, 1.0, 2.0, 4.0, 0x00400000, 0x7FC00000, 0x00400000, 0x7FC00000]> : tensor<8xf32>
  check.expect_eq %y, %e : tensor<8xf32>, tensor<8xf32>
  return
}

// Bits, and constants of these types.
func.func @bits() {
  %q = arith.constant dense<[1.0, -448.0]> : tensor<2xf8E4M3FN>
  %b = arith.bitcast %q : tensor<2xf8E4M3FN> to tensor<2xi8>
  %e = arith.constant dense<[0x38, 0xFE]> : tensor<2xi8>
  check.expect_eq %b, %e : tensor<2xi8>, tensor<2xi8>
  %r = arith.bitcast %b : tensor<2xi8> to tensor<2xf8E4M3FN>
  check.expect_eq %q, %r : tensor<2xf8E4M3FN>, tensor<2xf8E4M3FN>
  %four = arith.constant dense<[6.0, -0.5]> : tensor<2xf4E2M1FN>
  %nibbles = arith.bitcast %four : tensor<2xf4E2M1FN> to tensor<2xi4>
  %en = arith.constant dense<[7, 9]> : tensor<2xi4>
  check.expect_eq %nibbles, %en : tensor<2xi4>, tensor<2xi4>
  return
}

// 1/3 in f64, rounded to f32 because f64 was said.
func.func @f64_to_f32() {
  %x = arith.constant 0.3333333333333333 : f64
  %y = arith.truncf %x : f64 to f32
  %z = arith.extf %y : f32 to f64
  %e = arith.constant 0.3333333432674408 : f64
  check.expect_eq %z, %e : f64, f64
  return
}
