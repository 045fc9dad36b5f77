// RUN: hadal-opt %s --hadal-raise --split-input-file | FileCheck %s

// The rows of each expert are a part of all rows, sorted by expert; the parts' results are put behind each other.

// CHECK-LABEL: func.func @grouped
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x4xf32>, %{{.*}}: tensor<5x2xf32>, %[[UP:[a-z0-9]+]]: tensor<2x4x3xf32>, %[[DOWN:[a-z0-9]+]]: tensor<2x3x4xf32>
// CHECK: %[[W:.*]], %[[I:.*]] = hadal.route
// CHECK: hadal.moe %[[X]], %[[W]], %[[I]], %[[UP]], %[[DOWN]] relu none
func.func @grouped(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %keys = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %weights = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %all = arith.constant 10 : index
  %sorted, %order = hadal.topk %keys, %all : (tensor<10xi64>, index) -> (tensor<10xi64>, tensor<10xi64>)
  %token_e = tensor.empty() : tensor<10xi64>
  %token = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%order : tensor<10xi64>) outs(%token_e : tensor<10xi64>) {
    ^bb0(%a0: i64, %out: i64):
      %two = arith.constant 2 : i64
      %r = arith.floordivsi %a0, %two : i64
      linalg.yield %r : i64
  } -> tensor<10xi64>
  %rows = hadal.gather %x, %token axis 0 : (tensor<5x4xf32>, tensor<10xi64>) -> tensor<10x4xf32>
  %by = hadal.gather %weights, %order axis 0 : (tensor<10xf32>, tensor<10xi64>) -> tensor<10xf32>
  %ones = arith.constant dense<1> : tensor<10xi64>
  %zeros = arith.constant dense<0> : tensor<2xi64>
  %sizes = hadal.scatter_elements %zeros, %keys, %ones axis 0 reduction add : (tensor<2xi64>, tensor<10xi64>, tensor<10xi64>) -> tensor<2xi64>
  %ends = hadal.cumsum %sizes axis 0 : tensor<2xi64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %end0_i = tensor.extract %ends[%c0] : tensor<2xi64>
  %end1_i = tensor.extract %ends[%c1] : tensor<2xi64>
  %end0 = arith.index_cast %end0_i : i64 to index
  %end1 = arith.index_cast %end1_i : i64 to index
  %size0 = arith.maxsi %end0, %c0 : index
  %size1_s = arith.subi %end1, %end0 : index
  %size1 = arith.maxsi %size1_s, %c0 : index
  %range0_e = tensor.empty(%size0) : tensor<?xi64>
  %range0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%range0_e : tensor<?xi64>) {
    ^bb0(%out: i64):
      %at = linalg.index 0 : index
      %n = arith.index_cast %at : index to i64
      linalg.yield %n : i64
  } -> tensor<?xi64>
  %rows0 = hadal.gather %rows, %range0 axis 0 : (tensor<10x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h0_e = tensor.empty(%size0) : tensor<?x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h0 = linalg.matmul ins(%rows0, %up0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a0__e = tensor.empty(%size0) : tensor<?x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<?x3xf32>) outs(%a0__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y0_e = tensor.empty(%size0) : tensor<?x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %range1_e = tensor.empty(%size1) : tensor<?xi64>
  %range1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%range1_e : tensor<?xi64>) {
    ^bb0(%out: i64):
      %at = linalg.index 0 : index
      %n = arith.index_cast %at : index to i64
      %r = arith.addi %end0_i, %n : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %rows1 = hadal.gather %rows, %range1 axis 0 : (tensor<10x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h1_e = tensor.empty(%size1) : tensor<?x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h1 = linalg.matmul ins(%rows1, %up1 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a1__e = tensor.empty(%size1) : tensor<?x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<?x3xf32>) outs(%a1__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y1_e = tensor.empty(%size1) : tensor<?x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %joined = tensor.concat dim(0) %y0, %y1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = tensor.cast %joined : tensor<?x4xf32> to tensor<10x4xf32>
  %wy_e = tensor.empty() : tensor<10x4xf32>
  %wy = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y, %by : tensor<10x4xf32>, tensor<10xf32>) outs(%wy_e : tensor<10x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %empty = tensor.empty() : tensor<5x4xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x4xf32>) -> tensor<5x4xf32>
  %to = tensor.expand_shape %token [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %sum = hadal.scatter_nd %none, %to, %wy reduction add : (tensor<5x4xf32>, tensor<10x1xi64>, tensor<10x4xf32>) -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}

// -----

// The rows are sorted from the last expert to the first.

// CHECK-LABEL: func.func @descending
// CHECK-NOT: hadal.moe
func.func @descending(%x: tensor<5x4xf32>, %logits: tensor<5x2xf32>, %up: tensor<2x4x3xf32>, %down: tensor<2x3x4xf32>)
    -> tensor<5x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w, %i = hadal.route %logits score softmax groups 1 keep 1 by max top 2 scale 1.0 normalize epsilon 0.0
      : (tensor<5x2xf32>) -> (tensor<5x2xf32>, tensor<5x2xi64>)
  %keys = tensor.collapse_shape %i [[0, 1]] : tensor<5x2xi64> into tensor<10xi64>
  %weights = tensor.collapse_shape %w [[0, 1]] : tensor<5x2xf32> into tensor<10xf32>
  %all = arith.constant 10 : index
  %sorted, %order = hadal.topk %keys, %all largest : (tensor<10xi64>, index) -> (tensor<10xi64>, tensor<10xi64>)
  %token_e = tensor.empty() : tensor<10xi64>
  %token = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} ins(%order : tensor<10xi64>) outs(%token_e : tensor<10xi64>) {
    ^bb0(%a0: i64, %out: i64):
      %two = arith.constant 2 : i64
      %r = arith.floordivsi %a0, %two : i64
      linalg.yield %r : i64
  } -> tensor<10xi64>
  %rows = hadal.gather %x, %token axis 0 : (tensor<5x4xf32>, tensor<10xi64>) -> tensor<10x4xf32>
  %by = hadal.gather %weights, %order axis 0 : (tensor<10xf32>, tensor<10xi64>) -> tensor<10xf32>
  %ones = arith.constant dense<1> : tensor<10xi64>
  %zeros = arith.constant dense<0> : tensor<2xi64>
  %sizes = hadal.scatter_elements %zeros, %keys, %ones axis 0 reduction add : (tensor<2xi64>, tensor<10xi64>, tensor<10xi64>) -> tensor<2xi64>
  %ends = hadal.cumsum %sizes axis 0 : tensor<2xi64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %end0_i = tensor.extract %ends[%c0] : tensor<2xi64>
  %end1_i = tensor.extract %ends[%c1] : tensor<2xi64>
  %end0 = arith.index_cast %end0_i : i64 to index
  %end1 = arith.index_cast %end1_i : i64 to index
  %size0 = arith.maxsi %end0, %c0 : index
  %size1_s = arith.subi %end1, %end0 : index
  %size1 = arith.maxsi %size1_s, %c0 : index
  %range0_e = tensor.empty(%size0) : tensor<?xi64>
  %range0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%range0_e : tensor<?xi64>) {
    ^bb0(%out: i64):
      %at = linalg.index 0 : index
      %n = arith.index_cast %at : index to i64
      linalg.yield %n : i64
  } -> tensor<?xi64>
  %rows0 = hadal.gather %rows, %range0 axis 0 : (tensor<10x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up0 = tensor.extract_slice %up[0, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down0 = tensor.extract_slice %down[0, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h0_e = tensor.empty(%size0) : tensor<?x3xf32>
  %h0_z = linalg.fill ins(%zero : f32) outs(%h0_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h0 = linalg.matmul ins(%rows0, %up0 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h0_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a0__e = tensor.empty(%size0) : tensor<?x3xf32>
  %a0_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h0 : tensor<?x3xf32>) outs(%a0__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y0_e = tensor.empty(%size0) : tensor<?x4xf32>
  %y0_z = linalg.fill ins(%zero : f32) outs(%y0_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y0 = linalg.matmul ins(%a0_, %down0 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y0_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %range1_e = tensor.empty(%size1) : tensor<?xi64>
  %range1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%range1_e : tensor<?xi64>) {
    ^bb0(%out: i64):
      %at = linalg.index 0 : index
      %n = arith.index_cast %at : index to i64
      %r = arith.addi %end0_i, %n : i64
      linalg.yield %r : i64
  } -> tensor<?xi64>
  %rows1 = hadal.gather %rows, %range1 axis 0 : (tensor<10x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %up1 = tensor.extract_slice %up[1, 0, 0] [1, 4, 3] [1, 1, 1] : tensor<2x4x3xf32> to tensor<4x3xf32>
  %down1 = tensor.extract_slice %down[1, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %h1_e = tensor.empty(%size1) : tensor<?x3xf32>
  %h1_z = linalg.fill ins(%zero : f32) outs(%h1_e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %h1 = linalg.matmul ins(%rows1, %up1 : tensor<?x4xf32>, tensor<4x3xf32>) outs(%h1_z : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a1__e = tensor.empty(%size1) : tensor<?x3xf32>
  %a1_ = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%h1 : tensor<?x3xf32>) outs(%a1__e : tensor<?x3xf32>) {
    ^bb0(%a0: f32, %out: f32):
      %r = arith.maximumf %a0, %zero : f32
      linalg.yield %r : f32
  } -> tensor<?x3xf32>
  %y1_e = tensor.empty(%size1) : tensor<?x4xf32>
  %y1_z = linalg.fill ins(%zero : f32) outs(%y1_e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y1 = linalg.matmul ins(%a1_, %down1 : tensor<?x3xf32>, tensor<3x4xf32>) outs(%y1_z : tensor<?x4xf32>) -> tensor<?x4xf32>
  %joined = tensor.concat dim(0) %y0, %y1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = tensor.cast %joined : tensor<?x4xf32> to tensor<10x4xf32>
  %wy_e = tensor.empty() : tensor<10x4xf32>
  %wy = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]} ins(%y, %by : tensor<10x4xf32>, tensor<10xf32>) outs(%wy_e : tensor<10x4xf32>) {
    ^bb0(%a0: f32, %a1: f32, %out: f32):
      %r = arith.mulf %a0, %a1 : f32
      linalg.yield %r : f32
  } -> tensor<10x4xf32>
  %empty = tensor.empty() : tensor<5x4xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x4xf32>) -> tensor<5x4xf32>
  %to = tensor.expand_shape %token [[0, 1]] output_shape [10, 1] : tensor<10xi64> into tensor<10x1xi64>
  %sum = hadal.scatter_nd %none, %to, %wy reduction add : (tensor<5x4xf32>, tensor<10x1xi64>, tensor<10x4xf32>) -> tensor<5x4xf32>
  return %sum : tensor<5x4xf32>
}
