//===- Rope.cpp - Recognise rotary position embeddings --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In whatever way the pairs are taken apart and put together (strided slices,
// halves, rotate_half with doubled angles): the elements of the result at i and
// i + R/2, or at 2i and 2i + 1, must be a rotation of two elements of one
// tensor, again at i and i + R/2 or at 2i and 2i + 1.
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
struct Factors {
  Term a, b;
};
/// first ∓ second
struct Rotated {
  Factors first, second;
};
struct Rotation {
  Term x0, x1, cos, sin;
};
} // namespace

static std::optional<Factors> matchProduct(Elements &elements, const Term &term, bool &negative) {
  std::vector<Term> numerators, denominators;
  elements.factors(term, numerators, denominators);
  if (numerators.size() != 2 || !denominators.empty())
    return std::nullopt;
  for (Term &factor : numerators)
    if (auto operand = elements.operands<arith::NegFOp>(factor)) {
      negative = !negative;
      factor = (*operand)[0];
    }
  return Factors{numerators[0], numerators[1]};
}

/// Matches a·b − c·d (or + with `isSum`).
static std::optional<Rotated> matchRotated(Elements &elements, const Term &term, bool isSum) {
  std::vector<Term> plus, minus;
  elements.summands(term, plus, minus);
  if (plus.size() + minus.size() != 2)
    return std::nullopt;
  std::vector<Factors> positive, negative;
  auto sort = [&](const std::vector<Term> &terms, bool sign) {
    for (const Term &summand : terms) {
      bool flipped = sign;
      std::optional<Factors> product = matchProduct(elements, summand, flipped);
      if (!product)
        return false;
      (flipped ? negative : positive).push_back(*product);
    }
    return true;
  };
  if (!sort(plus, false) || !sort(minus, true) || positive.size() != (isSum ? 2 : 1))
    return std::nullopt;
  return Rotated{positive[0], isSum ? positive[1] : negative[0]};
}

/// Finds x0, x1, cos, sin with y0 = x0·cos − x1·sin and y1 = x1·cos + x0·sin.
static std::optional<Rotation> matchRotation(Elements &elements, const Term &y0, const Term &y1) {
  std::optional<Rotated> first = matchRotated(elements, y0, false);
  std::optional<Rotated> second = first ? matchRotated(elements, y1, true) : std::nullopt;
  if (!second)
    return std::nullopt;
  auto isProduct = [&](const Factors &product, const Term &a, const Term &b) {
    return (elements.same(product.a, a) && elements.same(product.b, b)) ||
           (elements.same(product.a, b) && elements.same(product.b, a));
  };
  for (int swap = 0; swap < 4; ++swap) {
    const Factors &p = first->first, &q = first->second;
    Rotation rotation{swap & 1 ? p.b : p.a, swap & 2 ? q.b : q.a, swap & 1 ? p.a : p.b, swap & 2 ? q.a : q.b};
    const Factors &r = second->first, &s = second->second;
    if ((isProduct(r, rotation.x1, rotation.cos) && isProduct(s, rotation.x0, rotation.sin)) ||
        (isProduct(s, rotation.x1, rotation.cos) && isProduct(r, rotation.x0, rotation.sin)))
      return rotation;
  }
  return std::nullopt;
}

/// The pair (first, second) of the last index `i` under a layout of `size` elements.
static std::pair<Poly, Poly> pairAt(RopeLayout layout, const Poly &i, int64_t size) {
  if (layout == RopeLayout::Interleaved)
    return {i * 2, i * 2 + 1};
  return {i, i + size / 2};
}

/// The element at `last` of the vector in whose positions `in0` and `in1` stand x0 and x1.
static std::optional<Term> matchPair(Elements &elements, const Term &x0, const Term &x1, const Poly &in0,
                                     const Poly &in1, const Poly &last) {
  std::vector<Term> seconds = elements.chain(x1);
  for (const Term &first : elements.chain(x0))
    for (const Term &second : seconds) {
      if (!first.isElement() || first.value != second.value)
        continue;
      for (size_t dim = 0; dim < first.index.size(); ++dim) {
        Term moved = first;
        moved.index[dim] = in1;
        if (first.index[dim] != in0 || moved.index != second.index)
          continue;
        moved.index[dim] = last;
        return moved;
      }
    }
  return std::nullopt;
}

LogicalResult hadal::raise::raiseRope(Operation *op, Context &context) {
  if (op->getNumResults() != 1 || !isa<linalg::LinalgOp, tensor::ConcatOp, tensor::CollapseShapeOp>(op))
    return failure();
  Value result = op->getResult(0);
  auto type = dyn_cast<RankedTensorType>(result.getType());
  if (!type || type.getRank() != 4 || !isa<FloatType>(type.getElementType()) || type.isDynamicDim(3) ||
      type.getDimSize(3) % 2 || type.getDimSize(3) < 2)
    return failure();
  int64_t size = type.getDimSize(3);
  constexpr RopeLayout layouts[] = {RopeLayout::Interleaved, RopeLayout::Halves};
  for (RopeLayout outLayout : layouts) {
    Elements elements;
    if (auto structured = dyn_cast<linalg::LinalgOp>(op); structured && elements.isCopy(structured))
      return failure();
    Indices index = elements.variables(result);
    Poly pair = elements.atoms.var(size / 2);
    auto at = [&](const Poly &last) {
      Indices position = index;
      position[3] = last;
      return position;
    };
    auto [out0, out1] = pairAt(outLayout, pair, size);
    // Of a copy of what another operation computes, that operation is the end.
    if (!isa<linalg::LinalgOp>(op) &&
        elements.normal({result, at(out0)}).value == elements.normal({result, at(out1)}).value)
      continue;
    std::optional<Rotation> rotation = matchRotation(elements, {result, at(out0)}, {result, at(out1)});
    if (!rotation)
      continue;
    auto miss = [&](const Twine &reason) { return context.miss(op, "rope", op, reason); };
    // Which of the factors are the angles: those of rank 3, by batch (or not), position and pair.
    auto findAngles = [&](const Term &term) {
      for (const Poly &batch : {Poly(), index[0]})
        if (Value angles = materialize(context, elements, term, {batch, index[2], pair}))
          return angles;
      return Value();
    };
    for (RopeLayout inLayout : layouts) {
      auto [in0, in1] = pairAt(inLayout, pair, size);
      for (bool swapped : {false, true}) { // x·cos may have been read as cos·x
        Term x0 = swapped ? rotation->cos : rotation->x0, x1 = swapped ? rotation->sin : rotation->x1;
        std::optional<Term> x = matchPair(elements, x0, x1, in0, in1, index[3]);
        Value input = x ? materialize(context, elements, *x, index) : nullptr;
        if (!input || input.getType() != type)
          continue;
        Value cos = findAngles(swapped ? rotation->x0 : rotation->cos);
        Value sin = findAngles(swapped ? rotation->x1 : rotation->sin);
        if (!cos || !sin || cos.getType() != sin.getType())
          return miss("the angles are no tensors of [batch or 1, position, pair]");
        context.rewriter.setInsertionPoint(op);
        context.rewriter.replaceOpWithNewOp<RopeOp>(op, type, input, cos, sin, inLayout, outLayout);
        return success();
      }
    }
    return miss("what is rotated is no whole tensor of pairs, interleaved or in halves");
  }
  return failure();
}
