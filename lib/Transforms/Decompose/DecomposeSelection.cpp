//===- DecomposeSelection.cpp - Selection and attention over it -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseGraph.h"
#include "VisibilityGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

// Ranks as integers: those of numbers are the order of f32 values (0 for both zeros), NaN stands where −∞ would, which
// is never chosen; what is hidden below, what is forced above all.
static constexpr int32_t kNaNRank = -0x7f800000, kHiddenRank = kNaNRank - 1, kForcedRank = 0x7f800001;

static Value rankConstant(Cell &c, int32_t rank) { return arith::ConstantOp::create(c.b, c.b.getI32IntegerAttr(rank)); }

/// The rank of an f32 score.
static Value rankOfScore(Cell &c, Value score) {
  Value bits = arith::BitcastOp::create(c.b, c.b.getI32Type(), score);
  Value magnitude = c.both(bits, rankConstant(c, 0x7fffffff)), zero = rankConstant(c, 0);
  Value rank = c.select(c.less(bits, zero), c.sub(zero, magnitude), magnitude);
  Value isNaN = arith::CmpFOp::create(c.b, arith::CmpFPredicate::UNO, score, score);
  rank = c.select(isNaN, rankConstant(c, kNaNRank), rank);
  return c.select(c.equal(score, minusInfinity(c)), rankConstant(c, kHiddenRank), rank);
}

static LogicalResult decomposeSelect(SelectOp op, PatternRewriter &rewriter) {
  RankedTensorType type = op.getScores().getType();
  int64_t share = op.getShare(), block = op.getBlock(), count = op.getCount(), first = op.getFirst();
  int64_t local = op.getLocal();
  if (share > 1 && type.isDynamicDim(1))
    return rewriter.notifyMatchFailure(op, "the number of heads that share is not static");
  GraphBuilder g(rewriter, op.getLoc());
  Value scores = op.getScores();
  scores = share > 1 ? g.sum("bhrsj->bhsj", splitDim(g, scores, 1, type.getDimSize(1) / share, share)) : g.wide(scores);

  OpFoldResult candidates = g.size(scores, 3), batch = g.size(scores, 0), queries = g.size(scores, 2);
  OpFoldResult tokens = g.product(candidates, g.number(block));
  if (op.getWhole())
    tokens = g.sum(tokens, g.number(block - 1));
  VisibilityGraph visibility(g, op, batch, queries, tokens);
  Type i32 = g.b.getI32Type();
  Value ranks =
      g.map("bhsj,b,b,b->bhsj", {scores, visibility.queryLengths, visibility.keyLengths, visibility.offsets}, i32,
            [&](Cell &c) {
              Value j = c.position('j');
              // The token that must exist and be past: the block's first, or its last.
              Value token = c.add(c.mul(j, c.integer(block)), c.integer(op.getWhole() ? block - 1 : 0));
              Value allowed = visibility.sees(c, 1, 's', token);
              if (op.getMask())
                allowed =
                    c.both(allowed, maskAt(c, op.getMask(), {c.index('b'), c.index('h'), c.index('s'), c.index('j')}));
              Value rank = rankOfScore(c, c[0]);
              Value forced = c.less(j, c.integer(first));
              if (local > 0) {
                Value position = c.add(c.position('s'), c[3]);
                Value hasBegun = c.lessEqual(c.mul(j, c.integer(block)), position);
                Value isLate = c.less(position, c.mul(c.add(j, c.integer(local)), c.integer(block)));
                forced = c.either(forced, c.both(hasBegun, isLate));
              }
              rank = c.select(forced, rankConstant(c, kForcedRank), rank);
              return c.select(allowed, rank, rankConstant(c, kHiddenRank));
            });

  // There may be fewer candidates than are asked for: hidden ones behind them.
  int64_t known = GraphBuilder::type(scores).getDimSize(3);
  if (ShapedType::isDynamic(known) || known < count) {
    SmallVector<OpFoldResult> sizes = {batch, g.size(scores, 1), queries,
                                       g.number(ShapedType::isDynamic(known) ? count : count - known)};
    ranks = g.concat(3, {ranks, g.fill(sizes, i32, kHiddenRank)});
    if (op.getValues())
      scores = g.concat(3, {scores, g.fill(sizes, g.b.getF32Type(), -INFINITY)});
  }
  SmallVector<int64_t> shape(GraphBuilder::type(ranks).getShape());
  shape[3] = count;
  Type element = op.getIndices().getType().getElementType();
  Value k = arith::ConstantIndexOp::create(g.b, count);
  auto best = TopKOp::create(g.b, RankedTensorType::get(shape, i32), RankedTensorType::get(shape, element), ranks, k,
                             /*largest=*/true);
  auto isHidden = [](Cell &c) { return c.equal(c[0], rankConstant(c, kHiddenRank)); };
  Value indices = g.map("bhsn,bhsn->bhsn", {best.getValues(), best.getIndices()}, element, [&](Cell &c) {
    Value none = arith::ConstantOp::create(c.b, c.b.getIntegerAttr(element, -1));
    return c.select(isHidden(c), none, c[1]);
  });
  SmallVector<Value> results = {g.cast(indices, op.getIndices().getType())};
  if (op.getValues()) {
    Value values = g.map("bhsn,bhsn->bhsn", {best.getValues(), best.getIndices()}, g.b.getF32Type(), [&](Cell &c) {
      Value at = arith::IndexCastOp::create(c.b, c.b.getIndexType(), c[1]);
      Value score = extract(c, scores, {c.index('b'), c.index('h'), c.index('s'), at});
      return c.select(isHidden(c), minusInfinity(c), score);
    });
    auto valuesType = cast<RankedTensorType>(op.getValues().getType());
    results.push_back(g.cast(g.convert(values, valuesType.getElementType()), valuesType));
  }
  rewriter.replaceOp(op, results);
  return success();
}

