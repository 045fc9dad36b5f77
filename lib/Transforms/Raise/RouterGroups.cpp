//===- RouterGroups.cpp - Groups of experts that are kept ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Router.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

Indices RouterIndices::rowsOf(Elements &elements, Value tensor, int64_t trailing) const {
  std::vector<Poly> sizes = elements.sizesOf(tensor);
  sizes.resize(sizes.size() - trailing);
  return elements.atoms.delinearize(row, sizes);
}

//===----------------------------------------------------------------------===//
// The mask
//===----------------------------------------------------------------------===//

/// The only thing that the i1 `term` asks of data.
static std::optional<Literal> onlyLiteral(Elements &elements, const Term &term) {
  if (elements.equality(term))
    return Literal{elements.normal(term), false};
  auto sides = elements.operands<arith::CmpFOp>(term); // a bit as a number, compared with a constant
  for (int side = 0; sides && side < 2; ++side)
    if (auto flag = elements.operands<arith::UIToFPOp>((*sides)[side]);
        flag && (*flag)[0].value.getType().isInteger(1)) {
      Term number = elements.normal((*sides)[side]);
      std::optional<double> yes = elements.evaluate(term, number, 1), no = elements.evaluate(term, number, 0);
      std::optional<Literal> literal = onlyLiteral(elements, (*flag)[0]);
      if (!yes || !no || *yes == *no || !literal)
        return std::nullopt;
      literal->negated ^= *no != 0;
      return literal;
    }
  Condition condition = elements.condition(term);
  if (condition.never || condition.isKnown())
    return std::nullopt;
  if (!condition.atLeastZero.empty() || condition.literals.size() != 1)
    return std::nullopt;
  return condition.literals.front();
}

/// When a float is 1, if it is 0 elsewhere.
static std::optional<Literal> matchBit(Elements &elements, const Term &term) {
  if (auto flag = elements.operands<arith::UIToFPOp>(term); flag && (*flag)[0].value.getType().isInteger(1))
    return onlyLiteral(elements, (*flag)[0]);
  if (auto select = elements.operands<arith::SelectOp>(term)) {
    bool isNegated = elements.isConstant((*select)[1], 0);
    if (!elements.isConstant((*select)[isNegated ? 2 : 1], 1) || !elements.isConstant((*select)[isNegated ? 1 : 2], 0))
      return std::nullopt;
    std::optional<Literal> literal = onlyLiteral(elements, (*select)[0]);
    if (literal)
      literal->negated ^= isNegated;
    return literal;
  }
  return elements.isIndicator(term) ? std::optional<Literal>(Literal{elements.normal(term), true}) : std::nullopt;
}

RouterChoice hadal::raise::matchRouterChoice(Elements &elements, const Term &ranked) {
  RouterChoice plain{ranked, std::nullopt, 0};
  if (auto select = elements.operands<arith::SelectOp>(ranked)) {
    std::optional<Literal> kept = onlyLiteral(elements, (*select)[0]);
    std::optional<double> yes = elements.constant((*select)[1]), no = elements.constant((*select)[2]);
    if (!kept || yes.has_value() == no.has_value())
      return plain;
    if (yes)
      kept->negated ^= true;
    return {(*select)[yes ? 2 : 1], kept, yes ? *yes : *no};
  }
  if (auto product = elements.operands<arith::MulFOp>(ranked))
    for (int side = 0; side < 2; ++side)
      if (std::optional<Literal> kept = matchBit(elements, (*product)[side]))
        return {(*product)[1 - side], kept, 0};
  if (auto sum = elements.operands<arith::AddFOp>(ranked))
    for (int side = 0; side < 2; ++side) {
      bool isFinite = false;
      std::optional<Condition> mask = elements.additiveMask((*sum)[side], isFinite);
      if (std::optional<Literal> kept = mask && !mask->never && mask->atLeastZero.empty() && mask->literals.size() == 1
                                            ? std::optional<Literal>(mask->literals.front())
                                            : std::nullopt)
        return {(*sum)[1 - side], kept, -std::numeric_limits<double>::infinity()};
    }
  return plain;
}

//===----------------------------------------------------------------------===//
// The groups
//===----------------------------------------------------------------------===//

