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

// The second group is kept. With −inf in place of the first, its negative choice −0.25 is chosen; with 0 the first
// expert is, and its own score is its weight.
func.func @masked() {
  %l = arith.constant dense<[[0.0, 0.0, 1.0986122887, -1.0986122887]]> : tensor<1x4xf32>
  %b = arith.constant dense<[-0.25, -0.25, 0.5, -0.5]> : tensor<4xf32>
  %w, %i = hadal.route %l bias %b score sigmoid groups 2 keep 1 by sum2 top 2
      : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei = arith.constant dense<[[2, 3]]> : tensor<1x2xi32>
  check.expect_eq %i, %ei : tensor<1x2xi32>, tensor<1x2xi32>
  %v, %j = hadal.route %l bias %b score sigmoid groups 2 keep 1 by sum2 masked 0.0 top 2
      : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ej = arith.constant dense<[[2, 0]]> : tensor<1x2xi32>
  %ev = arith.constant dense<[[0.75, 0.5]]> : tensor<1x2xf32>
  check.expect_eq %j, %ej : tensor<1x2xi32>, tensor<1x2xi32>
  check.expect_close %v, %ev tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
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

// exp of the logits is 1, 3, 2: of all 3/6 and 2/6 are the largest, of the chosen alone 3/5 and 2/5.
func.func @softmax_chosen() {
  %l = arith.constant dense<[[0.0, 1.0986122887, 0.6931471806]]> : tensor<1x3xf32>
  %w0, %i0 = hadal.route %l score softmax_chosen top 2 : (tensor<1x3xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei0 = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  check.expect_eq %i0, %ei0 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew0 = arith.constant dense<[[0.6, 0.4]]> : tensor<1x2xf32>
  check.expect_close %w0, %ew0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %w1, %i1 = hadal.route %l score softmax top 2 : (tensor<1x3xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei1 = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  check.expect_eq %i1, %ei1 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew1 = arith.constant dense<[[0.5, 0.3333333333]]> : tensor<1x2xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  %w2, %i2 = hadal.route %l score softmax top 2 normalize : (tensor<1x3xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei2 = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  check.expect_eq %i2, %ei2 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew2 = arith.constant dense<[[0.6, 0.4]]> : tensor<1x2xf32>
  check.expect_close %w2, %ew2 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  // The bias moves the choice of GPT-OSS too, and not its weights: exp is 1 and 2 for experts 0 and 2.
  %b = arith.constant dense<[3.0, 0.0, 2.0]> : tensor<3xf32>
  %w3, %i3 = hadal.route %l bias %b score softmax_chosen top 2
      : (tensor<1x3xf32>, tensor<3xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei3 = arith.constant dense<[[0, 2]]> : tensor<1x2xi32>
  check.expect_eq %i3, %ei3 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew3 = arith.constant dense<[[0.3333333333, 0.6666666667]]> : tensor<1x2xf32>
  check.expect_close %w3, %ew3 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// softplus(ln(e − 1)) = 1, softplus(ln(e⁴ − 1)) = 4, softplus(−200) = 0 and softplus(100) = 100 without overflow.
func.func @sqrt_softplus() {
  %l = arith.constant dense<[[0.541324854612918, 3.9815145531741134, -200.0, 100.0]]> : tensor<1x4xf32>
  %w0, %i0 = hadal.route %l score sqrt_softplus top 4 : (tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xi32>)
  %ei0 = arith.constant dense<[[3, 1, 0, 2]]> : tensor<1x4xi32>
  check.expect_eq %i0, %ei0 : tensor<1x4xi32>, tensor<1x4xi32>
  %ew0 = arith.constant dense<[[10.0, 2.0, 1.0, 0.0]]> : tensor<1x4xf32>
  check.expect_close %w0, %ew0 tolerance 1.0e-7 : tensor<1x4xf32>, tensor<1x4xf32>
  // DeepSeek-V4: bias for the choice, normalised, scaled: 1.5 · 2/3 and 1.5 · 1/3.
  %b = arith.constant dense<[5.0, 5.0, 0.0, -100.0]> : tensor<4xf32>
  %w1, %i1 = hadal.route %l bias %b score sqrt_softplus top 2 scale 1.5 normalize epsilon 1.0e-20
      : (tensor<1x4xf32>, tensor<4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei1 = arith.constant dense<[[1, 0]]> : tensor<1x2xi32>
  check.expect_eq %i1, %ei1 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew1 = arith.constant dense<[[1.0, 0.5]]> : tensor<1x2xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}

// Probabilities 1/4, 3/4. With the bias 0.6 on expert 0: 0.85 > 0.75 as scores, 0.6 < ln 3 as logits.
func.func @rank_logits() {
  %l = arith.constant dense<[[0.0, 1.0986122887]]> : tensor<1x2xf32>
  %b = arith.constant dense<[0.6, 0.0]> : tensor<2xf32>
  %w0, %i0 = hadal.route %l bias %b score softmax top 1
      : (tensor<1x2xf32>, tensor<2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ei0 = arith.constant dense<[[0]]> : tensor<1x1xi32>
  check.expect_eq %i0, %ei0 : tensor<1x1xi32>, tensor<1x1xi32>
  %ew0 = arith.constant dense<[[0.25]]> : tensor<1x1xf32>
  check.expect_close %w0, %ew0 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  %w1, %i1 = hadal.route %l bias %b score softmax rank logits top 1
      : (tensor<1x2xf32>, tensor<2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ei1 = arith.constant dense<[[1]]> : tensor<1x1xi32>
  check.expect_eq %i1, %ei1 : tensor<1x1xi32>, tensor<1x1xi32>
  %ew1 = arith.constant dense<[[0.75]]> : tensor<1x1xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

// −0 equals +0; the weights are the logits as they are.
func.func @identity() {
  %l = arith.constant dense<[[-1.0, -0.0, 0.0, -2.0]]> : tensor<1x4xf32>
  %w0, %i0 = hadal.route %l score identity top 3 : (tensor<1x4xf32>) -> (tensor<1x3xf32>, tensor<1x3xi32>)
  %ei0 = arith.constant dense<[[1, 2, 0]]> : tensor<1x3xi32>
  check.expect_eq %i0, %ei0 : tensor<1x3xi32>, tensor<1x3xi32>
  %ew0 = arith.constant dense<[[-0.0, 0.0, -1.0]]> : tensor<1x3xf32>
  check.expect_eq %w0, %ew0 : tensor<1x3xf32>, tensor<1x3xf32>
  return
}

// The sum 3/8 against a floor of 3/4 and of 1/8; 0/0 is 0 with a floor of 0.
func.func @floor() {
  %l = arith.constant dense<[[0.25, 0.125], [0.0, 0.0]]> : tensor<2x2xf32>
  %w0, %i0 = hadal.route %l score identity top 2 normalize floor 0.75
      : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %ei0 = arith.constant dense<[[0, 1], [0, 1]]> : tensor<2x2xi32>
  check.expect_eq %i0, %ei0 : tensor<2x2xi32>, tensor<2x2xi32>
  %ew0 = arith.constant dense<[[0.3333333333, 0.1666666667], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_close %w0, %ew0 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  %w1, %i1 = hadal.route %l score identity top 2 normalize floor 0.125
      : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %ei1 = arith.constant dense<[[0, 1], [0, 1]]> : tensor<2x2xi32>
  check.expect_eq %i1, %ei1 : tensor<2x2xi32>, tensor<2x2xi32>
  %ew1 = arith.constant dense<[[0.6666666667, 0.3333333333], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  %w2, %i2 = hadal.route %l score identity top 2 scale 3.0 normalize floor 0.0
      : (tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %ei2 = arith.constant dense<[[0, 1], [0, 1]]> : tensor<2x2xi32>
  check.expect_eq %i2, %ei2 : tensor<2x2xi32>, tensor<2x2xi32>
  %ew2 = arith.constant dense<[[2.0, 1.0], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_close %w2, %ew2 tolerance 1.0e-7 : tensor<2x2xf32>, tensor<2x2xf32>
  return
}

// A padding token may hold anything.
func.func @valid() {
  %l = arith.constant dense<[[1.0, 3.0], [0x7FC00000, 0x7FC00000]]> : tensor<2x2xf32>
  %v = arith.constant dense<[true, false]> : tensor<2xi1>
  %w0, %i0 = hadal.route %l valid %v score identity top 1
      : (tensor<2x2xf32>, tensor<2xi1>) -> (tensor<2x1xf32>, tensor<2x1xi32>)
  %ei0 = arith.constant dense<[[1], [-1]]> : tensor<2x1xi32>
  check.expect_eq %i0, %ei0 : tensor<2x1xi32>, tensor<2x1xi32>
  %ew0 = arith.constant dense<[[3.0], [0.0]]> : tensor<2x1xf32>
  check.expect_eq %w0, %ew0 : tensor<2x1xf32>, tensor<2x1xf32>
  %w1, %i1 = hadal.route %l valid %v score softmax_chosen top 2 normalize
      : (tensor<2x2xf32>, tensor<2xi1>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %ei1 = arith.constant dense<[[1, 0], [-1, -1]]> : tensor<2x2xi32>
  check.expect_eq %i1, %ei1 : tensor<2x2xi32>, tensor<2x2xi32>
  return
}

// DeepSeek-V4 in its first layers: the experts come from a table; −1 is none; one that stands twice counts twice.
func.func @given() {
  %l = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]]> : tensor<3x4xf32>
  %g = arith.constant dense<[[3, -1], [0, 0], [-1, -1]]> : tensor<3x2xi64>
  %w0, %i0 = hadal.route %l given %g score identity top 2 scale 2.0 normalize
      : (tensor<3x4xf32>, tensor<3x2xi64>) -> (tensor<3x2xf32>, tensor<3x2xi64>)
  %ei0 = arith.constant dense<[[3, -1], [0, 0], [-1, -1]]> : tensor<3x2xi64>
  check.expect_eq %i0, %ei0 : tensor<3x2xi64>, tensor<3x2xi64>
  %ew0 = arith.constant dense<[[2.0, 0.0], [1.0, 1.0], [0.0, 0.0]]> : tensor<3x2xf32>
  check.expect_eq %w0, %ew0 : tensor<3x2xf32>, tensor<3x2xf32>
  %h = arith.constant dense<[[2, 1], [0, -1], [-1, -1]]> : tensor<3x2xi64>
  // Over the chosen alone: 1/(1 + e⁻¹).
  %w1, %i1 = hadal.route %l given %h score softmax_chosen top 2
      : (tensor<3x4xf32>, tensor<3x2xi64>) -> (tensor<3x2xf32>, tensor<3x2xi64>)
  %ei1 = arith.constant dense<[[2, 1], [0, -1], [-1, -1]]> : tensor<3x2xi64>
  check.expect_eq %i1, %ei1 : tensor<3x2xi64>, tensor<3x2xi64>
  %ew1 = arith.constant dense<[[0.7310585786, 0.2689414214], [1.0, 0.0], [0.0, 0.0]]> : tensor<3x2xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<3x2xf32>, tensor<3x2xf32>
  return
}

// One NaN makes every probability NaN: all tie, and the first are chosen.
func.func @nan_softmax() {
  %l = arith.constant dense<[[0.0, 5.0, 0x7FC00000, 1.0]]> : tensor<1x4xf32>
  %w0, %i0 = hadal.route %l score softmax top 2 : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei0 = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  check.expect_eq %i0, %ei0 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew0 = arith.constant dense<[[0x7FC00000, 0x7FC00000]]> : tensor<1x2xf32>
  check.expect_close %w0, %ew0 tolerance 1.0e-7 : tensor<1x2xf32>, tensor<1x2xf32>
  // Over the chosen alone the NaN is seen only if it is chosen.
  %w1, %i1 = hadal.route %l score softmax_chosen top 1 : (tensor<1x4xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ei1 = arith.constant dense<[[1]]> : tensor<1x1xi32>
  check.expect_eq %i1, %ei1 : tensor<1x1xi32>, tensor<1x1xi32>
  %ew1 = arith.constant dense<[[1.0]]> : tensor<1x1xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

// Masked groups are −inf, not 0: negative choices of a kept group are better. Group scores 2·(−1) and 2·(−2).
func.func @groups_negative() {
  %l = arith.constant dense<[[-2.0, -2.0, -1.0, -1.0]]> : tensor<1x4xf32>
  %w0, %i0 = hadal.route %l score identity groups 2 keep 1 by sum2 top 2
      : (tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xi32>)
  %ei0 = arith.constant dense<[[2, 3]]> : tensor<1x2xi32>
  check.expect_eq %i0, %ei0 : tensor<1x2xi32>, tensor<1x2xi32>
  %ew0 = arith.constant dense<[[-1.0, -1.0]]> : tensor<1x2xf32>
  check.expect_eq %w0, %ew0 : tensor<1x2xf32>, tensor<1x2xf32>
  // DeepSeek-V2: softmax, the largest of each group. Groups {1, 8}, {4, 4}, {2, 7}: the first and the third.
  %m = arith.constant dense<[[0.0, 2.0794415417, 1.3862943611, 1.3862943611, 0.6931471806, 1.9459101491]]> : tensor<1x6xf32>
  %w1, %i1 = hadal.route %m score softmax groups 3 keep 2 by max top 3
      : (tensor<1x6xf32>) -> (tensor<1x3xf32>, tensor<1x3xi32>)
  %ei1 = arith.constant dense<[[1, 5, 4]]> : tensor<1x3xi32>
  check.expect_eq %i1, %ei1 : tensor<1x3xi32>, tensor<1x3xi32>
  %ew1 = arith.constant dense<[[0.3076923077, 0.2692307692, 0.0769230769]]> : tensor<1x3xf32>
  check.expect_close %w1, %ew1 tolerance 1.0e-7 : tensor<1x3xf32>, tensor<1x3xf32>
  return
}

// bf16 logits, f32 bias and weights, i64 indices.
func.func @types() {
  %l = arith.constant dense<[[0.0, 1.0, 2.0]]> : tensor<1x3xbf16>
  %b = arith.constant dense<[10.0, 0.0, 0.0]> : tensor<3xf32>
  %w0, %i0 = hadal.route %l bias %b score identity top 2
      : (tensor<1x3xbf16>, tensor<3xf32>) -> (tensor<1x2xf32>, tensor<1x2xi64>)
  %ei0 = arith.constant dense<[[0, 2]]> : tensor<1x2xi64>
  check.expect_eq %i0, %ei0 : tensor<1x2xi64>, tensor<1x2xi64>
  %ew0 = arith.constant dense<[[0.0, 2.0]]> : tensor<1x2xf32>
  check.expect_eq %w0, %ew0 : tensor<1x2xf32>, tensor<1x2xf32>
  return
}
