//===- Elementwise.cpp - Arithmetic, element by element -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// The common part
//===----------------------------------------------------------------------===//

bool hadal::onnx::supports(unsigned types, DType type) {
  if (type == DType::Bool)
    return types & kBools;
  if (isNarrowFloat(type) || (isInteger(type) && dtypeBits(type) < 8))
    return types & kStored;
  return types & (isFloat(type) ? kFloats : kInts);
}

LogicalResult hadal::onnx::requireTypes(NodeContext &c, ArrayRef<Tensor *> operands, unsigned types) {
  for (Tensor *operand : operands) {
    if (operand->type != operands.front()->type)
      return c.error("operands have different element types: " + dtypeName(operands.front()->type) + " and " +
                     dtypeName(operand->type));
    if (!supports(types, operand->type))
      return c.error("element type " + dtypeName(operand->type) + " is not supported");
  }
  return success();
}

std::optional<Dims> hadal::onnx::foldElements(NodeContext &c, ArrayRef<Tensor *> operands, ArrayRef<SizeExpr> dims,
                                              FoldFn fold) {
  SizeExpr count = product(dims);
  bool foldable = fold && count.constant() && *count.constant() <= 64 &&
                  llvm::all_of(operands, [](Tensor *operand) { return operand->elements.has_value(); });
  if (!foldable)
    return std::nullopt;
  Dims result;
  for (int64_t i = 0; i < *count.constant(); ++i) {
    Dims scalars;
    for (Tensor *operand : operands) {
      // The element that stands at the i-th place of the broadcast operand.
      int64_t rest = i, at = 0, stride = 1;
      for (int64_t d = 0; d < operand->rank(); ++d) {
        int64_t size = *dims[dims.size() - 1 - d].constant();
        int64_t own = *operand->dims[operand->rank() - 1 - d].constant();
        at += own == 1 ? 0 : (rest % size) * stride;
        stride *= own;
        rest /= size;
      }
      scalars.push_back(c.sizes.normalize((*operand->elements)[at]));
    }
    std::optional<SizeExpr> value = fold(c.sizes, scalars);
    if (!value || !value->isValid())
      return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

LogicalResult hadal::onnx::importElementwise(NodeContext &c, ArrayRef<Tensor *> operands, DType type, ElementBody body,
                                             FoldFn fold) {
  FailureOr<Dims> dims = broadcast(c, operands);
  if (failed(dims))
    return failure();
  if (std::optional<Dims> elements = foldElements(c, operands, *dims, fold)) {
    c.setOutput(0, c.newElements(type, *dims, std::move(*elements)));
    return success();
  }
  DType operandType = operands.back()->type;
  c.setOutput(0, emitElementwise(c, type, *dims, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
                return body({b, loc, operandType}, in);
              }));
  return success();
}

Tensor &hadal::onnx::emitCast(NodeContext &c, Tensor &tensor, DType type) {
  DType from = tensor.type;
  if (from == type)
    return tensor;
  return emitElementwise(c, type, tensor.dims, &tensor, [&](OpBuilder &b, Location loc, ValueRange in) {
    return emitConvert(b, loc, in[0], from, type);
  });
}

void hadal::onnx::onElementwise(OpTable &table, StringRef op, OpsetRange opsets, int arity, unsigned types,
                                ElementBody body, FoldFn fold, std::optional<DType> resultType) {
  table.onOp(op, opsets, {arity, arity}, [=](NodeContext &c) -> LogicalResult {
    SmallVector<Tensor *> operands;
    for (int i = 0; i < arity; ++i)
      operands.push_back(&c.input(i));
    if (failed(requireTypes(c, operands, types)))
      return failure();
    return importElementwise(c, operands, resultType.value_or(operands[0]->type), body, fold);
  });
}

Value Element::constant(double value) const {
  if (isFloat(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(elementType(type, b.getContext()), value));
  constexpr double kEnd = 9223372036854775808.0; // 2^63
  if (value >= kEnd || value < -kEnd)
    return integer(value > 0 ? INT64_MAX : INT64_MIN);
  return integer(std::isnan(value) ? 0 : static_cast<int64_t>(value));
}

Value Element::integer(int64_t value) const {
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(elementType(type, b.getContext()), value));
}

//===----------------------------------------------------------------------===//
// Binary arithmetic
//===----------------------------------------------------------------------===//

template <typename FloatOp, typename IntOp> static Value floatOrInt(Element e, ValueRange in) {
  return isFloat(e.type) ? e.make<FloatOp>(in) : e.make<IntOp>(in);
}

template <typename FloatOp, typename SignedOp, typename UnsignedOp> static Value bySign(Element e, ValueRange in) {
  if (isFloat(e.type))
    return e.make<FloatOp>(in);
  return isUnsigned(e.type) ? e.make<UnsignedOp>(in) : e.make<SignedOp>(in);
}

static std::optional<SizeExpr> foldAdd(Sizes &, ArrayRef<SizeExpr> in) { return in[0] + in[1]; }
static std::optional<SizeExpr> foldSub(Sizes &, ArrayRef<SizeExpr> in) { return in[0] - in[1]; }
static std::optional<SizeExpr> foldMul(Sizes &, ArrayRef<SizeExpr> in) { return in[0] * in[1]; }
static std::optional<SizeExpr> foldMax(Sizes &sizes, ArrayRef<SizeExpr> in) { return sizes.max(in[0], in[1]); }
static std::optional<SizeExpr> foldMin(Sizes &sizes, ArrayRef<SizeExpr> in) { return sizes.min(in[0], in[1]); }
static std::optional<SizeExpr> foldNeg(Sizes &, ArrayRef<SizeExpr> in) { return SizeExpr(0) - in[0]; }

static std::optional<SizeExpr> foldExactDiv(Sizes &, ArrayRef<SizeExpr> in) { return in[0].dividedBy(in[1]); }

/// Integer division rounds towards zero, as floorDiv does for sizes.
static std::optional<SizeExpr> foldDiv(Sizes &sizes, ArrayRef<SizeExpr> in) {
  if (std::optional<SizeExpr> exact = in[0].dividedBy(in[1]))
    return exact;
  if (!sizes.isNonNegative(in[0]) || !sizes.isNonNegative(in[1] - SizeExpr(1)))
    return std::nullopt;
  return sizes.floorDiv(in[0], in[1]);
}

static std::optional<SizeExpr> foldMod(Sizes &sizes, ArrayRef<SizeExpr> in) {
  std::optional<SizeExpr> quotient = foldDiv(sizes, in);
  return quotient ? std::optional<SizeExpr>(in[0] - *quotient * in[1]) : std::nullopt;
}

/// Max, Min, Sum and Mean take any number of operands.
static LogicalResult importVariadic(NodeContext &c, ElementBody body, FoldFn fold) {
  Tensor *result = &c.input(0);
  for (size_t i = 0; i < c.numInputs(); ++i)
    if (failed(requireTypes(c, {result, &c.input(i)}, kFloats | kInts)))
      return failure();
  c.setOutput(0, *result);
  for (size_t i = 1; i < c.numInputs(); ++i) {
    if (failed(importElementwise(c, {result, &c.input(i)}, result->type, body, fold)))
      return failure();
    result = c.outputs()[0];
  }
  return success();
}

static LogicalResult importMean(NodeContext &c) {
  if (failed(importVariadic(c, floatOrInt<arith::AddFOp, arith::AddIOp>, nullptr)))
    return failure();
  double count = c.numInputs();
  return importElementwise(c, c.outputs()[0], c.outputs()[0]->type,
                           [=](Element e, ValueRange in) { return e.make<arith::DivFOp>({in[0], e.constant(count)}); });
}

static Value multiply(Element e, ValueRange in) { return floatOrInt<arith::MulFOp, arith::MulIOp>(e, in); }

/// By squaring, bit by bit of the exponent. Of a negative one only 1 and −1 have a power that is an integer.
static Value integerPower(Element e, Value base, Value exponent) {
  Value zero = e.constant(0), one = e.constant(1), result = one, square = base, rest = exponent;
  bool hasSign = !isUnsigned(e.type);
  if (hasSign)
    rest = e.make<math::AbsIOp>(exponent);
  for (int bit = 0; bit < 6; ++bit) {
    Value odd = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ne, e.make<arith::AndIOp>({rest, one}), zero);
    result = arith::SelectOp::create(e.b, e.loc, odd, e.make<arith::MulIOp>({result, square}), result);
    square = e.make<arith::MulIOp>({square, square});
    rest = e.make<arith::ShRUIOp>({rest, one});
  }
  if (!hasSign)
    return result;
  auto is = [&](arith::CmpIPredicate predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(e.b, e.loc, predicate, x, y);
  };
  Value isUnit = is(arith::CmpIPredicate::eq, e.make<arith::MulIOp>({base, base}), one);
  Value inverse = arith::SelectOp::create(e.b, e.loc, isUnit, result, zero);
  return arith::SelectOp::create(e.b, e.loc, is(arith::CmpIPredicate::slt, exponent, zero), inverse, result);
}

