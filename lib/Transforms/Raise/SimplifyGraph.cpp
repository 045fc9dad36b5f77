//===- SimplifyGraph.cpp - The pass --hadal-simplify-graph ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "hadal/Transforms/Raise/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace hadal {
#define GEN_PASS_DEF_SIMPLIFYGRAPH
#include "hadal/Transforms/Raise/Passes.h.inc"
} // namespace hadal

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

namespace {

/// Makes one value for each size, at the begin of a function.
class SizeBuilder {
public:
  explicit SizeBuilder(func::FuncOp function) : builder(OpBuilder::atBlockBegin(&function.front())) {
    for (BlockArgument argument : function.getArguments()) {
      auto type = dyn_cast<RankedTensorType>(argument.getType());
      for (int64_t dim = 0; type && dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          if (std::optional<unsigned> symbol = elements.sizeOf(argument, dim).asAtom())
            origins.try_emplace(*symbol, argument, dim);
    }
  }

  /// The value of `size`, null if it is no expression of the arguments' dimensions.
  Value get(Value size) {
    Poly poly = elements.valueOf(size);
    auto [it, isNew] = made.try_emplace(poly);
    if (isNew)
      it->second = make(poly, size.getLoc());
    return it->second;
  }

private:
  Value make(const Poly &poly, Location loc);

  Elements elements;
  OpBuilder builder;
  std::map<unsigned, std::pair<Value, int64_t>> origins;
  std::map<unsigned, Value> dims;
  std::map<Poly, Value> made;
};

} // namespace

Value SizeBuilder::make(const Poly &poly, Location loc) {
  if (std::optional<int64_t> constant = poly.constant())
    return arith::ConstantIndexOp::create(builder, loc, *constant);
  SmallVector<Value> operands;
  std::map<unsigned, AffineExpr> symbols;
  AffineExpr sum = builder.getAffineConstantExpr(0);
  for (const auto &[monomial, coefficient] : poly.getTerms()) {
    AffineExpr term = builder.getAffineConstantExpr(1);
    for (unsigned atom : monomial) {
      auto origin = origins.find(atom);
      if (origin == origins.end())
        return nullptr;
      Value &dim = dims[atom];
      if (!dim)
        dim = tensor::DimOp::create(builder, loc, origin->second.first, origin->second.second);
      if (symbols.try_emplace(atom, builder.getAffineSymbolExpr(operands.size())).second)
        operands.push_back(dim);
      term = term * symbols[atom];
    }
    sum = sum + term * coefficient;
  }
  if (poly.asAtom())
    return operands.front();
  return affine::AffineApplyOp::create(builder, loc, AffineMap::get(0, operands.size(), sum), operands);
}

static void unifySizes(func::FuncOp function) {
  SmallVector<Operation *> sizes;
  function.walk([&](Operation *op) {
    if (isa<tensor::DimOp, affine::AffineApplyOp>(op) && op->getParentOp() == function)
      sizes.push_back(op);
  });
  SizeBuilder builder(function);
  // All new values first: an old one that is replaced can no longer be understood.
  SmallVector<Value> replacements;
  for (Operation *op : sizes)
    replacements.push_back(builder.get(op->getResult(0)));
  for (auto [op, replacement] : llvm::zip_equal(sizes, replacements))
    if (replacement)
      op->getResult(0).replaceAllUsesWith(replacement);
  for (Operation *op : llvm::reverse(sizes))
    if (op->use_empty())
      op->erase();
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

namespace {

/// A slice of one part of a concatenation.
struct SliceOfConcat : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getSource().getDefiningOp<tensor::ConcatOp>();
    if (!concat)
      return failure();
    int64_t dim = concat.getDim();
    Elements elements;
    Poly first = elements.valueOf(op.getMixedOffsets()[dim]), begin;
    Poly last = first + elements.valueOf(op.getMixedStrides()[dim]) * (elements.valueOf(op.getMixedSizes()[dim]) - 1);
    for (Value part : concat.getInputs()) {
      std::optional<int64_t> offset = (first - begin).constant();
      Poly end = begin + elements.sizeOf(part, dim);
      if (offset && elements.atoms.isBetween(first, begin, end) && elements.atoms.isBetween(last, begin, end)) {
        SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
        offsets[dim] = rewriter.getIndexAttr(*offset);
        rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(op, op.getType(), part, offsets, op.getMixedSizes(),
                                                            op.getMixedStrides());
        return success();
      }
      begin = end;
    }
    return rewriter.notifyMatchFailure(op, "it is not known to lie in one part");
  }
};

/// A slice that is everything.
struct WholeSlice : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op, PatternRewriter &rewriter) const override {
    if (op.getType() != op.getSourceType() || !op.hasUnitStride() || !op.hasZeroOffset())
      return failure();
    Elements elements;
    for (auto [dim, size] : llvm::enumerate(op.getMixedSizes()))
      if (elements.valueOf(size) != elements.sizeOf(op.getSource(), dim))
        return rewriter.notifyMatchFailure(op, "a size is not known to be the source's");
    rewriter.replaceOp(op, op.getSource());
    return success();
  }
};

