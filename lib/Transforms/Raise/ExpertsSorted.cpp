//===- ExpertsSorted.cpp - Slots sorted by their expert -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With order = argsort(key) and size[e] = how many slots have key e, the rows p of
// expert e are those with Σ size[0 … e) ≤ p < Σ size[0 … e], so the expert of row p
// is key[order[p]]. A sum over all p is one over all slots, as order is a
// permutation.
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

bool SortedRows::reorder(Summand &summand, const Poly &tokens) {
  Atoms &atoms = elements.atoms;
  for (auto it = summand.variables.begin(); it != summand.variables.end(); ++it) {
    Poly row = *it, extent = *atoms.extent(row);
    int64_t slots = extent.getTerms().begin()->second / tokens.getTerms().begin()->second;
    if (slots < 1 || tokens * slots != extent)
      continue;
    Value order;
    for (const auto &[left, right] : summand.equalities)
      for (const Poly &side : {left, right})
        for (const Poly &unknown : atoms.unknowns(side)) {
          auto origin = atoms.origin(unknown);
          if (origin->second == Indices{row} && elements.sortOf(origin->first))
            order = origin->first;
        }
    if (!order)
      continue;
    summand.variables.erase(it);
    Poly token = atoms.var(tokens), choice = atoms.var(Poly(slots));
    for (const Poly &variable : {token, choice})
      if (variable.asAtom())
        summand.variables.push_back(variable);
    summand.substitute(elements, row, atoms.inverse(order, token * slots + choice, extent));
    return true;
  }
  return false;
}

/// `term` without casts between integers, and to and from floats that hold them.
static Term withoutCasts(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (isa_and_nonnull<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp, arith::FPToSIOp, arith::SIToFPOp>(op) &&
      !op->getOperand(0).getType().isInteger(1) && !op->getResult(0).getType().isInteger(1))
    return withoutCasts(elements, {op->getOperand(0), root.index});
  return root;
}

std::optional<SortedRows::Prefix> SortedRows::prefix(const Term &term, const Poly &expert) {
  Term root = withoutCasts(elements, term);
  if (root.isElement()) {
    if (auto sum = root.value.getDefiningOp<CumSumOp>()) {
      if (sum.getReverse() || root.index.size() != 1)
        return std::nullopt;
      return Prefix{{sum.getX(), {expert}}, root.index[0] + (sum.getExclusive() ? 0 : 1)};
    }
    // 0, then the sums without the last one: those up to the one before.
    auto concat = root.value.getDefiningOp<tensor::ConcatOp>();
    if (!concat || concat.getInputs().size() != 2 || root.index.size() != 1 ||
        !elements.sizeOf(concat.getInputs()[0], 0).isConstant(1) ||
        !elements.isConstant({concat.getInputs()[0], {Poly(0)}}, 0))
      return std::nullopt;
    std::optional<Prefix> rest = prefix({concat.getInputs()[1], {root.index[0] - 1}}, expert);
    if (!rest || rest->end != root.index[0])
      return std::nullopt;
    return rest;
  }
  for (bool isSum : {true, false}) {
    auto sides = isSum ? elements.operands<arith::AddIOp>(root) : elements.operands<arith::SubIOp>(root);
    for (int side = 0; sides && side < (isSum ? 2 : 1); ++side) {
      std::optional<Prefix> whole = prefix((*sides)[side], expert);
      if (!whole)
        continue;
      Poly place = isSum ? whole->end : whole->end - 1;
      Term size = elements.substitute(whole->size, expert, place);
      if (elements.same(withoutCasts(elements, size), withoutCasts(elements, (*sides)[1 - side])))
        return Prefix{whole->size, isSum ? whole->end + 1 : place};
    }
  }
  return std::nullopt;
}

