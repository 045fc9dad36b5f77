//===- AttentionParts.h - What an attention is made of ---------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The steps of the matcher of attention: the scores taken apart into products of
// queries and keys, a soft cap and masks; the roles that the result's variables
// play; and the tensors of the operation.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_ATTENTIONPARTS_H
#define HADAL_LIB_TRANSFORMS_RAISE_ATTENTIONPARTS_H

#include "Raise.h"

namespace hadal::raise {

/// scale · Σ q · k over the variables.
struct DotProduct {
  Term q, k;
  std::vector<Poly> variables;
  double scale = 1;
};

/// One step that makes masked scores of scores: `term` is an i1 (where it is false the score becomes `fill`) or a float
/// that is added, times `factor`.
struct MaskPart {
  Term term;
  bool negated = false;
  double factor = 1;
  double fill = -std::numeric_limits<double>::infinity();

  bool isCondition() const { return mlir::getElementTypeOrSelf(term.value.getType()).isInteger(1); }
};

/// Σ dots, capped if there is a cap, then masked step by step.
struct Scores {
  std::vector<DotProduct> dots;
  std::optional<double> softcap;
  std::vector<MaskPart> masks;
};

/// Takes a score apart. Keys are what does not change with one of `queries`, queries what does not change with `t`.
std::optional<Scores> matchScores(Elements &elements, const Term &logit, const Poly &t, llvm::ArrayRef<Poly> queries);

/// Where a step lets a score be; nothing if it adds other numbers too.
std::optional<Condition> visible(Elements &elements, const MaskPart &part);
/// Where all steps let a score be, those left out that hide nothing for certain.
Condition visible(Elements &elements, llvm::ArrayRef<MaskPart> parts);
/// Whether b holds wherever a does.
bool implies(Elements &elements, const Condition &a, const Condition &b);

/// The variables of the result and the keys', by what they stand for in hadal.attention.
struct Roles {
  std::vector<Poly> batch, heads, group, position, value;
  Poly t;
};

/// A variable among `variables` that the terms take apart, and the size that they take it apart by, such as b·H + h of
/// merged batches and heads, or the heads of a group.
std::optional<std::pair<Poly, Poly>> findSplit(Elements &elements, llvm::ArrayRef<Term> terms,
                                               llvm::ArrayRef<Poly> variables);

/// What an attention is, as terms.
struct Parts {
  Scores scores;
  Term value;
  std::optional<Term> sink;
  Poly t;
};

/// Nothing if a variable of the result is in neither probabilities nor values, or the sink does not change with heads
/// alone. `out`: the indices of the result.
std::optional<Roles> assignRoles(Elements &elements, const Parts &parts, const Indices &out);

/// Several variables as one index, the first outermost.
Poly composite(Elements &elements, llvm::ArrayRef<Poly> variables);
/// The variables of an index, in order of their slopes.
std::vector<Poly> variablesOf(Elements &elements, const Indices &index);

/// A tensor of the elements of `term` whose dimension i runs over the variables dims[i], repeated along those that
/// the term does not depend on. Null if there is none. What is computed for it stands before `root`.
mlir::Value materializeRepeated(Context &context, Elements &elements, mlir::Operation *root, const Term &term,
                                llvm::ArrayRef<std::vector<Poly>> dims, mlir::Type type);

/// The steps as one mask of rank 4, i1 if all are conditions that hide by −∞. Null if one is no tensor.
mlir::Value buildMask(Context &context, Elements &elements, mlir::Operation *root, llvm::ArrayRef<MaskPart> parts,
                      llvm::ArrayRef<std::vector<Poly>> dims);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ATTENTIONPARTS_H