/// Small constant exponents have plain forms; the others are math.powf.
static LogicalResult importPow(NodeContext &c) {
  Tensor &base = c.input(0), &exponent = c.input(1);
  if (failed(requireTypes(c, &base, kFloats | kInts)) || failed(requireTypes(c, &exponent, kFloats | kInts)))
    return failure();
  std::optional<double> power = c.constantScalar(exponent);
  bool keepsShape = exponent.rank() <= base.rank();
  auto unary = [&](ElementBody body) { return importElementwise(c, &base, base.type, body); };
  if (power == 2.0 && keepsShape)
    return unary([](Element e, ValueRange in) { return multiply(e, {in[0], in[0]}); });
  if (power == 3.0 && keepsShape)
    return unary([](Element e, ValueRange in) { return multiply(e, {multiply(e, {in[0], in[0]}), in[0]}); });
  if (power == 0.5 && keepsShape && isFloat(base.type))
    return unary([](Element e, ValueRange in) { return e.make<math::SqrtOp>(in); });
  DType type = base.type, exponentType = exponent.type;
  // The result has the base's type; an integer to the power of a float is computed in that float.
  DType computed = !isFloat(type) && isFloat(exponentType) ? exponentType : type;
  return importElementwise(c, {&base, &exponent}, type, [=](Element e, ValueRange in) {
    auto convert = [&](Value value, DType from, DType to) {
      return from == to ? value : emitConvert(e.b, e.loc, value, from, to);
    };
    Value x = convert(in[0], type, computed), power = convert(in[1], exponentType, computed);
    Element at{e.b, e.loc, computed};
    return convert(isFloat(computed) ? e.make<math::PowFOp>({x, power}) : integerPower(at, x, power), computed, type);
  });
}

