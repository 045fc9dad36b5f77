//===- Selection.h - Keys that are chosen by their scores ------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_SELECTION_H
#define HADAL_LIB_TRANSFORMS_RAISE_SELECTION_H

#include "AttentionParts.h"

namespace hadal::raise {

/// A top-k over the last dimension of scores.
struct Choice {
  TopKOp topk;
  Term scores; // at the candidate
  int64_t count;
};

/// The steps of a mask that is added to scores, innermost first: conditions, and floats that are added.
std::vector<MaskPart> maskParts(Elements &elements, const Term &mask);

/// The conjuncts of a condition, each of them a term; one alone if it is none.
std::vector<MaskPart> conjuncts(Elements &elements, const MaskPart &part);

/// The choice that an i1 or additive float step is true for, at the candidate `target`: it is one among those that a
/// top-k of all candidates chose. Nothing if the step says anything else too.
std::optional<Choice> findChoice(Elements &elements, const MaskPart &part, const Poly &target);

/// The choice that an index out of a top-k's results was made by, at the candidate `target`.
std::optional<Choice> choiceOf(Elements &elements, const Poly &index, const Poly &target);

/// Scores that are masked step by step, and the scores of an indexer before.
struct IndexerChoice {
  IndexerScoresOp scores;
  Indices index;
  std::vector<MaskPart> masks;
};
std::optional<IndexerChoice> findIndexer(Elements &elements, const Term &scores);

/// Whether two lists of steps hide the same, step by step in any order where they are not understood.
bool hideTheSame(Elements &elements, llvm::ArrayRef<MaskPart> a, llvm::ArrayRef<MaskPart> b);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_SELECTION_H
