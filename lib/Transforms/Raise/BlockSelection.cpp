//===- BlockSelection.cpp - Which blocks of keys a query sees -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockSelection.h"
#include "Constants.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A score of at most this hides a block: no sum of probabilities or product of vectors of ordinary size is there.
static constexpr double kHidden = -1e9;

std::optional<Poly> BlockGeometry::between(Atoms &atoms, int64_t low, int64_t high) const {
  int64_t begin = std::max<int64_t>(low - offset, 0), end = std::min<int64_t>(high - offset, queries - 1);
  if (begin > end)
    return std::nullopt;
  return atoms.var(end - begin + 1) + begin;
}

Term BlockChoice::score(Elements &elements, const BlockGeometry &geometry, int64_t gamma, const Poly &s) const {
  TopKOp op = topk;
  Term term{op.getX(), row};
  if (geometry.s.asAtom())
    term = elements.substitute(term, geometry.s, s);
  term.index.push_back(gamma);
  return term;
}

std::optional<double> hadal::raise::numberOf(Elements &elements, const Term &term) {
  if (std::optional<double> value = elements.constant(term))
    return value;
  Term root = elements.normal(term);
  if (root.isElement() ||
      !isa_and_nonnull<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::SIToFPOp>(root.value.getDefiningOp()))
    return std::nullopt;
  // Sums of constants and positions, such as 10⁴ − j.
  std::optional<int64_t> value = elements.integer(root).constant();
  return value ? std::optional<double>(*value) : std::nullopt;
}

