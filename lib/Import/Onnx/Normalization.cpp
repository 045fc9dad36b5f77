//===- Normalization.cpp - RMS and layer normalisation --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

static Value add(Element e, ValueRange in) { return e.make<arith::AddFOp>(in); }
static Value sub(Element e, ValueRange in) { return e.make<arith::SubFOp>(in); }
static Value mul(Element e, ValueRange in) { return e.make<arith::MulFOp>(in); }

/// x / sqrt(mean(x²) + epsilon) over the dimensions that are `reduced`; also the factor.
static std::pair<Tensor *, Tensor *> emitNormalize(NodeContext &c, Tensor &x, ArrayRef<bool> reduced, double epsilon) {
  Tensor &squares = emitUnary(c, x, [](Element e, ValueRange in) { return mul(e, {in[0], in[0]}); });
  Tensor &mean = emitMean(c, squares, reduced, /*keepDims=*/true);
  Tensor &factor = emitUnary(c, mean, [=](Element e, ValueRange in) {
    Value root = e.make<math::SqrtOp>(add(e, {in[0], e.constant(epsilon)}));
    return e.make<arith::DivFOp>({e.constant(1), root});
  });
  return {&emitBinary(c, x, factor, x.dims, mul), &factor};
}

/// Marks the dimensions from the attribute `axis` on.
static FailureOr<SmallVector<bool>> normalizedDims(NodeContext &c) {
  Tensor &x = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", -1), x.rank());
  if (failed(axis))
    return failure();
  SmallVector<bool> reduced(x.rank(), false);
  std::fill(reduced.begin() + *axis, reduced.end(), true);
  return reduced;
}

/// Checks that `scale` (or a bias) broadcasts to x.
static LogicalResult requireBroadcast(NodeContext &c, Tensor &scale) {
  if (failed(requireTypes(c, {&c.input(0), &scale}, kFloats)))
    return failure();
  FailureOr<Dims> dims = broadcast(c, {&c.input(0), &scale});
  if (failed(dims))
    return failure();
  bool same = dims->size() == c.input(0).dims.size() && llvm::all_of(llvm::zip(*dims, c.input(0).dims), [&](auto pair) {
                return c.sizes.areEqual(std::get<0>(pair), std::get<1>(pair));
              });
  if (!same)
    return c.error("a parameter of shape " + c.shapeText(scale) + " does not broadcast to " + c.shapeText(c.input(0)));
  return success();
}

static Tensor &emitRMSNorm(NodeContext &c, Tensor &x, Tensor &scale, double epsilon) {
  Value value = hadal::RMSNormOp::create(c.builder, c.loc, c.tensorType(x.type, x.dims), c.value(x), c.value(scale),
                                         llvm::APFloat(static_cast<float>(epsilon)));
  return c.newTensor(x.type, x.dims, value);
}

static LogicalResult importRMSNormalization(NodeContext &c) {
  Tensor &x = c.input(0), &scale = c.input(1);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  int64_t stash = c.intAttribute("stash_type", 1);
  FailureOr<SmallVector<bool>> reduced = normalizedDims(c);
  if (failed(reduced) || failed(requireBroadcast(c, scale)))
    return failure();
  if (stash != static_cast<int64_t>(DType::F32))
    return c.error("stash_type " + std::to_string(stash) + " is not supported");
  bool lastOnly = llvm::count(*reduced, true) == 1;
  if (lastOnly && scale.rank() == 1 && x.dims.back().constant() && c.sizes.areEqual(scale.dims[0], x.dims.back())) {
    c.setOutput(0, emitRMSNorm(c, x, scale, epsilon));
    return success();
  }
  if (x.type != DType::F32 && x.type != DType::F64)
    return c.error("of " + dtypeName(x.type) + " over more than the last dimension is not supported");
  Tensor &normalized = *emitNormalize(c, x, *reduced, epsilon).first;
  c.setOutput(0, emitBinary(c, normalized, scale, x.dims, mul));
  return success();
}

/// RMSNorm(x + skip + bias); output 3 is the sum.
static LogicalResult importSkipSimplifiedLayerNormalization(NodeContext &c) {
  Tensor &x = c.input(0), &scale = c.input(2);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  Tensor *sum = &x;
  for (size_t i : {1, 3}) {
    if (!c.hasInput(i))
      continue;
    if (failed(requireBroadcast(c, c.input(i))))
      return failure();
    sum = &emitBinary(c, *sum, c.input(i), x.dims, add);
  }
  if (failed(requireBroadcast(c, scale)))
    return failure();
  if (scale.rank() != 1 || !x.dims.back().constant() || !c.sizes.areEqual(scale.dims[0], x.dims.back()))
    return c.error("its scale must be a vector of the last dimension's static size: " + c.shapeText(scale));
  c.setOutput(0, emitRMSNorm(c, *sum, scale, epsilon));
  c.setOutput(3, *sum);
  return success();
}

/// (x − mean) / sqrt(var + epsilon) · scale + bias; optional outputs mean and 1/sqrt.
static LogicalResult importLayerNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  c.ignoreAttribute("stash_type"); // float32 is computed in float32 either way
  FailureOr<SmallVector<bool>> reduced = normalizedDims(c);
  if (failed(reduced) || failed(requireBroadcast(c, c.input(1))) ||
      (c.hasInput(2) && failed(requireBroadcast(c, c.input(2)))))
    return failure();
  if (x.type != DType::F32 && x.type != DType::F64)
    return c.error("of " + dtypeName(x.type) + " is not supported");
  Tensor &mean = emitMean(c, x, *reduced, /*keepDims=*/true);
  Tensor &centered = emitBinary(c, x, mean, x.dims, sub);
  auto [normalized, factor] = emitNormalize(c, centered, *reduced, epsilon);
  Tensor *result = &emitBinary(c, *normalized, c.input(1), x.dims, mul);
  if (c.hasInput(2))
    result = &emitBinary(c, *result, c.input(2), x.dims, add);
  c.setOutput(0, *result);
  c.setOutput(1, mean);
  c.setOutput(2, *factor);
  return success();
}

void hadal::onnx::registerNormalizationOps(OpTable &table) {
  table.onOp("RMSNormalization", {23}, {2, 2}, importRMSNormalization);
  // ONNX Runtime's optimizer writes the former into the standard domain.
  table.onOp("SimplifiedLayerNormalization", {1}, {2, 2}, importRMSNormalization);
  table.onOp("com.microsoft", "SkipSimplifiedLayerNormalization", {1}, {3, 4}, importSkipSimplifiedLayerNormalization);
  table.onOp("LayerNormalization", {17}, {2, 3}, importLayerNormalization);
}
