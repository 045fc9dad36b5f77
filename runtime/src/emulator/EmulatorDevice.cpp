//===- EmulatorDevice.cpp - CUDA kernels on the host ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "TextCompiler.h"

#include "../core/Device.h"
#include "../core/LaunchLimits.h"
#include "../core/Memory.h"
#include "../cpu/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>

using namespace hadal::runtime;

namespace {

class EmulatorDevice final : public Device {
public:
  explicit EmulatorDevice(int threads) : pool(threads) {}

  const std::string &getName() const override { return name; }
  DLDevice getDLDevice() const override { return {kDLCPU, 0}; }
  bool sharesHostMemory() const override { return true; }
  bool checksBuffers() const override { return true; }
  bool runsTarget(std::string_view target) const override { return target == "emulator" || target == "cuda"; }
  int getThreads() const override { return pool.getThreads(); }
  void *allocate(size_t bytes) override { return allocateHost(bytes); }
  void release(void *memory, size_t bytes) override { releaseHost(memory, bytes); }
  Error copyIn(void *device, const void *host, size_t bytes) override {
    std::memcpy(device, host, bytes);
    return Error::success();
  }
  Error copyOut(void *host, const void *device, size_t bytes) override { return copyIn(host, device, bytes); }
  void prepareWorkspace(void *memory, size_t bytes) override {
    std::fill_n(static_cast<unsigned char *>(memory), bytes,
                0xff); // NaN: a read of what no kernel wrote shows in the results
  }
  Error loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) override;

private:
  std::string name = "emulator";
  ThreadPool pool;
};

class EmulatedKernels final : public Kernels {
public:
  EmulatedKernels(const HadalArtifact &artifact, std::unique_ptr<CompiledText> text, ThreadPool &pool)
      : artifact(artifact), text(std::move(text)), pool(pool), runners(pool.getThreads()) {
    if (const char *given = std::getenv("HADAL_EMULATOR_SEED"))
      seed = std::strtoull(given, nullptr, 10);
  }

  Error launch(const RunScope &scope, int32_t kernel, const uint64_t *args, const int64_t grid[3]) override;

private:
  const HadalArtifact &artifact;
  std::unique_ptr<CompiledText> text;
  ThreadPool &pool;
  std::vector<BlockRunner> runners; // one for each worker
  uint64_t seed = 1;
};

} // namespace

Error EmulatorDevice::loadKernels(const HadalArtifact &artifact, const std::string &path,
                                  std::unique_ptr<Kernels> &out) {
  for (int32_t i = 0; i < artifact.num_kernels; ++i)
    if (Error error = checkLaunchLimits(artifact.kernels[i], path))
      return error;
  std::unique_ptr<CompiledText> text;
  if (Error error = CompiledText::compile(artifact, path, text))
    return error;
  out = std::make_unique<EmulatedKernels>(artifact, std::move(text), pool);
  return Error::success();
}

Error EmulatedKernels::launch(const RunScope &scope, int32_t index, const uint64_t *args, const int64_t grid[3]) {
  const HadalArtifactKernel &kernel = artifact.kernels[index];
  if (Error error = checkGrid(kernel, grid))
    return error;
  std::vector<Buffer> buffers = scope.buffers;
  std::sort(buffers.begin(), buffers.end(), [](const Buffer &a, const Buffer &b) { return a.begin < b.begin; });
  EmulatedLaunch launch = {text->getEntry(index),
                           args,
                           static_cast<unsigned>(kernel.threads),
                           static_cast<size_t>(kernel.shared_bytes),
                           {unsigned(grid[0]), unsigned(grid[1]), unsigned(grid[2])},
                           &buffers,
                           text->getImageBegin(),
                           text->getImageEnd(),
                           seed};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::string message;
  const void *site = nullptr;
  pool.forEach(grid, [&](int64_t x, int64_t y, int64_t z, int worker) {
    if (failed.load(std::memory_order_relaxed))
      return;
    const unsigned block[3] = {unsigned(x), unsigned(y), unsigned(z)};
    std::string wrong = runners[worker].run(launch, block);
    if (wrong.empty())
      return;
    failed = true;
    std::lock_guard<std::mutex> lock(mutex);
    if (message.empty()) {
      message = std::move(wrong);
      site = runners[worker].getErrorSite();
    }
  });
  if (message.empty())
    return Error::success();
  int line = text->findLine(index, site);
  return Error(HADAL_DEVICE_FAILURE, "kernel '", kernel.name, "', ", line ? str("line ", line, ", ") : "", message);
}

Error hadal::runtime::createEmulatorDevice(int threads, std::shared_ptr<Device> &out) {
  out = std::make_shared<EmulatorDevice>(threads);
  return Error::success();
}
