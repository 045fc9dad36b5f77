//===- Selection.cpp - Keys that are chosen by their scores --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Selection.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A number that hides a score that it stands for.
static bool hides(std::optional<double> fill) { return fill && *fill <= -1e30; }

/// Splits select(condition, score, fill) into the step and what it is applied to.
static std::optional<Term> takeFill(Elements &elements, const Term &term, MaskPart &part) {
  auto select = elements.operands<arith::SelectOp>(term);
  for (int kept : {1, 2}) {
    std::optional<double> fill = select ? elements.constant((*select)[3 - kept]) : std::nullopt;
    if (!hides(fill))
      continue;
    part = {(*select)[0], kept == 2, 1, *fill};
    return (*select)[kept];
  }
  return std::nullopt;
}

/// bit · fill or (1 − bit) · fill with an i1 as a float: the step that hides by `fill`.
static bool takeBit(Elements &elements, const Term &term, MaskPart &part) {
  auto product = elements.operands<arith::MulFOp>(term);
  for (int side = 0; product && side < 2; ++side) {
    std::optional<double> fill = elements.constant((*product)[side]);
    if (!hides(fill))
      continue;
    Term bit = (*product)[1 - side];
    auto flipped = elements.operands<arith::SubFOp>(bit);
    bool isFlipped = flipped && elements.isConstant((*flipped)[0], 1.0);
    auto cast = elements.operands<arith::UIToFPOp>(isFlipped ? (*flipped)[1] : bit);
    if (!cast || !(*cast)[0].value.getType().isInteger(1) || std::isinf(*fill)) // 0 · ∞ is no number
      continue;
    part = {(*cast)[0], !isFlipped, 1, *fill};
    return true;
  }
  return false;
}

static void takeParts(Elements &elements, const Term &mask, std::vector<MaskPart> &parts) {
  MaskPart part;
  if (elements.isConstant(mask, 0.0))
    return;
  if (std::optional<Term> before = takeFill(elements, mask, part)) {
    takeParts(elements, *before, parts);
    parts.push_back(part);
  } else if (takeBit(elements, mask, part)) {
    parts.push_back(part);
  } else if (auto sum = elements.operands<arith::AddFOp>(mask)) {
    takeParts(elements, (*sum)[0], parts);
    takeParts(elements, (*sum)[1], parts);
  } else {
    parts.push_back({mask});
  }
}

/// A part that is a sum of floats, of which one is select(c, 0, −∞), adds −∞ or nothing: the order does not matter.
/// A select that hides by a finite number and whose other side is no 0 must come after what it covers; where it is a
/// summand beside others, it is one float.
std::vector<MaskPart> hadal::raise::maskParts(Elements &elements, const Term &mask) {
  std::vector<MaskPart> parts;
  if (getElementTypeOrSelf(mask.value.getType()).isInteger(1))
    return {{mask}};
  auto sum = elements.operands<arith::AddFOp>(mask);
  if (!sum) {
    takeParts(elements, mask, parts);
    return parts;
  }
  for (const Term &summand : *sum) {
    MaskPart part;
    std::optional<Term> before = takeFill(elements, summand, part);
    bool isInfinite = before && std::isinf(part.fill) && elements.isConstant(*before, 0.0);
    if (isInfinite)
      parts.push_back(part);
    else if (elements.operands<arith::AddFOp>(summand))
      llvm::append_range(parts, maskParts(elements, summand));
    else if (!elements.isConstant(summand, 0.0))
      parts.push_back({summand});
  }
  return parts;
}

std::vector<MaskPart> hadal::raise::conjuncts(Elements &elements, const MaskPart &part) {
  if (!part.isCondition())
    return {part};
  std::vector<MaskPart> result;
  auto visit = [&](const Term &side, bool negated) {
    MaskPart conjunct{side, negated, part.factor, part.fill};
    llvm::append_range(result, conjuncts(elements, conjunct));
  };
  if (auto flipped = elements.operands<arith::XOrIOp>(part.term)) {
    for (int side = 0; side < 2; ++side)
      if (elements.isConstant((*flipped)[side], 1.0)) {
        visit((*flipped)[1 - side], !part.negated);
        return result;
      }
  } else if (auto both = part.negated ? elements.operands<arith::OrIOp>(part.term)
                                      : elements.operands<arith::AndIOp>(part.term)) {
    visit((*both)[0], part.negated);
    visit((*both)[1], part.negated);
    return result;
  } else if (auto select = elements.operands<arith::SelectOp>(part.term);
             select && elements.isConstant((*select)[2], 0.0) && !part.negated) {
    visit((*select)[0], false);
    visit((*select)[1], false);
    return result;
  }
  return {part};
}

