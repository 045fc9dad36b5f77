//===- Elements.cpp - What one element of a tensor is made of -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

//===----------------------------------------------------------------------===//
// Structured operations
//===----------------------------------------------------------------------===//

static Poly affineIndex(AffineExpr expr, const Indices &point) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return point[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr); // maps of structured operations: sums and multiples
  Poly lhs = affineIndex(binary.getLHS(), point), rhs = affineIndex(binary.getRHS(), point);
  return binary.getKind() == AffineExprKind::Add ? lhs + rhs : lhs * rhs;
}

static bool hasLinearMaps(linalg::LinalgOp op) {
  return llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
    return map.getNumSymbols() == 0 && llvm::all_of(map.getResults(), [](AffineExpr expr) {
             return !expr.walk([](AffineExpr part) {
                           bool linear =
                               part.getKind() == AffineExprKind::Add || part.getKind() == AffineExprKind::Mul ||
                               part.getKind() == AffineExprKind::Constant || part.getKind() == AffineExprKind::DimId;
                           return linear ? WalkResult::advance() : WalkResult::interrupt();
                         })
                         .wasInterrupted();
           });
  });
}

/// The iteration point at which `op` makes the element of its only result at `index`; loops that the result does
/// not see are left 0. Nothing if the result's map is no projected permutation.
static std::optional<Indices> iterationPoint(linalg::LinalgOp op, const Indices &index) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 || !hasLinearMaps(op))
    return std::nullopt;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!map.isProjectedPermutation())
    return std::nullopt;
  Indices point(op.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(map.getResults()))
    point[cast<AffineDimExpr>(expr).getPosition()] = index[i];
  return point;
}

/// The operand that a block argument of the body stands for, at `point`.
static Term operandAt(linalg::LinalgOp op, BlockArgument argument, const Indices &point) {
  OpOperand *operand = op.getMatchingOpOperand(argument);
  Term term{operand->get(), {}};
  if (!term.isElement())
    return term;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    term.index.push_back(affineIndex(expr, point));
  return term;
}

/// What an element-wise operation yields for the element `term` of its result.
static std::optional<Term> yielded(const Term &term) {
  auto op = term.value.getDefiningOp<linalg::LinalgOp>();
  if (!op || !op.isAllParallelLoops() || op->getNumResults() != 1)
    return std::nullopt;
  std::optional<Indices> point = iterationPoint(op, term.index);
  if (!point || op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return std::nullopt;
  return Term{op.getBlock()->getTerminator()->getOperand(0), *point};
}

/// The operand's element if `term` is a block argument of a structured operation's body.
static std::optional<Term> bodyOperand(const Term &term) {
  auto argument = dyn_cast<BlockArgument>(term.value);
  if (!argument)
    return std::nullopt;
  auto op = dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp());
  if (!op)
    return std::nullopt;
  return operandAt(op, argument, term.index);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

std::optional<Term> Elements::copiedByReshape(const Term &term) {
  auto reshape = [&](Value source, ArrayRef<ReassociationIndices> groups, bool isCollapse) {
    Term result{source, {}};
    for (auto [i, group] : llvm::enumerate(groups)) {
      std::vector<Poly> sizes, inner;
      for (int64_t dim : group) {
        sizes.push_back(sizeOf(isCollapse ? source : term.value, dim));
        if (!isCollapse)
          inner.push_back(term.index[dim]);
      }
      if (isCollapse)
        llvm::append_range(result.index, atoms.delinearize(term.index[i], sizes));
      else
        result.index.push_back(atoms.linearize(inner, sizes));
    }
    return result;
  };
  if (auto collapse = term.value.getDefiningOp<tensor::CollapseShapeOp>())
    return reshape(collapse.getSrc(), collapse.getReassociationIndices(), true);
  auto expand = term.value.getDefiningOp<tensor::ExpandShapeOp>();
  return reshape(expand.getSrc(), expand.getReassociationIndices(), false);
}

std::optional<Term> Elements::part(ValueRange tensors, int64_t dim, const Term &term) {
  Poly begin;
  for (Value tensor : tensors) {
    Poly end = begin + sizeOf(tensor, dim);
    if (atoms.isBetween(term.index[dim], begin, end)) {
      Term result{tensor, term.index};
      result.index[dim] = term.index[dim] - begin;
      return result;
    }
    begin = end;
  }
  return std::nullopt;
}

std::optional<Term> Elements::copied(const Term &term) {
  if (!term.isElement())
    return bodyOperand(term);
  Operation *op = term.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return copiedByReshape(term);
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return Term{cast.getSource(), term.index};
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    Term source{slice.getSource(), {}};
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    size_t next = 0; // dropped dimensions have size 1 and no index
    for (auto [dim, offset, stride] : llvm::enumerate(slice.getMixedOffsets(), slice.getMixedStrides()))
      source.index.push_back(valueOf(offset) + (dropped.test(dim) ? Poly() : valueOf(stride) * term.index[next++]));
    return source;
  }
  if (auto scalars = dyn_cast<tensor::FromElementsOp>(op)) {
    std::optional<int64_t> position = atoms.linearize(term.index, sizesOf(term.value)).constant();
    if (!position || *position < 0 || *position >= static_cast<int64_t>(scalars.getElements().size()))
      return std::nullopt;
    return Term{scalars.getElements()[*position], {}};
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op))
    return part(concat.getInputs(), concat.getDim(), term);
  if (auto append = dyn_cast<CacheAppendOp>(op))
    return part({append.getCache(), append.getEntry()}, append.getDim(), term);
  std::optional<Term> value = yielded(term);
  return value && isa<BlockArgument>(value->value) ? bodyOperand(*value) : std::nullopt;
}

