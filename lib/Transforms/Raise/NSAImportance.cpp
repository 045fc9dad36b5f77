//===- NSAImportance.cpp - The importance of selection blocks -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The importance of a block is a linear combination of probabilities: written as a
// product with a matrix, as sums of shifted slices, as a sum over windows. Whatever
// the form, the weight of each entry's probability is added up here for one block at
// a time, and compared with how the block overlaps with the entry's tokens.
//
//===----------------------------------------------------------------------===//

#include "NSA.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// All queries instead of those in question: a mask of a few may be understood in another way.
Term ImportanceMatcher::ofAllQueries(Term term, Poly &at) {
  at = query;
  for (unsigned atom : elements.atoms.variables(query)) {
    term = elements.substitute(term, Poly::atom(atom), frame.s - (query - Poly::atom(atom)));
    at = frame.s;
  }
  return term;
}

/// Whether scores for the query `at` and the compressed key `entry` are those of the compressed branch, for one of the
/// heads that a variable of the sum runs over: that is taken from the variables.
bool ImportanceMatcher::isCompressed(const KeyScores &scores, const Poly &entry, const Poly &at, Factor &factor) {
  if (scores.isFinite) {
    reason = "the probabilities of compressed blocks are not guarded against queries that see none";
    return false;
  }
  reason = "the importance of blocks is not made of the probabilities of the compressed branch";
  if (std::abs(scores.scale - compressed.scores.scale) > 1e-6 * std::abs(scores.scale))
    return false;
  auto place = [&](Term term, const Poly &head) {
    const std::pair<Poly, Poly> values[] = {
        {compressed.scores.size, scores.size}, {frame.s, at}, {compressed.key, entry}, {frame.r, head}};
    for (const auto &[variable, value] : values)
      if (variable.asAtom())
        term = elements.substitute(term, variable, value);
    return term;
  };
  std::vector<Poly> heads = factor.variables;
  if (frame.group == 1)
    heads = {Poly()};
  auto isHead = [&](const Poly &head) {
    Term query = place(compressed.scores.q, head), key = place(compressed.scores.k, head);
    return elements.atoms.extent(head) == Poly(frame.group) &&
           ((elements.same(query, scores.q) && elements.same(key, scores.k)) ||
            (elements.same(query, scores.k) && elements.same(key, scores.q)));
  };
  auto head = llvm::find_if(heads, isHead);
  if (head == heads.end())
    return false;
  // The same keys are hidden.
  const Condition &seen = scores.visible;
  if (!seen.literals.empty() || seen.never)
    return false;
  std::vector<Poly> expected = compressed.scores.visible.atLeastZero;
  if (at == frame.s) {
    for (Poly &poly : expected)
      if (compressed.key.asAtom())
        poly = elements.atoms.substitute(poly, *compressed.key.asAtom(), entry);
    if (!llvm::all_of(expected, [&](const Poly &poly) { return llvm::is_contained(seen.atLeastZero, poly); }) ||
        expected.size() != seen.atLeastZero.size())
      return false;
  } else {
    auto sees = [&](ArrayRef<Poly> polys, const Poly &variable, int64_t i) {
      return llvm::all_of(polys, [&](Poly poly) {
        if (frame.s.asAtom())
          poly = elements.atoms.substitute(poly, *frame.s.asAtom(), at);
        if (variable.asAtom())
          poly = elements.atoms.substitute(poly, *variable.asAtom(), i);
        return elements.atoms.isNonNegative(poly);
      });
    };
    for (int64_t i = 0; i < entries; ++i)
      if (sees(expected, compressed.key, i) != sees(seen.atLeastZero, entry, i))
        return false;
  }
  if (frame.group > 1)
    factor.variables.erase(llvm::find(factor.variables, Poly(*head)));
  return true;
}

/// The entry whose probability an element is: the variable of its softmax.
std::optional<Poly> ImportanceMatcher::entryOf(const Term &probability, Factor &factor, bool &isProbability) {
  // The softmax is looked for with a variable in place of each index.
  for (auto [dim, index] : llvm::enumerate(probability.index)) {
    if (entries == 1 && index != Poly())
      continue;
    Poly entry = elements.atoms.var(entries), at;
    Term general = probability;
    general.index[dim] = entry;
    general = ofAllQueries(general, at);
    std::optional<Softmax> softmax = elements.softmax(general);
    if (!softmax || softmax->variable != entry)
      continue;
    isProbability = true;
    std::optional<KeyScores> scores = softmax->sink ? std::nullopt : matchKeyScores(elements, softmax->logit);
    if (!scores || !softmax->isGuarded) {
      reason = "the probabilities of compressed blocks are not guarded against queries that see none";
      return std::nullopt;
    }
    return isCompressed(*scores, entry, at, factor) ? std::optional<Poly>(index) : std::nullopt;
  }
  return std::nullopt;
}

/// Σ over entries of probability times a constant, which is an attention too.
bool ImportanceMatcher::expandAttention(const Term &term, Factor factor) {
  Poly at;
  std::optional<Attended> attended = matchAttended(elements, ofAllQueries(term, at));
  if (!attended || elements.atoms.extent(attended->key) != Poly(entries) ||
      !isCompressed(attended->scores, attended->key, at, factor))
    return false;
  factor.constants.push_back(elements.normal(attended->v));
  if (attended->key.asAtom())
    factor.variables.push_back(attended->key);
  return addWeights(attended->key, factor);
}

