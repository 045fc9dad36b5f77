// RUN: hadal-opt %s --hadal-choose-latent-form | FileCheck %s

// One query over a long cache: absorbed.
// CHECK-LABEL: @decode
// CHECK: form absorbed
func.func @decode(%qn: tensor<?x8x1x32xf32>, %qp: tensor<?x8x1x16xf32>, %c: tensor<?x?x64xf32>,
    %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>) -> (tensor<?x8x1x32xf32>) {
  %o0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 form auto
      : (tensor<?x8x1x32xf32>, tensor<?x8x1x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x1x32xf32>
  return %o0 : tensor<?x8x1x32xf32>
}

// Many queries: expanded. A form that is chosen stays.
// CHECK-LABEL: @prefill
// CHECK: form expanded
// CHECK: form absorbed
func.func @prefill(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>,
    %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>) -> (tensor<?x8x?x32xf32>, tensor<?x8x?x32xf32>) {
  %o0 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form auto
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  %o1 = hadal.latent_attention %qn, %qp, %c, %kp, %w scale 0.1 causal form absorbed
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
      -> tensor<?x8x?x32xf32>
  return %o0, %o1 : tensor<?x8x?x32xf32>, tensor<?x8x?x32xf32>
}

// The same over pages: four of 64 rows for one query.
// CHECK-LABEL: @pages
// CHECK: hadal.paged_latent_attention {{.*}} form absorbed
func.func @pages(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %pool: tensor<?x64x80xf32>, %w: tensor<64x8x64xf32>,
    %table: tensor<2x4xi32>, %len: tensor<2xi32>) -> tensor<2x8x1x32xf32> {
  %o = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %table kv_lengths %len scale 0.1 causal
      : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<?x64x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>)
      -> tensor<2x8x1x32xf32>
  return %o : tensor<2x8x1x32xf32>
}
