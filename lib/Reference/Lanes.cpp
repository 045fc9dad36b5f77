//===- Lanes.cpp - arith and math -----------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Convert.h"
#include "Machine.h"

#include "hadal/Support/Npz.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace hadal;

/// The 8 or 4 bit float type that `type` is, if arrays have it.
static std::optional<DType> narrowTypeOf(Type type) {
  if (!llvm::isa<FloatType>(type) || type.getIntOrFloatBitWidth() > 8)
    return std::nullopt;
  return dtypeOf(type);
}

double hadal::roundToNarrow(double value, Type type) {
  if (type.isF16())
    return fromHalfBits(toHalfBits(value));
  if (type.isBF16())
    return fromBFloatBits(toBFloatBits(value));
  if (std::optional<DType> dtype = narrowTypeOf(type))
    return fromNarrowBits(*dtype, toNarrowBits(*dtype, value));
  return value;
}

//===----------------------------------------------------------------------===//
// Forms: how many operands of which kind, and of which kind the result is
//===----------------------------------------------------------------------===//

template <double (*F)(double)> static bool float1(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = F(in[0].f(n));
  return true;
}

template <double (*F)(double, double)> static bool float2(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = F(in[0].f(n), in[1].f(n));
  return true;
}

template <double (*F)(double, double, double)>
static bool float3(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = F(in[0].f(n), in[1].f(n), in[2].f(n));
  return true;
}

template <bool (*F)(double)> static bool classify(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].i = F(in[0].f(n));
  return true;
}

template <int64_t (*F)(int64_t, unsigned)>
static bool int1(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].i = wrap(F(in[0].i(n), op.width), op.resultWidth);
  return true;
}

template <int64_t (*F)(int64_t, int64_t, unsigned)>
static bool int2(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].i = wrap(F(in[0].i(n), in[1].i(n), op.width), op.resultWidth);
  return true;
}

