//===- Integers.cpp - Integer and boolean elements as polynomials ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What positions and masks are made of: a mask is understood when each of its
// elements is, as a condition on the indices alone.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

Poly Elements::integer(const Term &term) {
  Term root = normal(term);
  constexpr double exact = 1LL << 53;
  if (std::optional<double> value = constant(root); value && std::abs(*value) < exact)
    return static_cast<int64_t>(*value);
  if (std::optional<Poly> value = root.isElement() ? integerOfElement(root) : integerOfArithmetic(root))
    return *value;
  return atoms.opaque(root.value, root.index);
}

std::optional<Poly> Elements::integerOfArithmetic(const Term &term) {
  Operation *op = term.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  auto operand = [&](unsigned i) { return Term{op->getOperand(i), term.index}; };
  auto value = [&](unsigned i) { return integer(operand(i)); };
  return TypeSwitch<Operation *, std::optional<Poly>>(op)
      .Case([&](linalg::IndexOp index) { return term.index[index.getDim()]; })
      .Case<arith::IndexCastOp, arith::ExtSIOp>([&](auto cast) -> std::optional<Poly> {
        if (cast.getIn().getType().isInteger(1))
          return std::nullopt; // −1 or 0: nobody counts like that
        return value(0);
      })
      .Case([&](arith::ExtUIOp) -> std::optional<Poly> {
        if (!op->getOperand(0).getType().isInteger(1))
          return std::nullopt;
        Condition bit = condition(operand(0));
        if (bit.known && (bit.never || bit.isAlways()))
          return Poly(bit.never ? 0 : 1);
        return std::nullopt;
      })
      .Case([&](arith::AddIOp) { return value(0) + value(1); })
      .Case([&](arith::SubIOp) { return value(0) - value(1); })
      .Case([&](arith::MulIOp) { return value(0) * value(1); })
      .Case<arith::MaxSIOp, arith::MinSIOp>([&](auto extreme) -> std::optional<Poly> {
        Poly a = value(0), b = value(1);
        bool isMax = isa<arith::MaxSIOp>(extreme.getOperation());
        if (atoms.isNonNegative(a - b))
          return isMax ? a : b;
        if (atoms.isNonNegative(b - a))
          return isMax ? b : a;
        return std::nullopt;
      })
      .Case([&](arith::SelectOp) -> std::optional<Poly> {
        Condition which = condition(operand(0));
        if (which.known && (which.never || which.isAlways()))
          return value(which.never ? 2 : 1);
        return std::nullopt;
      })
      .Default([&](Operation *) -> std::optional<Poly> {
        if (op->getNumResults() == 1 && op->getResult(0).getType().isIndex())
          return valueOf(op->getResult(0)); // a size from outside of the body
        return std::nullopt;
      });
}

/// A concatenation whose part depends on the index is still one polynomial if the first part has one row and that
/// continues the second backwards: [−1] ‖ [0, 1, 2, …] is i − 1.
std::optional<Poly> Elements::integerOfConcat(tensor::ConcatOp op, const Term &term) {
  int64_t dim = op.getDim();
  std::optional<unsigned> atom = term.index[dim].asAtom();
  if (op.getInputs().size() != 2 || !atom || !sizeOf(op.getInputs()[0], dim).isConstant(1))
    return std::nullopt;
  Term first{op.getInputs()[0], term.index}, second{op.getInputs()[1], term.index};
  first.index[dim] = 0;
  second.index[dim] = term.index[dim] - 1;
  Poly begin = integer(first), rest = integer(second);
  if (!atoms.isPlain(rest) || !atoms.isPlain(begin) || rest.substitute(*atom, 0) != begin.substitute(*atom, 0))
    return std::nullopt;
  return rest;
}

/// A constant whose elements are c + Σ strides · indices, such as a range that was folded.
static std::optional<Poly> integerOfConstant(DenseElementsAttr dense, const Indices &index) {
  ShapedType type = dense.getType();
  if (!type.getElementType().isInteger() || type.getNumElements() == 0)
    return std::nullopt;
  SmallVector<int64_t> values;
  for (const APInt &value : dense.getValues<APInt>())
    values.push_back(value.getSExtValue());
  SmallVector<int64_t> strides = computeStrides(type.getShape()), slopes;
  Poly result(values.front());
  for (auto [i, size, stride] : llvm::zip_equal(index, type.getShape(), strides)) {
    slopes.push_back(size > 1 ? values[stride] - values.front() : 0);
    result = result + i * slopes.back();
  }
  for (auto [position, value] : llvm::enumerate(values)) {
    int64_t expected = values.front();
    for (auto [i, slope] : llvm::zip_equal(delinearize(position, strides), slopes))
      expected += i * slope;
    if (value != expected)
      return std::nullopt;
  }
  return result;
}

