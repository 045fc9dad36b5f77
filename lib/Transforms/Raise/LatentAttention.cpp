//===- LatentAttention.cpp - Recognise multi-head latent attention --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention is latent if, with the head's size split at some Dn,
//
//   k[b, h, t, d]      = Σ_l latent[b, t, l] · W[l, h·(Dn + Dv) + d]        d < Dn
//   k[b, h, t, Dn + r] = k_pe[b, t, r]
//   v[b, h, t, d]      = Σ_l latent[b, t, l] · W[l, h·(Dn + Dv) + Dn + d]
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// Σ_l latent · weight[l, column], as seen from one element of it.
struct Projected {
  Term latent; // at `l` and whatever else
  Poly l;
  Value weight; // [L, N]
  Poly column;
};
} // namespace

static std::optional<Projected> matchProjected(Elements &elements, const Term &term,
                                               std::optional<Poly> variable = std::nullopt) {
  std::optional<Contraction> dot = elements.contraction(term, variable);
  if (!dot)
    return std::nullopt;
  for (bool swapped : {false, true})
    for (const Term &link : elements.chain(swapped ? dot->lhs : dot->rhs)) {
      auto type = dyn_cast<RankedTensorType>(link.value.getType());
      if (type && type.getRank() == 2 && type.hasStaticShape() && link.index[0] == dot->variable)
        return Projected{swapped ? dot->rhs : dot->lhs, dot->variable, link.value, link.index[1]};
    }
  return std::nullopt;
}

LogicalResult hadal::raise::raiseLatentAttention(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention || !attention.isPlain())
    return failure();
  RankedTensorType kType = attention.getK().getType(), vType = attention.getV().getType();
  if (kType.isDynamicDim(1) || kType.isDynamicDim(3) || vType.isDynamicDim(3) ||
      kType.getDimSize(1) != attention.getQ().getType().getDimSize(1))
    return failure();
  int64_t heads = kType.getDimSize(1), size = kType.getDimSize(3), valueSize = vType.getDimSize(3);
  Elements elements;
  Indices at = elements.variables(attention.getV());
  const Poly &b = at[0], &h = at[1], &t = at[2];

  // The values come from a latent, or it is no latent attention at all.
  std::optional<Projected> values = matchProjected(elements, {attention.getV(), at});
  if (!values)
    return failure();
  auto miss = [&](const Twine &reason) { return context.miss(op, "latent_attention", op, reason); };
  auto q = attention.getQ().getDefiningOp<tensor::ConcatOp>();
  if (!q || q.getDim() != 3 || q.getInputs().size() != 2)
    return miss("the queries are no concatenation of a part without and a part with position");
  int64_t nope = cast<RankedTensorType>(q.getInputs()[0].getType()).getDimSize(3), rotated = size - nope;
  if (ShapedType::isDynamic(nope) || rotated <= 0)
    return miss("the queries' parts have no fixed sizes");

  Poly d = elements.atoms.var(nope), r = elements.atoms.var(rotated);
  std::optional<Projected> keys = matchProjected(elements, {attention.getK(), {b, h, t, d}}, values->l);
  if (!keys)
    return miss("the first " + Twine(nope) + " of the keys' columns are no projection of a latent");
  if (!elements.same(keys->latent, values->latent) || keys->weight != values->weight)
    return miss("keys and values are projected from different latents, or by different weights");
  int64_t stride = nope + valueSize;
  auto weightType = cast<RankedTensorType>(keys->weight.getType());
  if (weightType.getDimSize(1) != heads * stride || keys->column != h * stride + d ||
      values->column != h * stride + nope + at[3])
    return miss("the columns of the projection's weight are not ordered by head, keys before values");
  Value latent = materialize(context, elements, values->latent, {b, t, values->l});
  if (!latent)
    return miss("the latent is no tensor of batch, position and size");
  Value kPe = materialize(context, elements, {attention.getK(), {b, h, t, r + nope}}, {b, t, r});
  if (!kPe)
    return miss("the last " + Twine(rotated) + " of the keys' columns are not shared by all heads");

  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(op);
  SmallVector<ReassociationIndices> groups = {{0}, {1, 2}};
  auto splitType = RankedTensorType::get({weightType.getDimSize(0), heads, stride}, weightType.getElementType());
  Value weight = tensor::ExpandShapeOp::create(rewriter, keys->weight.getLoc(), splitType, keys->weight, groups);
  rewriter.replaceOpWithNewOp<LatentAttentionOp>(
      op, attention.getResult().getType(), q.getInputs()[0], q.getInputs()[1], latent, kPe, weight, attention.getMask(),
      attention.getScaleAttr(), attention.getCausalAttr(), LatentFormAttr::get(op->getContext(), LatentForm::Auto));
  return success();
}
