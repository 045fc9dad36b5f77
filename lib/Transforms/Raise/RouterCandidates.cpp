//===- RouterCandidates.cpp - What may be a router's weights ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Router.h"

#include <set>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Whether what is made of the choice's results may lead on to the weights: no product of matrices does.
static bool leadsOn(Operation *op) {
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return op->getNumResults() == 1 && (structured.isAllParallelLoops() || structured.getNumDpsInputs() == 1);
  return isa<linalg::SoftmaxOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp, tensor::ExtractSliceOp,
             GatherOp, GatherElementsOp, GatherNDOp, tensor::ConcatOp>(op);
}

SmallVector<Value> hadal::raise::findRouterWeights(Elements &elements, TopKOp ranking) {
  constexpr unsigned maxOps = 192; // far more than any router has: experts follow
  std::vector<Poly> sizes = elements.sizesOf(ranking.getIndices());
  auto product = [](ArrayRef<Poly> sizes) {
    Poly result(1);
    for (const Poly &size : sizes)
      result = result * size;
    return result;
  };
  Poly slots = sizes.back(), all = product(sizes);
  auto isCandidate = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!isa<FloatType>(type.getElementType()) || type.getRank() == 0)
      return false;
    std::vector<Poly> shape = elements.sizesOf(value);
    if (product(shape) != all)
      return false;
    while (shape.size() > 1 && shape.back().isConstant(1))
      shape.pop_back();
    return shape.back() == slots || slots.isConstant(1);
  };
  auto isEarlier = [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); };
  std::set<Operation *, decltype(isEarlier)> next(isEarlier);
  DenseSet<Operation *> seen;
  auto addUsers = [&](Value value) {
    for (Operation *user : value.getUsers())
      if (user->getBlock() == ranking->getBlock() && leadsOn(user) && seen.insert(user).second)
        next.insert(user);
  };
  for (Value result : ranking->getResults())
    addUsers(result);
  SmallVector<Value> candidates;
  for (unsigned count = 0; !next.empty() && count < maxOps; ++count) {
    Operation *op = *next.begin();
    next.erase(next.begin());
    // A tensor that is reshaped is one already.
    bool isReshaped = isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp>(op) &&
                      llvm::is_contained(candidates, op->getOperand(0));
    if (isCandidate(op->getResult(0)) && !isReshaped)
      candidates.push_back(op->getResult(0));
    addUsers(op->getResult(0));
  }
  std::reverse(candidates.begin(), candidates.end());
  candidates.push_back(ranking.getValues()); // scores that are weights as they are
  return candidates;
}
