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

/// Constant padding: a concatenation with borders. Negative padding cuts off.
static LogicalResult importPad(NodeContext &c) {
  Tensor *x = &c.input(0);
  std::string mode = c.stringAttribute("mode", "constant");
  if (mode != "constant")
    return c.error("mode '" + mode + "' is not supported");
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
    SizeExpr before = c.sizes.normalize((*pads)[i]), after = c.sizes.normalize((*pads)[axes.size() + i]);
    if (!c.sizes.isNonNegative(before) || !c.sizes.isNonNegative(after))
      return c.error("padding that may be negative is not supported");
    SmallVector<Value, 3> parts;
    if (!before.isConstant(0))
      parts.push_back(emitBorder(c, *x, *axis, before, value));
    parts.push_back(c.value(*x));
    if (!after.isConstant(0))
      parts.push_back(emitBorder(c, *x, *axis, after, value));
    if (parts.size() == 1)
      continue;
    Dims dims = x->dims;
    dims[*axis] = before + dims[*axis] + after;
    Value padded = tensor::ConcatOp::create(c.builder, c.loc, c.tensorType(x->type, dims), *axis, parts);
    x = &c.newTensor(x->type, std::move(dims), padded);
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
  if (x.rank() != 4 || block < 1 || (mode != "DCR" && mode != "CRD"))
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
