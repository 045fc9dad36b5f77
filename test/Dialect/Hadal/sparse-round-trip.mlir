// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @compress
func.func @compress(%k: tensor<2x4x?x64xf32>, %w: tensor<1x32xf32>, %wl: tensor<4x32x64x16xf32>,
                    %w1: tensor<4x2048x128xf32>, %w1b: tensor<1x32x64x128xf32>, %b1: tensor<1x128xf32>,
                    %w2: tensor<4x128x64xf32>, %b2: tensor<4x64xf32>, %pe: tensor<4x32x64xf32>, %n: tensor<2xi64>,
                    %g: tensor<2x4x?x64xf32>, %b: tensor<32x64xf32>, %bo: tensor<16x64xf32>) {
  // CHECK: hadal.compress %{{.*}} mean length 32 stride 16 : (
  %0 = hadal.compress %k mean length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  // CHECK: hadal.compress %{{.*}} weighted weight %{{.*}} kv_lengths %{{.*}} length 32 stride 16 : (
  %1 = hadal.compress %k weighted weight %w kv_lengths %n length 32 stride 16
      : (tensor<2x4x?x64xf32>, tensor<1x32xf32>, tensor<2xi64>) -> tensor<2x4x?x64xf32>
  // CHECK: hadal.compress %{{.*}} linear weight %{{.*}} pe %{{.*}} length 32 stride 16 : (
  %2 = hadal.compress %k linear pe %pe weight %wl length 32 stride 16
      : (tensor<2x4x?x64xf32>, tensor<4x32x64x16xf32>, tensor<4x32x64xf32>) -> tensor<2x4x?x16xf32>
  // CHECK: hadal.compress %{{.*}} mlp w1 %{{.*}} activation relu w2 %{{.*}} length 32 stride 16 : (
  %3 = hadal.compress %k mlp w1 %w1 activation relu w2 %w2 length 32 stride 16
      : (tensor<2x4x?x64xf32>, tensor<4x2048x128xf32>, tensor<4x128x64xf32>) -> tensor<2x4x?x64xf32>
  // CHECK: hadal.compress %{{.*}} mlp w1 %{{.*}} bias1 %{{.*}} activation silu w2 %{{.*}} bias2 %{{.*}} pe %{{.*}} length 32
  %4 = hadal.compress %k mlp w1 %w1b bias1 %b1 activation silu w2 %w2 bias2 %b2 pe %pe length 32 stride 16
      : (tensor<2x4x?x64xf32>, tensor<1x32x64x128xf32>, tensor<1x128xf32>, tensor<4x128x64xf32>, tensor<4x64xf32>,
         tensor<4x32x64xf32>) -> tensor<2x4x?x64xf32>
  // CHECK: hadal.compress %{{.*}} gated gate %{{.*}} length 32 stride 32 : (
  %5 = hadal.compress %k gated gate %g length 32 stride 32
      : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  // CHECK: hadal.compress %{{.*}} gated gate %{{.*}} bias %{{.*}} overlap length 32 stride 16 : (
  %6 = hadal.compress %k gated gate %g bias %bo overlap length 32 stride 16
      : (tensor<2x4x?x64xf32>, tensor<2x4x?x64xf32>, tensor<16x64xf32>) -> tensor<2x4x?x32xf32>
  return
}

