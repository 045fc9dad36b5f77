//===- Elements.cpp - Element-wise operations -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Chlo/IR/Chlo.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

namespace {
/// Builds the scalars of one operation.
struct Element {
  OpBuilder &b;
  Location loc;
  Type type; // of the operands, as in the model
  bool isFloat, isUnsigned, isBool;

  Element(OpBuilder &b, Location loc, Type type)
      : b(b), loc(loc), type(type), isFloat(isa<FloatType>(type)), isUnsigned(type.isUnsignedInteger()),
        isBool(type.isInteger(1)) {}

  template <typename Op> Value make(ValueRange operands) const {
    return Op::create(b, loc, TypeRange{operands.back().getType()}, operands);
  }
  Value number(double value) const { return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value)); }
  Value integer(const APInt &value) const {
    return arith::ConstantOp::create(b, loc, b.getIntegerAttr(storageType(type), value));
  }
  Value integer(int64_t value) const {
    return integer(APInt(type.getIntOrFloatBitWidth(), value, /*isSigned=*/true, /*implicitTrunc=*/true));
  }
  Value compare(arith::CmpFPredicate predicate, Value x, Value y) const {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) const {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  }
  Value select(Value condition, Value x, Value y) const { return arith::SelectOp::create(b, loc, condition, x, y); }
  unsigned width() const { return type.getIntOrFloatBitWidth(); }

  Value divide(Value x, Value y) const;
  Value remainder(Value x, Value y) const;
  Value power(Value x, Value y) const;
  Value sign(Value x) const;
  Value compare(Value x, Value y, ComparisonDirection direction, ComparisonType kind) const;
  Value totalOrder(Value x) const;
  Value convert(Value x, Type to) const;
  template <typename Shift> Value shift(Value x, Value by, Value beyond) const;
  template <typename FloatOp, typename SignedOp, typename UnsignedOp> Value bySign(ValueRange in) const {
    if (isFloat)
      return make<FloatOp>(in);
    return isUnsigned || isBool ? make<UnsignedOp>(in) : make<SignedOp>(in);
  }
};
} // namespace

/// The value if the scalar is a constant.
static std::optional<APInt> constantInteger(Value value) {
  APInt number;
  return matchPattern(value, m_ConstantInt(&number)) ? std::optional(number) : std::nullopt;
}

/// By 0 it is all ones; the least number by −1 is itself.
Value Element::divide(Value x, Value y) const {
  if (isFloat)
    return make<arith::DivFOp>({x, y});
  std::optional<APInt> by = constantInteger(y);
  if (by && !by->isZero() && (isUnsigned || !by->isAllOnes()))
    return isUnsigned ? make<arith::DivUIOp>({x, y}) : make<arith::DivSIOp>({x, y});
  Value zero = integer(0), one = integer(1), ones = integer(-1);
  Value isZero = compare(arith::CmpIPredicate::eq, y, zero);
  if (isUnsigned)
    return select(isZero, ones, make<arith::DivUIOp>({x, select(isZero, one, y)}));
  Value isMinus = compare(arith::CmpIPredicate::eq, y, ones);
  Value safe = select(arith::OrIOp::create(b, loc, isZero, isMinus), one, y);
  Value quotient = make<arith::DivSIOp>({x, safe});
  quotient = select(isMinus, make<arith::SubIOp>({zero, x}), quotient);
  return select(isZero, ones, quotient);
}

/// By 0 it is the dividend.
Value Element::remainder(Value x, Value y) const {
  if (isFloat)
    return make<arith::RemFOp>({x, y});
  std::optional<APInt> by = constantInteger(y);
  if (by && !by->isZero() && (isUnsigned || !by->isAllOnes()))
    return isUnsigned ? make<arith::RemUIOp>({x, y}) : make<arith::RemSIOp>({x, y});
  Value zero = integer(0), one = integer(1);
  Value isZero = compare(arith::CmpIPredicate::eq, y, zero);
  Value trouble = isZero;
  if (!isUnsigned)
    trouble = arith::OrIOp::create(b, loc, isZero, compare(arith::CmpIPredicate::eq, y, integer(-1)));
  Value safe = select(trouble, one, y);
  Value rest = isUnsigned ? make<arith::RemUIOp>({x, safe}) : make<arith::RemSIOp>({x, safe});
  return select(isZero, x, rest);
}

