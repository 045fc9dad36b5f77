//===- ExpertsSums.cpp - Experts' results as sums of products ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// More experts than any model has, each with a bias.
static constexpr size_t kMaxSummands = 2048;

void Summand::substitute(Elements &elements, const Poly &variable, const Poly &value) {
  for (std::vector<Term> *terms : {&factors, &divisors, &conditions})
    for (Term &term : *terms)
      term = elements.substitute(term, variable, value);
  for (auto *pairs : {&equalities, &guards})
    for (auto &[a, b] : *pairs) {
      a = elements.atoms.substitute(a, *variable.asAtom(), value);
      b = elements.atoms.substitute(b, *variable.asAtom(), value);
    }
  for (std::vector<Poly> *polys : {&targets, &exclusive, &unsignedIndices})
    for (Poly &poly : *polys)
      poly = elements.atoms.substitute(poly, *variable.asAtom(), value);
}

bool Summand::dependsOn(Elements &elements, const Poly &variable) const {
  auto inPoly = [&](const Poly &poly) { return elements.atoms.dependsOn(poly, *variable.asAtom()); };
  for (const std::vector<Term> *terms : {&factors, &divisors, &conditions})
    if (llvm::any_of(*terms, [&](const Term &term) { return elements.dependsOn(term, variable); }))
      return true;
  return llvm::any_of(equalities, [&](const auto &pair) { return inPoly(pair.first) || inPoly(pair.second); });
}

Poly SumOfProducts::addVariable(Summand &base, const Poly &extent) {
  Poly variable = elements.atoms.var(extent);
  if (variable.asAtom())
    base.variables.push_back(variable);
  return variable;
}

/// What runs over all slots of a token-expert list is taken apart into token and choice.
bool SumOfProducts::splitRows(Summand &summand) {
  Atoms &atoms = elements.atoms;
  for (auto it = summand.variables.begin(); it != summand.variables.end(); ++it) {
    Poly variable = *it, extent = *atoms.extent(variable);
    if (extent.getTerms().empty() || rows.getTerms().empty() || rows.isConstant(1))
      continue;
    int64_t slots = extent.getTerms().begin()->second / rows.getTerms().begin()->second;
    auto isAsked = [&](const auto &pair) {
      return atoms.dependsOn(pair.first, *variable.asAtom()) || atoms.dependsOn(pair.second, *variable.asAtom());
    };
    if (slots < 2 || rows * slots != extent || llvm::none_of(summand.equalities, isAsked))
      continue;
    summand.variables.erase(it);
    bool isExclusive = llvm::is_contained(summand.exclusive, variable);
    Poly row = addVariable(summand, rows), choice = addVariable(summand, Poly(slots));
    if (isExclusive)
      summand.exclusive.insert(summand.exclusive.end(), {row, choice});
    summand.substitute(elements, variable, row * slots + choice);
    return true;
  }
  return false;
}

/// The bit that a number of 0 and 1 is made of.
static std::optional<Term> flagOf(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  if (root.isElement())
    return std::nullopt;
  Operation *op = root.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  Term operand{op->getNumOperands() == 1 ? op->getOperand(0) : Value(), root.index};
  if (isa<arith::UIToFPOp, arith::ExtUIOp>(op))
    return operand.value.getType().isInteger(1) ? operand : flagOf(elements, operand);
  if (isa<arith::SIToFPOp, arith::ExtSIOp>(op) && !operand.value.getType().isInteger(1))
    return flagOf(elements, operand);
  if (auto select = elements.operands<arith::SelectOp>(root);
      select && elements.isConstant((*select)[1], 1.0) && elements.isConstant((*select)[2], 0.0))
    return (*select)[0];
  return std::nullopt;
}

/// Two integers whose equality is `condition`, or one of which is negative otherwise: `isUnsigned` is set to it if it
/// is not known that it cannot be.
static std::optional<std::pair<Poly, Poly>> equalityOf(Elements &elements, const Term &condition, Poly &isUnsigned) {
  // A number that is 0 or 1 is not 0.
  Term root = elements.normal(condition);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  auto integers = dyn_cast_or_null<arith::CmpIOp>(op);
  auto floats = dyn_cast_or_null<arith::CmpFOp>(op);
  if (((integers && integers.getPredicate() == arith::CmpIPredicate::ne) ||
       (floats && llvm::is_contained({arith::CmpFPredicate::OGT, arith::CmpFPredicate::ONE, arith::CmpFPredicate::UNE},
                                     floats.getPredicate()))) &&
      elements.isConstant({op->getOperand(1), root.index}, 0.0)) {
    std::optional<Literal> bit = elements.bit({op->getOperand(0), root.index});
    if (bit && !bit->negated)
      return equalityOf(elements, bit->term, isUnsigned);
  }
  if (auto either = elements.operands<arith::OrIOp>(condition)) {
    for (int side = 0; side < 2; ++side)
      if (elements.condition((*either)[side]).never)
        return equalityOf(elements, (*either)[1 - side], isUnsigned);
    auto first = elements.equality((*either)[0]), second = elements.equality((*either)[1]);
    if (!first || !second || first->first != second->first)
      return std::nullopt;
    if (elements.atoms.isNonNegative(first->second * -1 - 1))
      std::swap(first, second);
    if (!elements.atoms.isNonNegative(second->second * -1 - 1))
      return std::nullopt;
    isUnsigned = first->first;
    return first;
  }
  return elements.equality(condition);
}

