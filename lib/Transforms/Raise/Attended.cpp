//===- Attended.cpp - An attention, as an operation or written out --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attended.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::optional<FlatSum> hadal::raise::flatten(Elements &elements, const Term &term,
                                             llvm::function_ref<bool(const Term &, ArrayRef<Poly>)> isLeaf,
                                             ArrayRef<Poly> outer) {
  Product product = elements.product(term);
  FlatSum result;
  result.scale = product.scale;
  if (!product.conditions.empty())
    return std::nullopt;
  for (const Term &divisor : product.denominators) {
    std::optional<int64_t> number = elements.integer(divisor).constant();
    if (!number || *number == 0)
      return std::nullopt;
    result.scale /= *number;
  }
  for (const Term &factor : product.numerators) {
    std::optional<Elements::Fold> sum = elements.fold<arith::AddFOp>(factor);
    if (!sum || isLeaf(factor, outer)) {
      result.factors.push_back(factor);
      continue;
    }
    std::vector<Poly> variables(outer.begin(), outer.end());
    llvm::append_range(variables, sum->variables);
    std::optional<FlatSum> inner = flatten(elements, sum->operand, isLeaf, variables);
    if (!inner)
      return std::nullopt;
    result.scale *= inner->scale;
    llvm::append_range(result.variables, sum->variables);
    llvm::append_range(result.variables, inner->variables);
    llvm::append_range(result.factors, inner->factors);
  }
  return result;
}

/// scale · Σ q · k, or one product where the size is 1.
static std::optional<KeyScores> matchProduct(Elements &elements, const Term &term) {
  KeyScores scores;
  Product product = elements.product(term);
  scores.scale = product.scale;
  if (product.isPlain() && product.numerators.size() == 1) {
    std::optional<Elements::Reduction> sum = elements.sum(product.numerators.front());
    if (!sum)
      return std::nullopt;
    scores.size = sum->variable;
    product = elements.product(sum->operand);
    scores.scale *= product.scale;
  }
  if (!product.isPlain() || product.numerators.size() != 2)
    return std::nullopt;
  scores.q = product.numerators[0];
  scores.k = product.numerators[1];
  return scores;
}

std::optional<KeyScores> hadal::raise::matchKeyScores(Elements &elements, const Term &logit) {
  if (auto select = elements.operands<arith::SelectOp>(logit))
    for (bool hidesWhereTrue : {false, true}) {
      std::optional<double> hidden = elements.constant((*select)[hidesWhereTrue ? 1 : 2]);
      if (!hidden || !(*hidden <= -1e30))
        continue;
      std::optional<KeyScores> scores = matchKeyScores(elements, (*select)[hidesWhereTrue ? 2 : 1]);
      if (!scores)
        return std::nullopt;
      Condition seen = elements.condition((*select)[0]);
      if (hidesWhereTrue)
        seen = elements.negated(seen, (*select)[0]);
      scores->visible = elements.conjunction(scores->visible, seen);
      scores->isFinite |= std::isfinite(*hidden);
      return scores;
    }
  if (auto sum = elements.operands<arith::AddFOp>(logit)) {
    for (int side = 0; side < 2; ++side) {
      bool isFinite = false;
      std::optional<Condition> mask = elements.additiveMask((*sum)[side], isFinite);
      std::optional<KeyScores> scores = mask ? matchKeyScores(elements, (*sum)[1 - side]) : std::nullopt;
      if (!scores)
        continue;
      scores->visible = elements.conjunction(scores->visible, *mask);
      scores->isFinite |= isFinite;
      return scores;
    }
    return std::nullopt;
  }
  return matchProduct(elements, logit);
}

static std::optional<Attended> matchOperation(Elements &elements, AttentionOp op, const Indices &at) {
  if (op.getSink() || op.getQLengths() || op.getKvLengths() || op.getOffsets() || op.getSoftcap())
    return std::nullopt;
  Attended result;
  result.op = op;
  Atoms &atoms = elements.atoms;
  Poly heads = elements.sizeOf(op.getQ(), 1), kvHeads = elements.sizeOf(op.getK(), 1);
  Poly queries = elements.sizeOf(op.getQ(), 2), keys = elements.sizeOf(op.getK(), 2);
  std::optional<int64_t> all = heads.constant(), groups = kvHeads.constant();
  if (!all || !groups || *groups == 0 || *all % *groups)
    return std::nullopt;
  Poly group = atoms.divMod(at[1], *all / *groups).first;
  result.key = atoms.var(keys);
  KeyScores &scores = result.scores;
  scores.size = atoms.var(elements.sizeOf(op.getQ(), 3));
  scores.q = {op.getQ(), {at[0], at[1], at[2], scores.size}};
  scores.k = {op.getK(), {at[0], group, result.key, scores.size}};
  result.v = {op.getV(), {at[0], group, result.key, at[3]}};
  scores.scale = op.getScale().convertToFloat();
  Poly offset = op.getOffset() ? Poly(*op.getOffset()) : keys - queries;
  if (op.getCausal()) {
    scores.visible.atLeastZero.push_back(at[2] + offset - result.key);
    if (std::optional<uint64_t> window = op.getWindow())
      scores.visible.atLeastZero.push_back(result.key - at[2] - offset + static_cast<int64_t>(*window) - 1);
  }
  if (Value mask = op.getMask()) {
    Term element{mask, {at[0], at[1], at[2], result.key}};
    for (auto [dim, index] : llvm::enumerate(element.index))
      if (elements.sizeOf(mask, dim).isConstant(1))
        index = 0;
    std::optional<Condition> seen = cast<RankedTensorType>(mask.getType()).getElementType().isInteger(1)
                                        ? elements.condition(element)
                                        : elements.additiveMask(element, scores.isFinite);
    if (!seen)
      return std::nullopt;
    scores.visible = elements.conjunction(scores.visible, *seen);
  }
  return result;
}

std::optional<Attended> hadal::raise::matchAttended(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  if (!root.isElement())
    return std::nullopt;
  if (auto op = root.value.getDefiningOp<AttentionOp>())
    return root.value == op.getResult() ? matchOperation(elements, op, root.index) : std::nullopt;
  std::optional<Contraction> weighted = elements.contraction(root);
  if (!weighted)
    return std::nullopt;
  for (bool swapped : {false, true}) {
    const Term &weight = swapped ? weighted->rhs : weighted->lhs;
    std::optional<Softmax> softmax = elements.softmax(weight);
    if (!softmax || softmax->sink || softmax->variable != weighted->variable)
      continue;
    std::optional<KeyScores> scores = matchKeyScores(elements, softmax->logit);
    if (!scores)
      return std::nullopt;
    return Attended{*scores, swapped ? weighted->lhs : weighted->rhs, weighted->variable, softmax->isGuarded, nullptr};
  }
  return std::nullopt;
}
