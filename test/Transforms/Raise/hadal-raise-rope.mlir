// RUN: hadal-opt %s --hadal-raise --split-input-file --verify-diagnostics | FileCheck %s

// Pairs by strided slices, put together as halves (DeepSeek); cos and sin with a dimension for the heads.

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#angle = affine_map<(d0, d1, d2, d3) -> (0, 0, d2, d3)>
// CHECK-LABEL: func.func @interleaved
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x8x5x16xf32>, %[[C:[a-z0-9]+]]: tensor<1x5x8xf32>, %[[S:[a-z0-9]+]]: tensor<1x5x8xf32>
// CHECK-NEXT: hadal.rope %[[X]], %[[C]], %[[S]] interleaved to halves
func.func @interleaved(%x: tensor<2x8x5x16xf32>, %c: tensor<1x5x8xf32>, %s: tensor<1x5x8xf32>) -> tensor<2x8x5x16xf32> {
  %e = tensor.empty() : tensor<2x8x5x8xf32>
  %even = tensor.extract_slice %x[0, 0, 0, 0] [2, 8, 5, 8] [1, 1, 1, 2] : tensor<2x8x5x16xf32> to tensor<2x8x5x8xf32>
  %odd = tensor.extract_slice %x[0, 0, 0, 1] [2, 8, 5, 8] [1, 1, 1, 2] : tensor<2x8x5x16xf32> to tensor<2x8x5x8xf32>
  %cos = tensor.expand_shape %c [[0, 1], [2], [3]] output_shape [1, 1, 5, 8] : tensor<1x5x8xf32> into tensor<1x1x5x8xf32>
  %sin = tensor.expand_shape %s [[0, 1], [2], [3]] output_shape [1, 1, 5, 8] : tensor<1x5x8xf32> into tensor<1x1x5x8xf32>
  %first = linalg.generic {indexing_maps = [#id, #id, #angle, #angle, #id],
                           iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%even, %odd, %cos, %sin : tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>)
      outs(%e : tensor<2x8x5x8xf32>) {
    ^bb0(%a: f32, %b: f32, %co: f32, %si: f32, %out: f32):
      %0 = arith.mulf %co, %a : f32
      %1 = arith.mulf %b, %si : f32
      %2 = arith.subf %0, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<2x8x5x8xf32>
  %second = linalg.generic {indexing_maps = [#id, #id, #angle, #angle, #id],
                            iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%even, %odd, %cos, %sin : tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>)
      outs(%e : tensor<2x8x5x8xf32>) {
    ^bb0(%a: f32, %b: f32, %co: f32, %si: f32, %out: f32):
      %0 = arith.mulf %a, %si : f32
      %1 = arith.mulf %b, %co : f32
      %2 = arith.addf %0, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<2x8x5x8xf32>
  %r = tensor.concat dim(3) %first, %second : (tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>) -> tensor<2x8x5x16xf32>
  return %r : tensor<2x8x5x16xf32>
}

// -----

// rotate_half with doubled angles (Llama): x·cos + (−x₁ ‖ x₀)·sin, cos = (f ‖ f).

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#angle = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-LABEL: func.func @rotate_half
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x8x5x16xf32>, %[[C:[a-z0-9]+]]: tensor<2x5x8xf32>, %[[S:[a-z0-9]+]]: tensor<2x5x8xf32>
// CHECK: hadal.rope %[[X]], %[[C]], %[[S]] halves to halves
func.func @rotate_half(%x: tensor<2x8x5x16xf32>, %c: tensor<2x5x8xf32>, %s: tensor<2x5x8xf32>) -> tensor<2x8x5x16xf32> {
  %e = tensor.empty() : tensor<2x8x5x8xf32>
  %f = tensor.empty() : tensor<2x8x5x16xf32>
  %low = tensor.extract_slice %x[0, 0, 0, 0] [2, 8, 5, 8] [1, 1, 1, 1] : tensor<2x8x5x16xf32> to tensor<2x8x5x8xf32>
  %high = tensor.extract_slice %x[0, 0, 0, 8] [2, 8, 5, 8] [1, 1, 1, 1] : tensor<2x8x5x16xf32> to tensor<2x8x5x8xf32>
  %negative = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%high : tensor<2x8x5x8xf32>) outs(%e : tensor<2x8x5x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.negf %in : f32
      linalg.yield %0 : f32
  } -> tensor<2x8x5x8xf32>
  %half = tensor.concat dim(3) %negative, %low : (tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>) -> tensor<2x8x5x16xf32>
  %cos = tensor.concat dim(2) %c, %c : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x16xf32>
  %sin = tensor.concat dim(2) %s, %s : (tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<2x5x16xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #angle, #angle, #id],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %half, %cos, %sin : tensor<2x8x5x16xf32>, tensor<2x8x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5x16xf32>)
      outs(%f : tensor<2x8x5x16xf32>) {
    ^bb0(%a: f32, %b: f32, %co: f32, %si: f32, %out: f32):
      %0 = arith.mulf %a, %co : f32
      %1 = arith.mulf %b, %si : f32
      %2 = arith.addf %0, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<2x8x5x16xf32>
  return %r : tensor<2x8x5x16xf32>
}

// -----

// A rotation whose pairs are of two tensors, and one the wrong way round, which is none at all.

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#angle = affine_map<(d0, d1, d2, d3) -> (0, d2, d3)>
// CHECK-LABEL: func.func @near
// CHECK-NOT: hadal.rope
func.func @near(%x: tensor<2x8x5x8xf32>, %y: tensor<2x8x5x8xf32>, %cos: tensor<1x5x8xf32>, %sin: tensor<1x5x8xf32>)
    -> (tensor<2x8x5x16xf32>, tensor<2x8x5x16xf32>) {
  %e = tensor.empty() : tensor<2x8x5x8xf32>
  %first = linalg.generic {indexing_maps = [#id, #id, #angle, #angle, #id],
                           iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %y, %cos, %sin : tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>)
      outs(%e : tensor<2x8x5x8xf32>) {
    ^bb0(%a: f32, %b: f32, %co: f32, %si: f32, %out: f32):
      %0 = arith.mulf %co, %a : f32
      %1 = arith.mulf %b, %si : f32
      %2 = arith.subf %0, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<2x8x5x8xf32>
  %second = linalg.generic {indexing_maps = [#id, #id, #angle, #angle, #id],
                            iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %y, %cos, %sin : tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>)
      outs(%e : tensor<2x8x5x8xf32>) {
    ^bb0(%a: f32, %b: f32, %co: f32, %si: f32, %out: f32):
      %0 = arith.mulf %a, %si : f32
      %1 = arith.mulf %b, %co : f32
      %2 = arith.addf %0, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<2x8x5x8xf32>
  // expected-remark @+1 {{rope not raised: what is rotated is no whole tensor of pairs, interleaved or in halves}}
  %r = tensor.concat dim(3) %first, %second : (tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>) -> tensor<2x8x5x16xf32>
  %wrong = tensor.concat dim(3) %second, %first : (tensor<2x8x5x8xf32>, tensor<2x8x5x8xf32>) -> tensor<2x8x5x16xf32>
  return %r, %wrong : tensor<2x8x5x16xf32>, tensor<2x8x5x16xf32>
}
