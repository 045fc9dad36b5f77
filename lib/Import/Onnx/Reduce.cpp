//===- Reduce.cpp - Reductions and softmax --------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

static Value combine(Element e, Reduction kind, ValueRange in) {
  bool isFloatType = isFloat(e.type), isUnsignedType = isUnsigned(e.type);
  switch (kind) {
  case Reduction::Sum:
    return isFloatType ? e.make<arith::AddFOp>(in) : e.make<arith::AddIOp>(in);
  case Reduction::Product:
    return isFloatType ? e.make<arith::MulFOp>(in) : e.make<arith::MulIOp>(in);
  case Reduction::Max:
    if (isFloatType)
      return e.make<arith::MaximumFOp>(in);
    return isUnsignedType ? e.make<arith::MaxUIOp>(in) : e.make<arith::MaxSIOp>(in);
  case Reduction::Min:
    if (isFloatType)
      return e.make<arith::MinimumFOp>(in);
    return isUnsignedType ? e.make<arith::MinUIOp>(in) : e.make<arith::MinSIOp>(in);
  }
  return Value();
}

/// What changes nothing when combined.
static TypedAttr neutral(NodeContext &c, DType type, Reduction kind) {
  Type element = c.elementType(type);
  bool isExtreme = kind == Reduction::Max || kind == Reduction::Min;
  if (!isExtreme)
    return isFloat(type) ? TypedAttr(c.builder.getFloatAttr(element, kind == Reduction::Product))
                         : c.builder.getIntegerAttr(element, kind == Reduction::Product);
  if (auto floatType = dyn_cast<FloatType>(element))
    return c.builder.getFloatAttr(element, APFloat::getInf(floatType.getFloatSemantics(), kind == Reduction::Max));
  unsigned width = element.getIntOrFloatBitWidth();
  APInt least = isUnsigned(type) ? APInt::getMinValue(width) : APInt::getSignedMinValue(width);
  APInt most = isUnsigned(type) ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  return c.builder.getIntegerAttr(element, kind == Reduction::Max ? least : most);
}

Tensor &hadal::onnx::emitReduce(NodeContext &c, Tensor &input, Reduction kind, ArrayRef<bool> reduced, bool keepDims) {
  Dims remaining, kept;
  SmallVector<int64_t> axes;
  for (auto [i, dim] : llvm::enumerate(input.dims)) {
    if (reduced[i])
      axes.push_back(i);
    else
      remaining.push_back(dim);
    kept.push_back(reduced[i] ? SizeExpr(1) : dim);
  }
  if (axes.empty())
    return input;
  if (input.type == DType::Bool) { // as numbers 0 and 1
    Tensor &numbers = emitReduce(c, emitCast(c, input, DType::I32), kind, reduced, keepDims);
    return emitCast(c, numbers, DType::Bool);
  }
  Value scalar = arith::ConstantOp::create(c.builder, c.loc, neutral(c, input.type, kind));
  Value empty = emitEmpty(c, input.type, remaining);
  Value init = linalg::FillOp::create(c.builder, c.loc, scalar, empty).getResult(0);
  if (llvm::any_of(axes, [&](int64_t axis) { return c.sizes.normalize(input.dims[axis]).isConstant(0); })) {
    Tensor &nothing = c.newTensor(input.type, std::move(remaining), init);
    return keepDims ? emitReshape(c, nothing, std::move(kept)) : nothing;
  }
  auto op = linalg::ReduceOp::create(c.builder, c.loc, c.value(input), init, axes,
                                     [&](OpBuilder &b, Location loc, ValueRange in) {
                                       Value value = combine({b, loc, input.type}, kind, in);
                                       linalg::YieldOp::create(b, loc, value);
                                     });
  Tensor &result = c.newTensor(input.type, std::move(remaining), op->getResult(0));
  return keepDims ? emitReshape(c, result, std::move(kept)) : result;
}

Tensor &hadal::onnx::emitUnary(NodeContext &c, Tensor &input, ElementBody body) {
  DType type = input.type;
  return emitElementwise(c, type, input.dims, &input,
                         [&](OpBuilder &b, Location loc, ValueRange in) { return body({b, loc, type}, in); });
}

Tensor &hadal::onnx::emitBinary(NodeContext &c, Tensor &a, Tensor &b, ArrayRef<SizeExpr> dims, ElementBody body) {
  DType type = a.type;
  return emitElementwise(c, type, dims, {&a, &b},
                         [&](OpBuilder &at, Location loc, ValueRange in) { return body({at, loc, type}, in); });
}

