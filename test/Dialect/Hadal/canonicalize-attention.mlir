// RUN: hadal-opt %s --canonicalize | FileCheck %s

// A single query stands at the last key, whatever the lengths: causality hides nothing. A window still does, and an offset may.
// CHECK-LABEL: func.func @one_query
// CHECK: hadal.attention {{.*}} kv_lengths %{{[a-z0-9]+}} scale 1.250000e-01 :
// CHECK: hadal.attention {{.*}} scale 1.250000e-01 causal window 4 :
// CHECK: hadal.attention {{.*}} scale 1.250000e-01 causal offset 2 :
// CHECK: hadal.attention {{.*}} offsets %{{[a-z0-9]+}} scale 1.250000e-01 causal :
func.func @one_query(%q: tensor<2x8x1x32xf32>, %k: tensor<2x8x6x32xf32>, %n: tensor<2xi32>)
    -> (tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>) {
  %0 = hadal.attention %q, %k, %k kv_lengths %n scale 0.125 causal
      : (tensor<2x8x1x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  %1 = hadal.attention %q, %k, %k scale 0.125 causal window 4
      : (tensor<2x8x1x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x1x32xf32>
  %2 = hadal.attention %q, %k, %k scale 0.125 causal offset 2
      : (tensor<2x8x1x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x1x32xf32>
  %3 = hadal.attention %q, %k, %k offsets %n scale 0.125 causal
      : (tensor<2x8x1x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>) -> tensor<2x8x1x32xf32>
  return %0, %1, %2, %3 : tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>, tensor<2x8x1x32xf32>
}

// Behind all keys causality hides nothing, and without it an offset says nothing.
// CHECK-LABEL: func.func @offsets
// CHECK: hadal.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} scale 1.250000e-01 :
// CHECK: hadal.attention {{.*}} scale 1.250000e-01 causal offset 4 :
// CHECK: hadal.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} scale 1.250000e-01 :
func.func @offsets(%q: tensor<2x8x3x32xf32>, %k: tensor<2x8x6x32xf32>, %n: tensor<2xi32>)
    -> (tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>) {
  %0 = hadal.attention %q, %k, %k scale 0.125 causal offset 5
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %1 = hadal.attention %q, %k, %k scale 0.125 causal offset 4
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %2 = hadal.attention %q, %k, %k offsets %n scale 0.125
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>) -> tensor<2x8x3x32xf32>
  return %0, %1, %2 : tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>
}

// A window that reaches from every position back to key 0 hides nothing: 6 keys at least aligned at the end, S + offset with an offset.
// CHECK-LABEL: func.func @windows
// CHECK: hadal.attention {{.*}} causal :
// CHECK: hadal.attention {{.*}} causal window 5 :
// CHECK: hadal.attention {{.*}} causal offset 1 :
// CHECK: hadal.attention {{.*}} causal offset 1 window 3 :
// CHECK: hadal.attention {{.*}} causal window 9 :
func.func @windows(%q: tensor<2x8x3x32xf32>, %k: tensor<2x8x6x32xf32>, %n: tensor<2xi32>)
    -> (tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>) {
  %0 = hadal.attention %q, %k, %k scale 0.125 causal window 6
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %1 = hadal.attention %q, %k, %k scale 0.125 causal window 5
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %2 = hadal.attention %q, %k, %k scale 0.125 causal offset 1 window 4
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %3 = hadal.attention %q, %k, %k scale 0.125 causal offset 1 window 3
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>) -> tensor<2x8x3x32xf32>
  %4 = hadal.attention %q, %k, %k offsets %n scale 0.125 causal window 9
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>) -> tensor<2x8x3x32xf32>
  return %0, %1, %2, %3, %4 : tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>
}

