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

Value hadal::raise::buildLatentWeight(Context &context, Elements &elements, Operation *root, const WeightPart &keys,
                                      const WeightPart &values, const Poly &l, const Poly &h, Type type) {
  Poly c = elements.atoms.var(keys.size + values.size);
  if (std::optional<Term> whole = findWhole(elements, keys, values, c))
    if (Value weight = materialize(context, elements, *whole, {l, h, c}, type))
      return weight;
  Value wUk = materialize(context, elements, keys.term, {l, h, keys.d}, type);
  Value wUv = materialize(context, elements, values.term, {l, h, values.d}, type);
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
