//===- DecomposeGradient.cpp - Derivatives into linalg ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientGraph.h"
#include "Patterns.h"
#include "SlotBuilder.h"

#include <limits>

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Rows by index
//===----------------------------------------------------------------------===//

/// index / divisor, where there is one.
static Value divided(SlotBuilder &g, Value indices, int64_t divisor) {
  return g.map("s->s", indices, g.b.getI64Type(), [&](Cell &c) {
    Value quotient = arith::DivSIOp::create(c.b, c[0], c.integer(divisor));
    return c.select(c.equal(c[0], c.integer(kNowhere)), c[0], quotient);
  });
}

/// data[indices, …], in f32; 0 at kNowhere.
static Value rowsAt(SlotBuilder &g, Value data, Value indices) { return g.gather(g.wide(data), indices); }

/// Zeros of the sizes of `like`, with the rows added where the indices say; all in f32.
static Value addRows(SlotBuilder &g, Value like, Value indices, Value rows) {
  return g.scatterRows(zerosLike(g, like), indices, rows, ScatterReduction::Add);
}

static Value zero(GraphBuilder &g) { return arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0)); }

static LogicalResult decomposePermuteGrad(PermuteGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Value rows = divided(g, g.somewhere(op.getPermutation()), op.getSlotsPerToken());
  replaceByGradients(g, rewriter, op, addRows(g, op.getX(), rows, g.wide(op.getDOut())));
  return success();
}

static LogicalResult decomposeEmbeddingGrad(EmbeddingGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  int64_t rank = op.getIds().getType().getRank();
  if (rank == 0)
    return rewriter.notifyMatchFailure(op, "a single id");
  Value ids = op.getIds(), rows = g.wide(op.getDOut());
  if (rank > 1) {
    ids = g.flat(ids);
    rows = g.collapse(rows, {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank)), {rank}});
  }
  replaceByGradients(g, rewriter, op, addRows(g, op.getTable(), g.somewhere(ids), rows));
  return success();
}

/// Pairs of a slot and a row of y: one for each slot, or, with a permutation, for each row.
static LogicalResult decomposeCombineGrad(CombineGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Type i64 = g.b.getI64Type();
  int64_t k = op.getWeights().getType().getDimSize(1);
  if (k == 0)
    return rewriter.notifyMatchFailure(op, "no slots");
  Value weights = op.getWeights(), flatWeights = g.flat(weights);
  Value list = op.getPermutation() ? op.getPermutation() : op.getInverse();
  Value slots = g.iota(g.size(op.getPermutation() ? op.getY() : flatWeights, 0)), rows = slots;
  if (list) {
    Value given = g.somewhere(list);
    // What has no partner is no pair.
    Value there = g.map("s,s->s", {given, slots}, i64,
                        [](Cell &c) { return c.select(c.equal(c[0], c.integer(kNowhere)), c[0], c[1]); });
    slots = op.getPermutation() ? given : there;
    rows = op.getPermutation() ? there : given;
  }
  Value cotangents = rowsAt(g, op.getDOut(), divided(g, slots, k)), y = rowsAt(g, op.getY(), rows);
  Value dY = g.map("s,sn->sn", {rowsAt(g, flatWeights, slots), cotangents}, g.b.getF32Type(),
                   [](Cell &c) { return c.mul(c[0], c[1]); });
  Value dWeights = addRows(g, flatWeights, slots, g.contract("sn,sn->s", y, cotangents));
  dWeights = g.expand(dWeights, {{0, 1}}, {g.size(weights, 0), g.number(k)});
  replaceByGradients(g, rewriter, op, {addRows(g, op.getY(), rows, dY), dWeights});
  return success();
}

