//===- Softmax.cpp - Probabilities, however they are written -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// exp(z − m) / Σ exp(z − m) is a softmax whatever m is, as long as it is the same
// along the sum: the row's largest element, that clamped from below, or nothing.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// p of select(p ≠ p, 0, p), as sdpa writes it for rows that are wholly masked.
static std::optional<Term> matchNaNGuard(Elements &elements, const Term &term) {
  auto select = elements.operands<arith::SelectOp>(term);
  if (!select || !elements.isConstant((*select)[1], 0.0))
    return std::nullopt;
  Term test = elements.normal((*select)[0]);
  auto compare = test.value.getDefiningOp<arith::CmpFOp>();
  if (!compare ||
      (compare.getPredicate() != arith::CmpFPredicate::UNO && compare.getPredicate() != arith::CmpFPredicate::UNE))
    return std::nullopt;
  auto sides = elements.operands<arith::CmpFOp>(test);
  if (!elements.same((*sides)[0], (*sides)[1]) || !elements.same((*sides)[0], (*select)[2]))
    return std::nullopt;
  return (*select)[2];
}

/// x of max(x, c) with a constant c.
static std::optional<Term> matchFloor(Elements &elements, const Term &term, double &least) {
  for (bool isNumber : {false, true}) {
    auto sides = isNumber ? elements.operands<arith::MaxNumFOp>(term) : elements.operands<arith::MaximumFOp>(term);
    for (int side = 0; sides && side < 2; ++side)
      if (std::optional<double> constant = elements.constant((*sides)[side])) {
        least = *constant;
        return (*sides)[1 - side];
      }
  }
  return std::nullopt;
}

namespace {
/// exp(logit − shift)
struct Exponential {
  Term logit;
  std::optional<Term> shift;
};
} // namespace

static std::optional<Exponential> matchExponential(Elements &elements, const Term &term) {
  auto power = elements.operands<math::ExpOp>(term);
  if (!power)
    return std::nullopt;
  if (auto difference = elements.operands<arith::SubFOp>((*power)[0]))
    return Exponential{(*difference)[0], (*difference)[1]};
  return Exponential{(*power)[0], std::nullopt};
}

/// Variables that an element's index is made of.
static std::vector<Poly> variablesOf(Elements &elements, const Indices &index) {
  std::vector<Poly> result;
  for (const Poly &poly : index)
    for (const auto &[monomial, coefficient] : poly.getTerms())
      for (unsigned atom : monomial)
        if (elements.atoms.isVariable(atom) && !llvm::is_contained(result, Poly::atom(atom)))
          result.push_back(Poly::atom(atom));
  return result;
}

/// Matches `numerator` / `total` where the total is the sum of the numerator over one of its variables.
static std::optional<Softmax> matchQuotient(Elements &elements, const Term &numerator, Term total) {
  std::optional<Exponential> power = matchExponential(elements, numerator);
  if (!power)
    return std::nullopt;
  Softmax result;
  double least = 0;
  if (std::optional<Term> sum = matchFloor(elements, total, least)) {
    if (least < 0 || least > 1e-6) // a sum of a row with any key is at least about 1
      return std::nullopt;
    total = *sum;
    result.isGuarded = true;
  }
  // Σ exp(z − m), + exp(sink − m)
  std::vector<Term> plus, minus;
  elements.summands(total, plus, minus);
  if (!minus.empty() || plus.size() > 2)
    return std::nullopt;
  for (size_t i = 0; i < plus.size(); ++i) {
    std::optional<Elements::Reduction> sum = elements.sum(plus[i]);
    if (!sum)
      continue;
    for (const Poly &variable : variablesOf(elements, numerator.index)) {
      if (elements.atoms.extent(variable) != elements.atoms.extent(sum->variable))
        continue;
      Term summand = elements.substitute(sum->operand, sum->variable, variable);
      if (!elements.same(summand, numerator) || (power->shift && elements.dependsOn(*power->shift, variable)))
        continue;
      if (plus.size() == 2) {
        std::optional<Exponential> other = matchExponential(elements, plus[1 - i]);
        if (!other || !other->shift || !power->shift || !elements.same(*other->shift, *power->shift) ||
            elements.dependsOn(other->logit, variable))
          return std::nullopt;
        result.sink = other->logit;
      }
      if (power->shift && result.isGuarded)
        result.isGuarded = matchFloor(elements, *power->shift, least).has_value();
      result.logit = power->logit;
      result.variable = variable;
      result.op = sum->op;
      return result;
    }
  }
  return std::nullopt;
}

std::optional<Softmax> Elements::softmax(const Term &term) {
  if (std::optional<Term> guarded = matchNaNGuard(*this, term)) {
    std::optional<Softmax> inner = softmax(*guarded);
    if (inner)
      inner->isGuarded = true;
    return inner;
  }
  Term root = normal(term);
  if (auto softmax = root.value.getDefiningOp<linalg::SoftmaxOp>()) {
    const Poly &variable = root.index[softmax.getDimension()];
    if (!variable.asAtom() || !atoms.isVariable(*variable.asAtom()))
      return std::nullopt;
    return Softmax{{softmax.getInput(), root.index}, variable, std::nullopt, false, softmax};
  }
  auto quotient = operands<arith::DivFOp>(root);
  return quotient ? matchQuotient(*this, (*quotient)[0], (*quotient)[1]) : std::nullopt;
}
