/*===- fixture.c - An artifact written by hand ----------------------------===*\
|*
|* Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* What the compiler would make of
|*   y[b, s, j] = x[b, s] * 2 * w[j] + positions[b] + bias[j]        j < 4
|* with w in a weights file, bias inside, and 2 * w computed once at load. It is
|* compiled several times: FIXTURE_TARGET, FIXTURE_ABI, FIXTURE_NAME,
|* FIXTURE_WEIGHTS.
|*
\*===----------------------------------------------------------------------===*/

#include "hadal/artifact.h"

#include <string.h>

#ifndef FIXTURE_ABI
#define FIXTURE_ABI HADAL_ARTIFACT_ABI
#endif
#ifndef FIXTURE_WEIGHTS
#define FIXTURE_WEIGHTS "fixture-weights.bin"
#endif
#ifndef FIXTURE_NAME
#define FIXTURE_NAME "fixture"
#endif

enum { W, BIAS, DOUBLED };
enum { DOUBLE, OUTER, FAULTY };

static uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }
static void *pointer(uint64_t slot) { return (void *)(uintptr_t)slot; }

/* args: in, out */
static void doubleCpu(const uint64_t *args, int64_t x, int64_t y, int64_t z, void *scratch) {
  const float *in = pointer(args[0]);
  float *out = pointer(args[1]);
  (void)y, (void)z, (void)scratch;
  out[x] = 2 * in[x];
}

/* args: x and its two dimensions, w, bias, positions, factor, y; one point for each row of the batch */
static void outerCpu(const uint64_t *args, int64_t row, int64_t y, int64_t z, void *scratch) {
  int64_t seq = (int64_t)args[2];
  const float *in = (const float *)pointer(args[0]) + row * seq;
  const float *w = pointer(args[3]), *bias = pointer(args[4]);
  const int64_t *positions = pointer(args[5]);
  float *out = (float *)pointer(args[7]) + row * seq * 4, factor;
  float *staged = scratch;
  (void)y, (void)z;
  memcpy(&factor, &args[6], sizeof(factor));
  for (int64_t s = 0; s < seq; ++s) {
    for (int j = 0; j < 4; ++j)
      staged[j] = in[s] * factor * w[j] + (float)positions[row] + bias[j];
    memcpy(out + s * 4, staged, 4 * sizeof(float));
  }
}

static void faultyCpu(const uint64_t *args, int64_t x, int64_t y, int64_t z, void *scratch) {
  (void)args, (void)x, (void)y, (void)z, (void)scratch;
}

static const char doubleSource[] = "extern \"C\" __global__ void double_w(const float *in, float *out) {\n"
                                   "  if (threadIdx.x == 0)\n"
                                   "    out[blockIdx.x] = 2 * in[blockIdx.x];\n"
                                   "}\n";
static const char outerSource[] =
    "extern \"C\" __global__ void __launch_bounds__(32) outer(const float *x, long long batch, long long seq,\n"
    "    const float *w, const float *bias, const long long *positions, float factor, float *y) {\n"
    "  long long row = blockIdx.x;\n"
    "  for (long long i = threadIdx.x; i < seq * 4; i += blockDim.x) {\n"
    "    long long j = i % 4;\n"
    "    y[row * seq * 4 + i] = x[row * seq + i / 4] * factor * w[j] + float(positions[row]) + bias[j];\n"
    "  }\n"
    "}\n";
static const char faultySource[] = "extern \"C\" __global__ void faulty(const float *in, float *out) {\n"
                                   "  out[threadIdx.x + 1] = in[threadIdx.x];\n"
                                   "}\n";

static const uint8_t pointers[] = {HADAL_ARG_POINTER, HADAL_ARG_POINTER};
static const uint8_t outerKinds[] = {HADAL_ARG_POINTER, HADAL_ARG_INT64,   HADAL_ARG_INT64,   HADAL_ARG_POINTER,
                                     HADAL_ARG_POINTER, HADAL_ARG_POINTER, HADAL_ARG_FLOAT32, HADAL_ARG_POINTER};

