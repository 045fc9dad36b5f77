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
  case DType::F8E5M2:
    return "float8e5m2";
  }
  return ("type " + Twine(static_cast<int32_t>(type))).str();
}

int64_t hadal::onnx::dtypeBytes(DType type) {
  switch (type) {
  case DType::U8:
  case DType::I8:
  case DType::Bool:
  case DType::F8E4M3FN:
  case DType::F8E5M2:
    return 1;
  case DType::U16:
  case DType::I16:
  case DType::F16:
  case DType::BF16:
    return 2;
  case DType::F32:
  case DType::I32:
  case DType::U32:
    return 4;
  case DType::F64:
  case DType::I64:
  case DType::U64:
    return 8;
  case DType::Undefined:
  case DType::String:
    return 0;
  }
  return 0;
}

bool hadal::onnx::isFloat(DType type) {
  return type == DType::F32 || type == DType::F64 || type == DType::F16 || type == DType::BF16 ||
         type == DType::F8E4M3FN || type == DType::F8E5M2;
}

bool hadal::onnx::isUnsigned(DType type) {
  return type == DType::U8 || type == DType::U16 || type == DType::U32 || type == DType::U64;
}

bool hadal::onnx::isInteger(DType type) {
  return isUnsigned(type) || type == DType::I8 || type == DType::I16 || type == DType::I32 || type == DType::I64;
}
