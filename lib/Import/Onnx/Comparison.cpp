//===- Comparison.cpp - Comparisons, logic, selection, conversion ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

using arith::CmpFPredicate;
using arith::CmpIPredicate;

template <CmpFPredicate forFloat, CmpIPredicate forSigned, CmpIPredicate forUnsigned>
static Value compare(Element e, ValueRange in) {
  if (isFloat(e.type))
    return arith::CmpFOp::create(e.b, e.loc, forFloat, in[0], in[1]);
  bool isUnsignedType = isUnsigned(e.type) || e.type == DType::Bool;
  return arith::CmpIOp::create(e.b, e.loc, isUnsignedType ? forUnsigned : forSigned, in[0], in[1]);
}

static std::optional<SizeExpr> foldEqual(Sizes &sizes, ArrayRef<SizeExpr> in) {
  if (sizes.areEqual(in[0], in[1]))
    return SizeExpr(1);
  return sizes.areDifferent(in[0], in[1]) ? std::optional<SizeExpr>(0) : std::nullopt;
}

/// a ≤ b if it is certain either way.
static std::optional<SizeExpr> foldAtMost(Sizes &sizes, const SizeExpr &a, const SizeExpr &b) {
  if (sizes.isAtMost(a, b))
    return SizeExpr(1);
  return sizes.isAtMost(b + SizeExpr(1), a) ? std::optional<SizeExpr>(0) : std::nullopt;
}

static std::optional<SizeExpr> foldLess(Sizes &s, ArrayRef<SizeExpr> in) {
  return foldAtMost(s, in[0] + SizeExpr(1), in[1]);
}
static std::optional<SizeExpr> foldLessOrEqual(Sizes &s, ArrayRef<SizeExpr> in) { return foldAtMost(s, in[0], in[1]); }
static std::optional<SizeExpr> foldGreater(Sizes &s, ArrayRef<SizeExpr> in) {
  return foldAtMost(s, in[1] + SizeExpr(1), in[0]);
}
static std::optional<SizeExpr> foldGreaterOrEqual(Sizes &s, ArrayRef<SizeExpr> in) {
  return foldAtMost(s, in[1], in[0]);
}

static Value makeIsNaN(Element e, ValueRange in) {
  return arith::CmpFOp::create(e.b, e.loc, CmpFPredicate::UNO, in[0], in[0]);
}

static LogicalResult importIsInf(NodeContext &c) {
  bool negative = c.intAttribute("detect_negative", 1), positive = c.intAttribute("detect_positive", 1);
  if (failed(requireTypes(c, &c.input(0), kFloats)))
    return failure();
  return importElementwise(c, &c.input(0), DType::Bool, [=](Element e, ValueRange in) -> Value {
    double infinity = std::numeric_limits<double>::infinity();
    auto equals = [&](double value) -> Value {
      return arith::CmpFOp::create(e.b, e.loc, CmpFPredicate::OEQ, in[0], e.constant(value));
    };
    Value no = arith::ConstantOp::create(e.b, e.loc, e.b.getBoolAttr(false));
    Value above = positive ? equals(infinity) : no, below = negative ? equals(-infinity) : no;
    return arith::OrIOp::create(e.b, e.loc, above, below);
  });
}

//===----------------------------------------------------------------------===//
// Logic
//===----------------------------------------------------------------------===//

template <typename Op> static Value binary(Element e, ValueRange in) { return e.make<Op>(in); }

static Value makeNot(Element e, ValueRange in) { return e.make<arith::XOrIOp>({in[0], e.constant(-1)}); }

static std::optional<SizeExpr> foldNot(Sizes &, ArrayRef<SizeExpr> in) { return SizeExpr(1) - in[0]; }
static std::optional<SizeExpr> foldAnd(Sizes &, ArrayRef<SizeExpr> in) { return in[0] * in[1]; }
static std::optional<SizeExpr> foldOr(Sizes &, ArrayRef<SizeExpr> in) { return in[0] + in[1] - in[0] * in[1]; }

//===----------------------------------------------------------------------===//
// Where, Cast
//===----------------------------------------------------------------------===//

