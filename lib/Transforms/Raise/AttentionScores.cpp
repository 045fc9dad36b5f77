//===- AttentionScores.cpp - The scores of an attention -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A score is taken apart from outside in, with the factor that stands before what
// is left: f · select(c, z, low), f · (z + bias), f · cap · tanh(z), and in the end
// f · Σ q · k.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A score of this replaces the sum, so that its probability is 0 in any float type beside a score of ordinary size.
static constexpr double kHiddenScore = -1e3;

namespace {
class ScoreParser {
public:
  ScoreParser(Elements &elements, const Poly &t, ArrayRef<Poly> queries) : elements(elements), t(t), queries(queries) {}

  bool parse(const Term &term, double factor, Scores &scores);
  bool resolveZeroed(Scores &scores);

  /// Whether a product without a sum is one of a head size of 1.
  bool allowsSize1 = false;

private:
  bool parseDot(const Term &term, double factor, Scores &scores);
  bool parseSelect(ArrayRef<Term> select, double factor, Scores &scores);
  bool parseSum(const Term &term, double factor, Scores &scores);
  Term withoutConstants(Term term, double &scale);

  Elements &elements;
  const Poly &t;
  ArrayRef<Poly> queries;
  std::vector<Term> zeroed; // what the scores were multiplied by
};
} // namespace

/// Multiplies `scale` by the constants that `term` is multiplied by; returns the rest.
Term ScoreParser::withoutConstants(Term term, double &scale) {
  while (true) {
    std::optional<Term> rest;
    if (auto product = elements.operands<arith::MulFOp>(term)) {
      for (int side = 0; side < 2 && !rest; ++side)
        if (std::optional<double> constant = elements.constant((*product)[side])) {
          scale *= *constant;
          rest = (*product)[1 - side];
        }
    } else if (auto quotient = elements.operands<arith::DivFOp>(term)) {
      if (std::optional<double> constant = elements.constant((*quotient)[1]); constant && *constant != 0) {
        scale /= *constant;
        rest = (*quotient)[0];
      }
    } else if (auto negative = elements.operands<arith::NegFOp>(term)) {
      scale = -scale;
      rest = (*negative)[0];
    }
    if (!rest)
      return term;
    term = *rest;
  }
}

bool ScoreParser::parseDot(const Term &term, double factor, Scores &scores) {
  DotProduct dot;
  dot.scale = factor;
  Term summand = term;
  if (auto total = elements.fold<arith::AddFOp>(term)) {
    summand = withoutConstants(total->operand, dot.scale);
    dot.variables = total->variables;
  } else if (!allowsSize1) {
    return false;
  }
  auto product = elements.operands<arith::MulFOp>(summand);
  if (!product)
    return false;
  for (int side = 0; side < 2; ++side) {
    dot.q = (*product)[side];
    dot.k = (*product)[1 - side];
    bool separates = !elements.dependsOn(dot.q, t) && elements.dependsOn(dot.k, t) &&
                     llvm::none_of(queries, [&](const Poly &query) { return elements.dependsOn(dot.k, query); });
    if (!separates)
      continue;
    dot.q = withoutConstants(dot.q, dot.scale);
    dot.k = withoutConstants(dot.k, dot.scale);
    scores.dots.push_back(dot);
    return true;
  }
  return false;
}

bool ScoreParser::parseSelect(ArrayRef<Term> select, double factor, Scores &scores) {
  for (int kept : {1, 2}) {
    std::optional<double> fill = elements.constant(select[3 - kept]);
    if (!fill || !(*fill * factor <= kHiddenScore) || !parse(select[kept], factor, scores))
      continue;
    scores.masks.push_back({select[0], kept == 2, 1, *fill * factor});
    return true;
  }
  return false;
}

bool ScoreParser::parseSum(const Term &term, double factor, Scores &scores) {
  std::vector<Term> plus, minus;
  elements.summands(term, plus, minus);
  if (plus.size() + minus.size() < 2)
    return false;
  std::vector<MaskPart> added;
  bool isSimple = true;
  for (bool isMinus : {false, true})
    for (const Term &summand : isMinus ? minus : plus) {
      Scores part;
      double sign = isMinus ? -factor : factor;
      if (!parse(summand, sign, part)) {
        added.push_back({summand, false, sign});
        continue;
      }
      bool isSimplePart = part.masks.empty() && !part.softcap;
      if (!scores.dots.empty() && (!isSimple || !isSimplePart))
        return false;
      isSimple = isSimplePart;
      llvm::append_range(scores.dots, part.dots);
      scores.masks = part.masks;
      scores.softcap = part.softcap;
    }
  llvm::append_range(scores.masks, added);
  return !scores.dots.empty();
}

