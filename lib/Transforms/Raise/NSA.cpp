//===- NSA.cpp - Recognise native sparse attention ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum of three attentions with the same queries, each times a gate: over
// compressed entries, over blocks chosen by the importance of those, and over a
// window. Each part of hadal.nsa's definition is proven on the elements.
//
//===----------------------------------------------------------------------===//

#include "NSA.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The three products that the result is the sum of.
bool NsaMatcher::findBranches() {
  branches.clear();
  std::vector<Term> plus, minus;
  elements.summands({op->getResult(0), out}, plus, minus);
  llvm::erase_if(plus, [&](const Term &term) { return elements.isConstant(term, 0.0); });
  if (plus.size() == 1)
    if (auto sum = elements.sum(plus.front()); sum && elements.atoms.extent(sum->variable) == Poly(3)) {
      plus.clear();
      for (int64_t branch = 0; branch < 3; ++branch)
        plus.push_back(elements.substitute(sum->operand, sum->variable, branch));
    }
  if (!minus.empty() || plus.size() != 3)
    return false;
  for (const Term &summand : plus) {
    auto product = elements.operands<arith::MulFOp>(summand);
    if (!product)
      return false;
    NsaBranch branch;
    for (int side = 0; side < 2 && !branch.attended; ++side) {
      Term root = elements.normal((*product)[side]);
      if (!root.isElement())
        continue;
      branch = {(*product)[1 - side], root, matchAttended(elements, root)};
    }
    if (!branch.attended)
      return false;
    branches.push_back(branch);
  }
  return true;
}

/// The batch, head, query and channel of the window's attention; heads as g · group + r.
bool NsaMatcher::findFrame() {
  AttentionOp attention = window->attended->op;
  Indices index = window->out.index;
  std::optional<int64_t> heads = elements.sizeOf(attention.getQ(), 1).constant(),
                         groups = elements.sizeOf(attention.getK(), 1).constant();
  frame.groups = *groups;
  frame.group = *heads / *groups;
  if (frame.group > 1 && frame.groups > 1 && index[1].asAtom() && elements.atoms.isVariable(*index[1].asAtom())) {
    // One variable for all heads: two in its place, and once more.
    for (Poly &dim : out)
      if (dim == index[1])
        dim = elements.atoms.var(*groups) * frame.group + elements.atoms.var(frame.group);
    if (!findBranches() || !sortBranches())
      return false;
    index = window->out.index;
  }
  auto [g, r] = elements.atoms.divMod(index[1], frame.group);
  frame.b = index[0];
  frame.g = frame.group == 1 ? index[1] : g;
  frame.r = frame.group == 1 ? Poly() : r;
  frame.s = index[2];
  frame.e = index[3];
  const std::pair<Poly, Poly> extents[] = {{frame.b, elements.sizeOf(attention.getQ(), 0)},
                                           {frame.g, Poly(frame.groups)},
                                           {frame.r, Poly(frame.group)},
                                           {frame.s, elements.sizeOf(attention.getQ(), 2)},
                                           {frame.e, elements.sizeOf(attention.getV(), 3)}};
  return llvm::all_of(extents, [&](const auto &entry) { return elements.atoms.extent(entry.first) == entry.second; });
}

/// Which branch is which: a choice of blocks has literals or gathered keys.
bool NsaMatcher::sortBranches() {
  compressed = selected = window = nullptr;
  auto keyCount = [&](const NsaBranch &branch) {
    std::optional<Poly> extent = elements.atoms.extent(branch.attended->key);
    return extent ? extent->constant().value_or(-1) : -1;
  };
  for (NsaBranch &branch : branches) {
    const Condition &visible = branch.attended->scores.visible;
    if (!visible.literals.empty() ||
        !llvm::all_of(visible.atLeastZero, [&](const Poly &poly) { return elements.atoms.isPlain(poly); })) {
      if (selected)
        return false; // three attentions that are not those of NSA
      selected = &branch;
      continue;
    }
    // There are fewer compressed entries than tokens, or as many with a stride of 1: then they have no window.
    if (!window) {
      window = &branch;
      continue;
    }
    compressed = &branch;
    if (keyCount(*window) < keyCount(branch) ||
        (keyCount(*window) == keyCount(branch) &&
         window->attended->scores.visible.atLeastZero.size() < visible.atLeastZero.size()))
      std::swap(window, compressed);
  }
  return compressed && selected && window && window->attended->op;
}