/// C of a count C, or min(C, number of candidates).
static std::optional<int64_t> countOf(Elements &elements, TopKOp topk, const Poly &candidates) {
  Value k = topk.getK();
  while (auto cast = k.getDefiningOp<arith::IndexCastOp>())
    k = cast.getIn();
  if (std::optional<int64_t> constant = elements.valueOf(k).constant())
    return constant;
  std::optional<int64_t> least;
  auto take = [&](const Poly &poly) {
    if (std::optional<int64_t> constant = poly.constant())
      least = least ? std::min(*least, *constant) : *constant;
    return poly.constant() || poly == candidates;
  };
  if (isa_and_nonnull<arith::MinSIOp, arith::MinUIOp>(k.getDefiningOp())) {
    for (Value side : k.getDefiningOp()->getOperands())
      if (!take(elements.integer({side, {}})))
        return std::nullopt;
    return least;
  }
  auto smallest = k.getDefiningOp<affine::AffineMinOp>();
  if (!smallest)
    return std::nullopt;
  for (AffineExpr expr : smallest.getMap().getResults()) {
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    std::optional<Poly> side = constant ? std::optional<Poly>(constant.getValue()) : std::nullopt;
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      side = elements.valueOf(smallest.getSymbolOperands()[symbol.getPosition()]);
    else if (auto dim = dyn_cast<AffineDimExpr>(expr))
      side = elements.valueOf(smallest.getDimOperands()[dim.getPosition()]);
    if (!side || !take(*side))
      return std::nullopt;
  }
  return least;
}

std::optional<Choice> hadal::raise::choiceOf(Elements &elements, const Poly &index, const Poly &target) {
  auto origin = elements.atoms.origin(index);
  auto topk = origin ? origin->first.getDefiningOp<TopKOp>() : nullptr;
  if (!topk || origin->first != topk.getIndices() || !topk.getLargest())
    return std::nullopt;
  int64_t last = topk.getX().getType().getRank() - 1;
  Poly candidates = elements.sizeOf(topk.getX(), last);
  std::optional<int64_t> count = countOf(elements, topk, candidates);
  if (!count || *count < 1 || elements.atoms.extent(target) != candidates)
    return std::nullopt;
  Choice choice{topk, {topk.getX(), origin->second}, *count};
  choice.scores.index[last] = target;
  return choice;
}

std::optional<Choice> hadal::raise::findChoice(Elements &elements, const MaskPart &part, const Poly &target) {
  Literal literal{part.term, part.negated};
  if (!part.isCondition()) {
    bool isFinite = false;
    std::optional<Condition> condition = elements.additiveMask(part.term, isFinite);
    if (!condition || !condition->atLeastZero.empty() || condition->literals.size() != 1)
      return std::nullopt;
    literal = condition->literals.front();
  }
  std::optional<Membership> member = elements.membership(literal);
  if (!member || member->negated || member->target != target)
    return std::nullopt;
  std::optional<Choice> choice = choiceOf(elements, elements.integer(member->index), target);
  if (!choice)
    return std::nullopt;
  // All that was chosen is meant: the last index runs over all of it.
  auto origin = elements.atoms.origin(elements.integer(member->index));
  bool isWhole = origin->second.back() == member->j &&
                 elements.atoms.extent(member->j) ==
                     elements.sizeOf(choice->topk.getIndices(), choice->topk.getX().getType().getRank() - 1);
  return isWhole ? choice : std::nullopt;
}

std::optional<IndexerChoice> hadal::raise::findIndexer(Elements &elements, const Term &scores) {
  MaskPart part;
  if (std::optional<Term> before = takeFill(elements, scores, part)) {
    std::optional<IndexerChoice> inner = findIndexer(elements, *before);
    if (inner)
      inner->masks.push_back(part);
    return inner;
  }
  if (auto sum = elements.operands<arith::AddFOp>(scores)) {
    for (int side = 0; side < 2; ++side)
      if (std::optional<IndexerChoice> inner = findIndexer(elements, (*sum)[side])) {
        llvm::append_range(inner->masks, maskParts(elements, (*sum)[1 - side]));
        return inner;
      }
    return std::nullopt;
  }
  std::vector<Term> numerators, denominators;
  elements.factors(scores, numerators, denominators);
  std::optional<Term> factor;
  for (const Term &numerator : numerators) {
    if (elements.constant(numerator).value_or(0) > 0) // the order stays
      continue;
    if (factor)
      return std::nullopt;
    factor = elements.normal(numerator);
  }
  for (const Term &denominator : denominators)
    if (!(elements.constant(denominator).value_or(0) > 0))
      return std::nullopt;
  auto indexer = factor ? factor->value.getDefiningOp<IndexerScoresOp>() : nullptr;
  if (!indexer)
    return std::nullopt;
  return IndexerChoice{indexer, factor->index, {}};
}

bool hadal::raise::hideTheSame(Elements &elements, ArrayRef<MaskPart> scores, ArrayRef<MaskPart> attention) {
  std::vector<MaskPart> a, b;
  for (const MaskPart &part : scores)
    llvm::append_range(a, conjuncts(elements, part));
  for (const MaskPart &part : attention)
    llvm::append_range(b, conjuncts(elements, part));
  Condition first = visible(elements, a), second = visible(elements, b);
  if (!implies(elements, first, second) || !implies(elements, second, first))
    return false;
  // What is added and not understood must be added in both.
  auto isAmong = [&](const MaskPart &part, ArrayRef<MaskPart> others) {
    return visible(elements, part) || llvm::any_of(others, [&](const MaskPart &other) {
             return !other.isCondition() && elements.same(part.term, other.term);
           });
  };
  return llvm::all_of(a, [&](const MaskPart &part) { return isAmong(part, b); }) &&
         llvm::all_of(b, [&](const MaskPart &part) { return isAmong(part, a); });
}
