//===- Passes.td - The host program to LLVM ------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_HOSTTOLLVM_PASSES_TD
#define HADAL_CONVERSION_HOSTTOLLVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitArtifactABI : Pass<"hadal-emit-artifact-abi", "::mlir::ModuleOp"> {
  let summary = "Give the host program the C ABI of runtime/include/hadal/artifact.h";
  let description = [{
    Entry functions get an LLVM function `F.run` that makes memrefs of the
    caller's pointers and sizes, plans one `F.plan.run`, kernels of the CPU one
    `K.entry` that reads their arguments from slots. A launch fills the slots
    and calls `host->launch`; after one that failed, the rest are skipped and
    its status is returned. The tables of kernels, globals and functions, and
    the exported symbol `hadal_artifact`, stand at the end.

    Requires: host functions after `--hadal-allocate` (launches on memrefs);
    programs that carry their code as attributes: `hadal.cpu` and
    `hadal.scratch_bytes` (a function of this module), or `hadal.source`,
    `hadal.threads` and `hadal.shared_bytes`. The module's manifest, if it has
    one, is its attribute `hadal.manifest`.

    Ensures: nothing of the tile dialect.

    Example:

    ```mlir
    tile.launch @k grid[%g, %c1, %c1] ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
    // becomes, in the function %host and %status are arguments of,
    //   slots[0..3] = address of %x, size of %x, address of %y, size of %y
    //   call @hadal.launch(%host, %status, 0, slots, 4, %g, 1, 1)
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::LLVM::LLVMDialect"];
}

#endif // HADAL_CONVERSION_HOSTTOLLVM_PASSES_TD
