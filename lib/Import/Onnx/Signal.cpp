//===- Signal.cpp - Windows, causal convolution ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// a0 − a1·cos(2πi/N) + a2·cos(4πi/N), N the size, or one less if the window is not periodic.
static LogicalResult importWindow(NodeContext &c, double a0, double a1, double a2) {
  bool periodic = c.intAttribute("periodic", 1) != 0;
  auto type = static_cast<DType>(c.intAttribute("output_datatype", static_cast<int64_t>(DType::F32)));
  if (!supports(kFloats, type))
    return c.error("of " + dtypeName(type) + " is not supported");
  FailureOr<Dims> size = c.elements(c.input(0));
  if (failed(size))
    return failure();
  if (size->size() != 1 || !c.sizes.isNonNegative(size->front()))
    return c.error("its size is not known to be one");
  SizeExpr period = periodic ? size->front() : size->front() - SizeExpr(1);
  Value last = c.sizes.value(period);
  c.setOutput(0, emitElementwise(c, type, size->front(), {}, [&](OpBuilder &b, Location loc, ValueRange) {
                Element e{b, loc, type};
                auto number = [&](Value index) -> Value {
                  Value whole = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
                  return emitConvert(b, loc, whole, DType::I64, type);
                };
                Value turn = e.make<arith::DivFOp>({number(linalg::IndexOp::create(b, loc, 0)), number(last)});
                auto wave = [&](double times) {
                  return e.make<math::CosOp>(e.make<arith::MulFOp>({turn, e.constant(2 * M_PI * times)}));
                };
                Value result =
                    e.make<arith::SubFOp>({e.constant(a0), e.make<arith::MulFOp>({wave(1), e.constant(a1)})});
                if (a2 != 0)
                  result = e.make<arith::AddFOp>({result, e.make<arith::MulFOp>({wave(2), e.constant(a2)})});
                return result;
              }));
  return success();
}

/// Each place of a filter becomes operations of its own.
static constexpr int64_t kMostTaps = 64;

/// A convolution of each channel with its own short filter, over what came before: taps are summed one by one.
static LogicalResult importCausalConvWithState(NodeContext &c) {
  Tensor &x = c.input(0), &filter = c.input(1);
  std::string activation = c.stringAttribute("activation", "none");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return c.error("activation '" + activation + "' is unknown");
  if (x.rank() != 3 || filter.rank() != 3 || failed(requireTypes(c, {&x, &filter}, kFloats)))
    return c.error("needs an input and a filter of rank 3: " + c.shapeText(x) + " and " + c.shapeText(filter));
  std::optional<int64_t> taps = c.sizes.normalize(filter.dims[2]).constant();
  if (!taps || *taps < 1)
    return c.error("its filter must have a static length: " + c.shapeText(filter));
  if (*taps > kMostTaps)
    return c.error("its filter has " + Twine(*taps) + " places, more than " + Twine(kMostTaps));
  if (failed(c.requireEqual(filter.dims[0], x.dims[1], "channels of filter and input")) ||
      failed(c.requireEqual(filter.dims[1], 1, "channels of the filter and 1")))
    return failure();
  Dims before{x.dims[0], x.dims[1], SizeExpr(*taps - 1)};
  Tensor *past = c.hasInput(3) ? &c.input(3) : nullptr;
  if (past) {
    if (past->rank() != 3 || failed(requireTypes(c, {&x, past}, kFloats)))
      return c.error("its past must have rank 3 and the input's type: " + c.shapeText(*past));
    for (auto [own, needed] : llvm::zip(past->dims, before))
      if (failed(c.requireEqual(own, needed, "dimensions of the past")))
        return failure();
  } else {
    past = &c.newTensor(x.type, before, emitFill(c, x.type, before, 0));
  }
  Tensor &padded = *taps == 1 ? x : emitConcat(c, {past, &x}, 2);
  // In float32 at least, rounded at the end.
  DType type = x.type, computed = type == DType::F64 ? type : DType::F32;
  Tensor &wide = emitCast(c, padded, computed), &weights = emitCast(c, filter, computed);
  Tensor *sum = nullptr;
  for (int64_t tap = 0; tap < *taps; ++tap) {
    Tensor &part = emitPart(c, wide, 2, tap, x.dims[2]);
    Tensor &weight = emitReshape(c, emitPart(c, weights, 2, tap, 1), {x.dims[1], SizeExpr(1)});
    Tensor &product =
        emitBinary(c, part, weight, x.dims, [](Element e, ValueRange in) { return e.make<arith::MulFOp>(in); });
    sum =
        sum ? &emitBinary(c, *sum, product, x.dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); })
            : &product;
  }
  if (c.hasInput(2)) {
    if (failed(requireTypes(c, {&x, &c.input(2)}, kFloats)) || c.input(2).rank() != 1)
      return c.error("its bias must be a list of " + dtypeName(type));
    Tensor &bias = emitReshape(c, emitCast(c, c.input(2), computed), {x.dims[1], SizeExpr(1)});
    sum = &emitBinary(c, *sum, bias, x.dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
  }
  if (activation != "none")
    sum = &emitUnary(c, *sum, [](Element e, ValueRange in) {
      Value exp = e.make<math::ExpOp>(e.make<arith::NegFOp>(in));
      return e.make<arith::DivFOp>({in[0], e.make<arith::AddFOp>({e.constant(1), exp})});
    });
  c.setOutput(0, emitCast(c, *sum, type));
  c.setOutput(1, emitPart(c, padded, 2, x.dims[2], SizeExpr(*taps - 1)));
  return success();
}

void hadal::onnx::registerSignalOps(OpTable &table) {
  table.onOp("HannWindow", {17}, {1, 1}, [](NodeContext &c) { return importWindow(c, 0.5, 0.5, 0); });
  table.onOp("HammingWindow", {17}, {1, 1}, [](NodeContext &c) { return importWindow(c, 25.0 / 46, 21.0 / 46, 0); });
  table.onOp("BlackmanWindow", {17}, {1, 1}, [](NodeContext &c) { return importWindow(c, 0.42, 0.5, 0.08); });
  table.onOp("CausalConvWithState", {27}, {2, 4}, importCausalConvWithState);
}
