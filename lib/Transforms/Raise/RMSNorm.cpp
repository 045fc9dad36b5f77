//===- RMSNorm.cpp - Recognise root mean square normalisation -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// 1 / sqrt(Σ_n x² / N + epsilon), wherever it stands in a product.
struct InverseRoot {
  Elements::Reduction squares;
  double epsilon;
  double divisor;
};
} // namespace

/// Matches Σ_n x² / divisor + epsilon.
static std::optional<InverseRoot> matchMeanOfSquares(Elements &elements, const Term &term, const Poly &last) {
  std::vector<Term> plus, minus;
  elements.summands(term, plus, minus);
  if (plus.size() != 2 || !minus.empty())
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    std::optional<double> epsilon = elements.constant(plus[side]);
    if (!epsilon)
      continue;
    std::vector<Term> numerators, denominators;
    elements.factors(plus[1 - side], numerators, denominators);
    double divisor = 1;
    std::optional<Elements::Reduction> squares;
    for (const Term &factor : denominators) {
      std::optional<double> constant = elements.constant(factor);
      if (!constant)
        return std::nullopt;
      divisor *= *constant;
    }
    for (const Term &factor : numerators) {
      if (std::optional<double> constant = elements.constant(factor)) {
        divisor /= *constant;
        continue;
      }
      if (squares)
        return std::nullopt;
      squares = elements.sum(factor, last);
      if (!squares)
        return std::nullopt;
    }
    if (squares)
      return InverseRoot{*squares, *epsilon, divisor};
  }
  return std::nullopt;
}

LogicalResult hadal::raise::raiseRMSNorm(Operation *op, Context &context) {
  if (op->getNumResults() != 1 || !isa<linalg::LinalgOp>(op))
    return failure();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() < 1 || !isa<FloatType>(type.getElementType()))
    return failure();
  Elements elements;
  if (elements.isCopy(cast<linalg::LinalgOp>(op)))
    return failure();
  Value result = op->getResult(0);
  Indices index = elements.variables(result);
  std::vector<Term> numerators, denominators;
  elements.factors({result, index}, numerators, denominators);

  // x · w / sqrt(mean), with the root as a denominator or as a reciprocal.
  std::optional<InverseRoot> root;
  auto takeRoot = [&](std::vector<Term> &terms, auto isRoot) {
    for (size_t i = 0; i < terms.size() && !root; ++i)
      if (auto operand = isRoot(terms[i]))
        if ((root = matchMeanOfSquares(elements, (*operand)[0], index.back())))
          terms.erase(terms.begin() + i);
  };
  takeRoot(denominators, [&](const Term &term) { return elements.operands<math::SqrtOp>(term); });
  takeRoot(numerators, [&](const Term &term) { return elements.operands<math::RsqrtOp>(term); });
  if (!root || !denominators.empty())
    return failure();

  auto square = elements.operands<arith::MulFOp>(root->squares.operand);
  if (!square || !elements.same((*square)[0], (*square)[1]))
    return failure();
  Operation *anchor = root->squares.op;
  auto miss = [&](const Twine &reason) { return context.miss(op, "rms_norm", anchor, reason); };
  auto x = llvm::find_if(numerators, [&](const Term &term) { return elements.same(term, (*square)[0]); });
  if (x == numerators.end())
    return failure(); // the reciprocal root alone
  Value input = elements.find(*x, index);
  numerators.erase(x);
  if (numerators.size() != 1)
    return failure(); // the weight is yet to come, or more than it has come
  if (type.isDynamicDim(type.getRank() - 1) || root->divisor != type.getShape().back())
    return miss("the sum of squares is divided by " + Twine(static_cast<int64_t>(root->divisor)) +
                ", not by the size of the last dimension");
  Value weight = elements.find(numerators.front(), {index.back()});
  if (!weight)
    return miss("the weight is no vector over the last dimension");
  if (!input || input.getType() != type)
    return miss("the input is not a tensor of the result's type");
  if (root->epsilon < 0)
    return miss("epsilon is negative");
  context.rewriter.setInsertionPoint(op);
  context.rewriter.replaceOpWithNewOp<RMSNormOp>(op, type, input, weight,
                                                 context.rewriter.getF32FloatAttr(root->epsilon));
  return success();
}
