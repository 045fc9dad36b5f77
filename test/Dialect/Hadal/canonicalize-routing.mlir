// RUN: hadal-opt %s --canonicalize | FileCheck %s

// Where all groups are kept there might as well be one; where scores are logits there is one thing to rank.
// CHECK-LABEL: func.func @routes
// CHECK: hadal.route %{{.*}} score softmax_chosen groups 1 keep 1 by max top 4
// CHECK: hadal.route %{{.*}} score identity groups 1
// CHECK: hadal.route %{{.*}} score sigmoid rank logits groups 1
func.func @routes(%l: tensor<?x16xf32>)
    -> (tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>) {
  %w, %i = hadal.route %l score softmax_chosen rank logits groups 4 keep 4 by sum2 masked 0.0 top 4
      : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  %w1, %i1 = hadal.route %l score identity rank logits top 4 : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  %w2, %i2 = hadal.route %l score sigmoid rank logits top 4 : (tensor<?x16xf32>) -> (tensor<?x4xf32>, tensor<?x4xi32>)
  return %w, %i, %w1, %i1, %w2, %i2
      : tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>, tensor<?x4xf32>, tensor<?x4xi32>
}

// CHECK-LABEL: func.func @valid
// CHECK: hadal.route %{{[a-z0-9]+}} score
// CHECK: hadal.route %{{[a-z0-9]+}} valid
func.func @valid(%l: tensor<2x16xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %all = arith.constant dense<true> : tensor<2xi1>
  %one = arith.constant dense<[true, false]> : tensor<2xi1>
  %w, %i = hadal.route %l valid %all score softmax top 4
      : (tensor<2x16xf32>, tensor<2xi1>) -> (tensor<2x4xf32>, tensor<2x4xi32>)
  %w1, %i1 = hadal.route %l valid %one score softmax top 4
      : (tensor<2x16xf32>, tensor<2xi1>) -> (tensor<2x4xf32>, tensor<2x4xi32>)
  return %w, %w1 : tensor<2x4xf32>, tensor<2x4xf32>
}

// The plain permutation lists slots without an expert, the inverse does not: no rewrite there.
// CHECK-LABEL: func.func @combine
// CHECK: %{{.*}}, %{{.*}}, %[[V:.*]]:2 = hadal.group %{{.*}} align
// CHECK: hadal.combine %{{.*}}, %{{.*}} inverse %[[V]]#1 :
// CHECK: hadal.combine %{{.*}}, %{{.*}} permutation
func.func @combine(%i: tensor<?x4xi32>, %y: tensor<?x8xf32>, %w: tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %o, %p, %c, %v = hadal.group %i experts 16 align 8
      : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>, tensor<16xi32>, tensor<?xi32>)
  %a = hadal.combine %y, %w permutation %p : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  %o1, %p1, %c1, %v1 = hadal.group %i experts 16
      : (tensor<?x4xi32>) -> (tensor<17xi32>, tensor<?xi32>, tensor<16xi32>, tensor<?xi32>)
  %b = hadal.combine %y, %w permutation %p1 : (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
}
