// RUN: hadal-run --target=reference %s

// Entries from positions 1 and 2 on; with counts, 2 of entry 0 and none of entry 1 (whose position is then of no interest), or one
// of each; at positions of their own, −1 for none; twice at one position: the last stays.
func.func @update() {
  %c = arith.constant dense<[[[1.0], [2.0], [3.0], [4.0]], [[5.0], [6.0], [7.0], [8.0]]]> : tensor<2x4x1xf32>
  %n = arith.constant dense<[[[10.0], [20.0]], [[30.0], [40.0]]]> : tensor<2x2x1xf32>
  %p = arith.constant dense<[1, 2]> : tensor<2xi32>
  %e = arith.constant dense<[[[1.0], [10.0], [20.0], [4.0]], [[5.0], [6.0], [30.0], [40.0]]]> : tensor<2x4x1xf32>
  %m = arith.constant dense<[2, 0]> : tensor<2xi32>
  %ec = arith.constant dense<[[[1.0], [10.0], [20.0], [4.0]], [[5.0], [6.0], [7.0], [8.0]]]> : tensor<2x4x1xf32>
  %p2 = arith.constant dense<[[3, 0], [-1, 1]]> : tensor<2x2xi64>
  %e2 = arith.constant dense<[[[20.0], [2.0], [3.0], [10.0]], [[5.0], [40.0], [7.0], [8.0]]]> : tensor<2x4x1xf32>
  %m2 = arith.constant dense<1> : tensor<2xi64>
  %ec2 = arith.constant dense<[[[1.0], [10.0], [3.0], [4.0]], [[5.0], [6.0], [30.0], [8.0]]]> : tensor<2x4x1xf32>
  %p3 = arith.constant dense<[[2, 2], [0, 0]]> : tensor<2x2xi32>
  %e3 = arith.constant dense<[[[1.0], [2.0], [20.0], [4.0]], [[40.0], [6.0], [7.0], [8.0]]]> : tensor<2x4x1xf32>
  %pn = arith.constant dense<[1, -7]> : tensor<2xi32>
  %o = hadal.cache_update %c, %n at %p dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2xi32>) -> tensor<2x4x1xf32>
  check.expect_eq %o, %e : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %oc = hadal.cache_update %c, %n at %p counts %m dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x4x1xf32>
  check.expect_eq %oc, %ec : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %on = hadal.cache_update %c, %n at %pn counts %m dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x4x1xf32>
  check.expect_eq %on, %ec : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %oc2 = hadal.cache_update %c, %n at %p counts %m2 dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x4x1xf32>
  check.expect_eq %oc2, %ec2 : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %o2 = hadal.cache_update %c, %n at %p2 dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi64>) -> tensor<2x4x1xf32>
  check.expect_eq %o2, %e2 : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %o3 = hadal.cache_update %c, %n at %p3 dim 1
      : (tensor<2x4x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi32>) -> tensor<2x4x1xf32>
  check.expect_eq %o3, %e3 : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  check.expect_eq %o, %e : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  return
}

// Positions at dimension 2, behind the heads; integers. An entry of no positions, of no batch.
func.func @update_heads() {
  %c = arith.constant dense<[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[[11, 12], [13, 14]], [[15, 16], [17, 18]]]]> : tensor<2x2x2x2xi32>
  %n = arith.constant dense<[[[[-1, -2]], [[-3, -4]]], [[[-5, -6]], [[-7, -8]]]]> : tensor<2x2x1x2xi32>
  %p = arith.constant dense<[0, 1]> : tensor<2xi32>
  %e = arith.constant dense<[[[[-1, -2], [3, 4]], [[-3, -4], [7, 8]]], [[[11, 12], [-5, -6]], [[15, 16], [-7, -8]]]]> : tensor<2x2x2x2xi32>
  %z = arith.constant dense<> : tensor<2x2x0x2xi32>
  %o = hadal.cache_update %c, %n at %p dim 2
      : (tensor<2x2x2x2xi32>, tensor<2x2x1x2xi32>, tensor<2xi32>) -> tensor<2x2x2x2xi32>
  check.expect_eq %o, %e : tensor<2x2x2x2xi32>, tensor<2x2x2x2xi32>
  %oz = hadal.cache_update %c, %z at %p dim 2
      : (tensor<2x2x2x2xi32>, tensor<2x2x0x2xi32>, tensor<2xi32>) -> tensor<2x2x2x2xi32>
  check.expect_eq %oz, %c : tensor<2x2x2x2xi32>, tensor<2x2x2x2xi32>
  %c0 = arith.constant dense<> : tensor<0x3x1xf32>
  %n0 = arith.constant dense<> : tensor<0x1x1xf32>
  %p0 = arith.constant dense<> : tensor<0xi32>
  %o0 = hadal.cache_update %c0, %n0 at %p0 dim 1
      : (tensor<0x3x1xf32>, tensor<0x1x1xf32>, tensor<0xi32>) -> tensor<0x3x1xf32>
  check.expect_eq %o0, %c0 : tensor<0x3x1xf32>, tensor<0x3x1xf32>
  return
}

