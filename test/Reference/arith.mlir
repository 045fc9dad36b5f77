// RUN: hadal-run --target=reference %s

func.func @integers() {
  %a = arith.constant dense<[7, -7, 7, -7]> : tensor<4xi32>
  %b = arith.constant dense<[2, 2, -2, -2]> : tensor<4xi32>
  %div = arith.divsi %a, %b : tensor<4xi32>
  %ediv = arith.constant dense<[3, -3, -3, 3]> : tensor<4xi32>
  check.expect_eq %div, %ediv : tensor<4xi32>, tensor<4xi32>
  %rem = arith.remsi %a, %b : tensor<4xi32>
  %erem = arith.constant dense<[1, -1, 1, -1]> : tensor<4xi32>
  check.expect_eq %rem, %erem : tensor<4xi32>, tensor<4xi32>
  %floor = arith.floordivsi %a, %b : tensor<4xi32>
  %efloor = arith.constant dense<[3, -4, -4, 3]> : tensor<4xi32>
  check.expect_eq %floor, %efloor : tensor<4xi32>, tensor<4xi32>
  %ceil = arith.ceildivsi %a, %b : tensor<4xi32>
  %eceil = arith.constant dense<[4, -3, -3, 4]> : tensor<4xi32>
  check.expect_eq %ceil, %eceil : tensor<4xi32>, tensor<4xi32>
  return
}

// i8 wraps around; unsigned operations see 255 where signed ones see −1.
func.func @widths() {
  %a = arith.constant dense<[127, -128, -1]> : tensor<3xi8>
  %one = arith.constant dense<1> : tensor<3xi8>
  %sum = arith.addi %a, %one : tensor<3xi8>
  %esum = arith.constant dense<[-128, -127, 0]> : tensor<3xi8>
  check.expect_eq %sum, %esum : tensor<3xi8>, tensor<3xi8>
  %u = arith.extui %a : tensor<3xi8> to tensor<3xi32>
  %eu = arith.constant dense<[127, 128, 255]> : tensor<3xi32>
  check.expect_eq %u, %eu : tensor<3xi32>, tensor<3xi32>
  %s = arith.extsi %a : tensor<3xi8> to tensor<3xi32>
  %es = arith.constant dense<[127, -128, -1]> : tensor<3xi32>
  check.expect_eq %s, %es : tensor<3xi32>, tensor<3xi32>
  %ugt = arith.cmpi ugt, %a, %one : tensor<3xi8>
  %eugt = arith.constant dense<[true, true, true]> : tensor<3xi1>
  check.expect_eq %ugt, %eugt : tensor<3xi1>, tensor<3xi1>
  %sgt = arith.cmpi sgt, %a, %one : tensor<3xi8>
  %esgt = arith.constant dense<[true, false, false]> : tensor<3xi1>
  check.expect_eq %sgt, %esgt : tensor<3xi1>, tensor<3xi1>
  %shr = arith.shrui %a, %one : tensor<3xi8>
  %eshr = arith.constant dense<[63, 64, 127]> : tensor<3xi8>
  check.expect_eq %shr, %eshr : tensor<3xi8>, tensor<3xi8>
  %n = arith.extui %sgt : tensor<3xi1> to tensor<3xi32>
  %en = arith.constant dense<[1, 0, 0]> : tensor<3xi32>
  check.expect_eq %n, %en : tensor<3xi32>, tensor<3xi32>
  %m = arith.extsi %sgt : tensor<3xi1> to tensor<3xi32>
  %em = arith.constant dense<[-1, 0, 0]> : tensor<3xi32>
  check.expect_eq %m, %em : tensor<3xi32>, tensor<3xi32>
  return
}

