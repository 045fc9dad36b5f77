// The numbers worked by hand, of the reference's tests, from what the operations decompose into.
// RUN: hadal-opt %src/test/Reference/route.mlir --hadal-decompose=level=linalg -o %t.route.mlir
// RUN: hadal-run --target=reference %t.route.mlir
// RUN: hadal-opt %src/test/Reference/group.mlir --hadal-decompose=level=linalg -o %t.group.mlir
// RUN: hadal-run --target=reference %t.group.mlir
// RUN: hadal-opt %src/test/Reference/experts.mlir --hadal-decompose=level=linalg -o %t.experts.mlir
// RUN: hadal-run --target=reference %t.experts.mlir
// RUN: hadal-opt %src/test/Reference/parallel.mlir --hadal-decompose=level=linalg -o %t.parallel.mlir
// RUN: hadal-run --target=reference %t.parallel.mlir
// RUN: cat %t.route.mlir %t.group.mlir %t.experts.mlir %t.parallel.mlir | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: hadal.{{route|group|permute|combine|grouped_matmul|activation|gated_activation|moe|dispatch|collect}}

// RUN: hadal-opt %s --hadal-decompose --split-input-file | FileCheck %s

// The router's indices are never −1: its weights need no mask.
// CHECK-LABEL: @routed
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.group %[[I]]
// CHECK: hadal.combine %{{.*}}, %[[W]] : (
func.func @routed(%l: tensor<?x16xf32>, %x: tensor<?x192xf32>, %gu: tensor<16x192x160xf32>, %d: tensor<16x80x192xf32>)
    -> tensor<?x192xf32> {
  %w, %i = hadal.route %l score softmax top 4 : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>)
      -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}

// -----

// Every clause goes to the part that it is for; the shared expert is added last.
// CHECK-LABEL: @clauses
// CHECK: hadal.grouped_matmul {{.*}} gather 4 transposed bias
// CHECK: hadal.gated_activation {{.*}} limit 7.000000e+00 alpha 1.702000e+00 up_offset 1.000000e+00
// CHECK: hadal.grouped_matmul {{.*}} scatter transposed bias
// CHECK: hadal.gated_activation %{{[^:]*}} alpha 1.702000e+00 up_offset 1.000000e+00
// CHECK: hadal.combine {{.*}} add
func.func @clauses(%x: tensor<?x192xbf16>, %w: tensor<?x4xf32>, %i: tensor<?x4xi32>, %gu: tensor<16x160x192xbf16>,
                   %d: tensor<16x192x80xbf16>, %gb: tensor<16x160xbf16>, %db: tensor<16x192xbf16>,
                   %sgu: tensor<64x192xbf16>, %sd: tensor<192x32xbf16>) -> tensor<?x192xbf16> {
  %y = hadal.moe %x, %w, %i, %gu, %d gate_up_bias %gb down_bias %db shared %sgu, %sd silu interleaved transposed
      limit 7.0 alpha 1.702 up_offset 1.0
      : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x160x192xbf16>, tensor<16x192x80xbf16>,
         tensor<16x160xbf16>, tensor<16x192xbf16>, tensor<64x192xbf16>, tensor<192x32xbf16>) -> tensor<?x192xbf16>
  return %y : tensor<?x192xbf16>
}
