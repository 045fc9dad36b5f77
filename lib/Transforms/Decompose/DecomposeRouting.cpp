//===- DecomposeRouting.cpp - Routing of tokens to experts ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SlotBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// route
//===----------------------------------------------------------------------===//

namespace {
/// Builds one router. Letters: t tokens, e experts, g groups, i experts of a group, j choices.
class RouteBuilder : public SlotBuilder {
public:
  RouteBuilder(RouteOp op, PatternRewriter &rewriter)
      : SlotBuilder(rewriter, op.getLoc()), op(op), experts(type(op.getLogits()).getDimSize(1)) {}

  /// The weights and the indices.
  std::pair<Value, Value> build();

private:
  Value zero() { return arith::ConstantOp::create(b, b.getF32FloatAttr(0)); }
  /// e^(x − maximum) of each row over its sum.
  Value softmax(Value x);
  Value scoresOf(Value logits);
  /// −inf, or what the router says, in place of the choices of groups that are not kept.
  Value keepGroups(Value choice);
  Value weightsOf(Value scores, Value indices);
  std::pair<Value, Value> topk(Value x, int64_t k);

  RouteOp op;
  int64_t experts;
};
} // namespace

std::pair<Value, Value> RouteBuilder::topk(Value x, int64_t k) {
  SmallVector<int64_t> shape(type(x).getShape());
  shape.back() = k;
  Value count = arith::ConstantIndexOp::create(b, k);
  auto best = TopKOp::create(b, type(x).clone(shape), type(x).clone(shape, i64()), x, count, /*largest=*/true);
  return {best.getValues(), best.getIndices()};
}

Value RouteBuilder::softmax(Value x) {
  Value power = map("te,t->te", {x, maximum("te->t", x)}, f32(),
                    [](Cell &c) { return math::ExpOp::create(c.b, c.sub(c[0], c[1])).getResult(); });
  return map("te,t->te", {power, sum("te->t", power)}, f32(),
             [](Cell &c) { return arith::DivFOp::create(c.b, c[0], c[1]).getResult(); });
}

Value RouteBuilder::scoresOf(Value logits) {
  switch (op.getScore()) {
  case ScoreFunction::Identity:
  case ScoreFunction::SoftmaxChosen:
    return logits;
  case ScoreFunction::Softmax:
    return softmax(logits);
  case ScoreFunction::Sigmoid:
    return map("te->te", logits, f32(), [](Cell &c) { return sigmoid(c, c[0]); });
  case ScoreFunction::SqrtSoftplus:
    return map("te->te", logits, f32(), [](Cell &c) -> Value {
      // log(1 + e^x) = max(x, 0) + log(1 + e^−|x|)
      Value power = math::ExpOp::create(c.b, arith::NegFOp::create(c.b, math::AbsFOp::create(c.b, c[0])));
      Value positive = arith::MaximumFOp::create(c.b, c[0], c.number(0));
      return math::SqrtOp::create(c.b, c.add(positive, math::Log1pOp::create(c.b, power)));
    });
  }
  llvm_unreachable("a score function");
}

Value RouteBuilder::keepGroups(Value choice) {
  int64_t groups = op.getGroups(), size = experts / groups;
  Value byGroup = expand(choice, {{0}, {1, 2}}, {this->size(choice, 0), number(groups), number(size)});
  Value best = topk(byGroup, op.getGroupScore() == GroupScore::Sum2 ? 2 : 1).first;
  Value kept = topk(sum("tgi->tg", best), op.getKeptGroups()).second;
  Value none = arith::ConstantOp::create(b, b.getBoolAttr(false));
  Value isKept = reduce("tj->te", kept, none,
                        [&](Cell &c) {
                          Value group = arith::DivSIOp::create(c.b, c.position('e'), c.integer(size));
                          return c.either(c[1], c.equal(c[0], group));
                        },
                        {{'e', number(experts)}});
  double fill = op.getGroupFill() ? op.getGroupFill()->convertToFloat() : -INFINITY;
  return map("te,te->te", {isKept, choice}, f32(), [&](Cell &c) { return c.select(c[0], c[1], c.number(fill)); });
}

