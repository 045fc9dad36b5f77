// RUN: hadal-run --target=reference %s

// Entries of two tokens at every token, a prompt of four: entry i ends at i + 1. The first query sees none. Equal scores
// for two heads of one group, whose probabilities add up.
func.func @compressed() {
  %q = arith.constant dense<0.0> : tensor<1x2x4x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0], [9.0]]]]> : tensor<1x1x3x1xf32>
  %o, %p, %l = hadal.compressed_attention %q, %k, %v length 2 stride 1 scale 1.0 causal offset 0
      : (tensor<1x2x4x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>)
      -> (tensor<1x2x4x1xf32>, tensor<1x1x4x3xf32>, tensor<1x2x4xf32>)
  %eo = arith.constant dense<[[[[0.0], [3.0], [4.5], [6.0]], [[0.0], [3.0], [4.5], [6.0]]]]> : tensor<1x2x4x1xf32>
  check.expect_close %o, %eo tolerance 1.0e-7 : tensor<1x2x4x1xf32>, tensor<1x2x4x1xf32>
  %ep = arith.constant dense<[[[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0],
                                [0.666666667, 0.666666667, 0.666666667]]]]> : tensor<1x1x4x3xf32>
  check.expect_close %p, %ep tolerance 1.0e-7 : tensor<1x1x4x3xf32>, tensor<1x1x4x3xf32>
  %lf = tensor.extract_slice %l[0, 0, 0] [1, 1, 1] [1, 1, 1] : tensor<1x2x4xf32> to tensor<1xf32>
  %lr = tensor.extract_slice %l[0, 1, 1] [1, 1, 3] [1, 1, 1] : tensor<1x2x4xf32> to tensor<3xf32>
  %minus = arith.constant dense<0xFF800000> : tensor<1xf32>
  check.expect_eq %lf, %minus : tensor<1xf32>, tensor<1xf32>
  %el = arith.constant dense<[0.0, 0.693147181, 1.098612289]> : tensor<3xf32>
  check.expect_close %lr, %el tolerance 1.0e-7 : tensor<3xf32>, tensor<3xf32>
  return
}

