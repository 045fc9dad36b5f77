//===- Activation.cpp - Activation functions ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

static Value makeSigmoid(Element e, ValueRange in) {
  Value one = e.constant(1);
  Value exp = e.make<math::ExpOp>(e.make<arith::NegFOp>(in));
  return e.make<arith::DivFOp>({one, e.make<arith::AddFOp>({one, exp})});
}

static Value makeRelu(Element e, ValueRange in) {
  Value zero = e.constant(0);
  return isFloat(e.type) ? e.make<arith::MaximumFOp>({in[0], zero}) : e.make<arith::MaxSIOp>({in[0], zero});
}

/// log(1 + exp(x)), without overflow.
static Value makeSoftplus(Element e, ValueRange in) {
  Value magnitude = e.make<math::AbsFOp>(in);
  Value small = e.make<math::Log1pOp>(e.make<math::ExpOp>(e.make<arith::NegFOp>(magnitude)));
  return e.make<arith::AddFOp>({e.make<arith::MaximumFOp>({in[0], e.constant(0)}), small});
}

static Value makeSoftsign(Element e, ValueRange in) {
  Value denominator = e.make<arith::AddFOp>({e.constant(1), e.make<math::AbsFOp>(in)});
  return e.make<arith::DivFOp>({in[0], denominator});
}

/// x where x > 0, else `negative(x)`.
static Value selectPositive(Element e, Value x, Value negative) {
  Value positive = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OGT, x, e.constant(0));
  return arith::SelectOp::create(e.b, e.loc, positive, x, negative);
}

static LogicalResult unaryFloat(NodeContext &c, ElementBody body) {
  if (failed(requireTypes(c, &c.input(0), kFloats)))
    return failure();
  return importElementwise(c, &c.input(0), c.input(0).type, std::move(body));
}

static LogicalResult importLeakyRelu(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 0.01f);
  return unaryFloat(c, [=](Element e, ValueRange in) {
    return selectPositive(e, in[0], e.make<arith::MulFOp>({in[0], e.constant(alpha)}));
  });
}

static LogicalResult importHardSigmoid(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 0.2f), beta = c.floatAttribute("beta", 0.5f);
  return unaryFloat(c, [=](Element e, ValueRange in) {
    Value line = e.make<arith::AddFOp>({e.make<arith::MulFOp>({in[0], e.constant(alpha)}), e.constant(beta)});
    Value bounded = e.make<arith::MinimumFOp>({line, e.constant(1)});
    return e.make<arith::MaximumFOp>({bounded, e.constant(0)});
  });
}

/// alpha · (exp(x / alpha) − 1) below 0, and gamma times all of it.
static LogicalResult importExponentialUnit(NodeContext &c, double alpha, double gamma, bool divides) {
  return unaryFloat(c, [=](Element e, ValueRange in) {
    Value inner = divides ? e.make<arith::DivFOp>({in[0], e.constant(alpha)}) : in[0];
    Value below = e.make<arith::MulFOp>({e.make<math::ExpM1Op>(inner), e.constant(alpha)});
    Value result = selectPositive(e, in[0], below);
    return gamma == 1 ? result : e.make<arith::MulFOp>({result, e.constant(gamma)});
  });
}

static LogicalResult importElu(NodeContext &c) {
  return importExponentialUnit(c, c.floatAttribute("alpha", 1), 1, /*divides=*/false);
}
static LogicalResult importCelu(NodeContext &c) {
  return importExponentialUnit(c, c.floatAttribute("alpha", 1), 1, /*divides=*/true);
}
static LogicalResult importSelu(NodeContext &c) {
  float alpha = c.floatAttribute("alpha", 1.67326319217681884765625f);
  return importExponentialUnit(c, alpha, c.floatAttribute("gamma", 1.05070102214813232421875f), /*divides=*/false);
}

static LogicalResult importThresholdedRelu(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 1);
  return unaryFloat(c, [=](Element e, ValueRange in) -> Value {
    Value above = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OGT, in[0], e.constant(alpha));
    return arith::SelectOp::create(e.b, e.loc, above, in[0], e.constant(0));
  });
}

/// x · min(1, max(0, x/6 + 1/2))
static Value makeHardSwish(Element e, ValueRange in) {
  Value line = e.make<arith::AddFOp>({e.make<arith::MulFOp>({in[0], e.constant(1.0 / 6)}), e.constant(0.5)});
  Value bounded = e.make<arith::MaximumFOp>({e.make<arith::MinimumFOp>({line, e.constant(1)}), e.constant(0)});
  return e.make<arith::MulFOp>({in[0], bounded});
}

static Value makeMish(Element e, ValueRange in) {
  return e.make<arith::MulFOp>({in[0], e.make<math::TanhOp>(makeSoftplus(e, in))});
}

/// x where x ≥ 0, else slope · x.
static LogicalResult importPRelu(NodeContext &c) {
  if (failed(requireTypes(c, {&c.input(0), &c.input(1)}, kFloats)))
    return failure();
  return importElementwise(c, {&c.input(0), &c.input(1)}, c.input(0).type, [](Element e, ValueRange in) {
    return selectPositive(e, in[0], e.make<arith::MulFOp>(in));
  });
}

