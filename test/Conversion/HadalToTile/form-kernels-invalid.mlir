// RUN: hadal-opt %s --hadal-form-kernels --split-input-file --verify-diagnostics
// RUN: not hadal-opt %s --hadal-form-kernels=target=tpu 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not hadal-opt %s --hadal-form-kernels=precision=f8 2>&1 | FileCheck %s --check-prefix=PRECISION
// TARGET: error: the target of kernels is cpu or cuda, not tpu
// PRECISION: error: the precision of kernels is f32, tf32 or bf16, not f8

func.func @unknown(%x: tensor<?x4xf32>, %n: index) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %c0 = arith.constant 0.0 : f32
  // expected-error @+1 {{no kernel computes this operation}}
  %p = tensor.pad %x low[0, 0] high[%n, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c0 : f32
  } : tensor<?x4xf32> to tensor<?x4xf32>
  // expected-error @+1 {{no kernel computes this operation}}
  %q = tensor.pad %x low[%n, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c0 : f32
  } : tensor<?x4xf32> to tensor<?x4xf32>
  return %p, %q : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

func.func @reverse(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{no kernel for a running sum from the end}}
  %s = hadal.cumsum %x axis 0 reverse : tensor<?x4xf32>
  return %s : tensor<?x4xf32>
}

// -----

func.func @dynamic_topk(%x: tensor<?x?xf32>, %k: index) -> tensor<?x?xf32> {
  // expected-error @+1 {{no kernel for a top-k of dynamic sizes}}
  %v, %i = hadal.topk %x, %k largest : (tensor<?x?xf32>, index) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return %v : tensor<?x?xf32>
}
