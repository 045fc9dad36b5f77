//===- ExpertsCapacity.cpp - Experts with a slot for each of their tokens -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With a capacity each expert has slots, of which the pair p of token and choice,
// whose expert is key[p], takes the one that says how many pairs before p have the
// same expert: slot(p) = Σ_{q ≤ p} [key[q] = key[p]] − 1. No two pairs are in one
// slot of one expert, so what the slot of p holds is the token of p; and no pair is
// dropped if there are as many slots as an expert can have tokens.
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Whether all that `term` is copied from holds any count of pairs exactly.
static bool isExact(Elements &elements, const Term &term) {
  return llvm::all_of(elements.chain(term), [](const Term &term) {
    Type type = getElementTypeOrSelf(term.value.getType());
    return type.isIndex() || (type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 32);
  });
}

/// The only product that `term`, a sum of choices, is once these are made.
static std::optional<Summand> onlyChoice(SumOfProducts &sums, const Term &term) {
  Summand summand;
  summand.factors = {term};
  std::optional<std::vector<Summand>> all = sums.choices(summand);
  if (!all || all->size() != 1 || all->front().scale != 1 || !all->front().divisors.empty() ||
      !all->front().conditions.empty())
    return std::nullopt;
  return all->front();
}

/// The element of a cumulative sum that `term` is, with what is added to it.
static std::optional<std::pair<Term, double>> sumIn(Elements &elements, SumOfProducts &sums, const Term &term) {
  if (!isExact(elements, term))
    return std::nullopt;
  Term root = elements.normal(term);
  auto beside = [&](const Term &rest, double added) {
    auto found = sumIn(elements, sums, rest);
    if (found)
      found->second += added;
    return found;
  };
  if (root.isElement()) {
    if (root.value.getDefiningOp<CumSumOp>())
      return std::make_pair(root, 0.0);
    std::optional<Summand> chosen = onlyChoice(sums, root);
    if (!chosen || !chosen->unsignedIndices.empty() || !sums.resolve(*chosen) || !chosen->variables.empty() ||
        !chosen->equalities.empty() || !chosen->guards.empty() || chosen->factors.size() != 1 ||
        elements.normal(chosen->factors[0]) == root)
      return std::nullopt;
    return sumIn(elements, sums, chosen->factors[0]);
  }
  Operation *op = root.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  auto operand = [&](unsigned i) { return Term{op->getOperand(i), root.index}; };
  if (isa<arith::FPToSIOp, arith::SIToFPOp, arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op))
    return sumIn(elements, sums, operand(0));
  if (isa<arith::AddFOp, arith::AddIOp>(op))
    for (int side = 0; side < 2; ++side)
      if (std::optional<double> number = elements.constant(operand(side)))
        return beside(operand(1 - side), *number);
  if (isa<arith::SubFOp, arith::SubIOp>(op))
    if (std::optional<double> number = elements.constant(operand(1)))
      return beside(operand(0), -*number);
  return std::nullopt;
}

/// `term` without casts to an integer, and what these do with numbers that are none.
static Term withoutCasts(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (isa_and_nonnull<arith::FPToSIOp, arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>(op) &&
      !op->getOperand(0).getType().isInteger(1))
    return withoutCasts(elements, {op->getOperand(0), root.index});
  auto select = dyn_cast_or_null<arith::SelectOp>(op);
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>() : nullptr;
  if (!compare)
    return root;
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  std::optional<double> limit = elements.constant({compare.getRhs(), root.index});
  constexpr double large = 1U << 31; // no count is
  if (predicate != P::UNO &&
      !(limit && ((predicate == P::OLT && *limit <= -large) || (predicate == P::OGE && *limit >= large))))
    return root;
  return withoutCasts(elements, {select.getFalseValue(), root.index});
}

std::optional<std::pair<Term, std::pair<Poly, Poly>>> hadal::raise::maskedSlot(Elements &elements,
                                                                               const Term &condition) {
  Term root = elements.normal(condition);
  auto compare = root.isElement() ? nullptr : root.value.getDefiningOp<arith::CmpIOp>();
  if (!compare || compare.getPredicate() != arith::CmpIPredicate::eq || compare.getLhs().getType().isInteger(1))
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    auto select = elements.operands<arith::SelectOp>(withoutCasts(elements, {compare->getOperand(side), root.index}));
    std::optional<double> otherwise = select ? elements.constant((*select)[2]) : std::nullopt;
    Poly target = otherwise && *otherwise <= -1 ? elements.integer({compare->getOperand(1 - side), root.index}) : -1;
    if (elements.atoms.isNonNegative(target))
      return std::make_pair((*select)[0], std::make_pair(elements.integer((*select)[1]), target));
  }
  return std::nullopt;
}

