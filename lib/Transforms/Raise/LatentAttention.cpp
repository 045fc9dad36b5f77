//===- LatentAttention.cpp - Recognise multi-head latent attention --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention is latent if its keys are of two parts, in either order,
//
//   k[b, h, t, d] = Σ_l latent[b, t, l] · W_UK[l, h, d]
//   k[b, h, t, r] = k_pe[b, t, r]
//
// and its values are v[b, h, t, d] = Σ_l latent[b, t, l] · W_UV[l, h, d].
//
//===----------------------------------------------------------------------===//

#include "Latent.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// Columns of the keys that one tensor holds.
struct Columns {
  int64_t begin, size;
};
} // namespace

/// Takes columns begin … begin + size of `tensor` at [b, h, t, ·] apart where they are a concatenation.
static void takeApart(Elements &elements, Value tensor, const Indices &at, Columns columns,
                      SmallVector<Columns> &parts) {
  Poly d = elements.atoms.var(columns.size);
  Term last = elements.chain({tensor, {at[0], at[1], at[2], d + columns.begin}}).back();
  auto concat = last.value.getDefiningOp<tensor::ConcatOp>();
  std::optional<int64_t> offset = concat ? (last.index[concat.getDim()] - d).constant() : std::nullopt;
  if (!offset || columns.size == 1) {
    parts.push_back(columns);
    return;
  }
  int64_t begin = 0, end = columns.begin + columns.size;
  for (Value input : concat.getInputs()) {
    int64_t size = cast<RankedTensorType>(input.getType()).getDimSize(concat.getDim());
    if (ShapedType::isDynamic(size)) {
      parts.push_back(columns);
      return;
    }
    // The input's columns begin … begin + size are the tensor's from `begin - offset` on.
    int64_t from = std::max(columns.begin + begin - *offset, columns.begin);
    int64_t to = std::min(columns.begin + begin + size - *offset, end);
    if (from < to)
      takeApart(elements, tensor, at, {from, to - from}, parts);
    begin += size;
  }
}

namespace {
/// The keys' columns that all heads share, and those that they do not.
struct KeyColumns {
  Columns nope, rope;
};
} // namespace

static std::optional<KeyColumns> splitKeys(Elements &elements, Value keys, const Indices &at, int64_t size) {
  SmallVector<Columns> parts, shared, own;
  takeApart(elements, keys, at, {0, size}, parts);
  for (const Columns &part : parts) {
    Poly d = elements.atoms.var(part.size);
    bool isOwn = elements.dependsOn({keys, {at[0], at[1], at[2], d + part.begin}}, at[1]);
    SmallVector<Columns> &list = isOwn ? own : shared;
    if (!list.empty() && list.back().begin + list.back().size == part.begin)
      list.back().size += part.size;
    else
      list.push_back(part);
  }
  if (shared.size() != 1 || own.size() != 1)
    return std::nullopt;
  return KeyColumns{own.front(), shared.front()};
}

LogicalResult hadal::raise::raiseLatentAttention(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention)
    return failure();
  RankedTensorType kType = attention.getK().getType(), vType = attention.getV().getType();
  if (kType.isDynamicDim(1) || kType.isDynamicDim(3) || vType.isDynamicDim(3) || kType.getDimSize(1) == 1 ||
      kType.getDimSize(1) != attention.getQ().getType().getDimSize(1))
    return failure();
  int64_t size = kType.getDimSize(3), valueSize = vType.getDimSize(3);
  Elements elements;
  Indices at = elements.variables(attention.getV());
  const Poly &b = at[0], &h = at[1], &t = at[2];

  // The values come from something smaller than they are, or it is no latent attention at all.
  std::optional<Projection> values = matchProjection(elements, {attention.getV(), at}, {b, t}, {h, at[3]});
  if (!values)
    return failure();
  Poly latentSize = *elements.atoms.extent(values->l);
  std::optional<KeyColumns> columns = splitKeys(elements, attention.getK(), at, size);
  bool isSmall = elements.atoms.isNonNegative(Poly(kType.getDimSize(1) * valueSize) - latentSize - 1);
  auto miss = [&](const Twine &reason) {
    return isSmall ? context.miss(op, "latent_attention", op, reason) : failure();
  };
  if (!columns)
    return miss("the keys are not two parts, of which all heads share one");

  Poly d = elements.atoms.var(columns->nope.size), r = elements.atoms.var(columns->rope.size);
  auto keysAt = [&](const Poly &column) { return Term{attention.getK(), {b, h, t, column}}; };
  std::optional<Projection> keys =
      matchProjection(elements, keysAt(d + columns->nope.begin), {b, t}, {h, d}, values->l);
  if (!keys)
    return miss("the " + Twine(columns->nope.size) + " columns of the keys that differ by head are no projection of " +
                "the latent that the values are a projection of");
  if (!elements.same(keys->input, values->input))
    return miss("keys and values are projected from different latents");
  Type type = kType.getElementType();
  Value latent = materialize(context, elements, values->input, {b, t, values->l}, type);
  if (!latent)
    return miss("the latent is no tensor of batch, position and size");
  Term shared = keysAt(r + columns->rope.begin);
  Value kPe = materialize(context, elements, shared, {b, t, r}, type);
  if (!kPe) // of several tensors: the first head's
    kPe = materialize(context, elements, elements.substitute(shared, h, 0), {b, t, r}, type);
  auto queriesAt = [&](const Poly &d, int64_t begin) {
    Poly s = elements.atoms.var(elements.sizeOf(attention.getQ(), 2));
    return materialize(context, elements, {attention.getQ(), {b, h, s, d + begin}}, {b, h, s, d});
  };
  Value qNope = queriesAt(d, columns->nope.begin), qPe = queriesAt(r, columns->rope.begin);
  Value weight = buildLatentWeight(context, elements, op, {keys->weight, d, columns->nope.size},
                                   {values->weight, at[3], valueSize}, values->l, h, type);
  if (!kPe || !qNope || !qPe || !weight)
    return miss("the queries' or keys' parts, or the weights by head, are no tensors");
  LatentAttentionOp result =
      buildLatentAttention(context, op, attention, {qNope, qPe, latent, kPe, weight, attention.getMask()});
  if (result.getResult().getType() != attention.getResult().getType()) // sizes that are known of one alone
    result.getResult().setType(attention.getResult().getType());
  context.rewriter.replaceOp(op, result);
  return success();
}
