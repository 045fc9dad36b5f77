//===- WholeOps.cpp - Operators of ai.hadal -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each is the operation of its name (docs/onnx-domain.md). The shapes of the
// table name sizes: where two parts share a name their sizes must agree, and
// the sizes of results are made of them.
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/WholeOps.h"
#include "Emit.h"
#include "Tensors.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;
using hadal::WholeOp;

namespace {
class WholeImport {
public:
  WholeImport(NodeContext &c, const WholeOp &op) : c(c), op(op) {}

  LogicalResult run();

private:
  LogicalResult readAttributes();
  LogicalResult readOperands();
  LogicalResult bind(const WholeOp::Part &part, Tensor &tensor);
  /// The size that a name or number stands for; none if the name is not known.
  std::optional<SizeExpr> sizeOf(StringRef name);
  std::optional<SizeExpr> sizeOfSum(StringRef text);
  FailureOr<Dims> resultDims(const WholeOp::Part &part);
  DType resultType(const WholeOp::Part &part);

  NodeContext &c;
  const WholeOp &op;
  NamedAttrList attributes;
  SmallVector<Value> operands;
  StringMap<std::pair<SizeExpr, std::string>> sizes; // by name, with the part that it is known from
};
} // namespace

LogicalResult WholeImport::readAttributes() {
  MLIRContext *context = c.builder.getContext();
  for (const WholeOp::Field &field : op.fields) {
    if (!c.hasAttribute(field.name))
      continue;
    Attribute given;
    if (field.kind == "int" || field.kind == "flag")
      given = c.builder.getI64IntegerAttr(c.intAttribute(field.name, 0));
    else if (field.kind == "float")
      given = c.builder.getF32FloatAttr(c.floatAttribute(field.name, 0));
    else
      given = StringAttr::get(context, c.stringAttribute(field.name, ""));
    std::string why;
    if (failed(op.addAttribute(attributes, field.name, given, why)))
      return c.error(why);
  }
  return c.checkAttributes();
}

std::optional<SizeExpr> WholeImport::sizeOf(StringRef name) {
  int64_t number;
  if (!name.getAsInteger(10, number))
    return SizeExpr(number);
  if (op.findField(name)) {
    auto given = dyn_cast_or_null<IntegerAttr>(attributes.get(name));
    return given ? std::optional<SizeExpr>(SizeExpr(given.getInt())) : std::nullopt;
  }
  auto found = sizes.find(name);
  return found == sizes.end() ? std::nullopt : std::optional<SizeExpr>(found->second.first);
}

std::optional<SizeExpr> WholeImport::sizeOfSum(StringRef text) {
  SizeExpr sum;
  bool isAdded = true;
  while (!text.empty()) {
    size_t end = std::min(text.find_first_of("+-"), text.size());
    std::optional<SizeExpr> term = sizeOf(text.take_front(end));
    if (!term)
      return std::nullopt;
    sum = isAdded ? sum + *term : sum - *term;
    isAdded = end < text.size() && text[end] == '+';
    text = text.drop_front(std::min(end + 1, text.size()));
  }
  return sum;
}

LogicalResult WholeImport::bind(const WholeOp::Part &part, Tensor &tensor) {
  if (!part.shape)
    return success();
  if (tensor.rank() != static_cast<int64_t>(part.shape->size()))
    return c.error(part.name + " must be [" + join(*part.shape, ", ") + "], not " + c.shapeText(tensor));
  for (auto [name, dim] : zip_equal(*part.shape, tensor.dims)) {
    if (name == "_")
      continue;
    auto known = sizes.find(name);
    std::optional<SizeExpr> size = sizeOf(name);
    std::string where = known == sizes.end() ? "" : " and " + known->second.second;
    if (!size)
      sizes.try_emplace(name, dim, part.name);
    else if (failed(c.requireEqual(dim, *size, "sizes " + name + " of " + part.name + where)))
      return failure();
  }
  return success();
}

LogicalResult WholeImport::readOperands() {
  for (auto [i, part] : enumerate(op.operands)) {
    operands.push_back(Value());
    if (!c.hasInput(i)) {
      if (!part.isOptional)
        return c.error("its input " + std::to_string(i) + ", " + part.name + ", is missing");
      continue;
    }
    if (failed(bind(part, c.input(i))))
      return failure();
    operands.back() = c.value(i);
  }
  return success();
}

FailureOr<Dims> WholeImport::resultDims(const WholeOp::Part &part) {
  Dims dims;
  for (StringRef text : *part.shape) {
    std::optional<SizeExpr> size;
    for (StringRef choice : split(text, '|'))
      if ((size = sizeOfSum(choice)))
        break;
    if (!size) // of an attribute
      return c.error("attribute '" + text + "' is missing");
    dims.push_back(*size);
  }
  return dims;
}

/// That of the first operand; of indices, that of an operand that gives them.
DType WholeImport::resultType(const WholeOp::Part &part) {
  if (!part.isIndex)
    return c.input(0).type;
  for (auto [i, operand] : enumerate(op.operands))
    if (operand.name == "given" && c.hasInput(i))
      return c.input(i).type;
  return DType::I64;
}

LogicalResult WholeImport::run() {
  if (failed(readAttributes()) || failed(readOperands()))
    return failure();
  if (c.numOutputs() > op.results.size())
    return c.error("has " + std::to_string(c.numOutputs()) + " outputs, at most " + std::to_string(op.results.size()) +
                   " are known");
  SmallVector<Type> types;
  SmallVector<Tensor *> results;
  for (auto [i, part] : enumerate(op.results)) {
    if (part.isOptional && !c.wantsOutput(i))
      continue;
    FailureOr<Dims> dims = resultDims(part);
    if (failed(dims))
      return failure();
    for (SizeExpr &dim : *dims)
      if (dim.constant().value_or(0) < 0)
        return c.error("the sizes of " + part.name + " are negative");
    DType type = resultType(part);
    types.push_back(c.tensorType(type, *dims));
    results.push_back(&c.newTensor(type, *dims));
    c.setOutput(i, *results.back());
  }
  std::string why;
  FailureOr<Operation *> made = op.create(c.builder, c.loc, operands, attributes, types, why);
  if (failed(made))
    return c.error(why);
  for (auto [tensor, value] : zip_equal(results, (*made)->getResults()))
    tensor->value = value;
  return success();
}

void hadal::onnx::registerWholeOps(OpTable &table) {
  for (const WholeOp &op : hadal::wholeOps()) {
    Arity arity{static_cast<int>(op.numRequired()), static_cast<int>(op.operands.size())};
    table.onOp("ai.hadal", op.node, {1, 1}, arity, [&op](NodeContext &c) { return WholeImport(c, op).run(); });
  }
}
