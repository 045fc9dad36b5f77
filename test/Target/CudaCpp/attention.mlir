// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
// RUN: hadal-run %s --random-inputs=1 --dim=n=40 --dim=s=77 --target=reference --output-dir=%t
// RUN: hadal-run %s --random-inputs=1 --dim=n=40 --dim=s=77 --target=emulator --expected=%t/outputs.npz --tolerance=1e-5

// Flash attention with causal mask: online softmax over blocks of keys, one program per (32 queries, head).
tile.program @attention(%q: memref<8x?x48xf32> {hadal.name = "q"}, %k: memref<8x?x48xf32> {hadal.name = "k"}, %v: memref<8x?x32xf32> {hadal.name = "v"}, %y: memref<8x?x32xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %h = tile.program_id y
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %nk = memref.dim %k, %c1 : memref<8x?x48xf32>
  %nq = memref.dim %q, %c1 : memref<8x?x48xf32>
  %past = arith.subi %nk, %nq : index
  %row = arith.muli %i, %c32 : index
  %qt = tile.load %q[%h, %row, %c0] sizes [1, 32, 48] : memref<8x?x48xf32> -> tensor<32x48xf32>
  %zero = arith.constant dense<0.0> : tensor<32x32xf32>
  %ninf = arith.constant dense<0xFF800000> : tensor<32xf32>
  %ninf2 = arith.constant dense<0xFF800000> : tensor<32x32xf32>
  %zrow = arith.constant dense<0.0> : tensor<32xf32>
  %scale = arith.constant dense<0.144337567> : tensor<32x32xf32>
  %iota = tile.iota : tensor<32xindex>
  %rows0 = tensor.splat %row : tensor<32xindex>
  %rows1 = arith.addi %rows0, %iota : tensor<32xindex>
  %pastt = tensor.splat %past : tensor<32xindex>
  %rows = arith.addi %rows1, %pastt : tensor<32xindex>
  %rowsb = tile.broadcast %rows dims [0] : tensor<32xindex> -> tensor<32x32xindex>
  %end0 = arith.addi %row, %c32 : index
  %end1 = arith.addi %end0, %past : index
  %end = arith.minsi %end1, %nk : index
  %acc, %m, %l = scf.for %j = %c0 to %end step %c32 iter_args(%a0 = %zero, %m0 = %ninf, %l0 = %zrow) -> (tensor<32x32xf32>, tensor<32xf32>, tensor<32xf32>) {
    %kt = tile.load %k[%h, %j, %c0] sizes [1, 32, 48] : memref<8x?x48xf32> -> tensor<32x48xf32>
    %vt = tile.load %v[%h, %j, %c0] sizes [1, 32, 32] : memref<8x?x32xf32> -> tensor<32x32xf32>
    %s0 = tile.dot %qt, %kt, %zero transpose_b precision f32 : tensor<32x48xf32>, tensor<32x48xf32>, tensor<32x32xf32>
    %s1 = arith.mulf %s0, %scale : tensor<32x32xf32>
    %jt = tensor.splat %j : tensor<32xindex>
    %cols = arith.addi %jt, %iota : tensor<32xindex>
    %colsb = tile.broadcast %cols dims [1] : tensor<32xindex> -> tensor<32x32xindex>
    %mask = arith.cmpi sle, %colsb, %rowsb : tensor<32x32xindex>
    %s = arith.select %mask, %s1, %ninf2 : tensor<32x32xi1>, tensor<32x32xf32>
    %ms = tile.reduce max %s axis 1 : tensor<32x32xf32> -> tensor<32xf32>
    %m1 = arith.maximumf %m0, %ms : tensor<32xf32>
    %empty = arith.cmpf oeq, %m1, %ninf : tensor<32xf32>
    %msafe = arith.select %empty, %zrow, %m1 : tensor<32xi1>, tensor<32xf32>
    %md = arith.subf %m0, %msafe : tensor<32xf32>
    %alpha = math.exp %md : tensor<32xf32>
    %mb = tile.broadcast %msafe dims [0] : tensor<32xf32> -> tensor<32x32xf32>
    %d = arith.subf %s, %mb : tensor<32x32xf32>
    %p = math.exp %d : tensor<32x32xf32>
    %ps = tile.reduce add %p axis 1 : tensor<32x32xf32> -> tensor<32xf32>
    %la = arith.mulf %l0, %alpha : tensor<32xf32>
    %l1 = arith.addf %la, %ps : tensor<32xf32>
    %ab = tile.broadcast %alpha dims [0] : tensor<32xf32> -> tensor<32x32xf32>
    %as = arith.mulf %a0, %ab : tensor<32x32xf32>
    %a1 = tile.dot %p, %vt, %as precision f32 : tensor<32x32xf32>, tensor<32x32xf32>, tensor<32x32xf32>
    scf.yield %a1, %m1, %l1 : tensor<32x32xf32>, tensor<32xf32>, tensor<32xf32>
  }
  %isz = arith.cmpf oeq, %l, %zrow : tensor<32xf32>
  %ones = arith.constant dense<1.0> : tensor<32xf32>
  %ls = arith.select %isz, %ones, %l : tensor<32xi1>, tensor<32xf32>
  %lb = tile.broadcast %ls dims [0] : tensor<32xf32> -> tensor<32x32xf32>
  %o = arith.divf %acc, %lb : tensor<32x32xf32>
  tile.store %o, %y[%h, %row, %c0] sizes [1, 32, 32] : tensor<32x32xf32>, memref<8x?x32xf32>
  tile.return
}
// CHECK: void __launch_bounds__(128) attention(const float *q, long long q_d1, const float *k, long long k_d1, const float *v, long long v_d1, float *y, long long y_d1) {
// The query is read once, before the loop; sum, maximum and result live in registers through it.
// CHECK: float *const q_shared = reinterpret_cast<float *>(smem + 0); // [1568]
// CHECK: float [[ACC:carried_tile]][8];
// CHECK: float [[M:carried_tile2]][4];
// CHECK: float [[L:carried_tile3]][4];
// CHECK: for (long long i = 0; i < {{.*}}; i += 32) {
// CHECK: k_shared
// CHECK: v_shared
// CHECK: // dot 32x48 32x48 32x32 -> 32x32
// CHECK: fmaf(
// The row's maximum is taken over the 16 threads that share it.
// CHECK: // reduce 32x32 -> 32
// CHECK: hd_shuffle_xor({{.*}}, 8);
// CHECK-NEXT: hd_fmax(
// CHECK-NOT: hd_shuffle_xor({{.*}}, 16)
// CHECK: // exp 32x32 -> 32x32
// CHECK: exp_tile2[{{.*}}] = expf(
// CHECK: exp_shared[{{.*}}] = exp_tile2[
// The old result is scaled where it is.
// CHECK: // dot 32x32 32x32 32x32 -> 32x32
// CHECK: [[ACC]][[[R:.*]]] = [[ACC]][[[R]]] * exp_tile[j]
// CHECK: __syncthreads();

func.func @main(%q: tensor<8x?x48xf32> {hadal.name = "q", hadal.dims = ["", "n", ""]}, %k: tensor<8x?x48xf32> {hadal.name = "k", hadal.dims = ["", "s", ""]}, %v: tensor<8x?x32xf32> {hadal.name = "v", hadal.dims = ["", "s", ""]}) -> (tensor<8x?x32xf32> {hadal.name = "y", hadal.dims = ["", "n", ""]}) {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %n = tensor.dim %q, %c1 : tensor<8x?x48xf32>
  %e = tensor.empty(%n) : tensor<8x?x32xf32>
  %g = arith.ceildivsi %n, %c32 : index
  %y = tile.launch @attention grid[%g, %c8, %c1] ins(%q, %k, %v : tensor<8x?x48xf32>, tensor<8x?x48xf32>, tensor<8x?x32xf32>) outs(%e : tensor<8x?x32xf32>) -> tensor<8x?x32xf32>
  return %y : tensor<8x?x32xf32>
}
