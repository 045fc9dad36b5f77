/*===- fake_cuda.c - A CUDA driver without a GPU --------------------------===*\
|*
|* Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* Enough of libcuda for the kernels of fixture.c, which it knows by name: so the
|* runtime's own part of the way to a GPU is tested on machines without one. It
|* is strict: device addresses are no host addresses, a call without a current
|* context fails, and fakeCudaLive counts what was not given back.
|*
\*===----------------------------------------------------------------------===*/

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_VALUE = 1, INVALID_IMAGE = 200, INVALID_CONTEXT = 201, NOT_FOUND = 500 };
#define EXPORT __attribute__((visibility("default")))
#define DEVICE_BIT (UINT64_C(1) << 60)

static _Thread_local int depth;
static atomic_int live;

EXPORT int fakeCudaLive(void) { return live; }

static int made(void **handle) {
  *handle = malloc(1);
  ++live;
  return SUCCESS;
}
static int gone(void *handle) {
  free(handle);
  --live;
  return SUCCESS;
}
static void *hostOf(uint64_t device) { return device & DEVICE_BIT ? (void *)(uintptr_t)(device & ~DEVICE_BIT) : NULL; }

EXPORT int cuInit(unsigned flags) { return flags; }
EXPORT int cuGetErrorName(int result, const char **text) {
  *text = result == INVALID_IMAGE ? "CUDA_ERROR_INVALID_IMAGE" : "CUDA_ERROR_OTHER";
  return SUCCESS;
}
EXPORT int cuGetErrorString(int result, const char **text) {
  (void)result;
  *text = "an error of the fake driver";
  return SUCCESS;
}
EXPORT int cuDeviceGetCount(int *count) {
  *count = 1;
  return SUCCESS;
}
EXPORT int cuDeviceGet(int *device, int ordinal) {
  *device = 7 + ordinal;
  return SUCCESS;
}
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? 9 : attribute == 76 ? 0 : attribute == 97 ? 232448 : -1;
  return device == 7 && *value >= 0 ? SUCCESS : INVALID_VALUE;
}
EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
  static int primary;
  *context = &primary;
  ++live;
  return device == 7 ? SUCCESS : INVALID_VALUE;
}
EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  --live;
  return device == 7 ? SUCCESS : INVALID_VALUE;
}
EXPORT int cuCtxPushCurrent_v2(void *context) {
  ++depth;
  return context ? SUCCESS : INVALID_CONTEXT;
}
EXPORT int cuCtxPopCurrent_v2(void **context) {
  *context = NULL;
  return --depth >= 0 ? SUCCESS : INVALID_CONTEXT;
}
EXPORT int cuStreamCreate(void **stream, unsigned flags) {
  return depth > 0 && flags == 1 ? made(stream) : INVALID_CONTEXT;
}
EXPORT int cuStreamDestroy_v2(void *stream) { return gone(stream); }
EXPORT int cuStreamSynchronize(void *stream) { return depth > 0 && stream ? SUCCESS : INVALID_CONTEXT; }

EXPORT int cuMemAlloc_v2(uint64_t *pointer, size_t bytes) {
  void *memory = depth > 0 && bytes > 0 ? aligned_alloc(256, (bytes + 255) / 256 * 256) : NULL;
  if (!memory)
    return INVALID_CONTEXT;
  ++live;
  *pointer = (uint64_t)(uintptr_t)memory | DEVICE_BIT;
  return SUCCESS;
}
EXPORT int cuMemFree_v2(uint64_t pointer) {
  return hostOf(pointer) && depth > 0 ? gone(hostOf(pointer)) : INVALID_VALUE;
}
EXPORT int cuMemcpyHtoDAsync_v2(uint64_t device, const void *host, size_t bytes, void *stream) {
  if (!hostOf(device) || !stream || depth <= 0)
    return INVALID_VALUE;
  memcpy(hostOf(device), host, bytes);
  return SUCCESS;
}
EXPORT int cuMemcpyDtoHAsync_v2(void *host, uint64_t device, size_t bytes, void *stream) {
  if (!hostOf(device) || !stream || depth <= 0)
    return INVALID_VALUE;
  memcpy(host, hostOf(device), bytes);
  return SUCCESS;
}

/* Kernels: each gets pointers to its parameters. */
static int doubleW(unsigned gx, void **parameters) {
  const float *in = hostOf(*(uint64_t *)parameters[0]);
  float *out = hostOf(*(uint64_t *)parameters[1]);
  if (!in || !out)
    return INVALID_VALUE;
  for (unsigned i = 0; i < gx; ++i)
    out[i] = 2 * in[i];
  return SUCCESS;
}
static int outer(unsigned gx, void **parameters) {
  const float *x = hostOf(*(uint64_t *)parameters[0]);
  int64_t batch = *(int64_t *)parameters[1], seq = *(int64_t *)parameters[2];
  const float *w = hostOf(*(uint64_t *)parameters[3]), *bias = hostOf(*(uint64_t *)parameters[4]);
  const int64_t *positions = hostOf(*(uint64_t *)parameters[5]);
  float factor = *(float *)parameters[6];
  float *y = hostOf(*(uint64_t *)parameters[7]);
  if (!x || !w || !bias || !positions || !y || batch != gx)
    return INVALID_VALUE;
  for (int64_t i = 0; i < batch * seq * 4; ++i)
    y[i] = x[i / 4] * factor * w[i % 4] + (float)positions[i / 4 / seq] + bias[i % 4];
  return SUCCESS;
}
static int faulty(unsigned gx, void **parameters) {
  (void)gx, (void)parameters;
  return SUCCESS;
}

EXPORT int cuModuleLoadData(void **module, const void *image) {
  return depth > 0 && memcmp(image, "\177ELF", 4) == 0 ? made(module) : INVALID_IMAGE;
}
EXPORT int cuModuleUnload(void *module) { return gone(module); }
EXPORT int cuModuleGetFunction(int (**function)(unsigned, void **), void *module, const char *name) {
  *function = strcmp(name, "double_w") == 0 ? doubleW : strcmp(name, "outer") == 0 ? outer : faulty;
  return module && depth > 0 ? SUCCESS : NOT_FOUND;
}
EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  return function && attribute == 8 && value > 0 ? SUCCESS : INVALID_VALUE;
}
EXPORT int cuLaunchKernel(int (*function)(unsigned, void **), unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                          unsigned by, unsigned bz, unsigned sharedBytes, void *stream, void **parameters,
                          void **extra) {
  if (depth <= 0 || !stream || gx == 0 || gy != 1 || gz != 1 || bx != 32 || by != 1 || bz != 1 || sharedBytes || extra)
    return INVALID_VALUE;
  return function(gx, parameters);
}
