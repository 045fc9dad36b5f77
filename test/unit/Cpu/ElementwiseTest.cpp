//===- ElementwiseTest.cpp - Element-wise tiles on the CPU ----------------===//
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

/// Rows and columns of a tile, and of the memory that it is laid over (2 × 2 tiles).
struct Shape {
  int64_t rows, columns, memoryRows, memoryColumns;
};

class Elementwise : public ::testing::TestWithParam<Shape> {
protected:
  std::string fillShape(std::string text) {
    Shape s = GetParam();
    return fill(std::move(text), {{"ROWS", std::to_string(s.rows)},
                                  {"COLS", std::to_string(s.columns)},
                                  {"MEMORY", std::to_string(s.memoryRows) + "x" + std::to_string(s.memoryColumns)}});
  }
  std::vector<int64_t> memory() { return {GetParam().memoryRows, GetParam().memoryColumns}; }
  Program program(const std::string &body, std::vector<std::string> inputs, std::vector<std::string> outputs) {
    Program result;
    result.body = fillShape("%x = tile.program_id x\n%y = tile.program_id y\n"
                            "%rows = arith.constant ROWS : index\n%cols = arith.constant COLS : index\n"
                            "%r = arith.muli %x, %rows : index\n%c = arith.muli %y, %cols : index\n" +
                            body);
    for (std::string &shape : inputs)
      result.inputs.push_back(fillShape(shape));
    for (std::string &shape : outputs)
      result.outputs.push_back(fillShape(shape));
    result.gridX = result.gridY = 2;
    return result;
  }
};

