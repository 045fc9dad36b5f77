//===- Attention.cpp - Recognise scaled dot-product attention -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Multiplies `scale` by the constant factors of `term`; returns the only other one.
static std::optional<Term> takeScale(Elements &elements, const Term &term, double &scale) {
  std::vector<Term> numerators, denominators, others;
  elements.factors(term, numerators, denominators);
  for (const Term &factor : numerators) {
    if (std::optional<double> constant = elements.constant(factor))
      scale *= *constant;
    else
      others.push_back(factor);
  }
  for (const Term &factor : denominators) {
    std::optional<double> constant = elements.constant(factor);
    if (!constant || *constant == 0)
      return std::nullopt;
    scale /= *constant;
  }
  if (others.size() != 1)
    return std::nullopt;
  return others.front();
}

namespace {
struct Scores {
  Term q, k; // elements at [b, h, s, d] and [b, h / g, t, d]
  Poly d;
  double scale = 1;
  std::optional<Term> mask;
};
} // namespace

/// scale · Σ_d q · k, wherever the scale stands.
static std::optional<Scores> matchProduct(Elements &elements, const Term &term) {
  Scores scores;
  std::optional<Term> dot = takeScale(elements, term, scores.scale);
  std::optional<Contraction> contraction = dot ? elements.contraction(*dot) : std::nullopt;
  if (!contraction)
    return std::nullopt;
  std::optional<Term> q = takeScale(elements, contraction->lhs, scores.scale);
  std::optional<Term> k = takeScale(elements, contraction->rhs, scores.scale);
  if (!q || !k)
    return std::nullopt;
  scores.q = *q;
  scores.k = *k;
  scores.d = contraction->variable;
  return scores;
}

static std::optional<Scores> matchScores(Elements &elements, const Term &term) {
  if (std::optional<Scores> scores = matchProduct(elements, term))
    return scores;
  std::vector<Term> plus, minus;
  elements.summands(term, plus, minus);
  if (plus.size() != 2 || !minus.empty())
    return std::nullopt;
  for (int side = 0; side < 2; ++side)
    if (std::optional<Scores> scores = matchProduct(elements, plus[side])) {
      scores->mask = plus[1 - side];
      return scores;
    }
  return std::nullopt;
}

/// The smallest tensor of rank 4 that broadcasts to the mask at [b, h, s, t].
static Value findMask(Context &context, Elements &elements, const Term &mask, const Indices &point) {
  for (unsigned kept = 0; kept < 16; ++kept) {
    Indices index = point;
    for (unsigned dim = 0; dim < 4; ++dim)
      if (!(kept & (1u << dim)))
        index[dim] = 0;
    if (Value value = materialize(context, elements, mask, index))
      return value;
  }
  return nullptr;
}

/// The keys or values at [b, h / g, t, d], with as few heads as they have before they are repeated.
static Value findHeads(Context &context, Elements &elements, const Term &term, const Indices &point,
                       const Poly &heads) {
  std::optional<int64_t> all = heads.constant();
  for (int64_t group = all.value_or(1); group > 1; --group) {
    if (*all % group)
      continue;
    Indices index = point;
    index[1] = group == *all ? Poly() : elements.atoms.divMod(point[1], group).first;
    Value value = materialize(context, elements, term, index);
    if (value && elements.sizeOf(value, 1).isConstant(*all / group))
      return value;
  }
  return materialize(context, elements, term, point);
}

LogicalResult hadal::raise::raiseAttention(Operation *op, Context &context) {
  if (op->getNumResults() != 1 || !isa<linalg::LinalgOp>(op))
    return failure();
  Value result = op->getResult(0);
  auto type = dyn_cast<RankedTensorType>(result.getType());
  if (!type || type.getRank() < 3 || !isa<FloatType>(type.getElementType()))
    return failure();
  Elements elements;
  Indices out = elements.variables(result);
  std::optional<Contraction> weighted = elements.contraction({result, out});
  if (!weighted || weighted->op != op)
    return failure();
  Term value = weighted->rhs;
  std::optional<Softmax> softmax = elements.softmax(weighted->lhs);
  if (!softmax || softmax->variable != weighted->variable || softmax->sink)
    return failure();
  const Term &logit = softmax->logit;

  // From here on it is attention; what fails is a near-miss.
  auto miss = [&](const Twine &reason) { return context.miss(op, "attention", softmax->op, reason); };
  if (type.getRank() != 4)
    return miss("the result has rank " + Twine(type.getRank()) + ", not 4");
  Indices point{out[0], out[1], out[2], weighted->variable};
  if (logit.index != point)
    return miss("the probabilities are not laid out by batch, head, query and key");
  std::optional<Scores> scores = matchScores(elements, logit);
  if (!scores)
    return miss("the scores are no scaled product of queries and keys (and a mask added to it)");
  Value q = materialize(context, elements, scores->q, {out[0], out[1], out[2], scores->d});
  if (!q)
    return miss("the queries are no tensor of batch, head, position and size");
  Poly heads = elements.sizeOf(result, 1);
  Value k = findHeads(context, elements, scores->k, {out[0], out[1], point[3], scores->d}, heads);
  Value v = findHeads(context, elements, value, {out[0], out[1], point[3], out[3]}, heads);
  if (!k || !v || elements.sizeOf(k, 1) != elements.sizeOf(v, 1))
    return miss("the keys and values are no tensors of batch, head (or group of heads), position and size");
  Value mask;
  if (scores->mask) {
    mask = findMask(context, elements, *scores->mask, point);
    if (!mask)
      return miss("the mask does not broadcast from a tensor of batch, head, query and key");
  }
  context.rewriter.setInsertionPoint(op);
  context.rewriter.replaceOpWithNewOp<AttentionOp>(op, type, q, k, v, mask,
                                                   context.rewriter.getF32FloatAttr(scores->scale),
                                                   /*causal=*/UnitAttr());
  return success();
}