/// Whether all branches are of the same queries.
LogicalResult NsaMatcher::compareBranches() {
  for (NsaBranch &branch : branches) {
    // What means are divided by may be part of the scale.
    if (&branch != compressed && std::abs(branch.attended->scores.scale - window->attended->scores.scale) >
                                     1e-6 * std::abs(window->attended->scores.scale))
      return miss("the branches have other scales");
    const KeyScores &own = branch.attended->scores, &other = window->attended->scores;
    auto at = [&](const Term &term) {
      return own.size.asAtom() && other.size.asAtom() ? elements.substitute(term, own.size, other.size) : term;
    };
    bool isSwapped = !branch.attended->op && elements.same(at(own.k), other.q);
    if (isSwapped)
      std::swap(branch.attended->scores.q, branch.attended->scores.k);
    else if (!elements.same(at(own.q), other.q))
      return miss("the branches have other queries");
    if (&branch != window && (own.isFinite || !branch.attended->isGuarded))
      return miss("a branch in which a query sees nothing does not provably contribute 0");
  }
  return success();
}

LogicalResult NsaMatcher::matchWindow() {
  AttentionOp attention = window->attended->op;
  std::optional<int64_t> queries = elements.sizeOf(attention.getQ(), 2).constant(),
                         tokens = elements.sizeOf(attention.getK(), 2).constant();
  if (!queries || !tokens || *queries == 0)
    return miss("the numbers of queries and keys are not known");
  geometry.s = frame.s;
  geometry.queries = *queries;
  geometry.keys = *tokens;
  Poly t = window->attended->key;
  std::optional<int64_t> offset, behind;
  for (const Poly &poly : window->attended->scores.visible.atLeastZero) {
    if (std::optional<int64_t> constant = (poly - frame.s + t).constant(); constant && !offset)
      offset = constant;
    else if (std::optional<int64_t> constant = (poly + frame.s - t).constant(); constant && !behind)
      behind = constant;
    else
      return miss("the window is hidden by more than causality and its size");
  }
  if (!offset && (*tokens > 1 || *queries > 1))
    return miss("the window looks ahead");
  geometry.offset = offset.value_or(0);
  // t − s − offset + window − 1 ≥ 0
  windowSize = behind ? *behind + geometry.offset + 1 : std::max(*tokens, *queries + geometry.offset);
  if (windowSize < 1 || geometry.offset < 0 || geometry.offset + *queries > *tokens)
    return miss("the window looks ahead or is empty, or queries stand before the first key or behind the last");
  return success();
}

LogicalResult NsaMatcher::matchCompressed() {
  Attended &attended = *compressed->attended;
  std::optional<int64_t> known = elements.atoms.extent(attended.key)->constant(),
                         size = elements.atoms.extent(attended.scores.size)->constant(),
                         valueSize = elements.atoms.extent(frame.e)->constant();
  if (!known || !size || !valueSize || *known < 1)
    return miss("the sizes of the compressed branch are not known");
  entries = *known;
  Indices keyAt{frame.b, frame.g, attended.key, attended.scores.size};
  Indices valueAt{frame.b, frame.g, attended.key, frame.e};
  CompressMatcher keyMatcher(context, elements, keyAt, geometry.keys, *size);
  keyMatcher.scale = attended.scores.scale / window->attended->scores.scale;
  std::optional<Compressed> ofKeys = keyMatcher.match(attended.scores.k);
  if (!ofKeys)
    return miss("the keys of the compressed branch: " + Twine(keyMatcher.reason));
  CompressMatcher valueMatcher(context, elements, valueAt, geometry.keys, *valueSize);
  std::optional<Compressed> ofValues = valueMatcher.match(attended.v);
  if (!ofValues)
    return miss("the values of the compressed branch: " + Twine(valueMatcher.reason));
  keys = *ofKeys;
  values = *ofValues;
  if (keys.kind != values.kind || keys.length != values.length || keys.stride != values.stride ||
      keys.activation != values.activation)
    return miss("keys and values are compressed in different ways");
  if ((geometry.keys - keys.length) / keys.stride + 1 != entries || geometry.keys < keys.length)
    return miss("there are not as many compressed entries as whole blocks of tokens");
  // i · d + l − 1 ≤ pos
  Poly ends = frame.s + geometry.offset - attended.key * keys.stride - keys.length + 1;
  const std::vector<Poly> &visible = attended.scores.visible.atLeastZero;
  for (int64_t i = 0; i < entries; ++i) {
    // For each entry, the first query that sees it: other forms of the same condition are equal to it there.
    auto at = [&](const Poly &poly) {
      return attended.key.asAtom() ? elements.atoms.substitute(poly, *attended.key.asAtom(), i) : poly;
    };
    int64_t end = i * keys.stride + keys.length - 1;
    std::optional<Poly> sees = geometry.between(elements.atoms, end, geometry.keys),
                        blind = geometry.between(elements.atoms, 0, end - 1);
    auto holds = [&](const Poly &poly, const Poly &s, bool negated) {
      Poly value = at(poly);
      if (frame.s.asAtom())
        value = elements.atoms.substitute(value, *frame.s.asAtom(), s);
      return elements.atoms.isNonNegative(negated ? value * -1 - 1 : value);
    };
    if (visible == std::vector<Poly>{ends})
      break;
    if ((sees && !llvm::all_of(visible, [&](const Poly &poly) { return holds(poly, *sees, false); })) ||
        (blind && !llvm::any_of(visible, [&](const Poly &poly) { return holds(poly, *blind, true); })))
      return miss("compressed entries are not seen exactly from the position on at which their tokens end");
  }
  return success();
}

