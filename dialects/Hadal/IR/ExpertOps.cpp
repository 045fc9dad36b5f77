//===- ExpertOps.cpp - Verification and shapes of experts' ops ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

/// Whether `tensor` has the shape, where both are static.
static bool hasShape(Value tensor, ArrayRef<int64_t> shape) { return agree(tensorType(tensor).getShape(), shape); }

static int64_t ceilDiv(int64_t size, int64_t block) {
  return ShapedType::isDynamic(size) ? size : size / block + (size % block != 0);
}

/// Whether alpha says anything only where silu reads it.
static bool fitsAlpha(const APFloat &alpha, Activation activation) {
  return alpha.isFinite() && (activation == Activation::Silu || alpha.isExactlyValue(1.0));
}

//===----------------------------------------------------------------------===//
// GroupedMatmulOp
//===----------------------------------------------------------------------===//

LogicalResult GroupedMatmulOp::verify() {
  Value x = getX(), w = getW(), permutation = getPermutation(), counts = getCounts();
  bool transposed = getTransposed();
  if (rankOf(x) != 2 || rankOf(w) != 3 || !agree(sizeOf(x, 1), sizeOf(w, transposed ? 2 : 1)) ||
      !hasShape(getOffsets(), {sum(sizeOf(w, 0), 1)}) || (permutation && rankOf(permutation) != 1) ||
      (counts && !hasShape(counts, {sizeOf(w, 0)})))
    return emitOpError("takes x [M, K], w [E, K, N], offsets [E + 1], permutation [P] and counts [E]"); // C1
  std::optional<uint64_t> slots = getSlotsPerToken();
  if ((slots || getScatter()) && !permutation)
    return emitOpError("gathers and scatters by a permutation, and has none"); // C2
  if (slots ? static_cast<int64_t>(*slots) < 1 : permutation && !agree(sizeOf(x, 0), sizeOf(permutation, 0)))
    return emitOpError("gathers at least one slot per token, or takes one row of x per slot"); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  int64_t depth = sizeOf(x, 1), columns = sizeOf(w, transposed ? 1 : 2);
  if (Value bias = getBias(); bias && !hasShape(bias, {sizeOf(w, 0), columns}))
    return emitOpError("the bias must be [E, N], not ") << bias.getType(); // C4
  auto isWide = [](Value value) { return elementOf(value).getIntOrFloatBitWidth() >= 16; };
  if (isWide(x) && isWide(w) && !sameElement({x, w}))
    return emitOpError("x and w must have one element type, not ") << elementOf(x) << " and " << elementOf(w); // C5
  Value xScales = getXScales(), wScales = getWScales();
  std::optional<ArrayRef<int64_t>> xBlock = getXBlock(), wBlock = getWBlock();
  auto belong = [](Value scales, std::optional<ArrayRef<int64_t>> block) {
    return scales ? block && block->size() == 2 && (*block)[0] >= 1 && (*block)[1] >= 1 : !block;
  };
  if (!belong(xScales, xBlock) || !belong(wScales, wBlock))
    return emitOpError("takes scales together with their block of two sizes, at least 1 each"); // C6
  if (xScales && !hasShape(xScales, {ceilDiv(sizeOf(x, 0), (*xBlock)[0]), ceilDiv(depth, (*xBlock)[1])}))
    return emitOpError("x_scales must have one scale for each block of x, not ") << xScales.getType(); // C7
  if (wScales &&
      !hasShape(wScales, {sizeOf(w, 0), ceilDiv(sizeOf(w, 1), (*wBlock)[0]), ceilDiv(sizeOf(w, 2), (*wBlock)[1])}))
    return emitOpError("w_scales must have one scale for each block of w, not ") << wScales.getType(); // C7
  if (std::optional<uint64_t> promote = getPromote(); promote && static_cast<int64_t>(*promote) < 1)
    return emitOpError("promotes after at least one product"); // C8
  return success();
}

void GroupedMatmulOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getPermutation() ? Value(getPermutation()) : Value(getX()), 0),
                          sizes.of(getW(), getTransposed() ? 1 : 2)});
}

std::optional<int64_t> GroupedMatmulOp::getFlops() {
  return countOf({sizeOf(getResult(), 0), sizeOf(getW(), 1), sizeOf(getW(), 2)}, 2);
}

bool GroupedMatmulOp::isPlain() {
  bool isWide = isa<Float32Type, Float16Type, BFloat16Type, Float64Type>(elementOf(getX()));
  return getPermutation() && !getTransposed() && !getCounts() && !getBias() && !getXScales() && !getWScales() &&
         isWide && sameElement({getX(), getW()});
}

//===----------------------------------------------------------------------===//
// ActivationOp, GatedActivationOp
//===----------------------------------------------------------------------===//

LogicalResult ActivationOp::verify() {
  if (!sameElement({getX(), getResult()}))
    return emitOpError("gives x's element type, not ") << getResult().getType(); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C1
  if (!fitsAlpha(getAlpha(), getActivation()))
    return emitOpError("alpha must be finite, and belongs to silu"); // C2
  return success();
}

void ActivationOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> ActivationOp::getFlops() { return countOf(tensorType(getX()).getShape(), 4); }

LogicalResult GatedActivationOp::verify() {
  RankedTensorType x = getX().getType();
  if (x.getRank() < 1 || (!x.isDynamicDim(x.getRank() - 1) && x.getShape().back() % 2))
    return emitOpError("takes a tensor whose last dimension is even, not ") << x; // C1
  if (!sameElement({getX(), getResult()}))
    return emitOpError("gives x's element type, not ") << getResult().getType(); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C1
  if (!isPositive(getLimit()) || !fitsAlpha(getAlpha(), getActivation()) || !getUpOffset().isFinite())
    return emitOpError("limit must be positive, alpha belongs to silu, and all must be finite"); // C2
  if (getGateOrder() == GateOrder::None)
    return emitOpError("needs an order of gate and up"); // C3
  return success();
}

void GatedActivationOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getX());
  shape.back() = sizes.floorDiv(shape.back(), 2);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> GatedActivationOp::getFlops() { return countOf(tensorType(getX()).getShape(), 3); }

bool GatedActivationOp::isPlain() {
  return getActivation() != Activation::GeluTanh && !ShapedType::isDynamic(sizeOf(getX(), -1)) && !getLimit() &&
         getAlpha().isExactlyValue(1.0) && getUpOffset().isZero();
}

//===----------------------------------------------------------------------===//
// MoeOp
//===----------------------------------------------------------------------===//

