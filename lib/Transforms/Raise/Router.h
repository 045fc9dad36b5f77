//===- Router.h - The parts of a router, by meaning ------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A router ranks the experts e of each token t by a choice c[t, e], takes the k
// best, and weighs them by their scores. Its weights are made of the element
// s[t, i(t, j)] of the scores, where i(t, j) is an index that the ranking gave: an
// opaque integer. With the variable e in its place they are the score of any
// expert, which is compared with what was ranked.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_ROUTER_H
#define HADAL_LIB_TRANSFORMS_RAISE_ROUTER_H

#include "Raise.h"

namespace hadal::raise {

/// The indices of one router's parts.
struct RouterIndices {
  TopKOp ranking;
  std::vector<Poly> variables; // that t is made of
  Poly row;                    // t, of the tokens in a row
  Indices rows;                // the same as indices of the ranked tensor
  Poly slot;                   // j
  Poly expert;                 // e
  Poly chosen;                 // i(t, j)

  /// t as indices of the leading dimensions of `tensor`, all but the last `trailing`.
  Indices rowsOf(Elements &elements, mlir::Value tensor, int64_t trailing) const;
};

/// Tensors of tokens by k floats that are made of what `ranking` gave, the last of the block first.
llvm::SmallVector<mlir::Value> findRouterWeights(Elements &elements, TopKOp ranking);

/// A score of a logit: of that alone, or a softmax over all experts.
struct Score {
  ScoreFunction function;
  Term logit;
};

/// The score that `term` is at the expert `expert`.
std::optional<Score> matchScore(Elements &elements, const Term &term, const Poly &expert);
/// x of sqrt(log(1 + exp(x))).
std::optional<Term> matchSqrtSoftplus(Elements &elements, const Term &term);

/// The weights of the chosen experts: function(source at the chosen expert) · scale, divided by its sum.
struct RouterWeights {
  /// What the score is to be; Identity where the source is the score itself.
  ScoreFunction function = ScoreFunction::Identity;
  std::optional<Term> source; // at the expert e; nothing where it is what was ranked
  double scale = 1, epsilon = 0;
  bool normalize = false, floor = false;
};

/// Why something is no router, once it is certain that it should be one.
struct RouterMiss {
  std::string reason;
  /// Whether the weights that were found are not all that the graph makes of them, so that no part is raised either.
  bool isFinal = false;
};

std::optional<RouterWeights> matchRouterWeights(Elements &elements, const RouterIndices &at, const Term &weight,
                                                RouterMiss &miss);

/// What was ranked, without what masks experts of groups that are not kept.
struct RouterChoice {
  Term choice;
  std::optional<Literal> kept; // the mask
  double fill = 0;             // in place of the choices that are masked
};
RouterChoice matchRouterChoice(Elements &elements, const Term &ranked);

struct RouterGroups {
  int64_t groups = 1, kept = 1;
  GroupScore score = GroupScore::Max;
};
/// The groups that `choice` is masked by.
std::optional<RouterGroups> matchRouterGroups(Elements &elements, const RouterIndices &at, const RouterChoice &choice,
                                              RouterMiss &miss);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ROUTER_H
