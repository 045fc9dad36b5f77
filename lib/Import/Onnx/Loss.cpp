//===- Loss.cpp - Cross entropy -------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// −weight[target] · x[target], x being log probabilities with the classes in dimension 1; its sum or mean.
static FailureOr<Tensor *> emitLikelihoodLoss(NodeContext &c, Tensor &x) {
  Tensor &target = c.input(1);
  std::string reduction = c.stringAttribute("reduction", "mean");
  int64_t ignored = c.intAttribute("ignore_index", 0);
  // A target of 32 bits is never equal to what does not fit into them.
  bool ignores = c.hasAttribute("ignore_index") && (target.type != DType::I32 || llvm::isInt<32>(ignored));
  if (reduction != "none" && reduction != "mean" && reduction != "sum")
    return c.error("reduction '" + reduction + "' is unknown");
  if (x.rank() < 2 || target.rank() != x.rank() - 1 || (target.type != DType::I64 && target.type != DType::I32))
    return c.error("scores " + c.shapeText(x) + " and targets " + c.shapeText(target) + " do not fit");
  Dims places = target.dims;
  places.insert(places.begin() + 1, SizeExpr(1));
  // A target that is ignored may be outside the classes: such an index reads 0.
  Tensor &picked = emitReshape(c, emitGatherElements(c, x, emitReshape(c, target, places), 1), target.dims);
  DType type = x.type, targetType = target.type;
  Tensor *weights = nullptr;
  if (c.hasInput(2)) {
    if (c.input(2).rank() != 1 || failed(c.requireType(c.input(2), type, "the weights")))
      return c.error("its weights must be a list of " + dtypeName(type));
    weights = &emitGather(c, c.input(2), target, 0);
  }
  auto maskIgnored = [&](OpBuilder &b, Location loc, Value label, Value weight) -> Value {
    Value is =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, label, Element{b, loc, targetType}.integer(ignored));
    return arith::SelectOp::create(b, loc, is, Element{b, loc, type}.constant(0), weight);
  };
  if (ignores) {
    SmallVector<Tensor *> operands{&target};
    if (weights)
      operands.push_back(weights);
    weights = &emitElementwise(c, type, target.dims, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
      return maskIgnored(b, loc, in[0], in.size() > 1 ? in[1] : Element{b, loc, type}.constant(1));
    });
  }
  SmallVector<Tensor *> factors{&picked};
  if (weights)
    factors.push_back(weights);
  Tensor &loss = emitElementwise(c, type, target.dims, factors, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, type};
    Value negated = e.make<arith::NegFOp>(in[0]);
    return in.size() > 1 ? e.make<arith::MulFOp>({negated, in[1]}) : negated;
  });
  if (reduction == "none")
    return &loss;
  SmallVector<bool> all(loss.rank(), true);
  if (reduction == "mean" && !weights)
    return &emitMean(c, loss, all, /*keepDims=*/false);
  Tensor &sum = emitReduce(c, loss, Reduction::Sum, all, /*keepDims=*/false);
  if (reduction == "sum")
    return &sum;
  Tensor &total = emitReduce(c, *weights, Reduction::Sum, all, /*keepDims=*/false);
  return &emitBinary(c, sum, total, {}, [](Element e, ValueRange in) { return e.make<arith::DivFOp>(in); });
}

static LogicalResult importNegativeLogLikelihoodLoss(NodeContext &c) {
  if (failed(requireTypes(c, &c.input(0), kFloats)))
    return failure();
  FailureOr<Tensor *> loss = emitLikelihoodLoss(c, c.input(0));
  if (failed(loss))
    return failure();
  c.setOutput(0, **loss);
  return success();
}

static LogicalResult importSoftmaxCrossEntropyLoss(NodeContext &c) {
  if (failed(requireTypes(c, &c.input(0), kFloats)) || failed(c.normalizeAxis(1, c.input(0).rank())))
    return failure();
  Tensor &logarithms = emitLogSoftmax(c, c.input(0), 1);
  FailureOr<Tensor *> loss = emitLikelihoodLoss(c, logarithms);
  if (failed(loss))
    return failure();
  c.setOutput(0, **loss);
  c.setOutput(1, logarithms);
  return success();
}

void hadal::onnx::registerLossOps(OpTable &table) {
  table.onOp("NegativeLogLikelihoodLoss", {12}, {2, 3}, importNegativeLogLikelihoodLoss);
  table.onOp("SoftmaxCrossEntropyLoss", {12}, {2, 3}, importSoftmaxCrossEntropyLoss);
}
