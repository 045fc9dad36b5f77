//===- Passes.td - Cuda kernels to CUDA C++ ------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TARGET_CUDACPP_PASSES
#define HADAL_TARGET_CUDACPP_PASSES

include "mlir/Pass/PassBase.td"

def EmitCuda : Pass<"hadal-emit-cuda", "::mlir::ModuleOp"> {
  let summary = "Print each cuda kernel as CUDA C++ into an attribute of its program";
  let description = [{
    The text of a kernel, without the prelude, becomes `hadal.source` of the
    tile.program that it implements, with what a launch must know: `hadal.threads`,
    `hadal.shared_bytes` and `hadal.arg_kinds` (one number for each slot of the
    arguments: 0 pointer, 1 64-bit integer, 2 f32, 3 32-bit integer). The cuda.kernel is erased.

    Requires: complete kernels (`--hadal-cuda-kernels`), each naming a tile.program of the module.
    Ensures: no cuda.kernel; every program that had one has its text.
    Numerics: unchanged.

    Example:

    ```mlir
    cuda.kernel @fill(%y as "y": !cuda.array<global, f32>) threads 128 { … }
    ```
    gives @fill the attribute `hadal.source = "extern \"C\" __global__ void __launch_bounds__(128) fill(float *y) {…}"`.
  }];
}

#endif // HADAL_TARGET_CUDACPP_PASSES
