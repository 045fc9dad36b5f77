//===- Layout.cpp - Padding, triangles, blocks of space -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// Trilu
//===----------------------------------------------------------------------===//

/// Keeps what stands on one side of a diagonal, which is k above the main one.
static LogicalResult importTrilu(NodeContext &c) {
  Tensor &x = c.input(0);
  bool upper = c.intAttribute("upper", 1) != 0;
  SizeExpr k;
  if (c.hasInput(1)) {
    FailureOr<Dims> given = c.elements(c.input(1));
    if (failed(given))
      return failure();
    if (given->size() != 1)
      return c.error("k must be one number");
    k = given->front();
  }
  int64_t rank = x.rank();
  if (rank < 2)
    return c.error("needs a matrix: " + c.shapeText(x));
  Value shift = c.sizes.value(k);
  DType type = x.type;
  c.setOutput(0, emitElementwise(c, type, x.dims, &x, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
                Value row = linalg::IndexOp::create(b, loc, rank - 2),
                      column = linalg::IndexOp::create(b, loc, rank - 1);
                Value diagonal = arith::AddIOp::create(b, loc, row, shift);
                auto side = upper ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle;
                Value kept = arith::CmpIOp::create(b, loc, side, column, diagonal);
                return arith::SelectOp::create(b, loc, kept, in[0], Element{b, loc, type}.constant(0));
              }));
  return success();
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// `count` places of `value` along `axis` of a tensor like x.
static Value emitBorder(NodeContext &c, Tensor &x, int64_t axis, const SizeExpr &count, Tensor *value) {
  Dims dims = x.dims;
  dims[axis] = count;
  if (!value)
    return emitFill(c, x.type, dims, 0);
  return c.value(emitElementwise(c, x.type, dims, value, [](OpBuilder &, Location, ValueRange in) { return in[0]; }));
}

/// Positions outside are read inside: the nearest one (edge), mirrored at the ends, or from the other end (wrap).
static Tensor &emitReadElsewhere(NodeContext &c, Tensor &x, int64_t axis, const SizeExpr &before, const SizeExpr &after,
                                 StringRef mode) {
  Value first = c.sizes.value(before), size = c.sizes.value(x.dims[axis]);
  Tensor &places = emitElementwise(
      c, DType::I64, {before + x.dims[axis] + after}, {}, [&](OpBuilder &b, Location loc, ValueRange) -> Value {
        Element e{b, loc, DType::I64};
        auto integer = [&](Value index) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); };
        Value zero = e.constant(0), one = e.constant(1), count = integer(size);
        Value last = e.make<arith::SubIOp>({count, one});
        Value place = e.make<arith::SubIOp>({integer(linalg::IndexOp::create(b, loc, 0)), integer(first)});
        if (mode == "edge")
          return e.make<arith::MaxSIOp>({e.make<arith::MinSIOp>({place, last}), zero});
        Value period = mode == "wrap" ? count : e.make<arith::MaxSIOp>({e.make<arith::AddIOp>({last, last}), one});
        Value rest = e.make<arith::RemSIOp>({place, period});
        Value isNegative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, rest, zero);
        rest = arith::SelectOp::create(b, loc, isNegative, e.make<arith::AddIOp>({rest, period}), rest);
        if (mode == "wrap")
          return rest;
        Value isBehind = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, rest, last);
        return arith::SelectOp::create(b, loc, isBehind, e.make<arith::SubIOp>({period, rest}), rest);
      });
  return emitGather(c, x, places, axis);
}

/// `before` and `after` more elements along an axis, or less where they are negative.
static FailureOr<Tensor *> emitPadded(NodeContext &c, Tensor &given, int64_t axis, SizeExpr before, SizeExpr after,
                                      StringRef mode, Tensor *value) {
  Tensor *x = &given;
  if (before.constant().value_or(0) < 0) {
    x = &emitPart(c, *x, axis, SizeExpr(0) - before, x->dims[axis] + before);
    before = SizeExpr(0);
  }
  if (after.constant().value_or(0) < 0) {
    x = &emitPart(c, *x, axis, 0, x->dims[axis] + after);
    after = SizeExpr(0);
  }
  if (!c.sizes.isNonNegative(before) || !c.sizes.isNonNegative(after))
    return c.error("padding that may be negative is not supported");
  if (mode != "constant")
    return before.isConstant(0) && after.isConstant(0) ? x : &emitReadElsewhere(c, *x, axis, before, after, mode);
  SmallVector<Tensor *, 3> parts{x};
  auto border = [&](const SizeExpr &count) {
    Dims dims = x->dims;
    dims[axis] = count;
    Value filled = emitBorder(c, *x, axis, count, value);
    return &c.newTensor(x->type, std::move(dims), filled);
  };
  if (!before.isConstant(0))
    parts.insert(parts.begin(), border(before));
  if (!after.isConstant(0))
    parts.push_back(border(after));
  return &emitConcat(c, parts, axis);
}

