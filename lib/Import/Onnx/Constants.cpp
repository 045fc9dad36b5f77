//===- Constants.cpp - Constant, ConstantOfShape, Range, Identity ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "Tensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

template <typename T> static TensorData makeData(StringRef name, DType type, ArrayRef<T> values, bool isList) {
  auto copy = std::make_shared<std::vector<T>>(values.begin(), values.end());
  TensorData data;
  data.name = name.str();
  data.type = type;
  if (isList)
    data.dims.push_back(values.size());
  data.bytes = ArrayRef<char>(reinterpret_cast<const char *>(copy->data()), copy->size() * sizeof(T));
  data.storage = std::move(copy);
  return data;
}

static LogicalResult importConstant(NodeContext &c) {
  if (c.node.attributes.size() != 1)
    return c.error("needs exactly one attribute");
  const NodeAttribute &attribute = c.node.attributes.front();
  StringRef name = c.node.outputs.front();
  c.ignoreAttribute(attribute.name);
  if (attribute.name == "value" && attribute.kind == NodeAttribute::Kind::Tensor) {
    TensorData data = attribute.tensor;
    data.name = name.str();
    c.setOutput(0, c.importer.ownConstant(std::move(data)));
  } else if (attribute.name == "value_float" && attribute.kind == NodeAttribute::Kind::Float) {
    c.setOutput(0, c.importer.ownConstant(makeData<float>(name, DType::F32, attribute.f, false)));
  } else if (attribute.name == "value_int" && attribute.kind == NodeAttribute::Kind::Int) {
    c.setOutput(0, c.importer.ownConstant(makeData<int64_t>(name, DType::I64, attribute.i, false)));
  } else if (attribute.name == "value_floats" && attribute.kind == NodeAttribute::Kind::Floats) {
    c.setOutput(0, c.importer.ownConstant(makeData<float>(name, DType::F32, attribute.floats, true)));
  } else if (attribute.name == "value_ints" && attribute.kind == NodeAttribute::Kind::Ints) {
    c.setOutput(0, c.importer.ownConstant(makeData<int64_t>(name, DType::I64, attribute.ints, true)));
  } else {
    return c.error("attribute '" + attribute.name + "' is not supported");
  }
  return success();
}

static LogicalResult importConstantOfShape(NodeContext &c) {
  const TensorData *data = c.tensorAttribute("value");
  if (data && elementCount(*data) != 1)
    return c.error("its value must have one element");
  DType type = data ? data->type : DType::F32;
  FailureOr<Dims> dims = c.elements(c.input(0));
  if (failed(dims))
    return failure();
  for (const SizeExpr &dim : *dims)
    if (std::optional<int64_t> number = dim.constant(); number && *number < 0)
      return c.error("dimension " + std::to_string(*number) + " is negative");
  std::optional<int64_t> count = product(*dims).constant();
  if ((isInteger(type) || type == DType::Bool) && count && *count <= kSmallTensor) {
    int64_t value = data ? integerElements(*data).front() : 0;
    c.setOutput(0, c.newElements(type, *dims, Dims(*count, SizeExpr(value))));
    return success();
  }
  if (isInteger(type)) {
    // Not through double, which cannot hold every integer.
    Type element = c.elementType(type);
    Value scalar =
        arith::ConstantOp::create(c.builder, c.loc, c.builder.getIntegerAttr(element, integerElements(*data).front()));
    Value filled = linalg::FillOp::create(c.builder, c.loc, scalar, emitEmpty(c, type, *dims)).getResult(0);
    c.setOutput(0, c.newTensor(type, *dims, filled));
    return success();
  }
  double value = data ? floatElements(*data).front() : 0.0;
  c.setOutput(0, c.newTensor(type, *dims, emitFill(c, type, *dims, value)));
  return success();
}

