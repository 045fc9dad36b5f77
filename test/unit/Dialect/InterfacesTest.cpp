//===- InterfacesTest.cpp - What operations answer to passes --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/Hadal.h"
#include "hadal/Pipelines/RegisterAll.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace hadal;

namespace {
class InterfacesTest : public testing::Test {
protected:
  InterfacesTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// The only operation of the dialect in a function with these arguments.
  template <typename Interface> Interface parse(const std::string &arguments, const std::string &statement) {
    module = parseSourceString<ModuleOp>("func.func @f(" + arguments + ") {\n" + statement + "\nreturn\n}", &context);
    Interface found;
    if (module)
      module->walk([&](Operation *op) {
        if (isa<HadalDialect>(op->getDialect()))
          found = dyn_cast<Interface>(op);
      });
    return found;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

static const char *const kAttention = "%q: tensor<2x8x4x64xf32>, %k: tensor<2x2x6x64xf32>, %v: tensor<2x2x6x32xf32>";

TEST_F(InterfacesTest, CostOfAttention) {
  auto cost = parse<CostOpInterface>(
      kAttention, "%o = hadal.attention %q, %k, %v scale 0.125 causal : (tensor<2x8x4x64xf32>, tensor<2x2x6x64xf32>, "
                  "tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>");
  ASSERT_TRUE(cost);
  // 2·8·4·6 scores; for each 64 + 32 multiply-adds, a maximum, an exponential and a sum.
  EXPECT_EQ(cost.getFlops(), 2 * 8 * 4 * 6 * (2 * (64 + 32) + 3));
  EXPECT_EQ(cost.getBytes(), 4 * (2 * 8 * 4 * 64 + 2 * 2 * 6 * (64 + 32) + 2 * 8 * 4 * 32));
}

TEST_F(InterfacesTest, NothingIsKnownOfDynamicSizes) {
  auto cost = parse<CostOpInterface>("%x: tensor<?x4xf32>, %w: tensor<4xf32>",
                                     "%y = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x4xf32>, tensor<4xf32>) -> "
                                     "tensor<?x4xf32>");
  ASSERT_TRUE(cost);
  EXPECT_FALSE(cost.getFlops());
  EXPECT_FALSE(cost.getBytes());
}

TEST_F(InterfacesTest, NarrowElementsCountTheirBits) {
  auto cost = parse<CostOpInterface>("%x: tensor<2x32xf4E2M1FN>",
                                     "%y = hadal.pack_fp4 %x : (tensor<2x32xf4E2M1FN>) -> tensor<2x16xi8>");
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost.getFlops(), 0);
  EXPECT_EQ(cost.getBytes(), 32 + 32);
}

TEST_F(InterfacesTest, VisibilityAndAttention) {
  auto visibility = parse<VisibilityOpInterface>(
      kAttention, "%o = hadal.attention %q, %k, %v scale 0.125 causal offset 3 window 5 : (tensor<2x8x4x64xf32>, "
                  "tensor<2x2x6x64xf32>, tensor<2x2x6x32xf32>) -> tensor<2x8x4x32xf32>");
  ASSERT_TRUE(visibility);
  EXPECT_TRUE(visibility.isCausal());
  EXPECT_EQ(visibility.getWindowSize(), 5);
  EXPECT_EQ(visibility.getQueryOffset(), 3);
  EXPECT_FALSE(visibility.getKeyLengths());
  auto attention = cast<AttentionLikeOpInterface>(visibility.getOperation());
  EXPECT_EQ(attention.getScoreScale(), 0.125);
  EXPECT_EQ(attention.getQueries(), visibility->getOperand(0));
  EXPECT_FALSE(attention.getSelection());
}

TEST_F(InterfacesTest, SelectionOfBlocksAndOfExperts) {
  auto blocks = parse<SelectionOpInterface>("%s: tensor<1x2x4x8xf32>",
                                            "%i = hadal.select %s block 64 count 4 first 1 local 2 causal offset 0 : "
                                            "(tensor<1x2x4x8xf32>) -> tensor<1x2x4x4xi32>");
  ASSERT_TRUE(blocks);
  EXPECT_EQ(blocks.getNumChosen(), 4);
  EXPECT_EQ(blocks.getNumForced(), 3);
  EXPECT_EQ(blocks.getCandidates(), blocks->getOperand(0));
  auto experts = parse<SelectionOpInterface>(
      "%l: tensor<5x16xf32>",
      "%w, %i = hadal.route %l score softmax groups 1 keep 1 by max top 4 scale 1.0 epsilon 0.0 : "
      "(tensor<5x16xf32>) -> (tensor<5x4xf32>, tensor<5x4xi32>)");
  ASSERT_TRUE(experts);
  EXPECT_EQ(experts.getNumChosen(), 4);
  EXPECT_EQ(experts.getNumForced(), 0);
  EXPECT_EQ(cast<RouterLikeOpInterface>(experts.getOperation()).getNumExperts(), 16);
}

TEST_F(InterfacesTest, WhichOperandACacheMayReuse) {
  auto update = parse<CacheUpdateOpInterface>("%c: tensor<2x6x64xf32>, %e: tensor<2x1x64xf32>",
                                              "%n = hadal.cache_append %c, %e dim 1 : (tensor<2x6x64xf32>, "
                                              "tensor<2x1x64xf32>) -> tensor<2x7x64xf32>");
  ASSERT_TRUE(update);
  EXPECT_EQ(update.getCacheOperand().get(), update->getOperand(0));
}
