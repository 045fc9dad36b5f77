// RUN: hadal-opt %s --hadal-cuda-insert-barriers --split-input-file --verify-diagnostics | FileCheck %s

// Reading what was written, and writing what was read; two arrays in the same place are one.
// CHECK-LABEL: cuda.kernel @line
cuda.kernel @line(%v as "v": f32) threads 32 {
  %tid = cuda.thread_id
  %a = cuda.shared "a" at 0 : <shared, 32 x f32>
  %b = cuda.shared "b" at 128 : <shared, 32 x f32>
  %c = cuda.shared "c" at 64 : <shared, 8 x f32>
  // CHECK-NOT: cuda.barrier
  // CHECK: cuda.set %{{.*}}, %[[A:.*]][%[[T:.*]]] : !cuda.array<shared, 32 x f32>
  // CHECK-NOT: cuda.barrier
  // CHECK: cuda.set
  cuda.set %v, %a[%tid] : !cuda.array<shared, 32 x f32>
  cuda.set %v, %b[%tid] : !cuda.array<shared, 32 x f32>
  // CHECK-NEXT: cuda.barrier
  // CHECK-NEXT: cuda.get
  // CHECK-NEXT: cuda.get
  %x = cuda.get %a[%tid] : !cuda.array<shared, 32 x f32>
  %y = cuda.get %b[%tid] : !cuda.array<shared, 32 x f32>
  // CHECK-NEXT: cuda.barrier
  // CHECK-NEXT: cuda.set
  cuda.set %v, %c[%tid] : !cuda.array<shared, 8 x f32>
  cuda.return
}

// -----

// The loop's first statement meets the last one of the iteration before; a statement is one whole, however deep.
// CHECK-LABEL: cuda.kernel @loop
cuda.kernel @loop(%v as "v": f32, %n as "n": i32, %c as "c": i1) threads 32 {
  %tid = cuda.thread_id
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %a = cuda.shared "a" at 0 : <shared, 32 x f32>
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 : i32 {
    // CHECK-NEXT: cuda.barrier
    // CHECK-NEXT: cuda.set
    cuda.set %v, %a[%tid] : !cuda.array<shared, 32 x f32>
    // CHECK-NEXT: cuda.barrier
    // CHECK-NEXT: scf.if
    // CHECK-NEXT: cuda.get
    scf.if %c {
      %x = cuda.get %a[%i] : !cuda.array<shared, 32 x f32>
    }
  } {cuda.uniform}
  // The loop may not have run, or may have read.
  // CHECK: cuda.barrier
  // CHECK-NEXT: cuda.set
  cuda.set %v, %a[%tid] : !cuda.array<shared, 32 x f32>
  cuda.return
}

// -----

// Nothing is put into the branches of a condition that threads take differently; a uniform one is entered.
// CHECK-LABEL: cuda.kernel @branch
cuda.kernel @branch(%v as "v": f32, %c as "c": i1) threads 32 {
  %tid = cuda.thread_id
  %a = cuda.shared "a" at 0 : <shared, 32 x f32>
  cuda.set %v, %a[%tid] : !cuda.array<shared, 32 x f32>
  // CHECK: cuda.set
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: cuda.barrier
  // CHECK-NEXT: cuda.get
  scf.if %c {
    %x = cuda.get %a[%tid] : !cuda.array<shared, 32 x f32>
  } {cuda.uniform}
  // Only one way here had a barrier.
  // CHECK: cuda.barrier
  // CHECK-NEXT: cuda.get
  %y = cuda.get %a[%tid] : !cuda.array<shared, 32 x f32>
  cuda.return
}

// -----

cuda.kernel @unplaced() threads 32 {
  // expected-error @+1 {{has no offset yet}}
  %a = cuda.shared "a" : <shared, 32 x f32>
  cuda.return
}
