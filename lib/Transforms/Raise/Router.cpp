//===- Router.cpp - Recognise the choice of experts -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// Everything of a `hadal.route`, as it is found piece by piece.
struct Route {
  TopKOp choice;  // of the experts
  Value gathered; // where the weights are gathered from; null if they are the values of the choice
  Value logits, bias;
  ScoreFunction score = ScoreFunction::Sigmoid;
  int64_t experts = 0, groups = 1, keptGroups = 1;
  GroupScore groupScore = GroupScore::Max;
  bool normalize = false;
  double scale = 1, epsilon = 0;
};

class RouteMatcher {
public:
  RouteMatcher(Operation *op, Context &context) : op(op), context(context) {}
  LogicalResult match();

private:
  LogicalResult miss(const Twine &reason) {
    // A top-k alone may be anything; with weights made of what it chose it is a router.
    return isa<TopKOp>(op) ? failure() : context.miss(op, "route", route.choice, reason);
  }
  bool matchWeights();
  LogicalResult matchChoice();
  LogicalResult matchGroups(const Term &kept, const Term &choice);
  LogicalResult matchScore(const Term &score);

  Operation *op;
  Context &context;
  Elements elements;
  Route route;
  Indices at;  // [t, j] of the weights
  Poly expert; // e
};
} // namespace

/// The element of a constant that every element of it is at least.
static std::optional<double> smallest(Value tensor) {
  DenseElementsAttr dense;
  if (!matchPattern(tensor, m_Constant(&dense)) || !isa<FloatType>(dense.getElementType()))
    return std::nullopt;
  double least = std::numeric_limits<double>::infinity();
  for (const APFloat &value : dense.getValues<APFloat>())
    least = std::min(least, value.convertToDouble());
  return least;
}

/// s[t, indices[t, j]] · scale, divided by its sum over j with normalisation. The choice is what the indices come from.
bool RouteMatcher::matchWeights() {
  std::vector<Term> numerators, denominators;
  elements.factors({op->getResult(0), at}, numerators, denominators);
  Term chosen;
  for (const Term &factor : numerators) {
    if (std::optional<double> constant = elements.constant(factor)) {
      route.scale *= *constant;
      continue;
    }
    if (chosen.value)
      return false;
    chosen = elements.normal(factor);
  }
  if (!chosen.value || chosen.index != at)
    return false;
  if (auto gather = chosen.value.getDefiningOp<GatherElementsOp>(); gather && gather.getAxis() == 1) {
    route.gathered = gather.getData();
    route.choice = gather.getIndices().getDefiningOp<TopKOp>();
    if (route.choice && gather.getIndices() != route.choice.getIndices())
      return false;
  } else {
    route.choice = chosen.value.getDefiningOp<TopKOp>();
    if (route.choice && (chosen.value != route.choice.getValues() || route.choice.getIndices().use_empty()))
      return false;
  }
  if (!route.choice || route.choice.getX().getType().getRank() != 2)
    return false;
  for (const Term &factor : denominators) {
    if (std::optional<double> constant = elements.constant(factor); constant && *constant != 0) {
      route.scale /= *constant;
      continue;
    }
    if (route.normalize)
      return false;
    std::vector<Term> plus, minus;
    elements.summands(factor, plus, minus);
    if (!minus.empty() || plus.size() > 2)
      return false;
    for (const Term &summand : plus) {
      if (std::optional<double> constant = elements.constant(summand)) {
        route.epsilon = *constant;
        continue;
      }
      auto sum = elements.sum(summand, at[1]);
      if (!sum || !elements.same(sum->operand, chosen))
        return false;
      route.normalize = true;
    }
  }
  route.experts = route.choice.getX().getType().getDimSize(1);
  return !ShapedType::isDynamic(route.experts);
}

/// s of the score at [t, e]: a sigmoid or a softmax of logits.
LogicalResult RouteMatcher::matchScore(const Term &score) {
  Indices logitAt{at[0], expert};
  if (std::optional<Term> logit = elements.sigmoid(score)) {
    route.score = ScoreFunction::Sigmoid;
    route.logits = materialize(context, elements, *logit, logitAt);
  } else {
    Term root = elements.normal(score);
    auto softmax = root.value.getDefiningOp<linalg::SoftmaxOp>();
    if (!softmax || root.index != logitAt || softmax.getDimension() != 1)
      return miss("the scores are neither a sigmoid nor a softmax of logits");
    route.score = ScoreFunction::Softmax;
    route.logits = elements.find({softmax.getInput(), root.index}, logitAt);
  }
  if (!route.logits)
    return miss("the logits are no tensor of token and expert");
  return success();
}

