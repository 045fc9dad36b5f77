// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// route_grad C1
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x4xi32>, %w: tensor<6x3xf32>) {
  // expected-error @+1 {{takes logits [T, E] with E static}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid : (tensor<6x16xf32>, tensor<6x4xi32>, tensor<6x3xf32>) -> tensor<6x16xf32>
  return
}

// -----

// route_grad C1, dynamic
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x?xi32>, %w: tensor<6x?xf32>) {
  // expected-error @+1 {{indices and d_weights [T, k] with k static}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid : (tensor<6x16xf32>, tensor<6x?xi32>, tensor<6x?xf32>) -> tensor<6x16xf32>
  return
}

// -----

// route_grad C1, result
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x4xi32>, %w: tensor<6x4xf32>) {
  // expected-error @+1 {{gives logits' type}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid : (tensor<6x16xf32>, tensor<6x4xi32>, tensor<6x4xf32>) -> tensor<6x16xf64>
  return
}

// -----

// route_grad C2
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x4xi32>, %w: tensor<6x4xf32>) {
  // expected-error @+1 {{scale and epsilon must be finite}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid scale 0x7F800000 : (tensor<6x16xf32>, tensor<6x4xi32>, tensor<6x4xf32>) -> tensor<6x16xf32>
  return
}

// -----

// route_grad C2, epsilon
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x4xi32>, %w: tensor<6x4xf32>) {
  // expected-error @+1 {{epsilon not negative}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid normalize epsilon -1.0 : (tensor<6x16xf32>, tensor<6x4xi32>, tensor<6x4xf32>) -> tensor<6x16xf32>
  return
}

// -----

// route_grad C3
func.func @f(%l: tensor<6x16xf32>, %i: tensor<6x4xi32>, %w: tensor<6x4xf32>) {
  // expected-error @+1 {{a floor of the sum needs normalize}}
  %0 = hadal.route_grad %l, %i d_weights %w score sigmoid floor 1.0 : (tensor<6x16xf32>, tensor<6x4xi32>, tensor<6x4xf32>) -> tensor<6x16xf32>
  return
}

// -----

// grouped_matmul_grad C1
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<3xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>) {
  // expected-error @+1 {{offsets [E + 1]}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<3xi32>, tensor<6xi32>, tensor<6x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C1, transposed
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>) {
  // expected-error @+1 {{[E, N, K] if transposed}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do transposed : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C2
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>) {
  // expected-error @+1 {{gathers at least one slot per token}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do gather 0 : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C2, no permutation
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %do: tensor<6x5xf32>) {
  // expected-error @+1 {{gather and scatter need a permutation}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o d_out %do scatter : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C3
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x8xf32>) {
  // expected-error @+1 {{d_out must be [6x5]}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x8xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C4
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>) {
  // expected-error @+1 {{d_x has x's type and d_w w's}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf64>)
  return
}

// -----

// grouped_matmul_grad C5
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>, %b: tensor<3x5xf32>) {
  // expected-error @+1 {{gives d_bias of its type, and none without one}}
  %0:2 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do bias %b : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x5xf32>, tensor<3x5xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>)
  return
}

// -----

// grouped_matmul_grad C5, sizes
func.func @f(%x: tensor<6x8xf32>, %w: tensor<3x8x5xf32>, %o: tensor<4xi32>, %p: tensor<6xi32>, %do: tensor<6x5xf32>, %b: tensor<3x8xf32>) {
  // expected-error @+1 {{with a bias, which is [E, N]}}
  %0:3 = hadal.grouped_matmul_grad %x, %w, %o, %p d_out %do bias %b : (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<4xi32>, tensor<6xi32>, tensor<6x5xf32>, tensor<3x8xf32>) -> (tensor<6x8xf32>, tensor<3x8x5xf32>, tensor<3x8xf32>)
  return
}

// -----

// permute_grad C1
func.func @f(%x: tensor<3x8xf32>, %p: tensor<6xi32>, %do: tensor<6x7xf32>) {
  // expected-error @+1 {{which agree in all dimensions but the first}}
  %0 = hadal.permute_grad %x, %p d_out %do slots_per_token 2 : (tensor<3x8xf32>, tensor<6xi32>, tensor<6x7xf32>) -> tensor<3x8xf32>
  return
}

// -----

// permute_grad C2
func.func @f(%x: tensor<3x8xf32>, %p: tensor<6xi32>, %do: tensor<6x8xf32>) {
  // expected-error @+1 {{at least one slot per token}}
  %0 = hadal.permute_grad %x, %p d_out %do slots_per_token 0 : (tensor<3x8xf32>, tensor<6xi32>, tensor<6x8xf32>) -> tensor<3x8xf32>
  return
}

