//===- DecomposeLayer.cpp - Layers into linalg --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"
#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

/// A size as a number of f32, to divide by in a body.
static Value asFloat(GraphBuilder &g, OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(*known));
  Value integer = arith::IndexCastOp::create(g.b, g.b.getI64Type(), cast<Value>(size));
  return arith::SIToFPOp::create(g.b, g.b.getF32Type(), integer);
}

/// Replaces `op` by `result`, converted to its type.
static void finish(PatternRewriter &rewriter, GraphBuilder &g, Operation *op, Value result) {
  Type type = op->getResult(0).getType();
  rewriter.replaceOp(op, g.cast(g.convert(result, getElementTypeOrSelf(type)), type));
}

namespace {

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

struct LowerRMSNorm : OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RMSNormOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type f32 = rewriter.getF32Type();
    std::string rows = lettersFor(g.type(op.getX()).getRank() - 1), all = rows + "n";
    Value size = asFloat(g, g.size(op.getX(), -1));
    Value squares = g.contract(all + "," + all + "->" + rows, op.getX(), op.getX());
    Value root = g.map(rows + "->" + rows, squares, f32, [&](Cell &c) {
      Value mean = arith::DivFOp::create(c.b, c[0], size);
      return math::SqrtOp::create(c.b, c.add(mean, c.number(op.getEpsilon().convertToFloat()))).getResult();
    });
    SmallVector<Value> inputs = {op.getX(), root};
    std::string spec = all + "," + rows;
    if (op.getWeight()) {
      inputs.push_back(op.getWeight());
      spec += ",n";
    }
    Value result = g.map(spec + "->" + all, inputs, f32, [&](Cell &c) {
      Value y = arith::DivFOp::create(c.b, c.toFloat(c[0]), c[1]);
      if (!op.getWeight())
        return y;
      Value weight = c.toFloat(c[2]);
      if (op.getWeightOffset())
        weight = c.add(c.number(op.getWeightOffset()->convertToFloat()), weight);
      return c.mul(y, weight);
    });
    finish(rewriter, g, op, result);
    return success();
  }
};

