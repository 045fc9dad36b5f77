//===- Syntax.cpp - Textual forms that operations share -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

ParseResult hadal::stablehlo::parseSameTypes(OpAsmParser &parser, ArrayRef<Type *> operands, Type &result) {
  SMLoc loc = parser.getCurrentLocation();
  Type type;
  if (parser.parseType(type))
    return failure();
  auto function = dyn_cast<FunctionType>(type);
  if (!function) {
    for (Type *operand : operands)
      *operand = type;
    result = type;
    return success();
  }
  if (function.getNumInputs() != operands.size() || function.getNumResults() != 1)
    return parser.emitError(loc, "expected one type, or a function of ")
           << operands.size() << " operands and one result";
  for (auto [operand, input] : llvm::zip_equal(operands, function.getInputs()))
    *operand = input;
  result = function.getResult(0);
  return success();
}

void hadal::stablehlo::printSameTypes(OpAsmPrinter &printer, ArrayRef<Type> operands, Type result) {
  if (llvm::all_equal(operands) && operands.front() == result)
    printer << result;
  else
    printer.printFunctionalType(TypeRange(operands), TypeRange(result));
}

ParseResult hadal::stablehlo::parseSelectOpType(OpAsmParser &parser, Type &pred, Type &onTrue, Type &onFalse,
                                                Type &result) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<Type> types;
  if (parser.parseTypeList(types))
    return failure();
  if (types.size() == 2) {
    pred = types[0];
    onTrue = onFalse = result = types[1];
    return success();
  }
  auto function = types.size() == 1 ? dyn_cast<FunctionType>(types[0]) : FunctionType();
  if (!function || function.getNumInputs() != 3 || function.getNumResults() != 1)
    return parser.emitError(loc, "expected two types, or a function of three operands and one result");
  pred = function.getInput(0);
  onTrue = function.getInput(1);
  onFalse = function.getInput(2);
  result = function.getResult(0);
  return success();
}

void hadal::stablehlo::printSelectOpType(OpAsmPrinter &printer, Operation *, Type pred, Type onTrue, Type onFalse,
                                         Type result) {
  if (onTrue == result && onFalse == result)
    printer << pred << ", " << result;
  else
    printer.printFunctionalType(TypeRange{pred, onTrue, onFalse}, TypeRange(result));
}

ParseResult hadal::stablehlo::parsePairwiseOpType(OpAsmParser &parser, SmallVectorImpl<Type> &operands,
                                                  SmallVectorImpl<Type> &results) {
  if (parser.parseTypeList(operands))
    return failure();
  results.assign(operands.begin(), operands.end());
  return success();
}

void hadal::stablehlo::printPairwiseOpType(OpAsmPrinter &printer, Operation *, TypeRange operands, TypeRange) {
  llvm::interleaveComma(operands, printer);
}

//===----------------------------------------------------------------------===//
// Operands and attributes
//===----------------------------------------------------------------------===//

ParseResult hadal::stablehlo::parseVariadicOperandWithAttribute(OpAsmParser &parser, Operands &operands) {
  while (true) {
    OpAsmParser::UnresolvedOperand operand;
    OptionalParseResult found = parser.parseOptionalOperand(operand);
    if (!found.has_value())
      return success();
    if (failed(*found) || parser.parseComma())
      return failure();
    operands.push_back(operand);
  }
}

void hadal::stablehlo::printVariadicOperandWithAttribute(OpAsmPrinter &printer, Operation *, OperandRange operands) {
  for (Value operand : operands)
    printer << operand << ", ";
}

ParseResult hadal::stablehlo::parseSliceRanges(OpAsmParser &parser, DenseI64ArrayAttr &starts,
                                               DenseI64ArrayAttr &limits, DenseI64ArrayAttr &strides) {
  SmallVector<int64_t> start, limit, stride;
  auto parseRange = [&]() -> ParseResult {
    stride.push_back(1);
    if (parser.parseInteger(start.emplace_back()) || parser.parseColon() || parser.parseInteger(limit.emplace_back()))
      return failure();
    return succeeded(parser.parseOptionalColon()) ? parser.parseInteger(stride.back()) : success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseRange))
    return failure();
  starts = parser.getBuilder().getDenseI64ArrayAttr(start);
  limits = parser.getBuilder().getDenseI64ArrayAttr(limit);
  strides = parser.getBuilder().getDenseI64ArrayAttr(stride);
  return success();
}

void hadal::stablehlo::printSliceRanges(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr starts,
                                        DenseI64ArrayAttr limits, DenseI64ArrayAttr strides) {
  printer << '[';
  size_t rank = std::min({starts.size(), limits.size(), strides.size()}); // of invalid ones too
  for (size_t i = 0; i < rank; ++i) {
    printer << (i ? ", " : "") << starts[i] << ':' << limits[i];
    if (strides[i] != 1)
      printer << ':' << strides[i];
  }
  printer << ']';
}

