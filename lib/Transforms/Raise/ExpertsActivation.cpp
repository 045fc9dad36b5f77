//===- ExpertsActivation.cpp - act(gate) · up, however it is written ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The factors of a product are functions of two linear things, each of one alone.
// Which function of the gate it is, is asked at many numbers rather than by its
// form: silu is written as x · sigmoid(x), x / (1 + exp(−x)) or with a tanh, gelu's
// cube as a power or a product. The functions are made of the same few analytic
// ones, so that those which agree at all of these numbers agree.
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A number that `term` is clamped by: min(other, number) or max(other, number).
template <typename... Op> static std::optional<std::pair<Term, double>> clampOf(Elements &elements, const Term &term) {
  std::optional<std::pair<Term, double>> result;
  auto tryOp = [&](auto sides) {
    for (int side = 0; sides && !result && side < 2; ++side)
      if (std::optional<double> bound = elements.constant((*sides)[side]))
        result = {(*sides)[1 - side], *bound};
  };
  (tryOp(elements.operands<Op>(term)), ...);
  return result;
}

/// A linear thing and the clamps around it. A maximum with 0 is none: it is an activation.
std::optional<GatedMatcher::Leaf> GatedMatcher::leaf(const Term &term) {
  if (auto high = clampOf<arith::MinimumFOp, arith::MinNumFOp>(elements, term)) {
    std::optional<Leaf> inner = leaf(high->first);
    if (!inner || inner->high)
      return std::nullopt;
    inner->high = high->second;
    inner->term = elements.normal(term);
    return inner;
  }
  if (auto low = clampOf<arith::MaximumFOp, arith::MaxNumFOp>(elements, term); low && low->second != 0) {
    std::optional<Leaf> inner = leaf(low->first);
    if (!inner || inner->low)
      return std::nullopt;
    inner->low = low->second;
    inner->term = elements.normal(term);
    return inner;
  }
  std::optional<Linear> linear = matchLinear(term);
  if (!linear)
    return std::nullopt;
  return Leaf{elements.normal(term), *linear, std::nullopt, std::nullopt};
}

bool GatedMatcher::collect(const Term &term, std::vector<Leaf> &leaves) {
  if (elements.constant(term))
    return true;
  Term root = elements.normal(term);
  if (llvm::any_of(leaves, [&](const Leaf &known) { return known.term == root || elements.same(known.term, root); }))
    return true;
  if (std::optional<Leaf> found = leaf(root)) {
    leaves.push_back(*found);
    return leaves.size() <= 2;
  }
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || op->getNumOperands() == 0 || op->getNumRegions() != 0)
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) { return collect({operand, root.index}, leaves); });
}

bool GatedMatcher::contains(const Term &term, const Leaf &stop, llvm::function_ref<bool(Operation *)> predicate) {
  Term root = elements.normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || root == stop.term || elements.same(root, stop.term))
    return false;
  return predicate(op) || llvm::any_of(op->getOperands(),
                                       [&](Value operand) { return contains({operand, root.index}, stop, predicate); });
}

bool GatedMatcher::uses(const Term &term, const Leaf &leaf) {
  if (elements.constant(term))
    return false;
  Term root = elements.normal(term);
  if (root == leaf.term || elements.same(root, leaf.term))
    return true;
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  return op && llvm::any_of(op->getOperands(), [&](Value operand) { return uses({operand, root.index}, leaf); });
}