/// Range of any floats: bounds must be constants, so that the size is known.
static LogicalResult importFloatRange(NodeContext &c) {
  std::optional<double> start = c.constantScalar(c.input(0)), limit = c.constantScalar(c.input(1)),
                        delta = c.constantScalar(c.input(2));
  if (!start || !limit || !delta || *delta == 0.0)
    return c.error("of floats needs constant bounds and a step other than 0");
  int64_t size = std::max<int64_t>(0, std::ceil((*limit - *start) / *delta));
  DType type = c.input(0).type;
  Type element = c.elementType(type);
  c.setOutput(0, emitElementwise(c, type, SizeExpr(size), {}, [&](OpBuilder &b, Location loc, ValueRange) -> Value {
                Value index = arith::IndexCastOp::create(b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, 0));
                Value i = arith::SIToFPOp::create(b, loc, element, index);
                Value step = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, *delta));
                Value first = arith::ConstantOp::create(b, loc, b.getFloatAttr(element, *start));
                return arith::AddFOp::create(b, loc, first, arith::MulFOp::create(b, loc, i, step));
              }));
  return success();
}

static LogicalResult importRange(NodeContext &c) {
  c.ignoreAttribute("stash_type"); // of 16-bit floats
  DType type = c.input(0).type;
  if (failed(c.requireType(c.input(1), type, "the limit")) || failed(c.requireType(c.input(2), type, "the step")))
    return failure();
  bool isWhole = llvm::all_of(ArrayRef<size_t>{0, 1, 2}, [&](size_t i) { return c.input(i).elements.has_value(); });
  if (type == DType::F16 || type == DType::BF16)
    return c.error("of " + dtypeName(type) + " is not supported");
  if (isFloat(type) && !isWhole)
    return importFloatRange(c);
  FailureOr<Dims> start = c.elements(c.input(0)), limit = c.elements(c.input(1)), delta = c.elements(c.input(2));
  if (failed(start) || failed(limit) || failed(delta))
    return failure();
  if (start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return c.error("its bounds and step must be scalars");
  std::optional<int64_t> step = c.sizes.normalize(delta->front()).constant();
  if (!step || *step == 0)
    return c.error("its step must be a constant other than 0");
  SizeExpr first = c.sizes.normalize(start->front());
  SizeExpr distance = *step > 0 ? limit->front() - first : first - limit->front();
  int64_t stride = std::abs(*step);
  if (!c.sizes.assumeNonNegative(distance))
    distance = c.sizes.max(distance, SizeExpr(0));
  SizeExpr size = stride == 1 ? distance : c.sizes.floorDiv(distance + SizeExpr(stride - 1), stride);
  if (!size.isValid())
    return c.error("its size is not a 64-bit number");
  std::optional<int64_t> count = size.constant();
  if (count && *count <= kSmallTensor) {
    Dims elements;
    for (int64_t i = 0; i < *count; ++i)
      elements.push_back(first + SizeExpr(i * *step));
    c.setOutput(0, c.newElements(type, {size}, std::move(elements)));
    return success();
  }
  c.setOutput(0, emitIota(c, type, first, size, *step));
  return success();
}

static LogicalResult importIdentity(NodeContext &c) {
  c.setOutput(0, c.input(0));
  return success();
}

/// At inference the output is the input, and nothing is masked.
static LogicalResult importDropout(NodeContext &c) {
  c.ignoreAttribute("ratio");
  c.ignoreAttribute("seed");
  if (c.hasInput(2)) {
    FailureOr<SmallVector<int64_t>> training = c.constants(2);
    if (failed(training))
      return failure();
    if (training->front() != 0)
      return c.error("in training mode is not supported");
  }
  if (c.wantsOutput(1)) {
    Tensor &x = c.input(0);
    DType type = c.version < 10 ? x.type : DType::Bool;
    c.setOutput(1, c.newTensor(type, x.dims, emitFill(c, type, x.dims, 1)));
  }
  return importIdentity(c);
}

void hadal::onnx::registerConstantOps(OpTable &table) {
  table.onOp("Constant", {1}, {0, 0}, importConstant);
  table.onOp("ConstantOfShape", {9}, {1, 1}, importConstantOfShape);
  table.onOp("Range", {11}, {3, 3}, importRange);
  table.onOp("Identity", {1}, {1, 1}, importIdentity);
  table.onOp("Dropout", {7}, {1, 3}, importDropout);
}
