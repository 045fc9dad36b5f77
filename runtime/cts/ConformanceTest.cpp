//===- ConformanceTest.cpp - What every device must do alike --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

#include "runtime/src/core/DynamicLibrary.h"

#include <gtest/gtest.h>

#include <thread>

using namespace hadal::cts;

namespace {

/// One device that this machine has, and the fixture compiled for it.
struct Backend {
  const char *name;
  const char *device;
  const char *object;
  const char *driver; // instead of libcuda, or NULL
  friend void PrintTo(const Backend &backend, std::ostream *out) { *out << backend.name; }
};

class Conformance : public testing::TestWithParam<Backend> {
protected:
  void SetUp() override {
    if (GetParam().driver)
      setenv("HADAL_CUDA_DRIVER", GetParam().driver, 1);
    HadalStatus status = hadalContextCreate(GetParam().device, 2, &context);
    if (status == HADAL_NO_DEVICE)
      GTEST_SKIP() << hadalLastError();
    ASSERT_EQ(status, HADAL_OK) << hadalLastError();
    seal(GetParam().object, folder / "fixture.so");
    writeFile(folder / "fixture-weights.bin", fixtureWeights());
    status = hadalModuleLoad(context, (folder / "fixture.so").c_str(), &module);
    if (status == HADAL_NO_DEVICE)
      GTEST_SKIP() << hadalLastError(); // no NVRTC
    ASSERT_EQ(status, HADAL_OK) << hadalLastError();
  }
  void TearDown() override {
    hadalModuleDestroy(module);
    hadalContextDestroy(context);
    if (GetParam().driver)
      EXPECT_EQ(liveObjects(), 0);
    unsetenv("HADAL_CUDA_DRIVER");
  }
  /// What the fake driver gave and did not get back.
  static int liveObjects() {
    hadal::runtime::DynamicLibrary library;
    std::string log;
    int (*live)() = nullptr;
    return library.open(GetParam().driver, log) && library.find("fakeCudaLive", live) ? live() : -1;
  }
  const HadalFunction *find(const char *name) {
    const HadalFunction *function = nullptr;
    EXPECT_EQ(hadalModuleFindFunction(module, name, &function), HADAL_OK) << hadalLastError();
    return function;
  }

  TemporaryFolder folder;
  HadalContext *context = nullptr;
  HadalModule *module = nullptr;
};

/// Inputs of the fixture's function "outer" and what it must give.
struct Case {
  Case(int64_t batch, int64_t seq) : xShape{batch, seq}, yShape{batch, seq, 4} {
    for (int64_t i = 0; i < batch * seq; ++i)
      x.push_back(static_cast<float>(i % 7) - 3);
    for (int64_t b = 0; b < batch; ++b)
      positions.push_back(100 * b);
    for (int64_t i = 0; i < batch * seq * 4; ++i)
      expected.push_back(x[i / 4] * 2 * static_cast<float>(i % 4 + 1) + static_cast<float>(positions[i / 4 / seq]) +
                         static_cast<float>(i % 4) + 0.5f);
    y.resize(expected.size());
    inputs[0] = hadalTensor(x.data(), 2, xShape, hadalType(kDLFloat, 32));
    inputs[1] = hadalTensor(positions.data(), 1, xShape, hadalType(kDLInt, 64));
    output = hadalTensor(y.data(), 3, yShape, hadalType(kDLFloat, 32));
  }
  Case(const Case &) = delete;

