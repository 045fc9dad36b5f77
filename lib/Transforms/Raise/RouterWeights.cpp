//===- RouterWeights.cpp - The weights of the chosen experts ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Router.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// What a factor of the weights is of the chosen expert.
struct Chosen {
  ScoreFunction function;
  std::optional<Term> source; // nothing: what was ranked
};

/// A product with at most one factor that is a score.
struct Factors {
  double scale = 1;
  std::optional<Term> score;
  Chosen chosen;
  std::vector<Term> numerators, denominators; // the others
};

class WeightMatcher {
public:
  WeightMatcher(Elements &elements, const RouterIndices &at) : elements(elements), at(at) {}

  std::optional<RouterWeights> match(const Term &weight, RouterMiss &miss);

private:
  bool isOfChosen(const Term &term) { return isRanked(term) || usesChosen(term); }
  /// Whether `term` is at i(t, j), which the gathers that it is made of bring in.
  bool usesChosen(const Term &term) {
    Term root = elements.normal(term);
    if (llvm::any_of(root.index, [&](const Poly &i) { return elements.atoms.dependsOn(i, *at.chosen.asAtom()); }))
      return true;
    Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
    return op && llvm::any_of(op->getOperands(), [&](Value operand) { return usesChosen({operand, root.index}); });
  }
  bool isRanked(const Term &term) {
    Term root = elements.normal(term);
    Indices index = at.rows;
    index.push_back(at.slot);
    return root.value == TopKOp(at.ranking).getValues() && root.index == index;
  }
  /// What `term` is of any expert, in place of the chosen one.
  Term lifted(const Term &term) { return elements.substitute(elements.normal(term), at.chosen, at.expert); }
  std::optional<Term> sourceOf(const Term &term) {
    return isRanked(term) ? std::nullopt : std::optional<Term>(lifted(term));
  }
  std::optional<Chosen> classify(const Term &term);
  void take(const Term &term, bool isDivisor, Factors &factors);
  /// Whether `total` is Σ_j of the score, with something that keeps it from 0.
  bool matchTotal(const Term &total, const Term &score, RouterWeights &weights, double &scale);
  bool isSum(const Term &term, const Term &score, double &scale);

  Elements &elements;
  const RouterIndices &at;
};
} // namespace

std::optional<Chosen> WeightMatcher::classify(const Term &term) {
  if (isRanked(term))
    return Chosen{ScoreFunction::Identity, std::nullopt};
  if (std::optional<Softmax> softmax = elements.softmax(term); softmax && !at.slot.isConstant(0)) {
    if (softmax->variable == at.slot && !softmax->sink && isOfChosen(softmax->logit))
      return Chosen{ScoreFunction::SoftmaxChosen, sourceOf(softmax->logit)};
  }
  for (ScoreFunction function : {ScoreFunction::Sigmoid, ScoreFunction::SqrtSoftplus}) {
    std::optional<Term> logit =
        function == ScoreFunction::Sigmoid ? elements.sigmoid(term) : matchSqrtSoftplus(elements, term);
    if (logit && isOfChosen(*logit))
      return Chosen{function, sourceOf(*logit)};
  }
  if (!usesChosen(term))
    return std::nullopt;
  Term source = lifted(term);
  if (matchScore(elements, source, at.expert))
    return Chosen{ScoreFunction::Identity, source};
  return std::nullopt;
}

void WeightMatcher::take(const Term &term, bool isDivisor, Factors &factors) {
  if (std::optional<double> value = elements.constant(term); value && (!isDivisor || *value != 0)) {
    factors.scale = isDivisor ? factors.scale / *value : factors.scale * *value;
    return;
  }
  if (std::optional<Chosen> chosen = classify(term)) {
    if (isDivisor) {
      factors.denominators.push_back(term);
    } else if (factors.score) {
      factors.numerators.push_back(term);
    } else {
      factors.score = term;
      factors.chosen = *chosen;
    }
  } else if (auto product = elements.operands<arith::MulFOp>(term)) {
    take((*product)[0], isDivisor, factors);
    take((*product)[1], isDivisor, factors);
  } else if (auto quotient = elements.operands<arith::DivFOp>(term)) {
    take((*quotient)[0], isDivisor, factors);
    take((*quotient)[1], !isDivisor, factors);
  } else {
    (isDivisor ? factors.denominators : factors.numerators).push_back(term);
  }
}

/// Whether `term` is Σ_j score · scale. Scores are not negative, so their magnitude is they.
bool WeightMatcher::isSum(const Term &term, const Term &score, double &scale) {
  Term summand = term;
  if (!at.slot.isConstant(0)) {
    std::optional<Elements::Reduction> sum = elements.sum(term, at.slot);
    if (!sum)
      return false;
    summand = sum->operand;
  }
  if (auto magnitude = elements.operands<math::AbsFOp>(summand))
    summand = (*magnitude)[0];
  Factors factors;
  take(summand, false, factors);
  scale = factors.scale;
  return factors.scale > 0 && factors.denominators.empty() &&
         (factors.score ? factors.numerators.empty() && elements.same(*factors.score, score)
                        : factors.numerators.size() == 1 && elements.same(factors.numerators.front(), score));
}