Value Element::power(Value x, Value y) const {
  if (isFloat) {
    FloatAttr exponent;
    if (matchPattern(y, m_Constant(&exponent))) {
      if (exponent.getValue().isExactlyValue(2.0))
        return make<arith::MulFOp>({x, x});
      if (exponent.getValue().isExactlyValue(3.0))
        return make<arith::MulFOp>({make<arith::MulFOp>({x, x}), x});
    }
    return make<math::PowFOp>({x, y});
  }
  // By squaring: the bits of the exponent from below. A negative one gives 0 but of 1 and −1.
  Value one = integer(1), zero = integer(0), result = one, square = x, bits = y;
  for (unsigned bit = 0; bit < width() - (isUnsigned ? 0 : 1); ++bit) {
    Value odd = compare(arith::CmpIPredicate::ne, make<arith::AndIOp>({bits, one}), zero);
    result = make<arith::MulIOp>({result, select(odd, square, one)});
    square = make<arith::MulIOp>({square, square});
    bits = make<arith::ShRUIOp>({bits, one});
  }
  if (isUnsigned)
    return result;
  Value isNegative = compare(arith::CmpIPredicate::slt, y, zero), ones = integer(-1);
  Value isOne = compare(arith::CmpIPredicate::eq, x, one), isMinus = compare(arith::CmpIPredicate::eq, x, ones);
  Value odd = compare(arith::CmpIPredicate::ne, make<arith::AndIOp>({y, one}), zero);
  Value inverse = select(isOne, one, select(isMinus, select(odd, ones, one), zero));
  return select(isNegative, inverse, result);
}

Value Element::sign(Value x) const {
  if (isFloat) {
    Value one = make<math::CopySignOp>({number(1.0), x});
    Value stays = compare(arith::CmpFPredicate::UEQ, x, number(0.0)); // ±0, NaN
    return select(stays, x, one);
  }
  if (isUnsigned)
    return make<arith::MinUIOp>({x, integer(1)});
  return make<arith::MaxSIOp>({make<arith::MinSIOp>({x, integer(1)}), integer(-1)});
}

/// An integer that is ordered as the floats are, −NaN first, NaN last, −0 before 0.
Value Element::totalOrder(Value x) const {
  Type bitsType = b.getIntegerType(width());
  Element bits(b, loc, bitsType);
  Value raw = arith::BitcastOp::create(b, loc, bitsType, x);
  Value isNegative = compare(arith::CmpIPredicate::slt, raw, bits.integer(0));
  Value flipped = bits.make<arith::XOrIOp>({raw, bits.integer(APInt::getSignedMaxValue(width()))});
  return select(isNegative, flipped, raw);
}

Value Element::compare(Value x, Value y, ComparisonDirection direction, ComparisonType kind) const {
  if (isFloat && kind == ComparisonType::TOTALORDER)
    return Element(b, loc, b.getIntegerType(width()))
        .compare(totalOrder(x), totalOrder(y), direction, ComparisonType::SIGNED);
  // In the order of the directions: EQ, NE, GE, GT, LE, LT.
  static constexpr arith::CmpFPredicate kFloat[] = {arith::CmpFPredicate::OEQ, arith::CmpFPredicate::UNE,
                                                    arith::CmpFPredicate::OGE, arith::CmpFPredicate::OGT,
                                                    arith::CmpFPredicate::OLE, arith::CmpFPredicate::OLT};
  static constexpr arith::CmpIPredicate kSigned[] = {arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,
                                                     arith::CmpIPredicate::sge, arith::CmpIPredicate::sgt,
                                                     arith::CmpIPredicate::sle, arith::CmpIPredicate::slt};
  static constexpr arith::CmpIPredicate kUnsigned[] = {arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,
                                                       arith::CmpIPredicate::uge, arith::CmpIPredicate::ugt,
                                                       arith::CmpIPredicate::ule, arith::CmpIPredicate::ult};
  auto number = static_cast<size_t>(direction);
  if (isFloat)
    return compare(kFloat[number], x, y);
  return compare(isUnsigned || isBool ? kUnsigned[number] : kSigned[number], x, y);
}