// Pages of 2 rows. Sequence 0 has pages 2 and 0, but only 1 row: what stands behind it (NaN too) is 0. Sequence 1 has page 1 and an absent
// one, whose rows are 0. A page that lies behind the length is not looked at, even if there is no page 99; a page may serve two sequences.
func.func @gather() {
  %pool = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [0x7FC00000]]]> : tensor<3x2x1xf32>
  %pages = arith.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi32>
  %len = arith.constant dense<[1, 4]> : tensor<2xi32>
  %e = arith.constant dense<[[[5.0], [0.0], [0.0], [0.0]], [[3.0], [4.0], [0.0], [0.0]]]> : tensor<2x4x1xf32>
  %len2 = arith.constant dense<[0, 3]> : tensor<2xi64>
  %e2 = arith.constant dense<[[[0.0], [0.0], [0.0], [0.0]], [[3.0], [4.0], [0.0], [0.0]]]> : tensor<2x4x1xf32>
  %len3 = arith.constant dense<[3, 2]> : tensor<2xi64>
  %pagesx = arith.constant dense<[[1, 0], [1, 99]]> : tensor<2x2xi32>
  %e3 = arith.constant dense<[[[3.0], [4.0], [1.0], [0.0]], [[3.0], [4.0], [0.0], [0.0]]]> : tensor<2x4x1xf32>
  %o = hadal.paged_gather %pool pages %pages lengths %len
      : (tensor<3x2x1xf32>, tensor<2x2xi32>, tensor<2xi32>) -> tensor<2x4x1xf32>
  check.expect_eq %o, %e : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %o2 = hadal.paged_gather %pool pages %pages lengths %len2
      : (tensor<3x2x1xf32>, tensor<2x2xi32>, tensor<2xi64>) -> tensor<2x4x1xf32>
  check.expect_eq %o2, %e2 : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  %o3 = hadal.paged_gather %pool pages %pagesx lengths %len3
      : (tensor<3x2x1xf32>, tensor<2x2xi32>, tensor<2xi64>) -> tensor<2x4x1xf32>
  check.expect_eq %o3, %e3 : tensor<2x4x1xf32>, tensor<2x4x1xf32>
  return
}

// Rows of 3 columns, of any element type. No pages: no rows.
func.func @gather_types() {
  %pool = arith.constant dense<[[[1, 2, 3], [4, 5, 6]]]> : tensor<1x2x3xi8>
  %pages = arith.constant dense<0> : tensor<1x1xi64>
  %len = arith.constant dense<2> : tensor<1xi64>
  %none = arith.constant dense<> : tensor<1x0xi32>
  %l0 = arith.constant dense<0> : tensor<1xi32>
  %o = hadal.paged_gather %pool pages %pages lengths %len
      : (tensor<1x2x3xi8>, tensor<1x1xi64>, tensor<1xi64>) -> tensor<1x2x3xi8>
  check.expect_eq %o, %pool : tensor<1x2x3xi8>, tensor<1x2x3xi8>
  %n = hadal.paged_gather %pool pages %none lengths %l0
      : (tensor<1x2x3xi8>, tensor<1x0xi32>, tensor<1xi32>) -> tensor<1x0x3xi8>
  %en = arith.constant dense<> : tensor<1x0x3xi8>
  check.expect_eq %n, %en : tensor<1x0x3xi8>, tensor<1x0x3xi8>
  return
}

