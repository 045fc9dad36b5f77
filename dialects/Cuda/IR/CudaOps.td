//===- CudaOps.td - The operations of the cuda dialect -------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_CUDA_IR_CUDAOPS_TD
#define HADAL_DIALECTS_CUDA_IR_CUDAOPS_TD

include "dialects/Cuda/IR/CudaBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Cuda_Op<string mnemonic, list<Trait> traits = []> : Op<CudaDialect, mnemonic, traits>;

def Cuda_Scalar : AnyTypeOf<[AnyFloat, AnySignlessInteger, Index]>;
def Cuda_Subscript : AnyTypeOf<[I32, Index]>;

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def Cuda_KernelOp : Cuda_Op<"kernel", [IsolatedFromAbove, AutomaticAllocationScope, SingleBlock]> {
  let summary = "a `__global__` function";
  let description = [{
    The CUDA form of the tile.program that it names. Arguments are the slots of
    a launch in order: a pointer for each memref, followed by an index for each
    of its dynamic dimensions, and scalars. `threads` is the size of a block, `shared` the
    bytes of shared memory it needs (known after `--hadal-cuda-allocate-shared`).

    Constraints:
    - C1: arguments are global arrays and scalars, and each has a name.
    - C2: `threads` is a multiple of 32, at most 1024.
    - C3: the body ends with cuda.return.

    Example:

    ```mlir
    cuda.kernel @fill(%y as "y": !cuda.array<global, f32>, %n as "n": index) threads 128 {
      %tid = cuda.thread_id
      %i = arith.index_cast %tid : i32 to index
      %inside = arith.cmpi slt, %i, %n : index
      scf.if %inside {
        %zero = arith.constant 0.0 : f32
        cuda.set %zero, %y[%i] : !cuda.array<global, f32>, index
      }
      cuda.return
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$program, StrArrayAttr:$arg_names, I32Attr:$threads,
                       DefaultValuedAttr<I64Attr, "0">:$shared);
  let regions = (region SizedRegion<1>:$body);
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$program, "::mlir::TypeRange":$arguments,
                                 "::llvm::ArrayRef<::std::string>":$names, "int64_t":$threads)>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Cuda_ReturnOp : Cuda_Op<"return", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "the end of a kernel";
  let description = "Example: `cuda.return`";
  let assemblyFormat = "attr-dict";
}

def Cuda_ThreadIdOp : Cuda_Op<"thread_id", [Pure]> {
  let summary = "`threadIdx.x`";
  let description = "Example: `%tid = cuda.thread_id`";
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, $_builder.getI32Type()); }]>];
}

def Cuda_BlockIdOp : Cuda_Op<"block_id", [Pure]> {
  let summary = "`blockIdx.x`, `.y` or `.z`";
  let description = [{
    Constraints:
    - C1: the dimension is 0, 1 or 2.

    Example: `%bid = cuda.block_id 0`
  }];
  let arguments = (ins ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<2>]>:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$dim attr-dict";
}

def Cuda_CommentOp : Cuda_Op<"comment", [MemoryEffects<[MemWrite]>]> {
  let summary = "a line of comment in the text";
  let description = [{
    The text is followed by the op's location, where that is a name of the model.

    Example: `cuda.comment "dot 32x64 by 64x32"`
  }];
  let arguments = (ins StrAttr:$text);
  let assemblyFormat = "$text attr-dict";
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

def Cuda_SharedOp : Cuda_Op<"shared"> {
  let summary = "an array in the block's shared memory";
  let description = [{
    It lives from here to the end of the block in which it stands. `offset`, in
    bytes, is where `--hadal-cuda-allocate-shared` has put it.

    Constraints:
    - C1: the result is a shared array.

    Example: `%a = cuda.shared "a_tile" : !cuda.array<shared, 1056 x f32>`
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Cuda_ArrayType, "", [MemAlloc]>:$result);
  let assemblyFormat = "$name (`at` $offset^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Cuda_LocalOp : Cuda_Op<"local"> {
  let summary = "an array of the thread";
  let description = [{
    It lies in registers when every subscript is a constant once the loops around are unrolled.

    Constraints:
    - C1: the result is a local array.

    Example: `%acc = cuda.local "acc" : !cuda.array<local, 32 x f32>`
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Res<Cuda_ArrayType, "", [MemAlloc]>:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Cuda_GetOp : Cuda_Op<"get", [AttrSizedOperandSegments]> {
  let summary = "`array[subscript]`, or `condition ? array[subscript] : otherwise`";
  let description = [{
    With a condition, memory is read only where it holds.

    Constraints:
    - C1: result and `otherwise` have the array's element type.
    - C2: `condition` and `otherwise` come together.

    Example:

    ```mlir
    %v = cuda.get %x[%i] if %inside else %zero : !cuda.array<global, f32>, index
    ```
  }];
  let arguments = (ins Arg<Cuda_ArrayType, "", [MemRead]>:$array, Cuda_Subscript:$subscript,
                       Optional<I1>:$condition, Optional<Cuda_Scalar>:$otherwise);
  let results = (outs Cuda_Scalar:$result);
  let builders = [
    OpBuilder<(ins "::mlir::Value":$array, "::mlir::Value":$subscript),
              [{ build($_builder, $_state, array, subscript, ::mlir::Value(), ::mlir::Value()); }]>,
    OpBuilder<(ins "::mlir::Value":$array, "::mlir::Value":$subscript, "::mlir::Value":$condition,
                   "::mlir::Value":$otherwise),
              [{ build($_builder, $_state, ::llvm::cast<ArrayType>(array.getType()).getElement(), array, subscript,
                       condition, otherwise); }]>];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Cuda_SetOp : Cuda_Op<"set"> {
  let summary = "`array[subscript] = value`";
  let description = [{
    Constraints:
    - C1: the value has the array's element type.

    Example: `cuda.set %v, %y[%i] : !cuda.array<global, f32>, index`
  }];
  let arguments = (ins Cuda_Scalar:$value, Arg<Cuda_ArrayType, "", [MemWrite]>:$array, Cuda_Subscript:$subscript);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Cuda_AtomicAddOp : Cuda_Op<"atomic_add"> {
  let summary = "`array[subscript] += value`, whole against other threads";
  let description = [{
    Constraints:
    - C1: the value has the array's element type, which is f32, i32 or i64.

    Example: `cuda.atomic_add %v, %y[%i] : !cuda.array<global, f32>, index`
  }];
  let arguments = (ins Cuda_Scalar:$value, Arg<Cuda_ArrayType, "", [MemRead, MemWrite]>:$array,
                       Cuda_Subscript:$subscript);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The threads together
//===----------------------------------------------------------------------===//

def Cuda_BarrierOp : Cuda_Op<"barrier", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "`__syncthreads()`";
  let description = [{
    Constraints:
    - C1: every scf op around it is marked `cuda.uniform`.

    Example: `cuda.barrier`
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Cuda_ShuffleXorOp : Cuda_Op<"shuffle_xor", [SameOperandsAndResultType]> {
  let summary = "the value of the lane whose number differs by `mask`";
  let description = [{
    All lanes of the warp take part.

    Constraints:
    - C1: the mask is one of 1, 2, 4, 8, 16.

    Example: `%other = cuda.shuffle_xor %v by 16 : f32`
  }];
  // Neither pure nor free to move: it must run in all lanes alike.
  let arguments = (ins Cuda_Scalar:$value, I32Attr:$mask);
  let results = (outs Cuda_Scalar:$result);
  let assemblyFormat = "$value `by` $mask attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Cuda_ToTF32Op : Cuda_Op<"to_tf32", [Pure]> {
  let summary = "an operand of a tf32 product: f32 rounded to 10 bits of fraction";
  let description = "Example: `%a = cuda.to_tf32 %x`";
  let arguments = (ins F32:$value);
  let results = (outs I32:$result);
  let assemblyFormat = "$value attr-dict";
  let builders = [OpBuilder<(ins "::mlir::Value":$value),
                            [{ build($_builder, $_state, $_builder.getI32Type(), value); }]>];
}

def Cuda_PackBF16Op : Cuda_Op<"pack_bf16", [Pure]> {
  let summary = "an operand of a bf16 product: two f32 rounded to nearest even, the first in the low half";
  let description = "Example: `%a = cuda.pack_bf16 %x0, %x1`";
  let arguments = (ins F32:$low, F32:$high);
  let results = (outs I32:$result);
  let assemblyFormat = "$low `,` $high attr-dict";
  let builders = [OpBuilder<(ins "::mlir::Value":$low, "::mlir::Value":$high),
                            [{ build($_builder, $_state, $_builder.getI32Type(), low, high); }]>];
}

def Cuda_MmaOp : Cuda_Op<"mma"> {
  let summary = "acc += a · b by the tensor cores, one warp together";
  let description = [{
    `mma.sync.m16n8k8` (tf32) or `m16n8k16` (bf16), row by col, f32 accumulators.
    With g = lane / 4 and t = lane % 4, `acc` are the elements (g, 2t), (g, 2t+1),
    (g+8, 2t), (g+8, 2t+1). For tf32, `a` are (g, t), (g+8, t), (g, t+4),
    (g+8, t+4) and `b` are (t, g), (t+4, g); for bf16 each is the pair at 2t and 2t+1, then
    2t+8 and 2t+9, instead of t and t+4.

    Constraints:
    - C1: `acc` is a local array of f32; four subscripts, four `a`, two `b`.

    Example:

    ```mlir
    cuda.mma tf32 %acc[%i0, %i1, %i2, %i3] a %a0, %a1, %a2, %a3 b %b0, %b1 : !cuda.array<local, 4 x f32>
    ```
  }];
  let arguments = (ins Cuda_MmaKindAttr:$kind, Arg<Cuda_ArrayType, "", [MemRead, MemWrite]>:$acc,
                       I32:$i0, I32:$i1, I32:$i2, I32:$i3, I32:$a0, I32:$a1, I32:$a2, I32:$a3, I32:$b0, I32:$b1);
  let assemblyFormat = [{
    $kind $acc `[` $i0 `,` $i1 `,` $i2 `,` $i3 `]` `a` $a0 `,` $a1 `,` $a2 `,` $a3 `b` $b0 `,` $b1 attr-dict `:` type($acc)
  }];
  let hasVerifier = 1;
}

#endif // HADAL_DIALECTS_CUDA_IR_CUDAOPS_TD