/// x · sigmoid(alpha · x)
static LogicalResult importSwish(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 1.0f);
  return unaryFloat(c, [=](Element e, ValueRange in) {
    Value scaled = alpha == 1.0 ? in[0] : e.make<arith::MulFOp>({in[0], e.constant(alpha)});
    return e.make<arith::MulFOp>({in[0], makeSigmoid(e, scaled)});
  });
}

static LogicalResult importGelu(NodeContext &c) {
  std::string approximate = c.stringAttribute("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return c.error("approximate = '" + approximate + "' is unknown");
  return unaryFloat(c, [=](Element e, ValueRange in) {
    Value x = in[0], inner;
    if (approximate == "none") {
      inner = e.make<math::ErfOp>(e.make<arith::MulFOp>({x, e.constant(std::sqrt(0.5))}));
    } else {
      Value cube = e.make<arith::MulFOp>({e.make<arith::MulFOp>({x, x}), x});
      Value sum = e.make<arith::AddFOp>({x, e.make<arith::MulFOp>({cube, e.constant(0.044715)})});
      inner = e.make<math::TanhOp>(e.make<arith::MulFOp>({sum, e.constant(std::sqrt(2.0 / M_PI))}));
    }
    Value half = e.make<arith::MulFOp>({x, e.constant(0.5)});
    return e.make<arith::MulFOp>({half, e.make<arith::AddFOp>({e.constant(1), inner})});
  });
}

/// Bounds are attributes before opset 11, scalar inputs since.
static LogicalResult importClip(NodeContext &c) {
  Tensor &x = c.input(0);
  if (failed(requireTypes(c, &x, kFloats | kInts)))
    return failure();
  auto atLeast = [](Element e, ValueRange in) -> Value {
    if (isFloat(e.type))
      return e.make<arith::MaximumFOp>(in);
    return isUnsigned(e.type) ? e.make<arith::MaxUIOp>(in) : e.make<arith::MaxSIOp>(in);
  };
  auto atMost = [](Element e, ValueRange in) -> Value {
    if (isFloat(e.type))
      return e.make<arith::MinimumFOp>(in);
    return isUnsigned(e.type) ? e.make<arith::MinUIOp>(in) : e.make<arith::MinSIOp>(in);
  };
  SmallVector<Tensor *> operands{&x};
  SmallVector<bool> isLower;
  std::optional<double> low, high; // bounds that are attributes
  if (c.version < 11) {
    if (c.hasAttribute("min"))
      low = c.floatAttribute("min", 0);
    if (c.hasAttribute("max"))
      high = c.floatAttribute("max", 0);
  } else {
    for (size_t i : {1, 2}) {
      if (!c.hasInput(i))
        continue;
      if (failed(c.requireType(c.input(i), x.type, "a bound")))
        return failure();
      operands.push_back(&c.input(i));
      isLower.push_back(i == 1);
    }
  }
  auto body = [&](Element e, ValueRange in) {
    Value result = in[0];
    for (auto [i, lower] : llvm::enumerate(isLower))
      result = lower ? atLeast(e, {result, in[i + 1]}) : atMost(e, {result, in[i + 1]});
    if (low)
      result = atLeast(e, {result, e.constant(*low)});
    return high ? atMost(e, {result, e.constant(*high)}) : result;
  };
  auto fold = [&](Sizes &sizes, ArrayRef<SizeExpr> in) -> std::optional<SizeExpr> {
    SizeExpr result = in[0];
    for (auto [i, lower] : llvm::enumerate(isLower))
      result = lower ? sizes.max(result, in[i + 1]) : sizes.min(result, in[i + 1]);
    return low || high ? std::nullopt : std::optional<SizeExpr>(result);
  };
  return importElementwise(c, operands, x.type, body, fold);
}

void hadal::onnx::registerActivationOps(OpTable &table) {
  onElementwise(table, "Sigmoid", {6}, 1, kFloats, makeSigmoid);
  onElementwise(table, "Relu", {6}, 1, kFloats | kInts, makeRelu);
  onElementwise(table, "Softplus", {1}, 1, kFloats, makeSoftplus);
  onElementwise(table, "Softsign", {1}, 1, kFloats, makeSoftsign);
  onElementwise(table, "HardSwish", {14}, 1, kFloats, makeHardSwish);
  onElementwise(table, "Mish", {18}, 1, kFloats, makeMish);
  table.onOp("Celu", {12}, {1, 1}, importCelu);
  table.onOp("Selu", {6}, {1, 1}, importSelu);
  table.onOp("ThresholdedRelu", {10}, {1, 1}, importThresholdedRelu);
  table.onOp("PRelu", {7}, {2, 2}, importPRelu);
  table.onOp("LeakyRelu", {6}, {1, 1}, importLeakyRelu);
  table.onOp("Elu", {6}, {1, 1}, importElu);
  table.onOp("HardSigmoid", {6}, {1, 1}, importHardSigmoid);
  table.onOp("Swish", {24}, {1, 1}, importSwish);
  table.onOp("Gelu", {20}, {1, 1}, importGelu);
  table.onOp("Clip", {6}, {1, 3}, importClip);
}
