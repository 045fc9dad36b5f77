//===- ReduceTest.cpp - Reductions, scans and top-k on the CPU ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "gtest/gtest.h"

#include <limits>

using namespace hadal;
using namespace hadal::test;

namespace {

const float kInf = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

class Reduce : public ::testing::TestWithParam<int64_t> {};

TEST_P(Reduce, Floats) {
  std::string n = std::to_string(GetParam());
  Program program;
  program.body = fill(R"(
    %t = tile.load %a0[%c0, %c0] sizes [5, N] : A0 -> tensor<5xNxf32>
    %q = arith.mulf %t, %t : tensor<5xNxf32>
    %s = tile.reduce add %q axis 1 : tensor<5xNxf32> -> tensor<5xf32>
    %m = tile.reduce max %t axis 1 : tensor<5xNxf32> -> tensor<5xf32>
    %i = tile.reduce min %t axis 1 : tensor<5xNxf32> -> tensor<5xf32>
    %p = tile.reduce mul %t axis 1 : tensor<5xNxf32> -> tensor<5xf32>
    %cs = tile.reduce add %t axis 0 : tensor<5xNxf32> -> tensor<Nxf32>
    %cm = tile.reduce max %t axis 0 : tensor<5xNxf32> -> tensor<Nxf32>
    %all = tile.reduce max %cm axis 0 : tensor<Nxf32> -> f32
    %sum = tile.reduce add %cs axis 0 : tensor<Nxf32> -> f32
    tile.store %s, %a1[%c0, %c0] sizes [1, 5] : tensor<5xf32>, A1
    tile.store %m, %a1[%c1, %c0] sizes [1, 5] : tensor<5xf32>, A1
    tile.store %i, %a1[%c2, %c0] sizes [1, 5] : tensor<5xf32>, A1
    tile.store %p, %a1[%c3, %c0] sizes [1, 5] : tensor<5xf32>, A1
    tile.store %all, %a1[%c4, %c0] sizes [1, 1] : f32, A1
    tile.store %sum, %a1[%c4, %c1] sizes [1, 1] : f32, A1
    tile.store %cs, %a2[%c0, %c0] sizes [1, N] : tensor<Nxf32>, A2
    tile.store %cm, %a2[%c1, %c0] sizes [1, N] : tensor<Nxf32>, A2
)",
                      {{"N", n}});
  program.inputs = {"5x" + n + "xf32"};
  program.outputs = {"5x5xf32", "2x" + n + "xf32"};
  Array input = randomFloats({5, GetParam()});
  expectLikeReference(program, {input});
  // The greatest and smallest of a row with a NaN are NaN.
  input.data<float>()[GetParam() / 2] = kNaN;
  input.data<float>()[GetParam() * 2] = -kInf;
  expectLikeReference(program, {input});
}

TEST_P(Reduce, Integers) {
  std::string n = std::to_string(GetParam());
  Program program;
  program.body = fill(R"(
    %t = tile.load %a0[%c0, %c0] sizes [3, N] : A0 -> tensor<3xNxi32>
    %w = arith.extsi %t : tensor<3xNxi32> to tensor<3xNxi64>
    %s = tile.reduce add %w axis 1 : tensor<3xNxi64> -> tensor<3xi64>
    %m = tile.reduce max %t axis 1 : tensor<3xNxi32> -> tensor<3xi32>
    %i = tile.reduce min %t axis 0 : tensor<3xNxi32> -> tensor<Nxi32>
    tile.store %s, %a1[%c0] sizes [3] : tensor<3xi64>, A1
    tile.store %m, %a2[%c0] sizes [3] : tensor<3xi32>, A2
    tile.store %i, %a3[%c0] sizes [N] : tensor<Nxi32>, A3
)",
                      {{"N", n}});
  program.inputs = {"3x" + n + "xi32"};
  program.outputs = {"3xi64", "3xi32", n + "xi32"};
  expectLikeReference(program, {randomInts(DType::I32, {3, GetParam()}, -1000, 1000)});
}

TEST_P(Reduce, MiddleDimension) {
  std::string n = std::to_string(GetParam());
  Program program;
  program.body = fill(R"(
    %t = tile.load %a0[%c0, %c0, %c0] sizes [3, 4, N] : A0 -> tensor<3x4xNxf32>
    %s = tile.reduce add %t axis 1 : tensor<3x4xNxf32> -> tensor<3xNxf32>
    %r = tile.reduce max %t axis 2 : tensor<3x4xNxf32> -> tensor<3x4xf32>
    tile.store %s, %a1[%c0, %c0] sizes [3, N] : tensor<3xNxf32>, A1
    tile.store %r, %a2[%c0, %c0] sizes [3, 4] : tensor<3x4xf32>, A2
)",
                      {{"N", n}});
  program.inputs = {"3x4x" + n + "xf32"};
  program.outputs = {"3x" + n + "xf32", "3x4xf32"};
  expectLikeReference(program, {randomFloats({3, 4, GetParam()})});
}

