// The numbers worked by hand hold decomposed as well.
// RUN: hadal-opt %src/test/Reference/quantization.mlir --hadal-decompose=level=linalg -o %t && hadal-run --target=reference %t
// RUN: FileCheck %s --check-prefix=NONE < %t
// NONE-NOT: = hadal.

// RUN: hadal-opt %s --hadal-decompose=level=linalg | FileCheck %s

// amax over blocks that are split off, a division in f64 rounded to f32, and the clamp before the conversion.
// CHECK-LABEL: @quantize
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2, 3]] output_shape [%{{.*}}, 1, 56, 128]
// CHECK: iterator_types = ["parallel", "parallel", "reduction", "reduction"]
// CHECK: math.absf
// CHECK: arith.maximumf
// CHECK: arith.divf %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
// CHECK: arith.maximumf
// CHECK: arith.minimumf
// CHECK: arith.truncf %{{.*}} : f32 to f8E4M3FN
func.func @quantize(%x: tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>) {
  %q, %s = hadal.quantize %x block [1, 128] floor amax 1.0e-4
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>)
  return %q, %s : tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>
}

// A tail is padded with zeros, and cut off again.
// CHECK-LABEL: @tail
// CHECK: tensor.pad %{{.*}} low[0, 0] high[0, 28]
// CHECK: tensor.extract_slice {{.*}} : tensor<4x128xf8E4M3FN> to tensor<4x100xf8E4M3FN>
func.func @tail(%x: tensor<4x100xf32>) -> (tensor<4x100xf8E4M3FN>, tensor<4x2xf32>) {
  %q, %s = hadal.quantize %x block [1, 64] : (tensor<4x100xf32>) -> (tensor<4x100xf8E4M3FN>, tensor<4x2xf32>)
  return %q, %s : tensor<4x100xf8E4M3FN>, tensor<4x2xf32>
}
