//===- Flatten.cpp - Reshapes out of the way of fusion --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Flatten.h"
#include "Roots.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;
using namespace hadal;

namespace {

/// The groups of a reshape if its last group is one dimension.
static std::optional<SmallVector<ReassociationIndices>> groupsOfRows(Operation *reshape) {
  auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape);
  auto groups =
      expand ? expand.getReassociationIndices() : cast<tensor::CollapseShapeOp>(reshape).getReassociationIndices();
  if (groups.empty() || groups.back().size() != 1)
    return std::nullopt;
  return groups;
}

/// rowwise(expand_shape(x)) → expand_shape(rowwise(x)), for what works on rows
/// (the last dimension) alone.
template <typename Op> struct BehindRows : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto expand = op.getX().template getDefiningOp<tensor::ExpandShapeOp>();
    if (!expand)
      return rewriter.notifyMatchFailure(op, "its operand is no expand_shape");
    std::optional<SmallVector<ReassociationIndices>> groups = groupsOfRows(expand);
    if (!groups)
      return rewriter.notifyMatchFailure(op, "the reshape changes the rows");
    auto narrow = expand.getSrcType();
    int64_t last = op.getResult().getType().getShape().back();
    if (ShapedType::isDynamic(last))
      return rewriter.notifyMatchFailure(op, "its last dimension is dynamic");
    SmallVector<int64_t> shape(narrow.getShape());
    shape.back() = last;
    SmallVector<Value> operands(op->getOperands());
    operands[0] = expand.getSrc();
    auto rows = Op::create(rewriter, op.getLoc(), TypeRange(narrow.clone(shape)), operands, op->getAttrs());
    SmallVector<OpFoldResult> sizes = expand.getMixedOutputShape();
    sizes.back() = rewriter.getIndexAttr(last);
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, op.getResult().getType(), rows->getResult(0), *groups,
                                                       sizes);
    return success();
  }
};

/// A latent projection is a normalisation of one slice and a rotation of the other.
struct SplitLatentProjection : OpRewritePattern<LatentProjectionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LatentProjectionOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = op.getCKv().getType();
    int64_t latent = op.getWeight().getType().getDimSize(0), rotated = type.getDimSize(2) - latent;
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getCKv());
    auto slice = [&](int64_t begin, int64_t size) -> Value {
      SmallVector<OpFoldResult> offsets(3, rewriter.getIndexAttr(0)), strides(3, rewriter.getIndexAttr(1));
      offsets[2] = rewriter.getIndexAttr(begin);
      sizes[2] = rewriter.getIndexAttr(size);
      return tensor::ExtractSliceOp::create(rewriter, loc, op.getCKv(), offsets, sizes, strides);
    };
    auto norm = RMSNormOp::create(rewriter, loc, op.getLatent().getType(), slice(0, latent), op.getWeight(),
                                  op.getEpsilonAttr());
    Value k = slice(latent, rotated);
    SmallVector<ReassociationIndices> groups{{0}, {1, 2}, {3}};
    auto headed = RankedTensorType::get({type.getDimSize(0), 1, type.getDimSize(1), rotated}, type.getElementType());
    SmallVector<OpFoldResult> shape{sizes[0], rewriter.getIndexAttr(1), sizes[1], rewriter.getIndexAttr(rotated)};
    Value withHead = tensor::ExpandShapeOp::create(rewriter, loc, headed, k, groups, shape);
    Value turned =
        RopeOp::create(rewriter, loc, headed, withHead, op.getCos(), op.getSin(), op.getInLayout(), op.getOutLayout());
    Value flat = tensor::CollapseShapeOp::create(rewriter, loc, op.getKPe().getType(), turned, groups);
    rewriter.replaceOp(op, {norm.getResult(), flat});
    return success();
  }
};

/// Rows of a table by a tensor of indices are rows by its elements in a row.
struct FlattenGather : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    auto indices = op.getIndices().getType();
    int64_t rank = indices.getRank(), axis = op.getAxis();
    if (rank < 2)
      return rewriter.notifyMatchFailure(op, "the indices are flat");
    Location loc = op.getLoc();
    ReassociationIndices all(llvm::to_vector<2>(llvm::seq<int64_t>(0, rank)));
    int64_t count = indices.hasStaticShape() ? indices.getNumElements() : ShapedType::kDynamic;
    Value flat = tensor::CollapseShapeOp::create(rewriter, loc, RankedTensorType::get(count, indices.getElementType()),
                                                 op.getIndices(), ArrayRef<ReassociationIndices>(all));
    auto type = op.getResult().getType();
    SmallVector<int64_t> shape;
    SmallVector<ReassociationIndices> groups;
    SmallVector<OpFoldResult> sizes;
    for (int64_t i = 0; i < type.getRank(); ++i) {
      bool first = i == axis, inside = i > axis && i < axis + rank;
      if (!inside) {
        shape.push_back(first ? count : type.getDimSize(i));
        groups.emplace_back();
      }
      groups.back().push_back(i);
      if (i >= axis && i < axis + rank)
        sizes.push_back(tensor::getMixedSize(rewriter, loc, op.getIndices(), i - axis));
      else
        sizes.push_back(tensor::getMixedSize(rewriter, loc, op.getData(), i < axis ? i : i - rank + 1));
    }
    auto rows = GatherOp::create(rewriter, loc, type.clone(shape), op.getData(), flat, op.getAxisAttr());
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, type, rows, groups, sizes);
    return success();
  }
};

