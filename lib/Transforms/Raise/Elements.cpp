//===- Elements.cpp - What one element of a tensor is made of ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// An integer, of which a bit is 0 or 1.
static double toDouble(IntegerAttr number) {
  if (number.getType().isInteger(1))
    return static_cast<double>(number.getValue().getZExtValue());
  return static_cast<double>(number.getValue().getSExtValue());
}

/// The element of a constant tensor that `index` picks, if it is known.
static std::optional<double> elementOf(Value tensor, const Indices &index) {
  std::optional<ConstantNumbers> numbers = ConstantNumbers::get(tensor);
  if (!numbers)
    return std::nullopt;
  if (numbers->isSplat())
    return numbers->number(0);
  int64_t position = 0;
  for (auto [i, size] : llvm::zip_equal(index, numbers->getType().getShape())) {
    std::optional<int64_t> constant = i.constant();
    if (!constant || *constant < 0 || *constant >= size)
      return std::nullopt;
    position = position * size + *constant;
  }
  return numbers->number(position);
}

std::optional<double> Elements::constant(const Term &term) {
  Term scalar = normal(term);
  if (scalar.isElement())
    return elementOf(scalar.value, scalar.index);
  if (Operation *cast = scalar.value.getDefiningOp();
      isa_and_nonnull<arith::SIToFPOp, arith::ExtSIOp>(cast) && !cast->getOperand(0).getType().isInteger(1))
    return constant({cast->getOperand(0), scalar.index});
  if (auto compare = scalar.value.getDefiningOp<arith::CmpFOp>()) {
    std::optional<double> a = constant({compare.getLhs(), scalar.index});
    std::optional<double> b = a ? constant({compare.getRhs(), scalar.index}) : std::nullopt;
    if (!b)
      return std::nullopt;
    return arith::applyCmpPredicate(compare.getPredicate(), APFloat(*a), APFloat(*b));
  }
  Attribute value;
  if (!matchPattern(scalar.value, m_Constant(&value)))
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(value))
    return toDouble(number);
  return std::nullopt;
}

/// x of exp(x), and of exp(−x) where `negative`.
static std::optional<Term> exponent(Elements &elements, const Term &term, bool negative) {
  auto power = elements.operands<math::ExpOp>(term);
  if (!power || !negative)
    return power ? std::optional<Term>((*power)[0]) : std::nullopt;
  if (auto opposite = elements.operands<arith::NegFOp>((*power)[0]))
    return (*opposite)[0];
  if (auto difference = elements.operands<arith::SubFOp>((*power)[0]);
      difference && elements.isConstant((*difference)[0], 0.0))
    return (*difference)[1];
  auto product = elements.operands<arith::MulFOp>((*power)[0]);
  for (int side = 0; product && side < 2; ++side)
    if (elements.isConstant((*product)[side], -1.0))
      return (*product)[1 - side];
  return std::nullopt;
}

/// The other factor or summand of a constant one.
template <typename Op> static std::optional<Term> beside(Elements &elements, const Term &term, double constant) {
  auto sides = elements.operands<Op>(term);
  for (int side = 0; sides && side < 2; ++side)
    if (elements.isConstant((*sides)[side], constant))
      return (*sides)[1 - side];
  return std::nullopt;
}

std::optional<Term> Elements::sigmoid(const Term &term) {
  if (auto quotient = operands<arith::DivFOp>(term)) {
    std::optional<Term> power = beside<arith::AddFOp>(*this, (*quotient)[1], 1.0);
    if (!power)
      return std::nullopt;
    if (isConstant((*quotient)[0], 1.0)) // 1 / (1 + exp(−x))
      return exponent(*this, *power, /*negative=*/true);
    std::optional<Term> x = exponent(*this, (*quotient)[0], false); // exp(x) / (1 + exp(x))
    return x && same(*power, (*quotient)[0]) ? x : std::nullopt;
  }
  if (auto select = operands<arith::SelectOp>(term)) { // one of both, by the sign of x
    Term test = normal((*select)[0]);
    std::optional<Term> yes = test.value.getDefiningOp<arith::CmpFOp>() ? sigmoid((*select)[1]) : std::nullopt;
    std::optional<Term> no = yes ? sigmoid((*select)[2]) : std::nullopt;
    return no && same(*yes, *no) ? yes : std::nullopt;
  }
  // tanh(x / 2) / 2 + 1 / 2, or (tanh(x / 2) + 1) / 2
  std::optional<Term> curve;
  if (std::optional<Term> half = beside<arith::AddFOp>(*this, term, 0.5))
    curve = beside<arith::MulFOp>(*this, *half, 0.5);
  else if (std::optional<Term> sum = beside<arith::MulFOp>(*this, term, 0.5))
    curve = beside<arith::AddFOp>(*this, *sum, 1.0);
  auto argument = curve ? operands<math::TanhOp>(*curve) : std::nullopt;
  if (!argument)
    return std::nullopt;
  if (auto half = operands<arith::DivFOp>((*argument)[0]))
    return isConstant((*half)[1], 2.0) ? std::optional<Term>((*half)[0]) : std::nullopt;
  return beside<arith::MulFOp>(*this, (*argument)[0], 0.5);
}

void Elements::factors(const Term &term, std::vector<Term> &numerators, std::vector<Term> &denominators) {
  if (auto product = operands<arith::MulFOp>(term)) {
    factors((*product)[0], numerators, denominators);
    factors((*product)[1], numerators, denominators);
  } else if (auto quotient = operands<arith::DivFOp>(term)) {
    factors((*quotient)[0], numerators, denominators);
    factors((*quotient)[1], denominators, numerators);
  } else if (!isConstant(term, 1.0)) {
    numerators.push_back(term);
  }
}

void Elements::summands(const Term &term, std::vector<Term> &plus, std::vector<Term> &minus) {
  if (auto sum = operands<arith::AddFOp>(term)) {
    summands((*sum)[0], plus, minus);
    summands((*sum)[1], plus, minus);
  } else if (auto difference = operands<arith::SubFOp>(term)) {
    summands((*difference)[0], plus, minus);
    summands((*difference)[1], minus, plus);
  } else if (auto negative = operands<arith::NegFOp>(term)) {
    summands((*negative)[0], minus, plus);
  } else {
    plus.push_back(term);
  }
}
