//===- Attention.cpp - Recognise scaled dot-product attention -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The end of an attention is a sum Σ_t P · V, of any layout, where P is a softmax
// over t; or such a sum of exponentials that is divided by theirs after.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// Σ_t P · V.
struct Weighted {
  Softmax softmax;
  Term value;
  std::vector<MaskPart> zeroed; // where the probabilities were made 0 after the softmax: conditions
};
} // namespace

/// A softmax, perhaps made 0 in places.
static std::optional<Softmax> matchProbabilities(Elements &elements, Term term, std::vector<MaskPart> &zeroed) {
  while (true) {
    if (std::optional<Softmax> softmax = elements.softmax(term))
      return softmax;
    auto select = elements.operands<arith::SelectOp>(term);
    int kept = !select                                  ? 0
               : elements.isConstant((*select)[2], 0.0) ? 1
               : elements.isConstant((*select)[1], 0.0) ? 2
                                                        : 0;
    if (!kept)
      return std::nullopt;
    zeroed.push_back({(*select)[0], kept == 2});
    term = (*select)[kept];
  }
}

/// The softmax over t and the values of the element `term`.
static std::optional<Weighted> matchWeighted(Elements &elements, const Term &term) {
  if (std::optional<Contraction> sum = elements.contraction(term)) {
    for (bool swapped : {false, true}) {
      Weighted result;
      std::optional<Softmax> softmax = matchProbabilities(elements, swapped ? sum->rhs : sum->lhs, result.zeroed);
      if (!softmax || softmax->variable != sum->variable)
        continue;
      result.softmax = *softmax;
      result.value = swapped ? sum->lhs : sum->rhs;
      return result;
    }
    return std::nullopt;
  }
  auto quotient = elements.operands<arith::DivFOp>(term);
  std::optional<Contraction> sum = quotient ? elements.contraction((*quotient)[0]) : std::nullopt;
  for (int side = 0; sum && side < 2; ++side)
    if (auto softmax = elements.softmax(side ? sum->rhs : sum->lhs, (*quotient)[1]))
      if (softmax->variable == sum->variable)
        return Weighted{*softmax, side ? sum->lhs : sum->rhs, {}};
  return std::nullopt;
}

/// Whether rows that see nothing give 0 because a test of the whole row made them so.
static bool zeroesEmptyRows(Elements &elements, const MaskPart &zeroed, const Condition &kept, const Poly &t) {
  auto any = elements.fold<arith::OrIOp, arith::MaxUIOp>(zeroed.term);
  if (!any || zeroed.negated || any->variables.size() != 1 ||
      elements.atoms.extent(any->variables.front()) != elements.atoms.extent(t))
    return false;
  Condition tested = elements.condition(elements.substitute(any->operand, any->variables.front(), t));
  return implies(elements, tested, kept) && implies(elements, kept, tested);
}

/// What was made 0 after the softmax must have been hidden before; then a row that sees nothing gives 0, and it does
/// not matter by which number its scores were hidden.
static bool resolveZeroed(Elements &elements, const Weighted &weighted, std::vector<MaskPart> &masks) {
  bool givesZero = weighted.softmax.sink.has_value();
  Condition kept = visible(elements, masks);
  for (const MaskPart &zeroed : weighted.zeroed) {
    if (zeroesEmptyRows(elements, zeroed, kept, weighted.softmax.variable)) {
      givesZero = true;
      continue;
    }
    Condition condition = *visible(elements, zeroed);
    if (!implies(elements, kept, condition))
      return false;
    givesZero |= implies(elements, condition, kept);
  }
  if (givesZero)
    for (MaskPart &mask : masks)
      mask.fill = -std::numeric_limits<double>::infinity();
  return true;
}