/// The tensor of which `term` is one of the largest, and which: the element `place` of the largest along its last
/// dimension.
static Value matchBest(Elements &elements, const Term &term, const RouterIndices &at, const Poly &group,
                       const Poly &place) {
  Term root = elements.normal(term);
  auto topk = root.value.getDefiningOp<TopKOp>();
  if (!topk || !topk.getLargest() || root.value != topk.getValues() || topk.getX().getType().getRank() < 2)
    return nullptr;
  Indices index = at.rowsOf(elements, topk.getX(), 2);
  index.push_back(group);
  index.push_back(place);
  return root.index == index ? topk.getX() : nullptr;
}

/// How `score` is made of the choices of the group `group`.
static std::optional<GroupScore> matchGroupScore(Elements &elements, const RouterIndices &at, const Term &score,
                                                 const Term &choice, const Poly &group, int64_t size) {
  Poly member = elements.atoms.var(size);
  Term expected = elements.substitute(choice, at.expert, group * size + member);
  auto isChoice = [&](const Term &term) { return elements.same(expected, term); };
  auto isRanked = [&](Value tensor) {
    if (!tensor)
      return false;
    Indices index = at.rowsOf(elements, tensor, 2);
    index.push_back(group);
    index.push_back(member);
    return isChoice({tensor, index});
  };
  if (size == 1 && isChoice(score))
    return GroupScore::Max;
  if (std::optional<Elements::Reduction> best = elements.maximum(score, member); best && isChoice(best->operand))
    return GroupScore::Max;
  if (isRanked(matchBest(elements, score, at, group, 0)))
    return GroupScore::Max;
  if (std::optional<Elements::Reduction> sum = elements.sum(score))
    if (elements.atoms.extent(sum->variable) == Poly(2) &&
        isRanked(matchBest(elements, sum->operand, at, group, sum->variable)))
      return GroupScore::Sum2;
  if (auto sum = elements.operands<arith::AddFOp>(score))
    for (int first = 0; first < 2; ++first) {
      Value a = matchBest(elements, (*sum)[first], at, group, 0);
      Value b = matchBest(elements, (*sum)[1 - first], at, group, 1);
      if (a && b && isRanked(a) && isRanked(b))
        return GroupScore::Sum2;
    }
  // Their mean ranks as their sum does.
  Product product = elements.product(score);
  if (product.isPlain() && product.numerators.size() == 1 && product.scale > 0 && product.scale != 1)
    return matchGroupScore(elements, at, product.numerators.front(), choice, group, size);
  return std::nullopt;
}

std::optional<RouterGroups> hadal::raise::matchRouterGroups(Elements &elements, const RouterIndices &at,
                                                            const RouterChoice &choice, RouterMiss &miss) {
  std::optional<Membership> member = elements.membership(*choice.kept);
  auto chosen = member ? elements.atoms.origin(elements.integer(member->index)) : std::nullopt;
  auto topk = chosen ? chosen->first.getDefiningOp<TopKOp>() : nullptr;
  if (!topk || chosen->first != topk.getIndices()) {
    miss.reason = "the ranked scores are masked by something that is no choice of groups";
    return std::nullopt;
  }
  if (member->negated || !topk.getLargest()) {
    miss.reason = "the groups of the largest scores are not those that are kept";
    return std::nullopt;
  }
  int64_t experts = elements.atoms.extent(at.expert)->constant().value_or(0);
  std::optional<int64_t> groups = elements.sizeOf(topk.getX(), topk.getX().getType().getRank() - 1).constant();
  std::optional<Poly> extent = elements.atoms.extent(member->j);
  std::optional<int64_t> kept = extent ? extent->constant() : std::nullopt;
  if (!groups || *groups < 1 || experts % *groups || !kept || *kept < 1 || *kept > *groups) {
    miss.reason = "the number of groups, or of kept ones, is not known or does not divide the experts";
    return std::nullopt;
  }
  int64_t size = experts / *groups;
  Indices expected = at.rowsOf(elements, topk.getX(), 1);
  expected.push_back(member->j); // the best ones, where there are more
  if (chosen->second != expected || member->target != elements.atoms.divMod(at.expert, size).first) {
    miss.reason = "an expert's group is not its number divided by the size of a group";
    return std::nullopt;
  }
  RouterGroups result{*groups, *kept, GroupScore::Max};
  if (*kept == *groups)
    return RouterGroups();
  Poly group = elements.atoms.var(*groups);
  Term score{topk.getX(), at.rowsOf(elements, topk.getX(), 1)};
  score.index.push_back(group);
  std::optional<GroupScore> by = matchGroupScore(elements, at, score, choice.choice, group, size);
  if (!by) {
    miss.reason = "a group's score is neither its largest choice nor the sum of its two largest";
    return std::nullopt;
  }
  result.score = *by;
  return result;
}
