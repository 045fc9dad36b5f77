//===- Elements.cpp - What one element of a tensor is made of ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "Numbers.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The element of a constant tensor that `index` picks, if it is known.
static std::optional<double> elementOf(Value tensor, const Indices &index) {
  std::optional<Numbers> numbers = Numbers::of(tensor);
  if (!numbers)
    return std::nullopt;
  int64_t position = 0;
  for (auto [i, size] : llvm::zip_equal(index, numbers->getType().getShape())) {
    std::optional<int64_t> constant = i.constant();
    if (!constant)
      return numbers->isSplat() ? std::optional(numbers->at(0)) : std::nullopt;
    if (*constant < 0 || *constant >= size)
      return std::nullopt;
    position = position * size + *constant;
  }
  return numbers->at(position);
}

std::optional<double> Elements::constant(const Term &term) {
  Term scalar = normal(term);
  if (scalar.isElement())
    return elementOf(scalar.value, scalar.index);
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
    return static_cast<double>(number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                                             : number.getValue().getSExtValue());
  return std::nullopt;
}

std::optional<Term> Elements::sigmoid(const Term &term) {
  auto quotient = operands<arith::DivFOp>(term);
  if (!quotient || !isConstant((*quotient)[0], 1.0))
    return std::nullopt;
  auto sum = operands<arith::AddFOp>((*quotient)[1]);
  if (!sum)
    return std::nullopt;
  for (int one = 0; one < 2; ++one) {
    auto power = operands<math::ExpOp>((*sum)[1 - one]);
    if (!power || !isConstant((*sum)[one], 1.0))
      continue;
    if (auto negative = operands<arith::NegFOp>((*power)[0]))
      return (*negative)[0];
    auto difference = operands<arith::SubFOp>((*power)[0]);
    if (difference && isConstant((*difference)[0], 0.0))
      return (*difference)[1];
  }
  return std::nullopt;
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
