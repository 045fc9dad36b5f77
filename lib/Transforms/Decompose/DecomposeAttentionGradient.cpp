//===- DecomposeAttentionGradient.cpp - Derivatives of attention into linalg -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientGraph.h"
#include "SlotBuilder.h"
#include "VisibilityGraph.h"

using namespace mlir;
using namespace hadal;

namespace {

/// The derivative of attention in the letters b, m (kv head), g (head of its group), s, t, d, e (columns of values).
template <typename Op> class AttentionGradient {
public:
  AttentionGradient(GraphBuilder &g, Op op)
      : g(g), op(op), f32(g.b.getF32Type()), kvHeads(op.getK().getType().getDimSize(1)),
        groupSize(op.getQ().getType().getDimSize(1) / std::max<int64_t>(kvHeads, 1)), q(grouped(op.getQ())),
        dOut(grouped(op.getDOut())) {}

  /// Whether the heads can be split into groups.
  static bool isStatic(Op op) {
    RankedTensorType q = op.getQ().getType(), k = op.getK().getType();
    return !q.isDynamicDim(1) && !k.isDynamicDim(1) && k.getDimSize(1) > 0;
  }

  /// `isVisible` has the elements of `visibility` as arguments 1, 2, 3 and that of `counts`, if any, as argument 4.
  SmallVector<Value> build(const VisibilityGraph &visibility, Value counts,
                           llvm::function_ref<Value(Cell &)> isVisible);
  /// [B, H, …] as [B, m, g, …].
  Value grouped(Value x) { return splitDim(g, x, 1, kvHeads, groupSize); }

private:
  Value scores(const VisibilityGraph &visibility, Value counts, llvm::function_ref<Value(Cell &)> isVisible);
  /// The derivative by scale · q · k, 0 for hidden keys.
  Value scoreGradient(const SoftmaxGraph &softmax, Value z, Value dp, Value mean);

  GraphBuilder &g;
  Op op;
  Type f32;
  int64_t kvHeads, groupSize;
  Value q, dOut, products;
};

} // namespace

template <typename Op>
Value AttentionGradient<Op>::scores(const VisibilityGraph &visibility, Value counts,
                                    llvm::function_ref<Value(Cell &)> isVisible) {
  SmallVector<Value> inputs = {products, visibility.queryLengths, visibility.keyLengths, visibility.offsets};
  std::string spec = "bmgst,b,b,b";
  if (counts) {
    inputs.push_back(counts);
    spec += ",bmgst";
  }
  return g.map(spec + "->bmgst", inputs, f32, [&](Cell &c) {
    Value z = c.mul(c[0], c.number(op.getScale().convertToFloat())), visible = isVisible(c);
    if (op.getSoftcap()) {
      Value cap = c.number(op.getSoftcap()->convertToFloat());
      z = c.mul(cap, math::TanhOp::create(c.b, divide(c, z, cap)));
    }
    if (Value mask = op.getMask()) {
      Value head = c.add(c.mul(c.index('m'), arith::ConstantIndexOp::create(c.b, groupSize)), c.index('g'));
      Value element = maskAt(c, mask, {c.index('b'), head, c.index('s'), c.index('t')});
      if (element.getType().isInteger(1))
        visible = c.both(visible, element);
      else // −∞ hides, whatever the score is
        z = c.select(c.equal(c.toFloat(element), minusInfinity(c)), minusInfinity(c), c.add(z, c.toFloat(element)));
    }
    if (counts) // a key that counts n times is n keys of one score
      z = c.add(z, math::LogOp::create(c.b, c.toFloat(c[4])));
    return c.select(visible, z, minusInfinity(c));
  });
}

