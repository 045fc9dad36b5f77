//===- DecomposeAttention.cpp - Attention into linalg -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SparseGraph.h"
#include "VisibilityGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Packed sequences
//===----------------------------------------------------------------------===//

/// Which keys a query of packed sequences sees, [1, 1, Sq, Sk]: those of its own sequence, as far as causality and the
/// window allow.
static Value varlenMask(GraphBuilder &g, VarlenAttentionOp op) {
  // Where each sequence ends. Behind the last stands one that ends where the first begins: it is empty.
  auto ends = [&](Value cumulative) {
    return g.slice(g.concat(0, {cumulative, cumulative}), 0, g.number(1), g.size(cumulative, 0));
  };
  Value none = arith::ConstantOp::create(g.b, g.b.getBoolAttr(false));
  std::optional<uint64_t> window = op.getWindow();
  Value seen = g.reduce("n,n,n,n->st", {op.getCuQ(), ends(op.getCuQ()), op.getCuKv(), ends(op.getCuKv())}, none,
                        [&](Cell &c) {
                          Value s = c.position('s'), t = c.position('t'), queryEnd = c.toInt(c[1]);
                          Value keyEnd = c.toInt(c[3]);
                          Value own = c.both(c.lessEqual(c.toInt(c[0]), s), c.less(s, queryEnd));
                          own = c.both(own, c.both(c.lessEqual(c.toInt(c[2]), t), c.less(t, keyEnd)));
                          // The position of s among all keys: the last query stands at the last key.
                          Value position = c.add(s, c.sub(keyEnd, queryEnd));
                          if (op.getCausal())
                            own = c.both(own, c.lessEqual(t, position));
                          if (window)
                            own = c.both(own, c.less(c.sub(position, c.integer(*window)), t));
                          return c.either(c[4], own);
                        },
                        {{'s', g.size(op.getQ(), 0)}, {'t', g.size(op.getK(), 0)}});
  return g.expand(seen, {{0, 1, 2}, {3}}, {g.number(1), g.number(1), g.size(seen, 0), g.size(seen, 1)});
}

static LogicalResult decomposeVarlenAttention(VarlenAttentionOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  auto asBatch = [&](Value x) {
    Value byHead = g.transpose("shd->hsd", x);
    return g.expand(byHead, {{0, 1}, {2}, {3}}, {g.number(1), g.size(byHead, 0), g.size(byHead, 1), g.size(byHead, 2)});
  };
  Value q = asBatch(op.getQ()), k = asBatch(op.getK()), v = asBatch(op.getV());
  SmallVector<int64_t> shape(GraphBuilder::type(q).getShape());
  shape[3] = GraphBuilder::type(v).getDimSize(3);
  Type element = GraphBuilder::type(q).getElementType(), lse;
  if (op.getLse())
    lse = RankedTensorType::get(ArrayRef(shape).drop_back(), GraphBuilder::type(op.getLse()).getElementType());
  auto attention = AttentionOp::create(
      g.b, RankedTensorType::get(shape, element), lse, q, k, v, varlenMask(g, op), op.getSink(),
      /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(), op.getScaleAttr(),
      /*causal=*/UnitAttr(), /*offset=*/IntegerAttr(), /*window=*/IntegerAttr(), op.getSoftcapAttr());
  Value out = g.transpose("hsd->shd", g.collapse(attention.getResult(), {{0, 1}, {2}, {3}}));
  SmallVector<Value> results = {asResult(g, out, op.getResult())};
  if (op.getLse())
    results.push_back(asResult(g, g.collapse(attention.getLse(), {{0, 1}, {2}}), op.getLse()));
  rewriter.replaceOp(op, results);
  return success();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// Attention in the letters b, m (kv head), g (head of its group), s, t, d.
class DenseAttention {
public:
  DenseAttention(GraphBuilder &g, AttentionOp op)
      : g(g), op(op), kvHeads(op.getK().getType().getDimSize(1)), group(op.getQ().getType().getDimSize(1) / kvHeads) {}

  SmallVector<Value> build() {
    Value sink = op.getSink() ? splitDim(g, op.getSink(), 0, kvHeads, group) : Value();
    SoftmaxGraph softmax = softmaxOf(g, "bmgst", scores(), sink, "mg");
    Value out = weigh(g, "bmgst,bmtd->bmgsd", softmax.p, op.getV());
    SmallVector<Value> results = {asResult(g, mergeDims(g, out, 1), op.getResult())};
    if (op.getLse())
      results.push_back(asResult(g, mergeDims(g, softmax.lse, 1), op.getLse()));
    return results;
  }

private:
  /// The scores, −∞ where a key is hidden.
  Value scores();
  /// The mask without its dimensions of size 1, and its letters; none if a size that is not known may turn out 1.
  std::optional<std::pair<Value, std::string>> plainMask();

  GraphBuilder &g;
  AttentionOp op;
  int64_t kvHeads, group;
};
} // namespace