static LogicalResult decomposeGroupedMatmulGrad(GroupedMatmulGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Type i64 = g.b.getI64Type();
  Value x = op.getX(), w = op.getW(), permutation = op.getPermutation();
  auto isEmpty = [](Value value) { return llvm::is_contained(GraphBuilder::type(value).getShape(), 0); };
  if (isEmpty(x) || isEmpty(w) || isEmpty(op.getDOut())) {
    SmallVector<Value> zeros = {zerosLike(g, x), zerosLike(g, w)};
    if (op.getBias())
      zeros.push_back(zerosLike(g, op.getBias()));
    replaceByGradients(g, rewriter, op, zeros);
    return success();
  }
  OpFoldResult experts = g.size(w, 0);
  Value starts = g.convert(g.slice(op.getOffsets(), 0, g.number(0), experts), i64);
  Value ends = g.convert(g.slice(op.getOffsets(), 0, g.number(1), experts), i64);
  if (op.getCounts())
    ends = g.map("e,e->e", {starts, op.getCounts()}, i64, [](Cell &c) { return c.add(c[0], c.toInt(c[1])); });
  Value slots = permutation ? g.convert(permutation, i64) : g.iota(g.size(x, 0));
  // The expert of each row; rows of −1 and those between the experts' have none.
  Value nowhere = arith::ConstantOp::create(g.b, g.b.getI64IntegerAttr(kNowhere));
  Value expert = g.reduce("e,e,p->p", {starts, ends, slots}, nowhere, [](Cell &c) {
    Value row = c.position('p');
    Value own = c.both(c.both(c.lessEqual(c[0], row), c.less(row, c[1])), c.lessEqual(c.integer(0), c[2]));
    return c.select(own, c.position('e'), c[3]);
  });
  auto where = [&](llvm::function_ref<Value(Cell &)> index) {
    return g.map("p,p->p", {expert, slots}, i64,
                 [&](Cell &c) { return c.select(c.equal(c[0], c.integer(kNowhere)), c[0], index(c)); });
  };
  Value in = where([&](Cell &c) -> Value {
    if (std::optional<uint64_t> slotsPerToken = op.getSlotsPerToken())
      return arith::DivSIOp::create(c.b, c[1], c.integer(*slotsPerToken));
    return c.position('p');
  });
  Value out = where([&](Cell &c) { return op.getScatter() ? c[1] : c.position('p'); });

  Value cotangents = rowsAt(g, op.getDOut(), out), rows = rowsAt(g, x, in);
  bool transposed = op.getTransposed();
  Value dRows = g.contract(transposed ? "pn,pnk->pk" : "pn,pkn->pk", cotangents, rowsAt(g, w, expert));
  auto isOwn = [](Cell &c) { return c.equal(c[2], c.position('e')); };
  Value dW = g.reduce(transposed ? "pk,pn,p->enk" : "pk,pn,p->ekn", {rows, cotangents, expert}, zero(g),
                      [&](Cell &c) { return c.add(c[3], c.select(isOwn(c), c.mul(c[0], c[1]), c.number(0))); },
                      {{'e', experts}});
  SmallVector<Value> results = {addRows(g, x, in, dRows), dW};
  if (op.getBias())
    results.push_back(g.reduce("pn,pn,p->en", {cotangents, cotangents, expert}, zero(g),
                               [&](Cell &c) { return c.add(c[3], c.select(isOwn(c), c[0], c.number(0))); },
                               {{'e', experts}}));
  replaceByGradients(g, rewriter, op, results);
  return success();
}

//===----------------------------------------------------------------------===//
// Routing
//===----------------------------------------------------------------------===//

/// What is 0 in f32 is 0 to the forward operation.
static Value flushed(Cell &c, Value x) {
  Value least = c.number(std::numeric_limits<float>::denorm_min());
  return c.select(c.less(math::AbsFOp::create(c.b, x).getResult(), least), c.number(0), x);
}

static Value routeScores(GraphBuilder &g, RouteGradOp op) {
  Value logits = g.wide(op.getLogits());
  if (op.getScore() == ScoreFunction::Softmax)
    return softmaxOf(g, "te", logits).p;
  return g.map("te->te", logits, g.b.getF32Type(), [&](Cell &c) -> Value {
    switch (op.getScore()) {
    case ScoreFunction::Sigmoid:
      return flushed(c, sigmoid(c, c[0]));
    case ScoreFunction::SqrtSoftplus: {
      // log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|))
      Value size = math::AbsFOp::create(c.b, c[0]), top = arith::MaximumFOp::create(c.b, c[0], c.number(0));
      Value tail = math::Log1pOp::create(c.b, exponential(c, arith::NegFOp::create(c.b, size)));
      return flushed(c, math::SqrtOp::create(c.b, c.add(top, tail)));
    }
    default:
      return c[0];
    }
  });
}

