//===- SparseGraph.cpp - What decompositions of sparse attention share ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseGraph.h"

using namespace mlir;
using namespace hadal;

Value hadal::exponential(Cell &c, Value x) { return math::ExpOp::create(c.b, x); }
Value hadal::minusInfinity(Cell &c) { return c.number(-INFINITY); }

Value hadal::extract(Cell &c, Value tensor, ValueRange indices) {
  return tensor::ExtractOp::create(c.b, tensor, indices);
}

Value hadal::maskAt(Cell &c, Value mask, ValueRange indices) {
  SmallVector<Value> at;
  for (auto [dim, index] : llvm::enumerate(indices)) {
    int64_t size = GraphBuilder::type(mask).getDimSize(dim);
    if (size == 1) {
      at.push_back(arith::ConstantIndexOp::create(c.b, 0));
    } else if (ShapedType::isDynamic(size)) {
      Value one = arith::ConstantIndexOp::create(c.b, 1);
      Value last = arith::SubIOp::create(c.b, tensor::DimOp::create(c.b, mask, dim).getResult(), one);
      at.push_back(arith::MinSIOp::create(c.b, index, last));
    } else {
      at.push_back(index);
    }
  }
  return extract(c, mask, at);
}

SoftmaxGraph hadal::softmaxOf(GraphBuilder &g, StringRef letters, Value z, Value sink, StringRef sinkLetters) {
  Type f32 = g.b.getF32Type();
  std::string all = letters.str(), rows = letters.drop_back().str();
  Value highest = g.maximum(all + "->" + rows, z);
  Value weights = g.map(all + "," + rows + "->" + all, {z, highest}, f32, [](Cell &c) {
    return c.select(c.equal(c[0], minusInfinity(c)), c.number(0), exponential(c, c.sub(c[0], c[1])));
  });
  Value sum = g.sum(all + "->" + rows, weights);
  SoftmaxGraph result;
  result.lse = g.map(rows + "," + rows + "->" + rows, {highest, sum}, f32, [](Cell &c) {
    Value lse = c.add(c[0], math::LogOp::create(c.b, c[1]));
    return c.select(c.equal(c[0], minusInfinity(c)), minusInfinity(c), lse);
  });
  if (sink)
    sum = g.map(rows + "," + rows + "," + sinkLetters.str() + "->" + rows, {sum, highest, sink}, f32,
                [](Cell &c) { return c.add(c[0], exponential(c, c.sub(c.toFloat(c[2]), c[1]))); });
  result.p = g.map(all + "," + rows + "->" + all, {weights, sum}, f32, [](Cell &c) {
    return c.select(c.equal(c[0], c.number(0)), c.number(0), arith::DivFOp::create(c.b, c[0], c[1]));
  });
  return result;
}

Value hadal::weigh(GraphBuilder &g, StringRef spec, Value p, Value x) {
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  return g.reduce(spec, {p, x}, zero, [](Cell &c) {
    Value term = c.mul(c[0], c.toFloat(c[1]));
    return c.add(c[2], c.select(c.equal(c[0], c.number(0)), c.number(0), term));
  });
}

Value hadal::splitDim(GraphBuilder &g, Value x, int64_t dim, int64_t outer, int64_t inner) {
  SmallVector<ReassociationIndices> groups;
  SmallVector<OpFoldResult> sizes;
  for (int64_t i = 0, at = 0; i < GraphBuilder::type(x).getRank(); ++i) {
    groups.push_back({at++});
    if (i == dim)
      groups.back().push_back(at++);
    if (i == dim)
      llvm::append_values(sizes, g.number(outer), g.number(inner));
    else
      sizes.push_back(g.size(x, i));
  }
  return g.expand(x, groups, sizes);
}

Value hadal::mergeDims(GraphBuilder &g, Value x, int64_t dim) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < GraphBuilder::type(x).getRank(); ++i) {
    if (i == dim + 1)
      groups.back().push_back(i);
    else
      groups.push_back({i});
  }
  return g.collapse(x, groups);
}
