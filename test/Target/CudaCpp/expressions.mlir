// RUN: hadal-translate --emit-cuda %s | FileCheck %s

// Parentheses stand where C++ needs them, and nowhere else; values that are used once are part of their user.
// CHECK: // expressions
// CHECK-NEXT: extern "C" __global__ void __launch_bounds__(32) expressions(const float *x, float *y, const int *n, int *m, long long i, bool flag, float x2) {
cuda.kernel @expressions(%x as "x": !cuda.array<global, f32>, %y as "y": !cuda.array<global, f32>, %n as "n": !cuda.array<global, i32>, %m as "m": !cuda.array<global, i32>, %i as "i": index, %flag as "flag": i1, %x2 as "x": f32) threads 32 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c3 = arith.constant 3 : i32
  %cm1 = arith.constant -1 : i32
  %f1 = arith.constant 1.0 : f32
  %tiny = arith.constant 1.0e-30 : f32
  %inf = arith.constant 0x7F800000 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %nan = arith.constant 0x7FC00000 : f32
  // CHECK-NEXT: const int tid = (int)threadIdx.x;
  %tid = cuda.thread_id {cuda.name = "tid"}
  // CHECK-NEXT: m[0] = tid * 2 + 3;
  %a0 = arith.muli %tid, %c2 : i32
  %a1 = arith.addi %a0, %c3 : i32
  cuda.set %a1, %m[%c0] : !cuda.array<global, i32>
  // CHECK-NEXT: m[1] = (tid + 2) * (tid - 3) / (tid % 2);
  %b0 = arith.addi %tid, %c2 : i32
  %b1 = arith.subi %tid, %c3 : i32
  %b2 = arith.muli %b0, %b1 : i32
  %b3 = arith.remsi %tid, %c2 : i32
  %b4 = arith.divsi %b2, %b3 : i32
  cuda.set %b4, %m[%c1] : !cuda.array<global, i32>
  // CHECK-NEXT: m[2] = tid - (tid - -1);
  %d0 = arith.subi %tid, %cm1 : i32
  %d1 = arith.subi %tid, %d0 : i32
  cuda.set %d1, %m[%c2] : !cuda.array<global, i32>
  // CHECK-NEXT: m[3] = (int)((unsigned int)tid / (unsigned int)3) ^ (tid & 1) << 2;
  %e0 = arith.divui %tid, %c3 : i32
  %e1 = arith.andi %tid, %c1 : i32
  %e2 = arith.shli %e1, %c2 : i32
  %e3 = arith.xori %e0, %e2 : i32
  cuda.set %e3, %m[%c3] : !cuda.array<global, i32>
  // CHECK-NEXT: m[0] = tid < 3 && !(x[0] >= x2) || flag ? hd_min<int>(tid, 3) : n[0];
  %g0 = arith.cmpi slt, %tid, %c3 : i32
  %gx = cuda.get %x[%c0] : !cuda.array<global, f32>
  %g1 = arith.cmpf ult, %gx, %x2 : f32
  %g2 = arith.andi %g0, %g1 : i1
  %g3 = arith.ori %g2, %flag : i1
  %g4 = arith.minsi %tid, %c3 : i32
  %g5 = cuda.get %n[%c0] : !cuda.array<global, i32>
  %g6 = arith.select %g3, %g4, %g5 : i32
  cuda.set %g6, %m[%c0] : !cuda.array<global, i32>
  // CHECK-NEXT: y[i + 1] = (i < 2 ? x[i] : -HD_INF) * 1e-30f;
  %h0 = arith.constant 1 : index
  %h1 = arith.addi %i, %h0 : index
  %h2 = arith.constant 2 : index
  %h3 = arith.cmpi slt, %i, %h2 : index
  %h4 = cuda.get %x[%i] if %h3 else %ninf : !cuda.array<global, f32>, index
  %h5 = arith.mulf %h4, %tiny : f32
  cuda.set %h5, %y[%h1] : !cuda.array<global, f32>, index
  // CHECK-NEXT: y[0] = -(x2 + 1.0f) - -x2;
  %j0 = arith.addf %x2, %f1 : f32
  %j1 = arith.negf %j0 : f32
  %j2 = arith.negf %x2 : f32
  %j3 = arith.subf %j1, %j2 : f32
  cuda.set %j3, %y[%c0] : !cuda.array<global, f32>
  // CHECK-NEXT: y[1] = hd_fmax(expf(x2), (float)tid) / fmaf(x2, HD_INF, HD_NAN);
  %k0 = math.exp %x2 : f32
  %k1 = arith.sitofp %tid : i32 to f32
  %k2 = arith.maximumf %k0, %k1 : f32
  %k3 = math.fma %x2, %inf, %nan : f32
  %k4 = arith.divf %k2, %k3 : f32
  cuda.set %k4, %y[%c1] : !cuda.array<global, f32>
  // A load stays before a write that follows it; what is used twice has a name.
  // CHECK-NEXT: const float v = y[2];
  // CHECK-NEXT: y[2] = x2;
  // CHECK-NEXT: y[3] = v * v;
  %l0 = cuda.get %y[%c2] : !cuda.array<global, f32>
  cuda.set %x2, %y[%c2] : !cuda.array<global, f32>
  %l1 = arith.mulf %l0, %l0 : f32
  cuda.set %l1, %y[%c3] : !cuda.array<global, f32>
  // CHECK-NEXT: m[1] = (int)(unsigned long long)i - -(int)flag;
  %o0 = arith.index_castui %i : index to i32
  %o1 = arith.extsi %flag : i1 to i32
  %o2 = arith.subi %o0, %o1 : i32
  cuda.set %o2, %m[%c1] : !cuda.array<global, i32>
  cuda.return
}

