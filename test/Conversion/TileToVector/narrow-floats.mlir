// Floats of 8 bits: rounded on the CPU as the reference rounds them, down to the numbers without an exponent of their own.
// RUN: hadal-run --target=cpu %s --random-inputs=5 --output-dir=%t.dir
// RUN: hadal-run --target=reference %s --random-inputs=5 --expected=%t.dir/outputs.npz --tolerance=0

#id = affine_map<(i) -> (i)>
func.func @round(%x: tensor<2048xf32>) -> (tensor<2048xf8E4M3FN>, tensor<2048xf32>, tensor<2048xf8E5M2>, tensor<2048xf16>) {
  %e0 = tensor.empty() : tensor<2048xf8E4M3FN>
  %e4m3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<2048xf32>) outs(%e0 : tensor<2048xf8E4M3FN>) {
  ^bb0(%a: f32, %o: f8E4M3FN):
    %large = arith.constant 150.0 : f32
    %s = arith.mulf %a, %large : f32
    %q = arith.truncf %s : f32 to f8E4M3FN
    linalg.yield %q : f8E4M3FN
  } -> tensor<2048xf8E4M3FN>
  %e1 = tensor.empty() : tensor<2048xf32>
  %small = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<2048xf32>) outs(%e1 : tensor<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %little = arith.constant 0.005 : f32
    %s = arith.mulf %a, %little : f32
    %q = arith.truncf %s : f32 to f8E4M3FN
    %w = arith.extf %q : f8E4M3FN to f32
    linalg.yield %w : f32
  } -> tensor<2048xf32>
  %e2 = tensor.empty() : tensor<2048xf8E5M2>
  %e5m2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<2048xf32>) outs(%e2 : tensor<2048xf8E5M2>) {
  ^bb0(%a: f32, %o: f8E5M2):
    %large = arith.constant 30000.0 : f32
    %s = arith.mulf %a, %large : f32
    %q = arith.truncf %s : f32 to f8E5M2
    linalg.yield %q : f8E5M2
  } -> tensor<2048xf8E5M2>
  %e3 = tensor.empty() : tensor<2048xf16>
  %half = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<2048xf32>) outs(%e3 : tensor<2048xf16>) {
  ^bb0(%a: f32, %o: f16):
    %little = arith.constant 0.00002 : f32
    %s = arith.mulf %a, %little : f32
    %q = arith.truncf %s : f32 to f8E5M2
    %w = arith.extf %q : f8E5M2 to f16
    linalg.yield %w : f16
  } -> tensor<2048xf16>
  return %e4m3, %small, %e5m2, %half : tensor<2048xf8E4M3FN>, tensor<2048xf32>, tensor<2048xf8E5M2>, tensor<2048xf16>
}