/// The top-k whose `kept` first are scattered as non-zero into zeros: a mask of what was chosen, at `mask`.
static TopKOp matchChosenMask(Elements &elements, const Term &mask, Indices &index) {
  Term root = elements.normal(mask);
  auto scatter = root.value.getDefiningOp<ScatterElementsOp>();
  if (!scatter || scatter.getAxis() != 1 || scatter.getReduction() != ScatterReduction::None)
    return nullptr;
  auto indexOf = [&](Value tensor) { return elements.variables(tensor); };
  std::optional<double> written = elements.constant({scatter.getUpdates(), indexOf(scatter.getUpdates())});
  if (elements.sizeOf(scatter.getIndices(), 0) != elements.sizeOf(scatter.getData(), 0))
    return nullptr;
  if (!elements.isConstant({scatter.getData(), indexOf(scatter.getData())}, 0.0) || !written || *written == 0)
    return nullptr;
  index = root.index;
  auto topk = scatter.getIndices().getDefiningOp<TopKOp>();
  bool isRowwise = topk && topk.getLargest() && topk.getX().getType().getRank() == 2;
  return isRowwise && topk.getIndices() == scatter.getIndices() ? topk : nullptr;
}

/// `kept` is the mask's element of e's group; the group's score comes from `choice` (c at [t, e]).
LogicalResult RouteMatcher::matchGroups(const Term &kept, const Term &choice) {
  Indices group;
  TopKOp topk = matchChosenMask(elements, kept, group);
  if (!topk)
    return miss("the masked scores are not masked by a choice of groups");
  int64_t groups = topk.getX().getType().getDimSize(topk.getX().getType().getRank() - 1);
  std::optional<int64_t> keptGroups = elements.valueOf(topk.getK()).constant();
  if (ShapedType::isDynamic(groups) || route.experts % groups || !keptGroups)
    return miss("the number of groups, or of kept ones, is not known or does not divide the experts");
  int64_t groupSize = route.experts / groups;
  if (group != Indices{at[0], elements.atoms.divMod(expert, groupSize).first})
    return miss("an expert's group is not its number divided by the size of a group");
  route.groups = groups;
  route.keptGroups = *keptGroups;

  // The score of group g, in terms of the choice at [t, g · size + i].
  Poly g = elements.atoms.var(groups), i = elements.atoms.var(groupSize);
  auto isChoice = [&](const Term &member) {
    Poly index = g * groupSize + i;
    Term expected = elements.normal(choice), actual = elements.normal(member);
    if (expected.value != actual.value)
      return false;
    // The same element, with the group's member in place of e.
    for (Poly &part : expected.index)
      part = part.substitute(*expert.asAtom(), index);
    return expected.index == actual.index;
  };
  Term score{topk.getX(), {at[0], g}};
  if (auto best = elements.maximum(score, i); best && isChoice(best->operand)) {
    route.groupScore = GroupScore::Max;
    return success();
  }
  auto sum = elements.sum(score);
  Term summand = sum ? elements.normal(sum->operand) : Term();
  auto best = sum ? summand.value.getDefiningOp<TopKOp>() : nullptr;
  if (best && best.getLargest() && summand.value == best.getValues() && elements.valueOf(best.getK()).isConstant(2) &&
      summand.index == Indices{at[0], g, sum->variable} && isChoice({best.getX(), {at[0], g, i}})) {
    route.groupScore = GroupScore::Sum2;
    return success();
  }
  return miss("a group's score is neither its largest choice nor the sum of its two largest");
}

