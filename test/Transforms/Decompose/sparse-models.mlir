// RUN: hadal-opt %s --hadal-decompose=level=parts | FileCheck %s
// The numbers of test/Reference hold for the parts too, and for what these become.
// RUN: hadal-opt %src/test/Reference/sparse-models.mlir --hadal-decompose=level=parts -o %t.parts.mlir
// RUN: hadal-run --target=reference %t.parts.mlir
// RUN: hadal-opt %src/test/Reference/sparse-models.mlir --hadal-decompose=level=linalg -o %t.linalg.mlir
// RUN: FileCheck %s --check-prefix=LINALG --input-file %t.linalg.mlir
// RUN: hadal-run --target=reference %t.linalg.mlir
// LINALG-NOT: hadal.{{nsa|dsa|moba|csa|hca|compress|select|block_|indexer|gated_combine}}

// A prompt: parts that count blocks or entries take the offset T − S.
// CHECK-LABEL: @nsa
// CHECK-SAME: (%[[Q:.*]]: tensor<1x4x9x8xf32>, %[[K:.*]]: tensor<1x2x9x8xf32>, %[[V:.*]]: tensor<1x2x9x6xf32>, %[[G:.*]]: tensor<1x4x9x3xf32>)
// CHECK: %[[CK:.*]] = hadal.compress %[[K]] {{ *}}mean length 4 stride 2 : (tensor<1x2x9x8xf32>) -> tensor<1x2x3x8xf32>
// CHECK: %[[CV:.*]] = hadal.compress %[[V]] {{ *}}mean length 4 stride 2 : (tensor<1x2x9x6xf32>) -> tensor<1x2x3x6xf32>
// CHECK: %[[CMP:.*]], %[[P:.*]] = hadal.compressed_attention %[[Q]], %[[CK]], %[[CV]] length 4 stride 2 scale 5.000000e-01 causal offset 0
// CHECK-SAME: -> (tensor<1x4x9x6xf32>, tensor<1x2x9x3xf32>)
// CHECK: %[[I:.*]] = hadal.block_importance %[[P]] length 4 stride 2 block 4 : (tensor<1x2x9x3xf32>) -> tensor<1x2x9x3xf32>
// CHECK: %[[S:.*]] = hadal.select %[[I]] block 4 count 2 first 1 local 1 causal offset 0 : (tensor<1x2x9x3xf32>) -> tensor<1x2x9x2xi32>
// CHECK: %[[SLC:.*]], %{{.*}} = hadal.selected_attention %[[Q]], %[[K]], %[[V]], %[[S]] block 4 scale 5.000000e-01 causal
// CHECK: %[[WIN:.*]], %{{.*}} = hadal.attention %[[Q]], %[[K]], %[[V]] scale 5.000000e-01 causal window 5
// CHECK: %[[O:.*]] = hadal.gated_combine %[[CMP]], %[[SLC]], %[[WIN]] gates %[[G]] sigmoid
// CHECK: return %[[O]]
func.func @nsa(%q: tensor<1x4x9x8xf32>, %k: tensor<1x2x9x8xf32>, %v: tensor<1x2x9x6xf32>, %g: tensor<1x4x9x3xf32>)
    -> tensor<1x4x9x6xf32> {
  %o = hadal.nsa %q, %k, %v, %k, %v, %k, %v gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 5 scale 0.5 causal sigmoid
      : (tensor<1x4x9x8xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x6xf32>, tensor<1x2x9x8xf32>, tensor<1x2x9x6xf32>,
         tensor<1x2x9x8xf32>, tensor<1x2x9x6xf32>, tensor<1x4x9x3xf32>) -> tensor<1x4x9x6xf32>
  return %o : tensor<1x4x9x6xf32>
}

