//===- DecomposeGlue.cpp - What kernels lack of gathers and scatters ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

/// `tensor` with elements of `type`: floats are widened or rounded, integers extended or cut.
static Value convert(OpBuilder &builder, Location loc, Value tensor, Type type) {
  auto from = cast<RankedTensorType>(tensor.getType());
  Value init = tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, tensor), type);
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(from.getRank()));
  SmallVector<utils::IteratorType> loops(from.getRank(), utils::IteratorType::parallel);
  bool widens = from.getElementTypeBitWidth() < type.getIntOrFloatBitWidth(), isFloat = isa<FloatType>(type);
  auto body = [&](OpBuilder &at, Location loc, ValueRange in) {
    Value value;
    if (isFloat)
      value = widens ? arith::ExtFOp::create(at, loc, type, in[0]).getResult()
                     : arith::TruncFOp::create(at, loc, type, in[0]).getResult();
    else
      value = widens ? arith::ExtSIOp::create(at, loc, type, in[0]).getResult()
                     : arith::TruncIOp::create(at, loc, type, in[0]).getResult();
    linalg::YieldOp::create(at, loc, value);
  };
  return linalg::GenericOp::create(builder, loc, init.getType(), tensor, init, maps, loops, body).getResult(0);
}

namespace {
/// Sums of narrow numbers are made in 32 bits, which kernels can add to in memory. Of floats that is more exact.
struct WidenScatter : OpRewritePattern<ScatterNDOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScatterNDOp op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getData().getType());
    Type element = type.getElementType();
    if (op.getReduction() != ScatterReduction::Add || !element.isIntOrFloat() || element.isInteger(1) ||
        element.getIntOrFloatBitWidth() >= 32)
      return failure();
    Type wide = isa<FloatType>(element) ? Type(rewriter.getF32Type()) : Type(rewriter.getI32Type());
    Value data = convert(rewriter, op.getLoc(), op.getData(), wide);
    Value updates = convert(rewriter, op.getLoc(), op.getUpdates(), wide);
    Value sum =
        ScatterNDOp::create(rewriter, op.getLoc(), data.getType(), data, op.getIndices(), updates, op.getReduction());
    rewriter.replaceOp(op, convert(rewriter, op.getLoc(), sum, element));
    return success();
  }
};