static LogicalResult importDiv(NodeContext &c) {
  if (failed(requireTypes(c, {&c.input(0), &c.input(1)}, kFloats | kInts)))
    return failure();
  DType type = c.input(0).type;
  return importElementwise(c, {&c.input(0), &c.input(1)}, type, bySign<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>,
                           isFloat(type) ? foldExactDiv : foldDiv);
}

/// fmod = 1 is C's fmod; else the result has the divisor's sign.
static LogicalResult importMod(NodeContext &c) {
  bool fmod = c.intAttribute("fmod", 0) != 0;
  if (failed(requireTypes(c, {&c.input(0), &c.input(1)}, kFloats | kInts)))
    return failure();
  if (isFloat(c.input(0).type) && !fmod)
    return c.error("of floats without fmod = 1");
  auto body = [=](Element e, ValueRange in) -> Value {
    Value rest = bySign<arith::RemFOp, arith::RemSIOp, arith::RemUIOp>(e, in);
    if (fmod || isUnsigned(e.type))
      return rest;
    Value zero = e.constant(0);
    Value differ = e.make<arith::XOrIOp>({rest, in[1]});
    Value signsDiffer = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt, differ, zero);
    Value nonZero = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::ne, rest, zero);
    Value fix = e.make<arith::AndIOp>({signsDiffer, nonZero});
    return arith::SelectOp::create(e.b, e.loc, fix, e.make<arith::AddIOp>({rest, in[1]}), rest);
  };
  return importElementwise(c, {&c.input(0), &c.input(1)}, c.input(0).type, body, fmod ? FoldFn() : FoldFn(foldMod));
}

//===----------------------------------------------------------------------===//
// Unary arithmetic
//===----------------------------------------------------------------------===//

template <typename Op> static Value unary(Element e, ValueRange in) { return e.make<Op>(in); }

static Value makeNeg(Element e, ValueRange in) {
  return isFloat(e.type) ? e.make<arith::NegFOp>(in) : e.make<arith::SubIOp>({e.constant(0), in[0]});
}
static Value makeAbs(Element e, ValueRange in) {
  if (isUnsigned(e.type))
    return in[0];
  return isFloat(e.type) ? e.make<math::AbsFOp>(in) : e.make<math::AbsIOp>(in);
}
static Value makeReciprocal(Element e, ValueRange in) { return e.make<arith::DivFOp>({e.constant(1), in[0]}); }
static Value makeSign(Element e, ValueRange in) {
  Value zero = e.constant(0);
  auto compare = [&](arith::CmpFPredicate ofFloats, arith::CmpIPredicate ofInts) -> Value {
    return isFloat(e.type) ? Value(arith::CmpFOp::create(e.b, e.loc, ofFloats, in[0], zero))
                           : arith::CmpIOp::create(e.b, e.loc, ofInts, in[0], zero);
  };
  Value above =
      compare(arith::CmpFPredicate::OGT, isUnsigned(e.type) ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt);
  if (isUnsigned(e.type))
    return arith::SelectOp::create(e.b, e.loc, above, e.constant(1), zero);
  Value below = compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt);
  Value negative = arith::SelectOp::create(e.b, e.loc, below, e.constant(-1), zero);
  return arith::SelectOp::create(e.b, e.loc, above, e.constant(1), negative);
}