Tensor &hadal::onnx::emitMean(NodeContext &c, Tensor &input, ArrayRef<bool> reduced, bool keepDims) {
  SizeExpr count(1);
  for (auto [i, dim] : llvm::enumerate(input.dims))
    if (reduced[i])
      count = count * dim;
  count = c.sizes.normalize(count);
  Tensor &sum = emitReduce(c, input, Reduction::Sum, reduced, keepDims);
  Value number;
  if (!count.constant()) {
    Value index = arith::IndexCastOp::create(c.builder, c.loc, c.builder.getI64Type(), c.sizes.value(count));
    number = isFloat(input.type)
                 ? Value(arith::SIToFPOp::create(c.builder, c.loc, c.elementType(input.type), index))
                 : arith::IndexCastOp::create(c.builder, c.loc, c.elementType(input.type), c.sizes.value(count));
  }
  return emitUnary(c, sum, [&](Element e, ValueRange in) -> Value {
    Value divisor = number ? number : e.constant(*count.constant());
    return isFloat(e.type) ? e.make<arith::DivFOp>({in[0], divisor}) : e.make<arith::DivSIOp>({in[0], divisor});
  });
}

//===----------------------------------------------------------------------===//
// Reduce*
//===----------------------------------------------------------------------===//

namespace {
struct ReduceAxes {
  SmallVector<bool> reduced;
  bool keepDims;
};
} // namespace

/// Axes are an attribute before `inputSince`, an input since.
static FailureOr<ReduceAxes> readReduceAxes(NodeContext &c, int64_t inputSince) {
  Tensor &input = c.input(0);
  ReduceAxes result;
  result.keepDims = c.intAttribute("keepdims", 1) != 0;
  std::optional<SmallVector<int64_t>> axes;
  bool noopIfEmpty = false;
  if (c.version < inputSince) {
    axes = c.intsAttribute("axes");
  } else {
    noopIfEmpty = c.intAttribute("noop_with_empty_axes", 0) != 0;
    if (c.hasInput(1)) {
      FailureOr<SmallVector<int64_t>> constants = c.constants(1);
      if (failed(constants))
        return failure();
      axes = *constants;
    }
  }
  if (!axes || axes->empty()) {
    result.reduced.assign(input.rank(), !noopIfEmpty);
    return result;
  }
  result.reduced.assign(input.rank(), false);
  for (int64_t axis : *axes) {
    FailureOr<int64_t> index = c.normalizeAxis(axis, input.rank());
    if (failed(index))
      return failure();
    result.reduced[*index] = true;
  }
  return result;
}

/// Product and sum of a whole shape tensor: how models count elements.
static std::optional<SizeExpr> foldReduction(Tensor &input, Reduction kind) {
  if (!input.elements || input.rank() != 1 || (kind != Reduction::Sum && kind != Reduction::Product))
    return std::nullopt;
  SizeExpr result(kind == Reduction::Product);
  for (const SizeExpr &e : *input.elements)
    result = kind == Reduction::Product ? result * e : result + e;
  return result.isValid() ? std::optional<SizeExpr>(result) : std::nullopt;
}

static Value square(Element e, ValueRange in) {
  return isFloat(e.type) ? e.make<arith::MulFOp>({in[0], in[0]}) : e.make<arith::MulIOp>({in[0], in[0]});
}

static void onReduce(OpTable &table, StringRef op, int64_t inputSince, Reduction kind, unsigned types,
                     ElementBody before = nullptr, ElementBody after = nullptr) {
  table.onOp(op, {1}, {1, 2}, [=](NodeContext &c) -> LogicalResult {
    Tensor *input = &c.input(0);
    FailureOr<ReduceAxes> axes = readReduceAxes(c, inputSince);
    if (failed(axes) || failed(requireTypes(c, input, types)))
      return failure();
    std::optional<SizeExpr> folded = before || after ? std::nullopt : foldReduction(*input, kind);
    if (folded && axes->reduced[0]) {
      c.setOutput(0, c.newElements(input->type, axes->keepDims ? Dims{SizeExpr(1)} : Dims{}, {*folded}));
      return success();
    }
    if (before)
      input = &emitUnary(c, *input, before);
    Tensor &result = emitReduce(c, *input, kind, axes->reduced, axes->keepDims);
    c.setOutput(0, after ? emitUnary(c, result, after) : result);
    return success();
  });
}

static LogicalResult importReduceMean(NodeContext &c) {
  FailureOr<ReduceAxes> axes = readReduceAxes(c, /*inputSince=*/18);
  if (failed(axes) || failed(requireTypes(c, &c.input(0), kFloats | kInts)))
    return failure();
  c.setOutput(0, emitMean(c, c.input(0), axes->reduced, axes->keepDims));
  return success();
}

