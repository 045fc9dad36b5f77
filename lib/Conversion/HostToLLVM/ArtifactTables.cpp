//===- ArtifactTables.cpp - The tables of an artifact ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/HostToLLVM/ArtifactTables.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::abi;

// HADAL_ARTIFACT_MAGIC and HADAL_ARTIFACT_ABI.
static constexpr int64_t kMagic = 0x4c444148;
static constexpr int64_t kABI = 1;
static constexpr int64_t kAlignment = 64;

namespace {

class TableEmitter {
public:
  explicit TableEmitter(ModuleOp module) : b(module.getLoc(), OpBuilder::atBlockEnd(module.getBody())) {}

  LogicalResult emit(const ArtifactTables &tables, ArrayRef<tile::GlobalOp> globals);

private:
  /// A field of a table: a number, or the address of a symbol ("": null).
  struct Field {
    Field(Type type, int64_t number) : type(type), number(number) {}
    Field(Type type, StringRef symbol) : type(type), symbol(symbol) {}
    Type type;
    int64_t number = 0;
    std::string symbol;
  };
  using Row = SmallVector<Field>;

  Field address(StringRef symbol) { return Field(b.ptr, symbol); }
  Field i32(int64_t value) { return Field(b.getI32Type(), value); }
  Field i64(int64_t value) { return Field(b.getI64Type(), value); }
  /// The address of a NUL-terminated string.
  Field string(StringRef text);
  /// The address of constant bytes.
  Field bytes(ArrayRef<uint8_t> values);
  /// An array of structs; null if it has no rows.
  Field table(StringRef name, ArrayRef<Row> rows);
  void structGlobal(StringRef name, Type type, LLVM::Linkage linkage, ArrayRef<Row> rows);
  LLVM::GlobalOp constantGlobal(StringRef name, Type type, Attribute value);
  FailureOr<Field> data(tile::GlobalOp global);
  std::string fresh() { return "hadal.data." + std::to_string(nextName++); }

  ABIBuilder b;
  llvm::StringMap<std::string> strings;
  unsigned nextName = 0;
};

} // namespace

LLVM::GlobalOp TableEmitter::constantGlobal(StringRef name, Type type, Attribute value) {
  return LLVM::GlobalOp::create(b, type, /*isConstant=*/true, LLVM::Linkage::Internal, name, value, kAlignment);
}

TableEmitter::Field TableEmitter::string(StringRef text) {
  auto [it, added] = strings.try_emplace(text, "");
  if (added) {
    it->second = fresh();
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), text.size() + 1);
    constantGlobal(it->second, type, b.getStringAttr(text.str() + '\0')).setAlignment(1);
  }
  return address(it->second);
}

TableEmitter::Field TableEmitter::bytes(ArrayRef<uint8_t> values) {
  if (values.empty())
    return address("");
  return string(StringRef(reinterpret_cast<const char *>(values.data()), values.size()));
}

void TableEmitter::structGlobal(StringRef name, Type type, LLVM::Linkage linkage, ArrayRef<Row> rows) {
  auto global = LLVM::GlobalOp::create(b, type, /*isConstant=*/true, linkage, name, Attribute());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&global.getInitializerRegion());
  Value result = LLVM::UndefOp::create(b, type);
  bool isArray = isa<LLVM::LLVMArrayType>(type);
  for (auto [row, fields] : llvm::enumerate(rows))
    for (auto [column, field] : llvm::enumerate(fields)) {
      Value value;
      if (field.type != b.ptr)
        value = b.constant(field.type, field.number);
      else if (field.symbol.empty())
        value = LLVM::ZeroOp::create(b, b.ptr);
      else
        value = LLVM::AddressOfOp::create(b, b.ptr, field.symbol);
      SmallVector<int64_t> position;
      if (isArray)
        position.push_back(row);
      position.push_back(column);
      result = LLVM::InsertValueOp::create(b, result, value, position);
    }
  LLVM::ReturnOp::create(b, result);
}

static Type structType(MLIRContext *context, ArrayRef<Type> fields) {
  return LLVM::LLVMStructType::getLiteral(context, fields);
}

TableEmitter::Field TableEmitter::table(StringRef name, ArrayRef<Row> rows) {
  if (rows.empty())
    return address("");
  SmallVector<Type> fields;
  for (const Field &field : rows.front())
    fields.push_back(field.type);
  structGlobal(name, LLVM::LLVMArrayType::get(structType(b.getContext(), fields), rows.size()), LLVM::Linkage::Internal,
               rows);
  return address(name);
}

