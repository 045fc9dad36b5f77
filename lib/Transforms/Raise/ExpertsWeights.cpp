//===- ExpertsWeights.cpp - The weights of experts as hadal.moe takes them -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

static void substitute(Elements &elements, Linear &linear, const Poly &variable, const Poly &value) {
  linear.row = elements.substitute(linear.row, variable, value);
  linear.weight = elements.substitute(linear.weight, variable, value);
  if (linear.bias)
    linear.bias = elements.substitute(*linear.bias, variable, value);
  linear.sum = elements.atoms.substitute(linear.sum, *variable.asAtom(), value);
}

void FeedForward::substitute(Elements &elements, Poly variable, Poly value) {
  ::substitute(elements, gated.gate, variable, value);
  if (gated.up)
    ::substitute(elements, *gated.up, variable, value);
  down = elements.substitute(down, variable, value);
  if (downBias)
    downBias = elements.substitute(*downBias, variable, value);
  hidden = elements.atoms.substitute(hidden, *variable.asAtom(), value);
}

bool FeedForward::isLike(Elements &elements, const FeedForward &other) const {
  const Gated &a = gated, &b = other.gated;
  return a.activation == b.activation && a.limit == b.limit && a.alpha == b.alpha && a.upOffset == b.upOffset &&
         a.scale == b.scale && a.up.has_value() == b.up.has_value() &&
         downBias.has_value() == other.downBias.has_value() && a.gate.bias.has_value() == b.gate.bias.has_value() &&
         (!a.up || a.up->bias.has_value() == b.up->bias.has_value()) && elements.same(a.gate.row, b.gate.row);
}

/// One tensor's slices at 0, 1, 2, … are that tensor at the expert; others stay a list.
ExpertWeight ExpertWeights::collect(ArrayRef<FeedForward> experts, llvm::function_ref<Term(const FeedForward &)> get) {
  std::vector<Term> terms;
  for (const FeedForward &one : experts)
    terms.push_back(elements.normal(get(one)));
  if (terms.size() == 1)
    return {terms.front(), {}};
  Term all = terms.front();
  for (size_t dim = 0; dim < all.index.size(); ++dim)
    if (terms[1].value == all.value)
      all.index[dim] = all.index[dim] + (terms[1].index[dim] - all.index[dim]) * expert;
  for (auto [i, term] : llvm::enumerate(terms))
    if (!(elements.substitute(all, expert, Poly(i)) == term))
      return {{}, terms};
  return {all, {}};
}

/// `tensors` behind each other in `dim`.
static Value concat(OpBuilder &builder, int64_t dim, ArrayRef<Value> tensors) {
  OpBuilder::InsertionGuard guard(builder);
  return tensor::ConcatOp::create(builder, tensors.front().getLoc(), dim, tensors);
}

Value ExpertWeights::make(const ExpertWeight &weight, const Indices &index) {
  Indices at{expert};
  at.insert(at.end(), index.begin(), index.end());
  if (weight.parts.empty())
    return materialize(context, elements, weight.term, at, type);
  // Experts with tensors of their own are stacked. Of constants that is done once, of arguments in each call.
  at.front() = 0;
  SmallVector<Value> parts;
  for (const Term &part : weight.parts) {
    Value one = materialize(context, elements, part, at, type);
    if (!one)
      return nullptr;
    parts.push_back(one);
  }
  return concat(context.rewriter, 0, parts);
}

/// Gate and up as columns of one weight: the column that stands at `column` (of twice the hidden size) of both.
std::optional<Term> ExpertWeights::fused(const ExpertWeight &gate, const ExpertWeight &up, GateOrder order,
                                         const Poly &column) {
  if (!gate.parts.empty() || !up.parts.empty() || gate.term.value != up.term.value)
    return std::nullopt;
  const Term &a = order == GateOrder::UpFirst ? up.term : gate.term;
  const Term &b = order == GateOrder::UpFirst ? gate.term : up.term;
  Poly inner = *elements.atoms.extent(hidden);
  if (order != GateOrder::Interleaved) {
    if (!(elements.substitute(a, hidden, hidden + inner) == b))
      return std::nullopt;
    return elements.substitute(a, hidden, column);
  }
  Term result = a;
  bool isFound = false;
  for (size_t dim = 0; dim < a.index.size(); ++dim) {
    if (a.index[dim] == b.index[dim] && !elements.atoms.dependsOn(a.index[dim], *hidden.asAtom()))
      continue;
    if (isFound || a.index[dim] != hidden * 2 || b.index[dim] != hidden * 2 + 1)
      return std::nullopt;
    result.index[dim] = column;
    isFound = true;
  }
  return isFound ? std::optional<Term>(result) : std::nullopt;
}