std::optional<std::pair<Value, std::string>> DenseAttention::plainMask() {
  Value mask = op.getMask();
  RankedTensorType type = GraphBuilder::type(mask);
  if (!type.hasStaticShape())
    return std::nullopt;
  // Dimensions of size 1 join their neighbours.
  SmallVector<ReassociationIndices> groups;
  std::string letters;
  ReassociationIndices pending;
  for (int64_t dim = 0; dim < 4; ++dim) {
    pending.push_back(dim);
    if (type.getDimSize(dim) == 1)
      continue;
    groups.push_back(std::exchange(pending, {}));
    letters += "bhst"[dim];
  }
  if (!groups.empty())
    llvm::append_range(groups.back(), pending);
  mask = g.collapse(mask, groups);
  if (size_t head = letters.find('h'); head != std::string::npos) {
    mask = splitDim(g, mask, head, kvHeads, group);
    letters.replace(head, 1, "mg");
  }
  return std::make_pair(mask, letters);
}

Value DenseAttention::scores() {
  Value products = g.contract("bmgsd,bmtd->bmgst", splitDim(g, op.getQ(), 1, kvHeads, group), op.getK());
  SmallVector<Value> inputs = {products};
  std::string spec = "bmgst";
  std::optional<VisibilityGraph> visibility;
  if (op.getQLengths() || op.getKvLengths() || op.getCausal()) {
    visibility.emplace(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), g.size(op.getK(), 2));
    llvm::append_values(inputs, visibility->queryLengths, visibility->keyLengths, visibility->offsets);
    spec += ",b,b,b";
  }
  std::optional<std::pair<Value, std::string>> plain;
  if (op.getMask())
    plain = plainMask();
  if (plain) {
    inputs.push_back(plain->first);
    spec += "," + plain->second;
  }
  return g.map(spec + "->bmgst", inputs, g.b.getF32Type(), [&](Cell &c) {
    Value z = c.mul(c[0], c.number(op.getScale().convertToFloat()));
    if (op.getSoftcap()) {
      Value cap = c.number(op.getSoftcap()->convertToFloat());
      z = c.mul(cap, math::TanhOp::create(c.b, arith::DivFOp::create(c.b, z, cap).getResult()));
    }
    Value element;
    if (plain) {
      element = c[inputs.size() - 1];
    } else if (op.getMask()) {
      Value head = c.add(c.mul(c.index('m'), arith::ConstantIndexOp::create(c.b, group)), c.index('g'));
      element = maskAt(c, op.getMask(), {c.index('b'), head, c.index('s'), c.index('t')});
    }
    if (element && element.getType().isInteger(1))
      z = c.select(element, z, minusInfinity(c));
    else if (element) // −∞ hides, whatever the score is
      z = c.select(c.equal(c.toFloat(element), minusInfinity(c)), minusInfinity(c), c.add(z, c.toFloat(element)));
    return visibility ? c.select(visibility->sees(c, 1, 's', 't'), z, minusInfinity(c)) : z;
  });
}

static LogicalResult decomposeAttention(AttentionOp op, PatternRewriter &rewriter) {
  if (op.getQ().getType().isDynamicDim(1) || op.getK().getType().isDynamicDim(1))
    return rewriter.notifyMatchFailure(op, "the number of heads is not static");
  GraphBuilder g(rewriter, op.getLoc());
  rewriter.replaceOp(op, DenseAttention(g, op).build());
  return success();
}

//===----------------------------------------------------------------------===//
// Clauses as a mask
//===----------------------------------------------------------------------===//

/// What the clauses and the mask show together, each dimension 1 where nothing depends on it: a boolean mask or, with a
/// mask of numbers or a sink, numbers to add to the scores.
static Value maskOfClauses(GraphBuilder &g, AttentionOp op) {
  Value mask = op.getMask();
  OpFoldResult queries = g.size(op.getQ(), 2), keys = g.size(op.getK(), 2);
  auto sizeOf = [&](int64_t dim, bool isFull) {
    bool isWide = isFull || (mask && GraphBuilder::type(mask).getDimSize(dim) != 1);
    return isWide ? g.size(op.getQ(), dim) : g.number(1);
  };
  OpFoldResult batch = sizeOf(0, static_cast<bool>(op.getOffsets()));
  OpFoldResult heads = sizeOf(1, static_cast<bool>(op.getSink()));
  VisibilityGraph visibility(g, op, batch, queries, keys);
  Type element = mask ? GraphBuilder::type(mask).getElementType() : g.b.getI1Type();
  if (op.getSink() && element.isInteger(1))
    element = g.b.getF32Type();
  SmallVector<Value> inputs{visibility.queryLengths, visibility.keyLengths, visibility.offsets};
  return g.map("b,b,b->bhst", inputs, element,
               [&](Cell &c) {
                 Value shown = visibility.sees(c, 0, 's', 't'), added;
                 if (mask)
                   added = maskAt(c, mask, {c.index('b'), c.index('h'), c.index('s'), c.index('t')});
                 if (added && added.getType().isInteger(1))
                   shown = c.both(shown, std::exchange(added, Value()));
                 if (element.isInteger(1))
                   return shown;
                 auto number = [&](double value) -> Value {
                   return arith::ConstantOp::create(c.b, FloatAttr::get(element, value));
                 };
                 return c.select(shown, added ? added : number(0), number(-INFINITY));
               },
               {{'b', batch}, {'h', heads}, {'s', queries}, {'t', keys}});
}

