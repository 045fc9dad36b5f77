//===- TileOps.cpp - Syntax, verification and effects of tile operations --===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/Tile.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace hadal::tile;

static ShapedType shaped(Type type) { return llvm::dyn_cast<ShapedType>(type); }

//===----------------------------------------------------------------------===//
// ProgramOp
//===----------------------------------------------------------------------===//

void ProgramOp::build(OpBuilder &builder, OperationState &state, StringRef name, TypeRange arguments) {
  state.addAttribute(SymbolTable::getSymbolAttrName(), builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name),
                     TypeAttr::get(builder.getFunctionType(arguments, TypeRange())));
  Region *body = state.addRegion();
  Block &block = body->emplaceBlock();
  block.addArguments(arguments, SmallVector<Location>(arguments.size(), state.location));
}

ParseResult ProgramOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments, ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(arguments, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false,
                                                  getFunctionTypeAttrName(result.name), buildType,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ProgramOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
                                           getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult ProgramOp::verify() {
  for (auto [index, type] : llvm::enumerate(getArgumentTypes())) {
    if (auto memref = llvm::dyn_cast<MemRefType>(type)) {
      if (!memref.getLayout().isIdentity())
        return emitOpError("argument ") << index << " must have the identity layout, not " << type; // C1
      continue;
    }
    if (!type.isIntOrIndexOrFloat())
      return emitOpError("argument ") << index << " must be a memref or a scalar, not " << type; // C1
  }
  if (!getResultTypes().empty())
    return emitOpError("must have no results"); // C2
  return success();
}

//===----------------------------------------------------------------------===//
// ProgramIdOp
//===----------------------------------------------------------------------===//

static constexpr StringLiteral kDimNames[] = {"x", "y", "z"};

ParseResult ProgramIdOp::parse(OpAsmParser &parser, OperationState &result) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseKeyword(&name) || parser.parseOptionalAttrDict(result.attributes))
    return failure();
  const auto *it = llvm::find(kDimNames, name);
  if (it == std::end(kDimNames))
    return parser.emitError(loc, "the dimension of a grid is x, y or z, not ") << name; // C1
  Builder &builder = parser.getBuilder();
  result.addAttribute("dim", builder.getI32IntegerAttr(it - std::begin(kDimNames)));
  result.addTypes(builder.getIndexType());
  return success();
}

void ProgramIdOp::print(OpAsmPrinter &printer) {
  printer << ' ' << kDimNames[getDim()];
  printer.printOptionalAttrDict((*this)->getAttrs(), {"dim"});
}

//===----------------------------------------------------------------------===//
// LaunchOp
//===----------------------------------------------------------------------===//

/// The type that an operand of a launch needs to meet the program's argument.
static bool meets(Type operand, Type argument) {
  auto memref = llvm::dyn_cast<MemRefType>(argument);
  if (!memref)
    return operand == argument;
  auto actual = llvm::dyn_cast<ShapedType>(operand);
  return actual && actual.hasRank() && actual.getElementType() == memref.getElementType() &&
         succeeded(verifyCompatibleShape(actual.getShape(), memref.getShape()));
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto program = symbols.lookupNearestSymbolFrom<ProgramOp>(*this, getProgramAttr());
  if (!program)
    return emitOpError("no tile.program named @") << getProgram(); // C1
  SmallVector<Type> operands(getInputs().getTypes());
  llvm::append_range(operands, getOutputs().getTypes());
  ArrayRef<Type> arguments = program.getArgumentTypes();
  if (operands.size() != arguments.size())
    return emitOpError("passes ") << operands.size() << " arguments to @" << getProgram() << ", which takes "
                                  << arguments.size(); // C2
  for (auto [index, operand] : llvm::enumerate(operands))
    if (!meets(operand, arguments[index]))
      return emitOpError("argument ") << index << " of @" << getProgram() << " is " << arguments[index] << ", not "
                                      << operand; // C2
  return success();
}

LogicalResult LaunchOp::verify() {
  if (getGrid().size() != 3)
    return emitOpError("the grid has three sizes, not ") << getGrid().size();
  bool tensors = llvm::any_of(getOutputs().getTypes(), llvm::IsaPred<RankedTensorType>);
  for (Type type : getOperandTypes())
    if (llvm::isa<ShapedType>(type) && llvm::isa<RankedTensorType>(type) != tensors)
      return emitOpError("mixes tensors and memrefs"); // C3
  if (tensors ? getResults().getTypes() != getOutputs().getTypes() : !getResults().empty())
    return emitOpError("results must be exactly the types of the tensor outputs"); // C3
  return success();
}

void LaunchOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : getInputsMutable())
    if (llvm::isa<MemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand, SideEffects::DefaultResource::get());
  for (OpOperand &operand : getOutputsMutable())
    if (llvm::isa<MemRefType>(operand.get().getType())) {
      effects.emplace_back(MemoryEffects::Read::get(), &operand, SideEffects::DefaultResource::get());
      effects.emplace_back(MemoryEffects::Write::get(), &operand, SideEffects::DefaultResource::get());
    }
}

//===----------------------------------------------------------------------===//
// GlobalOp, GetGlobalOp
//===----------------------------------------------------------------------===//

LogicalResult GlobalOp::verify() {
  if (auto value = getValueAttr(); value && value.getShapedType() != getType())
    return emitOpError("the value is ") << value.getShapedType() << ", not " << getType(); // C1
  return success();
}

LogicalResult GetGlobalOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto global = symbols.lookupNearestSymbolFrom<GlobalOp>(*this, getGlobalAttr());
  if (!global)
    return emitOpError("no tile.global named @") << getGlobal(); // C1
  auto type = llvm::cast<ShapedType>(getResult().getType());
  auto expected = llvm::cast<ShapedType>(global.getType());
  if (type.getShape() != expected.getShape() || type.getElementType() != expected.getElementType())
    return emitOpError("@") << getGlobal() << " is " << global.getType() << ", not " << type; // C2
  return success();
}

//===----------------------------------------------------------------------===//
// LoadOp, StoreOp
//===----------------------------------------------------------------------===//

/// Whether `shape` is `sizes` with some dimensions of size 1 dropped.
static bool isRankReduced(ArrayRef<int64_t> sizes, ArrayRef<int64_t> shape) {
  size_t next = 0;
  for (int64_t size : sizes) {
    // Greedy is right: a dropped 1 and a kept 1 are interchangeable.
    if (next < shape.size() && shape[next] == size)
      ++next;
    else if (size != 1)
      return false;
  }
  return next == shape.size();
}

/// What loads and stores share: C1, C2 and the row index.
static LogicalResult verifyAccess(Operation *op, MemRefType memref, Type valueType, OperandRange offsets, Value rows,
                                  ArrayRef<int64_t> sizes, std::optional<ArrayRef<int64_t>> strides,
                                  std::optional<int64_t> rowsDim) {
  size_t rank = memref.getRank();
  if (offsets.size() != rank || sizes.size() != rank || (strides && strides->size() != rank))
    return op->emitOpError("needs one offset, size and stride for each of the ") << rank << " dimensions"; // C1
  auto positive = [](int64_t value) { return value > 0; };
  if (!llvm::all_of(sizes, positive) || (strides && !llvm::all_of(*strides, positive)))
    return op->emitOpError("sizes and strides must be positive"); // C1
  auto tile = shaped(valueType);
  Type element = tile ? tile.getElementType() : valueType;
  if (element != memref.getElementType())
    return op->emitOpError("has elements of ") << element << " where the memref has " << memref.getElementType(); // C2
  if (!isRankReduced(sizes, tile ? tile.getShape() : ArrayRef<int64_t>()))
    return op->emitOpError("the tile ") << valueType << " is not the sizes with dimensions of size 1 dropped"; // C2
  if (static_cast<bool>(rows) != rowsDim.has_value())
    return op->emitOpError("row indices and their dimension come together");
  if (rows) {
    auto type = shaped(rows.getType());
    if (*rowsDim < 0 || *rowsDim >= static_cast<int64_t>(rank) || type.getRank() != 1 ||
        type.getDimSize(0) != sizes[*rowsDim] || (strides && (*strides)[*rowsDim] != 1))
      return op->emitOpError(
          "row indices must be of rank 1, one for each of the sizes of their dimension, stride 1"); // load C4, store C3
  }
  return success();
}

LogicalResult LoadOp::verify() {
  if (getPad() && getPad().getType() != getSource().getType().getElementType())
    return emitOpError("the pad must have the source's element type"); // C3
  return verifyAccess(*this, getSource().getType(), getResult().getType(), getOffsets(), getRows(), getSizes(),
                      getStrides(), getGatherDim());
}

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getDest().getType(), getValue().getType(), getOffsets(), getRows(), getSizes(),
                      getStrides(), getScatterDim());
}

void LoadOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable(), SideEffects::DefaultResource::get());
}

void StoreOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), &getDestMutable(), SideEffects::DefaultResource::get());
}