Value RouteBuilder::weightsOf(Value scores, Value indices) {
  Value at = somewhere(indices);
  Value chosen = GatherElementsOp::create(b, type(indices).clone(f32()), scores, at, /*axis=*/1);
  auto isPresent = [](Cell &c, Value index) { return c.lessEqual(c.integer(0), index); };
  if (op.getScore() == ScoreFunction::SoftmaxChosen) {
    Value seen = map("tj,tj->tj", {chosen, indices}, f32(),
                     [&](Cell &c) { return c.select(isPresent(c, c[1]), c[0], c.number(-INFINITY)); });
    chosen = map("tj,tj->tj", {softmax(seen), indices}, f32(),
                 [&](Cell &c) { return c.select(isPresent(c, c[1]), c[0], c.number(0)); });
  }
  Value total = sum("tj->t", chosen);
  float scale = op.getScale().convertToFloat(), epsilon = op.getEpsilon().convertToFloat();
  return map("tj,t,tj->tj", {chosen, total, indices}, f32(), [&](Cell &c) {
    Value weight = c[0];
    if (op.getNormalize()) {
      Value below = op.getFloor() ? c.select(c.less(c[1], c.number(epsilon)), c.number(epsilon), c[1])
                                  : c.add(c[1], c.number(epsilon));
      Value isNothing = c.both(c.equal(weight, c.number(0)), c.equal(below, c.number(0)));
      weight = c.select(isNothing, c.number(0), arith::DivFOp::create(c.b, weight, below));
    }
    return c.select(isPresent(c, c[2]), c.mul(weight, c.number(scale)), c.number(0));
  });
}

std::pair<Value, Value> RouteBuilder::build() {
  Value logits = wide(op.getLogits()), scores = scoresOf(logits), indices;
  if (op.getGiven()) {
    indices = convert(op.getGiven(), i64());
  } else {
    Value choice = op.getRank() == RouteRank::Logits ? logits : scores;
    if (op.getBias())
      choice = map("te,e->te", {choice, op.getBias()}, f32(), [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
    if (op.getKeptGroups() < op.getGroups())
      choice = keepGroups(choice);
    indices = topk(choice, op.getK()).second;
  }
  if (op.getValid())
    indices =
        map("tj,t->tj", {indices, op.getValid()}, i64(), [](Cell &c) { return c.select(c[1], c[0], c.integer(-1)); });
  Value weights = convert(weightsOf(scores, indices), type(op.getWeights()).getElementType());
  return {weights, convert(indices, type(op.getIndices()).getElementType())};
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {

struct DecomposeRoute : OpRewritePattern<RouteOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RouteOp op, PatternRewriter &rewriter) const override {
    if (ShapedType::isDynamic(op.getNumExperts()) && op.getKeptGroups() < op.getGroups())
      return rewriter.notifyMatchFailure(op, "the number of experts in groups is not static");
    auto [weights, indices] = RouteBuilder(op, rewriter).build();
    replaceWith(rewriter, op, {weights, indices});
    return success();
  }
};

/// The places of slots among those of their expert are sums of the one-hot
/// matrix before them; rows follow, and the permutation by a scatter.
struct DecomposeGroup : OpRewritePattern<GroupOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    ReifiedRankedShapedTypeDims sizes;
    if (failed(op.reifyResultShapes(rewriter, sizes)))
      return rewriter.notifyMatchFailure(op, "its sizes are not known");
    int64_t experts = op.getExperts();
    std::optional<uint64_t> align = op.getAlign(), capacity = op.getCapacity();
    Value zero = arith::ConstantOp::create(g.b, g.b.getI64IntegerAttr(0));
    Value indices = g.convert(g.flat(op.getIndices()), g.i64());
    SlotBuilder::Places places = g.placesOf(indices, experts);
    Value counts = places.counts;
    if (capacity)
      counts = g.map("e->e", counts, g.i64(),
                     [&](Cell &c) -> Value { return arith::MinSIOp::create(c.b, c[0], c.integer(*capacity)); });
    Value steps = g.map("e->e", counts, g.i64(), [&](Cell &c) -> Value {
      if (capacity)
        return c.integer(*capacity);
      if (!align)
        return c[0];
      Value blocks = arith::DivSIOp::create(c.b, c.add(c[0], c.integer(*align - 1)), c.integer(*align));
      return c.mul(blocks, c.integer(*align));
    });
    Value ends = g.cumsum(steps, 0, /*exclusive=*/false);
    Value starts = g.cumsum(steps, 0, /*exclusive=*/true);
    Value offsets = g.concat(0, {g.integers({g.number(1)}, 0), ends});
    Value start =
        g.reduce("se,e->s", {places.oneHot, starts}, zero, [](Cell &c) { return c.add(c[2], c.mul(c[0], c[1])); });
    Value rows = g.map("s,s,s->s", {indices, start, places.place}, g.i64(), [&](Cell &c) {
      Value hasRow = c.lessEqual(c.integer(0), c[0]);
      if (capacity)
        hasRow = c.both(hasRow, c.less(c[2], c.integer(*capacity)));
      return c.select(hasRow, c.add(c[1], c[2]), c.integer(-1));
    });
    Value standing = rows;
    if (!align && !capacity) {
      // Slots without an expert stand behind all others.
      Value absent = g.map("s->s", indices, g.i64(),
                           [](Cell &c) { return c.select(c.less(c[0], c.integer(0)), c.integer(1), c.integer(0)); });
      Value total =
          g.reduce("e->s", steps, zero, [](Cell &c) { return c.add(c[1], c[0]); }, {{'s', g.size(indices, 0)}});
      standing = g.map("s,s,s,s->s", {rows, absent, total, g.cumsum(absent, 0, /*exclusive=*/true)}, g.i64(),
                       [](Cell &c) { return c.select(c.equal(c[1], c.integer(1)), c.add(c[2], c[3]), c[0]); });
    }
    Value permutation = g.scatter(g.integers(sizes[1], -1), g.somewhere(standing), g.iota(g.size(indices, 0)));
    SmallVector<Value> results = {offsets, permutation, counts, rows};
    results.resize(op.getNumResults());
    for (Value &result : results)
      result = g.convert(result, g.b.getI32Type());
    replaceWith(rewriter, op, results);
    return success();
  }
};

