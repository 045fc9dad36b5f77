//===- Arrange.cpp - Tensors made by rule, and elements put elsewhere -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// The position along a loop as int64.
static Value positionOf(OpBuilder &b, Location loc, int64_t dim) {
  return arith::IndexCastOp::create(b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, dim));
}

//===----------------------------------------------------------------------===//
// OneHot, EyeLike
//===----------------------------------------------------------------------===//

static LogicalResult importOneHot(NodeContext &c) {
  Tensor &indices = c.input(0), &values = c.input(2);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", -1), indices.rank() + 1);
  if (failed(axis))
    return failure();
  std::optional<double> number = c.constantScalar(c.input(1));
  if (number && !(*number >= 0 && *number < 0x1p62))
    return c.error("its depth " + std::to_string(*number) + " is no size");
  SizeExpr depth = number ? SizeExpr(static_cast<int64_t>(*number)) : SizeExpr();
  if (!number) {
    FailureOr<Dims> given = c.elements(c.input(1));
    if (failed(given))
      return failure();
    if (given->size() != 1 || !c.sizes.isNonNegative(given->front()))
      return c.error("its depth is not known to be a size");
    depth = given->front();
  }
  if (values.rank() != 1 || failed(c.requireEqual(values.dims[0], 2, "the number of values and 2")))
    return c.error("its values must be two: " + c.shapeText(values));
  Dims dims = indices.dims, wide = indices.dims;
  dims.insert(dims.begin() + *axis, depth);
  wide.insert(wide.begin() + *axis, SizeExpr(1));
  Tensor &places = emitReshape(c, emitCast(c, indices, DType::I64), wide);
  Tensor &off = emitReshape(c, emitPart(c, values, 0, 0, 1), {}),
         &on = emitReshape(c, emitPart(c, values, 0, 1, 1), {});
  Value size = c.sizes.value(depth);
  c.setOutput(
      0, emitElementwise(c, values.type, dims, {&places, &off, &on}, [&](OpBuilder &b, Location loc, ValueRange in) {
        // Negative indices count from the end; others outside select nothing.
        Element e{b, loc, DType::I64};
        Value at = positionOf(b, loc, *axis);
        Value fromEnd = e.make<arith::SubIOp>({at, arith::IndexCastOp::create(b, loc, b.getI64Type(), size)});
        Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, in[0], at);
        Value isFromEnd = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, in[0], fromEnd);
        return arith::SelectOp::create(b, loc, arith::OrIOp::create(b, loc, is, isFromEnd), in[2], in[1]);
      }));
  return success();
}

static LogicalResult importEyeLike(NodeContext &c) {
  Tensor &like = c.input(0);
  int64_t k = c.intAttribute("k", 0);
  auto type = static_cast<DType>(c.intAttribute("dtype", static_cast<int64_t>(like.type)));
  if (like.rank() != 2 || !c.elementType(type) || !supports(kFloats | kInts | kBools, type))
    return c.error("needs a matrix and an element type of numbers: " + c.shapeText(like) + ", " + dtypeName(type));
  c.setOutput(0, emitElementwise(c, type, like.dims, {}, [&](OpBuilder &b, Location loc, ValueRange) {
                Element e{b, loc, type}, place{b, loc, DType::I64};
                Value diagonal = place.make<arith::AddIOp>({positionOf(b, loc, 0), place.integer(k)});
                Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, diagonal, positionOf(b, loc, 1));
                return arith::SelectOp::create(b, loc, is, e.constant(1), e.constant(0));
              }));
  return success();
}

//===----------------------------------------------------------------------===//
// ReverseSequence, TensorScatter
//===----------------------------------------------------------------------===//

/// A list with one number for each index of `axis`, in the rank of `x`.
static FailureOr<Tensor *> alongAxis(NodeContext &c, Tensor &list, Tensor &x, int64_t axis) {
  if (list.rank() != 1 || list.type != DType::I64)
    return c.error("needs a list of int64: " + c.shapeText(list) + " of " + dtypeName(list.type));
  if (failed(c.requireEqual(list.dims[0], x.dims[axis], "the length of the list and the batch")))
    return failure();
  Dims dims(x.rank(), SizeExpr(1));
  dims[axis] = x.dims[axis];
  return &emitReshape(c, list, dims);
}

