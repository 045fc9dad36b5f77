//===- ShapeTest.cpp - Transposes and reshapes on the CPU -----------------===//
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

class Transpose : public ::testing::TestWithParam<std::pair<int64_t, int64_t>> {};

TEST_P(Transpose, Matrix) {
  auto [m, n] = GetParam();
  std::string rows = std::to_string(m), columns = std::to_string(n);
  Program program;
  program.body = fill(R"(
    %t = tile.load %a0[%c0, %c0] sizes [M, N] : A0 -> tensor<MxNxf32>
    %i = tile.load %a1[%c0, %c0] sizes [M, N] : A1 -> tensor<MxNxi1>
    %tt = tile.transpose %t perm [1, 0] : tensor<MxNxf32> -> tensor<NxMxf32>
    %it = tile.transpose %i perm [1, 0] : tensor<MxNxi1> -> tensor<NxMxi1>
    %d = arith.addf %tt, %tt : tensor<NxMxf32>
    tile.store %d, %a2[%c0, %c0] sizes [N, M] : tensor<NxMxf32>, A2
    tile.store %it, %a3[%c0, %c0] sizes [N, M] : tensor<NxMxi1>, A3
)",
                      {{"M", rows}, {"N", columns}});
  program.inputs = {rows + "x" + columns + "xf32", rows + "x" + columns + "xi1"};
  program.outputs = {columns + "x" + rows + "xf32", columns + "x" + rows + "xi1"};
  expectLikeReference(program, {randomFloats({m, n}), randomInts(DType::Bool, {m, n}, 0, 1)});
}

INSTANTIATE_TEST_SUITE_P(Shapes, Transpose,
                         ::testing::Values(std::pair(1, 1), std::pair(1, 20), std::pair(20, 1), std::pair(3, 17),
                                           std::pair(33, 16), std::pair(32, 48)));

TEST(Shape, TransposeOfThreeDimensions) {
  for (const char *permutation : {"0, 2, 1", "1, 0, 2", "2, 1, 0", "2, 0, 1"}) {
    int64_t sizes[] = {3, 4, 19}, order[] = {permutation[0] - '0', permutation[3] - '0', permutation[6] - '0'};
    std::string shape, list;
    for (int64_t dim : order) {
      shape += std::to_string(sizes[dim]) + "x";
      list += (list.empty() ? "" : ", ") + std::to_string(sizes[dim]);
    }
    Program program;
    program.body = fill(R"(
      %t = tile.load %a0[%c0, %c0, %c0] sizes [3, 4, 19] : A0 -> tensor<3x4x19xf32>
      %p = tile.transpose %t perm [PERM] : tensor<3x4x19xf32> -> tensor<SHAPEf32>
      tile.store %p, %a1[%c0, %c0, %c0] sizes [LIST] : tensor<SHAPEf32>, A1
)",
                        {{"PERM", permutation}, {"SHAPE", shape}, {"LIST", list}});
    program.inputs = {"3x4x19xf32"};
    program.outputs = {shape + "f32"};
    expectLikeReference(program, {randomFloats({3, 4, 19})});
  }
}

TEST(Shape, Reshapes) {
  Program program;
  program.body = R"(
    %t = tile.load %a0[%c0, %c0, %c0] sizes [4, 3, 18] : A0 -> tensor<4x3x18xf32>
    %e = math.absf %t : tensor<4x3x18xf32>
    %c = tensor.collapse_shape %e [[0, 1], [2]] : tensor<4x3x18xf32> into tensor<12x18xf32>
    %s = tile.reduce add %c axis 1 : tensor<12x18xf32> -> tensor<12xf32>
    %s2 = tensor.expand_shape %s [[0, 1]] output_shape [12, 1] : tensor<12xf32> into tensor<12x1xf32>
    %s3 = tensor.collapse_shape %s2 [[0, 1]] : tensor<12x1xf32> into tensor<12xf32>
    %b = tile.broadcast %s3 dims [0] : tensor<12xf32> -> tensor<12x18xf32>
    %d = arith.divf %c, %b : tensor<12x18xf32>
    %x = tensor.expand_shape %d [[0], [1, 2]] output_shape [12, 9, 2] : tensor<12x18xf32> into tensor<12x9x2xf32>
    %l = tile.reduce max %x axis 2 : tensor<12x9x2xf32> -> tensor<12x9xf32>
    %u = tensor.expand_shape %l [[0], [1, 2]] output_shape [12, 1, 9] : tensor<12x9xf32> into tensor<12x1x9xf32>
    tile.store %u, %a1[%c0, %c0, %c0] sizes [12, 1, 9] : tensor<12x1x9xf32>, A1
    tile.store %s2, %a2[%c0, %c0] sizes [12, 1] : tensor<12x1xf32>, A2
)";
  program.inputs = {"4x3x18xf32"};
  program.outputs = {"12x1x9xf32", "12x1xf32"};
  expectLikeReference(program, {randomFloats({4, 3, 18})});
}

TEST(Shape, TileOfFourDimensions) {
  Program program;
  program.body = R"(
    %t = tile.load %a0[%c0, %c0, %c0, %c0] sizes [2, 3, 1, 21] : A0 -> tensor<2x3x1x21xf32>
    %w = tile.load %a0[%c1, %c0, %c0, %c0] sizes [1, 3, 1, 1] : A0 -> tensor<3xf32>
    %b = tile.broadcast %w dims [1] : tensor<3xf32> -> tensor<2x3x1x21xf32>
    %d = arith.mulf %t, %b : tensor<2x3x1x21xf32>
    tile.store %d, %a1[%c0, %c0, %c0, %c0] sizes [2, 3, 1, 21] : tensor<2x3x1x21xf32>, A1
)";
  program.inputs = {"2x3x1x21xf32"};
  program.outputs = {"2x3x1x21xf32"};
  expectLikeReference(program, {randomFloats({2, 3, 1, 21})});
}

} // namespace
