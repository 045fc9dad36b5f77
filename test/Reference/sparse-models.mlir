// RUN: hadal-run --target=reference %s
// Queries of 0 (or a scale of 0) make all visible keys equal: an output is then the mean of the values seen.

// Gates 1, 10, 100. Compressed entries 1.5 (tokens 0, 1) and 6 (2, 3), each once it is past; own block; own token:
// query 0: 0 + 10·1 + 100·1; query 1: 1.5 + 10·1.5 + 100·2; query 2: 1.5 + 10·4 + 100·4; query 3: 3.75 + 10·6 + 100·8.
func.func @nsa_branches() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %vc = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %vs = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %vw = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %g = arith.constant dense<[[[[1.0, 10.0, 100.0], [1.0, 10.0, 100.0], [1.0, 10.0, 100.0], [1.0, 10.0, 100.0]]]]> : tensor<1x1x4x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 2 stride 2 select block 2 count 1 local 1 window 1 scale 1.0 causal
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>,
         tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x3xf32>) -> tensor<1x1x4x1xf32>
  %expected = arith.constant dense<[[[[110.0], [216.5], [441.5], [863.75]]]]> : tensor<1x1x4x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  return
}

// Heads 0 and 1 share a kv head: p = (1, 4, 3) / 8 and (12, 3, 4) / 19, whose sum is largest at block 0, which both
// select (head 0 alone would select 1). Gates σ(0) = ½: ½ · (18 + 1 + 5) and ½ · (240/19 + 1 + 5). A step of decoding: one query at 2.
func.func @nsa_group_shares() {
  %q = arith.constant dense<[[[[1.0]], [[-1.0]]]]> : tensor<1x2x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [1.3862943611198906], [1.0986122886681098]]]]> : tensor<1x1x3x1xf32>
  %vc = arith.constant dense<[[[[8.0], [16.0], [24.0]]]]> : tensor<1x1x3x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %vs = arith.constant dense<[[[[1.0], [2.0], [4.0]]]]> : tensor<1x1x3x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]]]> : tensor<1x2x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 1 stride 1 select block 1 count 1 window 1 scale 1.0 causal sigmoid
      : (tensor<1x2x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>,
         tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x2x1x3xf32>) -> tensor<1x2x1x1xf32>
  %expected = arith.constant dense<[[[[12.0]], [[9.31578947368421]]]]> : tensor<1x2x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  return
}

