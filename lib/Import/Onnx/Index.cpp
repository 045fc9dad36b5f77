//===- Index.cpp - Gather, scatter, top-k, cumulative sum -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Index.h"

#include "Emit.h"
#include "Tensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

Tensor &hadal::onnx::emitGatherElements(NodeContext &c, Tensor &data, Tensor &indices, int64_t axis) {
  Value value = hadal::GatherElementsOp::create(c.builder, c.loc, c.tensorType(data.type, indices.dims), c.value(data),
                                                c.value(indices), axis);
  return c.newTensor(data.type, indices.dims, value);
}

Tensor &hadal::onnx::emitScatterElements(NodeContext &c, Tensor &data, Tensor &indices, Tensor &updates, int64_t axis,
                                         hadal::ScatterReduction reduction) {
  Value value = hadal::ScatterElementsOp::create(c.builder, c.loc, c.tensorType(data.type, data.dims), c.value(data),
                                                 c.value(indices), c.value(updates), axis, reduction);
  return c.newTensor(data.type, data.dims, value);
}

std::pair<Tensor *, Tensor *> hadal::onnx::emitTopK(NodeContext &c, Tensor &x, const SizeExpr &k, bool largest) {
  Dims dims = x.dims;
  dims.back() = k;
  auto op =
      hadal::TopKOp::create(c.builder, c.loc, TypeRange{c.tensorType(x.type, dims), c.tensorType(DType::I64, dims)},
                            c.value(x), c.sizes.value(k), largest);
  return {&c.newTensor(x.type, dims, op.getValues()), &c.newTensor(DType::I64, dims, op.getIndices())};
}

/// The first of the extremes along `axis`, or the last, kept as a dimension of 1.
Tensor &hadal::onnx::emitArgExtreme(NodeContext &c, Tensor &input, int64_t axis, bool largest, bool last) {
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(0, input.rank()));
  std::swap(permutation[axis], permutation.back());
  Tensor *x = &emitTranspose(c, input, permutation);
  SizeExpr size = x->dims.back();
  // Equal elements rank by lowest index: the last is the first from behind.
  if (last)
    x = &emitGather(c, *x, emitIota(c, DType::I64, size - SizeExpr(1), size, -1), x->rank() - 1);
  Tensor *indices = emitTopK(c, *x, 1, largest).second;
  if (last) {
    Value end = c.sizes.value(size - SizeExpr(1));
    indices = &emitElementwise(c, DType::I64, indices->dims, indices, [&](OpBuilder &b, Location loc, ValueRange in) {
      Value most = arith::IndexCastOp::create(b, loc, b.getI64Type(), end);
      return arith::SubIOp::create(b, loc, most, in[0]);
    });
  }
  return emitTranspose(c, *indices, permutation);
}

static LogicalResult requireIndices(NodeContext &c, Tensor &indices) {
  if (indices.type == DType::I64 || indices.type == DType::I32)
    return success();
  return c.error("indices have element type " + dtypeName(indices.type) + ", not int32 or int64");
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// Elements of a shape tensor of rank 1, at constant places.
static FailureOr<Tensor *> gatherElements(NodeContext &c, Tensor &data, Tensor &indices) {
  Dims elements;
  int64_t size = data.elements->size();
  for (const SizeExpr &e : *indices.elements) {
    std::optional<int64_t> index = c.sizes.normalize(e).constant();
    if (!index)
      return nullptr;
    if (*index < -size || *index >= size)
      return c.error("index " + std::to_string(*index) + " is outside a dimension of size " + std::to_string(size));
    elements.push_back((*data.elements)[*index < 0 ? *index + size : *index]);
  }
  return &c.newElements(data.type, indices.dims, std::move(elements));
}

static LogicalResult importGather(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", 0), data.rank());
  if (failed(axis) || failed(requireIndices(c, indices)))
    return failure();
  if (data.elements && indices.elements && data.rank() == 1) {
    FailureOr<Tensor *> elements = gatherElements(c, data, indices);
    if (failed(elements))
      return failure();
    if (*elements) {
      c.setOutput(0, **elements);
      return success();
    }
  }
  c.setOutput(0, emitGather(c, data, indices, *axis));
  return success();
}

/// The size of the index tuples, the last dimension of `indices`.
static FailureOr<int64_t> tupleSize(NodeContext &c, Tensor &indices) {
  std::optional<int64_t> size;
  if (indices.rank() > 0)
    size = c.sizes.normalize(indices.dims.back()).constant();
  if (!size)
    return c.error("the last dimension of its indices must be static: " + c.shapeText(indices));
  return *size;
}

static LogicalResult importGatherND(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1);
  int64_t batchDims = c.intAttribute("batch_dims", 0);
  FailureOr<int64_t> tuple = tupleSize(c, indices);
  if (failed(tuple) || failed(requireIndices(c, indices)))
    return failure();
  if (batchDims < 0 || batchDims >= indices.rank() || *tuple > data.rank() - batchDims)
    return c.error("tuples of " + std::to_string(*tuple) + " indices behind " + std::to_string(batchDims) +
                   " batch dimensions do not fit " + c.shapeText(data));
  for (int64_t d = 0; d < batchDims; ++d)
    if (failed(c.requireEqual(data.dims[d], indices.dims[d], "batch dimensions")))
      return failure();
  Dims dims(ArrayRef<SizeExpr>(indices.dims).drop_back());
  ArrayRef<SizeExpr> rest = ArrayRef<SizeExpr>(data.dims).drop_front(batchDims + *tuple);
  dims.append(rest.begin(), rest.end());
  Value value = hadal::GatherNDOp::create(c.builder, c.loc, c.tensorType(data.type, dims), c.value(data),
                                          c.value(indices), batchDims);
  c.setOutput(0, c.newTensor(data.type, std::move(dims), value));
  return success();
}