/// Floats beyond an integer type become its least or greatest number, NaN 0.
Value Element::convert(Value x, Type to) const {
  Type target = storageType(to);
  bool toUnsigned = to.isUnsignedInteger();
  if (isa<FloatType>(to)) {
    if (!isFloat)
      return isUnsigned || isBool ? Value(arith::UIToFPOp::create(b, loc, target, x))
                                  : Value(arith::SIToFPOp::create(b, loc, target, x));
    if (to == type)
      return x;
    if (to.getIntOrFloatBitWidth() == width()) // f16 and bf16
      return arith::TruncFOp::create(b, loc, target, arith::ExtFOp::create(b, loc, b.getF32Type(), x));
    return to.getIntOrFloatBitWidth() > width() ? Value(arith::ExtFOp::create(b, loc, target, x))
                                                : Value(arith::TruncFOp::create(b, loc, target, x));
  }
  if (to.isInteger(1))
    return isFloat ? compare(arith::CmpFPredicate::UNE, x, number(0.0))
                   : compare(arith::CmpIPredicate::ne, x, integer(0));
  if (isFloat) {
    unsigned bits = to.getIntOrFloatBitWidth();
    Element target(b, loc, to);
    APInt least = toUnsigned ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits);
    APInt most = toUnsigned ? APInt::getMaxValue(bits) : APInt::getSignedMaxValue(bits);
    double low = toUnsigned ? 0 : -std::ldexp(1.0, bits - 1), high = std::ldexp(1.0, toUnsigned ? bits : bits - 1);
    Value raw = toUnsigned ? Value(arith::FPToUIOp::create(b, loc, storageType(to), x))
                           : Value(arith::FPToSIOp::create(b, loc, storageType(to), x));
    // −0.5 is 0 of an unsigned type; 65536 is no f16, and nothing of f16 is beyond.
    Value result = select(compare(arith::CmpFPredicate::OLT, x, number(low)), target.integer(least), raw);
    result = select(compare(arith::CmpFPredicate::OGE, x, number(high)), target.integer(most), result);
    return select(compare(arith::CmpFPredicate::UNO, x, x), target.integer(0), result);
  }
  unsigned bits = to.getIntOrFloatBitWidth();
  if (bits == width())
    return x;
  if (bits < width())
    return arith::TruncIOp::create(b, loc, target, x);
  return isUnsigned || isBool ? Value(arith::ExtUIOp::create(b, loc, target, x))
                              : Value(arith::ExtSIOp::create(b, loc, target, x));
}

/// A shift by as many bits as there are, or more, gives `beyond`.
template <typename Shift> Value Element::shift(Value x, Value by, Value beyond) const {
  std::optional<APInt> known = constantInteger(by);
  if (known && known->ult(width()))
    return make<Shift>({x, by});
  Value inside = compare(arith::CmpIPredicate::ult, by, integer(width()));
  return select(inside, make<Shift>({x, select(inside, by, integer(0))}), beyond);
}

//===----------------------------------------------------------------------===//
// The operations
//===----------------------------------------------------------------------===//

bool hadal::stablehlo::isElementwise(Operation *op) {
  return isa<AbsOp, CbrtOp, CeilOp, CosineOp, ClzOp, ExpOp, Expm1Op, FloorOp, LogOp, Log1pOp, LogisticOp, NegOp, NotOp,
             PopcntOp, RoundOp, RoundEvenOp, RsqrtOp, SignOp, SineOp, SqrtOp, TanOp, TanhOp, AddOp, AndOp, Atan2Op,
             DivOp, MaxOp, MinOp, MulOp, OrOp, PowOp, RemOp, ShiftLeftOp, ShiftRightArithmeticOp, ShiftRightLogicalOp,
             SubtractOp, XorOp, ConvertOp, BitcastConvertOp, ReducePrecisionOp, IsFiniteOp, ClampOp, SelectOp,
             CompareOp>(op) ||
         isa<chlo::AcosOp, chlo::AcoshOp, chlo::AsinOp, chlo::AsinhOp, chlo::AtanOp, chlo::AtanhOp, chlo::CoshOp,
             chlo::SinhOp, chlo::TanOp, chlo::ErfOp, chlo::ErfcOp, chlo::SquareOp, chlo::IsInfOp, chlo::IsNegInfOp,
             chlo::IsPosInfOp>(op);
}

