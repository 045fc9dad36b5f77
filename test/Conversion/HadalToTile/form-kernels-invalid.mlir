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

func.func @clauses(%q: tensor<1x8x?x64xf32>, %k: tensor<1x2x?x64xf32>, %n: tensor<1xi32>) -> (tensor<1x8x?x64xf32>, tensor<1x8x?xf32>) {
  // expected-error @+1 {{no kernel for attention with kv_lengths, window, softcap, lse; --hadal-decompose=level=kernels takes it apart}}
  %o, %l = hadal.attention %q, %k, %k kv_lengths %n scale 0.125 causal window 512 softcap 30.0
      : (tensor<1x8x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>, tensor<1xi32>) -> (tensor<1x8x?x64xf32>, tensor<1x8x?xf32>)
  return %o, %l : tensor<1x8x?x64xf32>, tensor<1x8x?xf32>
}

// -----

func.func @scattered_product(%x: tensor<?x?xf32>, %i: tensor<?x?xi64>, %u: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error @+1 {{no kernel scatters many elements with this reduction}}
  %s = hadal.scatter_elements %x, %i, %u axis 1 reduction mul : (tensor<?x?xf32>, tensor<?x?xi64>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %s : tensor<?x?xf32>
}

// -----

func.func @blocks(%c: i1, %x: tensor<4xf32>) -> tensor<4xf32> { // expected-error {{kernels are formed of functions with one block}}
  cf.cond_br %c, ^bb1, ^bb1
^bb1:
  return %x : tensor<4xf32>
}

// -----

func.func @two_orders(%x: tensor<?x4x4xf32>, %e: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  // expected-error @+1 {{no kernel folds results of different shapes together}}
  %r:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>], iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x : tensor<?x4x4xf32>) outs(%e, %e : tensor<4x4xf32>, tensor<4x4xf32>) {
  ^bb0(%a: f32, %o: f32, %p: f32):
    %s = arith.subf %o, %a : f32
    %t = arith.addf %p, %a : f32
    linalg.yield %s, %t : f32, f32
  } -> (tensor<4x4xf32>, tensor<4x4xf32>)
  return %r#0, %r#1 : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

func.func @doubles(%x: tensor<?x4xf64>, %w: tensor<4xf64>) -> tensor<?x4xf64> {
  // expected-error @+1 {{no kernel computes this operation in f64}}
  %n = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x4xf64>, tensor<4xf64>) -> tensor<?x4xf64>
  return %n : tensor<?x4xf64>
}
