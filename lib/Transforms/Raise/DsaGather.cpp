//===- DsaGather.cpp - Recognise DSA over gathered keys ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The other form of DeepSeek sparse attention: each query gathers the keys that an
// indexer chose, and attends to these alone. To the matcher of attention each
// query is a batch of its own, with as many keys as were chosen:
//
//   k'[.., j, e] = k[b, index[b, s, j], e]        index = top-k of an indexer's masked scores
//
// What was chosen though it was masked is hidden by its position, index[b, s, j] ≤ s, or
// by its score, which is −∞.
//
//===----------------------------------------------------------------------===//

#include "Roles.h"
#include "Selection.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// An element whose place along one dimension was chosen.
struct Gathered {
  Term source; // at the chosen place
  Poly chosen;
};

class GatherMatcher {
public:
  GatherMatcher(AttentionOp attention, Context &context) : attention(attention), context(context) {}
  LogicalResult run();

private:
  LogicalResult miss(const Twine &reason) { return context.miss(attention, "dsa", attention, reason); }
  bool isShown(const MaskPart &part, const Choice &choice);
  std::optional<Condition> shown(const Choice &choice, const Poly &chosen);

  AttentionOp attention;
  Context &context;
  Elements elements;
  Indices point; // of the attention's scores
  Poly t;
};
} // namespace

static std::optional<Gathered> matchGathered(Elements &elements, const Term &term) {
  for (const Term &link : elements.chain(term))
    for (const Poly &index : link.index) {
      auto origin = link.isElement() ? elements.atoms.origin(index) : std::nullopt;
      auto topk = origin ? origin->first.getDefiningOp<TopKOp>() : nullptr;
      if (topk && origin->first == topk.getIndices())
        return Gathered{link, index};
    }
  return std::nullopt;
}

/// Whether a condition on the score of what was chosen is true for all numbers and false for −∞.
bool GatherMatcher::isShown(const MaskPart &part, const Choice &choice) {
  Indices at = choice.scores.index;
  at.back() = point[3];
  TopKOp topk = choice.topk;
  Term score{topk.getValues(), at};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto truth = [&](double value) -> std::optional<bool> {
    std::optional<double> result = elements.evaluate(part.term, score, value);
    return result ? std::optional((*result != 0) != part.negated) : std::nullopt;
  };
  return truth(-infinity) == false && truth(0) == true && truth(1e30) == true && truth(-1e30) == true &&
         truth(std::numeric_limits<float>::lowest()) == true;
}

/// Which of the chosen keys are seen, as a condition on their place t; a test of scores says what the scores' masks
/// hide.
std::optional<Condition> GatherMatcher::shown(const Choice &choice, const Poly &chosen) {
  std::optional<IndexerChoice> indexer = findIndexer(elements, choice.scores);
  auto hidesByInfinity = [&](const MaskPart &mask) {
    bool isFinite = false;
    if (mask.isCondition())
      return std::isinf(mask.fill);
    return elements.additiveMask(mask.term, isFinite).has_value() && !isFinite;
  };
  Condition result = Condition::constant(true);
  if (!attention.getMask())
    return result;
  Indices index;
  for (int64_t dim = 0; dim < 4; ++dim)
    index.push_back(attention.getMask().getType().getDimSize(dim) == 1 ? Poly() : point[dim]);
  for (const MaskPart &part : maskParts(elements, {attention.getMask(), index})) {
    bool isTest = part.isCondition() && isShown(part, choice);
    for (const MaskPart &piece : isTest ? std::vector<MaskPart>{part} : conjuncts(elements, part)) {
      if (isTest || (piece.isCondition() && isShown(piece, choice))) {
        if (!llvm::all_of(indexer->masks, hidesByInfinity))
          return std::nullopt;
        result = elements.conjunction(result, visible(elements, indexer->masks));
        continue;
      }
      std::optional<Condition> condition = visible(elements, piece);
      if (!condition || !condition->isKnown() || condition->never)
        return std::nullopt;
      for (Poly &poly : condition->atLeastZero)
        poly = elements.atoms.substitute(poly, *chosen.asAtom(), t);
      result = elements.conjunction(result, *condition);
    }
  }
  return result;
}

