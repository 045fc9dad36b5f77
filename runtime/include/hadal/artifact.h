/*===- artifact.h - What a compiled artifact exports -------------*- C99 -*-===*\
|*
|* Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* The C ABI between the host program in an artifact, which the compiler emits
|* as LLVM IR, and the runtime, which loads and calls it. Only those two include
|* this file; an application includes hadal/runtime.h.
|*
|* An artifact is an ELF shared object that exports one data symbol,
|* `const HadalArtifact hadal_artifact`, and imports nothing from the runtime.
|* Behind the bytes of the ELF file stands a trailer of 24 bytes: "HADLEND1",
|* then the XXH3-128 hash of all bytes before the trailer (16 bytes, canonical
|* big endian). The runtime checks it before it loads the object.
|*
\*===----------------------------------------------------------------------===*/

#ifndef HADAL_ARTIFACT_H
#define HADAL_ARTIFACT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HADAL_ARTIFACT_MAGIC 0x4c444148u /* "HADL" */
#define HADAL_ARTIFACT_ABI 1
#define HADAL_ARTIFACT_TRAILER "HADLEND1"
#define HADAL_ARTIFACT_TRAILER_BYTES 24

/* What the runtime hands to a host program: one for each run. */
typedef struct HadalHost HadalHost;
struct HadalHost {
  void *state; /* the runtime's own */
  /* Runs kernel number `kernel` over a grid; a grid with a 0 runs nothing. Launches happen in order: what one writes,
   * the next one reads. Returns 0, or a status that the host program must return at once. args: one slot of 8 bytes for
   * each of the program's arguments, a memref being its address and then one int64 for each dynamic dimension; index,
   * i64, i32, i1: sign- or zero-extended; f32: its bits in the low 4 bytes. */
  int32_t (*launch)(HadalHost *host, int32_t kernel, const uint64_t *args, int32_t num_args, int64_t gx, int64_t gy,
                    int64_t gz);
  void *const *globals; /* the address of each global, in table order (memory of the device) */
};

/* What a slot of a kernel's arguments holds. */
enum {
  HADAL_ARG_POINTER = 0,
  HADAL_ARG_INT64 = 1,
  HADAL_ARG_FLOAT32 = 2,
  HADAL_ARG_INT32 = 3,
};

typedef struct {
  const char *name;
  /* Runs one grid point. Target cpu only, otherwise NULL. */
  void (*cpu)(const uint64_t *args, int64_t x, int64_t y, int64_t z, void *scratch);
  int64_t scratch_bytes;    /* private to the grid point, aligned to 64; cpu only */
  const char *source;       /* CUDA C++ of this kernel without the prelude, or NULL */
  int32_t threads;          /* of a block */
  int32_t shared_bytes;     /* of dynamic shared memory */
  int32_t num_args;         /* slots */
  const uint8_t *arg_kinds; /* HADAL_ARG_* of each slot */
} HadalArtifactKernel;

typedef struct {
  const char *name;
  int64_t bytes;
  const void *data;    /* the bytes themselves, or NULL */
  const char *file;    /* a weights file, or NULL; looked up beside the artifact first, then as given */
  int64_t file_offset; /* in `file` */
} HadalArtifactGlobal; /* data and file both NULL: storage that "hadal.init" fills */

typedef struct {
  const char *name;
  /* in_dims: every dimension of every input in order, static ones too. results: workspace bytes, then every dimension
   * of every output. */
  void (*plan)(const int64_t *in_dims, int64_t *results);
  /* Returns 0 or the status of the launch that failed. workspace: at least what plan said, aligned to 64. */
  int32_t (*run)(HadalHost *host, void *const *inputs, const int64_t *in_dims, void *const *outputs,
                 const int64_t *out_dims, void *workspace);
  int32_t num_in_dims, num_out_dims;
} HadalArtifactFunction;

typedef struct {
  uint32_t magic, abi;
  const char *manifest;                   /* JSON, NUL-terminated */
  const HadalArtifactFunction *functions; /* with "hadal.init" (no inputs, no outputs) if derived globals exist */
  int32_t num_functions;
  const HadalArtifactKernel *kernels;
  int32_t num_kernels;
  const HadalArtifactGlobal *globals;
  int32_t num_globals;
} HadalArtifact;

#ifdef __cplusplus
}
#endif

#endif /* HADAL_ARTIFACT_H */
