// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
// y = silu(x · w + bias): a loop over K, then an epilogue in registers.
tile.program @matmul(%x: memref<?x192xf32> {hadal.name = "x"}, %w: memref<192x512xf32> {hadal.name = "w"}, %bias: memref<512xf32> {hadal.name = "bias"}, %y: memref<?x512xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %j = tile.program_id y
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c192 = arith.constant 192 : index
  %row = arith.muli %i, %c64 : index
  %col = arith.muli %j, %c64 : index
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %acc = scf.for %k = %c0 to %c192 step %c32 iter_args(%c = %zero) -> (tensor<64x64xf32>) {
    %a = tile.load %x[%row, %k] sizes [64, 32] : memref<?x192xf32> -> tensor<64x32xf32>
    %b = tile.load %w[%k, %col] sizes [32, 64] : memref<192x512xf32> -> tensor<32x64xf32>
    %d = tile.dot %a, %b, %c precision f32 : tensor<64x32xf32>, tensor<32x64xf32>, tensor<64x64xf32>
    scf.yield %d : tensor<64x64xf32>
  }
  %bt = tile.load %bias[%col] sizes [64] : memref<512xf32> -> tensor<64xf32>
  %bb = tile.broadcast %bt dims [1] : tensor<64xf32> -> tensor<64x64xf32>
  %s = arith.addf %acc, %bb : tensor<64x64xf32>
  %one = arith.constant dense<1.0> : tensor<64x64xf32>
  %n = arith.negf %s : tensor<64x64xf32>
  %e = math.exp %n : tensor<64x64xf32>
  %p = arith.addf %e, %one : tensor<64x64xf32>
  %q = arith.divf %s, %p : tensor<64x64xf32>
  tile.store %q, %y[%row, %col] sizes [64, 64] : tensor<64x64xf32>, memref<?x512xf32>
  tile.return
}

// CHECK-LABEL: // matmul
// CHECK: extern "C" __global__ void __launch_bounds__(128) matmul(const float *x, long long x_d0, const float *w, const float *bias, float *y, long long y_d0) {
// CHECK-NEXT: HD_SHARED_MEMORY(smem);
// The accumulators stay in registers over the loop.
// CHECK: float carried_tile[32];
// CHECK: for (long long i = 0; i < 192; i += 32) {
// CHECK: float *const x_shared = reinterpret_cast<float *>(smem + 0);
// CHECK: __syncthreads();
// CHECK: x_shared[{{.*}} * 33 + {{.*}}] = {{.*}} < x_d0 {{.*}}? x[{{.*}}] : 0.0f;
// CHECK: float *const w_shared = reinterpret_cast<float *>(smem + 8448);
// CHECK: // dot 64x32 32x64 64x64 -> 64x64
// CHECK-NEXT: __syncthreads();
// CHECK: carried_tile[[[R:.*]]] = fmaf(a[k], b[l], carried_tile[[[R]]]);
// The epilogue is computed on the way to memory.
// CHECK: // store 64x64
// CHECK-NOT: __syncthreads
// CHECK: y[{{.*}}] = [[S:v[0-9]+]] / (expf(-[[S]]) + 1.0f);