// Dynamic sizes: the number of blocks is a value, and the number of tokens a length of each batch entry.
// CHECK-LABEL: @nsa_dynamic
// CHECK: %[[LENGTHS:.*]] = linalg.generic
// CHECK: hadal.compressed_attention {{.*}} kv_lengths %[[LENGTHS]] length 4 stride 2 scale 5.000000e-01 causal :
// CHECK: %[[BLOCKS:.*]] = arith.ceildivui
// CHECK: hadal.block_importance {{.*}} blocks %[[BLOCKS]]
// CHECK: hadal.select {{.*}} kv_lengths %[[LENGTHS]] block 4
// CHECK: hadal.selected_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{[a-z_0-9]*}} block 4
func.func @nsa_dynamic(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %g: tensor<?x4x?x3xf32>) -> tensor<?x4x?x8xf32> {
  %o = hadal.nsa %q, %k, %k, %k, %k, %k, %k gates %g
      compress mean length 4 stride 2 select block 4 count 2 first 1 local 1 window 5 scale 0.5 causal
      : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>,
         tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x4x?x3xf32>) -> tensor<?x4x?x8xf32>
  return %o : tensor<?x4x?x8xf32>
}

// With w_kv: W_UK into the queries, W_UV behind. A list is no longer than there are keys.
// CHECK-LABEL: @dsa
// CHECK: %[[SCORES:.*]] = hadal.indexer_scores %{{.*}} scale 2.500000e-01 : ({{.*}}) -> tensor<1x1x3x7xf32>
// CHECK: %[[S:.*]] = hadal.select %[[SCORES]] block 1 count 7 causal offset 4
// CHECK: %[[A:.*]] = hadal.absorb_query
// CHECK: %[[QA:.*]] = tensor.concat dim(3) %[[A]]
// CHECK: %[[O:.*]], %[[L:.*]] = hadal.selected_attention %[[QA]], %{{.*}}, %{{.*}}, %[[S]] block 1 scale 5.000000e-01 causal
// CHECK-SAME: -> (tensor<1x4x3x5xf32>, tensor<1x4x3xf32>)
// CHECK: %[[M:.*]], %[[LSE:.*]] = hadal.merge_attention outs(%[[O]]) lses(%[[L]]) sink
// CHECK: %[[R:.*]] = hadal.expand_value %[[M]]
// CHECK: return %[[R]], %[[LSE]]
func.func @dsa(%q: tensor<1x4x3x8xf32>, %k: tensor<1x1x7x7xf32>, %v: tensor<1x1x7x5xf32>, %iq: tensor<1x2x3x4xf32>,
               %ik: tensor<1x7x4xf32>, %iw: tensor<1x3x2xf32>, %w: tensor<5x4x9xf32>, %s: tensor<4xf32>)
    -> (tensor<1x4x3x3xf32>, tensor<1x4x3xf32>) {
  %o, %lse = hadal.dsa %q, %k, %v index %iq, %ik, %iw w_kv %w sink %s top 2048 index_scale 0.25 scale 0.5 causal
      : (tensor<1x4x3x8xf32>, tensor<1x1x7x7xf32>, tensor<1x1x7x5xf32>, tensor<1x2x3x4xf32>, tensor<1x7x4xf32>,
         tensor<1x3x2xf32>, tensor<5x4x9xf32>, tensor<4xf32>) -> (tensor<1x4x3x3xf32>, tensor<1x4x3xf32>)
  return %o, %lse : tensor<1x4x3x3xf32>, tensor<1x4x3xf32>
}

// CHECK-LABEL: @moba
// CHECK: %[[MEANS:.*]] = hadal.block_mean %{{.*}} kv_lengths %[[N:.*]] block 4 : ({{.*}}) -> tensor<2x2x3x8xbf16>
// CHECK: %[[SCORES:.*]] = hadal.block_scores %{{.*}}, %[[MEANS]] : ({{.*}}) -> tensor<2x4x9x3xf32>
// CHECK: %[[S:.*]] = hadal.select %[[SCORES]] kv_lengths %[[N]] block 4 count 2 local 1 causal
// CHECK: hadal.selected_attention %{{.*}}, %{{.*}}, %{{.*}}, %[[S]] kv_lengths %[[N]] block 4 scale 5.000000e-01 softcap 3.000000e+01 causal
func.func @moba(%q: tensor<2x4x9x8xbf16>, %k: tensor<2x2x9x8xbf16>, %v: tensor<2x2x9x6xbf16>, %n: tensor<2xi32>)
    -> tensor<2x4x9x6xbf16> {
  %o = hadal.moba %q, %k, %v kv_lengths %n block 4 top 2 scale 0.5 causal softcap 30.0
      : (tensor<2x4x9x8xbf16>, tensor<2x2x9x8xbf16>, tensor<2x2x9x6xbf16>, tensor<2xi32>) -> tensor<2x4x9x6xbf16>
  return %o : tensor<2x4x9x6xbf16>
}

