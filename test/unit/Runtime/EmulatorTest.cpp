//===- EmulatorTest.cpp - CUDA text on the host, right and wrong ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/core/Device.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace hadal::runtime;

namespace {

/// One kernel, its launch over x[256] (in), y[256] (out) and a factor of 2, and the error that must come.
struct Sample {
  const char *name;
  int threads, sharedBytes;
  int64_t blocks;
  const char *error; // "" if it runs
  const char *body;  // of a function of (const float *x, float *y, float factor, long long n, int *counter)
};

const Sample kSamples[] = {
    {"scale", 64, 0, 4, "", R"(
  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  if (i < n)
    y[i] = factor * x[i];)"},
    {"vectors", 64, 0, 1, "", R"(
  reinterpret_cast<float4 *>(y)[threadIdx.x] = reinterpret_cast<const float4 *>(x)[threadIdx.x];)"},
    // The sum of 256 elements by shuffles, then shared memory: y[0].
    {"sum", 256, 32, 1, "", R"(
  float *partial = reinterpret_cast<float *>(hadal_emu_shared());
  float v = x[threadIdx.x];
  for (int offset = 16; offset > 0; offset /= 2)
    v += __shfl_xor_sync(0xffffffffu, v, offset);
  if (threadIdx.x % 32 == 0)
    partial[threadIdx.x / 32] = v;
  __syncthreads();
  if (threadIdx.x == 0) {
    v = 0;
    for (int w = 0; w < 8; ++w)
      v += partial[w];
    y[0] = v;
  })"},
    // Half of a warp each, at once.
    {"half_warps", 32, 0, 1, "", R"(
  unsigned mask = threadIdx.x < 16 ? 0xffffu : 0xffff0000u;
  if (threadIdx.x < 16)
    y[threadIdx.x] = __shfl_sync(mask, x[threadIdx.x], 3);
  else
    y[threadIdx.x] = __shfl_sync(mask, x[threadIdx.x], 20);)"},
    {"warp_shared", 64, 256, 1, "", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  s[threadIdx.x] = x[threadIdx.x];
  __syncwarp();
  y[threadIdx.x] = s[threadIdx.x ^ 1];)"},
    {"named_barrier", 96, 256, 1, "", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  if (threadIdx.x >= 64)
    return;
  s[threadIdx.x] = x[threadIdx.x];
  hadal_emu_barrier(1, 64);
  y[threadIdx.x] = s[63 - threadIdx.x];)"},
    // Two stages of asynchronous copies.
    {"pipeline", 32, 1024, 1, "", R"(
  char *s = hadal_emu_shared();
  hadal_emu_cp_async(s + threadIdx.x * 16, x + threadIdx.x * 4, 16, 16);
  hadal_emu_cp_async_commit();
  hadal_emu_cp_async(s + 512 + threadIdx.x * 16, x + 128 + threadIdx.x * 4, 16, 8);
  hadal_emu_cp_async_commit();
  for (int stage = 0; stage < 2; ++stage) {
    hadal_emu_cp_async_wait(1 - stage);
    __syncthreads();
    const float4 *tile = reinterpret_cast<const float4 *>(s + 512 * stage);
    reinterpret_cast<float4 *>(y)[stage * 32 + threadIdx.x] = tile[31 - threadIdx.x];
  })"},
    {"atomics", 128, 4, 8, "", R"(
  int *s = reinterpret_cast<int *>(hadal_emu_shared());
  if (threadIdx.x == 0)
    *s = 0;
  __syncthreads();
  atomicAdd(s, 1);
  __syncthreads();
  if (threadIdx.x == 0)
    atomicAdd(counter, *s);)"},
    {"local_arrays", 32, 0, 1, "", R"(
  float local[64];
  for (int i = 0; i < 64; ++i)
    local[i] = x[i];
  y[threadIdx.x] = local[(threadIdx.x * 7) % 64];)"},

    {"write_behind", 32, 0, 1, "thread 0: writes 4 bytes at 1024 of 'y', which has 1024 bytes", R"(
  if (threadIdx.x == 0)
    y[n] = 1;)"},
    {"read_before", 32, 0, 1, "thread 3: reads 4 bytes at -4 of 'x', which has 1024 bytes", R"(
  if (threadIdx.x == 3)
    y[0] = x[-1];)"},
    {"wild_pointer", 32, 0, 1, "writes 4 bytes outside of all buffers", R"(
  *reinterpret_cast<float *>(n) = 1;)"},
    {"write_input", 32, 0, 1, "writes to 'x', which is read-only", R"(
  const_cast<float *>(x)[0] = 1;)"},
    {"misaligned", 32, 0, 1, "accesses 8 bytes at an address that is not a multiple of 8", R"(
  if (threadIdx.x == 7)
    counter[1] = int(*reinterpret_cast<const long long *>(x + 1));)"},
    {"shared_behind", 32, 128, 1, "thread 31: writes 4 bytes at 128 of shared memory, which has 128 bytes", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  if (threadIdx.x == 31)
    s[threadIdx.x + 1] = 1;)"},
    {"shared_unwritten", 32, 128, 1, "reads shared memory that nothing wrote: 4 bytes at 124", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  if (threadIdx.x < 31)
    s[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = s[threadIdx.x];)"},
    {"race_read_write", 64, 256, 1, "without a barrier between (a race)", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  s[threadIdx.x] = 0;
  __syncthreads();
  s[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = s[(threadIdx.x + 32) % 64];)"},
    {"race_write_read", 64, 256, 1, "another thread", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  s[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = s[(threadIdx.x + 32) % 64];
  s[threadIdx.x] = 0;)"},
    {"race_write_write", 64, 4, 1, "writes shared memory that another thread wrote, without a barrier between (a race)",
     R"(
  if (threadIdx.x % 32 == 0)
    *reinterpret_cast<float *>(hadal_emu_shared()) = 1;)"},
    {"race_in_warp", 32, 128, 1, "a race", R"(
  float *s = reinterpret_cast<float *>(hadal_emu_shared());
  s[threadIdx.x] = 0;
  __syncwarp();
  s[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = s[threadIdx.x ^ 1];)"},
    {"early_return", 64, 0, 1, "waits at __syncthreads, which thread 0 never reaches: it has returned", R"(
  if (threadIdx.x == 0)
    return;
  __syncthreads();)"},
    {"divergent_barrier", 64, 0, 1, "with 32 of 64 threads", R"(
  if (threadIdx.x < 32)
    hadal_emu_barrier(2, 64);
  else
    __syncthreads();)"},
    {"lost_lane", 32, 0, 1, "thread 5", R"(
  if (threadIdx.x == 5)
    return;
  y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, x[threadIdx.x], 1);)"},
    {"foreign_lane", 32, 0, 1, "a shuffle reads from a lane outside its mask", R"(
  if (threadIdx.x < 16)
    y[threadIdx.x] = __shfl_sync(0xffffu, x[threadIdx.x], 20);)"},
    {"outside_mask", 32, 0, 1, "takes part in a shuffle or __syncwarp without being in its mask", R"(
  __syncwarp(0xffffu);)"},
    {"no_wait", 32, 512, 1, "reads shared memory that an asynchronous copy still fills", R"(
  char *s = hadal_emu_shared();
  hadal_emu_cp_async(s + threadIdx.x * 16, x + threadIdx.x * 4, 16, 16);
  hadal_emu_cp_async_commit();
  hadal_emu_cp_async_wait(1);
  y[threadIdx.x] = reinterpret_cast<const float *>(s)[threadIdx.x * 4];)"},
    {"no_barrier_after_wait", 32, 512, 1, "reads shared memory that ", R"(
  char *s = hadal_emu_shared();
  hadal_emu_cp_async(s + threadIdx.x * 16, x + threadIdx.x * 4, 16, 16);
  hadal_emu_cp_async_commit();
  hadal_emu_cp_async_wait(0);
  y[threadIdx.x] = reinterpret_cast<const float *>(s)[127 - threadIdx.x * 4];)"},
    {"trap", 32, 0, 2, "the kernel trapped", R"(
  if (blockIdx.x == 1)
    __trap();)"},
};

constexpr int kNumSamples = sizeof(kSamples) / sizeof(kSamples[0]);

/// All samples in one artifact, compiled once.
class Emulator : public testing::Test {
protected:
  static void SetUpTestSuite() {
    static std::vector<std::string> sources;
    for (const Sample &sample : kSamples)
      sources.push_back(str("extern \"C\" __global__ void ", sample.name,
                            "(const float *x, float *y, float factor, long long n, int *counter) {", sample.body,
                            "\n}\n"));
    static const uint8_t kinds[] = {HADAL_ARG_POINTER, HADAL_ARG_POINTER, HADAL_ARG_FLOAT32, HADAL_ARG_INT64,
                                    HADAL_ARG_POINTER};
    for (int i = 0; i < kNumSamples; ++i)
      table.push_back(
          {kSamples[i].name, nullptr, 0, sources[i].c_str(), kSamples[i].threads, kSamples[i].sharedBytes, 5, kinds});
    artifact.kernels = table.data();
    artifact.num_kernels = kNumSamples;
    Error error = createEmulatorDevice(2, device);
    if (!error)
      error = device->loadKernels(artifact, "samples", kernels);
    ASSERT_FALSE(error) << error.getMessage();
  }
  static void TearDownTestSuite() {
    kernels.reset();
    device.reset();
  }

  void launch(int index) {
    for (int i = 0; i < 256; ++i)
      x[i] = static_cast<float>(i);
    RunScope scope;
    scope.buffers = {{"x", reinterpret_cast<char *>(x.data()), 1024, false},
                     {"y", reinterpret_cast<char *>(y.data()), 1024, true},
                     {"counter", reinterpret_cast<char *>(counter.data()), 8, true}};
    uint64_t args[5] = {reinterpret_cast<uint64_t>(x.data()), reinterpret_cast<uint64_t>(y.data()), 0, 256,
                        reinterpret_cast<uint64_t>(counter.data())};
    const float factor = 2;
    std::memcpy(&args[2], &factor, sizeof(factor));
    const int64_t grid[3] = {kSamples[index].blocks, 1, 1};
    error = kernels->launch(scope, index, args, grid);
  }

  void run(const std::string &name) {
    for (int i = 0; i < kNumSamples; ++i)
      if (kSamples[i].name == name)
        launch(i);
    ASSERT_FALSE(error) << error.getMessage();
  }

  // Far apart, so that what is behind one is not another.
  struct alignas(4096) Array : std::array<float, 256> {
    char gap[4096];
  };
  Array x = {}, y = {};
  std::array<int, 2> counter = {};
  Error error;

  static HadalArtifact artifact;
  static std::vector<HadalArtifactKernel> table;
  static std::shared_ptr<Device> device;
  static std::unique_ptr<Kernels> kernels;
};

HadalArtifact Emulator::artifact = {};
std::vector<HadalArtifactKernel> Emulator::table;
std::shared_ptr<Device> Emulator::device;
std::unique_ptr<Kernels> Emulator::kernels;

TEST_F(Emulator, SaysWhatIsWrong) {
  for (int i = 0; i < kNumSamples; ++i) {
    const Sample &sample = kSamples[i];
    SCOPED_TRACE(sample.name);
    launch(i);
    std::string expected = sample.error, message = error.getMessage();
    if (expected.empty()) {
      EXPECT_EQ(message, "");
      continue;
    }
    EXPECT_EQ(error.getStatus(), HADAL_DEVICE_FAILURE);
    EXPECT_PRED_FORMAT2(testing::IsSubstring, expected, message);
    EXPECT_EQ(message.find(str("kernel '", sample.name, "', line ")), 0u) << message;
    EXPECT_NE(message.find(", block ("), std::string::npos) << message;
  }
}

TEST_F(Emulator, NamesTheLine) {
  for (auto [name, line] : {std::pair("write_behind", 3), std::pair("shared_unwritten", 6),
                            std::pair("early_return", 4), std::pair("divergent_barrier", 3)})
    for (int i = 0; i < kNumSamples; ++i)
      if (kSamples[i].name == std::string(name)) {
        launch(i);
        std::string message = error.getMessage(), expected = str("', line ", line, ", block");
        EXPECT_PRED_FORMAT2(testing::IsSubstring, expected, message);
      }
}

TEST_F(Emulator, GivesTheResultsOfCuda) {
  run("scale");
  for (int i = 0; i < 256; ++i)
    ASSERT_EQ(y[i], 2 * x[i]);
  run("vectors");
  for (int i = 0; i < 256; ++i)
    ASSERT_EQ(y[i], x[i]);
  run("sum");
  EXPECT_EQ(y[0], 255 * 128);
  run("half_warps");
  for (int i = 0; i < 32; ++i)
    ASSERT_EQ(y[i], i < 16 ? 3 : 20);
  run("warp_shared");
  for (int i = 0; i < 64; ++i)
    ASSERT_EQ(y[i], i ^ 1);
  run("named_barrier");
  for (int i = 0; i < 64; ++i)
    ASSERT_EQ(y[i], 63 - i);
  run("atomics");
  EXPECT_EQ(counter[0], 1024);
  run("local_arrays");
  for (int i = 0; i < 32; ++i)
    ASSERT_EQ(y[i], i * 7 % 64);
  run("pipeline"); // in the second stage the copies filled the upper half of 16 bytes with zeros
  for (int i = 0; i < 128; ++i) {
    int from = (31 - i / 4) * 4 + i % 4;
    ASSERT_EQ(y[i], from);
    ASSERT_EQ(y[128 + i], i % 4 < 2 ? 128 + from : 0);
  }
}

std::string loadError(const char *source, int threads = 32, int sharedBytes = 0) {
  const HadalArtifactKernel kernel = {"k", nullptr, 0, source, threads, sharedBytes, 0, nullptr};
  HadalArtifact artifact = {};
  artifact.kernels = &kernel;
  artifact.num_kernels = 1;
  std::shared_ptr<Device> device;
  std::unique_ptr<Kernels> kernels;
  Error error = createEmulatorDevice(1, device);
  if (!error)
    error = device->loadKernels(artifact, "model.so", kernels);
  return error.getMessage();
}

TEST(EmulatorLoad, RefusesWhatDoesNotCompile) {
  std::string error = loadError("extern \"C\" __global__ void k() {\n  int x = nothing;\n}\n");
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "the kernels of artifact model.so do not compile for the emulator", error);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "k:2:11: error: use of undeclared identifier 'nothing'", error);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "the emulator checks dynamic shared memory only",
                      loadError("extern \"C\" __global__ void k() {\n  __shared__ float s[4];\n}\n"));
  EXPECT_EQ(loadError(nullptr), "artifact model.so has no CUDA text of kernel 'k'");
  EXPECT_EQ(loadError("", 2048), "artifact model.so: kernel 'k' wants 2048 threads in a block; CUDA has 1 to 1024");
  EXPECT_EQ(loadError("", 32, 300000),
            "artifact model.so: kernel 'k' wants 300000 bytes of shared memory; a block has at most 232448");
}

TEST(EmulatorLoad, NamesTheCompilerItLacks) {
  setenv("HADAL_EMULATOR_CXX", "/nowhere/clang++", 1);
  EXPECT_EQ(loadError(""), "the emulator compiles kernels with /nowhere/clang++, which cannot be run: No such file or "
                           "directory (HADAL_EMULATOR_CXX names another clang++)");
  unsetenv("HADAL_EMULATOR_CXX");
}

} // namespace
