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

#include "Constants.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// `term` with 0 for the loops that it does not depend on.
static Term withoutUnusedLoops(Term term) {
  Operation *op = term.isElement() ? nullptr : term.value.getDefiningOp();
  auto loops = op ? dyn_cast_or_null<linalg::LinalgOp>(op->getParentOp()) : nullptr;
  if (!loops || loops.getNumLoops() != term.index.size())
    return term;
  llvm::SmallBitVector used(term.index.size());
  SmallVector<Value> pending{term.value};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (argument.getOwner() != loops.getBlock())
        continue;
      AffineMap map = loops.getMatchingIndexingMap(&loops->getOpOperand(argument.getArgNumber()));
      for (unsigned loop = 0; loop < used.size(); ++loop)
        if (map.isFunctionOfDim(loop))
          used.set(loop);
      continue;
    }
    Operation *inner = value.getDefiningOp();
    if (inner->getBlock() != loops.getBlock())
      continue;
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      used.set(index.getDim());
    if (inner->getNumRegions() != 0)
      return term;
    llvm::append_range(pending, inner->getOperands());
  }
  for (unsigned loop = 0; loop < used.size(); ++loop)
    if (!used.test(loop))
      term.index[loop] = 0;
  return term;
}

Poly Elements::integer(const Term &term) {
  Term root = withoutUnusedLoops(normal(term));
  constexpr double exact = 1LL << 53;
  if (std::optional<double> value = constant(root); value && std::abs(*value) < exact)
    return static_cast<int64_t>(*value);
  auto key = std::make_pair(root.value.getAsOpaquePointer(), root.index);
  if (auto known = integers.find(key); known != integers.end())
    return known->second;
  std::optional<Poly> value = root.isElement() ? integerOfElement(root) : integerOfArithmetic(root);
  if (!value && isa_and_nonnull<arith::MaxSIOp, arith::MinSIOp>(root.value.getDefiningOp())) {
    auto [least, most] = range(root);
    bool isBounded = least.value_or(-1) >= 0 && most && *most < (int64_t(1) << 40);
    value = atoms.opaque(root.value, root.index, isBounded ? std::optional<Poly>(*most + 1) : std::nullopt);
  }
  if (!value)
    value = atoms.opaque(root.value, root.index);
  integers[key] = *value;
  return *value;
}

/// Constants that an integer lies between.
std::pair<std::optional<int64_t>, std::optional<int64_t>> Elements::range(const Term &term) {
  using Bound = std::optional<int64_t>;
  auto pick = [](Bound a, Bound b, bool larger) -> Bound { return larger ? std::max(*a, *b) : std::min(*a, *b); };
  for (bool isMax : {false, true}) {
    auto sides = isMax ? operands<arith::MaxSIOp>(term) : operands<arith::MinSIOp>(term);
    if (!sides)
      continue;
    auto [least0, most0] = range((*sides)[0]);
    auto [least1, most1] = range((*sides)[1]);
    // Of the larger, either lower bound holds and both upper ones are needed; of the smaller, the other way round.
    Bound least = isMax ? (least0 && least1 ? pick(least0, least1, true)
                           : least0         ? least0
                                            : least1)
                        : (least0 && least1 ? pick(least0, least1, false) : Bound());
    Bound most = isMax ? (most0 && most1 ? pick(most0, most1, true) : Bound())
                       : (most0 && most1 ? pick(most0, most1, false)
                          : most0        ? most0
                                         : most1);
    return {least, most};
  }
  Poly value = integer(term);
  Bound least = atoms.lowerBound(value), negated = atoms.lowerBound(value * -1);
  return {least, negated ? Bound(-*negated) : Bound()};
}

