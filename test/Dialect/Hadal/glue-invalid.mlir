// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// gather C1
func.func @f(%t: tensor<256x192xf32>, %i: tensor<2x3xi64>) {
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = hadal.gather %t, %i axis 2 : (tensor<256x192xf32>, tensor<2x3xi64>) -> tensor<2x3x192xf32>
  return
}

// -----

// gather C2
func.func @f(%t: tensor<256x192xf32>, %i: tensor<2x3xi64>) {
  // expected-error @+1 {{gives [2x3x192] of data's element type}}
  %0 = hadal.gather %t, %i axis 0 : (tensor<256x192xf32>, tensor<2x3xi64>) -> tensor<2x192xf32>
  return
}

// -----

// gather_nd C1
func.func @f(%t: tensor<16x192xf32>, %i: tensor<7x3xi64>) {
  // expected-error @+1 {{takes indices with a static tuple size, which with batch_dims fits data's rank}}
  %0 = hadal.gather_nd %t, %i batch_dims 0 : (tensor<16x192xf32>, tensor<7x3xi64>) -> tensor<7xf32>
  return
}

// -----

// gather_nd C2
func.func @f(%t: tensor<16x192xf32>, %i: tensor<7x1xi64>) {
  // expected-error @+1 {{gives [7x192] of data's element type}}
  %0 = hadal.gather_nd %t, %i batch_dims 0 : (tensor<16x192xf32>, tensor<7x1xi64>) -> tensor<7xf32>
  return
}

// -----

// gather_elements C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5xi64>) {
  // expected-error @+1 {{takes data and indices of one rank, and an axis within it}}
  %0 = hadal.gather_elements %t, %i axis 1 : (tensor<5x16xf32>, tensor<5xi64>) -> tensor<5xf32>
  return
}

// -----

// gather_elements C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>) {
  // expected-error @+1 {{gives indices' shape and data's element type}}
  %0 = hadal.gather_elements %t, %i axis 1 : (tensor<5x16xf32>, tensor<5x4xi64>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_elements C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>, %u: tensor<5x4xf32>) {
  // expected-error @+1 {{takes data, indices and updates of one rank, and an axis within it}}
  %0 = hadal.scatter_elements %t, %i, %u axis -1 reduction none : (tensor<5x16xf32>, tensor<5x4xi64>, tensor<5x4xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_elements C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<5x4xi64>, %u: tensor<5x3xf32>) {
  // expected-error @+1 {{takes updates of indices' shape and data's element type, and gives data's type}}
  %0 = hadal.scatter_elements %t, %i, %u axis 1 reduction none : (tensor<5x16xf32>, tensor<5x4xi64>, tensor<5x3xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C1
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x3xi64>, %u: tensor<7xf32>) {
  // expected-error @+1 {{takes indices with a static tuple size of at most data's rank}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x3xi64>, tensor<7xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C2
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x1xi64>, %u: tensor<7x15xf32>) {
  // expected-error @+1 {{takes updates [7x16], not 'tensor<7x15xf32>'}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x1xi64>, tensor<7x15xf32>) -> tensor<5x16xf32>
  return
}

// -----

// scatter_nd C3
func.func @f(%t: tensor<5x16xf32>, %i: tensor<7x1xi64>, %u: tensor<7x16xf32>) {
  // expected-error @+1 {{updates and result must have data's element type, the result its shape}}
  %0 = hadal.scatter_nd %t, %i, %u reduction none : (tensor<5x16xf32>, tensor<7x1xi64>, tensor<7x16xf32>) -> tensor<6x16xf32>
  return
}

// -----

// topk C1
func.func @f(%x: tensor<5x16xf32>) {
  %k = arith.constant 17 : index
  // expected-error @+1 {{k = 17 is not between 0 and the last dimension, 16}}
  %0:2 = hadal.topk %x, %k largest : (tensor<5x16xf32>, index) -> (tensor<5x17xf32>, tensor<5x17xi64>)
  return
}

// -----

// topk C2
func.func @f(%x: tensor<5x16xf32>, %k: index) {
  // expected-error @+1 {{gives [5x?] twice, values of x's element type}}
  %0:2 = hadal.topk %x, %k largest : (tensor<5x16xf32>, index) -> (tensor<6x?xf32>, tensor<5x?xi64>)
  return
}

// -----

// cumsum C1
func.func @f(%x: tensor<5x16xf32>) {
  // expected-error @+1 {{axis 2 is outside rank 2}}
  %0 = hadal.cumsum %x axis 2 : tensor<5x16xf32>
  return
}

// -----

// nonzero C1
func.func @nonzero_rank(%x: tensor<i1>) {
  %n = arith.constant 0 : index
  // expected-error @+1 {{takes a tensor of rank 1 or more}}
  %0 = hadal.nonzero %x, %n : (tensor<i1>, index) -> tensor<0x0xi64>
  return
}

// -----

// nonzero C1
func.func @nonzero_count(%x: tensor<2x3xi1>) {
  %n = arith.constant 7 : index
  // expected-error @+1 {{count = 7 is not between 0 and the number of elements}}
  %0 = hadal.nonzero %x, %n : (tensor<2x3xi1>, index) -> tensor<2x7xi64>
  return
}

// -----

// nonzero C2
func.func @nonzero_result(%x: tensor<2x3xi1>, %n: index) {
  // expected-error @+1 {{gives [2x?], not 'tensor<3x?xi64>'}}
  %0 = hadal.nonzero %x, %n : (tensor<2x3xi1>, index) -> tensor<3x?xi64>
  return
}
