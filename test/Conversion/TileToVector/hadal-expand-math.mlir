// RUN: hadal-opt %s --hadal-expand-math | FileCheck %s

// CHECK-LABEL: func.func @exp
// CHECK-NOT: math.exp
// CHECK: math.roundeven %{{.*}} : vector<16xf32>
// CHECK-COUNT-8: math.fma
// CHECK: arith.fptosi
// CHECK: arith.select
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @exp2
// CHECK-NOT: math.exp2
// CHECK: math.roundeven %{{.*}} : f32
func.func @exp2(%x: f32) -> f32 {
  %y = math.exp2 %x : f32
  return %y : f32
}

// Only f32 has the polynomial.
// CHECK-LABEL: func.func @exp_f64
// CHECK: math.exp
func.func @exp_f64(%x: f64) -> f64 {
  %y = math.exp %x : f64
  return %y : f64
}
