//===- MemoryTest.cpp - Loads and stores on the CPU -----------------------===//
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

TEST(Memory, OffsetsBeforeTheBeginning) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %pad = arith.constant -1.0 : f32
    %r = arith.subi %x, %c2 : index
    %t = tile.load %a0[%r, %r] sizes [3, 20] pad %pad : A0 -> tensor<3x20xf32>
    %three = arith.muli %x, %c3 : index
    tile.store %t, %a1[%three, %c0] sizes [3, 20] : tensor<3x20xf32>, A1
    tile.store %t, %a2[%r, %r] sizes [3, 20] : tensor<3x20xf32>, A2
)";
  program.inputs = {"2x17xf32"};
  program.outputs = {"12x20xf32", "2x17xf32"};
  program.gridX = 4;
  expectLikeReference(program, {randomFloats({2, 17})});
}

TEST(Memory, Strides) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %e = tile.load %a0[%x, %c0] sizes [3, 17] strides [2, 2] : A0 -> tensor<3x17xf32>
    %o = tile.load %a0[%x, %c1] sizes [3, 17] strides [2, 2] : A0 -> tensor<3x17xf32>
    %d = arith.subf %e, %o : tensor<3x17xf32>
    tile.store %d, %a1[%x, %c1] sizes [3, 17] strides [2, 2] : tensor<3x17xf32>, A1
    tile.store %o, %a1[%x, %c0] sizes [3, 17] strides [2, 2] : tensor<3x17xf32>, A1
)";
  program.inputs = {"6x34xf32"};
  program.outputs = {"6x34xf32"};
  program.gridX = 2;
  expectLikeReference(program, {randomFloats({6, 34})});
}

TEST(Memory, Columns) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %t = tile.load %a0[%c0, %x] sizes [21, 1] : A0 -> tensor<21xf32>
    %u = tile.load %a0[%c1, %x] sizes [21, 1] : A0 -> tensor<21x1xf32>
    %v = tensor.collapse_shape %u [[0, 1]] : tensor<21x1xf32> into tensor<21xf32>
    %d = arith.addf %t, %v : tensor<21xf32>
    tile.store %d, %a1[%c0, %x] sizes [21, 1] : tensor<21xf32>, A1
)";
  program.inputs = {"21x3xf32"};
  program.outputs = {"21x3xf32"};
  program.gridX = 3;
  expectLikeReference(program, {randomFloats({21, 3})});
}

TEST(Memory, GatherOfRows) {
  for (const char *type : {"i32", "i64"}) {
    Program program;
    program.body = fill(R"(
      %pad = arith.constant 7.0 : f32
      %r = tile.load %a1[%c0] sizes [9] : A1 -> tensor<9xTYPE>
      %t = tile.load %a0[%c0, %c0] sizes [9, 18] pad %pad gather %r at 0 : tensor<9xTYPE> : A0 -> tensor<9x18xf32>
      %s = tile.load %a0[%c1, %c2] sizes [9, 18] gather %r at 0 : tensor<9xTYPE> : A0 -> tensor<9x18xf32>
      %d = arith.addf %t, %s : tensor<9x18xf32>
      tile.store %d, %a2[%c0, %c0] sizes [9, 18] : tensor<9x18xf32>, A2
)",
                        {{"TYPE", type}});
    program.inputs = {"5x18xf32", std::string("9x") + type};
    program.outputs = {"9x18xf32"};
    Array rows = Array::zeros(type == std::string("i32") ? DType::I32 : DType::I64, {9});
    int64_t chosen[] = {4, -1, 0, 0, 5, 3, -7, 100, 2};
    for (int64_t i = 0; i < 9; ++i)
      rows.setInt(i, chosen[i]);
    expectLikeReference(program, {randomFloats({5, 18}), rows});
  }
}

TEST(Memory, GatherOfColumnsAndPlanes) {
  Program program;
  program.body = R"(
    %r = tile.load %a1[%c0] sizes [19] : A1 -> tensor<19xi32>
    %t = tile.load %a0[%c0, %c0, %c0] sizes [1, 3, 19] gather %r at 2 : tensor<19xi32> : A0 -> tensor<3x19xf32>
    %p = tile.load %a0[%c0, %c1, %c0] sizes [19, 1, 6] gather %r at 0 : tensor<19xi32> : A0 -> tensor<19x6xf32>
    %m = tile.load %a0[%c1, %c0, %c2] sizes [1, 19, 1] gather %r at 1 : tensor<19xi32> : A0 -> tensor<19xf32>
    tile.store %t, %a2[%c0, %c0] sizes [3, 19] : tensor<3x19xf32>, A2
    tile.store %p, %a3[%c0, %c0] sizes [19, 6] : tensor<19x6xf32>, A3
    tile.store %m, %a4[%c0] sizes [19] : tensor<19xf32>, A4
)";
  program.inputs = {"4x3x6xf32", "19xi32"};
  program.outputs = {"3x19xf32", "19x6xf32", "19xf32"};
  expectLikeReference(program, {randomFloats({4, 3, 6}), randomInts(DType::I32, {19}, -2, 7)});
}