FailureOr<Value> Importer::scalarOp(OpBuilder &at, Operation *op, ValueRange in) {
  Type type = getElementTypeOrSelf(op->getOperand(isa<SelectOp>(op) ? 1 : 0));
  Type result = getElementTypeOrSelf(op->getResult(0));
  Element e(at, loc, type);
  auto infinite = [&](bool positive, bool negative) {
    double infinity = std::numeric_limits<double>::infinity();
    Value isPositive = e.compare(arith::CmpFPredicate::OEQ, in[0], e.number(infinity));
    Value isNegative = e.compare(arith::CmpFPredicate::OEQ, in[0], e.number(-infinity));
    if (positive && negative)
      return e.make<arith::OrIOp>({isPositive, isNegative});
    return positive ? isPositive : isNegative;
  };
  Value made =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](AbsOp) {
            if (e.isUnsigned)
              return in[0];
            return e.isFloat ? e.make<math::AbsFOp>(in) : e.make<math::AbsIOp>(in);
          })
          .Case([&](CbrtOp) { return e.make<math::CbrtOp>(in); })
          .Case([&](CeilOp) { return e.make<math::CeilOp>(in); })
          .Case([&](CosineOp) { return e.make<math::CosOp>(in); })
          .Case([&](ClzOp) { return e.make<math::CountLeadingZerosOp>(in); })
          .Case([&](ExpOp) { return e.make<math::ExpOp>(in); })
          .Case([&](Expm1Op) { return e.make<math::ExpM1Op>(in); })
          .Case([&](FloorOp) { return e.make<math::FloorOp>(in); })
          .Case([&](LogOp) { return e.make<math::LogOp>(in); })
          .Case([&](Log1pOp) { return e.make<math::Log1pOp>(in); })
          .Case([&](LogisticOp) {
            Value power = e.make<math::ExpOp>({e.make<arith::NegFOp>(in)}), one = e.number(1.0);
            return e.make<arith::DivFOp>({one, e.make<arith::AddFOp>({one, power})});
          })
          .Case([&](NegOp) {
            return e.isFloat ? e.make<arith::NegFOp>(in) : e.make<arith::SubIOp>({e.integer(0), in[0]});
          })
          .Case([&](NotOp) { return e.make<arith::XOrIOp>({in[0], e.integer(-1)}); })
          .Case([&](PopcntOp) { return e.make<math::CtPopOp>(in); })
          .Case([&](RoundOp) { return e.make<math::RoundOp>(in); })
          .Case([&](RoundEvenOp) { return e.make<math::RoundEvenOp>(in); })
          .Case([&](RsqrtOp) { return e.make<math::RsqrtOp>(in); })
          .Case([&](SignOp) { return e.sign(in[0]); })
          .Case([&](SineOp) { return e.make<math::SinOp>(in); })
          .Case([&](SqrtOp) { return e.make<math::SqrtOp>(in); })
          .Case<TanOp, chlo::TanOp>([&](Operation *) { return e.make<math::TanOp>(in); })
          .Case([&](TanhOp) { return e.make<math::TanhOp>(in); })
          .Case([&](AddOp) { // of booleans: or
            return e.isBool ? e.make<arith::OrIOp>(in) : e.bySign<arith::AddFOp, arith::AddIOp, arith::AddIOp>(in);
          })
          .Case([&](SubtractOp) { return e.bySign<arith::SubFOp, arith::SubIOp, arith::SubIOp>(in); })
          .Case([&](MulOp) { return e.bySign<arith::MulFOp, arith::MulIOp, arith::MulIOp>(in); })
          .Case([&](DivOp) { return e.divide(in[0], in[1]); })
          .Case([&](RemOp) { return e.remainder(in[0], in[1]); })
          .Case([&](PowOp) { return e.power(in[0], in[1]); })
          .Case([&](MaxOp) { return e.bySign<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(in); })
          .Case([&](MinOp) { return e.bySign<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(in); })
          .Case([&](AndOp) { return e.make<arith::AndIOp>(in); })
          .Case([&](OrOp) { return e.make<arith::OrIOp>(in); })
          .Case([&](XorOp) { return e.make<arith::XOrIOp>(in); })
          .Case([&](Atan2Op) { return e.make<math::Atan2Op>(in); })
          .Case([&](ShiftLeftOp) { return e.shift<arith::ShLIOp>(in[0], in[1], e.integer(0)); })
          .Case([&](ShiftRightLogicalOp) { return e.shift<arith::ShRUIOp>(in[0], in[1], e.integer(0)); })
          .Case([&](ShiftRightArithmeticOp) {
            Value signs = e.make<arith::ShRSIOp>({in[0], e.integer(e.width() - 1)});
            return e.shift<arith::ShRSIOp>(in[0], in[1], signs);
          })
          .Case([&](ConvertOp) { return e.convert(in[0], result); })
          .Case([&](BitcastConvertOp) -> Value {
            Type target = storageType(result);
            return target == in[0].getType() ? in[0] : arith::BitcastOp::create(at, loc, target, in[0]).getResult();
          })
          .Case([&](ReducePrecisionOp precision) -> Value {
            Type narrow = precision.getExponentBits() == 5 ? Type(at.getF16Type()) : Type(at.getBF16Type());
            if (precision.getExponentBits() == 8 && precision.getMantissaBits() == 23)
              narrow = at.getF32Type();
            if (narrow.getIntOrFloatBitWidth() >= e.width())
              return in[0];
            return Element(at, loc, narrow).convert(e.convert(in[0], narrow), type);
          })
          .Case([&](IsFiniteOp) {
            Value infinity = e.number(std::numeric_limits<double>::infinity());
            return e.compare(arith::CmpFPredicate::OLT, e.make<math::AbsFOp>(in), infinity);
          })
          .Case([&](ClampOp) {
            Value low = e.bySign<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>({in[1], in[0]});
            return e.bySign<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>({low, in[2]});
          })
          .Case([&](SelectOp) { return e.select(in[0], in[1], in[2]); })
          .Case([&](CompareOp compare) {
            return e.compare(in[0], in[1], compare.getComparisonDirection(),
                             compare.getCompareType().value_or(ComparisonType::NOTYPE));
          })
          .Case([&](chlo::AcosOp) { return e.make<math::AcosOp>(in); })
          .Case([&](chlo::AcoshOp) { return e.make<math::AcoshOp>(in); })
          .Case([&](chlo::AsinOp) { return e.make<math::AsinOp>(in); })
          .Case([&](chlo::AsinhOp) { return e.make<math::AsinhOp>(in); })
          .Case([&](chlo::AtanOp) { return e.make<math::AtanOp>(in); })
          .Case([&](chlo::AtanhOp) { return e.make<math::AtanhOp>(in); })
          .Case([&](chlo::CoshOp) { return e.make<math::CoshOp>(in); })
          .Case([&](chlo::SinhOp) { return e.make<math::SinhOp>(in); })
          .Case([&](chlo::ErfOp) { return e.make<math::ErfOp>(in); })
          .Case([&](chlo::ErfcOp) { return e.make<math::ErfcOp>(in); })
          .Case([&](chlo::SquareOp) {
            return e.isFloat ? e.make<arith::MulFOp>({in[0], in[0]}) : e.make<arith::MulIOp>({in[0], in[0]});
          })
          .Case([&](chlo::IsInfOp) { return infinite(true, true); })
          .Case([&](chlo::IsPosInfOp) { return infinite(true, false); })
          .Case([&](chlo::IsNegInfOp) { return infinite(false, true); })
          .Default([](Operation *) { return Value(); });
  if (!made)
    return op->emitOpError("is not supported among scalars");
  return made;
}

