//===- DotTest.cpp - tile.dot on the CPU ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace hadal::test;

namespace {

std::vector<float> randomValues(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  std::vector<float> values(count);
  for (float &value : values)
    value = distribution(generator);
  return values;
}

struct Problem {
  int64_t m, n, k;    // of the matrices
  int64_t tm, tn, tk; // of the tiles
  bool transposeB = false;
};

std::string replaceAll(std::string text, const std::string &from, const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

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
  std::string tn = std::to_string(p.tn), tk = std::to_string(p.tk);
  source = replaceAll(source, "BOFF", p.transposeB ? "%n, %k" : "%k, %n");
  source = replaceAll(source, "BSIZE", p.transposeB ? tn + ", " + tk : tk + ", " + tn);
  source = replaceAll(source, "BSHAPE", p.transposeB ? tn + "x" + tk : tk + "x" + tn);
  source = replaceAll(source, "TRANS", p.transposeB ? "transpose_b" : "");
  source = replaceAll(source, "TM", std::to_string(p.tm));
  source = replaceAll(source, "TN", tn);
  return replaceAll(source, "TK", tk);
}

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

class Dot : public ::testing::TestWithParam<Problem> {};

TEST_P(Dot, Matmul) {
  Problem p = GetParam();
  std::unique_ptr<KernelModule> module = KernelModule::compile(matmulSource(p));
  ASSERT_TRUE(module);
  std::vector<float> a = randomValues(p.m * p.k, 1), b = randomValues(p.k * p.n, 2), c(p.m * p.n, -7.0f);
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

} // namespace
