//===- LatentProjection.cpp - Recognise a compressed key/value row --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/Analysis/TopologicalSortUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Whether `term` is, at [b, s, offset + i], an element of `rows` [B, S, …].
static bool isColumnOf(Elements &elements, Value rows, const Term &term, const Indices &expected) {
  return llvm::any_of(elements.chain(term),
                      [&](const Term &link) { return link.value == rows && link.index == expected; });
}

/// The RMSNorm of the first `size` columns of `rows`, among what is made of them by views.
static RMSNormOp findNorm(Elements &elements, Value rows, int64_t size) {
  SmallVector<Value> views = {rows};
  while (!views.empty()) {
    Value view = views.pop_back_val();
    for (Operation *user : view.getUsers()) {
      if (isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user))
        views.push_back(user->getResult(0));
      auto norm = dyn_cast<RMSNormOp>(user);
      if (!norm || !norm.isPlain() || norm.getX().getType().getRank() != 3 ||
          norm.getX().getType().getDimSize(2) != size)
        continue;
      Indices index = elements.variables(norm.getX());
      if (isColumnOf(elements, rows, {norm.getX(), index}, index))
        return norm;
    }
  }
  return nullptr;
}

/// Ends in the rope of the shared key; its other half is the RMSNorm of the columns before.
LogicalResult hadal::raise::raiseLatentProjection(Operation *op, Context &context) {
  auto rope = dyn_cast<RopeOp>(op);
  if (!rope || !rope.isPlain() || rope.getX().getType().getDimSize(1) != 1)
    return failure();
  Elements elements;
  Indices at = elements.variables(rope.getX());
  int64_t rotated = rope.getX().getType().getDimSize(3);
  // The rows: a tensor of rank 3 whose last `rotated` columns are what is rotated.
  for (const Term &link : elements.chain({rope.getX(), at})) {
    auto type = dyn_cast<RankedTensorType>(link.value.getType());
    if (!type || type.getRank() != 3 || type.isDynamicDim(2) || type.getDimSize(2) <= rotated)
      continue;
    int64_t latentSize = type.getDimSize(2) - rotated;
    Value rows = link.value;
    if (link.index != Indices{at[0], at[2], at[3] + latentSize} ||
        elements.sizeOf(rows, 0) != elements.sizeOf(rope.getX(), 0) ||
        elements.sizeOf(rows, 1) != elements.sizeOf(rope.getX(), 2))
      continue;
    RMSNormOp norm = findNorm(elements, rows, latentSize);
    if (!norm)
      return context.miss(op, "latent_projection", op,
                          "the columns before the rotated ones are not normalised by an RMSNorm");
    context.rewriter.setInsertionPoint(op);
    Location loc = rope.getLoc();
    auto projection = LatentProjectionOp::create(context.rewriter, loc, norm.getType(),
                                                 type.clone({type.getDimSize(0), type.getDimSize(1), rotated}), rows,
                                                 norm.getWeight(), rope.getCos(), rope.getSin(), norm.getEpsilonAttr(),
                                                 rope.getInLayoutAttr(), rope.getOutLayoutAttr());
    SmallVector<ReassociationIndices> groups = {{0, 1}, {2}, {3}};
    SmallVector<OpFoldResult> sizes = knownSizes(context.rewriter, rope.getX());
    Value expanded =
        tensor::ExpandShapeOp::create(context.rewriter, loc, rope.getType(), projection.getKPe(), groups, sizes);
    context.rewriter.replaceOp(rope, expanded);
    context.rewriter.replaceOp(norm, projection.getLatent());
    // What used the norm may stand before the rope.
    Block &block = *projection->getBlock();
    bool isOrdered = llvm::all_of(projection.getLatent().getUsers(), [&](Operation *user) {
      return projection->isBeforeInBlock(block.findAncestorOpInBlock(*user));
    });
    if (!isOrdered)
      sortTopologically(&block);
    return success();
  }
  return failure();
}
