//===- DecomposeExperts.cpp - What experts compute --------------------===//
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

static LogicalResult replaceEmpty(PatternRewriter &rewriter, Operation *op, Value result) {
  RankedTensorType type = GraphBuilder::type(result);
  if (!type.hasStaticShape())
    return rewriter.notifyMatchFailure(op, "an empty tensor with dynamic sizes");
  rewriter.replaceOpWithNewOp<tensor::EmptyOp>(op, type.getShape(), type.getElementType());
  return success();
}

//===----------------------------------------------------------------------===//
// moe
//===----------------------------------------------------------------------===//

/// Whether a list of chosen experts may hold −1.
static bool mayBeAbsent(Value indices) {
  while (Operation *op = indices.getDefiningOp()) {
    if (isa<TopKOp>(op))
      return false;
    if (auto route = dyn_cast<RouteOp>(op))
      return route.getValid() || route.getGiven();
    if (!isa<tensor::CastOp, arith::TruncIOp, arith::ExtSIOp>(op))
      return true;
    indices = op->getOperand(0);
  }
  return true;
}

namespace {
struct DecomposeMoe : OpRewritePattern<MoeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MoeOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SlotBuilder g(rewriter, loc);
    auto x = g.type(op.getX()), indices = g.type(op.getIndices()), gateUp = g.type(op.getWGateUp());
    int64_t experts = gateUp.getDimSize(0), slotsPerToken = indices.getDimSize(1);
    if (ShapedType::isDynamic(experts) || ShapedType::isDynamic(slotsPerToken))
      return rewriter.notifyMatchFailure(op, "the number of experts or of experts per token is not static");
    bool transposed = op.getTransposed();
    int64_t both = gateUp.getDimSize(transposed ? 1 : 2);
    int64_t inner = ShapedType::isDynamic(both) ? both : both / op.getFanIn();

    int64_t tokens = indices.getDimSize(0);
    int64_t slots = ShapedType::isDynamic(tokens) ? ShapedType::kDynamic : tokens * slotsPerToken;
    Type i32 = rewriter.getI32Type();
    auto group = GroupOp::create(rewriter, loc, RankedTensorType::get({experts + 1}, i32),
                                 RankedTensorType::get({slots}, i32), TypeRange(), op.getIndices(), experts,
                                 /*align=*/IntegerAttr(), /*capacity=*/IntegerAttr());
    auto rows = [&](int64_t columns) { return RankedTensorType::get({slots, columns}, x.getElementType()); };
    auto matmul = [&](Value in, Value w, Value bias, int64_t columns, bool gathers) {
      return GroupedMatmulOp::create(rewriter, loc, rows(columns), in, w, group.getOffsets(), group.getPermutation(),
                                     /*counts=*/Value(), bias, /*x_scales=*/Value(), /*w_scales=*/Value(),
                                     gathers ? rewriter.getI64IntegerAttr(slotsPerToken) : IntegerAttr(),
                                     gathers ? UnitAttr() : rewriter.getUnitAttr(), op.getTransposedAttr(),
                                     /*x_block=*/DenseI64ArrayAttr(), /*w_block=*/DenseI64ArrayAttr(),
                                     /*promote=*/IntegerAttr());
    };
    Value hidden = matmul(op.getX(), op.getWGateUp(), op.getGateUpBias(), both, /*gathers=*/true);
    Value active = gated(op, rewriter, hidden, rows(inner), op.getLimitAttr());
    Value outputs = matmul(active, op.getWDown(), op.getDownBias(), x.getDimSize(1), /*gathers=*/false);
    Value weights = op.getWeights();
    if (mayBeAbsent(op.getIndices())) // what stands beside −1 may be NaN
      weights = g.map("tj,tj->tj", {op.getIndices(), weights}, g.type(weights).getElementType(), [](Cell &c) {
        Value zero = arith::ConstantOp::create(c.b, c.b.getZeroAttr(c[1].getType()));
        return c.select(c.less(c.toInt(c[0]), c.integer(0)), zero, c[1]);
      });
    Value shared = op.getSharedDown() ? sharedExpert(op, rewriter, g) : Value();
    rewriter.replaceOpWithNewOp<CombineOp>(op, op.getResult().getType(), outputs, weights, /*inverse=*/Value(),
                                           /*permutation=*/Value(), shared);
    return success();
  }

