//===- AbsorbedAttention.cpp - Recognise latent attention in absorbed form ===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention of one kv head, whose values are part of its keys,
//
//   k[b, 0, t, l]  = v[b, 0, t, l] = latent[b, t, l]        k[b, 0, t, L + r] = k_pe[b, t, r]
//   q[b, h, s, l]  = Σ_d q_nope[b, h, s, d] · W_UK[l, h, d]
//
// with an expansion of the result behind it, Σ_l o[b, h, s, l] · W_UV[l, h, d].
// The part with position may stand first. Where nothing tells batches from heads or heads from queries, as with one
// query, the matcher of attention may have taken one for the other: what the weights change with are the heads.
//
//===----------------------------------------------------------------------===//

#include "Latent.h"
#include "Roles.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// Σ_l attention[b, h, s, l] · weight
struct Expansion {
  AttentionOp attention;
  Indices at; // of the attention's result
  Term weight;
};

/// Which indices of the operands of an attention stand for batch, head and query of the latent one.
struct Places {
  Poly b, h, s;
  Indices row;   // batch, head and position of the queries
  Poly kvB, kvH; // batch and head of the keys
  bool isAsItWas = true;
};
} // namespace

static std::optional<Expansion> matchExpansion(Elements &elements, const Term &result, Operation *op) {
  std::optional<Contraction> sum = elements.contraction(result);
  if (!sum || sum->op != op)
    return std::nullopt;
  for (bool swapped : {false, true}) {
    Term input = elements.normal(swapped ? sum->rhs : sum->lhs);
    auto attention = input.value.getDefiningOp<AttentionOp>();
    if (attention && input.value == attention.getResult() && input.index[3] == sum->variable)
      return Expansion{attention, input.index, swapped ? sum->lhs : sum->rhs};
  }
  return std::nullopt;
}

static std::optional<Places> findPlaces(Elements &elements, const Expansion &expansion) {
  const Indices &at = expansion.at;
  AttentionOp attention = expansion.attention;
  int64_t kvHeads = attention.getK().getType().getDimSize(1), heads = attention.getQ().getType().getDimSize(1);
  Places places{at[0], at[1], at[2], {at[0], at[1], at[2]}, at[0], 0};
  if (ShapedType::isDynamic(kvHeads) || ShapedType::isDynamic(heads))
    return std::nullopt;
  if (kvHeads == 1) {
    if (heads == 1 && elements.dependsOn(expansion.weight, at[2]) && !attention.getCausal() && !attention.getWindow()) {
      std::swap(places.h, places.s);
      places.isAsItWas = false;
    }
    return places;
  }
  if (at[0] != Poly())
    return std::nullopt;
  std::tie(places.b, places.h) = elements.atoms.divMod(at[1], heads / kvHeads);
  places.kvB = 0;
  places.kvH = places.b;
  places.isAsItWas = false;
  return places;
}

LogicalResult hadal::raise::raiseAbsorbedAttention(Operation *op, Context &context) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || op->getNumResults() != 1 || structured.getNumReductionLoops() == 0 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return failure();
  Elements elements;
  Indices out = elements.variables(op->getResult(0));
  std::optional<Expansion> expansion = matchExpansion(elements, {op->getResult(0), out}, op);
  std::optional<Places> places = expansion ? findPlaces(elements, *expansion) : std::nullopt;
  if (!places)
    return failure();
  AttentionOp attention = expansion->attention;
  Value q = attention.getQ(), k = attention.getK(), v = attention.getV();
  RankedTensorType kType = attention.getK().getType(), vType = attention.getV().getType();
  if (kType.isDynamicDim(3) || vType.isDynamicDim(3) || attention.getLse() ||
      (!places->isAsItWas &&
       (attention.getSink() || attention.getQLengths() || attention.getKvLengths() || attention.getOffsets())))
    return failure();
  int64_t latentSize = vType.getDimSize(3), ropeSize = kType.getDimSize(3) - latentSize;
  const Poly &b = places->b, &h = places->h, &s = places->s, &l = expansion->at[3];
  Poly t = elements.atoms.var(elements.sizeOf(k, 2)), r = elements.atoms.var(ropeSize);
  auto queryAt = [&](const Poly &column) { return Term{q, {places->row[0], places->row[1], places->row[2], column}}; };
  auto keyAt = [&](Value tensor, const Poly &column) { return Term{tensor, {places->kvB, places->kvH, t, column}}; };
  if (ropeSize <= 0)
    return failure();
  // Values that are not among the keys are no latents.
  std::optional<int64_t> begin;
  for (int64_t offset : {int64_t(0), ropeSize})
    if (!begin && elements.same(keyAt(v, l), keyAt(k, l + offset)))
      begin = offset;
  if (!begin)
    return failure();
  auto miss = [&](const Twine &reason) { return context.miss(op, "latent_attention", attention, reason); };
  std::vector<Poly> columns;
  for (const Poly &index : out)
    if (index.asAtom() && index != b && index != h && index != s)
      columns.push_back(index);
  if (columns.size() != 1 || elements.dependsOn(expansion->weight, b) || elements.dependsOn(expansion->weight, s))
    return miss("what follows the attention over latents is no expansion by one weight for each head");
  std::optional<Projection> queries = matchProjection(elements, queryAt(l + *begin), {b, s}, {l});
  if (!queries)
    return miss("the queries' part of the latents' size is no projection by one weight for each head");
  std::optional<int64_t> nope = elements.atoms.extent(queries->l)->constant();
  std::optional<int64_t> valueSize = elements.atoms.extent(columns.front())->constant();
  if (!nope || !valueSize)
    return miss("the heads have no fixed size");
  Type type = kType.getElementType();
  int64_t ropeBegin = *begin == 0 ? latentSize : 0;
  LatentParts parts;
  parts.qNope = materialize(context, elements, queries->input, {b, h, s, queries->l}, type);
  parts.qPe = materialize(context, elements, queryAt(r + ropeBegin), {b, h, s, r}, type);
  parts.latent = materialize(context, elements, keyAt(v, l), {b, t, l}, type);
  parts.kPe = materialize(context, elements, keyAt(k, r + ropeBegin), {b, t, r}, type);
  if (!parts.qNope || !parts.qPe || !parts.latent || !parts.kPe)
    return miss("queries, latents or the keys' part with position are no tensors of batch, head, position and size");
  parts.weight = buildLatentWeight(context, elements, op, {queries->weight, queries->l, *nope},
                                   {expansion->weight, columns.front(), *valueSize}, l, h, type);
  if (!parts.weight)
    return miss("the weights are no tensors of latent, head and column");
  Value mask = attention.getMask();
  if (mask && !places->isAsItWas) {
    // The same mask by the latent attention's indices, of size 1 where it does not change.
    Indices index, wanted;
    Indices row{places->row[0], places->row[1], places->row[2], t};
    for (int64_t dim = 0; dim < 4; ++dim)
      index.push_back(attention.getMask().getType().getDimSize(dim) == 1 ? Poly() : row[dim]);
    for (const Poly &variable : {b, h, s, t})
      wanted.push_back(elements.dependsOn({mask, index}, variable) ? variable : Poly());
    mask = materialize(context, elements, {mask, index}, wanted);
    if (!mask)
      return miss("the mask is no tensor of batch, head, query and key");
  }
  parts.mask = mask;
  LatentAttentionOp result = buildLatentAttention(context, op, attention, parts);
  return replaceWith(context, elements, op, {result.getResult(), {b, h, s, columns.front()}}, out);
}