bool ScoreParser::parse(const Term &term, double factor, Scores &scores) {
  if (parseDot(term, factor, scores))
    return true;
  double scale = factor;
  Term rest = withoutConstants(term, scale);
  if (!(rest == term))
    return scale != 0 && std::isfinite(scale) && parse(rest, scale, scores);
  if (auto select = elements.operands<arith::SelectOp>(term))
    return parseSelect(*select, factor, scores);
  if (auto capped = elements.operands<math::TanhOp>(term)) {
    Scores inner;
    if (!(factor > 0) || !parse((*capped)[0], 1, inner) || !inner.masks.empty() || inner.softcap)
      return false;
    for (DotProduct &dot : inner.dots)
      dot.scale *= factor;
    scores = inner;
    scores.softcap = factor;
    return true;
  }
  if (auto product = elements.operands<arith::MulFOp>(term)) {
    for (int side = 0; side < 2; ++side) { // by a bit: 0 where it is not set
      auto flag = elements.operands<arith::UIToFPOp>((*product)[side]);
      if (!flag || !(*flag)[0].value.getType().isInteger(1) || !parse((*product)[1 - side], factor, scores))
        continue;
      zeroed.push_back((*flag)[0]);
      return true;
    }
    return false;
  }
  return parseSum(term, factor, scores);
}

/// Scores that were made 0 must be hidden there: m · z − (1 − m) · 1e10.
bool ScoreParser::resolveZeroed(Scores &scores) {
  for (const Term &bit : zeroed) {
    Condition kept = elements.condition(bit);
    auto found = llvm::find_if(scores.masks, [&](const MaskPart &part) {
      std::optional<Condition> condition = part.isCondition() ? std::nullopt : visible(elements, part);
      return condition && implies(elements, *condition, kept) && implies(elements, kept, *condition);
    });
    if (found == scores.masks.end())
      return false;
    *found = {bit, false, 1, -1e30};
  }
  return true;
}

std::optional<Scores> hadal::raise::matchScores(Elements &elements, const Term &logit, const Poly &t,
                                                ArrayRef<Poly> queries) {
  for (bool allowsSize1 : {false, true}) {
    ScoreParser parser(elements, t, queries);
    parser.allowsSize1 = allowsSize1;
    Scores scores;
    if (parser.parse(logit, 1, scores))
      return parser.resolveZeroed(scores) ? std::optional(scores) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Condition> hadal::raise::visible(Elements &elements, const MaskPart &part) {
  if (part.isCondition()) {
    Condition condition = elements.condition(part.term);
    return part.negated ? elements.negated(condition, part.term) : condition;
  }
  bool isFinite = false;
  if (part.factor < 0) { // −(1 − m) · 1e10 hides as much as (1 − m) · −1e10
    auto product = elements.operands<arith::MulFOp>(part.term);
    for (int side = 0; product && side < 2; ++side) {
      std::optional<double> constant = elements.constant((*product)[side]);
      auto flipped = elements.operands<arith::SubFOp>((*product)[1 - side]);
      auto bit = flipped && elements.isConstant((*flipped)[0], 1.0) ? elements.operands<arith::UIToFPOp>((*flipped)[1])
                                                                    : std::nullopt;
      if (constant && *constant * part.factor <= kHiddenScore && bit && (*bit)[0].value.getType().isInteger(1))
        return elements.condition((*bit)[0]);
    }
    return std::nullopt;
  }
  return elements.additiveMask(part.term, isFinite);
}

Condition hadal::raise::visible(Elements &elements, ArrayRef<MaskPart> parts) {
  Condition all = Condition::constant(true);
  for (const MaskPart &part : parts)
    if (std::optional<Condition> condition = visible(elements, part))
      all = elements.conjunction(all, *condition);
  return all;
}

bool hadal::raise::implies(Elements &elements, const Condition &a, const Condition &b) {
  if (a.never || b.isAlways())
    return true;
  Condition both = elements.conjunction(a, b);
  return !both.never && both.atLeastZero == a.atLeastZero && both.literals.size() == a.literals.size();
}
