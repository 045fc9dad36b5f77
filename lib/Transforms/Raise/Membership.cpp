//===- Membership.cpp - Whether an index is in a list --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What was chosen is written as a mask by a scatter of a constant into another, as
// a sum of one-hot vectors, or as an "any" of comparisons. All say: true at t where
// some j has index[j] = t.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// What `term` is if `hole`, which it is made of, is `value`. Nothing if it is made of other things too.
std::optional<double> Elements::evaluate(const Term &term, const Term &hole, double value) {
  Term root = normal(term);
  if (root == hole)
    return value;
  if (std::optional<double> known = constant(root))
    return known;
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || op->getNumOperands() == 0 || op->getNumOperands() > 2)
    return std::nullopt;
  std::vector<double> sides;
  for (Value operand : op->getOperands()) {
    std::optional<double> side = evaluate({operand, root.index}, hole, value);
    if (!side)
      return std::nullopt;
    sides.push_back(*side);
  }
  auto compared = [&](bool less, bool equal, bool greater) -> std::optional<double> {
    if (sides[0] != sides[0] || sides[1] != sides[1])
      return std::nullopt;
    return sides[0] < sides[1] ? less : sides[0] == sides[1] ? equal : greater;
  };
  return TypeSwitch<Operation *, std::optional<double>>(op)
      .Case<arith::UIToFPOp, arith::SIToFPOp, arith::ExtUIOp, arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp>(
          [&](auto cast) -> std::optional<double> {
            bool isSigned = isa<arith::SIToFPOp, arith::ExtSIOp>(cast.getOperation());
            return isSigned && cast.getIn().getType().isInteger(1) ? -sides[0] : sides[0];
          })
      .Case<arith::FPToSIOp, arith::FPToUIOp>([&](auto) { return std::trunc(sides[0]); })
      .Case([&](arith::TruncIOp trunc) -> std::optional<double> {
        if (!trunc.getType().isInteger(1))
          return sides[0];
        return static_cast<int64_t>(sides[0]) & 1;
      })
      .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return sides[0] + sides[1]; })
      .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return sides[0] - sides[1]; })
      .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return sides[0] * sides[1]; })
      .Case([&](arith::NegFOp) { return -sides[0]; })
      .Case([&](arith::XOrIOp flip) -> std::optional<double> {
        if (!flip.getType().isInteger(1))
          return std::nullopt;
        return (sides[0] != 0) != (sides[1] != 0);
      })
      .Case<arith::OrIOp, arith::AndIOp>([&](auto logic) -> std::optional<double> {
        if (!logic.getType().isInteger(1))
          return std::nullopt;
        bool isOr = isa<arith::OrIOp>(logic.getOperation());
        return isOr ? sides[0] != 0 || sides[1] != 0 : sides[0] != 0 && sides[1] != 0;
      })
      .Case([&](arith::CmpFOp compare) -> std::optional<double> {
        using P = arith::CmpFPredicate;
        P p = compare.getPredicate();
        if (p == P::ORD || p == P::UNO || p == P::AlwaysTrue || p == P::AlwaysFalse)
          return std::nullopt;
        bool less = p == P::OLT || p == P::ULT || p == P::OLE || p == P::ULE || p == P::ONE || p == P::UNE;
        bool equal = p == P::OEQ || p == P::UEQ || p == P::OLE || p == P::ULE || p == P::OGE || p == P::UGE;
        bool greater = p == P::OGT || p == P::UGT || p == P::OGE || p == P::UGE || p == P::ONE || p == P::UNE;
        return compared(less, equal, greater);
      })
      .Case([&](arith::CmpIOp compare) -> std::optional<double> {
        using P = arith::CmpIPredicate;
        P p = compare.getPredicate();
        bool less = p == P::slt || p == P::ult || p == P::sle || p == P::ule || p == P::ne;
        bool equal = p == P::eq || p == P::sle || p == P::ule || p == P::sge || p == P::uge;
        bool greater = p == P::sgt || p == P::ugt || p == P::sge || p == P::uge || p == P::ne;
        return compared(less, equal, greater);
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// The first element or reduction that an i1's or float's arithmetic on constants is made of.
static std::optional<Term> findHole(Elements &elements, const Term &term) {
  Term root = elements.normal(term);
  if (root.isElement())
    return elements.constant(root) ? std::nullopt : std::optional<Term>(root);
  Operation *op = root.value.getDefiningOp();
  if (!op || op->getNumOperands() > 2)
    return std::nullopt;
  for (Value operand : op->getOperands())
    if (std::optional<Term> hole = findHole(elements, {operand, root.index}))
      return hole;
  return std::nullopt;
}

/// Matches a scatter into a tensor that was flattened: the target is row · T + t, and element row · n + j of the
/// indices is row · T + index[…, j].
static std::optional<Membership> matchFlatScatter(Elements &elements, ScatterNDOp scatter, const Poly &target) {
  // t is the variable of slope 1; the others make up the row.
  Poly t;
  for (const auto &[monomial, coefficient] : target.getTerms())
    if (coefficient == 1 && monomial.size() == 1 && elements.atoms.isVariable(monomial.front()))
      t = Poly::atom(monomial.front());
  std::optional<Poly> extent = t.asAtom() ? elements.atoms.extent(t) : std::nullopt;
  std::optional<int64_t> size = extent ? extent->constant() : std::nullopt;
  std::optional<int64_t> all = elements.sizeOf(scatter.getData(), 0).constant();
  std::optional<int64_t> count = elements.sizeOf(scatter.getIndices(), 0).constant();
  if (!size || !all || !count || *all % *size || *count % (*all / *size))
    return std::nullopt;
  auto [quotient, rest] = elements.atoms.divMod(target, *size);
  if (rest != t)
    return std::nullopt;
  Poly j = elements.atoms.var(*count / (*all / *size));
  Poly written = elements.integer({scatter.getIndices(), {quotient * (*count / (*all / *size)) + j, 0}});
  auto origin = elements.atoms.origin(written - quotient * *size);
  Poly index = written - quotient * *size;
  if (!origin || !elements.atoms.isBetween(index, 0, *extent))
    return std::nullopt;
  return Membership{{origin->first, origin->second}, j, t};
}

/// Matches a scatter of `inside` into `outside`: what is written where, along the only dimension that is not its own.
static std::optional<Membership> matchScatter(Elements &elements, const Term &hole, double &inside, double &outside) {
  auto constantOf = [&](Value tensor) { return elements.constant({tensor, elements.variables(tensor)}); };
  auto take = [&](Value updates, Value data) {
    std::optional<double> written = constantOf(updates), kept = constantOf(data);
    if (!written || !kept)
      return false;
    inside = *written;
    outside = *kept;
    return true;
  };
  if (auto scatter = hole.value.getDefiningOp<ScatterElementsOp>()) {
    int64_t axis = scatter.getAxis();
    if (scatter.getReduction() != ScatterReduction::None || !take(scatter.getUpdates(), scatter.getData()))
      return std::nullopt;
    for (auto [dim, size] : llvm::enumerate(elements.sizesOf(scatter.getIndices())))
      if (static_cast<int64_t>(dim) != axis && size != elements.sizeOf(scatter.getData(), dim))
        return std::nullopt; // other rows are not written at all
    Membership result{{scatter.getIndices(), hole.index}, {}, hole.index[axis]};
    result.j = elements.atoms.var(elements.sizeOf(scatter.getIndices(), axis));
    result.index.index[axis] = result.j;
    return result;
  }
  auto scatter = hole.value.getDefiningOp<ScatterNDOp>();
  if (!scatter || scatter.getReduction() != ScatterReduction::None || !take(scatter.getUpdates(), scatter.getData()))
    return std::nullopt;
  // One component of the tuples is the index, the others are the positions of the tuple itself.
  RankedTensorType type = scatter.getIndices().getType();
  int64_t rank = scatter.getData().getType().getRank(), tuple = type.getShape().back();
  if (rank == 1 && type.getRank() == 2 && tuple == 1)
    return matchFlatScatter(elements, scatter, hole.index[0]);
  if (tuple != rank)
    return std::nullopt;
  Indices at = elements.variables(scatter.getIndices());
  std::vector<std::optional<int64_t>> places(rank); // by dimension of the data, which of the tuple's it is
  std::vector<bool> isTaken(type.getRank() - 1);
  int64_t axis = -1;
  for (int64_t dim = 0; dim < rank; ++dim) {
    at.back() = dim;
    Poly component = elements.integer({scatter.getIndices(), at});
    for (int64_t place = 0; place + 1 < type.getRank() && !places[dim]; ++place)
      if (component == at[place] && !isTaken[place] &&
          elements.sizeOf(scatter.getIndices(), place) == elements.sizeOf(scatter.getData(), dim)) {
        places[dim] = place;
        isTaken[place] = true;
      }
    if (places[dim])
      continue;
    if (axis >= 0)
      return std::nullopt;
    axis = dim;
  }
  if (axis < 0)
    return std::nullopt;
  Membership result{{scatter.getIndices(), at}, {}, hole.index[axis]};
  result.index.index.back() = axis;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (places[dim])
      result.index.index[*places[dim]] = hole.index[dim];
  // What is left of the tuple's place is j.
  for (size_t place = 0; place < isTaken.size(); ++place) {
    if (isTaken[place] || at[place].isConstant(0))
      continue;
    if (result.j != Poly())
      return std::nullopt;
    result.j = at[place];
  }
  return result;
}

/// Matches a count (or an "any") over j of index[j] = target.
static std::optional<Membership> matchCount(Elements &elements, const Term &hole, bool &isCount) {
  std::optional<Elements::Fold> all = elements.fold<arith::OrIOp, arith::AddFOp, arith::AddIOp, arith::MaxSIOp,
                                                    arith::MaxUIOp, arith::MaximumFOp, arith::MaxNumFOp>(hole);
  // A count may be more than 1 (a sum); an "any" is 1 at most.
  isCount = all && !cast<RankedTensorType>(hole.value.getType()).getElementType().isInteger(1);
  if (!all || all->variables.size() != 1)
    return std::nullopt;
  Term flag = all->operand;
  while (true) {
    if (auto cast = elements.operands<arith::UIToFPOp>(flag))
      flag = (*cast)[0];
    else if (auto cast = elements.operands<arith::ExtUIOp>(flag))
      flag = (*cast)[0];
    else if (auto select = elements.operands<arith::SelectOp>(flag);
             select && elements.isConstant((*select)[1], 1.0) && elements.isConstant((*select)[2], 0.0))
      flag = (*select)[0];
    else
      break;
  }
  std::optional<std::pair<Poly, Poly>> equal = elements.equality(flag);
  if (!equal)
    return std::nullopt;
  const Poly &j = all->variables.front();
  for (bool swapped : {false, true}) {
    Poly index = swapped ? equal->second : equal->first, target = swapped ? equal->first : equal->second;
    auto origin = elements.atoms.origin(index);
    if (origin && elements.atoms.dependsOn(index, *j.asAtom()) && !elements.atoms.dependsOn(target, *j.asAtom()))
      return Membership{{origin->first, origin->second}, j, target};
  }
  return std::nullopt;
}

/// The comparison of an index with a target that an i1's or float's arithmetic is made of: a list of one.
static std::optional<Term> findEquality(Elements &elements, const Term &term, Membership &member) {
  Term root = elements.normal(term);
  Operation *op = root.isElement() ? nullptr : root.value.getDefiningOp();
  if (!op || op->getNumOperands() == 0 || op->getNumOperands() > 2)
    return std::nullopt;
  if (std::optional<std::pair<Poly, Poly>> equal = elements.equality(root)) {
    for (bool swapped : {false, true}) {
      const Poly &index = swapped ? equal->second : equal->first;
      if (auto origin = elements.atoms.origin(index)) {
        member = {{origin->first, origin->second}, 0, swapped ? equal->first : equal->second};
        return root;
      }
    }
    return std::nullopt;
  }
  for (Value operand : op->getOperands())
    if (std::optional<Term> hole = findEquality(elements, {operand, root.index}, member))
      return hole;
  return std::nullopt;
}

/// What `term` is where an index is in a list (`inside`; `twice` where it may be there twice), and elsewhere.
std::optional<Membership> Elements::membershipOf(const Term &term, double &inside, double &outside,
                                                 std::optional<double> &twice) {
  std::optional<Term> hole = findHole(*this, term);
  bool isCount = false;
  inside = 1, outside = 0;
  std::optional<Membership> result = hole ? matchScatter(*this, *hole, inside, outside) : std::nullopt;
  if (!result && hole)
    result = matchCount(*this, *hole, isCount);
  Membership single;
  if (!result && (hole = findEquality(*this, term, single)))
    result = single;
  if (!result)
    return std::nullopt;
  // What was chosen is chosen once.
  auto chosen = atoms.origin(integer(result->index));
  auto route = chosen ? chosen->first.getDefiningOp<RouteOp>() : nullptr;
  bool isDistinct = chosen && (chosen->first.getDefiningOp<TopKOp>() || (route && !route.getGiven())) &&
                    !chosen->second.empty() && chosen->second.back() == result->j;
  std::optional<double> in = evaluate(term, *hole, inside), out = evaluate(term, *hole, outside);
  if (isCount && !isDistinct && !(twice = evaluate(term, *hole, 2)))
    return std::nullopt;
  if (!in || !out)
    return std::nullopt;
  inside = *in, outside = *out;
  return result;
}

std::optional<Membership> Elements::membership(const Literal &literal) {
  double inside, outside;
  std::optional<double> twice;
  std::optional<Membership> result = membershipOf(literal.term, inside, outside, twice);
  // A float mask is true where it adds nothing.
  bool isMask = isa<FloatType>(getElementTypeOrSelf(literal.term.value.getType()));
  auto truth = [&](double value) { return isMask ? value == 0 : value != 0; };
  if (!result || truth(inside) == truth(outside) || (twice && truth(*twice) != truth(inside)))
    return std::nullopt;
  result->negated = truth(inside) == literal.negated;
  return result;
}

bool Elements::isIndicator(const Term &term) {
  double inside, outside;
  std::optional<double> twice;
  return isa<FloatType>(getElementTypeOrSelf(term.value.getType())) && membershipOf(term, inside, outside, twice) &&
         inside == 1 && outside == 0 && twice.value_or(1) == 1;
}
