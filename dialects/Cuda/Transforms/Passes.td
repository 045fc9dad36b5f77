//===- Passes.td - Passes over cuda kernels ------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES
#define HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def CudaAllocateShared : Pass<"hadal-cuda-allocate-shared", "::hadal::cuda::KernelOp"> {
  let summary = "Place a kernel's shared arrays, reusing memory by liveness";
  let description = [{
    Gives each `cuda.shared` its offset in the block's shared memory and the
    kernel its size. Two arrays may overlap if no use of one lies between uses of
    the other; a loop in which an array from outside is used counts as one use.

    Requires: every shared array is used inside the block that makes it. Kernels that need more than 99 KiB (what sm_86
    and sm_120 have) are refused.
    Ensures: every `cuda.shared` has an offset, a multiple of 16; `shared` of the kernel covers them.
    Numerics: unchanged.

    Example:

    ```mlir
    %a = cuda.shared "a" : !cuda.array<shared, 64 x f32>
    ```
    becomes
    ```mlir
    %a = cuda.shared "a" at 0 : !cuda.array<shared, 64 x f32>
    ```
  }];
}

def CudaInsertBarriers : Pass<"hadal-cuda-insert-barriers", "::hadal::cuda::KernelOp"> {
  let summary = "Put barriers where threads exchange data through shared memory";
  let description = [{
    A statement (an op, or a loop or condition of a thread's own) that reads bytes
    of shared memory written since the last barrier, or writes bytes read or
    written since, gets a barrier before it. Uniform loops and conditions are
    entered; a loop's first statements also meet its last ones.

    Requires: shared arrays have offsets; no statement exchanges data between threads within itself.
    Ensures: any two conflicting accesses by different threads have a barrier between them.
    Numerics: unchanged.

    Example: between `cuda.set %v, %a[%tid]` and `cuda.get %a[%other]`, a `cuda.barrier`.
  }];
}

#endif // HADAL_DIALECTS_CUDA_TRANSFORMS_PASSES
