// RUN: hadal-run --target=reference %s

// Without a weight; with an offset: the weight −1 is then 0.
func.func @rms_norm() {
  %x = arith.constant dense<[[3.0, 4.0], [0.0, 0.0]]> : tensor<2x2xf32>
  // The mean of squares is 12.5, the root with epsilon 3.5 is 4.
  %y = hadal.rms_norm %x epsilon 3.5 : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %ey = arith.constant dense<[[0.75, 1.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %y, %ey : tensor<2x2xf32>, tensor<2x2xf32>
  %w = arith.constant dense<[-1.0, 1.0]> : tensor<2xf32>
  %z = hadal.rms_norm %x, %w epsilon 3.5 weight_offset 1.0 : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %ez = arith.constant dense<[[0.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %z, %ez : tensor<2x2xf32>, tensor<2x2xf32>
  // Sizes that are not known, a weight of another type.
  %xd = tensor.cast %x : tensor<2x2xf32> to tensor<?x?xf32>
  %wb = arith.constant dense<[1.0, 2.0]> : tensor<2xbf16>
  %d = hadal.rms_norm %xd, %wb epsilon 3.5 : (tensor<?x?xf32>, tensor<2xbf16>) -> tensor<?x?xf32>
  %ed = arith.constant dense<[[0.75, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_eq %d, %ed : tensor<?x?xf32>, tensor<2x2xf32>
  return
}

// Mean 4, variance (9 + 1 + 1 + 9) / 4 = 5; with epsilon 4 the root is 3.
func.func @layer_norm() {
  %x = arith.constant dense<[[1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 2.0, 2.0]]> : tensor<2x4xf32>
  %w = arith.constant dense<[1.0, 3.0, 3.0, 6.0]> : tensor<4xf32>
  %b = arith.constant dense<[0.0, 10.0, 0.0, -1.0]> : tensor<4xf32>
  %y = hadal.layer_norm %x weight %w bias %b epsilon 4.0 : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %ey = arith.constant dense<[[-1.0, 9.0, 1.0, 5.0], [0.0, 10.0, 0.0, -1.0]]> : tensor<2x4xf32>
  check.expect_close %y, %ey tolerance 1.0e-12 : tensor<2x4xf32>, tensor<2x4xf32>
  %z = hadal.layer_norm %x epsilon 4.0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %ez = arith.constant dense<[[-1.0, -0.333333343, 0.333333343, 1.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<2x4xf32>
  check.expect_close %z, %ez tolerance 1.0e-7 : tensor<2x4xf32>, tensor<2x4xf32>
  %v = hadal.layer_norm %x bias %b epsilon 4.0 : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %ev = arith.constant dense<[[-1.0, 9.66666666, 0.333333343, 0.0], [0.0, 10.0, 0.0, -1.0]]> : tensor<2x4xf32>
  check.expect_close %v, %ev tolerance 1.0e-7 : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

// A right angle: (a, b) becomes (−b, a), by the inverse (b, −a). Of six columns the first or the last four turn.
func.func @rope_parts() {
  %x = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]]> : tensor<1x1x6xf32>
  %cos = arith.constant dense<[[[1.0, 0.0]]]> : tensor<1x1x2xf32>
  %sin = arith.constant dense<[[[0.0, 1.0]]]> : tensor<1x1x2xf32>
  %f = hadal.rope %x, %cos, %sin interleaved to interleaved rotate first : (tensor<1x1x6xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x6xf32>
  %ef = arith.constant dense<[[[1.0, 2.0, -4.0, 3.0, 5.0, 6.0]]]> : tensor<1x1x6xf32>
  check.expect_eq %f, %ef : tensor<1x1x6xf32>, tensor<1x1x6xf32>
  %l = hadal.rope %x, %cos, %sin halves to halves rotate last : (tensor<1x1x6xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x6xf32>
  %el = arith.constant dense<[[[1.0, 2.0, 3.0, -6.0, 5.0, 4.0]]]> : tensor<1x1x6xf32>
  check.expect_eq %l, %el : tensor<1x1x6xf32>, tensor<1x1x6xf32>
  %i = hadal.rope %l, %cos, %sin halves to halves rotate last inverse : (tensor<1x1x6xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x6xf32>
  check.expect_eq %i, %x : tensor<1x1x6xf32>, tensor<1x1x6xf32>
  %h = hadal.rope %x, %cos, %sin halves to interleaved rotate last inverse : (tensor<1x1x6xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x6xf32>
  %eh = arith.constant dense<[[[1.0, 2.0, 3.0, 5.0, 6.0, -4.0]]]> : tensor<1x1x6xf32>
  check.expect_eq %h, %eh : tensor<1x1x6xf32>, tensor<1x1x6xf32>
  // An odd row, of which all but one column turn; angles in another type.
  %o = arith.constant dense<[[[9.0, 3.0, 4.0]]]> : tensor<1x1x3xf32>
  %c1 = arith.constant dense<0.0> : tensor<1x1x1xbf16>
  %s1 = arith.constant dense<1.0> : tensor<1x1x1xbf16>
  %t = hadal.rope %o, %c1, %s1 halves to halves rotate last : (tensor<1x1x3xf32>, tensor<1x1x1xbf16>, tensor<1x1x1xbf16>) -> tensor<1x1x3xf32>
  %et = arith.constant dense<[[[9.0, -4.0, 3.0]]]> : tensor<1x1x3xf32>
  check.expect_eq %t, %et : tensor<1x1x3xf32>, tensor<1x1x3xf32>
  return
}

// Angles 0, 1, 2 and 0, 0.5, 1.
func.func @rope_angles() {
  %p = arith.constant dense<[[0, 1, 2]]> : tensor<1x3xi64>
  %f = arith.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %c, %s = hadal.rope_angles %p, %f scale 2.0 : (tensor<1x3xi64>, tensor<2xf32>) -> (tensor<1x3x2xf32>, tensor<1x3x2xf32>)
  %ec = arith.constant dense<[[[2.0, 2.0], [1.080604612, 1.755165124], [-0.832293673, 1.080604612]]]> : tensor<1x3x2xf32>
  %es = arith.constant dense<[[[0.0, 0.0], [1.682941970, 0.958851077], [1.818594854, 1.682941970]]]> : tensor<1x3x2xf32>
  check.expect_close %c, %ec tolerance 2.0e-7 : tensor<1x3x2xf32>, tensor<1x3x2xf32>
  check.expect_close %s, %es tolerance 2.0e-7 : tensor<1x3x2xf32>, tensor<1x3x2xf32>
  // The angle is a number of f32: 16777217 · 1 is 16777216, whose cosine is 0.9177…; with f64 it is 16777217's.
  %far = arith.constant dense<[[16777217]]> : tensor<1x1xi64>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %cf, %sf = hadal.rope_angles %far, %one : (tensor<1x1xi64>, tensor<1xf32>) -> (tensor<1x1x1xf64>, tensor<1x1x1xf64>)
  %r = arith.constant dense<16777216.0> : tensor<1x1x1xf64>
  %er = math.cos %r : tensor<1x1x1xf64>
  check.expect_close %cf, %er tolerance 1.0e-12 : tensor<1x1x1xf64>, tensor<1x1x1xf64>
  %one64 = arith.constant dense<1.0> : tensor<1xf64>
  %c64, %s64 = hadal.rope_angles %far, %one64 : (tensor<1x1xi64>, tensor<1xf64>) -> (tensor<1x1x1xf64>, tensor<1x1x1xf64>)
  %r64 = arith.constant dense<16777217.0> : tensor<1x1x1xf64>
  %er64 = math.sin %r64 : tensor<1x1x1xf64>
  check.expect_close %s64, %er64 tolerance 1.0e-12 : tensor<1x1x1xf64>, tensor<1x1x1xf64>
  return
}

// d = 8, base 10^4, L = 4096: column(β) = 8 · ln(4096 / 2πβ) / (2 ln 10^4) = 0.4343 · ln(651.9 / β); β = 32: 1.309, floor
// 1; β = 1: 2.814, ceiling 3. Ramp over 1..3: 0, 0, 1/2, 1. f = 1, 0.1, 0.01, 0.001; with factor 40 the last is
// 0.001/40 = 2.5e-5, that before 0.005 + 0.005/40 = 0.005125.
func.func @yarn_frequencies() {
  %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<4xf32>
  %e = arith.constant dense<[1.0, 0.1, 0.005125, 2.5e-5]> : tensor<4xf32>
  check.expect_close %f, %e tolerance 1.0e-9 : tensor<4xf32>, tensor<4xf32>
  // Untruncated: the ramp goes from 1.3091 to 2.8142; at 2 it is 0.45904: 0.01·(0.54096 + 0.45904/40) = 0.0055243.
  %u = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 untruncated : tensor<4xf32>
  %eu = arith.constant dense<[1.0, 0.1, 5.5243e-3, 2.5e-5]> : tensor<4xf32>
  check.expect_close %u, %eu tolerance 1.0e-6 : tensor<4xf32>, tensor<4xf32>
  return
}

func.func @embedding() {
  %t = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
  %i = arith.constant dense<[[1, -1, 0]]> : tensor<1x3xi32>
  %y = hadal.embedding %i, %t : (tensor<1x3xi32>, tensor<2x2xbf16>) -> tensor<1x3x2xbf16>
  %e = arith.constant dense<[[[3.0, 4.0], [0.0, 0.0], [1.0, 2.0]]]> : tensor<1x3x2xbf16>
  check.expect_eq %y, %e : tensor<1x3x2xbf16>, tensor<1x3x2xbf16>
  %s = arith.constant dense<1> : tensor<i64>
  %z = hadal.embedding %s, %t : (tensor<i64>, tensor<2x2xbf16>) -> tensor<2xbf16>
  %ez = arith.constant dense<[3.0, 4.0]> : tensor<2xbf16>
  check.expect_eq %z, %ez : tensor<2xbf16>, tensor<2xbf16>
  return
}

// Ties by the lowest index, −0 equal to +0; NaN below −inf; NaN alone; numbers that f32 cannot tell apart.
func.func @argmax() {
  %x = arith.constant dense<[[1.0, 3.0, 3.0], [-0.0, 0.0, -1.0], [0x7FC00000, 0xFF800000, 0xFF800000],
                             [0x7FC00000, 0x7FC00000, 0x7FC00000], [0.0, 0x7F800000, 5.0]]> : tensor<5x3xf32>
  %i = hadal.argmax %x : (tensor<5x3xf32>) -> tensor<5xi64>
  %e = arith.constant dense<[1, 0, 1, 0, 1]> : tensor<5xi64>
  check.expect_eq %i, %e : tensor<5xi64>, tensor<5xi64>
  %row = arith.constant dense<[2.0, 7.0]> : tensor<2xf32>
  %s = hadal.argmax %row : (tensor<2xf32>) -> tensor<i32>
  %one = arith.constant dense<1> : tensor<i32>
  check.expect_eq %s, %one : tensor<i32>, tensor<i32>
  return
}

// Probabilities 1/2, 1/4, 1/8, 1/8 at the columns 2, 0, 1, 3 (ln 4, ln 2, 0, 0): the bounds are 1/2, 3/4, 7/8.
func.func @sample() {
  %l = arith.constant dense<[0.693147180559945, 0.0, 1.38629436111989, 0.0]> : tensor<4xf64>
  %e = tensor.empty() : tensor<6x4xf64>
  %rows = linalg.broadcast ins(%l : tensor<4xf64>) outs(%e : tensor<6x4xf64>) dimensions = [0]
  %u = arith.constant dense<[0.0, 0.49, 0.51, 0.76, 0.874, 0.999]> : tensor<6xf64>
  %all = hadal.sample %rows, %u temperature 1.0 : (tensor<6x4xf64>, tensor<6xf64>) -> tensor<6xi32>
  %eall = arith.constant dense<[2, 2, 0, 1, 1, 3]> : tensor<6xi32>
  check.expect_eq %all, %eall : tensor<6xi32>, tensor<6xi32>
  // The best three: 4/7, 2/7, 1/7; bounds 0.571, 0.857.
  %k = hadal.sample %rows, %u temperature 1.0 top_k 3 : (tensor<6x4xf64>, tensor<6xf64>) -> tensor<6xi32>
  %ek = arith.constant dense<[2, 2, 2, 0, 1, 1]> : tensor<6xi32>
  check.expect_eq %k, %ek : tensor<6xi32>, tensor<6xi32>
  // The sums before are 0, 1/2, 3/4, 7/8: below 0.7 stand two, 2/3 and 1/3.
  %p = hadal.sample %rows, %u temperature 1.0 top_p 0.7 : (tensor<6x4xf64>, tensor<6xf64>) -> tensor<6xi32>
  %ep = arith.constant dense<[2, 2, 2, 0, 0, 0]> : tensor<6xi32>
  check.expect_eq %p, %ep : tensor<6xi32>, tensor<6xi32>
  // Half the temperature squares the odds: 16, 4, 1, 1 of 22: bounds 0.727, 0.909, 0.955.
  %t = hadal.sample %rows, %u temperature 0.5 : (tensor<6x4xf64>, tensor<6xf64>) -> tensor<6xi32>
  %et = arith.constant dense<[2, 2, 2, 0, 0, 3]> : tensor<6xi32>
  check.expect_eq %t, %et : tensor<6xi32>, tensor<6xi32>
  %greedy = hadal.sample %rows, %u temperature 0.0 : (tensor<6x4xf64>, tensor<6xf64>) -> tensor<6xi32>
  %eg = arith.constant dense<2> : tensor<6xi32>
  check.expect_eq %greedy, %eg : tensor<6xi32>, tensor<6xi32>
  return
}

// −inf and NaN are no candidates; infinite ones share the probability; a row without candidates gives 0.
func.func @sample_edges() {
  %l = arith.constant dense<[[0xFF800000, 0x7FC00000, 1.0], [0x7F800000, 5.0, 0x7F800000],
                             [0xFF800000, 0x7FC00000, 0xFF800000]]> : tensor<3x3xf32>
  %u = arith.constant dense<[0.999, 0.6, 0.5]> : tensor<3xf32>
  %s = hadal.sample %l, %u temperature 1.0 : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xi64>
  %e = arith.constant dense<[2, 2, 0]> : tensor<3xi64>
  check.expect_eq %s, %e : tensor<3xi64>, tensor<3xi64>
  return
}