static LogicalResult importWhere(NodeContext &c) {
  if (failed(c.requireType(c.input(0), DType::Bool, "the condition")) ||
      failed(requireTypes(c, {&c.input(1), &c.input(2)}, kFloats | kInts | kBools)))
    return failure();
  auto fold = [](Sizes &, ArrayRef<SizeExpr> in) -> std::optional<SizeExpr> {
    if (in[1] == in[2])
      return in[1];
    std::optional<int64_t> condition = in[0].constant();
    return condition ? std::optional<SizeExpr>(*condition ? in[1] : in[2]) : std::nullopt;
  };
  return importElementwise(
      c, {&c.input(0), &c.input(1), &c.input(2)}, c.input(1).type,
      [](Element e, ValueRange in) -> Value { return arith::SelectOp::create(e.b, e.loc, in[0], in[1], in[2]); }, fold);
}

/// The low bits of a byte as an integer of less than a byte.
static Value wrapToWidth(OpBuilder &b, Location loc, Value value, DType to) {
  Element e{b, loc, to};
  int64_t unused = 8 - dtypeBits(to);
  if (unused <= 0)
    return value;
  if (isUnsigned(to))
    return e.make<arith::AndIOp>({value, e.constant((1 << dtypeBits(to)) - 1)});
  return e.make<arith::ShRSIOp>({e.make<arith::ShLIOp>({value, e.constant(unused)}), e.constant(unused)});
}

static Value convertFloats(OpBuilder &b, Location loc, Value value, Type type) {
  unsigned width = type.getIntOrFloatBitWidth(), had = value.getType().getIntOrFloatBitWidth();
  if (width > had)
    return arith::ExtFOp::create(b, loc, type, value);
  if (width < had)
    return arith::TruncFOp::create(b, loc, type, value);
  // Two types of one width, such as float16 and bfloat16, have no direct conversion.
  return arith::TruncFOp::create(b, loc, type, arith::ExtFOp::create(b, loc, b.getF32Type(), value));
}

static Value convertIntegers(OpBuilder &b, Location loc, Value value, bool fromUnsigned, Type type) {
  unsigned width = type.getIntOrFloatBitWidth(), had = value.getType().getIntOrFloatBitWidth();
  if (width == had)
    return value;
  if (width < had)
    return arith::TruncIOp::create(b, loc, type, value);
  return fromUnsigned ? Value(arith::ExtUIOp::create(b, loc, type, value))
                      : arith::ExtSIOp::create(b, loc, type, value);
}

Value hadal::onnx::emitConvert(OpBuilder &b, Location loc, Value value, DType from, DType to) {
  Type type = elementType(to, b.getContext());
  bool fromUnsigned = isUnsigned(from) || from == DType::Bool;
  if (isNarrowFloat(from) && !isFloat(to)) {
    value = convertFloats(b, loc, value, b.getF32Type());
    from = DType::F32;
  }
  if (to == DType::Bool) {
    Element source{b, loc, from};
    if (isFloat(from))
      return arith::CmpFOp::create(b, loc, CmpFPredicate::UNE, value, source.constant(0));
    return arith::CmpIOp::create(b, loc, CmpIPredicate::ne, value, source.constant(0));
  }
  if (isFloat(from) && isFloat(to))
    return convertFloats(b, loc, value, type);
  if (isNarrowFloat(to))
    return convertFloats(b, loc, emitConvert(b, loc, value, from, DType::F32), type);
  if (isFloat(to))
    return fromUnsigned ? Value(arith::UIToFPOp::create(b, loc, type, value))
                        : arith::SIToFPOp::create(b, loc, type, value);
  if (isFloat(from)) {
    if (to == DType::U64)
      return arith::FPToUIOp::create(b, loc, type, value);
    // By way of a wider integer, so that what does not fit wraps, as everywhere else.
    Type wide = to == DType::U32 ? b.getI64Type() : dtypeBits(to) < 32 ? b.getI32Type() : type;
    value = arith::FPToSIOp::create(b, loc, wide, value);
    fromUnsigned = false;
  }
  return wrapToWidth(b, loc, convertIntegers(b, loc, value, fromUnsigned, type), to);
}

