// What is gathered from: along two dimensions, from a concatenation, in a batch; and sums from the end.
// RUN: hadal-run --target=cpu %s --random-inputs=3 --dim=arg0.0=4 --output-dir=%t.dir
// RUN: hadal-run --target=reference %s --random-inputs=3 --dim=arg0.0=4 --expected=%t.dir/outputs.npz --tolerance=1e-6
// RUN: hadal-run --target=emulator %s --random-inputs=3 --dim=arg0.0=4 --expected=%t.dir/outputs.npz --tolerance=0

func.func @gathers(%x: tensor<?x6x5xf32>, %y: tensor<3x5xf32>, %z: tensor<4x5xf32>, %b: tensor<2x6x3xf32>,
                   %v: tensor<9xf32>) -> (tensor<?x2x3xf32>, tensor<4x5xf32>, tensor<2x2x3xf32>, tensor<9xf32>) {
  %i = arith.constant dense<[4, 1]> : tensor<2xi64>
  %j = arith.constant dense<[0, 4, 2]> : tensor<3xi64>
  %first = hadal.gather %x, %i axis 1 : (tensor<?x6x5xf32>, tensor<2xi64>) -> tensor<?x2x5xf32>
  %both = hadal.gather %first, %j axis 2 : (tensor<?x2x5xf32>, tensor<3xi64>) -> tensor<?x2x3xf32>
  %rows = arith.constant dense<[6, 0, 3, -4]> : tensor<4xi64>
  %all = tensor.concat dim(0) %y, %z : (tensor<3x5xf32>, tensor<4x5xf32>) -> tensor<7x5xf32>
  %some = hadal.gather %all, %rows axis 0 : (tensor<7x5xf32>, tensor<4xi64>) -> tensor<4x5xf32>
  %places = arith.constant dense<[[[5], [0]], [[2], [2]]]> : tensor<2x2x1xi64>
  %batched = hadal.gather_nd %b, %places batch_dims 1 : (tensor<2x6x3xf32>, tensor<2x2x1xi64>) -> tensor<2x2x3xf32>
  %sums = hadal.cumsum %v axis 0 exclusive reverse : tensor<9xf32>
  return %both, %some, %batched, %sums : tensor<?x2x3xf32>, tensor<4x5xf32>, tensor<2x2x3xf32>, tensor<9xf32>
}
