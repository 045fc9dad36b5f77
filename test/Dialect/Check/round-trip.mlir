// RUN: hadal-opt %s --verify-roundtrip | FileCheck %s
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s

func.func @f(%a: tensor<?xf32>, %b: tensor<2xf32>, %i: i32) {
  // CHECK: check.expect_eq %{{.*}}, %{{.*}} : tensor<?xf32>, tensor<2xf32>
  check.expect_eq %a, %b : tensor<?xf32>, tensor<2xf32>
  // CHECK: check.expect_eq %{{.*}}, %{{.*}} : i32, i32
  check.expect_eq %i, %i : i32, i32
  // CHECK: check.expect_close %{{.*}}, %{{.*}} tolerance 1.250000e-01 : tensor<?xf32>, tensor<2xf32>
  check.expect_close %a, %b tolerance 0.125 : tensor<?xf32>, tensor<2xf32>
  return
}
