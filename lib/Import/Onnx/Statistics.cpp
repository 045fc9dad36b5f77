//===- Statistics.cpp - Normalisations by statistics, hardmax, products ---===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

static Value add(Element e, ValueRange in) { return e.make<arith::AddFOp>(in); }
static Value sub(Element e, ValueRange in) { return e.make<arith::SubFOp>(in); }
static Value mul(Element e, ValueRange in) { return e.make<arith::MulFOp>(in); }
static Value divide(Element e, ValueRange in) { return e.make<arith::DivFOp>(in); }

static ElementBody inverseRoot(double epsilon) {
  return [=](Element e, ValueRange in) {
    return divide(e, {e.constant(1), e.make<math::SqrtOp>(add(e, {in[0], e.constant(epsilon)}))});
  };
}

/// (x − mean) / sqrt(variance + epsilon) over the dimensions that are `reduced`.
static Tensor &emitStandardize(NodeContext &c, Tensor &x, ArrayRef<bool> reduced, double epsilon) {
  Tensor &mean = emitMean(c, x, reduced, /*keepDims=*/true);
  Tensor &centred = emitBinary(c, x, mean, x.dims, sub);
  Tensor &squares = emitUnary(c, centred, [](Element e, ValueRange in) { return mul(e, {in[0], in[0]}); });
  Tensor &factor = emitUnary(c, emitMean(c, squares, reduced, /*keepDims=*/true), inverseRoot(epsilon));
  return emitBinary(c, centred, factor, x.dims, mul);
}

/// A parameter for each channel (dimension 1) in the rank of `x`.
static FailureOr<Tensor *> ofChannels(NodeContext &c, Tensor &parameter, Tensor &x) {
  if (failed(requireTypes(c, {&x, &parameter}, kFloats)))
    return failure();
  if (x.rank() < 2 || parameter.rank() != 1)
    return c.error("a parameter must be a list, one number for each channel: " + c.shapeText(parameter));
  if (failed(c.requireEqual(parameter.dims[0], x.dims[1], "the number of parameters and the channels")))
    return failure();
  Dims dims(x.rank(), SizeExpr(1));
  dims[1] = x.dims[1];
  return &emitReshape(c, parameter, dims);
}

/// x · scale + shift, both of channels.
static LogicalResult scaleAndShift(NodeContext &c, Tensor &x, Tensor &scale, Tensor &shift, ArrayRef<SizeExpr> dims) {
  FailureOr<Tensor *> factor = ofChannels(c, scale, x), offset = ofChannels(c, shift, x);
  if (failed(factor) || failed(offset))
    return failure();
  Tensor &scaled = emitBinary(c, x, **factor, x.dims, mul);
  c.setOutput(0, emitReshape(c, emitBinary(c, scaled, **offset, x.dims, add), Dims(dims)));
  return success();
}

/// With the statistics of training, which are given.
static LogicalResult importBatchNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  c.ignoreAttribute("momentum"); // of training
  c.ignoreAttribute("spatial");
  if (c.intAttribute("training_mode", 0) != 0)
    return c.error("in training mode is not supported");
  FailureOr<Tensor *> mean = ofChannels(c, c.input(3), x), variance = ofChannels(c, c.input(4), x);
  if (failed(mean) || failed(variance))
    return failure();
  Tensor &centred = emitBinary(c, x, **mean, x.dims, sub);
  Tensor &normalized = emitBinary(c, centred, emitUnary(c, **variance, inverseRoot(epsilon)), x.dims, mul);
  return scaleAndShift(c, normalized, c.input(1), c.input(2), x.dims);
}

static LogicalResult importInstanceNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  if (x.rank() < 3 || failed(requireTypes(c, &x, kFloats)))
    return c.error("needs batch, channels and at least one more dimension: " + c.shapeText(x));
  SmallVector<bool> reduced(x.rank(), true);
  reduced[0] = reduced[1] = false;
  return scaleAndShift(c, emitStandardize(c, x, reduced, epsilon), c.input(1), c.input(2), x.dims);
}

