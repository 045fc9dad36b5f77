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

} // namespace

LogicalResult hadal::flatten(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  RewritePatternSet patterns(context);
  patterns.add<BehindRows<RMSNormOp>, BehindRows<GatedActivationOp>, SplitLatentProjection, FlattenGather>(context);
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
