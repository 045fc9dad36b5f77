// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @quantize
func.func @quantize(%x: tensor<?x7168xbf16>, %w: tensor<2x?x?xf32>) {
  // CHECK: hadal.quantize %{{.*}} block [1, 128] : (
  %q0, %s0 = hadal.quantize %x block [1, 128] : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>)
  // CHECK: hadal.quantize %{{.*}} block [1, 128] floor amax 9.99999974E-5 : (
  %q1, %s1 = hadal.quantize %x block [1, 128] floor amax 1.0e-4
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>)
  // CHECK: hadal.quantize %{{.*}} block [1, 128] floor scale 9.99999974E-5 scale_rounding up : (
  %q2, %s2 = hadal.quantize %x block [1, 128] floor scale 1.0e-4 scale_rounding up
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf8E8M0FNU>)
  // CHECK: hadal.quantize %{{.*}} block [128, 128] by reciprocal : (
  %q3, %s3 = hadal.quantize %w block [128, 128] by reciprocal
      : (tensor<2x?x?xf32>) -> (tensor<2x?x?xf8E5M2>, tensor<2x?x?xf32>)
  // CHECK: hadal.quantize %{{.*}} block [1, 128] floor amax 1.000000e+00 by amax : (
  %q4, %s4 = hadal.quantize %x block [1, 128] floor amax 1.0 by amax
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf8E4M3FN>, tensor<?x56xf32>)
  // CHECK: hadal.quantize %{{.*}} block [1, 32] scale_rounding mx : (
  %q5, %s5 = hadal.quantize %x block [1, 32] scale_rounding mx
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf4E2M1FN>, tensor<?x224xf8E8M0FNU>)
  // CHECK: hadal.quantize %{{.*}} block [1, 32] scale_rounding down by reciprocal : (
  %q6, %s6 = hadal.quantize %x block [1, 32] scale_rounding down by reciprocal
      : (tensor<?x7168xbf16>) -> (tensor<?x7168xf4E2M1FN>, tensor<?x224xf8E8M0FNU>)
  // CHECK: hadal.dequantize %{{.*}}, %{{.*}} block [1, 32] : (
  %y = hadal.dequantize %q5, %s5 block [1, 32]
      : (tensor<?x7168xf4E2M1FN>, tensor<?x224xf8E8M0FNU>) -> tensor<?x7168xbf16>
  return
}

// CHECK-LABEL: func.func @scaled_matmul
func.func @scaled_matmul(%a: tensor<?x7168xf8E4M3FN>, %b: tensor<2112x7168xf8E4M3FN>, %sa: tensor<?x56xf32>,
                         %sb: tensor<17x56xf32>, %x: tensor<3x?x2880xbf16>, %w: tensor<3x2880x5760xf4E2M1FN>,
                         %sw: tensor<3x90x5760xf8E8M0FNU>, %c: tensor<5760xbf16>, %acc: tensor<3x?x5760xf32>,
                         %v: tensor<2880x8xf32>) {
  // CHECK: hadal.scaled_matmul %{{.*}}, %{{.*}} a_scales %{{.*}} block [1, 128] b_scales %{{.*}} block [128, 128] transposed promote 128 : (
  %d = hadal.scaled_matmul %a, %b a_scales %sa block [1, 128] b_scales %sb block [128, 128] transposed promote 128
      : (tensor<?x7168xf8E4M3FN>, tensor<2112x7168xf8E4M3FN>, tensor<?x56xf32>, tensor<17x56xf32>) -> tensor<?x2112xbf16>
  // CHECK: hadal.scaled_matmul %{{.*}}, %{{.*}} b_scales %{{.*}} block [32, 1] bias %{{.*}} accumulate %{{.*}} : (
  %e = hadal.scaled_matmul %x, %w b_scales %sw block [32, 1] bias %c accumulate %acc
      : (tensor<3x?x2880xbf16>, tensor<3x2880x5760xf4E2M1FN>, tensor<3x90x5760xf8E8M0FNU>, tensor<5760xbf16>,
         tensor<3x?x5760xf32>) -> tensor<3x?x5760xf32>
  // CHECK: hadal.scaled_matmul %{{.*}}, %{{.*}} : (
  %f = hadal.scaled_matmul %x, %v : (tensor<3x?x2880xbf16>, tensor<2880x8xf32>) -> tensor<3x?x8xf32>
  return
}

// CHECK-LABEL: func.func @bytes
func.func @bytes(%x: tensor<?x2880xf4E2M1FN>, %c: tensor<?x64x512xbf16>, %k: tensor<?x64x64xbf16>,
                 %c4: tensor<?x64x448xbf16>, %h: tensor<?x128xbf16>) {
  // CHECK: hadal.pack_fp4 %{{.*}} : (
  %p = hadal.pack_fp4 %x : (tensor<?x2880xf4E2M1FN>) -> tensor<?x1440xui8>
  // CHECK: hadal.unpack_fp4 %{{.*}} : (
  %u = hadal.unpack_fp4 %p : (tensor<?x1440xui8>) -> tensor<?x2880xf4E2M1FN>
  // CHECK: hadal.pack_cache %{{.*}}, %{{.*}} layout v32 : (
  %b = hadal.pack_cache %c, %k layout v32 : (tensor<?x64x512xbf16>, tensor<?x64x64xbf16>) -> tensor<?x64x656xi8>
  // CHECK: hadal.pack_cache %{{.*}}, %{{.*}} layout v4 align 576 : (
  %b4 = hadal.pack_cache %c4, %k layout v4 align 576
      : (tensor<?x64x448xbf16>, tensor<?x64x64xbf16>) -> tensor<?x37440xui8>
  // CHECK: hadal.unpack_cache %{{.*}} layout v32 : (
  %l, %r = hadal.unpack_cache %b layout v32 : (tensor<?x64x656xi8>) -> (tensor<?x64x512xf32>, tensor<?x64x64xf32>)
  // CHECK: hadal.unpack_cache %{{.*}} layout v4 page 64 align 576 : (
  %l4, %r4 = hadal.unpack_cache %b4 layout v4 page 64 align 576
      : (tensor<?x37440xui8>) -> (tensor<?x64x448xf32>, tensor<?x64x64xf32>)
  // CHECK: hadal.hadamard %{{.*}} scale 0.0883883461 : tensor<?x128xbf16>
  %y = hadal.hadamard %h scale 0.08838834764831845 : tensor<?x128xbf16>
  return
}
