//===- Slice.cpp - Parts of tensors ---------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "Tensors.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

namespace {
/// A part of one dimension: `size` places from `offset` on, `step` apart.
struct Part {
  SizeExpr offset{0};
  SizeExpr size;
  int64_t step = 1;
};
} // namespace

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// Exporters write "to the end" as a number beyond every size.
static bool isHuge(const SizeExpr &e) {
  std::optional<int64_t> number = e.constant();
  return number && std::abs(std::max(*number, -std::numeric_limits<int64_t>::max())) >= (int64_t(1) << 31) - 1;
}

/// `bound` (negative: from the end) as a place in [low, high] of a dimension.
static FailureOr<SizeExpr> place(NodeContext &c, const SizeExpr &given, const SizeExpr &dim, const SizeExpr &low,
                                 const SizeExpr &high) {
  SizeExpr bound = c.sizes.normalize(given);
  if (isHuge(bound))
    return *bound.constant() > 0 ? high : low;
  if (!c.sizes.isNonNegative(bound) && c.sizes.assumeNonNegative(SizeExpr(-1) - bound))
    bound = bound + dim;
  else if (!c.sizes.isNonNegative(bound) && !c.sizes.assumeBelowConstant(bound))
    return c.error("a bound of unknown sign is not supported: " + c.sizes.str(bound));
  if (!c.sizes.assumeNonNegative(bound - low))
    bound = c.sizes.max(bound, low);
  if (!c.sizes.assumeNonNegative(high - bound))
    bound = c.sizes.min(bound, high);
  return bound;
}

