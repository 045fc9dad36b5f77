//===- DecomposeLatent.cpp - Latent attention, expanded or absorbed ===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SparseGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

namespace {

/// Builds the parts of one latent attention. Sizes are named as in the op's description.
class LatentParts {
public:
  LatentParts(LatentAttentionOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), loc(op.getLoc()), element(type(op.getQNope()).getElementType()),
        batch(size(op.getQNope(), 0)), heads(size(op.getQNope(), 1)), queries(size(op.getQNope(), 2)),
        keys(size(op.getLatent(), 1)), nope(type(op.getQNope()).getDimSize(3)), rope(type(op.getQPe()).getDimSize(3)),
        latent(type(op.getLatent()).getDimSize(2)), value(type(op.getResult()).getDimSize(3)) {}

  /// Why the op cannot be taken apart; empty if it can.
  StringRef obstacle() const {
    if (!isa<Attribute>(heads))
      return "the number of heads is not static";
    for (int64_t dim : {nope, rope, latent, value})
      if (ShapedType::isDynamic(dim))
        return "a head size is not static";
    return "";
  }

  /// The result and, if the op gives one, the lse.
  SmallVector<Value> expanded();
  SmallVector<Value> absorbed();

private:
  static RankedTensorType type(Value value) { return cast<RankedTensorType>(value.getType()); }
  OpFoldResult size(Value value, int64_t dim) { return tensor::getMixedSize(rewriter, loc, value, dim); }
  OpFoldResult index(int64_t value) { return rewriter.getIndexAttr(value); }
  int64_t numHeads() const { return cast<IntegerAttr>(cast<Attribute>(heads)).getInt(); }

  Value empty(ArrayRef<OpFoldResult> sizes) { return tensor::EmptyOp::create(rewriter, loc, sizes, element); }
  Value zeros(ArrayRef<OpFoldResult> sizes) {
    Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(element));
    return linalg::FillOp::create(rewriter, loc, zero, empty(sizes)).getResult(0);
  }
  /// x[offset : offset + size] in dimension `dim`.
  Value slice(Value x, int64_t dim, int64_t offset, int64_t length);
  Value transpose(Value x, ArrayRef<int64_t> perm);
  Value concatLast(Value a, Value b) {
    return tensor::ConcatOp::create(rewriter, loc, type(a).getRank() - 1, ValueRange{a, b});
  }
  /// [B, T, D] as one kv head [B, 1, T, D].
  Value oneHead(Value x);
  /// [B, T, D] for every head: [B, H, T, D].
  Value everyHead(Value x);
  /// Σ over the last of the loops (b, h, s, o, i) of a[b,h,s,i] · w, where `wMap` places (h, o, i) in the weight.
  Value perHeadProduct(Value a, Value w, AffineMap wMap, int64_t outSize);
  /// With all clauses of the op.
  AttentionOp attention(Value q, Value k, Value v) {
    Type lse = op.getLse() ? op.getLse().getType() : Type();
    return AttentionOp::create(rewriter, loc, resultTypeFor(v), lse, q, k, v, op.getMask(), op.getSink(),
                               op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getScaleAttr(),
                               op.getCausalAttr(), op.getOffsetAttr(), op.getWindowAttr(), op.getSoftcapAttr());
  }
  /// [B, H, S, the last dimension of v].
  RankedTensorType resultTypeFor(Value v) {
    SmallVector<int64_t> shape(type(op.getQNope()).getShape());
    shape.back() = type(v).getShape().back();
    return RankedTensorType::get(shape, element);
  }

  LatentAttentionOp op;
  PatternRewriter &rewriter;
  Location loc;
  Type element;
  OpFoldResult batch, heads, queries, keys;
  int64_t nope, rope, latent, value;
};

} // namespace

Value LatentParts::slice(Value x, int64_t dim, int64_t offset, int64_t length) {
  int64_t rank = type(x).getRank();
  SmallVector<OpFoldResult> offsets(rank, index(0)), sizes, strides(rank, index(1));
  for (int64_t i = 0; i < rank; ++i)
    sizes.push_back(size(x, i));
  offsets[dim] = index(offset);
  sizes[dim] = index(length);
  // A slice may not begin at the end of a dimension, not even one without elements.
  if (llvm::any_of(sizes, [](OpFoldResult size) { return isConstantIntValue(size, 0); }))
    return empty(sizes);
  return tensor::ExtractSliceOp::create(rewriter, loc, x, offsets, sizes, strides);
}

