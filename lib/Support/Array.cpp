//===- Array.cpp - Elements of arrays of any type -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Support/Npz.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace hadal;

int64_t hadal::dtypeSize(DType dtype) {
  switch (dtype) {
  case DType::F64:
  case DType::I64:
  case DType::U64:
    return 8;
  case DType::F32:
  case DType::I32:
  case DType::U32:
    return 4;
  case DType::F16:
  case DType::BF16:
  case DType::I16:
  case DType::U16:
    return 2;
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::F8E8M0FNU:
  case DType::F4E2M1FN:
  case DType::I8:
  case DType::U8:
  case DType::Bool:
    return 1;
  }
  llvm_unreachable("a dtype");
}

StringRef hadal::dtypeName(DType dtype) {
  switch (dtype) {
  case DType::F64:
    return "float64";
  case DType::F32:
    return "float32";
  case DType::F16:
    return "float16";
  case DType::BF16:
    return "bfloat16";
  case DType::F8E4M3FN:
    return "float8_e4m3fn";
  case DType::F8E5M2:
    return "float8_e5m2";
  case DType::F8E8M0FNU:
    return "float8_e8m0fnu";
  case DType::F4E2M1FN:
    return "float4_e2m1fn";
  case DType::I64:
    return "int64";
  case DType::I32:
    return "int32";
  case DType::I16:
    return "int16";
  case DType::I8:
    return "int8";
  case DType::U64:
    return "uint64";
  case DType::U32:
    return "uint32";
  case DType::U16:
    return "uint16";
  case DType::U8:
    return "uint8";
  case DType::Bool:
    return "bool";
  }
  llvm_unreachable("a dtype");
}

bool hadal::isFloat(DType dtype) { return dtype <= DType::F4E2M1FN; }

DType hadal::storedAs(DType dtype) {
  if (dtype == DType::BF16)
    return DType::U16;
  return isFloat(dtype) && dtypeSize(dtype) == 1 ? DType::U8 : dtype;
}

bool hadal::standsFor(DType file, DType model) {
  bool areIntegers = !isFloat(file) && !isFloat(model) && file != DType::Bool && model != DType::Bool;
  return file == model || file == storedAs(model) || (areIntegers && dtypeSize(file) == dtypeSize(model));
}

