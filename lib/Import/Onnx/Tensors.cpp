//===- Tensors.cpp - Constants of a model ---------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static std::string shapeText(ArrayRef<int64_t> dims) {
  std::string text = "[";
  for (int64_t dim : dims)
    text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
  return text + "]";
}

/// Elements of less than a byte, packed from the low bits on: each gets a byte of its own.
static void unpack(TensorData &tensor, int64_t count) {
  unsigned width = dtypeBits(tensor.type), perByte = 8 / width;
  bool hasSign = tensor.type == DType::I4 || tensor.type == DType::I2;
  auto values = std::make_shared<std::vector<char>>(count);
  for (int64_t i = 0; i < count; ++i) {
    unsigned char packed = tensor.bytes[i / perByte];
    uint64_t value = (packed >> (i % perByte * width)) & maskTrailingOnes<uint64_t>(width);
    (*values)[i] = static_cast<char>(hasSign ? SignExtend64(value, width) : value);
  }
  tensor.bytes = ArrayRef<char>(values->data(), values->size());
  tensor.storage = std::move(values);
  tensor.external.reset(); // no longer the file's bytes
}

Error TensorLoader::load(TensorData &tensor) {
  int64_t bits = dtypeBits(tensor.type);
  if (bits == 0)
    return createStringError("element type " + dtypeName(tensor.type) + " is not supported");
  for (int64_t dim : tensor.dims) {
    if (dim < 0)
      return createStringError("shape " + shapeText(tensor.dims) + " has a negative dimension");
    if (MulOverflow(bits, dim, bits))
      return createStringError("shape " + shapeText(tensor.dims) + " has more elements than 64 bits can count");
  }
  int64_t bytes = bits / 8 + (bits % 8 != 0);
  if (tensor.external)
    if (Error error = loadExternal(tensor, bytes))
      return error;
  if (static_cast<int64_t>(tensor.bytes.size()) == bytes) {
    if (dtypeBits(tensor.type) < 8)
      unpack(tensor, bits / dtypeBits(tensor.type));
    return Error::success();
  }
  return createStringError("shape " + shapeText(tensor.dims) + " of " + dtypeName(tensor.type) + " needs " +
                           Twine(bytes) + " bytes, the file has " + Twine(tensor.bytes.size()));
}

Error TensorLoader::loadExternal(TensorData &tensor, int64_t bytes) {
  const ExternalData &external = *tensor.external;
  StringRef location = external.location;
  if (location.empty())
    return createStringError("external data has no location");
  if (sys::path::is_absolute(location))
    return createStringError("external data path '" + location + "' is absolute; it must be relative to the model");
  if (any_of(make_range(sys::path::begin(location), sys::path::end(location)),
             [](StringRef part) { return part == ".."; }))
    return createStringError("external data path '" + location + "' leaves the model's folder");
  if (external.length && *external.length != bytes)
    return createStringError("shape " + shapeText(tensor.dims) + " of " + dtypeName(tensor.type) + " needs " +
                             Twine(bytes) + " bytes, its external data has " + Twine(*external.length));
  Expected<Mapping> mapping = map(location);
  if (!mapping)
    return mapping.takeError();
  int64_t size = mapping->bytes.size();
  if (external.offset < 0 || external.offset > size || bytes > size - external.offset)
    return createStringError("external data at offset " + Twine(external.offset) + " with " + Twine(bytes) +
                             " bytes exceeds '" + location + "', which has " + Twine(size));
  tensor.bytes = mapping->bytes.slice(external.offset, bytes);
  tensor.storage = mapping->storage;
  return Error::success();
}

Expected<TensorLoader::Mapping> TensorLoader::map(StringRef location) {
  auto known = mappings.find(location);
  if (known != mappings.end())
    return known->second;
  SmallString<128> path(folder);
  sys::path::append(path, location);
  auto fail = [&](const std::error_code &error) {
    return createStringError("external data '" + path + "' cannot be read: " + error.message());
  };
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(path, status))
    return fail(error);
  if (!sys::fs::is_regular_file(status))
    return createStringError("external data '" + path + "' is not a regular file");
  Mapping mapping;
  if (status.getSize() != 0) {
    Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path);
    if (!file)
      return file.takeError();
    std::error_code error;
    auto region = std::make_shared<sys::fs::mapped_file_region>(*file, sys::fs::mapped_file_region::readonly,
                                                                status.getSize(), /*offset=*/0, error);
    sys::fs::closeFile(*file);
    if (error)
      return fail(error);
    mapping.bytes = ArrayRef<char>(region->const_data(), region->size());
    mapping.storage = std::move(region);
  }
  return mappings[location] = mapping;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

int64_t hadal::onnx::elementCount(const TensorData &tensor) { return tensor.bytes.size() / dtypeBytes(tensor.type); }

