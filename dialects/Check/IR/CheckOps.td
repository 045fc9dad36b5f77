//===- CheckOps.td - Assertions for tests of numbers ---------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CHECK_IR_CHECKOPS_TD
#define HADAL_DIALECTS_CHECK_IR_CHECKOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def CheckDialect : Dialect {
  let name = "check";
  let cppNamespace = "::hadal::check";
  let summary = "Assertions for tests of numbers";
  let description = [{
    A function without arguments and results computes something and asserts what
    it is; `hadal-run --target=reference` runs it and reports each assertion that
    does not hold where it stands.
  }];
}

// Not pure: a check must not be removed.
class Check_Op<string mnemonic> : Op<CheckDialect, mnemonic> {
  let hasVerifier = 1;
}

def Check_Value : AnyTypeOf<[AnyRankedTensor, AnyFloat, AnySignlessInteger, Index]>;

def Check_ExpectEqOp : Check_Op<"expect_eq"> {
  let summary = "two values are equal";
  let description = [{
    Holds if the shapes agree and all elements are equal. NaN equals NaN, and
    −0 equals +0.

    Constraints:
    - C1: both have one element type; ranks, and sizes where both are static, agree.

    Example:

    ```mlir
    check.expect_eq %indices, %expected : tensor<2x4xi32>, tensor<2x4xi32>
    ```
  }];
  let arguments = (ins Check_Value:$actual, Check_Value:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual) `,` type($expected)";
}

def Check_ExpectCloseOp : Check_Op<"expect_close"> {
  let summary = "two float values are close";
  let description = [{
    Holds if the shapes agree and for each pair of elements
    `|actual − expected| ≤ tolerance · max(1, |expected|)`. NaN is close to NaN
    only, an infinity to itself only.

    Constraints:
    - C1: both have one element type; ranks, and sizes where both are static, agree.
    - C2: the elements are floats.
    - C3: the tolerance is finite and not negative.

    Example:

    ```mlir
    check.expect_close %y, %expected tolerance 1.0e-6 : tensor<?x64xf32>, tensor<2x64xf32>
    ```
  }];
  let arguments = (ins Check_Value:$actual, Check_Value:$expected, F64Attr:$tolerance);
  let assemblyFormat = [{
    $actual `,` $expected `tolerance` $tolerance attr-dict `:` type($actual) `,` type($expected)
  }];
}

#endif // HADAL_DIALECTS_CHECK_IR_CHECKOPS_TD
