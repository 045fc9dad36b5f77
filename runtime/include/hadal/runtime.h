/*===- runtime.h - Load and run compiled models ------------------*- C99 -*-===*\
|*
|* Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|*===----------------------------------------------------------------------===*|
|*
|* The C ABI of libhadal_runtime. It needs neither the compiler nor MLIR or LLVM.
|*
|*   HadalContext *context;
|*   HadalModule *module;
|*   const HadalFunction *prefill;
|*   hadalContextCreate("cpu", 0, &context);
|*   hadalModuleLoad(context, "prefill.so", &module);
|*   hadalModuleFindFunction(module, "prefill", &prefill);
|*
|*   int64_t ids[5] = {0, 72, 101, 121, 33}, shape[2] = {1, 5};
|*   DLTensor input = hadalTensor(ids, 2, shape, hadalType(kDLInt, 64));
|*   HadalPlan *plan;
|*   hadalPlanCreate(prefill, &input, 1, &plan);    // checks names, types and shapes; computes the outputs' shapes
|*   DLTensor logits = *hadalPlanOutput(plan, 0);   // [1, 5, 256], without data
|*   logits.data = malloc(5 * 256 * sizeof(float));
|*   hadalPlanRun(plan, &input, &logits, NULL);
|*
|* Status. Every function that can fail returns a HadalStatus, and leaves a
|* message for people in hadalLastError(). No C++ exception crosses this ABI.
|* After a failure all objects are as they were, only outputs may be half written.
|*
|* Tensors are DLTensor of DLPack: contiguous (strides NULL or row-major),
|* shapes in elements. Sizes named "bytes" are in bytes. A tensor's data
|* (data + byte_offset) must be aligned to its elements.
|*
|* Threads. A context and its modules and functions may be used by several
|* threads at once; their kernels take turns on the context's worker threads. A
|* plan is for one thread at a time. hadalLastError() is each thread's own.
|*
|* Lifetime. A module keeps its context alive, and a plan its module: they may be
|* destroyed in any order. Functions and infos belong to their module.
|*
\*===----------------------------------------------------------------------===*/

#ifndef HADAL_RUNTIME_H
#define HADAL_RUNTIME_H

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HADAL_API __attribute__((visibility("default")))
#else
#define HADAL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*===----------------------------------------------------------------------===*\
|* Status
\*===----------------------------------------------------------------------===*/

typedef int32_t HadalStatus;
enum {
  HADAL_OK = 0,
  HADAL_INVALID_ARGUMENT = 1, /* a NULL, a name that is not there, a device that is not known */
  HADAL_NOT_FOUND = 2,        /* a file cannot be opened */
  HADAL_DAMAGED = 3,          /* a file is not what was written */
  HADAL_INCOMPATIBLE = 4,     /* an artifact of another version, or for another device */
  HADAL_SHAPE_MISMATCH = 5,   /* a tensor's rank, dimension or type is not what the function takes */
  HADAL_OUT_OF_MEMORY = 6,
  HADAL_NO_DEVICE = 7,     /* the device's driver or compiler is not on this machine */
  HADAL_DEVICE_FAILURE = 8 /* a kernel or a copy failed */
};

/* What went wrong in this thread's last call that failed; "" if none did. Valid until this thread's next call. */
HADAL_API const char *hadalLastError(void);

/* The version of the runtime, "0.1.0". */
HADAL_API const char *hadalVersion(void);

/*===----------------------------------------------------------------------===*\
|* Contexts
\*===----------------------------------------------------------------------===*/

typedef struct HadalContext HadalContext;

/* device: "cpu", "cuda" or "cuda:N" (device N), or "emulator" (CUDA kernels on the host, for tests).
 * threads: how many run kernels on the host, the caller included; 0 = as many as this process may use.
 * HADAL_NO_DEVICE where there is no such device. */
HADAL_API HadalStatus hadalContextCreate(const char *device, int32_t threads, HadalContext **context);
HADAL_API void hadalContextDestroy(HadalContext *context); /* NULL is allowed, here and below */

/* The number of threads, as given or found. */
HADAL_API int32_t hadalContextThreads(const HadalContext *context);

/*===----------------------------------------------------------------------===*\
|* Modules and functions
\*===----------------------------------------------------------------------===*/

typedef struct HadalModule HadalModule;
typedef struct HadalFunction HadalFunction;

/* Loads an artifact: checks that it is whole, maps its weights (beside the artifact, else by the path it names),
 * compiles its kernels on "cuda" and "emulator", and prepares packed weights once. */
