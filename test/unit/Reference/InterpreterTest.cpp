//===- InterpreterTest.cpp - The interpreter as a library -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Reference/Interpreter.h"
#include "hadal/Pipelines/RegisterAll.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace hadal;

namespace {
class InterpreterTest : public testing::Test {
protected:
  InterpreterTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  void parse(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    ASSERT_TRUE(module);
  }
  std::string errorOf(llvm::StringRef function, llvm::ArrayRef<Array> inputs) {
    auto outputs = interpret(*module, function, inputs);
    return outputs ? "" : llvm::toString(outputs.takeError());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

Array floats(DType dtype, llvm::ArrayRef<double> values) {
  Array array = Array::zeros(dtype, {static_cast<int64_t>(values.size())});
  for (auto [index, value] : llvm::enumerate(values))
    array.setDouble(index, value);
  return array;
}

constexpr llvm::StringLiteral kSquare = R"(
func.func @square(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = arith.mulf %x, %x : tensor<?xf32>
  return %y : tensor<?xf32>
})";

TEST_F(InterpreterTest, RunsAgainOnOtherShapes) {
  parse(kSquare);
  Interpreter interpreter(*module);
  for (int64_t size : {2, 3, 0}) {
    auto outputs = interpreter.run("square", {floats(DType::F32, std::vector<double>(size, 3.0))});
    ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
    ASSERT_EQ(outputs->size(), 1u);
    EXPECT_EQ((*outputs)[0].shape, std::vector<int64_t>{size});
    for (float value : (*outputs)[0].data<float>())
      EXPECT_EQ(value, 9.0f);
  }
}

// 1e30² has no place in f32 but in f64: it overflows only where the result leaves.
TEST_F(InterpreterTest, ComputesInDouble) {
  parse(R"(
    func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
      %y = arith.mulf %x, %x : tensor<?xf32>
      %z = math.sqrt %y : tensor<?xf32>
      return %z : tensor<?xf32>
    })");
  auto outputs = interpret(*module, "f", {floats(DType::F32, {1e30})});
  ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_EQ((*outputs)[0].data<float>()[0], 1e30f);
  parse(kSquare);
  outputs = interpret(*module, "square", {floats(DType::F32, {1e30})});
  ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_TRUE(std::isinf((*outputs)[0].data<float>()[0]));
}

TEST_F(InterpreterTest, BFloatInputsMayBeBits) {
  parse(R"(
    func.func @f(%x: tensor<?xbf16>) -> tensor<?xbf16> {
      %y = arith.addf %x, %x : tensor<?xbf16>
      return %y : tensor<?xbf16>
    })");
  Array bits = Array::zeros(DType::U16, {1});
  bits.setInt(0, 0x3f80);
  auto outputs = interpret(*module, "f", {bits});
  ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_EQ((*outputs)[0].dtype, DType::BF16);
  EXPECT_EQ((*outputs)[0].getDouble(0), 2.0);
}

TEST_F(InterpreterTest, RefusesInputsThatDoNotFit) {
  parse("func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> { return %x : tensor<?x2xf32> }");
  EXPECT_NE(errorOf("g", {}).find("the module has no function @g"), std::string::npos);
  EXPECT_NE(errorOf("f", {}).find("@f takes 1 inputs, not 0"), std::string::npos);
  EXPECT_NE(errorOf("f", {Array::zeros(DType::F64, {1, 2})}).find("input 0 is float64[1, 2], but must be of float32"),
            std::string::npos);
  EXPECT_NE(errorOf("f", {Array::zeros(DType::F32, {2})}).find("input 0 is float32[2], but must have rank 2"),
            std::string::npos);
  EXPECT_NE(errorOf("f", {Array::zeros(DType::F32, {1, 3})}).find("dimension 1 must be 2"), std::string::npos);
}

// A constant is not spoiled by an operation that works in place.
TEST_F(InterpreterTest, ConstantsStayWhatTheyAre) {
  parse(R"(
    func.func @f(%x: f32) -> tensor<2xf32> {
      %c0 = arith.constant 0 : index
      %c = arith.constant dense<1.0> : tensor<2xf32>
      %y = tensor.insert %x into %c[%c0] : tensor<2xf32>
      return %y : tensor<2xf32>
    })");
  Interpreter interpreter(*module);
  for (double value : {5.0, 6.0}) {
    Array scalar = Array::zeros(DType::F32, {});
    scalar.setDouble(0, value);
    auto outputs = interpreter.run("f", {scalar});
    ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
    EXPECT_EQ((*outputs)[0].getDouble(0), value);
    EXPECT_EQ((*outputs)[0].getDouble(1), 1.0);
  }
}
} // namespace
