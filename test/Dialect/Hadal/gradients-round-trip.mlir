// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @attention_grad
func.func @attention_grad(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>,
                          %do: tensor<2x8x?x32xf32>, %dl: tensor<2x8x?xf32>, %m: tensor<2x1x?x?xi1>,
                          %s: tensor<8xf32>, %n: tensor<2xi32>, %o: tensor<2xi64>) {
  // CHECK: hadal.attention_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} scale 1.250000e-01 : (
  %0:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
  // CHECK: hadal.attention_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} d_lse %{{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} scale 1.250000e-01 causal window 128 softcap 3.000000e+01 : (
  %1:4 = hadal.attention_grad %q, %k, %v d_out %do d_lse %dl mask %m sink %s q_lengths %n kv_lengths %n offsets %o
      scale 0.125 softcap 30.0 window 128 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?xf32>,
         tensor<2x1x?x?xi1>, tensor<8xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi64>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<8xf32>)
  // CHECK: hadal.attention_grad {{.*}} causal offset -3 : (
  %2:3 = hadal.attention_grad %q, %k, %v d_out %do scale 0.125 causal offset -3
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
  return
}

// CHECK-LABEL: func.func @latent_attention_grad
func.func @latent_attention_grad(%qn: tensor<?x8x?x32xf32>, %qp: tensor<?x8x?x16xf32>, %c: tensor<?x?x64xf32>,
                                 %kp: tensor<?x?x16xf32>, %w: tensor<64x8x64xf32>, %do: tensor<?x8x?x32xf32>,
                                 %dl: tensor<?x8x?xf32>, %s: tensor<8xf32>, %n: tensor<?xi32>) {
  // CHECK: hadal.latent_attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} scale 1.000000e-01 causal : (
  %0:5 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do scale 0.1 causal
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<?x8x?x32xf32>)
      -> (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>)
  // CHECK: hadal.latent_attention_grad {{.*}} d_out %{{.*}} d_lse %{{.*}} sink %{{.*}} kv_lengths %{{.*}} scale 1.000000e-01 causal window 7 : (
  %1:6 = hadal.latent_attention_grad %qn, %qp, %c, %kp, %w d_out %do d_lse %dl sink %s kv_lengths %n scale 0.1
      window 7 causal
      : (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
         tensor<?x8x?x32xf32>, tensor<?x8x?xf32>, tensor<8xf32>, tensor<?xi32>)
      -> (tensor<?x8x?x32xf32>, tensor<?x8x?x16xf32>, tensor<?x?x64xf32>, tensor<?x?x16xf32>, tensor<64x8x64xf32>,
          tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @merge_attention_grad
func.func @merge_attention_grad(%a: tensor<2x8x?x64xbf16>, %l: tensor<2x8x?xf32>, %s: tensor<8xf32>) {
  // CHECK: hadal.merge_attention_grad outs(%{{.*}}, %{{.*}}) lses(%{{.*}}, %{{.*}}) d_out %{{.*}} d_lse %{{.*}} sink %{{.*}} : (
  %0:5 = hadal.merge_attention_grad outs(%a, %a) lses(%l, %l) d_out %a d_lse %l sink %s
      : (tensor<2x8x?x64xbf16>, tensor<2x8x?x64xbf16>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<2x8x?x64xbf16>,
         tensor<2x8x?xf32>, tensor<8xf32>)
      -> (tensor<2x8x?x64xbf16>, tensor<2x8x?x64xbf16>, tensor<2x8x?xf32>, tensor<2x8x?xf32>, tensor<8xf32>)
  // CHECK: hadal.merge_attention_grad outs(%{{.*}}) lses(%{{.*}}) d_out %{{.*}} : (
  %1:2 = hadal.merge_attention_grad outs(%a) lses(%l) d_out %a
      : (tensor<2x8x?x64xbf16>, tensor<2x8x?xf32>, tensor<2x8x?x64xbf16>) -> (tensor<2x8x?x64xbf16>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @compress_grad
func.func @compress_grad(%x: tensor<2x4x80x8xf32>, %do: tensor<2x4x4x8xf32>, %dh: tensor<2x4x5x4xf32>, %w: tensor<1x32xf32>,
                         %lin: tensor<4x32x8x8xf32>, %w1: tensor<4x256x16xf32>, %b1: tensor<4x16xf32>,
                         %w2: tensor<4x16x8xf32>, %b2: tensor<1x8xf32>, %bias: tensor<16x8xf32>,
                         %pe: tensor<4x32x8xf32>, %n: tensor<2xi32>) {
  // CHECK: hadal.compress_grad %{{.*}} d_out %{{.*}} mean kv_lengths %{{.*}} length 32 stride 16 : (
  %0 = hadal.compress_grad %x d_out %do mean kv_lengths %n length 32 stride 16
      : (tensor<2x4x80x8xf32>, tensor<2x4x4x8xf32>, tensor<2xi32>) -> tensor<2x4x80x8xf32>
  // CHECK: hadal.compress_grad %{{.*}} d_out %{{.*}} weighted weight %{{.*}} length 32 stride 16 : (
  %1:2 = hadal.compress_grad %x d_out %do weighted weight %w length 32 stride 16
      : (tensor<2x4x80x8xf32>, tensor<2x4x4x8xf32>, tensor<1x32xf32>) -> (tensor<2x4x80x8xf32>, tensor<1x32xf32>)
  %2:3 = hadal.compress_grad %x d_out %do linear weight %lin pe %pe length 32 stride 16
      : (tensor<2x4x80x8xf32>, tensor<2x4x4x8xf32>, tensor<4x32x8x8xf32>, tensor<4x32x8xf32>)
      -> (tensor<2x4x80x8xf32>, tensor<4x32x8x8xf32>, tensor<4x32x8xf32>)
  // CHECK: hadal.compress_grad %{{.*}} d_out %{{.*}} mlp w1 %{{.*}} bias1 %{{.*}} activation silu w2 %{{.*}} bias2 %{{.*}} length 32 stride 16 : (
  %3:5 = hadal.compress_grad %x d_out %do mlp w1 %w1 bias1 %b1 activation silu w2 %w2 bias2 %b2 length 32 stride 16
      : (tensor<2x4x80x8xf32>, tensor<2x4x4x8xf32>, tensor<4x256x16xf32>, tensor<4x16xf32>, tensor<4x16x8xf32>,
         tensor<1x8xf32>)
      -> (tensor<2x4x80x8xf32>, tensor<4x256x16xf32>, tensor<4x16xf32>, tensor<4x16x8xf32>, tensor<1x8xf32>)
  // CHECK: hadal.compress_grad %{{.*}} d_out %{{.*}} gated gate %{{.*}} bias %{{.*}} overlap length 32 stride 16 : (
  %4:3 = hadal.compress_grad %x d_out %dh gated gate %x bias %bias overlap length 32 stride 16
      : (tensor<2x4x80x8xf32>, tensor<2x4x5x4xf32>, tensor<2x4x80x8xf32>, tensor<16x8xf32>)
      -> (tensor<2x4x80x8xf32>, tensor<2x4x80x8xf32>, tensor<16x8xf32>)
  return
}

// CHECK-LABEL: func.func @sparse_attention_grad
func.func @sparse_attention_grad(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>,
                                 %do: tensor<2x8x?x32xf32>, %dl: tensor<2x8x?xf32>, %i: tensor<2x2x?x16xi64>,
                                 %m: tensor<1x1x1x?xf32>, %s: tensor<8xf32>, %n: tensor<2xi32>) {
  // CHECK: hadal.compressed_attention_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} length 32 stride 16 scale 1.250000e-01 causal offset 0 : (
  %0:3 = hadal.compressed_attention_grad %q, %k, %v d_out %do length 32 stride 16 scale 0.125 causal offset 0
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
  // CHECK: hadal.compressed_attention_grad {{.*}} d_out %{{.*}} d_lse %{{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} length 32 stride 16 scale 1.250000e-01 softcap 2.000000e+00 causal : (
  %1:4 = hadal.compressed_attention_grad %q, %k, %v d_out %do d_lse %dl mask %m sink %s q_lengths %n kv_lengths %n
      offsets %n length 32 stride 16 scale 0.125 causal softcap 2.0
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?xf32>,
         tensor<1x1x1x?xf32>, tensor<8xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<8xf32>)
  // CHECK: hadal.selected_attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} block 64 scale 1.250000e-01 causal : (
  %2:3 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do block 64 scale 0.125 causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi64>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>)
  // CHECK: hadal.selected_attention_grad {{.*}} d_out %{{.*}} d_lse %{{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} block 1 scale 1.250000e-01 union softcap 2.000000e+00 causal : (
  %3:4 = hadal.selected_attention_grad %q, %k, %v, %i d_out %do d_lse %dl mask %m sink %s q_lengths %n kv_lengths %n
      offsets %n block 1 scale 0.125 softcap 2.0 union causal
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi64>, tensor<2x8x?x32xf32>,
         tensor<2x8x?xf32>, tensor<1x1x1x?xf32>, tensor<8xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>)
      -> (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @gated_combine_grad
func.func @gated_combine_grad(%a: tensor<2x8x?x32xf32>, %g: tensor<2x8x?x2xf32>) {
  // CHECK: hadal.gated_combine_grad %{{.*}}, %{{.*}} gates %{{.*}} d_out %{{.*}} sigmoid : (
  %0:3 = hadal.gated_combine_grad %a, %a gates %g d_out %a sigmoid
      : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x2xf32>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x2xf32>)
  // CHECK: hadal.gated_combine_grad %{{.*}}, %{{.*}} gates %{{.*}} d_out %{{.*}} : (
  %1:3 = hadal.gated_combine_grad %a, %a gates %g d_out %a
      : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x2xf32>, tensor<2x8x?x32xf32>)
      -> (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x2xf32>)
  return
}