bool SumOfProducts::addCondition(Summand &base, const Term &condition) {
  if (auto both = elements.operands<arith::AndIOp>(condition))
    return addCondition(base, (*both)[0]) && addCondition(base, (*both)[1]);
  if (auto masked = maskedSlot(elements, condition)) {
    base.equalities.push_back(masked->second);
    return addCondition(base, masked->first);
  }
  Poly isUnsigned;
  if (auto equal = equalityOf(elements, condition, isUnsigned)) {
    base.equalities.push_back(*equal);
    if (!elements.atoms.isNonNegative(isUnsigned))
      base.unsignedIndices.push_back(isUnsigned);
  } else {
    base.conditions.push_back(condition);
  }
  return true;
}

/// Whether a factor is 0 but for one choice: it has an equality of integers among its factors, or is one sum of such
/// (those of experts are sums of other sums).
bool SumOfProducts::chooses(const Term &term, bool allowSum) {
  Term root = elements.normal(term);
  // Outside of sums also start[e] ≤ row < end[e].
  auto compares = [&](const Term &condition) {
    auto sides = allowSum ? elements.operands<arith::CmpIOp>(condition) : std::nullopt;
    Poly isUnsigned;
    return equalityOf(elements, condition, isUnsigned) || (sides && !(*sides)[0].value.getType().isInteger(1));
  };
  auto isChoice = [&](const Term &condition) {
    auto both = elements.operands<arith::AndIOp>(condition);
    return compares(condition) || (both && (compares((*both)[0]) || compares((*both)[1])));
  };
  if (root.isElement()) {
    if (root.value.getDefiningOp<ScatterElementsOp>() || root.value.getDefiningOp<ScatterNDOp>())
      return true;
    auto sum = allowSum ? elements.fold<arith::AddFOp>(root) : std::nullopt;
    return sum && chooses(sum->operand, false);
  }
  if (std::optional<Term> flag = flagOf(elements, root))
    return isChoice(*flag);
  if (auto select = elements.operands<arith::SelectOp>(root))
    return elements.isConstant((*select)[2], 0.0) && isChoice((*select)[0]);
  if (auto factors = elements.operands<arith::MulFOp>(root))
    return chooses((*factors)[0], allowSum) || chooses((*factors)[1], allowSum);
  auto quotient = elements.operands<arith::DivFOp>(root);
  return quotient && chooses((*quotient)[0], allowSum);
}

/// What `element` is without the writes, if these are added to it.
static std::optional<Term> addedTo(Elements &elements, const Term &element) {
  Value data;
  if (auto scatter = element.value.getDefiningOp<ScatterElementsOp>();
      scatter && scatter.getReduction() == ScatterReduction::Add)
    data = scatter.getData();
  if (auto scatter = element.value.getDefiningOp<ScatterNDOp>();
      scatter && scatter.getReduction() == ScatterReduction::Add)
    data = scatter.getData();
  if (!data || elements.isConstant({data, elements.variables(data)}, 0.0))
    return std::nullopt;
  return Term{data, element.index};
}

/// Σ over the writes of [target = index] · update, for writes into zeros or (but for these) what they are added to.
bool SumOfProducts::openScatter(Summand &base, const Term &element, std::vector<Term> &pending) {
  auto isZero = [&](Value data) {
    return addedTo(elements, element) || elements.isConstant({data, elements.variables(data)}, 0.0);
  };
  auto equate = [&](const Term &index, const Poly &target) {
    Poly value = elements.integer(index);
    base.equalities.emplace_back(value, target);
    base.targets.push_back(value);
    return elements.atoms.isNonNegative(value); // a negative one counts from the end
  };
  auto isKnown = [&](ScatterReduction reduction) {
    return reduction == ScatterReduction::Add || reduction == ScatterReduction::None;
  };
  size_t before = base.variables.size();
  auto noteOverwrites = [&](ScatterReduction reduction) {
    if (reduction == ScatterReduction::None)
      base.exclusive.insert(base.exclusive.end(), base.variables.begin() + before, base.variables.end());
  };
  if (auto scatter = element.value.getDefiningOp<ScatterElementsOp>()) {
    int64_t axis = scatter.getAxis();
    if (!isKnown(scatter.getReduction()) || !isZero(scatter.getData()))
      return false;
    Term index{scatter.getIndices(), element.index};
    for (auto [dim, size] : llvm::enumerate(elements.sizesOf(scatter.getIndices())))
      if (static_cast<int64_t>(dim) != axis && size != elements.sizeOf(scatter.getData(), dim))
        return false; // other rows are not written at all
    index.index[axis] = addVariable(base, elements.sizeOf(scatter.getIndices(), axis));
    if (!equate(index, element.index[axis]))
      return false;
    pending.push_back({scatter.getUpdates(), index.index});
    noteOverwrites(scatter.getReduction());
    return true;
  }
  auto scatter = element.value.getDefiningOp<ScatterNDOp>();
  if (!scatter || !isKnown(scatter.getReduction()) || !isZero(scatter.getData()))
    return false;
  RankedTensorType type = scatter.getIndices().getType();
  Indices place;
  for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
    place.push_back(addVariable(base, elements.sizeOf(scatter.getIndices(), dim)));
  int64_t tuple = type.getShape().back();
  for (int64_t i = 0; i < tuple; ++i) {
    Indices at = place;
    at.push_back(i);
    if (!equate({scatter.getIndices(), at}, element.index[i]))
      return false;
  }
  Indices update = place;
  update.insert(update.end(), element.index.begin() + tuple, element.index.end());
  pending.push_back({scatter.getUpdates(), update});
  noteOverwrites(scatter.getReduction());
  return true;
}

