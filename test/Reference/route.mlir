// RUN: hadal-run --target=reference %s

// Sigmoids 0.5, 0.75, 0.25, 0.75: equal scores go to the lower index.
func.func @ties() {
  %l = arith.constant dense<[[0.0, 1.0986122887, -1.0986122887, 1.0986122887]]> : tensor<1x4xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 2 scale 2.0 epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei = arith.constant dense<[[1, 3]]> : tensor<1x2xi32>
  %ew = arith.constant dense<[[1.5, 1.5]]> : tensor<1x2xf32>
  check.expect_eq %i, %ei : tensor<1x2xi32>, tensor<1x2xi32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// 0.75 / (0.75 + 0.75) · 2.5, and with epsilon 0.5: 0.75 / 2 · 2.5.
func.func @normalize() {
  %l = arith.constant dense<[[0.0, 1.0986122887, -1.0986122887, 1.0986122887]]> : tensor<1x4xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 2 scale 2.5 normalize epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi64>)
  %ew = arith.constant dense<1.25> : tensor<1x2xf32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %v, %j = hadal.route %l score sigmoid groups 1 keep 1 by max top 2 scale 2.5 normalize epsilon 0.5
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi64>)
  %ev = arith.constant dense<0.9375> : tensor<1x2xf32>
  check.expect_close %v, %ev tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// The bias moves the choice (c = 0.5, 0.75, 1.25, 0.75) and never the weight.
func.func @bias() {
  %l = arith.constant dense<[[0.0, 1.0986122887, -1.0986122887, 1.0986122887]]> : tensor<1x4xf32>
  %b = arith.constant dense<[0.0, 0.0, 1.0, 0.0]> : tensor<4xf32>
  %w, %i = hadal.route %l bias %b score sigmoid groups 1 keep 1 by max top 2 scale 1.0 epsilon 0.0
      : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei = arith.constant dense<[[2, 1]]> : tensor<1x2xi32>
  %ew = arith.constant dense<[[0.25, 0.75]]> : tensor<1x2xf32>
  check.expect_eq %i, %ei : tensor<1x2xi32>, tensor<1x2xi32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Groups {0.5, 0.5} and {0.75, ~0}: sum2 keeps the first, max the second; equal groups: the first.
func.func @groups() {
  %l = arith.constant dense<[[0.0, 0.0, 1.0986122887, -20.0]]> : tensor<1x4xf32>
  %w, %i = hadal.route %l score sigmoid groups 2 keep 1 by sum2 top 2 scale 1.0 epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  check.expect_eq %i, %ei : tensor<1x2xi32>, tensor<1x2xi32>
  %v, %j = hadal.route %l score sigmoid groups 2 keep 1 by max top 2 scale 1.0 epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ej = arith.constant dense<[[2, 3]]> : tensor<1x2xi32>
  check.expect_eq %j, %ej : tensor<1x2xi32>, tensor<1x2xi32>
  %same = arith.constant dense<1.0> : tensor<1x4xf32>
  %u, %k = hadal.route %same score sigmoid groups 2 keep 1 by max top 1 scale 1.0 epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ek = arith.constant dense<[[0]]> : tensor<1x1xi32>
  check.expect_eq %k, %ek : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

// NaN ranks lowest, below a masked group's −inf too; its weight is NaN.
func.func @nan() {
  %l = arith.constant dense<[[0x7FC00000, 0.0, 1.0986122887]]> : tensor<1x3xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 3 scale 1.0 epsilon 0.0
      : (tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xi32>)
  %ei = arith.constant dense<[[2, 1, 0]]> : tensor<1x3xi32>
  %ew = arith.constant dense<[[0.75, 0.5, 0x7FC00000]]> : tensor<1x3xf32>
  check.expect_eq %i, %ei : tensor<1x3xi32>, tensor<1x3xi32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<1x3xf32>, tensor<1x3xf32>
  %g = arith.constant dense<[[0x7FC00000, 2.0, 0.0, 0.0]]> : tensor<1x4xf32>
  %v, %j = hadal.route %g score sigmoid groups 2 keep 1 by max top 2 scale 1.0 epsilon 0.0
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ej = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  check.expect_eq %j, %ej : tensor<1x2xi32>, tensor<1x2xi32>
  return
}

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

// Scores are ranked as f32: sigmoid of 20 and of 21 both round to 1, a tie.
func.func @ranked_in_f32() {
  %l = arith.constant dense<[[20.0, 21.0]]> : tensor<1x2xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 1 scale 1.0 epsilon 0.0
      : (tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ei = arith.constant dense<[[0]]> : tensor<1x1xi32>
  check.expect_eq %i, %ei : tensor<1x1xi32>, tensor<1x1xi32>
  return
}

func.func @softmax() {
  %l = arith.constant dense<[[0.0, 1.0986122887], [5.0, 5.0]]> : tensor<2x2xf32>
  %w, %i = hadal.route %l score softmax groups 1 keep 1 by max top 2 scale 1.0 epsilon 0.0
      : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %ei = arith.constant dense<[[1, 0], [0, 1]]> : tensor<2x2xi32>
  %ew = arith.constant dense<[[0.75, 0.25], [0.5, 0.5]]> : tensor<2x2xf32>
  check.expect_eq %i, %ei : tensor<2x2xi32>, tensor<2x2xi32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

func.func @no_tokens() {
  %l = arith.constant dense<> : tensor<0x4xf32>
  %w, %i = hadal.route %l score sigmoid groups 1 keep 1 by max top 2 scale 1.0 epsilon 0.0
      : (tensor<0x4xf32>) -> (tensor<0x2xf32>, tensor<0x2xi32>)
  %ei = arith.constant dense<> : tensor<0x2xi32>
  check.expect_eq %i, %ei : tensor<0x2xi32>, tensor<0x2xi32>
  return
}
