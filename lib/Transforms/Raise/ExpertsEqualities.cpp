//===- ExpertsEqualities.cpp - Sums of which few summands count -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// One step: an equality goes away, or becomes two simpler ones.
bool SumOfProducts::solve(Summand &summand, bool allowGuards) {
  Atoms &atoms = elements.atoms;
  for (size_t i = 0; i < summand.equalities.size(); ++i) {
    auto [left, right] = summand.equalities[i];
    Poly difference = left - right;
    if (difference == Poly()) {
      summand.equalities.erase(summand.equalities.begin() + i);
      return true;
    }
    for (auto it = summand.variables.begin(); it != summand.variables.end(); ++it) {
      Poly slope, rest, variable = *it;
      unsigned atom = *variable.asAtom();
      if (!difference.linearIn(atom, slope, rest) || atoms.dependsOn(rest, atom))
        continue;
      std::optional<int64_t> sign = slope.constant();
      if (!sign || (*sign != 1 && *sign != -1))
        continue;
      Poly solution = rest * -*sign, extent = *atoms.extent(variable);
      bool isInside = atoms.isBetween(solution, 0, extent);
      if (!isInside && (!allowGuards || !atoms.origin(solution)))
        continue;
      if (!isInside)
        summand.guards.emplace_back(solution, extent);
      summand.variables.erase(it);
      summand.equalities.erase(summand.equalities.begin() + i);
      summand.substitute(elements, variable, solution);
      return true;
    }
    // c·a + b = c·a' + b' with b and b' below c: a = a' and b = b'.
    for (const auto &[monomial, coefficient] : difference.getTerms()) {
      // c is a number, or the size of a tensor.
      Poly size(std::abs(coefficient));
      if (monomial.size() == 2)
        for (unsigned atom : monomial)
          if (atoms.dimension(atom))
            size = size * Poly::atom(atom);
      if (size.isConstant(1) || (monomial.size() != 1 && size.constant()))
        continue;
      auto [q1, r1] = atoms.divMod(left, size);
      auto [q2, r2] = atoms.divMod(right, size);
      if (r1 == left && r2 == right)
        continue;
      summand.equalities[i] = {q1, q2};
      summand.equalities.emplace_back(r1, r2);
      return true;
    }
  }
  return false;
}

bool SumOfProducts::resolve(Summand &summand) {
  do {
    for (const auto &[left, right] : summand.equalities)
      if (std::optional<int64_t> distance = (left - right).constant(); distance && *distance != 0)
        return false;
  } while (openNonZero(summand) || solve(summand, false) || splitRows(summand) || solve(summand, true));
  return true;
}

bool SumOfProducts::writesOnce(Summand &summand) {
  for (const Poly &variable : summand.exclusive) {
    std::optional<unsigned> atom = variable.asAtom();
    if (!atom || !elements.atoms.isVariable(*atom) || !llvm::is_contained(summand.variables, variable))
      continue; // it has been solved for: one write, if any
    // What a top-k chose from one row is distinct.
    std::vector<Poly> polys = summand.targets;
    bool isDistinct = llvm::any_of(polys, [&](const Poly &target) {
      return llvm::any_of(target.getTerms(), [&](const auto &term) {
        if (term.first.size() != 1)
          return false;
        auto origin = elements.atoms.origin(Poly::atom(term.first.front()));
        if (!origin || !isa_and_nonnull<TopKOp, RouteOp>(origin->first.getDefiningOp()) || origin->second.empty())
          return false;
        return origin->second.back() == variable &&
               llvm::none_of(ArrayRef(origin->second).drop_back(),
                             [&](const Poly &index) { return elements.atoms.dependsOn(index, *atom); });
      });
    });
    if (!isDistinct)
      return false;
  }
  return true;
}
