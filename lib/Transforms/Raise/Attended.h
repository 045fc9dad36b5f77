//===- Attended.h - An attention, as an operation or written out -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_ATTENDED_H
#define HADAL_LIB_TRANSFORMS_RAISE_ATTENDED_H

#include "Raise.h"

namespace hadal::raise {

/// Scaled products of a query and keys, and which keys are seen.
struct KeyScores {
  Term q, k; // both at `size`
  Poly size; // what the product runs over (0 where it is one element)
  double scale = 1;
  Condition visible;     // keys that are not hidden by −∞
  bool isFinite = false; // some are hidden by a finite number instead
};

/// What one element of an attention's result is: Σ over `key` of softmax(scores) · v.
struct Attended {
  KeyScores scores;
  Term v;
  Poly key;
  /// Whether a query that sees nothing gives 0.
  bool isGuarded = true;
  AttentionOp op; // null where it is written out
};

/// The scores of a logit, with where(mask, score, −∞) or an added mask.
std::optional<KeyScores> matchKeyScores(Elements &elements, const Term &logit);

/// `term` as an attention: an element of hadal.attention without sink, lengths and softcap, or a sum that is one.
std::optional<Attended> matchAttended(Elements &elements, const Term &term);

/// A sum of products, with sums inside of factors multiplied out up to those that are leaves: scale · Σ over variables
/// Π factors.
struct FlatSum {
  double scale = 1;
  std::vector<Poly> variables;
  std::vector<Term> factors;
};
std::optional<FlatSum> flatten(Elements &elements, const Term &term,
                               llvm::function_ref<bool(const Term &factor, llvm::ArrayRef<Poly> variables)> isLeaf,
                               llvm::ArrayRef<Poly> outer = {});

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ATTENDED_H