/// Parameters are of channels since opset 21, of groups before.
static LogicalResult importGroupNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  double epsilon = c.floatAttribute("epsilon", 1e-5f);
  int64_t groups = c.intAttribute("num_groups", 0), stash = c.intAttribute("stash_type", 1);
  if (stash != static_cast<int64_t>(DType::F32) && stash != static_cast<int64_t>(x.type))
    return c.error("stash_type " + std::to_string(stash) + " is not supported");
  if (x.rank() < 2 || groups < 1 || failed(requireTypes(c, &x, kFloats)))
    return c.error("needs channels and num_groups: " + c.shapeText(x));
  std::optional<SizeExpr> size = x.dims[1].dividedBy(SizeExpr(groups));
  if (!size)
    return c.error(c.sizes.str(x.dims[1]) + " channels do not fall into " + std::to_string(groups) + " groups");
  Dims split = x.dims;
  split[1] = *size;
  split.insert(split.begin() + 1, SizeExpr(groups));
  DType type = x.type;
  Tensor &grouped = emitReshape(c, emitCast(c, x, type == DType::F64 ? type : DType::F32), split);
  SmallVector<bool> reduced(grouped.rank(), true);
  reduced[0] = reduced[1] = false;
  Tensor &normalized = emitCast(c, emitStandardize(c, grouped, reduced, epsilon), type);
  bool ofGroups = c.version < 21 && !c.sizes.areEqual(c.input(1).dims[0], x.dims[1]);
  return scaleAndShift(c, ofGroups ? normalized : emitReshape(c, normalized, x.dims), c.input(1), c.input(2), x.dims);
}

static LogicalResult importMeanVarianceNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  SmallVector<int64_t> axes = c.intsAttribute("axes").value_or(SmallVector<int64_t>{0, 2, 3});
  SmallVector<bool> reduced(x.rank(), false);
  if (failed(requireTypes(c, &x, kFloats)))
    return failure();
  for (int64_t axis : axes) {
    FailureOr<int64_t> index = c.normalizeAxis(axis, x.rank());
    if (failed(index))
      return failure();
    reduced[*index] = true;
  }
  Tensor &mean = emitMean(c, x, reduced, /*keepDims=*/true);
  Tensor &centred = emitBinary(c, x, mean, x.dims, sub);
  Tensor &squares = emitUnary(c, centred, [](Element e, ValueRange in) { return mul(e, {in[0], in[0]}); });
  constexpr double kEpsilon = 1e-9; // of the standard's definition
  Tensor &deviation = emitUnary(c, emitMean(c, squares, reduced, /*keepDims=*/true), [](Element e, ValueRange in) {
    return add(e, {e.make<math::SqrtOp>(in[0]), e.constant(kEpsilon)});
  });
  c.setOutput(0, emitBinary(c, centred, deviation, x.dims, divide));
  return success();
}

/// x divided by its norm along an axis; 0 where that is 0.
static LogicalResult importLpNormalization(NodeContext &c) {
  Tensor &x = c.input(0);
  int64_t p = c.intAttribute("p", 2);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", -1), x.rank());
  if (failed(axis) || failed(requireTypes(c, &x, kFloats)))
    return failure();
  if (p != 1 && p != 2)
    return c.error("p = " + std::to_string(p) + " is not supported");
  SmallVector<bool> reduced(x.rank(), false);
  reduced[*axis] = true;
  Tensor &powers = emitUnary(
      c, x, [=](Element e, ValueRange in) { return p == 1 ? e.make<math::AbsFOp>(in) : mul(e, {in[0], in[0]}); });
  Tensor &sum = emitReduce(c, powers, Reduction::Sum, reduced, /*keepDims=*/true);
  c.setOutput(0, emitBinary(c, x, sum, x.dims, [=](Element e, ValueRange in) -> Value {
                Value norm = p == 1 ? in[1] : e.make<math::SqrtOp>(in[1]);
                Value isZero = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OEQ, norm, e.constant(0));
                return arith::SelectOp::create(e.b, e.loc, isZero, e.constant(0), divide(e, {in[0], norm}));
              }));
  return success();
}