static LogicalResult importGatherElements(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", 0), data.rank());
  if (failed(axis) || failed(requireIndices(c, indices)))
    return failure();
  if (indices.rank() != data.rank())
    return c.error("data and indices have different ranks: " + c.shapeText(data) + " and " + c.shapeText(indices));
  c.setOutput(0, emitGatherElements(c, data, indices, *axis));
  return success();
}

//===----------------------------------------------------------------------===//
// Scatter
//===----------------------------------------------------------------------===//

static FailureOr<hadal::ScatterReduction> readReduction(NodeContext &c) {
  std::string name = c.stringAttribute("reduction", "none");
  std::optional<hadal::ScatterReduction> reduction = hadal::symbolizeScatterReduction(name);
  if (!reduction)
    return c.error("reduction '" + name + "' is unknown");
  return *reduction;
}

static LogicalResult importScatterElements(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1), &updates = c.input(2);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", 0), data.rank());
  FailureOr<hadal::ScatterReduction> reduction = readReduction(c);
  if (failed(axis) || failed(reduction) || failed(requireIndices(c, indices)) ||
      failed(c.requireType(updates, data.type, "its updates")))
    return failure();
  if (indices.rank() != data.rank() || updates.rank() != data.rank())
    return c.error("data, indices and updates have different ranks");
  for (auto [a, b] : llvm::zip(indices.dims, updates.dims))
    if (failed(c.requireEqual(a, b, "dimensions of indices and updates")))
      return failure();
  c.setOutput(0, emitScatterElements(c, data, indices, updates, *axis, *reduction));
  return success();
}

static LogicalResult importScatterND(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1), &updates = c.input(2);
  FailureOr<hadal::ScatterReduction> reduction = readReduction(c);
  FailureOr<int64_t> tuple = tupleSize(c, indices);
  if (failed(reduction) || failed(tuple) || failed(requireIndices(c, indices)) ||
      failed(c.requireType(updates, data.type, "its updates")))
    return failure();
  if (*tuple > data.rank())
    return c.error("tuples of " + std::to_string(*tuple) + " indices do not fit " + c.shapeText(data));
  Dims expected(ArrayRef<SizeExpr>(indices.dims).drop_back());
  ArrayRef<SizeExpr> rest = ArrayRef<SizeExpr>(data.dims).drop_front(*tuple);
  expected.append(rest.begin(), rest.end());
  if (updates.dims.size() != expected.size())
    return c.error("updates have rank " + std::to_string(updates.rank()) + ", not " + std::to_string(expected.size()));
  for (auto [a, b] : llvm::zip(updates.dims, expected))
    if (failed(c.requireEqual(a, b, "dimensions of the updates and what they replace")))
      return failure();
  Value value = hadal::ScatterNDOp::create(c.builder, c.loc, c.tensorType(data.type, data.dims), c.value(data),
                                           c.value(indices), c.value(updates), *reduction);
  c.setOutput(0, c.newTensor(data.type, data.dims, value));
  return success();
}

//===----------------------------------------------------------------------===//
// TopK, CumSum
//===----------------------------------------------------------------------===//

static LogicalResult importTopK(NodeContext &c) {
  Tensor &input = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", -1), input.rank());
  bool largest = c.intAttribute("largest", 1) != 0;
  c.ignoreAttribute("sorted"); // ours always is
  FailureOr<Dims> k = c.elements(c.input(1));
  if (failed(axis) || failed(k))
    return failure();
  if (k->size() != 1)
    return c.error("k must have one element");
  SizeExpr count = c.sizes.normalize(k->front());
  if (c.sizes.isNonNegative(SizeExpr(-1) - count) || c.sizes.isNonNegative(count - input.dims[*axis] - SizeExpr(1)))
    return c.error("k = " + c.sizes.str(count) + " is outside a dimension of size " + c.sizes.str(input.dims[*axis]));
  // The operation works on the last dimension.
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(0, input.rank()));
  std::swap(permutation[*axis], permutation.back());
  Tensor &x = emitTranspose(c, input, permutation);
  auto [values, indices] = emitTopK(c, x, count, largest);
  c.setOutput(0, emitTranspose(c, *values, permutation));
  c.setOutput(1, emitTranspose(c, *indices, permutation));
  return success();
}

