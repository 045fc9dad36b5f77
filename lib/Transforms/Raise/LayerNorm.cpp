//===- LayerNorm.cpp - Recognise layer normalisation ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The root mean square norm of x − mean(x) is the layer norm of x; a vector that
// is added to all of it is its bias.
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Whether `term` is Σ x / size over the last variable of x's index.
static bool isMean(Elements &elements, const Term &term, const Term &x, const Poly &last, int64_t size) {
  Product product = elements.product(term);
  if (!product.isPlain() || product.numerators.size() != 1 || std::abs(product.scale * size - 1) > 1e-6)
    return false;
  std::optional<Elements::Reduction> sum = elements.sum(product.numerators.front(), last);
  return sum && elements.same(sum->operand, x);
}

/// The only user of `value` if it adds a vector over the last dimension to each row, and that vector.
static std::pair<Operation *, Value> biasOf(Elements &elements, Value value, const Indices &index) {
  if (!value.hasOneUse())
    return {};
  auto user = dyn_cast<linalg::LinalgOp>(*value.user_begin());
  if (!user || user->getNumResults() != 1 || !user.isAllParallelLoops() ||
      user->getResult(0).getType() != value.getType())
    return {};
  auto sum = elements.operands<arith::AddFOp>({user->getResult(0), index});
  for (int side = 0; sum && side < 2; ++side)
    if (elements.normal((*sum)[side]) == Term{value, index})
      if (Value bias = elements.find((*sum)[1 - side], {index.back()}))
        return {user, bias};
  return {};
}

LogicalResult hadal::raise::raiseLayerNorm(Operation *op, Context &context) {
  auto norm = dyn_cast<RMSNormOp>(op);
  if (!norm || norm.getWeightOffset())
    return failure();
  RankedTensorType type = norm.getX().getType();
  int64_t size = type.getShape().back();
  if (ShapedType::isDynamic(size) || size < 2)
    return failure();
  Elements elements;
  Indices index = elements.variables(norm.getX());
  auto difference = elements.operands<arith::SubFOp>({norm.getX(), index});
  if (!difference || !isMean(elements, (*difference)[1], (*difference)[0], index.back(), size))
    return failure();
  Value x = elements.find((*difference)[0], index);
  if (!x || x.getType() != type)
    return failure();
  auto [user, bias] = biasOf(elements, norm.getResult(), index);
  Operation *end = user ? user : op;
  context.rewriter.setInsertionPoint(end);
  context.rewriter.replaceOpWithNewOp<LayerNormOp>(end, type, x, norm.getWeight(), bias, norm.getEpsilonAttr());
  if (user)
    context.rewriter.eraseOp(op);
  return success();
}
