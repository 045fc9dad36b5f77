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

// CHECK-LABEL: func.func @bfloat
// CHECK-NOT: arith.truncf
// CHECK: arith.shrui
// CHECK: arith.bitcast %{{.*}} : vector<16xi16> to vector<16xbf16>
func.func @bfloat(%x: vector<16xf32>) -> vector<16xbf16> {
  %y = arith.truncf %x : vector<16xf32> to vector<16xbf16>
  return %y : vector<16xbf16>
}

// CHECK-LABEL: func.func @divisions
// CHECK-NOT: arith.ceildivsi
// CHECK: arith.divsi
func.func @divisions(%x: index, %y: index) -> index {
  %z = arith.ceildivsi %x, %y : index
  return %z : index
}

// Only f32 has the polynomial.
// CHECK-LABEL: func.func @exp_f64
// CHECK: math.exp
func.func @exp_f64(%x: f64) -> f64 {
  %y = math.exp %x : f64
  return %y : f64
}