/// [b, h, s, 3]: the gates, or what they are the sigmoid of.
Value NsaMatcher::gates(bool &isSigmoid) {
  NsaBranch *order[] = {compressed, selected, window};
  isSigmoid = llvm::all_of(order, [&](NsaBranch *branch) { return elements.sigmoid(branch->gate).has_value(); });
  SmallVector<Value> parts;
  for (NsaBranch *branch : order) {
    Term gate = isSigmoid ? *elements.sigmoid(branch->gate) : branch->gate;
    if (elements.dependsOn(gate, frame.e))
      return nullptr;
    Value part = materialize(context, elements, gate, {frame.b, frame.head(), frame.s, Poly()},
                             getElementTypeOrSelf(op->getResult(0).getType()));
    if (!part)
      return nullptr;
    parts.push_back(part);
  }
  context.rewriter.setInsertionPoint(op);
  return tensor::ConcatOp::create(context.rewriter, op->getLoc(), 3, parts);
}

LogicalResult NsaMatcher::replace() {
  bool isSigmoid = false;
  Value gate = gates(isSigmoid);
  if (!gate)
    return miss("the gates are not one number for each batch entry, head and query");
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(op);
  AttentionOp attention = window->attended->op;
  IntegerAttr offset;
  if (geometry.offset != geometry.keys - geometry.queries)
    offset = rewriter.getI64IntegerAttr(geometry.offset);
  ActivationAttr activation;
  if (keys.activation)
    activation = ActivationAttr::get(rewriter.getContext(), *keys.activation);
  auto number = [&](int64_t value) { return rewriter.getI64IntegerAttr(value); };
  Type element = getElementTypeOrSelf(attention.getQ().getType());
  for (Value value :
       {keys.tokens, values.tokens, selectedKeys, selectedValues, keys.weight, keys.w1, keys.bias1, keys.w2, keys.bias2,
        keys.pe, values.weight, values.w1, values.bias1, values.w2, values.bias2, values.pe, gate})
    if (value && getElementTypeOrSelf(value.getType()) != element)
      return miss("the branches have different element types");
  auto nsa = NsaOp::create(
      rewriter, op->getLoc(), attention.getResult().getType(), attention.getQ(), keys.tokens, values.tokens,
      selectedKeys, selectedValues, attention.getK(), attention.getV(), gate, keys.weight, keys.w1, keys.bias1, keys.w2,
      keys.bias2, keys.pe, values.weight, values.w1, values.bias1, values.w2, values.bias2, values.pe,
      /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(),
      CompressionAttr::get(rewriter.getContext(), keys.kind), number(keys.length), number(keys.stride), activation,
      number(geometry.block), number(count), number(first), number(local), number(windowSize), attention.getScaleAttr(),
      isSigmoid ? rewriter.getUnitAttr() : UnitAttr(), rewriter.getUnitAttr(), offset);
  Value result = materialize(context, elements, {nsa.getResult(), {frame.b, frame.head(), frame.s, frame.e}}, out,
                             getElementTypeOrSelf(op->getResult(0).getType()));
  if (!result || result.getType() != op->getResult(0).getType()) {
    rewriter.eraseOp(nsa);
    return miss("the result has another layout");
  }
  rewriter.replaceOp(op, result);
  return success();
}

LogicalResult NsaMatcher::match() {
  out = elements.variables(op->getResult(0));
  if (!findBranches() || !sortBranches() || !findFrame())
    return failure();
  // From here on it is NSA; what fails is a near-miss.
  if (failed(compareBranches()) || failed(matchWindow()) || failed(matchCompressed()) || failed(matchSelected()))
    return failure();
  return replace();
}

LogicalResult hadal::raise::raiseNsa(Operation *op, Context &context) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || op->getNumResults() != 1 || !structured.hasPureTensorSemantics())
    return failure();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() < 3 || !isa<FloatType>(type.getElementType()))
    return failure();
  Operation *last = structured.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp>(last))
    return failure();
  return NsaMatcher(op, context).match();
}
