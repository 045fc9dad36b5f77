//===- Copies.cpp - What an element is a copy of -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Structured.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::optional<Term> Elements::copiedByReshape(const Term &term) {
  auto reshape = [&](Value source, ArrayRef<ReassociationIndices> groups, bool isCollapse) {
    Term result{source, {}};
    if (isCollapse && groups.empty()) // to a scalar
      result.index.resize(cast<RankedTensorType>(source.getType()).getRank());
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

/// The element of `data` that a gather picks: all of its indices must be understood as inside.
std::optional<Term> Elements::copiedByGather(const Term &term) {
  auto begin = term.index.begin();
  Term data;
  auto place = [&](size_t dim, const Term &index) {
    Poly value = integer(index);
    if (value.constant().value_or(0) < 0) // counts from the end
      value = value + sizeOf(data.value, dim);
    if (!atoms.isBetween(value, 0, sizeOf(data.value, dim)))
      return false;
    if (data.index.size() <= dim)
      data.index.resize(dim + 1);
    data.index[dim] = value;
    return true;
  };
  if (auto gather = term.value.getDefiningOp<GatherOp>()) {
    int64_t axis = gather.getAxis(), rank = gather.getIndices().getType().getRank();
    data = {gather.getData(), Indices(begin, begin + axis)};
    if (!place(axis, {gather.getIndices(), Indices(begin + axis, begin + axis + rank)}))
      return std::nullopt;
    data.index.insert(data.index.end(), begin + axis + rank, term.index.end());
    return data;
  }
  if (auto gather = term.value.getDefiningOp<GatherElementsOp>()) {
    data = {gather.getData(), term.index};
    if (!place(gather.getAxis(), {gather.getIndices(), term.index}))
      return std::nullopt;
    return data;
  }
  auto gather = term.value.getDefiningOp<GatherNDOp>();
  if (!gather)
    return std::nullopt;
  int64_t batch = gather.getBatchDims(), rank = gather.getIndices().getType().getRank();
  int64_t tuple = gather.getIndices().getType().getShape().back();
  data = {gather.getData(), Indices(begin, begin + batch)};
  for (int64_t i = 0; i < tuple; ++i) {
    Term index{gather.getIndices(), Indices(begin, begin + rank - 1)};
    index.index.push_back(i);
    if (!place(batch + i, index))
      return std::nullopt;
  }
  data.index.insert(data.index.end(), begin + rank - 1, term.index.end());
  return data;
}

/// Where an index is known to lie inside of the source, or outside of it, in which case the padding is what there is.
std::optional<Term> Elements::copiedByPad(tensor::PadOp pad, const Term &term) {
  Term source{pad.getSource(), {}};
  for (auto [dim, low] : llvm::enumerate(pad.getMixedLowPad())) {
    Poly index = term.index[dim] - valueOf(low), size = sizeOf(source.value, dim);
    if (atoms.isNonNegative(index * -1 - 1) || atoms.isNonNegative(index - size)) {
      Value padding = pad.getConstantPaddingValue();
      return padding ? std::optional<Term>(Term{padding, {}}) : std::nullopt;
    }
    if (!atoms.isBetween(index, 0, size))
      return std::nullopt;
    source.index.push_back(index);
  }
  return source;
}

std::optional<Term> Elements::copiedByInsert(tensor::InsertSliceOp insert, const Term &term) {
  if (!insert.hasUnitStride() || insert.getSourceType().getRank() != insert.getType().getRank())
    return std::nullopt;
  Term source{insert.getSource(), {}};
  for (auto [dim, offset] : llvm::enumerate(insert.getMixedOffsets())) {
    Poly index = term.index[dim] - valueOf(offset), size = sizeOf(source.value, dim);
    if (atoms.isNonNegative(index * -1 - 1) || atoms.isNonNegative(index - size))
      return Term{insert.getDest(), term.index};
    if (!atoms.isBetween(index, 0, size))
      return std::nullopt;
    source.index.push_back(index);
  }
  return source;
}

/// A scatter of one element at a known place: that, or what was there.
static std::optional<Term> copiedByOneElement(Elements &elements, ScatterNDOp scatter, const Term &term) {
  RankedTensorType type = scatter.getIndices().getType();
  if (scatter.getReduction() != ScatterReduction::None || !type.hasStaticShape() ||
      type.getNumElements() != static_cast<int64_t>(term.index.size()) ||
      type.getShape().back() != type.getNumElements())
    return std::nullopt;
  Term place{scatter.getIndices(), Indices(type.getRank())};
  bool isThere = true;
  for (auto [dim, index] : llvm::enumerate(term.index)) {
    place.index.back() = dim;
    Poly distance = index - elements.integer(place);
    if (elements.atoms.isNonNegative(distance - 1) || elements.atoms.isNonNegative(distance * -1 - 1))
      return Term{scatter.getData(), term.index};
    isThere &= distance == Poly();
  }
  if (!isThere)
    return std::nullopt;
  return Term{scatter.getUpdates(), Indices(scatter.getUpdates().getType().getRank())};
}

std::optional<Indices> Elements::boxOf(ScatterNDOp scatter) {
  RankedTensorType indices = scatter.getIndices().getType();
  int64_t rank = scatter.getData().getType().getRank();
  if (scatter.getReduction() != ScatterReduction::None || indices.getRank() != rank + 1 ||
      indices.getShape().back() != rank)
    return std::nullopt;
  Indices at = variables(scatter.getIndices()), begin;
  for (int64_t dim = 0; dim < rank; ++dim) {
    Indices component = at;
    component.back() = dim;
    begin.push_back(integer({scatter.getIndices(), component}) - at[dim]);
    if (!atoms.isPlain(begin.back()) ||
        llvm::any_of(at, [&](const Poly &index) { return index.asAtom() && begin.back().uses(*index.asAtom()); }))
      return std::nullopt;
  }
  return begin;
}

/// A scatter that writes a box: the updates inside, the data outside.
std::optional<Term> Elements::copiedByScatter(ScatterNDOp scatter, const Term &term) {
  std::optional<Indices> begin = boxOf(scatter);
  if (!begin)
    return std::nullopt;
  Term update{scatter.getUpdates(), {}};
  for (auto [dim, offset] : llvm::enumerate(*begin)) {
    Poly index = term.index[dim] - offset, size = sizeOf(scatter.getUpdates(), dim);
    if (atoms.isNonNegative(index * -1 - 1) || atoms.isNonNegative(index - size))
      return Term{scatter.getData(), term.index};
    if (!atoms.isBetween(index, 0, size))
      return std::nullopt;
    update.index.push_back(index);
  }
  return update;
}

/// A scalar of a body that passes another one on.
std::optional<Term> Elements::copiedScalar(const Term &term) {
  Operation *op = term.value.getDefiningOp();
  if (!op)
    return bodyOperand(term);
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return Term{op->getOperand(0), term.index};
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    Term element{extract.getTensor(), {}};
    for (Value index : extract.getIndices())
      element.index.push_back(integer({index, term.index}));
    return element;
  }
  auto select = dyn_cast<arith::SelectOp>(op);
  if (!select)
    return std::nullopt;
  Condition which = condition({select.getCondition(), term.index});
  if (!which.isDecided())
    return std::nullopt;
  return Term{which.never ? select.getFalseValue() : select.getTrueValue(), term.index};
}

