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
  // CHECK: hadal.route %{{.*}} score softmax groups 4 keep 2 by max masked -1.000000e+00 top 4 scale 1.000000e+00 epsilon 0.000000e+00 : (
  %w3, %i3 = hadal.route %l score softmax groups 4 keep 2 by max masked -1.0 top 4
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

// Every clause of route; what is left out is printed in full.
// CHECK-LABEL: func.func @routers
func.func @routers(%l: tensor<?x16xbf16>, %b: tensor<16xf32>, %v: tensor<?xi1>, %g: tensor<?x4xi64>) {
  // CHECK: hadal.route %{{[a-z0-9]+}} score softmax groups 1 keep 1 by max top 4 scale 1.000000e+00 normalize epsilon 0.000000e+00 : (
  %w0, %i0 = hadal.route %l score softmax top 4 normalize : (tensor<?x16xbf16>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route {{.*}} score softmax_chosen groups 1 keep 1 by max top 4 scale 1.000000e+00 epsilon 0.000000e+00 : (
  %w1, %i1 = hadal.route %l score softmax_chosen top 4 : (tensor<?x16xbf16>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route %{{.*}} bias %{{.*}} score softmax rank logits groups 1 {{.*}} scale 2.000000e+00 normalize floor 9.99999968E-21 : (
  %w2, %i2 = hadal.route %l bias %b score softmax rank logits top 4 scale 2.0 normalize floor 1.0e-20
      : (tensor<?x16xbf16>, tensor<16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route %{{.*}} bias %{{.*}} valid %{{.*}} score sqrt_softplus
  %w3, %i3 = hadal.route %l bias %b valid %v score sqrt_softplus top 4 normalize epsilon 1.0e-20
      : (tensor<?x16xbf16>, tensor<16xf32>, tensor<?xi1>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // CHECK: hadal.route %{{.*}} valid %{{.*}} given %{{.*}} score identity
  %w4, %i4 = hadal.route %l valid %v given %g score identity top 4
      : (tensor<?x16xbf16>, tensor<?xi1>, tensor<?x4xi64>) -> (tensor<?x4xbf16>, tensor<?x4xi64>)
  return
}

// CHECK-LABEL: func.func @layouts
func.func @layouts(%i: tensor<5x4xi32>, %t: tensor<?x4xi64>, %x: tensor<?x8xbf16>, %w: tensor<?x4xf32>,
                   %y: tensor<512x8xbf16>) {
  // CHECK: hadal.group %{{.*}} experts 16 align 8 : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<128xi32>, tensor<16xi32>)
  %o, %p, %c = hadal.group %i experts 16 align 8
      : (tensor<5x4xi32>) -> (tensor<17xi32>, tensor<128xi32>, tensor<16xi32>)
  // CHECK: hadal.group %{{.*}} experts 16 capacity 32 : (tensor<?x4xi64>) -> (tensor<17xi32>, tensor<512xi32>, tensor<16xi32>, tensor<?xi32>)
  %o1, %p1, %c1, %v1 = hadal.group %t experts 16 capacity 32
      : (tensor<?x4xi64>) -> (tensor<17xi32>, tensor<512xi32>, tensor<16xi32>, tensor<?xi32>)
  // CHECK: hadal.permute %{{.*}}, %{{.*}} slots_per_token 4 : (
  %r = hadal.permute %x, %p1 slots_per_token 4 : (tensor<?x8xbf16>, tensor<512xi32>) -> tensor<512x8xbf16>
  // CHECK: hadal.permute %{{.*}}, %{{.*}} : (
  %q = hadal.permute %y, %v1 : (tensor<512x8xbf16>, tensor<?xi32>) -> tensor<?x8xbf16>
  // CHECK: hadal.combine %{{.*}}, %{{.*}} inverse %{{.*}} : (
  %z = hadal.combine %r, %w inverse %v1 : (tensor<512x8xbf16>, tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x8xbf16>
  // CHECK: hadal.combine %{{.*}}, %{{.*}} permutation %{{.*}} add %{{.*}} : (
  %s = hadal.combine %r, %w permutation %p1 add %x
      : (tensor<512x8xbf16>, tensor<?x4xf32>, tensor<512xi32>, tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return
}

// CHECK-LABEL: func.func @experts
func.func @experts(%x: tensor<?x192xf32>, %w: tensor<?x4xf32>, %i: tensor<?x4xi32>, %gut: tensor<16x160x192xf32>,
                   %dt: tensor<16x192x80xf32>, %fc2: tensor<16x192x160xf32>, %gub: tensor<16x160xf32>, %db: tensor<16x192xf32>,
                   %sgu: tensor<64x192xf32>, %sd: tensor<192x32xf32>, %sg: tensor<192xf32>, %sl: tensor<?xf32>,
                   %q: tensor<?x192xf8E4M3FN>, %qw: tensor<16x160x192xf4E2M1FN>, %xs: tensor<?x2xf32>,
                   %ws: tensor<16x2x2xf8E8M0FNU>, %o: tensor<17xi32>, %c: tensor<16xi32>) {
  // CHECK: hadal.activation %{{.*}} relu2 : (
  %a0 = hadal.activation %x relu2 : (tensor<?x192xf32>) -> tensor<?x192xf32>
  // CHECK: hadal.activation %{{.*}} silu alpha 1.702000e+00 : (
  %a1 = hadal.activation %x silu alpha 1.702 : (tensor<?x192xf32>) -> tensor<?x192xf32>
  // CHECK: hadal.gated_activation %{{.*}} silu interleaved limit 7.000000e+00 alpha 1.702000e+00 up_offset 1.000000e+00 : (
  %g0 = hadal.gated_activation %x silu interleaved limit 7.0 alpha 1.702 up_offset 1.0
      : (tensor<?x192xf32>) -> tensor<?x96xf32>
  // CHECK: hadal.gated_activation %{{.*}} gelu_tanh up_first : (
  %g1 = hadal.gated_activation %x gelu_tanh up_first : (tensor<?x192xf32>) -> tensor<?x96xf32>
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}} transposed counts %{{.*}} bias %{{.*}} : (
  %m0 = hadal.grouped_matmul %x, %gut, %o transposed counts %c bias %gub
      : (tensor<?x192xf32>, tensor<16x160x192xf32>, tensor<17xi32>, tensor<16xi32>, tensor<16x160xf32>)
      -> tensor<?x160xf32>
  // CHECK: hadal.grouped_matmul %{{.*}}, %{{.*}}, %{{.*}} transposed x_scales %{{.*}} block [1, 128] w_scales %{{.*}} block [128, 128] promote 64 : (
  %m1 = hadal.grouped_matmul %q, %qw, %o transposed x_scales %xs block [1, 128] w_scales %ws block [128, 128] promote 64
      : (tensor<?x192xf8E4M3FN>, tensor<16x160x192xf4E2M1FN>, tensor<17xi32>, tensor<?x2xf32>, tensor<16x2x2xf8E8M0FNU>)
      -> tensor<?x160xbf16>
  // CHECK: hadal.moe {{.*}} gate_up_bias %{{.*}} down_bias %{{.*}} shared %{{.*}}, %{{.*}} shared_gate %{{.*}} silu gate_first transposed limit 7.000000e+00 shared_limit 9.000000e+00 alpha 1.702000e+00 up_offset 1.000000e+00 : (
  %y0 = hadal.moe %x, %w, %i, %gut, %dt gate_up_bias %gub down_bias %db shared %sgu, %sd shared_gate %sg
      silu gate_first transposed limit 7.0 shared_limit 9.0 alpha 1.702 up_offset 1.0
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x160x192xf32>, tensor<16x192x80xf32>,
         tensor<16x160xf32>, tensor<16x192xf32>, tensor<64x192xf32>, tensor<192x32xf32>, tensor<192xf32>)
      -> tensor<?x192xf32>
  // CHECK: hadal.moe {{.*}} shared %{{.*}}, %{{.*}} shared_logits %{{.*}} sigmoid up_first transposed : (
  %y1 = hadal.moe %x, %w, %i, %gut, %dt shared %sgu, %sd shared_logits %sl sigmoid up_first transposed
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x160x192xf32>, tensor<16x192x80xf32>,
         tensor<64x192xf32>, tensor<192x32xf32>, tensor<?xf32>) -> tensor<?x192xf32>
  // CHECK: hadal.moe {{.*}} gate_up_bias %{{.*}} identity none transposed : (
  %y2 = hadal.moe %x, %w, %i, %gut, %fc2 gate_up_bias %gub identity none transposed
      : (tensor<?x192xf32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<16x160x192xf32>, tensor<16x192x160xf32>,
         tensor<16x160xf32>) -> tensor<?x192xf32>
  return
}
