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
} // namespace

void hadal::populateGlueLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<WidenScatter>(patterns.getContext());
}
