//===- ControlFlowTest.cpp - Loops and branches on the CPU ----------------===//
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

TEST(ControlFlow, StateOfALoop) {
  Program program;
  program.body = R"(
    %z = arith.constant dense<0.0> : tensor<3x18xf32>
    %one = arith.constant 1.0 : f32
    %two = arith.constant 2.0 : f32
    %r:2 = scf.for %k = %c0 to %c5 step %c1 iter_args(%acc = %z, %scale = %one) -> (tensor<3x18xf32>, f32) {
      %t = tile.load %a0[%k, %c0] sizes [3, 18] : A0 -> tensor<3x18xf32>
      %s = tensor.splat %scale : tensor<3x18xf32>
      %m = arith.mulf %t, %s : tensor<3x18xf32>
      %n = arith.addf %acc, %m : tensor<3x18xf32>
      %next = arith.mulf %scale, %two : f32
      scf.yield %n, %next : tensor<3x18xf32>, f32
    }
    tile.store %r#0, %a1[%c0, %c0] sizes [3, 18] : tensor<3x18xf32>, A1
    tile.store %r#1, %a2[%c0] sizes [1] : f32, A2
)";
  program.inputs = {"6x18xf32"};
  program.outputs = {"3x18xf32", "1xf32"};
  expectLikeReference(program, {randomFloats({6, 18})});
}

// Tiles that change places, one that stays, one from outside, one of which the old value is needed later.
TEST(ControlFlow, ExchangedState) {
  Program program;
  program.body = R"(
    %u = tile.load %a0[%c0, %c0] sizes [1, 18] : A0 -> tensor<18xf32>
    %v = tile.load %a0[%c1, %c0] sizes [1, 18] : A0 -> tensor<18xf32>
    %w = tile.load %a0[%c2, %c0] sizes [1, 18] : A0 -> tensor<18xf32>
    %o = tile.load %a0[%c3, %c0] sizes [1, 18] : A0 -> tensor<18xf32>
    %r:6 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a = %u, %b = %v, %c = %w, %d = %u, %e = %v, %f = %w)
        -> (tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>) {
      %n = arith.addf %e, %o : tensor<18xf32>
      %old = arith.subf %n, %e : tensor<18xf32>
      %m = arith.mulf %f, %old : tensor<18xf32>
      scf.yield %b, %a, %c, %o, %n, %m
          : tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>, tensor<18xf32>
    }
    tile.store %r#0, %a1[%c0, %c0] sizes [1, 18] : tensor<18xf32>, A1
    tile.store %r#1, %a1[%c1, %c0] sizes [1, 18] : tensor<18xf32>, A1
    tile.store %r#2, %a1[%c2, %c0] sizes [1, 18] : tensor<18xf32>, A1
    tile.store %r#3, %a1[%c3, %c0] sizes [1, 18] : tensor<18xf32>, A1
    tile.store %r#4, %a1[%c4, %c0] sizes [1, 18] : tensor<18xf32>, A1
    tile.store %r#5, %a1[%c5, %c0] sizes [1, 18] : tensor<18xf32>, A1
)";
  program.inputs = {"4x18xf32"};
  program.outputs = {"6x18xf32"};
  expectLikeReference(program, {randomFloats({4, 18})});
}

TEST(ControlFlow, TransposedState) {
  Program program;
  program.body = R"(
    %u = tile.load %a0[%c0, %c0] sizes [5, 5] : A0 -> tensor<5x5xf32>
    %r = scf.for %k = %c0 to %c3 step %c1 iter_args(%a = %u) -> tensor<5x5xf32> {
      %t = tile.transpose %a perm [1, 0] : tensor<5x5xf32> -> tensor<5x5xf32>
      %n = arith.addf %t, %u : tensor<5x5xf32>
      scf.yield %n : tensor<5x5xf32>
    }
    tile.store %r, %a1[%c0, %c0] sizes [5, 5] : tensor<5x5xf32>, A1
)";
  program.inputs = {"5x5xf32"};
  program.outputs = {"5x5xf32"};
  expectLikeReference(program, {randomFloats({5, 5})});
}

TEST(ControlFlow, NestedLoops) {
  Program program;
  program.body = R"(
    %z = arith.constant dense<0.0> : tensor<17xf32>
    %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %z) -> tensor<17xf32> {
      %s = scf.for %j = %c0 to %c4 step %c1 iter_args(%b = %a) -> tensor<17xf32> {
        %t = tile.load %a0[%i, %j, %c0] sizes [1, 1, 17] : A0 -> tensor<17xf32>
        %n = arith.addf %b, %t : tensor<17xf32>
        scf.yield %n : tensor<17xf32>
      }
      %m = scf.for %j = %c0 to %i step %c1 iter_args(%b = %s) -> tensor<17xf32> {
        %n = arith.addf %b, %a : tensor<17xf32>
        scf.yield %n : tensor<17xf32>
      }
      scf.yield %m : tensor<17xf32>
    }
    tile.store %r, %a1[%c0] sizes [17] : tensor<17xf32>, A1
)";
  program.inputs = {"3x4x17xf32"};
  program.outputs = {"17xf32"};
  expectLikeReference(program, {randomFloats({3, 4, 17})});
}