// CHECK-LABEL: func.func @route_grad
func.func @route_grad(%l: tensor<?x16xf32>, %i: tensor<?x4xi32>, %w: tensor<?x4xf32>) {
  // CHECK: hadal.route_grad %{{.*}}, %{{.*}} d_weights %{{.*}} score sigmoid scale 2.500000e+00 normalize epsilon 9.99999968E-21 : (
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid scale 2.5 normalize epsilon 1.0e-20
      : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
  // CHECK: hadal.route_grad {{.*}} score softmax {{.*}}: (
  %1 = hadal.route_grad %l, %i d_weights %w score softmax
      : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
  // CHECK: hadal.route_grad {{.*}} score softmax_chosen {{.*}}: (
  %2 = hadal.route_grad %l, %i d_weights %w score softmax_chosen
      : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
  // CHECK: hadal.route_grad {{.*}} score sqrt_softplus {{.*}} normalize floor 1.000000e-01 : (
  %3 = hadal.route_grad %l, %i d_weights %w score sqrt_softplus normalize floor 0.1
      : (tensor<?x16xf32>, tensor<?x4xi32>, tensor<?x4xf32>) -> tensor<?x16xf32>
  return
}

// CHECK-LABEL: func.func @experts_grad
func.func @experts_grad(%x: tensor<?x192xbf16>, %w: tensor<16x192x160xbf16>, %wt: tensor<16x160x192xbf16>, %o: tensor<17xi32>,
                        %p: tensor<?xi32>, %do: tensor<?x160xf32>, %c: tensor<16xi32>, %b: tensor<16x160xf32>,
                        %rw: tensor<?x4xf32>, %r: tensor<?x192xbf16>) {
  // CHECK: hadal.grouped_matmul_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} gather 4 scatter counts %{{.*}} bias %{{.*}} : (
  %0:3 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do gather 4 scatter counts %c bias %b
      : (tensor<?x192xbf16>, tensor<16x192x160xbf16>, tensor<17xi32>, tensor<?xi32>, tensor<?x160xf32>, tensor<16xi32>,
         tensor<16x160xf32>) -> (tensor<?x192xbf16>, tensor<16x192x160xbf16>, tensor<16x160xf32>)
  // CHECK: hadal.grouped_matmul_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} transposed : (
  %1:2 = hadal.grouped_matmul_grad %x, %wt, %o d_out %do transposed
      : (tensor<?x192xbf16>, tensor<16x160x192xbf16>, tensor<17xi32>, tensor<?x160xf32>)
      -> (tensor<?x192xbf16>, tensor<16x160x192xbf16>)
  // CHECK: hadal.permute_grad %{{.*}}, %{{.*}} d_out %{{.*}} slots_per_token 4 : (
  %2 = hadal.permute_grad %x, %p d_out %r slots_per_token 4
      : (tensor<?x192xbf16>, tensor<?xi32>, tensor<?x192xbf16>) -> tensor<?x192xbf16>
  // CHECK: hadal.permute_grad %{{.*}}, %{{.*}} d_out %{{.*}} : (
  %3 = hadal.permute_grad %x, %p d_out %r : (tensor<?x192xbf16>, tensor<?xi32>, tensor<?x192xbf16>) -> tensor<?x192xbf16>
  // CHECK: hadal.combine_grad %{{.*}}, %{{.*}} d_out %{{.*}} : (
  %4:2 = hadal.combine_grad %x, %rw d_out %r
      : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?x192xbf16>) -> (tensor<?x192xbf16>, tensor<?x4xf32>)
  // CHECK: hadal.combine_grad %{{.*}}, %{{.*}} d_out %{{.*}} inverse %{{.*}} : (
  %5:2 = hadal.combine_grad %x, %rw d_out %r inverse %p
      : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?x192xbf16>, tensor<?xi32>) -> (tensor<?x192xbf16>, tensor<?x4xf32>)
  // CHECK: hadal.combine_grad %{{.*}}, %{{.*}} d_out %{{.*}} permutation %{{.*}} : (
  %6:2 = hadal.combine_grad %x, %rw d_out %r permutation %p
      : (tensor<?x192xbf16>, tensor<?x4xf32>, tensor<?x192xbf16>, tensor<?xi32>) -> (tensor<?x192xbf16>, tensor<?x4xf32>)
  return
}