/// Constant padding: a concatenation with borders. Other modes: a gather. Negative padding cuts off.
static LogicalResult importPad(NodeContext &c) {
  Tensor *x = &c.input(0);
  std::string mode = c.stringAttribute("mode", "constant");
  if (!is_contained({"constant", "edge", "reflect", "wrap"}, mode))
    return c.error("mode '" + mode + "' is unknown");
  FailureOr<Dims> pads = c.elements(c.input(1));
  if (failed(pads))
    return failure();
  Tensor *value = c.hasInput(2) ? &c.input(2) : nullptr;
  if (value) {
    if (failed(c.requireType(*value, x->type, "the padding value")))
      return failure();
    value = &emitReshape(c, *value, {});
  }
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x->rank()));
  if (c.hasInput(3)) {
    FailureOr<SmallVector<int64_t>> given = c.constants(3);
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (pads->size() != 2 * axes.size())
    return c.error("has " + std::to_string(pads->size()) + " pads for " + std::to_string(axes.size()) + " axes");
  for (auto [i, given] : llvm::enumerate(axes)) {
    FailureOr<int64_t> axis = c.normalizeAxis(given, x->rank());
    if (failed(axis))
      return failure();
    FailureOr<Tensor *> padded = emitPadded(c, *x, *axis, c.sizes.normalize((*pads)[i]),
                                            c.sizes.normalize((*pads)[axes.size() + i]), mode, value);
    if (failed(padded))
      return failure();
    x = *padded;
  }
  c.setOutput(0, *x);
  return success();
}

//===----------------------------------------------------------------------===//
// DepthToSpace, SpaceToDepth
//===----------------------------------------------------------------------===//

static FailureOr<SizeExpr> exactQuotient(NodeContext &c, const SizeExpr &size, int64_t divisor) {
  std::optional<SizeExpr> quotient = c.sizes.normalize(size).dividedBy(SizeExpr(divisor));
  if (!quotient)
    return c.error("dimension " + c.sizes.str(size) + " is not a multiple of " + std::to_string(divisor));
  return *quotient;
}

static LogicalResult importDepthToSpace(NodeContext &c) {
  Tensor &x = c.input(0);
  int64_t block = c.intAttribute("blocksize", 0);
  std::string mode = c.stringAttribute("mode", "DCR");
  if (x.rank() != 4 || block < 1 || block > INT32_MAX || (mode != "DCR" && mode != "CRD"))
    return c.error("needs a tensor of rank 4, a positive blocksize and mode DCR or CRD");
  FailureOr<SizeExpr> depth = exactQuotient(c, x.dims[1], block * block);
  if (failed(depth))
    return failure();
  SizeExpr b(block), n = x.dims[0], h = x.dims[2], w = x.dims[3];
  bool blocksFirst = mode == "DCR";
  Tensor &split = emitReshape(c, x, blocksFirst ? Dims{n, b, b, *depth, h, w} : Dims{n, *depth, b, b, h, w});
  Tensor &moved =
      blocksFirst ? emitTranspose(c, split, {0, 3, 4, 1, 5, 2}) : emitTranspose(c, split, {0, 1, 4, 2, 5, 3});
  c.setOutput(0, emitReshape(c, moved, {n, *depth, h * b, w * b}));
  return success();
}

static LogicalResult importSpaceToDepth(NodeContext &c) {
  Tensor &x = c.input(0);
  int64_t block = c.intAttribute("blocksize", 0);
  if (x.rank() != 4 || block < 1)
    return c.error("needs a tensor of rank 4 and a positive blocksize");
  FailureOr<SizeExpr> h = exactQuotient(c, x.dims[2], block), w = exactQuotient(c, x.dims[3], block);
  if (failed(h) || failed(w))
    return failure();
  SizeExpr b(block), n = x.dims[0], depth = x.dims[1];
  Tensor &split = emitReshape(c, x, {n, depth, *h, b, *w, b});
  c.setOutput(0, emitReshape(c, emitTranspose(c, split, {0, 3, 5, 1, 2, 4}), {n, b * b * depth, *h, *w}));
  return success();
}

void hadal::onnx::registerLayoutOps(OpTable &table) {
  table.onOp("Trilu", {14}, {1, 2}, importTrilu);
  table.onOp("Pad", {11}, {2, 4}, importPad);
  table.onOp("DepthToSpace", {1}, {1, 1}, importDepthToSpace);
  table.onOp("SpaceToDepth", {1}, {1, 1}, importSpaceToDepth);
}
