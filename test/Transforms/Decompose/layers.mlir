// The numbers worked by hand hold decomposed as well.
// RUN: hadal-opt %src/test/Reference/layers.mlir --hadal-decompose=level=linalg -o %t && hadal-run --target=reference %t
// RUN: hadal-opt %src/test/Reference/norm-rope.mlir --hadal-decompose=level=linalg -o %t && hadal-run --target=reference %t

// RUN: hadal-opt %s --hadal-decompose=level=linalg | FileCheck %s

// CHECK-LABEL: @rms_norm
// CHECK: arith.mulf
// CHECK: math.sqrt
// CHECK-NOT: hadal.
func.func @rms_norm(%x: tensor<?x?xbf16>, %w: tensor<?xf32>) -> tensor<?x?xbf16> {
  %y = hadal.rms_norm %x, %w epsilon 1.0e-6 weight_offset 1.0 : (tensor<?x?xbf16>, tensor<?xf32>) -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}

// The columns that are not rotated are a slice, and stand where they stood.
// CHECK-LABEL: @rope
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 448] [2, 4, %{{.*}}, 64]
// CHECK: tensor.concat dim(3)
// CHECK-NOT: hadal.
func.func @rope(%x: tensor<2x4x?x512xf32>, %c: tensor<1x?x32xf32>) -> tensor<2x4x?x512xf32> {
  %y = hadal.rope %x, %c, %c interleaved to interleaved rotate last inverse
      : (tensor<2x4x?x512xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) -> tensor<2x4x?x512xf32>
  return %y : tensor<2x4x?x512xf32>
}

// Whether there are angles for each batch element is not known: it stays.
// CHECK-LABEL: @open
// CHECK: hadal.rope
func.func @open(%x: tensor<?x4x?x64xf32>, %c: tensor<?x?x32xf32>) -> tensor<?x4x?x64xf32> {
  %y = hadal.rope %x, %c, %c interleaved to halves
      : (tensor<?x4x?x64xf32>, tensor<?x?x32xf32>, tensor<?x?x32xf32>) -> tensor<?x4x?x64xf32>
  return %y : tensor<?x4x?x64xf32>
}

// CHECK-LABEL: @sample
// CHECK: hadal.topk
// CHECK: hadal.cumsum {{.*}} exclusive
// CHECK: hadal.gather_elements
func.func @sample(%l: tensor<?x256xf32>, %u: tensor<?xf32>) -> tensor<?xi32> {
  %t = hadal.sample %l, %u temperature 0.7 top_k 50 top_p 0.9 : (tensor<?x256xf32>, tensor<?xf32>) -> tensor<?xi32>
  return %t : tensor<?xi32>
}

// A constant.
// CHECK-LABEL: @yarn
// CHECK: arith.constant dense<[1.000000e+00, 1.000000e-01, 5.125000e-03, 2.500000e-05]>
func.func @yarn() -> tensor<4xf32> {
  %f = hadal.yarn_frequencies base 10000.0 factor 40.0 original_length 4096 beta_fast 32.0 beta_slow 1.0 : tensor<4xf32>
  return %f : tensor<4xf32>
}
