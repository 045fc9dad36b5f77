//===- Importer.cpp - From the nodes of a model to operations -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "Emit.h"
#include "Tensors.h"

#include "dialects/Hadal/IR/Hadal.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

Importer::Importer(const Model &model, func::FuncOp func, OpBuilder &builder)
    : model(model), func(func), builder(builder), sizes(builder, func.getLoc()) {}

LogicalResult Importer::error(const Twine &what) {
  return emitError(FileLineColLoc::get(builder.getContext(), model.path, 0, 0), what);
}

Tensor &Importer::newTensor(DType type, Dims dims, Location loc) {
  return tensors.emplace_back(Tensor{type, std::move(dims), std::nullopt, nullptr, Value(), loc});
}

/// `value` as an integer that stands for it exactly. Not −0, whose sign would be lost.
static std::optional<int64_t> wholeNumber(double value) {
  bool isWhole = std::abs(value) < 1e9 && value == std::floor(value) && !(value == 0 && std::signbit(value));
  return isWhole ? std::optional<int64_t>(value) : std::nullopt;
}

Tensor &Importer::constant(const TensorData &data) {
  Dims dims(llvm::map_range(data.dims, [](int64_t dim) { return SizeExpr(dim); }));
  Tensor &tensor = newTensor(data.type, std::move(dims), NameLoc::get(builder.getStringAttr(data.name)));
  tensor.data = &data;
  bool isInt = isInteger(data.type) || data.type == DType::Bool;
  if (isInt && elementCount(data) <= kSmallTensor)
    tensor.elements = Dims(llvm::map_range(integerElements(data), [](int64_t value) { return SizeExpr(value); }));
  if (isFloat(data.type) && elementCount(data) == 1)
    if (std::optional<int64_t> whole = wholeNumber(floatElements(data).front()))
      tensor.elements = Dims{SizeExpr(*whole)};
  return tensor;
}

Value Importer::materialize(Tensor &tensor) {
  if (!tensor.value) {
    if (tensor.data) {
      ElementsAttr attr = constantAttr(*tensor.data, builder.getContext());
      auto op = arith::ConstantOp::create(builder, tensor.loc, attr);
      if (tensor.data->external && isa<DenseResourceElementsAttr>(attr))
        op->setDiscardableAttr("hadal.external",
                               hadal::ExternalAttr::get(builder.getContext(), tensor.data->external->location,
                                                        tensor.data->external->offset, tensor.data->bytes.size()));
      tensor.value = op;
    } else {
      tensor.value = materializeElements(tensor);
    }
  }
  // What was learned about sizes since the value was made is brought into its type.
  for (SizeExpr &dim : tensor.dims)
    dim = sizes.normalize(dim);
  auto type = RankedTensorType::get(staticSizes(tensor.dims), elementType(tensor.type, builder.getContext()));
  if (tensor.value.getType() != type)
    tensor.value = tensor::CastOp::create(builder, tensor.loc, type, tensor.value);
  return tensor.value;
}