Value hadal::onnx::emitSaturate(OpBuilder &b, Location loc, Value value, DType from, DType to) {
  Element e{b, loc, from};
  auto type = cast<FloatType>(elementType(to, b.getContext()));
  double largest = APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
  Value bounded = e.make<arith::MinimumFOp>({value, e.constant(largest)});
  return e.make<arith::MaximumFOp>({bounded, e.constant(-largest)});
}

/// Rounds up to a power of two, or to the nearest, the middle going up, or down.
static Value roundToPower(OpBuilder &b, Location loc, Value value, DType from, StringRef mode) {
  Type bitsType = b.getI32Type(), f32 = b.getF32Type();
  value = from == DType::F32 ? value : convertFloats(b, loc, value, f32);
  Element bits{b, loc, DType::I32}, e{b, loc, DType::F32};
  constexpr double kLeast = 0x1p-127;
  value = e.make<arith::MaximumFOp>({value, e.constant(kLeast)});
  Value word = arith::BitcastOp::create(b, loc, bitsType, value);
  // Numbers below 2^-126 have no exponent of their own; only 2^-127 itself is left as it is.
  int64_t carry = mode == "up" ? 0x7fffff : mode == "nearest" ? 0x400000 : 0;
  Value rounded =
      bits.make<arith::AndIOp>({bits.make<arith::AddIOp>({word, bits.constant(carry)}), bits.constant(0x7f800000)});
  rounded = arith::BitcastOp::create(b, loc, f32, rounded);
  Value small = arith::CmpFOp::create(b, loc, CmpFPredicate::OLE, value, e.constant(kLeast));
  return arith::SelectOp::create(b, loc, small, value, rounded);
}

namespace {
struct Conversion {
  DType to;
  bool saturates = true;
  std::string roundMode = "up"; // of float8e8m0
};
} // namespace

static LogicalResult convertTo(NodeContext &c, const Conversion &how) {
  Tensor &input = c.input(0);
  DType from = input.type, to = how.to;
  if (!c.elementType(to))
    return c.error("conversion to " + dtypeName(to) + " is not supported");
  if (to == DType::F8E8M0 && !is_contained({"up", "down", "nearest"}, how.roundMode))
    return c.error("round_mode '" + how.roundMode + "' is unknown");
  if (to == from) {
    c.setOutput(0, input);
    return success();
  }
  // Sizes fit every integer type of at least 32 bits, and models compute with them in float32 too.
  FoldFn fold = nullptr;
  if ((isInteger(to) && dtypeBytes(to) >= 4) || to == DType::F32 || to == DType::F64)
    fold = [](Sizes &, ArrayRef<SizeExpr> in) { return in[0]; };
  return importElementwise(
      c, &input, to,
      [=](Element e, ValueRange in) {
        Value value = in[0];
        if (!isNarrowFloat(to))
          return emitConvert(e.b, e.loc, value, from, to);
        DType source = from;
        if (!isFloat(from) || isNarrowFloat(from)) {
          value = emitConvert(e.b, e.loc, value, from, DType::F32);
          source = DType::F32;
        }
        if (to == DType::F8E8M0) {
          value = roundToPower(e.b, e.loc, value, source, how.roundMode);
          source = DType::F32;
        } else if (how.saturates) {
          value = emitSaturate(e.b, e.loc, value, source, to);
        }
        if (to == DType::F4E2M1) { // has no NaN; 0 stands for it
          Value isNaN = arith::CmpFOp::create(e.b, e.loc, CmpFPredicate::UNO, value, value);
          value = arith::SelectOp::create(e.b, e.loc, isNaN, Element{e.b, e.loc, source}.constant(0), value);
        }
        return emitConvert(e.b, e.loc, value, source, to);
      },
      fold);
}

static LogicalResult importCast(NodeContext &c) {
  return convertTo(c, {static_cast<DType>(c.intAttribute("to", 0)), c.intAttribute("saturate", 1) != 0,
                       c.stringAttribute("round_mode", "up")});
}

static LogicalResult importCastLike(NodeContext &c) {
  return convertTo(c, {c.input(1).type, c.intAttribute("saturate", 1) != 0, c.stringAttribute("round_mode", "up")});
}

