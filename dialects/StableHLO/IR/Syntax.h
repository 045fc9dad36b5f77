//===- Syntax.h - What textual forms share -*- C++ -*----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_STABLEHLO_IR_SYNTAX_H
#define HADAL_DIALECTS_STABLEHLO_IR_SYNTAX_H

#include "dialects/StableHLO/IR/StableHLO.h"

namespace hadal::stablehlo {

/// A field of an attribute like `#stablehlo.gather<offset_dims = [1], index_vector_dim = 1>`: a list or a number.
struct Field {
  llvm::StringRef name;
  llvm::SmallVector<int64_t> *list = nullptr;
  int64_t *number = nullptr;
};

/// `<name = [1, 2], name = 3>`, each field at most once, in any order.
mlir::ParseResult parseFields(mlir::AsmParser &parser, llvm::ArrayRef<Field> fields);
/// The same; lists that are empty are left out.
void printFields(mlir::AsmPrinter &printer, llvm::ArrayRef<std::pair<llvm::StringRef, llvm::ArrayRef<int64_t>>> lists,
                 std::optional<std::pair<llvm::StringRef, int64_t>> number = std::nullopt);

// Forms that operations share (the names are those of the directives in StableHLOOps.td).

using Operands = llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand>;

/// One type for all, or a function type.
mlir::ParseResult parseSameTypes(mlir::OpAsmParser &parser, llvm::ArrayRef<mlir::Type *> operands, mlir::Type &result);
void printSameTypes(mlir::OpAsmPrinter &printer, llvm::ArrayRef<mlir::Type> operands, mlir::Type result);

inline mlir::ParseResult parseSameOperandsAndResultType(mlir::OpAsmParser &parser, mlir::Type &a, mlir::Type &result) {
  return parseSameTypes(parser, {&a}, result);
}
inline mlir::ParseResult parseSameOperandsAndResultType(mlir::OpAsmParser &parser, mlir::Type &a, mlir::Type &b,
                                                        mlir::Type &result) {
  return parseSameTypes(parser, {&a, &b}, result);
}
inline mlir::ParseResult parseSameOperandsAndResultType(mlir::OpAsmParser &parser, mlir::Type &a, mlir::Type &b,
                                                        mlir::Type &c, mlir::Type &result) {
  return parseSameTypes(parser, {&a, &b, &c}, result);
}
inline void printSameOperandsAndResultType(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::Type a,
                                           mlir::Type result) {
  printSameTypes(printer, {a}, result);
}
inline void printSameOperandsAndResultType(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::Type a, mlir::Type b,
                                           mlir::Type result) {
  printSameTypes(printer, {a, b}, result);
}
inline void printSameOperandsAndResultType(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::Type a, mlir::Type b,
                                           mlir::Type c, mlir::Type result) {
  printSameTypes(printer, {a, b, c}, result);
}

/// `pred, type`, or a function type.
mlir::ParseResult parseSelectOpType(mlir::OpAsmParser &parser, mlir::Type &pred, mlir::Type &onTrue,
                                    mlir::Type &onFalse, mlir::Type &result);
void printSelectOpType(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::Type pred, mlir::Type onTrue,
                       mlir::Type onFalse, mlir::Type result);

/// Operands, each followed by a comma.
mlir::ParseResult parseVariadicOperandWithAttribute(mlir::OpAsmParser &parser, Operands &operands);
void printVariadicOperandWithAttribute(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::OperandRange operands);

/// One type for each operand and its result.
mlir::ParseResult parsePairwiseOpType(mlir::OpAsmParser &parser, llvm::SmallVectorImpl<mlir::Type> &operands,
                                      llvm::SmallVectorImpl<mlir::Type> &results);
void printPairwiseOpType(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::TypeRange operands,
                         mlir::TypeRange results);

/// `[0:4, 0:8:2]`
mlir::ParseResult parseSliceRanges(mlir::OpAsmParser &parser, mlir::DenseI64ArrayAttr &starts,
                                   mlir::DenseI64ArrayAttr &limits, mlir::DenseI64ArrayAttr &strides);
void printSliceRanges(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::DenseI64ArrayAttr starts,
                      mlir::DenseI64ArrayAttr limits, mlir::DenseI64ArrayAttr strides);

/// `e8m7`
mlir::ParseResult parseExponentMantissa(mlir::OpAsmParser &parser, mlir::IntegerAttr &exponent,
                                        mlir::IntegerAttr &mantissa);
void printExponentMantissa(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::IntegerAttr exponent,
                           mlir::IntegerAttr mantissa);

/// `@name`, or a string
mlir::ParseResult parseCustomCallTarget(mlir::OpAsmParser &parser, mlir::StringAttr &target);
void printCustomCallTarget(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::StringAttr target);

/// `[DEFAULT, HIGH]`
mlir::ParseResult parsePrecisionConfig(mlir::OpAsmParser &parser, mlir::ArrayAttr &config);
void printPrecisionConfig(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::ArrayAttr config);

/// `batching_dims = [0] x [0], contracting_dims = [2] x [1]`
mlir::ParseResult parseDotDimensionNumbers(mlir::OpAsmParser &parser, DotDimensionNumbersAttr &dims);
void printDotDimensionNumbers(mlir::OpAsmPrinter &printer, mlir::Operation *op, DotDimensionNumbersAttr dims);

/// `, precision = […], algorithm = <…>`, either or both of them missing
mlir::ParseResult parsePrecisionConfigAndAlgorithm(mlir::OpAsmParser &parser, mlir::ArrayAttr &config,
                                                   DotAlgorithmAttr &algorithm);
void printPrecisionConfigAndAlgorithm(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::ArrayAttr config,
                                      DotAlgorithmAttr algorithm);

/// The hook of a dialect that reads some of the operations of its name: the others are refused.
inline mlir::ParseResult refuseOperation(mlir::OpAsmParser &parser, mlir::OperationState &) {
  return parser.emitError(parser.getNameLoc(), "is not supported: no operation of that name is read");
}

} // namespace hadal::stablehlo

#endif // HADAL_DIALECTS_STABLEHLO_IR_SYNTAX_H
