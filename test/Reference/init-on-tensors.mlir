// At the kernels level hadal.init returns the globals that its result attributes name.
// RUN: hadal-run --target=reference %s

tile.global @derived : tensor<2xf32>
tile.program @ones(%y: memref<2xf32>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant dense<1.0> : tensor<2xf32>
  tile.store %v, %y[%c0] sizes [2] : tensor<2xf32>, memref<2xf32>
  tile.return
}
func.func @hadal.init() -> (tensor<2xf32> {hadal.global = @derived}) {
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<2xf32>
  %y = tile.launch @ones grid[%c1, %c1, %c1] outs(%e : tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
func.func @f() {
  %w = tile.get_global @derived : tensor<2xf32>
  %e = arith.constant dense<1.0> : tensor<2xf32>
  check.expect_eq %w, %e : tensor<2xf32>, tensor<2xf32>
  return
}
