//===- NarrowFloats.cpp - Conversions of floats of 8 bits -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM has no floats of 8 bits: they are bytes, and conversions are integer
// arithmetic on the bits, by way of f32.
//
//===----------------------------------------------------------------------===//

#include "NarrowFloats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cmath>

using namespace mlir;
using namespace hadal;

namespace {

/// A sign, an exponent and `mantissa` bits; numbers below 2^(1 − bias) have no exponent of their own.
struct Format {
  int mantissa;
  int bias;
  int32_t largest; // the largest number's bits, without the sign
  int32_t beyond;  // what is larger becomes this
  int32_t nan;
};

std::optional<Format> formatOf(Type type) {
  if (isa<Float8E4M3FNType>(type))
    return Format{3, 7, 0x7e, 0x7f, 0x7f};
  if (isa<Float8E5M2Type>(type))
    return Format{2, 15, 0x7b, 0x7c, 0x7e};
  return std::nullopt;
}

/// Builds scalars or vectors of one shape.
struct BitBuilder {
  BitBuilder(PatternRewriter &rewriter, Operation *op) : b(op->getLoc(), rewriter), like(op->getResult(0).getType()) {}

  Type shaped(Type element) const {
    auto type = dyn_cast<ShapedType>(like);
    return type ? Type(type.clone(element)) : element;
  }
  Value constant(TypedAttr value, Type type) {
    if (auto shapedType = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shapedType, Attribute(value));
    return arith::ConstantOp::create(b, value);
  }
  Value i32(int32_t value) { return constant(b.getI32IntegerAttr(value), shaped(b.getI32Type())); }
  Value f32(float value) { return constant(b.getF32FloatAttr(value), shaped(b.getF32Type())); }
  Value bitsOf(Value x) { return arith::BitcastOp::create(b, shaped(b.getI32Type()), x); }
  Value floatOf(Value bits) { return arith::BitcastOp::create(b, shaped(b.getF32Type()), bits); }
  Value bytesOf(Value x) {
    Value bytes = arith::BitcastOp::create(b, shaped(b.getI8Type()), x);
    return arith::ExtUIOp::create(b, shaped(b.getI32Type()), bytes);
  }
  Value fromBytes(Value bits, Type element) {
    Value bytes = arith::TruncIOp::create(b, shaped(b.getI8Type()), bits);
    return arith::BitcastOp::create(b, shaped(element), bytes);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, int32_t y) {
    return arith::CmpIOp::create(b, predicate, x, i32(y));
  }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, condition, x, y); }
  Value convert(Value x, Type element) {
    unsigned from = getElementTypeOrSelf(x).getIntOrFloatBitWidth(), to = element.getIntOrFloatBitWidth();
    if (from == to)
      return x;
    return from < to ? Value(arith::ExtFOp::create(b, shaped(element), x))
                     : arith::TruncFOp::create(b, shaped(element), x);
  }

  Value decode(Value x, const Format &format) {
    Value bits = bytesOf(x);
    Value magnitude = arith::AndIOp::create(b, bits, i32(0x7f)), sign = arith::AndIOp::create(b, bits, i32(0x80));
    // In the place of f32's exponent and mantissa it is 2^(127 − bias) too small, subnormal or not.
    Value placed = floatOf(arith::ShLIOp::create(b, magnitude, i32(23 - format.mantissa)));
    Value scaled = bitsOf(arith::MulFOp::create(b, placed, f32(std::ldexp(1.0f, 127 - format.bias))));
    constexpr int32_t kInfinity = 0x7f800000, kNaN = 0x7fc00000;
    Value isBeyond = compare(arith::CmpIPredicate::sgt, magnitude, format.largest);
    Value special = i32(kNaN);
    if (format.beyond != format.nan)
      special = select(compare(arith::CmpIPredicate::eq, magnitude, format.beyond), i32(kInfinity), special);
    Value result = select(isBeyond, special, scaled);
    return floatOf(arith::OrIOp::create(b, result, arith::ShLIOp::create(b, sign, i32(24))));
  }

  /// Rounds to nearest, ties to even.
  Value encode(Value x, const Format &format, Type element) {
    Value bits = bitsOf(x);
    Value magnitude = arith::AndIOp::create(b, bits, i32(0x7fffffff));
    Value sign = arith::AndIOp::create(b, arith::ShRUIOp::create(b, bits, i32(24)), i32(0x80));
    int dropped = 23 - format.mantissa;
    // Numbers with an exponent: round in place, then shift and rebase the exponent.
    Value odd = arith::AndIOp::create(b, arith::ShRUIOp::create(b, magnitude, i32(dropped)), i32(1));
    Value half = arith::AddIOp::create(b, odd, i32((1 << (dropped - 1)) - 1));
    Value rounded = arith::ShRUIOp::create(b, arith::AddIOp::create(b, magnitude, half), i32(dropped));
    Value normal = arith::SubIOp::create(b, rounded, i32((127 - format.bias) << format.mantissa));
    // Others: adding a number whose last place is theirs rounds there.
    float shift = std::ldexp(1.0f, 1 - format.bias - format.mantissa + 23);
    Value sum = arith::AddFOp::create(b, floatOf(magnitude), f32(shift));
    Value subnormal = arith::SubIOp::create(b, bitsOf(sum), i32(llvm::bit_cast<int32_t>(shift)));
    Value isSmall = compare(arith::CmpIPredicate::slt, magnitude, (128 - format.bias) << 23);
    Value result = select(isSmall, subnormal, normal);
    result = select(compare(arith::CmpIPredicate::sgt, result, format.largest), i32(format.beyond), result);
    result = select(compare(arith::CmpIPredicate::sgt, magnitude, 0x7f800000), i32(format.nan), result);
    return fromBytes(arith::OrIOp::create(b, result, sign), element);
  }

  /// A power of two by its exponent; 255 is no number.
  Value decodeExponent(Value x) {
    Value bits = bytesOf(x);
    Value power = arith::ShLIOp::create(b, bits, i32(23));
    power = select(compare(arith::CmpIPredicate::eq, bits, 0), i32(0x00400000), power); // 2^−127
    return floatOf(select(compare(arith::CmpIPredicate::eq, bits, 255), i32(0x7fc00000), power));
  }

  /// The nearest power of two, the middle going up; not of negative numbers.
  Value encodeExponent(Value x, Type element) {
    Value bits = bitsOf(x);
    Value exponent = arith::ShRUIOp::create(b, arith::AddIOp::create(b, bits, i32(0x00400000)), i32(23));
    exponent = select(compare(arith::CmpIPredicate::slt, bits, 0x00600000), i32(0), exponent); // below 2^−126 · 3/4
    // The sign bit is set, or the exponent is infinity's.
    return fromBytes(select(compare(arith::CmpIPredicate::ugt, exponent, 254), i32(255), exponent), element);
  }

  ImplicitLocOpBuilder b;
  Type like;
};

struct ExpandExt : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getIn().getType()), to = getElementTypeOrSelf(op.getType());
    std::optional<Format> format = formatOf(from);
    bool isExponent = isa<Float8E8M0FNUType>(from);
    if (!format && !isExponent)
      return rewriter.notifyMatchFailure(op, "not of a narrow float");
    BitBuilder s(rewriter, op);
    Value wide = isExponent ? s.decodeExponent(op.getIn()) : s.decode(op.getIn(), *format);
    rewriter.replaceOp(op, s.convert(wide, to));
    return success();
  }
};

struct ExpandTrunc : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type to = getElementTypeOrSelf(op.getType());
    std::optional<Format> format = formatOf(to);
    bool isExponent = isa<Float8E8M0FNUType>(to);
    if (!format && !isExponent)
      return rewriter.notifyMatchFailure(op, "not to a narrow float");
    BitBuilder s(rewriter, op);
    Value wide = s.convert(op.getIn(), rewriter.getF32Type());
    rewriter.replaceOp(op, isExponent ? s.encodeExponent(wide, to) : s.encode(wide, *format, to));
    return success();
  }
};

} // namespace

void hadal::populateNarrowFloatPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandExt, ExpandTrunc>(patterns.getContext());
}