static const HadalArtifactKernel kernels[] = {
    [DOUBLE] = {"double_w", doubleCpu, 0, doubleSource, 32, 0, 2, pointers},
    [OUTER] = {"outer", outerCpu, 4 * sizeof(float), outerSource, 32, 0, 8, outerKinds},
    [FAULTY] = {"faulty", faultyCpu, 0, faultySource, 32, 0, 2, pointers},
};

static const float bias[4] = {0.5f, 1.5f, 2.5f, 3.5f};
static const HadalArtifactGlobal globals[] = {
    [W] = {"w", 4 * sizeof(float), 0, FIXTURE_WEIGHTS, 32},
    [BIAS] = {"bias", sizeof(bias), bias, 0, 0},
    [DOUBLED] = {"doubled_w", 4 * sizeof(float), 0, 0, 0},
};

static void initPlan(const int64_t *inDims, int64_t *results) {
  (void)inDims;
  results[0] = 0;
}
static int32_t initRun(HadalHost *host, void *const *inputs, const int64_t *inDims, void *const *outputs,
                       const int64_t *outDims, void *workspace) {
  (void)inputs, (void)inDims, (void)outputs, (void)outDims, (void)workspace;
  uint64_t args[2] = {address(host->globals[W]), address(host->globals[DOUBLED])};
  return host->launch(host, DOUBLE, args, 2, 4, 1, 1);
}

/* x: batch, seq; positions: batch -> workspace; y: batch, seq, 4 */
static void outerPlan(const int64_t *inDims, int64_t *results) {
  results[0] = inDims[0] * inDims[1] * 64;
  results[1] = inDims[0];
  results[2] = inDims[1];
  results[3] = 4;
}
static int32_t outerRun(HadalHost *host, void *const *inputs, const int64_t *inDims, void *const *outputs,
                        const int64_t *outDims, void *workspace) {
  const float factor = 1;
  uint64_t args[8] = {address(inputs[0]),
                      (uint64_t)inDims[0],
                      (uint64_t)inDims[1],
                      address(host->globals[DOUBLED]),
                      address(host->globals[BIAS]),
                      address(inputs[1]),
                      0,
                      address(outputs[0])};
  (void)outDims, (void)workspace;
  memcpy(&args[6], &factor, sizeof(factor));
  return host->launch(host, OUTER, args, 8, inDims[0], 1, 1);
}

/* Writes one element behind its output, where the target notices. */
static void faultyPlan(const int64_t *inDims, int64_t *results) {
  (void)inDims;
  results[0] = 0;
  results[1] = 32;
}
static int32_t faultyRun(HadalHost *host, void *const *inputs, const int64_t *inDims, void *const *outputs,
                         const int64_t *outDims, void *workspace) {
  uint64_t args[2] = {address(inputs[0]), address(outputs[0])};
  (void)inDims, (void)outDims, (void)workspace;
  return host->launch(host, FAULTY, args, 2, 1, 1, 1);
}

static const HadalArtifactFunction functions[] = {
    {"hadal.init", initPlan, initRun, 0, 0},
    {"outer", outerPlan, outerRun, 3, 3},
    {"faulty", faultyPlan, faultyRun, 1, 1},
};

__attribute__((visibility("default"))) const HadalArtifact hadal_artifact = {
    HADAL_ARTIFACT_MAGIC,
    FIXTURE_ABI,
    "{\"abi\":1,\"target\":\"" FIXTURE_TARGET "\",\"model\":\"" FIXTURE_NAME "\",\"precision\":\"f32\",\"functions\":["
    "{\"name\":\"outer\",\"inputs\":[{\"name\":\"x\",\"dtype\":\"float32\",\"dims\":[\"batch\",\"seq\"]},"
    "{\"name\":\"positions\",\"dtype\":\"int64\",\"dims\":[\"batch\"]}],"
    "\"outputs\":[{\"name\":\"y\",\"dtype\":\"float32\",\"dims\":[\"batch\",\"seq\",4]}]},"
    "{\"name\":\"faulty\",\"inputs\":[{\"name\":\"x\",\"dtype\":\"float32\",\"dims\":[32]}],"
    "\"outputs\":[{\"name\":\"y\",\"dtype\":\"float32\",\"dims\":[32]}]}"
    "],\"launches\":2,\"kernels\":3}",
    functions,
    3,
    kernels,
    3,
    globals,
    3,
};