/// m + log Σ exp(x − m), m the largest; its exponentials cannot overflow.
static LogicalResult importReduceLogSumExp(NodeContext &c) {
  Tensor &x = c.input(0);
  FailureOr<ReduceAxes> axes = readReduceAxes(c, /*inputSince=*/18);
  if (failed(axes) || failed(requireTypes(c, &x, kFloats)))
    return failure();
  Tensor &largest = emitReduce(c, x, Reduction::Max, axes->reduced, /*keepDims=*/true);
  Tensor &shifted = emitBinary(c, x, largest, x.dims,
                               [](Element e, ValueRange in) { return e.make<math::ExpOp>(e.make<arith::SubFOp>(in)); });
  Tensor &sum = emitReduce(c, shifted, Reduction::Sum, axes->reduced, /*keepDims=*/true);
  Tensor &result = emitBinary(c, sum, largest, sum.dims, [](Element e, ValueRange in) {
    return e.make<arith::AddFOp>({e.make<math::LogOp>(in[0]), in[1]});
  });
  Dims dims;
  for (auto [i, dim] : llvm::enumerate(x.dims))
    if (!axes->reduced[i])
      dims.push_back(dim);
  c.setOutput(0, axes->keepDims ? result : emitReshape(c, result, std::move(dims)));
  return success();
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

Tensor &hadal::onnx::emitLogSoftmax(NodeContext &c, Tensor &x, int64_t axis) {
  SmallVector<bool> reduced(x.rank(), false);
  reduced[axis] = true;
  Tensor &largest = emitReduce(c, x, Reduction::Max, reduced, /*keepDims=*/true);
  Tensor &shifted =
      emitBinary(c, x, largest, x.dims, [](Element e, ValueRange in) { return e.make<arith::SubFOp>(in); });
  Tensor &exps = emitUnary(c, shifted, [](Element e, ValueRange in) { return e.make<math::ExpOp>(in); });
  Tensor &sum = emitReduce(c, exps, Reduction::Sum, reduced, /*keepDims=*/true);
  return emitBinary(c, shifted, sum, x.dims, [](Element e, ValueRange in) {
    return e.make<arith::SubFOp>({in[0], e.make<math::LogOp>(in[1])});
  });
}

Tensor &hadal::onnx::emitSoftmax(NodeContext &c, Tensor &x, int64_t axis) {
  Value empty = emitEmpty(c, x.type, x.dims);
  auto op = linalg::SoftmaxOp::create(c.builder, c.loc, empty.getType(), c.value(x), empty, axis);
  return c.newTensor(x.type, x.dims, op->getResult(0));
}

/// Before opset 13 the dimensions from `axis` on are one: rows of a matrix.
static LogicalResult importSoftmax(NodeContext &c, bool logarithm) {
  Tensor &given = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", c.version < 13 ? 1 : -1), given.rank());
  if (failed(axis) || failed(requireTypes(c, &given, kFloats)))
    return failure();
  Tensor *x = &given;
  if (c.version < 13 && *axis != given.rank() - 1) {
    ArrayRef<SizeExpr> dims = given.dims;
    x = &emitReshape(c, given, {product(dims.take_front(*axis)), product(dims.drop_front(*axis))});
    axis = 1;
  }
  Tensor *result;
  if (logarithm) {
    result = &emitLogSoftmax(c, *x, *axis);
  } else {
    result = &emitSoftmax(c, *x, *axis);
  }
  c.setOutput(0, emitReshape(c, *result, given.dims));
  return success();
}

void hadal::onnx::registerReduceOps(OpTable &table) {
  unsigned numbers = kFloats | kInts;
  auto abs = [](Element e, ValueRange in) {
    return isFloat(e.type) ? e.make<math::AbsFOp>(in) : e.make<math::AbsIOp>(in);
  };
  auto sqrt = [](Element e, ValueRange in) { return e.make<math::SqrtOp>(in); };
  auto log = [](Element e, ValueRange in) { return e.make<math::LogOp>(in); };
  onReduce(table, "ReduceSum", 13, Reduction::Sum, numbers);
  onReduce(table, "ReduceProd", 18, Reduction::Product, numbers);
  onReduce(table, "ReduceMax", 18, Reduction::Max, numbers | kBools);
  onReduce(table, "ReduceMin", 18, Reduction::Min, numbers | kBools);
  onReduce(table, "ReduceSumSquare", 18, Reduction::Sum, numbers, square);
  onReduce(table, "ReduceL1", 18, Reduction::Sum, numbers, abs);
  onReduce(table, "ReduceL2", 18, Reduction::Sum, kFloats, square, sqrt);
  onReduce(table, "ReduceLogSum", 18, Reduction::Sum, kFloats, nullptr, log);
  table.onOp("ReduceMean", {1}, {1, 2}, importReduceMean);
  table.onOp("ReduceLogSumExp", {1}, {1, 2}, importReduceLogSumExp);
  table.onOp("Softmax", {1}, {1, 1}, [](NodeContext &c) { return importSoftmax(c, /*logarithm=*/false); });
  table.onOp("LogSoftmax", {1}, {1, 1}, [](NodeContext &c) { return importSoftmax(c, /*logarithm=*/true); });
}
