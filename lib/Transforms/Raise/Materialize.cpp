//===- Materialize.cpp - A tensor for an element at given indices ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A matcher knows an operand as a term at indices: q at [b, g·r + i, s, d]. Some
// tensor in the term's chain holds these elements in another order, more of them,
// or with dimensions split or put together. Each of its indices is taken apart into
// variables; so are the wanted ones, and if both have the same variables a slice,
// an expansion, a transpose and a collapse make one of the other.
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

//===----------------------------------------------------------------------===//
// Indices taken apart
//===----------------------------------------------------------------------===//

namespace {
/// A variable, or an index that is taken for one, and how far it runs (nothing: as far as the dimension).
struct Part {
  Poly index;
  std::optional<Poly> size;
};

/// An index offset + stride · (parts in mixed radix, outermost first).
struct Radix {
  Poly offset;
  int64_t stride = 1;
  SmallVector<Part> parts;

  std::optional<Poly> size() const {
    Poly product(1);
    for (const Part &part : parts) {
      if (!part.size)
        return std::nullopt;
      product = product * *part.size;
    }
    return product;
  }
};
} // namespace

/// Takes `index` apart; an index of `whole` is one part.
static std::optional<Radix> takeApart(Elements &elements, const Poly &index, ArrayRef<Poly> whole) {
  Radix radix;
  if (llvm::is_contained(whole, index)) {
    radix.parts.push_back({index, elements.atoms.extent(index)});
    return radix;
  }
  std::map<unsigned, Poly> slopes;
  for (const auto &[monomial, coefficient] : index.getTerms()) {
    Poly slope(coefficient);
    std::optional<unsigned> variable;
    for (unsigned atom : monomial) {
      if (!elements.atoms.isVariable(atom))
        slope = slope * Poly::atom(atom);
      else if (variable)
        return std::nullopt;
      else
        variable = atom;
    }
    if (variable)
      slopes[*variable] = slopes[*variable] + slope;
    else
      radix.offset = radix.offset + slope;
  }
  if (slopes.empty())
    return radix;
  std::optional<int64_t> least;
  for (const auto &[atom, slope] : slopes)
    if (std::optional<int64_t> constant = slope.constant())
      least = least ? std::min(*least, *constant) : *constant;
  if (!least || *least <= 0)
    return std::nullopt;
  radix.stride = *least;
  for (Poly next(*least); !slopes.empty();) {
    auto found = llvm::find_if(slopes, [&](const auto &entry) { return entry.second == next; });
    if (found == slopes.end())
      return std::nullopt;
    Poly variable = Poly::atom(found->first), extent = *elements.atoms.extent(variable);
    radix.parts.insert(radix.parts.begin(), {variable, extent});
    next = next * extent;
    slopes.erase(found);
  }
  return radix;
}

namespace {
/// The wanted dimensions, taken apart.
struct Wanted {
  SmallVector<Radix> dims;
  SmallVector<Poly> parts; // of all dimensions, in order
};
} // namespace

static Wanted takeApart(Elements &elements, const Indices &index) {
  Wanted wanted;
  for (const Poly &dim : index) {
    std::optional<Radix> radix = takeApart(elements, dim, {});
    if (!radix || radix->offset != Poly() || radix->stride != 1) {
      radix = Radix();
      radix->parts.push_back({dim, elements.atoms.extent(dim)});
    }
    for (const Part &part : radix->parts)
      wanted.parts.push_back(part.index);
    wanted.dims.push_back(*radix);
  }
  return wanted;
}

//===----------------------------------------------------------------------===//
// Rearranging a tensor
//===----------------------------------------------------------------------===//

static ReassociationIndices consecutive(int64_t begin, int64_t count) {
  return llvm::to_vector<2>(llvm::seq(begin, begin + count));
}

/// The type of a tensor of these sizes.
static RankedTensorType typeOf(ArrayRef<OpFoldResult> sizes, Type elementType) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, elementType);
}

