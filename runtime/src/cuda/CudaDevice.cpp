//===- CudaDevice.cpp - Kernels on an NVIDIA GPU --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "Nvrtc.h"

#include "../core/Device.h"
#include "../core/LaunchLimits.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace hadal::runtime;

// Of CUdevice_attribute, CUfunction_attribute and CUstream_flags.
static constexpr int kComputeCapabilityMajor = 75, kComputeCapabilityMinor = 76, kMaxSharedBytesOptIn = 97;
static constexpr int kMaxDynamicSharedBytes = 8;
static constexpr unsigned kNonBlocking = 1;
/// Beyond it a kernel must ask for its shared memory.
static constexpr int kDefaultSharedBytes = 48 * 1024;
/// NVRTC compiles two kernels side by side in the time of one; more threads gain little.
static constexpr int kCompileThreads = 2;

namespace {

/// The primary context of a device and a stream in it, on which everything happens in order.
class CudaStream {
public:
  explicit CudaStream(std::shared_ptr<CudaDriver> driver) : driver(std::move(driver)) {}
  ~CudaStream();
  Error open(int ordinal);

  /// Makes the context current for a scope, and leaves the caller's own as it was.
  class Current {
  public:
    explicit Current(const CudaStream &stream)
        : driver(*stream.driver), pushed(driver.contextPush(stream.context) == 0) {}
    ~Current() {
      CuContext popped;
      if (pushed)
        driver.contextPop(&popped);
    }

  private:
    const CudaDriver &driver;
    bool pushed;
  };

  std::shared_ptr<CudaDriver> driver;
  CuDevice device = 0;
  CuContext context = nullptr;
  CuStream stream = nullptr;
};

class CudaDevice final : public Device {
public:
  CudaDevice(std::shared_ptr<CudaStream> stream, int ordinal)
      : stream(std::move(stream)), ordinal(ordinal), name(str("cuda:", ordinal)) {}

  const std::string &getName() const override { return name; }
  DLDevice getDLDevice() const override { return {kDLCUDA, ordinal}; }
  bool sharesHostMemory() const override { return false; }
  bool runsTarget(std::string_view target) const override { return target == "cuda"; }
  int getThreads() const override { return 1; }
  void *allocate(size_t bytes) override;
  void release(void *memory, size_t bytes) override;
  Error copyIn(void *device, const void *host, size_t bytes) override;
  Error copyOut(void *host, const void *device, size_t bytes) override;
  Error finishRun() override;
  Error loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) override;

private:
  Error getArch(std::string &out, int &maxSharedBytes) const;

  std::shared_ptr<CudaStream> stream;
  int ordinal;
  std::string name;
};

class CudaKernels final : public Kernels {
public:
  CudaKernels(const HadalArtifact &artifact, std::shared_ptr<CudaStream> stream)
      : artifact(artifact), stream(std::move(stream)) {}
  ~CudaKernels() override;

  Error add(const HadalArtifactKernel &kernel, const CompiledKernel &compiled);
  Error launch(const RunScope &scope, int32_t kernel, const uint64_t *args, const int64_t grid[3]) override;

private:
  const HadalArtifact &artifact;
  std::shared_ptr<CudaStream> stream;
  std::vector<CuModule> modules;
  std::vector<CuFunction> functions;
};

} // namespace

//===----------------------------------------------------------------------===//
// Context and memory
//===----------------------------------------------------------------------===//

Error CudaStream::open(int ordinal) {
  int count = 0;
  if (Error error = driver->check(driver->deviceGetCount(&count), "cannot count the CUDA devices"))
    return error;
  if (ordinal >= count)
    return Error(HADAL_NO_DEVICE, "there is no CUDA device ", ordinal, ": this machine has ", count);
  if (Error error = driver->check(driver->deviceGet(&device, ordinal), "cannot get CUDA device ", ordinal))
    return error;
  if (Error error = driver->check(driver->primaryContextRetain(&context, device), "cannot use CUDA device ", ordinal))
    return error;
  Current current(*this);
  return driver->check(driver->streamCreate(&stream, kNonBlocking), "cannot make a stream on CUDA device ", ordinal);
}