/// Kernels know masks, and causality aligned at the bottom right: offsets and windows become a mask. A sink
/// becomes a last key of value 0, whose score it is.
static LogicalResult maskAttention(AttentionOp op, PatternRewriter &rewriter) {
  RankedTensorType q = op.getQ().getType(), k = op.getK().getType();
  // Kernels multiply what they hide by 0: what lies behind a length may be NaN.
  if (op.isPlain() || op.getQLengths() || op.getKvLengths() || op.getSoftcap() || op.getLse() || q.isDynamicDim(1) ||
      k.isDynamicDim(1))
    return rewriter.notifyMatchFailure(op, "it is plain, or has what no mask says");
  GraphBuilder g(rewriter, op.getLoc());
  Value keys = op.getK(), values = op.getV(), mask = maskOfClauses(g, op);
  if (Value sink = op.getSink()) {
    auto append = [&](Value x) {
      Value zeros = g.fill({g.size(x, 0), g.size(x, 1), g.number(1), g.size(x, 3)}, q.getElementType(), 0);
      return g.concat(2, {x, zeros});
    };
    keys = append(keys);
    values = append(values);
    Type element = GraphBuilder::type(mask).getElementType();
    Value column = g.map("h->bhst", {g.convert(sink, element)}, element, [](Cell &c) { return c[0]; },
                         {{'b', g.size(mask, 0)}, {'s', g.size(mask, 2)}, {'t', g.number(1)}});
    mask = g.concat(3, {mask, column});
  }
  Value result = AttentionOp::create(rewriter, op.getLoc(), op.getResult().getType(), op.getQ(), keys, values, mask,
                                     op.getScaleAttr(), /*causal=*/UnitAttr())
                     .getResult();
  rewriter.replaceOp(op, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Merge
//===----------------------------------------------------------------------===//

static LogicalResult decomposeMergeAttention(MergeAttentionOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  SmallVector<Value> outs(op.getOuts()), lses;
  for (Value lse : op.getLses())
    lses.push_back(g.wide(lse));
  // An attention over the parts, one key for each: scores [B, H, S, n].
  SmallVector<Value> columns;
  for (Value lse : lses)
    columns.push_back(g.expand(lse, {{0}, {1}, {2, 3}}, {g.size(lse, 0), g.size(lse, 1), g.size(lse, 2), g.number(1)}));
  SoftmaxGraph softmax = softmaxOf(g, "bhsn", g.concat(3, columns), op.getSink(), op.getSink() ? "h" : "");
  Value sum;
  for (auto [n, out] : llvm::enumerate(outs)) {
    Value weight = mergeDims(g, g.slice(softmax.p, 3, g.number(n), g.number(1)), 2);
    SmallVector<Value> inputs = {out, weight};
    if (sum)
      inputs.push_back(sum);
    sum = g.map(sum ? "bhsd,bhs,bhsd->bhsd" : "bhsd,bhs->bhsd", inputs, f32, [&](Cell &c) {
      Value term = c.mul(c.toFloat(c[0]), c[1]);
      term = c.select(c.equal(c[1], c.number(0)), c.number(0), term); // a part that saw nothing may hold anything
      return inputs.size() == 3 ? c.add(c[2], term) : term;
    });
  }
  SmallVector<Value> results = {asResult(g, sum, op.getResult())};
  if (op.getLse())
    results.push_back(asResult(g, softmax.lse, op.getLse()));
  rewriter.replaceOp(op, results);
  return success();
}

void hadal::populateAttentionPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<VarlenAttentionOp, decomposeVarlenAttention>>(patterns.getContext());
}

void hadal::populateAttentionLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<AttentionOp, decomposeAttention>, DecomposeBy<MergeAttentionOp, decomposeMergeAttention>>(
      patterns.getContext());
}

void hadal::populateAttentionKernelPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<AttentionOp, maskAttention>>(patterns.getContext(), /*benefit=*/2);
}
