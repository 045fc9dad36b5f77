//===- TileOps.td - The operations of the tile dialect -------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_TILE_IR_TILEOPS_TD
#define HADAL_DIALECTS_TILE_IR_TILEOPS_TD

include "dialects/Tile/IR/TileBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<TileDialect, mnemonic, traits>;

def Tile_Tile : StaticShapeTensorOf<[AnyFloat, AnySignlessInteger, Index]>;
def Tile_TileOrScalar : AnyTypeOf<[Tile_Tile, AnyFloat, AnySignlessInteger, Index]>;
def Tile_IndexTile : StaticShapeTensorOf<[I32, I64, Index]>;

//===----------------------------------------------------------------------===//
// Programs and the host's side of them
//===----------------------------------------------------------------------===//

def Tile_ProgramOp : Tile_Op<"program", [FunctionOpInterface, IsolatedFromAbove, AutomaticAllocationScope]> {
  let summary = "a kernel";
  let description = [{
    A symbol with one block. Arguments are memrefs with the identity layout
    (global memory) and scalars; there are no results; what a program does, its
    stores do. Loads of one launch never see another grid point's stores.

    Constraints:
    - C1: each argument is a memref with identity layout, or a scalar.
    - C2: no results.

    Example:

    ```mlir
    tile.program @double(%x: memref<?x64xf32>, %y: memref<?x64xf32>) {
      %i = tile.program_id x
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : index
      %r = arith.muli %i, %c16 : index
      %t = tile.load %x[%r, %c0] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
      %d = arith.addf %t, %t : tensor<16x64xf32>
      tile.store %d, %y[%r, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs,
                       OptionalAttr<StrAttr>:$sym_visibility);
  let regions = (region SizedRegion<1>:$body);
  let extraClassDeclaration = [{
    ::mlir::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::mlir::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::TypeRange":$arguments)>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, Terminator, HasParent<"ProgramOp">]> {
  let summary = "the end of a program";
  let description = "Example: `tile.return`";
  let assemblyFormat = "attr-dict";
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "this grid point's coordinate";
  let description = [{
    Constraints:
    - C1: the dimension is x, y or z (0, 1 or 2).

    Example: `%i = tile.program_id x`
  }];
  let arguments = (ins ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<2>]>:$dim);
  let results = (outs Index:$result);
  let hasCustomAssemblyFormat = 1;
}

def Tile_LaunchOp : Tile_Op<"launch", [
    AttrSizedOperandSegments, DestinationStyleOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "run a program over a grid";
  let description = [{
    Runs grid[0]·grid[1]·grid[2] instances of the program; a grid with a 0 runs
    nothing. The program's arguments are `inputs` (tensors or memrefs it reads,
    and scalars), then `outputs` (destinations). On tensors (before
    `--hadal-allocate`) the op is destination-passing: each result is its
    output's tensor after the run, what the program did not store being what
    the output held. On memrefs it has no results.

    Constraints:
    - C1: the symbol names a tile.program.
    - C2: inputs, then outputs agree with its arguments (a tensor stands for the memref of its shape; static
      dimensions may meet dynamic ones).
    - C3: results are exactly the types of the tensor outputs; inputs and outputs are all tensors or all memrefs, but for scalars.

    Example:

    ```mlir
    %y = tile.launch @double grid[%g, %c1, %c1] ins(%x : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$program, Variadic<Index>:$grid, Variadic<AnyType>:$inputs,
                       Variadic<AnyShaped>:$outputs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $program `grid` `[` $grid `]` (`ins` `(` $inputs^ `:` type($inputs) `)`)?
    `outs` `(` $outputs `:` type($outputs) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutputsMutable(); }
  }];
  let hasVerifier = 1;
}