/// What a float of arithmetic on `hole` alone is if that is `value`.
std::optional<double> GatedMatcher::evaluate(const Term &term, const Leaf &hole, double value) {
  if (std::optional<double> known = elements.constant(term))
    return known;
  Term root = elements.normal(term);
  if (root == hole.term || elements.same(root, hole.term))
    return value;
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || op->getNumOperands() == 0 || op->getNumOperands() > 3 || op->getNumRegions() != 0)
    return std::nullopt;
  SmallVector<double> in;
  for (Value operand : op->getOperands()) {
    std::optional<double> side = evaluate({operand, root.index}, hole, value);
    if (!side)
      return std::nullopt;
    in.push_back(*side);
  }
  using Result = std::optional<double>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddFOp) { return in[0] + in[1]; })
      .Case([&](arith::SubFOp) { return in[0] - in[1]; })
      .Case([&](arith::MulFOp) { return in[0] * in[1]; })
      .Case([&](arith::DivFOp) { return in[0] / in[1]; })
      .Case([&](arith::NegFOp) { return -in[0]; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) { return std::max(in[0], in[1]); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) { return std::min(in[0], in[1]); })
      .Case([&](math::ExpOp) { return std::exp(in[0]); })
      .Case([&](math::TanhOp) { return std::tanh(in[0]); })
      .Case([&](math::ErfOp) { return std::erf(in[0]); })
      .Case([&](math::AbsFOp) { return std::abs(in[0]); })
      .Case([&](math::PowFOp) { return std::pow(in[0], in[1]); })
      .Case([&](math::FPowIOp) { return std::pow(in[0], in[1]); })
      .Case([&](arith::CmpFOp compare) -> Result {
        using P = arith::CmpFPredicate;
        switch (compare.getPredicate()) {
        case P::OGT:
        case P::UGT:
          return in[0] > in[1];
        case P::OGE:
        case P::UGE:
          return in[0] >= in[1];
        case P::OLT:
        case P::ULT:
          return in[0] < in[1];
        case P::OLE:
        case P::ULE:
          return in[0] <= in[1];
        default:
          return std::nullopt;
        }
      })
      .Case([&](arith::SelectOp) { return in[0] != 0 ? in[1] : in[2]; })
      .Case<arith::UIToFPOp, arith::ExtFOp, arith::TruncFOp>([&](auto) { return in[0]; })
      .Default([](Operation *) { return std::nullopt; });
}

static double apply(Activation activation, double x, double alpha) {
  auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  switch (activation) {
  case Activation::Silu:
    return x * sigmoid(alpha * x);
  case Activation::Gelu:
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  case Activation::GeluTanh:
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case Activation::Relu:
    return std::max(x, 0.0);
  case Activation::Relu2:
    return std::max(x, 0.0) * std::max(x, 0.0);
  case Activation::Sigmoid:
    return sigmoid(x);
  case Activation::Identity:
    return x;
  }
  llvm_unreachable("an activation");
}

/// Numbers at which functions are compared: dense where they bend, and far out, where a clamp would show.
static std::vector<double> samples() {
  std::vector<double> result;
  constexpr int count = 96;
  constexpr double step = 1.0 / 8;
  for (int i = -count; i <= count; ++i)
    result.push_back(i * step + 1.0 / 64);
  for (double far : {17.5, 41.25, 123.5, 333.0})
    result.insert(result.end(), {far, -far});
  return result;
}

bool GatedMatcher::matchActivation(const Leaf &gate, ArrayRef<Term> factors, ArrayRef<Term> divisors, double scale,
                                   Gated &result) {
  auto function = [&](double x) -> std::optional<double> {
    double product = scale;
    for (const Term &factor : factors) {
      std::optional<double> value = evaluate(factor, gate, x);
      if (!value)
        return std::nullopt;
      product *= *value;
    }
    for (const Term &divisor : divisors) {
      std::optional<double> value = evaluate(divisor, gate, x);
      if (!value)
        return std::nullopt;
      product /= *value;
    }
    return product;
  };
  auto has = [&](auto predicate) {
    auto isIn = [&](const Term &term) { return contains(term, gate, predicate); };
    return llvm::any_of(factors, isIn) || llvm::any_of(divisors, isIn);
  };
  // Numbers of a short type are written rounded to it.
  Type type = getElementTypeOrSelf(gate.term.value.getType());
  double tolerance = type.isF32() || type.isF64() ? 1e-6 : 4e-3;
  auto isClose = [&](double a, double b) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); };
  SmallVector<std::pair<Activation, double>> candidates;
  if (has([](Operation *op) { return isa<math::ErfOp>(op); }))
    candidates = {{Activation::Gelu, 1}};
  else if (has([](Operation *op) { return isa<math::TanhOp>(op); }))
    candidates = {{Activation::GeluTanh, 1}, {Activation::Silu, 1}, {Activation::Sigmoid, 1}};
  else if (has([](Operation *op) { return isa<math::ExpOp>(op); })) {
    candidates = {{Activation::Silu, 1}, {Activation::Sigmoid, 1}};
    // silu with alpha: sigmoid(alpha) = f(1) / scale, of which the scale is not known but for the limit of f(x) / x.
    constexpr double far = 64;
    std::optional<double> at = function(1), slope = function(far);
    if (at && slope && *slope > 0 && *at / (*slope / far) < 1 && *at > 0) {
      double share = *at / (*slope / far);
      candidates.push_back({Activation::Silu, static_cast<float>(std::log(share / (1 - share)))});
    }
  } else
    candidates = {{Activation::Relu, 1}, {Activation::Relu2, 1}};
  for (const auto &candidate : candidates) {
    Activation activation = candidate.first;
    double alpha = candidate.second;
    constexpr double reference = 2;
    std::optional<double> found = function(reference);
    if (!found || *found == 0 || !std::isfinite(*found))
      return false;
    double factor = *found / apply(activation, reference, alpha);
    if (isClose(factor, 1))
      factor = 1;
    bool agrees = llvm::all_of(samples(), [&](double x) {
      // Beyond the clamp the function is not asked.
      if (gate.high && x > *gate.high)
        return true;
      std::optional<double> value = function(x);
      return value && isClose(*value, factor * apply(activation, x, alpha));
    });
    if (!agrees)
      continue;
    result.activation = activation;
    result.alpha = std::abs(alpha - 1) < 1e-6 ? 1 : alpha;
    result.scale = factor;
    return true;
  }
  return false;
}

