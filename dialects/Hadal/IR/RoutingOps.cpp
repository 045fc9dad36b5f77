//===- RoutingOps.cpp - Verification and shapes of routing ops ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

/// Whether `list` is [size].
static bool isList(Value list, int64_t size) { return rankOf(list) == 1 && agree(sizeOf(list, 0), size); }

//===----------------------------------------------------------------------===//
// RouteOp
//===----------------------------------------------------------------------===//

LogicalResult RouteOp::verify() {
  Value logits = getLogits(), bias = getBias(), valid = getValid(), given = getGiven();
  if (rankOf(logits) != 2)
    return emitOpError("takes logits [T, E], not ") << logits.getType(); // C1
  int64_t experts = sizeOf(logits, 1);
  if (bias && !isList(bias, experts))
    return emitOpError("the bias must be [E], not ") << bias.getType(); // C1
  int64_t groups = getGroups(), kept = getKeptGroups(), k = getK();
  bool isKnown = !ShapedType::isDynamic(experts); // else the reference checks when it runs
  if (groups < 1 || (isKnown && experts % groups))
    return emitOpError("the number of groups, ") << groups << ", must divide the number of experts, " << experts; // C2
  if (kept < 1 || kept > groups)
    return emitOpError("keeps ") << kept << " of " << groups << " groups; at least 1 and at most all"; // C3
  if (k < 1 || (isKnown && k > kept * (experts / groups)))
    return emitOpError("chooses ") << k << " of the experts of the kept groups; at least 1 and at most all"; // C4
  if (getGroupScore() == GroupScore::Sum2 && isKnown && experts / groups < 2)
    return emitOpError("sum2 needs at least two experts in a group"); // C5
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (!getScale().isFinite() || !getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("scale and epsilon must be finite, epsilon not negative"); // C7
  if (valid && !isList(valid, sizeOf(logits, 0)))
    return emitOpError("valid must be [T], not ") << valid.getType(); // C8
  if (given && (rankOf(given) != 2 || !agree(sizeOf(given, 0), sizeOf(logits, 0)) || !agree(sizeOf(given, 1), k) ||
                !sameElement({given, getIndices()})))
    return emitOpError("the given experts must be [T, k] of indices' element type, not ") << given.getType(); // C9
  if (given && (bias || groups != 1 || getRank() != RouteRank::Scores))
    return emitOpError("ranks nothing where the experts are given: no bias, no groups, no rank"); // C9
  if (getFloor() && !getNormalize())
    return emitOpError("a floor of the sum needs normalize"); // C10
  if (std::optional<llvm::APFloat> fill = getGroupFill(); fill && (groups == 1 || !fill->isFinite()))
    return emitOpError("masked takes a finite number, in place of the choices of groups that are not kept"); // C11
  return success();
}

void RouteOp::describeResults(ResultSizes &sizes) {
  for (Value result : {getWeights(), getIndices()})
    sizes.set(result, {sizes.of(getLogits(), 0), sizes.constant(getK())});
}

std::optional<int64_t> RouteOp::getFlops() { return countOf(tensorType(getLogits()).getShape(), 4); }

bool RouteOp::isPlain() {
  bool isScored = getScore() == ScoreFunction::Sigmoid || getScore() == ScoreFunction::Softmax;
  return isScored && !ShapedType::isDynamic(getNumExperts()) && getRank() == RouteRank::Scores && !getValid() &&
         !getGiven() && !getFloor() && sameElement({getLogits(), getWeights()});
}

Value RouteOp::getCandidates() { return getLogits(); }
Value RouteOp::getChosen() { return getIndices(); }
int64_t RouteOp::getNumChosen() { return getK(); }
Value RouteOp::getRouteWeights() { return getWeights(); }
Value RouteOp::getRouteIndices() { return getIndices(); }
int64_t RouteOp::getNumExperts() { return sizeOf(getLogits(), 1); }

ParseResult hadal::detail::parseRouteGroups(OpAsmParser &parser, IntegerAttr &groups, IntegerAttr &kept,
                                            GroupScoreAttr &score) {
  Builder &b = parser.getBuilder();
  if (failed(parser.parseOptionalKeyword("groups"))) {
    groups = kept = b.getI64IntegerAttr(1);
    score = GroupScoreAttr::get(b.getContext(), GroupScore::Max);
    return success();
  }
  StringRef by;
  SMLoc at;
  if (parser.parseAttribute(groups, b.getI64Type()) || parser.parseKeyword("keep") ||
      parser.parseAttribute(kept, b.getI64Type()) || parser.parseKeyword("by") || parser.getCurrentLocation(&at) ||
      parser.parseKeyword(&by))
    return failure();
  std::optional<GroupScore> value = symbolizeGroupScore(by);
  if (!value)
    return parser.emitError(at, "a group's score is max or sum2, not ") << by;
  score = GroupScoreAttr::get(b.getContext(), *value);
  return success();
}

void hadal::detail::printRouteGroups(OpAsmPrinter &printer, Operation *, IntegerAttr groups, IntegerAttr kept,
                                     GroupScoreAttr score) {
  printer << "groups " << groups.getInt() << " keep " << kept.getInt() << " by "
          << stringifyGroupScore(score.getValue());
}

ParseResult hadal::detail::parseRouteWeights(OpAsmParser &parser, FloatAttr &scale, UnitAttr &normalize,
                                             FloatAttr &epsilon, UnitAttr &floor) {
  Builder &b = parser.getBuilder();
  scale = b.getF32FloatAttr(1);
  epsilon = b.getF32FloatAttr(0);
  if (succeeded(parser.parseOptionalKeyword("scale")) && parser.parseAttribute(scale, b.getF32Type()))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("normalize")))
    normalize = b.getUnitAttr();
  if (succeeded(parser.parseOptionalKeyword("epsilon")))
    return parser.parseAttribute(epsilon, b.getF32Type());
  if (failed(parser.parseOptionalKeyword("floor")))
    return success();
  floor = b.getUnitAttr();
  return parser.parseAttribute(epsilon, b.getF32Type());
}