template <typename Op>
Value AttentionGradient<Op>::scoreGradient(const SoftmaxGraph &softmax, Value z, Value dp, Value mean) {
  SmallVector<Value> inputs = {softmax.p, dp, mean, z, products};
  std::string spec = "bmgst,bmgst,bmgs,bmgst,bmgst";
  if (op.getDLse()) {
    llvm::append_values(inputs, grouped(op.getDLse()), softmax.lse);
    spec += ",bmgs,bmgs";
  }
  return g.map(spec + "->bmgst", inputs, f32, [&](Cell &c) {
    Value dz = unlessZero(c, c[0], c.mul(c[0], c.sub(c[1], c[2])));
    if (op.getDLse())
      dz = c.add(dz, c.mul(c.toFloat(c[5]), exponential(c, c.sub(c[3], c[6]))));
    Value scale = c.number(op.getScale().convertToFloat()), dx = c.mul(dz, scale);
    if (op.getSoftcap()) {
      Value x = divide(c, c.mul(c[4], scale), c.number(op.getSoftcap()->convertToFloat()));
      Value tangent = math::TanhOp::create(c.b, x);
      dx = c.mul(dx, c.sub(c.number(1), c.mul(tangent, tangent)));
    }
    return c.select(c.equal(c[3], minusInfinity(c)), c.number(0), dx);
  });
}

template <typename Op>
SmallVector<Value> AttentionGradient<Op>::build(const VisibilityGraph &visibility, Value counts,
                                                llvm::function_ref<Value(Cell &)> isVisible) {
  products = g.contract("bmgsd,bmtd->bmgst", q, op.getK());
  Value z = scores(visibility, counts, isVisible);
  Value sink = op.getSink() ? splitDim(g, op.getSink(), 0, kvHeads, groupSize) : Value();
  SoftmaxGraph softmax = softmaxOf(g, "bmgst", z, sink, "mg");

  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  Value dp = g.contract("bmgse,bmte->bmgst", dOut, op.getV());
  Value mean = g.reduce("bmgst,bmgst->bmgs", {softmax.p, dp}, zero,
                        [](Cell &c) { return c.add(c[2], unlessZero(c, c[0], c.mul(c[0], c[1]))); });
  Value dx = scoreGradient(softmax, z, dp, mean);
  SmallVector<Value> results = {mergeDims(g, weigh(g, "bmgst,bmtd->bmgsd", dx, op.getK()), 1),
                                weigh(g, "bmgst,bmgsd->bmtd", dx, q), weigh(g, "bmgst,bmgse->bmte", softmax.p, dOut)};
  if (sink) {
    Value dSink = g.reduce("bmgs,bmgs,mg->mg", {softmax.lse, mean, sink}, zero, [](Cell &c) {
      // The sink's part of the denominator; 1 beside nothing visible, whose mean is 0.
      Value part = sigmoid(c, c.sub(c.toFloat(c[2]), c[0]));
      return c.sub(c[3], c.mul(part, c[1]));
    });
    results.push_back(mergeDims(g, dSink, 0));
  }
  return results;
}

static LogicalResult decomposeAttentionGrad(AttentionGradOp op, PatternRewriter &rewriter) {
  if (!AttentionGradient<AttentionGradOp>::isStatic(op))
    return rewriter.notifyMatchFailure(op, "the number of heads is not static");
  GraphBuilder g(rewriter, op.getLoc());
  AttentionGradient<AttentionGradOp> gradient(g, op);
  VisibilityGraph visibility(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), g.size(op.getK(), 2));
  replaceByGradients(g, rewriter, op,
                     gradient.build(visibility, Value(), [&](Cell &c) { return visibility.sees(c, 1, 's', 't'); }));
  return success();
}

static LogicalResult decomposeCompressedGrad(CompressedAttentionGradOp op, PatternRewriter &rewriter) {
  if (!AttentionGradient<CompressedAttentionGradOp>::isStatic(op))
    return rewriter.notifyMatchFailure(op, "the number of heads is not static");
  GraphBuilder g(rewriter, op.getLoc());
  int64_t length = op.getLength(), stride = op.getStride();
  AttentionGradient<CompressedAttentionGradOp> gradient(g, op);
  OpFoldResult tokens = g.sum(g.product(g.size(op.getK(), 2), g.number(stride)), g.number(length - 1));
  VisibilityGraph visibility(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), tokens);
  replaceByGradients(g, rewriter, op, gradient.build(visibility, Value(), [&](Cell &c) {
    Value last = c.add(c.mul(c.position('t'), c.integer(stride)), c.integer(length - 1));
    return visibility.sees(c, 1, 's', last);
  }));
  return success();
}