// The best block besides the forced ones. Entries (0,1), (2,3), (4,5), (6,7) with p = (1, 2, 6, 1) / 10; first 1, local 1
// leave one of four to choose: block 2. Selected: tokens 0, 1, 4, 5, 6, 7 of values 1, 2, 16, 32, 64, 128: 243 / 6.
func.func @nsa_forced() {
  %q = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0], [0.6931471805599453], [0.6931471805599453], [1.791759469228055], [1.791759469228055], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %vc = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %vs = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0], [16.0], [32.0], [64.0], [128.0]]]]> : tensor<1x1x8x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %g = arith.constant dense<[[[[1.0, 1.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 2 stride 2 select block 2 count 3 first 1 local 1 window 1 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>,
         tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[40.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Overlap: entries [0,4), [2,6), [4,8) with p = (5, 3, 2) / 10 give block [0,4) 2·5 + 3 and block [4,8) 3 + 2·2 tenths.
// With p = (2, 3, 5) / 10 it is the other block. Values 1 and 9 by block.
func.func @nsa_overlap() {
  %q = arith.constant dense<[[[[1.0], [-1.0]]]]> : tensor<1x1x2x1xf32>
  %kc = arith.constant dense<[[[[1.6094379124341003], [1.6094379124341003], [1.6094379124341003], [1.6094379124341003], [0.5877866649021191], [0.5877866649021191], [0.7985076962177716], [0.7985076962177716]]]]> : tensor<1x1x8x1xf32>
  %vc = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %vs = arith.constant dense<[[[[1.0], [1.0], [1.0], [1.0], [9.0], [9.0], [9.0], [9.0]]]]> : tensor<1x1x8x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x8x1xf32>
  %g = arith.constant dense<[[[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]]]> : tensor<1x1x2x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 4 count 1 window 1 scale 1.0 causal offset 7
      : (tensor<1x1x2x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>,
         tensor<1x1x8x1xf32>, tensor<1x1x8x1xf32>, tensor<1x1x2x3xf32>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[1.0], [9.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Blocks 0 and 1 tie at 2/5: the lower one. T = 5 leaves a short last block.
func.func @nsa_ties() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %vc = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %vs = arith.constant dense<[[[[3.0], [5.0], [7.0], [9.0], [11.0]]]]> : tensor<1x1x5x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %g = arith.constant dense<[[[[0.0, 1.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 1 stride 1 select block 2 count 1 window 9 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>,
         tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[4.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Fewer tokens than a compression block: no entry, importance 0 everywhere, still the lowest block and the window.
func.func @nsa_no_entry() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %vc = arith.constant dense<[[[[7.0], [7.0], [7.0]]]]> : tensor<1x1x3x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %vs = arith.constant dense<[[[[1.0], [2.0], [4.0]]]]> : tensor<1x1x3x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %vw = arith.constant dense<[[[[1.0], [2.0], [4.0]]]]> : tensor<1x1x3x1xf32>
  %g = arith.constant dense<[[[[1.0, 1.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 4 stride 2 select block 2 count 1 window 2 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>,
         tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[4.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// One token.
func.func @nsa_one_token() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %vc = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  %ks = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %vs = arith.constant dense<[[[[3.0]]]]> : tensor<1x1x1x1xf32>
  %kw = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %vw = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  %g = arith.constant dense<[[[[1.0, 10.0, 100.0]]]]> : tensor<1x1x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 1 stride 1 select block 64 count 16 first 1 local 2 window 512 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>,
         tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[532.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Ragged: one valid query at position 1, two valid keys; what is hidden is NaN. Branches 1.5, 1.5 and 2; padding gives 0.
func.func @nsa_ragged() {
  %q = arith.constant dense<[[[[0.0], [0x7FC00000]]]]> : tensor<1x1x2x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %vc = arith.constant dense<[[[[1.0], [2.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %vs = arith.constant dense<[[[[1.0], [2.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %vw = arith.constant dense<[[[[1.0], [2.0], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %g = arith.constant dense<[[[[1.0, 10.0, 100.0], [0x7FC00000, 0x7FC00000, 0x7FC00000]]]]> : tensor<1x1x2x3xf32>
  %ql = arith.constant dense<[1]> : tensor<1xi32>
  %kl = arith.constant dense<[2]> : tensor<1xi32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g q_lengths %ql kv_lengths %kl
      compress mean length 2 stride 2 select block 2 count 1 local 1 window 1 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>,
         tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x3xf32>, tensor<1xi32>,
         tensor<1xi32>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[216.5], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A position before all keys sees nothing in any branch.
func.func @nsa_before_all() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vc = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vs = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vw = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[1.0, 1.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g
      compress mean length 2 stride 2 select block 2 count 1 local 1 window 1 scale 1.0 causal offset -1
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>,
         tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// A weighted compression, for keys 1, 0 and for values 2, 1: the entry's value is 2·1 + 1·3. Its key is 0: one entry, p = 1.
func.func @nsa_weighted() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vc = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vs = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[1.0, 0.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %kwt = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %vwt = arith.constant dense<[[2.0, 1.0]]> : tensor<1x2xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_weight %kwt v_weight %vwt
      compress weighted length 2 stride 2 select block 2 count 1 window 1 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>,
         tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x3xf32>, tensor<1x2xf32>,
         tensor<1x2xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// An MLP with position encoding: values 1, 3 plus 10, 20; hidden relu(11 + 23 − 30) = 4 and relu(−11) = 0; 4·2 + 0·5 + 1.
func.func @nsa_mlp() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vc = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vs = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %g = arith.constant dense<[[[[1.0, 0.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %k1 = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0]]]> : tensor<1x2x2xf32>
  %k2 = arith.constant dense<[[[0.0], [0.0]]]> : tensor<1x2x1xf32>
  %v1 = arith.constant dense<[[[1.0, -1.0], [1.0, 0.0]]]> : tensor<1x2x2xf32>
  %b1 = arith.constant dense<[[-30.0, 0.0]]> : tensor<1x2xf32>
  %v2 = arith.constant dense<[[[2.0], [5.0]]]> : tensor<1x2x1xf32>
  %b2 = arith.constant dense<[[1.0]]> : tensor<1x1xf32>
  %pe = arith.constant dense<[[[10.0], [20.0]]]> : tensor<1x2x1xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_w1 %k1 k_w2 %k2 v_w1 %v1 v_bias1 %b1 v_w2 %v2 v_bias2 %b2 v_pe %pe
      compress mlp length 2 stride 2 activation relu select block 2 count 1 window 1 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>,
         tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x3xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>,
         tensor<1x2x2xf32>, tensor<1x2xf32>, tensor<1x2x1xf32>, tensor<1x1xf32>,
         tensor<1x2x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[9.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// A linear compression of two channels: value = 1·(1, 2)·W0 + (3, 4)·W1, with W0 the identity and W1 a swap: (5, 5).
func.func @nsa_linear() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kc = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vc = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %ks = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vs = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x2x2xf32>
  %kw = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %vw = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x2x2xf32>
  %g = arith.constant dense<[[[[1.0, 0.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %kl = arith.constant dense<[[[[1.0]], [[1.0]]]]> : tensor<1x2x1x1xf32>
  %vl = arith.constant dense<[[[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]]> : tensor<1x2x2x2xf32>
  %o = hadal.nsa %q, %kc, %vc, %ks, %vs, %kw, %vw gates %g k_weight %kl v_weight %vl
      compress linear length 2 stride 2 select block 2 count 1 window 1 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>,
         tensor<1x1x2x1xf32>, tensor<1x1x2x2xf32>, tensor<1x1x1x3xf32>, tensor<1x2x1x1xf32>,
         tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>
  %expected = arith.constant dense<[[[[5.0, 5.0]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

// The scores 3, 5, 4, 5 choose keys 1 and 3: (2 + 8) / 2, lse ln 2.
func.func @dsa_top() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[3.0], [5.0], [4.0], [5.0]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1x4x1xf32>,
         tensor<1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Scores below 0 are all 0 by the ReLU: a tie, so the lowest two keys.
func.func @dsa_relu_ties() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[-1.0], [-2.0], [-3.0], [-4.0]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1x4x1xf32>,
         tensor<1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[1.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Two index heads of weights 1 and −2: scores 3 − 2·1, 5 − 2·4, 4 − 0, 5 − 2·5 choose 2 and 0.
func.func @dsa_weights() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0, 0.0]], [[0.0, 1.0]]]]> : tensor<1x2x1x2xf32>
  %ik = arith.constant dense<[[[3.0, 1.0], [5.0, 4.0], [4.0, -7.0], [5.0, 5.0]]]> : tensor<1x4x2xf32>
  %iw = arith.constant dense<[[[1.0, -2.0]]]> : tensor<1x1x2xf32>
  %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x2x1x2xf32>, tensor<1x4x2xf32>,
         tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[2.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Prefill: each query chooses among its past. Scores 4, 1, 3, 2: {0}, {0, 1}, {0, 2}, {0, 2}.
func.func @dsa_causal() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0], [1.0], [1.0], [1.0]]]]> : tensor<1x1x4x1xf32>
  %ik = arith.constant dense<[[[4.0], [1.0], [3.0], [2.0]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0], [1.0], [1.0], [1.0]]]> : tensor<1x4x1xf32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x4x1xf32>,
         tensor<1x4x1xf32>) -> (tensor<1x1x4x1xf32>, tensor<1x1x4xf32>)
  %expected = arith.constant dense<[[[[1.0], [1.5], [2.5], [2.5]]]]> : tensor<1x1x4x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  %expected_lse = arith.constant dense<[[[0.0, 0.6931471805599453, 0.6931471805599453, 0.6931471805599453]]]> : tensor<1x1x4xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x4xf32>, tensor<1x1x4xf32>
  return
}

// Not causal: every query chooses among all.
func.func @dsa_all() {
  %q = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %ik = arith.constant dense<[[[4.0], [1.0], [3.0], [2.0]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0], [1.0]]]> : tensor<1x2x1xf32>
  %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1x4x1xf32>,
         tensor<1x2x1xf32>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[2.5], [2.5]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// More to choose than there are: all of the visible. The sink of 0 adds 1 to the denominator, and nothing to lse.
func.func @dsa_sink() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %s = arith.constant dense<[0.0]> : tensor<1xf32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw sink %s
      top 2048 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>,
         tensor<1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// A NaN score is the last choice: with top 2 it is not made, key 0 and 2; a hidden NaN has no effect.
func.func @dsa_nan() {
  %q = arith.constant dense<[[[[0.0], [0x7FC00000]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[0.0], [0x7FC00000], [0.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [0x7FC00000], [4.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0], [0x7FC00000]]]]> : tensor<1x1x2x1xf32>
  %ik = arith.constant dense<[[[1.0], [0x7FC00000], [2.0], [0x7FC00000]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0], [0x7FC00000]]]> : tensor<1x2x1xf32>
  %ql = arith.constant dense<[1]> : tensor<1xi32>
  %kl = arith.constant dense<[3]> : tensor<1xi32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw q_lengths %ql kv_lengths %kl
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1x4x1xf32>,
         tensor<1x2x1xf32>, tensor<1xi32>, tensor<1xi32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %expected = arith.constant dense<[[[[2.5], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453, 0xFF800000]]]> : tensor<1x1x2xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// Scales: of the index queries by 2, of the keys by 1, 3, 1, 1: scores 6, 6, 2, 4; a tie of 0 and 1.
func.func @dsa_scales() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[3.0], [1.0], [1.0], [2.0]]]> : tensor<1x4x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %a = arith.constant dense<[[[2.0]]]> : tensor<1x1x1xf32>
  %b = arith.constant dense<[[1.0, 3.0, 1.0, 1.0]]> : tensor<1x4xf32>
  %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw index_q_scales %a index_k_scales %b
      top 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1x4x1xf32>,
         tensor<1x1x1xf32>, tensor<1x1x1xf32>, tensor<1x4xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// MLA over the chosen keys 1, 2 of latents 0 and ½ ln 2: W_UK = 2, W_UV = 3, q_nope = 1, q_pe · k_pe = 0: weights 1/3 and 2/3.
func.func @dsa_latent() {
  %q = arith.constant dense<[[[[1.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %k = arith.constant dense<[[[[5.0, 9.0], [0.0, 4.0], [0.34657359027997264, 7.0]]]]> : tensor<1x1x3x2xf32>
  %v = arith.constant dense<[[[[5.0], [0.0], [0.34657359027997264]]]]> : tensor<1x1x3x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[1.0], [2.0], [3.0]]]> : tensor<1x3x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %w = arith.constant dense<[[[2.0, 3.0]]]> : tensor<1x1x2xf32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x2xf32>, tensor<1x1x3x2xf32>, tensor<1x1x3x1xf32>, tensor<1x1x1x1xf32>, tensor<1x3x1xf32>,
         tensor<1x1x1xf32>, tensor<1x1x2xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[0.6931471805599453]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[1.0986122886681098]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-6 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// q_pe · k_pe alone decides: W_UK = 0, weights 3/4 and 1/4 of latents 8 and 4, W_UV = 1.
func.func @dsa_latent_rope() {
  %q = arith.constant dense<[[[[1.0, 1.0]]]]> : tensor<1x1x1x2xf32>
  %k = arith.constant dense<[[[[8.0, 1.0986122886681098], [4.0, 0.0]]]]> : tensor<1x1x2x2xf32>
  %v = arith.constant dense<[[[[8.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[1.0], [1.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %w = arith.constant dense<[[[0.0, 1.0]]]> : tensor<1x1x2xf32>
  %o = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w
      top 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>,
         tensor<1x1x1xf32>, tensor<1x1x2xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[7.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// A position before all keys.
func.func @dsa_empty() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ik = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw
      top 2 index_scale 1.0 scale 1.0 causal offset -1
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>,
         tensor<1x1x1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[0xFF800000]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Means 2 and 0 of the past blocks: block 0, and the own block 2, causal inside. Query 4: (1 + 2 + 16) / 3; query 5:
// (1 + 2 + 16 + 32) / 4. The scale of 0 does not reach the choice.
func.func @moba() {
  %q = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[1.0], [3.0], [5.0], [-5.0], [9.0], [9.0]]]]> : tensor<1x1x6x1xf32>
  %v = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0], [16.0], [32.0]]]]> : tensor<1x1x6x1xf32>
  %o, %lse = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x6x1xf32>, tensor<1x1x6x1xf32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %expected = arith.constant dense<[[[[6.333333333333333], [12.75]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %expected_lse = arith.constant dense<[[[1.0986122886681098, 1.3862943611198906]]]> : tensor<1x1x2xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-6 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// top 1 is the own block alone.
func.func @moba_own() {
  %q = arith.constant dense<[[[[1.0], [1.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<[[[[9.0], [9.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[1.0], [3.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  %o = hadal.moba %q, %k, %v
      block 2 top 1 scale 0.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
  %expected = arith.constant dense<[[[[1.0], [2.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Each head chooses for itself, over the means of its kv head: head 0 block 0, head 1 block 1.
func.func @moba_heads() {
  %q = arith.constant dense<[[[[1.0]], [[-1.0]]]]> : tensor<1x2x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [1.0], [-1.0], [-1.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %v = arith.constant dense<[[[[1.0], [1.0], [4.0], [4.0], [7.0]]]]> : tensor<1x1x5x1xf32>
  %o = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.0 causal
      : (tensor<1x2x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>) -> tensor<1x2x1x1xf32>
  %expected = arith.constant dense<[[[[3.0]], [[5.0]]]]> : tensor<1x2x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>
  return
}

// All ties: the lowest past block.
func.func @moba_ties() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0], [5.0]]]]> : tensor<1x1x5x1xf32>
  %v = arith.constant dense<[[[[3.0], [3.0], [6.0], [6.0], [9.0]]]]> : tensor<1x1x5x1xf32>
  %o = hadal.moba %q, %k, %v
      block 2 top 2 scale 0.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>, tensor<1x1x5x1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// The last block is short; keys of the future are NaN, and so are those beyond the length.
func.func @moba_ragged() {
  %q = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[1.0], [1.0], [2.0], [0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x6x1xf32>
  %v = arith.constant dense<[[[[3.0], [6.0], [9.0], [0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x6x1xf32>
  %kl = arith.constant dense<[4]> : tensor<1xi32>
  %o = hadal.moba %q, %k, %v kv_lengths %kl
      block 2 top 2 scale 0.0 causal offset 2
      : (tensor<1x1x1x1xf32>, tensor<1x1x6x1xf32>, tensor<1x1x6x1xf32>, tensor<1xi32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[6.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// The sink of ln 2 adds 2 to the denominator: (1 + 3) / 4.
func.func @moba_sink() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %k = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [3.0]]]]> : tensor<1x1x2x1xf32>
  %s = arith.constant dense<[0.6931471805599453]> : tensor<1xf32>
  %o, %lse = hadal.moba %q, %k, %v sink %s
      block 2 top 2 scale 0.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>,
         tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-6 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// One token; one padding query.
func.func @moba_one() {
  %q = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %k = arith.constant dense<[[[[1.0], [1.0]]]]> : tensor<1x1x2x1xf32>
  %v = arith.constant dense<[[[[5.0], [7.0]]]]> : tensor<1x1x2x1xf32>
  %ql = arith.constant dense<[1]> : tensor<1xi32>
  %kl = arith.constant dense<[1]> : tensor<1xi32>
  %o, %lse = hadal.moba %q, %k, %v q_lengths %ql kv_lengths %kl
      block 2 top 2 scale 0.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1xi32>,
         tensor<1xi32>) -> (tensor<1x1x2x1xf32>, tensor<1x1x2xf32>)
  %expected = arith.constant dense<[[[[5.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  %expected_lse = arith.constant dense<[[[0.0, 0xFF800000]]]> : tensor<1x1x2xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x2xf32>, tensor<1x1x2xf32>
  return
}

// Entries 10 and 20, given; index keys tie. Query 0 sees its own token, query 1 entry 0 as well, query 3 the lower of both:
// 1, (10 + 2) / 2, (10 + 3) / 2, (10 + 4) / 2.
func.func @csa_entries() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[10.0], [20.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0], [1.0], [1.0], [1.0]]]]> : tensor<1x1x4x1xf32>
  %ic = arith.constant dense<[[[1.0], [1.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0], [1.0], [1.0], [1.0]]]> : tensor<1x4x1xf32>
  %o, %lse = hadal.csa %q, %kv, %c index %iq, %ic, %iw
      compress 2 top 1 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x2x1xf32>,
         tensor<1x4x1xf32>) -> (tensor<1x1x4x1xf32>, tensor<1x1x4xf32>)
  %expected = arith.constant dense<[[[[1.0], [6.0], [6.5], [7.0]]]]> : tensor<1x1x4x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  %expected_lse = arith.constant dense<[[[0.0, 0.6931471805599453, 0.6931471805599453, 0.6931471805599453]]]> : tensor<1x1x4xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x4xf32>, tensor<1x1x4xf32>
  return
}

// The indexer prefers entry 1, when it is past.
func.func @csa_index() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[10.0], [20.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0], [1.0], [1.0], [1.0]]]]> : tensor<1x1x4x1xf32>
  %ic = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0], [1.0], [1.0], [1.0]]]> : tensor<1x4x1xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw
      compress 2 top 1 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>, tensor<1x2x1xf32>,
         tensor<1x4x1xf32>) -> tensor<1x1x4x1xf32>
  %expected = arith.constant dense<[[[[1.0], [6.0], [6.5], [12.0]]]]> : tensor<1x1x4x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>
  return
}

// The sink of 0 takes part once: (10 + 4) / 3.
func.func @csa_sink() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[10.0], [20.0]]]]> : tensor<1x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ic = arith.constant dense<[[[2.0], [1.0]]]> : tensor<1x2x1xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %s = arith.constant dense<[0.0]> : tensor<1xf32>
  %o, %lse = hadal.csa %q, %kv, %c index %iq, %ic, %iw sink %s
      compress 2 top 1 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x2x1xf32>,
         tensor<1x1x1xf32>, tensor<1xf32>) -> (tensor<1x1x1x1xf32>, tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[4.666666666666667]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-6 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Compressed here, gates 0: entry 0 is the mean of series B of tokens 0, 1: 15; entry 1 that of series A of 0, 1 and B of
// 2, 3: 73 / 4. With the last token: (15 + 18.25 + 4) / 3.
func.func @csa_overlap() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]]]> : tensor<1x1x4x2xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ic = arith.constant dense<[[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]]> : tensor<1x4x2xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %z = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x4x2xf32>
  %iz = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]> : tensor<1x4x2xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 2 top 2 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x2xf32>, tensor<1x1x1x1xf32>, tensor<1x4x2xf32>,
         tensor<1x1x1xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[12.416666666666666]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// A bias of ln 3 for series B of the second token: (10 + 3·20) / 4 = 17.5 and (1 + 2 + 30 + 3·40) / 6 = 25.5.
func.func @csa_bias() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]]]> : tensor<1x1x4x2xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ic = arith.constant dense<[[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]]> : tensor<1x4x2xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %z = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x4x2xf32>
  %iz = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]> : tensor<1x4x2xf32>
  %b = arith.constant dense<[[0.0, 0.0], [0.0, 1.0986122886681098]]> : tensor<2x2xf32>
  %ib = arith.constant dense<[[0.0, 0.0], [0.0, 0.0]]> : tensor<2x2xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz bias %b, %ib
      compress 2 top 2 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x2xf32>, tensor<1x1x1x1xf32>, tensor<1x4x2xf32>,
         tensor<1x1x1xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>, tensor<2x2xf32>,
         tensor<2x2xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[15.666666666666666]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// Norm of one column: x / |x| times 5: (5 + 5 + 4) / 3.
func.func @csa_norm() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]]]> : tensor<1x1x4x2xf32>
  %iq = arith.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %ic = arith.constant dense<[[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]]> : tensor<1x4x2xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %z = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x4x2xf32>
  %iz = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]> : tensor<1x4x2xf32>
  %n = arith.constant dense<[5.0]> : tensor<1xf32>
  %in = arith.constant dense<[1.0]> : tensor<1xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz norm %n, %in epsilon 0.0
      compress 2 top 2 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x2xf32>, tensor<1x1x1x1xf32>, tensor<1x4x2xf32>,
         tensor<1x1x1xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>, tensor<1xf32>,
         tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[4.666666666666667]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// RoPE by a quarter turn for entry 1: (1, 2) stays, (3, 4) becomes (−4, 3). The index keys turn too: index_q (0, 1) scores
// 0 for entry 0 and 1 for entry 1, which stood at (1, 0). With the token (0, 0): the mean of (−4, 3) and it.
func.func @csa_rope() {
  %q = arith.constant dense<[[[[0.0, 0.0]]]]> : tensor<1x1x1x2xf32>
  %kv = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x4x2xf32>
  %c = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %iq = arith.constant dense<[[[[0.0, 1.0]]]]> : tensor<1x1x1x2xf32>
  %ic = arith.constant dense<[[[1.0, 0.0], [1.0, 0.0]]]> : tensor<1x2x2xf32>
  %iw = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %cos = arith.constant dense<[[[1.0], [0.0]]]> : tensor<1x2x1xf32>
  %sin = arith.constant dense<[[[0.0], [1.0]]]> : tensor<1x2x1xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw rope %cos, %sin interleaved
      compress 2 top 1 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x1x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1x2x2xf32>,
         tensor<1x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x1xf32>) -> tensor<1x1x1x2xf32>
  %expected = arith.constant dense<[[[[-2.0, 1.5]]]]> : tensor<1x1x1x2xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}

// Ragged: 3 valid tokens make one whole entry; query 0 stands at 1 and sees it. NaN beyond. Padding gives 0.
func.func @csa_ragged() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0x7FC00000]]]]> : tensor<1x1x3x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[0x7FC00000, 10.0], [0x7FC00000, 20.0], [3.0, 0x7FC00000], [0x7FC00000, 0x7FC00000]]]]> : tensor<1x1x4x2xf32>
  %iq = arith.constant dense<[[[[1.0], [1.0], [0x7FC00000]]]]> : tensor<1x1x3x1xf32>
  %ic = arith.constant dense<[[[0x7FC00000, 1.0], [0x7FC00000, 1.0], [1.0, 0x7FC00000], [0x7FC00000, 0x7FC00000]]]> : tensor<1x4x2xf32>
  %iw = arith.constant dense<[[[1.0], [1.0], [0x7FC00000]]]> : tensor<1x3x1xf32>
  %z = arith.constant dense<[[[[0x7FC00000, 0.0], [0x7FC00000, 0.0], [0.0, 0x7FC00000], [0.0, 0.0]]]]> : tensor<1x1x4x2xf32>
  %iz = arith.constant dense<[[[0x7FC00000, 0.0], [0x7FC00000, 0.0], [0.0, 0x7FC00000], [0.0, 0.0]]]> : tensor<1x4x2xf32>
  %ql = arith.constant dense<[2]> : tensor<1xi32>
  %kl = arith.constant dense<[3]> : tensor<1xi32>
  %o, %lse = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz q_lengths %ql kv_lengths %kl
      compress 2 top 2 window 1 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x2xf32>, tensor<1x1x3x1xf32>, tensor<1x4x2xf32>,
         tensor<1x3x1xf32>, tensor<1x1x4x2xf32>, tensor<1x4x2xf32>, tensor<1xi32>,
         tensor<1xi32>) -> (tensor<1x1x3x1xf32>, tensor<1x1x3xf32>)
  %expected = arith.constant dense<[[[[8.5], [9.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  %expected_lse = arith.constant dense<[[[0.6931471805599453, 0.6931471805599453, 0xFF800000]]]> : tensor<1x1x3xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x3xf32>, tensor<1x1x3xf32>
  return
}

// Two heads, two batch entries, offsets of each: batch 0 stands at 0, batch 1 at 3. Window 2.
func.func @csa_offsets() {
  %q = arith.constant dense<[[[[0.0]], [[0.0]]], [[[0.0]], [[0.0]]]]> : tensor<2x2x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [4.0]]], [[[5.0], [6.0], [7.0], [8.0]]]]> : tensor<2x1x4x1xf32>
  %c = arith.constant dense<[[[[10.0], [20.0]]], [[[30.0], [40.0]]]]> : tensor<2x1x2x1xf32>
  %iq = arith.constant dense<[[[[1.0]]], [[[1.0]]]]> : tensor<2x1x1x1xf32>
  %ic = arith.constant dense<[[[1.0], [2.0]], [[1.0], [2.0]]]> : tensor<2x2x1xf32>
  %iw = arith.constant dense<[[[1.0]], [[1.0]]]> : tensor<2x1x1xf32>
  %at = arith.constant dense<[0, 3]> : tensor<2xi32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw offsets %at
      compress 2 top 1 window 2 index_scale 1.0 scale 1.0 causal
      : (tensor<2x2x1x1xf32>, tensor<2x1x4x1xf32>, tensor<2x1x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2x2x1xf32>,
         tensor<2x1x1xf32>, tensor<2xi32>) -> tensor<2x2x1x1xf32>
  %expected = arith.constant dense<[[[[1.0]], [[1.0]]], [[[18.333333333333332]], [[18.333333333333332]]]]> : tensor<2x2x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>
  return
}

// Fewer tokens than an entry takes: the window alone.
func.func @csa_no_entry() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %kv = arith.constant dense<[[[[1.0], [3.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  %c = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x3x2xf32>
  %iq = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %ic = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]> : tensor<1x3x2xf32>
  %iw = arith.constant dense<[[[1.0], [1.0], [1.0]]]> : tensor<1x3x1xf32>
  %z = arith.constant dense<[[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]]> : tensor<1x1x3x2xf32>
  %iz = arith.constant dense<[[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]> : tensor<1x3x2xf32>
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %z, %iz
      compress 4 top 2 window 2 index_scale 1.0 scale 1.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x2xf32>, tensor<1x1x3x1xf32>, tensor<1x3x2xf32>,
         tensor<1x3x1xf32>, tensor<1x1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x1x3x1xf32>
  %expected = arith.constant dense<[[[[1.0], [2.0], [4.0]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// Gates 0: entries 1.5 and 4, with the last two tokens: (1.5 + 4 + 7 + 9) / 4.
func.func @hca() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[0.0], [0.0], [7.0], [9.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[1.0], [2.0], [3.0], [5.0]]]]> : tensor<1x1x4x1xf32>
  %z = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %o, %lse = hadal.hca %q, %kv, %c gates %z
      compress 2 window 2 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>) -> (tensor<1x1x1x1xf32>,
         tensor<1x1x1xf32>)
  %expected = arith.constant dense<[[[[5.375]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  %expected_lse = arith.constant dense<[[[1.3862943611198906]]]> : tensor<1x1x1xf32>
  check.expect_close %lse, %expected_lse tolerance 1.0e-7 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
  return
}

// Gates ln 1, ln 3 weigh 1/4 and 3/4: entry 1.75. All queries: 1, (1.75 + 1 + 3) / 3, (1.75 + 3 + 5) / 3.
func.func @hca_gates() {
  %q = arith.constant dense<[[[[0.0], [0.0], [0.0]]]]> : tensor<1x1x3x1xf32>
  %kv = arith.constant dense<[[[[1.0], [3.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  %c = arith.constant dense<[[[[1.0], [2.0], [9.0]]]]> : tensor<1x1x3x1xf32>
  %z = arith.constant dense<[[[[0.0], [1.0986122886681098], [0.0]]]]> : tensor<1x1x3x1xf32>
  %o = hadal.hca %q, %kv, %c gates %z
      compress 2 window 2 scale 1.0 causal
      : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
  %expected = arith.constant dense<[[[[1.0], [1.9166666666666667], [3.25]]]]> : tensor<1x1x3x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>
  return
}

// The bias does the same for every entry; norm makes each entry 3.
func.func @hca_bias_norm() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[0.0], [0.0], [7.0], [9.0]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[1.0], [2.0], [4.0], [8.0]]]]> : tensor<1x1x4x1xf32>
  %z = arith.constant dense<[[[[0.0], [0.0], [0.0], [0.0]]]]> : tensor<1x1x4x1xf32>
  %b = arith.constant dense<[[0.0], [1.0986122886681098]]> : tensor<2x1xf32>
  %n = arith.constant dense<[3.0]> : tensor<1xf32>
  %o = hadal.hca %q, %kv, %c gates %z bias %b norm %n epsilon 0.0
      compress 2 window 2 scale 1.0 causal
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x4x1xf32>, tensor<2x1xf32>,
         tensor<1xf32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[5.5]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-6 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}

// RoPE in halves by a quarter turn of the last two of three columns: (5, 1, 2) becomes (5, −2, 1).
func.func @hca_rope() {
  %q = arith.constant dense<[[[[0.0, 0.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %kv = arith.constant dense<[[[[0.0, 0.0, 0.0]]]]> : tensor<1x1x1x3xf32>
  %c = arith.constant dense<[[[[5.0, 1.0, 2.0]]]]> : tensor<1x1x1x3xf32>
  %cos = arith.constant dense<[[[0.0]]]> : tensor<1x1x1xf32>
  %sin = arith.constant dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %o = hadal.hca %q, %kv, %c rope %cos, %sin halves
      compress 1 window 1 scale 1.0 causal
      : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>, tensor<1x1x1xf32>,
         tensor<1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %expected = arith.constant dense<[[[[2.5, -1.0, 0.5]]]]> : tensor<1x1x1x3xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
  return
}

// No entry is whole, the window is longer than the past; the sink of 0.
func.func @hca_no_entry() {
  %q = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %kv = arith.constant dense<[[[[2.0], [4.0]]]]> : tensor<1x1x2x1xf32>
  %c = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %z = arith.constant dense<[[[[0.0], [0.0]]]]> : tensor<1x1x2x1xf32>
  %s = arith.constant dense<[0.0]> : tensor<1xf32>
  %o = hadal.hca %q, %kv, %c gates %z sink %s
      compress 128 window 128 scale 1.0 causal
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>,
         tensor<1xf32>) -> tensor<1x1x2x1xf32>
  %expected = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// Beyond the length: nothing but what is valid. The position 5 is past all of it: window 2 holds tokens 4 and 5, which are
// not there.
func.func @hca_beyond() {
  %q = arith.constant dense<[[[[0.0]]]]> : tensor<1x1x1x1xf32>
  %kv = arith.constant dense<[[[[1.0], [2.0], [3.0], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %c = arith.constant dense<[[[[4.0], [0x7FC00000]]]]> : tensor<1x1x2x1xf32>
  %kl = arith.constant dense<[3]> : tensor<1xi32>
  %o = hadal.hca %q, %kv, %c kv_lengths %kl
      compress 2 window 2 scale 1.0 causal offset 5
      : (tensor<1x1x1x1xf32>, tensor<1x1x4x1xf32>, tensor<1x1x2x1xf32>, tensor<1xi32>) -> tensor<1x1x1x1xf32>
  %expected = arith.constant dense<[[[[4.0]]]]> : tensor<1x1x1x1xf32>
  check.expect_close %o, %expected tolerance 1.0e-7 : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
  return
}