std::optional<ExpertSlot> ExpertSlot::get(Elements &elements, SumOfProducts &sums, const Poly &slot) {
  std::optional<ExpertSlot> result = countIn(elements, sums, slot);
  if (!result || result->keyAt(elements, result->pair) != result->expert)
    return std::nullopt;
  return result;
}

Poly ExpertSlot::keyAt(Elements &elements, const Poly &pair) const {
  return elements.atoms.substitute(key, *anyPair.asAtom(), pair);
}

std::optional<ExpertSlot> ExpertSlot::countIn(Elements &elements, SumOfProducts &sums, const Poly &slot) {
  Atoms &atoms = elements.atoms;
  auto origin = atoms.origin(slot);
  auto found = origin ? sumIn(elements, sums, {origin->first, origin->second}) : std::nullopt;
  if (!found)
    return std::nullopt;
  const Term &element = found->first;
  auto sum = element.value.getDefiningOp<CumSumOp>();
  int64_t axis = sum.getAxis();
  if (sum.getReverse() || element.index.size() != 2 || found->second != (sum.getExclusive() ? 0 : -1))
    return std::nullopt;
  ExpertSlot result;
  result.sum = sum;
  result.pair = element.index[axis];
  result.expert = element.index[1 - axis];
  // What is summed says whether the pair has the expert.
  Indices at = elements.variables(sum.getX());
  result.anyPair = at[axis];
  std::optional<Summand> flag = onlyChoice(sums, {sum.getX(), at});
  if (!flag || !flag->unsignedIndices.empty() || !result.anyPair.asAtom() || !flag->variables.empty() ||
      !flag->factors.empty() || flag->equalities.size() != 1)
    return std::nullopt;
  auto [key, expert] = flag->equalities.front();
  if (key == at[1 - axis])
    std::swap(key, expert);
  if (expert != at[1 - axis] || !expert.asAtom() || atoms.dependsOn(key, *expert.asAtom()))
    return std::nullopt;
  result.key = key;
  return result;
}

bool ExpertSlot::fits(Elements &elements, const Poly &capacity, const Poly &tokens) const {
  Atoms &atoms = elements.atoms;
  Poly pairs = *atoms.extent(anyPair);
  if (atoms.isNonNegative(capacity - pairs))
    return true;
  // A token that chooses no expert twice is in one of its slots at most.
  if (!atoms.isNonNegative(capacity - tokens) || pairs.getTerms().empty() || tokens.getTerms().empty())
    return false;
  Poly choices(pairs.getTerms().begin()->second / tokens.getTerms().begin()->second);
  if (tokens * choices != pairs)
    return false;
  Poly token = atoms.var(tokens), choice = atoms.var(choices);
  if (!choice.asAtom())
    return true;
  for (const Poly &place : {choice * tokens + token, token * choices + choice}) {
    auto origin = atoms.origin(keyAt(elements, place));
    if (origin && isa_and_nonnull<TopKOp, RouteOp>(origin->first.getDefiningOp()) && !origin->second.empty() &&
        origin->second.back() == choice && llvm::none_of(ArrayRef(origin->second).drop_back(), [&](const Poly &index) {
          return atoms.dependsOn(index, *choice.asAtom());
        }))
      return true;
  }
  return false;
}

std::optional<Term> ExpertSlot::held(Elements &elements, SumOfProducts &sums, const Term &row) const {
  auto total = elements.fold<arith::AddFOp>(row);
  std::optional<Summand> chosen = total ? onlyChoice(sums, total->operand) : std::nullopt;
  if (!chosen || chosen->equalities.size() != 2 || chosen->factors.size() != 1)
    return std::nullopt;
  llvm::append_range(chosen->variables, total->variables);
  for (int i = 0; i < 2; ++i)
    for (bool swaps : {false, true}) {
      Poly other, mine;
      std::tie(other, mine) = chosen->equalities[i];
      auto [otherExpert, myExpert] = chosen->equalities[1 - i];
      if (swaps)
        std::swap(other, mine);
      std::optional<ExpertSlot> one = get(elements, sums, mine);
      std::optional<ExpertSlot> two = one && one->isLike(*this) ? countIn(elements, sums, other) : std::nullopt;
      if (!two || two->sum != sum)
        continue;
      Poly key = two->keyAt(elements, two->pair);
      if (otherExpert != key)
        std::swap(otherExpert, myExpert);
      if (otherExpert != key || myExpert != expert || (two->expert != key && two->expert != expert))
        continue;
      if (llvm::any_of(chosen->unsignedIndices, [&](const Poly &index) { return index != mine && index != other; }))
        return std::nullopt;
      // The same expert and the same slot: the same pair.
      chosen->equalities.emplace_back(two->pair, pair);
      if (!sums.resolve(*chosen) || !chosen->variables.empty() || !chosen->equalities.empty() ||
          !chosen->guards.empty())
        return std::nullopt;
      return chosen->factors.front();
    }
  return std::nullopt;
}