private:
  static Value gated(MoeOp op, PatternRewriter &rewriter, Value x, Type type, FloatAttr limit) {
    if (op.getGateOrder() == GateOrder::None)
      return ActivationOp::create(rewriter, op.getLoc(), type, x, op.getActivation(), op.getAlpha());
    return GatedActivationOp::create(rewriter, op.getLoc(), type, x, op.getActivation(), op.getGateOrder(), limit,
                                     op.getAlpha(), op.getUpOffset());
  }

  static Value sharedExpert(MoeOp op, PatternRewriter &rewriter, SlotBuilder &g) {
    Type element = g.type(op.getX()).getElementType();
    StringRef product = op.getTransposed() ? "th,ih->ti" : "th,hi->ti";
    Value both = g.convert(g.contract(product, op.getX(), op.getSharedGateUp()), element);
    SmallVector<int64_t> shape(g.type(both).getShape());
    shape[1] = ShapedType::isDynamic(shape[1]) ? shape[1] : shape[1] / op.getFanIn();
    Value active = gated(op, rewriter, both, RankedTensorType::get(shape, element), op.getSharedLimitAttr());
    Value out = g.contract(product, active, op.getSharedDown()), logits = op.getSharedLogits();
    if (op.getSharedGate())
      logits = g.contract("th,h->t", op.getX(), op.getSharedGate());
    if (logits)
      out = g.map("th,t->th", {out, logits}, g.f32(), [](Cell &c) { return c.mul(c[0], sigmoid(c, c.toFloat(c[1]))); });
    return g.cast(g.convert(out, element), op.getX().getType());
  }
};

//===----------------------------------------------------------------------===//
// grouped_matmul
//===----------------------------------------------------------------------===//

/// The expert whose rows hold p; −1 if there is none. The ranges of experts are disjoint.
static Value expertsOfRows(SlotBuilder &g, GroupedMatmulOp op, OpFoldResult rows, OpFoldResult experts) {
  Value starts = g.convert(g.slice(op.getOffsets(), 0, g.number(0), experts), g.i64());
  Value ends = g.convert(g.slice(op.getOffsets(), 0, g.number(1), experts), g.i64());
  if (op.getCounts())
    ends = g.map("e,e->e", {starts, op.getCounts()}, g.i64(), [](Cell &c) { return c.add(c[0], c.toInt(c[1])); });
  Value none = arith::ConstantOp::create(g.b, g.b.getI64IntegerAttr(-1));
  return g.reduce("e,e->p", {starts, ends}, none,
                  [](Cell &c) {
                    Value row = c.position('p');
                    return c.select(c.both(c.lessEqual(c[0], row), c.less(row, c[1])), c.position('e'), c[2]);
                  },
                  {{'p', rows}});
}