static FailureOr<Part> makePart(NodeContext &c, const SizeExpr &dim, const SizeExpr &start, const SizeExpr &end,
                                int64_t step) {
  bool forward = step > 0;
  SizeExpr low = forward ? SizeExpr(0) : SizeExpr(-1), high = forward ? dim : dim - SizeExpr(1);
  FailureOr<SizeExpr> from = place(c, start, dim, forward ? low : SizeExpr(0), high);
  FailureOr<SizeExpr> to = place(c, end, dim, low, high);
  if (failed(from) || failed(to))
    return failure();
  SizeExpr distance = forward ? *to - *from : *from - *to;
  if (!c.sizes.assumeNonNegative(distance))
    distance = c.sizes.max(distance, SizeExpr(0));
  int64_t stride = std::abs(step);
  SizeExpr size = stride == 1 ? distance : c.sizes.floorDiv(distance + SizeExpr(stride - 1), stride);
  if (!size.isValid())
    return c.error("its size is not a 64-bit number");
  return Part{*from, size, step};
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Elements that are followed: those of shape tensors, and of what paddings are made of.
static Tensor *sliceElements(NodeContext &c, Tensor &input, ArrayRef<Part> parts) {
  std::optional<SmallVector<int64_t>> shape = input.elements ? c.staticShape(input.dims) : std::nullopt;
  if (!shape)
    return nullptr;
  SmallVector<int64_t> offsets, sizes;
  Dims dims;
  for (const Part &part : parts) {
    std::optional<int64_t> offset = part.offset.constant(), size = part.size.constant();
    if (!offset || !size)
      return nullptr;
    offsets.push_back(*offset);
    sizes.push_back(*size);
    dims.push_back(part.size);
  }
  Dims elements;
  SmallVector<int64_t> strides = computeStrides(*shape), resultStrides = computeStrides(sizes);
  for (int64_t i = 0, count = computeProduct(sizes); i < count; ++i) {
    int64_t from = 0;
    for (auto [place, offset, part, stride] : llvm::zip_equal(delinearize(i, resultStrides), offsets, parts, strides))
      from += (offset + place * part.step) * stride;
    elements.push_back((*input.elements)[from]);
  }
  return &c.newElements(input.type, std::move(dims), std::move(elements));
}

static Tensor &emitSlice(NodeContext &c, Tensor &input, ArrayRef<Part> parts) {
  if (Tensor *elements = sliceElements(c, input, parts))
    return *elements;
  bool whole = llvm::all_of(llvm::zip(parts, input.dims), [&](auto pair) {
    const auto &[part, dim] = pair;
    return part.step == 1 && part.offset.isConstant(0) && c.sizes.areEqual(part.size, dim);
  });
  if (whole)
    return input;
  SmallVector<OpFoldResult> offsets, steps;
  Dims dims;
  if (llvm::any_of(parts, [](const Part &part) { return part.size.isConstant(0); })) {
    // Nothing: the verifier of extract_slice wants offsets inside the tensor.
    for (const Part &part : parts)
      dims.push_back(part.size);
    return c.newTensor(input.type, dims, emitEmpty(c, input.type, dims));
  }
  for (const Part &part : parts) {
    offsets.push_back(c.sizes.fold(part.offset));
    steps.push_back(c.builder.getIndexAttr(part.step));
    dims.push_back(c.sizes.normalize(part.size));
  }
  Value value = tensor::ExtractSliceOp::create(c.builder, c.loc, c.tensorType(input.type, dims), c.value(input),
                                               offsets, c.sizes.fold(dims), steps);
  return c.newTensor(input.type, std::move(dims), value);
}

/// Backward along `axis`: by indices, since slices only go forward.
static Tensor &emitBackward(NodeContext &c, Tensor &input, int64_t axis, const Part &part) {
  Tensor &indices = emitIota(c, DType::I64, part.offset, part.size, part.step);
  Dims dims = input.dims;
  dims[axis] = part.size;
  Value value =
      hadal::GatherOp::create(c.builder, c.loc, c.tensorType(input.type, dims), c.value(input), c.value(indices), axis);
  return c.newTensor(input.type, std::move(dims), value);
}

//===----------------------------------------------------------------------===//
// Slice, Split
//===----------------------------------------------------------------------===//

namespace {
struct SliceBounds {
  Dims starts, ends;
  SmallVector<int64_t> axes, steps;
};
} // namespace

/// Bounds are attributes before opset 10, inputs since.
static FailureOr<SliceBounds> readBounds(NodeContext &c) {
  SliceBounds bounds;
  if (c.version < 10) {
    auto starts = c.intsAttribute("starts"), ends = c.intsAttribute("ends"), axes = c.intsAttribute("axes");
    if (!starts || !ends)
      return c.error("has no starts or ends");
    bounds.starts.assign(starts->begin(), starts->end());
    bounds.ends.assign(ends->begin(), ends->end());
    bounds.axes = axes.value_or(llvm::to_vector(llvm::seq<int64_t>(0, starts->size())));
    bounds.steps.assign(starts->size(), 1);
  } else {
    if (c.numInputs() < 3 || !c.hasInput(1) || !c.hasInput(2))
      return c.error("has no starts or ends");
    FailureOr<Dims> starts = c.elements(c.input(1)), ends = c.elements(c.input(2));
    if (failed(starts) || failed(ends))
      return failure();
    bounds.starts = *starts;
    bounds.ends = *ends;
    bounds.axes = llvm::to_vector(llvm::seq<int64_t>(0, starts->size()));
    bounds.steps.assign(starts->size(), 1);
    for (auto [i, numbers] : {std::pair<size_t, SmallVector<int64_t> *>{3, &bounds.axes}, {4, &bounds.steps}}) {
      if (!c.hasInput(i))
        continue;
      FailureOr<SmallVector<int64_t>> constants = c.constants(i);
      if (failed(constants))
        return failure();
      *numbers = *constants;
    }
  }
  size_t count = bounds.starts.size();
  if (bounds.ends.size() != count || bounds.axes.size() != count || bounds.steps.size() != count)
    return c.error("starts, ends, axes and steps have different lengths");
  return bounds;
}

static LogicalResult importSlice(NodeContext &c) {
  FailureOr<SliceBounds> bounds = readBounds(c);
  if (failed(bounds))
    return failure();
  Tensor *input = &c.input(0);
  SmallVector<Part> parts;
  for (const SizeExpr &dim : input->dims)
    parts.push_back({SizeExpr(0), dim, 1});
  SmallVector<int64_t> backward;
  for (auto [start, end, axis, step] : llvm::zip(bounds->starts, bounds->ends, bounds->axes, bounds->steps)) {
    FailureOr<int64_t> index = c.normalizeAxis(axis, input->rank());
    if (failed(index))
      return failure();
    if (step == 0)
      return c.error("a step is 0");
    FailureOr<Part> part = makePart(c, input->dims[*index], start, end, step);
    if (failed(part))
      return failure();
    parts[*index] = *part;
    if (step < 0 && !(input->elements && c.staticShape(input->dims)))
      backward.push_back(*index);
  }
  for (int64_t axis : backward) {
    input = &emitBackward(c, *input, axis, parts[axis]);
    parts[axis] = {SizeExpr(0), input->dims[axis], 1};
  }
  c.setOutput(0, emitSlice(c, *input, parts));
  return success();
}

/// Sizes are given (as an attribute before opset 13), or equal parts.
static LogicalResult importSplit(NodeContext &c) {
  Tensor &input = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", 0), input.rank());
  if (failed(axis))
    return failure();
  SizeExpr total = c.sizes.normalize(input.dims[*axis]);
  int64_t count = c.numOutputs();
  if (c.intAttribute("num_outputs", count) != count)
    return c.error("num_outputs is not the number of its outputs");
  Dims sizes;
  std::optional<SmallVector<int64_t>> attribute;
  if (c.version < 13)
    attribute = c.intsAttribute("split");
  if (attribute) {
    sizes.assign(attribute->begin(), attribute->end());
  } else if (c.hasInput(1)) {
    FailureOr<Dims> given = c.elements(c.input(1));
    if (failed(given))
      return failure();
    sizes = *given;
  } else {
    // Equal parts; the last one is smaller if need be.
    SizeExpr part = c.sizes.floorDiv(total + SizeExpr(count - 1), count);
    if (std::optional<SizeExpr> exact = total.dividedBy(SizeExpr(count)))
      part = *exact;
    sizes.assign(count, part);
    sizes.back() = total - part * SizeExpr(count - 1);
  }
  if (static_cast<int64_t>(sizes.size()) != count)
    return c.error("has " + std::to_string(sizes.size()) + " sizes for " + std::to_string(count) + " outputs");
  SizeExpr sum;
  for (const SizeExpr &size : sizes)
    sum = sum + size;
  if (failed(c.requireEqual(sum, total, "the sum of the parts and the dimension")))
    return failure();
  SmallVector<Part> parts;
  for (const SizeExpr &dim : input.dims)
    parts.push_back({SizeExpr(0), dim, 1});
  SizeExpr offset;
  for (auto [i, size] : llvm::enumerate(sizes)) {
    parts[*axis] = {offset, size, 1};
    if (c.wantsOutput(i))
      c.setOutput(i, emitSlice(c, input, parts));
    offset = offset + size;
  }
  return success();
}

void hadal::onnx::registerSliceOps(OpTable &table) {
  table.onOp("Slice", {1}, {1, 5}, importSlice);
  table.onOp("Split", {2}, {1, 2}, importSplit);
}
