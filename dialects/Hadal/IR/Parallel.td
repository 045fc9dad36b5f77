//===- Parallel.td - Tokens between ranks ------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_PARALLEL_TD
#define HADAL_DIALECTS_HADAL_IR_PARALLEL_TD

include "dialects/Hadal/IR/HadalOpBase.td"
include "dialects/Hadal/IR/Routing.td"

def Hadal_ExchangeLayout : Hadal_I32Enum<"ExchangeLayout", "how received tokens are laid out", [
  I32EnumAttrCase<"LowLatency", 0, "low_latency">, // a buffer of fixed size for each expert
  I32EnumAttrCase<"Normal", 1, "normal">           // each token once for each rank that needs it
]>;
def Hadal_ExchangeLayoutAttr : Hadal_EnumAttr<Hadal_ExchangeLayout, "exchange_layout">;

def Hadal_DispatchOp : Hadal_Op<"dispatch", [AttrSizedOperandSegments, Hadal_RequiredOperands<2>]> {
  let summary = "tokens sent to the ranks of their experts";
  let description = [{
    Expert parallelism over R ranks, all of them simulated in one tensor: the
    leading dimension of every operand and result is the rank that holds it. E
    experts are spread evenly: expert e lives on rank e / L as its local expert
    e mod L, L = E/R. With M = max_tokens (T where it is not given), token t of
    rank s has the number s·M + t, and its slot j the number (s·M + t)·k + j.

    `low_latency`: each rank has R·M rows for each local expert.

    ```
    recv_x[r, l, i, :]  = the token of the i-th slot whose index is r·L + l, by source rank, then token, then j
    recv_counts[r, l]   = how many there are; the rows from there on are 0
    source[r, l, i]     = the number of that slot; −1 in the rows from recv_counts[r, l] on
    ```

    `normal`: each rank gets each token that some expert of its own was chosen
    for, once.

    ```
    recv_x[r, i, :]        = the i-th such token, by source rank, then token; rows beyond are 0
    source[r, i]           = the number of that token; −1 beyond
    recv_counts[r, l]      = how many slots chose r·L + l, rounded up to a multiple of `align` (1 if not given)
    recv_indices[r, i, j]  = the local expert of the token's slot j if it lives on r, else −1; −1 beyond
    recv_weights[r, i, j]  = its weight where recv_indices is not −1, else 0      (with `weights`)
    ```

    An index of −1 sends nothing. `scales` travel with x: recv_scales has the
    scales of each row, and 1 in rows that hold no token.

    Results, in this order: recv_x, recv_counts, source; recv_indices if normal;
    recv_weights with `weights`; recv_scales with `scales`.

    `hadal.collect` is the transpose of this operation, so either is the other's
    derivative (docs/spec.md says how).

    Constraints:
    - C1: x is [R, T, H], indices [R, T, k], R ≥ 1 static.
    - C2: R divides experts, which are at least R and fit in i32.
    - C3: max_tokens, if given, is at least 1, fits in i32 and is at least T; align, if given, is at least 1, fits in i32
      and needs `normal`.
    - C4: weights, if any, is [R, T, k] and needs `normal`; scales, if any, is [R, T, G].
    - C5: the number of results is as above; recv_x has x's element type, recv_indices indices', recv_weights weights'
      and recv_scales scales'.
    - C6: low_latency: recv_x [R, L, R·M, H], source [R, L, R·M], recv_scales [R, L, R·M, G]; normal: recv_x [R, R·M, H],
      source [R, R·M], recv_indices and recv_weights [R, R·M, k], recv_scales [R, R·M, G]; recv_counts [R, L].

    Example:

    ```mlir
    %r, %c, %s = hadal.dispatch %x, %i experts 16 low_latency max_tokens 8
        : (tensor<4x8x192xf32>, tensor<4x8x2xi32>) -> (tensor<4x4x32x192xf32>, tensor<4x4xi32>, tensor<4x4x32xi32>)
    %r1, %c1, %s1, %i1, %w1, %q1 = hadal.dispatch %xq, %i weights %w scales %xs experts 16 normal align 16
        : (tensor<4x8x256xf8E4M3FN>, tensor<4x8x2xi32>, tensor<4x8x2xf32>, tensor<4x8x2xf32>)
        -> (tensor<4x32x256xf8E4M3FN>, tensor<4x4xi32>, tensor<4x32xi32>, tensor<4x32x2xi32>, tensor<4x32x2xf32>, tensor<4x32x2xf32>)
    ```
  }];
  let arguments = (ins Hadal_ExpertTensor:$x, Hadal_IndexTensor:$indices, Optional<Hadal_FloatTensor>:$weights,
                       Optional<Hadal_ScaleTensor>:$scales, I64Attr:$experts, Hadal_ExchangeLayoutAttr:$layout,
                       OptionalAttr<I64Attr>:$max_tokens, OptionalAttr<I64Attr>:$align);
  let results = (outs Hadal_ExpertTensor:$recv_x, Hadal_RowTensor:$recv_counts, Hadal_RowTensor:$source,
                      Variadic<AnyRankedTensor>:$more);
  let extraClassDeclaration = [{
    bool isNormal() { return getLayout() == ::hadal::ExchangeLayout::Normal; }
    /// The optional results; null where there is none. For operations whose number of results is right.
    ::mlir::Value getRecvIndices() { return isNormal() ? getResult(3) : ::mlir::Value(); }
    ::mlir::Value getRecvWeights() { return getWeights() ? getResult(4) : ::mlir::Value(); }
    ::mlir::Value getRecvScales() { return getScales() ? getResult(getNumResults() - 1) : ::mlir::Value(); }
  }];
  let assemblyFormat = [{
    $x `,` $indices (`weights` $weights^)? (`scales` $scales^)? `experts` $experts `` $layout
    (`max_tokens` $max_tokens^)? (`align` $align^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Hadal_CollectOp : Hadal_Op<"collect"> {
  let summary = "what experts made of tokens, summed back at the tokens' ranks";
  let description = [{
    The way back of `hadal.dispatch`: y stands in the rows of recv_x, `source` is
    its result. M is the number of rows divided by R; slot and token numbers are
    those of `hadal.dispatch`.

    ```
    low_latency:  out[s,t,:] = Σ_j weights[s,t,j] · y[the row with source (s·M + t)·k + j]     in the order of j
    normal:       out[s,t,:] = Σ_r y[r, the row of rank r with source s·M + t]                 in the order of r
    ```

    A slot or token that stands in no row contributes nothing. Rows whose source
    is −1 are not read. In the normal layout the weights are applied before
    (`hadal.combine` on the rank of the experts).

    Constraints:
    - C1: low_latency: y is [R, L, R·M, H], source [R, L, R·M]; normal: y is [R, R·M, H], source [R, R·M]; R ≥ 1 is
      static and divides the number of rows.
    - C2: low_latency: weights is given, [R, T, k] with T ≤ M; normal: it is not.
    - C3: the result is [R, T, H], [R, M, H] if normal, of y's element type.

    Example:

    ```mlir
    %o = hadal.collect %y, %s weights %w low_latency
        : (tensor<4x4x32x192xf32>, tensor<4x4x32xi32>, tensor<4x8x2xf32>) -> tensor<4x8x192xf32>
    %p = hadal.collect %z, %s1 normal : (tensor<4x32x192xf32>, tensor<4x32xi32>) -> tensor<4x8x192xf32>
    ```
  }];
  let arguments = (ins Hadal_FloatTensor:$y, Hadal_RowTensor:$source, Optional<Hadal_FloatTensor>:$weights,
                       Hadal_ExchangeLayoutAttr:$layout);
  let results = (outs Hadal_FloatTensor:$result);
  let extraClassDeclaration = [{
    bool isNormal() { return getLayout() == ::hadal::ExchangeLayout::Normal; }
  }];
  let assemblyFormat = [{
    $y `,` $source (`weights` $weights^)? `` $layout attr-dict `:` functional-type(operands, results)
  }];
}

#endif // HADAL_DIALECTS_HADAL_IR_PARALLEL_TD
