// RUN: hadal-opt %s --verify-roundtrip -o /dev/null
// RUN: hadal-opt %s --mlir-print-op-generic | hadal-opt | FileCheck %s
// RUN: hadal-opt %s | FileCheck %s

// CHECK-LABEL: func.func @caches
func.func @caches(%c: tensor<?x8x1024x64xf8E4M3FN>, %e: tensor<?x8x?x64xf8E4M3FN>, %p: tensor<?xi32>, %p2: tensor<?x?xi64>,
                  %pool: tensor<?x64x576xbf16>, %rows: tensor<2x?x576xbf16>, %table: tensor<2x8xi32>, %len: tensor<2xi64>,
                  %slots: tensor<2x?xi64>) {
  // CHECK: hadal.cache_update %{{.*}}, %{{.*}} at %{{.*}} dim 2 : (
  %0 = hadal.cache_update %c, %e at %p dim 2
      : (tensor<?x8x1024x64xf8E4M3FN>, tensor<?x8x?x64xf8E4M3FN>, tensor<?xi32>) -> tensor<?x8x1024x64xf8E4M3FN>
  // CHECK: hadal.cache_update %{{.*}}, %{{.*}} at %{{.*}} counts %{{.*}} dim 2 : (
  %1 = hadal.cache_update %c, %e at %p2 counts %p dim 2
      : (tensor<?x8x1024x64xf8E4M3FN>, tensor<?x8x?x64xf8E4M3FN>, tensor<?x?xi64>, tensor<?xi32>) -> tensor<?x8x1024x64xf8E4M3FN>
  // CHECK: hadal.paged_gather %{{.*}} pages %{{.*}} lengths %{{.*}} : (
  %2 = hadal.paged_gather %pool pages %table lengths %len
      : (tensor<?x64x576xbf16>, tensor<2x8xi32>, tensor<2xi64>) -> tensor<2x512x576xbf16>
  // CHECK: hadal.paged_append %{{.*}}, %{{.*}} pages %{{.*}} at %{{.*}} : (
  %3 = hadal.paged_append %pool, %rows pages %table at %len
      : (tensor<?x64x576xbf16>, tensor<2x?x576xbf16>, tensor<2x8xi32>, tensor<2xi64>) -> tensor<?x64x576xbf16>
  // CHECK: hadal.paged_append %{{.*}}, %{{.*}} pages %{{.*}} at %{{.*}} counts %{{.*}} : (
  %4 = hadal.paged_append %pool, %rows pages %table at %len counts %len
      : (tensor<?x64x576xbf16>, tensor<2x?x576xbf16>, tensor<2x8xi32>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x64x576xbf16>
  // CHECK: hadal.paged_write %{{.*}}, %{{.*}} slots %{{.*}} : (
  %5 = hadal.paged_write %pool, %rows slots %slots
      : (tensor<?x64x576xbf16>, tensor<2x?x576xbf16>, tensor<2x?xi64>) -> tensor<?x64x576xbf16>
  return
}

// CHECK-LABEL: func.func @paged_attention
func.func @paged_attention(%q: tensor<2x8x?x64xf32>, %k: tensor<?x16x2x64xf32>, %v: tensor<?x16x2x32xf32>, %table: tensor<2x4xi32>,
                           %len: tensor<2xi32>, %s: tensor<8xf32>, %m: tensor<1x1x?x64xi1>) {
  // CHECK: hadal.paged_attention %{{.*}}, %{{.*}}, %{{.*}} pages %{{.*}} kv_lengths %{{.*}} scale 1.250000e-01 : (
  %0 = hadal.paged_attention %q, %k, %v pages %table kv_lengths %len scale 0.125
      : (tensor<2x8x?x64xf32>, tensor<?x16x2x64xf32>, tensor<?x16x2x32xf32>, tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x8x?x32xf32>
  // CHECK: pages %{{.*}} mask %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} scale 1.250000e-01 causal window 7 softcap 3.000000e+01 : (
  %1:2 = hadal.paged_attention %q, %k, %v pages %table mask %m sink %s q_lengths %len kv_lengths %len offsets %len
      scale 0.125 causal window 7 softcap 30.0
      : (tensor<2x8x?x64xf32>, tensor<?x16x2x64xf32>, tensor<?x16x2x32xf32>, tensor<2x4xi32>, tensor<1x1x?x64xi1>, tensor<8xf32>,
         tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x?x32xf32>, tensor<2x8x?xf32>)
  return
}

// CHECK-LABEL: func.func @paged_latent_attention
func.func @paged_latent_attention(%qn: tensor<2x8x1x32xf32>, %qp: tensor<2x8x1x16xf32>, %pool: tensor<?x64x80xf32>,
                                  %w: tensor<64x8x64xf32>, %table: tensor<2x4xi32>, %len: tensor<2xi32>, %s: tensor<8xf32>) {
  // CHECK: hadal.paged_latent_attention {{.*}} pages %{{.*}} kv_lengths %{{.*}} scale 1.000000e-01 causal form absorbed : (
  %0 = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %table kv_lengths %len scale 0.1 causal form absorbed
      : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<?x64x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<2xi32>)
      -> tensor<2x8x1x32xf32>
  // CHECK: pages %{{.*}} sink %{{.*}} q_lengths %{{.*}} kv_lengths %{{.*}} offsets %{{.*}} scale 1.000000e-01 causal window 7 softcap 3.000000e+01 : (
  %1:2 = hadal.paged_latent_attention %qn, %qp, %pool, %w pages %table sink %s q_lengths %len kv_lengths %len offsets %len
      scale 0.1 causal window 7 softcap 30.0 form auto
      : (tensor<2x8x1x32xf32>, tensor<2x8x1x16xf32>, tensor<?x64x80xf32>, tensor<64x8x64xf32>, tensor<2x4xi32>, tensor<8xf32>,
         tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> (tensor<2x8x1x32xf32>, tensor<2x8x1xf32>)
  return
}