TEST_P(Reduce, Scan) {
  std::string n = std::to_string(GetParam());
  Program program;
  program.body = fill(R"(
    %t = tile.load %a0[%c0, %c0] sizes [3, N] : A0 -> tensor<3xNxi32>
    %f = arith.sitofp %t : tensor<3xNxi32> to tensor<3xNxf32>
    %1 = tile.scan %t axis 1 : tensor<3xNxi32>
    %2 = tile.scan %t axis 1 exclusive : tensor<3xNxi32>
    %3 = tile.scan %t axis 0 exclusive : tensor<3xNxi32>
    %4 = tile.scan %f axis 0 : tensor<3xNxf32>
    tile.store %1, %a1[%c0, %c0, %c0] sizes [1, 3, N] : tensor<3xNxi32>, A1
    tile.store %2, %a1[%c1, %c0, %c0] sizes [1, 3, N] : tensor<3xNxi32>, A1
    tile.store %3, %a1[%c2, %c0, %c0] sizes [1, 3, N] : tensor<3xNxi32>, A1
    tile.store %4, %a2[%c0, %c0] sizes [3, N] : tensor<3xNxf32>, A2
)",
                      {{"N", n}});
  program.inputs = {"3x" + n + "xi32"};
  program.outputs = {"3x3x" + n + "xi32", "3x" + n + "xf32"};
  expectLikeReference(program, {randomInts(DType::I32, {3, GetParam()}, -100, 100)});
}

TEST_P(Reduce, TopKAndTake) {
  int64_t n = GetParam();
  for (int64_t k : {int64_t(1), std::min<int64_t>(n, 3), n}) {
    Program program;
    program.body = fill(R"(
      %t = tile.load %a0[%c0, %c0] sizes [4, N] : A0 -> tensor<4xNxf32>
      %v, %c = tile.topk %t k K : tensor<4xNxf32> -> tensor<4xKxf32>, tensor<4xKxi32>
      %w = tile.take %t, %c : tensor<4xNxf32>, tensor<4xKxi32> -> tensor<4xKxf32>
      %one = arith.constant dense<1> : tensor<4xKxi32>
      %next = arith.subi %c, %one : tensor<4xKxi32>
      %o = tile.take %t, %next : tensor<4xNxf32>, tensor<4xKxi32> -> tensor<4xKxf32>
      tile.store %v, %a1[%c0, %c0, %c0] sizes [1, 4, K] : tensor<4xKxf32>, A1
      tile.store %w, %a1[%c1, %c0, %c0] sizes [1, 4, K] : tensor<4xKxf32>, A1
      tile.store %o, %a1[%c2, %c0, %c0] sizes [1, 4, K] : tensor<4xKxf32>, A1
      tile.store %c, %a2[%c0, %c0] sizes [4, K] : tensor<4xKxi32>, A2
)",
                        {{"N", std::to_string(n)}, {"K", std::to_string(k)}});
    program.inputs = {"4x" + std::to_string(n) + "xf32"};
    program.outputs = {"3x4x" + std::to_string(k) + "xf32", "4x" + std::to_string(k) + "xi32"};
    // Rows with many ties, with NaN and infinities, with both zeros.
    Array input = randomFloats({4, n});
    for (int64_t i = 0; i < n; ++i) {
      input.setDouble(n + i, i % 3);
      float specials[] = {kNaN, -kInf, 1.0f, kInf, -2.0f};
      input.setDouble(2 * n + i, specials[i % 5]);
      input.setDouble(3 * n + i, i % 2 ? 0.0 : -0.0);
    }
    expectLikeReference(program, {input});
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Reduce, ::testing::Values(1, 3, 16, 17, 33, 64, 200));

TEST(TopK, WideElements) {
  Program program;
  program.body = R"(
    %t = tile.load %a0[%c0, %c0] sizes [2, 19] : A0 -> tensor<2x19xi64>
    %u = tile.load %a1[%c0] sizes [21] : A1 -> tensor<21xf64>
    %v, %c = tile.topk %t k 19 : tensor<2x19xi64> -> tensor<2x19xi64>, tensor<2x19xi32>
    %w, %d = tile.topk %u k 7 : tensor<21xf64> -> tensor<7xf64>, tensor<7xi32>
    tile.store %v, %a2[%c0, %c0] sizes [2, 19] : tensor<2x19xi64>, A2
    tile.store %c, %a3[%c0, %c0] sizes [2, 19] : tensor<2x19xi32>, A3
    tile.store %w, %a4[%c0] sizes [7] : tensor<7xf64>, A4
    tile.store %d, %a5[%c0] sizes [7] : tensor<7xi32>, A5
)";
  program.inputs = {"2x19xi64", "21xf64"};
  program.outputs = {"2x19xi64", "2x19xi32", "7xf64", "7xi32"};
  Array integers = randomInts(DType::I64, {2, 19}, -4, 4), reals = Array::zeros(DType::F64, {21});
  integers.setInt(3, INT64_MAX);
  integers.setInt(22, INT64_MIN);
  for (int64_t i = 0; i < 21; ++i)
    reals.setDouble(i, i % 5 == 1 ? kNaN : (i % 7) * -0.5);
  expectLikeReference(program, {integers, reals});
}

TEST(TopK, Integers) {
  Program program;
  program.body = R"(
    %t = tile.load %a0[%c0] sizes [37] : A0 -> tensor<37xi32>
    %v, %c = tile.topk %t k 9 : tensor<37xi32> -> tensor<9xi32>, tensor<9xi32>
    tile.store %v, %a1[%c0] sizes [9] : tensor<9xi32>, A1
    tile.store %c, %a2[%c0] sizes [9] : tensor<9xi32>, A2
)";
  program.inputs = {"37xi32"};
  program.outputs = {"9xi32", "9xi32"};
  Array input = randomInts(DType::I32, {37}, -5, 5);
  input.setInt(20, INT32_MIN);
  input.setInt(21, INT32_MAX);
  expectLikeReference(program, {input});
}

} // namespace
