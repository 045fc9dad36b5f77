// RUN: hadal-opt %s --hadal-decompose=level=parts --split-input-file | FileCheck %s --check-prefix=PARTS
// RUN: hadal-opt %s --hadal-decompose=level=linalg --split-input-file | FileCheck %s --check-prefix=LINALG

// The transpose of a rotation is the rotation backwards; layouts change places.
// PARTS-LABEL: @rope
// PARTS: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} halves {{ *}}to {{ *}}interleaved rotate {{ *}}last inverse
// PARTS: hadal.rope %{{.*}}, %{{.*}}, %{{.*}} halves {{ *}}to {{ *}}halves :
// LINALG-LABEL: @rope
// LINALG-NOT: hadal.rope_grad
func.func @rope(%g: tensor<?x8x?x24xf32>, %h: tensor<?x8x?x16xf32>, %c: tensor<1x?x8xf32>) -> (tensor<?x8x?x24xf32>, tensor<?x8x?x16xf32>) {
  %0 = hadal.rope_grad %g, %c, %c interleaved to halves rotate last
      : (tensor<?x8x?x24xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x24xf32>
  %1 = hadal.rope_grad %h, %c, %c halves to halves inverse
      : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
  return %0, %1 : tensor<?x8x?x24xf32>, tensor<?x8x?x16xf32>
}

// -----

// Keys and values of every head, the derivative of their attention, and that of the expansion.
// PARTS-LABEL: @latent
// PARTS: linalg.generic
// PARTS: hadal.attention_grad {{.*}} scale 1.000000e-01 causal
// PARTS-SAME: (tensor<?x8x?x48xf32>, tensor<?x8x?x48xf32>, tensor<?x8x?x32xf32>, tensor<?x8x?x32xf32>)
// PARTS: linalg.generic
// LINALG-LABEL: @latent
// LINALG-NOT: hadal.
func.func @latent(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>, %kp: tensor<?x?x16xf32>,
                  %w: tensor<64x8x64xf32>, %do: tensor<?x8x?x32xf32>)
    -> (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>) {
  %r:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 causal
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<?x8x?x32xf32>)
      -> (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
  return %r#0, %r#1, %r#2, %r#3, %r#4 : tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>
}

// -----

// Dynamic lengths are no obstacle; derivatives of indexed rows scatter.
// LINALG-LABEL: @dynamic
// LINALG-NOT: hadal.{{.*}}_grad
// LINALG: hadal.scatter_nd {{.*}} reduction {{ *}}add
// LINALG-NOT: hadal.{{.*}}_grad
// LINALG: return
func.func @dynamic(%k: tensor<2x4x?x8xf32>, %dk: tensor<2x4x?x8xf32>, %q: tensor<2x8x?x8xf32>, %i: tensor<2x4x?x3xi32>,
                   %y: tensor<?x16xf32>, %w: tensor<?x2xf32>, %dy: tensor<?x16xf32>)
    -> (tensor<2x4x?x8xf32>, tensor<2x8x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<?x16xf32>, tensor<?x2xf32>) {
  %0 = hadal.compress_grad %k d_out %dk mean length 4 stride 2 : (tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>) -> tensor<2x4x?x8xf32>
  %1:3 = hadal.selected_attention_grad %q, %k, %k, %i d_out %q block 4 scale 0.5 causal
      : (tensor<2x8x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x3xi32>, tensor<2x8x?x8xf32>)
      -> (tensor<2x8x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>)
  %2:2 = hadal.combine_grad %y, %w d_out %dy : (tensor<?x16xf32>, tensor<?x2xf32>, tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<?x2xf32>)
  return %0, %1#0, %1#1, %1#2, %2#0, %2#1 : tensor<2x4x?x8xf32>, tensor<2x8x?x8xf32>, tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>, tensor<?x16xf32>, tensor<?x2xf32>
}
