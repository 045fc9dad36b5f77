//===- Passes.td - Recognition passes ------------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TRANSFORMS_RAISE_PASSES_TD
#define HADAL_TRANSFORMS_RAISE_PASSES_TD

include "mlir/Pass/PassBase.td"

def Raise : Pass<"hadal-raise", "::mlir::ModuleOp"> {
  let summary = "recognise semantic operations in an imported graph";
  let description = [{
    Replaces subgraphs of linalg, tensor and glue operations by the semantic
    operation that they compute: rms_norm, layer_norm, rope, attention,
    cache_append, latent_projection, latent_attention, indexer_scores, dsa, nsa,
    moba, route, moe. It looks at what each element of a tensor is computed from,
    so reshapes, transposes, slices, broadcasts, gathers, the layout of results
    and the order of commutative operands do not matter, and names never do.
    Smaller things are recognised first; larger ones in terms of them.

    - Attention: any order of batch, heads and positions; scale, softcap, sinks
      and masks wherever they stand. A mask becomes `causal`, `offset` and
      `window` as far as the positions of what it hides can be proven; the rest
      stays a mask.
    - Latent attention: expanded and absorbed, whatever the order of the
      projection's columns. Sparse attention: a choice of keys or blocks, by
      scatters, one-hot sums, comparisons, thresholds or gathered keys.
    - Routers: each order of score, choice and normalisation of `hadal.route`.
    - Experts: weights gathered for each token, all experts with one-hot or
      scattered weights, one expert after the other, rows sorted by expert in
      groups, rows collected by their indices.

    A subgraph that almost matches stays as it is, and a remark at its location
    names the constraint that failed. The module gets the attributes
    `hadal.raised` (how many of each kind it has) and `hadal.missed` (the
    near-misses), which `--hadal-require-raised` reads.

    Attention over caches of expanded keys and values is `hadal.attention`: no
    latent is there to attend to. Its new rows still come from a
    `hadal.latent_projection`.

    Requires: functions on tensors in the importer's canonical forms.
    Ensures: the same functions; unused operations are gone.
    Numerics: equal in real arithmetic, but for these: rows of a softmax that
    are wholly masked by −inf give 0 instead of NaN, NaN among the scores is not
    replaced by 0, and weights of 0/0 are 0. Roundings to narrower floats in
    between may fall away, and with them ties of choices. Assumed is that numbers
    which fill what is hidden (−1e4 and below when added, −1e3 when they replace
    a score), and those that force a choice (1e6 and above), are beyond what
    scores reach; that a softmax underflows nowhere that a choice depends on it;
    and, where blocks are chosen by a threshold, that no two scores are equal at
    it.

    Example (test/Transforms/Raise/hadal-raise-rms-norm.mlir): square, mean,
    epsilon, root, reciprocal and two products become

    ```mlir
    %9 = hadal.rms_norm %x, %w epsilon 1.0e-6 : (tensor<?x?x192xf32>, tensor<192xf32>) -> tensor<?x?x192xf32>
    ```
  }];
  let dependentDialects = ["::hadal::HadalDialect", "::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}

def RequireRaised : Pass<"hadal-require-raised", "::mlir::ModuleOp"> {
  let summary = "fail unless kinds of operations were recognised everywhere";
  let description = [{
    For each kind of `ops`: an error at each near-miss that `--hadal-raise`
    noted, and an error if the module has none of that kind.

    Requires: `--hadal-raise` ran. Ensures: nothing changes. Numerics: none.

    Example (test/Transforms/Raise/hadal-require-raised.mlir):
    `--hadal-require-raised=ops=latent_attention,moe`
  }];
  let options = [ListOption<"ops", "ops", "std::string", "kinds: attention, latent_attention, dsa, indexer, "
                            "nsa, moba, route, moe, rms_norm, layer_norm, rope, cache_append, latent_projection">];
}

def SimplifyGraph : Pass<"hadal-simplify-graph", "::mlir::func::FuncOp"> {
  let summary = "one value for each size, and nothing computed that is sliced away";
  let description = [{
    - Each size that follows from the arguments' becomes one value at the
      function's begin, an affine expression of `tensor.dim` of arguments, so
      that equal sizes are equal values. Dimensions of one name in `hadal.dims`
      count as equal.
    - A slice of a concatenation that lies in one part becomes a slice of it, and
      a slice of an element-wise operation that nothing else uses a slice of its
      operands.
    - Boxes that scatters write are slices written; what is written into a tensor
      becomes a concatenation with what is left of it, and transposes meet their
      inverses through one.
    - Sizes that the body of a structured operation computes are computed before.

    Requires: functions on tensors. Ensures: the same values. Numerics: none.

    Example (test/Transforms/Raise/hadal-simplify-graph.mlir): the first half of
    cos(f ‖ f) becomes cos(f).
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect"];
}

#endif // HADAL_TRANSFORMS_RAISE_PASSES_TD