// -----

// permute_grad C3
func.func @f(%x: tensor<3x8xf32>, %p: tensor<6xi32>, %do: tensor<5x8xf32>) {
  // expected-error @+1 {{d_out has a row for each of the permutation}}
  %0 = hadal.permute_grad %x, %p d_out %do slots_per_token 2 : (tensor<3x8xf32>, tensor<6xi32>, tensor<5x8xf32>) -> tensor<3x8xf32>
  return
}

// -----

// permute_grad C3, result
func.func @f(%x: tensor<3x8xf32>, %p: tensor<6xi32>, %do: tensor<6x8xf32>) {
  // expected-error @+1 {{d_x has x's type}}
  %0 = hadal.permute_grad %x, %p d_out %do slots_per_token 2 : (tensor<3x8xf32>, tensor<6xi32>, tensor<6x8xf32>) -> tensor<6x8xf32>
  return
}

// -----

// combine_grad C1
func.func @f(%y: tensor<6x8xf32>, %w: tensor<3x?xf32>, %do: tensor<3x8xf32>) {
  // expected-error @+1 {{weights [T, k] with k static}}
  %0:2 = hadal.combine_grad %y, %w d_out %do : (tensor<6x8xf32>, tensor<3x?xf32>, tensor<3x8xf32>) -> (tensor<6x8xf32>, tensor<3x?xf32>)
  return
}

// -----

// combine_grad C2
func.func @f(%y: tensor<5x8xf32>, %w: tensor<3x2xf32>, %do: tensor<3x8xf32>) {
  // expected-error @+1 {{must have [6] rows}}
  %0:2 = hadal.combine_grad %y, %w d_out %do : (tensor<5x8xf32>, tensor<3x2xf32>, tensor<3x8xf32>) -> (tensor<5x8xf32>, tensor<3x2xf32>)
  return
}

// -----

// combine_grad C3
func.func @f(%y: tensor<6x8xf32>, %w: tensor<3x2xf32>, %do: tensor<3x8xf32>, %i: tensor<5xi32>) {
  // expected-error @+1 {{takes an inverse [T*k]}}
  %0:2 = hadal.combine_grad %y, %w d_out %do inverse %i : (tensor<6x8xf32>, tensor<3x2xf32>, tensor<3x8xf32>, tensor<5xi32>) -> (tensor<6x8xf32>, tensor<3x2xf32>)
  return
}

// -----

// combine_grad C3, permutation
func.func @f(%y: tensor<6x8xf32>, %w: tensor<3x2xf32>, %do: tensor<3x8xf32>, %i: tensor<5xi32>) {
  // expected-error @+1 {{a permutation with one entry for each row of y}}
  %0:2 = hadal.combine_grad %y, %w d_out %do permutation %i : (tensor<6x8xf32>, tensor<3x2xf32>, tensor<3x8xf32>, tensor<5xi32>) -> (tensor<6x8xf32>, tensor<3x2xf32>)
  return
}

// -----

// combine_grad C4
func.func @f(%y: tensor<6x8xf32>, %w: tensor<3x2xf32>, %do: tensor<6x8xf32>) {
  // expected-error @+1 {{d_out must be [T, H] of y's element type}}
  %0:2 = hadal.combine_grad %y, %w d_out %do : (tensor<6x8xf32>, tensor<3x2xf32>, tensor<6x8xf32>) -> (tensor<6x8xf32>, tensor<3x2xf32>)
  return
}

// -----

// combine_grad C5
func.func @f(%y: tensor<6x8xf32>, %w: tensor<3x2xf32>, %do: tensor<3x8xf32>) {
  // expected-error @+1 {{d_y has y's type and d_weights weights'}}
  %0:2 = hadal.combine_grad %y, %w d_out %do : (tensor<6x8xf32>, tensor<3x2xf32>, tensor<3x8xf32>) -> (tensor<6x8xf32>, tensor<3x2xf64>)
  return
}

// -----

// activation_grad C1
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x5xf32>) {
  // expected-error @+1 {{d_out and d_x have x's type}}
  %0 = hadal.activation_grad %x d_out %do silu : (tensor<4x6xf32>, tensor<4x5xf32>) -> tensor<4x6xf32>
  return
}

// -----

// activation_grad C2
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x6xf32>) {
  // expected-error @+1 {{alpha must be finite, and 1 unless the function is silu}}
  %0 = hadal.activation_grad %x d_out %do gelu alpha 1.5 : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return
}

// -----

