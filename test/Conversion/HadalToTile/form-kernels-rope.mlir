// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// The kernels and the host program compute what the graph does.
// RUN: hadal-run %s --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=21 --output-dir=%t
// RUN: hadal-opt %s --hadal-form-kernels --canonicalize --cse -o %t/kernels.mlir
// RUN: hadal-run %t/kernels.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=21 --expected=%t/outputs.npz --tolerance=1e-6
// RUN: hadal-opt %s --hadal-form-kernels=target=cuda --canonicalize --cse --hadal-hoist-constants --hadal-allocate -o %t/host.mlir
// RUN: hadal-run %t/host.mlir --target=reference --phase=import --random-inputs=1 --dim=b=2 --dim=s=21 --expected=%t/outputs.npz --tolerance=1e-6

// All pairs of layouts.

// CHECK: func.func @rope
// CHECK-COUNT-4: tile.launch @rope
// CHECK-NOT: hadal.rope

func.func @rope(%x: tensor<?x8x?x16xf32> {hadal.name="x", hadal.dims=["b","","s",""]}, %cos: tensor<?x?x8xf32> {hadal.name="cos", hadal.dims=["b","s",""]}, %sin: tensor<?x?x8xf32> {hadal.name="sin", hadal.dims=["b","s",""]})
    -> (tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>) {
  %a = hadal.rope %x, %cos, %sin interleaved to interleaved : (tensor<?x8x?x16xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x8x?x16xf32>
  %b = hadal.rope %x, %cos, %sin halves to halves : (tensor<?x8x?x16xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x8x?x16xf32>
  %c = hadal.rope %x, %cos, %sin halves to interleaved : (tensor<?x8x?x16xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x8x?x16xf32>
  %d = hadal.rope %x, %cos, %sin interleaved to halves : (tensor<?x8x?x16xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x8x?x16xf32>
  return %a, %b, %c, %d : tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>, tensor<?x8x?x16xf32>
}