/// A float that holds an integer: what was one before a cast, and sums and products of such.
std::optional<Poly> Elements::integerOfFloat(const Term &term) {
  if (std::optional<double> value = constant(term)) {
    if (*value != std::trunc(*value) || std::abs(*value) > 1e15)
      return std::nullopt;
    return Poly(static_cast<int64_t>(*value));
  }
  Term root = normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  auto operand = [&](unsigned i) { return Term{op->getOperand(i), root.index}; };
  if (isa<arith::SIToFPOp>(op) || (isa<arith::UIToFPOp>(op) && !op->getOperand(0).getType().isInteger(1)))
    return integer(operand(0));
  if (isa<math::FloorOp>(op)) {
    auto quotient = operands<arith::DivFOp>(operand(0));
    std::optional<Poly> a = quotient ? integerOfFloat((*quotient)[0]) : std::nullopt;
    std::optional<Poly> b = quotient ? integerOfFloat((*quotient)[1]) : std::nullopt;
    if (!a || !b || !atoms.isNonNegative(*a) || b->constant().value_or(0) <= 0)
      return std::nullopt;
    return atoms.divMod(*a, *b).first;
  }
  if (!isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
    return std::nullopt;
  std::optional<Poly> a = integerOfFloat(operand(0)), b = integerOfFloat(operand(1));
  if (!a || !b)
    return std::nullopt;
  return isa<arith::AddFOp>(op) ? *a + *b : isa<arith::SubFOp>(op) ? *a - *b : *a * *b;
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
      .Case([&](arith::TruncIOp trunc) -> std::optional<Poly> {
        if (trunc.getType().getIntOrFloatBitWidth() < 32)
          return std::nullopt; // an index or a size fits
        return value(0);
      })
      .Case([&](arith::ExtUIOp) -> std::optional<Poly> {
        if (!op->getOperand(0).getType().isInteger(1))
          return std::nullopt;
        Condition bit = condition(operand(0));
        if (bit.isDecided())
          return Poly(bit.never ? 0 : 1);
        return std::nullopt;
      })
      .Case<arith::SIToFPOp>([&](auto) { return value(0); })
      .Case<arith::FPToSIOp>([&](auto) { return integerOfFloat(operand(0)); })
      .Case<arith::AddFOp, arith::SubFOp, arith::MulFOp, math::FloorOp>([&](auto) { return integerOfFloat(term); })
      .Case<arith::DivSIOp, arith::FloorDivSIOp, arith::RemSIOp>([&](auto) -> std::optional<Poly> {
        Poly a = value(0), b = value(1);
        if (!atoms.isNonNegative(a) || b.constant().value_or(0) <= 0)
          return std::nullopt;
        auto [quotient, rest] = atoms.divMod(a, b);
        return isa<arith::RemSIOp>(op) ? rest : quotient;
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
static std::optional<Poly> integerOfConstant(const ConstantNumbers &numbers, const Indices &index) {
  ShapedType type = numbers.getType();
  int64_t size = type.getNumElements();
  constexpr int64_t maxElements = 1 << 24;
  if (!type.getElementType().isInteger() || size == 0 || size > maxElements)
    return std::nullopt;
  SmallVector<int64_t> strides = computeStrides(type.getShape()), slopes;
  int64_t first = numbers.integer(0);
  Poly result(first);
  for (auto [i, size, stride] : llvm::zip_equal(index, type.getShape(), strides)) {
    slopes.push_back(size > 1 ? numbers.integer(stride) - first : 0);
    result = result + i * slopes.back();
  }
  for (int64_t position = 0; position < size; ++position) {
    int64_t expected = first;
    for (auto [i, slope] : llvm::zip_equal(delinearize(position, strides), slopes))
      expected += i * slope;
    if (numbers.integer(position) != expected)
      return std::nullopt;
  }
  return result;
}

std::optional<Poly> Elements::integerOfElement(const Term &term) {
  Operation *op = term.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (op->hasTrait<OpTrait::ConstantLike>()) {
    if (std::optional<ConstantNumbers> numbers = ConstantNumbers::get(term.value))
      if (std::optional<Poly> range = integerOfConstant(*numbers, term.index))
        return range;
    std::optional<ConstantElement> element = ConstantElement::get(atoms, term.value, term.index);
    return element ? element->affine(atoms) : std::nullopt;
  }
  return TypeSwitch<Operation *, std::optional<Poly>>(op)
      .Case([&](tensor::ConcatOp concat) { return integerOfConcat(concat, term); })
      .Case([&](tensor::FromElementsOp scalars) -> std::optional<Poly> {
        // Numbers that are as far apart from each other, such as past and past + 1.
        Poly place = atoms.linearize(term.index, sizesOf(term.value)), first, step;
        for (auto [i, scalar] : llvm::enumerate(scalars.getElements())) {
          Poly value = integer({scalar, {}});
          if (i < 2)
            (i == 0 ? first : step) = value - first;
          if (value != first + step * i)
            return std::nullopt;
        }
        return first + step * place;
      })
      .Case([&](TopKOp topk) -> std::optional<Poly> {
        int64_t last = topk.getX().getType().getRank() - 1;
        if (term.value != topk.getIndices()) { // the chosen integers themselves
          if (!isa<IntegerType>(topk.getX().getType().getElementType()))
            return std::nullopt;
          Term chosen{topk.getX(), term.index};
          chosen.index[last] = integer({topk.getIndices(), term.index});
          return integer(chosen);
        }
        if (term.index.size() == 1)
          if (auto place = atoms.origin(term.index[0]);
              place && place->second.size() == 1 && inverseOf(place->first) == term.value)
            return place->second[0];
        return atoms.opaque(term.value, term.index, sizeOf(topk.getX(), last));
      })
      .Case([&](NonZeroOp nonzero) -> std::optional<Poly> {
        std::optional<int64_t> dim = term.index[0].constant();
        if (!dim)
          return std::nullopt;
        return atoms.opaque(term.value, term.index, sizeOf(nonzero.getX(), *dim));
      })
      .Case([&](RouteOp route) -> std::optional<Poly> {
        if (term.value != route.getIndices() || route.getValid() || route.getGiven())
          return std::nullopt;
        return atoms.opaque(term.value, term.index, sizeOf(route.getLogits(), 1));
      })
      .Case([&](ScatterNDOp) -> std::optional<Poly> {
        if (inverseOf(term.value))
          return atoms.opaque(term.value, term.index, sizeOf(term.value, 0));
        return std::nullopt;
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
