//===- Signature.cpp - What a function takes and gives ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/ExecutionEngine/Signature.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace hadal;

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::string hadal::describe(const TensorSpec &spec) {
  std::string text = dtypeName(spec.dtype).str() + "[";
  for (size_t i = 0; i < spec.dims.size(); ++i)
    text += (i ? ", " : "") + (spec.dims[i] < 0 ? spec.symbols[i] : std::to_string(spec.dims[i]));
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Signatures of functions in IR
//===----------------------------------------------------------------------===//

static std::optional<DType> dtypeOf(Type type, bool isUnsigned) {
  if (type.isF64())
    return DType::F64;
  if (type.isF32())
    return DType::F32;
  if (type.isF16())
    return DType::F16;
  if (type.isBF16())
    return DType::BF16;
  if (isa<Float8E4M3FNType>(type))
    return DType::F8E4M3FN;
  if (isa<Float8E5M2Type>(type))
    return DType::F8E5M2;
  if (isa<Float8E8M0FNUType>(type))
    return DType::F8E8M0FNU;
  if (isa<Float4E2M1FNType>(type))
    return DType::F4E2M1FN;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return DType::Bool;
  case 8:
    return isUnsigned || integer.isUnsigned() ? DType::U8 : DType::I8;
  case 16:
    return isUnsigned || integer.isUnsigned() ? DType::U16 : DType::I16;
  case 32:
    return isUnsigned || integer.isUnsigned() ? DType::U32 : DType::I32;
  case 64:
    return isUnsigned || integer.isUnsigned() ? DType::U64 : DType::I64;
  default:
    return std::nullopt;
  }
}

static llvm::Expected<TensorSpec> specOf(Type type, DictionaryAttr attributes, const llvm::Twine &fallback) {
  auto name = attributes ? attributes.getAs<StringAttr>("hadal.name") : StringAttr();
  auto symbols = attributes ? attributes.getAs<ArrayAttr>("hadal.dims") : ArrayAttr();
  bool isUnsigned = attributes && attributes.contains("hadal.unsigned");
  TensorSpec spec;
  spec.name = name ? name.str() : fallback.str();
  auto shaped = dyn_cast<ShapedType>(type);
  std::optional<DType> dtype = shaped && shaped.hasRank() ? dtypeOf(shaped.getElementType(), isUnsigned) : std::nullopt;
  if (!dtype) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return error("'" + spec.name + "' is a " + text + ", which has no array");
  }
  spec.dtype = *dtype;
  for (auto [index, size] : llvm::enumerate(shaped.getShape())) {
    spec.dims.push_back(ShapedType::isDynamic(size) ? -1 : size);
    auto symbol = symbols && index < symbols.size() ? dyn_cast<StringAttr>(symbols[index]) : StringAttr();
    // One without a symbol is like no other.
    std::string named = symbol && !symbol.empty() ? symbol.str() : spec.name + "." + std::to_string(index);
    spec.symbols.push_back(spec.dims.back() >= 0 ? "" : named);
  }
  return spec;
}

llvm::Expected<Signature> hadal::signatureOf(func::FuncOp function) {
  Signature signature;
  signature.function = function.getName().str();
  unsigned numArguments = function.getNumArguments();
  if (function->hasAttr("hadal.entry"))
    --numArguments; // the workspace
  for (unsigned i = 0; i < numArguments; ++i) {
    bool output = static_cast<bool>(function.getArgAttr(i, "hadal.output"));
    std::vector<TensorSpec> &list = output ? signature.outputs : signature.inputs;
    auto spec = specOf(function.getArgumentTypes()[i], function.getArgAttrDict(i),
                       llvm::Twine(output ? "out" : "arg") + llvm::Twine(list.size()));
    if (!spec)
      return spec.takeError();
    list.push_back(std::move(*spec));
  }
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    auto spec = specOf(function.getResultTypes()[i], function.getResultAttrDict(i),
                       "out" + llvm::Twine(signature.outputs.size()));
    if (!spec)
      return spec.takeError();
    signature.outputs.push_back(std::move(*spec));
  }
  return signature;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