// CHECK-LABEL: func.func @activation_grad
func.func @activation_grad(%x: tensor<?x160xf32>, %do: tensor<?x80xf32>) {
  // CHECK: hadal.activation_grad %{{.*}} d_out %{{.*}} silu alpha 1.702000e+00 : (
  %0 = hadal.activation_grad %x d_out %x silu alpha 1.702 : (tensor<?x160xf32>, tensor<?x160xf32>) -> tensor<?x160xf32>
  // CHECK: hadal.activation_grad %{{.*}} d_out %{{.*}} gelu_tanh : (
  %1 = hadal.activation_grad %x d_out %x gelu_tanh : (tensor<?x160xf32>, tensor<?x160xf32>) -> tensor<?x160xf32>
  // CHECK: hadal.gated_activation_grad %{{.*}} d_out %{{.*}} silu {{ *}}gate_first : (
  %2 = hadal.gated_activation_grad %x d_out %do silu gate_first : (tensor<?x160xf32>, tensor<?x80xf32>) -> tensor<?x160xf32>
  // CHECK: hadal.gated_activation_grad %{{.*}} d_out %{{.*}} silu {{ *}}interleaved limit 7.000000e+00 alpha 1.702000e+00 up_offset 1.000000e+00 : (
  %3 = hadal.gated_activation_grad %x d_out %do silu interleaved limit 7.0 alpha 1.702 up_offset 1.0
      : (tensor<?x160xf32>, tensor<?x80xf32>) -> tensor<?x160xf32>
  return
}