static LogicalResult decomposeSelectedGrad(SelectedAttentionGradOp op, PatternRewriter &rewriter) {
  int64_t lists = op.getIndices().getType().getDimSize(1), heads = op.getQ().getType().getDimSize(1);
  if (!AttentionGradient<SelectedAttentionGradOp>::isStatic(op) || ShapedType::isDynamic(lists) || lists == 0)
    return rewriter.notifyMatchFailure(op, "the number of heads or lists is not static");
  GraphBuilder g(rewriter, op.getLoc());
  OpFoldResult keys = g.size(op.getK(), 2);
  // How often each list names the block of each token.
  Value zero = arith::ConstantOp::create(g.b, g.b.getI64IntegerAttr(0));
  Value counts = g.reduce("bhsn->bhst", op.getIndices(), zero,
                          [&](Cell &c) {
                            Value block = arith::DivSIOp::create(c.b, c.position('t'), c.integer(op.getBlock()));
                            Value more = op.getUnionOf() ? c.integer(1) : c.add(c[1], c.integer(1));
                            return c.select(c.equal(c.toInt(c[0]), block), more, c[1]);
                          },
                          {{'t', keys}});
  if (lists != heads)
    counts = mergeDims(
        g,
        g.map("blst->blrst", counts, g.b.getI64Type(), [](Cell &c) { return c[0]; }, {{'r', g.number(heads / lists)}}),
        1);
  AttentionGradient<SelectedAttentionGradOp> gradient(g, op);
  VisibilityGraph visibility(g, op, g.size(op.getQ(), 0), g.size(op.getQ(), 2), keys);
  replaceByGradients(g, rewriter, op, gradient.build(visibility, gradient.grouped(counts), [&](Cell &c) {
    return c.both(visibility.sees(c, 1, 's', 't'), c.less(c.integer(0), c[4]));
  }));
  return success();
}

// Slices of tensors without elements are no slices to the verifier, and the derivative of nothing is 0.
/// The results are of the sizes of `operands` and, if there is one, of `sink`.
static LogicalResult replaceByZeros(GraphBuilder &g, PatternRewriter &rewriter, Operation *op,
                                    SmallVector<Value> operands, Value sink = Value()) {
  if (sink)
    operands.push_back(sink);
  SmallVector<Value> zeros;
  for (Value operand : operands)
    zeros.push_back(zerosLike(g, operand));
  replaceByGradients(g, rewriter, op, zeros);
  return success();
}

/// The expanded keys and values of every head, in f32; then the derivative of their attention, and of the expansion.
static LogicalResult decomposeLatentGrad(LatentAttentionGradOp op, PatternRewriter &rewriter) {
  int64_t heads = op.getQNope().getType().getDimSize(1), nope = op.getQNope().getType().getDimSize(3);
  int64_t rope = op.getQPe().getType().getDimSize(3), columns = op.getWKv().getType().getDimSize(2);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(nope) || ShapedType::isDynamic(rope) ||
      ShapedType::isDynamic(columns) || heads == 0)
    return rewriter.notifyMatchFailure(op, "the number of heads or a head size is not static");
  GraphBuilder g(rewriter, op.getLoc());
  if (isEmpty(op.getQNope()) || isEmpty(op.getQPe()) || isEmpty(op.getLatent())) {
    SmallVector<Value> operands = {op.getQNope(), op.getQPe(), op.getLatent(), op.getKPe(), op.getWKv()};
    return replaceByZeros(g, rewriter, op, operands, op.getSink());
  }
  auto part = [&](Value x, int64_t from, int64_t size) { return g.slice(x, 3, g.number(from), g.number(size)); };
  Value kv = g.contract("btl,lhd->bhtd", op.getLatent(), op.getWKv());
  Value kPe =
      g.map("btd->bhtd", g.wide(op.getKPe()), g.b.getF32Type(), [](Cell &c) { return c[0]; }, {{'h', g.number(heads)}});
  Value k = g.concat(3, {part(kv, 0, nope), kPe}), v = part(kv, nope, columns - nope);
  Value q = g.concat(3, {g.wide(op.getQNope()), g.wide(op.getQPe())});
  Type dSink = op.getSink() ? op.getDSink().getType() : Type();
  auto attention = AttentionGradOp::create(
      g.b, q.getType(), k.getType(), v.getType(), dSink, q, k, v, g.wide(op.getDOut()), op.getDLse(), op.getMask(),
      op.getSink(), op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getScaleAttr(), op.getCausalAttr(),
      op.getOffsetAttr(), op.getWindowAttr(), op.getSoftcapAttr());
  Value dQ = attention.getDQ(), dK = attention.getDK();
  Value dKv = g.concat(3, {part(dK, 0, nope), attention.getDV()});
  SmallVector<Value> results = {part(dQ, 0, nope), part(dQ, nope, rope), g.contract("bhtd,lhd->btl", dKv, op.getWKv()),
                                g.sum("bhtd->btd", part(dK, nope, rope)),
                                weigh(g, "bhtd,btl->lhd", dKv, op.getLatent())};
  if (op.getSink())
    results.push_back(attention.getDSink());
  replaceByGradients(g, rewriter, op, results);
  return success();
}

