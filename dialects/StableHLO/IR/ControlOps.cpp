//===- ControlOps.cpp - Reductions and loops in text, control flow -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// reduce
//===----------------------------------------------------------------------===//

/// The region of a `reduce` that applies one operation.
static ParseResult makeReducer(OpAsmParser &parser, SMLoc loc, StringRef name, Type operand, Region &region) {
  auto tensor = dyn_cast<RankedTensorType>(operand);
  std::optional<RegisteredOperationName> known = RegisteredOperationName::lookup(name, parser.getContext());
  if (!tensor || !known)
    return parser.emitError(loc, "cannot reduce by '") << name << "'";
  OpBuilder builder(parser.getContext());
  Type scalar = RankedTensorType::get({}, tensor.getElementType());
  Location where = parser.getEncodedSourceLoc(loc);
  Block *block = builder.createBlock(&region, {}, {scalar, scalar}, {where, where});
  OperationState state(where, *known, block->getArguments(), scalar);
  Operation *op = builder.create(state);
  ReturnOp::create(builder, where, op->getResults());
  return success();
}

ParseResult ReduceOp::parse(OpAsmParser &parser, OperationState &result) {
  // (%x init: %a), (%y init: %b)
  SmallVector<OpAsmParser::UnresolvedOperand> inputs, inits;
  SMLoc operandLoc = parser.getCurrentLocation();
  do {
    if (parser.parseLParen() || parser.parseOperand(inputs.emplace_back()) || parser.parseKeyword("init") ||
        parser.parseColon() || parser.parseOperand(inits.emplace_back()) || parser.parseRParen())
      return failure();
  } while (succeeded(parser.parseOptionalComma()));
  inputs.append(inits);

  StringRef applied;
  SMLoc appliedLoc = parser.getCurrentLocation();
  bool applies = succeeded(parser.parseOptionalKeyword("applies"));
  if (applies) {
    appliedLoc = parser.getCurrentLocation();
    FailureOr<OperationName> name = parser.parseCustomOperationName();
    if (failed(name))
      return failure();
    applied = name->getStringRef();
  }
  SmallVector<int64_t> dims;
  FunctionType type;
  if (parser.parseKeyword("across") || parser.parseKeyword("dimensions") || parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] { return parser.parseInteger(dims.emplace_back()); }) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(type) ||
      parser.resolveOperands(inputs, type.getInputs(), operandLoc, result.operands))
    return failure();
  result.addTypes(type.getResults());
  result.addAttribute("dimensions", parser.getBuilder().getDenseI64ArrayAttr(dims));
  Region *region = result.addRegion();
  if (applies)
    return makeReducer(parser, appliedLoc, applied, type.getInput(0), *region);

  // reducer(%a: t, %b: t) (%c: u, %d: u) { … }: of each pair, the first stands among the first half of the arguments.
  SmallVector<OpAsmParser::Argument> left, right;
  if (parser.parseKeyword("reducer"))
    return failure();
  do {
    if (parser.parseLParen() || parser.parseArgument(left.emplace_back(), /*allowType=*/true) || parser.parseComma() ||
        parser.parseArgument(right.emplace_back(), /*allowType=*/true) || parser.parseRParen())
      return failure();
  } while (left.size() * 2 < inputs.size());
  left.append(right);
  return parser.parseRegion(*region, left);
}

