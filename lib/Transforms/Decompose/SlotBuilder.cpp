//===- SlotBuilder.cpp - Rows by index in decompositions ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SlotBuilder.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace hadal;

Value SlotBuilder::scalar(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), size); }

Value SlotBuilder::iota(OpFoldResult size) {
  return map("->s", {}, i64(), [](Cell &c) { return c.position('s'); }, {{'s', size}});
}

std::string hadal::lettersFor(Value x) {
  std::string letters;
  for (int64_t dim = 0; dim < GraphBuilder::type(x).getRank(); ++dim)
    letters += static_cast<char>('a' + dim);
  return letters;
}

Value SlotBuilder::somewhere(Value indices) {
  std::string letters = lettersFor(indices);
  return map(letters + "->" + letters, indices, i64(), [](Cell &c) {
    Value index = c.toInt(c[0]);
    return c.select(c.less(index, c.integer(0)), c.integer(kNowhere), index);
  });
}

Value SlotBuilder::gather(Value data, Value indices, int64_t axis) {
  SmallVector<int64_t> shape(type(data).getShape().take_front(axis));
  llvm::append_range(shape, type(indices).getShape());
  llvm::append_range(shape, type(data).getShape().drop_front(axis + 1));
  return GatherOp::create(b, type(data).clone(shape), data, indices, axis);
}

Value SlotBuilder::spread(Value data, int64_t axis, int64_t block, OpFoldResult size) {
  Value blocks =
      map("->s", {}, i64(),
          [&](Cell &c) { return arith::DivSIOp::create(c.b, c.position('s'), c.integer(block)).getResult(); },
          {{'s', size}});
  return gather(data, blocks, axis);
}

Value SlotBuilder::scatter(Value data, Value indices, Value updates, int64_t axis) {
  return ScatterElementsOp::create(b, data.getType(), data, indices, updates, axis, ScatterReduction::None);
}

Value SlotBuilder::scatterRows(Value data, Value indices, Value rows, ScatterReduction reduction) {
  Value tuples = map("p->pu", indices, i64(), [](Cell &c) { return c[0]; }, {{'u', number(1)}});
  return ScatterNDOp::create(b, data.getType(), data, tuples, rows, reduction);
}

Value SlotBuilder::cumsum(Value x, int64_t axis, bool exclusive) {
  return CumSumOp::create(b, x.getType(), x, axis, exclusive, /*reverse=*/false);
}

Value SlotBuilder::flat(Value x) {
  ReassociationIndices all;
  for (int64_t dim = 0; dim < type(x).getRank(); ++dim)
    all.push_back(dim);
  return collapse(x, {all});
}

SlotBuilder::Places SlotBuilder::placesOf(Value groups, int64_t count) {
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  Places places;
  places.oneHot = map("s->sg", groups, i64(),
                      [](Cell &c) { return c.select(c.equal(c[0], c.position('g')), c.integer(1), c.integer(0)); },
                      {{'g', number(count)}});
  Value before = cumsum(places.oneHot, 0, /*exclusive=*/true);
  places.place =
      reduce("sg,sg->s", {places.oneHot, before}, zero, [](Cell &c) { return c.add(c[2], c.mul(c[0], c[1])); });
  places.counts = reduce("sg->g", places.oneHot, zero, [](Cell &c) { return c.add(c[1], c[0]); });
  return places;
}

void hadal::replaceWith(PatternRewriter &rewriter, Operation *op, ValueRange values) {
  SmallVector<Value> results;
  for (auto [value, result] : llvm::zip(values, op->getResults()))
    results.push_back(value.getType() == result.getType()
                          ? value
                          : tensor::CastOp::create(rewriter, op->getLoc(), result.getType(), value).getResult());
  rewriter.replaceOp(op, results);
}

Value hadal::sigmoid(Cell &c, Value x) {
  Value power = math::ExpOp::create(c.b, arith::NegFOp::create(c.b, x));
  return arith::DivFOp::create(c.b, c.number(1), c.add(c.number(1), power));
}

Value hadal::activate(Cell &c, Value x, Activation activation, double alpha) {
  // x/2 · (1 + y)
  auto half = [&](Value y) { return c.mul(c.mul(x, c.number(0.5)), c.add(c.number(1), y)); };
  auto positive = [&] { return arith::MaximumFOp::create(c.b, x, c.number(0)).getResult(); };
  switch (activation) {
  case Activation::Silu:
    return c.mul(x, sigmoid(c, alpha == 1 ? x : c.mul(x, c.number(alpha))));
  case Activation::Gelu:
    return half(math::ErfOp::create(c.b, c.mul(x, c.number(M_SQRT1_2))));
  case Activation::GeluTanh: {
    Value cube = c.mul(c.mul(x, x), c.mul(x, c.number(0.044715)));
    return half(math::TanhOp::create(c.b, c.mul(c.add(x, cube), c.number(M_2_SQRTPI * M_SQRT1_2))));
  }
  case Activation::Relu:
    return positive();
  case Activation::Relu2: {
    Value root = positive();
    return c.mul(root, root);
  }
  case Activation::Sigmoid:
    return sigmoid(c, x);
  case Activation::Identity:
    return x;
  }
  llvm_unreachable("an activation");
}
