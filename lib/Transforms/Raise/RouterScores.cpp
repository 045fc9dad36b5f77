//===- RouterScores.cpp - The scores of experts ----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Router.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// x of x + 0 and x − 0, x itself otherwise.
static Term withoutZero(Elements &elements, const Term &term) {
  if (auto difference = elements.operands<arith::SubFOp>(term); difference && elements.isConstant((*difference)[1], 0))
    return (*difference)[0];
  if (auto sum = elements.operands<arith::AddFOp>(term))
    for (int side = 0; side < 2; ++side)
      if (elements.isConstant((*sum)[side], 0))
        return (*sum)[1 - side];
  return term;
}

/// x of log(1 + exp(x)), as one operation or two.
static std::optional<Term> matchLogOfExp(Elements &elements, const Term &term) {
  std::optional<Term> power;
  if (auto log = elements.operands<math::Log1pOp>(term))
    power = (*log)[0];
  else if (auto log = elements.operands<math::LogOp>(term))
    if (auto sum = elements.operands<arith::AddFOp>((*log)[0]))
      for (int side = 0; side < 2; ++side)
        if (elements.isConstant((*sum)[side], 1))
          power = (*sum)[1 - side];
  if (!power)
    return std::nullopt;
  auto argument = elements.operands<math::ExpOp>(*power);
  return argument ? std::optional<Term>((*argument)[0]) : std::nullopt;
}

/// x of max(x, 0).
static std::optional<Term> matchPositivePart(Elements &elements, const Term &term) {
  for (bool isNumber : {false, true}) {
    auto sides = isNumber ? elements.operands<arith::MaxNumFOp>(term) : elements.operands<arith::MaximumFOp>(term);
    for (int side = 0; sides && side < 2; ++side)
      if (elements.isConstant((*sides)[side], 0))
        return (*sides)[1 - side];
  }
  return std::nullopt;
}

/// x of log(1 + exp(x)), however it is kept from overflowing.
static std::optional<Term> matchSoftplus(Elements &elements, const Term &term) {
  if (std::optional<Term> x = matchLogOfExp(elements, term))
    return x;
  if (auto sum = elements.operands<arith::AddFOp>(term)) // max(x, 0) + log(1 + exp(−|x|))
    for (int side = 0; side < 2; ++side) {
      std::optional<Term> x = matchPositivePart(elements, (*sum)[side]);
      std::optional<Term> power = x ? matchLogOfExp(elements, (*sum)[1 - side]) : std::nullopt;
      auto negative = power ? elements.operands<arith::NegFOp>(*power) : std::nullopt;
      auto distance = negative ? elements.operands<math::AbsFOp>((*negative)[0]) : std::nullopt;
      if (distance && elements.same(withoutZero(elements, (*distance)[0]), *x))
        return x;
    }
  // x itself where it is large, or where it is no number
  auto select = elements.operands<arith::SelectOp>(term);
  if (!select)
    return std::nullopt;
  Term test = elements.normal((*select)[0]);
  auto compare = test.value.getDefiningOp<arith::CmpFOp>();
  auto sides = elements.operands<arith::CmpFOp>(test);
  if (!compare)
    return std::nullopt;
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  bool isNaNTest = (predicate == P::UNO || predicate == P::UNE) && elements.same((*sides)[0], (*sides)[1]);
  bool isLess = predicate == P::OLE || predicate == P::OLT || predicate == P::ULE || predicate == P::ULT;
  bool isGreater = predicate == P::OGE || predicate == P::OGT || predicate == P::UGE || predicate == P::UGT;
  std::optional<double> bound = elements.constant((*sides)[1]);
  constexpr double large = 15; // log(1 + exp(x)) is x in f32 from there
  if (!isNaNTest && !((isLess || isGreater) && bound && *bound >= large))
    return std::nullopt;
  std::optional<Term> x = matchSoftplus(elements, (*select)[isLess ? 1 : 2]);
  Term other = withoutZero(elements, (*select)[isLess ? 2 : 1]);
  if (!x || !elements.same(other, *x) || !elements.same(withoutZero(elements, (*sides)[0]), *x))
    return std::nullopt;
  return x;
}

std::optional<Term> hadal::raise::matchSqrtSoftplus(Elements &elements, const Term &term) {
  if (auto root = elements.operands<math::SqrtOp>(term))
    return matchSoftplus(elements, (*root)[0]);
  auto power = elements.operands<math::PowFOp>(term);
  return power && elements.isConstant((*power)[1], 0.5) ? matchSoftplus(elements, (*power)[0]) : std::nullopt;
}

std::optional<Score> hadal::raise::matchScore(Elements &elements, const Term &term, const Poly &expert) {
  if (std::optional<Term> logit = elements.sigmoid(term))
    return Score{ScoreFunction::Sigmoid, *logit};
  if (std::optional<Term> logit = matchSqrtSoftplus(elements, term))
    return Score{ScoreFunction::SqrtSoftplus, *logit};
  std::optional<Softmax> softmax = elements.softmax(term);
  if (softmax && softmax->variable == expert && !softmax->sink)
    return Score{ScoreFunction::Softmax, softmax->logit};
  return std::nullopt;
}
