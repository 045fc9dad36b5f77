//===- Conditions.cpp - When a boolean is true, as a condition on indices -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Adding this to a score makes its probability 0 in any float type beside a score of ordinary size.
static constexpr double kHides = -1e30;

/// a ≥ b, decided where bounds decide it.
static Condition atLeast(Atoms &atoms, const Poly &a, const Poly &b) {
  if (atoms.isNonNegative(a - b))
    return Condition::constant(true);
  if (atoms.isNonNegative(b - a - 1))
    return Condition::constant(false);
  return {false, {a - b}, {}};
}

static Condition unknown(const Term &of) { return {false, {}, {{of, false}}}; }

/// −x ≥ 0 says that x is 0 if it cannot be less: what the other conditions are then may decide them.
Condition Elements::simplified(Condition condition) {
  for (const Poly &poly : condition.atLeastZero) {
    std::optional<unsigned> zero = (poly * -1).asAtom();
    if (!zero || !atoms.isNonNegative(poly * -1))
      continue;
    for (const Poly &other : condition.atLeastZero)
      if (other != poly && atoms.isNonNegative(atoms.substitute(other, *zero, 0) * -1 - 1))
        return Condition::constant(false);
  }
  // x ≥ 0 and −x − c ≥ 0 contradict each other.
  for (const Poly &poly : condition.atLeastZero)
    for (const Poly &other : condition.atLeastZero)
      if (atoms.isNonNegative((poly + other) * -1 - 1))
        return Condition::constant(false);
  return condition;
}

Condition Elements::conjunction(const Condition &a, const Condition &b) {
  if (a.never || b.never)
    return Condition::constant(false);
  Condition both = a;
  for (const Poly &poly : b.atLeastZero) {
    bool isImplied = false; // by one of the others
    for (Poly &other : both.atLeastZero) {
      std::optional<int64_t> distance = (poly - other).constant();
      if (!distance)
        continue;
      isImplied = true;
      if (*distance < 0)
        other = poly;
    }
    if (!isImplied)
      both.atLeastZero.push_back(poly);
  }
  for (const Literal &literal : b.literals)
    if (llvm::none_of(both.literals, [&](const Literal &other) {
          return other.negated == literal.negated && same(other.term, literal.term);
        }))
      both.literals.push_back(literal);
  return simplified(std::move(both));
}

Condition Elements::disjunction(const Condition &a, const Condition &b, const Term &of) {
  if (a.isAlways() || b.never)
    return a;
  if (b.isAlways() || a.never)
    return b;
  return unknown(of);
}

Condition Elements::negated(Condition condition, const Term &of) {
  if (condition.isDecided())
    return Condition::constant(condition.never);
  if (condition.literals.empty() && condition.atLeastZero.size() == 1)
    return atLeast(atoms, condition.atLeastZero.front() * -1, 1);
  if (condition.atLeastZero.empty() && condition.literals.size() == 1) {
    condition.literals.front().negated ^= true;
    return condition;
  }
  return {false, {}, {{of, true}}};
}

/// a ≥ b + slack, through the smaller or larger of two.
Condition Elements::ordered(const Term &a, const Term &b, int64_t slack) {
  Poly difference = integer(a) - integer(b) - slack;
  if (atoms.isNonNegative(difference))
    return Condition::constant(true);
  if (atoms.isNonNegative(difference * -1 - 1))
    return Condition::constant(false);
  if (auto least = operands<arith::MinSIOp>(a))
    return conjunction(ordered((*least)[0], b, slack), ordered((*least)[1], b, slack));
  if (auto largest = operands<arith::MaxSIOp>(b))
    return conjunction(ordered(a, (*largest)[0], slack), ordered(a, (*largest)[1], slack));
  for (bool isLeft : {true, false}) {
    auto either = isLeft ? operands<arith::MaxSIOp>(a) : operands<arith::MinSIOp>(b);
    if (!either)
      continue;
    Condition first = isLeft ? ordered((*either)[0], b, slack) : ordered(a, (*either)[0], slack);
    Condition second = isLeft ? ordered((*either)[1], b, slack) : ordered(a, (*either)[1], slack);
    if (first.isAlways() || second.never)
      return first;
    if (second.isAlways() || first.never)
      return second;
  }
  return {false, {difference}, {}};
}