llvm::Error hadal::checkInputs(const Signature &signature, llvm::ArrayRef<Array> inputs) {
  if (inputs.size() != signature.inputs.size())
    return error("'" + signature.function + "' takes " + llvm::Twine(signature.inputs.size()) + " inputs, not " +
                 llvm::Twine(inputs.size()));
  llvm::StringMap<std::pair<int64_t, llvm::StringRef>> sizes; // symbol -> its value and who gave it
  for (auto [spec, array] : llvm::zip(signature.inputs, inputs)) {
    std::string prefix = "input '" + spec.name + "': ";
    if (array.dtype != spec.dtype || array.shape.size() != spec.dims.size())
      return error(prefix + "is " + describe(array) + ", but the model takes " + describe(spec));
    for (size_t i = 0; i < spec.dims.size(); ++i) {
      int64_t size = array.shape[i];
      if (spec.dims[i] >= 0) {
        if (spec.dims[i] != size)
          return error(prefix + "dimension " + llvm::Twine(i) + " is " + llvm::Twine(size) + ", but the model takes " +
                       describe(spec));
        continue;
      }
      auto [it, isNew] = sizes.try_emplace(spec.symbols[i], size, spec.name);
      if (!isNew && it->second.first != size)
        return error(prefix + spec.symbols[i] + " is " + llvm::Twine(size) + ", but input '" + it->second.second +
                     "' has " + spec.symbols[i] + " " + llvm::Twine(it->second.first));
    }
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<Array>> hadal::bindInputs(const Signature &signature, std::vector<NamedArray> named) {
  std::vector<Array> inputs;
  std::vector<std::string> missing;
  std::vector<bool> used(named.size());
  for (const TensorSpec &spec : signature.inputs) {
    auto it = llvm::find_if(named, [&](const NamedArray &entry) { return entry.name == spec.name; });
    if (it == named.end()) {
      missing.push_back("'" + spec.name + "' " + describe(spec));
      continue;
    }
    used[it - named.begin()] = true;
    if (standsFor(it->array.dtype, spec.dtype))
      it->array.dtype = spec.dtype;
    inputs.push_back(std::move(it->array));
  }
  if (!missing.empty())
    return error("no value for input " + llvm::join(missing, ", "));
  for (size_t i = 0; i < named.size(); ++i)
    if (!used[i])
      return error(
          "'" + named[i].name + "' is no input of '" + signature.function + "'; its inputs are " +
          llvm::join(llvm::map_range(signature.inputs, [](const TensorSpec &spec) { return spec.name; }), ", "));
  if (llvm::Error problem = checkInputs(signature, inputs))
    return std::move(problem);
  return inputs;
}

llvm::Expected<std::vector<Array>> hadal::drawInputs(const Signature &signature, uint64_t seed,
                                                     llvm::ArrayRef<std::pair<std::string, int64_t>> sizes) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<Array> inputs;
  for (const TensorSpec &spec : signature.inputs) {
    std::vector<int64_t> shape = spec.dims;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] >= 0)
        continue;
      const auto *it = llvm::find_if(sizes, [&](auto &entry) { return entry.first == spec.symbols[i]; });
      if (it == sizes.end())
        return error("input '" + spec.name + "' is " + describe(spec) + ": give --dim=" + spec.symbols[i] + "=N");
      shape[i] = it->second;
    }
    Array array = Array::zeros(spec.dtype, shape);
    for (int64_t i = 0, end = array.numElements(); i < end; ++i) {
      if (spec.dtype == DType::F8E8M0FNU) // scales: powers of two around 1
        array.setDouble(i, std::exp2(std::nearbyint(normal(random))));
      else if (isFloat(spec.dtype))
        array.setDouble(i, normal(random));
      else
        array.setInt(i, static_cast<int64_t>(random() % (spec.dtype == DType::Bool ? 2 : 256)));
    }
    inputs.push_back(std::move(array));
  }
  return inputs;
}
