//===- NodeContext.cpp - What an import function sees of its node ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "Importer.h"
#include "Tensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

NodeContext::NodeContext(Importer &importer, const Node &node, ArrayRef<Tensor *> inputs)
    : importer(importer), builder(importer.builder), sizes(importer.sizes),
      loc(NameLoc::get(importer.builder.getStringAttr(node.name))), node(node), version(node.version), inputs(inputs),
      results(node.outputs.size(), nullptr) {}

LogicalResult NodeContext::error(const Twine &what) {
  if (std::exchange(hasFailed, true))
    return failure();
  return importer.error("node '" + node.name + "' (" + node.op + "): " + what);
}

void NodeContext::setOutput(size_t i, Tensor &tensor) {
  if (i < results.size())
    results[i] = &tensor;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static StringRef kindName(NodeAttribute::Kind kind) {
  switch (kind) {
  case NodeAttribute::Kind::Float:
    return "a float";
  case NodeAttribute::Kind::Int:
    return "an integer";
  case NodeAttribute::Kind::String:
    return "a string";
  case NodeAttribute::Kind::Tensor:
    return "a tensor";
  case NodeAttribute::Kind::Graph:
    return "a graph";
  case NodeAttribute::Kind::Floats:
    return "a list of floats";
  case NodeAttribute::Kind::Ints:
    return "a list of integers";
  case NodeAttribute::Kind::Strings:
    return "a list of strings";
  case NodeAttribute::Kind::Unknown:
    break;
  }
  return "of an unknown kind";
}

/// The attribute `name`, if there is one of `kind` (Unknown: of any kind).
const NodeAttribute *NodeContext::find(StringRef name, NodeAttribute::Kind kind) {
  asked.push_back(name);
  for (const NodeAttribute &attribute : node.attributes) {
    if (attribute.name != name)
      continue;
    if (attribute.kind == kind || kind == NodeAttribute::Kind::Unknown)
      return &attribute;
    (void)error("attribute '" + name + "' is " + kindName(attribute.kind) + ", not " + kindName(kind));
  }
  return nullptr;
}

bool NodeContext::hasAttribute(StringRef name) {
  return llvm::any_of(node.attributes, [&](const NodeAttribute &attribute) { return attribute.name == name; });
}

int64_t NodeContext::intAttribute(StringRef name, int64_t orElse) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::Int);
  return attribute ? attribute->i : orElse;
}

float NodeContext::floatAttribute(StringRef name, float orElse) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::Float);
  return attribute ? attribute->f : orElse;
}

std::string NodeContext::stringAttribute(StringRef name, StringRef orElse) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::String);
  return attribute ? attribute->s : orElse.str();
}

std::optional<SmallVector<int64_t>> NodeContext::intsAttribute(StringRef name) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::Ints);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints.begin(), attribute->ints.end());
}

const TensorData *NodeContext::tensorAttribute(StringRef name) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::Tensor);
  return attribute ? &attribute->tensor : nullptr;
}

const Graph *NodeContext::graphAttribute(StringRef name) {
  const NodeAttribute *attribute = find(name, NodeAttribute::Kind::Graph);
  return attribute ? attribute->graph.get() : nullptr;
}

LogicalResult NodeContext::checkAttributes() {
  for (const NodeAttribute &attribute : node.attributes)
    if (!is_contained(asked, attribute.name))
      return error("attribute '" + attribute.name + "' is not supported");
  return failure(hasFailed);
}

