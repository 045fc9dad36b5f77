//===- VisibilityGraph.h - Which keys a query sees, as a graph --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_VISIBILITYGRAPH_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_VISIBILITYGRAPH_H

#include "GraphBuilder.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal {

/// Lengths and offsets of a VisibilityOpInterface as tensors [B] of i64, and the test that a body makes of them:
///
///   VisibilityGraph v(g, op, batch, queries, keys);
///   g.map("bhst,b,b,b->bhst", {z, v.queryLengths, v.keyLengths, v.offsets}, f32,
///         [&](Cell &c) { return c.select(v.sees(c, 1, 's', 't'), c[0], c.number(-INFINITY)); });
class VisibilityGraph {
public:
  VisibilityGraph(GraphBuilder &g, VisibilityOpInterface op, mlir::OpFoldResult batch, mlir::OpFoldResult queries,
                  mlir::OpFoldResult keys);

  mlir::Value queryLengths, keyLengths, offsets;

  /// Whether query `s` sees key `t`, where arguments first, first + 1, first + 2 of the body are the three tensors'
  /// elements.
  mlir::Value sees(Cell &c, unsigned first, char s, char t) const { return sees(c, first, s, c.position(t)); }
  /// The same for a key given as an i64 (which must be in [0, T) to be seen).
  mlir::Value sees(Cell &c, unsigned first, char s, mlir::Value key) const;

private:
  bool causal;
  std::optional<int64_t> window;
};

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_VISIBILITYGRAPH_H