Type hadal::onnx::elementType(DType type, MLIRContext *context) {
  switch (type) {
  case DType::F32:
    return Float32Type::get(context);
  case DType::F64:
    return Float64Type::get(context);
  case DType::F16:
    return Float16Type::get(context);
  case DType::BF16:
    return BFloat16Type::get(context);
  case DType::F8E4M3FN:
    return Float8E4M3FNType::get(context);
  case DType::F8E5M2:
    return Float8E5M2Type::get(context);
  case DType::F8E8M0:
    return Float8E8M0FNUType::get(context);
  case DType::F4E2M1:
    return Float4E2M1FNType::get(context);
  case DType::Bool:
    return IntegerType::get(context, 1);
  default:
    return isInteger(type) ? IntegerType::get(context, 8 * dtypeBytes(type)) : Type();
  }
}

/// A resource over the tensor's bytes where they lie, or over a copy if they
/// are not aligned for their type.
static ElementsAttr resourceAttr(const TensorData &tensor, RankedTensorType type) {
  size_t alignment = dtypeBytes(tensor.type);
  AsmResourceBlob blob;
  if (isAddrAligned(Align(alignment), tensor.bytes.data()))
    blob = UnmanagedAsmResourceBlob::allocateWithAlign(tensor.bytes, alignment,
                                                       [storage = tensor.storage](void *, size_t, size_t) {});
  else
    blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(tensor.bytes, alignment, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, tensor.name, std::move(blob));
}

ElementsAttr hadal::onnx::constantAttr(const TensorData &tensor, MLIRContext *context) {
  auto type = RankedTensorType::get(tensor.dims, elementType(tensor.type, context));
  int64_t count = elementCount(tensor);
  if (count > kSmallTensor)
    return resourceAttr(tensor, type);
  if (tensor.type == DType::Bool) {
    SmallVector<bool> values(llvm::map_range(tensor.bytes, [](char byte) { return byte != 0; }));
    return DenseElementsAttr::get(type, values);
  }
  // Not by getFromRawBuffer, which wants bytes that are aligned for their type.
  SmallVector<Attribute> values;
  unsigned bytes = dtypeBytes(tensor.type);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t word = 0;
    memcpy(&word, tensor.bytes.data() + i * bytes, bytes);
    auto floatType = dyn_cast<FloatType>(type.getElementType());
    APInt bits(floatType ? floatType.getWidth() : 8 * bytes, word);
    if (floatType)
      values.push_back(FloatAttr::get(floatType, APFloat(floatType.getFloatSemantics(), bits)));
    else
      values.push_back(IntegerAttr::get(type.getElementType(), bits));
  }
  return DenseElementsAttr::get(type, values);
}

SmallVector<int64_t> hadal::onnx::integerElements(const TensorData &tensor) {
  SmallVector<int64_t> values;
  unsigned bytes = dtypeBytes(tensor.type);
  for (int64_t i = 0, n = elementCount(tensor); i < n; ++i) {
    uint64_t word = 0;
    memcpy(&word, tensor.bytes.data() + i * bytes, bytes);
    bool isSigned = tensor.type != DType::Bool && !isUnsigned(tensor.type);
    values.push_back(isSigned ? SignExtend64(word, 8 * bytes) : static_cast<int64_t>(word));
  }
  return values;
}

static const fltSemantics &floatSemantics(DType type) {
  switch (type) {
  case DType::F16:
    return APFloat::IEEEhalf();
  case DType::BF16:
    return APFloat::BFloat();
  case DType::F64:
    return APFloat::IEEEdouble();
  case DType::F8E4M3FN:
    return APFloat::Float8E4M3FN();
  case DType::F8E5M2:
    return APFloat::Float8E5M2();
  case DType::F8E8M0:
    return APFloat::Float8E8M0FNU();
  case DType::F4E2M1:
    return APFloat::Float4E2M1FN();
  default:
    return APFloat::IEEEsingle();
  }
}

SmallVector<double> hadal::onnx::floatElements(const TensorData &tensor) {
  SmallVector<double> values;
  if (!isFloat(tensor.type)) {
    for (int64_t value : integerElements(tensor))
      values.push_back(static_cast<double>(value));
    return values;
  }
  const fltSemantics &semantics = floatSemantics(tensor.type);
  unsigned bytes = dtypeBytes(tensor.type);
  for (int64_t i = 0, n = elementCount(tensor); i < n; ++i) {
    uint64_t word = 0;
    memcpy(&word, tensor.bytes.data() + i * bytes, bytes);
    APFloat value(semantics, APInt(APFloat::getSizeInBits(semantics), word));
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    values.push_back(value.convertToDouble());
  }
  return values;
}