// CHECK-LABEL: func.func @compressed_attention
func.func @compressed_attention(%q: tensor<2x8x?x64xbf16>, %k: tensor<2x2x?x64xbf16>, %v: tensor<2x2x?x32xbf16>,
                                %m: tensor<2x1x?x?xi1>, %s: tensor<8xbf16>, %n: tensor<2xi32>) {
  // CHECK: hadal.compressed_attention %{{.*}}, %{{.*}}, %{{.*}} length 32 stride 16 scale 1.250000e-01 : (
  %0 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x32xbf16>) -> tensor<2x8x?x32xbf16>
  // CHECK: hadal.compressed_attention {{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} length 32 stride 16 scale 1.250000e-01 softcap 5.000000e+01 causal : (
  %1:3 = hadal.compressed_attention %q, %k, %v offsets %n kv_lengths %n q_lengths %n sink %s mask %m
      length 32 stride 16 scale 0.125 causal softcap 50.0
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x32xbf16>, tensor<2x1x?x?xi1>, tensor<8xbf16>,
         tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x32xbf16>, tensor<2x2x?x?xf32>, tensor<2x8x?xf32>)
  // CHECK: hadal.compressed_attention {{.*}} causal offset 0 : {{.*}} -> (tensor<2x8x?x32xbf16>, tensor<2x8x?xf32>)
  %2:2 = hadal.compressed_attention %q, %k, %v length 32 stride 16 scale 0.125 causal offset 0
      : (tensor<2x8x?x64xbf16>, tensor<2x2x?x64xbf16>, tensor<2x2x?x32xbf16>)
      -> (tensor<2x8x?x32xbf16>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @scores
func.func @scores(%p: tensor<2x2x?x7xf32>, %k: tensor<2x4x100x64xf32>, %q: tensor<2x8x?x64xf32>, %n: tensor<2xi32>,
                  %blocks: index, %qi: tensor<2x64x?x128xf32>, %ki: tensor<2x?x128xf32>, %w: tensor<2x?x64xf32>,
                  %q8: tensor<2x64x?x128xf8E4M3FN>, %k8: tensor<2x?x128xf8E4M3FN>, %qs: tensor<2x64x?xf32>,
                  %ks: tensor<2x?xf8E8M0FNU>) {
  // CHECK: hadal.block_importance %{{.*}} length 32 stride 16 block 64 : (
  %0 = hadal.block_importance %p length 32 stride 16 block 64 : (tensor<2x2x?x7xf32>) -> tensor<2x2x?x2xf32>
  // CHECK: hadal.block_importance %{{.*}} length 32 stride 16 block 64 blocks %{{.*}} : (
  %1 = hadal.block_importance %p length 32 stride 16 block 64 blocks %blocks
      : (tensor<2x2x?x7xf32>, index) -> tensor<2x2x?x?xf32>
  // CHECK: hadal.block_mean %{{.*}} block 64 : (
  %2 = hadal.block_mean %k block 64 : (tensor<2x4x100x64xf32>) -> tensor<2x4x2x64xf32>
  // CHECK: hadal.block_mean %{{.*}} kv_lengths %{{.*}} block 64 : (
  %3 = hadal.block_mean %k kv_lengths %n block 64 : (tensor<2x4x100x64xf32>, tensor<2xi32>) -> tensor<2x4x2x64xf32>
  // CHECK: hadal.block_scores %{{.*}}, %{{.*}} : (
  %4 = hadal.block_scores %q, %3 : (tensor<2x8x?x64xf32>, tensor<2x4x2x64xf32>) -> tensor<2x8x?x2xf32>
  // CHECK: hadal.block_scores %{{.*}}, %{{.*}} scale 5.000000e-01 : (
  %5 = hadal.block_scores %q, %3 scale 0.5 : (tensor<2x8x?x64xf32>, tensor<2x4x2x64xf32>) -> tensor<2x8x?x2xf32>
  // CHECK: hadal.indexer_scores %{{.*}}, %{{.*}}, %{{.*}} scale 5.000000e-01 : (
  %6 = hadal.indexer_scores %qi, %ki, %w scale 0.5
      : (tensor<2x64x?x128xf32>, tensor<2x?x128xf32>, tensor<2x?x64xf32>) -> tensor<2x1x?x?xf32>
  // CHECK: hadal.indexer_scores %{{.*}}, %{{.*}}, %{{.*}} q_scales %{{.*}} k_scales %{{.*}} scale 5.000000e-01 : (
  %7 = hadal.indexer_scores %q8, %k8, %w k_scales %ks q_scales %qs scale 0.5
      : (tensor<2x64x?x128xf8E4M3FN>, tensor<2x?x128xf8E4M3FN>, tensor<2x?x64xf32>, tensor<2x64x?xf32>,
         tensor<2x?xf8E8M0FNU>) -> tensor<2x1x?x?xf32>
  return
}

// CHECK-LABEL: func.func @select
func.func @select(%s: tensor<2x8x?x64xf32>, %t: tensor<2x1x?x?xf32>, %m: tensor<2x1x?x64xi1>, %n: tensor<2xi64>) {
  // CHECK: hadal.select %{{.*}} block 64 count 16 : (
  %0 = hadal.select %s block 64 count 16 : (tensor<2x8x?x64xf32>) -> tensor<2x8x?x16xi32>
  // CHECK: hadal.select %{{.*}} mask %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} block 64 count 16 first 1 local 2 share 4 whole causal : (
  %1:2 = hadal.select %s kv_lengths %n q_lengths %n mask %m offsets %n block 64 count 16
      share 4 local 2 first 1 whole causal
      : (tensor<2x8x?x64xf32>, tensor<2x1x?x64xi1>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>)
      -> (tensor<2x2x?x16xi64>, tensor<2x2x?x16xf32>)
  // CHECK: hadal.select %{{.*}} block 1 count 2048 causal offset 3 : (
  %2 = hadal.select %t block 1 count 2048 causal offset 3 : (tensor<2x1x?x?xf32>) -> tensor<2x1x?x2048xi32>
  return
}

// CHECK-LABEL: func.func @selected_attention
func.func @selected_attention(%q: tensor<2x8x?x64xf32>, %k: tensor<2x2x?x64xf32>, %v: tensor<2x2x?x32xf32>,
                              %i: tensor<2x2x?x16xi32>, %m: tensor<2x1x?x?xf32>, %s: tensor<8xf32>, %n: tensor<2xi32>) {
  // CHECK: hadal.selected_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} block 64 scale 1.250000e-01 : (
  %0 = hadal.selected_attention %q, %k, %v, %i block 64 scale 0.125
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.selected_attention {{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} block 64 scale 1.250000e-01 union softcap 5.000000e+01 causal : (
  %1:2 = hadal.selected_attention %q, %k, %v, %i sink %s mask %m kv_lengths %n q_lengths %n offsets %n
      block 64 scale 0.125 causal union softcap 50.0
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>, tensor<2x1x?x?xf32>,
         tensor<8xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?xf32>)
  // CHECK: hadal.selected_attention {{.*}} block 1 scale 1.250000e-01 causal offset 5 : (
  %2 = hadal.selected_attention %q, %k, %v, %i block 1 scale 0.125 causal offset 5
      : (tensor<2x8x?x64xf32>, tensor<2x2x?x64xf32>, tensor<2x2x?x32xf32>, tensor<2x2x?x16xi32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.gated_combine %{{.*}}, %{{.*}}, %{{.*}} gates %{{.*}} sigmoid : (
  %g = tensor.empty() : tensor<2x8x7x3xf32>
  %3 = hadal.gated_combine %0, %1#0, %2 gates %g sigmoid
      : (tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x?x32xf32>, tensor<2x8x7x3xf32>) -> tensor<2x8x?x32xf32>
  // CHECK: hadal.gated_combine %{{.*}} gates %{{.*}} : (
  %h = tensor.empty() : tensor<2x8x7x1xf32>
  %4 = hadal.gated_combine %0 gates %h : (tensor<2x8x?x32xf32>, tensor<2x8x7x1xf32>) -> tensor<2x8x?x32xf32>
  return
}