bool SumOfProducts::expand(std::vector<Summand> &result, Summand base, std::vector<Term> pending, Opens opens,
                           Accepts accepts) {
  while (!pending.empty()) {
    Term whole = pending.back(), factor = elements.normal(whole);
    pending.pop_back();
    if (std::optional<double> value = elements.constant(factor)) {
      base.scale *= *value;
      if (base.scale == 0)
        return true;
      continue;
    }
    if (!opens(factor)) {
      base.factors.push_back(whole); // with the tensors that hold it
      continue;
    }
    if (auto flag = flagOf(elements, factor)) {
      addCondition(base, *flag);
    } else if (auto both = elements.operands<arith::MulFOp>(factor)) {
      pending.insert(pending.end(), both->begin(), both->end());
    } else if (auto quotient = elements.operands<arith::DivFOp>(factor)) {
      pending.push_back((*quotient)[0]);
      if (std::optional<double> value = elements.constant((*quotient)[1]); value && *value != 0)
        base.scale /= *value;
      else
        base.divisors.push_back((*quotient)[1]);
    } else if (auto negative = elements.operands<arith::NegFOp>(factor)) {
      base.scale = -base.scale;
      pending.push_back((*negative)[0]);
    } else if (auto select = elements.operands<arith::SelectOp>(factor);
               select && elements.isConstant((*select)[2], 0.0)) {
      addCondition(base, (*select)[0]);
      pending.push_back((*select)[1]);
    } else if (auto sum = elements.operands<arith::AddFOp>(factor)) {
      std::vector<Term> left = pending;
      left.push_back((*sum)[0]);
      if (result.size() > kMaxSummands || !expand(result, base, std::move(left), opens, accepts))
        return false;
      pending.push_back((*sum)[1]);
    } else if (auto difference = elements.operands<arith::SubFOp>(factor)) {
      std::vector<Term> left = pending;
      left.push_back((*difference)[0]);
      if (result.size() > kMaxSummands || !expand(result, base, std::move(left), opens, accepts))
        return false;
      base.scale = -base.scale;
      pending.push_back((*difference)[1]);
    } else if (auto total = elements.fold<arith::AddFOp>(factor)) {
      base.variables.insert(base.variables.end(), total->variables.begin(), total->variables.end());
      pending.push_back(total->operand);
    } else if (Summand written = base; factor.isElement() && openScatter(written, factor, pending)) {
      if (std::optional<Term> data = addedTo(elements, factor)) {
        std::vector<Term> others = pending;
        others.back() = *data; // instead of the update
        if (result.size() > kMaxSummands || !expand(result, base, std::move(others), opens, accepts))
          return false;
      }
      base = std::move(written);
    } else if (accepts(factor)) {
      base.factors.push_back(whole);
    } else {
      return false;
    }
  }
  result.push_back(std::move(base));
  return true;
}

std::optional<std::vector<Summand>> SumOfProducts::alongVariable(const Term &term, const Poly &variable,
                                                                 ArrayRef<Poly> others, Summand base) {
  std::vector<Summand> result;
  auto isWeight = [&](const Term &leaf) {
    return leaf.isElement() && llvm::none_of(leaf.index, [&](const Poly &index) {
             return llvm::any_of(others,
                                 [&](const Poly &other) { return other.asAtom() && index.uses(*other.asAtom()); });
           });
  };
  if (!expand(
          result, std::move(base), {term}, [&](const Term &factor) { return elements.dependsOn(factor, variable); },
          isWeight))
    return std::nullopt;
  return result;
}

std::optional<std::vector<Summand>> SumOfProducts::choices(Summand summand) {
  std::vector<Term> factors;
  std::swap(factors, summand.factors);
  std::vector<Summand> result;
  if (!expand(
          result, std::move(summand), std::move(factors), [&](const Term &factor) { return chooses(factor, true); },
          [](const Term &) { return true; }))
    return std::nullopt;
  return result;
}
