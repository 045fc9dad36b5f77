//===- NvrtcTest.cpp - CUDA text to cubins, without a GPU -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Nvrtc.h"

#include "hadal/runtime.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace hadal::runtime;

namespace {

TEST(NvrtcLog, GivesTheNumbersOfEachKernel) {
  const char *log = "ptxas info    : 0 bytes gmem\n"
                    "ptxas info    : Compiling entry function 'first' for 'sm_90a'\n"
                    "ptxas info    : Function properties for first\n"
                    "    528 bytes stack frame, 24 bytes spill stores, 32 bytes spill loads\n"
                    "ptxas info    : Used 168 registers, used 1 barriers, 1024 bytes smem, 400 bytes cmem[0]\n"
                    "ptxas info    : Compiling entry function 'second' for 'sm_90a'\n"
                    "ptxas info    : Function properties for second\n"
                    "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
                    "ptxas info    : Used 16 registers\n";
  KernelResources first = parseResources(log, "first");
  EXPECT_EQ(first.registers, 168);
  EXPECT_EQ(first.stackBytes, 528);
  EXPECT_EQ(first.spillStoreBytes, 24);
  EXPECT_EQ(first.spillLoadBytes, 32);
  EXPECT_EQ(first.staticSharedBytes, 1024);
  KernelResources second = parseResources(log, "second");
  EXPECT_EQ(second.registers, 16);
  EXPECT_EQ(second.staticSharedBytes, 0);
  EXPECT_EQ(parseResources(log, "third").registers, 0);
}

TEST(NvrtcArch, HasItsOwnFeaturesFromSm90On) {
  EXPECT_EQ(archName(8, 0), "sm_80");
  EXPECT_EQ(archName(8, 9), "sm_89");
  EXPECT_EQ(archName(9, 0), "sm_90a");
  EXPECT_EQ(archName(10, 0), "sm_100a");
  EXPECT_EQ(archName(12, 0), "sm_120a");
}

class NvrtcCompile : public testing::Test {
protected:
  void SetUp() override {
    Error error = Nvrtc::load(nvrtc);
    if (error.getStatus() == HADAL_NO_DEVICE)
      GTEST_SKIP() << error.getMessage();
    ASSERT_FALSE(error) << error.getMessage();
  }
  std::shared_ptr<Nvrtc> nvrtc;
};

TEST_F(NvrtcCompile, EachArchitecture) {
  const char *source = "extern \"C\" __global__ void twice(const float *x, float *y) {\n"
                       "  y[threadIdx.x] = 2 * x[threadIdx.x];\n"
                       "}\n";
  for (const char *arch : {"sm_80", "sm_90a", "sm_100a", "sm_120a"}) {
    CompiledKernel compiled;
    Error error = nvrtc->compile(source, "twice", arch, compiled);
    ASSERT_FALSE(error) << error.getMessage();
    EXPECT_EQ(compiled.cubin.substr(0, 4), "\177ELF");
    EXPECT_NE(compiled.cubin.find("twice"), std::string::npos);
    EXPECT_GT(compiled.resources.registers, 0) << compiled.log;
    EXPECT_EQ(compiled.resources.spillStoreBytes, 0);
  }
}

TEST_F(NvrtcCompile, ShowsSpills) {
  const char *source = "extern \"C\" __global__ void __launch_bounds__(1024, 2) spills(float *x) {\n"
                       "  float v[96];\n"
                       "  for (int i = 0; i < 96; ++i) v[i] = x[i * 1024 + threadIdx.x];\n"
                       "  __syncthreads();\n"
                       "  for (int i = 0; i < 96; ++i) x[i * 1024 + threadIdx.x] = v[95 - i] * v[i];\n"
                       "}\n";
  CompiledKernel compiled;
  Error error = nvrtc->compile(source, "spills", "sm_80", compiled);
  ASSERT_FALSE(error) << error.getMessage();
  EXPECT_GT(compiled.resources.spillStoreBytes, 0) << compiled.log;
  EXPECT_LE(compiled.resources.registers, 32);
}

TEST_F(NvrtcCompile, SaysWhatDoesNotCompile) {
  CompiledKernel compiled;
  Error error = nvrtc->compile("extern \"C\" __global__ void k() {\n  nothing();\n}\n", "k", "sm_80", compiled);
  ASSERT_EQ(error.getStatus(), HADAL_DEVICE_FAILURE);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "cannot compile kernel 'k' for sm_80", error.getMessage());
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "k(2): error: identifier \"nothing\" is undefined", error.getMessage());
  error = nvrtc->compile("", "k", "sm_10", compiled);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "cannot compile kernel 'k' for sm_10", error.getMessage());
}

/// An environment variable for the time of a test.
class Setting {
public:
  Setting(const char *name, const char *value) : name(name), before(getenv(name) ? getenv(name) : "") {
    value ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Setting() { before.empty() ? unsetenv(name) : setenv(name, before.c_str(), 1); }

private:
  const char *name;
  std::string before;
};

TEST(NvrtcLoad, SaysWhatIsNotThere) {
  Setting nvrtc("HADAL_NVRTC", "/nowhere");
  std::shared_ptr<Nvrtc> loaded;
  Error error = Nvrtc::load(loaded);
  EXPECT_EQ(error.getStatus(), HADAL_NO_DEVICE);
  EXPECT_EQ(error.getMessage(), "no NVRTC: /nowhere: cannot open shared object file: No such file or directory (from "
                                "HADAL_NVRTC)");
}

TEST_F(NvrtcCompile, IsFoundInTheFolderThatIsNamed) {
  std::string path = nvrtc->getPath();
  ASSERT_NE(path.find('/'), std::string::npos) << path;
  std::string folder = path.substr(0, path.rfind('/'));
  Setting inside("HADAL_NVRTC", folder.c_str());
  std::shared_ptr<Nvrtc> again;
  Error error = Nvrtc::load(again);
  EXPECT_FALSE(error) << error.getMessage();
  EXPECT_EQ(again->getVersion(), nvrtc->getVersion());
}

TEST(CudaContext, SaysThatThereIsNoDriver) {
  Setting driver("HADAL_CUDA_DRIVER", "/nowhere/libcuda.so.1");
  HadalContext *context = nullptr;
  EXPECT_EQ(hadalContextCreate("cuda", 0, &context), HADAL_NO_DEVICE);
  EXPECT_STREQ(hadalLastError(),
               "no CUDA driver: /nowhere/libcuda.so.1: cannot open shared object file: No such file or directory");
}

TEST(CudaContext, SaysThatThereIsNoSuchDevice) {
  Setting driver("HADAL_CUDA_DRIVER", FIXTURE_FAKE_DRIVER);
  HadalContext *context = nullptr;
  EXPECT_EQ(hadalContextCreate("cuda:3", 0, &context), HADAL_NO_DEVICE);
  EXPECT_STREQ(hadalLastError(), "there is no CUDA device 3: this machine has 1");
}

} // namespace