struct DecomposePermute : OpRewritePattern<PermuteOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PermuteOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    int64_t slotsPerToken = op.getSlotsPerToken();
    Value tokens = g.map("p->p", op.getPermutation(), g.i64(), [&](Cell &c) {
      Value slot = c.toInt(c[0]);
      Value token = arith::DivSIOp::create(c.b, slot, c.integer(slotsPerToken));
      return c.select(c.less(slot, c.integer(0)), c.integer(kNowhere), token);
    });
    replaceWith(rewriter, op, g.gather(op.getX(), tokens));
    return success();
  }
};

struct DecomposeCombine : OpRewritePattern<CombineOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CombineOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    Value out = op.getPermutation() ? byRow(g, op) : bySlot(g, op);
    if (op.getAdd())
      out = g.map("th,th->th", {out, op.getAdd()}, g.f32(), [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
    replaceWith(rewriter, op, g.convert(out, g.type(op.getResult()).getElementType()));
    return success();
  }

private:
  /// Each slot's row is gathered, then summed over j.
  static Value bySlot(SlotBuilder &g, CombineOp op) {
    Value k = g.scalar(g.size(op.getWeights(), 1));
    Value rows = g.map("tj->tj", op.getWeights(), g.i64(),
                       [&](Cell &c) { return c.add(c.mul(c.position('t'), c.toInt(k)), c.position('j')); });
    if (op.getInverse())
      rows = g.gather(g.convert(op.getInverse(), g.i64()), rows);
    Value y = g.gather(op.getY(), g.somewhere(rows));
    Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
    return g.reduce("tj,tjh,tj->th", {op.getWeights(), y, rows}, zero, [](Cell &c) {
      Value next = c.add(c[3], c.mul(c.toFloat(c[0]), c.toFloat(c[1])));
      return c.select(c.lessEqual(c.integer(0), c[2]), next, c[3]);
    });
  }

  /// Each row is weighed and added to its token.
  static Value byRow(SlotBuilder &g, CombineOp op) {
    Value k = g.scalar(g.size(op.getWeights(), 1));
    Value slots = g.somewhere(op.getPermutation());
    Value weights = g.gather(g.flat(op.getWeights()), slots);
    Value rows = g.map("p,ph->ph", {weights, op.getY()}, g.f32(),
                       [](Cell &c) { return c.mul(c.toFloat(c[0]), c.toFloat(c[1])); });
    Value tokens = g.map("p->p", op.getPermutation(), g.i64(), [&](Cell &c) {
      Value slot = c.toInt(c[0]);
      Value atLeastOne = arith::MaxSIOp::create(c.b, c.toInt(k), c.integer(1));
      Value token = arith::DivSIOp::create(c.b, slot, atLeastOne);
      return c.select(c.less(slot, c.integer(0)), c.integer(kNowhere), token);
    });
    Value zeros = g.fill({g.size(op.getWeights(), 0), g.size(op.getY(), 1)}, g.f32(), 0);
    return g.scatterRows(zeros, tokens, rows, ScatterReduction::Add);
  }
};

} // namespace

void hadal::populateRoutingPartsPatterns(RewritePatternSet &patterns) { populateExpertPartsPatterns(patterns); }

void hadal::populateRoutingLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeRoute, DecomposeGroup, DecomposePermute, DecomposeCombine>(patterns.getContext());
  populateExpertLinalgPatterns(patterns);
}
