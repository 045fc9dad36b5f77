// Clauses that no kernel knows become a mask for the one that there is.
// RUN: hadal-opt %s --hadal-decompose=level=kernels --split-input-file | FileCheck %s

// The numbers worked by hand, of the reference's tests.
// RUN: hadal-opt %src/test/Reference/attention-clauses.mlir --hadal-decompose=level=kernels -o %t.mlir
// RUN: hadal-run --target=reference %t.mlir

// CHECK-LABEL: @offsets
// CHECK: %[[M:.*]] = linalg.generic {{.*}}"parallel", "parallel", "parallel", "parallel"]} ins(%{{.*}}, %{{.*}}, %arg2 : tensor<2xi64>, tensor<2xi64>, tensor<2xi64>)
// CHECK: hadal.attention %arg0, %arg1, %arg1 mask %[[M]] scale 2.500000e-01 : ({{.*}}, tensor<2x1x?x?xi1>)
func.func @offsets(%q: tensor<2x8x?x16xf32>, %k: tensor<2x2x?x16xf32>, %n: tensor<2xi64>) -> tensor<2x8x?x16xf32> {
  %0 = hadal.attention %q, %k, %k offsets %n scale 0.25 causal
      : (tensor<2x8x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2xi64>) -> tensor<2x8x?x16xf32>
  return %0 : tensor<2x8x?x16xf32>
}

// -----

// What lies behind a length may hold NaN, which the kernel would multiply by 0.
// CHECK-LABEL: @lengths
// CHECK-NOT: hadal.attention
func.func @lengths(%q: tensor<2x8x?x16xf32>, %k: tensor<2x2x?x16xf32>, %n: tensor<2xi64>) -> tensor<2x8x?x16xf32> {
  %0 = hadal.attention %q, %k, %k kv_lengths %n scale 0.25 causal
      : (tensor<2x8x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2xi64>) -> tensor<2x8x?x16xf32>
  return %0 : tensor<2x8x?x16xf32>
}

// -----

// A window is the same for all of the batch. Numbers of a mask stay numbers.
// CHECK-LABEL: @window
// CHECK: hadal.attention %arg0, %arg1, %arg1 mask %{{.*}} scale 2.500000e-01 : ({{.*}}, tensor<1x8x?x?xf32>)
func.func @window(%q: tensor<2x8x?x16xf32>, %k: tensor<2x2x?x16xf32>, %m: tensor<1x8x1x?xf32>) -> tensor<2x8x?x16xf32> {
  %0 = hadal.attention %q, %k, %k mask %m scale 0.25 causal window 4
      : (tensor<2x8x?x16xf32>, tensor<2x2x?x16xf32>, tensor<2x2x?x16xf32>, tensor<1x8x1x?xf32>) -> tensor<2x8x?x16xf32>
  return %0 : tensor<2x8x?x16xf32>
}

// -----

// A sink is the score of one more key, whose value is 0.
// CHECK-LABEL: @sink
// CHECK: %[[K:.*]] = tensor.concat dim(2) %arg1, %{{.*}} : (tensor<2x2x7x16xf32>, tensor<2x2x1x16xf32>) -> tensor<2x2x8x16xf32>
// CHECK: tensor.concat dim(3) {{.*}} -> tensor<1x8x5x8xf32>
// CHECK: hadal.attention %arg0, %[[K]], %{{.*}} mask
func.func @sink(%q: tensor<2x8x5x16xf32>, %k: tensor<2x2x7x16xf32>, %s: tensor<8xf32>) -> tensor<2x8x5x16xf32> {
  %0 = hadal.attention %q, %k, %k sink %s scale 0.25 causal
      : (tensor<2x8x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x16xf32>, tensor<8xf32>) -> tensor<2x8x5x16xf32>
  return %0 : tensor<2x8x5x16xf32>
}

// -----

// A cap no mask can say.
// CHECK-LABEL: @cap
// CHECK-NOT: hadal.attention
// CHECK: math.tanh
func.func @cap(%q: tensor<2x8x5x16xf32>, %k: tensor<2x2x7x16xf32>) -> tensor<2x8x5x16xf32> {
  %0 = hadal.attention %q, %k, %k scale 0.25 causal window 4 softcap 5.0
      : (tensor<2x8x5x16xf32>, tensor<2x2x7x16xf32>, tensor<2x2x7x16xf32>) -> tensor<2x8x5x16xf32>
  return %0 : tensor<2x8x5x16xf32>
}
