//===- Model.cpp - An ONNX model in memory --------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace hadal::onnx;

std::string hadal::onnx::dtypeName(DType type) {
  switch (type) {
  case DType::Undefined:
    return "undefined";
  case DType::F32:
    return "float32";
  case DType::U8:
    return "uint8";
  case DType::I8:
    return "int8";
  case DType::U16:
    return "uint16";
  case DType::I16:
    return "int16";
  case DType::I32:
    return "int32";
  case DType::I64:
    return "int64";
  case DType::String:
    return "string";
  case DType::Bool:
    return "bool";
  case DType::F16:
    return "float16";
  case DType::F64:
    return "float64";
  case DType::U32:
    return "uint32";
  case DType::U64:
    return "uint64";
  case DType::BF16:
    return "bfloat16";
  case DType::F8E4M3FN:
    return "float8e4m3fn";
  case DType::F8E4M3FNUZ:
    return "float8e4m3fnuz";
  case DType::F8E5M2:
    return "float8e5m2";
  case DType::F8E5M2FNUZ:
    return "float8e5m2fnuz";
  case DType::F8E8M0:
    return "float8e8m0";
  case DType::F4E2M1:
    return "float4e2m1";
  case DType::U4:
    return "uint4";
  case DType::I4:
    return "int4";
  case DType::U2:
    return "uint2";
  case DType::I2:
    return "int2";
  }
  return ("type " + Twine(static_cast<int32_t>(type))).str();
}

int64_t hadal::onnx::dtypeBits(DType type) {
  switch (type) {
  case DType::U2:
  case DType::I2:
    return 2;
  case DType::U4:
  case DType::I4:
  case DType::F4E2M1:
    return 4;
  case DType::U8:
  case DType::I8:
  case DType::Bool:
  case DType::F8E4M3FN:
  case DType::F8E5M2:
  case DType::F8E8M0:
    return 8;
  case DType::U16:
  case DType::I16:
  case DType::F16:
  case DType::BF16:
    return 16;
  case DType::F32:
  case DType::I32:
  case DType::U32:
    return 32;
  case DType::F64:
  case DType::I64:
  case DType::U64:
    return 64;
  case DType::Undefined:
  case DType::String:
  case DType::F8E4M3FNUZ: // no operation of ours has the types without a negative zero
  case DType::F8E5M2FNUZ:
    return 0;
  }
  return 0;
}

int64_t hadal::onnx::dtypeBytes(DType type) { return (dtypeBits(type) + 7) / 8; }

bool hadal::onnx::isNarrowFloat(DType type) {
  return type == DType::F8E4M3FN || type == DType::F8E4M3FNUZ || type == DType::F8E5M2 || type == DType::F8E5M2FNUZ ||
         type == DType::F8E8M0 || type == DType::F4E2M1;
}

bool hadal::onnx::isFloat(DType type) {
  return type == DType::F32 || type == DType::F64 || type == DType::F16 || type == DType::BF16 || isNarrowFloat(type);
}

bool hadal::onnx::isUnsigned(DType type) {
  return type == DType::U2 || type == DType::U4 || type == DType::U8 || type == DType::U16 || type == DType::U32 ||
         type == DType::U64;
}

bool hadal::onnx::isInteger(DType type) {
  return isUnsigned(type) || type == DType::I2 || type == DType::I4 || type == DType::I8 || type == DType::I16 ||
         type == DType::I32 || type == DType::I64;
}