std::optional<Gated> GatedMatcher::match(ArrayRef<Term> wholeFactors, ArrayRef<Term> wholeDivisors, double scale,
                                         std::string &reason) {
  std::vector<Term> factors, divisors;
  for (const Term &factor : wholeFactors)
    elements.factors(factor, factors, divisors);
  for (const Term &divisor : wholeDivisors)
    elements.factors(divisor, divisors, factors);
  std::vector<Leaf> leaves;
  for (ArrayRef<Term> terms : {ArrayRef<Term>(factors), ArrayRef<Term>(divisors)})
    for (const Term &term : terms)
      if (!collect(term, leaves)) {
        if (!leaves.empty())
          reason = "the activation is made of other things than products of the tokens with the experts' weights";
        return std::nullopt;
      }
  if (leaves.empty())
    return std::nullopt;
  reason = "the activation is none of silu, gelu, relu, relu2 and sigmoid of a gate, times up";
  for (size_t gateAt = 0; gateAt < leaves.size(); ++gateAt) {
    const Leaf &gate = leaves[gateAt];
    const Leaf *up = leaves.size() == 2 ? &leaves[1 - gateAt] : nullptr;
    std::vector<Term> gateFactors, gateDivisors, upFactors;
    bool isSeparate = true;
    for (const Term &factor : factors) {
      if (!up || !uses(factor, *up))
        gateFactors.push_back(factor);
      else if (uses(factor, gate))
        isSeparate = false;
      else
        upFactors.push_back(factor);
    }
    for (const Term &divisor : divisors) {
      isSeparate &= !up || !uses(divisor, *up);
      gateDivisors.push_back(divisor);
    }
    if (!isSeparate || upFactors.size() != (up ? 1 : 0) || gate.low)
      continue;
    Gated result;
    if (!matchActivation(gate, gateFactors, gateDivisors, scale, result))
      continue;
    result.gate = gate.linear;
    result.limit = gate.high;
    if (up) {
      std::optional<double> offset = evaluate(upFactors.front(), *up, 0);
      if (!offset || !llvm::all_of(samples(), [&](double x) {
            std::optional<double> value = evaluate(upFactors.front(), *up, x);
            return value && std::abs(*value - x - *offset) <= 1e-9 * std::max(1.0, std::abs(x));
          }))
        continue;
      result.up = up->linear;
      result.upOffset = *offset;
    }
    bool sameClamps = !up || (up->high == gate.high && (up->low.has_value() == up->high.has_value()) &&
                              (!up->low || *up->low == -*up->high));
    if (!sameClamps || (!up && gate.high) || (gate.high && !(*gate.high > 0))) {
      reason = "gate and up are not clamped by one limit, the gate from above and up on both sides";
      continue;
    }
    return result;
  }
  return std::nullopt;
}
