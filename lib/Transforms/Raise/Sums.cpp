//===- Sums.cpp - Reductions as sums of products -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Structured.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <functional>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The extent of a loop, from an operand that it indexes alone.
static std::optional<Poly> loopExtent(Elements &elements, linalg::LinalgOp op, unsigned loop) {
  for (OpOperand *operand : op.getDpsInputOperands())
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(operand).getResults()))
      if (auto index = dyn_cast<AffineDimExpr>(expr); index && index.getPosition() == loop)
        return elements.sizeOf(operand->get(), dim);
  return std::nullopt;
}

/// What a reduction by `op` must start from to be one over its candidates alone.
static std::optional<double> neutral(Operation *op) {
  return TypeSwitch<Operation *, std::optional<double>>(op)
      .Case<arith::AddFOp, arith::AddIOp, arith::OrIOp, arith::XOrIOp>([](auto) { return 0.0; })
      .Case<arith::MulFOp, arith::MulIOp, arith::AndIOp>([](auto) { return 1.0; })
      .Case([](arith::MaxSIOp op) -> std::optional<double> {
        unsigned width = op.getType().isIndex() ? 64 : op.getType().getIntOrFloatBitWidth();
        return -std::ldexp(1.0, width - 1);
      })
      .Case<arith::MaxUIOp>([](auto) { return 0.0; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([](auto) { return -std::numeric_limits<double>::infinity(); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([](auto) { return std::numeric_limits<double>::infinity(); })
      .Default([](Operation *) { return std::nullopt; });
}

bool Elements::startsNeutral(Operation *op) {
  auto structured = cast<linalg::LinalgOp>(op);
  Operation *last = structured.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  Value init = structured.getDpsInitOperand(0)->get();
  std::optional<double> start = last ? neutral(last) : std::nullopt;
  if (auto logic = dyn_cast_or_null<arith::AndIOp>(last); logic && !logic.getType().isInteger(1))
    return false; // all bits of an integer
  return start && isConstant({init, Indices(cast<RankedTensorType>(init.getType()).getRank())}, *start);
}

std::optional<Elements::Fold> Elements::fold(const Term &term, llvm::function_ref<bool(Operation *)> combiner,
                                             std::optional<Poly> variable) {
  Term root = normal(term);
  auto op = root.isElement() ? root.value.getDefiningOp<linalg::LinalgOp>() : nullptr;
  if (!op || op->getNumResults() != 1)
    return std::nullopt;
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  std::optional<Indices> point = iterationPoint(op, root.index);
  if (loops.empty() || !point)
    return std::nullopt;
  Operation *last = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!last || !combiner(last) || last->getNumOperands() != 2 || !startsNeutral(op))
    return std::nullopt;
  Fold result{{}, {}, op};
  for (unsigned loop : loops) {
    std::optional<Poly> extent = loopExtent(*this, op, loop);
    if (!extent)
      return std::nullopt;
    if (extent->isConstant(1)) {
      (*point)[loop] = 0;
      continue;
    }
    if (variable && (!result.variables.empty() || atoms.extent(*variable) != extent))
      return std::nullopt;
    (*point)[loop] = variable ? *variable : atoms.var(*extent);
    result.variables.push_back((*point)[loop]);
  }
  Value accumulator = op.getMatchingBlockArgument(op.getDpsInitOperand(0));
  for (int side = 0; side < 2; ++side)
    if (last->getOperand(side) == accumulator) {
      result.operand = {last->getOperand(1 - side), *point};
      return result;
    }
  return std::nullopt;
}

static std::optional<Elements::Reduction> single(std::optional<Elements::Fold> fold) {
  if (!fold || fold->variables.size() != 1)
    return std::nullopt;
  return Elements::Reduction{fold->operand, fold->variables.front(), fold->op};
}

std::optional<Elements::Reduction> Elements::sum(const Term &term, std::optional<Poly> variable) {
  return single(fold(term, [](Operation *op) { return isa<arith::AddFOp>(op); }, variable));
}

std::optional<Elements::Reduction> Elements::maximum(const Term &term, std::optional<Poly> variable) {
  return single(fold(term, [](Operation *op) { return isa<arith::MaximumFOp, arith::MaxNumFOp>(op); }, variable));
}

std::optional<Contraction> Elements::contraction(const Term &term, std::optional<Poly> variable) {
  std::optional<Reduction> total = sum(term, variable);
  if (!total)
    return std::nullopt;
  auto product = operands<arith::MulFOp>(total->operand);
  if (!product)
    return std::nullopt;
  return Contraction{(*product)[0], (*product)[1], total->variable, total->op};
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Product Elements::product(const Term &term) {
  Product result;
  std::function<void(const Term &, bool)> visit = [&](const Term &factor, bool isDivisor) {
    auto both = [&](const std::vector<Term> &sides, bool flips) {
      visit(sides[0], isDivisor);
      visit(sides[1], flips ? !isDivisor : isDivisor);
    };
    if (std::optional<double> value = constant(factor); value && (!isDivisor || *value != 0))
      result.scale = isDivisor ? result.scale / *value : result.scale * *value;
    else if (auto times = operands<arith::MulFOp>(factor))
      both(*times, false);
    else if (auto quotient = operands<arith::DivFOp>(factor))
      both(*quotient, true);
    else if (auto negative = operands<arith::NegFOp>(factor)) {
      result.scale = -result.scale;
      visit((*negative)[0], isDivisor);
    } else if (auto flag = operands<arith::UIToFPOp>(factor);
               flag && !isDivisor && (*flag)[0].value.getType().isInteger(1))
      result.conditions.push_back((*flag)[0]);
    else if (auto select = operands<arith::SelectOp>(factor);
             select && !isDivisor && isConstant((*select)[2], 0.0) && !isConstant((*select)[1], 0.0)) {
      result.conditions.push_back((*select)[0]);
      visit((*select)[1], false);
    } else
      (isDivisor ? result.denominators : result.numerators).push_back(factor);
  };
  visit(term, false);
  return result;
}

std::optional<std::pair<Poly, Poly>> Elements::equality(const Term &condition) {
  Term root = normal(condition);
  if (root.isElement())
    return std::nullopt;
  if (auto compare = root.value.getDefiningOp<arith::CmpIOp>();
      compare && compare.getPredicate() == arith::CmpIPredicate::eq && !compare.getLhs().getType().isInteger(1))
    return std::make_pair(integer({compare.getLhs(), root.index}), integer({compare.getRhs(), root.index}));
  if (auto compare = root.value.getDefiningOp<arith::CmpFOp>();
      compare && (compare.getPredicate() == arith::CmpFPredicate::OEQ)) {
    std::optional<Poly> a = integerOfFloat({compare.getLhs(), root.index});
    std::optional<Poly> b = integerOfFloat({compare.getRhs(), root.index});
    if (a && b)
      return std::make_pair(*a, *b);
  }
  return std::nullopt;
}

/// Solves a = b for one of the variables: the only summand that is not 0 has it there.
static bool solve(Elements &elements, Summation &sum, const std::pair<Poly, Poly> &equal) {
  Poly difference = equal.first - equal.second;
  for (auto it = sum.variables.begin(); it != sum.variables.end(); ++it) {
    Poly slope, rest;
    unsigned atom = *it->asAtom();
    if (!difference.linearIn(atom, slope, rest) || elements.atoms.dependsOn(rest, atom))
      continue;
    std::optional<int64_t> sign = slope.constant();
    if (!sign || (*sign != 1 && *sign != -1))
      continue;
    Poly solution = rest * -*sign, variable = *it;
    if (!elements.atoms.isBetween(solution, 0, *elements.atoms.extent(variable)))
      continue;
    for (std::vector<Term> *terms : {&sum.product.numerators, &sum.product.denominators, &sum.product.conditions})
      for (Term &term : *terms)
        term = elements.substitute(term, variable, solution);
    sum.variables.erase(it);
    return true;
  }
  return false;
}

std::optional<Summation> Elements::summation(const Term &term) {
  std::optional<Fold> total = fold<arith::AddFOp>(term);
  if (!total)
    return std::nullopt;
  Summation result{total->variables, product(total->operand), total->op};
  for (size_t i = 0; i < result.product.conditions.size();) {
    std::optional<std::pair<Poly, Poly>> equal = equality(result.product.conditions[i]);
    if (!equal || !solve(*this, result, *equal)) {
      ++i;
      continue;
    }
    result.product.conditions.erase(result.product.conditions.begin() + i);
    i = 0; // another may be solved now
  }
  return result;
}
