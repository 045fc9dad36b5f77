// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=3 --dim=past=21 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=3 --dim=past=21 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=3 --dim=past=21 --expected=%t/outputs.npz --tolerance=1e-6

// The new entries are computed straight into the longer cache.

// CHECK: func.func @latent
// CHECK: %[[OLD:.*]] = tile.launch @copy
// CHECK: tile.launch @rms_norm{{.*}} outs(%[[OLD]] :
// CHECK: %[[OLDK:.*]] = tile.launch @copy
// CHECK: tile.launch @rope{{.*}} outs(%[[OLDK]] :

func.func @latent(%ckv: tensor<?x?x80xf32> {hadal.name="ckv", hadal.dims=["b","s",""]}, %w: tensor<64xf32>, %cos: tensor<1x?x8xf32> {hadal.name="cos", hadal.dims=["","s",""]}, %sin: tensor<1x?x8xf32> {hadal.name="sin", hadal.dims=["","s",""]},
   %cache: tensor<?x?x64xf32> {hadal.name="cache", hadal.dims=["b","past",""]}, %kc: tensor<?x?x16xf32> {hadal.name="kc", hadal.dims=["b","past",""]}) -> (tensor<?x?x64xf32>, tensor<?x?x16xf32>) {
  %l, %k = hadal.latent_projection %ckv, %w, %cos, %sin epsilon 1.0e-6 rope interleaved to halves
        : (tensor<?x?x80xf32>, tensor<64xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> (tensor<?x?x64xf32>, tensor<?x?x16xf32>)
  %a = hadal.cache_append %cache, %l dim 1 : (tensor<?x?x64xf32>, tensor<?x?x64xf32>) -> tensor<?x?x64xf32>
  %b = hadal.cache_append %kc, %k dim 1 : (tensor<?x?x16xf32>, tensor<?x?x16xf32>) -> tensor<?x?x16xf32>
  return %a, %b : tensor<?x?x64xf32>, tensor<?x?x16xf32>
}