/// A slice of what an element-wise operation computes from whole operands: compute it from slices.
struct SliceOfElementwise : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op, PatternRewriter &rewriter) const override {
    auto generic = op.getSource().getDefiningOp<linalg::GenericOp>();
    if (!generic || !op.getSource().hasOneUse() || !generic.isAllParallelLoops() || generic.hasIndexSemantics() ||
        generic->getNumResults() != 1 || generic.payloadUsesValueFromOperand(generic.getDpsInitOperand(0)) ||
        op.getSourceType().getRank() != op.getType().getRank() ||
        !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0)).isIdentity())
      return failure();
    auto isSliceable = [](AffineMap map) {
      return llvm::all_of(map.getResults(), [](AffineExpr expr) {
        return isa<AffineDimExpr>(expr) ||
               (isa<AffineConstantExpr>(expr) && cast<AffineConstantExpr>(expr).getValue() == 0);
      });
    };
    if (!llvm::all_of(generic.getIndexingMapsArray(), isSliceable))
      return rewriter.notifyMatchFailure(op, "an operand is read at other than single loop indices");
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), sizes = op.getMixedSizes(),
                              strides = op.getMixedStrides();
    SmallVector<Value> operands;
    for (OpOperand *operand : generic.getDpsInputOperands()) {
      if (!isa<RankedTensorType>(operand->get().getType())) {
        operands.push_back(operand->get());
        continue;
      }
      SmallVector<OpFoldResult> from, size, stride;
      for (AffineExpr expr : generic.getMatchingIndexingMap(operand).getResults()) {
        auto dim = dyn_cast<AffineDimExpr>(expr);
        from.push_back(dim ? offsets[dim.getPosition()] : OpFoldResult(rewriter.getIndexAttr(0)));
        size.push_back(dim ? sizes[dim.getPosition()] : OpFoldResult(rewriter.getIndexAttr(1)));
        stride.push_back(dim ? strides[dim.getPosition()] : OpFoldResult(rewriter.getIndexAttr(1)));
      }
      operands.push_back(tensor::ExtractSliceOp::create(rewriter, op.getLoc(), operand->get(), from, size, stride));
    }
    Value init = tensor::EmptyOp::create(rewriter, op.getLoc(), sizes, op.getType().getElementType());
    auto sliced = linalg::GenericOp::create(rewriter, generic.getLoc(), init.getType(), operands, init,
                                            generic.getIndexingMapsArray(), generic.getIteratorTypesArray());
    rewriter.inlineRegionBefore(generic.getRegion(), sliced.getRegion(), sliced.getRegion().begin());
    rewriter.replaceOp(op, sliced);
    rewriter.eraseOp(generic);
    return success();
  }
};