/// Which keys a query of packed sequences sees, [1, 1, Sq, Sk]: those of its own sequence, as far as causality and the
/// window allow.
static Value packedMask(GraphBuilder &g, VarlenAttentionGradOp op) {
  OpFoldResult sequences = g.sum(g.size(op.getCuQ(), 0), g.number(-1));
  auto part = [&](Value lengths, int64_t from) { return g.slice(lengths, 0, g.number(from), sequences); };
  Value none = arith::ConstantOp::create(g.b, g.b.getBoolAttr(false));
  Value seen = g.reduce(
      "n,n,n,n->st", {part(op.getCuQ(), 0), part(op.getCuQ(), 1), part(op.getCuKv(), 0), part(op.getCuKv(), 1)}, none,
      [&](Cell &c) {
        Value s = c.position('s'), t = c.position('t'), queryEnd = c.toInt(c[1]), keyEnd = c.toInt(c[3]);
        Value own = c.both(c.lessEqual(c.toInt(c[0]), s), c.less(s, queryEnd));
        own = c.both(own, c.both(c.lessEqual(c.toInt(c[2]), t), c.less(t, keyEnd)));
        // The last query of a sequence stands at its last key.
        Value position = c.add(s, c.sub(keyEnd, queryEnd));
        if (op.getCausal())
          own = c.both(own, c.lessEqual(t, position));
        if (op.getWindow())
          own = c.both(own, c.less(c.sub(position, c.integer(*op.getWindow())), t));
        return c.either(c[4], own);
      },
      {{'s', g.size(op.getQ(), 0)}, {'t', g.size(op.getK(), 0)}});
  return g.expand(seen, {{0, 1, 2}, {3}}, {g.number(1), g.number(1), g.size(seen, 0), g.size(seen, 1)});
}

/// One batch entry, whose mask keeps the sequences apart.
static LogicalResult decomposeVarlenGrad(VarlenAttentionGradOp op, PatternRewriter &rewriter) {
  if (op.getCuQ().getType().getDimSize(0) == 1 || op.getCuKv().getType().getDimSize(0) == 1)
    return rewriter.notifyMatchFailure(op, "there is no sequence");
  GraphBuilder g(rewriter, op.getLoc());
  auto asBatch = [&](Value x) {
    Value byHead = g.transpose("shd->hsd", x);
    return g.expand(byHead, {{0, 1}, {2}, {3}}, {g.number(1), g.size(byHead, 0), g.size(byHead, 1), g.size(byHead, 2)});
  };
  auto packed = [&](Value x) { return g.transpose("hsd->shd", g.collapse(x, {{0, 1}, {2}, {3}})); };
  Value q = asBatch(op.getQ()), k = asBatch(op.getK()), v = asBatch(op.getV()), dLse = op.getDLse();
  if (dLse)
    dLse = g.expand(dLse, {{0, 1}, {2}}, {g.number(1), g.size(dLse, 0), g.size(dLse, 1)});
  Type dSink = op.getSink() ? op.getDSink().getType() : Type();
  auto attention = AttentionGradOp::create(
      g.b, q.getType(), k.getType(), v.getType(), dSink, q, k, v, asBatch(op.getDOut()), dLse, packedMask(g, op),
      op.getSink(), /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(), op.getScaleAttr(),
      /*causal=*/UnitAttr(), /*offset=*/IntegerAttr(), /*window=*/IntegerAttr(), op.getSoftcapAttr());
  SmallVector<Value> results = {packed(attention.getDQ()), packed(attention.getDK()), packed(attention.getDV())};
  if (op.getSink())
    results.push_back(attention.getDSink());
  replaceByGradients(g, rewriter, op, results);
  return success();
}

