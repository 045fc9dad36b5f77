//===- Driver.cpp - The CUDA driver, if there is one ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

#include <cstdlib>

using namespace hadal::runtime;

Error CudaDriver::load(std::shared_ptr<CudaDriver> &out) {
  const char *given = std::getenv("HADAL_CUDA_DRIVER");
  auto driver = std::make_shared<CudaDriver>();
  std::string log;
  if (!driver->library.open(given ? given : "libcuda.so.1", log))
    return Error(HADAL_NO_DEVICE, "no CUDA driver: ", log);
  if (!driver->bind())
    return Error(HADAL_NO_DEVICE, "no CUDA driver: libcuda.so.1 lacks a function of CUDA 11.1 or later");
  if (int result = driver->init(0))
    return Error(HADAL_NO_DEVICE, "no CUDA driver: it does not start: ", driver->describe(result));
  out = std::move(driver);
  return Error::success();
}

bool CudaDriver::bind() {
  return library.find("cuInit", init) && library.find("cuGetErrorName", getErrorName) &&
         library.find("cuGetErrorString", getErrorString) && library.find("cuDeviceGetCount", deviceGetCount) &&
         library.find("cuDeviceGet", deviceGet) && library.find("cuDeviceGetAttribute", deviceGetAttribute) &&
         library.find("cuDevicePrimaryCtxRetain", primaryContextRetain) &&
         library.find("cuDevicePrimaryCtxRelease_v2", primaryContextRelease) &&
         library.find("cuCtxPushCurrent_v2", contextPush) && library.find("cuCtxPopCurrent_v2", contextPop) &&
         library.find("cuModuleLoadData", moduleLoadData) && library.find("cuModuleUnload", moduleUnload) &&
         library.find("cuModuleGetFunction", moduleGetFunction) &&
         library.find("cuFuncSetAttribute", functionSetAttribute) && library.find("cuLaunchKernel", launchKernel) &&
         library.find("cuMemAlloc_v2", memoryAllocate) && library.find("cuMemFree_v2", memoryFree) &&
         library.find("cuMemcpyHtoDAsync_v2", copyHostToDevice) &&
         library.find("cuMemcpyDtoHAsync_v2", copyDeviceToHost) && library.find("cuStreamCreate", streamCreate) &&
         library.find("cuStreamDestroy_v2", streamDestroy) && library.find("cuStreamSynchronize", streamSynchronize);
}

std::string CudaDriver::describe(int result) const {
  const char *name = nullptr, *text = nullptr;
  if (getErrorName(result, &name) != 0 || getErrorString(result, &text) != 0 || !name || !text)
    return str("error ", result);
  return str(name, " (", text, ")");
}