bool WeightMatcher::matchTotal(const Term &total, const Term &score, RouterWeights &weights, double &scale) {
  if (isSum(total, score, scale))
    return true;
  for (bool isNumber : {false, true}) { // max(Σ, epsilon)
    auto sides = isNumber ? elements.operands<arith::MaxNumFOp>(total) : elements.operands<arith::MaximumFOp>(total);
    for (int side = 0; sides && side < 2; ++side)
      if (std::optional<double> least = elements.constant((*sides)[side]);
          least && isSum((*sides)[1 - side], score, scale)) {
        weights.epsilon = *least;
        weights.floor = true;
        return true;
      }
  }
  if (auto sides = elements.operands<arith::AddFOp>(total)) // Σ + epsilon
    for (int side = 0; side < 2; ++side)
      if (std::optional<double> added = elements.constant((*sides)[side]);
          added && isSum((*sides)[1 - side], score, scale)) {
        weights.epsilon = *added;
        return true;
      }
  // Something else where the sum is 0, or smaller than that.
  auto select = elements.operands<arith::SelectOp>(total);
  if (!select)
    return false;
  Term test = elements.normal((*select)[0]);
  auto compare = test.value.getDefiningOp<arith::CmpFOp>();
  auto sides = elements.operands<arith::CmpFOp>(test);
  if (!compare)
    return false;
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  bool isTrueBelow = predicate == P::OEQ || predicate == P::UEQ || predicate == P::OLT || predicate == P::ULT ||
                     predicate == P::OLE || predicate == P::ULE;
  bool isEquality = predicate == P::OEQ || predicate == P::UEQ || predicate == P::ONE || predicate == P::UNE;
  if (predicate == P::ORD || predicate == P::UNO || predicate == P::AlwaysTrue || predicate == P::AlwaysFalse)
    return false;
  const Term &kept = (*select)[isTrueBelow ? 2 : 1];
  std::optional<double> bound = elements.constant((*sides)[1]);
  std::optional<double> other = elements.constant((*select)[isTrueBelow ? 1 : 2]);
  if (!bound || !other || !(*other > 0) || !elements.same((*sides)[0], kept) || !isSum(kept, score, scale))
    return false;
  if (*bound == 0) // all scores are 0 there, and so is each quotient: 0/0 is 0 for a router
    return true;
  if (isEquality || *bound != *other)
    return false;
  weights.epsilon = *bound;
  weights.floor = true;
  return true;
}

/// Whether a factor is an integer, such as a bit of a mask: it lets an expert's weight be or takes it away, as loops
/// over the experts do.
static bool isSelection(Elements &elements, const Term &term) {
  return elements.operands<arith::UIToFPOp>(term) || elements.operands<arith::SIToFPOp>(term);
}

std::optional<RouterWeights> WeightMatcher::match(const Term &weight, RouterMiss &miss) {
  Factors factors;
  take(weight, false, factors);
  RouterWeights weights;
  weights.scale = factors.scale;
  bool isScore = factors.score.has_value();
  if (!isScore) { // what is chosen is no score: it is for the caller to say what it is
    if (factors.numerators.size() != 1 || !usesChosen(factors.numerators.front()))
      return std::nullopt;
    factors.score = factors.numerators.front();
    factors.chosen = {ScoreFunction::Identity, sourceOf(*factors.score)};
    factors.numerators.clear();
  }
  weights.function = factors.chosen.function;
  weights.source = factors.chosen.source;
  if (!factors.numerators.empty()) {
    if (isScore)
      miss.reason = "the weights are multiplied by something that is no constant";
    miss.isFinal = isScore && !llvm::all_of(factors.numerators, [&](const Term &factor) {
                     Term ofExpert = lifted(factor);
                     return isSelection(elements, factor) || llvm::none_of(at.variables, [&](const Poly &variable) {
                              return elements.dependsOn(ofExpert, variable);
                            });
                   });
    return std::nullopt;
  }
  for (const Term &total : factors.denominators) {
    double scale = 1;
    if (weights.normalize || !matchTotal(total, *factors.score, weights, scale)) {
      if (isScore)
        miss.reason = "the weights are divided by something that is not their sum";
      miss.isFinal = isScore;
      return std::nullopt;
    }
    // u · S / (s · Σ u + epsilon) is u / (Σ u + epsilon / s) · S / s.
    weights.normalize = true;
    weights.scale /= scale;
    weights.epsilon /= scale;
  }
  return weights;
}

std::optional<RouterWeights> hadal::raise::matchRouterWeights(Elements &elements, const RouterIndices &at,
                                                              const Term &weight, RouterMiss &miss) {
  return WeightMatcher(elements, at).match(weight, miss);
}
