//===- Passes.td - Tile programs to vector code --------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOVECTOR_PASSES_TD
#define HADAL_CONVERSION_TILETOVECTOR_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileToVector : Pass<"hadal-tile-to-vector", "::mlir::ModuleOp"> {
  let summary = "Programs become functions of loops over vectors";
  let description = [{
    For each `tile.program @p` a function `@p.cpu` that runs one grid point:
    its arguments are the program's (in memory an i1 is a byte, and 16-bit floats are their bits), the three
    coordinates, and scratch memory of the worker, of which it uses the first
    `hadal.scratch_bytes` bytes. Tiles that are read by a dot or a reduction,
    carried by a loop, or needed more than once live in the scratch memory;
    all others are computed in vectors of 16 elements where they are used.

    Requires: programs whose tile operations are tile, arith, math, scf.for,
    scf.if, tensor.splat, collapse_shape and expand_shape; the memory of a
    store overlaps what the same program loads element by element or not at all.

    Ensures: scf, vector, memref, arith and math only in the functions; the
    programs stay, with empty bodies, as the kernels' signatures, and name
    their function in `hadal.cpu`.

    Numerics: f32 whatever the dot's precision is; sums along a row are
    reassociated, dots add in order of k.

    Example:

    ```mlir
    tile.program @double(%x: memref<64xf32>, %y: memref<64xf32>) {
      %i = tile.program_id x
      %t = tile.load %x[%i] sizes [16] : memref<64xf32> -> tensor<16xf32>
      %d = arith.addf %t, %t : tensor<16xf32>
      tile.store %d, %y[%i] sizes [16] : tensor<16xf32>, memref<64xf32>
      tile.return
    }
    // becomes a function with, for tiles inside the memory,
    //   %v = vector.load %x[%i] : memref<?xf32>, vector<16xf32>
    //   %d = arith.addf %v, %v : vector<16xf32>
    //   vector.store %d, %y[%i] : memref<?xf32>, vector<16xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
  let options = [Option<"vectorBits", "vector-bits", "int64_t", "0",
                        "Width of the target's vector registers, which decides how much of a dot they hold; "
                        "0: this machine's">];
}

def ExpandMath : Pass<"hadal-expand-math"> {
  let summary = "Operations that LLVM lowers badly or not at all become simpler ones";
  let description = [{
    math.exp and math.exp2 of f32 (vectors and scalars) become a range
    reduction, a polynomial and a scaling by a power of two, in arith
    operations that vectorise. LLVM's own exp of a vector calls the C library
    once an element. Conversions between f32 and bf16 or a float of 8 bits
    become integer arithmetic on the bits, for CPUs that have no instruction
    for them, and divisions that round up or down become divisions and
    comparisons.

    Ensures: no math.exp, math.exp2 of f32; no arith.extf from and truncf to
    bf16, f8E4M3FN, f8E5M2 and f8E8M0FNU; no arith.ceildiv and floordiv.

    Numerics: at most 2 units in the last place for results that are normal
    numbers, gradual underflow; exp(−inf) = 0, exp(+inf) = inf, NaN stays NaN.

    Example: `math.exp %x : vector<16xf32>`
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // HADAL_CONVERSION_TILETOVECTOR_PASSES_TD
