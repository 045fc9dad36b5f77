//===- Router.cpp - Recognise the choice of experts -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Router.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
class RouteMatcher {
public:
  RouteMatcher(Value weights, TopKOp ranking, Context &context)
      : weights(weights), ranking(ranking), context(context) {}

  LogicalResult match();
  RouterMiss miss;

private:
  LogicalResult because(const Twine &reason) {
    miss.reason = reason.str();
    return failure();
  }
  bool setUp();
  LogicalResult matchScore(const RouterChoice &choice);
  bool isRanked(const Term &term);
  LogicalResult matchRanking(const Term &choice);
  LogicalResult matchFill(const RouterChoice &choice);
  LogicalResult rewrite();

  bool isOfExpert(const Term &term) {
    return llvm::none_of(at.variables, [&](const Poly &variable) { return elements.dependsOn(term, variable); });
  }

  Value weights;
  TopKOp ranking;
  Context &context;
  Elements elements;
  RouterIndices at;
  RouterWeights found;
  RouterGroups groups;
  Score score{ScoreFunction::Sigmoid, {}};
  std::optional<ScoreFunction> ranked; // nothing: the logits
  std::optional<Term> bias;
  std::optional<double> fill;
  bool isOfRanked = false; // the weights are taken from what was ranked
  int64_t experts = 0, k = 0;
};
} // namespace

/// Whether the weights' dimensions are those of tokens and of the k choices.
bool RouteMatcher::setUp() {
  RankedTensorType ranked = ranking.getX().getType();
  int64_t last = ranked.getRank() - 1;
  std::optional<int64_t> chosen = elements.sizeOf(ranking.getIndices(), last).constant();
  if (ranked.isDynamicDim(last) || !chosen || *chosen < 1)
    return false;
  experts = ranked.getDimSize(last);
  k = *chosen;
  if (experts < 2 || (!ranking.getLargest() && k == experts)) // the latter sorts
    return false;
  at.ranking = ranking;
  at.expert = elements.atoms.var(experts);
  at.slot = elements.atoms.var(k);
  // Variables for the dimensions of whichever has more: the other's indices are made of them.
  auto rowSizes = [&](Value tensor, Value other) {
    std::vector<Poly> sizes = elements.sizesOf(tensor);
    if (tensor != weights || k == 1) {
      sizes.pop_back();
      return sizes;
    }
    while (sizes.back().isConstant(1))
      sizes.pop_back();
    sizes.pop_back();
    return sizes;
  };
  auto count = [](ArrayRef<Poly> sizes) { return llvm::count_if(sizes, [](const Poly &p) { return p != Poly(1); }); };
  std::vector<Poly> mine = rowSizes(weights, ranking.getX()), theirs = rowSizes(ranking.getX(), weights);
  const std::vector<Poly> &finer = count(mine) > count(theirs) ? mine : theirs;
  Indices index;
  for (const Poly &size : finer) {
    index.push_back(elements.atoms.var(size));
    if (!index.back().isConstant(0))
      at.variables.push_back(index.back());
  }
  at.row = elements.atoms.linearize(index, finer);
  at.rows = at.rowsOf(elements, ranking.getX(), 1);
  Indices place = at.rows;
  place.push_back(at.slot);
  at.chosen = elements.integer({ranking.getIndices(), place});
  return at.chosen.asAtom().has_value();
}

/// The element of `tensor` at t and j.
static Term elementAt(Elements &elements, const RouterIndices &at, Value tensor, int64_t k) {
  return {tensor, elements.atoms.delinearize(at.row * k + at.slot, elements.sizesOf(tensor))};
}

/// s of the weights, at the expert e.
LogicalResult RouteMatcher::matchScore(const RouterChoice &choice) {
  // A weight that is taken from what was ranked is that of a kept expert: there, the mask lets it be.
  Term all{ranking.getX(), at.rows};
  all.index.push_back(at.expert);
  isOfRanked = !found.source || elements.same(*found.source, all);
  Term source = isOfRanked ? choice.choice : *found.source;
  if (isOfRanked && choice.kept && choice.fill > 0)
    return because("what stands for masked scores may be a weight");
  std::optional<Score> inner = hadal::raise::matchScore(elements, source, at.expert);
  if (found.function != ScoreFunction::Identity) {
    if (inner) {
      miss.isFinal = true;
      return because("the weights are a function of scores, not of logits");
    }
    score = {found.function, source};
    return success();
  }
  if (inner) {
    score = *inner;
    return success();
  }
  if (auto sum = elements.operands<arith::AddFOp>(source))
    for (int side = 0; side < 2; ++side)
      if (isOfExpert((*sum)[side]) && hadal::raise::matchScore(elements, (*sum)[1 - side], at.expert))
        return because("the weights are not taken from the scores before the bias");
  if (found.normalize || choice.kept) // else a choice of anything
    return because("the scores are neither a sigmoid nor a softmax of logits");
  return failure();
}

