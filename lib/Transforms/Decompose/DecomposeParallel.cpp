//===- DecomposeParallel.cpp - Tokens between ranks ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SlotBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"

using namespace mlir;
using namespace hadal;

namespace {
/// Builds one dispatch. Letters: r source ranks, t tokens, j their choices, q destination ranks, l local experts, i
/// rows.
class DispatchBuilder : public SlotBuilder {
public:
  DispatchBuilder(DispatchOp op, PatternRewriter &rewriter)
      : SlotBuilder(rewriter, op.getLoc()), op(op), ranks(type(op.getX()).getDimSize(0)),
        local(static_cast<int64_t>(op.getExperts()) / ranks), tokens(size(op.getX(), 1)),
        most(op.getMaxTokens() ? number(*op.getMaxTokens()) : tokens), rows(product(number(ranks), most)),
        indices(convert(op.getIndices(), i64())) {}

  SmallVector<Value> lowLatency();
  SmallVector<Value> normal();

private:
  Value zero() { return arith::ConstantOp::create(b, b.getI64IntegerAttr(0)); }
  /// a · count + b; the count may be an index.
  static Value step(Cell &c, Value a, Value count, Value b) { return c.add(c.mul(a, c.toInt(count)), b); }
  /// What `perToken` [R, T, …] holds for the tokens `at` (kNowhere: 0).
  Value received(Value perToken, Value at) { return gather(collapse(perToken, {{0, 1}, {2}}), at); }
  /// Scales of rows, 1 where source is −1.
  Value receivedScales(Value at, Value source);

  DispatchOp op;
  int64_t ranks, local;
  OpFoldResult tokens, most, rows;
  Value indices;
};
} // namespace

Value DispatchBuilder::receivedScales(Value at, Value source) {
  Value scales = received(op.getScales(), at);
  std::string letters = lettersFor(source), all = letters + "z";
  Type element = type(scales).getElementType();
  return map(all + "," + letters + "->" + all, {scales, source}, element, [&](Cell &c) {
    Value one = arith::ConstantOp::create(c.b, c.b.getFloatAttr(element, 1.0));
    return c.select(c.less(c[1], c.integer(0)), one, c[0]);
  });
}

SmallVector<Value> DispatchBuilder::lowLatency() {
  int64_t experts = op.getExperts();
  Value most = scalar(this->most), tokens = scalar(this->tokens), choices = scalar(size(indices, 2));
  Value rowsPerExpert = scalar(rows);
  Value numbers = map("rtj->rtj", indices, i64(), [&](Cell &c) {
    return step(c, step(c, c.position('r'), most, c.position('t')), choices, c.position('j'));
  });
  Value tokenOf =
      map("rtj->rtj", indices, i64(), [&](Cell &c) { return step(c, c.position('r'), tokens, c.position('t')); });
  Value slots = flat(indices);
  Places places = placesOf(slots, experts);
  Value at = map("s,s->s", {slots, places.place}, i64(), [&](Cell &c) {
    Value row = step(c, c[0], rowsPerExpert, c[1]);
    return c.select(c.less(c[0], c.integer(0)), c.integer(kNowhere), row);
  });
  OpFoldResult allRows = product(number(experts), rows);
  SmallVector<OpFoldResult> split = {number(ranks), number(local), rows};
  auto byRow = [&](Value ofSlots) {
    return expand(scatter(integers({allRows}, -1), at, flat(ofSlots)), {{0, 1, 2}}, split);
  };
  Value source = byRow(numbers), from = somewhere(byRow(tokenOf));
  Value counts = expand(places.counts, {{0, 1}}, {number(ranks), number(local)});
  SmallVector<Value> results = {received(op.getX(), from), convert(counts, b.getI32Type()),
                                convert(source, b.getI32Type())};
  if (op.getScales())
    results.push_back(receivedScales(from, source));
  return results;
}

