//===- VisibilityGraph.cpp - Which keys a query sees, as a graph ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VisibilityGraph.h"

using namespace mlir;
using namespace hadal;

VisibilityGraph::VisibilityGraph(GraphBuilder &g, VisibilityOpInterface op, OpFoldResult batch, OpFoldResult queries,
                                 OpFoldResult keys)
    : causal(op.isCausal()), window(op.getWindowSize()) {
  // Far beyond all keys is as good as anywhere beyond them, and adds without overflow.
  constexpr int64_t kFar = int64_t(1) << 48;
  if (window)
    window = std::min(*window, 4 * kFar);
  Type i64 = g.b.getI64Type();
  auto all = [&](OpFoldResult size) {
    Value value = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), size);
    return g.map("->b", {}, i64, [&](Cell &c) { return c.toInt(value); }, {{'b', batch}});
  };
  queryLengths = op.getQueryLengths() ? g.convert(op.getQueryLengths(), i64) : all(queries);
  keyLengths = op.getKeyLengths() ? g.convert(op.getKeyLengths(), i64) : all(keys);
  if (op.getQueryOffsets())
    offsets = g.convert(op.getQueryOffsets(), i64);
  else if (std::optional<int64_t> offset = op.getQueryOffset())
    offsets = g.fill({batch}, i64, static_cast<double>(std::clamp(*offset, -kFar, kFar)));
  else
    offsets = g.map("b,b->b", {keyLengths, queryLengths}, i64, [](Cell &c) { return c.sub(c[0], c[1]); });
}

Value VisibilityGraph::sees(Cell &c, unsigned first, char s, Value key) const {
  Value query = c.position(s), position = c.add(query, c[first + 2]);
  Value seen = c.both(c.less(query, c[first]), c.both(c.lessEqual(c.integer(0), key), c.less(key, c[first + 1])));
  if (causal)
    seen = c.both(seen, c.lessEqual(key, position));
  if (window)
    seen = c.both(seen, c.less(c.sub(position, c.integer(*window)), key));
  return seen;
}