// Three valid tokens make two entries; the third may be NaN. One query of two, so it stands at 2.
func.func @compressed_ragged() {
  %q = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0x7FC00000]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0], [0x7FC00000]]]]> : tensor<1x1x3x1xf32>
  %qn = arith.constant dense<[1]> : tensor<1xi32>
  %n = arith.constant dense<[3]> : tensor<1xi32>
  %o, %p = hadal.compressed_attention %q, %k, %v q_lengths %qn kv_lengths %n length 2 stride 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1xi32>, tensor<1xi32>)
      -> (tensor<1x1x2x1xf32>, tensor<1x1x2x3xf32>)
  %eo = arith.constant dense<[[[[4.5], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %eo tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %ep = arith.constant dense<[[[[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]]]> : tensor<1x1x2x3xf32>
  check.expect_close %p, %ep tolerance 1.0e-9 : tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>
  return
}

// A sink of 0 beside one score of 0 takes half; the lse does not include it. softcap 1 makes tanh(2) = 0.9640275801 of a
// score of 2, which the lse shows. A mask of ln 3: weights 3/4 and 1/4.
func.func @compressed_clauses() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %v = arith.constant dense<8.0> : tensor<1x1x1x1xf32>
  %s = arith.constant dense<0.0> : tensor<1xf32>
  %o, %p, %l = hadal.compressed_attention %q, %k, %v sink %s length 4 stride 4 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>)
      -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %eo = arith.constant dense<4.0> : tensor<1x1x1x1xf32>
  %ep = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %el = arith.constant dense<0.0> : tensor<1x1x1xf32>
  check.expect_close %o, %eo tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_close %p, %ep tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_eq %l, %el : tensor<1x1x1xf32>, tensor<1x1x1xf32>

  %k2 = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  %o2, %l2 = hadal.compressed_attention %q, %k2, %v length 4 stride 4 scale 1.0 softcap 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %el2 = arith.constant dense<0.9640275801> : tensor<1x1x1xf32>
  check.expect_close %l2, %el2 tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>

  %k3 = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %v3 = arith.constant dense<[[[[0.0], [8.0]]]]> : tensor<1x1x2x1xf32>
  %m3 = arith.constant dense<[[[[1.098612289, 0.0]]]]> : tensor<1x1x1x2xf32>
  %o3 = hadal.compressed_attention %q, %k3, %v3 mask %m3 length 4 stride 4 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32>
  %eo3 = arith.constant dense<2.0> : tensor<1x1x1x1xf32>
  check.expect_close %o3, %eo3 tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// No entries: a prompt shorter than a block.
func.func @compressed_none() {
  %q = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %none = arith.constant dense<> : tensor<1x1x0x1xf32>
  %s = arith.constant dense<5.0> : tensor<1xf32>
  %o, %p, %l = hadal.compressed_attention %q, %none, %none sink %s length 4 stride 4 scale 1.0 causal offset 0
      : (tensor<1x1x2x1xf32>, tensor<1x1x0x1xf32>, tensor<1x1x0x1xf32>, tensor<1xf32>)
      -> (tensor<1x1x2x1xf32>, tensor<1x1x2x0xf32>, tensor<1x1x2xf32>)
  %eo = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %el = arith.constant dense<0xFF800000> : tensor<1x1x2xf32>
  check.expect_eq %o, %eo : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  check.expect_eq %l, %el : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// Five tokens in blocks of two: block 2 is the last token alone. Query 0: blocks 2 and 0, query 1: block 1 and an absent
// one, query 2: nothing.
func.func @blocks() {
  %q = arith.constant dense<0.0> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x1x5x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0], [15.0]]]]> : tensor<1x1x5x1xf32>
  %i = arith.constant dense<[[[[2, 0], [-1, 1], [-1, -1]]]]> : tensor<1x1x3x2xi32>
  %o, %l = hadal.selected_attention %q, %k, %v, %i block 2 scale 1.0
      : (tensor<1x1x3x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x3x2xi32>)
      -> (tensor<1x1x3x1xf32>, tensor<1x1x3xf32>)
  %eo = arith.constant dense<[[[[6.0], [6.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %eo tolerance 1.0e-9 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %seen = tensor.extract_slice %l[0, 0, 0] [1, 1, 2] [1, 1, 1] : tensor<1x1x3xf32> to tensor<2xf32>
  %eseen = arith.constant dense<[1.098612289, 0.693147181]> : tensor<2xf32>
  check.expect_close %seen, %eseen tolerance 1.0e-7 : tensor<2xf32>, tensor<2xf32>
  %empty = tensor.extract_slice %l[0, 0, 2] [1, 1, 1] [1, 1, 1] : tensor<1x1x3xf32> to tensor<1xf32>
  %minus = arith.constant dense<0xFF800000> : tensor<1xf32>
  check.expect_eq %empty, %minus : tensor<1xf32>, tensor<1xf32>
  return
}

// Causality holds inside a selected block: the query at 2 sees token 2 of block 1 but not token 3, which may be NaN.
func.func @causal() {
  %q = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [6.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %i = arith.constant dense<[[[[1, 0]]]]> : tensor<1x1x1x2xi64>
  %o = hadal.selected_attention %q, %k, %v, %i block 2 scale 1.0 causal offset 2
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x1x2xi64>) -> tensor<1x1x1x1xf32>
  %e = arith.constant dense<3.0> : tensor<1x1x1x1xf32>
  check.expect_close %o, %e tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  // The same by lengths: three valid tokens, so that the query stands at 2.
  %n = arith.constant dense<[3]> : tensor<1xi32>
  %o2 = hadal.selected_attention %q, %k, %v, %i kv_lengths %n block 2 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x1x2xi64>, tensor<1xi32>) -> tensor<1x1x1x1xf32>
  check.expect_close %o2, %e tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Token 0 twice and token 1 once: (3 + 3 + 9) / 3, lse ln 3. As a union: (3 + 9) / 2, lse ln 2.
func.func @duplicates() {
  %q = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [9.0]]]]> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<[[[[0, 1, 0]]]]> : tensor<1x1x1x3xi32>
  %o, %l = hadal.selected_attention %q, %k, %v, %i block 1 scale 1.0
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x3xi32>)
      -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %e = arith.constant dense<5.0> : tensor<1x1x1x1xf32>
  %el = arith.constant dense<1.098612289> : tensor<1x1x1xf32>
  check.expect_close %o, %e tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  %u, %lu = hadal.selected_attention %q, %k, %v, %i block 1 scale 1.0 union
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x3xi32>)
      -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %eu = arith.constant dense<6.0> : tensor<1x1x1x1xf32>
  %elu = arith.constant dense<0.693147181> : tensor<1x1x1xf32>
  check.expect_close %u, %eu tolerance 1.0e-9 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  check.expect_close %lu, %elu tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Four query heads on one kv head (values of another size) and two lists: heads 0, 1 read the first, 2, 3 the second. A