// gated_activation_grad C1
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x6xf32>) {
  // expected-error @+1 {{static even last dimension 2I}}
  %0 = hadal.gated_activation_grad %x d_out %do silu gate_first : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return
}

// -----

// gated_activation_grad C1, odd
func.func @f(%x: tensor<4x7xf32>, %do: tensor<4x3xf32>) {
  // expected-error @+1 {{static even last dimension 2I}}
  %0 = hadal.gated_activation_grad %x d_out %do silu gate_first : (tensor<4x7xf32>, tensor<4x3xf32>) -> tensor<4x7xf32>
  return
}

// -----

// gated_activation_grad C2
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x3xf32>) {
  // expected-error @+1 {{gives x's type}}
  %0 = hadal.gated_activation_grad %x d_out %do silu gate_first : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

// gated_activation_grad C3
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x3xf32>) {
  // expected-error @+1 {{limit must be finite and positive}}
  %0 = hadal.gated_activation_grad %x d_out %do silu gate_first limit 0.0 : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

// gated_activation_grad C3, alpha
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x3xf32>) {
  // expected-error @+1 {{alpha finite, and 1 unless}}
  %0 = hadal.gated_activation_grad %x d_out %do relu gate_first alpha 2.0 : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

// gated_activation_grad C4
func.func @f(%x: tensor<4x6xf32>, %do: tensor<4x3xf32>) {
  // expected-error @+1 {{needs an order of gate and up}}
  %0 = hadal.gated_activation_grad %x d_out %do silu none : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

// rms_norm_grad C1
func.func @f(%x: tensor<4x6x8xf32>, %w: tensor<8xf32>, %do: tensor<4x6x8xf64>) {
  // expected-error @+1 {{of one element type}}
  %0:2 = hadal.rms_norm_grad %x, %w d_out %do epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<8xf32>, tensor<4x6x8xf64>) -> (tensor<4x6x8xf32>, tensor<8xf32>)
  return
}

// -----

// rms_norm_grad C2
func.func @f(%x: tensor<4x6x8xf32>, %w: tensor<6xf32>, %do: tensor<4x6x8xf32>) {
  // expected-error @+1 {{the weight's size must be x's last dimension}}
  %0:2 = hadal.rms_norm_grad %x, %w d_out %do epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<6xf32>, tensor<4x6x8xf32>) -> (tensor<4x6x8xf32>, tensor<6xf32>)
  return
}

// -----

// rms_norm_grad C3
func.func @f(%x: tensor<4x6x8xf32>, %w: tensor<8xf32>, %do: tensor<4x5x8xf32>) {
  // expected-error @+1 {{d_out has x's sizes, and d_x x's type}}
  %0:2 = hadal.rms_norm_grad %x, %w d_out %do epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<8xf32>, tensor<4x5x8xf32>) -> (tensor<4x6x8xf32>, tensor<8xf32>)
  return
}

// -----

// rms_norm_grad C4
func.func @f(%x: tensor<4x6x8xf32>, %w: tensor<8xf32>, %do: tensor<4x6x8xf32>) {
  // expected-error @+1 {{epsilon must be finite and not negative}}
  %0:2 = hadal.rms_norm_grad %x, %w d_out %do epsilon -1.0 : (tensor<4x6x8xf32>, tensor<8xf32>, tensor<4x6x8xf32>) -> (tensor<4x6x8xf32>, tensor<8xf32>)
  return
}

// -----

// rms_norm_grad C5
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xf32>) {
  // expected-error @+1 {{weight_offset must be finite, and needs a weight}}
  %0 = hadal.rms_norm_grad %x d_out %do epsilon 1.0e-6 weight_offset 1.0 : (tensor<4x6x8xf32>, tensor<4x6x8xf32>) -> tensor<4x6x8xf32>
  return
}

// -----

// rms_norm_grad C6
func.func @f(%x: tensor<4x6x8xf32>, %w: tensor<8xf32>, %do: tensor<4x6x8xf32>) {
  // expected-error @+1 {{and none without one}}
  %0 = hadal.rms_norm_grad %x, %w d_out %do epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<8xf32>, tensor<4x6x8xf32>) -> tensor<4x6x8xf32>
  return
}

// -----

// layer_norm_grad C1
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xbf16>, %w: tensor<8xf32>) {
  // expected-error @+1 {{of one element type}}
  %0:2 = hadal.layer_norm_grad %x d_out %do weight %w epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<4x6x8xbf16>, tensor<8xf32>) -> (tensor<4x6x8xf32>, tensor<8xf32>)
  return
}

// -----

