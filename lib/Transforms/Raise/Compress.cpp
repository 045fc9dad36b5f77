//===- Compress.cpp - Blocks of tokens compressed to one entry each -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry is a sum over the tokens i·d + r of a block, r < l, whichever way these
// were cut out of the sequence: by gathers, slices, reshapes. The stride d is read
// from where the tokens stand, the length l from how far r runs.
//
//===----------------------------------------------------------------------===//

#include "Compress.h"
#include "Attended.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A parameter at [1, index…], or [Hkv, index…] where it differs by head.
Value CompressMatcher::parameter(const Term &term, ArrayRef<Poly> index) {
  Indices wanted{elements.dependsOn(term, point[1]) ? point[1] : Poly()};
  llvm::append_range(wanted, index);
  return materialize(context, elements, term, wanted, getElementTypeOrSelf(term.value.getType()));
}

/// The tensor [b, g, t, c] of which `element` is the token t = stride · i + r.
Value CompressMatcher::tokensOf(const Term &element, const Poly &r, const Poly &c, int64_t &stride) {
  const Poly &i = point[2];
  for (const Term &link : elements.chain(element)) {
    if (!link.isElement())
      continue;
    for (auto [dim, index] : llvm::enumerate(link.index)) {
      if (elements.sizeOf(link.value, dim) != Poly(tokens))
        continue;
      Poly rest = index - r, slope, offset;
      std::optional<int64_t> step;
      if (std::optional<unsigned> atom = i.asAtom()) {
        if (!rest.linearIn(*atom, slope, offset) || offset != Poly())
          continue;
        step = slope.constant();
      } else if (rest == Poly()) {
        step = stride; // one entry: any stride makes it
      }
      if (!step || *step < 1)
        continue;
      Term token = link;
      token.index[dim] = elements.atoms.var(tokens);
      Indices wanted{point[0], point[1], token.index[dim], c};
      if (Value tensor = materialize(context, elements, token, wanted)) {
        stride = *step;
        return tensor;
      }
    }
  }
  return nullptr;
}

/// A token's channel c, with an embedding of its place r added or not.
bool CompressMatcher::matchWindow(const Term &element, const Poly &r, const Poly &c, Compressed &result) {
  result.stride = result.length;
  if ((result.tokens = tokensOf(element, r, c, result.stride)))
    return true;
  auto sum = elements.operands<arith::AddFOp>(element);
  for (int side = 0; sum && side < 2; ++side) {
    if (!(result.tokens = tokensOf((*sum)[side], r, c, result.stride)))
      continue;
    result.pe = parameter((*sum)[1 - side], {r, c});
    return static_cast<bool>(result.pe);
  }
  return false;
}

/// mean, weighted and linear: one sum.
std::optional<Compressed> CompressMatcher::matchSum(const Term &entry) {
  // The outermost sum alone: tokens may be sums themselves.
  std::optional<FlatSum> sum =
      flatten(elements, entry, [](const Term &, ArrayRef<Poly> variables) { return !variables.empty(); });
  if (sum)
    sum->scale *= scale;
  if (!sum || sum->factors.empty() || sum->factors.size() > 2 || sum->variables.size() > 2)
    return std::nullopt;
  Compressed result;
  const Poly &out = point[3];
  if (sum->factors.size() == 1) {
    Poly r = sum->variables.empty() ? Poly() : sum->variables.front();
    std::optional<int64_t> length = elements.atoms.extent(r)->constant();
    if (sum->variables.size() > 1 || !length ||
        !matchWindow(sum->factors[0], r, out, (result.length = *length, result)))
      return std::nullopt;
    reason = "its entries are sums, not means, of the tokens of a block";
    if (std::abs(sum->scale * *length - 1) > 1e-6)
      return std::nullopt;
    return result;
  }
  if (std::abs(sum->scale - 1) > 1e-6)
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    const Term &weight = sum->factors[1 - side];
    if (sum->variables.size() <= 1 && !elements.dependsOn(weight, out)) { // weighted
      Poly r = sum->variables.empty() ? Poly() : sum->variables.front();
      std::optional<int64_t> length = elements.atoms.extent(r)->constant();
      if (length && matchWindow(sum->factors[side], r, out, (result.length = *length, result)) &&
          (result.weight = parameter(weight, {r}))) {
        result.kind = Compression::Weighted;
        return result;
      }
    }
  }
  for (int side = 0; side < 2; ++side)
    for (int order = 0; order < 2; ++order) {
      Term element = sum->factors[side], weight = sum->factors[1 - side];
      Poly r, c;
      if (sum->variables.size() == 2) {
        r = sum->variables[order];
        c = sum->variables[1 - order];
      } else if (sum->variables.size() == 1) {
        const Poly &z = sum->variables.front();
        std::optional<int64_t> all = elements.atoms.extent(z)->constant();
        if (!all || *all % channels)
          return std::nullopt;
        r = elements.atoms.var(*all / channels);
        c = elements.atoms.var(channels);
        Poly value = order ? c * (*all / channels) + r : r * channels + c;
        element = elements.substitute(element, z, value);
        weight = elements.substitute(weight, z, value);
      }
      std::optional<int64_t> length = elements.atoms.extent(r)->constant();
      if (!length || elements.atoms.extent(c) != Poly(channels))
        continue;
      result.length = *length;
      if (matchWindow(element, r, c, result) && (result.weight = parameter(weight, {r, c, out}))) {
        result.kind = Compression::Linear;
        return result;
      }
    }
  return std::nullopt;
}

