//===- CudaOps.cpp - Syntax and verification of cuda operations -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/IR/Cuda.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace hadal::cuda;

//===----------------------------------------------------------------------===//
// KernelOp
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef program, TypeRange arguments,
                     ArrayRef<std::string> names, int64_t threads) {
  SmallVector<StringRef> refs(names.begin(), names.end());
  state.addAttribute(getProgramAttrName(state.name), FlatSymbolRefAttr::get(builder.getContext(), program));
  state.addAttribute(getArgNamesAttrName(state.name), builder.getStrArrayAttr(refs));
  state.addAttribute(getThreadsAttrName(state.name), builder.getI32IntegerAttr(threads));
  state.addAttribute(getSharedAttrName(state.name), builder.getI64IntegerAttr(0));
  Block &block = state.addRegion()->emplaceBlock();
  block.addArguments(arguments, SmallVector<Location>(arguments.size(), state.location));
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr program;
  if (parser.parseSymbolName(program))
    return failure();
  result.addAttribute(getProgramAttrName(result.name), FlatSymbolRefAttr::get(program));
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Attribute> names;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        std::string name;
        OpAsmParser::Argument &argument = arguments.emplace_back();
        if (parser.parseArgument(argument) || parser.parseKeyword("as") || parser.parseString(&name) ||
            parser.parseColonType(argument.type))
          return failure();
        names.push_back(builder.getStringAttr(name));
        return success();
      }))
    return failure();
  result.addAttribute(getArgNamesAttrName(result.name), builder.getArrayAttr(names));
  int64_t threads = 0, shared = 0;
  if (parser.parseKeyword("threads") || parser.parseInteger(threads) ||
      (succeeded(parser.parseOptionalKeyword("shared")) && parser.parseInteger(shared)))
    return failure();
  result.addAttribute(getThreadsAttrName(result.name), builder.getI32IntegerAttr(threads));
  result.addAttribute(getSharedAttrName(result.name), builder.getI64IntegerAttr(shared));
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), arguments));
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getProgram());
  printer << '(';
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getArgNames()), printer, [&](auto pair) {
    auto [argument, name] = pair;
    printer << argument << " as " << name << ": " << argument.getType();
  });
  printer << ") threads " << getThreads();
  if (getShared())
    printer << " shared " << getShared();
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getProgramAttrName(), getArgNamesAttrName(), getThreadsAttrName(), getSharedAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  if (getArgNames().size() != getBody().getNumArguments())
    return emitOpError("names ") << getArgNames().size() << " of its " << getBody().getNumArguments()
                                 << " arguments"; // C1
  for (Type type : getBody().getArgumentTypes()) {
    auto array = dyn_cast<ArrayType>(type);
    if (array ? array.getSpace() != Space::Global : !type.isIntOrIndexOrFloat())
      return emitOpError("arguments are global arrays and scalars, not ") << type; // C1
  }
  if (getThreads() == 0 || getThreads() % 32 || getThreads() > 1024)
    return emitOpError("a block has a multiple of 32 threads, at most 1024, not ") << getThreads(); // C2
  if (getBody().front().empty() || !isa<ReturnOp>(getBody().front().back()))
    return emitOpError("must end with cuda.return"); // C3
  return success();
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

LogicalResult SharedOp::verify() {
  if (getType().getSpace() != Space::Shared)
    return emitOpError("makes a shared array, not ") << getType(); // C1
  return success();
}

LogicalResult LocalOp::verify() {
  if (getType().getSpace() != Space::Local)
    return emitOpError("makes a local array, not ") << getType(); // C1
  return success();
}

/// `%array[%subscript]`
static ParseResult parseElement(OpAsmParser &parser, OpAsmParser::UnresolvedOperand &array,
                                OpAsmParser::UnresolvedOperand &subscript) {
  return failure(parser.parseOperand(array) || parser.parseLSquare() || parser.parseOperand(subscript) ||
                 parser.parseRSquare());
}

/// `: array-type, subscript-type`; a subscript of type i32 goes without saying.
static ParseResult parseElementTypes(OpAsmParser &parser, ArrayType &array, Type &subscript) {
  SMLoc loc = parser.getCurrentLocation();
  Type type;
  if (parser.parseColonType(type))
    return failure();
  array = dyn_cast<ArrayType>(type);
  if (!array)
    return parser.emitError(loc, "takes an array, not ") << type;
  subscript = parser.getBuilder().getI32Type();
  return success(failed(parser.parseOptionalComma()) || succeeded(parser.parseType(subscript)));
}

static void printElementTypes(OpAsmPrinter &printer, Value array, Value subscript) {
  printer << " : " << array.getType();
  if (!subscript.getType().isInteger(32))
    printer << ", " << subscript.getType();
}

