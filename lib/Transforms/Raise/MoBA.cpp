//===- MoBA.cpp - Recognise mixture of block attention --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An attention whose mask lets a query see, up to its own position, its own block
// and the blocks that a top-k of ⟨query, mean key⟩ chose. Blocks before the query's
// are whole, so that how the mean of a short last block is taken has no effect.
//
// Assumed: no score of a block reaches the number by which the own block is forced,
// where that is not +∞; and where the choice is by a threshold, no two scores are
// equal at its end.
//
//===----------------------------------------------------------------------===//

#include "BlockSelection.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// What forces the own block, if it is no infinity.
static constexpr double kForced = 1e6;

namespace {
class MobaMatcher {
public:
  MobaMatcher(AttentionOp op, Context &context) : op(op), context(context) {}
  LogicalResult match();

private:
  bool checkScores(std::string &reason);
  bool checkOwn(std::string &reason);
  bool isScore(const Term &score, int64_t gamma, bool &isQuery, std::string &reason);

  AttentionOp op;
  Context &context;
  Elements elements;
  Attended attended;
  BlockChoice choice;
  BlockGeometry geometry;
};
} // namespace

/// `term` without constant factors; nothing if they are not positive.
static std::optional<Term> withoutScale(Elements &elements, const Term &term) {
  Product product = elements.product(term);
  if (!product.isPlain() || product.numerators.size() != 1)
    return term;
  return product.scale > 0 ? std::optional<Term>(product.numerators.front()) : std::nullopt;
}

/// A positive multiple of Σ q · k over a block's keys.
bool MobaMatcher::isScore(const Term &score, int64_t gamma, bool &isQuery, std::string &reason) {
  int64_t size = elements.sizeOf(op.getQ(), 3).constant().value_or(0);
  // The query and the key of the token r of the block, at d.
  auto queryAt = [&](const Poly &d) {
    const Poly &own = attended.scores.size;
    return withoutScale(elements, own.asAtom() ? elements.substitute(attended.scores.q, own, d) : attended.scores.q);
  };
  auto keyAt = [&](const Poly &d, const Poly &r) {
    Term key = attended.scores.k;
    if (attended.scores.size.asAtom())
      key = elements.substitute(key, attended.scores.size, d);
    if (attended.key.asAtom())
      key = elements.substitute(key, attended.key, r + gamma * geometry.block);
    return withoutScale(elements, key);
  };
  auto withUnit = [](ArrayRef<Poly> variables) {
    std::vector<Poly> result(variables.begin(), variables.end());
    result.push_back(Poly());
    return result;
  };
  auto isOperand = [&](const Term &factor, ArrayRef<Poly> variables) {
    for (const Poly &d : withUnit(variables)) {
      if (elements.atoms.extent(d) != Poly(size))
        continue;
      if (std::optional<Term> q = queryAt(d); q && elements.same(*q, factor))
        return true;
      for (const Poly &r : withUnit(variables))
        if (elements.atoms.extent(r) == Poly(geometry.block))
          if (std::optional<Term> k = keyAt(d, r); k && elements.same(*k, factor))
            return true;
    }
    return false;
  };
  std::optional<FlatSum> sum = flatten(elements, score, isOperand);
  for (int side = 0; sum && sum->factors.size() == 2 && side < 2; ++side)
    for (const Poly &d : withUnit(sum->variables)) {
      std::optional<Term> q = queryAt(d);
      if (elements.atoms.extent(d) != Poly(size) || !q || !elements.same(*q, sum->factors[side]))
        continue;
      isQuery = true;
      std::vector<Poly> others;
      llvm::copy_if(sum->variables, std::back_inserter(others), [&](const Poly &other) { return other != d; });
      Poly r = others.size() == 1 ? others.front() : Poly();
      std::optional<Term> k = keyAt(d, r);
      reason = "the score of a block is not taken from the sum or mean of all of its keys";
      if (others.size() > 1 || elements.atoms.extent(r) != Poly(geometry.block) || !k ||
          !elements.same(*k, sum->factors[1 - side]))
        return false;
      reason = "the blocks of the smallest scores are chosen";
      return sum->scale > 0;
    }
  reason = "the score of a block is no product of the query and the mean of its keys";
  return false;
}

