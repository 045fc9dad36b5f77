//===- CpuDevice.cpp - Kernels as functions of the artifact ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../core/Device.h"
#include "../core/Memory.h"
#include "ThreadPool.h"

#include <algorithm>
#include <mutex>

using namespace hadal::runtime;

namespace {

/// Memory for each worker, as much as the kernel that wants most. Grows when a module is loaded.
class Scratch {
public:
  explicit Scratch(int workers) : blocks(workers) {}

  bool reserve(size_t bytes) {
    for (HostMemory &block : blocks)
      if (block.size() < bytes && !block.allocate(bytes))
        return false;
    return true;
  }
  void *get(int worker) const { return blocks[worker].data(); }

private:
  std::vector<HostMemory> blocks;
};

class CpuDevice final : public Device {
public:
  explicit CpuDevice(int threads) : pool(threads) {}

  const std::string &getName() const override { return name; }
  DLDevice getDLDevice() const override { return {kDLCPU, 0}; }
  bool sharesHostMemory() const override { return true; }
  bool runsTarget(std::string_view target) const override { return target == "cpu"; }
  int getThreads() const override { return pool.getThreads(); }
  void *allocate(size_t bytes) override { return allocateHost(bytes); }
  void release(void *memory, size_t bytes) override { releaseHost(memory, bytes); }
  Error copyIn(void *device, const void *host, size_t bytes) override {
    std::copy_n(static_cast<const char *>(host), bytes, static_cast<char *>(device));
    return Error::success();
  }
  Error copyOut(void *host, const void *device, size_t bytes) override { return copyIn(host, device, bytes); }
  Error loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) override;

private:
  std::string name = "cpu";
  ThreadPool pool;
};

/// Scratch belongs to the kernels of one module, so that loading another one moves nothing under a run.
class CpuKernels final : public Kernels {
public:
  CpuKernels(const HadalArtifact &artifact, ThreadPool &pool)
      : artifact(artifact), pool(pool), scratch(pool.getThreads()) {}

  bool reserve(size_t bytes) { return scratch.reserve(bytes); }

  Error launch(const RunScope &, int32_t kernel, const uint64_t *args, const int64_t grid[3]) override {
    struct State {
      decltype(HadalArtifactKernel::cpu) body;
      const uint64_t *args;
      const Scratch *scratch;
    } state = {artifact.kernels[kernel].cpu, args, &scratch};
    pool.run(
        [](void *opaque, int64_t x, int64_t y, int64_t z, int worker) {
          auto *state = static_cast<State *>(opaque);
          state->body(state->args, x, y, z, state->scratch->get(worker));
        },
        &state, grid);
    return Error::success();
  }

private:
  const HadalArtifact &artifact;
  ThreadPool &pool;
  Scratch scratch;
};

} // namespace

Error CpuDevice::loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) {
  int64_t most = 0;
  for (int32_t i = 0; i < artifact.num_kernels; ++i) {
    const HadalArtifactKernel &kernel = artifact.kernels[i];
    if (!kernel.cpu)
      return Error(HADAL_INCOMPATIBLE, "artifact ", path, " has no code for the CPU: kernel '", kernel.name, "'");
    most = std::max(most, kernel.scratch_bytes);
  }
  auto kernels = std::make_unique<CpuKernels>(artifact, pool);
  if (!kernels->reserve(static_cast<size_t>(most)))
    return Error(HADAL_OUT_OF_MEMORY, "no memory for the scratch of ", pool.getThreads(), " workers: ", most,
                 " bytes each");
  out = std::move(kernels);
  return Error::success();
}

std::shared_ptr<Device> hadal::runtime::createCpuDevice(int threads) { return std::make_shared<CpuDevice>(threads); }