/// The only candidate of a reduction over dimensions of size 1.
static std::optional<Term> onlyCandidate(const Term &term, llvm::function_ref<bool(Operation *)> isNeutral,
                                         Elements &elements) {
  auto op = term.value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op.isAllParallelLoops() || op->getNumResults() != 1)
    return std::nullopt;
  SmallVector<unsigned> loops;
  op.getReductionDims(loops);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (!llvm::all_of(loops, [&](unsigned loop) { return extents[loop] == 1; }) || !isNeutral(op))
    return std::nullopt;
  std::optional<Indices> point = iterationPoint(op, term.index);
  Operation *last = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!point || !last || last->getNumOperands() != 2)
    return std::nullopt;
  Value accumulator = op.getMatchingBlockArgument(op.getDpsInitOperand(0));
  for (int side = 0; side < 2; ++side)
    if (last->getOperand(side) == accumulator)
      return Term{last->getOperand(1 - side), *point};
  return std::nullopt;
}

std::optional<Term> Elements::copied(const Term &term) {
  if (!term.isElement())
    return copiedScalar(term);
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
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    return copiedByPad(pad, term);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return copiedByInsert(insert, term);
  if (auto scatter = dyn_cast<ScatterNDOp>(op)) {
    std::optional<Term> box = copiedByScatter(scatter, term);
    return box ? box : copiedByOneElement(*this, scatter, term);
  }
  if (isa<GatherOp, GatherElementsOp, GatherNDOp>(op))
    return copiedByGather(term);
  if (auto only = onlyCandidate(term, [&](Operation *op) { return startsNeutral(op); }, *this))
    return only;
  std::optional<Term> value = yielded(term);
  if (value && value->value.getDefiningOp<arith::SelectOp>())
    return copiedScalar(*value);
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

bool Elements::dependsOn(const Term &term, unsigned atom) {
  if (llvm::none_of(term.index, [&](const Poly &index) { return atoms.dependsOn(index, atom); }))
    return false;
  Term root = normal(term);
  if (root.isElement()) {
    auto changes = [&](const Poly &index) { return atoms.dependsOn(index, atom); };
    // Norms and rotations see the last dimension alone, and angles no heads: what is left is what they are of.
    Operation *maker = root.value.getDefiningOp();
    auto rope = dyn_cast_or_null<RopeOp>(maker);
    bool byRow = isa_and_nonnull<RMSNormOp, LayerNormOp>(maker) || (rope && root.index.size() == 4);
    if (!byRow || changes(root.index.back()) || (rope && (changes(root.index[0]) || changes(root.index[2]))))
      return llvm::any_of(root.index, changes);
    Term source{maker->getOperand(0), root.index};
    source.index.back() = atoms.var(sizeOf(source.value, source.index.size() - 1));
    return dependsOn(source, atom);
  }
  Operation *op = root.value.getDefiningOp();
  if (!op)
    return false; // a scalar from outside
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return atoms.dependsOn(root.index[index.getDim()], atom);
  return llvm::any_of(op->getOperands(), [&](Value operand) { return dependsOn({operand, root.index}, atom); });
}

Term Elements::substitute(Term term, const Poly &variable, const Poly &value) {
  for (Poly &index : term.index)
    index = atoms.substitute(index, *variable.asAtom(), value);
  return term;
}

bool Elements::same(const Term &a, const Term &b) {
  Term x = normal(a), y = normal(b);
  if (x == y)
    return true;
  // Rows that were normed or rotated in one way are equal if they were equal before.
  if (x.isElement() && x.value == y.value && x.index.back() == y.index.back()) {
    Operation *maker = x.value.getDefiningOp();
    auto rope = dyn_cast_or_null<RopeOp>(maker);
    bool byRow = isa_and_nonnull<RMSNormOp, LayerNormOp>(maker) ||
                 (rope && x.index.size() == 4 && x.index[0] == y.index[0] && x.index[2] == y.index[2]);
    if (!byRow)
      return false;
    Term before{maker->getOperand(0), x.index}, other{maker->getOperand(0), y.index};
    before.index.back() = other.index.back() = atoms.var(sizeOf(before.value, x.index.size() - 1));
    return same(before, other);
  }
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