/// As int2, for divisions: the second operand must not be 0.
template <int64_t (*F)(int64_t, int64_t, unsigned)>
static bool division(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n) {
    if (in[1].i(n) == 0)
      return false;
    out[n].i = wrap(F(in[0].i(n), in[1].i(n), op.width), op.resultWidth);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

#define FLOAT1(name, value)                                                                                            \
  static double name(double a) { return value; }
#define FLOAT2(name, value)                                                                                            \
  static double name(double a, double b) { return value; }
// Integers wrap around: arithmetic is on unsigned numbers.
#define INT2(name, value)                                                                                              \
  static int64_t name(int64_t sa, int64_t sb, unsigned width) {                                                        \
    [[maybe_unused]] uint64_t a = zeroExtend(sa, width), b = zeroExtend(sb, width);                                    \
    return static_cast<int64_t>(value);                                                                                \
  }

FLOAT2(addF, a + b)
FLOAT2(subF, a - b)
FLOAT2(mulF, a *b)
FLOAT2(divF, a / b)
FLOAT2(maximumF, std::isnan(a) || std::isnan(b) ? a + b : (a == b ? (std::signbit(a) ? b : a) : (a > b ? a : b)))
FLOAT2(minimumF, std::isnan(a) || std::isnan(b) ? a + b : (a == b ? (std::signbit(a) ? a : b) : (a < b ? a : b)))
FLOAT2(maxNumF, std::fmax(a, b))
FLOAT2(minNumF, std::fmin(a, b))
FLOAT2(remF, std::fmod(a, b))
FLOAT2(powF, std::pow(a, b))
FLOAT2(atan2F, std::atan2(a, b))
FLOAT2(copySignF, std::copysign(a, b))
FLOAT1(negF, -a)
FLOAT1(rsqrtF, 1.0 / std::sqrt(a))
FLOAT1(identityF, a)
static double fmaF(double a, double b, double c) { return std::fma(a, b, c); }
static double clampF(double a, double low, double high) { return minimumF(maximumF(a, low), high); }
FLOAT1(expF, std::exp(a))
FLOAT1(exp2F, std::exp2(a))
FLOAT1(expm1F, std::expm1(a))
FLOAT1(logF, std::log(a))
FLOAT1(log2F, std::log2(a))
FLOAT1(log10F, std::log10(a))
FLOAT1(log1pF, std::log1p(a))
FLOAT1(sqrtF, std::sqrt(a))
FLOAT1(cbrtF, std::cbrt(a))
FLOAT1(absF, std::fabs(a))
FLOAT1(sinF, std::sin(a))
FLOAT1(cosF, std::cos(a))
FLOAT1(tanF, std::tan(a))
FLOAT1(asinF, std::asin(a))
FLOAT1(acosF, std::acos(a))
FLOAT1(atanF, std::atan(a))
FLOAT1(sinhF, std::sinh(a))
FLOAT1(coshF, std::cosh(a))
FLOAT1(tanhF, std::tanh(a))
FLOAT1(asinhF, std::asinh(a))
FLOAT1(acoshF, std::acosh(a))
FLOAT1(atanhF, std::atanh(a))
FLOAT1(erfF, std::erf(a))
FLOAT1(erfcF, std::erfc(a))
FLOAT1(floorF, std::floor(a))
FLOAT1(ceilF, std::ceil(a))
FLOAT1(roundF, std::round(a))
FLOAT1(roundEvenF, std::nearbyint(a))
FLOAT1(truncFunctionF, std::trunc(a))
static bool isNaN(double a) { return std::isnan(a); }
static bool isInf(double a) { return std::isinf(a); }
static bool isFinite(double a) { return std::isfinite(a); }

INT2(addI, a + b)
INT2(subI, a - b)
INT2(mulI, a *b)
INT2(andI, a &b)
INT2(orI, a | b)
INT2(xorI, a ^ b)
INT2(shlI, b >= width ? 0 : a << b)
INT2(shrUI, b >= width ? 0 : a >> b)
INT2(shrSI, sa >> std::min<uint64_t>(b, 63))
INT2(maxSI, std::max(sa, sb))
INT2(minSI, std::min(sa, sb))
INT2(maxUI, std::max(a, b))
INT2(minUI, std::min(a, b))
INT2(divUI, a / b)
INT2(remUI, a % b)
INT2(ceilDivUI, a / b + (a % b != 0))
// A division by −1 is a negation: the smallest number over −1 would trap.
INT2(divSI, sb == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(sa)) : sa / sb)
INT2(remSI, sb == -1 ? 0 : sa % sb)
INT2(floorDivSI, sb == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(sa)) : llvm::divideFloorSigned(sa, sb))
INT2(ceilDivSI, sb == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(sa)) : llvm::divideCeilSigned(sa, sb))
static int64_t identityI(int64_t a, unsigned) { return a; }
// i1 is stored as 0 or 1, but true is −1 as a signed number.
static int64_t signedI(int64_t a, unsigned width) { return width == 1 ? -a : a; }
static int64_t unsignedI(int64_t a, unsigned width) { return static_cast<int64_t>(zeroExtend(a, width)); }
static int64_t absI(int64_t a, unsigned) { return a < 0 ? static_cast<int64_t>(-static_cast<uint64_t>(a)) : a; }
static int64_t ctlz(int64_t a, unsigned width) { return llvm::countl_zero(zeroExtend(a, width)) - (64 - width); }
static int64_t cttz(int64_t a, unsigned width) { return a ? llvm::countr_zero(static_cast<uint64_t>(a)) : width; }
static int64_t ctpop(int64_t a, unsigned width) { return llvm::popcount(zeroExtend(a, width)); }
static int64_t ipowI(int64_t base, int64_t exponent, unsigned) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1;
  for (uint64_t square = base; exponent; exponent >>= 1, square *= square)
    result *= exponent & 1 ? square : 1;
  return static_cast<int64_t>(result);
}