bool Elements::isCopy(linalg::LinalgOp op) { return isa<BlockArgument>(op.getBlock()->getTerminator()->getOperand(0)); }

std::vector<Term> Elements::chain(Term term) {
  std::vector<Term> terms{term};
  while (std::optional<Term> next = copied(terms.back()))
    terms.push_back(std::move(*next));
  return terms;
}

Term Elements::normal(Term term) {
  while (true) {
    if (std::optional<Term> next = copied(term))
      term = std::move(*next);
    else if (std::optional<Term> scalar = term.isElement() ? yielded(term) : std::nullopt)
      term = std::move(*scalar);
    else
      return term;
  }
}

bool Elements::same(const Term &a, const Term &b) {
  Term x = normal(a), y = normal(b);
  if (x == y)
    return true;
  Operation *left = x.value.getDefiningOp(), *right = y.value.getDefiningOp();
  if (x.isElement() || y.isElement() || !left || !right || left->getName() != right->getName() ||
      left->getNumOperands() == 0 || left->getNumOperands() != right->getNumOperands() || left->getNumRegions() != 0 ||
      left->getAttrDictionary() != right->getAttrDictionary())
    return false;
  for (auto [i, operand] : llvm::enumerate(left->getOperands()))
    if (!same({operand, x.index}, {right->getOperand(i), y.index}))
      return false;
  return true;
}

bool Elements::covers(Value tensor, const Indices &index) {
  return llvm::all_of(llvm::enumerate(index), [&](auto entry) {
    std::optional<Poly> extent = atoms.extent(entry.value());
    return !extent || sizeOf(tensor, entry.index()) == *extent;
  });
}

