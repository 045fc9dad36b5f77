//===- Shape.cpp - Shapes, and tensors in other shapes --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "Tensors.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

static LogicalResult importShape(NodeContext &c) {
  int64_t rank = c.input(0).rank();
  auto clamp = [&](int64_t axis) { return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank); };
  int64_t start = clamp(c.intAttribute("start", 0)), end = clamp(c.intAttribute("end", rank));
  Dims elements(ArrayRef<SizeExpr>(c.input(0).dims).slice(start, std::max<int64_t>(0, end - start)));
  c.setOutput(0, c.newElements(DType::I64, {SizeExpr(elements.size())}, elements));
  return success();
}

static LogicalResult importSize(NodeContext &c) {
  c.setOutput(0, c.newElements(DType::I64, {}, {product(c.input(0).dims)}));
  return success();
}

//===----------------------------------------------------------------------===//
// Reshape, Flatten, Squeeze, Unsqueeze
//===----------------------------------------------------------------------===//

static LogicalResult importReshape(NodeContext &c) {
  bool allowZero = c.intAttribute("allowzero", 0) != 0;
  Tensor &input = c.input(0);
  FailureOr<Dims> wanted = c.elements(c.input(1));
  if (failed(wanted))
    return failure();
  Dims dims;
  std::optional<size_t> inferred;
  for (auto [i, e] : llvm::enumerate(*wanted)) {
    SizeExpr dim = c.sizes.normalize(e);
    if (dim.isConstant(-1)) {
      if (inferred)
        return c.error("two dimensions are -1");
      inferred = i;
      dim = SizeExpr(1);
    } else if (dim.isConstant(0) && !allowZero) {
      if (static_cast<int64_t>(i) >= input.rank())
        return c.error("dimension " + std::to_string(i) + " is 0, but the input has rank " +
                       std::to_string(input.rank()));
      dim = input.dims[i];
    } else if (!c.sizes.isNonNegative(dim)) {
      // A number that only the run knows might be the -1 or 0 with a meaning of their own.
      return c.error("dimension " + std::to_string(i) +
                     " of the new shape is not known to be a size: " + c.sizes.str(dim));
    }
    dims.push_back(dim);
  }
  SizeExpr total = c.sizes.normalize(product(input.dims)), rest = c.sizes.normalize(product(dims));
  if (!total.isValid() || !rest.isValid())
    return c.error("the number of elements does not fit 64 bits");
  if (inferred) {
    std::optional<int64_t> n = total.constant(), d = rest.constant();
    if (d == 0 || (n && d && *n % *d != 0))
      return c.error(c.sizes.str(total) + " elements cannot be reshaped to " +
                     c.shapeText({DType::I64, dims, {}, {}, {}, c.loc}));
    dims[*inferred] = c.sizes.floorDiv(total, rest);
  } else if (c.sizes.areDifferent(total, rest)) {
    return c.error("shape " + c.shapeText(input) + " has another number of elements than the new one, " +
                   c.sizes.str(rest));
  }
  c.setOutput(0, emitReshape(c, input, std::move(dims)));
  return success();
}

static LogicalResult importFlatten(NodeContext &c) {
  Tensor &input = c.input(0);
  int64_t axis = c.intAttribute("axis", 1);
  if (axis < -input.rank() || axis > input.rank())
    return c.error("axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(input.rank()));
  size_t cut = axis < 0 ? axis + input.rank() : axis;
  ArrayRef<SizeExpr> dims = input.dims;
  c.setOutput(0, emitReshape(c, input, {product(dims.take_front(cut)), product(dims.drop_front(cut))}));
  return success();
}

/// Axes are an attribute before opset 13, an input since.
static FailureOr<std::optional<SmallVector<int64_t>>> readAxes(NodeContext &c) {
  if (c.version < 13)
    return c.intsAttribute("axes");
  if (!c.hasInput(1))
    return std::optional<SmallVector<int64_t>>();
  FailureOr<SmallVector<int64_t>> axes = c.constants(1);
  if (failed(axes))
    return failure();
  return std::optional<SmallVector<int64_t>>(*axes);
}

/// The set of `axes` in a tensor of `rank`, each at most once.
static FailureOr<SmallVector<bool>> axisSet(NodeContext &c, ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<bool> set(rank, false);
  for (int64_t axis : axes) {
    FailureOr<int64_t> index = c.normalizeAxis(axis, rank);
    if (failed(index))
      return failure();
    if (set[*index])
      return c.error("axis " + std::to_string(axis) + " stands twice");
    set[*index] = true;
  }
  return set;
}

static LogicalResult importSqueeze(NodeContext &c) {
  Tensor &input = c.input(0);
  auto axes = readAxes(c);
  if (failed(axes))
    return failure();
  FailureOr<SmallVector<bool>> removed = axisSet(c, axes->value_or(SmallVector<int64_t>()), input.rank());
  if (failed(removed))
    return failure();
  Dims dims;
  for (auto [i, dim] : llvm::enumerate(input.dims)) {
    bool isOne = c.sizes.normalize(dim).isConstant(1);
    bool remove = *axes ? (*removed)[i] : isOne;
    if (!remove)
      dims.push_back(dim);
    else if (!isOne && failed(c.requireEqual(dim, SizeExpr(1), "a squeezed dimension and 1")))
      return failure();
  }
  c.setOutput(0, emitReshape(c, input, std::move(dims)));
  return success();
}

static LogicalResult importUnsqueeze(NodeContext &c) {
  Tensor &input = c.input(0);
  auto axes = readAxes(c);
  if (failed(axes))
    return failure();
  if (!*axes)
    return c.error("has no axes");
  int64_t rank = input.rank() + (*axes)->size();
  FailureOr<SmallVector<bool>> inserted = axisSet(c, **axes, rank);
  if (failed(inserted))
    return failure();
  Dims dims;
  const SizeExpr *next = input.dims.begin();
  for (bool isNew : *inserted)
    dims.push_back(isNew ? SizeExpr(1) : *next++);
  c.setOutput(0, emitReshape(c, input, std::move(dims)));
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose, Expand, Tile, Concat
//===----------------------------------------------------------------------===//

static LogicalResult importTranspose(NodeContext &c) {
  Tensor &input = c.input(0);
  SmallVector<int64_t> reversed(llvm::reverse(llvm::seq<int64_t>(0, input.rank())));
  SmallVector<int64_t> permutation = c.intsAttribute("perm").value_or(reversed);
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, input.rank())))
    return c.error("its perm is no permutation of the dimensions of " + c.shapeText(input));
  c.setOutput(0, emitTranspose(c, input, permutation));
  return success();
}

