// RUN: hadal-opt %s --hadal-raise --split-input-file | FileCheck %s

// Loops over experts that were unrolled.

// Each expert on a list of its pairs of token and choice, added where they came from. Experts have no gate.

// CHECK-LABEL: func.func @listed
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x2xf32>, %[[UP:[a-z0-9]+]]: tensor<2x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @listed(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>,
    %n0: index, %n1: index) -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %empty = tensor.empty() : tensor<5x4xf32>
  %sum = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x4xf32>) -> tensor<5x4xf32>
  %flat = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %c0 = arith.constant 0 : i64
  %mask0_e = tensor.empty() : tensor<5x2xi1>
  %mask0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask0_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c0 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list0 = hadal.nonzero %mask0, %n0 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t0_s = tensor.extract_slice %list0[0, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j0_s = tensor.extract_slice %list0[1, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows0 = hadal.gather %x, %t0_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h0_e = tensor.empty(%n0) : tensor<?x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h0 = linalg.matmul ins(%rows0, %up0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a0__e = tensor.empty(%n0) : tensor<?x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<?x3xf32>) outs(%a0__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot0_e = tensor.empty(%n0) : tensor<?xi64>
  %slot0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t0_s, %j0_s : tensor<?xi64>, tensor<?xi64>) outs(%slot0_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w0 = hadal.gather %flat, %slot0 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %wy0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y0, %w0 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy0_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at0_e = tensor.empty(%n0) : tensor<?x4xi64>
  %at0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t0_s : tensor<?xi64>) outs(%at0_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to0 = hadal.scatter_elements %sum, %at0, %wy0 axis 0 reduction add : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  %c1 = arith.constant 1 : i64
  %mask1_e = tensor.empty() : tensor<5x2xi1>
  %mask1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask1_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c1 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list1 = hadal.nonzero %mask1, %n1 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t1_s = tensor.extract_slice %list1[0, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j1_s = tensor.extract_slice %list1[1, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows1 = hadal.gather %x, %t1_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h1_e = tensor.empty(%n1) : tensor<?x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h1 = linalg.matmul ins(%rows1, %up1 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a1__e = tensor.empty(%n1) : tensor<?x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<?x3xf32>) outs(%a1__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot1_e = tensor.empty(%n1) : tensor<?xi64>
  %slot1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t1_s, %j1_s : tensor<?xi64>, tensor<?xi64>) outs(%slot1_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w1 = hadal.gather %flat, %slot1 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %wy1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y1, %w1 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy1_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at1_e = tensor.empty(%n1) : tensor<?x4xi64>
  %at1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t1_s : tensor<?xi64>) outs(%at1_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to1 = hadal.scatter_elements %to0, %at1, %wy1 axis 0 reduction add : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  return %to1 : tensor<5x4xf32>
}

// -----

// Writes instead of sums: a token chooses no expert twice.

// CHECK-LABEL: func.func @written
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x2xf32>, %[[UP:[a-z0-9]+]]: tensor<2x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @written(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>,
    %n0: index, %n1: index) -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %empty = tensor.empty() : tensor<5x4xf32>
  %sum = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x4xf32>) -> tensor<5x4xf32>
  %flat = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %c0 = arith.constant 0 : i64
  %mask0_e = tensor.empty() : tensor<5x2xi1>
  %mask0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask0_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c0 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list0 = hadal.nonzero %mask0, %n0 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t0_s = tensor.extract_slice %list0[0, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j0_s = tensor.extract_slice %list0[1, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows0 = hadal.gather %x, %t0_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h0_e = tensor.empty(%n0) : tensor<?x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h0 = linalg.matmul ins(%rows0, %up0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a0__e = tensor.empty(%n0) : tensor<?x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<?x3xf32>) outs(%a0__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot0_e = tensor.empty(%n0) : tensor<?xi64>
  %slot0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t0_s, %j0_s : tensor<?xi64>, tensor<?xi64>) outs(%slot0_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w0 = hadal.gather %flat, %slot0 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %wy0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y0, %w0 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy0_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at0_e = tensor.empty(%n0) : tensor<?x4xi64>
  %at0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t0_s : tensor<?xi64>) outs(%at0_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to0 = hadal.scatter_elements %sum, %at0, %wy0 axis 0 reduction none : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  %c1 = arith.constant 1 : i64
  %mask1_e = tensor.empty() : tensor<5x2xi1>
  %mask1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask1_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c1 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list1 = hadal.nonzero %mask1, %n1 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t1_s = tensor.extract_slice %list1[0, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j1_s = tensor.extract_slice %list1[1, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows1 = hadal.gather %x, %t1_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h1_e = tensor.empty(%n1) : tensor<?x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h1 = linalg.matmul ins(%rows1, %up1 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a1__e = tensor.empty(%n1) : tensor<?x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<?x3xf32>) outs(%a1__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot1_e = tensor.empty(%n1) : tensor<?xi64>
  %slot1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t1_s, %j1_s : tensor<?xi64>, tensor<?xi64>) outs(%slot1_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w1 = hadal.gather %flat, %slot1 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %wy1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y1, %w1 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy1_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at1_e = tensor.empty(%n1) : tensor<?x4xi64>
  %at1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t1_s : tensor<?xi64>) outs(%at1_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to1 = hadal.scatter_elements %sum, %at1, %wy1 axis 0 reduction none : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  %all_e = tensor.empty() : tensor<5x4xf32>
  %all = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%to0, %to1 : tensor<5x4xf32>, tensor<5x4xf32>) outs(%all_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.addf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %all : tensor<5x4xf32>
}

// -----

// Choices from outside may name an expert twice, of which one write is lost.

// CHECK-LABEL: func.func @written_twice
// CHECK-NOT: hadal.moe
func.func @written_twice(%x: tensor<5x4xf32>, %i: tensor<5x2xi64>, %w: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>,
    %n0: index, %n1: index) -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<5x4xf32>
  %sum = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x4xf32>) -> tensor<5x4xf32>
  %flat = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %c0 = arith.constant 0 : i64
  %mask0_e = tensor.empty() : tensor<5x2xi1>
  %mask0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask0_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c0 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list0 = hadal.nonzero %mask0, %n0 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t0_s = tensor.extract_slice %list0[0, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j0_s = tensor.extract_slice %list0[1, 0] [1, %n0] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows0 = hadal.gather %x, %t0_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h0_e = tensor.empty(%n0) : tensor<?x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h0 = linalg.matmul ins(%rows0, %up0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a0__e = tensor.empty(%n0) : tensor<?x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<?x3xf32>) outs(%a0__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot0_e = tensor.empty(%n0) : tensor<?xi64>
  %slot0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t0_s, %j0_s : tensor<?xi64>, tensor<?xi64>) outs(%slot0_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w0 = hadal.gather %flat, %slot0 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy0_e = tensor.empty(%n0) : tensor<?x4xf32>
  %wy0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y0, %w0 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy0_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at0_e = tensor.empty(%n0) : tensor<?x4xi64>
  %at0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t0_s : tensor<?xi64>) outs(%at0_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to0 = hadal.scatter_elements %sum, %at0, %wy0 axis 0 reduction none : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  %c1 = arith.constant 1 : i64
  %mask1_e = tensor.empty() : tensor<5x2xi1>
  %mask1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i : tensor<5x2xi64>) outs(%mask1_e : tensor<5x2xi1>) {
    ^bb0(%a0: i64, %out: i1):
      %r = arith.cmpi eq, %a0, %c1 : i64
      linalg.yield %r : i1
  } -> tensor<5x2xi1>
  %list1 = hadal.nonzero %mask1, %n1 : (tensor<5x2xi1>, index) -> tensor<2x?xi64>
  %t1_s = tensor.extract_slice %list1[0, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %j1_s = tensor.extract_slice %list1[1, 0] [1, %n1] [1, 1] : tensor<2x?xi64> to tensor<?xi64>
  %rows1 = hadal.gather %x, %t1_s axis 0 : (tensor<5x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h1_e = tensor.empty(%n1) : tensor<?x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h1 = linalg.matmul ins(%rows1, %up1 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a1__e = tensor.empty(%n1) : tensor<?x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<?x3xf32>) outs(%a1__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %slot1_e = tensor.empty(%n1) : tensor<?xi64>
  %slot1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%t1_s, %j1_s : tensor<?xi64>, tensor<?xi64>) outs(%slot1_e : tensor<?xi64>) {
    ^bb0(%a0: i64, %a1: i64, %out: i64):
      %two = arith.constant 2 : i64
      %row = arith.muli %a0, %two : i64
      %r = arith.addi %row, %a1 : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %w1 = hadal.gather %flat, %slot1 axis 0 : (tensor<10xf32>, tensor<?xi64>) -> tensor<?xf32>
  %wy1_e = tensor.empty(%n1) : tensor<?x4xf32>
  %wy1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y1, %w1 : tensor<?x4xf32>, tensor<?xf32>) outs(%wy1_e : tensor<?x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<?x4xf32>
  %at1_e = tensor.empty(%n1) : tensor<?x4xi64>
  %at1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%t1_s : tensor<?xi64>) outs(%at1_e : tensor<?x4xi64>) {
    ^bb0(%a0: i64, %out: i64):
      linalg.yield %a0 : i64
  } -> tensor<?x4xi64>
  %to1 = hadal.scatter_elements %sum, %at1, %wy1 axis 0 reduction none : (tensor<5x4xf32>, tensor<?x4xi64>, tensor<?x4xf32>) -> tensor<5x4xf32>
  %all_e = tensor.empty() : tensor<5x4xf32>
  %all = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%to0, %to1 : tensor<5x4xf32>, tensor<5x4xf32>) outs(%all_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.addf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %all : tensor<5x4xf32>
}

// -----

// Each expert on all tokens, with weights that are 0 where it was not chosen.

// CHECK-LABEL: func.func @unrolled
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x2xf32>, %[[UP:[a-z0-9]+]]: tensor<2x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @unrolled(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %tokens = tensor.empty() : tensor<5xf32>
  %none = linalg.fill ins(%zero : f32) outs(%tokens : tensor<5xf32>) -> tensor<5xf32>
  %c0 = arith.constant 0 : i64
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %chosen0_e = tensor.empty() : tensor<5x2xf32>
  %chosen0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i, %w : tensor<5x2xi64>, tensor<5x2xf32>) outs(%chosen0_e : tensor<5x2xf32>) {
    ^bb0(%a0: i64, %a1: f32, %out: f32):
      %is = arith.cmpi eq, %a0, %c0 : i64
      %r = arith.select %is, %a1, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  %w0 = linalg.reduce { arith.addf } ins(%chosen0 : tensor<5x2xf32>) outs(%none : tensor<5xf32>) dimensions = [1]
  %h0_e = tensor.empty() : tensor<5x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %h0 = linalg.matmul ins(%x, %up0 : tensor<5x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<5x3xf32>) -> tensor<5x3xf32>
  %a0__e = tensor.empty() : tensor<5x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<5x3xf32>) outs(%a0__e : tensor<5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x3xf32>
  %y0_e = tensor.empty() : tensor<5x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<5x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<5x4xf32>) -> tensor<5x4xf32>
  %wy0_e = tensor.empty() : tensor<5x4xf32>
  %wy0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y0, %w0 : tensor<5x4xf32>, tensor<5xf32>) outs(%wy0_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %c1 = arith.constant 1 : i64
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %chosen1_e = tensor.empty() : tensor<5x2xf32>
  %chosen1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i, %w : tensor<5x2xi64>, tensor<5x2xf32>) outs(%chosen1_e : tensor<5x2xf32>) {
    ^bb0(%a0: i64, %a1: f32, %out: f32):
      %is = arith.cmpi eq, %a0, %c1 : i64
      %r = arith.select %is, %a1, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  %w1 = linalg.reduce { arith.addf } ins(%chosen1 : tensor<5x2xf32>) outs(%none : tensor<5xf32>) dimensions = [1]
  %h1_e = tensor.empty() : tensor<5x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %h1 = linalg.matmul ins(%x, %up1 : tensor<5x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<5x3xf32>) -> tensor<5x3xf32>
  %a1__e = tensor.empty() : tensor<5x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<5x3xf32>) outs(%a1__e : tensor<5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x3xf32>
  %y1_e = tensor.empty() : tensor<5x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<5x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<5x4xf32>) -> tensor<5x4xf32>
  %wy1_e = tensor.empty() : tensor<5x4xf32>
  %wy1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y1, %w1 : tensor<5x4xf32>, tensor<5xf32>) outs(%wy1_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %all_e = tensor.empty() : tensor<5x4xf32>
  %all = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%wy0, %wy1 : tensor<5x4xf32>, tensor<5x4xf32>) outs(%all_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.addf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %all : tensor<5x4xf32>
}

// -----

// Both experts are weighted by the choices of the first.

// CHECK-LABEL: func.func @one_choice
// CHECK-NOT: hadal.moe
func.func @one_choice(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %tokens = tensor.empty() : tensor<5xf32>
  %none = linalg.fill ins(%zero : f32) outs(%tokens : tensor<5xf32>) -> tensor<5xf32>
  %c0 = arith.constant 0 : i64
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %chosen0_e = tensor.empty() : tensor<5x2xf32>
  %chosen0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i, %w : tensor<5x2xi64>, tensor<5x2xf32>) outs(%chosen0_e : tensor<5x2xf32>) {
    ^bb0(%a0: i64, %a1: f32, %out: f32):
      %is = arith.cmpi eq, %a0, %c0 : i64
      %r = arith.select %is, %a1, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  %w0 = linalg.reduce { arith.addf } ins(%chosen0 : tensor<5x2xf32>) outs(%none : tensor<5xf32>) dimensions = [1]
  %h0_e = tensor.empty() : tensor<5x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %h0 = linalg.matmul ins(%x, %up0 : tensor<5x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<5x3xf32>) -> tensor<5x3xf32>
  %a0__e = tensor.empty() : tensor<5x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<5x3xf32>) outs(%a0__e : tensor<5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x3xf32>
  %y0_e = tensor.empty() : tensor<5x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<5x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<5x4xf32>) -> tensor<5x4xf32>
  %wy0_e = tensor.empty() : tensor<5x4xf32>
  %wy0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y0, %w0 : tensor<5x4xf32>, tensor<5xf32>) outs(%wy0_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %c1 = arith.constant 1 : i64
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %chosen1_e = tensor.empty() : tensor<5x2xf32>
  %chosen1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%i, %w : tensor<5x2xi64>, tensor<5x2xf32>) outs(%chosen1_e : tensor<5x2xf32>) {
    ^bb0(%a0: i64, %a1: f32, %out: f32):
      %is = arith.cmpi eq, %a0, %c0 : i64
      %r = arith.select %is, %a1, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x2xf32>
  %w1 = linalg.reduce { arith.addf } ins(%chosen1 : tensor<5x2xf32>) outs(%none : tensor<5xf32>) dimensions = [1]
  %h1_e = tensor.empty() : tensor<5x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<5x3xf32>) -> tensor<5x3xf32>
  %h1 = linalg.matmul ins(%x, %up1 : tensor<5x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<5x3xf32>) -> tensor<5x3xf32>
  %a1__e = tensor.empty() : tensor<5x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<5x3xf32>) outs(%a1__e : tensor<5x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<5x3xf32>
  %y1_e = tensor.empty() : tensor<5x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<5x4xf32>) -> tensor<5x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<5x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<5x4xf32>) -> tensor<5x4xf32>
  %wy1_e = tensor.empty() : tensor<5x4xf32>
  %wy1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y1, %w1 : tensor<5x4xf32>, tensor<5xf32>) outs(%wy1_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  %all_e = tensor.empty() : tensor<5x4xf32>
  %all = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%wy0, %wy1 : tensor<5x4xf32>, tensor<5x4xf32>) outs(%all_e : tensor<5x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.addf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<5x4xf32>
  return %all : tensor<5x4xf32>
}
