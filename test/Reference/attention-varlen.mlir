// RUN: hadal-run --target=reference %s

// Three sequences: 2 queries over 3 keys, none over 1 key, 2 over none. Causal rows are aligned at the end of each sequence. Keys
// behind the last sequence are not read. A sink for each of two heads, a window.
func.func @varlen() {
  %q = arith.constant dense<0.0> : tensor<4x2x1xf32>
  %k = arith.constant dense<0.0> : tensor<6x1x1xf32>
  %v = arith.constant dense<[[[1.0]], [[2.0]], [[4.0]], [[10.0]], [[0x7FC00000]], [[100.0]]]> : tensor<6x1x1xf32>
  %cq = arith.constant dense<[0, 2, 2, 4]> : tensor<4xi32>
  %ck = arith.constant dense<[0, 3, 4, 4]> : tensor<4xi32>
  %e = arith.constant dense<[[[1.5], [1.5]], [[2.3333333333333335], [2.3333333333333335]], [[0.0], [0.0]], [[0.0], [0.0]]]> : tensor<4x2x1xf32>
  %el = arith.constant dense<[[0.6931471805599453, 1.0986122886681098, 0xFF800000, 0xFF800000], [0.6931471805599453, 1.0986122886681098, 0xFF800000, 0xFF800000]]> : tensor<2x4xf32>
  %s = arith.constant dense<[0.0, 0xFF800000]> : tensor<2xf32>
  %es = arith.constant dense<[[[1.0], [1.5]], [[1.75], [2.3333333333333335]], [[0.0], [0.0]], [[0.0], [0.0]]]> : tensor<4x2x1xf32>
  %ew = arith.constant dense<[[[1.5], [1.5]], [[3.0], [3.0]], [[0.0], [0.0]], [[0.0], [0.0]]]> : tensor<4x2x1xf32>
  %en = arith.constant dense<[[[2.3333333333333335], [2.3333333333333335]], [[2.3333333333333335], [2.3333333333333335]], [[0.0], [0.0]], [[0.0], [0.0]]]> : tensor<4x2x1xf32>
  %o, %l = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck scale 1.0 causal
      : (tensor<4x2x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<4xi32>, tensor<4xi32>) -> (tensor<4x2x1xf32>, tensor<2x4xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<4x2x1xf32>, tensor<4x2x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<2x4xf32>, tensor<2x4xf32>
  %p, %pl = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck sink %s scale 1.0 causal
      : (tensor<4x2x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<4xi32>, tensor<4xi32>, tensor<2xf32>) -> (tensor<4x2x1xf32>, tensor<2x4xf32>)
  check.expect_close %p, %es tolerance 1.0e-7 : tensor<4x2x1xf32>, tensor<4x2x1xf32>
  check.expect_close %pl, %el tolerance 1.0e-7 : tensor<2x4xf32>, tensor<2x4xf32>
  %w = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck scale 1.0 window 2 causal
      : (tensor<4x2x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<4x2x1xf32>
  check.expect_close %w, %ew tolerance 1.0e-7 : tensor<4x2x1xf32>, tensor<4x2x1xf32>
  %n = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck scale 1.0
      : (tensor<4x2x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<4x2x1xf32>
  check.expect_close %n, %en tolerance 1.0e-7 : tensor<4x2x1xf32>, tensor<4x2x1xf32>
  return
}

// Row 0 belongs to no sequence. Two queries over one key: the first stands before it. No sequence at all, no rows at all.
func.func @outside() {
  %q = arith.constant dense<0.0> : tensor<3x1x1xf32>
  %k = arith.constant dense<0.0> : tensor<2x1x1xf32>
  %v = arith.constant dense<[[[4.0]], [[8.0]]]> : tensor<2x1x1xf32>
  %cq = arith.constant dense<[1, 3]> : tensor<2xi64>
  %ck = arith.constant dense<[0, 1]> : tensor<2xi64>
  %e = arith.constant dense<[[[0.0]], [[0.0]], [[4.0]]]> : tensor<3x1x1xf32>
  %el = arith.constant dense<[[0xFF800000, 0xFF800000, 0.0]]> : tensor<1x3xf32>
  %c1 = arith.constant dense<0> : tensor<1xi64>
  %e0 = arith.constant dense<0.0> : tensor<3x1x1xf32>
  %z = arith.constant dense<> : tensor<0x1x1xf32>
  %cz = arith.constant dense<0> : tensor<2xi64>
  %o, %l = hadal.varlen_attention %q, %k, %v cu_q %cq cu_kv %ck scale 1.0 causal
      : (tensor<3x1x1xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<2xi64>, tensor<2xi64>) -> (tensor<3x1x1xf32>, tensor<1x3xf32>)
  check.expect_close %o, %e tolerance 1.0e-7 : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  check.expect_close %l, %el tolerance 1.0e-7 : tensor<1x3xf32>, tensor<1x3xf32>
  %n = hadal.varlen_attention %q, %k, %v cu_q %c1 cu_kv %c1 scale 1.0
      : (tensor<3x1x1xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1x1xf32>
  check.expect_eq %n, %e0 : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  %z0 = hadal.varlen_attention %z, %z, %z cu_q %cz cu_kv %cz scale 1.0 causal softcap 3.0
      : (tensor<0x1x1xf32>, tensor<0x1x1xf32>, tensor<0x1x1xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<0x1x1xf32>
  check.expect_eq %z0, %z : tensor<0x1x1xf32>, tensor<0x1x1xf32>
  return
}