/// Every variable that is left must be in the entry or in a constant: it counts once for each value.
bool ImportanceMatcher::addWeights(const Poly &entry, const Factor &factor) {
  SmallVector<std::pair<Poly, Factor>> pending{{entry, factor}};
  while (!pending.empty()) {
    auto [index, part] = pending.pop_back_val();
    if (!part.variables.empty()) {
      Poly variable = part.variables.back();
      std::optional<int64_t> extent = elements.atoms.extent(variable)->constant();
      if (!extent)
        return false;
      part.variables.pop_back();
      for (int64_t value = 0; value < *extent; ++value) {
        Factor next = part;
        for (Term &constant : next.constants)
          constant = elements.substitute(constant, variable, value);
        pending.emplace_back(elements.atoms.substitute(index, *variable.asAtom(), value), next);
      }
      continue;
    }
    double weight = part.scale;
    for (const Term &constant : part.constants) {
      std::optional<double> number = numberOf(elements, constant);
      if (!number)
        return false;
      weight *= *number;
    }
    std::optional<int64_t> place = index.constant();
    if (!place || *place < 0 || *place >= entries)
      return false;
    weights[*place] += weight;
  }
  return true;
}

/// Puts numbers in place of a variable.
bool ImportanceMatcher::unroll(const Term &term, const Factor &factor, const Poly &variable) {
  std::optional<int64_t> extent = elements.atoms.extent(variable)->constant();
  if (!extent)
    return false;
  for (int64_t value = 0; value < *extent; ++value) {
    Factor part = factor;
    part.variables.erase(llvm::find(part.variables, variable));
    for (Term &constant : part.constants)
      constant = elements.substitute(constant, variable, value);
    if (!expand(elements.substitute(term, variable, value), part))
      return false;
  }
  return true;
}

bool ImportanceMatcher::expand(const Term &term, Factor factor) {
  if (std::optional<double> number = numberOf(elements, term))
    return *number == 0; // a constant that is added is no importance
  if (auto sum = elements.operands<arith::AddFOp>(term))
    return expand((*sum)[0], factor) && expand((*sum)[1], factor);
  if (auto product = elements.operands<arith::MulFOp>(term)) {
    for (int side = 0; side < 2; ++side) {
      const Term &constant = (*product)[side];
      if (std::optional<double> number = numberOf(elements, constant)) {
        factor.scale *= *number;
        return *number == 0 || expand((*product)[1 - side], factor);
      }
      // An element of a matrix: known where the variables are.
      Term root = elements.normal(constant);
      bool isMatrix = root.isElement() && root.value.getDefiningOp() &&
                      root.value.getDefiningOp()->hasTrait<OpTrait::ConstantLike>();
      if (!isMatrix)
        continue;
      factor.constants.push_back(root);
      return expand((*product)[1 - side], factor);
    }
    // Neither is a constant yet: where both change with a variable, one may be for each of its values.
    for (const Poly &variable : factor.variables)
      if (elements.dependsOn((*product)[0], variable) && elements.dependsOn((*product)[1], variable))
        return unroll(term, factor, variable);
    return false;
  }
  if (auto quotient = elements.operands<arith::DivFOp>(term))
    if (std::optional<double> number = numberOf(elements, (*quotient)[1]); number && *number > 0) {
      factor.scale /= *number;
      return expand((*quotient)[0], factor);
    }
  if (auto sum = elements.fold<arith::AddFOp>(term)) {
    llvm::append_range(factor.variables, sum->variables);
    return expand(sum->operand, factor);
  }
  Term root = elements.normal(term);
  if (root.isElement() && root.value.getDefiningOp<AttentionOp>())
    return expandAttention(root, factor);
  bool isProbability = false;
  std::optional<Poly> entry = entryOf(root, factor, isProbability);
  if (!entry) {
    if (!isProbability)
      for (const Poly &variable : factor.variables)
        if (elements.dependsOn(term, variable))
          return unroll(term, factor, variable);
    return false;
  }
  return addWeights(*entry, factor);
}

bool ImportanceMatcher::match(const Term &score, int64_t gamma, const Poly &s) {
  query = s;
  weights.clear();
  reason = "the importance of blocks is no sum of the probabilities of the compressed branch";
  if (!expand(score, {}))
    return false;
  reason = "the importance of blocks does not weigh compressed blocks by the tokens that they share";
  int64_t perBlock = block / stride, perEntry = length / stride;
  for (int64_t i = 0; i < entries; ++i) {
    int64_t overlap = 0; // how many (m, n) have perBlock · gamma + m − n = i
    for (int64_t m = 0; m < perBlock; ++m) {
      int64_t n = perBlock * gamma + m - i;
      overlap += n >= 0 && n < perEntry;
    }
    double weight = weights.count(i) ? weights[i] : 0;
    if (overlap && factorOfAll == 0)
      factorOfAll = weight / overlap;
    if (std::abs(weight - overlap * factorOfAll) > 1e-6 * std::abs(factorOfAll) || (overlap && !(weight > 0)))
      return false;
  }
  return true;
}

double ImportanceMatcher::bound() const {
  // Probabilities of a head are 1 in sum, and no entry counts more than the shorter of the two blocks is long.
  return frame.group * static_cast<double>(std::min(block, length) / stride) * factorOfAll * (1 + 1e-3);
}