TEST(Memory, Scatter) {
  Program program;
  program.body = R"(
    %t = tile.load %a0[%c0, %c0] sizes [7, 18] : A0 -> tensor<7x18xf32>
    %r = tile.load %a1[%c0] sizes [7] : A1 -> tensor<7xi32>
    %col = tile.load %a0[%c0, %c0] sizes [7, 1] : A0 -> tensor<7xf32>
    tile.store %t, %a2[%c0, %c0] sizes [7, 18] scatter %r at 0 : tensor<7xi32> : tensor<7x18xf32>, A2
    tile.store %col, %a3[%c0] sizes [7] scatter %r at 0 : tensor<7xi32> : tensor<7xf32>, A3
)";
  program.inputs = {"7x18xf32", "7xi32"};
  program.outputs = {"6x18xf32", "6xf32"};
  expectLikeReference(program, {randomFloats({7, 18}), ints({7}, {5, -1, 0, 9, 3, 2, -4})});
}

TEST(Memory, Accumulate) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %t = tile.load %a0[%x, %c0] sizes [2, 17] : A0 -> tensor<2x17xf32>
    %i = arith.fptosi %t : tensor<2x17xf32> to tensor<2x17xi32>
    %r = tile.load %a1[%x] sizes [2] : A1 -> tensor<2xi32>
    %one = arith.constant 1 : i32
    tile.store %t, %a2[%c0, %c0] sizes [2, 17] scatter %r at 0 : tensor<2xi32> accumulate : tensor<2x17xf32>, A2
    tile.store %i, %a3[%c0, %c0] sizes [2, 17] accumulate : tensor<2x17xi32>, A3
    tile.store %one, %a4[%c0] sizes [1] accumulate : i32, A4
)";
  program.inputs = {"6x17xf32", "6xi32"};
  program.outputs = {"3x17xf32", "2x17xi32", "1xi32"};
  program.gridX = 5;
  expectLikeReference(program, {randomFloats({6, 17}), ints({6}, {0, 2, 0, -1, 2, 2})});
}

TEST(Memory, ScalarsAtRunTime) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %b = tile.load %a0[%x] sizes [1] : A0 -> i32
    %next = arith.addi %x, %c1 : index
    %e = tile.load %a0[%next] sizes [1] : A0 -> i32
    %bi = arith.index_cast %b : i32 to index
    %n = arith.subi %e, %b : i32
    %some = arith.cmpi sgt, %n, %b : i32
    %t = tile.load %a1[%bi] sizes [5] : A1 -> tensor<5xf32>
    %z = arith.constant dense<0.5> : tensor<5xf32>
    %v = arith.select %some, %t, %z : tensor<5xf32>
    tile.store %v, %a2[%x, %c0] sizes [1, 5] : tensor<5xf32>, A2
)";
  program.inputs = {"4xi32", "9xf32"};
  program.outputs = {"3x5xf32"};
  program.gridX = 3;
  expectLikeReference(program, {ints({4}, {0, 2, 7, 9}), randomFloats({9})});
}

// What was loaded before a store stays what it was, though it is used after.
TEST(Memory, LoadsBeforeStores) {
  std::string source = R"(
  tile.program @p(%x: memref<3x40xf32>, %y: memref<3x40xf32>) {
    %c0 = arith.constant 0 : index
    %c20 = arith.constant 20 : index
    %a = tile.load %x[%c0, %c0] sizes [3, 20] : memref<3x40xf32> -> tensor<3x20xf32>
    %b = tile.load %x[%c0, %c20] sizes [3, 20] : memref<3x40xf32> -> tensor<3x20xf32>
    %s = arith.addf %a, %b : tensor<3x20xf32>
    %d = arith.subf %a, %b : tensor<3x20xf32>
    tile.store %s, %y[%c0, %c0] sizes [3, 20] : tensor<3x20xf32>, memref<3x40xf32>
    tile.store %d, %y[%c0, %c20] sizes [3, 20] : tensor<3x20xf32>, memref<3x40xf32>
    tile.return
  }
  func.func @main(%x: tensor<3x40xf32>) -> tensor<3x40xf32> {
    %c1 = arith.constant 1 : index
    %e = tensor.empty() : tensor<3x40xf32>
    %y = tile.launch @p grid[%c1, %c1, %c1] ins(%x : tensor<3x40xf32>) outs(%e : tensor<3x40xf32>) -> tensor<3x40xf32>
    return %y : tensor<3x40xf32>
  })";
  expectLikeReference(source, {randomFloats({3, 40})});
  // And in place.
  std::unique_ptr<KernelModule> module = KernelModule::compile(source);
  ASSERT_TRUE(module);
  Array x = randomFloats({3, 40}), y = x;
  module->launch(Arguments().memref(y.data<float>().data()).memref(y.data<float>().data()), 1);
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t i = 0; i < 20; ++i) {
      float a = x.data<float>()[row * 40 + i], b = x.data<float>()[row * 40 + 20 + i];
      EXPECT_EQ(y.data<float>()[row * 40 + i], a + b);
      EXPECT_EQ(y.data<float>()[row * 40 + 20 + i], a - b);
    }
}

} // namespace
