//===- Expressions.cpp - The expressions of a kernel ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPrinter.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cudacpp;

void KernelPrinter::unsupported(Operation *op, const Twine &why) {
  if (!failed)
    op->emitOpError("has no CUDA C++ form") << why;
  failed = true;
}

std::string KernelPrinter::element(Value array, Value subscript) {
  return names.lookup(array) + "[" + use(subscript).text + "]";
}

Expression KernelPrinter::use(Value value) {
  if (auto it = names.find(value); it != names.end())
    return {it->second};
  if (Operation *op = value.getDefiningOp())
    return express(op);
  return {"?"};
}

//===----------------------------------------------------------------------===//
// Constants and casts
//===----------------------------------------------------------------------===//

/// The shortest decimal that reads back as this number.
static std::string floatText(double value, bool isDouble) {
  char buffer[40];
  for (int digits = isDouble ? 15 : 6; digits <= (isDouble ? 17 : 9); ++digits) {
    snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
    double back = strtod(buffer, nullptr);
    if (isDouble ? back == value : static_cast<float>(back) == static_cast<float>(value))
      break;
  }
  std::string text = buffer;
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return isDouble ? text : text + "f";
}

Expression KernelPrinter::expressConstant(arith::ConstantOp op) {
  if (auto integer = dyn_cast<IntegerAttr>(op.getValue())) {
    if (integer.getType().isInteger(1))
      return {integer.getValue().isZero() ? "false" : "true"};
    int64_t value = integer.getValue().getSExtValue();
    if (value == std::numeric_limits<int64_t>::min())
      return {"(-9223372036854775807ll - 1)"};
    if (value == std::numeric_limits<int32_t>::min())
      return {"(-2147483647 - 1)"};
    return {std::to_string(value), value < 0 ? Unary : Primary};
  }
  auto number = dyn_cast<FloatAttr>(op.getValue());
  if (!number || scalarType(op.getType()).empty()) {
    unsupported(op);
    return {};
  }
  double value = number.getValueAsDouble();
  if (!op.getType().isF32() && !op.getType().isF64())
    return {(op.getType().isBF16() ? "hd_to_bf16(" : "hd_to_f16(") + floatText(value, false) + ")"};
  if (std::isnan(value))
    return {"HD_NAN"};
  if (std::isinf(value))
    return value < 0 ? Expression{"-HD_INF", Unary} : Expression{"HD_INF"};
  return {floatText(value, op.getType().isF64()), std::signbit(value) ? Unary : Primary};
}

/// An unsigned twin of a signed type.
static std::string unsignedType(Type type) {
  return type.isInteger(1) ? "bool" : ("unsigned " + (type.isInteger(8) ? "char" : scalarType(type))).str();
}

Expression KernelPrinter::expressCast(Operation *op) {
  Value source = op->getOperand(0);
  Type from = source.getType(), to = op->getResult(0).getType();
  Expression value = use(source);
  auto cast = [&](Twine type, std::string of) { return Expression{("(" + type + ")" + of).str(), Unary}; };
  auto small = [](Type type) { return type.isBF16() || type.isF16(); };
  if (isa<arith::ExtFOp>(op) && small(from)) {
    Expression wide = {"hd_to_float(" + value.text + ")"};
    return to.isF64() ? cast("double", wide.text) : wide;
  }
  if (isa<arith::TruncFOp>(op) && small(to))
    return {(to.isBF16() ? "hd_to_bf16(" : "hd_to_f16(") + value.text + ")"};
  if (isa<arith::BitcastOp>(op)) {
    if (from.isF32() && to.isInteger(32))
      return {"__float_as_int(" + value.text + ")"};
    if (from.isInteger(32) && to.isF32())
      return {"__int_as_float(" + value.text + ")"};
    unsupported(op);
    return {};
  }
  if (isa<FloatType>(from) != isa<FloatType>(to) && (small(from) || small(to))) {
    unsupported(op, ": convert by way of f32");
    return {};
  }
  if (isa<arith::TruncIOp>(op) && to.isInteger(1))
    return {"(" + value.in(BitAnd) + " & 1) != 0", Equality};
  if (isa<arith::ExtSIOp, arith::SIToFPOp>(op) && from.isInteger(1)) // true is -1
    return {"-(" + scalarType(to).str() + ")" + value.in(Unary), Unary};
  if (isa<arith::ExtUIOp, arith::UIToFPOp, arith::IndexCastUIOp>(op))
    return cast(scalarType(to), "(" + unsignedType(from) + ")" + value.in(Unary));
  if (isa<arith::FPToUIOp>(op))
    return cast(scalarType(to), "(" + unsignedType(to) + ")" + value.in(Unary));
  return cast(scalarType(to), value.in(Unary));
}