/// What LLVM stores elements of `type` as: a byte for bools and 8 bit floats, 64 bits for index; null if it has
/// nothing.
static Type storedAs(Type type) {
  MLIRContext *context = type.getContext();
  if (type.isIndex())
    return IntegerType::get(context, 64);
  if (type.isInteger(1) || (isa<FloatType>(type) && type.getIntOrFloatBitWidth() == 8))
    return IntegerType::get(context, 8);
  return type.getIntOrFloatBitWidth() < 8 ? Type() : type;
}

/// The constant of a global that holds its data; null for one that has none, or whose data lie in a file.
FailureOr<TableEmitter::Field> TableEmitter::data(tile::GlobalOp global) {
  ElementsAttr value = global.getValueAttr();
  if (!value || global->hasAttr("hadal.external"))
    return address("");
  auto type = cast<RankedTensorType>(global.getType());
  Type element = type.getElementType(), stored = storedAs(element);
  auto flat = RankedTensorType::get(type.getNumElements(), element);
  if (flat.getNumElements() == 0)
    return address("");
  Attribute attribute;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    if (!resource.getRawHandle().getBlob())
      return global.emitOpError("has a value whose resource is missing");
    attribute = DenseResourceElementsAttr::get(flat.clone(stored), resource.getRawHandle());
  } else if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    dense = dense.reshape(flat);
    if (element.isInteger(1) || element.isIndex())
      dense = dense.mapValues(stored,
                              [&](const APInt &number) { return number.zextOrTrunc(stored.getIntOrFloatBitWidth()); });
    else if (element != stored)
      dense = dense.bitcast(stored);
    attribute = dense;
  } else {
    return global.emitOpError("has a value that is neither dense nor a resource");
  }
  std::string name = fresh();
  constantGlobal(name, LLVM::LLVMArrayType::get(stored, flat.getNumElements()), attribute);
  return address(name);
}

LogicalResult TableEmitter::emit(const ArtifactTables &tables, ArrayRef<tile::GlobalOp> globals) {
  SmallVector<Row> kernels, globalRows, functions;
  for (const KernelEntry &kernel : tables.kernels) {
    SmallVector<uint8_t> kinds;
    for (ArgKind kind : kernel.argKinds)
      kinds.push_back(static_cast<uint8_t>(kind));
    kernels.push_back({string(kernel.name), address(kernel.function), i64(kernel.scratchBytes),
                       kernel.source.empty() ? address("") : string(kernel.source), i32(kernel.threads),
                       i32(kernel.sharedBytes), i32(kinds.size()), bytes(kinds)});
  }
  for (tile::GlobalOp global : globals) {
    auto type = cast<RankedTensorType>(global.getType());
    Type stored = storedAs(type.getElementType());
    if (!stored)
      return global.emitOpError("has elements of ") << type.getElementType() << ", which share bytes";
    int64_t bits = stored.getIntOrFloatBitWidth();
    auto external = global->getAttrOfType<ExternalAttr>("hadal.external");
    FailureOr<Field> constant = data(global);
    if (failed(constant))
      return failure();
    globalRows.push_back({string(global.getSymName()), i64(type.getNumElements() * bits / 8), *constant,
                          external ? string(external.getFile()) : address(""),
                          i64(external ? external.getOffset() : 0)});
  }
  for (const FunctionEntry &function : tables.functions)
    functions.push_back({string(function.name), address(function.plan), address(function.run), i32(function.inDims),
                         i32(function.outDims)});

  Row artifact{i32(kMagic),
               i32(kABI),
               string(tables.manifest),
               table("hadal.functions", functions),
               i32(functions.size()),
               table("hadal.kernels", kernels),
               i32(kernels.size()),
               table("hadal.globals", globalRows),
               i32(globalRows.size())};
  SmallVector<Type> fields;
  for (const Field &field : artifact)
    fields.push_back(field.type);
  structGlobal("hadal_artifact", structType(b.getContext(), fields), LLVM::Linkage::External, artifact);
  return success();
}

LogicalResult abi::emitTables(ModuleOp module, const ArtifactTables &tables, ArrayRef<tile::GlobalOp> globals) {
  return TableEmitter(module).emit(tables, globals);
}
