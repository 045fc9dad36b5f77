//===- DotTest.cpp - tile.dot on the CPU ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "gtest/gtest.h"

using namespace hadal;
using namespace hadal::test;

namespace {

struct Problem {
  int64_t m, n, k;    // of the matrices
  int64_t tm, tn, tk; // of the tiles
  bool transposeB = false;
};

std::string matmulSource(const Problem &p) {
  std::string source = R"(
    tile.program @matmul(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>) {
      %i = tile.program_id x
      %j = tile.program_id y
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %tm = arith.constant TM : index
      %tn = arith.constant TN : index
      %tk = arith.constant TK : index
      %kk = memref.dim %a, %c1 : memref<?x?xf32>
      %m = arith.muli %i, %tm : index
      %n = arith.muli %j, %tn : index
      %z = arith.constant dense<0.0> : tensor<TMxTNxf32>
      %r = scf.for %k = %c0 to %kk step %tk iter_args(%acc = %z) -> tensor<TMxTNxf32> {
        %ta = tile.load %a[%m, %k] sizes [TM, TK] : memref<?x?xf32> -> tensor<TMxTKxf32>
        %tb = tile.load %b[BOFF] sizes [BSIZE] : memref<?x?xf32> -> tensor<BSHAPExf32>
        %d = tile.dot %ta, %tb, %acc TRANS precision f32 : tensor<TMxTKxf32>, tensor<BSHAPExf32>, tensor<TMxTNxf32>
        scf.yield %d : tensor<TMxTNxf32>
      }
      tile.store %r, %c[%m, %n] sizes [TM, TN] : tensor<TMxTNxf32>, memref<?x?xf32>
      tile.return
    })";
  std::string tm = std::to_string(p.tm), tn = std::to_string(p.tn), tk = std::to_string(p.tk);
  return fill(source, {{"BOFF", p.transposeB ? "%n, %k" : "%k, %n"},
                       {"BSIZE", p.transposeB ? tn + ", " + tk : tk + ", " + tn},
                       {"BSHAPE", p.transposeB ? tn + "x" + tk : tk + "x" + tn},
                       {"TRANS", p.transposeB ? "transpose_b" : ""},
                       {"TM", tm},
                       {"TN", tn},
                       {"TK", tk}});
}

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

class Dot : public ::testing::TestWithParam<Problem> {};

TEST_P(Dot, Matmul) {
  Problem p = GetParam();
  std::unique_ptr<KernelModule> module = KernelModule::compile(matmulSource(p));
  ASSERT_TRUE(module);
  Array left = randomFloats({p.m, p.k}, 1), right = randomFloats({p.k, p.n}, 2);
  llvm::MutableArrayRef<float> a = left.data<float>(), b = right.data<float>();
  std::vector<float> c(p.m * p.n, -7.0f);
  Arguments args;
  args.memref(a.data(), {p.m, p.k});
  if (p.transposeB)
    args.memref(b.data(), {p.n, p.k});
  else
    args.memref(b.data(), {p.k, p.n});
  args.memref(c.data(), {p.m, p.n});
  module->launch(args, ceilDiv(p.m, p.tm), ceilDiv(p.n, p.tn));
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < p.k; ++k)
        sum += double(a[i * p.k + k]) * (p.transposeB ? b[j * p.k + k] : b[k * p.n + j]);
      ASSERT_NEAR(c[i * p.n + j], sum, 1e-4) << i << ", " << j;
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Dot,
                         ::testing::Values(Problem{128, 512, 192, 64, 64, 64}, Problem{128, 512, 192, 32, 64, 32},
                                           Problem{128, 512, 192, 128, 128, 64}, Problem{1, 512, 192, 1, 128, 64},
                                           Problem{1, 512, 192, 1, 64, 32}, Problem{4, 512, 192, 4, 128, 192},
                                           Problem{17, 33, 19, 16, 32, 16}, Problem{9, 17, 3, 9, 17, 3},
                                           Problem{33, 65, 40, 17, 33, 20}, Problem{3, 100, 50, 3, 100, 25},
                                           Problem{128, 512, 192, 64, 64, 64, true},
                                           Problem{33, 65, 40, 17, 33, 20, true}, Problem{1, 50, 48, 1, 64, 48, true},
                                           Problem{5, 3, 7, 8, 16, 4, true}));

