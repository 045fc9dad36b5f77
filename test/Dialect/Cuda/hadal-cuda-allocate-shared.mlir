// RUN: hadal-opt %s --hadal-cuda-allocate-shared --split-input-file --verify-diagnostics | FileCheck %s

// %a is dead where %c begins and gives it its place; %b lives through both.
// CHECK-LABEL: cuda.kernel @reuse() threads 32 shared 512
cuda.kernel @reuse() threads 32 {
  %tid = cuda.thread_id
  %v = arith.constant 1.0 : f32
  // CHECK: cuda.shared "a" at 0
  %a = cuda.shared "a" : <shared, 64 x f32>
  // CHECK: cuda.shared "b" at 256
  %b = cuda.shared "b" : <shared, 61 x f32>
  cuda.set %v, %a[%tid] : !cuda.array<shared, 64 x f32>
  cuda.set %v, %b[%tid] : !cuda.array<shared, 61 x f32>
  // CHECK: cuda.shared "c" at 0
  %c = cuda.shared "c" : <shared, 32 x f32>
  cuda.set %v, %c[%tid] : !cuda.array<shared, 32 x f32>
  %w = cuda.get %b[%tid] : !cuda.array<shared, 61 x f32>
  cuda.return
}

// -----

// An array that a loop uses lives as long as the loop: what is made inside comes beside it.
// CHECK-LABEL: cuda.kernel @loop() threads 32 shared 256
cuda.kernel @loop() threads 32 {
  %tid = cuda.thread_id
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %v = arith.constant 1.0 : f32
  // CHECK: cuda.shared "outer" at 0
  %a = cuda.shared "outer" : <shared, 32 x f32>
  scf.for %i = %c0 to %tid step %c1 : i32 {
    %u = cuda.get %a[%tid] : !cuda.array<shared, 32 x f32>
    // CHECK: cuda.shared "inner" at 128
    %b = cuda.shared "inner" : <shared, 32 x f32>
    cuda.set %u, %b[%tid] : !cuda.array<shared, 32 x f32>
  } {cuda.uniform}
  cuda.return
}

// -----

// expected-error @+1 {{the kernel @large needs 128000 bytes of shared memory, more than 101376; its tiles are too large}}
cuda.kernel @large() threads 32 {
  %tid = cuda.thread_id
  // expected-note @+1 {{a takes 64000 bytes}}
  %a = cuda.shared "a" : <shared, 16000 x f32>
  // expected-note @+1 {{b takes 64000 bytes}}
  %b = cuda.shared "b" : <shared, 16000 x f32>
  %v = cuda.get %a[%tid] : !cuda.array<shared, 16000 x f32>
  cuda.set %v, %b[%tid] : !cuda.array<shared, 16000 x f32>
  cuda.return
}