static LogicalResult importReverseSequence(NodeContext &c) {
  Tensor &x = c.input(0);
  FailureOr<int64_t> batch = c.normalizeAxis(c.intAttribute("batch_axis", 1), x.rank()),
                     time = c.normalizeAxis(c.intAttribute("time_axis", 0), x.rank());
  if (failed(batch) || failed(time))
    return failure();
  FailureOr<Tensor *> lengths = alongAxis(c, c.input(1), x, *batch);
  if (failed(lengths))
    return failure();
  Tensor &indices = emitElementwise(c, DType::I64, x.dims, {*lengths}, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, DType::I64};
    Value t = positionOf(b, loc, *time);
    Value mirrored = e.make<arith::SubIOp>({e.make<arith::SubIOp>({in[0], e.constant(1)}), t});
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, t, in[0]);
    return arith::SelectOp::create(b, loc, inside, mirrored, t);
  });
  c.setOutput(0, emitGatherElements(c, x, indices, *time));
  return success();
}

/// A cache with new entries from each batch's position on.
static LogicalResult importTensorScatter(NodeContext &c) {
  Tensor &cache = c.input(0), &update = c.input(1);
  std::string mode = c.stringAttribute("mode", "linear");
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", -2), cache.rank());
  if (failed(axis) || failed(c.requireType(update, cache.type, "the update")))
    return failure();
  if (mode != "linear" && mode != "circular")
    return c.error("mode '" + mode + "' is unknown");
  if (update.rank() != cache.rank() || *axis == 0)
    return c.error("of " + c.shapeText(update) + " into " + c.shapeText(cache) + " along axis " +
                   std::to_string(*axis) + " is not possible");
  for (int64_t d = 0; d < cache.rank(); ++d)
    if (d != *axis && failed(c.requireEqual(cache.dims[d], update.dims[d], "dimensions of cache and update")))
      return failure();
  SmallVector<Tensor *> starts;
  if (c.hasInput(2)) {
    FailureOr<Tensor *> given = alongAxis(c, c.input(2), update, 0);
    if (failed(given))
      return failure();
    starts.push_back(*given);
  }
  Value size = c.sizes.value(cache.dims[*axis]);
  Tensor &indices = emitElementwise(c, DType::I64, update.dims, starts, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, DType::I64};
    Value place = positionOf(b, loc, *axis);
    if (!in.empty())
      place = e.make<arith::AddIOp>({place, in[0]});
    if (mode == "circular")
      place = e.make<arith::RemSIOp>({place, arith::IndexCastOp::create(b, loc, b.getI64Type(), size)});
    return place;
  });
  c.setOutput(0, emitScatterElements(c, cache, indices, update, *axis, hadal::ScatterReduction::None));
  return success();
}

//===----------------------------------------------------------------------===//
// CenterCropPad
//===----------------------------------------------------------------------===//

static LogicalResult importCenterCropPad(NodeContext &c) {
  Tensor *x = &c.input(0);
  FailureOr<Dims> shape = c.elements(c.input(1));
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, x->rank()));
  SmallVector<int64_t> axes = c.intsAttribute("axes").value_or(all);
  if (failed(shape))
    return failure();
  if (shape->size() != axes.size())
    return c.error("has " + std::to_string(shape->size()) + " sizes for " + std::to_string(axes.size()) + " axes");
  for (auto [given, wanted] : llvm::zip(axes, *shape)) {
    FailureOr<int64_t> axis = c.normalizeAxis(given, x->rank());
    if (failed(axis))
      return failure();
    std::optional<int64_t> own = c.sizes.normalize(x->dims[*axis]).constant(),
                           size = c.sizes.normalize(wanted).constant();
    if (!own || !size || *size < 0)
      return c.error("needs static sizes");
    if (*size < *own) {
      x = &emitPart(c, *x, *axis, (*own - *size) / 2, *size);
      continue;
    }
    auto border = [&](int64_t count) -> Tensor & {
      Dims dims = x->dims;
      dims[*axis] = SizeExpr(count);
      return c.newTensor(x->type, dims, emitFill(c, x->type, dims, 0));
    };
    int64_t before = (*size - *own) / 2, after = *size - *own - before;
    SmallVector<Tensor *> parts;
    if (before > 0)
      parts.push_back(&border(before));
    parts.push_back(x);
    if (after > 0)
      parts.push_back(&border(after));
    x = &emitConcat(c, parts, *axis);
  }
  c.setOutput(0, *x);
  return success();
}

void hadal::onnx::registerArrangeOps(OpTable &table) {
  table.onOp("OneHot", {9}, {3, 3}, importOneHot);
  table.onOp("EyeLike", {9}, {1, 1}, importEyeLike);
  table.onOp("ReverseSequence", {10}, {2, 2}, importReverseSequence);
  table.onOp("TensorScatter", {24}, {2, 3}, importTensorScatter);
  table.onOp("CenterCropPad", {18}, {2, 2}, importCenterCropPad);
}
