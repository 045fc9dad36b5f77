// RUN: hadal-run --target=reference %s

// Sigmoid of −200 is 0 in f32: the weights are 0/0, which is 0.
func.func @zero_over_zero() {
  %l = arith.constant dense<-200.0> : tensor<1x4xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 2 scale 2.5 normalize epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %ew = arith.constant dense<0.0> : tensor<1x2xf32>
  check.expect_eq %i, %ei : tensor<1x2xi32>, tensor<1x2xi32>
  check.expect_eq %w, %ew : tensor<1x2xf32>, tensor<1x2xf32>
  return
}