/// Tuples of indices in a row, as [N, r].
struct FlattenGatherND : OpRewritePattern<GatherNDOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherNDOp op, PatternRewriter &rewriter) const override {
    auto indices = cast<RankedTensorType>(op.getIndices().getType());
    auto type = cast<RankedTensorType>(op.getResult().getType());
    int64_t rank = indices.getRank(), lead = rank - 1;
    if (rank <= 2 || op.getBatchDims() != 0)
      return rewriter.notifyMatchFailure(op, "the indices are flat, or batched");
    Location loc = op.getLoc();
    int64_t count = 1;
    for (int64_t size : indices.getShape().drop_back())
      count = ShapedType::isDynamic(size) || ShapedType::isDynamic(count) ? ShapedType::kDynamic : count * size;
    ReassociationIndices all(llvm::to_vector<2>(llvm::seq<int64_t>(0, lead)));
    Value flat = tensor::CollapseShapeOp::create(
        rewriter, loc, RankedTensorType::get({count, indices.getShape().back()}, indices.getElementType()),
        op.getIndices(), ArrayRef<ReassociationIndices>{all, {lead}});
    SmallVector<int64_t> shape{count};
    SmallVector<ReassociationIndices> groups{all};
    SmallVector<OpFoldResult> sizes;
    for (int64_t i = 0; i < lead; ++i)
      sizes.push_back(tensor::getMixedSize(rewriter, loc, op.getIndices(), i));
    for (int64_t i = lead; i < type.getRank(); ++i) {
      shape.push_back(type.getDimSize(i));
      groups.push_back({i});
      sizes.push_back(tensor::getMixedSize(rewriter, loc, op.getData(), indices.getShape().back() + i - lead));
    }
    auto rows = GatherNDOp::create(rewriter, loc, type.clone(shape), op.getData(), flat, op.getBatchDimsAttr());
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, type, rows, groups, sizes);
    return success();
  }
};

/// Positions in the batch dimensions become indices like the others.
struct UnbatchGatherND : OpRewritePattern<GatherNDOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherNDOp op, PatternRewriter &rewriter) const override {
    int64_t batch = op.getBatchDims();
    if (batch == 0)
      return rewriter.notifyMatchFailure(op, "it has no batch dimensions");
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getIndices().getType());
    int64_t rank = type.getRank();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getIndices());
    sizes.back() = rewriter.getIndexAttr(1);
    SmallVector<Value> parts;
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    for (int64_t d = 0; d < batch; ++d) {
      Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, type.getElementType());
      auto positions = linalg::GenericOp::create(
          rewriter, loc, empty.getType(), ValueRange{}, empty, rewriter.getMultiDimIdentityMap(rank), loops,
          [&](OpBuilder &b, Location at, ValueRange) {
            Value index = linalg::IndexOp::create(b, at, d);
            linalg::YieldOp::create(b, at, arith::IndexCastOp::create(b, at, type.getElementType(), index).getResult());
          });
      parts.push_back(positions.getResult(0));
    }
    parts.push_back(op.getIndices());
    Value tuples = tensor::ConcatOp::create(rewriter, loc, rank - 1, parts);
    rewriter.replaceOpWithNewOp<GatherNDOp>(op, op.getResult().getType(), op.getData(), tuples, 0);
    return success();
  }
};