void hadal::detail::printRouteWeights(OpAsmPrinter &printer, Operation *, FloatAttr scale, UnitAttr normalize,
                                      FloatAttr epsilon, UnitAttr floor) {
  printer << "scale ";
  printer.printAttributeWithoutType(scale);
  printer << (normalize ? " normalize" : "") << (floor ? " floor " : " epsilon ");
  printer.printAttributeWithoutType(epsilon);
}

//===----------------------------------------------------------------------===//
// GroupOp
//===----------------------------------------------------------------------===//

LogicalResult GroupOp::verify() {
  if (rankOf(getIndices()) != 2 || !fitsI32(getExperts()))
    return emitOpError("takes indices [T, k] and at least one expert"); // C1
  if (getNumResults() > 4)
    return emitOpError("gives offsets, permutation, counts and inverse, not ") << getNumResults() << " results"; // C2
  std::optional<uint64_t> align = getAlign(), capacity = getCapacity();
  if ((align && !fitsI32(*align)) || (capacity && !fitsI32(*capacity)) || (align && capacity))
    return emitOpError("takes align or capacity, at least 1"); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void GroupOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size slots = sizes.product(sizes.of(getIndices(), 0), sizes.of(getIndices(), 1)), rows = slots;
  int64_t experts = getExperts();
  if (std::optional<uint64_t> align = getAlign()) {
    int64_t step = *align;
    ResultSizes::Size most = sizes.sum(slots, sizes.constant(experts * (step - 1)));
    rows = sizes.product(sizes.floorDiv(most, step), sizes.constant(step));
  } else if (std::optional<uint64_t> capacity = getCapacity()) {
    rows = sizes.constant(experts * static_cast<int64_t>(*capacity));
  }
  sizes.set(getOffsets(), {sizes.constant(experts + 1)});
  sizes.set(getPermutation(), {rows});
  sizes.set(getCounts(), {sizes.constant(experts)});
  sizes.set(getInverse(), {slots});
}

std::optional<int64_t> GroupOp::getFlops() { return 0; }

bool GroupOp::isPlain() { return getNumResults() == 2 && !getAlign() && !getCapacity(); }

//===----------------------------------------------------------------------===//
// PermuteOp, CombineOp
//===----------------------------------------------------------------------===//

LogicalResult PermuteOp::verify() {
  if (rankOf(getX()) < 1 || rankOf(getPermutation()) != 1)
    return emitOpError("takes x of rank 1 or more and permutation [P]"); // C1
  if (static_cast<int64_t>(getSlotsPerToken()) < 1)
    return emitOpError("a token has at least one slot"); // C2
  if (!sameElement({getX(), getResult()}))
    return emitOpError("gives x's element type, not ") << getResult().getType(); // C3
  return verifyResults(*this);                                                   // C3
}

void PermuteOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getX());
  shape.front() = sizes.of(getPermutation(), 0);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> PermuteOp::getFlops() { return 0; }

LogicalResult CombineOp::verify() {
  Value y = getY(), weights = getWeights(), inverse = getInverse(), permutation = getPermutation(), add = getAdd();
  if (rankOf(y) != 2 || rankOf(weights) != 2)
    return emitOpError("takes y and weights of rank 2, not ") << y.getType() << " and " << weights.getType(); // C1
  int64_t slots = product(sizeOf(weights, 0), sizeOf(weights, 1));
  if (!inverse && !permutation && !agree(sizeOf(y, 0), slots))
    return emitOpError("takes y [T*k, H], a row for each slot, not ") << y.getType(); // C2
  if ((inverse && permutation) || (inverse && !isList(inverse, slots)) ||
      (permutation && !isList(permutation, sizeOf(y, 0))))
    return emitOpError("takes an inverse [T*k], or a permutation as long as y, or neither"); // C3
  if (!sameElement({y, getResult()}) || (add && !sameElement({y, add})))
    return emitOpError("y, what is added and the result must have one element type"); // C4
  if (add && (rankOf(add) != 2 || !agree(sizeOf(add, 0), sizeOf(weights, 0)) || !agree(sizeOf(add, 1), sizeOf(y, 1))))
    return emitOpError("adds [T, H], not ") << add.getType(); // C4
  return verifyResults(*this);                                // C5
}

void CombineOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getWeights(), 0), sizes.of(getY(), 1)});
}

std::optional<int64_t> CombineOp::getFlops() {
  return countOf({sizeOf(getWeights(), 0), sizeOf(getWeights(), 1), sizeOf(getY(), 1)}, 2);
}

bool CombineOp::isPlain() {
  return !getInverse() && !getPermutation() && !getAdd() && !ShapedType::isDynamic(sizeOf(getWeights(), 1)) &&
         sameElement({getY(), getWeights()});
}