LogicalResult hadal::stablehlo::importElementwise(Importer &importer, Operation *op) {
  SmallVector<Tensor *> operands;
  for (Value operand : op->getOperands())
    operands.push_back(&importer.get(operand));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  // A size is known by any operand that has the shape of the result.
  Sizes dims(type.getRank());
  for (Tensor *operand : operands)
    if (operand->rank() == type.getRank())
      for (auto [dim, size] : llvm::zip_equal(dims, operand->dims))
        if (!dim || (!getConstantIntValue(dim) && getConstantIntValue(size)))
          dim = size;
  dims = importer.refine(type, dims);

  if (std::optional<Sizes> elements = importer.followElements(op, operands)) {
    Tensor &result = importer.make(type.getElementType(), dims);
    result.elements = std::move(elements);
    importer.set(op->getResult(0), result);
    return success();
  }
  // What changes nothing.
  if (isa<ConvertOp>(op) && operands[0]->element == type.getElementType()) {
    importer.set(op->getResult(0), *operands[0]);
    return success();
  }
  LogicalResult status = success();
  Tensor &result = importer.elementwise(
      type.getElementType(), dims, operands, [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
        // Constants stand in the body, where they can be looked at.
        SmallVector<Value> scalars(in);
        for (auto [scalar, operand] : llvm::zip_equal(scalars, operands))
          if (TypedAttr value = importer.splatValue(*operand); value && isa<IntegerType>(value.getType()))
            if (isa<DivOp, RemOp, ShiftLeftOp, ShiftRightArithmeticOp, ShiftRightLogicalOp>(op) &&
                &scalar == &scalars.back())
              scalar = arith::ConstantOp::create(at, loc, value);
        if (isa<PowOp>(op))
          if (TypedAttr value = importer.splatValue(*operands[1]); value && isa<FloatType>(value.getType()))
            scalars[1] = arith::ConstantOp::create(at, loc, value);
        FailureOr<Value> made = importer.scalarOp(at, op, scalars);
        if (succeeded(made))
          return *made;
        status = failure();
        return arith::ConstantOp::create(at, loc, cast<TypedAttr>(at.getZeroAttr(storageType(type.getElementType()))));
      });
  importer.set(op->getResult(0), result);
  return status;
}