/// What kernels compute has no bias, and weights [E, K, N]: the bias is added behind, by each row's expert, and weights
/// are transposed before, once if they are constants.
struct SimplifyGroupedMatmul : OpRewritePattern<GroupedMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupedMatmulOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    RankedTensorType w = g.type(op.getW()), type = g.type(op.getResult());
    bool isOneType = w.getElementType() == g.type(op.getX()).getElementType();
    // Kernels take no −1 within the rows of an expert, and a group without gaps has none.
    Value permutation = op.getPermutation();
    auto group = permutation ? permutation.getDefiningOp<GroupOp>() : GroupOp();
    if ((!op.getTransposed() && !op.getBias()) || !group || !group.isPlain() || op.getCounts() || op.getXScales() ||
        op.getWScales() || !isOneType || w.getElementType().getIntOrFloatBitWidth() < 16)
      return rewriter.notifyMatchFailure(op, "it is simple, or has what no kernel knows");
    if (isEmpty(op.getResult()) || w.isDynamicDim(0) || w.getDimSize(0) == 0 || type.isDynamicDim(1))
      return rewriter.notifyMatchFailure(op, "empty, or its experts or columns are not static");
    Value weights = op.getTransposed() ? g.transpose("enk->ekn", op.getW()) : Value(op.getW());
    Value result = GroupedMatmulOp::create(rewriter, op.getLoc(), type, op.getX(), weights, op.getOffsets(),
                                           op.getPermutation(), op.getSlotsPerTokenAttr(), op.getScatterAttr());
    if (op.getBias()) {
      OpFoldResult rows = g.size(op.getPermutation(), 0);
      Value slots = g.convert(op.getPermutation(), g.i64());
      auto absentIs = [](Cell &c, Value condition, Value otherwise) {
        return c.select(condition, c.integer(kNowhere), otherwise);
      };
      Value expert = g.map("p,p->p", {expertsOfRows(g, op, rows, g.size(weights, 0)), slots}, g.i64(), [&](Cell &c) {
        return absentIs(c, c.either(c.less(c[0], c.integer(0)), c.less(c[1], c.integer(0))), c[0]);
      });
      if (op.getScatter()) { // from the order of rows to that of slots
        Value where =
            g.map("p->p", {slots}, g.i64(), [&](Cell &c) { return absentIs(c, c.less(c[0], c.integer(0)), c[0]); });
        expert = g.scatterRows(g.integers({rows}, kNowhere), where, expert, ScatterReduction::None);
      }
      Value sum = g.map("pn,pn->pn", {result, g.gather(op.getBias(), expert)}, g.f32(),
                        [](Cell &c) { return c.add(c.toFloat(c[0]), c.toFloat(c[1])); });
      result = g.convert(sum, type.getElementType());
    }
    replaceWith(rewriter, op, result);
    return success();
  }
};

/// Each row finds its expert, and is multiplied by the expert's weight, which
/// is gathered for it. Rows without an expert gather nothing: 0.
struct DecomposeGroupedMatmul : OpRewritePattern<GroupedMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GroupedMatmulOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    if (isEmpty(op.getResult()))
      return replaceEmpty(rewriter, op, op.getResult());
    if (g.type(op.getW()).getDimSize(0) == 0)
      return rewriter.notifyMatchFailure(op, "there are no experts");
    Value x = op.getX(), w = op.getW(), permutation = op.getPermutation();
    OpFoldResult rows = g.size(permutation ? permutation : x, 0), experts = g.size(w, 0);
    Value slots = permutation ? g.convert(permutation, g.i64()) : g.iota(rows);
    Value expertOf = expertsOfRows(g, op, rows, experts);
    // Rows of −1 are no expert's.
    Value expert = g.map("p,p->p", {expertOf, slots}, g.i64(), [](Cell &c) {
      Value isAbsent = c.either(c.less(c[0], c.integer(0)), c.less(c[1], c.integer(0)));
      return c.select(isAbsent, c.integer(kNowhere), c[0]);
    });
    auto where = [&](auto index) {
      return g.map("p,p->p", {expert, slots}, g.i64(), [&](Cell &c) {
        return c.select(c.equal(c[0], c.integer(kNowhere)), c.integer(kNowhere), index(c));
      });
    };
    Value in = where([&](Cell &c) -> Value {
      if (std::optional<uint64_t> slotsPerToken = op.getSlotsPerToken())
        return arith::DivSIOp::create(c.b, c[1], c.integer(*slotsPerToken));
      return c.position('p');
    });
    if (op.getXScales())
      x = g.map("mk,mk->mk", {x, blocksSpread(g, op.getXScales(), x, *op.getXBlock(), 0)}, g.f32(), multiply);
    if (op.getWScales())
      w = g.map("eab,eab->eab", {w, blocksSpread(g, op.getWScales(), w, *op.getWBlock(), 1)}, g.f32(), multiply);
    StringRef product = op.getTransposed() ? "pk,pnk->pn" : "pk,pkn->pn";
    Value out = g.contract(product, g.gather(x, in), g.gather(w, expert));
    if (op.getBias())
      out = g.map("pn,pn->pn", {out, g.gather(op.getBias(), expert)}, g.f32(),
                  [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
    Value result = g.convert(out, g.type(op.getResult()).getElementType());
    if (op.getScatter()) {
      Value zeros = g.fill({rows, g.size(result, 1)}, g.type(result).getElementType(), 0);
      result = g.scatterRows(zeros, where([](Cell &c) { return c[1]; }), result, ScatterReduction::None);
    }
    replaceWith(rewriter, op, result);
    return success();
  }

private:
  static Value multiply(Cell &c) { return c.mul(c.toFloat(c[0]), c.toFloat(c[1])); }

  /// The scales of each element of `data`, whose dimensions from `axis` on are in blocks.
  static Value blocksSpread(SlotBuilder &g, Value scales, Value data, ArrayRef<int64_t> block, int64_t axis) {
    for (int64_t dim : {0, 1})
      scales = g.spread(scales, axis + dim, block[dim], g.size(data, axis + dim));
    return scales;
  }
};