Value LatentParts::transpose(Value x, ArrayRef<int64_t> perm) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : perm)
    sizes.push_back(size(x, dim));
  return linalg::TransposeOp::create(rewriter, loc, x, empty(sizes), perm)->getResult(0);
}

Value LatentParts::oneHead(Value x) {
  SmallVector<int64_t> shape(type(x).getShape());
  shape.insert(shape.begin() + 1, 1);
  SmallVector<OpFoldResult> sizes = {size(x, 0), index(1), size(x, 1), size(x, 2)};
  SmallVector<ReassociationIndices> groups = {{0}, {1, 2}, {3}};
  return tensor::ExpandShapeOp::create(rewriter, loc, RankedTensorType::get(shape, element), x, groups, sizes);
}

Value LatentParts::everyHead(Value x) {
  MLIRContext *context = rewriter.getContext();
  AffineExpr b, h, t, d;
  bindDims(context, b, h, t, d);
  SmallVector<AffineMap> maps = {AffineMap::get(4, 0, {b, t, d}, context),
                                 AffineMap::getMultiDimIdentityMap(4, context)};
  Value out = empty({size(x, 0), heads, size(x, 1), size(x, 2)});
  SmallVector<utils::IteratorType> loops(4, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             rewriter, loc, out.getType(), x, out, maps, loops,
             [](OpBuilder &body, Location loc, ValueRange args) { linalg::YieldOp::create(body, loc, args[0]); })
      .getResult(0);
}

Value LatentParts::perHeadProduct(Value a, Value w, AffineMap wMap, int64_t outSize) {
  MLIRContext *context = rewriter.getContext();
  AffineExpr b, h, s, o, i;
  bindDims(context, b, h, s, o, i);
  SmallVector<AffineMap> maps = {AffineMap::get(5, 0, {b, h, s, i}, context), wMap,
                                 AffineMap::get(5, 0, {b, h, s, o}, context)};
  SmallVector<utils::IteratorType> loops(4, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);
  Value out = zeros({batch, heads, queries, index(outSize)});
  return linalg::GenericOp::create(rewriter, loc, out.getType(), ValueRange{a, w}, out, maps, loops,
                                   [](OpBuilder &body, Location loc, ValueRange args) {
                                     Value product = arith::MulFOp::create(body, loc, args[0], args[1]);
                                     Value sum = arith::AddFOp::create(body, loc, args[2], product);
                                     linalg::YieldOp::create(body, loc, sum);
                                   })
      .getResult(0);
}

SmallVector<Value> LatentParts::expanded() {
  // One matmul makes the keys and values of every head: [B·T, L] · [L, H·(Dn + Dv)].
  int64_t perHead = nope + value;
  Value rows =
      tensor::CollapseShapeOp::create(rewriter, loc, op.getLatent(), SmallVector<ReassociationIndices>{{0, 1}, {2}});
  Value weight =
      tensor::CollapseShapeOp::create(rewriter, loc, op.getWKv(), SmallVector<ReassociationIndices>{{0}, {1, 2}});
  Value out = zeros({size(rows, 0), index(numHeads() * perHead)});
  Value flat = linalg::MatmulOp::create(rewriter, loc, ValueRange{rows, weight}, out).getResult(0);
  SmallVector<int64_t> shape = {type(op.getLatent()).getDimSize(0), type(op.getLatent()).getDimSize(1), numHeads(),
                                perHead};
  Value kv = tensor::ExpandShapeOp::create(rewriter, loc, RankedTensorType::get(shape, element), flat,
                                           SmallVector<ReassociationIndices>{{0, 1}, {2, 3}},
                                           SmallVector<OpFoldResult>{batch, keys, heads, index(perHead)});
  Value keysNope = transpose(slice(kv, 3, 0, nope), {0, 2, 1, 3});
  Value values = transpose(slice(kv, 3, nope, value), {0, 2, 1, 3});
  Value q = concatLast(op.getQNope(), op.getQPe());
  Value k = concatLast(keysNope, everyHead(op.getKPe()));
  return SmallVector<Value>(attention(q, k, values)->getResults());
}