TEST(ControlFlow, Branches) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %t = tile.load %a0[%x, %c0] sizes [1, 18] : A0 -> tensor<18xf32>
    %odd = arith.remui %x, %c2 : index
    %is = arith.cmpi eq, %odd, %c1 : index
    %v:2 = scf.if %is -> (tensor<18xf32>, index) {
      %e = math.exp %t : tensor<18xf32>
      scf.yield %e, %c7 : tensor<18xf32>, index
    } else {
      scf.yield %t, %c3 : tensor<18xf32>, index
    }
    %big = arith.cmpi sgt, %v#1, %c5 : index
    scf.if %big {
      tile.store %v#0, %a1[%x, %c0] sizes [1, 18] : tensor<18xf32>, A1
    } else {
      %n = arith.negf %v#0 : tensor<18xf32>
      tile.store %n, %a1[%x, %c0] sizes [1, 18] : tensor<18xf32>, A1
    }
)";
  program.inputs = {"4x18xf32"};
  program.outputs = {"4x18xf32"};
  program.gridX = 4;
  expectLikeReference(program, {randomFloats({4, 18})});
}

TEST(ControlFlow, RmsNorm) {
  Program program;
  program.body = R"(
    %x = tile.program_id x
    %r = arith.muli %x, %c4 : index
    %eps = arith.constant dense<1.0e-6> : tensor<4xf32>
    %n = arith.constant dense<100.0> : tensor<4xf32>
    %t = tile.load %a0[%r, %c0] sizes [4, 100] : A0 -> tensor<4x100xf32>
    %w = tile.load %a1[%c0] sizes [100] : A1 -> tensor<100xf32>
    %q = arith.mulf %t, %t : tensor<4x100xf32>
    %s = tile.reduce add %q axis 1 : tensor<4x100xf32> -> tensor<4xf32>
    %m = arith.divf %s, %n : tensor<4xf32>
    %e = arith.addf %m, %eps : tensor<4xf32>
    %i = math.rsqrt %e : tensor<4xf32>
    %ib = tile.broadcast %i dims [0] : tensor<4xf32> -> tensor<4x100xf32>
    %wb = tile.broadcast %w dims [1] : tensor<100xf32> -> tensor<4x100xf32>
    %y = arith.mulf %t, %ib : tensor<4x100xf32>
    %z = arith.mulf %y, %wb : tensor<4x100xf32>
    tile.store %z, %a2[%r, %c0] sizes [4, 100] : tensor<4x100xf32>, A2
)";
  program.inputs = {"10x100xf32", "100xf32"};
  program.outputs = {"10x100xf32"};
  program.gridX = 3;
  expectLikeReference(program, {randomFloats({10, 100}), randomFloats({100}, 2)});
}