//===----------------------------------------------------------------------===//
// activation, gated_activation
//===----------------------------------------------------------------------===//

struct DecomposeActivation : OpRewritePattern<ActivationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivationOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    std::string letters = lettersFor(op.getX());
    Value out = g.map(letters + "->" + letters, op.getX(), g.f32(), [&](Cell &c) {
      return activate(c, c.toFloat(c[0]), op.getActivation(), op.getAlpha().convertToFloat());
    });
    replaceWith(rewriter, op, g.convert(out, g.type(op.getResult()).getElementType()));
    return success();
  }
};

struct DecomposeGatedActivation : OpRewritePattern<GatedActivationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatedActivationOp op, PatternRewriter &rewriter) const override {
    SlotBuilder g(rewriter, op.getLoc());
    if (isEmpty(op.getResult()))
      return replaceEmpty(rewriter, op, op.getResult());
    std::string letters = lettersFor(op.getX());
    GateOrder order = op.getGateOrder();
    Value gate = part(g, op, order == GateOrder::UpFirst), up = part(g, op, order != GateOrder::UpFirst);
    Value out = g.map(letters + "," + letters + "->" + letters, {gate, up}, g.f32(), [&](Cell &c) {
      Value gate = c.toFloat(c[0]), up = c.toFloat(c[1]);
      if (std::optional<APFloat> limit = op.getLimit()) {
        double most = limit->convertToFloat();
        gate = arith::MinimumFOp::create(c.b, gate, c.number(most));
        up = arith::MaximumFOp::create(c.b, arith::MinimumFOp::create(c.b, up, c.number(most)), c.number(-most));
      }
      if (!op.getUpOffset().isZero())
        up = c.add(up, c.number(op.getUpOffset().convertToFloat()));
      return c.mul(activate(c, gate, op.getActivation(), op.getAlpha().convertToFloat()), up);
    });
    replaceWith(rewriter, op, g.convert(out, g.type(op.getResult()).getElementType()));
    return success();
  }

private:
  /// The first or the second half of the columns, or of each pair.
  static Value part(SlotBuilder &g, GatedActivationOp op, bool second) {
    RankedTensorType type = g.type(op.getX());
    int64_t rank = type.getRank();
    AffineExpr halved = g.b.getAffineSymbolExpr(0).floorDiv(2);
    OpFoldResult half = affine::makeComposedFoldedAffineApply(g.b, g.b.getLoc(), halved, {g.size(op.getX(), -1)});
    bool interleaved = op.getGateOrder() == GateOrder::Interleaved;
    SmallVector<OpFoldResult> offsets(rank, g.number(0)), sizes, strides(rank, g.number(1));
    for (int64_t dim = 0; dim < rank; ++dim)
      sizes.push_back(g.size(op.getX(), dim));
    if (second)
      offsets.back() = interleaved ? g.number(1) : half;
    sizes.back() = half;
    strides.back() = g.number(interleaved ? 2 : 1);
    return tensor::ExtractSliceOp::create(g.b, op.getX(), offsets, sizes, strides);
  }
};

} // namespace

void hadal::populateExpertPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeMoe>(patterns.getContext());
}

void hadal::populateExpertLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<SimplifyGroupedMatmul>(patterns.getContext(), /*benefit=*/2);
  patterns.add<DecomposeGroupedMatmul, DecomposeActivation, DecomposeGatedActivation>(patterns.getContext());
}