Tensor &Importer::convert(Tensor &tensor, Type element) {
  if (tensor.element == element)
    return tensor;
  return elementwise(element, tensor.dims, &tensor, [&](OpBuilder &at, Location loc, ValueRange in) {
    return Element(at, loc, tensor.element).convert(in[0], element);
  });
}

//===----------------------------------------------------------------------===//
// Regions of scalars
//===----------------------------------------------------------------------===//

LogicalResult Importer::scalarBlock(OpBuilder &at, Block &block, ValueRange arguments,
                                    SmallVectorImpl<Value> &results) {
  DenseMap<Value, Value> scalars;
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
    scalars[argument] = value;
  auto lookUp = [&](Operation *op, Value value) -> FailureOr<Value> {
    if (Value known = scalars.lookup(value))
      return known;
    // From outside: only what is constant.
    Tensor *tensor = tensors.lookup(value);
    if (TypedAttr constant = tensor ? splatValue(*tensor) : TypedAttr())
      return Value(arith::ConstantOp::create(at, loc, constant));
    return op->emitOpError("uses a value from outside its region that is no constant");
  };
  for (Operation &op : block) {
    SmallVector<Value> operands;
    for (Value operand : op.getOperands()) {
      FailureOr<Value> scalar = lookUp(&op, operand);
      if (failed(scalar))
        return failure();
      operands.push_back(*scalar);
    }
    if (isa<ReturnOp, func::ReturnOp>(op)) {
      results.assign(operands.begin(), operands.end());
      return success();
    }
    for (Type type : op.getResultTypes())
      if (!isa<RankedTensorType>(type) || cast<RankedTensorType>(type).getRank() != 0)
        return op.emitOpError("makes no scalar in a region of scalars");
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
      if (!elements)
        return op.emitOpError("has a value of a kind that is not supported");
      Type stored = storageType(elements.getElementType());
      auto value = elements.getSplatValue<TypedAttr>();
      if (auto number = dyn_cast<IntegerAttr>(value))
        value = b.getIntegerAttr(stored, number.getValue());
      scalars[constant] = arith::ConstantOp::create(at, loc, value);
    } else if (isa<ReshapeOp, BroadcastInDimOp, BroadcastOp>(op)) {
      scalars[op.getResult(0)] = operands[0];
    } else if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (!callee || !callee.getBody().hasOneBlock() || llvm::is_contained(callStack, callee.getName()))
        return op.emitOpError("calls a function that cannot be walked into");
      SmallVector<Value> values;
      callStack.push_back(callee.getName());
      LogicalResult status = scalarBlock(at, callee.getBody().front(), operands, values);
      callStack.pop_back();
      if (failed(status))
        return failure();
      for (auto [result, value] : llvm::zip_equal(call.getResults(), values))
        scalars[result] = value;
    } else if (isElementwise(&op)) {
      FailureOr<Value> made = scalarOp(at, &op, operands);
      if (failed(made))
        return failure();
      scalars[op.getResult(0)] = *made;
    } else {
      return op.emitOpError("is not supported among scalars");
    }
  }
  return success();
}
