//===- CudaAttrs.cpp - Layouts, homes and array types ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/IR/Cuda.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace hadal::cuda;

//===----------------------------------------------------------------------===//
// LayoutAttr
//===----------------------------------------------------------------------===//

int64_t LayoutAttr::getNumThreads() const {
  int64_t product = 1;
  for (const Digit &digit : getThreads())
    product *= digit.count;
  return product;
}

int64_t LayoutAttr::getNumRegisters() const {
  int64_t product = 1;
  for (const Digit &digit : getRegisters())
    product *= digit.count;
  return product;
}

int64_t LayoutAttr::getExtent(int64_t dim) const {
  int64_t last = 0;
  for (ArrayRef<Digit> digits : {getThreads(), getRegisters()})
    for (const Digit &digit : digits)
      if (digit.dim == dim)
        last += (digit.count - 1) * digit.step;
  return last + 1;
}

bool LayoutAttr::hasReplicas() const {
  return llvm::any_of(getThreads(), [](const Digit &digit) { return digit.dim < 0; });
}

LayoutAttr LayoutAttr::project(ArrayRef<int64_t> dims) const {
  SmallVector<Digit> threads, registers;
  for (const Digit &digit : getThreads()) {
    const auto *it = digit.dim < 0 ? dims.end() : llvm::find(dims, digit.dim);
    if (it != dims.end())
      threads.push_back({it - dims.begin(), digit.count, digit.step});
    else if (!threads.empty() && threads.back().dim < 0)
      threads.back().count *= digit.count; // neighbouring replicas are one digit
    else
      threads.push_back({-1, digit.count, 0});
  }
  for (auto [index, dim] : llvm::enumerate(dims))
    for (const Digit &digit : getRegisters())
      if (dim >= 0 && digit.dim == dim)
        registers.push_back({static_cast<int64_t>(index), digit.count, digit.step});
  return get(getContext(), threads, registers);
}

LayoutAttr LayoutAttr::slice(int64_t dim, int64_t rank) const {
  SmallVector<int64_t> dims;
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim)
      dims.push_back(i);
  return project(dims);
}

/// `[d1 x 32 by 1, _ x 4]`
static ParseResult parseDigits(AsmParser &parser, StringRef keyword, SmallVectorImpl<Digit> &digits) {
  if (parser.parseKeyword(keyword))
    return failure();
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
    Digit digit{-1, 0, 0};
    SMLoc loc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    if (name != "_" && (!name.consume_front("d") || name.getAsInteger(10, digit.dim)))
      return parser.emitError(loc, "a digit belongs to a dimension (d0, d1, ...) or to none (_)");
    if (parser.parseKeyword("x") || parser.parseInteger(digit.count))
      return failure();
    if (digit.dim >= 0 && (parser.parseKeyword("by") || parser.parseInteger(digit.step)))
      return failure();
    digits.push_back(digit);
    return success();
  });
}

static void printDigits(AsmPrinter &printer, ArrayRef<Digit> digits) {
  printer << '[';
  llvm::interleaveComma(digits, printer, [&](const Digit &digit) {
    if (digit.dim < 0)
      printer << "_ x " << digit.count;
    else
      printer << 'd' << digit.dim << " x " << digit.count << " by " << digit.step;
  });
  printer << ']';
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<Digit> threads, registers;
  if (parser.parseLess() || parseDigits(parser, "threads", threads) || parseDigits(parser, "registers", registers) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<LayoutAttr>(parser.getContext(), ArrayRef<Digit>(threads), ArrayRef<Digit>(registers));
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<threads ";
  printDigits(printer, getThreads());
  printer << " registers ";
  printDigits(printer, getRegisters());
  printer << '>';
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<Digit> threads,
                                 ArrayRef<Digit> registers) {
  for (ArrayRef<Digit> digits : {threads, registers})
    for (const Digit &digit : digits)
      if (digit.count < 1 || (digit.dim >= 0 && digit.step < 1))
        return emitError() << "a digit's count and step must be positive"; // C1
  for (auto [index, digit] : llvm::enumerate(registers))
    if (digit.dim < 0 || (index && registers[index - 1].dim > digit.dim))
      return emitError() << "digits of registers must belong to dimensions and be ordered by them"; // C1
  return success();
}

//===----------------------------------------------------------------------===//
// HomeAttr
//===----------------------------------------------------------------------===//

LogicalResult HomeAttr::verify(function_ref<InFlightDiagnostic()> emitError, Place place, LayoutAttr layout,
                               int64_t pitch) {
  if (static_cast<bool>(layout) != (place == Place::Registers))
    return emitError() << "a layout comes with registers, and only with them"; // C1
  if (pitch < 0 || (place == Place::Shared && !pitch) || (place == Place::Inline && pitch))
    return emitError() << "a pitch comes with shared memory"; // C1
  return success();
}

//===----------------------------------------------------------------------===//
// ArrayType
//===----------------------------------------------------------------------===//

Type ArrayType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  int64_t size = 0;
  Type element;
  if (parser.parseLess() || parser.parseKeyword(&keyword) || parser.parseComma())
    return {};
  std::optional<Space> space = symbolizeSpace(keyword);
  if (!space) {
    parser.emitError(loc, "an array is global, shared or local, not ") << keyword;
    return {};
  }
  OptionalParseResult hasSize = parser.parseOptionalInteger(size);
  if ((hasSize.has_value() && (failed(*hasSize) || parser.parseKeyword("x"))) || parser.parseType(element) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<ArrayType>(parser.getContext(), *space, size, element);
}

void ArrayType::print(AsmPrinter &printer) const {
  printer << '<' << stringifySpace(getSpace()) << ", ";
  if (getSize())
    printer << getSize() << " x ";
  printer << getElement() << '>';
}

LogicalResult ArrayType::verify(function_ref<InFlightDiagnostic()> emitError, Space space, int64_t size, Type element) {
  if (!element.isIntOrIndexOrFloat())
    return emitError() << "elements of an array are scalars, not " << element; // C1
  if (space == Space::Global ? size != 0 : size < 1)
    return emitError() << "a global array has no size, the others a positive one"; // C2
  return success();
}
