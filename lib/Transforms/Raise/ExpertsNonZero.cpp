//===- ExpertsNonZero.cpp - The tokens of an expert as a list -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops over experts list the (token, choice) pairs of one expert: the columns of
// list = nonzero(mask) are the indices v with mask[v]. A sum over all columns is one
// over all v with mask[v], where list[d, column of v] is v[d].
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

bool SumOfProducts::openNonZero(Summand &summand) {
  Atoms &atoms = elements.atoms;
  auto listAt = [&](const Poly &column) -> NonZeroOp {
    for (const auto &[left, right] : summand.equalities)
      for (const Poly &side : {left, right})
        for (const Poly &unknown : atoms.unknowns(side)) {
          auto origin = atoms.origin(unknown);
          auto nonzero = origin->first.getDefiningOp<NonZeroOp>();
          if (nonzero && origin->second.size() == 2 && origin->second[1] == column &&
              elements.sizeOf(nonzero.getResult(), 1) == *atoms.extent(column))
            return nonzero;
        }
    return nullptr;
  };
  for (auto it = summand.variables.begin(); it != summand.variables.end(); ++it) {
    Poly column = *it;
    NonZeroOp list = listAt(column);
    if (!list)
      continue;
    Indices index = elements.variables(list.getX());
    Term mask{list.getX(), index};
    if (!getElementTypeOrSelf(list.getX().getType()).isInteger(1)) {
      std::optional<Literal> bit = elements.bit(mask);
      if (!bit || bit->negated)
        continue;
      mask = bit->term;
    }
    summand.variables.erase(it);
    bool isExclusive = llvm::is_contained(summand.exclusive, column);
    for (const Poly &variable : index)
      if (variable.asAtom()) {
        summand.variables.push_back(variable);
        if (isExclusive)
          summand.exclusive.push_back(variable);
      }
    // The column that holds `index`, as Atoms::inverse() of permutations.
    Indices place = index;
    place.push_back(Poly(-1));
    summand.substitute(elements, column, atoms.opaque(list.getResult(), place, atoms.extent(column)));
    size_t before = summand.equalities.size();
    addCondition(summand, mask);
    // Two columns that write the same element also have this in common.
    for (const auto &[left, right] : ArrayRef(summand.equalities).drop_front(before))
      if (left.constant() || right.constant())
        summand.targets.push_back(left.constant() ? right : left);
    return true;
  }
  return false;
}
