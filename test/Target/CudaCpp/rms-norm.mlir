// RUN: hadal-opt %s --hadal-cuda-kernels | hadal-translate --emit-cuda | FileCheck %s
tile.program @rms_norm(%x: memref<?x192xf32> {hadal.name = "x"}, %w: memref<192xf32> {hadal.name = "w"}, %y: memref<?x192xf32> {hadal.name = "y"}) {
  %i = tile.program_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %row = arith.muli %i, %c16 : index
  %t = tile.load %x[%row, %c0] sizes [16, 192] : memref<?x192xf32> -> tensor<16x192xf32>
  %sq = arith.mulf %t, %t : tensor<16x192xf32>
  %sum = tile.reduce add %sq axis 1 : tensor<16x192xf32> -> tensor<16xf32>
  %n = arith.constant dense<192.0> : tensor<16xf32>
  %eps = arith.constant dense<1.0e-6> : tensor<16xf32>
  %mean = arith.divf %sum, %n : tensor<16xf32>
  %m1 = arith.addf %mean, %eps : tensor<16xf32>
  %r = math.rsqrt %m1 : tensor<16xf32>
  %rb = tile.broadcast %r dims [0] : tensor<16xf32> -> tensor<16x192xf32>
  %wt = tile.load %w[%c0] sizes [192] : memref<192xf32> -> tensor<192xf32>
  %wb = tile.broadcast %wt dims [1] : tensor<192xf32> -> tensor<16x192xf32>
  %a = arith.mulf %t, %rb : tensor<16x192xf32>
  %b = arith.mulf %a, %wb : tensor<16x192xf32>
  tile.store %b, %y[%row, %c0] sizes [16, 192] : tensor<16x192xf32>, memref<?x192xf32>
  tile.return
}

// A warp has a row: the sum is shuffles, without shared memory.
// CHECK: void __launch_bounds__(128) rms_norm(const float *x, long long x_d0, const float *w, float *y, long long y_d0) {
// CHECK-NOT: __syncthreads
// CHECK: float x_tile[24];
// CHECK: x_tile[{{.*}} + j] = {{.*}} ? x[{{.*}}] : 0.0f;
// CHECK: float reduce_tile[4];
// CHECK: hd_shuffle_xor({{.*}}, 16);
// CHECK: rsqrt_tile[i] = rsqrtf(reduce_tile[i] / 192.0f + 1e-06f);
// CHECK: y[{{.*}}] = x_tile[i * 6 + j] * rsqrt_tile[i] * w[{{.*}}];
