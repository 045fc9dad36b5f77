//===- Passes.td - Decomposition passes -*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TRANSFORMS_DECOMPOSE_PASSES_TD
#define HADAL_TRANSFORMS_DECOMPOSE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChooseLatentForm : Pass<"hadal-choose-latent-form", "::mlir::func::FuncOp"> {
  let summary = "choose how each latent attention is computed";
  let description = [{
    Replaces the form `auto` of each `hadal.latent_attention` by the one that
    multiplies less. With H heads, S queries, T keys, latents of size L, and Dn,
    R, Dv as in the op, a batch entry costs in multiply-adds

    ```
    expanded:  T·L·H·(Dn + Dv)  +  S·T·H·(Dn + R + Dv)
    absorbed:  S·L·H·(Dn + Dv)  +  S·T·H·(2·L + R)
    ```

    A length that is not known counts as 1024. So one query (decode) over a
    cache is absorbed, and many queries over their own keys are expanded.

    Requires: nothing. Ensures: no `form auto` is left. Numerics: both forms are
    the same in real arithmetic.

    Example (test/Transforms/Decompose/hadal-choose-latent-form.mlir): one query
    becomes `form absorbed`.
  }];
}

def Decompose : Pass<"hadal-decompose", "::mlir::func::FuncOp"> {
  let summary = "whole operations become their parts, parts become linalg";
  let description = [{
    `level=parts`: operations that stand for a whole layer become the semantic
    operations that they consist of:

    - `hadal.moe` becomes group, grouped_matmul, gated_activation,
      grouped_matmul, combine.
    - `hadal.latent_attention form expanded` becomes one matmul that makes keys
      and values of every head, and `hadal.attention` over q_nope ‖ q_pe and
      k_nope ‖ k_pe.
    - `hadal.latent_attention form absorbed` becomes q̃ = q_nope · W_UK,
      `hadal.attention` with one key/value head over q̃ ‖ q_pe and latent ‖ k_pe
      whose values are the latents, and a product with W_UV. The clauses (mask,
      sink, lengths, offsets, window, softcap, lse) go to the attention.
    - `hadal.paged_attention` and `hadal.paged_latent_attention` become
      `hadal.paged_gather` and the operation on dense keys; a mask hides absent
      pages.
    - `hadal.varlen_attention` becomes `hadal.attention` of one batch entry with
      a mask.

    `level=linalg`: these, and then everything that linalg, tensor, arith and
    math can say becomes that; what they lack stays (hadal.topk, gather, scatter,
    cumsum). `level=kernels`: that only for operations that no kernel computes as
    they are; this is what compilation runs. `ops` restricts either to operations of these names (`moe,route`),
    one step.

    Requires: no `form auto` (`--hadal-choose-latent-form`); one is left as it
    is, with a remark. Ensures: none of the operations above is left. Numerics:
    products in another order, sums in f32; the same in real arithmetic. The
    scale is carried, never derived again.

    Example (test/Transforms/Decompose/hadal-decompose.mlir).
  }];
  let options = [
    Option<"level", "level", "::hadal::DecomposeLevel", "::hadal::DecomposeLevel::Parts", "How far",
           [{::llvm::cl::values(
             clEnumValN(::hadal::DecomposeLevel::Parts, "parts", "whole operations into semantic ones"),
             clEnumValN(::hadal::DecomposeLevel::Kernels, "kernels", "what no kernel computes into linalg"),
             clEnumValN(::hadal::DecomposeLevel::Linalg, "linalg", "semantic operations into linalg, tensor, arith"))}]>,
    ListOption<"ops", "ops", "std::string", "Only operations of these names, one step">
  ];
  let dependentDialects = ["::hadal::HadalDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::affine::AffineDialect"];
}

#endif // HADAL_TRANSFORMS_DECOMPOSE_PASSES_TD