struct LowerLayerNorm : OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type f32 = rewriter.getF32Type();
    std::string rows = lettersFor(g.type(op.getX()).getRank() - 1), all = rows + "n";
    Value size = asFloat(g, g.size(op.getX(), -1));
    Value mean = g.map(rows + "->" + rows, g.sum(all + "->" + rows, op.getX()), f32,
                       [&](Cell &c) { return arith::DivFOp::create(c.b, c[0], size).getResult(); });
    Value centred = g.map(all + "," + rows + "->" + all, {op.getX(), mean}, f32,
                          [](Cell &c) { return c.sub(c.toFloat(c[0]), c[1]); });
    Value squares = g.contract(all + "," + all + "->" + rows, centred, centred);
    Value root = g.map(rows + "->" + rows, squares, f32, [&](Cell &c) {
      Value variance = arith::DivFOp::create(c.b, c[0], size);
      return math::SqrtOp::create(c.b, c.add(variance, c.number(op.getEpsilon().convertToFloat()))).getResult();
    });
    Value result = g.map(all + "," + rows + "->" + all, {centred, root}, f32,
                         [](Cell &c) { return arith::DivFOp::create(c.b, c[0], c[1]).getResult(); });
    if (op.getWeight())
      result = g.map(all + ",n->" + all, {result, op.getWeight()}, f32,
                     [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
    if (op.getBias())
      result =
          g.map(all + ",n->" + all, {result, op.getBias()}, f32, [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
    finish(rewriter, g, op, result);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Rotary position embedding
//===----------------------------------------------------------------------===//

struct LowerRope : OpRewritePattern<RopeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RopeOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Value x = op.getX();
    int64_t rank = g.type(x).getRank(), size = g.type(x).getShape().back();
    int64_t rotated = op.getRotated() ? 2 * g.type(op.getCos()).getDimSize(2) : size;
    int64_t first = op.getRotated() == RotatedPart::Last ? size - rotated : 0;
    bool oneBatch = g.type(op.getCos()).getDimSize(0) == 1;
    if (ShapedType::isDynamic(g.type(op.getCos()).getDimSize(0)))
      return rewriter.notifyMatchFailure(op, "whether the angles are by batch element is not static");

    // Rows by dimensions (a, b, s) or (a, s); i counts pairs, z the members of one.
    std::string rows = rank == 4 ? "abs" : "as";
    auto columns = [&](int64_t offset, int64_t length) {
      return g.slice(x, rank - 1, g.number(offset), g.number(length));
    };
    auto split = [&](RopeLayout layout) -> std::pair<SmallVector<OpFoldResult>, std::string> {
      SmallVector<OpFoldResult> sizes;
      for (int64_t dim = 0; dim < rank - 1; ++dim)
        sizes.push_back(g.size(x, dim));
      bool halves = layout == RopeLayout::Halves;
      sizes.append({g.number(halves ? 2 : rotated / 2), g.number(halves ? rotated / 2 : 2)});
      return {sizes, halves ? "zi" : "iz"};
    };
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0; dim < rank - 1; ++dim)
      groups.push_back({dim});
    groups.push_back({rank - 1, rank});

    auto [inSizes, inLetters] = split(op.getInLayout());
    Value pairs = g.expand(columns(first, rotated), groups, inSizes);
    int64_t memberDim = op.getInLayout() == RopeLayout::Halves ? rank - 1 : rank;
    auto member = [&](int64_t which) {
      Value one = g.slice(pairs, memberDim, g.number(which), g.number(1));
      SmallVector<ReassociationIndices> drop;
      for (int64_t dim = 0; dim < rank - 1; ++dim)
        drop.push_back({dim});
      drop.push_back({rank - 1, rank});
      return g.collapse(one, drop);
    };
    auto angles = [&](Value table) {
      return oneBatch ? g.collapse(table, {ReassociationIndices{0, 1}, ReassociationIndices{2}}) : table;
    };
    auto [outSizes, outLetters] = split(op.getOutLayout());
    std::string pair = rows + "i", angle = oneBatch ? "si" : "asi";
    std::string spec = pair + "," + pair + "," + angle + "," + angle + "->" + rows + outLetters;
    std::pair<char, OpFoldResult> two[] = {{'z', g.number(2)}};
    Value turned = g.map(
        spec, {member(0), member(1), angles(op.getCos()), angles(op.getSin())}, rewriter.getF32Type(),
        [&](Cell &c) {
          Value x0 = c.toFloat(c[0]), x1 = c.toFloat(c[1]), cos = c.toFloat(c[2]), sin = c.toFloat(c[3]);
          if (op.getInverse())
            sin = arith::NegFOp::create(c.b, sin);
          Value y0 = c.sub(c.mul(x0, cos), c.mul(x1, sin)), y1 = c.add(c.mul(x1, cos), c.mul(x0, sin));
          Value isFirst = c.equal(c.position('z'), c.integer(0));
          return c.select(isFirst, y0, y1);
        },
        two);
    Value result = g.collapse(g.convert(turned, g.type(x).getElementType()), groups);
    if (rotated < size) {
      Value rest = columns(first ? 0 : rotated, size - rotated);
      result = first ? g.concat(rank - 1, {rest, result}) : g.concat(rank - 1, {result, rest});
    }
    finish(rewriter, g, op, result);
    return success();
  }
};

struct LowerRopeAngles : OpRewritePattern<RopeAnglesOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RopeAnglesOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type type = getElementTypeOrSelf(op.getInvFreq()), f64 = rewriter.getF64Type();
    // A product of two f32 numbers is exact in f64: the conversion is what rounds it.
    Value angle = g.map("as,i->asi", {op.getPositions(), op.getInvFreq()}, type, [&](Cell &c) {
      Value position = arith::SIToFPOp::create(c.b, f64, c[0]), frequency = c[1];
      if (type == f64)
        return c.mul(position, frequency);
      Value single = arith::TruncFOp::create(c.b, type, position);
      position = arith::ExtFOp::create(c.b, f64, single);
      Value product = c.mul(position, arith::ExtFOp::create(c.b, f64, frequency).getResult());
      return arith::TruncFOp::create(c.b, type, product).getResult();
    });
    auto of = [&](Value result, bool isCos) {
      Value wave = g.map("asi->asi", angle, type, [&](Cell &c) {
        Value y = isCos ? math::CosOp::create(c.b, c[0]).getResult() : math::SinOp::create(c.b, c[0]).getResult();
        if (!op.getScale())
          return y;
        double scale = op.getScale()->convertToFloat();
        return c.mul(y, arith::ConstantOp::create(c.b, c.b.getFloatAttr(type, scale)));
      });
      return g.cast(g.convert(wave, getElementTypeOrSelf(result)), result.getType());
    };
    rewriter.replaceOp(op, {of(op.getCos(), true), of(op.getSin(), false)});
    return success();
  }
};