/// Groups the parts of each wanted dimension, and puts dimensions of size 1 where none are.
static Value regroup(OpBuilder &builder, Value value, const Wanted &wanted, ArrayRef<OpFoldResult> partSizes) {
  Location loc = value.getLoc();
  Type elementType = cast<RankedTensorType>(value.getType()).getElementType();
  SmallVector<ReassociationIndices> groups;
  SmallVector<OpFoldResult> sizes;
  int64_t begin = 0;
  for (const Radix &dim : wanted.dims) {
    int64_t count = dim.parts.size();
    if (count == 0)
      continue;
    groups.push_back(consecutive(begin, count));
    if (count == 1) {
      sizes.push_back(partSizes[begin]);
    } else {
      int64_t product = 1;
      bool isStatic = true;
      for (OpFoldResult size : partSizes.slice(begin, count)) {
        std::optional<int64_t> constant = getConstantIntValue(size);
        isStatic &= constant.has_value();
        product *= constant.value_or(1);
      }
      sizes.push_back(isStatic ? OpFoldResult(builder.getIndexAttr(product)) : OpFoldResult());
    }
    begin += count;
  }
  if (static_cast<int64_t>(groups.size()) != begin)
    value = tensor::CollapseShapeOp::create(builder, loc, value, groups);
  if (groups.size() == wanted.dims.size())
    return value;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!size)
      size = tensor::getMixedSize(builder, loc, value, dim);
  // Each dimension of size 1 goes with the dimension before it, the first ones with the first.
  SmallVector<ReassociationIndices> expansion(sizes.size());
  SmallVector<OpFoldResult> expanded;
  size_t next = 0;
  for (auto [place, dim] : llvm::enumerate(wanted.dims)) {
    bool isUnit = dim.parts.empty();
    if (!sizes.empty())
      expansion[isUnit && next ? next - 1 : next].push_back(place);
    expanded.push_back(isUnit ? OpFoldResult(builder.getIndexAttr(1)) : sizes[next]);
    next += !isUnit;
  }
  return tensor::ExpandShapeOp::create(builder, loc, typeOf(expanded, elementType), value, expansion, expanded);
}

/// Makes the wanted tensor of `link`, if its elements are those.
static Value rearrange(OpBuilder &builder, Elements &elements, const Term &link, const Wanted &wanted) {
  SmallVector<Radix> dims;
  SmallVector<Poly> have;
  bool needsSlice = false;
  for (auto [dim, index] : llvm::enumerate(link.index)) {
    std::optional<Radix> radix = takeApart(elements, index, wanted.parts);
    if (!radix)
      return nullptr;
    std::optional<Poly> size = radix->size();
    bool isWhole =
        radix->offset == Poly() && radix->stride == 1 && (!size || *size == elements.sizeOf(link.value, dim));
    if (!size && (radix->parts.size() != 1 || !isWhole))
      return nullptr;
    if (!isWhole && !elements.atoms.isPlain(radix->offset))
      return nullptr; // where the slice begins is no size
    needsSlice |= !isWhole;
    for (const Part &part : radix->parts) {
      if (!llvm::is_contained(wanted.parts, part.index) || llvm::is_contained(have, part.index))
        return nullptr;
      have.push_back(part.index);
    }
    dims.push_back(*radix);
  }
  if (have.size() != wanted.parts.size())
    return nullptr;

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(link.value);
  Location loc = link.value.getLoc();
  Value value = link.value;
  Type elementType = cast<RankedTensorType>(value.getType()).getElementType();
  SmallVector<OpFoldResult> sizes = knownSizes(builder, value);
  if (needsSlice) {
    SmallVector<OpFoldResult> offsets, strides;
    for (auto [dim, radix] : llvm::enumerate(dims)) {
      offsets.push_back(elements.sizeValue(builder, loc, radix.offset));
      strides.push_back(builder.getIndexAttr(radix.stride));
      if (std::optional<Poly> size = radix.size(); size && *size != elements.sizeOf(link.value, dim))
        sizes[dim] = elements.sizeValue(builder, loc, *size);
      if (!offsets.back() || !sizes[dim])
        return nullptr;
    }
    value = tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes, strides);
  }
  // Dimensions of size 1 go, those of several parts are split.
  SmallVector<ReassociationIndices> dropped, split;
  SmallVector<OpFoldResult> partSizes, keptSizes;
  ReassociationIndices leading;
  int64_t parts = 0;
  for (auto [dim, radix] : llvm::enumerate(dims)) {
    if (radix.parts.empty()) {
      dropped.empty() ? leading.push_back(dim) : dropped.back().push_back(dim);
      continue;
    }
    dropped.push_back(leading);
    dropped.back().push_back(dim);
    leading.clear();
    keptSizes.push_back(sizes[dim]);
    split.push_back(consecutive(parts, radix.parts.size()));
    parts += radix.parts.size();
    for (const Part &part : radix.parts)
      partSizes.push_back(radix.parts.size() == 1 ? sizes[dim] : elements.sizeValue(builder, loc, *part.size));
    if (!llvm::all_of(partSizes, [](OpFoldResult size) { return !size.isNull(); }))
      return nullptr;
  }
  if (dropped.size() != dims.size())
    value = tensor::CollapseShapeOp::create(builder, loc, value, dropped);
  if (static_cast<int64_t>(split.size()) != parts)
    value = tensor::ExpandShapeOp::create(builder, loc, typeOf(partSizes, elementType), value, split, partSizes);
  SmallVector<int64_t> permutation;
  for (const Poly &part : wanted.parts)
    permutation.push_back(llvm::find(have, part) - have.begin());
  if (!isIdentityPermutation(permutation)) {
    partSizes = applyPermutation(partSizes, permutation);
    Value init = tensor::EmptyOp::create(builder, loc, partSizes, elementType);
    value = linalg::TransposeOp::create(builder, loc, value, init, permutation)->getResult(0);
  }
  return regroup(builder, value, wanted, partSizes);
}