static LogicalResult importExpand(NodeContext &c) {
  Tensor &input = c.input(0);
  FailureOr<Dims> shape = c.elements(c.input(1));
  if (failed(shape))
    return failure();
  Tensor &target = c.newTensor(input.type, *shape);
  FailureOr<Dims> dims = broadcast(c, {&input, &target});
  if (failed(dims))
    return failure();
  std::optional<int64_t> count = product(*dims).constant();
  if (input.elements && count && input.elements->size() == 1 && *count <= kSmallTensor)
    c.setOutput(0, c.newElements(input.type, *dims, Dims(*count, input.elements->front())));
  else
    c.setOutput(0, emitExpand(c, input, *dims));
  return success();
}

/// Each dimension d that is repeated becomes [1, d], is broadcast to [n, d] and collapsed.
static LogicalResult importTile(NodeContext &c) {
  Tensor &input = c.input(0);
  FailureOr<Dims> repeats = c.elements(c.input(1));
  if (failed(repeats))
    return failure();
  if (static_cast<int64_t>(repeats->size()) != input.rank())
    return c.error("needs one repetition for each of " + std::to_string(input.rank()) + " dimensions");
  Dims split, repeated, result;
  for (auto [dim, times] : llvm::zip(input.dims, *repeats)) {
    SizeExpr n = c.sizes.normalize(times);
    result.push_back(dim * n);
    if (!n.isConstant(1)) {
      split.push_back(SizeExpr(1));
      repeated.push_back(n);
    }
    split.push_back(dim);
    repeated.push_back(dim);
  }
  Tensor &expanded = emitExpand(c, emitReshape(c, input, std::move(split)), repeated);
  c.setOutput(0, emitReshape(c, expanded, std::move(result)));
  return success();
}

static LogicalResult importConcat(NodeContext &c) {
  Tensor &first = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", c.version < 4 ? 1 : 0), first.rank());
  if (failed(axis))
    return failure();
  Dims dims = first.dims;
  bool known = true;
  Dims elements;
  for (size_t i = 0; i < c.numInputs(); ++i) {
    Tensor &input = c.input(i);
    if (failed(c.requireType(input, first.type, "input " + std::to_string(i))))
      return failure();
    if (input.rank() != first.rank())
      return c.error("operands have different ranks: " + c.shapeText(first) + " and " + c.shapeText(input));
    for (int64_t d = 0; d < first.rank(); ++d) {
      if (d != *axis && failed(c.requireEqual(dims[d], input.dims[d], "dimensions of the operands")))
        return failure();
    }
    if (i > 0)
      dims[*axis] = dims[*axis] + input.dims[*axis];
    known &= input.elements.has_value() && first.rank() == 1;
    if (known)
      elements.append(*input.elements);
  }
  if (known && elements.size() <= kSmallTensor) {
    c.setOutput(0, c.newElements(first.type, std::move(dims), std::move(elements)));
    return success();
  }
  SmallVector<Tensor *> operands;
  for (size_t i = 0; i < c.numInputs(); ++i)
    operands.push_back(&c.input(i));
  c.setOutput(0, emitConcat(c, operands, *axis));
  return success();
}

void hadal::onnx::registerShapeOps(OpTable &table) {
  table.onOp("Shape", {1}, {1, 1}, importShape);
  table.onOp("Size", {1}, {1, 1}, importSize);
  table.onOp("Reshape", {5}, {2, 2}, importReshape);
  table.onOp("Flatten", {9}, {1, 1}, importFlatten);
  table.onOp("Squeeze", {1}, {1, 2}, importSqueeze);
  table.onOp("Unsqueeze", {1}, {1, 2}, importUnsqueeze);
  table.onOp("Transpose", {1}, {1, 1}, importTranspose);
  table.onOp("Expand", {8}, {2, 2}, importExpand);
  table.onOp("Tile", {6}, {2, 2}, importTile);
  table.onOp("Concat", {4}, {1, kAnyNumber}, importConcat);
}