ParseResult GetOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand array, subscript, condition, otherwise;
  ArrayType arrayType;
  Type subscriptType;
  if (parseElement(parser, array, subscript))
    return failure();
  bool guarded = succeeded(parser.parseOptionalKeyword("if"));
  if (guarded && (parser.parseOperand(condition) || parser.parseKeyword("else") || parser.parseOperand(otherwise)))
    return failure();
  if (parser.parseOptionalAttrDict(result.attributes) || parseElementTypes(parser, arrayType, subscriptType) ||
      parser.resolveOperand(array, arrayType, result.operands) ||
      parser.resolveOperand(subscript, subscriptType, result.operands) ||
      (guarded && (parser.resolveOperand(condition, parser.getBuilder().getI1Type(), result.operands) ||
                   parser.resolveOperand(otherwise, arrayType.getElement(), result.operands))))
    return failure();
  result.addAttribute(getOperandSegmentSizesAttrName(result.name),
                      parser.getBuilder().getDenseI32ArrayAttr({1, 1, guarded, guarded}));
  result.addTypes(arrayType.getElement());
  return success();
}

void GetOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getArray() << '[' << getSubscript() << ']';
  if (getCondition())
    printer << " if " << getCondition() << " else " << getOtherwise();
  printer.printOptionalAttrDict((*this)->getAttrs(), {getOperandSegmentSizesAttrName()});
  printElementTypes(printer, getArray(), getSubscript());
}

LogicalResult GetOp::verify() {
  Type element = getArray().getType().getElement();
  if (getResult().getType() != element || (getOtherwise() && getOtherwise().getType() != element))
    return emitOpError("reads ") << element << " from " << getArray().getType(); // C1
  if (!getCondition() != !getOtherwise())
    return emitOpError("has a condition without its alternative, or the reverse"); // C2
  return success();
}

/// `%value, %array[%subscript] : types`
static ParseResult parseStore(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand value, array, subscript;
  ArrayType arrayType;
  Type subscriptType;
  return failure(parser.parseOperand(value) || parser.parseComma() || parseElement(parser, array, subscript) ||
                 parser.parseOptionalAttrDict(result.attributes) ||
                 parseElementTypes(parser, arrayType, subscriptType) ||
                 parser.resolveOperand(value, arrayType.getElement(), result.operands) ||
                 parser.resolveOperand(array, arrayType, result.operands) ||
                 parser.resolveOperand(subscript, subscriptType, result.operands));
}

static void printStore(OpAsmPrinter &printer, Operation *op, Value value, Value array, Value subscript) {
  printer << ' ' << value << ", " << array << '[' << subscript << ']';
  printer.printOptionalAttrDict(op->getAttrs());
  printElementTypes(printer, array, subscript);
}

ParseResult SetOp::parse(OpAsmParser &parser, OperationState &result) { return parseStore(parser, result); }
void SetOp::print(OpAsmPrinter &printer) { printStore(printer, *this, getValue(), getArray(), getSubscript()); }

LogicalResult SetOp::verify() {
  if (getValue().getType() != getArray().getType().getElement())
    return emitOpError("stores ") << getValue().getType() << " in " << getArray().getType(); // C1
  return success();
}

ParseResult AtomicAddOp::parse(OpAsmParser &parser, OperationState &result) { return parseStore(parser, result); }
void AtomicAddOp::print(OpAsmPrinter &printer) { printStore(printer, *this, getValue(), getArray(), getSubscript()); }

LogicalResult AtomicAddOp::verify() {
  Type element = getArray().getType().getElement();
  if (getValue().getType() != element || !(element.isF32() || element.isInteger(32) || element.isInteger(64)))
    return emitOpError("adds ") << getValue().getType() << " to " << getArray().getType()
                                << "; there are atomics for f32, i32 and i64"; // C1
  return success();
}

//===----------------------------------------------------------------------===//
// The threads together
//===----------------------------------------------------------------------===//

LogicalResult BarrierOp::verify() {
  for (Operation *op = (*this)->getParentOp(); op && !isa<KernelOp>(op); op = op->getParentOp())
    if (!op->hasAttr(kUniformAttr))
      return emitOpError("stands where not all threads may come: ")
             << op->getName() << " around it is not uniform"; // C1
  return success();
}

LogicalResult ShuffleXorOp::verify() {
  int64_t mask = getMask();
  if (mask < 1 || mask > 16 || (mask & (mask - 1)))
    return emitOpError("the mask is 1, 2, 4, 8 or 16, not ") << mask; // C1
  return success();
}

LogicalResult MmaOp::verify() {
  ArrayType acc = getAcc().getType();
  if (acc.getSpace() != Space::Local || !acc.getElement().isF32())
    return emitOpError("accumulates in a local array of f32, not ") << acc; // C1
  return success();
}

#define GET_OP_CLASSES
#include "dialects/Cuda/IR/CudaOps.cpp.inc"