Condition Elements::compare(arith::CmpIPredicate predicate, const Term &a, const Term &b, const Term &of) {
  switch (predicate) {
  case arith::CmpIPredicate::sle:
    return ordered(b, a, 0);
  case arith::CmpIPredicate::slt:
    return ordered(b, a, 1);
  case arith::CmpIPredicate::sge:
    return ordered(a, b, 0);
  case arith::CmpIPredicate::sgt:
    return ordered(a, b, 1);
  case arith::CmpIPredicate::eq:
    return conjunction(ordered(a, b, 0), ordered(b, a, 0));
  case arith::CmpIPredicate::ne: {
    Condition equal = conjunction(ordered(a, b, 0), ordered(b, a, 0));
    return equal.isDecided() || equal.atLeastZero.size() == 1 ? negated(equal, of) : unknown(of);
  }
  default: // unsigned: as signed where neither can be negative
    if (!atoms.isNonNegative(integer(a)) || !atoms.isNonNegative(integer(b)))
      return unknown(of);
    using P = arith::CmpIPredicate;
    return compare(predicate == P::ult   ? P::slt
                   : predicate == P::ule ? P::sle
                   : predicate == P::ugt ? P::sgt
                                         : P::sge,
                   a, b, of);
  }
}

static std::optional<arith::CmpIPredicate> asInteger(arith::CmpFPredicate predicate) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  switch (predicate) {
  case F::OEQ:
  case F::UEQ:
    return I::eq;
  case F::ONE:
  case F::UNE:
    return I::ne;
  case F::OLT:
  case F::ULT:
    return I::slt;
  case F::OLE:
  case F::ULE:
    return I::sle;
  case F::OGT:
  case F::UGT:
    return I::sgt;
  case F::OGE:
  case F::UGE:
    return I::sge;
  default:
    return std::nullopt;
  }
}

Condition Elements::condition(const Term &term) {
  if (std::optional<double> value = constant(term))
    return Condition::constant(*value != 0);
  Term root = normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op)
    return band(root, [](double bit) { return bit != 0; }).value_or(unknown(root));
  auto key = std::make_pair(root.value.getAsOpaquePointer(), root.index);
  if (auto known = conditions.find(key); known != conditions.end())
    return known->second;
  auto operand = [&](unsigned i) { return Term{op->getOperand(i), root.index}; };
  Condition result =
      TypeSwitch<Operation *, Condition>(op)
          .Case([&](arith::CmpIOp comparison) -> Condition {
            if (!comparison.getLhs().getType().isInteger(1))
              return compare(comparison.getPredicate(), operand(0), operand(1), root);
            for (unsigned side = 0; side < 2; ++side)
              if (std::optional<double> bit = constant(operand(side))) {
                bool isEqual = comparison.getPredicate() == arith::CmpIPredicate::eq;
                if (!isEqual && comparison.getPredicate() != arith::CmpIPredicate::ne)
                  break;
                Condition other = condition(operand(1 - side));
                return isEqual == (*bit != 0) ? other : negated(other, operand(1 - side));
              }
            return unknown(root);
          })
          .Case([&](arith::CmpFOp comparison) -> Condition {
            std::optional<arith::CmpIPredicate> predicate = asInteger(comparison.getPredicate());
            if (!predicate || !integerOfFloat(operand(0)) || !integerOfFloat(operand(1)))
              return unknown(root);
            return compare(*predicate, operand(0), operand(1), root);
          })
          .Case([&](arith::AndIOp) { return conjunction(condition(operand(0)), condition(operand(1))); })
          .Case([&](arith::OrIOp) { return disjunction(condition(operand(0)), condition(operand(1)), root); })
          .Case([&](arith::XOrIOp) {
            for (unsigned side = 0; side < 2; ++side)
              if (isConstant(operand(side), 1.0))
                return negated(condition(operand(1 - side)), operand(1 - side));
            return unknown(root);
          })
          .Case([&](arith::SelectOp) -> Condition {
            // c ? a : false is c and a; c ? true : b is c or b.
            std::optional<double> yes = constant(operand(1)), no = constant(operand(2));
            if (no == 0.0)
              return conjunction(condition(operand(0)), condition(operand(1)));
            if (yes == 1.0)
              return disjunction(condition(operand(0)), condition(operand(2)), root);
            if (yes == 0.0)
              return conjunction(negated(condition(operand(0)), operand(0)), condition(operand(2)));
            return unknown(root);
          })
          .Case([&](arith::TruncIOp) -> Condition {
            // The cast of a number to bool, as importers write it, was a comparison; of one of 0 and 1 it is a bit.
            if (auto bit = operands<arith::ExtUIOp>(operand(0)); bit && (*bit)[0].value.getType().isInteger(1))
              return condition((*bit)[0]);
            return unknown(root);
          })
          .Default([&](Operation *) { return unknown(root); });
  conditions[key] = result;
  return result;
}