// Lengths of all there is say nothing.
// CHECK-LABEL: func.func @lengths
// CHECK: hadal.attention %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} scale 1.250000e-01 :
// CHECK: hadal.attention %{{.*}}, %{{.*}}, %{{.*}} kv_lengths %{{.*}} scale 1.250000e-01 :
func.func @lengths(%q: tensor<2x8x3x32xf32>, %k: tensor<2x8x6x32xf32>) -> (tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>) {
  %three = arith.constant dense<3> : tensor<2xi32>
  %six = arith.constant dense<6> : tensor<2xi64>
  %0 = hadal.attention %q, %k, %k q_lengths %three kv_lengths %six scale 0.125
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x8x3x32xf32>
  %1 = hadal.attention %q, %k, %k q_lengths %three kv_lengths %three scale 0.125
      : (tensor<2x8x3x32xf32>, tensor<2x8x6x32xf32>, tensor<2x8x6x32xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x8x3x32xf32>
  return %0, %1 : tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>
}

// The same for latent attention.
// CHECK-LABEL: func.func @latent
// CHECK: hadal.latent_attention {{.*}} scale 1.250000e-01 causal : (
func.func @latent(%q: tensor<2x8x3x32xf32>, %qp: tensor<2x8x3x16xf32>, %c: tensor<2x6x64xf32>, %kp: tensor<2x6x16xf32>,
                  %w: tensor<64x8x64xf32>) -> tensor<2x8x3x32xf32> {
  %six = arith.constant dense<6> : tensor<2xi64>
  %true = arith.constant dense<true> : tensor<1x1x3x6xi1>
  %0 = hadal.latent_attention %q, %qp, %c, %kp, %w mask %true kv_lengths %six scale 0.125 causal window 6
      : (tensor<2x8x3x32xf32>, tensor<2x8x3x16xf32>, tensor<2x6x64xf32>, tensor<2x6x16xf32>, tensor<64x8x64xf32>,
         tensor<1x1x3x6xi1>, tensor<2xi64>) -> tensor<2x8x3x32xf32>
  return %0 : tensor<2x8x3x32xf32>
}

// One part that attention made is the whole. One from elsewhere may hold NaN where its lse is −inf, and a sink changes it.
// CHECK-LABEL: func.func @merge_of_one
// CHECK: %[[O:.*]], %[[L:.*]] = hadal.attention
// CHECK: %[[M:.*]] = hadal.merge_attention outs(%arg0)
// CHECK: %[[S:.*]] = hadal.merge_attention outs(%[[O]]) {{.*}} sink
// CHECK: return %[[O]], %[[L]], %[[M]], %[[S]]
func.func @merge_of_one(%q: tensor<2x8x3x32xf32>, %l: tensor<2x8x3xf32>, %s: tensor<8xf32>)
    -> (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>) {
  %o, %lse = hadal.attention %q, %q, %q scale 0.125
      : (tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>) -> (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>)
  %0:2 = hadal.merge_attention outs(%o) lses(%lse)
      : (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>) -> (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>)
  %1 = hadal.merge_attention outs(%q) lses(%l) : (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>) -> tensor<2x8x3x32xf32>
  %2 = hadal.merge_attention outs(%o) lses(%lse) sink %s
      : (tensor<2x8x3x32xf32>, tensor<2x8x3xf32>, tensor<8xf32>) -> tensor<2x8x3x32xf32>
  return %0#0, %0#1, %1, %2 : tensor<2x8x3x32xf32>, tensor<2x8x3xf32>, tensor<2x8x3x32xf32>, tensor<2x8x3x32xf32>
}

// Parts of parts; a part that is nothing. A sink inside stays inside.
// CHECK-LABEL: func.func @merge_of_merges
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<1x2x3x4xf32>, %[[B:[a-z0-9]+]]: tensor<1x2x3x4xf32>, %[[C:[a-z0-9]+]]: tensor<1x2x3x4xf32>, %[[L:[a-z0-9]+]]: tensor<1x2x3xf32>, %[[S:[a-z0-9]+]]
// CHECK: hadal.merge_attention outs(%[[A]], %[[B]], %[[C]]) lses(%[[L]], %[[L]], %[[L]]) sink %[[S]]
// CHECK: hadal.merge_attention outs(%[[A]], %[[B]]) lses(%[[L]], %[[L]]) :
// CHECK: %[[I:.*]], %[[IL:.*]] = hadal.merge_attention outs(%[[A]], %[[B]]) lses(%[[L]], %[[L]]) sink %[[S]]
// CHECK: hadal.merge_attention outs(%[[I]], %[[C]]) lses(%[[IL]], %[[L]]) :
func.func @merge_of_merges(%a: tensor<1x2x3x4xf32>, %b: tensor<1x2x3x4xf32>, %c: tensor<1x2x3x4xf32>, %l: tensor<1x2x3xf32>, %s: tensor<2xf32>)
    -> (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) {
  %0:2 = hadal.merge_attention outs(%a, %b) lses(%l, %l)
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  %1 = hadal.merge_attention outs(%0#0, %c) lses(%0#1, %l) sink %s
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<2xf32>) -> tensor<1x2x3x4xf32>
  %none = arith.constant dense<0xFF800000> : tensor<1x2x3xf32>
  %2 = hadal.merge_attention outs(%a, %c, %b) lses(%l, %none, %l)
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>)
      -> tensor<1x2x3x4xf32>
  %3:2 = hadal.merge_attention outs(%a, %b) lses(%l, %l) sink %s
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<2xf32>)
      -> (tensor<1x2x3x4xf32>, tensor<1x2x3xf32>)
  %4 = hadal.merge_attention outs(%3#0, %c) lses(%3#1, %l)
      : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3x4xf32>
  return %1, %2, %4 : tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>
}

// Writing nothing leaves a cache as it is.
// CHECK-LABEL: func.func @nothing_written
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<2x5x8xf32>
// CHECK-NEXT: return %[[C]], %[[C]], %[[C]]
func.func @nothing_written(%c: tensor<2x5x8xf32>, %none: tensor<2x0x8xf32>, %rows: tensor<0x8xf32>, %at: tensor<2xi32>,
                           %pages: tensor<2x1xi32>, %slots: tensor<0xi64>)
    -> (tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) {
  %0 = hadal.cache_update %c, %none at %at dim 1 : (tensor<2x5x8xf32>, tensor<2x0x8xf32>, tensor<2xi32>) -> tensor<2x5x8xf32>
  %1 = hadal.paged_append %c, %none pages %pages at %at
      : (tensor<2x5x8xf32>, tensor<2x0x8xf32>, tensor<2x1xi32>, tensor<2xi32>) -> tensor<2x5x8xf32>
  %2 = hadal.paged_write %c, %rows slots %slots : (tensor<2x5x8xf32>, tensor<0x8xf32>, tensor<0xi64>) -> tensor<2x5x8xf32>
  return %0, %1, %2 : tensor<2x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>
}