std::optional<Poly> Elements::integerOfElement(const Term &term) {
  Operation *op = term.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  DenseElementsAttr dense;
  if (matchPattern(term.value, m_Constant(&dense)))
    return integerOfConstant(dense, term.index);
  auto inside = [&](const Poly &index, Value tensor, int64_t dim) {
    return atoms.isBetween(index, 0, sizeOf(tensor, dim));
  };
  return TypeSwitch<Operation *, std::optional<Poly>>(op)
      .Case([&](tensor::ConcatOp concat) { return integerOfConcat(concat, term); })
      .Case([&](GatherNDOp gather) -> std::optional<Poly> {
        int64_t batch = gather.getBatchDims(), rank = gather.getIndices().getType().getRank();
        int64_t tuple = gather.getIndices().getType().getShape().back();
        Term data{gather.getData(), Indices(term.index.begin(), term.index.begin() + batch)};
        for (int64_t i = 0; i < tuple; ++i) {
          Term index{gather.getIndices(), Indices(term.index.begin(), term.index.begin() + rank - 1)};
          index.index.push_back(i);
          data.index.push_back(integer(index));
          if (!inside(data.index.back(), gather.getData(), batch + i))
            return std::nullopt;
        }
        data.index.insert(data.index.end(), term.index.begin() + rank - 1, term.index.end());
        return integer(data);
      })
      .Case([&](GatherOp gather) -> std::optional<Poly> {
        int64_t axis = gather.getAxis(), rank = gather.getIndices().getType().getRank();
        auto begin = term.index.begin();
        Poly index = integer({gather.getIndices(), Indices(begin + axis, begin + axis + rank)});
        if (!inside(index, gather.getData(), axis))
          return std::nullopt;
        Term data{gather.getData(), Indices(begin, begin + axis)};
        data.index.push_back(index);
        data.index.insert(data.index.end(), begin + axis + rank, term.index.end());
        return integer(data);
      })
      .Case([&](CumSumOp sum) -> std::optional<Poly> {
        if (sum.getExclusive() || sum.getReverse())
          return std::nullopt;
        Term summand{sum.getX(), term.index};
        Poly variable = atoms.var(sizeOf(sum.getX(), sum.getAxis()));
        summand.index[sum.getAxis()] = variable;
        std::optional<int64_t> constant = integer(summand).constant();
        if (!constant)
          return std::nullopt;
        return (term.index[sum.getAxis()] + 1) * *constant;
      })
      .Default([](Operation *) { return std::nullopt; });
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

/// a ≥ b, decided where bounds decide it.
static Condition atLeast(Atoms &atoms, const Poly &a, const Poly &b) {
  if (atoms.isNonNegative(a - b))
    return Condition::constant(true);
  if (atoms.isNonNegative(b - a - 1))
    return Condition::constant(false);
  return {true, false, {a - b}};
}

static Condition conjunction(const Condition &a, const Condition &b) {
  if ((a.known && a.never) || (b.known && b.never))
    return Condition::constant(false);
  if (!a.known || !b.known)
    return {};
  Condition both = a;
  for (const Poly &poly : b.atLeastZero)
    if (!llvm::is_contained(both.atLeastZero, poly))
      both.atLeastZero.push_back(poly);
  return both;
}

Condition Elements::negated(Condition condition) {
  if (!condition.known)
    return {};
  if (condition.never || condition.isAlways())
    return Condition::constant(condition.never);
  if (condition.atLeastZero.size() != 1)
    return {}; // a disjunction
  return atLeast(atoms, condition.atLeastZero.front() * -1, 1);
}

Condition Elements::compare(arith::CmpIPredicate predicate, const Poly &a, const Poly &b) {
  switch (predicate) {
  case arith::CmpIPredicate::sle:
    return atLeast(atoms, b, a);
  case arith::CmpIPredicate::slt:
    return atLeast(atoms, b, a + 1);
  case arith::CmpIPredicate::sge:
    return atLeast(atoms, a, b);
  case arith::CmpIPredicate::sgt:
    return atLeast(atoms, a, b + 1);
  case arith::CmpIPredicate::eq:
    return conjunction(atLeast(atoms, a, b), atLeast(atoms, b, a));
  case arith::CmpIPredicate::ne:
    return negated(conjunction(atLeast(atoms, a, b), atLeast(atoms, b, a)));
  default:
    return {}; // unsigned: no exporter compares positions so
  }
}

Condition Elements::condition(const Term &term) {
  if (std::optional<double> value = constant(term))
    return Condition::constant(*value != 0);
  Term root = normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op)
    return {};
  auto operand = [&](unsigned i) { return Term{op->getOperand(i), root.index}; };
  return TypeSwitch<Operation *, Condition>(op)
      .Case([&](arith::CmpIOp comparison) -> Condition {
        if (comparison.getLhs().getType().isInteger(1))
          return {};
        return compare(comparison.getPredicate(), integer(operand(0)), integer(operand(1)));
      })
      .Case([&](arith::AndIOp) { return conjunction(condition(operand(0)), condition(operand(1))); })
      .Case([&](arith::OrIOp) {
        Condition a = condition(operand(0)), b = condition(operand(1));
        if (a.isAlways() || (b.known && b.never))
          return a;
        if (b.isAlways() || (a.known && a.never))
          return b;
        return Condition();
      })
      .Case([&](arith::XOrIOp) {
        for (unsigned side = 0; side < 2; ++side)
          if (isConstant(operand(side), 1.0))
            return negated(condition(operand(1 - side)));
        return Condition();
      })
      .Case([&](arith::TruncIOp) -> Condition { return compare(arith::CmpIPredicate::ne, integer(operand(0)), 0); })
      .Default([](Operation *) { return Condition(); });
}
