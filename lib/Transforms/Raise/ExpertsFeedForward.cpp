//===- ExpertsFeedForward.cpp - One expert, as factors of a product -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpertsMatcher.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::vector<unsigned> hadal::raise::choicesIn(Elements &elements, const Term &weight, ArrayRef<Poly> known) {
  std::vector<unsigned> result;
  for (const Poly &index : weight.index)
    for (const auto &[monomial, coefficient] : index.getTerms())
      for (unsigned atom : monomial)
        if (!llvm::is_contained(known, Poly::atom(atom)) && !elements.atoms.dimension(atom) &&
            !llvm::is_contained(result, atom))
          result.push_back(atom);
  return result;
}

std::optional<Linear> MoeMatcher::matchLinear(const Term &term, const Poly &hidden, std::optional<int64_t> constant) {
  Term root = elements.normal(term);
  if (auto sides = elements.operands<arith::AddFOp>(root)) {
    for (int side = 0; side < 2; ++side) {
      Term bias = elements.normal((*sides)[1 - side]);
      if (!bias.isElement() || elements.constant(bias) || elements.fold<arith::AddFOp>(bias))
        continue;
      std::optional<Linear> linear = matchLinear((*sides)[side], hidden, constant);
      if (!linear || linear->bias || llvm::any_of(bias.index, [&](const Poly &index) {
            return llvm::any_of(rows, [&](const Poly &row) { return row.asAtom() && index.uses(*row.asAtom()); });
          }))
        continue;
      linear->bias = bias;
      return linear;
    }
    return std::nullopt;
  }
  if (constant)
    if (const SortedRows::Groups *groups = sorted.groups(root); groups && groups->expert == choice)
      return matchLinear(sorted.part(root, *groups, *constant), hidden, constant);
  auto total = elements.fold<arith::AddFOp>(root);
  if (!total)
    return std::nullopt;
  Product product = elements.product(total->operand);
  if (product.scale != 1 || !product.denominators.empty() || product.numerators.size() != 2)
    return std::nullopt;
  for (size_t i = 0; i < total->variables.size() && !product.conditions.empty(); ++i) {
    Poly variable = total->variables[i];
    std::optional<Poly> expert = sorted.expertOf(product.conditions, variable);
    if (!expert)
      continue;
    for (Term &factor : product.numerators)
      factor = elements.substitute(factor, variable, *expert);
    total->variables.erase(total->variables.begin() + i);
    break;
  }
  if (total->variables.size() != 1 || !product.conditions.empty())
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    Term weight = elements.normal(product.numerators[side]), row = product.numerators[1 - side];
    if (!weight.isElement() || !elements.dependsOn(weight, hidden) || elements.dependsOn(row, hidden))
      continue;
    return Linear{row, weight, total->variables.front(), std::nullopt};
  }
  return std::nullopt;
}

/// Whether two lists hold the same terms.
static bool sameTerms(Elements &elements, ArrayRef<Term> a, ArrayRef<Term> b) {
  std::vector<Term> left(b.begin(), b.end());
  for (const Term &term : a) {
    auto it = llvm::find_if(left, [&](const Term &other) { return elements.same(term, other); });
    if (it == left.end())
      return false;
    left.erase(it);
  }
  return left.empty();
}

bool hadal::raise::sameWeights(Elements &elements, const Part &a, const Part &b) {
  return sameTerms(elements, a.weights, b.weights) && sameTerms(elements, a.weightDivisors, b.weightDivisors);
}

std::optional<FeedForward> MoeMatcher::matchExpert(const Part &part, const Part *bias, std::string &reason) {
  auto linear = [&](const Term &term) { return matchLinear(term, *part.hidden, part.constant); };
  GatedMatcher matcher(elements, linear);
  std::optional<Gated> gated = matcher.match(part.activated, part.activatedDivisors, part.summand.scale, reason);
  if (!gated)
    return std::nullopt;
  if (gated->up) {
    Poly sum = gated->up->sum;
    if (elements.atoms.extent(sum) != elements.atoms.extent(gated->gate.sum)) {
      reason = "gate and up are products over different sizes";
      return std::nullopt;
    }
    gated->up->row = elements.substitute(gated->up->row, sum, gated->gate.sum);
    gated->up->weight = elements.substitute(gated->up->weight, sum, gated->gate.sum);
    gated->up->sum = gated->gate.sum;
    if (!elements.same(gated->gate.row, gated->up->row)) {
      reason = "gate and up are of different tokens";
      return std::nullopt;
    }
  }
  if (part.slot) {
    SumOfProducts sums(elements, tokens);
    std::optional<Term> row = part.slot->held(elements, sums, gated->gate.row);
    if (!row) {
      reason = "the experts are not given the tokens that their slots are of";
      return std::nullopt;
    }
    gated->gate.row = *row;
    if (gated->up)
      gated->up->row = *row;
  }
  FeedForward result{*gated, *part.hidden, part.leaf, std::nullopt};
  if (bias) {
    result.downBias = bias->leaf;
    if (!sameWeights(elements, part, *bias) || std::abs(bias->summand.scale - gated->scale) > 1e-6) {
      reason = "the last bias has another weight than the expert";
      return std::nullopt;
    }
  }
  if (part.constant)
    result.substitute(elements, choice, Poly(*part.constant));
  // All weights are of the expert that was chosen.
  std::vector<Poly> known{out, *part.hidden, gated->gate.sum};
  std::vector<Term> all{result.gated.gate.weight, result.down};
  for (const std::optional<Term> &term : {result.gated.gate.bias, result.downBias})
    if (term)
      all.push_back(*term);
  if (const std::optional<Linear> &up = result.gated.up) {
    all.push_back(up->weight);
    if (up->bias)
      all.push_back(*up->bias);
  }
  for (const Term &weight : all) {
    std::vector<unsigned> atoms = choicesIn(elements, weight, known);
    if (part.constant ? !atoms.empty() : atoms != std::vector<unsigned>{*choice.asAtom()}) {
      reason = "gate, up and down belong to different experts";
      return std::nullopt;
    }
  }
  return result;
}
