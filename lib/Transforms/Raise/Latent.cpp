//===- Latent.cpp - Projections of a latent -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Latent.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

static bool dependsOnAny(Elements &elements, const Term &term, ArrayRef<Poly> variables) {
  return llvm::any_of(variables, [&](const Poly &variable) { return elements.dependsOn(term, variable); });
}

std::optional<Projection> hadal::raise::matchProjection(Elements &elements, const Term &term, ArrayRef<Poly> rows,
                                                        ArrayRef<Poly> columns, std::optional<Poly> variable) {
  std::optional<Contraction> dot = elements.contraction(term, variable);
  for (bool swapped : {false, true})
    if (dot) {
      const Term &input = swapped ? dot->rhs : dot->lhs, &weight = swapped ? dot->lhs : dot->rhs;
      if (!dependsOnAny(elements, weight, rows) && !dependsOnAny(elements, input, columns))
        return Projection{input, weight, dot->variable};
    }
  return std::nullopt;
}

/// The element of a tensor that holds both parts one behind the other, at column `c` of both.
static std::optional<Term> findWhole(Elements &elements, const WeightPart &keys, const WeightPart &values,
                                     const Poly &c) {
  for (const Term &key : elements.chain(keys.term)) {
    if (!key.isElement())
      continue;
    Term whole = elements.substitute(key, keys.d, c), expected = elements.substitute(whole, c, values.d + keys.size);
    for (const Term &value : elements.chain(values.term))
      if (value == expected)
        return whole;
  }
  return std::nullopt;
}

/// A tensor [L, H, size] of a part whose columns are some of each head's: column h · stride + offset + d.
static Value materializePart(Context &context, Elements &elements, const WeightPart &part, const Poly &l, const Poly &h,
                             Type type) {
  if (Value whole = materialize(context, elements, part.term, {l, h, part.d}, type))
    return whole;
  for (const Term &link : elements.chain(part.term)) {
    auto column = llvm::find_if(link.index, [&](const Poly &index) { return index.uses(*part.d.asAtom()); });
    Poly stride, offset;
    if (!link.isElement() || column == link.index.end() || !h.asAtom() ||
        !(*column - part.d).linearIn(*h.asAtom(), stride, offset))
      continue;
    std::optional<int64_t> width = stride.constant(), begin = offset.constant();
    if (!width || !begin || *begin < 0 || *begin + part.size > *width)
      continue;
    Term all = link;
    Poly c = elements.atoms.var(*width);
    all.index[column - link.index.begin()] = h * *width + c;
    Value heads = materialize(context, elements, all, {l, h, c}, type);
    if (!heads)
      continue;
    context.rewriter.setInsertionPointAfterValue(heads);
    SmallVector<OpFoldResult> offsets(3, context.rewriter.getIndexAttr(0)),
        strides(3, context.rewriter.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(context.rewriter, heads.getLoc(), heads);
    offsets[2] = context.rewriter.getIndexAttr(*begin);
    sizes[2] = context.rewriter.getIndexAttr(part.size);
    return tensor::ExtractSliceOp::create(context.rewriter, heads.getLoc(), heads, offsets, sizes, strides);
  }
  return nullptr;
}

Value hadal::raise::buildLatentWeight(Context &context, Elements &elements, Operation *root, const WeightPart &keys,
                                      const WeightPart &values, const Poly &l, const Poly &h, Type type) {
  Poly c = elements.atoms.var(keys.size + values.size);
  if (std::optional<Term> whole = findWhole(elements, keys, values, c))
    if (Value weight = materialize(context, elements, *whole, {l, h, c}, type))
      return weight;
  Value wUk = materializePart(context, elements, keys, l, h, type);
  Value wUv = materializePart(context, elements, values, l, h, type);
  if (!wUk || !wUv)
    return nullptr;
  context.rewriter.setInsertionPoint(root);
  return tensor::ConcatOp::create(context.rewriter, root->getLoc(), 2, ValueRange{wUk, wUv});
}

LatentAttentionOp hadal::raise::buildLatentAttention(Context &context, Operation *root, AttentionOp attention,
                                                     const LatentParts &parts) {
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(root);
  auto dimOf = [](Value value, int64_t dim) { return cast<RankedTensorType>(value.getType()).getDimSize(dim); };
  int64_t valueSize = dimOf(parts.weight, 2) - dimOf(parts.qNope, 3);
  auto type = cast<RankedTensorType>(parts.qNope.getType());
  return LatentAttentionOp::create(
      rewriter, root->getLoc(), type.clone({type.getDimSize(0), type.getDimSize(1), type.getDimSize(2), valueSize}),
      attention.getLse() ? attention.getLse().getType() : Type(), parts.qNope, parts.qPe, parts.latent, parts.kPe,
      parts.weight, parts.mask, attention.getSink(), attention.getQLengths(), attention.getKvLengths(),
      attention.getOffsets(), attention.getScaleAttr(), attention.getCausalAttr(), attention.getOffsetAttr(),
      attention.getWindowAttr(), attention.getSoftcapAttr(), LatentFormAttr::get(root->getContext(), LatentForm::Auto));
}
