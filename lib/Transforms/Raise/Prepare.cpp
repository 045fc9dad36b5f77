//===- Prepare.cpp - Slices written by scatters become concatenations -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {

/// A scatter whose tuples are i + c writes a slice.
struct ScatterToInsertSlice : OpRewritePattern<ScatterNDOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScatterNDOp op, PatternRewriter &rewriter) const override {
    RankedTensorType indices = op.getIndices().getType();
    if (op.getReduction() != ScatterReduction::None || indices.getRank() != 2 || indices.getDimSize(1) != 1)
      return rewriter.notifyMatchFailure(op, "not one index for each written slice");
    Elements elements;
    Poly i = elements.atoms.var(elements.sizeOf(op.getIndices(), 0));
    Poly target = elements.integer({op.getIndices(), {i, 0}});
    std::optional<int64_t> offset = (target - i).constant();
    Poly end = elements.sizeOf(op.getUpdates(), 0) + offset.value_or(0);
    if (!offset || *offset < 0 || !elements.atoms.isNonNegative(elements.sizeOf(op.getData(), 0) - end))
      return rewriter.notifyMatchFailure(op, "the written indices are not consecutive and inside");
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, op.getLoc(), op.getUpdates());
    SmallVector<OpFoldResult> offsets(sizes.size(), rewriter.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    offsets[0] = rewriter.getIndexAttr(*offset);
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(op, op.getUpdates(), op.getData(), offsets, sizes, strides);
    return success();
  }
};

/// A scatter of single elements whose tuples are (i + a, j + b, …) writes a box.
struct ScatterBoxToInsertSlice : OpRewritePattern<ScatterNDOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScatterNDOp op, PatternRewriter &rewriter) const override {
    Elements elements;
    std::optional<Indices> begin = elements.boxOf(op);
    if (!begin)
      return rewriter.notifyMatchFailure(op, "the written indices are no box");
    SmallVector<OpFoldResult> offsets;
    for (auto [dim, offset] : llvm::enumerate(*begin)) {
      Poly end = offset + elements.sizeOf(op.getUpdates(), dim), size = elements.sizeOf(op.getData(), dim);
      if (!elements.atoms.isNonNegative(offset) || !elements.atoms.isNonNegative(size - end))
        return rewriter.notifyMatchFailure(op, "the written box is not known to be inside");
      offsets.push_back(elements.sizeValue(rewriter, op.getLoc(), offset));
    }
    if (!llvm::all_of(offsets, [](OpFoldResult offset) { return !offset.isNull(); }))
      return failure();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, op.getLoc(), op.getUpdates());
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(op, op.getUpdates(), op.getData(), offsets, sizes, strides);
    return success();
  }
};

/// Slices written side by side along one dimension, and nothing else seen: a concatenation.
struct InsertSlicesToConcat : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  /// The only dimension in which `op` writes less than all, and where; nothing if there are more or none.
  static std::optional<std::pair<int64_t, int64_t>> writtenAlong(tensor::InsertSliceOp op, Elements &elements) {
    std::optional<std::pair<int64_t, int64_t>> result;
    if (op.getSourceType().getRank() != op.getType().getRank() || !op.hasUnitStride())
      return std::nullopt;
    for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
      if (elements.sizeOf(op.getSource(), dim) == elements.sizeOf(op.getDest(), dim))
        continue;
      std::optional<int64_t> begin = getConstantIntValue(offset);
      if (result || !begin || op.getSourceType().isDynamicDim(dim))
        return std::nullopt;
      result = {dim, *begin};
    }
    return result;
  }

  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    Elements elements;
    auto last = writtenAlong(op, elements);
    if (!last || op.getType().isDynamicDim(last->first))
      return failure();
    int64_t dim = last->first, total = op.getType().getDimSize(dim);
    std::map<int64_t, Value> parts; // by where they begin
    int64_t covered = 0;
    for (auto write = op; write && covered < total; write = write.getDest().getDefiningOp<tensor::InsertSliceOp>()) {
      auto along = writtenAlong(write, elements);
      if (!along || along->first != dim)
        return failure();
      if (!parts.try_emplace(along->second, write.getSource()).second)
        return failure();
      covered += write.getSourceType().getDimSize(dim);
    }
    SmallVector<Value> inputs;
    int64_t end = 0;
    for (auto [begin, source] : parts) {
      if (begin != end)
        return failure();
      inputs.push_back(source);
      end += cast<RankedTensorType>(source.getType()).getDimSize(dim);
    }
    if (end != total)
      return failure();
    rewriter.replaceOpWithNewOp<tensor::ConcatOp>(op, op.getType(), dim, inputs);
    return success();
  }
};

/// The transpose of a concatenation of transposes is a concatenation of transposes, which then meet and cancel.
struct TransposeOfConcat : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getInput().getDefiningOp<tensor::ConcatOp>();
    if (!concat ||
        !llvm::all_of(concat.getInputs(), [](Value input) { return input.getDefiningOp<linalg::TransposeOp>(); }))
      return failure();
    ArrayRef<int64_t> permutation = op.getPermutation();
    SmallVector<Value> inputs;
    for (Value input : concat.getInputs()) {
      SmallVector<OpFoldResult> sizes = applyPermutation(knownSizes(rewriter, input), permutation);
      Value init = tensor::EmptyOp::create(rewriter, op.getLoc(), sizes, concat.getType().getElementType());
      inputs.push_back(linalg::TransposeOp::create(rewriter, op.getLoc(), input, init, permutation)->getResult(0));
    }
    int64_t dim = llvm::find(permutation, static_cast<int64_t>(concat.getDim())) - permutation.begin();
    rewriter.replaceOpWithNewOp<tensor::ConcatOp>(op, op->getResult(0).getType(), dim, inputs);
    return success();
  }
};

} // namespace

void hadal::raise::populatePreparation(RewritePatternSet &patterns) {
  patterns.add<ScatterToInsertSlice, ScatterBoxToInsertSlice, InsertSlicesToConcat, TransposeOfConcat>(
      patterns.getContext());
  linalg::TransposeOp::getCanonicalizationPatterns(patterns, patterns.getContext());
}