//===----------------------------------------------------------------------===//
// Computing it once more
//===----------------------------------------------------------------------===//

/// Moves to behind the last of `values`, all of which are of one block or of those around it.
static void setInsertionPointAfterAll(OpBuilder &builder, ArrayRef<Value> values, Value fallback) {
  builder.setInsertionPointAfterValue(fallback);
  for (Value value : values) {
    OpBuilder::InsertPoint point = builder.saveInsertionPoint();
    Operation *op = value.getDefiningOp();
    if (!op)
      continue;
    if (op->getBlock() == point.getBlock()) {
      if (point.getPoint() != point.getBlock()->end() && !op->isBeforeInBlock(&*point.getPoint()))
        builder.setInsertionPointAfter(op);
    } else if (point.getBlock()->getParent()->isProperAncestor(op->getParentRegion())) {
      builder.setInsertionPointAfter(op); // further inside
    }
  }
}

namespace {
/// Computes element-wise arithmetic once more, over the parts of the wanted dimensions.
class Recomputation {
public:
  Recomputation(Context &context, Elements &elements, const Wanted &wanted)
      : context(context), elements(elements), wanted(wanted) {}
  Value run(const Term &root, Value anchor);

private:
  static constexpr unsigned maxOps = 32; // a mask or an activation: anything longer is no operand
  bool collect(const Term &term);
  Value clone(OpBuilder &builder, const Term &term, Type type, ValueRange arguments);

  Context &context;
  Elements &elements;
  const Wanted &wanted;
  std::vector<std::pair<Term, unsigned>> leaves; // and the operand that holds it
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  unsigned ops = 0;
};
} // namespace

bool Recomputation::collect(const Term &term) {
  Term root = elements.normal(term);
  if (elements.constant(root))
    return true;
  if (llvm::any_of(leaves, [&](const auto &leaf) { return leaf.first == root; }))
    return true;
  Operation *op = root.value.getDefiningOp();
  if (!root.isElement()) {
    if (++ops > maxOps || !op || op->getNumRegions() || op->getNumOperands() == 0 || op->getNumResults() != 1 ||
        !isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()))
      return false;
    return llvm::all_of(op->getOperands(), [&](Value operand) { return collect({operand, root.index}); });
  }
  Indices index;
  SmallVector<AffineExpr> exprs;
  for (auto [dim, part] : llvm::enumerate(wanted.parts))
    if (elements.dependsOn(root, part)) {
      index.push_back(part);
      exprs.push_back(getAffineDimExpr(dim, context.rewriter.getContext()));
    }
  Value tensor = materialize(context, elements, root, index);
  if (!tensor)
    return false;
  leaves.emplace_back(root, operands.size());
  operands.push_back(tensor);
  maps.push_back(AffineMap::get(wanted.parts.size(), 0, exprs, context.rewriter.getContext()));
  return true;
}

