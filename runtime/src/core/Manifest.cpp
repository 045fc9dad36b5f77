//===- Manifest.cpp - What an artifact says of itself ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"

#include <nlohmann/json.hpp>

using namespace hadal::runtime;
using nlohmann::json;

namespace {
struct NamedType {
  const char *name;
  uint8_t code, bits;
};
} // namespace

static constexpr uint8_t kBoolCode = 6; // DLPack 0.8

static constexpr NamedType kTypes[] = {
    {"float32", kDLFloat, 32}, {"float16", kDLFloat, 16}, {"bfloat16", kDLBfloat, 16}, {"float64", kDLFloat, 64},
    {"int64", kDLInt, 64},     {"int32", kDLInt, 32},     {"int16", kDLInt, 16},       {"int8", kDLInt, 8},
    {"uint64", kDLUInt, 64},   {"uint32", kDLUInt, 32},   {"uint16", kDLUInt, 16},     {"uint8", kDLUInt, 8},
    {"bool", kBoolCode, 8},    {"float8_e4m3fn", 10, 8},  {"float8_e5m2", 12, 8},      {"float8_e8m0fnu", 14, 8},
};

std::string hadal::runtime::typeName(DLDataType dtype) {
  for (const NamedType &type : kTypes)
    if (type.code == dtype.code && type.bits == dtype.bits && dtype.lanes == 1)
      return type.name;
  return str("type code ", int(dtype.code), ", ", int(dtype.bits), " bits, ", int(dtype.lanes), " lanes");
}

bool hadal::runtime::sameType(DLDataType declared, DLDataType given) {
  if (declared.code == kBoolCode && given.code == kDLUInt)
    given.code = kBoolCode;
  return declared.code == given.code && declared.bits == given.bits && given.lanes == 1;
}

static Error parseTensor(const json &value, TensorDecl &out) {
  if (!value.is_object() || !value.contains("name") || !value["name"].is_string())
    return Error(HADAL_DAMAGED, "a tensor without a name");
  out.name = value["name"].get<std::string>();

  std::string dtype = value.contains("dtype") && value["dtype"].is_string() ? value["dtype"].get<std::string>() : "";
  for (const NamedType &type : kTypes)
    if (dtype == type.name)
      out.dtype = {type.code, type.bits, 1};
  if (out.dtype.bits == 0)
    return Error(HADAL_INCOMPATIBLE, "tensor '", out.name, "' has the unknown type '", dtype, "'");

  if (!value.contains("dims") || !value["dims"].is_array())
    return Error(HADAL_DAMAGED, "tensor '", out.name, "' has no dims");
  for (const json &dim : value["dims"]) {
    bool isStatic = dim.is_number_integer() && dim.get<int64_t>() >= 0;
    if (!isStatic && !dim.is_string())
      return Error(HADAL_DAMAGED, "a dimension of tensor '", out.name, "' is neither a size nor a name");
    out.dims.push_back(isStatic ? dim.get<int64_t>() : -1);
    out.symbols.push_back(isStatic ? "" : dim.get<std::string>());
  }
  return Error::success();
}

static Error parseTensors(const json &function, const char *key, std::vector<TensorDecl> &out) {
  if (!function.contains(key) || !function[key].is_array())
    return Error(HADAL_DAMAGED, "a function without ", key);
  for (const json &value : function[key]) {
    out.emplace_back();
    if (Error error = parseTensor(value, out.back()))
      return error;
  }
  return Error::success();
}

Error Manifest::parse(const char *text, Manifest &out) {
  json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object())
    return Error(HADAL_DAMAGED, "it is not a JSON object");
  if (!root.contains("target") || !root["target"].is_string())
    return Error(HADAL_DAMAGED, "it names no target");
  out.target = root["target"].get<std::string>();
  if (!root.contains("functions") || !root["functions"].is_array())
    return Error(HADAL_DAMAGED, "it lists no functions");
  for (const json &value : root["functions"]) {
    if (!value.is_object() || !value.contains("name") || !value["name"].is_string())
      return Error(HADAL_DAMAGED, "a function without a name");
    FunctionDecl function;
    function.name = value["name"].get<std::string>();
    if (Error error = parseTensors(value, "inputs", function.inputs))
      return error;
    if (Error error = parseTensors(value, "outputs", function.outputs))
      return error;
    out.functions.push_back(std::move(function));
  }
  return Error::success();
}