// layer_norm_grad C2
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xf32>, %w: tensor<6xf32>) {
  // expected-error @+1 {{must be x's last dimension}}
  %0:2 = hadal.layer_norm_grad %x d_out %do weight %w epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<4x6x8xf32>, tensor<6xf32>) -> (tensor<4x6x8xf32>, tensor<6xf32>)
  return
}

// -----

// layer_norm_grad C3
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xf32>, %w: tensor<8xf32>) {
  // expected-error @+1 {{d_out has x's sizes, and d_x x's type}}
  %0:2 = hadal.layer_norm_grad %x d_out %do weight %w epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<4x6x8xf32>, tensor<8xf32>) -> (tensor<4x6x9xf32>, tensor<8xf32>)
  return
}

// -----

// layer_norm_grad C4
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xf32>, %w: tensor<8xf32>) {
  // expected-error @+1 {{epsilon must be finite and not negative}}
  %0:2 = hadal.layer_norm_grad %x d_out %do weight %w epsilon 0x7F800000 : (tensor<4x6x8xf32>, tensor<4x6x8xf32>, tensor<8xf32>) -> (tensor<4x6x8xf32>, tensor<8xf32>)
  return
}

// -----

// layer_norm_grad C5
func.func @f(%x: tensor<4x6x8xf32>, %do: tensor<4x6x8xf32>, %w: tensor<8xf32>) {
  // expected-error @+1 {{gives d_x and one result for each of weight and bias}}
  %0 = hadal.layer_norm_grad %x d_out %do weight %w epsilon 1.0e-6 : (tensor<4x6x8xf32>, tensor<4x6x8xf32>, tensor<8xf32>) -> tensor<4x6x8xf32>
  return
}

// -----

// rope_grad C1
func.func @f(%do: tensor<4x16xf32>, %c: tensor<1x4x8xf32>, %s: tensor<1x4x8xf32>) {
  // expected-error @+1 {{takes d_out of rank 4 or 3}}
  %0 = hadal.rope_grad %do, %c, %s interleaved to halves : (tensor<4x16xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<4x16xf32>
  return
}

// -----

// rope_grad C2
func.func @f(%do: tensor<2x8x4x15xf32>, %c: tensor<1x4x8xf32>, %s: tensor<1x4x8xf32>) {
  // expected-error @+1 {{must be static, even and positive}}
  %0 = hadal.rope_grad %do, %c, %s interleaved to halves : (tensor<2x8x4x15xf32>, tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<2x8x4x15xf32>
  return
}

// -----

// rope_grad C2, rotate
func.func @f(%do: tensor<2x8x4x16xf32>, %c: tensor<1x4x9xf32>, %s: tensor<1x4x9xf32>) {
  // expected-error @+1 {{not more than there are}}
  %0 = hadal.rope_grad %do, %c, %s interleaved to halves rotate last : (tensor<2x8x4x16xf32>, tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

// rope_grad C3
func.func @f(%do: tensor<2x8x4x16xf32>, %c: tensor<1x4x8xf32>, %s: tensor<1x5x8xf32>) {
  // expected-error @+1 {{cos and sin must have one type [B or 1, S, R/2]}}
  %0 = hadal.rope_grad %do, %c, %s interleaved to halves : (tensor<2x8x4x16xf32>, tensor<1x4x8xf32>, tensor<1x5x8xf32>) -> tensor<2x8x4x16xf32>
  return
}

// -----

// embedding_grad C1
func.func @f(%i: tensor<2x3xi64>, %t: tensor<9x4x1xf32>, %do: tensor<2x3x4xf32>) {
  // expected-error @+1 {{takes a table [V, D]}}
  %0 = hadal.embedding_grad %i, %t d_out %do : (tensor<2x3xi64>, tensor<9x4x1xf32>, tensor<2x3x4xf32>) -> tensor<9x4x1xf32>
  return
}

// -----

// embedding_grad C2
func.func @f(%i: tensor<2x3xi64>, %t: tensor<9x4xf32>, %do: tensor<2x4x4xf32>) {
  // expected-error @+1 {{d_out must be ids' shape with D behind it}}
  %0 = hadal.embedding_grad %i, %t d_out %do : (tensor<2x3xi64>, tensor<9x4xf32>, tensor<2x4x4xf32>) -> tensor<9x4xf32>
  return
}

// -----

// embedding_grad C2, result
func.func @f(%i: tensor<2x3xi64>, %t: tensor<9x4xf32>, %do: tensor<2x3x4xf32>) {
  // expected-error @+1 {{d_table has table's type}}
  %0 = hadal.embedding_grad %i, %t d_out %do : (tensor<2x3xi64>, tensor<9x4xf32>, tensor<2x3x4xf32>) -> tensor<8x4xf32>
  return
}