/// A sum from the end is one from the start of what is turned round, and turned back.
struct ReverseCumSum : OpRewritePattern<CumSumOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CumSumOp op, PatternRewriter &rewriter) const override {
    if (!op.getReverse())
      return rewriter.notifyMatchFailure(op, "it runs from the start");
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getResult().getType());
    int64_t axis = op.getAxis();
    OpFoldResult size = tensor::getMixedSize(rewriter, loc, op.getX(), axis);
    Value last = getValueOrCreateConstantIndexOp(rewriter, loc, size);
    last = arith::SubIOp::create(rewriter, loc, last, arith::ConstantIndexOp::create(rewriter, loc, 1));
    Value empty = tensor::EmptyOp::create(rewriter, loc, {size}, rewriter.getI64Type());
    auto backward = linalg::GenericOp::create(
        rewriter, loc, empty.getType(), ValueRange{}, empty, rewriter.getMultiDimIdentityMap(1),
        utils::IteratorType::parallel, [&](OpBuilder &b, Location at, ValueRange) {
          Value index = arith::SubIOp::create(b, at, last, linalg::IndexOp::create(b, at, 0));
          linalg::YieldOp::create(b, at, arith::IndexCastOp::create(b, at, b.getI64Type(), index).getResult());
        });
    Value turned = GatherOp::create(rewriter, loc, type, op.getX(), backward.getResult(0), axis);
    Value sums = CumSumOp::create(rewriter, loc, type, turned, axis, op.getExclusive(), /*reverse=*/false);
    rewriter.replaceOpWithNewOp<GatherOp>(op, type, sums, backward.getResult(0), axis);
    return success();
  }
};

/// A softmax over a dimension that is not static, in its four steps.
struct SplitSoftmax : OpRewritePattern<linalg::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::SoftmaxOp op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    int64_t axis = op.getDimension(), rank = type.getRank();
    if (!type.isDynamicDim(axis))
      return rewriter.notifyMatchFailure(op, "its rows are static");
    Location loc = op.getLoc();
    Type element = type.getElementType();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getInput()), rowSizes(sizes);
    rowSizes.erase(rowSizes.begin() + axis);
    AffineMap all = rewriter.getMultiDimIdentityMap(rank), rows = all.dropResult(axis);
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    auto reduce = [&](Value input, double neutral, auto combine) -> Value {
      Value start = arith::ConstantOp::create(rewriter, loc, rewriter.getFloatAttr(element, neutral));
      Value empty = tensor::EmptyOp::create(rewriter, loc, rowSizes, element);
      Value init = linalg::FillOp::create(rewriter, loc, start, empty).getResult(0);
      return linalg::ReduceOp::create(rewriter, loc, input, init, axis,
                                      [&](OpBuilder &b, Location loc, ValueRange args) {
                                        linalg::YieldOp::create(b, loc, combine(b, loc, args[0], args[1]));
                                      })
          .getResult(0);
    };
    auto each = [&](Value input, Value row, auto combine) -> Value {
      Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, element);
      return linalg::GenericOp::create(rewriter, loc, empty.getType(), ValueRange{input, row}, empty,
                                       ArrayRef<AffineMap>{all, rows, all}, loops,
                                       [&](OpBuilder &b, Location loc, ValueRange args) {
                                         linalg::YieldOp::create(b, loc, combine(b, loc, args[0], args[1]));
                                       })
          .getResult(0);
    };
    auto max = [](OpBuilder &b, Location loc, Value x, Value y) -> Value {
      return arith::MaximumFOp::create(b, loc, x, y);
    };
    auto add = [](OpBuilder &b, Location loc, Value x, Value y) -> Value {
      return arith::AddFOp::create(b, loc, x, y);
    };
    auto power = [](OpBuilder &b, Location loc, Value x, Value y) -> Value {
      return math::ExpOp::create(b, loc, arith::SubFOp::create(b, loc, x, y));
    };
    auto divide = [](OpBuilder &b, Location loc, Value x, Value y) -> Value {
      return arith::DivFOp::create(b, loc, x, y);
    };
    Value best = reduce(op.getInput(), -std::numeric_limits<double>::infinity(), max);
    Value powers = each(op.getInput(), best, power);
    rewriter.replaceOp(op, each(powers, reduce(powers, 0.0, add), divide));
    return success();
  }
};

} // namespace

LogicalResult hadal::flatten(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  RewritePatternSet patterns(context);
  patterns.add<BehindRows<RMSNormOp>, BehindRows<GatedActivationOp>, SplitLatentProjection, SplitSoftmax, FlattenGather,
               FlattenGatherND, UnbatchGatherND, ReverseCumSum>(context);
  // Element-wise operations take the form of the product that they follow.
  auto control = [](OpOperand *operand) {
    Operation *op = operand->get().getDefiningOp();
    auto producer = dyn_cast<OpResult>(op->getOperand(0));
    return isa<tensor::ExpandShapeOp>(op) && kindOf(operand->getOwner()) == OpKind::Cheap && producer;
  };
  linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns, control);
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  return applyPatternsGreedily(function, std::move(patterns));
}
