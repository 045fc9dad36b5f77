// RUN: hadal-opt %s --hadal-form-kernels=remarks=true --verify-diagnostics -o /dev/null
// Why each value stands in memory.

#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @f(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>, %v: tensor<64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-remark @+1 {{matmul stands in memory: several programs read it}}
  %h = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%z : tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-remark @+1 {{rms_norm stands in memory: a product reads it many times}}
  %r = hadal.rms_norm %h, %v epsilon 1.0e-6 : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul ins(%r, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%z : tensor<?x64xf32>) -> tensor<?x64xf32>
  // expected-remark @+1 {{matmul_add stands in memory: it is a result}}
  %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h, %y : tensor<?x64xf32>, tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<?x64xf32>
  return %s : tensor<?x64xf32>
}
