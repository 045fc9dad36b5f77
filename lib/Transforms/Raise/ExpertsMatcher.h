//===- ExpertsMatcher.h - One attempt to recognise experts -----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_EXPERTSMATCHER_H
#define HADAL_LIB_TRANSFORMS_RAISE_EXPERTSMATCHER_H

#include "Experts.h"

namespace hadal::raise {

/// One product of the result, by what its factors are.
struct Part {
  Summand summand;
  Term leaf; // the weight that the result's column picks
  std::optional<Poly> hidden;
  std::vector<Term> activated, activatedDivisors, weights, weightDivisors;
  std::optional<int64_t> constant; // the expert, if there is one product for each
  std::optional<ExpertSlot> slot;  // that holds the token, if experts have a capacity

  void substitute(Elements &elements, const Poly &variable, const Poly &value) {
    summand.substitute(elements, variable, value);
    leaf = elements.substitute(leaf, variable, value);
    for (std::vector<Term> *terms : {&activated, &activatedDivisors, &weights, &weightDivisors})
      for (Term &term : *terms)
        term = elements.substitute(term, variable, value);
    llvm::replace(summand.variables, variable, value);
  }
};

class MoeMatcher {
public:
  MoeMatcher(mlir::Operation *op, Context &context) : op(op), context(context), sorted(elements, *op->getBlock()) {}
  llvm::LogicalResult match();

private:
  llvm::LogicalResult miss(const llvm::Twine &reason);
  bool openParts(std::vector<Summand> &products, SumOfProducts &sums);
  bool solve(SumOfProducts &sums, Summand &summand);
  std::optional<Part> classify(const Summand &summand);
  bool unify(Part &part);
  bool setChoice(Part &part);
  llvm::LogicalResult setSlot(Part &part);
  llvm::LogicalResult matchParts(std::vector<Part> &parts);
  std::optional<Linear> matchLinear(const Term &term, const Poly &hidden, std::optional<int64_t> constant);
  std::optional<FeedForward> matchExpert(const Part &part, const Part *bias, std::string &reason);
  llvm::LogicalResult build(std::vector<FeedForward> experts, const Part &part);
  mlir::Value weightsOf(const Part &part, double scale);
  mlir::Value guarded(mlir::Value indices);

  mlir::Operation *op;
  Context &context;
  Elements elements;
  SortedRows sorted;
  Indices rows;
  Poly out, tokens, token;
  Poly j;       // among a token's choices
  Poly choice;  // the expert
  Poly experts; // how many there are, if the choice may be none of them
};

/// The unknown integers that stand in the indices of a weight, besides `known` variables.
std::vector<unsigned> choicesIn(Elements &elements, const Term &weight, llvm::ArrayRef<Poly> known);
/// Whether two products are weighted alike.
bool sameWeights(Elements &elements, const Part &a, const Part &b);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_EXPERTSMATCHER_H
