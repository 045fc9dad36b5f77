// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @low_latency
func.func @low_latency(%x: tensor<4x?x192xbf16>, %i: tensor<4x?x2xi64>, %w: tensor<4x?x2xf32>,
                       %s: tensor<4x?x2xf8E8M0FNU>) -> tensor<4x?x192xbf16> {
  // CHECK: hadal.dispatch %{{.*}}, %{{.*}} experts 16 low_latency : (
  %r, %c, %n = hadal.dispatch %x, %i experts 16 low_latency
      : (tensor<4x?x192xbf16>, tensor<4x?x2xi64>) -> (tensor<4x4x?x192xbf16>, tensor<4x4xi32>, tensor<4x4x?xi32>)
  // CHECK: hadal.dispatch %{{.*}}, %{{.*}} scales %{{.*}} experts 16 low_latency max_tokens 8 : (
  %r1, %c1, %n1, %s1 = hadal.dispatch %x, %i scales %s experts 16 low_latency max_tokens 8
      : (tensor<4x?x192xbf16>, tensor<4x?x2xi64>, tensor<4x?x2xf8E8M0FNU>)
      -> (tensor<4x4x32x192xbf16>, tensor<4x4xi32>, tensor<4x4x32xi32>, tensor<4x4x32x2xf8E8M0FNU>)
  // CHECK: hadal.collect %{{.*}}, %{{.*}} weights %{{.*}} low_latency : (
  %o = hadal.collect %r, %n weights %w low_latency
      : (tensor<4x4x?x192xbf16>, tensor<4x4x?xi32>, tensor<4x?x2xf32>) -> tensor<4x?x192xbf16>
  return %o : tensor<4x?x192xbf16>
}

// CHECK-LABEL: func.func @normal
func.func @normal(%x: tensor<4x8x256xf8E4M3FN>, %i: tensor<4x8x2xi32>, %w: tensor<4x8x2xf32>, %s: tensor<4x8x2xf32>,
                  %y: tensor<4x32x256xf32>) -> tensor<4x8x256xf32> {
  // CHECK: hadal.dispatch %{{.*}}, %{{.*}} experts 8 normal : (
  %r, %c, %n, %j = hadal.dispatch %x, %i experts 8 normal
      : (tensor<4x8x256xf8E4M3FN>, tensor<4x8x2xi32>)
      -> (tensor<4x32x256xf8E4M3FN>, tensor<4x2xi32>, tensor<4x32xi32>, tensor<4x32x2xi32>)
  // CHECK: hadal.dispatch %{{.*}}, %{{.*}} weights %{{.*}} scales %{{.*}} experts 8 normal max_tokens 8 align 16 : (
  %r1, %c1, %n1, %j1, %w1, %s1 = hadal.dispatch %x, %i weights %w scales %s experts 8 normal max_tokens 8 align 16
      : (tensor<4x8x256xf8E4M3FN>, tensor<4x8x2xi32>, tensor<4x8x2xf32>, tensor<4x8x2xf32>)
      -> (tensor<4x32x256xf8E4M3FN>, tensor<4x2xi32>, tensor<4x32xi32>, tensor<4x32x2xi32>, tensor<4x32x2xf32>,
          tensor<4x32x2xf32>)
  // CHECK: hadal.collect %{{.*}}, %{{.*}} normal : (
  %o = hadal.collect %y, %n1 normal : (tensor<4x32x256xf32>, tensor<4x32xi32>) -> tensor<4x8x256xf32>
  return %o : tensor<4x8x256xf32>
}
