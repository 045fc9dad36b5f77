//===- Numbers.cpp - The elements of constants ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include <cstring>

using namespace mlir;
using namespace hadal::raise;

std::optional<Numbers> Numbers::of(Value tensor) {
  ElementsAttr attribute;
  Numbers numbers;
  numbers.type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!numbers.type || !numbers.type.getElementType().isIntOrIndexOrFloat() ||
      !matchPattern(tensor, m_Constant(&attribute)) || numbers.type.getNumElements() == 0)
    return std::nullopt;
  Type element = numbers.type.getElementType();
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  if (bits != 1 && bits != 8 && bits != 16 && bits != 32 && bits != 64)
    return std::nullopt;
  numbers.width = std::max(bits / 8, 1u);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || static_cast<int64_t>(blob->getData().size()) != numbers.size() * numbers.width)
      return std::nullopt;
    numbers.data = blob->getData();
    return numbers;
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense)
    return std::nullopt;
  numbers.data = dense.getRawData();
  numbers.isOne = dense.isSplat();
  if (bits == 1)
    numbers.width = 0;
  return numbers;
}

template <typename T> static T read(const char *data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

double Numbers::at(int64_t i) const {
  if (isOne)
    i = 0;
  if (width == 0)
    return isOne ? data[0] != 0 : (data[i / 8] >> (i % 8)) & 1;
  const char *element = data.data() + i * width;
  if (auto floats = dyn_cast<FloatType>(type.getElementType())) {
    uint64_t bits = 0;
    std::memcpy(&bits, element, width); // little endian, as all that Hadal runs on
    return APFloat(floats.getFloatSemantics(), APInt(8 * width, bits)).convertToDouble();
  }
  switch (width) {
  case 1:
    return type.getElementType().isInteger(1) ? *element != 0 : read<int8_t>(element);
  case 2:
    return read<int16_t>(element);
  case 4:
    return read<int32_t>(element);
  default:
    return static_cast<double>(read<int64_t>(element));
  }
}

bool Numbers::isSplat() const {
  if (isOne || size() == 1)
    return true;
  if (width == 0) {
    for (int64_t i = 1; i < size(); ++i)
      if (at(i) != at(0))
        return false;
    return true;
  }
  return std::memcmp(data.data(), data.data() + width, data.size() - width) == 0;
}
