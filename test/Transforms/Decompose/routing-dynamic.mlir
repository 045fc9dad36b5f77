// All sizes dynamic: what is static is k and the number of experts of a grouping.
// RUN: hadal-run --target=reference %s
// RUN: hadal-opt %s --hadal-decompose=level=linalg -o %t.mlir
// RUN: hadal-run --target=reference %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir --check-prefix=LEFT
// LEFT-NOT: hadal.{{route|group|combine|grouped_matmul|gated_activation|dispatch|collect}}

// Logits 1, 3, 2 of three experts that multiply by 1, 10, 100; relu(gate) · up with gate = up = x.
func.func private @mixture(%l: tensor<?x?xf32>, %x: tensor<?x?xf32>, %w: tensor<?x?x?xf32>) -> tensor<?x?xf32> {
  %g, %i = hadal.route %l score identity top 2 : (tensor<?x?xf32>) -> (tensor<?x2xf32>, tensor<?x2xi32>)
  %dg = tensor.cast %g : tensor<?x2xf32> to tensor<?x?xf32>
  %o, %p, %c, %v = hadal.group %i experts 3 align 2
      : (tensor<?x2xi32>) -> (tensor<4xi32>, tensor<?xi32>, tensor<3xi32>, tensor<?xi32>)
  %h = hadal.grouped_matmul %x, %w, %o, %p gather 2
      : (tensor<?x?xf32>, tensor<?x?x?xf32>, tensor<4xi32>, tensor<?xi32>) -> tensor<?x?xf32>
  %a = hadal.gated_activation %h relu gate_first : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %y = hadal.combine %a, %dg inverse %v : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xi32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

func.func @check_mixture() {
  %l = arith.constant dense<[[1.0, 3.0, 2.0]]> : tensor<1x3xf32>
  %x = arith.constant dense<[[2.0]]> : tensor<1x1xf32>
  %w = arith.constant dense<[[[1.0, 1.0]], [[10.0, 10.0]], [[100.0, 100.0]]]> : tensor<3x1x2xf32>
  %dl = tensor.cast %l : tensor<1x3xf32> to tensor<?x?xf32>
  %dx = tensor.cast %x : tensor<1x1xf32> to tensor<?x?xf32>
  %dw = tensor.cast %w : tensor<3x1x2xf32> to tensor<?x?x?xf32>
  %y = func.call @mixture(%dl, %dx, %dw) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?xf32>
  // 3 · 20² + 2 · 200²
  %e = arith.constant dense<[[81200.0]]> : tensor<1x1xf32>
  check.expect_eq %y, %e : tensor<?x?xf32>, tensor<1x1xf32>
  return
}

// Token 1 of rank 0 to expert 1 on rank 1 and back, times 3; token 0 nowhere.
func.func private @exchange(%x: tensor<2x?x?xf32>, %i: tensor<2x?x?xi64>, %w: tensor<2x?x?xf32>) -> tensor<2x?x?xf32> {
  %r, %c, %s = hadal.dispatch %x, %i experts 2 low_latency
      : (tensor<2x?x?xf32>, tensor<2x?x?xi64>) -> (tensor<2x1x?x?xf32>, tensor<2x1xi32>, tensor<2x1x?xi32>)
  %o = hadal.collect %r, %s weights %w low_latency
      : (tensor<2x1x?x?xf32>, tensor<2x1x?xi32>, tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  return %o : tensor<2x?x?xf32>
}

func.func @check_exchange() {
  %x = arith.constant dense<[[[1.0], [2.0]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %i = arith.constant dense<[[[-1], [1]], [[0], [1]]]> : tensor<2x2x1xi64>
  %w = arith.constant dense<3.0> : tensor<2x2x1xf32>
  %dx = tensor.cast %x : tensor<2x2x1xf32> to tensor<2x?x?xf32>
  %di = tensor.cast %i : tensor<2x2x1xi64> to tensor<2x?x?xi64>
  %dw = tensor.cast %w : tensor<2x2x1xf32> to tensor<2x?x?xf32>
  %y = func.call @exchange(%dx, %di, %dw) : (tensor<2x?x?xf32>, tensor<2x?x?xi64>, tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %e = arith.constant dense<[[[0.0], [6.0]], [[9.0], [12.0]]]> : tensor<2x2x1xf32>
  check.expect_eq %y, %e : tensor<2x?x?xf32>, tensor<2x2x1xf32>
  return
}