//===----------------------------------------------------------------------===//
// Comparisons, selection, conversions
//===----------------------------------------------------------------------===//

static bool compareInts(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  int64_t sign = op.width == 1 ? -1 : 1; // as in signedI
  auto loop = [&](auto compare) {
    for (int64_t n = 0; n < count; ++n)
      out[n].i = compare(sign * in[0].i(n), sign * in[1].i(n));
    return true;
  };
  auto unsignedLoop = [&](auto compare) {
    return loop([&](int64_t a, int64_t b) { return compare(zeroExtend(a, op.width), zeroExtend(b, op.width)); });
  };
  switch (static_cast<arith::CmpIPredicate>(op.predicate)) {
  case arith::CmpIPredicate::eq:
    return loop([](int64_t a, int64_t b) { return a == b; });
  case arith::CmpIPredicate::ne:
    return loop([](int64_t a, int64_t b) { return a != b; });
  case arith::CmpIPredicate::slt:
    return loop([](int64_t a, int64_t b) { return a < b; });
  case arith::CmpIPredicate::sle:
    return loop([](int64_t a, int64_t b) { return a <= b; });
  case arith::CmpIPredicate::sgt:
    return loop([](int64_t a, int64_t b) { return a > b; });
  case arith::CmpIPredicate::sge:
    return loop([](int64_t a, int64_t b) { return a >= b; });
  case arith::CmpIPredicate::ult:
    return unsignedLoop([](uint64_t a, uint64_t b) { return a < b; });
  case arith::CmpIPredicate::ule:
    return unsignedLoop([](uint64_t a, uint64_t b) { return a <= b; });
  case arith::CmpIPredicate::ugt:
    return unsignedLoop([](uint64_t a, uint64_t b) { return a > b; });
  case arith::CmpIPredicate::uge:
    return unsignedLoop([](uint64_t a, uint64_t b) { return a >= b; });
  }
  llvm_unreachable("a predicate");
}

// What a float comparison accepts, as a set of these.
enum : int64_t { kEqual = 1, kGreater = 2, kLess = 4, kUnordered = 8 };

static int64_t acceptedBy(arith::CmpFPredicate predicate) {
  auto number = static_cast<int64_t>(predicate);
  if (predicate == arith::CmpFPredicate::AlwaysTrue)
    return kEqual | kGreater | kLess | kUnordered;
  if (predicate == arith::CmpFPredicate::UNO)
    return kUnordered;
  // 0 to 7 (false, oeq … ord) are sets already; 8 to 13 (ueq … une) are 1 to 6 with unordered.
  return number <= 7 ? number : (number - 7) | kUnordered;
}

static bool compareFloats(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n) {
    double a = in[0].f(n), b = in[1].f(n);
    int64_t relation = a == b ? kEqual : a > b ? kGreater : a < b ? kLess : kUnordered;
    out[n].i = (op.predicate & relation) != 0;
  }
  return true;
}
static bool select(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n] = in[0].i(n) ? in[1].data[n * in[1].stride] : in[2].data[n * in[2].stride];
  return true;
}

static bool truncFloat(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  // What is computed in f32 is f64 here; only who says f64 means that f32 rounds it.
  bool toSingle = op.from.isF64() && op.to.isF32();
  for (int64_t n = 0; n < count; ++n)
    out[n].f = toSingle ? static_cast<double>(static_cast<float>(in[0].f(n))) : roundToNarrow(in[0].f(n), op.to);
  return true;
}

static bool signedToFloat(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = roundToNarrow(static_cast<double>(signedI(in[0].i(n), op.width)), op.to);
  return true;
}

static bool unsignedToFloat(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = roundToNarrow(static_cast<double>(zeroExtend(in[0].i(n), op.width)), op.to);
  return true;
}

