// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @routing
func.func @routing(%l: tensor<?x16xf32>, %b: tensor<16xf32>, %x: tensor<?x192xf32>, %gu: tensor<16x192x160xf32>,
                   %d: tensor<16x80x192xf32>) {
  // CHECK: hadal.route %{{.*}} bias %{{.*}} score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.500000e+00 normalize epsilon 0.000000e+00 : (
  %w, %i = hadal.route %l bias %b score sigmoid groups 4 keep 2 by sum2 top 4 scale 2.5 normalize epsilon 0.0
      : (tensor<?x16xf32>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route %{{.*}} score softmax groups 1 keep 1 by max top 4 scale 1.000000e+00 epsilon 0.000000e+00 : (
  %w2, %i2 = hadal.route %l score softmax groups 1 keep 1 by max top 4 scale 1.0 epsilon 0.0
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi64>)
  // CHECK: hadal.moe {{.*}} silu gate_first : (
  %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>)
      -> tensor<?x192xf32>
  // CHECK: hadal.group %{{.*}} experts 16 : (
  %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} gather 4 : (
  %h = hadal.grouped_matmul %x, %gu, %o, %p gather 4
      : (tensor<?x192xf32>, tensor<16x192x160xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x160xf32>
  // CHECK: hadal.gated_activation %{{.*}} silu gate_first : (
  %a = hadal.gated_activation %h silu gate_first : (tensor<?x160xf32>) -> tensor<?x80xf32>
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scatter : (
  %z = hadal.grouped_matmul %a, %d, %o, %p scatter
      : (tensor<?x80xf32>, tensor<16x80x192xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x192xf32>
  // CHECK: hadal.combine %{{.*}}, %{{.*}} : (
  %c = hadal.combine %z, %w : (tensor<?x192xf32>, tensor<?x4xf32>) -> tensor<?x192xf32>
  return
}
