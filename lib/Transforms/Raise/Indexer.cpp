//===- Indexer.cpp - Recognise the scores of a lightning indexer ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Σ_h w[b, s, h] · relu(Σ_d q[b, s, h, d] · k[b, t, d]), in any layout. Factors
// that are constants stand anywhere; those inside of the ReLU must be positive.
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// x of max(x, 0) or of x > 0 ? x : 0.
static std::optional<Term> matchRelu(Elements &elements, const Term &term) {
  for (bool isNumber : {false, true}) {
    auto sides = isNumber ? elements.operands<arith::MaxNumFOp>(term) : elements.operands<arith::MaximumFOp>(term);
    for (int side = 0; sides && side < 2; ++side)
      if (elements.isConstant((*sides)[side], 0.0))
        return (*sides)[1 - side];
  }
  auto select = elements.operands<arith::SelectOp>(term);
  if (!select || !elements.isConstant((*select)[2], 0.0))
    return std::nullopt;
  Term test = elements.normal((*select)[0]);
  auto compare = test.value.getDefiningOp<arith::CmpFOp>();
  auto sides = elements.operands<arith::CmpFOp>(test);
  if (!sides)
    return std::nullopt;
  using P = arith::CmpFPredicate;
  P predicate = compare.getPredicate();
  bool isGreater = predicate == P::OGT || predicate == P::UGT || predicate == P::OGE || predicate == P::UGE;
  bool isLess = predicate == P::OLT || predicate == P::ULT || predicate == P::OLE || predicate == P::ULE;
  if (!isGreater && !isLess)
    return std::nullopt;
  const Term &larger = (*sides)[isGreater ? 0 : 1], &smaller = (*sides)[isGreater ? 1 : 0];
  if (!elements.isConstant(smaller, 0.0) || !elements.same(larger, (*select)[1]))
    return std::nullopt;
  return (*select)[1];
}

namespace {
/// Σ_h scale · weight · relu(Σ_d a · b)
struct Indexer {
  double scale = 1;
  Term weight, a, b;
  Poly h, d;
};
} // namespace

/// The factors of a product, with the constant ones in `scale`; nothing if it divides by anything else.
static bool takeFactors(Elements &elements, const Term &term, double &scale, std::vector<Term> &others) {
  std::vector<Term> numerators, denominators;
  elements.factors(term, numerators, denominators);
  for (const Term &factor : numerators)
    if (std::optional<double> constant = elements.constant(factor))
      scale *= *constant;
    else
      others.push_back(factor);
  for (const Term &factor : denominators) {
    std::optional<double> constant = elements.constant(factor);
    if (!constant || *constant == 0)
      return false;
    scale /= *constant;
  }
  return true;
}

static std::optional<Indexer> matchIndexer(Elements &elements, const Term &result, Operation *op) {
  std::optional<Elements::Reduction> heads = elements.sum(result);
  if (!heads || heads->op != op)
    return std::nullopt;
  Indexer indexer;
  indexer.h = heads->variable;
  std::vector<Term> factors;
  if (!takeFactors(elements, heads->operand, indexer.scale, factors) || factors.size() != 2)
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    std::optional<Term> positive = matchRelu(elements, factors[side]);
    if (!positive)
      continue;
    double inner = 1; // relu(inner · x) = inner · relu(x)
    std::vector<Term> dot, a, b;
    if (!takeFactors(elements, *positive, inner, dot) || dot.size() != 1)
      continue;
    std::optional<Contraction> contraction = elements.contraction(dot.front());
    if (!contraction || !takeFactors(elements, contraction->lhs, inner, a) || a.size() != 1 ||
        !takeFactors(elements, contraction->rhs, inner, b) || b.size() != 1 || !(inner > 0))
      continue;
    indexer.scale *= inner;
    indexer.weight = factors[1 - side];
    indexer.a = a.front();
    indexer.b = b.front();
    indexer.d = contraction->variable;
    return indexer;
  }
  return std::nullopt;
}

LogicalResult hadal::raise::raiseIndexer(Operation *op, Context &context) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || op->getNumResults() != 1 || structured.getNumReductionLoops() == 0)
    return failure();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !isa<FloatType>(type.getElementType()))
    return failure();
  Elements elements;
  Indices out = elements.variables(op->getResult(0));
  std::optional<Indexer> indexer = matchIndexer(elements, {op->getResult(0), out}, op);
  if (!indexer)
    return failure();
  auto miss = [&](const Twine &reason) { return context.miss(op, "indexer", op, reason); };
  // Queries are of a head, keys of none.
  if (elements.dependsOn(indexer->b, indexer->h))
    std::swap(indexer->a, indexer->b);
  if (elements.dependsOn(indexer->b, indexer->h) || !elements.dependsOn(indexer->a, indexer->h))
    return miss("the keys are not shared by all heads, or the queries are");
  const Term &q = indexer->a, &k = indexer->b, &w = indexer->weight;
  std::optional<ScoreRoles> roles = findRoles(elements, out, q, k);
  if (!roles || elements.dependsOn(w, roles->key))
    return miss("the scores are no tensor of batch, query and key, or the heads' weights are not of the queries");
  const Poly &b = roles->batch, &s = roles->query, &t = roles->key;
  Value queries = materialize(context, elements, q, {b, indexer->h, s, indexer->d});
  Value keys = materialize(context, elements, k, {b, t, indexer->d});
  Value weights = materialize(context, elements, w, {b, s, indexer->h});
  if (!queries || !keys || !weights)
    return miss("queries, keys or the heads' weights are no tensors of batch, head, position and size");
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(op);
  auto qType = cast<RankedTensorType>(queries.getType()), kType = cast<RankedTensorType>(keys.getType());
  auto scoreType =
      RankedTensorType::get({qType.getDimSize(0), 1, qType.getDimSize(2), kType.getDimSize(1)}, type.getElementType());
  Value scores =
      IndexerScoresOp::create(rewriter, op->getLoc(), scoreType, queries, keys, weights,
                              /*q_scales=*/Value(), /*k_scales=*/Value(), rewriter.getF32FloatAttr(indexer->scale));
  return replaceWith(context, elements, op, {scores, {b, 0, s, t}}, out);
}