TEST_P(Elementwise, Floats) {
  std::string body = R"(
    %pad = arith.constant 2.0 : f32
    %k = arith.constant dense<0.5> : tensor<ROWSxCOLSxf32>
    %s = tile.load %a1[%c1, %c0] sizes [1, 1] : A1 -> f32
    %p = tensor.splat %s : tensor<ROWSxCOLSxf32>
    %u = tile.load %a0[%r, %c] sizes [ROWS, COLS] : A0 -> tensor<ROWSxCOLSxf32>
    %v = tile.load %a1[%r, %c] sizes [ROWS, COLS] pad %pad : A1 -> tensor<ROWSxCOLSxf32>
    %w = arith.divf %u, %v : tensor<ROWSxCOLSxf32>
    %1 = arith.addf %w, %k : tensor<ROWSxCOLSxf32>
    %2 = arith.mulf %1, %p : tensor<ROWSxCOLSxf32>
    %3 = arith.subf %2, %w : tensor<ROWSxCOLSxf32>
    %4 = arith.cmpf olt, %3, %u : tensor<ROWSxCOLSxf32>
    %5 = arith.select %4, %3, %v : tensor<ROWSxCOLSxi1>, tensor<ROWSxCOLSxf32>
    %6 = arith.maximumf %5, %u : tensor<ROWSxCOLSxf32>
    tile.store %6, %a2[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxf32>, A2
    tile.store %4, %a3[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxi1>, A3
)";
  expectLikeReference(program(body, {"MEMORYxf32", "MEMORYxf32"}, {"MEMORYxf32", "MEMORYxi1"}),
                      {randomFloats(memory(), 1), randomFloats(memory(), 2)}, 1e-4);
}

TEST_P(Elementwise, Integers) {
  std::string body = R"(
    %u = tile.load %a0[%r, %c] sizes [ROWS, COLS] : A0 -> tensor<ROWSxCOLSxi32>
    %v = tile.load %a1[%r, %c] sizes [ROWS, COLS] : A1 -> tensor<ROWSxCOLSxi64>
    %f = tile.load %a2[%r, %c] sizes [ROWS, COLS] : A2 -> tensor<ROWSxCOLSxi1>
    %seven = arith.constant dense<7> : tensor<ROWSxCOLSxi64>
    %1 = arith.extsi %u : tensor<ROWSxCOLSxi32> to tensor<ROWSxCOLSxi64>
    %2 = arith.addi %1, %v : tensor<ROWSxCOLSxi64>
    %3 = arith.remsi %2, %seven : tensor<ROWSxCOLSxi64>
    %4 = arith.divsi %2, %seven : tensor<ROWSxCOLSxi64>
    %5 = arith.select %f, %3, %4 : tensor<ROWSxCOLSxi1>, tensor<ROWSxCOLSxi64>
    %6 = arith.trunci %5 : tensor<ROWSxCOLSxi64> to tensor<ROWSxCOLSxi32>
    %7 = arith.sitofp %6 : tensor<ROWSxCOLSxi32> to tensor<ROWSxCOLSxf32>
    tile.store %5, %a3[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxi64>, A3
    tile.store %7, %a4[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxf32>, A4
)";
  expectLikeReference(program(body, {"MEMORYxi32", "MEMORYxi64", "MEMORYxi1"}, {"MEMORYxi64", "MEMORYxf32"}),
                      {randomInts(DType::I32, memory(), -100, 100), randomInts(DType::I64, memory(), -1000, 1000),
                       randomInts(DType::Bool, memory(), 0, 1)});
}

TEST_P(Elementwise, DivisorsThatAreZeroOutside) {
  std::string body = R"(
    %one = arith.constant 1 : i32
    %u = tile.load %a0[%r, %c] sizes [ROWS, COLS] : A0 -> tensor<ROWSxCOLSxi32>
    %v = tile.load %a1[%r, %c] sizes [ROWS, COLS] pad %one : A1 -> tensor<ROWSxCOLSxi32>
    %d = arith.divsi %u, %v : tensor<ROWSxCOLSxi32>
    tile.store %d, %a2[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxi32>, A2
)";
  expectLikeReference(program(body, {"MEMORYxi32", "MEMORYxi32"}, {"MEMORYxi32"}),
                      {randomInts(DType::I32, memory(), -100, 100), randomInts(DType::I32, memory(), 1, 9)});
}

TEST_P(Elementwise, IotaAndBroadcast) {
  std::string body = R"(
    %i = tile.iota : tensor<COLSxi32>
    %j = tile.iota : tensor<ROWSxi64>
    %ib = tile.broadcast %i dims [1] : tensor<COLSxi32> -> tensor<ROWSxCOLSxi32>
    %jb = tile.broadcast %j dims [0] : tensor<ROWSxi64> -> tensor<ROWSxCOLSxi64>
    %jt = arith.trunci %jb : tensor<ROWSxCOLSxi64> to tensor<ROWSxCOLSxi32>
    %ge = arith.cmpi sge, %jt, %ib : tensor<ROWSxCOLSxi32>
    %row = tile.load %a0[%r, %c0] sizes [ROWS, 1] : A0 -> tensor<ROWSxf32>
    %e = math.exp %row : tensor<ROWSxf32>
    %col = tile.load %a0[%c0, %c] sizes [1, COLS] : A0 -> tensor<COLSxf32>
    %rb = tile.broadcast %e dims [0] : tensor<ROWSxf32> -> tensor<ROWSxCOLSxf32>
    %cb = tile.broadcast %col dims [1] : tensor<COLSxf32> -> tensor<ROWSxCOLSxf32>
    %s = arith.select %ge, %rb, %cb : tensor<ROWSxCOLSxi1>, tensor<ROWSxCOLSxf32>
    tile.store %s, %a1[%r, %c] sizes [ROWS, COLS] : tensor<ROWSxCOLSxf32>, A1
)";
  expectLikeReference(program(body, {"MEMORYxf32"}, {"MEMORYxf32"}), {randomFloats(memory())});
}

INSTANTIATE_TEST_SUITE_P(Shapes, Elementwise,
                         ::testing::Values(Shape{1, 1, 2, 2}, Shape{3, 16, 6, 32}, Shape{2, 17, 4, 34},
                                           Shape{4, 33, 7, 60}, Shape{3, 64, 5, 100}, Shape{16, 3, 17, 5},
                                           Shape{2, 100, 3, 101}));

TEST(ElementwiseTypes, HalvesAndBFloats) {
  Program program;
  program.body = R"(
    %u = tile.load %a0[%c0] sizes [21] : A0 -> tensor<21xf16>
    %v = tile.load %a1[%c0] sizes [21] : A1 -> tensor<21xbf16>
    %uf = arith.extf %u : tensor<21xf16> to tensor<21xf32>
    %vf = arith.extf %v : tensor<21xbf16> to tensor<21xf32>
    %s = arith.mulf %uf, %vf : tensor<21xf32>
    %h = arith.truncf %s : tensor<21xf32> to tensor<21xf16>
    %b = arith.truncf %s : tensor<21xf32> to tensor<21xbf16>
    tile.store %h, %a2[%c0] sizes [21] : tensor<21xf16>, A2
    tile.store %b, %a3[%c0] sizes [21] : tensor<21xbf16>, A3
)";
  program.inputs = {"21xf16", "21xbf16"};
  program.outputs = {"21xf16", "21xbf16"};
  Array half = Array::zeros(DType::F16, {21}), brain = Array::zeros(DType::BF16, {21});
  for (int64_t i = 0; i < 21; ++i) {
    half.setDouble(i, 0.1 * i - 1);
    brain.setDouble(i, 3.3 * i);
  }
  // The product is exact in f32, so that rounding happens once.
  expectLikeReference(program, {half, brain}, 1e-7);
  if (std::string cpu = olderCpu(); !cpu.empty())
    expectLikeReference(program, {half, brain}, 1e-7, cpu);
}