//===----------------------------------------------------------------------===//
// Comparisons, loads, calls
//===----------------------------------------------------------------------===//

Expression KernelPrinter::expressCompare(Operation *op) {
  Expression left = use(op->getOperand(0)), right = use(op->getOperand(1));
  auto compare = [&](StringRef sign) {
    Precedence precedence = sign == "==" || sign == "!=" ? Equality : Relational;
    return Expression{left.in(precedence) + " " + sign.str() + " " + right.right(precedence), precedence};
  };
  auto negated = [&](StringRef sign) { return Expression{"!(" + compare(sign).text + ")", Unary}; };
  if (auto integers = dyn_cast<arith::CmpIOp>(op)) {
    using P = arith::CmpIPredicate;
    P predicate = integers.getPredicate();
    if (predicate == P::ult || predicate == P::ule || predicate == P::ugt || predicate == P::uge) {
      std::string type = "(" + unsignedType(op->getOperand(0).getType()) + ")";
      left = {type + left.in(Unary), Unary}, right = {type + right.in(Unary), Unary};
    }
    switch (predicate) {
    case P::eq:
      return compare("==");
    case P::ne:
      return compare("!=");
    case P::slt:
    case P::ult:
      return compare("<");
    case P::sle:
    case P::ule:
      return compare("<=");
    case P::sgt:
    case P::ugt:
      return compare(">");
    case P::sge:
    case P::uge:
      return compare(">=");
    }
  }
  using P = arith::CmpFPredicate;
  switch (cast<arith::CmpFOp>(op).getPredicate()) {
  case P::AlwaysFalse:
    return {"false"};
  case P::AlwaysTrue:
    return {"true"};
  case P::OEQ:
    return compare("==");
  case P::UNE:
    return compare("!=");
  case P::OLT:
    return compare("<");
  case P::OLE:
    return compare("<=");
  case P::OGT:
    return compare(">");
  case P::OGE:
    return compare(">=");
  case P::ULT:
    return negated(">=");
  case P::ULE:
    return negated(">");
  case P::UGT:
    return negated("<=");
  case P::UGE:
    return negated("<");
  case P::UNO:
    if (op->getOperand(0) == op->getOperand(1))
      return {"hd_isnan(" + left.text + ")"};
    return {"hd_isnan(" + left.text + ") || hd_isnan(" + right.text + ")", LogicalOr};
  case P::ORD:
    if (op->getOperand(0) == op->getOperand(1))
      return {"!hd_isnan(" + left.text + ")", Unary};
    return {"!hd_isnan(" + left.text + ") && !hd_isnan(" + right.text + ")", LogicalAnd};
  case P::ONE:
    return {compare("<").text + " || " + compare(">").text, LogicalOr};
  case P::UEQ:
    return {"!(" + compare("<").text + " || " + compare(">").text + ")", Unary};
  }
  llvm_unreachable("all predicates are listed");
}

Expression KernelPrinter::expressGet(cuda::GetOp get) {
  Expression read = {element(get.getArray(), get.getSubscript())};
  if (!get.getCondition())
    return read;
  return {use(get.getCondition()).in(LogicalOr) + " ? " + read.text + " : " + use(get.getOtherwise()).in(Conditional),
          Conditional};
}