// CHECK-LABEL: func.func @layers_grad
func.func @layers_grad(%x: tensor<?x8x?x16xf32>, %w: tensor<16xf32>, %c: tensor<1x?x8xf32>, %c4: tensor<1x?x4xf32>,
                       %i: tensor<?x?xi64>, %t: tensor<256x16xf32>, %e: tensor<?x?x16xf32>) {
  // CHECK: hadal.rms_norm_grad %{{.*}}, %{{.*}} d_out %{{.*}} epsilon 9.99999997E-7 weight_offset 1.000000e+00 : (
  %0:2 = hadal.rms_norm_grad %x, %w d_out %x epsilon 1.0e-6 weight_offset 1.0
      : (tensor<?x8x?x16xf32>, tensor<16xf32>, tensor<?x8x?x16xf32>) -> (tensor<?x8x?x16xf32>, tensor<16xf32>)
  // CHECK: hadal.rms_norm_grad %{{.*}} d_out %{{.*}} epsilon 9.99999997E-7 : (
  %1 = hadal.rms_norm_grad %x d_out %x epsilon 1.0e-6 : (tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>) -> tensor<?x8x?x16xf32>
  // CHECK: hadal.layer_norm_grad %{{.*}} d_out %{{.*}} weight %{{.*}} bias %{{.*}} epsilon 9.99999997E-7 : (
  %2:3 = hadal.layer_norm_grad %x d_out %x weight %w bias %w epsilon 1.0e-6
      : (tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<?x8x?x16xf32>, tensor<16xf32>, tensor<16xf32>)
  // CHECK: hadal.layer_norm_grad %{{.*}} d_out %{{.*}} bias %{{.*}} epsilon 9.99999997E-7 : (
  %3:2 = hadal.layer_norm_grad %x d_out %x bias %w epsilon 1.0e-6
      : (tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<16xf32>) -> (tensor<?x8x?x16xf32>, tensor<16xf32>)
  // CHECK: hadal.rope_grad %{{.*}}, %{{.*}}, %{{.*}} interleaved {{ *}}to {{ *}}halves : (
  %4 = hadal.rope_grad %x, %c, %c interleaved to halves
      : (tensor<?x8x?x16xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<?x8x?x16xf32>
  // CHECK: hadal.rope_grad %{{.*}}, %{{.*}}, %{{.*}} halves {{ *}}to {{ *}}halves rotate {{ *}}first inverse : (
  %5 = hadal.rope_grad %x, %c4, %c4 halves to halves rotate first inverse
      : (tensor<?x8x?x16xf32>, tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<?x8x?x16xf32>
  // CHECK: hadal.embedding_grad %{{.*}}, %{{.*}} d_out %{{.*}} : (
  %6 = hadal.embedding_grad %i, %t d_out %e
      : (tensor<?x?xi64>, tensor<256x16xf32>, tensor<?x?x16xf32>) -> tensor<256x16xf32>
  return
}

// CHECK-LABEL: func.func @varlen_attention_grad
func.func @varlen_attention_grad(%q: tensor<?x8x64xf32>, %k: tensor<?x2x64xf32>, %v: tensor<?x2x32xf32>,
                                 %a: tensor<5xi32>, %do: tensor<?x8x32xf32>, %l: tensor<8x?xf32>, %s: tensor<8xf32>) {
  // CHECK: hadal.varlen_attention_grad %{{.*}}, %{{.*}}, %{{.*}} cu_q %{{.*}} cu_kv %{{.*}} d_out %{{.*}} scale 1.250000e-01 : (
  %0:3 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %a d_out %do scale 0.125
      : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>, tensor<5xi32>, tensor<5xi32>, tensor<?x8x32xf32>)
      -> (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>)
  // CHECK: hadal.varlen_attention_grad {{.*}} d_out %{{.*}} d_lse %{{.*}} sink %{{.*}} scale 1.250000e-01 causal window 3 softcap 2.000000e+00 : (
  %1:4 = hadal.varlen_attention_grad %q, %k, %v cu_q %a cu_kv %a d_out %do d_lse %l sink %s scale 0.125 window 3 causal softcap 2.0
      : (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>, tensor<5xi32>, tensor<5xi32>, tensor<?x8x32xf32>,
         tensor<8x?xf32>, tensor<8xf32>)
      -> (tensor<?x8x64xf32>, tensor<?x2x64xf32>, tensor<?x2x32xf32>, tensor<8xf32>)
  return
}

// CHECK-LABEL: func.func @indexer_scores_grad
func.func @indexer_scores_grad(%q: tensor<2x64x?x128xf32>, %k: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>,
                               %do: tensor<2x1x?x?xf32>, %a: tensor<2x64x?xf32>, %b: tensor<2x?xf32>) {
  // CHECK: hadal.indexer_scores_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} q_scales %{{.*}} k_scales %{{.*}} scale 5.000000e-01 : (
  %0:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do k_scales %b q_scales %a scale 0.5
      : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>, tensor<2x1x?x?xf32>, tensor<2x64x?xf32>, tensor<2x?xf32>)
      -> (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>)
  // CHECK: hadal.indexer_scores_grad %{{.*}}, %{{.*}}, %{{.*}} d_out %{{.*}} scale 5.000000e-01 : (
  %1:3 = hadal.indexer_scores_grad %q, %k, %w d_out %do scale 0.5
      : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>, tensor<2x1x?x?xf32>)
      -> (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>)
  return
}
