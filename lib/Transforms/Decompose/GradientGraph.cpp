//===- GradientGraph.cpp - What decompositions of derivatives share -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientGraph.h"
#include "SlotBuilder.h"

using namespace mlir;
using namespace hadal;

void hadal::replaceByGradients(GraphBuilder &g, PatternRewriter &rewriter, Operation *op, ValueRange values) {
  SmallVector<Value> results;
  for (auto [value, result] : llvm::zip_equal(values, op->getResults())) {
    auto type = cast<RankedTensorType>(result.getType());
    results.push_back(g.cast(g.convert(value, type.getElementType()), type));
  }
  rewriter.replaceOp(op, results);
}

Value hadal::zerosLike(GraphBuilder &g, Value x) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0; dim < GraphBuilder::type(x).getRank(); ++dim)
    sizes.push_back(g.size(x, dim));
  return g.fill(sizes, g.b.getF32Type(), 0);
}

Value hadal::unlessZero(Cell &c, Value condition, Value x) {
  return c.select(c.equal(condition, c.number(0)), c.number(0), x);
}

Value hadal::divide(Cell &c, Value a, Value b) { return arith::DivFOp::create(c.b, a, b); }

/// tanh(√(2/π) · (x + 0.044715·x³))
static Value geluTangent(Cell &c, Value x) {
  Value cube = c.mul(c.mul(x, x), c.mul(x, c.number(0.044715)));
  return math::TanhOp::create(c.b, c.mul(c.number(std::sqrt(2 / M_PI)), c.add(x, cube)));
}

/// Φ(x)
static Value normalBelow(Cell &c, Value x) {
  Value erf = math::ErfOp::create(c.b, c.mul(x, c.number(M_SQRT1_2)));
  return c.mul(c.number(0.5), c.add(c.number(1), erf));
}

/// max(x, 0), NaN for NaN.
static Value positive(Cell &c, Value x) { return arith::MaximumFOp::create(c.b, x, c.number(0)); }

Value hadal::activationSlopeOf(Cell &c, Value x, Activation activation, double alpha) {
  Value one = c.number(1), half = c.number(0.5), square = c.mul(x, x);
  auto variance = [&](Value s) { return c.mul(s, c.sub(one, s)); };
  switch (activation) {
  case Activation::Silu: {
    Value scaled = c.mul(x, c.number(alpha)), s = sigmoid(c, scaled);
    return unlessZero(c, s, c.add(s, c.mul(scaled, variance(s))));
  }
  case Activation::Gelu: {
    Value density = c.mul(exponential(c, c.mul(square, c.number(-0.5))), c.number(1 / std::sqrt(2 * M_PI)));
    return c.add(normalBelow(c, x), c.mul(x, density));
  }
  case Activation::GeluTanh: {
    Value h = geluTangent(c, x);
    Value slope = c.mul(c.number(std::sqrt(2 / M_PI)), c.add(one, c.mul(square, c.number(3 * 0.044715))));
    Value tail = c.mul(c.mul(half, x), c.mul(c.sub(one, c.mul(h, h)), slope));
    return c.add(c.mul(half, c.add(one, h)), tail);
  }
  case Activation::Relu: {
    // NaN stays NaN.
    Value isZero = arith::CmpFOp::create(c.b, arith::CmpFPredicate::OLE, x, c.number(0));
    Value isPositive = arith::CmpFOp::create(c.b, arith::CmpFPredicate::OGT, x, c.number(0));
    return c.select(isZero, c.number(0), c.select(isPositive, one, x));
  }
  case Activation::Relu2:
    return c.mul(c.number(2), positive(c, x));
  case Activation::Sigmoid:
    return variance(sigmoid(c, x));
  case Activation::Identity:
    return one;
  }
  llvm_unreachable("an activation");
}