/// Truncates; beyond the integer's range (undefined in arith) it saturates, NaN is 0.
static bool floatToInt(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n) {
    double value = in[0].f(n);
    bool isUnsigned = op.predicate;
    int64_t high = llvm::maxIntN(std::max(op.resultWidth, 2u)), low = llvm::minIntN(std::max(op.resultWidth, 2u));
    if (isUnsigned) {
      if (op.resultWidth == 64 && value >= 9223372036854775808.0) {
        out[n].i = value >= 18446744073709551616.0 ? -1 : static_cast<int64_t>(static_cast<uint64_t>(value));
        continue;
      }
      low = 0;
      high = op.resultWidth == 64 ? INT64_MAX : (int64_t(1) << op.resultWidth) - 1;
    }
    int64_t result = std::isnan(value)                    ? 0
                     : value >= static_cast<double>(high) ? high
                     : value <= static_cast<double>(low)  ? low
                                                          : static_cast<int64_t>(value);
    out[n].i = wrap(result, op.resultWidth);
  }
  return true;
}

static int64_t bitsOf(Cell cell, Type type) {
  if (type.isF64())
    return cell.i;
  if (type.isF32())
    return llvm::bit_cast<int32_t>(static_cast<float>(cell.f));
  if (type.isF16())
    return static_cast<int16_t>(toHalfBits(cell.f));
  if (type.isBF16())
    return static_cast<int16_t>(toBFloatBits(cell.f));
  if (std::optional<DType> dtype = narrowTypeOf(type))
    return wrap(toNarrowBits(*dtype, cell.f), type.getIntOrFloatBitWidth());
  return cell.i;
}

static Cell ofBits(int64_t bits, Type type) {
  if (type.isF32())
    return floatCell(llvm::bit_cast<float>(static_cast<int32_t>(bits)));
  if (type.isF16())
    return floatCell(fromHalfBits(static_cast<uint16_t>(bits)));
  if (type.isBF16())
    return floatCell(fromBFloatBits(static_cast<uint16_t>(bits)));
  if (std::optional<DType> dtype = narrowTypeOf(type))
    return floatCell(fromNarrowBits(*dtype, static_cast<uint8_t>(bits)));
  return intCell(bits);
}

static bool bitcast(const LaneOp &op, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n] = ofBits(bitsOf(in[0].data[n * in[0].stride], op.from), op.to);
  return true;
}