/// The same bits as another type of the same width.
static LogicalResult importBitCast(NodeContext &c) {
  Tensor &input = c.input(0);
  DType from = input.type, to = static_cast<DType>(c.intAttribute("to", 0));
  if (!c.elementType(to) || dtypeBits(to) != dtypeBits(from) || from == DType::Bool || to == DType::Bool)
    return c.error("of " + dtypeName(from) + " to " + dtypeName(to) + " is not supported");
  Type type = c.elementType(to);
  return importElementwise(c, &input, to, [=](Element e, ValueRange in) -> Value {
    return in[0].getType() == type ? in[0] : arith::BitcastOp::create(e.b, e.loc, type, in[0]);
  });
}

/// Shifts by as many bits as the type has, or more, give 0.
static LogicalResult importBitShift(NodeContext &c) {
  std::string direction = c.stringAttribute("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return c.error("direction '" + direction + "' is neither LEFT nor RIGHT");
  if (failed(requireTypes(c, {&c.input(0), &c.input(1)}, kInts)))
    return failure();
  return importElementwise(c, {&c.input(0), &c.input(1)}, c.input(0).type, [=](Element e, ValueRange in) -> Value {
    Value shifted = direction == "LEFT" ? e.make<arith::ShLIOp>(in) : e.make<arith::ShRUIOp>(in);
    Value fits = arith::CmpIOp::create(e.b, e.loc, CmpIPredicate::ult, in[1], e.constant(dtypeBits(e.type)));
    return arith::SelectOp::create(e.b, e.loc, fits, shifted, e.constant(0));
  });
}

void hadal::onnx::registerComparisonOps(OpTable &table) {
  unsigned all = kFloats | kInts | kBools, numbers = kFloats | kInts;
  onElementwise(table, "Equal", {7}, 2, all, compare<CmpFPredicate::OEQ, CmpIPredicate::eq, CmpIPredicate::eq>,
                foldEqual, DType::Bool);
  onElementwise(table, "Less", {7}, 2, numbers, compare<CmpFPredicate::OLT, CmpIPredicate::slt, CmpIPredicate::ult>,
                foldLess, DType::Bool);
  onElementwise(table, "LessOrEqual", {12}, 2, numbers,
                compare<CmpFPredicate::OLE, CmpIPredicate::sle, CmpIPredicate::ule>, foldLessOrEqual, DType::Bool);
  onElementwise(table, "Greater", {7}, 2, numbers, compare<CmpFPredicate::OGT, CmpIPredicate::sgt, CmpIPredicate::ugt>,
                foldGreater, DType::Bool);
  onElementwise(table, "GreaterOrEqual", {12}, 2, numbers,
                compare<CmpFPredicate::OGE, CmpIPredicate::sge, CmpIPredicate::uge>, foldGreaterOrEqual, DType::Bool);
  onElementwise(table, "IsNaN", {9}, 1, kFloats, makeIsNaN, nullptr, DType::Bool);
  table.onOp("IsInf", {10}, {1, 1}, importIsInf);

  onElementwise(table, "Not", {1}, 1, kBools, makeNot, foldNot);
  onElementwise(table, "And", {7}, 2, kBools, binary<arith::AndIOp>, foldAnd);
  onElementwise(table, "Or", {7}, 2, kBools, binary<arith::OrIOp>, foldOr);
  onElementwise(table, "Xor", {7}, 2, kBools, binary<arith::XOrIOp>);
  onElementwise(table, "BitwiseNot", {18}, 1, kInts, makeNot);
  onElementwise(table, "BitwiseAnd", {18}, 2, kInts, binary<arith::AndIOp>);
  onElementwise(table, "BitwiseOr", {18}, 2, kInts, binary<arith::OrIOp>);
  onElementwise(table, "BitwiseXor", {18}, 2, kInts, binary<arith::XOrIOp>);

  table.onOp("Where", {9}, {3, 3}, importWhere);
  table.onOp("Cast", {6}, {1, 1}, importCast);
  table.onOp("CastLike", {15}, {2, 2}, importCastLike);
  table.onOp("BitCast", {26}, {1, 1}, importBitCast);
  table.onOp("BitShift", {11}, {2, 2}, importBitShift);
}