  int64_t xShape[2], yShape[3];
  std::vector<float> x, y, expected;
  std::vector<int64_t> positions;
  DLTensor inputs[2], output;
};

TEST_P(Conformance, DescribesItsFunctions) {
  ASSERT_EQ(hadalModuleNumFunctions(module), 2); // hadal.init is none of the user's
  const HadalFunction *outer = hadalModuleFunction(module, 0);
  EXPECT_STREQ(hadalFunctionName(outer), "outer");
  ASSERT_EQ(hadalFunctionNumInputs(outer), 2);
  const HadalTensorInfo *x = hadalFunctionInput(outer, 0);
  EXPECT_STREQ(x->name, "x");
  EXPECT_EQ(x->rank, 2);
  EXPECT_EQ(x->dims[1], -1);
  EXPECT_STREQ(x->symbols[1], "seq");
  ASSERT_EQ(hadalFunctionNumOutputs(outer), 1);
  const HadalTensorInfo *y = hadalFunctionOutput(outer, 0);
  EXPECT_EQ(y->dims[2], 4);
  EXPECT_STREQ(y->symbols[2], "");
  EXPECT_EQ(y->dtype.code, kDLFloat);
  EXPECT_EQ(hadalFunctionInput(outer, 2), nullptr);
  EXPECT_EQ(hadalModuleFunction(module, 2), nullptr);
}

TEST_P(Conformance, NamesTheFunctionsThereAre) {
  const HadalFunction *function = nullptr;
  EXPECT_EQ(hadalModuleFindFunction(module, "inner", &function), HADAL_INVALID_ARGUMENT);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "has no function 'inner'; it has: outer, faulty", hadalLastError());
  EXPECT_EQ(hadalModuleFindFunction(module, nullptr, &function), HADAL_INVALID_ARGUMENT);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "has 2 functions, one must be named", hadalLastError());
}

TEST_P(Conformance, RunsOnSeveralShapes) {
  const HadalFunction *outer = find("outer");
  for (auto [batch, seq] : {std::pair(1, 1), std::pair(2, 3), std::pair(1, 65), std::pair(3, 0), std::pair(40, 2)}) {
    Case run(batch, seq);
    HadalPlan *plan = nullptr;
    ASSERT_EQ(hadalPlanCreate(outer, run.inputs, 2, &plan), HADAL_OK) << hadalLastError();
    EXPECT_EQ(hadalPlanWorkspaceBytes(plan), batch * seq * 64);
    ASSERT_EQ(hadalPlanNumOutputs(plan), 1);
    const DLTensor *planned = hadalPlanOutput(plan, 0);
    EXPECT_EQ(std::vector<int64_t>(planned->shape, planned->shape + planned->ndim),
              std::vector<int64_t>({batch, seq, 4}));
    ASSERT_EQ(hadalPlanRun(plan, run.inputs, &run.output, nullptr), HADAL_OK) << hadalLastError();
    EXPECT_EQ(run.y, run.expected);
    hadalPlanDestroy(plan);
  }
}

TEST_P(Conformance, PlansRunAgainAndOutliveTheirModule) {
  Case first(2, 5), second(2, 5);
  for (float &value : second.x)
    value = 0;
  HadalPlan *plan = nullptr;
  ASSERT_EQ(hadalPlanCreate(find("outer"), first.inputs, 2, &plan), HADAL_OK) << hadalLastError();
  hadalModuleDestroy(module);
  hadalContextDestroy(context);
  module = nullptr;
  context = nullptr;
  ASSERT_EQ(hadalPlanRun(plan, second.inputs, &second.output, nullptr), HADAL_OK) << hadalLastError();
  ASSERT_EQ(hadalPlanRun(plan, first.inputs, &first.output, nullptr), HADAL_OK) << hadalLastError();
  EXPECT_EQ(first.y, first.expected);
  EXPECT_EQ(second.y[4], 0.5f);
  hadalPlanDestroy(plan);
}