void ReduceOp::print(OpAsmPrinter &printer) {
  llvm::interleaveComma(llvm::zip(getInputs(), getInitValues()), printer, [&](auto pair) {
    printer << '(' << std::get<0>(pair) << " init: " << std::get<1>(pair) << ')';
  });
  Block &block = getBody().front();
  Operation &first = block.front();
  bool applies = getInputs().size() == 1 && llvm::hasNItems(block, 2) && first.getNumOperands() == 2 &&
                 first.getNumResults() == 1 && first.getOperands() == ValueRange(block.getArguments()) &&
                 first.getAttrs().empty() && first.getResultTypes().front() == block.getArgument(0).getType() &&
                 block.back().getOperands() == ValueRange(first.getResults());
  if (applies)
    printer << " applies " << first.getName().getStringRef();
  printer << " across dimensions = [";
  llvm::interleaveComma(getDimensions(), printer);
  printer << ']';
  printer.printOptionalAttrDict((*this)->getAttrs(), {"dimensions"});
  printer << " : ";
  printer.printFunctionalType(*this);
  if (applies)
    return;
  printer.printNewline();
  printer << " reducer";
  size_t count = getInputs().size();
  for (size_t i = 0; i < count; ++i) {
    printer << '(';
    printer.printRegionArgument(block.getArgument(i));
    printer << ", ";
    printer.printRegionArgument(block.getArgument(i + count));
    printer << ") ";
  }
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// while
//===----------------------------------------------------------------------===//

ParseResult WhileOp::parse(OpAsmParser &parser, OperationState &result) {
  // (%a = %x, %b = %y) : types attributes {…} cond { … } do { … }
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<OpAsmParser::Argument> arguments;
  SMLoc loc = parser.getCurrentLocation();
  auto parsePair = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parsePair))
    return failure();
  SmallVector<Type> types;
  if (!operands.empty() && parser.parseColonTypeList(types))
    return failure();
  if (parser.resolveOperands(operands, types, loc, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addTypes(types);
  for (auto [argument, type] : llvm::zip_equal(arguments, types))
    argument.type = type;
  Region *cond = result.addRegion(), *body = result.addRegion();
  return failure(parser.parseKeyword("cond") || parser.parseRegion(*cond, arguments) || parser.parseKeyword("do") ||
                 parser.parseRegion(*body, arguments));
}

void WhileOp::print(OpAsmPrinter &printer) {
  Block &cond = getCond().front();
  printer << '(';
  llvm::interleaveComma(llvm::zip(cond.getArguments(), getOperands()), printer, [&](auto pair) {
    printer.printOperand(std::get<0>(pair));
    printer << " = " << std::get<1>(pair);
  });
  printer << ')';
  if (getNumOperands()) {
    printer << " : ";
    llvm::interleaveComma(getOperandTypes(), printer);
  }
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  // The arguments are named once, for both regions.
  printer.printNewline();
  printer << "cond ";
  printer.printRegion(getCond(), /*printEntryBlockArgs=*/false);
  printer << " do ";
  printer.shadowRegionArgs(getBody(), cond.getArguments());
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult hadal::stablehlo::verifyBranch(Operation *op, Region &region, TypeRange arguments, TypeRange results) {
  Block &block = region.front();
  auto differ = [](TypeRange a, TypeRange b) {
    return a.size() != b.size() || !llvm::all_of(llvm::zip(a, b), [](auto pair) {
             auto [x, y] = pair;
             return getElementTypeOrSelf(x) == getElementTypeOrSelf(y) && succeeded(verifyCompatibleShape(x, y));
           });
  };
  if (differ(block.getArgumentTypes(), arguments))
    return op->emitOpError("has a region whose arguments are not of the types ") << arguments;
  auto yield = block.empty() ? ReturnOp() : dyn_cast<ReturnOp>(block.back());
  if (!yield || differ(yield.getOperandTypes(), results))
    return op->emitOpError("has a region that does not return values of the types ") << results;
  return success();
}

LogicalResult IfOp::verify() {
  if (typeOf(getPred()).getRank() != 0)
    return emitOpError("branches on ") << getPred().getType() << ", which is no scalar";
  return failure(failed(verifyBranch(*this, getTrueBranch(), {}, getResultTypes())) ||
                 failed(verifyBranch(*this, getFalseBranch(), {}, getResultTypes())));
}

LogicalResult CaseOp::verify() {
  if (getBranches().empty())
    return emitOpError("has no branch");
  for (Region &branch : getBranches())
    if (failed(verifyBranch(*this, branch, {}, getResultTypes())))
      return failure();
  return success();
}

LogicalResult WhileOp::verify() {
  if (getOperandTypes() != getResultTypes())
    return emitOpError("has operands of the types ") << getOperandTypes() << " and results of " << getResultTypes();
  Type condition = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  return failure(failed(verifyBranch(*this, getCond(), getOperandTypes(), condition)) ||
                 failed(verifyBranch(*this, getBody(), getOperandTypes(), getOperandTypes())));
}

LogicalResult OptimizationBarrierOp::verify() {
  if (getOperandTypes() != getResultTypes())
    return emitOpError("has operands of the types ") << getOperandTypes() << " and results of " << getResultTypes();
  return success();
}
