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

/// Where what makes the columns of `last` changes from one tensor to another, as columns of `last` itself; `dim` is
/// the dimension that the columns are.
static SmallVector<int64_t> findSeams(Elements &elements, const Term &last, int64_t dim) {
  SmallVector<int64_t> seams;
  auto sizeAt = [&](Value tensor) { return cast<RankedTensorType>(tensor.getType()).getDimSize(dim); };
  if (auto concat = last.value.getDefiningOp<tensor::ConcatOp>();
      concat && static_cast<int64_t>(concat.getDim()) == dim) {
    int64_t begin = 0;
    for (Value input : concat.getInputs()) {
      if (ShapedType::isDynamic(sizeAt(input)))
        return {};
      seams.push_back(begin += sizeAt(input));
    }
  } else if (auto scatter = last.value.getDefiningOp<ScatterNDOp>()) {
    RankedTensorType type = scatter.getIndices().getType();
    if (type.getRank() != cast<RankedTensorType>(last.value.getType()).getRank() + 1 ||
        ShapedType::isDynamic(type.getDimSize(dim)))
      return {};
    Indices component = elements.variables(scatter.getIndices());
    Poly place = component[dim];
    component.back() = dim;
    if (auto offset = (elements.integer({scatter.getIndices(), component}) - place).constant())
      seams = {*offset, *offset + type.getDimSize(dim)};
  }
  return seams;
}

/// Takes columns begin … begin + size of `tensor` at [b, h, t, ·] apart where different tensors make them up.
static void takeApart(Elements &elements, Value tensor, const Indices &at, Columns columns,
                      SmallVector<Columns> &parts) {
  Poly d = elements.atoms.var(columns.size);
  Term last = elements.chain({tensor, {at[0], at[1], at[2], d + columns.begin}}).back();
  SmallVector<int64_t> ends;
  for (auto [dim, index] : llvm::enumerate(last.index))
    if (std::optional<int64_t> offset = last.isElement() ? (index - d).constant() : std::nullopt)
      for (int64_t seam : findSeams(elements, last, dim))
        if (int64_t end = seam - *offset; end > 0 && end < columns.size)
          ends.push_back(end);
  if (ends.empty() || columns.size == 1) {
    parts.push_back(columns);
    return;
  }
  llvm::sort(ends);
  ends.push_back(columns.size);
  int64_t begin = 0;
  for (int64_t end : ends) {
    if (end > begin)
      takeApart(elements, tensor, at, {columns.begin + begin, end - begin}, parts);
    begin = end;
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