// CHECK: // loops
cuda.kernel @loops(%y as "y": !cuda.array<global, f32>, %k as "i": i32, %h as "half": !cuda.array<global, bf16>) threads 32 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  // Loops take the names that arguments have left. What they carry is assigned at once.
  // CHECK: float carried = 0.0f;
  // CHECK-NEXT: float carried2 = 1.0f;
  // CHECK-NEXT: #pragma unroll 4
  // CHECK-NEXT: for (int j = 0; j < i + 1; j += 2) {
  // CHECK-NEXT:   const float next_carried = carried2;
  // CHECK-NEXT:   const float next_carried2 = carried + carried2;
  // CHECK-NEXT:   carried = next_carried;
  // CHECK-NEXT:   carried2 = next_carried2;
  // CHECK-NEXT: }
  %n = arith.addi %k, %c1 : i32
  %r:2 = scf.for %j = %c0 to %n step %c2 iter_args(%a = %zero, %b = %one) -> (f32, f32) : i32 {
    %s = arith.addf %a, %b : f32
    scf.yield %b, %s : f32, f32
  } {cuda.unroll = 4 : i64}
  // CHECK-NEXT: float chosen;
  // CHECK-NEXT: if (i == 1) {
  // CHECK-NEXT:   chosen = carried;
  // CHECK-NEXT: } else {
  // CHECK-NEXT:   chosen = -carried2;
  // CHECK-NEXT: }
  %c = arith.cmpi eq, %k, %c1 : i32
  %d = scf.if %c -> f32 {
    scf.yield %r#0 : f32
  } else {
    %m = arith.negf %r#1 : f32
    scf.yield %m : f32
  }
  // CHECK-NEXT: y[0] = chosen;
  cuda.set %d, %y[%c0] : !cuda.array<global, f32>
  // CHECK-NEXT: half[0] = hd_to_bf16(hd_to_float(half[1]) + 1.0f);
  %e = cuda.get %h[%c1] : !cuda.array<global, bf16>
  %f = arith.extf %e : bf16 to f32
  %g = arith.addf %f, %one : f32
  %t = arith.truncf %g : f32 to bf16
  cuda.set %t, %h[%c0] : !cuda.array<global, bf16>
  cuda.return
}