LogicalResult NodeContext::checkOutputs() {
  for (const Tensor *tensor : results) {
    if (!tensor)
      continue;
    for (const SizeExpr &dim : tensor->dims) {
      if (!dim.isValid())
        return error("a dimension of its result does not fit 64 bits");
      if (dim.constant().value_or(0) < 0)
        return error("a dimension of its result is negative: " + sizes.str(dim));
    }
    if (tensor->elements && llvm::any_of(*tensor->elements, [](const SizeExpr &e) { return !e.isValid(); }))
      return error("an element of its result does not fit 64 bits");
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

FailureOr<Dims> NodeContext::elements(Tensor &tensor) {
  if (tensor.elements)
    return *tensor.elements;
  std::optional<int64_t> count = product(tensor.dims).constant();
  if (!isInteger(tensor.type) || tensor.rank() > 1 || !count || *count > kSmallTensor)
    return error("its input of type " + dtypeName(tensor.type) + " and shape " + shapeText(tensor) +
                 " must be a list of at most " + std::to_string(kSmallTensor) + " integers");
  Dims result;
  for (int64_t i = 0; i < *count; ++i) {
    SmallVector<Value, 1> at(tensor.rank(), sizes.value(i));
    Value element = tensor::ExtractOp::create(builder, loc, value(tensor), at);
    Value index = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
    result.push_back(sizes.ofValue(index, /*isSize=*/false));
  }
  tensor.elements = result; // another use of the same tensor means the same numbers
  return result;
}

FailureOr<SmallVector<int64_t>> NodeContext::constants(size_t i) {
  SmallVector<int64_t> result;
  Tensor &tensor = input(i);
  bool known = tensor.elements.has_value();
  if (known) {
    for (const SizeExpr &e : *tensor.elements) {
      std::optional<int64_t> number = sizes.normalize(e).constant();
      known &= number.has_value();
      result.push_back(number.value_or(0));
    }
  }
  if (!known)
    return error("input " + std::to_string(i) + " must be a constant");
  return result;
}

std::optional<double> NodeContext::constantScalar(Tensor &tensor) {
  if (tensor.data && elementCount(*tensor.data) == 1)
    return floatElements(*tensor.data).front();
  if (tensor.elements && tensor.elements->size() == 1)
    if (std::optional<int64_t> number = sizes.normalize(tensor.elements->front()).constant())
      return static_cast<double>(*number);
  return std::nullopt;
}

FailureOr<int64_t> NodeContext::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return error("axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank));
  return axis < 0 ? axis + rank : axis;
}

Tensor &NodeContext::newTensor(DType type, Dims dims, Value value) {
  Tensor &tensor = importer.newTensor(type, std::move(dims), loc);
  tensor.value = value;
  return tensor;
}

std::optional<SmallVector<int64_t>> NodeContext::staticShape(ArrayRef<SizeExpr> dims) {
  SmallVector<int64_t> shape;
  for (const SizeExpr &dim : dims) {
    std::optional<int64_t> size = sizes.normalize(dim).constant();
    if (!size)
      return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

Tensor &NodeContext::newElements(DType type, Dims dims, Dims elements) {
  Tensor &tensor = importer.newTensor(type, std::move(dims), loc);
  tensor.elements = std::move(elements);
  return tensor;
}

Type NodeContext::elementType(DType type) const { return onnx::elementType(type, builder.getContext()); }

RankedTensorType NodeContext::tensorType(DType type, ArrayRef<SizeExpr> dims) {
  Dims known(llvm::map_range(dims, [&](const SizeExpr &dim) { return sizes.normalize(dim); }));
  return RankedTensorType::get(staticSizes(known), elementType(type));
}

LogicalResult NodeContext::requireEqual(const SizeExpr &a, const SizeExpr &b, const Twine &what) {
  bool assumed = false;
  // Sums over what a model computes may be long.
  auto shorten = [](std::string text) { return text.size() > 80 ? text.substr(0, 77) + "..." : text; };
  std::string left = shorten(sizes.str(a)), right = shorten(sizes.str(b));
  if (!sizes.assumeEqual(a, b, assumed))
    return error(what + " differ: " + left + " and " + right);
  if (assumed)
    emitWarning(FileLineColLoc::get(builder.getContext(), importer.model.path, 0, 0))
        << "node '" << node.name << "' (" << node.op << "): " << what.str() << " are assumed to be equal: " << left
        << " and " << right;
  return success();
}

LogicalResult NodeContext::requireType(Tensor &tensor, DType type, const Twine &what) {
  if (tensor.type == type)
    return success();
  return error(what + " has element type " + dtypeName(tensor.type) + ", not " + dtypeName(type));
}

std::string NodeContext::shapeText(const Tensor &tensor) const {
  std::string text = "[";
  for (const SizeExpr &dim : tensor.dims)
    text += (text.size() > 1 ? ", " : "") + sizes.str(dim);
  return text + "]";
}