static LogicalResult decomposeMergeGrad(MergeAttentionGradOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0)), dOut = op.getDOut(), dLse = op.getDLse();
  if (isEmpty(op.getLses().front())) {
    SmallVector<Value> operands(op.getOuts());
    llvm::append_range(operands, op.getLses());
    return replaceByZeros(g, rewriter, op, operands, op.getSink());
  }
  // An attention over the parts, one key for each: scores [B, H, S, n].
  SmallVector<Value> columns, partial;
  for (Value lse : op.getLses())
    columns.push_back(g.map("bhs->bhsn", lse, f32, [](Cell &c) { return c.toFloat(c[0]); }, {{'n', g.number(1)}}));
  Value sink = op.getSink();
  SoftmaxGraph softmax = softmaxOf(g, "bhsn", g.concat(3, columns), sink, sink ? "h" : "");
  SmallVector<Value> weights, dOuts, dLses;
  Value whole; // d_out · out
  for (auto [n, out] : llvm::enumerate(op.getOuts())) {
    Value weight = mergeDims(g, g.slice(softmax.p, 3, g.number(n), g.number(1)), 2);
    weights.push_back(weight);
    dOuts.push_back(g.map("bhs,bhsd->bhsd", {weight, dOut}, f32,
                          [](Cell &c) { return unlessZero(c, c[0], c.mul(c[0], c.toFloat(c[1]))); }));
    partial.push_back(g.reduce("bhs,bhsd,bhsd->bhs", {weight, dOut, out}, zero, [](Cell &c) {
      return c.add(c[3], unlessZero(c, c[0], c.mul(c.toFloat(c[1]), c.toFloat(c[2]))));
    }));
    Value term = g.map("bhs,bhs->bhs", {weight, partial.back()}, f32, [](Cell &c) { return c.mul(c[0], c[1]); });
    whole = whole ? g.map("bhs,bhs->bhs", {whole, term}, f32, [](Cell &c) { return c.add(c[0], c[1]); }) : term;
  }
  for (auto [n, lse] : llvm::enumerate(op.getLses())) {
    SmallVector<Value> inputs = {weights[n], partial[n], whole, lse, softmax.lse};
    if (dLse)
      inputs.push_back(dLse);
    dLses.push_back(
        g.map(dLse ? "bhs,bhs,bhs,bhs,bhs,bhs->bhs" : "bhs,bhs,bhs,bhs,bhs->bhs", inputs, f32, [&](Cell &c) {
          Value gradient = c.mul(c[0], c.sub(c[1], c[2])), own = c.toFloat(c[3]);
          if (dLse)
            gradient = c.add(gradient, c.mul(exponential(c, c.sub(own, c[4])), c.toFloat(c[5])));
          return c.select(c.equal(own, minusInfinity(c)), c.number(0), gradient);
        }));
  }
  SmallVector<Value> results(dOuts);
  llvm::append_range(results, dLses);
  if (sink)
    results.push_back(g.reduce("bhs,bhs,h->h", {softmax.lse, whole, sink}, zero, [](Cell &c) {
      return c.sub(c[3], c.mul(sigmoid(c, c.sub(c.toFloat(c[2]), c[0])), c[1]));
    }));
  replaceByGradients(g, rewriter, op, results);
  return success();
}

