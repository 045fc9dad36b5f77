//===- ShapesTest.cpp - The checks of the shapes that a caller gives ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/core/Shapes.h"
#include "runtime/src/core/DimExpression.h"

#include <gtest/gtest.h>

using namespace hadal::runtime;

namespace {

TEST(DimExpression, IsComputed) {
  auto lookup = [](std::string_view name) -> std::optional<int64_t> {
    if (name == "past")
      return 3;
    if (name == "seq.len_2")
      return 10;
    return {};
  };
  EXPECT_EQ(evaluateDim("past + 1", lookup), 4);
  EXPECT_EQ(evaluateDim("2*past+seq.len_2", lookup), 16);
  EXPECT_EQ(evaluateDim(" ( past - 4 ) * 2 ", lookup), -2);
  EXPECT_EQ(evaluateDim("seq.len_2//past", lookup), 3);
  EXPECT_EQ(evaluateDim("(past - 10)//2", lookup), -4);
  EXPECT_EQ(evaluateDim("seq.len_2 - past - 1", lookup), 6);
  for (const char *text : {"", "batch", "past +", "past 1", "Max(past, 1)", "past//0", "(past", "past)",
                           "9223372036854775807 + 1", "99999999999999999999", "2past", "past / 2"})
    EXPECT_EQ(evaluateDim(text, lookup), std::nullopt) << text;
  EXPECT_TRUE(isDimName("past_len.1"));
  EXPECT_FALSE(isDimName("past + 1"));
  EXPECT_FALSE(isDimName("1past"));
  EXPECT_FALSE(isDimName(""));
}

/// A function of a mask [batch, past + 1] and a cache [batch, past].
std::string check(std::vector<int64_t> mask, std::vector<int64_t> cache) {
  FunctionDecl function;
  function.name = "f";
  function.inputs = {{"mask", hadalType(kDLFloat, 32), {-1, -1}, {"batch", "past + 1"}},
                     {"cache", hadalType(kDLFloat, 32), {-1, -1}, {"batch", "past"}}};
  DLTensor inputs[2] = {hadalTensor(nullptr, 2, mask.data(), hadalType(kDLFloat, 32)),
                        hadalTensor(nullptr, 2, cache.data(), hadalType(kDLFloat, 32))};
  std::vector<int64_t> dims;
  return checkInputs(function, inputs, 2, dims).getMessage();
}

TEST(Shapes, DimensionsThatDependOnOthers) {
  EXPECT_EQ(check({2, 4}, {2, 3}), "");
  EXPECT_EQ(check({2, 3}, {2, 3}), "input 'mask': past + 1 is 3, but input 'cache' has past 3");
  EXPECT_EQ(check({1, 4}, {2, 3}), "input 'cache': batch is 2, but input 'mask' has batch 1");
}

TEST(Shapes, Strides) {
  int64_t shape[3] = {2, 1, 4}, strides[3] = {4, 99, 1};
  DLTensor tensor = hadalTensor(nullptr, 3, shape, hadalType(kDLFloat, 32));
  EXPECT_TRUE(isContiguous(tensor));
  tensor.strides = strides;
  EXPECT_TRUE(isContiguous(tensor)); // a dimension of 1 has no stride that matters
  strides[0] = 8;
  EXPECT_FALSE(isContiguous(tensor));
  shape[2] = 0;
  EXPECT_TRUE(isContiguous(tensor));
}

} // namespace
