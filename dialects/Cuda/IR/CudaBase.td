//===- CudaBase.td - The cuda dialect: base definitions ------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_IR_CUDABASE_TD
#define HADAL_DIALECTS_CUDA_IR_CUDABASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def CudaDialect : Dialect {
  let name = "cuda";
  let cppNamespace = "::hadal::cuda";
  let summary = "Kernels as the threads of a block run them";
  let description = [{
    An exit dialect: a `cuda.kernel` is one CUDA C++ function, op for statement,
    and printing it decides nothing. Scalars are arith and math, control flow is
    scf; this dialect has what CUDA adds: kernels, thread and block indices, arrays
    in global, shared and thread-local memory, barriers, shuffles and
    tensor-core products.

    Discardable attributes of this dialect:
    - `cuda.threads` on a tile.program: the size of a block; `cuda.homes` on an op in it:
      where each result lives (a `#cuda.home`, or unit for a scalar); `cuda.carried`: the same for what a loop carries;
    - `cuda.layout` on an op that loops over the elements of a tile: which thread
      does which element.
    - `cuda.chunk` on a tile.dot: the piece of K that is staged through shared memory at a time;
      `cuda.staging`: the layouts by which the pieces of a and b are filled (unit: not staged).
    - `cuda.name`: the name of an op's result in the text.
    - `cuda.uniform` on scf.for and scf.if: all threads of the block go the same way, so that a barrier may stand inside.
    - `cuda.unroll` on scf.for: unroll by this factor, 0 = wholly.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Cuda_I32Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::hadal::cuda";
  let genSpecializedAttr = 0;
}

def Cuda_Space : Cuda_I32Enum<"Space", "where an array lies", [
  I32EnumAttrCase<"Global", 0, "global">, // memory of the device
  I32EnumAttrCase<"Shared", 1, "shared">, // of the block
  I32EnumAttrCase<"Local", 2, "local">    // of the thread: registers, once loops are unrolled
]>;

def Cuda_Place : Cuda_I32Enum<"Place", "where a tile lives", [
  I32EnumAttrCase<"Inline", 0, "inline">,      // nowhere: computed where it is used
  I32EnumAttrCase<"Registers", 1, "registers">,// spread over the threads
  I32EnumAttrCase<"Shared", 2, "shared">       // in shared memory
]>;

def Cuda_MmaKind : Cuda_I32Enum<"MmaKind", "a tensor-core product", [
  I32EnumAttrCase<"TF32", 0, "tf32">, // m16n8k8
  I32EnumAttrCase<"BF16", 1, "bf16">  // m16n8k16
]>;
def Cuda_MmaKindAttr : EnumAttr<CudaDialect, Cuda_MmaKind, "mma_kind">;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

def Cuda_LayoutAttr : AttrDef<CudaDialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "which thread holds which elements of a tile";
  let description = [{
    Digits of the thread's number, least significant first, then digits of the
    number of a thread's register, most significant first. A digit `dD x C by S`
    takes values 0 … C−1 and adds S times its value to the coordinate in
    dimension D; a digit `_ x C` adds nothing: its threads hold the same
    elements. Coordinates beyond the tile are possible: their registers repeat the
    tile's last element and are never stored. Registers are ordered by dimension.

    Constraints:
    - C1: counts and steps are positive; registers' digits are ordered by dimension and have no `_`.

    Example: a 16×64 tile over 128 threads; a warp reads 32 neighbours of a row

    ```mlir
    #cuda.layout<threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 4 by 4, d1 x 2 by 32]>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"::hadal::cuda::Digit">:$threads,
                        ArrayRefParameter<"::hadal::cuda::Digit">:$registers);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getNumThreads() const;
    int64_t getNumRegisters() const;
    /// The coordinates that the layout reaches in dimension `dim`: 0 … extent−1.
    int64_t getExtent(int64_t dim) const;
    /// Whether several threads hold the same element.
    bool hasReplicas() const;
    /// The layout of a tile whose dimension i is this layout's dimension `dims[i]` (−1: a dimension of size 1); threads
    /// that differ in other dimensions hold the same elements.
    LayoutAttr project(::llvm::ArrayRef<int64_t> dims) const;
    /// Without dimension `dim`.
    LayoutAttr slice(int64_t dim, int64_t rank) const;
  }];
}

def Cuda_HomeAttr : AttrDef<CudaDialect, "Home"> {
  let mnemonic = "home";
  let summary = "where a tile lives";
  let description = [{
    `inline`: nowhere, each user computes the elements it needs. `registers`: by
    the layout. `shared`: in shared memory, row-major, each row of the last
    dimension taking `pitch` elements. `registers` with a pitch has a copy in
    shared memory for users that need other threads' elements.

    Constraints:
    - C1: a layout if and only if the place is `registers`; a pitch if the place is `shared`, none if it is `inline`.

    Example: `#cuda.home<shared pitch 33>`
  }];
  let parameters = (ins "::hadal::cuda::Place":$place, OptionalParameter<"::hadal::cuda::LayoutAttr">:$layout,
                        DefaultValuedParameter<"int64_t", "0">:$pitch);
  let assemblyFormat = "`<` $place (`in` $layout^)? (`pitch` $pitch^)? `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Cuda_ArrayType : TypeDef<CudaDialect, "Array"> {
  let mnemonic = "array";
  let summary = "a pointer to global memory, or an array in shared or thread-local memory";
  let description = [{
    Constraints:
    - C1: elements are floats, integers or index.
    - C2: a global array has no size, the others a positive one.

    Example: `!cuda.array<global, f32>`, `!cuda.array<shared, 1056 x f32>`
  }];
  let parameters = (ins "::hadal::cuda::Space":$space, "int64_t":$size, "::mlir::Type":$element);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // HADAL_DIALECTS_CUDA_IR_CUDABASE_TD