//===----------------------------------------------------------------------===//
// Attention over entries, over a selection
//===----------------------------------------------------------------------===//

namespace {
/// Attention in the letters b, m (kv head), g (head of its group), s, t, d.
struct AttentionGraph {
  AttentionGraph(GraphBuilder &g, Value q, Value k, Value v)
      : g(g), kvHeads(GraphBuilder::type(k).getDimSize(1)),
        groupSize(GraphBuilder::type(q).getDimSize(1) / std::max<int64_t>(kvHeads, 1)), v(v) {
    products = g.contract("bmgsd,bmtd->bmgst", splitDim(g, q, 1, kvHeads, groupSize), k);
  }

  /// `isVisible` has the elements of `visibility` as arguments 1, 2, 3 and that of `counts`, if any, as argument 4.
  void run(const VisibilityGraph &visibility, Value counts, Value mask, Value sink, double scale,
           std::optional<double> softcap, llvm::function_ref<Value(Cell &)> isVisible);
  Value headOf(Cell &c) {
    return c.add(c.mul(c.index('m'), arith::ConstantIndexOp::create(c.b, groupSize)), c.index('g'));
  }
  /// [B, Hkv, g, …] as the type of a result [B, H, …].
  Value asResult(Value x, Value result) {
    auto type = cast<RankedTensorType>(result.getType());
    return g.cast(g.convert(mergeDims(g, x, 1), type.getElementType()), type);
  }

  GraphBuilder &g;
  int64_t kvHeads, groupSize;
  Value v, products, out;
  SoftmaxGraph softmax;
};
} // namespace

void AttentionGraph::run(const VisibilityGraph &visibility, Value counts, Value mask, Value sink, double scale,
                         std::optional<double> softcap, llvm::function_ref<Value(Cell &)> isVisible) {
  SmallVector<Value> inputs = {products, visibility.queryLengths, visibility.keyLengths, visibility.offsets};
  std::string spec = "bmgst,b,b,b";
  if (counts) {
    inputs.push_back(counts);
    spec += ",bmgst";
  }
  Value z = g.map(spec + "->bmgst", inputs, g.b.getF32Type(), [&](Cell &c) {
    Value z = c.mul(c[0], c.number(scale)), visible = isVisible(c);
    if (softcap)
      z = c.mul(math::TanhOp::create(c.b, arith::DivFOp::create(c.b, z, c.number(*softcap)).getResult()),
                c.number(*softcap));
    if (mask) {
      Value element = maskAt(c, mask, {c.index('b'), headOf(c), c.index('s'), c.index('t')});
      if (element.getType().isInteger(1))
        visible = c.both(visible, element);
      else // −∞ hides, whatever the score is
        z = c.select(c.equal(c.toFloat(element), minusInfinity(c)), minusInfinity(c), c.add(z, c.toFloat(element)));
    }
    if (counts) // a key that counts n times is n keys of one score
      z = c.add(z, math::LogOp::create(c.b, c.toFloat(c[4])));
    return c.select(visible, z, minusInfinity(c));
  });
  Value sinks = sink ? splitDim(g, sink, 0, kvHeads, groupSize) : Value();
  softmax = softmaxOf(g, "bmgst", z, sinks, "mg");
  out = weigh(g, "bmgst,bmtd->bmgsd", softmax.p, v);
}