CudaStream::~CudaStream() {
  if (stream) {
    Current current(*this);
    driver->streamDestroy(stream);
  }
  if (context)
    driver->primaryContextRelease(device);
}

void *CudaDevice::allocate(size_t bytes) {
  CudaStream::Current current(*stream);
  CuPointer pointer = 0;
  return stream->driver->memoryAllocate(&pointer, bytes ? bytes : 1) == 0 ? reinterpret_cast<void *>(pointer) : nullptr;
}

void CudaDevice::release(void *memory, size_t) {
  CudaStream::Current current(*stream);
  if (memory)
    stream->driver->memoryFree(reinterpret_cast<CuPointer>(memory));
}

Error CudaDevice::copyIn(void *device, const void *host, size_t bytes) {
  CudaStream::Current current(*stream);
  const CudaDriver &driver = *stream->driver;
  return bytes == 0
             ? Error::success()
             : driver.check(driver.copyHostToDevice(reinterpret_cast<CuPointer>(device), host, bytes, stream->stream),
                            "cannot copy ", bytes, " bytes to ", name);
}

Error CudaDevice::copyOut(void *host, const void *device, size_t bytes) {
  CudaStream::Current current(*stream);
  const CudaDriver &driver = *stream->driver;
  if (bytes == 0)
    return Error::success();
  if (Error error =
          driver.check(driver.copyDeviceToHost(host, reinterpret_cast<CuPointer>(device), bytes, stream->stream),
                       "cannot copy ", bytes, " bytes from ", name))
    return error;
  return driver.check(driver.streamSynchronize(stream->stream), "cannot copy ", bytes, " bytes from ", name);
}

