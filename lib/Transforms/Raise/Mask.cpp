//===- Mask.cpp - Prove that a mask is causal or hides nothing ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters build masks from positions: ranges, comparisons, gathers of a vmap,
// a test for packed sequences. Rather than knowing those forms, this asks when
// the mask's element at (b, h, s, t) is true, as a condition on the indices and
// sizes, and compares it with t ≤ s + T − S.
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// When a mask's element lets its key be seen; nothing if it is a float mask with other values than 0 and what hides.
static std::optional<Condition> visible(Elements &elements, const Term &mask, bool &isFinite) {
  if (cast<RankedTensorType>(mask.value.getType()).getElementType().isInteger(1))
    return elements.condition(mask);
  return elements.additiveMask(mask, isFinite);
}

template <typename Op>
static LogicalResult simplify(Op attention, Value q, Value keys, int64_t keyDim, Context &context) {
  Value mask = attention.getMask();
  if (!mask)
    return failure();
  Elements elements;
  Poly queryCount = elements.sizeOf(q, 2), keyCount = elements.sizeOf(keys, keyDim);
  Poly full[] = {elements.sizeOf(q, 0), elements.sizeOf(q, 1), queryCount, keyCount};
  Indices point, index;
  for (auto [dim, extent] : llvm::enumerate(full)) {
    point.push_back(elements.atoms.var(extent));
    index.push_back(elements.sizeOf(mask, dim).isConstant(1) ? Poly() : point.back());
  }
  Poly s = point[2], t = point[3];
  Poly causal = s + keyCount - queryCount - t; // ≥ 0 where a causal row sees t

  bool isFinite = false;
  std::optional<Condition> condition = visible(elements, {mask, index}, isFinite);
  bool known = condition && condition->isKnown() && !condition->never;
  bool isCausal = attention.getCausal();
  for (const Poly &poly : condition ? condition->atLeastZero : std::vector<Poly>()) {
    if (isCausal && elements.atoms.isNonNegative(poly - causal))
      continue; // causality implies it
    isCausal = true;
    known &= poly == causal;
  }
  // A causal row must see a key: where it saw none, a float mask would have meant the mean of all values.
  if (!known || (isCausal && !elements.atoms.isNonNegative(keyCount - queryCount))) {
    attention.emitRemark("the mask is kept: it is neither provably causal nor provably without effect");
    return failure();
  }
  context.rewriter.modifyOpInPlace(attention, [&] {
    attention.getMaskMutable().clear();
    attention.setCausal(isCausal);
  });
  return success();
}

LogicalResult hadal::raise::simplifyMask(Operation *op, Context &context) {
  if (auto attention = dyn_cast<AttentionOp>(op); attention && attention.isPlain())
    return simplify(attention, attention.getQ(), attention.getK(), 2, context);
  return failure();
}
