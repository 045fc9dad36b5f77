// RUN: hadal-opt %s --hadal-form-kernels --split-input-file --verify-diagnostics
// Clauses of routing and experts that no kernel computes; `--hadal-decompose=level=kernels` makes linalg of them before.

func.func @routes(%l: tensor<?x16xf32>, %v: tensor<?xi1>)
    -> (tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>) {
  // expected-error @+1 {{no kernel computes this operation}}
  %w0, %i0 = hadal.route %l score softmax_chosen top 4 : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // expected-error @+1 {{no kernel computes this operation}}
  %w1, %i1 = hadal.route %l valid %v score sigmoid top 4
      : (tensor<?x16xf32>, tensor<?xi1>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  // expected-error @+1 {{no kernel computes this operation}}
  %w2, %i2 = hadal.route %l score sigmoid top 4 normalize floor 1.0e-20
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  return %w0, %i0, %w1, %i1, %w2, %i2
      : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>
}

// -----

func.func @experts(%i: tensor<?x4xi32>, %x: tensor<?x8xf32>, %w: tensor<16x6x8xf32>, %o: tensor<17xi32>,
                   %p: tensor<?xi32>, %s: tensor<?x4xf32>, %h: tensor<?x6xf32>)
    -> (tensor<17xi32>, tensor<?xi32>, tensor<?x6xf32>, tensor<?x3xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  // expected-error @+1 {{no kernel computes this operation}}
  %o1, %p1 = hadal.group %i experts 16 align 8 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  // expected-error @+1 {{no kernel computes this operation}}
  %m = hadal.grouped_matmul %x, %w, %o, %p gather 4 transposed
      : (tensor<?x8xf32>, tensor<16x6x8xf32>, tensor<17xi32>, tensor<?xi32>) -> tensor<?x6xf32>
  // expected-error @+1 {{no kernel computes this operation}}
  %g = hadal.gated_activation %h silu gate_first limit 7.0 : (tensor<?x6xf32>) -> tensor<?x3xf32>
  // expected-error @+1 {{no kernel computes this operation}}
  %c = hadal.combine %x, %s permutation %p : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  // expected-error @+1 {{no kernel computes this operation}}
  %r = hadal.permute %x, %p slots_per_token 4 : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return %o1, %p1, %m, %g, %c, %r
      : tensor<17xi32>, tensor<?xi32>, tensor<?x6xf32>, tensor<?x3xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}