/// The index of the first largest (or smallest) element: top-k with k = 1.
static LogicalResult importArgExtreme(NodeContext &c, bool largest) {
  Tensor &input = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", 0), input.rank());
  bool keepDims = c.intAttribute("keepdims", 1) != 0;
  bool last = c.intAttribute("select_last_index", 0) != 0;
  if (failed(axis))
    return failure();
  Tensor &kept = emitArgExtreme(c, input, *axis, largest, last);
  Dims without = kept.dims;
  without.erase(without.begin() + *axis);
  c.setOutput(0, keepDims ? kept : emitReshape(c, kept, std::move(without)));
  return success();
}

static LogicalResult importCumSum(NodeContext &c) {
  Tensor &input = c.input(0);
  bool exclusive = c.intAttribute("exclusive", 0) != 0, reverse = c.intAttribute("reverse", 0) != 0;
  FailureOr<SmallVector<int64_t>> given = c.constants(1);
  if (failed(given))
    return failure();
  if (given->size() != 1)
    return c.error("its axis must be one number");
  FailureOr<int64_t> axis = c.normalizeAxis(given->front(), input.rank());
  if (failed(axis))
    return failure();
  Value value = hadal::CumSumOp::create(c.builder, c.loc, c.tensorType(input.type, input.dims), c.value(input), *axis,
                                        exclusive, reverse);
  c.setOutput(0, c.newTensor(input.type, input.dims, value));
  return success();
}

/// How many there are is a number that the model computes.
static LogicalResult importNonZero(NodeContext &c) {
  Tensor &input = c.input(0);
  if (input.rank() == 0)
    return c.error("of a scalar is not supported");
  Value x = c.value(input);
  OpBuilder &b = c.builder;
  Value zero = arith::ConstantIndexOp::create(b, c.loc, 0);
  Value init = tensor::FromElementsOp::create(b, c.loc, RankedTensorType::get({}, b.getIndexType()), zero);
  int64_t rank = input.rank();
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::reduction);
  auto sum = linalg::GenericOp::create(
      b, c.loc, init.getType(), x, init,
      ArrayRef<AffineMap>{b.getMultiDimIdentityMap(rank), AffineMap::get(rank, 0, b.getContext())}, loops,
      [&](OpBuilder &at, Location loc, ValueRange in) {
        Type type = in[0].getType();
        Value none = arith::ConstantOp::create(at, loc, cast<TypedAttr>(at.getZeroAttr(type)));
        Value isSet = isa<FloatType>(type)
                          ? arith::CmpFOp::create(at, loc, arith::CmpFPredicate::UNE, in[0], none).getResult()
                          : arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ne, in[0], none).getResult();
        Value bit = arith::IndexCastUIOp::create(at, loc, at.getIndexType(), isSet);
        linalg::YieldOp::create(at, loc, arith::AddIOp::create(at, loc, in[1], bit).getResult());
      });
  Value number = tensor::ExtractOp::create(b, c.loc, sum.getResult(0), ValueRange());
  Dims dims{SizeExpr(rank), c.sizes.ofValue(number, /*isSize=*/true)};
  Value result = hadal::NonZeroOp::create(b, c.loc, c.tensorType(DType::I64, dims), x, c.sizes.value(dims[1]));
  c.setOutput(0, c.newTensor(DType::I64, dims, result));
  return success();
}

void hadal::onnx::registerIndexOps(OpTable &table) {
  table.onOp("Gather", {1}, {2, 2}, importGather);
  table.onOp("GatherND", {11}, {2, 2}, importGatherND);
  table.onOp("GatherElements", {11}, {2, 2}, importGatherElements);
  table.onOp("ScatterElements", {11}, {3, 3}, importScatterElements);
  table.onOp("Scatter", {9, 10}, {3, 3}, importScatterElements);
  table.onOp("ScatterND", {11}, {3, 3}, importScatterND);
  table.onOp("TopK", {10}, {2, 2}, importTopK);
  table.onOp("ArgMax", {1}, {1, 1}, [](NodeContext &c) { return importArgExtreme(c, /*largest=*/true); });
  table.onOp("ArgMin", {1}, {1, 1}, [](NodeContext &c) { return importArgExtreme(c, /*largest=*/false); });
  table.onOp("NonZero", {9}, {1, 1}, importNonZero);
  table.onOp("CumSum", {11}, {2, 2}, importCumSum);
}
