//===- Permutations.cpp - Sorts and their inverses ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

TopKOp Elements::sortOf(Value indices) {
  auto topk = indices.getDefiningOp<TopKOp>();
  if (!topk || topk.getLargest() || topk.getIndices() != indices || topk.getX().getType().getRank() != 1 ||
      valueOf(topk.getK()) != sizeOf(topk.getX(), 0))
    return nullptr;
  return topk;
}

/// A sort of a permutation, or positions written to where the permutation says.
Value Elements::inverseOf(Value indices) {
  auto type = dyn_cast<RankedTensorType>(indices.getType());
  if (!type || type.getRank() != 1)
    return nullptr;
  // The permutation whose element at `index` stands at `place` of a tensor.
  auto permutation = [&](const Term &element, const Poly &index) -> Value {
    auto origin = atoms.origin(integer(element));
    if (!origin || origin->second.size() != 1 || origin->second[0] != index)
      return nullptr;
    return sortOf(origin->first) ? origin->first : Value();
  };
  if (TopKOp sort = sortOf(indices)) {
    Poly i = atoms.var(sizeOf(sort.getX(), 0));
    return permutation({sort.getX(), {i}}, i);
  }
  auto scatter = indices.getDefiningOp<ScatterNDOp>();
  if (!scatter || scatter.getReduction() != ScatterReduction::None || scatter.getIndices().getType().getRank() != 2 ||
      scatter.getIndices().getType().getDimSize(1) != 1 ||
      sizeOf(scatter.getIndices(), 0) != sizeOf(scatter.getData(), 0))
    return nullptr;
  Poly i = atoms.var(sizeOf(scatter.getIndices(), 0));
  if (integer({scatter.getUpdates(), {i}}) != i)
    return nullptr;
  return permutation({scatter.getIndices(), {i, 0}}, i);
}