def Tile_GlobalOp : Tile_Op<"global", [Symbol]> {
  let summary = "a constant of the module, in memory while the module is loaded";
  let description = [{
    With `value`, the data themselves (an elements attribute; `external` says
    where they lie in a file, so that they are mapped and not copied). Without,
    storage that the module's `init` function fills once at load: weights
    transposed or packed ahead.

    Constraints:
    - C1: the value, if any, has the type of the global, which is a static ranked tensor.

    Example:

    ```mlir
    tile.global @w0 : tensor<4xf32> = dense<1.0> : tensor<4xf32>
    tile.global @w0_packed : tensor<4xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyStaticShapeTensor>:$type,
                       OptionalAttr<ElementsAttr>:$value, OptionalAttr<StrAttr>:$sym_visibility);
  let assemblyFormat = "$sym_name `:` $type (`=` $value^)? attr-dict";
  let hasVerifier = 1;
}

def Tile_GetGlobalOp : Tile_Op<"get_global", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a module constant as a tensor or memref of the host program";
  let description = [{
    Constraints:
    - C1: the symbol names a tile.global.
    - C2: the result is a tensor of its type, or the memref of that shape.

    Example: `%w = tile.get_global @w0 : tensor<4xf32>`
  }];
  let arguments = (ins FlatSymbolRefAttr:$global);
  let results = (outs AnyTypeOf<[AnyRankedTensor, AnyMemRef]>:$result);
  let assemblyFormat = "$global attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

def Tile_LoadOp : Tile_Op<"load", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a tile of global memory";
  let description = [{
    Element `(t0, …)` over `sizes` is `source[offset0 + t0·stride0, …]`; with
    `gather`, the coordinate in dimension `gather_dim` is
    `offset + rows[t]` instead, and a negative row reads as padding. What lies
    outside the memref reads as `pad` (0 if there is none). The result has the
    shape `sizes` with some (or all) dimensions of size 1 dropped; with all
    dropped it may be a scalar.

    Constraints:
    - C1: one offset, one size and (if given) one stride for each dimension; sizes and strides are positive.
    - C2: the result has the source's element type and the shape of `sizes` with dimensions of size 1 dropped.
    - C3: the pad has the source's element type.
    - C4: `rows` is of rank 1 with `sizes[gather_dim]` elements, stride 1 in that dimension.

    Example:

    ```mlir
    %t = tile.load %x[%r, %c0] sizes [16, 64] : memref<?x64xf32> -> tensor<16x64xf32>
    %e = tile.load %x[%c0, %c1] sizes [16, 32] strides [1, 2] pad %inf : memref<?x64xf32> -> tensor<16x32xf32>
    %g = tile.load %x[%c0, %c0] sizes [16, 64] gather %rows at 0 : tensor<16xi32> : memref<?x64xf32> -> tensor<16x64xf32>
    %s = tile.load %o[%e0] sizes [1] : memref<17xi32> -> i32
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "global memory", []>:$source, Variadic<Index>:$offsets,
                       Optional<Tile_IndexTile>:$rows, Optional<AnyType>:$pad,
                       DenseI64ArrayAttr:$sizes, OptionalAttr<DenseI64ArrayAttr>:$strides,
                       OptionalAttr<I64Attr>:$gather_dim);
  let results = (outs Tile_TileOrScalar:$result);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "write a tile to global memory";
  let description = [{
    The inverse of `tile.load`: what lies outside the memref is dropped, and so
    are the rows whose `scatter` index is negative. With `accumulate add` the
    value is added atomically. Two elements that meet at one place without
    accumulation: undefined which stays.

    Constraints:
    - C1: one offset, one size and (if given) one stride for each dimension; sizes and strides are positive.
    - C2: the value has the destination's element type and the shape of `sizes` with dimensions of size 1 dropped.
    - C3: `rows` is of rank 1 with `sizes[scatter_dim]` elements, stride 1 in that dimension.

    Example:

    ```mlir
    tile.store %v, %y[%r, %c0] sizes [16, 64] : tensor<16x64xf32>, memref<?x64xf32>
    tile.store %v, %y[%c0, %c0] sizes [16, 64] scatter %rows at 0 : tensor<16xi32> : tensor<16x64xf32>, memref<?x64xf32>
    ```
  }];
  let arguments = (ins Tile_TileOrScalar:$value, Arg<AnyMemRef, "global memory", []>:$dest, Variadic<Index>:$offsets,
                       Optional<Tile_IndexTile>:$rows,
                       DenseI64ArrayAttr:$sizes, OptionalAttr<DenseI64ArrayAttr>:$strides,
                       OptionalAttr<I64Attr>:$scatter_dim, UnitAttr:$accumulate);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

def Tile_DotOp : Tile_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "acc + a · b";
  let description = [{
    `result[m,n] = acc[m,n] + Σ_k a[m,k] · b[k,n]`, or `b[n,k]` with
    `transpose_b`. Accumulation is in f32. `precision` says what the operands
    may be rounded to: f32 (not at all), tf32, bf16.

    Constraints:
    - C1: a, b, acc have rank 2 and agree in M, N, K; acc is f32; a and b have one float type.

    Example:

    ```mlir
    %d = tile.dot %a, %b, %acc precision f32 : tensor<32x64xf32>, tensor<64x32xf32>, tensor<32x32xf32>
    %s = tile.dot %q, %k, %acc transpose_b precision tf32 : tensor<32x64xf32>, tensor<16x64xf32>, tensor<32x16xf32>
    ```
  }];
  let arguments = (ins Tile_Tile:$a, Tile_Tile:$b, Tile_Tile:$acc, UnitAttr:$transpose_b, Tile_PrecisionAttr:$precision);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = [{
    $a `,` $b `,` $acc (`transpose_b` $transpose_b^)? `precision` $precision attr-dict `:` type($a) `,` type($b) `,` type($acc)
  }];
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "combine along one dimension";
  let description = [{
    Drops dimension `axis`. The max and min of floats ignore no NaN.

    Constraints:
    - C1: 0 ≤ axis < rank; the result has the operand's shape without `axis`, a scalar if it had rank 1.

    Example: `%m = tile.reduce max %s axis 1 : tensor<32x16xf32> -> tensor<32xf32>`
  }];
  let arguments = (ins Tile_ReductionAttr:$kind, Tile_Tile:$source, I64Attr:$axis);
  let results = (outs Tile_TileOrScalar:$result);
  let assemblyFormat = "$kind $source `axis` $axis attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "repeat along new dimensions";
  let description = [{
    Dimension i of the source is dimension `dims[i]` of the result; the others
    repeat. (A scalar becomes a tile by `tensor.splat`.)

    Constraints:
    - C1: `dims` is strictly increasing, one for each dimension of the source, within the result's rank.
    - C2: the sizes agree; the element types too.

    Example: `%b = tile.broadcast %m dims [0] : tensor<32xf32> -> tensor<32x16xf32>`
  }];
  let arguments = (ins Tile_Tile:$source, DenseI64ArrayAttr:$dims);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `dims` $dims attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure]> {
  let summary = "permute dimensions";
  let description = [{
    Dimension i of the result is dimension `perm[i]` of the source.

    Constraints:
    - C1: perm is a permutation of the rank; the shapes agree.

    Example: `%t = tile.transpose %x perm [1, 0] : tensor<16x64xf32> -> tensor<64x16xf32>`
  }];
  let arguments = (ins Tile_Tile:$source, DenseI64ArrayAttr:$perm);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `perm` $perm attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "0, 1, 2, … along a rank 1 tile";
  let description = [{
    Constraints:
    - C1: the result has rank 1 and an integer or index type.

    Example: `%i = tile.iota : tensor<16xi32>`
  }];
  let results = (outs Tile_IndexTile:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_ScanOp : Tile_Op<"scan", [Pure, SameOperandsAndResultType]> {
  let summary = "running sum along one dimension";
  let description = [{
    `result[…,i,…] = Σ_{j ≤ i} source[…,j,…]`, j < i with `exclusive`.

    Constraints:
    - C1: 0 ≤ axis < rank.

    Example: `%s = tile.scan %x axis 0 exclusive : tensor<16x8xi32>`
  }];
  let arguments = (ins Tile_Tile:$source, I64Attr:$axis, UnitAttr:$exclusive);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `axis` $axis (`exclusive` $exclusive^)? attr-dict `:` type($source)";
  let hasVerifier = 1;
}

def Tile_TopKOp : Tile_Op<"topk", [Pure]> {
  let summary = "the k largest of each row, with their columns";
  let description = [{
    Along the last dimension, best first; equal values by lowest column first;
    −0 equals +0; NaN ranks lowest.

    Constraints:
    - C1: the source has rank 1 or 2; 1 ≤ k ≤ its last dimension.
    - C2: both results have its shape with k last; values its element type, columns i32.

    Example: `%v, %c = tile.topk %s k 4 : tensor<16x64xf32> -> tensor<16x4xf32>, tensor<16x4xi32>`
  }];
  let arguments = (ins Tile_Tile:$source, I64Attr:$k);
  let results = (outs Tile_Tile:$values, Tile_Tile:$columns);
  let assemblyFormat = "$source `k` $k attr-dict `:` type($source) `->` type($values) `,` type($columns)";
  let hasVerifier = 1;
}

def Tile_TakeOp : Tile_Op<"take", [Pure]> {
  let summary = "elements of each row by column";
  let description = [{
    `result[…,j] = source[…, columns[…,j]]`; a column outside the row gives 0.

    Constraints:
    - C1: source and columns have rank 1 or 2 and agree in all but the last dimension.
    - C2: the result has columns' shape and the source's element type.

    Example: `%w = tile.take %s, %c : tensor<16x64xf32>, tensor<16x4xi32> -> tensor<16x4xf32>`
  }];
  let arguments = (ins Tile_Tile:$source, Tile_IndexTile:$columns);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$source `,` $columns attr-dict `:` type($source) `,` type($columns) `->` type($result)";
  let hasVerifier = 1;
}

#endif // HADAL_DIALECTS_TILE_IR_TILEOPS_TD
