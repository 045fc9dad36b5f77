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
  Tensor &wide = emitCast(c, x, x.type == DType::F64 ? x.type : DType::F32);
  Tensor &normalized = emitCast(c, *emitNormalize(c, wide, *reduced, epsilon).first, x.type);
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

namespace {
struct LayerNorm {
  Tensor *result, *mean, *factor;
};
} // namespace

/// (x − mean) / sqrt(variance + epsilon) · scale + bias; the statistics of 16-bit floats are float32.
static LayerNorm emitLayerNorm(NodeContext &c, Tensor &x, Tensor &scale, Tensor *bias, ArrayRef<bool> reduced,
                               double epsilon) {
  Tensor &wide = emitCast(c, x, x.type == DType::F64 ? x.type : DType::F32);
  Tensor &mean = emitMean(c, wide, reduced, /*keepDims=*/true);
  Tensor &centered = emitBinary(c, wide, mean, x.dims, sub);
  auto [normalized, factor] = emitNormalize(c, centered, reduced, epsilon);
  Tensor *result = &emitBinary(c, emitCast(c, *normalized, x.type), scale, x.dims, mul);
  if (bias)
    result = &emitBinary(c, *result, *bias, x.dims, add);
  return {result, &mean, factor};
}

static LogicalResult importLayerNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  int64_t stash = c.intAttribute("stash_type", 1);
  FailureOr<SmallVector<bool>> reduced = normalizedDims(c);
  if (failed(reduced) || failed(requireBroadcast(c, c.input(1))) ||
      (c.hasInput(2) && failed(requireBroadcast(c, c.input(2)))))
    return failure();
  if (stash != static_cast<int64_t>(DType::F32))
    return c.error("stash_type " + std::to_string(stash) + " is not supported");
  LayerNorm norm = emitLayerNorm(c, x, c.input(1), c.hasInput(2) ? &c.input(2) : nullptr, *reduced, epsilon);
  c.setOutput(0, *norm.result);
  c.setOutput(1, *norm.mean);
  c.setOutput(2, *norm.factor);
  return success();
}

/// The layer norm of input + skip + bias.
static LogicalResult importSkipLayerNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-12f);
  Tensor *sum = &x;
  for (size_t i : {1, 4}) {
    if (!c.hasInput(i))
      continue;
    if (failed(requireBroadcast(c, c.input(i))))
      return failure();
    sum = &emitBinary(c, *sum, c.input(i), x.dims, add);
  }
  if (failed(requireBroadcast(c, c.input(2))) || (c.hasInput(3) && failed(requireBroadcast(c, c.input(3)))))
    return failure();
  if (x.rank() < 1)
    return c.error("needs at least one dimension");
  SmallVector<bool> reduced(x.rank(), false);
  reduced.back() = true;
  LayerNorm norm = emitLayerNorm(c, *sum, c.input(2), c.hasInput(3) ? &c.input(3) : nullptr, reduced, epsilon);
  c.setOutput(0, *norm.result);
  c.setOutput(1, *norm.mean);
  c.setOutput(2, *norm.factor);
  c.setOutput(3, *sum);
  return success();
}

void hadal::onnx::registerNormalizationOps(OpTable &table) {
  table.onOp("RMSNormalization", {23}, {2, 2}, importRMSNormalization);
  // ONNX Runtime's optimizer writes the former into the standard domain.
  table.onOp("SimplifiedLayerNormalization", {1}, {2, 2}, importRMSNormalization);
  table.onOp("com.microsoft", "SkipLayerNormalization", {1}, {3, 5}, importSkipLayerNormalization);
  table.onOp("com.microsoft", "SkipSimplifiedLayerNormalization", {1}, {3, 4}, importSkipSimplifiedLayerNormalization);
  table.onOp("LayerNormalization", {17}, {2, 3}, importLayerNormalization);
}