// Operands that are computed, reduced, transposed, shared by two products, and gathered.
TEST(DotOperands, Computed) {
  Program program;
  program.body = R"(
    %z = arith.constant dense<0.0> : tensor<10x33xf32>
    %zz = arith.constant dense<0.0> : tensor<10x10xf32>
    %a = tile.load %a0[%c0, %c0] sizes [10, 20] : A0 -> tensor<10x20xf32>
    %b = tile.load %a1[%c0, %c0] sizes [20, 33] : A1 -> tensor<20x33xf32>
    %rows = tile.load %a2[%c0] sizes [10] : A2 -> tensor<10xi32>
    %g = tile.load %a0[%c0, %c0] sizes [10, 20] gather %rows at 0 : tensor<10xi32> : A0 -> tensor<10x20xf32>
    %ea = math.absf %a : tensor<10x20xf32>
    %eb = arith.mulf %b, %b : tensor<20x33xf32>
    %1 = tile.dot %ea, %eb, %z precision f32 : tensor<10x20xf32>, tensor<20x33xf32>, tensor<10x33xf32>
    %2 = tile.dot %g, %b, %1 precision tf32 : tensor<10x20xf32>, tensor<20x33xf32>, tensor<10x33xf32>
    %3 = tile.dot %1, %2, %zz transpose_b precision f32 : tensor<10x33xf32>, tensor<10x33xf32>, tensor<10x10xf32>
    %4 = tile.dot %3, %2, %2 precision f32 : tensor<10x10xf32>, tensor<10x33xf32>, tensor<10x33xf32>
    %at = tile.transpose %a perm [1, 0] : tensor<10x20xf32> -> tensor<20x10xf32>
    %5 = tile.dot %a, %at, %zz precision f32 : tensor<10x20xf32>, tensor<20x10xf32>, tensor<10x10xf32>
    tile.store %4, %a3[%c0, %c0] sizes [10, 33] : tensor<10x33xf32>, A3
    tile.store %5, %a4[%c0, %c0] sizes [10, 10] : tensor<10x10xf32>, A4
)";
  program.inputs = {"10x20xf32", "20x33xf32", "10xi32"};
  program.outputs = {"10x33xf32", "10x10xf32"};
  expectLikeReference(program, {randomFloats({10, 20}), randomFloats({20, 33}, 2), randomInts(DType::I32, {10}, -1, 9)},
                      1e-4);
  if (std::string cpu = olderCpu(); !cpu.empty())
    expectLikeReference(
        program, {randomFloats({10, 20}), randomFloats({20, 33}, 2), randomInts(DType::I32, {10}, -1, 9)}, 1e-4, cpu);
}

TEST(DotOperands, BFloat) {
  for (const char *rows : {"2", "12"}) {
    Program program;
    program.body = fill(R"(
      %z = arith.constant dense<1.0> : tensor<Mx18xf32>
      %a = tile.load %a0[%c0, %c0] sizes [M, 7] : A0 -> tensor<Mx7xbf16>
      %b = tile.load %a1[%c0, %c0] sizes [7, 18] : A1 -> tensor<7x18xbf16>
      %t = tile.load %a2[%c0, %c0] sizes [18, 7] : A2 -> tensor<18x7xbf16>
      %1 = tile.dot %a, %b, %z precision bf16 : tensor<Mx7xbf16>, tensor<7x18xbf16>, tensor<Mx18xf32>
      %2 = tile.dot %a, %t, %1 transpose_b precision bf16 : tensor<Mx7xbf16>, tensor<18x7xbf16>, tensor<Mx18xf32>
      tile.store %2, %a3[%c0, %c0] sizes [M, 18] : tensor<Mx18xf32>, A3
)",
                        {{"M", rows}});
    program.inputs = {std::string(rows) + "x7xbf16", "7x18xbf16", "18x7xbf16"};
    program.outputs = {std::string(rows) + "x18xf32"};
    std::vector<Array> inputs;
    for (std::vector<int64_t> shape : {std::vector<int64_t>{std::stol(rows), 7}, {7, 18}, {18, 7}}) {
      Array array = Array::zeros(DType::BF16, shape);
      for (int64_t i = 0; i < array.numElements(); ++i)
        array.setDouble(i, (i * 37 % 17 - 8) / 16.0);
      inputs.push_back(array);
    }
    expectLikeReference(program, inputs);
    if (std::string cpu = olderCpu(); !cpu.empty())
      expectLikeReference(program, inputs, 1e-5, cpu);
  }
}

} // namespace
