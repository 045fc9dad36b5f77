// RUN: hadal-run --target=reference %s

// Equal scores: the mean of the values.
func.func @mean() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0, 10.0], [3.0, 30.0]]]]> : tensor<1x1x2x2xf32>
  %o = hadal.attention %q, %k, %v scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x2xf32>
  %expected = arith.constant dense<[[[[2.0, 20.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

// Scores 0 and 2 · 0.5 · ln 2: weights 1/3 and 2/3.
func.func @weights() {
  %q = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.693147181]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %o = hadal.attention %q, %k, %v scale 0.5
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Causal is aligned at the bottom right: the last query sees the last key.
func.func @causal() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0], [9.0]]]]> : tensor<1x1x3x1xf32>
  %o = hadal.attention %q, %k, %v scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[4.5], [6.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// More queries than keys: the first sees nothing and gives 0.
func.func @causal_empty_row() {
  %q = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[4.0], [8.0]]]]> : tensor<1x1x2x1xf32>
  %o = hadal.attention %q, %k, %v scale 1.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x3x1xf32>
  %expected = arith.constant dense<[[[[0.0], [4.0], [6.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// No keys at all.
func.func @no_keys() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<> : tensor<1x1x0x1xf32>
  %o = hadal.attention %q, %k, %k scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_eq %o, %expected : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// A boolean mask; row 1 sees nothing. What is hidden may be NaN.
func.func @boolean_mask() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.0], [0x7FC00000], [0.0]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[2.0], [0x7FC00000], [4.0]]]]> : tensor<1x1x3x1xf32>
  %m = arith.constant dense<[[[[true, false, true], [false, false, false]]]]> : tensor<1x1x2x3xi1>
  %o = hadal.attention %q, %k, %v mask %m scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x2x3xi1>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[3.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A float mask is added; −inf hides. Scores 0 and ln 3: weights 1/4 and 3/4.
func.func @float_mask() {
  %q = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[0.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %m = arith.constant dense<[[[[0.0, 1.098612289], [0.0, 0xFF800000], [0xFF800000, 0xFF800000]]]]> : tensor<1x1x3x2xf32>
  %o = hadal.attention %q, %k, %v mask %m scale 1.0
      : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x3x1xf32>
  %expected = arith.constant dense<[[[[3.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Four query heads over two kv heads, a mask that broadcasts over batch, heads and queries.
func.func @grouped_heads() {
  %q = arith.constant dense<0.0> : tensor<1x4x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x2x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [5.0]], [[2.0], [7.0]]]]> : tensor<1x2x2x1xf32>
  %m = arith.constant dense<[[[[false, true]]]]> : tensor<1x1x1x2xi1>
  %o = hadal.attention %q, %k, %v mask %m scale 1.0
      : (tensor<1x4x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>, tensor<1x1x1x2xi1>) -> tensor<1x4x2x1xf32>
  %expected = arith.constant dense<[[[[5.0], [5.0]], [[5.0], [5.0]], [[7.0], [7.0]], [[7.0], [7.0]]]]> : tensor<1x4x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-9 : tensor<1x4x2x1xf32>, tensor<1x4x2x1xf32>
  return
}

// A NaN that is seen is not hidden.
func.func @nan() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0x7FC00000], [1.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %o = hadal.attention %q, %k, %v scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<0x7FC00000> : tensor<1x1x1x1xf32>
  check.expect_eq %o, %expected : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}
