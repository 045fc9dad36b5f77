// RUN: hadal-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s

// The sizes of results follow from those of operands: no tensor.dim of a result is left.

// CHECK-LABEL: func.func @attention
// CHECK-SAME: (%[[Q:.*]]: tensor<?x8x?x64xf32>, %{{.*}}: tensor<?x2x?x64xf32>, %[[V:.*]]: tensor<?x2x?x?xf32>)
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[S:.*]] = tensor.dim %[[Q]], %[[C2]]
// CHECK-DAG: %[[D:.*]] = tensor.dim %[[V]], %[[C3]]
// CHECK: return %[[S]], %[[D]]
func.func @attention(%q: tensor<?x8x?x64xf32>, %k: tensor<?x2x?x64xf32>, %v: tensor<?x2x?x?xf32>) -> (index, index) {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %o = hadal.attention %q, %k, %v scale 0.125
      : (tensor<?x8x?x64xf32>, tensor<?x2x?x64xf32>, tensor<?x2x?x?xf32>) -> tensor<?x8x?x?xf32>
  %s = tensor.dim %o, %c2 : tensor<?x8x?x?xf32>
  %d = tensor.dim %o, %c3 : tensor<?x8x?x?xf32>
  return %s, %d : index, index
}

// CHECK-LABEL: func.func @compress
// CHECK: %[[T:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<2x4x?x64xf32>
// CHECK: %[[N:.*]] = affine.{{.*}}[%[[T]]]
// CHECK: return %[[N]]
func.func @compress(%x: tensor<2x4x?x64xf32>) -> index {
  %c2 = arith.constant 2 : index
  %y = hadal.compress %x mean length 32 stride 16 : (tensor<2x4x?x64xf32>) -> tensor<2x4x?x64xf32>
  %n = tensor.dim %y, %c2 : tensor<2x4x?x64xf32>
  return %n : index
}

// CHECK-LABEL: func.func @group
// CHECK: %[[T:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<?x4xi32>
// CHECK: %[[P:.*]] = affine.apply #{{.*}}()[%[[T]]]
// CHECK: return %[[P]]
func.func @group(%i: tensor<?x4xi32>) -> index {
  %c0 = arith.constant 0 : index
  %o, %p = hadal.group %i experts 16 : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>)
  %n = tensor.dim %p, %c0 : tensor<?xi32>
  return %n : index
}

// CHECK-LABEL: func.func @quantize
// CHECK: %[[K:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<4x?xf32>
// CHECK: %[[B:.*]] = affine.apply #{{.*}}()[%[[K]]]
// CHECK: return %[[B]]
func.func @quantize(%x: tensor<4x?xf32>) -> index {
  %c1 = arith.constant 1 : index
  %q, %s = hadal.quantize %x block [1, 128] : (tensor<4x?xf32>) -> (tensor<4x?xf8E4M3FN>, tensor<4x?xf32>)
  %n = tensor.dim %s, %c1 : tensor<4x?xf32>
  return %n : index
}
