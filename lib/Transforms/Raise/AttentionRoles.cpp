//===- AttentionRoles.cpp - What the dimensions of an attention stand for -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A variable of the result that both probabilities and values change with is a
// batch or a head of keys; one of the values alone counts their columns; one of
// the probabilities alone is a position or a head in its group. Which of two it
// is makes no difference to the numbers: any choice is exact, and the choice here
// is the one that keeps masks small and can be causal.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Calls `visit` on the elements that a term is made of, through arithmetic and what raises position by position.
static void forEachElement(Elements &elements, const Term &root, llvm::function_ref<void(const Term &)> visit) {
  constexpr unsigned most = 64; // what makes it up near by tells its layout
  std::vector<Term> work{root};
  for (unsigned done = 0; !work.empty() && done < most; ++done) {
    Term term = work.back();
    work.pop_back();
    std::vector<Term> chain = elements.chain(term);
    for (const Term &link : chain)
      if (link.isElement())
        visit(link);
    Term last = elements.normal(chain.back());
    Operation *op = last.value.getDefiningOp();
    if (!op)
      continue;
    if (!last.isElement()) {
      for (Value operand : op->getOperands())
        work.push_back({operand, last.index});
    } else if (isa<RopeOp, RMSNormOp, LayerNormOp>(op)) {
      Term source{op->getOperand(0), last.index};
      source.index.back() = elements.atoms.var(elements.sizeOf(source.value, source.index.size() - 1));
      work.push_back(source);
    }
  }
}

std::optional<std::pair<Poly, Poly>> hadal::raise::findSplit(Elements &elements, ArrayRef<Term> terms,
                                                             ArrayRef<Poly> variables) {
  std::optional<std::pair<Poly, Poly>> found;
  for (const Term &term : terms)
    forEachElement(elements, term, [&](const Term &link) {
      for (const Poly &index : link.index)
        for (const auto &[monomial, coefficient] : index.getTerms())
          for (unsigned atom : monomial) {
            auto quotient = elements.atoms.quotient(atom);
            if (found || !quotient || !llvm::is_contained(variables, quotient->first))
              continue;
            Poly extent = *elements.atoms.extent(quotient->first);
            auto [outer, rest] = elements.atoms.divMod(extent, quotient->second);
            if (rest == Poly() && !outer.isConstant(1) && !quotient->second.isConstant(1) &&
                elements.atoms.isPlain(outer) && elements.atoms.isPlain(quotient->second))
              found = *quotient;
          }
    });
  return found;
}

/// Whether `variable` stands before other variables in one dimension of what the term is made of: heads are cut out of
/// columns, positions and batches are not.
static bool isCutOut(Elements &elements, const Term &term, const Poly &variable) {
  bool result = false;
  forEachElement(elements, term, [&](const Term &link) {
    for (const Poly &index : link.index) {
      Poly slope, rest;
      if (index.linearIn(*variable.asAtom(), slope, rest) && slope.constant().value_or(0) > 1 && rest != Poly())
        result = true;
    }
  });
  return result;
}

/// Whether `variable` stands in the queries where `t` stands in the keys, in tensors of one rank.
static bool isPlacedAs(Elements &elements, const DotProduct &dot, const Poly &variable, const Poly &t) {
  std::vector<Term> keys = elements.chain(dot.k);
  for (const Term &query : elements.chain(dot.q))
    for (const Term &key : keys)
      if (query.isElement() && key.isElement() && query.index.size() == key.index.size())
        for (auto [q, k] : llvm::zip_equal(query.index, key.index))
          if (q == variable && k == t)
            return true;
  return false;
}

std::optional<Roles> hadal::raise::assignRoles(Elements &elements, const Parts &parts, const Indices &out) {
  Roles roles;
  std::vector<Poly> variables = variablesOf(elements, out);
  roles.t = parts.t;
  auto inDots = [&](const Poly &variable, bool ofQueries) {
    return llvm::any_of(parts.scores.dots,
                        [&](const DotProduct &dot) { return elements.dependsOn(ofQueries ? dot.q : dot.k, variable); });
  };
  auto inMasks = [&](const Poly &variable) {
    return llvm::any_of(parts.scores.masks,
                        [&](const MaskPart &part) { return elements.dependsOn(part.term, variable); });
  };
  // A variable that is one part of a dimension of the result is a head too: one in its group.
  auto isPart = [&](const Poly &variable) {
    return llvm::any_of(out, [&](const Poly &index) { return index.uses(*variable.asAtom()) && index != variable; });
  };
  auto isHead = [&](const Poly &variable) {
    return isCutOut(elements, parts.value, variable) || llvm::any_of(parts.scores.dots, [&](const DotProduct &dot) {
             return isCutOut(elements, dot.q, variable) || isCutOut(elements, dot.k, variable);
           });
  };
  std::vector<Poly> shared, ofQueries;
  for (const Poly &variable : variables) {
    bool inSink = parts.sink && elements.dependsOn(*parts.sink, variable);
    bool inProbabilities = inSink || inDots(variable, true) || inDots(variable, false) || inMasks(variable);
    bool inValues = elements.dependsOn(parts.value, variable);
    if (!inProbabilities && !inValues)
      return std::nullopt;
    if (!inProbabilities)
      roles.value.push_back(variable);
    else
      (inValues ? shared : ofQueries).push_back(variable);
  }

  // The position: what the sink does not change with, no head, in the mask, where the keys' stands, dynamic, as long
  // as the keys.
  std::optional<size_t> position;
  int best = -1;
  for (auto [place, variable] : llvm::enumerate(ofQueries)) {
    if (parts.sink && elements.dependsOn(*parts.sink, variable))
      continue;
    Poly extent = *elements.atoms.extent(variable);
    bool isPlaced = llvm::any_of(parts.scores.dots, [&, variable = variable](const DotProduct &dot) {
      return isPlacedAs(elements, dot, variable, parts.t);
    });
    int score = 16 * !(isPart(variable) || isHead(variable)) + 8 * inMasks(variable) + 4 * isPlaced +
                2 * !extent.constant().has_value() + (extent == *elements.atoms.extent(parts.t));
    if (score > best) {
      best = score;
      position = place;
    }
  }
  for (auto [place, variable] : llvm::enumerate(ofQueries))
    (position == place ? roles.position : roles.group).push_back(variable);

  for (const Poly &variable : shared) {
    bool inSink = parts.sink && elements.dependsOn(*parts.sink, variable);
    (inSink || isHead(variable) ? roles.heads : roles.batch).push_back(variable);
  }
  // Without a sign of which they are: batches come first.
  if (roles.batch.empty() && roles.heads.size() > 1 &&
      !(parts.sink && elements.dependsOn(*parts.sink, roles.heads.front()))) {
    roles.batch.push_back(roles.heads.front());
    roles.heads.erase(roles.heads.begin());
  } else if (roles.heads.empty() && roles.batch.size() > 1) {
    roles.heads.assign(roles.batch.begin() + 1, roles.batch.end());
    roles.batch.resize(1);
  }
  return roles;
}
