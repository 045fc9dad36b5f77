//===- Emit.cpp - The forms of operations that the importer makes ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

SmallVector<int64_t> hadal::onnx::staticSizes(ArrayRef<SizeExpr> dims) {
  return SmallVector<int64_t>(
      llvm::map_range(dims, [](const SizeExpr &dim) { return dim.constant().value_or(ShapedType::kDynamic); }));
}

SizeExpr hadal::onnx::product(ArrayRef<SizeExpr> dims) {
  SizeExpr result(1);
  for (const SizeExpr &dim : dims)
    result = result * dim;
  return result;
}

//===----------------------------------------------------------------------===//
// Broadcasting
//===----------------------------------------------------------------------===//

FailureOr<Dims> hadal::onnx::broadcast(NodeContext &c, ArrayRef<Tensor *> tensors) {
  int64_t rank = 0;
  for (Tensor *tensor : tensors)
    rank = std::max(rank, tensor->rank());
  Dims dims(rank, SizeExpr(1));
  for (Tensor *tensor : tensors) {
    int64_t missing = rank - tensor->rank();
    for (auto [i, dim] : llvm::enumerate(tensor->dims)) {
      SizeExpr &result = dims[missing + i];
      SizeExpr known = c.sizes.normalize(dim);
      if (known.isConstant(1))
        continue;
      if (result.isConstant(1))
        result = known;
      else if (!c.sizes.areEqual(result, known) && c.sizes.assumeOne(known))
        continue;
      else if (!c.sizes.areEqual(result, known) && c.sizes.assumeOne(result))
        result = known;
      else if (failed(c.requireEqual(result, known, "dimensions of the operands")))
        return failure();
    }
  }
  for (SizeExpr &dim : dims)
    dim = c.sizes.normalize(dim);
  return dims;
}

/// How a tensor is read by an operation over `dims`: its own dimensions are the
/// last ones, and where it has one element for many it is read at 0.
static AffineMap operandMap(NodeContext &c, const Tensor &tensor, ArrayRef<SizeExpr> dims) {
  SmallVector<AffineExpr> exprs;
  int64_t missing = static_cast<int64_t>(dims.size()) - tensor.rank();
  for (auto [i, dim] : llvm::enumerate(tensor.dims)) {
    bool repeats = c.sizes.normalize(dim).isConstant(1) && !c.sizes.normalize(dims[missing + i]).isConstant(1);
    exprs.push_back(repeats ? c.builder.getAffineConstantExpr(0) : c.builder.getAffineDimExpr(missing + i));
  }
  return AffineMap::get(dims.size(), /*symbolCount=*/0, exprs, c.builder.getContext());
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

Value hadal::onnx::emitEmpty(NodeContext &c, DType type, ArrayRef<SizeExpr> dims) {
  return tensor::EmptyOp::create(c.builder, c.loc, c.sizes.fold(dims), c.elementType(type));
}

Value hadal::onnx::emitScalar(NodeContext &c, DType type, double value) {
  Type element = c.elementType(type);
  TypedAttr attr = isFloat(type) ? TypedAttr(c.builder.getFloatAttr(element, value))
                                 : c.builder.getIntegerAttr(element, static_cast<int64_t>(value));
  return arith::ConstantOp::create(c.builder, c.loc, attr);
}

Value hadal::onnx::emitFill(NodeContext &c, DType type, ArrayRef<SizeExpr> dims, double value) {
  Value scalar = emitScalar(c, type, value);
  return linalg::FillOp::create(c.builder, c.loc, scalar, emitEmpty(c, type, dims)).getResult(0);
}

Tensor &hadal::onnx::emitElementwise(NodeContext &c, DType type, ArrayRef<SizeExpr> dims, ArrayRef<Tensor *> inputs,
                                     ScalarBody body) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (Tensor *input : inputs) {
    if (input->rank() > static_cast<int64_t>(dims.size())) {
      (void)c.error("an operand of shape " + c.shapeText(*input) + " has more dimensions than its result");
      return c.newTensor(type, Dims(dims), emitEmpty(c, type, dims));
    }
    operands.push_back(c.value(*input));
    maps.push_back(operandMap(c, *input, dims));
  }
  maps.push_back(c.builder.getMultiDimIdentityMap(dims.size()));
  Value empty = emitEmpty(c, type, dims);
  SmallVector<utils::IteratorType> iterators(dims.size(), utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(c.builder, c.loc, empty.getType(), operands, empty, maps, iterators,
                                      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                        Value result = body(builder, loc, arguments.drop_back());
                                        linalg::YieldOp::create(builder, loc, result);
                                      });
  return c.newTensor(type, Dims(dims), op.getResult(0));
}

Tensor &hadal::onnx::emitExpand(NodeContext &c, Tensor &tensor, ArrayRef<SizeExpr> dims) {
  bool same = tensor.rank() == static_cast<int64_t>(dims.size()) &&
              llvm::all_of(llvm::zip(tensor.dims, dims),
                           [&](auto pair) { return c.sizes.areEqual(std::get<0>(pair), std::get<1>(pair)); });
  if (same)
    return tensor;
  return emitElementwise(c, tensor.type, dims, &tensor,
                         [](OpBuilder &, Location, ValueRange arguments) { return arguments[0]; });
}