/// x + bias below −lambd, x − bias above lambd, 0 between.
static LogicalResult importShrink(NodeContext &c) {
  double bias = c.floatAttribute("bias", 0), lambd = c.floatAttribute("lambd", 0.5f);
  if (failed(requireTypes(c, &c.input(0), kFloats)))
    return failure();
  return importElementwise(c, &c.input(0), c.input(0).type, [=](Element e, ValueRange in) -> Value {
    Value below = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OLT, in[0], e.constant(-lambd));
    Value above = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OGT, in[0], e.constant(lambd));
    Value up = e.make<arith::AddFOp>({in[0], e.constant(bias)}),
          down = e.make<arith::SubFOp>({in[0], e.constant(bias)});
    Value inner = arith::SelectOp::create(e.b, e.loc, above, down, e.constant(0));
    return arith::SelectOp::create(e.b, e.loc, below, up, inner);
  });
}

void hadal::onnx::registerElementwiseOps(OpTable &table) {
  unsigned numbers = kFloats | kInts;
  onElementwise(table, "Add", {7}, 2, numbers, floatOrInt<arith::AddFOp, arith::AddIOp>, foldAdd);
  onElementwise(table, "Sub", {7}, 2, numbers, floatOrInt<arith::SubFOp, arith::SubIOp>, foldSub);
  onElementwise(table, "Mul", {7}, 2, numbers, floatOrInt<arith::MulFOp, arith::MulIOp>, foldMul);
  table.onOp("Div", {7}, {2, 2}, importDiv);
  table.onOp("Mod", {10}, {2, 2}, importMod);
  table.onOp("Pow", {7}, {2, 2}, importPow);
  table.onOp("Max", {8}, {1, kAnyNumber}, [](NodeContext &c) {
    return importVariadic(c, bySign<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>, foldMax);
  });
  table.onOp("Min", {8}, {1, kAnyNumber}, [](NodeContext &c) {
    return importVariadic(c, bySign<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>, foldMin);
  });
  table.onOp("Sum", {8}, {1, kAnyNumber},
             [](NodeContext &c) { return importVariadic(c, floatOrInt<arith::AddFOp, arith::AddIOp>, foldAdd); });
  table.onOp("Mean", {8}, {1, kAnyNumber}, importMean);

  onElementwise(table, "Neg", {6}, 1, numbers, makeNeg, foldNeg);
  onElementwise(table, "Abs", {6}, 1, numbers, makeAbs);
  onElementwise(table, "Sqrt", {6}, 1, kFloats, unary<math::SqrtOp>);
  onElementwise(table, "Reciprocal", {6}, 1, kFloats, makeReciprocal);
  onElementwise(table, "Exp", {6}, 1, kFloats, unary<math::ExpOp>);
  onElementwise(table, "Log", {6}, 1, kFloats, unary<math::LogOp>);
  onElementwise(table, "Sin", {7}, 1, kFloats, unary<math::SinOp>);
  onElementwise(table, "Cos", {7}, 1, kFloats, unary<math::CosOp>);
  onElementwise(table, "Tanh", {6}, 1, kFloats, unary<math::TanhOp>);
  onElementwise(table, "Tan", {7}, 1, kFloats, unary<math::TanOp>);
  onElementwise(table, "Asin", {7}, 1, kFloats, unary<math::AsinOp>);
  onElementwise(table, "Acos", {7}, 1, kFloats, unary<math::AcosOp>);
  onElementwise(table, "Atan", {7}, 1, kFloats, unary<math::AtanOp>);
  onElementwise(table, "Sinh", {9}, 1, kFloats, unary<math::SinhOp>);
  onElementwise(table, "Cosh", {9}, 1, kFloats, unary<math::CoshOp>);
  onElementwise(table, "Asinh", {9}, 1, kFloats, unary<math::AsinhOp>);
  onElementwise(table, "Acosh", {9}, 1, kFloats, unary<math::AcoshOp>);
  onElementwise(table, "Atanh", {9}, 1, kFloats, unary<math::AtanhOp>);
  onElementwise(table, "Erf", {9}, 1, kFloats, unary<math::ErfOp>);
  onElementwise(table, "Floor", {6}, 1, kFloats, unary<math::FloorOp>);
  onElementwise(table, "Ceil", {6}, 1, kFloats, unary<math::CeilOp>);
  onElementwise(table, "Round", {11}, 1, kFloats, unary<math::RoundEvenOp>);
  onElementwise(table, "Sign", {9}, 1, numbers, makeSign);
  table.onOp("Shrink", {9}, {1, 1}, importShrink);
}
