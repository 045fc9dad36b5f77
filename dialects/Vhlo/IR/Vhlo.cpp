//===- Vhlo.cpp - Reading portable artifacts of StableHLO ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Vhlo/IR/Vhlo.h"

#include "dialects/StableHLO/IR/StableHLO.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// The encoding: numbers that stand in front of types and attributes
//===----------------------------------------------------------------------===//

namespace {
enum class TypeCode : uint64_t {
  Boolean = 0,
  Complex = 1,
  BF16 = 2,
  F16 = 3,
  F32 = 4,
  F64 = 5,
  F8E4M3FN = 6,
  F8E5M2 = 7,
  Function = 8,
  Index = 9,
  SI4 = 10,
  SI8 = 11,
  SI16 = 12,
  SI32 = 13,
  SI64 = 14,
  UI4 = 15,
  UI8 = 16,
  UI16 = 17,
  UI32 = 18,
  UI64 = 19,
  RankedTensor = 20,
  RankedTensorWithEncoding = 21,
  Token = 22,
  Tuple = 23,
  UniformQuantized = 24,
  UnrankedTensor = 25,
  F8E4M3FNUZ = 27,
  F8E5M2FNUZ = 28,
  F8E4M3B11FNUZ = 29,
  SI2 = 31,
  UI2 = 32,
  None = 33,
  TF32 = 34,
  F8E4M3 = 35,
  F8E3M4 = 36,
  F4E2M1FN = 37,
  F6E2M3FN = 38,
  F6E3M2FN = 39,
  F8E8M0FNU = 40,
};

enum class AttributeCode : uint64_t {
  Array = 1,
  Boolean = 2,
  ComparisonDirection = 3,
  ComparisonType = 4,
  CustomCallApiVersion = 5,
  Dictionary = 6,
  FftType = 7,
  Float = 8,
  Integer = 9,
  OutputOperandAlias = 10,
  Precision = 11,
  RngAlgorithm = 12,
  RngDistribution = 13,
  String = 14,
  Tensor = 15,
  Transpose = 16,
  Type = 17,
  TypeExtensions = 18,
  ResultAccuracyMode = 19,
  ResultAccuracy = 20,
};

class VhloBytecode : public BytecodeDialectInterface {
public:
  explicit VhloBytecode(Dialect *dialect) : BytecodeDialectInterface(dialect) {}
  Type readType(DialectBytecodeReader &reader) const override;
  Attribute readAttribute(DialectBytecodeReader &reader) const override;

private:
  Type readTensorType(DialectBytecodeReader &reader, bool hasEncoding) const;
  Attribute readElements(DialectBytecodeReader &reader) const;
  Attribute readResultAccuracy(DialectBytecodeReader &reader) const;
};
} // namespace

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

/// Reads a list as far as there are bytes. (The reader's own functions reserve memory for as many as a damaged file
/// says.)
template <typename T>
static LogicalResult readSome(DialectBytecodeReader &reader, SmallVectorImpl<T> &list,
                              llvm::function_ref<LogicalResult(T &)> read) {
  uint64_t count;
  if (failed(reader.readVarInt(count)))
    return failure();
  for (T element; count > 0; --count) {
    if (failed(read(element)))
      return failure();
    list.push_back(element);
  }
  return success();
}

static LogicalResult readNumbers(DialectBytecodeReader &reader, SmallVectorImpl<int64_t> &list) {
  return readSome<int64_t>(reader, list, [&](int64_t &number) { return reader.readSignedVarInt(number); });
}

static LogicalResult readTypes(DialectBytecodeReader &reader, SmallVectorImpl<Type> &list) {
  return readSome<Type>(reader, list, [&](Type &type) { return reader.readType(type); });
}

