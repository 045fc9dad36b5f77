//===- Passes.td - From tile programs to cuda kernels --------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOCUDA_PASSES
#define HADAL_CONVERSION_TILETOCUDA_PASSES

include "mlir/Pass/PassBase.td"

def AssignLayouts : Pass<"hadal-assign-layouts", "::hadal::tile::ProgramOp"> {
  let summary = "Decide where each tile of a program lives on a GPU";
  let description = [{
    Chooses the number of threads (unless `cuda.threads` is there already) and for each tile one home:
    - inline: constants, views, cheap or singly used element-wise results and loads are computed where they are needed;
    - registers, by a layout: results of dot (the layout of FMA micro-tiles, or of the tensor cores'
      accumulators), reductions (the slice of what is reduced), what loops carry,
      and what is used more than once; a copy in shared memory where a user needs another thread's elements;
    - shared memory: operands of dot that fit, results of scan and top-k.

    An operand of dot that is too large for shared memory stays inline and is staged in pieces along K (`cuda.chunk`).

    Requires: a verified tile.program.
    Ensures: `cuda.threads` on the program, `cuda.homes` on each op with tile results, `cuda.layout` on each op that loops
    over elements without keeping them (tile.store, tile.reduce).
    Numerics: unchanged.

    Example:

    ```mlir
    %m = tile.reduce add %x axis 1 : tensor<4x64xf32> -> tensor<4xf32>
    ```
    becomes
    ```mlir
    %m = tile.reduce add %x axis 1 {
        cuda.homes = [#cuda.home<registers in <threads [_ x 32, d0 x 4 by 1] registers []>>],
        cuda.layout = #cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d1 x 2 by 32]>}
      : tensor<4x64xf32> -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::hadal::cuda::CudaDialect"];
}

def TileToCuda : Pass<"hadal-tile-to-cuda", "::mlir::ModuleOp"> {
  let summary = "Expand tile programs into what each thread of a block does";
  let description = [{
    Makes a cuda.kernel for each tile.program that has layouts; the program stays, for the host's launches name it.
    A memref argument becomes a pointer and an index for each dynamic dimension.

    Requires: `--hadal-assign-layouts`.
    Ensures: one cuda.kernel for each tile.program; shared arrays have no offsets and barriers are missing
    (`--hadal-cuda-allocate-shared`, `--hadal-cuda-insert-barriers`).
    Numerics: sums of a dot or reduction are split over threads and registers; operands of a dot are rounded to its precision
    where the tensor cores are used, which needs M a multiple of 16, N of 8 and K of 8 (tf32) or 16 (bf16), and not otherwise.

    Example: `tile.program @double(%x: memref<?x64xf32>)` gives
    `cuda.kernel @double(%x as "x": !cuda.array<global, f32>, %d as "x_d0": index) threads 128 { … }`.
  }];
  let dependentDialects = ["::hadal::cuda::CudaDialect"];
}

#endif // HADAL_CONVERSION_TILETOCUDA_PASSES
