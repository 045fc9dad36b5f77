//===- MathTest.cpp - Mathematical functions on the CPU -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace hadal;
using namespace hadal::test;

namespace {

constexpr int64_t kCount = 4096;

/// Values of math.`name` at the inputs.
std::vector<float> evaluate(const std::string &name, const std::vector<float> &inputs) {
  Program program;
  program.body = fill(R"(
    %x = tile.program_id x
    %n = arith.constant 64 : index
    %o = arith.muli %x, %n : index
    %t = tile.load %a0[%o] sizes [64] : A0 -> tensor<64xf32>
    %e = math.NAME %t : tensor<64xf32>
    tile.store %e, %a1[%o] sizes [64] : tensor<64xf32>, A1
)",
                      {{"NAME", name}});
  program.inputs = program.outputs = {std::to_string(inputs.size()) + "xf32"};
  program.gridX = (inputs.size() + 63) / 64;
  std::unique_ptr<KernelModule> module = KernelModule::compile(moduleOf(program, true));
  EXPECT_TRUE(module);
  std::vector<Array> outputs{Array::zeros(DType::F32, {static_cast<int64_t>(inputs.size())})};
  if (module)
    module->run({floats({static_cast<int64_t>(inputs.size())}, inputs)}, outputs);
  return outputs[0].data<float>().vec();
}

std::vector<float> range(float low, float high) {
  std::vector<float> values(kCount);
  for (int64_t i = 0; i < kCount; ++i)
    values[i] = low + (high - low) * (i + 0.5f) / kCount;
  return values;
}

/// The error of `actual` in units in the last place of f32.
double ulps(float actual, double exact) {
  float nearest = static_cast<float>(exact);
  double unit = std::nextafter(std::fabs(nearest), std::numeric_limits<float>::infinity()) - std::fabs(nearest);
  return std::fabs(actual - exact) / unit;
}

void expectAccuracy(const std::string &name, double (*exact)(double), float low, float high, double most) {
  std::vector<float> inputs = range(low, high), results = evaluate(name, inputs);
  double worst = 0;
  for (int64_t i = 0; i < kCount; ++i)
    worst = std::max(worst, ulps(results[i], exact(inputs[i])));
  EXPECT_LE(worst, most) << name << " in [" << low << ", " << high << "]";
}

TEST(Math, Exp) {
  expectAccuracy("exp", std::exp, -87.3f, 88.7f, 2.0);
  expectAccuracy("exp", std::exp, -1.0f, 1.0f, 2.0);
  expectAccuracy("exp", std::exp, -103.0f, -87.4f, 2.0); // results below the normal numbers
  expectAccuracy("exp2", std::exp2, -125.0f, 127.9f, 2.0);
}

TEST(Math, ExpOfSpecialValues) {
  float inf = std::numeric_limits<float>::infinity();
  std::vector<float> results =
      evaluate("exp", {-inf, inf, std::numeric_limits<float>::quiet_NaN(), 0.0f, -0.0f, 89.0f, 1e30f, -104.0f, -1e30f});
  EXPECT_EQ(results[0], 0.0f);
  EXPECT_EQ(results[1], inf);
  EXPECT_TRUE(std::isnan(results[2]));
  EXPECT_EQ(results[3], 1.0f);
  EXPECT_EQ(results[4], 1.0f);
  EXPECT_EQ(results[5], inf);
  EXPECT_EQ(results[6], inf);
  EXPECT_EQ(results[7], 0.0f);
  EXPECT_EQ(results[8], 0.0f);
}

TEST(Math, Others) {
  expectAccuracy("sin", std::sin, -3.2f, 3.2f, 2.0);
  expectAccuracy("cos", std::cos, 0.0f, 100000.0f, 2.0); // positions
  expectAccuracy("sin", std::sin, 0.0f, 100000.0f, 2.0);
  expectAccuracy("sqrt", std::sqrt, 0.0f, 1e6f, 0.51);
  expectAccuracy("rsqrt", [](double x) { return 1 / std::sqrt(x); }, 1e-6f, 1e3f, 2.0);
  expectAccuracy("log", std::log, 1e-6f, 1e3f, 4.0);
  expectAccuracy("tanh", std::tanh, -9.0f, 9.0f, 8.0);
  expectAccuracy("erf", std::erf, -4.0f, 4.0f, 8.0);
  expectAccuracy("log1p", std::log1p, -0.5f, 10.0f, 8.0);
  expectAccuracy("floor", std::floor, -10.0f, 10.0f, 0.0);
  expectAccuracy("roundeven", std::nearbyint, -10.0f, 10.0f, 0.0);
}

} // namespace
