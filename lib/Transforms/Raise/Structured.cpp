//===- Structured.cpp - The elements that structured operations make -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Structured.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

static Poly affineIndex(AffineExpr expr, const Indices &point) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return point[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr); // maps of structured operations: sums and multiples
  Poly lhs = affineIndex(binary.getLHS(), point), rhs = affineIndex(binary.getRHS(), point);
  return binary.getKind() == AffineExprKind::Add ? lhs + rhs : lhs * rhs;
}

static bool hasLinearMaps(linalg::LinalgOp op) {
  return llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.getNumSymbols() == 0 && llvm::all_of(map.getResults(), [](AffineExpr expr) {
             return !expr.walk([](AffineExpr part) {
                           bool linear =
                               part.getKind() == AffineExprKind::Add || part.getKind() == AffineExprKind::Mul ||
                               part.getKind() == AffineExprKind::Constant || part.getKind() == AffineExprKind::DimId;
                           return linear ? WalkResult::advance() : WalkResult::interrupt();
                         })
                         .wasInterrupted();
           });
  });
}

std::optional<Indices> hadal::raise::iterationPoint(linalg::LinalgOp op, const Indices &index) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || !hasLinearMaps(op))
    return std::nullopt;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!map.isProjectedPermutation())
    return std::nullopt;
  Indices point(op.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(map.getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = index[i];
  return point;
}

Term hadal::raise::operandAt(linalg::LinalgOp op, BlockArgument argument, const Indices &point) {
  OpOperand *operand = op.getMatchingOpOperand(argument);
  Term term{operand->get(), {}};
  if (!term.isElement())
    return term;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    term.index.push_back(affineIndex(expr, point));
  return term;
}

std::optional<Term> hadal::raise::yielded(const Term &term) {
  auto op = term.value.getDefiningOp<linalg::LinalgOp>();
  if (!op || !op.isAllParallelLoops() || op->getNumResults() != 1)
    return std::nullopt;
  std::optional<Indices> point = iterationPoint(op, term.index);
  if (!point || op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return std::nullopt;
  return Term{op.getBlock()->getTerminator()->getOperand(0), *point};
}

std::optional<Term> hadal::raise::bodyOperand(const Term &term) {
  auto argument = dyn_cast<BlockArgument>(term.value);
  if (!argument)
    return std::nullopt;
  auto op = dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp());
  if (!op)
    return std::nullopt;
  return operandAt(op, argument, term.index);
}
