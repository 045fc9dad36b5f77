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

/// Whether `offsets` is [E + 1] and `permutation` [slots].
static bool isGrouping(Value offsets, Value permutation, int64_t experts, int64_t slots) {
  return rankOf(offsets) == 1 && rankOf(permutation) == 1 && agree(sizeOf(offsets, 0), sum(experts, 1)) &&
         agree(sizeOf(permutation, 0), slots);
}

//===----------------------------------------------------------------------===//
// RouteOp
//===----------------------------------------------------------------------===//

LogicalResult RouteOp::verify() {
  Value logits = getLogits(), bias = getBias();
  if (rankOf(logits) != 2 || ShapedType::isDynamic(sizeOf(logits, 1)))
    return emitOpError("takes logits [T, E] with E static, not ") << logits.getType(); // C1
  int64_t experts = sizeOf(logits, 1);
  if (bias && (rankOf(bias) != 1 || sizeOf(bias, 0) != experts || !sameElement({logits, bias})))
    return emitOpError("the bias must be [E] of logits' element type"); // C1
  int64_t groups = getGroups(), kept = getKeptGroups(), k = getK();
  if (groups < 1 || experts % groups)
    return emitOpError("the number of groups, ") << groups << ", must divide the number of experts, " << experts; // C2
  if (kept < 1 || kept > groups)
    return emitOpError("keeps ") << kept << " of " << groups << " groups; at least 1 and at most all"; // C3
  if (k < 1 || k > kept * (experts / groups))
    return emitOpError("chooses ") << k << " of the " << kept * (experts / groups)
                                   << " experts of the kept groups; at least 1 and at most all"; // C4
  if (getGroupScore() == GroupScore::Sum2 && experts / groups < 2)
    return emitOpError("sum2 needs at least two experts in a group"); // C5
  if (!sameElement({logits, getWeights()}))
    return emitOpError("gives weights of logits' element type"); // C6
  if (failed(verifyResults(*this)))
    return failure(); // C6
  if (!getScale().isFinite() || !getEpsilon().isFinite() || getEpsilon().isNegative())
    return emitOpError("scale and epsilon must be finite, epsilon not negative"); // C7
  return success();
}

void RouteOp::describeResults(ResultSizes &sizes) {
  for (Value result : {getWeights(), getIndices()})
    sizes.set(result, {sizes.of(getLogits(), 0), sizes.constant(getK())});
}

std::optional<int64_t> RouteOp::getFlops() { return countOf(tensorType(getLogits()).getShape(), 4); }

//===----------------------------------------------------------------------===//
// MoeOp
//===----------------------------------------------------------------------===//

LogicalResult MoeOp::verify() {
  Value x = getX(), weights = getWeights(), indices = getIndices(), gateUp = getWGateUp(), down = getWDown();
  if (rankOf(x) != 2 || rankOf(weights) != 2 || rankOf(indices) != 2 || rankOf(gateUp) != 3 || rankOf(down) != 3 ||
      !sameElement({x, weights, gateUp, down}))
    return emitOpError("takes x, weights, indices of rank 2 and w_gate_up, w_down of rank 3, floats of one type"); // C1
  if (!agree(sizeOf(x, 0), sizeOf(weights, 0)) || !agree(sizeOf(x, 0), sizeOf(indices, 0)) ||
      !agree(sizeOf(weights, 0), sizeOf(indices, 0)) || !agree(sizeOf(weights, 1), sizeOf(indices, 1)))
    return emitOpError("x, weights and indices must agree in tokens, weights and indices in k"); // C2
  if (!agree(sizeOf(gateUp, 0), sizeOf(down, 0)) || !agree(sizeOf(gateUp, 1), sizeOf(x, 1)) ||
      !agree(sizeOf(gateUp, 2), product(2, sizeOf(down, 1))) || !agree(sizeOf(down, 2), sizeOf(x, 1)))
    return emitOpError("w_gate_up must be [E, H, 2I] and w_down [E, I, H], not ")
           << gateUp.getType() << " and " << down.getType(); // C2
  if (getResult().getType() != x.getType())
    return emitOpError("gives x's type, ") << x.getType(); // C2
  return success();
}

void MoeOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> MoeOp::getFlops() {
  int64_t perSlot = product(6, product(sizeOf(getX(), 1), sizeOf(getWDown(), 1)));
  return countOf({sizeOf(getIndices(), 0), sizeOf(getIndices(), 1), perSlot});
}

//===----------------------------------------------------------------------===//
// GroupOp
//===----------------------------------------------------------------------===//

LogicalResult GroupOp::verify() {
  if (rankOf(getIndices()) != 2 || static_cast<int64_t>(getExperts()) < 1)
    return emitOpError("takes indices [T, k] and at least one expert"); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void GroupOp::describeResults(ResultSizes &sizes) {
  sizes.set(getOffsets(), {sizes.constant(getExperts() + 1)});
  sizes.set(getPermutation(), {sizes.product(sizes.of(getIndices(), 0), sizes.of(getIndices(), 1))});
}

std::optional<int64_t> GroupOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// GroupedMatmulOp
//===----------------------------------------------------------------------===//

LogicalResult GroupedMatmulOp::verify() {
  Value x = getX(), w = getW();
  if (rankOf(x) != 2 || rankOf(w) != 3 || !sameElement({x, w, getResult()}) || !agree(sizeOf(x, 1), sizeOf(w, 1)) ||
      !isGrouping(getOffsets(), getPermutation(), sizeOf(w, 0), ShapedType::kDynamic))
    return emitOpError("takes x [M, K], w [E, K, N], offsets [E + 1] and permutation [P], floats of one type"); // C1
  int64_t slots = sizeOf(getPermutation(), 0);
  if (getSlotsPerToken() ? static_cast<int64_t>(*getSlotsPerToken()) < 1 : !agree(sizeOf(x, 0), slots))
    return emitOpError("gathers at least one slot per token, or takes one row of x per slot"); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void GroupedMatmulOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getPermutation(), 0), sizes.of(getW(), 2)});
}

std::optional<int64_t> GroupedMatmulOp::getFlops() {
  return countOf({sizeOf(getPermutation(), 0), sizeOf(getW(), 1), sizeOf(getW(), 2)}, 2);
}

//===----------------------------------------------------------------------===//
// GatedActivationOp, CombineOp
//===----------------------------------------------------------------------===//

LogicalResult GatedActivationOp::verify() {
  RankedTensorType x = getX().getType();
  if (x.getRank() < 1 || x.isDynamicDim(x.getRank() - 1) || x.getShape().back() % 2)
    return emitOpError("takes a tensor whose last dimension is static and even, not ") << x; // C1
  if (!sameElement({getX(), getResult()}))
    return emitOpError("gives x's element type, not ") << getResult().getType(); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C1
  return success();
}

void GatedActivationOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getX());
  shape.back() = sizes.floorDiv(shape.back(), 2);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> GatedActivationOp::getFlops() { return countOf(tensorType(getX()).getShape(), 3); }

LogicalResult CombineOp::verify() {
  Value y = getY(), weights = getWeights();
  if (rankOf(y) != 2 || rankOf(weights) != 2 || ShapedType::isDynamic(sizeOf(weights, 1)) ||
      !sameElement({y, weights, getResult()}) || !agree(sizeOf(y, 0), product(sizeOf(weights, 0), sizeOf(weights, 1))))
    return emitOpError("takes y [T*k, H] and weights [T, k] with k static, of one float type"); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C1
  return success();
}

void CombineOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getWeights(), 0), sizes.of(getY(), 1)});
}

std::optional<int64_t> CombineOp::getFlops() { return countOf(tensorType(getY()).getShape(), 2); }
