//===- Device.h - Where kernels run --------------------------- -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_DEVICE_H
#define HADAL_RUNTIME_CORE_DEVICE_H

#include "Error.h"

#include "hadal/artifact.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace hadal::runtime {

/// Memory that a run may touch: the emulator checks accesses against these.
struct Buffer {
  const char *name;
  char *begin;
  size_t bytes;
  bool writable;
};

/// What the launches of one run have in common.
struct RunScope {
  std::vector<Buffer> buffers;
};

/// The kernels of one loaded artifact, ready to run.
class Kernels {
public:
  virtual ~Kernels() = default;
  virtual Error launch(const RunScope &scope, int32_t kernel, const uint64_t *args, const int64_t grid[3]) = 0;
};

class Device {
public:
  virtual ~Device() = default;

  /// "cpu", "cuda:0", "emulator".
  virtual const std::string &getName() const = 0;
  virtual DLDevice getDLDevice() const = 0;
  /// Whether its memory is the host's, so that nothing is copied.
  virtual bool sharesHostMemory() const = 0;
  /// Whether it wants to know the buffers of a run.
  virtual bool checksBuffers() const { return false; }
  /// The value of "target" in the manifests of the artifacts that it runs.
  virtual bool runsTarget(std::string_view target) const = 0;
  virtual int getThreads() const = 0;

  /// Memory aligned to 64 bytes at least; NULL if there is none left. Contents are undefined.
  virtual void *allocate(size_t bytes) = 0;
  virtual void release(void *memory, size_t bytes) = 0;

  virtual Error copyIn(void *device, const void *host, size_t bytes) = 0;
  virtual Error copyOut(void *host, const void *device, size_t bytes) = 0;

  /// Before a run: what its workspace holds means nothing.
  virtual void prepareWorkspace(void *memory, size_t bytes) {}
  /// Waits for the launches of a run, and says whether they went well.
  virtual Error finishRun() { return Error::success(); }

  /// Makes the artifact's kernels ready; `path` is for messages. The artifact outlives them.
  virtual Error loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) = 0;
};

/// `threads` is at least 1.
std::shared_ptr<Device> createCpuDevice(int threads);
Error createCudaDevice(int ordinal, std::shared_ptr<Device> &out);
Error createEmulatorDevice(int threads, std::shared_ptr<Device> &out);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_DEVICE_H