/// `[offsets] sizes [..] (strides [..])? (<keyword> %rows at D : type)?`
static ParseResult parseAccess(OpAsmParser &parser, OperationState &result, StringRef keyword, StringRef dimName,
                               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &offsets,
                               std::optional<OpAsmParser::UnresolvedOperand> &rows, Type &rowsType, bool hasPad,
                               std::optional<OpAsmParser::UnresolvedOperand> &pad) {
  Builder &builder = parser.getBuilder();
  auto parseList = [&](StringRef name) -> ParseResult {
    SmallVector<int64_t> values;
    if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square,
                                       [&] { return parser.parseInteger(values.emplace_back()); }))
      return failure();
    result.addAttribute(name, builder.getDenseI64ArrayAttr(values));
    return success();
  };
  if (parser.parseOperandList(offsets, OpAsmParser::Delimiter::Square) || parser.parseKeyword("sizes") ||
      parseList("sizes"))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("strides")) && parseList("strides"))
    return failure();
  if (hasPad && succeeded(parser.parseOptionalKeyword("pad")) && parser.parseOperand(pad.emplace()))
    return failure();
  if (succeeded(parser.parseOptionalKeyword(keyword))) {
    int64_t dim;
    if (parser.parseOperand(rows.emplace()) || parser.parseKeyword("at") || parser.parseInteger(dim) ||
        parser.parseColonType(rowsType))
      return failure();
    result.addAttribute(dimName, builder.getI64IntegerAttr(dim));
  }
  return success();
}

static void printAccess(OpAsmPrinter &printer, OperandRange offsets, ArrayRef<int64_t> sizes,
                        std::optional<ArrayRef<int64_t>> strides, Value pad, StringRef keyword, Value rows,
                        std::optional<int64_t> dim) {
  printer << '[' << offsets << "] sizes [" << sizes << ']';
  if (strides)
    printer << " strides [" << *strides << ']';
  if (pad)
    printer << " pad " << pad;
  if (rows)
    printer << ' ' << keyword << ' ' << rows << " at " << *dim << " : " << rows.getType();
}

ParseResult LoadOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand source;
  SmallVector<OpAsmParser::UnresolvedOperand> offsets;
  std::optional<OpAsmParser::UnresolvedOperand> rows, pad;
  Type rowsType, sourceType, resultType;
  if (parser.parseOperand(source) ||
      parseAccess(parser, result, "gather", "gather_dim", offsets, rows, rowsType, /*hasPad=*/true, pad) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(sourceType) || parser.parseArrow() ||
      parser.parseType(resultType))
    return failure();
  auto memref = llvm::dyn_cast<MemRefType>(sourceType);
  if (!memref)
    return parser.emitError(parser.getNameLoc(), "loads from a memref, not ") << sourceType;
  if (parser.resolveOperand(source, sourceType, result.operands) ||
      parser.resolveOperands(offsets, parser.getBuilder().getIndexType(), result.operands) ||
      (rows && parser.resolveOperand(*rows, rowsType, result.operands)) ||
      (pad && parser.resolveOperand(*pad, memref.getElementType(), result.operands)))
    return failure();
  result.addAttribute(getOperandSegmentSizeAttr(),
                      parser.getBuilder().getDenseI32ArrayAttr(
                          {1, static_cast<int32_t>(offsets.size()), rows.has_value(), pad.has_value()}));
  result.addTypes(resultType);
  return success();
}

void LoadOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getSource();
  printAccess(printer, getOffsets(), getSizes(), getStrides(), getPad(), "gather", getRows(), getGatherDim());
  printer.printOptionalAttrDict((*this)->getAttrs(), {"sizes", "strides", "gather_dim", getOperandSegmentSizeAttr()});
  printer << " : " << getSource().getType() << " -> " << getResult().getType();
}

ParseResult StoreOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand value, dest;
  SmallVector<OpAsmParser::UnresolvedOperand> offsets;
  std::optional<OpAsmParser::UnresolvedOperand> rows, pad;
  Type rowsType, valueType, destType;
  if (parser.parseOperand(value) || parser.parseComma() || parser.parseOperand(dest) ||
      parseAccess(parser, result, "scatter", "scatter_dim", offsets, rows, rowsType, /*hasPad=*/false, pad))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("accumulate")))
    result.addAttribute("accumulate", parser.getBuilder().getUnitAttr());
  if (parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(valueType) || parser.parseComma() ||
      parser.parseType(destType) || parser.resolveOperand(value, valueType, result.operands) ||
      parser.resolveOperand(dest, destType, result.operands) ||
      parser.resolveOperands(offsets, parser.getBuilder().getIndexType(), result.operands) ||
      (rows && parser.resolveOperand(*rows, rowsType, result.operands)))
    return failure();
  result.addAttribute(getOperandSegmentSizeAttr(), parser.getBuilder().getDenseI32ArrayAttr(
                                                       {1, 1, static_cast<int32_t>(offsets.size()), rows.has_value()}));
  return success();
}

void StoreOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getValue() << ", " << getDest();
  printAccess(printer, getOffsets(), getSizes(), getStrides(), Value(), "scatter", getRows(), getScatterDim());
  if (getAccumulate())
    printer << " accumulate";
  printer.printOptionalAttrDict((*this)->getAttrs(),
                                {"sizes", "strides", "scatter_dim", "accumulate", getOperandSegmentSizeAttr()});
  printer << " : " << getValue().getType() << ", " << getDest().getType();
}

//===----------------------------------------------------------------------===//
// Operations on tiles
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  auto a = shaped(getA().getType()), b = shaped(getB().getType()), acc = shaped(getAcc().getType());
  if (a.getRank() != 2 || b.getRank() != 2 || acc.getRank() != 2)
    return emitOpError("takes tiles of rank 2"); // C1
  int64_t bK = b.getDimSize(getTransposeB() ? 1 : 0), bN = b.getDimSize(getTransposeB() ? 0 : 1);
  if (a.getDimSize(0) != acc.getDimSize(0) || bN != acc.getDimSize(1) || a.getDimSize(1) != bK)
    return emitOpError("the tiles disagree in M, N or K"); // C1
  if (!acc.getElementType().isF32() || a.getElementType() != b.getElementType() ||
      !llvm::isa<FloatType>(a.getElementType()))
    return emitOpError("multiplies tiles of one float type into an f32 accumulator"); // C1
  return success();
}

LogicalResult ReduceOp::verify() {
  auto source = shaped(getSource().getType());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= source.getRank())
    return emitOpError("axis ") << axis << " is outside rank " << source.getRank(); // C1
  SmallVector<int64_t> shape(source.getShape());
  shape.erase(shape.begin() + axis);
  Type expected = shape.empty() ? source.getElementType() : source.clone(shape);
  if (getResult().getType() != expected)
    return emitOpError("gives ") << expected << ", not " << getResult().getType(); // C1
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto source = shaped(getSource().getType()), result = shaped(getResult().getType());
  ArrayRef<int64_t> dims = getDims();
  if (static_cast<int64_t>(dims.size()) != source.getRank())
    return emitOpError("needs a result dimension for each of the source's ") << source.getRank(); // C1
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (dim < 0 || dim >= result.getRank() || (index && dims[index - 1] >= dim))
      return emitOpError("dims must be strictly increasing and within the result's rank"); // C1
    if (source.getDimSize(index) != result.getDimSize(dim))
      return emitOpError("source dimension ") << index << " and result dimension " << dim << " differ in size"; // C2
  }
  if (source.getElementType() != result.getElementType())
    return emitOpError("keeps the element type"); // C2
  return success();
}

LogicalResult TransposeOp::verify() {
  auto source = shaped(getSource().getType()), result = shaped(getResult().getType());
  ArrayRef<int64_t> perm = getPerm();
  if (static_cast<int64_t>(perm.size()) != source.getRank() || !isPermutationVector(perm))
    return emitOpError("perm must be a permutation of the source's dimensions"); // C1
  SmallVector<int64_t> shape;
  for (int64_t dim : perm)
    shape.push_back(source.getDimSize(dim));
  if (result != source.clone(shape))
    return emitOpError("gives ") << source.clone(shape) << ", not " << result; // C1
  return success();
}

LogicalResult IotaOp::verify() {
  if (shaped(getResult().getType()).getRank() != 1)
    return emitOpError("counts along a tile of rank 1"); // C1
  return success();
}

LogicalResult ScanOp::verify() {
  int64_t rank = shaped(getSource().getType()).getRank();
  if (static_cast<int64_t>(getAxis()) < 0 || static_cast<int64_t>(getAxis()) >= rank)
    return emitOpError("axis ") << getAxis() << " is outside rank " << rank; // C1
  return success();
}

LogicalResult TopKOp::verify() {
  auto source = shaped(getSource().getType());
  int64_t k = getK();
  if (source.getRank() < 1 || source.getRank() > 2 || k < 1 || k > source.getShape().back())
    return emitOpError("takes rows of a tile of rank 1 or 2, and 1 <= k <= their size"); // C1
  SmallVector<int64_t> shape(source.getShape());
  shape.back() = k;
  if (getValues().getType() != source.clone(shape) ||
      getColumns().getType() != source.clone(shape, IntegerType::get(getContext(), 32)))
    return emitOpError("gives values and i32 columns of the source's shape with k last"); // C2
  return success();
}

LogicalResult TakeOp::verify() {
  auto source = shaped(getSource().getType()), columns = shaped(getColumns().getType());
  if (source.getRank() < 1 || source.getRank() > 2 || source.getRank() != columns.getRank() ||
      source.getShape().drop_back() != columns.getShape().drop_back())
    return emitOpError("takes tiles of rank 1 or 2 that agree in all but the last dimension"); // C1
  if (getResult().getType() != columns.clone(source.getElementType()))
    return emitOpError("gives ") << columns.clone(source.getElementType()); // C2
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"