/// x of an activation of x.
static std::optional<std::pair<Term, Activation>> matchActivation(Elements &elements, const Term &term) {
  for (bool isNumber : {false, true}) {
    auto sides = isNumber ? elements.operands<arith::MaxNumFOp>(term) : elements.operands<arith::MaximumFOp>(term);
    for (int side = 0; sides && side < 2; ++side)
      if (elements.isConstant((*sides)[side], 0.0))
        return std::make_pair((*sides)[1 - side], Activation::Relu);
  }
  if (std::optional<Term> x = elements.sigmoid(term))
    return std::make_pair(*x, Activation::Sigmoid);
  auto product = elements.operands<arith::MulFOp>(term);
  for (int side = 0; product && side < 2; ++side)
    if (std::optional<Term> x = elements.sigmoid((*product)[side]); x && elements.same(*x, (*product)[1 - side]))
      return std::make_pair(*x, Activation::Silu);
  if (auto quotient = elements.operands<arith::DivFOp>(term)) // x / (1 + exp(−x))
    if (auto sum = elements.operands<arith::AddFOp>((*quotient)[1]))
      for (int side = 0; side < 2; ++side) {
        auto power = elements.operands<math::ExpOp>((*sum)[side]);
        auto negative = power ? elements.operands<arith::NegFOp>((*power)[0]) : std::nullopt;
        if (negative && elements.isConstant((*sum)[1 - side], 1.0) && elements.same((*negative)[0], (*quotient)[0]))
          return std::make_pair((*quotient)[0], Activation::Silu);
      }
  // x · ½ · (1 + erf(x / √2))
  Product factors = elements.product(term);
  if (!factors.isPlain() || factors.numerators.size() != 2 || std::abs(factors.scale - 0.5) > 1e-6)
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    auto sum = elements.operands<arith::AddFOp>(factors.numerators[side]);
    for (int one = 0; sum && one < 2; ++one) {
      auto erf = elements.operands<math::ErfOp>((*sum)[1 - one]);
      if (!erf || !elements.isConstant((*sum)[one], 1.0))
        continue;
      Product inner = elements.product((*erf)[0]);
      if (inner.isPlain() && inner.numerators.size() == 1 && std::abs(inner.scale - std::sqrt(0.5)) < 1e-6 &&
          elements.same(inner.numerators[0], factors.numerators[1 - side]))
        return std::make_pair(factors.numerators[1 - side], Activation::Gelu);
    }
  }
  return std::nullopt;
}

/// Σ_r Σ_c x[r, c] · w1[r·D + c, f], + bias1[f].
bool CompressMatcher::matchHidden(const Term &hidden, const Poly &f, Compressed &result) {
  std::vector<std::pair<Term, std::optional<Term>>> candidates{{hidden, std::nullopt}};
  if (auto sum = elements.operands<arith::AddFOp>(hidden))
    candidates = {{(*sum)[0], (*sum)[1]}, {(*sum)[1], (*sum)[0]}};
  for (const auto &[total, bias] : candidates) {
    auto sum = elements.fold<arith::AddFOp>(total);
    auto product = sum ? elements.operands<arith::MulFOp>(sum->operand) : std::nullopt;
    if (!product || sum->variables.empty() || sum->variables.size() > 2)
      continue;
    for (int side = 0; side < 2; ++side)
      for (int order = 0; order < 2; ++order) {
        Term element = (*product)[side], weight = (*product)[1 - side];
        Poly r, c, row;
        if (sum->variables.size() == 2) {
          r = sum->variables[order];
          c = sum->variables[1 - order];
        } else {
          row = sum->variables.front();
          std::optional<int64_t> all = elements.atoms.extent(row)->constant();
          if (!all || *all % channels)
            continue;
          r = elements.atoms.var(*all / channels);
          c = elements.atoms.var(channels);
          Poly value = order ? c * (*all / channels) + r : r * channels + c;
          element = elements.substitute(element, row, value);
          if (order) {
            weight = elements.substitute(weight, row, value);
            row = Poly();
          }
        }
        std::optional<int64_t> length = elements.atoms.extent(r)->constant();
        if (!length || elements.atoms.extent(c) != Poly(channels))
          continue;
        result.length = *length;
        result.pe = nullptr;
        if (!matchWindow(element, r, c, result))
          continue;
        result.w1 = row == Poly() ? parameter(weight, {r, c, f}) : parameter(weight, {row, f});
        result.bias1 = bias ? parameter(*bias, {f}) : Value();
        return result.w1 && (!bias || result.bias1);
      }
  }
  return false;
}

/// act(hidden) · w2, + bias2.
std::optional<Compressed> CompressMatcher::matchLayers(const Term &entry) {
  std::vector<std::pair<Term, std::optional<Term>>> candidates{{entry, std::nullopt}};
  if (auto sum = elements.operands<arith::AddFOp>(entry))
    candidates = {{(*sum)[0], (*sum)[1]}, {(*sum)[1], (*sum)[0]}};
  for (const auto &[total, bias] : candidates) {
    std::optional<Contraction> product = elements.contraction(total);
    if (!product)
      continue;
    for (int side = 0; side < 2; ++side) {
      auto hidden = matchActivation(elements, side ? product->rhs : product->lhs);
      Compressed result;
      result.kind = Compression::Mlp;
      if (!hidden || !matchHidden(hidden->first, product->variable, result))
        continue;
      result.activation = hidden->second;
      result.w2 = parameter(side ? product->lhs : product->rhs, {product->variable, point[3]});
      result.bias2 = bias ? parameter(*bias, {point[3]}) : Value();
      if (result.w2 && (!bias || result.bias2))
        return result;
    }
  }
  return std::nullopt;
}

std::optional<Compressed> CompressMatcher::match(const Term &entry) {
  if (std::abs(scale - 1) < 1e-6)
    if (std::optional<Compressed> result = matchLayers(entry))
      return result;
  return matchSum(entry);
}