// Entries and index keys are made alike; the index keys have no heads.
// CHECK-LABEL: @csa
// CHECK: %[[E:.*]] = hadal.compress %{{.*}} {{ *}}gated gate %{{.*}} bias %{{.*}} overlap length 8 stride 4 : ({{.*}}) -> tensor<1x1x2x8xf32>
// CHECK: %[[EN:.*]] = hadal.rms_norm %[[E]]
// CHECK: %[[ER:.*]] = hadal.rope %[[EN]], {{.*}} interleaved to {{ *}}interleaved rotate {{ *}}last
// CHECK: tensor.expand_shape
// CHECK: hadal.compress {{.*}} overlap length 8 stride 4 : ({{.*}}) -> tensor<1x1x2x4xf32>
// CHECK: hadal.rms_norm
// CHECK: %[[IR:.*]] = hadal.rope
// CHECK: %[[IK:.*]] = tensor.collapse_shape %[[IR]] {{.*}} into tensor<1x2x4xf32>
// CHECK: %[[SCORES:.*]] = hadal.indexer_scores %{{.*}}, %[[IK]]
// CHECK: %[[S:.*]] = hadal.select %[[SCORES]] block 4 count 2 whole causal offset 0
// CHECK: %[[O1:.*]], %[[L1:.*]] = hadal.selected_attention %{{.*}}, %[[ER]], %[[ER]], %[[S]] block 1 scale 5.000000e-01 :
// CHECK: %[[O2:.*]], %[[L2:.*]] = hadal.attention {{.*}} causal window 3
// CHECK: hadal.merge_attention outs(%[[O1]], %[[O2]]) lses(%[[L1]], %[[L2]]) sink
func.func @csa(%q: tensor<1x4x9x8xf32>, %kv: tensor<1x1x9x8xf32>, %c: tensor<1x1x9x16xf32>, %iq: tensor<1x2x9x4xf32>,
               %ic: tensor<1x9x8xf32>, %iw: tensor<1x9x2xf32>, %b: tensor<4x16xf32>, %ib: tensor<4x8xf32>,
               %n: tensor<8xf32>, %in: tensor<4xf32>, %cos: tensor<1x2x2xf32>, %s: tensor<4xf32>) -> tensor<1x4x9x8xf32> {
  %o = hadal.csa %q, %kv, %c index %iq, %ic, %iw gates %c, %ic bias %b, %ib norm %n, %in epsilon 1.0e-6
      rope %cos, %cos interleaved sink %s compress 4 top 2 window 3 index_scale 0.5 scale 0.5 causal
      : (tensor<1x4x9x8xf32>, tensor<1x1x9x8xf32>, tensor<1x1x9x16xf32>, tensor<1x2x9x4xf32>, tensor<1x9x8xf32>,
         tensor<1x9x2xf32>, tensor<1x1x9x16xf32>, tensor<1x9x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<8xf32>,
         tensor<4xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<4xf32>) -> tensor<1x4x9x8xf32>
  return %o : tensor<1x4x9x8xf32>
}

// Entries as they are given: a step of decoding.
// CHECK-LABEL: @hca
// CHECK: %[[O1:.*]], %[[L1:.*]] = hadal.compressed_attention %{{.*}}, %[[E:.*]], %[[E]] length 4 stride 4 scale 5.000000e-01 causal offset 8
// CHECK: %[[O2:.*]], %[[L2:.*]] = hadal.attention {{.*}} causal window 3
// CHECK: hadal.merge_attention outs(%[[O1]], %[[O2]]) lses(%[[L1]], %[[L2]]) :
func.func @hca(%q: tensor<1x4x1x8xf32>, %kv: tensor<1x1x9x8xf32>, %e: tensor<1x1x2x8xf32>) -> tensor<1x4x1x8xf32> {
  %o = hadal.hca %q, %kv, %e compress 4 window 3 scale 0.5 causal
      : (tensor<1x4x1x8xf32>, tensor<1x1x9x8xf32>, tensor<1x1x2x8xf32>) -> tensor<1x4x1x8xf32>
  return %o : tensor<1x4x1x8xf32>
}
