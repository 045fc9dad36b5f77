// RUN: hadal-run --target=reference %s

func.func private @fib(%n: i64) -> i64 {
  %c2 = arith.constant 2 : i64
  %c1 = arith.constant 1 : i64
  %small = arith.cmpi slt, %n, %c2 : i64
  %r = scf.if %small -> i64 {
    scf.yield %n : i64
  } else {
    %a = arith.subi %n, %c1 : i64
    %b = arith.subi %n, %c2 : i64
    %fa = func.call @fib(%a) : (i64) -> i64
    %fb = func.call @fib(%b) : (i64) -> i64
    %s = arith.addi %fa, %fb : i64
    scf.yield %s : i64
  }
  return %r : i64
}

func.func @calls() {
  %n = arith.constant 10 : i64
  %r = func.call @fib(%n) : (i64) -> i64
  %e = arith.constant 55 : i64
  check.expect_eq %r, %e : i64, i64
  return
}

// Carried tensors; the loop that does not run passes its inits on.
func.func @for() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %x = arith.constant dense<[1, 2]> : tensor<2xi32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %x, %b = %c0) -> (tensor<2xi32>, index) {
    %d = arith.addi %a, %a : tensor<2xi32>
    %s = arith.addi %b, %i : index
    scf.yield %d, %s : tensor<2xi32>, index
  }
  %ex = arith.constant dense<[16, 32]> : tensor<2xi32>
  %c6 = arith.constant 6 : index
  check.expect_eq %r#0, %ex : tensor<2xi32>, tensor<2xi32>
  check.expect_eq %r#1, %c6 : index, index
  %n = scf.for %i = %c4 to %c0 step %c1 iter_args(%a = %x) -> tensor<2xi32> {
    scf.yield %ex : tensor<2xi32>
  }
  check.expect_eq %n, %x : tensor<2xi32>, tensor<2xi32>
  return
}

func.func @while() {
  %c1 = arith.constant 1 : i64
  %c100 = arith.constant 100 : i64
  %r = scf.while (%a = %c1) : (i64) -> i64 {
    %go = arith.cmpi slt, %a, %c100 : i64
    scf.condition(%go) %a : i64
  } do {
  ^bb0(%a: i64):
    %d = arith.addi %a, %a : i64
    scf.yield %d : i64
  }
  %e = arith.constant 128 : i64
  check.expect_eq %r, %e : i64, i64
  return
}

func.func @affine() {
  %c7 = arith.constant 7 : index
  %c3 = arith.constant 3 : index
  %a = affine.apply affine_map<(d0)[s0] -> (d0 ceildiv 2 + s0 mod 2)>(%c7)[%c3]
  %c5 = arith.constant 5 : index
  check.expect_eq %a, %c5 : index, index
  %m = affine.min affine_map<(d0)[s0] -> (d0, s0 * 2, 100)>(%c7)[%c3]
  %c6 = arith.constant 6 : index
  check.expect_eq %m, %c6 : index, index
  %n = affine.max affine_map<(d0)[s0] -> (d0, s0 * 2)>(%c7)[%c3]
  check.expect_eq %n, %c7 : index, index
  return
}