/// The running count of the elements that are not zero says where each one's index goes; those of zeros go nowhere.
struct NonZeroByCounting : OpRewritePattern<NonZeroOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(NonZeroOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getX().getType());
    int64_t rank = type.getRank();
    Type i64 = rewriter.getI64Type();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getX());
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    AffineMap identity = rewriter.getMultiDimIdentityMap(rank);
    auto flat = [&](Value tensor, int64_t kept) {
      SmallVector<ReassociationIndices> groups{llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
      for (int64_t dim = 0; dim < kept; ++dim)
        groups.push_back({rank + dim});
      bool isFlat = rank == 1;
      return isFlat ? tensor : Value(tensor::CollapseShapeOp::create(rewriter, loc, tensor, groups));
    };
    auto isSet = [&](OpBuilder &at, Location loc, Value element) -> Value {
      Value zero = arith::ConstantOp::create(at, loc, cast<TypedAttr>(at.getZeroAttr(element.getType())));
      if (isa<FloatType>(element.getType()))
        return arith::CmpFOp::create(at, loc, arith::CmpFPredicate::UNE, element, zero);
      return arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ne, element, zero);
    };
    Value ones =
        linalg::GenericOp::create(
            rewriter, loc, tensor::EmptyOp::create(rewriter, loc, sizes, i64).getType(), op.getX(),
            tensor::EmptyOp::create(rewriter, loc, sizes, i64).getResult(), ArrayRef<AffineMap>{identity, identity},
            loops,
            [&](OpBuilder &at, Location loc, ValueRange in) {
              linalg::YieldOp::create(at, loc, arith::ExtUIOp::create(at, loc, i64, isSet(at, loc, in[0])).getResult());
            })
            .getResult(0);
    Value one = flat(ones, 0);
    Value places = CumSumOp::create(rewriter, loc, one.getType(), one, /*axis=*/0, /*exclusive=*/true,
                                    /*reverse=*/false);
    // Where an element is zero, a place behind all.
    auto flatType = cast<RankedTensorType>(one.getType());
    SmallVector<OpFoldResult> flatSizes = tensor::getMixedSizes(rewriter, loc, one);
    AffineMap line = rewriter.getMultiDimIdentityMap(1);
    Value total = arith::IndexCastOp::create(rewriter, loc, i64, op.getCount());
    Value targets =
        linalg::GenericOp::create(
            rewriter, loc, flatType, ValueRange{one, places},
            tensor::EmptyOp::create(rewriter, loc, flatSizes, i64).getResult(), ArrayRef<AffineMap>{line, line, line},
            SmallVector<utils::IteratorType>{utils::IteratorType::parallel},
            [&](OpBuilder &at, Location loc, ValueRange in) {
              Value zero = arith::ConstantIntOp::create(at, loc, i64, 0);
              Value isZero = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::eq, in[0], zero);
              linalg::YieldOp::create(at, loc, arith::SelectOp::create(at, loc, isZero, total, in[1]).getResult());
            })
            .getResult(0);
    SmallVector<OpFoldResult> tupleSizes{flatSizes[0], rewriter.getIndexAttr(1)};
    Value tuples = tensor::ExpandShapeOp::create(rewriter, loc, RankedTensorType::get({flatType.getDimSize(0), 1}, i64),
                                                 targets, ArrayRef<ReassociationIndices>{{0, 1}}, tupleSizes);
    // Each dimension's own index, written to the places.
    SmallVector<OpFoldResult> countSize{
        op.getResult().getType().isDynamicDim(1)
            ? OpFoldResult(op.getCount())
            : OpFoldResult(rewriter.getIndexAttr(op.getResult().getType().getDimSize(1)))};
    Value none = arith::ConstantIntOp::create(rewriter, loc, i64, 0);
    SmallVector<Value> rows;
    for (int64_t dim = 0; dim < rank; ++dim) {
      Value init = tensor::EmptyOp::create(rewriter, loc, sizes, i64);
      Value own = linalg::GenericOp::create(
                      rewriter, loc, init.getType(), ValueRange(), init, ArrayRef<AffineMap>{identity}, loops,
                      [&](OpBuilder &at, Location loc, ValueRange) {
                        Value index = linalg::IndexOp::create(at, loc, dim);
                        linalg::YieldOp::create(at, loc, arith::IndexCastOp::create(at, loc, i64, index).getResult());
                      })
                      .getResult(0);
      Value empty = tensor::EmptyOp::create(rewriter, loc, countSize, i64);
      Value zeros = linalg::FillOp::create(rewriter, loc, none, empty).getResult(0);
      Value row =
          ScatterNDOp::create(rewriter, loc, zeros.getType(), zeros, tuples, flat(own, 0), ScatterReduction::None);
      auto rowType = RankedTensorType::get({1, cast<RankedTensorType>(row.getType()).getDimSize(0)}, i64);
      rows.push_back(tensor::ExpandShapeOp::create(rewriter, loc, rowType, row, ArrayRef<ReassociationIndices>{{0, 1}},
                                                   SmallVector<OpFoldResult>{rewriter.getIndexAttr(1), countSize[0]}));
    }
    Value result = rank == 1 ? rows.front() : Value(tensor::ConcatOp::create(rewriter, loc, 0, rows));
    if (op.getResult().getType().getElementType() != i64)
      result = convert(rewriter, loc, result, op.getResult().getType().getElementType());
    if (result.getType() != op.getResult().getType())
      result = tensor::CastOp::create(rewriter, loc, op.getResult().getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void hadal::populateGlueLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<NonZeroByCounting, WidenScatter>(patterns.getContext());
}
