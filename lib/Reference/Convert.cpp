//===- Convert.cpp - Arrays, constants and data ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include "Lanes.h"
#include "Machine.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

std::optional<DType> hadal::dtypeOf(Type type) {
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
  if (type.isIndex())
    return DType::I64;
  auto integer = llvm::dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return DType::Bool;
  case 8:
    return isUnsigned ? DType::U8 : DType::I8;
  case 16:
    return isUnsigned ? DType::U16 : DType::I16;
  case 32:
    return isUnsigned ? DType::U32 : DType::I32;
  case 64:
    return isUnsigned ? DType::U64 : DType::I64;
  }
  return std::nullopt;
}

static std::string text(Type type) {
  std::string result;
  llvm::raw_string_ostream(result) << type;
  return result;
}

/// Element `index` of `array` as a cell.
static Cell cellOf(const Array &array, int64_t index) {
  if (isFloat(array.dtype))
    return floatCell(array.getDouble(index));
  unsigned width = array.dtype == DType::Bool ? 1 : 8 * dtypeSize(array.dtype);
  return intCell(wrap(array.getInt(index), width));
}

static Expected<Datum> ofArray(Operation *op, const Array &array) {
  Expected<Datum> datum = Machine::allocate(op, array.shape);
  if (!datum)
    return datum;
  for (int64_t index = 0, end = array.numElements(); index < end; ++index)
    datum->at(index) = cellOf(array, index);
  return datum;
}

Expected<Datum> hadal::toDatum(Operation *op, const Array &array, Type type, const Twine &what) {
  std::optional<DType> dtype = dtypeOf(getElementTypeOrSelf(type));
  if (!dtype)
    return failAt(op, what + " has the type " + text(type) + ", which arrays cannot hold");
  bool isBits = array.dtype != *dtype;
  if (!standsFor(array.dtype, *dtype))
    return failAt(op, what + " is " + describe(array) + ", but must be of " + dtypeName(*dtype));
  auto shaped = llvm::dyn_cast<ShapedType>(type);
  if (shaped && !shaped.hasRank())
    return ofArray(op, array);
  int64_t rank = shaped ? shaped.getRank() : 0;
  if (static_cast<int64_t>(array.shape.size()) != rank)
    return failAt(op, what + " is " + describe(array) + ", but must have rank " + Twine(rank));
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!shaped.isDynamicDim(dim) && shaped.getDimSize(dim) != array.shape[dim])
      return failAt(op, what + " is " + describe(array) + ", but dimension " + Twine(dim) + " must be " +
                            Twine(shaped.getDimSize(dim)));
  if (!shaped) {
    Array typed = array;
    typed.dtype = *dtype;
    Datum scalar;
    scalar.scalar = cellOf(typed, 0);
    return scalar;
  }
  if (!isBits)
    return ofArray(op, array);
  Array typed = array;
  typed.dtype = *dtype;
  return ofArray(op, typed);
}

Expected<Array> hadal::toArray(Operation *op, const Datum &datum, Type type) {
  Type element = getElementTypeOrSelf(type);
  std::optional<DType> dtype = dtypeOf(element);
  if (!dtype)
    return failAt(op, "a result has the type " + text(type) + ", which arrays cannot hold");
  Array array = Array::zeros(*dtype, datum.shape);
  for (int64_t index = 0, end = datum.numElements(); index < end; ++index) {
    if (isFloat(*dtype))
      array.setDouble(index, datum.f(index));
    else
      array.setInt(index, datum.i(index));
  }
  return array;
}

/// Data in memory order, as resources and dense attributes hold them.
static Expected<Datum> ofBytes(Operation *op, ShapedType type, ArrayRef<char> bytes) {
  std::optional<DType> dtype = dtypeOf(type.getElementType());
  if (!dtype)
    return failAt(op, "constants of " + text(type) + " are not supported by the reference");
  Array array;
  array.dtype = *dtype;
  array.shape.assign(type.getShape().begin(), type.getShape().end());
  array.bytes.assign(bytes.begin(), bytes.end());
  if (static_cast<int64_t>(array.bytes.size()) != array.numElements() * dtypeSize(*dtype))
    return failAt(op, "the constant has " + Twine(array.bytes.size()) + " bytes of data where " + text(type) +
                          " needs " + Twine(array.numElements() * dtypeSize(*dtype)));
  return ofArray(op, array);
}

Expected<Datum> hadal::ofAttribute(Operation *op, Attribute value) {
  if (auto number = llvm::dyn_cast<FloatAttr>(value))
    return Datum::ofFloat(number.getValueAsDouble());
  if (auto number = llvm::dyn_cast<IntegerAttr>(value); number && number.getValue().getBitWidth() <= 64)
    return Datum::ofInt(wrap(number.getValue().getSExtValue(), number.getValue().getBitWidth()));
  if (auto resource = llvm::dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return failAt(op, "the data of the resource '" + resource.getRawHandle().getKey() + "' are missing");
    return ofBytes(op, resource.getType(), blob->getData());
  }
  auto elements = llvm::dyn_cast<DenseElementsAttr>(value);
  if (!elements || !elements.getElementType().isIntOrIndexOrFloat())
    return failAt(op, "has a value that the reference does not support");
  Expected<Datum> datum = Machine::allocate(op, elements.getType().getShape());
  if (!datum)
    return datum;
  int64_t index = 0;
  if (llvm::isa<FloatType>(elements.getElementType())) {
    for (const llvm::APFloat &number : elements.getValues<llvm::APFloat>()) {
      llvm::APFloat wide = number;
      bool lossy;
      wide.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
      datum->at(index++).f = wide.convertToDouble();
    }
    return datum;
  }
  for (const llvm::APInt &number : elements.getValues<llvm::APInt>()) {
    if (number.getBitWidth() > 64)
      return failAt(op, "has integers of more than 64 bits");
    datum->at(index++).i = wrap(number.getSExtValue(), number.getBitWidth());
  }
  return datum;
}

Expected<Datum> Machine::constant(Operation *op, Attribute value) {
  if (!value)
    return failAt(op, "has no value");
  auto it = constants.find(value);
  if (it != constants.end())
    return it->second;
  Expected<Datum> datum = ofAttribute(op, value);
  if (datum)
    constants.try_emplace(value, *datum);
  return datum;
}