/// A size that the body of a structured operation computes from others is computed before it.
struct HoistSize : OpRewritePattern<affine::AffineApplyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(affine::AffineApplyOp op, PatternRewriter &rewriter) const override {
    auto structured = dyn_cast<linalg::LinalgOp>(op->getParentOp());
    if (!structured || llvm::any_of(op->getOperands(), [&](Value operand) {
          return structured->isAncestor(operand.getParentBlock()->getParentOp());
        }))
      return failure();
    rewriter.moveOpBefore(op, structured);
    return success();
  }
};

/// What is written into a tensor, as a concatenation with what is left of it, one dimension at a time.
struct InsertToConcat : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    if (!op.hasUnitStride() || op.getSourceType().getRank() != op.getType().getRank())
      return failure();
    Elements elements;
    SmallVector<int64_t> partial;
    for (int64_t dim = 0, rank = op.getType().getRank(); dim < rank; ++dim)
      if (elements.sizeOf(op.getSource(), dim) != elements.sizeOf(op.getDest(), dim))
        partial.push_back(dim);
    if (partial.empty()) {
      if (op.getSourceType() != op.getType())
        return failure();
      rewriter.replaceOp(op, op.getSource());
      return success();
    }
    Location loc = op.getLoc();
    int64_t dim = partial.front();
    SmallVector<OpFoldResult> whole = tensor::getMixedSizes(rewriter, loc, op.getDest());
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), sizes = op.getMixedSizes();
    SmallVector<OpFoldResult> ones(whole.size(), rewriter.getIndexAttr(1));
    auto sliceOfDest = [&](OpFoldResult begin, OpFoldResult size) -> Value {
      SmallVector<OpFoldResult> from(whole.size(), rewriter.getIndexAttr(0)), cut(whole);
      from[dim] = begin;
      cut[dim] = size;
      return tensor::ExtractSliceOp::create(rewriter, loc, op.getDest(), from, cut, ones);
    };
    AffineExpr a = rewriter.getAffineSymbolExpr(0), b = rewriter.getAffineSymbolExpr(1),
               c = rewriter.getAffineSymbolExpr(2);
    OpFoldResult end = affine::makeComposedFoldedAffineApply(rewriter, loc, a + b, {offsets[dim], sizes[dim]});
    OpFoldResult rest =
        affine::makeComposedFoldedAffineApply(rewriter, loc, a - b - c, {whole[dim], offsets[dim], sizes[dim]});
    Value middle = op.getSource();
    if (partial.size() > 1) {
      Value slab = sliceOfDest(offsets[dim], sizes[dim]);
      SmallVector<OpFoldResult> inner(offsets);
      inner[dim] = rewriter.getIndexAttr(0);
      middle = tensor::InsertSliceOp::create(rewriter, loc, op.getSource(), slab, inner, sizes, ones);
    }
    SmallVector<Value> parts;
    if (getConstantIntValue(offsets[dim]) != 0)
      parts.push_back(sliceOfDest(rewriter.getIndexAttr(0), offsets[dim]));
    parts.push_back(middle);
    if (getConstantIntValue(rest) != 0)
      parts.push_back(sliceOfDest(end, rest));
    Value result = parts.size() == 1 ? middle : tensor::ConcatOp::create(rewriter, loc, op.getType(), dim, parts);
    if (result.getType() != op.getType())
      result = tensor::CastOp::create(rewriter, loc, op.getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct SimplifyGraph : hadal::impl::SimplifyGraphBase<SimplifyGraph> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    unifySizes(function);
    RewritePatternSet patterns(&getContext());
    populatePreparation(patterns);
    patterns.add<SliceOfConcat, WholeSlice, SliceOfElementwise, HoistSize, InsertToConcat>(&getContext());
    tensor::ExtractSliceOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(function, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