Expression KernelPrinter::expressCall(StringRef function, ValueRange operands) {
  std::string text = function.str() + "(";
  for (auto [index, operand] : llvm::enumerate(operands))
    text += (index ? ", " : "") + use(operand).text;
  return {text + ")"};
}

/// The function of CUDA's mathematics for an op on f32; for f64 without the final f.
static StringRef mathFunction(Operation *op) {
  return llvm::StringSwitch<StringRef>(op->getName().getStringRef())
      .Case("math.exp", "expf")
      .Case("math.exp2", "exp2f")
      .Case("math.expm1", "expm1f")
      .Case("math.log", "logf")
      .Case("math.log2", "log2f")
      .Case("math.log10", "log10f")
      .Case("math.log1p", "log1pf")
      .Case("math.sqrt", "sqrtf")
      .Case("math.rsqrt", "rsqrtf")
      .Case("math.cbrt", "cbrtf")
      .Case("math.sin", "sinf")
      .Case("math.cos", "cosf")
      .Case("math.tan", "tanf")
      .Case("math.atan", "atanf")
      .Case("math.atan2", "atan2f")
      .Case("math.sinh", "sinhf")
      .Case("math.cosh", "coshf")
      .Case("math.tanh", "tanhf")
      .Case("math.erf", "erff")
      .Case("math.erfc", "erfcf")
      .Case("math.powf", "powf")
      .Case("math.absf", "fabsf")
      .Case("math.floor", "floorf")
      .Case("math.ceil", "ceilf")
      .Case("math.round", "roundf")
      .Case("math.roundeven", "rintf")
      .Case("math.trunc", "truncf")
      .Case("math.copysign", "copysignf")
      .Case("math.fma", "fmaf")
      .Case("arith.remf", "fmodf")
      .Case("arith.maxnumf", "fmaxf")
      .Case("arith.minnumf", "fminf")
      .Default("");
}

static std::pair<StringRef, Precedence> binaryOperator(Operation *op) {
  bool isBool = op->getResult(0).getType().isInteger(1);
  using Pair = std::pair<StringRef, Precedence>;
  return TypeSwitch<Operation *, Pair>(op)
      .Case<arith::AddIOp, arith::AddFOp>([&](auto) { return isBool ? Pair("^", BitXor) : Pair("+", Additive); })
      .Case<arith::SubIOp, arith::SubFOp>([&](auto) { return isBool ? Pair("^", BitXor) : Pair("-", Additive); })
      .Case<arith::MulIOp, arith::MulFOp>(
          [&](auto) { return isBool ? Pair("&&", LogicalAnd) : Pair("*", Multiplicative); })
      .Case<arith::DivSIOp, arith::DivFOp>([](auto) { return Pair("/", Multiplicative); })
      .Case([](arith::RemSIOp) { return Pair("%", Multiplicative); })
      .Case([](arith::ShLIOp) { return Pair("<<", Shift); })
      .Case([](arith::ShRSIOp) { return Pair(">>", Shift); })
      .Case([&](arith::AndIOp) { return isBool ? Pair("&&", LogicalAnd) : Pair("&", BitAnd); })
      .Case([&](arith::OrIOp) { return isBool ? Pair("||", LogicalOr) : Pair("|", BitOr); })
      .Case([&](arith::XOrIOp) { return isBool ? Pair("!=", Equality) : Pair("^", BitXor); })
      .Default([](Operation *) { return Pair("", Primary); });
}

/// The operator of an op on unsigned integers.
static StringRef unsignedOperator(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case<arith::DivUIOp>([](auto) { return "/"; })
      .Case<arith::RemUIOp>([](auto) { return "%"; })
      .Case<arith::ShRUIOp>([](auto) { return ">>"; })
      .Default([](Operation *) { return ""; });
}