struct LowerYarnFrequencies : OpRewritePattern<YarnFrequenciesOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(YarnFrequenciesOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = op.getResult().getType();
    SmallVector<Attribute> values;
    for (double value : op.getFrequencies())
      values.push_back(rewriter.getFloatAttr(type.getElementType(), value));
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, DenseElementsAttr::get(type, values));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// The ends of a model
//===----------------------------------------------------------------------===//

struct LowerEmbedding : OpRewritePattern<EmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(EmbeddingOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    std::string letters = lettersFor(g.type(op.getIds()).getRank());
    Type id = getElementTypeOrSelf(op.getIds()), element = getElementTypeOrSelf(op.getTable());
    auto zeroId = [&](Cell &c) { return arith::ConstantOp::create(c.b, c.b.getIntegerAttr(id, 0)).getResult(); };
    Value rows = g.map(letters + "->" + letters, op.getIds(), id,
                       [&](Cell &c) { return arith::MaxSIOp::create(c.b, c[0], zeroId(c)).getResult(); });
    Value found = GatherOp::create(g.b, op.getResult().getType(), op.getTable(), rows, rewriter.getI64IntegerAttr(0));
    std::string out = letters + "n";
    Value result = g.map(out + "," + letters + "->" + out, {found, op.getIds()}, element, [&](Cell &c) {
      Value zero = arith::ConstantOp::create(c.b, c.b.getZeroAttr(element));
      return c.select(c.less(c[1], zeroId(c)), zero, c[0]);
    });
    finish(rewriter, g, op, result);
    return success();
  }
};

/// The `k` best of the last dimension: values and indices.
static std::pair<Value, Value> best(GraphBuilder &g, Value x, OpFoldResult k, Type index) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0; dim < g.type(x).getRank() - 1; ++dim)
    sizes.push_back(g.size(x, dim));
  sizes.push_back(k);
  Value count = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), k);
  auto top = TopKOp::create(g.b, tensorTypeOf(sizes, g.type(x).getElementType()), tensorTypeOf(sizes, index), x, count,
                            /*largest=*/true);
  return {top.getValues(), top.getIndices()};
}

/// [..., 1] without its last dimension.
static Value dropLast(GraphBuilder &g, Value x) {
  int64_t rank = g.type(x).getRank();
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank - 1; ++dim)
    groups.push_back({dim});
  if (!groups.empty())
    groups.back().push_back(rank - 1);
  return g.collapse(x, groups);
}

struct LowerArgmax : OpRewritePattern<ArgmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ArgmaxOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    auto [values, indices] = best(g, op.getX(), g.number(1), getElementTypeOrSelf(op.getResult()));
    rewriter.replaceOp(op, g.cast(dropLast(g, indices), op.getResult().getType()));
    return success();
  }
};

