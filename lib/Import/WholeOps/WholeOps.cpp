//===- WholeOps.cpp - Operations that a model may state by name -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/WholeOps.h"
#include "Table.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static WholeOp::Part readPart(StringRef text) {
  WholeOp::Part part;
  part.isIndex = text.consume_back(":index");
  part.isOptional = text.consume_back("?");
  if (text.consume_back("]")) {
    auto [name, shape] = text.split('[');
    SmallVector<StringRef> sizes;
    shape.split(sizes, ',');
    part.shape.emplace(sizes.begin(), sizes.end());
    text = name;
  }
  part.name = text.str();
  return part;
}

static WholeOp::Field readField(StringRef text) {
  bool isRequired = text.consume_back("!");
  auto [name, kind] = text.split(':');
  return {name.str(), kind.str(), isRequired};
}

static std::vector<WholeOp> readTable() {
  std::vector<WholeOp> ops;
  for (const WholeOpRow &row : wholeOpRows()) {
    WholeOp &op = ops.emplace_back();
    op.name = ("hadal." + row.name).str();
    op.node = row.node.str();
    for (StringRef text : split(row.operands, ' '))
      op.operands.push_back(readPart(text));
    for (StringRef text : split(row.results, ' '))
      op.results.push_back(readPart(text));
    for (StringRef text : split(row.fields, ' '))
      op.fields.push_back(readField(text));
  }
  return ops;
}

ArrayRef<WholeOp> hadal::wholeOps() {
  static const std::vector<WholeOp> ops = readTable();
  return ops;
}

const WholeOp *hadal::findWholeOp(StringRef name) {
  auto *found = find_if(wholeOps(), [&](const WholeOp &op) { return op.name == name; });
  return found == wholeOps().end() ? nullptr : found;
}

size_t WholeOp::numRequired() const {
  return count_if(operands, [](const Part &part) { return !part.isOptional; });
}

const WholeOp::Field *WholeOp::findField(StringRef name) const {
  auto found = find_if(fields, [&](const Field &field) { return field.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// The case of an enumeration; null, and all cases in `choices`, if there is none of the name.
template <typename Attr, typename Enum>
static Attribute makeCase(MLIRContext *context, StringRef name, uint64_t last, std::string &choices) {
  if (std::optional<Enum> value = symbolizeEnum<Enum>(name))
    return Attr::get(context, *value);
  for (uint64_t i = 0; i <= last; ++i)
    choices += (i ? ", " : "") + stringifyEnum(static_cast<Enum>(i)).str();
  return {};
}

static Attribute makeCase(MLIRContext *context, StringRef kind, StringRef name, std::string &choices) {
  if (kind == "activation")
    return makeCase<ActivationAttr, Activation>(context, name, getMaxEnumValForActivation(), choices);
  if (kind == "compression")
    return makeCase<CompressionAttr, Compression>(context, name, getMaxEnumValForCompression(), choices);
  if (kind == "gate_order")
    return makeCase<GateOrderAttr, GateOrder>(context, name, getMaxEnumValForGateOrder(), choices);
  if (kind == "group_score")
    return makeCase<GroupScoreAttr, GroupScore>(context, name, getMaxEnumValForGroupScore(), choices);
  if (kind == "latent_form")
    return makeCase<LatentFormAttr, LatentForm>(context, name, getMaxEnumValForLatentForm(), choices);
  if (kind == "rope_layout")
    return makeCase<RopeLayoutAttr, RopeLayout>(context, name, getMaxEnumValForRopeLayout(), choices);
  if (kind == "route_rank")
    return makeCase<RouteRankAttr, RouteRank>(context, name, getMaxEnumValForRouteRank(), choices);
  if (kind == "score")
    return makeCase<ScoreFunctionAttr, ScoreFunction>(context, name, getMaxEnumValForScoreFunction(), choices);
  llvm_unreachable("a kind of the table");
}

/// A number or a boolean; a tensor of one element, as JAX writes numbers of numpy, is that element.
static Attribute scalarOf(Attribute given) {
  auto elements = dyn_cast<DenseElementsAttr>(given);
  return elements && elements.getNumElements() == 1 ? *elements.value_begin<Attribute>() : given;
}

LogicalResult WholeOp::addAttribute(NamedAttrList &attributes, StringRef name, Attribute given,
                                    std::string &why) const {
  const Field *field = findField(name);
  auto fail = [&](const Twine &what) {
    why = ("attribute '" + name + "' " + what).str();
    return failure();
  };
  if (!field)
    return fail("is not supported");
  MLIRContext *context = given.getContext();
  given = scalarOf(given);
  auto integer = dyn_cast<IntegerAttr>(given);
  if (field->kind == "flag") {
    bool isSet = isa<UnitAttr>(given) || (integer && !integer.getValue().isZero());
    if (!isa<UnitAttr>(given) && !integer)
      return fail("must be true or false");
    if (isSet)
      attributes.set(name, UnitAttr::get(context));
    return success();
  }
  if (field->kind == "int") {
    if (!integer || isa<BoolAttr>(given) || integer.getValue().getSignificantBits() > 64)
      return fail("must be an integer");
    attributes.set(name, IntegerAttr::get(IntegerType::get(context, 64), integer.getValue().getSExtValue()));
    return success();
  }
  if (field->kind == "float") {
    auto number = dyn_cast<FloatAttr>(given);
    if (!number && (!integer || isa<BoolAttr>(given)))
      return fail("must be a number");
    double value = number ? number.getValueAsDouble() : integer.getValue().roundToDouble(/*isSigned=*/true);
    attributes.set(name, FloatAttr::get(Float32Type::get(context), value));
    return success();
  }
  auto text = dyn_cast<StringAttr>(given);
  std::string choices;
  Attribute value = text ? makeCase(context, field->kind, text.getValue(), choices) : Attribute();
  if (!text)
    return fail("must be a string");
  if (!value)
    return fail("is '" + text.getValue() + "'; known are: " + choices);
  attributes.set(name, value);
  return success();
}

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

FailureOr<Operation *> WholeOp::create(OpBuilder &builder, Location loc, ArrayRef<Value> given,
                                       const NamedAttrList &attributes, TypeRange results, std::string &why) const {
  for (const Field &field : fields) {
    if (field.isRequired && !attributes.get(field.name)) {
      why = "attribute '" + field.name + "' is missing";
      return failure();
    }
  }
  if (results.empty() || results.size() > this->results.size()) {
    why = "has " + std::to_string(results.size()) + " results, not 1 to " + std::to_string(this->results.size());
    return failure();
  }
  SmallVector<Value> present;
  SmallVector<int32_t> segments;
  for (auto [part, operand] : zip_equal(operands, given)) {
    if (!operand && !part.isOptional) {
      why = "operand '" + part.name + "' is missing";
      return failure();
    }
    segments.push_back(operand ? 1 : 0);
    if (operand)
      present.push_back(operand);
  }
  NamedAttrList all(attributes);
  all.set("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
  OperationState state(loc, name, present, results, all);
  Operation *op = builder.create(state);

  // Its verifier says what is wrong; the caller says where.
  ScopedDiagnosticHandler handler(builder.getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && why.empty()) {
      std::string text = diagnostic.str();
      StringRef told(text);
      if (told.consume_front("'" + name + "' op "))
        text = told.str();
      why = text;
    }
    return success();
  });
  if (succeeded(verify(op)))
    return op;
  op->erase();
  return failure();
}
