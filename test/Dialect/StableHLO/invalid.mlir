// RUN: hadal-opt %s --verify-diagnostics --split-input-file

func.func @shape(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  // expected-error@+1 {{operand 1 of type 'tensor<5xf32>' does not have the shape of the result}}
  %0 = stablehlo.add %x, %y : (tensor<4xf32>, tensor<5xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @element(%x: tensor<4xf32>) {
  // expected-error@+1 {{has elements of 'f32', the result of 'f64'}}
  %0 = stablehlo.negate %x : (tensor<4xf32>) -> tensor<4xf64>
  return
}

// -----

func.func @reshape(%x: tensor<4xf32>) {
  // expected-error@+1 {{of 6 elements, from 'tensor<4xf32>', of 4}}
  %0 = stablehlo.reshape %x : (tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @transpose(%x: tensor<4x3xf32>) {
  // expected-error@+1 {{permutation names dimension 0 twice}}
  %0 = stablehlo.transpose %x, dims = [0, 0] : (tensor<4x3xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @slice(%x: tensor<4xf32>) {
  // expected-error@+1 {{takes up to 5 of dimension 0, which has 4}}
  %0 = stablehlo.slice %x [0:5] : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @concatenate(%x: tensor<4x3xf32>, %y: tensor<4x2xf32>) {
  // expected-error@+1 {{joins 'tensor<4x3xf32>' and 'tensor<4x2xf32>' along dimension 0}}
  %0 = stablehlo.concatenate %x, %y, dim = 0 : (tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<8x3xf32>
  return
}

// -----

func.func @broadcast(%x: tensor<4xf32>) {
  // expected-error@+1 {{repeats a dimension of size 4 to 3}}
  %0 = stablehlo.broadcast_in_dim %x, dims = [0] : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @gather(%x: tensor<4x3xf32>, %i: tensor<2x1xi32>) {
  // expected-error@+1 {{drops dimension 0 of a slice that has 2 of it}}
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 2, 3>}> : (tensor<4x3xf32>, tensor<2x1xi32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @reduce(%x: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error@+1 {{has a region of 1 arguments instead of 2}}
  %0 = "stablehlo.reduce"(%x, %z) <{dimensions = array<i64: 0>}> ({
  ^bb0(%a: tensor<f32>):
    stablehlo.return %a : tensor<f32>
  }) : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @field(%x: tensor<4x3xf32>, %i: tensor<2x1xi32>) {
  // expected-error@+1 {{unknown field 'offset'}}
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset = [1]>}> : (tensor<4x3xf32>, tensor<2x1xi32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @unknown(%x: tensor<4xf32>) {
  // expected-error@+1 {{is not supported: no operation of that name is read}}
  %0 = stablehlo.frobnicate %x : tensor<4xf32>
  return
}
