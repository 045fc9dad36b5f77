// RUN: hadal-opt %s --verify-roundtrip | FileCheck %s
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s

// CHECK-LABEL: cuda.kernel @everything(
// CHECK-SAME: %[[X:.*]] as "x": !cuda.array<global, f32>, %[[N:.*]] as "n": index, %[[C:.*]] as "count": !cuda.array<global, i32>) threads 128 shared 4096 {
cuda.kernel @everything(%x as "x": !cuda.array<global, f32>, %n as "n": index, %count as "count": !cuda.array<global, i32>) threads 128 shared 4096 {
  // CHECK: %[[TID:.*]] = cuda.thread_id
  %tid = cuda.thread_id
  // CHECK: cuda.block_id 2
  %bid = cuda.block_id 2
  // CHECK: cuda.comment "a word"
  cuda.comment "a word"
  // CHECK: %[[S:.*]] = cuda.shared "tile" at 16 : <shared, 1024 x f32>
  %s = cuda.shared "tile" at 16 : <shared, 1024 x f32>
  // CHECK: cuda.shared "other" : <shared, 8 x i1>
  %o = cuda.shared "other" : <shared, 8 x i1>
  // CHECK: %[[ACC:.*]] = cuda.local "acc" : <local, 4 x f32>
  %acc = cuda.local "acc" : <local, 4 x f32>
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1 : i32
  %i = arith.index_cast %tid : i32 to index
  %inside = arith.cmpi slt, %i, %n : index
  // CHECK: %[[V:.*]] = cuda.get %[[X]][%{{.*}}] if %{{.*}} else %{{.*}} : !cuda.array<global, f32>, index
  %v = cuda.get %x[%i] if %inside else %zero : !cuda.array<global, f32>, index
  // CHECK: cuda.set %[[V]], %[[S]][%[[TID]]] : !cuda.array<shared, 1024 x f32>
  cuda.set %v, %s[%tid] : !cuda.array<shared, 1024 x f32>
  // CHECK: cuda.barrier
  cuda.barrier
  // CHECK: %[[W:.*]] = cuda.get %[[S]][%[[TID]]] : !cuda.array<shared, 1024 x f32>
  %w = cuda.get %s[%tid] : !cuda.array<shared, 1024 x f32>
  // CHECK: cuda.shuffle_xor %[[W]] by 16 : f32
  %u = cuda.shuffle_xor %w by 16 : f32
  // CHECK: cuda.atomic_add %{{.*}}, %[[C]][%{{.*}}] : !cuda.array<global, i32>, index
  cuda.atomic_add %one, %count[%i] : !cuda.array<global, i32>, index
  // CHECK: cuda.to_tf32
  %a = cuda.to_tf32 %u
  // CHECK: cuda.pack_bf16
  %b = cuda.pack_bf16 %u, %w
  // CHECK: cuda.mma tf32 %[[ACC]][%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] a %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} b %{{.*}}, %{{.*}} : <local, 4 x f32>
  cuda.mma tf32 %acc[%one, %one, %one, %one] a %a, %a, %a, %a b %a, %a : !cuda.array<local, 4 x f32>
  // CHECK: cuda.mma bf16
  cuda.mma bf16 %acc[%one, %one, %one, %one] a %b, %b, %b, %b b %b, %b : !cuda.array<local, 4 x f32>
  cuda.return
}

// CHECK: #cuda.layout<threads [d1 x 4 by 2, d0 x 8 by 1, _ x 4] registers [d0 x 2 by 8, d1 x 2 by 1]>
// CHECK-SAME: #cuda.home<inline>, #cuda.home<shared pitch 33>, #cuda.home<registers in <threads [d0 x 32 by 1] registers []> pitch 5>
module attributes {test.attrs = [#cuda.layout<threads [d1 x 4 by 2, d0 x 8 by 1, _ x 4] registers [d0 x 2 by 8, d1 x 2 by 1]>,
  #cuda.home<inline>, #cuda.home<shared pitch 33>, #cuda.home<registers in <threads [d0 x 32 by 1] registers []> pitch 5>]} {}
