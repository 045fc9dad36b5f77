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
// The part with position may stand first.
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
} // namespace

static std::optional<Expansion> matchExpansion(Elements &elements, const Term &result, Operation *op) {
  std::optional<Contraction> sum = elements.contraction(result);
  if (!sum || sum->op != op)
    return std::nullopt;
  for (bool swapped : {false, true}) {
    Term input = elements.normal(swapped ? sum->rhs : sum->lhs);
    auto attention = input.value.getDefiningOp<AttentionOp>();
    if (attention && input.value == attention.getResult() && attention.getK().getType().getDimSize(1) == 1 &&
        input.index[3] == sum->variable)
      return Expansion{attention, input.index, swapped ? sum->lhs : sum->rhs};
  }
  return std::nullopt;
}

LogicalResult hadal::raise::raiseAbsorbedAttention(Operation *op, Context &context) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || op->getNumResults() != 1 || structured.getNumReductionLoops() == 0 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return failure();
  Elements elements;
  Indices out = elements.variables(op->getResult(0));
  std::optional<Expansion> expansion = matchExpansion(elements, {op->getResult(0), out}, op);
  if (!expansion)
    return failure();
  AttentionOp attention = expansion->attention;
  Value q = attention.getQ(), k = attention.getK(), v = attention.getV();
  RankedTensorType kType = attention.getK().getType(), vType = attention.getV().getType();
  if (kType.isDynamicDim(3) || vType.isDynamicDim(3) || attention.getLse())
    return failure();
  int64_t latentSize = vType.getDimSize(3), ropeSize = kType.getDimSize(3) - latentSize;
  const Poly &b = expansion->at[0], &h = expansion->at[1], &s = expansion->at[2], &l = expansion->at[3];
  Poly t = elements.atoms.var(elements.sizeOf(k, 2)), r = elements.atoms.var(ropeSize);
  if (ropeSize <= 0)
    return failure();
  // Values that are not among the keys are no latents.
  std::optional<int64_t> begin;
  for (int64_t offset : {int64_t(0), ropeSize})
    if (!begin && elements.same({v, {b, 0, t, l}}, {k, {b, 0, t, l + offset}}))
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
  std::optional<Projection> queries = matchProjection(elements, {q, {b, h, s, l + *begin}}, {b, s}, {l});
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
  parts.qPe = materialize(context, elements, {q, {b, h, s, r + ropeBegin}}, {b, h, s, r}, type);
  parts.latent = materialize(context, elements, {v, {b, 0, t, l}}, {b, t, l}, type);
  parts.kPe = materialize(context, elements, {k, {b, 0, t, r + ropeBegin}}, {b, t, r}, type);
  if (!parts.qNope || !parts.qPe || !parts.latent || !parts.kPe)
    return miss("queries, latents or the keys' part with position are no tensors of batch, head, position and size");
  parts.weight = buildLatentWeight(context, elements, op, {queries->weight, queries->l, *nope},
                                   {expansion->weight, columns.front(), *valueSize}, l, h, type);
  if (!parts.weight)
    return miss("the weights are no tensors of latent, head and column");
  LatentAttentionOp result = buildLatentAttention(context, op, attention, parts);
  return replaceWith(context, elements, op, {result.getResult(), {b, h, s, columns.front()}}, out);
}