static bool powToInt(const LaneOp &, const Lane *in, Cell *out, int64_t count) {
  for (int64_t n = 0; n < count; ++n)
    out[n].f = std::pow(in[0].f(n), static_cast<double>(in[1].i(n)));
  return true;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static const llvm::StringMap<LaneFn> &laneTable() {
  static const llvm::StringMap<LaneFn> table = {
      {"arith.addf", float2<addF>},
      {"arith.subf", float2<subF>},
      {"arith.mulf", float2<mulF>},
      {"arith.divf", float2<divF>},
      {"arith.remf", float2<remF>},
      {"arith.negf", float1<negF>},
      {"arith.maximumf", float2<maximumF>},
      {"arith.minimumf", float2<minimumF>},
      {"arith.maxnumf", float2<maxNumF>},
      {"arith.minnumf", float2<minNumF>},
      {"arith.addi", int2<addI>},
      {"arith.subi", int2<subI>},
      {"arith.muli", int2<mulI>},
      {"arith.divsi", division<divSI>},
      {"arith.divui", division<divUI>},
      {"arith.remsi", division<remSI>},
      {"arith.remui", division<remUI>},
      {"arith.floordivsi", division<floorDivSI>},
      {"arith.ceildivsi", division<ceilDivSI>},
      {"arith.ceildivui", division<ceilDivUI>},
      {"arith.andi", int2<andI>},
      {"arith.ori", int2<orI>},
      {"arith.xori", int2<xorI>},
      {"arith.shli", int2<shlI>},
      {"arith.shrsi", int2<shrSI>},
      {"arith.shrui", int2<shrUI>},
      {"arith.maxsi", int2<maxSI>},
      {"arith.minsi", int2<minSI>},
      {"arith.maxui", int2<maxUI>},
      {"arith.minui", int2<minUI>},
      {"arith.cmpi", compareInts},
      {"arith.cmpf", compareFloats},
      {"arith.select", select},
      {"arith.extf", float1<identityF>},
      {"arith.truncf", truncFloat},
      {"arith.extsi", int1<signedI>},
      {"arith.extui", int1<unsignedI>},
      {"arith.trunci", int1<identityI>},
      {"arith.index_cast", int1<signedI>},
      {"arith.index_castui", int1<unsignedI>},
      {"arith.sitofp", signedToFloat},
      {"arith.uitofp", unsignedToFloat},
      {"arith.fptosi", floatToInt},
      {"arith.fptoui", floatToInt},
      {"arith.bitcast", bitcast},
      {"math.absf", float1<absF>},
      {"math.absi", int1<absI>},
      {"math.acos", float1<acosF>},
      {"math.acosh", float1<acoshF>},
      {"math.asin", float1<asinF>},
      {"math.asinh", float1<asinhF>},
      {"math.atan", float1<atanF>},
      {"math.atan2", float2<atan2F>},
      {"math.atanh", float1<atanhF>},
      {"math.cbrt", float1<cbrtF>},
      {"math.ceil", float1<ceilF>},
      {"math.clampf", float3<clampF>},
      {"math.copysign", float2<copySignF>},
      {"math.cos", float1<cosF>},
      {"math.cosh", float1<coshF>},
      {"math.ctlz", int1<ctlz>},
      {"math.ctpop", int1<ctpop>},
      {"math.cttz", int1<cttz>},
      {"math.erf", float1<erfF>},
      {"math.erfc", float1<erfcF>},
      {"math.exp", float1<expF>},
      {"math.exp2", float1<exp2F>},
      {"math.expm1", float1<expm1F>},
      {"math.floor", float1<floorF>},
      {"math.fma", float3<fmaF>},
      {"math.fpowi", powToInt},
      {"math.ipowi", int2<ipowI>},
      {"math.isfinite", classify<isFinite>},
      {"math.isinf", classify<isInf>},
      {"math.isnan", classify<isNaN>},
      {"math.log", float1<logF>},
      {"math.log10", float1<log10F>},
      {"math.log1p", float1<log1pF>},
      {"math.log2", float1<log2F>},
      {"math.powf", float2<powF>},
      {"math.round", float1<roundF>},
      {"math.roundeven", float1<roundEvenF>},
      {"math.rsqrt", float1<rsqrtF>},
      {"math.sin", float1<sinF>},
      {"math.sinh", float1<sinhF>},
      {"math.sqrt", float1<sqrtF>},
      {"math.tan", float1<tanF>},
      {"math.tanh", float1<tanhF>},
      {"math.trunc", float1<truncFunctionF>},
  };
  return table;
}

unsigned hadal::widthOf(Type type) {
  auto integer = llvm::dyn_cast<IntegerType>(type);
  return integer ? integer.getWidth() : 64;
}

std::optional<LaneOp> hadal::getLaneOp(Operation *op) {
  auto it = laneTable().find(op->getName().getStringRef());
  if (it == laneTable().end() || op->getNumResults() != 1)
    return std::nullopt;
  LaneOp lane;
  lane.fn = it->second;
  lane.from = getElementTypeOrSelf(op->getOperand(0));
  lane.to = getElementTypeOrSelf(op->getResult(0));
  lane.width = widthOf(lane.from);
  lane.resultWidth = widthOf(lane.to);
  if (lane.width > 64 || lane.resultWidth > 64)
    return std::nullopt;
  if (auto compare = llvm::dyn_cast<arith::CmpIOp>(op))
    lane.predicate = static_cast<int64_t>(compare.getPredicate());
  else if (auto compare = llvm::dyn_cast<arith::CmpFOp>(op))
    lane.predicate = acceptedBy(compare.getPredicate());
  else
    lane.predicate = llvm::isa<arith::FPToUIOp>(op);
  return lane;
}