Value Elements::find(const Term &term, const Indices &index) {
  for (const Term &link : chain(term))
    if (link.isElement() && link.index == index && covers(link.value, index))
      return link.value;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// The element of a constant tensor that `index` picks, if it is known.
static std::optional<double> elementOf(Value tensor, const Indices &index) {
  DenseElementsAttr dense;
  if (!matchPattern(tensor, m_Constant(&dense)))
    return std::nullopt;
  auto toDouble = [&](auto attribute) -> std::optional<double> {
    if (auto number = dyn_cast<FloatAttr>(attribute))
      return number.getValueAsDouble();
    if (auto number = dyn_cast<IntegerAttr>(attribute))
      return static_cast<double>(number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                                               : number.getValue().getSExtValue());
    return std::nullopt;
  };
  if (dense.isSplat())
    return toDouble(dense.getSplatValue<Attribute>());
  std::vector<uint64_t> position;
  for (auto [i, size] : llvm::zip_equal(index, dense.getType().getShape())) {
    std::optional<int64_t> constant = i.constant();
    if (!constant || *constant < 0 || *constant >= size)
      return std::nullopt;
    position.push_back(*constant);
  }
  return toDouble(dense.getValues<Attribute>()[position]);
}

std::optional<double> Elements::constant(const Term &term) {
  Term scalar = normal(term);
  if (scalar.isElement())
    return elementOf(scalar.value, scalar.index);
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

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// The only reduction loop of `op`.
static std::optional<unsigned> reductionLoop(linalg::LinalgOp op) {
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  if (loops.size() != 1)
    return std::nullopt;
  return loops.front();
}

/// The extent of a loop, from an operand that it indexes alone.
static std::optional<Poly> loopExtent(Elements &elements, linalg::LinalgOp op, unsigned loop) {
  for (OpOperand *operand : op.getDpsInputOperands())
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(operand).getResults()))
      if (auto index = dyn_cast<AffineDimExpr>(expr); index && index.getPosition() == loop)
        return elements.sizeOf(operand->get(), dim);
  return std::nullopt;
}

std::optional<Elements::Reduction> Elements::reduction(const Term &term, std::optional<Poly> variable,
                                                       llvm::function_ref<bool(Operation *)> combiner) {
  Term root = normal(term);
  auto op = root.isElement() ? root.value.getDefiningOp<linalg::LinalgOp>() : nullptr;
  if (!op)
    return std::nullopt;
  std::optional<unsigned> loop = reductionLoop(op);
  std::optional<Indices> point = iterationPoint(op, root.index);
  if (!loop || !point)
    return std::nullopt;
  std::optional<Poly> extent = loopExtent(*this, op, *loop);
  Operation *last = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!extent || !last || !combiner(last) || last->getNumOperands() != 2)
    return std::nullopt;
  if (variable && atoms.extent(*variable) != extent)
    return std::nullopt;
  Poly index = variable ? *variable : atoms.var(*extent);
  (*point)[*loop] = index;
  Value accumulator = op.getMatchingBlockArgument(op.getDpsInitOperand(0));
  for (int side = 0; side < 2; ++side)
    if (last->getOperand(side) == accumulator)
      return Reduction{{last->getOperand(1 - side), *point}, index, op};
  return std::nullopt;
}

/// Whether a reduction starts from `neutral` everywhere.
static bool startsFrom(Elements &elements, Operation *op, double neutral) {
  Value init = cast<linalg::LinalgOp>(op).getDpsInitOperand(0)->get();
  return elements.isConstant({init, Indices(cast<RankedTensorType>(init.getType()).getRank())}, neutral);
}

std::optional<Elements::Reduction> Elements::sum(const Term &term, std::optional<Poly> variable) {
  auto result = reduction(term, variable, [](Operation *op) { return isa<arith::AddFOp>(op); });
  return result && startsFrom(*this, result->op, 0.0) ? result : std::nullopt;
}

std::optional<Elements::Reduction> Elements::maximum(const Term &term, std::optional<Poly> variable) {
  auto result = reduction(term, variable, [](Operation *op) { return isa<arith::MaximumFOp, arith::MaxNumFOp>(op); });
  return result && startsFrom(*this, result->op, -std::numeric_limits<double>::infinity()) ? result : std::nullopt;
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