static LogicalResult decomposeIndexerGrad(IndexerScoresGradOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  Value x = g.contract("bhsd,btd->bhst", op.getQ(), op.getK()), dOut = mergeDims(g, g.wide(op.getDOut()), 1);
  // [B, S, T]
  SmallVector<Value> inputs = {dOut};
  if (op.getKScales())
    inputs.push_back(op.getKScales());
  Value cotangents = g.map(op.getKScales() ? "bst,bt->bst" : "bst->bst", inputs, f32, [&](Cell &c) {
    Value scaled = c.mul(c[0], c.number(op.getScale().convertToFloat()));
    return unlessZero(c, c[0], op.getKScales() ? c.mul(scaled, c.toFloat(c[1])) : scaled);
  });
  Value weights = g.transpose("bsh->bhs", g.wide(op.getW())),
        zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  if (op.getQScales())
    weights =
        g.map("bhs,bhs->bhs", {weights, op.getQScales()}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
  Value dX = g.map("bhst,bst,bhs->bhst", {x, cotangents, weights}, f32, [](Cell &c) {
    return unlessZero(c, c[1], c.mul(c.mul(c[1], c[2]), activationSlopeOf(c, c[0], Activation::Relu, 1)));
  });
  Value dW = g.reduce("bhst,bst->bsh", {x, cotangents}, zero, [](Cell &c) {
    return c.add(c[2], unlessZero(c, c[1], c.mul(c[1], activate(c, c[0], Activation::Relu, 1))));
  });
  if (op.getQScales())
    dW = g.map("bsh,bhs->bsh", {dW, op.getQScales()}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
  replaceByGradients(g, rewriter, op,
                     {weigh(g, "bhst,btd->bhsd", dX, op.getK()), weigh(g, "bhst,bhsd->btd", dX, op.getQ()), dW});
  return success();
}

static LogicalResult decomposeGatedCombineGrad(GatedCombineGradOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  SmallVector<Value> results, columns;
  if (isEmpty(op.getGates())) {
    SmallVector<Value> operands(op.getBranches());
    operands.push_back(op.getGates());
    return replaceByZeros(g, rewriter, op, operands);
  }
  for (auto [n, branch] : llvm::enumerate(op.getBranches())) {
    Value gate = mergeDims(g, g.slice(op.getGates(), 3, g.number(n), g.number(1)), 2);
    Value weight = g.map("bhs->bhs", gate, f32,
                         [&](Cell &c) { return op.getSigmoid() ? sigmoid(c, c.toFloat(c[0])) : c.toFloat(c[0]); });
    results.push_back(
        g.map("bhs,bhsd->bhsd", {weight, op.getDOut()}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); }));
    Value product = g.contract("bhsd,bhsd->bhs", branch, op.getDOut());
    columns.push_back(g.map("bhs,bhs->bhsn", {product, weight}, f32,
                            [&](Cell &c) {
                              if (!op.getSigmoid())
                                return c[0];
                              return c.mul(c[0], c.mul(c[1], c.sub(c.number(1), c[1])));
                            },
                            {{'n', g.number(1)}}));
  }
  results.push_back(g.concat(3, columns));
  replaceByGradients(g, rewriter, op, results);
  return success();
}

void hadal::populateAttentionGradientPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<LatentAttentionGradOp, decomposeLatentGrad>,
               DecomposeBy<VarlenAttentionGradOp, decomposeVarlenGrad>>(patterns.getContext());
}

void hadal::populateAttentionGradientLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<AttentionGradOp, decomposeAttentionGrad>,
               DecomposeBy<CompressedAttentionGradOp, decomposeCompressedGrad>,
               DecomposeBy<SelectedAttentionGradOp, decomposeSelectedGrad>,
               DecomposeBy<MergeAttentionGradOp, decomposeMergeGrad>,
               DecomposeBy<IndexerScoresGradOp, decomposeIndexerGrad>,
               DecomposeBy<GatedCombineGradOp, decomposeGatedCombineGrad>>(patterns.getContext());
}
