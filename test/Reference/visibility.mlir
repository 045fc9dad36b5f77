// RUN: hadal-run --target=reference %s

// A query behind all keys: at position 5 a window of 3 holds the positions 3, 4 and 5, of which only key 3 is there; a
// window of 2 holds none.
func.func @window_beyond_the_keys() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %o = hadal.attention %q, %k, %v scale 1.0 causal window 3 offset 5
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x1x1xf32>
  %last = arith.constant dense<8.0> : tensor<1x1x1x1xf32>
  check.expect_close %o, %last tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %p = hadal.attention %q, %k, %v scale 1.0 causal window 2 offset 5
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x1x1xf32>
  %none = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  check.expect_eq %p, %none : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}