Tensor &hadal::onnx::emitTranspose(NodeContext &c, Tensor &tensor, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return tensor;
  Dims dims(llvm::map_range(permutation, [&](int64_t from) { return tensor.dims[from]; }));
  if (std::optional<SmallVector<int64_t>> shape = tensor.elements ? c.staticShape(tensor.dims) : std::nullopt) {
    SmallVector<int64_t> strides = applyPermutation(computeStrides(*shape), permutation);
    SmallVector<int64_t> resultStrides = computeStrides(applyPermutation(*shape, permutation));
    Dims elements;
    for (int64_t i = 0, count = tensor.elements->size(); i < count; ++i)
      elements.push_back((*tensor.elements)[linearize(delinearize(i, resultStrides), strides)]);
    return c.newElements(tensor.type, std::move(dims), std::move(elements));
  }
  Value input = c.value(tensor);
  Value empty = emitEmpty(c, tensor.type, dims);
  auto op = linalg::TransposeOp::create(c.builder, c.loc, input, empty, permutation);
  return c.newTensor(tensor.type, std::move(dims), op->getResult(0));
}

Tensor &hadal::onnx::emitPart(NodeContext &c, Tensor &tensor, int64_t axis, const SizeExpr &offset,
                              const SizeExpr &size) {
  if (c.sizes.normalize(offset).isConstant(0) && c.sizes.areEqual(tensor.dims[axis], size))
    return tensor;
  Dims dims = tensor.dims;
  dims[axis] = c.sizes.normalize(size);
  if (dims[axis].isConstant(0)) { // the verifier of extract_slice wants offsets inside the tensor
    Value nothing = emitEmpty(c, tensor.type, dims);
    return c.newTensor(tensor.type, std::move(dims), nothing);
  }
  SmallVector<OpFoldResult> offsets(tensor.rank(), c.builder.getIndexAttr(0)),
      steps(tensor.rank(), c.builder.getIndexAttr(1));
  offsets[axis] = c.sizes.fold(offset);
  Value value = tensor::ExtractSliceOp::create(c.builder, c.loc, c.tensorType(tensor.type, dims), c.value(tensor),
                                               offsets, c.sizes.fold(dims), steps);
  return c.newTensor(tensor.type, std::move(dims), value);
}

Tensor &hadal::onnx::emitConcat(NodeContext &c, ArrayRef<Tensor *> given, int64_t axis) {
  SmallVector<Tensor *> tensors;
  for (Tensor *tensor : given)
    if (!c.sizes.normalize(tensor->dims[axis]).isConstant(0))
      tensors.push_back(tensor);
  if (tensors.size() < 2)
    return tensors.empty() ? *given.front() : *tensors.front();
  Dims dims = tensors.front()->dims;
  SmallVector<Value> values;
  SizeExpr total;
  for (Tensor *tensor : tensors) {
    values.push_back(c.value(*tensor));
    total = total + tensor->dims[axis];
  }
  dims[axis] = c.sizes.normalize(total);
  DType type = tensors.front()->type;
  Value value = tensor::ConcatOp::create(c.builder, c.loc, c.tensorType(type, dims), axis, values);
  return c.newTensor(type, std::move(dims), value);
}

Tensor &hadal::onnx::emitGather(NodeContext &c, Tensor &data, Tensor &indices, int64_t axis) {
  if (axis >= data.rank()) {
    (void)c.error("its data of shape " + c.shapeText(data) + " has no dimension " + Twine(axis));
    return data;
  }
  ArrayRef<SizeExpr> from = data.dims;
  Dims dims(from.take_front(axis));
  dims.append(indices.dims);
  dims.append(from.drop_front(axis + 1).begin(), from.end());
  Value value =
      hadal::GatherOp::create(c.builder, c.loc, c.tensorType(data.type, dims), c.value(data), c.value(indices), axis);
  return c.newTensor(data.type, std::move(dims), value);
}

Tensor &hadal::onnx::emitIota(NodeContext &c, DType type, const SizeExpr &start, const SizeExpr &size, int64_t step) {
  Type element = c.elementType(type);
  Type integer = isFloat(type) ? Type(c.builder.getI64Type()) : element;
  Value first;
  if (!start.constant())
    first = arith::IndexCastOp::create(c.builder, c.loc, integer, c.sizes.value(start));
  return emitElementwise(c, type, size, {}, [&](OpBuilder &builder, Location loc, ValueRange) {
    Value index = linalg::IndexOp::create(builder, loc, 0);
    Value value = arith::IndexCastOp::create(builder, loc, integer, index);
    if (step != 1) {
      Value factor = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(integer, step));
      value = arith::MulIOp::create(builder, loc, value, factor);
    }
    Value offset = first;
    if (start.constant() && !start.isConstant(0))
      offset = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(integer, *start.constant()));
    if (offset)
      value = arith::AddIOp::create(builder, loc, offset, value);
    return isFloat(type) ? Value(arith::SIToFPOp::create(builder, loc, element, value)) : value;
  });
}
