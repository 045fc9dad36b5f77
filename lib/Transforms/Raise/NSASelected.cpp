//===- NSASelected.cpp - The selected branch of native sparse attention ---===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The chosen blocks are a mask over all tokens, or their tokens are gathered.
//
//===----------------------------------------------------------------------===//

#include "NSA.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The tensor [b, g, t, c] that chosen tokens are gathered from, by the position `token`.
static Value gatheredFrom(Context &context, Elements &elements, const Term &element, const Poly &token,
                          const NsaFrame &frame, const Poly &c, int64_t tokens) {
  for (const Term &link : elements.chain(element)) {
    if (!link.isElement())
      continue;
    for (auto [dim, index] : llvm::enumerate(link.index)) {
      if (elements.sizeOf(link.value, dim) != Poly(tokens))
        continue;
      // What is beyond the last token may be clamped to it: it is hidden.
      bool isToken = index == token;
      if (auto origin = elements.atoms.origin(index))
        if (auto least = elements.operands<arith::MinSIOp>({origin->first, origin->second}))
          for (int side = 0; side < 2; ++side)
            isToken |=
                elements.integer((*least)[side]) == token && elements.integer((*least)[1 - side]) == Poly(tokens - 1);
      if (!isToken)
        continue;
      Term general = link;
      general.index[dim] = elements.atoms.var(tokens);
      if (Value tensor = materialize(context, elements, general, {frame.b, frame.g, general.index[dim], c}))
        return tensor;
    }
  }
  return nullptr;
}

LogicalResult NsaMatcher::matchSelected() {
  Attended &attended = *selected->attended;
  std::string reason;
  // A mask: the keys are all tokens.
  if (elements.atoms.extent(attended.key) == Poly(geometry.keys)) {
    Indices keyAt{frame.b, frame.g, attended.key, attended.scores.size};
    Indices valueAt{frame.b, frame.g, attended.key, frame.e};
    selectedKeys = materialize(context, elements, attended.scores.k, keyAt);
    selectedValues = materialize(context, elements, attended.v, valueAt);
  }
  if (selectedKeys && selectedValues) {
    BlockGeometry own = geometry;
    std::optional<BlockChoice> choice = matchCausalChoice(elements, attended.scores.visible, attended.key, own, reason);
    if (!choice)
      return miss(reason.empty() ? "the selected branch is masked by something that is no choice of blocks" : reason);
    if (own.offset != geometry.offset)
      return miss("the branches are causal with different offsets");
    geometry.block = own.block;
    return matchChoice(*choice);
  }
  // Gathered: the key m = n · block + r of the query is token top[n] · block + r.
  std::optional<int64_t> gathered = elements.atoms.extent(attended.key)->constant();
  const Condition &visible = attended.scores.visible;
  if (!gathered || visible.atLeastZero.size() != 1)
    return miss("the gathered keys are not those at or before the query");
  for (int64_t block = 1; block <= *gathered; ++block) {
    if (*gathered % block || block % keys.stride)
      continue;
    Poly n = elements.atoms.var(*gathered / block), r = elements.atoms.var(block);
    auto at = [&](const Poly &poly) {
      return attended.key.asAtom() ? elements.atoms.substitute(poly, *attended.key.asAtom(), n * block + r) : poly;
    };
    Poly token = at(visible.atLeastZero.front() * -1 + frame.s + geometry.offset);
    // token = block · top[…, n] + r
    Poly chosen = token - r;
    BlockChoice choice;
    for (const auto &[monomial, coefficient] : chosen.getTerms()) {
      auto origin = monomial.size() == 1 ? elements.atoms.origin(Poly::atom(monomial.front())) : std::nullopt;
      if (!origin || coefficient != block || chosen.getTerms().size() != 1)
        continue;
      choice.topk = origin->first.getDefiningOp<TopKOp>();
      if (!choice.topk || choice.topk.getIndices() != origin->first || origin->second.back() != n)
        choice.topk = nullptr;
      else
        choice.row = Indices(origin->second.begin(), origin->second.end() - 1);
    }
    if (!choice.topk || !choice.topk.getLargest())
      continue;
    choice.block = geometry.block = block;
    choice.count = *gathered / block;
    Indices valueAt = choice.row;
    valueAt.push_back(n);
    for (const Literal &literal : visible.literals) {
      Term term = literal.term;
      if (attended.key.asAtom())
        term = elements.substitute(term, attended.key, n * block + r);
      std::optional<Term> value = literal.negated ? std::nullopt : matchFinite(elements, term);
      Term root = value ? elements.normal(*value) : Term();
      if (!value || root.value != choice.topk.getValues() || root.index != valueAt)
        return miss("the gathered keys are hidden by more than causality and hidden blocks");
    }
    auto source = [&](Term element, const Poly &c) {
      if (attended.key.asAtom())
        element = elements.substitute(element, attended.key, n * block + r);
      return gatheredFrom(context, elements, element, token, frame, c, geometry.keys);
    };
    selectedKeys = source(attended.scores.k, attended.scores.size);
    selectedValues = source(attended.v, frame.e);
    if (!selectedKeys || !selectedValues)
      return miss("the keys and values of the selected branch are not gathered at the chosen tokens");
    return matchChoice(choice);
  }
  return miss("the selected branch gathers something else than blocks of tokens");
}

LogicalResult NsaMatcher::matchChoice(const BlockChoice &choice) {
  if (choice.isThreshold || choice.always)
    return miss("blocks are not chosen by a top-k of their importance alone");
  Value scores = TopKOp(choice.topk).getX();
  if (choice.count < 1 || elements.sizeOf(scores, choice.row.size()) != Poly(geometry.blocks()))
    return miss("there are not as many scores as blocks");
  if (geometry.block % keys.stride || keys.length % keys.stride)
    return miss("the stride does not divide the lengths of the blocks");
  Indices any = choice.row;
  any.push_back(0);
  if (frame.r.asAtom() && elements.dependsOn({scores, any}, frame.r))
    return miss("the heads of a group do not choose together");
  count = choice.count;
  std::tie(first, local) = countForced(elements, geometry, choice);
  // Where all blocks are chosen, more may be asked for.
  if (count == geometry.blocks())
    count = std::max(count, first + local);
  if (first + local > count)
    return miss("more blocks are forced than are chosen");
  ImportanceMatcher importance(elements, frame, *compressed->attended, entries, keys.length, keys.stride,
                               geometry.block);
  for (int64_t gamma = first; gamma < geometry.blocks(); ++gamma)
    if (std::optional<Poly> s = geometry.between(elements.atoms, (gamma + local) * geometry.block, geometry.keys))
      if (!importance.match(choice.score(elements, geometry, gamma, *s), gamma, *s))
        return miss(importance.reason);
  std::string reason;
  if (!checkForced(elements, geometry, choice, first, local, importance.bound(), reason))
    return miss(reason);
  return success();
}