LogicalResult GatherMatcher::run() {
  Value q = attention.getQ(), k = attention.getK(), v = attention.getV();
  for (int64_t dim = 0; dim < 3; ++dim)
    point.push_back(elements.atoms.var(elements.sizeOf(q, dim)));
  point.push_back(elements.atoms.var(elements.sizeOf(k, 2)));
  int64_t kvHeads = attention.getK().getType().getDimSize(1);
  if (kvHeads != 1 && kvHeads != attention.getQ().getType().getDimSize(1))
    return failure();
  // Queries that were merged with their batches are told apart by the top-k's dimensions.
  Poly e = elements.atoms.var(elements.sizeOf(k, 3)), e2 = elements.atoms.var(elements.sizeOf(v, 3));
  auto keyAt = [&](Value tensor, const Poly &column) {
    return Term{tensor, {point[0], kvHeads == 1 ? Poly() : point[1], point[3], column}};
  };
  std::optional<Gathered> keys = matchGathered(elements, keyAt(k, e));
  if (!keys)
    return failure();
  if (auto split = findSplit(elements, {keyAt(k, e)}, {point[0], point[1], point[2]})) {
    // One variable is two: its quotient and remainder by a size.
    const auto &[variable, size] = *split;
    std::optional<int64_t> all = elements.atoms.extent(variable)->constant(), inner = size.constant();
    if (!all || !inner || *inner <= 0 || *all % *inner)
      return failure();
    Poly whole = elements.atoms.var(*all / *inner) * *inner + elements.atoms.var(*inner);
    for (Poly &index : point)
      if (index == variable)
        index = whole;
    keys = matchGathered(elements, keyAt(k, e));
  }
  std::optional<Gathered> values = matchGathered(elements, keyAt(v, e2));
  t = elements.atoms.var(elements.sizeOf(elements.atoms.origin(keys->chosen)->first.getDefiningOp<TopKOp>().getX(),
                                         elements.atoms.origin(keys->chosen)->second.size() - 1));
  std::optional<Choice> choice = choiceOf(elements, keys->chosen, t);
  std::optional<IndexerChoice> indexer = choice ? findIndexer(elements, choice->scores) : std::nullopt;
  if (!indexer || !indexer->index[1].isConstant(0) || indexer->index[3] != t)
    return failure();
  if (!values || values->chosen != keys->chosen)
    return miss("keys and values are not gathered at the same places");
  auto topkAt = elements.atoms.origin(keys->chosen)->second;
  if (topkAt.back() != point[3] ||
      elements.sizeOf(choice->topk.getIndices(), topkAt.size() - 1) != elements.sizeOf(k, 2))
    return miss("not all keys that were chosen are attended to");
  if (attention.getLse() || attention.getQLengths() || attention.getKvLengths() || attention.getOffsets() ||
      attention.getCausal() || attention.getWindow() || attention.getSink())
    return miss("the attention has lengths, offsets, a sink or causality among what was gathered");
  const Poly &b = indexer->index[0], &s = indexer->index[2];
  // What is left of the point are heads.
  std::vector<Poly> heads;
  for (const Poly &variable : variablesOf(elements, {point[0], point[1], point[2]}))
    if (variable != b && variable != s)
      heads.push_back(variable);
  if (heads.size() > 1)
    return miss("the heads are no one dimension");
  Poly h = heads.empty() ? Poly() : heads.front();
  auto place = [&](const Gathered &gathered) { return elements.substitute(gathered.source, gathered.chosen, t); };
  Term keyTerm = place(*keys), valueTerm = place(*values);
  if (elements.dependsOn(keyTerm, s) || elements.dependsOn(valueTerm, s))
    return miss("each query has keys of its own");
  std::optional<Condition> condition = shown(*choice, keys->chosen);
  Condition scored = visible(elements, indexer->masks);
  bool areKnown = condition && llvm::all_of(indexer->masks,
                                            [&](const MaskPart &mask) { return visible(elements, mask).has_value(); });
  Poly difference = elements.atoms.extent(t).value_or(0) - elements.sizeOf(indexer->scores.getQ(), 2);
  bool isCausal = scored.isKnown() && scored.atLeastZero.size() == 1 &&
                  scored.atLeastZero.front() == s + difference - t && elements.atoms.isNonNegative(difference);
  if (!areKnown || !implies(elements, *condition, scored) || !implies(elements, scored, *condition) ||
      !(scored.isAlways() || isCausal))
    return miss("the scores are not masked as the attention is, causally or not at all");
  bool perHead = elements.dependsOn(keyTerm, h) || elements.dependsOn(valueTerm, h);
  Value queries = materialize(context, elements, {q, {point[0], point[1], point[2], e}}, {b, h, s, e});
  Value allKeys = materialize(context, elements, keyTerm, {b, perHead ? h : Poly(), t, e});
  Value allValues = materialize(context, elements, valueTerm, {b, perHead ? h : Poly(), t, e2});
  if (!queries || !allKeys || !allValues)
    return miss("the queries, or the keys before they are gathered, are no tensors of batch, head, position and size");
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(attention);
  auto qType = cast<RankedTensorType>(queries.getType()), vType = cast<RankedTensorType>(allValues.getType());
  IndexerScoresOp scores = indexer->scores;
  Value dsa =
      DsaOp::create(rewriter, attention.getLoc(),
                    qType.clone({qType.getDimSize(0), qType.getDimSize(1), qType.getDimSize(2), vType.getDimSize(3)}),
                    /*lse=*/Type(), queries, allKeys, allValues, scores.getQ(), scores.getK(), scores.getW(),
                    /*w_kv=*/Value(), scores.getQScales(), scores.getKScales(), /*sink=*/Value(),
                    /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(),
                    rewriter.getI64IntegerAttr(choice->count), scores.getScaleAttr(), attention.getScaleAttr(),
                    attention.getSoftcapAttr(), isCausal ? rewriter.getUnitAttr() : UnitAttr(),
                    /*offset=*/IntegerAttr())
          .getResult();
  return replaceWith(context, elements, attention, {dsa, {b, h, s, e2}}, {point[0], point[1], point[2], e2});
}

LogicalResult hadal::raise::raiseDsaGather(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention)
    return failure();
  return GatherMatcher(attention, context).run();
}