/// 1 at the first of the largest elements, 0 elsewhere. Before opset 13 the dimensions from `axis` on are one.
static LogicalResult importHardmax(NodeContext &c) {
  Tensor &given = c.input(0);
  FailureOr<int64_t> axis = c.normalizeAxis(c.intAttribute("axis", c.version < 13 ? 1 : -1), given.rank());
  if (failed(axis) || failed(requireTypes(c, &given, kFloats)))
    return failure();
  Tensor *x = &given;
  if (c.version < 13) {
    ArrayRef<SizeExpr> dims = given.dims;
    x = &emitReshape(c, given, {product(dims.take_front(*axis)), product(dims.drop_front(*axis))});
    axis = 1;
  }
  Tensor &best = emitArgExtreme(c, *x, *axis, /*largest=*/true, /*last=*/false);
  DType type = x->type;
  Tensor &result = emitElementwise(c, type, x->dims, &best, [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
    Element e{b, loc, type};
    Value at = arith::IndexCastOp::create(b, loc, b.getI64Type(), linalg::IndexOp::create(b, loc, *axis));
    Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, at, in[0]);
    return arith::SelectOp::create(b, loc, is, e.constant(1), e.constant(0));
  });
  c.setOutput(0, emitReshape(c, result, given.dims));
  return success();
}

/// For each place the product over all places, of which those that do not count are 1.
static LogicalResult importCumProd(NodeContext &c) {
  Tensor &x = c.input(0);
  bool exclusive = c.intAttribute("exclusive", 0) != 0, reverse = c.intAttribute("reverse", 0) != 0;
  FailureOr<SmallVector<int64_t>> given = c.constants(1);
  if (failed(given) || failed(requireTypes(c, &x, kFloats | kInts)))
    return failure();
  if (given->size() != 1)
    return c.error("its axis must be one number");
  FailureOr<int64_t> axis = c.normalizeAxis(given->front(), x.rank());
  if (failed(axis))
    return failure();
  MLIRContext *context = c.builder.getContext();
  SmallVector<AffineExpr> in, out;
  for (int64_t d = 0; d < x.rank(); ++d) {
    out.push_back(getAffineDimExpr(d, context));
    in.push_back(getAffineDimExpr(d == *axis ? x.rank() : d, context));
  }
  SmallVector<AffineMap> maps{AffineMap::get(x.rank() + 1, 0, in, context),
                              AffineMap::get(x.rank() + 1, 0, out, context)};
  SmallVector<utils::IteratorType> iterators(x.rank(), utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  DType type = x.type;
  Value init = emitFill(c, type, x.dims, 1);
  auto op =
      linalg::GenericOp::create(c.builder, c.loc, init.getType(), c.value(x), init, maps, iterators,
                                [&](OpBuilder &b, Location loc, ValueRange operands) {
                                  Element e{b, loc, type};
                                  Value place = linalg::IndexOp::create(b, loc, *axis),
                                        other = linalg::IndexOp::create(b, loc, x.rank());
                                  using P = arith::CmpIPredicate;
                                  P counts = reverse ? (exclusive ? P::sgt : P::sge) : (exclusive ? P::slt : P::sle);
                                  Value takes = arith::CmpIOp::create(b, loc, counts, other, place);
                                  Value factor = arith::SelectOp::create(b, loc, takes, operands[0], e.constant(1));
                                  Value product = isFloat(type) ? e.make<arith::MulFOp>({operands[1], factor})
                                                                : e.make<arith::MulIOp>({operands[1], factor});
                                  linalg::YieldOp::create(b, loc, product);
                                });
  c.setOutput(0, c.newTensor(type, x.dims, op.getResult(0)));
  return success();
}

void hadal::onnx::registerStatisticsOps(OpTable &table) {
  table.onOp("BatchNormalization", {7}, {5, 5}, importBatchNormalization);
  table.onOp("InstanceNormalization", {6}, {3, 3}, importInstanceNormalization);
  table.onOp("GroupNormalization", {18}, {3, 3}, importGroupNormalization);
  table.onOp("MeanVarianceNormalization", {9}, {1, 1}, importMeanVarianceNormalization);
  table.onOp("LpNormalization", {1}, {1, 1}, importLpNormalization);
  table.onOp("Hardmax", {1}, {1, 1}, importHardmax);
  table.onOp("CumProd", {26}, {2, 2}, importCumProd);
}