TEST_P(Conformance, RefusesShapesThatDoNotFit) {
  const HadalFunction *outer = find("outer");
  HadalPlan *plan = nullptr;
  Case run(2, 3);
  EXPECT_EQ(hadalPlanCreate(outer, run.inputs, 1, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "function 'outer' takes 2 inputs, not 1");

  int64_t three = 3;
  run.inputs[1].shape = &three;
  EXPECT_EQ(hadalPlanCreate(outer, run.inputs, 2, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'positions': batch is 3, but input 'x' has batch 2");

  run.inputs[1].ndim = 0;
  EXPECT_EQ(hadalPlanCreate(outer, run.inputs, 2, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'positions' has rank 0, but must have rank 1: [batch]");

  run.inputs[0].dtype = hadalType(kDLFloat, 64);
  EXPECT_EQ(hadalPlanCreate(outer, run.inputs, 2, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'x' has type float64, but must be float32");

  int64_t negative[2] = {2, -1};
  run.inputs[0] = hadalTensor(nullptr, 2, negative, hadalType(kDLFloat, 32));
  EXPECT_EQ(hadalPlanCreate(outer, run.inputs, 2, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'x': dimension 1 is -1");

  int64_t wrong = 31;
  DLTensor input = hadalTensor(nullptr, 1, &wrong, hadalType(kDLFloat, 32));
  EXPECT_EQ(hadalPlanCreate(find("faulty"), &input, 1, &plan), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'x': dimension 0 is 31, but must be 32 in [32]");
  EXPECT_EQ(plan, nullptr);
}

TEST_P(Conformance, RefusesTensorsThatAreNotThePlans) {
  Case run(2, 3), other(2, 4);
  HadalPlan *plan = nullptr;
  ASSERT_EQ(hadalPlanCreate(find("outer"), run.inputs, 2, &plan), HADAL_OK) << hadalLastError();
  EXPECT_EQ(hadalPlanRun(plan, other.inputs, &other.output, nullptr), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "input 'x': dimension 1 is 4, but the plan was made for 3");
  EXPECT_EQ(hadalPlanRun(plan, run.inputs, &other.output, nullptr), HADAL_SHAPE_MISMATCH);
  EXPECT_STREQ(hadalLastError(), "output 'y': dimension 1 is 4, but the plan was made for 3");

  DLTensor broken = run.output;
  broken.data = nullptr;
  EXPECT_EQ(hadalPlanRun(plan, run.inputs, &broken, nullptr), HADAL_INVALID_ARGUMENT);
  EXPECT_STREQ(hadalLastError(), "output 'y' has no data");

  int64_t strides[3] = {4, 8, 1};
  broken = run.output;
  broken.strides = strides;
  EXPECT_EQ(hadalPlanRun(plan, run.inputs, &broken, nullptr), HADAL_INVALID_ARGUMENT);
  EXPECT_STREQ(hadalLastError(), "output 'y' is not contiguous");

  broken = run.output;
  broken.byte_offset = 2;
  EXPECT_EQ(hadalPlanRun(plan, run.inputs, &broken, nullptr), HADAL_INVALID_ARGUMENT);
  EXPECT_STREQ(hadalLastError(), "output 'y' is not aligned to its elements");

  ASSERT_EQ(hadalPlanRun(plan, run.inputs, &run.output, nullptr), HADAL_OK) << hadalLastError();
  EXPECT_EQ(run.y, run.expected); // none of this did harm
  hadalPlanDestroy(plan);
}

TEST_P(Conformance, RunsFromSeveralThreads) {
  const HadalFunction *outer = find("outer");
  std::vector<int> failures(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Case run(t + 1, i + 1);
        HadalPlan *plan = nullptr;
        failures[t] += hadalPlanCreate(outer, run.inputs, 2, &plan) != HADAL_OK;
        failures[t] += hadalPlanRun(plan, run.inputs, &run.output, nullptr) != HADAL_OK;
        failures[t] += run.y != run.expected;
        hadalPlanDestroy(plan);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, std::vector<int>(4));
}

/// What no other device sees: every access.
class EmulatorConformance : public Conformance {};

TEST_P(EmulatorConformance, NamesTheFaultyKernel) {
  std::vector<float> x(32), y(32);
  int64_t shape = 32;
  DLTensor input = hadalTensor(x.data(), 1, &shape, hadalType(kDLFloat, 32)), output = input;
  output.data = y.data();
  HadalPlan *plan = nullptr;
  ASSERT_EQ(hadalPlanCreate(find("faulty"), &input, 1, &plan), HADAL_OK) << hadalLastError();
  EXPECT_EQ(hadalPlanRun(plan, &input, &output, nullptr), HADAL_DEVICE_FAILURE);
  EXPECT_STREQ(
      hadalLastError(),
      "kernel 'faulty', line 2, block (0, 0, 0), thread 31: writes 4 bytes at 128 of 'y', which has 128 bytes");
  hadalPlanDestroy(plan);
}

INSTANTIATE_TEST_SUITE_P(Device, Conformance,
                         testing::Values(Backend{"cpu", "cpu", FIXTURE_CPU, nullptr},
                                         Backend{"emulator", "emulator", FIXTURE_EMULATOR, nullptr},
                                         Backend{"cuda", "cuda", FIXTURE_CUDA, nullptr},
                                         Backend{"fake_cuda", "cuda:0", FIXTURE_CUDA, FIXTURE_FAKE_DRIVER}),
                         [](const auto &info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Device, EmulatorConformance,
                         testing::Values(Backend{"emulator", "emulator", FIXTURE_EMULATOR, nullptr}),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