/// Whether `term` ranks experts by the logits of the weights.
bool RouteMatcher::isRanked(const Term &term) {
  if (elements.same(term, score.logit)) {
    ranked = std::nullopt;
    return true;
  }
  std::optional<Score> other = hadal::raise::matchScore(elements, term, at.expert);
  if (!other || !elements.same(other->logit, score.logit))
    return false;
  ranked = other->function;
  return true;
}

/// c is s, or s + bias, or the same of the logits.
LogicalResult RouteMatcher::matchRanking(const Term &choice) {
  if (isRanked(choice))
    return success();
  if (auto sum = elements.operands<arith::AddFOp>(choice))
    for (int side = 0; side < 2; ++side)
      if (isOfExpert((*sum)[side]) && isRanked((*sum)[1 - side])) {
        bias = (*sum)[side];
        return success();
      }
  return because("the weights are not taken from the scores before the bias");
}

/// The least element of a constant tensor.
static std::optional<double> smallest(Value tensor) {
  DenseElementsAttr dense;
  if (!tensor || !matchPattern(tensor, m_Constant(&dense)) || !isa<FloatType>(dense.getElementType()))
    return std::nullopt;
  double least = std::numeric_limits<double>::infinity();
  for (const APFloat &value : dense.getValues<APFloat>())
    least = std::min(least, value.convertToDouble());
  return least;
}

/// Whether what stands for masked choices must be said: −inf need not.
LogicalResult RouteMatcher::matchFill(const RouterChoice &choice) {
  // No score with its bias comes near this.
  constexpr double lowest = -1e30;
  if (groups.groups == groups.kept || choice.fill <= lowest)
    return success();
  // Scores are positive, so one of 0 ranks above nothing that is kept. (A score of a kept expert that is too small for
  // f32 and rounds to 0 ties with it; a token has enough others, unless its logits span more than 100.)
  double least = bias ? smallest(elements.find(*bias, {at.expert})).value_or(-1) : 0;
  if (ranked && choice.fill <= least && choice.fill <= 0)
    return success();
  if (!std::isfinite(choice.fill))
    return because("masked choices are no number, or the best ones");
  fill = choice.fill;
  return success();
}