SmallVector<Value> DispatchBuilder::normal() {
  Value most = scalar(this->most), tokens = scalar(this->tokens);
  // Whether an expert lives on the rank `letter`.
  auto livesOn = [&](Cell &c, Value expert, char letter) {
    Value first = c.mul(c.position(letter), c.integer(local));
    return c.both(c.lessEqual(first, expert), c.less(expert, c.add(first, c.integer(local))));
  };
  Value none = arith::ConstantOp::create(b, b.getBoolAttr(false));
  Value isSent = reduce("rtj->qrt", indices, none, [&](Cell &c) { return c.either(c[1], livesOn(c, c[0], 'q')); },
                        {{'q', number(ranks)}});
  auto perToken = [&](function_ref<Value(Cell &)> body) {
    return collapse(map("qrt->qrt", isSent, i64(), body), {{0}, {1, 2}});
  };
  Value sent = perToken([](Cell &c) { return c.toInt(c[0]); });
  Value numbers = perToken([&](Cell &c) { return step(c, c.position('r'), most, c.position('t')); });
  Value tokenOf = perToken([&](Cell &c) { return step(c, c.position('r'), tokens, c.position('t')); });
  Value at = map("qn,qn->qn", {sent, cumsum(sent, 1, /*exclusive=*/true)}, i64(),
                 [](Cell &c) { return c.select(c.equal(c[0], c.integer(1)), c[1], c.integer(kNowhere)); });
  Value empty = integers({number(ranks), rows}, -1);
  Value source = scatter(empty, at, numbers, 1), from = somewhere(scatter(empty, at, tokenOf, 1));

  Value counts = reduce("rtj->ql", indices, zero(),
                        [&](Cell &c) {
                          Value expert = step(c, c.position('q'), c.integer(local), c.position('l'));
                          return c.add(c[1], c.toInt(c.equal(c[0], expert)));
                        },
                        {{'q', number(ranks)}, {'l', number(local)}});
  if (std::optional<uint64_t> align = op.getAlign())
    counts = map("ql->ql", counts, i64(), [&](Cell &c) {
      Value blocks = arith::DivSIOp::create(c.b, c.add(c[0], c.integer(*align - 1)), c.integer(*align));
      return c.mul(blocks, c.integer(*align));
    });

  // The experts of received tokens; nothing where there is no token, or they live elsewhere.
  Value chosen = received(indices, from);
  auto isHere = [&](Cell &c) { return c.both(c.lessEqual(c.integer(0), c[1]), livesOn(c, c[0], 'q')); };
  Value experts = map("qij,qi->qij", {chosen, source}, i64(), [&](Cell &c) {
    Value expert = c.sub(c[0], c.mul(c.position('q'), c.integer(local)));
    return c.select(isHere(c), expert, c.integer(-1));
  });
  SmallVector<Value> results = {received(op.getX(), from), convert(counts, b.getI32Type()),
                                convert(source, b.getI32Type()),
                                convert(experts, type(op.getIndices()).getElementType())};
  if (op.getWeights()) {
    Type element = type(op.getWeights()).getElementType();
    results.push_back(map("qij,qi,qij->qij", {chosen, source, received(op.getWeights(), from)}, element, [&](Cell &c) {
      Value zero = arith::ConstantOp::create(c.b, c.b.getZeroAttr(element));
      return c.select(isHere(c), c[2], zero);
    }));
  }
  if (op.getScales())
    results.push_back(receivedScales(from, source));
  return results;
}

namespace {

struct DecomposeDispatch : OpRewritePattern<DispatchOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DispatchOp op, PatternRewriter &rewriter) const override {
    DispatchBuilder builder(op, rewriter);
    replaceWith(rewriter, op, op.isNormal() ? builder.normal() : builder.lowLatency());
    return success();
  }
};

struct DecomposeCollect : OpRewritePattern<CollectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CollectOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    Value out = op.isNormal() ? fromRanks(g, op) : fromSlots(g, op);
    replaceWith(rewriter, op, g.convert(out, g.type(op.getResult()).getElementType()));
    return success();
  }

private:
  /// Where each slot's row is, then the weighted sum over a token's slots.
  static Value fromSlots(SlotBuilder &g, CollectOp op) {
    Value y = g.collapse(op.getY(), {{0, 1, 2}, {3}}), source = g.convert(g.flat(op.getSource()), g.i64());
    OpFoldResult rows = g.size(op.getY(), 2), choices = g.size(op.getWeights(), 2);
    AffineExpr perRank = g.b.getAffineSymbolExpr(0).floorDiv(g.type(op.getY()).getDimSize(0));
    Value most = g.scalar(affine::makeComposedFoldedAffineApply(g.b, g.b.getLoc(), perRank, {rows}));
    Value count = g.scalar(choices);
    Value rowOf = g.scatter(g.integers({g.product(rows, choices)}, -1), g.somewhere(source), g.iota(g.size(source, 0)));
    Value slots = g.map("rtj->rtj", op.getWeights(), g.i64(), [&](Cell &c) {
      Value token = c.add(c.mul(c.position('r'), c.toInt(most)), c.position('t'));
      return c.add(c.mul(token, c.toInt(count)), c.position('j'));
    });
    Value at = g.gather(rowOf, slots);
    Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
    return g.reduce("rtj,rtjh,rtj->rth", {op.getWeights(), g.gather(y, g.somewhere(at)), at}, zero, [](Cell &c) {
      Value next = c.add(c[3], c.mul(c.toFloat(c[0]), c.toFloat(c[1])));
      return c.select(c.lessEqual(c.integer(0), c[2]), next, c[3]);
    });
  }

  /// The rows of all ranks added where they came from.
  static Value fromRanks(SlotBuilder &g, CollectOp op) {
    int64_t ranks = g.type(op.getY()).getDimSize(0);
    OpFoldResult rows = g.size(op.getY(), 1), columns = g.size(op.getY(), 2);
    Value y = g.wide(g.collapse(op.getY(), {{0, 1}, {2}}));
    Value at = g.somewhere(g.flat(op.getSource()));
    Value sums = g.scatterRows(g.fill({rows, columns}, g.f32(), 0), at, y, ScatterReduction::Add);
    AffineExpr perRank = g.b.getAffineSymbolExpr(0).floorDiv(ranks);
    OpFoldResult most = affine::makeComposedFoldedAffineApply(g.b, g.b.getLoc(), perRank, {rows});
    return g.expand(sums, {{0, 1}, {2}}, {g.number(ranks), most, columns});
  }
};

} // namespace

void hadal::populateParallelPartsPatterns(RewritePatternSet &patterns) {}

void hadal::populateParallelLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeDispatch, DecomposeCollect>(patterns.getContext());
}