/// Attention with an online softmax over blocks of keys; causal, so that some blocks are half masked.
Program attention(int64_t queries, int64_t keys, int64_t rows, int64_t block) {
  Program program;
  program.body = fill(R"(
    %x = tile.program_id x
    %rows = arith.constant ROWS : index
    %block = arith.constant BLOCK : index
    %keys = arith.constant KEYS : index
    %past = arith.constant PAST : index
    %r = arith.muli %x, %rows : index
    %q = tile.load %a0[%r, %c0] sizes [ROWS, 24] : A0 -> tensor<ROWSx24xf32>
    %scale = arith.constant dense<0.2> : tensor<ROWSxBLOCKxf32>
    %none = arith.constant dense<0xFF800000> : tensor<ROWSxBLOCKxf32>
    %nothing = arith.constant dense<0.0> : tensor<ROWSxBLOCKxf32>
    %m0 = arith.constant dense<0xFF800000> : tensor<ROWSxf32>
    %l0 = arith.constant dense<0.0> : tensor<ROWSxf32>
    %o0 = arith.constant dense<0.0> : tensor<ROWSx20xf32>
    %i = tile.iota : tensor<ROWSxi32>
    %j = tile.iota : tensor<BLOCKxi32>
    %res:3 = scf.for %k = %c0 to %keys step %block iter_args(%o = %o0, %m = %m0, %l = %l0)
        -> (tensor<ROWSx20xf32>, tensor<ROWSxf32>, tensor<ROWSxf32>) {
      %kt = tile.load %a1[%k, %c0] sizes [BLOCK, 24] : A1 -> tensor<BLOCKx24xf32>
      %vt = tile.load %a2[%k, %c0] sizes [BLOCK, 20] : A2 -> tensor<BLOCKx20xf32>
      %s = tile.dot %q, %kt, %nothing transpose_b precision f32
          : tensor<ROWSx24xf32>, tensor<BLOCKx24xf32>, tensor<ROWSxBLOCKxf32>
      %sc = arith.mulf %s, %scale : tensor<ROWSxBLOCKxf32>
      %first = arith.addi %r, %past : index
      %fi = arith.index_cast %first : index to i32
      %fs = tensor.splat %fi : tensor<ROWSxi32>
      %qi = arith.addi %i, %fs : tensor<ROWSxi32>
      %ki32 = arith.index_cast %k : index to i32
      %ks = tensor.splat %ki32 : tensor<BLOCKxi32>
      %ki = arith.addi %j, %ks : tensor<BLOCKxi32>
      %qb = tile.broadcast %qi dims [0] : tensor<ROWSxi32> -> tensor<ROWSxBLOCKxi32>
      %kb = tile.broadcast %ki dims [1] : tensor<BLOCKxi32> -> tensor<ROWSxBLOCKxi32>
      %see = arith.cmpi sge, %qb, %kb : tensor<ROWSxBLOCKxi32>
      %sm = arith.select %see, %sc, %none : tensor<ROWSxBLOCKxi1>, tensor<ROWSxBLOCKxf32>
      %mx = tile.reduce max %sm axis 1 : tensor<ROWSxBLOCKxf32> -> tensor<ROWSxf32>
      %mn = arith.maximumf %m, %mx : tensor<ROWSxf32>
      %mb = tile.broadcast %mn dims [0] : tensor<ROWSxf32> -> tensor<ROWSxBLOCKxf32>
      %d = arith.subf %sm, %mb : tensor<ROWSxBLOCKxf32>
      %p = math.exp %d : tensor<ROWSxBLOCKxf32>
      %dm = arith.subf %m, %mn : tensor<ROWSxf32>
      %al = math.exp %dm : tensor<ROWSxf32>
      %ps = tile.reduce add %p axis 1 : tensor<ROWSxBLOCKxf32> -> tensor<ROWSxf32>
      %la = arith.mulf %l, %al : tensor<ROWSxf32>
      %ln = arith.addf %la, %ps : tensor<ROWSxf32>
      %ab = tile.broadcast %al dims [0] : tensor<ROWSxf32> -> tensor<ROWSx20xf32>
      %oa = arith.mulf %o, %ab : tensor<ROWSx20xf32>
      %on = tile.dot %p, %vt, %oa precision f32 : tensor<ROWSxBLOCKxf32>, tensor<BLOCKx20xf32>, tensor<ROWSx20xf32>
      scf.yield %on, %mn, %ln : tensor<ROWSx20xf32>, tensor<ROWSxf32>, tensor<ROWSxf32>
    }
    %lb = tile.broadcast %res#2 dims [0] : tensor<ROWSxf32> -> tensor<ROWSx20xf32>
    %y = arith.divf %res#0, %lb : tensor<ROWSx20xf32>
    tile.store %y, %a3[%r, %c0] sizes [ROWS, 20] : tensor<ROWSx20xf32>, A3
)",
                      {{"ROWS", std::to_string(rows)},
                       {"BLOCK", std::to_string(block)},
                       {"KEYS", std::to_string(keys)},
                       {"PAST", std::to_string(keys - queries)}});
  program.inputs = {std::to_string(queries) + "x24xf32", std::to_string(keys) + "x24xf32",
                    std::to_string(keys) + "x20xf32"};
  program.outputs = {std::to_string(queries) + "x20xf32"};
  program.gridX = (queries + rows - 1) / rows;
  return program;
}

TEST(ControlFlow, Attention) {
  struct {
    int64_t queries, keys, rows, block;
  } cases[] = {{32, 32, 16, 16}, {33, 50, 16, 32}, {1, 37, 1, 16}, {5, 70, 8, 33}, {100, 100, 33, 17}};
  for (auto c : cases)
    expectLikeReference(
        attention(c.queries, c.keys, c.rows, c.block),
        {randomFloats({c.queries, 24}, 1), randomFloats({c.keys, 24}, 2), randomFloats({c.keys, 20}, 3)});
  if (std::string cpu = olderCpu(); !cpu.empty())
    expectLikeReference(attention(33, 50, 16, 32),
                        {randomFloats({33, 24}, 1), randomFloats({50, 24}, 2), randomFloats({50, 20}, 3)}, 1e-5, cpu);
}

} // namespace
