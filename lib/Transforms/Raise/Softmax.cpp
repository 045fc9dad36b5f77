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

#include "AttentionParts.h"

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
  // Σ exp(z − m), + exp(sink − m) as a summand of its own or as one more candidate of the sum
  std::vector<Term> plus, minus;
  elements.summands(total, plus, minus);
  if (!minus.empty() || plus.size() > 2)
    return std::nullopt;
  auto takeSink = [&](const Term &term, const Poly &variable) {
    std::optional<Exponential> other = matchExponential(elements, term);
    if (!other || other->shift.has_value() != power->shift.has_value() ||
        (other->shift && !elements.same(*other->shift, *power->shift)) || elements.dependsOn(other->logit, variable))
      return false;
    result.sink = other->logit;
    return true;
  };
  for (size_t i = 0; i < plus.size(); ++i) {
    std::optional<Elements::Reduction> sum = elements.sum(plus[i]);
    if (!sum)
      continue;
    Poly count = *elements.atoms.extent(sum->variable);
    for (const Poly &variable : variablesOf(elements, numerator.index)) {
      std::optional<int64_t> more = (count - *elements.atoms.extent(variable)).constant();
      if (!more || *more < 0 || *more + plus.size() > 2 ||
          (power->shift && elements.dependsOn(*power->shift, variable)))
        continue;
      // One more: before the others or behind them.
      std::optional<int64_t> first;
      for (int64_t offset = 0; offset <= *more && !first; ++offset)
        if (elements.same(elements.substitute(sum->operand, sum->variable, variable + offset), numerator))
          first = offset;
      if (!first)
        continue;
      if (plus.size() == 2 && !takeSink(plus[1 - i], variable))
        return std::nullopt;
      if (*more == 1 &&
          !takeSink(elements.substitute(sum->operand, sum->variable, *first ? Poly() : count - 1), variable))
        return std::nullopt;
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

/// The softmax of z − m is that of z if m is the same along the sum.
static Softmax withoutShift(Elements &elements, Softmax softmax) {
  auto difference = elements.operands<arith::SubFOp>(softmax.logit);
  if (!difference || elements.dependsOn((*difference)[1], softmax.variable))
    return softmax;
  if (softmax.sink) {
    auto other = elements.operands<arith::SubFOp>(*softmax.sink);
    if (!other || !elements.same((*other)[1], (*difference)[1]))
      return softmax;
    softmax.sink = (*other)[0];
  }
  softmax.logit = (*difference)[0];
  return softmax;
}

/// One dimension of a softmax at `index`: a variable, or one that leaves out the first or last element, the sink.
static std::optional<Softmax> matchDimension(Elements &elements, linalg::SoftmaxOp softmax, const Indices &index) {
  int64_t dim = softmax.getDimension();
  std::vector<Poly> variables = variablesOf(elements, {index[dim]});
  if (variables.size() != 1)
    return std::nullopt;
  const Poly &variable = variables.front();
  std::optional<int64_t> offset = (index[dim] - variable).constant();
  Poly count = elements.sizeOf(softmax.getInput(), dim);
  std::optional<int64_t> more = (count - *elements.atoms.extent(variable)).constant();
  if (!offset || !more || *offset < 0 || *offset > *more || *more > 1)
    return std::nullopt;
  Softmax result{{softmax.getInput(), index}, variable, std::nullopt, false, softmax};
  if (*more == 1) {
    result.sink = result.logit;
    result.sink->index[dim] = *offset ? Poly() : count - 1;
  }
  return withoutShift(elements, result);
}

std::optional<Softmax> Elements::softmax(const Term &numerator, const Term &total) {
  std::optional<Softmax> result = matchQuotient(*this, numerator, total);
  return result ? std::optional(withoutShift(*this, *result)) : std::nullopt;
}

std::optional<Softmax> Elements::softmax(const Term &term) {
  if (std::optional<Term> guarded = matchNaNGuard(*this, term)) {
    std::optional<Softmax> inner = softmax(*guarded);
    if (inner)
      inner->isGuarded = true;
    return inner;
  }
  Term root = normal(term);
  if (auto whole = root.value.getDefiningOp<linalg::SoftmaxOp>())
    return matchDimension(*this, whole, root.index);
  auto quotient = operands<arith::DivFOp>(root);
  return quotient ? softmax((*quotient)[0], (*quotient)[1]) : std::nullopt;
}