SmallVector<Value> LatentParts::absorbed() {
  MLIRContext *context = rewriter.getContext();
  AffineExpr b, h, s, o, i;
  bindDims(context, b, h, s, o, i);
  // q̃[b,h,s,l] = Σ_d q_nope[b,h,s,d] · W_UK[l,h,d]
  Value wUk = slice(op.getWKv(), 2, 0, nope);
  Value q = perHeadProduct(op.getQNope(), wUk, AffineMap::get(5, 0, {o, h, i}, context), latent);
  Value values = oneHead(op.getLatent());
  Value k = oneHead(op.getKPe());
  AttentionOp mixed = attention(concatLast(q, op.getQPe()), concatLast(values, k), values);
  // out[b,h,s,d] = Σ_l mixed[b,h,s,l] · W_UV[l,h,d]
  Value wUv = slice(op.getWKv(), 2, nope, value);
  SmallVector<Value> results = {
      perHeadProduct(mixed.getResult(), wUv, AffineMap::get(5, 0, {i, h, o}, context), value)};
  if (op.getLse())
    results.push_back(mixed.getLse());
  return results;
}

namespace {
struct DecomposeLatentAttention : OpRewritePattern<LatentAttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LatentAttentionOp op, PatternRewriter &rewriter) const override {
    if (op.getForm() == LatentForm::Auto)
      return rewriter.notifyMatchFailure(op, "the form is not chosen");
    LatentParts builder(op, rewriter);
    if (StringRef obstacle = builder.obstacle(); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    SmallVector<Value> results = op.getForm() == LatentForm::Expanded ? builder.expanded() : builder.absorbed();
    if (results[0].getType() != op.getResult().getType())
      results[0] = tensor::CastOp::create(rewriter, op.getLoc(), op.getResult().getType(), results[0]);
    rewriter.replaceOp(op, results);
    return success();
  }
};
} // namespace

static LogicalResult decomposeAbsorbQuery(AbsorbQueryOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  rewriter.replaceOp(op, asResult(g, g.contract("bhsd,lhd->bhsl", op.getQNope(), op.getWUk()), op.getResult()));
  return success();
}

static LogicalResult decomposeExpandValue(ExpandValueOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  rewriter.replaceOp(op, asResult(g, g.contract("bhsl,lhd->bhsd", op.getX(), op.getWUv()), op.getResult()));
  return success();
}

static LogicalResult decomposeLatentProjection(LatentProjectionOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value x = op.getCKv();
  OpFoldResult size = g.size(op.getWeight(), 0), rotated = g.product(g.size(op.getCos(), 2), g.number(2));
  Value latent = g.slice(x, 2, g.number(0), size), k = g.slice(x, 2, size, rotated);
  latent = RMSNormOp::create(g.b, latent.getType(), latent, op.getWeight(), op.getEpsilonAttr());
  SmallVector<ReassociationIndices> groups = {{0}, {1, 2}, {3}};
  k = g.expand(k, groups, {g.size(k, 0), g.number(1), g.size(k, 1), rotated});
  k = RopeOp::create(g.b, k.getType(), k, op.getCos(), op.getSin(), op.getInLayout(), op.getOutLayout());
  rewriter.replaceOp(op,
                     {g.cast(latent, op.getLatent().getType()), g.cast(g.collapse(k, groups), op.getKPe().getType())});
  return success();
}

void hadal::populateLatentPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeLatentAttention>(patterns.getContext());
  populateCachePartsPatterns(patterns);
}

void hadal::populateLatentLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<AbsorbQueryOp, decomposeAbsorbQuery>, DecomposeBy<ExpandValueOp, decomposeExpandValue>,
               DecomposeBy<LatentProjectionOp, decomposeLatentProjection>>(patterns.getContext());
  populateCacheLinalgPatterns(patterns);
}