/// A function template of the prelude over the integer type.
static StringRef integerFunction(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case<arith::MinSIOp, arith::MinUIOp>([](auto) { return "hd_min"; })
      .Case<arith::MaxSIOp, arith::MaxUIOp>([](auto) { return "hd_max"; })
      .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([](auto) { return "hd_ceil_div"; })
      .Case<arith::FloorDivSIOp>([](auto) { return "hd_floor_div"; })
      .Default([](Operation *) { return ""; });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

Expression KernelPrinter::express(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return expressConstant(constant);
  if (auto get = dyn_cast<cuda::GetOp>(op))
    return expressGet(get);
  if (isa<arith::CmpIOp, arith::CmpFOp>(op))
    return expressCompare(op);
  if (isa<CastOpInterface>(op))
    return expressCast(op);
  if (isa<cuda::ThreadIdOp>(op))
    return {"(int)threadIdx.x", Unary};
  if (auto id = dyn_cast<cuda::BlockIdOp>(op))
    return {std::string("(long long)blockIdx.") + "xyz"[id.getDim()], Unary};
  if (isa<cuda::ToTF32Op>(op))
    return expressCall("hd_to_tf32", op->getOperands());
  if (isa<cuda::PackBF16Op>(op))
    return expressCall("hd_pack_bf16", op->getOperands());
  if (auto shuffle = dyn_cast<cuda::ShuffleXorOp>(op))
    return {"hd_shuffle_xor(" + use(shuffle.getValue()).text + ", " + std::to_string(shuffle.getMask()) + ")"};
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return {use(select.getCondition()).in(LogicalOr) + " ? " + use(select.getTrueValue()).in(LogicalOr) + " : " +
                use(select.getFalseValue()).in(Conditional),
            Conditional};
  if (op->getNumResults() != 1) {
    unsupported(op);
    return {};
  }
  Type type = op->getResult(0).getType();
  if (isa<FloatType>(type) && !type.isF32() && !type.isF64()) {
    unsupported(op, ": arithmetic is in f32 or f64");
    return {};
  }
  if (auto [sign, precedence] = binaryOperator(op); !sign.empty())
    return {use(op->getOperand(0)).in(precedence) + " " + sign.str() + " " + use(op->getOperand(1)).right(precedence),
            precedence};
  if (StringRef sign = unsignedOperator(op); !sign.empty()) {
    std::string of = "(" + unsignedType(type) + ")";
    return {"(" + scalarType(type).str() + ")(" + of + use(op->getOperand(0)).in(Unary) + " " + sign.str() + " " + of +
                use(op->getOperand(1)).in(Unary) + ")",
            Unary};
  }
  if (StringRef function = integerFunction(op); !function.empty()) {
    bool isUnsigned = isa<arith::MinUIOp, arith::MaxUIOp, arith::CeilDivUIOp>(op);
    std::string of = isUnsigned ? unsignedType(type) : scalarType(type).str();
    return expressCall(function.str() + "<" + of + ">", op->getOperands());
  }
  if (isa<arith::NegFOp>(op))
    return {"-" + use(op->getOperand(0)).right(Unary), Unary};
  if (isa<arith::MaximumFOp>(op))
    return expressCall("hd_fmax", op->getOperands());
  if (isa<arith::MinimumFOp>(op))
    return expressCall("hd_fmin", op->getOperands());
  if (isa<math::IsNaNOp>(op))
    return expressCall("hd_isnan", op->getOperands());
  if (isa<math::IsInfOp>(op))
    return expressCall("hd_isinf", op->getOperands());
  if (isa<math::AbsIOp>(op))
    return {"hd_max<" + scalarType(type).str() + ">(" + use(op->getOperand(0)).text + ", -" +
            use(op->getOperand(0)).right(Unary) + ")"};
  if (StringRef function = mathFunction(op); !function.empty())
    return expressCall(type.isF64() ? function.drop_back() : function, op->getOperands());
  unsupported(op);
  return {};
}