/// The narrowest float type that the elements of a term were of on the way.
static Type narrowest(Elements &elements, const Term &term) {
  Type type = getElementTypeOrSelf(term.value.getType());
  for (const Term &link : elements.chain(term)) {
    Type other = getElementTypeOrSelf(link.value.getType());
    if (isa<FloatType>(other) && other.getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
      type = other;
  }
  return type;
}

namespace {
/// Makes the operation from what was found, or says what is missing.
class AttentionBuilder {
public:
  AttentionBuilder(Context &context, Elements &elements, Operation *root, const Parts &parts, const Roles &roles)
      : context(context), elements(elements), root(root), parts(parts), roles(roles) {}

  /// The value of the root's layout, whose indices are `out`; null with a reason.
  Value build(const Indices &out, std::string &reason);

private:
  Type operandType(Type wanted);
  Value joined(bool ofQueries, Type type);

  Context &context;
  Elements &elements;
  Operation *root;
  const Parts &parts;
  const Roles &roles;
  std::vector<Poly> allHeads;
};
} // namespace

/// Queries, keys and values have one type: the result's, or a wider one that rounds none of them.
Type AttentionBuilder::operandType(Type wanted) {
  auto widen = [&](const Term &term) {
    Type type = narrowest(elements, term);
    if (type != wanted && type.getIntOrFloatBitWidth() >= wanted.getIntOrFloatBitWidth())
      wanted =
          type.getIntOrFloatBitWidth() > wanted.getIntOrFloatBitWidth() ? type : Type(context.rewriter.getF32Type());
  };
  widen(parts.value);
  for (const DotProduct &dot : parts.scores.dots) {
    widen(dot.q);
    widen(dot.k);
  }
  return wanted;
}

/// Queries or keys, one behind the other where scores are a sum of products.
Value AttentionBuilder::joined(bool ofQueries, Type type) {
  SmallVector<Value> tensors;
  for (const DotProduct &dot : parts.scores.dots) {
    std::vector<Poly> dims[] = {roles.batch, ofQueries ? allHeads : roles.heads,
                                ofQueries ? roles.position : std::vector<Poly>{roles.t}, dot.variables};
    Value tensor = materializeRepeated(context, elements, root, ofQueries ? dot.q : dot.k, dims, type);
    if (!tensor)
      return nullptr;
    tensors.push_back(tensor);
  }
  if (tensors.size() == 1)
    return tensors.front();
  context.rewriter.setInsertionPoint(root);
  return tensor::ConcatOp::create(context.rewriter, root->getLoc(), 3, tensors);
}

Value AttentionBuilder::build(const Indices &out, std::string &reason) {
  allHeads = roles.heads;
  llvm::append_range(allHeads, roles.group);
  auto rootType = cast<RankedTensorType>(root->getResult(0).getType());
  Type type = operandType(rootType.getElementType());
  Value q = joined(true, type);
  if (!q) {
    reason = "the queries are no tensor of batch, head, position and size";
    return nullptr;
  }
  std::vector<Poly> valueDims[] = {roles.batch, roles.heads, {roles.t}, roles.value};
  Value k = joined(false, type), v = materializeRepeated(context, elements, root, parts.value, valueDims, type);
  if (!k || !v) {
    reason = "the keys and values are no tensors of batch, head (or group of heads), position and size";
    return nullptr;
  }
  Value mask, sink;
  if (!parts.scores.masks.empty()) {
    std::vector<Poly> maskDims[] = {roles.batch, allHeads, roles.position, {roles.t}};
    mask = buildMask(context, elements, root, parts.scores.masks, maskDims);
    if (!mask) {
      reason = "the mask does not broadcast from a tensor of batch, head, query and key";
      return nullptr;
    }
  }
  if (parts.sink) {
    std::vector<Poly> sinkDims[] = {allHeads};
    sink = materializeRepeated(context, elements, root, *parts.sink, sinkDims,
                               getElementTypeOrSelf(parts.sink->value.getType()));
    if (!sink) {
      reason = "the sink is no tensor of heads";
      return nullptr;
    }
  }
  auto dimOf = [](Value value, int64_t dim) { return cast<RankedTensorType>(value.getType()).getDimSize(dim); };
  auto resultType = RankedTensorType::get({dimOf(q, 0), dimOf(q, 1), dimOf(q, 2), dimOf(v, 3)}, type);
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(root);
  FloatAttr softcap = parts.scores.softcap ? rewriter.getF32FloatAttr(*parts.scores.softcap) : FloatAttr();
  auto attention = AttentionOp::create(
      rewriter, root->getLoc(), resultType, /*lse=*/Type(), q, k, v, mask, sink, /*q_lengths=*/Value(),
      /*kv_lengths=*/Value(), /*offsets=*/Value(), rewriter.getF32FloatAttr(parts.scores.dots.front().scale),
      /*causal=*/UnitAttr(), /*offset=*/IntegerAttr(), /*window=*/IntegerAttr(), softcap);
  Indices index{composite(elements, roles.batch), composite(elements, allHeads), composite(elements, roles.position),
                composite(elements, roles.value)};
  Value result = materialize(context, elements, {attention.getResult(), index}, out, rootType.getElementType());
  if (!result) {
    reason = "the result is no rearrangement of batch, head, position and size";
    rewriter.eraseOp(attention);
    return nullptr;
  }
  if (result.getType() != rootType) {
    rewriter.setInsertionPoint(root);
    result = tensor::CastOp::create(rewriter, root->getLoc(), rootType, result);
  }
  return result;
}

LogicalResult hadal::raise::raiseAttention(Operation *op, Context &context) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || op->getNumResults() != 1 || !isa<RankedTensorType>(op->getResult(0).getType()) ||
      !isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
    return failure();
  Operation *last = structured.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::DivFOp>(last) ||
      (isa<arith::AddFOp>(last) == structured.isAllParallelLoops()))
    return failure();
  Value result = op->getResult(0);
  Elements elements;
  Indices out = elements.variables(result);
  std::optional<Weighted> weighted = matchWeighted(elements, {result, out});
  if (!weighted)
    return failure();

  // From here on it is attention; what fails is a near-miss.
  auto miss = [&](const Twine &reason) { return context.miss(op, "attention", weighted->softmax.op, reason); };
  Parts parts;
  constexpr int maxSplits = 4;
  for (int splits = 0;; ++splits) {
    std::vector<Poly> variables = variablesOf(elements, out), queries;
    for (const Poly &variable : variables)
      if (!elements.dependsOn(weighted->value, variable))
        queries.push_back(variable);
    const Poly &t = weighted->softmax.variable;
    std::optional<Scores> scores = matchScores(elements, weighted->softmax.logit, t, queries);
    if (!scores && splits == 0)
      if (auto split = findSplit(elements, {weighted->softmax.logit, weighted->value}, variables))
        scores = Scores();
    if (!scores)
      return miss("the scores are no scaled product of queries and keys (and a mask added to it)");
    std::vector<Term> terms{weighted->value, weighted->softmax.logit};
    for (const DotProduct &dot : scores->dots) {
      terms.push_back(dot.q);
      terms.push_back(dot.k);
    }
    for (const MaskPart &mask : scores->masks)
      terms.push_back(mask.term);
    auto split = findSplit(elements, terms, variables);
    if (!split || splits == maxSplits) {
      parts = {*scores, weighted->value, weighted->softmax.sink, t};
      break;
    }
    // v = outer · size + inner, and once more.
    Poly outer = elements.atoms.var(elements.atoms.divMod(*elements.atoms.extent(split->first), split->second).first);
    Poly inner = elements.atoms.var(split->second);
    for (Poly &index : out)
      index = elements.atoms.substitute(index, *split->first.asAtom(), outer * split->second + inner);
    weighted = matchWeighted(elements, {result, out});
    if (!weighted)
      return failure();
  }
  if (parts.scores.dots.empty())
    return miss("the scores are no scaled product of queries and keys (and a mask added to it)");
  for (const DotProduct &dot : parts.scores.dots)
    if (dot.scale != parts.scores.dots.front().scale)
      return miss("the products of queries and keys have different scales");
  if (!resolveZeroed(elements, *weighted, parts.scores.masks))
    return miss("probabilities are made 0 after the softmax where it did not hide them");
  std::optional<Roles> roles = assignRoles(elements, parts, out);
  if (!roles)
    return miss("a dimension of the result is in neither probabilities nor values");
  std::string reason;
  Value attention = AttentionBuilder(context, elements, op, parts, *roles).build(out, reason);
  if (!attention)
    return miss(reason);
  context.rewriter.replaceOp(op, attention);
  return success();
}
