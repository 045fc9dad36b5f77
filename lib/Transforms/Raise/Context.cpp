//===- Context.cpp - What the matchers of --hadal-raise share -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

LogicalResult Context::miss(Operation *op, StringRef kind, Operation *anchor, const Twine &reason) {
  if (!reported.insert({llvm::hash_value(kind), anchor}).second)
    return failure();
  std::string text;
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    text = ("node " + name.getName().getValue() + ": ").str();
  text += reason.str();
  op->emitRemark() << kind << " not raised: " << text;
  Builder builder(op->getContext());
  missed.push_back(builder.getDictionaryAttr({builder.getNamedAttr("kind", builder.getStringAttr(kind)),
                                              builder.getNamedAttr("loc", op->getLoc()),
                                              builder.getNamedAttr("reason", builder.getStringAttr(text))}));
  return failure();
}

SmallVector<OpFoldResult> hadal::raise::knownSizes(OpBuilder &builder, Value tensor) {
  if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
    return expand.getMixedOutputShape();
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  if (auto structured = tensor.getDefiningOp<DestinationStyleOpInterface>())
    return knownSizes(builder, structured.getTiedOpOperand(cast<OpResult>(tensor))->get());
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>(); slice && slice.getDroppedDims().none())
    return slice.getMixedSizes();
  return tensor::getMixedSizes(builder, tensor.getLoc(), tensor);
}

namespace {
/// How a tensor becomes the wanted one: dimensions of size 1 dropped, a slice, a permutation, dimensions of size 1.
struct Rearrangement {
  SmallVector<ReassociationIndices> groups;   // that drop the dimensions of size 1
  SmallVector<std::optional<int64_t>> slices; // by dropped tensor's dimension: the size to cut to
  SmallVector<int64_t> permutation;           // of the dropped tensor
};
} // namespace

/// Whether the elements of `link` stand at `wanted` (no zeros in it) in some order of its dimensions.
static std::optional<Rearrangement> rearrange(Elements &elements, const Term &link, ArrayRef<Poly> wanted) {
  Rearrangement result;
  std::vector<Poly> kept, sizes;
  ReassociationIndices leading;
  for (auto [dim, size] : llvm::enumerate(elements.sizesOf(link.value))) {
    if (size.isConstant(1)) {
      result.groups.empty() ? leading.push_back(dim) : result.groups.back().push_back(dim);
      continue;
    }
    kept.push_back(link.index[dim]);
    sizes.push_back(size);
    result.groups.push_back(leading);
    result.groups.back().push_back(dim);
    leading.clear();
  }
  if (kept.size() != wanted.size() || kept.empty())
    return std::nullopt;
  result.slices.resize(kept.size());
  for (const Poly &index : wanted) {
    auto found = llvm::find(kept, index);
    if (found == kept.end() || llvm::is_contained(result.permutation, found - kept.begin()))
      return std::nullopt;
    int64_t dim = found - kept.begin();
    result.permutation.push_back(dim);
    std::optional<Poly> extent = elements.atoms.extent(index);
    if (!extent || *extent == sizes[dim])
      continue;
    std::optional<int64_t> cut = extent->constant();
    if (!cut || !elements.atoms.isNonNegative(sizes[dim] - *extent))
      return std::nullopt;
    result.slices[dim] = *cut;
  }
  return result;
}

static Value applyRearrangement(OpBuilder &builder, Value value, const Rearrangement &how, const Indices &index) {
  Location loc = value.getLoc();
  if (how.groups.size() != static_cast<size_t>(cast<RankedTensorType>(value.getType()).getRank()))
    value = tensor::CollapseShapeOp::create(builder, loc, value, how.groups);
  SmallVector<OpFoldResult> sizes = knownSizes(builder, value);
  if (llvm::any_of(how.slices, [](const auto &cut) { return cut.has_value(); })) {
    for (auto [size, cut] : llvm::zip_equal(sizes, how.slices))
      if (cut)
        size = builder.getIndexAttr(*cut);
    SmallVector<OpFoldResult> zeros(sizes.size(), builder.getIndexAttr(0)), ones(sizes.size(), builder.getIndexAttr(1));
    value = tensor::ExtractSliceOp::create(builder, loc, value, zeros, sizes, ones);
  }
  if (!isIdentityPermutation(how.permutation)) {
    sizes = applyPermutation(sizes, how.permutation);
    Value init = tensor::EmptyOp::create(builder, loc, sizes, cast<RankedTensorType>(value.getType()).getElementType());
    value = linalg::TransposeOp::create(builder, loc, value, init, how.permutation)->getResult(0);
  }
  auto type = cast<RankedTensorType>(value.getType());
  if (sizes.size() == index.size())
    return value;
  // Put the dimensions of size 1 in: each goes with the dimension before it, the first ones with the first.
  SmallVector<ReassociationIndices> expansion(sizes.size());
  SmallVector<OpFoldResult> expandedSizes;
  SmallVector<int64_t> shape;
  size_t next = 0;
  for (auto [dim, i] : llvm::enumerate(index)) {
    bool isUnit = i.isConstant(0);
    expansion[isUnit && next ? next - 1 : next].push_back(dim);
    expandedSizes.push_back(isUnit ? OpFoldResult(builder.getIndexAttr(1)) : sizes[next]);
    shape.push_back(isUnit ? 1 : type.getDimSize(next));
    next += !isUnit;
  }
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), value, expansion, expandedSizes);
}

Value hadal::raise::materialize(Context &context, Elements &elements, const Term &term, const Indices &index) {
  if (Value found = elements.find(term, index))
    return found;
  Indices wanted;
  for (const Poly &i : index)
    if (!i.isConstant(0))
      wanted.push_back(i);
  for (const Term &link : elements.chain(term)) {
    if (!link.isElement())
      continue;
    if (std::optional<Rearrangement> how = rearrange(elements, link, wanted)) {
      OpBuilder::InsertionGuard guard(context.rewriter);
      context.rewriter.setInsertionPointAfterValue(link.value);
      return applyRearrangement(context.rewriter, link.value, *how, index);
    }
  }
  return nullptr;
}