static LogicalResult readAttributes(DialectBytecodeReader &reader, SmallVectorImpl<Attribute> &list) {
  return readSome<Attribute>(reader, list, [&](Attribute &attribute) { return reader.readAttribute(attribute); });
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type VhloBytecode::readTensorType(DialectBytecodeReader &reader, bool hasEncoding) const {
  Attribute encoding;
  SmallVector<int64_t> shape;
  Type element;
  if ((hasEncoding && failed(reader.readAttribute(encoding))) || failed(readNumbers(reader, shape)) ||
      failed(reader.readType(element)))
    return {};
  return RankedTensorType::getChecked([&] { return reader.emitError(); }, shape, element, encoding);
}

Type VhloBytecode::readType(DialectBytecodeReader &reader) const {
  uint64_t code;
  if (failed(reader.readVarInt(code)))
    return {};
  MLIRContext *context = getContext();
  auto integer = [&](unsigned width, bool isUnsigned = false) {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (static_cast<TypeCode>(code)) {
  case TypeCode::Boolean:
    return integer(1);
  case TypeCode::Complex: {
    Type element;
    if (failed(reader.readType(element)))
      return {};
    return ComplexType::getChecked([&] { return reader.emitError(); }, element);
  }
  case TypeCode::BF16:
    return BFloat16Type::get(context);
  case TypeCode::F16:
    return Float16Type::get(context);
  case TypeCode::F32:
    return Float32Type::get(context);
  case TypeCode::F64:
    return Float64Type::get(context);
  case TypeCode::TF32:
    return FloatTF32Type::get(context);
  case TypeCode::F8E4M3FN:
    return Float8E4M3FNType::get(context);
  case TypeCode::F8E5M2:
    return Float8E5M2Type::get(context);
  case TypeCode::F8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case TypeCode::F8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case TypeCode::F8E4M3B11FNUZ:
    return Float8E4M3B11FNUZType::get(context);
  case TypeCode::F8E4M3:
    return Float8E4M3Type::get(context);
  case TypeCode::F8E3M4:
    return Float8E3M4Type::get(context);
  case TypeCode::F4E2M1FN:
    return Float4E2M1FNType::get(context);
  case TypeCode::F6E2M3FN:
    return Float6E2M3FNType::get(context);
  case TypeCode::F6E3M2FN:
    return Float6E3M2FNType::get(context);
  case TypeCode::F8E8M0FNU:
    return Float8E8M0FNUType::get(context);
  case TypeCode::Function: {
    SmallVector<Type> inputs, results;
    if (failed(readTypes(reader, inputs)) || failed(readTypes(reader, results)))
      return {};
    return FunctionType::get(context, inputs, results);
  }
  case TypeCode::Index:
    return IndexType::get(context);
  case TypeCode::SI2:
    return integer(2);
  case TypeCode::SI4:
    return integer(4);
  case TypeCode::SI8:
    return integer(8);
  case TypeCode::SI16:
    return integer(16);
  case TypeCode::SI32:
    return integer(32);
  case TypeCode::SI64:
    return integer(64);
  case TypeCode::UI2:
    return integer(2, true);
  case TypeCode::UI4:
    return integer(4, true);
  case TypeCode::UI8:
    return integer(8, true);
  case TypeCode::UI16:
    return integer(16, true);
  case TypeCode::UI32:
    return integer(32, true);
  case TypeCode::UI64:
    return integer(64, true);
  case TypeCode::RankedTensor:
    return readTensorType(reader, /*hasEncoding=*/false);
  case TypeCode::RankedTensorWithEncoding:
    return readTensorType(reader, /*hasEncoding=*/true);
  case TypeCode::None:
    return NoneType::get(context);
  case TypeCode::Tuple: {
    SmallVector<Type> elements;
    if (failed(readTypes(reader, elements)))
      return {};
    return TupleType::get(context, elements);
  }
  case TypeCode::Token:
    reader.emitError("tokens are not supported");
    return {};
  case TypeCode::UniformQuantized:
    reader.emitError("quantized types are not supported");
    return {};
  case TypeCode::UnrankedTensor:
    reader.emitError("tensors without a rank are not supported");
    return {};
  }
  reader.emitError("a type with the unknown code ") << code;
  return {};
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// The elements of a tensor of i1: one byte each, or packed into bits, or one byte for all.
static std::optional<SmallVector<bool>> unpackBools(ArrayRef<char> blob, int64_t count) {
  size_t packed = llvm::divideCeil(count, 8);
  auto bit = [&](int64_t i) { return ((blob[i / 8] >> (i % 8)) & 1) != 0; };
  SmallVector<bool> bools;
  if (blob.size() == 1 && (count > 8 || static_cast<unsigned char>(blob[0]) == 0xff)) {
    bools.assign(count, blob[0] != 0);
    return bools;
  }
  if (blob.size() != packed && static_cast<int64_t>(blob.size()) != count)
    return std::nullopt;
  for (int64_t i = 0; i < count; ++i)
    bools.push_back(blob.size() == packed && count != 1 ? bit(i) : blob[i] != 0);
  return bools;
}

Attribute VhloBytecode::readElements(DialectBytecodeReader &reader) const {
  Type type;
  ArrayRef<char> blob;
  if (failed(reader.readType(type)) || failed(reader.readBlob(blob)))
    return {};
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t count = 1;
  if (!tensor || !tensor.hasStaticShape()) {
    reader.emitError("a constant of the type ") << type;
    return {};
  }
  for (int64_t size : tensor.getShape())
    if (llvm::MulOverflow(count, size, count)) {
      reader.emitError("a constant of more elements than can be counted: ") << type;
      return {};
    }
  // No constant is larger than the file, but one value may stand for all.
  if (tensor.getElementType().isInteger(1)) {
    if (blob.size() == 1 && count > 1 && (blob[0] == 0 || static_cast<unsigned char>(blob[0]) == 0xff))
      return DenseElementsAttr::get(tensor, blob[0] != 0);
    if (std::optional<SmallVector<bool>> bools =
            count <= static_cast<int64_t>(blob.size()) * 8 ? unpackBools(blob, count) : std::nullopt)
      return DenseElementsAttr::get(tensor, ArrayRef<bool>(*bools));
  } else if (isa<IntegerType, FloatType, ComplexType>(tensor.getElementType())) {
    bool isSplat;
    if (DenseElementsAttr::isValidRawBuffer(tensor, blob, isSplat))
      return DenseElementsAttr::getFromRawBuffer(tensor, blob);
  }
  reader.emitError("a constant of the type ") << type << " with " << blob.size() << " bytes";
  return {};
}

Attribute VhloBytecode::readResultAccuracy(DialectBytecodeReader &reader) const {
  int64_t ulps;
  Attribute mode;
  if (failed(reader.readAPFloatWithKnownSemantics(APFloat::IEEEdouble())) ||
      failed(reader.readAPFloatWithKnownSemantics(APFloat::IEEEdouble())) || failed(reader.readSignedVarInt(ulps)) ||
      failed(reader.readAttribute(mode)))
    return {};
  return UnitAttr::get(getContext());
}

Attribute VhloBytecode::readAttribute(DialectBytecodeReader &reader) const {
  uint64_t code;
  if (failed(reader.readVarInt(code)))
    return {};
  MLIRContext *context = getContext();
  Builder builder(context);
  /// A number of an enumeration.
  auto number = [&](auto make) -> Attribute {
    uint64_t value;
    if (failed(reader.readVarInt(value)))
      return {};
    Attribute attribute = value <= UINT32_MAX ? make(static_cast<uint32_t>(value)) : Attribute();
    if (!attribute)
      reader.emitError("an enumeration has the unknown value ") << value;
    return attribute;
  };
  auto plainNumber = [&](uint32_t value) -> Attribute { return builder.getI32IntegerAttr(value); };
  switch (static_cast<AttributeCode>(code)) {
  case AttributeCode::Array: {
    SmallVector<Attribute> elements;
    if (failed(readAttributes(reader, elements)))
      return {};
    return builder.getArrayAttr(elements);
  }
  case AttributeCode::Boolean:
    return number([&](uint32_t value) -> Attribute { return builder.getBoolAttr(value != 0); });
  case AttributeCode::ComparisonDirection:
    return number([&](uint32_t value) -> Attribute {
      auto known = stablehlo::symbolizeComparisonDirection(value);
      return known ? Attribute(stablehlo::ComparisonDirectionAttr::get(context, *known)) : Attribute();
    });
  case AttributeCode::ComparisonType:
    return number([&](uint32_t value) -> Attribute {
      auto known = stablehlo::symbolizeComparisonType(value);
      return known ? Attribute(stablehlo::ComparisonTypeAttr::get(context, *known)) : Attribute();
    });
  case AttributeCode::Precision:
    return number([&](uint32_t value) -> Attribute {
      auto known = stablehlo::symbolizePrecision(value);
      return known ? Attribute(stablehlo::PrecisionAttr::get(context, *known)) : Attribute();
    });
  case AttributeCode::CustomCallApiVersion:
  case AttributeCode::FftType:
  case AttributeCode::RngAlgorithm:
  case AttributeCode::RngDistribution:
  case AttributeCode::Transpose:
  case AttributeCode::ResultAccuracyMode:
    return number(plainNumber);
  case AttributeCode::Dictionary: {
    NamedAttrList entries;
    uint64_t count;
    if (failed(reader.readVarInt(count)))
      return {};
    for (uint64_t i = 0; i < count; ++i) {
      StringAttr name;
      Attribute value;
      if (failed(reader.readAttribute(name)) || failed(reader.readAttribute(value)))
        return {};
      entries.set(name, value);
    }
    return entries.getDictionary(context);
  }
  case AttributeCode::Float: {
    Type type;
    if (failed(reader.readType(type)))
      return {};
    auto floatType = dyn_cast<FloatType>(type);
    if (!floatType || floatType.getWidth() > 64) {
      reader.emitError("a float of the type ") << type;
      return {};
    }
    FailureOr<APFloat> value = reader.readAPFloatWithKnownSemantics(floatType.getFloatSemantics());
    return failed(value) ? Attribute() : FloatAttr::get(floatType, *value);
  }
  case AttributeCode::Integer: {
    Type type;
    if (failed(reader.readType(type)))
      return {};
    if (!type.isIntOrIndex() || (type.isInteger() && type.getIntOrFloatBitWidth() > 64)) {
      reader.emitError("an integer of the type ") << type;
      return {};
    }
    unsigned width = type.isIndex() ? IndexType::kInternalStorageBitWidth : type.getIntOrFloatBitWidth();
    FailureOr<APInt> value = reader.readAPIntWithKnownWidth(width);
    return failed(value) ? Attribute() : IntegerAttr::get(type, *value);
  }
  case AttributeCode::OutputOperandAlias: {
    SmallVector<int64_t> output, operand;
    int64_t index;
    if (failed(readNumbers(reader, output)) || failed(reader.readSignedVarInt(index)) ||
        failed(readNumbers(reader, operand)))
      return {};
    return builder.getUnitAttr();
  }
  case AttributeCode::String: {
    StringRef text;
    return failed(reader.readString(text)) ? Attribute() : builder.getStringAttr(text);
  }
  case AttributeCode::Tensor:
    return readElements(reader);
  case AttributeCode::Type: {
    Type type;
    return failed(reader.readType(type)) ? Attribute() : TypeAttr::get(type);
  }
  case AttributeCode::TypeExtensions: {
    SmallVector<int64_t> bounds;
    if (failed(readNumbers(reader, bounds)))
      return {};
    return stablehlo::TypeExtensionsAttr::get(context, bounds);
  }
  case AttributeCode::ResultAccuracy:
    return readResultAccuracy(reader);
  }
  reader.emitError("an attribute with the unknown code ") << code;
  return {};
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

namespace {
struct OpEntry {
  StringLiteral name, attributes;
};
} // namespace

/// The operations that have attributes. An artifact holds the attributes alone, in alphabetical order of their names;
/// what names stand there is known only by the operation's version.
static constexpr OpEntry kOps[] = {
    {"broadcast_in_dim_v1", "broadcast_dimensions"},
    {"broadcast_v1", "broadcast_sizes"},
    {"call_v1", "callee"},
    {"cbrt_v2", "result_accuracy"},
    {"compare_v1", "compare_type comparison_direction"},
    {"composite_v1", "composite_attributes decomposition name version"},
    {"composite_v2", "composite_attributes decomposition name version"},
    {"concatenate_v1", "dimension"},
    {"constant_v1", "value"},
    {"cosine_v2", "result_accuracy"},
    {"custom_call_v1", "api_version backend_config call_target_name called_computations has_side_effect "
                       "operand_layouts output_operand_aliases result_layouts"},
    {"custom_call_v2", "api_version backend_config call_target_name called_computations has_side_effect "
                       "operand_layouts output_operand_aliases result_layouts result_tilings"},
    {"dot_general_v1", "lhs_batching_dimensions lhs_contracting_dimensions precision_config rhs_batching_dimensions "
                       "rhs_contracting_dimensions"},
    {"dot_general_v2", "accumulation_type allow_imprecise_accumulation lhs_batching_dimensions lhs_component_count "
                       "lhs_contracting_dimensions lhs_precision_type num_primitive_operations precision_config "
                       "rhs_batching_dimensions rhs_component_count rhs_contracting_dimensions rhs_precision_type"},
    {"dot_v1", "precision_config"},
    {"dynamic_broadcast_in_dim_v1", "broadcast_dimensions known_expanding_dimensions known_nonexpanding_dimensions"},
    {"dynamic_gather_v1", "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims start_index_map"},
    {"dynamic_gather_v2", "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims operand_batching_dims "
                          "start_index_map start_indices_batching_dims"},
    {"dynamic_iota_v1", "iota_dimension"},
    {"dynamic_slice_v1", "slice_sizes"},
    {"exponential_minus_one_v2", "result_accuracy"},
    {"exponential_v2", "result_accuracy"},
    {"func_v1", "arg_attrs function_type res_attrs sym_name sym_visibility"},
    {"gather_v1", "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims slice_sizes start_index_map"},
    {"gather_v2", "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims operand_batching_dims "
                  "slice_sizes start_index_map start_indices_batching_dims"},
    {"get_dimension_size_v1", "dimension"},
    {"iota_v1", "iota_dimension"},
    {"log_plus_one_v2", "result_accuracy"},
    {"logistic_v2", "result_accuracy"},
    {"log_v2", "result_accuracy"},
    {"map_v1", "dimensions"},
    {"pad_v1", "edge_padding_high edge_padding_low interior_padding"},
    {"reduce_v1", "dimensions"},
    {"reduce_precision_v1", "exponent_bits mantissa_bits"},
    {"reduce_window_v1", "base_dilations padding window_dilations window_dimensions window_strides"},
    {"reverse_v1", "dimensions"},
    {"rsqrt_v2", "result_accuracy"},
    {"scatter_v1", "index_vector_dim indices_are_sorted inserted_window_dims scatter_dims_to_operand_dims "
                   "unique_indices update_window_dims"},
    {"scatter_v2", "index_vector_dim indices_are_sorted input_batching_dims inserted_window_dims "
                   "scatter_dims_to_operand_dims scatter_indices_batching_dims unique_indices update_window_dims"},
    {"sine_v2", "result_accuracy"},
    {"slice_v1", "limit_indices start_indices strides"},
    {"sort_v1", "dimension is_stable"},
    {"sqrt_v2", "result_accuracy"},
    {"tan_v2", "result_accuracy"},
    {"tanh_v2", "result_accuracy"},
    {"transpose_v1", "permutation"},
};

namespace {
/// One of those operations; once read, its attributes are discardable ones.
template <size_t Number>
class VhloOp : public Op<VhloOp<Number>, OpTrait::VariadicOperands, OpTrait::VariadicResults, OpTrait::VariadicRegions,
                         OpTrait::ZeroSuccessors, BytecodeOpInterface::Trait> {
public:
  using Op<VhloOp<Number>, OpTrait::VariadicOperands, OpTrait::VariadicResults, OpTrait::VariadicRegions,
           OpTrait::ZeroSuccessors, BytecodeOpInterface::Trait>::Op;
  static StringRef getOperationName() {
    static const std::string name = ("vhlo." + kOps[Number].name).str();
    return name;
  }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static LogicalResult readProperties(DialectBytecodeReader &reader, OperationState &state) {
    for (StringRef name : llvm::split(kOps[Number].attributes, ' ')) {
      Attribute attribute;
      if (failed(reader.readAttribute(attribute)))
        return failure();
      state.addAttribute(name, attribute);
    }
    return success();
  }
  void writeProperties(DialectBytecodeWriter &) {} // never written
};
} // namespace

//===----------------------------------------------------------------------===//
// Dialects
//===----------------------------------------------------------------------===//

unsigned hadal::newestVhloVersion(StringRef name) {
  unsigned newest = 1;
  for (const OpEntry &entry : kOps) {
    auto [base, version] = entry.name.rsplit("_v");
    unsigned number;
    if (base == name && !version.getAsInteger(10, number))
      newest = std::max(newest, number);
  }
  return newest;
}

template <size_t... Numbers> void VhloDialect::addVersionedOps(std::index_sequence<Numbers...>) {
  addOperations<VhloOp<Numbers>...>();
}

VhloDialect::VhloDialect(MLIRContext *context) : Dialect(getDialectNamespace(), context, TypeID::get<VhloDialect>()) {
  context->loadDialect<stablehlo::StableHLODialect>();
  addInterfaces<VhloBytecode>();
  addVersionedOps(std::make_index_sequence<std::size(kOps)>());
  allowUnknownOperations();
}

MhloDialect::MhloDialect(MLIRContext *context) : Dialect(getDialectNamespace(), context, TypeID::get<MhloDialect>()) {}
SdyDialect::SdyDialect(MLIRContext *context) : Dialect(getDialectNamespace(), context, TypeID::get<SdyDialect>()) {}

Attribute MhloDialect::parseAttribute(DialectAsmParser &parser, Type) const {
  return StringAttr::get(getContext(), parser.getFullSymbolSpec());
}
Attribute SdyDialect::parseAttribute(DialectAsmParser &parser, Type) const {
  return StringAttr::get(getContext(), parser.getFullSymbolSpec());
}
