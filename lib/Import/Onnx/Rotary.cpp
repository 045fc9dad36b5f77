//===- Rotary.cpp - Rotary position embedding -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

Tensor &hadal::onnx::emitRotation(NodeContext &c, Tensor &x, Tensor &cos, Tensor &sin, int64_t rotated,
                                  bool interleaved) {
  bool whole = x.dims[3].isConstant(rotated);
  Tensor &part = whole ? x : emitPart(c, x, 3, 0, rotated);
  hadal::RopeLayout layout = interleaved ? hadal::RopeLayout::Interleaved : hadal::RopeLayout::Halves;
  Value value = hadal::RopeOp::create(c.builder, c.loc, c.tensorType(part.type, part.dims), c.value(part), c.value(cos),
                                      c.value(sin), layout, layout);
  Tensor &turned = c.newTensor(part.type, part.dims, value);
  if (whole)
    return turned;
  return emitConcat(c, {&turned, &emitPart(c, x, 3, rotated, x.dims[3] - SizeExpr(rotated))}, 3);
}

/// cos or sin as [B or 1, S, R/2]: given so, or rows of a table by position.
static FailureOr<Tensor *> readCache(NodeContext &c, Tensor &cache, Tensor &x, int64_t half) {
  Tensor *angles = &cache;
  if (failed(c.requireType(cache, x.type, "a cache")))
    return failure();
  if (c.hasInput(3)) {
    Tensor &positions = c.input(3);
    if (cache.rank() != 2 || positions.rank() != 2 || positions.type != DType::I64)
      return c.error("with position_ids of int64 and rank 2 the caches must have rank 2");
    angles = &emitGather(c, cache, positions, 0);
  }
  if (angles->rank() != 3)
    return c.error("without position_ids the caches must have rank 3: " + c.shapeText(*angles));
  if (failed(c.requireEqual(angles->dims[2], SizeExpr(half), "the caches' last dimension and half the rotated size")) ||
      failed(c.requireEqual(angles->dims[1], x.dims[2], "lengths of the caches and of x")) ||
      (!angles->dims[0].isConstant(1) && failed(c.requireEqual(angles->dims[0], x.dims[0], "batches"))))
    return failure();
  return angles;
}

static LogicalResult importRotaryEmbedding(NodeContext &c) {
  bool interleaved = c.intAttribute("interleaved", 0) != 0;
  int64_t rotated = c.intAttribute("rotary_embedding_dim", 0), heads = c.intAttribute("num_heads", 0);
  Tensor *x = &c.input(0);
  bool flat = x->rank() == 3;
  if (failed(requireTypes(c, x, kFloats)))
    return failure();
  if (flat) {
    std::optional<SizeExpr> size = heads > 0 ? x->dims[2].dividedBy(SizeExpr(heads)) : std::nullopt;
    if (!size)
      return c.error("shape " + c.shapeText(*x) + " has no " + std::to_string(heads) + " heads");
    x = &emitTranspose(c, emitReshape(c, *x, {x->dims[0], x->dims[1], SizeExpr(heads), *size}), {0, 2, 1, 3});
  }
  std::optional<int64_t> headSize = x->rank() == 4 ? x->dims[3].constant() : std::nullopt;
  if (!headSize)
    return c.error("x must have rank 3 or 4 and a static head size: " + c.shapeText(*x));
  if (rotated == 0)
    rotated = *headSize;
  if (rotated < 0 || rotated % 2 != 0 || rotated > *headSize)
    return c.error("cannot rotate " + std::to_string(rotated) + " of " + std::to_string(*headSize) + " dimensions");
  FailureOr<Tensor *> cos = readCache(c, c.input(1), *x, rotated / 2), sin = readCache(c, c.input(2), *x, rotated / 2);
  if (failed(cos) || failed(sin))
    return failure();

  Tensor *result = &emitRotation(c, *x, **cos, **sin, rotated, interleaved);
  if (flat)
    result = &emitReshape(c, emitTranspose(c, *result, {0, 2, 1, 3}), c.input(0).dims);
  c.setOutput(0, *result);
  return success();
}

void hadal::onnx::registerRotaryOps(OpTable &table) {
  table.onOp("RotaryEmbedding", {23}, {3, 4}, importRotaryEmbedding);
}