/// The integer that arithmetic on `hole` gives if that is `value`, with floats rounded as they are.
std::optional<double> SortedRows::evaluate(const Term &term, const Term &hole, double value) {
  Term root = elements.normal(term);
  if (root == hole)
    return value;
  if (std::optional<double> known = elements.constant(root))
    return known;
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || op->getNumOperands() == 0 || op->getNumRegions() != 0)
    return std::nullopt;
  SmallVector<double> in;
  for (Value operand : op->getOperands()) {
    std::optional<double> side = evaluate({operand, root.index}, hole, value);
    if (!side)
      return std::nullopt;
    in.push_back(*side);
  }
  auto rounded = [&](double result) -> std::optional<double> {
    if (op->getResult(0).getType().isF32())
      return static_cast<float>(result);
    if (op->getResult(0).getType().isF64())
      return result;
    return std::nullopt;
  };
  using Result = std::optional<double>;
  return TypeSwitch<Operation *, Result>(op)
      .Case<arith::ExtSIOp, arith::IndexCastOp>([&](auto cast) -> Result {
        if (cast.getIn().getType().isInteger(1))
          return std::nullopt;
        return in[0];
      })
      .Case([&](arith::SIToFPOp) { return rounded(in[0]); })
      .Case([&](arith::FPToSIOp) { return std::trunc(in[0]); })
      .Case([&](arith::DivFOp) { return rounded(in[0] / in[1]); })
      .Case([&](arith::MulFOp) { return rounded(in[0] * in[1]); })
      .Case([&](arith::AddIOp) { return in[0] + in[1]; })
      .Case([&](arith::SubIOp) { return in[0] - in[1]; })
      .Case([&](arith::MaxSIOp) { return std::max(in[0], in[1]); })
      .Case([&](arith::MinSIOp) { return std::min(in[0], in[1]); })
      .Case([&](arith::SelectOp) { return in[0] != 0 ? in[1] : in[2]; })
      .Case([&](arith::CmpIOp compare) -> Result {
        using P = arith::CmpIPredicate;
        bool isUnsigned = compare.getPredicate() >= P::ult;
        // As unsigned, a negative number is larger than all others.
        double a = in[0], b = in[1];
        if (isUnsigned && (a < 0) != (b < 0))
          std::swap(a, b);
        switch (compare.getPredicate()) {
        case P::slt:
        case P::ult:
          return a < b;
        case P::sle:
        case P::ule:
          return a <= b;
        case P::sgt:
        case P::ugt:
          return a > b;
        case P::sge:
        case P::uge:
          return a >= b;
        case P::eq:
          return in[0] == in[1];
        case P::ne:
          return in[0] != in[1];
        }
        return std::nullopt;
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// The first integer that arithmetic is made of and that is a tensor's element.
static std::optional<Term> holeOf(Elements &elements, const Term &term) {
  if (elements.constant(term))
    return std::nullopt;
  Term root = elements.normal(term);
  if (root.isElement())
    return root;
  Operation *op = root.value.getDefiningOp();
  for (Value operand : op ? op->getOperands() : ValueRange())
    if (std::optional<Term> hole = holeOf(elements, {operand, root.index}))
      return hole;
  return std::nullopt;
}

/// The expert that `row` belongs to if expert e has `size` rows (at `expert` e).
std::optional<Poly> SortedRows::groupOf(const Term &size, const Poly &expert, const Poly &experts, const Poly &row) {
  Atoms &atoms = elements.atoms;
  std::optional<int64_t> count = experts.constant();
  if (!count)
    return std::nullopt;
  // size[e] = how many slots have key e.
  total.reset();
  Term root = withoutCasts(elements, size), key;
  Poly slot;
  auto isCount = [&](Value data, Value updates, ScatterReduction reduction) {
    return reduction == ScatterReduction::Add && elements.isConstant({data, elements.variables(data)}, 0) &&
           elements.isConstant({updates, elements.variables(updates)}, 1);
  };
  if (auto scatter = root.value.getDefiningOp<ScatterElementsOp>()) {
    if (scatter.getIndices().getType().getRank() != 1 || root.index[0] != expert ||
        !isCount(scatter.getData(), scatter.getUpdates(), scatter.getReduction()))
      return std::nullopt;
    slot = atoms.var(elements.sizeOf(scatter.getIndices(), 0));
    key = {scatter.getIndices(), {slot}};
  } else if (auto scatter = root.value.getDefiningOp<ScatterNDOp>()) {
    if (scatter.getIndices().getType().getRank() != 2 || scatter.getIndices().getType().getDimSize(1) != 1 ||
        root.index.size() != 1 || root.index[0] != expert ||
        !isCount(scatter.getData(), scatter.getUpdates(), scatter.getReduction()))
      return std::nullopt;
    slot = atoms.var(elements.sizeOf(scatter.getIndices(), 0));
    key = {scatter.getIndices(), {slot, 0}};
  } else {
    return std::nullopt;
  }
  std::optional<Term> hole = holeOf(elements, key);
  if (!hole || !slot.asAtom())
    return std::nullopt;
  auto keyAt = [&](double value) { return evaluate(key, *hole, value); };
  Poly counted = elements.integer(*hole);
  for (auto sort : block.getOps<TopKOp>()) {
    Value order = sort.getIndices();
    if (!elements.sortOf(order) || elements.sizeOf(order, 0) != *atoms.extent(slot))
      continue;
    Poly sorted = elements.integer({sort.getX(), {slot}});
    Poly inOrder = elements.integer({sort.getX(), {elements.integer({order, {slot}})}});
    if (counted != sorted && counted != inOrder)
      continue;
    Poly place = elements.integer({order, {row}});
    if (!atoms.isBetween(place, 0, *atoms.extent(slot)))
      continue;
    bool isInside = atoms.isBetween(sorted, 0, experts);
    // Inside, the key must be the expert itself: asked one by one.
    for (int64_t e = 0; e < *count; ++e)
      if (keyAt(e) != static_cast<double>(e))
        return std::nullopt;
    if (isInside) {
      total = *atoms.extent(slot);
      return elements.integer({sort.getX(), {place}});
    }
    // Other numbers must keep their order as keys, and not be negative: those beyond the experts belong to none.
    constexpr double far = 1 << 30;
    double last = 0;
    for (double value : {-far, -4096.0, -65.0, -2.0, -1.0}) {
      std::optional<double> found = keyAt(value);
      if (!found || *found < last || *found >= *count)
        return std::nullopt;
      last = *found;
    }
    if (last != 0)
      return std::nullopt;
    for (double value : {*count + 0.0, *count + 1.0, *count + 65.0, *count + 4096.0, far}) {
      std::optional<double> found = keyAt(value);
      if (!found || *found < *count)
        return std::nullopt;
    }
    if (counted != sorted)
      return std::nullopt;
    Poly chosen = elements.integer(elements.substitute(key, slot, place));
    guards.emplace_back(chosen, experts);
    return chosen;
  }
  return std::nullopt;
}

static void splitConditions(Elements &elements, std::vector<Term> &conditions) {
  for (size_t i = 0; i < conditions.size();)
    if (auto both = elements.operands<arith::AndIOp>(conditions[i])) {
      conditions[i] = (*both)[0];
      conditions.push_back((*both)[1]);
    } else {
      ++i;
    }
}

std::optional<Poly> SortedRows::expertOf(std::vector<Term> &conditions, const Poly &expert) {
  splitConditions(elements, conditions);
  std::optional<size_t> lowerAt, upperAt;
  std::optional<Prefix> lower, upper;
  Poly lowerRow, upperRow, probe = elements.atoms.var(*elements.atoms.extent(expert));
  for (auto [i, condition] : llvm::enumerate(conditions)) {
    Term root = elements.normal(condition);
    auto compare = root.isElement() ? nullptr : root.value.getDefiningOp<arith::CmpIOp>();
    if (!compare)
      continue;
    Term sides[] = {{compare.getLhs(), root.index}, {compare.getRhs(), root.index}};
    using P = arith::CmpIPredicate;
    P predicate = compare.getPredicate();
    // Larger side and smaller side, of which the smaller may be equal or not.
    bool swaps = predicate == P::sge || predicate == P::sgt;
    bool isStrict = predicate == P::slt || predicate == P::sgt;
    if (!swaps && predicate != P::sle && predicate != P::slt)
      continue;
    const Term &small = sides[swaps], &large = sides[!swaps];
    if (!isStrict)
      if (std::optional<Prefix> found = prefix(small, probe); found && found->end == expert) {
        lower = found;
        lowerRow = elements.integer(large);
        lowerAt = i;
      }
    if (isStrict)
      if (std::optional<Prefix> found = prefix(large, probe); found && found->end == expert + 1) {
        upper = found;
        upperRow = elements.integer(small);
        upperAt = i;
      }
  }
  if (!lower || !upper || lowerRow != upperRow || !elements.same(lower->size, upper->size))
    return std::nullopt;
  std::optional<Poly> chosen = groupOf(lower->size, probe, *elements.atoms.extent(expert), lowerRow);
  if (!chosen)
    return std::nullopt;
  conditions.erase(conditions.begin() + std::max(*lowerAt, *upperAt));
  conditions.erase(conditions.begin() + std::min(*lowerAt, *upperAt));
  return chosen;
}

/// Each part has as many rows as its expert: max(end − start, 0).
std::optional<SortedRows::Groups> SortedRows::matchGroups(tensor::ConcatOp concat, const Poly &row) {
  int64_t experts = concat.getInputs().size();
  Poly probe = elements.atoms.var(Poly(experts));
  Groups result;
  Term size;
  Poly begin;
  for (auto [i, input] : llvm::enumerate(concat.getInputs())) {
    // The size is no tensor's dimension but a number of the graph.
    auto origin = elements.atoms.origin(elements.sizeOf(input, 0));
    Value extent = origin && origin->second.empty() ? origin->first : Value();
    auto larger = extent ? extent.getDefiningOp<arith::MaxSIOp>() : nullptr;
    if (!larger)
      return std::nullopt;
    Poly length, next;
    for (int side = 0; side < 2; ++side)
      if (getConstantIntValue(larger->getOperand(side)) == 0)
        length = elements.valueOf(larger->getOperand(1 - side));
    std::optional<Prefix> start, end;
    for (const auto &[monomial, coefficient] : length.getTerms()) {
      auto bound = monomial.size() == 1 ? elements.atoms.origin(Poly::atom(monomial.front())) : std::nullopt;
      if (!bound || !bound->second.empty() || std::abs(coefficient) != 1)
        return std::nullopt;
      Term term{bound->first, {}};
      std::optional<Prefix> &place = coefficient > 0 ? end : start;
      if (place || !(place = prefix(term, probe)))
        return std::nullopt;
      if (coefficient > 0)
        next = elements.integer(term);
      else if (elements.integer(term) != begin)
        return std::nullopt;
    }
    if (!end || end->end != Poly(i + 1) || start.has_value() != (i > 0) || (start && start->end != Poly(i)))
      return std::nullopt;
    if (i == 0)
      size = end->size;
    if (!elements.same(size, end->size) || (start && !elements.same(size, start->size)))
      return std::nullopt;
    result.begins.push_back(begin);
    begin = next;
  }
  std::optional<Poly> expert = groupOf(size, probe, Poly(experts), row);
  if (!expert)
    return std::nullopt;
  result.expert = *expert;
  // All slots are in one of the groups.
  Poly all;
  for (Value input : concat.getInputs())
    all = all + elements.sizeOf(input, 0);
  if (total)
    elements.setEqual(all, *total);
  return result;
}

const SortedRows::Groups *SortedRows::groups(const Term &element) {
  auto concat = element.value.getDefiningOp<tensor::ConcatOp>();
  if (!element.isElement() || !concat || concat.getDim() != 0 || concat.getInputs().size() < 2)
    return nullptr;
  auto [it, isNew] = known.try_emplace({element.value.getAsOpaquePointer(), element.index[0]});
  if (isNew)
    it->second = matchGroups(concat, element.index[0]);
  return it->second ? &*it->second : nullptr;
}

Term SortedRows::part(const Term &element, const Groups &groups, size_t expert) {
  Term part{element.value.getDefiningOp<tensor::ConcatOp>().getInputs()[expert], element.index};
  part.index[0] = element.index[0] - groups.begins[expert];
  return part;
}
