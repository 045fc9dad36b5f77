// RUN: hadal-opt %s --hadal-decompose --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: @moe
// CHECK-SAME: (%[[X:.*]]: tensor<?x192xf32>, %[[W:.*]]: tensor<?x4xf32>, %[[I:.*]]: tensor<?x4xi32>, %[[GU:.*]]: tensor<16x192x160xf32>, %[[D:.*]]: tensor<16x80x192xf32>)
// CHECK: %[[O:.*]], %[[P:.*]] = hadal.group %[[I]] experts 16
// CHECK: %[[H:.*]] = hadal.grouped_matmul %[[X]], %[[GU]], %[[O]], %[[P]] gather 4
// CHECK: %[[A:.*]] = hadal.gated_activation %[[H]] {{ *}}silu {{ *}}gate_first
// CHECK: %[[Y:.*]] = hadal.grouped_matmul %[[A]], %[[D]], %[[O]], %[[P]] scatter
// What stands beside an index of −1 is not read.
// CHECK: %[[V:.*]] = linalg.generic {{.*}} ins(%[[I]], %[[W]] :
// CHECK: hadal.combine %[[Y]], %[[V]]
func.func @moe(%x: tensor<?x192xf32>, %w: tensor<?x4xf32>, %i: tensor<?x4xi32>, %gu: tensor<16x192x160xf32>,
               %d: tensor<16x80x192xf32>) -> tensor<?x192xf32> {
  %y = hadal.moe %x, %w, %i, %gu, %d silu gate_first
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x192x160xf32>, tensor<16x80x192xf32>)
      -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}

// -----

// Keys and values of every head by one matmul; the scale is carried.
// CHECK-LABEL: @expanded
// CHECK: linalg.matmul ins({{.*}} : tensor<?x64xf32>, tensor<64x512xf32>)
// CHECK: hadal.attention {{.*}} scale 1.000000e-01 causal
// CHECK-SAME: (tensor<?x8x?x48xf32>, tensor<?x8x?x48xf32>, tensor<?x8x?x32xf32>) -> tensor<?x8x?x32xf32>
func.func @expanded(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>,
    %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>) -> (tensor<?x8x?x32xf32>) {
  %o0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form expanded
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  return %o0 : tensor<?x8x?x32xf32>
}

// -----

// One key/value head, the latent itself; a product with the weight before and one after.
// CHECK-LABEL: @absorbed
// CHECK: linalg.generic
// CHECK: hadal.attention {{.*}} scale 1.000000e-01
// CHECK-SAME: (tensor<?x8x?x80xf32>, tensor<?x1x?x80xf32>, tensor<?x1x?x64xf32>) -> tensor<?x8x?x64xf32>
// CHECK: linalg.generic
func.func @absorbed(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>,
    %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>) -> (tensor<?x8x?x32xf32>) {
  %o0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form absorbed
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  return %o0 : tensor<?x8x?x32xf32>
}

// -----

func.func @not_chosen(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>,
    %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>) -> (tensor<?x8x?x32xf32>) {
  // expected-remark @+1 {{not decomposed}}
  %o0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  return %o0 : tensor<?x8x?x32xf32>
}
