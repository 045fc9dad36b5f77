// RUN: hadal-run --target=reference %s

// A window of W holds W keys, the query's own included; lse counts them. W = 1 is the own key, W = 9 all up to it.
func.func @window() {
  %q = arith.constant dense<0.0> : tensor<1x1x4x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %e = arith.constant dense<[[[[1.0], [1.5], [3.0], [6.0]]]]> : tensor<1x1x4x1xf32>
  %el = arith.constant dense<[[[0.0, 0.6931471805599453, 0.6931471805599453, 0.6931471805599453]]]> : tensor<1x1x4xf32>
  %e1 = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %e9 = arith.constant dense<[[[[1.0], [1.5], [2.3333333333333335], [3.75]]]]> : tensor<1x1x4x1xf32>
  %o, %l = hadal.attention %q, %k, %v scale 1.0 causal window 2
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> (tensor<1x1x4x1xf32>, tensor<1x1x4xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x4xf32>, tensor<1x1x4xf32>
  %o1 = hadal.attention %q, %k, %v scale 1.0 causal window 1
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x4x1xf32>
  check.expect_close %o1, %e1 tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  %o9 = hadal.attention %q, %k, %v scale 1.0 window 9 causal
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x4x1xf32>
  check.expect_close %o9, %e9 tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  return
}

// Where query 0 of 2 stands among 4 keys: by default at key 2, so that the last query stands at the last key. Before the
// first key it sees nothing; beyond the last all, or with a window nothing. Without causality the offset says nothing.
func.func @offset() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %e_default = arith.constant dense<[[[[2.3333333333333335], [3.75]]]]> : tensor<1x1x2x1xf32>
  %o_default = hadal.attention %q, %k, %v scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_default, %e_default tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_top = arith.constant dense<[[[[1.0], [1.5]]]]> : tensor<1x1x2x1xf32>
  %o_top = hadal.attention %q, %k, %v scale 1.0 causal offset 0
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_top, %e_top tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_one = arith.constant dense<[[[[1.5], [2.3333333333333335]]]]> : tensor<1x1x2x1xf32>
  %o_one = hadal.attention %q, %k, %v scale 1.0 causal offset 1
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_one, %e_one tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_before = arith.constant dense<[[[[0.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %o_before = hadal.attention %q, %k, %v scale 1.0 causal offset -1
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_before, %e_before tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_beyond = arith.constant dense<3.75> : tensor<1x1x2x1xf32>
  %o_beyond = hadal.attention %q, %k, %v scale 1.0 causal offset 9
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_beyond, %e_beyond tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_far = arith.constant dense<3.75> : tensor<1x1x2x1xf32>
  %o_far = hadal.attention %q, %k, %v scale 1.0 causal offset 9223372036854775807
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_far, %e_far tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_gone = arith.constant dense<[[[[8.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %o_gone = hadal.attention %q, %k, %v scale 1.0 causal offset 4 window 2
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_gone, %e_gone tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %e_unused = arith.constant dense<3.75> : tensor<1x1x2x1xf32>
  %o_unused = hadal.attention %q, %k, %v scale 1.0 offset 1
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x2x1xf32>
  check.expect_close %o_unused, %e_unused tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A window is counted from the position, behind the last key too: of positions 0, 1, 2 the last sees keys 1 and 2 of one key.
func.func @window_behind() {
  %k1 = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %v1 = arith.constant dense<7.0> : tensor<1x1x1x1xf32>
  %q3 = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %e3 = arith.constant dense<[[[[7.0], [7.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %o = hadal.attention %q3, %k1, %v1 scale 1.0 causal offset 0 window 2
      : (tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x3x1xf32>
  check.expect_close %o, %e3 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %n = hadal.attention %q3, %k1, %v1 scale 1.0 causal offset 0 window 9223372036854775807
      : (tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x3x1xf32>
  %e7 = arith.constant dense<7.0> : tensor<1x1x3x1xf32>
  check.expect_close %n, %e7 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Each batch entry has a position of its own.
func.func @offsets() {
  %q = arith.constant dense<0.0> : tensor<3x1x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<3x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0]]], [[[3.0], [4.0]]], [[[5.0], [6.0]]]]> : tensor<3x1x2x1xf32>
  %p = arith.constant dense<[0, -1, 1]> : tensor<3xi64>
  %p32 = arith.constant dense<[0, -1, 1]> : tensor<3xi32>
  %e = arith.constant dense<[[[[1.0]]], [[[0.0]]], [[[5.5]]]]> : tensor<3x1x1x1xf32>
  %el = arith.constant dense<[[[0.0]], [[0xFF800000]], [[0.6931471805599453]]]> : tensor<3x1x1xf32>
  %o, %l = hadal.attention %q, %k, %v offsets %p scale 1.0 causal
      : (tensor<3x1x1x1xf32>, tensor<3x1x2x1xf32>, tensor<3x1x2x1xf32>, tensor<3xi64>) -> (tensor<3x1x1x1xf32>, tensor<3x1x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<3x1x1x1xf32>, tensor<3x1x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  %n = hadal.attention %q, %k, %v offsets %p32 scale 1.0 causal
      : (tensor<3x1x1x1xf32>, tensor<3x1x2x1xf32>, tensor<3x1x2x1xf32>, tensor<3xi32>) -> tensor<3x1x1x1xf32>
  check.expect_close %n, %e tolerance 1.0e-7 : tensor<3x1x1x1xf32>, tensor<3x1x1x1xf32>
  return
}

// Two scores of 0 and a sink for each query head, two heads to a kv head. Sink 0: weights 1/3, 1/3. Sink ln 2: 1/4, 1/4.
// Sink 1000: nothing is left, and nothing overflows. Sink −inf is none. The lse is ln 2 for all: it never includes the sink.
func.func @sink() {
  %q = arith.constant dense<0.0> : tensor<1x4x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0]], [[30.0], [60.0]]]]> : tensor<1x2x2x1xf32>
  %s = arith.constant dense<[0.0, 0.6931471805599453, 1000.0, 0xFF800000]> : tensor<4xf32>
  %e = arith.constant dense<[[[[3.0]], [[2.25]], [[0.0]], [[45.0]]]]> : tensor<1x4x1x1xf32>
  %el = arith.constant dense<0.6931471805599453> : tensor<1x4x1xf32>
  %o, %l = hadal.attention %q, %k, %v sink %s scale 1.0
      : (tensor<1x4x1x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<4xf32>) -> (tensor<1x4x1x1xf32>, tensor<1x4x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x4x1x1xf32>, tensor<1x4x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x4x1xf32>, tensor<1x4x1xf32>
  return
}

// A row that sees nothing gives 0 and lse −inf with a sink too.
func.func @sink_empty_row() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %v = arith.constant dense<5.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<0.0> : tensor<1xf32>
  %e = arith.constant dense<[[[[0.0], [2.5]]]]> : tensor<1x1x2x1xf32>
  %el = arith.constant dense<[[[0xFF800000, 0.0]]]> : tensor<1x1x2xf32>
  %o, %l = hadal.attention %q, %k, %v sink %s scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// Scores and sink of −2000 each: relative to the largest they weigh 1/3 each, though exp(−2000) is 0.
func.func @sink_underflow() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<-2000.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0]]]]> : tensor<1x1x2x1xf32>
  %s = arith.constant dense<-2000.0> : tensor<1xf32>
  %e = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  %el = arith.constant dense<-1999.30685281944> : tensor<1x1x1xf32>
  %o, %l = hadal.attention %q, %k, %v sink %s scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// scale · q · k = 2 · atanh(½ ln 3) becomes 2 · ½ ln 3 = ln 3: weights 1/4 and 3/4. The mask is added behind the cap: ln 3 on
// the other key makes both equal. Scores of ±10⁶ are capped at ±1: with cap ln 3 weights 1/10 and 9/10.
func.func @softcap() {
  %q = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [1.2347741641372287]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %m = arith.constant dense<[[[[1.0986122886681098, 0.0]]]]> : tensor<1x1x1x2xf32>
  %e = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  %el = arith.constant dense<1.3862943611198906> : tensor<1x1x1xf32>
  %em = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k2 = arith.constant dense<[[[[-1000000.0], [1000000.0]]]]> : tensor<1x1x2x1xf32>
  %e2 = arith.constant dense<3.6> : tensor<1x1x1x1xf32>
  %o, %l = hadal.attention %q, %k, %v scale 0.5 softcap 2.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-6 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %n = hadal.attention %q, %k, %v mask %m scale 0.5 softcap 2.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %n, %em tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %c = hadal.attention %q, %k2, %v scale 0.5 softcap 1.098612289
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32>
  check.expect_close %c, %e2 tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Lengths of each batch entry. Causality is aligned at the end of the valid part: entry 0 has 2 queries of 3 keys, entry 1 one
// query at the last of 2 keys, entry 2 no keys. Padding queries give 0 and −inf; what stands behind the lengths may be NaN.
// More queries than keys: the first sees nothing. A length of 0 queries.
func.func @ragged() {
  %q = arith.constant dense<[[[[0.0], [0.0]]], [[[0.0], [0x7FC00000]]], [[[0.0], [0.0]]]]> : tensor<3x1x2x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0]]], [[[0.0], [0.0], [0x7FC00000]]], [[[0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<3x1x3x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0], [9.0]]], [[[2.0], [4.0], [0x7FC00000]]], [[[0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<3x1x3x1xf32>
  %a = arith.constant dense<[2, 1, 2]> : tensor<3xi32>
  %b = arith.constant dense<[3, 2, 0]> : tensor<3xi32>
  %e = arith.constant dense<[[[[4.5], [6.0]]], [[[3.0], [0.0]]], [[[0.0], [0.0]]]]> : tensor<3x1x2x1xf32>
  %el = arith.constant dense<[[[0.6931471805599453, 1.0986122886681098]], [[0.6931471805599453, 0xFF800000]], [[0xFF800000, 0xFF800000]]]> : tensor<3x1x2xf32>
  %b2 = arith.constant dense<[3, 1, 0]> : tensor<3xi64>
  %a2 = arith.constant dense<[2, 2, 0]> : tensor<3xi64>
  %e2 = arith.constant dense<[[[[4.5], [6.0]]], [[[0.0], [2.0]]], [[[0.0], [0.0]]]]> : tensor<3x1x2x1xf32>
  %q2 = arith.constant dense<0.0> : tensor<3x1x2x1xf32>
  %o, %l = hadal.attention %q, %k, %v q_lengths %a kv_lengths %b scale 1.0 causal
      : (tensor<3x1x2x1xf32>, tensor<3x1x3x1xf32>, tensor<3x1x3x1xf32>, tensor<3xi32>, tensor<3xi32>) -> (tensor<3x1x2x1xf32>, tensor<3x1x2xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<3x1x2x1xf32>, tensor<3x1x2x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<3x1x2xf32>, tensor<3x1x2xf32>
  %n = hadal.attention %q2, %k, %v q_lengths %a2 kv_lengths %b2 scale 1.0 causal
      : (tensor<3x1x2x1xf32>, tensor<3x1x3x1xf32>, tensor<3x1x3x1xf32>, tensor<3xi64>, tensor<3xi64>) -> tensor<3x1x2x1xf32>
  check.expect_close %n, %e2 tolerance 1.0e-7 : tensor<3x1x2x1xf32>, tensor<3x1x2x1xf32>
  return
}

// Queries 0 and 1 of 3 are valid, keys 0 to 3 of 5, the mask hides key 1, the window holds 2. Positions 2 and 3 see the keys
// {2} and {2, 3}; with an offset of 1, positions 1 and 2 see {0} and {2}.
func.func @all_clauses() {
  %q = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x5x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0], [0x7FC00000]]]]> : tensor<1x1x5x1xf32>
  %a = arith.constant dense<2> : tensor<1xi32>
  %b = arith.constant dense<4> : tensor<1xi32>
  %m = arith.constant dense<[[[[true, false, true, true, true]]]]> : tensor<1x1x1x5xi1>
  %p = arith.constant dense<1> : tensor<1xi32>
  %e = arith.constant dense<[[[[4.0], [6.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %e2 = arith.constant dense<[[[[1.0], [4.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %o = hadal.attention %q, %k, %v mask %m q_lengths %a kv_lengths %b scale 1.0 causal window 2
      : (tensor<1x1x3x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x1x5xi1>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1x3x1xf32>
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %n = hadal.attention %q, %k, %v mask %m q_lengths %a kv_lengths %b offsets %p scale 1.0 window 2 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x1x5xi1>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1x3x1xf32>
  check.expect_close %n, %e2 tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// exp(lse) = 2 + 6. A row that a float mask hides has lse −inf. A large score does not overflow.
func.func @lse() {
  %q = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.6931471805599453], [1.791759469228055]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %m = arith.constant dense<[[[[0.0, 0.0], [0xFF800000, 0xFF800000]]]]> : tensor<1x1x2x2xf32>
  %e = arith.constant dense<[[[[3.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %el = arith.constant dense<[[[2.0794415416798357, 0xFF800000]]]> : tensor<1x1x2xf32>
  %o, %l = hadal.attention %q, %k, %v mask %m scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  %kb = arith.constant dense<10000.0> : tensor<1x1x2x1xf32>
  %eb = arith.constant dense<2.0> : tensor<1x1x2x1xf32>
  %elb = arith.constant dense<10000.69314718056> : tensor<1x1x2xf32>
  %ob, %lb = hadal.attention %q, %kb, %v scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  check.expect_close %ob, %eb tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  check.expect_close %lb, %elb tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// q, k, v in f16 with a sink and an lse in f32.
func.func @types() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf16>
  %k = arith.constant dense<0.0> : tensor<1x1x2x1xf16>
  %v = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf16>
  %s = arith.constant dense<0xFF800000> : tensor<1xf32>
  %e = arith.constant dense<1.5> : tensor<1x1x1x1xf16>
  %el = arith.constant dense<0.6931471805599453> : tensor<1x1x1xf32>
  %o, %l = hadal.attention %q, %k, %v sink %s scale 1.0
      : (tensor<1x1x1x1xf16>, tensor<1x1x2x1xf16>, tensor<1x1x2x1xf16>, tensor<1xf32>) -> (tensor<1x1x1x1xf16>, tensor<1x1x1xf32>)
  check.expect_close %o, %e tolerance 1.0e-3 : tensor<1x1x1x1xf16>, tensor<1x1x1x1xf16>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// No queries; a head size of 0, where all scores are 0; no keys, with a sink; no batch.
func.func @sizes_of_0() {
  %q = arith.constant dense<> : tensor<1x2x0x3xf32>
  %k = arith.constant dense<0.0> : tensor<1x2x2x3xf32>
  %v = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %e = arith.constant dense<> : tensor<1x2x0x1xf32>
  %el = arith.constant dense<> : tensor<1x2x0xf32>
  %q1 = arith.constant dense<> : tensor<1x2x1x0xf32>
  %k1 = arith.constant dense<> : tensor<1x2x2x0xf32>
  %v1 = arith.constant dense<[[[[1.0], [3.0]], [[5.0], [7.0]]]]> : tensor<1x2x2x1xf32>
  %e1 = arith.constant dense<[[[[2.0]], [[6.0]]]]> : tensor<1x2x1x1xf32>
  %k0 = arith.constant dense<> : tensor<1x2x0x3xf32>
  %qq = arith.constant dense<1.0> : tensor<1x2x1x3xf32>
  %e0 = arith.constant dense<0.0> : tensor<1x2x1x3xf32>
  %l0 = arith.constant dense<0xFF800000> : tensor<1x2x1xf32>
  %s = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b0 = arith.constant dense<> : tensor<0x2x1x3xf32>
  %b0l = arith.constant dense<> : tensor<0xi32>
  %o, %l = hadal.attention %q, %k, %v scale 1.0 causal
      : (tensor<1x2x0x3xf32>, tensor<1x2x2x3xf32>, tensor<1x2x2x1xf32>) -> (tensor<1x2x0x1xf32>, tensor<1x2x0xf32>)
  check.expect_eq %o, %e : tensor<1x2x0x1xf32>, tensor<1x2x0x1xf32>
  check.expect_eq %l, %el : tensor<1x2x0xf32>, tensor<1x2x0xf32>
  %o1 = hadal.attention %q1, %k1, %v1 scale 1.0
      : (tensor<1x2x1x0xf32>, tensor<1x2x2x0xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x1x1xf32>
  check.expect_close %o1, %e1 tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  %o0, %ll = hadal.attention %qq, %k0, %k0 sink %s scale 1.0 causal window 1
      : (tensor<1x2x1x3xf32>, tensor<1x2x0x3xf32>, tensor<1x2x0x3xf32>, tensor<2xf32>) -> (tensor<1x2x1x3xf32>, tensor<1x2x1xf32>)
  check.expect_eq %o0, %e0 : tensor<1x2x1x3xf32>, tensor<1x2x1x3xf32>
  check.expect_eq %ll, %l0 : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  %ob = hadal.attention %b0, %b0, %b0 kv_lengths %b0l scale 1.0
      : (tensor<0x2x1x3xf32>, tensor<0x2x1x3xf32>, tensor<0x2x1x3xf32>, tensor<0xi32>) -> tensor<0x2x1x3xf32>
  check.expect_eq %ob, %b0 : tensor<0x2x1x3xf32>, tensor<0x2x1x3xf32>
  return
}