static LogicalResult decomposeRouteGrad(RouteGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  int64_t experts = op.getLogits().getType().getDimSize(1);
  if (experts == 0)
    return rewriter.notifyMatchFailure(op, "no experts");
  ScoreFunction score = op.getScore();
  double scale = op.getScale().convertToFloat(), epsilon = op.getEpsilon().convertToFloat();
  Value scores = routeScores(g, op), indices = op.getIndices();
  auto isAbsent = [](Cell &c, Value index) { return c.less(c.toInt(index), c.integer(0)); };
  bool isChosenSoftmax = score == ScoreFunction::SoftmaxChosen;
  Value u = g.map("tj->tj", indices, f32, [&](Cell &c) {
    Value index = c.select(isAbsent(c, c[0]), c.integer(0), c.toInt(c[0]));
    Value at = arith::IndexCastOp::create(c.b, c.b.getIndexType(), index);
    Value chosen = extract(c, scores, {c.index('t'), at});
    return c.select(isAbsent(c, c[0]), isChosenSoftmax ? minusInfinity(c) : c.number(0), chosen);
  });
  if (isChosenSoftmax)
    u = softmaxOf(g, "tj", u).p;
  Value cotangents = g.map("tj,tj->tj", {indices, op.getDWeights()}, f32,
                           [&](Cell &c) { return c.select(isAbsent(c, c[0]), c.number(0), c.toFloat(c[1])); });

  Value dU = cotangents;
  if (op.getNormalize()) {
    Value sum = g.sum("tj->t", u), weighted = g.contract("tj,tj->t", u, cotangents);
    dU = g.map("tj,t,t->tj", {cotangents, sum, weighted}, f32, [&](Cell &c) {
      Value isFloored = c.less(c[1], c.number(epsilon));
      Value whole = op.getFloor() ? c.select(isFloored, c.number(epsilon), c[1]) : c.add(c[1], c.number(epsilon));
      Value rest = c.sub(c[0], divide(c, c[2], whole));
      Value gradient = divide(c, op.getFloor() ? c.select(isFloored, c[0], rest) : rest, whole);
      return unlessZero(c, whole, c.mul(c.number(scale), gradient));
    });
  } else {
    dU = g.map("tj->tj", cotangents, f32, [&](Cell &c) { return c.mul(c.number(scale), c[0]); });
  }
  if (isChosenSoftmax) {
    Value mean = g.contract("tj,tj->t", u, dU);
    dU = g.map("tj,tj,t->tj", {u, dU, mean}, f32, [](Cell &c) { return c.mul(c[0], c.sub(c[1], c[2])); });
  }
  // Each expert's sum over the slots that chose it.
  Value dScores = g.reduce("tj,tj->te", {indices, dU}, zero(g),
                           [](Cell &c) {
                             Value own = c.equal(c.toInt(c[0]), c.position('e'));
                             return c.add(c[2], c.select(own, c[1], c.number(0)));
                           },
                           {{'e', g.number(experts)}});
  Value result = dScores;
  if (score == ScoreFunction::Softmax) {
    Value mean = g.contract("te,te->t", scores, dScores);
    result = g.map("te,te,t->te", {scores, dScores, mean}, f32, [](Cell &c) { return c.mul(c[0], c.sub(c[1], c[2])); });
  } else if (score == ScoreFunction::Sigmoid) {
    result = g.map("te,te->te", {scores, dScores}, f32,
                   [](Cell &c) { return c.mul(c[1], c.mul(c[0], c.sub(c.number(1), c[0]))); });
  } else if (score == ScoreFunction::SqrtSoftplus) {
    result = g.map("te,te,te->te", {scores, dScores, op.getLogits()}, f32, [](Cell &c) {
      Value slope = divide(c, sigmoid(c, c.toFloat(c[2])), c.mul(c.number(2), c[0]));
      return unlessZero(c, c[0], c.mul(c[1], slope));
    });
  }
  replaceByGradients(g, rewriter, op, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static LogicalResult decomposeActivationGrad(ActivationGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  std::string letters = lettersFor(op.getX());
  Value dX = g.map(letters + "," + letters + "->" + letters, {op.getX(), op.getDOut()}, g.b.getF32Type(), [&](Cell &c) {
    Value slope = activationSlopeOf(c, c.toFloat(c[0]), op.getActivation(), op.getAlpha().convertToFloat());
    return c.mul(slope, c.toFloat(c[1]));
  });
  replaceByGradients(g, rewriter, op, dX);
  return success();
}

static LogicalResult decomposeGatedActivationGrad(GatedActivationGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  RankedTensorType type = op.getX().getType();
  std::string letters = lettersFor(op.getX());
  char last = letters.back();
  int64_t half = type.getShape().back() / 2;
  GateOrder order = op.getGateOrder();
  double limit = op.getLimit() ? op.getLimit()->convertToFloat() : INFINITY;
  SmallVector<std::pair<char, OpFoldResult>> sizes;
  for (auto [dim, letter] : llvm::enumerate(letters))
    sizes.push_back({letter, g.size(op.getX(), dim)});
  Value dX = g.map(
      "->" + letters, {}, g.b.getF32Type(),
      [&](Cell &c) {
        auto number = [&](int64_t value) { return arith::ConstantIndexOp::create(c.b, value).getResult(); };
        Value column = c.index(last), isGate, i, gateAt, upAt;
        if (order == GateOrder::Interleaved) {
          i = arith::DivSIOp::create(c.b, column, number(2));
          gateAt = c.mul(i, number(2));
          upAt = c.add(gateAt, number(1));
        } else {
          i = arith::RemSIOp::create(c.b, column, number(half));
          gateAt = order == GateOrder::GateFirst ? i : c.add(i, number(half));
          upAt = order == GateOrder::GateFirst ? c.add(i, number(half)) : i;
        }
        isGate = c.equal(column, gateAt);
        SmallVector<Value> at;
        for (char letter : letters)
          at.push_back(c.index(letter));
        auto element = [&](Value tensor, Value column) {
          at.back() = column;
          return c.toFloat(extract(c, tensor, at));
        };
        Value gate = element(op.getX(), gateAt), up = element(op.getX(), upAt), cotangent = element(op.getDOut(), i);
        Value within = gate, upWithin = up, isGateBeyond, isUpBeyond;
        if (op.getLimit()) {
          Value most = c.number(limit), least = c.number(-limit);
          isGateBeyond = c.less(most, gate);
          isUpBeyond = c.either(c.less(most, up), c.less(up, least));
          within = c.select(isGateBeyond, most, gate);
          upWithin = c.select(c.less(most, up), most, c.select(c.less(up, least), least, up));
        }
        double alpha = op.getAlpha().convertToFloat();
        upWithin = c.add(upWithin, c.number(op.getUpOffset().convertToFloat()));
        Value dGate = c.mul(c.mul(cotangent, upWithin), activationSlopeOf(c, within, op.getActivation(), alpha));
        Value dUp = c.mul(cotangent, activate(c, within, op.getActivation(), alpha));
        if (op.getLimit()) {
          dGate = c.select(isGateBeyond, c.number(0), dGate);
          dUp = c.select(isUpBeyond, c.number(0), dUp);
        }
        return c.select(isGate, dGate, dUp);
      },
      sizes);
  replaceByGradients(g, rewriter, op, dX);
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Sums over the last of `letters`, divided by its size.
static Value meanOf(GraphBuilder &g, StringRef letters, Value a, Value b, Value size) {
  StringRef rows = letters.drop_back();
  Value sum = g.contract((letters + "," + letters + "->" + rows).str(), a, b);
  return g.map((rows + "->" + rows).str(), sum, g.b.getF32Type(),
               [&](Cell &c) { return divide(c, c[0], c.toFloat(size)); });
}

/// The size of the last dimension of x as a float.
static Value lastSize(GraphBuilder &g, Value x) {
  Value size = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), g.size(x, -1));
  Value integer = arith::IndexCastOp::create(g.b, g.b.getI64Type(), size);
  return arith::SIToFPOp::create(g.b, g.b.getF32Type(), integer);
}

/// 1 / sqrt(x + epsilon)
static Value inverseRoot(GraphBuilder &g, StringRef rows, Value x, const APFloat &epsilon) {
  return g.map((rows + "->" + rows).str(), x, g.b.getF32Type(), [&](Cell &c) {
    Value root = math::SqrtOp::create(c.b, c.add(c[0], c.number(epsilon.convertToFloat())));
    return divide(c, c.number(1), root);
  });
}

static LogicalResult decomposeRMSNormGrad(RMSNormGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  Value x = g.wide(op.getX()), dOut = op.getDOut(), size = lastSize(g, x);
  std::string all = lettersFor(x), rows = all.substr(0, all.size() - 1);
  std::string last = all.substr(rows.size());
  Value r = inverseRoot(g, rows, meanOf(g, all, x, x, size), op.getEpsilon()), e = g.wide(dOut);
  if (op.getWeight())
    e = g.map(all + "," + last + "->" + all, {e, op.getWeight()}, f32, [&](Cell &c) {
      double offset = op.getWeightOffset() ? op.getWeightOffset()->convertToFloat() : 0;
      return c.mul(c[0], c.add(c.toFloat(c[1]), c.number(offset)));
    });
  Value mean = meanOf(g, all, x, e, size);
  Value dX = g.map(all + "," + all + "," + rows + "," + rows + "->" + all, {x, e, r, mean}, f32, [](Cell &c) {
    Value cube = c.mul(c.mul(c[2], c[2]), c[2]);
    return c.sub(c.mul(c[2], c[1]), c.mul(c.mul(cube, c[0]), c[3]));
  });
  SmallVector<Value> results = {dX};
  if (op.getWeight())
    results.push_back(g.reduce(all + "," + all + "," + rows + "->" + last, {x, dOut, r}, zero(g),
                               [](Cell &c) { return c.add(c[3], c.mul(c.mul(c[2], c[0]), c.toFloat(c[1]))); }));
  replaceByGradients(g, rewriter, op, results);
  return success();
}

static LogicalResult decomposeLayerNormGrad(LayerNormGradOp op, PatternRewriter &rewriter) {
  SlotBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  Value x = g.wide(op.getX()), dOut = op.getDOut(), size = lastSize(g, x);
  std::string all = lettersFor(x), rows = all.substr(0, all.size() - 1);
  std::string last = all.substr(rows.size()), withRow = all + "," + rows + "->" + all;
  auto mean = [&](Value y) {
    return g.map(rows + "->" + rows, g.sum(all + "->" + rows, y), f32, [&](Cell &c) { return divide(c, c[0], size); });
  };
  Value centred = g.map(withRow, {x, mean(x)}, f32, [](Cell &c) { return c.sub(c[0], c[1]); });
  Value r = inverseRoot(g, rows, meanOf(g, all, centred, centred, size), op.getEpsilon());
  Value y = g.map(withRow, {centred, r}, f32, [](Cell &c) { return c.mul(c[0], c[1]); });
  Value e = g.wide(dOut);
  if (op.getWeight())
    e = g.map(all + "," + last + "->" + all, {e, op.getWeight()}, f32,
              [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
  Value dX = g.map(all + "," + all + "," + rows + "," + rows + "," + rows + "->" + all,
                   {e, y, r, mean(e), meanOf(g, all, y, e, size)}, f32,
                   [](Cell &c) { return c.mul(c[2], c.sub(c.sub(c[0], c[3]), c.mul(c[1], c[4]))); });
  SmallVector<Value> results = {dX};
  if (op.getWeight())
    results.push_back(g.contract(all + "," + all + "->" + last, y, dOut));
  if (op.getBias())
    results.push_back(g.sum(all + "->" + last, dOut));
  replaceByGradients(g, rewriter, op, results);
  return success();
}

/// The transpose of a rotation is the rotation backwards, whatever factor its angles carry.
static LogicalResult decomposeRopeGrad(RopeGradOp op, PatternRewriter &rewriter) {
  rewriter.replaceOpWithNewOp<RopeOp>(op, op.getDX().getType(), op.getDOut(), op.getCos(), op.getSin(),
                                      op.getOutLayout(), op.getInLayout(), op.getRotatedAttr(), !op.getInverse());
  return success();
}

void hadal::populateGradientPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<RopeGradOp, decomposeRopeGrad>>(patterns.getContext());
  populateAttentionGradientPartsPatterns(patterns);
}

void hadal::populateGradientLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<PermuteGradOp, decomposePermuteGrad>, DecomposeBy<EmbeddingGradOp, decomposeEmbeddingGrad>,
               DecomposeBy<CombineGradOp, decomposeCombineGrad>,
               DecomposeBy<GroupedMatmulGradOp, decomposeGroupedMatmulGrad>,
               DecomposeBy<RouteGradOp, decomposeRouteGrad>, DecomposeBy<ActivationGradOp, decomposeActivationGrad>,
               DecomposeBy<GatedActivationGradOp, decomposeGatedActivationGrad>,
               DecomposeBy<RMSNormGradOp, decomposeRMSNormGrad>, DecomposeBy<LayerNormGradOp, decomposeLayerNormGrad>>(
      patterns.getContext());
  populateAttentionGradientLinalgPatterns(patterns);
  populateCompressGradientLinalgPatterns(patterns);
}
