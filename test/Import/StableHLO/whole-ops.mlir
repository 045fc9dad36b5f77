// Custom calls and composites of our names are our operations. (Numbers: test/Import/whole-ops.test.)
// RUN: hadal-translate --import-stablehlo --split-input-file %s | FileCheck %s

// As jax.ffi.ffi_call writes it.
// CHECK-LABEL: func.func @custom_call
// CHECK: hadal.moba %arg0, %arg1, %arg1 block 4 top 2 scale 2.500000e-01 causal : (tensor<1x4x8x16xf32>, tensor<1x2x12x16xf32>, tensor<1x2x12x16xf32>) -> tensor<1x4x8x16xf32>
func.func public @custom_call(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x12x16xf32>) -> tensor<1x4x8x16xf32> {
  %0 = stablehlo.custom_call @hadal.moba(%q, %k, %k) {api_version = 2 : i32, backend_config = "",
      mhlo.backend_config = {block = 4 : i64, causal = true, scale = 2.5e-01 : f32, top = 2 : i32},
      operand_layouts = [dense<[3, 2, 1, 0]> : tensor<4xindex>]}
      : (tensor<1x4x8x16xf32>, tensor<1x2x12x16xf32>, tensor<1x2x12x16xf32>) -> tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}

// -----

// As jax.lax.composite writes it: operands by name, a number of numpy. What it stands for is not read.
// CHECK-LABEL: func.func @composite
// CHECK-NOT: linalg
// CHECK: hadal.moba %arg0, %arg1, %arg1 sink %arg2 block 4 top 2 scale 2.500000e-01 causal
// CHECK-NOT: linalg
func.func public @composite(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x12x16xf32>, %s: tensor<4xf32>) -> tensor<1x4x8x16xf32> {
  %0 = stablehlo.composite "hadal.moba" %q, %k, %k, %s {composite_attributes = {block = dense<4> : tensor<i64>, causal = true,
      operands = "q, k, v, sink", scale = 2.5e-01 : f64, top = 2 : i64}, decomposition = @hadal.moba}
      : (tensor<1x4x8x16xf32>, tensor<1x2x12x16xf32>, tensor<1x2x12x16xf32>, tensor<4xf32>) -> tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}
func.func private @hadal.moba(%q: tensor<1x4x8x16xf32>, %k: tensor<1x2x12x16xf32>, %v: tensor<1x2x12x16xf32>,
                              %s: tensor<4xf32>) -> tensor<1x4x8x16xf32> {
  %0 = stablehlo.negate %q : tensor<1x4x8x16xf32>
  return %0 : tensor<1x4x8x16xf32>
}

// -----

// A name that is none of ours: what it stands for.
// CHECK-LABEL: func.func @other
// CHECK-NOT: hadal.m
// CHECK: arith.negf
func.func public @other(%q: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.composite "hadal.unknown" %q {composite_attributes = {block = 4 : i64}, decomposition = @f}
      : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @f(%q: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.negate %q : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Sizes that depend on arguments; two results, one of them integers. The sum is of one size, not of two.
// CHECK-LABEL: func.func @dynamic
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route %arg0 score sigmoid {{.*}}top 2 scale 1.000000e+00 epsilon 0.000000e+00 : (tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
// CHECK: %[[Y:.*]] = hadal.moe %arg1, %[[W]], %[[I]], %arg2, %arg3 gelu none
// CHECK: arith.addf
func.func public @dynamic(%l: tensor<?x8xf32>, %x: tensor<?x6xf32>, %a: tensor<8x6x4xf32>, %b: tensor<8x4x6xf32>)
    -> tensor<?x6xf32> {
  %w, %i = stablehlo.custom_call @hadal.route(%l) {mhlo.backend_config = {score = "sigmoid", k = 2 : i64, normalize = false}}
      : (tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  %y = stablehlo.custom_call @hadal.moe(%x, %w, %i, %a, %b) {backend_config = {activation = "gelu", gate_order = "none"}}
      : (tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<8x6x4xf32>, tensor<8x4x6xf32>) -> tensor<?x6xf32>
  %z = stablehlo.add %y, %x : tensor<?x6xf32>
  return %z : tensor<?x6xf32>
}