func.func @compare_floats() {
  %a = arith.constant dense<[1.0, 2.0, 0x7FC00000]> : tensor<3xf32>
  %b = arith.constant dense<[1.0, 1.0, 1.0]> : tensor<3xf32>
  %oeq = arith.cmpf oeq, %a, %b : tensor<3xf32>
  %eoeq = arith.constant dense<[true, false, false]> : tensor<3xi1>
  check.expect_eq %oeq, %eoeq : tensor<3xi1>, tensor<3xi1>
  %une = arith.cmpf une, %a, %b : tensor<3xf32>
  %eune = arith.constant dense<[false, true, true]> : tensor<3xi1>
  check.expect_eq %une, %eune : tensor<3xi1>, tensor<3xi1>
  %one = arith.cmpf one, %a, %b : tensor<3xf32>
  %eone = arith.constant dense<[false, true, false]> : tensor<3xi1>
  check.expect_eq %one, %eone : tensor<3xi1>, tensor<3xi1>
  %ugt = arith.cmpf ugt, %a, %b : tensor<3xf32>
  %eugt = arith.constant dense<[false, true, true]> : tensor<3xi1>
  check.expect_eq %ugt, %eugt : tensor<3xi1>, tensor<3xi1>
  %ueq = arith.cmpf ueq, %a, %b : tensor<3xf32>
  %eueq = arith.constant dense<[true, false, true]> : tensor<3xi1>
  check.expect_eq %ueq, %eueq : tensor<3xi1>, tensor<3xi1>
  %uno = arith.cmpf uno, %a, %b : tensor<3xf32>
  %euno = arith.constant dense<[false, false, true]> : tensor<3xi1>
  check.expect_eq %uno, %euno : tensor<3xi1>, tensor<3xi1>
  %ord = arith.cmpf ord, %a, %b : tensor<3xf32>
  %eord = arith.constant dense<[true, true, false]> : tensor<3xi1>
  check.expect_eq %ord, %eord : tensor<3xi1>, tensor<3xi1>
  %max = arith.maximumf %a, %b : tensor<3xf32>
  %emax = arith.constant dense<[1.0, 2.0, 0x7FC00000]> : tensor<3xf32>
  check.expect_eq %max, %emax : tensor<3xf32>, tensor<3xf32>
  %num = arith.maxnumf %a, %b : tensor<3xf32>
  %enum = arith.constant dense<[1.0, 2.0, 1.0]> : tensor<3xf32>
  check.expect_eq %num, %enum : tensor<3xf32>, tensor<3xf32>
  return
}

func.func @conversions() {
  %a = arith.constant dense<[1.5, -1.5, 1.0e10, 0x7FC00000]> : tensor<4xf32>
  %i = arith.fptosi %a : tensor<4xf32> to tensor<4xi32>
  %ei = arith.constant dense<[1, -1, 2147483647, 0]> : tensor<4xi32>
  check.expect_eq %i, %ei : tensor<4xi32>, tensor<4xi32>
  %m = arith.constant dense<-1> : tensor<1xi8>
  %u = arith.uitofp %m : tensor<1xi8> to tensor<1xf32>
  %eu = arith.constant dense<255.0> : tensor<1xf32>
  check.expect_eq %u, %eu : tensor<1xf32>, tensor<1xf32>
  %s = arith.sitofp %m : tensor<1xi8> to tensor<1xf32>
  %es = arith.constant dense<-1.0> : tensor<1xf32>
  check.expect_eq %s, %es : tensor<1xf32>, tensor<1xf32>
  %bits = arith.bitcast %eu : tensor<1xf32> to tensor<1xi32>
  %ebits = arith.constant dense<0x437F0000> : tensor<1xi32>
  check.expect_eq %bits, %ebits : tensor<1xi32>, tensor<1xi32>
  // Halfway between two bf16 numbers: to the even one.
  %h = arith.constant dense<1.00390625> : tensor<1xf32>
  %b = arith.truncf %h : tensor<1xf32> to tensor<1xbf16>
  %w = arith.extf %b : tensor<1xbf16> to tensor<1xf32>
  %ew = arith.constant dense<1.0> : tensor<1xf32>
  check.expect_eq %w, %ew : tensor<1xf32>, tensor<1xf32>
  return
}

func.func @math() {
  %x = arith.constant dense<[0.0, 0.25, 1.0]> : tensor<3xf64>
  %sqrt = math.sqrt %x : tensor<3xf64>
  %esqrt = arith.constant dense<[0.0, 0.5, 1.0]> : tensor<3xf64>
  check.expect_eq %sqrt, %esqrt : tensor<3xf64>, tensor<3xf64>
  %exp = math.exp %x : tensor<3xf64>
  %eexp = arith.constant dense<[1.0, 1.2840254166877414, 2.718281828459045]> : tensor<3xf64>
  check.expect_close %exp, %eexp tolerance 1.0e-15 : tensor<3xf64>, tensor<3xf64>
  %erf = math.erf %x : tensor<3xf64>
  %eerf = arith.constant dense<[0.0, 0.2763263901682369, 0.8427007929497149]> : tensor<3xf64>
  check.expect_close %erf, %eerf tolerance 1.0e-15 : tensor<3xf64>, tensor<3xf64>
  return
}

// A scalar condition chooses a whole tensor.
func.func @select() {
  %t = arith.constant true
  %a = arith.constant dense<[1, 2]> : tensor<2xi32>
  %b = arith.constant dense<[3, 4]> : tensor<2xi32>
  %s = arith.select %t, %a, %b : tensor<2xi32>
  check.expect_eq %s, %a : tensor<2xi32>, tensor<2xi32>
  %m = arith.constant dense<[false, true]> : tensor<2xi1>
  %r = arith.select %m, %a, %b : tensor<2xi1>, tensor<2xi32>
  %er = arith.constant dense<[3, 2]> : tensor<2xi32>
  check.expect_eq %r, %er : tensor<2xi32>, tensor<2xi32>
  return
}