/// Whether the weight's `second` varies faster than `first`: then it is stored as [first, second].
static bool isInOrder(const ExpertWeight &weight, const Poly &first, const Poly &second) {
  const Term &term = weight.parts.empty() ? weight.term : weight.parts.front();
  size_t firstAt = 0, secondAt = 0;
  for (auto [dim, index] : llvm::enumerate(term.index)) {
    if (index.uses(*first.asAtom()))
      firstAt = dim;
    if (index.uses(*second.asAtom()))
      secondAt = dim;
  }
  return firstAt < secondAt;
}

std::optional<MoeWeights> ExpertWeights::make(ArrayRef<FeedForward> experts) {
  if (!hidden.asAtom() || !in.asAtom() || !out.asAtom())
    return std::nullopt;
  const Gated &first = experts.front().gated;
  ExpertWeight gate = collect(experts, [](const FeedForward &one) { return one.gated.gate.weight; });
  ExpertWeight down = collect(experts, [](const FeedForward &one) { return one.down; });
  ExpertWeight up;
  if (first.up)
    up = collect(experts, [](const FeedForward &one) { return one.gated.up->weight; });
  MoeWeights result;
  result.transposed = !isInOrder(gate, in, hidden) && !isInOrder(down, hidden, out);
  auto matrix = [&](const Poly &a, const Poly &b) { return result.transposed ? Indices{b, a} : Indices{a, b}; };
  result.down = make(down, matrix(hidden, out));
  if (!result.down)
    return std::nullopt;
  if (experts.front().downBias) {
    result.downBias = make(collect(experts, [](const FeedForward &one) { return *one.downBias; }), {out});
    if (!result.downBias)
      return std::nullopt;
  }
  std::optional<ExpertWeight> gateBias, upBias;
  if (first.gate.bias)
    gateBias = collect(experts, [](const FeedForward &one) { return *one.gated.gate.bias; });
  if (first.up && first.up->bias)
    upBias = collect(experts, [](const FeedForward &one) { return *one.gated.up->bias; });
  if (!first.up) {
    result.order = GateOrder::None;
    result.gateUp = make(gate, matrix(in, hidden));
    if (gateBias)
      result.gateUpBias = make(*gateBias, {hidden});
    if (!result.gateUp || (gateBias && !result.gateUpBias))
      return std::nullopt;
    return result;
  }
  // Columns of one weight, if the biases have the same order.
  Poly column = elements.atoms.var(*elements.atoms.extent(hidden) * 2);
  for (GateOrder order : {GateOrder::GateFirst, GateOrder::UpFirst, GateOrder::Interleaved}) {
    std::optional<Term> both = fused(gate, up, order, column), bias;
    if (!both)
      continue;
    if (gateBias && upBias)
      bias = fused(*gateBias, *upBias, order, column);
    if ((gateBias || upBias) && !bias)
      continue;
    result.order = order;
    result.gateUp = make({*both, {}}, matrix(in, column));
    if (bias)
      result.gateUpBias = make({*bias, {}}, {column});
    if (result.gateUp && (!bias || result.gateUpBias))
      return result;
  }
  // Two weights are put behind each other: of constants once, of arguments in each call.
  result.order = GateOrder::GateFirst;
  Value gateWeight = make(gate, matrix(in, hidden)), upWeight = make(up, matrix(in, hidden));
  if (!gateWeight || !upWeight)
    return std::nullopt;
  OpBuilder &builder = context.rewriter;
  result.gateUp = concat(builder, result.transposed ? 1 : 2, {gateWeight, upWeight});
  result.gateUpBias = nullptr;
  if (gateBias || upBias) {
    Value gateHalf = gateBias ? make(*gateBias, {hidden}) : Value();
    Value upHalf = upBias ? make(*upBias, {hidden}) : Value();
    if ((gateBias && !gateHalf) || (upBias && !upHalf))
      return std::nullopt;
    Value given = gateHalf ? gateHalf : upHalf;
    auto zeros = [&]() -> Value {
      Attribute zero = DenseElementsAttr::get(cast<RankedTensorType>(given.getType()), builder.getZeroAttr(type));
      return arith::ConstantOp::create(builder, given.getLoc(), cast<TypedAttr>(zero));
    };
    if (!cast<RankedTensorType>(given.getType()).hasStaticShape())
      return std::nullopt;
    if (!gateHalf)
      gateHalf = zeros();
    if (!upHalf)
      upHalf = zeros();
    result.gateUpBias = concat(builder, 1, {gateHalf, upHalf});
  }
  return result;
}