/// [T, k] as a tensor of `type`, whose last dimensions but those of size 1 are k.
static Value reshapeRows(OpBuilder &builder, Value rows, RankedTensorType type, ArrayRef<OpFoldResult> sizes) {
  Location loc = rows.getLoc();
  int64_t rank = type.getRank(), place = rank - 1;
  int64_t k = cast<RankedTensorType>(rows.getType()).getDimSize(1);
  while (place > 0 && k != 1 && type.getDimSize(place) == 1)
    --place;
  if (place == 0) { // one token
    SmallVector<ReassociationIndices> flat = {{0, 1}};
    rows = tensor::CollapseShapeOp::create(builder, loc, rows, flat);
    if (rank == 1)
      return rows;
    SmallVector<ReassociationIndices> all = {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
    return tensor::ExpandShapeOp::create(builder, loc, type, rows, all, sizes);
  }
  if (rank != 2) {
    SmallVector<ReassociationIndices> groups = {llvm::to_vector<2>(llvm::seq<int64_t>(0, place)),
                                                llvm::to_vector<2>(llvm::seq<int64_t>(place, rank))};
    return tensor::ExpandShapeOp::create(builder, loc, type, rows, groups, sizes);
  }
  return rows.getType() == type ? rows : tensor::CastOp::create(builder, loc, type, rows).getResult();
}

/// Whether `value` is there at `op`.
static bool isBefore(Value value, Operation *op) {
  Operation *def = value.getDefiningOp();
  return !def || def->getBlock() != op->getBlock() || def->isBeforeInBlock(op);
}

LogicalResult RouteMatcher::rewrite() {
  RewriterBase &rewriter = context.rewriter;
  Location loc = ranking.getLoc();
  Value logits = materialize(context, elements, score.logit, {at.row, at.expert});
  if (!logits)
    return because("the logits are no tensor of token and expert");
  Value added = bias ? materialize(context, elements, *bias, {at.expert}) : Value();
  if (bias && !added && (fill || !elements.constant(*bias))) // one number for all moves nothing
    return because("the bias is no tensor of experts");
  if (!isBefore(logits, ranking) || (added && !isBefore(added, ranking)))
    return because("the logits are not there before the choice");
  rewriter.setInsertionPoint(ranking);
  SmallVector<OpFoldResult> weightSizes, indexSizes;
  for (const Poly &size : elements.sizesOf(weights))
    weightSizes.push_back(elements.sizeValue(rewriter, loc, size));
  for (const Poly &size : elements.sizesOf(ranking.getIndices()))
    indexSizes.push_back(elements.sizeValue(rewriter, loc, size));
  if (llvm::is_contained(weightSizes, OpFoldResult()) || llvm::is_contained(indexSizes, OpFoldResult()))
    return because("the number of tokens is not known");
  auto logitsType = cast<RankedTensorType>(logits.getType());
  auto weightsType = cast<RankedTensorType>(weights.getType());
  RankedTensorType indicesType = ranking.getIndices().getType();
  SmallVector<int64_t> shape = {logitsType.getDimSize(0), k};
  auto routed = RouteOp::create(
      rewriter, loc, logitsType.clone(shape), RankedTensorType::get(shape, indicesType.getElementType()), logits, added,
      /*valid=*/Value(), /*given=*/Value(), score.function,
      ranked || score.function == ScoreFunction::SoftmaxChosen ? RouteRank::Scores : RouteRank::Logits, groups.groups,
      groups.kept, groups.score, fill ? rewriter.getF32FloatAttr(*fill) : FloatAttr(), k,
      llvm::APFloat(static_cast<float>(found.scale)), found.normalize, llvm::APFloat(static_cast<float>(found.epsilon)),
      found.floor);
  Value result = withType(rewriter, routed.getWeights(), weightsType.getElementType());
  rewriter.setInsertionPoint(ranking);
  result = reshapeRows(rewriter, result, weightsType, weightSizes);
  rewriter.replaceAllUsesWith(ranking.getIndices(),
                              reshapeRows(rewriter, routed.getIndices(), indicesType, indexSizes));
  rewriter.replaceAllUsesWith(weights, result);
  return success();
}

LogicalResult RouteMatcher::match() {
  if (!setUp())
    return failure();
  std::optional<RouterWeights> matched = matchRouterWeights(elements, at, elementAt(elements, at, weights, k), miss);
  if (!matched)
    return failure();
  found = *matched;
  Term all{ranking.getX(), at.rows};
  all.index.push_back(at.expert);
  RouterChoice choice = matchRouterChoice(elements, all);
  if (failed(matchScore(choice)))
    return failure();
  if (!ranking.getLargest())
    return because("the smallest scores are chosen");
  if (failed(matchRanking(choice.choice)))
    return failure();
  if (choice.kept) {
    std::optional<RouterGroups> kept = matchRouterGroups(elements, at, choice, miss);
    if (!kept)
      return failure();
    groups = *kept;
  }
  if (failed(matchFill(choice)))
    return failure();
  if (ranked && *ranked != score.function) {
    // All scores grow with their logits: alone they rank as those do, but not with something added.
    if (bias || groups.score == GroupScore::Sum2 || fill)
      return because("the scores that are ranked are not those of the weights");
    ranked = std::nullopt;
  }
  if (fill && isOfRanked)
    return because("what stands for masked scores may be a weight");
  if (!std::isfinite(found.scale) || !std::isfinite(found.epsilon) || !(found.epsilon >= 0))
    return because("the scale is not finite, or what is added to the sum is negative");
  if (k > groups.kept * (experts / groups.groups))
    return because("more experts are chosen than the kept groups hold");
  return rewrite();
}

LogicalResult hadal::raise::raiseRoute(Operation *op, Context &context) {
  auto ranking = dyn_cast<TopKOp>(op);
  if (!ranking || ranking.getIndices().use_empty())
    return failure();
  SmallVector<Value> candidates;
  {
    Elements elements;
    candidates = findRouterWeights(elements, ranking);
  }
  RouterMiss miss;
  Operation *end = nullptr;
  for (Value weights : candidates) {
    if (weights.use_empty())
      continue;
    RouteMatcher matcher(weights, ranking, context);
    if (succeeded(matcher.match())) {
      if (isOpTriviallyDead(ranking))
        context.rewriter.eraseOp(ranking);
      return success();
    }
    if (end || matcher.miss.reason.empty())
      continue;
    miss = matcher.miss;
    end = weights.getDefiningOp();
    if (miss.isFinal)
      break;
  }
  return end ? context.miss(end, "route", ranking, miss.reason) : failure();
}
