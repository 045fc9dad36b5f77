//===- Context.cpp - What the matchers of --hadal-raise share -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

LogicalResult Context::miss(Operation *op, StringRef kind, Operation *anchor, const Twine &reason) {
  if (!reported.insert({llvm::hash_value(kind), anchor}).second)
    return failure();
  std::string text;
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
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

Value hadal::raise::materialize(Context &context, Elements &elements, const Term &term, const Indices &index) {
  if (Value found = elements.find(term, index))
    return found;
  Indices wanted; // without the dimensions of size 1
  for (const Poly &i : index)
    if (!i.isConstant(0))
      wanted.push_back(i);
  RewriterBase &rewriter = context.rewriter;
  for (const Term &link : elements.chain(term)) {
    if (!link.isElement())
      continue;
    SmallVector<ReassociationIndices> groups;
    Indices kept;
    ReassociationIndices leading;
    for (auto [dim, size] : llvm::enumerate(elements.sizesOf(link.value))) {
      if (size.isConstant(1)) {
        groups.empty() ? leading.push_back(dim) : groups.back().push_back(dim);
        continue;
      }
      kept.push_back(link.index[dim]);
      groups.push_back(leading);
      groups.back().push_back(dim);
      leading.clear();
    }
    if (kept != wanted || groups.empty())
      continue;
    Location loc = link.value.getLoc();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfterValue(link.value);
    Value flat = link.value;
    if (groups.size() != link.index.size())
      flat = tensor::CollapseShapeOp::create(rewriter, loc, flat, groups);
    bool covered = llvm::all_of(llvm::enumerate(wanted), [&](auto entry) {
      std::optional<Poly> extent = elements.atoms.extent(entry.value());
      return extent && elements.sizeOf(flat, entry.index()) == *extent;
    });
    if (!covered)
      return nullptr;
    if (wanted.size() == index.size())
      return flat;
    // Put the dimensions of size 1 in: one group for each wanted dimension, those before the first with it.
    SmallVector<ReassociationIndices> expansion(wanted.size());
    SmallVector<OpFoldResult> sizes, flatSizes = knownSizes(rewriter, flat);
    SmallVector<int64_t> shape;
    size_t next = 0;
    for (auto [dim, i] : llvm::enumerate(index)) {
      bool isUnit = i.isConstant(0);
      expansion[isUnit && next ? next - 1 : next].push_back(dim);
      sizes.push_back(isUnit ? OpFoldResult(rewriter.getIndexAttr(1)) : flatSizes[next]);
      shape.push_back(isUnit ? 1 : cast<RankedTensorType>(flat.getType()).getDimSize(next));
      next += !isUnit;
    }
    auto type = cast<RankedTensorType>(flat.getType()).clone(shape);
    return tensor::ExpandShapeOp::create(rewriter, loc, type, flat, expansion, sizes);
  }
  return nullptr;
}