Value Recomputation::clone(OpBuilder &builder, const Term &term, Type type, ValueRange arguments) {
  Location loc = term.value.getLoc();
  Term root = elements.normal(term);
  Value value;
  auto leaf = llvm::find_if(leaves, [&](const auto &leaf) { return leaf.first == root; });
  if (leaf != leaves.end()) {
    value = arguments[leaf->second];
  } else if (std::optional<double> constant = elements.constant(root)) {
    TypedAttr attribute = isa<FloatType>(type)
                              ? TypedAttr(builder.getFloatAttr(type, *constant))
                              : TypedAttr(builder.getIntegerAttr(type, static_cast<int64_t>(*constant)));
    return arith::ConstantOp::create(builder, loc, attribute);
  } else {
    Operation *op = root.value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, clone(builder, {operand, root.index}, operand.getType(), arguments));
    value = builder.clone(*op, mapping)->getResult(0);
  }
  if (value.getType() == type)
    return value;
  return cast<FloatType>(value.getType()).getWidth() < cast<FloatType>(type).getWidth()
             ? arith::ExtFOp::create(builder, loc, type, value).getResult()
             : arith::TruncFOp::create(builder, loc, type, value).getResult();
}

Value Recomputation::run(const Term &term, Value anchor) {
  if (!collect(term) || leaves.empty())
    return nullptr;
  OpBuilder::InsertionGuard guard(context.rewriter);
  setInsertionPointAfterAll(context.rewriter, operands, operands.front());
  Location loc = anchor.getLoc();
  SmallVector<OpFoldResult> sizes;
  for (const Radix &dim : wanted.dims)
    for (const Part &part : dim.parts) {
      if (!part.size)
        return nullptr;
      sizes.push_back(elements.sizeValue(context.rewriter, loc, *part.size));
      if (!sizes.back())
        return nullptr;
    }
  Type type = getElementTypeOrSelf(term.value.getType());
  Value init = tensor::EmptyOp::create(context.rewriter, loc, sizes, type);
  SmallVector<AffineMap> allMaps = maps;
  allMaps.push_back(context.rewriter.getMultiDimIdentityMap(sizes.size()));
  SmallVector<utils::IteratorType> iterators(sizes.size(), utils::IteratorType::parallel);
  auto generic =
      linalg::GenericOp::create(context.rewriter, loc, init.getType(), operands, init, allMaps, iterators,
                                [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                  linalg::YieldOp::create(builder, loc, clone(builder, term, type, arguments));
                                });
  return regroup(context.rewriter, generic->getResult(0), wanted, sizes);
}

Value hadal::raise::withType(OpBuilder &builder, Value value, Type type) {
  auto tensorType = cast<RankedTensorType>(value.getType());
  if (tensorType.getElementType() == type)
    return value;
  if (!isa<FloatType>(type) || !isa<FloatType>(tensorType.getElementType()))
    return nullptr;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  Value init = tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, value), type);
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(tensorType.getRank()));
  SmallVector<utils::IteratorType> iterators(tensorType.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), value, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange arguments) {
               bool widens = cast<FloatType>(tensorType.getElementType()).getWidth() < cast<FloatType>(type).getWidth();
               Value cast = widens ? arith::ExtFOp::create(builder, loc, type, arguments[0]).getResult()
                                   : arith::TruncFOp::create(builder, loc, type, arguments[0]).getResult();
               linalg::YieldOp::create(builder, loc, cast);
             })
      ->getResult(0);
}

Value hadal::raise::materialize(Context &context, Elements &elements, const Term &term, const Indices &index,
                                Type type) {
  if (!type)
    type = getElementTypeOrSelf(term.value.getType());
  std::vector<Term> chain = elements.chain(term);
  for (const Term &link : chain)
    if (link.isElement() && link.index == index && elements.covers(link.value, index) &&
        cast<RankedTensorType>(link.value.getType()).getElementType() == type)
      return link.value;
  Wanted wanted = takeApart(elements, index);
  // One of the right type first: a widened tensor is the narrow one, and no need to widen it again.
  for (bool anyType : {false, true})
    for (const Term &link : chain) {
      if (!link.isElement() || (!anyType && cast<RankedTensorType>(link.value.getType()).getElementType() != type))
        continue;
      if (Value value = rearrange(context.rewriter, elements, link, wanted))
        return withType(context.rewriter, value, type);
    }
  Term root = elements.normal(term);
  if (root.isElement())
    return nullptr;
  Value value = Recomputation(context, elements, wanted).run(root, root.value);
  return value ? withType(context.rewriter, value, type) : nullptr;
}