struct LowerSample : OpRewritePattern<SampleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SampleOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type f32 = rewriter.getF32Type(), i64 = rewriter.getI64Type(), index = getElementTypeOrSelf(op.getResult());
    bool greedy = op.getTemperature().isZero();
    OpFoldResult k = g.size(op.getLogits(), 1);
    if (std::optional<int64_t> topK = greedy ? 1 : op.getTopK()) {
      std::optional<int64_t> known = getConstantIntValue(k);
      if (known) {
        k = g.number(std::min(*known, *topK));
      } else {
        Value limit = arith::ConstantIndexOp::create(g.b, *topK);
        k = arith::MinSIOp::create(g.b, cast<Value>(k), limit).getResult();
      }
    }
    auto [logits, indices] = best(g, op.getLogits(), k, index);
    // Weights against the best one; 0 for what is no candidate.
    Value top = dropLast(g, g.slice(logits, 1, g.number(0), g.number(1)));
    Value weights = g.map("bj,b->bj", {logits, top}, f32, [&](Cell &c) {
      Value logit = c.toFloat(c[0]), first = c.toFloat(c[1]);
      Value below =
          arith::DivFOp::create(c.b, c.sub(logit, first), c.number(greedy ? 1 : op.getTemperature().convertToFloat()));
      Value weight = c.select(c.equal(logit, first), c.number(1), math::ExpOp::create(c.b, below));
      return c.select(c.less(c.number(-INFINITY), logit), weight, c.number(0));
    });
    Value total = g.sum("bj->b", weights);
    Value before = CumSumOp::create(g.b, weights.getType(), weights, /*axis=*/1, /*exclusive=*/true, /*reverse=*/false);
    Value kept = g.map("bj,bj,b->bj", {weights, before, total}, f32, [&](Cell &c) {
      if (!op.getTopP())
        return c[0];
      Value bound = c.mul(c.number(op.getTopP()->convertToFloat()), c[2]);
      Value isKept = c.either(c.equal(c.position('j'), c.integer(0)), c.less(c[1], bound));
      return c.select(isKept, c[0], c.number(0));
    });
    Value mass = g.sum("bj->b", kept);
    Value reached = CumSumOp::create(g.b, kept.getType(), kept, /*axis=*/1, /*exclusive=*/false, /*reverse=*/false);
    // How many stand before the chosen one: those that the draw passes, but never all.
    Value none = arith::ConstantOp::create(g.b, rewriter.getI64IntegerAttr(0));
    Value passed = g.reduce("bj,b,b,bj->b", {reached, op.getU(), mass, kept}, none, [&](Cell &c) {
      Value isPassed = c.lessEqual(c[0], c.mul(c.toFloat(c[1]), c[2]));
      Value isThere = c.less(c.number(0), c[3]);
      return c.add(c[4], c.toInt(c.both(isPassed, isThere)));
    });
    Value last = g.reduce("bj->b", kept, none, [](Cell &c) { return c.add(c[1], c.toInt(c.less(c.number(0), c[0]))); });
    Value at = g.map("b,b->b", {passed, last}, i64, [](Cell &c) {
      Value limit = arith::MaxSIOp::create(c.b, c.sub(c[1], c.integer(1)), c.integer(0));
      return arith::MinSIOp::create(c.b, c[0], limit).getResult();
    });
    Value column = g.expand(at, {ReassociationIndices{0, 1}}, {g.size(at, 0), g.number(1)});
    Value chosen =
        GatherElementsOp::create(g.b, g.type(column).clone(index), indices, column, rewriter.getI64IntegerAttr(1));
    Value result = g.map("b,b->b", {dropLast(g, chosen), last}, index, [&](Cell &c) {
      Value zero = arith::ConstantOp::create(c.b, c.b.getIntegerAttr(index, 0));
      return c.select(c.equal(c[1], c.integer(0)), zero, c[0]);
    });
    rewriter.replaceOp(op, g.cast(result, op.getResult().getType()));
    return success();
  }
};

} // namespace

void hadal::populateLayerPartsPatterns(RewritePatternSet &patterns) {}

void hadal::populateLayerLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerRMSNorm, LowerLayerNorm, LowerRope, LowerRopeAngles, LowerYarnFrequencies, LowerEmbedding,
               LowerArgmax, LowerSample>(patterns.getContext());
}
