// RUN: hadal-opt %s --hadal-cuda-kernels --hadal-emit-cuda --split-input-file --verify-diagnostics | FileCheck %s

// What a launch must know stands beside the text: a pointer, an index, a float, a bool (passed as 32 bits), a pointer.
// CHECK: tile.program @p
// CHECK-SAME: hadal.arg_kinds = array<i32: 0, 1, 2, 3, 0>
// CHECK-SAME: hadal.shared_bytes = 512 : i32
// CHECK-SAME: hadal.source = "// p
// CHECK-SAME: extern \22C\22 __global__ void __launch_bounds__(128) p(const float *arg0, long long arg0_d0, float arg1, bool arg2, float *arg3) {
// CHECK-SAME: hadal.threads = 128 : i32
// CHECK-NOT: cuda.kernel
tile.program @p(%x: memref<?xf32>, %f: f32, %b: i1, %y: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0] sizes [128] : memref<?xf32> -> tensor<128xf32>
  %s = tile.reduce add %t axis 0 : tensor<128xf32> -> f32
  %m = arith.mulf %s, %f : f32
  %c = arith.select %b, %m, %f : f32
  tile.store %c, %y[%c0] sizes [1] : f32, memref<1xf32>
  tile.return
}

// -----

// expected-error @+1 {{no tile.program named @lost}}
cuda.kernel @lost() threads 32 {
  cuda.return
}

// -----

// expected-error @+1 {{@a.b cannot be a function of C++; rename the program}}
tile.program @a.b(%y: memref<1xf32>) {
  tile.return
}

// -----

tile.program @p(%x: memref<1xf32>) {
  %c0 = arith.constant 0 : index
  %s = tile.load %x[%c0] sizes [1] : memref<1xf32> -> f32
  // expected-error @+1 {{has no CUDA C++ form}}
  %g = math.acosh %s : f32
  tile.store %g, %x[%c0] sizes [1] : f32, memref<1xf32>
  tile.return
}

// -----

// expected-error @+1 {{has no CUDA C++ form: the type 'f8E4M3FN' has none}}
tile.program @p(%x: memref<1xf8E4M3FN>) {
  tile.return
}