/// The mask's element of a condition that is true where it is not zero (or, `negative`, where it is).
static std::optional<Term> matchMaskBit(Elements &elements, const Term &condition, bool &negative) {
  Term root = elements.normal(condition);
  if (root.isElement())
    return root;
  if (auto flip = elements.operands<arith::XOrIOp>(root)) {
    for (int side = 0; side < 2; ++side)
      if (elements.isConstant((*flip)[side], 1.0)) {
        negative = !negative;
        return matchMaskBit(elements, (*flip)[1 - side], negative);
      }
    return std::nullopt;
  }
  auto compare = root.value.getDefiningOp<arith::CmpFOp>();
  auto sides = elements.operands<arith::CmpFOp>(root);
  if (!compare || !elements.isConstant((*sides)[1], 0.0))
    return std::nullopt;
  if (compare.getPredicate() == arith::CmpFPredicate::OEQ || compare.getPredicate() == arith::CmpFPredicate::UEQ)
    negative = !negative;
  else if (compare.getPredicate() != arith::CmpFPredicate::UNE && compare.getPredicate() != arith::CmpFPredicate::ONE)
    return std::nullopt;
  return (*sides)[0];
}

LogicalResult RouteMatcher::matchChoice() {
  Term ranked{route.choice.getX(), {at[0], expert}};
  Term choice = ranked;
  std::optional<Term> kept;
  std::optional<double> fill;
  if (auto select = elements.operands<arith::SelectOp>(ranked)) {
    bool negative = false;
    kept = matchMaskBit(elements, (*select)[0], negative);
    if (!kept)
      return miss("the scores are masked by something that is no mask of groups");
    choice = (*select)[negative ? 2 : 1];
    fill = elements.constant((*select)[negative ? 1 : 2]);
    if (!fill)
      return miss("masked scores are replaced by something that is no constant");
  }

  // c = s, or s + bias.
  Term score = choice;
  if (auto sum = elements.operands<arith::AddFOp>(choice))
    for (int side = 0; side < 2 && !route.bias; ++side) {
      route.bias = elements.find((*sum)[side], {expert});
      score = (*sum)[1 - side];
    }
  if (failed(matchScore(score)))
    return failure();
  // The weights are the ranked scores themselves, without the bias.
  Term weighed = route.gathered ? Term{route.gathered, {at[0], expert}} : choice;
  if (!elements.same(weighed, score))
    return miss("the weights are not taken from the scores before the bias");
  if (kept && failed(matchGroups(*kept, choice)))
    return failure();
  if (fill && *fill != -std::numeric_limits<double>::infinity()) {
    // The fill must rank below every kept choice: scores are at least 0, so a positive bias proves it for 0.
    std::optional<double> least = route.bias ? smallest(route.bias) : std::nullopt;
    if (*fill > 0 || !least || *least <= *fill)
      return miss("masked groups are filled with " + Twine(std::to_string(*fill)) +
                  ", which is not provably below every other choice (−inf would be)");
  }
  return success();
}

LogicalResult RouteMatcher::match() {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() != 2 || type.isDynamicDim(1) || !isa<FloatType>(type.getElementType()))
    return failure();
  at = elements.variables(op->getResult(0));
  if (!matchWeights())
    return failure();
  if (!route.choice.getLargest())
    return failure();
  expert = elements.atoms.var(route.experts);
  if (failed(matchChoice()))
    return failure();
  if (!std::isfinite(route.scale) || !(route.epsilon >= 0))
    return miss("the scale is not finite, or what is added to the sum is negative");
  int64_t k = type.getDimSize(1);
  if (k > route.keptGroups * (route.experts / route.groups))
    return miss("more experts are chosen than the kept groups hold");
  if (cast<RankedTensorType>(route.logits.getType()).getElementType() != type.getElementType())
    return miss("the weights are of another type than the logits");
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(route.choice);
  auto routed =
      RouteOp::create(rewriter, route.choice.getLoc(), type, route.choice.getIndices().getType(), route.logits,
                      route.bias, /*valid=*/Value(), /*given=*/Value(), route.score, RouteRank::Scores, route.groups,
                      route.keptGroups, route.groupScore, k, llvm::APFloat(static_cast<float>(route.scale)),
                      route.normalize, llvm::APFloat(static_cast<float>(route.epsilon)), /*floor=*/false);
  rewriter.replaceAllUsesWith(route.choice.getIndices(), routed.getIndices());
  rewriter.replaceAllUsesWith(op->getResult(0), routed.getWeights());
  return success();
}

LogicalResult hadal::raise::raiseRoute(Operation *op, Context &context) {
  bool isWeights = op->getNumResults() == 1 && isa<linalg::LinalgOp, GatherElementsOp>(op);
  bool isChoice = isa<TopKOp>(op) && !op->getResult(0).use_empty() && !op->getResult(1).use_empty();
  if (!isWeights && !isChoice)
    return failure();
  return RouteMatcher(op, context).match();
}