Error CudaDevice::finishRun() {
  CudaStream::Current current(*stream);
  const CudaDriver &driver = *stream->driver;
  int result = driver.streamSynchronize(stream->stream);
  if (result == 0)
    return Error::success();
  return Error(HADAL_DEVICE_FAILURE, "a kernel failed on ", name, ": ", driver.describe(result),
               " (with CUDA_LAUNCH_BLOCKING=1 the error names it)");
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Error CudaDevice::getArch(std::string &out, int &maxSharedBytes) const {
  const CudaDriver &driver = *stream->driver;
  int major = 0, minor = 0;
  if (driver.deviceGetAttribute(&major, kComputeCapabilityMajor, stream->device) != 0 ||
      driver.deviceGetAttribute(&minor, kComputeCapabilityMinor, stream->device) != 0 ||
      driver.deviceGetAttribute(&maxSharedBytes, kMaxSharedBytesOptIn, stream->device) != 0)
    return Error(HADAL_DEVICE_FAILURE, "cannot ask ", name, " for its architecture");
  if (major < 8)
    return Error(HADAL_INCOMPATIBLE, name, " is of architecture sm_", major, minor, "; kernels need sm_80 or later");
  out = archName(major, minor);
  return Error::success();
}

/// Compiles all kernels, a few at a time; the first error ends it.
static Error compileAll(const Nvrtc &nvrtc, const HadalArtifact &artifact, const std::string &arch,
                        std::vector<CompiledKernel> &out) {
  out.resize(artifact.num_kernels);
  std::atomic<int32_t> next{0};
  std::mutex mutex;
  Error first;
  auto work = [&] {
    for (int32_t i; (i = next++) < artifact.num_kernels;) {
      const HadalArtifactKernel &kernel = artifact.kernels[i];
      if (Error error = nvrtc.compile(kernel.source, kernel.name, arch, out[i])) {
        std::lock_guard<std::mutex> lock(mutex);
        if (!first)
          first = std::move(error);
        next = artifact.num_kernels;
      }
    }
  };
  std::vector<std::thread> helpers;
  for (int t = 1; t < kCompileThreads; ++t)
    helpers.emplace_back(work);
  work();
  for (std::thread &helper : helpers)
    helper.join();
  return first;
}

Error CudaDevice::loadKernels(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<Kernels> &out) {
  std::string arch;
  int maxSharedBytes = 0;
  if (Error error = getArch(arch, maxSharedBytes))
    return error;
  for (int32_t i = 0; i < artifact.num_kernels; ++i) {
    const HadalArtifactKernel &kernel = artifact.kernels[i];
    if (!kernel.source)
      return Error(HADAL_INCOMPATIBLE, "artifact ", path, " has no CUDA text of kernel '", kernel.name, "'");
    if (Error error = checkLaunchLimits(kernel, path))
      return error;
    if (kernel.shared_bytes > maxSharedBytes)
      return Error(HADAL_INCOMPATIBLE, "artifact ", path, ": kernel '", kernel.name, "' wants ", kernel.shared_bytes,
                   " bytes of shared memory; ", name, " has ", maxSharedBytes);
  }
  std::shared_ptr<Nvrtc> nvrtc;
  if (Error error = Nvrtc::load(nvrtc))
    return error;
  std::vector<CompiledKernel> compiled;
  if (Error error = compileAll(*nvrtc, artifact, arch, compiled))
    return Error(error.getStatus(), "artifact ", path, ": ", error.getMessage());
  auto kernels = std::make_unique<CudaKernels>(artifact, stream);
  for (int32_t i = 0; i < artifact.num_kernels; ++i)
    if (Error error = kernels->add(artifact.kernels[i], compiled[i]))
      return Error(error.getStatus(), "artifact ", path, ": ", error.getMessage());
  out = std::move(kernels);
  return Error::success();
}

Error CudaKernels::add(const HadalArtifactKernel &kernel, const CompiledKernel &compiled) {
  CudaStream::Current current(*stream);
  const CudaDriver &driver = *stream->driver;
  CuModule module;
  if (Error error =
          driver.check(driver.moduleLoadData(&module, compiled.cubin.data()), "cannot load kernel '", kernel.name, "'"))
    return error;
  modules.push_back(module);
  CuFunction function;
  if (Error error = driver.check(driver.moduleGetFunction(&function, module, kernel.name), "there is no kernel '",
                                 kernel.name, "' in its text"))
    return error;
  functions.push_back(function);
  if (kernel.shared_bytes <= kDefaultSharedBytes)
    return Error::success();
  return driver.check(driver.functionSetAttribute(function, kMaxDynamicSharedBytes, kernel.shared_bytes), "kernel '",
                      kernel.name, "' cannot have ", kernel.shared_bytes, " bytes of shared memory");
}

CudaKernels::~CudaKernels() {
  CudaStream::Current current(*stream);
  for (CuModule module : modules)
    stream->driver->moduleUnload(module);
}

Error CudaKernels::launch(const RunScope &, int32_t index, const uint64_t *args, const int64_t grid[3]) {
  const HadalArtifactKernel &kernel = artifact.kernels[index];
  if (Error error = checkGrid(kernel, grid))
    return error;
  // A parameter of 4 bytes is read from the low half of its slot.
  std::vector<void *> parameters(kernel.num_args);
  for (int32_t i = 0; i < kernel.num_args; ++i)
    parameters[i] = const_cast<uint64_t *>(&args[i]);
  CudaStream::Current current(*stream);
  const CudaDriver &driver = *stream->driver;
  return driver.check(driver.launchKernel(functions[index], unsigned(grid[0]), unsigned(grid[1]), unsigned(grid[2]),
                                          unsigned(kernel.threads), 1, 1, unsigned(kernel.shared_bytes), stream->stream,
                                          parameters.data(), nullptr),
                      "kernel '", kernel.name, "'");
}

Error hadal::runtime::createCudaDevice(int ordinal, std::shared_ptr<Device> &out) {
  std::shared_ptr<CudaDriver> driver;
  if (Error error = CudaDriver::load(driver))
    return error;
  auto stream = std::make_shared<CudaStream>(std::move(driver));
  if (Error error = stream->open(ordinal))
    return error;
  out = std::make_shared<CudaDevice>(std::move(stream), ordinal);
  return Error::success();
}