LogicalResult MoeOp::verify() {
  Value x = getX(), weights = getWeights(), indices = getIndices(), gateUp = getWGateUp(), down = getWDown();
  if (rankOf(x) != 2 || rankOf(weights) != 2 || rankOf(indices) != 2 || rankOf(gateUp) != 3 || rankOf(down) != 3)
    return emitOpError("takes x, weights, indices of rank 2 and w_gate_up, w_down of rank 3"); // C1
  for (Value operand : getOperands())
    if (operand != weights && isa<FloatType>(elementOf(operand)) && !sameElement({x, operand}))
      return emitOpError("takes floats of one type but for weights, not ") << operand.getType(); // C1
  if (!agree(sizeOf(x, 0), sizeOf(weights, 0)) || !agree(sizeOf(x, 0), sizeOf(indices, 0)) ||
      !agree(sizeOf(weights, 0), sizeOf(indices, 0)) || !agree(sizeOf(weights, 1), sizeOf(indices, 1)))
    return emitOpError("x, weights and indices must agree in tokens, weights and indices in k"); // C2
  bool transposed = getTransposed();
  // The sizes of a matrix from `from` to `to`, as it is given.
  auto matrix = [transposed](int64_t from, int64_t to) {
    return transposed ? std::array<int64_t, 2>{to, from} : std::array<int64_t, 2>{from, to};
  };
  int64_t experts = sizeOf(gateUp, 0), hidden = sizeOf(x, 1), inner = sizeOf(down, transposed ? 2 : 1);
  int64_t fanIn = getFanIn();
  bool isGated = fanIn == 2;
  auto [gateUpRows, gateUpColumns] = matrix(hidden, product(fanIn, inner));
  auto [downRows, downColumns] = matrix(inner, hidden);
  if (!hasShape(gateUp, {experts, gateUpRows, gateUpColumns}) || !hasShape(down, {experts, downRows, downColumns}))
    return emitOpError() << "w_gate_up must be [E, H, " << (isGated ? "2I" : "I") << "] and w_down [E, I, H], not "
                         << gateUp.getType() << " and " << down.getType(); // C2
  if (getResult().getType() != x.getType())
    return emitOpError("gives x's type, ") << x.getType(); // C2
  if (Value bias = getGateUpBias(); bias && !hasShape(bias, {experts, product(fanIn, inner)}))
    return emitOpError() << "gate_up_bias must be [E, " << (isGated ? "2I" : "I") << "], not " << bias.getType(); // C3
  if (Value bias = getDownBias(); bias && !hasShape(bias, {experts, hidden}))
    return emitOpError("down_bias must be [E, H], not ") << bias.getType(); // C3
  Value sharedGateUp = getSharedGateUp(), sharedDown = getSharedDown();
  Value sharedGate = getSharedGate(), sharedLogits = getSharedLogits();
  if (static_cast<bool>(sharedGateUp) != static_cast<bool>(sharedDown))
    return emitOpError("takes both weights of a shared expert or none"); // C4
  if (sharedGateUp) {
    if (rankOf(sharedGateUp) != 2 || rankOf(sharedDown) != 2)
      return emitOpError("the weights of the shared expert must have rank 2"); // C4
    int64_t width = sizeOf(sharedDown, transposed ? 1 : 0);
    if (!hasShape(sharedGateUp, matrix(hidden, product(fanIn, width))) || !hasShape(sharedDown, matrix(width, hidden)))
      return emitOpError() << "the weights of the shared expert must be [H, " << (isGated ? "2Is" : "Is")
                           << "] and [Is, H], not " << sharedGateUp.getType() << " and " << sharedDown.getType(); // C4
  }
  if (((sharedGate || sharedLogits) && !sharedGateUp) || (sharedGate && sharedLogits))
    return emitOpError("gates a shared expert, by shared_gate or by shared_logits"); // C5
  if ((sharedGate && !hasShape(sharedGate, {hidden})) || (sharedLogits && !hasShape(sharedLogits, {sizeOf(x, 0)})))
    return emitOpError("shared_gate must be [H], shared_logits [T]"); // C5
  if (!isPositive(getLimit()) || !isPositive(getSharedLimit()) || (getSharedLimit() && !sharedGateUp) ||
      !fitsAlpha(getAlpha(), getActivation()) || !getUpOffset().isFinite())
    return emitOpError("limits must be positive, alpha belongs to silu, shared_limit to a shared expert"); // C6
  if (!isGated && (getLimit() || getSharedLimit() || !getUpOffset().isZero()))
    return emitOpError("bounds and shifts only what has a gate"); // C7
  return success();
}

void MoeOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> MoeOp::getFlops() {
  auto perRow = [&](int64_t inner) { return product(2 * getFanIn() + 2, product(sizeOf(getX(), 1), inner)); };
  bool transposed = getTransposed();
  int64_t routed = product(sizeOf(getIndices(), 1), perRow(sizeOf(getWDown(), transposed ? 2 : 1)));
  int64_t shared = getSharedDown() ? perRow(sizeOf(getSharedDown(), transposed ? 1 : 0)) : 0;
  return countOf({sizeOf(getIndices(), 0), sum(routed, shared)});
}
