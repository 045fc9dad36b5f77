//===- Attributes.cpp - Attributes of StableHLO in text -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hadal::stablehlo;

ParseResult hadal::stablehlo::parseFields(AsmParser &parser, ArrayRef<Field> fields) {
  llvm::SmallBitVector seen(fields.size());
  if (parser.parseLess())
    return failure();
  if (succeeded(parser.parseOptionalGreater()))
    return success();
  auto parseField = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return failure();
    const Field *field = llvm::find_if(fields, [&](const Field &each) { return each.name == name; });
    if (field == fields.end())
      return parser.emitError(loc, "unknown field '") << name << "'";
    if (seen.test(field - fields.begin()))
      return parser.emitError(loc, "field '") << name << "' stands twice";
    seen.set(field - fields.begin());
    if (field->number)
      return parser.parseInteger(*field->number);
    return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                          [&] { return parser.parseInteger(field->list->emplace_back()); });
  };
  return failure(parser.parseCommaSeparatedList(parseField) || parser.parseGreater());
}

void hadal::stablehlo::printFields(AsmPrinter &printer, ArrayRef<std::pair<StringRef, ArrayRef<int64_t>>> lists,
                                   std::optional<std::pair<StringRef, int64_t>> number) {
  printer << '<';
  bool first = true;
  auto name = [&](StringRef text) {
    printer << (first ? "" : ", ") << text << " = ";
    first = false;
  };
  for (auto [text, list] : lists)
    if (!list.empty()) {
      name(text);
      printer << '[';
      llvm::interleaveComma(list, printer);
      printer << ']';
    }
  if (number) {
    name(number->first);
    printer << number->second;
  }
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Dimension numbers
//===----------------------------------------------------------------------===//

Attribute GatherDimensionNumbersAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> offset, collapsed, operandBatching, indicesBatching, map;
  int64_t vectorDim = 0;
  if (parseFields(parser, {{"offset_dims", &offset},
                           {"collapsed_slice_dims", &collapsed},
                           {"operand_batching_dims", &operandBatching},
                           {"start_indices_batching_dims", &indicesBatching},
                           {"start_index_map", &map},
                           {"index_vector_dim", nullptr, &vectorDim}}))
    return {};
  return get(parser.getContext(), offset, collapsed, operandBatching, indicesBatching, map, vectorDim);
}

void GatherDimensionNumbersAttr::print(AsmPrinter &printer) const {
  printFields(printer,
              {{"offset_dims", getOffsetDims()},
               {"collapsed_slice_dims", getCollapsedSliceDims()},
               {"operand_batching_dims", getOperandBatchingDims()},
               {"start_indices_batching_dims", getStartIndicesBatchingDims()},
               {"start_index_map", getStartIndexMap()}},
              std::pair("index_vector_dim", getIndexVectorDim()));
}

Attribute ScatterDimensionNumbersAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> window, inserted, inputBatching, indicesBatching, map;
  int64_t vectorDim = 0;
  if (parseFields(parser, {{"update_window_dims", &window},
                           {"inserted_window_dims", &inserted},
                           {"input_batching_dims", &inputBatching},
                           {"scatter_indices_batching_dims", &indicesBatching},
                           {"scatter_dims_to_operand_dims", &map},
                           {"index_vector_dim", nullptr, &vectorDim}}))
    return {};
  return get(parser.getContext(), window, inserted, inputBatching, indicesBatching, map, vectorDim);
}

void ScatterDimensionNumbersAttr::print(AsmPrinter &printer) const {
  printFields(printer,
              {{"update_window_dims", getUpdateWindowDims()},
               {"inserted_window_dims", getInsertedWindowDims()},
               {"input_batching_dims", getInputBatchingDims()},
               {"scatter_indices_batching_dims", getScatterIndicesBatchingDims()},
               {"scatter_dims_to_operand_dims", getScatterDimsToOperandDims()}},
              std::pair("index_vector_dim", getIndexVectorDim()));
}

Attribute DotDimensionNumbersAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> lhsBatching, rhsBatching, lhsContracting, rhsContracting;
  if (parseFields(parser, {{"lhs_batching_dimensions", &lhsBatching},
                           {"rhs_batching_dimensions", &rhsBatching},
                           {"lhs_contracting_dimensions", &lhsContracting},
                           {"rhs_contracting_dimensions", &rhsContracting}}))
    return {};
  return get(parser.getContext(), lhsBatching, rhsBatching, lhsContracting, rhsContracting);
}

void DotDimensionNumbersAttr::print(AsmPrinter &printer) const {
  printFields(printer, {{"lhs_batching_dimensions", getLhsBatchingDimensions()},
                        {"rhs_batching_dimensions", getRhsBatchingDimensions()},
                        {"lhs_contracting_dimensions", getLhsContractingDimensions()},
                        {"rhs_contracting_dimensions", getRhsContractingDimensions()}});
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

Attribute TypeExtensionsAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> bounds;
  auto parseBound = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalQuestion())) {
      bounds.push_back(ShapedType::kDynamic);
      return success();
    }
    return parser.parseInteger(bounds.emplace_back());
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseBound))
    return {};
  return get(parser.getContext(), bounds);
}

void TypeExtensionsAttr::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::interleaveComma(getBounds(), printer, [&](int64_t bound) {
    if (ShapedType::isDynamic(bound))
      printer << '?';
    else
      printer << bound;
  });
  printer << '>';
}

//===----------------------------------------------------------------------===//
// What changes no result
//===----------------------------------------------------------------------===//

/// `<name = attribute, …>`
static DictionaryAttr parseDictionary(AsmParser &parser) {
  NamedAttrList fields;
  auto parseField = [&]() -> ParseResult {
    StringRef name;
    Attribute value;
    if (parser.parseKeyword(&name) || parser.parseEqual() || parser.parseAttribute(value))
      return failure();
    fields.set(name, value);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, parseField))
    return {};
  return fields.getDictionary(parser.getContext());
}

static void printDictionary(AsmPrinter &printer, DictionaryAttr fields) {
  printer << '<';
  llvm::interleaveComma(fields, printer, [&](NamedAttribute field) {
    printer << field.getName().getValue() << " = " << field.getValue();
  });
  printer << '>';
}

#define HADAL_FIELDS_ATTRIBUTE(Name)                                                                                   \
  Attribute Name::parse(AsmParser &parser, Type) {                                                                     \
    DictionaryAttr fields = parseDictionary(parser);                                                                   \
    return fields ? get(parser.getContext(), fields) : Name();                                                         \
  }                                                                                                                    \
  void Name::print(AsmPrinter &printer) const { printDictionary(printer, getFields()); }

HADAL_FIELDS_ATTRIBUTE(DotAlgorithmAttr)
HADAL_FIELDS_ATTRIBUTE(ResultAccuracyAttr)
HADAL_FIELDS_ATTRIBUTE(OutputOperandAliasAttr)
HADAL_FIELDS_ATTRIBUTE(ChannelHandleAttr)