/// A block's own queries choose it: by its score, or whatever was chosen.
bool MobaMatcher::checkOwn(std::string &reason) {
  if (!choice.always)
    return checkForced(elements, geometry, choice, 0, 1, kForced, reason);
  reason = "what is seen beside the chosen blocks is not provably the query's own block";
  for (int64_t gamma = 0; gamma < geometry.blocks(); ++gamma)
    for (bool isOwn : {false, true}) {
      int64_t begin = (gamma + !isOwn) * geometry.block;
      std::optional<Poly> s =
          geometry.between(elements.atoms, begin, isOwn ? begin + geometry.block - 1 : geometry.keys);
      int64_t tokens = std::min(geometry.block, geometry.keys - gamma * geometry.block);
      if (!s)
        continue;
      Term always = *choice.always;
      if (geometry.s.asAtom())
        always = elements.substitute(always, geometry.s, *s);
      if (attended.key.asAtom())
        always = elements.substitute(always, attended.key, elements.atoms.var(tokens) + gamma * geometry.block);
      Condition seen = elements.condition(always);
      if (isOwn ? !seen.isAlways() : !seen.never)
        return false;
      // It takes no place among the chosen ones.
      auto scores = numbersOf(elements, choice.score(elements, geometry, gamma, *s));
      if (isOwn && (!scores || !(scores->second <= -kForced))) {
        reason = "the own block competes with the others";
        return false;
      }
    }
  ++choice.count;
  return checkForced(elements, geometry, choice, 0, 0, 0, reason);
}

LogicalResult MobaMatcher::match() {
  Value result = op.getResult();
  std::optional<int64_t> heads = elements.sizeOf(op.getQ(), 1).constant(),
                         groups = elements.sizeOf(op.getK(), 1).constant(),
                         queries = elements.sizeOf(op.getQ(), 2).constant(),
                         keys = elements.sizeOf(op.getK(), 2).constant();
  if (!heads || !groups || !queries || !keys || *groups == 0 || *heads % *groups || *queries == 0)
    return failure();
  Indices at = elements.variables(result);
  Poly member = elements.atoms.var(*heads / *groups);
  at[1] = elements.atoms.var(*groups) * (*heads / *groups) + member;
  std::optional<Attended> found = matchAttended(elements, {result, at});
  if (!found || found->scores.visible.literals.empty())
    return failure();
  attended = *found;
  geometry.s = at[2];
  geometry.queries = *queries;
  geometry.keys = *keys;
  std::string reason;
  std::optional<BlockChoice> chosen =
      matchCausalChoice(elements, attended.scores.visible, attended.key, geometry, reason);
  auto miss = [&](const Twine &text) { return context.miss(op, "moba", op, text); };
  if (!chosen)
    return reason.empty() ? failure() : miss(reason);
  choice = *chosen;
  // From here on blocks of keys are chosen; if by products with the query, it is MoBA.
  bool isQuery = false;
  std::string scored;
  Indices any = choice.row;
  any.push_back(0);
  bool choosesForGroup = *heads > *groups && !elements.dependsOn({choice.topk.getX(), any}, member);
  for (int64_t gamma = 0; gamma < geometry.blocks(); ++gamma)
    if (std::optional<Poly> s =
            geometry.between(elements.atoms, (gamma + 1) * geometry.block, geometry.keys + geometry.offset)) {
      // The query of that position.
      Attended general = attended;
      if (geometry.s.asAtom())
        attended.scores.q = elements.substitute(attended.scores.q, geometry.s, *s);
      bool matches = isScore(choice.score(elements, geometry, gamma, *s), gamma, isQuery, scored);
      attended = general;
      // Of one block chosen for a group of heads it may be another method.
      if (!matches)
        return isQuery || !choosesForGroup ? miss(scored) : failure();
    }
  if (!checkOwn(reason))
    return miss(reason);
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(op);
  IntegerAttr offset;
  if (geometry.offset != *keys - *queries)
    offset = rewriter.getI64IntegerAttr(geometry.offset);
  SmallVector<Type> types(op->getResultTypes());
  auto moba = MobaOp::create(rewriter, op.getLoc(), types[0], types.size() > 1 ? types[1] : Type(), op.getQ(),
                             op.getK(), op.getV(), /*sink=*/Value(), /*q_lengths=*/Value(), /*kv_lengths=*/Value(),
                             /*offsets=*/Value(), rewriter.getI64IntegerAttr(geometry.block),
                             rewriter.getI64IntegerAttr(choice.count), op.getScaleAttr(), /*softcap=*/FloatAttr(),
                             rewriter.getUnitAttr(), offset);
  rewriter.replaceOp(op, moba);
  return success();
}

LogicalResult hadal::raise::raiseMoba(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention || !attention.getMask())
    return failure();
  return MobaMatcher(attention, context).match();
}
