//===- Driver.h - The CUDA driver, if there is one --------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CUDA_DRIVER_H
#define HADAL_RUNTIME_CUDA_DRIVER_H

#include "../core/DynamicLibrary.h"
#include "../core/Error.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hadal::runtime {

using CuDevice = int;
using CuContext = struct CuContextObject *;
using CuModule = struct CuModuleObject *;
using CuFunction = struct CuFunctionObject *;
using CuStream = struct CuStreamObject *;
using CuPointer = uint64_t;

/// The driver API's functions that are used, by dlopen of libcuda.so.1 (or what HADAL_CUDA_DRIVER names). All give 0 or
/// an error code.
struct CudaDriver {
  /// HADAL_NO_DEVICE if there is no driver, or it does not start.
  static Error load(std::shared_ptr<CudaDriver> &out);

  /// Success, or "cuMemAlloc: CUDA_ERROR_INVALID_VALUE: invalid argument" after `what`.
  template <typename... T> Error check(int result, const T &...what) const {
    return result == 0 ? Error::success() : Error(HADAL_DEVICE_FAILURE, what..., ": ", describe(result));
  }
  std::string describe(int result) const;

  int (*init)(unsigned flags);
  int (*getErrorName)(int result, const char **text);
  int (*getErrorString)(int result, const char **text);
  int (*deviceGetCount)(int *count);
  int (*deviceGet)(CuDevice *device, int ordinal);
  int (*deviceGetAttribute)(int *value, int attribute, CuDevice device);
  int (*primaryContextRetain)(CuContext *context, CuDevice device);
  int (*primaryContextRelease)(CuDevice device);
  int (*contextPush)(CuContext context);
  int (*contextPop)(CuContext *context);
  int (*moduleLoadData)(CuModule *module, const void *image);
  int (*moduleUnload)(CuModule module);
  int (*moduleGetFunction)(CuFunction *function, CuModule module, const char *name);
  int (*functionSetAttribute)(CuFunction function, int attribute, int value);
  int (*launchKernel)(CuFunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                      unsigned sharedBytes, CuStream stream, void **parameters, void **extra);
  int (*memoryAllocate)(CuPointer *pointer, size_t bytes);
  int (*memoryFree)(CuPointer pointer);
  int (*copyHostToDevice)(CuPointer device, const void *host, size_t bytes, CuStream stream);
  int (*copyDeviceToHost)(void *host, CuPointer device, size_t bytes, CuStream stream);
  int (*streamCreate)(CuStream *stream, unsigned flags);
  int (*streamDestroy)(CuStream stream);
  int (*streamSynchronize)(CuStream stream);

private:
  bool bind();
  DynamicLibrary library;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CUDA_DRIVER_H