// sink of 0 for head 3: half.
func.func @heads() {
  %q = arith.constant dense<0.0> : tensor<1x4x1x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0]]]]> : tensor<1x1x2x2xf32>
  %i = arith.constant dense<[[[[0]], [[1]]]]> : tensor<1x2x1x1xi32>
  %s = arith.constant dense<[0xFF800000, 0xFF800000, 0xFF800000, 0.0]> : tensor<4xf32>
  %o = hadal.selected_attention %q, %k, %v, %i sink %s block 1 scale 1.0
      : (tensor<1x4x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>, tensor<1x2x1x1xi32>, tensor<4xf32>) -> tensor<1x4x1x2xf32>
  %e = arith.constant dense<[[[[1.0, 10.0]], [[1.0, 10.0]], [[2.0, 20.0]], [[1.0, 10.0]]]]> : tensor<1x4x1x2xf32>
  check.expect_close %o, %e tolerance 1.0e-9 : tensor<1x4x1x2xf32>, tensor<1x4x1x2xf32>
  return
}

// Padding queries read nothing, not even their lists.
func.func @padding() {
  %q = arith.constant dense<0.0> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<1.0> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[3.0], [9.0]]]]> : tensor<1x1x2x1xf32>
  %i = arith.constant dense<[[[[1], [77]]]]> : tensor<1x1x2x1xi32>
  %n = arith.constant dense<[1]> : tensor<1xi64>
  %o = hadal.selected_attention %q, %k, %v, %i q_lengths %n block 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xi32>, tensor<1xi64>) -> tensor<1x1x2x1xf32>
  %e = arith.constant dense<[[[[9.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %e tolerance 1.0e-9 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// 2·1 + 3·10; with sigmoid of 0 and of ln 3: 1/2 + 3/4·10.
func.func @combine() {
  %a = arith.constant dense<1.0> : tensor<1x1x1x2xf32>
  %b = arith.constant dense<10.0> : tensor<1x1x1x2xf32>
  %g = arith.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %0 = hadal.gated_combine %a, %b gates %g : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %e0 = arith.constant dense<32.0> : tensor<1x1x1x2xf32>
  check.expect_close %0, %e0 tolerance 1.0e-9 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  %h = arith.constant dense<[[[[0.0, 1.098612289]]]]> : tensor<1x1x1x2xf32>
  %1 = hadal.gated_combine %a, %b gates %h sigmoid : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %e1 = arith.constant dense<8.0> : tensor<1x1x1x2xf32>
  check.expect_close %1, %e1 tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  // A gate of 0 does not hide NaN: 0 · NaN is NaN.
  %nan = arith.constant dense<[[[[0x7FC00000, 1.0]]]]> : tensor<1x1x1x2xf32>
  %z = arith.constant dense<[[[[0.0, 1.0]]]]> : tensor<1x1x1x2xf32>
  %2 = hadal.gated_combine %nan, %b gates %z : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %e2 = arith.constant dense<[[[[0x7FC00000, 10.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_eq %2, %e2 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}