// Sequence 0 holds 1 row and gets two: one behind it in page 2, one in page 0. Sequence 1 gets two in page 1. With counts: one and none;
// two and one, so that the absent page is not touched. At positions of their own, −1 for none.
func.func @append() {
  %pool = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]> : tensor<3x2x1xf32>
  %n = arith.constant dense<[[[10.0], [20.0]], [[30.0], [40.0]]]> : tensor<2x2x1xf32>
  %pages = arith.constant dense<[[2, 0], [1, -1]]> : tensor<2x2xi32>
  %at = arith.constant dense<[1, 0]> : tensor<2xi32>
  %e = arith.constant dense<[[[20.0], [2.0]], [[30.0], [40.0]], [[5.0], [10.0]]]> : tensor<3x2x1xf32>
  %m = arith.constant dense<[1, 0]> : tensor<2xi64>
  %ec = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [10.0]]]> : tensor<3x2x1xf32>
  %at2 = arith.constant dense<[[-1, 0], [1, -1]]> : tensor<2x2xi32>
  %e2 = arith.constant dense<[[[1.0], [2.0]], [[3.0], [30.0]], [[20.0], [6.0]]]> : tensor<3x2x1xf32>
  %m1 = arith.constant dense<[2, 1]> : tensor<2xi32>
  %at3 = arith.constant dense<1> : tensor<2xi32>
  %e3 = arith.constant dense<[[[20.0], [2.0]], [[3.0], [30.0]], [[5.0], [10.0]]]> : tensor<3x2x1xf32>
  %o = hadal.paged_append %pool, %n pages %pages at %at
      : (tensor<3x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi32>, tensor<2xi32>) -> tensor<3x2x1xf32>
  check.expect_eq %o, %e : tensor<3x2x1xf32>, tensor<3x2x1xf32>
  %oc = hadal.paged_append %pool, %n pages %pages at %at counts %m
      : (tensor<3x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<3x2x1xf32>
  check.expect_eq %oc, %ec : tensor<3x2x1xf32>, tensor<3x2x1xf32>
  %o3 = hadal.paged_append %pool, %n pages %pages at %at3 counts %m1
      : (tensor<3x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<3x2x1xf32>
  check.expect_eq %o3, %e3 : tensor<3x2x1xf32>, tensor<3x2x1xf32>
  %o2 = hadal.paged_append %pool, %n pages %pages at %at2
      : (tensor<3x2x1xf32>, tensor<2x2x1xf32>, tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<3x2x1xf32>
  check.expect_eq %o2, %e2 : tensor<3x2x1xf32>, tensor<3x2x1xf32>
  return
}

// Slot 5 is row 1 of page 2, slot 2 row 0 of page 1; −1 is skipped. Slots [1, 2] with entries [1, 2, columns]: twice the same, the last stays. None.
func.func @write() {
  %pool = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]], [[9.0, 10.0], [11.0, 12.0]]]> : tensor<3x2x2xf32>
  %n = arith.constant dense<[[10.0, 11.0], [20.0, 21.0], [30.0, 31.0]]> : tensor<3x2xf32>
  %sl = arith.constant dense<[5, -1, 2]> : tensor<3xi64>
  %e = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[30.0, 31.0], [7.0, 8.0]], [[9.0, 10.0], [10.0, 11.0]]]> : tensor<3x2x2xf32>
  %n2 = arith.constant dense<[[[10.0, 11.0], [20.0, 21.0]]]> : tensor<1x2x2xf32>
  %sl2 = arith.constant dense<0> : tensor<1x2xi32>
  %e2 = arith.constant dense<[[[20.0, 21.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]], [[9.0, 10.0], [11.0, 12.0]]]> : tensor<3x2x2xf32>
  %n0 = arith.constant dense<> : tensor<0x2xf32>
  %sl0 = arith.constant dense<> : tensor<0xi32>
  %o = hadal.paged_write %pool, %n slots %sl
      : (tensor<3x2x2xf32>, tensor<3x2xf32>, tensor<3xi64>) -> tensor<3x2x2xf32>
  check.expect_eq %o, %e : tensor<3x2x2xf32>, tensor<3x2x2xf32>
  %o2 = hadal.paged_write %pool, %n2 slots %sl2
      : (tensor<3x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2xi32>) -> tensor<3x2x2xf32>
  check.expect_eq %o2, %e2 : tensor<3x2x2xf32>, tensor<3x2x2xf32>
  %o0 = hadal.paged_write %pool, %n0 slots %sl0
      : (tensor<3x2x2xf32>, tensor<0x2xf32>, tensor<0xi32>) -> tensor<3x2x2xf32>
  check.expect_eq %o0, %pool : tensor<3x2x2xf32>, tensor<3x2x2xf32>
  return
}
