//===- ExpandMath.cpp - Exponentials as polynomials -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NarrowFloats.h"

#include "hadal/Conversion/TileToVector/Passes.h"

#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace hadal {
#define GEN_PASS_DEF_EXPANDMATH
#include "hadal/Conversion/TileToVector/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;

namespace {

/// Builds scalars or vectors of one shape.
struct ShapedBuilder {
  ShapedBuilder(PatternRewriter &rewriter, Operation *op)
      : b(op->getLoc(), rewriter), type(op->getResult(0).getType()), intType(cloneWith(b.getI32Type())) {}

  Type cloneWith(Type element) const {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped ? shaped.clone(element) : element;
  }
  Value constant(TypedAttr value, Type to) {
    if (auto shaped = dyn_cast<ShapedType>(to))
      value = DenseElementsAttr::get(shaped, Attribute(value));
    return arith::ConstantOp::create(b, value);
  }
  Value f32(float value) { return constant(b.getF32FloatAttr(value), type); }
  Value i32(int32_t value) { return constant(b.getI32IntegerAttr(value), intType); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, x, y, z); }

  /// 2^n for integers in the range of normal exponents, as bits.
  Value powerOfTwo(Value exponent) {
    Value biased = arith::AddIOp::create(b, exponent, i32(127));
    return arith::BitcastOp::create(b, type, arith::ShLIOp::create(b, biased, i32(23)));
  }

  /// p(r) · 2^n, where p is e^r for |r| ≤ ln(2)/2. The scaling is in two steps: 2^n itself may be too large or too
  /// small to be a normal number when the result is not.
  Value expOfReduced(Value r, Value n) {
    // 1 + r + r²·q(r), q of degree 4 with the least relative error on the interval: 3.1e-9 before rounding.
    static constexpr float kCoefficients[] = {1.38145406e-3f, 8.36874545e-3f, 4.16683890e-2f, 1.66665211e-1f,
                                              4.99999940e-1f};
    Value p = f32(kCoefficients[0]);
    for (float coefficient : llvm::drop_begin(kCoefficients))
      p = fma(p, r, f32(coefficient));
    p = fma(p, r, f32(1.0f));
    p = fma(p, r, f32(1.0f));
    Value whole = arith::FPToSIOp::create(b, intType, n);
    Value half = arith::ShRSIOp::create(b, whole, i32(1));
    Value rest = arith::SubIOp::create(b, whole, half);
    return arith::MulFOp::create(b, arith::MulFOp::create(b, p, powerOfTwo(half)), powerOfTwo(rest));
  }

  /// x within [low, high]; NaN becomes `low` (its result is put back by `keepNaN`).
  Value clamp(Value x, float low, float high) {
    return arith::MinNumFOp::create(b, arith::MaxNumFOp::create(b, x, f32(low)), f32(high));
  }
  Value keepNaN(Value x, Value result) {
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
    return arith::SelectOp::create(b, isNaN, x, result);
  }

  ImplicitLocOpBuilder b;
  Type type, intType;
};

bool isF32(Operation *op) { return getElementTypeOrSelf(op->getResult(0)).isF32(); }

struct ExpandExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    if (!isF32(op))
      return rewriter.notifyMatchFailure(op, "not of f32");
    ShapedBuilder s(rewriter, op);
    // Beyond these the result is 0 or infinity, which the scaling gives.
    Value x = s.clamp(op.getOperand(), -104.0f, 89.0f);
    Value n = math::RoundEvenOp::create(s.b, arith::MulFOp::create(s.b, x, s.f32(1.44269504089f)));
    // x − n·ln(2), ln(2) in two parts of which the first times n is exact.
    Value r = s.fma(n, s.f32(-0.693145751953125f), x);
    r = s.fma(n, s.f32(-1.42860682030941723e-6f), r);
    rewriter.replaceOp(op, s.keepNaN(op.getOperand(), s.expOfReduced(r, n)));
    return success();
  }
};

struct ExpandExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op, PatternRewriter &rewriter) const override {
    if (!isF32(op))
      return rewriter.notifyMatchFailure(op, "not of f32");
    ShapedBuilder s(rewriter, op);
    Value x = s.clamp(op.getOperand(), -151.0f, 129.0f);
    Value n = math::RoundEvenOp::create(s.b, x);
    Value r = arith::MulFOp::create(s.b, arith::SubFOp::create(s.b, x, n), s.f32(0.693147180559945f));
    rewriter.replaceOp(op, s.keepNaN(op.getOperand(), s.expOfReduced(r, n)));
    return success();
  }
};

struct ExpandMath : hadal::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExp, ExpandExp2>(&getContext());
    populateNarrowFloatPatterns(patterns);
    arith::populateExpandBFloat16Patterns(patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
