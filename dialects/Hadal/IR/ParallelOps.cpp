//===- ParallelOps.cpp - Verification and shapes of ops between ranks ---===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

/// Whether the leading dimension is static and not 0.
static bool hasRanks(Value tensor) { return !ShapedType::isDynamic(sizeOf(tensor, 0)) && sizeOf(tensor, 0) > 0; }

//===----------------------------------------------------------------------===//
// DispatchOp
//===----------------------------------------------------------------------===//

LogicalResult DispatchOp::verify() {
  Value x = getX(), indices = getIndices(), weights = getWeights(), scales = getScales();
  // Whether an operand has a row for each token.
  auto isPerToken = [&](Value value) {
    return rankOf(value) == 3 && agree(sizeOf(value, 0), sizeOf(x, 0)) && agree(sizeOf(value, 1), sizeOf(x, 1));
  };
  if (rankOf(x) != 3 || !hasRanks(x) || !isPerToken(indices))
    return emitOpError("takes x [R, T, H] with R static and at least 1, and indices [R, T, k], not ")
           << x.getType() << " and " << indices.getType(); // C1
  int64_t ranks = sizeOf(x, 0), experts = getExperts();
  if (!fitsI32(experts) || experts % ranks)
    return emitOpError("spreads experts evenly over ranks, not ") << experts << " over " << ranks; // C2
  std::optional<uint64_t> most = getMaxTokens(), align = getAlign();
  if (most && (!fitsI32(*most) || (!ShapedType::isDynamic(sizeOf(x, 1)) && sizeOf(x, 1) > static_cast<int64_t>(*most))))
    return emitOpError("max_tokens must be at least 1 and at least the number of tokens"); // C3
  if (align && (!fitsI32(*align) || !isNormal()))
    return emitOpError("align must be at least 1, and belongs to the normal layout"); // C3
  if (weights && (!isNormal() || !isPerToken(weights) || !agree(sizeOf(weights, 2), sizeOf(indices, 2))))
    return emitOpError("weights must be [R, T, k], and belong to the normal layout"); // C4
  if (scales && !isPerToken(scales))
    return emitOpError("scales must be [R, T, G], not ") << scales.getType(); // C4
  size_t results = 3 + isNormal() + static_cast<bool>(weights) + static_cast<bool>(scales);
  if (getNumResults() != results)
    return emitOpError("gives ") << results << " results with these operands, not " << getNumResults(); // C5
  auto keeps = [](Value from, Value to) { return !to || sameElement({from, to}); };
  if (!keeps(x, getRecvX()) || !keeps(indices, getRecvIndices()) || !keeps(weights, getRecvWeights()) ||
      !keeps(scales, getRecvScales()))
    return emitOpError("results must have the element types of what they receive"); // C5
  return verifyResults(*this);                                                      // C6
}

void DispatchOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size ranks = sizes.of(getX(), 0), most = sizes.of(getX(), 1);
  if (std::optional<uint64_t> given = getMaxTokens())
    most = sizes.constant(*given);
  ResultSizes::Size local = sizes.constant(static_cast<int64_t>(getExperts()) / sizeOf(getX(), 0));
  SmallVector<ResultSizes::Size> rows = {ranks, sizes.product(ranks, most)};
  if (!isNormal())
    rows.insert(rows.begin() + 1, local);
  auto rowsOf = [&](Value value) {
    SmallVector<ResultSizes::Size> shape(rows);
    if (value)
      shape.push_back(sizes.of(value, 2));
    return shape;
  };
  sizes.set(getRecvX(), rowsOf(getX()));
  sizes.set(getRecvCounts(), {ranks, local});
  sizes.set(getSource(), rows);
  sizes.set(getRecvIndices(), rowsOf(getIndices()));
  sizes.set(getRecvWeights(), rowsOf(getWeights()));
  sizes.set(getRecvScales(), rowsOf(getScales()));
}

std::optional<int64_t> DispatchOp::getFlops() { return 0; }

//===----------------------------------------------------------------------===//
// CollectOp
//===----------------------------------------------------------------------===//

LogicalResult CollectOp::verify() {
  Value y = getY(), source = getSource(), weights = getWeights();
  int64_t rank = isNormal() ? 3 : 4;
  if (rankOf(y) != rank || !hasRanks(y) || !agree(tensorType(y).getShape().drop_back(), tensorType(source).getShape()))
    return emitOpError("takes y with R static and a source for each of its rows, not ")
           << y.getType() << " and " << source.getType(); // C1
  int64_t ranks = sizeOf(y, 0), rows = sizeOf(y, rank - 2);
  if (!ShapedType::isDynamic(rows) && rows % ranks)
    return emitOpError("takes a number of rows that the number of ranks divides, not ") << rows; // C1
  if (static_cast<bool>(weights) == isNormal())
    return emitOpError("takes weights in the low-latency layout alone"); // C2
  if (weights && (rankOf(weights) != 3 || !agree(sizeOf(weights, 0), ranks)))
    return emitOpError("weights must be [R, T, k], not ") << weights.getType(); // C2
  if (weights && !ShapedType::isDynamic(rows) && !ShapedType::isDynamic(sizeOf(weights, 1)) &&
      sizeOf(weights, 1) > rows / ranks)
    return emitOpError("a rank has at most ") << rows / ranks << " tokens, not " << sizeOf(weights, 1); // C2
  if (!sameElement({y, getResult()}))
    return emitOpError("gives y's element type, not ") << getResult().getType(); // C3
  return verifyResults(*this);                                                   // C3
}

void CollectOp::describeResults(ResultSizes &sizes) {
  ResultSizes::Size tokens =
      isNormal() ? sizes.floorDiv(sizes.of(getY(), 1), sizeOf(getY(), 0)) : sizes.of(getWeights(), 1);
  sizes.set(getResult(), {sizes.of(getY(), 0), tokens, sizes.of(getY(), -1)});
}

std::optional<int64_t> CollectOp::getFlops() {
  if (getWeights())
    return countOf({sizeOf(getWeights(), 0), sizeOf(getWeights(), 1), sizeOf(getWeights(), 2), sizeOf(getY(), -1)}, 2);
  return countOf(tensorType(getY()).getShape());
}