static uint16_t roundTo(const fltSemantics &semantics, double value) {
  APFloat number(value);
  bool lossy;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

static double widen(const fltSemantics &semantics, uint16_t bits) {
  APFloat number(semantics, APInt(16, bits));
  bool lossy;
  number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
  return number.convertToDouble();
}

uint16_t hadal::toHalfBits(double value) { return roundTo(APFloat::IEEEhalf(), value); }
uint16_t hadal::toBFloatBits(double value) { return roundTo(APFloat::BFloat(), value); }
double hadal::fromHalfBits(uint16_t bits) { return widen(APFloat::IEEEhalf(), bits); }
double hadal::fromBFloatBits(uint16_t bits) { return widen(APFloat::BFloat(), bits); }

//===----------------------------------------------------------------------===//
// Floats of 8 and 4 bits
//===----------------------------------------------------------------------===//

static const fltSemantics &semanticsOf(DType dtype) {
  switch (dtype) {
  case DType::F8E4M3FN:
    return APFloat::Float8E4M3FN();
  case DType::F8E5M2:
    return APFloat::Float8E5M2();
  case DType::F8E8M0FNU:
    return APFloat::Float8E8M0FNU();
  case DType::F4E2M1FN:
    return APFloat::Float4E2M1FN();
  default:
    llvm_unreachable("a float of 8 or 4 bits");
  }
}

/// What each byte stands for; of e2m1 the low nibble counts.
static std::array<double, 256> decodeAll(DType dtype) {
  const fltSemantics &semantics = semanticsOf(dtype);
  unsigned width = APFloat::getSizeInBits(semantics);
  std::array<double, 256> values;
  for (unsigned bits = 0; bits < 256; ++bits) {
    APFloat number(semantics, APInt(8, bits).trunc(width));
    if (number.isNaN()) {
      values[bits] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    bool lossy;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    values[bits] = number.convertToDouble();
  }
  return values;
}

double hadal::fromNarrowBits(DType dtype, uint8_t bits) {
  static const std::array<double, 256> e4m3 = decodeAll(DType::F8E4M3FN), e5m2 = decodeAll(DType::F8E5M2),
                                       e8m0 = decodeAll(DType::F8E8M0FNU), e2m1 = decodeAll(DType::F4E2M1FN);
  switch (dtype) {
  case DType::F8E4M3FN:
    return e4m3[bits];
  case DType::F8E5M2:
    return e5m2[bits];
  case DType::F8E8M0FNU:
    return e8m0[bits];
  case DType::F4E2M1FN:
    return e2m1[bits];
  default:
    llvm_unreachable("a float of 8 or 4 bits");
  }
}

/// A power of two by its biased exponent.
static uint8_t toExponentBits(double value) {
  constexpr int kBias = 127;
  if (std::isnan(value) || value < 0 || std::isinf(value))
    return 0xff;
  if (value == 0)
    return 0;
  int exponent;
  double fraction = std::frexp(value, &exponent); // in [0.5, 1)
  exponent += kBias - 1 + (fraction >= 0.75);
  return static_cast<uint8_t>(std::clamp(exponent, 0, 0xff));
}

uint8_t hadal::toNarrowBits(DType dtype, double value) {
  if (dtype == DType::F8E8M0FNU)
    return toExponentBits(value);
  uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (dtype == DType::F4E2M1FN) {
    constexpr double kLargest = 6;
    if (std::isnan(value))
      return 0x7;
    value = std::clamp(value, -kLargest, kLargest);
  } else if (std::isnan(value)) {
    return sign | (dtype == DType::F8E4M3FN ? 0x7f : 0x7e);
  } else if (std::isinf(value)) {
    return sign | (dtype == DType::F8E4M3FN ? 0x7f : 0x7c);
  }
  APFloat number(value);
  bool lossy;
  number.convert(semanticsOf(dtype), APFloat::rmNearestTiesToEven, &lossy);
  return static_cast<uint8_t>(number.bitcastToAPInt().getZExtValue());
}

Array Array::zeros(DType dtype, ArrayRef<int64_t> shape) {
  Array array;
  array.dtype = dtype;
  array.shape.assign(shape.begin(), shape.end());
  array.bytes.resize(array.numElements() * dtypeSize(dtype));
  return array;
}

int64_t Array::numElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::string hadal::describe(const Array &array) {
  std::string text(dtypeName(array.dtype));
  text += '[';
  for (auto [index, size] : enumerate(array.shape))
    text += (index ? ", " : "") + std::to_string(size);
  return text + ']';
}

template <typename T> static T get(const Array &array, int64_t index) {
  T value;
  std::memcpy(&value, array.bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T> static void set(Array &array, int64_t index, T value) {
  std::memcpy(array.bytes.data() + index * sizeof(T), &value, sizeof(T));
}

/// Truncation towards zero, saturating; NaN is 0. (The cast alone is undefined beyond the range.)
static int64_t truncate(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 9223372036854775807.0)
    return std::numeric_limits<int64_t>::max();
  if (value <= -9223372036854775808.0)
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

double Array::getDouble(int64_t index) const {
  switch (dtype) {
  case DType::F64:
    return get<double>(*this, index);
  case DType::F32:
    return get<float>(*this, index);
  case DType::F16:
    return fromHalfBits(get<uint16_t>(*this, index));
  case DType::BF16:
    return fromBFloatBits(get<uint16_t>(*this, index));
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::F8E8M0FNU:
  case DType::F4E2M1FN:
    return fromNarrowBits(dtype, get<uint8_t>(*this, index));
  case DType::U64:
    return static_cast<double>(get<uint64_t>(*this, index));
  default:
    return static_cast<double>(getInt(index));
  }
}

int64_t Array::getInt(int64_t index) const {
  switch (dtype) {
  case DType::I64:
  case DType::U64:
    return get<int64_t>(*this, index);
  case DType::I32:
    return get<int32_t>(*this, index);
  case DType::U32:
    return get<uint32_t>(*this, index);
  case DType::I16:
    return get<int16_t>(*this, index);
  case DType::U16:
    return get<uint16_t>(*this, index);
  case DType::I8:
    return get<int8_t>(*this, index);
  case DType::U8:
    return get<uint8_t>(*this, index);
  case DType::Bool:
    return get<uint8_t>(*this, index) != 0;
  default:
    return truncate(getDouble(index));
  }
}

void Array::setDouble(int64_t index, double value) {
  switch (dtype) {
  case DType::F64:
    return set(*this, index, value);
  case DType::F32:
    return set(*this, index, static_cast<float>(value));
  case DType::F16:
    return set(*this, index, toHalfBits(value));
  case DType::BF16:
    return set(*this, index, toBFloatBits(value));
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::F8E8M0FNU:
  case DType::F4E2M1FN:
    return set(*this, index, toNarrowBits(dtype, value));
  default:
    return setInt(index, truncate(value));
  }
}

void Array::setInt(int64_t index, int64_t value) {
  switch (dtype) {
  case DType::I64:
  case DType::U64:
    return set(*this, index, value);
  case DType::I32:
  case DType::U32:
    return set(*this, index, static_cast<uint32_t>(value));
  case DType::I16:
  case DType::U16:
    return set(*this, index, static_cast<uint16_t>(value));
  case DType::I8:
  case DType::U8:
    return set(*this, index, static_cast<uint8_t>(value));
  case DType::Bool:
    return set(*this, index, static_cast<uint8_t>(value != 0));
  default:
    return setDouble(index, static_cast<double>(value));
  }
}