Value Importer::materializeElements(Tensor &tensor) {
  Type element = elementType(tensor.type, builder.getContext());
  auto type = RankedTensorType::get(staticSizes(tensor.dims), element);
  SmallVector<int64_t> numbers;
  for (const SizeExpr &e : *tensor.elements)
    if (std::optional<int64_t> number = sizes.normalize(e).constant())
      numbers.push_back(*number);
  if (numbers.size() == tensor.elements->size()) {
    SmallVector<Attribute> attrs;
    for (int64_t number : numbers)
      attrs.push_back(isFloat(tensor.type) ? Attribute(builder.getFloatAttr(element, number))
                                           : builder.getIntegerAttr(element, number));
    return arith::ConstantOp::create(builder, tensor.loc, DenseElementsAttr::get(type, attrs));
  }
  SmallVector<Value> scalars;
  for (const SizeExpr &e : *tensor.elements) {
    Type integer = isFloat(tensor.type) ? builder.getI64Type() : element;
    Value scalar = arith::IndexCastOp::create(builder, tensor.loc, integer, sizes.value(e));
    if (isFloat(tensor.type))
      scalar = arith::SIToFPOp::create(builder, tensor.loc, element, scalar);
    scalars.push_back(scalar);
  }
  return tensor::FromElementsOp::create(builder, tensor.loc, type, scalars);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

LogicalResult Importer::run() {
  if (failed(makeArguments()))
    return failure();
  for (const Node &node : model.graph.nodes)
    if (failed(importNode(node)))
      return failure();
  return makeResults();
}

/// The `hadal.dims` attribute for `dims`.
void Importer::define(StringRef name, Tensor &tensor) {
  values[name] = &tensor;
  scope.push_back(name.str());
}

FailureOr<Tensor *> Importer::lookup(StringRef name) {
  if (unsupported.contains(name))
    return error(unsupported[name]);
  return values.lookup(name);
}

FailureOr<SmallVector<Tensor *>> Importer::importBody(const Graph &body, ArrayRef<Tensor *> inputs) {
  size_t outer = scope.size();
  for (const TensorData &data : body.initializers)
    define(data.name, constant(data));
  for (auto [info, input] : llvm::zip(body.inputs, inputs))
    define(info.name, *input);
  for (const Node &node : body.nodes)
    if (failed(importNode(node)))
      return failure();
  SmallVector<Tensor *> outputs;
  for (const ValueInfo &info : body.outputs) {
    FailureOr<Tensor *> output = lookup(info.name);
    if (failed(output))
      return failure();
    outputs.push_back(*output);
  }
  for (; scope.size() > outer; scope.pop_back()) {
    values.erase(scope.back());
    unsupported.erase(scope.back());
  }
  return outputs;
}

static ArrayAttr dimNames(OpBuilder &builder, const Sizes &sizes, ArrayRef<SizeExpr> dims) {
  SmallVector<Attribute> names;
  for (const SizeExpr &dim : dims)
    names.push_back(builder.getStringAttr(dim.constant() ? std::string() : sizes.str(dim)));
  return builder.getArrayAttr(names);
}

LogicalResult Importer::makeArguments() {
  for (const TensorData &data : model.graph.initializers)
    define(data.name, constant(data));
  for (const ValueInfo &info : model.graph.inputs) {
    if (values.contains(info.name))
      continue; // a default value that the caller could override; we take the default
    SmallVector<int64_t> shape;
    for (const DeclaredDim &dim : *info.dims)
      shape.push_back(dim.size.value_or(ShapedType::kDynamic));
    Location loc = NameLoc::get(builder.getStringAttr(info.name));
    auto type = RankedTensorType::get(shape, elementType(info.type, builder.getContext()));
    unsigned index = func.getNumArguments();
    if (failed(func.insertArgument(index, type, DictionaryAttr(), loc)))
      return error("input '" + info.name + "' cannot become an argument");
    Dims dims;
    for (auto [i, declared] : llvm::enumerate(*info.dims)) {
      std::string name = declared.param.empty() ? info.name + "." + std::to_string(i) : declared.param;
      dims.push_back(declared.size ? SizeExpr(*declared.size) : sizes.ofArgument(name, func.getArgument(index), i));
    }
    func.setArgAttr(index, "hadal.name", builder.getStringAttr(info.name));
    func.setArgAttr(index, "hadal.dims", dimNames(builder, sizes, dims));
    if (isUnsigned(info.type))
      func.setArgAttr(index, "hadal.unsigned", builder.getUnitAttr());
    Tensor &tensor = newTensor(info.type, std::move(dims), loc);
    tensor.value = func.getArgument(index);
    define(info.name, tensor);
  }
  return success();
}

/// Loops in loops may ask for more than any memory holds.
static constexpr size_t kMostTensors = 10'000'000;

LogicalResult Importer::importNode(const Node &node) {
  if (tensors.size() > kMostTensors)
    return error("node '" + node.name + "' (" + node.op + "): the model's loops make more than " + Twine(kMostTensors) +
                 " tensors");
  SmallVector<Tensor *> inputs;
  for (const std::string &name : node.inputs) {
    FailureOr<Tensor *> input = nullptr;
    if (!name.empty())
      input = lookup(name);
    if (failed(input))
      return failure();
    inputs.push_back(*input);
  }
  NodeContext context(*this, node, inputs);
  if (failed(OpTable::get().find(node.domain, node.op, node.version)->import(context)) ||
      failed(context.checkAttributes()))
    return failure();
  if (failed(context.checkOutputs()))
    return failure();
  for (auto [i, name] : llvm::enumerate(node.outputs)) {
    if (name.empty())
      continue;
    if (context.outputs()[i]) {
      define(name, *context.outputs()[i]);
      continue;
    }
    scope.push_back(name);
    unsupported[name] = // an error if something uses it
        "node '" + node.name + "' (" + node.op + "): output " + std::to_string(i) + " is not supported";
  }
  return success();
}

LogicalResult Importer::makeResults() {
  SmallVector<Value> results;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (const ValueInfo &info : model.graph.outputs) {
    FailureOr<Tensor *> found = lookup(info.name);
    if (failed(found))
      return failure();
    Tensor &tensor = **found;
    if (info.isTensor && info.type != DType::Undefined && info.type != tensor.type)
      return error("output '" + info.name + "' is declared as " + dtypeName(info.type) + " but computed as " +
                   dtypeName(tensor.type));
    results.push_back(materialize(tensor));
    types.push_back(results.back().getType());
    NamedAttrList list;
    list.set("hadal.name", builder.getStringAttr(info.name));
    list.set("hadal.dims", dimNames(builder, sizes, tensor.dims));
    if (isUnsigned(tensor.type))
      list.set("hadal.unsigned", builder.getUnitAttr());
    attributes.push_back(list.getDictionary(builder.getContext()));
  }
  func::ReturnOp::create(builder, func.getLoc(), results);
  func.setType(builder.getFunctionType(func.getArgumentTypes(), types));
  func.setAllResultAttrs(attributes);
  if (!sizes.assumptions().empty())
    func->setAttr("hadal.assumes", builder.getStrArrayAttr(
                                       SmallVector<StringRef>(sizes.assumptions().begin(), sizes.assumptions().end())));
  return success();
}