TEST(ElementwiseTypes, SpecialFloats) {
  Program program;
  program.body = R"(
    %u = tile.load %a0[%c0, %c0] sizes [1, 36] : A0 -> tensor<36xf32>
    %v = tile.load %a0[%c1, %c0] sizes [1, 36] : A0 -> tensor<36xf32>
    %max = arith.maximumf %u, %v : tensor<36xf32>
    %min = arith.minimumf %u, %v : tensor<36xf32>
    %num = arith.maxnumf %u, %v : tensor<36xf32>
    %eq = arith.cmpf oeq, %u, %v : tensor<36xf32>
    %un = arith.cmpf uno, %u, %v : tensor<36xf32>
    %lt = arith.cmpf ult, %u, %v : tensor<36xf32>
    %ex = math.exp %u : tensor<36xf32>
    %ab = math.absf %u : tensor<36xf32>
    tile.store %max, %a1[%c0, %c0] sizes [1, 36] : tensor<36xf32>, A1
    tile.store %min, %a1[%c1, %c0] sizes [1, 36] : tensor<36xf32>, A1
    tile.store %num, %a1[%c2, %c0] sizes [1, 36] : tensor<36xf32>, A1
    tile.store %ex, %a1[%c3, %c0] sizes [1, 36] : tensor<36xf32>, A1
    tile.store %ab, %a1[%c4, %c0] sizes [1, 36] : tensor<36xf32>, A1
    tile.store %eq, %a2[%c0, %c0] sizes [1, 36] : tensor<36xi1>, A2
    tile.store %un, %a2[%c1, %c0] sizes [1, 36] : tensor<36xi1>, A2
    tile.store %lt, %a2[%c2, %c0] sizes [1, 36] : tensor<36xi1>, A2
)";
  program.inputs = {"2x36xf32"};
  program.outputs = {"5x36xf32", "3x36xi1"};
  float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> specials{0.0f, -0.0f, 1.0f, inf, -inf, nan}, values(72);
  for (int i = 0; i < 36; ++i) {
    values[i] = specials[i / 6];
    values[36 + i] = specials[i % 6];
  }
  expectLikeReference(program, {floats({2, 36}, values)});
}

} // namespace