HADAL_API HadalStatus hadalModuleLoad(HadalContext *context, const char *path, HadalModule **module);
HADAL_API void hadalModuleDestroy(HadalModule *module);

/* The artifact's description of itself, in JSON. */
HADAL_API const char *hadalModuleManifest(const HadalModule *module);

HADAL_API int32_t hadalModuleNumFunctions(const HadalModule *module);
/* NULL if index is not in [0, hadalModuleNumFunctions). */
HADAL_API const HadalFunction *hadalModuleFunction(const HadalModule *module, int32_t index);
/* name NULL: the only function there is. */
HADAL_API HadalStatus hadalModuleFindFunction(const HadalModule *module, const char *name,
                                              const HadalFunction **function);

/* An input or output as the model declares it. */
typedef struct {
  const char *name;
  DLDataType dtype;
  int32_t rank;
  const int64_t *dims;        /* -1 where not static */
  const char *const *symbols; /* where dims is -1 the symbol or expression, "batch" or "past + 1"; otherwise "" */
} HadalTensorInfo;

HADAL_API const char *hadalFunctionName(const HadalFunction *function);
HADAL_API int32_t hadalFunctionNumInputs(const HadalFunction *function);
HADAL_API int32_t hadalFunctionNumOutputs(const HadalFunction *function);
/* NULL if index is out of range. */
HADAL_API const HadalTensorInfo *hadalFunctionInput(const HadalFunction *function, int32_t index);
HADAL_API const HadalTensorInfo *hadalFunctionOutput(const HadalFunction *function, int32_t index);

/*===----------------------------------------------------------------------===*\
|* Plans: a function for given shapes
\*===----------------------------------------------------------------------===*/

typedef struct HadalPlan HadalPlan;

/* inputs: num_inputs tensors in the function's order, of which ndim, shape and dtype are read and data is not.
 * HADAL_SHAPE_MISMATCH if there are too few or too many, or one has another type, rank or static dimension than
 * declared, or a symbol has two values; the message names the input: input 'position_ids': batch is 3, but input
 * 'input_ids' has batch 2 A plan is cheap (about a microsecond): make one for every step whose shapes differ. */
HADAL_API HadalStatus hadalPlanCreate(const HadalFunction *function, const DLTensor *inputs, int32_t num_inputs,
                                      HadalPlan **plan);
HADAL_API void hadalPlanDestroy(HadalPlan *plan);

/* How much scratch memory a run needs on the device. */
HADAL_API int64_t hadalPlanWorkspaceBytes(const HadalPlan *plan);

HADAL_API int32_t hadalPlanNumOutputs(const HadalPlan *plan);
/* The shape and type of an output; data is NULL. NULL if index is out of range. */
HADAL_API const DLTensor *hadalPlanOutput(const HadalPlan *plan, int32_t index);

/* Runs the function and returns when the outputs are written. inputs and outputs: as many as the function has, with the
 * plan's shapes and types, no output overlapping another or an input. Where the device has memory of its own, tensors
 * on kDLCPU are copied to it and back, and tensors on the device itself are used in place. workspace:
 * hadalPlanWorkspaceBytes of the device's memory, aligned to 64 bytes, for this run alone; NULL: the runtime's own,
 * which it keeps for later runs. */
HADAL_API HadalStatus hadalPlanRun(HadalPlan *plan, const DLTensor *inputs, DLTensor *outputs, void *workspace);

/*===----------------------------------------------------------------------===*\
|* Tensors in memory
\*===----------------------------------------------------------------------===*/

static inline DLDataType hadalType(DLDataTypeCode code, uint8_t bits) {
  DLDataType type;
  type.code = (uint8_t)code;
  type.bits = bits;
  type.lanes = 1;
  return type;
}

/* A contiguous tensor in the host's memory. It refers to data and shape, which must outlive it. */
static inline DLTensor hadalTensor(void *data, int32_t rank, int64_t *shape, DLDataType dtype) {
  DLTensor tensor;
  tensor.data = data;
  tensor.device.device_type = kDLCPU;
  tensor.device.device_id = 0;
  tensor.ndim = rank;
  tensor.dtype = dtype;
  tensor.shape = shape;
  tensor.strides = NULL;
  tensor.byte_offset = 0;
  return tensor;
}

#ifdef __cplusplus
}
#endif

#endif /* HADAL_RUNTIME_H */