ParseResult hadal::stablehlo::parseExponentMantissa(OpAsmParser &parser, IntegerAttr &exponent, IntegerAttr &mantissa) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  StringRef digits = word;
  int32_t exponentBits, mantissaBits;
  if (!digits.consume_front("e") || digits.consumeInteger(10, exponentBits) || !digits.consume_front("m") ||
      digits.consumeInteger(10, mantissaBits) || !digits.empty())
    return parser.emitError(loc, "expected a format like e8m7, not '") << word << "'";
  exponent = parser.getBuilder().getI32IntegerAttr(exponentBits);
  mantissa = parser.getBuilder().getI32IntegerAttr(mantissaBits);
  return success();
}

void hadal::stablehlo::printExponentMantissa(OpAsmPrinter &printer, Operation *, IntegerAttr exponent,
                                             IntegerAttr mantissa) {
  printer << 'e' << exponent.getInt() << 'm' << mantissa.getInt();
}

ParseResult hadal::stablehlo::parseCustomCallTarget(OpAsmParser &parser, StringAttr &target) {
  if (succeeded(parser.parseOptionalSymbolName(target)))
    return success();
  return parser.parseAttribute(target);
}

void hadal::stablehlo::printCustomCallTarget(OpAsmPrinter &printer, Operation *, StringAttr target) {
  printer.printSymbolName(target.getValue());
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

ParseResult hadal::stablehlo::parsePrecisionConfig(OpAsmParser &parser, ArrayAttr &config) {
  SmallVector<Attribute> precisions;
  auto parsePrecision = [&]() -> ParseResult {
    StringRef word;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&word))
      return failure();
    std::optional<Precision> precision = symbolizePrecision(word);
    if (!precision)
      return parser.emitError(loc, "unknown precision '") << word << "'";
    precisions.push_back(PrecisionAttr::get(parser.getContext(), *precision));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parsePrecision))
    return failure();
  config = parser.getBuilder().getArrayAttr(precisions);
  return success();
}

void hadal::stablehlo::printPrecisionConfig(OpAsmPrinter &printer, Operation *, ArrayAttr config) {
  printer << '[';
  llvm::interleaveComma(config, printer, [&](Attribute precision) {
    if (auto known = dyn_cast<PrecisionAttr>(precision))
      printer << stringifyPrecision(known.getValue());
    else
      printer << precision;
  });
  printer << ']';
}

ParseResult hadal::stablehlo::parseDotDimensionNumbers(OpAsmParser &parser, DotDimensionNumbersAttr &dims) {
  SmallVector<int64_t> lists[4]; // batching of both, contracting of both
  auto parseList = [&](SmallVector<int64_t> &list) {
    return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                          [&] { return parser.parseInteger(list.emplace_back()); });
  };
  auto parsePair = [&](int first) {
    return failure(parser.parseEqual() || parseList(lists[first]) || parser.parseKeyword("x") ||
                   parseList(lists[first + 1]));
  };
  if (succeeded(parser.parseOptionalKeyword("batching_dims")) && (failed(parsePair(0)) || parser.parseComma()))
    return failure();
  if (parser.parseKeyword("contracting_dims") || failed(parsePair(2)))
    return failure();
  dims = DotDimensionNumbersAttr::get(parser.getContext(), lists[0], lists[1], lists[2], lists[3]);
  return success();
}

void hadal::stablehlo::printDotDimensionNumbers(OpAsmPrinter &printer, Operation *, DotDimensionNumbersAttr dims) {
  auto print = [&](ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
    printer << '[';
    llvm::interleaveComma(a, printer);
    printer << "] x [";
    llvm::interleaveComma(b, printer);
    printer << ']';
  };
  if (!dims.getLhsBatchingDimensions().empty() || !dims.getRhsBatchingDimensions().empty()) {
    printer << "batching_dims = ";
    print(dims.getLhsBatchingDimensions(), dims.getRhsBatchingDimensions());
    printer << ", ";
  }
  printer << "contracting_dims = ";
  print(dims.getLhsContractingDimensions(), dims.getRhsContractingDimensions());
}

ParseResult hadal::stablehlo::parsePrecisionConfigAndAlgorithm(OpAsmParser &parser, ArrayAttr &config,
                                                               DotAlgorithmAttr &algorithm) {
  while (succeeded(parser.parseOptionalComma())) {
    StringRef word;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&word) || parser.parseEqual())
      return failure();
    if (word == "precision" && !config) {
      if (parsePrecisionConfig(parser, config))
        return failure();
    } else if (word == "algorithm" && !algorithm) {
      if (!(algorithm = dyn_cast_or_null<DotAlgorithmAttr>(DotAlgorithmAttr::parse(parser, Type()))))
        return failure();
    } else {
      return parser.emitError(loc, "expected precision or algorithm, not '") << word << "'";
    }
  }
  return success();
}

void hadal::stablehlo::printPrecisionConfigAndAlgorithm(OpAsmPrinter &printer, Operation *op, ArrayAttr config,
                                                        DotAlgorithmAttr algorithm) {
  if (config) {
    printer << ", precision = ";
    printPrecisionConfig(printer, op, config);
  }
  if (algorithm) {
    printer << ", algorithm = ";
    algorithm.print(printer);
  }
}