/// Whether the heads can be split into groups.
template <typename Op> static bool hasStaticHeads(Op op) {
  return !op.getQ().getType().isDynamicDim(1) && !op.getK().getType().isDynamicDim(1);
}

template <typename Op> static std::optional<double> capOf(Op op) {
  return op.getSoftcap() ? std::optional<double>(op.getSoftcap()->convertToFloat()) : std::nullopt;
}

static LogicalResult decomposeCompressedAttention(CompressedAttentionOp op, PatternRewriter &rewriter) {
  if (!hasStaticHeads(op))
    return rewriter.notifyMatchFailure(op, "the number of heads is not static");
  GraphBuilder g(rewriter, op.getLoc());
  int64_t length = op.getLength(), stride = op.getStride();
  AttentionGraph attention(g, op.getQ(), op.getK(), op.getV());
  OpFoldResult tokens = g.sum(g.product(g.size(op.getK(), 2), g.number(stride)), g.number(length - 1));
  VisibilityGraph visibility(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), tokens);
  attention.run(visibility, Value(), op.getMask(), op.getSink(), op.getScale().convertToFloat(), capOf(op),
                [&](Cell &c) {
                  Value last = c.add(c.mul(c.position('t'), c.integer(stride)), c.integer(length - 1));
                  return visibility.sees(c, 1, 's', last);
                });
  SmallVector<Value> results = {attention.asResult(attention.out, op.getResult())};
  for (Value extra : op.getExtras()) {
    if (extra == op.getLse()) {
      results.push_back(attention.asResult(attention.softmax.lse, extra));
      continue;
    }
    auto type = cast<RankedTensorType>(extra.getType());
    Value importance = g.sum("bmgst->bmst", attention.softmax.p);
    results.push_back(g.cast(g.convert(importance, type.getElementType()), type));
  }
  rewriter.replaceOp(op, results);
  return success();
}

static LogicalResult decomposeSelectedAttention(SelectedAttentionOp op, PatternRewriter &rewriter) {
  int64_t lists = op.getIndices().getType().getDimSize(1), heads = op.getQ().getType().getDimSize(1);
  if (!hasStaticHeads(op) || ShapedType::isDynamic(lists) || lists == 0)
    return rewriter.notifyMatchFailure(op, "the number of heads or lists is not static");
  GraphBuilder g(rewriter, op.getLoc());
  OpFoldResult keys = g.size(op.getK(), 2);
  int64_t block = op.getBlock();
  // How often each list names the block of each token.
  Value zero = arith::ConstantOp::create(g.b, g.b.getI64IntegerAttr(0));
  Value counts = g.reduce("bhsn->bhst", op.getIndices(), zero,
                          [&](Cell &c) {
                            Value own =
                                c.equal(c.toInt(c[0]), arith::DivSIOp::create(c.b, c.position('t'), c.integer(block)));
                            Value more = op.getUnionOf() ? c.integer(1) : c.add(c[1], c.integer(1));
                            return c.select(own, more, c[1]);
                          },
                          {{'t', keys}});
  AttentionGraph attention(g, op.getQ(), op.getK(), op.getV());
  if (lists != heads)
    counts = mergeDims(
        g,
        g.map("blst->blrst", counts, g.b.getI64Type(), [](Cell &c) { return c[0]; }, {{'r', g.number(heads / lists)}}),
        1);
  counts = splitDim(g, counts, 1, attention.kvHeads, attention.groupSize);
  VisibilityGraph visibility(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), keys);
  attention.run(visibility, counts, op.getMask(), op.getSink(), op.getScale().convertToFloat(), capOf(op),
                [&](Cell &c) { return c.both(visibility.sees(c, 1, 's', 't'), c.less(c.integer(0), c[4])); });
  SmallVector<Value> results = {attention.asResult(attention.out, op.getResult())};
  if (op.getLse())
    results.push_back(attention.asResult(attention.softmax.lse, op.getLse()));
  rewriter.replaceOp(op, results);
  return success();
}

void hadal::populateSelectionLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<SelectOp, decomposeSelect>, DecomposeBy<CompressedAttentionOp, decomposeCompressedAttention>,
               DecomposeBy<SelectedAttentionOp, decomposeSelectedAttention>>(patterns.getContext());
}