std::optional<std::pair<double, double>> hadal::raise::numbersOf(Elements &elements, const Term &term) {
  if (std::optional<double> value = numberOf(elements, term))
    return std::make_pair(*value, *value);
  Term root = elements.normal(term);
  std::optional<ConstantNumbers> numbers =
      root.isElement() ? ConstantNumbers::get(root.value) : std::optional<ConstantNumbers>();
  if (!numbers)
    return std::nullopt;
  // All that the index may pick.
  SmallVector<int64_t> begin, size;
  int64_t points = 1;
  for (auto [index, extent] : llvm::zip_equal(root.index, numbers->getType().getShape())) {
    std::optional<int64_t> low = elements.atoms.lowerBound(index), high = elements.atoms.lowerBound(index * -1);
    begin.push_back(std::clamp<int64_t>(low.value_or(0), 0, extent - 1));
    size.push_back(std::clamp<int64_t>(high ? -*high + 1 : extent, begin.back() + 1, extent) - begin.back());
    points *= size.back();
  }
  constexpr int64_t maxPoints = int64_t(1) << 22;
  if (points > maxPoints)
    return std::nullopt;
  SmallVector<int64_t> strides = computeStrides(numbers->getType().getShape()), steps = computeStrides(size);
  std::optional<std::pair<double, double>> result;
  for (int64_t i = 0; i < points; ++i) {
    int64_t position = 0;
    for (auto [place, first, stride] : llvm::zip_equal(delinearize(i, steps), begin, strides))
      position += (first + place) * stride;
    double number = numbers->number(position);
    if (number != number)
      return std::nullopt;
    result = result ? std::make_pair(std::min(result->first, number), std::max(result->second, number))
                    : std::make_pair(number, number);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// The block of `token`: ⌊token / block⌋.
static std::optional<int64_t> blockOf(Elements &elements, const Poly &target, const Poly &token) {
  if (target == token)
    return 1;
  auto quotient = elements.atoms.quotient(target);
  return quotient && quotient->first == token ? quotient->second.constant() : std::nullopt;
}

std::optional<Term> hadal::raise::matchFinite(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  if (auto finite = elements.operands<math::IsFiniteOp>(root))
    return (*finite)[0];
  auto compare = root.isElement() ? nullptr : root.value.getDefiningOp<arith::CmpFOp>();
  if (!compare)
    return std::nullopt;
  auto sides = *elements.operands<arith::CmpFOp>(root);
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  double infinity = std::numeric_limits<double>::infinity();
  bool isBelow = predicate == P::OLT || predicate == P::ONE || predicate == P::UNE;
  bool isAbove = predicate == P::OGT || predicate == P::ONE || predicate == P::UNE;
  for (int side = 0; side < 2; ++side)
    if (auto magnitude = elements.operands<math::AbsFOp>(sides[side]);
        magnitude && elements.isConstant(sides[1 - side], infinity) && (side == 0 ? isBelow : isAbove))
      return (*magnitude)[0];
  // x > −∞: scores are not +∞ where that is asked.
  for (int side = 0; side < 2; ++side)
    if (elements.isConstant(sides[1 - side], -infinity) &&
        (predicate == P::ONE || predicate == P::UNE || predicate == (side == 0 ? P::OGT : P::OLT)))
      return sides[side];
  return std::nullopt;
}

/// The top-k that an index comes from, at `j`.
static bool takeTopK(Elements &elements, const Poly &index, const Poly &j, BlockChoice &choice) {
  auto origin = elements.atoms.origin(index);
  choice.topk = origin ? origin->first.getDefiningOp<TopKOp>() : nullptr;
  if (!choice.topk || origin->first != choice.topk.getIndices() || origin->second.back() != j)
    return false;
  std::optional<Poly> count = elements.atoms.extent(j);
  if (!count || !count->constant())
    return false;
  choice.count = *count->constant();
  choice.row = Indices(origin->second.begin(), origin->second.end() - 1);
  return choice.topk.getLargest();
}

/// any over j of index[j] = block and the value of j is finite, which chooses nothing else: what it leaves out is
/// hidden.
static std::optional<BlockChoice> matchFiniteAny(Elements &elements, const Term &term, const Poly &token) {
  Term hole = term;
  while (true) {
    if (auto cast = elements.operands<arith::TruncIOp>(hole))
      hole = (*cast)[0];
    else if (auto compare = elements.normal(hole).value.getDefiningOp<arith::CmpIOp>();
             compare && compare.getPredicate() == arith::CmpIPredicate::ne &&
             elements.isConstant((*elements.operands<arith::CmpIOp>(hole))[1], 0.0))
      hole = (*elements.operands<arith::CmpIOp>(hole))[0];
    else
      break;
  }
  auto any = elements.fold<arith::OrIOp, arith::MaxSIOp, arith::MaxUIOp>(hole);
  if (!any || any->variables.size() != 1)
    return std::nullopt;
  Term flag = any->operand;
  while (auto cast = elements.operands<arith::ExtUIOp>(flag))
    flag = (*cast)[0];
  auto both = elements.operands<arith::AndIOp>(flag);
  const Poly &j = any->variables.front();
  for (int side = 0; both && side < 2; ++side) {
    auto equal = elements.equality((*both)[side]);
    std::optional<Term> finite = equal ? matchFinite(elements, (*both)[1 - side]) : std::nullopt;
    if (!finite)
      continue;
    for (bool swapped : {false, true}) {
      BlockChoice choice;
      std::optional<int64_t> block = blockOf(elements, swapped ? equal->first : equal->second, token);
      if (!block || !takeTopK(elements, swapped ? equal->second : equal->first, j, choice))
        continue;
      choice.block = *block;
      Indices at = choice.row;
      at.push_back(j);
      Term value = elements.normal(*finite);
      if (value.value == choice.topk.getValues() && value.index == at)
        return choice;
    }
  }
  return std::nullopt;
}

/// score ≥ the last value of a top-k of the scores.
static std::optional<BlockChoice> matchThreshold(Elements &elements, const Literal &literal, const Poly &token,
                                                 const Poly &keys) {
  Term root = elements.normal(literal.term);
  auto compare = root.isElement() ? nullptr : root.value.getDefiningOp<arith::CmpFOp>();
  std::optional<int64_t> tokens = keys.constant();
  if (!compare || !tokens)
    return std::nullopt;
  auto sides = *elements.operands<arith::CmpFOp>(root);
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  bool isLess = predicate == P::OLT || predicate == P::ULT || predicate == P::OLE || predicate == P::ULE;
  bool isStrict = predicate == P::OLT || predicate == P::ULT || predicate == P::OGT || predicate == P::UGT;
  bool isOrder = isLess || isStrict || predicate == P::OGE || predicate == P::UGE;
  if (!isOrder || isStrict != literal.negated) // score ≥ value, or not (score < value)
    return std::nullopt;
  bool scoreIsLeft = isLess == literal.negated;
  Term score = sides[scoreIsLeft ? 0 : 1], value = elements.normal(sides[scoreIsLeft ? 1 : 0]);
  BlockChoice choice;
  choice.topk = value.isElement() ? value.value.getDefiningOp<TopKOp>() : nullptr;
  if (!choice.topk || !choice.topk.getLargest() || value.value != choice.topk.getValues())
    return std::nullopt;
  std::optional<int64_t> last = value.index.back().constant();
  std::optional<int64_t> blocks = elements.sizeOf(choice.topk.getX(), value.index.size() - 1).constant();
  if (!last || !blocks || *blocks < 1)
    return std::nullopt;
  choice.count = *last + 1;
  choice.row = Indices(value.index.begin(), value.index.end() - 1);
  choice.isThreshold = true;
  for (int64_t block = (*tokens + *blocks - 1) / *blocks; (*tokens + block - 1) / block == *blocks; ++block) {
    Term expected{choice.topk.getX(), choice.row};
    expected.index.push_back(elements.atoms.divMod(token, block).first);
    if (!elements.same(score, expected))
      continue;
    choice.block = block;
    return choice;
  }
  return std::nullopt;
}

std::optional<BlockChoice> hadal::raise::matchBlockChoice(Elements &elements, const Literal &literal, const Poly &token,
                                                          const Poly &keys) {
  if (std::optional<Membership> member = elements.membership(literal)) {
    BlockChoice choice;
    std::optional<int64_t> block = blockOf(elements, member->target, token);
    if (member->negated || !block || !takeTopK(elements, elements.integer(member->index), member->j, choice))
      return std::nullopt;
    choice.block = *block;
    return choice;
  }
  if (std::optional<BlockChoice> choice = matchThreshold(elements, literal, token, keys))
    return choice;
  if (literal.negated)
    return std::nullopt;
  // One block is chosen.
  if (auto equal = elements.equality(literal.term))
    for (bool swapped : {false, true}) {
      BlockChoice choice;
      std::optional<int64_t> block = blockOf(elements, swapped ? equal->first : equal->second, token);
      if (!block || !takeTopK(elements, swapped ? equal->second : equal->first, Poly(), choice))
        continue;
      choice.block = *block;
      return choice;
    }
  if (std::optional<BlockChoice> choice = matchFiniteAny(elements, literal.term, token))
    return choice;
  auto either = elements.operands<arith::OrIOp>(literal.term);
  for (int side = 0; either && side < 2; ++side) {
    Condition chosen = elements.condition((*either)[side]);
    if (chosen.never || !chosen.atLeastZero.empty() || chosen.literals.size() != 1)
      continue;
    std::optional<BlockChoice> choice = matchBlockChoice(elements, chosen.literals.front(), token, keys);
    if (!choice || choice->always)
      continue;
    choice->always = (*either)[1 - side];
    return choice;
  }
  return std::nullopt;
}

std::optional<BlockChoice> hadal::raise::matchCausalChoice(Elements &elements, const Condition &visible,
                                                           const Poly &token, BlockGeometry &geometry,
                                                           std::string &reason) {
  std::optional<BlockChoice> choice;
  for (const Literal &literal : visible.literals)
    if ((choice = matchBlockChoice(elements, literal, token, geometry.keys)))
      break;
  if (!choice)
    return std::nullopt;
  if (visible.literals.size() > 1) {
    reason = "the mask has other parts than the choice of blocks and positions";
    return std::nullopt;
  }
  geometry.block = choice->block;
  std::optional<Poly> causal;
  for (const Poly &poly : visible.atLeastZero)
    if (std::optional<int64_t> offset = (poly - geometry.s + token).constant()) {
      causal = poly;
      geometry.offset = *offset;
    }
  if (!causal && geometry.keys == 1) {
    causal = Poly();
    geometry.offset = 0;
  }
  if (!causal) {
    reason = "the keys of chosen blocks are not provably those at or before the query";
    return std::nullopt;
  }
  // Whatever else is asked must follow: for the token r of block j, and queries δ behind it.
  Atoms &atoms = elements.atoms;
  Poly behind = atoms.var(geometry.keys);
  Poly at = atoms.var(geometry.blocks()) * choice->block + atoms.var(choice->block);
  auto follows = [&](Poly poly) {
    if (token.asAtom())
      poly = atoms.substitute(poly, *token.asAtom(), at);
    if (geometry.s.asAtom())
      poly = atoms.substitute(poly, *geometry.s.asAtom(), at + behind - geometry.offset);
    return atoms.isNonNegative(poly);
  };
  for (const Poly &poly : visible.atLeastZero)
    if (!atoms.isNonNegative(poly - *causal) && !follows(poly)) {
      reason = "keys are hidden by more than the choice of blocks and causality";
      return std::nullopt;
    }
  if (geometry.offset < 0 || geometry.offset + geometry.queries > geometry.keys) {
    reason = "queries stand before the first key or behind the last";
    return std::nullopt;
  }
  return choice;
}

//===----------------------------------------------------------------------===//
// What is forced
//===----------------------------------------------------------------------===//

bool hadal::raise::checkForced(Elements &elements, const BlockGeometry &geometry, const BlockChoice &choice,
                               int64_t first, int64_t local, double forced, std::string &reason) {
  int64_t last = geometry.queries - 1 + geometry.offset;
  for (int64_t gamma = 0; gamma < geometry.blocks(); ++gamma) {
    int64_t begin = gamma * geometry.block;
    if (std::optional<Poly> s = geometry.between(elements.atoms, 0, begin - 1)) {
      auto values = numbersOf(elements, choice.score(elements, geometry, gamma, *s));
      if (!values || !(values->second <= kHidden)) {
        reason = "the scores of blocks behind the query are not provably −∞";
        return false;
      }
    }
    int64_t end = gamma < first ? last : begin + local * geometry.block - 1;
    if (std::optional<Poly> s = geometry.between(elements.atoms, begin, end)) {
      auto values = numbersOf(elements, choice.score(elements, geometry, gamma, *s));
      if (!values || !(values->first >= forced)) {
        reason = "the scores of the blocks that are always chosen are not provably above all others";
        return false;
      }
    }
  }
  return true;
}

std::pair<int64_t, int64_t> hadal::raise::countForced(Elements &elements, const BlockGeometry &geometry,
                                                      const BlockChoice &choice) {
  int64_t own = geometry.lastOwn(), first = 0, local = 0;
  auto isForced = [&](int64_t gamma) {
    auto values = numbersOf(elements, choice.score(elements, geometry, gamma, geometry.queries - 1));
    return values && values->first > 0;
  };
  while (local <= own && isForced(own - local))
    ++local;
  while (first < own + 1 - local && isForced(first))
    ++first;
  return {first, local};
}