std::optional<Condition> Elements::additiveMask(const Term &term, bool &isFinite) {
  if (std::optional<double> value = constant(term)) {
    if (*value != 0 && !(*value <= kHides))
      return std::nullopt;
    if (*value != 0 && std::isfinite(*value))
      isFinite = true;
    return Condition::constant(*value == 0);
  }
  bool hidesFinitely = false;
  if (auto constant = band(normal(term), [&](double value) -> std::optional<bool> {
        if (value != 0 && !(value <= kHides))
          return std::nullopt;
        hidesFinitely |= value != 0 && std::isfinite(value);
        return value == 0;
      })) {
    isFinite |= hidesFinitely;
    return constant;
  }
  if (auto select = operands<arith::SelectOp>(term)) {
    Condition which = condition((*select)[0]);
    std::optional<Condition> yes = additiveMask((*select)[1], isFinite), no = additiveMask((*select)[2], isFinite);
    if (!yes || !no)
      return std::nullopt;
    if (no->never)
      return conjunction(which, *yes);
    if (yes->never)
      return conjunction(negated(which, (*select)[0]), *no);
    if (yes->isAlways())
      return disjunction(which, *no, normal(term));
    return std::nullopt;
  }
  if (auto sum = operands<arith::AddFOp>(term)) {
    std::optional<Condition> a = additiveMask((*sum)[0], isFinite), b = additiveMask((*sum)[1], isFinite);
    if (!a || !b)
      return std::nullopt;
    return conjunction(*a, *b);
  }
  for (bool isNumber : {false, true}) { // the lower of two masks, or one that is kept from −∞
    auto lower = isNumber ? operands<arith::MinNumFOp>(term) : operands<arith::MinimumFOp>(term);
    auto upper = isNumber ? operands<arith::MaxNumFOp>(term) : operands<arith::MaximumFOp>(term);
    if (lower) {
      std::optional<Condition> a = additiveMask((*lower)[0], isFinite), b = additiveMask((*lower)[1], isFinite);
      if (!a || !b)
        return std::nullopt;
      return conjunction(*a, *b);
    }
    for (int side = 0; upper && side < 2; ++side)
      if (std::optional<double> least = constant((*upper)[side]); least && *least <= kHides) {
        isFinite = true;
        return additiveMask((*upper)[1 - side], isFinite);
      }
  }
  if (auto product = operands<arith::MulFOp>(term)) // (1 − bit) · (a number that hides)
    for (int side = 0; side < 2; ++side) {
      std::optional<double> factor = constant((*product)[side]);
      auto flipped = operands<arith::SubFOp>((*product)[1 - side]);
      if (!factor || !(*factor <= kHides) || !std::isfinite(*factor))
        continue;
      isFinite = true;
      if (auto hidden = operands<arith::UIToFPOp>((*product)[1 - side]);
          hidden && (*hidden)[0].value.getType().isInteger(1))
        return negated(condition((*hidden)[0]), (*hidden)[0]);
      if (flipped && isConstant((*flipped)[0], 1.0))
        if (auto bit = operands<arith::UIToFPOp>((*flipped)[1]); bit && (*bit)[0].value.getType().isInteger(1))
          return condition((*bit)[0]);
    }
  // A constant written into another: membership tells where.
  double inside, outside;
  Literal literal{normal(term), false};
  if (membership(literal)) {
    auto constantOf = [&](Value tensor) { return *constant({tensor, variables(tensor)}); };
    Operation *op = literal.term.value.getDefiningOp();
    if (auto scatter = dyn_cast_or_null<ScatterElementsOp>(op))
      inside = constantOf(scatter.getUpdates()), outside = constantOf(scatter.getData());
    else if (auto scatter = dyn_cast_or_null<ScatterNDOp>(op))
      inside = constantOf(scatter.getUpdates()), outside = constantOf(scatter.getData());
    else
      return std::nullopt;
    double hides = std::min(inside, outside);
    if (std::max(inside, outside) != 0 || !(hides <= kHides))
      return std::nullopt;
    isFinite |= std::isfinite(hides);
    return Condition{false, {}, {literal}};
  }
  return std::nullopt;
}
